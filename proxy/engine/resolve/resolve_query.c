/* Query expressions: query blocks, set operations, VALUES, TABLE and common table expressions.
 *
 * A block's clauses are resolved in the order in which the server does it, which is not the order
 * in which they are written, and not the same on both servers.
 *
 * MySQL manual, "SELECT Statement", "Set Operations", "WITH (Common Table Expressions)",
 * "Parenthesized Query Expressions"; name-resolution page, "Which error comes first"
 */
#include "resolve/resolver.h"

#include "schema/fold.h"

/* Beyond so many common table expressions equal names are not looked for. */
#define NAMES_COMPARED 256

/* --- tables made by the statement ---------------------------------------------------------- */

const struct sg_table *sg_make_table(struct sg_resolver *r, bool renames, struct sg_column *columns,
                                     uint32_t count, bool stops, size_t offset)
{
    if (count > SG_TABLE_COLUMNS_MAX) {
        sg_give_up(r, "more columns than a table has", offset);
        return NULL;
    }
    struct sg_table *table = sg_arena_alloc(r->arena, sizeof *table);
    void *index = sg_arena_alloc(r->arena, sg_table_index_size(count) + 1);
    if (!table || !index)
        return NULL;
    *table = (struct sg_table){.renames = renames,
                               .columns = columns,
                               .column_count = count,
                               .flavour = r->server->flavour};
    if (sg_table_index(table, NULL, index) != count && stops)
        sg_stop(r, SG_RANK_COLUMN, offset); /* 1060 */
    return table;
}

/* What a query or a part of one gives. */
struct result {
    struct sg_column *columns;
    uint32_t count;
    bool known;
};

static void result_of_block(struct sg_resolver *r, struct sg_block *block, struct result *out)
{
    if (!block->outputs_made)
        sg_block_make_outputs(r, block);
    out->columns = sg_arena_array(r->arena, block->output_count + 1u, sizeof *out->columns);
    if (!out->columns)
        return;
    for (uint32_t i = 0; i < block->output_count; i++)
        out->columns[i].name = block->outputs[i].name;
    out->count = block->output_count;
    out->known = !block->outputs_unknown;
}

/* Gives a result the names behind its alias. A wrong number of them is error 1353 or 4002. */
static void rename_result(struct sg_resolver *r, struct result *result,
                          const struct sg_name_item *names, size_t offset)
{
    uint32_t count = 0;
    const struct sg_name_item *name;
    for (name = names; name; name = name->next)
        count++;
    if (result->known && count != result->count) {
        sg_stop(r, SG_RANK_COLUMN, offset);
        result->known = false;
        return;
    }
    struct sg_column *columns = sg_arena_array(r->arena, count, sizeof *columns);
    if (!columns)
        return;
    *result = (struct result){.columns = columns, .known = true};
    for (name = names; name; name = name->next)
        columns[result->count++].name = name->name.text;
}

static const struct sg_table *table_of_result(struct sg_resolver *r, struct result result,
                                              const struct sg_query_use *use, size_t offset)
{
    if (use->columns)
        rename_result(r, &result, use->columns, offset);
    if (!result.known)
        return NULL;
    return sg_make_table(r, use->columns != NULL, result.columns, result.count, true, offset);
}

/* --- ORDER BY, LIMIT ----------------------------------------------------------------------- */

/* How many columns the select list has; false when that cannot be told. */
static bool count_outputs(struct sg_resolver *r, struct sg_block *block, uint64_t *count_out)
{
    uint64_t count = 0;
    if (!block->outputs_made && block->select) {
        const struct sg_select_item *item = block->select->items;
        for (; item && (item->kind == SG_ITEM_EXPR || block->is_existence); item = item->next)
            count++;
        *count_out = count;
        if (!item)
            return true;
        sg_block_make_outputs(r, block);
    }
    *count_out = block->output_count;
    return !block->outputs_unknown;
}

/* A position in the select list: an integer alone; MariaDB also takes a negative one for that. */
static const struct sg_expr *as_ordinal(const struct sg_resolver *r, const struct sg_expr *expr)
{
    const struct sg_expr *inside = expr;
    if (expr->kind == SG_EXPR_OPERATOR &&
        (expr->operator== SG_OP_PLUS ||(expr->operator== SG_OP_MINUS && r->mariadb)))
        inside = expr->operation.operands;
    if (inside->kind != SG_EXPR_LITERAL || inside->literal_kind != SG_LITERAL_INTEGER)
        return NULL;
    return expr->kind == SG_EXPR_OPERATOR && expr->operator== SG_OP_PLUS ? inside : expr;
}

