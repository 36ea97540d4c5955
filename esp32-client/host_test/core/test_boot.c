/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_internal.h"
#include "tests.h"

/* The states after a start: a new image on trial, a rollback, unexpected boot data. */

static void install(void)
{
    world(FILL_RANDOM, NEW_SIZE);
    assert_int_equal(device_live(1), RESET_SOFTWARE);
}

static void success_is_reported_only_after_the_diagnostics(void **state)
{
    (void)state;
    install();
    assert_string_equal(peer_story(7), "downloading installing");
    device.verdict = OTA_VERDICT_PENDING;
    device.settings.diagnostics_ms = UINT32_MAX;
    device.stop_after_bytes = 1; /* The task is stopped while the diagnostics run. */
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device_state(1), OTA_STATE_PENDING_VERIFY);
    assert_string_equal(peer_story(7), "downloading installing");
}

static void failed_diagnostics_go_back(void **state)
{
    (void)state;
    install();
    device.verdict = OTA_VERDICT_FAILED;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_int_equal(device_state(1), OTA_STATE_INVALID);
    assert_int_equal(device_live(3), 0);
    assert_true(device_runs(old_image, old_size));
    assert_string_equal(peer_story(7), "downloading installing failed");
    assert_string_equal(peer_last(7)->message, "diagnostics failed; reset reason: software");
    assert_int_equal(device.events[OTA_EVENT_ROLLED_BACK], 1);
    assert_int_equal(device.last_reason, OTA_ERR_DIAGNOSTICS);
}

static void diagnostics_that_never_end_fail(void **state)
{
    (void)state;
    install();
    device.verdict = OTA_VERDICT_PENDING;
    const uint32_t begin = device.now_ms;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_in_range(device.now_ms - begin, 60000, 62000);
    assert_int_equal(device_live(1), 0);
    assert_true(device_runs(old_image, old_size));
    assert_string_equal(peer_last(7)->message, "diagnostics failed; reset reason: software");
}

static void a_crash_on_trial_goes_back_and_is_reported(void **state)
{
    (void)state;
    install();
    device.panics = true;
    assert_int_equal(device_live(1), RESET_PANIC);
    device.panics = false;
    assert_int_equal(device_live(5), 0);
    assert_true(device_runs(old_image, old_size));
    assert_string_equal(peer_story(7), "downloading installing failed");
    assert_string_equal(peer_last(7)->message, "rolled back; reset reason: panic");
    assert_int_equal(device.events[OTA_EVENT_ROLLED_BACK], 1);
}

static void a_version_that_was_rolled_back_waits_for_another(void **state)
{
    (void)state;
    install();
    device.panics = true;
    assert_int_equal(device_live(1), RESET_PANIC);
    device.panics = false;
    const unsigned downloads = peer.downloads;
    for (unsigned i = 0; i < 5U; ++i) {
        assert_int_equal(device_live(5), 0);
    }
    assert_int_equal(peer.downloads, downloads);
    assert_string_equal(peer_story(7), "downloading installing failed");
    static uint8_t next[SLOT_SIZE];
    const uint32_t size = make_image(next, "1.2.0", NEW_SIZE, FILL_RANDOM);
    peer_publish(next, size, "1.2.0", 3, 8);
    assert_true(device_settle(4));
    assert_true(device_runs(next, size));
}

/* After two bad versions in a row the boot data are the same as before the second one. The rollback must be detected
 * nevertheless. */
static void a_second_roll_back_is_noticed_too(void **state)
{
    (void)state;
    static uint8_t next[SLOT_SIZE];
    install();
    device.panics = true;
    assert_int_equal(device_live(1), RESET_PANIC);
    const uint32_t size = make_image(next, "1.2.0", NEW_SIZE, FILL_RANDOM);
    peer_publish(next, size, "1.2.0", 3, 8);
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_int_equal(device_live(1), RESET_PANIC);
    assert_int_equal(device_live(2), 0);
    assert_true(device_runs(old_image, old_size));
    assert_string_equal(peer_story(8), "downloading installing failed");
}

static void power_cuts_on_trial_are_forgiven_twice(void **state)
{
    (void)state;
    install();
    const unsigned downloads = peer.downloads;
    device.panics = true; /* has the effect of a hang that ends with a power cut */
    unsigned trials = 0;
    for (unsigned i = 0; i < 12U; ++i) {
        if (device_live(2) == RESET_PANIC) {
            ++trials;
            device.reset_reason = "power on";
        }
    }
    assert_int_equal(trials, 3);
    assert_int_equal(peer.downloads, downloads);
    assert_true(device_runs(old_image, old_size));
    assert_string_equal(peer_last(7)->message, "rolled back; reset reason: power on");
}

