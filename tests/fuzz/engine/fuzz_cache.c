/* Cached verdicts against fresh ones.
 *
 * Input: one byte for the server, one for sql_mode and character set, one that chooses other
 * literals, then the text. The text is judged and offered to the cache; then it is asked for again,
 * and so is the text with each of its literals exchanged for another of its kind, as the lexer sees
 * them, and with other comments. What must hold: whatever the cache answers, sg_check answers too;
 * and no byte at or behind the text's end is looked at.
 */
#define _GNU_SOURCE /* memmem */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <schemaguard/check.h>
#include <schemaguard/verdict_cache.h>

#include "sql/lex.h"

#undef NDEBUG
#include <assert.h>

#define ARENA_BYTES ((size_t)16 << 20)
#define CACHE_BYTES ((size_t)256 << 10)
#define TEXT_MAX    (16u * 1024u)

static const char SCHEMA[] =
    "{\"format\":1,\"server\":{\"flavour\":\"%s\",\"version\":%s,\"lower_case_table_names\":0},"
    "\"complete\":true,\"databases\":[{\"name\":\"d\",\"complete\":true,\"tables\":["
    "{\"name\":\"t1\",\"columns\":[{\"name\":\"id\"},{\"name\":\"a\"},{\"name\":\"b\"}]},"
    "{\"name\":\"t2\",\"columns\":[{\"name\":\"id\"},{\"name\":\"a\"},{\"name\":\"t1_id\"},"
    "{\"name\":\"1\"},{\"name\":\"x\"}]}]}]}";

static struct sg_schema *schema_for(uint8_t choice)
{
    static struct sg_schema *schemas[2];
    struct sg_schema **schema = &schemas[choice % 2];
    char json[2048];
    struct sg_error error = {0};
    if (*schema)
        return *schema;
    int size = snprintf(json, sizeof json, SCHEMA, choice % 2 ? "mariadb" : "mysql",
                        choice % 2 ? "101119" : "90704");
    enum sg_status status =
        sg_schema_from_json(sg_slice_make(json, (size_t)size), "fuzz", schema, &error);
    assert(status == SG_OK);
    return *schema;
}

static bool is_blank(struct sg_slice text, size_t from)
{
    for (; from < text.size; from++)
        if (!memchr(" \t\r\n\f\v", text.data[from], 6))
            return false;
    return true;
}

/* What a hit promises. */
static void check_fresh(struct sg_slice text, const struct sg_context *context,
                        const struct sg_schemas *schemas)
{
    struct sg_arena arena;
    const struct sg_report *report = NULL;
    sg_arena_init(&arena, ARENA_BYTES);
    enum sg_status status = sg_check(text, context, schemas, &arena, &report);
    assert(status == SG_OK);
    assert(report->verdict == SG_VERDICT_OK && report->effects.flags == 0);
    assert(is_blank(text, report->consumed));
    sg_arena_fini(&arena);
}

static void ask(struct sg_verdict_cache *cache, struct sg_slice text,
                const struct sg_context *context, const struct sg_schemas *schemas)
{
    struct sg_arena arena;
    const struct sg_report *report = NULL;
    if (sg_verdict_cache_find(cache, text, context) == SG_CACHED_OK) {
        check_fresh(text, context, schemas);
        return;
    }
    sg_arena_init(&arena, ARENA_BYTES);
    if (sg_check(text, context, schemas, &arena, &report) == SG_OK) {
        sg_verdict_cache_keep(cache, report); /* what comes once is not kept */
        (void)sg_verdict_cache_find(cache, text, context);
        sg_verdict_cache_keep(cache, report);
    }
    sg_arena_fini(&arena);
}

