/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "esp_err.h"
#include "esp_event.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * @file
 * @brief Over-the-air updates that always leave the device with a working firmware.
 *
 * The application initializes NVS and the default event loop, and calls ota_client_start() once. The client's own task
 * does everything else: it confirms or reverts a newly installed image, checks the server at an interval, downloads and
 * verifies an update, and restarts the device.
 *
 * ota_client_check_for_updates(), ota_client_download_and_install(), ota_client_report_status() and
 * ota_client_check_and_update() run single steps in the task of the caller and block it. They are for applications that
 * decide for themselves when to update.
 *
 * All functions may be called from any task, but not from an interrupt. Only one runs at a time; a second caller gets
 * ESP_ERR_INVALID_STATE.
 */

#define OTA_CLIENT_VERSION_MAJOR 2
#define OTA_CLIENT_VERSION_MINOR 2
#define OTA_CLIENT_VERSION_PATCH 0

/** Base of the client's error codes. */
#define ESP_ERR_OTA_CLIENT_BASE 0x1F000
#define ESP_ERR_OTA_CLIENT_NETWORK (ESP_ERR_OTA_CLIENT_BASE + 1) /*!< The network_up callback failed */
#define ESP_ERR_OTA_CLIENT_CONNECT (ESP_ERR_OTA_CLIENT_BASE + 2) /*!< No connection, or the TLS handshake failed */
#define ESP_ERR_OTA_CLIENT_CLOSED (ESP_ERR_OTA_CLIENT_BASE + 3) /*!< Connection lost, after all retries */
#define ESP_ERR_OTA_CLIENT_STALL (ESP_ERR_OTA_CLIENT_BASE + 4) /*!< No byte arrived for stall_timeout_s */
#define ESP_ERR_OTA_CLIENT_DEADLINE (ESP_ERR_OTA_CLIENT_BASE + 5) /*!< The update took longer than total_timeout_s */
#define ESP_ERR_OTA_CLIENT_STATUS (ESP_ERR_OTA_CLIENT_BASE + 6) /*!< The server responded with an error status */
#define ESP_ERR_OTA_CLIENT_BUSY (ESP_ERR_OTA_CLIENT_BASE + 7) /*!< The server asked to wait (429 or 503) */
#define ESP_ERR_OTA_CLIENT_REDIRECT (ESP_ERR_OTA_CLIENT_BASE + 8) /*!< Too many redirects, to http, or malformed */
#define ESP_ERR_OTA_CLIENT_ANSWER (ESP_ERR_OTA_CLIENT_BASE + 9) /*!< The response is malformed */
#define ESP_ERR_OTA_CLIENT_RANGE (ESP_ERR_OTA_CLIENT_BASE + 10) /*!< The server sent another range than requested */
#define ESP_ERR_OTA_CLIENT_LENGTH (ESP_ERR_OTA_CLIENT_BASE + 11) /*!< The file size differs from the offer */
#define ESP_ERR_OTA_CLIENT_CHANGED (ESP_ERR_OTA_CLIENT_BASE + 12) /*!< The file changed during the download */
#define ESP_ERR_OTA_CLIENT_NOT_AN_IMAGE (ESP_ERR_OTA_CLIENT_BASE + 13) /*!< The file is not an application image */
#define ESP_ERR_OTA_CLIENT_WRONG_CHIP (ESP_ERR_OTA_CLIENT_BASE + 14) /*!< The image is for another chip */
#define ESP_ERR_OTA_CLIENT_WRONG_PROJECT (ESP_ERR_OTA_CLIENT_BASE + 15) /*!< The image belongs to another project */
#define ESP_ERR_OTA_CLIENT_SECURE_VERSION (ESP_ERR_OTA_CLIENT_BASE + 16) /*!< Secure version too low for anti-rollback */
#define ESP_ERR_OTA_CLIENT_TOO_LARGE (ESP_ERR_OTA_CLIENT_BASE + 17) /*!< The image does not fit the slot */
#define ESP_ERR_OTA_CLIENT_HASH (ESP_ERR_OTA_CLIENT_BASE + 18) /*!< The SHA-256 differs from the offer */
#define ESP_ERR_OTA_CLIENT_FLASH (ESP_ERR_OTA_CLIENT_BASE + 19) /*!< Flash could not be read or written */
#define ESP_ERR_OTA_CLIENT_STORAGE (ESP_ERR_OTA_CLIENT_BASE + 20) /*!< NVS could not be written */
#define ESP_ERR_OTA_CLIENT_REFUSED (ESP_ERR_OTA_CLIENT_BASE + 21) /*!< ESP-IDF's verification refused the image */
#define ESP_ERR_OTA_CLIENT_PENDING_VERIFY (ESP_ERR_OTA_CLIENT_BASE + 22) /*!< The running image is not confirmed */
#define ESP_ERR_OTA_CLIENT_ROLLED_BACK (ESP_ERR_OTA_CLIENT_BASE + 23) /*!< The new image was rolled back */
#define ESP_ERR_OTA_CLIENT_DIAGNOSTICS (ESP_ERR_OTA_CLIENT_BASE + 24) /*!< Diagnostics failed or took too long */
#define ESP_ERR_OTA_CLIENT_BLOCKED (ESP_ERR_OTA_CLIENT_BASE + 25) /*!< It failed; not retried for a day, or ever */
#define ESP_ERR_OTA_CLIENT_HELD (ESP_ERR_OTA_CLIENT_BASE + 26) /*!< Three attempts failed; not retried for a day */
#define ESP_ERR_OTA_CLIENT_DEFERRED (ESP_ERR_OTA_CLIENT_BASE + 27) /*!< may_update returned false */
#define ESP_ERR_OTA_CLIENT_STOPPED (ESP_ERR_OTA_CLIENT_BASE + 28) /*!< ota_client_stop() was called */

