/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim_request.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void replace(char **place, const char *text, size_t length)
{
    char *copy = strndup(text, length);
    free(*place);
    *place = copy;
}

static esp_err_t set_authority(shim_url_t *url, const char *authority, size_t length)
{
    const char *port = memchr(authority, ':', length);
    const size_t host_length = port != NULL ? (size_t)(port - authority) : length;
    if (host_length == 0 || memchr(authority, '@', length) != NULL || memchr(authority, '[', length) != NULL) {
        return ESP_ERR_INVALID_ARG; // credentials and IPv6 literals are not part of the model
    }
    url->port = strcasecmp(url->scheme, "https") == 0 ? 443 : 80;
    if (port != NULL) {
        url->port = atoi(port + 1);
        if (url->port < 1 || url->port > 65535) {
            return ESP_ERR_INVALID_ARG;
        }
    }
    replace(&url->host, authority, host_length);
    return ESP_OK;
}

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++) {
        if (!isgraph((unsigned char)*text)) {
            return false;
        }
    }
    return true;
}

esp_err_t shim_url_set(shim_url_t *url, const char *text)
{
    if (!is_printable(text)) {
        return ESP_ERR_INVALID_ARG;
    }
    const char *rest = text;
    const char *separator = strstr(text, "://");
    if (separator != NULL) {
        replace(&url->scheme, text, (size_t)(separator - text));
        rest = separator + 3;
        const size_t length = strcspn(rest, "/?#");
        const esp_err_t err = set_authority(url, rest, length);
        if (err != ESP_OK) {
            return err;
        }
        rest += length;
    } else if (text[0] != '/') {
        return ESP_ERR_INVALID_ARG;
    }
    const size_t length = strcspn(rest, "#");
    replace(&url->target, length > 0 ? rest : "/", length > 0 ? length : 1);
    return ESP_OK;
}

void shim_url_free(shim_url_t *url)
{
    free(url->scheme);
    free(url->host);
    free(url->target);
    memset(url, 0, sizeof(*url));
}

void shim_header_set(shim_header_t **headers, const char *key, const char *value)
{
    while (*headers != NULL && strcasecmp((*headers)->key, key) != 0) {
        headers = &(*headers)->next;
    }
    shim_header_t *header = *headers;
    if (value == NULL) {
        if (header != NULL) {
            *headers = header->next;
            free(header->key);
            free(header->value);
            free(header);
        }
        return;
    }
    if (header == NULL) {
        header = *headers = calloc(1, sizeof(*header));
        replace(&header->key, key, strlen(key));
    }
    replace(&header->value, value, strlen(value));
}

const char *shim_header_get(const shim_header_t *headers, const char *key)
{
    while (headers != NULL && strcasecmp(headers->key, key) != 0) {
        headers = headers->next;
    }
    return headers != NULL ? headers->value : NULL;
}

void shim_header_free(shim_header_t **headers)
{
    while (*headers != NULL) {
        shim_header_set(headers, (*headers)->key, NULL);
    }
}
