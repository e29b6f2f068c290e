/* The walker. Each function takes a list or NULL, goes through it, and answers false to stop. */
#include "sql/walk.h"

static bool walk_refs(const struct sg_table_ref *ref, const struct sg_visitor *v);
static bool walk_statements(const struct sg_statement *statement, const struct sg_visitor *v);

/* --- expressions --------------------------------------------------------------------------- */

static bool walk_exprs(const struct sg_expr *expr, const struct sg_visitor *v)
{
    for (; expr; expr = expr->next) {
        if (!sg_walk_expr(expr, v))
            return false;
    }
    return true;
}

static bool walk_order(const struct sg_order_item *item, const struct sg_visitor *v)
{
    for (; item; item = item->next) {
        if (!sg_walk_expr(item->expr, v))
            return false;
    }
    return true;
}

static bool walk_windows(const struct sg_window *window, const struct sg_visitor *v)
{
    for (; window; window = window->next) {
        if (!walk_order(window->partition_by, v) || !walk_order(window->order_by, v) ||
            !walk_exprs(window->frame_from, v) || !walk_exprs(window->frame_to, v))
            return false;
    }
    return true;
}

static bool walk_call(const struct sg_expr_call *call, const struct sg_visitor *v)
{
    const struct sg_call_detail *detail = call->detail;
    if (!walk_exprs(call->arguments, v))
        return false;
    return !detail || (walk_order(detail->order_by, v) && walk_exprs(detail->limit, v) &&
                       walk_windows(detail->over, v));
}

static bool walk_inside(const struct sg_expr *expr, const struct sg_visitor *v)
{
    switch ((enum sg_expr_kind)expr->kind) {
    case SG_EXPR_LITERAL:
    case SG_EXPR_COLUMN:
    case SG_EXPR_PARAMETER:
    case SG_EXPR_USER_VARIABLE:
    case SG_EXPR_SYSTEM_VARIABLE:
    case SG_EXPR_WORD:
        return true;
    case SG_EXPR_OPERATOR:
    case SG_EXPR_ROW:
    case SG_EXPR_INTERVAL:
    case SG_EXPR_CAST:
    case SG_EXPR_COLLATE:
    case SG_EXPR_DEFAULT:
    case SG_EXPR_VALUES:
    case SG_EXPR_JSON_PATH:
    case SG_EXPR_ODBC:
        return walk_exprs(expr->operation.operands, v);
    case SG_EXPR_CASE:
        return walk_exprs(expr->branches.operand, v) && walk_exprs(expr->branches.branches, v) &&
               walk_exprs(expr->branches.otherwise, v);
    case SG_EXPR_CALL:
        return walk_call(&expr->call, v);
    case SG_EXPR_SUBQUERY:
        return walk_exprs(expr->subquery.left, v) && sg_walk_query(expr->subquery.query, v);
    case SG_EXPR_MATCH:
        return walk_exprs(expr->match.columns, v) && walk_exprs(expr->match.against, v);
    case SG_EXPR_SEQUENCE:
        return walk_exprs(expr->sequence.arguments, v);
    }
    return true;
}

bool sg_walk_expr(const struct sg_expr *expr, const struct sg_visitor *v)
{
    enum sg_walk answer = v->expr ? v->expr(v->data, expr) : SG_WALK_CONTINUE;
    if (answer != SG_WALK_CONTINUE)
        return answer == SG_WALK_PRUNE;
    return walk_inside(expr, v);
}

/* --- queries ------------------------------------------------------------------------------- */

static bool walk_with(const struct sg_with *with, const struct sg_visitor *v)
{
    for (const struct sg_cte *cte = with ? with->ctes : NULL; cte; cte = cte->next) {
        if (!sg_walk_query(cte->query, v))
            return false;
    }
    return true;
}

static bool walk_limit(const struct sg_limit *limit, const struct sg_visitor *v)
{
    return !limit || (walk_exprs(limit->count, v) && walk_exprs(limit->offset, v) &&
                      walk_exprs(limit->rows_examined, v));
}

