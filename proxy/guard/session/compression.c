/* See compression.h. Called by session.c with what streams tell and steps send, by the relay where
 * commands and answers begin.
 */
#include "session/compression.h"

#include <stdlib.h>
#include <string.h>

#include "report/log.h"
#include "report/metrics.h"
#include "session/session.h"
#include "wire/packet.h"

/* Frames may hold a thousand times their size: after so much the other sessions come first. */
#define TURN_BYTES (16u * 1024u * 1024u)

/* A higher level would take the worker's time from the other sessions. */
#define ZSTD_LEVEL_MAX 9

/* A worker's: encoders, spare decoders, and room for one piece in each form. */
struct compression_worker {
    struct wire_codecs codecs;
    uint8_t plain[WIRE_PACK_MAX];    /* unpacked, lent to the steps */
    uint8_t gathered[WIRE_PACK_MAX]; /* to be packed */
    uint8_t packed[];                /* wire_pack_bound of the above */
};

struct half {
    struct wire_unpack unpack;
    struct buffer kept;    /* frames that could not be unpacked yet */
    struct sg_slice fresh; /* those of the current event */
    struct wire_walk out;  /* the server's: where commands begin in what is sent */
    struct wire_walk in;   /* where packets begin in what came */
    size_t gathered;       /* within a send: bytes in the worker's `gathered` */
    uint8_t sequence;      /* of the next frame that is sent */
    uint8_t packet;        /* id of the next packet: of a blind relay, or of a long command */
    uint8_t level;
    bool heard; /* a frame came since one was sent */
    bool ended; /* nothing more arrives; the steps do not know yet */
};

struct compression {
    struct half half[SIDE_COUNT];
    struct session *session;
    struct worker_timer timer; /* goes on after TURN_BYTES */
};

/* --- life --------------------------------------------------------------------------------------
 */

static bool is_compressed(const struct half *half)
{
    return half->unpack.algorithm != WIRE_COMPRESSION_NONE;
}

static bool need_worker(struct session_worker *host)
{
    if (!host->compression)
        host->compression = calloc(1, sizeof *host->compression + wire_pack_bound(WIRE_PACK_MAX));
    return host->compression != NULL;
}

void compression_worker_fini(struct session_worker *host)
{
    if (host->compression)
        wire_codecs_fini(&host->compression->codecs);
    free(host->compression);
    host->compression = NULL;
}

/* What stands behind the login's last packet is frames already. */
static bool take_over(struct session *session, enum side side)
{
    struct half *half = &session->compression->half[side];
    struct sg_slice arrived = session_input(session, side);

    if (!is_compressed(half) || arrived.size == 0)
        return true;
    if (!buffer_append(&half->kept, arrived))
        return false;
    session_consume(session, side, arrived.size);
    return true;
}

bool compression_begin(struct session *session, const struct compression_choice *choice)
{
    struct compression *compression;

    if (choice->client == WIRE_COMPRESSION_NONE && choice->server == WIRE_COMPRESSION_NONE)
        return true;
    compression = calloc(1, sizeof *compression);
    if (!compression || !need_worker(session->host)) {
        free(compression);
        return false;
    }
    compression->session = session;
    compression->half[SIDE_CLIENT].unpack.algorithm = choice->client;
    compression->half[SIDE_CLIENT].level =
        choice->zstd_level > ZSTD_LEVEL_MAX ? ZSTD_LEVEL_MAX : choice->zstd_level;
    compression->half[SIDE_SERVER].unpack.algorithm = choice->server;
    compression->half[SIDE_SERVER].level = WIRE_ZSTD_LEVEL;
    session->compression = compression;
    if (choice->client != WIRE_COMPRESSION_NONE)
        metrics_add(METRIC_COMPRESSED_CLIENTS, 1);
    if (choice->server != WIRE_COMPRESSION_NONE)
        metrics_add(METRIC_COMPRESSED_SERVERS, 1);
    return take_over(session, SIDE_CLIENT) && take_over(session, SIDE_SERVER);
}

void compression_free(struct compression *compression)
{
    if (!compression)
        return;
    worker_timer_clear(&compression->timer);
    for (unsigned side = 0; side < SIDE_COUNT; side++) {
        wire_unpack_fini(&compression->half[side].unpack);
        buffer_fini(&compression->half[side].kept);
    }
    free(compression);
}

/* --- what arrives ------------------------------------------------------------------------------
 */

static struct sg_slice waiting(const struct half *half)
{
    return buffer_is_empty(&half->kept) ? half->fresh : buffer_bytes(&half->kept);
}

static bool is_waiting(const struct half *half)
{
    return waiting(half).size > 0 || wire_unpack_holds(&half->unpack);
}

static void use_up(struct half *half, size_t count)
{
    if (buffer_is_empty(&half->kept))
        half->fresh = sg_slice_make(half->fresh.data + count, half->fresh.size - count);
    else
        buffer_consume(&half->kept, count);
}

