/* What the files of this room share: the state of one walk. Private to resolve/. */
#ifndef SG_RESOLVE_RESOLVER_H
#define SG_RESOLVE_RESOLVER_H

#include "resolve/clause.h"
#include "resolve/resolve.h"
#include "resolve/scope.h"

/* More tables in one FROM than any server joins (61): not worth a name. */
#define SG_RELATIONS_MAX 256

/* A common table expression that can be seen, and what became of it. */
struct sg_cte_entry {
    struct sg_cte_entry *next; /* earlier in the list, or further out */
    const struct sg_cte *cte;
    struct sg_cte_entry *sees;        /* what its body sees, */
    const struct sg_cte_entry *hides; /* up to this one; NULL: all */
    const struct sg_scope *outer;     /* what its body sees of enclosing queries */
    const struct sg_table *table;     /* once its columns are known */
    bool recursive;                   /* its own name is visible in its body */
    bool resolved;                    /* or being resolved: its body is not walked again */
};

/* Windows of a block wait until its other clauses are done. */
struct sg_window_wait {
    struct sg_window_wait *next;
    const struct sg_window *window;
};
struct sg_windows {
    struct sg_window_wait *first;
    struct sg_window_wait **last;
};

/* A trigger whose body is being walked. */
struct sg_trigger {
    const struct sg_table *table; /* NULL: nothing is known of its columns */
    bool has_new;
    bool has_old;
};

/* A name that a block of statements declares: a variable, a row, FOR's counter. */
struct sg_local {
    const struct sg_local *outer; /* declared before it, or further out */
    struct sg_slice name;
    uint64_t hash;
};

struct sg_resolver {
    struct sg_arena *arena;
    struct sg_slice text;
    const struct sg_context *context;
    const struct sg_server *server;
    const struct sg_schema *schema;
    struct sg_resolution *out;
    struct sg_resolved **last_resolved; /* the end of out->resolved; NULL: nobody asks */
    bool mariadb;

    const struct sg_scope *scope; /* of the place being walked; NULL: no tables, nothing outside */
    enum sg_clause clause;        /* what the server would call the place */
    struct sg_slice clause_text;  /* set: says it in place of `clause` (a table's name) */
    struct sg_slice item_alias;   /* of the select item that the column being looked up is */
    struct sg_cte_entry *ctes;    /* visible here, */
    const struct sg_cte_entry *hidden_ctes; /* but not from this one on; NULL: all are */
    struct sg_windows *windows;             /* of the block being walked */
    const struct sg_scope *values_scope;    /* what VALUES(column) sees; NULL: as other names */
    const struct sg_trigger *trigger; /* set: all findings are muted but those of NEW and OLD */
    const struct sg_local *locals;    /* of the block of statements being walked */
    uint32_t local_count;
    size_t statement_offset; /* of the statement in it */
    bool tentative;       /* the statement may not be reached, or fail unseen: a missing name there
                             makes the whole not understood */
    uint64_t table_place; /* of tables in a common table expression's body; 0: where they stand */
    uint32_t finding_count;
    uint32_t sequence;     /* of findings in the order of the walk */
    bool in_aggregate;     /* the arguments of SUM and its like: of columns before grouping */
    bool bare_item;        /* the name is a whole item of ORDER BY or GROUP BY */
    bool tables_come_late; /* MariaDB's SHOW: a missing table is found after missing columns */
    bool foreign_text;   /* letters beyond ASCII are not UTF-8, or may not be: names with them could
                            be any */
    bool outermost_done; /* the first table of the outermost FROM was met */
    bool in_cte_body;    /* the query is a common table expression's body itself */
    bool in_view;        /* the query of CREATE VIEW */
    bool columns_muted;  /* no findings but those of tables */
    bool in_unused;      /* a common table expression that nobody used */
    bool may_not_run;    /* MariaDB may find beforehand that there is no row */
    bool is_run;         /* a query that is the whole statement, and no prepared one's text */
};

/* --- finding.c ----------------------------------------------------------------------------- */

/* Something is met that this room does not resolve: the answer is "not understood". */
void sg_give_up(struct sg_resolver *r, const char *reason, size_t offset);

/* The server stops here with an error that is not ours. */
void sg_stop(struct sg_resolver *r, enum sg_rank rank, size_t offset);

/* 1136: the server stops at this row of values, the `number`th. */
void sg_warn_row(struct sg_resolver *r, const struct sg_row *row, uint64_t number);

/* 1054, or 1109 where there are no tables to choose from. */
void sg_miss_column(struct sg_resolver *r, const struct sg_expr *expr, bool no_tables);

/* 1054 for a name that is no expression: USING, a column list. `qualifier` may be empty. */
void sg_miss_name(struct sg_resolver *r, struct sg_slice qualifier, const struct sg_name *name,
                  struct sg_slice clause);

/* 1054 for ORDER BY 7. */
void sg_miss_ordinal(struct sg_resolver *r, const struct sg_expr *literal);

