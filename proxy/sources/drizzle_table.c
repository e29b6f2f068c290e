/* Drizzle's tables as those of orm.h, with the names that drizzle-kit gives. */
#include "sources/drizzle_private.h"

#include <string.h>

struct maker {
    struct drizzle *drizzle;
    const struct drizzle_table *from;
    struct orm_table *to;
};

void drizzle_tell(struct drizzle *drizzle, struct ts_value *unknown, const char *what,
                  struct sg_slice name)
{
    if (unknown->is_told)
        return;
    unknown->is_told = true;
    orm_problem(drizzle->orm, unknown->place,
                "%s %.*s cannot be told without running it: %.*s; write it as a constant, or give "
                "the output of drizzle-kit export instead",
                what, ORM_TEXT(name), ORM_TEXT(unknown->text));
}

static void tell(const struct maker *maker, struct ts_value *unknown)
{
    drizzle_tell(maker->drizzle, unknown, "table", maker->from->name);
}

static void push_name(const struct maker *maker, struct orm_list *list, struct sg_slice name)
{
    (void)orm_push_text(maker->drizzle->arena, list, name);
}

/* --- columns ------------------------------------------------------------------------------- */

static void fill_expressions(const struct maker *maker, const struct drizzle_column *from,
                             struct orm_column *column)
{
    struct drizzle *drizzle = maker->drizzle;
    struct ts_value *unknown = from->made.unknown;
    if (!unknown && from->made.default_value &&
        from->made.default_value->kind != TS_VALUE_UNDEFINED)
        unknown = drizzle_default_text(drizzle, from->made.default_value, column->type, from->place,
                                       &column->default_value);
    if (!unknown && from->made.generated)
        unknown = drizzle_sql_text(drizzle, from->made.generated, DRIZZLE_SQL_QUALIFIED,
                                   &column->generated);
    if (unknown)
        tell(maker, unknown);
}

static void add_column(const struct maker *maker, const struct drizzle_column *from)
{
    struct orm_column column = {
        .name = drizzle_column_name(maker->drizzle, from),
        .type = from->made.type,
        .not_null = from->made.not_null,
        .auto_increment = from->made.auto_increment,
        .stored = from->made.stored,
        .field = from->key,
        .place = from->place,
    };
    if (from->made.on_update_now)
        column.on_update = SG_SLICE_LITERAL("CURRENT_TIMESTAMP");
    fill_expressions(maker, from, &column);
    orm_add_column(maker->drizzle->orm, maker->to, &column);
}

static struct orm_key *add_key(const struct maker *maker, enum orm_key_kind kind,
                               struct orm_place place)
{
    struct orm_key *key = drizzle_new(&maker->drizzle->eval, sizeof *key);
    if (!key)
        return NULL;
    key->kind = kind;
    key->place = place;
    (void)orm_push(maker->drizzle->arena, &maker->to->keys, key);
    return key;
}

static void push_part(const struct maker *maker, struct orm_key *key,
                      const struct drizzle_column *column)
{
    push_name(maker, &key->parts,
              orm_quote_name(maker->drizzle->arena, drizzle_column_name(maker->drizzle, column)));
}

static bool has_primary_key(const struct maker *maker)
{
    for (size_t i = 0; i < maker->to->keys.count; i++) {
        if (((const struct orm_key *)maker->to->keys.items[i])->kind == ORM_KEY_PRIMARY)
            return true;
    }
    return false;
}

/* primaryKey() and unique() of a column; of several primary keys drizzle-kit writes the first. */
static void add_column_keys(const struct maker *maker, const struct drizzle_column *column)
{
    struct orm_key *key;
    if (column->made.primary && has_primary_key(maker))
        orm_note(maker->drizzle->orm, column->place,
                 "table `%.*s` has a second primaryKey(), which drizzle-kit leaves out",
                 ORM_TEXT(maker->from->name));
    else if (column->made.primary && (key = add_key(maker, ORM_KEY_PRIMARY, column->place)))
        push_part(maker, key, column);
    if (!column->made.unique || !(key = add_key(maker, ORM_KEY_UNIQUE, column->place)))
        return;
    key->name = column->made.unique_name;
    if (key->name.size == 0)
        key->name = orm_format(maker->drizzle->arena, "%.*s_%.*s_unique",
                               ORM_TEXT(maker->from->name), ORM_TEXT(column->made.name));
    push_part(maker, key, column);
}

/* --- foreign keys -------------------------------------------------------------------------- */

