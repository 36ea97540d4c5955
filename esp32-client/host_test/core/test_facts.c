/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_facts.h"
#include "tests.h"

/* What a check says about the device. The server behind the core asserts that no optional member is faulty (peer.c). */

static const cJSON *said(const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(peer_check(), name);
}

static void a_check_names_image_start_and_interval(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdef";
    char elf[2U * OTA_HASH_SIZE + 1U];
    world(FILL_RANDOM, NEW_SIZE);
    device.settings.interval_s = 2592000;
    assert_true(device_settle(4));
    for (size_t i = 0; i < OTA_HASH_SIZE; ++i) {
        elf[2U * i] = digits[new_image[0xB0U + i] >> 4];
        elf[2U * i + 1U] = digits[new_image[0xB0U + i] & 15U];
    }
    elf[2U * OTA_HASH_SIZE] = '\0';
    assert_string_equal(cJSON_GetStringValue(said("elf_sha256")), elf);
    assert_true(cJSON_GetNumberValue(said("check_interval")) == 2592000.0);
    assert_true(cJSON_GetNumberValue(said("boot_id")) == (double)device.boot_id);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(said("attributes"), "chip")), "ESP32-P4");
    assert_true(cJSON_IsTrue(said("accepts_downgrade")));
}

static void a_boot_id_lasts_until_the_next_start(void **state)
{
    (void)state;
    uint32_t before = 0;
    world(FILL_RANDOM, NEW_SIZE);
    peer.image = NULL;
    for (unsigned life = 0; life < 3U; ++life) {
        assert_int_equal(device_live(1), 0);
        const double first = cJSON_GetNumberValue(said("boot_id"));
        for (unsigned cycle = 0; cycle < 3U; ++cycle) {
            assert_int_equal(ota_client_core_cycle(&device.core), OTA_OK);
            assert_true(cJSON_GetNumberValue(said("boot_id")) == first);
        }
        assert_true(first != (double)before);
        before = (uint32_t)first;
    }
}

/* The SHA-256 is zero in an image that was not made by ESP-IDF's own tools. */
static void an_image_without_the_hash_of_its_elf_names_none(void **state)
{
    (void)state;
    static uint8_t image[SLOT_SIZE];
    world(FILL_RANDOM, NEW_SIZE);
    const image_recipe_t recipe = {
        .version = "1.0.0", .project = "scales", .size = OLD_SIZE, .chip = CHIP, .seed = 3, .no_elf = true
    };
    const uint32_t size = image_build(image, &recipe);
    device_make(image, size);
    peer.image = NULL;
    assert_int_equal(device_live(1), 0);
    assert_null(said("elf_sha256"));
    assert_non_null(said("boot_id"));
}

/* The body of a check is not overwritten by the Location of a redirect. */
static void a_check_that_is_redirected_says_the_same(void **state)
{
    (void)state;
    static char location[OTA_POST_LOCATION_SIZE + 1U];
    for (size_t length = OTA_POST_LOCATION_SIZE - 1U; length <= OTA_POST_LOCATION_SIZE; ++length) {
        world(FILL_RANDOM, NEW_SIZE);
        peer.image = NULL;
        memset(location, 'x', length);
        memcpy(location, "https://ota.test/api/ota/check?", 31);
        location[length] = '\0';
        peer_misbehave(REDIRECT, CHECK, 1);
        peer.status = 308;
        peer.location = location;
        const bool fits = length < OTA_POST_LOCATION_SIZE;
        assert_int_equal(device_live(1), 0);
        assert_int_equal(device.last_result, fits ? OTA_OK : OTA_ERR_REDIRECT);
        assert_int_equal(peer.checks, fits ? 1 : 0);
        assert_true(!fits || cJSON_GetArraySize(peer_attributes()) == 4);
    }
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(a_check_names_image_start_and_interval),
    cmocka_unit_test(a_boot_id_lasts_until_the_next_start),
    cmocka_unit_test(an_image_without_the_hash_of_its_elf_names_none),
    cmocka_unit_test(a_check_that_is_redirected_says_the_same),
};

int main(void)
{
    return cmocka_run_group_tests_name("facts", s_tests, NULL, NULL);
}
