/* A session's life: opening, what its two streams tell, ending; see session.h.
 *
 * Stream events come in here, are noted, and the steps are run (steps.c). Freed when both streams
 * have told that they are closed.
 */
#include "session/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "report/log.h"
#include "report/metrics.h"
#include "session/compression.h"
#include "session/doubt.h"
#include "session/held.h"
#include "session/limits.h"
#include "session/login.h"
#include "session/prepared.h"
#include "session/knock.h"
#include "session/relay.h"
#include "wire/err_packet.h"

/* A statement's tokens, tree and scopes. A text of 16 MiB of short literals takes some 30 times its
 * size; a longer one is forwarded unjudged and counted. */
#define ARENA_CEILING_BYTES (512u * 1024u * 1024u)

/* --- the worker's part ---------------------------------------------------------------------- */

void session_worker_init(struct session_worker *host, struct worker *worker,
                         struct session_shared *shared)
{
    *host = (struct session_worker){.worker = worker, .shared = shared};
    sg_arena_init(&host->arena, ARENA_CEILING_BYTES);
    if (shared->settings->verdict_cache_bytes > 0)
        host->verdicts = sg_verdict_cache_new(shared->settings->verdict_cache_bytes);
}

void session_worker_fini(struct session_worker *host)
{
    doubts_end(host);
    published_release(host->published);
    host->published = NULL;
    session_worker_secure(host, NULL, NULL);
    sg_arena_fini(&host->arena);
    sg_verdict_cache_free(host->verdicts);
    recent_fini(&host->recent);
    compression_worker_fini(host);
}

void session_worker_publish(struct session_worker *host, struct published *published)
{
    published_release(host->published);
    host->published = published;
    if (host->verdicts)
        sg_verdict_cache_clear(host->verdicts);
    doubts_settle(host);
}

void session_worker_confirm(struct session_worker *host)
{
    doubts_settle(host);
}

void session_worker_secure(struct session_worker *host, struct tls_context *client_tls,
                           struct tls_context *server_tls)
{
    tls_context_release(host->client_tls);
    tls_context_release(host->server_tls);
    host->client_tls = client_tls;
    host->server_tls = server_tls;
}

static void link_session(struct session *session)
{
    struct session_worker *host = session->host;

    session->next = host->sessions;
    if (host->sessions)
        host->sessions->previous = session;
    host->sessions = session;
}

static void unlink_session(struct session *session)
{
    if (session->next)
        session->next->previous = session->previous;
    if (session->previous)
        session->previous->next = session->next;
    else
        session->host->sessions = session->next;
}

static void on_drain_deadline(struct worker_timer *timer)
{
    struct session *session = session_of_timer(timer);

    session_end(session, CLOSE_REASON_SHUTDOWN);
}

void session_worker_drain(struct session_worker *host, uint64_t deadline_ms)
{
    struct session *next = NULL;

    host->draining = true;
    knock_stop(host);
    for (struct session *session = host->sessions; session; session = next) {
        next = session->next;
        if (session->close_reason != CLOSE_REASON_NONE)
            continue;
        if (deadline_ms > 0 && session->login && !session->login->changing_user) {
            login_drain(session);
            continue;
        }
        worker_timer_set(host->worker, &session->timer, deadline_ms, on_drain_deadline);
        session_run(session);
    }
}

bool session_has_schema(const struct session *session)
{
    const struct published *published = session->host->published;

    return published && published_age_ms(published, published_clock_ms()) <=
                            session->host->shared->settings->max_schema_age_ms;
}

bool session_schema_is_doubtful(const struct session *session)
{
    const struct session_worker *host = session->host;
    uint64_t ddl_at = atomic_load_explicit(&host->shared->ddl_at_ms, memory_order_relaxed);

    return ddl_at > 0 && host->published && published_as_of_ms(host->published) <= ddl_at;
}

struct session_defaults session_defaults_of(const struct session_worker *host)
{
    struct session_defaults defaults = session_defaults_unknown();
    uint32_t unknown;

    if (!host->published)
        return defaults;
    published_modes(host->published, &defaults.sql_mode, &unknown);
    defaults.sql_mode_unknown &= unknown;
    return defaults;
}

/* --- input and output ------------------------------------------------------------------------ */

struct sg_slice session_input(const struct session *session, enum side side)
{
    const struct input *input = &session->input[side];