/* 1051 for x.* */
void sg_miss_qualifier(struct sg_resolver *r, const struct sg_qualified_name *name);

/* 1109 in a DELETE list. */
void sg_miss_target(struct sg_resolver *r, const struct sg_qualified_name *name);

/* 1146, 1109 in information_schema, 1049 for a database. */
void sg_miss_table(struct sg_resolver *r, const struct sg_qualified_name *name,
                   struct sg_slice database, enum sg_presence database_presence);

/* The clause of the innermost scope, as this server words it. */
struct sg_slice sg_current_clause(const struct sg_resolver *r);

/* --- resolved.c ---------------------------------------------------------------------------- */

/* A column was found, or may be there; `how`: what the search said. Nothing when nobody asks. */
void sg_tell_column(struct sg_resolver *r, const struct sg_expr *expr,
                    const struct sg_wanted *wanted, enum sg_found how, bool is_outer);

/* A table was found; NULL: it may be there. */
void sg_tell_table(struct sg_resolver *r, const struct sg_qualified_name *name,
                   struct sg_slice database, const struct sg_table *table, bool is_temporary);

/* One of the two columns that USING or NATURAL joins; `name` says where. Nothing when nobody asks.
 */
void sg_tell_joined(struct sg_resolver *r, const struct sg_name *name,
                    const struct sg_wanted *wanted, enum sg_found how);

/* A common table expression was found under that name. */
void sg_tell_cte(struct sg_resolver *r, const struct sg_name *name);

/* Whether anybody asks. */
static inline bool sg_is_telling(const struct sg_resolver *r)
{
    return r->last_resolved != NULL;
}

/* What `*` or `t.*` stands for. */
struct sg_star;
void sg_tell_star(struct sg_resolver *r, const struct sg_select_item *item,
                  const struct sg_star *star);

/* --- resolve_from.c ------------------------------------------------------------------------ */

/* The real or temporary table of that name; NULL where nothing can be said of its columns, and when
 * it is missing, which is then noted. */
const struct sg_table *sg_find_table(struct sg_resolver *r, const struct sg_qualified_name *name);

/* Relations of a FROM list, derived tables resolved; USING and NATURAL not yet. */
void sg_bind_from(struct sg_resolver *r, struct sg_block *block, const struct sg_table_ref *from,
                  const struct sg_scope *outer);

/* USING columns, NATURAL's common columns. */
void sg_merge_joins(struct sg_resolver *r, struct sg_block *block, const struct sg_table_ref *from);

/* ON conditions, in this server's order. */
void sg_resolve_on(struct sg_resolver *r, struct sg_block *block, const struct sg_table_ref *from,
                   const struct sg_scope *outer);

/* Fills one relation for a table that stands outside FROM: INSERT's target and the like. */
void sg_bind_target(struct sg_resolver *r, struct sg_relation *relation,
                    const struct sg_qualified_name *name, const struct sg_name *alias);

/* The same as a block of its own, in the arena; NULL when memory is out. */
struct sg_block *sg_target_block(struct sg_resolver *r, const struct sg_qualified_name *name,
                                 const struct sg_name *alias);

/* A column that `*` stands for. */
struct sg_star_column {
    const struct sg_relation *relation;
    const struct sg_column *column;
    uint64_t hash;
};
struct sg_star {
    struct sg_star_column *columns;
    uint32_t count;
    bool unknown; /* there may be others */
};

/* `*` over all of FROM: joined columns once and first. `from` may be NULL. */
void sg_expand_star(struct sg_resolver *r, const struct sg_block *block,
                    const struct sg_table_ref *from, struct sg_star *out);

/* `relation.*` */
void sg_expand_table_star(struct sg_resolver *r, const struct sg_relation *relation,
                          struct sg_star *out);

/* --- resolve_query.c ----------------------------------------------------------------------- */

/* What a query is there for. */
struct sg_query_use {
    const struct sg_scope *outer;       /* the place round it; NULL: none, or not visible */
    const struct sg_name_item *columns; /* names given by (a, b) behind an alias */
    struct sg_cte_entry *defines;       /* the common table expression whose body this is */
    struct sg_block *first_block;       /* set: receives the first query block; empty before */
    bool wants_table;                   /* its columns are asked for */
    bool in_expression;                 /* a subquery of an expression, no derived table */
    bool is_existence;                  /* of EXISTS */
    bool order_dropped;                 /* one of IN, EXISTS, ANY, ALL */
    bool may_not_run;                   /* sg_resolve_query's own: as the resolver's when it began */
};

/* Resolves a query. Its columns as a table when they are wanted and known, else NULL. */
const struct sg_table *sg_resolve_query(struct sg_resolver *r, const struct sg_query *query,
                                        const struct sg_query_use *use);

/* Makes the common table expressions visible and returns what was visible before. */
struct sg_cte_entry *sg_enter_with(struct sg_resolver *r, const struct sg_with *with,
                                   const struct sg_scope *outer);

