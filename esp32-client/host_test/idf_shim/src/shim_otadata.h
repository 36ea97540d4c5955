/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include "esp_flash_partitions.h"
#include "esp_partition.h"

/** What the bootloader and esp_ota_ops both know of the two records. */
typedef struct {
    const esp_partition_t *partition;
    esp_ota_select_entry_t record[2];
} shim_otadata_t;

void shim_otadata_read(shim_otadata_t *otadata);
/** Erases the record's sector, then writes it, its CRC computed: two operations, between which the record is void. */
esp_err_t shim_otadata_write(shim_otadata_t *otadata, int index);
/** Whether it was written to its end. */
bool shim_otadata_is_whole(const esp_ota_select_entry_t *record);
/** Void and damaged records do not count, neither do INVALID and ABORTED ones. */
bool shim_otadata_is_valid(const esp_ota_select_entry_t *record);
/** The valid record with the highest sequence number, or -1. */
int shim_otadata_active(const shim_otadata_t *otadata);
/** The slot that a record points at. */
const esp_partition_t *shim_otadata_slot(const esp_ota_select_entry_t *record);

/** The slot that the bootloader started. */
extern const esp_partition_t *shim_running;
