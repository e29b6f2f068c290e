/* The other end of a socket, for tests that run a loop by hand: never blocks the loop's thread. */
#ifndef SUPPORT_SOCKETS_H
#define SUPPORT_SOCKETS_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void sockets_need(bool is_good)
{
    if (!is_good)
        abort();
}

static inline void sockets_unblock(int fd)
{
    sockets_need(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0);
}

/* Two ends of a Unix stream, both non-blocking. */
static inline void sockets_pair(int ends[2])
{
    sockets_need(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
}

/* A listening TCP socket on a free loopback port. */
static inline int sockets_listen(uint16_t *port_out, int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockets_need(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    sockets_need(listen(fd, backlog) == 0);
    sockets_need(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    *port_out = ntohs(address.sin_port);
    return fd;
}

/* -1 while it was refused; with `waits` false it may still be under way. */
static inline int sockets_connect(uint16_t port, bool waits)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (waits ? 0 : SOCK_NONBLOCK), 0);
    sockets_need(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 && errno != EINPROGRESS) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* Two ends of a TCP connection, both non-blocking, with small buffers in the kernel: a slow reader
 * is felt after some hundred kilobytes. */
static inline void sockets_tcp_pair(int ends[2])
{
    const int small = 65536;
    uint16_t port = 0;
    int listening = sockets_listen(&port, 1);
    ends[0] = sockets_connect(port, true);
    ends[1] = accept(listening, NULL, NULL);
    sockets_need(ends[0] >= 0 && ends[1] >= 0);
    (void)close(listening);
    for (int i = 0; i < 2; i++) {
        (void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
        (void)setsockopt(ends[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    }
    sockets_unblock(ends[0]);
    sockets_unblock(ends[1]);
}

/* The next close sends a reset instead of an end. */
static inline void sockets_close_rudely(int fd)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    (void)close(fd);
}

#endif
