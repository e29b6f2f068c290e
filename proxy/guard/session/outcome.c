/* See outcome.h. */
#include "session/outcome.h"

#include "policy/policy.h"
#include "report/agreement.h"
#include "report/event.h"
#include "report/log.h"
#include "report/metrics.h"
#include "session/doubt.h"
#include "session/held.h"
#include "session/note.h"
#include "session/refusal.h"
#include "session/session.h"
#include "wire/login.h"

#define EVENT_ATTRIBUTES_MAX 32u

/* What the client was told about one statement. */
struct answer {
    bool heard;     /* the server, or we in its stead, have answered */
    uint16_t error; /* 0 = it was carried out */
    struct sg_slice sqlstate;
    struct sg_slice message;
    bool own;
};

/* A statement that was judged ok left no note: of it the text is known while it is still there. */
static struct sg_slice text_of(const struct session *session, const struct pending *pending,
                               const struct judged *judged)
{
    return judged ? judged->text : recent_get(&session->host->recent, pending->text);
}

static const struct sg_context *context_of(const struct session *session,
                                           const struct pending *pending,
                                           const struct judged *judged)
{
    return judged ? &pending->note->context : &session->context.sg.context;
}

/* --- events -------------------------------------------------------------------------------------
 */

static void put_who(const struct session *session, struct event *event,
                    struct event_attribute attributes[EVENT_ATTRIBUTES_MAX])
{
    const struct endpoint *server = &session->host->shared->server;
    struct wire_attribute attribute;
    struct cursor c;

    event->session_id = session->id;
    event->connection_id = session->connection_id;
    event->client_address = sg_slice_of(session->client.address);
    event->client_port = session->client.port;
    event->server_address = sg_slice_of(server->is_path ? server->path : server->host);
    event->server_port = server->port;
    if (!session->identity)
        return;
    event->user = session->identity->user;
    c = cursor_of(session->identity->attributes);
    while (event->attribute_count < EVENT_ATTRIBUTES_MAX && wire_attribute_next(&c, &attribute))
        attributes[event->attribute_count++] =
            (struct event_attribute){attribute.name, attribute.value};
    event->attributes = attributes;
}

static void put_text(const struct session *session, struct event *event,
                     const struct sg_context *context, struct sg_slice text, struct sg_arena *arena)
{
    size_t limit = session->host->shared->settings->event_text_max_bytes;
    struct sg_digest digest;

    if (text.size == 0 || sg_digest(text, context, limit, arena, &digest) != SG_OK)
        return;
    event->normalised_text = digest.text;
    event->text_truncated = digest.truncated;
    event->digest = digest.hash;
}

static void put_judgement(struct event *event, const struct note *note, const struct judged *judged)
{
    event->at_us = note->at_us;
    event->kind = judged->report->kind;
    event->verdict = judged->report->verdict;
    event->references = judged->report->references;
    event->reference_count = judged->report->reference_count;
    event->unparsed_reason = judged->report->unparsed_reason;
    event->action = note->blocked ? EVENT_ACTION_BLOCKED : EVENT_ACTION_FORWARDED;
    event->confirm = note->confirm;
    if (judged->index != note->decided || !sg_verdict_is_mismatch(judged->report->verdict))
        return; /* a later statement is the server's to refuse */
    event->mode = note->decision.mode;
    event->rule = sg_slice_of(note->decision.rule);
}

/* Whether block in force would have stopped it: with confirm = server not without the server's own
 * refusal. */
static bool would_block(const struct session *session, const struct note *note,
                        const struct judged *judged, enum event_agreement agreement)
{
    if (!note || judged->index != note->decided || !note->decision.would_block)
        return false;
    return judged->report->verdict == SG_VERDICT_UNVERIFIED ||
           session->host->shared->settings->confirm == CONFIRM_BY_NONE || note->blocked ||
           agreement == EVENT_AGREEMENT_AGREE;
}

_Static_assert(METRIC_MISSED_DYNAMIC - METRIC_MISSED_OTHER == SG_ORIGIN_DYNAMIC - SG_ORIGIN_OTHER,
               "metrics.def lists the origins in the order of enum sg_origin");

static void put_origin(struct event *event, const struct published *published,
                       const struct sg_context *context, struct sg_slice text,
                       struct sg_arena *arena)
{
    const struct sg_schema *schema = published ? published->schema : NULL;

