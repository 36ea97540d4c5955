/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "ota_core.h"

/* The server behind the core's HTTP table. It follows the contract until a test makes it misbehave. */

typedef enum {
    WELL_BEHAVED,
    REFUSES_CONNECTION,
    DROPS_AFTER,    /* closes after `number` bytes of each body */
    DROPS_HEADER,   /* closes before the header */
    STALLS_AFTER,   /* stalls after `number` bytes of each body */
    TRICKLES,       /* one byte in `number` milliseconds */
    IGNORES_RANGE,  /* 200 with the whole file, dropping the connection after `number` bytes unless 0 */
    SHIFTS_RANGE,      /* declares another range than the requested one */
    WRONG_TOTAL,       /* declares a larger file than the offer */
    IGNORES_IF_RANGE,  /* sends the requested part, with another ETag each time */
    SHORTENS_RANGE, /* sends a shorter part than the requested one */
    NO_RANGE_HEADER,
    CHANGES_ETAG, /* sends another ETag in each response, of the same file */
    SWAPS_FILE,   /* after `number` bytes the file is replaced by another of the same size, with its own ETag */
    NO_ETAG,
    CHUNKED,
    NO_LENGTH,
    SHORT_FILE, /* 200 with a complete file that is shorter than the offer */
    LONG_FILE,
    HTML,         /* a page with status 200 */
    STATUS,       /* `number`, with Retry-After `retry_after` unless empty */
    STATUS_AFTER, /* `number` once the device has half of the file */
    REDIRECT,     /* `status` to `location`, `number` times; then it serves */
    FLIPS_BIT,    /* in byte `number` */
    SAYS,         /* `body` instead of its JSON */
    CLOSES_KEPT,  /* closes idle connections without announcing it */
    LOSES_ANSWER, /* does what was asked, and closes before the header */
} manner_t;

typedef enum { ANY, CHECK, DOWNLOAD, REPORT, ENROLL } request_kind_t;

typedef struct {
    uint64_t firmware_id;
    ota_status_t status;
    uint32_t bytes;
    char message[80];
} received_t;

#define RECEIVED_MAX 64U

typedef struct {
    /* the published image; NULL: none */
    const uint8_t *image;
    uint32_t size;
    const char *version;
    uint32_t build;
    uint64_t firmware_id;
    const char *description;
    const char *url; /* NULL: /api/ota/download/N */
    uint8_t offered_hash[32];
    uint32_t offered_size;
    bool offers_always; /* even the image that the device already runs */

    manner_t manner;
    request_kind_t where; /* the requests in which it misbehaves */
    unsigned times;       /* how many of these requests; 0: all */
    uint32_t number;
    int status;
    const char *retry_after;
    const char *location;
    const char *body;

    received_t received[RECEIVED_MAX];
    unsigned reports;
    unsigned requests;
    unsigned cut_at;  /* number of the request in which power fails; 0: none */
    bool cut_before;  /* before the server received it; otherwise before the device receives the answer */
    unsigned checks;
    unsigned checks_most; /* checks that are answered; the later ones get 500. 0: all */
    unsigned downloads;
    unsigned connections;
    uint32_t image_bytes; /* of the file that the device has read */
    char last_check[OTA_BODY_SIZE];
    char hosts_with_token[256]; /* hosts that received the token */
    bool connected;
    char host[128];
} peer_t;

extern peer_t peer;

void peer_make(void); /* also gives back the last check */
const cJSON *peer_check(void);      /* the body of the last check, NULL before the first one */
const cJSON *peer_attributes(void); /* its attributes, NULL if it has none */
void peer_publish(const uint8_t *image, uint32_t size, const char *version, uint32_t build, uint64_t firmware_id);
void peer_misbehave(manner_t manner, request_kind_t where, uint32_t number);
void peer_behave(void);

/* Returns the reported statuses of a firmware in order, without repetitions: "downloading installing success". */
const char *peer_story(uint64_t firmware_id);
const received_t *peer_last(uint64_t firmware_id);

ota_result_t peer_open(void *port, const ota_http_request_t *request, ota_response_t *response);
int peer_read(void *port, void *data, size_t size, uint32_t budget_ms);
void peer_close(void *port);
