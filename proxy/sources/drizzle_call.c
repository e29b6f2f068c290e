/* What Drizzle's functions give when declarations call them: the host of ts_eval.h. Drizzle ORM
 * documentation, "MySQL column types", "Indexes & Constraints", "Views", "Table schemas".
 */
#include "sources/drizzle_private.h"

#include <string.h>

static bool is(struct sg_slice text, const char *word)
{
    return sg_slice_equal(text, sg_slice_of(word));
}

static struct ts_value *with_text(struct ts_eval *eval, enum drizzle_tag tag, struct sg_slice text,
                                  struct orm_place place)
{
    struct sg_slice *copy = drizzle_new(eval, sizeof *copy);
    if (copy)
        *copy = text;
    return ts_host_value(eval, (int)tag, copy, place);
}

/* It is of a table: what cannot be told of it must be told. */
static struct ts_value *table_unknown(struct ts_eval *eval, const struct ts_value *why)
{
    struct ts_value *copy = ts_value_new(eval, TS_VALUE_UNKNOWN);
    if (!eval->arena->exhausted) {
        *copy = *why;
        copy->is_table = true;
    }
    return copy;
}

/* --- tables, views ------------------------------------------------------------------------- */

static void add_column(struct ts_eval *eval, struct drizzle_table *table,
                       const struct ts_entry *entry)
{
    struct drizzle_builder *builder = entry->value->data;
    struct drizzle_column *column = drizzle_new(eval, sizeof *column);
    if (!builder || !column)
        return;
    if (builder->name.size == 0) { /* it keeps the field's name from now on, wherever else it is */
        builder->name = entry->key;
        builder->is_named_by_key = true;
    }
    *column = (struct drizzle_column){
        .table = table, .key = entry->key, .made = *builder, .place = entry->place};
    (void)orm_push(eval->arena, &table->columns, column);
}

/* NULL: all fields are columns. */
static struct ts_value *add_columns(struct ts_eval *eval, struct drizzle_table *table,
                                    const struct ts_value *fields)
{
    for (size_t i = 0; i < fields->items.count; i++) {
        const struct ts_entry *entry = fields->items.items[i];
        if (entry->value->kind == TS_VALUE_UNKNOWN)
            return entry->value;
        if (!drizzle_is(entry->value, DRIZZLE_BUILDER))
            return ts_unknown(eval, entry->place, "field %.*s is no column", ORM_TEXT(entry->key));
        add_column(eval, table, entry);
    }
    return NULL;
}

/* (name, columns, extra) */
static struct ts_value *make_table(struct ts_eval *eval, struct sg_slice database,
                                   struct ts_value *name, const struct orm_list *arguments,
                                   struct orm_place place)
{
    struct orm_list functions = {0};
    struct ts_value *fields = ts_argument(eval, arguments, 1);
    struct ts_value *extra = ts_argument(eval, arguments, 2);
    struct drizzle_table *table = drizzle_new(eval, sizeof *table);
    if (fields->kind == TS_VALUE_FUNCTION) {
        (void)orm_push(eval->arena, &functions,
                       ts_host_value(eval, DRIZZLE_FUNCTIONS, NULL, place));
        fields = ts_call(eval, fields, &functions, place);
    }
    if (name->kind != TS_VALUE_STRING || fields->kind != TS_VALUE_OBJECT || !table) {
        struct ts_value *why = name->kind == TS_VALUE_UNKNOWN ? name : fields;
        if (why->kind != TS_VALUE_UNKNOWN)
            why = ts_unknown(eval, place, "the table's name or columns cannot be told");
        return table_unknown(eval, why);
    }
    table->database = database;
    table->name = name->text;
    table->place = place;
    table->extra = extra->kind == TS_VALUE_UNDEFINED ? NULL : extra;
    struct ts_value *unknown = add_columns(eval, table, fields);
    return unknown ? table_unknown(eval, unknown)
                   : ts_host_value(eval, DRIZZLE_TABLE, table, place);
}

static struct ts_value *make_view(struct ts_eval *eval, struct sg_slice database,
                                  const struct orm_list *arguments, struct orm_place place)
{
    struct ts_value *name = ts_argument(eval, arguments, 0);
    struct drizzle_view *view = drizzle_new(eval, sizeof *view);
    if (name->kind != TS_VALUE_STRING || !view)
        return table_unknown(eval, name->kind == TS_VALUE_UNKNOWN
                                       ? name
                                       : ts_unknown(eval, place, "the view's name cannot be told"));
    view->database = database;
    view->name = name->text;
    view->place = place;
    return ts_host_value(eval, DRIZZLE_VIEW, view, place);
}

/* --- indexes, keys, checks ----------------------------------------------------------------- */

