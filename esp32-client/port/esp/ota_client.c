/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "esp_log.h"
#include "ota_port.h"

static const char *TAG = "ota_client";

#define FIRST_CHECK_MAX_MS 60000U
#define WAIT_STEP_MS 3600000U /* pdMS_TO_TICKS() of ESP-IDF 5.1 calculates with 32 bits. */

#define SAME(PUBLIC, CORE) \
    _Static_assert(offsetof(ota_client_firmware_info_t, PUBLIC) == offsetof(ota_offer_t, CORE) \
                           && sizeof(((ota_client_firmware_info_t *)0)->PUBLIC) == sizeof(((ota_offer_t *)0)->CORE), \
            "offers")
SAME(update_available, available);
SAME(reason, reason);
SAME(firmware_id, firmware_id);
SAME(version, version);
SAME(build_number, build);
SAME(file_size, file_size);
SAME(file_hash, file_hash);
SAME(description, description);
SAME(download_url, url);
_Static_assert(sizeof(ota_client_firmware_info_t) == sizeof(ota_offer_t), "offers");

static portMUX_TYPE s_lock = portMUX_INITIALIZER_UNLOCKED;
static bool s_busy;             /* A port is in use. */
static ota_port_t *s_task_port; /* The port of the running task. */
static uint8_t s_wakers;        /* Callers that are about to notify the task, which must not end before they have. */

static esp_err_t to_esp_error(ota_result_t result)
{
    return result == OTA_OK ? ESP_OK : ESP_ERR_OTA_CLIENT_BASE + (esp_err_t)result;
}

const char *ota_client_err_to_str(esp_err_t error)
{
    const bool ours = error > ESP_ERR_OTA_CLIENT_BASE && error < ESP_ERR_OTA_CLIENT_BASE + (esp_err_t)OTA_RESULTS;
    return ours ? ota_client_result_text((ota_result_t)(error - ESP_ERR_OTA_CLIENT_BASE)) : "";
}

static void release_client(void)
{
    portENTER_CRITICAL(&s_lock);
    s_busy = false;
    portEXIT_CRITICAL(&s_lock);
}

/* Creates the port, unless the client is in use already. */
static esp_err_t acquire_port(const ota_client_config_t *config, ota_port_t **port)
{
    portENTER_CRITICAL(&s_lock);
    const bool busy = s_busy;
    s_busy = true;
    portEXIT_CRITICAL(&s_lock);
    if (busy) {
        return ESP_ERR_INVALID_STATE;
    }
    const esp_err_t error = ota_client_port_create(config, port);
    if (error != ESP_OK) {
        release_client();
    }
    return error;
}

static void release_port(ota_port_t *port)
{
    ota_client_port_destroy(port);
    release_client();
}

/* ---- The task ---- */

static bool is_being_woken(void)
{
    portENTER_CRITICAL(&s_lock);
    const bool woken = s_wakers > 0U;
    portEXIT_CRITICAL(&s_lock);
    return woken;
}

static ota_result_t cycle_and_restart(ota_port_t *port)
{
    const ota_result_t result = ota_client_core_cycle(&port->core);
    if (port->core.activated && !port->config.manual_restart) {
        ota_client_port_boot_restart(port);
    }
    return result;
}

/* Waits until the time is over or the task is woken. */
static void wait_for_next_check(uint32_t wait_ms)
{
    uint32_t step_ms;
    do {
        step_ms = wait_ms < WAIT_STEP_MS ? wait_ms : WAIT_STEP_MS;
        wait_ms -= step_ms;
    } while (ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(step_ms)) == 0U && wait_ms > 0U);
}

static void run_task(void *context)
{
    ota_port_t *port = context;
    const uint32_t tenth_ms = port->config.check_interval_s * 100U;
    const uint32_t max_ms = tenth_ms < FIRST_CHECK_MAX_MS ? tenth_ms : FIRST_CHECK_MAX_MS;
    uint32_t wait_ms = ota_client_port_random(port) % (max_ms + 1U);
    (void)ota_client_core_settle(&port->core); /* A new image is confirmed before the first check. */
    while (!port->stop) {
        wait_for_next_check(wait_ms);
        if (!port->stop) {
            const ota_result_t result = cycle_and_restart(port);
            wait_ms = ota_client_core_wait_ms(&port->core, result);
            ESP_LOGI(TAG, "%s; next check in %u s", result == OTA_OK ? "checked" : ota_client_result_text(result),
                     (unsigned)(wait_ms / 1000U));
        }
    }
    while (is_being_woken()) {
        vTaskDelay(1);
    }
    (void)xSemaphoreGive(port->ended);
    vTaskDelete(NULL);
}

esp_err_t ota_client_start(const ota_client_config_t *config)
{
    ota_port_t *port = NULL;
    const esp_err_t error = acquire_port(config, &port);
    if (error != ESP_OK) {
        return error;
    }
    port->ended = xSemaphoreCreateBinary();
    const uint32_t stack = config->task_stack_size;
    if (port->ended == NULL
            || xTaskCreate(run_task, "ota_client", stack, port, config->task_priority, &port->task) != pdPASS) {
        release_port(port);
        return ESP_ERR_NO_MEM;
    }
    portENTER_CRITICAL(&s_lock);
    s_task_port = port;
    portEXIT_CRITICAL(&s_lock);
    return ESP_OK;
}

