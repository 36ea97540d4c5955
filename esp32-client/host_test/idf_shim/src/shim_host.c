/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include "esp_random.h"
#include "esp_timer.h"
#include "freertos/task.h"
#include "shim_signal.h"

/** Time and chance as the PC has them; the tests of hostile servers put a clock of their own in their place. */

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t esp_timer_get_time(void)
{
    static int64_t s_switched_on;
    if (s_switched_on == 0) {
        s_switched_on = now_us();
    }
    return now_us() - s_switched_on;
}

void vTaskDelay(const TickType_t ticks)
{
    const struct timespec deadline = shim_after_us((uint64_t)ticks * 1000000 / configTICK_RATE_HZ);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, NULL) != 0) {
    }
}

void esp_fill_random(void *buf, size_t len)
{
    if (getrandom(buf, len, 0) != (ssize_t)len) {
        abort();
    }
}

uint32_t esp_random(void)
{
    uint32_t value;
    esp_fill_random(&value, sizeof(value));
    return value;
}
