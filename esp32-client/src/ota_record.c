/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"

#define OTA_RECORD_FORMAT 0x3141544FU /* "OTA1" */

static uint32_t crc32_of(const uint8_t *data, size_t size)
{
    uint32_t crc = UINT32_MAX;
    while (size-- > 0U) {
        crc ^= *data++;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
        }
    }
    return ~crc;
}

/* A record of a later version may be longer; the part that this version knows is used. A damaged record is ignored. */
void ota_client_record_load(ota_core_t *core)
{
    const size_t header = sizeof core->record.crc;
    ota_record_t *record = &core->record;
    memset(record, 0, sizeof(*record));
    const size_t size = core->ops->store.load(core->port, core->work, sizeof core->work);
    if (size > header) {
        uint32_t crc;
        memcpy(&crc, core->work, header);
        if (crc == crc32_of(core->work + header, size - header)) {
            memcpy(record, core->work, size < sizeof(*record) ? size : sizeof(*record));
        }
    }
    if (record->format != OTA_RECORD_FORMAT || record->kept > OTA_KEPT_REPORTS) {
        memset(record, 0, sizeof(*record));
    }
    record->format = OTA_RECORD_FORMAT;
    record->hold_s = record->hold_s < OTA_HOLD_S ? record->hold_s : OTA_HOLD_S;
    record->firmware_id &= OTA_ID_MAX;
    for (size_t i = 0; i < OTA_KEPT_REPORTS; ++i) {
        record->reports[i].firmware_id &= OTA_ID_MAX;
        record->reports[i].message[sizeof record->reports[i].message - 1U] = '\0';
    }
    record->version[sizeof record->version - 1U] = '\0';
    record->etag[sizeof record->etag - 1U] = '\0';
}

ota_result_t ota_client_record_save(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    const size_t header = sizeof record->crc;
    record->crc = crc32_of((const uint8_t *)record + header, sizeof(*record) - header);
    return core->ops->store.save(core->port, record, sizeof(*record)) ? OTA_OK : OTA_ERR_STORAGE;
}

bool ota_client_record_matches(const ota_record_t *record, const ota_offer_t *offer)
{
    return record->phase != OTA_PHASE_NONE && record->file_size == offer->file_size && record->build == offer->build
           && memcmp(record->file_hash, offer->file_hash, OTA_HASH_SIZE) == 0
           && strcmp(record->version, offer->version) == 0;
}

/* Tells whether an image has the SHA-256 of its ELF. Without it the image cannot be distinguished from others. */
bool ota_client_knows_elf(const uint8_t elf[OTA_ELF_SIZE])
{
    uint8_t any = 0;
    for (size_t i = 0; i < OTA_ELF_SIZE; ++i) {
        any |= elf[i];
    }
    return any != 0U;
}

bool ota_client_record_is_of_running(const ota_core_t *core)
{
    return ota_client_knows_elf(core->boot.elf)
           && memcmp(core->record.installed_elf, core->boot.elf, OTA_ELF_SIZE) == 0;
}

/* Compares hashes, since version and build of the same image can differ. */
bool ota_client_record_runs(const ota_core_t *core)
{
    const ota_record_t *record = &core->record;
    return record->phase == OTA_PHASE_CONFIRMED && ota_client_record_is_of_running(core)
           && memcmp(record->file_hash, core->offer.file_hash, OTA_HASH_SIZE) == 0;
}

/* Makes the offer the target, without saving the record. Reports that wait stay in the record. */
void ota_client_record_target(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    const ota_offer_t *offer = &core->offer;
    record->firmware_id = offer->firmware_id;
    if (ota_client_record_matches(record, offer)) {
        return;
    }
    record->build = offer->build;
    record->file_size = offer->file_size;
    memcpy(record->file_hash, offer->file_hash, OTA_HASH_SIZE);
    memset(record->version, 0, sizeof record->version);
    ota_client_copy(record->version, sizeof record->version, offer->version);
    memset(record->etag, 0, sizeof record->etag);
    memset(record->elf, 0, sizeof record->elf);
    record->slot = 0;
    record->mark = 0;
    record->sequence = 0;
    record->hold_s = 0;
    record->phase = OTA_PHASE_DOWNLOADING;
    record->reason = OTA_OK;
    record->failures = 0;
    record->told = 0;
}

void ota_client_record_drop_first(ota_record_t *record)
{
    --record->kept;
    memmove(record->reports, record->reports + 1, record->kept * sizeof record->reports[0]);
    memset(&record->reports[record->kept], 0, sizeof record->reports[0]);
}

static bool is_final_status(uint8_t status)
{
    return status == OTA_STATUS_SUCCESS || status == OTA_STATUS_FAILED;
}

/* Appends a report. It replaces the last one if that is of the same firmware and not final. If the record is full, the
 * oldest report is dropped. */
void ota_client_record_keep(ota_record_t *record, const ota_kept_report_t *report)
{
    if (record->kept > 0U) {
        ota_kept_report_t *last = &record->reports[record->kept - 1U];
        if (last->firmware_id == report->firmware_id && !is_final_status(last->status)) {
            *last = *report;
            return;
        }
    }
    if (record->kept == OTA_KEPT_REPORTS) {
        ota_client_record_drop_first(record);
    }
    record->reports[record->kept++] = *report;
}
