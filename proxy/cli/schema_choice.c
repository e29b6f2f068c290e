#include "cli/schema_choice.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <schemaguard/check.h>

#include "cli/server_verify.h"
#include "config/suggest.h"
#include "sources/flavour.h"

#define NOTES_SHOWN 10

void schema_choice_specs(struct schema_choice *choice, struct option_spec *specs)
{
    const struct option_spec all[SCHEMA_CHOICE_SPECS] = {
        {"--schema", "-s", &choice->schema, NULL},
        {"--database", "-d", &choice->database, NULL},
        {"--flavour", NULL, &choice->flavour, NULL},
        {"--sql-mode", NULL, &choice->sql_mode, NULL},
        {"--password-file", NULL, &choice->password_file, NULL},
        {"--defaults-file", NULL, &choice->option_file, NULL},
        {"--tls", NULL, &choice->tls, NULL},
        {"--tls-ca", NULL, &choice->tls_ca, NULL},
        {"--tls-fingerprint", NULL, &choice->tls_fingerprint, NULL},
        {"--history", NULL, &choice->history, NULL},
        {"--quiet", "-q", NULL, &choice->quiet},
    };
    memcpy(specs, all, sizeof all);
}

void schema_choice_help(FILE *stream)
{
    size_t count;
    const struct flavour *flavours = flavour_list(&count);
    fputs("  -s, --schema SCHEMA   what exists: a snapshot (schemaguard schema pull), a .sql file\n"
          "                        with CREATE statements (a dump), mysql://user@host:port/db, or\n"
          "                        @VERSION of a history\n"
          "      --history DIR     the history that @VERSION and @latest are about\n"
          "  -d, --database NAME   the current database where the input names none; where a .sql\n"
          "                        schema names none, its tables are in it\n"
          "      --flavour NAME    how to read: ",
          stream);
    for (size_t i = 0; i < count; i++)
        fprintf(stream, "%s%s", flavours[i].name,
                i + 1 == count ? "\n"
                : i % 4 == 3   ? ",\n                        "
                               : ", ");
    fputs("                        (left out: as the schema tells)\n"
          "      --sql-mode MODES  of new sessions, as the server's variable (left out: its "
          "default)\n"
          "  -q, --quiet           no progress, no notes on standard error\n",
          stream);
}

static bool fail_flavour(const char *name, const char *command)
{
    size_t count;
    const struct flavour *flavours = flavour_list(&count);
    struct suggestion suggestion = suggest_for(name);
    for (size_t i = 0; i < count; i++)
        suggest_offer(&suggestion, flavours[i].name);
    fprintf(stderr, "schemaguard %s: there is no flavour \"%s\"; %s%s\n", command, name,
            suggestion.nearest ? "did you mean " : "see schemaguard ",
            suggestion.nearest ? suggestion.nearest : "check --help");
    return false;
}

bool schema_choice_account(const struct schema_choice *choice, const char *command,
                           struct source_options *options_out)
{
    static const char *const TLS[] = {"disabled", "preferred", "required", "verify-ca",
                                      "verify-identity"};
    options_out->password = getenv("MYSQL_PWD");
    options_out->password_file = choice->password_file;
    options_out->option_file = choice->option_file;
    options_out->tls_ca_file = choice->tls_ca;
    options_out->tls_fingerprint = choice->tls_fingerprint;
    options_out->history = choice->history;
    options_out->tls = LIVE_TLS_PREFERRED;
    if (!choice->tls)
        return true;
    for (size_t i = 0; i < sizeof TLS / sizeof TLS[0]; i++) {
        if (strcasecmp(choice->tls, TLS[i]) == 0) {
            options_out->tls = (enum live_tls)i;
            return true;
        }
    }
    fprintf(stderr,
            "schemaguard %s: --tls is disabled, preferred, required, verify-ca or "
            "verify-identity\n",
            command);
    return false;
}

void schema_choice_say_note(const char *file, uint64_t line, const char *text)
{
    if (line)
        fprintf(stderr, "schemaguard: %s:%" PRIu64 ": %s\n", file, line, text);
    else
        fprintf(stderr, "schemaguard: %s: %s\n", file, text);
}

struct notes {
    const struct schema_choice *choice;
    size_t count;
};

static void take_note(void *data, const char *file, uint64_t line, const char *text)
{
    struct notes *notes = data;
    if (notes->choice->quiet || notes->count++ >= NOTES_SHOWN)
        return;
    schema_choice_say_note(file, line, text);
}

static void say_more(const struct schema_choice *choice, const struct notes *notes,
                     const char *name)
{
    if (!choice->quiet && notes->count > NOTES_SHOWN)
        fprintf(stderr, "schemaguard: %s: %zu more like these\n", name, notes->count - NOTES_SHOWN);
}

