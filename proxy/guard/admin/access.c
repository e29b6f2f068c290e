/* See access.h. Source: RFC 9110, "Host and :authority"; RFC 6454, "The HTTP Origin Header Field";
 * RFC 6750, "Authorization Request Header Field". */
#include "admin/access.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_BYTES 256

/* "name:port", "[v6]:port" or without the port: the name alone. False: it is neither. */
static bool read_name(const char *host, char name[NAME_MAX_BYTES])
{
    bool is_bracketed = host[0] == '[';
    const char *start = host + is_bracketed;
    size_t size = strcspn(start, is_bracketed ? "]" : ":");
    const char *rest = start + size + (is_bracketed && start[size] != '\0');

    if (size == 0 || size >= NAME_MAX_BYTES || (is_bracketed && start[size] != ']'))
        return false;
    if (*rest != '\0' && (*rest != ':' || strspn(rest + 1, "0123456789") != strlen(rest + 1)))
        return false;
    memcpy(name, start, size);
    name[size] = '\0';
    return true;
}

static bool is_numeric(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static bool is_listed(const char *name, const char *names)
{
    size_t size = strlen(name);

    for (const char *at = names; at && *at != '\0';) {
        size_t item;
        at += strspn(at, ", \t");
        item = strcspn(at, ", \t");
        if (item == size && strncasecmp(at, name, size) == 0)
            return true;
        at += item;
    }
    return false;
}

bool access_host_is_ours(const char *host, const char *own, const char *names)
{
    char name[NAME_MAX_BYTES];

    if (!host || !read_name(host, name))
        return false;
    return is_numeric(name) || strcasecmp(name, "localhost") == 0 ||
           (own && strcasecmp(name, own) == 0) || is_listed(name, names);
}

bool access_origin_is_ours(const char *origin, const char *host)
{
    static const char scheme[] = "http://";

    if (!origin)
        return true;
    return host && strncasecmp(origin, scheme, sizeof scheme - 1) == 0 &&
           strcasecmp(origin + sizeof scheme - 1, host) == 0;
}

bool access_token_fits(const char *authorization, const char *token)
{
    static const char scheme[] = "Bearer ";
    size_t size = strlen(token);
    unsigned char difference = 0;
    const char *given;

    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    given = authorization + sizeof scheme - 1;
    if (size == 0 || strlen(given) != size)
        return false;
    for (size_t i = 0; i < size; i++)
        difference |= (unsigned char)(given[i] ^ token[i]);
    return difference == 0;
}
