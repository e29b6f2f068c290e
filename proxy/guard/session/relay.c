/* See relay.h.
 *
 * From the client: find the next command, read what is to be read of it, note what its answer will
 * have to tell, send it on. From the server: follow the oldest command's answer to its end (wire/
 * response.h), send it on, take its outcome. A `run` is what stands at the front of an input and
 * goes on as it is: it is sent in one write when something else has to happen, or when the input is
 * at its end.
 */
#include "session/relay.h"

#include <stdlib.h>

#include "report/log.h"
#include "report/metrics.h"
#include "session/authenticate.h"
#include "session/compression.h"
#include "session/confirm.h"
#include "session/held.h"
#include "session/inspect.h"
#include "session/limits.h"
#include "session/outcome.h"
#include "session/knock.h"
#include "session/refusal.h"
#include "session/session.h"

/* What is sent before the other side's fullness is looked at again. */
#define RUN_LIMIT (256u * 1024u)

/* Commands other than statements are looked at only when they are short. */
#define SHORT_COMMAND_LIMIT (64u * 1024u)

#define ERROR_UNKNOWN_STMT 1243

/* How long a client that sends nothing more is held. Usually it has gone altogether, and what the
 * server waits for (a lock) would keep its session for as long; one that has closed its own half
 * alone still gets answers that take no longer. */
#define HELD_ANSWER_MS 3000u

enum taken {
    TAKEN,      /* goes on with the run */
    TAKEN_AWAY, /* does not go on: it was consumed, or is to be dropped */
    TAKE_LATER, /* more bytes, or an answer, have to come first */
};

static bool is_over(const struct session *session)
{
    return session->close_reason != CLOSE_REASON_NONE;
}

static void send_run(struct session *session, enum side from, size_t *run)
{
    struct sg_slice input = session_input(session, from);

    if (*run == 0)
        return;
    (void)session_send(session, from == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT,
                       sg_slice_make(input.data, *run));
    session_consume(session, from, *run);
    *run = 0;
}

/* --- from the client: what a command leaves behind
 * ------------------------------------------------ */

static bool push(struct session *session, struct pending pending)
{
    if (pending.answer == WIRE_ANSWER_NONE)
        return true;
    if (!pending_push(&session->pending, &pending)) {
        note_free(pending.note);
        session_end(session, CLOSE_REASON_OUT_OF_MEMORY);
        return false;
    }
    session->changes_pending += pending.changes;
    if (pending.command == WIRE_COM_STMT_PREPARE && pending.kind == PENDING_FORWARDED) {
        /* Whatever becomes of it, the server's own "last prepared" follows it. */
        session->last_prepare_blocked = false;
        session->prepares_pending++;
    }
    return true;
}

/* An answer has to come before this command is looked at: the client is not read until then. */
static enum taken hold(struct session *session)
{
    session_pause(session, SIDE_CLIENT, PAUSE_HELD);
    return TAKE_LATER;
}

static void let_go(struct session *session)
{
    session_unpause(session, SIDE_CLIENT, PAUSE_HELD);
    if (!session->abandoned || session->host->draining) /* then the timer is the drain's */
        return;
    session->abandoned = false;
    worker_timer_clear(&session->timer);
    limits_watch(session);
}

/* The guard's own answer waits for its turn like any other; the command itself is dropped. */
static enum taken answer_instead(struct session *session, struct pending pending)
{
    pending.kind = PENDING_ANSWERED;
    pending.answer = WIRE_ANSWER_OK;
    pending.changes = false;
    if (!push(session, pending))
        return TAKE_LATER;
    session->streaming = true;
    session->streaming_answered = true;
    session->discarding = true;
    session->client_walk = (struct wire_walk){0};
    return TAKEN_AWAY;
}

