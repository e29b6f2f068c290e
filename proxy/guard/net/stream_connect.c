/* Connecting: a name to addresses, the addresses in turn, all within one time limit.
 *
 *   stream_connect ─ known address ──────────────▶ try ─ connected ─▶ on_connected
 *        │                                          ▲ │
 *        └─ name ─▶ lookup (thread pool) ── list ───┘ └ refused, too slow ─▶ close the handle, next
 *                        └ none, too slow ─▶ on_failed ◀───── none left ──────────────┘
 *
 * Called by sessions for the server's side. A libuv handle connects once, so each attempt after the
 * first begins by closing the handle and initialising it again.
 * Follows: libuv 1.44 documentation, "uv_tcp_t", "DNS utility functions"; connect(2).
 */
#include "net/stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/stream_private.h"

#define ATTEMPT_MS_LEAST 250u /* for each address, however many there are */
#define KEEPALIVE_IDLE_S 60

static void try_address(struct stream *stream);

static struct stream *stream_of_timer(struct worker_timer *timer)
{
    return ((struct stream_work *)((char *)timer - offsetof(struct stream_work, timer)))->stream;
}

/* --- answers --------------------------------------------------------------------------------- */

static void free_connect(struct stream *stream)
{
    free(stream->work->connect);
    stream->work->connect = NULL;
    worker_timer_clear(&stream->work->timer);
    stream_drop_work_if_idle(stream);
}

/* Address and cause: "db.example:3306 (10.0.0.7): connection refused". */
static void fail(struct stream *stream, enum stream_failure failure, const char *reason)
{
    struct stream_connect *connect = stream->work->connect;
    char where[ENDPOINT_TEXT_MAX];
    char tried[INET6_ADDRSTRLEN] = "";
    endpoint_text(&connect->endpoint, where);
    if (connect->list.count > 0) {
        unsigned last =
            connect->tried < connect->list.count ? connect->tried : connect->list.count - 1;
        resolve_text(&connect->list.at[last], tried);
    }
    bool is_named = tried[0] && strcmp(tried, connect->endpoint.host) != 0;
    char others[48] = "";
    if (connect->list.count > 1)
        (void)snprintf(others, sizeof(others), "; %u addresses were tried", connect->list.count);
    stream_note_failure(stream, failure, "%s%s%s%s: %s%s", where, is_named ? " (" : "",
                        is_named ? tried : "", is_named ? ")" : "", reason, others);
    if (stream->work->connect->is_resolving) {
        stream_connect_abandon(stream->work);
        worker_timer_clear(&stream->work->timer);
    } else {
        free_connect(stream);
    }
    stream_tell_failure(stream);
}

/* As the listener does. By hand, since libuv's later versions also set a probe interval of a
 * second. */
static void tune(struct stream *stream)
{
    const int yes = 1;
    const int idle_s = KEEPALIVE_IDLE_S;
    uv_os_fd_t fd;
    if (uv_fileno(&stream->uv.handle, &fd) != 0)
        return;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
}

static void succeed(struct stream *stream)
{
    struct stream_connect *connect = stream->work->connect;
    if (!connect->endpoint.is_path) {
        resolve_prefer(stream->worker, &connect->endpoint, &connect->list.at[connect->tried]);
        tune(stream);
    }
    free_connect(stream);
    stream->state = STREAM_OPEN;
    if (stream->events->on_connected)
        stream->events->on_connected(stream);
}

/* --- attempts -------------------------------------------------------------------------------- */

static void on_attempt_late(struct worker_timer *timer)
{
    struct stream *stream = stream_of_timer(timer);
    struct stream_connect *connect = stream->work->connect;
    if (connect->is_again) {
        connect->is_again = false;
        stream_reopen(stream);
        return;
    }
    connect->last_failure = UV_ETIMEDOUT;
    connect->tried++;
    stream_reopen(stream);
}

