/* What the engine has to know about the server that a statement goes to. */
#ifndef SCHEMAGUARD_SERVER_H
#define SCHEMAGUARD_SERVER_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/slice.h>

enum sg_flavour { SG_FLAVOUR_MYSQL, SG_FLAVOUR_MARIADB };

/* How the server names a clause in error 1054. Patch releases of MariaDB differ, so it is learned
 * from the live server and not from its version. */
enum sg_wording {
    SG_WORDING_PHRASES,  /* 'field list', 'where clause': MySQL and older MariaDB */
    SG_WORDING_KEYWORDS, /* 'SELECT', 'WHERE': MariaDB 10.11.19, 11.8.6 */
};

struct sg_server {
    enum sg_flavour flavour;
    uint32_t version; /* 90704 for MySQL 9.7.4, 101119 for MariaDB 10.11.19 */
    enum sg_wording wording;
    uint8_t lower_case_table_names; /* 0, 1 or 2, as the server's variable */
};

/* Reads a server version as greetings and VERSION() spell it ("9.7.4-2",
 * "5.5.5-10.11.19-MariaDB-0+deb12u1", "11.8.6-MariaDB"). Sets flavour, version and that flavour's
 * current wording; false, and *server untouched, when the text holds no version. */
bool sg_server_from_version(struct sg_slice text, struct sg_server *server);

#endif
