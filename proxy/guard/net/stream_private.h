/* What the three files of a stream share: stream.c (life, reading, TLS), stream_write.c (queue,
 * end) and stream_connect.c. */
#ifndef NET_STREAM_PRIVATE_H
#define NET_STREAM_PRIVATE_H

#include "net/resolve.h"
#include "net/stream.h"

enum stream_state {
    STREAM_NEW,        /* initialised; no handle */
    STREAM_CONNECTING, /* resolving, or trying an address */
    STREAM_OPEN,
    STREAM_FINISHING, /* no events any more; the queue goes out, then we wait for the peer's end */
    STREAM_CLOSING,   /* uv_close was called, or is called when a failed attempt has closed */
    STREAM_CLOSED,
};

enum stream_flag {
    STREAM_WANTS_DATA = 1 << 0, /* the owner resumed it */
    STREAM_READS = 1 << 1,      /* uv_read_start is in force */
    STREAM_ENDED = 1 << 2,      /* the peer's end was seen */
    STREAM_SECURING = 1 << 3,   /* the handshake is under way */
    STREAM_TOLD_FULL = 1 << 4,  /* owes on_drained */
    STREAM_WRITE_LOST = 1 << 5, /* nothing can be written any more */
    STREAM_SHUT = 1 << 6,       /* stream_shutdown was called */
    STREAM_SHUT_DONE = 1 << 7,  /* and the peer was told */
    STREAM_TOLD_FAILED = 1 << 8,
    STREAM_REOPENING = 1 << 9,  /* connecting: the handle of a failed attempt is closing */
    STREAM_NO_NOTIFY = 1 << 10, /* stream_end_without_notify was called */
};

/* Bytes that wait for the socket: one buffer on its way, one that grows behind it. */
struct stream_queue {
    uv_write_t request;
    uint8_t *sending;
    uint8_t *waiting;
    size_t waiting_size;
    size_t waiting_capacity;
    bool is_sending;
};

struct stream_connect {
    struct stream *stream; /* NULL: closed meanwhile, the lookup is still running */
    struct worker *worker;
    struct endpoint endpoint;
    uint64_t deadline_ms;
    struct resolve_list list;
    unsigned tried; /* index of the address that is being tried */
    bool is_from_memory;
    bool is_resolving;
    bool is_again; /* a Unix socket's backlog was full: the same address once more */
    int last_failure;
    uv_getaddrinfo_t lookup;
    uv_connect_t request;
};

struct stream_work {
    struct stream *stream;
    struct worker_timer timer; /* connecting: of this attempt; finishing: of the whole */
    struct stream_connect *connect;
    struct stream_queue queue;
};

static inline bool stream_has(const struct stream *stream, enum stream_flag flag)
{
    return (stream->flags & (unsigned)flag) != 0;
}

static inline void stream_set(struct stream *stream, enum stream_flag flag)
{
    stream->flags = (uint16_t)(stream->flags | (unsigned)flag);
}

static inline void stream_unset(struct stream *stream, enum stream_flag flag)
{
    stream->flags = (uint16_t)(stream->flags & ~(unsigned)flag);
}

/* --- stream.c -------------------------------------------------------------------------------- */

/* The stream's work struct, made on first need; NULL when memory is out. */
struct stream_work *stream_need_work(struct stream *stream);
void stream_drop_work_if_idle(struct stream *stream);

/* Keeps the first failure with its text. */
void stream_note_failure(struct stream *stream, enum stream_failure failure, const char *format,
                         ...) SG_PRINTF(3, 4);
/* Stops reading and tells the owner, once; while finishing it closes instead. From the loop only.
 */
void stream_tell_failure(struct stream *stream);

/* Reads as long as somebody wants what comes. False when the socket refuses. */
bool stream_apply_reading(struct stream *stream);

/* What the worker's sink holds goes out; false when it was lost. */
bool stream_flush_sealed(struct stream *stream);

/* Connecting: closes the handle of a failed attempt; stream_connect_next follows. */
void stream_reopen(struct stream *stream);

/* --- stream_write.c -------------------------------------------------------------------------- */

/* Raw bytes to the socket or the queue; false when they were lost (noted). */
bool stream_send_raw(struct stream *stream, const uv_buf_t *pieces, unsigned count);

/* The queue is empty: tells the peer the end where that was asked for, closes where that is due. */
void stream_end_if_due(struct stream *stream);

/* --- stream_connect.c ------------------------------------------------------------------------ */

/* Gives up what is under way; a lookup that cannot be stopped ends by itself. */
void stream_connect_abandon(struct stream_work *work);

/* The handle of an attempt has closed: on with the next address. */
void stream_connect_next(struct stream *stream);

#endif
