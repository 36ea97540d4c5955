/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "nvs.h"

esp_err_t nvs_flash_init(void);
esp_err_t nvs_flash_erase(void);
/** @return ESP_ERR_NOT_FOUND when the table has no such partition */
esp_err_t nvs_flash_init_partition(const char *partition_label);
