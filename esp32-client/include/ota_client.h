/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "esp_err.h"
#include "esp_event.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * @brief Over-the-air updates that always end on a good firmware.
 *
 * The application starts NVS and the event loop, then calls ota_client_start() once. Everything else happens in the
 * client's own task: it confirms or undoes the image that has just been installed, asks the server at an interval,
 * downloads, verifies and restarts.
 *
 * ota_client_check_for_updates(), ota_client_download_and_install(), ota_client_report_status() and
 * ota_client_check_and_update() do single steps in the task of the caller and block it. They are for applications that
 * decide themselves when to update.
 *
 * All functions may be called from any task, never from an interrupt. Only one runs at a time; a second caller gets
 * ESP_ERR_INVALID_STATE.
 */

#define OTA_CLIENT_VERSION_MAJOR 2
#define OTA_CLIENT_VERSION_MINOR 0
#define OTA_CLIENT_VERSION_PATCH 0

/** First of the client's own error codes. */
#define ESP_ERR_OTA_CLIENT_BASE 0x1F000
#define ESP_ERR_OTA_CLIENT_NETWORK (ESP_ERR_OTA_CLIENT_BASE + 1) /*!< The network_up callback failed */
#define ESP_ERR_OTA_CLIENT_CONNECT (ESP_ERR_OTA_CLIENT_BASE + 2) /*!< No connection, or TLS refused it */
#define ESP_ERR_OTA_CLIENT_CLOSED (ESP_ERR_OTA_CLIENT_BASE + 3) /*!< Connection lost, in spite of retries */
#define ESP_ERR_OTA_CLIENT_STALL (ESP_ERR_OTA_CLIENT_BASE + 4) /*!< No byte arrived for stall_timeout_s */
#define ESP_ERR_OTA_CLIENT_DEADLINE (ESP_ERR_OTA_CLIENT_BASE + 5) /*!< Longer than total_timeout_s */
#define ESP_ERR_OTA_CLIENT_STATUS (ESP_ERR_OTA_CLIENT_BASE + 6) /*!< The server answered with an error status */
#define ESP_ERR_OTA_CLIENT_BUSY (ESP_ERR_OTA_CLIENT_BASE + 7) /*!< The server asked to wait (429 or 503) */
#define ESP_ERR_OTA_CLIENT_REDIRECT (ESP_ERR_OTA_CLIENT_BASE + 8) /*!< Redirect too far, to http, or malformed */
#define ESP_ERR_OTA_CLIENT_ANSWER (ESP_ERR_OTA_CLIENT_BASE + 9) /*!< The answer makes no sense */
#define ESP_ERR_OTA_CLIENT_RANGE (ESP_ERR_OTA_CLIENT_BASE + 10) /*!< Another part of the file than was asked for */
#define ESP_ERR_OTA_CLIENT_LENGTH (ESP_ERR_OTA_CLIENT_BASE + 11) /*!< The file has not the size that was offered */
#define ESP_ERR_OTA_CLIENT_CHANGED (ESP_ERR_OTA_CLIENT_BASE + 12) /*!< The file changed during the download */
#define ESP_ERR_OTA_CLIENT_NOT_AN_IMAGE (ESP_ERR_OTA_CLIENT_BASE + 13) /*!< The file is no application image */
#define ESP_ERR_OTA_CLIENT_WRONG_CHIP (ESP_ERR_OTA_CLIENT_BASE + 14) /*!< The image is for another chip */
#define ESP_ERR_OTA_CLIENT_WRONG_PROJECT (ESP_ERR_OTA_CLIENT_BASE + 15) /*!< The image is of another project */
#define ESP_ERR_OTA_CLIENT_SECURE_VERSION (ESP_ERR_OTA_CLIENT_BASE + 16) /*!< Older than anti-rollback allows */
#define ESP_ERR_OTA_CLIENT_TOO_LARGE (ESP_ERR_OTA_CLIENT_BASE + 17) /*!< The image does not fit the slot */
#define ESP_ERR_OTA_CLIENT_HASH (ESP_ERR_OTA_CLIENT_BASE + 18) /*!< Not the SHA-256 that was offered */
#define ESP_ERR_OTA_CLIENT_FLASH (ESP_ERR_OTA_CLIENT_BASE + 19) /*!< Flash could not be read or written */
#define ESP_ERR_OTA_CLIENT_STORAGE (ESP_ERR_OTA_CLIENT_BASE + 20) /*!< NVS could not be written */
#define ESP_ERR_OTA_CLIENT_REFUSED (ESP_ERR_OTA_CLIENT_BASE + 21) /*!< ESP-IDF's verification refused the image */
#define ESP_ERR_OTA_CLIENT_PENDING_VERIFY (ESP_ERR_OTA_CLIENT_BASE + 22) /*!< The running image is not confirmed */
#define ESP_ERR_OTA_CLIENT_ROLLED_BACK (ESP_ERR_OTA_CLIENT_BASE + 23) /*!< The bootloader took the new image back */
#define ESP_ERR_OTA_CLIENT_DIAGNOSTICS (ESP_ERR_OTA_CLIENT_BASE + 24) /*!< Diagnostics failed or took too long */
#define ESP_ERR_OTA_CLIENT_BLOCKED (ESP_ERR_OTA_CLIENT_BASE + 25) /*!< It failed; another or a day is awaited */
#define ESP_ERR_OTA_CLIENT_HELD (ESP_ERR_OTA_CLIENT_BASE + 26) /*!< Three attempts failed; held for a day */
#define ESP_ERR_OTA_CLIENT_DEFERRED (ESP_ERR_OTA_CLIENT_BASE + 27) /*!< may_update said not now */
#define ESP_ERR_OTA_CLIENT_STOPPED (ESP_ERR_OTA_CLIENT_BASE + 28) /*!< ota_client_stop() ended the work */

