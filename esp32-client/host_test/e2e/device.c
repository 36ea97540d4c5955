/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "esp_app_desc.h"
#include "esp_partition.h"
#include "freertos/semphr.h"
#include "nvs_flash.h"
#include "ota_client.h"
#include "shim_device.h"

/**
 * A simulated ESP32-P4 for one run from power-on to the next reset (shim_device.h lists the exit codes): the bootloader selects a slot and
 * starts an application with the component. It prints a line for each event.
 *
 *   device FOLDER --server URL --device-id N [--factory IMAGE] [--root PEM] [--diagnostics pass|fail|break-off] [--cycles N] [--retries N] [--blocking]
 *     [--enroll-key KEY] [--factory-partition LABEL] [--cert PEM --key PEM] [--many-attributes]
 *
 * The exit code is 0 if the last cycle found no update, 2 if it failed, and 3 if a cycle did not end in time.
 */
enum {
    EXIT_CYCLE_FAILED = 2,
    EXIT_NO_END = 3,
    EXIT_USAGE = 64,
};

#define PATIENCE_S 60

static struct {
    const char *folder;
    const char *factory;
    int cycles;
    bool blocking;
    bool many_attributes;
    const char *diagnostics;
    ota_client_config_t config;
} s_options = {
    .cycles = 1,
    .diagnostics = "pass",
    .config = OTA_CLIENT_CONFIG_DEFAULT(),
};

static SemaphoreHandle_t s_ended; // given at the end of a cycle
static bool s_failed;

static char *read_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(EXIT_USAGE);
    }
    char *content = malloc(SHIM_FLASH_SIZE + 1);
    *size = fread(content, 1, SHIM_FLASH_SIZE, file);
    content[*size] = '\0';
    fclose(file);
    return content;
}

/** Writes the image to the first slot. The second one is not erased, as in a device that was updated before. */
static void leave_factory(void)
{
    size_t size;
    char *image = read_file(s_options.factory, &size);
    shim_flash_image(0, image, size);
    free(image);
    const esp_partition_t *second = esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_1, NULL);
    memset(shim_flash() + second->address, 0x5A, second->size);
}

static void parse_options(int argc, char **argv)
{
    static const struct option options[] = {
        { "server", required_argument, NULL, 's' }, { "device-id", required_argument, NULL, 'i' },
        { "factory", required_argument, NULL, 'f' }, { "root", required_argument, NULL, 'r' },
        { "diagnostics", required_argument, NULL, 'd' }, { "cycles", required_argument, NULL, 'c' },
        { "retries", required_argument, NULL, 't' }, { "blocking", no_argument, NULL, 'b' },
        { "enroll-key", required_argument, NULL, 'e' }, { "factory-partition", required_argument, NULL, 'p' },
        { "cert", required_argument, NULL, 'C' }, { "key", required_argument, NULL, 'K' },
        { "many-attributes", no_argument, NULL, 'm' }, { 0 },
    };
    size_t size;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 's':
            s_options.config.server_url = optarg;
            break;
        case 'i':
            s_options.config.device_id = strtoull(optarg, NULL, 10);
            break;
        case 'f':
            s_options.factory = optarg;
            break;
        case 'r':
            s_options.config.server_root_pem = read_file(optarg, &size);
            break;
        case 'd':
            s_options.diagnostics = optarg;
            break;
        case 'c':
            s_options.cycles = atoi(optarg);
            break;
        case 't':
            s_options.config.max_retries = (uint8_t)atoi(optarg);
            break;
        case 'b':
            s_options.blocking = true;
            break;
        case 'm':
            s_options.many_attributes = true;
            break;
        case 'e':
            s_options.config.enroll_key = optarg;
            break;
        case 'p':
            s_options.config.factory_partition = optarg;
            break;
        case 'C':
            s_options.config.client_cert_pem = read_file(optarg, &size);
            break;
        case 'K':
            s_options.config.client_key_pem = read_file(optarg, &size);
            break;
        default:
            exit(EXIT_USAGE);
        }
    }
    if (optind != argc - 1) {
        exit(EXIT_USAGE);
    }
    s_options.folder = argv[optind];
}

/** A crash and a power cut have the same effect on the code; they differ in the reset reason of the next run. */
static ota_client_diagnostics_t diagnose(void *user)
{
    (void)user;
    if (strcmp(s_options.diagnostics, "break-off") == 0) {
        shim_exit(SHIM_EXIT_POWER_CUT);
    }
    return strcmp(s_options.diagnostics, "fail") == 0 ? OTA_CLIENT_DIAGNOSTICS_FAILED : OTA_CLIENT_DIAGNOSTICS_PASSED;
}

