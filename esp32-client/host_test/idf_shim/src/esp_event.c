/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "esp_event.h"
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "shim_signal.h"

#define QUEUE_SIZE 32
#define MAX_HANDLERS 8

typedef struct {
    esp_event_base_t base;
    int32_t id;
    void *data;
} event_t;

typedef struct {
    esp_event_base_t base;
    int32_t id;
    esp_event_handler_t call;
    void *arg;
} handler_t;

static struct {
    bool is_created;
    pthread_t thread;
    shim_signal_t posted; // events in the queue
    shim_signal_t free; // places in the queue
    pthread_mutex_t lock;
    event_t queue[QUEUE_SIZE];
    unsigned first;
    unsigned next;
    handler_t handlers[MAX_HANDLERS];
} s_loop = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void call_handlers(const event_t *event)
{
    for (unsigned i = 0; i < MAX_HANDLERS; i++) {
        pthread_mutex_lock(&s_loop.lock);
        const handler_t handler = s_loop.handlers[i];
        pthread_mutex_unlock(&s_loop.lock);
        if (handler.call != NULL && (handler.base == ESP_EVENT_ANY_BASE || handler.base == event->base)
                && (handler.id == ESP_EVENT_ANY_ID || handler.id == event->id)) {
            handler.call(handler.arg, event->base, event->id, event->data);
        }
    }
}

/** An event without a base is the end. */
static void *run_loop(void *argument)
{
    (void)argument;
    for (;;) {
        shim_signal_take(&s_loop.posted, false, portMAX_DELAY);
        const event_t event = s_loop.queue[s_loop.first++ % QUEUE_SIZE];
        shim_signal_raise(&s_loop.free, QUEUE_SIZE);
        if (event.base == NULL) {
            return NULL;
        }
        call_handlers(&event);
        free(event.data);
    }
}

static esp_err_t enqueue(const event_t *event, TickType_t ticks_to_wait)
{
    if (shim_signal_take(&s_loop.free, false, ticks_to_wait) == 0) {
        return ESP_ERR_TIMEOUT;
    }
    pthread_mutex_lock(&s_loop.lock);
    s_loop.queue[s_loop.next++ % QUEUE_SIZE] = *event;
    pthread_mutex_unlock(&s_loop.lock);
    shim_signal_raise(&s_loop.posted, QUEUE_SIZE);
    return ESP_OK;
}

esp_err_t esp_event_loop_create_default(void)
{
    if (s_loop.is_created) {
        return ESP_ERR_INVALID_STATE;
    }
    shim_signal_init(&s_loop.posted, 0);
    shim_signal_init(&s_loop.free, QUEUE_SIZE);
    s_loop.is_created = pthread_create(&s_loop.thread, NULL, run_loop, NULL) == 0;
    return s_loop.is_created ? ESP_OK : ESP_ERR_NO_MEM;
}

esp_err_t esp_event_loop_delete_default(void)
{
    if (!s_loop.is_created) {
        return ESP_ERR_INVALID_STATE;
    }
    const event_t end = { .base = NULL };
    enqueue(&end, portMAX_DELAY);
    pthread_join(s_loop.thread, NULL);
    shim_signal_destroy(&s_loop.posted);
    shim_signal_destroy(&s_loop.free);
    s_loop.is_created = false;
    memset(s_loop.handlers, 0, sizeof(s_loop.handlers));
    return ESP_OK;
}

esp_err_t esp_event_handler_register(esp_event_base_t event_base, int32_t event_id, esp_event_handler_t event_handler,
                                     void *event_handler_arg)
{
    if (!s_loop.is_created) {
        return ESP_ERR_INVALID_STATE;
    }
    esp_err_t err = ESP_ERR_NO_MEM;
    pthread_mutex_lock(&s_loop.lock);
    for (unsigned i = 0; i < MAX_HANDLERS && err != ESP_OK; i++) {
        if (s_loop.handlers[i].call == NULL) {
            s_loop.handlers[i] = (handler_t) {
                event_base, event_id, event_handler, event_handler_arg
            };
            err = ESP_OK;
        }
    }
    pthread_mutex_unlock(&s_loop.lock);
    return err;
}

esp_err_t esp_event_post(esp_event_base_t event_base, int32_t event_id, const void *event_data, size_t event_data_size,
                         TickType_t ticks_to_wait)
{
    if (event_base == ESP_EVENT_ANY_BASE || event_id == ESP_EVENT_ANY_ID) {
        return ESP_ERR_INVALID_ARG;
    }
    if (!s_loop.is_created) {
        return ESP_ERR_INVALID_STATE;
    }
    event_t event = { .base = event_base, .id = event_id };
    if (event_data_size > 0) {
        event.data = malloc(event_data_size);
        assert(event.data != NULL);
        memcpy(event.data, event_data, event_data_size);
    }
    const esp_err_t err = enqueue(&event, ticks_to_wait);
    if (err != ESP_OK) {
        free(event.data);
    }
    return err;
}
