/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include "support.h"

static void a_new_flash_is_erased(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < SHIM_FLASH_SIZE; i++) {
        assert_int_equal(shim_flash()[i], 0xFF);
    }
}

static void a_write_only_clears_bits(void **state)
{
    (void)state;
    const uint8_t first = 0xF0;
    const uint8_t second = 0x3C;
    uint8_t read;
    assert_int_equal(esp_partition_write(slot(0), 100, &first, 1), ESP_OK);
    assert_int_equal(esp_partition_write(slot(0), 100, &second, 1), ESP_FAIL);
    assert_int_equal(esp_partition_read(slot(0), 100, &read, 1), ESP_OK);
    assert_int_equal(read, 0x30);
}

static void an_erase_is_of_whole_sectors(void **state)
{
    (void)state;
    const uint8_t zeros[3 * SHIM_SECTOR_SIZE] = { 0 };
    assert_int_equal(esp_partition_write(slot(1), 0, zeros, sizeof(zeros)), ESP_OK);
    assert_int_equal(esp_partition_erase_range(slot(1), SHIM_SECTOR_SIZE, SHIM_SECTOR_SIZE), ESP_OK);
    const uint8_t *flash = shim_flash() + slot(1)->address;
    assert_int_equal(flash[SHIM_SECTOR_SIZE - 1], 0);
    assert_int_equal(flash[SHIM_SECTOR_SIZE], 0xFF);
    assert_int_equal(flash[2 * SHIM_SECTOR_SIZE - 1], 0xFF);
    assert_int_equal(flash[2 * SHIM_SECTOR_SIZE], 0);
    assert_int_equal(esp_partition_erase_range(slot(1), 1, SHIM_SECTOR_SIZE), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_partition_erase_range(slot(1), 0, 1), ESP_ERR_INVALID_SIZE);
}

static void nothing_reaches_outside_a_partition(void **state)
{
    (void)state;
    uint8_t byte = 0;
    const uint32_t size = slot(0)->size;
    assert_int_equal(esp_partition_write(slot(0), size - 1, &byte, 1), ESP_OK);
    assert_int_equal(esp_partition_write(slot(0), size, &byte, 1), ESP_ERR_INVALID_SIZE);
    assert_int_equal(esp_partition_read(slot(0), size + 1, &byte, 1), ESP_ERR_INVALID_ARG);
    assert_int_equal(esp_partition_erase_range(slot(0), size - SHIM_SECTOR_SIZE, 2 * SHIM_SECTOR_SIZE),
                     ESP_ERR_INVALID_SIZE);
    assert_int_equal(shim_flash()[slot(1)->address], 0xFF);
}

static void write_ten_zeros(void)
{
    static const uint8_t zeros[10];
    esp_partition_write(slot(0), 0, zeros, sizeof(zeros));
}

static void erase_first_sector(void)
{
    esp_partition_erase_range(slot(0), 0, SHIM_SECTOR_SIZE);
}

static void a_power_cut_leaves_a_write_half_done(void **state)
{
    (void)state;
    cut_at(1);
    assert_int_equal(ends_with(write_ten_zeros), SHIM_EXIT_POWER_CUT);
    device_again();
    const uint8_t left[] = { 0, 0, 0, 0, 0, 0x0F, 0xFF, 0xFF, 0xFF, 0xFF };
    assert_memory_equal(shim_flash() + slot(0)->address, left, sizeof(left));
}

static void a_power_cut_leaves_an_erase_half_done(void **state)
{
    (void)state;
    const uint8_t zeros[SHIM_SECTOR_SIZE] = { 0 };
    esp_partition_write(slot(0), 0, zeros, sizeof(zeros));
    cut_at(1);
    assert_int_equal(ends_with(erase_first_sector), SHIM_EXIT_POWER_CUT);
    device_again();
    const uint8_t *flash = shim_flash() + slot(0)->address;
    assert_int_equal(flash[SHIM_SECTOR_SIZE / 2 - 1], 0xFF);
    assert_int_equal(flash[SHIM_SECTOR_SIZE / 2], 0);
}

static void a_reset_keeps_the_flash_and_says_why(void **state)
{
    (void)state;
    assert_int_equal(esp_reset_reason(), ESP_RST_POWERON);
    write_ten_zeros();
    assert_int_equal(ends_with(esp_restart), SHIM_EXIT_RESTART);
    device_again();
    assert_int_equal(esp_reset_reason(), ESP_RST_SW);
    assert_int_equal(shim_flash()[slot(0)->address], 0);
    device_again();
    assert_int_equal(esp_reset_reason(), ESP_RST_POWERON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_flash_is_erased, device_on, device_off),
        cmocka_unit_test_setup_teardown(a_write_only_clears_bits, device_on, device_off),
        cmocka_unit_test_setup_teardown(an_erase_is_of_whole_sectors, device_on, device_off),
        cmocka_unit_test_setup_teardown(nothing_reaches_outside_a_partition, device_on, device_off),
        cmocka_unit_test_setup_teardown(a_power_cut_leaves_a_write_half_done, device_on, device_off),
        cmocka_unit_test_setup_teardown(a_power_cut_leaves_an_erase_half_done, device_on, device_off),
        cmocka_unit_test_setup_teardown(a_reset_keeps_the_flash_and_says_why, device_on, device_off),
    };
    return cmocka_run_group_tests_name("idf_shim: flash and power", tests, NULL, NULL);
}
