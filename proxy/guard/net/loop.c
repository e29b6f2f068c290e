/* One libuv loop on a thread of its own: messages from other threads, coarse timers, an orderly
 * end.
 *
 * Called by serve (which makes and ends workers), by streams, listeners and sessions (which live on
 * one). Leaves to others what happens on a connection.
 *
 * Messages wait in a list under a lock and are announced by one uv_async. Timers hang in a hashed
 * wheel of 100 ms slots: one uv_timer is set to the next slot that holds any, so an idle worker
 * sleeps. (G. Varghese, T. Lauck, "Hashed and Hierarchical Timing Wheels", scheme 6.)
 */
#define _GNU_SOURCE /* pthread_setname_np */
#include "net/loop.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/resolve.h"

#define TICK_MS             100u
#define WHEEL_SLOTS         256u
#define READ_BUFFER_BYTES   (256u * 1024)
#define SEALED_RECORDS      17u /* what one read brings, encrypted again, goes out in one write */
#define RECORD_ROOM_BYTES   (TLS_RECORD_BYTES + 256u)
#define NEVER               UINT64_MAX
#define CLOSE_TURNS_AT_MOST 1000

struct message {
    struct message *next;
    worker_message_fn fn;
    void *argument;
};

struct worker {
    struct worker_options options;
    char name[16];
    uv_loop_t loop;
    uv_async_t wake;
    uv_timer_t tick;
    struct worker_buffers buffers;
    unsigned holds;
    bool is_stopping;

    struct worker_timer wheel[WHEEL_SLOTS]; /* heads of circular lists */
    uint64_t turned_to_tick;                /* slots up to here have been looked at */
    uint64_t tick_set_for_ms;               /* what the uv_timer waits for, or NEVER */

    pthread_t thread;
    bool has_thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t answered;
    struct message *first;
    struct message **last;
    bool stop_asked;
    bool is_deaf; /* no message is taken any more */
    bool has_started;
    bool start_failed;
    struct sg_error start_error;
};

/* --- timers ---------------------------------------------------------------------------------- */

static void wheel_init(struct worker *worker)
{
    for (size_t i = 0; i < WHEEL_SLOTS; i++)
        worker->wheel[i].next = worker->wheel[i].previous = &worker->wheel[i];
    worker->tick_set_for_ms = NEVER;
    worker->turned_to_tick = uv_now(&worker->loop) / TICK_MS;
}

static void unlink_timer(struct worker_timer *timer)
{
    timer->next->previous = timer->previous;
    timer->previous->next = timer->next;
    timer->next = timer->previous = NULL;
}

static void link_timer(struct worker_timer *head, struct worker_timer *timer)
{
    timer->next = head;
    timer->previous = head->previous;
    head->previous->next = timer;
    head->previous = timer;
}

static void on_tick(uv_timer_t *tick);

static void wake_at(struct worker *worker, uint64_t at_ms)
{
    uint64_t now = uv_now(&worker->loop);
    worker->tick_set_for_ms = at_ms;
    (void)uv_timer_start(&worker->tick, on_tick, at_ms > now ? at_ms - now : 0, 0);
}

/* Puts a timer into the slot after its time; the slot's time is when it is looked at. */
static void place_timer(struct worker *worker, struct worker_timer *timer)
{
    uint64_t tick = timer->due_ms / TICK_MS + 1;
    if (tick <= worker->turned_to_tick)
        tick = worker->turned_to_tick + 1;
    timer->slot_ms = tick * TICK_MS;
    link_timer(&worker->wheel[tick % WHEEL_SLOTS], timer);
}

/* The next slot with anything in it. What lies turns ahead is met once a turn (25 s) and left. */
static void wake_for_next_slot(struct worker *worker)
{
    worker->tick_set_for_ms = NEVER;
    for (uint64_t tick = worker->turned_to_tick + 1; tick <= worker->turned_to_tick + WHEEL_SLOTS;
         tick++) {
        const struct worker_timer *head = &worker->wheel[tick % WHEEL_SLOTS];
        if (head->next != head) {
            wake_at(worker, tick * TICK_MS);
            return;
        }
    }
}

