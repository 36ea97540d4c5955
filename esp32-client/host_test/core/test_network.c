/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdio.h>
#include "tests.h"

/*
 * A server or a network that misbehaves. Each case ends after a limited time and number of requests, either with the old
 * image and a report of the reason, or, if the device can recover, with the new image. The next valid offer succeeds.
 */

#define HOUR_MS 3600000U

typedef enum { FAILS, BLOCKS, NO_OFFER, SUCCEEDS } outcome_t; /* BLOCKS: the version is not tried again */

typedef struct {
    const char *name;
    manner_t manner;
    request_kind_t where;
    uint32_t number;
    int status;       /* of a redirect */
    const char *text; /* Location, Retry-After or body */
    outcome_t outcome;
    ota_result_t reason;
    const char *message; /* of the report; NULL: there is no offer to report on */
} scene_t;

#define OFFER(FIELDS) "{\"update_available\":true," FIELDS "}"
#define HASH64 "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""
#define ID "\"firmware_id\":7"
#define VER "\"version\":\"1.1.0\""
#define BUILD "\"build_number\":2"
#define URL "\"download_url\":\"/api/ota/download/7\""
#define HASH "\"file_hash\":" HASH64
#define SIZE "\"file_size\":140000"
#define NESTED "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}"

#define SAYS_        SAYS, CHECK, 0, 0
#define SUCCESS      SUCCEEDS, OTA_OK, NULL
#define NO_ANSWER    NO_OFFER, OTA_ERR_ANSWER, NULL
#define WRONG_LENGTH FAILS, OTA_ERR_LENGTH, "file size differs from the offer"
#define WRONG_RANGE  FAILS, OTA_ERR_RANGE, "server sent another range"
#define FILE_CHANGED FAILS, OTA_ERR_CHANGED, "file changed during the download"
#define NO_REDIRECT  FAILS, OTA_ERR_REDIRECT, "redirect not followed"

