/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#define _GNU_SOURCE /* mkdtemp */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "../core/image.h"
#include "esp_partition.h"
#include "nvs_flash.h"
#include "ota_client.h"
#include "shim_device.h"
#include "world.h"

/*
 * No response of a server may harm a device. The component with its real port to ESP-IDF, on the model of esp_http_client, gets every
 * status in every shape in every place of an update, once and for three hours. Then the server behaves again. The device must never panic,
 * leak, hang or download in vain more than once, and must end on the new image with only the restart of the update.
 *   test_hostile [SHARD/SHARDS]
 * The test uses every eighth response of the table, different ones in each place. LONG uses all of them, EVERY_STATUS also all statuses
 * from 100 to 599, and ONLY the shapes with its value in their names.
 */

/* Functions of AddressSanitizer, whose header is not part of Debian's GCC package. */
size_t __sanitizer_get_current_allocated_bytes(void);

#define HOUR_US 3600000000U
#define CYCLE_MAX_US (3U * (uint64_t)HOUR_US)
#define CYCLES_MAX 40U
#define CYCLES_AFTER_ONE 5U
#define REQUESTS_MAX 100U /* of one cycle */
#define LIVES_MAX 6U
#define CHIP 0x0012U
#define SAMPLE 8U

enum { EXIT_FAULT = 30 };

typedef enum { WELL, PANIC, CRASH, LEAK, HANG, WASTE, RESTARTS, EVENTS, STRANDED, VERDICTS } verdict_t;
static const char *const s_verdicts[VERDICTS] = {
    "well", "panicked", "crashed", "leaked", "hung", "downloaded in vain", "restarted", "closing events", "not updated",
};

world_t *world;
static char s_folder[] = "/tmp/hostile-XXXXXX";
static uint8_t *s_factory; /* the initial content of the flash */
static unsigned s_shard;
static unsigned s_shards = 1;

/* ---- The table ---- */

#define SHAPE(NAME, ...) { .name = NAME, __VA_ARGS__ }

static const shape_t s_shapes[] = {
    SHAPE("no body", .body = BODY_NONE),
    SHAPE("no body, closed", .end = CLOSES, .says_close = true),
    SHAPE("no length, no body, closed", .framing = BY_END, .end = CLOSES),
    SHAPE("body", .body = BODY_JSON),
    SHAPE("body, closed", .body = BODY_JSON, .end = CLOSES, .says_close = true),
    SHAPE("body after its head", .body = BODY_JSON, .pace = HEAD_THEN_BODY),
    SHAPE("body after its head, closed", .body = BODY_JSON, .pace = HEAD_THEN_BODY, .end = CLOSES, .says_close = true),
    SHAPE("body of an odd length, closed", .body = BODY_ODD, .end = CLOSES, .says_close = true),
    SHAPE("HTML", .body = BODY_HTML),
    SHAPE("HTML, closed", .body = BODY_HTML, .end = CLOSES, .says_close = true),
    SHAPE("large body", .body = BODY_LARGE),
    SHAPE("large body, closed", .body = BODY_LARGE, .end = CLOSES, .says_close = true),
    SHAPE("chunked", .body = BODY_JSON, .framing = BY_CHUNKS),
    SHAPE("chunked, closed", .body = BODY_HTML, .framing = BY_CHUNKS, .end = CLOSES, .says_close = true),
    SHAPE("chunked with a length", .body = BODY_JSON, .framing = BY_CHUNKS_AND_LENGTH),
    SHAPE("chunked without an end", .body = BODY_JSON, .framing = BY_CHUNKS, .extent = SHORT, .end = STALLS),
    SHAPE("body up to the end", .body = BODY_HTML, .framing = BY_END, .end = CLOSES),
    SHAPE("body up to an end that never comes", .body = BODY_HTML, .framing = BY_END, .end = STALLS),
    SHAPE("short", .body = BODY_JSON, .extent = SHORT, .end = CLOSES),
    SHAPE("short, stalled", .body = BODY_JSON, .extent = SHORT, .end = STALLS),
    SHAPE("long", .body = BODY_JSON, .extent = LONG),
    SHAPE("long, closed", .body = BODY_JSON, .extent = LONG, .end = CLOSES, .says_close = true),
    SHAPE("another answer behind", .body = BODY_JSON, .extent = ANOTHER_ANSWER_BEHIND),
    SHAPE("a stray line behind", .body = BODY_JSON, .extent = STRAY_LINE_BEHIND),
    SHAPE("come at once", .body = BODY_JSON, .header = "Retry-After: 0"),
    SHAPE("come in a second", .body = BODY_JSON, .header = "Retry-After: 1"),
    SHAPE("come in an hour, closed", .body = BODY_HTML, .header = "Retry-After: 3600", .end = CLOSES, .says_close = true),
    SHAPE("never come", .body = BODY_JSON, .header = "Retry-After: 99999999999"),
    SHAPE("moved here", .body = BODY_HTML, .header = "Location: /api/ota/download/7"),
    SHAPE("moved here, closed", .body = BODY_HTML, .header = "Location: /api/ota/download/7", .end = CLOSES, .says_close = true),
    SHAPE("moved elsewhere", .body = BODY_JSON, .header = "Location: http://other.test:8080/x"),
    SHAPE("moved to nowhere", .body = BODY_JSON, .header = "Location: ../x y"),
    SHAPE("hints first", .body = BODY_JSON, .interim = INTERIM_BEFORE),
    SHAPE("hints in the same piece, closed", .body = BODY_JSON, .interim = INTERIM_TOGETHER, .end = CLOSES, .says_close = true),
    SHAPE("hints and half a line", .body = BODY_JSON, .interim = INTERIM_AND_HALF),
    SHAPE("nothing but hints", .body = BODY_JSON, .interim = INTERIM_WITHOUT_END),
    SHAPE("not a byte", .head = NOTHING, .end = STALLS),
    SHAPE("closed at once", .head = NOTHING, .end = CLOSES),
    SHAPE("half a head, stalled", .head = HALF_A_HEAD, .end = STALLS),
    SHAPE("half a head, closed", .head = HALF_A_HEAD, .end = CLOSES),
    SHAPE("no HTTP", .head = NO_HTTP, .end = STALLS),
    SHAPE("no HTTP, closed", .head = NO_HTTP, .end = CLOSES),
    SHAPE("a very long header", .body = BODY_JSON, .head = LONG_HEADER),
    SHAPE("a byte every four seconds", .body = BODY_JSON, .pace = BYTE_BY_BYTE),
};

