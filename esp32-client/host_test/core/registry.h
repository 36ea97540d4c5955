/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What the server knows of the one device: whether it must identify itself, its token, and who may enrol. */

typedef struct {
    bool demands_identity; /* DEVICE_AUTH=required */
    const char *key;       /* NULL: nobody may enrol */
    bool asks_for_acceptance;
    bool accepted;
    unsigned epoch; /* The token is derived from it. */
    bool used;      /* The token was used: it is not given again. */
    bool elsewhere_refuses; /* The targets of redirects answer 401. */

    unsigned asked;    /* requests for a token */
    unsigned admitted; /* requests with the right token */
    unsigned refused;  /* requests with another one, or none that was needed */
} registry_t;

extern registry_t registry;

void registry_make(void);
const char *registry_token(void);
void registry_revoke(void); /* The token is not accepted any more, and no other is given. */
void registry_reset(void);  /* as revoke, and another token is given to the device */

/* Returns the status, and writes the body. */
int registry_enroll(const char *key, char *body, size_t size);
bool registry_admits(const char *token);