static const scene_t s_scenes[] = {
    { "no connection", REFUSES_CONNECTION, ANY, 0, 0, "", NO_OFFER, OTA_ERR_CONNECT, NULL },
    { "no connection for the download", REFUSES_CONNECTION, DOWNLOAD, 0, 0, "", FAILS, OTA_ERR_CONNECT, "no connection to the server" },
    { "closed before each header", DROPS_HEADER, ANY, 0, 0, "", NO_OFFER, OTA_ERR_CLOSED, NULL },
    { "closed before each header of the download", DROPS_HEADER, DOWNLOAD, 0, 0, "", FAILS, OTA_ERR_CLOSED, "connection lost" },
    { "check answer cut off", DROPS_AFTER, CHECK, 50, 0, "", NO_OFFER, OTA_ERR_CLOSED, NULL },
    { "check answer stalls", STALLS_AFTER, CHECK, 50, 0, "", NO_OFFER, OTA_ERR_STALL, NULL },
    { "idle connections closed", CLOSES_KEPT, ANY, 0, 0, "", SUCCESS },
    { "stall at the first byte", STALLS_AFTER, DOWNLOAD, 0, 0, "", FAILS, OTA_ERR_STALL, "connection stalled" },
    { "stall after the head", STALLS_AFTER, DOWNLOAD, 300, 0, "", FAILS, OTA_ERR_STALL, "connection stalled" },
    { "stall after some sectors", STALLS_AFTER, DOWNLOAD, 20000, 0, "", SUCCESS },
    { "trickle, a byte a second", TRICKLES, DOWNLOAD, 1000, 0, "", FAILS, OTA_ERR_DEADLINE, "update took too long" },
    { "trickle, a byte in 29 seconds", TRICKLES, DOWNLOAD, 29000, 0, "", FAILS, OTA_ERR_DEADLINE, "update took too long" },
    { "trickle of a check", TRICKLES, CHECK, 29000, 0, "", NO_OFFER, OTA_ERR_DEADLINE, NULL },
    { "200 for a range", IGNORES_RANGE, DOWNLOAD, 0, 0, "", SUCCESS },
    { "200 for a range, cut off each time", IGNORES_RANGE, DOWNLOAD, 50000, 0, "", FILE_CHANGED },
    { "Content-Range of another part", SHIFTS_RANGE, DOWNLOAD, 0, 0, "", WRONG_RANGE },
    { "Content-Range too short", SHORTENS_RANGE, DOWNLOAD, 0, 0, "", WRONG_RANGE },
    { "206 without Content-Range", NO_RANGE_HEADER, DOWNLOAD, 0, 0, "", WRONG_RANGE },
    { "another ETag each time", CHANGES_ETAG, DOWNLOAD, 0, 0, "", FILE_CHANGED },
    { "another ETag each time, If-Range ignored", IGNORES_IF_RANGE, DOWNLOAD, 0, 0, "", FILE_CHANGED },
    { "total of another file", WRONG_TOTAL, DOWNLOAD, 0, 0, "", WRONG_LENGTH },
    { "another file between two parts", SWAPS_FILE, DOWNLOAD, 65536, 0, "", BLOCKS, OTA_ERR_HASH, "hash differs from the offer" },
    { "no ETag", NO_ETAG, DOWNLOAD, 0, 0, "", SUCCESS },
    { "chunked", CHUNKED, DOWNLOAD, 0, 0, "", WRONG_LENGTH },
    { "no length", NO_LENGTH, DOWNLOAD, 0, 0, "", WRONG_LENGTH },
    { "length too small", SHORT_FILE, DOWNLOAD, 0, 0, "", WRONG_LENGTH },
    { "length too large", LONG_FILE, DOWNLOAD, 0, 0, "", WRONG_LENGTH },
    { "HTML with 200", HTML, DOWNLOAD, 0, 0, "", WRONG_LENGTH },
    { "304", STATUS, DOWNLOAD, 304, 0, "", FAILS, OTA_ERR_STATUS, "server refused, HTTP status 304" },
    { "403", STATUS, DOWNLOAD, 403, 0, "", FAILS, OTA_ERR_STATUS, "server refused, HTTP status 403" },
    { "404", STATUS, DOWNLOAD, 404, 0, "", FAILS, OTA_ERR_STATUS, "server refused, HTTP status 404" },
    { "416", STATUS, DOWNLOAD, 416, 0, "", FAILS, OTA_ERR_STATUS, "server refused, HTTP status 416" },
    { "416 in the middle", STATUS_AFTER, DOWNLOAD, 416, 0, "", FILE_CHANGED },
    { "500", STATUS, DOWNLOAD, 500, 0, "", FAILS, OTA_ERR_STATUS, "server refused, HTTP status 500" },
    { "503, come in ten seconds", STATUS, DOWNLOAD, 503, 0, "10", FAILS, OTA_ERR_BUSY, "server asked to wait, HTTP status 503" },
    { "503, come in two hours", STATUS, DOWNLOAD, 503, 0, "7200", FAILS, OTA_ERR_BUSY, "server asked to wait, HTTP status 503" },
    { "check answered 503", STATUS, CHECK, 503, 0, "7200", NO_OFFER, OTA_ERR_BUSY, NULL },
    { "check answered 500", STATUS, CHECK, 500, 0, "", NO_OFFER, OTA_ERR_STATUS, NULL },
    { "check answered 204", STATUS, CHECK, 204, 0, "", NO_OFFER, OTA_ERR_STATUS, NULL },
    { "redirect loop", REDIRECT, DOWNLOAD, 1000, 302, "/api/ota/download/7", NO_REDIRECT },
    { "redirect to http", REDIRECT, DOWNLOAD, 1000, 302, "http://ota.test/x", NO_REDIRECT },
    { "redirect to nowhere", REDIRECT, DOWNLOAD, 1000, 307, "", NO_REDIRECT },
    { "redirect to another scheme", REDIRECT, DOWNLOAD, 1000, 301, "ftp://ota.test/x", NO_REDIRECT },
    { "redirect to another host", REDIRECT, DOWNLOAD, 3, 302, "https://cdn.test/a?b=c", SUCCESS },
    { "redirect of the check", REDIRECT, CHECK, 1000, 302, "/elsewhere", NO_OFFER, OTA_ERR_REDIRECT, NULL },
    { "JSON empty", SAYS_, "", NO_ANSWER },
    { "JSON cut off", SAYS_, "{\"update_available\":true,\"firmware_id\":7", NO_ANSWER },
    { "JSON no object", SAYS_, "[]", NO_ANSWER },
    { "JSON without the answer", SAYS_, "{}", NO_ANSWER },
    { "JSON with something behind", SAYS_, "{\"update_available\":false} x", NO_ANSWER },
    { "JSON too deep", SAYS_, "{\"update_available\":false,\"x\":" NESTED "}", NO_ANSWER },
    { "JSON answer a number", SAYS_, "{\"update_available\":1}", NO_ANSWER },
    { "JSON answer null", SAYS_, "{\"update_available\":null}", NO_ANSWER },
    { "JSON answer twice", SAYS_, "{\"update_available\":false,\"update_available\":false}", NO_ANSWER },
    { "offer without fields", SAYS_, "{\"update_available\":true}", NO_ANSWER },
    { "offer without a hash", SAYS_, OFFER(ID "," VER "," BUILD "," URL "," SIZE), NO_ANSWER },
    { "offer with a string for a number", SAYS_, OFFER("\"firmware_id\":\"7\"," VER "," BUILD "," URL "," HASH "," SIZE), NO_ANSWER },
    { "offer with a number for a string", SAYS_, OFFER(ID ",\"version\":1.1," BUILD "," URL "," HASH "," SIZE), NO_ANSWER },
    { "offer with id 0", SAYS_, OFFER("\"firmware_id\":0," VER "," BUILD "," URL "," HASH "," SIZE), NO_ANSWER },
    { "offer with a negative size", SAYS_, OFFER(ID "," VER "," BUILD "," URL "," HASH ",\"file_size\":-1"), NO_ANSWER },
    { "offer with size 0", SAYS_, OFFER(ID "," VER "," BUILD "," URL "," HASH ",\"file_size\":0"), NO_ANSWER },
    { "offer with a broken size", SAYS_, OFFER(ID "," VER "," BUILD "," URL "," HASH ",\"file_size\":1.5"), NO_ANSWER },
    { "offer with a size beyond 32 bits", SAYS_, OFFER(ID "," VER "," BUILD "," URL "," HASH ",\"file_size\":4294967296"), NO_ANSWER },
    { "offer with a size of 40 digits", SAYS_, OFFER(ID "," VER "," BUILD "," URL "," HASH ",\"file_size\":1000000000000000000000000000000000000000"), NO_ANSWER },
    { "offer with an id beyond 2^53", SAYS_, OFFER("\"firmware_id\":9007199254740992," VER "," BUILD "," URL "," HASH "," SIZE), NO_ANSWER },
    { "offer with a build beyond 2^31", SAYS_, OFFER(ID "," VER ",\"build_number\":2147483648," URL "," HASH "," SIZE), NO_ANSWER },
    { "offer with a long version", SAYS_, OFFER(ID ",\"version\":\"1.1.0-0123456789012345678901234567890\"," BUILD "," URL "," HASH "," SIZE), NO_ANSWER },
    { "offer with a short hash", SAYS_, OFFER(ID "," VER "," BUILD "," URL ",\"file_hash\":\"0123\"," SIZE), NO_ANSWER },
    { "offer with a hash that is none", SAYS_, OFFER(ID "," VER "," BUILD "," URL ",\"file_hash\":\"xyz3456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"," SIZE), NO_ANSWER },
    { "offer larger than the slot", SAYS_, OFFER(ID "," VER "," BUILD "," URL "," HASH ",\"file_size\":4000000000"), BLOCKS, OTA_ERR_TOO_LARGE, "image does not fit into the slot" },
    { "hash wrong in the offer", SAYS_, OFFER(ID "," VER "," BUILD "," URL "," HASH "," SIZE), BLOCKS, OTA_ERR_HASH, "hash differs from the offer" },
    { "offer of http from https", SAYS_, OFFER(ID "," VER "," BUILD ",\"download_url\":\"http://ota.test/x\"," HASH "," SIZE), NO_REDIRECT },
};

static void misbehave(const scene_t *scene)
{
    peer_misbehave(scene->manner, scene->where, scene->number);
    peer.status = scene->status;
    peer.location = peer.retry_after = peer.body = scene->text;
}

/* Offers another image from a server that no longer misbehaves. */
static bool recovers(void)
{
    static uint8_t next[SLOT_SIZE];
    static uint32_t size;
    if (size == 0U) {
        size = make_image(next, "1.2.0", NEW_SIZE, FILL_RANDOM);
    }
    peer_behave();
    peer_publish(next, size, "1.2.0", 3, 8);
    return device_settle(4) && device_runs(next, size) && strstr(peer_story(8), "success") != NULL;
}

static const char *fault_of(const scene_t *scene, int ended)
{
    if (scene->outcome == SUCCEEDS) {
        return ended == RESET_SOFTWARE ? NULL : "it did not succeed";
    }
    if (ended != 0 || !device_runs(old_image, old_size)) {
        return "the old image does not run on";
    }
    if (device.last_reason != scene->reason || device.events[OTA_EVENT_FAILED] != 1U) {
        return "it failed for another reason";
    }
    return NULL;
}

static void check_report(const scene_t *scene)
{
    const received_t *last = peer_last(7);
    if (scene->message == NULL) {
        return;
    }
    if (last == NULL || last->status != OTA_STATUS_FAILED || strcmp(last->message, scene->message) != 0) {
        fail_msg("%s: reported \"%s\": %s", scene->name, peer_story(7), last != NULL ? last->message : "");
    }
}

static void each_case_ends_well(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_scenes / sizeof s_scenes[0]; ++i) {
        const scene_t *scene = &s_scenes[i];
        world(FILL_RANDOM, NEW_SIZE);
        misbehave(scene);
        const uint32_t begin = device.now_ms;
        const int ended = device_live(1);
        const char *fault = fault_of(scene, ended);
        if (fault != NULL) {
            fail_msg("%s: %s: %s %s", scene->name, fault, ota_client_result_text(device.last_reason), device.last_message);
        }
        /* Total deadline, retries of the report, and the wait until the next cycle. */
        const uint32_t most = scene->reason == OTA_ERR_BUSY ? 4U * HOUR_MS : 3U * HOUR_MS;
        if (device.now_ms - begin > most || peer.requests > 60U) {
            fail_msg("%s: took %u s and %u requests", scene->name, (unsigned)((device.now_ms - begin) / 1000U),
                     peer.requests);
        }
        peer_behave();
        peer.image = NULL;
        if (scene->outcome != SUCCEEDS) {
            assert_int_equal(device_live(1), 0); /* sends the waiting reports */
        } else {
            assert_true(device_settle(4));
        }
        check_report(scene);
        if (!recovers()) {
            fail_msg(
                "%s: the next good offer does not succeed: %s %s", scene->name, device.last_message, peer_story(8));
        }
    }
}

static void a_version_that_failed_verification_waits_for_another_or_a_day(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof s_scenes / sizeof s_scenes[0]; ++i) {
        const scene_t *scene = &s_scenes[i];
        if (scene->outcome != BLOCKS) {
            continue;
        }
        world(FILL_RANDOM, NEW_SIZE);
        misbehave(scene);
        assert_int_equal(device_live(1), 0);
        const unsigned downloads = peer.downloads;
        const unsigned reports = peer.reports;
        assert_int_equal(device_live(20), 0);
        assert_int_equal(peer.downloads, downloads);
        assert_int_equal(peer.reports, reports);
        /* The server or a proxy may have caused it: the same offer is tried again after a day. */
        peer_behave();
        assert_int_equal(device_live(10), RESET_SOFTWARE);
        assert_true(device_settle(4));
        assert_true(device_runs(new_image, new_size));
    }
}

