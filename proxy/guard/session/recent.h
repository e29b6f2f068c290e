/* The statements that passed lately: a worker's ring of bytes, so that a name error which the
 * server alone has seen can be shown with its text.
 *
 * Putting a text in costs its copy and nothing else; the oldest are overwritten. Whoever comes too
 * late finds nothing.
 */
#ifndef SESSION_RECENT_H
#define SESSION_RECENT_H

#include <stdint.h>

#include <schemaguard/slice.h>

#define RECENT_BYTES      (1024u * 1024u)
#define RECENT_TEXT_LIMIT (64u * 1024u) /* longer texts are not kept */

struct recent {
    char *bytes;   /* heap; NULL until the first text */
    uint64_t next; /* counts up; its place in the ring is the remainder */
};

/* Where a text stands; `size` 0 = nowhere. */
struct recent_place {
    uint64_t at;
    uint32_t size;
};

/* Zeroed storage is an empty ring. */
void recent_fini(struct recent *recent);

struct recent_place recent_put(struct recent *recent, struct sg_slice text);

/* The text, until the next put; empty when it was not kept or is overwritten. */
struct sg_slice recent_get(const struct recent *recent, struct recent_place place);

#endif
