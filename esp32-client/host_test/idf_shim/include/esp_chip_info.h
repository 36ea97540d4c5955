/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdint.h>

typedef enum { CHIP_ESP32P4 = 18 } esp_chip_model_t;

typedef struct {
    esp_chip_model_t model;
    uint32_t features;
    uint16_t revision; // major * 100 + minor
    uint8_t cores;
} esp_chip_info_t;

/** An ESP32-P4 of revision 1.3. */
void esp_chip_info(esp_chip_info_t *out_info);