static void take_name(struct drizzle_extra *extra, struct ts_value *name)
{
    if (name->kind == TS_VALUE_STRING)
        extra->name = name->text;
    else if (name->kind == TS_VALUE_UNKNOWN && !extra->unknown)
        extra->unknown = name;
}

/* Columns of an array, or NULL for none. */
static void take_columns(struct ts_eval *eval, struct drizzle_extra *extra,
                         const struct ts_value *array, struct orm_list *columns)
{
    if (!array)
        return;
    if (array->kind != TS_VALUE_ARRAY && !extra->unknown)
        extra->unknown = array->kind == TS_VALUE_UNKNOWN
                             ? ts_unknown(eval, array->place, "%.*s", ORM_TEXT(array->text))
                             : ts_unknown(eval, extra->place, "its columns are no list");
    for (size_t i = 0; array->kind == TS_VALUE_ARRAY && i < array->items.count; i++)
        (void)orm_push(eval->arena, columns, array->items.items[i]);
}

static void fill_by_config(struct ts_eval *eval, struct drizzle_extra *extra,
                           struct ts_value *config)
{
    struct ts_value *name = ts_property(config, "name");
    if (config->kind == TS_VALUE_UNKNOWN)
        extra->unknown = config;
    if (name)
        take_name(extra, name);
    take_columns(eval, extra, ts_property(config, "columns"), &extra->columns);
    take_columns(eval, extra, ts_property(config, "foreignColumns"), &extra->others);
}

static void fill_extra(struct ts_eval *eval, struct drizzle_extra *extra,
                       const struct orm_list *arguments)
{
    struct ts_value *first = ts_argument(eval, arguments, 0);
    bool by_columns = drizzle_is(first, DRIZZLE_COLUMN);
    switch (extra->kind) {
    case DRIZZLE_INDEX:
    case DRIZZLE_UNIQUE_INDEX:
    case DRIZZLE_UNIQUE:
        take_name(extra, first);
        break;
    case DRIZZLE_CHECK:
        take_name(extra, first);
        extra->value = ts_argument(eval, arguments, 1);
        break;
    case DRIZZLE_PRIMARY_KEY:
    case DRIZZLE_FOREIGN_KEY:
        if (!by_columns)
            fill_by_config(eval, extra, first);
        for (size_t i = 0; by_columns && i < arguments->count; i++)
            (void)orm_push(eval->arena, &extra->columns, arguments->items[i]);
        break;
    }
}

static struct ts_value *make_extra(struct ts_eval *eval, struct sg_slice function,
                                   const struct orm_list *arguments, struct orm_place place)
{
    static const struct {
        const char *function;
        enum drizzle_extra_kind kind;
    } EXTRAS[] = {{"index", DRIZZLE_INDEX},
                  {"uniqueIndex", DRIZZLE_UNIQUE_INDEX},
                  {"unique", DRIZZLE_UNIQUE},
                  {"primaryKey", DRIZZLE_PRIMARY_KEY},
                  {"foreignKey", DRIZZLE_FOREIGN_KEY},
                  {"check", DRIZZLE_CHECK}};
    for (size_t i = 0; i < sizeof EXTRAS / sizeof EXTRAS[0]; i++) {
        if (!is(function, EXTRAS[i].function))
            continue;
        struct drizzle_extra *extra = drizzle_new(eval, sizeof *extra);
        struct ts_value *value = ts_host_value(eval, DRIZZLE_EXTRA, extra, place);
        if (!extra || value->kind != TS_VALUE_HOST)
            return value;
        extra->kind = EXTRAS[i].kind;
        extra->place = place;
        fill_extra(eval, extra, arguments);
        return value;
    }
    return NULL;
}

static struct sg_slice action_of(struct ts_eval *eval, struct drizzle_extra *extra,
                                 const struct orm_list *arguments)
{
    struct ts_value *action = ts_argument(eval, arguments, 0);
    if (action->kind == TS_VALUE_STRING)
        return action->text;
    if (action->kind == TS_VALUE_UNKNOWN)
        extra->unknown = action;
    return SG_SLICE_EMPTY;
}

/* on(…); using(), algorithm(), lock(): drizzle-kit writes none of the three */
static struct ts_value *extra_method(struct ts_eval *eval, struct ts_value *value,
                                     struct sg_slice name, const struct orm_list *arguments)
{
    struct drizzle_extra *extra = value->data;
    if (!extra)
        return value;
    if (is(name, "on")) {
        for (size_t i = 0; i < arguments->count; i++)
            (void)orm_push(eval->arena, &extra->columns, arguments->items[i]);
    } else if (is(name, "onDelete")) {
        extra->on_delete = action_of(eval, extra, arguments);
    } else if (is(name, "onUpdate")) {
        extra->on_update = action_of(eval, extra, arguments);
    }
    return value;
}

