/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_identity.h"

#include <string.h>
#include "ota_internal.h"
#include "ota_ops.h"

#if OTA_IDENTITY

/*
 * A device without a token asks the server for one with its enrolment key. The server gives the same token again until it
 * is used for the first time, and from then on none (409) until an admin resets the device. The token is therefore saved
 * before it is used: wherever power fails or an answer is lost, the device has the token or may ask again.
 *
 * A token that the server does not accept is kept, because the refusal may be a mistake. The device tries it again in each
 * cycle, and with a key it also asks for another one, which replaces it.
 *
 * A new image on trial enrols only if the server demands it. From then on the server would no longer serve the image before,
 * which may have no identity, if that runs again.
 */
#define ASK_AGAIN_MS 3600000U /* after the server refused to enrol the device */

/* The characters of a bearer token (RFC 6750 section 2.1). Any other could end the header. */
bool ota_client_is_token(const char *text)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=";
    const size_t length = strspn(text, characters);
    return length > 0U && length < OTA_TOKEN_SIZE && text[length] == '\0';
}

/* Reads the kept token, or else the one from the factory. A blob of a later version may be longer. A token that was issued
 * for another device is ignored: its flash was copied, or the device id was changed. */
void ota_client_identity_load(ota_core_t *core)
{
    const ota_store_ops_t *store = &core->ops->store;
    ota_token_t *kept = &core->identity.kept;
    char *token = kept->token;
    if (store->load_token(core->port, core->work, sizeof core->work) >= sizeof(*kept)) {
        memcpy(kept, core->work, sizeof(*kept));
        token[OTA_TOKEN_SIZE - 1U] = '\0';
    }
    const bool own = kept->device_id == core->settings.device_id && ota_client_is_token(token);
    if (!own && (!store->load_factory_token(core->port, token, OTA_TOKEN_SIZE) || !ota_client_is_token(token))) {
        token[0] = '\0';
    }
}

/* Sends an event, the same one only once. */
static void tell(ota_core_t *core, ota_result_t outcome)
{
    char message[OTA_MESSAGE_SIZE];
    ota_text_t text = ota_client_text(message, sizeof message);
    ota_client_text_add(&text, ota_client_result_text(outcome));
    if (outcome == OTA_ERR_ALREADY_ENROLLED) {
        ota_client_text_add(&text, "; an admin must reset this device's token");
    } else if (outcome == OTA_ERR_ENROLL_REFUSED) {
        ota_client_text_format(&text, ", HTTP status %u", (uint64_t)core->response.status);
    }
    if (outcome == OTA_OK || outcome != core->identity.told) {
        const ota_event_t event = {
            .id = OTA_EVENT_ENROLLMENT, .reason = outcome, .version = "", .message = message
        };
        core->ops->host.event(core->port, &event);
    }
    core->identity.told = outcome;
}

/* Reads the token into the work buffer, behind the bytes that the body passes through, and replaces the kept one. */
static ota_result_t receive_token(ota_core_t *core)
{
    static const ota_json_field_t field = {
        .name = "device_token", .type = OTA_JSON_STRING, .at = offsetof(ota_token_t, token), .size = OTA_TOKEN_SIZE
    };
    ota_token_t *fresh = (ota_token_t *)(void *)ota_client_http_body(core);
    ota_json_object_t object = { .fields = &field, .count = 1, .target = (uint8_t *)fresh };
    memset(fresh, 0, sizeof(*fresh));
    const ota_result_t result = ota_client_http_read_json(core, &object);
    ota_client_http_finish(core);
    if (result != OTA_OK) {
        return result;
    }
    if (object.seen == 0U || !ota_client_is_token(fresh->token)) {
        return OTA_ERR_ANSWER;
    }
    fresh->device_id = core->settings.device_id;
    if (!core->ops->store.save_token(core->port, fresh, sizeof(*fresh))) {
        return OTA_ERR_STORAGE;
    }
    core->identity.kept = *fresh;
    core->identity.refused = false;
    return OTA_OK;
}

static ota_result_t enroll(ota_core_t *core)
{
    ota_text_t body = ota_client_text(ota_client_http_body(core), OTA_BODY_SIZE);
    ota_client_text_format(
        &body, "{\"device_id\":%u,\"device_type\":%j}", core->settings.device_id, core->settings.device_type);
    ota_http_request_t request = { .post = true, .body = body.data, .body_length = body.length };
    core->identity.enrolling = true;
    const ota_result_t result = ota_client_http_open(core, "/api/ota/devices/enroll", &request);
    core->identity.enrolling = false;
    if (result != OTA_OK) {
        return result;
    }
    const int status = core->response.status;
    if (status == 200) {
        return receive_token(core);
    }
    ota_client_http_finish(core);
    switch (status) {
    case 202:
        return OTA_ERR_ENROLL_PENDING;
    case 409:
        return OTA_ERR_ALREADY_ENROLLED;
    case 429:
    case 503:
        return OTA_ERR_BUSY;
    default:
        return status / 100 == 4 ? OTA_ERR_ENROLL_REFUSED : OTA_ERR_STATUS;
    }
}

ota_result_t ota_client_identity_ensure(ota_core_t *core)
{
    ota_identity_t *identity = &core->identity;
    const bool known = (ota_client_identity_bearer(core) != NULL || !core->settled) && !identity->refused;
    const bool waits = identity->waits && ota_client_elapsed_ms(core, identity->asked_ms) < ASK_AGAIN_MS;
    if (known || waits || core->settings.enroll_key == NULL || core->settings.token != NULL) {
        return OTA_OK;
    }
    const ota_result_t result = enroll(core);
    identity->waits = result == OTA_ERR_ALREADY_ENROLLED || result == OTA_ERR_ENROLL_REFUSED;
    identity->asked_ms = ota_client_now_ms(core);
    if (result == OTA_OK || result == OTA_ERR_ENROLL_PENDING || identity->waits) {
        tell(core, result);
    }
    return identity->waits ? OTA_OK : result;
}

#endif
