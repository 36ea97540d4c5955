/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "tests.h"

/* The regular update with its events and reports. */

static void an_update_ends_on_the_new_version(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_string_equal(peer_story(7), "downloading installing success");
    assert_int_equal(peer_last(7)->bytes, new_size);
    assert_int_equal(peer.image_bytes, new_size);
    assert_int_equal(device_state(1), OTA_STATE_VALID);
    assert_int_equal(device_state(0), OTA_STATE_VALID);
    assert_int_equal(device.events[OTA_EVENT_CONFIRMED], 1);
    assert_int_equal(device.events[OTA_EVENT_FAILED], 0);
    assert_non_null(strstr(peer.last_check, "\"current_version\":\"1.1.0\",\"current_build\":2"));
}

static void a_cycle_uses_one_connection(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_int_equal(peer.connections, 1);
    assert_true(peer.requests >= 6U); /* check, two reports, three parts */
}

static void nothing_newer_costs_one_request_and_no_write(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer.image = NULL;
    assert_int_equal(device_live(3), 0);
    assert_int_equal(peer.requests, 3);
    assert_int_equal(device.operations, 0);
    assert_int_equal(device.events[OTA_EVENT_UP_TO_DATE], 3);
    assert_int_equal(device.network_ups, 3);
    assert_int_equal(device.network_releases, 3);
}

static void an_update_writes_each_sector_once_and_spares_nvs(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    const uint32_t sectors = (new_size + OTA_SECTOR - 1U) / OTA_SECTOR;
    /* each sector: erase, write, journal; journal: erase; NVS: is there room, begin, activating; boot data: running anchored, new
     * image */
    assert_int_equal(device.erases, sectors + 1U + 3U);
    assert_int_equal(device.operations, 3U * sectors + 1U + 3U + 6U);
}

static void a_second_update_goes_into_the_other_slot(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    assert_true(device_settle(4));
    static uint8_t next[SLOT_SIZE];
    const uint32_t size = make_image(next, "1.2.0", NEW_SIZE, FILL_BLANK);
    peer_publish(next, size, "1.2.0", 3, 8);
    assert_true(device_settle(4));
    assert_int_equal(device.running, 0);
    assert_true(device_runs(next, size));
    assert_string_equal(peer_story(8), "downloading installing success");
}

static void an_encrypted_slot_is_no_different(void **state)
{
    (void)state;
    world(FILL_BLANK, NEW_SIZE);
    device_encrypt();
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
}

static void the_application_may_put_an_update_off(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.may_update = false;
    assert_int_equal(device_live(2), 0);
    assert_int_equal(peer.downloads, 0);
    assert_int_equal(peer.reports, 0);
    assert_int_equal(device.events[OTA_EVENT_FAILED], 0);
    assert_int_equal(device.operations, 0);
    device.may_update = true;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
}

static void without_a_network_there_is_no_request(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.network = false;
    assert_int_equal(device_live(2), 0);
    assert_int_equal(peer.requests, 0);
    assert_int_equal(device.last_reason, OTA_ERR_NETWORK);
    assert_int_equal(device.network_releases, 0);
}

static void a_device_flashed_by_cable_learns_its_build_instead_of_updating_for_ever(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_publish(old_image, old_size, "1.0.0", 4, 6);
    assert_int_equal(device_live(2), 0);
    assert_int_equal(peer.downloads, 0);
    assert_string_equal(peer_story(6), "success");
    assert_non_null(strstr(peer.last_check, "\"current_build\":4"));
    assert_int_equal(device.events[OTA_EVENT_OFFERED], 0);
}

static void the_build_stands_behind_the_plus_of_the_version(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.settings.version = "1.0.0+17";
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_non_null(strstr(peer.last_check, "\"current_version\":\"1.0.0+17\",\"current_build\":17"));
}

static void a_long_description_does_no_harm(void **state)
{
    (void)state;
    static char text[40000];
    world(FILL_RANDOM, NEW_SIZE);
    memset(text, 'x', sizeof text - 2U);
    text[0] = text[sizeof text - 2U] = '"';
    peer.description = text;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
}

static void progress_is_reported_at_most_every_tenth_and_half_minute(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(TRICKLES, DOWNLOAD, 1); /* 64 KiB a minute */
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    unsigned progress = 0;
    uint32_t bytes = 0;
    for (unsigned i = 0; i < peer.reports; ++i) {
        progress += peer.received[i].status == OTA_STATUS_DOWNLOADING ? 1U : 0U;
        assert_true(peer.received[i].bytes >= bytes);
        bytes = peer.received[i].bytes;
    }
    assert_int_equal(progress, 3); /* at the beginning and between the three parts */
}

static void a_token_goes_to_the_server(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.settings.token = "secret";
    assert_true(device_settle(4));
    assert_string_equal(peer.hosts_with_token, "ota.test ");
}

static void a_stop_keeps_what_was_downloaded(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    device.stop_after_bytes = 100000;
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.events[OTA_EVENT_FAILED], 0);
    assert_string_equal(peer_story(7), "downloading");
    device.stop_after_bytes = 0;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_true(peer.image_bytes <= new_size + OTA_SECTOR);
}

static void a_report_of_the_application_is_sent_or_kept(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer.image = NULL;
    assert_int_equal(device_live(1), 0);
    peer_misbehave(REFUSES_CONNECTION, REPORT, 0);
    assert_int_equal(ota_client_core_report(&device.core, 5, OTA_STATUS_FAILED, 10, "door \"open\""), OTA_ERR_CONNECT);
    assert_int_equal(device.core.record.kept, 1);
    peer_behave();
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.core.record.kept, 0);
    assert_string_equal(peer_last(5)->message, "door \"open\"");
    assert_int_equal(ota_client_core_report(&device.core, 5, OTA_STATUS_SUCCESS, 10, ""), OTA_OK);
    assert_string_equal(peer_story(5), "failed success");
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(an_update_ends_on_the_new_version),
    cmocka_unit_test(a_cycle_uses_one_connection),
    cmocka_unit_test(nothing_newer_costs_one_request_and_no_write),
    cmocka_unit_test(an_update_writes_each_sector_once_and_spares_nvs),
    cmocka_unit_test(a_second_update_goes_into_the_other_slot),
    cmocka_unit_test(an_encrypted_slot_is_no_different),
    cmocka_unit_test(the_application_may_put_an_update_off),
    cmocka_unit_test(without_a_network_there_is_no_request),
    cmocka_unit_test(a_device_flashed_by_cable_learns_its_build_instead_of_updating_for_ever),
    cmocka_unit_test(the_build_stands_behind_the_plus_of_the_version),
    cmocka_unit_test(a_long_description_does_no_harm),
    cmocka_unit_test(progress_is_reported_at_most_every_tenth_and_half_minute),
    cmocka_unit_test(a_token_goes_to_the_server),
    cmocka_unit_test(a_stop_keeps_what_was_downloaded),
    cmocka_unit_test(a_report_of_the_application_is_sent_or_kept),
};

int main(void)
{
    return cmocka_run_group_tests_name("update", s_tests, NULL, NULL);
}