static void refuse(struct session *session, enum side side, enum wire_unpacked result)
{
    enum close_reason reason =
        side == SIDE_CLIENT ? CLOSE_REASON_COMPRESSION_CLIENT : CLOSE_REASON_COMPRESSION_SERVER;

    if (result == WIRE_UNPACKED_NO_MEMORY)
        reason = CLOSE_REASON_OUT_OF_MEMORY;
    if (side == SIDE_CLIENT && session->pending.count == 0)
        (void)session_tell(session, 1, GUARD_ERROR_COMPRESSION);
    session_end(session, reason);
}

/* Inside frames servers do not look at the ids of packets, and libmariadb gives each packet of a
 * long command the id 0, which an uncompressed server takes for a broken connection. */
static void number_long_commands(struct half *half, uint8_t *bytes, size_t size)
{
    while (size > 0) {
        struct wire_piece piece = wire_walk_next(&half->in, bytes, size);
        if (piece.packet_begins) {
            uint8_t *sequence = bytes + piece.size - piece.payload.size - 1;
            if (!piece.frame_begins)
                *sequence = half->packet;
            half->packet = wire_sequence_add(*sequence, 1);
        }
        bytes += piece.size;
        size -= piece.size;
    }
}

/* A command that streams through goes on in this frame: its answer counts on from it. */
static void note_frame(struct session *session, enum side side)
{
    struct half *half = &session->compression->half[side];
    struct pending *newest = pending_newest(&session->pending);

    half->heard = true;
    if (side == SIDE_CLIENT && session->streaming && session->streaming_answered && newest)
        newest->frame = half->unpack.sequence;
}

static void on_turn(struct worker_timer *timer)
{
    struct compression *compression =
        (struct compression *)(void *)((char *)timer - offsetof(struct compression, timer));

    session_unpause(compression->session, SIDE_CLIENT, PAUSE_UNPACKING);
    session_unpause(compression->session, SIDE_SERVER, PAUSE_UNPACKING);
    compression_pump(compression->session);
}

static void tell_end(struct session *session, struct half *half, enum side side)
{
    if (!half->ended)
        return;
    half->ended = false;
    session->ended[side] = true;
    session_run(session);
}

/* One piece of one frame; false when that side has nothing that may be unpacked now. */
static bool unpack_piece(struct session *session, enum side side, size_t *budget)
{
    struct compression_worker *worker = session->host->compression;
    struct half *half = &session->compression->half[side];
    struct sg_slice input = waiting(half);
    size_t before = input.size;
    size_t size = 0;
    enum wire_unpacked result;

    if (!is_compressed(half) || session->paused[side] != 0 ||
        session->close_reason != CLOSE_REASON_NONE)
        return false;
    if (!is_waiting(half)) {
        tell_end(session, half, side);
        return false;
    }
    if (*budget < WIRE_PACK_MAX) {
        session_pause(session, side, PAUSE_UNPACKING);
        worker_timer_set(session->host->worker, &session->compression->timer, 0, on_turn);
        return false;
    }
    result = wire_unpack_next(&half->unpack, &worker->codecs, &input, worker->plain,
                              sizeof worker->plain, &size);
    use_up(half, before - input.size);
    if (result != WIRE_UNPACKED) {
        refuse(session, side, result);
        return false;
    }
    *budget -= size;
    if (size > 0) {
        note_frame(session, side);
        if (side == SIDE_CLIENT)
            number_long_commands(half, worker->plain, size);
        session_feed(session, side, worker->plain, size);
    }
    return size > 0 || input.size < before;
}

void compression_pump(struct session *session)
{
    size_t budget = TURN_BYTES;
    bool moved;

    do {
        moved = unpack_piece(session, SIDE_CLIENT, &budget);
        moved |= unpack_piece(session, SIDE_SERVER, &budget);
    } while (moved);
}

void compression_take(struct session *session, unsigned side, uint8_t *bytes, size_t size)
{
    struct half *half = &session->compression->half[side];
    bool kept = true;

    if (!is_compressed(half)) {
        session_feed(session, (enum side)side, bytes, size);
        compression_pump(session);
        return;
    }
    if (buffer_is_empty(&half->kept))
        half->fresh = sg_slice_make(bytes, size);
    else
        kept = buffer_append(&half->kept, sg_slice_make(bytes, size));
    if (kept)
        compression_pump(session);
    if (kept && half->fresh.size > 0 && session->close_reason == CLOSE_REASON_NONE)
        kept = buffer_append(&half->kept, half->fresh);
    half->fresh = SG_SLICE_EMPTY;
    if (!kept)
        session_end(session, CLOSE_REASON_OUT_OF_MEMORY);
}

/* What stands before a reset of the client's is of no use to it: nobody reads the answer. */
bool compression_defer_end(struct session *session, unsigned side)
{
    struct half *half = &session->compression->half[side];
    bool is_gone =
        side == SIDE_CLIENT && stream_failure(session_client(session)) != STREAM_FAILURE_NONE;

    if (!is_compressed(half) || !is_waiting(half) || is_gone)
        return false;
    half->ended = true;
    return true;
}

bool compression_has_ended(const struct session *session, unsigned side)
{
    return session->compression->half[side].ended;
}

