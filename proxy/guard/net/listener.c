/* Listening sockets of our own, accepting on the workers' loops.
 *
 * In: connections from clients; out: descriptors with the client's address, each on the worker that
 * keeps it. Called by serve; sessions are made by its callback.
 *
 * libuv 1.44 cannot set SO_REUSEPORT, hence socket, bind and listen by hand; and it answers a lack
 * of descriptors by closing clients, where waiting keeps them, hence a poll handle and accept4 by
 * hand. Follows: socket(7), tcp(7), unix(7), accept4(2).
 */
#define _GNU_SOURCE /* accept4 */
#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/resolve.h"

#define BACKLOG_DEFAULT     4096
#define ADDRESSES_MOST      4u    /* of one host name: 127.0.0.1 and ::1 for "localhost" */
#define ACCEPT_BATCH        32    /* then the other handles of the loop have their turn */
#define TROUBLE_PAUSE_MS    200u  /* without descriptors: others may close some meanwhile */
#define PATIENCE_MS         1000u /* and then those who wait are refused */
#define SOCKET_MODE_DEFAULT 0777u
#define KEEPALIVE_IDLE_S    60

struct port {
    struct listener *owner;
    unsigned worker_index; /* which worker accepts here */
    int fd;
    struct worker *worker; /* while it is served */
    uv_poll_t poll;
    struct worker_timer pause;
    uint64_t short_since_ms;
    uint64_t short_at_ms; /* the last time */
    int spare;            /* a descriptor to give up for one that is to be refused; -1: none */
    bool is_served;
    bool is_in_trouble;
    bool is_refusing;
};

struct listener {
    struct endpoint endpoint;
    struct listener_options options;
    struct worker **workers;
    struct port *ports;
    unsigned port_count;
    unsigned next_worker; /* Unix: the acceptor's round */
    dev_t device;         /* of the socket file, to remove no other one */
    ino_t inode;
    bool has_file;
};

/* --- sockets --------------------------------------------------------------------------------- */

static enum sg_status cannot_listen(struct sg_error *error, const struct endpoint *endpoint,
                                    const char *reason)
{
    char text[ENDPOINT_TEXT_MAX];
    return sg_error_set(error, SG_SYSTEM, "cannot listen on %s: %s", endpoint_text(endpoint, text),
                        reason);
}

static bool set_option(int fd, int level, int option, int value)
{
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}

static socklen_t address_size(const union resolve_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof(address->v6) : sizeof(address->v4);
}

