/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "esp_partition.h"
#include <stdlib.h>
#include <string.h>
#include "esp_log.h"
#include "shim_device.h"

/** Two slots of 1 MiB and no factory image, which is the table of the guides. */
#define ENTRY(t, s, a, z, l) { .type = (t), .subtype = (s), .address = (a), .size = (z), .erase_size = SHIM_SECTOR_SIZE, .label = (l) }

static const esp_partition_t s_table[] = {
    ENTRY(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS, 0x9000, 0x6000, "nvs"),
    ENTRY(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_OTA, 0xF000, 0x2000, "otadata"),
    ENTRY(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0, 0x20000, 0x100000, "ota_0"),
    ENTRY(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_1, 0x120000, 0x100000, "ota_1"),
};

/** A factory image and a single slot, which is no table for updates. */
static const esp_partition_t s_one_slot[] = {
    ENTRY(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_NVS, 0x9000, 0x6000, "nvs"),
    ENTRY(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_OTA, 0xF000, 0x2000, "otadata"),
    ENTRY(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_FACTORY, 0x20000, 0x100000, "factory"),
    ENTRY(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0, 0x120000, 0x100000, "ota_0"),
};

#define ENTRIES (sizeof(s_table) / sizeof(s_table[0]))

const esp_partition_t *esp_partition_find_first(esp_partition_type_t type, esp_partition_subtype_t subtype,
                                                const char *label)
{
    const esp_partition_t *table = getenv("SHIM_ONE_SLOT") != NULL ? s_one_slot : s_table;
    for (const esp_partition_t *entry = table; entry < table + ENTRIES; entry++) {
        if ((type == ESP_PARTITION_TYPE_ANY || entry->type == type)
                && (subtype == ESP_PARTITION_SUBTYPE_ANY || entry->subtype == subtype)
                && (label == NULL || strcmp(entry->label, label) == 0)) {
            return entry;
        }
    }
    return NULL;
}

static esp_err_t check_range(const esp_partition_t *partition, size_t offset, size_t size)
{
    if (partition == NULL || offset > partition->size) {
        return ESP_ERR_INVALID_ARG;
    }
    return size <= partition->size - offset ? ESP_OK : ESP_ERR_INVALID_SIZE;
}

esp_err_t esp_partition_read(const esp_partition_t *partition, size_t src_offset, void *dst, size_t size)
{
    const esp_err_t err = check_range(partition, src_offset, size);
    if (err == ESP_OK) {
        memcpy(dst, shim_flash() + partition->address + src_offset, size);
    }
    return err;
}

esp_err_t esp_partition_write(const esp_partition_t *partition, size_t dst_offset, const void *src, size_t size)
{
    const esp_err_t err = check_range(partition, dst_offset, size);
    if (err != ESP_OK) {
        return err;
    }
    if (!shim_flash_write(partition->address + (uint32_t)dst_offset, src, size)) {
        ESP_LOGE("flash", "wrote to what was not erased, at %s+0x%zx", partition->label, dst_offset);
        return ESP_FAIL;
    }
    return ESP_OK;
}

esp_err_t esp_partition_erase_range(const esp_partition_t *partition, size_t offset, size_t size)
{
    const esp_err_t err = check_range(partition, offset, size);
    if (err != ESP_OK) {
        return err;
    }
    if (offset % SHIM_SECTOR_SIZE != 0) {
        return ESP_ERR_INVALID_ARG;
    }
    if (size % SHIM_SECTOR_SIZE != 0) {
        return ESP_ERR_INVALID_SIZE;
    }
    for (size_t done = 0; done < size; done += SHIM_SECTOR_SIZE) {
        shim_flash_erase_sector(partition->address + (uint32_t)(offset + done));
    }
    return ESP_OK;
}

esp_err_t esp_partition_read_raw(const esp_partition_t *partition, size_t src_offset, void *dst, size_t size)
{
    return esp_partition_read(partition, src_offset, dst, size);
}

esp_err_t esp_partition_write_raw(const esp_partition_t *partition, size_t dst_offset, const void *src, size_t size)
{
    return esp_partition_write(partition, dst_offset, src, size);
}
