/* Tables that somebody wants to know of as they are now, without waiting for the whole schema.
 *
 * Who asks hands a `struct lookup` to catalog_look_up (refresh.h) and gets it back by its callback.
 * Those that wait at the same time are read together: the queue and what is read for it are here,
 * the thread is refresh.c's.
 */
#ifndef CATALOG_LOOKUP_H
#define CATALOG_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/schema.h>

#include "sources/live.h"

/* Tables of one look-up, and of those that are read together. */
#define LOOKUP_TABLES_MOST 64u
#define LOOKUP_BATCH_MOST  256u

/* Its owner's storage, lent to the catalog until on_done. */
struct lookup {
    struct lookup *next; /* the catalog's */
    const struct live_table *tables;
    size_t table_count; /* 1 to LOOKUP_TABLES_MOST */
    /* Exactly once, on the catalog's thread or on that which ends the catalog. `is_ending`: the
     * process ends, and workers are not to be told any more. */
    void (*on_done)(struct lookup *lookup, bool is_ending);
    struct sg_schema *schema; /* these tables alone; the owner's reference; NULL = it failed */
};

/* Zeroed storage is an empty queue; who uses it from several threads locks it. */
struct lookup_queue {
    struct lookup *first;
    struct lookup *last;
};

void lookup_queue_put(struct lookup_queue *queue, struct lookup *lookup);

/* Some that are read together, in the order they came: all that stand in the queue, as far as their
 * tables are not too many. */
struct lookup_batch {
    struct lookup *first;
    struct live_table tables[LOOKUP_BATCH_MOST]; /* none twice; borrowed from the look-ups */
    size_t table_count;
};
void lookup_queue_take(struct lookup_queue *queue, struct lookup_batch *batch_out);

/* Gives them all back: with a reference to `schema` each; NULL = it failed. */
void lookup_batch_answer(struct lookup_batch *batch, struct sg_schema *schema, bool is_ending);

#endif