    if (!buffer_is_empty(&input->kept))
        return buffer_bytes(&input->kept);
    return sg_slice_make(input->fresh, input->fresh_size);
}

void session_consume(struct session *session, enum side side, size_t count)
{
    struct input *input = &session->input[side];

    if (!buffer_is_empty(&input->kept)) {
        buffer_consume(&input->kept, count);
        return;
    }
    input->fresh += count;
    input->fresh_size -= count;
}

void session_expect(struct session *session, enum side side, size_t size)
{
    buffer_expect(&session->input[side].kept, size);
}

static enum side other_side(enum side side)
{
    return side == SIDE_CLIENT ? SIDE_SERVER : SIDE_CLIENT;
}

static bool note_written(struct session *session, enum side side, enum stream_written written,
                         size_t size)
{
    metrics_add(side == SIDE_CLIENT ? METRIC_BYTES_TO_CLIENTS : METRIC_BYTES_TO_SERVER, size);
    if (written == STREAM_FULL)
        session_pause(session, other_side(side), PAUSE_PEER_FULL);
    return written != STREAM_BROKEN;
}

bool session_write(struct session *session, enum side side, struct sg_slice first,
                   struct sg_slice second)
{
    return note_written(session, side, stream_write2(&session->stream[side], first, second),
                        first.size + second.size);
}

bool session_send(struct session *session, enum side side, struct sg_slice bytes)
{
    if (bytes.size == 0)
        return true;
    if (session->compression)
        return compression_send(session, side, bytes, SG_SLICE_EMPTY);
    return note_written(session, side, stream_write(&session->stream[side], bytes), bytes.size);
}

bool session_send2(struct session *session, enum side side, struct sg_slice first,
                   struct sg_slice second)
{
    if (session->compression)
        return compression_send(session, side, first, second);
    return session_write(session, side, first, second);
}

/* What came from a side and was not looked at. */
static size_t waiting_input(const struct session *session, enum side side)
{
    size_t packed = session->compression ? compression_waiting(session, side) : 0;

    return session_input(session, side).size + packed;
}

static void apply_pauses(struct session *session, enum side side)
{
    uint8_t paused = session->paused[side];

    if (paused == 0 || (paused == PAUSE_HELD && waiting_input(session, side) < HELD_INPUT_BYTES))
        stream_resume(&session->stream[side]);
    else
        stream_pause(&session->stream[side]);
}

void session_pause(struct session *session, enum side side, enum pause_reason reason)
{
    session->paused[side] |= (uint8_t)reason;
    apply_pauses(session, side);
}

void session_unpause(struct session *session, enum side side, enum pause_reason reason)
{
    if (!(session->paused[side] & reason))
        return;
    session->paused[side] &= (uint8_t)~reason;
    if (session->close_reason == CLOSE_REASON_NONE)
        apply_pauses(session, side);
}

/* Behind every event: what is held may have grown, or some of it was used. */
static void apply_hold(struct session *session)
{
    if (session->paused[SIDE_CLIENT] == PAUSE_HELD && session->close_reason == CLOSE_REASON_NONE)
        apply_pauses(session, SIDE_CLIENT);
}

bool session_send_error(struct session *session, uint8_t sequence, uint16_t number,
                        const char *sqlstate, const char *format, ...)
{
    char text[512];
    uint8_t packet[600];
    struct writer w = writer_make(packet, sizeof packet);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (sqlstate) {
        wire_err_write_text(&w, sequence, number, sqlstate, sg_slice_of(text));
    } else {
        struct wire_err err = {.number = number, .message = sg_slice_of(text)};
        wire_err_write(&w, sequence, &err, false);
    }
    return session_send(session, SIDE_CLIENT, writer_result(&w));
}

bool session_tell_detail(struct session *session, uint8_t sequence, enum guard_error error,
                         const char *detail, ...)
{
    const struct guard_error_info *info = &guard_errors[error];
    /* No capabilities are known before the greeting: then there is no SQLSTATE. */
    bool is_greeted = !session->login || session->login->greeted;
    char text[400];
    va_list arguments;

    va_start(arguments, detail);
    vsnprintf(text, sizeof text, detail, arguments);
    va_end(arguments);
    return session_send_error(session, sequence, info->number, is_greeted ? info->sqlstate : NULL,
                              "schemaguard: %s%s%s", info->text, text[0] ? ": " : "", text);
}