static struct sg_slice replace_first(struct sg_arena *arena, struct sg_slice text,
                                     struct sg_slice what, struct sg_slice with)
{
    for (size_t i = 0; what.size && i + what.size <= text.size; i++) {
        if (memcmp(text.data + i, what.data, what.size) == 0)
            return orm_format(arena, "%.*s%.*s%.*s", (int)i, text.data, ORM_TEXT(with),
                              (int)(text.size - i - what.size), text.data + i + what.size);
    }
    return text;
}

/* table_columns_othertable_othercolumns_fk; with a casing, drizzle-kit changes the first places
 * where the fields' names stand in it. */
static struct sg_slice foreign_key_name(const struct maker *maker, struct sg_slice given,
                                        const struct orm_list *columns,
                                        const struct orm_list *others)
{
    struct drizzle *drizzle = maker->drizzle;
    struct orm_list texts = {0};
    const struct drizzle_column *other = others->items[0];
    push_name(maker, &texts, maker->from->name);
    for (size_t i = 0; i < columns->count; i++)
        push_name(maker, &texts, ((const struct drizzle_column *)columns->items[i])->made.name);
    push_name(maker, &texts, other->table->name);
    for (size_t i = 0; i < others->count; i++)
        push_name(maker, &texts, ((const struct drizzle_column *)others->items[i])->made.name);
    struct sg_slice name = given;
    if (name.size == 0)
        name =
            orm_format(drizzle->arena, "%.*s_fk", ORM_TEXT(orm_join(drizzle->arena, &texts, "_")));
    for (size_t i = 0; drizzle->casing != DRIZZLE_AS_IS && i < columns->count + others->count;
         i++) {
        const struct drizzle_column *column =
            i < columns->count ? columns->items[i] : others->items[i - columns->count];
        name = replace_first(drizzle->arena, name, column->made.name,
                             drizzle_column_name(drizzle, column));
    }
    return name;
}

static void add_foreign_key(const struct maker *maker, struct sg_slice name,
                            const struct orm_list *columns, const struct orm_list *others,
                            struct sg_slice on_delete, struct sg_slice on_update,
                            struct orm_place place)
{
    struct drizzle *drizzle = maker->drizzle;
    struct orm_foreign_key *key = drizzle_new(&drizzle->eval, sizeof *key);
    if (!key || columns->count == 0 || others->count == 0)
        return;
    const struct drizzle_column *other = others->items[0];
    key->name = foreign_key_name(maker, name, columns, others);
    key->database = other->table->database;
    if (key->database.size == 0 && maker->from->database.size > 0)
        key->database = drizzle->orm->database;
    key->table = other->table->name;
    key->on_delete = on_delete;
    key->on_update = on_update;
    key->place = place;
    for (size_t i = 0; i < columns->count; i++)
        push_name(maker, &key->columns, drizzle_column_name(drizzle, columns->items[i]));
    for (size_t i = 0; i < others->count; i++)
        push_name(maker, &key->others, drizzle_column_name(drizzle, others->items[i]));
    (void)orm_push(drizzle->arena, &maker->to->foreign_keys, key);
}

static struct sg_slice action_of(const struct maker *maker, const struct drizzle_reference *from,
                                 const char *name)
{
    struct ts_value *action = ts_property(from->actions, name);
    if (action && action->kind == TS_VALUE_STRING)
        return action->text;
    if (action)
        tell(maker, action);
    return SG_SLICE_EMPTY;
}

/* references(() => other.id, { onDelete }) */
static void add_reference(const struct maker *maker, struct drizzle_column *column,
                          const struct drizzle_reference *reference)
{
    struct orm_list none = {0};
    struct orm_list columns = {0};
    struct orm_list others = {0};
    struct ts_eval *eval = &maker->drizzle->eval;
    struct ts_value *target = ts_call(eval, reference->target, &none, reference->place);
    if (!drizzle_is(target, DRIZZLE_COLUMN) || !target->data) {
        tell(maker, target->kind == TS_VALUE_UNKNOWN
                        ? target
                        : ts_unknown(eval, reference->place, "references() gives no column"));
        return;
    }
    if (reference->actions->kind == TS_VALUE_UNKNOWN) {
        tell(maker, reference->actions);
        return;
    }
    (void)orm_push(eval->arena, &columns, column);
    (void)orm_push(eval->arena, &others, target->data);
    add_foreign_key(maker, SG_SLICE_EMPTY, &columns, &others,
                    action_of(maker, reference, "onDelete"),
                    action_of(maker, reference, "onUpdate"), reference->place);
}

/* --- what is said of several columns ------------------------------------------------------- */

