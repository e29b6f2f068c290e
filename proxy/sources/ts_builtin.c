/* JavaScript's own library, a little of it; see ts_builtin.h. ECMAScript specification, "Number::
 * toString", "SerializeJSONValue", "Date Time String Format".
 */
#define _GNU_SOURCE /* timegm */
#include "sources/ts_builtin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define JSON_NESTING_MAX 100

static bool is(struct sg_slice text, const char *word)
{
    return sg_slice_equal(text, sg_slice_of(word));
}

static struct ts_value *value_with_text(struct ts_eval *eval, enum ts_value_kind kind,
                                        struct sg_slice text)
{
    struct ts_value *value = ts_value_new(eval, kind);
    if (value->kind == kind)
        value->text = text;
    return value;
}

/* --- text ---------------------------------------------------------------------------------- */

static bool is_whole(double number)
{
    return number >= 9007199254740992.0 || number <= -9007199254740992.0 ||
           (double)(long long)number == number;
}

static double size_of(double number)
{
    return number < 0 ? -number : number;
}

static struct sg_slice number_text(struct sg_arena *arena, double number)
{
    char digits[64];
    if (isnan(number) || isinf(number))
        return isnan(number)  ? SG_SLICE_LITERAL("NaN")
               : number > 0.0 ? SG_SLICE_LITERAL("Infinity")
                              : SG_SLICE_LITERAL("-Infinity");
    if (size_of(number) < 1e21 && is_whole(number))
        return orm_format(arena, "%.0f", number == 0 ? 0.0 : number);
    for (int precision = 1; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, number);
        if (strtod(digits, NULL) == number)
            break;
    }
    for (int decimals = 1; strchr(digits, 'e') && size_of(number) < 1 && decimals <= 24;
         decimals++) {
        char plain[64];
        (void)snprintf(plain, sizeof plain, "%.*f", decimals, number);
        if (size_of(number) >= 1e-6 && strtod(plain, NULL) == number)
            return sg_arena_copy(arena, sg_slice_of(plain));
    }
    return sg_arena_copy(arena, sg_slice_of(digits));
}

bool ts_to_text(struct ts_eval *eval, const struct ts_value *value, struct sg_slice *out)
{
    switch (value->kind) {
    case TS_VALUE_STRING:
    case TS_VALUE_BIGINT:
        *out = value->text;
        return true;
    case TS_VALUE_NUMBER:
        *out = number_text(eval->arena, value->number);
        return true;
    case TS_VALUE_BOOLEAN:
        *out = value->boolean ? SG_SLICE_LITERAL("true") : SG_SLICE_LITERAL("false");
        return true;
    case TS_VALUE_NULL:
        *out = SG_SLICE_LITERAL("null");
        return true;
    case TS_VALUE_UNDEFINED:
        *out = SG_SLICE_LITERAL("undefined");
        return true;
    case TS_VALUE_ARRAY:
    case TS_VALUE_OBJECT:
    case TS_VALUE_FUNCTION:
    case TS_VALUE_DATE:
    case TS_VALUE_MODULE:
    case TS_VALUE_GLOBAL:
    case TS_VALUE_HOST:
    case TS_VALUE_UNKNOWN:
        break;
    }
    return false;
}

/* --- JSON.stringify ------------------------------------------------------------------------ */

static struct sg_slice json_string(struct sg_arena *arena, struct sg_slice text)
{
    char *out = sg_arena_alloc(arena, text.size * 6 + 3);
    char *at = out;
    if (!out)
        return SG_SLICE_EMPTY;
    *at++ = '"';
    for (size_t i = 0; i < text.size; i++) {
        static const char FROM[] = "\"\\\n\r\t\b\f";
        static const char TO[] = "\"\\nrtbf";
        const char *known = text.data[i] ? strchr(FROM, text.data[i]) : NULL;
        if (known) {
            *at++ = '\\';
            *at++ = TO[known - FROM];
        } else if ((unsigned char)text.data[i] < 0x20) {
            at += snprintf(at, 7, "\\u%04x", (unsigned)(unsigned char)text.data[i]);
        } else {
            *at++ = text.data[i];
        }
    }
    *at++ = '"';
    return sg_slice_make(out, (size_t)(at - out));
}

static bool to_json(struct ts_eval *eval, const struct ts_value *value, struct sg_slice *out,
                    int nesting);

