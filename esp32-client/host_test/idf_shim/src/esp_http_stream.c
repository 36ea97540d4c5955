/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "esp_event.h"
#include "esp_log.h"
#include "shim_device.h"
#include "shim_http_client.h"

ESP_EVENT_DEFINE_BASE(ESP_HTTP_CLIENT_EVENT);

static const char *TAG = "HTTP_CLIENT";
static const char *const METHODS[] = { "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD" };

/**
 * http_dispatch_event_to_event_loop(): each event goes to the default loop, too. The client waits for room in its queue: in 5.1 for ever
 * (esp_http_client.c:195 of 5.1.7), in 5.5.5 and 6.0.2 for CONFIG_ESP_HTTP_CLIENT_EVENT_POST_TIMEOUT, 2,000 ms.
 */
static void post(esp_http_client_handle_t client, esp_http_client_event_id_t id)
{
    const char *wait_ms = getenv("SHIM_HTTP_POST_MS");
    const int wait = wait_ms != NULL ? atoi(wait_ms) : 2000;
    const esp_err_t err = esp_event_post(ESP_HTTP_CLIENT_EVENT, (int32_t)id, &client, sizeof(client),
                                         wait < 0 ? portMAX_DELAY : pdMS_TO_TICKS(wait));
    if (err != ESP_OK) {
        ESP_LOGE(TAG, "Failed to post http_client event: %d, error: %s", (int)id, esp_err_to_name(err));
    }
}

static void dispatch(esp_http_client_handle_t client, esp_http_client_event_id_t id, esp_http_client_event_t event)
{
    event.event_id = id;
    event.client = client;
    event.user_data = client->config.user_data;
    if (client->config.event_handler != NULL) {
        client->config.event_handler(&event);
    }
    post(client, id);
}

/** http_on_header_value() and http_on_header_event(), the same in 5.1.7, 5.5.5 and 6.0.2. */
static void on_header(void *user, char *key, char *value)
{
    esp_http_client_handle_t client = user;
    if (strcasecmp(key, "Location") == 0) {
        free(client->location);
        client->location = strdup(value);
    }
    dispatch(client, HTTP_EVENT_ON_HEADER, (esp_http_client_event_t) {
        .header_key = key, .header_value = value
    });
}

/**
 * http_on_body(), esp_http_client.c:285 of 5.1.7, :305 of 5.5.5, :354 of 6.0.2: what comes with the head is kept behind what is there,
 * and a rest that was read in part is the end of the program.
 */
static void on_body(void *user, const char *data, size_t length)
{
    esp_http_client_handle_t client = user;
    if (client->output_ptr != NULL) {
        memcpy(client->output_ptr, data, length);
        client->output_ptr += length;
    } else if (client->state < STATE_BODY) {
        if (client->orig_raw_data != client->raw_data) {
            shim_panic("http_on_body: assert(res_buffer->orig_raw_data == res_buffer->raw_data)");
        }
        client->orig_raw_data = realloc(client->orig_raw_data, (size_t)client->raw_len + length);
        memcpy(client->orig_raw_data + client->raw_len, data, length);
        client->raw_data = client->orig_raw_data;
    }
    client->response.data_process += (int64_t)length;
    client->raw_len += (int)length;
    dispatch(client, HTTP_EVENT_ON_DATA, (esp_http_client_event_t) {
        .data = (void *)(uintptr_t)data, .data_len = (int)length
    });
}

void shim_cached_buf_cleanup(esp_http_client_handle_t client)
{
    free(client->orig_raw_data);
    client->orig_raw_data = NULL;
    client->raw_data = NULL;
    client->raw_len = 0;
}

/** esp_http_client_connect(), the same in 5.1.7, 5.5.5 and 6.0.2 for what is not asynchronous. */
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
        dispatch(client, HTTP_EVENT_ON_CONNECTED, (esp_http_client_event_t) {
            0
        });
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

/** esp_http_client_request_send() and http_header_generate_string() of 5.1.7 and 5.5.5: packs as many headers into the transmit buffer as fit, sends it, and so on. */
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

/** esp_http_client_open() and the reset of esp_http_client_prepare() in it, 5.1.7 to 6.0.2: what is kept of a body stays. */
esp_err_t esp_http_client_open(esp_http_client_handle_t client, int write_len)
{
    free(client->location);
    client->location = NULL;
    client->response.on_header = on_header;
    client->response.on_body = on_body;
    client->response.user = client;
    shim_response_begin(&client->response, client->config.method == HTTP_METHOD_HEAD);
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
        dispatch(client, HTTP_EVENT_ERROR, (esp_http_client_event_t) {
            0
        });
        return err;
    }
    client->state = STATE_REQUEST_SENT;
    dispatch(client, HTTP_EVENT_HEADERS_SENT, (esp_http_client_event_t) {
        0
    });
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

