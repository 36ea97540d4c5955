/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "device.h"
#include "image.h"
#include "peer.h"

/* The state at the start of each test: a device with 1.0.0, flashed by cable, and a server that has published 1.1.0
 * build 2 as firmware 7. */

#define OLD_SIZE 90000U
#define NEW_SIZE 140000U

extern uint8_t old_image[SLOT_SIZE];
extern uint32_t old_size;
extern uint8_t new_image[SLOT_SIZE];
extern uint32_t new_size;

void world(image_fill_t fill, uint32_t size);
uint32_t make_image(uint8_t *data, const char *version, uint32_t size, image_fill_t fill);

#if OTA_IDENTITY
#define KEY "otae_key-1"

/* The same with a server that demands an identity, and a device with this enrolment key or NULL. */
void world_with_identity(const char *key);
const char *kept_token(void); /* in NVS; "" if there is none */
void keep_token(uint64_t device_id, const char *token);
#endif