static enum taken carry_out(struct session *session, const struct wire_packet *command,
                            struct pending pending, struct inspection inspection, size_t *run)
{
    pending.note = inspection.note;
    pending.text = inspection.text;
    pending.inspected = inspection.inspected;
    pending.changes = inspection.note && inspection.note->changes;
    if (inspection.refused)
        return answer_instead(session, pending);
    if (!inspection.note) /* nothing is held against it */
        return push(session, pending) ? TAKEN : TAKE_LATER;
    switch (inspection.action) {
    case POLICY_BLOCK:
        inspection.note->blocked = true;
        if (pending.command == WIRE_COM_STMT_PREPARE)
            session->last_prepare_blocked = true;
        return answer_instead(session, pending);
    case POLICY_ASK:
        send_run(session, SIDE_CLIENT, run);
        if (!confirm_ask(session, command, inspection.note))
            break;
        session_consume(session, SIDE_CLIENT, command->whole.size);
        return TAKEN_AWAY;
    case POLICY_LOOK_UP:
        if (!held_begin(session, &inspection))
            break;
        return hold(session);
    case POLICY_FORWARD:
    case POLICY_WATCH:
        break;
    }
    return push(session, pending) ? TAKEN : TAKE_LATER;
}

/* --- from the client: command by command
 * ----------------------------------------------------------- */

static enum taken take_sql(struct session *session, const struct wire_packet *command,
                           struct pending pending, size_t *run)
{
    bool prepare = pending.command == WIRE_COM_STMT_PREPARE;
    struct inspection inspection;
    struct sg_slice text;

    if (!wire_sql_parse(command->payload, session->effective, &text)) {
        metrics_add(METRIC_STATEMENTS_UNINSPECTED, 1);
        return push(session, pending) ? TAKEN : TAKE_LATER;
    }
    if (prepare && session_has_schema(session))
        pending.statement_id = (uint32_t)session->host->published->generation;
    inspection =
        session->held
            ? held_take(session)
            : inspect_sql(session, text, prepare ? POLICY_CARRIER_PREPARE : POLICY_CARRIER_QUERY);
    return carry_out(session, command, pending, inspection, run);
}

static enum taken take_database(struct session *session, const struct wire_packet *command,
                                struct pending pending, size_t *run)
{
    struct sg_slice name;

    if (!wire_database_parse(command->payload, &name) || pending.command != WIRE_COM_INIT_DB)
        return push(session, pending) ? TAKEN : TAKE_LATER;
    return carry_out(session, command, pending, inspect_database(session, name), run);
}

static enum taken take_field_list(struct session *session, const struct wire_packet *command,
                                  struct pending pending, size_t *run)
{
    struct sg_slice name;
    struct sg_slice wildcard;

    if (!wire_field_list_parse(command->payload, &name, &wildcard))
        return push(session, pending) ? TAKEN : TAKE_LATER;
    return carry_out(session, command, pending, inspect_table(session, name), run);
}

/* The statement that was prepared last is still the one before, for a server that never saw the
 * blocked PREPARE: it would execute the wrong one. So the answer is what its own failed PREPARE
 * would have led to. MySQL knows no such id and says so itself. */
static bool is_execute_of_blocked(const struct session *session, const struct pending *pending)
{
    return session->last_prepare_blocked && session->context.server.flavour == SG_FLAVOUR_MARIADB &&
           pending->statement_id == WIRE_STATEMENT_LAST &&
           (pending->command == WIRE_COM_STMT_EXECUTE ||
            pending->command == WIRE_COM_STMT_BULK_EXECUTE);
}

/* The schema has changed since it was prepared, or since it was last found bad. */
static bool is_to_be_judged_again(const struct session *session, const struct prepared *prepared)
{
    const struct published *published = session->host->published;

    return published && prepared->generation != published->generation && !prepared->changes &&
           session_has_schema(session);
}

static enum taken take_execute(struct session *session, const struct wire_packet *command,
                               struct pending pending, uint32_t id, size_t *run)
{
    struct prepared *prepared = prepared_find(&session->prepared, id);

    if (session->held)
        return carry_out(session, command, pending, held_take(session), run);
    if (prepared && is_to_be_judged_again(session, prepared)) {
        struct inspection inspection = inspect_prepared(session, prepared);
        if (inspection.note)
            return carry_out(session, command, pending, inspection, run);
    } else if (prepared && prepared->changes) {
        pending.note = inspect_effects(session, prepared->text);
        pending.changes = pending.note != NULL;
    } else if (!prepared && session->prepared.overflowed) {
        context_forget(&session->context);
    }
    return push(session, pending) ? TAKEN : TAKE_LATER;
}

