/* Expressions: every column in them, in the order in which the server comes upon it.
 *
 * The servers resolve an operator's operands from left to right, save for a few functions whose
 * arguments they keep in an order of their own; each stands where it is handled. A tree never
 * nests deeper than SG_AST_DEPTH_MAX, so this may recurse.
 *
 * name-resolution page, "Which error comes first"
 */
#include "resolve/resolver.h"

#include <schemaguard/detail.h>

#include "schema/fold.h"

/* --- one column ---------------------------------------------------------------------------- */

static void note_missing(struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_scope *scope = r->scope;
    bool qualified = sg_name_is_set(&expr->column.table);
    bool no_tables = !scope || (!scope->outer && (!scope->block || scope->low == scope->high));
    /* MariaDB: JSON_TABLE with all tables to its right; CALL, which forgets the qualifier. */
    if (scope && scope->block &&
        (scope->rule == SG_ALIAS_ONLY || (r->mariadb && scope->block->count)))
        no_tables = false;
    if (r->mariadb && r->clause == SG_CLAUSE_CALL && qualified && no_tables)
        sg_miss_name(r, SG_SLICE_EMPTY, &expr->column.name, sg_current_clause(r));
    else
        sg_miss_column(r, expr, qualified && no_tables);
}

/* MariaDB names a column that HAVING's subquery may not use by all its qualifiers. */
static void note_unselected(struct sg_resolver *r, const struct sg_expr *expr,
                            const struct sg_wanted *wanted)
{
    struct sg_expr *full = sg_arena_alloc(r->arena, sizeof *full);
    if (!full)
        return;
    full->kind = SG_EXPR_COLUMN;
    full->offset = expr->offset;
    full->size = expr->size;
    full->column.name = expr->column.name;
    full->column.table.text = wanted->relation_out->alias;
    full->column.database.text = wanted->relation_out->database;
    sg_miss_column(r, full, false);
}

static void resolve_column(struct sg_resolver *r, const struct sg_expr *expr)
{
    if (r->trigger) {
        if (!sg_name_is_set(&expr->column.database))
            sg_resolve_row_column(r, expr->column.table.text, &expr->column.name);
        return;
    }
    /* A variable hides a column of its name, a row everything in it. */
    if (r->locals && !sg_name_is_set(&expr->column.database) &&
        sg_is_local(r, sg_name_is_set(&expr->column.table) ? expr->column.table.text
                                                           : expr->column.name.text))
        return;
    struct sg_wanted wanted = {
        .name = expr->column.name.text,
        .table = expr->column.table.text,
        .database = expr->column.database.text,
        .hash = sg_fold_hash(expr->column.name.text),
    };
    for (const struct sg_scope *scope = r->scope; scope; scope = scope->outer) {
        enum sg_found found = sg_scope_find(r, scope, scope != r->scope, &wanted);
        switch (found) {
        case SG_FOUND:
        case SG_MAYBE:
            sg_tell_column(r, expr, &wanted, found, scope != r->scope);
            return;
        case SG_NOT_FOUND:
            break;
        case SG_AMBIGUOUS:
        case SG_FORWARD:
            sg_stop(r, SG_RANK_COLUMN, expr->offset);
            return;
        case SG_QUALIFIED:
            sg_stop(r, SG_RANK_PARSER, expr->offset);
            return;
        case SG_FOUND_UNSELECTED:
            note_unselected(r, expr, &wanted);
            return;
        }
    }
    note_missing(r, expr);
}

void sg_resolve_written(struct sg_resolver *r, const struct sg_scope *scope, enum sg_clause clause,
                        const struct sg_expr *column, bool inserts)
{
    const struct sg_scope *before = r->scope;
    if (column->kind != SG_EXPR_COLUMN)
        return;
    struct sg_wanted wanted = {
        .name = column->column.name.text,
        .table = column->column.table.text,
        .database = column->column.database.text,
        .hash = sg_fold_hash(column->column.name.text),
        .written = !inserts,
    };
    r->scope = scope;
    r->clause = clause;
    enum sg_found found = sg_block_find(r, scope->block, scope->low, scope->high, &wanted);
    switch (found) {
    case SG_NOT_FOUND:
        sg_miss_column(r, column, false);
        break;
    case SG_AMBIGUOUS:
        sg_stop(r, SG_RANK_COLUMN, column->offset);
        break;
    case SG_FOUND:
    case SG_MAYBE:
        wanted.written = true;
        sg_tell_column(r, column, &wanted, found, false);
        break;
    case SG_FORWARD:
    case SG_QUALIFIED:
    case SG_FOUND_UNSELECTED:
        break;
    }
    r->scope = before;
}

