/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * @brief The interface of the core: tables of functions that it calls, settings, and one context. The core is C99 and
 * uses no heap.
 */

/* OTA_IDENTITY: whether the device can enrol and keep a token of its own (ota_identity.c). OTA_FACTS and OTA_ATTRIBUTES: what
 * a check says about the device (ota_facts.c). OTA_ACCEPT_DOWNGRADE: among it that the device would install an older version. */
#ifdef ESP_PLATFORM
#include "sdkconfig.h"
#define OTA_IDENTITY CONFIG_OTA_CLIENT_IDENTITY
#define OTA_FACTS CONFIG_OTA_CLIENT_SEND_FACTS
#define OTA_ATTRIBUTES CONFIG_OTA_CLIENT_SEND_ATTRIBUTES
#define OTA_ACCEPT_DOWNGRADE CONFIG_OTA_CLIENT_ACCEPT_DOWNGRADE
#endif

#define OTA_SECTOR 4096U
#define OTA_IMAGE_HEAD 288U /*!< Image header, first segment header and application descriptor */
#define OTA_HASH_SIZE 32U
#define OTA_ELF_SIZE 8U /*!< Bytes kept of an ELF's SHA-256 to tell images apart */
#define OTA_VERSION_SIZE 33U
#define OTA_MESSAGE_SIZE 64U
#define OTA_ETAG_SIZE 72U
#define OTA_OFFER_URL_SIZE 384U
#define OTA_KEPT_REPORTS 4U
#define OTA_TOKEN_SIZE 128U
#define OTA_HOLD_S 86400U
#define OTA_ID_MAX 9007199254740991U /*!< 2^53-1, the largest integer that every JSON parser reads exactly */

/* The work buffer holds no part of an image while a request is sent, so that URL, body and Location share it. A GET has no
 * body and more room for a Location, which may be that of a signed URL. */
#define OTA_URL_SIZE 1536U
#define OTA_BODY_SIZE 2048U
#define OTA_LOCATION_SIZE 1536U
#define OTA_POST_LOCATION_SIZE (OTA_SECTOR - OTA_URL_SIZE - OTA_BODY_SIZE)

/** Results of operations. Each number is that of ESP_ERR_OTA_CLIENT_… minus ESP_ERR_OTA_CLIENT_BASE. */
typedef enum {
    OTA_OK,
    OTA_ERR_NETWORK,
    OTA_ERR_CONNECT,
    OTA_ERR_CLOSED,
    OTA_ERR_STALL,
    OTA_ERR_DEADLINE,
    OTA_ERR_STATUS,
    OTA_ERR_BUSY,
    OTA_ERR_REDIRECT,
    OTA_ERR_ANSWER,
    OTA_ERR_RANGE,
    OTA_ERR_LENGTH,
    OTA_ERR_CHANGED,
    OTA_ERR_NOT_AN_IMAGE,
    OTA_ERR_WRONG_CHIP,
    OTA_ERR_WRONG_PROJECT,
    OTA_ERR_SECURE_VERSION,
    OTA_ERR_TOO_LARGE,
    OTA_ERR_HASH,
    OTA_ERR_FLASH,
    OTA_ERR_STORAGE,
    OTA_ERR_REFUSED,
    OTA_ERR_PENDING_VERIFY,
    OTA_ERR_ROLLED_BACK,
    OTA_ERR_DIAGNOSTICS,
    OTA_ERR_BLOCKED,
    OTA_ERR_HELD,
    OTA_ERR_DEFERRED,
    OTA_ERR_STOPPED,
#if OTA_IDENTITY
    OTA_ERR_IDENTITY,
    OTA_ERR_ENROLL_PENDING,
    OTA_ERR_ALREADY_ENROLLED,
    OTA_ERR_ENROLL_REFUSED,
#endif
    OTA_RESULTS,
} ota_result_t;

/** States of an OTA image, numbered as ESP-IDF's esp_ota_img_states_t. NONE: no entry in the boot data. */
typedef enum {
    OTA_STATE_NEW,
    OTA_STATE_PENDING_VERIFY,
    OTA_STATE_VALID,
    OTA_STATE_INVALID,
    OTA_STATE_ABORTED,
    OTA_STATE_UNDEFINED,
    OTA_STATE_NONE,
} ota_state_t;

typedef enum { OTA_SLOT_RUNNING, OTA_SLOT_UPDATE } ota_slot_t;

typedef enum {
    OTA_STATUS_PENDING,
    OTA_STATUS_DOWNLOADING,
    OTA_STATUS_INSTALLING,
    OTA_STATUS_SUCCESS,
    OTA_STATUS_FAILED,
    OTA_STATUSES
} ota_status_t;

typedef enum { OTA_VERDICT_PASSED, OTA_VERDICT_FAILED, OTA_VERDICT_PENDING } ota_verdict_t;

