/* A socket's life, what it reads, and TLS in mid-stream.
 *
 * In: bytes from libuv; out: the owner's events. What is read lands in the worker's one buffer and
 * is handed on from there, decrypted into the worker's second buffer where there is TLS: a stream
 * owns no bytes but its queue (stream_write.c). Called by sessions; connecting is
 * stream_connect.c's. Follows: libuv 1.44 documentation, "uv_stream_t"; OpenSSL by way of tls.h.
 */
#define _GNU_SOURCE /* vasprintf */
#include "net/stream.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/stream_private.h"

_Static_assert(sizeof(struct stream) < 400, "an idle plain stream stays under 400 bytes");

static const struct stream_limits default_limits = {
    .queue_high_bytes = 64u * 1024,
    .queue_low_bytes = 16u * 1024,
    .queue_most_bytes = 4u * 1024 * 1024,
};

/* --- storage --------------------------------------------------------------------------------- */

void stream_init(struct stream *stream, struct worker *worker, const struct stream_events *events,
                 const struct stream_limits *limits, void *owner)
{
    memset(stream, 0, sizeof(*stream));
    stream->worker = worker;
    stream->events = events;
    stream->limits = limits ? limits : &default_limits;
    stream->owner = owner;
}

struct stream_work *stream_need_work(struct stream *stream)
{
    if (!stream->work) {
        stream->work = calloc(1, sizeof(*stream->work));
        if (stream->work)
            stream->work->stream = stream;
    }
    return stream->work;
}

void stream_drop_work_if_idle(struct stream *stream)
{
    struct stream_work *work = stream->work;
    if (!work || work->connect || work->queue.is_sending || work->queue.waiting_size > 0 ||
        worker_timer_is_set(&work->timer))
        return;
    free(work->queue.waiting);
    free(work);
    stream->work = NULL;
}

static void free_work(struct stream_work *work)
{
    if (!work)
        return;
    worker_timer_clear(&work->timer);
    stream_connect_abandon(work);
    free(work->queue.sending);
    free(work->queue.waiting);
    free(work);
}

/* --- failures -------------------------------------------------------------------------------- */

void stream_note_failure(struct stream *stream, enum stream_failure failure, const char *format,
                         ...)
{
    if (stream->failure != STREAM_FAILURE_NONE)
        return;
    stream->failure = (uint8_t)failure;
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&stream->error_text, format, arguments) < 0)
        stream->error_text = NULL;
    va_end(arguments);
}

static void stop_reading(struct stream *stream)
{
    stream_unset(stream, STREAM_WANTS_DATA);
    (void)stream_apply_reading(stream);
}

void stream_tell_failure(struct stream *stream)
{
    if (stream->state == STREAM_FINISHING) {
        stream_close(stream);
        return;
    }
    if (stream->state >= STREAM_CLOSING || stream_has(stream, STREAM_TOLD_FAILED))
        return;
    stop_reading(stream);
    stream_set(stream, STREAM_TOLD_FAILED);
    if (stream->events->on_failed)
        stream->events->on_failed(stream);
}

enum stream_failure stream_failure(const struct stream *stream)
{
    return (enum stream_failure)stream->failure;
}

const char *stream_failure_name(enum stream_failure failure)
{
    switch (failure) {
    case STREAM_FAILURE_NONE:
        return "none";
    case STREAM_FAILURE_RESOLVE:
        return "resolve";
    case STREAM_FAILURE_CONNECT:
        return "connect";
    case STREAM_FAILURE_DESCRIPTORS:
        return "descriptors";
    case STREAM_FAILURE_TIMEOUT:
        return "timeout";
    case STREAM_FAILURE_TLS:
        return "tls";
    case STREAM_FAILURE_RESET:
        return "reset";
    case STREAM_FAILURE_QUEUE:
        return "queue";
    case STREAM_FAILURE_MEMORY:
        return "memory";
    }
    return "unknown";
}

const char *stream_error(const struct stream *stream)
{
    return stream->error_text ? stream->error_text : "";
}

/* --- TLS ------------------------------------------------------------------------------------- */

bool stream_flush_sealed(struct stream *stream)
{
    struct tls_sink *sealed = &worker_buffers(stream->worker)->sealed;
    if (sealed->size == 0)
        return true;
    uv_buf_t piece = uv_buf_init((char *)sealed->data, (unsigned)sealed->size);
    sealed->size = 0;
    return stream_send_raw(stream, &piece, 1);
}

