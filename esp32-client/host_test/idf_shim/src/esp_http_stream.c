/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "esp_log.h"
#include "shim_http_client.h"

static const char *TAG = "HTTP_CLIENT";
static const char *const METHODS[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" };

static void dispatch(esp_http_client_handle_t client, esp_http_client_event_id_t id, char *key, char *value)
{
    if (client->config.event_handler != NULL) {
        esp_http_client_event_t event = {
            .event_id = id, .client = client, .user_data = client->config.user_data, .header_key = key, .header_value = value,
        };
        client->config.event_handler(&event);
    }
}

static void on_header(void *user, char *key, char *value)
{
    esp_http_client_handle_t client = user;
    if (strcasecmp(key, "Location") == 0) {
        free(client->location);
        client->location = strdup(value);
    }
    dispatch(client, HTTP_EVENT_ON_HEADER, key, value);
}

static esp_err_t connect_if_needed(esp_http_client_handle_t client)
{
    if (client->state >= STATE_CONNECTED) {
        return ESP_OK;
    }
    const bool is_tls = strcasecmp(client->url.scheme, "https") == 0;
    if (!is_tls && strcasecmp(client->url.scheme, "http") != 0) {
        return ESP_ERR_HTTP_INVALID_TRANSPORT;
    }
    const esp_err_t err = shim_transport_connect(&client->transport, &client->config, client->url.host, client->url.port,
                                                 is_tls);
    if (err == ESP_OK) {
        client->state = STATE_CONNECTED;
        dispatch(client, HTTP_EVENT_ON_CONNECTED, NULL, NULL);
    }
    return err;
}

static esp_err_t send_all(esp_http_client_handle_t client, const char *data, size_t size)
{
    while (size > 0) {
        const int sent = shim_transport_write(&client->transport, data, size, client->config.timeout_ms);
        if (sent <= 0) {
            esp_http_client_close(client);
            return ESP_ERR_HTTP_WRITE_DATA;
        }
        data += sent;
        size -= (size_t)sent;
    }
    return ESP_OK;
}

/** Packs as many headers into the transmit buffer as fit, sends it, and so on. */
static esp_err_t send_head(esp_http_client_handle_t client, char *buffer, size_t room)
{
    size_t used = (size_t)snprintf(buffer, room, "%s %s HTTP/1.1\r\n", METHODS[client->config.method], client->url.target);
    if (used >= room) {
        ESP_LOGE(TAG, "the request line does not fit into buffer_size_tx");
        return ESP_FAIL;
    }
    bool has_header = false;
    for (const shim_header_t *header = client->headers; header != NULL; header = header->next) {
        const size_t length = strlen(header->key) + strlen(header->value) + 4;
        if (used + length + 3 > room) {
            if (!has_header) {
                ESP_LOGE(TAG, "%s does not fit into buffer_size_tx", header->key);
                return ESP_OK; // the request is never finished
            }
            const esp_err_t err = send_all(client, buffer, used);
            if (err != ESP_OK) {
                return err;
            }
            used = 0;
            if (length + 3 > room) {
                return ESP_OK;
            }
        }
        used += (size_t)snprintf(buffer + used, room - used, "%s: %s\r\n", header->key, header->value);
        has_header = true;
    }
    used += (size_t)snprintf(buffer + used, room - used, "\r\n");
    return send_all(client, buffer, used);
}

esp_err_t esp_http_client_open(esp_http_client_handle_t client, int write_len)
{
    free(client->location);
    client->location = NULL;
    shim_response_begin(&client->response, client->config.method == HTTP_METHOD_HEAD, on_header, client);
    esp_err_t err = connect_if_needed(client);
    if (err == ESP_OK) {
        char length[16];
        snprintf(length, sizeof(length), "%d", write_len);
        const bool has_body = write_len != 0 || client->config.method == HTTP_METHOD_POST
                              || client->config.method == HTTP_METHOD_PUT || client->config.method == HTTP_METHOD_PATCH;
        shim_header_set(&client->headers, "Content-Length", has_body ? length : NULL);
        const size_t room = (size_t)client->config.buffer_size_tx;
        char *buffer = malloc(room);
        err = send_head(client, buffer, room);
        free(buffer);
    }
    if (err != ESP_OK) {
        dispatch(client, HTTP_EVENT_ERROR, NULL, NULL);
        return err;
    }
    client->state = STATE_REQUEST_SENT;
    dispatch(client, HTTP_EVENT_HEADERS_SENT, NULL, NULL);
    return ESP_OK;
}

int esp_http_client_write(esp_http_client_handle_t client, const char *buffer, int len)
{
    if (client->state < STATE_REQUEST_SENT) {
        return ESP_FAIL;
    }
    int written = 0;
    while (written < len) {
        const int sent = shim_transport_write(&client->transport, buffer + written, (size_t)(len - written),
                                              client->config.timeout_ms);
        if (sent <= 0) {
            return sent;
        }
        written += sent;
    }
    return written;
}

/** Keeps what came of the body with the headers. */
static void feed_early(esp_http_client_handle_t client, size_t length)
{
    client->early = realloc(client->early, client->early_length + length);
    client->early_length += shim_response_feed(&client->response, client->buffer, length,
                                               client->early + client->early_length);
}

int64_t esp_http_client_fetch_headers(esp_http_client_handle_t client)
{
    if (client->state < STATE_REQUEST_SENT) {
        return ESP_FAIL;
    }
    client->state = STATE_FETCHING;
    while (client->response.state == SHIM_STATUS_LINE || client->response.state == SHIM_HEADERS
            || client->response.state == SHIM_BROKEN) {
        const int got = shim_transport_read(&client->transport, client->buffer, (size_t)client->config.buffer_size,
                                            client->config.timeout_ms);
        if (got <= 0) {
            return got == SHIM_READ_TIMEOUT ? -ESP_ERR_HTTP_EAGAIN : ESP_FAIL;
        }
        feed_early(client, (size_t)got);
    }
    client->state = STATE_BODY;
    return client->response.content_length > 0 ? client->response.content_length : 0;
}

bool esp_http_client_is_complete_data_received(esp_http_client_handle_t client)
{
    return client->response.state == SHIM_COMPLETE;
}

static int take_early(esp_http_client_handle_t client, char *buffer, int len)
{
    const size_t taken = client->early_length < (size_t)len ? client->early_length : (size_t)len;
    if (taken > 0) {
        memcpy(buffer, client->early, taken);
        client->early_length -= taken;
        memmove(client->early, client->early + taken, client->early_length);
    }
    return (int)taken;
}

int esp_http_client_read(esp_http_client_handle_t client, char *buffer, int len)
{
    int done = take_early(client, buffer, len);
    while (done < len && !esp_http_client_is_complete_data_received(client)) {
        const int room = len - done < client->config.buffer_size ? len - done : client->config.buffer_size;
        const int got = shim_transport_read(&client->transport, client->buffer, (size_t)room, client->config.timeout_ms);
        if (got > 0) {
            done += (int)shim_response_feed(&client->response, client->buffer, (size_t)got, (uint8_t *)buffer + done);
            continue;
        }
        if (got == SHIM_READ_TIMEOUT) {
            return done > 0 ? done : -ESP_ERR_HTTP_EAGAIN;
        }
        if (got == SHIM_READ_FIN) {
            shim_response_end(&client->response);
        }
        if (done == 0 && !esp_http_client_is_complete_data_received(client)) {
            dispatch(client, HTTP_EVENT_ERROR, NULL, NULL);
            return ESP_FAIL;
        }
        return done;
    }
    return done;
}

esp_err_t esp_http_client_flush_response(esp_http_client_handle_t client, int *len)
{
    int flushed = 0;
    while (!esp_http_client_is_complete_data_received(client)) {
        const int got = shim_transport_read(&client->transport, client->buffer, (size_t)client->config.buffer_size,
                                            client->config.timeout_ms);
        if (got < 0) {
            return ESP_FAIL;
        }
        shim_response_feed(&client->response, client->buffer, (size_t)got, NULL);
        flushed += got;
    }
    if (len != NULL) {
        *len = flushed;
    }
    return ESP_OK;
}

esp_err_t esp_http_client_close(esp_http_client_handle_t client)
{
    if (client->state > STATE_INIT) {
        dispatch(client, HTTP_EVENT_DISCONNECTED, NULL, NULL);
        client->state = STATE_INIT;
        shim_transport_close(&client->transport);
    }
    return ESP_OK;
}