/* --- lists and places ---------------------------------------------------------------------- */

void sg_resolve_list(struct sg_resolver *r, const struct sg_expr *list)
{
    for (; list; list = list->next)
        sg_resolve_expr(r, list);
}

void sg_resolve_in(struct sg_resolver *r, const struct sg_scope *scope, enum sg_clause clause,
                   const struct sg_expr *expr)
{
    const struct sg_scope *before = r->scope;
    if (!expr)
        return;
    r->scope = scope;
    r->clause = clause;
    sg_resolve_expr(r, expr);
    r->scope = before;
}

static void resolve_backwards(struct sg_resolver *r, const struct sg_expr *list)
{
    if (!list)
        return;
    resolve_backwards(r, list->next);
    sg_resolve_expr(r, list);
}

/* --- calls --------------------------------------------------------------------------------- */

/* MariaDB sets up GROUP_CONCAT's ORDER BY when all names are resolved, and only when it comes to
 * running the query block: not where it knows beforehand that there is no row, as by the row count
 * of MyISAM or by a unique key. That cannot be where one InnoDB table is read without conditions.
 */
static bool is_sure_to_run(const struct sg_resolver *r)
{
    const struct sg_scope *scope = r->scope;
    const struct sg_block *block = scope ? scope->block : NULL;
    if (!r->is_run || !block || scope->outer || block->count != 1 || !block->select ||
        block->select->where)
        return false;
    const struct sg_table *table = block->relations[0].table;
    if (!table || table->kind != SG_TABLE_BASE || !table->detail)
        return false;
    return table->detail->engine.size == 0 ||
           sg_fold_equal(table->detail->engine, SG_SLICE_LITERAL("InnoDB"));
}

static void miss_argument(struct sg_resolver *r, const struct sg_expr *position)
{
    enum sg_clause clause = r->clause;
    uint32_t sequence = r->sequence;
    if (r->mariadb && !is_sure_to_run(r))
        return;
    if (r->mariadb)
        r->sequence = UINT32_MAX - 1; /* after all other names */
    r->clause = SG_CLAUSE_ORDER_BY;
    sg_miss_ordinal(r, position);
    r->clause = clause;
    r->sequence = r->mariadb ? sequence : r->sequence;
}

/* ORDER BY of GROUP_CONCAT: positions are those of its arguments. */
static void resolve_call_order(struct sg_resolver *r, const struct sg_expr *expr)
{
    for (const struct sg_order_item *item = expr->call.detail->order_by; item; item = item->next) {
        const struct sg_expr *key = item->expr;
        bool ordinal = key->kind == SG_EXPR_LITERAL && key->literal_kind == SG_LITERAL_INTEGER;
        if (!ordinal) {
            sg_resolve_expr(r, key);
            continue;
        }
        r->out->depends_on_text = true;
        if (key->literal.integer == 0 || key->literal.integer > expr->call.count)
            miss_argument(r, key);
    }
}

static void resolve_arguments(struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_expr *first = expr->call.arguments;
    switch (expr->call.function) {
    case SG_FUNCTION_LOCATE: /* kept as (b, a, c) */
    case SG_FUNCTION_POSITION:
        if (first && first->next) {
            sg_resolve_expr(r, first->next);
            sg_resolve_expr(r, first);
            sg_resolve_list(r, first->next->next);
            return;
        }
        break;
    case SG_FUNCTION_TRIM:
    case SG_FUNCTION_TIMESTAMPADD:
        resolve_backwards(r, first);
        return;
    case SG_FUNCTION_PLAIN:
    case SG_FUNCTION_TIMESTAMPDIFF:
    case SG_FUNCTION_EXTRACT:
    case SG_FUNCTION_GET_FORMAT:
    case SG_FUNCTION_SUBSTRING:
    case SG_FUNCTION_GROUP_CONCAT:
    case SG_FUNCTION_DATE_ADD:
    case SG_FUNCTION_JSON_VALUE:
    case SG_FUNCTION_COUNT:
    case SG_FUNCTION_ROW_WINDOW:
    case SG_FUNCTION_JSON_DUALITY_OBJECT:
        break;
    }
    sg_resolve_list(r, first);
}

