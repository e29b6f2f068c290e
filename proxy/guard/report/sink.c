/* Lines from many threads to one descriptor.
 *
 * Writers append to `waiting` under a lock; the sink's thread takes all of it in exchange for an
 * empty buffer and writes it out without the lock. Pieces of whole lines up to PIPE_BUF go out with
 * one write each, so that on a pipe with several writers no line is torn; poll comes before each
 * write, so that a reader who has stopped holds this thread for a tick only and not for ever.
 */
#define _GNU_SOURCE /* memrchr */
#include "report/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/clock.h"
#include "report/log.h"

#define FIRST_BYTES ((size_t)4096)
#define KEPT_BYTES  ((size_t)64 * 1024) /* a larger buffer is given back once it is written */
#define TICK_MS     100
#define TELL_MS     1000 /* losses are told at most this often */

struct lines {
    char *data;
    size_t used;
    size_t capacity;
};

struct sink {
    char *path; /* NULL: a descriptor of somebody else's */
    char *name; /* for messages */
    size_t limit_bytes;
    enum metric dropped;
    pthread_t thread;

    pthread_mutex_t lock; /* guards from here … */
    pthread_cond_t changed;
    struct lines waiting;
    bool reopen_asked;
    bool stop_asked;
    uint64_t deadline_ms; /* with stop_asked */
    uint64_t lost;        /* lines, since they were last told */
                          /* … to here */

    /* the thread's own */
    int descriptor;
    bool is_failing; /* the last write failed, and that was told */
    bool is_torn;    /* it failed inside a line */
    uint64_t told_at_ms;
};

/* --- the writers' side --------------------------------------------------------------------- */

/* False: the bound is reached, or memory is out. */
static bool make_room(struct lines *lines, size_t more, size_t limit_bytes)
{
    if (more > limit_bytes || lines->used > limit_bytes - more)
        return false;
    size_t needed = lines->used + more;
    if (needed <= lines->capacity)
        return true;
    size_t capacity = lines->capacity > 0 ? lines->capacity : FIRST_BYTES;
    while (capacity < needed)
        capacity *= 2;
    char *data = realloc(lines->data, capacity);
    if (data == NULL)
        return false;
    lines->data = data;
    lines->capacity = capacity;
    return true;
}

static void count_lost(struct sink *sink, uint64_t lines)
{
    sink->lost += lines;
    metrics_add(sink->dropped, lines);
}

bool sink_write(struct sink *sink, struct sg_slice line)
{
    pthread_mutex_lock(&sink->lock);
    struct lines *waiting = &sink->waiting;
    bool has_room = line.size < SIZE_MAX && make_room(waiting, line.size + 1, sink->limit_bytes);
    if (has_room) {
        bool was_empty = waiting->used == 0;
        memcpy(waiting->data + waiting->used, line.data, line.size);
        waiting->used += line.size;
        waiting->data[waiting->used++] = '\n';
        if (was_empty)
            pthread_cond_signal(&sink->changed);
    } else
        count_lost(sink, 1);
    pthread_mutex_unlock(&sink->lock);
    return has_room;
}

void sink_reopen(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    sink->reopen_asked = true;
    pthread_cond_signal(&sink->changed);
    pthread_mutex_unlock(&sink->lock);
}

/* --- the thread's side --------------------------------------------------------------------- */

static bool is_past_deadline(struct sink *sink)
{
    pthread_mutex_lock(&sink->lock);
    bool is_past = sink->stop_asked && clock_monotonic_ms() >= sink->deadline_ms;
    pthread_mutex_unlock(&sink->lock);
    return is_past;
}

/* How much of the text goes out with the next write: whole lines as far as they fit, or a part of a
 * line that does not. */
static size_t next_piece(const char *text, size_t size)
{
    if (size <= PIPE_BUF)
        return size;
    const char *line_end = memrchr(text, '\n', PIPE_BUF);
    return line_end != NULL ? (size_t)(line_end - text) + 1 : PIPE_BUF;
}

