/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include "ota_facts.h"
#include "tests.h"

/*
 * The attributes that an application adds to a check: what the server would drop is left out and told once, and whatever an
 * application passes, the body of the check is one JSON text in UTF-8 that fits the buffer. The server behind the core asserts
 * the rules for every check (peer.c).
 */

#define TEXT_MAX OTA_ATTRIBUTE_TEXT_MAX

static void checked_with(void (*attributes)(ota_attributes_t *to))
{
    world(FILL_RANDOM, NEW_SIZE);
    peer.image = NULL;
    device.attributes = attributes;
    assert_int_equal(device_live(1), 0);
    assert_int_equal(device.last_result, OTA_OK);
    assert_int_equal(peer.checks, 1);
}

static const cJSON *attribute(const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(peer_attributes(), key);
}

static int64_t number_of(const char *key)
{
    const char *at = strstr(peer.last_check, key);
    return strtoll(at + strlen(key) + 2U, NULL, 10);
}

/* ---- What is taken ---- */

static void add_values(ota_attributes_t *to)
{
    ota_client_attr_string(to, "hw_revision", "B");
    ota_client_attr_string(to, "empty", "");
    ota_client_attr_string(to, "quotes", "\"\\\"\\\\ \xC3\xBC \xE2\x82\xAC \xF0\x9F\x9A\x80 }],:");
    ota_client_attr_number(to, "rssi", -61);
    ota_client_attr_number(to, "zero", 0);
    ota_client_attr_number(to, "least", INT64_MIN);
    ota_client_attr_number(to, "most", INT64_MAX);
    ota_client_attr_bool(to, "on", true);
    ota_client_attr_bool(to, "off", false);
    ota_client_attr_bool(to, "a_key_of_32_characters_012345678", true);
}

static void values_arrive_as_they_were_given(void **state)
{
    (void)state;
    checked_with(add_values);
    assert_int_equal(cJSON_GetArraySize(peer_attributes()), 10);
    assert_string_equal(cJSON_GetStringValue(attribute("hw_revision")), "B");
    assert_string_equal(cJSON_GetStringValue(attribute("empty")), "");
    assert_string_equal(cJSON_GetStringValue(attribute("quotes")), "\"\\\"\\\\ \xC3\xBC \xE2\x82\xAC \xF0\x9F\x9A\x80 }],:");
    assert_true(number_of("rssi") == -61 && number_of("zero") == 0);
    assert_true(number_of("least") == INT64_MIN && number_of("most") == INT64_MAX);
    assert_true(cJSON_IsTrue(attribute("on")) && cJSON_IsFalse(attribute("off")));
    assert_int_equal(device.events[OTA_EVENT_WARNING], 0);
}

static void add_nothing(ota_attributes_t *to)
{
    (void)to;
}

static void an_application_may_have_none(void **state)
{
    (void)state;
    checked_with(add_nothing);
    assert_true(cJSON_IsObject(peer_attributes()));
    assert_int_equal(cJSON_GetArraySize(peer_attributes()), 0);
    assert_int_equal(device.events[OTA_EVENT_WARNING], 0);
}

/* ---- What is left out ---- */

static const char *const s_bad_keys[] = {
    NULL, "", "Chip", "1st", "_x", "a b", "a-b", "a.b", "a\"b", "a\\", "a\n", "\xC3\xA4", "a\xFF", "a_key_of_33_characters_0123456789",
    "a:", "a\":1,\"b",
};
#define BAD_KEYS (sizeof s_bad_keys / sizeof s_bad_keys[0])
static size_t s_next;

static void add_bad_key(ota_attributes_t *to)
{
    ota_client_attr_bool(to, "before", true);
    ota_client_attr_string(to, s_bad_keys[s_next], "value");
    ota_client_attr_number(to, s_bad_keys[s_next], 1);
    ota_client_attr_bool(to, s_bad_keys[s_next], true);
    ota_client_attr_bool(to, "behind", true);
}

static void a_key_that_the_server_would_drop_is_left_out(void **state)
{
    (void)state;
    for (s_next = 0; s_next < BAD_KEYS; ++s_next) {
        checked_with(add_bad_key);
        assert_int_equal(cJSON_GetArraySize(peer_attributes()), 2);
        assert_true(cJSON_IsTrue(attribute("before")) && cJSON_IsTrue(attribute("behind")));
        assert_int_equal(device.events[OTA_EVENT_WARNING], 1);
    }
}

static void add_twice(ota_attributes_t *to)
{
    ota_client_attr_string(to, "a", "\"b\":1,\"b\":");
    ota_client_attr_number(to, "b", 1);
    ota_client_attr_number(to, "b", 2);
    ota_client_attr_bool(to, "a", true);
    ota_client_attr_bool(to, "ab", true);
}

