/* Two sources read and compared; see schema_compare.h. */
#define _GNU_SOURCE /* FNM_CASEFOLD, asprintf */
#include "cli/schema_compare.h"

#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <schemaguard/agreed.h>

#include "cli/schema_report.h"
#include "cli/server_verify.h"
#include "sources/flavour.h"

#define ARENA_CEILING ((size_t)2 << 30)

void schema_compare_specs(struct schema_compare *compare, struct option_spec *specs)
{
    specs[0] = (struct option_spec){"--ignore", NULL, &compare->ignore, NULL};
    specs[1] = (struct option_spec){"--all", NULL, NULL, &compare->all};
    schema_choice_specs(&compare->choice, specs + 2);
}

void schema_compare_help(FILE *stream)
{
    fputs("Sources: mysql://user@host:port/database, a snapshot (schema pull), a .sql file, a "
          "folder\n"
          "of migrations, Drizzle's schema.ts or meta/ snapshots, schema.prisma, a history "
          "(schema\n"
          "adopt) or @VERSION of one, or `empty`.\n"
          "\n"
          "      --ignore PATTERNS     leave out what matches: table, table.column, kind:comment,\n"
          "                            with * and ?, separated by commas\n"
          "      --all                 with the tables that migration tools keep for themselves\n"
          "  -d, --database NAME       this database alone\n"
          "      --history DIR         the history that @VERSION and @latest are "
          "about\n" SCHEMA_CHOICE_SOURCE_HELP,
          stream);
}

/* --- reading ------------------------------------------------------------------------------- */

static bool is_empty_source(const char *name)
{
    return strcmp(name, "empty") == 0 && access(name, F_OK) != 0;
}

static void take_note(void *data, const char *file, uint64_t line, const char *text)
{
    const struct schema_compare *compare = data;
    if (!compare->choice.quiet)
        schema_choice_say_note(file, line, text);
}

static enum sg_status read_empty(struct schema_compare *compare, int side, struct sg_error *error)
{
    struct sg_server server = {0};
    (void)flavour_find(compare->choice.flavour ? compare->choice.flavour : "mysql", &server);
    if (compare->sources[1 - side].schema)
        server = *sg_schema_server(compare->sources[1 - side].schema);
    struct sg_schema_builder *builder = sg_schema_builder_new(&server);
    if (!builder)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    sg_schema_builder_databases_complete(builder);
    compare->sources[side] = (struct source_schema){.kind = SOURCE_SNAPSHOT};
    return sg_schema_builder_finish(builder, &compare->sources[side].schema, error);
}

static enum sg_status read_named(struct schema_compare *compare, int side, size_t migration_limit,
                                 struct sg_error *error)
{
    const char *name = compare->names[side];
    struct sg_server server = {0};
    struct source_options options = {.note = take_note, .note_data = compare};
    struct server_verify verify = {.probe = NULL};
    if (!schema_choice_account(&compare->choice, compare->command, &options))
        return sg_error_set(error, SG_INVALID, "wrong options");
    /* a script is read as the server that it is compared with would read it */
    if (compare->choice.flavour && !flavour_find(compare->choice.flavour, &server))
        return sg_error_set(error, SG_INVALID, "there is no flavour \"%s\"",
                            compare->choice.flavour);
    const struct sg_schema *other = compare->sources[1 - side].schema;
    options.server = compare->choice.flavour ? &server : other ? sg_schema_server(other) : NULL;
    options.database = compare->choice.database;
    options.migration_limit = migration_limit == SIZE_MAX ? NULL : &migration_limit;
    options.prepare = server_verify_prepare;
    options.prepare_data = &verify;
    enum sg_status status = source_read(name, &options, &compare->sources[side], error);
    server_verify_fini(&verify);
    return status;
}

bool schema_compare_read(struct schema_compare *compare, int side, size_t migration_limit,
                         struct sg_error *error)
{
    struct sg_error own = {.status = SG_OK};
    struct sg_error *used = error ? error : &own;
    source_schema_fini(&compare->sources[side]);
    enum sg_status status = is_empty_source(compare->names[side])
                                ? read_empty(compare, side, used)
                                : read_named(compare, side, migration_limit, used);
    if (status == SG_OK)
        status = schema_choice_expect_database(&compare->sources[side], compare->names[side], used);
    if (status != SG_OK && !error)
        fprintf(stderr, "schemaguard %s: %s\n", compare->command, own.message);
    return status == SG_OK;
}

