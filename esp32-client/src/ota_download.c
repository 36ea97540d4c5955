/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"
#include "ota_ops.h"

#define PART_MIN 65536U /* Bytes of one request. The connection is free for a report between two requests. */
#define RESTARTS_MAX 2U /* A download starts over at most this often because the file changed. */
#define RETRY_FIRST_MS 1000U
#define RETRY_MAX_MS 60000U
#define REPORT_MIN_MS 30000U

static uint32_t part_size(const ota_core_t *core)
{
    const uint32_t tenth = core->offer.file_size / 10U;
    const uint32_t sectors = tenth - tenth % OTA_SECTOR;
    return sectors > PART_MIN ? sectors : PART_MIN;
}

/* Reads the bytes from have to size into the work buffer. A body that ends early counts as a lost connection. */
static ota_result_t fill_buffer(ota_core_t *core, size_t have, size_t size)
{
    while (have < size) {
        size_t got;
        const ota_result_t result = ota_client_http_read(core, core->work + have, size - have, &got);
        if (result != OTA_OK) {
            return result;
        }
        if (got == 0U) {
            return OTA_ERR_CLOSED;
        }
        have += got;
    }
    return OTA_OK;
}

static bool sector_reads_back(ota_core_t *core, uint32_t offset)
{
    uint8_t piece[128];
    for (uint32_t at = 0; at < OTA_SECTOR; at += (uint32_t)sizeof piece) {
        if (!ota_client_flash_read(core, OTA_SLOT_UPDATE, offset + at, piece, sizeof piece)
                || memcmp(piece, core->work + at, sizeof piece) != 0) {
            return false;
        }
    }
    return true;
}

static bool write_sector(ota_core_t *core)
{
    const ota_flash_ops_t *flash = &core->ops->flash;
    return flash->erase(core->port, core->offset) && flash->write(core->port, core->offset, core->work, OTA_SECTOR)
           && sector_reads_back(core, core->offset);
}

/* Writes the first size bytes of the work buffer, which are a sector or the end of the file, to flash. */
static ota_result_t store_sector(ota_core_t *core, uint32_t size)
{
    memset(core->work + size, 0xFF, OTA_SECTOR - size);
    if (!write_sector(core) && !write_sector(core)) {
        return OTA_ERR_FLASH;
    }
    if (!ota_client_hash_update(core, core->work, size)) {
        return OTA_ERR_FLASH;
    }
    core->offset += size;
    ota_client_event_ok(core, OTA_EVENT_PROGRESS, core->offset);
    return ota_client_journal_commit(core, core->offset);
}

/* Validates the image header in the work buffer before anything is erased, then assigns the slot to this target. */
static ota_result_t begin_target(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    ota_result_t result = ota_client_image_judge(core->work, &core->boot, core->settings.project);
    if (result != OTA_OK) {
        return result;
    }
    /* NVS needs space for two records. This write fails before anything is erased if there is not enough. */
    result = ota_client_record_save(core);
    if (result != OTA_OK) {
        return result;
    }
    if (ota_client_journal_begin(core) != OTA_OK || !ota_client_hash_start(core)) {
        return OTA_ERR_FLASH;
    }
    memcpy(record->elf, ota_client_image_elf(core->work), OTA_ELF_SIZE);
    memset(record->etag, 0, sizeof record->etag);
    ota_client_copy(record->etag, sizeof record->etag, core->response.etag);
    record->slot = core->boot.update_slot;
    record->phase = OTA_PHASE_DOWNLOADING;
    return ota_client_record_save(core);
}

/* Checks that the response is the requested part of the file. OTA_ERR_CHANGED: the download must start over. */
static ota_result_t check_response(ota_core_t *core, const ota_http_request_t *request)
{
    const ota_response_t *response = &core->response;
    const uint32_t size = core->offer.file_size;
    if (response->status == 416 && core->offset > 0U) {
        return OTA_ERR_CHANGED;
    }
    const ota_result_t status = ota_client_http_status(core);
    if (status != OTA_OK) {
        return status;
    }
    if (!response->has_length || response->chunked) {
        return OTA_ERR_LENGTH;
    }
    if (response->status == 200) {
        return response->length != size ? OTA_ERR_LENGTH : core->offset > 0U ? OTA_ERR_CHANGED : OTA_OK;
    }
    if (!request->ranged || !response->has_range || response->range_first != request->first
            || response->range_last != request->last || response->length != request->last - request->first + 1U) {
        return OTA_ERR_RANGE;
    }
    if (response->range_total != size) {
        return OTA_ERR_LENGTH;
    }
    return core->offset > 0U && strcmp(response->etag, core->record.etag) != 0 ? OTA_ERR_CHANGED : OTA_OK;
}

static ota_result_t receive_part(ota_core_t *core, uint32_t end)
{
    while (core->offset < end) {
        const uint32_t size = end - core->offset < OTA_SECTOR ? end - core->offset : OTA_SECTOR;
        size_t have = 0;
        ota_result_t result = OTA_OK;
        if (core->offset == 0U) {
            have = size < OTA_IMAGE_HEAD ? size : OTA_IMAGE_HEAD;
            result = fill_buffer(core, 0, have);
            if (result == OTA_OK) {
                result = have < OTA_IMAGE_HEAD ? OTA_ERR_NOT_AN_IMAGE : begin_target(core);
            }
        }
        if (result == OTA_OK) {
            result = fill_buffer(core, have, size);
        }
        if (result == OTA_OK) {
            result = store_sector(core, size);
        }
        if (result != OTA_OK) {
            return result;
        }
    }
    return OTA_OK;
}

