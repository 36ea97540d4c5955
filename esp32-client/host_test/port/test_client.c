/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "../../port/esp/ota_port.h"
#include "../idf_shim/test/support.h"
#include "freertos/semphr.h"
#include "nvs_flash.h"
#include "ota_client.h"
#include "ota_facts.h"

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

static void an_identity_that_would_fail_later_is_refused(void **state)
{
    (void)state;
    static char long_key[OTA_TOKEN_SIZE + 1U];
    memset(long_key, 'x', OTA_TOKEN_SIZE);
    const char *const keys[] = { "two words", "line\r\nHost: other", "k\xC3\xA9y", long_key };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        ota_client_config_t config = config_of_test();
        config.enroll_key = keys[i];
        assert_int_equal(ota_client_start(&config), ESP_ERR_INVALID_ARG);
    }
    ota_client_config_t config = config_of_test();
    config.client_cert_pem = "a certificate without a key";
    assert_int_equal(ota_client_start(&config), ESP_ERR_INVALID_ARG);
    config = config_of_test();
    config.client_key_pem = "a key without a certificate";
    assert_int_equal(ota_client_start(&config), ESP_ERR_INVALID_ARG);
    config.client_cert_pem = "with one";
    config.enroll_key = "not used beside it";
    assert_int_equal(ota_client_start(&config), ESP_OK);
    assert_int_equal(ota_client_stop(), ESP_OK);
}

static void the_token_has_its_own_namespace(void **state)
{
    (void)state;
    char token[] = "a token";
    char record[] = "a record";
    char read[64];
    ota_port_t *port = calloc(1, sizeof(*port));
    assert_non_null(port);
    assert_int_equal(ota_client_port_store_load_token(port, read, sizeof(read)), 0);
    assert_true(ota_client_port_store_save_token(port, token, sizeof(token)));
    assert_int_equal(ota_client_port_store_load(port, read, sizeof(read)), 0);
    assert_true(ota_client_port_store_save(port, record, sizeof(record)));
    device_again();
    assert_int_equal(nvs_flash_init(), ESP_OK);
    assert_int_equal(ota_client_port_store_load_token(port, read, sizeof(read)), sizeof(token));
    assert_string_equal(read, token);
    assert_int_equal(ota_client_port_store_load_token(port, read, sizeof(token) - 1U), 0);
    port->config.client_cert_pem = "a certificate";
    assert_int_equal(ota_client_port_store_load_token(port, read, sizeof(read)), 0);
    free(port);
}

static void write_factory(const char *folder, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void the_factory_token_is_read_from_its_partition(void **state)
{
    (void)state;
    char folder[] = "/tmp/factory-XXXXXX";
    char partition[64];
    char token[OTA_TOKEN_SIZE] = "";
    ota_port_t *port = calloc(1, sizeof(*port));
    assert_non_null(mkdtemp(folder));
    shim_nvs_factory_open(folder);
    static const char *const none[] = { NULL, "", "fctry", "a label that is too long" };
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        port->config.factory_partition = none[i];
        assert_false(ota_client_port_store_load_factory_token(port, token, sizeof(token)));
    }
    port->config.factory_partition = "fctry";
    snprintf(partition, sizeof(partition), "%s/fctry", folder);
    assert_int_equal(mkdir(partition, 0700), 0);
    write_factory(partition, "ota_client_id.other", "otad_other");
    assert_false(ota_client_port_store_load_factory_token(port, token, sizeof(token)));
    write_factory(partition, "ota_client_id.token", "otad_factory");
    assert_true(ota_client_port_store_load_factory_token(port, token, sizeof(token)));
    assert_string_equal(token, "otad_factory");
    assert_false(ota_client_port_store_load_factory_token(port, token, strlen("otad_factory")));
    port->config.client_cert_pem = "a certificate";
    assert_false(ota_client_port_store_load_factory_token(port, token, sizeof(token)));
    for (unsigned i = 0; i < 2U; i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s/ota_client_id.%s", partition, i == 0U ? "other" : "token");
        unlink(path);
    }
    rmdir(partition);
    rmdir(folder);
    free(port);
}

static ota_boot_info_t inspect(ota_port_t *port)
{
    ota_boot_info_t info;
    assert_true(ota_client_port_boot_inspect(port, &info));
    return info;
}

