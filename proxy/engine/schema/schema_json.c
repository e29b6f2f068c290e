/* Snapshot files, format 1: a schema as JSON, in and out.
 *
 * The format is described by docs/snapshot.schema.json. Later formats only add fields, so fields
 * that are not known are passed over; a file with a higher number is refused.
 */
#include <schemaguard/schema.h>

#include <stdio.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

#include <schemaguard/detail.h>

#include "base/hash.h"
#include "schema/detail_json.h"
#include "schema/table.h"

#define FORMAT              1
#define ARENA_CEILING_BYTES ((size_t)1 << 30)

static const char *const KIND_NAMES[] = {
    [SG_TABLE_BASE] = "table",
    [SG_TABLE_VIEW] = "view",
    [SG_TABLE_SYSTEM_VIEW] = "system view",
    [SG_TABLE_VERSIONED] = "versioned table",
    [SG_TABLE_SEQUENCE] = "sequence",
};
#define KIND_COUNT (sizeof KIND_NAMES / sizeof KIND_NAMES[0])

static const struct {
    const char *name;
    uint32_t flag;
} FLAG_NAMES[] = {
    {"invisible", SG_COLUMN_INVISIBLE},
    {"generated", SG_COLUMN_GENERATED},
    {"nullable", SG_COLUMN_NULLABLE},
    {"system", SG_COLUMN_SYSTEM},
};
#define FLAG_COUNT (sizeof FLAG_NAMES / sizeof FLAG_NAMES[0])

/* --- reading ------------------------------------------------------------------------------- */

struct reader {
    const char *where;
    struct sg_schema_builder *builder;
    struct sg_error *error;
    struct sg_column_spec *columns; /* reused from table to table */
    size_t column_room;
    struct sg_arena arena; /* for one table's details; the schema copies them */
};

static enum sg_status invalid(struct reader *r, const char *what, const char *name)
{
    return sg_error_set(r->error, SG_INVALID, "%s: %s%s%s", r->where, what, name ? " in " : "",
                        name ? name : "");
}

static struct sg_slice text_of(const cJSON *object, const char *field)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, field);
    return cJSON_IsString(item) ? sg_slice_of(item->valuestring) : SG_SLICE_EMPTY;
}

static bool flag_of(const cJSON *object, const char *field)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, field));
}

/* Fields that may be left out must, when there, be of their kind. */
static bool has_kind(const cJSON *object, const char *field, cJSON_bool (*is)(const cJSON *))
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, field);
    return !item || is(item);
}

static bool read_server(struct reader *r, const cJSON *root, struct sg_server *server)
{
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, "server");
    struct sg_slice flavour = text_of(object, "flavour");
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(object, "version");
    const cJSON *lower = cJSON_GetObjectItemCaseSensitive(object, "lower_case_table_names");

    *server = (struct sg_server){0};
    if (sg_slice_equal(flavour, SG_SLICE_LITERAL("mariadb")))
        server->flavour = SG_FLAVOUR_MARIADB;
    else if (!sg_slice_equal(flavour, SG_SLICE_LITERAL("mysql"))) {
        invalid(r, "\"server\" needs \"flavour\": \"mysql\" or \"mariadb\"", NULL);
        return false;
    }
    if (!cJSON_IsNumber(version) || version->valueint < 50000 || version->valueint > 999999) {
        invalid(r, "\"server\" needs \"version\", a number such as 80045 or 101119", NULL);
        return false;
    }
    if (lower && (!cJSON_IsNumber(lower) || lower->valueint < 0 || lower->valueint > 2)) {
        invalid(r, "\"lower_case_table_names\" is 0, 1 or 2", NULL);
        return false;
    }
    server->version = (uint32_t)version->valueint;
    server->lower_case_table_names = lower ? (uint8_t)lower->valueint : 0;
    server->wording =
        server->flavour == SG_FLAVOUR_MARIADB ? SG_WORDING_KEYWORDS : SG_WORDING_PHRASES;
    struct sg_slice wording = text_of(object, "wording");
    if (sg_slice_equal(wording, SG_SLICE_LITERAL("phrases")))
        server->wording = SG_WORDING_PHRASES;
    else if (sg_slice_equal(wording, SG_SLICE_LITERAL("keywords")))
        server->wording = SG_WORDING_KEYWORDS;
    return true;
}

static bool reserve_columns(struct reader *r, size_t count)
{
    if (count <= r->column_room)
        return true;
    struct sg_column_spec *grown = realloc(r->columns, count * sizeof *grown);
    if (!grown)
        return false;
    r->columns = grown;
    r->column_room = count;
    return true;
}

