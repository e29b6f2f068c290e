/* A conversation recorded as JSON lines: a header, schemas as differences to earlier ones,
 * temporary tables, statements. Each statement is judged from what stands in its own record.
 */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "schema/overlay.h"

/* Snapshots as recorded, with the one each builds on; the records live to the end. */
struct snapshot {
    int id;
    int base; /* 0: none */
    const cJSON *record;
    struct sg_schema *schema; /* built when first used */
};

/* The recorder takes the default database from what the server tells, which some servers leave out
 * under some character sets: a USE that nothing was heard of is believed all the same. */
struct connection {
    char *recorded; /* NULL: nothing yet */
    char database[512];
    bool changes_sessions; /* it plays back what others did: temporary tables come and go by the
                              thread that it says it is, and the recorder sees one thread's */
    int doubtful_id;       /* the snapshot that it may have changed unseen; 0: none */
};
#define CONNECTIONS_MAX 256

struct recording {
    struct sg_server server;
    const char *folder; /* of system-schema.*.json */
    cJSON *merged;      /* the tables of the snapshot merged_id */
    int merged_id;
    const cJSON *system; /* the record of the server's own databases */
    const cJSON *header;
    struct snapshot *snapshots;
    size_t snapshot_count;
    const cJSON **temporaries;
    size_t temporary_count;
    cJSON **lines; /* that are kept: the header, schemas, temporary tables */
    size_t line_count;
    int doubtful_id; /* the snapshot that may have changed unseen; 0: none */
    bool logins_run; /* code at every login */
    struct rewrites rewrites;
    struct connection connections[CONNECTIONS_MAX];
    struct sg_arena arena;
};

static const cJSON *field(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static struct sg_slice text_of(const cJSON *object, const char *name)
{
    const cJSON *item = field(object, name);
    return cJSON_IsString(item) ? sg_slice_of(item->valuestring) : SG_SLICE_EMPTY;
}

static int number_of(const cJSON *object, const char *name)
{
    const cJSON *item = field(object, name);
    return cJSON_IsNumber(item) ? item->valueint : 0;
}

/* --- schemas ------------------------------------------------------------------------------- */

/* {DB: [TABLE, ...]} */
static bool lists(const cJSON *map, const char *database, const char *table)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, field(map, database))
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, table) == 0)
            return true;
    }
    return false;
}

static struct snapshot *find_snapshot(struct recording *r, int id)
{
    for (size_t i = r->snapshot_count; i > 0; i--) {
        if (r->snapshots[i - 1].id == id)
            return &r->snapshots[i - 1];
    }
    return NULL;
}

/* One table as a spec of JSON: {"columns": [...], "kind": "view", "invisible": [...]} */
static void put_table(cJSON *database, const cJSON *record, const char *database_name,
                      const cJSON *columns)
{
    cJSON *table = cJSON_CreateObject();
    const char *name = columns->string;
    const cJSON *invisible = field(field(field(record, "invisible"), database_name), name);
    cJSON_AddItemToObject(table, "columns", cJSON_Duplicate(columns, true));
    if (invisible)
        cJSON_AddItemToObject(table, "invisible", cJSON_Duplicate(invisible, true));
    if (lists(field(record, "views"), database_name, name))
        cJSON_AddStringToObject(table, "kind", "view");
    else if (lists(field(record, "sequences"), database_name, name))
        cJSON_AddStringToObject(table, "kind", "sequence");
    else if (lists(field(record, "versioned"), database_name, name))
        cJSON_AddStringToObject(table, "kind", "versioned");
    cJSON_DeleteItemFromObjectCaseSensitive(database, name);
    cJSON_AddItemToObject(database, name, table);
}

