/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_identity.h"
#include "ota_internal.h"
#include "ota_ops.h"

#define ASK_AGAIN_MS 1000U
#define CHECK_AGAIN_MS 10000U
#define CONFIRM_TRIES 3U
#define TRIALS_MAX 3U

/* Tells whether the running image is the target. An image that was flashed by cable since then is not. */
static bool is_target_running(const ota_core_t *core)
{
    const ota_record_t *record = &core->record;
    const uint8_t *elf = core->boot.elf;
    const bool known = ota_client_knows_elf(elf) && ota_client_knows_elf(record->elf);
    return core->boot.running_slot == record->slot && (!known || memcmp(elf, record->elf, OTA_ELF_SIZE) == 0);
}

static ota_result_t confirm_running_image(ota_core_t *core)
{
    bool confirmed = core->boot.running_state == OTA_STATE_VALID;
    for (uint32_t tries = 0; !confirmed && tries < CONFIRM_TRIES; ++tries) {
        confirmed = core->ops->boot.confirm(core->port);
    }
    if (confirmed) {
        core->boot.running_state = OTA_STATE_VALID;
    }
    return confirmed ? OTA_OK : OTA_ERR_FLASH;
}

/* The default diagnostics: the image must reach the server, since it could otherwise never be updated again. */
static ota_verdict_t try_to_reach_server(ota_core_t *core, uint32_t *next_ms)
{
    core->started_ms = ota_client_now_ms(core);
    if ((int32_t)(core->started_ms - *next_ms) < 0) {
        return OTA_VERDICT_PENDING;
    }
    const bool up = core->ops->host.network_up(core->port);
    const ota_result_t result = up ? ota_client_check_with_retries(core) : OTA_ERR_NETWORK;
    *next_ms = ota_client_now_ms(core) + CHECK_AGAIN_MS;
    const bool reached = result == OTA_OK || ota_client_identity_is_pending(result);
    return reached ? OTA_VERDICT_PASSED : OTA_VERDICT_PENDING;
}

static ota_result_t run_diagnostics(ota_core_t *core)
{
    const uint32_t since = ota_client_now_ms(core);
    uint32_t next_check_ms = since;
    for (;;) {
        ota_verdict_t (*own)(void *port) = core->ops->host.diagnostics;
        const ota_verdict_t verdict = own != NULL ? own(core->port) : try_to_reach_server(core, &next_check_ms);
        if (verdict == OTA_VERDICT_PASSED) {
            return OTA_OK;
        }
        if (verdict == OTA_VERDICT_FAILED || ota_client_elapsed_ms(core, since) >= core->settings.diagnostics_ms) {
            return OTA_ERR_DIAGNOSTICS;
        }
        if (!ota_client_sleep(core, ASK_AGAIN_MS)) {
            return OTA_ERR_STOPPED;
        }
    }
}

/* Rolls back to the previous image. Returns only if there is none; the device then keeps the running image. */
static void revert_to_previous(ota_core_t *core)
{
    core->record.reason = OTA_ERR_DIAGNOSTICS;
    /* If the server was not reached, the image may be fine. It is tried again after the hold. */
    core->record.hold_s = core->ops->host.diagnostics == NULL ? OTA_HOLD_S : 0U;
    (void)ota_client_record_save(core);
    core->ops->boot.revert(core->port);
    if (core->boot.running_state == OTA_STATE_PENDING_VERIFY) {
        core->ops->boot.restart(core->port); /* The bootloader rolls back an image that is not confirmed. */
    }
}

