/* Servers by the names that people give them on a command line: mysql-8.4, mariadb. */
#ifndef SOURCES_FLAVOUR_H
#define SOURCES_FLAVOUR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/server.h>

struct flavour {
    const char *name;
    const char *version; /* as the server's VERSION() would begin */
};

/* Static storage; *count_out of them. */
const struct flavour *flavour_list(size_t *count_out);

/* Sets flavour, version and wording of *server, and leaves its lower_case_table_names. False for an
 * unknown name. */
bool flavour_find(const char *name, struct sg_server *server);

/* The reading bits of sql_mode that new sessions have by default. */
uint32_t flavour_default_sql_mode(const struct sg_server *server);

#endif
