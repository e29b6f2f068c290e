/* A schema by its name; see source.h. */
#define _GNU_SOURCE /* memmem */
#include "sources/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <schemaguard/catalog.h>
#include <schemaguard/session.h>

#include "sources/flavour.h"
#include "sources/history.h"
#include "sources/migrations.h"
#include "sources/source_orm.h"
#include "sources/source_server.h"
#include "sources/statements.h"

#define SNAPSHOT_MAX_BYTES ((size_t)1 << 30)
#define HEAD_BYTES         4096
#define ARENA_CEILING      ((size_t)512 << 20)

/* --- kinds --------------------------------------------------------------------------------- */

static size_t read_head(const char *name, char *head, size_t size)
{
    FILE *file = fopen(name, "re");
    size_t got = file ? fread(head, 1, size - 1, file) : 0;
    head[got] = '\0';
    if (file)
        (void)fclose(file);
    return got;
}

enum source_kind source_kind_of(const char *name)
{
    char head[64];
    struct stat about;
    enum source_kind kind;
    if (strncmp(name, "mysql://", 8) == 0)
        return SOURCE_SERVER;
    if (name[0] == '@')
        return SOURCE_HISTORY;
    if (stat(name, &about) == 0 && S_ISDIR(about.st_mode) && history_is(name))
        return SOURCE_HISTORY;
    if (source_orm_kind_of(name, &kind))
        return kind;
    if (stat(name, &about) == 0 && S_ISDIR(about.st_mode))
        return SOURCE_MIGRATIONS;
    read_head(name, head, sizeof head);
    size_t blanks = strspn(head, " \t\r\n\xEF\xBB\xBF");
    return head[blanks] == '{' ? SOURCE_SNAPSHOT : SOURCE_SCRIPT;
}

/* --- snapshots ----------------------------------------------------------------------------- */

static enum sg_status read_whole(const char *name, char **text_out, size_t *size_out,
                                 struct sg_error *error)
{
    struct stat about;
    FILE *file = fopen(name, "re");
    if (!file)
        return sg_error_set(error, SG_SYSTEM, "%s: %s", name, strerror(errno));
    size_t size = fstat(fileno(file), &about) == 0 ? (size_t)about.st_size : 0;
    char *text = size < SNAPSHOT_MAX_BYTES ? malloc(size + 1) : NULL;
    *size_out = text ? fread(text, 1, size, file) : 0;
    bool failed = ferror(file) != 0;
    (void)fclose(file);
    *text_out = text;
    if (text && !failed)
        return SG_OK;
    free(text);
    return sg_error_set(error, SG_SYSTEM, "%s: cannot be read, or is too large", name);
}

static enum sg_status read_snapshot(const char *name, struct source_schema *out,
                                    struct sg_error *error)
{
    char *text = NULL;
    size_t size = 0;
    enum sg_status status = read_whole(name, &text, &size, error);
    if (status != SG_OK)
        return status;
    status = sg_schema_from_json(sg_slice_make(text, size), name, &out->schema, error);
    free(text);
    return status;
}

/* --- histories ----------------------------------------------------------------------------- */

/* `@VERSION` of the history that was named beside it, or the latest of the one called `name`. */
static enum sg_status read_history(const char *name, const struct source_options *options,
                                   struct source_schema *out, struct sg_error *error)
{
    if (name[0] != '@')
        return history_schema(name, HISTORY_LATEST, &out->schema, &out->version, error);
    if (!options->history)
        return sg_error_set(error, SG_INVALID,
                            "%s: a version of which history? name its folder with --history", name);
    return history_schema(options->history, name, &out->schema, &out->version, error);
}

/* --- scripts ------------------------------------------------------------------------------- */

struct script_run {
    const char *name;
    const struct source_options *options;
    struct source_schema *out;
    struct sg_server server;
    struct sg_session session;
    struct sg_catalog *catalog;
    struct sg_arena arena;
    const char *declared_in; /* of an ORM's declarations: the file at hand; NULL: none */
};

