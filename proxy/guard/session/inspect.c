/* See inspect.h. */
#include "session/inspect.h"

#include <stdlib.h>
#include <string.h>

#include "report/agreement.h"
#include "report/histogram.h"
#include "report/metrics.h"
#include "session/decide.h"
#include "session/outcome.h"
#include "session/session.h"

/* A statement that is merely unparsed is remembered, so that an event can show it if the server
 * finds a name missing in it; but not at any price. */
#define UNPARSED_NOTE_LIMIT (256u * 1024u)

/* One pass over a command's text. */
struct pass {
    bool several;                     /* MULTI_STATEMENTS is in force */
    const struct sg_schemas *schemas; /* NULL = effects only */
    struct sg_arena *arena;
    struct sg_context context; /* as it will be when the next statement runs */
    struct judged *first;
    struct judged **end;
    unsigned count;
    bool changes; /* a statement changes what later ones mean */
    bool mismatch;
    bool unparsed;
    bool limit; /* the arena's ceiling was reached */
};

static void foresee(struct sg_context *context, const struct sg_effects *effects)
{
    if (effects->flags & SG_EFFECT_OPAQUE) {
        context->database_certainty = SG_UNCERTAIN;
        context->sql_mode_unknown = session_defaults_unknown().sql_mode_unknown;
        context->temporary_certainty = SG_UNCERTAIN;
    }
    if (effects->flags & SG_EFFECT_DATABASE) {
        context->database = effects->database;
        context->database_certainty = SG_CERTAIN;
    }
    if (effects->flags & SG_EFFECT_SQL_MODE) {
        context->sql_mode = effects->sql_mode;
        context->sql_mode_unknown = effects->sql_mode_unknown;
    }
    if (effects->flags & SG_EFFECT_CHARSET) {
        context->charset = effects->charset;
        context->charset_certainty = effects->charset_certainty;
    }
    if (effects->flags & SG_EFFECT_TEMPORARY)
        context->temporary_certainty = SG_UNCERTAIN;
}

static bool is_blank(struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++)
        if (!memchr(" \t\r\n\f\v\0", text.data[i], 7))
            return false;
    return true;
}

static enum sg_status read_one(const struct pass *pass, struct sg_slice text,
                               const struct sg_report **report_out)
{
    if (pass->schemas)
        return sg_check(text, &pass->context, pass->schemas, pass->arena, report_out);
    return sg_read_effects(text, &pass->context, pass->arena, report_out);
}

static bool keep(struct pass *pass, struct sg_slice text, const struct sg_report *report)
{
    struct judged *judged = sg_arena_alloc(pass->arena, sizeof *judged);

    if (!judged)
        return false;
    *judged = (struct judged){.index = pass->count, .text = text, .report = report};
    *pass->end = judged;
    pass->end = &judged->next;
    pass->changes |= report->effects.flags != 0;
    pass->mismatch |= sg_verdict_is_mismatch(report->verdict);
    pass->unparsed |= report->verdict == SG_VERDICT_UNPARSED;
    return true;
}

/* Judges statement after statement. It stops where a later one cannot be judged by what is known
 * now: behind DDL, which changes the schema under it. */
static void run_pass(struct pass *pass, struct sg_slice text)
{
    do {
        const struct sg_report *report = NULL;
        struct sg_slice statement;

        if (read_one(pass, text, &report) != SG_OK) {
            pass->limit = true;
            return;
        }
        statement = sg_slice_make(text.data, report->consumed);
        text = sg_slice_make(text.data + report->consumed, text.size - report->consumed);
        if (!keep(pass, statement, report)) {
            pass->limit = true;
            return;
        }
        pass->count++;
        foresee(&pass->context, &report->effects);
        if (report->effects.flags & SG_EFFECT_SCHEMA)
            return;
    } while (pass->several && !is_blank(text));
    /* Without MULTI_STATEMENTS a second statement makes the whole a syntax error. */
    if (!is_blank(text))
        pass->limit = true;
}

