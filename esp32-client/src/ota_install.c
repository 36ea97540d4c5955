/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"
#include "ota_ops.h"

#define FAILURES_MAX 3U

/* The hold counts only the time in which the device runs, because it may have no clock that survives a restart. */
static bool is_held(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    const uint32_t passed_s = ota_client_elapsed_ms(core, core->held_ms) / 1000U;
    if (passed_s >= record->hold_s) {
        record->failures = record->hold_s > 0U ? 0U : record->failures;
        record->hold_s = 0;
        return false;
    }
    if (passed_s >= core->settings.interval_s) {
        record->hold_s -= passed_s;
        core->held_ms = ota_client_now_ms(core);
        (void)ota_client_record_save(core);
    }
    return true;
}

static ota_result_t check_may_install(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    if (core->boot.running_state == OTA_STATE_PENDING_VERIFY || !core->settled) {
        return OTA_ERR_PENDING_VERIFY;
    }
    if (!ota_client_record_matches(record, &core->offer)) {
        return OTA_OK;
    }
    const bool bad = record->phase == OTA_PHASE_BAD;
    if ((bad && record->hold_s == 0U) || is_held(core)) {
        return bad ? OTA_ERR_BLOCKED : OTA_ERR_HELD;
    }
    if (bad) {
        record->phase = OTA_PHASE_DOWNLOADING;
        record->slot = 0; /* The download does not resume from this slot. */
    }
    return OTA_OK;
}

/*
 * Leaves the running image the only entry in the boot data, marked valid, before the new image gets an entry. Otherwise
 * the bootloader might have no image to roll back to, the entry of the running slot could be overwritten after the
 * bootloader fell back to it, and an old entry of the update slot could be mistaken for the new one.
 */
static ota_result_t secure_running_image(ota_core_t *core)
{
    const bool secured = core->ops->boot.anchor(core->port) && core->ops->boot.inspect(core->port, &core->boot);
    return secured ? OTA_OK : OTA_ERR_FLASH;
}

static ota_result_t activate_target(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    ota_result_t result = secure_running_image(core);
    if (result != OTA_OK) {
        return result;
    }
    record->sequence = core->boot.sequence;
    record->phase = OTA_PHASE_ACTIVATING;
    record->reason = OTA_OK;
    result = ota_client_record_save(core);
    if (result == OTA_OK) {
        result = core->ops->boot.activate(core->port);
        core->activated = result == OTA_OK;
    }
    if (result != OTA_OK) {
        record->phase = OTA_PHASE_DOWNLOADING;
    }
    return result;
}

/* Records a failed attempt and queues its report. One write saves both. */
static void record_failure(ota_core_t *core, ota_result_t result)
{
    ota_record_t *record = &core->record;
    const bool busy = result == OTA_ERR_BUSY;
    const bool verdict = ota_client_is_verdict(result);
    if (verdict) {
        record->phase = OTA_PHASE_BAD;
    }
    /* A hold ends, because the server or a proxy may send a correct file later. An image that ESP-IDF refused has the
     * hash that was offered, so that downloading it again would not help. */
    if (result != OTA_ERR_REFUSED && (verdict || (!busy && ++record->failures >= FAILURES_MAX))) {
        record->hold_s = OTA_HOLD_S;
        core->held_ms = ota_client_now_ms(core);
    }
    record->reason = (uint8_t)result;
    char message[OTA_MESSAGE_SIZE];
    ota_text_t text = ota_client_text(message, sizeof message);
    ota_client_text_add(&text, ota_client_result_text(result));
    if (result == OTA_ERR_STATUS || busy) {
        ota_client_text_format(&text, ", HTTP status %u", (uint64_t)core->response.status);
    }
    const uint32_t retry_after_s = core->response.retry_after_s;
    ota_client_report_queue(core, OTA_STATUS_FAILED, core->offset, message);
    (void)ota_client_record_save(core);
    ota_client_event(core, OTA_EVENT_FAILED, result, core->offset, message);
    core->started_ms = ota_client_now_ms(core); /* The report gets its own time limit. */
    (void)ota_client_report_flush(core);
    core->response.retry_after_s = retry_after_s;
}

static ota_result_t download_and_activate(ota_core_t *core)
{
    if (core->offer.file_size > core->boot.update_size) {
        return OTA_ERR_TOO_LARGE;
    }
    ota_result_t result = ota_client_download(core);
    if (result != OTA_OK) {
        return result;
    }
    ota_client_event_ok(core, OTA_EVENT_VERIFYING, core->offset);
    ota_client_report_target(core, OTA_STATUS_INSTALLING, core->offset, true);
    return activate_target(core);
}

ota_result_t ota_client_core_install(ota_core_t *core)
{
    core->started_ms = ota_client_now_ms(core);
    core->offset = 0;
    if (ota_client_record_runs(core)) {
        ota_client_event_ok(core, OTA_EVENT_UP_TO_DATE, 0);
        return OTA_OK;
    }
    ota_result_t result = check_may_install(core);
    if (result != OTA_OK) {
        return result;
    }
    result = download_and_activate(core);
    if (result == OTA_ERR_STOPPED) {
        return result;
    }
    if (result != OTA_OK) {
        if (core->offer.available) { /* A check for a new URL may have failed. The record then names the target already. */
            ota_client_record_target(core);
        }
        record_failure(core, result);
        return result;
    }
    ota_client_event_ok(core, OTA_EVENT_READY_TO_REBOOT, core->offset);
    return OTA_OK;
}