#define ESP_ERR_OTA_CLIENT_IDENTITY (ESP_ERR_OTA_CLIENT_BASE + 29) /*!< The server does not accept the device's token */
#define ESP_ERR_OTA_CLIENT_ENROLL_PENDING (ESP_ERR_OTA_CLIENT_BASE + 30) /*!< An operator has yet to accept the device */
#define ESP_ERR_OTA_CLIENT_ALREADY_ENROLLED (ESP_ERR_OTA_CLIENT_BASE + 31) /*!< An admin must reset the device's token */
#define ESP_ERR_OTA_CLIENT_ENROLL_REFUSED (ESP_ERR_OTA_CLIENT_BASE + 32) /*!< The server refused to enrol the device; see the log */

/** Results of the diagnostics of a new image. */
typedef enum {
    OTA_CLIENT_DIAGNOSTICS_PASSED,  /*!< Keep the image */
    OTA_CLIENT_DIAGNOSTICS_FAILED,  /*!< Roll back to the previous image */
    OTA_CLIENT_DIAGNOSTICS_PENDING, /*!< Not known yet; asked again every second until diagnostics_timeout_s */
} ota_client_diagnostics_t;

/** An offer of the server, and the input of ota_client_download_and_install(). */
typedef struct {
    bool update_available;  /*!< false: there is no update, see reason; the members below are then empty */
    char reason[32];        /*!< The server's reason for no update, for example "up_to_date" or "no_release" */
    uint64_t firmware_id;   /*!< Id of the firmware on the server */
    char version[33];       /*!< Offered version */
    uint32_t build_number;  /*!< Offered build number, 0 .. 2^31-1 */
    uint32_t file_size;     /*!< Size of the image in bytes */
    uint8_t file_hash[32];  /*!< SHA-256 of the file */
    char description[96];   /*!< Description for people, truncated to fit; may be empty */
    char download_url[384]; /*!< Absolute URL, or a path on the server */
} ota_client_firmware_info_t;

