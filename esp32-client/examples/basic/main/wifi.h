/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "esp_err.h"

/* Starts Wi-Fi as a station that connects, and reconnects whenever the connection is lost. */
esp_err_t wifi_start(void);

/* Waits for an IP address. Returns false if there is none within the timeout. */
bool wifi_wait(uint32_t timeout_ms);

/* Turns modem sleep on or off. It makes a download several times slower and should be off during an update. */
void wifi_save_power(bool on);
