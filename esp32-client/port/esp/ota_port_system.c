/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "esp_log.h"
#include "esp_mac.h"
#include "esp_random.h"
#include "nvs.h"
#include "ota_port.h"
#if OTA_IDENTITY
#include "nvs_flash.h"
#endif

static const char *TAG = "ota_client";

#define STATE "ota_client" /* The namespace of the record, which can be erased at any time. */
#define RECORD "record"
#define SLEEP_STEP_MS 250U /* longest delay before ota_client_stop() is noticed */

static size_t load_blob(const char *name, const char *key, void *data, size_t size)
{
    nvs_handle_t nvs;
    if (nvs_open(name, NVS_READONLY, &nvs) != ESP_OK) {
        return 0; /* The namespace does not exist before the first save. */
    }
    const esp_err_t error = nvs_get_blob(nvs, key, data, &size);
    nvs_close(nvs);
    return error == ESP_OK ? size : 0U;
}

/* NVS writes the new blob before it erases the old one. */
static bool save_blob(const char *name, const char *key, const void *data, size_t size)
{
    nvs_handle_t nvs;
    esp_err_t error = nvs_open(name, NVS_READWRITE, &nvs);
    if (error == ESP_OK) {
        error = nvs_set_blob(nvs, key, data, size);
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

size_t ota_client_port_store_load(void *context, void *data, size_t size)
{
    (void)context;
    return load_blob(STATE, RECORD, data, size);
}

bool ota_client_port_store_save(void *context, const void *data, size_t size)
{
    (void)context;
    return save_blob(STATE, RECORD, data, size);
}

#if OTA_IDENTITY
#define IDENTITY "ota_client_id" /* The namespace of the token, in NVS and in the factory partition. */
#define TOKEN "token"

/* A certificate goes before every token, also one of an earlier image. */
static bool has_certificate(const ota_port_t *port)
{
    return port->config.client_cert_pem != NULL;
}

size_t ota_client_port_store_load_token(void *context, void *data, size_t size)
{
    return has_certificate(context) ? 0U : load_blob(IDENTITY, TOKEN, data, size);
}

bool ota_client_port_store_save_token(void *context, const void *data, size_t size)
{
    (void)context;
    return save_blob(IDENTITY, TOKEN, data, size);
}

/* An application that encrypts the partition initializes it before; it is then left as it is. */
bool ota_client_port_store_load_factory_token(void *context, char *token, size_t size)
{
    const ota_port_t *port = context;
    const char *partition = port->config.factory_partition;
    nvs_handle_t nvs;
    if (partition == NULL || partition[0] == '\0' || has_certificate(port)) {
        return false;
    }
    esp_err_t error = nvs_flash_init_partition(partition);
    if (error == ESP_OK) {
        error = nvs_open_from_partition(partition, IDENTITY, NVS_READONLY, &nvs);
    }
    if (error == ESP_OK) {
        error = nvs_get_str(nvs, TOKEN, token, &size);
        nvs_close(nvs);
    }
    if (error != ESP_OK) {
        ESP_LOGE(TAG, "no token in the partition %s: 0x%x", partition, (unsigned)error);
    }
    return error == ESP_OK;
}
#endif

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
