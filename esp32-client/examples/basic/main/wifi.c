/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "esp_check.h"
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"
#include "freertos/event_groups.h"
#include "sdkconfig.h"
#include "wifi.h"

static const char *TAG = "wifi";

#define CONNECTED BIT0

static EventGroupHandle_t s_state;

static void on_wifi(void *context, esp_event_base_t base, int32_t id, void *data)
{
    if (id == WIFI_EVENT_STA_DISCONNECTED) {
        xEventGroupClearBits(s_state, CONNECTED);
    }
    if (id == WIFI_EVENT_STA_START || id == WIFI_EVENT_STA_DISCONNECTED) {
        esp_wifi_connect();
    }
}

static void on_address(void *context, esp_event_base_t base, int32_t id, void *data)
{
    xEventGroupSetBits(s_state, CONNECTED);
}

esp_err_t wifi_start(void)
{
    s_state = xEventGroupCreate();
    ESP_RETURN_ON_FALSE(s_state != NULL, ESP_ERR_NO_MEM, TAG, "no memory");
    ESP_RETURN_ON_ERROR(esp_netif_init(), TAG, "network interface");
    ESP_RETURN_ON_FALSE(esp_netif_create_default_wifi_sta() != NULL, ESP_FAIL, TAG, "station");
    const wifi_init_config_t init = WIFI_INIT_CONFIG_DEFAULT();
    ESP_RETURN_ON_ERROR(esp_wifi_init(&init), TAG, "init");
    ESP_RETURN_ON_ERROR(esp_event_handler_register(WIFI_EVENT, ESP_EVENT_ANY_ID, on_wifi, NULL), TAG, "events");
    ESP_RETURN_ON_ERROR(esp_event_handler_register(IP_EVENT, IP_EVENT_STA_GOT_IP, on_address, NULL), TAG, "events");
    wifi_config_t config = { 0 };
    strlcpy((char *)config.sta.ssid, CONFIG_EXAMPLE_WIFI_SSID, sizeof(config.sta.ssid));
    strlcpy((char *)config.sta.password, CONFIG_EXAMPLE_WIFI_PASSWORD, sizeof(config.sta.password));
    ESP_RETURN_ON_ERROR(esp_wifi_set_mode(WIFI_MODE_STA), TAG, "mode");
    ESP_RETURN_ON_ERROR(esp_wifi_set_config(WIFI_IF_STA, &config), TAG, "configuration");
    return esp_wifi_start();
}

bool wifi_wait(uint32_t timeout_ms)
{
    return (xEventGroupWaitBits(s_state, CONNECTED, pdFALSE, pdTRUE, pdMS_TO_TICKS(timeout_ms)) & CONNECTED) != 0;
}

void wifi_save_power(bool on)
{
    ESP_ERROR_CHECK_WITHOUT_ABORT(esp_wifi_set_ps(on ? WIFI_PS_MIN_MODEM : WIFI_PS_NONE));
}
