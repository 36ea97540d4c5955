/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "ota_core.h"
#include "ota_text.h"

/* Functions that the files of the core share. */

/* ota_json.c */
typedef int (*ota_json_source_t)(void *context); /* returns the next byte, or -1 at the end or on an error */
typedef enum {
    OTA_JSON_STRING, /* char[size] */
    OTA_JSON_NOTE,   /* char[size], truncated if it does not fit; null counts as absent */
    OTA_JSON_HEX,    /* uint8_t[size], two hexadecimal digits for each byte */
    OTA_JSON_U32,    /* uint32_t, at most max */
    OTA_JSON_ID,     /* uint64_t, at most 2^53-1 */
    OTA_JSON_BOOL,   /* bool */
} ota_json_type_t;
typedef struct {
    const char *name;
    uint8_t type;
    uint16_t size;
    uint16_t at; /* offset of the value in the target */
    uint32_t max;
} ota_json_field_t;
typedef struct {
    const ota_json_field_t *fields;
    size_t count;
    uint8_t *target;
    uint32_t seen; /* bit i: fields[i] was present; 0 if the text is not one object */
} ota_json_object_t;
bool ota_client_json_read(ota_json_source_t source, void *context, ota_json_object_t *object);

/* ota_image.c */
ota_result_t ota_client_image_judge(
    const uint8_t head[OTA_IMAGE_HEAD], const ota_boot_info_t *boot, const char *project);
const uint8_t *ota_client_image_elf(const uint8_t head[OTA_IMAGE_HEAD]);

/* ota_result.c */
bool ota_client_is_verdict(ota_result_t result);

/* ota_record.c */
void ota_client_record_load(ota_core_t *core);
ota_result_t ota_client_record_save(ota_core_t *core);
bool ota_client_record_matches(const ota_record_t *record, const ota_offer_t *offer);
bool ota_client_knows_elf(const uint8_t elf[OTA_ELF_SIZE]);
bool ota_client_record_is_of_running(const ota_core_t *core); /* installed_build belongs to the running image */
bool ota_client_record_runs(const ota_core_t *core);          /* the offer is the confirmed running image */
void ota_client_record_target(ota_core_t *core);
void ota_client_record_keep(ota_record_t *record, const ota_kept_report_t *report);
void ota_client_record_drop_first(ota_record_t *record);

/* ota_backoff.c */
uint32_t ota_client_random_below(ota_core_t *core, uint32_t limit);
uint32_t ota_client_backoff_ms(ota_core_t *core, uint32_t failures, uint32_t first_ms, uint32_t max_ms);

/* ota_url.c */
bool ota_client_url_resolve(char *url, size_t size, const char *base, const char *reference);
bool ota_client_url_is_base(const char *url); /* paths can be appended to it */
bool ota_client_url_same_origin(const char *a, const char *b);
bool ota_client_url_is_downgrade(const char *from, const char *to);

/* ota_http.c */
char *ota_client_http_body(ota_core_t *core); /* buffer of OTA_BODY_SIZE bytes for the next request */
ota_result_t ota_client_http_open(ota_core_t *core, const char *reference, ota_http_request_t *request);
ota_result_t ota_client_http_read(ota_core_t *core, void *data, size_t size, size_t *got);
void ota_client_http_finish(ota_core_t *core);
void ota_client_http_close(ota_core_t *core);
ota_result_t ota_client_http_status(const ota_core_t *core);
bool ota_client_http_may_retry(ota_result_t result);

ota_result_t ota_client_http_read_json(ota_core_t *core, ota_json_object_t *object); /* result of the connection */

/* ota_check.c */
bool ota_client_contradiction(const ota_core_t *core, ota_text_t *text);
ota_result_t ota_client_check_with_retries(ota_core_t *core); /* sends no event */

/* ota_journal.c */
uint32_t ota_client_journal_progress(ota_core_t *core);
ota_result_t ota_client_journal_begin(ota_core_t *core);
ota_result_t ota_client_journal_commit(ota_core_t *core, uint32_t offset);

/* ota_download.c */
ota_result_t ota_client_download(ota_core_t *core);

/* ota_report.c */
ota_result_t ota_client_report_flush(ota_core_t *core);
void ota_client_report_target(ota_core_t *core, ota_status_t status, uint32_t bytes, bool keep);
void ota_client_report_queue(ota_core_t *core, ota_status_t status, uint32_t bytes, const char *message);
