/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "ota_port.h"

#if OTA_ATTRIBUTES

#include "esp_app_desc.h"
#include "esp_chip_info.h"
#include "ota_facts.h"

#define FAMILY_LENGTH 5U /* of "esp32" */

/* Writes the name as the server does: "ESP32-C3" for the target "esp32c3". */
static void add_chip(ota_attributes_t *to)
{
    char name[sizeof CONFIG_IDF_TARGET + 1U];
    size_t length = 0;
    for (const char *at = CONFIG_IDF_TARGET; *at != '\0'; ++at) {
        if (length == FAMILY_LENGTH) {
            name[length++] = '-';
        }
        name[length++] = (char)(*at >= 'a' ? *at - 'a' + 'A' : *at);
    }
    name[length] = '\0';
    ota_client_attr_string(to, "chip", name);
}

static void add_chip_revision(ota_attributes_t *to)
{
    char revision[8];
    esp_chip_info_t chip;
    esp_chip_info(&chip);
    ota_text_t text = ota_client_text(revision, sizeof revision);
    ota_client_text_format(&text, "%u.%u", (uint64_t)(chip.revision / 100U), (uint64_t)(chip.revision % 100U));
    ota_client_attr_string(to, "chip_revision", revision);
}

void ota_client_port_attributes(void *context, ota_attributes_t *to)
{
    const ota_port_t *port = context;
    const esp_app_desc_t *app = esp_app_get_description();
    add_chip(to);
    add_chip_revision(to);
    ota_client_attr_string(to, "idf_version", app->idf_ver);
    ota_client_attr_string(to, "reset_reason", port->core.boot.reset_reason);
    ota_client_attr_number(to, "secure_version", app->secure_version);
    ota_client_attr_number(to, "slot_size", port->core.boot.update_size);
    if (port->config.attributes != NULL) {
        port->config.attributes(to, port->config.user);
    }
}

#endif
