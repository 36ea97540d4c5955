/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_port.h"

/*
 * The slot is written with esp_partition_write() because esp_ota_begin() and esp_ota_write() cannot resume a download
 * before ESP-IDF 5.3.3. The core makes their checks before the download, and esp_ota_set_boot_partition() makes them
 * after it.
 */

bool ota_client_port_flash_read(void *context, ota_slot_t slot, uint32_t offset, void *data, uint32_t size)
{
    const ota_port_t *port = context;
    return esp_partition_read(slot == OTA_SLOT_RUNNING ? port->running : port->update, offset, data, size) == ESP_OK;
}

bool ota_client_port_flash_erase(void *context, uint32_t offset)
{
    const ota_port_t *port = context;
    return esp_partition_erase_range(port->update, offset, OTA_SECTOR) == ESP_OK;
}

bool ota_client_port_flash_write(void *context, uint32_t offset, const void *data, uint32_t size)
{
    const ota_port_t *port = context;
    return esp_partition_write(port->update, offset, data, size) == ESP_OK;
}

bool ota_client_port_flash_read_raw(void *context, uint32_t offset, void *data, uint32_t size)
{
    const ota_port_t *port = context;
    return esp_partition_read_raw(port->update, offset, data, size) == ESP_OK;
}

bool ota_client_port_flash_write_raw(void *context, uint32_t offset, const void *data, uint32_t size)
{
    const ota_port_t *port = context;
    return esp_partition_write_raw(port->update, offset, data, size) == ESP_OK;
}
