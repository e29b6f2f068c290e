/* TLS to a server that a command reads once: what `serve` does for its catalog, without settings.
 */
#ifndef CLI_SERVER_VERIFY_H
#define CLI_SERVER_VERIFY_H

#include <stdbool.h>

#include <schemaguard/error.h>

#include "sources/live.h"

/* Zeroed storage. */
struct server_verify {
    struct tls_context *context;
    struct probe *probe;
};

/* Lets `live` verify the server's certificate as its options ask, where the client library cannot
 * by itself. For struct source_options, `prepare`; `data` is a struct server_verify, needed until
 * the reading is over. */
enum sg_status server_verify_prepare(void *data, struct live_options *live, struct sg_error *error);
void server_verify_fini(struct server_verify *verify);

#endif
