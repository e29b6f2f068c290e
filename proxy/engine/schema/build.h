/* A builder that also takes back: what DDL needs beyond <schemaguard/schema.h>. Look-ups in what
 * has been built so far are good until the next change. */
#ifndef SG_SCHEMA_BUILD_H
#define SG_SCHEMA_BUILD_H

#include <schemaguard/schema.h>

#include "schema/table.h"

/* What has been built so far; the builder's. */
const struct sg_schema *sg_schema_builder_peek(const struct sg_schema_builder *builder);

/* Where details live that are to last as long as the schema: what lies here is taken by
 * sg_schema_builder_put as it is. */
struct sg_arena *sg_schema_builder_arena(struct sg_schema_builder *builder);

/* A builder that has all that `schema` has; NULL when memory is out. */
struct sg_schema_builder *sg_schema_builder_copy(const struct sg_schema *schema);

/* As sg_schema_builder_table, in the place of a table of that name if there is one. Details must
 * lie in sg_schema_builder_arena, and are not copied. `keys` is kept as it is and must live as long
 * as the builder; NULL: not known. */
SG_MUST_CHECK enum sg_status sg_schema_builder_put(struct sg_schema_builder *builder,
                                                   const struct sg_table_spec *table,
                                                   const struct sg_table_keys *keys,
                                                   struct sg_error *error);

/* The table of that name goes, if it is there. */
void sg_schema_builder_remove_table(struct sg_schema_builder *builder, struct sg_slice database,
                                    struct sg_slice name);

/* The database of that name goes with all its tables, if it is there. */
void sg_schema_builder_remove_database(struct sg_schema_builder *builder, struct sg_slice name);

/* Nothing is absent any more from this database (empty: from any, and there may be others). */
void sg_schema_builder_doubt(struct sg_schema_builder *builder, struct sg_slice database);

#endif
