/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_internal.h"

const char *ota_client_result_text(ota_result_t result)
{
    static const char *const texts[OTA_RESULTS] = {
        [OTA_OK] = "",
        [OTA_ERR_NETWORK] = "network is not up",
        [OTA_ERR_CONNECT] = "no connection to the server",
        [OTA_ERR_CLOSED] = "connection lost",
        [OTA_ERR_STALL] = "connection stalled",
        [OTA_ERR_DEADLINE] = "update took too long",
        [OTA_ERR_STATUS] = "server refused",
        [OTA_ERR_BUSY] = "server asked to wait",
        [OTA_ERR_REDIRECT] = "redirect not followed",
        [OTA_ERR_ANSWER] = "answer makes no sense",
        [OTA_ERR_RANGE] = "server sent another range",
        [OTA_ERR_LENGTH] = "file size differs from the offer",
        [OTA_ERR_CHANGED] = "file changed during the download",
        [OTA_ERR_NOT_AN_IMAGE] = "file is no application image",
        [OTA_ERR_WRONG_CHIP] = "image is for another chip",
        [OTA_ERR_WRONG_PROJECT] = "image is of another project",
        [OTA_ERR_SECURE_VERSION] = "secure version is too low",
        [OTA_ERR_TOO_LARGE] = "image does not fit into the slot",
        [OTA_ERR_HASH] = "hash differs from the offer",
        [OTA_ERR_FLASH] = "flash failed",
        [OTA_ERR_STORAGE] = "NVS failed",
        [OTA_ERR_REFUSED] = "image failed verification",
        [OTA_ERR_PENDING_VERIFY] = "running image is not confirmed",
        [OTA_ERR_ROLLED_BACK] = "rolled back",
        [OTA_ERR_DIAGNOSTICS] = "diagnostics failed",
        [OTA_ERR_BLOCKED] = "this version failed before",
        [OTA_ERR_HELD] = "three attempts failed",
        [OTA_ERR_DEFERRED] = "application said not now",
        [OTA_ERR_STOPPED] = "stopped",
#if OTA_IDENTITY
        [OTA_ERR_IDENTITY] = "server does not accept this device",
        [OTA_ERR_ENROLL_PENDING] = "waiting for acceptance by an operator",
        [OTA_ERR_ALREADY_ENROLLED] = "already enrolled",
        [OTA_ERR_ENROLL_REFUSED] = "server refused to enrol this device",
#endif
    };
    return result < OTA_RESULTS ? texts[result] : "";
}

/* A verdict is a result that is about the file, and not about the network or the state of the device. */
bool ota_client_is_verdict(ota_result_t result)
{
    switch (result) {
    case OTA_ERR_NOT_AN_IMAGE:
    case OTA_ERR_WRONG_CHIP:
    case OTA_ERR_WRONG_PROJECT:
    case OTA_ERR_SECURE_VERSION:
    case OTA_ERR_TOO_LARGE:
    case OTA_ERR_HASH:
    case OTA_ERR_REFUSED:
        return true;
    default:
        return false;
    }
}
