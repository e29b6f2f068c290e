/* Names, SQL and defaults as drizzle-kit writes them. Drizzle ORM documentation, "Magic sql``
 * operator", "Casing"; drizzle-kit, its output.
 */
#include "sources/drizzle_private.h"

#include <string.h>

#define NESTING_MAX 40

/* --- casing -------------------------------------------------------------------------------- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* The next word of "fullName", "HTTPServer", "page2URL": lower letters and digits, capitals that
 * none of them follows, or a capital with what follows it. Nothing: the end. */
static struct sg_slice take_word(struct sg_slice name, size_t *at)
{
    while (*at < name.size && !is_upper(name.data[*at]) && !is_lower_or_digit(name.data[*at]))
        (*at)++;
    size_t from = *at;
    size_t end = from;
    while (end < name.size && is_upper(name.data[end]))
        end++;
    size_t capitals = end - from;
    bool lower_follows = end < name.size && name.data[end] >= 'a' && name.data[end] <= 'z';
    if (capitals > 1 && lower_follows)
        end--;
    else if (capitals == 0 || lower_follows)
        while (end < name.size && is_lower_or_digit(name.data[end]))
            end++;
    *at = end;
    return sg_slice_make(name.data + from, end - from);
}

struct sg_slice drizzle_cased(const struct drizzle *drizzle, struct sg_slice name)
{
    size_t at = 0;
    size_t size = 0;
    bool snake = drizzle->casing == DRIZZLE_SNAKE_CASE;
    char *out =
        drizzle->casing == DRIZZLE_AS_IS ? NULL : sg_arena_alloc(drizzle->arena, name.size * 2 + 1);
    if (!out)
        return name;
    for (struct sg_slice word = take_word(name, &at); word.size; word = take_word(name, &at)) {
        bool first = size == 0;
        if (snake && !first)
            out[size++] = '_';
        for (size_t i = 0; i < word.size; i++) {
            char c = word.data[i];
            bool keeps = !snake && !first && (i > 0 || is_upper(c));
            if (!snake && !first && i == 0 && c >= 'a' && c <= 'z')
                c = (char)(c - 'a' + 'A');
            else if (is_upper(c) && !keeps)
                c = (char)(c - 'A' + 'a');
            out[size++] = c;
        }
    }
    return sg_slice_make(out, size);
}

struct sg_slice drizzle_column_name(const struct drizzle *drizzle,
                                    const struct drizzle_column *column)
{
    return column->made.is_named_by_key ? drizzle_cased(drizzle, column->made.name)
                                        : column->made.name;
}

/* --- SQL ----------------------------------------------------------------------------------- */

static struct sg_slice column_text(const struct drizzle *drizzle,
                                   const struct drizzle_column *column, enum drizzle_sql_use use)
{
    struct sg_slice name = orm_quote_name(drizzle->arena, drizzle_column_name(drizzle, column));
    if (use == DRIZZLE_SQL_INDEX)
        return name;
    return orm_format(drizzle->arena, "%.*s.%.*s",
                      ORM_TEXT(orm_quote_name(drizzle->arena, column->table->name)),
                      ORM_TEXT(name));
}

static struct ts_value *append(struct drizzle *drizzle, struct ts_value *sql,
                               enum drizzle_sql_use use, struct orm_list *out, int nesting)
{
    const struct orm_list *chunks = sql->data;
    if (!chunks || nesting > NESTING_MAX || !ts_work(&drizzle->eval, 1 + chunks->count))
        return ts_unknown(&drizzle->eval, sql->place, "this SQL is nested too deeply, or too long");
    for (size_t i = 0; i < chunks->count; i++) {
        struct ts_value *chunk = chunks->items[i];
        struct ts_value *unknown = NULL;
        if (chunk->kind == TS_VALUE_UNKNOWN)
            return chunk;
        if (chunk->kind == TS_VALUE_STRING && chunk->tag == DRIZZLE_SQL)
            (void)orm_push_text(drizzle->arena, out, chunk->text);
        else if (drizzle_is(chunk, DRIZZLE_SQL))
            unknown = append(drizzle, chunk, use, out, nesting + 1);
        else if (drizzle_is(chunk, DRIZZLE_COLUMN) && use != DRIZZLE_SQL_DEFAULT)
            (void)orm_push_text(drizzle->arena, out, column_text(drizzle, chunk->data, use));
        else if (drizzle_is(chunk, DRIZZLE_TABLE) && use != DRIZZLE_SQL_DEFAULT)
            (void)orm_push_text(
                drizzle->arena, out,
                orm_quote_name(drizzle->arena, ((struct drizzle_table *)chunk->data)->name));
        else
            return ts_unknown(&drizzle->eval, sql->place,
                              "a value in ${} of sql`` becomes a parameter, which no declaration "
                              "can have; write sql.raw() round it");
        if (unknown)
            return unknown;
    }
    return NULL;
}

