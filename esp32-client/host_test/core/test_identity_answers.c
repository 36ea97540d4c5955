/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdio.h>
#include "registry.h"
#include "tests.h"

/* Answers to an enrolment that the device must not take, and requests that must not leave the server with a token. */

static void a_server_in_trouble_is_asked_again_later(void **state)
{
    (void)state;
    static const struct {
        uint32_t status;
        const char *retry_after;
        ota_result_t result;
        uint32_t least_ms;
    } cases[] = {
        { 429, "7200", OTA_ERR_BUSY, 7200000 },
        { 503, "600", OTA_ERR_BUSY, 600000 },
        { 429, "", OTA_ERR_BUSY, 1000 },
        { 500, "", OTA_ERR_STATUS, 1000 },
        { 204, "", OTA_ERR_STATUS, 1000 },
        { 302, "", OTA_ERR_REDIRECT, 1000 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        world_with_identity(KEY);
        peer_misbehave(STATUS, ENROLL, cases[i].status);
        peer.retry_after = cases[i].retry_after;
        assert_int_equal(device_live(1), 0);
        assert_int_equal(device.last_result, cases[i].result);
        assert_true(device.last_wait_ms >= cases[i].least_ms);
        assert_int_equal(peer.requests, 1);
        peer_behave();
        assert_true(device_settle(4));
        assert_true(device_runs(new_image, new_size));
    }
}

static void a_lost_answer_gets_the_same_token_again(void **state)
{
    (void)state;
    static const manner_t manners[] = { LOSES_ANSWER, DROPS_HEADER, DROPS_AFTER, STALLS_AFTER, REFUSES_CONNECTION };
    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; ++i) {
        world_with_identity(KEY);
        peer_misbehave(manners[i], ENROLL, manners[i] == DROPS_AFTER || manners[i] == STALLS_AFTER ? 40U : 0U);
        peer.times = 3;
        assert_int_equal(device_live(1), RESET_SOFTWARE);
        assert_string_equal(kept_token(), registry_token());
        assert_int_equal(registry.refused, 0);
    }
}

/* The token is used for the first time after it was saved. Otherwise it could be lost, and the server would give no other. */
static void a_token_that_cannot_be_saved_is_not_used(void **state)
{
    (void)state;
    world_with_identity(KEY);
    device.nvs_fails = true;
    assert_int_equal(device_live(3), 0);
    assert_int_equal(device.last_result, OTA_ERR_STORAGE);
    assert_int_equal(registry.admitted, 0);
    assert_false(registry.used);
    device.nvs_fails = false;
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
}

#define T64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void an_answer_that_holds_no_token_is_refused(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "", "{}", "[]", "null", "\"otad_x\"", "{\"device_token\":null}", "{\"device_token\":1}", "{\"device_token\":true}",
        "{\"device_token\":[\"otad_x\"]}", "{\"device_token\":{\"a\":1}}", "{\"device_token\":\"\"}", "{\"token\":\"otad_x\"}",
        "{\"device_token\":\"otad_x\"", "{\"device_token\":\"otad_x\"} x", "{\"device_token\":\"otad_x\",\"device_token\":\"otad_y\"}",
        "{\"device_token\":\"otad_x\\r\\nHost: evil.test\"}", "{\"device_token\":\"otad_x\\u000d\\u000ax\"}",
        "{\"device_token\":\"otad_x\ny\"}", "{\"device_token\":\"otad x\"}", "{\"device_token\":\"otad_\xC3\xA9\"}",
        "{\"device_token\":\"otad_\\u00e9\"}", "{\"device_token\":\"otad_x\\u0000y\"}", "{\"device_token\":\"otad_\\\"x\"}",
        "{\"device_token\":\"otad_,x\"}", "{\"device_token\":\"" T64 T64 "\"}", "{\"status\":\"pending\"}", "<html>Please log in</html>",
    };
    static char huge[66000];
    memset(huge, 'x', sizeof huge - 1U);
    memcpy(huge, "{\"device_token\":\"", 17);
    strcpy(huge + sizeof huge - 3U, "\"}");
    for (size_t i = 0; i <= sizeof answers / sizeof answers[0]; ++i) {
        const bool is_huge = i == sizeof answers / sizeof answers[0];
        for (unsigned renewal = 0; renewal < 2U; ++renewal) {
            world_with_identity(KEY);
            keep_token(renewal != 0U ? device.settings.device_id : 0U, "otad_old");
            peer_misbehave(SAYS, ENROLL, 0);
            peer.body = is_huge ? huge : answers[i];
            assert_int_equal(device_live(1), 0);
            if (device.last_result != OTA_ERR_ANSWER || strcmp(kept_token(), "otad_old") != 0 || registry.admitted != 0U) {
                fail_msg("taken: %.80s: %s", peer.body, ota_client_result_text(device.last_result));
            }
            peer_behave();
            assert_true(device_settle(4));
            assert_true(device_runs(new_image, new_size));
        }
    }
    world_with_identity(KEY); /* The longest token that fits. */
    peer_misbehave(SAYS, ENROLL, 0);
    peer.body = "{\"device_token\":\"" T64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\"}";
    assert_int_equal(device_live(1), 0);
    assert_int_equal(strlen(kept_token()), 127);
}

