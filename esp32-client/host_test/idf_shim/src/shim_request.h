/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include "esp_err.h"

typedef struct {
    char *scheme;
    char *host;
    char *target; // path and query
    int port;
} shim_url_t;

/** Relative ones keep what they do not say. @return ESP_ERR_INVALID_ARG, the URL unchanged, for what is none */
esp_err_t shim_url_set(shim_url_t *url, const char *text);
void shim_url_free(shim_url_t *url);

typedef struct shim_header {
    struct shim_header *next;
    char *key;
    char *value;
} shim_header_t;

/** In its place when it is there, else at the end; value NULL deletes it. */
void shim_header_set(shim_header_t **headers, const char *key, const char *value);
/** @return NULL when it is not there */
const char *shim_header_get(const shim_header_t *headers, const char *key);
void shim_header_free(shim_header_t **headers);
