/* A port that clients connect to, served by all workers.
 *
 * TCP: one socket of its own per worker, spread by the kernel (SO_REUSEPORT). Unix: one socket; the
 * first worker accepts and hands the descriptors round. Opened before the workers start, so that a
 * port that is taken stops the start.
 */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/error.h>

#include "net/endpoint.h"
#include "net/loop.h"

struct listener; /* heap */

/* A connection that a client made. The descriptor is the receiver's: it goes to stream_accept or is
 * closed. */
struct accepted {
    int fd;        /* non-blocking, close-on-exec; TCP_NODELAY and keepalive are set */
    bool is_local; /* came by a Unix socket */
    uint16_t port; /* the client's; 0 when local */
    char address[INET6_ADDRSTRLEN]; /* the client's, "localhost" when local */
};

/* Runs on the worker that the connection belongs to from now on. */
typedef void (*listener_accept_fn)(struct worker *worker, const struct accepted *accepted,
                                   void *argument);

/* Nothing was left to take this connection with (no descriptor, for a second and more): it is to be
 * told so and closed before this returns, since its descriptor is a spare one. Runs on the thread
 * of a worker that accepts. */
typedef void (*listener_refuse_fn)(struct worker *worker, const struct accepted *accepted,
                                   void *argument);

/* Trouble that the listener lives through (no descriptors left: it waits and goes on) and that an
 * operator should know of; told once when it begins and once when it is over. Runs on the worker's
 * thread. */
typedef void (*listener_trouble_fn)(struct worker *worker, const char *text, void *argument);

struct listener_options {
    struct worker *const *workers; /* made, not started; the array is borrowed for listener_open */
    unsigned worker_count;
    int backlog;          /* 0 = 4096; the kernel cuts it to net.core.somaxconn */
    unsigned socket_mode; /* Unix: permissions of the socket file; 0 = 0777, as mysqld's own */
    listener_accept_fn on_accept;
    listener_refuse_fn on_refuse;   /* NULL: such clients wait until they can be taken */
    listener_trouble_fn on_trouble; /* may be NULL */
    void *argument;                 /* of all three */
};

/* Binds and listens; connections wait until listener_serve. Resolves host names, so it may block.
 * A Unix socket file that nobody listens on is replaced; one in use, or another kind of file, is an
 * error. A TCP port that another process listens on is an error too, even with SO_REUSEPORT. */
struct listener *listener_open(const struct endpoint *endpoint,
                               const struct listener_options *options, struct sg_error *error);

/* On each worker's thread, usually from its on_start: begins to accept there. */
SG_MUST_CHECK bool listener_serve(struct listener *listener, struct worker *worker,
                                  struct sg_error *error);

/* On each worker's thread, usually from its on_stop: stops accepting there. Idempotent. */
void listener_leave(struct listener *listener, struct worker *worker);

/* After all workers have ended, or before any was started. Removes the socket file when it is still
 * ours. NULL is fine. */
void listener_free(struct listener *listener);

/* What it really listens on: with the port that the kernel chose where 0 was asked for. Lives as
 * long as the listener. */
const struct endpoint *listener_endpoint(const struct listener *listener);

#endif