typedef enum {
    OTA_EVENT_CHECKING,
    OTA_EVENT_UP_TO_DATE,
    OTA_EVENT_OFFERED,
    OTA_EVENT_PROGRESS,
    OTA_EVENT_VERIFYING,
    OTA_EVENT_READY_TO_REBOOT,
    OTA_EVENT_CONFIRMED,
    OTA_EVENT_ROLLED_BACK,
    OTA_EVENT_FAILED,
    OTA_EVENT_WARNING,
    OTA_EVENT_CYCLE_ENDED,
    OTA_EVENT_ENROLLMENT,
} ota_event_id_t;

typedef struct {
    ota_event_id_t id;
    ota_result_t reason;
    uint64_t firmware_id;
    const char *version; /*!< Never NULL */
    uint32_t bytes;
    uint32_t total;
    const char *message; /*!< Never NULL */
} ota_event_t;

/** An offer of the server. Its members have the layout of ota_client_firmware_info_t in the public header. */
typedef struct {
    bool available;
    char reason[32];
    uint64_t firmware_id;
    char version[OTA_VERSION_SIZE];
    uint32_t build;
    uint32_t file_size;
    uint8_t file_hash[OTA_HASH_SIZE];
    char description[96];
    char url[OTA_OFFER_URL_SIZE];
} ota_offer_t;

/** Facts from the boot data, the running image and the chip. */
typedef struct {
    uint32_t running_slot; /*!< Flash address, which identifies a slot across restarts */
    uint32_t running_size; /*!< Bytes of the slot */
    uint32_t update_slot;  /*!< Flash address of the slot for the next image */
    uint32_t update_size;  /*!< Bytes of that slot */
    ota_state_t running_state;
    bool boots_running;        /*!< The boot data select the running slot */
    bool activated;            /*!< A slot was activated since the device started */
    uint32_t sequence;         /*!< Highest valid ota_seq of the boot data, 0 if there is none */
    uint32_t secure_version;   /*!< Lowest secure version that may be installed */
    uint16_t chip_id;          /*!< As in an image's header */
    const uint8_t *elf;        /*!< SHA-256 of the running image's ELF, OTA_HASH_SIZE bytes; zero if it has none */
    const char *version;       /*!< Of the running image's descriptor */
    const char *project;       /*!< Of the running image's descriptor */
    const char *reset_reason;  /*!< Reason of the last reset */
    bool power_lost;           /*!< The last reset was a power-on or a brownout */
#if OTA_FACTS
    uint32_t boot_id;          /*!< A random number that stays the same until the next reset */
#endif
} ota_boot_info_t;

typedef struct {
    bool post; /*!< POST with body, else GET */
    const char *url;
    const char *body;
    size_t body_length;
    bool ranged;
    uint32_t first;       /*!< First requested byte */
    uint32_t last;        /*!< Last requested byte */
    const char *if_range; /*!< NULL: none */
    const char *token;    /*!< Bearer token, NULL: none */
    uint32_t budget_ms;   /*!< Time limit for connecting, sending and receiving the header */
} ota_http_request_t;

/** Status and headers of a response, as ota_client_response_header() stores them. */
typedef struct {
    int status;
    bool has_length;
    bool chunked;
    bool close; /*!< The server closes the connection after this response */
    bool has_range;
    uint32_t length; /*!< Content-Length, UINT32_MAX if it is larger */
    uint32_t range_first;
    uint32_t range_last;
    uint32_t range_total;
    uint32_t retry_after_s;   /*!< 0: none */
    char etag[OTA_ETAG_SIZE]; /*!< Strong ETag with its quotes; "" if there is none, or it is too long */
    char *location;           /*!< "" if there is none, or it is too long */
    size_t location_size;
} ota_response_t;

/** The port calls this for each header of a response, in the order received. */
void ota_client_response_header(ota_response_t *response, const char *name, const char *value);

/** HTTP with one connection at a time. */
typedef struct {
    /** Connects unless connected, sends the request and receives the header. Returns OTA_OK with status and headers in
     * response, or CONNECT, CLOSED or STALL. */
    ota_result_t (*open)(void *port, const ota_http_request_t *request, ota_response_t *response);
    /** Returns the number of bytes read (1 … size), 0 at the end of the body, -1 if the connection is closed, or -2
     * if no byte arrived within the port's network timeout. */
    int (*read)(void *port, void *data, size_t size, uint32_t budget_ms);
    void (*close)(void *port);
} ota_http_ops_t;

/** Flash of a slot. Offsets start at the slot. The functions return false if the flash failed. The raw functions bypass
 * flash encryption. */
