/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdlib.h>
#include <string.h>
#include "esp_log.h"
#include "esp_mac.h"
#include "ota_port.h"
#include "ota_text.h"

static const char *TAG = "ota_client";

#define DEVICE_ID_MOST    9007199254740991U /* 2^53-1 */
#define INTERVAL_MOST_S   2592000U
#define FIRST_CHECK_MOST_MS 60000U
#define POST_WAIT_MS      100U

ESP_EVENT_DEFINE_BASE(OTA_CLIENT_EVENT);

_Static_assert(ESP_ERR_OTA_CLIENT_NETWORK - ESP_ERR_OTA_CLIENT_BASE == (int)OTA_ERR_NETWORK, "public and core results differ");
_Static_assert(ESP_ERR_OTA_CLIENT_HASH - ESP_ERR_OTA_CLIENT_BASE == (int)OTA_ERR_HASH, "public and core results differ");
_Static_assert(ESP_ERR_OTA_CLIENT_STOPPED - ESP_ERR_OTA_CLIENT_BASE == (int)OTA_ERR_STOPPED, "public and core results differ");
_Static_assert((int)OTA_CLIENT_EVENT_WARNING == (int)OTA_EVENT_WARNING, "public and core events differ");
_Static_assert((int)OTA_DIAGNOSTICS_PENDING == (int)OTA_VERDICT_PENDING, "public and core verdicts differ");
_Static_assert(sizeof(ota_firmware_info_t) <= OTA_SECTOR, "the offer for may_update is made in the work buffer");
_Static_assert(sizeof(((ota_firmware_info_t *)0)->download_url) == OTA_OFFER_URL_SIZE, "public and core URLs differ");

static portMUX_TYPE s_lock = portMUX_INITIALIZER_UNLOCKED;
static bool s_busy;        /* a port is in use */
static ota_port_t *s_task; /* the one of the running task */
static uint8_t s_wakers;   /* functions that are about to notify it: it must not end before they have */

static esp_err_t to_error(ota_result_t result)
{
    return result == OTA_OK ? ESP_OK : ESP_ERR_OTA_CLIENT_BASE + (esp_err_t)result;
}

const char *ota_client_err_to_str(esp_err_t error)
{
    const bool ours = error > ESP_ERR_OTA_CLIENT_BASE && error < ESP_ERR_OTA_CLIENT_BASE + (esp_err_t)OTA_RESULTS;
    return ours ? ota_result_text((ota_result_t)(error - ESP_ERR_OTA_CLIENT_BASE)) : "";
}

uint64_t ota_client_device_id(void)
{
    uint8_t mac[8] = { 0 }; /* chips with IEEE 802.15.4 may write eight bytes */
    uint64_t id = 0;
    if (esp_efuse_mac_get_default(mac) != ESP_OK) {
        return 0;
    }
    for (size_t i = 0; i < 6U; ++i) {
        id = id << 8 | mac[i];
    }
    return id;
}

/* ---- The application's side of the core's table ---- */

static void post_event(void *context, const ota_event_t *event)
{
    (void)context;
    ota_client_event_data_t data = {
        .reason = to_error(event->reason),
        .firmware_id = event->firmware_id,
        .bytes = event->bytes,
        .total = event->total,
    };
    ota_copy(data.version, sizeof data.version, event->version);
    ota_copy(data.message, sizeof data.message, event->message);
    const bool bad = event->id == OTA_EVENT_FAILED || event->id == OTA_EVENT_WARNING || event->id == OTA_EVENT_ROLLED_BACK;
    if (bad) {
        ESP_LOGW(TAG, "%s %s", data.version, data.message);
    }
    (void)esp_event_post(OTA_CLIENT_EVENT, (int32_t)event->id, &data, sizeof data, pdMS_TO_TICKS(POST_WAIT_MS));
}

static bool network_up(void *context)
{
    const ota_port_t *port = context;
    return port->config.network_up == NULL || port->config.network_up(port->config.user) == ESP_OK;
}

static void network_release(void *context)
{
    const ota_port_t *port = context;
    if (port->config.network_release != NULL) {
        port->config.network_release(port->config.user);
    }
}

