/* Expressions, table references and queries as text. See print.c. */
#include "sql/print.h"

/* --- expressions --------------------------------------------------------------------------- */

static const char *operator_name(uint8_t operator)
{
    static const char *const NAMES[] = {
        [SG_OP_AND] = "and",
        [SG_OP_OR] = "or",
        [SG_OP_XOR] = "xor",
        [SG_OP_CONCAT] = "||",
        [SG_OP_ADD] = "+",
        [SG_OP_NOT] = "not",
        [SG_OP_PLUS] = "plus",
        [SG_OP_MINUS] = "minus",
        [SG_OP_BIT_NOT] = "~",
        [SG_OP_IS_NULL] = "is-null",
        [SG_OP_IS_TRUTH] = "is-truth",
        [SG_OP_SUBTRACT] = "-",
        [SG_OP_MULTIPLY] = "*",
        [SG_OP_DIVIDE] = "/",
        [SG_OP_INTEGER_DIVIDE] = "div",
        [SG_OP_MODULO] = "mod",
        [SG_OP_BIT_OR] = "|",
        [SG_OP_BIT_AND] = "&",
        [SG_OP_BIT_XOR] = "^",
        [SG_OP_SHIFT_LEFT] = "<<",
        [SG_OP_SHIFT_RIGHT] = ">>",
        [SG_OP_EQUAL] = "=",
        [SG_OP_NULL_SAFE_EQUAL] = "<=>",
        [SG_OP_NOT_EQUAL] = "<>",
        [SG_OP_LESS] = "<",
        [SG_OP_LESS_EQUAL] = "<=",
        [SG_OP_GREATER] = ">",
        [SG_OP_GREATER_EQUAL] = ">=",
        [SG_OP_REGEXP] = "regexp",
        [SG_OP_SOUNDS_LIKE] = "sounds-like",
        [SG_OP_MEMBER_OF] = "member-of",
        [SG_OP_ASSIGN] = ":=",
        [SG_OP_LIKE] = "like",
        [SG_OP_BETWEEN] = "between",
        [SG_OP_IN] = "in",
    };
    _Static_assert(sizeof(NAMES) / sizeof(NAMES[0]) == SG_OP_IN + 1, "a name for every operator");
    return operator< sizeof(NAMES) / sizeof(NAMES[0]) && NAMES[operator] ? NAMES[operator] : "?";
}

void sg_print_list(struct sg_printer *out, const struct sg_expr *expr)
{
    for (; expr; expr = expr->next)
        sg_print_expr(out, expr);
}

void sg_print_wrapped(struct sg_printer *out, const char *kind, const struct sg_expr *expr)
{
    if (!expr)
        return;
    sg_print_open(out, kind);
    sg_print_list(out, expr);
    sg_print_close(out);
}

void sg_print_order(struct sg_printer *out, const char *kind, const struct sg_order_item *items)
{
    if (!items)
        return;
    sg_print_open(out, kind);
    for (; items; items = items->next) {
        if (items->direction == SG_DIRECTION_NONE) {
            sg_print_expr(out, items->expr);
            continue;
        }
        sg_print_open(out, items->direction == SG_ASCENDING ? "asc" : "desc");
        sg_print_expr(out, items->expr);
        sg_print_close(out);
    }
    sg_print_close(out);
}

static void print_window(struct sg_printer *out, const char *kind, const struct sg_window *window)
{
    sg_print_open(out, kind);
    sg_put_name(out, &window->name);
    sg_put_name(out, &window->base);
    sg_print_order(out, "partition-by", window->partition_by);
    sg_print_order(out, "order-by", window->order_by);
    sg_print_wrapped(out, "from", window->frame_from);
    sg_print_wrapped(out, "to", window->frame_to);
    sg_print_close(out);
}

static void print_call(struct sg_printer *out, const struct sg_expr *expr)
{
    const struct sg_expr_call *call = &expr->call;
    const struct sg_call_detail *detail = call->detail;
    sg_print_open(out, expr->flags & SG_EXPR_AGGREGATE ? "aggregate"
                       : expr->flags & SG_EXPR_NATIVE  ? "call"
                                                       : "stored");
    sg_put_dotted(out, detail ? &detail->database : NULL, detail ? &detail->package : NULL,
                  &call->name);
    sg_put_flag(out, expr->flags & SG_EXPR_DISTINCT, "distinct");
    sg_put_flag(out, expr->flags & SG_EXPR_STAR, "*");
    sg_print_list(out, call->arguments);
    if (detail) {
        sg_print_order(out, "order-by", detail->order_by);
        sg_print_wrapped(out, "limit", detail->limit);
        if (detail->over)
            print_window(out, "over", detail->over);
    }
    sg_print_close(out);
}

