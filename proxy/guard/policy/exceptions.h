/* What is never blocked: the file `exceptions`, read at start and at HUP.
 *
 *     # KIND  NAME             until DAY         reason
 *     digest  bd81618321dd552c until 2026-12-31  the nightly export, ticket 812
 *     table   shop.clients     until 2026-12-31T18:00:00Z  comes with release 7
 *     column  c.compny         until 2027-01-15  old desks, until they are replaced
 *
 * A set is immutable once read; whoever uses one holds a reference.
 */
#ifndef POLICY_EXCEPTIONS_H
#define POLICY_EXCEPTIONS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/check.h>
#include <schemaguard/error.h>
#include <schemaguard/slice.h>

struct exceptions; /* heap, counted */

enum exception_kind { EXCEPTION_DIGEST, EXCEPTION_TABLE, EXCEPTION_COLUMN };
const char *exception_kind_name(enum exception_kind kind); /* "digest" … */

struct exception {
    enum exception_kind kind;
    const char *name;   /* as written */
    const char *reason; /* never empty */
    uint64_t digest;    /* of the kind */
    int64_t until_s;    /* since 1970; from then on it is none any more */
    unsigned line;
};

/* SG_OK with *exceptions_out, one reference; SG_SYSTEM, SG_INVALID or SG_LIMIT with *error saying
 * which line is wrong and why. */
SG_MUST_CHECK enum sg_status exceptions_read(const char *path, struct exceptions **exceptions_out,
                                             struct sg_error *error);

struct exceptions *exceptions_retain(struct exceptions *exceptions); /* any thread; NULL is fine */
void exceptions_release(struct exceptions *exceptions);              /* any thread; NULL is fine */

size_t exceptions_count(const struct exceptions *exceptions);
const struct exception *exceptions_at(const struct exceptions *exceptions, size_t index);

/* Some exception that still holds is a digest, so that one has to be made. */
bool exceptions_want_digest(const struct exceptions *exceptions, int64_t now_s);

/* The exception that lets the statement pass: its digest's, or, where every name that did not
 * resolve has one, the first name's. NULL: none. `database` is the current one, for tables without
 * theirs. */
const struct exception *exceptions_find(const struct exceptions *exceptions,
                                        const struct sg_report *report, uint64_t digest,
                                        struct sg_slice database, int64_t now_s);

/* --- the set in use ------------------------------------------------------------------------- */

/* Where threads find it: replaced at HUP, asked at suspects. Zeroed by its owner, then _init. */
struct exceptions_slot {
    pthread_mutex_t lock;
    struct exceptions *current;
};
void exceptions_slot_init(struct exceptions_slot *slot);
void exceptions_slot_fini(struct exceptions_slot *slot);

/* Takes the reference that `exceptions` is over. */
void exceptions_slot_put(struct exceptions_slot *slot, struct exceptions *exceptions);

/* Retained for the caller; NULL: none. */
struct exceptions *exceptions_slot_get(struct exceptions_slot *slot);

#endif
