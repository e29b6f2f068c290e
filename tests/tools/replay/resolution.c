/* Rows of resolution.jsonl; the schemas stand beside it. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define VERDICT_CACHE_BYTES ((size_t)32 << 20)

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

/* How the answers compare with the server's own, which each row brings along. */
struct score {
    int rows, tp, tn, fp_ran, fp_other, missed, unparsed, unparsed_syntax, message_equal;
};

static void count_answer(struct score *score, const cJSON *truth, const struct answer *answer)
{
    const cJSON *mismatch = cJSON_GetObjectItemCaseSensitive(truth, "mismatch");
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(truth, "errno");
    bool expected = cJSON_IsTrue(mismatch);
    if (!cJSON_IsBool(mismatch))
        return;
    score->rows++;
    if (strcmp(answer->verdict, "unparsed") == 0) {
        *(error->valueint == 1064 ? &score->unparsed_syntax : &score->unparsed) += 1;
    } else if (strcmp(answer->verdict, "mismatch") != 0) {
        *(expected ? &score->missed : &score->tn) += 1;
    } else if (expected) {
        score->tp++;
        score->message_equal += sg_slice_equal(answer->message, text_of(truth, "message"));
    } else {
        *(error->valueint == 0 ? &score->fp_ran : &score->fp_other) += 1;
    }
}

static int compare_score(const struct score *s, const char *path)
{
    char found[512];
    size_t size;
    snprintf(found, sizeof found,
             "rows %d\ntp %d\ntn %d\nfp_ran %d\nfp_other %d\nmissed %d\nunparsed %d\n"
             "unparsed_syntax %d\nmessage_equal %d\n",
             s->rows, s->tp, s->tn, s->fp_ran, s->fp_other, s->missed, s->unparsed,
             s->unparsed_syntax, s->message_equal);
    char *expected = read_file(path, &size);
    bool equal = strcmp(found, expected) == 0;
    fprintf(stderr, "%s%s", found, equal ? "" : "not as expected:\n");
    if (!equal)
        fprintf(stderr, "%s", expected);
    free(expected);
    return equal ? 0 : 1;
}

/* What all rows are judged by. */
struct judges {
    const struct sg_server *server;
    struct sg_schema *live;
    struct sg_verdict_cache *verdicts; /* NULL: judged anew each time */
    struct sg_arena arena;
};

static void judge_row(const cJSON *row, struct judges *judges, struct score *score)
{
    const struct sg_server *server = judges->server;
    struct sg_arena *arena = &judges->arena;
    bool mariadb = server->flavour == SG_FLAVOUR_MARIADB;
    struct session session;
    const cJSON *statement;
    const cJSON *setup = cJSON_GetObjectItemCaseSensitive(row, "setup");
    bool multi = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(row, "multi"));
    struct sg_slice hex = text_of(row, "sql_hex");

    session_init(&session, server, judges->live, text_of(row, "db"));
    session.verdicts = judges->verdicts;
    cJSON_ArrayForEach(statement, setup)
    {
        const struct sg_report *report;
        struct sg_slice text = sg_slice_of(statement->valuestring);
        struct sg_schemas schemas = {.live = session.live};
        if (sg_check(text, &session.context, &schemas, arena, &report) == SG_OK)
            session_apply(&session, text, &report->effects, arena);
    }
    struct sg_slice sql = hex.size ? unhex(hex, arena) : text_of(row, "sql");
    struct answer answer = session_judge(&session, sql, multi, arena);
    printf("{\"id\": ");
    print_string(text_of(row, "id"));
    print_answer(&answer);
    count_answer(score, cJSON_GetObjectItemCaseSensitive(row, mariadb ? "mariadb" : "mysql"),
                 &answer);
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

/* The start of each line; their ends are made NUL. */
static char **split_lines(char *text, size_t *count_out)
{
    size_t count = 0;
    for (const char *at = text; *at; at++)
        count += *at == '\n';
    char **lines = calloc(count + 2, sizeof *lines);
    if (!lines)
        die("out of", "memory");
    count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        lines[count++] = line;
    *count_out = count;
    return lines;
}

static int judge_lines(char *const *lines, size_t count, bool backwards, struct judges *judges,
                       const char *expected)
{
    struct score score = {0};
    for (size_t i = 0; i < count; i++) {
        char *line = lines[backwards ? count - 1 - i : i];
        cJSON *row = cJSON_Parse(line);
        if (!row)
            die("no JSON:", line);
        judge_row(row, judges, &score);
        cJSON_Delete(row);
    }
    return expected ? compare_score(&score, expected) : 0;
}

int replay_resolution(const char *path, const struct sg_server *server, const char *expected,
                      bool cached)
{
    char folder[4096];
    size_t size;
    size_t count;
    char *text = read_file(path, &size);
    struct judges judges = {.server = server};

    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    char **lines = split_lines(text, &count);
    judges.live = load_schema(slash ? folder : ".", server);
    if (cached && !(judges.verdicts = sg_verdict_cache_new(VERDICT_CACHE_BYTES)))
        die("out of", "memory");
    sg_arena_init(&judges.arena, ARENA_CEILING);
    int failures = judge_lines(lines, count, false, &judges, expected);
    if (cached)
        failures += judge_lines(lines, count, true, &judges, expected);
    sg_arena_fini(&judges.arena);
    sg_verdict_cache_free(judges.verdicts);
    sg_schema_release(judges.live);
    free(lines);
    free(text);
    return failures ? 1 : 0;
}
