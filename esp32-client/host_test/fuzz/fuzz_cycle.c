/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>
#include "../core/device.h"
#include "../core/tests.h"
#include "ota_internal.h"

/*
 * A whole device with a record of arbitrary content and a valid checksum, and a server that sends an arbitrary response to the check. The
 * device must become idle on a whole image after a few restarts.
 */

#define LIVES 8U

static char s_body[4096];

/* The first bytes select options; the record and the response follow. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2U) {
        return 0;
    }
    world(FILL_RANDOM, 20000);
    const uint8_t choice = data[0];
    const size_t record = size - 1U < sizeof(ota_record_t) ? size - 1U : sizeof(ota_record_t);
    memset(&device.core.record, 0, sizeof device.core.record);
    memcpy(&device.core.record, data + 1, record);
    if (choice & 1U) {
        device.core.record.format = 0x3141544FU;
    }
    if (choice & 2U) { /* of the image that is offered */
        memcpy(device.core.record.file_hash, peer.offered_hash, sizeof peer.offered_hash);
        device.core.record.file_size = peer.offered_size;
        device.core.record.build = peer.build;
        strcpy(device.core.record.version, peer.version);
    }
    static const ota_ops_t *ops;
    if (ops == NULL) {
        if (device_live(0) != 0) {
            abort();
        }
        ops = device.core.ops;
    }
    const ota_record_t kept = device.core.record;
    device.core.ops = ops;
    device.core.record = kept;
    (void)ota_client_record_save(&device.core);
    const size_t rest = size - 1U - record;
    if ((choice & 4U) && rest > 0U) {
        const size_t length = rest < sizeof s_body - 1U ? rest : sizeof s_body - 1U;
        memcpy(s_body, data + 1U + record, length);
        s_body[length] = '\0';
        peer_misbehave(SAYS, choice & 8U ? ENROLL : CHECK, 0);
        peer.body = s_body;
        peer.times = 2;
    }
    device.settings.enroll_key = choice & 8U ? "otae_1" : NULL;
    unsigned lives = 0;
    while (device_live(2) != 0) {
        peer.reports = 0;
        if (++lives > LIVES) {
            abort();
        }
    }
    if (!device_runs(old_image, old_size) && !device_runs(new_image, new_size)) {
        abort();
    }
    return 0;
}
