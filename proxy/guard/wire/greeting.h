/* The server's first packet: HandshakeV10, in the form of MySQL or of MariaDB.
 *
 * In: its payload. Out: its fields, borrowed. The guard forwards the packet as it came but for the
 * capability bits, which are patched in place: version, connection id and nonce stay the server's,
 * so that drivers branch as they would, KILL n works, and the client's proof is valid at the
 * server.
 *
 *     0    protocol 10
 *     1    server version, NUL
 *     v    connection id 4 | nonce 8 | 0 | capabilities low 2 | collation 1 | status 2 |
 *          capabilities high 2 | nonce length 1 | reserved 6 | MariaDB's extended capabilities 4 |
 *          rest of the nonce, at least 13 with its closing zero | plugin name, NUL
 *
 * A server that refuses at once sends an ERR instead, without SQLSTATE: see err_packet.h.
 *
 * Source: MySQL Source Code Documentation, "Protocol::HandshakeV10"; MariaDB KB, "Connection".
 */
#ifndef WIRE_GREETING_H
#define WIRE_GREETING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

#define WIRE_NONCE_SIZE       20u
#define WIRE_PROTOCOL_VERSION 10u

struct wire_greeting {
    struct sg_slice version; /* into the payload */
    struct sg_slice plugin;  /* into the payload; empty when there is none */
    uint64_t capabilities;   /* as the server showed them, extended ones in the high word */
    uint32_t connection_id;  /* the server's; KILL takes it */
    uint16_t status;
    uint8_t collation; /* a default only; the login's decides */
    uint8_t nonce[WIRE_NONCE_SIZE];
    enum sg_flavour flavour;
    size_t capabilities_at; /* offset of the low word in the payload */
};

enum wire_first {
    WIRE_FIRST_GREETING,
    WIRE_FIRST_REFUSAL, /* an ERR: 1040, 1129, 1130 ... forward as it is, then close */
    WIRE_FIRST_FOREIGN, /* another protocol or version */
};

/* What the server's first packet is, by its first byte alone. */
enum wire_first wire_first_classify(struct sg_slice payload);

/* False, and *error filled, when the payload is no HandshakeV10 of the 4.1 protocol or later;
 * *greeting_out is then unspecified. Slices live as long as the payload. */
SG_MUST_CHECK bool wire_greeting_parse(struct sg_slice payload, struct wire_greeting *greeting_out,
                                       struct sg_error *error);

/* Writes `capabilities` into the payload that `greeting` was parsed from, same length. Extended
 * bits are written only where the flavour has them. `greeting` itself stays what the server said.
 */
void wire_greeting_set_capabilities(uint8_t *payload, const struct wire_greeting *greeting,
                                    uint64_t capabilities);

#endif
