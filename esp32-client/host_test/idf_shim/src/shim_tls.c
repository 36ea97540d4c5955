/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>
#include "esp_crt_bundle.h"
#include "shim_transport.h"

struct shim_tls {
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_ssl_session session;
    bool has_session;
    // Of one connection:
    mbedtls_net_context socket;
    mbedtls_x509_crt roots;
    mbedtls_x509_crt own;
    mbedtls_pk_context key;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
};

/** Owned by nobody, freed by the process's end: a configuration that has it keeps a pointer. */
static mbedtls_x509_crt s_bundle;

esp_err_t esp_crt_bundle_attach(void *conf)
{
    const char *path = getenv("SHIM_CRT_BUNDLE");
    if (s_bundle.version == 0 && (path == NULL || mbedtls_x509_crt_parse_file(&s_bundle, path) != 0)) {
        return ESP_FAIL;
    }
    mbedtls_ssl_conf_authmode(conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(conf, &s_bundle, NULL);
    return ESP_OK;
}

static shim_tls_t *new_tls(void)
{
    shim_tls_t *tls = calloc(1, sizeof(*tls));
    assert(tls != NULL);
    mbedtls_entropy_init(&tls->entropy);
    mbedtls_ctr_drbg_init(&tls->random);
    mbedtls_ssl_session_init(&tls->session);
    const int failed = mbedtls_ctr_drbg_seed(&tls->random, mbedtls_entropy_func, &tls->entropy, NULL, 0);
    assert(failed == 0);
    (void)failed;
    return tls;
}

/** @return 0; like esp-tls it connects to nobody whom it cannot verify */
static int trust(shim_tls_t *tls, const esp_http_client_config_t *config)
{
    if (config->crt_bundle_attach != NULL) {
        return config->crt_bundle_attach(&tls->config) == ESP_OK ? 0 : MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED;
    }
    if (config->cert_pem == NULL) {
        return MBEDTLS_ERR_SSL_CA_CHAIN_REQUIRED;
    }
    const size_t length = config->cert_len != 0 ? config->cert_len : strlen(config->cert_pem) + 1;
    mbedtls_ssl_conf_authmode(&tls->config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&tls->config, &tls->roots, NULL);
    return mbedtls_x509_crt_parse(&tls->roots, (const unsigned char *)config->cert_pem, length);
}

/** Mbed TLS takes PEM with its NUL, and DER without one. */
static size_t length_of(const char *text, size_t length)
{
    return length != 0 ? length : strlen(text) + 1;
}

/** @return 0, or why the client's certificate or key cannot be read */
static int identify(shim_tls_t *tls, const esp_http_client_config_t *config)
{
    const unsigned char *cert = (const unsigned char *)config->client_cert_pem;
    const unsigned char *key = (const unsigned char *)config->client_key_pem;
    if (cert == NULL || key == NULL) {
        return 0;
    }
    int err = mbedtls_x509_crt_parse(&tls->own, cert, length_of(config->client_cert_pem, config->client_cert_len));
    if (err == 0) {
        err = mbedtls_pk_parse_key(&tls->key, key, length_of(config->client_key_pem, config->client_key_len), NULL, 0);
    }
    return err == 0 ? mbedtls_ssl_conf_own_cert(&tls->config, &tls->own, &tls->key) : err;
}

static int set_up(shim_tls_t *tls, const esp_http_client_config_t *config, const char *host)
{
    int err = mbedtls_ssl_config_defaults(&tls->config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                          MBEDTLS_SSL_PRESET_DEFAULT);
    if (err == 0) {
        err = trust(tls, config);
    }
    if (err == 0) {
        err = identify(tls, config);
    }
    if (err != 0) {
        return err;
    }
    mbedtls_ssl_conf_rng(&tls->config, mbedtls_ctr_drbg_random, &tls->random);
    mbedtls_ssl_conf_read_timeout(&tls->config, (uint32_t)config->timeout_ms);
    err = mbedtls_ssl_setup(&tls->ssl, &tls->config);
    if (err == 0 && !config->skip_cert_common_name_check) {
        err = mbedtls_ssl_set_hostname(&tls->ssl, config->common_name != NULL ? config->common_name : host);
    }
    if (err == 0 && tls->has_session) {
        err = mbedtls_ssl_set_session(&tls->ssl, &tls->session);
    }
    mbedtls_ssl_set_bio(&tls->ssl, &tls->socket, mbedtls_net_send, NULL, mbedtls_net_recv_timeout);
    return err;
}

static void keep_session(shim_tls_t *tls)
{
    mbedtls_ssl_session_free(&tls->session);
    mbedtls_ssl_session_init(&tls->session);
    tls->has_session = mbedtls_ssl_get_session(&tls->ssl, &tls->session) == 0;
}

int shim_tls_open(shim_tls_t **tls, int fd, const esp_http_client_config_t *config, const char *host, int *flags)
{
    if (*tls == NULL) {
        *tls = new_tls();
    }
    shim_tls_t *it = *tls;
    it->socket.fd = fd;
    mbedtls_x509_crt_init(&it->roots);
    mbedtls_x509_crt_init(&it->own);
    mbedtls_pk_init(&it->key);
    mbedtls_ssl_config_init(&it->config);
    mbedtls_ssl_init(&it->ssl);
    int err = set_up(it, config, host);
    if (err == 0) {
        err = mbedtls_ssl_handshake(&it->ssl);
        *flags = (int)mbedtls_ssl_get_verify_result(&it->ssl);
    }
    if (err == 0 && config->save_client_session) {
        keep_session(it);
    }
    return err;
}

int shim_tls_read(shim_tls_t *tls, void *buffer, size_t size, int timeout_ms)
{
    mbedtls_ssl_conf_read_timeout(&tls->config, (uint32_t)timeout_ms);
    const int got = mbedtls_ssl_read(&tls->ssl, buffer, size);
    switch (got) {
    case MBEDTLS_ERR_SSL_WANT_READ:
    case MBEDTLS_ERR_SSL_TIMEOUT:
        return SHIM_READ_TIMEOUT;
    case 0:
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return SHIM_READ_FIN;
    default:
        return got > 0 ? got : SHIM_READ_FAILED;
    }
}

int shim_tls_write(shim_tls_t *tls, const void *data, size_t size)
{
    return mbedtls_ssl_write(&tls->ssl, data, size);
}

bool shim_tls_has_bytes(const shim_tls_t *tls)
{
    return mbedtls_ssl_get_bytes_avail(&tls->ssl) > 0;
}

void shim_tls_close(shim_tls_t *tls)
{
    mbedtls_ssl_close_notify(&tls->ssl);
    mbedtls_ssl_free(&tls->ssl);
    mbedtls_ssl_config_free(&tls->config);
    mbedtls_x509_crt_free(&tls->roots);
    mbedtls_x509_crt_free(&tls->own);
    mbedtls_pk_free(&tls->key);
}

void shim_tls_free(shim_tls_t *tls)
{
    if (tls == NULL) {
        return;
    }
    mbedtls_ssl_session_free(&tls->session);
    mbedtls_ctr_drbg_free(&tls->random);
    mbedtls_entropy_free(&tls->entropy);
    free(tls);
}