static void merge_record(cJSON *all, const cJSON *record)
{
    const cJSON *item;
    const cJSON *table;
    cJSON_ArrayForEach(item, field(record, "dropdb"))
        cJSON_DeleteItemFromObjectCaseSensitive(all, item->valuestring);
    cJSON_ArrayForEach(item, field(record, "drop"))
    {
        cJSON *database = cJSON_GetObjectItemCaseSensitive(all, item->string);
        cJSON_ArrayForEach(table, item)
            cJSON_DeleteItemFromObjectCaseSensitive(database, table->valuestring);
    }
    cJSON_ArrayForEach(item, field(record, "tables"))
    {
        cJSON *database = cJSON_GetObjectItemCaseSensitive(all, item->string);
        if (!database)
            database = cJSON_AddObjectToObject(all, item->string);
        cJSON_ArrayForEach(table, item) put_table(database, record, item->string, table);
    }
}

static void merge_snapshot(struct recording *r, cJSON *all, int id)
{
    const struct snapshot *snapshot = id ? find_snapshot(r, id) : NULL;
    if (!snapshot)
        return;
    merge_snapshot(r, all, snapshot->base);
    merge_record(all, snapshot->record);
}

/* The tables of that snapshot. Most build on the one that was asked for last. */
static const cJSON *merge_up_to(struct recording *r, int id)
{
    const struct snapshot *snapshot = find_snapshot(r, id);
    if (snapshot && r->merged && snapshot->base == r->merged_id) {
        merge_record(r->merged, snapshot->record);
    } else if (!r->merged || r->merged_id != id) {
        cJSON_Delete(r->merged);
        r->merged = cJSON_CreateObject();
        merge_record(r->merged, r->system);
        merge_snapshot(r, r->merged, id);
    }
    r->merged_id = id;
    return r->merged;
}

static size_t read_columns(const cJSON *columns, const cJSON *invisible,
                           struct sg_column_spec **out)
{
    size_t count = 0;
    const cJSON *item;
    const cJSON *hidden;
    *out = calloc((size_t)cJSON_GetArraySize(columns) + 1, sizeof **out);
    if (!*out)
        die("out of", "memory");
    cJSON_ArrayForEach(item, columns)
    {
        struct sg_column_spec *column = &(*out)[count++];
        column->name = sg_slice_of(item->valuestring);
        column->flags = SG_COLUMN_NULLABLE;
        cJSON_ArrayForEach(hidden, invisible)
        {
            if (strcmp(hidden->valuestring, item->valuestring) == 0)
                column->flags |= SG_COLUMN_INVISIBLE;
        }
    }
    return count;
}

static void add_table(struct sg_schema_builder *builder, const char *database, const cJSON *table)
{
    struct sg_error error = {0};
    struct sg_column_spec *columns;
    struct sg_slice kind = text_of(table, "kind");
    struct sg_table_spec spec = {.database = sg_slice_of(database),
                                 .name = sg_slice_of(table->string),
                                 .rowid = kind.size == 0};
    spec.column_count = read_columns(field(table, "columns"), field(table, "invisible"), &columns);
    spec.columns = columns;
    spec.knowledge = spec.column_count ? SG_KNOWN : SG_UNKNOWN;
    if (sg_slice_equal(kind, SG_SLICE_LITERAL("view")))
        spec.kind = SG_TABLE_VIEW;
    else if (sg_slice_equal(kind, SG_SLICE_LITERAL("sequence")))
        spec.kind = SG_TABLE_SEQUENCE;
    else if (sg_slice_equal(kind, SG_SLICE_LITERAL("versioned")))
        spec.kind = SG_TABLE_VERSIONED;
    if (sg_schema_builder_table(builder, &spec, &error) != SG_OK)
        fprintf(stderr, "corpus-replay: %s\n", error.message);
    free(columns);
}

