/* From findings to references with the server's words, and from two schemas' findings to classes.
 */
#ifndef SG_VERDICT_VERDICT_H
#define SG_VERDICT_VERDICT_H

#include <schemaguard/arena.h>
#include <schemaguard/check.h>

#include "resolve/resolve.h"

/* Fills sqlstate and message of a reference whose kind, name, clause and error are set. */
void sg_verdict_word(struct sg_reference *reference, struct sg_arena *arena);

/* The verdict on what was found in the live schema and, when there is one, in the verified schema
 * (NULL: live is verified). Sets verdict and references of the report. */
void sg_verdict_give(const struct sg_resolution *live, const struct sg_resolution *verified,
                     struct sg_arena *arena, struct sg_report *report);

#endif