static const shape_t s_parts[] = {
    SHAPE("wrong bytes", .part = WRONG_BYTES),
    SHAPE("wrong bytes, closed", .part = WRONG_BYTES, .end = CLOSES, .says_close = true),
    SHAPE("for another chip", .part = WRONG_CHIP),
    SHAPE("of another project", .part = WRONG_PROJECT),
    SHAPE("the whole file", .part = WHOLE_FILE),
    SHAPE("another whole file", .part = WHOLE_WRONG),
    SHAPE("another part", .part = SHIFTED),
    SHAPE("another part, closed", .part = SHIFTED, .end = CLOSES, .says_close = true),
    SHAPE("another ETag", .part = OTHER_ETAG),
    SHAPE("no ETag", .part = NO_ETAG),
    SHAPE("cut off", .part = CUT),
    SHAPE("stalled", .part = STALLED),
};

static const int s_statuses[] = {
    100, 101, 102, 199, 200, 201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 303, 304, 305, 307, 308, 399, 400, 401, 402, 403, 404, 405,
    406, 408, 409, 410, 411, 412, 413, 416, 417, 421, 422, 425, 426, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 507, 508, 511, 520, 522, 599,
};

#define COUNT(ARRAY) (sizeof(ARRAY) / sizeof((ARRAY)[0]))

/* ---- A life ---- */

static void fail_life(verdict_t verdict, const char *why)
{
    snprintf(world->fault, sizeof world->fault, "%s", why);
    _exit(EXIT_FAULT + (int)verdict);
}

/* Counts allocated memory. Only what the model of NVS holds may remain. */
static size_t allocated(void)
{
    return __sanitizer_get_current_allocated_bytes() - shim_nvs_allocated();
}

static ota_client_diagnostics_t diagnose(void *user)
{
    (void)user;
    return OTA_CLIENT_DIAGNOSTICS_PASSED;
}

