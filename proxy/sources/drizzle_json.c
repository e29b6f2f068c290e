/* drizzle-kit's snapshots; see drizzle_json.h.
 *
 * Format 5 of the mysql dialect (drizzle-kit 0.20 to 0.31): tables by name with columns, indexes,
 * foreignKeys, compositePrimaryKeys, uniqueConstraints and checkConstraint (since 0.27), views, and
 * `internal`, which tells the expressions among the indexes' parts. Types, defaults and expressions
 * are SQL already.
 */
#define _GNU_SOURCE /* asprintf, memmem */
#include "sources/drizzle_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#define NEWEST_FORMAT 5

bool drizzle_json_is(struct sg_slice head)
{
    return memmem(head.data, head.size, "\"dialect\"", 9) &&
           memmem(head.data, head.size, "\"prevId", 7);
}

/* --- the newest of a folder ---------------------------------------------------------------- */

static cJSON *read_json(const char *path)
{
    struct sg_arena arena;
    struct sg_slice text;
    struct sg_error error = {.status = SG_OK};
    cJSON *json = NULL;
    sg_arena_init(&arena, ORM_FILE_MAX_BYTES + 4096);
    if (orm_read_file(&arena, path, &text, &error) == SG_OK)
        json = cJSON_ParseWithLength(text.data, text.size);
    sg_arena_fini(&arena);
    return json;
}

/* "idx" of the journal's last entry; -1: there is none. */
static int last_entry(const char *meta)
{
    char *path = NULL;
    int last = -1;
    if (asprintf(&path, "%s/_journal.json", meta) < 0)
        return -1;
    cJSON *journal = read_json(path);
    const cJSON *entry;
    cJSON_ArrayForEach(entry, cJSON_GetObjectItemCaseSensitive(journal, "entries"))
    {
        const cJSON *index = cJSON_GetObjectItemCaseSensitive(entry, "idx");
        if (cJSON_IsNumber(index) && index->valueint > last)
            last = index->valueint;
    }
    cJSON_Delete(journal);
    free(path);
    return last;
}

static char *snapshot_in(const char *meta)
{
    char *path = NULL;
    int last = last_entry(meta);
    if (last < 0 || asprintf(&path, "%s/%04d_snapshot.json", meta, last) < 0)
        return NULL;
    if (access(path, R_OK) == 0)
        return path;
    free(path);
    return NULL;
}

char *drizzle_json_newest(const char *folder)
{
    char *meta = NULL;
    char *found = snapshot_in(folder);
    if (found || asprintf(&meta, "%s/meta", folder) < 0)
        return found;
    found = snapshot_in(meta);
    free(meta);
    return found;
}

/* --- values -------------------------------------------------------------------------------- */

struct reader {
    struct orm *orm;
    struct orm_place place;
    const cJSON *internal_indexes; /* expressions among their parts */
    struct orm_table *table;
};

static const cJSON *get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static struct sg_slice text_of(const struct reader *reader, const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(get(object, key));
    return text ? sg_arena_copy(reader->orm->arena, sg_slice_of(text)) : SG_SLICE_EMPTY;
}

static bool is_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(get(object, key));
}

/* SQL in a string; a number or a boolean is its own SQL. */
static struct sg_slice sql_of(const struct reader *reader, const cJSON *object, const char *key)
{
    const cJSON *value = get(object, key);
    if (!value || cJSON_IsString(value))
        return text_of(reader, object, key);
    char *printed = cJSON_PrintUnformatted(value);
    struct sg_slice copy =
        printed ? sg_arena_copy(reader->orm->arena, sg_slice_of(printed)) : SG_SLICE_EMPTY;
    cJSON_free(printed);
    return copy;
}

static void read_names(const struct reader *reader, const cJSON *array, struct orm_list *names)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, array)
    {
        const char *name = cJSON_GetStringValue(item);
        if (name)
            (void)orm_push_text(reader->orm->arena, names,
                                sg_arena_copy(reader->orm->arena, sg_slice_of(name)));
    }
}

/* --- tables -------------------------------------------------------------------------------- */

static void push_key(const struct reader *reader, const struct orm_key *key)
{
    struct orm_key *copy = sg_arena_alloc(reader->orm->arena, sizeof *copy);
    if (!copy || key->parts.count == 0)
        return;
    *copy = *key;
    copy->place = reader->place;
    (void)orm_push(reader->orm->arena, &reader->table->keys, copy);
}

static void read_column(const struct reader *reader, const cJSON *json)
{
    const cJSON *generated = get(json, "generated");
    struct orm_column column = {
        .name = text_of(reader, json, "name"),
        .type = text_of(reader, json, "type"),
        .not_null = is_true(json, "notNull"),
        .auto_increment = is_true(json, "autoincrement"),
        .default_value = sql_of(reader, json, "default"),
        .generated = text_of(reader, generated, "as"),
        .place = reader->place,
    };
    const char *mode = cJSON_GetStringValue(get(generated, "type"));
    column.stored = mode && strcmp(mode, "stored") == 0;
    column.field = column.name;
    if (is_true(json, "onUpdate"))
        column.on_update = SG_SLICE_LITERAL("CURRENT_TIMESTAMP");
    if (column.name.size == 0 || column.type.size == 0) {
        orm_problem(reader->orm, reader->place, "table `%.*s` has a column without %s",
                    ORM_TEXT(reader->table->name), column.name.size ? "type" : "name");
        return;
    }
    orm_add_column(reader->orm, reader->table, &column);
    if (is_true(json, "primaryKey")) {
        struct orm_key key = {.kind = ORM_KEY_PRIMARY};
        (void)orm_push_text(reader->orm->arena, &key.parts,
                            orm_quote_name(reader->orm->arena, column.name));
        push_key(reader, &key);
    }
}