/* TLS_OK, TLS_AGAIN or TLS_FAILED (noted); what had to be said to the peer is on its way. */
static enum tls_status shake_hands(struct stream *stream, struct sg_slice *input)
{
    struct tls_sink *sealed = &worker_buffers(stream->worker)->sealed;
    enum tls_status status;
    do {
        status = tls_handshake(stream->tls, input, sealed);
        (void)stream_flush_sealed(stream);
    } while (status == TLS_FULL);
    if (status == TLS_OK)
        stream_unset(stream, STREAM_SECURING);
    else if (status != TLS_AGAIN)
        stream_note_failure(stream, STREAM_FAILURE_TLS, "%s", tls_error(stream->tls));
    return status;
}

static void tell_end(struct stream *stream)
{
    stream_set(stream, STREAM_ENDED);
    (void)stream_apply_reading(stream);
    if (stream->state == STREAM_FINISHING)
        stream_end_if_due(stream);
    else if (stream->events->on_end)
        stream->events->on_end(stream);
}

/* Decrypts what arrived; the plain buffer is larger than all that can come of it. */
static void open_records(struct stream *stream, struct sg_slice *input)
{
    struct worker_buffers *buffers = worker_buffers(stream->worker);
    enum tls_status status;
    do {
        size_t size = 0;
        status = tls_read(stream->tls, input, buffers->plain, buffers->plain_bytes, &size,
                          &buffers->sealed);
        (void)stream_flush_sealed(stream);
        if (size > 0)
            stream->events->on_data(stream, buffers->plain, size);
        if (stream->state != STREAM_OPEN)
            return;
    } while (status == TLS_OK || status == TLS_FULL);
    if (status == TLS_CLOSED) {
        if (!stream_has(stream, STREAM_ENDED))
            tell_end(stream);
    } else if (status == TLS_FAILED) {
        stream_note_failure(stream, STREAM_FAILURE_TLS, "%s", tls_error(stream->tls));
        stream_tell_failure(stream);
    }
}

static void take_ciphertext(struct stream *stream, struct sg_slice input)
{
    if (stream_has(stream, STREAM_SECURING)) {
        enum tls_status status = shake_hands(stream, &input);
        if (status == TLS_AGAIN)
            return;
        if (status != TLS_OK) {
            stream_tell_failure(stream);
            return;
        }
        if (stream->events->on_secured)
            stream->events->on_secured(stream);
        if (stream->state != STREAM_OPEN || input.size == 0)
            return;
    }
    open_records(stream, &input);
}

bool stream_start_tls(struct stream *stream, struct tls_context *context, const char *host,
                      struct sg_slice arrived)
{
    assert(stream->state == STREAM_OPEN && !stream->tls);
    stream->tls = tls_new(context, host);
    if (!stream->tls) {
        stream_note_failure(stream, STREAM_FAILURE_MEMORY, "TLS: out of memory");
        return false;
    }
    stream_set(stream, STREAM_SECURING);
    enum tls_status status = shake_hands(stream, &arrived);
    assert(status != TLS_OK); /* both roles still wait for the peer's Finished */
    if (status != TLS_AGAIN) {
        stop_reading(stream);
        stream_set(stream, STREAM_TOLD_FAILED); /* by what we return */
        return false;
    }
    stream_resume(stream);
    return true;
}

const struct tls *stream_tls(const struct stream *stream)
{
    return stream->tls;
}

/* --- reading --------------------------------------------------------------------------------- */

static void lend_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    const struct stream *stream = handle->data;
    struct worker_buffers *buffers = worker_buffers(stream->worker);
    (void)suggested;
    *buffer = uv_buf_init((char *)buffers->read, (unsigned)buffers->read_bytes);
}

static void on_read(uv_stream_t *any, ssize_t size, const uv_buf_t *buffer)
{
    struct stream *stream = any->data;
    if (size == 0)
        return; /* nothing there after all */
    if (size == UV_EOF) {
        stream_unset(stream, STREAM_READS); /* libuv stopped by itself */
        if (stream_has(stream, STREAM_SECURING) && stream->state == STREAM_OPEN) {
            stream_note_failure(stream, STREAM_FAILURE_TLS,
                                "TLS handshake: the peer closed the connection");
            stream_tell_failure(stream);
        } else {
            tell_end(stream);
        }
        return;
    }
    if (size < 0) {
        stream_note_failure(stream, STREAM_FAILURE_RESET, "%s", uv_strerror((int)size));
        stream_tell_failure(stream);
        return;
    }
    if (stream->state != STREAM_OPEN)
        return; /* finishing: dropped */
    if (stream->tls)
        take_ciphertext(stream, sg_slice_make(buffer->base, (size_t)size));
    else
        stream->events->on_data(stream, (uint8_t *)buffer->base, (size_t)size);
}

