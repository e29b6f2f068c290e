/* The public door: one statement's way from text to report.
 *
 *   text ─ parse ─ tree ─ resolve (live, verified) ─ findings ─ verdict
 *                   └──── effects
 *
 * What the context does not know for certain is read in every way it could be: a mismatch stands
 * only when all of them give one.
 */
#include <schemaguard/check.h>

#include "resolve/resolve.h"
#include "sql/ast.h"
#include "sql/transcode.h"
#include "verdict/effects.h"
#include "verdict/verdict.h"

/* More modes than this unknown and in use at once: nothing is said. */
#define UNKNOWN_MODES_MAX 5

/* Of the digest's text, which is not looked at. */
#define REWRITE_DIGEST_BYTES 64

static bool is_ascii(struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    }
    return true;
}

static bool has_byte(struct sg_slice text, char byte)
{
    return text.size && memchr(text.data, byte, text.size) != NULL;
}

static void withdraw(struct sg_report *report)
{
    report->verdict = SG_VERDICT_OK;
    report->references = NULL;
    report->reference_count = 0;
}

static void give_no_verdict(struct sg_report *report, struct sg_slice reason, size_t offset)
{
    report->verdict = SG_VERDICT_UNPARSED;
    report->unparsed_reason = reason;
    report->unparsed_offset = offset;
}

/* MySQL's Rewriter plugin puts other statements in the place of those that match its rules, which a
 * schema does not hold; that it is there shows by the table that it keeps them in. It rewrites what
 * reads and writes rows alone, prepared or not. MySQL manual, "The Rewriter Query Rewrite Plugin"
 */
static bool may_be_rewritten(const struct sg_statement *statement, const struct sg_context *context,
                             const struct sg_schema *schema)
{
    const struct sg_table *rules;
    if (context->server->flavour != SG_FLAVOUR_MYSQL)
        return false;
    if (statement->kind != SG_AST_QUERY && statement->kind != SG_AST_INSERT &&
        statement->kind != SG_AST_UPDATE && statement->kind != SG_AST_DELETE &&
        statement->kind != SG_AST_PREPARE)
        return false;
    return sg_schema_find_table(schema, SG_SLICE_LITERAL("query_rewrite"),
                                SG_SLICE_LITERAL("rewrite_rules"), &rules) == SG_PRESENT;
}

/* A rule may have the pattern that this statement has. */
static bool is_rewritten(const struct sg_statement *statement, struct sg_slice text,
                         const struct sg_context *context, struct sg_arena *arena)
{
    struct sg_digest digest;
    if (!context->rewrites_known || statement->kind == SG_AST_PREPARE)
        return true;
    if (sg_digest(text, context, REWRITE_DIGEST_BYTES, arena, &digest) != SG_OK)
        return true;
    for (size_t i = 0; i < context->rewrite_count; i++) {
        const struct sg_rewrite *rule = &context->rewrites[i];
        bool database_fits = rule->database.size == 0 ||
                             context->database_certainty == SG_UNCERTAIN ||
                             sg_slice_equal(rule->database, context->database);
        if (rule->pattern_digest == digest.hash && database_fits)
            return true;
    }
    return false;
}

static enum sg_status resolve(const struct sg_statement *statement, struct sg_slice text,
                              const struct sg_context *context, const struct sg_schemas *schemas,
                              struct sg_arena *arena, struct sg_report *report)
{
    struct sg_resolution live;
    struct sg_resolution verified;
    sg_resolve(statement, text, context, schemas->live, arena, &live);
    if (schemas->verified)
        sg_resolve(statement, text, context, schemas->verified, arena, &verified);
    if (arena->exhausted)
        return SG_LIMIT;
    bool has_verified = schemas->verified && verified.complete;
    report->depends_on_text = live.depends_on_text || (has_verified && verified.depends_on_text);
    if (!live.complete) {
        give_no_verdict(report, live.reason, live.reason_offset);
        return SG_OK;
    }
    sg_verdict_give(&live, has_verified ? &verified : NULL, arena, report);
    if (sg_verdict_is_mismatch(report->verdict) &&
        may_be_rewritten(statement, context, schemas->live) &&
        is_rewritten(statement, text, context, arena)) {
        withdraw(report);
        give_no_verdict(report, SG_SLICE_LITERAL("the server may rewrite it"), 0);
    }
    return arena->exhausted ? SG_LIMIT : SG_OK;
}

/* A reading of bytes as they are, under a context that is taken for certain. */
static enum sg_status read_as_it_is(struct sg_slice text, const struct sg_context *context,
                                    const struct sg_schemas *schemas, struct sg_arena *arena,
                                    struct sg_report *report)
{
    struct sg_parse parse;
    *report = (struct sg_report){0};
    sg_parse(text, context, arena, &parse);
    report->consumed = parse.consumed;
    if (parse.status == SG_PARSE_MEMORY || arena->exhausted)
        return SG_LIMIT;
    if (parse.status != SG_PARSE_OK) {
        give_no_verdict(report, parse.reason, parse.offset);
        sg_effects_of_text(text, context, report);
        return SG_OK;
    }
    sg_effects_of_tree(parse.statement, text, context, schemas ? schemas->live : NULL, arena,
                       report);
    if (arena->exhausted)
        return SG_LIMIT;
    return schemas ? resolve(parse.statement, text, context, schemas, arena, report) : SG_OK;
}

