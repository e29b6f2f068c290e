/* A parsed DDL statement carried out on a schema under construction.
 *
 * In come the tree and the builder; what changes are databases, tables, views and sequences with
 * their columns. What the server would refuse by what it finds there is refused; what it would
 * refuse for other reasons (a type's limits, a foreign key) is taken to have worked. Names inside
 * expressions and queries are the resolver's: whoever calls has asked it before.
 *
 * MySQL manual, "Data Definition Statements", "How ALTER TABLE Works", "CREATE TABLE ... SELECT
 * Statement", "Invisible Columns"; MariaDB documentation, "CREATE TABLE", "System-Versioned Tables"
 */
#ifndef SG_SCHEMA_DDL_H
#define SG_SCHEMA_DDL_H

#include <schemaguard/arena.h>
#include <schemaguard/check.h>
#include <schemaguard/schema.h>

#include "schema/build.h"
#include "sql/ast.h"

enum sg_ddl_outcome {
    SG_DDL_UNTOUCHED, /* nothing that a schema holds */
    SG_DDL_DONE,
    SG_DDL_REFUSED,
};

/* The columns that a query gives; false when they cannot be told. */
typedef bool (*sg_ddl_columns_fn)(void *data, const struct sg_query *query,
                                  const struct sg_column_spec **columns_out, size_t *count_out);

struct sg_ddl_run {
    struct sg_schema_builder *builder;
    struct sg_arena *keys; /* lives as long as the builder */
    struct sg_arena *arena;
    const struct sg_context *context;
    struct sg_slice text; /* of the statement, as it was parsed: where expressions are taken from */
    sg_ddl_columns_fn columns_of;
    void *columns_data;
    bool ignores_foreign_keys;  /* foreign_key_checks = 0 */
    bool generates_primary_key; /* MySQL: sql_generate_invisible_primary_key */
    const char *refusal;        /* out, with SG_DDL_REFUSED: static text */
    uint32_t refusal_offset;
    bool removes; /* out: a table or column may have gone that views select from */
};

/* SG_DDL_REFUSED with arena or keys exhausted means that a ceiling was reached. */
enum sg_ddl_outcome sg_ddl_apply(struct sg_ddl_run *run, const struct sg_ddl *ddl);

#endif
