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
    uint8_t *early; // the body that came with the headers; stays until it is read, whatever happens in between
    size_t early_length;
};