/** esp_http_client.c:1356 of 5.1.7, :1557 of 5.5.5, :1622 of 6.0.2: it ends with the first head, that of an interim answer (1xx) too. */
int64_t esp_http_client_fetch_headers(esp_http_client_handle_t client)
{
    if (client->state < STATE_REQUEST_SENT) {
        return ESP_FAIL;
    }
    client->state = STATE_FETCHING;
    shim_response_await_head(&client->response);
    while (!client->response.has_head) {
        const int got = shim_transport_read(&client->transport, client->buffer, (size_t)client->config.buffer_size,
                                            client->config.timeout_ms);
        if (got <= 0) {
            return got == SHIM_READ_TIMEOUT ? -ESP_ERR_HTTP_EAGAIN : ESP_FAIL;
        }
        shim_response_feed(&client->response, client->buffer, (size_t)got);
    }
    client->state = STATE_BODY;
    if (client->response.content_length <= 0) {
        client->response.is_chunked = true;
        return 0;
    }
    return client->response.content_length;
}

/** The same in 5.1.7, 5.5.5 and 6.0.2. */
bool esp_http_client_is_complete_data_received(esp_http_client_handle_t client)
{
    const shim_response_t *response = &client->response;
    return response->is_chunked ? response->is_complete : response->data_process == response->content_length;
}

static int take_cached(esp_http_client_handle_t client, char *buffer, int len)
{
    const int taken = client->raw_len < len ? client->raw_len : len;
    if (taken > 0) {
        memcpy(buffer, client->raw_data, (size_t)taken);
        client->raw_len -= taken;
        client->raw_data += taken;
        if (client->raw_len == 0) {
            shim_cached_buf_cleanup(client);
        }
    }
    return taken;
}

static bool has_more(const shim_response_t *response)
{
    return response->is_chunked ? !response->is_complete : response->data_process < response->content_length;
}

/** esp_http_client.c:1157 of 5.1.7, :1327 of 5.5.5, :1387 of 6.0.2. */
int esp_http_client_read(esp_http_client_handle_t client, char *buffer, int len)
{
    int done = take_cached(client, buffer, len);
    while (done < len && has_more(&client->response)) {
        const int room = len - done < client->config.buffer_size ? len - done : client->config.buffer_size;
        const int got = shim_transport_read(&client->transport, client->buffer, (size_t)room, client->config.timeout_ms);
        if (got <= 0) {
            if (got == SHIM_READ_FIN && client->response.is_chunked) {
                shim_response_end(&client->response);
            }
            if (got == SHIM_READ_TIMEOUT) {
                return done > 0 ? done : -ESP_ERR_HTTP_EAGAIN;
            }
            if (done == 0 && !esp_http_client_is_complete_data_received(client)) {
                dispatch(client, HTTP_EVENT_ERROR, (esp_http_client_event_t) {
                    0
                });
                return ESP_FAIL;
            }
            return done;
        }
        client->output_ptr = buffer + done;
        shim_response_feed(&client->response, client->buffer, (size_t)got);
        done += client->raw_len;
        client->raw_len = 0;
        client->output_ptr = NULL;
    }
    return done;
}

/** The same in 5.1.7, 5.5.5 and 6.0.2: it leaves what came with the head where it is. */
esp_err_t esp_http_client_flush_response(esp_http_client_handle_t client, int *len)
{
    int flushed = 0;
    while (!esp_http_client_is_complete_data_received(client)) {
        const int got = shim_transport_read(&client->transport, client->buffer, (size_t)client->config.buffer_size,
                                            client->config.timeout_ms);
        if (got < 0) {
            return ESP_FAIL;
        }
        shim_response_feed(&client->response, client->buffer, (size_t)got);
        flushed += got;
    }
    if (len != NULL) {
        *len = flushed;
    }
    return ESP_OK;
}

/** esp_http_client.c:1850 of 5.5.5, :1911 of 6.0.2 (5.1.7 sends the event of a client that is not connected, too): the cache stays. */
esp_err_t esp_http_client_close(esp_http_client_handle_t client)
{
    if (client->state > STATE_INIT) {
        dispatch(client, HTTP_EVENT_DISCONNECTED, (esp_http_client_event_t) {
            0
        });
        client->state = STATE_INIT;
        shim_transport_close(&client->transport);
    }
    return ESP_OK;
}
