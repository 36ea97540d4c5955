/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "peer.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "device.h"
#include "registry.h"

#define NETWORK_TIMEOUT_MS 5000U

peer_t peer;

static cJSON *s_check; /* the last one */

static struct {
    char text[70000]; /* a body that is not the file */
    const uint8_t *data;
    uint32_t size;
    uint32_t at;
    uint32_t drop_at; /* UINT32_MAX: never */
    uint32_t stall_at;
    uint32_t flip_at;
    uint32_t trickle_ms;
    bool file;
} s_body;

static const char *const s_statuses[] = { "pending", "downloading", "installing", "success", "failed" };

void peer_make(void)
{
    memset(&peer, 0, sizeof peer);
    cJSON_Delete(s_check);
    s_check = NULL;
    registry_make();
}

void peer_publish(const uint8_t *image, uint32_t size, const char *version, uint32_t build, uint64_t firmware_id)
{
    peer.image = image;
    peer.size = size;
    peer.offered_size = size;
    peer.version = version;
    peer.build = build;
    peer.firmware_id = firmware_id;
    sha256(image, size, peer.offered_hash);
}

void peer_misbehave(manner_t manner, request_kind_t where, uint32_t number)
{
    peer_behave();
    peer.manner = manner;
    peer.where = where;
    peer.number = number;
}

void peer_behave(void)
{
    peer.manner = WELL_BEHAVED;
    peer.where = ANY;
    peer.times = 0;
    peer.number = 0;
    peer.status = 0;
    peer.retry_after = "";
    peer.location = "";
    peer.body = "";
}

/* Tells whether the server misbehaves in this request. */
static bool does(manner_t manner, request_kind_t kind)
{
    if (peer.manner != manner || (peer.where != ANY && peer.where != kind)) {
        return false;
    }
    if (peer.times == 1U) {
        peer.manner = WELL_BEHAVED;
    }
    peer.times -= peer.times > 0U ? 1U : 0U;
    return true;
}

static void header(ota_response_t *response, const char *name, const char *format, uint64_t number)
{
    char value[600];
    snprintf(value, sizeof value, format, (unsigned long long)number);
    ota_client_response_header(response, name, value);
}

static void answer(ota_response_t *response, int status, const char *text)
{
    snprintf(s_body.text, sizeof s_body.text, "%s", text);
    s_body.data = (const uint8_t *)s_body.text;
    s_body.size = (uint32_t)strlen(s_body.text);
    s_body.file = false;
    response->status = status;
    header(response, "Content-Type", "application/json", 0);
    header(response, "Content-Length", "%llu", s_body.size);
}

/* Checks the bodies that the device sends against the contract. cJSON is strict enough for this. */
static cJSON *parse(const ota_http_request_t *request)
{
    assert(request->post && strlen(request->body) == request->body_length && request->body_length <= 8192U);
    cJSON *json = cJSON_ParseWithOpts(request->body, NULL, 1);
    assert(json != NULL);
    const double id = cJSON_GetNumberValue(cJSON_GetObjectItem(json, "device_id"));
    assert(id >= 1.0 && id <= 9007199254740991.0);
    (void)id;
    return json;
}

static bool is_whole(const cJSON *item, double least, double most)
{
    const double value = cJSON_GetNumberValue(item);
    return cJSON_IsNumber(item) && value >= least && value <= most && value == floor(value);
}

static void check_attribute(const cJSON *attribute)
{
    const char *key = attribute->string;
    const size_t length = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_");
    assert(length >= 1U && length <= 32U && key[length] == '\0' && key[0] >= 'a');
    assert(cJSON_IsString(attribute) || cJSON_IsNumber(attribute) || cJSON_IsBool(attribute));
    assert(cJSON_GetObjectItemCaseSensitive(peer_attributes(), key) == attribute); /* no other one with this key */
    (void)length;
}

const cJSON *peer_attributes(void)
{
    return cJSON_GetObjectItemCaseSensitive(s_check, "attributes");
}

/* The server drops an optional member that is faulty, and the device is to send none. */
static void check_optional_members(void)
{
    const cJSON *elf = cJSON_GetObjectItem(s_check, "elf_sha256");
    const cJSON *boot_id = cJSON_GetObjectItem(s_check, "boot_id");
    const cJSON *interval = cJSON_GetObjectItem(s_check, "check_interval");
    const cJSON *attributes = peer_attributes();
    const cJSON *attribute;
    assert(elf == NULL || strspn(cJSON_GetStringValue(elf), "0123456789abcdef") == 64U);
    assert(elf == NULL || strlen(cJSON_GetStringValue(elf)) == 64U);
    assert(boot_id == NULL || is_whole(boot_id, 0.0, 4294967295.0));
    assert(interval == NULL || is_whole(interval, 1.0, 2592000.0));
    assert(attributes == NULL || (cJSON_IsObject(attributes) && cJSON_GetArraySize(attributes) <= 20));
    cJSON_ArrayForEach(attribute, attributes) {
        check_attribute(attribute);
    }
    (void)elf;
    (void)boot_id;
    (void)interval;
}

