/* From a tree and a schema to the names that the schema lacks.
 *
 * The walk goes the way the server goes, so that the first name found missing is the one that the
 * server reports. What the server would answer with an error of another kind before that (an
 * ambiguous column, two tables of one name) is noted as such: then there is no mismatch to speak
 * of.
 */
#ifndef SG_RESOLVE_RESOLVE_H
#define SG_RESOLVE_RESOLVE_H

#include <schemaguard/arena.h>
#include <schemaguard/check.h>
#include <schemaguard/schema.h>

#include "sql/ast.h"

/* The server looks for errors of one kind through the whole statement before those of the next. */
enum sg_rank {
    SG_RANK_PARSER, /* what the parser itself refuses */
    SG_RANK_ALIAS,  /* two tables of one name, a derived table without one */
    SG_RANK_TARGET, /* names in a DELETE list */
    SG_RANK_TABLE,  /* tables, in the order written */
    SG_RANK_OPENED, /* broken views, indexes, partitions */
    SG_RANK_COLUMN, /* columns, in the order of the clauses */
};

/* One thing found wrong. */
struct sg_finding {
    struct sg_finding *next;
    enum sg_rank rank;
    bool is_name;    /* false: the server stops here with an error that is not ours */
    bool is_warning; /* which `reference` tells all the same */
    uint64_t place;  /* within its rank: the lowest comes first */
    struct sg_reference
        reference; /* is_name or is_warning; without verdict and message cut for no one */
};

struct sg_resolution {
    bool complete;          /* false: something was met that is not resolved here */
    struct sg_slice reason; /* then: what */
    size_t reason_offset;
    bool depends_on_text;
    struct sg_finding *findings;  /* in the server's order: the first decides */
    struct sg_resolved *resolved; /* sg_resolve_telling: what resolved, in the server's order */
};

/* Resolves every name of `statement`, which was read from `text`. Findings in `arena`; when that is
 * exhausted afterwards, nothing in *out holds. */
void sg_resolve(const struct sg_statement *statement, struct sg_slice text,
                const struct sg_context *context, const struct sg_schema *schema,
                struct sg_arena *arena, struct sg_resolution *out);

/* The same, and fills out->resolved. */
void sg_resolve_telling(const struct sg_statement *statement, struct sg_slice text,
                        const struct sg_context *context, const struct sg_schema *schema,
                        struct sg_arena *arena, struct sg_resolution *out);

/* The columns that a query gives, for CREATE TABLE ... SELECT: specs in the arena, or false when
 * they cannot be told. */
bool sg_resolve_query_columns(const struct sg_query *query, struct sg_slice text,
                              const struct sg_context *context, const struct sg_schema *schema,
                              struct sg_arena *arena, const struct sg_column_spec **columns_out,
                              size_t *count_out);

#endif
