/* The tree as one line of nested parentheses: what tests compare and `explain` shows.
 *
 * A node is "(kind parts)", a name is its text, in backticks when it is no plain word, a qualified
 * one is joined by dots. Literals stand as in the statement. What is absent is left out.
 */
#include "sql/ast.h"

#include <string.h>

struct printer {
    char *buffer;
    size_t size;
    size_t length; /* of what there is to write, written or not */
    struct sg_slice text;
};

/* --- pieces -------------------------------------------------------------------------------- */

static void put(struct printer *out, const char *text, size_t size)
{
    if (out->length < out->size) {
        size_t room = out->size - out->length;
        memcpy(out->buffer + out->length, text, size < room ? size : room);
    }
    out->length += size;
}

static void put_text(struct printer *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_slice(struct printer *out, struct sg_slice text)
{
    put(out, text.data, text.size);
}

static void put_number(struct printer *out, uint32_t number)
{
    char digits[10];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    put(out, digits + at, sizeof digits - at);
}

static void open(struct printer *out, const char *kind)
{
    if (out->length > 0)
        put_text(out, " ");
    put_text(out, "(");
    put_text(out, kind);
}

static void close(struct printer *out)
{
    put_text(out, ")");
}

static void put_word(struct printer *out, const char *word)
{
    put_text(out, " ");
    put_text(out, word);
}

static void put_flag(struct printer *out, bool flag, const char *word)
{
    if (flag)
        put_word(out, word);
}

static bool is_plain(struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c <= ' ' || strchr("`()'\".", c))
            return false;
    }
    return text.size > 0;
}

static void put_name_text(struct printer *out, struct sg_slice text)
{
    bool plain = is_plain(text);
    if (!plain)
        put_text(out, "`");
    put_slice(out, text);
    if (!plain)
        put_text(out, "`");
}

static void put_name(struct printer *out, const struct sg_name *name)
{
    if (!sg_name_is_set(name))
        return;
    put_text(out, " ");
    put_name_text(out, name->text);
}

static void put_dotted(struct printer *out, const struct sg_name *first,
                       const struct sg_name *second, const struct sg_name *third)
{
    const struct sg_name *parts[] = {first, second, third};
    const char *between = " ";
    for (size_t i = 0; i < 3; i++) {
        if (!parts[i] || !sg_name_is_set(parts[i]))
            continue;
        put_text(out, between);
        put_name_text(out, parts[i]->text);
        between = ".";
    }
}

static void put_qualified(struct printer *out, const struct sg_qualified_name *name)
{
    put_dotted(out, &name->database, &name->name, NULL);
}

static void put_names(struct printer *out, const char *kind, const struct sg_name_item *names)
{
    if (!names)
        return;
    open(out, kind);
    for (; names; names = names->next)
        put_name(out, &names->name);
    close(out);
}

static void put_alias(struct printer *out, const struct sg_name *alias)
{
    if (!sg_name_is_set(alias))
        return;
    open(out, "as");
    put_name(out, alias);
    close(out);
}

static void put_source(struct printer *out, uint32_t offset, uint32_t size)
{
    put_text(out, " ");
    put(out, out->text.data + offset, size);
}

static void print_query(struct printer *out, const struct sg_query *query);
static void print_statement(struct printer *out, const struct sg_statement *statement);
static void print_expr(struct printer *out, const struct sg_expr *expr);

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

static void print_list(struct printer *out, const struct sg_expr *expr)
{
    for (; expr; expr = expr->next)
        print_expr(out, expr);
}

static void print_wrapped(struct printer *out, const char *kind, const struct sg_expr *expr)
{
    if (!expr)
        return;
    open(out, kind);
    print_list(out, expr);
    close(out);
}

static void print_order(struct printer *out, const char *kind, const struct sg_order_item *items)
{
    if (!items)
        return;
    open(out, kind);
    for (; items; items = items->next) {
        if (items->direction == SG_DIRECTION_NONE) {
            print_expr(out, items->expr);
            continue;
        }
        open(out, items->direction == SG_ASCENDING ? "asc" : "desc");
        print_expr(out, items->expr);
        close(out);
    }
    close(out);
}

static void print_window(struct printer *out, const char *kind, const struct sg_window *window)
{
    open(out, kind);
    put_name(out, &window->name);
    put_name(out, &window->base);
    print_order(out, "partition-by", window->partition_by);
    print_order(out, "order-by", window->order_by);
    print_wrapped(out, "from", window->frame_from);
    print_wrapped(out, "to", window->frame_to);
    close(out);
}