static bool walk_items(const struct sg_select_item *item, const struct sg_visitor *v)
{
    for (; item; item = item->next) {
        if (item->expr && !sg_walk_expr(item->expr, v))
            return false;
    }
    return true;
}

static bool walk_select(const struct sg_select *select, const struct sg_visitor *v)
{
    return walk_items(select->items, v) && walk_refs(select->from, v) &&
           walk_exprs(select->where, v) && walk_order(select->group_by, v) &&
           walk_exprs(select->having, v) && walk_windows(select->windows, v) &&
           walk_exprs(select->qualify, v);
}

static bool walk_rows(const struct sg_row *row, const struct sg_visitor *v)
{
    for (; row; row = row->next) {
        if (!walk_exprs(row->values, v))
            return false;
    }
    return true;
}

static bool walk_terms(const struct sg_query_term *term, const struct sg_visitor *v)
{
    bool on = true;
    for (; term && on; term = term->next) {
        switch (term->kind) {
        case SG_TERM_SELECT:
            on = walk_select(term->select, v);
            break;
        case SG_TERM_VALUES:
            on = walk_rows(term->values, v);
            break;
        case SG_TERM_TABLE:
            break;
        case SG_TERM_QUERY:
            on = sg_walk_query(term->query, v);
            break;
        case SG_TERM_SET:
            on = walk_terms(term->terms, v);
            break;
        }
    }
    return on;
}

bool sg_walk_query(const struct sg_query *query, const struct sg_visitor *v)
{
    enum sg_walk answer = v->query ? v->query(v->data, query) : SG_WALK_CONTINUE;
    if (answer != SG_WALK_CONTINUE)
        return answer == SG_WALK_PRUNE;
    return walk_with(query->with, v) && walk_terms(query->body, v) &&
           walk_order(query->order_by, v) && walk_limit(query->limit, v) &&
           walk_exprs(query->procedure_arguments, v) &&
           (!query->into || walk_exprs(query->into->variables, v));
}

/* --- table references ---------------------------------------------------------------------- */

static bool walk_period(const struct sg_period *period, const struct sg_visitor *v)
{
    return !period || (walk_exprs(period->from, v) && walk_exprs(period->to, v));
}

static bool walk_ref(const struct sg_table_ref *ref, const struct sg_visitor *v)
{
    switch (ref->kind) {
    case SG_REF_TABLE:
        return walk_period(ref->base.period, v);
    case SG_REF_DERIVED:
        return sg_walk_query(ref->derived.query, v) && walk_period(ref->derived.period, v);
    case SG_REF_JSON_TABLE:
        return walk_exprs(ref->json_table.document, v);
    case SG_REF_JOIN:
        return walk_refs(ref->join.left, v) && walk_refs(ref->join.right, v) &&
               walk_exprs(ref->join.on, v);
    case SG_REF_NEST:
        return walk_refs(ref->nest, v);
    }
    return true;
}

static bool walk_refs(const struct sg_table_ref *ref, const struct sg_visitor *v)
{
    for (; ref; ref = ref->next) {
        enum sg_walk answer = v->table_ref ? v->table_ref(v->data, ref) : SG_WALK_CONTINUE;
        if (answer == SG_WALK_ABORT)
            return false;
        if (answer == SG_WALK_CONTINUE && !walk_ref(ref, v))
            return false;
    }
    return true;
}

/* --- DML ----------------------------------------------------------------------------------- */

static bool walk_assignments(const struct sg_assignment *assignment, const struct sg_visitor *v)
{
    for (; assignment; assignment = assignment->next) {
        if (!sg_walk_expr(assignment->column, v) || !sg_walk_expr(assignment->value, v))
            return false;
    }
    return true;
}

static bool walk_insert(const struct sg_insert *insert, const struct sg_visitor *v)
{
    return walk_exprs(insert->columns, v) && walk_rows(insert->rows, v) &&
           walk_assignments(insert->set, v) &&
           (!insert->query || sg_walk_query(insert->query, v)) &&
           walk_assignments(insert->on_duplicate, v) && walk_items(insert->returning, v);
}