static struct pass begin_pass(const struct session *session, const struct sg_schemas *schemas,
                              struct sg_arena *arena)
{
    struct pass pass = {.several = session->multi_statements,
                        .schemas = schemas,
                        .arena = arena,
                        .context = session->context.sg.context};

    if (schemas)
        pass.context.server = sg_schema_server(schemas->live);
    return pass;
}

_Static_assert(METRIC_VERDICT_ABSENT - METRIC_VERDICT_OK == SG_VERDICT_ABSENT - SG_VERDICT_OK,
               "metrics.def lists the verdicts in the order of enum sg_verdict");

static void count_verdicts(const struct pass *pass)
{
    for (const struct judged *judged = pass->first; judged; judged = judged->next) {
        metrics_add(METRIC_STATEMENTS_INSPECTED, 1);
        metrics_add(METRIC_VERDICT_OK + (unsigned)judged->report->verdict, 1);
        if (judged->report->verdict == SG_VERDICT_UNPARSED)
            agreement_unparsed(judged->report->unparsed_reason);
    }
    if (pass->limit)
        metrics_add(METRIC_ENGINE_LIMITS, 1);
}

/* The same pass again, in memory that lasts until the answer. */
static struct note *make_note(const struct session *session, struct sg_slice text,
                              const struct sg_schemas *schemas)
{
    struct note *note = calloc(1, sizeof *note);
    struct pass pass;

    if (!note)
        return NULL;
    sg_arena_init(&note->arena, NOTE_CEILING_BYTES);
    note->at_us = session_now_us();
    note->doubtful = session_schema_is_doubtful(session);
    note->published = schemas ? published_retain(session->host->published) : NULL;
    pass = begin_pass(session, schemas, &note->arena);
    pass.end = &pass.first;
    note->context = pass.context;
    note->context.overlay = NULL; /* the session's, which may change */
    note->context.database = sg_arena_copy(&note->arena, note->context.database);
    text = sg_arena_copy(&note->arena, text);
    run_pass(&pass, text);
    if (pass.limit) {
        note_free(note);
        return NULL;
    }
    note->several = pass.several;
    note->judged = pass.first;
    note->statement_count = pass.count;
    note->changes = pass.changes;
    return note;
}

static struct inspection without_schema(struct session *session, struct sg_slice text)
{
    struct inspection inspection = {.action = POLICY_FORWARD};

    metrics_add(METRIC_STATEMENTS_UNINSPECTED, 1);
    metrics_add(METRIC_STATEMENTS_NO_SCHEMA, 1);
    if (session->host->shared->settings->no_schema == NO_SCHEMA_REFUSE) {
        inspection.refused = true;
        return inspection;
    }
    inspection.note = inspect_effects(session, text);
    return inspection;
}

/* Asking the clock twice costs as much as a short statement's lexing: it is done seldom. */
#define INSPECTION_SAMPLE 16u

/* A statement of this shape was judged ok under this context and this schema. */
static bool is_known(const struct session *session, struct sg_slice text)
{
    struct sg_verdict_cache *verdicts = session->host->verdicts;

    if (!verdicts)
        return false;
    if (sg_verdict_cache_find(verdicts, text, &session->context.sg.context) != SG_CACHED_OK) {
        metrics_add(METRIC_VERDICT_CACHE_MISSES, 1);
        return false;
    }
    metrics_add(METRIC_VERDICT_CACHE_HITS, 1);
    metrics_add(METRIC_STATEMENTS_INSPECTED, 1);
    metrics_add(METRIC_VERDICT_OK, 1);
    return true;
}

/* A text of several statements has no shape: then there is nothing to keep. */
static void remember(const struct session *session, const struct pass *pass)
{
    struct sg_verdict_cache *verdicts = session->host->verdicts;
    uint64_t evictions;

    if (!verdicts || pass->limit || pass->count != 1)
        return;
    evictions = sg_verdict_cache_state(verdicts).evictions;
    sg_verdict_cache_keep(verdicts, pass->first->report);
    metrics_add(METRIC_VERDICT_CACHE_EVICTIONS,
                sg_verdict_cache_state(verdicts).evictions - evictions);
}

