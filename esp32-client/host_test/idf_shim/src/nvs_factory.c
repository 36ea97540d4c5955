/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "nvs_flash.h"
#include "shim_device.h"

/**
 * A further NVS partition, as the production line writes it and the application reads it: a folder FOLDER/PARTITION with a file
 * NAMESPACE.KEY for each string. One namespace can be open at a time.
 */

#define HANDLE 1000U // the handles of nvs.c are smaller

static char s_folder[PATH_MAX - 64];
static char s_initialized[17]; // a label has at most 16 characters
static char s_opened[PATH_MAX];

void shim_nvs_factory_open(const char *folder)
{
    snprintf(s_folder, sizeof(s_folder), "%s", folder);
    s_initialized[0] = '\0';
}

static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

esp_err_t nvs_flash_init_partition(const char *partition_label)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%.16s", s_folder, partition_label);
    if (strlen(partition_label) >= sizeof(s_initialized) || !is_there(path)) {
        return ESP_ERR_NOT_FOUND;
    }
    strcpy(s_initialized, partition_label);
    return ESP_OK;
}

esp_err_t nvs_open_from_partition(const char *part_name, const char *namespace_name, nvs_open_mode_t open_mode,
                                  nvs_handle_t *out_handle)
{
    if (strcmp(part_name, s_initialized) != 0) {
        return ESP_ERR_NVS_PART_NOT_FOUND;
    }
    if (strlen(namespace_name) >= NVS_NS_NAME_MAX_SIZE || open_mode != NVS_READONLY) {
        return ESP_ERR_NVS_INVALID_NAME;
    }
    snprintf(s_opened, sizeof(s_opened), "%s/%.16s/%.16s.", s_folder, part_name, namespace_name);
    *out_handle = HANDLE;
    return ESP_OK;
}

esp_err_t nvs_get_str(nvs_handle_t handle, const char *key, char *out_value, size_t *length)
{
    char path[PATH_MAX + NVS_KEY_NAME_MAX_SIZE];
    char value[4001]; // the longest string of NVS
    if (handle != HANDLE) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    snprintf(path, sizeof(path), "%s%.15s", s_opened, key);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return ESP_ERR_NVS_NOT_FOUND;
    }
    const size_t got = fread(value, 1, sizeof(value) - 1, file);
    fclose(file);
    value[got] = '\0';
    if (got + 1 > *length) {
        return ESP_ERR_NVS_INVALID_LENGTH;
    }
    memcpy(out_value, value, got + 1);
    *length = got + 1; // with the NUL
    return ESP_OK;
}
