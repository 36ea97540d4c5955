/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    SHIM_STATUS_LINE,
    SHIM_HEADERS,
    SHIM_BODY, // of Content-Length
    SHIM_BODY_TO_THE_END, // of the connection
    SHIM_CHUNK_SIZE,
    SHIM_CHUNK,
    SHIM_CHUNK_END,
    SHIM_TRAILERS,
    SHIM_COMPLETE,
    SHIM_BROKEN, // takes the bytes and makes nothing of them
} shim_response_state_t;

/** An HTTP/1.1 answer, as it comes in (RFC 9112). */
typedef struct {
    shim_response_state_t state;
    bool is_head; // it answers HEAD
    int status;
    int64_t content_length; // -1: not said
    bool is_chunked;
    bool keeps_alive;
    int64_t body_length; // so far, decoded
    uint64_t left; // of the chunk
    char line[4096];
    size_t line_length;
    void (*on_header)(void *user, char *key, char *value);
    void *user;
} shim_response_t;

void shim_response_begin(shim_response_t *response, bool is_head, void (*on_header)(void *, char *, char *), void *user);
/** Takes all bytes. @param body room for length bytes, or NULL to drop them. @return bytes of the body */
size_t shim_response_feed(shim_response_t *response, const void *data, size_t length, uint8_t *body);
/** The connection ended. */
void shim_response_end(shim_response_t *response);
