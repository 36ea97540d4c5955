/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_facts.h"
#include "ota_identity.h"
#include "ota_internal.h"
#include "ota_ops.h"

#define BUILD_MAX 2147483647U
#define RETRY_FIRST_MS 1000U
#define RETRY_MAX_MS 60000U

static const char *current_version(const ota_core_t *core)
{
    return core->settings.version != NULL ? core->settings.version : core->boot.version;
}

/* The build number of the settings, or the one behind the "+" of the version; 0 if the image has neither. */
static uint32_t declared_build(const ota_core_t *core)
{
    uint64_t build = core->settings.build;
    const char *plus = strchr(current_version(core), '+');
    if (build == 0U && plus != NULL) {
        ++plus;
        if (!ota_client_parse_number(&plus, BUILD_MAX, &build) || *plus != '\0') {
            build = 0;
        }
    }
    return (uint32_t)build;
}

/* The build number that the check sends: that of the offer that installed the running image, or else the one that the
 * image declares. */
static uint32_t current_build(const ota_core_t *core)
{
    const bool offered = core->settings.build == 0U && ota_client_record_is_of_running(core);
    return offered ? core->record.installed_build : declared_build(core);
}

/* Tells whether the running image declares another version or build than it was offered as, and writes both to text. */
bool ota_client_contradiction(const ota_core_t *core, ota_text_t *text)
{
    const ota_record_t *record = &core->record;
    const char *own = current_version(core);
    own += own[0] == 'v' ? 1 : 0;
    const size_t length = strcspn(own, "+");
    const uint32_t build = declared_build(core);
    if (strncmp(own, record->version, length) == 0 && record->version[length] == '\0'
            && (build == 0U || build == record->build)) {
        return false;
    }
    ota_client_text_format(
        text, "offered as %s build %u, image says %s", record->version, (uint64_t)record->build, current_version(core));
    return true;
}

static void write_check_body(ota_core_t *core, ota_text_t *text)
{
    *text = ota_client_text(ota_client_http_body(core), OTA_BODY_SIZE);
    ota_client_text_format(
        text, "{\"device_id\":%u,\"device_type\":%j,\"current_version\":%j,\"current_build\":%u",
        core->settings.device_id, core->settings.device_type, current_version(core), (uint64_t)current_build(core));
    ota_client_facts_add(core, text);
    ota_client_attributes_add(core, text);
    ota_client_text_add(text, "}");
}

#define FIELD(NAME, TYPE, MEMBER, MAX) \
    { \
        .name = NAME, .type = TYPE, .at = offsetof(ota_offer_t, MEMBER), .size = sizeof(((ota_offer_t *)0)->MEMBER), \
        .max = MAX \
    }

static const ota_json_field_t s_offer_fields[] = {
    FIELD("update_available", OTA_JSON_BOOL, available, 0),
    FIELD("firmware_id", OTA_JSON_ID, firmware_id, 0),
    FIELD("version", OTA_JSON_STRING, version, 0),
    FIELD("build_number", OTA_JSON_U32, build, BUILD_MAX),
    FIELD("download_url", OTA_JSON_STRING, url, 0),
    FIELD("file_hash", OTA_JSON_HEX, file_hash, 0),
    FIELD("file_size", OTA_JSON_U32, file_size, UINT32_MAX),
    FIELD("reason", OTA_JSON_NOTE, reason, 0),
    FIELD("description", OTA_JSON_NOTE, description, 0),
};
#define FIELDS (sizeof s_offer_fields / sizeof s_offer_fields[0])
#define ANSWER_FIELDS 0x01U /* Every response must have these fields. */
#define OFFER_FIELDS 0x7FU  /* An offer must have these fields. */

static ota_result_t read_check_response(ota_core_t *core)
{
    ota_offer_t *offer = &core->offer;
    ota_json_object_t object = { .fields = s_offer_fields, .count = FIELDS, .target = (uint8_t *)offer };
    memset(offer, 0, sizeof(*offer));
    const ota_result_t result = ota_client_http_read_json(core, &object);
    if (result != OTA_OK) {
        return result;
    }
    const uint32_t needed = offer->available ? OFFER_FIELDS : ANSWER_FIELDS;
    const bool sound = !offer->available
                       || (offer->firmware_id > 0U && offer->file_size > 0U && offer->version[0] != '\0'
                           && offer->url[0] != '\0');
    return (object.seen & needed) == needed && sound ? OTA_OK : OTA_ERR_ANSWER;
}

