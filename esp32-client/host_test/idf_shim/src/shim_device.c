/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim_device.h"
#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "esp_log.h"

void (*shim_exit)(int code) = _exit;

static char s_folder[PATH_MAX - 32];
static uint8_t *s_flash;
static uint32_t s_operations;
static uint32_t s_erases;
static uint32_t s_cut_at;
static esp_reset_reason_t s_reset_reason;

static uint32_t setting(const char *name, uint32_t otherwise)
{
    const char *value = getenv(name);
    return value != NULL ? (uint32_t)strtoul(value, NULL, 10) : otherwise;
}

static void path_of(char path[PATH_MAX], const char *name)
{
    snprintf(path, PATH_MAX, "%s/%s", s_folder, name);
}

/** Kept where the chip keeps it, in what loses its content without power. */
static void remember_reset_reason(esp_reset_reason_t reason)
{
    char path[PATH_MAX];
    path_of(path, "reset_reason");
    FILE *file = fopen(path, "w");
    assert(file != NULL);
    fprintf(file, "%d", (int)reason);
    fclose(file);
}

static void read_reset_reason(void)
{
    char path[PATH_MAX];
    path_of(path, "reset_reason");
    s_reset_reason = (esp_reset_reason_t)setting("SHIM_RESET_REASON", ESP_RST_POWERON);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        int reason = 0;
        if (fscanf(file, "%d", &reason) == 1) {
            s_reset_reason = (esp_reset_reason_t)reason;
        }
        fclose(file);
        unlink(path);
    }
}

static void map_flash(void)
{
    char path[PATH_MAX];
    path_of(path, "flash.bin");
    const bool is_new = access(path, F_OK) != 0;
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert(fd >= 0);
    int failed = ftruncate(fd, SHIM_FLASH_SIZE);
    assert(failed == 0);
    (void)failed;
    s_flash = mmap(NULL, SHIM_FLASH_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert(s_flash != MAP_FAILED);
    close(fd);
    if (is_new) {
        memset(s_flash, 0xFF, SHIM_FLASH_SIZE);
    }
}

void shim_power_on(const char *folder)
{
    mkdir(folder, 0700);
    snprintf(s_folder, sizeof(s_folder), "%s", folder);
    s_operations = 0;
    s_erases = 0;
    s_cut_at = setting("SHIM_CUT_AT", 0);
    read_reset_reason();
    map_flash();
    shim_nvs_open(folder);
    shim_nvs_factory_open(folder);
}

void shim_power_off(void)
{
    shim_nvs_close();
    munmap(s_flash, SHIM_FLASH_SIZE);
    s_flash = NULL;
}

uint8_t *shim_flash(void)
{
    return s_flash;
}

bool shim_operation(void)
{
    return ++s_operations == s_cut_at;
}

uint32_t shim_operations(void)
{
    return s_operations;
}

uint32_t shim_erases(void)
{
    return s_erases;
}

void shim_flash_erase_sector(uint32_t address)
{
    s_erases++;
    assert(address % SHIM_SECTOR_SIZE == 0 && address < SHIM_FLASH_SIZE);
    const bool cut = shim_operation();
    memset(s_flash + address, 0xFF, cut ? SHIM_SECTOR_SIZE / 2 : SHIM_SECTOR_SIZE);
    if (cut) {
        shim_exit(SHIM_EXIT_POWER_CUT);
    }
}

bool shim_flash_write(uint32_t address, const void *data, size_t size)
{
    assert(address <= SHIM_FLASH_SIZE && size <= SHIM_FLASH_SIZE - address);
    const uint8_t *bytes = data;
    const bool cut = shim_operation();
    const size_t written = cut ? size / 2 : size;
    for (size_t i = 0; i < written; i++) {
        s_flash[address + i] &= bytes[i];
    }
    if (cut) {
        // The byte under way has only some of its bits.
        if (size > 0) {
            s_flash[address + written] &= bytes[written] | 0x0F;
        }
        shim_exit(SHIM_EXIT_POWER_CUT);
    }
    return memcmp(s_flash + address, data, size) == 0;
}

esp_reset_reason_t esp_reset_reason(void)
{
    return s_reset_reason;
}

void esp_restart(void)
{
    remember_reset_reason(ESP_RST_SW);
    shim_exit(SHIM_EXIT_RESTART);
    abort();
}

void shim_panic(const char *why)
{
    ESP_LOGE("panic", "%s", why);
    remember_reset_reason(ESP_RST_PANIC);
    shim_exit(SHIM_EXIT_PANIC);
    abort();
}
