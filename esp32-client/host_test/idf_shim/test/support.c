/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "support.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char s_folder[] = "/tmp/shim-XXXXXX";
static jmp_buf s_end;
static uint8_t *s_fixture;

static void end(int code)
{
    longjmp(s_end, code + 1);
}

int device_on(void **state)
{
    (void)state;
    strcpy(s_folder + strlen(s_folder) - 6, "XXXXXX");
    unsetenv("SHIM_CUT_AT");
    unsetenv("SHIM_BOOTLOADER_ROLLBACK");
    setenv("SHIM_LOG", "0", 1);
    shim_exit = end;
    if (mkdtemp(s_folder) == NULL) {
        return -1;
    }
    shim_power_on(s_folder);
    return 0;
}

int device_off(void **state)
{
    (void)state;
    shim_power_off();
    free(s_fixture);
    s_fixture = NULL;
    static const char *const files[] = { "flash.bin", "nvs.bin", "nvs.bin.new", "reset_reason" };
    for (unsigned i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char path[64];
        snprintf(path, sizeof(path), "%s/%s", s_folder, files[i]);
        unlink(path);
    }
    return rmdir(s_folder);
}

void device_again(void)
{
    shim_power_off();
    shim_power_on(s_folder);
}

void cut_at(uint32_t operation)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", (unsigned)operation);
    setenv("SHIM_CUT_AT", text, 1);
    device_again();
    unsetenv("SHIM_CUT_AT");
}

int ends_with(void (*work)(void))
{
    const int ended = setjmp(s_end);
    if (ended == 0) {
        work();
    }
    return ended - 1;
}

const esp_partition_t *slot(unsigned index)
{
    return esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_APP_OTA_0 + index, NULL);
}

uint8_t *fixture(const char *name, size_t *size)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/esp-images/%s", FIXTURES, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    free(s_fixture);
    s_fixture = malloc(512 * 1024);
    *size = fread(s_fixture, 1, 512 * 1024, file);
    fclose(file);
    return s_fixture;
}
