/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim_response.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void shim_response_begin(shim_response_t *response, bool is_head, void (*on_header)(void *, char *, char *), void *user)
{
    memset(response, 0, sizeof(*response));
    response->is_head = is_head;
    response->content_length = -1;
    response->on_header = on_header;
    response->user = user;
}

static shim_response_state_t take_status_line(shim_response_t *response)
{
    int major;
    int minor;
    if (sscanf(response->line, "HTTP/%d.%d %d", &major, &minor, &response->status) != 3 || major != 1) {
        return SHIM_BROKEN;
    }
    response->keeps_alive = minor >= 1;
    return SHIM_HEADERS;
}

static shim_response_state_t body_state(const shim_response_t *response)
{
    const bool is_empty = response->is_head || response->status == 204 || response->status == 304
                          || (!response->is_chunked && response->content_length == 0);
    if (is_empty) {
        return SHIM_COMPLETE;
    }
    return response->is_chunked ? SHIM_CHUNK_SIZE : response->content_length > 0 ? SHIM_BODY : SHIM_BODY_TO_THE_END;
}

static shim_response_state_t take_header(shim_response_t *response)
{
    if (response->line[0] == '\0') {
        if (response->status / 100 == 1) {
            return SHIM_STATUS_LINE; // an interim answer, RFC 9110 section 15.2
        }
        const shim_response_state_t state = body_state(response);
        response->keeps_alive = response->keeps_alive && state != SHIM_BODY_TO_THE_END;
        return state;
    }
    char *value = strchr(response->line, ':');
    if (value == NULL) {
        return SHIM_BROKEN;
    }
    *value++ = '\0';
    value += strspn(value, " \t");
    if (strcasecmp(response->line, "Content-Length") == 0) {
        char *end;
        response->content_length = strtoll(value, &end, 10);
        if (end == value || *end != '\0' || response->content_length < 0) {
            return SHIM_BROKEN;
        }
    } else if (strcasecmp(response->line, "Transfer-Encoding") == 0) {
        response->is_chunked = strcasecmp(value, "chunked") == 0;
    } else if (strcasecmp(response->line, "Connection") == 0 && strcasecmp(value, "close") == 0) {
        response->keeps_alive = false;
    }
    response->on_header(response->user, response->line, value);
    return SHIM_HEADERS;
}

static shim_response_state_t take_chunk_size(shim_response_t *response)
{
    char *end;
    response->left = strtoull(response->line, &end, 16);
    if (end == response->line || (*end != '\0' && *end != ';' && *end != ' ')) {
        return SHIM_BROKEN;
    }
    return response->left > 0 ? SHIM_CHUNK : SHIM_TRAILERS;
}

static shim_response_state_t take_line(shim_response_t *response)
{
    switch (response->state) {
    case SHIM_STATUS_LINE:
        return take_status_line(response);
    case SHIM_HEADERS:
        return take_header(response);
    case SHIM_CHUNK_SIZE:
        return take_chunk_size(response);
    case SHIM_CHUNK_END:
        return response->line[0] == '\0' ? SHIM_CHUNK_SIZE : SHIM_BROKEN;
    case SHIM_TRAILERS:
        return response->line[0] == '\0' ? SHIM_COMPLETE : SHIM_TRAILERS;
    default:
        return SHIM_BROKEN;
    }
}

static void take_line_byte(shim_response_t *response, char byte)
{
    if (byte != '\n') {
        if (response->line_length == sizeof(response->line) - 1) {
            response->state = SHIM_BROKEN;
        } else {
            response->line[response->line_length++] = byte;
        }
        return;
    }
    if (response->line_length > 0 && response->line[response->line_length - 1] == '\r') {
        response->line_length--;
    }
    response->line[response->line_length] = '\0';
    response->line_length = 0;
    response->state = take_line(response);
}

/** @return how many of the bytes belong to the body */
static size_t take_body(shim_response_t *response, size_t length)
{
    size_t taken = length;
    if (response->state == SHIM_BODY) {
        const uint64_t left = (uint64_t)(response->content_length - response->body_length);
        taken = left < length ? (size_t)left : length;
    } else if (response->state == SHIM_CHUNK) {
        taken = response->left < length ? (size_t)response->left : length;
        response->left -= taken;
    }
    response->body_length += (int64_t)taken;
    if (response->state == SHIM_BODY && response->body_length == response->content_length) {
        response->state = SHIM_COMPLETE;
    } else if (response->state == SHIM_CHUNK && response->left == 0) {
        response->state = SHIM_CHUNK_END;
    }
    return taken;
}

size_t shim_response_feed(shim_response_t *response, const void *data, size_t length, uint8_t *body)
{
    const char *bytes = data;
    size_t used = 0;
    size_t decoded = 0;
    while (used < length && response->state != SHIM_COMPLETE && response->state != SHIM_BROKEN) {
        const bool is_body = response->state == SHIM_BODY || response->state == SHIM_BODY_TO_THE_END
                             || response->state == SHIM_CHUNK;
        if (!is_body) {
            take_line_byte(response, bytes[used++]);
            continue;
        }
        const size_t taken = take_body(response, length - used);
        if (body != NULL) {
            memcpy(body + decoded, bytes + used, taken);
        }
        used += taken;
        decoded += taken;
    }
    return decoded;
}

void shim_response_end(shim_response_t *response)
{
    if (response->state == SHIM_BODY_TO_THE_END) {
        response->state = SHIM_COMPLETE;
    }
}
