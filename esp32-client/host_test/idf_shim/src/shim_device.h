/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "esp_err.h"
#include "esp_system.h"

/**
 * The simulated device, for the harness that runs it. One process is one run from power-on or reset to the next one:
 * all that outlives it (flash, NVS, the reset reason) lies in a folder.
 *
 * Settings come from the environment:
 *   SHIM_CUT_AT=n           the power fails in the n-th flash or NVS operation, which is left half done
 *   SHIM_RESET_REASON=n     an esp_reset_reason_t, where no esp_restart came before
 *   SHIM_BOOTLOADER_ROLLBACK=0   a bootloader that was built without rollback
 *   SHIM_ONE_SLOT=1         a partition table with a factory image and one slot
 *   SHIM_NVS_FULL=n         after n commits NVS has no room for another entry (1: the first still succeeds)
 *   SHIM_HTTP_POST_MS=n     how long esp_http_client waits for room in the default event loop; -1: for ever, as in ESP-IDF 5.1
 *   SHIM_CRT_BUNDLE=file    the roots of esp_crt_bundle_attach
 *   SHIM_LOG=n              an esp_log_level_t; 2, warnings, without it
 */

#define SHIM_FLASH_SIZE 0x220000U
#define SHIM_SECTOR_SIZE 4096U

/** How a process ends. */
enum {
    SHIM_EXIT_DONE = 0,
    SHIM_EXIT_RESTART = 10,
    SHIM_EXIT_POWER_CUT = 11,
    SHIM_EXIT_PANIC = 12,
};

/** Switches the device on: maps its flash (erased when the folder is new) and reads its NVS. */
void shim_power_on(const char *folder);
/** Gives back the memory, so that a leak is one of the code under test. */
void shim_power_off(void);

/** The bootloader. @return ESP_ERR_NOT_FOUND when no slot holds a whole image */
esp_err_t shim_boot(void);
/** What the factory does: an image in a slot, before the device is switched on for the first time. */
void shim_flash_image(unsigned slot, const void *image, size_t size);

/** Counts one flash or NVS operation. @return true when it is the one in which the power fails */
bool shim_operation(void);
/** Operations so far. */
uint32_t shim_operations(void);
/** Sectors erased so far. */
uint32_t shim_erases(void);
/** Ends the process; a test puts another function in its place, which must not return. */
extern void (*shim_exit)(int code);

/** What an assert or an exception does: the device starts again with the reason ESP_RST_PANIC. */
void shim_panic(const char *why);

/** The whole flash, SHIM_FLASH_SIZE bytes. */
uint8_t *shim_flash(void);
/** One sector becomes 0xFF. */
void shim_flash_erase_sector(uint32_t address);
/** Clears bits. @return false when the flash now holds something else than was to be written */
bool shim_flash_write(uint32_t address, const void *data, size_t size);
/** Reads and forgets the keys of NVS; its file lies in the folder. */
void shim_nvs_open(const char *folder);
void shim_nvs_close(void);
/** The folder in which the factory's NVS partitions lie (nvs_factory.c). */
void shim_nvs_factory_open(const char *folder);
/** Bytes of memory that the model holds. */
size_t shim_nvs_allocated(void);

/** Of a slot, as esp_image_verify: header, chip, segments, checksum, SHA-256. @param hash the validation hash, or NULL */
esp_err_t shim_image_verify(const uint8_t *slot, size_t size, uint8_t hash[32]);
