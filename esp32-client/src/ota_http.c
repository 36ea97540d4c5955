/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_identity.h"
#include "ota_internal.h"
#include "ota_ops.h"

#define REDIRECTS_MAX 3U
#define DRAIN_MAX 4096U /* A response with more unread bytes is not drained; its connection is closed. */
#define CHUNK 512U

char *ota_client_http_body(ota_core_t *core)
{
    return (char *)core->work + OTA_URL_SIZE;
}

static uint32_t remaining_ms(ota_core_t *core, uint32_t since, uint32_t max)
{
    const uint32_t passed = ota_client_elapsed_ms(core, since);
    return passed < max ? max - passed : 0U;
}

/* Milliseconds until the next deadline, at least 1. */
static uint32_t remaining_budget_ms(ota_core_t *core)
{
    const uint32_t total = remaining_ms(core, core->started_ms, core->settings.total_ms);
    const uint32_t quiet = remaining_ms(core, core->heard_ms, core->settings.stall_ms);
    const uint32_t left = total < quiet ? total : quiet;
    return left > 0U ? left : 1U;
}

static ota_result_t check_deadlines(ota_core_t *core)
{
    if (!ota_client_sleep(core, 0)) {
        return OTA_ERR_STOPPED;
    }
    if (remaining_ms(core, core->started_ms, core->settings.total_ms) == 0U) {
        return OTA_ERR_DEADLINE;
    }
    return remaining_ms(core, core->heard_ms, core->settings.stall_ms) == 0U ? OTA_ERR_STALL : OTA_OK;
}

void ota_client_http_close(ota_core_t *core)
{
    core->ops->http.close(core->port);
    core->connected = false;
    core->body_left = 0;
}

static bool has_no_body(int status)
{
    return status == 204 || status == 304;
}

static ota_result_t send_request_once(ota_core_t *core, ota_http_request_t *request)
{
    ota_response_t *response = &core->response;
    const size_t location_size = request->post ? OTA_POST_LOCATION_SIZE : OTA_LOCATION_SIZE;
    *response = (ota_response_t) {
        .location = (char *)core->work + OTA_SECTOR - location_size, .location_size = location_size
    };
    response->location[0] = '\0';
    core->heard_ms = ota_client_now_ms(core);
    request->budget_ms = remaining_budget_ms(core);
    const bool at_home = ota_client_url_same_origin(request->url, core->settings.server_url);
    request->token = at_home ? ota_client_identity_bearer(core) : NULL;
    const ota_result_t result = core->ops->http.open(core->port, request, response);
    core->heard_ms = ota_client_now_ms(core);
    if (result != OTA_OK) {
        ota_client_http_close(core);
        return result;
    }
    core->connected = true;
    ota_client_identity_note(core, at_home);
    const bool has_length = response->has_length && !response->chunked;
    core->body_left = has_no_body(response->status) ? 0U : has_length ? response->length : UINT32_MAX;
    return OTA_OK;
}

/* A server may close an idle connection at any time (RFC 9112 section 9.3.1). If a reused connection turns out to be
 * closed, the request is sent once more on a new one. */
static ota_result_t send_request(ota_core_t *core, ota_http_request_t *request)
{
    const bool kept = core->connected;
    const ota_result_t result = send_request_once(core, request);
    return kept && result == OTA_ERR_CLOSED ? send_request_once(core, request) : result;
}

static bool is_redirect(int status)
{
    return status >= 301 && status <= 308 && (status <= 303 || status >= 307);
}

/* Resolves the Location header into url, for the next request. */
static bool follow_redirect(ota_core_t *core, const ota_http_request_t *request, char *url)
{
    const bool keeps_method = core->response.status == 307 || core->response.status == 308;
    char *location = core->response.location;
    if (request->post && !keeps_method) {
        return false;
    }
    location[strcspn(location, "#")] = '\0';
    const bool absolute = strstr(location, "://") != NULL || strncmp(location, "//", 2) == 0;
    /* The response is drained first, because the connection still belongs to the old URL. */
    ota_client_http_finish(core);
    if (absolute) {
        if (strncmp(location, "//", 2) != 0 && ota_client_url_is_downgrade(url, location)) {
            return false;
        }
        ota_client_http_close(core);
    }
    return ota_client_url_resolve(url, OTA_URL_SIZE, url, location)
           && (!ota_client_identity_stays_home(core) || ota_client_url_same_origin(url, core->settings.server_url));
}