static const struct sg_schema *schema_of(struct recording *r, int id)
{
    struct snapshot *snapshot = find_snapshot(r, id);
    struct sg_schema_builder *builder = sg_schema_builder_new(&r->server);
    struct sg_error error = {0};
    const cJSON *database;
    const cJSON *table;
    if (!builder || (snapshot && snapshot->schema)) {
        sg_schema_builder_free(builder);
        return snapshot ? snapshot->schema : NULL;
    }
    const cJSON *all = merge_up_to(r, id);
    cJSON_ArrayForEach(database, all)
    {
        if (sg_schema_builder_database(builder, sg_slice_of(database->string), true, &error) !=
            SG_OK)
            die("schema:", error.message);
        cJSON_ArrayForEach(table, database) add_table(builder, database->string, table);
    }
    sg_schema_builder_databases_complete(builder);
    struct sg_schema *schema = NULL;
    if (sg_schema_builder_finish(builder, &schema, &error) != SG_OK)
        die("schema:", error.message);
    for (size_t i = 0; i < r->snapshot_count; i++) { /* one at a time is kept */
        sg_schema_release(r->snapshots[i].schema);
        r->snapshots[i].schema = NULL;
    }
    if (snapshot)
        snapshot->schema = schema;
    return schema;
}

/* --- statements ---------------------------------------------------------------------------- */

/* The recorder wrote U+FFFD for what it could not read: names in other character sets. */
static bool is_readable(const char *name)
{
    return strstr(name, "\xEF\xBF\xBD") == NULL;
}

static void put_temporaries(struct recording *r, struct session *session, int id)
{
    const cJSON *database;
    const cJSON *table;
    for (size_t i = 0; i < r->temporary_count; i++) {
        if (number_of(r->temporaries[i], "id") != id)
            continue;
        const cJSON *invisible = field(r->temporaries[i], "invisible");
        cJSON_ArrayForEach(database, field(r->temporaries[i], "tables"))
        {
            cJSON_ArrayForEach(table, database)
            {
                struct sg_column_spec *columns;
                struct sg_overlay_step step = {.verb = SG_OVERLAY_PUT};
                step.table.database = sg_slice_of(database->string);
                step.table.name = sg_slice_of(table->string);
                step.table.rowid = true;
                step.table.column_count = read_columns(
                    table, field(field(invisible, database->string), table->string), &columns);
                step.table.columns = columns;
                step.table.knowledge = step.table.column_count ? SG_KNOWN : SG_UNKNOWN;
                struct sg_overlay_change change = {
                    .steps = &step, .step_count = 1, .server = &r->server};
                if (sg_overlay_apply(session->overlay, &change) != SG_OK)
                    session->context.temporary_certainty = SG_UNCERTAIN;
                if (!is_readable(table->string))
                    session->context.temporary_certainty = SG_UNCERTAIN;
                free(columns);
            }
        }
    }
}

static int base64_digit(char c)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(DIGITS, c) : NULL;
    return at ? (int)(at - DIGITS) : -1;
}

static struct sg_slice decode(struct sg_slice text, struct sg_arena *arena)
{
    char *bytes = sg_arena_alloc(arena, text.size + 1);
    size_t size = 0;
    unsigned bits = 0;
    unsigned count = 0;
    for (size_t i = 0; bytes && i < text.size && base64_digit(text.data[i]) >= 0; i++) {
        bits = bits << 6 | (unsigned)base64_digit(text.data[i]);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[size++] = (char)(bits >> count & 0xFF);
        }
    }
    return sg_slice_make(bytes, size);
}

static struct sg_slice own_or_default(const struct recording *r, const cJSON *record,
                                      const char *name)
{
    return field(record, name) ? text_of(record, name) : text_of(r->header, name);
}

static struct sg_slice follow_database(struct recording *r, const cJSON *record)
{
    int number = number_of(record, "conn");
    struct sg_slice recorded = text_of(record, "db");
    if (number < 0 || number >= CONNECTIONS_MAX)
        return recorded;
    struct connection *it = &r->connections[number];
    if (!it->recorded || !sg_slice_equal(sg_slice_of(it->recorded), recorded)) {
        free(it->recorded);
        it->recorded = strdup(recorded.data ? recorded.data : "");
        snprintf(it->database, sizeof it->database, "%s", it->recorded);
    }
    return sg_slice_of(it->database);
}