static enum taken take_statement(struct session *session, const struct wire_packet *command,
                                 struct pending pending, size_t *run)
{
    uint32_t id;

    if (!wire_statement_id_parse(command->payload, &pending.statement_id))
        return push(session, pending) ? TAKEN : TAKE_LATER;
    if (is_execute_of_blocked(session, &pending))
        return answer_instead(session, pending);
    id = pending.statement_id;
    if (id == WIRE_STATEMENT_LAST) /* of a PREPARE that is still unanswered nothing is known */
        id = session->prepares_pending > 0 ? 0 : session->last_prepared;
    if (pending.command == WIRE_COM_STMT_EXECUTE || pending.command == WIRE_COM_STMT_BULK_EXECUTE)
        return take_execute(session, command, pending, id, run);
    if (pending.command == WIRE_COM_STMT_CLOSE)
        prepared_remove(&session->prepared, id);
    return push(session, pending) ? TAKEN : TAKE_LATER;
}

static enum taken take_option(struct session *session, const struct wire_packet *command,
                              struct pending pending)
{
    bool multi_statements = session->multi_statements;

    pending.changes = wire_set_option_parse(command->payload, &multi_statements);
    pending.statement_id = pending.changes ? multi_statements : session->multi_statements;
    return push(session, pending) ? TAKEN : TAKE_LATER;
}

/* A whole command stands behind the run. */
static enum taken take_command(struct session *session, const struct wire_packet *command,
                               struct pending pending, size_t *run)
{
    switch (wire_command_of(pending.command)->inspect) {
    case WIRE_INSPECT_SQL:
        return take_sql(session, command, pending, run);
    case WIRE_INSPECT_DATABASE:
        return take_database(session, command, pending, run);
    case WIRE_INSPECT_STATEMENT:
        return take_statement(session, command, pending, run);
    case WIRE_INSPECT_OPTION:
        return take_option(session, command, pending);
    case WIRE_INSPECT_USER:
        if (session->pending.count > 0)
            return hold(session);
        send_run(session, SIDE_CLIENT, run);
        (void)authenticate_again(session, command);
        return TAKEN_AWAY;
    case WIRE_INSPECT_TABLE:
        return take_field_list(session, command, pending, run);
    case WIRE_INSPECT_NOTHING:
        break;
    }
    return push(session, pending) ? TAKEN : TAKE_LATER;
}

/* --- from the client: finding commands
 * --------------------------------------------------------------- */

/* How much of a command's first packet must be there before it is looked at; 0 = it is not. */
static size_t wanted_payload(const struct session *session, uint8_t command, uint32_t length)
{
    const struct settings *settings = session->host->shared->settings;

    switch (wire_command_of(command)->inspect) {
    case WIRE_INSPECT_SQL:
        return length < WIRE_PAYLOAD_MAX && length <= settings->inspect_max_bytes ? length : 0;
    case WIRE_INSPECT_STATEMENT:
        return length < 5 ? length : 5;
    case WIRE_INSPECT_DATABASE:
    case WIRE_INSPECT_TABLE:
    case WIRE_INSPECT_OPTION:
    case WIRE_INSPECT_USER:
        return length <= SHORT_COMMAND_LIMIT ? length : 0;
    case WIRE_INSPECT_NOTHING:
        return 0;
    }
    return 0;
}

/* Commands must wait where what is pending changes what they mean. */
static bool must_wait(const struct session *session)
{
    return session->asked || held_waits(session) || session->changes_pending > 0 ||
           session->pending.count >= PENDING_LIMIT;
}

/* A command that is all here goes into the run; of a longer one the rest streams behind it. */
static void send_on(struct session *session, const struct wire_header *header, size_t size,
                    bool answered, size_t *run)
{
    size_t whole = WIRE_HEADER_SIZE + header->length;

    if (header->length < WIRE_PAYLOAD_MAX && whole <= size && whole <= RUN_LIMIT) {
        *run += whole;
        return;
    }
    session->streaming = true;
    session->streaming_answered = answered;
    session->client_walk = (struct wire_walk){0};
}

