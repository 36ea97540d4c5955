/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "esp_http_client.h"
#include "esp_idf_version.h"
#include "esp_partition.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "ota_client.h"
#include "ota_core.h"
#include "psa/crypto.h"

/* Whether esp_http_client can use the Digital Signature peripheral. */
#if CONFIG_ESP_TLS_USE_DS_PERIPHERAL && ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 1, 2)
#define OTA_CLIENT_HAS_DS 1
#else
#define OTA_CLIENT_HAS_DS 0
#endif

/* The target of the core's `void *port`: the state of one client, allocated once. The core, which is large, comes last, so
 * that the other members are within reach of the shortest instructions. */
typedef struct {
    ota_client_config_t config;
    esp_http_client_handle_t http;
    esp_timer_handle_t guard; /* ends a wait of esp_http_client that outlasts its timeout */
    ota_response_t *response; /* of the request whose header is being received */
    uint32_t buffered;        /* bytes of a body that esp_http_client received with the header */
    const esp_partition_t *running;
    const esp_partition_t *update;
    const esp_partition_t *boot_data;
    psa_hash_operation_t hash;
    TaskHandle_t task; /* NULL while a blocking function runs */
    SemaphoreHandle_t ended;
    volatile bool stop;
    ota_core_t core;
} ota_port_t;

/* ota_port.c */
esp_err_t ota_client_port_create(const ota_client_config_t *config, ota_port_t **created);
void ota_client_port_destroy(ota_port_t *port);
bool ota_client_port_is_id(uint64_t id);
bool ota_client_port_network_up(void *context);
void ota_client_port_network_release(void *context);

#if OTA_ATTRIBUTES
/* ota_port_attributes.c */
void ota_client_port_attributes(void *context, ota_attributes_t *to);
#endif

/* ota_port_http.c */
esp_err_t ota_client_port_http_init(ota_port_t *port);
void ota_client_port_http_deinit(ota_port_t *port);
ota_result_t ota_client_port_http_open(void *context, const ota_http_request_t *request, ota_response_t *response);
int ota_client_port_http_read(void *context, void *data, size_t size, uint32_t budget_ms);
void ota_client_port_http_close(void *context);

/* ota_port_flash.c */
bool ota_client_port_flash_read(void *context, ota_slot_t slot, uint32_t offset, void *data, uint32_t size);
bool ota_client_port_flash_erase(void *context, uint32_t offset);
bool ota_client_port_flash_write(void *context, uint32_t offset, const void *data, uint32_t size);
bool ota_client_port_flash_read_raw(void *context, uint32_t offset, void *data, uint32_t size);
bool ota_client_port_flash_write_raw(void *context, uint32_t offset, const void *data, uint32_t size);

/* ota_port_boot.c */
bool ota_client_port_boot_inspect(void *context, ota_boot_info_t *info);
ota_result_t ota_client_port_boot_activate(void *context);
bool ota_client_port_boot_anchor(void *context);
bool ota_client_port_boot_confirm(void *context);
void ota_client_port_boot_revert(void *context);
void ota_client_port_boot_restart(void *context);

/* ota_port_system.c */
size_t ota_client_port_store_load(void *context, void *data, size_t size);
bool ota_client_port_store_save(void *context, const void *data, size_t size);
#if OTA_IDENTITY
size_t ota_client_port_store_load_token(void *context, void *data, size_t size);
bool ota_client_port_store_save_token(void *context, const void *data, size_t size);
bool ota_client_port_store_load_factory_token(void *context, char *token, size_t size);
#endif
bool ota_client_port_hash_start(void *context);
bool ota_client_port_hash_update(void *context, const void *data, size_t size);
bool ota_client_port_hash_finish(void *context, uint8_t hash[OTA_HASH_SIZE]);
uint32_t ota_client_port_now_ms(void *context);
bool ota_client_port_sleep(void *context, uint32_t ms);
uint32_t ota_client_port_random(void *context);