struct ts_value *drizzle_sql_text(struct drizzle *drizzle, struct ts_value *sql,
                                  enum drizzle_sql_use use, struct sg_slice *out)
{
    struct orm_list texts = {0};
    if (sql->kind == TS_VALUE_FUNCTION) {
        struct orm_list none = {0};
        sql = ts_call(&drizzle->eval, sql, &none, sql->place);
    }
    if (sql->kind == TS_VALUE_UNKNOWN)
        return sql;
    if (sql->kind == TS_VALUE_STRING) {
        *out = sql->text;
        return NULL;
    }
    if (!drizzle_is(sql, DRIZZLE_SQL))
        return ts_unknown(&drizzle->eval, sql->place, "this is no SQL");
    struct ts_value *unknown = append(drizzle, sql, use, &texts, 0);
    *out = orm_join(drizzle->arena, &texts, "");
    return unknown;
}

/* --- defaults ------------------------------------------------------------------------------ */

static bool begins(struct sg_slice text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.data, word, size) == 0;
}

static bool is(struct sg_slice text, const char *word)
{
    return sg_slice_equal(text, sg_slice_of(word));
}

/* 2030-01-01 of a date, 2030-01-01 00:00:00.000 of other times. */
static struct sg_slice date_text(struct drizzle *drizzle, struct sg_slice time,
                                 struct sg_slice type)
{
    if (is(type, "date"))
        return orm_format(drizzle->arena, "'%.10s'", time.data);
    return orm_format(drizzle->arena, "'%.10s %.12s'", time.data, time.data + 11);
}

static struct ts_value *plain_default(struct drizzle *drizzle, struct ts_value *value,
                                      struct sg_slice type, struct orm_place place,
                                      struct sg_slice *out)
{
    struct ts_eval *eval = &drizzle->eval;
    bool times = is(type, "date") || begins(type, "datetime") || begins(type, "timestamp");
    if (value->kind == TS_VALUE_STRING) {
        *out = orm_quote_string(drizzle->arena, value->text);
        return NULL;
    }
    if (is(type, "json")) {
        if (!ts_to_json(eval, value, out))
            return ts_unknown(eval, place, "this JSON default cannot be told");
        *out = orm_format(drizzle->arena, "'%.*s'", ORM_TEXT(*out));
        return NULL;
    }
    if (value->kind == TS_VALUE_DATE && times && value->text.size == 24) {
        *out = date_text(drizzle, value->text, type);
        return NULL;
    }
    bool simple = value->kind == TS_VALUE_NUMBER || value->kind == TS_VALUE_BOOLEAN ||
                  value->kind == TS_VALUE_BIGINT || value->kind == TS_VALUE_NULL;
    if (simple && ts_to_text(eval, value, out))
        return NULL;
    return ts_unknown(eval, place, "this default cannot be told");
}

struct ts_value *drizzle_default_text(struct drizzle *drizzle, struct ts_value *value,
                                      struct sg_slice type, struct orm_place place,
                                      struct sg_slice *out)
{
    if (value->kind == TS_VALUE_UNKNOWN)
        return value;
    if (drizzle_is(value, DRIZZLE_SQL)) {
        struct ts_value *unknown = drizzle_sql_text(drizzle, value, DRIZZLE_SQL_DEFAULT, out);
        return unknown;
    }
    struct ts_value *unknown = plain_default(drizzle, value, type, place, out);
    if (!unknown && (is(type, "text") || is(type, "blob") || is(type, "json")))
        *out = orm_format(drizzle->arena, "(%.*s)", ORM_TEXT(*out));
    return unknown;
}