static void print_subquery(struct sg_printer *out, const struct sg_expr *expr)
{
    static const char *const KINDS[] = {
        [SG_SUBQUERY_SCALAR] = "subquery", [SG_SUBQUERY_EXISTS] = "exists",
        [SG_SUBQUERY_IN] = "in-query",     [SG_SUBQUERY_ANY] = "any",
        [SG_SUBQUERY_ALL] = "all",
    };
    sg_print_open(out, KINDS[expr->subquery.kind]);
    sg_put_flag(out, expr->flags & SG_EXPR_NEGATED, "not");
    if (expr->subquery.kind >= SG_SUBQUERY_ANY)
        sg_put_word(out, operator_name(expr->operator));
    if (expr->subquery.left)
        sg_print_expr(out, expr->subquery.left);
    sg_print_query(out, expr->subquery.query);
    sg_print_close(out);
}

static void print_case(struct sg_printer *out, const struct sg_expr *expr)
{
    sg_print_open(out, "case");
    if (expr->branches.operand)
        sg_print_expr(out, expr->branches.operand);
    sg_print_wrapped(out, "when", expr->branches.branches);
    sg_print_wrapped(out, "else", expr->branches.otherwise);
    sg_print_close(out);
}

static void print_operation(struct sg_printer *out, const char *kind, const struct sg_expr *expr)
{
    sg_print_open(out, kind);
    sg_put_flag(out, expr->flags & SG_EXPR_NEGATED, "not");
    sg_print_list(out, expr->operation.operands);
    if (expr->operation.skipped) {
        sg_put_text(out, " ...");
        sg_put_number(out, expr->operation.skipped);
    }
    sg_print_close(out);
}

static void print_column(struct sg_printer *out, const struct sg_expr *expr)
{
    sg_print_open(out, "column");
    sg_put_dotted(out, &expr->column.database, &expr->column.table, &expr->column.name);
    sg_print_close(out);
}

void sg_print_named(struct sg_printer *out, const char *kind, struct sg_slice name)
{
    sg_print_open(out, kind);
    sg_put_text(out, " ");
    sg_put_name_text(out, name);
    sg_print_close(out);
}

static void print_sequence(struct sg_printer *out, const struct sg_expr *expr)
{
    sg_print_open(out, "sequence");
    sg_put_qualified(out, expr->sequence.name);
    sg_print_list(out, expr->sequence.arguments);
    sg_print_close(out);
}

static void print_match(struct sg_printer *out, const struct sg_expr *expr)
{
    sg_print_open(out, "match");
    sg_print_list(out, expr->match.columns);
    sg_print_wrapped(out, "against", expr->match.against);
    sg_print_close(out);
}

void sg_print_expr(struct sg_printer *out, const struct sg_expr *expr)
{
    switch ((enum sg_expr_kind)expr->kind) {
    case SG_EXPR_LITERAL:
        sg_put_source(out, expr->offset, expr->size);
        break;
    case SG_EXPR_COLUMN:
        print_column(out, expr);
        break;
    case SG_EXPR_PARAMETER:
        sg_put_word(out, "?");
        break;
    case SG_EXPR_USER_VARIABLE:
        sg_print_named(out, "@", expr->variable.name);
        break;
    case SG_EXPR_SYSTEM_VARIABLE:
        sg_print_named(out, "@@", expr->variable.name);
        break;
    case SG_EXPR_OPERATOR:
        print_operation(out, operator_name(expr->operator), expr);
        break;
    case SG_EXPR_ROW:
        print_operation(out, "row", expr);
        break;
    case SG_EXPR_CASE:
        print_case(out, expr);
        break;
    case SG_EXPR_CALL:
        print_call(out, expr);
        break;
    case SG_EXPR_SUBQUERY:
        print_subquery(out, expr);
        break;
    case SG_EXPR_INTERVAL:
        print_operation(out, "interval", expr);
        break;
    case SG_EXPR_MATCH:
        print_match(out, expr);
        break;
    case SG_EXPR_CAST:
        print_operation(out, "cast", expr);
        break;
    case SG_EXPR_COLLATE:
        print_operation(out, "collate", expr);
        break;
    case SG_EXPR_DEFAULT:
        print_operation(out, "default", expr);
        break;
    case SG_EXPR_VALUES:
        print_operation(out, "values-of", expr);
        break;
    case SG_EXPR_JSON_PATH:
        print_operation(out, "->", expr);
        break;
    case SG_EXPR_SEQUENCE:
        print_sequence(out, expr);
        break;
    case SG_EXPR_ODBC:
        print_operation(out, "odbc", expr);
        break;
    case SG_EXPR_WORD:
        sg_print_named(out, "word", expr->word.name.text);
        break;
    }
}