/* "-- Server version\t10.11.6-MariaDB", "-- Host: localhost    Database: shop": what mysqldump and
 * mariadb-dump put first. */
static char *head_value(const char *head, const char *label)
{
    const char *found = strstr(head, label);
    if (!found)
        return NULL;
    found += strlen(label);
    found += strspn(found, " \t");
    size_t size = strcspn(found, "\r\n");
    while (size > 0 && (found[size - 1] == ' ' || found[size - 1] == '\t'))
        size--;
    return size ? strndup(found, size) : NULL;
}

static void learn_from_head(struct script_run *run)
{
    char head[HEAD_BYTES];
    (void)flavour_find("mysql", &run->server);
    read_head(run->name, head, sizeof head);
    if (strncmp(head, "--", 2) == 0 || strncmp(head, "/*", 2) == 0) {
        char *version = head_value(head, "-- Server version");
        if (version)
            (void)sg_server_from_version(sg_slice_of(version), &run->server);
        free(version);
        run->out->database = head_value(head, "Database:");
    }
    if (run->options->server)
        run->server = *run->options->server;
}

/* "dumps/shop.2026.sql": shop. Heap. */
static char *stem_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t size = strcspn(name, ".`");
    return strndup(size ? name : "schema", size ? size : strlen("schema"));
}

/* A script that names no database at first is about the one that was asked for, or that its dump
 * was made of, or about one by the file's own name. */
static enum sg_status begin_database(struct script_run *run, struct sg_error *error)
{
    if (run->options->database) {
        free(run->out->database);
        run->out->database = strdup(run->options->database);
    }
    if (!run->out->database)
        run->out->database = stem_of(run->name);
    if (!run->out->database)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    sg_session_set_database(&run->session, sg_slice_of(run->out->database));
    return sg_catalog_database(run->catalog, sg_slice_of(run->out->database), error);
}

static bool has_tables_in(const struct sg_schema *schema, struct sg_slice database)
{
    for (size_t i = 0; i < sg_schema_table_count(schema); i++) {
        if (sg_slice_equal(sg_table_database(sg_schema_table_at(schema, i)), database))
            return true;
    }
    return false;
}

/* The script was about other databases after all. */
static void end_database(struct script_run *run)
{
    char drop[320];
    struct sg_catalog_change change;
    if (run->options->database || run->out->kind == SOURCE_MIGRATIONS ||
        has_tables_in(sg_catalog_schema(run->catalog), sg_slice_of(run->out->database)))
        return;
    (void)snprintf(drop, sizeof drop, "DROP DATABASE IF EXISTS `%.255s`", run->out->database);
    free(run->out->database);
    run->out->database = NULL;
    sg_arena_reset(&run->arena);
    if (sg_catalog_apply(run->catalog, sg_slice_of(drop), &run->session.context, &run->arena,
                         &change) != SG_OK)
        run->out->doubtful++;
}

static void note(const struct script_run *run, const struct statements_item *item,
                 const struct sg_catalog_change *change, struct sg_slice text)
{
    char buffer[512];
    uint64_t line = item->line;
    for (size_t i = 0; i < change->offset && i < text.size; i++)
        line += text.data[i] == '\n';
    if (!run->options->note)
        return;
    (void)snprintf(buffer, sizeof buffer, "%s: %.*s",
                   change->effect == SG_CATALOG_REFUSED ? "not carried out" : "not understood",
                   (int)change->reason.size, change->reason.data ? change->reason.data : "");
    run->options->note(run->options->note_data, run->declared_in ? run->declared_in : run->name,
                       line, buffer);
}

