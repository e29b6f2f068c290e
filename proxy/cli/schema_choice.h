/* The options by which `check` and `explain` name a schema, a server and a session, and what comes
 * of them. */
#ifndef CLI_SCHEMA_CHOICE_H
#define CLI_SCHEMA_CHOICE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <schemaguard/error.h>

#include "cli/options.h"
#include "sources/source.h"

struct schema_choice {
    /* given */
    const char *schema;
    const char *database;
    const char *flavour;
    const char *sql_mode;
    const char *password_file;
    const char *option_file;
    const char *tls;
    const char *tls_ca;
    const char *tls_fingerprint;
    const char *history;
    bool quiet;

    /* made of it */
    struct source_schema source;
    struct sg_server server;      /* what statements go to */
    struct sg_slice database_now; /* of new sessions; empty: not known */
    uint32_t modes;
};

#define SCHEMA_CHOICE_SPECS 11

/* Fills SCHEMA_CHOICE_SPECS specs for options_read. */
void schema_choice_specs(struct schema_choice *choice, struct option_spec *specs);

/* The lines of --help that tell how a source is read, for commands that take one as an argument. */
#define SCHEMA_CHOICE_SOURCE_HELP                                                                  \
    "      --flavour NAME        of SQL files: mysql, mysql-8.4, mariadb ...\n"                    \
    "      --password-file FILE  its first line is the password (or set MYSQL_PWD)\n"              \
    "      --defaults-file FILE  user and password from [client] of a MySQL option file\n"         \
    "      --tls MODE            disabled, preferred, required, verify-ca, verify-identity\n"      \
    "      --tls-ca FILE         certificates to verify the server's by\n"                         \
    "      --tls-fingerprint SHA256  what the server's certificate must be; needs no authority\n"  \
    "  -q, --quiet               nothing on standard error but errors\n"

/* The lines of --help that tell these options. */
void schema_choice_help(FILE *stream);

/* Reads the schema. False after saying on standard error what is wrong. */
bool schema_choice_read(struct schema_choice *choice, const char *command);
void schema_choice_fini(struct schema_choice *choice);

/* One note about a source on standard error; line 0: of the file as a whole. */
void schema_choice_say_note(const char *file, uint64_t line, const char *text);

/* For `schema pull` too: --tls, --password-file, --defaults-file, --history and MYSQL_PWD. False:
 * an unknown --tls was named, and said so. */
bool schema_choice_account(const struct schema_choice *choice, const char *command,
                           struct source_options *options_out);

/* Reads the source `name`, for commands that take one. A server's database that is not there is an
 * error. False after saying on standard error what is wrong; *out is for source_schema_fini. */
bool schema_choice_open(const struct schema_choice *choice, const char *name, const char *command,
                        struct source_schema *out);

/* A database that was asked for by name and is not there is no schema without tables. */
SG_MUST_CHECK enum sg_status schema_choice_expect_database(const struct source_schema *source,
                                                           const char *name,
                                                           struct sg_error *error);

/* Says on standard error what could not be seen or carried out. */
void schema_choice_say_gaps(const struct source_schema *source);

#endif