static void on_attempt(uv_connect_t *request, int status)
{
    struct stream *stream = request->data;
    /* Given up meanwhile: the handle is closing, and its own callback goes on from there. */
    if (stream->state != STREAM_CONNECTING || stream_has(stream, STREAM_REOPENING))
        return;
    struct stream_connect *connect = stream->work->connect;
    if (status == 0) {
        succeed(stream);
        return;
    }
    connect->last_failure = status;
    if (status == UV_EAGAIN && connect->endpoint.is_path) {
        /* A Unix socket whose backlog is full says so at once instead of waiting (connect(2)). */
        connect->is_again = true;
        uint64_t now = worker_now_ms(stream->worker);
        if (now < connect->deadline_ms) {
            worker_timer_set(stream->worker, &stream->work->timer, 1, on_attempt_late);
            return;
        }
    }
    connect->tried++;
    worker_timer_clear(&stream->work->timer);
    stream_reopen(stream);
}

/* Each address has its share of what is left of the time. */
static void limit_attempt(struct stream *stream)
{
    struct stream_connect *connect = stream->work->connect;
    uint64_t now = worker_now_ms(stream->worker);
    uint64_t left = connect->deadline_ms > now ? connect->deadline_ms - now : 0;
    unsigned addresses =
        connect->list.count > connect->tried ? connect->list.count - connect->tried : 1;
    uint64_t share = left / addresses;
    if (share < ATTEMPT_MS_LEAST && addresses > 1)
        share = ATTEMPT_MS_LEAST < left ? ATTEMPT_MS_LEAST : left;
    worker_timer_set(stream->worker, &stream->work->timer, share, on_attempt_late);
}

static void begin_attempt(struct stream *stream)
{
    struct stream_connect *connect = stream->work->connect;
    connect->request.data = stream;
    limit_attempt(stream);
    if (connect->endpoint.is_path) {
        uv_pipe_connect(&connect->request, &stream->uv.pipe, connect->endpoint.path, on_attempt);
        return;
    }
    int failure = uv_tcp_connect(&connect->request, &stream->uv.tcp,
                                 &connect->list.at[connect->tried].any, on_attempt);
    if (failure == 0)
        return;
    connect->last_failure = failure;
    connect->tried++;
    worker_timer_clear(&stream->work->timer);
    stream_reopen(stream);
}

static void init_handle(struct stream *stream, bool is_path)
{
    if (is_path)
        (void)uv_pipe_init(worker_loop(stream->worker), &stream->uv.pipe, 0);
    else
        (void)uv_tcp_init(worker_loop(stream->worker), &stream->uv.tcp);
    stream->uv.handle.data = stream;
}

static bool is_shortage(int failure)
{
    return failure == UV_EMFILE || failure == UV_ENFILE;
}

static enum stream_failure kind_of(int failure)
{
    if (is_shortage(failure))
        return STREAM_FAILURE_DESCRIPTORS;
    return failure == UV_ETIMEDOUT ? STREAM_FAILURE_TIMEOUT : STREAM_FAILURE_CONNECT;
}

/* A lookup does not say that it could open neither a file nor a socket: it finds no name. */
static enum stream_failure kind_of_lookup(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE))
        return STREAM_FAILURE_DESCRIPTORS;
    if (fd >= 0)
        (void)close(fd);
    return STREAM_FAILURE_RESOLVE;
}

static int begin_lookup(struct stream *stream);

/* The address at `tried`; or, when none is left, a fresh lookup where the list was an old one. */
static void try_address(struct stream *stream)
{
    struct stream_connect *connect = stream->work->connect;
    unsigned count = connect->endpoint.is_path ? 1 : connect->list.count;
    bool has_time = worker_now_ms(stream->worker) < connect->deadline_ms;
    if (connect->tried < count && (has_time || connect->tried == 0)) {
        begin_attempt(stream);
        return;
    }
    bool is_ours = is_shortage(connect->last_failure); /* and says nothing of the addresses */
    if (!is_ours)
        resolve_forget(stream->worker, &connect->endpoint);
    if (connect->is_from_memory && has_time && !is_ours) {
        int failure = begin_lookup(stream);
        if (failure == 0)
            return;
        connect->last_failure = failure;
    }
    fail(stream, kind_of(connect->last_failure),
         connect->last_failure == UV_ETIMEDOUT ? "no answer within the time limit"
                                               : uv_strerror(connect->last_failure));
}

void stream_connect_next(struct stream *stream)
{
    stream_unset(stream, STREAM_REOPENING);
    init_handle(stream, stream->work->connect->endpoint.is_path);
    try_address(stream);
}