/* The columns of a list; false, and told, where one is something else. */
static bool columns_of(const struct maker *maker, const struct orm_list *values,
                       struct orm_place place, struct orm_list *columns)
{
    struct ts_eval *eval = &maker->drizzle->eval;
    for (size_t i = 0; i < values->count; i++) {
        struct ts_value *value = values->items[i];
        if (!drizzle_is(value, DRIZZLE_COLUMN) || !value->data) {
            tell(maker, value->kind == TS_VALUE_UNKNOWN
                            ? value
                            : ts_unknown(eval, place, "what stands here is no column"));
            return false;
        }
        (void)orm_push(eval->arena, columns, value->data);
    }
    return true;
}

static void add_index(const struct maker *maker, const struct drizzle_extra *extra)
{
    struct drizzle *drizzle = maker->drizzle;
    struct orm_key *key = add_key(
        maker, extra->kind == DRIZZLE_UNIQUE_INDEX ? ORM_KEY_UNIQUE : ORM_KEY_INDEX, extra->place);
    if (!key)
        return;
    key->name = extra->name;
    key->behind = true;
    for (size_t i = 0; i < extra->columns.count; i++) {
        struct ts_value *value = extra->columns.items[i];
        struct sg_slice text = SG_SLICE_EMPTY;
        struct ts_value *unknown = NULL;
        if (drizzle_is(value, DRIZZLE_COLUMN) && value->data)
            text = orm_quote_name(drizzle->arena, drizzle_column_name(drizzle, value->data));
        else
            unknown = drizzle_sql_text(drizzle, value, DRIZZLE_SQL_INDEX, &text);
        if (unknown)
            tell(maker, unknown);
        push_name(maker, &key->parts, text);
    }
}

static void add_unique(const struct maker *maker, const struct drizzle_extra *extra)
{
    struct orm_list columns = {0};
    struct orm_list names = {0};
    struct orm_key *key;
    if (!columns_of(maker, &extra->columns, extra->place, &columns) || columns.count == 0 ||
        !(key = add_key(maker, ORM_KEY_UNIQUE, extra->place)))
        return;
    for (size_t i = 0; i < columns.count; i++) {
        push_name(maker, &names, ((const struct drizzle_column *)columns.items[i])->made.name);
        push_part(maker, key, columns.items[i]);
    }
    key->name = extra->name;
    if (key->name.size == 0)
        key->name =
            orm_format(maker->drizzle->arena, "%.*s_%.*s_unique", ORM_TEXT(maker->from->name),
                       ORM_TEXT(orm_join(maker->drizzle->arena, &names, "_")));
}

/* Its columns are NOT NULL, also where another primary key is the one that is written. */
static void add_primary_key(const struct maker *maker, const struct drizzle_extra *extra)
{
    struct orm_list columns = {0};
    struct orm_key *key = NULL;
    if (!columns_of(maker, &extra->columns, extra->place, &columns) || columns.count == 0)
        return;
    if (has_primary_key(maker))
        orm_note(maker->drizzle->orm, extra->place,
                 "table `%.*s` has a second primaryKey(), which drizzle-kit leaves out",
                 ORM_TEXT(maker->from->name));
    else
        key = add_key(maker, ORM_KEY_PRIMARY, extra->place);
    for (size_t i = 0; i < columns.count; i++) {
        struct sg_slice name = drizzle_column_name(maker->drizzle, columns.items[i]);
        struct orm_column *column = orm_find_column(maker->to, name);
        if (column)
            column->not_null = true;
        if (key)
            push_part(maker, key, columns.items[i]);
    }
}

static void add_check(const struct maker *maker, const struct drizzle_extra *extra)
{
    struct orm_check *check = drizzle_new(&maker->drizzle->eval, sizeof *check);
    if (!check)
        return;
    check->name = extra->name;
    check->place = extra->place;
    struct ts_value *unknown =
        drizzle_sql_text(maker->drizzle, extra->value, DRIZZLE_SQL_QUALIFIED, &check->expression);
    if (unknown)
        tell(maker, unknown);
    else
        (void)orm_push(maker->drizzle->arena, &maker->to->checks, check);
}

static void add_extra(const struct maker *maker, const struct drizzle_extra *extra)
{
    struct orm_list columns = {0};
    struct orm_list others = {0};
    if (extra->unknown) {
        tell(maker, extra->unknown);
        return;
    }
    switch (extra->kind) {
    case DRIZZLE_INDEX:
    case DRIZZLE_UNIQUE_INDEX:
        add_index(maker, extra);
        return;
    case DRIZZLE_UNIQUE:
        add_unique(maker, extra);
        return;
    case DRIZZLE_PRIMARY_KEY:
        add_primary_key(maker, extra);
        return;
    case DRIZZLE_CHECK:
        add_check(maker, extra);
        return;
    case DRIZZLE_FOREIGN_KEY:
        if (columns_of(maker, &extra->columns, extra->place, &columns) &&
            columns_of(maker, &extra->others, extra->place, &others))
            add_foreign_key(maker, extra->name, &columns, &others, extra->on_delete,
                            extra->on_update, extra->place);
        return;
    }
}

