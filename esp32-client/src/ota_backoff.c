/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_identity.h"
#include "ota_internal.h"

uint32_t ota_client_random_below(ota_core_t *core, uint32_t limit)
{
    return limit == 0U ? 0U : core->ops->host.random(core->port) % limit;
}

/* Exponential backoff with full jitter: a random delay below a limit that doubles. Devices that failed at the same time
 * do not retry at the same time. */
uint32_t ota_client_backoff_ms(ota_core_t *core, uint32_t failures, uint32_t first_ms, uint32_t max_ms)
{
    uint32_t limit = first_ms;
    while (failures-- > 0U && limit < max_ms) {
        limit *= 2U;
    }
    return ota_client_random_below(core, (limit < max_ms ? limit : max_ms) + 1U);
}

#define BUSY_MAX_S 86400U
#define ERROR_MS 30000U

uint32_t ota_client_core_wait_ms(ota_core_t *core, ota_result_t result)
{
    const uint32_t interval_ms = core->settings.interval_s * 1000U;
    const bool is_idle = result == OTA_OK || result == OTA_ERR_BLOCKED || result == OTA_ERR_HELD
                         || result == OTA_ERR_DEFERRED || ota_client_identity_is_pending(result);
    core->errors = is_idle ? 0U : core->errors + 1U;
    if (is_idle) {
        return interval_ms - interval_ms / 10U + ota_client_random_below(core, interval_ms / 5U + 1U);
    }
    const uint32_t asked_s = core->response.retry_after_s < BUSY_MAX_S ? core->response.retry_after_s : BUSY_MAX_S;
    const uint32_t asked_ms = result == OTA_ERR_BUSY ? asked_s * 1000U : 0U;
    const uint32_t backoff_ms = ota_client_backoff_ms(core, core->errors, ERROR_MS, interval_ms);
    return asked_ms + (backoff_ms > 1000U ? backoff_ms : 1000U);
}