static void the_first_of_two_with_one_key_stays(void **state)
{
    (void)state;
    checked_with(add_twice);
    assert_int_equal(cJSON_GetArraySize(peer_attributes()), 3);
    assert_string_equal(cJSON_GetStringValue(attribute("a")), "\"b\":1,\"b\":");
    assert_true(cJSON_GetNumberValue(attribute("b")) == 1.0);
    assert_string_equal(device.last_warning, "attribute \"b\" is left out");
}

static unsigned s_lost_in;

static void add_sometimes_too_long(ota_attributes_t *to)
{
    char text[TEXT_MAX + 2U];
    memset(text, 'x', sizeof text);
    text[peer.checks == s_lost_in ? TEXT_MAX + 1U : TEXT_MAX] = '\0';
    ota_client_attr_string(to, "note", text);
}

static void what_is_left_out_is_told_once_after_each_start(void **state)
{
    (void)state;
    world(FILL_RANDOM, NEW_SIZE);
    peer.image = NULL;
    device.attributes = add_sometimes_too_long;
    for (unsigned life = 1; life <= 2U; ++life) {
        for (s_lost_in = 0; s_lost_in < 2U; ++s_lost_in) {
            peer.checks = 0;
            assert_int_equal(s_lost_in == 0U ? device_live(3) : 0, 0);
            for (unsigned i = 0; s_lost_in > 0U && i < 3U; ++i) {
                assert_int_equal(ota_client_core_cycle(&device.core), OTA_OK);
            }
        }
        assert_int_equal(device.events[OTA_EVENT_WARNING], life);
        assert_string_equal(device.last_warning, "attribute \"note\" is left out");
        assert_non_null(attribute("note"));
    }
}

/* ---- Sizes ---- */

static unsigned s_many;
static const char *s_character;

static void add_largest(ota_attributes_t *to)
{
    char text[4U * TEXT_MAX + 1U];
    char key[OTA_ATTRIBUTE_KEY_MAX + 1U];
    text[0] = '\0';
    for (unsigned i = 0; i < TEXT_MAX; ++i) {
        strcat(text, s_character);
    }
    for (unsigned i = 0; i < s_many; ++i) {
        snprintf(key, sizeof key, "a_key_of_many_characters_indee%02u", i % 100U);
        ota_client_attr_string(to, key, text);
    }
}

/* What the component itself sends, at its longest. */
static void add_largest_of_the_component(ota_attributes_t *to)
{
    ota_client_attr_string(to, "chip", "ESP32-C61");
    ota_client_attr_string(to, "chip_revision", "655.35");
    ota_client_attr_string(to, "idf_version", "v5.5.1-1234-g0123456789abc-dirt");
    ota_client_attr_string(to, "reset_reason", "interrupt watchdog");
    ota_client_attr_number(to, "secure_version", UINT32_MAX);
    ota_client_attr_number(to, "slot_size", UINT32_MAX);
    add_largest(to);
}

static void largest_world(void)
{
    static const char type[] = "01234567890123456789012345678901234567890123456789";
    world(FILL_RANDOM, NEW_SIZE);
    peer.image = NULL;
    device.settings.device_id = OTA_ID_MAX;
    device.settings.device_type = type;
    device.settings.version = "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"";
    device.settings.build = 2147483647;
    device.settings.interval_s = 2592000;
    device.boot_id = UINT32_MAX;
}

static void fourteen_of_the_largest_fit_beside_the_components_own(void **state)
{
    (void)state;
    s_character = "x";
    for (s_many = 0; s_many <= 20U; ++s_many) {
        largest_world();
        device.attributes = add_largest_of_the_component;
        assert_int_equal(device_live(1), 0);
        assert_int_equal(cJSON_GetArraySize(peer_attributes()), s_many < 14U ? 6U + s_many : 20U);
        assert_int_equal(device.events[OTA_EVENT_WARNING], s_many > 14U ? 1 : 0);
    }
}

static void twenty_of_the_largest_never_overrun_the_body(void **state)
{
    (void)state;
    static const char *const characters[] = { "x", "\"", "\\", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x9A\x80" };
    s_many = 20;
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; ++i) {
        s_character = characters[i];
        largest_world();
        device.attributes = add_largest;
        assert_int_equal(device_live(1), 0);
        const int count = cJSON_GetArraySize(peer_attributes());
        const size_t largest = 40U + TEXT_MAX * (i == 1U || i == 2U ? 2U : strlen(characters[i]));
        assert_true(count == 20 || (size_t)count + 1U > (OTA_BODY_SIZE - strlen(peer.last_check)) / largest);
        assert_true(count == 20 || OTA_BODY_SIZE - strlen(peer.last_check) < largest);
        const cJSON *item;
        cJSON_ArrayForEach(item, peer_attributes()) {
            assert_int_equal(strlen(cJSON_GetStringValue(item)), TEXT_MAX * strlen(characters[i]));
        }
        assert_int_equal(device.events[OTA_EVENT_WARNING], count < 20 ? 1 : 0);
    }
}

