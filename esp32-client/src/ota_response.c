/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include <strings.h>
#include "ota_internal.h"

/* Response headers (RFC 9110 and RFC 9112). A header that cannot be parsed is ignored. */

static const char *skip_spaces(const char *text)
{
    while (*text == ' ' || *text == '\t') {
        ++text;
    }
    return text;
}

static bool is_at_end(const char *text)
{
    return *skip_spaces(text) == '\0';
}

/* Parses "bytes 0-99/1000". A range with the unknown total "*" is ignored. */
static void read_range(ota_response_t *response, const char *value)
{
    uint64_t first;
    uint64_t last;
    uint64_t total;
    if (strncmp(value, "bytes ", 6) != 0) {
        return;
    }
    const char *at = skip_spaces(value + 6);
    if (!ota_client_parse_number(&at, UINT32_MAX, &first) || *at++ != '-'
            || !ota_client_parse_number(&at, UINT32_MAX, &last) || *at++ != '/'
            || !ota_client_parse_number(&at, UINT32_MAX, &total) || !is_at_end(at) || first > last || last >= total) {
        return;
    }
    response->has_range = true;
    response->range_first = (uint32_t)first;
    response->range_last = (uint32_t)last;
    response->range_total = (uint32_t)total;
}

static void read_length(ota_response_t *response, const char *value)
{
    uint64_t length;
    const char *at = value;
    if (ota_client_parse_number(&at, OTA_ID_MAX, &length) && is_at_end(at)) {
        response->has_length = true;
        response->length = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
    }
}

/* Parses seconds. The other form, a date, is ignored because the device may have no clock. */
static void read_retry_after(ota_response_t *response, const char *value)
{
    uint64_t seconds;
    const char *at = value;
    if (ota_client_parse_number(&at, UINT32_MAX, &seconds) && is_at_end(at)) {
        response->retry_after_s = (uint32_t)seconds;
    }
}

/* Keeps a strong ETag only: If-Range must not use a weak one (RFC 9110 section 13.1.5). */
static void read_etag(ota_response_t *response, const char *value)
{
    const size_t length = strlen(value);
    if (length >= 2U && length < sizeof response->etag && value[0] == '"'
            && strchr(value + 1, '"') == value + length - 1) {
        ota_client_copy(response->etag, sizeof response->etag, value);
    }
}

static void read_location(ota_response_t *response, const char *value)
{
    if (strlen(value) < response->location_size) {
        ota_client_copy(response->location, response->location_size, value);
    }
}

static void read_transfer_encoding(ota_response_t *response, const char *value)
{
    response->chunked = value[0] != '\0';
}

static void read_connection(ota_response_t *response, const char *value)
{
    if (strcasecmp(value, "close") == 0) {
        response->close = true;
    }
}

void ota_client_response_header(ota_response_t *response, const char *name, const char *value)
{
    static const struct {
        const char *name;
        void (*read)(ota_response_t *response, const char *value);
    } headers[] = {
        { "Content-Length", read_length },
        { "Content-Range", read_range },
        { "ETag", read_etag },
        { "Location", read_location },
        { "Retry-After", read_retry_after },
        { "Transfer-Encoding", read_transfer_encoding },
        { "Connection", read_connection },
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; ++i) {
        if (strcasecmp(name, headers[i].name) == 0) {
            headers[i].read(response, skip_spaces(value));
        }
    }
}