/* --- lookup ---------------------------------------------------------------------------------- */

static void on_lookup_late(struct worker_timer *timer)
{
    struct stream *stream = stream_of_timer(timer);
    fail(stream, STREAM_FAILURE_TIMEOUT, "looking the name up took too long");
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct stream_connect *connect = request->data;
    struct stream *stream = connect->stream;
    connect->is_resolving = false;
    if (!stream) { /* given up meanwhile; this was the last thing that knew of it */
        uv_freeaddrinfo(found);
        worker_drop(connect->worker);
        free(connect);
        return;
    }
    worker_drop(connect->worker);
    worker_timer_clear(&stream->work->timer);
    connect->tried = 0;
    bool has_any =
        status == 0 && resolve_take(stream->worker, &connect->endpoint, found, &connect->list);
    uv_freeaddrinfo(found);
    if (has_any)
        try_address(stream);
    else
        fail(stream, status ? kind_of_lookup() : STREAM_FAILURE_RESOLVE,
             status ? uv_strerror(status) : "the name has no address");
}

static int begin_lookup(struct stream *stream)
{
    struct stream_connect *connect = stream->work->connect;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    connect->is_from_memory = false;
    connect->list.count = 0;
    connect->lookup.data = connect;
    int failure = uv_getaddrinfo(worker_loop(stream->worker), &connect->lookup, on_found,
                                 connect->endpoint.host, NULL, &hints);
    if (failure != 0)
        return failure;
    connect->is_resolving = true;
    worker_hold(stream->worker);
    uint64_t now = worker_now_ms(stream->worker);
    uint64_t left = connect->deadline_ms > now ? connect->deadline_ms - now : 0;
    worker_timer_set(stream->worker, &stream->work->timer, left, on_lookup_late);
    return 0;
}

void stream_connect_abandon(struct stream_work *work)
{
    struct stream_connect *connect = work->connect;
    work->connect = NULL;
    if (!connect)
        return;
    if (!connect->is_resolving) {
        free(connect);
        return;
    }
    connect->stream = NULL; /* on_found frees it */
    (void)uv_cancel((uv_req_t *)&connect->lookup);
}

/* --- the door -------------------------------------------------------------------------------- */

/* Known addresses begin from the loop too, so that no event comes from within stream_connect. */
static bool begin(struct stream *stream, struct stream_connect *connect)
{
    enum resolve_answer answer =
        connect->endpoint.is_path
            ? RESOLVE_LITERAL
            : resolve_known(stream->worker, &connect->endpoint, &connect->list);
    connect->is_from_memory = answer == RESOLVE_REMEMBERED;
    if (answer == RESOLVE_UNKNOWN) {
        connect->last_failure = begin_lookup(stream);
        return connect->last_failure == 0;
    }
    begin_attempt(stream); /* libuv answers by callback, or we reopen: both from the loop */
    return true;
}

bool stream_connect(struct stream *stream, const struct endpoint *endpoint, uint64_t timeout_ms,
                    struct sg_error *error)
{
    assert(stream->state == STREAM_NEW);
    worker_hold(stream->worker);
    init_handle(stream, endpoint->is_path);
    stream->state = STREAM_CONNECTING;
    struct stream_work *work = stream_need_work(stream);
    struct stream_connect *connect = work ? calloc(1, sizeof(*connect)) : NULL;
    if (connect) {
        work->connect = connect;
        connect->stream = stream;
        connect->worker = stream->worker;
        connect->endpoint = *endpoint;
        connect->deadline_ms = worker_now_ms(stream->worker) + timeout_ms;
        connect->last_failure = UV_ETIMEDOUT;
        if (begin(stream, connect))
            return true;
    }
    char where[ENDPOINT_TEXT_MAX];
    const char *reason = connect ? uv_strerror(connect->last_failure) : "out of memory";
    stream_note_failure(stream, connect ? STREAM_FAILURE_RESOLVE : STREAM_FAILURE_MEMORY, "%s: %s",
                        endpoint_text(endpoint, where), reason);
    stream_set(stream, STREAM_TOLD_FAILED);
    (void)sg_error_set(error, SG_SYSTEM, "%s", stream_error(stream));
    return false;
}