/** What the diagnostics of a new image say. */
typedef enum {
    OTA_CLIENT_DIAGNOSTICS_PASSED,  /*!< Keep the image */
    OTA_CLIENT_DIAGNOSTICS_FAILED,  /*!< Go back to the image before */
    OTA_CLIENT_DIAGNOSTICS_PENDING, /*!< Not known yet; ask again in a second, at most for diagnostics_timeout_s */
} ota_client_diagnostics_t;

/** An offer of the server, and what ota_client_download_and_install() needs of it. */
typedef struct {
    bool update_available;  /*!< false: the server has nothing newer, see reason; the fields below are then empty */
    char reason[32];        /*!< Why there is no update, as the server says it: "up_to_date", "no_release" … */
    uint64_t firmware_id;   /*!< The server's number of the firmware */
    char version[33];       /*!< Version offered */
    uint32_t build_number;  /*!< Build offered, 0 .. 2^31-1 */
    uint32_t file_size;     /*!< Size of the image in bytes */
    uint8_t file_hash[32];  /*!< SHA-256 of the file */
    char description[96];   /*!< For a person, cut to fit; may be empty */
    char download_url[384]; /*!< Absolute, or a path on the server */
} ota_client_firmware_info_t;

/**
 * What the client is to do. Fill it from OTA_CLIENT_CONFIG_DEFAULT() and set what differs. The struct is copied; the
 * strings it points to must stay valid until ota_client_stop(), or until a blocking function has returned.
 */
