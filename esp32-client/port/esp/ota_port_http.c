/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "esp_log.h"
#include "ota_port.h"
#include "ota_text.h"
#if CONFIG_MBEDTLS_CERTIFICATE_BUNDLE
#include "esp_crt_bundle.h"
#endif

static const char *TAG = "ota_client";

#define RECEIVE_BUFFER 2048
#define SEND_BUFFER ((int)OTA_URL_SIZE + 512) /* the request line with the longest URL, and the longest header */
#define READ_MAX 1024U /* esp_http_client_read() returns only when it has read all of it, or at the end of a wait */
#define BREAK_OFF_MS 1

/*
 * The timeout of esp_http_client applies to each wait. A server that sends one byte before the end of each wait could
 * keep it in fetch_headers() or read() forever. After the time limit this timer shortens the next wait, so that the
 * call returns.
 */
static void shorten_wait(void *context)
{
    const ota_port_t *port = context;
    (void)esp_http_client_set_timeout_ms(port->http, BREAK_OFF_MS);
}

static void start_wait_guard(ota_port_t *port, uint32_t budget_ms)
{
    (void)esp_http_client_set_timeout_ms(port->http, (int)port->config.network_timeout_ms);
    (void)esp_timer_start_once(port->guard, (uint64_t)budget_ms * 1000U);
}

static void stop_wait_guard(ota_port_t *port)
{
    (void)esp_timer_stop(port->guard);
}

/* Only the event handler gets the response headers, and the length of the part of the body that came with them. */
static esp_err_t on_http_event(esp_http_client_event_t *event)
{
    ota_port_t *port = event->user_data;
    if (port->response == NULL) {
        return ESP_OK;
    }
    if (event->event_id == HTTP_EVENT_ON_HEADER) {
        ota_client_response_header(port->response, event->header_key, event->header_value);
    } else if (event->event_id == HTTP_EVENT_ON_DATA) {
        port->buffered += (uint32_t)event->data_len;
    }
    return ESP_OK;
}

/*
 * esp_http_client buffers the part of a body that came with the header, and keeps it when the connection is closed and
 * opened again. The next body would be appended to it, or an assertion would fail. Reading exactly that part does not
 * wait for the network.
 */
static void drain_buffered_body(ota_port_t *port)
{
    char discarded[64];
    while (port->buffered > 0U) {
        const uint32_t size = port->buffered < sizeof discarded ? port->buffered : (uint32_t)sizeof discarded;
        (void)esp_http_client_read(port->http, discarded, (int)size);
        port->buffered -= size;
    }
}

esp_err_t ota_client_port_http_init(ota_port_t *port)
{
    const esp_http_client_config_t config = {
        .url = port->config.server_url,
        .cert_pem = port->config.server_root_pem,
#if CONFIG_MBEDTLS_CERTIFICATE_BUNDLE
        .crt_bundle_attach = port->config.server_root_pem == NULL ? esp_crt_bundle_attach : NULL,
#endif
#if CONFIG_ESP_TLS_CLIENT_SESSION_TICKETS && ESP_IDF_VERSION >= ESP_IDF_VERSION_VAL(5, 3, 0)
        .save_client_session = true,
#endif
#if OTA_IDENTITY
        /* DER goes into the same members, which have names for it only since ESP-IDF 5.5. */
        .client_cert_pem = port->config.client_cert_pem,
        .client_cert_len = port->config.client_cert_len,
        .client_key_pem = port->config.client_key_pem,
        .client_key_len = port->config.client_key_len,
#if OTA_CLIENT_HAS_DS
        .ds_data = port->config.ds_data,
#endif
#endif
        .timeout_ms = (int)port->config.network_timeout_ms,
        .disable_auto_redirect = true,
        .event_handler = on_http_event,
        .user_data = port,
        .buffer_size = RECEIVE_BUFFER,
        .buffer_size_tx = SEND_BUFFER,
        .keep_alive_enable = true,
        .user_agent = "ota-client/2.2",
    };
    const esp_timer_create_args_t guard = { .callback = shorten_wait, .arg = port, .name = "ota_client" };
    port->http = esp_http_client_init(&config);
    return port->http != NULL && esp_timer_create(&guard, &port->guard) == ESP_OK ? ESP_OK : ESP_ERR_NO_MEM;
}

void ota_client_port_http_deinit(ota_port_t *port)
{
    if (port->guard != NULL) {
        (void)esp_timer_delete(port->guard);
    }
    if (port->http != NULL) {
        (void)esp_http_client_cleanup(port->http);
    }
}

