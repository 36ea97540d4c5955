/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_facts.h"

#include <string.h>
#include "ota_internal.h"
#include "ota_ops.h"

#if OTA_FACTS

void ota_client_facts_add(const ota_core_t *core, ota_text_t *text)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *elf = core->boot.elf;
    ota_client_text_format(text, ",\"boot_id\":%u,\"check_interval\":%u", (uint64_t)core->boot.boot_id,
                           (uint64_t)core->settings.interval_s);
#if OTA_ACCEPT_DOWNGRADE
    ota_client_text_add(text, ",\"accepts_downgrade\":true");
#endif
    if (ota_client_knows_elf(elf)) {
        ota_client_text_add(text, ",\"elf_sha256\":\"");
        for (size_t i = 0; i < OTA_HASH_SIZE; ++i) {
            ota_client_text_add_part(text, &digits[elf[i] >> 4], 1);
            ota_client_text_add_part(text, &digits[elf[i] & 15U], 1);
        }
        ota_client_text_add(text, "\"");
    }
}

#endif

#if OTA_ATTRIBUTES

#define CLOSING 1U /* bytes for the two closing braces, the first of which replaces the last comma */

/* Tells whether a key has the form [a-z][a-z0-9_]{0,31}. It ends at a quotation mark. */
static bool is_key(const char *key)
{
    const size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return key[0] >= 'a' && key[length] == '"' && length <= OTA_ATTRIBUTE_KEY_MAX;
}

/* Reads one character of UTF-8 (RFC 3629). Returns a control character if it is malformed. */
static uint32_t next_character(const uint8_t **at)
{
    uint32_t code = *(*at)++;
    if (code < 0x80U) {
        return code;
    }
    if (code < 0xC2U || code > 0xF7U) {
        return 0;
    }
    const unsigned more = code >= 0xF0U ? 3U : code >= 0xE0U ? 2U : 1U;
    code &= 0x3FU >> more;
    for (unsigned i = 0; i < more; ++i) {
        if ((**at & 0xC0U) != 0x80U) {
            return 0;
        }
        code = code << 6 | (*(*at)++ & 0x3FU);
    }
    const bool overlong = more > 1U && code >> (5U * more + 1U) == 0U;
    return overlong || code - 0xD800U < 0x800U || code > 0x10FFFFU ? 0U : code;
}

/* Tells whether a text has no control characters and few enough characters. The server refuses a body with malformed UTF-8,
 * and with it the check. */
static bool is_short_text(const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    for (unsigned count = 0; *at != '\0'; ++count) {
        const uint32_t code = next_character(&at);
        if (count == OTA_ATTRIBUTE_TEXT_MAX || code < 0x20U || code - 0x7FU < 0x21U) {
            return false;
        }
    }
    return true;
}

static void tell_left_out(ota_core_t *core, const char *key)
{
    char message[OTA_MESSAGE_SIZE];
    ota_text_t text = ota_client_text(message, sizeof message);
    if (!core->attribute_lost) {
        core->attribute_lost = true;
        ota_client_text_format(&text, "attribute %j is left out", key);
        ota_client_event(core, OTA_EVENT_WARNING, OTA_OK, 0, message);
    }
}

/* Writes the key of an attribute. Returns whether the attribute may follow: the key is well-formed and new, and there are
 * not too many. */
static bool begin_attribute(ota_attributes_t *to, const char *key)
{
    ota_text_t *text = to->text;
    to->at = text->length;
    ota_client_text_format(text, "%j:", key);
    const char *written = text->data + to->at;
    /* A quotation mark in a value is escaped, so that only a key is found. */
    return !text->cut && to->count < OTA_ATTRIBUTES_MAX && is_key(written + 1)
           && strstr(text->data + to->begin, written) == written;
}

/* Removes the attribute again if it is not sound, or had no room. */
static void end_attribute(ota_attributes_t *to, const char *key, bool sound)
{
    ota_text_t *text = to->text;
    ota_client_text_add(text, ",");
    if (sound && !text->cut) {
        ++to->count;
        return;
    }
    text->length = to->at;
    text->cut = false;
    tell_left_out(to->core, key);
}

void ota_client_attr_string(ota_attributes_t *to, const char *key, const char *value)
{
    const bool sound = begin_attribute(to, key) && value != NULL && is_short_text(value);
    if (sound) {
        ota_client_text_add_json(to->text, value);
    }
    end_attribute(to, key, sound);
}

void ota_client_attr_number(ota_attributes_t *to, const char *key, int64_t value)
{
    const bool sound = begin_attribute(to, key);
    ota_client_text_add(to->text, value < 0 ? "-" : "");
    ota_client_text_add_number(to->text, value < 0 ? 0U - (uint64_t)value : (uint64_t)value);
    end_attribute(to, key, sound);
}

void ota_client_attr_bool(ota_attributes_t *to, const char *key, bool value)
{
    const bool sound = begin_attribute(to, key);
    ota_client_text_add(to->text, value ? "true" : "false");
    end_attribute(to, key, sound);
}

void ota_client_attributes_add(ota_core_t *core, ota_text_t *text)
{
    ota_client_text_add(text, ",\"attributes\":{");
    ota_attributes_t to = { .core = core, .text = text, .begin = text->length };
    text->size -= CLOSING;
    core->ops->host.attributes(core->port, &to);
    text->size += CLOSING;
    text->length -= to.count > 0U ? 1U : 0U; /* the last comma */
    ota_client_text_add(text, "}");
}

#endif