/* The first decides; but what is merely unverified the server would run, wherever it stands. */
static const struct judged *find_deciding(const struct pass *pass)
{
    if (!pass->first || sg_verdict_is_mismatch(pass->first->report->verdict))
        return pass->first;
    for (const struct judged *at = pass->first; at; at = at->next)
        if (at->report->verdict == SG_VERDICT_UNVERIFIED)
            return at;
    return pass->first;
}

/* What would break if the candidate were live; nothing that breaks already. True: something would.
 */
static bool breaks_by_candidate(struct session *session, struct sg_slice text,
                                enum policy_carrier carrier)
{
    struct session_worker *host = session->host;
    const struct published_beside *beside = host->published->beside;
    const struct sg_schemas schemas = {.live = beside->foreseen};
    struct pass pass = begin_pass(session, &schemas, &host->arena);

    pass.end = &pass.first;
    run_pass(&pass, text);
    for (const struct judged *at = pass.first; at && !pass.limit; at = at->next)
        if (sg_verdict_is_mismatch(at->report->verdict))
            outcome_candidate(session, carrier, at->text, at->report, &host->arena);
    return pass.mismatch;
}

static bool is_held_against_candidate(const struct session_worker *host, const struct pass *pass,
                                      enum policy_carrier carrier)
{
    const struct published_beside *beside = host->published->beside;

    return beside && beside->foreseen && !pass->limit && !pass->mismatch &&
           carrier != POLICY_CARRIER_NAME;
}

static struct inspection judge(struct session *session, struct sg_slice text,
                               enum policy_carrier carrier)
{
    struct session_worker *host = session->host;
    struct sg_schemas schemas;
    struct inspection inspection = {.action = POLICY_FORWARD, .inspected = true};
    struct policy_decision decision = {.action = POLICY_FORWARD};
    const struct judged *deciding;
    struct pass pass;

    if (!session_has_schema(session))
        return without_schema(session, text);
    if (is_known(session, text)) {
        inspection.text = recent_put(&host->recent, text);
        return inspection;
    }
    schemas = (struct sg_schemas){.live = host->published->schema,
                                  .verified = published_agreed(host->published)};
    pass = begin_pass(session, &schemas, &host->arena);
    pass.end = &pass.first;
    run_pass(&pass, text);
    count_verdicts(&pass);
    deciding = find_deciding(&pass);
    if (!is_held_against_candidate(host, &pass, carrier) ||
        !breaks_by_candidate(session, text, carrier))
        remember(session, &pass);
    if (pass.limit)
        inspection.inspected = false;
    else if (deciding && sg_verdict_is_mismatch(deciding->report->verdict))
        decision = decide(session, deciding->text, deciding->report, carrier, &host->arena);
    if (!pass.limit &&
        (pass.mismatch || pass.changes || (pass.unparsed && text.size <= UNPARSED_NOTE_LIMIT)))
        inspection.note = make_note(session, text, &schemas);
    if (inspection.note) {
        inspection.action = decision.action;
        inspection.note->decision = decision;
        inspection.note->decided = deciding ? deciding->index : 0;
    }
    if (!inspection.note) /* nothing can be asked or answered without it */
        inspection.text = recent_put(&host->recent, text);
    sg_arena_reset(&host->arena);
    return inspection;
}

struct inspection inspect_sql(struct session *session, struct sg_slice text,
                              enum policy_carrier carrier)
{
    struct inspection inspection;
    uint64_t began_ns;

    if (session->host->judged++ % INSPECTION_SAMPLE != 0)
        return judge(session, text, carrier);
    began_ns = histogram_clock_ns();
    inspection = judge(session, text, carrier);
    if (inspection.inspected)
        histogram_add(HISTOGRAM_INSPECTION, histogram_clock_ns() - began_ns);
    return inspection;
}

struct inspection inspect_prepared(struct session *session, struct prepared *prepared)
{
    const struct sg_context now = session->context.sg.context;
    struct inspection inspection;

