/* The prepared statements of a session, remembered by their text from PREPARE to CLOSE: those that
 * change what later statements mean when they are executed (USE, SET, DDL), and the others, so that
 * they can be judged again when the schema has changed since.
 */
#ifndef SESSION_PREPARED_H
#define SESSION_PREPARED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/check.h>
#include <schemaguard/slice.h>

#define PREPARED_LIMIT 1024u /* of those that change something */

/* Of all that change nothing; what does not fit is not judged again. */
#define PREPARED_KEPT_BYTES (64u * 1024u)

struct prepared {
    struct prepared *next; /* private */
    uint32_t statement_id;
    bool changes;              /* its execution changes what later statements mean */
    uint64_t generation;       /* of the schema that it was last found good by; 0 = none */
    struct sg_context context; /* at PREPARE; of the overlay and the server nothing is kept */
    struct sg_slice text;
};

struct prepared_list {
    struct prepared **buckets; /* heap, by statement id; NULL until the first */
    uint32_t changing;         /* how many change something */
    size_t kept_bytes;         /* of the others */
    bool overflowed;           /* one that changes something was not kept: any EXECUTE may be it */
};

/* Zeroed storage is an empty list; fini makes it one again. */
void prepared_fini(struct prepared_list *list);

/* Copies what it keeps. */
void prepared_add(struct prepared_list *list, uint32_t statement_id, struct sg_slice text,
                  const struct sg_context *context, bool changes, uint64_t generation);
void prepared_remove(struct prepared_list *list, uint32_t statement_id);

/* Valid until it is removed; NULL when it was not kept. */
struct prepared *prepared_find(const struct prepared_list *list, uint32_t statement_id);

#endif