/* --- table references ---------------------------------------------------------------------- */

static void print_refs(struct sg_printer *out, const struct sg_table_ref *ref);

void sg_print_period(struct sg_printer *out, const char *kind, const struct sg_period *period)
{
    if (!period)
        return;
    sg_print_open(out, kind);
    sg_put_name(out, &period->name);
    sg_put_flag(out, period->kind == SG_PERIOD_ALL, "all");
    if (period->from)
        sg_print_expr(out, period->from);
    if (period->to)
        sg_print_expr(out, period->to);
    sg_print_close(out);
}

static void print_base(struct sg_printer *out, const struct sg_table_ref *ref)
{
    sg_print_open(out, "table");
    sg_put_qualified(out, &ref->base.name);
    sg_put_names(out, "partition", ref->base.partitions);
    sg_print_period(out, "system-time", ref->base.period);
    sg_put_alias(out, &ref->alias);
    sg_put_names(out, "index", ref->base.index_hints);
    sg_print_close(out);
}

static void print_derived(struct sg_printer *out, const struct sg_table_ref *ref)
{
    sg_print_open(out, ref->derived.lateral ? "lateral" : "derived");
    sg_print_query(out, ref->derived.query);
    sg_print_period(out, "system-time", ref->derived.period);
    sg_put_alias(out, &ref->alias);
    sg_put_names(out, "columns", ref->derived.columns);
    sg_print_close(out);
}

static void print_json_columns(struct sg_printer *out, const struct sg_json_column *column)
{
    sg_print_open(out, "columns");
    for (; column; column = column->next) {
        if (column->kind == SG_JSON_NESTED)
            print_json_columns(out, column->columns);
        sg_put_name(out, &column->name);
    }
    sg_print_close(out);
}

static void print_json_table(struct sg_printer *out, const struct sg_table_ref *ref)
{
    sg_print_open(out, "json-table");
    sg_print_expr(out, ref->json_table.document);
    print_json_columns(out, ref->json_table.columns);
    sg_put_alias(out, &ref->alias);
    sg_print_close(out);
}

static void print_join(struct sg_printer *out, const struct sg_ref_join *join)
{
    static const char *const KINDS[] = {
        [SG_JOIN_INNER] = "join",
        [SG_JOIN_LEFT] = "left-join",
        [SG_JOIN_RIGHT] = "right-join",
    };
    sg_print_open(out, KINDS[join->kind]);
    sg_put_flag(out, join->natural, "natural");
    sg_put_flag(out, join->straight, "straight");
    sg_put_flag(out, join->cross, "cross");
    print_refs(out, join->left);
    print_refs(out, join->right);
    sg_print_wrapped(out, "on", join->on);
    sg_put_names(out, "using", join->using_columns);
    sg_print_close(out);
}

static void print_refs(struct sg_printer *out, const struct sg_table_ref *ref)
{
    for (; ref; ref = ref->next) {
        switch (ref->kind) {
        case SG_REF_TABLE:
            print_base(out, ref);
            break;
        case SG_REF_DERIVED:
            print_derived(out, ref);
            break;
        case SG_REF_JSON_TABLE:
            print_json_table(out, ref);
            break;
        case SG_REF_JOIN:
            print_join(out, &ref->join);
            break;
        case SG_REF_NEST:
            sg_print_open(out, "nest");
            print_refs(out, ref->nest);
            sg_print_close(out);
            break;
        }
    }
}

void sg_print_refs_as(struct sg_printer *out, const char *kind, const struct sg_table_ref *refs)
{
    if (!refs)
        return;
    sg_print_open(out, kind);
    print_refs(out, refs);
    sg_print_close(out);
}

/* --- queries ------------------------------------------------------------------------------- */

void sg_print_items(struct sg_printer *out, const char *kind, const struct sg_select_item *item)
{
    if (!item)
        return;
    sg_print_open(out, kind);
    for (; item; item = item->next) {
        switch (item->kind) {
        case SG_ITEM_STAR:
            sg_put_word(out, "*");
            break;
        case SG_ITEM_TABLE_STAR:
            sg_put_qualified(out, item->table);
            sg_put_text(out, ".*");
            break;
        case SG_ITEM_EXPR:
            sg_print_expr(out, item->expr);
            break;
        }
        sg_put_alias(out, &item->alias);
    }
    sg_print_close(out);
}

