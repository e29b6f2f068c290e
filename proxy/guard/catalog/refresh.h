/* When the live schema is read, on a thread of its own: at the start, by interval, on request, and
 * again after a failure; never two at a time, never more often than is good for the server.
 *
 * A reading becomes the published schema when its content differs; when it is the same, the one
 * that is there is confirmed (its age starts anew, generation and caches stay). A reading that can
 * see less than the one before, because the account lost privileges, is never published.
 */
#ifndef CATALOG_REFRESH_H
#define CATALOG_REFRESH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>

#include "catalog/lookup.h"
#include "catalog/publish.h"
#include "sources/live.h"

struct catalog; /* heap */

enum catalog_reason {
    CATALOG_START,    /* the first reading */
    CATALOG_INTERVAL, /* the timer */
    CATALOG_SIGNAL,   /* SIGHUP, or a command of the operator */
    CATALOG_DDL,   /* a statement that changes tables passed through, or a look-up saw its like */
    CATALOG_MISS,  /* a name was not found, or the server knew one that we did not */
    CATALOG_RETRY, /* the last reading failed or was unsettled */
    CATALOG_VERIFIED, /* what stands beside the live schema has changed: nothing is read */
    CATALOG_LOOK_UP,  /* catalog_look_up: some tables alone are read */
};
const char *catalog_reason_name(enum catalog_reason reason); /* "start", "interval" … */

/* live_read, or what stands in for it. */
typedef enum sg_status (*catalog_read_fn)(const struct live_options *options,
                                          struct live_cancel *cancel,
                                          struct live_reading *reading_out, struct sg_error *error);

struct catalog_options {
    struct live_options server; /* its strings are copied; find_pin's argument is borrowed */
    catalog_read_fn read;       /* NULL = live_read */
    uint64_t interval_ms;       /* 0 = not by time */
    /* Between the end of one reading and the start of the next; 0 = 200. A reading that took long
     * is followed by a longer gap (four times as long as it took), so that at most a fifth of the
     * time is spent on reading; readings for CATALOG_MISS alone that find nothing new come ever
     * more seldom, down to one in five seconds. CATALOG_SIGNAL is not held back. */
    uint64_t minimum_gap_ms;
    uint64_t
        look_up_gap_ms; /* likewise between two look-ups, 0 = 20; after long ones as long again */
    uint64_t retry_first_ms; /* 0 = 1000; doubled at each failure in a row … */
    uint64_t retry_most_ms;  /* 0 = 60000; … up to here */
    /* On the catalog's thread, for each new generation: hand it to the workers. `published` is
     * borrowed for the call; whoever keeps it retains it. May be NULL. */
    void (*on_published)(struct published *published, void *argument);
    void (*on_confirmed)(void *argument); /* likewise, for a reading that found the same again */
    standing_is_named_fn is_named; /* on the catalog's thread; NULL = policy names all tables */
    void *argument;
};

/* Any thread; starts nothing yet. NULL with *error set. live_library_init comes before. */
struct catalog *catalog_new(const struct catalog_options *options, struct sg_error *error);

/* Starts the thread and asks for the first reading; does not wait for it. */
SG_MUST_CHECK bool catalog_start(struct catalog *catalog, struct sg_error *error);

/* Asks for a reading; any thread, never waits. Requests that come together are one reading; one
 * that comes while a reading is in flight is followed by another, since what it was about may not
 * have been seen. Costs an atomic operation when a request is pending already. */
void catalog_request(struct catalog *catalog, enum catalog_reason reason);

/* Holds these beside the live schema from now on, each may be NULL; retained. What is published
 * becomes a new generation with them, without a reading. Any thread, never waits. */
void catalog_hold_against(struct catalog *catalog, struct verified *verified,
                          struct verified *candidate);

/* Reads these tables alone, as they are after this call; any thread, never waits. Look-ups that
 * come together are one reading, and between two of them is a gap as for readings, but shorter.
 * Nothing is published by it. Goes before readings that are due as well, and waits for one in
 * flight. */
void catalog_look_up(struct catalog *catalog, struct lookup *lookup);

/* The current one, retained for the caller; NULL while there is none. Takes a short lock: for
 * threads that ask seldom (a worker that starts, an endpoint); the workers' own copies come by
 * on_published. */
struct published *catalog_current(struct catalog *catalog);

enum catalog_state {
    CATALOG_WAITING,  /* no reading has succeeded yet */
    CATALOG_CURRENT,  /* the last reading succeeded */
    CATALOG_FAILING,  /* the last one failed; what is published, if anything, is from before */
    CATALOG_WITHHELD, /* the account can see less than before: the older schema is kept */
};
const char *catalog_state_name(enum catalog_state state);

struct catalog_status {
    enum catalog_state state;
    uint64_t generation; /* 0 while nothing is published */
    uint64_t age_ms;     /* since the published schema was last confirmed; 0 while there is none */
    uint64_t readings;   /* that succeeded */
    uint64_t failures;
    uint64_t withheld;
    uint32_t last_duration_ms;
    size_t table_count;
    size_t column_count;
    size_t unknown_table_count;
    size_t incomplete_database_count;
    char last_error[512]; /* "" when the last reading succeeded */
};
void catalog_status(struct catalog *catalog, struct catalog_status *status_out); /* any thread */

/* Asks the thread to end and breaks off a reading in flight; any thread, idempotent. */
void catalog_stop(struct catalog *catalog);

/* Stops, and waits for the thread for at most about two seconds. False: a connect hangs, and the
 * thread is left to end by itself; what it borrows (find_pin's argument) must outlive the process
 * then. on_published is not called any more. NULL is fine. */
bool catalog_free(struct catalog *catalog);

#endif
