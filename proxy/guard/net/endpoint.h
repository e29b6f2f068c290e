/* Where to listen or to connect: host and port, or the path of a Unix socket.
 *
 * A value: copied freely, owns nothing, used by any thread.
 */
#ifndef NET_ENDPOINT_H
#define NET_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#define ENDPOINT_HOST_MAX 255 /* a domain name, RFC 1035 */
#define ENDPOINT_PATH_MAX 107 /* sun_path without its NUL, unix(7) */
#define ENDPOINT_TEXT_MAX 300 /* room for endpoint_text */

struct endpoint {
    bool is_path;
    uint16_t port;                    /* 0 with a path; 0 to listen on: any free port */
    char host[ENDPOINT_HOST_MAX + 1]; /* name, IPv4 or IPv6 without brackets; "" = every address */
    char path[ENDPOINT_PATH_MAX + 1]; /* absolute */
};

/* "db.example:3306", "[::1]:3306", "/run/mysqld/mysqld.sock". Returns `text_out`. */
const char *endpoint_text(const struct endpoint *endpoint, char text_out[ENDPOINT_TEXT_MAX]);

#endif