/* The clock of the device stops during sleep, so that each check counts as one interval of the hold. */
static void a_day_passes_for_a_device_that_sleeps_between_two_checks(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(FLIPS_BIT, DOWNLOAD, 100000);
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_reason, OTA_ERR_HASH);
    peer_behave();
    const unsigned downloads = peer.downloads;
    for (unsigned i = 0; i < 23U; ++i) {
        assert_int_equal(device_live(1), 0);
        assert_int_equal(peer.downloads, downloads);
    }
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
}

static void a_wrong_answer_gets_a_second_look_before_the_verdict(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 0x60U; at += 12U) { /* magic, chip, descriptor, project */
        world(FILL_RANDOM, NEW_SIZE);
        peer_misbehave(FLIPS_BIT, DOWNLOAD, at);
        peer.times = 1;
        assert_int_equal(device_live(1), RESET_SOFTWARE);
        assert_true(device_settle(4));
        assert_true(device_runs(new_image, new_size));
        assert_int_equal(device.events[OTA_EVENT_FAILED], 0);
    }
}

/* Drops the connection after every n bytes. If n is at least one sector, each connection makes progress and the update
 * succeeds; otherwise it fails. */
static void a_connection_that_drops_after_every_n_bytes(void **state)
{
    (void)state;
    for (uint32_t n = 1; n < NEW_SIZE; n = n < 32U ? n + 7U : n + n / 3U) {
        world(FILL_RANDOM, NEW_SIZE);
        peer_misbehave(DROPS_AFTER, DOWNLOAD, n);
        const int ended = device_live(1);
        const bool headway = n >= OTA_SECTOR;
        if ((ended == RESET_SOFTWARE) != headway) {
            fail_msg("a drop after %u bytes: %s", (unsigned)n, device.last_message);
        }
        const uint32_t drops = peer.connections;
        assert_true(peer.image_bytes <= new_size + drops * OTA_SECTOR);
        if (!headway) {
            assert_int_equal(device.last_reason, OTA_ERR_CLOSED);
            assert_true(recovers());
        }
    }
}

