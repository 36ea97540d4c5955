/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdarg.h>
#include <string.h>
#include "ota_text.h"

/* printf is not used, because it does not support 64-bit numbers with CONFIG_LIBC_NEWLIB_NANO_FORMAT. */

ota_text_t ota_client_text(char *data, size_t size)
{
    data[0] = '\0';
    return (ota_text_t) {
        .data = data, .size = size
    };
}

void ota_client_text_add_part(ota_text_t *text, const char *string, size_t length)
{
    const size_t room = text->size - 1U - text->length;
    if (length > room) {
        length = room;
        text->cut = true;
    }
    memcpy(text->data + text->length, string, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void ota_client_text_add(ota_text_t *text, const char *string)
{
    ota_client_text_add_part(text, string, strlen(string));
}

void ota_client_text_add_number(ota_text_t *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + (int)(number % 10U));
        number /= 10U;
    } while (number > 0U);
    ota_client_text_add_part(text, digits + at, sizeof digits - at);
}

/* Control characters become spaces. None of the client's own texts has any. NULL is written as "". */
void ota_client_text_add_json(ota_text_t *text, const char *string)
{
    ota_client_text_add(text, "\"");
    for (; string != NULL && *string != '\0'; ++string) {
        if (*string == '"' || *string == '\\') {
            ota_client_text_add(text, "\\");
        }
        ota_client_text_add_part(text, (unsigned char)*string < 0x20U ? " " : string, 1);
    }
    ota_client_text_add(text, "\"");
}

void ota_client_text_format(ota_text_t *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    for (; *format != '\0'; ++format) {
        if (*format != '%') {
            ota_client_text_add_part(text, format, 1);
        } else if (*++format == 'u') {
            ota_client_text_add_number(text, va_arg(values, uint64_t));
        } else if (*format == 'j') {
            ota_client_text_add_json(text, va_arg(values, const char *));
        } else {
            ota_client_text_add(text, va_arg(values, const char *));
        }
    }
    va_end(values);
}

void ota_client_copy(char *to, size_t size, const char *from)
{
    ota_text_t text = ota_client_text(to, size);
    ota_client_text_add(&text, from);
}

bool ota_client_parse_number(const char **at, uint64_t max, uint64_t *number)
{
    const char *digit = *at;
    uint64_t value = 0;
    for (; *digit >= '0' && *digit <= '9'; ++digit) {
        value = value * 10U + (uint64_t)(*digit - '0');
        if (value > max) {
            return false;
        }
    }
    const bool any = digit != *at;
    *at = digit;
    *number = value;
    return any;
}

static int hex_digit_value(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool ota_client_parse_hex(const char *text, uint8_t *bytes, size_t count)
{
    if (strlen(text) != 2U * count) {
        return false;
    }
    for (size_t i = 0; i < count; ++i) {
        const int high = hex_digit_value(text[2U * i]);
        const int low = hex_digit_value(text[2U * i + 1U]);
        if (high < 0 || low < 0) {
            return false;
        }
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}