static enum sg_status run_one(struct script_run *run, const struct statements_item *item,
                              struct sg_slice *text, struct sg_error *error)
{
    const struct sg_report *report = NULL;
    struct sg_catalog_change change;
    sg_arena_reset(&run->arena);
    enum sg_status status =
        sg_catalog_apply(run->catalog, *text, &run->session.context, &run->arena, &change);
    if (status == SG_OK)
        status = sg_read_effects(*text, &run->session.context, &run->arena, &report);
    if (status != SG_OK)
        return sg_error_set(error, status, "line %llu: a statement needs more memory than allowed",
                            (unsigned long long)item->line);
    run->out->refused += change.effect == SG_CATALOG_REFUSED;
    run->out->doubtful += change.effect == SG_CATALOG_DOUBTFUL;
    if (change.effect == SG_CATALOG_REFUSED || change.effect == SG_CATALOG_DOUBTFUL)
        note(run, item, &change, *text);
    if (change.effect != SG_CATALOG_REFUSED)
        sg_session_apply(&run->session, &report->effects);
    size_t consumed = change.consumed ? change.consumed : text->size;
    *text = sg_slice_make(text->data + consumed, text->size - consumed);
    return SG_OK;
}

static enum sg_status run_item(struct script_run *run, const struct statements_item *item,
                               struct sg_error *error)
{
    struct sg_slice text = item->text;
    enum sg_status status = SG_OK;
    if (item->kind == STATEMENTS_DATABASE)
        sg_session_set_database(&run->session, item->database);
    if (item->kind != STATEMENTS_STATEMENT)
        return SG_OK;
    while (status == SG_OK && text.size > 0)
        status = run_one(run, item, &text, error);
    return status;
}

static enum sg_status run_script(struct script_run *run, const char *path, struct sg_error *error)
{
    struct statements_item item;
    struct statements *statements = statements_open(path, STATEMENTS_SQL, error);
    enum statements_result result = STATEMENTS_FAILED;
    enum sg_status status = statements ? SG_OK : SG_SYSTEM;
    while (status == SG_OK) {
        uint32_t modes = run->session.context.sql_mode;
        statements_follow_escapes(statements, modes & SG_MODE_NO_BACKSLASH_ESCAPES);
        result = statements_next(statements, &item, error);
        if (result != STATEMENTS_ITEM)
            break;
        status = run_item(run, &item, error);
    }
    statements_close(statements);
    return status == SG_OK && result == STATEMENTS_FAILED ? SG_SYSTEM : status;
}

static enum sg_status run_migration(struct script_run *run, const char *path,
                                    struct sg_error *error)
{
    char readable[4096];
    int descriptor;
    enum sg_status status = migrations_open(path, readable, sizeof readable, &descriptor, error);
    const char *folder = run->name;
    run->name = path;
    if (status == SG_OK)
        status = run_script(run, readable, error);
    run->name = folder;
    if (descriptor >= 0)
        (void)close(descriptor);
    return status;
}

/* Each begins where the folder's own database is. */
static enum sg_status run_migrations(struct script_run *run, struct sg_error *error)
{
    struct migrations list;
    enum sg_status status = migrations_list(run->name, &list, error);
    size_t limit = run->options->migration_limit ? *run->options->migration_limit : SIZE_MAX;
    for (size_t i = 0; status == SG_OK && i < list.count && i < limit; i++) {
        sg_session_set_database(&run->session, sg_slice_of(run->out->database));
        status = run_migration(run, list.paths[i], error);
    }
    if (status != SG_OK) {
        migrations_fini(&list);
        return status;
    }
    run->out->migrations = list.paths;
    run->out->migration_count = list.count;
    return SG_OK;
}

/* --- an ORM's declarations ------------------------------------------------------------------ */

static void note_of_orm(void *data, const struct orm_place *place, bool is_problem,
                        const char *text)
{
    const struct script_run *run = data;
    (void)is_problem;
    if (run->options->note)
        run->options->note(run->options->note_data, place->file, place->line, text);
}

static void tell_opened(void *data, const char *path)
{
    const struct script_run *run = data;
    if (run->options->opened)
        run->options->opened(run->options->opened_data, path);
}

static enum sg_status run_statement_of_orm(void *data, const struct orm_place *place,
                                           struct sg_slice sql, struct sg_error *error)
{
    struct script_run *run = data;
    const struct statements_item item = {.line = place->line};
    run->declared_in = place->file;
    sg_session_set_database(&run->session, sg_slice_of(run->out->database));
    return run_one(run, &item, &sql, error);
}

