/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "image.h"
#include "ota_core.h"

/*
 * A simulated device: two slots of NOR flash, the boot data with their CRC, the bootloader's choice of slot and its
 * rollback states, NVS, a clock, and power that can fail during every operation that changes flash or NVS.
 */

#define CHIP 0x0012U /* ESP32-P4 */
#define SLOT_SIZE (40U * OTA_SECTOR)
#define SLOTS 2U
#define EVENTS 12U

/* The content of the flash after power failed during a write or an erase. */
typedef enum { TORN_BEFORE, TORN_HALF, TORN_RANDOM_END, TORN_RANDOM_BITS, TORN_AFTER, TORN_KINDS } torn_t;

typedef enum { RESET_CUT = 1, RESET_SOFTWARE, RESET_PANIC } reset_t;

typedef struct {
    uint8_t flash[SLOTS][SLOT_SIZE];
    uint8_t boot_data[2][OTA_SECTOR];
    uint8_t nvs[4096];
    size_t nvs_size;
    uint8_t token_nvs[256];
    size_t token_nvs_size;
    const char *factory_token; /* NULL: none */

    bool bootloader_rolls_back;
    bool app_rolls_back;     /* CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE in the application: new images start as NEW */
    bool slot_broken[SLOTS]; /* the bootloader refuses to start the image */
    bool verified[SLOTS];    /* unchanged since its last verification */
    bool flash_fails;        /* writes change nothing */
    bool nvs_fails;
    uint32_t nvs_saves;
    uint32_t nvs_saves_most; /* saves until NVS is full */
    bool encrypted;
    uint32_t secure_version;

    unsigned running; /* slot */
    bool activated;
    uint32_t boot_id; /* since the last start */
    const char *reset_reason;

    uint32_t now_ms;
    uint32_t random;
    uint32_t operations; /* changes of flash or NVS since the first power-on */
    uint32_t cut_at[2];  /* number of the operation during which power fails; 0: none */
    torn_t torn;
    jmp_buf reset;
    uint32_t cuts;
    uint32_t erases;
    unsigned rolled_back; /* images that the bootloader rolled back */

    bool stop;
    uint32_t stop_after_bytes; /* of the image; 0: never */
    bool may_update;
    bool network;
    unsigned network_ups;
    unsigned network_releases;
    bool has_diagnostics;
    ota_verdict_t verdict;
    bool panics; /* the diagnostics crash */
#if OTA_ATTRIBUTES
    void (*attributes)(ota_attributes_t *to); /* NULL: none */
#endif
    unsigned events[EVENTS];
    ota_event_id_t last_event;
    ota_result_t last_reason;
    char last_message[OTA_MESSAGE_SIZE];
    char last_warning[OTA_MESSAGE_SIZE];
    ota_result_t last_enrollment;
    ota_result_t last_result; /* of a cycle */
    uint32_t last_wait_ms;

    ota_settings_t settings;
    ota_core_t core;
} device_t;

extern device_t device;

/* A new device with an image in slot 0, flashed by cable: nothing in the boot data. */
void device_make(const uint8_t *image, uint32_t size);

/* Enables flash encryption, which encrypts the present content. */
void device_encrypt(void);

/* Runs the bootloader and starts the application. Returns false if nothing boots. */
bool device_boot(void);

/* Starts the device and runs up to `cycles` cycles with the waits between them. A reset of any kind ends the run early.
 * Returns the kind of the reset, or 0 if there was none. */
int device_live(unsigned cycles);

/* Restarts the device until a run ends without a reset. Returns false after too many runs. */
bool device_settle(unsigned lives);

/* Returns the state of a slot's entry in the boot data as an ota_state_t. */
ota_state_t device_state(unsigned slot);

bool device_runs(const uint8_t *image, uint32_t size);

void device_reset(reset_t reset);
uint32_t device_random(void);
