/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <inttypes.h>
#include <stdint.h>

typedef enum {
    ESP_LOG_NONE,
    ESP_LOG_ERROR,
    ESP_LOG_WARN,
    ESP_LOG_INFO,
    ESP_LOG_DEBUG,
    ESP_LOG_VERBOSE,
} esp_log_level_t;

/** Milliseconds since the device was switched on. */
uint32_t esp_log_timestamp(void);
/** For all tags at once ("*" is the only tag that the host knows). */
void esp_log_level_set(const char *tag, esp_log_level_t level);
/** One line on stderr. */
void shim_log(esp_log_level_t level, const char *tag, const char *format, ...) __attribute__((format(printf, 3, 4)));

// The empty string before the format refuses, as ESP-IDF does, a format that is no literal.
#define ESP_LOGE(tag, format, ...) shim_log(ESP_LOG_ERROR, tag, "" format, ##__VA_ARGS__)
#define ESP_LOGW(tag, format, ...) shim_log(ESP_LOG_WARN, tag, "" format, ##__VA_ARGS__)
#define ESP_LOGI(tag, format, ...) shim_log(ESP_LOG_INFO, tag, "" format, ##__VA_ARGS__)
#define ESP_LOGD(tag, format, ...) shim_log(ESP_LOG_DEBUG, tag, "" format, ##__VA_ARGS__)
#define ESP_LOGV(tag, format, ...) shim_log(ESP_LOG_VERBOSE, tag, "" format, ##__VA_ARGS__)
#define ESP_LOG_LEVEL(level, tag, format, ...) shim_log(level, tag, "" format, ##__VA_ARGS__)