static enum sg_status read_columns(struct reader *r, const cJSON *list, const char *table,
                                   bool details, size_t *count_out)
{
    const cJSON *item;
    size_t count = 0;
    if (list && !cJSON_IsArray(list))
        return invalid(r, "\"columns\" is no array", table);
    if (!reserve_columns(r, (size_t)cJSON_GetArraySize(list)))
        return sg_error_set(r->error, SG_SYSTEM, "%s: out of memory", r->where);
    cJSON_ArrayForEach(item, list)
    {
        struct sg_column_spec *column = &r->columns[count++];
        *column =
            (struct sg_column_spec){.name = text_of(item, "name"), .type = text_of(item, "type")};
        if (details)
            column->detail = sg_detail_read_column(item, &r->arena);
        if (column->name.size == 0 || !has_kind(item, "type", cJSON_IsString))
            return invalid(r, "a column without \"name\", or a \"type\" that is no text", table);
        for (size_t i = 0; i < FLAG_COUNT; i++) {
            if (!has_kind(item, FLAG_NAMES[i].name, cJSON_IsBool))
                return invalid(r, "a column's flag that is neither true nor false", table);
            if (flag_of(item, FLAG_NAMES[i].name))
                column->flags |= FLAG_NAMES[i].flag;
        }
    }
    *count_out = count;
    return SG_OK;
}

static bool read_kind(struct sg_slice text, enum sg_table_kind *kind)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (sg_slice_equal(text, sg_slice_of(KIND_NAMES[i]))) {
            *kind = (enum sg_table_kind)i;
            return true;
        }
    }
    return text.size == 0; /* left out: a table */
}

static enum sg_status read_table(struct reader *r, struct sg_slice database, const cJSON *item)
{
    struct sg_table_spec table = {.database = database,
                                  .name = text_of(item, "name"),
                                  .knowledge =
                                      flag_of(item, "columns_unknown") ? SG_UNKNOWN : SG_KNOWN,
                                  .rowid = flag_of(item, "rowid")};
    if (table.name.size == 0)
        return invalid(r, "a table without \"name\"", database.data);
    if (!read_kind(text_of(item, "kind"), &table.kind) || !has_kind(item, "kind", cJSON_IsString))
        return invalid(r, "an unknown \"kind\"", table.name.data);
    if (!has_kind(item, "columns_unknown", cJSON_IsBool) || !has_kind(item, "rowid", cJSON_IsBool))
        return invalid(r, "a flag that is neither true nor false", table.name.data);
    const char *wrong = NULL;
    sg_arena_reset(&r->arena);
    if (!sg_detail_read_table(item, &r->arena, &table.detail, &wrong))
        return invalid(r, wrong, table.name.data);
    enum sg_status status =
        read_columns(r, cJSON_GetObjectItemCaseSensitive(item, "columns"), table.name.data,
                     table.detail && table.kind != SG_TABLE_VIEW, &table.column_count);
    if (status == SG_OK && r->arena.exhausted)
        return sg_error_set(r->error, SG_SYSTEM, "%s: out of memory", r->where);
    if (status != SG_OK)
        return status;
    if (table.column_count == 0 && table.knowledge == SG_KNOWN)
        return invalid(r, "no columns (say \"columns_unknown\": true if they are not known)",
                       table.name.data);
    table.columns = r->columns;
    status = sg_schema_builder_table(r->builder, &table, r->error);
    if (status != SG_OK)
        sg_error_at(r->error, "%s", r->where);
    return status;
}

static enum sg_status read_database(struct reader *r, const cJSON *item)
{
    struct sg_slice name = text_of(item, "name");
    const cJSON *tables = cJSON_GetObjectItemCaseSensitive(item, "tables");
    const cJSON *table;
    if (name.size == 0 || !has_kind(item, "complete", cJSON_IsBool))
        return invalid(r, "a database without \"name\", or a \"complete\" that is no flag", NULL);
    if (tables && !cJSON_IsArray(tables))
        return invalid(r, "\"tables\" is no array", name.data);
    enum sg_status status =
        sg_schema_builder_database(r->builder, name, flag_of(item, "complete"), r->error);
    if (status == SG_OK &&
        !sg_schema_builder_collation(r->builder, name, text_of(item, "collation")))
        status = sg_error_set(r->error, SG_SYSTEM, "%s: out of memory", r->where);
    cJSON_ArrayForEach(table, tables)
    {
        if (status != SG_OK)
            return status;
        status = read_table(r, name, table);
    }
    return status;
}

static enum sg_status read_root(struct reader *r, const cJSON *root, struct sg_schema **schema_out)
{
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(root, "format");
    const cJSON *databases = cJSON_GetObjectItemCaseSensitive(root, "databases");
    const cJSON *database;
    struct sg_server server;