static bool items_to_json(struct ts_eval *eval, const struct ts_value *value, struct sg_slice *out,
                          int nesting)
{
    struct orm_list texts = {0};
    bool is_array = value->kind == TS_VALUE_ARRAY;
    for (size_t i = 0; i < value->items.count; i++) {
        struct sg_slice text;
        const struct ts_entry *entry = is_array ? NULL : value->items.items[i];
        const struct ts_value *item = is_array ? value->items.items[i] : entry->value;
        if (!is_array && item->kind == TS_VALUE_UNDEFINED)
            continue;
        if (!to_json(eval, item, &text, nesting + 1))
            return false;
        if (entry)
            text = orm_format(eval->arena, "%.*s:%.*s",
                              ORM_TEXT(json_string(eval->arena, entry->key)), ORM_TEXT(text));
        (void)orm_push_text(eval->arena, &texts, text);
    }
    *out = orm_format(eval->arena, is_array ? "[%.*s]" : "{%.*s}",
                      ORM_TEXT(orm_join(eval->arena, &texts, ",")));
    return true;
}

static bool to_json(struct ts_eval *eval, const struct ts_value *value, struct sg_slice *out,
                    int nesting)
{
    if (nesting > JSON_NESTING_MAX || !ts_work(eval, 1))
        return false;
    if (value->kind == TS_VALUE_STRING || value->kind == TS_VALUE_DATE) {
        *out = json_string(eval->arena, value->text);
        return true;
    }
    if (value->kind == TS_VALUE_ARRAY || value->kind == TS_VALUE_OBJECT)
        return items_to_json(eval, value, out, nesting);
    if (value->kind == TS_VALUE_UNDEFINED ||
        (value->kind == TS_VALUE_NUMBER && !isfinite(value->number))) {
        *out = SG_SLICE_LITERAL("null");
        return true;
    }
    return value->kind != TS_VALUE_BIGINT && ts_to_text(eval, value, out);
}

bool ts_to_json(struct ts_eval *eval, const struct ts_value *value, struct sg_slice *out)
{
    return to_json(eval, value, out, 0);
}

/* --- globals ------------------------------------------------------------------------------- */

struct ts_value *ts_global(struct ts_eval *eval, struct sg_slice name)
{
    static const char *const OBJECTS[] = {"Object", "String", "Number", "Boolean",
                                          "BigInt", "Array",  "Date"};
    struct ts_value *value;
    if (is(name, "undefined"))
        return ts_value_new(eval, TS_VALUE_UNDEFINED);
    if (is(name, "null"))
        return ts_value_new(eval, TS_VALUE_NULL);
    if (is(name, "true") || is(name, "false")) {
        value = ts_value_new(eval, TS_VALUE_BOOLEAN);
        if (value->kind == TS_VALUE_BOOLEAN)
            value->boolean = is(name, "true");
        return value;
    }
    for (size_t i = 0; i < sizeof OBJECTS / sizeof OBJECTS[0]; i++) {
        if (is(name, OBJECTS[i]))
            return value_with_text(eval, TS_VALUE_GLOBAL, name);
    }
    return NULL;
}

struct ts_value *ts_call_global(struct ts_eval *eval, struct sg_slice name,
                                const struct orm_list *arguments, struct orm_place place)
{
    struct sg_slice text;
    struct ts_value *value = ts_argument(eval, arguments, 0);
    if (value->kind == TS_VALUE_UNKNOWN)
        return value;
    if (is(name, "String") && ts_to_text(eval, value, &text))
        return ts_string(eval, text);
    if (is(name, "BigInt") && ts_to_text(eval, value, &text))
        return value_with_text(eval, TS_VALUE_BIGINT, text);
    if (is(name, "Number") && value->kind == TS_VALUE_NUMBER)
        return value;
    return ts_unknown(eval, place, "%.*s() is not run here", ORM_TEXT(name));
}

/* "2030-01-01", "2030-01-01T12:30:00Z", "2030-01-01T12:30:00.500Z"; others depend on where the
 * program runs. */
