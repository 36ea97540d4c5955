/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "world.h"

#define HOUR_US 3600000000U
#define HOSTILE_US (3U * (uint64_t)HOUR_US)
#define LATENCY_US 20000U
#define BYTE_US 4000000U
#define PIECES 8U
#define LARGE 10000U

const char *const place_names[PLACES] = {
    "check", "first part", "later part", "redirect target", "report downloading", "report installing", "report success",
    "enrolment",
};

static struct {
    bool open;
    char request[8192];
    size_t request_length;
    uint8_t out[2U * IMAGE_ROOM];
    size_t out_length;
    size_t out_at;
    size_t pieces[PIECES]; /* A read ends at the end of a piece. */
    unsigned piece_count;
    uint64_t byte_us; /* between two bytes */
    size_t file_from; /* start of the real image in out, and its end */
    size_t file_to;
    bool closes; /* after out */
} s_peer;

void world_note(const char *format, ...)
{
    const size_t length = strlen(world->story);
    va_list values;
    va_start(values, format);
    vsnprintf(world->story + length, sizeof world->story - length, format, values);
    va_end(values);
}

/* ---- What goes out ---- */

static void add_bytes(const void *bytes, size_t size)
{
    assert(s_peer.out_length + size <= sizeof s_peer.out);
    memcpy(s_peer.out + s_peer.out_length, bytes, size);
    s_peer.out_length += size;
}

static void add(const char *format, ...)
{
    char text[8192];
    va_list values;
    va_start(values, format);
    const int length = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    assert(length >= 0 && (size_t)length < sizeof text);
    add_bytes(text, (size_t)length);
}

static void end_piece(void)
{
    assert(s_peer.piece_count < PIECES);
    s_peer.pieces[s_peer.piece_count++] = s_peer.out_length;
}

/* ---- The good server ---- */

static void answer_json(int status, const char *json)
{
    add("HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\nConnection: keep-alive\r\n\r\n%s",
        status, strlen(json), json);
}

static uint64_t number_behind(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at != NULL ? strtoull(at + strlen(name), NULL, 10) : 0U;
}

static void answer_check(void)
{
    char json[1024];
    char hash[65];
    if (strstr(s_peer.request, "\"current_version\":\"1.1.0\"") != NULL) {
        answer_json(200, "{\"update_available\":false,\"reason\":\"up_to_date\"}");
        return;
    }
    for (unsigned i = 0; i < 32U; ++i) {
        snprintf(hash + 2U * i, 3, "%02x", world->new_hash[i]);
    }
    snprintf(json, sizeof json,
             "{\"update_available\":true,\"firmware_id\":7,\"version\":\"1.1.0\",\"build_number\":2,\"description\":null,"
             "\"download_url\":\"/api/ota/download/7\",\"file_hash\":\"%s\",\"file_size\":%u}",
             hash, (unsigned)world->new_size);
    answer_json(200, json);
}

static void answer_report(void)
{
    const char *status = strstr(s_peer.request, "\"status\":\"");
    assert(status != NULL);
    world_note("%.*s ", (int)strcspn(status + 10, "\""), status + 10);
    world->confirmed = world->confirmed || strncmp(status + 10, "success", 7) == 0;
    answer_json(200, "{\"success\":true,\"log_id\":789,\"status\":\"downloading\"}");
}

typedef struct {
    bool is_ranged;
    uint32_t first;
    uint32_t last;
} range_t;

static range_t range_asked(void)
{
    range_t range = { .last = world->new_size - 1U };
    const char *header = strstr(s_peer.request, "\r\nRange: bytes=");
    if (header != NULL) {
        unsigned first = 0;
        unsigned last = 0;
        const int read = sscanf(header, "\r\nRange: bytes=%u-%u", &first, &last);
        assert(read == 2 && last < world->new_size);
        (void)read;
        range = (range_t) {
            true, first, last
        };
    }
    return range;
}

