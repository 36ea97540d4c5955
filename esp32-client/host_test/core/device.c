/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "device.h"

#include <assert.h>
#include <mbedtls/sha256.h>
#include <string.h>
#include "ota_facts.h"
#include "peer.h"

#define ADDRESS(SLOT) (0x20000U + (SLOT)*SLOT_SIZE)
#define ENTRY 32U

device_t device;

static mbedtls_sha256_context s_sha;

uint32_t device_random(void)
{
    device.random = device.random * 1664525U + 1013904223U;
    return device.random >> 8;
}

void device_reset(reset_t reset)
{
    device.reset_reason = reset == RESET_CUT ? "power on" : reset == RESET_PANIC ? "panic" : "software";
    longjmp(device.reset, (int)reset);
}

/* ---- Power ---- */

static bool is_cut(void)
{
    ++device.operations;
    return device.operations == device.cut_at[0] || device.operations == device.cut_at[1];
}

static void cut(void)
{
    ++device.cuts;
    device_reset(RESET_CUT);
}

/* ---- Flash: erase sets bits, write clears them ---- */

static uint8_t cipher(uint32_t offset)
{
    return device.encrypted ? (uint8_t)(offset * 167U + 91U) : 0U;
}

static void tear_write(uint8_t *cells, const uint8_t *data, uint32_t size)
{
    const uint32_t end = device.torn == TORN_HALF         ? size / 2U
                         : device.torn == TORN_RANDOM_END ? device_random() % size
                         : device.torn == TORN_BEFORE     ? 0U
                         : size;
    for (uint32_t i = 0; i < end; ++i) {
        const uint8_t lands = device.torn == TORN_RANDOM_BITS ? (uint8_t)(data[i] | device_random()) : data[i];
        cells[i] &= lands;
    }
    if (device.torn == TORN_RANDOM_END && end < size) {
        cells[end] &= (uint8_t)(data[end] | device_random());
    }
}

static bool write_cells(uint8_t *cells, const uint8_t *data, uint32_t size)
{
    const bool ends_here = is_cut();
    for (uint32_t i = 0; i < size; ++i) {
        assert((cells[i] & data[i]) == data[i]); /* A write cannot set a bit: the sector was not erased. */
    }
    if (ends_here) {
        tear_write(cells, data, size);
        cut();
    }
    for (uint32_t i = 0; i < size && !device.flash_fails; ++i) {
        cells[i] &= data[i];
    }
    return true;
}

static bool erase_cells(uint8_t *cells)
{
    ++device.erases;
    if (is_cut()) {
        const uint32_t end = device.torn == TORN_HALF         ? OTA_SECTOR / 2U
                             : device.torn == TORN_RANDOM_END ? device_random() % OTA_SECTOR
                             : device.torn == TORN_BEFORE     ? 0U
                             : OTA_SECTOR;
        for (uint32_t i = 0; i < end; ++i) {
            cells[i] |= device.torn == TORN_RANDOM_BITS ? (uint8_t)device_random() : 0xFFU;
        }
        cut();
    }
    memset(cells, 0xFF, OTA_SECTOR);
    return true;
}

static uint8_t *update_cells(uint32_t offset, uint32_t size)
{
    device.verified[1U - device.running] = false;
    assert(offset <= SLOT_SIZE && size <= SLOT_SIZE - offset);
    return device.flash[1U - device.running] + offset;
}

static bool flash_read(void *port, ota_slot_t slot, uint32_t offset, void *data, uint32_t size)
{
    (void)port;
    assert(offset <= SLOT_SIZE && size <= SLOT_SIZE - offset);
    const unsigned number = slot == OTA_SLOT_RUNNING ? device.running : 1U - device.running;
    uint8_t *bytes = data;
    for (uint32_t i = 0; i < size; ++i) {
        bytes[i] = device.flash[number][offset + i] ^ cipher(offset + i);
    }
    return true;
}

static bool flash_erase(void *port, uint32_t offset)
{
    (void)port;
    assert(offset % OTA_SECTOR == 0U);
    return erase_cells(update_cells(offset, OTA_SECTOR));
}

static bool flash_write(void *port, uint32_t offset, const void *data, uint32_t size)
{
    (void)port;
    uint8_t cells[OTA_SECTOR];
    assert(size <= sizeof cells && (!device.encrypted || (offset % 16U == 0U && size % 16U == 0U)));
    for (uint32_t i = 0; i < size; ++i) {
        cells[i] = ((const uint8_t *)data)[i] ^ cipher(offset + i);
    }
    return write_cells(update_cells(offset, size), cells, size);
}