static void add_largest_and_a_small_one(ota_attributes_t *to)
{
    add_largest(to);
    ota_client_attr_bool(to, "small", true);
}

static void a_small_one_fits_behind_one_that_has_no_room(void **state)
{
    (void)state;
    s_many = 10;
    s_character = "\xF0\x9F\x9A\x80";
    checked_with(add_largest_and_a_small_one);
    assert_in_range(cJSON_GetArraySize(peer_attributes()), 5, 9);
    assert_true(cJSON_IsTrue(attribute("small")));
}

static size_t s_filler; /* characters in the first two attributes */

static void add_fillers_and_largest(ota_attributes_t *to)
{
    char text[TEXT_MAX + 1U];
    for (size_t i = 0; i < 2U; ++i) {
        const size_t length = i == 0U ? s_filler / 2U : s_filler - s_filler / 2U;
        memset(text, 'x', length);
        text[length] = '\0';
        ota_client_attr_string(to, i == 0U ? "first" : "second", text);
    }
    add_largest_and_a_small_one(to);
}

/* Whatever room the other members leave, the body is closed. */
static void a_full_body_is_one_json_text(void **state)
{
    (void)state;
    size_t fullest = 0;
    s_many = 17;
    s_character = "x";
    for (s_filler = 0; s_filler <= 2U * TEXT_MAX; ++s_filler) {
        largest_world();
        device.attributes = add_fillers_and_largest;
        assert_int_equal(device_live(1), 0);
        fullest = strlen(peer.last_check) > fullest ? strlen(peer.last_check) : fullest;
        assert_true(device.events[OTA_EVENT_WARNING] == 1U || cJSON_GetArraySize(peer_attributes()) == 20);
    }
    assert_int_equal(fullest, OTA_BODY_SIZE - 1U);
}

/* ---- Texts ---- */

/* Another reader of UTF-8. Tells what the contract and the server say of a text. */
static bool is_taken(iconv_t reader, const char *text)
{
    static uint32_t codes[4096];
    char *in = (char *)(uintptr_t)text;
    char *out = (char *)codes;
    size_t left = strlen(text);
    size_t room = sizeof codes;
    (void)iconv(reader, NULL, NULL, NULL, NULL);
    if (iconv(reader, &in, &left, &out, &room) == (size_t) -1) {
        return false;
    }
    const size_t count = (sizeof codes - room) / sizeof codes[0];
    for (size_t i = 0; i < count; ++i) {
        if (codes[i] < 0x20U || (codes[i] >= 0x7FU && codes[i] <= 0x9FU)) {
            return false;
        }
    }
    return count <= TEXT_MAX;
}

/* Writes one attribute into a buffer of its own and reads it back. */
static void try_text(iconv_t reader, const char *value)
{
    static char body[1024];
    static ota_core_t core;
    core.attribute_lost = true;
    ota_text_t text = ota_client_text(body, sizeof body);
    ota_attributes_t to = { .core = &core, .text = &text };
    ota_client_attr_string(&to, "k", value);
    const bool taken = to.count == 1U;
    if (taken != is_taken(reader, value)) {
        fail_msg("\"%s\" was %s", value, taken ? "taken" : "left out");
    }
    assert_true(taken || text.length == 0U);
    if (taken) {
        body[text.length - 1U] = '\0'; /* the comma */
        cJSON *json = cJSON_ParseWithOpts(body + strlen("\"k\":"), NULL, 1);
        assert_non_null(json);
        assert_string_equal(cJSON_GetStringValue(json), value);
        cJSON_Delete(json);
    }
}

static iconv_t open_reader(void)
{
    iconv_t reader = iconv_open("UTF-32LE", "UTF-8");
    assert_true(reader != (iconv_t) -1);
    return reader;
}

static void malformed_utf_8_and_control_characters_are_left_out(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\t", "a\nb", "\r", "\x01", "\x1F", "\x7F", "\xC2\x80", "\xC2\x9F", "\xC2\xA0", "\xC2\xAD", " ", "~",
        "\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xC2\xC2", "\xDF\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xE0\xA0\x80",
        "\xE0\xA0", "\xED\x9F\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80", "\xFE", "\xFF",
        "a\xF0\x9F\x9A", "\xF0\x9F\x9A\"", "\xE2\x80\xA8", "\xE2\x80\xAE",
    };
    iconv_t reader = open_reader();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        try_text(reader, texts[i]);
    }
    iconv_close(reader);
}

