/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include "registry.h"
#include "tests.h"

uint8_t old_image[SLOT_SIZE];
uint32_t old_size;
uint8_t new_image[SLOT_SIZE];
uint32_t new_size;

uint32_t make_image(uint8_t *data, const char *version, uint32_t size, image_fill_t fill)
{
    const image_recipe_t recipe = {
        .version = version, .project = "scales", .size = size, .chip = CHIP, .fill = fill, .seed = (uint32_t)version[2]
    };
    return image_build(data, &recipe);
}

void world(image_fill_t fill, uint32_t size)
{
    static image_fill_t made;
    if (old_size == 0U) {
        old_size = make_image(old_image, "1.0.0", OLD_SIZE, FILL_RANDOM);
    }
    if (new_size != size || made != fill) {
        new_size = make_image(new_image, "1.1.0", size, fill);
        made = fill;
    }
    device_make(old_image, old_size);
    peer_make();
    peer_behave();
    peer_publish(new_image, new_size, "1.1.0", 2, 7);
}

#if OTA_IDENTITY
void world_with_identity(const char *key)
{
    world(FILL_RANDOM, NEW_SIZE);
    registry.demands_identity = true;
    registry.key = KEY;
    device.settings.enroll_key = key;
}

const char *kept_token(void)
{
    static ota_token_t kept;
    memcpy(&kept, device.token_nvs, sizeof kept);
    return device.token_nvs_size == sizeof kept ? kept.token : "";
}

void keep_token(uint64_t device_id, const char *token)
{
    ota_token_t kept = { .device_id = device_id };
    strcpy(kept.token, token);
    memcpy(device.token_nvs, &kept, sizeof kept);
    device.token_nvs_size = sizeof kept;
}
#endif
