/* Drizzle's column functions and what can be said of a column. Drizzle ORM documentation, "MySQL
 * column types", "Indexes & Constraints", "Generated Columns".
 */
#include "sources/drizzle_private.h"

#include <stdio.h>

enum shape {
    PLAIN,    /* the word alone */
    INTEGER,  /* unsigned */
    DECIMAL,  /* precision, scale, unsigned */
    SIZED,    /* length */
    LENGTH,   /* length, which must be there */
    FRACTION, /* fsp */
};

static const struct {
    const char *function;
    const char *sql;
    enum shape shape;
} TYPES[] = {
    {"bigint", "bigint", INTEGER},
    {"binary", "binary", SIZED},
    {"blob", "blob", PLAIN},
    {"boolean", "boolean", PLAIN},
    {"char", "char", SIZED},
    {"date", "date", PLAIN},
    {"datetime", "datetime", FRACTION},
    {"decimal", "decimal", DECIMAL},
    {"double", "double", DECIMAL},
    {"float", "float", DECIMAL},
    {"int", "int", INTEGER},
    {"json", "json", PLAIN},
    {"longblob", "longblob", PLAIN},
    {"longtext", "longtext", PLAIN},
    {"mediumblob", "mediumblob", PLAIN},
    {"mediumint", "mediumint", INTEGER},
    {"mediumtext", "mediumtext", PLAIN},
    {"real", "real", DECIMAL},
    {"serial", "serial", PLAIN},
    {"smallint", "smallint", INTEGER},
    {"text", "text", PLAIN},
    {"time", "time", FRACTION},
    {"timestamp", "timestamp", FRACTION},
    {"tinyblob", "tinyblob", PLAIN},
    {"tinyint", "tinyint", INTEGER},
    {"tinytext", "tinytext", PLAIN},
    {"varbinary", "varbinary", LENGTH},
    {"varchar", "varchar", LENGTH},
    {"year", "year", PLAIN},
};

static bool is(struct sg_slice text, const char *word)
{
    return sg_slice_equal(text, sg_slice_of(word));
}

bool drizzle_is(const struct ts_value *value, enum drizzle_tag tag)
{
    return value->kind == TS_VALUE_HOST && value->tag == (int)tag;
}

void *drizzle_new(struct ts_eval *eval, size_t size)
{
    return sg_arena_alloc(eval->arena, size);
}

/* --- options ------------------------------------------------------------------------------- */

static void doubt(struct drizzle_builder *builder, struct ts_value *unknown)
{
    if (!builder->unknown)
        builder->unknown = unknown;
}

/* A number's text; empty: it is not given. */
static struct sg_slice number_option(struct ts_eval *eval, struct drizzle_builder *builder,
                                     const struct ts_value *config, const char *name)
{
    struct sg_slice text = SG_SLICE_EMPTY;
    struct ts_value *value = config ? ts_property(config, name) : NULL;
    if (!value)
        return text;
    if (value->kind == TS_VALUE_UNKNOWN)
        doubt(builder, value);
    else if (value->kind != TS_VALUE_NUMBER || !ts_to_text(eval, value, &text))
        doubt(builder, ts_unknown(eval, builder->place, "%s is no number", name));
    return text;
}

static bool flag_option(struct drizzle_builder *builder, const struct ts_value *config,
                        const char *name)
{
    struct ts_value *value = config ? ts_property(config, name) : NULL;
    if (!value)
        return false;
    if (value->kind == TS_VALUE_UNKNOWN)
        doubt(builder, value);
    return ts_is_true(value);
}

static struct sg_slice sized(struct sg_arena *arena, const char *word, struct sg_slice size)
{
    return size.size ? orm_format(arena, "%s(%.*s)", word, ORM_TEXT(size)) : sg_slice_of(word);
}

