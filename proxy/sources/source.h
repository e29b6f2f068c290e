/* A schema by its name: a snapshot file, a script of DDL (a dump), a folder of migrations, a
 * server's URL, or what a history has of it.
 *
 *   schema.json                          a snapshot, format 1 (docs/snapshot.schema.json)
 *   dump.sql                             CREATE, ALTER ... carried out by the engine
 *   migrations/                          a folder of such, in order (migrations.h)
 *   schema.ts, src/db/                   Drizzle's declarations (drizzle.h)
 *   drizzle/meta/, 0003_snapshot.json    drizzle-kit's own snapshots (drizzle_json.h)
 *   schema.prisma, prisma/schema/        Prisma's declarations (prisma.h)
 *   mysql://user@host:port/database      read live, through live.c
 *   history/                             the latest of a history (history.h), told by its log
 *   @v3, @latest                         a version of the history that the options name
 */
#ifndef SOURCES_SOURCE_H
#define SOURCES_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/schema.h>
#include <schemaguard/server.h>

#include "sources/live.h"

enum source_kind {
    SOURCE_SNAPSHOT,
    SOURCE_SCRIPT,
    SOURCE_MIGRATIONS,
    SOURCE_DRIZZLE,
    SOURCE_DRIZZLE_SNAPSHOT,
    SOURCE_PRISMA,
    SOURCE_SERVER,
    SOURCE_HISTORY,
};

/* By the name alone, for a file by its first byte too. */
enum source_kind source_kind_of(const char *name);

/* Strings are borrowed for the call; NULL = not given. */
struct source_options {
    const struct sg_server *server; /* script: NULL = as its first comments tell, else MySQL */
    const char *database; /* script: where tables go before a USE; server: read this one */
    uint32_t sql_mode;    /* script */
    bool has_sql_mode;
    const char *history;           /* the folder that `@VERSION` is about */
    const size_t *migration_limit; /* migrations: this many files alone; NULL = all */
    const char *user;              /* server: beaten by the URL's */
    const char *password;
    const char *password_file;
    const char *option_file; /* [client] of an option file: beaten by all the others */
    enum live_tls tls;
    const char *tls_ca_file;
    const char *tls_fingerprint; /* SHA-256 of the server's certificate */
    /* Server: called with the options before it is connected to; may add what verifies its
     * certificate. NULL: what the client library cannot verify by itself is refused. */
    enum sg_status (*prepare)(void *data, struct live_options *live, struct sg_error *error);
    void *prepare_data;
    struct live_cancel *cancel; /* server: breaks its reading off; NULL = nobody does */
    /* Script: each statement that changes a schema and could not be carried out; `file` is the
     * script, of a folder the one of its files. */
    void (*note)(void *data, const char *file, uint64_t line, const char *text);
    void *note_data;
    /* Drizzle: each file that is about to be read, also those that others import. */
    void (*opened)(void *data, const char *path);
    void *opened_data;
};

struct source_schema {
    struct sg_schema *schema; /* one reference */
    enum source_kind kind;
    char *database;  /* heap: named by the URL or by the dump's first comment; NULL = none */
    char *version;   /* heap: history: what the one that was read is called; NULL = none */
    size_t refused;  /* script: statements that its server would refuse */
    size_t doubtful; /* and those that were not understood */
    char server_version[64]; /* server: VERSION() */
    char **migrations;       /* heap: their files' names */
    size_t migration_count;
    size_t unknown_tables;   /* server: columns not visible to the account */
    size_t hidden_databases; /* server: not all tables visible */
};

/* On failure nothing is in *out. */
SG_MUST_CHECK enum sg_status source_read(const char *name, const struct source_options *options,
                                         struct source_schema *out, struct sg_error *error);
void source_schema_fini(struct source_schema *schema);

/* --- servers' URLs ------------------------------------------------------------------------ */

/* mysql://[user[:password]@]host[:port][/database][?socket=/path]; %xx is undone. All heap, NULL
 * where nothing stands. */
struct source_url {
    char *user;
    char *password;
    char *host;
    char *database;
    char *socket;
    uint16_t port;
};
SG_MUST_CHECK enum sg_status source_url_parse(const char *text, struct source_url *out,
                                              struct sg_error *error);
void source_url_fini(struct source_url *url); /* wipes the password */

/* The value of `key` in the groups [client], [client-server] and [schemaguard] of a MySQL option
 * file, the last one that stands there; heap, NULL when there is none or (with *error set) the file
 * cannot be read. MySQL manual, "Using Option Files". */
char *source_option(const char *path, const char *key, struct sg_error *error);

#endif