/* --- SQL ----------------------------------------------------------------------------------- */

static struct ts_value *raw(struct ts_eval *eval, struct sg_slice text)
{
    struct ts_value *value = ts_string(eval, text);
    if (value->kind == TS_VALUE_STRING)
        value->tag = DRIZZLE_SQL;
    return value;
}

static struct ts_value *sql_of(struct ts_eval *eval, struct ts_value *a, struct ts_value *b,
                               struct orm_place place)
{
    struct orm_list *chunks = drizzle_new(eval, sizeof *chunks);
    if (chunks && a)
        (void)orm_push(eval->arena, chunks, a);
    if (chunks && b)
        (void)orm_push(eval->arena, chunks, b);
    return ts_host_value(eval, DRIZZLE_SQL, chunks, place);
}

static struct ts_value *tagged(struct ts_eval *eval, struct ts_value *tag,
                               const struct orm_list *pieces, const struct orm_list *values,
                               struct orm_place place)
{
    struct orm_list *chunks = drizzle_new(eval, sizeof *chunks);
    if (!drizzle_is(tag, DRIZZLE_FUNCTION) || !tag->data || !chunks ||
        !is(*(const struct sg_slice *)tag->data, "sql"))
        return ts_unknown(eval, place, "this template's tag is not known here");
    for (size_t i = 0; i < pieces->count; i++) {
        (void)orm_push(eval->arena, chunks, raw(eval, orm_text_at(pieces, i)));
        if (i < values->count)
            (void)orm_push(eval->arena, chunks, values->items[i]);
    }
    return ts_host_value(eval, DRIZZLE_SQL, chunks, place);
}

/* sql.raw('…'), sql.identifier('…'), sql.empty() */
static struct ts_value *sql_method(struct ts_eval *eval, struct sg_slice name,
                                   const struct orm_list *arguments, struct orm_place place)
{
    struct ts_value *text = ts_argument(eval, arguments, 0);
    if (text->kind == TS_VALUE_UNKNOWN)
        return text;
    if (is(name, "empty"))
        return sql_of(eval, NULL, NULL, place);
    if (text->kind == TS_VALUE_STRING && is(name, "raw"))
        return sql_of(eval, raw(eval, text->text), NULL, place);
    if (text->kind == TS_VALUE_STRING && is(name, "identifier"))
        return sql_of(eval, raw(eval, orm_quote_name(eval->arena, text->text)), NULL, place);
    return ts_unknown(eval, place, "sql.%.*s() is not followed here", ORM_TEXT(name));
}

/* --- the host ------------------------------------------------------------------------------ */

static bool begins(struct sg_slice text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.data, word, size) == 0;
}

static struct ts_value *import(struct ts_eval *eval, struct sg_slice module, struct sg_slice name,
                               struct orm_place place)
{
    bool is_core = is(module, "drizzle-orm/mysql-core");
    struct ts_value *value;
    if (is_core || is(module, "drizzle-orm") || is(module, "drizzle-kit"))
        return name.size == 0 ? ts_host_value(eval, DRIZZLE_FUNCTIONS, NULL, place)
                              : with_text(eval, DRIZZLE_FUNCTION, name, place);
    if (begins(module, "drizzle-orm/") && module.size > 5 &&
        memcmp(module.data + module.size - 5, "-core", 5) == 0) {
        value = ts_unknown(eval, place, "%.*s declares for another database; mysql-core is read",
                           ORM_TEXT(module));
        if (!eval->arena->exhausted)
            value->is_table = true;
        return value;
    }
    value = ts_unknown(eval, place, "\"%.*s\" is a package or an alias, which is not followed",
                       ORM_TEXT(module));
    if (!eval->arena->exhausted)
        value->tag = DRIZZLE_OTHER;
    return value;
}

static struct ts_value *call_function(struct ts_eval *eval, struct sg_slice name,
                                      const struct orm_list *arguments, struct orm_place place)
{
    struct ts_value *first = ts_argument(eval, arguments, 0);
    if (is(name, "mysqlTable"))
        return make_table(eval, SG_SLICE_EMPTY, first, arguments, place);
    if (is(name, "mysqlTableCreator"))
        return ts_host_value(eval, DRIZZLE_CREATOR, first, place);
    if (is(name, "mysqlView"))
        return make_view(eval, SG_SLICE_EMPTY, arguments, place);
    if (is(name, "mysqlSchema") || is(name, "mysqlDatabase"))
        return first->kind == TS_VALUE_STRING
                   ? with_text(eval, DRIZZLE_DATABASE, first->text, place)
                   : table_unknown(eval, first->kind == TS_VALUE_UNKNOWN
                                             ? first
                                             : ts_unknown(eval, place, "the schema has no name"));
    if (is(name, "customType"))
        return first->kind == TS_VALUE_UNKNOWN ? first
                                               : ts_host_value(eval, DRIZZLE_CUSTOM, first, place);
    if (is(name, "defineConfig"))
        return first;
    if (is(name, "desc") || is(name, "asc"))
        return sql_of(eval, first, raw(eval, orm_format(eval->arena, " %.*s", ORM_TEXT(name))),
                      place);
    struct ts_value *made = drizzle_column_call(eval, name, arguments, place);
    if (!made)
        made = make_extra(eval, name, arguments, place);
    return made ? made : ts_host_value(eval, DRIZZLE_OTHER, NULL, place);
}