/* What is set here the accepted sockets inherit (tcp(7)): no system call for each of them. */
static bool set_tcp_options(int fd, const union resolve_address *address, bool is_shared)
{
    bool is_any6 =
        address->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
    return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
           (!is_shared || set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
           (!is_any6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
           set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
           set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
}

/* -1 with errno set. */
static int bind_tcp(const union resolve_address *address, bool is_shared)
{
    int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (set_tcp_options(fd, address, is_shared) &&
        bind(fd, &address->any, address_size(address)) == 0)
        return fd;
    int failure = errno;
    (void)close(fd);
    errno = failure;
    return -1;
}

/* SO_REUSEPORT would let a second guard of the same user share the port without a word, and half of
 * the connections would go to either. A socket without the option is refused where anyone listens.
 */
static bool is_free(const union resolve_address *address)
{
    int fd = bind_tcp(address, false);
    if (fd < 0)
        return false;
    (void)close(fd);
    return true;
}

static uint16_t bound_port(int fd)
{
    union resolve_address address;
    socklen_t size = sizeof(address);
    if (getsockname(fd, &address.any, &size) != 0)
        return 0;
    return ntohs(address.any.sa_family == AF_INET6 ? address.v6.sin6_port : address.v4.sin_port);
}

static struct port *add_port(struct listener *listener, int fd, unsigned worker_index)
{
    struct port *port = &listener->ports[listener->port_count++];
    *port = (struct port){.owner = listener, .fd = fd, .spare = -1, .worker_index = worker_index};
    return port;
}

static int backlog_of(const struct listener *listener)
{
    return listener->options.backlog > 0 ? listener->options.backlog : BACKLOG_DEFAULT;
}

/* One address, one socket per worker. Errno tells why not. */
static bool open_address(struct listener *listener, union resolve_address *address)
{
    uint16_t number = listener->endpoint.port;
    for (unsigned i = 0; i < listener->options.worker_count; i++) {
        if (address->any.sa_family == AF_INET6)
            address->v6.sin6_port = htons(number);
        else
            address->v4.sin_port = htons(number);
        if (i == 0 && number != 0 && !is_free(address))
            return false;
        int fd = bind_tcp(address, true);
        if (fd < 0)
            return false;
        (void)add_port(listener, fd, i);
        if (listen(fd, backlog_of(listener)) != 0)
            return false;
        if (number == 0)
            listener->endpoint.port = number = bound_port(fd);
    }
    return true;
}

static enum sg_status look_up(const struct endpoint *endpoint, struct resolve_list *list,
                              struct sg_error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(endpoint->host, NULL, &hints, &found);
    if (failure != 0)
        return cannot_listen(error, endpoint, gai_strerror(failure));
    list->count = 0;
    for (const struct addrinfo *one = found; one && list->count < ADDRESSES_MOST;
         one = one->ai_next)
        if (one->ai_addrlen <= sizeof(list->at[0]))
            memcpy(&list->at[list->count++], one->ai_addr, one->ai_addrlen);
    freeaddrinfo(found);
    return SG_OK;
}

static void every_address(struct resolve_list *list, bool is_v6)
{
    memset(list, 0, sizeof(*list));
    list->count = 1;
    list->at[0].any.sa_family = is_v6 ? AF_INET6 : AF_INET;
}

static enum sg_status open_tcp(struct listener *listener, struct sg_error *error)
{
    struct resolve_list list;
    bool is_every = listener->endpoint.host[0] == '\0';
    if (is_every)
        every_address(&list, true); /* takes IPv4 too */
    else if (look_up(&listener->endpoint, &list, error) != SG_OK)
        return SG_SYSTEM;
    int failure = 0;
    for (unsigned i = 0; i < list.count; i++) {
        if (open_address(listener, &list.at[i]))
            continue;
        failure = errno;
        if (is_every && failure == EAFNOSUPPORT && list.at[0].any.sa_family == AF_INET6) {
            every_address(&list, false); /* a kernel without IPv6 */
            i--;
            continue;
        }
        /* A name may have an address that this machine has not ("localhost" without ::1). */
        bool is_optional = list.count > 1 && failure == EADDRNOTAVAIL;
        if (!is_optional)
            return cannot_listen(error, &listener->endpoint,
                                 failure == EADDRINUSE
                                     ? "address already in use; is another guard or a server "
                                       "running on this port?"
                                     : strerror(failure));
    }
    if (listener->port_count == 0)
        return cannot_listen(error, &listener->endpoint, strerror(failure));
    return SG_OK;
}

/* --- Unix ------------------------------------------------------------------------------------ */

/* Whether somebody listens behind the socket file. */
static bool is_alive(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true; /* not known: leave it alone */
    bool is_refused = connect(fd, (const struct sockaddr *)address, sizeof(*address)) != 0 &&
                      errno == ECONNREFUSED;
    (void)close(fd);
    return !is_refused;
}

static enum sg_status clear_path(const struct listener *listener, const struct sockaddr_un *address,
                                 struct sg_error *error)
{
    struct stat file;
    if (lstat(address->sun_path, &file) != 0)
        return errno == ENOENT ? SG_OK : cannot_listen(error, &listener->endpoint, strerror(errno));
    if (!S_ISSOCK(file.st_mode))
        return cannot_listen(error, &listener->endpoint,
                             "a file of that name is there, and it is no socket");
    if (is_alive(address))
        return cannot_listen(error, &listener->endpoint,
                             "the socket is in use; is another guard or a server running on it?");
    if (unlink(address->sun_path) != 0)
        return cannot_listen(error, &listener->endpoint, strerror(errno));
    return SG_OK;
}

static enum sg_status open_unix(struct listener *listener, struct sg_error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, listener->endpoint.path, strlen(listener->endpoint.path) + 1);
    if (clear_path(listener, &address, error) != SG_OK)
        return SG_SYSTEM;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return cannot_listen(error, &listener->endpoint, strerror(errno));
    (void)add_port(listener, fd, 0);
    unsigned mode =
        listener->options.socket_mode ? listener->options.socket_mode : SOCKET_MODE_DEFAULT;
    /* Nobody can connect between bind and listen, so chmod comes in time. */
    if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
        return cannot_listen(error, &listener->endpoint, strerror(errno));
    struct stat file;
    listener->has_file = lstat(address.sun_path, &file) == 0;
    listener->device = file.st_dev;
    listener->inode = file.st_ino;
    if (chmod(address.sun_path, mode & 0777u) != 0 || listen(fd, backlog_of(listener)) != 0)
        return cannot_listen(error, &listener->endpoint, strerror(errno));
    return SG_OK;
}

static void remove_file(const struct listener *listener)
{
    struct stat file;
    if (listener->has_file && lstat(listener->endpoint.path, &file) == 0 &&
        file.st_dev == listener->device && file.st_ino == listener->inode)
        (void)unlink(listener->endpoint.path);
}

/* --- life ------------------------------------------------------------------------------------ */

struct listener *listener_open(const struct endpoint *endpoint,
                               const struct listener_options *options, struct sg_error *error)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    if (!listener) {
        (void)cannot_listen(error, endpoint, "out of memory");
        return NULL;
    }
    listener->endpoint = *endpoint;
    listener->options = *options;
    listener->workers = calloc(options->worker_count, sizeof(struct worker *));
    listener->ports = calloc((size_t)options->worker_count * ADDRESSES_MOST, sizeof(struct port));
    enum sg_status status = SG_OK;
    if (!listener->workers || !listener->ports) {
        status = cannot_listen(error, endpoint, "out of memory");
    } else {
        memcpy(listener->workers, options->workers,
               options->worker_count * sizeof(struct worker *));
        status = endpoint->is_path ? open_unix(listener, error) : open_tcp(listener, error);
    }
    if (status == SG_OK)
        return listener;
    listener_free(listener);
    return NULL;
}