static bool read_time(struct ts_eval *eval, struct sg_slice text, struct sg_slice *out)
{
    static const char *const SHAPES[] = {"0000-00-00", "0000-00-00T00:00Z", "0000-00-00T00:00:00Z",
                                         "0000-00-00T00:00:00.000Z"};
    static const char *const RESTS[] = {"T00:00:00.000Z", ":00.000Z", ".000Z", ""};
    static const size_t KEPT[] = {10, 16, 19, 24};
    for (size_t i = 0; i < sizeof SHAPES / sizeof SHAPES[0]; i++) {
        bool fits = strlen(SHAPES[i]) == text.size;
        for (size_t k = 0; fits && k < text.size; k++) {
            bool digit = text.data[k] >= '0' && text.data[k] <= '9';
            fits = SHAPES[i][k] == '0' ? digit : text.data[k] == SHAPES[i][k];
        }
        if (!fits)
            continue;
        *out = orm_format(eval->arena, "%.*s%s", (int)KEPT[i], text.data, RESTS[i]);
        return true;
    }
    return false;
}

static bool time_of_number(struct ts_eval *eval, double ms, struct sg_slice *out)
{
    struct tm parts;
    if (!(size_of(ms) < 8.64e15))
        return false;
    long long whole = (long long)ms;
    time_t seconds = (time_t)((whole - (whole % 1000 + 1000) % 1000) / 1000);
    if (!gmtime_r(&seconds, &parts) || parts.tm_year < -1900 || parts.tm_year > 8099)
        return false;
    *out = orm_format(eval->arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                      parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                      (int)((whole % 1000 + 1000) % 1000));
    return true;
}

struct ts_value *ts_new_global(struct ts_eval *eval, struct sg_slice name,
                               const struct orm_list *arguments, struct orm_place place)
{
    struct sg_slice text;
    const struct ts_value *value = ts_argument(eval, arguments, 0);
    bool is_date = is(name, "Date") && arguments->count == 1;
    if (is_date && value->kind == TS_VALUE_STRING && read_time(eval, value->text, &text))
        return value_with_text(eval, TS_VALUE_DATE, text);
    if (is_date && value->kind == TS_VALUE_NUMBER && time_of_number(eval, value->number, &text))
        return value_with_text(eval, TS_VALUE_DATE, text);
    return ts_unknown(eval, place, "new %.*s() is not run here", ORM_TEXT(name));
}

/* --- methods ------------------------------------------------------------------------------- */

static struct ts_value *parts_of(struct ts_eval *eval, const struct ts_value *object, bool keys)
{
    struct ts_value *array = ts_value_new(eval, TS_VALUE_ARRAY);
    for (size_t i = 0; array->kind == TS_VALUE_ARRAY && i < object->items.count; i++) {
        const struct ts_entry *entry = object->items.items[i];
        (void)orm_push(eval->arena, &array->items,
                       keys ? ts_string(eval, entry->key) : entry->value);
    }
    return array;
}

static struct ts_value *assign(struct ts_eval *eval, const struct orm_list *arguments)
{
    struct ts_value *object = ts_value_new(eval, TS_VALUE_OBJECT);
    for (size_t i = 0; object->kind == TS_VALUE_OBJECT && i < arguments->count; i++) {
        struct ts_value *from = arguments->items[i];
        if (from->kind == TS_VALUE_UNKNOWN)
            return from;
        for (size_t k = 0; from->kind == TS_VALUE_OBJECT && k < from->items.count; k++) {
            const struct ts_entry *entry = from->items.items[k];
            ts_put(eval, object, entry->key, entry->value, entry->place);
        }
    }
    return object;
}

static struct ts_value *call_object(struct ts_eval *eval, struct sg_slice name,
                                    const struct orm_list *arguments)
{
    struct ts_value *value = ts_argument(eval, arguments, 0);
    if (value->kind == TS_VALUE_UNKNOWN || is(name, "freeze"))
        return value;
    if (value->kind != TS_VALUE_OBJECT)
        return NULL;
    if (is(name, "values") || is(name, "keys"))
        return parts_of(eval, value, is(name, "keys"));
    return is(name, "assign") ? assign(eval, arguments) : NULL;
}

static struct ts_value *map_or_filter(struct ts_eval *eval, const struct ts_value *array,
                                      struct ts_value *function, bool filters,
                                      struct orm_place place)
{
    struct ts_value *out = ts_value_new(eval, TS_VALUE_ARRAY);
    for (size_t i = 0; out->kind == TS_VALUE_ARRAY && i < array->items.count; i++) {
        struct orm_list arguments = {0};
        (void)orm_push(eval->arena, &arguments, array->items.items[i]);
        (void)orm_push(eval->arena, &arguments, ts_number(eval, (double)i));
        struct ts_value *result = ts_call(eval, function, &arguments, place);
        if (result->kind == TS_VALUE_UNKNOWN)
            return result;
        if (!filters || ts_is_true(result))
            (void)orm_push(eval->arena, &out->items, filters ? array->items.items[i] : result);
    }
    return out;
}

