/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "esp_app_desc.h"
#include "esp_flash_partitions.h"
#include "esp_log.h"
#include "esp_ota_ops.h"
#include "esp_random.h"
#include "esp_rom_crc.h"
#include "esp_system.h"
#include "ota_port.h"
#if CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK
#include "esp_efuse.h"
#endif

static const char *TAG = "ota_client";

#define BOOT_ENTRIES 2U
#define NO_ENTRY BOOT_ENTRIES

static bool s_activated; /* A slot was activated since the device started. */
#if OTA_FACTS
static uint32_t s_boot_id; /* 0: not drawn yet */

static uint32_t boot_id(void)
{
    if (s_boot_id == 0U) {
        s_boot_id = esp_random();
    }
    return s_boot_id;
}
#endif

/* The versions of ESP-IDF before 5.1.4 and 5.2.3 do not name all reasons after ESP_RST_SDIO; all others number them so. */
#define RST_USB (ESP_RST_SDIO + 1)
#define RST_JTAG (ESP_RST_SDIO + 2)
#define RST_EFUSE (ESP_RST_SDIO + 3)
#define RST_PWR_GLITCH (ESP_RST_SDIO + 4)
#define RST_CPU_LOCKUP (ESP_RST_SDIO + 5)

static const char *reset_reason_text(esp_reset_reason_t reason)
{
    static const char *const texts[] = {
        [ESP_RST_UNKNOWN] = "unknown",
        [ESP_RST_POWERON] = "power on",
        [ESP_RST_EXT] = "external pin",
        [ESP_RST_SW] = "software",
        [ESP_RST_PANIC] = "panic",
        [ESP_RST_INT_WDT] = "interrupt watchdog",
        [ESP_RST_TASK_WDT] = "task watchdog",
        [ESP_RST_WDT] = "watchdog",
        [ESP_RST_DEEPSLEEP] = "deep sleep",
        [ESP_RST_BROWNOUT] = "brownout",
        [ESP_RST_SDIO] = "SDIO",
        [RST_USB] = "USB",
        [RST_JTAG] = "JTAG",
        [RST_EFUSE] = "eFuse error",
        [RST_PWR_GLITCH] = "power glitch",
        [RST_CPU_LOCKUP] = "CPU lockup",
    };
    const unsigned number = (unsigned)reason;
    return texts[number < sizeof texts / sizeof texts[0] ? number : (unsigned)ESP_RST_UNKNOWN];
}

/* Reads the two entries as the bootloader does. */
static bool read_entries(const ota_port_t *port, esp_ota_select_entry_t entries[BOOT_ENTRIES])
{
    for (size_t i = 0; i < BOOT_ENTRIES; ++i) {
        if (port->boot_data == NULL
                || esp_partition_read(port->boot_data, i * OTA_SECTOR, &entries[i], sizeof entries[i]) != ESP_OK) {
            return false;
        }
    }
    return true;
}

/* The CRC of an entry covers ota_seq alone. */
static bool is_valid_entry(const esp_ota_select_entry_t *entry)
{
    const uint32_t crc = esp_rom_crc32_le(UINT32_MAX, (const uint8_t *)&entry->ota_seq, sizeof entry->ota_seq);
    return entry->ota_seq != UINT32_MAX && entry->crc == crc;
}

static bool is_bootable(const esp_ota_select_entry_t *entry)
{
    return is_valid_entry(entry) && entry->ota_state != ESP_OTA_IMG_INVALID && entry->ota_state != ESP_OTA_IMG_ABORTED;
}

/* Returns the index of the entry that the bootloader follows, or NO_ENTRY. */
static size_t find_active_entry(const esp_ota_select_entry_t entries[BOOT_ENTRIES])
{
    const bool first = is_bootable(&entries[0]);
    const bool second = is_bootable(&entries[1]);
    if (first && second) {
        return entries[0].ota_seq >= entries[1].ota_seq ? 0U : 1U;
    }
    return first ? 0U : second ? 1U : NO_ENTRY;
}

static uint32_t find_highest_sequence(const esp_ota_select_entry_t entries[BOOT_ENTRIES])
{
    uint32_t highest = 0;
    for (size_t i = 0; i < BOOT_ENTRIES; ++i) {
        if (is_valid_entry(&entries[i]) && entries[i].ota_seq > highest) {
            highest = entries[i].ota_seq;
        }
    }
    return highest;
}

