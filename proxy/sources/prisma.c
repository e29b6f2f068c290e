/* Prisma's models as tables; see prisma.h.
 *
 * What Prisma Migrate makes of them on MySQL: scalar types by their native type or its default,
 * enums as ENUM columns, foreign keys for relations with `fields`, a table of its own for an
 * implicit many-to-many relation, and names by one rule: TABLE_COLUMNS_key, _idx, _fkey.
 *
 * Prisma documentation, "Prisma schema API", "MySQL/MariaDB", "Many-to-many relations",
 * "Referential actions", "Named constraints"
 */
#include "sources/prisma.h"

#include <string.h>

#include "sources/prisma_parse.h"

#define NAME_MAX_BYTES 64
#define BLOCKS_MAX     20000
#define TABLE_OPTIONS  "DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci"

struct model {
    const struct prisma_block *block;
    struct orm_table *table;
};

struct reader {
    struct orm *orm;
    struct orm_list blocks;
    struct orm_list models;  /* struct model */
    bool keeps_foreign_keys; /* relationMode is not "prisma" */
};

static bool is(struct sg_slice text, const char *word)
{
    return sg_slice_equal(text, sg_slice_of(word));
}

static const struct {
    const char *scalar;
    const char *sql;
} SCALARS[] = {
    {"Int", "INTEGER"},
    {"BigInt", "BIGINT"},
    {"Float", "DOUBLE"},
    {"Decimal", "DECIMAL(65, 30)"},
    {"Boolean", "BOOLEAN"},
    {"String", "VARCHAR(191)"},
    {"DateTime", "DATETIME(3)"},
    {"Bytes", "LONGBLOB"},
    {"Json", "JSON"},
};

static const char *scalar_sql(struct sg_slice type)
{
    for (size_t i = 0; i < sizeof SCALARS / sizeof SCALARS[0]; i++) {
        if (is(type, SCALARS[i].scalar))
            return SCALARS[i].sql;
    }
    return NULL;
}

static const struct prisma_block *find_block(const struct reader *reader, const char *keyword,
                                             struct sg_slice name)
{
    if (scalar_sql(name)) /* most types are: blocks may be many */
        return NULL;
    for (size_t i = 0; i < reader->blocks.count; i++) {
        const struct prisma_block *block = reader->blocks.items[i];
        if (sg_slice_equal(block->name, name) && is(block->keyword, keyword))
            return block;
    }
    return NULL;
}

static const struct model *find_model(const struct reader *reader, struct sg_slice name)
{
    if (scalar_sql(name))
        return NULL;
    for (size_t i = 0; i < reader->models.count; i++) {
        const struct model *model = reader->models.items[i];
        if (sg_slice_equal(model->block->name, name))
            return model;
    }
    return NULL;
}

static const struct prisma_field *find_field(const struct prisma_block *block, struct sg_slice name)
{
    for (size_t i = 0; i < block->fields.count; i++) {
        const struct prisma_field *field = block->fields.items[i];
        if (sg_slice_equal(field->name, name))
            return field;
    }
    return NULL;
}

/* What @map or @@map says, else the name itself. */
static struct sg_slice mapped(const struct orm_list *attributes, struct sg_slice name)
{
    const struct prisma_attribute *map = prisma_attribute(attributes, "map");
    const struct prisma_value *to = map ? prisma_argument(&map->arguments, "name", 0) : NULL;
    return to && to->kind == PRISMA_STRING ? to->text : name;
}

static struct sg_slice column_of(const struct prisma_field *field)
{
    return mapped(&field->attributes, field->name);
}

static bool is_relation(const struct reader *reader, const struct prisma_field *field)
{
    return !field->is_unsupported && find_block(reader, "model", field->type) != NULL;
}

/* --- types --------------------------------------------------------------------------------- */

