/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "esp_err.h"
#include "esp_event.h"
#include "sdkconfig.h"

#define ESP_ERR_HTTP_BASE 0x7000
#define ESP_ERR_HTTP_MAX_REDIRECT (ESP_ERR_HTTP_BASE + 1)
#define ESP_ERR_HTTP_CONNECT (ESP_ERR_HTTP_BASE + 2)
#define ESP_ERR_HTTP_WRITE_DATA (ESP_ERR_HTTP_BASE + 3)
#define ESP_ERR_HTTP_FETCH_HEADER (ESP_ERR_HTTP_BASE + 4)
#define ESP_ERR_HTTP_INVALID_TRANSPORT (ESP_ERR_HTTP_BASE + 5)
#define ESP_ERR_HTTP_CONNECTING (ESP_ERR_HTTP_BASE + 6)
#define ESP_ERR_HTTP_EAGAIN (ESP_ERR_HTTP_BASE + 7)
#define ESP_ERR_HTTP_CONNECTION_CLOSED (ESP_ERR_HTTP_BASE + 8)
#define ESP_ERR_HTTP_REDIRECT_DOWNGRADE (ESP_ERR_HTTP_BASE + 13)

/** The client's own events go to the default loop; each has the client's handle. */
ESP_EVENT_DECLARE_BASE(ESP_HTTP_CLIENT_EVENT);

typedef struct esp_http_client *esp_http_client_handle_t;

typedef enum {
    HTTP_EVENT_ERROR = 0,
    HTTP_EVENT_ON_CONNECTED,
    HTTP_EVENT_HEADERS_SENT,
    HTTP_EVENT_ON_HEADER,
    HTTP_EVENT_ON_DATA,
    HTTP_EVENT_ON_FINISH,
    HTTP_EVENT_DISCONNECTED,
    HTTP_EVENT_REDIRECT,
} esp_http_client_event_id_t;

typedef struct esp_http_client_event {
    esp_http_client_event_id_t event_id;
    esp_http_client_handle_t client;
    void *data;
    int data_len;
    void *user_data;
    char *header_key;
    char *header_value;
} esp_http_client_event_t;

typedef esp_err_t (*http_event_handle_cb)(esp_http_client_event_t *evt);

typedef enum {
    HTTP_TRANSPORT_UNKNOWN = 0x0,
    HTTP_TRANSPORT_OVER_TCP,
    HTTP_TRANSPORT_OVER_SSL,
} esp_http_client_transport_t;

typedef enum {
    HTTP_METHOD_GET = 0,
    HTTP_METHOD_POST,
    HTTP_METHOD_PUT,
    HTTP_METHOD_PATCH,
    HTTP_METHOD_DELETE,
    HTTP_METHOD_HEAD,
} esp_http_client_method_t;

typedef struct {
    const char *url;
    const char *cert_pem;
    size_t cert_len; // with the terminating NUL; 0: until the NUL
    const char *client_cert_pem;
    size_t client_cert_len; // 0: PEM; otherwise the length of DER
    const char *client_key_pem;
    size_t client_key_len; // as client_cert_len
    void *ds_data; // of the Digital Signature peripheral, which is not in the model
    const char *common_name;
    bool skip_cert_common_name_check;
    bool use_global_ca_store;
    esp_err_t (*crt_bundle_attach)(void *conf);
    bool save_client_session;
    const char *user_agent;
    esp_http_client_method_t method;
    int timeout_ms;
    bool disable_auto_redirect; // of esp_http_client_perform, which is not here: a stream never follows
    int max_redirection_count;
    http_event_handle_cb event_handler;
    void *user_data;
    esp_http_client_transport_t transport_type;
    int buffer_size;
    int buffer_size_tx;
    bool is_async;
    bool keep_alive_enable;
    int keep_alive_idle;
    int keep_alive_interval;
    int keep_alive_count;
} esp_http_client_config_t;

/** @return NULL for a URL that is none */
esp_http_client_handle_t esp_http_client_init(const esp_http_client_config_t *config);
esp_err_t esp_http_client_cleanup(esp_http_client_handle_t client);

/** Closes the connection when host or port change; the Host header then lacks the port, as in ESP-IDF. */
esp_err_t esp_http_client_set_url(esp_http_client_handle_t client, const char *url);
esp_err_t esp_http_client_set_method(esp_http_client_handle_t client, esp_http_client_method_t method);
/** value NULL deletes it */
esp_err_t esp_http_client_set_header(esp_http_client_handle_t client, const char *key, const char *value);
/** Of the request: those of the answer are only in HTTP_EVENT_ON_HEADER. */
esp_err_t esp_http_client_get_header(esp_http_client_handle_t client, const char *key, char **value);
esp_err_t esp_http_client_delete_header(esp_http_client_handle_t client, const char *key);
esp_err_t esp_http_client_set_timeout_ms(esp_http_client_handle_t client, int timeout_ms);

/**
 * Connects unless it is connected, and sends the request's head. What is left of the answer before stays in the stream.
 * @return ESP_FAIL when the request line does not fit into buffer_size_tx (a header that does not is left out, with all after it)
 */
esp_err_t esp_http_client_open(esp_http_client_handle_t client, int write_len);
/** @return len, or what send gave */
int esp_http_client_write(esp_http_client_handle_t client, const char *buffer, int len);
/** @return Content-Length; 0 when there is none or it is 0; ESP_FAIL; -ESP_ERR_HTTP_EAGAIN when nothing came in time */
int64_t esp_http_client_fetch_headers(esp_http_client_handle_t client);
/**
 * Fills the buffer as far as it gets: each wait is bounded by the timeout, all of them together are not.
 * @return bytes; 0 at the end; ESP_FAIL when the connection ended too early; -ESP_ERR_HTTP_EAGAIN when nothing came in time
 */
int esp_http_client_read(esp_http_client_handle_t client, char *buffer, int len);
esp_err_t esp_http_client_flush_response(esp_http_client_handle_t client, int *len);
/** Drops what came of the body with the headers; nothing else does, so that it would stand before the next body. */
esp_err_t esp_http_client_clear_response_buffer(esp_http_client_handle_t client);
esp_err_t esp_http_client_close(esp_http_client_handle_t client);

int esp_http_client_get_status_code(esp_http_client_handle_t client);
int64_t esp_http_client_get_content_length(esp_http_client_handle_t client);
/** Also true without a Content-Length. */
bool esp_http_client_is_chunked_response(esp_http_client_handle_t client);
bool esp_http_client_is_complete_data_received(esp_http_client_handle_t client);
/** Whether the answer leaves the connection open. */
bool esp_http_client_is_persistent_connection(esp_http_client_handle_t client);
/** Goes to the answer's Location. @return ESP_ERR_HTTP_REDIRECT_DOWNGRADE from https to anything else */
esp_err_t esp_http_client_set_redirection(esp_http_client_handle_t client);
int esp_http_client_get_errno(esp_http_client_handle_t client);
/** @param esp_tls_error_code of Mbed TLS. @param esp_tls_flags MBEDTLS_X509_BADCERT_… */
esp_err_t esp_http_client_get_and_clear_last_tls_error(esp_http_client_handle_t client, int *esp_tls_error_code,
                                                       int *esp_tls_flags);