static void an_enrolment_is_not_carried_to_another_host(void **state)
{
    (void)state;
    static const char *const places[] = { "https://cdn.test/a", "//cdn.test/api/ota/devices/enroll", "https://ota.test:8443/a",
                                          "http://ota.test/a", "https://ota.test.evil.test/a"
                                        };
    static const int statuses[] = { 302, 307, 308 };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        for (size_t s = 0; s < sizeof statuses / sizeof statuses[0]; ++s) {
            world_with_identity(KEY);
            peer_misbehave(REDIRECT, ENROLL, 1);
            peer.status = statuses[s];
            peer.location = places[i];
            assert_int_equal(device_live(1), 0);
            assert_int_equal(device.last_result, OTA_ERR_REDIRECT);
            assert_int_equal(peer.requests, 1); /* Nothing was sent to the other host. */
            assert_string_equal(peer.hosts_with_token, "ota.test ");
        }
    }
    world_with_identity(KEY);
    peer_misbehave(REDIRECT, ENROLL, 1);
    peer.status = 307;
    peer.location = "/api/ota/devices/enroll?again";
    assert_int_equal(device_live(1), RESET_SOFTWARE);
}

static void the_kept_token_is_not_carried_to_another_host(void **state)
{
    (void)state;
    world_with_identity(KEY);
    peer_misbehave(REDIRECT, DOWNLOAD, 1);
    peer.status = 302;
    peer.location = "https://cdn.test/a";
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_string_equal(peer.hosts_with_token, "ota.test ");
}

static void a_refusal_elsewhere_says_nothing_about_the_token(void **state)
{
    (void)state;
    world_with_identity(KEY);
    registry.elsewhere_refuses = true;
    peer_misbehave(REDIRECT, DOWNLOAD, 1);
    peer.status = 302;
    peer.location = "https://cdn.test/a";
    assert_int_equal(device_live(2), RESET_SOFTWARE); /* The second cycle is not redirected. */
    assert_int_equal(device.events[OTA_EVENT_FAILED], 1);
    assert_int_equal(registry.asked, 1);
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(a_server_in_trouble_is_asked_again_later),
    cmocka_unit_test(a_lost_answer_gets_the_same_token_again),
    cmocka_unit_test(a_token_that_cannot_be_saved_is_not_used),
    cmocka_unit_test(an_answer_that_holds_no_token_is_refused),
    cmocka_unit_test(an_enrolment_is_not_carried_to_another_host),
    cmocka_unit_test(the_kept_token_is_not_carried_to_another_host),
    cmocka_unit_test(a_refusal_elsewhere_says_nothing_about_the_token),
};

int main(void)
{
    return cmocka_run_group_tests_name("answers to an enrolment", s_tests, NULL, NULL);
}