static const struct {
    const char *native;
    const char *sql;
    bool takes_arguments;
} NATIVES[] = {
    {"Int", "INTEGER", false},
    {"UnsignedInt", "INTEGER UNSIGNED", false},
    {"SmallInt", "SMALLINT", false},
    {"UnsignedSmallInt", "SMALLINT UNSIGNED", false},
    {"TinyInt", "TINYINT", false},
    {"UnsignedTinyInt", "TINYINT UNSIGNED", false},
    {"MediumInt", "MEDIUMINT", false},
    {"UnsignedMediumInt", "MEDIUMINT UNSIGNED", false},
    {"BigInt", "BIGINT", false},
    {"UnsignedBigInt", "BIGINT UNSIGNED", false},
    {"Decimal", "DECIMAL", true},
    {"Float", "FLOAT", false},
    {"Double", "DOUBLE", false},
    {"Bit", "BIT", true},
    {"Char", "CHAR", true},
    {"VarChar", "VARCHAR", true},
    {"Binary", "BINARY", true},
    {"VarBinary", "VARBINARY", true},
    {"TinyBlob", "TINYBLOB", false},
    {"Blob", "BLOB", false},
    {"MediumBlob", "MEDIUMBLOB", false},
    {"LongBlob", "LONGBLOB", false},
    {"TinyText", "TINYTEXT", false},
    {"Text", "TEXT", false},
    {"MediumText", "MEDIUMTEXT", false},
    {"LongText", "LONGTEXT", false},
    {"Date", "DATE", false},
    {"Time", "TIME", true},
    {"DateTime", "DATETIME", true},
    {"Timestamp", "TIMESTAMP", true},
    {"Year", "YEAR", false},
    {"Json", "JSON", false},
};

static const struct prisma_attribute *native_of(const struct prisma_field *field)
{
    for (size_t i = 0; i < field->attributes.count; i++) {
        const struct prisma_attribute *attribute = field->attributes.items[i];
        if (attribute->name.size > 3 && memcmp(attribute->name.data, "db.", 3) == 0)
            return attribute;
    }
    return NULL;
}

/* "(10, 2)", or nothing. */
static struct sg_slice arguments_sql(struct sg_arena *arena, const struct orm_list *arguments)
{
    struct orm_list texts = {0};
    for (size_t i = 0; i < arguments->count; i++) {
        const struct prisma_argument *argument = arguments->items[i];
        (void)orm_push_text(arena, &texts, argument->value.text);
    }
    if (texts.count == 0)
        return SG_SLICE_EMPTY;
    return orm_format(arena, "(%.*s)", ORM_TEXT(orm_join(arena, &texts, ", ")));
}

static struct sg_slice native_sql(const struct reader *reader, const struct prisma_field *field,
                                  const struct prisma_attribute *native)
{
    struct sg_slice name = sg_slice_make(native->name.data + 3, native->name.size - 3);
    if (is(name, "TinyInt") && is(field->type, "Boolean"))
        return SG_SLICE_LITERAL("BOOLEAN");
    for (size_t i = 0; i < sizeof NATIVES / sizeof NATIVES[0]; i++) {
        if (!is(name, NATIVES[i].native))
            continue;
        return orm_format(reader->orm->arena, "%s%.*s", NATIVES[i].sql,
                          ORM_TEXT(NATIVES[i].takes_arguments
                                       ? arguments_sql(reader->orm->arena, &native->arguments)
                                       : SG_SLICE_EMPTY));
    }
    orm_problem(reader->orm, native->place, "field %.*s: @%.*s is no native type of MySQL's",
                ORM_TEXT(field->name), ORM_TEXT(native->name));
    return SG_SLICE_EMPTY;
}

static struct sg_slice enum_sql(struct sg_arena *arena, const struct prisma_block *block)
{
    struct orm_list values = {0};
    for (size_t i = 0; i < block->fields.count; i++)
        (void)orm_push_text(arena, &values,
                            orm_quote_string(arena, column_of(block->fields.items[i])));
    return orm_format(arena, "ENUM(%.*s)", ORM_TEXT(orm_join(arena, &values, ", ")));
}

