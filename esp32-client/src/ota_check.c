/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"

#define ID_MOST     9007199254740991U /* 2^53-1 */
#define BUILD_MOST  2147483647U
#define RETRY_FIRST_MS 1000U
#define RETRY_MOST_MS  60000U
#define CHUNK          512U

typedef struct {
    ota_core_t *core;
    size_t at;
    size_t size;
    ota_result_t result;
} source_t;

static int next_byte(void *context)
{
    source_t *source = context;
    if (source->at == source->size) {
        source->result = ota_http_read(source->core, source->core->work, CHUNK, &source->size);
        source->at = 0;
        if (source->result != OTA_OK || source->size == 0U) {
            source->size = 0;
            return -1;
        }
    }
    return source->core->work[source->at++];
}

static const char *own_version(const ota_core_t *core)
{
    return core->settings.version != NULL ? core->settings.version : core->boot.version;
}

/* Given, or behind the "+" of the version, or that of the offer which brought the running image. */
static uint32_t own_build(const ota_core_t *core)
{
    uint64_t build = core->settings.build;
    const char *plus = strchr(own_version(core), '+');
    if (build == 0U && plus != NULL) {
        ++plus;
        if (!ota_parse_number(&plus, BUILD_MOST, &build) || *plus != '\0') {
            build = 0;
        }
    }
    if (build == 0U && memcmp(core->record.installed_elf, core->boot.elf, OTA_ELF_SIZE) == 0) {
        build = core->record.installed_build;
    }
    return (uint32_t)build;
}

static void write_body(ota_core_t *core, ota_text_t *text)
{
    *text = ota_text(ota_http_body(core), OTA_BODY_SIZE);
    ota_text_add(text, "{\"device_id\":");
    ota_text_add_number(text, core->settings.device_id);
    ota_text_add(text, ",\"device_type\":");
    ota_text_add_json(text, core->settings.device_type);
    ota_text_add(text, ",\"current_version\":");
    ota_text_add_json(text, own_version(core));
    ota_text_add(text, ",\"current_build\":");
    ota_text_add_number(text, own_build(core));
    ota_text_add(text, "}");
}

enum { AVAILABLE, REASON, ID, VERSION, BUILD, DESCRIPTION, URL, HASH, SIZE, FIELDS };

static ota_result_t read_answer(ota_core_t *core)
{
    ota_offer_t *offer = &core->offer;
    uint64_t build = 0;
    uint64_t size = 0;
    char hash[2U * OTA_HASH_SIZE + 1U] = "";
    ota_json_field_t fields[FIELDS] = {
        [AVAILABLE] = { .name = "update_available", .type = OTA_JSON_BOOL, .value = &offer->available },
        [REASON] = { .name = "reason", .type = OTA_JSON_STRING, .cut = true, .value = offer->reason, .size = sizeof offer->reason },
        [ID] = { .name = "firmware_id", .type = OTA_JSON_NUMBER, .value = &offer->firmware_id, .most = ID_MOST },
        [VERSION] = { .name = "version", .type = OTA_JSON_STRING, .value = offer->version, .size = sizeof offer->version },
        [BUILD] = { .name = "build_number", .type = OTA_JSON_NUMBER, .value = &build, .most = BUILD_MOST },
        [DESCRIPTION] = { .name = "description", .type = OTA_JSON_STRING, .cut = true, .value = offer->description, .size = sizeof offer->description },
        [URL] = { .name = "download_url", .type = OTA_JSON_STRING, .value = offer->url, .size = sizeof offer->url },
        [HASH] = { .name = "file_hash", .type = OTA_JSON_STRING, .value = hash, .size = sizeof hash },
        [SIZE] = { .name = "file_size", .type = OTA_JSON_NUMBER, .value = &size, .most = UINT32_MAX },
    };
    source_t source = { .core = core };
    const bool read = ota_json_read(next_byte, &source, fields, FIELDS);
    ota_http_finish(core);
    if (source.result != OTA_OK) {
        return source.result;
    }
    if (!read || !fields[AVAILABLE].seen) {
        return OTA_ERR_ANSWER;
    }
    if (!offer->available) {
        return OTA_OK;
    }
    offer->build = (uint32_t)build;
    offer->file_size = (uint32_t)size;
    const bool complete = fields[ID].seen && fields[VERSION].seen && fields[BUILD].seen && fields[URL].seen && fields[HASH].seen && fields[SIZE].seen;
    const bool sound = offer->firmware_id > 0U && offer->version[0] != '\0' && offer->url[0] != '\0' && size > 0U && ota_parse_hex(hash, offer->file_hash, OTA_HASH_SIZE);
    return complete && sound ? OTA_OK : OTA_ERR_ANSWER;
}