static bool walk_update(const struct sg_update *update, const struct sg_visitor *v)
{
    return walk_with(update->with, v) && walk_refs(update->tables, v) &&
           walk_period(update->portion, v) && walk_assignments(update->set, v) &&
           walk_exprs(update->where, v) && walk_order(update->order_by, v) &&
           walk_limit(update->limit, v) && walk_items(update->returning, v);
}

static bool walk_delete(const struct sg_delete *delete, const struct sg_visitor *v)
{
    return walk_with(delete->with, v) && walk_refs(delete->tables, v) &&
           walk_period(delete->portion, v) && walk_exprs(delete->where, v) &&
           walk_order(delete->order_by, v) && walk_limit(delete->limit, v) &&
           walk_items(delete->returning, v);
}

/* --- session ------------------------------------------------------------------------------- */

static bool walk_set(const struct sg_set *set, const struct sg_visitor *v)
{
    for (const struct sg_set_item *item = set->items; item; item = item->next) {
        if (item->value && !sg_walk_expr(item->value, v))
            return false;
    }
    return walk_statements(set->statement, v);
}

static bool walk_show(const struct sg_show *show, const struct sg_visitor *v)
{
    return walk_exprs(show->where, v) && walk_limit(show->limit, v);
}

static bool walk_prepare(const struct sg_prepare *prepare, const struct sg_visitor *v)
{
    return walk_exprs(prepare->text, v) && walk_exprs(prepare->using_values, v);
}

static bool walk_handler(const struct sg_handler *handler, const struct sg_visitor *v)
{
    return walk_exprs(handler->key, v) && walk_exprs(handler->where, v) &&
           walk_limit(handler->limit, v);
}

/* --- DDL ----------------------------------------------------------------------------------- */

static bool walk_checks(const struct sg_check *check, const struct sg_visitor *v)
{
    for (; check; check = check->next) {
        if (check->expr && !sg_walk_expr(check->expr, v))
            return false;
    }
    return true;
}

static bool walk_columns(const struct sg_column_def *column, const struct sg_visitor *v)
{
    for (; column; column = column->next) {
        if (!walk_exprs(column->default_value, v) || !walk_exprs(column->on_update, v) ||
            !walk_exprs(column->generated, v) || !walk_checks(column->checks, v))
            return false;
    }
    return true;
}

static bool walk_keys(const struct sg_key_def *key, const struct sg_visitor *v)
{
    for (; key; key = key->next) {
        for (const struct sg_key_part *part = key->parts; part; part = part->next) {
            if (part->expr && !sg_walk_expr(part->expr, v))
                return false;
        }
    }
    return true;
}

static bool walk_partitioning(const struct sg_partitioning *partitioning,
                              const struct sg_visitor *v)
{
    return !partitioning ||
           (walk_exprs(partitioning->expr, v) && walk_exprs(partitioning->subpartition_expr, v) &&
            walk_exprs(partitioning->values, v));
}

static bool walk_table_def(const struct sg_table_def *table, const struct sg_visitor *v)
{
    return !table || (walk_columns(table->columns, v) && walk_keys(table->keys, v) &&
                      walk_checks(table->checks, v) && walk_partitioning(table->partitioning, v) &&
                      (!table->query || sg_walk_query(table->query, v)));
}

static bool walk_alter(const struct sg_alter_item *item, const struct sg_visitor *v)
{
    for (; item; item = item->next) {
        if (!walk_columns(item->columns, v) || !walk_keys(item->key, v) ||
            !walk_checks(item->check, v) || !walk_exprs(item->value, v) ||
            !walk_order(item->order_by, v) || !walk_partitioning(item->partitioning, v))
            return false;
    }
    return true;
}

static bool walk_parameters(const struct sg_parameter *parameter, const struct sg_visitor *v)
{
    for (; parameter; parameter = parameter->next) {
        if (parameter->default_value && !sg_walk_expr(parameter->default_value, v))
            return false;
    }
    return true;
}

static bool walk_ddl(const struct sg_ddl *ddl, const struct sg_visitor *v)
{
    return walk_table_def(ddl->table, v) && walk_keys(ddl->key, v) && walk_alter(ddl->alter, v) &&
           (!ddl->query || sg_walk_query(ddl->query, v)) && walk_parameters(ddl->parameters, v) &&
           walk_exprs(ddl->schedule, v) && walk_statements(ddl->body, v);
}

