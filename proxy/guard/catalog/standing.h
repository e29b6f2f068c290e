/* How a verified schema and the live one stand to each other: what differs, counted by kind. */
#ifndef CATALOG_STANDING_H
#define CATALOG_STANDING_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/diff.h>
#include <schemaguard/error.h>
#include <schemaguard/schema.h>
#include <schemaguard/slice.h>

#define STANDING_FIRST_MAX 256

struct standing {
    size_t counts[SG_DIFFERENCE_KINDS]; /* of all differences */
    size_t total;
    size_t named;                   /* of them, those on tables that policy names */
    char first[STANDING_FIRST_MAX]; /* the first of those, in words */
};

/* Whether policy names that table. */
typedef bool (*standing_is_named_fn)(struct sg_slice database, struct sg_slice table,
                                     void *argument);

/* Databases that `verified` does not describe, and the tables that migration tools keep for
 * themselves, are left out, as by `schema verify`. `is_named` may be NULL: all are. SG_LIMIT: there
 * are more differences than memory is given for. */
SG_MUST_CHECK enum sg_status standing_find(const struct sg_schema *verified,
                                           const struct sg_schema *live,
                                           standing_is_named_fn is_named, void *argument,
                                           struct standing *standing_out);

#endif