/* A connection lost at any byte costs at most the sector in progress. */
static void one_lost_connection_at_any_place(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < 65536U; at += 977U) {
        world(FILL_BLANK, NEW_SIZE);
        peer_misbehave(DROPS_AFTER, DOWNLOAD, at);
        peer.times = 1;
        assert_int_equal(device_live(1), RESET_SOFTWARE);
        assert_true(peer.image_bytes <= new_size + OTA_SECTOR);
        assert_string_equal(peer_story(7), "downloading installing");
    }
}

static void a_flipped_bit_never_boots(void **state)
{
    (void)state;
    for (uint32_t at = 0; at < NEW_SIZE; at += 3001U) {
        world(FILL_RANDOM, NEW_SIZE);
        peer_misbehave(FLIPS_BIT, DOWNLOAD, at); /* in every transfer of this byte */
        const int ended = device_live(1);
        assert_int_equal(ended, 0);
        assert_true(device_runs(old_image, old_size));
        const bool head = at < OTA_IMAGE_HEAD;
        assert_true(device.last_reason == OTA_ERR_HASH
                    || (head && device.last_reason >= OTA_ERR_NOT_AN_IMAGE
                        && device.last_reason <= OTA_ERR_SECURE_VERSION));
        assert_true(recovers());
    }
}

