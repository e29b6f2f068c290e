/* The search for one name in one place; see scope.h. Runs for every column of a statement, so the
 * common ways come first and the select list's names are made only for those who ask.
 */
#include "resolve/scope.h"

#include "resolve/resolver.h"
#include "schema/fold.h"

bool sg_table_names_equal(const struct sg_resolver *r, struct sg_slice a, struct sg_slice b)
{
    return sg_slice_equal(a, b) || (r->server->lower_case_table_names != 0 && sg_fold_equal(a, b));
}

/* --- columns ------------------------------------------------------------------------------- */

static bool is_information_schema(struct sg_slice name)
{
    return sg_fold_equal(name, SG_SLICE_LITERAL("information_schema"));
}

bool sg_relation_is_named(const struct sg_resolver *r, const struct sg_relation *relation,
                          struct sg_slice database, struct sg_slice table)
{
    if (!sg_table_names_equal(r, relation->alias, table))
        return false;
    if (database.size == 0)
        return true;
    return sg_table_names_equal(r, relation->database, database) ||
           (is_information_schema(relation->database) && is_information_schema(database));
}

static bool is_qualified_by(const struct sg_resolver *r, const struct sg_relation *relation,
                            const struct sg_wanted *wanted)
{
    return sg_relation_is_named(r, relation, wanted->database, wanted->table);
}

/* MariaDB gives a versioned table row_start and row_end unless it names its own period columns,
 * which are the two generated ones that cannot be NULL. MariaDB documentation, "System-Versioned
 * Tables" */
static bool has_hidden_period(const struct sg_table *table, struct sg_slice name)
{
    size_t own = 0;
    if (table->kind != SG_TABLE_VERSIONED || (!sg_fold_equal(name, SG_SLICE_LITERAL("row_start")) &&
                                              !sg_fold_equal(name, SG_SLICE_LITERAL("row_end"))))
        return false;
    for (size_t i = 0; i < table->column_count; i++) {
        uint32_t flags = table->columns[i].flags;
        own += (flags & SG_COLUMN_GENERATED) && !(flags & SG_COLUMN_NULLABLE);
    }
    return own < 2;
}

/* Columns that no listing shows. `_rowid` is the integer key under another name (MySQL manual,
 * "CREATE INDEX Statement"). */
static bool has_hidden_column(const struct sg_relation *relation, const struct sg_wanted *wanted,
                              bool alone)
{
    const struct sg_table *table = relation->table;
    if (!relation->is_base)
        return false;
    if (table->rowid && (alone || wanted->table.size) && wanted->name.size == 6 &&
        sg_fold_equal(wanted->name, SG_SLICE_LITERAL("_rowid")))
        return true;
    return !wanted->written && has_hidden_period(table, wanted->name);
}

static bool is_merged(const struct sg_block *block, uint32_t left, uint32_t right,
                      const struct sg_wanted *wanted)
{
    for (const struct sg_merge *m = block->merges; m; m = m->next) {
        if (m->hash == wanted->hash && left >= m->low && left < m->middle && right >= m->middle &&
            right < m->high && sg_fold_equal(m->name, wanted->name))
            return true;
    }
    return false;
}

/* USING made one column of this one and an earlier one. */
static bool is_merged_with_earlier(const struct sg_block *block, uint32_t low, uint32_t at,
                                   const struct sg_wanted *wanted)
{
    for (uint32_t i = low; i < at; i++) {
        const struct sg_table *table = block->relations[i].table;
        if (table && sg_table_find_hashed(table, wanted->name, wanted->hash) &&
            is_merged(block, i, at, wanted))
            return true;
    }
    return false;
}

static enum sg_found find_hidden(const struct sg_block *block, uint32_t low, uint32_t high,
                                 struct sg_wanted *wanted)
{
    for (uint32_t i = low; i < high; i++) {
        const struct sg_relation *relation = &block->relations[i];
        if (relation->table && has_hidden_column(relation, wanted, high - low == 1)) {
            wanted->relation_out = relation;
            return SG_FOUND;
        }
    }
    return SG_NOT_FOUND;
}

static enum sg_found find_plain(const struct sg_block *block, uint32_t low, uint32_t high,
                                struct sg_wanted *wanted)
{
    enum sg_found found = SG_NOT_FOUND;
    bool unknown = false;
    for (uint32_t i = low; i < high; i++) {
        const struct sg_relation *relation = &block->relations[i];
        if (!relation->table) {
            unknown = unknown || !relation->pending;
            continue;
        }
        if (!sg_table_find_hashed(relation->table, wanted->name, wanted->hash))
            continue;
        if (found == SG_FOUND) {
            if (block->merges && is_merged_with_earlier(block, low, i, wanted))
                continue;
            return SG_AMBIGUOUS;
        }
        found = SG_FOUND;
        wanted->relation_out = relation;
    }
    if (found == SG_FOUND)
        return SG_FOUND;
    if (unknown)
        return SG_MAYBE;
    return find_hidden(block, low, high, wanted);
}