static bool has_breakpoints(const char *name)
{
    char head[HEAD_BYTES];
    read_head(name, head, sizeof head);
    return strstr(head, "--> statement-breakpoint") != NULL;
}

static enum sg_status run_all(struct script_run *run, struct sg_error *error)
{
    const struct source_orm_calls calls = {
        .report = note_of_orm, .opened = tell_opened, .take = run_statement_of_orm, .data = run};
    switch (run->out->kind) {
    case SOURCE_MIGRATIONS:
        return run_migrations(run, error);
    case SOURCE_DRIZZLE:
    case SOURCE_DRIZZLE_SNAPSHOT:
    case SOURCE_PRISMA:
        return source_orm_read(run->name, run->out->kind, run->out->database, &calls, error);
    case SOURCE_SNAPSHOT:
    case SOURCE_SCRIPT:
    case SOURCE_SERVER:
    case SOURCE_HISTORY:
        break;
    }
    /* one of drizzle-kit's files by itself: its breakpoints are no comments to a server */
    return has_breakpoints(run->name) ? run_migration(run, run->name, error)
                                      : run_script(run, run->name, error);
}

static enum sg_status read_script(const char *name, const struct source_options *options,
                                  struct source_schema *out, struct sg_error *error)
{
    struct script_run run = {.name = name, .options = options, .out = out};
    learn_from_head(&run);
    sg_arena_init(&run.arena, ARENA_CEILING);
    sg_session_init(&run.session, &run.server,
                    options->has_sql_mode ? options->sql_mode
                                          : flavour_default_sql_mode(&run.server));
    run.catalog = sg_catalog_new(&run.server);
    enum sg_status status = run.catalog ? SG_OK : SG_SYSTEM;
    if (status == SG_OK)
        status = begin_database(&run, error);
    if (status == SG_OK)
        status = run_all(&run, error);
    if (status == SG_OK)
        end_database(&run);
    if (status == SG_OK)
        status = sg_catalog_finish(run.catalog, &out->schema, error);
    else
        sg_catalog_free(run.catalog);
    sg_session_fini(&run.session);
    sg_arena_fini(&run.arena);
    if (status == SG_OK && out->kind == SOURCE_SCRIPT && sg_schema_table_count(out->schema) == 0)
        status = sg_error_set(error, SG_INVALID,
                              "%s: neither a snapshot nor a script with CREATE TABLE in it", name);
    return status;
}

/* --- the door ------------------------------------------------------------------------------ */

enum sg_status source_read(const char *name, const struct source_options *options,
                           struct source_schema *out, struct sg_error *error)
{
    enum sg_status status = SG_SYSTEM;
    *out = (struct source_schema){.kind = source_kind_of(name)};
    switch (out->kind) {
    case SOURCE_SNAPSHOT:
        status = read_snapshot(name, out, error);
        break;
    case SOURCE_SCRIPT:
    case SOURCE_MIGRATIONS:
    case SOURCE_DRIZZLE:
    case SOURCE_DRIZZLE_SNAPSHOT:
    case SOURCE_PRISMA:
        status = read_script(name, options, out, error);
        break;
    case SOURCE_SERVER:
        status = source_server_read(name, options, out, error);
        break;
    case SOURCE_HISTORY:
        status = read_history(name, options, out, error);
        break;
    }
    if (status != SG_OK)
        source_schema_fini(out);
    return status;
}

void source_schema_fini(struct source_schema *schema)
{
    sg_schema_release(schema->schema);
    free(schema->database);
    free(schema->version);
    for (size_t i = 0; i < schema->migration_count; i++)
        free(schema->migrations[i]);
    free(schema->migrations);
    schema->schema = NULL;
    schema->database = NULL;
    schema->version = NULL;
    schema->migrations = NULL;
    schema->migration_count = 0;
}
