/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"

/* File offsets of members of ESP-IDF's esp_image_header_t, esp_image_segment_header_t and esp_app_desc_t. */
#define IMAGE_MAGIC 0xE9U
#define SEGMENTS_AT 1U
#define SEGMENTS_MAX 16U
#define CHIP_AT 12U
#define DESC_MAGIC_AT 0x20U
#define DESC_MAGIC 0xABCD5432U
#define SECURE_VERSION_AT 0x24U
#define PROJECT_AT 0x50U
#define PROJECT_SIZE 32U
#define ELF_AT 0xB0U

static uint32_t read_u32_le(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

ota_result_t ota_client_image_judge(
    const uint8_t head[OTA_IMAGE_HEAD], const ota_boot_info_t *boot, const char *project)
{
    const uint8_t segments = head[SEGMENTS_AT];
    /* A bootloader and a merged image start with the magic byte, too. Only an application has a descriptor. */
    if (head[0] != IMAGE_MAGIC || segments == 0U || segments > SEGMENTS_MAX
            || read_u32_le(head + DESC_MAGIC_AT) != DESC_MAGIC) {
        return OTA_ERR_NOT_AN_IMAGE;
    }
    if ((uint16_t)(head[CHIP_AT] | head[CHIP_AT + 1U] << 8) != boot->chip_id) {
        return OTA_ERR_WRONG_CHIP;
    }
    const char *wanted = project != NULL ? project : boot->project;
    if (wanted[0] != '\0' && strncmp((const char *)head + PROJECT_AT, wanted, PROJECT_SIZE) != 0) {
        return OTA_ERR_WRONG_PROJECT;
    }
    return read_u32_le(head + SECURE_VERSION_AT) < boot->secure_version ? OTA_ERR_SECURE_VERSION : OTA_OK;
}

const uint8_t *ota_client_image_elf(const uint8_t head[OTA_IMAGE_HEAD])
{
    return head + ELF_AT;
}