static ota_verdict_t diagnostics(void *context)
{
    const ota_port_t *port = context;
    return (ota_verdict_t)port->config.diagnostics(port->config.user);
}

static void to_info(const ota_offer_t *offer, ota_firmware_info_t *info)
{
    memset(info, 0, sizeof * info);
    info->update_available = offer->available;
    info->firmware_id = offer->firmware_id;
    info->build_number = offer->build;
    info->file_size = offer->file_size;
    memcpy(info->file_hash, offer->file_hash, sizeof info->file_hash);
    ota_copy(info->reason, sizeof info->reason, offer->reason);
    ota_copy(info->version, sizeof info->version, offer->version);
    ota_copy(info->description, sizeof info->description, offer->description);
    ota_copy(info->download_url, sizeof info->download_url, offer->url);
}

static bool from_info(const ota_firmware_info_t *info, ota_offer_t *offer)
{
    if (info == NULL || !info->update_available || info->firmware_id == 0U || info->firmware_id > DEVICE_ID_MOST || info->file_size == 0U) {
        return false;
    }
    offer->available = true;
    offer->firmware_id = info->firmware_id;
    offer->build = info->build_number;
    offer->file_size = info->file_size;
    memcpy(offer->file_hash, info->file_hash, sizeof offer->file_hash);
    ota_copy(offer->version, sizeof offer->version, info->version);
    ota_copy(offer->url, sizeof offer->url, info->download_url);
    return offer->version[0] != '\0' && offer->url[0] != '\0';
}

static bool may_update(void *context, const ota_offer_t *offer)
{
    ota_port_t *port = context;
    if (port->config.may_update == NULL) {
        return true;
    }
    /* Between two requests the work buffer is free, and the stack is short. */
    ota_firmware_info_t *info = (ota_firmware_info_t *)(void *)port->core.work;
    to_info(offer, info);
    return port->config.may_update(info, port->config.user);
}

#define TABLE(DIAGNOSTICS) { \
    .http = { ota_port_http_open, ota_port_http_read, ota_port_http_close }, \
    .flash = { ota_port_flash_read, ota_port_flash_erase, ota_port_flash_write, ota_port_flash_read_raw, ota_port_flash_write_raw }, \
    .boot = { ota_port_boot_inspect, ota_port_boot_activate, ota_port_boot_anchor, ota_port_boot_confirm, ota_port_boot_revert, ota_port_boot_restart }, \
    .store = { ota_port_store_load, ota_port_store_save }, \
    .hash = { ota_port_hash_start, ota_port_hash_update, ota_port_hash_finish }, \
    .host = { ota_port_now_ms, ota_port_sleep, ota_port_random, post_event, network_up, network_release, may_update, DIAGNOSTICS }, \
}

static const ota_ops_t s_ops = TABLE(NULL);
static const ota_ops_t s_ops_with_diagnostics = TABLE(diagnostics);

/* ---- One port: allocated at the start, freed at the end ---- */

static bool is_word(const char *word, size_t most)
{
    const size_t length = word != NULL ? strlen(word) : 0U;
    return length >= 1U && length <= most;
}

static const char *fault_of(const ota_config_t *config)
{
    if (config->server_url == NULL || (strncmp(config->server_url, "https://", 8) != 0 && strncmp(config->server_url, "http://", 7) != 0)) {
        return "server_url";
    }
    if (!is_word(config->device_type, 50)) {
        return "device_type";
    }
    if (config->current_version != NULL && !is_word(config->current_version, OTA_VERSION_SIZE - 1U)) {
        return "current_version";
    }
    if (config->device_id > DEVICE_ID_MOST || (config->device_id == 0U && ota_client_device_id() == 0U)) {
        return "device_id";
    }
    if (config->network_timeout_ms == 0U || config->network_timeout_ms > 60000U || config->stall_timeout_s == 0U || config->stall_timeout_s > 3600U
            || config->total_timeout_s == 0U || config->total_timeout_s > 604800U || config->diagnostics_timeout_s > 604800U || config->max_retries > 20U) {
        return "a timeout or max_retries";
    }
    return config->check_interval_s == 0U || config->check_interval_s > INTERVAL_MOST_S ? "check_interval_s" : NULL;
}

