/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "esp_err.h"

/**
 * Lets a TLS configuration trust the PEM file that SHIM_CRT_BUNDLE names, as ESP-IDF's bundle of roots.
 * @param conf mbedtls_ssl_config
 */
esp_err_t esp_crt_bundle_attach(void *conf);
