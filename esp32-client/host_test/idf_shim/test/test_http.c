/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "esp_event.h"
#include "esp_http_client.h"
#include "peer.h"
#include "support.h"

static char s_etag[64];

static esp_err_t note_etag(esp_http_client_event_t *event)
{
    if (event->event_id == HTTP_EVENT_ON_HEADER && strcmp(event->header_key, "ETag") == 0) {
        snprintf(s_etag, sizeof(s_etag), "%s", event->header_value);
    }
    return ESP_OK;
}

static esp_http_client_handle_t client_of(int port, int buffer_size_tx)
{
    char url[64];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/check", port);
    const esp_http_client_config_t config = {
        .url = url, .timeout_ms = 50, .event_handler = note_etag, .buffer_size_tx = buffer_size_tx,
    };
    setenv("SHIM_LOG", "0", 1);
    return esp_http_client_init(&config);
}

static void a_body_is_read_in_the_pieces_that_are_asked_for(void **state)
{
    (void)state;
    const answer_t answers[] = { { .send = "HTTP/1.1 200 OK\r\nETag: \"abc\"\r\nContent-Length: 10\r\n\r\n0123456789" }, { 0 } };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[16];
    assert_int_equal(esp_http_client_open(client, 0), ESP_OK);
    assert_int_equal(esp_http_client_fetch_headers(client), 10);
    assert_int_equal(esp_http_client_get_status_code(client), 200);
    assert_string_equal(s_etag, "\"abc\"");
    assert_int_equal(esp_http_client_read(client, body, 4), 4);
    assert_memory_equal(body, "0123", 4);
    assert_int_equal(esp_http_client_read(client, body, 16), 6);
    assert_memory_equal(body, "456789", 6);
    assert_true(esp_http_client_is_complete_data_received(client));
    assert_int_equal(esp_http_client_read(client, body, 16), 0);
    esp_http_client_cleanup(client);
    assert_non_null(strstr(peer_stop(), "GET /check HTTP/1.1\r\nUser-Agent: ESP32 HTTP Client/1.0\r\nHost: 127.0.0.1:"));
}

static void one_connection_is_used_until_it_is_closed(void **state)
{
    (void)state;
    const answer_t ok = { .send = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };
    const answer_t answers[] = { ok, ok, ok, { 0 } };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[8];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(esp_http_client_open(client, 0), ESP_OK);
        assert_int_equal(esp_http_client_fetch_headers(client), 2);
        assert_int_equal(esp_http_client_read(client, body, 8), 2);
        assert_int_equal(peer_connections(), i < 2 ? 1 : 2);
        if (i == 1) {
            esp_http_client_close(client);
        }
    }
    esp_http_client_cleanup(client);
    peer_stop();
}

static void what_is_not_read_stands_before_the_next_body(void **state)
{
    (void)state;
    const answer_t answers[] = {
        { .send = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nlost" },
        { .send = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
        { 0 },
    };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[8];
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), 4);
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), 2);
    assert_int_equal(esp_http_client_read(client, body, 8), 6);
    assert_memory_equal(body, "lostok", 6);
    esp_http_client_cleanup(client);
    peer_stop();
}

static jmp_buf s_panicked;

static void on_exit_of_the_device(int code)
{
    longjmp(s_panicked, code);
}

/* As http_on_body() asserts: a rest that was read in part must be read to its end before the next answer comes. */
static void a_rest_that_was_read_in_part_is_a_panic(void **state)
{
    (void)state;
    const answer_t answers[] = {
        { .send = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlost", .closes = 1 },
        { .send = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
        { 0 },
    };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[8];
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), 4);
    assert_int_equal(esp_http_client_read(client, body, 1), 1);
    esp_http_client_close(client);
    esp_http_client_open(client, 0);
    shim_exit = on_exit_of_the_device;
    const int code = setjmp(s_panicked);
    if (code == 0) {
        esp_http_client_fetch_headers(client);
    }
    shim_exit = _exit;
    assert_int_equal(code, SHIM_EXIT_PANIC);
    esp_http_client_cleanup(client);
    peer_stop();
}