/* What of a command there is so far. */
struct front {
    struct wire_header header;
    struct sg_slice payload; /* of its first packet, as far as it has come */
};

/* False while too little has come to know the command and how it is answered. */
static bool see_front(struct sg_slice rest, struct front *front)
{
    if (!wire_packet_peek(rest.data, rest.size, &front->header))
        return false;
    front->payload = sg_slice_make(rest.data + WIRE_HEADER_SIZE, rest.size - WIRE_HEADER_SIZE);
    if (front->payload.size > front->header.length)
        front->payload.size = front->header.length;
    return front->payload.size == front->header.length || front->payload.size >= WIRE_COMMAND_HEAD;
}

/* A command of which nothing is read, for its kind or for its length. */
static enum taken take_unread(struct session *session, struct pending pending)
{
    if (wire_command_of(pending.command)->inspect == WIRE_INSPECT_SQL) {
        metrics_add(METRIC_STATEMENTS_UNINSPECTED, 1);
        metrics_add(METRIC_STATEMENTS_TOO_LONG, 1);
    }
    session->quitting |= pending.command == WIRE_COM_QUIT;
    pending.changes = pending.command == WIRE_COM_RESET_CONNECTION;
    return push(session, pending) ? TAKEN : TAKE_LATER;
}

/* A statement of several packets that may be read: it is waited for as a whole. */
static bool is_long_statement(const struct session *session, uint8_t command, uint32_t length)
{
    return length == WIRE_PAYLOAD_MAX && wire_command_of(command)->inspect == WIRE_INSPECT_SQL &&
           session->host->shared->settings->inspect_max_bytes > WIRE_PAYLOAD_MAX + 1u;
}

static enum taken expect(struct session *session, size_t run, size_t size)
{
    session_expect(session, SIDE_CLIENT, run + size);
    return TAKE_LATER;
}

/* The engine reads one piece of text: the packets' payloads are joined while it does. */
static enum taken take_long_statement(struct session *session, struct sg_slice rest,
                                      struct pending pending, size_t *run)
{
    size_t limit = session->host->shared->settings->inspect_max_bytes;
    struct wire_frame frame;
    struct wire_packet command;
    enum wire_take there = wire_frame_take(rest.data, rest.size, limit, &frame);
    enum taken taken;
    char *payload;

    if (there == WIRE_TAKE_MORE) /* how many are to come, no header says */
        return expect(session, *run, limit);
    payload = there == WIRE_TAKE_PACKET ? malloc(frame.payload_size) : NULL;
    if (!payload)
        return take_unread(session, pending);
    wire_frame_join(&frame, payload);
    command = (struct wire_packet){.whole = frame.whole,
                                   .payload = sg_slice_make(payload, frame.payload_size),
                                   .sequence = frame.last_sequence};
    taken = take_command(session, &command, pending, run);
    free(payload);
    return taken;
}

/* A command of one packet, or the front of another. */
static enum taken take_short(struct session *session, struct sg_slice rest,
                             const struct front *front, struct pending pending, size_t *run)
{
    size_t wanted = wanted_payload(session, pending.command, front->header.length);
    struct wire_packet command = {.whole = sg_slice_make(rest.data, WIRE_HEADER_SIZE + wanted),
                                  .payload = sg_slice_make(front->payload.data, wanted),
                                  .sequence = front->header.sequence};

    if (front->payload.size < wanted)
        return expect(session, *run, WIRE_HEADER_SIZE + wanted);
    return wanted > 0 ? take_command(session, &command, pending, run)
                      : take_unread(session, pending);
}

static enum taken take_next(struct session *session, struct sg_slice rest, size_t *run)
{
    struct pending pending = {.kind = PENDING_FORWARDED};
    struct front front;
    enum taken taken;

