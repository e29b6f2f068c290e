/* What a statement changes in its session and in the schema, once the server has run it. */
#ifndef SG_VERDICT_EFFECTS_H
#define SG_VERDICT_EFFECTS_H

#include <schemaguard/arena.h>
#include <schemaguard/check.h>

#include "sql/ast.h"

/* From the tree. `schema` tells columns for CREATE TEMPORARY TABLE ... LIKE and SELECT; NULL: they
 * are not known. */
void sg_effects_of_tree(const struct sg_statement *statement, struct sg_slice text,
                        const struct sg_context *context, const struct sg_schema *schema,
                        struct sg_arena *arena, struct sg_report *report);

/* From the first words of a text that has no tree: rather too much than too little. */
void sg_effects_of_text(struct sg_slice text, const struct sg_context *context,
                        struct sg_report *report);

#endif