/* Empty, with a problem, where there is no such type. */
static struct sg_slice type_sql(const struct reader *reader, const struct prisma_field *field)
{
    const struct prisma_attribute *native = native_of(field);
    const struct prisma_block *choices = find_block(reader, "enum", field->type);
    if (field->is_unsupported)
        return field->type;
    if (field->is_list)
        orm_problem(reader->orm, field->place,
                    "field %.*s: a list of scalars; MySQL has no such column",
                    ORM_TEXT(field->name));
    else if (choices)
        return enum_sql(reader->orm->arena, choices);
    else if (native)
        return native_sql(reader, field, native);
    else if (scalar_sql(field->type))
        return sg_slice_of(scalar_sql(field->type));
    else
        orm_problem(reader->orm, field->place, "field %.*s: there is no type, model or enum %.*s",
                    ORM_TEXT(field->name), ORM_TEXT(field->type));
    return SG_SLICE_EMPTY;
}

/* --- defaults ------------------------------------------------------------------------------ */

/* CURRENT_TIMESTAMP with the digits that the native type asks for, else three. */
static struct sg_slice now_sql(struct sg_arena *arena, const struct prisma_field *field)
{
    const struct prisma_attribute *native = native_of(field);
    const struct prisma_value *digits = native ? prisma_argument(&native->arguments, "", 0) : NULL;
    return orm_format(arena, "CURRENT_TIMESTAMP(%.*s)",
                      ORM_TEXT(digits ? digits->text : SG_SLICE_LITERAL("3")));
}

/* "2024-01-31T12:00:00Z" as Prisma writes it again. */
static struct sg_slice time_sql(struct sg_arena *arena, struct sg_slice text)
{
    if (text.size && text.data[text.size - 1] == 'Z')
        text = orm_format(arena, "%.*s+00:00", (int)text.size - 1, text.data);
    return orm_quote_string(arena, text);
}

static void function_default(const struct reader *reader, const struct prisma_field *field,
                             const struct prisma_value *value, struct orm_column *column)
{
    static const char *const CLIENT[] = {"uuid", "cuid", "nanoid", "ulid", "auto"};
    if (is(value->text, "autoincrement")) {
        column->auto_increment = true;
        return;
    }
    if (is(value->text, "now")) {
        column->default_value = now_sql(reader->orm->arena, field);
        return;
    }
    if (is(value->text, "dbgenerated")) {
        const struct prisma_value *sql = prisma_argument(&value->values, "value", 0);
        column->default_value = sql ? sql->text : SG_SLICE_EMPTY;
        return;
    }
    for (size_t i = 0; i < sizeof CLIENT / sizeof CLIENT[0]; i++) {
        if (is(value->text, CLIENT[i])) /* made by the client: the database knows nothing of it */
            return;
    }
    orm_problem(reader->orm, field->place, "field %.*s: @default(%.*s()) is not known here",
                ORM_TEXT(field->name), ORM_TEXT(value->text));
}

static struct sg_slice value_default(const struct reader *reader, const struct prisma_field *field,
                                     const struct prisma_value *value)
{
    const struct prisma_block *choices = find_block(reader, "enum", field->type);
    const struct prisma_field *choice =
        choices && value->kind == PRISMA_NAME ? find_field(choices, value->text) : NULL;
    if (choices && !choice) {
        orm_problem(reader->orm, field->place, "field %.*s: enum %.*s has no value %.*s",
                    ORM_TEXT(field->name), ORM_TEXT(field->type), ORM_TEXT(value->text));
        return SG_SLICE_EMPTY;
    }
    if (choice)
        return orm_quote_string(reader->orm->arena, column_of(choice));
    /* Prisma writes no defaults for these: MySQL would not take them */
    if (is(field->type, "Json") || is(field->type, "Bytes") || value->kind == PRISMA_ARRAY)
        return SG_SLICE_EMPTY;
    if (value->kind == PRISMA_STRING)
        return is(field->type, "DateTime") ? time_sql(reader->orm->arena, value->text)
                                           : orm_quote_string(reader->orm->arena, value->text);
    return value->text;
}

