/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "esp_chip_info.h"
#include "esp_http_client.h"
#include "esp_image_format.h"
#include "esp_log.h"
#include "esp_mac.h"
#include "esp_ota_ops.h"
#include "esp_rom_crc.h"
#include "esp_timer.h"
#include "nvs.h"

#define NAME_OF(code) case code: return #code

const char *esp_err_to_name(esp_err_t code)
{
    switch (code) {
        NAME_OF(ESP_OK);
        NAME_OF(ESP_FAIL);
        NAME_OF(ESP_ERR_NO_MEM);
        NAME_OF(ESP_ERR_INVALID_ARG);
        NAME_OF(ESP_ERR_INVALID_STATE);
        NAME_OF(ESP_ERR_INVALID_SIZE);
        NAME_OF(ESP_ERR_NOT_FOUND);
        NAME_OF(ESP_ERR_NOT_SUPPORTED);
        NAME_OF(ESP_ERR_TIMEOUT);
        NAME_OF(ESP_ERR_INVALID_RESPONSE);
        NAME_OF(ESP_ERR_INVALID_VERSION);
        NAME_OF(ESP_ERR_NVS_NOT_FOUND);
        NAME_OF(ESP_ERR_NVS_INVALID_LENGTH);
        NAME_OF(ESP_ERR_NVS_NOT_ENOUGH_SPACE);
        NAME_OF(ESP_ERR_OTA_PARTITION_CONFLICT);
        NAME_OF(ESP_ERR_OTA_VALIDATE_FAILED);
        NAME_OF(ESP_ERR_OTA_ROLLBACK_FAILED);
        NAME_OF(ESP_ERR_OTA_ROLLBACK_INVALID_STATE);
        NAME_OF(ESP_ERR_IMAGE_INVALID);
        NAME_OF(ESP_ERR_HTTP_CONNECT);
        NAME_OF(ESP_ERR_HTTP_WRITE_DATA);
        NAME_OF(ESP_ERR_HTTP_FETCH_HEADER);
        NAME_OF(ESP_ERR_HTTP_INVALID_TRANSPORT);
        NAME_OF(ESP_ERR_HTTP_EAGAIN);
        NAME_OF(ESP_ERR_HTTP_REDIRECT_DOWNGRADE);
    default:
        return "UNKNOWN ERROR";
    }
}

uint32_t esp_log_timestamp(void)
{
    return (uint32_t)(esp_timer_get_time() / 1000);
}

static esp_log_level_t s_level = ESP_LOG_NONE; // none was set

void esp_log_level_set(const char *tag, esp_log_level_t level)
{
    (void)tag;
    s_level = level;
}

void shim_log(esp_log_level_t level, const char *tag, const char *format, ...)
{
    if (s_level == ESP_LOG_NONE) {
        const char *wanted = getenv("SHIM_LOG");
        s_level = wanted != NULL ? (esp_log_level_t)atoi(wanted) : ESP_LOG_WARN;
    }
    if (level > s_level) {
        return;
    }
    va_list values;
    va_start(values, format);
    flockfile(stderr);
    fprintf(stderr, "%c (%" PRIu32 ") %s: ", "NEWIDV"[level], esp_log_timestamp(), tag);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(values);
}

esp_err_t esp_efuse_mac_get_default(uint8_t *mac)
{
    static const uint8_t eui64[8] = { 0x30, 0xED, 0xA0, 0x00, 0x00, 0x2A, 0xFF, 0xFE };
    memcpy(mac, eui64, sizeof(eui64));
    return ESP_OK;
}

void esp_chip_info(esp_chip_info_t *out_info)
{
    *out_info = (esp_chip_info_t) {
        .model = CHIP_ESP32P4, .revision = 103, .cores = 2
    };
}

uint32_t esp_rom_crc32_le(uint32_t crc, uint8_t const *buf, uint32_t len)
{
    crc = ~crc;
    for (uint32_t i = 0; i < len; i++) {
        crc ^= buf[i];
        for (unsigned bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
        }
    }
    return ~crc;
}