static struct sg_slice type_of(struct ts_eval *eval, struct drizzle_builder *builder, size_t type,
                               const struct ts_value *config)
{
    const char *word = TYPES[type].sql;
    struct sg_slice sql = sg_slice_of(word);
    struct sg_slice size;
    switch (TYPES[type].shape) {
    case PLAIN:
        return sql;
    case INTEGER:
        break;
    case DECIMAL:
        size = number_option(eval, builder, config, "precision");
        if (size.size && number_option(eval, builder, config, "scale").size)
            size = orm_format(eval->arena, "%.*s, %.*s", ORM_TEXT(size),
                              ORM_TEXT(number_option(eval, builder, config, "scale")));
        sql = sized(eval->arena, word, size);
        break;
    case SIZED:
    case LENGTH:
        size = number_option(eval, builder, config, "length");
        if (size.size == 0 && TYPES[type].shape == LENGTH && !builder->unknown)
            doubt(builder, ts_unknown(eval, builder->place, "%s has no length", word));
        return sized(eval->arena, word, size);
    case FRACTION:
        return sized(eval->arena, word, number_option(eval, builder, config, "fsp"));
    }
    return flag_option(builder, config, "unsigned")
               ? orm_format(eval->arena, "%.*s unsigned", ORM_TEXT(sql))
               : sql;
}

/* --- making -------------------------------------------------------------------------------- */

/* name, config; or config alone. */
static struct ts_value *builder_new(struct ts_eval *eval, const struct orm_list *arguments,
                                    struct orm_place place, struct ts_value **config_out)
{
    struct ts_value *name = ts_argument(eval, arguments, 0);
    struct ts_value *config = ts_argument(eval, arguments, 1);
    struct drizzle_builder *builder = drizzle_new(eval, sizeof *builder);
    struct ts_value *value = ts_host_value(eval, DRIZZLE_BUILDER, builder, place);
    *config_out = config;
    if (!builder)
        return value;
    builder->place = place;
    if (name->kind == TS_VALUE_STRING)
        builder->name = name->text;
    else if (name->kind == TS_VALUE_UNKNOWN)
        doubt(builder, name);
    else
        *config_out = name;
    if ((*config_out)->kind == TS_VALUE_UNKNOWN)
        doubt(builder, *config_out);
    return value;
}

/* enum('a','b') of an array or an object's values. */
static struct sg_slice enum_type(struct ts_eval *eval, struct drizzle_builder *builder,
                                 const struct ts_value *values)
{
    struct orm_list texts = {0};
    for (size_t i = 0; i < values->items.count; i++) {
        struct ts_value *value = values->items.items[i];
        if (values->kind == TS_VALUE_OBJECT)
            value = ((const struct ts_entry *)values->items.items[i])->value;
        if (value->kind == TS_VALUE_STRING)
            (void)orm_push_text(eval->arena, &texts, orm_quote_string(eval->arena, value->text));
        else
            doubt(builder, value->kind == TS_VALUE_UNKNOWN
                               ? value
                               : ts_unknown(eval, builder->place, "an enum's value is no string"));
    }
    bool listed = values->kind == TS_VALUE_ARRAY || values->kind == TS_VALUE_OBJECT;
    if ((!listed || texts.count == 0) && !builder->unknown)
        doubt(builder, ts_unknown(eval, builder->place, "the enum's values cannot be told"));
    return orm_format(eval->arena, "enum(%.*s)", ORM_TEXT(orm_join(eval->arena, &texts, ",")));
}

struct ts_value *drizzle_column_call(struct ts_eval *eval, struct sg_slice function,
                                     const struct orm_list *arguments, struct orm_place place)
{
    struct ts_value *config;
    size_t type = 0;
    size_t count = sizeof TYPES / sizeof TYPES[0];
    bool is_enum = is(function, "mysqlEnum");
    while (type < count && !is(function, TYPES[type].function))
        type++;
    if (type == count && !is_enum)
        return NULL;
    struct ts_value *value = builder_new(eval, arguments, place, &config);
    struct drizzle_builder *builder = value->data;
    if (value->kind != TS_VALUE_HOST || !builder)
        return value;
    builder->type =
        is_enum ? enum_type(eval, builder, config) : type_of(eval, builder, type, config);
    builder->auto_increment = is(function, "serial");
    return value;
}