#if CONFIG_OTA_CLIENT_SEND_ATTRIBUTES
/** Takes the attributes of one check. Valid only in ota_client_config_t::attributes. */
typedef struct ota_client_attributes ota_client_attributes_t;
#endif

/**
 * Configuration of the client. Initialize it with OTA_CLIENT_CONFIG_DEFAULT() and set what differs. The struct is
 * copied; the strings it points to must stay valid until ota_client_stop() or the blocking function returns.
 */
typedef struct {
    uint64_t device_id;      /*!< 1 .. 2^53-1; 0: the MAC address of the chip, see ota_client_device_id() */
    const char *server_url;  /*!< "https://ota.example.com", optionally with a port and a path prefix */
    const char *device_type; /*!< 1 .. 50 characters [A-Za-z0-9._-] */
    const char *current_version; /*!< 1 .. 32 characters; NULL: version in the running image's descriptor */
    uint32_t current_build;      /*!< 0: that of the offer that installed this image, or else "+N" of the version */
    const char *project_name;       /*!< Project that an image must have; NULL: that of the running image; "": any */
    const char *access_token;       /*!< Sent as "Authorization: Bearer" to server_url's host only; NULL: none */
#if CONFIG_OTA_CLIENT_IDENTITY
    /* The identity of the device, unless access_token is set: its certificate, else the token in NVS, else the one in the
     * factory partition, else the one that it gets with its enrolment key. */
    const char *enroll_key;        /*!< Enrolment key; NULL or "": the device does not enrol */
    const char *factory_partition; /*!< NVS partition with the token, see the README; NULL or "": none */
    const char *client_cert_pem;   /*!< Certificate whose common name is the device id; NULL: none */
    size_t client_cert_len;        /*!< 0: client_cert_pem is PEM; otherwise it is DER of this length */
    const char *client_key_pem;    /*!< Key of the certificate; NULL: in ds_data */
    size_t client_key_len;         /*!< 0: client_key_pem is PEM; otherwise it is DER of this length */
    void *ds_data;                 /*!< esp_ds_data_ctx_t of the Digital Signature peripheral; NULL: none */
#endif
    const char *server_root_pem;    /*!< Trusted root certificates, PEM; NULL: ESP-IDF's certificate bundle */
    uint32_t check_interval_s;      /*!< Time between two checks, varied by up to 10 % */
    uint32_t network_timeout_ms;    /*!< Limit of one network operation (connecting, sending, receiving) */
    uint32_t stall_timeout_s;       /*!< Longest time without a byte */
    uint32_t total_timeout_s;       /*!< Longest time for one update */
    uint32_t diagnostics_timeout_s; /*!< Longest time for a new image to pass its diagnostics */
    uint8_t max_retries;            /*!< Retries in a row without progress, 0 .. 20 */
    bool manual_restart;            /*!< true: the application restarts after OTA_CLIENT_EVENT_READY_TO_REBOOT */
    uint32_t task_stack_size;       /*!< Stack size of the client's task in bytes */
    uint32_t task_priority;         /*!< FreeRTOS priority of the client's task */

    /** Called before a download, for example to check the battery, the time of day or the consent of a user. NULL:
     *  downloads are always allowed.
     *  @return true to download; false to ask again at the next check. */
    bool (*may_update)(const ota_client_firmware_info_t *offer, void *user);
    /** Brings the network (Wi-Fi, PPP) up before a cycle, unless it is up. NULL: it is always up.
     *  @return ESP_OK, or an error that ends the cycle. */
    esp_err_t (*network_up)(void *user);
    /** Releases the network after a cycle. NULL: nothing to do. */
    void (*network_release)(void *user);
    /** Decides whether a new image is kept. NULL: it is kept once it has received a valid response of the server. */
    ota_client_diagnostics_t (*diagnostics)(void *user);
#if CONFIG_OTA_CLIENT_SEND_ATTRIBUTES
    /** Adds the application's own attributes to a check, with ota_client_attr_string(), _number() and _bool(). Called before
     *  each request of a check, so it must not block. NULL: none. */
    void (*attributes)(ota_client_attributes_t *to, void *user);
#endif
    void *user; /*!< Argument of the callbacks */
} ota_client_config_t;

