/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "ota_core.h"

/* The operations of core->ops, as the other files of the core call them. ota_ops.c calls none of those files back. */

void ota_client_event(ota_core_t *core, ota_event_id_t id, ota_result_t reason, uint32_t bytes, const char *message);
void ota_client_event_ok(ota_core_t *core, ota_event_id_t id, uint32_t bytes);  /* without an error and a message */
void ota_client_event_failed(ota_core_t *core, ota_result_t reason);            /* with the text of the reason */
uint32_t ota_client_now_ms(ota_core_t *core);
uint32_t ota_client_elapsed_ms(ota_core_t *core, uint32_t since);
bool ota_client_sleep(ota_core_t *core, uint32_t ms); /* false: the work has to stop */
bool ota_client_flash_read(ota_core_t *core, ota_slot_t slot, uint32_t offset, void *data, uint32_t size);
bool ota_client_hash_start(ota_core_t *core);
bool ota_client_hash_update(ota_core_t *core, const void *data, uint32_t size);
/* Adds the first end bytes of a slot to the hash. Overwrites the work buffer. */
ota_result_t ota_client_hash_slot(ota_core_t *core, ota_slot_t slot, uint32_t end);
/* Ends the hash and compares it with the one of the offer. */
ota_result_t ota_client_hash_compare(ota_core_t *core);
