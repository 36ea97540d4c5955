/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A string buffer that truncates text that does not fit, and records that it did. */
typedef struct {
    char *data;
    size_t size;
    size_t length;
    bool cut;
} ota_text_t;

ota_text_t ota_client_text(char *data, size_t size);
void ota_client_text_add(ota_text_t *text, const char *string);
void ota_client_text_add_part(ota_text_t *text, const char *string, size_t length);
void ota_client_text_add_number(ota_text_t *text, uint64_t number);
/* Formats %s (string), %j (JSON string) and %u (uint64_t). The compiler does not check the arguments. */
void ota_client_text_format(ota_text_t *text, const char *format, ...);
void ota_client_text_add_json(ota_text_t *text, const char *string); /* in quotes and escaped */
void ota_client_copy(char *to, size_t size, const char *from);
bool ota_client_parse_number(const char **at, uint64_t max, uint64_t *number); /* max is at most 2^60 */
bool ota_client_parse_hex(const char *text, uint8_t *bytes, size_t count);