    if (event->agreement != EVENT_AGREEMENT_MISSED)
        return;
    event->missed_origin = sg_origin_of_refusal(text, context, schema, event->message, arena);
    metrics_add(METRIC_MISSED_OTHER + (unsigned)event->missed_origin, 1);
}

static void tell(struct session *session, const struct pending *pending,
                 const struct judged *judged, const struct answer *answer,
                 enum event_agreement agreement)
{
    const struct session_shared *shared = session->host->shared;
    const struct note *note = judged ? pending->note : NULL;
    const struct published *published = note ? note->published : session->host->published;
    const struct sg_context *context = context_of(session, pending, judged);
    const struct sg_slice text = text_of(session, pending, judged);
    struct event_attribute attributes[EVENT_ATTRIBUTES_MAX];
    struct event event = {.command = sg_slice_of(wire_command_of(pending->command)->name),
                          .mode = arming_mode(shared->arming),
                          .agreement = agreement,
                          .error = answer->error,
                          .sqlstate = answer->sqlstate,
                          .message = answer->message,
                          .error_is_own = answer->own,
                          .flavour = context->server->flavour,
                          .database = context->database,
                          .schema_generation = published ? published->generation : 0};
    struct sg_arena arena;

    sg_arena_init(&arena, shared->settings->inspect_max_bytes * 4 + 1024 * 1024);
    put_who(session, &event, attributes);
    if (note)
        put_judgement(&event, note, judged);
    event.would_block = would_block(session, note, judged, agreement);
    put_text(session, &event, context, text, &arena);
    put_origin(&event, published, context, text, &arena);
    if (agreement != EVENT_AGREEMENT_FALSE_POSITIVE) {
        event_log_write(shared->events, &event);
        agreement_example(&event);
    } else if (!doubt_begin(session->host, pending->note, judged, &event)) {
        event.agreement = EVENT_AGREEMENT_UNKNOWN;
        event_log_write(shared->events, &event);
    }
    sg_arena_fini(&arena);
}

void outcome_candidate(struct session *session, enum policy_carrier carrier, struct sg_slice text,
                       const struct sg_report *report, struct sg_arena *arena)
{
    const struct session_shared *shared = session->host->shared;
    const struct sg_context *context = &session->context.sg.context;
    struct event_attribute attributes[EVENT_ATTRIBUTES_MAX];
    struct event event = {.is_candidate = true,
                          .command = sg_slice_of(
                              carrier == POLICY_CARRIER_PREPARE ? "COM_STMT_PREPARE" : "COM_QUERY"),
                          .kind = report->kind,
                          .verdict = report->verdict,
                          .references = report->references,
                          .reference_count = report->reference_count,
                          .mode = arming_mode(shared->arming),
                          .flavour = context->server->flavour,
                          .database = context->database,
                          .schema_generation = session->host->published->generation};

    metrics_add(METRIC_CANDIDATE_FINDINGS, 1);
    put_who(session, &event, attributes);
    put_text(session, &event, context, text, arena);
    event_log_write(shared->events, &event);
}

/* --- agreement
 * ------------------------------------------------------------------------------------ */

/* The errors that a mismatch of ours foretells; 1049 for a database. */
static bool is_name_refusal(uint16_t error)
{
    return policy_is_name_error(error) || error == 1049;
}

/* DROP gets 1051, too, where it finds nothing: no query has named anything then. */
static bool is_drops_own(const struct session *session, const struct pending *pending,
                         const struct judged *judged, const struct answer *answer)
{
    return answer->error == 1051 && !sg_has_qualified_star(text_of(session, pending, judged),
                                                           context_of(session, pending, judged));
}

/* What is merely unverified the server is expected to run: that is counted by verdict. */
static enum event_agreement compare(enum sg_verdict verdict, bool doubtful, bool explained,
                                    const struct answer *answer)
{
    bool suspected = sg_verdict_is_mismatch(verdict);

    if (!answer->heard || answer->own)
        return EVENT_AGREEMENT_UNKNOWN;
    if (suspected && explained && answer->error == 0)
        return EVENT_AGREEMENT_STALE;
    if (verdict == SG_VERDICT_UNVERIFIED)
        return policy_is_name_error(answer->error) ? EVENT_AGREEMENT_MISSED
                                                   : EVENT_AGREEMENT_UNKNOWN;
    if (suspected && answer->error == 0) /* the schema was known to be old: not our error */
        return doubtful ? EVENT_AGREEMENT_UNKNOWN : EVENT_AGREEMENT_FALSE_POSITIVE;
    if (suspected)
        return is_name_refusal(answer->error) ? EVENT_AGREEMENT_AGREE : EVENT_AGREEMENT_UNKNOWN;
    return policy_is_name_error(answer->error) ? EVENT_AGREEMENT_MISSED : EVENT_AGREEMENT_AGREE;
}

