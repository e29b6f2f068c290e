/* What a server would refuse of DDL, by what it finds in the table and in others. */
#ifndef SG_SCHEMA_DDL_OBJECTION_H
#define SG_SCHEMA_DDL_OBJECTION_H

#include <stdbool.h>

#include "schema/ddl_detail.h"

/* MySQL lets no column get another name that a check (`other` is NULL) or the expression of another
 * column speaks of (errors 3959, 3108). */
bool sg_ddl_detail_is_bound(const struct sg_ddl_detail *detail,
                            const struct sg_column_detail *other, struct sg_slice column);

/* What a server refuses by what it finds: a key or constraint of that name that is there already,
 * over one column twice, a second primary key, a foreign key to a table that is not there. NULL:
 * nothing; else static text. */
const char *sg_ddl_detail_objection(const struct sg_ddl_detail *detail,
                                    const struct sg_key_def *key);

/* Whether a generated column's expression speaks of another column. */
bool sg_ddl_detail_speaks_of(const struct sg_ddl_detail *detail,
                             const struct sg_column_detail *generated, struct sg_slice column);

/* VIRTUAL; NULL is not. No server makes such a column of another one, or another one of it. */
bool sg_ddl_is_virtual(const struct sg_column_detail *detail);

/* Whether the check speaks of the column: the servers let none speak of an AUTO_INCREMENT one. */
bool sg_ddl_detail_check_names(const struct sg_ddl_detail *detail, const struct sg_check *check,
                               struct sg_slice column);

/* There is such a key (empty: the primary one), or such a constraint; true where that is not known.
 */
bool sg_ddl_detail_has_key(const struct sg_ddl_detail *detail, struct sg_slice name);
bool sg_ddl_detail_has_constraint(const struct sg_ddl_detail *detail, struct sg_slice name);

/* A foreign key of this table, or of another to this one, needs the column. */
bool sg_ddl_detail_is_referenced(const struct sg_ddl_detail *detail, struct sg_slice column);

/* Another table's foreign key points at the table. */
bool sg_ddl_is_referenced(const struct sg_ddl_run *run, struct sg_slice database,
                          struct sg_slice table);

#endif
