/* See probe.h.
 *
 * Out: a connection, and once the server has said anything on it a login that is refused, since one
 * that ended without would count towards max_connect_errors (throw_away.c). In: its greeting, or an
 * ERR in place of it; a server that is going down has stopped listening before it closes what is
 * open, and one that was killed loses its listening sockets first, too.
 */
#include "session/probe.h"

#include <stdlib.h>

#include "session/session.h"
#include "wire/greeting.h"

#define PACKET_LIMIT (64u * 1024u)

/* The worker's until it has answered, then its own; freed when its stream has closed. */
struct probe {
    struct session_worker *host;
    struct stream stream;
    struct worker_timer timer;
    struct buffer input;
    bool greeted;
};

static void answer(struct probe *probe, enum server_seen seen)
{
    struct session_worker *host = probe->host;

    if (host->probe != probe)
        return;
    host->probe = NULL;
    for (struct session *session = host->sessions; session; session = session->next) {
        if (session->step != &STEP_SERVER_GONE)
            continue;
        session->server_seen = (uint8_t)seen;
        session_run(session); /* ends it; it is freed later */
    }
}

static struct probe *probe_of(const struct stream *stream)
{
    return (struct probe *)stream->owner;
}

static void give_up(struct probe *probe)
{
    answer(probe, SERVER_NOT_SEEN);
    stream_close(&probe->stream);
}

static void on_timeout(struct worker_timer *timer)
{
    give_up((struct probe *)(void *)((char *)timer - offsetof(struct probe, timer)));
}

/* To a greeting a login, to what follows whatever it asks for. False: there is nothing more to say.
 */
static bool reply(struct probe *probe, const struct wire_packet *packet)
{
    struct wire_greeting greeting;
    uint8_t header[WIRE_HEADER_SIZE];
    uint8_t payload[512];
    struct writer w = writer_make(payload, sizeof payload);
    struct sg_slice written;

    if (probe->greeted) {
        if (!wire_throwaway_answer(packet->payload, &w))
            return false;
    } else {
        if (!wire_greeting_parse(packet->payload, &greeting, NULL))
            return false;
        wire_throwaway_login_write(&w, &greeting, false);
        probe->greeted = true;
    }
    written = writer_result(&w);
    wire_header_write(header, (struct wire_header){(uint32_t)written.size,
                                                   wire_sequence_add(packet->sequence, 1)});
    return stream_write2(&probe->stream, sg_slice_make(header, sizeof header), written) !=
           STREAM_BROKEN;
}

static void on_data(struct stream *stream, uint8_t *bytes, size_t size)
{
    struct probe *probe = probe_of(stream);
    struct wire_packet packet;
    struct sg_slice input;
    enum wire_take taken;

    answer(probe, SERVER_SEEN);
    worker_timer_set(probe->host->worker, &probe->timer, SERVER_FINISH_MS, on_timeout);
    if (!buffer_append(&probe->input, sg_slice_make(bytes, size))) {
        stream_close(stream);
        return;
    }
    input = buffer_bytes(&probe->input);
    taken = wire_packet_take(input.data, input.size, PACKET_LIMIT, &packet);
    if (taken == WIRE_TAKE_MORE)
        return;
    if (taken != WIRE_TAKE_PACKET || !reply(probe, &packet)) {
        stream_finish(stream, SERVER_FINISH_MS);
        return;
    }
    buffer_consume(&probe->input, packet.whole.size);
}

static void on_connected(struct stream *stream)
{
    stream_resume(stream);
}

static void on_end(struct stream *stream)
{
    give_up(probe_of(stream));
}

static void on_closed(struct stream *stream)
{
    struct probe *probe = probe_of(stream);

    worker_timer_clear(&probe->timer);
    buffer_fini(&probe->input);
    free(probe);
}

static const struct stream_events events = {
    .on_connected = on_connected,
    .on_data = on_data,
    .on_end = on_end,
    .on_failed = on_end,
    .on_closed = on_closed,
};

void probe_server(struct session *session)
{
    struct session_worker *host = session->host;
    const struct session_shared *shared = host->shared;
    uint64_t timeout_ms = shared->settings->connect_timeout_ms;
    struct sg_error error;
    struct probe *probe;

    if (host->probe)
        return;
    probe = calloc(1, sizeof *probe);
    if (!probe) {
        session->server_seen = SERVER_NOT_SEEN;
        return;
    }
    probe->host = host;
    stream_init(&probe->stream, host->worker, &events, NULL, probe);
    host->probe = probe;
    worker_timer_set(host->worker, &probe->timer, timeout_ms, on_timeout);
    if (stream_connect(&probe->stream, &shared->server, timeout_ms, &error))
        return;
    host->probe = NULL;
    session->server_seen = SERVER_NOT_SEEN;
    stream_close(&probe->stream);
}

void probe_stop(struct session_worker *host)
{
    if (host->probe)
        give_up(host->probe);
}
