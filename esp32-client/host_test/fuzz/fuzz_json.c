/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>
#include "ota_internal.h"

/* Arbitrary bytes as a JSON object: strings are terminated within their fields, and numbers are within their limits. */

typedef struct {
    const uint8_t *data;
    size_t left;
} input_t;

typedef struct {
    char text[8];
    char note[8];
    uint8_t hex[4];
    uint32_t number;
    uint64_t id;
    bool flag;
} target_t;

static int next_byte(void *context)
{
    input_t *input = context;
    return input->left > 0U ? (input->left--, *input->data++) : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ota_json_field_t fields[] = {
        { .name = "a", .type = OTA_JSON_STRING, .at = offsetof(target_t, text), .size = 8 },
        { .name = "b", .type = OTA_JSON_NOTE, .at = offsetof(target_t, note), .size = 8 },
        { .name = "c", .type = OTA_JSON_HEX, .at = offsetof(target_t, hex), .size = 4 },
        { .name = "d", .type = OTA_JSON_U32, .at = offsetof(target_t, number), .max = 1000 },
        { .name = "e", .type = OTA_JSON_ID, .at = offsetof(target_t, id) },
        { .name = "f", .type = OTA_JSON_BOOL, .at = offsetof(target_t, flag) },
    };
    input_t input = { data, size };
    target_t *target = calloc(1, sizeof(*target));
    ota_json_object_t object = { .fields = fields, .count = 6, .target = (uint8_t *)target };
    const bool read = ota_client_json_read(next_byte, &input, &object);
    const uint32_t seen = object.seen;
    if (read && (strlen(target->text) > 7U || strlen(target->note) > 7U || ((seen & 8U) && target->number > 1000U)
                 || ((seen & 16U) && target->id > OTA_ID_MAX))) {
        abort();
    }
    free(target);
    return 0;
}
