/* Arithmetic of capability bits; see capability.h. Called by greeting and login handling. */
#include "wire/capability.h"

/* All bits of the low word are known but two kinds: bit 29 on MySQL announces an extension of the
 * login that nobody has defined yet (MariaDB: the old progress flag, harmless). Of MariaDB's
 * extended ones COM_MULTI is left out on purpose: only 10.2 ever served it, and its answers are a
 * framing of their own. */
uint64_t wire_capabilities_known(enum sg_flavour flavour)
{
    switch (flavour) {
    case SG_FLAVOUR_MARIADB:
        return WIRE_CAPS_LOW | WIRE_MARIADB_PROGRESS | WIRE_MARIADB_STMT_BULK |
               WIRE_MARIADB_EXTENDED_METADATA | WIRE_MARIADB_CACHE_METADATA |
               WIRE_MARIADB_BULK_UNIT_RESULTS;
    case SG_FLAVOUR_MYSQL:
        break;
    }
    return WIRE_CAPS_LOW & ~WIRE_CLIENT_EXTENSION;
}

static uint64_t with_ssl(uint64_t capabilities, bool ssl)
{
    return ssl ? capabilities | WIRE_CLIENT_SSL : capabilities & ~WIRE_CLIENT_SSL;
}

uint64_t wire_capabilities_offer(uint64_t server, enum sg_flavour flavour, bool client_tls)
{
    return with_ssl(server & wire_capabilities_known(flavour) & ~WIRE_CAPS_COMPRESSION, client_tls);
}

uint64_t wire_capabilities_forward(uint64_t client, enum sg_flavour flavour, bool server_tls)
{
    return with_ssl(client & wire_capabilities_known(flavour) & ~WIRE_CAPS_COMPRESSION, server_tls);
}

uint64_t wire_capabilities_effective(uint64_t server, uint64_t client, enum sg_flavour flavour)
{
    return server & client & wire_capabilities_known(flavour) &
           ~(WIRE_CAPS_COMPRESSION | WIRE_CLIENT_SSL);
}
