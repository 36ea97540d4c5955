/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"

/*
 * Reads one JSON object byte by byte and keeps the known fields. Nothing of it is stored, so that a long description costs time, not
 * memory. RFC 8259, with limits: OTA_JSON_BYTES in all, OTA_JSON_DEPTH deep, numbers without sign, fraction or exponent where a number
 * is wanted. Strings are taken as bytes; an escape beyond ASCII becomes '?'.
 */
#define OTA_JSON_BYTES 65536U
#define OTA_JSON_DEPTH 8U
#define OTA_JSON_NAME  32U

typedef struct {
    ota_json_source_t source;
    void *context;
    uint32_t left;
    int next; /* the byte looked at, -1 at the end */
    bool failed;
} reader_t;

static void advance(reader_t *reader)
{
    if (reader->left == 0U) {
        reader->failed = true;
        reader->next = -1;
        return;
    }
    --reader->left;
    reader->next = reader->source(reader->context);
}

static void skip_space(reader_t *reader)
{
    while (reader->next == ' ' || reader->next == '\t' || reader->next == '\n' || reader->next == '\r') {
        advance(reader);
    }
}

static bool take(reader_t *reader, char wanted)
{
    skip_space(reader);
    if (reader->next != wanted) {
        return false;
    }
    advance(reader);
    return true;
}

static bool take_word(reader_t *reader, const char *word)
{
    for (; *word != '\0'; ++word) {
        if (reader->next != *word) {
            return false;
        }
        advance(reader);
    }
    return true;
}

static bool read_escape(reader_t *reader, char *byte)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    if (reader->next != 'u') {
        const char *name = reader->next > 0 ? strchr(names, reader->next) : NULL;
        if (name == NULL) {
            return false;
        }
        *byte = values[name - names];
        return true;
    }
    char digits[5] = { 0 };
    for (size_t i = 0; i < 4U; ++i) {
        advance(reader);
        if (reader->next <= 0) {
            return false;
        }
        digits[i] = (char)reader->next;
    }
    uint8_t unit[2];
    if (!ota_parse_hex(digits, unit, sizeof unit)) {
        return false;
    }
    *byte = unit[0] == 0U && unit[1] < 0x80U && unit[1] >= 0x20U ? (char)unit[1] : '?';
    return true;
}

/* The opening quote has not been taken. With size 0 the string is only skipped. */
static bool read_string(reader_t *reader, char *value, size_t size, bool *fits)
{
    size_t length = 0;
    *fits = true;
    if (!take(reader, '"')) {
        return false;
    }
    while (reader->next != '"') {
        if (reader->next < 0x20) {
            return false;
        }
        char byte = (char)reader->next;
        if (byte == '\\') {
            advance(reader);
            if (!read_escape(reader, &byte)) {
                return false;
            }
        }
        if (length + 1U < size) {
            value[length++] = byte;
        } else {
            *fits = false;
        }
        advance(reader);
    }
    if (size > 0U) {
        value[length] = '\0';
    }
    advance(reader);
    return true;
}

static bool skip_digits(reader_t *reader)
{
    const bool any = reader->next >= '0' && reader->next <= '9';
    while (reader->next >= '0' && reader->next <= '9') {
        advance(reader);
    }
    return any;
}

static bool skip_number(reader_t *reader)
{
    if (reader->next == '-') {
        advance(reader);
    }
    if (!skip_digits(reader)) {
        return false;
    }
    if (reader->next == '.') {
        advance(reader);
        if (!skip_digits(reader)) {
            return false;
        }
    }
    if (reader->next == 'e' || reader->next == 'E') {
        advance(reader);
        if (reader->next == '+' || reader->next == '-') {
            advance(reader);
        }
        return skip_digits(reader);
    }
    return true;
}

static bool skip_scalar(reader_t *reader)
{
    bool fits;
    switch (reader->next) {
    case '"':
        return read_string(reader, NULL, 0, &fits);
    case 't':
        return take_word(reader, "true");
    case 'f':
        return take_word(reader, "false");
    case 'n':
        return take_word(reader, "null");
    default:
        return skip_number(reader);
    }
}

/* Skips a value without recursion: a bit for each open bracket says whether it is an object. */
static bool skip_value(reader_t *reader)
{
    uint32_t objects = 0;
    uint32_t depth = 0;
    bool value_wanted = true;
    do {
        skip_space(reader);
        if (value_wanted && (reader->next == '{' || reader->next == '[')) {
            if (++depth > OTA_JSON_DEPTH) {
                return false;
            }
            objects = (objects << 1) | (reader->next == '{' ? 1U : 0U);
            advance(reader);
            skip_space(reader);
            value_wanted = reader->next != ((objects & 1U) ? '}' : ']');
        } else if (value_wanted) {
            if (!skip_scalar(reader)) {
                return false;
            }
            value_wanted = false;
        } else if (reader->next == ((objects & 1U) ? '}' : ']')) {
            advance(reader);
            objects >>= 1;
            --depth;
        } else if (take(reader, ',')) {
            value_wanted = true;
        } else {
            return false;
        }
        if (value_wanted && (objects & 1U)) {
            bool fits;
            if (!read_string(reader, NULL, 0, &fits) || !take(reader, ':')) {
                return false;
            }
        }
    } while (depth > 0U || value_wanted);
    return true;
}

static bool read_number(reader_t *reader, const ota_json_field_t *field)
{
    char digits[18];
    size_t length = 0;
    while (reader->next >= '0' && reader->next <= '9' && length + 1U < sizeof digits) {
        digits[length++] = (char)reader->next;
        advance(reader);
    }
    digits[length] = '\0';
    const char *at = digits;
    const bool leading_zero = length > 1U && digits[0] == '0';
    const bool ends = reader->next == ',' || reader->next == '}' || reader->next == ' ' || reader->next == '\n' || reader->next == '\r' || reader->next == '\t';
    return ends && !leading_zero && ota_parse_number(&at, field->most, field->value);
}

static bool read_field(reader_t *reader, ota_json_field_t *field)
{
    bool fits;
    if (field->seen) {
        return false;
    }
    if (field->cut && reader->next == 'n') {
        return take_word(reader, "null");
    }
    field->seen = true;
    switch (field->type) {
    case OTA_JSON_STRING:
        return read_string(reader, field->value, field->size, &fits) && (fits || field->cut);
    case OTA_JSON_NUMBER:
        return read_number(reader, field);
    default:
        *(bool *)field->value = reader->next == 't';
        return take_word(reader, reader->next == 't' ? "true" : "false");
    }
}

static bool read_member(reader_t *reader, ota_json_field_t *fields, size_t count)
{
    char name[OTA_JSON_NAME];
    bool fits;
    if (!read_string(reader, name, sizeof name, &fits) || !take(reader, ':')) {
        return false;
    }
    skip_space(reader);
    for (size_t i = 0; fits && i < count; ++i) {
        if (strcmp(name, fields[i].name) == 0) {
            return read_field(reader, &fields[i]);
        }
    }
    return skip_value(reader);
}

bool ota_json_read(ota_json_source_t source, void *context, ota_json_field_t *fields, size_t count)
{
    reader_t reader = { .source = source, .context = context, .left = OTA_JSON_BYTES };
    advance(&reader);
    if (!take(&reader, '{')) {
        return false;
    }
    if (!take(&reader, '}')) {
        do {
            skip_space(&reader);
            if (!read_member(&reader, fields, count)) {
                return false;
            }
        } while (take(&reader, ','));
        if (!take(&reader, '}')) {
            return false;
        }
    }
    skip_space(&reader);
    return reader.next == -1 && !reader.failed;
}