static void destroy(ota_port_t *port)
{
    if (port->ended != NULL) {
        vSemaphoreDelete(port->ended);
    }
    ota_port_http_deinit(port);
    free(port);
}

static esp_err_t create(const ota_config_t *config, ota_port_t **created)
{
    const char *fault = config == NULL ? "config" : fault_of(config);
    if (fault != NULL) {
        ESP_LOGE(TAG, "%s is missing or out of range", fault);
        return ESP_ERR_INVALID_ARG;
    }
    ota_port_t *port = calloc(1, sizeof * port);
    if (port == NULL) {
        return ESP_ERR_NO_MEM;
    }
    port->config = *config;
    const ota_settings_t settings = {
        .device_id = config->device_id != 0U ? config->device_id : ota_client_device_id(),
        .server_url = config->server_url,
        .device_type = config->device_type,
        .version = config->current_version,
        .project = config->project_name,
        .token = config->access_token,
        .build = config->current_build,
        .interval_s = config->check_interval_s,
        .stall_ms = config->stall_timeout_s * 1000U,
        .total_ms = config->total_timeout_s * 1000U,
        .diagnostics_ms = config->diagnostics_timeout_s * 1000U,
        .retries = config->max_retries,
    };
    esp_err_t error = ota_port_http_init(port);
    const ota_ops_t *ops = config->diagnostics != NULL ? &s_ops_with_diagnostics : &s_ops;
    if (error == ESP_OK && ota_core_init(&port->core, ops, port, &settings) != OTA_OK) {
        ESP_LOGE(TAG, "the partition table needs two OTA slots and otadata");
        error = ESP_ERR_NOT_SUPPORTED;
    }
    if (error != ESP_OK) {
        destroy(port);
        return error;
    }
    *created = port;
    return ESP_OK;
}

static bool take(void)
{
    portENTER_CRITICAL(&s_lock);
    const bool taken = !s_busy;
    s_busy = true;
    portEXIT_CRITICAL(&s_lock);
    return taken;
}

static void give(void)
{
    portENTER_CRITICAL(&s_lock);
    s_busy = false;
    portEXIT_CRITICAL(&s_lock);
}

/* ---- The task ---- */

static bool is_being_woken(void)
{
    portENTER_CRITICAL(&s_lock);
    const bool woken = s_wakers > 0U;
    portEXIT_CRITICAL(&s_lock);
    return woken;
}

static void run(void *context)
{
    ota_port_t *port = context;
    uint32_t wait_ms = port->config.check_interval_s * 100U;
    wait_ms = ota_port_random(port) % ((wait_ms < FIRST_CHECK_MOST_MS ? wait_ms : FIRST_CHECK_MOST_MS) + 1U);
    ota_result_t result = ota_core_settle(&port->core);
    while (!port->stop) {
        if (result != OTA_ERR_STOPPED) {
            (void)ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(wait_ms));
        }
        if (port->stop) {
            break;
        }
        result = ota_core_cycle(&port->core);
        if (port->core.activated && !port->config.manual_restart) {
            ota_port_boot_restart(port);
        }
        wait_ms = ota_core_wait_ms(&port->core, result);
        ESP_LOGI(TAG, "%s; next check in %u s", result == OTA_OK ? "checked" : ota_result_text(result), (unsigned)(wait_ms / 1000U));
    }
    while (is_being_woken()) {
        vTaskDelay(1);
    }
    (void)xSemaphoreGive(port->ended);
    vTaskDelete(NULL);
}

esp_err_t ota_client_start(const ota_config_t *config)
{
    if (!take()) {
        return ESP_ERR_INVALID_STATE;
    }
    ota_port_t *port = NULL;
    esp_err_t error = create(config, &port);
    if (error == ESP_OK) {
        port->ended = xSemaphoreCreateBinary();
        s_task = port;
        if (port->ended == NULL || xTaskCreate(run, "ota_client", config->task_stack_size, port, config->task_priority, &port->task) != pdPASS) {
            s_task = NULL;
            destroy(port);
            error = ESP_ERR_NO_MEM;
        }
    }
    if (error != ESP_OK) {
        give();
    }
    return error;
}