    if (!see_front(rest, &front))
        return TAKE_LATER;
    if (must_wait(session))
        return hold(session);
    /* An empty payload is answered as an unknown command is, and the connection stays. */
    pending.command = front.payload.size > 0 ? (uint8_t)front.payload.data[0] : WIRE_COM_SLEEP;
    pending.answer = (uint8_t)wire_answer_of(front.payload, session->context.server.flavour);
    pending.last_sequence = front.header.sequence;
    if (session->compression)
        pending.frame = compression_frame(session);
    taken = is_long_statement(session, pending.command, front.header.length)
                ? take_long_statement(session, rest, pending, run)
                : take_short(session, rest, &front, pending, run);
    if (taken != TAKE_LATER)
        metrics_add(METRIC_COMMANDS, 1);
    if (taken == TAKEN)
        send_on(session, &front.header, rest.size, pending.answer != WIRE_ANSWER_NONE, run);
    return taken;
}

/* The rest of a command whose front was looked at, or file packets. */
static void stream_on(struct session *session, struct sg_slice rest, size_t *run)
{
    struct wire_piece piece = wire_walk_next(&session->client_walk, rest.data, rest.size);
    struct pending *newest = pending_newest(&session->pending);

    if (session->discarding) {
        send_run(session, SIDE_CLIENT, run);
        session_consume(session, SIDE_CLIENT, piece.size);
    } else {
        *run += piece.size;
    }
    if (session->streaming_answered && newest && piece.packet_begins)
        newest->last_sequence = piece.sequence;
    if (!piece.frame_ends)
        return;
    session->streaming = false;
    session->streaming_answered = false;
    session->discarding = false;
    if (session->infile && piece.offset + piece.payload.size == 0) {
        session->infile = false;
        wire_response_infile_done(&session->response, piece.sequence);
        if (session->compression)
            compression_answer(session, compression_frame(session));
    }
}

static bool relay_from_client(struct session *session)
{
    size_t run = 0;
    bool moved = false;

    while (!is_over(session) && session->step == &STEP_COMMANDS &&
           !(session->paused[SIDE_CLIENT] & PAUSE_PEER_FULL)) {
        struct sg_slice input = session_input(session, SIDE_CLIENT);
        struct sg_slice rest = sg_slice_make(input.data + run, input.size - run);
        if (run >= RUN_LIMIT) {
            send_run(session, SIDE_CLIENT, &run);
            continue;
        }
        if (rest.size == 0)
            break;
        if (session->streaming || session->infile) {
            if (rest.size > RUN_LIMIT)
                rest.size = RUN_LIMIT;
            stream_on(session, rest, &run);
        } else if (take_next(session, rest, &run) == TAKE_LATER) {
            break;
        }
        moved = true;
    }
    send_run(session, SIDE_CLIENT, &run);
    return moved;
}

/* --- from the server
 * ---------------------------------------------------------------------------------- */

static void pop(struct session *session)
{
    struct pending pending = pending_pop(&session->pending);

    session->changes_pending -= pending.changes;
    session->prepares_pending -=
        pending.command == WIRE_COM_STMT_PREPARE && pending.kind == PENDING_FORWARDED;
    note_free(pending.note);
    if (!must_wait(session))
        let_go(session);
}

static void answer_ourselves(struct session *session, struct pending *pending)
{
    uint8_t sequence = wire_sequence_add(pending->last_sequence, 1);

    if (session->compression)
        compression_answer(session, pending->frame);
    if (pending->note && pending->note->blocked) {
        struct refusal refusal;
        uint8_t packet[1024];
        struct writer w = writer_make(packet, sizeof packet);
        refusal_of(pending->note, &refusal);
        wire_err_write_text(&w, sequence, refusal.error, refusal.sqlstate, refusal.message);
        (void)session_send(session, SIDE_CLIENT, writer_result(&w));
        outcome_blocked(session, pending);
    } else if (pending->statement_id == WIRE_STATEMENT_LAST) {
        (void)session_send_error(
            session, sequence, ERROR_UNKNOWN_STMT, "HY000",
            "Unknown prepared statement handler (%u) given to %s", WIRE_STATEMENT_LAST,
            pending->command == WIRE_COM_STMT_EXECUTE ? "mysqld_stmt_execute"
                                                      : "mysqld_stmt_bulk_execute");
    } else {
        (void)session_tell(session, sequence, GUARD_ERROR_NO_SCHEMA_TO_JUDGE_BY);
    }
    pop(session);
}

