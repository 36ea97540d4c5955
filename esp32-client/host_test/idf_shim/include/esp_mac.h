/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdint.h>
#include "esp_err.h"

#define MAC2STR(a) (a)[0], (a)[1], (a)[2], (a)[3], (a)[4], (a)[5]
#define MACSTR "%02x:%02x:%02x:%02x:%02x:%02x"

/** Writes 8 bytes, as a chip with 802.15.4 may: a buffer of 6 is found by the sanitizers. */
esp_err_t esp_efuse_mac_get_default(uint8_t *mac);
