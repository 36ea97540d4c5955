/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_identity.h"
#include "ota_internal.h"
#include "ota_ops.h"

static const char *const s_status_names[OTA_STATUSES] = { "pending", "downloading", "installing", "success", "failed" };

ota_status_t ota_client_status_of(const char *name)
{
    unsigned status = 0;
    while (status < (unsigned)OTA_STATUSES && strcmp(name, s_status_names[status]) != 0) {
        ++status;
    }
    return (ota_status_t)status;
}

static void write_report_body(ota_core_t *core, const ota_kept_report_t *report, ota_text_t *text)
{
    *text = ota_client_text(ota_client_http_body(core), OTA_BODY_SIZE);
    ota_client_text_format(
        text, "{\"device_id\":%u,\"firmware_id\":%u,\"status\":%j,\"bytes_downloaded\":%u", core->settings.device_id,
        report->firmware_id, report->status < OTA_STATUSES ? s_status_names[report->status] : "failed",
        (uint64_t)report->bytes);
    if (report->message[0] != '\0') {
        ota_client_text_format(text, ",\"error_message\":%j", report->message);
    }
    ota_client_text_add(text, "}");
}

/* Sends a report without retries, because a report must not delay an update. */
static ota_result_t send_report(ota_core_t *core, const ota_kept_report_t *report)
{
    ota_text_t body;
    write_report_body(core, report, &body);
    ota_http_request_t request = { .post = true, .body = body.data, .body_length = body.length };
    const ota_result_t result = ota_client_http_open(core, "/api/ota/status", &request);
    if (result != OTA_OK) {
        return result;
    }
    ota_client_http_finish(core);
    return ota_client_http_status(core);
}

/* Tells whether the server will refuse the report every time. */
static bool is_refused_for_good(const ota_core_t *core, ota_result_t result)
{
    const int status = core->response.status;
    return result == OTA_ERR_STATUS && (status == 400 || status == 404 || status == 413 || status == 422);
}

/* Sends the waiting reports, oldest first. */
ota_result_t ota_client_report_flush(ota_core_t *core)
{
    while (core->record.kept > 0U) {
        const ota_kept_report_t report = core->record.reports[0];
        const ota_result_t result = send_report(core, &report);
        if (result != OTA_OK && !is_refused_for_good(core, result)) {
            return result;
        }
        ota_client_record_drop_first(&core->record);
        const ota_result_t saved = ota_client_record_save(core);
        if (saved != OTA_OK) {
            return saved;
        }
    }
    return OTA_OK;
}

static ota_kept_report_t make_report(uint64_t firmware_id, ota_status_t status, uint32_t bytes, const char *message)
{
    ota_kept_report_t report;
    memset(&report, 0, sizeof report);
    report.firmware_id = firmware_id;
    report.bytes = bytes;
    report.status = (uint8_t)status;
    ota_client_copy(report.message, sizeof report.message, message);
    return report;
}

/* Sends the waiting reports and then this one. With keep, a report that cannot be sent now is saved for later. */
static ota_result_t send_or_keep(ota_core_t *core, const ota_kept_report_t *report, bool keep)
{
    ota_result_t result = ota_client_report_flush(core);
    if (result == OTA_OK) {
        result = send_report(core, report);
    }
    if (result != OTA_OK && keep && !is_refused_for_good(core, result)) {
        ota_client_record_keep(&core->record, report);
        const ota_result_t saved = ota_client_record_save(core);
        return saved != OTA_OK ? saved : result;
    }
    return result;
}

void ota_client_report_target(ota_core_t *core, ota_status_t status, uint32_t bytes, bool keep)
{
    const ota_kept_report_t report = make_report(core->record.firmware_id, status, bytes, "");
    core->reported = bytes;
    core->reported_ms = ota_client_now_ms(core);
    (void)send_or_keep(core, &report, keep);
}

/* Adds a report on the target to the record. The caller saves the record, so that the report and the state that it
 * describes are saved by one write. */
void ota_client_report_queue(ota_core_t *core, ota_status_t status, uint32_t bytes, const char *message)
{
    const ota_kept_report_t report = make_report(core->record.firmware_id, status, bytes, message);
    ota_client_record_keep(&core->record, &report);
}

ota_result_t ota_client_core_report(
    ota_core_t *core, uint64_t firmware_id, ota_status_t status, uint32_t bytes, const char *message)
{
    core->started_ms = ota_client_now_ms(core);
    const ota_kept_report_t report = make_report(firmware_id, status, bytes, message);
    (void)ota_client_identity_ensure(core);
    return send_or_keep(core, &report, true);
}
