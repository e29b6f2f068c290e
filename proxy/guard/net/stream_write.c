/* What a stream writes: at once where the socket takes it, from a bounded queue where not.
 *
 * The queue holds two buffers: one is with libuv, the other grows behind it, and they change places
 * when the first has gone out. While nothing waits there is no queue and nothing is allocated. Also
 * the polite end: queue, goodbye, half-close, waiting for the peer's end.
 * Follows: libuv 1.44 documentation, uv_try_write, uv_write; shutdown(2).
 */
#include "net/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/stream_private.h"

#define JOIN_BYTES TLS_RECORD_BYTES /* two pieces up to here make one record */

/* --- the queue ------------------------------------------------------------------------------- */

static size_t limit_or(size_t limit, size_t otherwise)
{
    return limit ? limit : otherwise;
}

static size_t high_bytes(const struct stream *stream)
{
    return limit_or(stream->limits->queue_high_bytes, 64u * 1024);
}

static size_t low_bytes(const struct stream *stream)
{
    return limit_or(stream->limits->queue_low_bytes, 16u * 1024);
}

static size_t most_bytes(const struct stream *stream)
{
    return limit_or(stream->limits->queue_most_bytes, 4u * 1024 * 1024);
}

size_t stream_queued(const struct stream *stream)
{
    if (!stream->work)
        return 0;
    const struct stream_queue *queue = &stream->work->queue;
    size_t sending = queue->is_sending ? uv_stream_get_write_queue_size(&stream->uv.any) : 0;
    return sending + queue->waiting_size;
}

static void lose_writing(struct stream *stream, enum stream_failure failure, const char *reason)
{
    stream_set(stream, STREAM_WRITE_LOST);
    stream_note_failure(stream, failure, "%s", reason);
    if (stream->work) {
        free(stream->work->queue.waiting);
        stream->work->queue.waiting = NULL;
        stream->work->queue.waiting_size = 0;
        stream->work->queue.waiting_capacity = 0;
    }
}

static bool make_room(struct stream_queue *queue, size_t more)
{
    size_t needed = queue->waiting_size + more;
    if (needed <= queue->waiting_capacity)
        return true;
    size_t capacity = queue->waiting_capacity * 2;
    if (capacity < needed)
        capacity = needed;
    uint8_t *grown = realloc(queue->waiting, capacity);
    if (!grown)
        return false;
    queue->waiting = grown;
    queue->waiting_capacity = capacity;
    return true;
}

static void send_waiting(struct stream *stream);

static void on_written(uv_write_t *request, int status)
{
    struct stream *stream = request->data;
    struct stream_queue *queue = &stream->work->queue;
    queue->is_sending = false;
    free(queue->sending);
    queue->sending = NULL;
    if (stream->state >= STREAM_CLOSING)
        return; /* the handle's close callback comes next and frees the rest */
    if (status != 0) {
        lose_writing(stream, STREAM_FAILURE_RESET, uv_strerror(status));
        /* While we read, what the peer said before it left is still to come, and then its end. */
        if (!stream_has(stream, STREAM_READS) || stream->state == STREAM_FINISHING)
            stream_tell_failure(stream);
        return;
    }
    send_waiting(stream);
    if (stream_has(stream, STREAM_TOLD_FULL) && stream_queued(stream) <= low_bytes(stream)) {
        stream_unset(stream, STREAM_TOLD_FULL);
        if (stream->state == STREAM_OPEN && stream->events->on_drained)
            stream->events->on_drained(stream);
    }
    if (stream->state < STREAM_CLOSING)
        stream_end_if_due(stream);
    if (stream->state < STREAM_CLOSING)
        stream_drop_work_if_idle(stream);
}

