/* Verdicts by shape: what was judged ok once need not be judged again with other literals.
 *
 * A program sends the same few hundred statements all day. The cache keeps the shape of those that
 * were ok, changed nothing and did not depend on a literal, each with all of the context that it
 * was judged under, and compares the whole of it, not a hash: a hit is as right as a judgement. It
 * belongs to one set of schemas; clear it when they change. A suspect is never kept.
 *
 *     switch (sg_verdict_cache_find(cache, text, &context)) {
 *     case SG_CACHED_OK:   forward it
 *     case SG_CACHED_NOT:  sg_check(...); sg_verdict_cache_keep(cache, report);
 *     }
 *
 * One thread at a time. Memory is taken as it fills and never passes the bound; nothing is taken
 * for a hit.
 */
#ifndef SCHEMAGUARD_VERDICT_CACHE_H
#define SCHEMAGUARD_VERDICT_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include <schemaguard/check.h>
#include <schemaguard/error.h>
#include <schemaguard/slice.h>

struct sg_verdict_cache; /* heap */

/* `limit_bytes` bounds all it takes; below 64 KiB it keeps nothing. NULL when memory is out. */
struct sg_verdict_cache *sg_verdict_cache_new(size_t limit_bytes);
void sg_verdict_cache_free(struct sg_verdict_cache *cache); /* NULL is fine */

/* Forgets all: the schemas have changed. */
void sg_verdict_cache_clear(struct sg_verdict_cache *cache);

enum sg_cached {
    SG_CACHED_OK,  /* sg_check would answer: ok, no effects, the whole text is one statement */
    SG_CACHED_NOT, /* ask it */
};

/* `text` and `context` as for sg_check; borrowed for the call. */
enum sg_cached sg_verdict_cache_find(struct sg_verdict_cache *cache, struct sg_slice text,
                                     const struct sg_context *context);

/* What sg_check has found for the text and context that find was asked about last; keeps it where
 * that is right, from the second time on. */
void sg_verdict_cache_keep(struct sg_verdict_cache *cache, const struct sg_report *report);

struct sg_verdict_cache_state {
    size_t shapes;      /* kept now */
    size_t bytes;       /* taken now */
    uint64_t evictions; /* shapes that had to make room, ever */
};
struct sg_verdict_cache_state sg_verdict_cache_state(const struct sg_verdict_cache *cache);

#endif