#define MANY 14 // beside the component's own, as many as a check has

/** With many attributes all but the first four have the largest size. */
static void describe(ota_client_attributes_t *to, void *user)
{
    char key[33];
    char text[65];
    (void)user;
    ota_client_attr_string(to, "hw_revision", "B");
    ota_client_attr_string(to, "note", "\"quoted\" \\ \xC3\xBC \xE2\x82\xAC \xF0\x9F\x9A\x80");
    ota_client_attr_number(to, "rssi", -61);
    ota_client_attr_bool(to, "mains", true);
    memset(text, '~', sizeof(text) - 1U);
    text[sizeof(text) - 1U] = '\0';
    for (int i = 4; s_options.many_attributes && i < MANY; i++) {
        snprintf(key, sizeof(key), "a_key_of_many_characters_indeed%c", "abcdefghijklmn"[i]);
        ota_client_attr_string(to, key, text);
    }
}

static const char *name_of(int32_t event)
{
    static const char *const names[] = {
        "checking", "up_to_date", "offered", "progress", "verifying", "ready_to_reboot", "confirmed", "rolled_back", "failed",
        "warning", "cycle_ended", "enrollment",
    };
    return (size_t)event < sizeof(names) / sizeof(names[0]) ? names[event] : "unknown";
}

static void on_event(void *arg, esp_event_base_t base, int32_t id, void *data)
{
    (void)arg;
    (void)base;
    const ota_client_event_data_t *event = data;
    printf("event %s version=%s bytes=%" PRIu32 "/%" PRIu32 " reason=%s message=%s\n", name_of(id), event->version,
           event->bytes, event->total, ota_client_err_to_str(event->reason), event->message);
    fflush(stdout);
    if (id == OTA_CLIENT_EVENT_CYCLE_ENDED) {
        s_failed = event->reason != ESP_OK;
        xSemaphoreGive(s_ended);
    }
}

/** Most applications use the client's own task. */
static int run_task(void)
{
    ESP_ERROR_CHECK(ota_client_start(&s_options.config));
    bool has_ended = true;
    for (int cycle = 0; cycle < s_options.cycles && has_ended; cycle++) {
        ESP_ERROR_CHECK(ota_client_check_now()); // Otherwise the first check waits for up to a minute.
        has_ended = xSemaphoreTake(s_ended, pdMS_TO_TICKS(PATIENCE_S * 1000)) == pdTRUE;
    }
    ESP_ERROR_CHECK(ota_client_stop());
    return !has_ended ? EXIT_NO_END : s_failed ? EXIT_CYCLE_FAILED : SHIM_EXIT_DONE;
}

/** An application that decides for itself when to update uses the blocking functions. */
static int run_blocking(void)
{
    esp_err_t err = ESP_OK;
    for (int cycle = 0; cycle < s_options.cycles; cycle++) {
        err = ota_client_check_and_update(&s_options.config);
    }
    return err == ESP_OK ? SHIM_EXIT_DONE : EXIT_CYCLE_FAILED;
}

static void end(int code)
{
    printf("operations %" PRIu32 "\nerases %" PRIu32 "\n", shim_operations(), shim_erases());
    fflush(stdout);
    _exit(code);
}

int main(int argc, char **argv)
{
    parse_options(argc, argv);
    shim_exit = end;
    shim_power_on(s_options.folder);
    if (s_options.factory != NULL) {
        leave_factory();
    }
    ESP_ERROR_CHECK(shim_boot());
    printf("boot %s reset_reason=%d\n", esp_app_get_description()->version, (int)esp_reset_reason());

    ESP_ERROR_CHECK(nvs_flash_init());
    ESP_ERROR_CHECK(esp_event_loop_create_default());
    ESP_ERROR_CHECK(esp_event_handler_register(OTA_CLIENT_EVENT, ESP_EVENT_ANY_ID, on_event, NULL));
    s_ended = xSemaphoreCreateBinary();
    s_options.config.device_type = "scales_bridge_tab5";
    s_options.config.diagnostics = diagnose;
    s_options.config.attributes = describe;
    const int code = s_options.blocking ? run_blocking() : run_task();

    esp_event_loop_delete_default();
    vSemaphoreDelete(s_ended);
    free((char *)s_options.config.server_root_pem);
    free((char *)s_options.config.client_cert_pem);
    free((char *)s_options.config.client_key_pem);
    printf("operations %" PRIu32 "\nerases %" PRIu32 "\n", shim_operations(), shim_erases());
    shim_power_off();
    return code;
}
