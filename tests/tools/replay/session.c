/* One session: its state followed statement by statement, and its answers. */
#include "replay.h"

#include <stdio.h>
#include <string.h>

void session_init(struct session *s, const struct sg_server *server, const struct sg_schema *live,
                  struct sg_slice database)
{
    *s = (struct session){.context = {.server = server, .charset = SG_CHARSET_UTF8},
                          .live = live,
                          .overlay = sg_overlay_new()};
    if (!s->overlay)
        die("out of", "memory");
    s->context.overlay = s->overlay;
    session_use(s, database);
}

void session_fini(struct session *s)
{
    sg_overlay_free(s->overlay);
    sg_catalog_free(s->catalog);
}

/* A guard would read the live schema again; here the statement is interpreted. */
static void change_schema(struct session *s, struct sg_slice text, struct sg_arena *arena)
{
    struct sg_catalog_change change;
    if (!s->catalog)
        s->catalog = sg_catalog_copy(s->live);
    if (!s->catalog || sg_catalog_apply(s->catalog, text, &s->context, arena, &change) != SG_OK ||
        change.effect == SG_CATALOG_DOUBTFUL)
        s->context.temporary_certainty = SG_UNCERTAIN;
    else
        s->live = sg_catalog_schema(s->catalog);
}

void session_use(struct session *s, struct sg_slice name)
{
    if (name.size >= sizeof s->database)
        die("a long name:", "database");
    if (name.size)
        memcpy(s->database, name.data, name.size);
    s->context.database = sg_slice_make(s->database, name.size);
}

void session_apply(struct session *s, struct sg_slice text, const struct sg_effects *effects,
                   struct sg_arena *arena)
{
    if (effects->flags & SG_EFFECT_SCHEMA)
        change_schema(s, text, arena);
    if (effects->flags & SG_EFFECT_OPAQUE)
        s->context.temporary_certainty = SG_UNCERTAIN;
    if (effects->flags & SG_EFFECT_DATABASE)
        session_use(s, effects->database);
    if (effects->flags & SG_EFFECT_SQL_MODE) {
        s->context.sql_mode = effects->sql_mode;
        s->context.sql_mode_unknown = effects->sql_mode_unknown;
    }
    if (effects->flags & SG_EFFECT_CHARSET) {
        s->context.charset = effects->charset;
        s->context.charset_certainty = effects->charset_certainty;
    }
    if (effects->flags & SG_EFFECT_TEMPORARY) {
        if (!effects->overlay_change ||
            sg_overlay_apply(s->overlay, effects->overlay_change) != SG_OK)
            s->context.temporary_certainty = SG_UNCERTAIN;
    }
}

/* Nothing but `;` and white space from there on. */
static bool is_blank(struct sg_slice text, size_t from)
{
    for (size_t i = from; i < text.size; i++) {
        if (!strchr("; \t\r\n", text.data[i]))
            return false;
    }
    return true;
}

/* As a guard asks, which has a cache for its live schema. */
static enum sg_status judge_one(struct session *s, struct sg_slice text, struct sg_arena *arena,
                                const struct sg_report **report_out)
{
    struct sg_schemas schemas = {.live = s->live};
    struct sg_verdict_cache *verdicts = s->catalog ? NULL : s->verdicts;
    struct sg_report *known;
    enum sg_status status;
    if (verdicts && sg_verdict_cache_find(verdicts, text, &s->context) == SG_CACHED_OK) {
        known = sg_arena_alloc(arena, sizeof *known);
        if (!known)
            return SG_LIMIT;
        known->consumed = text.size;
        *report_out = known;
        return SG_OK;
    }
    status = sg_check(text, &s->context, &schemas, arena, report_out);
    if (verdicts && status == SG_OK) {
        sg_verdict_cache_keep(verdicts, *report_out); /* what comes once is not kept */
        (void)sg_verdict_cache_find(verdicts, text, &s->context);
        sg_verdict_cache_keep(verdicts, *report_out);
    }
    return status;
}

/* The statements of one text in order; the first that is no `ok` decides. Text after the first is
 * wrong on a session that may not send several, but whether it may is only known of what went well:
 * a name that is missing in the first is told. */
struct answer session_judge(struct session *s, struct sg_slice text, bool multi,
                            struct sg_arena *arena)
{
    struct answer answer = {.verdict = "ok"};
    while (text.size) {
        const struct sg_report *report;
        if (judge_one(s, text, arena, &report) != SG_OK)
            return (struct answer){.verdict = "unparsed"};
        if (report->verdict == SG_VERDICT_UNPARSED)
            return (struct answer){.verdict = "unparsed", .message = report->unparsed_reason};
        if (sg_verdict_is_mismatch(report->verdict)) {
            const struct sg_reference *first = &report->references[0];
            bool is_database = first->error == 1049;
            return (struct answer){.verdict = is_database ? "ok" : "mismatch",
                                   .error = first->error,
                                   .message = first->message};
        }
        if (!multi && !is_blank(text, report->consumed))
            return (struct answer){.verdict = "unparsed",
                                   .message = SG_SLICE_LITERAL("text after ;")};
        session_apply(s, text, &report->effects, arena);
        if (report->consumed == 0)
            break;
        text.data += report->consumed;
        text.size -= report->consumed;
    }
    return answer;
}

void print_answer(const struct answer *answer)
{
    printf(", \"verdict\": \"%s\"", answer->verdict);
    if (answer->error)
        printf(", \"errno\": %u", answer->error);
    if (answer->message.size) {
        printf(", \"message\": ");
        print_string(answer->message);
    }
    printf("}\n");
}