/* Wakes the task, and tells it to stop if stop is set. Returns its port, or NULL if there is no task to wake or if the
 * task would have to wait for its own end. */
static ota_port_t *wake_task(bool stop)
{
    const TaskHandle_t caller = xTaskGetCurrentTaskHandle();
    portENTER_CRITICAL(&s_lock);
    ota_port_t *port = s_task_port != NULL && stop && s_task_port->task == caller ? NULL : s_task_port;
    if (port != NULL) {
        ++s_wakers;
        port->stop = stop;
        s_task_port = stop ? NULL : port;
    }
    portEXIT_CRITICAL(&s_lock);
    if (port != NULL) {
        xTaskNotifyGive(port->task);
        portENTER_CRITICAL(&s_lock);
        --s_wakers;
        portEXIT_CRITICAL(&s_lock);
    }
    return port;
}

esp_err_t ota_client_stop(void)
{
    ota_port_t *port = wake_task(true);
    if (port == NULL) {
        return ESP_ERR_INVALID_STATE;
    }
    (void)xSemaphoreTake(port->ended, portMAX_DELAY);
    release_port(port);
    return ESP_OK;
}

esp_err_t ota_client_check_now(void)
{
    return wake_task(false) != NULL ? ESP_OK : ESP_ERR_INVALID_STATE;
}

/* ---- The blocking functions ---- */

typedef struct {
    uint64_t firmware_id;
    ota_status_t status;
    uint32_t bytes;
    const char *message;
} report_arguments_t;

typedef ota_result_t (*step_t)(ota_port_t *port, void *argument);

static ota_result_t run_check(ota_port_t *port, void *argument)
{
    const ota_result_t result = ota_client_core_check(&port->core);
    memcpy(argument, &port->core.offer, sizeof(ota_client_firmware_info_t));
    return result;
}

static ota_result_t run_install(ota_port_t *port, void *argument)
{
    memcpy(&port->core.offer, argument, sizeof(ota_client_firmware_info_t));
    return ota_client_core_install(&port->core);
}

static ota_result_t run_report(ota_port_t *port, void *argument)
{
    const report_arguments_t *wanted = argument;
    return ota_client_core_report(&port->core, wanted->firmware_id, wanted->status, wanted->bytes, wanted->message);
}

/* Settles the last start, brings the network up and performs the step. */
static esp_err_t perform_step(const ota_client_config_t *config, step_t step, void *argument)
{
    ota_port_t *port = NULL;
    const esp_err_t error = acquire_port(config, &port);
    if (error != ESP_OK) {
        return error;
    }
    ota_result_t result = ota_client_core_settle(&port->core);
    if (result == OTA_OK) {
        result = ota_client_port_network_up(port) ? step(port, argument) : OTA_ERR_NETWORK;
        ota_client_port_network_release(port);
    }
    release_port(port);
    return to_esp_error(result);
}

esp_err_t ota_client_check_for_updates(const ota_client_config_t *config, ota_client_firmware_info_t *info)
{
    if (info == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    memset(info, 0, sizeof(*info));
    return perform_step(config, run_check, info);
}

static bool is_terminated_within(const char *text, size_t size)
{
    return text[0] != '\0' && memchr(text, '\0', size) != NULL;
}

esp_err_t ota_client_download_and_install(const ota_client_config_t *config, const ota_client_firmware_info_t *info)
{
    if (info == NULL || !info->update_available || !ota_client_port_is_id(info->firmware_id) || info->file_size == 0U
            || !is_terminated_within(info->version, sizeof info->version)
            || !is_terminated_within(info->download_url, sizeof info->download_url)) {
        return ESP_ERR_INVALID_ARG;
    }
    return perform_step(config, run_install, (void *)(uintptr_t)info);
}

esp_err_t ota_client_report_status(const ota_client_config_t *config, uint64_t firmware_id, const char *status,
                                   uint32_t bytes_downloaded, const char *error_message)
{
    report_arguments_t wanted = {
        .firmware_id = firmware_id,
        .status = ota_client_status_of(status != NULL ? status : ""),
        .bytes = bytes_downloaded,
        .message = error_message != NULL ? error_message : "",
    };
    if (!ota_client_port_is_id(firmware_id) || wanted.status == OTA_STATUSES) {
        return ESP_ERR_INVALID_ARG;
    }
    return perform_step(config, run_report, &wanted);
}

esp_err_t ota_client_check_and_update(const ota_client_config_t *config)
{
    ota_port_t *port = NULL;
    const esp_err_t error = acquire_port(config, &port);
    if (error != ESP_OK) {
        return error;
    }
    const ota_result_t result = cycle_and_restart(port);
    release_port(port);
    return to_esp_error(result);
}
