/* The one file beside their homes that sees the headers of libmysqlclient, OpenSSL and libuv: for
 * their version numbers alone. */
#include "cli/version.h"

#include <mysql.h>
#include <openssl/crypto.h>
#include <uv.h>

#ifdef MARIADB_PACKAGE_VERSION
#define CLIENT_LIBRARY "MariaDB Connector/C"
#else
#define CLIENT_LIBRARY "MySQL libmysqlclient"
#endif

void version_print(FILE *stream)
{
    fprintf(stream, "schemaguard %s\n", SCHEMAGUARD_VERSION);
    fprintf(stream, "schema reader: %s %s\n", CLIENT_LIBRARY, mysql_get_client_info());
    fprintf(stream, "TLS: %s\n", OpenSSL_version(OPENSSL_VERSION));
    fprintf(stream, "event loop: libuv %s\n", uv_version_string());
}
