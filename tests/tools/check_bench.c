/* How long the engine takes: every line of a file is a statement, judged over a snapshot.
 *
 *   check-bench SNAPSHOT.json DATABASE STATEMENTS.sql [ROUNDS [WAY]]
 *
 * Ways: `check` judges it (default), `parse` stops before names are resolved, `digest` makes the
 * normal form, `cached` asks a verdict cache first. Prints bytes and nanoseconds of processor time
 * a statement, and how many were ok, a mismatch and not understood. Under callgrind, with
 * --toggle-collect=run_round, one round is enough. Two rounds go before, which are
 * not measured and fill the cache.
 */
#include <schemaguard/check.h>
#include <schemaguard/verdict_cache.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CACHE_BYTES  ((size_t)8 << 20)
#define DIGEST_BYTES 4096

enum way { WAY_CHECK, WAY_PARSE, WAY_DIGEST, WAY_CACHED, WAY_COUNT };
static const char *const WAYS[WAY_COUNT] = {"check", "parse", "digest", "cached"};

struct bench {
    enum way way;
    struct sg_context context;
    struct sg_schemas schemas;
    struct sg_arena arena;
    struct sg_verdict_cache *cache;
    const char *text;
    size_t statements, bytes, ok, mismatch, unparsed, hits;
};

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

static enum sg_status judge(struct bench *b, struct sg_slice text)
{
    const struct sg_report *report = NULL;
    struct sg_digest digest;
    enum sg_status status;
    switch (b->way) {
    case WAY_DIGEST:
        return sg_digest(text, &b->context, DIGEST_BYTES, &b->arena, &digest);
    case WAY_CACHED:
        if (sg_verdict_cache_find(b->cache, text, &b->context) == SG_CACHED_OK) {
            b->hits++;
            b->ok++;
            return SG_OK;
        }
        break;
    case WAY_PARSE:
    case WAY_CHECK:
    case WAY_COUNT:
        break;
    }
    status = b->way == WAY_PARSE ? sg_read_effects(text, &b->context, &b->arena, &report)
                                 : sg_check(text, &b->context, &b->schemas, &b->arena, &report);
    if (status != SG_OK)
        return status;
    if (b->way == WAY_CACHED)
        sg_verdict_cache_keep(b->cache, report);
    b->ok += report->verdict == SG_VERDICT_OK;
    b->mismatch += sg_verdict_is_mismatch(report->verdict);
    b->unparsed += report->verdict == SG_VERDICT_UNPARSED;
    return SG_OK;
}

void run_round(struct bench *b);

__attribute__((noinline)) void run_round(struct bench *b)
{
    for (const char *line = b->text; *line;) {
        const char *end = strchr(line, '\n');
        size_t size = end ? (size_t)(end - line) : strlen(line);
        if (b->way != WAY_CACHED || b->arena.used_bytes > 0)
            sg_arena_reset(&b->arena);
        if (judge(b, sg_slice_make(line, size)) != SG_OK)
            exit(2);
        b->statements++;
        b->bytes += size;
        line += size + (end != NULL);
    }
}

static void warm_up(struct bench *b)
{
    run_round(b);
    run_round(b); /* what comes once is not kept */
    b->statements = b->bytes = b->ok = b->mismatch = b->unparsed = b->hits = 0;
}

static enum way way_of(const char *name)
{
    for (int way = 0; way < WAY_COUNT; way++)
        if (strcmp(name, WAYS[way]) == 0)
            return (enum way)way;
    fprintf(stderr, "check-bench: the ways are check, parse, digest and cached\n");
    exit(2);
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    struct bench b = {0};
    size_t size;
    if (argc < 4) {
        fprintf(stderr,
                "usage: check-bench SNAPSHOT.json DATABASE STATEMENTS.sql [ROUNDS [WAY]]\n");
        return 2;
    }
    char *json = read_file(argv[1], &size);
    if (sg_schema_from_json(sg_slice_make(json, size), argv[1], &schema, &error) != SG_OK) {
        fprintf(stderr, "check-bench: %s\n", error.message);
        return 2;
    }
    char *text = read_file(argv[3], &size);
    long rounds = argc > 4 ? strtol(argv[4], NULL, 10) : 10;
    b.way = argc > 5 ? way_of(argv[5]) : WAY_CHECK;
    b.text = text;
    b.context = (struct sg_context){.server = sg_schema_server(schema),
                                    .database = sg_slice_of(argv[2]),
                                    .charset = SG_CHARSET_UTF8};
    b.schemas = (struct sg_schemas){.live = schema};
    b.cache = sg_verdict_cache_new(CACHE_BYTES);
    if (!b.cache)
        return 2;
    sg_arena_init(&b.arena, (size_t)64 << 20);
    warm_up(&b);
    double best = 0;
    double start = now_ns();
    for (long i = 0; i < rounds; i++) {
        double from = now_ns();
        run_round(&b);
        double took = now_ns() - from;
        best = best == 0 || took < best ? took : best;
    }
    double ns = now_ns() - start;
    double count = b.statements ? (double)b.statements : 1;
    printf("%s: %zu statements of %.0f bytes: %.0f ns each, best round %.0f; ok %zu, mismatch %zu, "
           "unparsed %zu, cached %zu\n",
           WAYS[b.way], b.statements, (double)b.bytes / count, ns / count,
           best * (double)rounds / count, b.ok, b.mismatch, b.unparsed, b.hits);
    sg_arena_fini(&b.arena);
    sg_verdict_cache_free(b.cache);
    sg_schema_release(schema);
    free(json);
    free(text);
    return 0;
}