struct ts_value *drizzle_custom_call(struct ts_eval *eval, struct ts_value *parameters,
                                     const struct orm_list *arguments, struct orm_place place)
{
    struct ts_value *config;
    struct orm_list only = {0};
    struct ts_value *value = builder_new(eval, arguments, place, &config);
    struct drizzle_builder *builder = value->data;
    struct ts_value *maker = ts_property(parameters, "dataType");
    if (value->kind != TS_VALUE_HOST || !builder)
        return value;
    if (!maker)
        maker = ts_unknown(eval, place, "customType has no dataType");
    (void)orm_push(eval->arena, &only, config);
    struct ts_value *type = ts_call(eval, maker, &only, place);
    if (type->kind == TS_VALUE_STRING)
        builder->type = type->text;
    else
        doubt(builder, type->kind == TS_VALUE_UNKNOWN
                           ? type
                           : ts_unknown(eval, place, "dataType() gives no string"));
    return value;
}

/* --- methods ------------------------------------------------------------------------------- */

static void add_reference(struct ts_eval *eval, struct drizzle_builder *builder,
                          const struct orm_list *arguments, struct orm_place place)
{
    struct drizzle_reference *reference = drizzle_new(eval, sizeof *reference);
    if (!reference)
        return;
    *reference = (struct drizzle_reference){ts_argument(eval, arguments, 0),
                                            ts_argument(eval, arguments, 1), place};
    (void)orm_push(eval->arena, &builder->references, reference);
}

static void set_unique(struct ts_eval *eval, struct drizzle_builder *builder,
                       const struct orm_list *arguments)
{
    struct ts_value *name = ts_argument(eval, arguments, 0);
    builder->unique = true;
    if (name->kind == TS_VALUE_STRING)
        builder->unique_name = name->text;
    else if (name->kind == TS_VALUE_UNKNOWN)
        doubt(builder, name);
}

static void set_generated(struct ts_eval *eval, struct drizzle_builder *builder,
                          const struct orm_list *arguments)
{
    const struct ts_value *mode = ts_property(ts_argument(eval, arguments, 1), "mode");
    builder->generated = ts_argument(eval, arguments, 0);
    builder->stored = mode && mode->kind == TS_VALUE_STRING && is(mode->text, "stored");
}

/* (now()), as Drizzle writes it. */
static struct ts_value *now_value(struct ts_eval *eval, struct orm_place place)
{
    struct orm_list *chunks = drizzle_new(eval, sizeof *chunks);
    struct ts_value *piece = ts_string(eval, SG_SLICE_LITERAL("(now())"));
    if (piece->kind == TS_VALUE_STRING)
        piece->tag = DRIZZLE_SQL;
    if (chunks)
        (void)orm_push(eval->arena, chunks, piece);
    return ts_host_value(eval, DRIZZLE_SQL, chunks, place);
}

struct ts_value *drizzle_builder_method(struct ts_eval *eval, struct ts_value *value,
                                        struct sg_slice name, const struct orm_list *arguments,
                                        struct orm_place place)
{
    static const char *const NO_DATABASE[] = {"$type",     "$default",    "$defaultFn",
                                              "$onUpdate", "$onUpdateFn", "setName"};
    struct drizzle_builder *builder = value->data;
    if (!builder)
        return value;
    if (is(name, "notNull"))
        builder->not_null = true;
    else if (is(name, "primaryKey"))
        builder->primary = builder->not_null = true;
    else if (is(name, "autoincrement"))
        builder->auto_increment = true;
    else if (is(name, "default"))
        builder->default_value = ts_argument(eval, arguments, 0);
    else if (is(name, "defaultNow"))
        builder->default_value = now_value(eval, place);
    else if (is(name, "onUpdateNow"))
        builder->on_update_now = true;
    else if (is(name, "unique"))
        set_unique(eval, builder, arguments);
    else if (is(name, "references"))
        add_reference(eval, builder, arguments, place);
    else if (is(name, "generatedAlwaysAs"))
        set_generated(eval, builder, arguments);
    else {
        for (size_t i = 0; i < sizeof NO_DATABASE / sizeof NO_DATABASE[0]; i++) {
            if (is(name, NO_DATABASE[i]))
                return value;
        }
        doubt(builder, ts_unknown(eval, place, ".%.*s() is not known here", ORM_TEXT(name)));
    }
    return value;
}
