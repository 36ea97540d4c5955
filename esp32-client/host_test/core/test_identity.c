/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdio.h>
#include "registry.h"
#include "tests.h"

/* How a device gets its token, keeps it, and gets another one. The server demands an identity unless a test says otherwise. */

#define HOUR_MS 3600000U

/* A device that has enrolled and updated itself. */
static void enrolled_world(void)
{
    world_with_identity(KEY);
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(registry.asked, 1);
}

static void a_device_enrols_and_then_updates_itself(void **state)
{
    (void)state;
    enrolled_world();
    assert_string_equal(peer_story(7), "downloading installing success");
    assert_string_equal(kept_token(), registry_token());
    assert_string_equal(peer.hosts_with_token, "ota.test ");
    assert_int_equal(registry.refused, 0);
    assert_int_equal(device.events[OTA_EVENT_ENROLLMENT], 1);
    assert_int_equal(device.last_enrollment, OTA_OK);
    assert_int_equal(device_live(3), 0);
    assert_int_equal(registry.asked, 1);
}

static void a_device_without_a_key_changes_nothing(void **state)
{
    (void)state;
    world_with_identity(NULL);
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_result, OTA_ERR_IDENTITY);
    assert_int_equal(device.last_reason, OTA_ERR_IDENTITY);
    assert_int_equal(peer.requests, 1);
    registry.demands_identity = false;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(registry.asked, 0);
    assert_int_equal(device.token_nvs_size, 0);
}

static void a_token_of_the_application_needs_no_enrolment(void **state)
{
    (void)state;
    world_with_identity(KEY);
    device.settings.token = registry_token();
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    device.settings.token = "otad_wrong";
    assert_int_equal(device_live(2), 0);
    assert_int_equal(device.last_result, OTA_ERR_IDENTITY);
    assert_int_equal(registry.asked, 0);
}

static void a_device_that_waits_for_acceptance_asks_at_each_interval(void **state)
{
    (void)state;
    world_with_identity(KEY);
    registry.asks_for_acceptance = true;
    registry.demands_identity = false; /* There is no update before the acceptance, even so. */
    for (unsigned i = 1; i <= 20U; ++i) {
        assert_int_equal(device_live(1), 0);
        assert_int_equal(device.last_result, OTA_ERR_ENROLL_PENDING);
        assert_in_range(device.last_wait_ms, HOUR_MS * 9U / 10U, HOUR_MS * 11U / 10U);
        assert_int_equal(peer.requests, i);
        assert_int_equal(registry.asked, i);
    }
    assert_int_equal(device.events[OTA_EVENT_FAILED], 0);
    assert_int_equal(device.last_enrollment, OTA_ERR_ENROLL_PENDING);
    device.events[OTA_EVENT_ENROLLMENT] = 0;
    assert_int_equal(device_live(5), 0);
    assert_int_equal(device.events[OTA_EVENT_ENROLLMENT], 1); /* It is told once after a start. */
    registry.accepted = true;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
}

static void a_device_that_lost_its_token_says_what_to_do_and_asks_slowly(void **state)
{
    (void)state;
    enrolled_world();
    device.token_nvs_size = 0; /* NVS was erased. */
    const uint32_t since = device.now_ms;
    device.events[OTA_EVENT_ENROLLMENT] = 0;
    registry.asked = 0;
    assert_int_equal(device_live(40), 0);
    assert_int_equal(device.last_result, OTA_ERR_IDENTITY);
    assert_int_equal(device.events[OTA_EVENT_ENROLLMENT], 1);
    assert_int_equal(device.last_enrollment, OTA_ERR_ALREADY_ENROLLED);
    assert_string_equal(device.last_warning, "already enrolled; an admin must reset this device's token");
    assert_in_range(registry.asked, 2, (device.now_ms - since) / HOUR_MS + 1U);
    registry_reset();
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_result, OTA_OK);
    assert_string_equal(kept_token(), registry_token());
}

