/* Between ddl_detail.c, which changes a table's details, and ddl_objection.c, which looks at them.
 */
#ifndef SG_SCHEMA_DDL_DETAIL_PRIVATE_H
#define SG_SCHEMA_DDL_DETAIL_PRIVATE_H

#include "schema/ddl_detail.h"

/* NULL: there is none of that name. */
struct sg_index *sg_ddl_find_index(const struct sg_ddl_detail *d, struct sg_slice name);
bool sg_ddl_has_check(const struct sg_ddl_detail *d, struct sg_slice name);

/* Whether a canonical expression speaks of the column. */
bool sg_ddl_mentions(const struct sg_ddl_detail *d, struct sg_slice expression,
                     struct sg_slice column);
struct sg_slice sg_ddl_canonical(const struct sg_ddl_run *run, const struct sg_expr *expr);

/* Declared as JSON, or written as MariaDB's dumps write that; the check that makes it so. */
bool sg_ddl_is_json(const struct sg_ddl_run *run, const struct sg_column_def *def);
bool sg_ddl_is_json_check(const struct sg_ddl_run *run, const struct sg_check *check,
                          struct sg_slice column);

/* Whether the foreign key, one of `owner`, is to that table. */
bool sg_ddl_points_at(const struct sg_foreign_key *key, const struct sg_table *owner,
                      struct sg_slice database, struct sg_slice table);

#endif