/* Windows are resolved when the block's other clauses are done. */
static void wait_for_window(struct sg_resolver *r, const struct sg_window *window)
{
    if (!r->windows) { /* 3593: a window function outside a query block */
        sg_stop(r, SG_RANK_COLUMN, window->offset);
        return;
    }
    struct sg_window_wait *wait = sg_arena_alloc(r->arena, sizeof *wait);
    if (!wait)
        return;
    wait->window = window;
    *r->windows->last = wait;
    r->windows->last = &wait->next;
}

/* MySQL: how many rows NTILE, LAG, LEAD and NTH_VALUE mean is a number, a parameter or a variable;
 * a word there is a variable of a stored program: 1327. */
static void check_window_count(struct sg_resolver *r, const struct sg_expr *expr)
{
    struct sg_slice name = expr->call.name.text;
    const struct sg_expr *count = expr->call.arguments;
    if (!sg_fold_equal(name, SG_SLICE_LITERAL("ntile")))
        count = count ? count->next : NULL;
    if (count && count->kind == SG_EXPR_COLUMN && !sg_name_is_set(&count->column.table))
        sg_stop(r, SG_RANK_PARSER, count->offset);
}

/* 1111: rows are chosen before they are summed up, and there is no other query to do it. */
static void check_aggregate(struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_scope *scope = r->scope;
    if (!scope || !scope->block)
        return;
    scope->block->aggregated = true;
    if (!scope->outer && (r->clause == SG_CLAUSE_WHERE || r->clause == SG_CLAUSE_ON))
        sg_stop(r, SG_RANK_COLUMN, expr->offset);
}

/* MariaDB makes a window's ORDER BY of what these three take. MariaDB documentation, "MEDIAN",
 * "PERCENTILE_CONT", "PERCENTILE_DISC" */
static bool orders_by_value(const struct sg_resolver *r, const struct sg_expr *expr)
{
    struct sg_slice name = expr->call.name.text;
    return r->mariadb && expr->call.detail && expr->call.detail->over &&
           (sg_fold_equal(name, SG_SLICE_LITERAL("median")) ||
            sg_fold_equal(name, SG_SLICE_LITERAL("percentile_cont")) ||
            sg_fold_equal(name, SG_SLICE_LITERAL("percentile_disc")));
}

static void resolve_call(struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_call_detail *detail = expr->call.detail;
    bool in_aggregate = r->in_aggregate;
    enum sg_clause clause = r->clause;

    if ((expr->flags & SG_EXPR_AGGREGATE) && !(detail && detail->over)) {
        check_aggregate(r, expr);
        r->in_aggregate = true;
    }
    if (!r->mariadb && expr->call.function == SG_FUNCTION_ROW_WINDOW)
        check_window_count(r, expr);
    if (orders_by_value(r, expr))
        r->clause = SG_CLAUSE_ORDER_BY;
    resolve_arguments(r, expr);
    if (detail) {
        resolve_call_order(r, expr);
        sg_resolve_list(r, detail->limit);
        if (detail->over) {
            wait_for_window(r, detail->over);
            if (r->scope && r->scope->block)
                r->scope->block->windowed = true;
        }
    }
    if (r->clause == SG_CLAUSE_ORDER_BY)
        r->clause = clause;
    r->in_aggregate = in_aggregate;
}

/* A number where a window wants an expression: MySQL refuses it (3592). MariaDB takes it for a
 * position, and then does not look at all that stands behind it: nothing is said. */
static bool has_position(struct sg_resolver *r, const struct sg_order_item *items)
{
    for (; items; items = items->next) {
        if (items->expr->kind != SG_EXPR_LITERAL || items->expr->literal_kind != SG_LITERAL_INTEGER)
            continue;
        if (!r->mariadb)
            sg_stop(r, SG_RANK_COLUMN, items->expr->offset);
        return true;
    }
    return false;
}