enum piece_result { PIECE_WRITTEN, PIECE_FAILED, PIECE_TOO_LATE };

/* Writes one piece whole; *written_out also on failure. */
static enum piece_result write_piece(struct sink *sink, const char *piece, size_t size,
                                     size_t *written_out)
{
    *written_out = 0;
    while (*written_out < size) {
        struct pollfd ready = {.fd = sink->descriptor, .events = POLLOUT};
        int count = poll(&ready, 1, TICK_MS);
        if (count == 0 || (count < 0 && errno == EINTR)) {
            if (is_past_deadline(sink))
                return PIECE_TOO_LATE;
            continue;
        }
        ssize_t written = write(sink->descriptor, piece + *written_out, size - *written_out);
        if (written < 0 && errno != EAGAIN && errno != EINTR)
            return PIECE_FAILED;
        *written_out += written > 0 ? (size_t)written : 0;
    }
    return PIECE_WRITTEN;
}

static uint64_t count_lines(const char *text, size_t size)
{
    uint64_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += text[i] == '\n';
    return count;
}

/* What is left of a batch that could not be written. */
static void give_up(struct sink *sink, const char *rest, size_t size, enum piece_result result,
                    int failure)
{
    pthread_mutex_lock(&sink->lock);
    count_lost(sink, count_lines(rest, size));
    pthread_mutex_unlock(&sink->lock);
    if (result == PIECE_FAILED && !sink->is_failing) {
        sink->is_failing = true;
        log_error("report", "%s: cannot be written: %s; lines are lost until it can", sink->name,
                  strerror(failure));
    }
}

static void write_batch(struct sink *sink, const char *text, size_t size)
{
    while (size > 0) {
        size_t written = 0;
        if (sink->is_torn && write_piece(sink, "\n", 1, &written) == PIECE_WRITTEN)
            sink->is_torn = false;
        size_t piece = next_piece(text, size);
        enum piece_result result = write_piece(sink, text, piece, &written);
        int failure = errno;
        text += written;
        size -= written;
        if (result != PIECE_WRITTEN) {
            sink->is_torn = sink->is_torn || (written > 0 && text[-1] != '\n');
            give_up(sink, text, size, result, failure);
            return;
        }
        sink->is_failing = false;
    }
}

/* Never waits: a FIFO without a reader is an error, and a write to one goes through poll. */
static int open_path(const char *path)
{
    return open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
}

static void open_again(struct sink *sink)
{
    if (sink->path == NULL)
        return;
    int descriptor = open_path(sink->path);
    if (descriptor < 0) {
        log_error("report", "%s: cannot be opened again: %s; going on with the old file",
                  sink->path, strerror(errno));
        return;
    }
    close(sink->descriptor);
    sink->descriptor = descriptor;
    sink->is_torn = false;
    log_info("report", "%s: opened again", sink->path);
}

static void tell_losses(struct sink *sink, bool is_last)
{
    uint64_t now_ms = clock_monotonic_ms();
    bool is_due = is_last || now_ms - sink->told_at_ms >= TELL_MS;
    if (sink->is_failing || !is_due)
        return;
    pthread_mutex_lock(&sink->lock);
    uint64_t lost = sink->lost;
    sink->lost = 0;
    pthread_mutex_unlock(&sink->lock);
    if (lost == 0)
        return;
    sink->told_at_ms = now_ms;
    log_warning("report", "%s: %" PRIu64 " lines were lost, it was not read or written fast enough",
                sink->name, lost);
}

