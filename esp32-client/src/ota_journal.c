/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_internal.h"

/*
 * How far a download has come. The last sector of the slot, which no image of the usual size reaches, has one byte for
 * each sector of the image: erased 0xFF, zero once that sector is complete. Clearing it is the smallest step that flash
 * knows, needs no erase, and a torn one leaves some bits set, which counts as not complete. See "Power cuts" in the
 * README.
 *
 * An image that fills its slot leaves no room for it: then the mark in the record says it, in larger steps to spare
 * NVS.
 */
#define MARK_STEP 65536U

static bool has_journal(const ota_core_t *core)
{
    const uint32_t slot = core->boot.update_size;
    return core->record.file_size <= slot - OTA_SECTOR && slot / OTA_SECTOR - 1U <= OTA_SECTOR;
}

static uint32_t journal_offset(const ota_core_t *core)
{
    return core->boot.update_size - OTA_SECTOR;
}

static uint32_t count_committed_sectors(ota_core_t *core)
{
    uint8_t marks[64];
    for (uint32_t at = 0; at < OTA_SECTOR; at += (uint32_t)sizeof marks) {
        if (!core->ops->flash.read_raw(core->port, journal_offset(core) + at, marks, sizeof marks)) {
            return 0;
        }
        for (uint32_t i = 0; i < sizeof marks; ++i) {
            if (marks[i] != 0U) {
                return at + i;
            }
        }
    }
    return OTA_SECTOR;
}

/* Bytes of the target that are in flash for certain: a multiple of OTA_SECTOR, or all. */
uint32_t ota_client_journal_progress(ota_core_t *core)
{
    const ota_record_t *record = &core->record;
    if (!has_journal(core)) {
        return record->mark < record->file_size ? record->mark - record->mark % OTA_SECTOR : record->file_size;
    }
    const uint32_t sectors = count_committed_sectors(core);
    return sectors >= (record->file_size + OTA_SECTOR - 1U) / OTA_SECTOR ? record->file_size : sectors * OTA_SECTOR;
}

/* Nothing of the slot counts any more. This comes before the record names a new target, and before a sector is erased.
 */
ota_result_t ota_client_journal_begin(ota_core_t *core)
{
    core->record.mark = 0;
    return !has_journal(core) || core->ops->flash.erase(core->port, journal_offset(core)) ? OTA_OK : OTA_ERR_FLASH;
}

/* The sector before offset is complete. */
ota_result_t ota_client_journal_commit(ota_core_t *core, uint32_t offset)
{
    static const uint8_t complete = 0;
    if (has_journal(core)) {
        const uint32_t sector = (offset - 1U) / OTA_SECTOR;
        const bool written = core->ops->flash.write_raw(core->port, journal_offset(core) + sector, &complete, sizeof complete);
        return written ? OTA_OK : OTA_ERR_FLASH;
    }
    if (offset % MARK_STEP != 0U && offset != core->record.file_size) {
        return OTA_OK;
    }
    core->record.mark = offset;
    return ota_client_record_save(core);
}