static void resolve_ordinal(struct sg_resolver *r, struct sg_block *block,
                            const struct sg_expr *expr)
{
    uint64_t count;
    r->out->depends_on_text = true;
    if (!block || !count_outputs(r, block, &count))
        return;
    if (expr->kind == SG_EXPR_LITERAL && expr->literal.integer >= 1 &&
        expr->literal.integer <= count)
        return;
    sg_miss_ordinal(r, expr);
}

void sg_resolve_order(struct sg_resolver *r, struct sg_scope *scope, enum sg_alias_rule bare_rule,
                      const struct sg_order_item *items, bool ordinals)
{
    enum sg_alias_rule rule = scope->rule;
    const struct sg_scope *before = r->scope;
    r->scope = scope;
    for (; items; items = items->next) {
        const struct sg_expr *ordinal = ordinals ? as_ordinal(r, items->expr) : NULL;
        if (ordinal) {
            resolve_ordinal(r, scope->block, ordinal);
            continue;
        }
        bool bare = items->expr->kind == SG_EXPR_COLUMN;
        scope->rule = bare ? bare_rule : rule;
        r->bare_item = bare;
        sg_resolve_expr(r, items->expr);
        r->bare_item = false;
    }
    scope->rule = rule;
    r->scope = before;
}

/* A word in LIMIT is a variable of a stored program: 1327 outside of one. */
void sg_resolve_limit(struct sg_resolver *r, const struct sg_limit *limit)
{
    if (!limit)
        return;
    const struct sg_expr *values[] = {limit->count, limit->offset};
    for (size_t i = 0; i < 2; i++) {
        if (values[i] && values[i]->kind == SG_EXPR_WORD &&
            !sg_is_local(r, values[i]->word.name.text))
            sg_stop(r, SG_RANK_PARSER, values[i]->offset);
    }
}

static void resolve_tail(struct sg_resolver *r, const struct sg_query *query)
{
    sg_resolve_limit(r, query->limit);
    for (const struct sg_expr *it = query->into ? query->into->variables : NULL; it;
         it = it->next) {
        if (it->kind == SG_EXPR_WORD && !sg_is_local(r, it->word.name.text))
            sg_stop(r, SG_RANK_PARSER, it->offset); /* 1327 */
    }
}

/* --- a query block ------------------------------------------------------------------------- */

/* x.*: a table of this block. */
static void check_table_star(struct sg_resolver *r, const struct sg_block *block,
                             const struct sg_qualified_name *name)
{
    for (uint32_t i = 0; i < block->count; i++) {
        if (sg_relation_is_named(r, &block->relations[i], name->database.text, name->name.text))
            return;
    }
    sg_miss_qualifier(r, name);
}

static void tell_star(struct sg_resolver *r, const struct sg_block *block,
                      const struct sg_select_item *item)
{
    struct sg_star star = {0};
    if (item->kind == SG_ITEM_STAR) {
        sg_expand_star(r, block, block->from, &star);
        sg_tell_star(r, item, &star);
        return;
    }
    for (uint32_t i = 0; i < block->count; i++) {
        const struct sg_relation *relation = &block->relations[i];
        if (!sg_relation_is_named(r, relation, item->table->database.text, item->table->name.text))
            continue;
        sg_expand_table_star(r, relation, &star);
        sg_tell_star(r, item, &star);
        return;
    }
}

void sg_resolve_items(struct sg_resolver *r, struct sg_scope *scope,
                      const struct sg_select_item *items)
{
    const struct sg_scope *before = r->scope;
    const struct sg_select_item *item;
    for (item = items; item && !scope->block->is_existence; item = item->next) {
        if (item->kind == SG_ITEM_TABLE_STAR)
            check_table_star(r, scope->block, item->table);
        else if (item->kind == SG_ITEM_STAR && scope->block->count == 0)
            sg_stop(r, SG_RANK_COLUMN, item->offset); /* 1096 */
    }
    r->scope = scope;
    for (item = items; item; item = item->next) {
        if (item->kind != SG_ITEM_EXPR && sg_is_telling(r))
            tell_star(r, scope->block, item);
        if (item->kind == SG_ITEM_EXPR) {
            r->item_alias = item->expr->kind == SG_EXPR_COLUMN ? item->alias.text : SG_SLICE_EMPTY;
            sg_resolve_expr(r, item->expr);
            r->item_alias = SG_SLICE_EMPTY;
        }
        scope->position++;
    }
    r->scope = before;
}

