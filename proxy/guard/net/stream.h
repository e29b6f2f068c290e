/* One stream socket, TCP or Unix, with TLS inside where it was asked for.
 *
 * Comes in: bytes from the socket, decrypted. Goes out: what stream_write was given, encrypted, at
 * once as far as the socket takes it; the rest waits in a bounded queue. The owner embeds the
 * struct and learns everything by seven events. Worker's thread only.
 *
 * Rules
 * - Events come from the loop, never from within a stream_… call: what a call finds out it returns.
 * - Nothing is allocated for an idle plain stream, and nothing in the plain steady state: one read
 *   and one write system call a direction, no copy.
 * - After on_failed only stream_close makes sense (or stream_finish, so that an alert arrives).
 * on_closed is the last event; the storage is the owner's again in it, not before.
 *
 *   stream_connect ──▶ on_connected ─┐
 *   stream_accept ───────────────────┴▶ stream_resume ─▶ on_data … on_end ─▶ stream_close ─▶
 * on_closed stream_start_tls ─▶ on_secured ─┘        └ any time: on_failed ┘
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "net/endpoint.h"
#include "net/listener.h"
#include "net/loop.h"
#include "tls/tls.h"

struct stream;

struct stream_events {
    /* stream_connect succeeded. Nothing is read before stream_resume. */
    void (*on_connected)(struct stream *stream);
    /* The TLS handshake is over; stream_tls() tells what was agreed. Reading goes on; data that
     * came together with the handshake's end follows in any case. */
    void (*on_secured)(struct stream *stream);
    /* Plaintext arrived: at least one byte. The bytes lie in the worker's buffer: valid for the
     * call, and free to be changed in place. All of them are the owner's to take now, also when it
     * pauses the stream in this very call. */
    void (*on_data)(struct stream *stream, uint8_t *bytes, size_t size);
    /* STREAM_FULL was returned and the queue has since fallen to the low-water mark. */
    void (*on_drained)(struct stream *stream);
    /* The peer will send nothing more (end of file, or TLS close_notify). Writing is still
     * possible. */
    void (*on_end)(struct stream *stream);
    /* Resolving, connecting, TLS or the socket failed: stream_failure(), stream_error(). Once. */
    void (*on_failed)(struct stream *stream);
    /* The last event. Never NULL; the others may be where they cannot happen. */
    void (*on_closed)(struct stream *stream);
};

enum stream_failure {
    STREAM_FAILURE_NONE,
    STREAM_FAILURE_RESOLVE,     /* no address for the host name */
    STREAM_FAILURE_CONNECT,     /* refused, unreachable, no such socket file */
    STREAM_FAILURE_DESCRIPTORS, /* none was left to connect with */
    STREAM_FAILURE_TIMEOUT,     /* connecting took too long */
    STREAM_FAILURE_TLS,         /* handshake, certificate, or a damaged record */
    STREAM_FAILURE_RESET,       /* the peer or the network ended the connection in mid-stream */
    STREAM_FAILURE_QUEUE,       /* more was written than the queue may hold */
    STREAM_FAILURE_MEMORY,
};

/* Shared by many streams; lives longer than they do. Zero = the default. */
struct stream_limits {
    size_t queue_high_bytes; /* 64 KiB: from here stream_write answers STREAM_FULL */
    size_t queue_low_bytes;  /* 16 KiB: here on_drained comes */
    size_t queue_most_bytes; /* 4 MiB: a write that would pass this fails */
};

struct stream_work; /* heap, only while connecting, queueing or ending; private to stream.c */