static void turn_slot(struct worker *worker, uint64_t tick)
{
    struct worker_timer *head = &worker->wheel[tick % WHEEL_SLOTS];
    if (head->next == head)
        return;
    /* A list of its own, since what is called may set and clear any timer, this slot's too. */
    struct worker_timer met = {.next = head->next, .previous = head->previous};
    met.next->previous = met.previous->next = &met;
    head->next = head->previous = head;
    uint64_t now = uv_now(&worker->loop);
    while (met.next != &met) {
        struct worker_timer *timer = met.next;
        unlink_timer(timer);
        if (timer->slot_ms > tick * TICK_MS)
            link_timer(head, timer); /* a later turn's */
        else if (timer->due_ms > now)
            place_timer(worker, timer); /* moved away meanwhile */
        else
            timer->fn(timer);
    }
}

static void on_tick(uv_timer_t *tick)
{
    struct worker *worker = tick->data;
    uint64_t now_tick = uv_now(&worker->loop) / TICK_MS;
    uint64_t from = worker->turned_to_tick + 1;
    if (now_tick >= from + WHEEL_SLOTS) /* slept long: each slot once is enough, all are past */
        from = now_tick - WHEEL_SLOTS + 1;
    for (uint64_t t = from; t <= now_tick; t++) {
        worker->turned_to_tick = t;
        turn_slot(worker, t);
    }
    wake_for_next_slot(worker);
}

void worker_timer_set(struct worker *worker, struct worker_timer *timer, uint64_t delay_ms,
                      void (*fn)(struct worker_timer *timer))
{
    timer->fn = fn;
    timer->due_ms = uv_now(&worker->loop) + delay_ms;
    if (timer->next) {
        if (timer->slot_ms <= timer->due_ms)
            return; /* its slot comes first and will move it */
        unlink_timer(timer);
    }
    if (worker->tick_set_for_ms == NEVER) /* the wheel stood still: nothing lies in between */
        worker->turned_to_tick = uv_now(&worker->loop) / TICK_MS;
    place_timer(worker, timer);
    if (timer->slot_ms < worker->tick_set_for_ms)
        wake_at(worker, timer->slot_ms);
}

void worker_timer_clear(struct worker_timer *timer)
{
    if (timer->next)
        unlink_timer(timer);
}

/* --- messages -------------------------------------------------------------------------------- */

static struct message *take_messages(struct worker *worker)
{
    (void)pthread_mutex_lock(&worker->lock);
    struct message *first = worker->first;
    worker->first = NULL;
    worker->last = &worker->first;
    (void)pthread_mutex_unlock(&worker->lock);
    return first;
}

/* True when there were any. */
static bool run_messages(struct worker *worker)
{
    struct message *message = take_messages(worker);
    bool had_any = message != NULL;
    while (message) {
        struct message *next = message->next;
        message->fn(worker, message->argument);
        free(message);
        message = next;
    }
    return had_any;
}

bool worker_post(struct worker *worker, worker_message_fn fn, void *argument)
{
    struct message *message = malloc(sizeof(*message));
    if (!message)
        return false;
    *message = (struct message){.fn = fn, .argument = argument};
    (void)pthread_mutex_lock(&worker->lock);
    bool is_taken = !worker->is_deaf;
    if (is_taken) {
        *worker->last = message;
        worker->last = &message->next;
        (void)uv_async_send(&worker->wake); /* under the lock: not after the loop has gone */
    }
    (void)pthread_mutex_unlock(&worker->lock);
    if (!is_taken)
        free(message);
    return is_taken;
}

/* --- the end --------------------------------------------------------------------------------- */

/* From here no message is taken; those that came before still run. */
static void end_when_free(struct worker *worker)
{
    if (!worker->is_stopping || worker->holds > 0 || uv_is_closing((uv_handle_t *)&worker->wake))
        return;
    while (run_messages(worker))
        if (worker->holds > 0)
            return;
    (void)pthread_mutex_lock(&worker->lock);
    worker->is_deaf = worker->first == NULL;
    bool is_over = worker->is_deaf;
    (void)pthread_mutex_unlock(&worker->lock);
    if (!is_over)
        return; /* one came in between; its uv_async will bring us here again */
    uv_close((uv_handle_t *)&worker->wake, NULL);
    uv_close((uv_handle_t *)&worker->tick, NULL);
}