static void a_bootloader_without_roll_back_is_noticed(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.bootloader_rolls_back = false;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(device.events[OTA_EVENT_WARNING], 1);
    assert_string_equal(device.last_warning, "the bootloader has no rollback: the state stayed NEW");
    assert_string_equal(peer_story(7), "downloading installing success");
    assert_string_equal(peer_last(7)->message, "the bootloader has no rollback: the state stayed NEW");
}

static void roll_back_switched_off_altogether(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.bootloader_rolls_back = false;
    device.app_rolls_back = false;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_string_equal(peer_story(7), "downloading installing success");
}

/* arduino-esp32 marks the image valid before the application runs. */
static void an_image_that_is_valid_already_still_has_to_pass(void **state)
{
    (void)state;
    install();
    device.verdict = OTA_VERDICT_PENDING;
    device.stop_after_bytes = 1;
    assert_int_equal(device_live(1), 0);
    device.core.ops->boot.confirm(NULL);
    device.stop_after_bytes = 0;
    device.verdict = OTA_VERDICT_FAILED;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_int_equal(device_live(1), 0);
    assert_true(device_runs(old_image, old_size));
    assert_string_equal(peer_story(7), "downloading installing failed");
}

static void an_image_that_does_not_start_is_reported(void **state)
{
    (void)state;
    install();
    device.slot_broken[1] = true;
    assert_int_equal(device_live(2), 0);
    assert_true(device_runs(old_image, old_size));
    assert_string_equal(peer_story(7), "downloading installing failed");
    assert_string_equal(peer_last(7)->message, "rolled back; boot partition is not the running one");
    assert_int_equal(device.events[OTA_EVENT_WARNING], 1);
}

static void a_fall_back_of_the_bootloader_is_noticed_and_repaired(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    assert_true(device_settle(4)); /* Slot 1 runs and is selected by the boot data. */
    device.flash[1][50000] ^= 1U;  /* bit rot */
    device.verified[1] = false;
    assert_int_equal(device_live(1), RESET_SOFTWARE); /* The update goes from slot 0 to slot 1. */
    assert_string_equal(device.last_warning, "boot partition is not the running one");
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(device_state(0), OTA_STATE_VALID);
}

static void without_diagnostics_a_new_image_has_to_reach_the_server(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.has_diagnostics = false;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    peer_misbehave(REFUSES_CONNECTION, ANY, 0);
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_int_equal(device_live(1), 0);
    assert_true(device_runs(old_image, old_size));
    peer_behave();
    assert_int_equal(device_live(1), 0);
    assert_string_equal(peer_last(7)->message, "diagnostics failed; reset reason: software");
    /* The server was down, which is not the fault of the image. */
    assert_int_equal(device_live(20), 0);
    assert_int_equal(device_live(10), RESET_SOFTWARE);
    assert_true(device_settle(2));
    assert_true(device_runs(new_image, new_size));
}

static void without_diagnostics_an_answer_confirms(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.has_diagnostics = false;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(device_state(1), OTA_STATE_VALID);
}

static void an_image_on_trial_is_not_updated(void **state)
{
    (void)state;
    install();
    device.verdict = OTA_VERDICT_FAILED;
    device.flash[0][100] ^= 1U; /* There is no image to roll back to. */
    device.verified[0] = false;
    device.bootloader_rolls_back = false; /* The bootloader does not roll back either. */
    static uint8_t next[SLOT_SIZE];
    peer_publish(next, make_image(next, "1.2.0", NEW_SIZE, FILL_RANDOM), "1.2.0", 3, 8);
    const unsigned downloads = peer.downloads;
    assert_int_equal(device_live(2), 0);
    assert_int_equal(peer.downloads, downloads);
    assert_true(device_runs(new_image, new_size));
}

static void an_image_from_another_updater_is_confirmed(void **state)
{
    (void)state;
    install();
    device.nvs_size = 0; /* The client has no record of it. */
    device.settings.build = 2;
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device_state(1), OTA_STATE_VALID);
    assert_string_equal(peer_story(7), "downloading installing");
}

static void an_image_flashed_by_cable_over_the_target_is_nobody_s_success(void **state)
{
    (void)state;
    static uint8_t other[SLOT_SIZE];
    install();
    const uint32_t size = make_image(other, "3.0.0", OLD_SIZE, FILL_BLANK);
    memset(device.flash[1], 0xFF, SLOT_SIZE);
    memcpy(device.flash[1], other, size);
    device.verified[1] = false;
    assert_int_equal(device_live(1), 0);
    assert_true(device_runs(other, size));
    assert_string_equal(peer_story(7), "downloading installing");
}

static void flash_that_does_not_write_is_noticed(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.flash_fails = true;
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_reason, OTA_ERR_FLASH);
    assert_string_equal(peer_last(7)->message, "flash failed");
}

