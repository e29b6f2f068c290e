/* Reads and writes addresses as people spell them in settings. Pure: resolves nothing.
 *
 * Called by config and serve for `listen` and `server`, by streams and listeners for messages.
 * Follows: RFC 3986, "Host" (brackets around IPv6), unix(7).
 */
#include "net/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static enum sg_status refuse(struct sg_error *error, const char *what, struct sg_slice text,
                             const char *reason)
{
    return sg_error_set(error, SG_INVALID,
                        "%s = %.*s: %s; allowed are HOST:PORT, [IPv6]:PORT, :PORT, or an absolute "
                        "path of a Unix socket",
                        what, (int)(text.size < 200 ? text.size : 200), text.data, reason);
}

static bool read_port(struct sg_slice digits, uint16_t *port_out)
{
    unsigned value = 0;
    if (digits.size == 0 || digits.size > 5)
        return false;
    for (size_t i = 0; i < digits.size; i++) {
        if (digits.data[i] < '0' || digits.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(digits.data[i] - '0');
    }
    *port_out = (uint16_t)value;
    return value <= UINT16_MAX;
}

static bool has_blank_or_control(struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7f)
            return true;
    return false;
}

static const char *read_path(struct sg_slice path, struct endpoint *endpoint)
{
    if (path.size > ENDPOINT_PATH_MAX)
        return "the path is longer than the 107 bytes of a Unix socket's address";
    if (memchr(path.data, '\0', path.size))
        return "the path holds a NUL";
    endpoint->is_path = true;
    memcpy(endpoint->path, path.data, path.size);
    return NULL;
}

/* Splits "host:port", "[v6]:port", "v6" or "host"; `port` is left empty where there is none. */
static const char *split(struct sg_slice text, struct sg_slice *host, struct sg_slice *port)
{
    *port = SG_SLICE_EMPTY;
    const char *end = text.data + text.size;
    if (text.data[0] == '[') {
        const char *bracket = memchr(text.data, ']', text.size);
        if (!bracket)
            return "a ] is missing";
        *host = sg_slice_make(text.data + 1, (size_t)(bracket - text.data - 1));
        if (bracket + 1 == end)
            return NULL;
        if (bracket[1] != ':')
            return "after ] only :PORT may follow";
        *port = sg_slice_make(bracket + 2, (size_t)(end - bracket - 2));
        return port->size ? NULL : "the port is missing";
    }
    const char *colon = memchr(text.data, ':', text.size);
    bool has_more = colon && memchr(colon + 1, ':', (size_t)(end - colon - 1));
    if (!colon || has_more) { /* more than one: an IPv6 address without brackets, and no port */
        *host = text;
        return NULL;
    }
    *host = sg_slice_make(text.data, (size_t)(colon - text.data));
    *port = sg_slice_make(colon + 1, (size_t)(end - colon - 1));
    return port->size ? NULL : "the port is missing";
}

static bool is_good_host(const char *host)
{
    struct in6_addr address;
    return !strchr(host, ':') || inet_pton(AF_INET6, host, &address) == 1 ||
           strchr(host, '%') != NULL; /* with a scope: the resolver will tell */
}

enum sg_status endpoint_parse(struct sg_slice text, uint16_t default_port, const char *what,
                              struct endpoint *endpoint_out, struct sg_error *error)
{
    struct endpoint endpoint = {.port = default_port};
    static const char unix_prefix[] = "unix:";
    const size_t prefix_size = sizeof(unix_prefix) - 1;
    if (text.size == 0)
        return refuse(error, what, text, "it is empty");
    struct sg_slice path = text;
    if (text.size > prefix_size && strncasecmp(text.data, unix_prefix, prefix_size) == 0)
        path = sg_slice_make(text.data + prefix_size, text.size - prefix_size);
    const char *fault = NULL;
    if (path.data[0] == '/') {
        endpoint.port = 0;
        fault = read_path(path, &endpoint);
    } else if (has_blank_or_control(text)) {
        fault = "it holds a blank";
    } else {
        struct sg_slice host, port;
        fault = split(text, &host, &port);
        if (!fault && port.size > 0 && !read_port(port, &endpoint.port))
            fault = "the port is no number from 0 to 65535";
        if (!fault && host.size > ENDPOINT_HOST_MAX)
            fault = "the host name is too long";
        if (!fault && !(host.size == 1 && host.data[0] == '*'))
            memcpy(endpoint.host, host.data, host.size);
        if (!fault && (strchr(endpoint.host, '/') || !is_good_host(endpoint.host)))
            fault = "this is no host name and no address";
    }
    if (fault)
        return refuse(error, what, text, fault);
    *endpoint_out = endpoint;
    return SG_OK;
}

const char *endpoint_text(const struct endpoint *endpoint, char text_out[ENDPOINT_TEXT_MAX])
{
    if (endpoint->is_path)
        (void)snprintf(text_out, ENDPOINT_TEXT_MAX, "%s", endpoint->path);
    else if (strchr(endpoint->host, ':'))
        (void)snprintf(text_out, ENDPOINT_TEXT_MAX, "[%s]:%u", endpoint->host, endpoint->port);
    else
        (void)snprintf(text_out, ENDPOINT_TEXT_MAX, "%s:%u",
                       endpoint->host[0] ? endpoint->host : "*", endpoint->port);
    return text_out;
}

bool endpoint_is_local(const struct endpoint *endpoint)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (endpoint->is_path || strcasecmp(endpoint->host, "localhost") == 0)
        return true;
    if (inet_pton(AF_INET, endpoint->host, &v4) == 1)
        return (ntohl(v4.s_addr) >> 24) == 127;
    if (inet_pton(AF_INET6, endpoint->host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
    return false;
}
