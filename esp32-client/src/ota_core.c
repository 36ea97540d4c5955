/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"

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

/* Hashes what a slot holds up to end, after what was hashed before; with the work buffer. */
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

const char *ota_client_result_text(ota_result_t result)
{
    static const char *const texts[OTA_RESULTS] = {
        [OTA_OK] = "",
        [OTA_ERR_NETWORK] = "network is not up",
        [OTA_ERR_CONNECT] = "no connection to the server",
        [OTA_ERR_CLOSED] = "connection lost",
        [OTA_ERR_STALL] = "connection stalled",
        [OTA_ERR_DEADLINE] = "update took too long",
        [OTA_ERR_STATUS] = "server refused",
        [OTA_ERR_BUSY] = "server asked to wait",
        [OTA_ERR_REDIRECT] = "redirect not followed",
        [OTA_ERR_ANSWER] = "answer makes no sense",
        [OTA_ERR_RANGE] = "server sent another range",
        [OTA_ERR_LENGTH] = "file size differs from the offer",
        [OTA_ERR_CHANGED] = "file changed during the download",
        [OTA_ERR_NOT_AN_IMAGE] = "file is no application image",
        [OTA_ERR_WRONG_CHIP] = "image is for another chip",
        [OTA_ERR_WRONG_PROJECT] = "image is of another project",
        [OTA_ERR_SECURE_VERSION] = "secure version is too low",
        [OTA_ERR_TOO_LARGE] = "image does not fit into the slot",
        [OTA_ERR_HASH] = "hash differs from the offer",
        [OTA_ERR_FLASH] = "flash failed",
        [OTA_ERR_STORAGE] = "NVS failed",
        [OTA_ERR_REFUSED] = "image failed verification",
        [OTA_ERR_PENDING_VERIFY] = "running image is not confirmed",
        [OTA_ERR_ROLLED_BACK] = "rolled back",
        [OTA_ERR_DIAGNOSTICS] = "diagnostics failed",
        [OTA_ERR_BLOCKED] = "this version failed before",
        [OTA_ERR_HELD] = "three attempts failed",
        [OTA_ERR_DEFERRED] = "application said not now",
        [OTA_ERR_STOPPED] = "stopped",
    };
    return result < OTA_RESULTS ? texts[result] : "";
}

ota_result_t ota_client_core_init(ota_core_t *core, const ota_ops_t *ops, void *port, const ota_settings_t *settings)
{
    memset(core, 0, sizeof(*core));
    core->ops = ops;
    core->port = port;
    core->settings = *settings;
    core->started_ms = ota_client_now_ms(core);
    /* A device that sleeps between two checks begins anew each time: such a look at the hold counts for an interval. */
    core->held_ms = core->started_ms - settings->interval_s * 1000U;
    if (!ops->boot.inspect(port, &core->boot)) {
        return OTA_ERR_STORAGE;
    }
    ota_client_record_load(core);
    return OTA_OK;
}

static ota_result_t work(ota_core_t *core)
{
    (void)ota_client_report_flush(core);
    const ota_result_t result = ota_client_core_check(core);
    if (result != OTA_OK) {
        ota_client_event(core, OTA_EVENT_FAILED, result, 0, ota_client_result_text(result));
        return result;
    }
    if (!core->offer.available) {
        ota_client_event(core, OTA_EVENT_UP_TO_DATE, OTA_OK, 0, "");
        return OTA_OK;
    }
    ota_client_event(core, OTA_EVENT_OFFERED, OTA_OK, 0, "");
    return core->ops->host.may_update(core->port, &core->offer) ? ota_client_core_install(core) : OTA_ERR_DEFERRED;
}

static ota_result_t cycle(ota_core_t *core)
{
    const ota_result_t result = ota_client_core_settle(core);
    if (result == OTA_ERR_STOPPED || core->activated) {
        return result;
    }
    core->started_ms = ota_client_now_ms(core);
    if (!core->ops->host.network_up(core->port)) {
        ota_client_event(core, OTA_EVENT_FAILED, OTA_ERR_NETWORK, 0, ota_client_result_text(OTA_ERR_NETWORK));
        return OTA_ERR_NETWORK;
    }
    const ota_result_t worked = work(core);
    ota_client_http_close(core);
    core->ops->host.network_release(core->port);
    return worked != OTA_OK ? worked : result;
}

ota_result_t ota_client_core_cycle(ota_core_t *core)
{
    const ota_result_t result = cycle(core);
    ota_client_event(core, OTA_EVENT_CYCLE_ENDED, result, 0, "");
    return result;
}