/* The reverse. MariaDB resolves those that nobody used; without `looks` their tables alone. */
void sg_leave_with(struct sg_resolver *r, struct sg_cte_entry *before, bool looks);

/* Resolves a common table expression at its first use. */
const struct sg_table *sg_use_cte(struct sg_resolver *r, struct sg_cte_entry *entry,
                                  const struct sg_name *reference);

/* A table of columns made by the statement, in the arena. `renames`: a list gave them their names.
 * `stops`: the server stops at two of one name. */
const struct sg_table *sg_make_table(struct sg_resolver *r, bool renames, struct sg_column *columns,
                                     uint32_t count, bool stops, size_t offset);

/* A scope over all of a block. */
struct sg_scope sg_block_scope(struct sg_block *block, const struct sg_scope *outer,
                               enum sg_alias_rule rule, enum sg_alias_rule inner_rule);

/* ORDER BY and GROUP BY items in `scope`, whose rule is what expressions see; `bare_rule` is what a
 * name alone sees. `ordinals`: an integer alone is a position in the select list. */
void sg_resolve_order(struct sg_resolver *r, struct sg_scope *scope, enum sg_alias_rule bare_rule,
                      const struct sg_order_item *items, bool ordinals);

void sg_resolve_limit(struct sg_resolver *r, const struct sg_limit *limit);

/* Items of a select list or RETURNING in `scope`. */
void sg_resolve_items(struct sg_resolver *r, struct sg_scope *scope,
                      const struct sg_select_item *items);

/* --- resolve_expr.c ------------------------------------------------------------------------ */

void sg_resolve_expr(struct sg_resolver *r, const struct sg_expr *expr);
void sg_resolve_list(struct sg_resolver *r, const struct sg_expr *list);

/* A column that is assigned to: an assignment's target, INSERT's list. `inserts`: of a new row,
 * which may bring MariaDB's row_start and row_end along (system_versioning_insert_history). */
void sg_resolve_written(struct sg_resolver *r, const struct sg_scope *scope, enum sg_clause clause,
                        const struct sg_expr *column, bool inserts);

/* In another place. */
void sg_resolve_in(struct sg_resolver *r, const struct sg_scope *scope, enum sg_clause clause,
                   const struct sg_expr *expr);

/* A window's own items; the window that it names is looked up among `named`. */
void sg_resolve_window(struct sg_resolver *r, struct sg_scope *scope,
                       const struct sg_window *window, const struct sg_window *named,
                       bool is_definition);

/* --- output.c ------------------------------------------------------------------------------ */

/* The name that an item without alias has. */
struct sg_slice sg_implicit_name(struct sg_resolver *r, const struct sg_select_item *item);

/* The names of a row of VALUES, up to its count; how many were found. */
uint32_t sg_row_names(struct sg_resolver *r, const struct sg_row *row, struct sg_column *columns);

/* --- statements ---------------------------------------------------------------------------- */

void sg_resolve_insert(struct sg_resolver *r, const struct sg_insert *insert);
void sg_resolve_update(struct sg_resolver *r, const struct sg_update *update);
void sg_resolve_delete(struct sg_resolver *r, const struct sg_delete *delete);
void sg_resolve_load(struct sg_resolver *r, const struct sg_load *load);
void sg_resolve_handler(struct sg_resolver *r, const struct sg_handler *handler);
void sg_resolve_set(struct sg_resolver *r, const struct sg_set *set);
void sg_resolve_show(struct sg_resolver *r, const struct sg_show *show);
void sg_resolve_explain(struct sg_resolver *r, const struct sg_explain *explain);
void sg_resolve_ddl(struct sg_resolver *r, const struct sg_ddl *ddl);
void sg_resolve_trigger(struct sg_resolver *r, const struct sg_ddl *ddl);
void sg_resolve_flow(struct sg_resolver *r, const struct sg_statement *statement);
bool sg_is_local(const struct sg_resolver *r, struct sg_slice name);
void sg_resolve_grant(struct sg_resolver *r, const struct sg_grant *grant);
void sg_resolve_statement(struct sg_resolver *r, const struct sg_statement *statement);

/* NEW.name or OLD.name in a trigger's body; other qualifiers are passed over. */
void sg_resolve_row_column(struct sg_resolver *r, struct sg_slice row, const struct sg_name *name);

/* --- nearest.c ----------------------------------------------------------------------------- */

/* Names like `name` among what the scope can see; best first. */
void sg_nearest_columns(struct sg_resolver *r, const struct sg_scope *scope, struct sg_slice table,
                        struct sg_slice name, struct sg_reference *reference);
void sg_nearest_tables(struct sg_resolver *r, struct sg_slice database, struct sg_slice name,
                       struct sg_reference *reference);

/* --- names --------------------------------------------------------------------------------- */

/* As table names and aliases compare under this lower_case_table_names. */
bool sg_table_names_equal(const struct sg_resolver *r, struct sg_slice a, struct sg_slice b);

#endif
