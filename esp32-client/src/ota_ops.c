/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_ops.h"

uint32_t ota_client_now_ms(ota_core_t *core)
{
    return core->ops->host.now_ms(core->port);
}

bool ota_client_sleep(ota_core_t *core, uint32_t ms)
{
    return core->ops->host.sleep(core->port, ms);
}

bool ota_client_hash_start(ota_core_t *core)
{
    return core->ops->hash.start(core->port);
}

ota_result_t ota_client_hash_slot(ota_core_t *core, ota_slot_t slot, uint32_t end)
{
    for (uint32_t at = 0; at < end; at += OTA_SECTOR) {
        const uint32_t size = end - at < OTA_SECTOR ? end - at : OTA_SECTOR;
        if (!ota_client_sleep(core, 0)) {
            return OTA_ERR_STOPPED;
        }
        if (!ota_client_flash_read(core, slot, at, core->work, size)
                || !ota_client_hash_update(core, core->work, size)) {
            return OTA_ERR_FLASH;
        }
    }
    return OTA_OK;
}

bool ota_client_hash_update(ota_core_t *core, const void *data, uint32_t size)
{
    return core->ops->hash.update(core->port, data, size);
}

ota_result_t ota_client_hash_compare(ota_core_t *core)
{
    uint8_t hash[OTA_HASH_SIZE];
    if (!core->ops->hash.finish(core->port, hash)) {
        return OTA_ERR_FLASH;
    }
    return memcmp(hash, core->offer.file_hash, OTA_HASH_SIZE) == 0 ? OTA_OK : OTA_ERR_HASH;
}

bool ota_client_flash_read(ota_core_t *core, ota_slot_t slot, uint32_t offset, void *data, uint32_t size)
{
    return core->ops->flash.read(core->port, slot, offset, data, size);
}

uint32_t ota_client_elapsed_ms(ota_core_t *core, uint32_t since)
{
    return ota_client_now_ms(core) - since;
}

void ota_client_event(ota_core_t *core, ota_event_id_t id, ota_result_t reason, uint32_t bytes, const char *message)
{
    ota_event_t event = { .id = id, .reason = reason, .version = "", .bytes = bytes, .message = message };
    if (id == OTA_EVENT_OFFERED) {
        event.firmware_id = core->offer.firmware_id;
        event.version = core->offer.version;
        event.total = core->offer.file_size;
    } else if (id != OTA_EVENT_CHECKING && id != OTA_EVENT_UP_TO_DATE) {
        event.firmware_id = core->record.firmware_id;
        event.version = core->record.version;
        event.total = core->record.file_size;
    }
    core->ops->host.event(core->port, &event);
}

void ota_client_event_ok(ota_core_t *core, ota_event_id_t id, uint32_t bytes)
{
    ota_client_event(core, id, OTA_OK, bytes, "");
}

void ota_client_event_failed(ota_core_t *core, ota_result_t reason)
{
    ota_client_event(core, OTA_EVENT_FAILED, reason, 0, ota_client_result_text(reason));
}
