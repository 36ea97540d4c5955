/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>
#include <mbedtls/sha256.h>
#include "esp_ota_ops.h"
#include "support.h"

static void install(unsigned index, const char *name)
{
    size_t size;
    const uint8_t *image = fixture(name, &size);
    shim_flash_image(index, image, size);
}

/** A device on 1.0.0 with 1.1.0 in the other slot, not yet chosen. */
static int both_slots_filled(void **state)
{
    if (device_on(state) != 0) {
        return -1;
    }
    install(0, V100);
    install(1, V110);
    return shim_boot();
}

static esp_ota_img_states_t state_of(unsigned index)
{
    esp_ota_img_states_t state;
    assert_int_equal(esp_ota_get_state_partition(slot(index), &state), ESP_OK);
    return state;
}

static void reset(void)
{
    device_again();
    assert_int_equal(shim_boot(), ESP_OK);
}

static const esp_ota_select_entry_t *record(unsigned index)
{
    return (const void *)(shim_flash() + 0xF000 + index * SHIM_SECTOR_SIZE);
}

static void the_first_start_writes_the_first_record(void **state)
{
    (void)state;
    assert_ptr_equal(esp_ota_get_running_partition(), slot(0));
    assert_string_equal(esp_app_get_description()->version, "1.0.0");
    assert_int_equal(record(0)->ota_seq, 1);
    assert_int_equal(record(0)->crc, 0x4743989A); // what every ESP32 has at 0xF01C after its first start
    assert_int_equal(state_of(0), ESP_OTA_IMG_VALID);
}

static void the_record_that_has_the_next_turn_is_written(void **state)
{
    (void)state;
    assert_int_equal(esp_ota_set_boot_partition(slot(1)), ESP_OK);
    assert_int_equal(record(1)->ota_seq, 2);
    assert_int_equal(state_of(1), ESP_OTA_IMG_NEW);
    assert_ptr_equal(esp_ota_get_boot_partition(), slot(1));
    assert_ptr_equal(esp_ota_get_running_partition(), slot(0));
    reset();
    assert_int_equal(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
    assert_int_equal(esp_ota_set_boot_partition(slot(0)), ESP_OK);
    assert_int_equal(record(0)->ota_seq, 3);
}

static void a_confirmed_image_stays(void **state)
{
    (void)state;
    esp_ota_set_boot_partition(slot(1));
    reset();
    assert_ptr_equal(esp_ota_get_running_partition(), slot(1));
    assert_int_equal(state_of(1), ESP_OTA_IMG_PENDING_VERIFY);
    assert_true(esp_ota_check_rollback_is_possible());
    assert_int_equal(esp_ota_mark_app_valid_cancel_rollback(), ESP_OK);
    reset();
    assert_ptr_equal(esp_ota_get_running_partition(), slot(1));
    assert_string_equal(esp_app_get_description()->version, "1.1.0");
    assert_int_equal(state_of(1), ESP_OTA_IMG_VALID);
}

static void an_unconfirmed_image_has_one_start(void **state)
{
    (void)state;
    esp_ota_set_boot_partition(slot(1));
    reset();
    reset();
    assert_ptr_equal(esp_ota_get_running_partition(), slot(0));
    assert_int_equal(state_of(1), ESP_OTA_IMG_ABORTED);
}

static void roll_back(void)
{
    esp_ota_mark_app_invalid_rollback_and_reboot();
}

static void an_image_that_gives_itself_up_is_left(void **state)
{
    (void)state;
    esp_ota_set_boot_partition(slot(1));
    reset();
    assert_int_equal(ends_with(roll_back), SHIM_EXIT_RESTART);
    reset();
    assert_ptr_equal(esp_ota_get_running_partition(), slot(0));
    assert_int_equal(state_of(1), ESP_OTA_IMG_INVALID);
}

static void without_another_image_nothing_is_rolled_back(void **state)
{
    (void)state;
    esp_ota_set_boot_partition(slot(1));
    reset();
    shim_flash()[slot(0)->address + 0x1000] ^= 1;
    assert_int_equal(esp_ota_mark_app_invalid_rollback_and_reboot(), ESP_ERR_OTA_ROLLBACK_FAILED);
    assert_int_equal(state_of(1), ESP_OTA_IMG_PENDING_VERIFY);
}

static void a_bootloader_without_rollback_leaves_the_state_new(void **state)
{
    (void)state;
    setenv("SHIM_BOOTLOADER_ROLLBACK", "0", 1);
    esp_ota_set_boot_partition(slot(1));
    reset();
    reset();
    assert_ptr_equal(esp_ota_get_running_partition(), slot(1));
    assert_int_equal(state_of(1), ESP_OTA_IMG_NEW);
}

static void a_damaged_image_is_passed_over(void **state)
{
    (void)state;
    esp_ota_set_boot_partition(slot(1));
    shim_flash()[slot(1)->address + 0x1000] ^= 1;
    reset();
    assert_ptr_equal(esp_ota_get_running_partition(), slot(0));
    assert_ptr_equal(esp_ota_get_boot_partition(), slot(1));
    shim_flash()[slot(0)->address + 0x1000] ^= 1;
    assert_int_equal(shim_boot(), ESP_ERR_NOT_FOUND);
}

static void a_record_that_was_not_finished_does_not_count(void **state)
{
    (void)state;
    esp_ota_set_boot_partition(slot(1));
    memset(shim_flash() + 0xF000 + SHIM_SECTOR_SIZE + offsetof(esp_ota_select_entry_t, crc), 0xFF, 4);
    reset();
    assert_ptr_equal(esp_ota_get_running_partition(), slot(0));
    esp_ota_img_states_t found;
    assert_int_equal(esp_ota_get_state_partition(slot(1), &found), ESP_ERR_NOT_FOUND);
}

static void choose_second(void)
{
    esp_ota_set_boot_partition(slot(1));
}

static void a_cut_while_choosing_leaves_the_old_image(void **state)
{
    (void)state;
    for (uint32_t operation = 1; operation <= 2; operation++) {
        cut_at(operation);
        shim_boot();
        assert_int_equal(ends_with(choose_second), SHIM_EXIT_POWER_CUT);
        reset();
        assert_ptr_equal(esp_ota_get_running_partition(), slot(0));
    }
}

/** One test for all faults: each is a whole image but for one thing. */
static void what_is_no_image_for_this_chip_is_not_chosen(void **state)
{
    (void)state;
    install(1, OF_ANOTHER_CHIP);
    assert_int_equal(esp_ota_set_boot_partition(slot(1)), ESP_ERR_OTA_VALIDATE_FAILED);
    size_t size;
    const uint8_t *image = fixture(V110, &size);
    const size_t faults[] = { 0, 1, 12, 16, 0x1C, 0x20 + 1000, size - 33, size - 1 };
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        shim_flash_image(1, image, size);
        shim_flash()[slot(1)->address + faults[i]] ^= 0x40;
        assert_int_equal(esp_ota_set_boot_partition(slot(1)), ESP_ERR_OTA_VALIDATE_FAILED);
    }
    shim_flash_image(1, image, size - 1);
    assert_int_equal(esp_ota_set_boot_partition(slot(1)), ESP_ERR_OTA_VALIDATE_FAILED);
    shim_flash_image(1, image, size);
    assert_int_equal(esp_ota_set_boot_partition(slot(1)), ESP_OK);
}

