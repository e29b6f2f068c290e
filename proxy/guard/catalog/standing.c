/* See standing.h. */
#include "catalog/standing.h"

#include <stdio.h>

#include <schemaguard/agreed.h>
#include <schemaguard/arena.h>

#define MEMORY_BYTES ((size_t)512 << 20)

struct comparison {
    const struct sg_schema *verified;
    const struct sg_schema *live;
    standing_is_named_fn is_named; /* NULL: all are */
    void *argument;
    struct standing *out;
};

static bool is_ignored(void *data, const struct sg_difference *difference)
{
    bool is_table = difference->kind == SG_DIFFERENCE_TABLE_EXTRA ||
                    difference->kind == SG_DIFFERENCE_TABLE_MISSING;
    (void)data;
    return is_table && sg_is_bookkeeping(difference->table);
}

static void tell(const struct sg_difference *difference, char *text, size_t size)
{
    bool has_name = difference->name.size > 0;
    (void)snprintf(
        text, size, "%s %.*s.%.*s%s%.*s%s%.*s%s%.*s", sg_difference_words(difference->kind, 1),
        (int)difference->database.size, difference->database.data, (int)difference->table.size,
        difference->table.data, has_name ? "." : "", (int)difference->name.size,
        has_name ? difference->name.data : "", difference->before.size ? ": " : "",
        (int)difference->before.size, difference->before.size ? difference->before.data : "",
        difference->before.size && difference->after.size ? ", live " : "",
        difference->before.size ? (int)difference->after.size : 0,
        difference->after.size ? difference->after.data : "");
}

static void count(const struct comparison *c, const struct sg_difference *difference)
{
    struct standing *standing = c->out;
    standing->counts[difference->kind]++;
    standing->total++;
    if (c->is_named && !c->is_named(difference->database, difference->table, c->argument))
        return;
    if (standing->named++ == 0)
        tell(difference, standing->first, sizeof(standing->first));
}

/* A database that live has not, or that its account cannot see, is as if it had no table. */
static void count_all_missing(const struct comparison *c, struct sg_slice database)
{
    for (size_t i = 0; i < sg_schema_table_count(c->verified); i++) {
        const struct sg_table *table = sg_schema_table_at(c->verified, i);
        const struct sg_difference difference = {.kind = SG_DIFFERENCE_TABLE_MISSING,
                                                 .database = database,
                                                 .table = sg_table_name(table)};
        if (sg_slice_equal(sg_table_database(table), database))
            count(c, &difference);
    }
}

static enum sg_status compare(const struct comparison *c, struct sg_slice database)
{
    const struct sg_diff_options options = {
        .from_database = database, .to_database = database, .is_ignored = is_ignored};
    struct sg_diff diff;
    struct sg_arena arena;
    if (sg_schema_find_database(c->live, database) != SG_PRESENT) {
        count_all_missing(c, database);
        return SG_OK;
    }
    sg_arena_init(&arena, MEMORY_BYTES);
    enum sg_status status = sg_diff(c->verified, c->live, &options, &arena, &diff);
    for (size_t i = 0; status == SG_OK && i < diff.count; i++)
        count(c, &diff.differences[i]);
    sg_arena_fini(&arena);
    return status;
}

enum sg_status standing_find(const struct sg_schema *verified, const struct sg_schema *live,
                             standing_is_named_fn is_named, void *argument,
                             struct standing *standing_out)
{
    const struct comparison c = {verified, live, is_named, argument, standing_out};
    enum sg_status status = SG_OK;
    *standing_out = (struct standing){0};
    for (size_t i = 0; status == SG_OK && i < sg_schema_database_count(verified); i++) {
        bool complete;
        struct sg_slice database = sg_schema_database_at(verified, i, &complete);
        if (sg_schema_describes(verified, database))
            status = compare(&c, database);
    }
    return status;
}
