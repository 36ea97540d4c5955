/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim_device.h"
#include <stdlib.h>
#include <string.h>
#include "esp_log.h"
#include "esp_ota_ops.h"
#include "shim_otadata.h"

static const char *TAG = "boot";

const esp_partition_t *shim_running;
static esp_app_desc_t s_description;

static bool has_rollback(void)
{
    const char *setting = getenv("SHIM_BOOTLOADER_ROLLBACK");
    return setting == NULL || strcmp(setting, "0") != 0;
}

/** An image that did not confirm itself in its first run gets no second one. */
static void abort_unconfirmed(shim_otadata_t *otadata)
{
    for (int i = 0; i < 2; i++) {
        if (otadata->record[i].ota_state == ESP_OTA_IMG_PENDING_VERIFY) {
            otadata->record[i].ota_state = ESP_OTA_IMG_ABORTED;
            shim_otadata_write(otadata, i);
        }
    }
}

static unsigned choose_slot(shim_otadata_t *otadata)
{
    if (has_rollback()) {
        abort_unconfirmed(otadata);
    }
    const int active = shim_otadata_active(otadata);
    if (active < 0) {
        return 0;
    }
    esp_ota_select_entry_t *record = &otadata->record[active];
    if (has_rollback() && record->ota_state == ESP_OTA_IMG_NEW) {
        record->ota_state = ESP_OTA_IMG_PENDING_VERIFY;
        shim_otadata_write(otadata, active);
    }
    return (unsigned)shim_otadata_slot(record)->subtype - ESP_PARTITION_SUBTYPE_APP_OTA_0;
}

static const esp_partition_t *slot_at(unsigned index)
{
    return esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0 + index, NULL);
}

/** The chosen slot, then those below it, then those above it: whichever holds a whole image first. */
static const esp_partition_t *first_bootable(unsigned chosen)
{
    const unsigned count = esp_ota_get_app_partition_count();
    for (unsigned tried = 0; tried < count; tried++) {
        const unsigned index = tried <= chosen ? chosen - tried : tried;
        const esp_partition_t *slot = slot_at(index);
        if (shim_image_verify(shim_flash() + slot->address, slot->size, NULL) == ESP_OK) {
            return slot;
        }
        ESP_LOGE(TAG, "slot %u is not bootable", index);
    }
    return NULL;
}

/** The first start of a device that has no record yet. */
static void write_first_record(shim_otadata_t *otadata)
{
    memset(&otadata->record[0], 0xFF, sizeof(otadata->record[0]));
    otadata->record[0].ota_seq = (uint32_t)shim_running->subtype - ESP_PARTITION_SUBTYPE_APP_OTA_0 + 1;
    otadata->record[0].ota_state = ESP_OTA_IMG_VALID;
    shim_otadata_write(otadata, 0);
}

esp_err_t shim_boot(void)
{
    shim_otadata_t otadata;
    shim_otadata_read(&otadata);
    const bool is_first = !shim_otadata_is_whole(&otadata.record[0]) && !shim_otadata_is_whole(&otadata.record[1]);
    shim_running = first_bootable(choose_slot(&otadata));
    if (shim_running == NULL) {
        return ESP_ERR_NOT_FOUND;
    }
    if (is_first) {
        write_first_record(&otadata);
    }
    ESP_LOGI(TAG, "starts %s", shim_running->label);
    return esp_ota_get_partition_description(shim_running, &s_description);
}

const esp_app_desc_t *esp_app_get_description(void)
{
    return &s_description;
}

void shim_flash_image(unsigned slot, const void *image, size_t size)
{
    const esp_partition_t *partition = slot_at(slot);
    memset(shim_flash() + partition->address, 0xFF, partition->size);
    memcpy(shim_flash() + partition->address, image, size);
}
