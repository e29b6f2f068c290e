/* Details in snapshot files; see detail_json.h and docs/snapshot.schema.json. */
#include "schema/detail_json.h"

#include <stdlib.h>

static const char *const INDEX_KINDS[] = {
    [SG_INDEX_PRIMARY] = "primary",   [SG_INDEX_UNIQUE] = "unique",   [SG_INDEX_PLAIN] = "index",
    [SG_INDEX_FULLTEXT] = "fulltext", [SG_INDEX_SPATIAL] = "spatial", [SG_INDEX_VECTOR] = "vector",
};
#define INDEX_KIND_COUNT (sizeof INDEX_KINDS / sizeof INDEX_KINDS[0])

/* --- writing ------------------------------------------------------------------------------- */

bool sg_json_add_text(cJSON *object, const char *field, struct sg_slice text)
{
    char *copy = malloc(text.size + 1);
    if (!copy)
        return false;
    if (text.size)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    bool added = cJSON_AddStringToObject(object, field, copy) != NULL;
    free(copy);
    return added;
}

/* What is empty is left out. */
static bool add_some(cJSON *object, const char *field, struct sg_slice text)
{
    return text.size == 0 || sg_json_add_text(object, field, text);
}

static bool add_flag(cJSON *object, const char *field, bool flag)
{
    return !flag || cJSON_AddTrueToObject(object, field) != NULL;
}

static cJSON *add_object(cJSON *array)
{
    cJSON *object = cJSON_CreateObject();
    if (object && !cJSON_AddItemToArray(array, object)) {
        cJSON_Delete(object);
        return NULL;
    }
    return object;
}

bool sg_detail_write_column(cJSON *item, const struct sg_column_detail *detail)
{
    bool written = true;
    if (!detail)
        return true;
    if (detail->default_kind == SG_DEFAULT_LITERAL)
        written = sg_json_add_text(item, "default", detail->default_value);
    if (detail->default_kind == SG_DEFAULT_EXPRESSION)
        written = sg_json_add_text(item, "default_expression", detail->default_value);
    return written && add_some(item, "on_update", detail->on_update) &&
           add_some(item, "generated_as", detail->generated) &&
           add_flag(item, "stored", detail->stored) &&
           add_flag(item, "auto_increment", detail->auto_increment) &&
           add_flag(item, "unversioned", detail->unversioned) &&
           add_some(item, "collation", detail->collation) &&
           add_some(item, "comment", detail->comment);
}

static bool write_part(cJSON *array, const struct sg_index_part *part)
{
    cJSON *item = add_object(array);
    return item && add_some(item, "name", part->column) &&
           add_some(item, "expression", part->expression) &&
           (!part->prefix || cJSON_AddNumberToObject(item, "prefix", part->prefix)) &&
           add_flag(item, "descending", part->descending);
}

static bool write_index(cJSON *array, const struct sg_index *index)
{
    cJSON *item = add_object(array);
    if (!item || !sg_json_add_text(item, "name", index->name) ||
        !cJSON_AddStringToObject(item, "kind", INDEX_KINDS[index->kind]))
        return false;
    cJSON *parts = cJSON_AddArrayToObject(item, "columns");
    for (size_t i = 0; parts && i < index->part_count; i++) {
        if (!write_part(parts, &index->parts[i]))
            return false;
    }
    return parts && add_flag(item, "invisible", index->invisible) &&
           add_some(item, "comment", index->comment);
}

static bool write_names(cJSON *object, const char *field, const struct sg_slice *names,
                        size_t count)
{
    cJSON *array = cJSON_AddArrayToObject(object, field);
    for (size_t i = 0; array && i < count; i++) {
        char *copy = malloc(names[i].size + 1);
        cJSON *text = NULL;
        if (copy) {
            memcpy(copy, names[i].data, names[i].size);
            copy[names[i].size] = '\0';
            text = cJSON_CreateString(copy);
        }
        free(copy);
        if (!text || !cJSON_AddItemToArray(array, text)) {
            cJSON_Delete(text);
            return false;
        }
    }
    return array != NULL;
}