static bool flash_read_raw(void *port, uint32_t offset, void *data, uint32_t size)
{
    (void)port;
    assert(offset <= SLOT_SIZE && size <= SLOT_SIZE - offset);
    memcpy(data, device.flash[1U - device.running] + offset, size);
    return true;
}

static bool flash_write_raw(void *port, uint32_t offset, const void *data, uint32_t size)
{
    (void)port;
    return write_cells(update_cells(offset, size), data, size);
}

/* ---- Boot data: esp_ota_select_entry_t, and what esp_ota_ops.c and the bootloader do with it ---- */

typedef struct {
    uint32_t sequence;
    uint8_t label[20];
    uint32_t state;
    uint32_t crc;
} entry_t;

static uint32_t crc32(const void *data, size_t size)
{
    const uint8_t *bytes = data;
    uint32_t crc = 0; /* esp_rom_crc32_le(UINT32_MAX, …) */
    for (size_t i = 0; i < size; ++i) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
        }
    }
    return ~crc;
}

static entry_t read_entry(unsigned sector)
{
    entry_t entry;
    assert(sizeof entry == ENTRY);
    memcpy(&entry, device.boot_data[sector], sizeof entry);
    return entry;
}

static bool is_entry(const entry_t *entry)
{
    return entry->sequence != UINT32_MAX && entry->crc == crc32(&entry->sequence, sizeof entry->sequence);
}

static unsigned slot_of(const entry_t *entry)
{
    return (entry->sequence - 1U) % SLOTS;
}

/* The sector with the active entry, or -1. */
static int active_sector(void)
{
    int active = -1;
    uint32_t highest = 0;
    for (int i = 0; i < 2; ++i) {
        const entry_t entry = read_entry((unsigned)i);
        const bool bootable = is_entry(&entry) && entry.state != OTA_STATE_INVALID && entry.state != OTA_STATE_ABORTED;
        if (bootable && (active < 0 || entry.sequence > highest)) {
            active = i;
            highest = entry.sequence;
        }
    }
    return active;
}

static void write_entry(unsigned sector, uint32_t sequence, uint32_t state)
{
    entry_t entry;
    memset(&entry, 0xFF, sizeof entry);
    entry.sequence = sequence;
    entry.state = state;
    entry.crc = crc32(&sequence, sizeof sequence);
    erase_cells(device.boot_data[sector]);
    write_cells(device.boot_data[sector], (const uint8_t *)&entry, sizeof entry);
}

static const uint8_t *plain(unsigned slot)
{
    static uint8_t bytes[SLOT_SIZE];
    for (uint32_t i = 0; device.encrypted && i < SLOT_SIZE; ++i) {
        bytes[i] = device.flash[slot][i] ^ cipher(i);
    }
    return device.encrypted ? bytes : device.flash[slot];
}

static bool verifies(unsigned slot)
{
    device.verified[slot] = device.verified[slot] || image_verify(plain(slot), SLOT_SIZE, CHIP);
    return device.verified[slot] && !device.slot_broken[slot];
}

static void set_boot(unsigned slot)
{
    const uint32_t state = device.app_rolls_back ? OTA_STATE_NEW : UINT32_MAX;
    const int active = active_sector();
    if (active < 0) {
        write_entry(0, slot + 1U, state);
        return;
    }
    uint32_t sequence = (slot + 1U) % SLOTS;
    while (read_entry((unsigned)active).sequence > sequence) {
        sequence += SLOTS;
    }
    write_entry(1U - (unsigned)active, sequence, state);
}

ota_state_t device_state(unsigned slot)
{
    for (unsigned i = 0; i < 2U; ++i) {
        const entry_t entry = read_entry(i);
        if (is_entry(&entry) && slot_of(&entry) == slot) {
            return entry.state <= OTA_STATE_ABORTED ? (ota_state_t)entry.state : OTA_STATE_UNDEFINED;
        }
    }
    return OTA_STATE_NONE;
}

static unsigned boot_slot(void)
{
    const int active = active_sector();
    if (active < 0) {
        return 0;
    }
    const entry_t entry = read_entry((unsigned)active);
    return slot_of(&entry);
}