static void read_default(const struct reader *reader, const struct prisma_field *field,
                         struct orm_column *column)
{
    const struct prisma_attribute *attribute = prisma_attribute(&field->attributes, "default");
    const struct prisma_value *value =
        attribute ? prisma_argument(&attribute->arguments, "value", 0) : NULL;
    if (!value)
        return;
    if (value->kind == PRISMA_FUNCTION)
        function_default(reader, field, value, column);
    else
        column->default_value = value_default(reader, field, value);
}

/* --- keys ---------------------------------------------------------------------------------- */

/* TABLE_A_B_suffix, cut so that the suffix still fits, at a letter's border. */
static struct sg_slice default_name(struct sg_arena *arena, struct sg_slice table,
                                    const struct orm_list *columns, const char *suffix)
{
    struct sg_slice name =
        orm_format(arena, "%.*s_%.*s", ORM_TEXT(table), ORM_TEXT(orm_join(arena, columns, "_")));
    size_t limit = NAME_MAX_BYTES - strlen(suffix);
    if (name.size >= limit) {
        name.size = limit;
        while (name.size > 0 && ((unsigned char)name.data[name.size] & 0xC0) == 0x80)
            name.size--;
    }
    return orm_format(arena, "%.*s%s", ORM_TEXT(name), suffix);
}

/* A column with its length and order: "`title`(100) DESC". */
static struct sg_slice part_sql(struct sg_arena *arena, struct sg_slice column,
                                const struct orm_list *arguments)
{
    const struct prisma_value *length = prisma_argument(arguments, "length", -1);
    const struct prisma_value *sort = prisma_argument(arguments, "sort", -1);
    struct sg_slice prefix =
        length ? orm_format(arena, "(%.*s)", ORM_TEXT(length->text)) : SG_SLICE_EMPTY;
    return orm_format(arena, "%.*s%.*s%s", ORM_TEXT(orm_quote_name(arena, column)),
                      ORM_TEXT(prefix), sort && is(sort->text, "Desc") ? " DESC" : "");
}

static struct sg_slice map_of(const struct prisma_attribute *attribute, bool name_counts)
{
    const struct prisma_value *map = prisma_argument(&attribute->arguments, "map", -1);
    if (!map && name_counts)
        map = prisma_argument(&attribute->arguments, "name", -1);
    return map ? map->text : SG_SLICE_EMPTY;
}

static const char *suffix_of(enum orm_key_kind kind)
{
    return kind == ORM_KEY_UNIQUE ? "_key" : "_idx";
}

static void push_key(const struct reader *reader, struct orm_table *table, struct orm_key *key,
                     const struct orm_list *columns)
{
    struct sg_arena *arena = reader->orm->arena;
    struct orm_key *copy = sg_arena_alloc(arena, sizeof *copy);
    if (key->name.size == 0)
        key->name = default_name(arena, table->name, columns, suffix_of(key->kind));
    if (!copy || key->parts.count == 0)
        return;
    *copy = *key;
    (void)orm_push(arena, &table->keys, copy);
}

/* @id, @unique of a field */
static void read_field_key(const struct reader *reader, struct orm_table *table,
                           const struct prisma_field *field, const char *word,
                           enum orm_key_kind kind)
{
    struct sg_arena *arena = reader->orm->arena;
    const struct prisma_attribute *attribute = prisma_attribute(&field->attributes, word);
    if (!attribute)
        return;
    struct orm_list columns = {0};
    struct orm_key key = {
        .kind = kind, .name = map_of(attribute, false), .place = attribute->place};
    (void)orm_push_text(arena, &columns, column_of(field));
    (void)orm_push_text(arena, &key.parts,
                        part_sql(arena, column_of(field), &attribute->arguments));
    push_key(reader, table, &key, &columns);
}

