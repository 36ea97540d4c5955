/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>
#include "esp_partition.h"
#include "shim_device.h"

/** cmocka set-up and tear-down: a device of its own, switched on, in a new folder. */
int device_on(void **state);
int device_off(void **state);
/** Switches it off and on again, as a reset or a power cut does. */
void device_again(void);
/** How the device ended while it did this: an exit code, or -1 when it did not end. */
int ends_with(void (*work)(void));
/** Lets the power fail in the n-th flash or NVS operation from now on. */
void cut_at(uint32_t operation);

const esp_partition_t *slot(unsigned index);
/** An image of test/fixtures/esp-images; freed by device_off. */
uint8_t *fixture(const char *name, size_t *size);

#define V100 "scales_bridge_tab5-1.0.0-esp32p4.bin"
#define V110 "scales_bridge_tab5-1.1.0-esp32p4.bin"
#define OF_ANOTHER_CHIP "scales_bridge-1.1.0-esp32c3.bin"
