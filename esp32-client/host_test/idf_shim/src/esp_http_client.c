/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "esp_http_client.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "shim_http_client.h"

#define DEFAULT_BUFFER_SIZE 512
#define DEFAULT_TIMEOUT_MS 5000

static int default_port(const shim_url_t *url)
{
    return strcasecmp(url->scheme, "https") == 0 ? 443 : 80;
}

esp_http_client_handle_t esp_http_client_init(const esp_http_client_config_t *config)
{
    esp_http_client_handle_t client = calloc(1, sizeof(*client));
    client->config = *config;
    client->transport.fd = -1;
    if (client->config.timeout_ms == 0) {
        client->config.timeout_ms = DEFAULT_TIMEOUT_MS;
    }
    if (client->config.buffer_size == 0) {
        client->config.buffer_size = DEFAULT_BUFFER_SIZE;
    }
    if (client->config.buffer_size_tx == 0) {
        client->config.buffer_size_tx = DEFAULT_BUFFER_SIZE;
    }
    client->buffer = malloc((size_t)client->config.buffer_size);
    if (config->url == NULL || shim_url_set(&client->url, config->url) != ESP_OK || client->url.host == NULL) {
        esp_http_client_cleanup(client);
        return NULL;
    }
    char host[300];
    snprintf(host, sizeof(host), client->url.port != default_port(&client->url) ? "%s:%d" : "%s", client->url.host,
             client->url.port);
    shim_header_set(&client->headers, "User-Agent",
                    config->user_agent != NULL ? config->user_agent : "ESP32 HTTP Client/1.0");
    shim_header_set(&client->headers, "Host", host);
    return client;
}

esp_err_t esp_http_client_cleanup(esp_http_client_handle_t client)
{
    if (client == NULL) {
        return ESP_FAIL;
    }
    esp_http_client_close(client);
    shim_transport_free(&client->transport);
    shim_url_free(&client->url);
    shim_header_free(&client->headers);
    free(client->location);
    free(client->buffer);
    shim_cached_buf_cleanup(client);
    free(client);
    return ESP_OK;
}

/** Not in 5.1; in late 5.5 and in 6. The component does without it. */
esp_err_t esp_http_client_clear_response_buffer(esp_http_client_handle_t client)
{
    shim_cached_buf_cleanup(client);
    return ESP_OK;
}

/** The same in 5.1.7, 5.5.5 and 6.0.2: another host or port drops the cache and closes; nothing else does. */
esp_err_t esp_http_client_set_url(esp_http_client_handle_t client, const char *url)
{
    if (client == NULL || url == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    char *old_host = strdup(client->url.host);
    const int old_port = client->url.port;
    const esp_err_t err = shim_url_set(&client->url, url);
    const bool is_other_host = strcasecmp(old_host, client->url.host) != 0;
    free(old_host);
    if (is_other_host) {
        shim_header_set(&client->headers, "Host", client->url.host);
    }
    if (is_other_host || old_port != client->url.port) {
        esp_http_client_clear_response_buffer(client);
        esp_http_client_close(client);
    }
    return err;
}

esp_err_t esp_http_client_set_redirection(esp_http_client_handle_t client)
{
    if (client == NULL || client->location == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    if (strcasecmp(client->url.scheme, "https") == 0 && strncasecmp(client->location, "https://", 8) != 0) {
        return ESP_ERR_HTTP_REDIRECT_DOWNGRADE;
    }
    return esp_http_client_set_url(client, client->location);
}

esp_err_t esp_http_client_set_method(esp_http_client_handle_t client, esp_http_client_method_t method)
{
    client->config.method = method;
    return ESP_OK;
}

esp_err_t esp_http_client_set_timeout_ms(esp_http_client_handle_t client, int timeout_ms)
{
    client->config.timeout_ms = timeout_ms;
    return ESP_OK;
}

esp_err_t esp_http_client_set_header(esp_http_client_handle_t client, const char *key, const char *value)
{
    if (client == NULL || key == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    shim_header_set(&client->headers, key, value);
    return ESP_OK;
}

esp_err_t esp_http_client_get_header(esp_http_client_handle_t client, const char *key, char **value)
{
    if (client == NULL || key == NULL || value == NULL) {
        return ESP_ERR_INVALID_ARG;
    }
    *value = (char *)shim_header_get(client->headers, key);
    return ESP_OK;
}

esp_err_t esp_http_client_delete_header(esp_http_client_handle_t client, const char *key)
{
    return esp_http_client_set_header(client, key, NULL);
}

int esp_http_client_get_status_code(esp_http_client_handle_t client)
{
    return client->response.status;
}

int64_t esp_http_client_get_content_length(esp_http_client_handle_t client)
{
    return client->response.content_length;
}

bool esp_http_client_is_chunked_response(esp_http_client_handle_t client)
{
    return client->response.is_chunked;
}

bool esp_http_client_is_persistent_connection(esp_http_client_handle_t client)
{
    return client->response.keeps_alive;
}

int esp_http_client_get_errno(esp_http_client_handle_t client)
{
    return client->transport.last_errno;
}

esp_err_t esp_http_client_get_and_clear_last_tls_error(esp_http_client_handle_t client, int *esp_tls_error_code,
                                                       int *esp_tls_flags)
{
    const esp_err_t err = client->transport.tls_error != 0 ? ESP_FAIL : ESP_OK;
    if (esp_tls_error_code != NULL) {
        *esp_tls_error_code = client->transport.tls_error;
    }
    if (esp_tls_flags != NULL) {
        *esp_tls_flags = client->transport.tls_flags;
    }
    client->transport.tls_error = 0;
    client->transport.tls_flags = 0;
    return err;
}