static bool is_kind(const cJSON *record, const char *kind)
{
    return sg_slice_equal(text_of(record, "kind"), sg_slice_of(kind));
}

/* The recorder reads the schema again after DDL alone. A guard reads it again as well
 * - after MariaDB's FLUSH TABLES and what else may bring tables in by their files: on the session
 *   that asks where the files are, what is said of a snapshot ends there;
 * - when the server runs what misses a name by the snapshot. */
static void doubt(struct recording *r, const cJSON *record, const struct sg_report *report)
{
    struct connection *connection = &r->connections[number_of(record, "conn")];
    if (sg_verdict_is_mismatch(report->verdict))
        r->doubtful_id = number_of(record, "snap");
    else if (!(report->effects.flags & SG_EFFECT_SCHEMA))
        return;
    else if (report->kind == SG_STATEMENT_SELECT)
        connection->doubtful_id = number_of(record, "snap");
    else if (report->kind == SG_STATEMENT_OTHER && !is_kind(record, "INSTALL PLUGIN"))
        r->doubtful_id = number_of(record, "snap");
}

/* What a statement that was run means for later ones, where their records do not tell. */
static void follow(struct recording *r, const cJSON *record, const struct sg_context *context,
                   const struct sg_schema *live)
{
    int number = number_of(record, "conn");
    const struct sg_schemas schemas = {.live = live};
    const struct sg_report *report;
    if (number < 0 || number >= CONNECTIONS_MAX || number_of(record, "errno") != 0 ||
        sg_check(text_of(record, "q"), context, &schemas, &r->arena, &report) != SG_OK)
        return;
    struct connection *connection = &r->connections[number];
    doubt(r, record, report);
    rewrites_follow(&r->rewrites, text_of(record, "q"), context, &r->arena);
    if (report->effects.flags & SG_EFFECT_LOGIN)
        r->logins_run = true;
    if (report->effects.flags & SG_EFFECT_OPAQUE &&
        (is_kind(record, "SET") || is_kind(record, "BINLOG")))
        connection->changes_sessions = true;
    if (is_kind(record, "USE") && report->effects.flags & SG_EFFECT_DATABASE)
        snprintf(connection->database, sizeof connection->database, "%.*s",
                 (int)report->effects.database.size, report->effects.database.data);
}

/* A connection that is seen for the first time may have run code as it began. */
static void meet(struct recording *r, const cJSON *record)
{
    int number = number_of(record, "conn");
    if (number < 0 || number >= CONNECTIONS_MAX || r->connections[number].recorded)
        return;
    if (r->logins_run)
        r->doubtful_id = number_of(record, "snap");
}

/* Nothing is said of tables then. */
static bool is_doubtful(const struct recording *r, const cJSON *record)
{
    int number = number_of(record, "conn");
    int id = number_of(record, "snap");
    if (id != 0 && r->doubtful_id == id)
        return true;
    if (number < 0 || number >= CONNECTIONS_MAX)
        return false;
    const struct connection *connection = &r->connections[number];
    return connection->changes_sessions || (id != 0 && connection->doubtful_id == id);
}

static void judge_record(struct recording *r, const cJSON *record)
{
    struct session session;
    const struct sg_schema *live = schema_of(r, number_of(record, "snap"));
    struct sg_slice encoded = text_of(record, "q64");
    struct sg_slice text = encoded.size ? decode(encoded, &r->arena) : text_of(record, "q");

    meet(r, record);
    session_init(&session, &r->server, live, follow_database(r, record));
    session.context.sql_mode =
        sg_sql_mode_from_text(own_or_default(r, record, "sql_mode"), r->server.flavour);
    session.context.charset = sg_charset_from_name(own_or_default(r, record, "charset"));
    if (field(record, "temp"))
        put_temporaries(r, &session, number_of(record, "temp"));
    session.context.rewrites_known = !r->rewrites.lost;
    session.context.rewrites = r->rewrites.rules;
    session.context.rewrite_count = r->rewrites.count;
    if (is_doubtful(r, record))
        session.context.temporary_certainty = SG_UNCERTAIN;
    struct answer answer = session_judge(&session, text, field(record, "multi") != NULL, &r->arena);
    printf("{\"n\": %d", number_of(record, "n"));
    print_answer(&answer);
    session_use(&session, text_of(record, "db"));
    follow(r, record, &session.context, live);
    session_fini(&session);
    sg_arena_reset(&r->arena);
}

