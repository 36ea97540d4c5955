/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "esp_err.h"

/* Starts Wi-Fi as a station that connects, and connects again whenever it was lost. */
esp_err_t wifi_start(void);

/* Whether there is an address within that time. */
bool wifi_wait(uint32_t timeout_ms);

/* Modem sleep makes a download several times slower: off for an update, on otherwise. */
void wifi_save_power(bool on);