typedef struct {
    uint64_t device_id;      /*!< 1 .. 2^53-1; 0: the MAC address of the chip, see ota_client_device_id() */
    const char *server_url;  /*!< "https://ota.example.com", perhaps with a port, or with the prefix of a proxy */
    const char *device_type; /*!< 1 .. 50 characters [A-Za-z0-9._-] */
    const char *current_version; /*!< 1 .. 32 characters; NULL: version of the running image's descriptor */
    uint32_t current_build;      /*!< 0: that of the offer which brought this image, else "+N" of the version */
    const char *project_name;       /*!< Project that an image must be of; NULL: that of the running image; "": any */
    const char *access_token;       /*!< Sent as "Authorization: Bearer" to server_url's host only; NULL: none */
    const char *server_root_pem;    /*!< Roots to trust, PEM; NULL: the certificate bundle of ESP-IDF */
    uint32_t check_interval_s;      /*!< Between two checks, give or take a tenth */
    uint32_t network_timeout_ms;    /*!< One wait for the network (connecting, sending, receiving) */
    uint32_t stall_timeout_s;       /*!< Longest time without a byte */
    uint32_t total_timeout_s;       /*!< Longest time for one update */
    uint32_t diagnostics_timeout_s; /*!< Longest time that a new image may stay unconfirmed */
    uint8_t max_retries;            /*!< New connections in a row that bring no progress, 0 .. 20 */
    bool manual_restart;            /*!< true: the application restarts itself after OTA_CLIENT_EVENT_READY_TO_REBOOT */
    uint32_t task_stack_size;       /*!< Bytes of stack of the client's task */
    uint32_t task_priority;         /*!< FreeRTOS priority of the client's task */

    /** Asked before a download begins: battery, consent of a person, time of day. NULL: always.
     *  @return false: not now; it is asked again at the next check. */
    bool (*may_update)(const ota_client_firmware_info_t *offer, void *user);
    /** Brings the network up before a cycle (Wi-Fi, PPP), or finds it up already. NULL: it is always up.
     *  @return ESP_OK, or an error that ends the cycle. */
    esp_err_t (*network_up)(void *user);
    /** Lets the network go after a cycle. NULL: nothing to do. */
    void (*network_release)(void *user);
    /** Decides whether a new image is kept. NULL: kept as soon as it has reached the server and understood it. */
    ota_client_diagnostics_t (*diagnostics)(void *user);
    void *user; /*!< Given to the callbacks */
} ota_client_config_t;

/** The configuration of menuconfig. */
#define OTA_CLIENT_CONFIG_DEFAULT() { \
    .server_url = CONFIG_OTA_CLIENT_SERVER_URL, \
    .device_type = CONFIG_OTA_CLIENT_DEVICE_TYPE, \
    .check_interval_s = CONFIG_OTA_CLIENT_CHECK_INTERVAL_SEC, \
    .network_timeout_ms = CONFIG_OTA_CLIENT_NETWORK_TIMEOUT_MS, \
    .stall_timeout_s = CONFIG_OTA_CLIENT_STALL_TIMEOUT_SEC, \
    .total_timeout_s = CONFIG_OTA_CLIENT_TOTAL_TIMEOUT_SEC, \
    .diagnostics_timeout_s = CONFIG_OTA_CLIENT_DIAGNOSTICS_TIMEOUT_SEC, \
    .max_retries = CONFIG_OTA_CLIENT_MAX_RETRIES, \
    .task_stack_size = CONFIG_OTA_CLIENT_TASK_STACK_SIZE, \
    .task_priority = CONFIG_OTA_CLIENT_TASK_PRIORITY, \
}

/** Event base of the client, on the default event loop. The event data is an ota_client_event_data_t. */
ESP_EVENT_DECLARE_BASE(OTA_CLIENT_EVENT);

/** Events of OTA_CLIENT_EVENT. */
typedef enum {
    OTA_CLIENT_EVENT_CHECKING,        /*!< The server is being asked */
    OTA_CLIENT_EVENT_UP_TO_DATE,      /*!< There is nothing newer */
    OTA_CLIENT_EVENT_OFFERED,         /*!< There is something newer; version and total are set */
    OTA_CLIENT_EVENT_PROGRESS,        /*!< bytes of total are in flash */
    OTA_CLIENT_EVENT_VERIFYING,       /*!< All bytes are there; the image is being verified */
    OTA_CLIENT_EVENT_READY_TO_REBOOT, /*!< The next start runs the new image */
    OTA_CLIENT_EVENT_CONFIRMED,       /*!< The new image passed its diagnostics and stays */
    OTA_CLIENT_EVENT_ROLLED_BACK,     /*!< The image before runs again; reason says why */
    OTA_CLIENT_EVENT_FAILED,          /*!< An attempt ended; reason says why */
    OTA_CLIENT_EVENT_WARNING,         /*!< Something about the bootloader or its data is wrong; message says what */
    OTA_CLIENT_EVENT_CYCLE_ENDED, /*!< The last event of every cycle, however it ended (reason): the device may sleep */
} ota_client_event_t;