static void a_bit_flipped_once_costs_a_second_download(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(FLIPS_BIT, DOWNLOAD, 100000);
    peer.times = 1;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(peer.image_bytes, 2U * new_size);
}

static void another_device_s_image_costs_nothing_but_the_request(void **state)
{
    (void)state;
    static const struct {
        image_recipe_t recipe;
        ota_result_t reason;
    } images[] = {
        {   { .version = "1.1.0", .project = "scales", .size = NEW_SIZE, .chip = 0x0005, .seed = 1 },
            OTA_ERR_WRONG_CHIP
        },
        {   { .version = "1.1.0", .project = "kettle", .size = NEW_SIZE, .chip = CHIP, .seed = 1 },
            OTA_ERR_WRONG_PROJECT
        },
        {   { .version = "1.1.0", .project = "scales", .size = NEW_SIZE, .chip = CHIP, .seed = 1, .secure_version = 1 },
            OTA_ERR_SECURE_VERSION
        },
    };
    static uint8_t image[SLOT_SIZE];
    for (size_t i = 0; i < sizeof images / sizeof images[0]; ++i) {
        world(FILL_RANDOM, NEW_SIZE);
        device.secure_version = 2;
        const uint32_t size = image_build(image, &images[i].recipe);
        peer_publish(image, size, "1.1.0", 2, 7);
        assert_int_equal(device_live(1), 0);
        assert_int_equal(device.last_reason, images[i].reason);
        assert_int_equal(device.erases, 0);
        assert_true(peer.image_bytes <= 4096U);
    }
}

