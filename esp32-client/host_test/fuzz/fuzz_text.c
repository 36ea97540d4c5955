/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>
#include "ota_facts.h"
#include "ota_internal.h"

/* Arbitrary bytes as response headers, URLs, texts and attributes: nothing is read or written out of bounds. */

static char *copy_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1U);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

static void try_headers(const char *text)
{
    static const char *const names[] = { "Content-Length", "Content-Range", "ETag", "Location", "Retry-After", "Transfer-Encoding", "Connection" };
    char *location = malloc(OTA_LOCATION_SIZE);
    ota_response_t response = { .location = location, .location_size = OTA_LOCATION_SIZE };
    location[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        ota_client_response_header(&response, names[i], text);
    }
    if (strlen(response.etag) >= sizeof response.etag || strlen(location) >= OTA_LOCATION_SIZE
            || (response.has_range && response.range_last >= response.range_total)) {
        abort();
    }
    free(location);
}

static void try_url(const char *text, size_t size)
{
    char *url = malloc(size + 40U);
    strcpy(url, "https://ota.example.com/a");
    if (ota_client_url_resolve(url, size + 40U, url, text) && !ota_client_url_same_origin(url, url)) {
        abort();
    }
    (void)ota_client_url_is_base(text);
    (void)ota_client_url_is_downgrade("https://a", text);
    free(url);
}

static void try_attributes(const char *text, size_t size)
{
    static ota_core_t core;
    char *body = malloc(200);
    ota_text_t written = ota_client_text(body, 200);
    ota_attributes_t to = { .core = &core, .text = &written };
    core.attribute_lost = true;
    ota_client_attr_string(&to, "key", text);
    ota_client_attr_string(&to, text, text + size / 2U);
    ota_client_attr_number(&to, text, (int64_t)size);
    ota_client_attr_bool(&to, text + size / 2U, true);
    for (size_t i = 0; i < written.length; ++i) {
        if ((unsigned char)body[i] < 0x20U || body[i] == 0x7F) {
            abort();
        }
    }
    if (written.length >= 200U || to.count > 4U || written.cut) {
        abort();
    }
    free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = copy_of(data, size);
    try_headers(text);
    try_url(text, size);
    try_attributes(text, strlen(text));
    char *json = malloc(64);
    ota_text_t written = ota_client_text(json, 64);
    ota_client_text_format(&written, "{%j %s %u", text, text, (uint64_t)size);
    if (strlen(json) != written.length || written.length >= 64U) {
        abort();
    }
    uint8_t bytes[8];
    uint64_t number;
    const char *at = text;
    (void)ota_client_parse_hex(text, bytes, sizeof bytes);
    (void)ota_client_parse_number(&at, OTA_ID_MAX, &number);
    free(json);
    free(text);
    return 0;
}