static void add_file_head(const range_t *range, uint32_t shift, const char *etag)
{
    add("HTTP/1.1 %s\r\n%s%s%sContent-Length: %u\r\n", range->is_ranged ? "206 Partial Content" : "200 OK",
        etag[0] != '\0' ? "ETag: \"" : "", etag, etag[0] != '\0' ? "\"\r\n" : "", (unsigned)(range->last - range->first + 1U));
    if (range->is_ranged) {
        add("Content-Range: bytes %u-%u/%u\r\n", (unsigned)(range->first + shift), (unsigned)(range->last + shift),
            (unsigned)world->new_size);
    }
}

static void answer_download(const char *etag)
{
    const range_t range = range_asked();
    add_file_head(&range, 0, etag);
    add("\r\n");
    s_peer.file_from = s_peer.out_length;
    add_bytes(world->new_image + range.first, range.last - range.first + 1U);
    s_peer.file_to = s_peer.out_length;
}

/* ---- The hostile one ---- */

static size_t write_body(const shape_t *shape, char *body)
{
    switch (shape->body) {
    case BODY_JSON:
        return (size_t)sprintf(body, "{\"statusCode\":503,\"code\":\"SERVER_BUSY\",\"message\":\"Try again shortly.\"}");
    case BODY_HTML:
        return (size_t)sprintf(body, "<!DOCTYPE html><html><head><title>No</title></head><body>%0400d</body></html>", 0);
    case BODY_ODD:
        memset(body, 'o', 97);
        return 97;
    case BODY_LARGE:
        memset(body, 'l', LARGE);
        return LARGE;
    default:
        return 0;
    }
}

static void add_interim(const shape_t *shape)
{
    static const char hints[] = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
    if (shape->interim == NO_INTERIM) {
        return;
    }
    add("%s", hints);
    if (shape->interim == INTERIM_BEFORE) {
        end_piece();
    } else if (shape->interim == INTERIM_AND_HALF) {
        add("HTTP/1.1 2");
        end_piece();
        s_peer.out_length -= 10U;
    } else if (shape->interim == INTERIM_WITHOUT_END) {
        for (unsigned i = 0; i < 1000U; ++i) {
            add("%s", hints);
        }
        s_peer.byte_us = 100000U;
    }
}

static void add_extra(const shape_t *shape)
{
    if (shape->extent == LONG) {
        add("%060d", 0);
    } else if (shape->extent == ANOTHER_ANSWER_BEHIND) {
        answer_json(200, "{\"update_available\":false,\"reason\":\"x\"}");
    } else if (shape->extent == STRAY_LINE_BEHIND) {
        add("\r\n");
    }
}

static void add_framed_body(const shape_t *shape, const char *body, size_t length)
{
    const size_t sent = shape->extent == SHORT ? length / 2U : length;
    if (shape->framing == BY_CHUNKS || shape->framing == BY_CHUNKS_AND_LENGTH) {
        if (sent > 0U) {
            add("%zx\r\n", sent);
            add_bytes(body, sent);
            add("\r\n");
        }
        add("%s", shape->extent == SHORT ? "" : "0\r\n\r\n");
    } else {
        add_bytes(body, sent);
    }
    add_extra(shape);
}

static void add_status_line(int status)
{
    add("HTTP/1.1 %d Something\r\n", status);
}

static void answer_hostile(const shape_t *shape, int status)
{
    static char body[LARGE];
    const size_t length = write_body(shape, body);
    add_interim(shape);
    add_status_line(status);
    add("Content-Type: %s\r\n", shape->body == BODY_HTML ? "text/html" : "application/json");
    if (shape->framing == BY_LENGTH || shape->framing == BY_CHUNKS_AND_LENGTH) {
        add("Content-Length: %zu\r\n", length);
    }
    if (shape->framing == BY_CHUNKS || shape->framing == BY_CHUNKS_AND_LENGTH) {
        add("Transfer-Encoding: chunked\r\n");
    }
    if (shape->header != NULL) {
        add("%s\r\n", shape->header);
    }
    if (shape->head == LONG_HEADER) {
        add("X-Long: %05000d\r\n", 0);
    }
    add("%s\r\n", shape->says_close ? "Connection: close\r\n" : "");
    if (shape->pace == HEAD_THEN_BODY) {
        end_piece();
    }
    add_framed_body(shape, body, length);
    s_peer.byte_us = shape->pace == BYTE_BY_BYTE ? BYTE_US : s_peer.byte_us;
    s_peer.closes = shape->end == CLOSES;
}