/* A wrong key must not cut a fleet off from a server that demands no identity. */
static void a_refused_key_does_not_stop_updates(void **state)
{
    (void)state;
    static const uint32_t statuses[] = { 400, 401, 403, 404, 409 };
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; ++i) {
        world_with_identity(KEY);
        registry.demands_identity = false;
        peer_misbehave(STATUS, ENROLL, statuses[i]);
        assert_true(device_settle(4));
        assert_true(device_runs(new_image, new_size));
        const bool taken = statuses[i] == 409U;
        assert_int_equal(device.last_enrollment, taken ? OTA_ERR_ALREADY_ENROLLED : OTA_ERR_ENROLL_REFUSED);
        if (!taken) {
            char message[64];
            snprintf(message, sizeof message, "server refused to enrol this device, HTTP status %u", (unsigned)statuses[i]);
            assert_string_equal(device.last_warning, message);
        }
        const unsigned requests = peer.requests;
        assert_int_equal(device_live(10), 0);
        assert_true(peer.requests - requests <= 20U);
    }
}

static void a_token_that_is_refused_is_kept(void **state)
{
    (void)state;
    for (unsigned with_key = 0; with_key < 2U; ++with_key) {
        enrolled_world();
        device.settings.enroll_key = with_key != 0U ? KEY : NULL;
        const unsigned epoch = registry.epoch;
        char token[OTA_TOKEN_SIZE];
        strcpy(token, kept_token());
        registry_revoke();
        const uint32_t since = device.now_ms;
        const unsigned requests = peer.requests;
        assert_int_equal(device_live(30), 0);
        assert_int_equal(device.last_result, OTA_ERR_IDENTITY);
        assert_string_equal(kept_token(), token);
        assert_true(registry.asked - 1U <= with_key * ((device.now_ms - since) / HOUR_MS + 1U));
        assert_true(peer.requests - requests <= 30U + with_key * 30U);
        registry.epoch = epoch; /* The server had lost its secret, and has it again. */
        assert_int_equal(device_live(2), 0);
        assert_int_equal(device.last_result, OTA_OK);
    }
}

static void a_refusal_costs_two_requests_and_forgets_nothing(void **state)
{
    (void)state;
    enrolled_world();
    const unsigned epoch = registry.epoch;
    registry_revoke();
    peer.requests = 0;
    assert_int_equal(device_live(0), 0);
    assert_int_equal(ota_client_core_cycle(&device.core), OTA_ERR_IDENTITY);
    assert_int_equal(peer.requests, 2); /* the check and the enrolment */
    assert_int_equal(ota_client_core_cycle(&device.core), OTA_ERR_IDENTITY);
    assert_int_equal(peer.requests, 3);
    registry.epoch = epoch;
    assert_int_equal(ota_client_core_cycle(&device.core), OTA_OK);
    assert_int_equal(registry.asked, 2);
}

static void a_device_that_an_admin_reset_enrols_again_in_one_cycle(void **state)
{
    (void)state;
    enrolled_world();
    registry_revoke();
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_result, OTA_ERR_IDENTITY);
    registry_reset();
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_result, OTA_OK);
    assert_string_equal(kept_token(), registry_token());
    registry_reset(); /* A device that runs on finds its way back, too. */
    assert_int_equal(device_live(3), 0);
    assert_int_equal(device.last_result, OTA_OK);
    assert_string_equal(kept_token(), registry_token());
}

static void a_token_of_another_device_is_ignored(void **state)
{
    (void)state;
    static const char *const tokens[] = { "otad_other", "otad bad", "" };
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; ++i) {
        world_with_identity(KEY);
        keep_token(device.settings.device_id + (i == 0U ? 1U : 0U), tokens[i]);
        assert_true(device_settle(4));
        assert_true(device_runs(new_image, new_size));
        assert_int_equal(registry.refused, 0);
    }
}

static void a_token_from_the_factory_is_used_as_it_is(void **state)
{
    (void)state;
    world_with_identity(KEY);
    registry.used = true;
    device.factory_token = registry_token();
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(registry.asked, 0);
    assert_int_equal(device.token_nvs_size, 0);

    char old[OTA_TOKEN_SIZE];
    strcpy(old, registry_token());
    device.factory_token = old;
    registry_reset(); /* With a key, it gets another one. */
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_result, OTA_OK);
    assert_string_equal(kept_token(), registry_token());
    assert_int_equal(device_live(2), 0);
    assert_int_equal(registry.asked, 1);

    world_with_identity(NULL);
    device.factory_token = "otad x\r\n";
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_result, OTA_ERR_IDENTITY);
    assert_string_equal(peer.hosts_with_token, "");
}