struct sg_scope sg_block_scope(struct sg_block *block, const struct sg_scope *outer,
                               enum sg_alias_rule rule, enum sg_alias_rule inner_rule)
{
    return (struct sg_scope){.outer = outer,
                             .block = block,
                             .high = block->count,
                             .rule = rule,
                             .inner_rule = inner_rule};
}

static void resolve_group_by(struct sg_resolver *r, struct sg_block *block,
                             const struct sg_scope *outer)
{
    struct sg_scope scope = sg_block_scope(block, outer, SG_ALIAS_AFTER, SG_ALIAS_AFTER);
    r->clause = SG_CLAUSE_GROUP_BY;
    sg_resolve_order(r, &scope, SG_ALIAS_FIRST, block->select->group_by, true);
}

static void resolve_having(struct sg_resolver *r, struct sg_block *block,
                           const struct sg_scope *outer)
{
    struct sg_scope scope = sg_block_scope(block, outer, SG_ALIAS_HAVING, SG_ALIAS_AFTER);
    sg_resolve_in(r, &scope, SG_CLAUSE_HAVING, block->select->having);
}

static void resolve_block_order(struct sg_resolver *r, struct sg_block *block,
                                const struct sg_scope *outer, const struct sg_order_item *items)
{
    struct sg_scope scope = sg_block_scope(block, outer, SG_ALIAS_AFTER, SG_ALIAS_AFTER);
    r->clause = SG_CLAUSE_ORDER_BY;
    sg_resolve_order(r, &scope, SG_ALIAS_FIRST, items, true);
}

/* Named windows, used or not, then those of OVER. Resolving one may bring up others. */
static void resolve_windows(struct sg_resolver *r, struct sg_block *block,
                            const struct sg_scope *outer, const struct sg_windows *windows)
{
    const struct sg_window *named = block->select->windows;
    struct sg_scope scope = sg_block_scope(block, outer, SG_ALIAS_AFTER, SG_ALIAS_AFTER);
    for (const struct sg_window *window = named; window; window = window->next)
        sg_resolve_window(r, &scope, window, named, true);
    for (const struct sg_window_wait *wait = windows->first; wait; wait = wait->next)
        sg_resolve_window(r, &scope, wait->window, named, false);
}

/* The clauses after WHERE and ON. `order` is ORDER BY, `further` that of parentheses round it. */
static void resolve_grouping(struct sg_resolver *r, struct sg_block *block,
                             const struct sg_scope *outer, const struct sg_order_item *order,
                             const struct sg_order_item *further)
{
    const struct sg_select *select = block->select;
    if (r->mariadb) {
        if (order)
            resolve_block_order(r, block, outer, order);
        if (further)
            resolve_block_order(r, block, outer, further);
        if (select->group_by)
            resolve_group_by(r, block, outer);
        if (select->windows || r->windows->first)
            resolve_windows(r, block, outer, r->windows);
        if (select->having)
            resolve_having(r, block, outer);
        return;
    }
    if (select->group_by)
        resolve_group_by(r, block, outer);
    if (select->having)
        resolve_having(r, block, outer);
    if (order)
        resolve_block_order(r, block, outer, order);
    if (further)
        resolve_block_order(r, block, outer, further);
    if (select->windows || r->windows->first)
        resolve_windows(r, block, outer, r->windows);
}

/* MySQL: FOR UPDATE OF names tables of this block's FROM: 3568. */
static void check_locks(struct sg_resolver *r, const struct sg_block *block,
                        const struct sg_lock *locks)
{
    for (; locks; locks = locks->next) {
        for (const struct sg_qualified_item *it = locks->tables; it; it = it->next) {
            uint32_t i = 0;
            while (i < block->count &&
                   !sg_relation_is_named(r, &block->relations[i], it->name.database.text,
                                         it->name.name.text))
                i++;
            if (i == block->count)
                sg_stop(r, SG_RANK_ALIAS, it->name.name.offset);
        }
    }
}

