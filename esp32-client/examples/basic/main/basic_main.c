/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <inttypes.h>
#include "esp_app_desc.h"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_system.h"
#include "nvs_flash.h"
#include "ota_client.h"
#include "wifi.h"

static const char *TAG = "basic";

/* Waits for the network before a cycle and turns Wi-Fi power saving off for its duration. */
static esp_err_t network_up(void *user)
{
    wifi_save_power(false);
    return wifi_wait(30000) ? ESP_OK : ESP_ERR_TIMEOUT;
}

static void network_release(void *user)
{
    wifi_save_power(true);
}

/* A product checks its battery, the consent of its user or the time of day here. */
static bool may_update(const ota_client_firmware_info_t *offer, void *user)
{
    ESP_LOGI(TAG, "offered %s: %s", offer->version, offer->description);
    return true;
}

/* Called every second while a new image is on trial. A product checks its sensors, its storage and its connections
 * here. */
static ota_client_diagnostics_t diagnostics(void *user)
{
    return wifi_wait(0) ? OTA_CLIENT_DIAGNOSTICS_PASSED : OTA_CLIENT_DIAGNOSTICS_PENDING;
}

/* Sent with each check. An operator can list devices by them and select those for a rollout. */
static void attributes(ota_client_attributes_t *to, void *user)
{
    ota_client_attr_string(to, "hw_revision", CONFIG_EXAMPLE_HW_REVISION);
    ota_client_attr_number(to, "free_heap", esp_get_free_heap_size());
}

static void on_event(void *context, esp_event_base_t base, int32_t id, void *event_data)
{
    const ota_client_event_data_t *data = event_data;
    switch (id) {
    case OTA_CLIENT_EVENT_PROGRESS:
        ESP_LOGD(TAG, "%" PRIu32 " of %" PRIu32 " bytes", data->bytes, data->total);
        break;
    case OTA_CLIENT_EVENT_CONFIRMED:
        ESP_LOGI(TAG, "%s stays", data->version);
        break;
    case OTA_CLIENT_EVENT_ROLLED_BACK:
    case OTA_CLIENT_EVENT_FAILED:
    case OTA_CLIENT_EVENT_WARNING:
        ESP_LOGW(TAG, "%s %s", data->version, data->message);
        break;
    default:
        break;
    }
}

static void start_nvs(void)
{
    esp_err_t error = nvs_flash_init();
    if (error == ESP_ERR_NVS_NO_FREE_PAGES || error == ESP_ERR_NVS_NEW_VERSION_FOUND) {
        ESP_ERROR_CHECK(nvs_flash_erase());
        error = nvs_flash_init();
    }
    ESP_ERROR_CHECK(error);
}

void app_main(void)
{
    ESP_LOGI(TAG, "%s %s", esp_app_get_description()->project_name, esp_app_get_description()->version);
    start_nvs();
    ESP_ERROR_CHECK(esp_event_loop_create_default());
    ESP_ERROR_CHECK(esp_event_handler_register(OTA_CLIENT_EVENT, ESP_EVENT_ANY_ID, on_event, NULL));
    ESP_ERROR_CHECK(wifi_start());

    ota_client_config_t config = OTA_CLIENT_CONFIG_DEFAULT();
    config.network_up = network_up;
    config.network_release = network_release;
    config.may_update = may_update;
    config.diagnostics = diagnostics;
    config.attributes = attributes;
    ESP_ERROR_CHECK(ota_client_start(&config));
}