static void end_answer(struct session *session, struct pending *pending)
{
    if (pending->kind == PENDING_ASKED)
        confirm_take(session, pending);
    else
        outcome_take(session, pending, true);
    wire_response_fini(&session->response);
    session->response_begun = false;
    pop(session);
}

/* A packet that does not continue this answer: the first of the next command's answer, whose
 * predecessor then ended unseen; or nothing that we understand. */
static bool resynchronise(struct session *session)
{
    struct pending *next = pending_second(&session->pending);

    if (!next || next->kind != PENDING_FORWARDED ||
        session->response.unexpected_sequence != wire_sequence_add(next->last_sequence, 1) ||
        !wire_response_resume(&session->response, (enum wire_answer)next->answer,
                              session->effective, next->last_sequence))
        return false;
    metrics_add(METRIC_PROTOCOL_RESYNCS, 1);
    context_forget(&session->context);
    pop(session);
    return true;
}

/* An answer of the server was not understood. Of a suspect that it was asked about the client must
 * not see a byte, and it waits for an answer: that session cannot go on. */
static void lose_way(struct session *session, const struct pending *head, const char *why)
{
    if (head->kind != PENDING_ASKED) {
        (void)relay_blindly(session, why);
        return;
    }
    log_warning("session", "session %llu: %s", (unsigned long long)session->id, why);
    (void)session_tell_detail(session, wire_sequence_add(head->last_sequence, 1),
                              GUARD_ERROR_SERVER_ANSWER, "%s", why);
    outcome_abandon(session);
    session_end(session, CLOSE_REASON_PROTOCOL_SERVER);
}

/* Feeds the oldest command's answer. What was fed is in the run, or was taken away. */
static void follow_answer(struct session *session, struct pending *head, struct sg_slice rest,
                          size_t *run)
{
    bool asked = head->kind == PENDING_ASKED;
    enum wire_progress progress;
    size_t taken;

    if (!session->response_begun) {
        wire_response_begin(&session->response, (enum wire_answer)head->answer, session->effective,
                            head->last_sequence);
        session->response_begun = true;
        if (session->compression)
            compression_answer(session, head->frame);
    }
    if (session->compression)
        compression_renumber(session, rest, wire_sequence_add(session->response.last_sequence, 1));
    taken = wire_response_feed(&session->response, rest.data, rest.size, &progress);
    if (session->compression)
        compression_passed(session, sg_slice_make(rest.data, taken));
    if (!asked)
        *run += taken;
    switch (progress) {
    case WIRE_PROGRESS_MORE:
        break;
    case WIRE_PROGRESS_RESULT:
        outcome_take(session, head, false);
        break;
    case WIRE_PROGRESS_DONE:
        /* What the outcome reads lies in the input: it is sent and consumed after that. */
        end_answer(session, head);
        break;
    case WIRE_PROGRESS_INFILE:
        session->infile = true;
        session->client_walk = (struct wire_walk){0};
        break;
    case WIRE_PROGRESS_UNEXPECTED:
        if (!resynchronise(session))
            lose_way(session, head, "a packet of the server does not belong to any answer");
        break;
    case WIRE_PROGRESS_STREAM:
        (void)relay_blindly(session, "a stream without end was asked for");
        break;
    case WIRE_PROGRESS_LOST:
        lose_way(session, head, "an answer of the server was not understood");
        break;
    }
    if (asked)
        session_consume(session, SIDE_SERVER, taken);
}

static bool relay_from_server(struct session *session)
{
    size_t run = 0;
    bool moved = false;

    while (!is_over(session) && session->step == &STEP_COMMANDS &&
           !(session->paused[SIDE_SERVER] & PAUSE_PEER_FULL)) {
        struct sg_slice input = session_input(session, SIDE_SERVER);
        struct sg_slice rest = sg_slice_make(input.data + run, input.size - run);
        struct pending *head = pending_head(&session->pending);
        if (run >= RUN_LIMIT || (run > 0 && head && head->kind != PENDING_FORWARDED)) {
            send_run(session, SIDE_SERVER, &run);
            continue;
        }
        if (session->compression && run > 0 && !session->response_begun) {
            send_run(session, SIDE_SERVER, &run); /* an answer has frames of its own */
            continue;
        }
        if (head && head->kind == PENDING_ANSWERED) {
            if (session->discarding && head == pending_newest(&session->pending))
                break; /* its last packet's id is the one to count on from */
            answer_ourselves(session, head);
            moved = true;
            continue;
        }
        if (rest.size == 0)
            break;
        moved = true;
        if (!head) { /* unasked: it says why it leaves, and closes */
            session->farewell = true;
            if (session->compression)
                compression_answer(session, UINT8_MAX);
            run += rest.size;
            continue;
        }
        if (rest.size > RUN_LIMIT)
            rest.size = RUN_LIMIT;
        follow_answer(session, head, rest, &run);
    }
    send_run(session, SIDE_SERVER, &run);
    return moved;
}