/** Data of every event; what does not apply is 0 or empty. */
typedef struct {
    esp_err_t reason;     /*!< ESP_OK or why something ended */
    uint64_t firmware_id; /*!< The firmware that it is about */
    char version[33];     /*!< Its version */
    uint32_t bytes;       /*!< Bytes in flash */
    uint32_t total;       /*!< Bytes of the image */
    char message[64];     /*!< A sentence for a person */
} ota_client_event_data_t;

/**
 * @brief Start the client's task.
 *
 * The task settles what the last start left (confirms a new image, reports a roll-back), then checks at the interval.
 * NVS, the default event loop and (unless network_up does it) the network must have been started before.
 *
 * @param config What to do; copied.
 * @return
 *      - ESP_OK the task runs
 *      - ESP_ERR_INVALID_ARG a field of config is missing or out of range (the log says which)
 *      - ESP_ERR_INVALID_STATE the client runs already
 *      - ESP_ERR_NOT_SUPPORTED the partition table has no two OTA slots
 *      - ESP_ERR_NO_MEM no memory for the context (about 7 KiB), the HTTP client or the task
 */
esp_err_t ota_client_start(const ota_client_config_t *config);

/**
 * @brief Stop the client's task, wait until it has ended and free its memory.
 *
 * A download that is under way ends within network_timeout_ms, keeps its progress and goes on after the next start. An
 * image that is not confirmed yet stays so: do not sleep deeply or restart before OTA_CLIENT_EVENT_CONFIRMED, or the
 * bootloader takes it back.
 *
 * Call it neither from a callback of ota_client_config_t nor, with ESP-IDF 5.1, from an event handler: esp_http_client
 * waits there without end for room in the event loop.
 *
 * @return
 *      - ESP_OK it has ended
 *      - ESP_ERR_INVALID_STATE it does not run, or the caller is its own task, which cannot wait for itself
 */
esp_err_t ota_client_stop(void);

/**
 * @brief Let the running task check now instead of at the end of its interval.
 *
 * @return
 *      - ESP_OK it was woken
 *      - ESP_ERR_INVALID_STATE it does not run
 */
esp_err_t ota_client_check_now(void);

/**
 * @brief Ask the server whether there is something newer. Blocks for the time of one request and its retries.
 *
 * As the first of the client's functions since the start of the device, it first confirms a new image or reports a
 * roll-back, which may restart the device (see ota_client_config_t::diagnostics); so do the other blocking functions.
 *
 * @param config Who asks, and whom.
 * @param[out] info The offer, or update_available false and the server's reason.
 * @return
 *      - ESP_OK the server answered
 *      - ESP_ERR_INVALID_ARG a field of config is missing or out of range
 *      - ESP_ERR_INVALID_STATE another function of the client is at work
 *      - ESP_ERR_NOT_SUPPORTED the partition table has no two OTA slots
 *      - ESP_ERR_NO_MEM no memory
 *      - ESP_ERR_OTA_CLIENT_NETWORK, _CONNECT, _CLOSED, _STALL, _DEADLINE the server was not reached
 *      - ESP_ERR_OTA_CLIENT_STATUS, _BUSY, _REDIRECT, _ANSWER it did not answer as it should
 *      - ESP_ERR_OTA_CLIENT_DIAGNOSTICS, _STORAGE the new image could not be confirmed
 */
esp_err_t ota_client_check_for_updates(const ota_client_config_t *config, ota_client_firmware_info_t *info);

