/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

// What menuconfig writes for the simulated device: an ESP32-P4 with the bootloader's roll-back.
#define CONFIG_IDF_TARGET "esp32p4"
#define CONFIG_IDF_TARGET_ESP32P4 1
#define CONFIG_IDF_FIRMWARE_CHIP_ID 0x0012
#define CONFIG_FREERTOS_HZ 100
#define CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE 1
#define CONFIG_ESP_HTTP_CLIENT_ENABLE_HTTPS 1
#define CONFIG_ESP_TLS_CLIENT_SESSION_TICKETS 1
#define CONFIG_MBEDTLS_CERTIFICATE_BUNDLE 1

// Of the component's own menu, with waits that suit a peer on the same machine.
#define CONFIG_OTA_SERVER_URL "http://127.0.0.1:8000"
#define CONFIG_OTA_DEVICE_TYPE "my_device"
#define CONFIG_OTA_CHECK_INTERVAL_SEC 3600
#define CONFIG_OTA_NETWORK_TIMEOUT_MS 5000
#define CONFIG_OTA_STALL_TIMEOUT_SEC 10
#define CONFIG_OTA_TOTAL_TIMEOUT_SEC 60
#define CONFIG_OTA_DIAGNOSTICS_TIMEOUT_SEC 10
#define CONFIG_OTA_MAX_RETRIES 5
#define CONFIG_OTA_TASK_STACK_SIZE 8192
#define CONFIG_OTA_TASK_PRIORITY 4