static void add_extra_value(const struct maker *maker, struct ts_value *value, bool may_be_list)
{
    if (value->kind == TS_VALUE_UNKNOWN)
        tell(maker, value);
    else if (drizzle_is(value, DRIZZLE_EXTRA) && value->data)
        add_extra(maker, value->data);
    for (size_t i = 0; may_be_list && value->kind == TS_VALUE_ARRAY && i < value->items.count; i++)
        add_extra_value(maker, value->items.items[i], false);
}

/* (table) => [ … ], or the older (table) => ({ … }) */
static void add_extras(const struct maker *maker)
{
    struct ts_eval *eval = &maker->drizzle->eval;
    struct orm_list arguments = {0};
    struct drizzle_table *self = drizzle_new(eval, sizeof *self);
    if (!self)
        return;
    *self = *maker->from;
    (void)orm_push(eval->arena, &arguments,
                   ts_host_value(eval, DRIZZLE_TABLE, self, maker->from->place));
    struct ts_value *extras = ts_call(eval, maker->from->extra, &arguments, maker->from->place);
    if (extras->kind != TS_VALUE_OBJECT)
        add_extra_value(maker, extras, true);
    for (size_t i = 0; extras->kind == TS_VALUE_ARRAY && i < extras->items.count; i++) {
        struct ts_value *inner = extras->items.items[i];
        if (inner->kind == TS_VALUE_ARRAY)
            add_extra_value(maker, inner, true);
    }
    for (size_t i = 0; extras->kind == TS_VALUE_OBJECT && i < extras->items.count; i++)
        add_extra_value(maker, ((const struct ts_entry *)extras->items.items[i])->value, false);
}

/* --- tables, views ------------------------------------------------------------------------- */

/* A field without a column name: the column is called as the field is, or as the casing makes it.
 */
static void note_unnamed(const struct maker *maker)
{
    struct orm_list names = {0};
    const struct drizzle_column *first = NULL;
    for (size_t i = 0; i < maker->from->columns.count; i++) {
        const struct drizzle_column *column = maker->from->columns.items[i];
        if (!column->made.is_named_by_key)
            continue;
        first = first ? first : column;
        push_name(maker, &names, column->key);
    }
    if (first)
        orm_note(maker->drizzle->orm, first->place,
                 "table `%.*s`: without a column name, so named by their fields: %.*s",
                 ORM_TEXT(maker->from->name),
                 ORM_TEXT(orm_join(maker->drizzle->arena, &names, ", ")));
}

void drizzle_add_table(struct drizzle *drizzle, const struct drizzle_table *table)
{
    struct maker maker = {drizzle, table, NULL};
    maker.to = orm_add_table(drizzle->orm, table->database, table->name, table->place);
    if (!maker.to)
        return;
    for (size_t i = 0; i < table->columns.count; i++)
        add_column(&maker, table->columns.items[i]);
    note_unnamed(&maker);
    for (size_t i = 0; i < table->columns.count; i++)
        add_column_keys(&maker, table->columns.items[i]);
    for (size_t i = 0; i < table->columns.count; i++) {
        struct drizzle_column *column = table->columns.items[i];
        for (size_t k = 0; k < column->made.references.count; k++)
            add_reference(&maker, column, column->made.references.items[k]);
    }
    if (table->extra)
        add_extras(&maker);
}

/* existing() is somebody else's; a query of the query builder cannot be told, and neither can the
 * view's columns be then. */
void drizzle_add_view(struct drizzle *drizzle, const struct drizzle_view *view)
{
    struct sg_slice definition = SG_SLICE_EMPTY;
    if (!view->query)
        return;
    if (drizzle_is(view->query, DRIZZLE_SQL)) {
        struct ts_value *unknown =
            drizzle_sql_text(drizzle, view->query, DRIZZLE_SQL_QUALIFIED, &definition);
        if (unknown)
            drizzle_tell(drizzle, unknown, "view", view->name);
    } else {
        orm_note(drizzle->orm, view->place,
                 "view `%.*s`: its query is built by code; that it is there is all that is known",
                 ORM_TEXT(view->name));
    }
    struct orm_view *copy = drizzle_new(&drizzle->eval, sizeof *copy);
    if (!copy)
        return;
    *copy = (struct orm_view){view->database, view->name, definition, view->place};
    (void)orm_push(drizzle->arena, &drizzle->orm->views, copy);
}