const cJSON *peer_check(void)
{
    return s_check;
}

static void hex(const uint8_t *bytes, size_t count, char *text)
{
    for (size_t i = 0; i < count; ++i) {
        snprintf(text + 2U * i, 3, "%02x", bytes[i]);
    }
}

static void check(const ota_http_request_t *request, ota_response_t *response)
{
    static char text[66000];
    char hash[65];
    cJSON_Delete(s_check);
    s_check = parse(request);
    check_optional_members();
    const cJSON *json = s_check;
    const char *version = cJSON_GetStringValue(cJSON_GetObjectItem(json, "current_version"));
    const double build = cJSON_GetNumberValue(cJSON_GetObjectItem(json, "current_build"));
    assert(version != NULL && strlen(version) <= 32U && build >= 0.0
           && cJSON_GetStringValue(cJSON_GetObjectItem(json, "device_type")) != NULL);
    const int order = peer.image != NULL ? strcmp(peer.version, version) : -1;
    const bool newer = order > 0 || (order == 0 && peer.build > (uint32_t)build);
    ++peer.checks;
    snprintf(peer.last_check, sizeof peer.last_check, "%s", request->body);
    if (peer.checks_most > 0U && peer.checks > peer.checks_most) {
        answer(response, 500, "{\"status\":500,\"code\":\"NO\"}");
    } else if (peer.image == NULL || (!newer && !peer.offers_always)) {
        answer(response, 200, "{\"update_available\":false,\"reason\":\"up_to_date\"}");
    } else {
        hex(peer.offered_hash, 32, hash);
        char url[600];
        snprintf(url, sizeof url, "/api/ota/download/%llu", (unsigned long long)peer.firmware_id);
        snprintf(text, sizeof text,
                 "{\"update_available\":true,\"firmware_id\":%llu,\"version\":\"%s\",\"build_number\":%u,"
                 "\"description\":%s,"
                 "\"download_url\":\"%s\",\"file_hash\":\"%s\",\"file_size\":%u,"
                 "\"later\":{\"a\":[1,-2.5e3,{\"b\":null}]"
                 "}}",
                 (unsigned long long)peer.firmware_id, peer.version, (unsigned)peer.build,
                 peer.description != NULL ? peer.description : "null", peer.url != NULL ? peer.url : url, hash,
                 (unsigned)peer.offered_size);
        answer(response, 200, text);
    }
}

static ota_status_t status_of(const char *name)
{
    unsigned status = 0;
    assert(name != NULL);
    while (status < 5U && strcmp(s_statuses[status], name) != 0) {
        ++status;
    }
    assert(status < 5U);
    return (ota_status_t)status;
}

static void report(const ota_http_request_t *request, ota_response_t *response)
{
    cJSON *json = parse(request);
    const cJSON *message = cJSON_GetObjectItem(json, "error_message");
    assert(peer.reports < RECEIVED_MAX);
    received_t *received = &peer.received[peer.reports++];
    received->firmware_id = (uint64_t)cJSON_GetNumberValue(cJSON_GetObjectItem(json, "firmware_id"));
    received->status = status_of(cJSON_GetStringValue(cJSON_GetObjectItem(json, "status")));
    received->bytes = (uint32_t)cJSON_GetNumberValue(cJSON_GetObjectItem(json, "bytes_downloaded"));
    snprintf(received->message, sizeof received->message, "%s", message != NULL ? cJSON_GetStringValue(message) : "");
    cJSON_Delete(json);
    answer(response, 200, "{\"success\":true,\"log_id\":789,\"status\":\"installing\"}");
}

static const uint8_t *file(void)
{
    static uint8_t other[SLOT_SIZE];
    const bool swapped = peer.manner == SWAPS_FILE && peer.image_bytes >= peer.number;
    if (!swapped) {
        return peer.image;
    }
    memcpy(other, peer.image, peer.size);
    memset(other + 4096, 0x5A, 4096);
    return other;
}

static void etag(const uint8_t *data, char *text)
{
    if (peer.manner == CHANGES_ETAG || peer.manner == IGNORES_IF_RANGE) {
        snprintf(text, 80, "\"%u\"", peer.requests);
    } else {
        snprintf(text, 80, "\"%s\"",
                 data == peer.image ? "6f1ed002ab5595859014ebf0951522d9c1a0b1a2b7a1c7f1e0c7a1e3c5d9f001" : "another");
    }
}