/* One of [title(length: 100, sort: Desc), author] */
static void read_part(const struct reader *reader, const struct model *model,
                      const struct prisma_value *part, struct orm_place place, struct orm_key *key,
                      struct orm_list *columns)
{
    struct sg_arena *arena = reader->orm->arena;
    const struct prisma_field *field = find_field(model->block, part->text);
    if (!field) {
        orm_problem(reader->orm, place, "model %.*s has no field %.*s",
                    ORM_TEXT(model->block->name), ORM_TEXT(part->text));
        return;
    }
    (void)orm_push_text(arena, columns, column_of(field));
    (void)orm_push_text(arena, &key->parts, part_sql(arena, column_of(field), &part->values));
}

/* @@id, @@unique, @@index, @@fulltext */
static void read_block_key(const struct reader *reader, const struct model *model,
                           const struct prisma_attribute *attribute, enum orm_key_kind kind)
{
    struct orm_list columns = {0};
    bool name_counts = kind == ORM_KEY_INDEX || kind == ORM_KEY_FULLTEXT;
    struct orm_key key = {
        .kind = kind, .name = map_of(attribute, name_counts), .place = attribute->place};
    const struct prisma_value *fields = prisma_argument(&attribute->arguments, "fields", 0);
    if (!fields)
        return;
    if (fields->kind != PRISMA_ARRAY)
        read_part(reader, model, fields, attribute->place, &key, &columns);
    for (size_t i = 0; fields->kind == PRISMA_ARRAY && i < fields->values.count; i++)
        read_part(reader, model, fields->values.items[i], attribute->place, &key, &columns);
    push_key(reader, model->table, &key, &columns);
}

static void read_keys(const struct reader *reader, const struct model *model)
{
    static const struct {
        const char *word;
        enum orm_key_kind kind;
    } KEYS[] = {{"id", ORM_KEY_PRIMARY},
                {"unique", ORM_KEY_UNIQUE},
                {"index", ORM_KEY_INDEX},
                {"fulltext", ORM_KEY_FULLTEXT}};
    const struct prisma_block *block = model->block;
    for (size_t i = 0; i < block->fields.count; i++) {
        read_field_key(reader, model->table, block->fields.items[i], "id", ORM_KEY_PRIMARY);
        read_field_key(reader, model->table, block->fields.items[i], "unique", ORM_KEY_UNIQUE);
    }
    for (size_t i = 0; i < block->attributes.count; i++) {
        const struct prisma_attribute *attribute = block->attributes.items[i];
        for (size_t k = 0; k < sizeof KEYS / sizeof KEYS[0]; k++) {
            if (is(attribute->name, KEYS[k].word))
                read_block_key(reader, model, attribute, KEYS[k].kind);
        }
    }
}

/* --- relations ----------------------------------------------------------------------------- */

static const char *action_sql(const struct prisma_value *value, const char *otherwise)
{
    static const struct {
        const char *name;
        const char *sql;
    } ACTIONS[] = {{"Cascade", "CASCADE"},
                   {"Restrict", "RESTRICT"},
                   {"NoAction", "NO ACTION"},
                   {"SetNull", "SET NULL"},
                   {"SetDefault", "SET DEFAULT"}};
    for (size_t i = 0; value && i < sizeof ACTIONS / sizeof ACTIONS[0]; i++) {
        if (is(value->text, ACTIONS[i].name))
            return ACTIONS[i].sql;
    }
    return otherwise;
}

/* The columns of the fields that an argument lists. */
static bool read_columns(const struct reader *reader, const struct prisma_block *block,
                         const struct prisma_attribute *relation, const char *argument,
                         struct orm_list *columns, bool *required_out)
{
    const struct prisma_value *list = prisma_argument(&relation->arguments, argument, -1);
    for (size_t i = 0; list && i < list->values.count; i++) {
        const struct prisma_value *value = list->values.items[i];
        const struct prisma_field *field = find_field(block, value->text);
        if (!field) {
            orm_problem(reader->orm, relation->place, "model %.*s has no field %.*s",
                        ORM_TEXT(block->name), ORM_TEXT(value->text));
            return false;
        }
        *required_out |= !field->is_optional;
        (void)orm_push_text(reader->orm->arena, columns, column_of(field));
    }
    return columns->count > 0;
}