static void what_is_no_application_is_not_erased_for(void **state)
{
    (void)state;
    static uint8_t file[SLOT_SIZE];
    for (int kind = 0; kind < 4; ++kind) {
        world(FILL_RANDOM, NEW_SIZE);
        memcpy(file, new_image, sizeof file);
        if (kind == 0) {
            memcpy(file, "<!DOCTYPE html>", 15); /* with the size that was offered */
        } else if (kind == 1) {
            memset(file, 0xFF, 0x2000); /* a merged image */
        } else if (kind == 2) {
            file[0x20] = 0x50; /* a bootloader */
        }
        peer_publish(file, kind == 3 ? 200U : new_size, "1.1.0", 2, 7);
        assert_int_equal(device_live(1), 0);
        assert_int_equal(device.last_reason, OTA_ERR_NOT_AN_IMAGE);
        assert_int_equal(device.erases, 0);
        assert_true(recovers());
    }
}

static void three_failures_hold_for_a_day(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(STATUS, DOWNLOAD, 500);
    unsigned cycles = 0;
    while (peer.reports == 0U || device.core.record.hold_s == 0U) {
        assert_int_equal(device_live(1), 0);
        assert_true(++cycles < 10U);
    }
    assert_int_equal(cycles, 3);
    peer_behave();
    const uint32_t held_from = device.now_ms;
    const unsigned downloads = peer.downloads;
    while (peer.downloads == downloads) {
        (void)device_live(5); /* Restarts do not shorten the hold. */
        assert_true(device.now_ms - held_from < 60U * HOUR_MS);
    }
    assert_true(device.now_ms - held_from >= 23U * HOUR_MS);
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
}

static void another_version_is_not_held(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(STATUS, DOWNLOAD, 500);
    assert_int_equal(device_live(4), 0);
    assert_int_equal(device.core.record.hold_s, 86400);
    assert_true(recovers());
}

static void retry_after_is_honoured(void **state)
{
    (void)state;
    static const struct {
        request_kind_t where;
        const char *value;
        uint32_t least_s;
        uint32_t most_s;
    } waits[] = {
        { CHECK, "7200", 7200, 10900 },
        { CHECK, "999999999", 86400, 90100 }, /* the maximum is a day */
        { CHECK, "Wed, 21 Oct 2026 07:28:00 GMT", 0, 3700 },
        { DOWNLOAD, "7200", 7200, 10900 },
    };
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; ++i) {
        world(FILL_RANDOM, NEW_SIZE);
        peer_misbehave(STATUS, waits[i].where, 503);
        peer.retry_after = waits[i].value;
        const uint32_t begin = device.now_ms;
        assert_int_equal(device_live(1), 0);
        const uint32_t waited_s = (device.now_ms - begin) / 1000U;
        assert_in_range(waited_s, waits[i].least_s, waits[i].most_s);
    }
}

static void a_short_retry_after_is_waited_for_in_the_same_run(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(STATUS, DOWNLOAD, 503);
    peer.retry_after = "20";
    peer.times = 2;
    const uint32_t begin = device.now_ms;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_true(device.now_ms - begin >= 40000U);
    assert_string_equal(peer_story(7), "downloading installing");
}

static void a_signed_url_that_ends_is_renewed(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(STATUS_AFTER, DOWNLOAD, 403);
    peer.times = 1;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_int_equal(peer.checks, 2);
    assert_true(peer.image_bytes <= new_size + OTA_SECTOR);
}

