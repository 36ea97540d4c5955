/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "ota_core.h"

/* The identity of the device: its token, and how it gets one. The rest of the core asks here and has no conditions of its
 * own. Without OTA_IDENTITY nothing of it is compiled. */

#if OTA_IDENTITY

/* ota_identity.c */
bool ota_client_is_token(const char *text); /* also for enrolment keys */
void ota_client_identity_load(ota_core_t *core);
/* Enrols the device if it has an enrolment key and no token that the server accepts. Returns OTA_OK also if the server
 * refuses to enrol it, because a server that demands no identity answers the next request all the same. */
ota_result_t ota_client_identity_ensure(ota_core_t *core);

/* The bearer token of the next request. */
static inline const char *ota_client_identity_bearer(const ota_core_t *core)
{
    const char *kept = core->identity.kept.token;
    return core->identity.enrolling         ? core->settings.enroll_key
           : core->settings.token != NULL   ? core->settings.token
           : kept[0] != '\0'                ? kept
           : NULL;
}

/* Notes whether the server accepted the identity of a request, which went to it or elsewhere. */
static inline void ota_client_identity_note(ota_core_t *core, bool at_home)
{
    if (at_home && !core->identity.enrolling) {
        core->identity.refused = core->response.status == 401;
    }
}

/* Tells whether the request would be lost because the device has yet to enrol. */
static inline bool ota_client_identity_is_missing(const ota_core_t *core)
{
    return core->settings.enroll_key != NULL && ota_client_identity_bearer(core) == NULL;
}

/* An enrolment never leaves the server, because any answer to it would be taken for a token. */
static inline bool ota_client_identity_stays_home(const ota_core_t *core)
{
    return core->identity.enrolling;
}

static inline bool ota_client_identity_is_refused(const ota_core_t *core)
{
    return core->identity.refused;
}

static inline bool ota_client_identity_is_pending(ota_result_t result)
{
    return result == OTA_ERR_ENROLL_PENDING;
}

/* The result of an error status. */
static inline ota_result_t ota_client_identity_status(int status)
{
    return status == 401 ? OTA_ERR_IDENTITY : OTA_ERR_STATUS;
}

#else

static inline void ota_client_identity_load(ota_core_t *core)
{
    (void)core;
}

static inline ota_result_t ota_client_identity_ensure(ota_core_t *core)
{
    (void)core;
    return OTA_OK;
}

static inline const char *ota_client_identity_bearer(const ota_core_t *core)
{
    return core->settings.token;
}

static inline void ota_client_identity_note(ota_core_t *core, bool at_home)
{
    (void)core;
    (void)at_home;
}

static inline bool ota_client_identity_is_missing(const ota_core_t *core)
{
    (void)core;
    return false;
}

static inline bool ota_client_identity_stays_home(const ota_core_t *core)
{
    (void)core;
    return false;
}

static inline bool ota_client_identity_is_refused(const ota_core_t *core)
{
    (void)core;
    return false;
}

static inline bool ota_client_identity_is_pending(ota_result_t result)
{
    (void)result;
    return false;
}

static inline ota_result_t ota_client_identity_status(int status)
{
    (void)status;
    return OTA_ERR_STATUS;
}

#endif
