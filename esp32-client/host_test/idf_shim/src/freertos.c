/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <stdlib.h>
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "shim_signal.h"

struct timespec shim_after_us(uint64_t microseconds)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    const uint64_t nanoseconds = (uint64_t)when.tv_nsec + microseconds % 1000000 * 1000;
    when.tv_sec += (time_t)(microseconds / 1000000 + nanoseconds / 1000000000);
    when.tv_nsec = (long)(nanoseconds % 1000000000);
    return when;
}

void shim_condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
}

void shim_signal_init(shim_signal_t *signal, uint32_t count)
{
    pthread_mutex_init(&signal->lock, NULL);
    shim_condition_init(&signal->raised);
    signal->count = count;
}

bool shim_signal_raise(shim_signal_t *signal, uint32_t most)
{
    pthread_mutex_lock(&signal->lock);
    const bool has_room = signal->count < most;
    if (has_room) {
        signal->count++;
        pthread_cond_signal(&signal->raised);
    }
    pthread_mutex_unlock(&signal->lock);
    return has_room;
}

uint32_t shim_signal_take(shim_signal_t *signal, bool clears, TickType_t ticks_to_wait)
{
    const struct timespec deadline = shim_after_us((uint64_t)ticks_to_wait * 1000000 / configTICK_RATE_HZ);
    pthread_mutex_lock(&signal->lock);
    int failed = 0;
    while (signal->count == 0 && failed == 0) {
        failed = ticks_to_wait == portMAX_DELAY ? pthread_cond_wait(&signal->raised, &signal->lock)
                 : pthread_cond_timedwait(&signal->raised, &signal->lock, &deadline);
    }
    const uint32_t before = signal->count;
    if (before > 0) {
        signal->count = clears ? 0 : before - 1;
    }
    pthread_mutex_unlock(&signal->lock);
    return before;
}

void shim_signal_destroy(shim_signal_t *signal)
{
    pthread_mutex_destroy(&signal->lock);
    pthread_cond_destroy(&signal->raised);
}

struct shim_semaphore {
    shim_signal_t signal;
};

static SemaphoreHandle_t new_semaphore(uint32_t count)
{
    SemaphoreHandle_t semaphore = malloc(sizeof(*semaphore));
    assert(semaphore != NULL);
    shim_signal_init(&semaphore->signal, count);
    return semaphore;
}

SemaphoreHandle_t xSemaphoreCreateBinary(void)
{
    return new_semaphore(0);
}

SemaphoreHandle_t xSemaphoreCreateMutex(void)
{
    return new_semaphore(1);
}

BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks_to_wait)
{
    return shim_signal_take(&semaphore->signal, false, ticks_to_wait) > 0 ? pdTRUE : pdFALSE;
}

BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore)
{
    return shim_signal_raise(&semaphore->signal, 1) ? pdTRUE : pdFALSE;
}

void vSemaphoreDelete(SemaphoreHandle_t semaphore)
{
    shim_signal_destroy(&semaphore->signal);
    free(semaphore);
}

struct shim_task {
    TaskFunction_t code;
    void *parameters;
    shim_signal_t notification;
};

/** NULL in the thread that runs main. */
static _Thread_local TaskHandle_t s_current;

static void *run_task(void *argument)
{
    s_current = argument;
    s_current->code(s_current->parameters);
    assert(!"a task must end in vTaskDelete(NULL)");
    return NULL;
}

BaseType_t xTaskCreate(TaskFunction_t code, const char *const name, const uint32_t stack_depth, void *const parameters,
                       UBaseType_t priority, TaskHandle_t *const created_task)
{
    (void)name;
    (void)stack_depth;
    (void)priority;
    TaskHandle_t task = malloc(sizeof(*task));
    assert(task != NULL);
    task->code = code;
    task->parameters = parameters;
    shim_signal_init(&task->notification, 0);
    if (created_task != NULL) {
        *created_task = task; // before the task runs: it may look at it
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_task, task) != 0) {
        shim_signal_destroy(&task->notification);
        free(task);
        return pdFAIL;
    }
    pthread_detach(thread);
    return pdPASS;
}

// cppcheck-suppress constParameter
void vTaskDelete(TaskHandle_t task)
{
    assert(task == NULL && s_current != NULL);
    shim_signal_destroy(&s_current->notification);
    free(s_current);
    pthread_exit(NULL);
}

TaskHandle_t xTaskGetCurrentTaskHandle(void)
{
    return s_current;
}

BaseType_t xTaskNotifyGive(TaskHandle_t task)
{
    shim_signal_raise(&task->notification, UINT32_MAX);
    return pdPASS;
}

uint32_t ulTaskNotifyTake(BaseType_t clear_count_on_exit, TickType_t ticks_to_wait)
{
    if (s_current == NULL) {
        vTaskDelay(ticks_to_wait); // nobody knows the main thread's handle
        return 0;
    }
    return shim_signal_take(&s_current->notification, clear_count_on_exit == pdTRUE, ticks_to_wait);
}