static ota_result_t confirm_target(ota_core_t *core)
{
    static const char no_rollback[] = "the bootloader has no rollback: the state stayed NEW";
    ota_record_t *record = &core->record;
    const bool stays_new = core->boot.running_state == OTA_STATE_NEW;
    if (stays_new) {
        ota_client_event(core, OTA_EVENT_WARNING, OTA_OK, 0, no_rollback);
    }
    const ota_result_t result = confirm_running_image(core);
    if (result != OTA_OK) {
        return result;
    }
    record->phase = OTA_PHASE_CONFIRMED;
    record->reason = OTA_OK;
    record->failures = 0;
    record->installed_build = record->build;
    memcpy(record->installed_elf, core->boot.elf, OTA_ELF_SIZE);
    char message[OTA_MESSAGE_SIZE];
    ota_text_t text = ota_client_text(message, sizeof message);
    if (stays_new) {
        ota_client_text_add(&text, no_rollback);
    } else {
        record->told = ota_client_contradiction(core, &text);
    }
    ota_client_report_queue(core, OTA_STATUS_SUCCESS, record->file_size, message);
    const ota_result_t saved = ota_client_record_save(core);
    ota_client_event_ok(core, OTA_EVENT_CONFIRMED, record->file_size);
    return saved;
}

/* Confirms or reverts a new image, which is the target or was installed by another updater. */
static ota_result_t settle_new_image(ota_core_t *core, bool is_target)
{
    const ota_result_t result = run_diagnostics(core);
    if (result == OTA_ERR_STOPPED) {
        return result;
    }
    if (result != OTA_OK) {
        ota_client_event_failed(core, result);
        revert_to_previous(core);
        return result;
    }
    return is_target ? confirm_target(core) : confirm_running_image(core);
}

/* The target was activated, but another image runs: it was rolled back. */
static ota_result_t settle_rolled_back(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    const ota_result_t reason = record->reason == OTA_ERR_DIAGNOSTICS ? OTA_ERR_DIAGNOSTICS : OTA_ERR_ROLLED_BACK;
    char message[OTA_MESSAGE_SIZE];
    ota_text_t text = ota_client_text(message, sizeof message);
    ota_client_text_format(
        &text, core->boot.boots_running ? "%s; reset reason: %s" : "%s; boot partition is not the running one",
        ota_client_result_text(reason), core->boot.reset_reason);
    /* A power cut during the trial is not the fault of the image, which is still in its slot. It is activated again, at
     * most TRIALS_MAX times in all. */
    const bool cut_short = reason == OTA_ERR_ROLLED_BACK && core->boot.power_lost && core->boot.boots_running;
    record->phase = cut_short && ++record->failures < TRIALS_MAX ? OTA_PHASE_DOWNLOADING : OTA_PHASE_BAD;
    record->reason = (uint8_t)reason;
    ota_client_report_queue(core, OTA_STATUS_FAILED, record->file_size, message);
    const ota_result_t saved = ota_client_record_save(core);
    ota_client_event(core, OTA_EVENT_ROLLED_BACK, reason, record->file_size, message);
    return saved;
}

static ota_result_t settle_activation(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    if (core->boot.running_slot == record->slot) {
        if (is_target_running(core)) {
            return settle_new_image(core, true);
        }
        record->phase = OTA_PHASE_NONE;
        return ota_client_record_save(core);
    }
    if (core->boot.activated) {
        core->activated = true; /* Only the restart is missing. */
        return OTA_OK;
    }
    if (core->boot.sequence == record->sequence) {
        record->phase = OTA_PHASE_DOWNLOADING; /* Power failed before the boot data were written. */
        return ota_client_record_save(core);
    }
    return settle_rolled_back(core);
}

ota_result_t ota_client_core_settle(ota_core_t *core)
{
    if (core->settled) {
        return OTA_OK;
    }
    ota_result_t result = OTA_OK;
    if (!core->boot.boots_running && !core->boot.activated) {
        ota_client_event(core, OTA_EVENT_WARNING, OTA_OK, 0, "boot partition is not the running one");
    }
    if (core->record.phase == OTA_PHASE_ACTIVATING) {
        result = settle_activation(core);
    }
    if (result == OTA_OK && core->boot.running_state == OTA_STATE_PENDING_VERIFY) {
        result = settle_new_image(core, false);
    }
    core->settled = result == OTA_OK;
    return result;
}
