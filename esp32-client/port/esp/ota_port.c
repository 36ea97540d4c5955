/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdlib.h>
#include <string.h>
#include "esp_log.h"
#include "ota_identity.h"
#include "ota_internal.h"
#include "ota_port.h"

static const char *TAG = "ota_client";

ESP_EVENT_DEFINE_BASE(OTA_CLIENT_EVENT);

#define INTERVAL_MAX_S 2592000U
#define TIMEOUT_MAX_S 604800U
#define POST_WAIT_MS 100U
#define LAST_POST_WAIT_MS 2000U

_Static_assert(ESP_ERR_OTA_CLIENT_NETWORK - ESP_ERR_OTA_CLIENT_BASE == (int)OTA_ERR_NETWORK, "results");
_Static_assert(ESP_ERR_OTA_CLIENT_HASH - ESP_ERR_OTA_CLIENT_BASE == (int)OTA_ERR_HASH, "results");
_Static_assert(ESP_ERR_OTA_CLIENT_STOPPED - ESP_ERR_OTA_CLIENT_BASE == (int)OTA_ERR_STOPPED, "results");
_Static_assert((int)OTA_CLIENT_EVENT_ENROLLMENT == (int)OTA_EVENT_ENROLLMENT, "events");
#if OTA_IDENTITY
_Static_assert(ESP_ERR_OTA_CLIENT_ENROLL_REFUSED - ESP_ERR_OTA_CLIENT_BASE == (int)OTA_ERR_ENROLL_REFUSED, "results");
#endif
_Static_assert((int)OTA_CLIENT_DIAGNOSTICS_PENDING == (int)OTA_VERDICT_PENDING, "verdicts");

static void post_event(void *context, const ota_event_t *event)
{
    (void)context;
    ota_client_event_data_t data = {
        .reason = event->reason == OTA_OK ? ESP_OK : ESP_ERR_OTA_CLIENT_BASE + (esp_err_t)event->reason,
        .firmware_id = event->firmware_id,
        .bytes = event->bytes,
        .total = event->total,
    };
    ota_client_copy(data.version, sizeof data.version, event->version);
    ota_client_copy(data.message, sizeof data.message, event->message);
    if (data.message[0] != '\0') {
        ESP_LOGW(TAG, "%s %s", data.version, data.message);
    }
    const uint32_t wait_ms = event->id == OTA_EVENT_CYCLE_ENDED ? LAST_POST_WAIT_MS : POST_WAIT_MS;
    (void)esp_event_post(OTA_CLIENT_EVENT, (int32_t)event->id, &data, sizeof data, pdMS_TO_TICKS(wait_ms));
}

bool ota_client_port_network_up(void *context)
{
    const ota_port_t *port = context;
    return port->config.network_up == NULL || port->config.network_up(port->config.user) == ESP_OK;
}

void ota_client_port_network_release(void *context)
{
    const ota_port_t *port = context;
    if (port->config.network_release != NULL) {
        port->config.network_release(port->config.user);
    }
}

static ota_verdict_t ask_diagnostics(void *context)
{
    const ota_port_t *port = context;
    return (ota_verdict_t)port->config.diagnostics(port->config.user);
}

/* The work buffer is free between two requests. Using it for the offer saves stack. */
static bool ask_may_update(void *context, const ota_offer_t *offer)
{
    ota_port_t *port = context;
    if (port->config.may_update == NULL) {
        return true;
    }
    ota_client_firmware_info_t *info = (ota_client_firmware_info_t *)(void *)port->core.work;
    memcpy(info, offer, sizeof(*info));
    return port->config.may_update(info, port->config.user);
}

#define OP(NAME) ota_client_port_##NAME
#if OTA_IDENTITY
#define STORE_OPS \
    { OP(store_load), OP(store_save), OP(store_load_token), OP(store_save_token), OP(store_load_factory_token) }
#else
#define STORE_OPS { OP(store_load), OP(store_save) }
#endif
#if OTA_ATTRIBUTES
#define ATTRIBUTES_OP OP(attributes)
#else
#define ATTRIBUTES_OP
#endif
#define OPS_TABLE(DIAGNOSTICS) \
    { \
        .http = { OP(http_open), OP(http_read), OP(http_close) }, \
        .flash = { OP(flash_read), OP(flash_erase), OP(flash_write), OP(flash_read_raw), \
            OP(flash_write_raw) }, \
        .boot = { OP(boot_inspect), OP(boot_activate), OP(boot_anchor), OP(boot_confirm), OP(boot_revert), \
            OP(boot_restart) }, \
        .store = STORE_OPS, \
        .hash = { OP(hash_start), OP(hash_update), OP(hash_finish) }, \
        .host = { OP(now_ms), OP(sleep), OP(random), post_event, OP(network_up), OP(network_release), \
            ask_may_update, DIAGNOSTICS, ATTRIBUTES_OP }, \
    }