typedef struct {
    bool (*read)(void *port, ota_slot_t slot, uint32_t offset, void *data, uint32_t size);
    bool (*erase)(void *port, uint32_t offset);                                  /*!< One sector of the update slot */
    bool (*write)(void *port, uint32_t offset, const void *data, uint32_t size); /*!< Update slot */
    bool (*read_raw)(void *port, uint32_t offset, void *data, uint32_t size);    /*!< Update slot */
    bool (*write_raw)(void *port, uint32_t offset, const void *data, uint32_t size); /*!< Update slot */
} ota_flash_ops_t;

typedef struct {
    bool (*inspect)(void *port, ota_boot_info_t *info);
    /** Verifies the image in the update slot and selects it for the next boot. Returns OTA_OK, REFUSED or FLASH. */
    ota_result_t (*activate)(void *port);
    /** Selects the running image for the next boot, marks it valid, and erases every other entry of the boot data. */
    bool (*anchor)(void *port);
    /** Marks the running image valid. */
    bool (*confirm)(void *port);
    /** Marks the running image invalid and restarts. Returns only if there is no image to roll back to. */
    void (*revert)(void *port);
    void (*restart)(void *port);
} ota_boot_ops_t;

/** Storage of the record and of the token, one blob each. */
typedef struct {
    size_t (*load)(void *port, void *data, size_t size);     /*!< Bytes read; 0 if there is no blob, or it is larger */
    bool (*save)(void *port, const void *data, size_t size); /*!< Replaces the blob atomically */
#if OTA_IDENTITY
    size_t (*load_token)(void *port, void *data, size_t size);     /*!< As load */
    bool (*save_token)(void *port, const void *data, size_t size); /*!< As save */
    bool (*load_factory_token)(void *port, char *token, size_t size); /*!< A string; false if there is none */
#endif
} ota_store_ops_t;

typedef struct {
    bool (*start)(void *port);
    bool (*update)(void *port, const void *data, size_t size);
    bool (*finish)(void *port, uint8_t hash[OTA_HASH_SIZE]);
} ota_hash_ops_t;

typedef struct ota_client_attributes ota_attributes_t; /*!< See ota_facts.h */

typedef struct {
    uint32_t (*now_ms)(void *port);         /*!< Milliseconds since an arbitrary start; wraps around */
    bool (*sleep)(void *port, uint32_t ms); /*!< Returns false if the client is to stop. 0 ms only asks. */
    uint32_t (*random)(void *port);
    void (*event)(void *port, const ota_event_t *event);
    bool (*network_up)(void *port);
    void (*network_release)(void *port);
    bool (*may_update)(void *port, const ota_offer_t *offer);
    ota_verdict_t (*diagnostics)(void *port); /*!< NULL: passed once the server answered a check */
#if OTA_ATTRIBUTES
    void (*attributes)(void *port, ota_attributes_t *to); /*!< Adds the attributes of a check (ota_facts.h) */
#endif
} ota_host_ops_t;

typedef struct {
    ota_http_ops_t http;
    ota_flash_ops_t flash;
    ota_boot_ops_t boot;
    ota_store_ops_t store;
    ota_hash_ops_t hash;
    ota_host_ops_t host;
} ota_ops_t;

typedef struct {
    uint32_t interval_s;       /*!< At max 30 days */
    uint32_t stall_ms;
    uint32_t total_ms;
    uint32_t diagnostics_ms;
    uint32_t build; /*!< 0: unknown */
    uint32_t retries;
    const char *server_url;
    const char *device_type;
    const char *version; /*!< NULL: that of the running image */
    const char *project; /*!< NULL: that of the running image; "": any */
    const char *token;   /*!< NULL: none */
#if OTA_IDENTITY
    const char *enroll_key; /*!< NULL: the device does not enrol */
#endif
    uint64_t device_id;
} ota_settings_t;

/** Phase of the target. The numbers are stored in NVS. */
typedef enum {
    OTA_PHASE_NONE,
    OTA_PHASE_DOWNLOADING, /*!< The slot holds the part of the image that its journal records */
    OTA_PHASE_ACTIVATING,  /*!< The slot holds the whole image; the boot data select it, or are about to */
    OTA_PHASE_CONFIRMED,
    OTA_PHASE_BAD, /*!< Failed verification or diagnostics, or was rolled back. Not tried again for hold_s; if that
                        is 0, until another image is offered */
} ota_phase_t;

typedef struct {
    uint64_t firmware_id;
    uint32_t bytes;
    uint8_t status;
    char message[OTA_MESSAGE_SIZE - 5U];
} ota_kept_report_t;

/**
 * The blob in NVS. New members are only added at the end, because an older image must be able to read the record of a
 * newer one after a rollback.
 */