static void print_call(struct printer *out, const struct sg_expr *expr)
{
    const struct sg_expr_call *call = &expr->call;
    const struct sg_call_detail *detail = call->detail;
    open(out, expr->flags & SG_EXPR_AGGREGATE ? "aggregate"
              : expr->flags & SG_EXPR_NATIVE  ? "call"
                                              : "stored");
    put_dotted(out, detail ? &detail->database : NULL, detail ? &detail->package : NULL,
               &call->name);
    put_flag(out, expr->flags & SG_EXPR_DISTINCT, "distinct");
    put_flag(out, expr->flags & SG_EXPR_STAR, "*");
    print_list(out, call->arguments);
    if (detail) {
        print_order(out, "order-by", detail->order_by);
        print_wrapped(out, "limit", detail->limit);
        if (detail->over)
            print_window(out, "over", detail->over);
    }
    close(out);
}

static void print_subquery(struct printer *out, const struct sg_expr *expr)
{
    static const char *const KINDS[] = {
        [SG_SUBQUERY_SCALAR] = "subquery", [SG_SUBQUERY_EXISTS] = "exists",
        [SG_SUBQUERY_IN] = "in-query",     [SG_SUBQUERY_ANY] = "any",
        [SG_SUBQUERY_ALL] = "all",
    };
    open(out, KINDS[expr->subquery.kind]);
    put_flag(out, expr->flags & SG_EXPR_NEGATED, "not");
    if (expr->subquery.kind >= SG_SUBQUERY_ANY)
        put_word(out, operator_name(expr->operator));
    if (expr->subquery.left)
        print_expr(out, expr->subquery.left);
    print_query(out, expr->subquery.query);
    close(out);
}

static void print_case(struct printer *out, const struct sg_expr *expr)
{
    open(out, "case");
    if (expr->branches.operand)
        print_expr(out, expr->branches.operand);
    print_wrapped(out, "when", expr->branches.branches);
    print_wrapped(out, "else", expr->branches.otherwise);
    close(out);
}

static void print_operation(struct printer *out, const char *kind, const struct sg_expr *expr)
{
    open(out, kind);
    put_flag(out, expr->flags & SG_EXPR_NEGATED, "not");
    print_list(out, expr->operation.operands);
    if (expr->operation.skipped) {
        put_text(out, " ...");
        put_number(out, expr->operation.skipped);
    }
    close(out);
}

static void print_column(struct printer *out, const struct sg_expr *expr)
{
    open(out, "column");
    put_dotted(out, &expr->column.database, &expr->column.table, &expr->column.name);
    close(out);
}

static void print_named(struct printer *out, const char *kind, struct sg_slice name)
{
    open(out, kind);
    put_text(out, " ");
    put_name_text(out, name);
    close(out);
}

static void print_sequence(struct printer *out, const struct sg_expr *expr)
{
    open(out, "sequence");
    put_qualified(out, expr->sequence.name);
    print_list(out, expr->sequence.arguments);
    close(out);
}

static void print_match(struct printer *out, const struct sg_expr *expr)
{
    open(out, "match");
    print_list(out, expr->match.columns);
    print_wrapped(out, "against", expr->match.against);
    close(out);
}

static void print_expr(struct printer *out, const struct sg_expr *expr)
{
    switch ((enum sg_expr_kind)expr->kind) {
    case SG_EXPR_LITERAL:
        put_source(out, expr->offset, expr->size);
        break;
    case SG_EXPR_COLUMN:
        print_column(out, expr);
        break;
    case SG_EXPR_PARAMETER:
        put_word(out, "?");
        break;
    case SG_EXPR_USER_VARIABLE:
        print_named(out, "@", expr->variable.name);
        break;
    case SG_EXPR_SYSTEM_VARIABLE:
        print_named(out, "@@", expr->variable.name);
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
        print_named(out, "word", expr->word.name.text);
        break;
    }
}

/* --- table references ---------------------------------------------------------------------- */

static void print_refs(struct printer *out, const struct sg_table_ref *ref);

static void print_period(struct printer *out, const char *kind, const struct sg_period *period)
{
    if (!period)
        return;
    open(out, kind);
    put_name(out, &period->name);
    put_flag(out, period->kind == SG_PERIOD_ALL, "all");
    if (period->from)
        print_expr(out, period->from);
    if (period->to)
        print_expr(out, period->to);
    close(out);
}

static void print_base(struct printer *out, const struct sg_table_ref *ref)
{
    open(out, "table");
    put_qualified(out, &ref->base.name);
    put_names(out, "partition", ref->base.partitions);
    print_period(out, "system-time", ref->base.period);
    put_alias(out, &ref->alias);
    put_names(out, "index", ref->base.index_hints);
    close(out);
}

