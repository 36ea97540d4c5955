/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The environment of one device: a clock that only advances in waits, a network, and a server that gives hostile responses in one place.
 * Each run of the device from power-on to a restart is a process of its own, so that a crash can be distinguished from a restart. These
 * processes share the environment in memory.
 */

typedef enum {
    PLACE_CHECK,
    PLACE_FIRST_PART,
    PLACE_LATER_PART,
    PLACE_TARGET, /* of a redirect: the first part there */
    PLACE_DOWNLOADING, /* the report of that name */
    PLACE_INSTALLING,
    PLACE_SUCCESS,
    PLACE_ENROLLMENT, /* of a device that has an enrolment key; those of the other places have none */
    PLACES
} place_t;

extern const char *const place_names[PLACES];

/* The shape of a response, without its status. */
typedef struct {
    const char *name;
    enum { BODY_NONE, BODY_JSON, BODY_HTML, BODY_LARGE, BODY_ODD } body; /* ODD: not a multiple of the size of a read */
    enum { BY_LENGTH, BY_CHUNKS, BY_END, BY_CHUNKS_AND_LENGTH } framing;
    enum { WHOLE, SHORT, LONG, ANOTHER_ANSWER_BEHIND, STRAY_LINE_BEHIND } extent; /* actual length of the body compared with the declared one */
    enum { KEEPS, CLOSES, STALLS } end; /* CLOSES is not announced if the extent is SHORT */
    enum { AT_ONCE, HEAD_THEN_BODY, BYTE_BY_BYTE } pace;
    enum { ALL, NOTHING, HALF_A_HEAD, NO_HTTP, LONG_HEADER } head;
    enum { NO_INTERIM, INTERIM_BEFORE, INTERIM_TOGETHER, INTERIM_AND_HALF, INTERIM_WITHOUT_END } interim;
    const char *header; /* an additional header, or NULL */
    /* For downloads: a body that looks like the requested part. */
    enum { NO_PART, WRONG_BYTES, WRONG_CHIP, WRONG_PROJECT, WHOLE_FILE, WHOLE_WRONG, SHIFTED, OTHER_ETAG, NO_ETAG, CUT, STALLED } part;
    bool says_close;
} shape_t;

typedef struct {
    place_t place;
    int status;
    const shape_t *shape;
    unsigned times; /* number of hostile responses; 0: all in the first three hours */
} cell_t;

#define IMAGE_ROOM 160000U

typedef struct {
    cell_t cell;
    uint64_t now_us;
    uint32_t random;
    unsigned hostile; /* number of hostile responses so far */
    unsigned requests;
    unsigned checks;
    unsigned connections;
    uint32_t file_bytes; /* of the real image that the device has received */
    bool confirmed;      /* success of 1.1.0 was reported */
    unsigned events[16];
    unsigned cycles;
    char story[4096];
    char fault[256];

    uint8_t old_image[IMAGE_ROOM];
    uint32_t old_size;
    uint8_t new_image[IMAGE_ROOM];
    uint32_t new_size;
    uint8_t new_hash[32];
} world_t;

extern world_t *world;

void world_make(void);
void world_reset(const cell_t *cell);
void world_advance_us(uint64_t us); /* runs the timers that are due */
void world_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The network has one connection at a time, to the server. */
int peer_connect(const char *host, int port);
/* Returns bytes, 0 after a timeout, or -1 at the end of the connection, as tcp_transport does. */
int peer_read(void *buffer, size_t size, int timeout_ms);
int peer_write(const void *data, size_t size);
void peer_close(void);
bool peer_is_connected(void);