    if (!cJSON_IsNumber(format) || format->valueint != FORMAT)
        return invalid(r, "no snapshot of format 1 (\"format\": 1)", NULL);
    if (!cJSON_IsArray(databases))
        return invalid(r, "\"databases\" is no array", NULL);
    if (!read_server(r, root, &server))
        return SG_INVALID;
    r->builder = sg_schema_builder_new(&server);
    if (!r->builder)
        return sg_error_set(r->error, SG_SYSTEM, "%s: out of memory", r->where);
    if (flag_of(root, "complete"))
        sg_schema_builder_databases_complete(r->builder);
    cJSON_ArrayForEach(database, databases)
    {
        enum sg_status status = read_database(r, database);
        if (status != SG_OK)
            return status;
    }
    struct sg_schema_builder *builder = r->builder;
    r->builder = NULL;
    return sg_schema_builder_finish(builder, schema_out, r->error);
}

enum sg_status sg_schema_from_json(struct sg_slice json, const char *where,
                                   struct sg_schema **schema_out, struct sg_error *error)
{
    struct reader r = {.where = where, .error = error};
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(json.data, json.size, &end, false);
    if (!root)
        return sg_error_set(error, SG_INVALID, "%s: no JSON at byte %zu", where,
                            end ? (size_t)(end - json.data) : 0);
    sg_arena_init(&r.arena, ARENA_CEILING_BYTES);
    enum sg_status status = read_root(&r, root, schema_out);
    sg_arena_fini(&r.arena);
    cJSON_Delete(root);
    sg_schema_builder_free(r.builder);
    free(r.columns);
    return status;
}

/* --- writing ------------------------------------------------------------------------------- */