static void print_derived(struct printer *out, const struct sg_table_ref *ref)
{
    open(out, ref->derived.lateral ? "lateral" : "derived");
    print_query(out, ref->derived.query);
    print_period(out, "system-time", ref->derived.period);
    put_alias(out, &ref->alias);
    put_names(out, "columns", ref->derived.columns);
    close(out);
}

static void print_json_columns(struct printer *out, const struct sg_json_column *column)
{
    open(out, "columns");
    for (; column; column = column->next) {
        if (column->kind == SG_JSON_NESTED)
            print_json_columns(out, column->columns);
        put_name(out, &column->name);
    }
    close(out);
}

static void print_json_table(struct printer *out, const struct sg_table_ref *ref)
{
    open(out, "json-table");
    print_expr(out, ref->json_table.document);
    print_json_columns(out, ref->json_table.columns);
    put_alias(out, &ref->alias);
    close(out);
}

static void print_join(struct printer *out, const struct sg_ref_join *join)
{
    static const char *const KINDS[] = {
        [SG_JOIN_INNER] = "join",
        [SG_JOIN_LEFT] = "left-join",
        [SG_JOIN_RIGHT] = "right-join",
    };
    open(out, KINDS[join->kind]);
    put_flag(out, join->natural, "natural");
    put_flag(out, join->straight, "straight");
    put_flag(out, join->cross, "cross");
    print_refs(out, join->left);
    print_refs(out, join->right);
    print_wrapped(out, "on", join->on);
    put_names(out, "using", join->using_columns);
    close(out);
}

static void print_refs(struct printer *out, const struct sg_table_ref *ref)
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
            open(out, "nest");
            print_refs(out, ref->nest);
            close(out);
            break;
        }
    }
}

static void print_refs_as(struct printer *out, const char *kind, const struct sg_table_ref *refs)
{
    if (!refs)
        return;
    open(out, kind);
    print_refs(out, refs);
    close(out);
}

/* --- queries ------------------------------------------------------------------------------- */

static void print_items(struct printer *out, const char *kind, const struct sg_select_item *item)
{
    if (!item)
        return;
    open(out, kind);
    for (; item; item = item->next) {
        switch (item->kind) {
        case SG_ITEM_STAR:
            put_word(out, "*");
            break;
        case SG_ITEM_TABLE_STAR:
            put_qualified(out, item->table);
            put_text(out, ".*");
            break;
        case SG_ITEM_EXPR:
            print_expr(out, item->expr);
            break;
        }
        put_alias(out, &item->alias);
    }
    close(out);
}

static void print_rows(struct printer *out, const struct sg_row *row)
{
    for (; row; row = row->next) {
        open(out, "row");
        print_list(out, row->values);
        put_text(out, " /");
        put_number(out, row->count);
        if (row->repeats) {
            put_text(out, " x");
            put_number(out, row->repeats + 1);
        }
        close(out);
    }
}

static void print_select(struct printer *out, const struct sg_select *select)
{
    open(out, "select");
    put_flag(out, select->options & SG_SELECT_DISTINCT, "distinct");
    put_flag(out, select->options & SG_SELECT_STRAIGHT_JOIN, "straight");
    print_items(out, "items", select->items);
    print_refs_as(out, "from", select->from);
    put_flag(out, select->from_dual, "dual");
    print_wrapped(out, "where", select->where);
    print_order(out, "group-by", select->group_by);
    put_flag(out, select->rollup == SG_ROLLUP_WITH, "rollup");
    print_wrapped(out, "having", select->having);
    for (const struct sg_window *window = select->windows; window; window = window->next)
        print_window(out, "window", window);
    print_wrapped(out, "qualify", select->qualify);
    close(out);
}

static void print_term(struct printer *out, const struct sg_query_term *term)
{
    static const char *const SETS[] = {
        [SG_SET_UNION] = "union",
        [SG_SET_EXCEPT] = "except",
        [SG_SET_INTERSECT] = "intersect",
    };
    if (term->joined_by != SG_SET_NONE) {
        put_word(out, SETS[term->joined_by]);
        put_flag(out, term->all, "all");
    }
    switch (term->kind) {
    case SG_TERM_SELECT:
        print_select(out, term->select);
        break;
    case SG_TERM_VALUES:
        open(out, "values");
        print_rows(out, term->values);
        close(out);
        break;
    case SG_TERM_TABLE:
        open(out, "table-of");
        put_qualified(out, term->table);
        close(out);
        break;
    case SG_TERM_QUERY:
        open(out, "paren");
        print_query(out, term->query);
        close(out);
        break;
    case SG_TERM_SET:
        open(out, "set");
        for (const struct sg_query_term *part = term->terms; part; part = part->next)
            print_term(out, part);
        close(out);
        break;
    }
}