static const ota_ops_t s_ops = OPS_TABLE(NULL);
static const ota_ops_t s_ops_with_diagnostics = OPS_TABLE(ask_diagnostics);

bool ota_client_port_is_id(uint64_t id)
{
    return id - 1U < OTA_ID_MAX;
}

static bool is_text_within(const char *word, size_t max)
{
    const size_t length = word != NULL ? strlen(word) : 0U;
    return length >= 1U && length <= max;
}

static bool is_within(uint32_t value, uint32_t max)
{
    return value - 1U < max;
}

#if OTA_IDENTITY
/* A certificate is an identity already: the device then needs no token. */
static const char *enroll_key_of(const ota_client_config_t *config)
{
    const bool set = config->enroll_key != NULL && config->enroll_key[0] != '\0';
    return set && config->client_cert_pem == NULL ? config->enroll_key : NULL;
}

static const char *find_identity_error(const ota_client_config_t *config)
{
    const char *key = enroll_key_of(config);
    if (key != NULL && !ota_client_is_token(key)) {
        return "enroll_key (at most 127 characters of a bearer token)";
    }
    const bool has_key = config->client_key_pem != NULL || (OTA_CLIENT_HAS_DS && config->ds_data != NULL);
    return (config->client_cert_pem != NULL) == has_key ? NULL : "client_cert_pem, or client_key_pem or ds_data,";
}
#else
static const char *find_identity_error(const ota_client_config_t *config)
{
    (void)config;
    return NULL;
}
#endif

static const char *find_config_error(const ota_client_config_t *config)
{
    const char *url = config->server_url != NULL ? config->server_url : "";
    if (!ota_client_url_is_base(url)) {
        return "server_url (http:// or https://, a host, no user, no query)";
    }
    if (!is_text_within(config->device_type, 50)) {
        return "device_type";
    }
    if (config->current_version != NULL && !is_text_within(config->current_version, OTA_VERSION_SIZE - 1U)) {
        return "current_version";
    }
    const bool limited = is_within(config->network_timeout_ms, 60000) && is_within(config->stall_timeout_s, 3600)
                         && is_within(config->total_timeout_s, TIMEOUT_MAX_S)
                         && is_within(config->diagnostics_timeout_s, TIMEOUT_MAX_S)
                         && is_within(config->check_interval_s, INTERVAL_MAX_S) && config->max_retries <= 20U;
    return limited ? find_identity_error(config) : "a time or max_retries";
}

void ota_client_port_destroy(ota_port_t *port)
{
    if (port->ended != NULL) {
        vSemaphoreDelete(port->ended);
    }
    ota_client_port_http_deinit(port);
    free(port);
}

static esp_err_t init_port(ota_port_t *port)
{
    const ota_client_config_t *config = &port->config;
    const ota_settings_t settings = {
        .device_id = config->device_id != 0U ? config->device_id : ota_client_device_id(),
        .server_url = config->server_url,
        .device_type = config->device_type,
        .version = config->current_version,
        .project = config->project_name,
        .token = config->access_token,
#if OTA_IDENTITY
        .enroll_key = enroll_key_of(config),
#endif
        .build = config->current_build,
        .interval_s = config->check_interval_s,
        .stall_ms = config->stall_timeout_s * 1000U,
        .total_ms = config->total_timeout_s * 1000U,
        .diagnostics_ms = config->diagnostics_timeout_s * 1000U,
        .retries = config->max_retries,
    };
    if (!ota_client_port_is_id(settings.device_id)) {
        ESP_LOGE(TAG, "device_id is missing or out of range");
        return ESP_ERR_INVALID_ARG;
    }
    const ota_ops_t *ops = config->diagnostics != NULL ? &s_ops_with_diagnostics : &s_ops;
    if (ota_client_core_init(&port->core, ops, port, &settings) != OTA_OK) {
        ESP_LOGE(TAG, "the partition table needs two OTA slots (ota_0 and ota_1) and otadata");
        return ESP_ERR_NOT_SUPPORTED;
    }
    return ota_client_port_http_init(port);
}

/* Makes the only allocation apart from those of the HTTP client. */
esp_err_t ota_client_port_create(const ota_client_config_t *config, ota_port_t **created)
{
    const char *invalid = config == NULL ? "config" : find_config_error(config);
    if (invalid != NULL) {
        ESP_LOGE(TAG, "%s is missing or out of range", invalid);
        return ESP_ERR_INVALID_ARG;
    }
    ota_port_t *port = calloc(1, sizeof(*port));
    if (port == NULL) {
        return ESP_ERR_NO_MEM;
    }
    port->config = *config;
    const esp_err_t error = init_port(port);
    if (error != ESP_OK) {
        ota_client_port_destroy(port);
        return error;
    }
    *created = port;
    return ESP_OK;
}
