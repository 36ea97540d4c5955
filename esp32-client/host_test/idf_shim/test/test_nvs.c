/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include "nvs.h"
#include "nvs_flash.h"
#include "support.h"

static nvs_handle_t open_for(nvs_open_mode_t mode)
{
    nvs_handle_t handle;
    assert_int_equal(nvs_flash_init(), ESP_OK);
    assert_int_equal(nvs_open("ota", mode, &handle), ESP_OK);
    return handle;
}

static void set(const char *value)
{
    const nvs_handle_t handle = open_for(NVS_READWRITE);
    assert_int_equal(nvs_set_blob(handle, "state", value, strlen(value) + 1), ESP_OK);
    assert_int_equal(nvs_commit(handle), ESP_OK);
    nvs_close(handle);
}

static void assert_holds(const char *value)
{
    char read[32] = "";
    size_t length = sizeof(read);
    const nvs_handle_t handle = open_for(NVS_READONLY);
    assert_int_equal(nvs_get_blob(handle, "state", read, &length), ESP_OK);
    assert_string_equal(read, value);
    assert_int_equal(length, strlen(value) + 1);
    nvs_close(handle);
}

static void what_is_committed_survives(void **state)
{
    (void)state;
    set("first");
    set("second one");
    device_again();
    assert_holds("second one");
}

static void what_is_not_committed_is_lost(void **state)
{
    (void)state;
    set("first");
    const nvs_handle_t handle = open_for(NVS_READWRITE);
    assert_int_equal(nvs_set_blob(handle, "state", "second", 7), ESP_OK);
    device_again();
    assert_holds("first");
}

static void set_second(void)
{
    set("second");
}

static void a_cut_leaves_the_old_or_the_new_value(void **state)
{
    (void)state;
    set("first");
    cut_at(1);
    assert_int_equal(ends_with(set_second), SHIM_EXIT_POWER_CUT);
    device_again();
    assert_holds("first");
    cut_at(2);
    set("third");
    assert_int_equal(ends_with(set_second), SHIM_EXIT_POWER_CUT);
    device_again();
    assert_holds("second");
}

static void names_are_short(void **state)
{
    (void)state;
    nvs_handle_t handle = open_for(NVS_READWRITE);
    assert_int_equal(nvs_set_blob(handle, "fifteen_letters", "x", 1), ESP_OK);
    assert_int_equal(nvs_set_blob(handle, "sixteen_letters_", "x", 1), ESP_ERR_NVS_KEY_TOO_LONG);
    assert_int_equal(nvs_open("sixteen_letters_", NVS_READWRITE, &handle), ESP_ERR_NVS_INVALID_NAME);
}

static void a_wrong_use_has_its_own_error(void **state)
{
    (void)state;
    nvs_handle_t handle;
    char small[2];
    size_t length = sizeof(small);
    assert_int_equal(nvs_open("ota", NVS_READONLY, &handle), ESP_ERR_NVS_NOT_INITIALIZED);
    nvs_flash_init();
    assert_int_equal(nvs_open("ota", NVS_READONLY, &handle), ESP_ERR_NVS_NOT_FOUND);
    set("first");
    handle = open_for(NVS_READONLY);
    assert_int_equal(nvs_set_blob(handle, "state", "x", 1), ESP_ERR_NVS_READ_ONLY);
    assert_int_equal(nvs_get_blob(handle, "other", small, &length), ESP_ERR_NVS_NOT_FOUND);
    assert_int_equal(nvs_get_blob(handle, "state", small, &length), ESP_ERR_NVS_INVALID_LENGTH);
    assert_int_equal(nvs_get_blob(handle, "state", NULL, &length), ESP_OK);
    assert_int_equal(length, 6);
    nvs_close(handle);
    assert_int_equal(nvs_get_blob(handle, "state", NULL, &length), ESP_ERR_NVS_INVALID_HANDLE);
}

static void it_is_full_one_day(void **state)
{
    (void)state;
    const uint8_t much[15000] = { 0 };
    const nvs_handle_t handle = open_for(NVS_READWRITE);
    assert_int_equal(nvs_set_blob(handle, "a", much, sizeof(much)), ESP_OK);
    assert_int_equal(nvs_set_blob(handle, "b", much, sizeof(much)), ESP_ERR_NVS_NOT_ENOUGH_SPACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_committed_survives, device_on, device_off),
        cmocka_unit_test_setup_teardown(what_is_not_committed_is_lost, device_on, device_off),
        cmocka_unit_test_setup_teardown(a_cut_leaves_the_old_or_the_new_value, device_on, device_off),
        cmocka_unit_test_setup_teardown(names_are_short, device_on, device_off),
        cmocka_unit_test_setup_teardown(a_wrong_use_has_its_own_error, device_on, device_off),
        cmocka_unit_test_setup_teardown(it_is_full_one_day, device_on, device_off),
    };
    return cmocka_run_group_tests_name("idf_shim: NVS", tests, NULL, NULL);
}
