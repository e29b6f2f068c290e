/* Bodies of triggers. Their tables and columns are resolved when they run, so nothing is said about
 * those; but NEW.column and OLD.column are checked at once, wherever in the body they stand.
 *
 * The body is walked like any statement, with all findings muted but those of NEW and OLD.
 *
 * MySQL manual, "Trigger Syntax and Examples"; name-resolution page, "DDL, views, programs"
 */
#include "resolve/resolver.h"

#include "schema/fold.h"

void sg_resolve_row_column(struct sg_resolver *r, struct sg_slice row, const struct sg_name *name)
{
    const struct sg_trigger *trigger = r->trigger;
    bool is_new = sg_fold_equal(row, SG_SLICE_LITERAL("new"));
    if (!is_new && !sg_fold_equal(row, SG_SLICE_LITERAL("old")))
        return;
    r->trigger = NULL; /* speak */
    if (is_new ? !trigger->has_new : !trigger->has_old)
        sg_stop(r, SG_RANK_PARSER, name->offset); /* 1363 */
    else if (trigger->table && !sg_table_find_column(trigger->table, name->text))
        sg_miss_name(r, SG_SLICE_EMPTY, name,
                     sg_clause_text(is_new ? SG_CLAUSE_NEW : SG_CLAUSE_OLD, r->server->wording));
    r->trigger = trigger;
}

static void walk_statements(struct sg_resolver *r, const struct sg_statement *list);

static void walk_expr(struct sg_resolver *r, const struct sg_expr *expr)
{
    struct sg_scope nothing = {0};
    sg_resolve_in(r, &nothing, SG_CLAUSE_SELECT, expr);
}

static void walk_query(struct sg_resolver *r, const struct sg_query *query)
{
    struct sg_query_use use = {0};
    if (query)
        sg_resolve_query(r, query, &use);
}

static void walk_flow(struct sg_resolver *r, const struct sg_flow *flow)
{
    for (const struct sg_declare *it = flow->declares; it; it = it->next) {
        walk_expr(r, it->default_value);
        walk_query(r, it->query);
        walk_statements(r, it->body);
    }
    walk_expr(r, flow->condition);
    for (const struct sg_flow_branch *it = flow->branches; it; it = it->next) {
        walk_expr(r, it->condition);
        walk_statements(r, it->statements);
    }
    walk_statements(r, flow->statements);
    walk_query(r, flow->query);
    if (!flow->is_cursor)
        walk_expr(r, flow->from);
    walk_expr(r, flow->to);
}

static void walk_set(struct sg_resolver *r, const struct sg_set *set)
{
    for (const struct sg_set_item *item = set->items; item; item = item->next) {
        if (item->kind == SG_SET_FIELD)
            sg_resolve_row_column(r, item->qualifier.text, &item->name);
        walk_expr(r, item->value);
    }
}

static void walk_statements(struct sg_resolver *r, const struct sg_statement *list)
{
    for (; list; list = list->next) {
        r->scope = NULL;
        if (list->kind == SG_AST_FLOW)
            walk_flow(r, list->flow);
        else if (list->kind == SG_AST_SET)
            walk_set(r, list->set);
        else
            sg_resolve_statement(r, list);
    }
}

void sg_resolve_trigger(struct sg_resolver *r, const struct sg_ddl *ddl)
{
    struct sg_trigger trigger = {.table = sg_find_table(r, &ddl->trigger_table),
                                 .has_new = ddl->trigger_has_new,
                                 .has_old = ddl->trigger_has_old};
    r->trigger = &trigger;
    walk_statements(r, ddl->body);
    r->trigger = NULL;
}
