/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim_response.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void shim_response_begin(shim_response_t *response, bool is_head)
{
    response->state = SHIM_STATUS_LINE;
    response->is_head = is_head;
    response->data_process = 0;
    response->line_length = 0;
    response->keeps_alive = true;
}

void shim_response_await_head(shim_response_t *response)
{
    response->has_head = false;
    response->status = -1;
}

/** http_on_message_begin(): the parser calls it for an empty line before a status line, too. */
static void begin_message(shim_response_t *response)
{
    response->is_chunked = false;
    response->is_complete = false;
    response->said_length = -1;
    response->said_chunked = false;
}

/** After an answer that closes the connection the strict parser takes nothing more. */
static shim_response_state_t end_message(shim_response_t *response)
{
    response->is_complete = true;
    return response->keeps_alive ? SHIM_STATUS_LINE : SHIM_BROKEN;
}

static shim_response_state_t take_status_line(shim_response_t *response)
{
    int major;
    int minor;
    if (sscanf(response->line, "HTTP/%d.%d %d", &major, &minor, &response->line_status) != 3 || major != 1) {
        return SHIM_BROKEN;
    }
    response->keeps_alive = minor >= 1;
    return SHIM_HEADERS;
}

/** An interim answer (1xx), 204 and 304 have no body unless they say a length: the parser then waits for it. */
static bool has_no_body(const shim_response_t *response)
{
    const int status = response->line_status;
    const bool is_bodiless = status / 100 == 1 || status == 204 || status == 304;
    return response->is_head || (!response->said_chunked && response->said_length == 0)
           || (!response->said_chunked && response->said_length < 0 && is_bodiless);
}

/** http_on_headers_complete(), for each head alike: esp_http_client takes an interim answer for the answer. */
static shim_response_state_t end_head(shim_response_t *response)
{
    response->status = response->line_status;
    response->content_length = response->said_length;
    response->data_process = 0;
    response->has_head = true;
    if (has_no_body(response)) {
        return end_message(response);
    }
    if (response->said_chunked) {
        return SHIM_CHUNK_SIZE;
    }
    response->left = (uint64_t)response->said_length;
    return response->said_length > 0 ? SHIM_BODY : SHIM_BODY_TO_THE_END;
}

static shim_response_state_t take_header(shim_response_t *response)
{
    if (response->line[0] == '\0') {
        return end_head(response);
    }
    char *value = strchr(response->line, ':');
    if (value == NULL) {
        return SHIM_BROKEN;
    }
    *value++ = '\0';
    value += strspn(value, " \t");
    if (strcasecmp(response->line, "Content-Length") == 0) {
        char *end;
        response->said_length = strtoll(value, &end, 10);
        if (end == value || *end != '\0' || response->said_length < 0) {
            return SHIM_BROKEN;
        }
    } else if (strcasecmp(response->line, "Transfer-Encoding") == 0) {
        response->said_chunked = response->is_chunked = strcasecmp(value, "chunked") == 0;
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
        return response->line[0] == '\0' ? end_message(response) : SHIM_TRAILERS;
    default:
        return SHIM_BROKEN;
    }
}

static void take_line_byte(shim_response_t *response, char byte)
{
    if (response->state == SHIM_STATUS_LINE && response->line_length == 0) {
        if (byte != 'H' && byte != '\r' && byte != '\n') {
            response->state = SHIM_BROKEN;
            return;
        }
        begin_message(response);
        if (byte != 'H') {
            return;
        }
    }
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
static size_t take_body(shim_response_t *response, const char *data, size_t length)
{
    const bool is_bounded = response->state != SHIM_BODY_TO_THE_END;
    const size_t taken = is_bounded && response->left < length ? (size_t)response->left : length;
    response->left -= is_bounded ? taken : 0;
    response->on_body(response->user, data, taken);
    if (is_bounded && response->left == 0) {
        response->state = response->state == SHIM_BODY ? end_message(response) : SHIM_CHUNK_END;
    }
    return taken;
}

void shim_response_feed(shim_response_t *response, const void *data, size_t length)
{
    const char *bytes = data;
    size_t used = 0;
    while (used < length && response->state != SHIM_BROKEN) {
        const bool is_body = response->state == SHIM_BODY || response->state == SHIM_BODY_TO_THE_END
                             || response->state == SHIM_CHUNK;
        if (is_body) {
            used += take_body(response, bytes + used, length - used);
        } else {
            take_line_byte(response, bytes[used++]);
        }
    }
}

void shim_response_end(shim_response_t *response)
{
    if (response->state == SHIM_BODY_TO_THE_END) {
        response->state = end_message(response);
    }
}