#if CONFIG_OTA_CLIENT_IDENTITY
#define OTA_CLIENT_CONFIG_IDENTITY \
    .enroll_key = CONFIG_OTA_CLIENT_ENROLL_KEY, \
    .factory_partition = CONFIG_OTA_CLIENT_FACTORY_PARTITION,
#else
#define OTA_CLIENT_CONFIG_IDENTITY
#endif

/** The configuration set in menuconfig. */
#define OTA_CLIENT_CONFIG_DEFAULT() { \
    OTA_CLIENT_CONFIG_IDENTITY \
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
    OTA_CLIENT_EVENT_CHECKING,        /*!< A check begins */
    OTA_CLIENT_EVENT_UP_TO_DATE,      /*!< There is no update */
    OTA_CLIENT_EVENT_OFFERED,         /*!< There is an update; version and total are set */
    OTA_CLIENT_EVENT_PROGRESS,        /*!< bytes of total are in flash */
    OTA_CLIENT_EVENT_VERIFYING,       /*!< The download is complete; the image is being verified */
    OTA_CLIENT_EVENT_READY_TO_REBOOT, /*!< The next start runs the new image */
    OTA_CLIENT_EVENT_CONFIRMED,       /*!< The new image passed its diagnostics and is kept */
    OTA_CLIENT_EVENT_ROLLED_BACK,     /*!< The previous image runs again; see reason */
    OTA_CLIENT_EVENT_FAILED,          /*!< An attempt failed; see reason */
    OTA_CLIENT_EVENT_WARNING,         /*!< A problem of the bootloader, or an attribute was left out; see message */
    OTA_CLIENT_EVENT_CYCLE_ENDED, /*!< The last event of every cycle, with its result in reason; the device may sleep */
    OTA_CLIENT_EVENT_ENROLLMENT,  /*!< The device has a new token (reason ESP_OK), or enrolment waits or was refused */
} ota_client_event_t;

/** Data of every event. Members that do not apply are 0 or empty. */
typedef struct {
    esp_err_t reason;     /*!< ESP_OK, or an error */
    uint64_t firmware_id; /*!< Id of the firmware */
    char version[33];     /*!< Version of the firmware */
    uint32_t bytes;       /*!< Bytes in flash */
    uint32_t total;       /*!< Bytes of the image */
    char message[64];     /*!< Message for people */
} ota_client_event_data_t;

/**
 * @brief Start the client's task.
 *
 * The task first confirms a new image or reports a rollback, and then checks the server at the interval. NVS and the
 * default event loop must be initialized before, and so must the network unless network_up does it.
 *
 * @param config Configuration of the client; copied.
 * @return
 *      - ESP_OK the task runs
 *      - ESP_ERR_INVALID_ARG a field of config is missing or out of range (the log says which)
 *      - ESP_ERR_INVALID_STATE the client already runs
 *      - ESP_ERR_NOT_SUPPORTED the partition table does not have two OTA slots
 *      - ESP_ERR_NO_MEM no memory for the context (about 7 KiB), the HTTP client or the task
 */
esp_err_t ota_client_start(const ota_client_config_t *config);

/**
 * @brief Stop the client's task, wait until the task has ended and free its memory.
 *
 * A download in progress stops within network_timeout_ms and resumes after the next start. An unconfirmed image stays
 * unconfirmed: do not enter deep sleep or restart before OTA_CLIENT_EVENT_CONFIRMED, or the bootloader rolls it back.
 *
 * Do not call it from a callback of ota_client_config_t. With ESP-IDF 5.1, do not call it from an event handler either:
 * esp_http_client then waits forever for space in the event queue.
 *
 * @return
 *      - ESP_OK the task has ended
 *      - ESP_ERR_INVALID_STATE the client does not run, or the caller is its own task
 */
