/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include "esp_image_format.h"
#include "esp_ota_ops.h"
#include "esp_rom_crc.h"
#include "esp_system.h"
#include "shim_device.h"
#include "shim_otadata.h"

static uint32_t crc_of(uint32_t ota_seq)
{
    return esp_rom_crc32_le(UINT32_MAX, (const uint8_t *)&ota_seq, sizeof(ota_seq));
}

void shim_otadata_read(shim_otadata_t *otadata)
{
    otadata->partition = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_OTA, NULL);
    for (unsigned i = 0; i < 2; i++) {
        esp_partition_read(otadata->partition, i * SHIM_SECTOR_SIZE, &otadata->record[i], sizeof(otadata->record[i]));
    }
}

esp_err_t shim_otadata_write(shim_otadata_t *otadata, int index)
{
    esp_ota_select_entry_t *record = &otadata->record[index];
    const size_t offset = (size_t)index * SHIM_SECTOR_SIZE;
    record->crc = crc_of(record->ota_seq);
    const esp_err_t err = esp_partition_erase_range(otadata->partition, offset, SHIM_SECTOR_SIZE);
    return err != ESP_OK ? err : esp_partition_write(otadata->partition, offset, record, sizeof(*record));
}

bool shim_otadata_is_whole(const esp_ota_select_entry_t *record)
{
    return record->ota_seq != UINT32_MAX && record->crc == crc_of(record->ota_seq);
}

static bool is_given_up(const esp_ota_select_entry_t *record)
{
    return record->ota_state == ESP_OTA_IMG_INVALID || record->ota_state == ESP_OTA_IMG_ABORTED;
}

bool shim_otadata_is_valid(const esp_ota_select_entry_t *record)
{
    return shim_otadata_is_whole(record) && !is_given_up(record);
}

int shim_otadata_active(const shim_otadata_t *otadata)
{
    const bool first = shim_otadata_is_valid(&otadata->record[0]);
    const bool second = shim_otadata_is_valid(&otadata->record[1]);
    if (first && second) {
        return otadata->record[1].ota_seq > otadata->record[0].ota_seq;
    }
    return first ? 0 : second ? 1 : -1;
}

const esp_partition_t *shim_otadata_slot(const esp_ota_select_entry_t *record)
{
    return esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0
                                    + (record->ota_seq - 1) % esp_ota_get_app_partition_count(), NULL);
}

static bool is_slot(const esp_partition_t *partition)
{
    return partition->type == ESP_PARTITION_TYPE_APP && partition->subtype >= ESP_PARTITION_SUBTYPE_APP_OTA_MIN
           && partition->subtype < ESP_PARTITION_SUBTYPE_APP_OTA_MAX;
}

static bool holds_image(const esp_partition_t *slot)
{
    return slot != NULL && shim_image_verify(shim_flash() + slot->address, slot->size, NULL) == ESP_OK;
}

uint8_t esp_ota_get_app_partition_count(void)
{
    uint8_t count = 0;
    while (esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0 + count, NULL) != NULL) {
        count++;
    }
    return count;
}

esp_err_t esp_ota_set_boot_partition(const esp_partition_t *partition)
{
    if (partition == NULL || partition->type != ESP_PARTITION_TYPE_APP) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!holds_image(partition)) {
        return ESP_ERR_OTA_VALIDATE_FAILED;
    }
    shim_otadata_t otadata;
    shim_otadata_read(&otadata);
    const uint32_t count = esp_ota_get_app_partition_count();
    const uint32_t wanted = (uint32_t)partition->subtype - ESP_PARTITION_SUBTYPE_APP_OTA_0;
    const int active = shim_otadata_active(&otadata);
    const int next = active < 0 ? 0 : 1 - active;
    uint32_t seq = wanted + 1;
    while (active >= 0 && seq < otadata.record[active].ota_seq) {
        seq += count;
    }
    otadata.record[next].ota_seq = seq;
    otadata.record[next].ota_state = ESP_OTA_IMG_NEW;
    return shim_otadata_write(&otadata, next);
}

