/* Rows of resolution.jsonl; the schemas stand beside it. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

static struct sg_slice text_of(const cJSON *row, const char *field)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(row, field);
    return cJSON_IsString(item) ? sg_slice_of(item->valuestring) : SG_SLICE_EMPTY;
}

static struct sg_slice unhex(struct sg_slice hex, struct sg_arena *arena)
{
    char *bytes = sg_arena_alloc(arena, hex.size / 2 + 1);
    for (size_t i = 0; bytes && i + 1 < hex.size; i += 2) {
        const char pair[] = {hex.data[i], hex.data[i + 1], '\0'};
        bytes[i / 2] = (char)strtoul(pair, NULL, 16);
    }
    return sg_slice_make(bytes, hex.size / 2);
}

static void judge_row(const cJSON *row, const struct sg_server *server,
                      const struct sg_schemas *schemas, struct sg_arena *arena)
{
    struct session session;
    const cJSON *statement;
    const cJSON *setup = cJSON_GetObjectItemCaseSensitive(row, "setup");
    bool multi = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "multi"));
    struct sg_slice hex = text_of(row, "sql_hex");

    session_init(&session, server, text_of(row, "db"));
    cJSON_ArrayForEach(statement, setup)
    {
        const struct sg_report *report;
        struct sg_slice text = sg_slice_of(statement->valuestring);
        if (sg_check(text, &session.context, schemas, arena, &report) == SG_OK)
            session_apply(&session, &report->effects);
    }
    struct sg_slice sql = hex.size ? unhex(hex, arena) : text_of(row, "sql");
    struct answer answer = session_judge(&session, sql, multi, schemas, arena);
    printf("{\"id\": ");
    print_string(text_of(row, "id"));
    print_answer(&answer);
    session_fini(&session);
    sg_arena_reset(arena);
}

static struct sg_schema *load_schema(const char *folder, const struct sg_server *server)
{
    struct sg_schema_builder *builder = sg_schema_builder_new(server);
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    if (!builder)
        die("out of", "memory");
    load_tsv(builder, folder, server->flavour);
    sg_schema_builder_databases_complete(builder);
    if (sg_schema_builder_finish(builder, &schema, &error) != SG_OK)
        die("schema:", error.message);
    return schema;
}

int replay_resolution(const char *path, const struct sg_server *server)
{
    char folder[4096];
    size_t size;
    char *text = read_file(path, &size);
    struct sg_arena arena;

    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    struct sg_schema *schema = load_schema(slash ? folder : ".", server);
    struct sg_schemas schemas = {.live = schema};
    sg_arena_init(&arena, ARENA_CEILING);
    for (char *line = text, *next; line && *line; line = next) {
        char *end = strchr(line, '\n');
        next = end ? end + 1 : NULL;
        if (end)
            *end = '\0';
        cJSON *row = cJSON_Parse(line);
        if (!row)
            die("no JSON:", line);
        judge_row(row, server, &schemas, &arena);
        cJSON_Delete(row);
    }
    sg_arena_fini(&arena);
    sg_schema_release(schema);
    free(text);
    return 0;
}