esp_err_t ota_client_stop(void);

/**
 * @brief Make the running task check now, without waiting for the end of its interval.
 *
 * @return
 *      - ESP_OK the task was woken
 *      - ESP_ERR_INVALID_STATE the client does not run
 */
esp_err_t ota_client_check_now(void);

/**
 * @brief Ask the server for an update. Blocks for one request and its retries.
 *
 * The first blocking function that is called after a start of the device first confirms a new image or reports a
 * rollback. This may restart the device (see ota_client_config_t::diagnostics).
 *
 * @param config Configuration of the client.
 * @param[out] info The offer, or update_available false and the server's reason.
 * @return
 *      - ESP_OK the server responded
 *      - ESP_ERR_INVALID_ARG a field of config is missing or out of range
 *      - ESP_ERR_INVALID_STATE another function of the client is running
 *      - ESP_ERR_NOT_SUPPORTED the partition table does not have two OTA slots
 *      - ESP_ERR_NO_MEM no memory
 *      - ESP_ERR_OTA_CLIENT_NETWORK, _CONNECT, _CLOSED, _STALL, _DEADLINE the server could not be reached
 *      - ESP_ERR_OTA_CLIENT_STATUS, _BUSY, _REDIRECT, _ANSWER the response was an error or malformed
 *      - ESP_ERR_OTA_CLIENT_IDENTITY, _ENROLL_PENDING the server does not accept the device, or not yet
 *      - ESP_ERR_OTA_CLIENT_DIAGNOSTICS, _STORAGE the new image could not be confirmed
 */
esp_err_t ota_client_check_for_updates(const ota_client_config_t *config, ota_client_firmware_info_t *info);

/**
 * @brief Download an offered image into the inactive slot, verify it and select it for the next boot. Blocks for the
 * whole download.
 *
 * Reports "downloading" and "installing" in the process, and "failed" if it fails. It does not restart the device: call
 * esp_restart(), and the new image reports "success" after its diagnostics. The download resumes what an interrupted
 * call left in the slot.
 *
 * @param config As for ota_client_check_for_updates().
 * @param info An offer with update_available true.
 * @return
 *      - ESP_OK the next start runs the new image
 *      - ESP_ERR_INVALID_ARG a field of config or info is missing or out of range
 *      - ESP_ERR_INVALID_STATE another function of the client is running
 *      - ESP_ERR_NOT_SUPPORTED the partition table does not have two OTA slots
 *      - ESP_ERR_NO_MEM no memory
 *      - ESP_ERR_OTA_CLIENT_NETWORK, _CONNECT, _CLOSED, _STALL, _DEADLINE, _STATUS, _BUSY, _REDIRECT, _RANGE, _LENGTH,
 * _CHANGED the download failed
 *      - ESP_ERR_OTA_CLIENT_NOT_AN_IMAGE, _WRONG_CHIP, _WRONG_PROJECT, _SECURE_VERSION, _TOO_LARGE the file is not for
 * this device; nothing was erased
 *      - ESP_ERR_OTA_CLIENT_HASH, _REFUSED the file failed verification
 *      - ESP_ERR_OTA_CLIENT_FLASH, _STORAGE flash or NVS failed
 *      - ESP_ERR_OTA_CLIENT_PENDING_VERIFY, _DIAGNOSTICS the running image is not confirmed
 *      - ESP_ERR_OTA_CLIENT_BLOCKED, _HELD the offered image failed before
 */
esp_err_t ota_client_download_and_install(const ota_client_config_t *config, const ota_client_firmware_info_t *info);

