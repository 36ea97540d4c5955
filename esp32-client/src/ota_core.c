/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_identity.h"
#include "ota_internal.h"
#include "ota_ops.h"

ota_result_t ota_client_core_init(ota_core_t *core, const ota_ops_t *ops, void *port, const ota_settings_t *settings)
{
    memset(core, 0, sizeof(*core));
    core->ops = ops;
    core->port = port;
    core->settings = *settings;
    core->started_ms = ota_client_now_ms(core);
    /* A device that sleeps between two checks restarts for each one. Each start counts as one interval of the hold. */
    core->held_ms = core->started_ms - settings->interval_s * 1000U;
    if (!ops->boot.inspect(port, &core->boot)) {
        return OTA_ERR_STORAGE;
    }
    ota_client_record_load(core);
    ota_client_identity_load(core);
    return OTA_OK;
}

static ota_result_t check_and_install(ota_core_t *core)
{
    const bool missing = ota_client_identity_is_missing(core);
    if (!missing) {
        (void)ota_client_report_flush(core);
    }
    const ota_result_t result = ota_client_core_check(core);
    if (result != OTA_OK) {
        if (!ota_client_identity_is_pending(result)) {
            ota_client_event_failed(core, result);
        }
        return result;
    }
    if (missing) {
        (void)ota_client_report_flush(core);
    }
    if (!core->offer.available) {
        ota_client_event_ok(core, OTA_EVENT_UP_TO_DATE, 0);
        return OTA_OK;
    }
    ota_client_event_ok(core, OTA_EVENT_OFFERED, 0);
    return core->ops->host.may_update(core->port, &core->offer) ? ota_client_core_install(core) : OTA_ERR_DEFERRED;
}

static ota_result_t run_cycle(ota_core_t *core)
{
    const ota_result_t result = ota_client_core_settle(core);
    if (result == OTA_ERR_STOPPED || core->activated) {
        return result;
    }
    core->started_ms = ota_client_now_ms(core);
    if (!core->ops->host.network_up(core->port)) {
        ota_client_event_failed(core, OTA_ERR_NETWORK);
        return OTA_ERR_NETWORK;
    }
    const ota_result_t worked = check_and_install(core);
    ota_client_http_close(core);
    core->ops->host.network_release(core->port);
    return worked != OTA_OK ? worked : result;
}

ota_result_t ota_client_core_cycle(ota_core_t *core)
{
    const ota_result_t result = run_cycle(core);
    ota_client_event(core, OTA_EVENT_CYCLE_ENDED, result, 0, "");
    return result;
}