static ota_state_t slot_state(const esp_partition_t *slot)
{
    esp_ota_img_states_t state;
    if (esp_ota_get_state_partition(slot, &state) != ESP_OK) {
        return OTA_STATE_NONE;
    }
    return state <= ESP_OTA_IMG_ABORTED ? (ota_state_t)state : OTA_STATE_UNDEFINED;
}

bool ota_client_port_boot_inspect(void *context, ota_boot_info_t *info)
{
    ota_port_t *port = context;
    esp_ota_select_entry_t entries[BOOT_ENTRIES];
    port->running = esp_ota_get_running_partition();
    port->update = esp_ota_get_next_update_partition(NULL);
    port->boot_data = esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_DATA_OTA, NULL);
    /* With a factory image and a single OTA slot, the second update would have to overwrite the running image. */
    if (port->running == NULL || port->update == NULL || port->update == port->running
            || esp_ota_get_app_partition_count() < 2U || !read_entries(port, entries)) {
        return false;
    }
    const esp_app_desc_t *app = esp_app_get_description();
    const esp_reset_reason_t reason = esp_reset_reason();
    memset(info, 0, sizeof(*info));
    info->running_slot = port->running->address;
    info->running_size = port->running->size;
    info->update_slot = port->update->address;
    info->update_size = port->update->size;
    info->running_state = slot_state(port->running);
    info->boots_running = esp_ota_get_boot_partition() == port->running;
    info->activated = s_activated;
    info->sequence = find_highest_sequence(entries);
#if CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK
    info->secure_version = esp_efuse_read_secure_version();
#endif
    info->chip_id = CONFIG_IDF_FIRMWARE_CHIP_ID;
    info->version = app->version;
    info->project = app->project_name;
    info->reset_reason = reset_reason_text(reason);
    info->power_lost = reason == ESP_RST_POWERON || reason == ESP_RST_BROWNOUT;
    info->elf = app->app_elf_sha256;
#if OTA_FACTS
    info->boot_id = boot_id();
#endif
    return true;
}

ota_result_t ota_client_port_boot_activate(void *context)
{
    const ota_port_t *port = context;
    const esp_err_t error = esp_ota_set_boot_partition(port->update);
    if (error != ESP_OK) {
        ESP_LOGE(TAG, "image not accepted: 0x%x", (unsigned)error);
    }
    s_activated = s_activated || error == ESP_OK;
    const bool refused = error == ESP_ERR_OTA_VALIDATE_FAILED || error == ESP_ERR_OTA_SMALL_SEC_VER;
    return error == ESP_OK ? OTA_OK : refused ? OTA_ERR_REFUSED : OTA_ERR_FLASH;
}

static bool is_factory(const ota_port_t *port)
{
    return port->running->subtype == ESP_PARTITION_SUBTYPE_APP_FACTORY;
}

static bool make_running_valid(const ota_port_t *port)
{
    const ota_state_t state = slot_state(port->running);
    const bool valid = is_factory(port) || state == OTA_STATE_VALID || state == OTA_STATE_UNDEFINED;
    if (valid && esp_ota_get_boot_partition() == port->running) {
        return true;
    }
    /* For the factory partition this erases the boot data; for an OTA slot it writes an entry. */
    return esp_ota_set_boot_partition(port->running) == ESP_OK
           && (is_factory(port) || esp_ota_mark_app_valid_cancel_rollback() == ESP_OK);
}

/* Does what esp_ota_invalidate_inactive_ota_data_slot() does, which exists since ESP-IDF 5.5. */
bool ota_client_port_boot_anchor(void *context)
{
    const ota_port_t *port = context;
    esp_ota_select_entry_t entries[BOOT_ENTRIES];
    if (!make_running_valid(port) || !read_entries(port, entries)) {
        return false;
    }
    const size_t active = find_active_entry(entries);
    for (size_t i = 0; i < BOOT_ENTRIES; ++i) {
        if (i != active && entries[i].ota_seq != UINT32_MAX
                && esp_partition_erase_range(port->boot_data, i * OTA_SECTOR, OTA_SECTOR) != ESP_OK) {
            return false;
        }
    }
    return true;
}

bool ota_client_port_boot_confirm(void *context)
{
    (void)context;
    return esp_ota_mark_app_valid_cancel_rollback() == ESP_OK;
}

void ota_client_port_boot_revert(void *context)
{
    (void)context;
    const esp_err_t error = esp_ota_mark_app_invalid_rollback_and_reboot();
    ESP_LOGE(TAG, "cannot go back: 0x%x", (unsigned)error);
}

void ota_client_port_boot_restart(void *context)
{
    (void)context;
    esp_restart();
}
