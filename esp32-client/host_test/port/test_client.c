/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../idf_shim/test/support.h"
#include "freertos/semphr.h"
#include "nvs_flash.h"
#include "ota_client.h"

/* The public functions of the component, with its port on the models of ESP-IDF. Connections to the server are refused. */

static SemaphoreHandle_t s_called;
static SemaphoreHandle_t s_closed;
static esp_err_t s_answer;
static unsigned s_closings;

static ota_client_config_t config_of_test(void)
{
    ota_client_config_t config = OTA_CLIENT_CONFIG_DEFAULT();
    config.server_url = "http://127.0.0.1:1";
    config.device_id = 1;
    config.max_retries = 0;
    config.network_timeout_ms = 500;
    return config;
}

static void on_event(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    (void)arg;
    (void)base;
    (void)data;
    if (id == OTA_CLIENT_EVENT_CYCLE_ENDED) {
        s_closings++;
        xSemaphoreGive(s_closed);
    }
}

static int client_on(void **state)
{
    if (device_on(state) != 0) {
        return -1;
    }
    size_t size;
    const uint8_t *image = fixture(V100, &size);
    shim_flash_image(0, image, size);
    s_closings = 0;
    s_called = xSemaphoreCreateBinary();
    s_closed = xSemaphoreCreateBinary();
    assert_int_equal(shim_boot(), ESP_OK);
    assert_int_equal(nvs_flash_init(), ESP_OK);
    assert_int_equal(esp_event_loop_create_default(), ESP_OK);
    return esp_event_handler_register(OTA_CLIENT_EVENT, ESP_EVENT_ANY_ID, on_event, NULL);
}

static int client_off(void **state)
{
    unsetenv("SHIM_ONE_SLOT");
    esp_event_loop_delete_default();
    vSemaphoreDelete(s_called);
    vSemaphoreDelete(s_closed);
    return device_off(state);
}

static esp_err_t stop_from_a_callback(void *user)
{
    (void)user;
    s_answer = ota_client_stop();
    xSemaphoreGive(s_called);
    return ESP_FAIL;
}

static void a_callback_cannot_stop_the_task_that_calls_it(void **state)
{
    (void)state;
    ota_client_config_t config = config_of_test();
    config.network_up = stop_from_a_callback;
    assert_int_equal(ota_client_start(&config), ESP_OK);
    assert_int_equal(ota_client_check_now(), ESP_OK);
    assert_int_equal(xSemaphoreTake(s_called, portMAX_DELAY), pdTRUE);
    assert_int_equal(s_answer, ESP_ERR_INVALID_STATE);
    assert_int_equal(ota_client_stop(), ESP_OK);
    assert_int_equal(ota_client_stop(), ESP_ERR_INVALID_STATE);
}

static void every_cycle_has_one_closing_event(void **state)
{
    (void)state;
    const ota_client_config_t config = config_of_test();
    assert_int_equal(ota_client_start(&config), ESP_OK);
    for (unsigned i = 1; i <= 3U; ++i) {
        assert_int_equal(ota_client_check_now(), ESP_OK);
        assert_int_equal(xSemaphoreTake(s_closed, portMAX_DELAY), pdTRUE);
        assert_int_equal(s_closings, i);
    }
    assert_int_equal(ota_client_stop(), ESP_OK);
    assert_int_equal(s_closings, 3);
}

/* The device could update once, and would then have no slot for another update. */
static void a_table_of_a_factory_image_and_one_slot_is_refused(void **state)
{
    (void)state;
    const ota_client_config_t config = config_of_test();
    setenv("SHIM_ONE_SLOT", "1", 1);
    assert_int_equal(ota_client_start(&config), ESP_ERR_NOT_SUPPORTED);
    assert_int_equal(ota_client_check_and_update(&config), ESP_ERR_NOT_SUPPORTED);
}

static void a_server_url_that_would_fail_later_is_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {
        NULL, "", "https://", "https:///path", "https://:8443", "https://user:password@ota.example.com", "ota.example.com",
        "https://ota.example.com?x=y", "https://ota example.com", "ftp://ota.example.com",
    };
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        ota_client_config_t config = config_of_test();
        config.server_url = urls[i];
        assert_int_equal(ota_client_start(&config), ESP_ERR_INVALID_ARG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_callback_cannot_stop_the_task_that_calls_it, client_on, client_off),
        cmocka_unit_test_setup_teardown(every_cycle_has_one_closing_event, client_on, client_off),
        cmocka_unit_test_setup_teardown(a_table_of_a_factory_image_and_one_slot_is_refused, client_on, client_off),
        cmocka_unit_test_setup_teardown(a_server_url_that_would_fail_later_is_refused, client_on, client_off),
    };
    return cmocka_run_group_tests_name("port", tests, NULL, NULL);
}
