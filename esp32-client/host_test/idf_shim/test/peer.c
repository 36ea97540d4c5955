/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "peer.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int s_listener;
static int s_connections;
static char s_requests[8192];
static size_t s_length;
static pthread_t s_thread;
static const answer_t *s_answers;

static bool read_head(int fd)
{
    const size_t begin = s_length;
    while (s_length < sizeof(s_requests) - 1) {
        const ssize_t got = recv(fd, s_requests + s_length, sizeof(s_requests) - 1 - s_length, 0);
        if (got <= 0) {
            return false;
        }
        s_length += (size_t)got;
        s_requests[s_length] = '\0';
        if (strstr(s_requests + begin, "\r\n\r\n") != NULL) {
            return true;
        }
    }
    return false;
}

static void send_answer(int fd, const answer_t *answer)
{
    const size_t length = strlen(answer->send);
    const size_t first = answer->first > 0 ? answer->first : answer->pause_ms > 0 ? length / 2 : length;
    send(fd, answer->send, first, MSG_NOSIGNAL);
    usleep(answer->pause_ms * 1000);
    send(fd, answer->send + first, length - first, MSG_NOSIGNAL);
}

static void *serve(void *unused)
{
    (void)unused;
    for (;;) {
        const int fd = accept(s_listener, NULL, NULL);
        if (fd < 0) {
            return NULL;
        }
        s_connections++;
        while (read_head(fd)) {
            const answer_t *answer = s_answers;
            if (answer->send == NULL) {
                continue;
            }
            s_answers++;
            send_answer(fd, answer);
            if (answer->closes) {
                break;
            }
        }
        close(fd);
    }
}

int peer_start(const answer_t *answers)
{
    s_answers = answers;
    s_connections = 0;
    s_length = 0;
    s_requests[0] = '\0';
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t length = sizeof(address);
    s_listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(s_listener, (struct sockaddr *)&address, length);
    listen(s_listener, 4);
    getsockname(s_listener, (struct sockaddr *)&address, &length);
    pthread_create(&s_thread, NULL, serve, NULL);
    return ntohs(address.sin_port);
}

const char *peer_stop(void)
{
    shutdown(s_listener, SHUT_RDWR);
    pthread_join(s_thread, NULL);
    close(s_listener);
    return s_requests;
}

int peer_connections(void)
{
    return s_connections;
}