static const char *running_text(uint32_t offset)
{
    static char head[OTA_IMAGE_HEAD];
    for (uint32_t i = 0; i < sizeof head; ++i) {
        head[i] = (char)(device.flash[device.running][i] ^ cipher(i));
    }
    return head + offset;
}

static bool boot_inspect(void *port, ota_boot_info_t *info)
{
    (void)port;
    uint32_t highest = 0;
    for (unsigned i = 0; i < 2U; ++i) {
        const entry_t entry = read_entry(i);
        highest = is_entry(&entry) && entry.sequence > highest ? entry.sequence : highest;
    }
    *info = (ota_boot_info_t) {
        .running_slot = ADDRESS(device.running),
        .running_size = SLOT_SIZE,
        .update_slot = ADDRESS(1U - device.running),
        .update_size = SLOT_SIZE,
        .running_state = device_state(device.running),
        .boots_running = boot_slot() == device.running,
        .activated = device.activated,
        .sequence = highest,
        .secure_version = device.secure_version,
        .chip_id = CHIP,
        .version = running_text(0x30),
        .project = running_text(0x50),
        .elf = (const uint8_t *)running_text(0xB0),
        .reset_reason = device.reset_reason,
        .power_lost = strcmp(device.reset_reason, "power on") == 0,
    };
#if OTA_FACTS
    info->boot_id = device.boot_id;
#endif
    return true;
}

static ota_result_t boot_activate(void *port)
{
    (void)port;
    if (!verifies(1U - device.running)) {
        return OTA_ERR_REFUSED;
    }
    set_boot(1U - device.running);
    device.activated = true;
    return OTA_OK;
}

static bool boot_confirm(void *port)
{
    (void)port;
    const int active = active_sector();
    if (active < 0) {
        return false;
    }
    const entry_t entry = read_entry((unsigned)active);
    if (entry.state != OTA_STATE_VALID) {
        write_entry((unsigned)active, entry.sequence, OTA_STATE_VALID);
    }
    return true;
}

static bool boot_anchor(void *port)
{
    const ota_state_t state = device_state(device.running);
    if (boot_slot() != device.running || (state != OTA_STATE_VALID && state != OTA_STATE_UNDEFINED)) {
        set_boot(device.running);
        boot_confirm(port);
    }
    const int active = active_sector();
    for (int i = 0; i < 2; ++i) {
        if (i != active && read_entry((unsigned)i).sequence != UINT32_MAX) {
            erase_cells(device.boot_data[i]);
        }
    }
    return true;
}

static void boot_revert(void *port)
{
    (void)port;
    const int active = active_sector();
    const entry_t other = read_entry(1U - (unsigned)active);
    const bool possible = is_entry(&other) && other.state != OTA_STATE_INVALID && other.state != OTA_STATE_ABORTED
                          && verifies(slot_of(&other));
    if (active >= 0 && possible) {
        write_entry((unsigned)active, read_entry((unsigned)active).sequence, OTA_STATE_INVALID);
        device_reset(RESET_SOFTWARE);
    }
}

static void boot_restart(void *port)
{
    (void)port;
    device_reset(RESET_SOFTWARE);
}

/* bootloader_utility_get_selected_boot_partition() and the fall-back when an image cannot be loaded. */
bool device_boot(void)
{
    device.activated = false;
    device.boot_id = device_random();
    for (unsigned i = 0; i < 2U && device.bootloader_rolls_back; ++i) {
        const entry_t entry = read_entry(i);
        if (is_entry(&entry) && entry.state == OTA_STATE_PENDING_VERIFY) {
            ++device.rolled_back;
            write_entry(i, entry.sequence, OTA_STATE_ABORTED);
        }
    }
    const int active = active_sector();
    unsigned slot = boot_slot();
    if (active >= 0 && device.bootloader_rolls_back && read_entry((unsigned)active).state == OTA_STATE_NEW) {
        write_entry((unsigned)active, read_entry((unsigned)active).sequence, OTA_STATE_PENDING_VERIFY);
    }
    if (!verifies(slot)) {
        slot = 1U - slot;
    }
    if (!verifies(slot)) {
        return false;
    }
    device.running = slot;
    return true;
}

/* ---- NVS: a blob is the old one or the new one ---- */

static size_t load_blob(const uint8_t *blob, size_t blob_size, void *data, size_t size)
{
    assert(blob_size <= size);
    memcpy(data, blob, blob_size);
    return blob_size;
}

