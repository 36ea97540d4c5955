/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Application images as ESP-IDF builds them: one segment with the descriptor, checksum, appended SHA-256. */

typedef enum { FILL_RANDOM, FILL_BLANK } image_fill_t; /* BLANK: with whole sectors of 0xFF and of 0x00 */

typedef struct {
    const char *version;
    const char *project;
    uint32_t size; /* of the file; made a multiple of 16 */
    uint32_t secure_version;
    uint16_t chip;
    image_fill_t fill;
    uint32_t seed;
    bool no_elf; /* the SHA-256 of the ELF file is zero */
} image_recipe_t;

/* Returns the size. data must have space for size + 16 bytes. */
uint32_t image_build(uint8_t *data, const image_recipe_t *recipe);

/* Checks what esp_image_verify() checks: magic, chip, segments, checksum, SHA-256; and that the image fits the slot. */
bool image_verify(const uint8_t *data, uint32_t slot_size, uint16_t chip);

void sha256(const void *data, size_t size, uint8_t hash[32]);
