/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_internal.h"

/*
 * The journal records the progress of a download. It is the last sector of the slot, which images seldom reach, and has
 * one byte for each sector of the image: 0xFF after the erase, and zero once that sector is complete. Clearing one byte
 * is the smallest operation of the flash and needs no erase. If power fails during it, some bits stay set, which counts
 * as not complete. See "Power cuts" in the README.
 *
 * An image that needs the last sector leaves no space for the journal. Its progress is the mark in the record, which is
 * saved in larger steps to reduce the wear of NVS.
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

/* Bytes of the target that are certainly in flash: a multiple of OTA_SECTOR, or the whole file. */
uint32_t ota_client_journal_progress(ota_core_t *core)
{
    const ota_record_t *record = &core->record;
    if (!has_journal(core)) {
        return record->mark < record->file_size ? record->mark - record->mark % OTA_SECTOR : record->file_size;
    }
    const uint32_t sectors = count_committed_sectors(core);
    return sectors >= (record->file_size + OTA_SECTOR - 1U) / OTA_SECTOR ? record->file_size : sectors * OTA_SECTOR;
}

/* Discards the progress. Must be called before the record names a new target, and before a sector is erased. */
ota_result_t ota_client_journal_begin(ota_core_t *core)
{
    core->record.mark = 0;
    return !has_journal(core) || core->ops->flash.erase(core->port, journal_offset(core)) ? OTA_OK : OTA_ERR_FLASH;
}

/* Records that the sector before offset is complete. */
ota_result_t ota_client_journal_commit(ota_core_t *core, uint32_t offset)
{
    static const uint8_t complete = 0;
    if (has_journal(core)) {
        const uint32_t sector = (offset - 1U) / OTA_SECTOR;
        const bool written = core->ops->flash.write_raw(core->port, journal_offset(core) + sector, &complete, 1);
        return written ? OTA_OK : OTA_ERR_FLASH;
    }
    if (offset % MARK_STEP != 0U && offset != core->record.file_size) {
        return OTA_OK;
    }
    core->record.mark = offset;
    return ota_client_record_save(core);
}
