/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "image.h"

#include <assert.h>
#include <mbedtls/sha256.h>
#include <string.h>

#define HEADER 24U
#define SEGMENT 8U
#define HASH 32U

void sha256(const void *data, size_t size, uint8_t hash[32])
{
    const int failed = mbedtls_sha256_ret(data, size, hash, 0);
    assert(failed == 0);
    (void)failed;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (unsigned i = 0; i < 4U; ++i) {
        at[i] = (uint8_t)(value >> (8U * i));
    }
}

static uint32_t get_u32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint8_t checksum(const uint8_t *data, uint32_t size)
{
    uint8_t sum = 0xEF;
    for (uint32_t i = 0; i < size; ++i) {
        sum ^= data[i];
    }
    return sum;
}

static void fill(uint8_t *data, uint32_t size, image_fill_t how, uint32_t seed)
{
    uint32_t state = seed * 2654435761U + 1U;
    for (uint32_t i = 0; i < size; ++i) {
        state = state * 1664525U + 1013904223U;
        const uint32_t third = (i / 8192U) % 3U;
        data[i] = how == FILL_BLANK && third == 1U   ? 0xFFU
                  : how == FILL_BLANK && third == 2U ? 0U
                  : (uint8_t)(state >> 24);
    }
}

uint32_t image_build(uint8_t *data, const image_recipe_t *recipe)
{
    const uint32_t size = (recipe->size + 15U) / 16U * 16U;
    const uint32_t payload = (size - HASH - 1U - HEADER - SEGMENT) / 4U * 4U;
    uint8_t *segment = data + HEADER + SEGMENT;
    memset(data, 0, size);
    data[0] = 0xE9;
    data[1] = 1;
    data[8] = 0xEE;
    data[12] = (uint8_t)recipe->chip;
    data[13] = (uint8_t)(recipe->chip >> 8);
    data[23] = 1;
    put_u32(data + HEADER, 0x3C000020U);
    put_u32(data + HEADER + 4U, payload);
    fill(segment, payload, recipe->fill, recipe->seed);
    memset(segment, 0, 256);
    put_u32(segment, 0xABCD5432U);
    put_u32(segment + 4, recipe->secure_version);
    memcpy(segment + 16, recipe->version, strlen(recipe->version));
    memcpy(segment + 48, recipe->project, strlen(recipe->project));
    if (!recipe->no_elf) {
        sha256(segment + 256, payload - 256U, segment + 144); /* stands for the SHA-256 of the ELF file */
    }
    data[size - HASH - 1U] = checksum(segment, payload);
    sha256(data, size - HASH, data + size - HASH);
    return size;
}

bool image_verify(const uint8_t *data, uint32_t slot_size, uint16_t chip)
{
    uint8_t hash[HASH];
    uint8_t sum = 0xEF;
    uint32_t at = HEADER;
    if (data[0] != 0xE9 || data[1] == 0U || data[1] > 16U || (data[12] | data[13] << 8) != chip) {
        return false;
    }
    for (unsigned i = 0; i < data[1]; ++i) {
        const uint32_t size = at + SEGMENT <= slot_size ? get_u32(data + at + 4U) : UINT32_MAX;
        if (size % 4U != 0U || size > slot_size - at - SEGMENT) {
            return false;
        }
        sum ^= (uint8_t)(checksum(data + at + SEGMENT, size) ^ 0xEFU);
        at += SEGMENT + size;
    }
    at = (at + 16U) / 16U * 16U;
    if (at + HASH > slot_size || data[at - 1U] != sum) {
        return false;
    }
    sha256(data, at, hash);
    return data[23] == 0U || memcmp(hash, data + at, HASH) == 0;
}