void sg_print_rows(struct sg_printer *out, const struct sg_row *row)
{
    for (; row; row = row->next) {
        sg_print_open(out, "row");
        sg_print_list(out, row->values);
        sg_put_text(out, " /");
        sg_put_number(out, row->count);
        if (row->repeats) {
            sg_put_text(out, " x");
            sg_put_number(out, row->repeats + 1);
        }
        sg_print_close(out);
    }
}

static void print_select(struct sg_printer *out, const struct sg_select *select)
{
    sg_print_open(out, "select");
    sg_put_flag(out, select->options & SG_SELECT_DISTINCT, "distinct");
    sg_put_flag(out, select->options & SG_SELECT_STRAIGHT_JOIN, "straight");
    sg_print_items(out, "items", select->items);
    sg_print_refs_as(out, "from", select->from);
    sg_put_flag(out, select->from_dual, "dual");
    sg_print_wrapped(out, "where", select->where);
    sg_print_order(out, "group-by", select->group_by);
    sg_put_flag(out, select->rollup == SG_ROLLUP_WITH, "rollup");
    sg_print_wrapped(out, "having", select->having);
    for (const struct sg_window *window = select->windows; window; window = window->next)
        print_window(out, "window", window);
    sg_print_wrapped(out, "qualify", select->qualify);
    sg_print_close(out);
}

static void print_term(struct sg_printer *out, const struct sg_query_term *term)
{
    static const char *const SETS[] = {
        [SG_SET_UNION] = "union",
        [SG_SET_EXCEPT] = "except",
        [SG_SET_INTERSECT] = "intersect",
    };
    if (term->joined_by != SG_SET_NONE) {
        sg_put_word(out, SETS[term->joined_by]);
        sg_put_flag(out, term->all, "all");
    }
    switch (term->kind) {
    case SG_TERM_SELECT:
        print_select(out, term->select);
        break;
    case SG_TERM_VALUES:
        sg_print_open(out, "values");
        sg_print_rows(out, term->values);
        sg_print_close(out);
        break;
    case SG_TERM_TABLE:
        sg_print_open(out, "table-of");
        sg_put_qualified(out, term->table);
        sg_print_close(out);
        break;
    case SG_TERM_QUERY:
        sg_print_open(out, "paren");
        sg_print_query(out, term->query);
        sg_print_close(out);
        break;
    case SG_TERM_SET:
        sg_print_open(out, "set");
        for (const struct sg_query_term *part = term->terms; part; part = part->next)
            print_term(out, part);
        sg_print_close(out);
        break;
    }
}

void sg_print_with(struct sg_printer *out, const struct sg_with *with)
{
    if (!with)
        return;
    sg_print_open(out, "with");
    sg_put_flag(out, with->recursive, "recursive");
    for (const struct sg_cte *cte = with->ctes; cte; cte = cte->next) {
        sg_print_open(out, "cte");
        sg_put_name(out, &cte->name);
        sg_put_names(out, "columns", cte->columns);
        sg_print_query(out, cte->query);
        sg_put_names(out, "cycle", cte->cycle);
        sg_print_close(out);
    }
    sg_print_close(out);
}

void sg_print_limit(struct sg_printer *out, const struct sg_limit *limit)
{
    if (!limit)
        return;
    sg_print_open(out, "limit");
    if (limit->count)
        sg_print_expr(out, limit->count);
    sg_print_wrapped(out, "offset", limit->offset);
    sg_print_wrapped(out, "rows-examined", limit->rows_examined);
    sg_put_flag(out, limit->with_ties, "with-ties");
    sg_print_close(out);
}

static void print_locks(struct sg_printer *out, const struct sg_lock *lock)
{
    for (; lock; lock = lock->next) {
        sg_print_open(out, lock->share ? "for-share" : "for-update");
        for (const struct sg_qualified_item *table = lock->tables; table; table = table->next)
            sg_put_qualified(out, &table->name);
        sg_print_close(out);
    }
}

void sg_print_query(struct sg_printer *out, const struct sg_query *query)
{
    sg_print_open(out, "query");
    sg_print_with(out, query->with);
    print_term(out, query->body);
    sg_print_order(out, "order-by", query->order_by);
    sg_print_limit(out, query->limit);
    if (query->into) {
        sg_print_open(out, "into");
        sg_put_flag(out, query->into->kind == SG_INTO_OUTFILE, "outfile");
        sg_put_flag(out, query->into->kind == SG_INTO_DUMPFILE, "dumpfile");
        sg_print_list(out, query->into->variables);
        sg_print_close(out);
    }
    print_locks(out, query->locks);
    sg_print_close(out);
}