/* Adds a body that looks like the requested part. */
static void answer_part(const shape_t *shape)
{
    range_t range = range_asked();
    const bool is_whole = shape->part == WHOLE_FILE || shape->part == WHOLE_WRONG;
    if (is_whole) {
        range = (range_t) {
            false, 0, world->new_size - 1U
        };
    }
    add_file_head(&range, shape->part == SHIFTED ? 16U : 0U, shape->part == NO_ETAG ? "" : shape->part == OTHER_ETAG ? "b" : "a");
    add("%s\r\n", shape->says_close ? "Connection: close\r\n" : "");
    const size_t from = s_peer.out_length;
    const size_t size = range.last - range.first + 1U;
    add_bytes(world->new_image + range.first, size);
    if (shape->part == WRONG_BYTES || shape->part == WHOLE_WRONG) {
        for (size_t i = 0; i < size; ++i) {
            s_peer.out[from + i] = (uint8_t)"<html>"[i % 6U];
        }
    } else if (shape->part == WRONG_CHIP && range.first == 0U) {
        s_peer.out[from + 12U] = 0;
    } else if (shape->part == WRONG_PROJECT && range.first == 0U) {
        s_peer.out[from + 0x50U] = 'X';
    } else if (shape->part == CUT || shape->part == STALLED) {
        s_peer.out_length = from + size / 3U;
    }
    s_peer.file_from = from;
    s_peer.file_to = s_peer.out_length;
    s_peer.closes = shape->end == CLOSES || shape->part == CUT;
}

static place_t place_of(bool *is_place)
{
    const char *request = s_peer.request;
    *is_place = true;
    if (strstr(request, "/api/ota/check ") != NULL) {
        return PLACE_CHECK;
    }
    if (strstr(request, "/api/ota/devices/enroll ") != NULL) {
        return PLACE_ENROLLMENT;
    }
    if (strstr(request, "/api/ota/status ") != NULL) {
        return strstr(request, "\"downloading\"") != NULL  ? PLACE_DOWNLOADING
               : strstr(request, "\"installing\"") != NULL ? PLACE_INSTALLING
               : PLACE_SUCCESS;
    }
    if (world->cell.place == PLACE_TARGET) {
        *is_place = strstr(request, " /cdn/") != NULL && range_asked().first == 0U;
        return PLACE_TARGET;
    }
    return range_asked().first == 0U ? PLACE_FIRST_PART : PLACE_LATER_PART;
}

static bool is_hostile(void)
{
    bool is_place;
    const place_t place = place_of(&is_place);
    const cell_t *cell = &world->cell;
    const bool now = cell->times == 0U ? world->now_us < HOSTILE_US : world->hostile < cell->times;
    return is_place && place == cell->place && now;
}

static void answer_well(void)
{
    if (strstr(s_peer.request, "/api/ota/check ") != NULL) {
        answer_check();
    } else if (strstr(s_peer.request, "/api/ota/status ") != NULL) {
        answer_report();
    } else if (strstr(s_peer.request, "/api/ota/devices/enroll ") != NULL) {
        answer_json(200, "{\"device_token\":\"otad_1\"}");
    } else if (strncmp(s_peer.request, "POST", 4) == 0) {
        answer_json(405, "{\"code\":\"METHOD_NOT_ALLOWED\"}");
    } else if (world->cell.place == PLACE_TARGET && strstr(s_peer.request, " /cdn/") == NULL) {
        add("HTTP/1.1 302 Found\r\nLocation: http://cdn.test/cdn/firmware.bin?signature=1\r\nContent-Length: 5\r\n\r\nmoved");
    } else {
        answer_download("a");
    }
}