/**
 * @brief Report the status of an attempt to the server. Blocks for one request, and one for each waiting report.
 *
 * The client sends its own reports; this function is for what only the application knows. A report that cannot be sent
 * is saved in NVS and sent later.
 *
 * @param config As for ota_client_check_for_updates().
 * @param firmware_id Id of the firmware, 1 .. 2^53-1.
 * @param status "pending", "downloading", "installing", "success" or "failed".
 * @param bytes_downloaded Bytes received so far.
 * @param error_message Description of the error, cut to 58 characters; NULL: none.
 * @return
 *      - ESP_OK the server has stored it
 *      - ESP_ERR_INVALID_ARG a field of config is missing or out of range, or status is unknown
 *      - ESP_ERR_INVALID_STATE another function of the client is running
 *      - ESP_ERR_NOT_SUPPORTED the partition table does not have two OTA slots
 *      - ESP_ERR_NO_MEM no memory
 *      - ESP_ERR_OTA_CLIENT_CONNECT, _CLOSED, _STALL, _DEADLINE, _BUSY, _REDIRECT it was saved for later
 *      - ESP_ERR_OTA_CLIENT_STATUS the server refused it; not saved after 400, 404, 413 and 422
 *      - ESP_ERR_OTA_CLIENT_NETWORK, _DIAGNOSTICS nothing was sent
 *      - ESP_ERR_OTA_CLIENT_STORAGE it could be neither sent nor saved
 */
esp_err_t ota_client_report_status(const ota_client_config_t *config, uint64_t firmware_id, const char *status,
                                   uint32_t bytes_downloaded, const char *error_message);

/**
 * @brief Run one whole cycle: confirm a new image, send waiting reports, check, and install an update if there is one.
 * Blocks for all of it.
 *
 * @param config As for ota_client_check_for_updates().
 * @return Restarts the device after an installation, unless config->manual_restart is set: then it returns ESP_OK after
 *         OTA_CLIENT_EVENT_READY_TO_REBOOT. Otherwise:
 *      - ESP_OK there is no update
 *      - ESP_ERR_OTA_CLIENT_DEFERRED may_update returned false
 *      - any error of ota_client_check_for_updates() and ota_client_download_and_install()
 */
esp_err_t ota_client_check_and_update(const ota_client_config_t *config);

/**
 * @brief The device id that is used if ota_client_config_t::device_id is 0: the chip's factory MAC address as a
 * number, most significant byte first (24:0A:C4:00:00:01 is 0x240AC4000001).
 *
 * @return 1 .. 2^48-1, or 0 if the chip has none.
 */
uint64_t ota_client_device_id(void);

#if CONFIG_OTA_CLIENT_SEND_ATTRIBUTES
/**
 * @brief Add an attribute to a check. To be called in ota_client_config_t::attributes.
 *
 * A check has at most 20 attributes, of which the client adds six itself, and a body of at most 2 KiB, which has room for
 * fourteen attributes of the largest size in ASCII. An attribute that breaks a rule or has no room is left out; the first
 * one after each start is told in OTA_CLIENT_EVENT_WARNING and in the log.
 *
 * @param to The argument of the callback.
 * @param key 1 .. 32 characters [a-z0-9_], the first one a letter. Each key only once, and none of the client's own: chip,
 *            chip_revision, idf_version, reset_reason, secure_version and slot_size.
 * @param value UTF-8 of at most 64 characters, without control characters. It is copied.
 */
void ota_client_attr_string(ota_client_attributes_t *to, const char *key, const char *value);

/** @brief Add a whole number as an attribute. See ota_client_attr_string(). */
void ota_client_attr_number(ota_client_attributes_t *to, const char *key, int64_t value);

/** @brief Add a truth value as an attribute. See ota_client_attr_string(). */
void ota_client_attr_bool(ota_client_attributes_t *to, const char *key, bool value);
#endif

/**
 * @brief Describe an error of the client.
 *
 * @param error ESP_ERR_OTA_CLIENT_…
 * @return A static string such as "connection lost"; "" for any other error.
 */
const char *ota_client_err_to_str(esp_err_t error);

#ifdef __cplusplus
}
#endif