static void serve(ota_response_t *response, const uint8_t *data, uint32_t first, uint32_t size, uint32_t length)
{
    s_body.data = data + first;
    s_body.size = size;
    s_body.file = true;
    header(response, "Content-Length", "%llu", length);
}

static void download(const ota_http_request_t *request, ota_response_t *response)
{
    char tag[80];
    const uint8_t *data = file();
    etag(data, tag);
    ++peer.downloads;
    /* A request for a range that does not start at 0 must have If-Range. */
    assert(!request->ranged || (request->first > 0U) == (request->if_range != NULL));
    const bool same = request->if_range == NULL || strcmp(request->if_range, tag) == 0 || does(IGNORES_IF_RANGE, DOWNLOAD);
    const bool ranged = request->ranged && same && !does(IGNORES_RANGE, DOWNLOAD);
    if (!does(NO_ETAG, DOWNLOAD)) {
        ota_client_response_header(response, "ETag", tag);
    }
    ota_client_response_header(response, "Content-Type", "application/octet-stream");
    if (does(HTML, DOWNLOAD)) {
        answer(response, 200, "<!DOCTYPE html><html><body>Please log in to this network</body></html>");
    } else if (does(SHORT_FILE, DOWNLOAD)) {
        response->status = 200;
        serve(response, data, 0, peer.size - 100U, peer.size - 100U);
    } else if (does(LONG_FILE, DOWNLOAD)) {
        response->status = 200;
        serve(response, data, 0, peer.size, peer.size + 100U);
    } else if (does(NO_LENGTH, DOWNLOAD) || does(CHUNKED, DOWNLOAD)) {
        response->status = 200;
        serve(response, data, 0, peer.size, peer.size);
        response->has_length = false;
        if (peer.manner == CHUNKED) {
            ota_client_response_header(response, "Transfer-Encoding", "chunked");
        }
    } else if (!ranged) {
        response->status = 200;
        serve(response, data, 0, peer.size, peer.size);
    } else if (request->first >= peer.size) {
        answer(response, 416, "");
    } else {
        const uint32_t last = request->last < peer.size ? request->last : peer.size - 1U;
        const bool shifts = does(SHIFTS_RANGE, DOWNLOAD) && peer.requests > 0U;
        const uint32_t first = request->first;
        const uint32_t total = does(WRONG_TOTAL, DOWNLOAD) ? peer.size + 1U : peer.size;
        const uint32_t end = does(SHORTENS_RANGE, DOWNLOAD) ? last - 1U : last;
        char range[64];
        response->status = 206;
        snprintf(range, sizeof range, "bytes %u-%u/%u", (unsigned)(shifts ? first + 16U : first), (unsigned)end, (unsigned)total);
        if (!does(NO_RANGE_HEADER, DOWNLOAD)) {
            ota_client_response_header(response, "Content-Range", range);
        }
        serve(response, data, first, end - first + 1U, end - first + 1U);
    }
}

static void enroll(const ota_http_request_t *request, ota_response_t *response)
{
    char text[200];
    cJSON *json = parse(request);
    assert(cJSON_GetStringValue(cJSON_GetObjectItem(json, "device_type")) != NULL && cJSON_GetArraySize(json) == 2);
    cJSON_Delete(json);
    const int status = registry_enroll(request->token, text, sizeof text);
    answer(response, status, text);
}

/* Power fails while the request is on its way, or its answer. */
static void cut_connection(bool before)
{
    if (peer.requests == peer.cut_at && peer.cut_before == before) {
        ++device.cuts;
        device_reset(RESET_CUT);
    }
}

static request_kind_t kind_of(const ota_http_request_t *request)
{
    return strstr(request->url, "/api/ota/check") != NULL            ? CHECK
           : strstr(request->url, "/api/ota/status") != NULL         ? REPORT
           : strstr(request->url, "/api/ota/devices/enroll") != NULL ? ENROLL
           : DOWNLOAD;
}

static void connect_to(const char *url)
{
    char host[128];
    const char *start = strstr(url, "://");
    assert(start != NULL);
    snprintf(host, sizeof host, "%.*s", (int)strcspn(start + 3, "/?"), start + 3);
    if (!peer.connected || strcmp(host, peer.host) != 0) {
        ++peer.connections;
    }
    peer.connected = true;
    strcpy(peer.host, host);
}

static void note_token(const ota_http_request_t *request)
{
    if (request->token != NULL && strstr(peer.hosts_with_token, peer.host) == NULL) {
        const size_t length = strlen(peer.hosts_with_token);
        snprintf(peer.hosts_with_token + length, sizeof peer.hosts_with_token - length, "%s ", peer.host);
    }
}

