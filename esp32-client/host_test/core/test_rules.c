/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <stdbool.h>
#include <stdlib.h>
#include "ota_internal.h"
#include "tests.h"

/* Unit tests of JSON, URLs, headers and text. */

typedef struct {
    const char *text;
    size_t at;
} text_source_t;

static int next_byte(void *context)
{
    text_source_t *source = context;
    return source->text[source->at] != '\0' ? (unsigned char)source->text[source->at++] : -1;
}

typedef struct {
    bool flag;
    uint64_t id;
    uint32_t number;
    char word[8];
    char note[8];
    uint8_t hex[4];
} values_t;

#define FIELD(NAME, TYPE, MOST)                                                                                        \
    {                                                                                                                  \
#NAME, TYPE, sizeof(((values_t *)0)->NAME), offsetof(values_t, NAME), MOST                                     \
    }

static bool read_values(const char *text, values_t *values)
{
    static const ota_json_field_t fields[] = {
        FIELD(flag, OTA_JSON_BOOL, 0),
        FIELD(id, OTA_JSON_ID, 0),
        FIELD(number, OTA_JSON_U32, 2147483647U),
        FIELD(word, OTA_JSON_STRING, 0),
        FIELD(note, OTA_JSON_NOTE, 0),
        FIELD(hex, OTA_JSON_HEX, 0),
    };
    text_source_t source = { .text = text };
    ota_json_object_t object = {
        .fields = fields, .count = sizeof fields / sizeof fields[0], .target = (uint8_t *)values
    };
    memset(values, 0, sizeof(*values));
    return ota_client_json_read(next_byte, &source, &object);
}

static void json_that_is_taken(void **state)
{
    (void)state;
    values_t v;
    assert_true(read_values("{}", &v));
    assert_true(read_values(" {\n} \t\r\n", &v));
    assert_true(read_values("{\"flag\":true,\"id\":9007199254740991,\"hex\":\"00aBff10\",\"word\":\"a\\\"\\u0041\\n\","
                            "\"note\":\"too long\"}",
                            &v));
    assert_true(v.flag);
    assert_true(v.id == 9007199254740991U && v.hex[1] == 0xABU);
    assert_string_equal(v.word, "a\"A\n");
    assert_string_equal(v.note, "too lon");
    assert_true(read_values("{ \"number\" : 0 , \"note\" : null }", &v));
    assert_true(read_values(
                    "{\"x\":[],\"y\":{},\"z\":[1,[2,{\"a\":[true,false,null,-0.5E+10,\"\\\\\"]}]],\"number\":7}", &v));
    assert_int_equal(v.number, 7);
    assert_true(read_values("{\"a name that is much longer than any that is known\":1,\"number\":8}", &v));
    assert_int_equal(v.number, 8);
    assert_true(read_values("{\"word\":\"\\u20ac\\u0000\"}", &v));
    assert_string_equal(v.word, "??");
}

static void json_that_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "x",
        "[]",
        "null",
        "{",
        "{\"",
        "{\"a",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":}",
        "{\"a\":\\}",
        "{\"a\":1 2}",
        "{\"a\":[1,]}",
        "{\"a\":[1}",
        "{\"a\":{1}}",
        "{\"a\":[}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"",
        "{} {}",
        "{}x",
        "{\"a\":{\"b\":1}",
        "{\"number\":-1}",
        "{\"number\":1.0}",
        "{\"number\":1e3}",
        "{\"number\":01}",
        "{\"id\":9007199254740992}",
        "{\"number\":2147483648}",
        "{\"hex\":\"00abff1\"}",
        "{\"hex\":\"00abff1g\"}",
        "{\"hex\":\"00abff1000\"}",
        "{\"number\":99999999999999999999}",
        "{\"number\":\"1\"}",
        "{\"number\":null}",
        "{\"number\":true}",
        "{\"number\":}",
        "{\"number\":[1]}",
        "{\"flag\":1}",
        "{\"flag\":\"true\"}",
        "{\"flag\":null}",
        "{\"flag\":truE}",
        "{\"word\":1}",
        "{\"word\":null}",
        "{\"word\":\"12345678\"}",
        "{\"word\":{}}",
        "{\"note\":1}",
        "{\"note\":nul}",
        "{\"flag\":true,\"flag\":true}",
    };
    values_t v;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        if (read_values(texts[i], &v)) {
            fail_msg("taken: %s", texts[i]);
        }
    }
}

/* Random input: the parser ends and never writes out of bounds, which AddressSanitizer checks. */
static void json_of_chance(void **state)
{
    (void)state;
    static const char letters[] = "{}[]\",:\\u0019truefalsn-+.eE x";
    static const char good[] = "{\"flag\":true,\"number\":12,\"word\":\"abc\",\"note\":null,\"x\":[1,{\"y\":\"z\"}]}";
    char text[128];
    values_t v;
    const unsigned runs = getenv("QUICK") != NULL ? 2000U : 200000U;
    for (unsigned run = 0; run < runs; ++run) {
        const size_t length = sizeof good - 1U;
        memcpy(text, good, length + 1U);
        for (unsigned change = 0; change < 1U + run % 4U; ++change) {
            text[device_random() % length] = letters[device_random() % (sizeof letters - 1U)];
        }
        if (run % 3U == 0U) {
            text[device_random() % length] = '\0';
        }
        if (read_values(text, &v)) {
            assert_true(v.number <= 2147483647U);
        }
    }
}