static void run_cycle(const ota_client_config_t *config)
{
    const size_t before = allocated();
    const uint64_t begin_us = world->now_us;
    const unsigned requests = world->requests;
    ++world->cycles;
    (void)ota_client_check_and_update(config);
    if (peer_is_connected() || allocated() != before) {
        fail_life(LEAK, "memory or a connection is left");
    }
    if (world->now_us - begin_us > CYCLE_MAX_US || world->requests - requests > REQUESTS_MAX) {
        fail_life(HANG, "a cycle takes too long");
    }
}

/* Runs the device until its next restart, or until it has nothing to do with the new image. */
static void live(void)
{
    ota_client_config_t config = OTA_CLIENT_CONFIG_DEFAULT();
    config.server_url = "http://ota.test";
    config.device_type = "scales";
    config.device_id = 1;
    config.stall_timeout_s = 30;
    config.total_timeout_s = 3600;
    config.diagnostics = diagnose;
    config.enroll_key = world->cell.place == PLACE_ENROLLMENT ? "otae_1" : NULL;
    shim_power_on(s_folder);
    if (shim_boot() != ESP_OK) {
        fail_life(CRASH, "nothing boots");
    }
    nvs_flash_init();
    for (unsigned rests = 0; world->cycles < CYCLES_MAX && rests < 2U;) {
        run_cycle(&config);
        rests += world->confirmed ? 1U : 0U;
        world_advance_us(HOUR_US);
    }
    _exit(SHIM_EXIT_DONE);
}