/* --- ends
 * -------------------------------------------------------------------------------------------------
 */

static enum close_reason reason_of_server_end(const struct session *session)
{
    if (session->quitting)
        return CLOSE_REASON_CLIENT_QUIT;
    if (session->ended[SIDE_CLIENT])
        return CLOSE_REASON_CLIENT_CLOSED;
    if (session->farewell)
        return CLOSE_REASON_SERVER_FAREWELL;
    if (stream_failure(&session->stream[SIDE_SERVER]) == STREAM_FAILURE_TLS)
        return CLOSE_REASON_TLS_SERVER;
    return session->pending.count > 0 || session->held ? CLOSE_REASON_SERVER_LOST
                                                       : CLOSE_REASON_SERVER_CLOSED;
}

/* The client waits for an answer that will not come, and a packet may begin here. */
static bool may_tell_lost(struct session *session, uint8_t *sequence_out)
{
    const struct pending *head = pending_head(&session->pending);

    if ((!head && !session->held) || session->farewell || session->ended[SIDE_CLIENT] ||
        session->quitting)
        return false;
    *sequence_out = wire_sequence_add(head ? head->last_sequence : 0, 1);
    if (!head || !session->response_begun || wire_response_untouched(&session->response) ||
        head->kind != PENDING_FORWARDED)
        return true;
    *sequence_out = wire_sequence_add(session->response.last_sequence, 1);
    return wire_response_between_packets(&session->response);
}

static enum step_result end_with_server(struct session *session)
{
    enum close_reason reason = reason_of_server_end(session);
    uint8_t sequence;

    if (session->server_seen != SERVER_SEEN && may_tell_lost(session, &sequence))
        (void)session_tell(session, sequence, GUARD_ERROR_SERVER_LOST);
    outcome_abandon(session);
    return session_stop(session, reason);
}

/* A KILL ends a connection in the same way as the end of the server does, and no server tells its
 * client of it: neither do we, while there is a server. What broke in another way is told. */
static bool may_be_killed(struct session *session)
{
    uint8_t sequence;

    return stream_failure(&session->stream[SIDE_SERVER]) == STREAM_FAILURE_NONE &&
           !session->host->draining && may_tell_lost(session, &sequence);
}

static enum step_result server_gone(struct session *session)
{
    if (session->server_seen == SERVER_NOT_ASKED && !session->ended[SIDE_CLIENT])
        return STEP_WAIT;
    return end_with_server(session);
}

const struct step STEP_SERVER_GONE = {"server-gone", server_gone};

static enum step_result leave_with_server(struct session *session)
{
    if (!may_be_killed(session))
        return end_with_server(session);
    session_pause(session, SIDE_CLIENT, PAUSE_HELD); /* what it sends has nowhere to go */
    session_goto(session, &STEP_SERVER_GONE);
    knock_at_server(session);
    return STEP_NEXT;
}

static void on_answer_overdue(struct worker_timer *timer)
{
    struct session *session = session_of_timer(timer);

    outcome_abandon(session);
    session_end(session, CLOSE_REASON_CLIENT_CLOSED);
}

static bool client_has_left(const struct session *session)
{
    return session->ended[SIDE_CLIENT] ||
           (session->compression && compression_has_ended(session, SIDE_CLIENT));
}

/* The answer that a client is held for gets a while when the client has left. */
static void await_answer(struct session *session)
{
    if (!(session->paused[SIDE_CLIENT] & PAUSE_HELD) || !client_has_left(session) ||
        session->abandoned || session->host->draining)
        return;
    session->abandoned = true;
    worker_timer_set(session->host->worker, &session->timer, HELD_ANSWER_MS, on_answer_overdue);
}