/** The hash is over all the other faults: with it put right, each must be found for itself. */
static void a_fault_is_found_though_the_hash_is_right(void **state)
{
    (void)state;
    size_t size;
    uint8_t *image = fixture(V110, &size);
    const struct {
        size_t offset;
        uint8_t flip;
    } faults[] = {
        { 1, 0x10 }, // more segments than there may be
        { 12, 0x01 }, // the chip
        { 16, 0x01 }, // the least revision of the chip
        { 0x19, 0x01 }, // where the first segment is mapped
        { 0x1C, 0x01 }, // its length
        { 0x20 + 1000, 0x01 }, // its data: the checksum
        { 0xD0, 0x01 }, // the least revision of the eFuse block
    };
    for (unsigned i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        image[faults[i].offset] ^= faults[i].flip;
        if (faults[i].offset == 0xD0) {
            image[size - 33] ^= faults[i].flip; // keeps the checksum right
        }
        mbedtls_sha256_ret(image, size - 32, image + size - 32, 0);
        shim_flash_image(1, image, size);
        assert_int_equal(esp_ota_set_boot_partition(slot(1)), ESP_ERR_OTA_VALIDATE_FAILED);
        image[faults[i].offset] ^= faults[i].flip;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_first_start_writes_the_first_record, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(the_record_that_has_the_next_turn_is_written, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(a_confirmed_image_stays, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(an_unconfirmed_image_has_one_start, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(an_image_that_gives_itself_up_is_left, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(without_another_image_nothing_is_rolled_back, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(a_bootloader_without_rollback_leaves_the_state_new, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(a_damaged_image_is_passed_over, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(a_record_that_was_not_finished_does_not_count, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(a_cut_while_choosing_leaves_the_old_image, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(what_is_no_image_for_this_chip_is_not_chosen, both_slots_filled, device_off),
        cmocka_unit_test_setup_teardown(a_fault_is_found_though_the_hash_is_right, both_slots_filled, device_off),
    };
    return cmocka_run_group_tests_name("idf_shim: bootloader and otadata", tests, NULL, NULL);
}
