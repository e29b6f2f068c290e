/* Where to listen or to connect: host and port, or the path of a Unix socket.
 *
 * A value: copied freely, owns nothing, used by any thread.
 */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#define ENDPOINT_HOST_MAX 255 /* a domain name, RFC 1035 */
#define ENDPOINT_PATH_MAX 107 /* sun_path without its NUL, unix(7) */
#define ENDPOINT_TEXT_MAX 300 /* room for endpoint_text */

struct endpoint {
    bool is_path;
    uint16_t port;                    /* 0 with a path; 0 to listen on: any free port */
    char host[ENDPOINT_HOST_MAX + 1]; /* name, IPv4 or IPv6 without brackets; "" = every address */
    char path[ENDPOINT_PATH_MAX + 1]; /* absolute */
};

/* Reads "host:port", "host", "[::1]:port", ":port", "*:port", "/absolute/path" or
 * "unix:/absolute/path". Without a port `default_port` is taken. `what` names the setting in the
 * message. SG_INVALID says what is allowed. */
SG_MUST_CHECK enum sg_status endpoint_parse(struct sg_slice text, uint16_t default_port,
                                            const char *what, struct endpoint *endpoint_out,
                                            struct sg_error *error);

/* "db.example:3306", "[::1]:3306", "/run/mysqld/mysqld.sock". Returns `text_out`. */
const char *endpoint_text(const struct endpoint *endpoint, char text_out[ENDPOINT_TEXT_MAX]);

/* A path, a loopback address or "localhost": nobody outside this machine is reached by it. */
bool endpoint_is_local(const struct endpoint *endpoint);

#endif