static enum sg_found find_qualified(struct sg_resolver *r, const struct sg_block *block,
                                    uint32_t low, uint32_t high, struct sg_wanted *wanted)
{
    enum sg_found found = SG_NOT_FOUND;
    for (uint32_t i = low; i < high; i++) {
        const struct sg_relation *relation = &block->relations[i];
        if (!is_qualified_by(r, relation, wanted))
            continue;
        if (!relation->table)
            return SG_MAYBE;
        if (!sg_table_find_hashed(relation->table, wanted->name, wanted->hash) &&
            !has_hidden_column(relation, wanted, true))
            continue;
        if (found == SG_FOUND)
            return SG_AMBIGUOUS;
        found = SG_FOUND;
        wanted->relation_out = relation;
    }
    return found;
}

enum sg_found sg_block_find(struct sg_resolver *r, const struct sg_block *block, uint32_t low,
                            uint32_t high, struct sg_wanted *wanted)
{
    wanted->relation_out = NULL;
    return wanted->table.size ? find_qualified(r, block, low, high, wanted)
                              : find_plain(block, low, high, wanted);
}

/* --- the select list's names --------------------------------------------------------------- */

static bool is_output(struct sg_resolver *r, const struct sg_output *output,
                      const struct sg_wanted *wanted)
{
    /* `SELECT x AS m` inside finds an expression called m outside: the servers compare the name of
     * the item that is looked for, which is its alias. */
    if (!output->is_column && r->item_alias.size && wanted->table.size == 0 &&
        sg_fold_equal(output->name, r->item_alias))
        return true;
    if (wanted->table.size == 0)
        return output->hash == wanted->hash && sg_fold_equal(output->name, wanted->name) &&
               (!r->mariadb || output->is_column || output->name.size == wanted->name.size);
    return output->relation && is_qualified_by(r, output->relation, wanted) &&
           sg_fold_equal(output->column, wanted->name);
}

static const struct sg_output *find_output(struct sg_resolver *r, struct sg_block *block,
                                           const struct sg_wanted *wanted)
{
    if (!block->outputs_made)
        sg_block_make_outputs(r, block);
    for (uint32_t i = 0; i < block->output_count; i++) {
        if (is_output(r, &block->outputs[i], wanted))
            return &block->outputs[i];
    }
    return NULL;
}

static bool is_any_column(struct sg_resolver *r, const struct sg_wanted *wanted)
{
    size_t count = sg_schema_table_count(r->schema);
    for (size_t i = 0; i < count; i++) {
        if (sg_table_find_hashed(sg_schema_table_at(r->schema, i), wanted->name, wanted->hash))
            return true;
    }
    return false;
}

/* MySQL keeps, of a column that a list of names renamed (a view's, a derived table's), the old name
 * too, and finds it when it is a whole item of ORDER BY or GROUP BY. What a view renames cannot be
 * seen: `SELECT aa FROM v ORDER BY a`. */
static bool may_be_renamed(struct sg_resolver *r, const struct sg_block *block,
                           const struct sg_wanted *wanted)
{
    if (r->mariadb || !r->bare_item)
        return false;
    for (uint32_t i = 0; i < block->output_count; i++) {
        const struct sg_relation *relation = block->outputs[i].relation;
        if (relation && relation->table &&
            (relation->table->renames || relation->table->kind == SG_TABLE_VIEW))
            return is_any_column(r, wanted);
    }
    return false;
}

static enum sg_found find_alias(struct sg_resolver *r, struct sg_block *block,
                                const struct sg_wanted *wanted)
{
    if (wanted->table.size == 0 && find_output(r, block, wanted))
        return SG_FOUND;
    if (!block->outputs_made)
        sg_block_make_outputs(r, block);
    if (may_be_renamed(r, block, wanted))
        return SG_MAYBE;
    return wanted->table.size == 0 && block->outputs_unknown ? SG_MAYBE : SG_NOT_FOUND;
}

/* In a subquery of the select list: aliases further left; one further right is error 1247, as is
 * one of an aggregate. */
static enum sg_found find_alias_left(struct sg_resolver *r, const struct sg_scope *scope,
                                     const struct sg_wanted *wanted)
{
    if (wanted->table.size)
        return SG_NOT_FOUND;
    const struct sg_output *output = find_output(r, scope->block, wanted);
    if (!output)
        return SG_NOT_FOUND;
    return output->position < scope->position && !output->aggregate ? SG_FOUND : SG_FORWARD;
}