void listener_free(struct listener *listener)
{
    if (!listener)
        return;
    remove_file(listener);
    for (unsigned i = 0; i < listener->port_count; i++)
        if (listener->ports[i].fd >= 0)
            (void)close(listener->ports[i].fd); /* never served, or it is closed there */
    free(listener->ports);
    free(listener->workers);
    free(listener);
}

const struct endpoint *listener_endpoint(const struct listener *listener)
{
    return &listener->endpoint;
}

/* --- accepting ------------------------------------------------------------------------------- */

struct handed {
    struct listener *listener;
    struct accepted accepted;
};

static void receive_handed(struct worker *worker, void *argument)
{
    struct handed *handed = argument;
    struct listener_options *options = &handed->listener->options;
    if (worker_is_stopping(worker))
        (void)close(handed->accepted.fd);
    else
        options->on_accept(worker, &handed->accepted, options->argument);
    free(handed);
}

/* Gives a connection to the next worker in turn that takes it. */
static void hand_round(struct listener *listener, const struct accepted *accepted)
{
    struct handed *handed = malloc(sizeof(*handed));
    for (unsigned tried = 0; handed && tried < listener->options.worker_count; tried++) {
        *handed = (struct handed){.listener = listener, .accepted = *accepted};
        struct worker *worker = listener->workers[listener->next_worker];
        listener->next_worker = (listener->next_worker + 1) % listener->options.worker_count;
        if (worker_post(worker, receive_handed, handed))
            return;
    }
    (void)close(accepted->fd);
    free(handed);
}

static void describe_client(const union resolve_address *address, struct accepted *accepted)
{
    bool is_tcp = address->any.sa_family == AF_INET || address->any.sa_family == AF_INET6;
    accepted->is_local = !is_tcp;
    if (!is_tcp) {
        (void)snprintf(accepted->address, sizeof(accepted->address), "localhost");
        return;
    }
    resolve_text(address, accepted->address);
    accepted->port =
        ntohs(address->any.sa_family == AF_INET6 ? address->v6.sin6_port : address->v4.sin_port);
}

static void tell_trouble(struct port *port, const char *format, int failure)
{
    const struct listener_options *options = &port->owner->options;
    if (!options->on_trouble)
        return;
    char where[ENDPOINT_TEXT_MAX];
    char text[ENDPOINT_TEXT_MAX + 128];
    (void)snprintf(text, sizeof(text), format, endpoint_text(&port->owner->endpoint, where),
                   strerror(failure));
    options->on_trouble(port->worker, text, options->argument);
}

static void on_readable(uv_poll_t *poll, int status, int events);