static void count_agreement(struct session *session, enum event_agreement agreement)
{
    switch (agreement) {
    case EVENT_AGREEMENT_UNKNOWN:
        return;
    case EVENT_AGREEMENT_AGREE:
        metrics_add(METRIC_AGREE, 1);
        return;
    case EVENT_AGREEMENT_FALSE_POSITIVE: /* the next reading tells whose fault it is: doubt.h */
        break;
    case EVENT_AGREEMENT_STALE: /* a look-up has told, and has asked for a reading */
        metrics_add(METRIC_STALE, 1);
        return;
    case EVENT_AGREEMENT_MISSED:
        metrics_add(METRIC_MISSED, 1);
        break;
    }
    /* One of us has an old picture of the schema. */
    if (session->host->shared->catalog)
        catalog_request(session->host->shared->catalog, CATALOG_MISS);
}

static void settle(struct session *session, const struct pending *pending,
                   const struct judged *judged, const struct answer *answer)
{
    const struct note *note = pending->note;
    enum sg_verdict verdict = judged ? judged->report->verdict : SG_VERDICT_OK;
    bool explained = note && note->explained && judged && judged->index == note->decided;
    enum event_agreement agreement = compare(verdict, note && note->doubtful, explained, answer);

    if (agreement == EVENT_AGREEMENT_MISSED && is_drops_own(session, pending, judged, answer))
        agreement = EVENT_AGREEMENT_AGREE;
    /* What no schema was there to judge is not held against the server's answer. */
    if (note && !note->published)
        return;
    /* The schema was known to be old, and the server knew the name: there is nothing to tell. A
     * migration or a restored dump would otherwise fill the log with its own tables. */
    if (!(note && note->doubtful && !explained && answer->heard && answer->error == 0 &&
          verdict != SG_VERDICT_UNVERIFIED) &&
        (sg_verdict_is_mismatch(verdict) || agreement == EVENT_AGREEMENT_MISSED))
        tell(session, pending, judged, answer, agreement);
    count_agreement(session, agreement);
}

/* --- effects
 * ---------------------------------------------------------------------------------------- */

static void carry_out(struct session *session, const struct judged *judged)
{
    context_apply(&session->context, &judged->report->effects);
    if (!(judged->report->effects.flags & (SG_EFFECT_SCHEMA | SG_EFFECT_LOGIN)) ||
        !session->host->shared->catalog)
        return;
    atomic_store_explicit(&session->host->shared->ddl_at_ms, published_clock_ms(),
                          memory_order_relaxed);
    catalog_request(session->host->shared->catalog, CATALOG_DDL);
}

static void observe(struct session *session)
{
    const struct wire_response *response = &session->response;
    struct wire_ok ok;

    if (response->outcome != WIRE_OUTCOME_OK && response->outcome != WIRE_OUTCOME_ROWS)
        return;
    session->status = response->status;
    context_observe_status(&session->context, response->status);
    if ((response->status & WIRE_STATUS_SESSION_STATE) && wire_response_ok(response, &ok))
        context_observe_state(&session->context, ok.state);
}

/* Under the context that it was prepared under: what changes it would have had to wait. What is
 * unverified is found good by no generation: each execution is told, and stopped once block is in
 * force. */
static void take_prepared(struct session *session, const struct pending *pending)
{
    const struct note *note = pending->note;
    struct sg_slice text = recent_get(&session->host->recent, pending->text);
    bool changes = note && note->changes;
    bool is_unverified =
        note && note->judged && note->judged->report->verdict == SG_VERDICT_UNVERIFIED;

    session->last_prepared = session->response.statement_id;
    if (note && note->judged)
        text = changes || note->judged->report->verdict != SG_VERDICT_UNPARSED ? note->judged->text
                                                                               : SG_SLICE_EMPTY;
    if (text.size > 0)
        prepared_add(&session->prepared, session->last_prepared, text, &session->context.sg.context,
                     changes, is_unverified ? 0 : pending->statement_id);
}

