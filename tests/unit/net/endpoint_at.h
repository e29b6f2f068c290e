/* Endpoints for tests, written shortly: "[::1]:3306", ":0" (every address) or "/run/x.sock". */
#ifndef UNIT_NET_ENDPOINT_AT_H
#define UNIT_NET_ENDPOINT_AT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/endpoint.h"

static inline struct endpoint endpoint_at(const char *text)
{
    struct endpoint endpoint = {.is_path = text[0] == '/'};
    if (endpoint.is_path) {
        (void)snprintf(endpoint.path, sizeof(endpoint.path), "%s", text);
        return endpoint;
    }
    const char *colon = strrchr(text, ':');
    const bool has_brackets = text[0] == '[';
    const char *host = text + has_brackets;
    (void)snprintf(endpoint.host, sizeof(endpoint.host), "%.*s", (int)(colon - host - has_brackets),
                   host);
    endpoint.port = (uint16_t)strtoul(colon + 1, NULL, 10);
    return endpoint;
}

#endif