/* Names in order of their bytes, so that two snapshots of one schema are the same file. */
static int compare_text(struct sg_slice a, struct sg_slice b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_tables(const void *left, const void *right)
{
    const struct sg_table *a = *(const struct sg_table *const *)left;
    const struct sg_table *b = *(const struct sg_table *const *)right;
    int order = compare_text(a->database, b->database);
    return order ? order : compare_text(a->name, b->name);
}

struct database_item {
    struct sg_slice name;
    struct sg_slice collation;
    bool complete;
};

static int compare_databases(const void *left, const void *right)
{
    const struct database_item *a = left;
    const struct database_item *b = right;
    return compare_text(a->name, b->name);
}

static bool add_true(cJSON *object, const char *field)
{
    return cJSON_AddTrueToObject(object, field) != NULL;
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

static bool write_column(cJSON *columns, const struct sg_column *column, struct sg_arena *arena)
{
    cJSON *item = add_object(columns);
    if (!item || !sg_json_add_text(item, "name", column->name))
        return false;
    sg_arena_reset(arena);
    if (column->type.size &&
        !sg_json_add_text(item, "type", sg_column_canonical_type(column, arena)))
        return false;
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        if (column->flags & FLAG_NAMES[i].flag && !add_true(item, FLAG_NAMES[i].name))
            return false;
    }
    return sg_detail_write_column(item, column->detail);
}

static bool write_table(cJSON *tables, const struct sg_table *table, struct sg_arena *arena)
{
    cJSON *item = add_object(tables);
    if (!item || !sg_json_add_text(item, "name", table->name))
        return false;
    if (table->kind != SG_TABLE_BASE &&
        !sg_json_add_text(item, "kind", sg_slice_of(KIND_NAMES[table->kind])))
        return false;
    if (table->rowid && !add_true(item, "rowid"))
        return false;
    if (table->knowledge == SG_UNKNOWN && !add_true(item, "columns_unknown"))
        return false;
    cJSON *columns = cJSON_AddArrayToObject(item, "columns");
    for (size_t i = 0; columns && i < table->column_count; i++) {
        if (!write_column(columns, &table->columns[i], arena))
            return false;
    }
    return columns && sg_detail_write_table(item, table->detail);
}

static bool write_server(cJSON *root, const struct sg_server *server)
{
    cJSON *object = cJSON_AddObjectToObject(root, "server");
    bool mariadb = server->flavour == SG_FLAVOUR_MARIADB;
    bool keywords = server->wording == SG_WORDING_KEYWORDS;
    return object && cJSON_AddStringToObject(object, "flavour", mariadb ? "mariadb" : "mysql") &&
           cJSON_AddNumberToObject(object, "version", server->version) &&
           cJSON_AddStringToObject(object, "wording", keywords ? "keywords" : "phrases") &&
           cJSON_AddNumberToObject(object, "lower_case_table_names",
                                   server->lower_case_table_names);
}

static bool write_databases(cJSON *root, const struct database_item *databases,
                            size_t database_count, const struct sg_table **tables,
                            size_t table_count)
{
    size_t next = 0;
    struct sg_arena arena;
    cJSON *array = cJSON_AddArrayToObject(root, "databases");
    bool written = array != NULL;
    sg_arena_init(&arena, ARENA_CEILING_BYTES);
    for (size_t i = 0; written && i < database_count; i++) {
        cJSON *item = add_object(array);
        written = item && sg_json_add_text(item, "name", databases[i].name) &&
                  (!databases[i].complete || add_true(item, "complete")) &&
                  (!databases[i].collation.size ||
                   sg_json_add_text(item, "collation", databases[i].collation));
        cJSON *list = written ? cJSON_AddArrayToObject(item, "tables") : NULL;
        written = list != NULL;
        for (; written && next < table_count &&
               sg_slice_equal(tables[next]->database, databases[i].name);
             next++)
            written = write_table(list, tables[next], &arena);
    }
    sg_arena_fini(&arena);
    return written;
}

static bool write_content(cJSON *root, const struct sg_schema *schema)
{
    size_t database_count = sg_schema_database_count(schema);
    size_t table_count = sg_schema_table_count(schema);
    struct database_item *databases = calloc(database_count + 1, sizeof *databases);
    const struct sg_table **tables = calloc(table_count + 1, sizeof *tables);
    bool written = databases && tables;
    for (size_t i = 0; written && i < database_count; i++) {
        databases[i].name = sg_schema_database_at(schema, i, &databases[i].complete);
        databases[i].collation = sg_schema_collation(schema, databases[i].name);
    }
    for (size_t i = 0; written && i < table_count; i++)
        tables[i] = sg_schema_table_at(schema, i);
    if (written) {
        qsort(databases, database_count, sizeof *databases, compare_databases);
        qsort((void *)tables, table_count, sizeof *tables, compare_tables);
        written = (!sg_schema_databases_are_complete(schema) || add_true(root, "complete")) &&
                  write_databases(root, databases, database_count, tables, table_count);
    }
    free(databases);
    free((void *)tables);
    return written;
}

/* What there is, whoever said so and however much of it could be seen. */
static bool hash_content(cJSON *root, char hash_out[SG_CONTENT_HASH_SIZE])
{
    const cJSON *databases = cJSON_GetObjectItemCaseSensitive(root, "databases");
    const cJSON *database;
    uint64_t first = UINT64_C(0x736368656d610001);
    uint64_t second = UINT64_C(0x736368656d610002);
    cJSON_ArrayForEach(database, databases)
    {
        if (sg_is_servers_own(text_of(database, "name")))
            continue; /* another with each release */
        char *text = cJSON_PrintUnformatted(database);
        if (!text)
            return false;
        first = sg_hash_bytes(first, sg_slice_of(text));
        second = sg_hash_bytes(second, sg_slice_of(text));
        free(text);
    }
    (void)snprintf(hash_out, SG_CONTENT_HASH_SIZE, "%016llx%016llx", (unsigned long long)first,
                   (unsigned long long)second);
    return true;
}

static bool add_given(cJSON *root, const char *field, const char *text)
{
    return !text || cJSON_AddStringToObject(root, field, text) != NULL;
}

static bool write_root(cJSON *root, const struct sg_schema *schema,
                       const struct sg_snapshot_about *about)
{
    char hash[SG_CONTENT_HASH_SIZE];
    cJSON *content = cJSON_CreateObject();
    bool written = cJSON_AddNumberToObject(root, "format", FORMAT) && content &&
                   write_content(content, schema) && hash_content(content, hash) &&
                   add_given(root, "hash", hash) && add_given(root, "version", about->version) &&
                   add_given(root, "source", about->source) &&
                   add_given(root, "time", about->time) &&
                   write_server(root, sg_schema_server(schema));
    while (written && content->child) {
        cJSON *item = cJSON_DetachItemViaPointer(content, content->child);
        written = cJSON_AddItemToObject(root, item->string, item);
    }
    cJSON_Delete(content);
    return written;
}

enum sg_status sg_snapshot_to_json(const struct sg_schema *schema,
                                   const struct sg_snapshot_about *about, char **json_out,
                                   struct sg_error *error)
{
    cJSON *root = cJSON_CreateObject();
    char *json = NULL;
    if (root && write_root(root, schema, about))
        json = cJSON_Print(root);
    cJSON_Delete(root);
    if (!json)
        return sg_error_set(error, SG_SYSTEM, "out of memory while writing a snapshot");
    *json_out = json;
    return SG_OK;
}

enum sg_status sg_schema_to_json(const struct sg_schema *schema, char **json_out,
                                 struct sg_error *error)
{
    const struct sg_snapshot_about about = {.version = NULL};
    return sg_snapshot_to_json(schema, &about, json_out, error);
}

bool sg_schema_content_hash(const struct sg_schema *schema, char hash_out[SG_CONTENT_HASH_SIZE])
{
    cJSON *root = cJSON_CreateObject();
    bool hashed = root && write_content(root, schema) && hash_content(root, hash_out);
    cJSON_Delete(root);
    return hashed;
}
