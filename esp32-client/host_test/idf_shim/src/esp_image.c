/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include <mbedtls/sha256.h>
#include "esp_image_format.h"
#include "esp_log.h"
#include "sdkconfig.h"
#include "shim_device.h"

/** Of the simulated chip, major * 100 + minor. */
#define CHIP_REVISION 100
#define EFUSE_BLOCK_REVISION 0
#define MMU_PAGE_SIZE 0x10000U
/** Where flash is mapped (ESP32-P4: SOC_IROM_LOW, one window for code and data). */
#define MAPPED_LOW 0x40000000U
#define MAPPED_HIGH 0x44000000U
#define CHECKSUM_SEED 0xEF
#define HASH_SIZE 32

static const char *TAG = "esp_image";

static const char *fault_of_header(const esp_image_header_t *header)
{
    if (header->magic != ESP_IMAGE_HEADER_MAGIC) {
        return "the magic byte is not 0xE9";
    }
    if (header->chip_id != CONFIG_IDF_FIRMWARE_CHIP_ID) {
        return "it is for another chip";
    }
    if (header->min_chip_rev_full > CHIP_REVISION
            || (header->max_chip_rev_full != 0 && header->max_chip_rev_full < CHIP_REVISION)) {
        return "it is for another revision of the chip";
    }
    if (header->segment_count == 0 || header->segment_count > ESP_IMAGE_MAX_SEGMENTS) {
        return "the number of segments is out of range";
    }
    return NULL;
}

static const char *fault_of_segment(const esp_image_segment_header_t *segment, size_t offset, size_t size, bool is_first)
{
    if (segment->data_len % 4 != 0 || segment->data_len > size - offset) {
        return "a segment's length is out of range";
    }
    if (is_first && segment->data_len < sizeof(esp_app_desc_t)) {
        return "the first segment has no room for the descriptor";
    }
    const bool is_mapped = segment->load_addr >= MAPPED_LOW && segment->load_addr < MAPPED_HIGH;
    if (is_mapped && offset % MMU_PAGE_SIZE != segment->load_addr % MMU_PAGE_SIZE) {
        return "a mapped segment does not lie at its place in a page";
    }
    return NULL;
}

static const char *fault_of_descriptor(const uint8_t *slot)
{
    esp_app_desc_t desc;
    memcpy(&desc, slot + sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t), sizeof(desc));
    if (desc.magic_word == ESP_APP_DESC_MAGIC_WORD && desc.min_efuse_blk_rev_full > EFUSE_BLOCK_REVISION) {
        return "it is for another revision of the eFuse block";
    }
    return NULL;
}

/** Walks the segments. @param end out: where the checksum's padding begins. @param checksum out: of the segments */
static const char *fault_of_segments(const uint8_t *slot, size_t size, unsigned count, size_t *end, uint8_t *checksum)
{
    size_t offset = sizeof(esp_image_header_t);
    *checksum = CHECKSUM_SEED;
    for (unsigned i = 0; i < count; i++) {
        esp_image_segment_header_t segment;
        if (size - offset < sizeof(segment)) {
            return "it does not fit into the slot";
        }
        memcpy(&segment, slot + offset, sizeof(segment));
        offset += sizeof(segment);
        const char *fault = fault_of_segment(&segment, offset, size, i == 0);
        if (fault != NULL) {
            return fault;
        }
        for (size_t byte = 0; byte < segment.data_len; byte++) {
            *checksum ^= slot[offset + byte];
        }
        offset += segment.data_len;
    }
    *end = offset;
    return NULL;
}

static const char *fault_of_image(const uint8_t *slot, size_t size, uint8_t *hash)
{
    esp_image_header_t header;
    memcpy(&header, slot, sizeof(header));
    const char *fault = fault_of_header(&header);
    size_t end = 0;
    uint8_t checksum = 0;
    if (fault == NULL) {
        fault = fault_of_segments(slot, size, header.segment_count, &end, &checksum);
    }
    if (fault == NULL) {
        fault = fault_of_descriptor(slot);
    }
    if (fault != NULL) {
        return fault;
    }
    const size_t hashed = (end + 16) / 16 * 16; // room for the checksum byte, then to a multiple of 16
    if (hashed > size || (header.hash_appended && size - hashed < HASH_SIZE)) {
        return "it does not fit into the slot";
    }
    if (slot[hashed - 1] != checksum) {
        return "the checksum is wrong";
    }
    uint8_t digest[HASH_SIZE];
    mbedtls_sha256_ret(slot, hashed, digest, 0);
    if (header.hash_appended && memcmp(slot + hashed, digest, HASH_SIZE) != 0) {
        return "the hash is wrong";
    }
    if (hash != NULL) {
        memcpy(hash, digest, HASH_SIZE);
    }
    return NULL;
}

esp_err_t shim_image_verify(const uint8_t *slot, size_t size, uint8_t hash[32])
{
    const char *fault = fault_of_image(slot, size, hash);
    if (fault != NULL) {
        ESP_LOGW(TAG, "the image is refused: %s", fault);
        return ESP_ERR_IMAGE_INVALID;
    }
    return ESP_OK;
}
