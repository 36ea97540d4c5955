/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "ota_core.h"
#include "ota_text.h"

/* What a check says about the device beside the question: optional members of its body. Without OTA_FACTS and
 * OTA_ATTRIBUTES nothing of it is compiled. */

#define OTA_ATTRIBUTES_MAX 20U
#define OTA_ATTRIBUTE_KEY_MAX 32U
#define OTA_ATTRIBUTE_TEXT_MAX 64U /* characters, not bytes */

#if OTA_FACTS

void ota_client_facts_add(const ota_core_t *core, ota_text_t *text);

#else

static inline void ota_client_facts_add(const ota_core_t *core, ota_text_t *text)
{
    (void)core;
    (void)text;
}

#endif

#if OTA_ATTRIBUTES

/* The attributes of one check, which are being written. */
struct ota_client_attributes {
    ota_core_t *core;
    ota_text_t *text;
    size_t begin; /* of the first attribute in the text */
    size_t at;    /* of the attribute that is being written */
    uint8_t count;
};

void ota_client_attributes_add(ota_core_t *core, ota_text_t *text);

/* Functions of the public header. An attribute that the server would drop or that has no room is left out, and the first one
 * after each start is told in an event. */
void ota_client_attr_string(ota_attributes_t *to, const char *key, const char *value);
void ota_client_attr_number(ota_attributes_t *to, const char *key, int64_t value);
void ota_client_attr_bool(ota_attributes_t *to, const char *key, bool value);

#else

static inline void ota_client_attributes_add(ota_core_t *core, ota_text_t *text)
{
    (void)core;
    (void)text;
}

#endif
