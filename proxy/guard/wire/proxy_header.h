/* The PROXY protocol, versions 1 and 2: a proxy in front tells whose connection this is.
 *
 *     1    "PROXY TCP4 192.0.2.7 192.0.2.1 51234 3306\r\n", 107 bytes at most; "PROXY UNKNOWN
 * ...\r\n" 2    signature 12 | version and command 1 | family and transport 1 | length 2 |
 * addresses | further fields, skipped. Numbers in network order.
 *
 * Source: HAProxy, "The PROXY protocol, versions 1 & 2".
 */
#ifndef WIRE_PROXY_HEADER_H
#define WIRE_PROXY_HEADER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/slice.h>

#include "wire/writer.h"

struct wire_proxy_address {
    char text[INET6_ADDRSTRLEN]; /* numeric */
    uint16_t port;
};

struct wire_proxy_header {
    bool told; /* false: LOCAL, UNKNOWN, or no network address; the connection is what it seems */
    struct wire_proxy_address source; /* with `told` */
    size_t size;                      /* bytes of the header */
};

enum wire_proxy_read {
    WIRE_PROXY_HEADER,    /* *header_out is filled */
    WIRE_PROXY_MORE,      /* not all there yet */
    WIRE_PROXY_MALFORMED, /* no such header, or one that nobody may send for a TCP connection */
};

/* Looks at the start of `bytes`. A header is at most 64 KiB; all of it must be there. */
enum wire_proxy_read wire_proxy_read(struct sg_slice bytes, struct wire_proxy_header *header_out);

enum wire_proxy_version { WIRE_PROXY_V1 = 1, WIRE_PROXY_V2 = 2 };

#define WIRE_PROXY_WRITE_MAX 108u

/* Writes a header. A source that is not numeric (a Unix socket's) becomes UNKNOWN or LOCAL; a
 * destination that is not becomes all zeros. IPv4 beside IPv6 is written as mapped. */
void wire_proxy_write(struct writer *w, enum wire_proxy_version version,
                      const struct wire_proxy_address *source,
                      const struct wire_proxy_address *destination);

#endif
