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

static void set_column(struct sg_resolved *resolved, const struct sg_relation *relation,
                       const struct sg_column *column)
{
    resolved->database = relation->database;
    resolved->table = relation->alias;
    resolved->column = column->name;
    resolved->type = column->type;
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
    const struct sg_column unlisted = {.name = wanted->name}; /* _rowid and the like */
    set_column(resolved, relation, column ? column : &unlisted);
}

void sg_tell_joined(struct sg_resolver *r, const struct sg_name *name,
                    const struct sg_wanted *wanted, enum sg_found how)
{
    const struct sg_relation *relation = how == SG_FOUND ? wanted->relation_out : NULL;
    const struct sg_column *column =
        relation && relation->table
            ? sg_table_find_hashed(relation->table, wanted->name, wanted->hash)
            : NULL;
    if (how != SG_FOUND && how != SG_MAYBE)
        return;
    struct sg_resolved *resolved = add(r, column ? SG_RESOLVED_COLUMN : SG_RESOLVED_UNKNOWN, name);
    if (!resolved)
        return;
    resolved->clause = sg_clause_text(SG_CLAUSE_USING, r->server->wording);
    if (column)
        set_column(resolved, relation, column);
}

void sg_tell_star(struct sg_resolver *r, const struct sg_select_item *item,
                  const struct sg_star *star)
{
    const struct sg_name name = {.text = sg_slice_make(r->text.data + item->offset, item->size),
                                 .offset = item->offset,
                                 .size = item->size & 0x1fffffff};
    for (uint32_t i = 0; i < star->count; i++) {
        struct sg_resolved *resolved = add(r, SG_RESOLVED_COLUMN, &name);
        if (!resolved)
            return;
        resolved->clause = sg_current_clause(r);
        set_column(resolved, star->columns[i].relation, star->columns[i].column);
    }
    struct sg_resolved *more = star->unknown ? add(r, SG_RESOLVED_UNKNOWN, &name) : NULL;
    if (more)
        more->clause = sg_current_clause(r);
}

void sg_tell_cte(struct sg_resolver *r, const struct sg_name *name)
{
    struct sg_resolved *resolved = add(r, SG_RESOLVED_CTE, name);
    if (resolved)
        resolved->table = name->text;
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
