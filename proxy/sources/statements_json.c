/* JSON lines: an object a line.
 *
 *   {"sql": "SELECT …", "db": "shop", "sql_mode": "ANSI_QUOTES", "connection": 7}
 *
 * All but `sql` may be left out. Lines of one connection are a session; a line without one stands
 * for itself. Other fields are passed over.
 */
#include "sources/statements_private.h"

#include <cjson/cJSON.h>

static void take_text_field(const cJSON *object, const char *name, struct text *text, bool *has_out,
                            struct sg_slice *out)
{
    const cJSON *field = cJSON_GetObjectItemCaseSensitive(object, name);
    text_reset(text);
    *has_out = cJSON_IsString(field);
    if (*has_out)
        text_append(text, sg_slice_of(field->valuestring));
    *out = text_slice(text);
}

static enum statements_result take_object(struct statements *s, const cJSON *object,
                                          struct statements_item *item, struct sg_error *error)
{
    bool has_sql;
    const cJSON *connection = cJSON_GetObjectItemCaseSensitive(object, "connection");
    take_text_field(object, "sql", &s->text, &has_sql, &item->text);
    take_text_field(object, "db", &s->database, &item->has_database, &item->database);
    take_text_field(object, "sql_mode", &s->sql_mode, &item->has_sql_mode, &item->sql_mode);
    if (cJSON_IsNumber(connection) && connection->valuedouble >= 1)
        item->connection = (uint64_t)connection->valuedouble;
    item->line = s->lines.number;
    item->column = 1;
    if (has_sql)
        return STATEMENTS_ITEM;
    (void)sg_error_set(error, SG_INVALID, "line %llu: an object without \"sql\"",
                       (unsigned long long)s->lines.number);
    return STATEMENTS_FAILED;
}

enum statements_result statements_next_json(struct statements *s, struct statements_item *item,
                                            struct sg_error *error)
{
    struct sg_slice line;
    bool continues;
    for (;;) {
        enum lines_result result = lines_next(&s->lines, &line, &continues, error);
        if (result != LINES_LINE)
            return result == LINES_END ? STATEMENTS_END : STATEMENTS_FAILED;
        if (s->lines.is_cut && !continues) {
            item->kind = STATEMENTS_TOO_LONG;
            item->line = s->lines.number;
            return STATEMENTS_ITEM;
        }
        if (continues || text_trim(line).size == 0)
            continue;
        cJSON *object = cJSON_ParseWithLength(line.data, line.size);
        if (!cJSON_IsObject(object)) {
            cJSON_Delete(object);
            (void)sg_error_set(error, SG_INVALID, "line %llu: no JSON object",
                               (unsigned long long)s->lines.number);
            return STATEMENTS_FAILED;
        }
        enum statements_result taken = take_object(s, object, item, error);
        cJSON_Delete(object);
        return taken;
    }
}