static void send_waiting(struct stream *stream)
{
    struct stream_queue *queue = &stream->work->queue;
    if (queue->is_sending || queue->waiting_size == 0)
        return;
    uv_buf_t piece = uv_buf_init((char *)queue->waiting, (unsigned)queue->waiting_size);
    queue->sending = queue->waiting;
    queue->is_sending = true;
    queue->waiting = NULL;
    queue->waiting_size = queue->waiting_capacity = 0;
    queue->request.data = stream;
    int failure = uv_write(&queue->request, &stream->uv.any, &piece, 1, on_written);
    if (failure == 0)
        return;
    queue->is_sending = false;
    free(queue->sending);
    queue->sending = NULL;
    lose_writing(stream, STREAM_FAILURE_RESET, uv_strerror(failure));
}

/* Keeps what the socket did not take: the bytes after the first `sent` of all pieces. */
static bool enqueue(struct stream *stream, const uv_buf_t *pieces, unsigned count, size_t sent)
{
    size_t left = 0;
    for (unsigned i = 0; i < count; i++)
        left += pieces[i].len;
    left -= sent;
    if (left > most_bytes(stream) || stream_queued(stream) > most_bytes(stream) - left) {
        lose_writing(stream, STREAM_FAILURE_QUEUE,
                     "the peer reads too slowly: the bound of its queue was reached");
        return false;
    }
    struct stream_work *work = stream_need_work(stream);
    if (!work || !make_room(&work->queue, left)) {
        lose_writing(stream, STREAM_FAILURE_MEMORY, "out of memory");
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        size_t skipped = sent < pieces[i].len ? sent : pieces[i].len;
        memcpy(work->queue.waiting + work->queue.waiting_size, pieces[i].base + skipped,
               pieces[i].len - skipped);
        work->queue.waiting_size += pieces[i].len - skipped;
        sent -= skipped;
    }
    send_waiting(stream);
    return !stream_has(stream, STREAM_WRITE_LOST);
}

bool stream_send_raw(struct stream *stream, const uv_buf_t *pieces, unsigned count)
{
    if (stream_has(stream, STREAM_WRITE_LOST))
        return false;
    size_t total = 0;
    for (unsigned i = 0; i < count; i++)
        total += pieces[i].len;
    size_t sent = 0;
    if (stream_queued(stream) == 0) {
        int answer = uv_try_write(&stream->uv.any, pieces, count);
        if (answer < 0 && answer != UV_EAGAIN) {
            lose_writing(stream, STREAM_FAILURE_RESET, uv_strerror(answer));
            return false;
        }
        sent = answer > 0 ? (size_t)answer : 0;
    }
    return sent == total || enqueue(stream, pieces, count, sent);
}

/* --- writing --------------------------------------------------------------------------------- */

static bool seal(struct stream *stream, struct sg_slice plain)
{
    struct tls_sink *sealed = &worker_buffers(stream->worker)->sealed;
    enum tls_status status;
    do {
        status = tls_write(stream->tls, &plain, sealed);
        if (status == TLS_FULL && !stream_flush_sealed(stream))
            return false;
    } while (status == TLS_FULL);
    if (status == TLS_OK)
        return true;
    sealed->size = 0;
    lose_writing(stream, STREAM_FAILURE_TLS, tls_error(stream->tls));
    return false;
}

static bool write_sealed(struct stream *stream, struct sg_slice first, struct sg_slice second)
{
    uint8_t joined[JOIN_BYTES];
    if (first.size > 0 && second.size > 0 && first.size + second.size <= sizeof(joined)) {
        memcpy(joined, first.data, first.size);
        memcpy(joined + first.size, second.data, second.size);
        return seal(stream, sg_slice_make(joined, first.size + second.size)) &&
               stream_flush_sealed(stream);
    }
    return seal(stream, first) && seal(stream, second) && stream_flush_sealed(stream);
}

static uv_buf_t piece_of(struct sg_slice bytes)
{
    union { /* libuv's buffers serve reading too; a write leaves them as they are */
        const char *borrowed;
        char *base;
    } pointer = {.borrowed = bytes.data};
    return uv_buf_init(pointer.base, (unsigned)bytes.size);
}

static bool can_write(const struct stream *stream)
{
    return stream->state == STREAM_OPEN && !stream_has(stream, STREAM_SECURING) &&
           !stream_has(stream, STREAM_SHUT) && !stream_has(stream, STREAM_WRITE_LOST);
}