void sg_resolve_window(struct sg_resolver *r, struct sg_scope *scope,
                       const struct sg_window *window, const struct sg_window *named,
                       bool is_definition)
{
    const struct sg_name *wanted =
        is_definition || sg_name_is_set(&window->base) ? &window->base : &window->name;
    if (sg_name_is_set(wanted)) {
        const struct sg_window *it = named;
        while (it && !sg_fold_equal(it->name.text, wanted->text))
            it = it->next;
        if (!it) {
            sg_stop(r, SG_RANK_COLUMN, wanted->offset); /* 3579, 4009 */
            return;
        }
    }
    /* MySQL sees no alias as a bare item here, MariaDB does. MariaDB has no words of its own for
     * the two places; those of clause.def are its keywords already. */
    enum sg_alias_rule bare = r->mariadb ? SG_ALIAS_FIRST : SG_ALIAS_NONE;
    bool old_words = r->mariadb && r->server->wording == SG_WORDING_PHRASES;
    if (has_position(r, window->partition_by))
        return;
    r->clause = old_words ? SG_CLAUSE_GROUP_BY : SG_CLAUSE_WINDOW_PARTITION;
    sg_resolve_order(r, scope, bare, window->partition_by, false);
    if (has_position(r, window->order_by))
        return;
    r->clause = old_words ? SG_CLAUSE_ORDER_BY : SG_CLAUSE_WINDOW_ORDER;
    sg_resolve_order(r, scope, bare, window->order_by, false);
    if (window->frame_from)
        sg_resolve_in(r, scope, r->clause, window->frame_from);
    if (window->frame_to)
        sg_resolve_in(r, scope, r->clause, window->frame_to);
}

/* --- other kinds --------------------------------------------------------------------------- */

/* MySQL keeps WHEN, THEN, WHEN, THEN ..., operand, ELSE; MariaDB operand, all WHEN, all THEN, ELSE.
 */
static void resolve_case(struct sg_resolver *r, const struct sg_expr_case *it)
{
    if (r->mariadb) {
        if (it->operand)
            sg_resolve_expr(r, it->operand);
        for (const struct sg_expr *when = it->branches; when; when = when->next->next)
            sg_resolve_expr(r, when);
        for (const struct sg_expr *when = it->branches; when; when = when->next->next)
            sg_resolve_expr(r, when->next);
    } else {
        sg_resolve_list(r, it->branches);
        if (it->operand)
            sg_resolve_expr(r, it->operand);
    }
    if (it->otherwise)
        sg_resolve_expr(r, it->otherwise);
}

/* The value left of IN, ANY and ALL is resolved after the subquery on MySQL, before it on MariaDB.
 * MySQL goes on calling the place by the subquery's name until the next clause begins. */
static void resolve_subquery(struct sg_resolver *r, const struct sg_expr_subquery *it)
{
    struct sg_query_use use = {
        .outer = r->scope,
        .in_expression = true,
        .is_existence = it->kind == SG_SUBQUERY_EXISTS,
        .order_dropped = it->kind != SG_SUBQUERY_SCALAR,
    };
    enum sg_clause before = r->clause;
    struct sg_slice text_before = r->clause_text;
    const struct sg_scope *values_before = r->values_scope;
    r->clause_text = SG_SLICE_EMPTY;
    if (it->left && r->mariadb) {
        r->clause = SG_CLAUSE_IN_SUBQUERY;
        sg_resolve_expr(r, it->left);
    }
    r->values_scope = NULL;
    sg_resolve_query(r, it->query, &use);
    r->values_scope = values_before;
    r->clause = before;
    if (!r->mariadb && it->kind != SG_SUBQUERY_SCALAR)
        r->clause = it->left ? SG_CLAUSE_IN_SUBQUERY : SG_CLAUSE_EXISTS_SUBQUERY;
    else
        r->clause_text = text_before;
    if (it->left && !r->mariadb)
        sg_resolve_expr(r, it->left);
}

static void resolve_match(struct sg_resolver *r, const struct sg_expr_match *it)
{
    if (r->mariadb && it->against)
        sg_resolve_expr(r, it->against);
    sg_resolve_list(r, it->columns);
    if (!r->mariadb && it->against)
        sg_resolve_expr(r, it->against);
}

/* A name of the select list that stands for something other than a column. */
static bool is_computed(struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_scope *scope = r->scope;
    if (!expr || expr->kind != SG_EXPR_COLUMN || sg_name_is_set(&expr->column.table) || !scope ||
        !scope->block || r->trigger)
        return false;
    struct sg_wanted wanted = {.name = expr->column.name.text,
                               .hash = sg_fold_hash(expr->column.name.text)};
    struct sg_block *block = scope->block;
    if (sg_block_find(r, block, scope->low, scope->high, &wanted) != SG_NOT_FOUND ||
        sg_scope_find(r, scope, false, &wanted) != SG_FOUND)
        return false;
    for (uint32_t i = 0; i < block->output_count; i++) {
        const struct sg_output *output = &block->outputs[i];
        if (output->hash == wanted.hash && sg_fold_equal(output->name, wanted.name))
            return !output->is_column;
    }
    return false;
}