struct block_use {
    const struct sg_scope *outer;
    const struct sg_order_item *order;   /* ORDER BY of the query whose body this is */
    const struct sg_order_item *further; /* of parentheses round that */
    const struct sg_lock *locks;
    bool is_existence; /* the subquery of an EXISTS, or a part of it */
};

static bool is_join(const struct sg_table_ref *from)
{
    return from && (from->next || from->kind == SG_REF_JOIN || from->kind == SG_REF_NEST);
}

static void resolve_block(struct sg_resolver *r, const struct sg_select *select,
                          const struct block_use *use, struct sg_block *block)
{
    struct sg_windows windows = {.last = &windows.first};
    struct sg_windows *windows_before = r->windows;
    bool may_not_run = r->may_not_run;

    *block = (struct sg_block){.select = select, .from = select->from};
    /* EXISTS (SELECT * ...): the servers put a constant in the place of each `*` unread; MySQL not
     * where HAVING may need the columns. */
    block->is_existence = use->is_existence && (r->mariadb || !select->having);
    r->windows = &windows;
    if (select->where || select->having || is_join(select->from))
        r->may_not_run = true;
    if (select->from) {
        sg_bind_from(r, block, select->from, use->outer);
        if (block->count > 1)
            sg_merge_joins(r, block, select->from);
    }
    r->outermost_done = true;
    check_locks(r, block, use->locks);
    if (select->qualify)
        sg_stop(r, SG_RANK_ALIAS, select->qualify->offset); /* 6037 */

    struct sg_scope scope = sg_block_scope(block, use->outer, SG_ALIAS_NONE, SG_ALIAS_LEFT);
    r->clause = SG_CLAUSE_SELECT;
    sg_resolve_items(r, &scope, select->items);
    scope.inner_rule = SG_ALIAS_NONE;
    sg_resolve_in(r, &scope, SG_CLAUSE_WHERE, select->where);
    sg_resolve_on(r, block, select->from, use->outer);
    resolve_grouping(r, block, use->outer, use->order, use->further);
    r->windows = windows_before;
    r->may_not_run = may_not_run;
}

/* --- parts of a set operation -------------------------------------------------------------- */

/* The name of a column of MySQL's VALUES ROW(1, 2): column_0, column_1 */
static struct sg_slice numbered_name(struct sg_resolver *r, uint32_t number)
{
    static const char PREFIX[] = "column_";
    char digits[16];
    size_t count = 0;
    size_t at = sizeof PREFIX - 1;
    char *name = sg_arena_alloc(r->arena, sizeof PREFIX + sizeof digits);
    if (!name)
        return SG_SLICE_EMPTY;
    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    memcpy(name, PREFIX, at);
    while (count)
        name[at++] = digits[--count];
    return sg_slice_make(name, at);
}

static void resolve_rows(struct sg_resolver *r, const struct sg_row *rows,
                         const struct sg_scope *outer)
{
    struct sg_scope scope = {.outer = outer};
    const struct sg_scope *before = r->scope;
    r->scope = &scope;
    r->clause = SG_CLAUSE_SELECT;
    for (const struct sg_row *row = rows; row; row = row->next) {
        for (const struct sg_expr *value = row->values; value; value = value->next) {
            if (r->mariadb && value->kind == SG_EXPR_COLUMN)
                sg_stop(r, SG_RANK_COLUMN, value->offset); /* 4100 */
            else
                sg_resolve_expr(r, value);
        }
    }
    r->scope = before;
}

static void resolve_values_term(struct sg_resolver *r, const struct sg_row *rows,
                                const struct sg_query_use *use, struct result *out)
{
    resolve_rows(r, rows, use->outer);
    if (!use->wants_table || rows->count > SG_TABLE_COLUMNS_MAX)
        return;
    out->columns = sg_arena_array(r->arena, rows->count + 1u, sizeof *out->columns);
    if (!out->columns)
        return;
    out->count = rows->count;
    out->known = true;
    if (r->mariadb) {
        out->known = sg_row_names(r, rows, out->columns) == rows->count;
        return;
    }
    for (uint32_t i = 0; i < rows->count; i++)
        out->columns[i].name = numbered_name(r, i);
}