/* Exchanges the full buffer for the empty one. False: told to stop, and nothing waits. */
static bool take_batch(struct sink *sink, struct lines *batch, bool *reopen_out)
{
    pthread_mutex_lock(&sink->lock);
    while (sink->waiting.used == 0 && !sink->reopen_asked && !sink->stop_asked)
        pthread_cond_wait(&sink->changed, &sink->lock);
    struct lines full = sink->waiting;
    sink->waiting = *batch;
    *batch = full;
    *reopen_out = sink->reopen_asked;
    sink->reopen_asked = false;
    bool goes_on = batch->used > 0 || *reopen_out || !sink->stop_asked;
    pthread_mutex_unlock(&sink->lock);
    return goes_on;
}

static void *run(void *argument)
{
    struct sink *sink = argument;
    struct lines batch = {0};
    bool reopen = false;
    while (take_batch(sink, &batch, &reopen)) {
        write_batch(sink, batch.data, batch.used);
        batch.used = 0;
        if (batch.capacity > KEPT_BYTES) {
            free(batch.data);
            batch = (struct lines){0};
        }
        if (reopen)
            open_again(sink);
        tell_losses(sink, false);
    }
    tell_losses(sink, true);
    free(batch.data);
    return NULL;
}

/* --- life ---------------------------------------------------------------------------------- */

/* Signals are for the loops; a broken pipe is an error of write. */
static int start_thread(struct sink *sink)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_create(&sink->thread, NULL, run, sink);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

static void free_sink(struct sink *sink)
{
    if (sink->path != NULL && sink->descriptor >= 0)
        close(sink->descriptor);
    pthread_cond_destroy(&sink->changed);
    pthread_mutex_destroy(&sink->lock);
    free(sink->waiting.data);
    free(sink->path);
    free(sink->name);
    free(sink);
}

/* `path` NULL: the descriptor stays the caller's. */
static enum sg_status open_sink(int descriptor, const char *path, const char *name,
                                size_t limit_bytes, enum metric dropped, struct sink **sink_out,
                                struct sg_error *error)
{
    struct sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL)
        return sg_error_set(error, SG_SYSTEM, "%s: memory is out", name);
    pthread_mutex_init(&sink->lock, NULL);
    pthread_cond_init(&sink->changed, NULL);
    sink->descriptor = descriptor;
    sink->limit_bytes = limit_bytes;
    sink->dropped = dropped;
    sink->name = strdup(name);
    sink->path = path != NULL ? strdup(path) : NULL;
    int failure = ENOMEM;
    if (sink->name != NULL && (path == NULL || sink->path != NULL))
        failure = start_thread(sink);
    if (failure == 0) {
        *sink_out = sink;
        return SG_OK;
    }
    free_sink(sink);
    return sg_error_set(error, SG_SYSTEM, "%s: cannot start a thread to write it: %s", name,
                        strerror(failure));
}

enum sg_status sink_open(const char *path, size_t limit_bytes, enum metric dropped,
                         struct sink **sink_out, struct sg_error *error)
{
    if (strcmp(path, "-") == 0)
        return sink_open_descriptor(STDOUT_FILENO, "standard output", limit_bytes, dropped,
                                    sink_out, error);
    int descriptor = open_path(path);
    if (descriptor < 0)
        return sg_error_set(error, SG_SYSTEM, "%s: cannot be opened to write: %s", path,
                            strerror(errno));
    return open_sink(descriptor, path, path, limit_bytes, dropped, sink_out, error);
}

enum sg_status sink_open_descriptor(int descriptor, const char *name, size_t limit_bytes,
                                    enum metric dropped, struct sink **sink_out,
                                    struct sg_error *error)
{
    return open_sink(descriptor, NULL, name, limit_bytes, dropped, sink_out, error);
}

void sink_close(struct sink *sink, uint64_t timeout_ms)
{
    if (sink == NULL)
        return;
    pthread_mutex_lock(&sink->lock);
    sink->stop_asked = true;
    sink->deadline_ms = clock_monotonic_ms() + timeout_ms;
    pthread_cond_signal(&sink->changed);
    pthread_mutex_unlock(&sink->lock);
    pthread_join(sink->thread, NULL);
    free_sink(sink);
}
