/* Capability bits: what the two sides agreed on, as one 64-bit value.
 *
 * Low word: the capability flags of the MySQL protocol. High word: MariaDB's extended flags, which
 * travel in bytes that are reserved when bit 0 is set. Nearly all of them change the layout of
 * later packets, so a bit that we do not know is cleared in both directions.
 *
 * *Effective* is what counts after the login: offered AND sent. Clients do send bits that nobody
 * offered; servers ignore those, and so must every parser here.
 *
 * Source: MySQL Source Code Documentation, "Capabilities Flags"; MariaDB KB, "Connection".
 */
#ifndef WIRE_CAPABILITY_H
#define WIRE_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/server.h>

#define WIRE_CAP(bit) (UINT64_C(1) << (bit))

#define WIRE_CLIENT_MYSQL                       WIRE_CAP(0) /* off: MariaDB, extended flags follow */
#define WIRE_CLIENT_FOUND_ROWS                  WIRE_CAP(1)
#define WIRE_CLIENT_LONG_FLAG                   WIRE_CAP(2)
#define WIRE_CLIENT_CONNECT_WITH_DB             WIRE_CAP(3)
#define WIRE_CLIENT_NO_SCHEMA                   WIRE_CAP(4)
#define WIRE_CLIENT_COMPRESS                    WIRE_CAP(5)
#define WIRE_CLIENT_ODBC                        WIRE_CAP(6)
#define WIRE_CLIENT_LOCAL_FILES                 WIRE_CAP(7)
#define WIRE_CLIENT_IGNORE_SPACE                WIRE_CAP(8)
#define WIRE_CLIENT_PROTOCOL_41                 WIRE_CAP(9)
#define WIRE_CLIENT_INTERACTIVE                 WIRE_CAP(10)
#define WIRE_CLIENT_SSL                         WIRE_CAP(11)
#define WIRE_CLIENT_IGNORE_SIGPIPE              WIRE_CAP(12)
#define WIRE_CLIENT_TRANSACTIONS                WIRE_CAP(13)
#define WIRE_CLIENT_RESERVED                    WIRE_CAP(14)
#define WIRE_CLIENT_SECURE_CONNECTION           WIRE_CAP(15)
#define WIRE_CLIENT_MULTI_STATEMENTS            WIRE_CAP(16)
#define WIRE_CLIENT_MULTI_RESULTS               WIRE_CAP(17)
#define WIRE_CLIENT_PS_MULTI_RESULTS            WIRE_CAP(18)
#define WIRE_CLIENT_PLUGIN_AUTH                 WIRE_CAP(19)
#define WIRE_CLIENT_CONNECT_ATTRS               WIRE_CAP(20)
#define WIRE_CLIENT_PLUGIN_AUTH_LENENC          WIRE_CAP(21)
#define WIRE_CLIENT_EXPIRED_PASSWORDS           WIRE_CAP(22)
#define WIRE_CLIENT_SESSION_TRACK               WIRE_CAP(23)
#define WIRE_CLIENT_DEPRECATE_EOF               WIRE_CAP(24)
#define WIRE_CLIENT_OPTIONAL_RESULTSET_METADATA WIRE_CAP(25)
#define WIRE_CLIENT_ZSTD                        WIRE_CAP(26)
#define WIRE_CLIENT_QUERY_ATTRIBUTES            WIRE_CAP(27)
#define WIRE_CLIENT_MULTI_FACTOR                WIRE_CAP(28)
#define WIRE_CLIENT_EXTENSION                   WIRE_CAP(29) /* MariaDB: the old progress flag */
#define WIRE_CLIENT_SSL_VERIFY_SERVER_CERT      WIRE_CAP(30) /* concerns the client alone */
#define WIRE_CLIENT_REMEMBER_OPTIONS            WIRE_CAP(31) /* concerns the client alone */

#define WIRE_MARIADB_PROGRESS          WIRE_CAP(32)
#define WIRE_MARIADB_COM_MULTI         WIRE_CAP(33)
#define WIRE_MARIADB_STMT_BULK         WIRE_CAP(34)
#define WIRE_MARIADB_EXTENDED_METADATA WIRE_CAP(35)
#define WIRE_MARIADB_CACHE_METADATA    WIRE_CAP(36)
#define WIRE_MARIADB_BULK_UNIT_RESULTS WIRE_CAP(37)

#define WIRE_CAPS_COMPRESSION (WIRE_CLIENT_COMPRESS | WIRE_CLIENT_ZSTD)
#define WIRE_CAPS_METADATA    (WIRE_MARIADB_CACHE_METADATA | WIRE_CLIENT_OPTIONAL_RESULTSET_METADATA)
#define WIRE_CAPS_LOW         UINT64_C(0xFFFFFFFF)

/* Status flags of OK and EOF packets, as far as anybody here looks at them. */
#define WIRE_STATUS_IN_TRANSACTION       0x0001u
#define WIRE_STATUS_AUTOCOMMIT           0x0002u
#define WIRE_STATUS_MORE_RESULTS         0x0008u
#define WIRE_STATUS_CURSOR_EXISTS        0x0040u
#define WIRE_STATUS_LAST_ROW_SENT        0x0080u
#define WIRE_STATUS_DATABASE_DROPPED     0x0100u
#define WIRE_STATUS_NO_BACKSLASH_ESCAPES 0x0200u
#define WIRE_STATUS_PS_OUT_PARAMS        0x1000u
#define WIRE_STATUS_SESSION_STATE        0x4000u /* OK: session state changes follow */
#define WIRE_STATUS_ANSI_QUOTES          0x8000u /* MariaDB only */

/* The bits whose effect on the bytes we understand, compression included. */
uint64_t wire_capabilities_known(enum sg_flavour flavour);

/* What the greeting to the client shows, given what the server's showed: known bits only, no
 * compression, SSL on iff `client_tls` (we have a certificate). */
uint64_t wire_capabilities_offer(uint64_t server, enum sg_flavour flavour, bool client_tls);

/* What the login (and SSLRequest) to the server says, given the client's words: known bits only, no
 * compression, SSL on iff `server_tls`. A bit that was not offered is kept if it is known: servers
 * ignore it, and a client's words are changed as little as possible. */
uint64_t wire_capabilities_forward(uint64_t client, enum sg_flavour flavour, bool server_tls);

/* What both sides now take for agreed. `server` is the server's own greeting, `client` the words
 * that the server took: with TLS on a side those of its SSLRequest, never those of the login behind
 * it. SSL and compression are cleared: they differ by side and are no matter of a packet's layout.
 */
uint64_t wire_capabilities_effective(uint64_t server, uint64_t client, enum sg_flavour flavour);

#endif