static void print_with(struct printer *out, const struct sg_with *with)
{
    if (!with)
        return;
    open(out, "with");
    put_flag(out, with->recursive, "recursive");
    for (const struct sg_cte *cte = with->ctes; cte; cte = cte->next) {
        open(out, "cte");
        put_name(out, &cte->name);
        put_names(out, "columns", cte->columns);
        print_query(out, cte->query);
        put_names(out, "cycle", cte->cycle);
        close(out);
    }
    close(out);
}

static void print_limit(struct printer *out, const struct sg_limit *limit)
{
    if (!limit)
        return;
    open(out, "limit");
    if (limit->count)
        print_expr(out, limit->count);
    print_wrapped(out, "offset", limit->offset);
    print_wrapped(out, "rows-examined", limit->rows_examined);
    put_flag(out, limit->with_ties, "with-ties");
    close(out);
}

static void print_locks(struct printer *out, const struct sg_lock *lock)
{
    for (; lock; lock = lock->next) {
        open(out, lock->share ? "for-share" : "for-update");
        for (const struct sg_qualified_item *table = lock->tables; table; table = table->next)
            put_qualified(out, &table->name);
        close(out);
    }
}

static void print_query(struct printer *out, const struct sg_query *query)
{
    open(out, "query");
    print_with(out, query->with);
    print_term(out, query->body);
    print_order(out, "order-by", query->order_by);
    print_limit(out, query->limit);
    if (query->into) {
        open(out, "into");
        put_flag(out, query->into->kind == SG_INTO_OUTFILE, "outfile");
        put_flag(out, query->into->kind == SG_INTO_DUMPFILE, "dumpfile");
        print_list(out, query->into->variables);
        close(out);
    }
    print_locks(out, query->locks);
    close(out);
}

/* --- DML ----------------------------------------------------------------------------------- */

static void print_assignments(struct printer *out, const char *kind,
                              const struct sg_assignment *assignment)
{
    if (!assignment)
        return;
    open(out, kind);
    for (; assignment; assignment = assignment->next) {
        print_expr(out, assignment->column);
        print_expr(out, assignment->value);
    }
    close(out);
}

static void print_insert(struct printer *out, const struct sg_insert *insert)
{
    open(out, insert->replace ? "replace" : "insert");
    put_qualified(out, &insert->table);
    put_names(out, "partition", insert->partitions);
    if (insert->has_columns) {
        open(out, "columns");
        print_list(out, insert->columns);
        close(out);
    }
    print_rows(out, insert->rows);
    print_assignments(out, "set", insert->set);
    if (insert->query)
        print_query(out, insert->query);
    put_alias(out, &insert->row_alias);
    put_names(out, "alias-columns", insert->row_alias_columns);
    print_assignments(out, "on-duplicate", insert->on_duplicate);
    print_items(out, "returning", insert->returning);
    close(out);
}

static void print_update(struct printer *out, const struct sg_update *update)
{
    open(out, update->multiple ? "update-multiple" : "update");
    print_with(out, update->with);
    print_refs_as(out, "tables", update->tables);
    print_period(out, "portion", update->portion);
    print_assignments(out, "set", update->set);
    print_wrapped(out, "where", update->where);
    print_order(out, "order-by", update->order_by);
    print_limit(out, update->limit);
    print_items(out, "returning", update->returning);
    close(out);
}

static void print_delete(struct printer *out, const struct sg_delete *delete)
{
    static const char *const FORMS[] = {
        [SG_DELETE_SINGLE] = "delete",
        [SG_DELETE_FROM] = "delete-from",
        [SG_DELETE_USING] = "delete-using",
        [SG_DELETE_HISTORY] = "delete-history",
    };
    open(out, FORMS[delete->form]);
    print_with(out, delete->with);
    for (const struct sg_delete_target *target = delete->targets; target; target = target->next) {
        open(out, "target");
        put_qualified(out, &target->name);
        close(out);
    }
    print_refs_as(out, "tables", delete->tables);
    print_period(out, "portion", delete->portion);
    print_wrapped(out, "where", delete->where);
    print_order(out, "order-by", delete->order_by);
    print_limit(out, delete->limit);
    print_items(out, "returning", delete->returning);
    close(out);
}