/* --- stored programs ----------------------------------------------------------------------- */

static bool walk_declares(const struct sg_declare *declare, const struct sg_visitor *v)
{
    for (; declare; declare = declare->next) {
        if (!walk_exprs(declare->default_value, v) || !walk_parameters(declare->parameters, v) ||
            (declare->query && !sg_walk_query(declare->query, v)) ||
            !walk_statements(declare->body, v))
            return false;
    }
    return true;
}

static bool walk_branches(const struct sg_flow_branch *branch, const struct sg_visitor *v)
{
    for (; branch; branch = branch->next) {
        if (!walk_exprs(branch->condition, v) || !walk_statements(branch->statements, v))
            return false;
    }
    return true;
}

static bool walk_flow(const struct sg_flow *flow, const struct sg_visitor *v)
{
    return walk_declares(flow->declares, v) && walk_exprs(flow->condition, v) &&
           walk_branches(flow->branches, v) && (!flow->query || sg_walk_query(flow->query, v)) &&
           walk_exprs(flow->from, v) && walk_exprs(flow->to, v) &&
           walk_statements(flow->statements, v);
}

/* --- statements ---------------------------------------------------------------------------- */

static bool walk_values(const struct sg_values_statement *values, const struct sg_visitor *v)
{
    return !values || walk_exprs(values->values, v);
}

static bool walk_statement(const struct sg_statement *statement, const struct sg_visitor *v)
{
    switch (statement->kind) {
    case SG_AST_QUERY:
        return sg_walk_query(statement->query, v);
    case SG_AST_INSERT:
        return walk_insert(statement->insert, v);
    case SG_AST_UPDATE:
        return walk_update(statement->update, v);
    case SG_AST_DELETE:
        return walk_delete(statement->delete, v);
    case SG_AST_LOAD:
        return walk_exprs(statement->load->columns, v) && walk_assignments(statement->load->set, v);
    case SG_AST_CALL:
        return walk_exprs(statement->call->arguments, v);
    case SG_AST_HANDLER:
        return walk_handler(statement->handler, v);
    case SG_AST_SET:
        return walk_set(statement->set, v);
    case SG_AST_SHOW:
        return walk_show(statement->show, v);
    case SG_AST_EXPLAIN:
        return walk_statements(statement->explain->statement, v);
    case SG_AST_PREPARE:
    case SG_AST_EXECUTE:
    case SG_AST_EXECUTE_IMMEDIATE:
    case SG_AST_DEALLOCATE:
        return walk_prepare(statement->prepare, v);
    case SG_AST_DDL:
        return walk_ddl(statement->ddl, v);
    case SG_AST_GRANT:
        return walk_exprs(statement->grant->columns, v);
    case SG_AST_DO:
    case SG_AST_KILL:
    case SG_AST_SIGNAL:
    case SG_AST_DIAGNOSTICS:
    case SG_AST_OTHER:
        return walk_values(statement->values, v);
    case SG_AST_FLOW:
        return walk_flow(statement->flow, v);
    case SG_AST_EMPTY:
    case SG_AST_USE:
    case SG_AST_LOCK_TABLES:
    case SG_AST_TABLES:
    case SG_AST_FLUSH_TABLES:
    case SG_AST_TRANSACTION:
    case SG_AST_BACKUP_LOCK:
        return true;
    }
    return true;
}

static bool walk_statements(const struct sg_statement *statement, const struct sg_visitor *v)
{
    for (; statement; statement = statement->next) {
        if (!sg_walk_statement(statement, v))
            return false;
    }
    return true;
}

bool sg_walk_statement(const struct sg_statement *statement, const struct sg_visitor *v)
{
    enum sg_walk answer = v->statement ? v->statement(v->data, statement) : SG_WALK_CONTINUE;
    if (answer != SG_WALK_CONTINUE)
        return answer == SG_WALK_PRUNE;
    return walk_statement(statement, v);
}