bool session_tell(struct session *session, uint8_t sequence, enum guard_error error)
{
    return session_tell_detail(session, sequence, error, "%s", "");
}

enum wire_take session_take(const struct session *session, enum side side, uint32_t limit,
                            struct wire_packet *packet_out)
{
    struct sg_slice input = session_input(session, side);

    return wire_packet_take(input.data, input.size, limit, packet_out);
}

/* Input is the session's own to change in place: it lies in a buffer that was read into. */
static uint8_t *writable(struct sg_slice bytes)
{
    return (uint8_t *)(uintptr_t)bytes.data;
}

bool session_forward(struct session *session, enum side to, const struct wire_packet *packet,
                     uint8_t sequence)
{
    wire_packet_renumber(writable(packet->whole), sequence);
    return session_send(session, to, packet->whole);
}

bool session_send_packet(struct session *session, enum side side, uint8_t sequence,
                         struct sg_slice payload)
{
    uint8_t header[WIRE_HEADER_SIZE];

    wire_header_write(header, (struct wire_header){(uint32_t)payload.size, sequence});
    return session_send2(session, side, sg_slice_make(header, sizeof header), payload);
}

bool session_is_secure(const struct session *session, enum side side)
{
    if (stream_tls(&session->stream[side]))
        return true;
    return side == SIDE_CLIENT ? session->client.is_local : session->host->shared->server.is_path;
}

const char *session_client_text(const struct session *session, char *text, size_t size)
{
    if (session->client.is_local)
        snprintf(text, size, "%s", session->client.address);
    else
        snprintf(text, size, "%s:%u", session->client.address, session->client.port);
    return text;
}

uint64_t session_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* --- what the streams tell ---------------------------------------------------------------------
 */

static struct session *session_of(const struct stream *stream)
{
    return (struct session *)stream->owner;
}

static enum side side_of(const struct stream *stream)
{
    return stream == &session_of(stream)->stream[SIDE_CLIENT] ? SIDE_CLIENT : SIDE_SERVER;
}

void session_feed(struct session *session, enum side side, uint8_t *bytes, size_t size)
{
    struct input *input = &session->input[side];
    bool kept = true;

    if (buffer_is_empty(&input->kept)) {
        input->fresh = bytes;
        input->fresh_size = size;
    } else {
        kept = buffer_append(&input->kept, sg_slice_make(bytes, size));
    }
    if (kept)
        session_run(session);
    if (input->fresh_size > 0 && session->close_reason == CLOSE_REASON_NONE)
        kept = buffer_append(&input->kept, sg_slice_make(input->fresh, input->fresh_size));
    input->fresh = NULL;
    input->fresh_size = 0;
    if (!kept)
        session_end(session, CLOSE_REASON_OUT_OF_MEMORY);
}

static void on_data(struct stream *stream, uint8_t *bytes, size_t size)
{
    struct session *session = session_of(stream);
    enum side side = side_of(stream);

    metrics_add(side == SIDE_CLIENT ? METRIC_BYTES_FROM_CLIENTS : METRIC_BYTES_FROM_SERVER, size);
    if (session->close_reason != CLOSE_REASON_NONE)
        return;
    session->active = true;
    if (session->compression) {
        compression_take(session, side, bytes, size);
    } else {
        session_feed(session, side, bytes, size);
        if (session->compression) /* the login has just been done */
            compression_pump(session);
    }
    apply_hold(session);
}

void session_wake(struct session *session)
{
    session_run(session);
    if (session->compression)
        compression_pump(session);
    apply_hold(session);
}

static void on_drained(struct stream *stream)
{
    struct session *session = session_of(stream);

    session_unpause(session, other_side(side_of(stream)), PAUSE_PEER_FULL);
    session_wake(session);
}

static void on_connected(struct stream *stream)
{
    session_of(stream)->server_connected = true;
    session_run(session_of(stream));
}

static void tell_secured(const struct session *session, bool client, const struct tls *tls)
{
    const char *name = client ? tls_server_name(tls) : "";

    log_debug("session", "session %llu: TLS with the %s: %s, %s%s%s%s",
              (unsigned long long)session->id, client ? "client" : "server", tls_version(tls),
              tls_cipher(tls), name[0] ? ", asked for " : "", name,
              client && tls_has_peer_certificate(tls) ? ", with a certificate" : "");
}