static void nvs_that_does_not_write_stops_the_update_only(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.nvs_fails = true;
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_reason, OTA_ERR_STORAGE);
    assert_true(device_runs(old_image, old_size));
    device.nvs_fails = false;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
}

/* NVS is full at every possible save. The device does not restart, and the update succeeds once NVS has space. */
static void nvs_that_is_full_from_any_save_on_harms_nothing(void **state)
{
    (void)state;
    for (uint32_t most = 0; most < 8U; ++most) {
        world(FILL_RANDOM, NEW_SIZE);
        device.nvs_saves_most = most;
        unsigned restarts = 0;
        for (unsigned i = 0; i < 10U; ++i) {
            restarts += device_live(1) != 0 ? 1U : 0U;
        }
        assert_int_equal(restarts, device_runs(new_image, new_size) ? 1 : 0);
        assert_true(most > 0U || device.erases == 0U);
        /* Reports that wait take the first saves. Few sectors are erased in vain. */
        assert_true(device.erases <= 80U);
        device.nvs_saves_most = UINT32_MAX;
        assert_true(device_settle(4));
        assert_true(device_runs(new_image, new_size));
    }
}

static void what_nvs_holds_is_bounded(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.stop_after_bytes = 100000;
    assert_int_equal(device_live(1), 0);
    ota_record_t *record = &device.core.record;
    record->kept = OTA_KEPT_REPORTS;
    for (unsigned i = 0; i < OTA_KEPT_REPORTS; ++i) {
        record->reports[i].firmware_id = 5;
        record->reports[i].status = 200;
        memset(record->reports[i].message, 'x', sizeof record->reports[i].message);
    }
    memset(record->version, 'v', sizeof record->version);
    memset(record->etag, 'e', sizeof record->etag);
    record->hold_s = UINT32_MAX;
    record->mark = UINT32_MAX;
    record->phase = 77;
    record->reason = 255;
    assert_int_equal(ota_client_record_save(&device.core), OTA_OK);
    device.stop_after_bytes = 0;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(strlen(peer_last(5)->message), sizeof record->reports[0].message - 1U);
}

static void a_damaged_record_is_as_good_as_none(void **state)
{
    (void)state;
    for (size_t at = 0; at < sizeof(ota_record_t); at += 13U) {
        world(FILL_RANDOM, NEW_SIZE);
        device.stop_after_bytes = 100000;
        assert_int_equal(device_live(1), 0);
        device.stop_after_bytes = 0;
        device.nvs[at] ^= 0x10U;
        assert_true(device_settle(4));
        assert_true(device_runs(new_image, new_size));
    }
}

static void what_was_left_in_flash_is_not_trusted_but_compared(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.stop_after_bytes = 100000;
    assert_int_equal(device_live(1), 0);
    device.stop_after_bytes = 0;
    device.flash[1][50000] ^= 1U;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_string_equal(peer_story(7), "downloading installing success");
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(success_is_reported_only_after_the_diagnostics),
    cmocka_unit_test(failed_diagnostics_go_back),
    cmocka_unit_test(diagnostics_that_never_end_fail),
    cmocka_unit_test(a_crash_on_trial_goes_back_and_is_reported),
    cmocka_unit_test(a_version_that_was_rolled_back_waits_for_another),
    cmocka_unit_test(a_second_roll_back_is_noticed_too),
    cmocka_unit_test(power_cuts_on_trial_are_forgiven_twice),
    cmocka_unit_test(a_bootloader_without_roll_back_is_noticed),
    cmocka_unit_test(roll_back_switched_off_altogether),
    cmocka_unit_test(an_image_that_is_valid_already_still_has_to_pass),
    cmocka_unit_test(an_image_that_does_not_start_is_reported),
    cmocka_unit_test(a_fall_back_of_the_bootloader_is_noticed_and_repaired),
    cmocka_unit_test(without_diagnostics_a_new_image_has_to_reach_the_server),
    cmocka_unit_test(without_diagnostics_an_answer_confirms),
    cmocka_unit_test(an_image_on_trial_is_not_updated),
    cmocka_unit_test(an_image_from_another_updater_is_confirmed),
    cmocka_unit_test(an_image_flashed_by_cable_over_the_target_is_nobody_s_success),
    cmocka_unit_test(flash_that_does_not_write_is_noticed),
    cmocka_unit_test(nvs_that_does_not_write_stops_the_update_only),
    cmocka_unit_test(nvs_that_is_full_from_any_save_on_harms_nothing),
    cmocka_unit_test(what_nvs_holds_is_bounded),
    cmocka_unit_test(a_damaged_record_is_as_good_as_none),
    cmocka_unit_test(what_was_left_in_flash_is_not_trusted_but_compared),
};

int main(void)
{
    return cmocka_run_group_tests_name("boot", s_tests, NULL, NULL);
}