static void print_load(struct printer *out, const struct sg_load *load)
{
    open(out, "load");
    put_qualified(out, &load->table);
    put_names(out, "partition", load->partitions);
    if (load->has_columns) {
        open(out, "columns");
        print_list(out, load->columns);
        close(out);
    }
    print_assignments(out, "set", load->set);
    close(out);
}

static void print_handler(struct printer *out, const struct sg_handler *handler)
{
    static const char *const ACTIONS[] = {
        [SG_HANDLER_OPEN] = "handler-open",
        [SG_HANDLER_READ] = "handler-read",
        [SG_HANDLER_CLOSE] = "handler-close",
    };
    open(out, ACTIONS[handler->action]);
    put_qualified(out, &handler->table);
    put_alias(out, &handler->alias);
    put_name(out, &handler->index);
    print_wrapped(out, "key", handler->key);
    print_wrapped(out, "where", handler->where);
    print_limit(out, handler->limit);
    close(out);
}

/* --- session ------------------------------------------------------------------------------- */

static void print_set(struct printer *out, const struct sg_set *set)
{
    static const char *const KINDS[] = {
        [SG_SET_USER_VARIABLE] = "@", [SG_SET_SYSTEM_VARIABLE] = "variable",
        [SG_SET_NAMES] = "names",     [SG_SET_CHARACTER_SET] = "character-set",
        [SG_SET_FIELD] = "field",     [SG_SET_OTHER] = "other",
    };
    static const char *const SCOPES[] = {
        [SG_SCOPE_SESSION] = "session",
        [SG_SCOPE_GLOBAL] = "global",
        [SG_SCOPE_PERSIST] = "persist",
        [SG_SCOPE_PERSIST_ONLY] = "persist-only",
    };
    open(out, "set");
    for (const struct sg_set_item *item = set->items; item; item = item->next) {
        open(out, KINDS[item->kind]);
        if (item->scope)
            put_word(out, SCOPES[item->scope]);
        put_dotted(out, &item->qualifier, &item->name, NULL);
        if (item->value)
            print_expr(out, item->value);
        close(out);
    }
    if (set->statement)
        print_statement(out, set->statement);
    close(out);
}

static void print_show(struct printer *out, const struct sg_show *show)
{
    static const char *const KINDS[] = {
        [SG_SHOW_OTHER] = "show",
        [SG_SHOW_DATABASES] = "show-databases",
        [SG_SHOW_TABLES] = "show-tables",
        [SG_SHOW_TABLE_STATUS] = "show-table-status",
        [SG_SHOW_OPEN_TABLES] = "show-open-tables",
        [SG_SHOW_COLUMNS] = "show-columns",
        [SG_SHOW_INDEX] = "show-index",
        [SG_SHOW_TRIGGERS] = "show-triggers",
        [SG_SHOW_EVENTS] = "show-events",
        [SG_SHOW_VARIABLES] = "show-variables",
        [SG_SHOW_STATUS] = "show-status",
        [SG_SHOW_PROCEDURE_STATUS] = "show-procedure-status",
        [SG_SHOW_FUNCTION_STATUS] = "show-function-status",
        [SG_SHOW_COLLATION] = "show-collation",
        [SG_SHOW_CHARACTER_SET] = "show-character-set",
        [SG_SHOW_CREATE_TABLE] = "show-create-table",
        [SG_SHOW_PACKAGE_STATUS] = "show-package-status",
        [SG_SHOW_ENGINES] = "show-engines",
        [SG_SHOW_LOCALES] = "show-locales",
    };
    open(out, KINDS[show->kind]);
    put_flag(out, show->extended, "extended");
    put_flag(out, show->full, "full");
    put_qualified(out, &show->table);
    if (sg_name_is_set(&show->database)) {
        open(out, "in");
        put_name(out, &show->database);
        close(out);
    }
    if (show->has_like) {
        put_word(out, "like ");
        put_slice(out, show->like);
    }
    print_wrapped(out, "where", show->where);
    print_limit(out, show->limit);
    close(out);
}

static void print_explain(struct printer *out, const struct sg_explain *explain)
{
    open(out, sg_name_is_set(&explain->table.name) ? "describe" : "explain");
    put_flag(out, explain->analyze, "analyze");
    put_flag(out, explain->for_connection, "for-connection");
    put_qualified(out, &explain->table);
    if (explain->statement)
        print_statement(out, explain->statement);
    close(out);
}

static void print_prepare(struct printer *out, const char *kind, const struct sg_prepare *prepare)
{
    open(out, kind);
    put_name(out, &prepare->name);
    if (prepare->text)
        print_expr(out, prepare->text);
    print_wrapped(out, "using", prepare->using_values);
    close(out);
}

