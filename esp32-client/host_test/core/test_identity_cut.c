/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdlib.h>
#include "registry.h"
#include "tests.h"

/*
 * Power fails during every operation that changes flash or NVS, and with every request on its way to the server and every
 * answer on its way back, while a device enrols or renews its token and updates itself. It always ends with the token that
 * the server accepts and with the new image, and the server never has to give a token that was used before.
 */

#define LIVES 12U

typedef struct {
    const char *name;
    bool renews; /* the kept token was revoked, and an admin reset the device */
    bool waits;  /* an operator accepts the device after its first request */
} scene_t;

static const scene_t s_scenes[] = {
    { "enrols", false, false },
    { "waits for acceptance", false, true },
    { "renews its token", true, false },
};
#define SCENES (sizeof s_scenes / sizeof s_scenes[0])

typedef struct {
    uint32_t operations[2];
    torn_t torn;
    unsigned request; /* 0: none */
    bool before;
} cut_t;

static void set_scene(const scene_t *scene)
{
    world_with_identity(KEY);
    registry.asks_for_acceptance = scene->waits;
    if (scene->renews) {
        keep_token(device.settings.device_id, registry_token());
        registry_reset();
    }
}

static bool live_on(void)
{
    bool quiet = false;
    for (unsigned life = 0; !quiet && life < LIVES; ++life) {
        quiet = device_live(2) == 0;
        registry.accepted = registry.asked > 0U;
        quiet = quiet && device.last_result == OTA_OK;
    }
    return quiet && strcmp(kept_token(), registry_token()) == 0 && device_runs(new_image, new_size)
           && peer_last(7)->status == OTA_STATUS_SUCCESS;
}

static void live_with(const scene_t *scene, const cut_t *cut)
{
    set_scene(scene);
    device.cut_at[0] = cut->operations[0];
    device.cut_at[1] = cut->operations[1];
    device.torn = cut->torn;
    device.random = cut->operations[0] * 31U + cut->request * 7U + (uint32_t)cut->torn;
    peer.cut_at = cut->request;
    peer.cut_before = cut->before;
    const bool well = live_on();
    /* The only request that is refused is one with the token that was revoked, once for each start. */
    const bool known = registry.refused <= (scene->renews ? 1U + device.cuts : 0U);
    if (!well || !known || registry.asked > 3U + device.cuts || device.last_enrollment == OTA_ERR_ALREADY_ENROLLED) {
        fail_msg("%s: cut at %u and %u (%d), request %u %d: %s, asked %u times, refused %u times", scene->name,
                 (unsigned)cut->operations[0], (unsigned)cut->operations[1], (int)cut->torn, cut->request, cut->before,
                 ota_client_result_text(device.last_result), registry.asked, registry.refused);
    }
}

static void measure(const scene_t *scene, uint32_t *operations, unsigned *requests)
{
    set_scene(scene);
    assert_true(live_on());
    *operations = device.operations;
    *requests = peer.requests;
}

static uint32_t step(void)
{
    return getenv("QUICK") != NULL ? 13U : 1U;
}

static void at_every_operation(void **state)
{
    (void)state;
    unsigned runs = 0;
    for (size_t i = 0; i < SCENES; ++i) {
        uint32_t operations;
        unsigned requests;
        measure(&s_scenes[i], &operations, &requests);
        for (uint32_t at = 1; at <= operations; at += step()) {
            for (int torn = 0; torn < (int)TORN_KINDS; ++torn) {
                live_with(&s_scenes[i], &(cut_t) {
                    .operations = { at, 0 }, .torn = (torn_t)torn
                });
                ++runs;
            }
        }
    }
    print_message("%u runs with a cut in an operation\n", runs);
}

/* Also together with a second cut, in one of the operations that follow. */
static void at_every_request_and_answer(void **state)
{
    (void)state;
    unsigned runs = 0;
    for (size_t i = 0; i < SCENES; ++i) {
        uint32_t operations;
        unsigned requests;
        measure(&s_scenes[i], &operations, &requests);
        for (unsigned request = 1; request <= requests; request += step()) {
            for (uint32_t at = 0; at <= operations; at += at < 8U ? step() : 20U * step()) {
                for (int torn = 0; torn < (at == 0U ? 1 : (int)TORN_KINDS); ++torn) {
                    const cut_t cut = { .operations = { at, 0 }, .torn = (torn_t)torn, .request = request };
                    live_with(&s_scenes[i], &cut);
                    live_with(&s_scenes[i], &(cut_t) {
                        .operations = { at, 0 }, .torn = (torn_t)torn, .request = request, .before = true
                    });
                    runs += 2U;
                }
            }
        }
    }
    print_message("%u runs with a cut at a request or an answer\n", runs);
}

static void at_two_operations(void **state)
{
    (void)state;
    unsigned runs = 0;
    for (size_t i = 0; i < SCENES; ++i) {
        uint32_t operations;
        unsigned requests;
        measure(&s_scenes[i], &operations, &requests);
        for (uint32_t first = 1; first < 9U; first += step()) {
            for (uint32_t second = first + 1U; second <= operations; second += second < 12U ? step() : 11U * step()) {
                for (int torn = 0; torn < (int)TORN_KINDS; ++torn) {
                    live_with(&s_scenes[i], &(cut_t) {
                        .operations = { first, second }, .torn = (torn_t)torn
                    });
                    ++runs;
                }
            }
        }
    }
    print_message("%u runs with cuts in two operations\n", runs);
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(at_every_operation),
    cmocka_unit_test(at_every_request_and_answer),
    cmocka_unit_test(at_two_operations),
};

int main(void)
{
    return cmocka_run_group_tests_name("power cut and identity", s_tests, NULL, NULL);
}
