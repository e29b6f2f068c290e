/* The schemas that the operator has named, made ready to be held against statements. */
#ifndef CATALOG_BESIDE_H
#define CATALOG_BESIDE_H

#include "catalog/publish.h"

/* What was named; borrowed. */
struct beside_options {
    struct verified *verified;  /* NULL = not set */
    struct verified *candidate; /* likewise */
    standing_is_named_fn is_named;
    void *argument;
};

/* Lays them over `live` and compares; NULL where none is set or memory is out. What cannot be laid
 * over the live schema is told in the log, counted, and not held against anything. `before` is what
 * was in use until now, or NULL: what it has already is not told again. */
struct published_beside *beside_new(const struct beside_options *options,
                                    const struct sg_schema *live,
                                    const struct published_beside *before);
void beside_free(struct published_beside *beside); /* NULL is fine */

#endif