static void begin_to_stop(struct worker *worker)
{
    worker->is_stopping = true;
    if (worker->options.on_stop)
        worker->options.on_stop(worker);
}

static void on_wake(uv_async_t *wake)
{
    struct worker *worker = wake->data;
    (void)run_messages(worker);
    (void)pthread_mutex_lock(&worker->lock);
    bool must_stop = worker->stop_asked && !worker->is_stopping;
    (void)pthread_mutex_unlock(&worker->lock);
    if (must_stop)
        begin_to_stop(worker);
    end_when_free(worker);
}

void worker_stop(struct worker *worker)
{
    (void)pthread_mutex_lock(&worker->lock);
    if (!worker->stop_asked && !worker->is_deaf) {
        worker->stop_asked = true;
        (void)uv_async_send(&worker->wake);
    }
    (void)pthread_mutex_unlock(&worker->lock);
}

void worker_hold(struct worker *worker)
{
    worker->holds++;
}

void worker_drop(struct worker *worker)
{
    assert(worker->holds > 0);
    worker->holds--;
    /* By the loop, not from here: the caller may be in the middle of something. */
    if (worker->holds == 0 && worker->is_stopping)
        (void)uv_async_send(&worker->wake);
}

/* --- life ------------------------------------------------------------------------------------ */

static bool buffers_init(struct worker *worker)
{
    struct worker_buffers *buffers = &worker->buffers;
    buffers->read_bytes =
        worker->options.read_buffer_bytes ? worker->options.read_buffer_bytes : READ_BUFFER_BYTES;
    buffers->plain_bytes = buffers->read_bytes + 2 * TLS_RECORD_BYTES;
    buffers->sealed.capacity = SEALED_RECORDS * RECORD_ROOM_BYTES;
    buffers->read = malloc(buffers->read_bytes); /* pages that are never used cost nothing */
    buffers->plain = malloc(buffers->plain_bytes);
    buffers->sealed.data = malloc(buffers->sealed.capacity);
    buffers->resolved = resolve_cache_new();
    return buffers->read && buffers->plain && buffers->sealed.data && buffers->resolved;
}

static void buffers_fini(struct worker *worker)
{
    free(worker->buffers.read);
    free(worker->buffers.plain);
    free(worker->buffers.sealed.data);
    resolve_cache_free(worker->buffers.resolved);
}

struct worker *worker_new(const struct worker_options *options, struct sg_error *error)
{
    struct worker *worker = calloc(1, sizeof(*worker));
    if (!worker) {
        (void)sg_error_set(error, SG_SYSTEM, "cannot make a worker: out of memory");
        return NULL;
    }
    worker->options = *options;
    (void)snprintf(worker->name, sizeof(worker->name), "%s", options->name ? options->name : "");
    worker->options.name = worker->name;
    worker->last = &worker->first;
    int failure = buffers_init(worker) ? uv_loop_init(&worker->loop) : UV_ENOMEM;
    if (failure != 0) {
        (void)sg_error_set(error, SG_SYSTEM, "cannot make a worker's loop: %s",
                           uv_strerror(failure));
        buffers_fini(worker);
        free(worker);
        return NULL;
    }
    (void)pthread_mutex_init(&worker->lock, NULL);
    (void)pthread_cond_init(&worker->answered, NULL);
    failure = uv_async_init(&worker->loop, &worker->wake, on_wake);
    (void)uv_timer_init(&worker->loop, &worker->tick);
    worker->wake.data = worker;
    worker->tick.data = worker;
    wheel_init(worker);
    if (failure == 0)
        return worker;
    (void)sg_error_set(error, SG_SYSTEM, "cannot make a worker's loop: %s", uv_strerror(failure));
    worker->is_deaf = true; /* `wake` was never made */
    uv_close((uv_handle_t *)&worker->tick, NULL);
    worker_free(worker);
    return NULL;
}

