/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "freertos/FreeRTOS.h"

typedef struct shim_semaphore *SemaphoreHandle_t;

/** Empty at first. */
SemaphoreHandle_t xSemaphoreCreateBinary(void);
/** Full at first; taking it twice in one task waits for ever, as it does there. */
SemaphoreHandle_t xSemaphoreCreateMutex(void);
/** @return pdFALSE when the time was up */
BaseType_t xSemaphoreTake(SemaphoreHandle_t semaphore, TickType_t ticks_to_wait);
/** @return pdFALSE when it is full */
BaseType_t xSemaphoreGive(SemaphoreHandle_t semaphore);
void vSemaphoreDelete(SemaphoreHandle_t semaphore);
