/* What a name can see: the tables of a query block, and what lies outside it.
 *
 * A block is one query block's tables in the order of FROM and the names that its select list
 * gives. A scope is one place's view of a block: which of its tables (ON sees its join's operands
 * alone), which of its aliases, and the scope to go on in. Scopes live on the C stack while the
 * place they belong to is walked.
 *
 * MySQL manual, "Identifier Qualifiers", "JOIN Clause", "Correlated Subqueries", "Problems with
 * Column Aliases"
 */
#ifndef SG_RESOLVE_SCOPE_H
#define SG_RESOLVE_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schema/table.h"
#include "sql/ast.h"

struct sg_resolver;

/* One table of FROM, or the target of INSERT and the like. */
struct sg_relation {
    const struct sg_table *table; /* NULL: nothing is known of its columns */
    struct sg_slice alias;        /* the name that qualifies its columns */
    struct sg_slice database;     /* empty: derived, a common table expression */
    const struct sg_table_ref *ref;
    bool aliased; /* has an alias of its own */
    bool is_base; /* a table or view, not something made by this statement */
    bool pending; /* not bound yet: nothing of it can be seen */
};

/* USING and NATURAL make one column of two: `name` of the operands [low, middle) and [middle, high)
 * is one column outside the join. */
struct sg_merge {
    struct sg_merge *next;
    struct sg_slice name;
    uint64_t hash;
    uint32_t low;
    uint32_t middle;
    uint32_t high;
};

/* A column that a select list gives. */
struct sg_output {
    struct sg_slice name;
    uint64_t hash;
    const struct sg_select_item *item;
    const struct sg_relation *relation; /* of a plain column, else NULL */
    struct sg_slice column;             /* its name in that relation */
    uint32_t position;                  /* of the item in the list, from 0 */
    bool aggregate;
    bool is_column; /* a column, perhaps renamed: MariaDB compares its alias as MySQL does */
};

struct sg_block {
    struct sg_relation *relations;
    uint32_t count;
    bool has_unknown; /* some relation's columns are not known */
    struct sg_merge *merges;
    uint32_t merge_count;
    const struct sg_select *select; /* NULL: no query block (UPDATE, INSERT ...) */

    /* The select list's names; made when first asked for. */
    const struct sg_table_ref *from;
    struct sg_output *outputs;
    uint32_t output_count;
    bool outputs_made;
    bool outputs_unknown; /* `*` over a table of which nothing is known: there may be more */
    bool is_existence;    /* of EXISTS: `*` is one column without a name */
    bool aggregated;      /* COUNT(*) and its like were met */
    bool windowed;        /* a function with OVER was met */
    bool refuses_tables;  /* the result of a set operation: a qualified name is error 1250 */
};

/* What the select list's names do in a place. */
enum sg_alias_rule {
    SG_ALIAS_NONE,   /* columns alone: select list, WHERE, ON, aggregates' arguments */
    SG_ALIAS_LEFT,   /* subqueries of the select list: a column, else an alias further left */
    SG_ALIAS_AFTER,  /* GROUP BY, expressions in ORDER BY: a column, else an alias */
    SG_ALIAS_FIRST,  /* a bare name in ORDER BY: an alias, else a column */
    SG_ALIAS_HAVING, /* an alias, a selected column, a GROUP BY column; no other column */
    SG_ALIAS_ONLY,   /* ORDER BY of a set operation: the names of its result */
};

struct sg_scope {
    const struct sg_scope *outer; /* NULL: nothing outside */
    struct sg_block *block;       /* NULL: no tables at all */
    uint32_t low;                 /* relations [low, high) of the block are visible */
    uint32_t high;
    enum sg_alias_rule rule;       /* for names that stand here */
    enum sg_alias_rule inner_rule; /* for names in subqueries of this place */
    uint32_t position;             /* select list: the item that is walked */
};

enum sg_found {
    SG_FOUND,
    SG_NOT_FOUND,
    SG_MAYBE,            /* a table of which nothing is known may have it */
    SG_AMBIGUOUS,        /* 1052 */
    SG_FORWARD,          /* 1247: an alias to the right, or of an aggregate */
    SG_QUALIFIED,        /* 1250: a qualified name in a set operation's ORDER BY */
    SG_FOUND_UNSELECTED, /* MariaDB: a column that HAVING's subquery may not use */
};

/* A name that is looked for, its hashes made once. */
struct sg_wanted {
    struct sg_slice name;
    struct sg_slice table;
    struct sg_slice database;
    uint64_t hash;
    bool written;                           /* to be assigned to: MariaDB's row_start is not */
    const struct sg_relation *relation_out; /* with SG_FOUND: where, NULL for an alias */
};

/* `database.table` or `table` names this relation: its alias in exact case, before it perhaps its
 * database. */
bool sg_relation_is_named(const struct sg_resolver *r, const struct sg_relation *relation,
                          struct sg_slice database, struct sg_slice table);

/* Looks in the relations [low, high) of `block` alone. */
enum sg_found sg_block_find(struct sg_resolver *r, const struct sg_block *block, uint32_t low,
                            uint32_t high, struct sg_wanted *wanted);

/* Looks in one scope; `inner`: the name stands in a subquery of that place. */
enum sg_found sg_scope_find(struct sg_resolver *r, const struct sg_scope *scope, bool inner,
                            struct sg_wanted *wanted);

/* The columns that the select list of `block` gives. */
void sg_block_make_outputs(struct sg_resolver *r, struct sg_block *block);

#endif