static int endless(void *context)
{
    uint32_t *count = context;
    ++*count;
    return *count == 1U ? '{' : ' ';
}

static void json_without_an_end(void **state)
{
    (void)state;
    uint32_t count = 0;
    ota_json_object_t object = { .count = 0 };
    assert_false(ota_client_json_read(endless, &count, &object));
    assert_true(count <= 65536U);
}

static void urls(void **state)
{
    (void)state;
    static const struct {
        const char *base;
        const char *reference;
        const char *result; /* NULL: refused */
    } cases[] = {
        { "https://a.b/c/d?e=f", "/g", "https://a.b/g" }, { "https://a.b/c/d?e=f", "g?h", NULL },
        { "https://a.b/c", "../g", NULL }, { "https://a.b", "/g", "https://a.b/g" },
        { "https://a.b/c", "//x.y/z", "https://x.y/z" }, { "https://a.b:8443/c", "/g", "https://a.b:8443/g" },
        { "https://a.b/c", "http://x.y/z", "http://x.y/z" }, /* Other code decides whether it may be followed. */
        { "https://a.b/c", "https://x.y?z", "https://x.y?z" },
        { "https://a.b/c", "/g?u=https://x.y/", "https://a.b/g?u=https://x.y/" },
        { "https://a.b/c", "ftp://x.y/z", NULL }, { "https://a.b/c", "https://", NULL },
        { "https://a.b/c", "https:///z", NULL }, { "https://a.b/c", "https://user@x.y/z", NULL },
        { "https://a.b/c", "", NULL }, { "https://a.b/c", "/g h", NULL }, { "https://a.b/c", "/g\r\nHost: x", NULL },
        { "https://a.b/c", "/\x80", NULL },
        { "https://a.b/c", "/0123456789012345678901234567890123456789", NULL }, /* too long for the buffer */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        char url[40];
        ota_client_copy(url, sizeof url, cases[i].base);
        const bool resolved = ota_client_url_resolve(url, sizeof url, url, cases[i].reference);
        if (resolved != (cases[i].result != NULL) || (resolved && strcmp(url, cases[i].result) != 0)) {
            fail_msg("%s + %s: %s", cases[i].base, cases[i].reference, resolved ? url : "refused");
        }
    }
    static const char *const bases[] = { "https://a.b", "http://a.b:8000", "https://a.b/ota/", "https://[::1]:8443" };
    static const char *const no_bases[] = {
        "", "https://", "https:///x", "https://:8000", "https://user@a.b", "https://a.b?c", "https://a.b/#c", "https://a b",
        "ftp://a.b", "a.b", "https:/a.b",
    };
    for (size_t i = 0; i < sizeof bases / sizeof bases[0]; ++i) {
        assert_true(ota_client_url_is_base(bases[i]));
    }
    for (size_t i = 0; i < sizeof no_bases / sizeof no_bases[0]; ++i) {
        assert_false(ota_client_url_is_base(no_bases[i]));
    }
    assert_true(ota_client_url_same_origin("https://a.b/c", "https://a.b"));
    assert_false(ota_client_url_same_origin("https://a.b/c", "https://a.b.c/"));
    assert_false(ota_client_url_same_origin("https://a.b/c", "http://a.b/c"));
    assert_false(ota_client_url_same_origin("https://a.b/c", "https://a.b:444/c"));
    assert_false(ota_client_url_same_origin("x", "x"));
}

static ota_response_t headers(const char *name, const char *value)
{
    static char location[OTA_LOCATION_SIZE];
    ota_response_t response = { .location = location, .location_size = sizeof location };
    location[0] = '\0';
    ota_client_response_header(&response, name, value);
    return response;
}