const esp_partition_t *esp_ota_get_boot_partition(void)
{
    shim_otadata_t otadata;
    shim_otadata_read(&otadata);
    const int active = shim_otadata_active(&otadata);
    return active >= 0 ? shim_otadata_slot(&otadata.record[active])
           : esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0, NULL);
}

const esp_partition_t *esp_ota_get_running_partition(void)
{
    return shim_running;
}

const esp_partition_t *esp_ota_get_next_update_partition(const esp_partition_t *start_from)
{
    const esp_partition_t *from = start_from == NULL ? shim_running : start_from;
    const unsigned index = (unsigned)from->subtype - ESP_PARTITION_SUBTYPE_APP_OTA_0;
    return esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0
                                    + (index + 1) % esp_ota_get_app_partition_count(), NULL);
}

esp_err_t esp_ota_get_partition_description(const esp_partition_t *partition, esp_app_desc_t *app_desc)
{
    if (partition == NULL || app_desc == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (partition->type != ESP_PARTITION_TYPE_APP) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    const esp_err_t err = esp_partition_read(partition, sizeof(esp_image_header_t) + sizeof(esp_image_segment_header_t),
                                             app_desc, sizeof(*app_desc));
    return err != ESP_OK ? err : app_desc->magic_word == ESP_APP_DESC_MAGIC_WORD ? ESP_OK : ESP_ERR_NOT_FOUND;
}

esp_err_t esp_ota_get_state_partition(const esp_partition_t *partition, esp_ota_img_states_t *ota_state)
{
    if (partition == NULL || ota_state == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!is_slot(partition)) {
        return ESP_ERR_NOT_SUPPORTED;
    }
    shim_otadata_t otadata;
    shim_otadata_read(&otadata);
    for (int i = 0; i < 2; i++) {
        // As the real one: the first record of the slot, not the newest.
        if (shim_otadata_is_whole(&otadata.record[i]) && shim_otadata_slot(&otadata.record[i]) == partition) {
            *ota_state = (esp_ota_img_states_t)otadata.record[i].ota_state;
            return ESP_OK;
        }
    }
    return ESP_ERR_NOT_FOUND;
}

bool esp_ota_check_rollback_is_possible(void)
{
    shim_otadata_t otadata;
    shim_otadata_read(&otadata);
    const int active = shim_otadata_active(&otadata);
    if (active < 0) {
        return false;
    }
    const esp_ota_select_entry_t *other = &otadata.record[1 - active];
    return shim_otadata_is_valid(other) && holds_image(shim_otadata_slot(other));
}

static esp_err_t mark(esp_ota_img_states_t state)
{
    shim_otadata_t otadata;
    shim_otadata_read(&otadata);
    const int active = shim_otadata_active(&otadata);
    if (active < 0) {
        return ESP_FAIL;
    }
    otadata.record[active].ota_state = state;
    return shim_otadata_write(&otadata, active);
}

esp_err_t esp_ota_mark_app_valid_cancel_rollback(void)
{
    esp_ota_img_states_t state;
    const esp_partition_t *boot = esp_ota_get_boot_partition();
    if (esp_ota_get_state_partition(boot, &state) == ESP_OK && state == ESP_OTA_IMG_VALID) {
        return ESP_OK;
    }
    return mark(ESP_OTA_IMG_VALID);
}

esp_err_t esp_ota_mark_app_invalid_rollback(void)
{
    return esp_ota_check_rollback_is_possible() ? mark(ESP_OTA_IMG_INVALID) : ESP_ERR_OTA_ROLLBACK_FAILED;
}

esp_err_t esp_ota_mark_app_invalid_rollback_and_reboot(void)
{
    const esp_err_t err = esp_ota_mark_app_invalid_rollback();
    if (err == ESP_OK) {
        esp_restart();
    }
    return err;
}