/* VALUES(column) in ON DUPLICATE KEY UPDATE is of the target, whatever else is in scope; in a
 * subquery there it is as any other name. The servers want a column in it, and have no name for
 * what they find in its place. */
static void resolve_values(struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_expr *column = expr->operation.operands;
    const struct sg_scope *before = r->scope;
    if (!r->values_scope && is_computed(r, column)) {
        struct sg_name nameless = column->column.name;
        nameless.text = SG_SLICE_EMPTY;
        sg_miss_name(r, SG_SLICE_EMPTY, &nameless, SG_SLICE_LITERAL("VALUES() function"));
        return;
    }
    if (r->values_scope)
        r->scope = r->values_scope;
    sg_resolve_list(r, expr->operation.operands);
    r->scope = before;
}

static bool is_alias_in_from(const struct sg_resolver *r, const struct sg_qualified_name *name)
{
    const struct sg_block *block = r->scope ? r->scope->block : NULL;
    for (uint32_t i = 0; block && i < block->count && !sg_name_is_set(&name->database); i++) {
        const struct sg_relation *relation = &block->relations[i];
        bool derived = relation->ref && relation->ref->kind == SG_REF_DERIVED;
        if ((relation->aliased || derived) &&
            sg_table_names_equal(r, relation->alias, name->name.text))
            return true;
    }
    return false;
}

/* A sequence that is missing is error 1305 or 4091: not ours. But one that is called as a table of
 * FROM is looked for as that one is: `SELECT NEXT VALUE FOR a FROM s AS a`. */
static void resolve_sequence(struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_qualified_name *name = expr->sequence.name;
    struct sg_slice database =
        sg_name_is_set(&name->database) ? name->database.text : r->context->database;
    const struct sg_table *table;
    if (is_alias_in_from(r, name))
        sg_find_table(r, name);
    else if (sg_schema_find_table(r->schema, database, name->name.text, &table) == SG_ABSENT)
        sg_stop(r, SG_RANK_TABLE, expr->offset);
    sg_resolve_list(r, expr->sequence.arguments);
}

static void resolve_operator(struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_expr *first = expr->operation.operands;
    /* INTERVAL a DAY + b is kept as b + INTERVAL a DAY. */
    if (expr->operator== SG_OP_ADD && first && first->kind == SG_EXPR_INTERVAL && first->next) {
        sg_resolve_expr(r, first->next);
        sg_resolve_expr(r, first);
        sg_resolve_list(r, first->next->next);
        return;
    }
    sg_resolve_list(r, first);
}

void sg_resolve_expr(struct sg_resolver *r, const struct sg_expr *expr)
{
    switch ((enum sg_expr_kind)expr->kind) {
    case SG_EXPR_COLUMN:
        resolve_column(r, expr);
        return;
    case SG_EXPR_LITERAL:
    case SG_EXPR_PARAMETER:
    case SG_EXPR_USER_VARIABLE:
    case SG_EXPR_SYSTEM_VARIABLE:
    case SG_EXPR_WORD:
        return;
    case SG_EXPR_OPERATOR:
        resolve_operator(r, expr);
        return;
    case SG_EXPR_CALL:
        resolve_call(r, expr);
        return;
    case SG_EXPR_CASE:
        resolve_case(r, &expr->branches);
        return;
    case SG_EXPR_SUBQUERY:
        resolve_subquery(r, &expr->subquery);
        return;
    case SG_EXPR_MATCH:
        resolve_match(r, &expr->match);
        return;
    case SG_EXPR_VALUES:
        resolve_values(r, expr);
        return;
    case SG_EXPR_SEQUENCE:
        resolve_sequence(r, expr);
        return;
    case SG_EXPR_ROW:
    case SG_EXPR_INTERVAL:
    case SG_EXPR_CAST:
    case SG_EXPR_COLLATE:
    case SG_EXPR_DEFAULT:
    case SG_EXPR_JSON_PATH:
    case SG_EXPR_ODBC:
        sg_resolve_list(r, expr->operation.operands);
        return;
    }
}
