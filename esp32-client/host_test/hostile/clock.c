/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "esp_event.h"
#include "esp_random.h"
#include "esp_timer.h"
#include "freertos/task.h"
#include "ota_client.h"
#include "world.h"

/* Time, random numbers, timers and the event loop for one thread. They do not depend on the load of the PC. */

struct esp_timer {
    esp_timer_create_args_t args;
    uint64_t due_us; /* 0: stopped */
};

static esp_timer_handle_t s_timer;

void world_advance_us(uint64_t us)
{
    world->now_us += us;
    if (s_timer != NULL && s_timer->due_us != 0 && s_timer->due_us <= world->now_us) {
        s_timer->due_us = 0;
        s_timer->args.callback(s_timer->args.arg);
    }
}

int64_t esp_timer_get_time(void)
{
    return (int64_t)world->now_us;
}

esp_err_t esp_timer_create(const esp_timer_create_args_t *create_args, esp_timer_handle_t *out_handle)
{
    assert(s_timer == NULL); /* The component has only one timer. */
    s_timer = calloc(1, sizeof(*s_timer));
    s_timer->args = *create_args;
    *out_handle = s_timer;
    return ESP_OK;
}

esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us)
{
    if (timer->due_us != 0) {
        return ESP_ERR_INVALID_STATE;
    }
    timer->due_us = world->now_us + timeout_us;
    return ESP_OK;
}

esp_err_t esp_timer_stop(esp_timer_handle_t timer)
{
    const bool ran = timer->due_us != 0;
    timer->due_us = 0;
    return ran ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_timer_delete(esp_timer_handle_t timer)
{
    free(timer);
    s_timer = NULL;
    return ESP_OK;
}

void vTaskDelay(const TickType_t ticks)
{
    world_advance_us((uint64_t)ticks * 1000000U / configTICK_RATE_HZ);
}

uint32_t esp_random(void)
{
    world->random = world->random * 1664525U + 1013904223U;
    return world->random >> 4;
}

void esp_fill_random(void *buf, size_t len)
{
    memset(buf, (int)esp_random(), len);
}

esp_err_t esp_event_post(esp_event_base_t event_base, int32_t event_id, const void *event_data, size_t event_data_size,
                         TickType_t ticks_to_wait)
{
    (void)event_data;
    (void)event_data_size;
    (void)ticks_to_wait;
    if (event_base == OTA_CLIENT_EVENT) {
        assert((size_t)event_id < sizeof(world->events) / sizeof(world->events[0]));
        world->events[event_id]++;
    }
    return ESP_OK;
}
