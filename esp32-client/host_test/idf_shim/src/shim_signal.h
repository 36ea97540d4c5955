/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>
#include "freertos/FreeRTOS.h"

/** A count that one thread raises and another waits for: what FreeRTOS builds its semaphores and notifications on. */
typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t raised;
    uint32_t count;
} shim_signal_t;

void shim_signal_init(shim_signal_t *signal, uint32_t count);
/** @return false when it is at most already */
bool shim_signal_raise(shim_signal_t *signal, uint32_t most);
/** Lowers it by one, or to 0. @return the count before; 0 when the time was up */
uint32_t shim_signal_take(shim_signal_t *signal, bool clears, TickType_t ticks_to_wait);
void shim_signal_destroy(shim_signal_t *signal);
/** A point in time on CLOCK_MONOTONIC. */
struct timespec shim_after_us(uint64_t microseconds);
/** Initializes a condition that waits on CLOCK_MONOTONIC. */
void shim_condition_init(pthread_cond_t *condition);
