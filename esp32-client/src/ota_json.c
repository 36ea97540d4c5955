/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"

/*
 * Parses one JSON object byte by byte and keeps the known fields. The text is not stored, so that a long description
 * takes time but no memory. Follows RFC 8259 with these limits: at most OTA_JSON_BYTES bytes, nested at most
 * OTA_JSON_DEPTH levels deep, and numbers of known fields without sign, fraction or exponent. Strings are copied as
 * bytes; an escape sequence outside ASCII becomes '?'.
 */
#define OTA_JSON_BYTES 65536U
#define OTA_JSON_DEPTH 4U
#define OTA_JSON_NAME 32U

typedef struct {
    ota_json_source_t source;
    void *context;
    uint32_t left;
    int next; /* the current byte, not consumed yet; -1 at the end */
    bool failed;
} reader_t;

static void read_next_byte(reader_t *reader)
{
    if (reader->left == 0U) {
        reader->failed = true;
        reader->next = -1;
        return;
    }
    --reader->left;
    reader->next = reader->source(reader->context);
}

static const char s_space[] = " \t\n\r";

static bool is_one_of(int byte, const char *bytes)
{
    return byte > 0 && strchr(bytes, byte) != NULL;
}

static void skip_space(reader_t *reader)
{
    while (is_one_of(reader->next, s_space)) {
        read_next_byte(reader);
    }
}

static bool take_byte(reader_t *reader, char wanted)
{
    skip_space(reader);
    if (reader->next != wanted) {
        return false;
    }
    read_next_byte(reader);
    return true;
}

static bool take_word(reader_t *reader, const char *word)
{
    for (; *word != '\0'; ++word) {
        if (reader->next != *word) {
            return false;
        }
        read_next_byte(reader);
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
        read_next_byte(reader);
        if (reader->next <= 0) {
            return false;
        }
        digits[i] = (char)reader->next;
    }
    uint8_t unit[2];
    if (!ota_client_parse_hex(digits, unit, sizeof unit)) {
        return false;
    }
    *byte = unit[0] == 0U && unit[1] < 0x80U && unit[1] >= 0x20U ? (char)unit[1] : '?';
    return true;
}

/* Reads a string from its opening quote on. A size of 0 skips it. */
static bool read_string(reader_t *reader, char *value, size_t size, bool *fits)
{
    size_t length = 0;
    *fits = true;
    if (!take_byte(reader, '"')) {
        return false;
    }
    while (reader->next != '"') {
        if (reader->next < 0x20) {
            return false;
        }
        char byte = (char)reader->next;
        if (byte == '\\') {
            read_next_byte(reader);
            if (!read_escape(reader, &byte)) {
                return false;
            }
        }
        if (length + 1U < size) {
            value[length++] = byte;
        } else {
            *fits = false;
        }
        read_next_byte(reader);
    }
    if (size > 0U) {
        value[length] = '\0';
    }
    read_next_byte(reader);
    return true;
}

/* Skips a string, a number or a word. The content of an unknown field is not validated. */
static bool skip_scalar(reader_t *reader)
{
    bool fits;
    bool any = false;
    if (reader->next == '"') {
        return read_string(reader, NULL, 0, &fits);
    }
    while (reader->next > ' ' && !is_one_of(reader->next, ",:{}[]\"\\")) {
        any = true;
        read_next_byte(reader);
    }
    return any;
}

static bool skip_value(reader_t *reader, uint32_t depth);

/* Skips the members of an object or the elements of an array, including the closing bracket. */
static bool skip_members(reader_t *reader, bool is_object, uint32_t depth)
{
    const char closing = is_object ? '}' : ']';
    bool fits;
    if (take_byte(reader, closing)) {
        return true;
    }
    do {
        if (is_object && (!read_string(reader, NULL, 0, &fits) || !take_byte(reader, ':'))) {
            return false;
        }
        if (!skip_value(reader, depth + 1U)) {
            return false;
        }
    } while (take_byte(reader, ','));
    return take_byte(reader, closing);
}

static bool skip_value(reader_t *reader, uint32_t depth)
{
    const bool is_object = take_byte(reader, '{');
    if (is_object || take_byte(reader, '[')) {
        return depth < OTA_JSON_DEPTH && skip_members(reader, is_object, depth);
    }
    return skip_scalar(reader);
}

static bool read_number(reader_t *reader, uint64_t max, uint64_t *number)
{
    char digits[20];
    size_t length = 0;
    while (reader->next >= '0' && reader->next <= '9' && length + 1U < sizeof digits) {
        digits[length++] = (char)reader->next;
        read_next_byte(reader);
    }
    digits[length] = '\0';
    const char *at = digits;
    return (digits[0] != '0' || length == 1U) && ota_client_parse_number(&at, max, number)
           && (is_one_of(reader->next, s_space) || is_one_of(reader->next, ",}"));
}

static bool read_hex(reader_t *reader, uint8_t *bytes, size_t size)
{
    char digits[2U * OTA_HASH_SIZE + 1U];
    bool fits;
    return read_string(reader, digits, sizeof digits, &fits) && fits && ota_client_parse_hex(digits, bytes, size);
}

static bool read_bool(reader_t *reader, bool *flag)
{
    *flag = reader->next == 't';
    return take_word(reader, *flag ? "true" : "false");
}

static bool read_value(reader_t *reader, const ota_json_field_t *field, void *value)
{
    uint64_t number = 0;
    bool done;
    bool fits = true;
    switch (field->type) {
    case OTA_JSON_U32:
        done = read_number(reader, field->max, &number);
        *(uint32_t *)value = (uint32_t)number;
        return done;
    case OTA_JSON_ID:
        return read_number(reader, OTA_ID_MAX, value);
    case OTA_JSON_HEX:
        return read_hex(reader, value, field->size);
    case OTA_JSON_BOOL:
        return read_bool(reader, value);
    default:
        done = read_string(reader, value, field->size, &fits);
        return done && (fits || field->type == OTA_JSON_NOTE);
    }
}

static bool read_field(reader_t *reader, ota_json_object_t *object, size_t i)
{
    const ota_json_field_t *field = &object->fields[i];
    if (object->seen & (1U << i)) {
        return false;
    }
    if (field->type == OTA_JSON_NOTE && reader->next == 'n') {
        return take_word(reader, "null");
    }
    object->seen |= 1U << i;
    return read_value(reader, field, object->target + field->at);
}

static bool read_member(reader_t *reader, ota_json_object_t *object)
{
    char name[OTA_JSON_NAME];
    bool fits;
    if (!read_string(reader, name, sizeof name, &fits) || !take_byte(reader, ':')) {
        return false;
    }
    skip_space(reader);
    for (size_t i = 0; fits && i < object->count; ++i) {
        if (strcmp(name, object->fields[i].name) == 0) {
            return read_field(reader, object, i);
        }
    }
    return skip_value(reader, 0);
}

static bool read_members(reader_t *reader, ota_json_object_t *object)
{
    do {
        if (!read_member(reader, object)) {
            return false;
        }
    } while (take_byte(reader, ','));
    return take_byte(reader, '}');
}

/* Parses one object into the target. */
bool ota_client_json_read(ota_json_source_t source, void *context, ota_json_object_t *object)
{
    reader_t reader = { .source = source, .context = context, .left = OTA_JSON_BYTES };
    read_next_byte(&reader);
    const bool parsed = take_byte(&reader, '{') && (take_byte(&reader, '}') || read_members(&reader, object));
    skip_space(&reader);
    const bool sound = parsed && reader.next == -1 && !reader.failed;
    object->seen = sound ? object->seen : 0U;
    return sound;
}