static void keep_spare(struct port *port)
{
    if (port->spare < 0)
        port->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void give_up_spare(struct port *port)
{
    if (port->spare >= 0)
        (void)close(port->spare);
    port->spare = -1;
}

static void on_pause_over(struct worker_timer *timer)
{
    struct port *port = (struct port *)((char *)timer - offsetof(struct port, pause));
    (void)uv_poll_start(&port->poll, UV_READABLE, on_readable);
}

/* No descriptors, or no memory: what waits in the backlog is served when there are some again. */
static void pause_port(struct port *port)
{
    (void)uv_poll_stop(&port->poll);
    worker_timer_set(port->worker, &port->pause, TROUBLE_PAUSE_MS, on_pause_over);
}

static bool is_shortage(int failure)
{
    return failure == EMFILE || failure == ENFILE || failure == ENOBUFS || failure == ENOMEM;
}

/* The descriptor, or -1 with errno set. */
static int accept_next(const struct port *port, struct accepted *accepted)
{
    bool is_path = port->owner->endpoint.is_path;
    union resolve_address address = {.any.sa_family = AF_UNIX};
    socklen_t size = sizeof(address);
    int fd = accept4(port->fd, is_path ? NULL : &address.any, is_path ? NULL : &size,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return -1;
    *accepted = (struct accepted){.fd = fd};
    describe_client(&address, accepted);
    return fd;
}

/* With the spare descriptor. False: another thread has snatched it, or the client has gone. */
static bool refuse_one(struct port *port)
{
    const struct listener_options *options = &port->owner->options;
    struct accepted accepted;
    give_up_spare(port);
    bool is_accepted = accept_next(port, &accepted) >= 0;
    if (is_accepted)
        options->on_refuse(port->worker, &accepted, options->argument);
    keep_spare(port);
    return is_accepted;
}

/* Those who wait are let in when there are descriptors again soon, and are refused otherwise. True:
 * go on with the next one. */
static bool live_through_shortage(struct port *port, int failure)
{
    uint64_t now = worker_now_ms(port->worker);
    if (!port->is_in_trouble)
        tell_trouble(port, "%s: cannot accept: %s; clients wait", failure);
    if (!port->is_in_trouble || now - port->short_at_ms > PATIENCE_MS)
        port->short_since_ms = now; /* nobody waited meanwhile */
    port->is_in_trouble = true;
    port->short_at_ms = now;
    if (now - port->short_since_ms >= PATIENCE_MS && port->owner->options.on_refuse) {
        if (!port->is_refusing)
            tell_trouble(port, "%s: cannot accept: %s; clients are refused", failure);
        port->is_refusing = true;
        if (refuse_one(port))
            return true;
    }
    pause_port(port);
    return false;
}

/* False when there is nothing more to accept now. */
static bool accept_one(struct port *port)
{
    struct listener *listener = port->owner;
    struct accepted accepted;
    if (accept_next(port, &accepted) < 0) {
        int failure = errno;
        if (is_shortage(failure))
            return live_through_shortage(port, failure);
        /* Any other error is one connection's own, gone before we took it (accept(2)). */
        return failure != EAGAIN && failure != EWOULDBLOCK;
    }
    if (port->is_in_trouble) {
        port->is_in_trouble = false;
        port->is_refusing = false;
        keep_spare(port);
        tell_trouble(port, "%s: accepting again%.0s", 0);
    }
    if (listener->endpoint.is_path)
        hand_round(listener, &accepted);
    else
        listener->options.on_accept(port->worker, &accepted, listener->options.argument);
    return true;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct port *port = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPT_BATCH && port->is_served; i++)
        if (!accept_one(port))
            return;
}

static bool serve_port(struct port *port, struct worker *worker, struct sg_error *error)
{
    int failure = uv_poll_init(worker_loop(worker), &port->poll, port->fd);
    if (failure != 0) {
        (void)cannot_listen(error, &port->owner->endpoint, uv_strerror(failure));
        return false;
    }
    port->worker = worker;
    port->poll.data = port;
    port->is_served = true;
    keep_spare(port);
    worker_hold(worker);
    (void)uv_poll_start(&port->poll, UV_READABLE, on_readable);
    return true;
}

bool listener_serve(struct listener *listener, struct worker *worker, struct sg_error *error)
{
    for (unsigned i = 0; i < listener->port_count; i++)
        if (listener->ports[i].worker_index == worker_index(worker) &&
            !serve_port(&listener->ports[i], worker, error))
            return false;
    return true;
}

static void on_port_closed(uv_handle_t *handle)
{
    struct port *port = handle->data;
    (void)close(port->fd);
    port->fd = -1;
    give_up_spare(port);
    worker_drop(port->worker);
}

void listener_leave(struct listener *listener, struct worker *worker)
{
    for (unsigned i = 0; i < listener->port_count; i++) {
        struct port *port = &listener->ports[i];
        if (port->worker_index != worker_index(worker) || !port->is_served)
            continue;
        port->is_served = false;
        worker_timer_clear(&port->pause);
        uv_close((uv_handle_t *)&port->poll, on_port_closed);
    }
}