/* --- DDL ----------------------------------------------------------------------------------- */

static void print_references(struct printer *out, const struct sg_reference_def *references)
{
    if (!references)
        return;
    open(out, "references");
    put_qualified(out, &references->table);
    put_names(out, "columns", references->columns);
    close(out);
}

static void print_checks(struct printer *out, const struct sg_check *check)
{
    for (; check; check = check->next) {
        open(out, "check");
        put_name(out, &check->name);
        if (check->expr)
            print_expr(out, check->expr);
        close(out);
    }
}

static void print_column_def(struct printer *out, const struct sg_column_def *column)
{
    static const char *const FLAGS[] = {
        "not-null", "null",      "primary", "unique",      "auto",   "invisible", "generated",
        "stored",   "row-start", "row-end", "unversioned", "serial", "versioned"};
    open(out, "column");
    put_name(out, &column->name);
    if (column->type.size) {
        put_text(out, " <");
        put_slice(out, column->type);
        put_text(out, ">");
    }
    for (size_t i = 0; i < sizeof FLAGS / sizeof FLAGS[0]; i++)
        put_flag(out, column->flags & (1u << i), FLAGS[i]);
    print_wrapped(out, "default", column->default_value);
    print_wrapped(out, "on-update", column->on_update);
    print_wrapped(out, "as", column->generated);
    print_checks(out, column->checks);
    print_references(out, column->references);
    put_flag(out, column->first, "first");
    if (sg_name_is_set(&column->after)) {
        open(out, "after");
        put_name(out, &column->after);
        close(out);
    }
    close(out);
}

static void print_key(struct printer *out, const struct sg_key_def *key)
{
    static const char *const KINDS[] = {
        [SG_KEY_PLAIN] = "key",           [SG_KEY_PRIMARY] = "primary-key",
        [SG_KEY_UNIQUE] = "unique",       [SG_KEY_FULLTEXT] = "fulltext",
        [SG_KEY_SPATIAL] = "spatial",     [SG_KEY_VECTOR] = "vector",
        [SG_KEY_FOREIGN] = "foreign-key",
    };
    open(out, KINDS[key->kind]);
    put_name(out, &key->name);
    open(out, "on");
    for (const struct sg_key_part *part = key->parts; part; part = part->next) {
        put_name(out, &part->column);
        if (part->expr)
            print_expr(out, part->expr);
    }
    close(out);
    print_references(out, key->references);
    close(out);
}

static void print_partitioning(struct printer *out, const struct sg_partitioning *partitioning)
{
    if (!partitioning)
        return;
    open(out, "partition-by");
    put_flag(out, partitioning->system_time, "system-time");
    if (partitioning->expr)
        print_expr(out, partitioning->expr);
    put_names(out, "columns", partitioning->columns);
    print_wrapped(out, "subpartition", partitioning->subpartition_expr);
    put_names(out, "subpartition-columns", partitioning->subpartition_columns);
    print_wrapped(out, "values", partitioning->values);
    close(out);
}

static void print_table_def(struct printer *out, const struct sg_table_def *table)
{
    if (!table)
        return;
    for (const struct sg_column_def *column = table->columns; column; column = column->next)
        print_column_def(out, column);
    for (const struct sg_key_def *key = table->keys; key; key = key->next)
        print_key(out, key);
    print_checks(out, table->checks);
    if (sg_name_is_set(&table->like.name)) {
        open(out, "like");
        put_qualified(out, &table->like);
        close(out);
    }
    put_flag(out, table->versioned, "versioned");
    print_partitioning(out, table->partitioning);
    if (table->query)
        print_query(out, table->query);
}

static void print_alter(struct printer *out, const struct sg_alter_item *item)
{
    static const char *const KINDS[] = {
        [SG_ALTER_ADD_COLUMNS] = "add",
        [SG_ALTER_ADD_KEY] = "add-key",
        [SG_ALTER_ADD_CHECK] = "add-check",
        [SG_ALTER_CHANGE_COLUMN] = "change",
        [SG_ALTER_MODIFY_COLUMN] = "modify",
        [SG_ALTER_DROP_COLUMN] = "drop",
        [SG_ALTER_DROP_KEY] = "drop-key",
        [SG_ALTER_DROP_CONSTRAINT] = "drop-constraint",
        [SG_ALTER_RENAME_COLUMN] = "rename-column",
        [SG_ALTER_RENAME_KEY] = "rename-key",
        [SG_ALTER_RENAME_TABLE] = "rename",
        [SG_ALTER_SET_DEFAULT] = "set-default",
        [SG_ALTER_SET_VISIBILITY] = "set-visibility",
        [SG_ALTER_ORDER_BY] = "order",
        [SG_ALTER_EXCHANGE_PARTITION] = "exchange",
        [SG_ALTER_PARTITION_BY] = "partition",
        [SG_ALTER_ADD_VERSIONING] = "add-versioning",
        [SG_ALTER_DROP_VERSIONING] = "drop-versioning",
        [SG_ALTER_OTHER] = "other",
    };
    for (; item; item = item->next) {
        open(out, KINDS[item->kind]);
        put_name(out, &item->name);
        put_name(out, &item->new_name);
        put_qualified(out, &item->table);
        for (const struct sg_column_def *column = item->columns; column; column = column->next)
            print_column_def(out, column);
        if (item->key)
            print_key(out, item->key);
        print_checks(out, item->check);
        if (item->value)
            print_expr(out, item->value);
        print_order(out, "order-by", item->order_by);
        print_partitioning(out, item->partitioning);
        close(out);
    }
}