static void answer(void)
{
    const shape_t *shape = world->cell.shape;
    s_peer.out_length = s_peer.out_at = 0;
    s_peer.piece_count = 0;
    s_peer.byte_us = 0;
    s_peer.file_from = s_peer.file_to = 0;
    s_peer.closes = false;
    ++world->requests;
    world->checks += strstr(s_peer.request, "/api/ota/check ") != NULL ? 1U : 0U;
    world_advance_us(LATENCY_US);
    if (!is_hostile()) {
        answer_well();
        return;
    }
    ++world->hostile;
    /* The device does not send a report again that was accepted or finally refused. */
    const int status = world->cell.status;
    const bool is_done = status == 200 || status == 206 || status == 400 || status == 404 || status == 413 || status == 422;
    const bool is_taken = is_done || shape->extent == ANOTHER_ANSWER_BEHIND; /* which is a 200 */
    world->confirmed = world->confirmed || (world->cell.place == PLACE_SUCCESS && is_taken && (shape->head == ALL || shape->head == LONG_HEADER));
    if (shape->part != NO_PART) {
        answer_part(shape);
        return;
    }
    if (shape->head == NO_HTTP) {
        add("\x16\x03\x03 220 mail.example.com ESMTP\r\n");
        s_peer.closes = shape->end == CLOSES;
        return;
    }
    answer_hostile(shape, world->cell.status);
    if (shape->head == NOTHING || shape->head == HALF_A_HEAD) {
        s_peer.out_length = shape->head == NOTHING ? 0U : 25U;
    }
}

/* ---- The network ---- */

int peer_connect(const char *host, int port)
{
    (void)port;
    const bool is_elsewhere = strcmp(host, "ota.test") != 0;
    assert(!is_elsewhere || world->cell.place != PLACE_ENROLLMENT);
    (void)is_elsewhere;
    memset(&s_peer, 0, sizeof s_peer);
    s_peer.open = true;
    ++world->connections;
    world_advance_us(LATENCY_US);
    return 3;
}

void peer_close(void)
{
    s_peer.open = false;
}

bool peer_is_connected(void)
{
    return s_peer.open;
}

static size_t piece_end(void)
{
    for (unsigned i = 0; i < s_peer.piece_count; ++i) {
        if (s_peer.pieces[i] > s_peer.out_at) {
            return s_peer.pieces[i] < s_peer.out_length ? s_peer.pieces[i] : s_peer.out_length;
        }
    }
    return s_peer.out_length;
}

int peer_read(void *buffer, size_t size, int timeout_ms)
{
    assert(s_peer.open);
    if (s_peer.out_at == s_peer.out_length) {
        if (s_peer.closes) {
            return -1;
        }
        world_advance_us((uint64_t)timeout_ms * 1000U);
        return 0;
    }
    if (s_peer.byte_us > 0U) {
        if (s_peer.byte_us > (uint64_t)timeout_ms * 1000U) {
            world_advance_us((uint64_t)timeout_ms * 1000U);
            return 0;
        }
        world_advance_us(s_peer.byte_us);
        size = 1;
    }
    const size_t left = piece_end() - s_peer.out_at;
    const size_t taken = size < left ? size : left;
    memcpy(buffer, s_peer.out + s_peer.out_at, taken);
    for (size_t i = s_peer.out_at; i < s_peer.out_at + taken; ++i) {
        world->file_bytes += i >= s_peer.file_from && i < s_peer.file_to ? 1U : 0U;
    }
    s_peer.out_at += taken;
    return (int)taken;
}

int peer_write(const void *data, size_t size)
{
    assert(s_peer.open);
    if (s_peer.closes) {
        return (int)size; /* Data sent to a closed connection are lost; the next read fails. */
    }
    assert(s_peer.request_length + size < sizeof s_peer.request);
    memcpy(s_peer.request + s_peer.request_length, data, size);
    s_peer.request_length += size;
    s_peer.request[s_peer.request_length] = '\0';
    const char *head_end = strstr(s_peer.request, "\r\n\r\n");
    if (head_end == NULL) {
        return (int)size;
    }
    const size_t body = (size_t)number_behind(s_peer.request, "\r\nContent-Length: ");
    if (s_peer.request_length >= (size_t)(head_end - s_peer.request) + 4U + body) {
        answer();
        s_peer.request_length = 0;
    }
    return (int)size;
}
