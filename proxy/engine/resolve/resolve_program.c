/* Bodies of triggers, and blocks of statements that run at once.
 *
 * A trigger's tables and columns are resolved when it runs, so nothing is said about those; but
 * NEW.column and OLD.column are checked at once, wherever in the body they stand. The body is
 * walked like any statement, with all findings muted but those of NEW and OLD.
 *
 * MariaDB runs a block that stands alone (BEGIN NOT ATOMIC, IF, LOOP ...) statement by statement
 * and resolves each as it comes to it. So only the very first is certain to be met with nothing
 * done before; a name that is missing further on may never be reached, or have been made on the
 * way: then nothing is said about the whole.
 *
 * MySQL manual, "Trigger Syntax and Examples"; MariaDB documentation, "Using Compound Statements
 * Outside of Stored Programs"; name-resolution page, "DDL, views, programs"
 */
#include "resolve/resolver.h"

#include "schema/fold.h"

/* Every column is looked up among them. */
#define LOCALS_MAX 512

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

/* --- blocks that run at once --------------------------------------------------------------- */

bool sg_is_local(const struct sg_resolver *r, struct sg_slice name)
{
    const struct sg_local *local = r->locals;
    uint64_t hash = local ? sg_fold_hash(name) : 0;
    while (local && !(local->hash == hash && sg_fold_equal(local->name, name)))
        local = local->outer;
    return local != NULL;
}

static void declare(struct sg_resolver *r, const struct sg_name *name)
{
    if (r->local_count >= LOCALS_MAX) {
        sg_give_up(r, "more variables than are looked at", name->offset);
        return;
    }
    struct sg_local *local = sg_arena_alloc(r->arena, sizeof *local);
    if (!local)
        return;
    r->local_count++;
    local->outer = r->locals;
    local->name = name->text;
    local->hash = sg_fold_hash(name->text);
    r->locals = local;
}

static void run_statements(struct sg_resolver *r, const struct sg_statement *list);

/* A value in flow control: a word in it that is no variable stops the parser (1327). */
static void run_value(struct sg_resolver *r, const struct sg_expr *value)
{
    struct sg_scope nothing = {0};
    bool before = r->tentative;
    r->tentative = true;
    sg_resolve_in(r, &nothing, SG_CLAUSE_SELECT, value);
    r->tentative = before;
}

/* What it declares is seen from then on; handlers make every error one that may go unseen. */
static void run_declare(struct sg_resolver *r, const struct sg_declare *it)
{
    bool before = r->tentative;
    const struct sg_local *locals = r->locals;
    run_value(r, it->default_value);
    r->tentative = true; /* a cursor's query, a handler's body: not now */
    for (const struct sg_parameter *parameter = it->parameters; parameter;
         parameter = parameter->next)
        declare(r, &parameter->name);
    walk_query(r, it->query);
    r->locals = locals;
    run_statements(r, it->body);
    r->tentative = before || it->kind == SG_DECLARE_HANDLER;
    for (const struct sg_name_item *name = it->names; name; name = name->next)
        declare(r, &name->name);
}

static void run_block(struct sg_resolver *r, const struct sg_flow *flow)
{
    for (const struct sg_declare *it = flow->declares; it; it = it->next)
        run_declare(r, it);
    run_statements(r, flow->statements);
}

static void run_flow(struct sg_resolver *r, const struct sg_flow *flow)
{
    const struct sg_local *before = r->locals;
    if (flow->kind == SG_FLOW_BLOCK) {
        run_block(r, flow);
        r->locals = before;
        return;
    }
    r->tentative = true;
    run_value(r, flow->condition);
    for (const struct sg_flow_branch *it = flow->branches; it; it = it->next) {
        run_value(r, it->condition);
        run_statements(r, it->statements);
    }
    if (flow->kind == SG_FLOW_FOR) {
        walk_query(r, flow->query);
        if (!flow->is_cursor)
            run_value(r, flow->from);
        run_value(r, flow->to);
        declare(r, &flow->name);
    } else {
        run_value(r, flow->from); /* OPEN's arguments */
    }
    run_statements(r, flow->statements);
    r->locals = before;
}

/* Others stop the parser at a word that is no variable (1327). */
static bool has_tables(const struct sg_statement *statement)
{
    return statement->kind == SG_AST_QUERY || statement->kind == SG_AST_INSERT ||
           statement->kind == SG_AST_UPDATE || statement->kind == SG_AST_DELETE;
}

static void run_statements(struct sg_resolver *r, const struct sg_statement *list)
{
    for (; list && r->finding_count == 0; list = list->next) {
        r->scope = NULL;
        r->outermost_done = false;
        r->statement_offset = list->offset;
        if (list->kind == SG_AST_FLOW) {
            run_flow(r, list->flow);
        } else {
            r->tentative = r->tentative || !has_tables(list);
            sg_resolve_statement(r, list);
        }
        r->tentative = true;
    }
}

void sg_resolve_flow(struct sg_resolver *r, const struct sg_statement *statement)
{
    r->statement_offset = statement->offset;
    run_flow(r, statement->flow);
    r->tentative = false;
    r->locals = NULL;
    r->local_count = 0;
}
