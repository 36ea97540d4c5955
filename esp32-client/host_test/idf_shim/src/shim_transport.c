/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shim_transport.h"
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "esp_log.h"

static const char *TAG = "transport";

/** @return 1 ready, 0 time is up, -1 failed */
static int wait_for(int fd, short events, int timeout_ms)
{
    struct pollfd wanted = { .fd = fd, .events = events };
    int ready;
    do {
        ready = poll(&wanted, 1, timeout_ms);
    } while (ready < 0 && errno == EINTR);
    return ready;
}

/** @return 0, or an errno */
static int connect_to(int fd, const struct addrinfo *address, int timeout_ms)
{
    const int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    if (connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
        if (errno != EINPROGRESS) {
            return errno;
        }
        if (wait_for(fd, POLLOUT, timeout_ms) <= 0) {
            return ETIMEDOUT;
        }
        int failed = 0;
        socklen_t length = sizeof(failed);
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &length);
        if (failed != 0) {
            return failed;
        }
    }
    fcntl(fd, F_SETFL, flags);
    return 0;
}

static void set_options(int fd, int timeout_ms)
{
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    // A write to a peer that does not read must not wait for ever, inside Mbed TLS either.
    const struct timeval patience = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
}

static int open_socket(shim_transport_t *transport, const char *host, int port, int timeout_ms)
{
    char service[8];
    snprintf(service, sizeof(service), "%u", (unsigned)port & 0xFFFF);
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *addresses = NULL;
    if (getaddrinfo(host, service, &hints, &addresses) != 0) {
        transport->last_errno = EHOSTUNREACH;
        return -1;
    }
    int fd = -1;
    for (const struct addrinfo *address = addresses; address != NULL && fd < 0; address = address->ai_next) {
        fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        transport->last_errno = fd < 0 ? errno : connect_to(fd, address, timeout_ms);
        if (fd >= 0 && transport->last_errno != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(addresses);
    return fd;
}

esp_err_t shim_transport_connect(shim_transport_t *transport, const esp_http_client_config_t *config, const char *host,
                                 int port, bool is_tls)
{
    transport->fd = open_socket(transport, host, port, config->timeout_ms);
    if (transport->fd < 0) {
        ESP_LOGW(TAG, "no connection to %s:%d, errno %d", host, port, transport->last_errno);
        return ESP_ERR_HTTP_CONNECT;
    }
    set_options(transport->fd, config->timeout_ms);
    transport->is_tls = is_tls;
    if (is_tls) {
        transport->tls_error = shim_tls_open(&transport->tls, transport->fd, config, host, &transport->tls_flags);
        if (transport->tls_error != 0) {
            ESP_LOGW(TAG, "TLS with %s:%d failed, -0x%04x, flags 0x%x", host, port, (unsigned) - transport->tls_error,
                     (unsigned)transport->tls_flags);
            shim_transport_close(transport);
            return ESP_ERR_HTTP_CONNECT;
        }
    }
    return ESP_OK;
}

int shim_transport_read(shim_transport_t *transport, void *buffer, size_t size, int timeout_ms)
{
    if (transport->fd < 0) {
        return SHIM_READ_FAILED;
    }
    if (!(transport->is_tls && shim_tls_has_bytes(transport->tls))) {
        const int ready = wait_for(transport->fd, POLLIN, timeout_ms);
        if (ready <= 0) {
            return ready == 0 ? SHIM_READ_TIMEOUT : SHIM_READ_FAILED;
        }
    }
    if (transport->is_tls) {
        return shim_tls_read(transport->tls, buffer, size, timeout_ms);
    }
    const ssize_t got = recv(transport->fd, buffer, size, 0);
    if (got < 0) {
        transport->last_errno = errno;
        return SHIM_READ_FAILED;
    }
    return got == 0 ? SHIM_READ_FIN : (int)got;
}

int shim_transport_write(shim_transport_t *transport, const void *data, size_t size, int timeout_ms)
{
    if (transport->fd < 0) {
        return -1;
    }
    const int ready = wait_for(transport->fd, POLLOUT, timeout_ms);
    if (ready <= 0) {
        return ready;
    }
    if (transport->is_tls) {
        return shim_tls_write(transport->tls, data, size);
    }
    const ssize_t sent = send(transport->fd, data, size, MSG_NOSIGNAL);
    if (sent < 0) {
        transport->last_errno = errno;
    }
    return (int)sent;
}

void shim_transport_close(shim_transport_t *transport)
{
    if (transport->fd < 0) {
        return;
    }
    if (transport->is_tls) {
        shim_tls_close(transport->tls);
    }
    close(transport->fd);
    transport->fd = -1;
}

void shim_transport_free(shim_transport_t *transport)
{
    shim_transport_close(transport);
    shim_tls_free(transport->tls);
    transport->tls = NULL;
}
