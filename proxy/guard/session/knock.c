/* See knock.h.
 *
 * Out: a connection, and once the server has said anything on it a login that is refused, since one
 * that ended without would count towards max_connect_errors (throw_away.c). In: its greeting, or an
 * ERR in place of it; a server that is going down has stopped listening before it closes what is
 * open, and one that was killed loses its listening sockets first, too.
 */
#include "session/knock.h"

#include <stdlib.h>

#include "session/session.h"
#include "wire/greeting.h"

#define PACKET_LIMIT (64u * 1024u)

/* The worker's until it has answered, then its own; freed when its stream has closed. */
struct knock {
    struct session_worker *host;
    struct stream stream;
    struct worker_timer timer;
    struct buffer input;
    bool greeted;
};

static void answer(struct knock *knock, enum server_seen seen)
{
    struct session_worker *host = knock->host;

    if (host->knock != knock)
        return;
    host->knock = NULL;
    for (struct session *session = host->sessions; session; session = session->next) {
        if (session->step != &STEP_SERVER_GONE)
            continue;
        session->server_seen = (uint8_t)seen;
        session_run(session); /* ends it; it is freed later */
    }
}

static struct knock *knock_of(const struct stream *stream)
{
    return (struct knock *)stream->owner;
}

static void give_up(struct knock *knock)
{
    answer(knock, SERVER_NOT_SEEN);
    stream_close(&knock->stream);
}

static void on_timeout(struct worker_timer *timer)
{
    give_up((struct knock *)(void *)((char *)timer - offsetof(struct knock, timer)));
}

/* To a greeting a login, to what follows whatever it asks for. False: there is nothing more to say.
 */
static bool reply(struct knock *knock, const struct wire_packet *packet)
{
    struct wire_greeting greeting;
    uint8_t header[WIRE_HEADER_SIZE];
    uint8_t payload[512];
    struct writer w = writer_make(payload, sizeof payload);
    struct sg_slice written;

    if (knock->greeted) {
        if (!wire_throwaway_answer(packet->payload, &w))
            return false;
    } else {
        if (!wire_greeting_parse(packet->payload, &greeting, NULL))
            return false;
        wire_throwaway_login_write(&w, &greeting, false);
        knock->greeted = true;
    }
    written = writer_result(&w);
    wire_header_write(header, (struct wire_header){(uint32_t)written.size,
                                                   wire_sequence_add(packet->sequence, 1)});
    return stream_write2(&knock->stream, sg_slice_make(header, sizeof header), written) !=
           STREAM_BROKEN;
}

static void on_data(struct stream *stream, uint8_t *bytes, size_t size)
{
    struct knock *knock = knock_of(stream);
    struct wire_packet packet;
    struct sg_slice input;
    enum wire_take taken;

    answer(knock, SERVER_SEEN);
    worker_timer_set(knock->host->worker, &knock->timer, SERVER_FINISH_MS, on_timeout);
    if (!buffer_append(&knock->input, sg_slice_make(bytes, size))) {
        stream_close(stream);
        return;
    }
    input = buffer_bytes(&knock->input);
    taken = wire_packet_take(input.data, input.size, PACKET_LIMIT, &packet);
    if (taken == WIRE_TAKE_MORE)
        return;
    if (taken != WIRE_TAKE_PACKET || !reply(knock, &packet)) {
        stream_finish(stream, SERVER_FINISH_MS);
        return;
    }
    buffer_consume(&knock->input, packet.whole.size);
}

static void on_connected(struct stream *stream)
{
    stream_resume(stream);
}

static void on_end(struct stream *stream)
{
    give_up(knock_of(stream));
}

static void on_closed(struct stream *stream)
{
    struct knock *knock = knock_of(stream);

    worker_timer_clear(&knock->timer);
    buffer_fini(&knock->input);
    free(knock);
}

static const struct stream_events events = {
    .on_connected = on_connected,
    .on_data = on_data,
    .on_end = on_end,
    .on_failed = on_end,
    .on_closed = on_closed,
};

void knock_at_server(struct session *session)
{
    struct session_worker *host = session->host;
    const struct session_shared *shared = host->shared;
    uint64_t timeout_ms = shared->settings->connect_timeout_ms;
    struct sg_error error;
    struct knock *knock;

    if (host->knock)
        return;
    knock = calloc(1, sizeof *knock);
    if (!knock) {
        session->server_seen = SERVER_NOT_SEEN;
        return;
    }
    knock->host = host;
    stream_init(&knock->stream, host->worker, &events, NULL, knock);
    host->knock = knock;
    worker_timer_set(host->worker, &knock->timer, timeout_ms, on_timeout);
    if (stream_connect(&knock->stream, &shared->server, timeout_ms, &error))
        return;
    host->knock = NULL;
    session->server_seen = SERVER_NOT_SEEN;
    stream_close(&knock->stream);
}

void knock_stop(struct session_worker *host)
{
    if (host->knock)
        give_up(host->knock);
}