/* The client sends nothing more: the server hears of it once everything before has been sent. */
static enum step_result end_with_client(struct session *session)
{
    struct stream *client = session_client(session);

    if (stream_failure(client) != STREAM_FAILURE_NONE) {
        outcome_abandon(session);
        if (session->quitting)
            return session_stop(session, CLOSE_REASON_CLIENT_QUIT);
        return session_stop(session, stream_failure(client) == STREAM_FAILURE_TLS
                                         ? CLOSE_REASON_TLS_CLIENT
                                         : CLOSE_REASON_CLIENT_RESET);
    }
    if (session->paused[SIDE_CLIENT] == 0) {
        struct sg_slice cut = session_input(session, SIDE_CLIENT);
        (void)session_send(session, SIDE_SERVER, cut);
        session_consume(session, SIDE_CLIENT, cut.size);
        if (session->pending.count > 0)
            stream_end_without_notify(session_server(session));
        stream_shutdown(session_server(session));
    }
    return STEP_WAIT;
}

static enum step_result wait_or_end(struct session *session)
{
    if (session->ended[SIDE_SERVER] && !(session->paused[SIDE_SERVER] & PAUSE_PEER_FULL))
        return leave_with_server(session);
    await_answer(session);
    return session->ended[SIDE_CLIENT] ? end_with_client(session) : STEP_WAIT;
}

/* Between two commands and outside a transaction: nothing is lost when the session ends here. */
static bool may_drain(const struct session *session)
{
    return session->host->draining && session->pending.count == 0 && !session->streaming &&
           !(session->status & WIRE_STATUS_IN_TRANSACTION) &&
           session_input(session, SIDE_CLIENT).size == 0;
}

/* --- the steps
 * ------------------------------------------------------------------------------------------ */

/* A held suspect whose turn has come, or that has been settled. */
static bool attend_held(struct session *session)
{
    if (!session->held)
        return false;
    if (held_is_to_begin(session))
        held_turn(session);
    if (held_waits(session) || !(session->paused[SIDE_CLIENT] & PAUSE_HELD))
        return false;
    let_go(session);
    return true;
}

static enum step_result commands(struct session *session)
{
    bool moved;

    do {
        moved = relay_from_client(session);
        moved |= relay_from_server(session);
        moved |= attend_held(session);
        if (is_over(session))
            return STEP_DONE;
        if (session->step != &STEP_COMMANDS)
            return STEP_NEXT;
    } while (moved);
    if (may_drain(session)) {
        (void)session_tell(session, 0, GUARD_ERROR_SHUTDOWN);
        return session_stop(session, CLOSE_REASON_SHUTDOWN);
    }
    return wait_or_end(session);
}

const struct step STEP_COMMANDS = {"commands", commands};

enum step_result relay_blindly(struct session *session, const char *why)
{
    metrics_add(METRIC_RELAY_ONLY, 1);
    log_warning("session", "session %llu: relaying without inspection: %s",
                (unsigned long long)session->id, why);
    outcome_abandon(session);
    session->changes_pending = 0;
    session->asked = false;
    wire_response_fini(&session->response);
    session->response_begun = false;
    let_go(session);
    return session_goto(session, &STEP_RELAY_ONLY);
}

static void pass_all(struct session *session, enum side from)
{
    size_t run;

    while (!(session->paused[from] & PAUSE_PEER_FULL)) {
        run = session_input(session, from).size;
        if (run == 0)
            return;
        if (run > RUN_LIMIT)
            run = RUN_LIMIT;
        if (session->compression && from == SIDE_SERVER)
            compression_pass_blindly(session,
                                     sg_slice_make(session_input(session, from).data, run));
        send_run(session, from, &run);
    }
}

static enum step_result relay_only(struct session *session)
{
    pass_all(session, SIDE_CLIENT);
    pass_all(session, SIDE_SERVER);
    return wait_or_end(session);
}

const struct step STEP_RELAY_ONLY = {"relay-only", relay_only};