size_t compression_waiting(const struct session *session, unsigned side)
{
    return waiting(&session->compression->half[side]).size;
}

/* --- what is sent -------------------------------------------------------------------------------
 */

/* In these exchanges each side counts on from the other's last frame. */
static bool takes_turns(const struct session *session)
{
    return session->infile || session->step == &STEP_AUTHENTICATE;
}

static bool flush(struct session *session, enum side side)
{
    struct compression_worker *worker = session->host->compression;
    struct half *half = &session->compression->half[side];
    struct sg_slice plain = sg_slice_make(worker->gathered, half->gathered);
    size_t size;

    if (plain.size == 0)
        return true;
    if (half->heard && takes_turns(session))
        half->sequence = (uint8_t)(half->unpack.sequence + 1);
    half->heard = false;
    half->gathered = 0;
    size = wire_pack(&worker->codecs, (enum wire_compression)half->unpack.algorithm, half->level,
                     half->sequence++, plain, worker->packed);
    return session_write(session, side, sg_slice_make(worker->packed, size), SG_SLICE_EMPTY);
}

static bool gather(struct session *session, enum side side, struct sg_slice bytes)
{
    struct compression_worker *worker = session->host->compression;
    struct half *half = &session->compression->half[side];
    bool sent = true;

    while (bytes.size > 0) {
        size_t room = sizeof worker->gathered - half->gathered;
        size_t count = bytes.size < room ? bytes.size : room;
        memcpy(worker->gathered + half->gathered, bytes.data, count);
        half->gathered += count;
        bytes = sg_slice_make(bytes.data + count, bytes.size - count);
        if (half->gathered == sizeof worker->gathered)
            sent &= flush(session, side);
    }
    return sent;
}

/* Servers count frames from 0 at each command, so a command never shares a frame with what was sent
 * before it. A header that is not whole waits in the walk. */
static bool gather_commands(struct session *session, struct sg_slice bytes)
{
    struct half *half = &session->compression->half[SIDE_SERVER];
    bool sent = true;

    while (bytes.size > 0) {
        struct wire_piece piece = wire_walk_next(&half->out, bytes.data, bytes.size);
        bytes = sg_slice_make(bytes.data + piece.size, bytes.size - piece.size);
        if (piece.packet_begins) {
            uint8_t header[WIRE_HEADER_SIZE];
            if (piece.frame_begins && piece.sequence == 0 && !session->infile) {
                sent &= flush(session, SIDE_SERVER);
                half->sequence = 0;
            }
            half->packet = wire_sequence_add(piece.sequence, 1);
            wire_header_write(header, (struct wire_header){piece.packet_length, piece.sequence});
            sent &= gather(session, SIDE_SERVER, sg_slice_make(header, sizeof header));
        }
        sent &= gather(session, SIDE_SERVER, piece.payload);
    }
    return sent;
}

bool compression_send(struct session *session, unsigned side, struct sg_slice first,
                      struct sg_slice second)
{
    bool sent;

    if (!is_compressed(&session->compression->half[side]))
        return session_write(session, (enum side)side, first, second);
    if (side == SIDE_SERVER)
        sent = gather_commands(session, first) & gather_commands(session, second);
    else
        sent = gather(session, SIDE_CLIENT, first) & gather(session, SIDE_CLIENT, second);
    return flush(session, (enum side)side) & sent;
}

/* --- for the relay ------------------------------------------------------------------------------
 */

uint8_t compression_frame(const struct session *session)
{
    return session->compression->half[SIDE_CLIENT].unpack.sequence;
}

void compression_answer(struct session *session, uint8_t frame)
{
    session->compression->half[SIDE_CLIENT].sequence = (uint8_t)(frame + 1);
}

void compression_renumber(struct session *session, struct sg_slice bytes, uint8_t sequence)
{
    struct half *half = &session->compression->half[SIDE_SERVER];
    struct wire_walk walk = half->in;

    if (!is_compressed(half))
        return;
    while (bytes.size > 0) {
        struct wire_piece piece = wire_walk_next(&walk, bytes.data, bytes.size);
        if (piece.packet_begins) {
            size_t at = piece.size - piece.payload.size - 1;
            ((uint8_t *)(uintptr_t)bytes.data)[at] = sequence++;
        }
        bytes = sg_slice_make(bytes.data + piece.size, bytes.size - piece.size);
    }
}

void compression_passed(struct session *session, struct sg_slice bytes)
{
    struct half *half = &session->compression->half[SIDE_SERVER];

    if (!is_compressed(half))
        return;
    while (bytes.size > 0) {
        struct wire_piece piece = wire_walk_next(&half->in, bytes.data, bytes.size);
        if (piece.packet_begins)
            half->packet = wire_sequence_add(piece.sequence, 1);
        bytes = sg_slice_make(bytes.data + piece.size, bytes.size - piece.size);
    }
}

void compression_pass_blindly(struct session *session, struct sg_slice bytes)
{
    compression_renumber(session, bytes, session->compression->half[SIDE_SERVER].packet);
    compression_passed(session, bytes);
}
