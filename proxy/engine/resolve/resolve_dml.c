/* INSERT, REPLACE, UPDATE, DELETE, LOAD DATA and HANDLER.
 *
 * MySQL manual, "INSERT Statement", "INSERT ... ON DUPLICATE KEY UPDATE Statement", "UPDATE
 * Statement", "DELETE Statement", "LOAD DATA Statement"; MariaDB documentation,
 * "INSERT...RETURNING"; for the order of errors name-resolution page, "Which error comes first"
 */
#include "resolve/resolver.h"

#include "schema/fold.h"
#include "schema/overlay.h"

/* --- shared -------------------------------------------------------------------------------- */

static void resolve_targets(struct sg_resolver *r, const struct sg_scope *scope,
                            enum sg_clause clause, const struct sg_assignment *set)
{
    for (; set; set = set->next)
        sg_resolve_written(r, scope, clause, set->column, clause == SG_CLAUSE_INSERT_COLUMNS);
}

static void resolve_values(struct sg_resolver *r, const struct sg_scope *scope,
                           enum sg_clause clause, const struct sg_assignment *set)
{
    const struct sg_scope *before = r->scope;
    r->scope = scope;
    r->clause = clause;
    for (; set; set = set->next)
        sg_resolve_expr(r, set->value);
    r->scope = before;
}

static void resolve_columns(struct sg_resolver *r, const struct sg_scope *scope,
                            enum sg_clause clause, const struct sg_expr *columns)
{
    for (; columns; columns = columns->next)
        sg_resolve_written(r, scope, clause, columns, true);
}

static void resolve_returning(struct sg_resolver *r, struct sg_block *block,
                              const struct sg_select_item *items)
{
    struct sg_scope scope = sg_block_scope(block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    if (!items)
        return;
    r->clause = SG_CLAUSE_RETURNING;
    sg_resolve_items(r, &scope, items);
}

/* ORDER BY of UPDATE and DELETE: there is no select list, so no position is in range. */
static void resolve_row_order(struct sg_resolver *r, struct sg_block *block,
                              const struct sg_order_item *items)
{
    struct sg_scope scope = sg_block_scope(block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    r->clause = SG_CLAUSE_ORDER_BY;
    sg_resolve_order(r, &scope, SG_ALIAS_NONE, items, true);
}

/* --- INSERT, REPLACE ----------------------------------------------------------------------- */

struct insertion {
    struct sg_resolver *r;
    const struct sg_insert *insert;
    struct sg_block *target;
    struct sg_scope scope; /* the target's columns */
};

static uint32_t count_insertable(const struct sg_table *table)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < table->column_count; i++)
        count += !(table->columns[i].flags & (SG_COLUMN_INVISIBLE | SG_COLUMN_SYSTEM));
    return count;
}

static uint64_t row_number(const struct sg_insert *insert, const struct sg_row *row)
{
    uint64_t number = 1;
    for (const struct sg_row *it = insert->rows; it != row; it = it->next)
        number += 1 + (uint64_t)it->repeats;
    return number;
}

/* 1136: as many values as columns; none at all stand for all defaults unless columns are listed. */
static void check_count(const struct insertion *it, const struct sg_row *row)
{
    const struct sg_table *table = it->target->relations[0].table;
    uint32_t wanted = it->insert->column_count;
    if (wanted == 0) {
        if (!table || row->count == 0)
            return;
        wanted = count_insertable(table);
    }
    if (row->count != wanted)
        sg_warn_row(it->r, row, row_number(it->insert, row));
}

static void resolve_row(const struct insertion *it, const struct sg_row *row, enum sg_clause clause)
{
    struct sg_resolver *r = it->r;
    r->scope = &it->scope;
    r->clause = clause;
    sg_resolve_list(r, row->values);
    r->scope = NULL;
}

