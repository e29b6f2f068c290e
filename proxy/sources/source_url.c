/* mysql:// URLs and option files; see source.h. */
#include "sources/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SCHEME     "mysql://"
#define MYSQL_PORT 3306

/* --- URLs ---------------------------------------------------------------------------------- */

static int hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    byte = (char)(byte | 0x20);
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* A copy with %xx undone; NULL when the text is empty or memory is out. */
static char *decode(const char *text, size_t size)
{
    char *copy = size ? malloc(size + 1) : NULL;
    size_t used = 0;
    for (size_t i = 0; copy && i < size; i++) {
        int high = text[i] == '%' && i + 2 < size + 0 ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            copy[used++] = (char)(high * 16 + low);
            i += 2;
        } else {
            copy[used++] = text[i];
        }
    }
    if (copy)
        copy[used] = '\0';
    return copy;
}

static enum sg_status parse_host(const char *text, size_t size, struct source_url *out,
                                 struct sg_error *error)
{
    const char *host = text;
    size_t host_size = size;
    const char *port = NULL;
    if (size > 0 && text[0] == '[') { /* an IPv6 address */
        const char *close = memchr(text, ']', size);
        if (!close)
            return sg_error_set(error, SG_INVALID, "a `[` without `]` in the host");
        host = text + 1;
        host_size = (size_t)(close - host);
        if ((size_t)(close + 1 - text) < size && close[1] == ':')
            port = close + 2;
    } else {
        const char *colon = memchr(text, ':', size);
        if (colon) {
            host_size = (size_t)(colon - text);
            port = colon + 1;
        }
    }
    out->port = MYSQL_PORT;
    out->host = decode(host, host_size);
    if (!port)
        return SG_OK;
    char *end;
    unsigned long number = strtoul(port, &end, 10);
    if (end != text + size || end == port || number == 0 || number > UINT16_MAX)
        return sg_error_set(error, SG_INVALID, "the port must be a number from 1 to 65535");
    out->port = (uint16_t)number;
    return SG_OK;
}

static void parse_account(const char *text, size_t size, struct source_url *out)
{
    const char *colon = memchr(text, ':', size);
    size_t user_size = colon ? (size_t)(colon - text) : size;
    out->user = decode(text, user_size);
    if (colon)
        out->password = decode(colon + 1, size - user_size - 1);
}

enum sg_status source_url_parse(const char *text, struct source_url *out, struct sg_error *error)
{
    *out = (struct source_url){.port = MYSQL_PORT};
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
        return sg_error_set(error, SG_INVALID,
                            "a server is named like mysql://user@host:3306/database");
    text += strlen(SCHEME);
    const char *query = strchr(text, '?');
    const char *end = query ? query : text + strlen(text);
    const char *slash = memchr(text, '/', (size_t)(end - text));
    const char *authority_end = slash ? slash : end;
    const char *at = NULL;
    for (const char *it = text; it < authority_end; it++)
        at = *it == '@' ? it : at;
    if (at)
        parse_account(text, (size_t)(at - text), out);
    const char *host = at ? at + 1 : text;
    enum sg_status status = parse_host(host, (size_t)(authority_end - host), out, error);
    if (slash)
        out->database = decode(slash + 1, (size_t)(end - slash - 1));
    if (query && strncmp(query, "?socket=", 8) == 0)
        out->socket = decode(query + 8, strlen(query + 8));
    else if (query && status == SG_OK)
        status = sg_error_set(error, SG_INVALID, "%s: only ?socket=PATH is known here", query);
    if (status == SG_OK && !out->host && !out->socket)
        status = sg_error_set(error, SG_INVALID, "a server's URL needs a host");
    if (status != SG_OK)
        source_url_fini(out);
    return status;
}

void source_url_fini(struct source_url *url)
{
    if (url->password)
        explicit_bzero(url->password, strlen(url->password));
    free(url->user);
    free(url->password);
    free(url->host);
    free(url->database);
    free(url->socket);
    *url = (struct source_url){.port = 0};
}

/* --- option files -------------------------------------------------------------------------- */

static char *trim(char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\r\n", text[size - 1]))
        text[--size] = '\0';
    return text;
}

/* Quotes round the whole value go; \s \t \n \\ are undone. */
static void undo_value(char *value)
{
    size_t size = strlen(value);
    char *out = value;
    if (size > 1 && (value[0] == '"' || value[0] == '\'') && value[size - 1] == value[0]) {
        value[size - 1] = '\0';
        value++;
    }
    for (; *value; value++) {
        char byte = *value;
        if (byte == '\\' && value[1]) {
            const char *known = strchr("s t n r \\\\", value[1]);
            value++;
            byte = !known || *value == ' ' ? *value
                   : *value == 's'         ? ' '
                   : *value == 't'         ? '\t'
                   : *value == 'n'         ? '\n'
                   : *value == 'r'         ? '\r'
                                           : *value;
        }
        *out++ = byte;
    }
    *out = '\0';
}

static bool is_our_group(const char *line)
{
    return strncasecmp(line, "[client]", 8) == 0 || strncasecmp(line, "[client-server]", 15) == 0 ||
           strncasecmp(line, "[schemaguard]", 13) == 0;
}

char *source_option(const char *path, const char *key, struct sg_error *error)
{
    char line[4096];
    char *found = NULL;
    bool ours = false;
    FILE *file = fopen(path, "re");
    if (!file) {
        (void)sg_error_set(error, SG_SYSTEM, "%s: %s", path, strerror(errno));
        return NULL;
    }
    while (fgets(line, sizeof line, file)) {
        char *text = trim(line);
        if (*text == '[')
            ours = is_our_group(text);
        char *equal = strchr(text, '=');
        if (!ours || !equal || *text == '#' || *text == ';')
            continue;
        *equal = '\0';
        if (strcasecmp(trim(text), key) != 0)
            continue;
        char *value = trim(equal + 1);
        undo_value(value);
        free(found);
        found = strdup(value);
    }
    (void)fclose(file);
    explicit_bzero(line, sizeof line);
    return found;
}