typedef struct {
    uint32_t crc;         /*!< CRC-32 of all bytes that follow */
    uint32_t format;      /*!< OTA_RECORD_FORMAT */
    uint64_t firmware_id; /*!< The target: the last image that the device tried to install */
    uint32_t build;
    uint32_t file_size;
    uint32_t slot;            /*!< Flash address of its slot */
    uint32_t mark;            /*!< Bytes in flash, if the slot has no space for a journal */
    uint32_t sequence;        /*!< ota_seq before its activation */
    uint32_t hold_s;          /*!< Remaining seconds for which it is not tried, at most OTA_HOLD_S */
    uint32_t installed_build; /*!< Build of the confirmed image with installed_elf */
    uint8_t installed_elf[OTA_ELF_SIZE];
    uint8_t elf[OTA_ELF_SIZE]; /*!< Of the target */
    uint8_t file_hash[OTA_HASH_SIZE];
    uint8_t phase;
    uint8_t reason;   /*!< ota_result_t of a bad target, or of one that is about to be reverted */
    uint8_t failures; /*!< Failed attempts at the target */
    uint8_t kept;     /*!< Number of reports that wait */
    char version[OTA_VERSION_SIZE];
    char etag[OTA_ETAG_SIZE];
    uint8_t told; /*!< It was reported that the image declares another version or build than the offer */
    uint8_t reserved[2];
    ota_kept_report_t reports[OTA_KEPT_REPORTS];
} ota_record_t;

#if OTA_IDENTITY
/** The blob of the token in NVS. New members are only added at the end. */
typedef struct {
    uint64_t device_id; /*!< The device that the token was issued for */
    char token[OTA_TOKEN_SIZE];
} ota_token_t;

typedef struct {
    ota_token_t kept;     /*!< From NVS or from the factory; an empty token if there is none */
    uint32_t asked_ms;    /*!< When the server refused to enrol the device */
    ota_result_t told;    /*!< The outcome of the last event; OTA_OK: none */
    bool refused;         /*!< The server answered the last request with 401 */
    bool waits;           /*!< The server refused to enrol the device; asked_ms is set */
    bool enrolling;       /*!< The request that is being sent carries the enrolment key */
} ota_identity_t;
#endif

/** The context of the core. Members that are used most come first, within reach of the shortest instructions. */
typedef struct {
    const ota_ops_t *ops;
    void *port;
    uint32_t offset;      /*!< Bytes of the target in flash: a multiple of OTA_SECTOR, or the whole file */
    uint32_t body_left;   /*!< Unread bytes of the response body, UINT32_MAX if unknown */
    uint32_t started_ms;  /*!< Start of the work that total_ms limits */
    uint32_t heard_ms;    /*!< When the last byte arrived */
    uint32_t reported_ms; /*!< When progress was last reported */
    uint32_t reported;    /*!< Bytes that were last reported */
    uint32_t held_ms;     /*!< Time from which record.hold_s counts down */
    uint32_t errors;      /*!< Number of failed cycles in a row */
    bool settled;         /*!< ota_client_core_settle() succeeded */
    bool connected;       /*!< The connection can be reused */
    bool whole;           /*!< The file is requested in one piece */
    bool activated;       /*!< The next start runs the target */
#if OTA_ATTRIBUTES
    bool attribute_lost;  /*!< It was told that an attribute was left out */
#endif
    ota_settings_t settings;
    ota_response_t response;
    ota_boot_info_t boot;
    ota_record_t record;
    ota_offer_t offer;
#if OTA_IDENTITY
    ota_identity_t identity;
#endif
    uint8_t work[OTA_SECTOR];
} ota_core_t;

/** Reads the record and the boot data. Returns OTA_OK, or STORAGE if the partition table does not allow updates. */
ota_result_t ota_client_core_init(ota_core_t *core, const ota_ops_t *ops, void *port, const ota_settings_t *settings);

/** Confirms or reverts a new image and detects a rollback, once after each start of the device. Returns OTA_OK,
 * DIAGNOSTICS, FLASH, STORAGE or STOPPED. */
ota_result_t ota_client_core_settle(ota_core_t *core);

/** Asks the server for an update and stores its answer in core->offer. */
ota_result_t ota_client_core_check(ota_core_t *core);

/** Downloads core->offer into the update slot and activates it. */
ota_result_t ota_client_core_install(ota_core_t *core);

/** Sends a report, or saves it for later. */
ota_result_t ota_client_core_report(
    ota_core_t *core, uint64_t firmware_id, ota_status_t status, uint32_t bytes, const char *message);

/** Settles, sends the waiting reports, checks and installs. core->activated tells whether the next start runs a new
 * image. */
ota_result_t ota_client_core_cycle(ota_core_t *core);

/** Milliseconds until the next cycle, after one that ended with result. */
uint32_t ota_client_core_wait_ms(ota_core_t *core, ota_result_t result);

/** The status with that name, OTA_STATUSES if there is none. */
ota_status_t ota_client_status_of(const char *name);

/** A description such as "connection lost"; "" for OTA_OK. */
const char *ota_client_result_text(ota_result_t result);