/* MySQL: VALUES ROW(...) AS new (a, b): the row to be inserted, as a table. */
static void add_row_alias(const struct insertion *it, struct sg_block *block)
{
    struct sg_resolver *r = it->r;
    const struct sg_insert *insert = it->insert;
    struct sg_relation *alias = &block->relations[block->count];
    const struct sg_table *target = it->target->relations[0].table;
    uint32_t most = insert->column_count;
    uint32_t count = 0;

    for (const struct sg_name_item *name = insert->row_alias_columns; name; name = name->next)
        most++;
    most += target ? target->column_count : 0;
    struct sg_column *columns = sg_arena_array(r->arena, most + 1, sizeof *columns);
    if (!columns)
        return;
    if (insert->row_alias_columns) {
        for (const struct sg_name_item *name = insert->row_alias_columns; name; name = name->next)
            columns[count++].name = name->name.text;
    } else if (insert->column_count) {
        for (const struct sg_expr *column = insert->columns; column; column = column->next)
            columns[count++].name = column->column.name.text;
    } else {
        for (uint32_t i = 0; target && i < target->column_count; i++) {
            if (!(target->columns[i].flags & (SG_COLUMN_INVISIBLE | SG_COLUMN_SYSTEM)))
                columns[count++].name = target->columns[i].name;
        }
    }
    alias->alias = insert->row_alias.text;
    alias->aliased = true;
    if (insert->column_count || insert->row_alias_columns || target)
        alias->table = sg_make_table(r, false, columns, count, false, 0);
    block->has_unknown = block->has_unknown || !alias->table;
    block->count++;
}

/* What the values of ON DUPLICATE KEY UPDATE see: the target, and a row alias or what the SELECT's
 * FROM gave, unless rows of that are no longer to be told apart. */
static struct sg_block *duplicate_block(const struct insertion *it, const struct sg_block *source)
{
    struct sg_resolver *r = it->r;
    struct sg_block *block = sg_arena_alloc(r->arena, sizeof *block);
    uint32_t others = source ? source->count : 0;
    if (!block)
        return NULL;
    block->relations = sg_arena_array(r->arena, others + 2u, sizeof *block->relations);
    if (!block->relations)
        return NULL;
    block->relations[0] = it->target->relations[0];
    block->count = 1;
    block->has_unknown = it->target->has_unknown;
    if (sg_name_is_set(&it->insert->row_alias))
        add_row_alias(it, block);
    if (!source || !source->select || source->select->group_by || source->aggregated)
        return block;
    for (uint32_t i = 0; i < others; i++)
        block->relations[block->count++] = source->relations[i];
    block->has_unknown = block->has_unknown || source->has_unknown;
    block->merges = NULL; /* USING is not kept: a name in two tables is ambiguous */
    return block;
}