static void on_secured(struct stream *stream)
{
    struct session *session = session_of(stream);
    bool client = side_of(stream) == SIDE_CLIENT;

    session->secured[side_of(stream)] = true;
    metrics_add(client ? METRIC_TLS_HANDSHAKES_CLIENT : METRIC_TLS_HANDSHAKES_SERVER, 1);
    if (tls_was_resumed(stream_tls(stream)))
        metrics_add(client ? METRIC_TLS_RESUMED_CLIENT : METRIC_TLS_RESUMED_SERVER, 1);
    tell_secured(session, client, stream_tls(stream));
    session_run(session);
}

/* The steps decide what an end means; see also stream_failure. They learn of it behind the frames
 * that came before. */
static void on_end(struct stream *stream)
{
    struct session *session = session_of(stream);

    if (session->compression && compression_defer_end(session, side_of(stream))) {
        session_run(session);
        return;
    }
    session->ended[side_of(stream)] = true;
    session_run(session);
    if (session->compression)
        compression_pump(session);
}

static void free_session(struct session *session)
{
    metrics_subtract(METRIC_SESSIONS_OPEN, 1);
    unlink_session(session);
    worker_timer_clear(&session->timer);
    login_free(session->login);
    compression_free(session->compression);
    pending_fini(&session->pending);
    wire_response_fini(&session->response);
    context_fini(&session->context);
    prepared_fini(&session->prepared);
    buffer_fini(&session->input[SIDE_CLIENT].kept);
    buffer_fini(&session->input[SIDE_SERVER].kept);
    free(session->identity);
    free(session);
}

static void on_closed(struct stream *stream)
{
    struct session *session = session_of(stream);

    if (--session->open_streams == 0)
        free_session(session);
}

static const struct stream_events events = {
    .on_connected = on_connected,
    .on_secured = on_secured,
    .on_data = on_data,
    .on_drained = on_drained,
    .on_end = on_end,
    .on_failed = on_end,
    .on_closed = on_closed,
};

/* A suspect is put to the server whole, so the queue takes the longest statement that is inspected.
 */
static const struct stream_limits limits = {.queue_most_bytes = 68u * 1024u * 1024u};

/* --- opening and ending --------------------------------------------------------------------------
 */

void session_open(struct session_worker *host, const struct accepted *accepted,
                  enum client_tls client_tls)
{
    struct session *session = calloc(1, sizeof *session);
    struct sg_error error = {0};

    metrics_add(METRIC_CONNECTIONS_ACCEPTED, 1);
    if (!session) {
        close(accepted->fd);
        return;
    }
    session->host = host;
    session->id = (++host->opened << 8) | worker_index(host->worker);
    session->client = *accepted;
    session->client.fd = -1;
    session->client_tls = (uint8_t)client_tls;
    stream_init(session_client(session), host->worker, &events, &limits, session);
    stream_init(session_server(session), host->worker, &events, &limits, session);
    session->open_streams = 1;
    session->step = &STEP_ENDING;
    link_session(session);
    metrics_add(METRIC_SESSIONS_OPEN, 1);
    if (stream_accept(session_client(session), accepted, &error)) {
        login_begin(session);
    } else {
        log_warning("session", "a connection was lost as it came: %s", error.message);
        session_end(session, CLOSE_REASON_CLIENT_RESET);
    }
}

void session_end(struct session *session, enum close_reason reason)
{
    char client[80];

    if (session->close_reason != CLOSE_REASON_NONE)
        return;
    session->close_reason = (uint8_t)reason;
    metrics_add(metrics_of_close(reason), 1);
    log_debug("session", "session %llu: closed: %s (client %s)", (unsigned long long)session->id,
              close_reason_text(reason), session_client_text(session, client, sizeof client));
    session_goto(session, &STEP_ENDING);
    limits_release(session);
    held_drop(session);
    worker_timer_clear(&session->timer);
    if (session->server_opened) {
        if (session->pending.count > 0)
            stream_end_without_notify(session_server(session));
        stream_finish(session_server(session), SERVER_FINISH_MS);
    }
    stream_finish(session_client(session), CLIENT_FINISH_MS);
}