static void print_items_of(struct printer *out, const struct sg_qualified_item *item)
{
    for (; item; item = item->next) {
        put_qualified(out, &item->name);
        if (sg_name_is_set(&item->new_name)) {
            put_word(out, "to");
            put_dotted(out, &item->new_name_database, &item->new_name, NULL);
        }
        put_alias(out, &item->alias);
    }
}

static void print_ddl(struct printer *out, const struct sg_ddl *ddl)
{
    static const char *const ACTIONS[] = {
        [SG_DDL_CREATE] = "create", [SG_DDL_ALTER] = "alter",       [SG_DDL_DROP] = "drop",
        [SG_DDL_RENAME] = "rename", [SG_DDL_TRUNCATE] = "truncate",
    };
    static const char *const OBJECTS[] = {
        [SG_OBJECT_TABLE] = "table",         [SG_OBJECT_VIEW] = "view",
        [SG_OBJECT_SEQUENCE] = "sequence",   [SG_OBJECT_DATABASE] = "database",
        [SG_OBJECT_INDEX] = "index",         [SG_OBJECT_TRIGGER] = "trigger",
        [SG_OBJECT_PROCEDURE] = "procedure", [SG_OBJECT_FUNCTION] = "function",
        [SG_OBJECT_EVENT] = "event",         [SG_OBJECT_PACKAGE] = "package",
        [SG_OBJECT_OTHER] = "other",
    };
    open(out, ACTIONS[ddl->action]);
    put_flag(out, ddl->temporary, "temporary");
    put_word(out, OBJECTS[ddl->object]);
    put_flag(out, ddl->if_exists, "if-exists");
    put_name(out, &ddl->index);
    print_items_of(out, ddl->names);
    print_table_def(out, ddl->table);
    if (ddl->key)
        print_key(out, ddl->key);
    print_alter(out, ddl->alter);
    put_names(out, "columns", ddl->columns);
    if (ddl->query)
        print_query(out, ddl->query);
    if (sg_name_is_set(&ddl->trigger_table.name)) {
        open(out, "on");
        put_qualified(out, &ddl->trigger_table);
        close(out);
    }
    for (const struct sg_parameter *at = ddl->parameters; at; at = at->next) {
        open(out, "parameter");
        put_name(out, &at->name);
        close(out);
    }
    print_wrapped(out, "schedule", ddl->schedule);
    if (ddl->body)
        print_statement(out, ddl->body);
    print_wrapped(out, "values", ddl->expressions);
    close(out);
}

/* --- stored programs ----------------------------------------------------------------------- */

static void print_statements(struct printer *out, const char *kind,
                             const struct sg_statement *statement)
{
    if (!statement)
        return;
    open(out, kind);
    for (; statement; statement = statement->next)
        print_statement(out, statement);
    close(out);
}

static void print_declares(struct printer *out, const struct sg_declare *declare)
{
    static const char *const KINDS[] = {
        [SG_DECLARE_VARIABLES] = "declare",
        [SG_DECLARE_CONDITION] = "declare-condition",
        [SG_DECLARE_CURSOR] = "declare-cursor",
        [SG_DECLARE_HANDLER] = "declare-handler",
    };
    for (; declare; declare = declare->next) {
        open(out, KINDS[declare->kind]);
        put_names(out, "names", declare->names);
        print_wrapped(out, "default", declare->default_value);
        if (declare->query)
            print_query(out, declare->query);
        if (declare->body)
            print_statement(out, declare->body);
        close(out);
    }
}