/* Commands whose success changes the session without a text that says so. */
static void take_command_ok(struct session *session, const struct pending *pending)
{
    struct session_defaults defaults = session_defaults_of(session->host);

    switch (pending->command) {
    case WIRE_COM_RESET_CONNECTION:
        context_reset(&session->context, &defaults);
        prepared_fini(&session->prepared);
        session->last_prepared = 0;
        break;
    case WIRE_COM_SET_OPTION:
        session->multi_statements = pending->statement_id != 0;
        break;
    default:
        break;
    }
}

/* --- the door
 * ----------------------------------------------------------------------------------------- */

static const struct judged *judged_at(const struct note *note, unsigned index)
{
    for (const struct judged *at = note ? note->judged : NULL; at; at = at->next)
        if (at->index == index)
            return at;
    return NULL;
}

static struct answer answer_of(const struct session *session, struct wire_err *err)
{
    struct answer answer = {.heard = true};

    if (session->response.outcome != WIRE_OUTCOME_ERR)
        return answer;
    answer.error = session->response.error_number;
    if (wire_response_err(&session->response, err)) {
        answer.sqlstate = sg_slice_of(err->sqlstate);
        answer.message = err->message;
    }
    return answer;
}

/* A suspect COM_STMT_PREPARE, or any while tables have changed since, went to the server as it was:
 * its refusal is the block, and the proof. */
static void note_refusal(struct note *note, const struct judged *judged,
                         const struct answer *answer)
{
    if (!note || note->decision.action != POLICY_WATCH || !judged ||
        judged->index != note->decided || !policy_is_name_error(answer->error))
        return;
    note->confirm = EVENT_CONFIRM_REFUSED;
    note->blocked = true;
    metrics_add(METRIC_BLOCKED, 1);
}

void outcome_take(struct session *session, struct pending *pending, bool last)
{
    struct note *note = pending->note;
    struct wire_err err = {0};
    struct answer answer = answer_of(session, &err);
    const struct judged *judged = judged_at(note, note ? note->result_count : 0);

    observe(session);
    note_refusal(note, judged, &answer);
    if (answer.error == 0 && pending->command == WIRE_COM_STMT_PREPARE)
        take_prepared(session, pending);
    else if (answer.error == 0 && judged)
        carry_out(session, judged);
    if (answer.error == 0 && last)
        take_command_ok(session, pending);
    if (judged || pending->inspected)
        settle(session, pending, judged, &answer);
    if (!note)
        return;
    note->result_count++;
    /* A CALL has as many results as its procedure likes: which statement a later result belongs to
     * is then unknown, and with it what the text has changed. */
    if (judged && (judged->report->effects.flags & SG_EFFECT_OPAQUE) && !last) {
        context_forget(&session->context);
        note->result_count = note->statement_count;
    }
}

void outcome_blocked(struct session *session, const struct pending *pending)
{
    struct refusal refusal;
    struct answer answer = {.heard = true, .own = true};

    refusal_of(pending->note, &refusal);
    answer.error = refusal.error;
    answer.sqlstate = sg_slice_of(refusal.sqlstate);
    answer.message = refusal.message;
    metrics_add(METRIC_BLOCKED, 1);
    if (refusal.is_guards)
        metrics_add(METRIC_BLOCKED_UNVERIFIED, 1);
    settle(session, pending, note_decided(pending->note), &answer);
    if (session->host->shared->catalog && !refusal.is_guards &&
        pending->note->confirm != EVENT_CONFIRM_CONFIRMED)
        catalog_request(session->host->shared->catalog, CATALOG_MISS);
}

static void abandon_held(struct session *session, const struct answer *unheard)
{
    struct inspection inspection = held_take(session);
    const struct pending pending = {.note = inspection.note, .command = WIRE_COM_QUERY};

    settle(session, &pending, note_decided(inspection.note), unheard);
    note_free(inspection.note);
}

void outcome_abandon(struct session *session)
{
    const struct answer unheard = {0};

    if (session->held)
        abandon_held(session, &unheard);
    while (session->pending.count > 0) {
        struct pending pending = pending_pop(&session->pending);
        struct note *note = pending.note;
        for (const struct judged *at = note ? note->judged : NULL; at; at = at->next)
            if (at->index >= note->result_count && pending.kind != PENDING_ANSWERED)
                settle(session, &pending, at, &unheard);
        note_free(note);
    }
}