static void read_foreign_key(const struct reader *reader, const struct model *model,
                             const struct prisma_field *field)
{
    struct sg_arena *arena = reader->orm->arena;
    const struct prisma_attribute *relation = prisma_attribute(&field->attributes, "relation");
    const struct model *other = find_model(reader, field->type);
    struct orm_foreign_key *key = sg_arena_alloc(arena, sizeof *key);
    bool required = false;
    bool ignored = false;
    if (!relation || !other || !key || !prisma_argument(&relation->arguments, "fields", -1) ||
        !read_columns(reader, model->block, relation, "fields", &key->columns, &required) ||
        !read_columns(reader, other->block, relation, "references", &key->others, &ignored))
        return;
    key->place = relation->place;
    key->table = other->table->name;
    key->name = map_of(relation, false);
    if (key->name.size == 0)
        key->name = default_name(arena, model->table->name, &key->columns, "_fkey");
    key->on_delete =
        sg_slice_of(action_sql(prisma_argument(&relation->arguments, "onDelete", -1),
                               required || !field->is_optional ? "RESTRICT" : "SET NULL"));
    key->on_update =
        sg_slice_of(action_sql(prisma_argument(&relation->arguments, "onUpdate", -1), "CASCADE"));
    (void)orm_push(arena, &model->table->foreign_keys, key);
}

/* --- many to many -------------------------------------------------------------------------- */

static struct sg_slice relation_name(const struct prisma_field *field)
{
    const struct prisma_attribute *relation = prisma_attribute(&field->attributes, "relation");
    const struct prisma_value *name =
        relation ? prisma_argument(&relation->arguments, "name", 0) : NULL;
    return name && name->kind == PRISMA_STRING ? name->text : SG_SLICE_EMPTY;
}

/* The list on the other side of the relation, or NULL. */
static const struct prisma_field *
other_side(const struct model *model, const struct prisma_field *field, const struct model *other)
{
    for (size_t i = 0; i < other->block->fields.count; i++) {
        const struct prisma_field *candidate = other->block->fields.items[i];
        if (candidate != field && candidate->is_list &&
            sg_slice_equal(candidate->type, model->block->name) &&
            sg_slice_equal(relation_name(candidate), relation_name(field)))
            return candidate;
    }
    return NULL;
}

