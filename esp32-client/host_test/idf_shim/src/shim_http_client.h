/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "esp_http_client.h"
#include "shim_request.h"
#include "shim_response.h"
#include "shim_transport.h"

typedef enum {
    STATE_INIT, // not connected
    STATE_CONNECTED,
    STATE_REQUEST_SENT, // its head
    STATE_FETCHING,
    STATE_BODY,
} state_t;

struct esp_http_client {
    esp_http_client_config_t config;
    state_t state;
    shim_url_t url;
    shim_header_t *headers;
    shim_transport_t transport;
    shim_response_t response;
    char *location;
    uint8_t *buffer; // of config.buffer_size, as the bytes come in
    // esp_http_buffer_t of components/esp_http_client/esp_http_client.c: the part of a body that came with its head.
    char *orig_raw_data; // allocated
    char *raw_data; // what of it has not been read yet
    int raw_len;
    char *output_ptr; // where esp_http_client_read() wants a body
};

/** esp_http_client_cached_buf_cleanup(). */
void shim_cached_buf_cleanup(esp_http_client_handle_t client);