static bool write_foreign_key(cJSON *array, const struct sg_foreign_key *key)
{
    cJSON *item = add_object(array);
    return item && sg_json_add_text(item, "name", key->name) &&
           write_names(item, "columns", key->columns, key->column_count) &&
           add_some(item, "database", key->database) &&
           sg_json_add_text(item, "table", key->table) &&
           write_names(item, "references", key->others, key->column_count) &&
           add_some(item, "on_delete", key->on_delete) &&
           add_some(item, "on_update", key->on_update);
}

static bool write_check(cJSON *array, const struct sg_check_constraint *check)
{
    cJSON *item = add_object(array);
    return item && sg_json_add_text(item, "name", check->name) &&
           sg_json_add_text(item, "expression", check->expression) &&
           add_some(item, "column", check->column) &&
           add_flag(item, "not_enforced", check->not_enforced);
}

bool sg_detail_write_table(cJSON *item, const struct sg_table_detail *detail)
{
    if (!detail)
        return true;
    if (!add_some(item, "engine", detail->engine) ||
        !add_some(item, "collation", detail->collation) ||
        !add_some(item, "comment", detail->comment) ||
        !add_some(item, "definition", detail->definition))
        return false;
    cJSON *indexes = cJSON_AddArrayToObject(item, "indexes");
    for (size_t i = 0; indexes && i < detail->index_count; i++) {
        if (!write_index(indexes, &detail->indexes[i]))
            return false;
    }
    cJSON *keys = detail->foreign_key_count ? cJSON_AddArrayToObject(item, "foreign_keys") : NULL;
    for (size_t i = 0; i < detail->foreign_key_count; i++) {
        if (!keys || !write_foreign_key(keys, &detail->foreign_keys[i]))
            return false;
    }
    cJSON *checks = detail->check_count ? cJSON_AddArrayToObject(item, "checks") : NULL;
    for (size_t i = 0; i < detail->check_count; i++) {
        if (!checks || !write_check(checks, &detail->checks[i]))
            return false;
    }
    return indexes != NULL;
}

/* --- reading ------------------------------------------------------------------------------- */

static struct sg_slice text_of(const cJSON *object, const char *field)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, field);
    return cJSON_IsString(item) ? sg_slice_of(item->valuestring) : SG_SLICE_EMPTY;
}

static bool flag_of(const cJSON *object, const char *field)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, field));
}

const struct sg_column_detail *sg_detail_read_column(const cJSON *item, struct sg_arena *arena)
{
    struct sg_column_detail *detail = sg_arena_alloc(arena, sizeof *detail);
    if (!detail)
        return NULL;
    if (cJSON_GetObjectItemCaseSensitive(item, "default")) {
        detail->default_kind = SG_DEFAULT_LITERAL;
        detail->default_value = text_of(item, "default");
    } else if (cJSON_GetObjectItemCaseSensitive(item, "default_expression")) {
        detail->default_kind = SG_DEFAULT_EXPRESSION;
        detail->default_value = text_of(item, "default_expression");
    }
    detail->on_update = text_of(item, "on_update");
    detail->generated = text_of(item, "generated_as");
    detail->comment = text_of(item, "comment");
    detail->collation = text_of(item, "collation");
    detail->stored = flag_of(item, "stored");
    detail->auto_increment = flag_of(item, "auto_increment");
    detail->unversioned = flag_of(item, "unversioned");
    return detail;
}

static bool read_kind(struct sg_slice text, enum sg_index_kind *kind_out)
{
    for (size_t i = 0; i < INDEX_KIND_COUNT; i++) {
        if (sg_slice_equal(text, sg_slice_of(INDEX_KINDS[i]))) {
            *kind_out = (enum sg_index_kind)i;
            return true;
        }
    }
    return false;
}

static bool read_index(const cJSON *item, struct sg_index *index, struct sg_arena *arena)
{
    const cJSON *columns = cJSON_GetObjectItemCaseSensitive(item, "columns");
    const cJSON *part;
    struct sg_index_part *parts =
        sg_arena_array(arena, (size_t)cJSON_GetArraySize(columns) + 1, sizeof *parts);
    index->name = text_of(item, "name");
    index->comment = text_of(item, "comment");
    index->invisible = flag_of(item, "invisible");
    index->parts = parts;
    if (!read_kind(text_of(item, "kind"), &index->kind) || index->name.size == 0)
        return false;
    cJSON_ArrayForEach(part, columns)
    {
        const cJSON *prefix = cJSON_GetObjectItemCaseSensitive(part, "prefix");
        if (!parts)
            return true; /* the arena tells */
        parts[index->part_count++] = (struct sg_index_part){
            .column = text_of(part, "name"),
            .expression = text_of(part, "expression"),
            .prefix =
                cJSON_IsNumber(prefix) && prefix->valueint > 0 ? (unsigned)prefix->valueint : 0,
            .descending = flag_of(part, "descending")};
    }
    return index->part_count > 0;
}