ota_result_t peer_open(void *port, const ota_http_request_t *request, ota_response_t *response)
{
    (void)port;
    const request_kind_t kind = kind_of(request);
    const bool kept = peer.connected;
    const uint32_t number = peer.number;
    if (does(REFUSES_CONNECTION, kind)) {
        peer.connected = false;
        device.now_ms += NETWORK_TIMEOUT_MS;
        return OTA_ERR_CONNECT;
    }
    connect_to(request->url);
    note_token(request);
    ++peer.requests;
    cut_connection(true);
    memset(&s_body, 0, sizeof s_body);
    s_body.drop_at = s_body.stall_at = s_body.flip_at = UINT32_MAX;
    device.now_ms += 20U;
    if (does(DROPS_HEADER, kind) || (kept && does(CLOSES_KEPT, kind))) {
        return OTA_ERR_CLOSED;
    }
    if (does(REDIRECT, kind) && peer.number > 0U) {
        --peer.number;
        ota_client_response_header(response, "Location", peer.location);
        answer(response, peer.status, "");
        return OTA_OK;
    }
    const bool late = peer.manner == STATUS_AFTER && kind == DOWNLOAD && request->first >= peer.size / 2U
                      && does(STATUS_AFTER, kind);
    if (does(STATUS, kind) || late) {
        if (peer.retry_after[0] != '\0') {
            ota_client_response_header(response, "Retry-After", peer.retry_after);
        }
        answer(response, (int)peer.number, peer.number == 304U ? "" : "{\"status\":500,\"code\":\"NO\"}");
        return OTA_OK;
    }
    if (does(SAYS, kind)) {
        answer(response, 200, peer.body);
    } else if (kind == ENROLL) {
        enroll(request, response);
    } else if (strcmp(peer.host, "ota.test") == 0 ? !registry_admits(request->token) : registry.elsewhere_refuses) {
        answer(response, 401, "{\"status\":401,\"code\":\"UNAUTHENTICATED\"}");
    } else if (kind == CHECK) {
        check(request, response);
    } else if (kind == REPORT) {
        report(request, response);
    } else {
        download(request, response);
    }
    cut_connection(false);
    if (does(LOSES_ANSWER, kind)) {
        peer.connected = false;
        return OTA_ERR_CLOSED;
    }
    const uint32_t begin = response->status == 206 ? request->first : 0U;
    const bool holds_bit = s_body.file && peer.number >= begin && peer.number - begin < s_body.size;
    if (does(DROPS_AFTER, kind) || (peer.number > 0U && does(IGNORES_RANGE, kind))) {
        s_body.drop_at = number;
    } else if (does(STALLS_AFTER, kind)) {
        s_body.stall_at = number;
    } else if (does(TRICKLES, kind)) {
        s_body.trickle_ms = number;
    } else if (holds_bit && does(FLIPS_BIT, kind)) {
        s_body.flip_at = number - begin;
    }
    return OTA_OK;
}

int peer_read(void *port, void *data, size_t size, uint32_t budget_ms)
{
    (void)port;
    if (!peer.connected) {
        return -1;
    }
    if (s_body.at >= s_body.drop_at) {
        peer.connected = false;
        return -1;
    }
    if (s_body.at >= s_body.stall_at) {
        device.now_ms += budget_ms < NETWORK_TIMEOUT_MS ? budget_ms : NETWORK_TIMEOUT_MS;
        return -2;
    }
    uint32_t end = s_body.size < s_body.drop_at ? s_body.size : s_body.drop_at;
    end = end < s_body.stall_at ? end : s_body.stall_at;
    uint32_t count = end - s_body.at;
    const uint32_t segment = s_body.trickle_ms > 0U ? 1U : 1U + device_random() % 1460U;
    count = count < segment ? count : segment;
    count = count < size ? count : (uint32_t)size;
    device.now_ms += s_body.trickle_ms;
    memcpy(data, s_body.data + s_body.at, count);
    if (s_body.flip_at >= s_body.at && s_body.flip_at < s_body.at + count) {
        ((uint8_t *)data)[s_body.flip_at - s_body.at] ^= 4U;
    }
    s_body.at += count;
    peer.image_bytes += s_body.file ? count : 0U;
    return (int)count;
}

void peer_close(void *port)
{
    (void)port;
    peer.connected = false;
}

const char *peer_story(uint64_t firmware_id)
{
    static char story[512];
    const received_t *last = NULL;
    story[0] = '\0';
    for (unsigned i = 0; i < peer.reports; ++i) {
        const received_t *received = &peer.received[i];
        if (received->firmware_id == firmware_id && (last == NULL || last->status != received->status)) {
            strcat(story, story[0] != '\0' ? " " : "");
            strcat(story, s_statuses[received->status]);
            last = received;
        }
    }
    return story;
}

const received_t *peer_last(uint64_t firmware_id)
{
    for (unsigned i = peer.reports; i > 0U; --i) {
        if (peer.received[i - 1U].firmware_id == firmware_id) {
            return &peer.received[i - 1U];
        }
    }
    return NULL;
}