enum stream_written stream_write2(struct stream *stream, struct sg_slice first,
                                  struct sg_slice second)
{
    if (!can_write(stream))
        return STREAM_BROKEN;
    bool is_taken;
    if (stream->tls) {
        is_taken = write_sealed(stream, first, second);
    } else {
        const uv_buf_t pieces[] = {piece_of(first), piece_of(second)};
        is_taken = first.size + second.size == 0 ||
                   stream_send_raw(stream, first.size ? pieces : pieces + 1,
                                   first.size && second.size ? 2 : 1);
    }
    if (!is_taken)
        return STREAM_BROKEN;
    if (!stream->work || stream_queued(stream) < high_bytes(stream))
        return STREAM_WRITTEN;
    stream_set(stream, STREAM_TOLD_FULL);
    return STREAM_FULL;
}

enum stream_written stream_write(struct stream *stream, struct sg_slice bytes)
{
    return stream_write2(stream, bytes, SG_SLICE_EMPTY);
}

/* --- the end --------------------------------------------------------------------------------- */

/* Goodbye and half-close, once the queue is empty. */
static void tell_peer(struct stream *stream)
{
    if (stream->tls && !stream_has(stream, STREAM_SECURING) &&
        !stream_has(stream, STREAM_NO_NOTIFY)) {
        tls_shutdown(stream->tls, &worker_buffers(stream->worker)->sealed);
        if (!stream_flush_sealed(stream) || stream_queued(stream) > 0)
            return; /* lost; or it waits, and we come back when it has gone out */
    }
    stream_set(stream, STREAM_SHUT_DONE);
    if (stream->state == STREAM_FINISHING && stream_has(stream, STREAM_ENDED))
        return; /* close comes next and says the same */
    uv_os_fd_t fd;
    if (uv_fileno(&stream->uv.handle, &fd) == 0)
        (void)shutdown(fd, SHUT_WR); /* a peer that is gone shows itself by reading */
}

void stream_end_if_due(struct stream *stream)
{
    if (stream_has(stream, STREAM_SHUT) && !stream_has(stream, STREAM_SHUT_DONE) &&
        !stream_has(stream, STREAM_WRITE_LOST) && stream_queued(stream) == 0)
        tell_peer(stream);
    if (stream->state != STREAM_FINISHING)
        return;
    bool has_sent = stream_has(stream, STREAM_SHUT_DONE) || stream_has(stream, STREAM_WRITE_LOST);
    if (has_sent && stream_has(stream, STREAM_ENDED))
        stream_close(stream);
}

void stream_end_without_notify(struct stream *stream)
{
    stream_set(stream, STREAM_NO_NOTIFY);
}

void stream_shutdown(struct stream *stream)
{
    if (stream->state != STREAM_OPEN)
        return;
    stream_set(stream, STREAM_SHUT);
    stream_end_if_due(stream);
}

static void on_deadline(struct worker_timer *timer)
{
    struct stream_work *work =
        (struct stream_work *)((char *)timer - offsetof(struct stream_work, timer));
    stream_close(work->stream);
}

/* After a TLS failure the peer should still get the alert that says why. */
static bool can_finish(const struct stream *stream)
{
    return stream->state == STREAM_OPEN &&
           (!stream_has(stream, STREAM_TOLD_FAILED) || stream->failure == STREAM_FAILURE_TLS);
}

void stream_finish(struct stream *stream, uint64_t deadline_ms)
{
    if (stream->state == STREAM_NEW || stream->state >= STREAM_FINISHING)
        return;
    struct stream_work *work = can_finish(stream) ? stream_need_work(stream) : NULL;
    if (!work) { /* nothing was said, or nothing can be */
        stream_close(stream);
        return;
    }
    stream->state = STREAM_FINISHING;
    stream_set(stream, STREAM_SHUT);
    worker_timer_set(stream->worker, &work->timer, deadline_ms, on_deadline);
    if (!stream_apply_reading(stream)) {
        stream_close(stream);
        return;
    }
    stream_end_if_due(stream);
}