static void reports_that_wait_come_after_the_enrolment(void **state)
{
    (void)state;
    world_with_identity(NULL);
    registry.demands_identity = false;
    peer_misbehave(STATUS, REPORT, 500);
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_int_equal(device_live(1), 0); /* The success waits. */
    peer_behave();
    registry.demands_identity = true;
    device.settings.enroll_key = KEY;
    assert_int_equal(device_live(1), 0);
    assert_int_equal(registry.refused, 0);
    assert_string_equal(peer_story(7), "success");
    assert_int_equal(device.core.record.kept, 0);
}

static void a_report_of_the_application_enrols_first(void **state)
{
    (void)state;
    world_with_identity(KEY);
    peer.image = NULL;
    assert_int_equal(device_live(0), 0);
    assert_int_equal(ota_client_core_settle(&device.core), OTA_OK);
    assert_int_equal(ota_client_core_report(&device.core, 9, OTA_STATUS_SUCCESS, 5, ""), OTA_OK);
    assert_int_equal(registry.asked, 1);
    assert_string_equal(peer_story(9), "success");
}

/* The default diagnostics: a new image that could never be updated again is rolled back. */
static void a_new_image_must_be_known_to_the_server(void **state)
{
    (void)state;
    static const struct {
        bool pending;
        bool stays;
    } cases[] = { { true, true }, { false, false } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        world_with_identity(NULL);
        registry.demands_identity = false;
        device.has_diagnostics = false;
        assert_int_equal(device_live(1), RESET_SOFTWARE);
        registry.demands_identity = true;
        registry.asks_for_acceptance = cases[i].pending;
        registry.used = !cases[i].pending;
        device.settings.enroll_key = KEY;
        assert_true(device_settle(6));
        assert_int_equal(device_runs(new_image, new_size), cases[i].stays);
    }
}

static void a_new_image_on_trial_does_not_enrol_unless_it_must(void **state)
{
    (void)state;
    world_with_identity(NULL);
    registry.demands_identity = false;
    device.has_diagnostics = false;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    device.settings.enroll_key = KEY;
    peer_misbehave(STATUS, CHECK, 500);
    assert_int_equal(device_live(1), RESET_SOFTWARE); /* It does not reach the server and is rolled back. */
    assert_int_equal(registry.asked, 0);
    device.settings.enroll_key = NULL; /* The image before has no identity, and is served. */
    peer_behave();
    peer.image = NULL;
    assert_int_equal(device_live(1), 0);
    assert_true(device_runs(old_image, old_size));
    assert_int_equal(device.last_result, OTA_OK);
}

static void a_token_that_is_revoked_during_the_download_is_renewed_in_the_next_cycle(void **state)
{
    (void)state;
    world_with_identity(KEY);
    device.stop_after_bytes = 70000;
    assert_int_equal(device_live(1), 0);
    device.stop_after_bytes = 0;
    registry_reset();
    peer_misbehave(STATUS, DOWNLOAD, 401);
    peer.times = 1;
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_result, OTA_ERR_IDENTITY);
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_true(peer.image_bytes <= new_size + 2U * OTA_SECTOR);
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(a_device_enrols_and_then_updates_itself),
    cmocka_unit_test(a_device_without_a_key_changes_nothing),
    cmocka_unit_test(a_token_of_the_application_needs_no_enrolment),
    cmocka_unit_test(a_device_that_waits_for_acceptance_asks_at_each_interval),
    cmocka_unit_test(a_device_that_lost_its_token_says_what_to_do_and_asks_slowly),
    cmocka_unit_test(a_refused_key_does_not_stop_updates),
    cmocka_unit_test(a_token_that_is_refused_is_kept),
    cmocka_unit_test(a_refusal_costs_two_requests_and_forgets_nothing),
    cmocka_unit_test(a_device_that_an_admin_reset_enrols_again_in_one_cycle),
    cmocka_unit_test(a_token_of_another_device_is_ignored),
    cmocka_unit_test(a_token_from_the_factory_is_used_as_it_is),
    cmocka_unit_test(reports_that_wait_come_after_the_enrolment),
    cmocka_unit_test(a_report_of_the_application_enrols_first),
    cmocka_unit_test(a_new_image_must_be_known_to_the_server),
    cmocka_unit_test(a_new_image_on_trial_does_not_enrol_unless_it_must),
    cmocka_unit_test(a_token_that_is_revoked_during_the_download_is_renewed_in_the_next_cycle),
};

int main(void)
{
    return cmocka_run_group_tests_name("identity", s_tests, NULL, NULL);
}
