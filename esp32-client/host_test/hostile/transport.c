/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "esp_crt_bundle.h"
#include "shim_transport.h"
#include "world.h"

/* The transport of the model of esp_http_client, on the simulated network. */

esp_err_t shim_transport_connect(shim_transport_t *transport, const esp_http_client_config_t *config, const char *host,
                                 int port, bool is_tls)
{
    (void)config;
    (void)is_tls;
    transport->fd = peer_connect(host, port);
    return ESP_OK;
}

int shim_transport_read(shim_transport_t *transport, void *buffer, size_t size, int timeout_ms)
{
    return transport->fd < 0 ? SHIM_READ_FAILED : peer_read(buffer, size, timeout_ms);
}

int shim_transport_write(shim_transport_t *transport, const void *data, size_t size, int timeout_ms)
{
    (void)timeout_ms;
    return transport->fd < 0 ? -1 : peer_write(data, size);
}

void shim_transport_close(shim_transport_t *transport)
{
    if (transport->fd >= 0) {
        peer_close();
    }
    transport->fd = -1;
}

void shim_transport_free(shim_transport_t *transport)
{
    shim_transport_close(transport);
}

esp_err_t esp_crt_bundle_attach(void *conf)
{
    (void)conf;
    return ESP_OK;
}