static void response_headers(void **state)
{
    (void)state;
    assert_true(headers("content-length", "12").length == 12U && headers("Content-Length", " 12 ").has_length);
    assert_false(headers("Content-Length", "12x").has_length);
    assert_false(headers("Content-Length", "-1").has_length);
    assert_true(headers("Content-Length", "5000000000").length == UINT32_MAX);
    assert_true(headers("Transfer-Encoding", "chunked").chunked);
    assert_true(headers("Connection", "Close").close);
    assert_string_equal(headers("ETag", "\"abc\"").etag, "\"abc\"");
    static const char *const no_etags[] = { "W/\"abc\"", "abc", "\"", "\"a\"b\"", "",
                                            "\"0123456789012345678901234567890123456789012345678901234567890123456789\""
                                          };
    for (size_t i = 0; i < sizeof no_etags / sizeof no_etags[0]; ++i) {
        assert_string_equal(headers("ETag", no_etags[i]).etag, "");
    }
    const ota_response_t range = headers("Content-Range", "bytes 5-9/10");
    assert_true(range.has_range && range.range_first == 5U && range.range_last == 9U && range.range_total == 10U);
    static const char *const no_ranges[] = { "bytes */10", "bytes 5-9/*", "bytes 9-5/10", "bytes 5-10/10", "bytes 5-9",
                                             "bytes=5-9/10", "5-9/10", "bytes -9/10", "bytes 5-9/10x",
                                             "bytes 5-4294967296/4294967297", ""
                                           };
    for (size_t i = 0; i < sizeof no_ranges / sizeof no_ranges[0]; ++i) {
        assert_false(headers("Content-Range", no_ranges[i]).has_range);
    }
    assert_int_equal(headers("Retry-After", "120").retry_after_s, 120);
    assert_int_equal(headers("Retry-After", "99999999999").retry_after_s, 0);
    assert_string_equal(headers("Location", "/x").location, "/x");
    static char longest[OTA_LOCATION_SIZE + 1U];
    memset(longest, 'x', sizeof longest - 1U);
    assert_string_equal(headers("Location", longest).location, "");
}

static void text_is_cut_not_overrun(void **state)
{
    (void)state;
    char buffer[8];
    ota_text_t text = ota_client_text(buffer, sizeof buffer);
    ota_client_text_add_number(&text, UINT64_MAX);
    assert_string_equal(buffer, "1844674");
    assert_true(text.cut);
    char json[64];
    text = ota_client_text(json, sizeof json);
    ota_client_text_add_json(&text, "a\"b\\c\n");
    assert_string_equal(json, "\"a\\\"b\\\\c \"");
    uint8_t bytes[2];
    assert_true(ota_client_parse_hex("0aFf", bytes, 2) && bytes[0] == 10U && bytes[1] == 255U);
    assert_false(ota_client_parse_hex("0aF", bytes, 2));
    assert_false(ota_client_parse_hex("0aFg", bytes, 2));
    uint64_t number = 0;
    const char *most = "9007199254740991";
    assert_true(ota_client_parse_number(&most, OTA_ID_MAX, &number) && number == OTA_ID_MAX);
    const char *more = "9007199254740992";
    assert_false(ota_client_parse_number(&more, OTA_ID_MAX, &number));
    const char *endless = "99999999999999999999999999999999999999999999999999";
    assert_false(ota_client_parse_number(&endless, OTA_ID_MAX, &number));
}

static void kept_reports_stay_in_order_and_few(void **state)
{
    (void)state;
    ota_record_t record;
    memset(&record, 0, sizeof record);
    for (uint64_t id = 1; id <= 6U; ++id) {
        ota_client_record_keep(&record, &(ota_kept_report_t) {
            .firmware_id = id, .status = OTA_STATUS_DOWNLOADING
        });
        ota_client_record_keep(&record, &(ota_kept_report_t) {
            .firmware_id = id, .status = OTA_STATUS_INSTALLING
        });
        ota_client_record_keep(&record, &(ota_kept_report_t) {
            .firmware_id = id, .status = OTA_STATUS_FAILED
        });
    }
    assert_int_equal(record.kept, OTA_KEPT_REPORTS);
    for (unsigned i = 0; i < OTA_KEPT_REPORTS; ++i) {
        assert_true(record.reports[i].firmware_id == i + 3U);
        assert_int_equal(record.reports[i].status, OTA_STATUS_FAILED);
    }
    ota_client_record_drop_first(&record);
    assert_true(record.kept == 3U && record.reports[0].firmware_id == 4U && record.reports[3].firmware_id == 0U);
}

static void the_record_has_no_holes_and_every_result_a_text(void **state)
{
    (void)state;
    for (unsigned i = 1; i < (unsigned)OTA_RESULTS; ++i) {
        assert_true(ota_client_result_text((ota_result_t)i)[0] != '\0');
        assert_true(strlen(ota_client_result_text((ota_result_t)i)) < 40U);
    }
    assert_string_equal(ota_client_result_text(OTA_OK), "");
    assert_string_equal(ota_client_result_text(OTA_RESULTS), "");
}

static const struct CMUnitTest s_tests[] = {
    cmocka_unit_test(json_that_is_taken),
    cmocka_unit_test(json_that_is_refused),
    cmocka_unit_test(json_of_chance),
    cmocka_unit_test(json_without_an_end),
    cmocka_unit_test(urls),
    cmocka_unit_test(response_headers),
    cmocka_unit_test(text_is_cut_not_overrun),
    cmocka_unit_test(kept_reports_stay_in_order_and_few),
    cmocka_unit_test(the_record_has_no_holes_and_every_result_a_text),
};

int main(void)
{
    return cmocka_run_group_tests_name("rules", s_tests, NULL, NULL);
}