static int compare(struct sg_slice a, struct sg_slice b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* The one column of the model's primary key. */
static const struct orm_column *id_column(const struct model *model)
{
    for (size_t i = 0; i < model->block->fields.count; i++) {
        const struct prisma_field *field = model->block->fields.items[i];
        if (prisma_attribute(&field->attributes, "id"))
            return orm_find_column(model->table, column_of(field));
    }
    const struct prisma_attribute *id = prisma_attribute(&model->block->attributes, "id");
    const struct prisma_value *fields = id ? prisma_argument(&id->arguments, "fields", 0) : NULL;
    if (!fields || fields->values.count != 1)
        return NULL;
    const struct prisma_value *only = fields->values.items[0];
    const struct prisma_field *field = find_field(model->block, only->text);
    return field ? orm_find_column(model->table, column_of(field)) : NULL;
}

static void add_side(const struct reader *reader, struct orm_table *table, const char *letter,
                     const struct model *model, const struct orm_column *id)
{
    struct sg_arena *arena = reader->orm->arena;
    struct orm_column column = {.name = sg_slice_of(letter),
                                .type = id->type,
                                .not_null = true,
                                .field = sg_slice_of(letter),
                                .place = table->place};
    struct orm_foreign_key *key = sg_arena_alloc(arena, sizeof *key);
    struct orm_list names = {0};
    orm_add_column(reader->orm, table, &column);
    if (!key || !reader->keeps_foreign_keys)
        return;
    (void)orm_push_text(arena, &names, column.name);
    key->name = default_name(arena, table->name, &names, "_fkey");
    key->table = model->table->name;
    key->on_delete = key->on_update = SG_SLICE_LITERAL("CASCADE");
    key->place = table->place;
    (void)orm_push_text(arena, &key->columns, column.name);
    (void)orm_push_text(arena, &key->others, id->name);
    (void)orm_push(arena, &table->foreign_keys, key);
}

static void add_side_key(const struct reader *reader, struct orm_table *table,
                         enum orm_key_kind kind, const char *parts, const char *suffix)
{
    struct sg_arena *arena = reader->orm->arena;
    struct orm_list columns = {0};
    struct orm_key key = {.kind = kind, .place = table->place};
    size_t room = NAME_MAX_BYTES - strlen(suffix);
    key.name = orm_format(arena, "%.*s%s", (int)(table->name.size < room ? table->name.size : room),
                          table->name.data, suffix);
    for (; *parts; parts++)
        (void)orm_push_text(arena, &key.parts, orm_format(arena, "`%c`", *parts));
    push_key(reader, table, &key, &columns);
}

static void add_join_table(const struct reader *reader, const struct model *a,
                           const struct model *b, const struct prisma_field *field)
{
    struct sg_arena *arena = reader->orm->arena;
    struct sg_slice name = relation_name(field);
    if (name.size == 0)
        name = orm_format(arena, "%.*sTo%.*s", ORM_TEXT(a->block->name), ORM_TEXT(b->block->name));
    const struct orm_column *id_a = id_column(a);
    const struct orm_column *id_b = id_column(b);
    if (!id_a || !id_b) {
        orm_problem(reader->orm, field->place,
                    "field %.*s: many-to-many needs an id of one field on both sides",
                    ORM_TEXT(field->name));
        return;
    }
    struct orm_table *table = orm_add_table(
        reader->orm, SG_SLICE_EMPTY, orm_format(arena, "_%.*s", ORM_TEXT(name)), field->place);
    if (!table)
        return;
    table->options = SG_SLICE_LITERAL(TABLE_OPTIONS);
    add_side(reader, table, "A", a, id_a);
    add_side(reader, table, "B", b, id_b);
    add_side_key(reader, table, ORM_KEY_UNIQUE, "AB", "_AB_unique");
    add_side_key(reader, table, ORM_KEY_INDEX, "B", "_B_index");
}

/* Lists on both sides of a relation; told once, by the side whose name comes first. */
static void read_many_to_many(const struct reader *reader, const struct model *model,
                              const struct prisma_field *field)
{
    const struct model *other = find_model(reader, field->type);
    const struct prisma_field *opposite =
        other && field->is_list ? other_side(model, field, other) : NULL;
    if (!opposite)
        return;
    int order = compare(model->block->name, other->block->name);
    if (order < 0 || (order == 0 && field->place.line < opposite->place.line))
        add_join_table(reader, model, other, field);
}

/* --- models -------------------------------------------------------------------------------- */

static void read_column(const struct reader *reader, struct orm_table *table,
                        const struct prisma_field *field)
{
    struct orm_column column = {.name = column_of(field),
                                .type = type_sql(reader, field),
                                .not_null = !field->is_optional,
                                .field = field->name,
                                .place = field->place};
    if (column.type.size == 0)
        return;
    read_default(reader, field, &column);
    orm_add_column(reader->orm, table, &column);
}

static void read_model(struct reader *reader, const struct prisma_block *block)
{
    struct model *model = sg_arena_alloc(reader->orm->arena, sizeof *model);
    struct orm_table *table =
        model ? orm_add_table(reader->orm, SG_SLICE_EMPTY, mapped(&block->attributes, block->name),
                              block->place)
              : NULL;
    if (!table)
        return;
    *model = (struct model){block, table};
    table->options = SG_SLICE_LITERAL(TABLE_OPTIONS);
    for (size_t i = 0; i < block->fields.count; i++) {
        if (!is_relation(reader, block->fields.items[i]))
            read_column(reader, table, block->fields.items[i]);
    }
    (void)orm_push(reader->orm->arena, &reader->models, model);
}

static void read_relations(const struct reader *reader, const struct model *model)
{
    for (size_t i = 0; i < model->block->fields.count; i++) {
        const struct prisma_field *field = model->block->fields.items[i];
        if (field->is_unsupported)
            continue;
        if (reader->keeps_foreign_keys)
            read_foreign_key(reader, model, field);
        read_many_to_many(reader, model, field);
    }
}

/* Prisma Migrate makes no views: that it is declared says that it is there. */
static void read_view(const struct reader *reader, const struct prisma_block *block)
{
    struct orm_view *view = sg_arena_alloc(reader->orm->arena, sizeof *view);
    if (!view)
        return;
    view->name = mapped(&block->attributes, block->name);
    view->place = block->place;
    (void)orm_push(reader->orm->arena, &reader->orm->views, view);
}

static void read_datasource(struct reader *reader, const struct prisma_block *block)
{
    const struct prisma_field *provider = find_field(block, SG_SLICE_LITERAL("provider"));
    const struct prisma_field *mode = find_field(block, SG_SLICE_LITERAL("relationMode"));
    if (provider && provider->value && !is(provider->value->text, "mysql"))
        orm_problem(reader->orm, provider->place, "provider \"%.*s\"; mysql is read here",
                    ORM_TEXT(provider->value->text));
    if (mode && mode->value && is(mode->value->text, "prisma"))
        reader->keeps_foreign_keys = false;
}

static void read_block(struct reader *reader, const struct prisma_block *block)
{
    if (is(block->keyword, "datasource"))
        read_datasource(reader, block);
    else if (is(block->keyword, "model"))
        read_model(reader, block);
    else if (is(block->keyword, "view"))
        read_view(reader, block);
    else if (is(block->keyword, "type"))
        orm_problem(reader->orm, block->place, "type %.*s: MySQL has no composite types",
                    ORM_TEXT(block->name));
    else if (!is(block->keyword, "enum") && !is(block->keyword, "generator"))
        orm_problem(reader->orm, block->place, "%.*s is not understood", ORM_TEXT(block->keyword));
}

void prisma_read_texts(struct orm *orm, const struct sg_slice *texts, const char *const *names,
                       size_t count)
{
    struct reader reader = {.orm = orm, .keeps_foreign_keys = true};
    for (size_t i = 0; i < count; i++)
        prisma_parse(orm, texts[i], names[i], &reader.blocks);
    if (reader.blocks.count > BLOCKS_MAX)
        orm_problem(orm, (struct orm_place){names[0], 0}, "more than %d models and enums",
                    BLOCKS_MAX);
    for (size_t i = 0; i < reader.blocks.count && i < BLOCKS_MAX; i++)
        read_block(&reader, reader.blocks.items[i]);
    for (size_t i = 0; i < reader.models.count; i++) {
        read_keys(&reader, reader.models.items[i]);
        read_relations(&reader, reader.models.items[i]);
    }
}

enum sg_status prisma_read(struct orm *orm, const char *const *paths, size_t count,
                           struct sg_error *error)
{
    struct sg_slice *texts = sg_arena_array(orm->arena, count + 1, sizeof *texts);
    const char **names = sg_arena_array(orm->arena, count + 1, sizeof *names);
    enum sg_status status = texts && names ? SG_OK : SG_LIMIT;
    for (size_t i = 0; status == SG_OK && i < count; i++) {
        names[i] = sg_arena_copy(orm->arena, sg_slice_of(paths[i])).data;
        status = orm_read_file(orm->arena, paths[i], &texts[i], error);
    }
    if (status == SG_LIMIT)
        return sg_error_set(error, status, "too many files");
    if (status == SG_OK)
        prisma_read_texts(orm, texts, names, count);
    return status;
}
