/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

/* What the shim of FreeRTOS asks of POSIX, for a compiler without it: enough to measure, not to run. */
typedef int pthread_mutex_t;
#define PTHREAD_MUTEX_INITIALIZER 0
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_unlock(pthread_mutex_t *mutex);