static void print_flow(struct printer *out, const struct sg_flow *flow)
{
    static const char *const KINDS[] = {
        [SG_FLOW_BLOCK] = "block",   [SG_FLOW_IF] = "if",         [SG_FLOW_CASE] = "case",
        [SG_FLOW_LOOP] = "loop",     [SG_FLOW_WHILE] = "while",   [SG_FLOW_REPEAT] = "repeat",
        [SG_FLOW_FOR] = "for",       [SG_FLOW_RETURN] = "return", [SG_FLOW_LEAVE] = "leave",
        [SG_FLOW_CURSOR] = "cursor",
    };
    open(out, KINDS[flow->kind]);
    put_name(out, &flow->label);
    put_name(out, &flow->name);
    print_declares(out, flow->declares);
    if (flow->condition)
        print_expr(out, flow->condition);
    for (const struct sg_flow_branch *at = flow->branches; at; at = at->next) {
        open(out, "branch");
        if (at->condition)
            print_expr(out, at->condition);
        print_statements(out, "do", at->statements);
        close(out);
    }
    if (flow->query)
        print_query(out, flow->query);
    print_wrapped(out, "from", flow->from);
    print_wrapped(out, "to", flow->to);
    put_names(out, "into", flow->into);
    print_statements(out, "do", flow->statements);
    close(out);
}

/* --- statements ---------------------------------------------------------------------------- */

static void print_call_statement(struct printer *out, const struct sg_call *call)
{
    open(out, "call");
    put_qualified(out, &call->name);
    print_list(out, call->arguments);
    close(out);
}

static void print_tables(struct printer *out, const struct sg_statement *statement)
{
    open(out, sg_ast_kind_name(statement->kind));
    if (statement->tables)
        print_items_of(out, statement->tables->tables);
    close(out);
}

static void print_grant(struct printer *out, const struct sg_grant *grant)
{
    open(out, grant->grants ? "grant" : "revoke");
    put_qualified(out, &grant->table);
    print_wrapped(out, "columns", grant->columns);
    close(out);
}

static void print_values(struct printer *out, const struct sg_statement *statement)
{
    open(out, sg_ast_kind_name(statement->kind));
    if (statement->values)
        print_list(out, statement->values->values);
    close(out);
}

static void print_statement(struct printer *out, const struct sg_statement *statement)
{
    switch (statement->kind) {
    case SG_AST_QUERY:
        print_query(out, statement->query);
        break;
    case SG_AST_INSERT:
        print_insert(out, statement->insert);
        break;
    case SG_AST_UPDATE:
        print_update(out, statement->update);
        break;
    case SG_AST_DELETE:
        print_delete(out, statement->delete);
        break;
    case SG_AST_LOAD:
        print_load(out, statement->load);
        break;
    case SG_AST_CALL:
        print_call_statement(out, statement->call);
        break;
    case SG_AST_HANDLER:
        print_handler(out, statement->handler);
        break;
    case SG_AST_USE:
        print_named(out, "use", statement->use->text);
        break;
    case SG_AST_SET:
        print_set(out, statement->set);
        break;
    case SG_AST_SHOW:
        print_show(out, statement->show);
        break;
    case SG_AST_EXPLAIN:
        print_explain(out, statement->explain);
        break;
    case SG_AST_PREPARE:
    case SG_AST_EXECUTE:
    case SG_AST_EXECUTE_IMMEDIATE:
    case SG_AST_DEALLOCATE:
        print_prepare(out, sg_ast_kind_name(statement->kind), statement->prepare);
        break;
    case SG_AST_DDL:
        print_ddl(out, statement->ddl);
        break;
    case SG_AST_LOCK_TABLES:
    case SG_AST_TABLES:
    case SG_AST_FLUSH_TABLES:
    case SG_AST_BACKUP_LOCK:
        print_tables(out, statement);
        break;
    case SG_AST_GRANT:
        print_grant(out, statement->grant);
        break;
    case SG_AST_FLOW:
        print_flow(out, statement->flow);
        break;
    case SG_AST_DO:
    case SG_AST_KILL:
    case SG_AST_SIGNAL:
    case SG_AST_DIAGNOSTICS:
    case SG_AST_OTHER:
        print_values(out, statement);
        break;
    case SG_AST_EMPTY:
    case SG_AST_TRANSACTION:
        open(out, sg_ast_kind_name(statement->kind));
        close(out);
        break;
    }
}

size_t sg_ast_print(const struct sg_statement *statement, struct sg_slice text, char *buffer,
                    size_t size)
{
    struct printer out = {.buffer = buffer, .size = size ? size - 1 : 0, .text = text};
    print_statement(&out, statement);
    if (size)
        buffer[out.length < size ? out.length : size - 1] = '\0';
    return out.length;
}
