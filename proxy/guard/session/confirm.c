/* See confirm.h. */
#include "session/confirm.h"

#include "policy/policy.h"
#include "report/histogram.h"
#include "report/log.h"
#include "report/metrics.h"
#include "session/compression.h"
#include "session/outcome.h"
#include "session/session.h"

/* Returns the id of its last packet. */
static uint8_t send_prepare(struct session *session, struct sg_slice text)
{
    uint8_t head[WIRE_HEADER_SIZE + 1] = {[WIRE_HEADER_SIZE] = WIRE_COM_STMT_PREPARE};
    size_t head_size = sizeof head; /* of the packets that follow, the header alone */
    struct wire_header header = {0, 0};

    for (;; header.sequence++) {
        size_t most = WIRE_PAYLOAD_MAX - (head_size - WIRE_HEADER_SIZE);
        struct sg_slice part = sg_slice_make(text.data, text.size < most ? text.size : most);
        header.length = (uint32_t)(head_size - WIRE_HEADER_SIZE + part.size);
        wire_header_write(head, header);
        (void)session_send2(session, SIDE_SERVER, sg_slice_make(head, head_size), part);
        if (header.length < WIRE_PAYLOAD_MAX)
            return header.sequence;
        text = sg_slice_make(text.data + part.size, text.size - part.size);
        head_size = WIRE_HEADER_SIZE;
    }
}

bool confirm_ask(struct session *session, const struct wire_packet *command, struct note *note)
{
    struct pending pending = {.note = note,
                              .kind = PENDING_ASKED,
                              .command = WIRE_COM_QUERY, /* what the client sent */
                              .answer = WIRE_ANSWER_PREPARE};

    if (session->compression)
        pending.frame = compression_frame(session);
    note->packet = sg_arena_copy(&note->arena, command->whole);
    note->sequence = command->sequence;
    if (note->packet.size == 0 || !pending_push(&session->pending, &pending))
        return false;
    metrics_add(METRIC_CONFIRM_ASKED, 1);
    note->asked_at_ns = histogram_clock_ns();
    pending_newest(&session->pending)->last_sequence = send_prepare(session, note->judged->text);
    session->asked = true;
    session_pause(session, SIDE_CLIENT, PAUSE_HELD);
    return true;
}

static bool is_refused(const struct wire_response *response)
{
    return response->outcome == WIRE_OUTCOME_ERR && !response->cut &&
           policy_is_name_error(response->error_number);
}

static void pass_refusal_on(struct session *session, struct pending *pending)
{
    metrics_add(METRIC_CONFIRM_REFUSED, 1);
    metrics_add(METRIC_BLOCKED, 1);
    pending->note->confirm = EVENT_CONFIRM_REFUSED;
    pending->note->blocked = true;
    (void)session_send_packet(session, SIDE_CLIENT, wire_sequence_add(pending->note->sequence, 1),
                              session->response.packet);
    /* The server has forgotten its last prepared statement, as after any failed PREPARE. */
    session->last_prepared = 0;
    outcome_take(session, pending, true);
}

static void close_statement(struct session *session)
{
    uint8_t close[16];
    struct writer w = writer_make(close, sizeof close);

    wire_statement_close_write(&w, session->response.statement_id);
    (void)session_send(session, SIDE_SERVER, writer_result(&w));
    /* It knows a name that we do not: our picture of the schema is old. */
    if (session->host->shared->catalog)
        catalog_request(session->host->shared->catalog, CATALOG_MISS);
}

static void send_original(struct session *session, struct pending *asked)
{
    struct note *note = asked->note;
    bool prepared = session->response.outcome == WIRE_OUTCOME_PREPARED;
    struct pending forwarded = {.note = note,
                                .kind = PENDING_FORWARDED,
                                .command = WIRE_COM_QUERY,
                                .answer = WIRE_ANSWER_QUERY,
                                .inspected = true,
                                .frame = asked->frame,
                                .last_sequence = note->sequence,
                                .changes = note->changes};

    metrics_add(prepared ? METRIC_CONFIRM_REFUTED : METRIC_CONFIRM_UNDECIDED, 1);
    note->confirm = prepared ? EVENT_CONFIRM_REFUTED : EVENT_CONFIRM_UNDECIDED;
    if (prepared)
        close_statement(session);
    asked->note = NULL; /* the new entry's; `asked` may move when it is pushed */
    if (!pending_push(&session->pending, &forwarded)) {
        note_free(note);
        session_end(session, CLOSE_REASON_OUT_OF_MEMORY);
        return;
    }
    session->changes_pending += forwarded.changes;
    (void)session_send(session, SIDE_SERVER, note->packet);
}

void confirm_take(struct session *session, struct pending *pending)
{
    session->asked = false;
    histogram_add(HISTOGRAM_CONFIRM, histogram_clock_ns() - pending->note->asked_at_ns);
    if (is_refused(&session->response))
        pass_refusal_on(session, pending);
    else
        send_original(session, pending);
}