/* TABLE t is SELECT * FROM t. */
static void resolve_table_term(struct sg_resolver *r, const struct sg_query_term *term,
                               const struct sg_query_use *use, const struct sg_order_item *order,
                               struct result *out)
{
    struct sg_table_ref *ref = sg_arena_alloc(r->arena, sizeof *ref);
    struct sg_select_item *item = sg_arena_alloc(r->arena, sizeof *item);
    struct sg_select *select = sg_arena_alloc(r->arena, sizeof *select);
    struct sg_block *block = sg_arena_alloc(r->arena, sizeof *block);
    if (!ref || !item || !select || !block)
        return;
    ref->kind = SG_REF_TABLE;
    ref->offset = term->offset;
    ref->base.name = *term->table;
    item->kind = SG_ITEM_STAR;
    item->offset = term->offset;
    select->items = item;
    select->from = ref;
    struct block_use block_use = {
        .outer = use->outer, .order = order, .is_existence = use->is_existence};
    resolve_block(r, select, &block_use, block);
    if (use->wants_table)
        result_of_block(r, block, out);
}

static void resolve_body(struct sg_resolver *r, const struct sg_query *query,
                         const struct sg_query_term *term, const struct sg_query_use *use,
                         const struct sg_order_item *further, struct result *out);

/* Once the first part is done the others may use a recursive common table expression's columns. */
static void define_recursive(struct sg_resolver *r, const struct sg_query_use *use,
                             struct result first, size_t offset)
{
    if (use->defines && use->defines->recursive && !use->defines->table)
        use->defines->table = table_of_result(r, first, use, offset);
}

static void resolve_set(struct sg_resolver *r, const struct sg_query_term *terms,
                        const struct sg_query_use *use, struct result *out)
{
    struct sg_query_use part_use = *use;
    part_use.wants_table = true;
    bool counts_differ = false;
    for (const struct sg_query_term *term = terms; term; term = term->next) {
        struct result part = {0};
        resolve_body(r, NULL, term, &part_use, NULL, &part);
        if (term == terms) {
            *out = part;
            define_recursive(r, use, part, term->offset);
        } else if (part.known && out->known && part.count != out->count) {
            counts_differ = true;
        }
    }
    if (counts_differ)
        sg_stop(r, SG_RANK_COLUMN, terms->offset); /* 1222 */
}

/* ORDER BY over a result: its names are all that can be seen, and what lies outside.
 * MariaDB resolves a set operation's in a subquery only when that runs, if at all; so that of a
 * derived table, which does not run where there is no row beforehand. */
static void resolve_result_order(struct sg_resolver *r, const struct sg_query_use *use,
                                 const struct result *result, bool is_set, bool refuses_tables,
                                 const struct sg_order_item *order)
{
    bool is_inner = use->wants_table || r->in_unused;
    bool may_not_run = use->in_expression || r->in_unused || (is_inner && use->may_not_run);
    if (!order || (r->mariadb && is_set && may_not_run))
        return;
    struct sg_block *block = sg_arena_alloc(r->arena, sizeof *block);
    if (!block)
        return;
    block->outputs = sg_arena_array(r->arena, result->count + 1u, sizeof *block->outputs);
    if (!block->outputs)
        return;
    for (uint32_t i = 0; i < result->count; i++) {
        block->outputs[i].name = result->columns[i].name;
        block->outputs[i].hash = sg_fold_hash(result->columns[i].name);
    }
    block->output_count = result->count;
    block->outputs_made = true;
    block->outputs_unknown = !result->known;
    block->refuses_tables = refuses_tables;
    struct sg_scope scope = sg_block_scope(block, use->outer, SG_ALIAS_ONLY, SG_ALIAS_ONLY);
    r->clause = SG_CLAUSE_ORDER_BY;
    sg_resolve_order(r, &scope, SG_ALIAS_ONLY, order, true);
}

/* MariaDB comes to common table expressions that nobody used when it has a query block or a result
 * to set up; UNION ALL alone and VALUES go out row by row. */
static bool resolves_unused(const struct sg_query *query)
{
    const struct sg_query_term *body = query->body;
    const struct sg_query_term *term;
    if (query->order_by)
        return true;
    switch (body->kind) {
    case SG_TERM_SELECT:
        return true;
    case SG_TERM_VALUES:
    case SG_TERM_TABLE:
        return false;
    case SG_TERM_QUERY:
        return resolves_unused(body->query);
    case SG_TERM_SET:
        for (term = body->terms->next; term; term = term->next) {
            if (term->joined_by != SG_SET_UNION || !term->all)
                return true;
        }
        return false;
    }
    return false;
}

