/* How long a verdict takes: every line of a file is a statement, judged over a snapshot.
 *
 *   check-bench SNAPSHOT.json DATABASE STATEMENTS.sql [ROUNDS]
 *
 * Prints bytes and nanoseconds of processor time a statement, and how many were ok, a mismatch and not understood.
 * Under callgrind one round is enough.
 */
#include <schemaguard/check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static char *read_file(const char *path, size_t *size_out)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) {
        fprintf(stderr, "check-bench: cannot read %s\n", path);
        exit(2);
    }
    size_t size = (size_t)ftell(file);
    char *text = malloc(size + 1);
    rewind(file);
    if (!text || fread(text, 1, size, file) != size)
        exit(2);
    text[size] = '\0';
    fclose(file);
    *size_out = size;
    return text;
}

struct totals {
    size_t statements, bytes, ok, mismatch, unparsed;
};

static void judge_all(const char *text, const struct sg_context *context,
                      const struct sg_schemas *schemas, struct sg_arena *arena,
                      struct totals *totals)
{
    for (const char *line = text; *line;) {
        const char *end = strchr(line, '\n');
        size_t size = end ? (size_t)(end - line) : strlen(line);
        const struct sg_report *report;
        sg_arena_reset(arena);
        if (sg_check(sg_slice_make(line, size), context, schemas, arena, &report) != SG_OK)
            exit(2);
        totals->statements++;
        totals->bytes += size;
        totals->ok += report->verdict == SG_VERDICT_OK;
        totals->mismatch += sg_verdict_is_mismatch(report->verdict);
        totals->unparsed += report->verdict == SG_VERDICT_UNPARSED;
        line += size + (end != NULL);
    }
}

int main(int argc, char **argv)
{
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    struct totals totals = {0};
    struct timespec start, stop;
    struct sg_arena arena;
    size_t size;
    if (argc < 4) {
        fprintf(stderr, "usage: check-bench SNAPSHOT.json DATABASE STATEMENTS.sql [ROUNDS]\n");
        return 2;
    }
    char *json = read_file(argv[1], &size);
    if (sg_schema_from_json(sg_slice_make(json, size), argv[1], &schema, &error) != SG_OK) {
        fprintf(stderr, "check-bench: %s\n", error.message);
        return 2;
    }
    char *text = read_file(argv[3], &size);
    long rounds = argc > 4 ? strtol(argv[4], NULL, 10) : 10;
    struct sg_context context = {.server = sg_schema_server(schema),
                                 .database = sg_slice_of(argv[2]),
                                 .charset = SG_CHARSET_UTF8};
    struct sg_schemas schemas = {.live = schema};
    sg_arena_init(&arena, (size_t)64 << 20);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (long i = 0; i < rounds; i++)
        judge_all(text, &context, &schemas, &arena, &totals);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &stop);
    double ns = (double)(stop.tv_sec - start.tv_sec) * 1e9 + (double)(stop.tv_nsec - start.tv_nsec);
    double count = totals.statements ? (double)totals.statements : 1;
    printf("%zu statements of %.0f bytes: %.0f ns each; ok %zu, mismatch %zu, unparsed %zu\n",
           totals.statements, (double)totals.bytes / count, ns / count, totals.ok, totals.mismatch,
           totals.unparsed);
    sg_arena_fini(&arena);
    sg_schema_release(schema);
    free(json);
    free(text);
    return 0;
}
