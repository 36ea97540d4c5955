/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "nvs.h"
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "nvs_flash.h"
#include "shim_device.h"

/** Values and the 32 bytes that each costs beside them; of the partition's 24 KiB one page of 4 stays free. */
#define CAPACITY (5 * 4000)
#define ENTRY_COST 32
#define MAX_NAMESPACES 8

typedef struct {
    char namespace_name[NVS_NS_NAME_MAX_SIZE];
    char key[NVS_KEY_NAME_MAX_SIZE];
    uint32_t length;
} entry_head_t;

typedef struct entry {
    struct entry *next;
    entry_head_t head;
    uint8_t value[];
} entry_t;

typedef struct {
    char namespace_name[NVS_NS_NAME_MAX_SIZE]; // "": closed
    nvs_open_mode_t mode;
} handle_t;

static char s_path[PATH_MAX];
static entry_t *s_entries; // what the application sees: what is committed, and what is set since
static bool s_is_initialized;
static handle_t s_handles[MAX_NAMESPACES];
static unsigned s_commits; // since power-on

static void free_entries(void)
{
    while (s_entries != NULL) {
        entry_t *entry = s_entries;
        s_entries = entry->next;
        free(entry);
    }
}

static void add_entry(const entry_head_t *head, const void *value)
{
    entry_t *entry = malloc(sizeof(*entry) + head->length);
    assert(entry != NULL);
    entry->head = *head;
    memcpy(entry->value, value, head->length);
    entry->next = s_entries;
    s_entries = entry;
}

void shim_nvs_open(const char *folder)
{
    s_commits = 0;
    snprintf(s_path, sizeof(s_path), "%s/nvs.bin", folder);
    FILE *file = fopen(s_path, "rb");
    if (file == NULL) {
        return;
    }
    entry_head_t head;
    uint8_t value[CAPACITY];
    while (fread(&head, sizeof(head), 1, file) == 1) {
        assert(head.length <= sizeof(value));
        const size_t got = fread(value, 1, head.length, file);
        assert(got == head.length);
        (void)got;
        add_entry(&head, value);
    }
    fclose(file);
}

size_t shim_nvs_allocated(void)
{
    size_t bytes = 0;
    for (const entry_t *entry = s_entries; entry != NULL; entry = entry->next) {
        bytes += sizeof(*entry) + entry->head.length;
    }
    return bytes;
}

void shim_nvs_close(void)
{
    free_entries();
    memset(s_handles, 0, sizeof(s_handles));
    s_is_initialized = false;
}

/** The new file takes the old one's place whole or not at all. */
static void save(void)
{
    char temporary[PATH_MAX + 8];
    snprintf(temporary, sizeof(temporary), "%s.new", s_path);
    FILE *file = fopen(temporary, "wb");
    assert(file != NULL);
    for (const entry_t *entry = s_entries; entry != NULL; entry = entry->next) {
        fwrite(&entry->head, sizeof(entry->head), 1, file);
        fwrite(entry->value, 1, entry->head.length, file);
    }
    fclose(file);
    const int failed = rename(temporary, s_path);
    assert(failed == 0);
    (void)failed;
}

esp_err_t nvs_flash_init(void)
{
    s_is_initialized = true;
    return ESP_OK;
}

esp_err_t nvs_flash_erase(void)
{
    free_entries();
    save();
    s_is_initialized = false;
    return ESP_OK;
}

static bool has_namespace(const char *name)
{
    for (const entry_t *entry = s_entries; entry != NULL; entry = entry->next) {
        if (strcmp(entry->head.namespace_name, name) == 0) {
            return true;
        }
    }
    return false;
}

esp_err_t nvs_open(const char *namespace_name, nvs_open_mode_t open_mode, nvs_handle_t *out_handle)
{
    if (!s_is_initialized) {
        return ESP_ERR_NVS_NOT_INITIALIZED;
    }
    if (namespace_name == NULL || namespace_name[0] == '\0' || strlen(namespace_name) >= NVS_NS_NAME_MAX_SIZE) {
        return ESP_ERR_NVS_INVALID_NAME;
    }
    if (open_mode == NVS_READONLY && !has_namespace(namespace_name)) {
        return ESP_ERR_NVS_NOT_FOUND;
    }
    for (nvs_handle_t i = 0; i < MAX_NAMESPACES; i++) {
        if (s_handles[i].namespace_name[0] == '\0') {
            strcpy(s_handles[i].namespace_name, namespace_name);
            s_handles[i].mode = open_mode;
            *out_handle = i + 1;
            return ESP_OK;
        }
    }
    return ESP_ERR_NO_MEM; // the code under test forgets to close
}