/**
 * @brief Download an offered image into the inactive slot, verify it and make it the one to boot. Blocks for the whole
 * download.
 *
 * Reports "downloading" and "installing" on the way, and "failed" when it fails. It does not restart the device: call
 * esp_restart(), and the new image reports "success" after its diagnostics. What an interrupted call left in the slot
 * is used again.
 *
 * @param config As for ota_client_check_for_updates().
 * @param info An offer with update_available true.
 * @return
 *      - ESP_OK the next start runs the new image
 *      - ESP_ERR_INVALID_ARG a field of config or info is missing or out of range
 *      - ESP_ERR_INVALID_STATE another function of the client is at work
 *      - ESP_ERR_NOT_SUPPORTED the partition table has no two OTA slots
 *      - ESP_ERR_NO_MEM no memory
 *      - ESP_ERR_OTA_CLIENT_NETWORK, _CONNECT, _CLOSED, _STALL, _DEADLINE, _STATUS, _BUSY, _REDIRECT, _RANGE, _LENGTH,
 * _CHANGED the download did not come to its end
 *      - ESP_ERR_OTA_CLIENT_NOT_AN_IMAGE, _WRONG_CHIP, _WRONG_PROJECT, _SECURE_VERSION, _TOO_LARGE the file is not for
 * this device; nothing was erased
 *      - ESP_ERR_OTA_CLIENT_HASH, _REFUSED the file failed verification
 *      - ESP_ERR_OTA_CLIENT_FLASH, _STORAGE flash or NVS failed
 *      - ESP_ERR_OTA_CLIENT_PENDING_VERIFY, _DIAGNOSTICS the running image is not confirmed
 *      - ESP_ERR_OTA_CLIENT_BLOCKED, _HELD this version failed before
 */
esp_err_t ota_client_download_and_install(const ota_client_config_t *config, const ota_client_firmware_info_t *info);

/**
 * @brief Report a status of an attempt to the server. Blocks for the time of one request and its retries.
 *
 * The client reports by itself; this is for what only the application knows. A report that cannot be sent is kept in
 * NVS and sent later.
 *
 * @param config As for ota_client_check_for_updates().
 * @param firmware_id The firmware that it is about, 1 .. 2^53-1.
 * @param status "pending", "downloading", "installing", "success" or "failed".
 * @param bytes_downloaded Bytes received so far.
 * @param error_message A sentence, cut to 63 characters; NULL: none.
 * @return
 *      - ESP_OK the server has it on disk
 *      - ESP_ERR_INVALID_ARG a field of config is missing or out of range, or status is none of these
 *      - ESP_ERR_INVALID_STATE another function of the client is at work
 *      - ESP_ERR_NOT_SUPPORTED the partition table has no two OTA slots
 *      - ESP_ERR_NO_MEM no memory
 *      - ESP_ERR_OTA_CLIENT_CONNECT, _CLOSED, _STALL, _DEADLINE, _BUSY, _REDIRECT it was kept for later
 *      - ESP_ERR_OTA_CLIENT_STATUS the server refused it: not kept after 400, 404, 413 and 422
 *      - ESP_ERR_OTA_CLIENT_NETWORK, _DIAGNOSTICS nothing was tried
 *      - ESP_ERR_OTA_CLIENT_STORAGE it could be neither sent nor kept
 */
esp_err_t ota_client_report_status(const ota_client_config_t *config, uint64_t firmware_id, const char *status,
                                   uint32_t bytes_downloaded, const char *error_message);

/**
 * @brief One whole cycle: settle, report, check, and if there is something newer, download, install and restart. Blocks
 * for all of it.
 *
 * @param config As for ota_client_check_for_updates().
 * @return Does not return after an installation, unless config->manual_restart is set: then ESP_OK and
 *         OTA_CLIENT_EVENT_READY_TO_REBOOT. Otherwise:
 *      - ESP_OK there is nothing newer
 *      - ESP_ERR_OTA_CLIENT_DEFERRED may_update said not now
 *      - any error of ota_client_check_for_updates() and ota_client_download_and_install()
 */
esp_err_t ota_client_check_and_update(const ota_client_config_t *config);

/**
 * @brief The device id that is used when ota_client_config_t::device_id is 0: the chip's factory MAC address as a
 * number, most significant byte first (24:0A:C4:00:00:01 is 0x240AC4000001).
 *
 * @return 1 .. 2^48-1, or 0 if the chip has none.
 */
uint64_t ota_client_device_id(void);

/**
 * @brief Name of an error of the client, "" for any other.
 *
 * @param error ESP_ERR_OTA_CLIENT_…
 * @return A sentence in static memory, for instance "connection lost".
 */
const char *ota_client_err_to_str(esp_err_t error);

#ifdef __cplusplus
}
#endif