/* (query) ORDER BY ...: without ORDER BY and LIMIT of its own the query inside is ordered as if the
 * parentheses were not there. */
static void resolve_nested(struct sg_resolver *r, const struct sg_query *outer_query,
                           const struct sg_query *query, const struct sg_query_use *use,
                           const struct sg_order_item *further, struct result *out)
{
    const struct sg_order_item *order = outer_query ? outer_query->order_by : NULL;
    struct sg_query_use inner = *use;
    bool passes = !query->order_by && !query->limit && (!order || !further) &&
                  query->body->kind != SG_TERM_SET;
    inner.wants_table = use->wants_table || ((order || further) && !passes);
    struct sg_cte_entry *ctes = r->ctes;
    if (query->with)
        ctes = sg_enter_with(r, query->with, use->outer);
    resolve_body(r, query, query->body, &inner, passes ? (order ? order : further) : NULL, out);
    sg_leave_with(r, ctes, resolves_unused(query));
    resolve_tail(r, query);
    if (passes)
        return;
    bool is_set = query->body->kind == SG_TERM_SET;
    bool refuses = r->mariadb ? is_set : query->body->kind == SG_TERM_SELECT;
    resolve_result_order(r, use, out, is_set, refuses, order);
    resolve_result_order(r, use, out, is_set, refuses, further);
}

/* `query` is the one whose whole body the term is, NULL for a part of a set operation. */
static void resolve_body(struct sg_resolver *r, const struct sg_query *query,
                         const struct sg_query_term *term, const struct sg_query_use *use,
                         const struct sg_order_item *further, struct result *out)
{
    const struct sg_order_item *order = query ? query->order_by : NULL;
    struct sg_query_use wanting = *use;
    wanting.wants_table = use->wants_table || order || further;
    switch (term->kind) {
    case SG_TERM_SELECT: {
        struct sg_block block;
        struct block_use block_use = {.outer = use->outer,
                                      .order = order,
                                      .further = further,
                                      .locks = query ? query->locks : NULL,
                                      .is_existence = use->is_existence};
        resolve_block(r, term->select, &block_use, &block);
        if (use->first_block && !use->first_block->select)
            *use->first_block = block;
        if (use->wants_table)
            result_of_block(r, &block, out);
        return;
    }
    case SG_TERM_TABLE:
        resolve_table_term(r, term, use, order ? order : further, out);
        return;
    case SG_TERM_VALUES:
        resolve_values_term(r, term->values, &wanting, out);
        break;
    case SG_TERM_QUERY:
        resolve_nested(r, query, term->query, use, further, out);
        return;
    case SG_TERM_SET:
        resolve_set(r, term->terms, use, out);
        break;
    }
    bool is_set = term->kind == SG_TERM_SET;
    resolve_result_order(r, use, out, is_set, is_set, order);
    resolve_result_order(r, use, out, is_set, is_set, further);
}

const struct sg_table *sg_resolve_query(struct sg_resolver *r, const struct sg_query *query,
                                        const struct sg_query_use *use)
{
    struct sg_windows *windows = r->windows;
    struct sg_slice clause_text = r->clause_text;
    struct sg_cte_entry *ctes = r->ctes;
    const struct sg_table *table = NULL;
    struct result result = {0};
    struct sg_query_use own = *use;

    own.may_not_run = r->may_not_run;
    r->clause_text = SG_SLICE_EMPTY;
    if (query->with)
        ctes = sg_enter_with(r, query->with, use->outer);
    r->in_cte_body = false;
    r->may_not_run = own.may_not_run || query->limit;
    resolve_body(r, query, query->body, &own, NULL, &result);
    r->may_not_run = own.may_not_run;
    sg_leave_with(r, ctes, resolves_unused(query));
    resolve_tail(r, query);
    if (use->wants_table)
        table = use->defines && use->defines->table
                    ? use->defines->table
                    : table_of_result(r, result, use, query->offset);
    r->windows = windows;
    r->clause_text = clause_text;
    return table;
}

/* --- common table expressions -------------------------------------------------------------- */