static void closing_keeps_what_came_with_the_head_and_reading_needs_no_connection(void **state)
{
    (void)state;
    const answer_t answers[] = { { .send = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nlost" }, { 0 } };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[8];
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), 4);
    esp_http_client_close(client);
    assert_int_equal(esp_http_client_read(client, body, 4), 4);
    assert_memory_equal(body, "lost", 4);
    esp_http_client_cleanup(client);
    peer_stop();
}

static void an_interim_answer_is_taken_for_the_answer(void **state)
{
    (void)state;
    const answer_t answers[] = {
        {
            .send = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
            .first = 54, .pause_ms = 30
        },
        { 0 },
    };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[8];
    esp_http_client_set_timeout_ms(client, 5000);
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), 0);
    assert_int_equal(esp_http_client_get_status_code(client), 103);
    assert_int_equal(esp_http_client_fetch_headers(client), 2);
    assert_int_equal(esp_http_client_get_status_code(client), 200);
    assert_int_equal(esp_http_client_read(client, body, 8), 2);
    assert_memory_equal(body, "ok", 2);
    esp_http_client_cleanup(client);
    peer_stop();
}

static unsigned s_own_events[HTTP_EVENT_REDIRECT + 1];

static void on_own_event(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    (void)arg;
    (void)base;
    (void)data;
    s_own_events[id]++;
}

static void the_client_posts_each_of_its_events_to_the_default_loop(void **state)
{
    (void)state;
    const answer_t answers[] = { { .send = "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 2\r\n\r\nok" }, { 0 } };
    assert_int_equal(esp_event_loop_create_default(), ESP_OK);
    esp_event_handler_register(ESP_HTTP_CLIENT_EVENT, ESP_EVENT_ANY_ID, on_own_event, NULL);
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), 2);
    esp_http_client_cleanup(client);
    esp_event_loop_delete_default();
    assert_int_equal(s_own_events[HTTP_EVENT_ON_CONNECTED], 1);
    assert_int_equal(s_own_events[HTTP_EVENT_ON_HEADER], 2);
    assert_int_equal(s_own_events[HTTP_EVENT_ON_DATA], 1);
    assert_int_equal(s_own_events[HTTP_EVENT_DISCONNECTED], 1);
    peer_stop();
}

static void a_pause_is_a_timeout_or_a_short_read(void **state)
{
    (void)state;
    const answer_t answers[] = {
        {
            .send = "HTTP/1.1 200 OK\r\nContent-Length: 80\r\n\r\n"
            "0123456789012345678901234567890123456789" "0123456789012345678901234567890123456789", .pause_ms = 150
        },
        { 0 },
    };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[128];
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), 80);
    const int first = esp_http_client_read(client, body, 128);
    assert_in_range(first, 1, 79);
    assert_int_equal(esp_http_client_read(client, body, 128), -ESP_ERR_HTTP_EAGAIN);
    assert_int_equal(esp_http_client_set_timeout_ms(client, 5000), ESP_OK);
    assert_int_equal(esp_http_client_read(client, body, 128), 80 - first);
    esp_http_client_cleanup(client);
    peer_stop();
}

static void a_server_that_says_nothing_is_a_timeout(void **state)
{
    (void)state;
    const answer_t answers[] = { { 0 } };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), -ESP_ERR_HTTP_EAGAIN);
    esp_http_client_cleanup(client);
    peer_stop();
}