static bool is_group_item(struct sg_resolver *r, const struct sg_block *block,
                          const struct sg_wanted *wanted)
{
    const struct sg_order_item *item = block->select ? block->select->group_by : NULL;
    for (; item; item = item->next) {
        const struct sg_expr *expr = item->expr;
        if (expr->kind != SG_EXPR_COLUMN || !sg_fold_equal(expr->column.name.text, wanted->name))
            continue;
        if (wanted->table.size == 0 || !sg_name_is_set(&expr->column.table) ||
            sg_table_names_equal(r, expr->column.table.text, wanted->table))
            return true;
    }
    return false;
}

/* HAVING comes after grouping: it sees what the select list and GROUP BY have, under the name given
 * or the column's own. */
static enum sg_found find_selected(struct sg_resolver *r, const struct sg_scope *scope,
                                   struct sg_wanted *wanted)
{
    struct sg_block *block = scope->block;
    if (find_output(r, block, wanted))
        return SG_FOUND;
    if (is_group_item(r, block, wanted))
        return SG_FOUND;
    /* A joined column is of both tables, whichever it was found in. */
    if (wanted->table.size == 0 || block->merges) {
        for (uint32_t i = 0; i < block->output_count; i++) {
            if (block->outputs[i].relation && sg_fold_equal(block->outputs[i].column, wanted->name))
                return SG_FOUND;
        }
    }
    return block->outputs_unknown || block->has_unknown ? SG_MAYBE : SG_NOT_FOUND;
}

/* --- one scope ----------------------------------------------------------------------------- */

static enum sg_found find_alias_first(struct sg_resolver *r, const struct sg_scope *scope,
                                      struct sg_wanted *wanted)
{
    enum sg_found found = sg_block_find(r, scope->block, scope->low, scope->high, wanted);
    if (found == SG_FOUND || found == SG_MAYBE)
        return found; /* whether it is the alias or the column, it is there */
    enum sg_found alias = find_alias(r, scope->block, wanted);
    return alias == SG_NOT_FOUND ? found : alias;
}

/* The rows of a block's HAVING stand for several, so that not all columns can be had. */
static bool is_grouped(const struct sg_resolver *r, const struct sg_block *block)
{
    const struct sg_select *select = block->select;
    if (!select)
        return false;
    if (r->mariadb && block->windowed)
        return true;
    if (!r->mariadb && select->options & SG_SELECT_DISTINCT)
        return true;
    return select->group_by || block->aggregated;
}

/* From a subquery of HAVING, when that HAVING's block is grouped. MariaDB: it sees no more than
 * HAVING itself. MySQL: that holds for names in the subquery's own HAVING, and there a qualified
 * one finds nothing at all; the subquery's other clauses see all columns. */
static enum sg_found find_grouped(struct sg_resolver *r, const struct sg_scope *scope,
                                  struct sg_wanted *wanted)
{
    bool from_having = r->scope->rule == SG_ALIAS_HAVING;
    if (!r->mariadb && wanted->table.size)
        return SG_NOT_FOUND;
    enum sg_found found = find_selected(r, scope, wanted);
    if (found == SG_NOT_FOUND && r->mariadb && !from_having &&
        sg_block_find(r, scope->block, scope->low, scope->high, wanted) == SG_FOUND)
        return SG_FOUND_UNSELECTED;
    return found;
}

enum sg_found sg_scope_find(struct sg_resolver *r, const struct sg_scope *scope, bool inner,
                            struct sg_wanted *wanted)
{
    enum sg_found found;
    if (!scope->block)
        return SG_NOT_FOUND;
    enum sg_alias_rule rule = inner ? scope->inner_rule : scope->rule;
    if (rule == SG_ALIAS_HAVING && r->in_aggregate)
        rule = SG_ALIAS_AFTER;
    if (inner && scope->rule == SG_ALIAS_HAVING && !r->in_aggregate &&
        (r->mariadb || r->scope->rule == SG_ALIAS_HAVING) && is_grouped(r, scope->block))
        return find_grouped(r, scope, wanted);
    switch (rule) {
    case SG_ALIAS_NONE:
        return sg_block_find(r, scope->block, scope->low, scope->high, wanted);
    case SG_ALIAS_LEFT:
        found = sg_block_find(r, scope->block, scope->low, scope->high, wanted);
        return found == SG_NOT_FOUND ? find_alias_left(r, scope, wanted) : found;
    case SG_ALIAS_AFTER:
        found = sg_block_find(r, scope->block, scope->low, scope->high, wanted);
        return found == SG_NOT_FOUND ? find_alias(r, scope->block, wanted) : found;
    case SG_ALIAS_FIRST:
        return find_alias_first(r, scope, wanted);
    case SG_ALIAS_HAVING:
        return find_selected(r, scope, wanted);
    case SG_ALIAS_ONLY:
        if (wanted->table.size)
            return inner || !scope->block->refuses_tables ? SG_NOT_FOUND : SG_QUALIFIED;
        return find_alias(r, scope->block, wanted);
    }
    return SG_NOT_FOUND;
}