static void a_url_that_cannot_be_renewed_costs_no_progress(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(STATUS_AFTER, DOWNLOAD, 403);
    peer.times = 1;
    peer.checks_most = 1;
    assert_int_equal(device_live(1), 0);
    assert_int_equal(peer.checks, 2);
    assert_string_equal(peer_story(7), "downloading failed");
    peer.checks_most = 0;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_true(peer.image_bytes <= new_size + OTA_SECTOR);
}

static void the_token_is_not_carried_to_another_host(void **state)
{
    (void)state;
    static const char *const places[] = { "https://cdn.test/a", "//cdn.test/a", "https://ota.test:8443/a",
                                          "https://ota.test.evil.test/a"
                                        };
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        world(FILL_RANDOM, NEW_SIZE);
        device.settings.token = "secret";
        peer_misbehave(REDIRECT, DOWNLOAD, 1);
        peer.status = 302;
        peer.location = places[i];
        assert_int_equal(device_live(1), RESET_SOFTWARE);
        assert_string_equal(peer.hosts_with_token, "ota.test ");
    }
}

static void reports_never_stop_an_update_and_come_later_in_order(void **state)
{
    (void)state;
    static const manner_t manners[] = { REFUSES_CONNECTION, DROPS_HEADER, STALLS_AFTER, STATUS, TRICKLES };
    for (size_t i = 0; i < sizeof manners / sizeof manners[0]; ++i) {
        world(FILL_RANDOM, NEW_SIZE);
        peer_misbehave(manners[i], REPORT, manners[i] == STATUS ? 500U : manners[i] == TRICKLES ? 100U : 0U);
        while (device_live(2) != 0) {
        }
        assert_true(device_runs(new_image, new_size));
        peer_behave();
        assert_true(device_settle(4));
        assert_int_equal(device.core.record.kept, 0);
        assert_int_equal(peer_last(7)->status, OTA_STATUS_SUCCESS);
    }
}

static void a_report_that_the_server_refuses_is_dropped(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(STATUS, REPORT, 404);
    assert_true(device_settle(4));
    assert_true(device_runs(new_image, new_size));
    assert_int_equal(device.core.record.kept, 0);
}

static void a_kept_connection_that_was_closed_is_replaced_at_once(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer_misbehave(CLOSES_KEPT, ANY, 0);
    const uint32_t begin = device.now_ms;
    assert_int_equal(device_live(1), RESET_SOFTWARE);
    assert_true(device.now_ms - begin < 1000U);
    assert_string_equal(peer_story(7), "downloading installing");
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(each_case_ends_well),
    cmocka_unit_test(a_version_that_failed_verification_waits_for_another_or_a_day),
    cmocka_unit_test(a_day_passes_for_a_device_that_sleeps_between_two_checks),
    cmocka_unit_test(a_wrong_answer_gets_a_second_look_before_the_verdict),
    cmocka_unit_test(a_connection_that_drops_after_every_n_bytes),
    cmocka_unit_test(one_lost_connection_at_any_place),
    cmocka_unit_test(a_flipped_bit_never_boots),
    cmocka_unit_test(a_bit_flipped_once_costs_a_second_download),
    cmocka_unit_test(another_device_s_image_costs_nothing_but_the_request),
    cmocka_unit_test(what_is_no_application_is_not_erased_for),
    cmocka_unit_test(three_failures_hold_for_a_day),
    cmocka_unit_test(another_version_is_not_held),
    cmocka_unit_test(retry_after_is_honoured),
    cmocka_unit_test(a_short_retry_after_is_waited_for_in_the_same_run),
    cmocka_unit_test(a_signed_url_that_ends_is_renewed),
    cmocka_unit_test(a_url_that_cannot_be_renewed_costs_no_progress),
    cmocka_unit_test(the_token_is_not_carried_to_another_host),
    cmocka_unit_test(a_kept_connection_that_was_closed_is_replaced_at_once),
    cmocka_unit_test(reports_never_stop_an_update_and_come_later_in_order),
    cmocka_unit_test(a_report_that_the_server_refuses_is_dropped),
};

int main(void)
{
    return cmocka_run_group_tests_name("network", s_tests, NULL, NULL);
}