static ota_result_t ask(ota_core_t *core)
{
    ota_text_t body;
    write_body(core, &body);
    memset(&core->offer, 0, sizeof core->offer);
    ota_http_request_t request = { .post = true, .body = body.data, .body_length = body.length };
    ota_result_t result = ota_http_open(core, "/api/ota/check", &request);
    if (result != OTA_OK) {
        return result;
    }
    result = ota_http_status(core);
    if (result != OTA_OK) {
        ota_http_finish(core);
        return result;
    }
    result = read_answer(core);
    if (result != OTA_OK) {
        memset(&core->offer, 0, sizeof core->offer);
    }
    return result;
}

/* The server offers what the device runs already: its build number was not known here. The slot itself proves it. */
static bool is_running(ota_core_t *core)
{
    const ota_offer_t *offer = &core->offer;
    uint8_t hash[OTA_HASH_SIZE];
    if (strcmp(offer->version, own_version(core)) != 0 || offer->file_size > core->boot.running_size || !core->ops->hash.start(core->port)) {
        return false;
    }
    for (uint32_t at = 0; at < offer->file_size; at += OTA_SECTOR) {
        const uint32_t size = offer->file_size - at < OTA_SECTOR ? offer->file_size - at : OTA_SECTOR;
        if (!core->ops->flash.read(core->port, OTA_SLOT_RUNNING, at, core->work, size) || !core->ops->hash.update(core->port, core->work, size)) {
            return false;
        }
    }
    return core->ops->hash.finish(core->port, hash) && memcmp(hash, offer->file_hash, OTA_HASH_SIZE) == 0;
}

static ota_result_t settle_own_build(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    if (record->phase == OTA_PHASE_ACTIVATING || !is_running(core)) {
        return OTA_OK;
    }
    ota_record_target(core);
    record->phase = OTA_PHASE_CONFIRMED;
    record->installed_build = core->offer.build;
    memcpy(record->installed_elf, core->boot.elf, OTA_ELF_SIZE);
    ota_report_queue(core, OTA_STATUS_SUCCESS, core->offer.file_size, "");
    core->offer.available = false;
    ota_copy(core->offer.reason, sizeof core->offer.reason, "up_to_date");
    const ota_result_t saved = ota_record_save(core);
    if (saved == OTA_OK) {
        (void)ota_report_flush(core);
    }
    return saved;
}

ota_result_t ota_check_again(ota_core_t *core)
{
    ota_result_t result = ask(core);
    for (uint32_t tries = 0; ota_http_may_retry(result) && tries < core->settings.retries; ++tries) {
        if (!core->ops->host.sleep(core->port, ota_backoff_ms(core, tries, RETRY_FIRST_MS, RETRY_MOST_MS))) {
            return OTA_ERR_STOPPED;
        }
        result = ask(core);
    }
    return result;
}

ota_result_t ota_core_check(ota_core_t *core)
{
    ota_event(core, OTA_EVENT_CHECKING, OTA_OK, 0, "");
    const ota_result_t result = ota_check_again(core);
    return result == OTA_OK && core->offer.available ? settle_own_build(core) : result;
}