struct sg_cte_entry *sg_enter_with(struct sg_resolver *r, const struct sg_with *with,
                                   const struct sg_scope *outer)
{
    struct sg_cte_entry *before = r->ctes;
    /* MariaDB: only a WITH that begins another's body sees those round it. */
    bool sees_outside = !r->mariadb || r->in_cte_body;
    struct sg_cte_entry *entries = before;
    uint32_t count = 0;

    for (const struct sg_cte *cte = with->ctes; cte; cte = cte->next) {
        struct sg_cte_entry *entry = sg_arena_alloc(r->arena, sizeof *entry);
        if (!entry)
            return before;
        for (const struct sg_cte_entry *it = entries; it != before && count < NAMES_COMPARED;
             it = it->next) {
            if (sg_fold_equal(it->cte->name.text, cte->name.text))
                sg_stop(r, SG_RANK_ALIAS, cte->name.offset); /* 1066, 4004 */
        }
        count++;
        entry->cte = cte;
        entry->next = entries;
        entry->recursive = with->recursive;
        entry->outer = r->mariadb ? NULL : outer;
        entries = entry;
    }
    /* A body sees the earlier ones of its list, under RECURSIVE itself, on MariaDB then all. */
    for (struct sg_cte_entry *entry = entries; entry != before; entry = entry->next) {
        entry->hides = sees_outside ? r->hidden_ctes : before;
        entry->sees = !with->recursive ? entry->next : r->mariadb ? entries : entry;
    }
    r->ctes = entries;
    return before;
}

/* MariaDB resolves those that nobody used, in the order written; the list holds the last first. */
static void use_unused(struct sg_resolver *r, struct sg_cte_entry *entry,
                       const struct sg_cte_entry *before, uint32_t depth)
{
    if (entry == before)
        return;
    if (depth == SG_AST_DEPTH_MAX) {
        sg_give_up(r, "more common table expressions than are looked at", 0);
        return;
    }
    use_unused(r, entry->next, before, depth + 1);
    if (!entry->resolved)
        sg_use_cte(r, entry, NULL);
}

void sg_leave_with(struct sg_resolver *r, struct sg_cte_entry *before, bool looks)
{
    bool in_unused = r->in_unused;
    bool columns_muted = r->columns_muted;
    if (r->mariadb && r->ctes != before) {
        r->in_unused = true;
        r->columns_muted = columns_muted || !looks || r->in_view;
        use_unused(r, r->ctes, before, 0);
        r->in_unused = in_unused;
        r->columns_muted = columns_muted;
    }
    r->ctes = before;
}

/* CYCLE names columns of the result. MariaDB documentation, "WITH" */
static void check_cycle(struct sg_resolver *r, const struct sg_cte *cte,
                        const struct sg_table *table)
{
    for (const struct sg_name_item *it = cte->cycle; it && table; it = it->next) {
        if (!sg_table_find_column(table, it->name.text))
            sg_miss_name(r, SG_SLICE_EMPTY, &it->name,
                         sg_clause_text(SG_CLAUSE_CYCLE, r->server->wording));
    }
}

const struct sg_table *sg_use_cte(struct sg_resolver *r, struct sg_cte_entry *entry,
                                  const struct sg_name *reference)
{
    struct sg_cte_entry *ctes = r->ctes;
    const struct sg_cte_entry *hidden = r->hidden_ctes;
    const struct sg_scope *scope = r->scope;
    enum sg_clause clause = r->clause;
    uint64_t place = r->table_place;
    bool in_cte_body = r->in_cte_body;
    struct sg_query_use use = {
        .outer = entry->outer,
        .columns = entry->cte->columns,
        .defines = entry,
        .wants_table = true,
    };

    if (entry->resolved)
        return entry->table;
    entry->resolved = true;
    r->ctes = entry->sees;
    r->hidden_ctes = entry->hides;
    r->in_cte_body = true;
    /* MySQL reads a body where it is used. */
    if (!r->mariadb && reference && !place)
        r->table_place = ((uint64_t)reference->offset + 1) << 1;
    entry->table = sg_resolve_query(r, entry->cte->query, &use);
    check_cycle(r, entry->cte, entry->table);
    r->table_place = place;
    r->in_cte_body = in_cte_body;
    r->hidden_ctes = hidden;
    r->ctes = ctes;
    r->scope = scope;
    r->clause = clause;
    return entry->table;
}