static void an_end_before_the_end_is_an_error(void **state)
{
    (void)state;
    const answer_t answers[] = { { .send = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234", .closes = 1 }, { 0 } };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[16];
    esp_http_client_open(client, 0);
    esp_http_client_fetch_headers(client);
    assert_int_equal(esp_http_client_read(client, body, 16), 5);
    assert_int_equal(esp_http_client_read(client, body, 16), ESP_FAIL);
    assert_false(esp_http_client_is_complete_data_received(client));
    esp_http_client_cleanup(client);
    peer_stop();
}

static void a_length_that_is_not_said_is_0(void **state)
{
    (void)state;
    const answer_t answers[] = {
        { .send = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n" },
        { .send = "HTTP/1.1 200 OK\r\n\r\nto the end", .closes = 1 },
        { 0 },
    };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    char body[16];
    for (int i = 0; i < 2; i++) {
        const char *const expected = i == 0 ? "abcde" : "to the end";
        esp_http_client_open(client, 0);
        assert_int_equal(esp_http_client_fetch_headers(client), 0);
        assert_true(esp_http_client_is_chunked_response(client));
        assert_int_equal(esp_http_client_read(client, body, 16), strlen(expected));
        assert_memory_equal(body, expected, strlen(expected));
        assert_int_equal(esp_http_client_read(client, body, 16), 0);
    }
    esp_http_client_cleanup(client);
    peer_stop();
}

static void a_stream_follows_no_redirect(void **state)
{
    (void)state;
    const answer_t answers[] = { { .send = "HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" }, { 0 } };
    esp_http_client_handle_t client = client_of(peer_start(answers), 0);
    esp_http_client_open(client, 0);
    assert_int_equal(esp_http_client_fetch_headers(client), 0);
    assert_int_equal(esp_http_client_get_status_code(client), 302);
    esp_http_client_cleanup(client);
    assert_null(strstr(peer_stop(), "GET /other"));
}

static void a_request_line_must_fit_into_the_buffer(void **state)
{
    (void)state;
    const answer_t answers[] = { { 0 } };
    const int port = peer_start(answers);
    esp_http_client_handle_t client = client_of(port, 128);
    char url[256];
    const int length = snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
    memset(url + length, 'a', 150);
    url[length + 150] = '\0';
    assert_int_equal(esp_http_client_set_url(client, url), ESP_OK);
    assert_int_equal(esp_http_client_open(client, 0), ESP_FAIL);
    esp_http_client_cleanup(client);
    peer_stop();
}

static void many_headers_go_in_several_parts(void **state)
{
    (void)state;
    const answer_t answers[] = { { .send = "HTTP/1.1 204 No Content\r\n\r\n" }, { 0 } };
    esp_http_client_handle_t client = client_of(peer_start(answers), 100);
    esp_http_client_set_header(client, "Range", "bytes=4096-");
    esp_http_client_set_header(client, "If-Range", "\"0123456789012345678901234567890123456789\"");
    esp_http_client_set_method(client, HTTP_METHOD_POST);
    assert_int_equal(esp_http_client_open(client, 2), ESP_OK);
    assert_int_equal(esp_http_client_write(client, "{}", 2), 2);
    assert_int_equal(esp_http_client_fetch_headers(client), 0);
    esp_http_client_cleanup(client);
    const char *request = peer_stop();
    assert_non_null(strstr(request, "POST /check HTTP/1.1\r\n"));
    assert_non_null(strstr(request, "\r\nRange: bytes=4096-\r\nIf-Range: \"0123456789012345678901234567890123456789\"\r\n"));
    assert_non_null(strstr(request, "\r\nContent-Length: 2\r\n\r\n"));
}

static void nobody_listening_is_a_connect_error(void **state)
{
    (void)state;
    const answer_t answers[] = { { 0 } };
    const int port = peer_start(answers);
    peer_stop();
    esp_http_client_handle_t client = client_of(port, 0);
    assert_int_equal(esp_http_client_open(client, 0), ESP_ERR_HTTP_CONNECT);
    esp_http_client_cleanup(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_is_read_in_the_pieces_that_are_asked_for),
        cmocka_unit_test(one_connection_is_used_until_it_is_closed),
        cmocka_unit_test(what_is_not_read_stands_before_the_next_body),
        cmocka_unit_test(a_rest_that_was_read_in_part_is_a_panic),
        cmocka_unit_test(closing_keeps_what_came_with_the_head_and_reading_needs_no_connection),
        cmocka_unit_test(an_interim_answer_is_taken_for_the_answer),
        cmocka_unit_test(the_client_posts_each_of_its_events_to_the_default_loop),
        cmocka_unit_test(a_pause_is_a_timeout_or_a_short_read),
        cmocka_unit_test(a_server_that_says_nothing_is_a_timeout),
        cmocka_unit_test(an_end_before_the_end_is_an_error),
        cmocka_unit_test(a_length_that_is_not_said_is_0),
        cmocka_unit_test(a_stream_follows_no_redirect),
        cmocka_unit_test(a_request_line_must_fit_into_the_buffer),
        cmocka_unit_test(many_headers_go_in_several_parts),
        cmocka_unit_test(nobody_listening_is_a_connect_error),
    };
    return cmocka_run_group_tests_name("idf_shim: HTTP client", tests, NULL, NULL);
}
