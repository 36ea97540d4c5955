/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "freertos/FreeRTOS.h"

typedef struct shim_task *TaskHandle_t;
typedef void (*TaskFunction_t)(void *);

/** A POSIX thread. The stack's depth, the priority and the core are taken and not used. */
BaseType_t xTaskCreate(TaskFunction_t code, const char *const name, const uint32_t stack_depth, void *const parameters,
                       UBaseType_t priority, TaskHandle_t *const created_task);
/** Only NULL, which is how a task ends: another one would be stopped in the middle of anything. */
void vTaskDelete(TaskHandle_t task);
/** NULL in the thread that runs main. */
TaskHandle_t xTaskGetCurrentTaskHandle(void);
void vTaskDelay(const TickType_t ticks);

BaseType_t xTaskNotifyGive(TaskHandle_t task);
/** @return the count before it was cleared or lowered; 0 when the time was up */
uint32_t ulTaskNotifyTake(BaseType_t clear_count_on_exit, TickType_t ticks_to_wait);
