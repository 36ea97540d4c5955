/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "tests.h"

/*
 * An image that runs and is confirmed is never installed again, whatever its published version and build are. A
 * difference between the offer and what the image declares is reported once.
 */

#define LIVES 10U

static uint8_t s_image[SLOT_SIZE];

static unsigned messages_about_a_contradiction(void)
{
    unsigned count = 0;
    for (unsigned i = 0; i < peer.reports; ++i) {
        count += strstr(peer.received[i].message, "image says") != NULL ? 1U : 0U;
    }
    return count;
}

static uint32_t build_said(void)
{
    return (uint32_t)cJSON_GetNumberValue(cJSON_GetObjectItem(peer_check(), "current_build"));
}

typedef struct {
    const char *says;
    const char *version; /* as published */
    uint32_t build;
    const char *message; /* NULL: there is no contradiction */
} case_t;

static const case_t s_cases[] = {
    { "1.0.0-3-gabc1234", "1.1.0", 2, "offered as 1.1.0 build 2, image says 1.0.0-3-gabc1234" },
    { "1.1.0+2", "1.1.0", 57, "offered as 1.1.0 build 57, image says 1.1.0+2" },
    { "v1.2.0-dirty", "1.2.1", 1, "offered as 1.2.1 build 1, image says v1.2.0-dirty" },
    { "2f061cb", "1.1.0", 1, "offered as 1.1.0 build 1, image says 2f061cb" },
    { "v10.11.12-1234-g0a1b2c3d4e-dirt", "10.11.13", 2147483647, "offered as 10.11.13 build 2147483647, image says v10.11.12" },
    { "v1.1.0", "1.1.0", 2, NULL },
    { "1.1.0+2", "1.1.0", 2, NULL },
    { "1.1.0", "1.1.0", 7, NULL },
    { "1.1.0+", "1.1.0", 7, NULL },
};
#define CASES (sizeof s_cases / sizeof s_cases[0])

static void publish(const case_t *what)
{
    const uint32_t size = make_image(s_image, what->says, NEW_SIZE, FILL_RANDOM);
    peer_publish(s_image, size, what->version, what->build, 7);
    peer.offers_always = true; /* The order of versions does not matter here. */
}

static void check_told(const case_t *what)
{
    if (messages_about_a_contradiction() != (what->message != NULL ? 1U : 0U)) {
        fail_msg("%s as %s: told %u times", what->says, what->version, messages_about_a_contradiction());
    }
    const char *last = peer_last(7)->message;
    if (what->message != NULL && strncmp(last, what->message, strlen(what->message)) != 0) {
        fail_msg("%s as %s: \"%s\"", what->says, what->version, last);
    }
    assert_int_equal(peer_last(7)->status, OTA_STATUS_SUCCESS);
}

static void ten_lives_install_a_confirmed_image_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; ++i) {
        world(FILL_RANDOM, NEW_SIZE);
        publish(&s_cases[i]);
        unsigned restarts = 0;
        for (unsigned life = 0; life < LIVES; ++life) {
            restarts += device_live(3) != 0 ? 1U : 0U;
        }
        assert_int_equal(restarts, 1);
        assert_int_equal(device.events[OTA_EVENT_CONFIRMED], 1);
        assert_int_equal(peer.image_bytes, peer.size);
        assert_string_equal(peer_story(7), "downloading installing success");
        check_told(&s_cases[i]);
    }
}

/* The image was flashed by cable, so that there is no record of it. */
static void an_image_flashed_by_cable_is_not_installed_either(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; ++i) {
        world(FILL_RANDOM, NEW_SIZE);
        publish(&s_cases[i]);
        device_make(s_image, peer.size);
        for (unsigned life = 0; life < LIVES; ++life) {
            assert_int_equal(device_live(3), 0);
        }
        assert_int_equal(peer.downloads, 0);
        assert_string_equal(peer_story(7), "success");
        check_told(&s_cases[i]);
        assert_true(build_said() == s_cases[i].build);
    }
}

/* The same file with a higher build number: the number is stored, and nothing is installed. */
static void the_same_file_as_another_build_is_learnt(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    assert_true(device_settle(4));
    const uint32_t bytes = peer.image_bytes;
    for (uint32_t build = 3; build < 8U; ++build) {
        peer_publish(new_image, new_size, "1.1.0", build, 7U + build);
        assert_int_equal(device_live(2), 0);
        assert_string_equal(peer_story(7U + build), "success");
    }
    assert_int_equal(peer.image_bytes, bytes);
    assert_true(build_said() == 7U);
}

/* The same holds for an offer that the application passes in. */
static void an_install_of_what_runs_downloads_nothing(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer.offers_always = true;
    assert_true(device_settle(4));
    assert_int_equal(device_live(1), 0);
    sha256(new_image, new_size, device.core.offer.file_hash);
    device.core.offer.file_size = new_size;
    const unsigned downloads = peer.downloads;
    assert_int_equal(ota_client_core_install(&device.core), OTA_OK);
    assert_false(device.core.activated);
    assert_int_equal(peer.downloads, downloads);
}

static void another_file_is_installed_as_ever(void **state)
{
    (void)state;
    static uint8_t next[SLOT_SIZE];
    world(FILL_RANDOM, NEW_SIZE);
    publish(&s_cases[1]);
    assert_true(device_settle(4));
    const uint32_t size = make_image(next, "1.1.0+58", NEW_SIZE, FILL_BLANK);
    peer_publish(next, size, "1.1.0", 58, 8);
    assert_true(device_settle(4));
    assert_true(device_runs(next, size));
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(ten_lives_install_a_confirmed_image_once),
    cmocka_unit_test(an_image_flashed_by_cable_is_not_installed_either),
    cmocka_unit_test(the_same_file_as_another_build_is_learnt),
    cmocka_unit_test(an_install_of_what_runs_downloads_nothing),
    cmocka_unit_test(another_file_is_installed_as_ever),
};

int main(void)
{
    return cmocka_run_group_tests_name("what runs already", s_tests, NULL, NULL);
}
