/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "esp_err.h"

/** Microseconds since the device was switched on. */
int64_t esp_timer_get_time(void);

typedef struct esp_timer *esp_timer_handle_t;
typedef void (*esp_timer_cb_t)(void *arg);

typedef enum {
    ESP_TIMER_TASK,
} esp_timer_dispatch_t;

typedef struct {
    esp_timer_cb_t callback;
    void *arg;
    esp_timer_dispatch_t dispatch_method;
    const char *name;
    bool skip_unhandled_events;
} esp_timer_create_args_t;

esp_err_t esp_timer_create(const esp_timer_create_args_t *create_args, esp_timer_handle_t *out_handle);
/** @return ESP_ERR_INVALID_STATE when it runs already */
esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us);
/** @return ESP_ERR_INVALID_STATE when it does not run */
esp_err_t esp_timer_stop(esp_timer_handle_t timer);
/** @return ESP_ERR_INVALID_STATE when it runs */
esp_err_t esp_timer_delete(esp_timer_handle_t timer);