static int run_life(void)
{
    const pid_t child = fork();
    if (child == 0) {
        alarm(60); /* ends an endless loop that never waits */
        live();
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* ---- A cell ---- */

static bool wastes(const cell_t *cell)
{
    const uint32_t once = 2U * world->new_size;
    return world->file_bytes > (cell->times == 0U ? 4U * once : once);
}

static verdict_t judge(const cell_t *cell, int ended, unsigned restarts)
{
    const unsigned cycles_most = cell->times == 1U ? CYCLES_AFTER_ONE : CYCLES_MAX;
    if (ended == SHIM_EXIT_PANIC || ended >= EXIT_FAULT) {
        return ended == SHIM_EXIT_PANIC ? PANIC : (verdict_t)(ended - EXIT_FAULT);
    }
    if (ended != SHIM_EXIT_DONE) {
        return ended == SHIM_EXIT_RESTART ? RESTARTS : ended == -14 ? HANG : CRASH;
    }
    if (!world->confirmed || world->cycles > cycles_most) {
        return STRANDED;
    }
    return restarts != 1U ? RESTARTS : wastes(cell) ? WASTE : WELL;
}

static verdict_t play(const cell_t *cell)
{
    char nvs[64];
    snprintf(nvs, sizeof nvs, "%s/nvs.bin", s_folder);
    unlink(nvs);
    memcpy(shim_flash(), s_factory, SHIM_FLASH_SIZE);
    world_reset(cell);
    unsigned restarts = 0;
    int ended;
    for (ended = run_life(); ended == SHIM_EXIT_RESTART && restarts < LIVES_MAX; ++restarts) {
        ended = run_life();
    }
    return judge(cell, ended, restarts);
}

void world_reset(const cell_t *cell)
{
    memset(world, 0, offsetof(world_t, old_image));
    world->cell = *cell;
    world->random = 7;
}

typedef struct {
    unsigned cells;
    unsigned verdicts[VERDICTS];
} counts_t;

static void count(counts_t *counts, const cell_t *cell)
{
    if (counts->cells++ / 2U % s_shards != s_shard) { /* Both durations of a cell go to the same shard. */
        return;
    }
    const verdict_t verdict = play(cell);
    ++counts->verdicts[verdict];
    if (verdict != WELL && (counts->verdicts[verdict] <= 3U || getenv("VERBOSE") != NULL)) {
        print_message("%s, %d, %s, %s: %s %s after %u cycles, %u requests, %u bytes; %s\n", place_names[cell->place], cell->status,
                      cell->shape->name, cell->times == 1U ? "once" : "three hours", s_verdicts[verdict], world->fault, world->cycles,
                      world->requests, (unsigned)world->file_bytes, world->story);
    }
}

static void count_shape(counts_t *counts, place_t place, int status, const shape_t *shape)
{
    count(counts, &(cell_t) {
        place, status, shape, 1
    });
    count(counts, &(cell_t) {
        place, status, shape, 0
    });
}

/* Some shapes have no status. */
static bool has_status(const shape_t *shape)
{
    return shape->head != NOTHING && shape->head != NO_HTTP && shape->head != HALF_A_HEAD;
}

static bool is_wanted(const shape_t *shape, int status)
{
    const char *only = getenv("ONLY");
    return (only == NULL || strstr(shape->name, only) != NULL) && (has_status(shape) || status == 200);
}

/* Selects cells so that each place has several shapes for each status and several statuses for each shape. */
static bool is_chosen(unsigned status, size_t shape, place_t place)
{
    return getenv("LONG") != NULL || getenv("ONLY") != NULL || (status + 3U * shape + (unsigned)place) % SAMPLE == 0U;
}

static void count_place(counts_t *counts, place_t place)
{
    const bool every = getenv("EVERY_STATUS") != NULL;
    const unsigned most = every ? 500U : (unsigned)COUNT(s_statuses);
    for (unsigned i = 0; i < most; ++i) {
        const int status = every ? 100 + (int)i : s_statuses[i];
        for (size_t s = 0; s < COUNT(s_shapes); ++s) {
            if (is_wanted(&s_shapes[s], status) && (is_chosen(i, s, place) || !has_status(&s_shapes[s]))) {
                count_shape(counts, place, status, &s_shapes[s]);
            }
        }
    }
    const bool is_download = place == PLACE_FIRST_PART || place == PLACE_LATER_PART || place == PLACE_TARGET;
    for (size_t s = 0; is_download && s < COUNT(s_parts); ++s) {
        if (is_wanted(&s_parts[s], 200)) {
            count_shape(counts, place, 206, &s_parts[s]);
        }
    }
}

static void no_answer_hurts(void **state)
{
    const place_t place = *(const place_t *)*state;
    counts_t counts = { 0 };
    count_place(&counts, place);
    unsigned bad = 0;
    unsigned played = 0;
    for (unsigned i = 0; i < VERDICTS; ++i) {
        played += counts.verdicts[i];
        bad += i == WELL ? 0U : counts.verdicts[i];
    }
    print_message("%s: %u answers, %u well", place_names[place], played, counts.verdicts[WELL]);
    for (unsigned i = 1; i < VERDICTS; ++i) {
        if (counts.verdicts[i] > 0U) {
            print_message(", %u %s", counts.verdicts[i], s_verdicts[i]);
        }
    }
    print_message("\n");
    if (bad > 0U) {
        fail_msg("%u of %u answers hurt", bad, played);
    }
}

static int set_up(void **state)
{
    (void)state;
    world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const image_recipe_t older = { .version = "1.0.0", .project = "scales", .size = 40000, .chip = CHIP, .seed = 1 };
    const image_recipe_t newer = { .version = "1.1.0", .project = "scales", .size = 140000, .chip = CHIP, .seed = 2 };
    world->old_size = image_build(world->old_image, &older);
    world->new_size = image_build(world->new_image, &newer);
    sha256(world->new_image, world->new_size, world->new_hash);
    if (mkdtemp(s_folder) == NULL) {
        return -1;
    }
    setenv("SHIM_LOG", getenv("VERBOSE") != NULL ? "4" : "0", 1);
    shim_power_on(s_folder);
    shim_flash_image(0, world->old_image, world->old_size);
    s_factory = malloc(SHIM_FLASH_SIZE);
    memcpy(s_factory, shim_flash(), SHIM_FLASH_SIZE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const files[] = { "flash.bin", "nvs.bin", "nvs.bin.new", "reset_reason" };
    shim_power_off();
    free(s_factory);
    for (size_t i = 0; i < COUNT(files); ++i) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", s_folder, files[i]);
        unlink(path);
    }
    return rmdir(s_folder);
}

int main(int argc, char **argv)
{
    static place_t places[PLACES];
    struct CMUnitTest tests[PLACES];
    if (argc > 1) {
        (void)sscanf(argv[1], "%u/%u", &s_shard, &s_shards);
    }
    for (unsigned i = 0; i < PLACES; ++i) {
        places[i] = (place_t)i;
        tests[i] = (struct CMUnitTest) {
            .name = place_names[i], .test_func = no_answer_hurts, .initial_state = &places[i]
        };
    }
    return cmocka_run_group_tests_name("hostile answers", tests, set_up, tear_down);
}