static bool is_expression(const struct reader *reader, const char *index, const char *part)
{
    const cJSON *columns = get(get(reader->internal_indexes, index), "columns");
    return is_true(get(columns, part), "isExpression");
}

static void read_key(const struct reader *reader, const cJSON *json, enum orm_key_kind kind,
                     bool behind)
{
    struct sg_arena *arena = reader->orm->arena;
    struct orm_key key = {.kind = kind, .name = text_of(reader, json, "name"), .behind = behind};
    const cJSON *part;
    if (!key.name.size && json->string)
        key.name = sg_arena_copy(arena, sg_slice_of(json->string));
    cJSON_ArrayForEach(part, get(json, "columns"))
    {
        const char *name = cJSON_GetStringValue(part);
        if (!name)
            continue;
        struct sg_slice text = sg_arena_copy(arena, sg_slice_of(name));
        if (!key.name.size || !is_expression(reader, key.name.data, name))
            text = orm_quote_name(arena, text);
        (void)orm_push_text(arena, &key.parts, text);
    }
    push_key(reader, &key);
}

static void read_foreign_key(const struct reader *reader, const cJSON *json)
{
    struct orm_foreign_key *key = sg_arena_alloc(reader->orm->arena, sizeof *key);
    if (!key)
        return;
    key->name = text_of(reader, json, "name");
    key->table = text_of(reader, json, "tableTo");
    key->on_delete = text_of(reader, json, "onDelete");
    key->on_update = text_of(reader, json, "onUpdate");
    key->place = reader->place;
    read_names(reader, get(json, "columnsFrom"), &key->columns);
    read_names(reader, get(json, "columnsTo"), &key->others);
    (void)orm_push(reader->orm->arena, &reader->table->foreign_keys, key);
}

static void read_check(const struct reader *reader, const cJSON *json)
{
    struct orm_check *check = sg_arena_alloc(reader->orm->arena, sizeof *check);
    if (!check)
        return;
    check->name = text_of(reader, json, "name");
    check->expression = text_of(reader, json, "value");
    check->place = reader->place;
    (void)orm_push(reader->orm->arena, &reader->table->checks, check);
}

static void read_table(struct reader *reader, const cJSON *json)
{
    const cJSON *item;
    struct sg_slice name = text_of(reader, json, "name");
    if (name.size == 0) {
        orm_problem(reader->orm, reader->place, "a table without a name");
        return;
    }
    reader->table =
        orm_add_table(reader->orm, text_of(reader, json, "schema"), name, reader->place);
    if (!reader->table)
        return;
    cJSON_ArrayForEach(item, get(json, "columns")) read_column(reader, item);
    /* drizzle-kit writes the first one and no other */
    item = get(json, "compositePrimaryKeys");
    if (item && item->child)
        read_key(reader, item->child, ORM_KEY_PRIMARY, false);
    cJSON_ArrayForEach(item, get(json, "uniqueConstraints"))
        read_key(reader, item, ORM_KEY_UNIQUE, false);
    cJSON_ArrayForEach(item, get(json, "checkConstraint")) read_check(reader, item);
    cJSON_ArrayForEach(item, get(json, "foreignKeys")) read_foreign_key(reader, item);
    cJSON_ArrayForEach(item, get(json, "indexes"))
        read_key(reader, item, is_true(item, "isUnique") ? ORM_KEY_UNIQUE : ORM_KEY_INDEX, true);
}

/* One that exists already is not drizzle-kit's to make. */
static void read_view(const struct reader *reader, const cJSON *json)
{
    struct orm_view *view = sg_arena_alloc(reader->orm->arena, sizeof *view);
    if (!view || is_true(json, "isExisting"))
        return;
    view->name = text_of(reader, json, "name");
    view->definition = text_of(reader, json, "definition");
    view->place = reader->place;
    if (view->name.size && view->definition.size)
        (void)orm_push(reader->orm->arena, &reader->orm->views, view);
}

/* --- the door ------------------------------------------------------------------------------ */

static bool is_readable(const struct reader *reader, const cJSON *root)
{
    const char *dialect = cJSON_GetStringValue(get(root, "dialect"));
    const char *version = cJSON_GetStringValue(get(root, "version"));
    int format = version ? atoi(version) : 0;
    if (!dialect || strcmp(dialect, "mysql") != 0)
        orm_problem(reader->orm, reader->place,
                    "a drizzle-kit snapshot of dialect \"%.40s\"; mysql is read here",
                    dialect ? dialect : "");
    else if (format != NEWEST_FORMAT || !cJSON_IsObject(get(root, "tables")))
        orm_problem(
            reader->orm, reader->place,
            "a drizzle-kit snapshot of format %.20s; format %d is read here: give schema.ts, "
            "or the output of drizzle-kit export",
            version ? version : "?", NEWEST_FORMAT);
    else
        return true;
    return false;
}

void drizzle_json_read(struct orm *orm, struct sg_slice text, const char *name)
{
    struct reader reader = {.orm = orm, .place = {name, 0}};
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(text.data, text.size, &end, false);
    if (!root) {
        reader.place.line = 1;
        for (const char *at = text.data; end && at < end && at < text.data + text.size; at++)
            reader.place.line += *at == '\n';
        orm_problem(orm, reader.place, "no valid JSON from here on");
        return;
    }
    const cJSON *item;
    reader.internal_indexes = get(get(root, "internal"), "indexes");
    if (is_readable(&reader, root)) {
        cJSON_ArrayForEach(item, get(root, "tables")) read_table(&reader, item);
        cJSON_ArrayForEach(item, get(root, "views")) read_view(&reader, item);
    }
    cJSON_Delete(root);
}
