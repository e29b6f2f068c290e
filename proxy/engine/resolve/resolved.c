/* What names were resolved to, for people who ask (`explain`). Off on the way of a guard. */
#include "resolve/resolver.h"

static struct sg_resolved *add(struct sg_resolver *r, enum sg_resolved_how how,
                               const struct sg_name *name)
{
    if (!r->last_resolved)
        return NULL;
    struct sg_resolved *resolved = sg_arena_alloc(r->arena, sizeof *resolved);
    if (!resolved)
        return NULL;
    resolved->how = how;
    resolved->name = name->text;
    resolved->offset = name->offset;
    resolved->size = name->size;
    *r->last_resolved = resolved;
    r->last_resolved = (struct sg_resolved **)(uintptr_t)&resolved->next;
    return resolved;
}

void sg_tell_column(struct sg_resolver *r, const struct sg_expr *expr,
                    const struct sg_wanted *wanted, enum sg_found how, bool is_outer)
{
    const struct sg_relation *relation = how == SG_FOUND ? wanted->relation_out : NULL;
    enum sg_resolved_how kind = how != SG_FOUND ? SG_RESOLVED_UNKNOWN
                                : relation      ? SG_RESOLVED_COLUMN
                                                : SG_RESOLVED_ALIAS;
    struct sg_resolved *resolved = add(r, kind, &expr->column.name);
    if (!resolved)
        return;
    resolved->offset = expr->offset;
    resolved->size = expr->size;
    resolved->clause = sg_current_clause(r);
    resolved->is_outer = is_outer;
    resolved->is_written = wanted->written;
    if (!relation)
        return;
    const struct sg_column *column =
        relation->table ? sg_table_find_hashed(relation->table, wanted->name, wanted->hash) : NULL;
    resolved->database = relation->database;
    resolved->table = relation->alias;
    resolved->column = column ? column->name : wanted->name;
    if (column)
        resolved->type = column->type;
}

void sg_tell_table(struct sg_resolver *r, const struct sg_qualified_name *name,
                   struct sg_slice database, const struct sg_table *table, bool is_temporary)
{
    struct sg_resolved *resolved =
        add(r, table ? SG_RESOLVED_TABLE : SG_RESOLVED_UNKNOWN, &name->name);
    if (!resolved)
        return;
    resolved->database = database;
    resolved->table = table ? table->name : name->name.text;
    resolved->is_temporary = is_temporary;
}