static void every_pair_of_bytes_is_judged_as_another_reader_does(void **state)
{
    (void)state;
    iconv_t reader = open_reader();
    for (unsigned pair = 0; pair < 65536U; ++pair) {
        const char text[] = { (char)(pair >> 8), (char)pair, '\0' };
        try_text(reader, text);
    }
    iconv_close(reader);
}

/* Texts of random pieces, most of them well-formed, of about the largest length. */
static void texts_of_chance_are_judged_as_another_reader_does(void **state)
{
    (void)state;
    static const char *const pieces[] = { "a", "\"", "\\", "/", "u0041", " ", "\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x9A\x80", "\xEF\xBF\xBD" };
    const unsigned runs = getenv("QUICK") != NULL ? 2000U : 60000U;
    iconv_t reader = open_reader();
    for (unsigned run = 0; run < runs; ++run) {
        char text[400] = "";
        const unsigned count = device_random() % (TEXT_MAX + 4U);
        for (unsigned i = 0; i < count; ++i) {
            strcat(text, pieces[device_random() % (sizeof pieces / sizeof pieces[0])]);
        }
        if (run % 2U == 0U && text[0] != '\0') { /* One byte is changed, or the end is cut off. */
            text[device_random() % strlen(text)] = (char)(run % 3U == 0U ? 0U : device_random());
        }
        try_text(reader, text);
    }
    iconv_close(reader);
}

/* Arbitrary keys and values in arbitrary order. The server behind the core checks the result. */
static void add_at_random(ota_attributes_t *to)
{
    const unsigned calls = device_random() % 40U;
    for (unsigned i = 0; i < calls; ++i) {
        char key[40];
        char text[300];
        const size_t key_length = device_random() % sizeof key;
        const size_t length = device_random() % (device_random() % 2U == 0U ? 20U : sizeof text);
        memset(key, 0, sizeof key);
        memset(text, 0, sizeof text);
        for (size_t at = 0; at < key_length; ++at) {
            key[at] = device_random() % 50U == 0U ? (char)device_random() : (char)('a' + (int)(device_random() % 26U));
        }
        for (size_t at = 0; at < length; ++at) {
            text[at] = device_random() % 50U == 0U ? (char)device_random() : (char)(' ' + (int)(device_random() % 95U));
        }
        const int64_t number = (int64_t)((uint64_t)device_random() << 40 | device_random());
        switch (device_random() % 3U) {
        case 0:
            ota_client_attr_string(to, key, text);
            break;
        case 1:
            ota_client_attr_number(to, key, device_random() % 2U == 0U ? number : -number);
            break;
        default:
            ota_client_attr_bool(to, key, number % 2 == 0);
        }
    }
}

static void any_application_gets_its_check_answered(void **state)
{
    (void)state;
    const unsigned runs = getenv("QUICK") != NULL ? 100U : 3000U;
    world(FILL_RANDOM, NEW_SIZE);
    peer.image = NULL;
    device.attributes = add_at_random;
    assert_int_equal(device_live(1), 0);
    for (unsigned run = 0; run < runs; ++run) {
        assert_int_equal(ota_client_core_cycle(&device.core), OTA_OK);
    }
    assert_int_equal(peer.checks, runs + 1U);
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(values_arrive_as_they_were_given),
    cmocka_unit_test(an_application_may_have_none),
    cmocka_unit_test(a_key_that_the_server_would_drop_is_left_out),
    cmocka_unit_test(the_first_of_two_with_one_key_stays),
    cmocka_unit_test(what_is_left_out_is_told_once_after_each_start),
    cmocka_unit_test(fourteen_of_the_largest_fit_beside_the_components_own),
    cmocka_unit_test(twenty_of_the_largest_never_overrun_the_body),
    cmocka_unit_test(a_small_one_fits_behind_one_that_has_no_room),
    cmocka_unit_test(a_full_body_is_one_json_text),
    cmocka_unit_test(malformed_utf_8_and_control_characters_are_left_out),
    cmocka_unit_test(every_pair_of_bytes_is_judged_as_another_reader_does),
    cmocka_unit_test(texts_of_chance_are_judged_as_another_reader_does),
    cmocka_unit_test(any_application_gets_its_check_answered),
};

int main(void)
{
    return cmocka_run_group_tests_name("attributes", s_tests, NULL, NULL);
}