static void say_notes(const struct schema_choice *choice, const struct notes *notes)
{
    const struct source_schema *source = &choice->source;
    if (choice->quiet)
        return;
    say_more(choice, notes, choice->schema);
    if (source->doubtful)
        fprintf(stderr,
                "schemaguard: %s: what was not understood may have changed any table: a table that "
                "is not there is not reported\n",
                choice->schema);
    if (source->hidden_databases)
        fprintf(stderr,
                "schemaguard: the account does not see all tables of %zu databases: nothing is "
                "said of those that are missing there (docs/schema-account.md)\n",
                source->hidden_databases);
}

/* The one that was named; else the one that the schema is about, if it is about one. */
static struct sg_slice choose_database(const struct schema_choice *choice)
{
    if (choice->database)
        return sg_slice_of(choice->database);
    if (choice->source.database)
        return sg_slice_of(choice->source.database);
    return sg_schema_only_database(choice->source.schema);
}

bool schema_choice_read(struct schema_choice *choice, const char *command)
{
    struct sg_error error = {0};
    struct sg_server named = {0};
    struct notes notes = {.choice = choice};
    struct source_options options = {.note = take_note, .note_data = &notes};
    if (!choice->schema) {
        fprintf(stderr,
                "schemaguard %s: --schema is missing: a snapshot, a .sql file or mysql://…\n",
                command);
        return false;
    }
    if (choice->flavour && !flavour_find(choice->flavour, &named))
        return fail_flavour(choice->flavour, command);
    if (!schema_choice_account(choice, command, &options))
        return false;
    options.server = choice->flavour ? &named : NULL;
    options.database = source_kind_of(choice->schema) == SOURCE_SERVER ? NULL : choice->database;
    struct server_verify verify = {.probe = NULL};
    options.prepare = server_verify_prepare;
    options.prepare_data = &verify;
    enum sg_status status = source_read(choice->schema, &options, &choice->source, &error);
    server_verify_fini(&verify);
    if (status != SG_OK) {
        fprintf(stderr, "schemaguard %s: %s\n", command, error.message);
        return false;
    }
    say_notes(choice, &notes);
    choice->server = *sg_schema_server(choice->source.schema);
    if (choice->flavour)
        (void)flavour_find(choice->flavour, &choice->server);
    choice->modes = choice->sql_mode ? sg_sql_mode_from_text(sg_slice_of(choice->sql_mode),
                                                             choice->server.flavour)
                                     : flavour_default_sql_mode(&choice->server);
    choice->database_now = choose_database(choice);
    return true;
}

void schema_choice_fini(struct schema_choice *choice)
{
    source_schema_fini(&choice->source);
}

/* --- one source ---------------------------------------------------------------------------- */

enum sg_status schema_choice_expect_database(const struct source_schema *source, const char *name,
                                             struct sg_error *error)
{
    if (source->kind != SOURCE_SERVER || !source->database ||
        sg_schema_find_database(source->schema, sg_slice_of(source->database)) == SG_PRESENT)
        return SG_OK;
    return sg_error_set(error, SG_INVALID,
                        "%s: there is no database `%s`, or the account may not see it", name,
                        source->database);
}

bool schema_choice_open(const struct schema_choice *choice, const char *name, const char *command,
                        struct source_schema *out)
{
    struct sg_error error = {0};
    struct sg_server server = {0};
    struct server_verify verify = {.probe = NULL};
    struct notes notes = {.choice = choice};
    struct source_options options = {
        .database = choice->database, .note = take_note, .note_data = &notes};
    if (choice->flavour && !flavour_find(choice->flavour, &server))
        return fail_flavour(choice->flavour, command);
    if (!schema_choice_account(choice, command, &options))
        return false;
    options.server = choice->flavour ? &server : NULL;
    options.prepare = server_verify_prepare;
    options.prepare_data = &verify;
    enum sg_status status = source_read(name, &options, out, &error);
    server_verify_fini(&verify);
    say_more(choice, &notes, name);
    if (status == SG_OK) {
        status = schema_choice_expect_database(out, name, &error);
        if (status != SG_OK)
            source_schema_fini(out);
    }
    if (status != SG_OK)
        fprintf(stderr, "schemaguard %s: %s\n", command, error.message);
    return status == SG_OK;
}

void schema_choice_say_gaps(const struct source_schema *source)
{
    if (source->hidden_databases)
        fprintf(stderr,
                "The account does not see all tables of %zu databases: nothing will be said of "
                "those that are missing there (docs/schema-account.md).\n",
                source->hidden_databases);
    if (source->unknown_tables)
        fprintf(stderr, "Of %zu tables and views the columns cannot be seen.\n",
                source->unknown_tables);
    if (source->refused + source->doubtful)
        fprintf(stderr, "%zu statements were not carried out, %zu not understood.\n",
                source->refused, source->doubtful);
}