static const handle_t *handle_of(nvs_handle_t handle)
{
    const bool is_open = handle >= 1 && handle <= MAX_NAMESPACES && s_handles[handle - 1].namespace_name[0] != '\0';
    return is_open ? &s_handles[handle - 1] : NULL;
}

void nvs_close(nvs_handle_t handle)
{
    if (handle_of(handle) != NULL) {
        s_handles[handle - 1].namespace_name[0] = '\0';
    }
}

static esp_err_t check_key(nvs_handle_t handle, const char *key, bool to_write)
{
    const handle_t *opened = handle_of(handle);
    if (opened == NULL) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    if (to_write && opened->mode != NVS_READWRITE) {
        return ESP_ERR_NVS_READ_ONLY;
    }
    if (key == NULL || key[0] == '\0') {
        return ESP_ERR_NVS_INVALID_NAME;
    }
    return strlen(key) < NVS_KEY_NAME_MAX_SIZE ? ESP_OK : ESP_ERR_NVS_KEY_TOO_LONG;
}

static entry_t **find(nvs_handle_t handle, const char *key)
{
    entry_t **place = &s_entries;
    while (*place != NULL && (strcmp((*place)->head.namespace_name, handle_of(handle)->namespace_name) != 0
                              || strcmp((*place)->head.key, key) != 0)) {
        place = &(*place)->next;
    }
    return place;
}

static void remove_at(entry_t **place)
{
    entry_t *entry = *place;
    if (entry != NULL) {
        *place = entry->next;
        free(entry);
    }
}

/** A change is no flash operation of the model: it is the commit that is there, or is not, after a power cut. */
esp_err_t nvs_set_blob(nvs_handle_t handle, const char *key, const void *value, size_t length)
{
    const esp_err_t err = check_key(handle, key, true);
    if (err != ESP_OK) {
        return err;
    }
    size_t used = ENTRY_COST + length;
    entry_t **place = find(handle, key);
    for (const entry_t *entry = s_entries; entry != NULL; entry = entry->next) {
        used += ENTRY_COST + entry->head.length;
    }
    const char *full_after = getenv("SHIM_NVS_FULL");
    if (used > CAPACITY || (full_after != NULL && s_commits >= (unsigned)atoi(full_after))) {
        return ESP_ERR_NVS_NOT_ENOUGH_SPACE;
    }
    remove_at(place);
    entry_head_t head = { .length = (uint32_t)length };
    strcpy(head.namespace_name, handle_of(handle)->namespace_name);
    strcpy(head.key, key);
    add_entry(&head, value);
    return ESP_OK;
}

esp_err_t nvs_get_blob(nvs_handle_t handle, const char *key, void *out_value, size_t *length)
{
    const esp_err_t err = check_key(handle, key, false);
    if (err != ESP_OK) {
        return err;
    }
    const entry_t *entry = *find(handle, key);
    if (entry == NULL) {
        return ESP_ERR_NVS_NOT_FOUND;
    }
    const size_t room = *length;
    *length = entry->head.length;
    if (out_value == NULL) {
        return ESP_OK;
    }
    if (room < entry->head.length) {
        return ESP_ERR_NVS_INVALID_LENGTH;
    }
    memcpy(out_value, entry->value, entry->head.length);
    return ESP_OK;
}

esp_err_t nvs_commit(nvs_handle_t handle)
{
    if (handle_of(handle) == NULL) {
        return ESP_ERR_NVS_INVALID_HANDLE;
    }
    s_commits++;
    const bool cut = shim_operation();
    // What was set may be on flash before the commit, or not: both happen, by turns.
    if (!cut || shim_operations() % 2 == 0) {
        save();
    }
    if (cut) {
        shim_exit(SHIM_EXIT_POWER_CUT);
    }
    return ESP_OK;
}
