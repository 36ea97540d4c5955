/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

/** A server of one connection after another, for one test: it reads a request's head, then sends what is scripted. */

/** What it does after a request; the first one without a request ends the connection. */
typedef struct {
    const char *send; // NULL: nothing, and the connection stays open until the test's end
    unsigned pause_ms; // before the second part is sent
    unsigned first; // bytes of the first part; 0: half of it
    int closes; // afterwards
} answer_t;

/** @param answers ends with one that is all 0. @return its port on 127.0.0.1 */
int peer_start(const answer_t *answers);
/** Ends it. @return the requests as they came, one behind the other */
const char *peer_stop(void);
/** Connections that it accepted. */
int peer_connections(void);