/* The numbers of esp_reset_reason_t, in all versions of ESP-IDF that name them. */
static void every_reset_reason_has_a_text(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "unknown", "power on", "external pin", "software", "panic", "interrupt watchdog", "task watchdog", "watchdog", "deep sleep",
        "brownout", "SDIO", "USB", "JTAG", "eFuse error", "power glitch", "CPU lockup", "unknown", "unknown",
    };
    char number[8];
    ota_port_t *port = calloc(1, sizeof(*port));
    assert_non_null(port);
    for (unsigned reason = 0; reason < sizeof(texts) / sizeof(texts[0]); reason++) {
        snprintf(number, sizeof(number), "%u", reason);
        setenv("SHIM_RESET_REASON", number, 1);
        device_again();
        assert_int_equal(shim_boot(), ESP_OK);
        const ota_boot_info_t info = inspect(port);
        assert_string_equal(info.reset_reason, texts[reason]);
        assert_int_equal(info.power_lost, reason == ESP_RST_POWERON || reason == ESP_RST_BROWNOUT);
    }
    unsetenv("SHIM_RESET_REASON");
    free(port);
}

/* The blocking functions make a port each time; the number of the start stays. */
static void the_boot_id_is_drawn_once(void **state)
{
    (void)state;
    ota_port_t *first = calloc(1, sizeof(*first));
    ota_port_t *second = calloc(1, sizeof(*second));
    assert_true(first != NULL && second != NULL);
    const uint32_t id = inspect(first).boot_id;
    assert_int_not_equal(id, 0);
    assert_int_equal(inspect(first).boot_id, id);
    assert_int_equal(inspect(second).boot_id, id);
    free(first);
    free(second);
}

static void add_own(ota_client_attributes_t *to, void *user)
{
    ota_client_attr_string(to, "hw_revision", user);
    ota_client_attr_number(to, "rssi", -61);
    ota_client_attr_bool(to, "mains", true);
    ota_client_attr_string(to, "chip", "another");
}

static void the_attributes_name_chip_idf_and_slot(void **state)
{
    (void)state;
    static char revision[] = "B";
    char body[512];
    ota_port_t *port = calloc(1, sizeof(*port));
    assert_non_null(port);
    port->config.user = revision;
    port->core.boot = inspect(port);
    port->core.attribute_lost = true;
    for (unsigned own = 0; own < 2U; own++) {
        ota_text_t text = ota_client_text(body, sizeof(body));
        ota_attributes_t to = { .core = &port->core, .text = &text };
        port->config.attributes = own == 0U ? NULL : add_own;
        ota_client_port_attributes(port, &to);
        body[text.length] = '\0';
        const char *said = "\"chip\":\"ESP32-P4\",\"chip_revision\":\"1.3\",\"idf_version\":\"v5.5.1\",\"reset_reason\":\"power on\","
                           "\"secure_version\":0,\"slot_size\":1048576,";
        const char *of_the_application = own == 0U ? "" : "\"hw_revision\":\"B\",\"rssi\":-61,\"mains\":true,";
        assert_int_equal(strncmp(body, said, strlen(said)), 0);
        assert_string_equal(body + strlen(said), of_the_application);
    }
    free(port);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_callback_cannot_stop_the_task_that_calls_it, client_on, client_off),
        cmocka_unit_test_setup_teardown(every_cycle_has_one_closing_event, client_on, client_off),
        cmocka_unit_test_setup_teardown(a_table_of_a_factory_image_and_one_slot_is_refused, client_on, client_off),
        cmocka_unit_test_setup_teardown(a_server_url_that_would_fail_later_is_refused, client_on, client_off),
        cmocka_unit_test_setup_teardown(an_identity_that_would_fail_later_is_refused, client_on, client_off),
        cmocka_unit_test_setup_teardown(the_token_has_its_own_namespace, client_on, client_off),
        cmocka_unit_test_setup_teardown(every_reset_reason_has_a_text, client_on, client_off),
        cmocka_unit_test_setup_teardown(the_boot_id_is_drawn_once, client_on, client_off),
        cmocka_unit_test_setup_teardown(the_attributes_name_chip_idf_and_slot, client_on, client_off),
        cmocka_unit_test_setup_teardown(the_factory_token_is_read_from_its_partition, client_on, client_off),
    };
    return cmocka_run_group_tests_name("port", tests, NULL, NULL);
}
