/* Details in one form: copies, order, hashes. The facts themselves are <schemaguard/detail.h>'s. */
#ifndef SG_SCHEMA_DETAIL_H
#define SG_SCHEMA_DETAIL_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/detail.h>

#include "schema/table.h"

/* Copies the details of a placed table and its columns into `arena`; false: its ceiling. */
bool sg_detail_copy(struct sg_table *table, struct sg_arena *arena);

/* A default as it was written, or as a server stores its text: kind and value, canonical.
 * `canonical` is sg_expression_canonical's, `type` the column's canonical type. */
void sg_detail_default(struct sg_column_detail *detail, struct sg_slice canonical,
                       struct sg_slice type, struct sg_arena *arena);

/* "utf8mb4_general_ci" on MariaDB 10.11: "utf8mb4", its default; "utf8_bin": "utf8mb3_bin". A
 * character set alone comes back as such. In the arena. */
struct sg_slice sg_detail_collation(struct sg_slice name, const struct sg_server *server,
                                    struct sg_arena *arena);

/* Indexes with the primary key first, then all by name. */
void sg_detail_sort(struct sg_index *indexes, size_t index_count, struct sg_foreign_key *keys,
                    size_t key_count, struct sg_check_constraint *checks, size_t check_count);

#endif