/* A script is read as the server that it is compared with would read it. */
static bool tells_its_server(const char *name)
{
    enum source_kind kind = source_kind_of(name);
    return kind == SOURCE_SERVER || kind == SOURCE_SNAPSHOT || kind == SOURCE_HISTORY;
}

bool schema_compare_read_both(struct schema_compare *compare)
{
    int first = tells_its_server(compare->names[1]) ? 1 : 0;
    return schema_compare_read(compare, first, SIZE_MAX, NULL) &&
           schema_compare_read(compare, 1 - first, SIZE_MAX, NULL);
}

/* --- what is left out ---------------------------------------------------------------------- */

static bool is_bookkeeping(const struct sg_difference *difference)
{
    return (difference->kind == SG_DIFFERENCE_TABLE_EXTRA ||
            difference->kind == SG_DIFFERENCE_TABLE_MISSING) &&
           sg_is_bookkeeping(difference->table);
}

static bool matches(const char *pattern, const struct sg_difference *difference)
{
    char text[600];
    if (strncmp(pattern, "kind:", 5) == 0)
        return fnmatch(pattern + 5, sg_difference_name(difference->kind), 0) == 0;
    bool dotted = strchr(pattern, '.') != NULL;
    (void)snprintf(text, sizeof text, "%.*s%s%.*s", (int)difference->table.size,
                   difference->table.data, dotted ? "." : "",
                   dotted ? (int)difference->name.size : 0,
                   dotted && difference->name.size ? difference->name.data : "");
    return fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

static bool is_ignored(void *data, const struct sg_difference *difference)
{
    const struct schema_compare *compare = data;
    char pattern[256];
    if (!compare->all && is_bookkeeping(difference))
        return true;
    for (const char *at = compare->ignore; at && *at;) {
        size_t size = strcspn(at, ",");
        (void)snprintf(pattern, sizeof pattern, "%.*s", (int)size, at);
        if (size && matches(pattern, difference))
            return true;
        at += size + (at[size] == ',');
    }
    return false;
}

/* --- comparing ----------------------------------------------------------------------------- */

/* The database that the source is about, if it was named in it or asked for. */
static struct sg_slice database_of(const struct schema_compare *compare, int side)
{
    const struct source_schema *source = &compare->sources[side];
    const char *name = source->database ? source->database : compare->choice.database;
    if (!name || sg_schema_find_database(source->schema, sg_slice_of(name)) != SG_PRESENT)
        return SG_SLICE_EMPTY;
    return sg_slice_of(name);
}

char *schema_compare_name(const struct schema_compare *compare, int side)
{
    char *name = schema_report_name(compare->names[side]);
    const char *version = compare->sources[side].version;
    char *both = NULL;
    if (!name || !version || (name[0] == '@' && strcmp(name + 1, version) == 0))
        return name;
    if (asprintf(&both, "%s (%s)", name, version) < 0)
        return name;
    free(name);
    return both;
}

bool schema_compare_run(struct schema_compare *compare)
{
    const struct sg_diff_options options = {
        .from_database = database_of(compare, 0),
        .to_database = database_of(compare, 1),
        .is_ignored = is_ignored,
        .data = compare,
    };
    sg_arena_fini(&compare->arena);
    sg_arena_init(&compare->arena, ARENA_CEILING);
    if (sg_diff(compare->sources[0].schema, compare->sources[1].schema, &options, &compare->arena,
                &compare->diff) == SG_OK)
        return true;
    fprintf(stderr, "schemaguard %s: out of memory\n", compare->command);
    return false;
}

void schema_compare_fini(struct schema_compare *compare)
{
    source_schema_fini(&compare->sources[0]);
    source_schema_fini(&compare->sources[1]);
    sg_arena_fini(&compare->arena);
}
