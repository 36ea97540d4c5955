/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "esp_log.h"
#include "esp_mac.h"
#include "esp_random.h"
#include "nvs.h"
#include "ota_port.h"

static const char *TAG = "ota_client";

#define NVS_NAMESPACE "ota_client"
#define NVS_KEY "record"
#define SLEEP_STEP_MS 250U /* longest delay before ota_client_stop() is noticed */

size_t ota_client_port_store_load(void *context, void *data, size_t size)
{
    (void)context;
    nvs_handle_t nvs;
    if (nvs_open(NVS_NAMESPACE, NVS_READONLY, &nvs) != ESP_OK) {
        return 0; /* The namespace does not exist before the first save. */
    }
    const esp_err_t error = nvs_get_blob(nvs, NVS_KEY, data, &size);
    nvs_close(nvs);
    return error == ESP_OK ? size : 0U;
}

/* NVS writes the new blob before it erases the old one. */
bool ota_client_port_store_save(void *context, const void *data, size_t size)
{
    (void)context;
    nvs_handle_t nvs;
    esp_err_t error = nvs_open(NVS_NAMESPACE, NVS_READWRITE, &nvs);
    if (error == ESP_OK) {
        error = nvs_set_blob(nvs, NVS_KEY, data, size);
        if (error == ESP_OK) {
            error = nvs_commit(nvs);
        }
        nvs_close(nvs);
    }
    if (error != ESP_OK) {
        ESP_LOGE(TAG, "NVS: 0x%x", (unsigned)error);
    }
    return error == ESP_OK;
}

/* Mbed TLS 3 (ESP-IDF 5) and Mbed TLS 4 (ESP-IDF 6) both have the PSA interface. */
bool ota_client_port_hash_start(void *context)
{
    ota_port_t *port = context;
    (void)psa_hash_abort(&port->hash);
    return psa_crypto_init() == PSA_SUCCESS && psa_hash_setup(&port->hash, PSA_ALG_SHA_256) == PSA_SUCCESS;
}

bool ota_client_port_hash_update(void *context, const void *data, size_t size)
{
    ota_port_t *port = context;
    return psa_hash_update(&port->hash, data, size) == PSA_SUCCESS;
}

bool ota_client_port_hash_finish(void *context, uint8_t hash[OTA_HASH_SIZE])
{
    ota_port_t *port = context;
    size_t size = 0;
    return psa_hash_finish(&port->hash, hash, OTA_HASH_SIZE, &size) == PSA_SUCCESS && size == OTA_HASH_SIZE;
}

uint32_t ota_client_port_now_ms(void *context)
{
    (void)context;
    return (uint32_t)((uint64_t)esp_timer_get_time() / 1000U);
}

bool ota_client_port_sleep(void *context, uint32_t ms)
{
    const ota_port_t *port = context;
    const uint32_t since = ota_client_port_now_ms(context);
    uint32_t passed = 0;
    while (!port->stop && passed < ms) {
        const uint32_t left = ms - passed;
        vTaskDelay(pdMS_TO_TICKS(left < SLEEP_STEP_MS ? left : SLEEP_STEP_MS) + 1U);
        passed = ota_client_port_now_ms(context) - since;
    }
    return !port->stop;
}

uint32_t ota_client_port_random(void *context)
{
    (void)context;
    return esp_random();
}

uint64_t ota_client_device_id(void)
{
    uint8_t mac[8] = { 0 }; /* Chips with IEEE 802.15.4 may write eight bytes. */
    uint64_t id = 0;
    if (esp_efuse_mac_get_default(mac) != ESP_OK) {
        return 0;
    }
    for (size_t i = 0; i < 6U; ++i) {
        id = id << 8 | mac[i];
    }
    return id;
}