static struct ts_value *call(struct ts_eval *eval, struct ts_value *callee,
                             const struct orm_list *arguments, struct orm_place place)
{
    if (drizzle_is(callee, DRIZZLE_FUNCTION) && callee->data)
        return call_function(eval, *(const struct sg_slice *)callee->data, arguments, place);
    if (drizzle_is(callee, DRIZZLE_CREATOR)) {
        struct orm_list name = {0};
        (void)orm_push(eval->arena, &name, ts_argument(eval, arguments, 0));
        return make_table(eval, SG_SLICE_EMPTY, ts_call(eval, callee->data, &name, place),
                          arguments, place);
    }
    if (drizzle_is(callee, DRIZZLE_CUSTOM))
        return drizzle_custom_call(eval, callee->data, arguments, place);
    return ts_host_value(eval, DRIZZLE_OTHER, NULL, place);
}

static struct ts_value *view_method(struct ts_eval *eval, struct ts_value *value,
                                    struct sg_slice name, const struct orm_list *arguments)
{
    struct drizzle_view *view = value->data;
    if (view && is(name, "as"))
        view->query = ts_argument(eval, arguments, 0);
    return value;
}

static struct ts_value *method(struct ts_eval *eval, struct ts_value *object, struct sg_slice name,
                               const struct orm_list *arguments, struct orm_place place)
{
    switch (object->tag) {
    case DRIZZLE_BUILDER:
        return drizzle_builder_method(eval, object, name, arguments, place);
    case DRIZZLE_EXTRA:
        return extra_method(eval, object, name, arguments);
    case DRIZZLE_VIEW:
        return view_method(eval, object, name, arguments);
    case DRIZZLE_FUNCTIONS:
        return call_function(eval, name, arguments, place);
    case DRIZZLE_FUNCTION:
        if (object->data && is(*(const struct sg_slice *)object->data, "sql"))
            return sql_method(eval, name, arguments, place);
        break;
    case DRIZZLE_DATABASE:
        if (object->data && is(name, "table"))
            return make_table(eval, *(const struct sg_slice *)object->data,
                              ts_argument(eval, arguments, 0), arguments, place);
        if (object->data && is(name, "view"))
            return make_view(eval, *(const struct sg_slice *)object->data, arguments, place);
        break;
    case DRIZZLE_SQL: /* as(), mapWith(): nothing that a declaration is made of */
    case DRIZZLE_TABLE:
    case DRIZZLE_OTHER:
        return object;
    default:
        break;
    }
    return ts_unknown(eval, place, ".%.*s() is not known here", ORM_TEXT(name));
}

static struct ts_value *column_of(struct ts_eval *eval, struct ts_value *value,
                                  struct sg_slice name, struct orm_place place)
{
    const struct drizzle_table *table = value->data;
    for (size_t i = 0; table && i < table->columns.count; i++) {
        struct drizzle_column *column = table->columns.items[i];
        if (sg_slice_equal(column->key, name))
            return ts_host_value(eval, DRIZZLE_COLUMN, column, place);
    }
    return ts_unknown(eval, place, "the table has no field %.*s", ORM_TEXT(name));
}

static struct ts_value *member(struct ts_eval *eval, struct ts_value *object, struct sg_slice name,
                               struct orm_place place)
{
    if (drizzle_is(object, DRIZZLE_TABLE))
        return column_of(eval, object, name, place);
    if (drizzle_is(object, DRIZZLE_FUNCTIONS))
        return with_text(eval, DRIZZLE_FUNCTION, name, place);
    if (drizzle_is(object, DRIZZLE_OTHER))
        return object;
    if (drizzle_is(object, DRIZZLE_COLUMN) && object->data && is(name, "name"))
        return ts_string(eval, ((const struct drizzle_column *)object->data)->made.name);
    return ts_unknown(eval, place, ".%.*s is not known here", ORM_TEXT(name));
}

const struct ts_host drizzle_host = {import, call, method, member, tagged};