    session->context.sg.context = prepared->context;
    session->context.sg.context.server = now.server;
    session->context.sg.context.overlay = now.overlay;
    session->context.sg.context.temporary_certainty = now.temporary_certainty;
    inspection = inspect_sql(session, prepared->text, POLICY_CARRIER_PREPARE);
    session->context.sg.context = now;
    if (inspection.note && sg_verdict_is_mismatch(inspection.note->judged->report->verdict))
        return inspection;
    if (inspection.inspected)
        prepared->generation = session->host->published->generation;
    note_free(inspection.note);
    return (struct inspection){.action = POLICY_FORWARD};
}

/* The command's whole text, from its first statement on, for what they do to each other. */
static struct sg_slice text_of(const struct note *note)
{
    const struct judged *last = note->judged;

    while (last->next)
        last = last->next;
    return sg_slice_make(note->judged->text.data,
                         (size_t)(last->text.data + last->text.size - note->judged->text.data));
}

bool inspect_suspects_still(const struct note *note, const struct judged *judged,
                            const struct sg_schema *schema)
{
    const struct sg_schemas schemas = {.live = schema};
    struct sg_arena arena;
    struct pass pass = {
        .several = note->several, .schemas = &schemas, .arena = &arena, .context = note->context};
    bool suspected = true;

    sg_arena_init(&arena, NOTE_CEILING_BYTES);
    pass.context.server = sg_schema_server(schema);
    pass.end = &pass.first;
    run_pass(&pass, text_of(note));
    for (const struct judged *at = pass.first; at; at = at->next)
        if (at->index == judged->index)
            suspected = sg_verdict_is_mismatch(at->report->verdict);
    sg_arena_fini(&arena);
    return suspected;
}

const struct sg_report *inspect_afresh(const struct session *session, struct note *note,
                                       struct sg_schema *fresh)
{
    struct sg_schemas schemas = {.live = fresh};
    struct sg_context context = note->context;
    struct judged *judged = note->judged;
    const struct sg_report *verified = NULL;
    const struct sg_report *report = NULL;

    context.server = sg_schema_server(fresh);
    context.overlay = session->context.sg.context.overlay;
    if (sg_check(judged->text, &context, &schemas, &note->arena, &report) != SG_OK ||
        !sg_verdict_is_mismatch(report->verdict))
        return report;
    schemas.verified = published_agreed(note->published);
    if (schemas.verified &&
        sg_check(judged->text, &context, &schemas, &note->arena, &verified) == SG_OK &&
        verified->verdict == SG_VERDICT_MISSING)
        report = verified;
    sg_schema_release(note->fresh);
    note->fresh = sg_schema_retain(fresh);
    judged->report = report;
    return report;
}

/* As the statement that does the same: `beginning` and the quoted name. */
static struct inspection inspect_name(struct session *session, const char *beginning,
                                      struct sg_slice name)
{
    struct sg_arena *arena = &session->host->arena;
    size_t size = strlen(beginning);
    char *text = sg_arena_alloc(arena, size + 2 * name.size + 2);

    if (!text)
        return (struct inspection){.action = POLICY_FORWARD};
    memcpy(text, beginning, size);
    text[size++] = '`';
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] == '`')
            text[size++] = '`';
        text[size++] = name.data[i];
    }
    text[size++] = '`';
    /* inspect_sql resets the arena when it is done with the text. */
    return inspect_sql(session, sg_slice_make(text, size), POLICY_CARRIER_NAME);
}

struct inspection inspect_database(struct session *session, struct sg_slice name)
{
    return inspect_name(session, "USE ", name);
}

struct inspection inspect_table(struct session *session, struct sg_slice name)
{
    struct inspection inspection = inspect_name(session, "SHOW FIELDS FROM ", name);

    inspection.refused = false; /* never blocked, not even without a schema */
    return inspection;
}

struct note *inspect_effects(struct session *session, struct sg_slice text)
{
    struct note *note = make_note(session, text, NULL);

    if (note && !note->changes) {
        note_free(note);
        return NULL;
    }
    return note;
}
