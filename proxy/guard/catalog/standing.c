/* See standing.h. */
#include "catalog/standing.h"

#include <stdio.h>

#include <schemaguard/agreed.h>
#include <schemaguard/arena.h>

#define MEMORY_BYTES ((size_t)512 << 20)

/* One database is asked about for all of its tables in a row. */
struct question {
    const struct sg_schema *verified;
    struct sg_slice database;
    bool is_described;
};

static bool is_ignored(void *data, const struct sg_difference *difference)
{
    struct question *question = data;
    bool is_table = difference->kind == SG_DIFFERENCE_TABLE_EXTRA ||
                    difference->kind == SG_DIFFERENCE_TABLE_MISSING;
    if (is_table && sg_is_bookkeeping(difference->table))
        return true;
    if (!sg_slice_equal(question->database, difference->database)) {
        question->database = difference->database;
        question->is_described = sg_schema_describes(question->verified, difference->database);
    }
    return !question->is_described;
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

static void count(struct standing *standing, const struct sg_difference *difference, bool is_named)
{
    standing->counts[difference->kind]++;
    standing->total++;
    if (is_named && standing->named++ == 0)
        tell(difference, standing->first, sizeof(standing->first));
}

enum sg_status standing_find(const struct sg_schema *verified, const struct sg_schema *live,
                             standing_is_named_fn is_named, void *argument,
                             struct standing *standing_out)
{
    struct question question = {.verified = verified};
    const struct sg_diff_options options = {.is_ignored = is_ignored, .data = &question};
    struct sg_diff diff;
    struct sg_arena arena;
    *standing_out = (struct standing){0};
    sg_arena_init(&arena, MEMORY_BYTES);
    enum sg_status status = sg_diff(verified, live, &options, &arena, &diff);
    for (size_t i = 0; status == SG_OK && i < diff.count; i++) {
        const struct sg_difference *at = &diff.differences[i];
        count(standing_out, at, !is_named || is_named(at->database, at->table, argument));
    }
    sg_arena_fini(&arena);
    return status;
}
