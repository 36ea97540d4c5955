/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdio.h>
#include <stdlib.h>
#include "tests.h"

/*
 * Power fails during every operation of an update that changes flash, NVS or the boot data, in every way in which an
 * operation can be interrupted. A whole image runs after each start and the new one at the end, and each cut costs at
 * most one sector that is downloaded twice.
 */

#define LIVES 12U

typedef struct {
    const char *name;
    image_fill_t fill;
    uint32_t size;
    bool encrypted;
    uint32_t twice_most; /* bytes that may be downloaded twice for each cut */
} scene_t;

static const scene_t s_scenes[] = {
    { "random bytes", FILL_RANDOM, 70000, false, OTA_SECTOR },
    { "sectors of 0xFF and 0x00", FILL_BLANK, 70000, false, OTA_SECTOR },
    { "encrypted", FILL_BLANK, 60000, true, OTA_SECTOR },
    { "fills the slot up to the journal", FILL_RANDOM, SLOT_SIZE - OTA_SECTOR, false, OTA_SECTOR },
    { "leaves no room for the journal", FILL_RANDOM, SLOT_SIZE, false, 65536 },
};

static void set_scene(const scene_t *scene)
{
    world(scene->fill, scene->size);
    if (scene->encrypted) {
        device_encrypt();
    }
}

/* If power fails between the first start of the new image and its confirmation, the bootloader rolls back. The rollback
 * is reported, and the image is tried again. */
static bool only_trials_failed(void)
{
    unsigned failed = 0;
    for (unsigned i = 0; i < peer.reports; ++i) {
        const received_t *report = &peer.received[i];
        const bool expected = strcmp(report->message, "rolled back; reset reason: power on") == 0;
        if (report->status == OTA_STATUS_FAILED && (!expected || ++failed > device.rolled_back)) {
            return false;
        }
    }
    return true;
}

static void live_on(const scene_t *scene, torn_t torn, uint32_t first, uint32_t second)
{
    bool quiet = false;
    set_scene(scene);
    device.torn = torn;
    device.cut_at[0] = first;
    device.cut_at[1] = second;
    device.random = first * 31U + second * 7U + (uint32_t)torn;
    for (unsigned life = 0; !quiet && life < LIVES; ++life) {
        quiet = device_live(2) == 0;
        const bool whole = device_runs(old_image, old_size) || device_runs(new_image, new_size);
        if (!whole) {
            fail_msg("%s: cut at %u and %u (%d): no whole image runs", scene->name, (unsigned)first, (unsigned)second,
                     (int)torn);
        }
    }
    const bool updated = quiet && device_runs(new_image, new_size) && device_state(1) == OTA_STATE_VALID;
    const bool reported = peer_last(7) != NULL && peer_last(7)->status == OTA_STATUS_SUCCESS && only_trials_failed();
    const bool thrifty = peer.image_bytes <= new_size + device.cuts * scene->twice_most;
    if (!updated || !reported || !thrifty) {
        fail_msg("%s: cut at %u and %u (%d): quiet %d, version %s, story \"%s\", %u bytes twice", scene->name,
                 (unsigned)first, (unsigned)second, (int)torn, quiet, updated ? "new" : "old", peer_story(7),
                 (unsigned)(peer.image_bytes - new_size));
    }
}

static uint32_t operations_of(const scene_t *scene)
{
    set_scene(scene);
    assert_true(device_settle(LIVES));
    assert_true(device_runs(new_image, new_size));
    return device.operations;
}

static void at_every_operation(void **state)
{
    (void)state;
    unsigned runs = 0;
    const uint32_t step = getenv("QUICK") != NULL ? 61U : 1U;
    for (size_t i = 0; i < sizeof s_scenes / sizeof s_scenes[0]; ++i) {
        const uint32_t operations = operations_of(&s_scenes[i]);
        for (uint32_t at = 1; at <= operations; at += step) {
            for (int torn = 0; torn < (int)TORN_KINDS; ++torn) {
                live_on(&s_scenes[i], (torn_t)torn, at, 0);
                ++runs;
            }
        }
    }
    print_message("%u runs with one cut\n", runs);
}

static void twice_in_one_update(void **state)
{
    (void)state;
    const unsigned runs = getenv("QUICK") != NULL ? 20U : 2000U;
    uint32_t seed = 20261124;
    for (unsigned i = 0; i < runs; ++i) {
        const scene_t *scene = &s_scenes[i % (sizeof s_scenes / sizeof s_scenes[0])];
        seed = seed * 1664525U + 1013904223U;
        const uint32_t first = 1U + (seed >> 8) % 200U;
        seed = seed * 1664525U + 1013904223U;
        live_on(scene, (torn_t)(i % (unsigned)TORN_KINDS), first, first + 1U + (seed >> 8) % 40U);
    }
    print_message("%u runs with two cuts\n", runs);
}

static void an_image_built_by_the_real_tools_verifies(void **state)
{
    (void)state;
    static uint8_t image[3U * SLOT_SIZE];
    FILE *file = fopen(FIXTURES "/scales_bridge_tab5-1.1.0-esp32p4.bin", "rb");
    assert_non_null(file);
    const size_t size = fread(image, 1, sizeof image, file);
    (void)fclose(file);
    assert_true(image_verify(image, (uint32_t)size, CHIP));
    image[size / 2U] ^= 1U;
    assert_false(image_verify(image, (uint32_t)size, CHIP));
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(an_image_built_by_the_real_tools_verifies),
    cmocka_unit_test(at_every_operation),
    cmocka_unit_test(twice_in_one_update),
};

int main(void)
{
    return cmocka_run_group_tests_name("power cut", s_tests, NULL, NULL);
}