/* A write to a socket that the peer has closed is an error to us, not a signal; all other signals
 * are the main thread's. */
static void block_signals(bool all)
{
    sigset_t set;
    if (all) {
        (void)sigfillset(&set);
    } else {
        (void)sigemptyset(&set);
        (void)sigaddset(&set, SIGPIPE);
    }
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void answer_start(struct worker *worker, bool is_good, const struct sg_error *error)
{
    (void)pthread_mutex_lock(&worker->lock);
    worker->has_started = true;
    worker->start_failed = !is_good;
    if (!is_good)
        worker->start_error = *error;
    (void)pthread_cond_broadcast(&worker->answered);
    (void)pthread_mutex_unlock(&worker->lock);
}

static bool run_to_the_end(struct worker *worker)
{
    struct sg_error error = {.status = SG_OK};
    uv_update_time(&worker->loop);
    bool is_good = !worker->options.on_start || worker->options.on_start(worker, &error);
    answer_start(worker, is_good, &error);
    if (!is_good)
        worker_stop(worker);
    (void)uv_run(&worker->loop, UV_RUN_DEFAULT);
    if (worker->options.on_end)
        worker->options.on_end(worker);
    return is_good;
}

bool worker_run(struct worker *worker, struct sg_error *error)
{
    block_signals(false);
    if (run_to_the_end(worker))
        return true;
    if (error)
        *error = worker->start_error;
    return false;
}

static void *thread_main(void *argument)
{
    struct worker *worker = argument;
    if (worker->name[0])
        (void)pthread_setname_np(pthread_self(), worker->name);
    (void)run_to_the_end(worker);
    return NULL;
}

static int start_thread(struct worker *worker)
{
    sigset_t before;
    (void)pthread_sigmask(SIG_BLOCK, NULL, &before);
    block_signals(true); /* the new thread inherits it: no moment in which it could be chosen */
    int failure = pthread_create(&worker->thread, NULL, thread_main, worker);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

bool worker_start(struct worker *worker, struct sg_error *error)
{
    int failure = start_thread(worker);
    if (failure != 0) {
        (void)sg_error_set(error, SG_SYSTEM, "cannot start a worker's thread: %s",
                           strerror(failure));
        return false;
    }
    worker->has_thread = true;
    (void)pthread_mutex_lock(&worker->lock);
    while (!worker->has_started)
        (void)pthread_cond_wait(&worker->answered, &worker->lock);
    bool is_good = !worker->start_failed;
    if (!is_good && error)
        *error = worker->start_error;
    (void)pthread_mutex_unlock(&worker->lock);
    return is_good;
}

void worker_join(struct worker *worker)
{
    if (!worker->has_thread)
        return;
    (void)pthread_join(worker->thread, NULL);
    worker->has_thread = false;
}

/* A worker that never ran: what was posted to it runs now, and its handles close. */
static void end_without_running(struct worker *worker)
{
    if (worker->is_deaf)
        return;
    worker->is_stopping = true;
    end_when_free(worker);
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    worker_join(worker);
    end_without_running(worker);
    int left = UV_EBUSY;
    for (int turn = 0; left == UV_EBUSY && turn < CLOSE_TURNS_AT_MOST; turn++) {
        (void)uv_run(&worker->loop, UV_RUN_NOWAIT);
        left = uv_loop_close(&worker->loop);
    }
    assert(left == 0); /* a handle that nobody closed */
    buffers_fini(worker);
    (void)pthread_cond_destroy(&worker->answered);
    (void)pthread_mutex_destroy(&worker->lock);
    free(worker);
}

uv_loop_t *worker_loop(struct worker *worker)
{
    return &worker->loop;
}

void *worker_owner(const struct worker *worker)
{
    return worker->options.owner;
}

unsigned worker_index(const struct worker *worker)
{
    return worker->options.index;
}

bool worker_is_stopping(const struct worker *worker)
{
    return worker->is_stopping;
}

uint64_t worker_now_ms(const struct worker *worker)
{
    return uv_now(&worker->loop);
}

struct worker_buffers *worker_buffers(struct worker *worker)
{
    return &worker->buffers;
}
