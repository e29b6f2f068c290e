/* A worker: one thread, one libuv loop, what its sessions share.
 *
 * Everything on a worker happens on its own thread; other threads reach it by worker_post alone.
 * Nothing that blocks may run here.
 */
#ifndef NET_LOOP_H
#define NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include <schemaguard/error.h>

#include "tls/tls.h"

struct worker; /* heap */

typedef void (*worker_message_fn)(struct worker *worker, void *argument);

struct worker_options {
    unsigned index;           /* 0, 1, 2 …: which of the workers this is */
    const char *name;         /* thread name, cut to 15 bytes; borrowed for worker_new */
    size_t read_buffer_bytes; /* 0 = 256 KiB; what one read may bring */
    void *owner;              /* worker_owner() */
    /* Each may be NULL; all run on the worker's thread. on_start runs before the loop; false:
     * on_stop follows, and the worker ends. */
    bool (*on_start)(struct worker *worker, struct sg_error *error);
    void (*on_stop)(struct worker *worker); /* worker_stop was called: close what is open, soon */
    void (*on_end)(struct worker *worker);  /* nothing is open any more; the last word */
};

/* Any thread. NULL with *error set when the loop cannot be made. */
struct worker *worker_new(const struct worker_options *options, struct sg_error *error);

/* Starts the thread and waits until on_start has answered; its error comes back here. */
SG_MUST_CHECK bool worker_start(struct worker *worker, struct sg_error *error);

/* Instead of worker_start: runs the loop on the calling thread, until worker_stop was called and
 * everything is closed. False when on_start said so. */
SG_MUST_CHECK bool worker_run(struct worker *worker, struct sg_error *error);

/* Any thread, any number of times: asks the worker to end. on_stop runs on its thread; the loop
 * ends when everything is closed. */
void worker_stop(struct worker *worker);

/* Waits until the thread has ended. Not from the worker's own thread. */
void worker_join(struct worker *worker);
void worker_free(struct worker *worker); /* joins; NULL is fine */

/* Any thread: `fn` runs on the worker's thread, in the order of posting. True: it runs exactly
 * once, at the latest while the worker ends. False: it will never run (the worker has ended, or
 * memory is out) and `argument` is still the caller's. */
SG_MUST_CHECK bool worker_post(struct worker *worker, worker_message_fn fn, void *argument);

uv_loop_t *worker_loop(struct worker *worker);
void *worker_owner(const struct worker *worker);
unsigned worker_index(const struct worker *worker);
bool worker_is_stopping(const struct worker *worker); /* worker's thread */

/* Milliseconds of the loop's clock, as of this turn of the loop; monotonic. */
uint64_t worker_now_ms(const struct worker *worker);

/* --- timers ---------------------------------------------------------------------------------- */

/* Coarse time limits, one for each session and cheap to move: due within 100 ms after their time.
 * Lives in its owner's storage, 40 bytes, zeroed before first use; the owner is found from the
 * timer's address. Worker's thread only. */
struct worker_timer {
    struct worker_timer *next; /* NULL while not set */
    struct worker_timer *previous;
    uint64_t due_ms;
    uint64_t slot_ms; /* not later than due_ms: when the wheel looks at it next */
    void (*fn)(struct worker_timer *timer);
};

/* Calls `fn` once in `delay_ms`, at the earliest. Set again: the new time counts. Moving a timer
 * further away costs two stores, so that an idle limit may be set anew at each statement. */
void worker_timer_set(struct worker *worker, struct worker_timer *timer, uint64_t delay_ms,
                      void (*fn)(struct worker_timer *timer));
void worker_timer_clear(struct worker_timer *timer); /* also when it is not set */
static inline bool worker_timer_is_set(const struct worker_timer *timer)
{
    return timer->next != NULL;
}

/* --- what must end before the worker does ---------------------------------------------------- */

/* A worker that was asked to stop ends when every hold was dropped: each open stream and listener
 * has one. Owners of other things that must see their end take their own. Worker's thread. */
void worker_hold(struct worker *worker);
void worker_drop(struct worker *worker);

/* --- what net/ itself shares among a worker's streams ---------------------------------------- */

/* Lent for the length of one callback. `read` takes what arrives; `plain` what is decrypted from it
 * (large enough for all of `read` and a record that was begun before); `sealed` takes what is
 * encrypted. */
struct worker_buffers {
    uint8_t *read;
    size_t read_bytes;
    uint8_t *plain;
    size_t plain_bytes;
    struct tls_sink sealed;         /* empty between calls */
    struct resolve_cache *resolved; /* addresses of host names; resolve.c */
};
struct worker_buffers *worker_buffers(struct worker *worker);

#endif