static void set_or_delete_header(ota_port_t *port, const char *name, const char *value)
{
    if (value != NULL) {
        (void)esp_http_client_set_header(port->http, name, value);
    } else {
        (void)esp_http_client_delete_header(port->http, name);
    }
}

/* Sets or deletes every header, because the handle keeps them for the next request. It copies the values, so that one
 * scratch buffer of OTA_POST_LOCATION_SIZE bytes is enough. */
static esp_err_t prepare_request(ota_port_t *port, const ota_http_request_t *request, char *scratch)
{
    const esp_err_t error = esp_http_client_set_url(port->http, request->url);
    if (error != ESP_OK) {
        return error;
    }
    ota_text_t text = ota_client_text(scratch, OTA_POST_LOCATION_SIZE);
    ota_client_text_format(&text, "bytes=%u-%u", (uint64_t)request->first, (uint64_t)request->last);
    set_or_delete_header(port, "Range", request->ranged ? scratch : NULL);
    set_or_delete_header(port, "If-Range", request->ranged ? request->if_range : NULL);
    text = ota_client_text(scratch, OTA_POST_LOCATION_SIZE);
    ota_client_text_format(&text, "Bearer %s", request->token != NULL ? request->token : "");
    set_or_delete_header(port, "Authorization", request->token != NULL ? scratch : NULL);
    set_or_delete_header(port, "Content-Type", request->post ? "application/json" : NULL);
    scratch[0] = '\0';
    return esp_http_client_set_method(port->http, request->post ? HTTP_METHOD_POST : HTTP_METHOD_GET);
}

static ota_result_t send_request_body(ota_port_t *port, const ota_http_request_t *request)
{
    size_t sent = 0;
    while (sent < request->body_length) {
        const int written = esp_http_client_write(port->http, request->body + sent, (int)(request->body_length - sent));
        if (written <= 0) {
            return OTA_ERR_CLOSED;
        }
        sent += (size_t)written;
    }
    return OTA_OK;
}

/* An interim response precedes the final one (RFC 9110 section 15.2), but esp_http_client takes it for the final one.
 * 101 counts as final, because no request asks for an upgrade. */
static bool is_interim(int status)
{
    return status >= 100 && status < 200 && status != 101;
}

static ota_result_t receive_header(ota_port_t *port, const ota_http_request_t *request, ota_response_t *response)
{
    const uint32_t since = ota_client_port_now_ms(port);
    int64_t length;
    bool waits;
    do {
        length = esp_http_client_fetch_headers(port->http);
        response->status = esp_http_client_get_status_code(port->http);
        waits = length == -ESP_ERR_HTTP_EAGAIN || (length >= 0 && is_interim(response->status));
    } while (waits && ota_client_port_sleep(port, 0) && ota_client_port_now_ms(port) - since < request->budget_ms);
    return waits ? OTA_ERR_STALL : length < 0 ? OTA_ERR_CLOSED : OTA_OK;
}

static ota_result_t exchange_header(ota_port_t *port, const ota_http_request_t *request, ota_response_t *response)
{
    const esp_err_t error = esp_http_client_open(port->http, (int)request->body_length);
    if (error != ESP_OK) {
        ESP_LOGD(TAG, "open: 0x%x", (unsigned)error);
        return error == ESP_ERR_HTTP_CONNECT ? OTA_ERR_CONNECT : OTA_ERR_CLOSED;
    }
    const ota_result_t result = send_request_body(port, request);
    return result == OTA_OK ? receive_header(port, request, response) : result;
}

ota_result_t ota_client_port_http_open(void *context, const ota_http_request_t *request, ota_response_t *response)
{
    ota_port_t *port = context;
    drain_buffered_body(port);
    if (prepare_request(port, request, response->location) != ESP_OK) {
        return OTA_ERR_CONNECT;
    }
    port->response = response;
    start_wait_guard(port, request->budget_ms);
    const ota_result_t result = exchange_header(port, request, response);
    stop_wait_guard(port);
    port->response = NULL;
    return result;
}

int ota_client_port_http_read(void *context, void *data, size_t size, uint32_t budget_ms)
{
    ota_port_t *port = context;
    start_wait_guard(port, budget_ms);
    const int received = esp_http_client_read(port->http, data, (int)(size < READ_MAX ? size : READ_MAX));
    stop_wait_guard(port);
    if (received < 0) {
        return received == -ESP_ERR_HTTP_EAGAIN ? -2 : -1;
    }
    port->buffered -= (uint32_t)received < port->buffered ? (uint32_t)received : port->buffered;
    return received;
}

void ota_client_port_http_close(void *context)
{
    ota_port_t *port = context;
    drain_buffered_body(port);
    (void)esp_http_client_close(port->http);
}
