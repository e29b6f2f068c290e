/* The live schema as the workers hold it: immutable, counted, handed over by message.
 *
 * How it is shared: the catalog's thread makes a `struct published` and hands it to each worker as
 * a posted message; a worker keeps one reference of its own and exchanges it between two turns of
 * its loop. A worker's pointer is thus read and written by that worker alone, so there is no moment
 * in which one thread retains what another one frees, and no reader ever locks or waits.
 */
#ifndef CATALOG_PUBLISH_H
#define CATALOG_PUBLISH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/schema.h>

#include "catalog/standing.h"
#include "catalog/verified.h"

/* What the operator has named beside the live schema, and what comes of the two. All of it is set
 * before the schema is handed out; NULL where nothing was named. */
struct published_beside {
    struct verified *verified; /* one reference each */
    struct verified *candidate;
    struct sg_schema *agreed;   /* verified laid over live; NULL too where that cannot be done */
    struct sg_schema *foreseen; /* likewise candidate */
    struct standing standing;   /* of verified and live */
    bool is_compared;           /* `standing` holds */
};

struct published {
    struct sg_schema *schema;         /* one reference; read by any thread */
    struct published_beside *beside;  /* its own; NULL = neither verified nor candidate is set */
    uint64_t generation;              /* 1, 2, 3 …; changes only when one of the schemas does */
    int64_t loaded_at_ms;             /* wall clock, since 1970: when this content was first read */
    _Atomic uint64_t confirmed_at_ms; /* published_clock_ms: when a reading last showed just this */
    _Atomic uint64_t as_of_ms;        /* published_set_as_of */
    _Atomic uint64_t session_modes;   /* published_set_modes */
    atomic_uint references;           /* private */
};

/* Takes the caller's reference of `schema`, also on failure. One reference, the caller's; NULL when
 * memory is out. */
struct published *published_new(struct sg_schema *schema, uint64_t generation);

/* The same once more, as the next generation: what stands beside it has changed. NULL when memory
 * is out. */
struct published *published_again(const struct published *published);

/* What was agreed on, as sg_check takes it; NULL = nothing was. */
static inline const struct sg_schema *published_agreed(const struct published *published)
{
    return published->beside ? published->beside->agreed : NULL;
}

struct published *published_retain(struct published *published); /* any thread */
void published_release(struct published *published);             /* any thread; NULL is fine */

/* A reading has just found the same content. Any thread. */
void published_confirm(struct published *published);

/* When the reading that last showed just this began, by published_clock_ms: what was changed after
 * that may not be in it. 0 until it is set. Any thread. */
void published_set_as_of(struct published *published, uint64_t began_ms);
uint64_t published_as_of_ms(const struct published *published);

/* The sql_mode that new sessions start with, as of the last reading: enum sg_sql_mode, and the bits
 * of it that are not known. Any thread; until they are set no bit is known. */
void published_set_modes(struct published *published, uint32_t sql_mode, uint32_t unknown);
void published_modes(const struct published *published, uint32_t *sql_mode_out,
                     uint32_t *unknown_out);

/* How long ago it was last known to be what the server has, for max_schema_age. Any thread; `now`
 * by published_clock_ms, so that a caller may ask the clock once for many questions. */
uint64_t published_age_ms(const struct published *published, uint64_t now_ms);

/* Monotonic, coarse (CLOCK_MONOTONIC_COARSE): a few nanoseconds, a few milliseconds exact. */
uint64_t published_clock_ms(void);

#endif