static const struct sg_slice *read_names(const cJSON *array, struct sg_arena *arena)
{
    const cJSON *item;
    size_t count = 0;
    struct sg_slice *names =
        sg_arena_array(arena, (size_t)cJSON_GetArraySize(array) + 1, sizeof *names);
    cJSON_ArrayForEach(item, array)
    {
        if (!names || !cJSON_IsString(item))
            return NULL;
        names[count++] = sg_slice_of(item->valuestring);
    }
    return names;
}

static bool read_foreign_key(const cJSON *item, struct sg_foreign_key *key, struct sg_arena *arena)
{
    const cJSON *columns = cJSON_GetObjectItemCaseSensitive(item, "columns");
    const cJSON *others = cJSON_GetObjectItemCaseSensitive(item, "references");
    key->name = text_of(item, "name");
    key->database = text_of(item, "database");
    key->table = text_of(item, "table");
    key->on_delete = text_of(item, "on_delete");
    key->on_update = text_of(item, "on_update");
    key->column_count = (size_t)cJSON_GetArraySize(columns);
    key->columns = read_names(columns, arena);
    key->others = read_names(others, arena);
    return key->columns && key->others && key->column_count > 0 &&
           key->column_count == (size_t)cJSON_GetArraySize(others);
}

static bool read_lists(const cJSON *item, struct sg_table_detail *detail, struct sg_arena *arena,
                       const char **wrong_out)
{
    const cJSON *lists[] = {cJSON_GetObjectItemCaseSensitive(item, "indexes"),
                            cJSON_GetObjectItemCaseSensitive(item, "foreign_keys"),
                            cJSON_GetObjectItemCaseSensitive(item, "checks")};
    const cJSON *it;
    struct sg_index *indexes =
        sg_arena_array(arena, (size_t)cJSON_GetArraySize(lists[0]) + 1, sizeof *indexes);
    struct sg_foreign_key *keys =
        sg_arena_array(arena, (size_t)cJSON_GetArraySize(lists[1]) + 1, sizeof *keys);
    struct sg_check_constraint *checks =
        sg_arena_array(arena, (size_t)cJSON_GetArraySize(lists[2]) + 1, sizeof *checks);
    if (!indexes || !keys || !checks)
        return true; /* the arena tells */
    detail->indexes = indexes;
    detail->foreign_keys = keys;
    detail->checks = checks;
    *wrong_out = "an index without name, kind or columns";
    cJSON_ArrayForEach(it, lists[0])
    {
        if (!read_index(it, &indexes[detail->index_count++], arena))
            return false;
    }
    *wrong_out = "a foreign key whose columns and references do not match";
    cJSON_ArrayForEach(it, lists[1])
    {
        if (!read_foreign_key(it, &keys[detail->foreign_key_count++], arena))
            return false;
    }
    cJSON_ArrayForEach(it, lists[2])
    {
        checks[detail->check_count++] =
            (struct sg_check_constraint){.name = text_of(it, "name"),
                                         .expression = text_of(it, "expression"),
                                         .column = text_of(it, "column"),
                                         .not_enforced = flag_of(it, "not_enforced")};
    }
    return true;
}

bool sg_detail_read_table(const cJSON *item, struct sg_arena *arena,
                          const struct sg_table_detail **detail_out, const char **wrong_out)
{
    *detail_out = NULL;
    if (!cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(item, "indexes")))
        return true;
    struct sg_table_detail *detail = sg_arena_alloc(arena, sizeof *detail);
    if (!detail)
        return true;
    detail->engine = text_of(item, "engine");
    detail->collation = text_of(item, "collation");
    detail->comment = text_of(item, "comment");
    detail->definition = text_of(item, "definition");
    *detail_out = detail;
    return read_lists(item, detail, arena, wrong_out);
}
