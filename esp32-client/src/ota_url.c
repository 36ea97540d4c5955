/*
 * SPDX-FileCopyrightText: 2026 The OTA server authors
 * SPDX-License-Identifier: Apache-2.0
 */

#include <string.h>
#include "ota_internal.h"

/* Length of "scheme://host:port"; 0 if the URL is not http or https, has no host, or has a user. */
static size_t origin_length(const char *url)
{
    const char *host = strncmp(url, "https://", 8) == 0 ? url + 8 : strncmp(url, "http://", 7) == 0 ? url + 7 : NULL;
    if (host == NULL) {
        return 0;
    }
    const size_t length = strcspn(host, "/?#");
    return length == 0U || host[0] == ':' || memchr(host, '@', length) != NULL ? 0U : (size_t)(host - url) + length;
}

/* A space or a control character in a URL would end the request line early (RFC 9112 section 3). */
static bool is_printable(const char *url)
{
    while (*url > ' ' && *url < 0x7f) {
        ++url;
    }
    return *url == '\0';
}

/*
 * Resolves a reference as RFC 3986 section 5 describes, for the forms that servers send: an absolute URL, "//host/path"
 * and "/path". Other forms ("path", "../path", other schemes) are refused. url and base may be the same buffer.
 */
bool ota_client_url_resolve(char *url, size_t size, const char *base, const char *reference)
{
    size_t keep = 0;
    if (reference[0] == '/') {
        keep = reference[1] == '/' ? (size_t)(strchr(base, ':') - base) + 1U : origin_length(base);
    }
    const size_t length = strlen(reference);
    if (keep + length >= size || !is_printable(reference)) {
        return false;
    }
    memmove(url, base, keep);
    memcpy(url + keep, reference, length + 1U);
    return origin_length(url) != 0U;
}

bool ota_client_url_is_base(const char *url)
{
    return origin_length(url) != 0U && is_printable(url) && url[strcspn(url, "?#")] == '\0';
}

bool ota_client_url_same_origin(const char *a, const char *b)
{
    const size_t length = origin_length(a);
    return length > 0U && length == origin_length(b) && strncmp(a, b, length) == 0;
}

bool ota_client_url_is_downgrade(const char *from, const char *to)
{
    return strncmp(from, "https://", 8) == 0 && strncmp(to, "https://", 8) != 0;
}