static bool make_first_url(ota_core_t *core, const char *reference, char *url)
{
    const char *server = core->settings.server_url;
    if (reference[0] != '/' || reference[1] == '/') {
        return ota_client_url_resolve(url, OTA_URL_SIZE, server, reference)
               && !ota_client_url_is_downgrade(server, url);
    }
    ota_text_t text = ota_client_text(url, OTA_URL_SIZE);
    const size_t length = strlen(server);
    ota_client_text_format(&text, "%s%s", server, reference + (server[length - 1U] == '/' ? 1 : 0));
    return !text.cut && ota_client_url_resolve(url, OTA_URL_SIZE, server, url);
}

ota_result_t ota_client_http_open(ota_core_t *core, const char *reference, ota_http_request_t *request)
{
    char *url = (char *)core->work;
    if (!make_first_url(core, reference, url)) {
        return OTA_ERR_REDIRECT;
    }
    request->url = url;
    for (uint32_t redirects = 0;; ++redirects) {
        core->heard_ms = ota_client_now_ms(core);
        ota_result_t result = check_deadlines(core);
        if (result == OTA_OK) {
            result = send_request(core, request);
        }
        if (result != OTA_OK || !is_redirect(core->response.status)) {
            return result;
        }
        if (redirects == REDIRECTS_MAX || !follow_redirect(core, request, url)) {
            ota_client_http_close(core);
            return OTA_ERR_REDIRECT;
        }
    }
}

/* Sets *got to the number of bytes read, which is 0 only at the end of the body. */
ota_result_t ota_client_http_read(ota_core_t *core, void *data, size_t size, size_t *got)
{
    *got = 0;
    while (core->body_left > 0U) {
        const ota_result_t result = check_deadlines(core);
        if (result != OTA_OK) {
            ota_client_http_close(core);
            return result;
        }
        const size_t max = size < core->body_left ? size : core->body_left;
        const int received = core->ops->http.read(core->port, data, max, remaining_budget_ms(core));
        if (received > 0) {
            core->heard_ms = ota_client_now_ms(core);
            core->body_left -= core->body_left == UINT32_MAX ? 0U : (uint32_t)received;
            *got = (size_t)received;
            return OTA_OK;
        }
        if (received == 0 && core->body_left == UINT32_MAX) {
            core->body_left = 0;
            return OTA_OK;
        }
        if (received != -2) {
            ota_client_http_close(core);
            return OTA_ERR_CLOSED;
        }
    }
    return OTA_OK;
}

typedef struct {
    ota_core_t *core;
    size_t at;
    size_t size;
    ota_result_t result;
} body_source_t;

static int next_body_byte(void *context)
{
    body_source_t *source = context;
    if (source->at == source->size) {
        source->result = ota_client_http_read(source->core, source->core->work, CHUNK, &source->size);
        source->at = 0;
        if (source->result != OTA_OK || source->size == 0U) {
            source->size = 0;
            return -1;
        }
    }
    return source->core->work[source->at++];
}

ota_result_t ota_client_http_read_json(ota_core_t *core, ota_json_object_t *object)
{
    body_source_t source = { .core = core };
    (void)ota_client_json_read(next_body_byte, &source, object);
    return source.result;
}

/* Reads the rest of a response so that the connection can be reused, or closes the connection. */
void ota_client_http_finish(ota_core_t *core)
{
    uint8_t discarded[64];
    uint32_t drained = 0;
    size_t got = 1;
    bool usable = core->connected && !core->response.close && core->response.status >= 200;
    while (usable && core->body_left > 0U && got > 0U) {
        usable = ota_client_http_read(core, discarded, sizeof discarded, &got) == OTA_OK
                 && (drained += (uint32_t)got) <= DRAIN_MAX;
    }
    /* Without a length the start of the next response is unknown. 204 and 304 have no body and are not expected. */
    const bool framed = core->response.has_length || core->response.chunked;
    if (!usable || !framed || has_no_body(core->response.status)) {
        ota_client_http_close(core);
    }
}

ota_result_t ota_client_http_status(const ota_core_t *core)
{
    const int status = core->response.status;
    if (status == 429 || status == 503) {
        return OTA_ERR_BUSY;
    }
    return status == 200 || status == 206 ? OTA_OK : ota_client_identity_status(status);
}

bool ota_client_http_may_retry(ota_result_t result)
{
    return result == OTA_ERR_CONNECT || result == OTA_ERR_CLOSED || result == OTA_ERR_STALL;
}