bool stream_apply_reading(struct stream *stream)
{
    bool must_read = !stream_has(stream, STREAM_ENDED) &&
                     (stream->state == STREAM_FINISHING ||
                      (stream->state == STREAM_OPEN && stream_has(stream, STREAM_WANTS_DATA)));
    if (must_read == stream_has(stream, STREAM_READS))
        return true;
    if (!must_read) {
        stream_unset(stream, STREAM_READS);
        (void)uv_read_stop(&stream->uv.any);
        return true;
    }
    stream_set(stream, STREAM_READS);
    return uv_read_start(&stream->uv.any, lend_buffer, on_read) == 0;
}

void stream_resume(struct stream *stream)
{
    if (stream->state != STREAM_OPEN || stream_has(stream, STREAM_TOLD_FAILED))
        return;
    stream_set(stream, STREAM_WANTS_DATA);
    (void)stream_apply_reading(stream);
}

void stream_pause(struct stream *stream)
{
    if (stream->state != STREAM_OPEN)
        return;
    stream_unset(stream, STREAM_WANTS_DATA);
    (void)stream_apply_reading(stream);
}

/* --- opening and closing --------------------------------------------------------------------- */

bool stream_accept(struct stream *stream, const struct accepted *accepted, struct sg_error *error)
{
    assert(stream->state == STREAM_NEW);
    uv_loop_t *loop = worker_loop(stream->worker);
    int failure;
    worker_hold(stream->worker);
    if (accepted->is_local) {
        (void)uv_pipe_init(loop, &stream->uv.pipe, 0);
        failure = uv_pipe_open(&stream->uv.pipe, accepted->fd);
    } else {
        (void)uv_tcp_init(loop, &stream->uv.tcp);
        failure = uv_tcp_open(&stream->uv.tcp, accepted->fd);
    }
    stream->uv.handle.data = stream;
    stream->state = STREAM_OPEN;
    if (failure == 0)
        return true;
    (void)close(accepted->fd);
    stream_note_failure(stream, STREAM_FAILURE_CONNECT, "%s", uv_strerror(failure));
    stream_set(stream, STREAM_WRITE_LOST);
    stream_set(stream, STREAM_TOLD_FAILED);
    (void)sg_error_set(error, SG_SYSTEM, "cannot take over a connection: %s", uv_strerror(failure));
    return false;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct stream *stream = handle->data;
    if (stream_has(stream, STREAM_REOPENING) && stream->state == STREAM_CONNECTING) {
        stream_connect_next(stream);
        return;
    }
    /* The storage is the owner's again in on_closed: what must be freed after it is taken out. */
    struct worker *worker = stream->worker;
    struct tls *tls = stream->tls;
    char *error_text = stream->error_text;
    stream->state = STREAM_CLOSED;
    free_work(stream->work);
    stream->work = NULL;
    stream->events->on_closed(stream);
    tls_free(tls);
    free(error_text);
    worker_drop(worker);
}

void stream_close(struct stream *stream)
{
    if (stream->state == STREAM_NEW || stream->state >= STREAM_CLOSING)
        return;
    stream->state = STREAM_CLOSING;
    stream_unset(stream, STREAM_READS);
    if (stream->work) {
        worker_timer_clear(&stream->work->timer);
        /* A lookup must not come back to a handle that is closing; an attempt ends with the handle.
         */
        if (stream->work->connect && stream->work->connect->is_resolving)
            stream_connect_abandon(stream->work);
    }
    if (!stream_has(stream, STREAM_REOPENING)) /* else that handle's closing is on its way */
        uv_close(&stream->uv.handle, on_handle_closed);
}

void stream_reopen(struct stream *stream)
{
    stream_set(stream, STREAM_REOPENING);
    uv_close(&stream->uv.handle, on_handle_closed);
}

bool stream_local_address(const struct stream *stream, char text_out[INET6_ADDRSTRLEN],
                          uint16_t *port_out)
{
    union resolve_address address = {0};
    int size = sizeof(address);
    if (stream->uv.handle.type != UV_TCP ||
        uv_tcp_getsockname(&stream->uv.tcp, &address.any, &size) != 0)
        return false;
    resolve_text(&address, text_out);
    *port_out =
        ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
    return true;
}

bool stream_is_closing(const struct stream *stream)
{
    return stream->state == STREAM_NEW || stream->state >= STREAM_FINISHING;
}
