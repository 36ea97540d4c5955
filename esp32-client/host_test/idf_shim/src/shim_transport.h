/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include "esp_http_client.h"

/** What a read answers instead of bytes (tcp_transport's numbers). */
enum {
    SHIM_READ_TIMEOUT = 0,
    SHIM_READ_FIN = -1,
    SHIM_READ_FAILED = -2,
};

typedef struct shim_tls shim_tls_t;

/** One connection at a time, to one host after another; the TLS session outlives the connection. */
typedef struct {
    int fd; // -1: closed
    shim_tls_t *tls; // NULL until the first TLS connection
    bool is_tls; // of the open connection
    int last_errno;
    int tls_error; // of Mbed TLS
    int tls_flags; // MBEDTLS_X509_BADCERT_…
} shim_transport_t;

esp_err_t shim_transport_connect(shim_transport_t *transport, const esp_http_client_config_t *config, const char *host,
                                 int port, bool is_tls);
/** Waits for the first byte only. @return bytes, or SHIM_READ_… */
int shim_transport_read(shim_transport_t *transport, void *buffer, size_t size, int timeout_ms);
/** @return bytes, fewer than size perhaps; 0 when the time was up; negative when it failed */
int shim_transport_write(shim_transport_t *transport, const void *data, size_t size, int timeout_ms);
void shim_transport_close(shim_transport_t *transport);
void shim_transport_free(shim_transport_t *transport);

/** Shakes hands over a connected socket; resumes the session that is kept. @return what Mbed TLS says */
int shim_tls_open(shim_tls_t **tls, int fd, const esp_http_client_config_t *config, const char *host, int *flags);
int shim_tls_read(shim_tls_t *tls, void *buffer, size_t size, int timeout_ms);
int shim_tls_write(shim_tls_t *tls, const void *data, size_t size);
bool shim_tls_has_bytes(const shim_tls_t *tls);
/** The session stays for the next connection. */
void shim_tls_close(shim_tls_t *tls);
void shim_tls_free(shim_tls_t *tls);
