/* A server by its URL: how to reach it, and its schema. */
#ifndef SOURCES_SOURCE_SERVER_H
#define SOURCES_SOURCE_SERVER_H

#include "sources/source.h"

/* What a URL and options come to. Not to be moved: `live` points into it. */
struct source_server {
    struct source_url url;
    char *user; /* of the option file; heap, NULL = none */
    char *password;
    const char *database; /* NULL: all */
    struct live_options live;
};

/* Parses, reads the option file, calls options->prepare; connects to nothing. The options must
 * outlive *out. On failure nothing is in it. */
SG_MUST_CHECK enum sg_status source_server_open(const char *url,
                                                const struct source_options *options,
                                                struct source_server *out, struct sg_error *error);
void source_server_close(struct source_server *server); /* wipes the passwords */

/* For source_read. */
SG_MUST_CHECK enum sg_status source_server_read(const char *url,
                                                const struct source_options *options,
                                                struct source_schema *out, struct sg_error *error);

#endif
