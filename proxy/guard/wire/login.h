/* The client's first packets: SSLRequest and HandshakeResponse; and COM_CHANGE_USER, which has the
 * same fields in another order.
 *
 *     0    capabilities 4 | max packet 4 | collation 1 | filler 19 | MariaDB's extended
 * capabilities 4 32   (an SSLRequest ends here) 32   user, NUL | auth response | [database, NUL] |
 * [plugin, NUL] | [attributes] | [zstd level 1]
 *
 * The layout after byte 32 depends on the *effective* capabilities, so recognising comes first,
 * then capability arithmetic (capability.h), then parsing:
 *
 *     kind = wire_login_classify(payload, &sent);
 *     effective = wire_capabilities_effective(greeting.capabilities, sent, greeting.flavour);
 *     wire_login_parse(payload, effective, &login, error)
 *
 * With TLS the server takes the capabilities of the SSLRequest, not those of the login behind it:
 * keep `sent` of the SSLRequest and use it for the login. Bytes that follow an SSLRequest in clear
 * belong to the TLS engine; nothing here must ever see them.
 *
 * Source: MySQL Source Code Documentation, "Protocol::SSLRequest", "Protocol::HandshakeResponse41",
 * "COM_CHANGE_USER"; MariaDB KB, "Connection".
 */
#ifndef WIRE_LOGIN_H
#define WIRE_LOGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "wire/capability.h"
#include "wire/cursor.h"
#include "wire/writer.h"

#define WIRE_SSL_REQUEST_SIZE 32u /* payload bytes */

/* A login's payload is at most this; larger ones are not waited for (attributes: 64 KiB by the
 * server's own limit, an auth response of any plugin far less). */
#define WIRE_LOGIN_LIMIT (128u * 1024u)

enum wire_login_kind {
    WIRE_LOGIN_SSL_REQUEST, /* 32 bytes with the SSL bit */
    WIRE_LOGIN_41,          /* HandshakeResponse41 */
    WIRE_LOGIN_320,         /* before 4.1: refuse, no server of today takes it */
    WIRE_LOGIN_MALFORMED,   /* too short for any of them */
};

/* What the client's packet is. *sent_out, in all but the malformed case, receives its capability
 * words (extended ones in the high word, and only when its bit 0 is off). */
enum wire_login_kind wire_login_classify(struct sg_slice payload, uint64_t *sent_out);

struct wire_login {
    uint64_t capabilities;     /* the effective ones it was parsed with */
    uint32_t max_packet_bytes; /* what the client will take; not our business */
    uint16_t collation;        /* decides the session's character set */
    struct sg_slice user;      /* all slices point into the payload */
    struct sg_slice auth_response;
    struct sg_slice database;   /* empty: none */
    struct sg_slice plugin;     /* empty: not named */
    struct sg_slice attributes; /* name/value pairs, see wire_attribute_next; empty: none */
    uint8_t zstd_level;         /* 0: not given */
};

/* Parses a HandshakeResponse41. False, and *error filled, when a field runs out of the payload;
 * what was read until then stands in *login_out. A secret may be in auth_response: whoever copies
 * it wipes it. */
SG_MUST_CHECK bool wire_login_parse(struct sg_slice payload, uint64_t effective,
                                    struct wire_login *login_out, struct sg_error *error);

/* Writes capability words into a login or an SSLRequest of at least 32 bytes, same length; the
 * extended ones only when `capabilities` has bit 0 off. Must not change a bit that lays out the
 * packet (database, plugin, attributes, auth response): use wire_login_write for that. */
void wire_login_set_capabilities(uint8_t *payload, uint64_t capabilities);

/* Our SSLRequest: bytes 0 to 31 of the client's first packet with other capability words, which the
 * server then takes instead of the login's. `first` is that packet's payload, at least 32 bytes. */
void wire_ssl_request_write(struct writer *w, struct sg_slice first, uint64_t capabilities);

/* Writes a login's payload anew: the first 32 bytes of `original` with `capabilities` as its words,
 * the fields of `login`, laid out by the capabilities that it was parsed with, but `auth_response`
 * in place of its own. For translated proofs. Layout bits of `capabilities` must equal those of
 * `login`. An auth response that the layout cannot hold (256 bytes behind a one-byte length)
 * overflows the writer. */
void wire_login_write(struct writer *w, struct sg_slice original, const struct wire_login *login,
                      uint64_t capabilities, struct sg_slice auth_response);

struct wire_attribute {
    struct sg_slice name;
    struct sg_slice value;
};

/* Steps through connection attributes: start with cursor_of(login.attributes). False at the end and
 * at the first malformed pair. */
bool wire_attribute_next(struct cursor *c, struct wire_attribute *attribute_out);

/* The value of `name` ("program_name", "_client_name" ...), empty when it is not there. */
struct sg_slice wire_attribute_find(struct sg_slice attributes, const char *name);

/* COM_CHANGE_USER's payload, command byte included. max_packet_bytes and zstd_level stay 0;
 * collation is 0 when the packet ends before it. */
SG_MUST_CHECK bool wire_change_user_parse(struct sg_slice payload, uint64_t effective,
                                          struct wire_login *login_out, struct sg_error *error);

/* Writes it anew with another auth response, which must be shorter than 256 bytes. */
void wire_change_user_write(struct writer *w, const struct wire_login *login,
                            struct sg_slice auth_response);

#endif