/* Another literal of the token's kind; the same bytes for all other tokens. */
static struct sg_slice other_bytes(struct sg_slice bytes, uint8_t kind, unsigned choice)
{
    static const char *const INTEGERS[] = {"1", "0", "3", "99999999999999999999999"};
    static const char *const DECIMALS[] = {"1.5", "0.0", "99.25"};
    static const char *const STRINGS[] = {"'id'", "''", "'it''s'", "'a`b'", "'x y ;#-- /*'"};
    switch (kind) {
    case SG_TOKEN_INTEGER:
        return sg_slice_of(INTEGERS[choice % 4]);
    case SG_TOKEN_DECIMAL:
        return sg_slice_of(DECIMALS[choice % 3]);
    case SG_TOKEN_STRING:
        return sg_slice_of(STRINGS[choice % 5]);
    default:
        return bytes;
    }
}

/* What stands between two tokens, another comment in place of one that fills it. */
static struct sg_slice other_gap(struct sg_slice gap, unsigned choice)
{
    static const char *const COMMENTS[] = {"/**/", "/* it's (1, */", "/*`*/", "/***/"};
    if (gap.size < 4 || memcmp(gap.data, "/*", 2) != 0 || gap.data[2] == '+' ||
        gap.data[2] == '!' || ((gap.data[2] | 0x20) == 'm' && gap.data[3] == '!') ||
        memmem(gap.data + 2, gap.size - 2, "*/", 2) != gap.data + gap.size - 2)
        return gap;
    return sg_slice_of(COMMENTS[choice % 4]);
}

static size_t put(char *out, struct sg_slice bytes)
{
    if (bytes.size)
        memcpy(out, bytes.data, bytes.size);
    return bytes.size;
}

/* The text with other literals and comments, in the heap; its size in *size_out. */
static char *exchange(struct sg_slice text, const struct sg_context *context, unsigned choice,
                      size_t *size_out)
{
    struct sg_lexer lexer;
    struct sg_token token;
    size_t from = 0;
    size_t size = 0;
    char *out = malloc(text.size * 24 + 64);
    assert(out);
    sg_lex_init(&lexer, text, context);
    for (sg_lex_next(&lexer, &token);
         token.kind != SG_TOKEN_END && token.kind != SG_TOKEN_ERROR && size < TEXT_MAX;
         sg_lex_next(&lexer, &token)) {
        size += put(out + size,
                    other_gap(sg_slice_make(text.data + from, token.offset - from), choice));
        size += put(out + size, other_bytes(sg_lex_bytes(&lexer, &token), token.kind, choice++));
        from = sg_token_end(&token);
    }
    size += put(out + size, other_gap(sg_slice_make(text.data + from, text.size - from), choice));
    out = realloc(out, size + 1);
    assert(out);
    *size_out = size;
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4 || size > TEXT_MAX)
        return 0;
    struct sg_schemas schemas = {.live = schema_for(data[0])};
    struct sg_context context = {
        .server = sg_schema_server(schemas.live),
        .database = data[0] & 2 ? SG_SLICE_EMPTY : SG_SLICE_LITERAL("d"),
        .sql_mode = data[1] & 15,
        .sql_mode_unknown = data[0] & 4 ? SG_MODE_ANSI_QUOTES | SG_MODE_NO_BACKSLASH_ESCAPES : 0,
        .charset = data[0] & 8 ? (enum sg_charset)(data[1] >> 4) % 11 : SG_CHARSET_UTF8,
    };
    if (data[1] & 16)
        context.sql_mode |= SG_MODE_NO_BACKSLASH_ESCAPES;
    /* A copy of its own, so that a look behind its end is seen. */
    struct sg_slice text = sg_slice_make(malloc(size - 3), size - 3);
    assert(text.data);
    memcpy((char *)(uintptr_t)text.data, data + 3, size - 3);

    struct sg_verdict_cache *cache = sg_verdict_cache_new(CACHE_BYTES);
    assert(cache);
    ask(cache, text, &context, &schemas);
    ask(cache, text, &context, &schemas);
    for (unsigned i = 0; i < 4; i++) {
        size_t other_size;
        char *other = exchange(text, &context, data[2] + i, &other_size);
        ask(cache, sg_slice_make(other, other_size), &context, &schemas);
        free(other);
    }
    ask(cache, text, &context, &schemas);
    sg_verdict_cache_free(cache);
    free((char *)(uintptr_t)text.data);
    return 0;
}