static struct ts_value *join(struct ts_eval *eval, const struct ts_value *array,
                             const struct ts_value *between)
{
    struct orm_list texts = {0};
    struct sg_slice text;
    for (size_t i = 0; i < array->items.count; i++) {
        if (!ts_to_text(eval, array->items.items[i], &text))
            return NULL;
        (void)orm_push_text(eval->arena, &texts, text);
    }
    const char *gap = ",";
    if (between->kind == TS_VALUE_STRING)
        gap = sg_arena_copy(eval->arena, between->text).data;
    return ts_string(eval, orm_join(eval->arena, &texts, gap ? gap : ""));
}

static struct ts_value *concat(struct ts_eval *eval, const struct ts_value *array,
                               const struct orm_list *arguments)
{
    struct ts_value *out = ts_value_new(eval, TS_VALUE_ARRAY);
    for (size_t i = 0; out->kind == TS_VALUE_ARRAY && i < array->items.count; i++)
        (void)orm_push(eval->arena, &out->items, array->items.items[i]);
    for (size_t i = 0; out->kind == TS_VALUE_ARRAY && i < arguments->count; i++) {
        struct ts_value *more = arguments->items[i];
        if (more->kind == TS_VALUE_UNKNOWN)
            return more;
        if (more->kind != TS_VALUE_ARRAY)
            (void)orm_push(eval->arena, &out->items, more);
        for (size_t k = 0; more->kind == TS_VALUE_ARRAY && k < more->items.count; k++)
            (void)orm_push(eval->arena, &out->items, more->items.items[k]);
    }
    return out;
}

static struct ts_value *call_array(struct ts_eval *eval, struct ts_value *array,
                                   struct sg_slice name, const struct orm_list *arguments,
                                   struct orm_place place)
{
    struct ts_value *first = ts_argument(eval, arguments, 0);
    if (is(name, "map") || is(name, "filter"))
        return map_or_filter(eval, array, first, is(name, "filter"), place);
    if (is(name, "join"))
        return join(eval, array, first);
    return is(name, "concat") ? concat(eval, array, arguments) : NULL;
}

/* ASCII alone: what other letters become is a longer story, and is not told then. */
static struct ts_value *change_case(struct ts_eval *eval, struct sg_slice text, bool up)
{
    struct sg_slice copy = sg_arena_copy(eval->arena, text);
    char *out = sg_arena_alloc(eval->arena, text.size + 1);
    for (size_t i = 0; out && i < copy.size; i++) {
        char c = copy.data[i];
        if ((unsigned char)c >= 0x80)
            return NULL;
        bool changes = up ? c >= 'a' && c <= 'z' : c >= 'A' && c <= 'Z';
        out[i] = changes ? (char)(c ^ 0x20) : c;
    }
    return ts_string(eval, sg_slice_make(out, out ? copy.size : 0));
}

static struct ts_value *call_string(struct ts_eval *eval, struct sg_slice text,
                                    struct sg_slice name, const struct orm_list *arguments)
{
    struct sg_slice more;
    if (is(name, "toUpperCase") || is(name, "toLowerCase"))
        return change_case(eval, text, is(name, "toUpperCase"));
    if (is(name, "toString") || is(name, "valueOf"))
        return ts_string(eval, text);
    if (is(name, "concat") && ts_to_text(eval, ts_argument(eval, arguments, 0), &more))
        return ts_string(eval, orm_format(eval->arena, "%.*s%.*s", ORM_TEXT(text), ORM_TEXT(more)));
    return NULL;
}

struct ts_value *ts_call_builtin(struct ts_eval *eval, struct ts_value *object,
                                 struct sg_slice name, const struct orm_list *arguments,
                                 struct orm_place place)
{
    struct ts_value *result = NULL;
    struct sg_slice text;
    if (object->kind == TS_VALUE_GLOBAL && is(object->text, "Object"))
        result = call_object(eval, name, arguments);
    else if (object->kind == TS_VALUE_ARRAY)
        result = call_array(eval, object, name, arguments, place);
    else if (object->kind == TS_VALUE_STRING)
        result = call_string(eval, object->text, name, arguments);
    else if (is(name, "toString") && arguments->count == 0 && ts_to_text(eval, object, &text))
        result = ts_string(eval, text);
    return result ? result : ts_unknown(eval, place, ".%.*s() is not run here", ORM_TEXT(name));
}
