/* What differs between two schemas, and the SQL that would take one to the other.
 *
 * Pure: two schemas in, a list out, all of it in the caller's arena. Seen from `from` to `to`: what
 * only `from` has is missing, what only `to` has is extra. What one side does not know (a table's
 * keys in an old snapshot, a database that an account cannot see whole) is no difference.
 */
#ifndef SCHEMAGUARD_DIFF_H
#define SCHEMAGUARD_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/arena.h>
#include <schemaguard/detail.h>
#include <schemaguard/error.h>
#include <schemaguard/schema.h>

enum sg_difference_kind {
#define SG_DIFFERENCE(kind, name, one, many) SG_DIFFERENCE_##kind,
#include <schemaguard/difference.def>
#undef SG_DIFFERENCE
    SG_DIFFERENCE_KINDS
};

/* "column_missing"; "missing column", "missing columns". Static storage. */
const char *sg_difference_name(enum sg_difference_kind kind);
const char *sg_difference_words(enum sg_difference_kind kind, size_t count);

struct sg_difference {
    enum sg_difference_kind kind;
    bool destructive; /* going from `from` to `to` may lose data, or stop at rows that are there */
    struct sg_slice database; /* as `from` names it */
    struct sg_slice table;
    struct sg_slice name;   /* of the column, index, constraint; empty: the table itself */
    struct sg_slice before; /* in words or SQL; empty: nothing there */
    struct sg_slice after;
    struct sg_slice likely; /* missing: what it is probably called now */
    const struct sg_table *from_table;
    const struct sg_table *to_table;
    size_t from_at; /* of the column, index or constraint, where there is one */
    size_t to_at;
};

struct sg_diff {
    const struct sg_schema *from;
    const struct sg_schema *to;
    const struct sg_difference *differences; /* destructive ones first, then by table */
    size_t count;
    size_t tables_compared;
    size_t tables_untold; /* one side cannot know whether it has them */
};

struct sg_diff_options {
    /* These databases alone; empty: all but the servers' own. Where each side has one, they are
     * compared whatever they are called. */
    struct sg_slice from_database;
    struct sg_slice to_database;
    /* NULL, or whether to leave a difference out. */
    bool (*is_ignored)(void *data, const struct sg_difference *difference);
    void *data;
};

/* SG_LIMIT: the arena's ceiling. The schemas must outlive the result. */
SG_MUST_CHECK enum sg_status sg_diff(const struct sg_schema *from, const struct sg_schema *to,
                                     const struct sg_diff_options *options, struct sg_arena *arena,
                                     struct sg_diff *diff_out);

/* --- SQL ------------------------------------------------------------------------------------- */

/* The SQL that takes diff->from to diff->to on `server`, in an order that runs; what is destructive
 * stands in comments that say why. In the arena. Empty text and SG_OK: nothing to do. */
SG_MUST_CHECK enum sg_status sg_plan(const struct sg_diff *diff, const struct sg_server *server,
                                     struct sg_arena *arena, struct sg_slice *sql_out);

#endif