/* What was told of `utf8` is told of `text`, which it was made from. */
static bool move_back(struct sg_report *report, struct sg_slice text,
                      const struct sg_context *context, struct sg_slice utf8,
                      struct sg_arena *arena)
{
    enum sg_charset charset = context->charset;
    struct sg_reference *moved = sg_arena_array(arena, report->reference_count + 1, sizeof *moved);
    if (!moved)
        return false;
    for (size_t i = 0; i < report->reference_count; i++) {
        moved[i] = report->references[i];
        size_t end = moved[i].offset + moved[i].size;
        moved[i].offset = sg_transcode_offset(text, charset, utf8, moved[i].offset);
        moved[i].size = sg_transcode_offset(text, charset, utf8, end) - moved[i].offset;
    }
    report->references = moved;
    report->consumed = sg_transcode_offset(text, charset, utf8, report->consumed);
    report->unparsed_offset = sg_transcode_offset(text, charset, utf8, report->unparsed_offset);
    if (report->effects.charset_certainty == SG_UNCERTAIN)
        report->effects.charset = charset;
    return true;
}

/* One reading of the text, under a context that is taken for certain. A schema's names are UTF-8,
 * so the text is read as that where it can be. */
static enum sg_status read_once(struct sg_slice text, const struct sg_context *context,
                                const struct sg_schemas *schemas, struct sg_arena *arena,
                                struct sg_report *report)
{
    struct sg_slice utf8;
    if (context->charset == SG_CHARSET_UTF8 || context->charset_certainty == SG_UNCERTAIN ||
        is_ascii(text) || !sg_transcode(text, context->charset, arena, &utf8))
        return read_as_it_is(text, context, schemas, arena, report);
    struct sg_context in_utf8 = *context;
    in_utf8.charset = SG_CHARSET_UTF8;
    enum sg_status status = read_as_it_is(utf8, &in_utf8, schemas, arena, report);
    return status == SG_OK && !move_back(report, text, context, utf8, arena) ? SG_LIMIT : status;
}

/* The unknown modes that change how this text is read. */
static uint32_t modes_that_matter(struct sg_slice text, uint32_t unknown)
{
    uint32_t matter = unknown & (uint32_t)(SG_MODE_ORACLE | SG_MODE_IGNORE_SPACE);
    if (has_byte(text, '"'))
        matter |= unknown & SG_MODE_ANSI_QUOTES;
    if (has_byte(text, '|'))
        matter |= unknown & SG_MODE_PIPES_AS_CONCAT;
    if (has_byte(text, '\\'))
        matter |= unknown & SG_MODE_NO_BACKSLASH_ESCAPES;
    if (has_byte(text, '['))
        matter |= unknown & SG_MODE_MSSQL;
    return matter;
}

/* A mismatch must hold under every other reading too. */
static enum sg_status read_otherwise(struct sg_slice text, const struct sg_context *context,
                                     const struct sg_schemas *schemas, struct sg_arena *arena,
                                     struct sg_report *report)
{
    uint32_t unknown = modes_that_matter(text, context->sql_mode_unknown);
    if (context->charset_certainty == SG_UNCERTAIN && !is_ascii(text)) {
        withdraw(report);
        return SG_OK;
    }
    if (__builtin_popcount(unknown) > UNKNOWN_MODES_MAX) {
        withdraw(report);
        return SG_OK;
    }
    /* All subsets of the unknown bits, as differences to the reading that was made. */
    for (uint32_t subset = unknown; subset != 0; subset = (subset - 1) & unknown) {
        struct sg_context other = *context;
        struct sg_report other_report;
        other.sql_mode ^= subset;
        enum sg_status status = read_once(text, &other, schemas, arena, &other_report);
        if (status != SG_OK)
            return status;
        if (!sg_verdict_is_mismatch(other_report.verdict) ||
            (other_report.verdict == SG_VERDICT_UNVERIFIED &&
             report->verdict != SG_VERDICT_UNVERIFIED)) { /* the server would run it */
            withdraw(report);
            return SG_OK;
        }
    }
    return SG_OK;
}

enum sg_status sg_check(struct sg_slice text, const struct sg_context *context,
                        const struct sg_schemas *schemas, struct sg_arena *arena,
                        const struct sg_report **report_out)
{
    struct sg_report *report = sg_arena_alloc(arena, sizeof *report);
    if (!report)
        return SG_LIMIT;
    enum sg_status status = read_once(text, context, schemas, arena, report);
    if (status == SG_OK && sg_verdict_is_mismatch(report->verdict))
        status = read_otherwise(text, context, schemas, arena, report);
    if (status == SG_OK)
        *report_out = report;
    return status;
}

enum sg_status sg_read_effects(struct sg_slice text, const struct sg_context *context,
                               struct sg_arena *arena, const struct sg_report **report_out)
{
    struct sg_report *report = sg_arena_alloc(arena, sizeof *report);
    if (!report)
        return SG_LIMIT;
    enum sg_status status = read_once(text, context, NULL, arena, report);
    if (status == SG_OK)
        *report_out = report;
    return status;
}

enum sg_status sg_explain(struct sg_slice text, const struct sg_context *context,
                          const struct sg_schema *schema, struct sg_arena *arena,
                          const struct sg_report **report_out,
                          const struct sg_resolved **resolved_out)
{
    const struct sg_schemas schemas = {.live = schema};
    struct sg_parse parse;
    struct sg_resolution resolution;
    enum sg_status status = sg_check(text, context, &schemas, arena, report_out);
    *resolved_out = NULL;
    if (status != SG_OK)
        return status;
    if (sg_parse(text, context, arena, &parse) != SG_PARSE_OK)
        return parse.status == SG_PARSE_MEMORY ? SG_LIMIT : SG_OK;
    sg_resolve_telling(parse.statement, text, context, schema, arena, &resolution);
    *resolved_out = resolution.resolved;
    return arena->exhausted ? SG_LIMIT : SG_OK;
}
