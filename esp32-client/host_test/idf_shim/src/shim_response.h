/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    SHIM_STATUS_LINE, // of this answer, or of the next one once is_complete
    SHIM_HEADERS,
    SHIM_BODY, // of Content-Length
    SHIM_BODY_TO_THE_END, // of the connection
    SHIM_CHUNK_SIZE,
    SHIM_CHUNK,
    SHIM_CHUNK_END,
    SHIM_TRAILERS,
    SHIM_BROKEN, // takes the bytes and makes nothing of them
} shim_response_state_t;

/**
 * HTTP answers, as they come in (RFC 9112). Plays components/http_parser/http_parser.c of ESP-IDF 5.1.7, 5.5.5 and 6.0.2, which are the
 * same, together with the callbacks http_on_* of components/esp_http_client/esp_http_client.c: several answers may come in one piece, and
 * the last head is the one that counts.
 */
typedef struct {
    shim_response_state_t state;
    bool is_head; // it answers HEAD
    // What the client sees: of the last head that is complete.
    int status; // -1: there is none yet
    int64_t content_length; // -1: not said
    bool is_chunked;
    bool is_complete; // the last byte of the body was there
    int64_t data_process; // bytes of the body so far, decoded
    bool has_head; // a head has become complete since shim_response_await_head()
    bool keeps_alive;
    // Of the head or the chunk that is being read.
    int line_status;
    int64_t said_length;
    bool said_chunked;
    uint64_t left; // of the body or the chunk
    char line[4096];
    size_t line_length;
    void (*on_header)(void *user, char *key, char *value);
    void (*on_body)(void *user, const char *data, size_t length);
    void *user;
} shim_response_t;

/** http_parser_init() and what esp_http_client_prepare() resets beside it. */
void shim_response_begin(shim_response_t *response, bool is_head);
void shim_response_await_head(shim_response_t *response);
/** http_parser_execute(): takes all bytes. */
void shim_response_feed(shim_response_t *response, const void *data, size_t length);
/** The connection has ended: http_parser_execute() with no bytes. */
void shim_response_end(shim_response_t *response);
