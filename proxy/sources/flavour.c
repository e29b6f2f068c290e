/* Names of servers; see flavour.h. The plain names mean the newest. docs/check.md says which of
 * them are tested. */
#include "sources/flavour.h"

#include <string.h>

#include <schemaguard/check.h>

static const struct flavour FLAVOURS[] = {
    {"mysql", "9.7.4"},
    {"mysql-9.7", "9.7.4"},
    {"mysql-8.4", "8.4.6"},
    {"mysql-8.0", "8.0.43"},
    {"mysql-5.7", "5.7.44"},
    {"mariadb", "11.8.6-MariaDB"},
    {"mariadb-11.8", "11.8.6-MariaDB"},
    {"mariadb-10.11", "10.11.19-MariaDB"},
};

const struct flavour *flavour_list(size_t *count_out)
{
    *count_out = sizeof FLAVOURS / sizeof FLAVOURS[0];
    return FLAVOURS;
}

bool flavour_find(const char *name, struct sg_server *server)
{
    for (size_t i = 0; i < sizeof FLAVOURS / sizeof FLAVOURS[0]; i++) {
        if (strcmp(name, FLAVOURS[i].name) == 0)
            return sg_server_from_version(sg_slice_of(FLAVOURS[i].version), server);
    }
    return false;
}

/* MySQL manual, "Server SQL Modes": ONLY_FULL_GROUP_BY since 5.7; MariaDB has none of them. */
uint32_t flavour_default_sql_mode(const struct sg_server *server)
{
    bool has_it = server->flavour == SG_FLAVOUR_MYSQL && server->version >= 50700;
    return has_it ? SG_MODE_ONLY_FULL_GROUP_BY : 0;
}
