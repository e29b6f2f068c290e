/* Writes addresses as people spell them in settings.
 *
 * Called by streams and listeners for messages.
 * Follows: RFC 3986, "Host" (brackets around IPv6), unix(7).
 */
#include "net/endpoint.h"

#include <stdio.h>
#include <string.h>

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