/* Requests the next part, or receives the whole file if the server ignores the range. */
static ota_result_t fetch_part(ota_core_t *core)
{
    const uint32_t size = core->offer.file_size;
    const uint32_t left = size - core->offset;
    const uint32_t part = core->whole ? left : part_size(core);
    ota_http_request_t request = {
        .ranged = !core->whole || core->offset > 0U,
        .first = core->offset,
        .last = core->offset + (left < part ? left : part) - 1U,
        .if_range = core->offset > 0U ? core->record.etag : NULL,
    };
    ota_result_t result = ota_client_http_open(core, core->offer.url, &request);
    if (result != OTA_OK) {
        return result;
    }
    result = check_response(core, &request);
    if (result == OTA_OK && core->response.status == 206 && core->response.etag[0] == '\0') {
        core->whole = true; /* Without an ETag the parts could come from two different files. */
        result = OTA_ERR_CHANGED;
    }
    if (result == OTA_OK) {
        result = receive_part(core, core->response.status == 200 ? size : request.last + 1U);
    }
    if (result == OTA_OK) {
        ota_client_http_finish(core);
    } else {
        ota_client_http_close(core);
    }
    return result;
}

static void report_progress(ota_core_t *core)
{
    const uint32_t size = core->offer.file_size;
    if (core->offset < size && core->offset - core->reported >= size / 10U
            && ota_client_elapsed_ms(core, core->reported_ms) >= REPORT_MIN_MS) {
        ota_client_report_target(core, OTA_STATUS_DOWNLOADING, core->offset, false);
    }
}

static ota_result_t restart_download(ota_core_t *core)
{
    core->offset = 0;
    core->reported = 0;
    return ota_client_journal_begin(core);
}

static bool is_transient(const ota_core_t *core, ota_result_t result)
{
    if (result == OTA_ERR_BUSY) {
        return core->response.retry_after_s <= RETRY_MAX_MS / 1000U;
    }
    return ota_client_http_may_retry(result) || result == OTA_ERR_RANGE
           || (result == OTA_ERR_STATUS && core->response.status >= 500);
}

static ota_result_t wait_before_retry(ota_core_t *core, ota_result_t result, uint32_t failures)
{
    const uint32_t asked_ms = result == OTA_ERR_BUSY ? core->response.retry_after_s * 1000U : 0U;
    const uint32_t delay = asked_ms + ota_client_backoff_ms(core, failures, RETRY_FIRST_MS, RETRY_MAX_MS);
    return ota_client_sleep(core, delay) ? OTA_OK : OTA_ERR_STOPPED;
}

/* A signed URL can expire during a slow download. Another check returns a new one. */
static ota_result_t renew_url(ota_core_t *core)
{
    const ota_result_t result = ota_client_check_with_retries(core);
    if (result != OTA_OK) {
        return result;
    }
    return ota_client_record_matches(&core->record, &core->offer) ? OTA_OK : OTA_ERR_CHANGED;
}

static ota_result_t fetch_file(ota_core_t *core)
{
    uint32_t failures = 0;
    uint32_t restarts = 0;
    uint32_t renewed_at = UINT32_MAX;
    while (core->offset < core->offer.file_size) {
        const uint32_t before = core->offset;
        const bool nameless = core->offset > 0U && core->record.etag[0] == '\0';
        ota_result_t result = nameless ? OTA_ERR_CHANGED : fetch_part(core);
        if (result == OTA_OK) {
            failures = 0;
            report_progress(core);
            continue;
        }
        failures = core->offset > before ? 0U : failures;
        if (result == OTA_ERR_CHANGED && restarts++ < RESTARTS_MAX) {
            result = restart_download(core);
        } else if (result == OTA_ERR_STATUS && (core->response.status == 403 || core->response.status == 410)
                   && renewed_at != core->offset) {
            renewed_at = core->offset;
            result = renew_url(core);
        } else if (is_transient(core, result) && failures < core->settings.retries) {
            result = wait_before_retry(core, result, failures++);
        }
        if (result != OTA_OK) {
            return result;
        }
    }
    return OTA_OK;
}

static ota_result_t fetch_and_compare(ota_core_t *core)
{
    const ota_result_t result = fetch_file(core);
    return result == OTA_OK ? ota_client_hash_compare(core) : result;
}

/* Downloads the offer into the update slot and compares its hash. Resumes what an earlier attempt left there. */
ota_result_t ota_client_download(ota_core_t *core)
{
    const ota_record_t *record = &core->record;
    const bool resumes = ota_client_record_matches(record, &core->offer) && record->phase == OTA_PHASE_DOWNLOADING
                         && record->slot == core->boot.update_slot && record->etag[0] != '\0';
    ota_client_record_target(core);
    core->offset = resumes ? ota_client_journal_progress(core) : 0U;
    core->whole = false;
    ota_result_t result = ota_client_hash_start(core) ? ota_client_hash_slot(core, OTA_SLOT_UPDATE, core->offset)
                          : OTA_ERR_FLASH;
    if (result != OTA_OK) {
        return result;
    }
    if (core->offset < core->offer.file_size) {
        ota_client_report_target(core, OTA_STATUS_DOWNLOADING, core->offset, true);
    }
    result = fetch_and_compare(core);
    /* The server or a proxy may have sent wrong bytes, or the parts may not belong together. The file is therefore
     * downloaded once more on a new connection before it is rejected; as a whole if its hash was wrong. */
    if (ota_client_is_verdict(result)) {
        core->whole = core->whole || result == OTA_ERR_HASH;
        result = core->offset > 0U ? restart_download(core) : OTA_OK;
        if (result == OTA_OK) {
            result = fetch_and_compare(core);
        }
    }
    return result;
}
