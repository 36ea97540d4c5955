/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "esp_timer.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include "shim_signal.h"

/** Each timer has a thread while it runs, where ESP-IDF has one task for all. */
struct esp_timer {
    esp_timer_create_args_t args;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    pthread_t thread;
    struct timespec due;
    bool has_thread;
    bool is_running;
};

static void *wait_and_call(void *argument)
{
    esp_timer_handle_t timer = argument;
    pthread_mutex_lock(&timer->lock);
    int failed = 0;
    while (timer->is_running && failed == 0) {
        failed = pthread_cond_timedwait(&timer->stopped, &timer->lock, &timer->due);
    }
    const bool is_due = timer->is_running;
    timer->is_running = false;
    pthread_mutex_unlock(&timer->lock);
    if (is_due) {
        timer->args.callback(timer->args.arg);
    }
    return NULL;
}

static bool is_running(esp_timer_handle_t timer)
{
    pthread_mutex_lock(&timer->lock);
    const bool running = timer->is_running;
    pthread_mutex_unlock(&timer->lock);
    return running;
}

static void join(esp_timer_handle_t timer)
{
    if (timer->has_thread && !pthread_equal(timer->thread, pthread_self())) {
        pthread_join(timer->thread, NULL);
        timer->has_thread = false;
    }
}

esp_err_t esp_timer_create(const esp_timer_create_args_t *create_args, esp_timer_handle_t *out_handle)
{
    esp_timer_handle_t timer = calloc(1, sizeof(*timer));
    assert(timer != NULL);
    timer->args = *create_args;
    pthread_mutex_init(&timer->lock, NULL);
    shim_condition_init(&timer->stopped);
    *out_handle = timer;
    return ESP_OK;
}

esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t timeout_us)
{
    if (is_running(timer)) {
        return ESP_ERR_INVALID_STATE;
    }
    join(timer);
    timer->due = shim_after_us(timeout_us);
    timer->is_running = true;
    timer->has_thread = pthread_create(&timer->thread, NULL, wait_and_call, timer) == 0;
    assert(timer->has_thread);
    return ESP_OK;
}

esp_err_t esp_timer_stop(esp_timer_handle_t timer)
{
    pthread_mutex_lock(&timer->lock);
    const bool was_running = timer->is_running;
    timer->is_running = false;
    pthread_cond_signal(&timer->stopped);
    pthread_mutex_unlock(&timer->lock);
    return was_running ? ESP_OK : ESP_ERR_INVALID_STATE;
}

esp_err_t esp_timer_delete(esp_timer_handle_t timer)
{
    if (is_running(timer)) {
        return ESP_ERR_INVALID_STATE;
    }
    join(timer);
    pthread_mutex_destroy(&timer->lock);
    pthread_cond_destroy(&timer->stopped);
    free(timer);
    return ESP_OK;
}