static bool save_blob(uint8_t *blob, size_t *blob_size, const void *data, size_t size)
{
    if (device.nvs_fails || device.nvs_saves == device.nvs_saves_most) {
        return false;
    }
    ++device.nvs_saves;
    const bool ends_here = is_cut();
    if (!ends_here || device.torn == TORN_AFTER || device.torn == TORN_RANDOM_BITS) {
        memcpy(blob, data, size);
        *blob_size = size;
    }
    if (ends_here) {
        cut();
    }
    return true;
}

static size_t store_load(void *port, void *data, size_t size)
{
    (void)port;
    return load_blob(device.nvs, device.nvs_size, data, size);
}

static bool store_save(void *port, const void *data, size_t size)
{
    (void)port;
    assert(size <= sizeof device.nvs);
    return save_blob(device.nvs, &device.nvs_size, data, size);
}

#if OTA_IDENTITY
static size_t store_load_token(void *port, void *data, size_t size)
{
    (void)port;
    return load_blob(device.token_nvs, device.token_nvs_size, data, size);
}

static bool store_save_token(void *port, const void *data, size_t size)
{
    (void)port;
    assert(size <= sizeof device.token_nvs);
    return save_blob(device.token_nvs, &device.token_nvs_size, data, size);
}

static bool store_load_factory_token(void *port, char *token, size_t size)
{
    (void)port;
    if (device.factory_token == NULL || strlen(device.factory_token) >= size) {
        return false;
    }
    strcpy(token, device.factory_token);
    return true;
}
#define STORE { store_load, store_save, store_load_token, store_save_token, store_load_factory_token }
#else
#define STORE { store_load, store_save }
#endif

/* ---- The rest of the table ---- */

static bool hash_start(void *port)
{
    (void)port;
    mbedtls_sha256_init(&s_sha);
    return mbedtls_sha256_starts_ret(&s_sha, 0) == 0;
}

static bool hash_update(void *port, const void *data, size_t size)
{
    (void)port;
    return mbedtls_sha256_update_ret(&s_sha, data, size) == 0;
}

static bool hash_finish(void *port, uint8_t hash[OTA_HASH_SIZE])
{
    (void)port;
    return mbedtls_sha256_finish_ret(&s_sha, hash) == 0;
}

static uint32_t now_ms(void *port)
{
    (void)port;
    return device.now_ms;
}

static bool sleep_ms(void *port, uint32_t ms)
{
    (void)port;
    device.now_ms += ms;
    return !device.stop && (device.stop_after_bytes == 0U || peer.image_bytes < device.stop_after_bytes);
}

static uint32_t random_number(void *port)
{
    (void)port;
    return device_random();
}

static void event(void *port, const ota_event_t *event)
{
    (void)port;
    assert(event->version != NULL && event->message != NULL && strlen(event->message) < OTA_MESSAGE_SIZE);
    ++device.events[event->id];
    device.last_event = event->id;
    if (event->id == OTA_EVENT_WARNING) {
        strcpy(device.last_warning, event->message);
    } else if (event->id == OTA_EVENT_FAILED || event->id == OTA_EVENT_ROLLED_BACK) {
        device.last_reason = event->reason;
        strcpy(device.last_message, event->message);
    } else if (event->id == OTA_EVENT_ENROLLMENT) {
        device.last_enrollment = event->reason;
        strcpy(device.last_warning, event->message);
    }
}

static bool network_up(void *port)
{
    (void)port;
    ++device.network_ups;
    return device.network;
}

static void network_release(void *port)
{
    (void)port;
    ++device.network_releases;
}

static bool may_update(void *port, const ota_offer_t *offer)
{
    (void)port;
    return offer->available && device.may_update;
}

static ota_verdict_t diagnostics(void *port)
{
    (void)port;
    if (device.panics) {
        device_reset(RESET_PANIC);
    }
    return device.verdict;
}

#if OTA_ATTRIBUTES
static void attributes(void *port, ota_attributes_t *to)
{
    (void)port;
    if (device.attributes != NULL) {
        device.attributes(to);
    }
}

static void usual_attributes(ota_attributes_t *to)
{
    ota_client_attr_string(to, "chip", "ESP32-P4");
    ota_client_attr_string(to, "reset_reason", device.reset_reason);
    ota_client_attr_number(to, "slot_size", SLOT_SIZE);
    ota_client_attr_bool(to, "encrypted", device.encrypted);
}
#define ATTRIBUTES , attributes
#else
#define ATTRIBUTES
#endif

