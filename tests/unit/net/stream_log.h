/* A stream that writes down what happens to it, on a loop that the test turns by hand. For the test
 * programs of this folder. */
#ifndef UNIT_NET_STREAM_LOG_H
#define UNIT_NET_STREAM_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "net/stream.h"
#include "net/stream_private.h"
#include "sockets.h"

enum happening { CONNECTED, SECURED, DATA, DRAINED, END, FAILED, CLOSED, HAPPENINGS };

struct log {
    struct stream stream;
    unsigned count[HAPPENINGS];
    uint8_t *data;
    size_t size;
    bool pauses;              /* in on_data */
    enum happening closes_in; /* closes the stream in that event */
    enum happening finishes_in;
    char error[512]; /* as it was when it failed or closed */
    enum stream_failure failure;
    bool reports_late; /* an event came after on_closed */
};

static struct worker *worker;
static struct stream_limits limits;

static inline void happened(struct stream *stream, enum happening what)
{
    struct log *log = stream->owner;
    log->reports_late |= log->count[CLOSED] > 0;
    log->count[what]++;
    if (what == FAILED || (what == CLOSED && log->failure == STREAM_FAILURE_NONE)) {
        (void)snprintf(log->error, sizeof(log->error), "%s", stream_error(stream));
        log->failure = stream_failure(stream);
    }
    if (what != CLOSED && log->closes_in == what)
        stream_close(stream);
    if (what != CLOSED && log->finishes_in == what)
        stream_finish(stream, 1000);
}

static inline void on_connected(struct stream *stream)
{
    happened(stream, CONNECTED);
}

static inline void on_secured(struct stream *stream)
{
    happened(stream, SECURED);
}

static inline void on_data(struct stream *stream, uint8_t *bytes, size_t size)
{
    struct log *log = stream->owner;
    assert_true(size > 0);
    log->data = realloc(log->data, log->size + size);
    memcpy(log->data + log->size, bytes, size);
    log->size += size;
    memset(bytes, 0xee, size); /* allowed */
    if (log->pauses)
        stream_pause(stream);
    happened(stream, DATA);
}

static inline void on_drained(struct stream *stream)
{
    happened(stream, DRAINED);
}

static inline void on_end(struct stream *stream)
{
    happened(stream, END);
}

static inline void on_failed(struct stream *stream)
{
    happened(stream, FAILED);
}

static inline void on_closed(struct stream *stream)
{
    happened(stream, CLOSED);
}

static const struct stream_events events = {on_connected, on_secured, on_data,  on_drained,
                                            on_end,       on_failed,  on_closed};

static inline struct log *new_log(void)
{
    struct log *log = calloc(1, sizeof(*log));
    log->closes_in = log->finishes_in = HAPPENINGS;
    stream_init(&log->stream, worker, &events, &limits, log);
    return log;
}

static inline void turn(void)
{
    (void)uv_run(worker_loop(worker), UV_RUN_NOWAIT);
}

#define TURN_UNTIL(condition)                                                                      \
    for (int turns_ = 0; !(condition); turns_++) {                                                 \
        if (turns_ > 100000) /* minutes: a busy machine is no reason */                            \
            fail_msg("waited in vain for: %s", #condition);                                        \
        (void)usleep(turns_ < 100 ? 100 : 1000);                                                   \
        turn();                                                                                    \
    }

static inline void turn_a_while(void)
{
    for (int i = 0; i < 30; i++) {
        (void)usleep(300);
        turn();
    }
}

/* Ends the stream however it stands, and checks what holds for every one. */
static inline void end_log(struct log *log)
{
    if (log->count[CLOSED] == 0 && log->stream.state != STREAM_NEW) {
        stream_close(&log->stream);
        stream_close(&log->stream);
        assert_true(stream_is_closing(&log->stream));
        TURN_UNTIL(log->count[CLOSED] > 0);
    }
    turn_a_while();
    assert_false(log->reports_late);
    assert_true(log->count[CLOSED] <= 1 && log->count[FAILED] <= 1 && log->count[END] <= 1);
    assert_null(log->stream.work);
    free(log->data);
    free(log);
}

/* A stream over one end of a pair; the other end is in *peer. */
static inline struct log *open_log(bool is_tcp, int *peer)
{
    int ends[2];
    if (is_tcp)
        sockets_tcp_pair(ends);
    else
        sockets_pair(ends);
    struct log *log = new_log();
    struct sg_error error = {.status = SG_OK};
    const struct accepted accepted = {.fd = ends[0], .is_local = !is_tcp};
    assert_true(stream_accept(&log->stream, &accepted, &error));
    *peer = ends[1];
    return log;
}

static inline void put(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

/* Reads all there is at the peer; the pattern of fill() goes on at *at. */
static inline size_t take_pattern(int fd, size_t *at)
{
    uint8_t bytes[8192];
    size_t total = 0;
    ssize_t size;
    while ((size = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        for (ssize_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], (uint8_t)((*at + (size_t)i) * 7 + (*at + (size_t)i) / 251));
        *at += (size_t)size;
        total += (size_t)size;
    }
    return total;
}

static inline uint8_t *fill(size_t size)
{
    uint8_t *bytes = malloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    return bytes;
}

static inline bool is_ended(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK) == 0;
}

static inline int make_worker(void **state)
{
    (void)state;
    struct sg_error error = {.status = SG_OK};
    (void)signal(SIGPIPE, SIG_IGN); /* worker_run would block it */
    worker = worker_new(&(struct worker_options){.index = 0}, &error);
    return worker ? 0 : -1;
}

static inline int free_worker(void **state)
{
    (void)state;
    worker_free(worker);
    return 0;
}

#endif
