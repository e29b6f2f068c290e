/* Columns, keys and constraints as SQL clauses: what a plan writes and a difference shows. */
#ifndef SG_SCHEMA_DESCRIBE_H
#define SG_SCHEMA_DESCRIBE_H

#include <stdbool.h>

#include <schemaguard/detail.h>

#include "base/text.h"

/* `name` in backticks. */
void sg_describe_name(struct sg_text *out, struct sg_slice name);

/* "'x'", "5", "(uuid())", "NULL"; the type decides about quotes. */
void sg_describe_default(struct sg_text *out, const struct sg_column *column,
                         const struct sg_server *server);

/* "varchar(20) NOT NULL DEFAULT 'x'": all behind the name. `table` has the collation. */
void sg_describe_column(struct sg_text *out, const struct sg_column *column,
                        const struct sg_server *server);

/* "UNIQUE KEY `u` (`a`, `b`(10) DESC)" */
void sg_describe_index(struct sg_text *out, const struct sg_index *index,
                       const struct sg_server *server);

/* "CONSTRAINT `c` FOREIGN KEY (`a`) REFERENCES `t` (`id`) ON DELETE CASCADE" */
void sg_describe_foreign_key(struct sg_text *out, const struct sg_foreign_key *key);

/* "CONSTRAINT `c` CHECK (...)" */
void sg_describe_check(struct sg_text *out, const struct sg_check_constraint *check);

#endif
