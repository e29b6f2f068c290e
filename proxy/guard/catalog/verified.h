/* A schema that was named by the operator: what the team has agreed on, or what is to come.
 *
 * Read by its source's reader, immutable and counted from then on. Whoever keeps one in use asks
 * now and then whether what it was read from has changed.
 */
#ifndef CATALOG_VERIFIED_H
#define CATALOG_VERIFIED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/detail.h>
#include <schemaguard/error.h>
#include <schemaguard/schema.h>
#include <schemaguard/server.h>

#include "sources/source.h"

struct verified {
    struct sg_schema *schema; /* one reference; read by any thread */
    char *source;             /* as named */
    char *database;           /* where tables are that name none; NULL = as sources do */
    char *version;            /* what people call it; NULL = not known */
    char *adopted_at;         /* ISO 8601, UTC, by a history's log; NULL = not known */
    uint64_t generation;      /* 1, 2, 3 …: of this setting */
    int64_t loaded_at_ms;     /* wall clock, since 1970 */
    uint64_t signature;       /* verified_signature, as of just before it was read */
    char *history;            /* the folder that `@VERSION` is about; NULL = none */
    char **files;             /* that were read and need not lie in what is named: imports */
    size_t file_count;
    size_t table_count;      /* without the server's own */
    size_t column_count;     /* of these */
    enum sg_flavour flavour; /* whose SQL it was read as */
    bool is_sql;             /* read from statements, which mean what their server makes of them */
    size_t doubtful;         /* of them, those that were not understood */
    char hash[SG_CONTENT_HASH_SIZE];
    atomic_uint references; /* private */
};

/* Whether it is a server's URL: never watched, and slow to read. */
bool verified_is_server(const char *source);

/* Reads `source` as the options say; a server's URL may take as long as the server pleases. One
 * reference, the caller's. */
SG_MUST_CHECK enum sg_status verified_read(const char *source, const struct source_options *options,
                                           uint64_t generation, struct verified **verified_out,
                                           struct sg_error *error);

/* The same for `server`: itself, retained, or read again from its source where its statements were
 * read as another flavour's; then of the same generation. NULL with *error. */
struct verified *verified_for(struct verified *verified, const struct sg_server *server,
                              struct sg_error *error);

struct verified *verified_retain(struct verified *verified); /* any thread; NULL is fine */
void verified_release(struct verified *verified);            /* any thread; NULL is fine */

/* Changes when the file does that `source` names, or any file of the folder; of a file that may
 * name others, any beside it and any that it named when it was read; of a version, the history.
 * Never of a server. From names, sizes and times alone: nothing is read. */
uint64_t verified_signature(const struct verified *verified);

#endif
