/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>
#include "esp_event.h"
#include "esp_timer.h"
#include "freertos/semphr.h"
#include "freertos/task.h"
#include "support.h"

ESP_EVENT_DECLARE_BASE(TEST_EVENT);
ESP_EVENT_DEFINE_BASE(TEST_EVENT);

static SemaphoreHandle_t s_done;
static uint32_t s_notified;
static char s_heard[64];

static int make_semaphore(void **state)
{
    (void)state;
    s_done = xSemaphoreCreateBinary();
    s_notified = 0;
    s_heard[0] = '\0';
    return 0;
}

static int delete_semaphore(void **state)
{
    (void)state;
    vSemaphoreDelete(s_done);
    return 0;
}

static void a_tick_is_10_ms(void **state)
{
    (void)state;
    assert_int_equal(pdMS_TO_TICKS(1000), 100);
    assert_int_equal(pdMS_TO_TICKS(9), 0);
    const int64_t before = esp_timer_get_time();
    vTaskDelay(pdMS_TO_TICKS(20));
    assert_true(esp_timer_get_time() - before >= 20000);
}

static void a_binary_semaphore_is_given_once(void **state)
{
    (void)state;
    assert_int_equal(xSemaphoreTake(s_done, 1), pdFALSE);
    assert_int_equal(xSemaphoreGive(s_done), pdTRUE);
    assert_int_equal(xSemaphoreGive(s_done), pdFALSE);
    assert_int_equal(xSemaphoreTake(s_done, 0), pdTRUE);
    assert_int_equal(xSemaphoreTake(s_done, 0), pdFALSE);
}

static void count_notifications(void *unused)
{
    (void)unused;
    xSemaphoreTake(s_done, portMAX_DELAY); // until all are given
    s_notified = ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    s_notified += 10 * ulTaskNotifyTake(pdTRUE, 1);
    xSemaphoreGive(s_done);
    vTaskDelete(NULL);
}

static void notifications_are_counted_until_they_are_taken(void **state)
{
    (void)state;
    TaskHandle_t task;
    assert_int_equal(xTaskCreate(count_notifications, "count", 4096, NULL, 5, &task), pdPASS);
    for (int i = 0; i < 3; i++) {
        xTaskNotifyGive(task);
    }
    xSemaphoreGive(s_done);
    while (s_notified == 0) {
        vTaskDelay(1);
    }
    assert_int_equal(xSemaphoreTake(s_done, 100), pdTRUE);
    assert_int_equal(s_notified, 3);
}

static void give(void *semaphore)
{
    xSemaphoreGive(semaphore);
}

static void a_timer_calls_once_unless_it_is_stopped(void **state)
{
    (void)state;
    const esp_timer_create_args_t args = { .callback = give, .arg = s_done };
    esp_timer_handle_t timer;
    assert_int_equal(esp_timer_create(&args, &timer), ESP_OK);
    assert_int_equal(esp_timer_start_once(timer, 1000), ESP_OK);
    assert_int_equal(xSemaphoreTake(s_done, 100), pdTRUE);
    assert_int_equal(xSemaphoreTake(s_done, 1), pdFALSE);
    assert_int_equal(esp_timer_stop(timer), ESP_ERR_INVALID_STATE);

    assert_int_equal(esp_timer_start_once(timer, 60 * 1000000), ESP_OK);
    assert_int_equal(esp_timer_start_once(timer, 1), ESP_ERR_INVALID_STATE);
    assert_int_equal(esp_timer_delete(timer), ESP_ERR_INVALID_STATE);
    assert_int_equal(esp_timer_stop(timer), ESP_OK);
    assert_int_equal(esp_timer_delete(timer), ESP_OK);
    assert_int_equal(xSemaphoreTake(s_done, 0), pdFALSE);
}

static void hear(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    assert_ptr_equal(base, TEST_EVENT);
    strcat(s_heard, arg);
    strcat(s_heard, id == 1 ? "1" : "2");
    strcat(s_heard, data != NULL ? (const char *)data : "-");
}

static void events_reach_their_handlers_in_order(void **state)
{
    (void)state;
    assert_int_equal(esp_event_post(TEST_EVENT, 1, NULL, 0, 0), ESP_ERR_INVALID_STATE);
    assert_int_equal(esp_event_loop_create_default(), ESP_OK);
    assert_int_equal(esp_event_loop_create_default(), ESP_ERR_INVALID_STATE);
    static char all[] = "a";
    static char second[] = "b";
    esp_event_handler_register(TEST_EVENT, ESP_EVENT_ANY_ID, hear, all);
    esp_event_handler_register(TEST_EVENT, 2, hear, second);
    char data[] = "x";
    assert_int_equal(esp_event_post(TEST_EVENT, 1, data, sizeof(data), 0), ESP_OK);
    data[0] = 'y'; // what was posted is a copy
    assert_int_equal(esp_event_post(TEST_EVENT, 2, NULL, 0, 0), ESP_OK);
    assert_int_equal(esp_event_loop_delete_default(), ESP_OK);
    assert_string_equal(s_heard, "a1xa2-b2-");
}

static void wait_for_semaphore(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    (void)arg;
    (void)base;
    (void)id;
    (void)data;
    xSemaphoreTake(s_done, portMAX_DELAY);
    xSemaphoreGive(s_done);
}

static void a_full_queue_refuses_an_event(void **state)
{
    (void)state;
    esp_event_loop_create_default();
    esp_event_handler_register(TEST_EVENT, ESP_EVENT_ANY_ID, wait_for_semaphore, NULL);
    int posted = 0;
    while (esp_event_post(TEST_EVENT, 1, "", 1, 1) == ESP_OK) {
        posted++;
    }
    assert_int_equal(posted, 33); // one in the handler, 32 in the queue
    xSemaphoreGive(s_done);
    assert_int_equal(esp_event_loop_delete_default(), ESP_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tick_is_10_ms),
        cmocka_unit_test_setup_teardown(a_binary_semaphore_is_given_once, make_semaphore, delete_semaphore),
        cmocka_unit_test_setup_teardown(notifications_are_counted_until_they_are_taken, make_semaphore, delete_semaphore),
        cmocka_unit_test_setup_teardown(a_timer_calls_once_unless_it_is_stopped, make_semaphore, delete_semaphore),
        cmocka_unit_test_setup_teardown(events_reach_their_handlers_in_order, make_semaphore, delete_semaphore),
        cmocka_unit_test_setup_teardown(a_full_queue_refuses_an_event, make_semaphore, delete_semaphore),
    };
    return cmocka_run_group_tests_name("idf_shim: tasks, timers and events", tests, NULL, NULL);
}