#define TABLE(DIAGNOSTICS)                                                                                             \
    {                                                                                                                  \
        .http = { peer_open, peer_read, peer_close },                                                                  \
        .flash = { flash_read, flash_erase, flash_write, flash_read_raw, flash_write_raw },                            \
        .boot = { boot_inspect, boot_activate, boot_anchor, boot_confirm, boot_revert, boot_restart },                 \
        .store = STORE, .hash = { hash_start, hash_update, hash_finish },                                              \
        .host = { now_ms, sleep_ms, random_number, event, network_up, network_release, may_update, DIAGNOSTICS ATTRIBUTES }, \
    }

static const ota_ops_t s_with_diagnostics = TABLE(diagnostics);
static const ota_ops_t s_without_diagnostics = TABLE(NULL);

void device_make(const uint8_t *image, uint32_t size)
{
    memset(&device, 0, sizeof device);
    static uint8_t older[SLOT_SIZE]; /* The other slot holds an older image, which must not be mixed with a download. */
    if (older[0] == 0U) {
        image_build(
        older, &(image_recipe_t) {
            .version = "0.9.0", .project = "scales", .size = SLOT_SIZE, .chip = CHIP, .seed = 99
        });
    }
    memset(device.flash, 0xFF, sizeof device.flash);
    memset(device.boot_data, 0xFF, sizeof device.boot_data);
    memcpy(device.flash[0], image, size);
    memcpy(device.flash[1], older, sizeof older);
    device.bootloader_rolls_back = true;
    device.app_rolls_back = true;
    device.may_update = true;
    device.network = true;
    device.nvs_saves_most = UINT32_MAX;
    device.has_diagnostics = true;
    device.verdict = OTA_VERDICT_PASSED;
#if OTA_ATTRIBUTES
    device.attributes = usual_attributes;
#endif
    device.reset_reason = "power on";
    device.now_ms = UINT32_MAX - 100000U; /* The clock wraps during the test. */
    device.random = 1;
    device.settings = (ota_settings_t) {
        .device_id = 0x240AC4000001U,
        .server_url = "https://ota.test",
        .device_type = "scales",
        .interval_s = 3600,
        .stall_ms = 30000,
        .total_ms = 3600000,
        .diagnostics_ms = 60000,
        .retries = 5,
    };
}

void device_encrypt(void)
{
    device.encrypted = true;
    for (uint32_t i = 0; i < SLOT_SIZE; ++i) {
        device.flash[0][i] ^= cipher(i);
        device.flash[1][i] ^= cipher(i);
    }
}

static void live(unsigned cycles)
{
    const ota_ops_t *ops = device.has_diagnostics ? &s_with_diagnostics : &s_without_diagnostics;
    const ota_result_t ready = ota_client_core_init(&device.core, ops, NULL, &device.settings);
    assert(ready == OTA_OK);
    (void)ready;
    for (unsigned i = 0; i < cycles; ++i) {
        const unsigned ended = device.events[OTA_EVENT_CYCLE_ENDED];
        const ota_result_t result = ota_client_core_cycle(&device.core);
        /* An application that waits for the end of a cycle before it sleeps must not wait forever. */
        assert(device.events[OTA_EVENT_CYCLE_ENDED] == ended + 1U && device.last_event == OTA_EVENT_CYCLE_ENDED);
        (void)ended;
        if (device.core.activated) {
            device_reset(RESET_SOFTWARE);
        }
        device.last_result = result;
        device.last_wait_ms = ota_client_core_wait_ms(&device.core, result);
        device.now_ms += device.last_wait_ms;
    }
}

int device_live(unsigned cycles)
{
    peer_close(NULL);
    const int how = setjmp(device.reset);
    if (how != 0) {
        return how;
    }
    const bool booted = device_boot();
    assert(booted); /* Otherwise the device is bricked. */
    (void)booted;
    live(cycles);
    return 0;
}

bool device_settle(unsigned lives)
{
    while (lives-- > 0U) {
        if (device_live(2) == 0) {
            return true;
        }
    }
    return false;
}

bool device_runs(const uint8_t *image, uint32_t size)
{
    return memcmp(plain(device.running), image, size) == 0;
}
