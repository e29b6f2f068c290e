/* What an account can see of the schema, read from SHOW GRANTS. Pure: text in, answers out.
 *
 * information_schema lists a column to whoever has SELECT, INSERT, UPDATE or REFERENCES on it, its
 * table, its database or everything; without one of these a table may be listed without its
 * columns, or not at all, and then its absence proves nothing.
 */
#ifndef SOURCES_LIVE_GRANTS_H
#define SOURCES_LIVE_GRANTS_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "sources/live.h" /* struct live_coverage and live_coverage_shrank */

/* How this server reads database names in grants. */
struct live_grants_rules {
    bool has_literal_names;   /* MySQL, partial_revokes = ON: % and _ are no wildcards */
    bool ignores_letter_case; /* lower_case_table_names is not 0 */
};

struct live_coverage *
live_coverage_new(const struct live_grants_rules *rules); /* NULL: no memory */

/* One row of SHOW GRANTS. What it does not understand it passes over: less is covered then, never
 * more. SG_SYSTEM when memory is out. */
SG_MUST_CHECK enum sg_status live_coverage_add(struct live_coverage *coverage,
                                               struct sg_slice grant);

/* All tables of the database are listed, with all of their columns. */
bool live_coverage_has_database(const struct live_coverage *coverage, struct sg_slice database);

/* All columns of the table are listed, where it exists. */
bool live_coverage_has_table(const struct live_coverage *coverage, struct sg_slice database,
                             struct sg_slice table);

/* All databases are listed. */
bool live_coverage_has_all_databases(const struct live_coverage *coverage);

/* The same grants in the same order. */
bool live_coverage_equal(const struct live_coverage *a, const struct live_coverage *b);

#endif
