/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "registry.h"

#include <stdio.h>
#include <string.h>

registry_t registry;

void registry_make(void)
{
    memset(&registry, 0, sizeof registry);
}

const char *registry_token(void)
{
    static char token[80];
    snprintf(token, sizeof token, "otad_Epoch%u-0123456789abcdefghijklmnopqrstuvwxyzABCDEFG_~+/=", registry.epoch);
    return token;
}

void registry_revoke(void)
{
    ++registry.epoch;
    registry.used = true;
}

void registry_reset(void)
{
    ++registry.epoch;
    registry.used = false;
}

int registry_enroll(const char *key, char *body, size_t size)
{
    ++registry.asked;
    snprintf(body, size, "{\"status\":400,\"code\":\"NO\"}");
    if (key == NULL || registry.key == NULL || strcmp(key, registry.key) != 0) {
        return 401;
    }
    if (registry.used) {
        return 409;
    }
    if (registry.asks_for_acceptance && !registry.accepted) {
        snprintf(body, size, "{\"status\":\"pending\"}");
        return 202;
    }
    snprintf(body, size, "{\"later\":[1,{}],\"device_token\":\"%s\"}", registry_token());
    return 200;
}

bool registry_admits(const char *token)
{
    const bool right = token != NULL && strcmp(token, registry_token()) == 0;
    /* A server that knows no enrolment ignores a token. */
    const bool admitted = right || (!registry.demands_identity && (token == NULL || registry.key == NULL));
    registry.used = registry.used || right;
    registry.admitted += right ? 1U : 0U;
    registry.refused += admitted ? 0U : 1U;
    return admitted;
}