static void read_header(struct recording *r, const cJSON *header)
{
    struct sg_slice server = text_of(header, "server");
    bool mariadb = server.size > 7 && memcmp(server.data, "mariadb", 7) == 0;
    r->header = header;
    if (!sg_server_from_version(sg_slice_of(mariadb ? "10.11.19-MariaDB" : "9.7.4"), &r->server))
        die("no server in", "the header");
    r->server.lower_case_table_names = (uint8_t)number_of(header, "lower_case_table_names");
}

static void *append(void *array, size_t count, size_t element_size)
{
    void *grown = realloc(array, (count + 1) * element_size);
    if (!grown)
        die("out of", "memory");
    return grown;
}

static void keep_line(struct recording *r, cJSON *line)
{
    r->lines = append(r->lines, r->line_count, sizeof *r->lines);
    r->lines[r->line_count++] = line;
}

static void load_system(struct recording *r)
{
    const char *flavour = r->server.flavour == SG_FLAVOUR_MARIADB ? "mariadb" : "mysql";
    char path[4096];
    size_t size;
    snprintf(path, sizeof path, "%s/system-schema.%s.json", r->folder, flavour);
    char *text = read_file(path, &size);
    cJSON *system_schema = cJSON_Parse(text);
    if (!system_schema)
        die("no JSON in", path);
    keep_line(r, system_schema);
    r->system = system_schema;
    free(text);
}

static void free_recording(struct recording *r)
{
    for (size_t i = 0; i < r->snapshot_count; i++)
        sg_schema_release(r->snapshots[i].schema);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        free(r->connections[i].recorded);
    for (size_t i = 0; i < r->line_count; i++)
        cJSON_Delete(r->lines[i]);
    cJSON_Delete(r->merged);
    rewrites_free(&r->rewrites);
    sg_arena_fini(&r->arena);
    free(r->lines);
    free(r->snapshots);
    free((void *)r->temporaries);
    free(r);
}

static void take_line(struct recording *r, cJSON *line)
{
    const cJSON *schema = field(line, "schema");
    const cJSON *temporary = field(line, "temp");
    if (!r->header) {
        keep_line(r, line);
        read_header(r, line);
        load_system(r);
    } else if (cJSON_IsObject(schema)) {
        keep_line(r, line);
        r->snapshots = append(r->snapshots, r->snapshot_count, sizeof *r->snapshots);
        r->snapshots[r->snapshot_count++] = (struct snapshot){
            .id = number_of(schema, "id"), .base = number_of(schema, "base"), .record = schema};
    } else if (cJSON_IsObject(temporary)) {
        keep_line(r, line);
        r->temporaries = append(r->temporaries, r->temporary_count, sizeof *r->temporaries);
        r->temporaries[r->temporary_count++] = temporary;
    } else {
        if (field(line, "errno") && !field(line, "com"))
            judge_record(r, line);
        cJSON_Delete(line);
    }
}

int replay_recording(const char *path, const char *system)
{
    struct recording *r = calloc(1, sizeof *r);
    size_t size;
    char *text = read_file(path, &size);
    if (!r)
        die("out of", "memory");
    r->folder = system;
    sg_arena_init(&r->arena, ARENA_CEILING);
    for (char *line = text, *next; line && *line; line = next) {
        char *end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        cJSON *object = cJSON_Parse(line);
        if (!object)
            die("no JSON:", line);
        take_line(r, object);
    }
    free_recording(r);
    free(text);
    return 0;
}