/* Open so that it can be embedded; the fields are stream.c's. Under 400 bytes. */
struct stream {
    union {
        uv_handle_t handle;
        uv_stream_t any;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct worker *worker;
    const struct stream_events *events;
    const struct stream_limits *limits;
    void *owner;
    struct tls *tls;
    struct stream_work *work;
    char *error_text; /* heap */
    uint8_t state;    /* enum stream_state, stream.c */
    uint8_t failure;  /* enum stream_failure */
    uint16_t flags;   /* stream.c */
};

/* Prepares the storage; takes nothing yet. `events` and `limits` (NULL = defaults) outlive the
 * stream, `owner` is the caller's own (stream->owner). A stream that was only initialised needs no
 * close. */
void stream_init(struct stream *stream, struct worker *worker, const struct stream_events *events,
                 const struct stream_limits *limits, void *owner);

/* Takes an accepted socket over, also when it fails. False: it failed already (*error tells); only
 * stream_close makes sense, and on_closed follows it as ever. */
SG_MUST_CHECK bool stream_accept(struct stream *stream, const struct accepted *accepted,
                                 struct sg_error *error);

/* Begins to connect: resolves a host name off the thread, tries its addresses in turn, all within
 * `timeout_ms`. on_connected or on_failed follows from the loop, never from within this call.
 * `endpoint` is copied. False: as for stream_accept. */
SG_MUST_CHECK bool stream_connect(struct stream *stream, const struct endpoint *endpoint,
                                  uint64_t timeout_ms, struct sg_error *error);

/* Reading begins or goes on; stops. Both idempotent. A stream starts paused. */
void stream_resume(struct stream *stream);
void stream_pause(struct stream *stream);

/* From here on the socket speaks TLS, in the role of the context (retained). `arrived` is
 * ciphertext that was read already (what stood behind the SSLRequest); borrowed for the call, never
 * read as data. `host` as for tls_new. Reading is resumed. on_secured or on_failed follows; until
 * then nothing may be written. False when it fails already: stream_error(), and no event. */
SG_MUST_CHECK bool stream_start_tls(struct stream *stream, struct tls_context *context,
                                    const char *host, struct sg_slice arrived);

/* NULL while the stream is plain. Lives until on_closed. */
const struct tls *stream_tls(const struct stream *stream);

enum stream_written {
    STREAM_WRITTEN, /* taken; go on */
    STREAM_FULL,    /* taken too, but the peer is slow: write no more until on_drained */
    STREAM_BROKEN,  /* not taken, nothing ever will be. Reading goes on, since what the peer said
                       before it left may still arrive: on_end or on_failed ends it. */
};

/* Sends `bytes` (borrowed for the call): at once what the socket takes, the rest from a copy. Much
 * more than a read buffer at a time is to be written in pieces, as long as STREAM_FULL does not say
 * to wait. */
SG_MUST_CHECK enum stream_written stream_write(struct stream *stream, struct sg_slice bytes);

/* The same for two pieces in one go (one system call, one TLS record where they fit). */
SG_MUST_CHECK enum stream_written stream_write2(struct stream *stream, struct sg_slice first,
                                                struct sg_slice second);

/* This end's own address; false on a Unix socket. */
SG_MUST_CHECK bool stream_local_address(const struct stream *stream,
                                        char text_out[INET6_ADDRSTRLEN], uint16_t *port_out);

/* Bytes that wait in the queue (ciphertext where there is TLS). */
size_t stream_queued(const struct stream *stream);

/* No more will be written: once the queue is empty the peer is told (close_notify, half-close).
 * Reading goes on. Idempotent. */
void stream_shutdown(struct stream *stream);

/* TLS: the end is told by the half-close alone, without a close_notify. For a peer that is busy and
 * looks whether we are still there: MariaDB takes any unread byte for a sign of life. */
void stream_end_without_notify(struct stream *stream);

/* Ends the connection politely: no further event but on_closed; sends what is queued, half-closes,
 * reads and drops what the peer still sends (a close with unread bytes would reset the connection
 * and take our last words away), and closes at its end of file or after `deadline_ms`. */
void stream_finish(struct stream *stream, uint64_t deadline_ms);

/* Ends it now; the queue is dropped. Idempotent, also after stream_finish and at any other moment
 * after accept or connect; on_closed follows from the loop. */
void stream_close(struct stream *stream);

/* Close or finish was called, or on_closed has come, or it was never opened. */
bool stream_is_closing(const struct stream *stream);

enum stream_failure stream_failure(const struct stream *stream);
const char *stream_failure_name(enum stream_failure failure); /* "resolve", "connect" … */

/* One line: address and cause ("db.example:3306 (10.0.0.7): connection refused"); "" while nothing
 * failed. Lives until on_closed returns. */
const char *stream_error(const struct stream *stream);

#endif