static void resolve_duplicate_values(const struct insertion *it, const struct sg_block *source,
                                     enum sg_clause clause)
{
    struct sg_resolver *r = it->r;
    struct sg_block *block = duplicate_block(it, source);
    if (!block || !it->insert->on_duplicate)
        return;
    struct sg_scope scope = sg_block_scope(block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    r->values_scope = &it->scope;
    resolve_values(r, &scope, clause, it->insert->on_duplicate);
    r->values_scope = NULL;
}

static void resolve_duplicate_targets(const struct insertion *it)
{
    resolve_targets(it->r, &it->scope, SG_CLAUSE_UPDATE, it->insert->on_duplicate);
}

/* MySQL: columns, then rows. */
static void insert_values_mysql(const struct insertion *it)
{
    struct sg_resolver *r = it->r;
    const struct sg_insert *insert = it->insert;
    resolve_columns(r, &it->scope, SG_CLAUSE_INSERT_COLUMNS, insert->columns);
    resolve_targets(r, &it->scope, SG_CLAUSE_INSERT_COLUMNS, insert->set);
    for (const struct sg_row *row = insert->rows; row; row = row->next)
        check_count(it, row);
    for (const struct sg_row *row = insert->rows; row; row = row->next)
        resolve_row(it, row, SG_CLAUSE_VALUES);
    resolve_values(r, &it->scope, SG_CLAUSE_VALUES, insert->set);
    resolve_duplicate_targets(it);
    resolve_duplicate_values(it, NULL, SG_CLAUSE_SELECT);
}

/* MariaDB: RETURNING, the first row, columns, ON DUPLICATE KEY UPDATE, the other rows. */
static void insert_values_mariadb(const struct insertion *it)
{
    struct sg_resolver *r = it->r;
    const struct sg_insert *insert = it->insert;
    resolve_returning(r, it->target, insert->returning);
    if (insert->rows) {
        resolve_row(it, insert->rows, SG_CLAUSE_VALUES);
        check_count(it, insert->rows);
    }
    resolve_values(r, &it->scope, SG_CLAUSE_VALUES, insert->set);
    resolve_columns(r, &it->scope, SG_CLAUSE_INSERT_COLUMNS, insert->columns);
    resolve_targets(r, &it->scope, SG_CLAUSE_INSERT_COLUMNS, insert->set);
    resolve_duplicate_values(it, NULL, SG_CLAUSE_SELECT);
    resolve_duplicate_targets(it);
    for (const struct sg_row *row = insert->rows ? insert->rows->next : NULL; row;
         row = row->next) {
        check_count(it, row);
        resolve_row(it, row, SG_CLAUSE_SELECT);
    }
}

static void insert_query(const struct insertion *it)
{
    struct sg_resolver *r = it->r;
    const struct sg_insert *insert = it->insert;
    const struct sg_query_term *body = insert->query->body;
    struct sg_block source = {0};
    struct sg_query_use use = {.first_block = &source};

    if (!r->mariadb) {
        resolve_columns(r, &it->scope, SG_CLAUSE_INSERT_COLUMNS, insert->columns);
        resolve_duplicate_targets(it);
    }
    sg_resolve_query(r, insert->query, &use);
    /* The tables of a set operation's first part are seen on MariaDB only. */
    bool sees_source = body->kind == SG_TERM_SELECT || body->kind == SG_TERM_QUERY || r->mariadb;
    if (r->mariadb) {
        resolve_returning(r, it->target, insert->returning);
        resolve_columns(r, &it->scope, SG_CLAUSE_INSERT_COLUMNS, insert->columns);
        resolve_duplicate_targets(it);
    }
    resolve_duplicate_values(it, sees_source ? &source : NULL, SG_CLAUSE_UPDATE);
}

void sg_resolve_insert(struct sg_resolver *r, const struct sg_insert *insert)
{
    struct insertion it = {.r = r, .insert = insert};
    it.target = sg_target_block(r, &insert->table, NULL);
    if (!it.target)
        return;
    it.scope = sg_block_scope(it.target, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    switch (insert->source) {
    case SG_INSERT_VALUES:
    case SG_INSERT_SET:
        if (r->mariadb)
            insert_values_mariadb(&it);
        else
            insert_values_mysql(&it);
        return;
    case SG_INSERT_QUERY:
        insert_query(&it);
        return;
    }
}

/* MariaDB: FOR PORTION OF period FROM a TO b is a condition. */
static void resolve_portion(struct sg_resolver *r, const struct sg_scope *scope,
                            const struct sg_period *portion)
{
    if (!portion)
        return;
    sg_resolve_in(r, scope, SG_CLAUSE_WHERE, portion->from);
    sg_resolve_in(r, scope, SG_CLAUSE_WHERE, portion->to);
}

/* --- UPDATE -------------------------------------------------------------------------------- */

void sg_resolve_update(struct sg_resolver *r, const struct sg_update *update)
{
    struct sg_cte_entry *ctes = r->ctes;
    struct sg_block block = {0};
    bool several = update->multiple;

    if (update->with)
        ctes = sg_enter_with(r, update->with, NULL);
    r->may_not_run = true;
    sg_bind_from(r, &block, update->tables, NULL);
    if (block.count > 1)
        sg_merge_joins(r, &block, update->tables);
    struct sg_scope scope = sg_block_scope(&block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    resolve_portion(r, &scope, update->portion);
    if (several && !r->mariadb && (update->order_by || update->limit))
        sg_stop(r, SG_RANK_OPENED, update->tables->offset); /* 1221 */

    if (!several && r->mariadb) {
        sg_resolve_in(r, &scope, SG_CLAUSE_WHERE, update->where);
        resolve_row_order(r, &block, update->order_by);
        resolve_targets(r, &scope, SG_CLAUSE_SET, update->set);
        resolve_values(r, &scope, SG_CLAUSE_SET, update->set);
    } else if (r->mariadb) {
        resolve_targets(r, &scope, SG_CLAUSE_SET, update->set);
        sg_resolve_in(r, &scope, SG_CLAUSE_WHERE, update->where);
        sg_resolve_on(r, &block, update->tables, NULL);
        resolve_values(r, &scope, SG_CLAUSE_SELECT, update->set);
        resolve_row_order(r, &block, update->order_by);
    } else {
        sg_resolve_in(r, &scope, SG_CLAUSE_WHERE, update->where);
        sg_resolve_on(r, &block, update->tables, NULL);
        resolve_targets(r, &scope, SG_CLAUSE_SET, update->set);
        resolve_values(r, &scope, SG_CLAUSE_SET, update->set);
        resolve_row_order(r, &block, update->order_by);
    }
    sg_resolve_limit(r, update->limit);
    resolve_returning(r, &block, update->returning);
    sg_leave_with(r, ctes, true);
}

/* --- DELETE -------------------------------------------------------------------------------- */

/* An alias by its name alone; a table without one by name and database, the current one if none is
 * written. MySQL manual, "DELETE Statement", "Multi-Table Deletes" */
static bool is_target(struct sg_resolver *r, const struct sg_relation *relation,
                      const struct sg_qualified_name *name)
{
    if (!sg_table_names_equal(r, relation->alias, name->name.text))
        return false;
    if (r->mariadb && relation->ref && relation->ref->kind == SG_REF_JSON_TABLE)
        return false; /* MySQL finds it, and refuses it with 1288 */
    bool qualified = sg_name_is_set(&name->database);
    if (relation->aliased || !relation->is_base)
        return !qualified;
    if (!qualified && r->context->database_certainty == SG_UNCERTAIN)
        return true;
    return sg_table_names_equal(r, relation->database,
                                qualified ? name->database.text : r->context->database);
}

/* One that is no table, if any. */
static const struct sg_delete_target *check_targets(struct sg_resolver *r,
                                                    const struct sg_block *block,
                                                    const struct sg_delete_target *targets)
{
    const struct sg_delete_target *made = NULL;
    for (; targets; targets = targets->next) {
        uint32_t i = 0;
        if (!sg_name_is_set(&targets->name.database) && r->context->database.size == 0 &&
            r->context->database_certainty == SG_CERTAIN)
            sg_stop(r, SG_RANK_ALIAS, targets->name.name.offset); /* 1046 */
        while (i < block->count && !is_target(r, &block->relations[i], &targets->name))
            i++;
        if (i == block->count)
            sg_miss_target(r, &targets->name);
        else if (!block->relations[i].is_base)
            made = targets;
    }
    return made;
}

void sg_resolve_delete(struct sg_resolver *r, const struct sg_delete *delete)
{
    struct sg_cte_entry *ctes = r->ctes;
    struct sg_block block = {0};

    if (delete->with)
        ctes = sg_enter_with(r, delete->with, NULL);
    r->may_not_run = true;
    sg_bind_from(r, &block, delete->tables, NULL);
    const struct sg_delete_target *made = check_targets(r, &block, delete->targets);
    if (block.count > 1)
        sg_merge_joins(r, &block, delete->tables);
    if (made)
        sg_stop(r, SG_RANK_COLUMN, made->name.name.offset); /* 1288 */
    struct sg_scope scope = sg_block_scope(&block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    resolve_returning(r, &block, delete->returning);
    if (delete->form != SG_DELETE_HISTORY)
        resolve_portion(r, &scope, delete->portion);
    else if (delete->portion && delete->portion->to && delete->portion->to->kind == SG_EXPR_COLUMN)
        sg_stop(r, SG_RANK_OPENED, delete->portion->to->offset); /* 4079 */
    sg_resolve_in(r, &scope, SG_CLAUSE_WHERE, delete->where);
    sg_resolve_on(r, &block, delete->tables, NULL);
    resolve_row_order(r, &block, delete->order_by);
    sg_resolve_limit(r, delete->limit);
    sg_leave_with(r, ctes, true);
}

/* --- LOAD DATA ----------------------------------------------------------------------------- */

void sg_resolve_load(struct sg_resolver *r, const struct sg_load *load)
{
    struct sg_block *block = sg_target_block(r, &load->table, NULL);
    if (!block)
        return;
    struct sg_scope scope = sg_block_scope(block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    resolve_columns(r, &scope, SG_CLAUSE_SELECT, load->columns);
    resolve_targets(r, &scope, SG_CLAUSE_SELECT, load->set);
    resolve_values(r, &scope, SG_CLAUSE_SELECT, load->set);
}

/* --- HANDLER ------------------------------------------------------------------------------- */

/* What the session opened under that name, in the schema as it is now; columns are not known where
 * that was not seen, or cannot be told. */
static struct sg_block *handler_block(struct sg_resolver *r, const struct sg_name *handler)
{
    const struct sg_table *opened = sg_overlay_find_handler(r->context->overlay, handler->text);
    struct sg_block *block = sg_arena_alloc(r->arena, sizeof *block);
    struct sg_relation *relation = sg_arena_alloc(r->arena, sizeof *relation);
    if (!block || !relation)
        return NULL;
    relation->alias = handler->text; /* qualified columns use it, as it is written here */
    relation->aliased = true;
    relation->is_base = true;
    if (opened && r->context->temporary_certainty == SG_CERTAIN) {
        relation->table = sg_overlay_find(r->context->overlay, opened->database, opened->name);
        if (!relation->table && sg_schema_find_table(r->schema, opened->database, opened->name,
                                                     &relation->table) != SG_PRESENT)
            relation->table = NULL;
        if (relation->table && relation->table->knowledge != SG_KNOWN)
            relation->table = NULL;
    }
    block->relations = relation;
    block->count = 1;
    block->has_unknown = !relation->table;
    return block;
}

/* WHERE before the values of the key. Of several values nothing is said: there may be more than the
 * key has parts (1070), and a column as a value is refused before the next is looked up (1210). */
static void resolve_handler_read(struct sg_resolver *r, const struct sg_handler *handler)
{
    struct sg_block *block = handler_block(r, &handler->table.name);
    if (!block)
        return;
    struct sg_scope scope = sg_block_scope(block, NULL, SG_ALIAS_NONE, SG_ALIAS_NONE);
    sg_resolve_in(r, &scope, r->mariadb ? SG_CLAUSE_WHERE : SG_CLAUSE_SELECT, handler->where);
    if (handler->key && handler->key->next)
        sg_stop(r, SG_RANK_COLUMN, handler->key->offset);
    else
        sg_resolve_in(r, &scope, SG_CLAUSE_HANDLER_READ, handler->key);
    sg_resolve_limit(r, handler->limit);
}

/* MySQL manual, "HANDLER Statement" */
void sg_resolve_handler(struct sg_resolver *r, const struct sg_handler *handler)
{
    switch (handler->action) {
    case SG_HANDLER_OPEN:
        sg_find_table(r, &handler->table);
        return;
    case SG_HANDLER_READ:
        resolve_handler_read(r, handler);
        return;
    case SG_HANDLER_CLOSE:
        return;
    }
}