/* The port of the task that was woken, NULL if there is none. */
static ota_port_t *wake(bool stop)
{
    portENTER_CRITICAL(&s_lock);
    ota_port_t *port = s_task;
    if (port != NULL) {
        ++s_wakers;
        port->stop = stop;
        s_task = stop ? NULL : port;
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
    ota_port_t *port = wake(true);
    if (port == NULL) {
        return ESP_ERR_INVALID_STATE;
    }
    (void)xSemaphoreTake(port->ended, portMAX_DELAY);
    destroy(port);
    give();
    return ESP_OK;
}

esp_err_t ota_client_check_now(void)
{
    return wake(false) != NULL ? ESP_OK : ESP_ERR_INVALID_STATE;
}

/* ---- The blocking functions ---- */

static esp_err_t begin(const ota_config_t *config, ota_port_t **port)
{
    if (!take()) {
        return ESP_ERR_INVALID_STATE;
    }
    const esp_err_t error = create(config, port);
    if (error != ESP_OK) {
        give();
    }
    return error;
}

/* Everything but a cycle, which does this itself: the last start is settled first, and the network is up. */
static ota_result_t bring_up(ota_port_t *port)
{
    const ota_result_t result = ota_core_settle(&port->core);
    return result != OTA_OK ? result : network_up(port) ? OTA_OK : OTA_ERR_NETWORK;
}

static void end(ota_port_t *port)
{
    ota_port_http_close(port);
    network_release(port);
    destroy(port);
    give();
}

esp_err_t ota_check_for_updates(const ota_config_t *config, ota_firmware_info_t *info)
{
    ota_port_t *port = NULL;
    const esp_err_t error = info == NULL ? ESP_ERR_INVALID_ARG : begin(config, &port);
    if (error != ESP_OK) {
        return error;
    }
    ota_result_t result = bring_up(port);
    if (result == OTA_OK) {
        result = ota_core_check(&port->core);
    }
    to_info(&port->core.offer, info);
    end(port);
    return to_error(result);
}

esp_err_t ota_download_and_install(const ota_config_t *config, const ota_firmware_info_t *info)
{
    ota_port_t *port = NULL;
    const esp_err_t error = begin(config, &port);
    if (error != ESP_OK) {
        return error;
    }
    ota_result_t result = bring_up(port);
    const bool valid = from_info(info, &port->core.offer);
    if (result == OTA_OK && valid) {
        result = ota_core_install(&port->core);
    }
    end(port);
    return valid ? to_error(result) : ESP_ERR_INVALID_ARG;
}

static ota_status_t to_status(const char *name)
{
    static const char *const names[OTA_STATUSES] = { "pending", "downloading", "installing", "success", "failed" };
    ota_status_t status = OTA_STATUS_PENDING;
    while (status < OTA_STATUSES && (name == NULL || strcmp(name, names[status]) != 0)) {
        ++status;
    }
    return status;
}

esp_err_t ota_report_status(const ota_config_t *config, uint64_t firmware_id, const char *status, uint32_t bytes_downloaded,
                            const char *error_message)
{
    ota_port_t *port = NULL;
    const ota_status_t known = to_status(status);
    const bool valid = known < OTA_STATUSES && firmware_id > 0U && firmware_id <= DEVICE_ID_MOST;
    const esp_err_t error = valid ? begin(config, &port) : ESP_ERR_INVALID_ARG;
    if (error != ESP_OK) {
        return error;
    }
    ota_result_t result = bring_up(port);
    if (result == OTA_OK || result == OTA_ERR_NETWORK) {
        result = ota_core_report(&port->core, firmware_id, known, bytes_downloaded, error_message != NULL ? error_message : "");
    }
    end(port);
    return to_error(result);
}

esp_err_t ota_check_and_update(const ota_config_t *config)
{
    ota_port_t *port = NULL;
    const esp_err_t error = begin(config, &port);
    if (error != ESP_OK) {
        return error;
    }
    const ota_result_t result = ota_core_cycle(&port->core);
    if (port->core.activated && !config->manual_restart) {
        ota_port_boot_restart(port);
    }
    destroy(port);
    give();
    return to_error(result);
}