static ota_result_t request_check(ota_core_t *core)
{
    ota_text_t body;
    write_check_body(core, &body);
    ota_http_request_t request = { .post = true, .body = body.data, .body_length = body.length };
    ota_result_t result = ota_client_http_open(core, "/api/ota/check", &request);
    if (result != OTA_OK) {
        return result;
    }
    result = ota_client_http_status(core);
    if (result == OTA_OK) {
        result = read_check_response(core);
    }
    ota_client_http_finish(core);
    if (result != OTA_OK) {
        memset(&core->offer, 0, sizeof core->offer);
    }
    return result;
}

/* Tells whether the offer is the image that already runs, even if its version or build number differs. Without a record
 * of it the running slot is hashed, unless a started download shows that the offer is another image. */
static bool is_offer_running(ota_core_t *core)
{
    const ota_record_t *record = &core->record;
    const uint32_t size = core->offer.file_size;
    if (record->phase != OTA_PHASE_CONFIRMED && ota_client_record_matches(record, &core->offer)) {
        return false;
    }
    return ota_client_record_runs(core)
           || (size <= core->boot.running_size && ota_client_hash_start(core)
               && ota_client_hash_slot(core, OTA_SLOT_RUNNING, size) == OTA_OK
               && ota_client_hash_compare(core) == OTA_OK);
}

/* An image that already runs is not installed again. Its success is reported once, with the version and build that the
 * image declares if they differ from the offer. */
static ota_result_t report_running_offer(ota_core_t *core)
{
    ota_record_t *record = &core->record;
    if (record->phase == OTA_PHASE_ACTIVATING || !is_offer_running(core)) {
        return OTA_OK;
    }
    core->offer.available = false;
    ota_client_copy(core->offer.reason, sizeof core->offer.reason, "up_to_date");
    const bool known = ota_client_record_matches(record, &core->offer) && record->phase == OTA_PHASE_CONFIRMED;
    char message[OTA_MESSAGE_SIZE];
    ota_text_t text = ota_client_text(message, sizeof message);
    ota_client_record_target(core);
    const bool contradicts = ota_client_contradiction(core, &text);
    if (known && (record->told != 0U || !contradicts)) {
        return OTA_OK;
    }
    record->phase = OTA_PHASE_CONFIRMED;
    record->told = contradicts;
    record->installed_build = core->offer.build;
    memcpy(record->installed_elf, core->boot.elf, OTA_ELF_SIZE);
    ota_client_report_queue(core, OTA_STATUS_SUCCESS, core->offer.file_size, message);
    const ota_result_t saved = ota_client_record_save(core);
    if (saved == OTA_OK) {
        (void)ota_client_report_flush(core);
    }
    return saved;
}

/* Enrols the device first if it has yet to. A token that is not accepted is renewed, and the check is then repeated. */
static ota_result_t check_once(ota_core_t *core)
{
    ota_result_t result = ota_client_identity_ensure(core);
    if (result == OTA_OK) {
        result = request_check(core);
    }
    if (result != OTA_OK && ota_client_identity_is_refused(core)) {
        const ota_result_t renewed = ota_client_identity_ensure(core);
        result = renewed != OTA_OK ? renewed : ota_client_identity_is_refused(core) ? result : request_check(core);
    }
    return result;
}

ota_result_t ota_client_check_with_retries(ota_core_t *core)
{
    ota_result_t result = check_once(core);
    for (uint32_t tries = 0; ota_client_http_may_retry(result) && tries < core->settings.retries; ++tries) {
        if (!ota_client_sleep(core, ota_client_backoff_ms(core, tries, RETRY_FIRST_MS, RETRY_MAX_MS))) {
            return OTA_ERR_STOPPED;
        }
        result = check_once(core);
    }
    return result;
}

ota_result_t ota_client_core_check(ota_core_t *core)
{
    core->started_ms = ota_client_now_ms(core);
    ota_client_event_ok(core, OTA_EVENT_CHECKING, 0);
    const ota_result_t result = ota_client_check_with_retries(core);
    return result == OTA_OK && core->offer.available ? report_running_offer(core) : result;
}
