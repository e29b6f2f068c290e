/* Ports served by workers on their own threads; clients are plain sockets of the test's thread. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cmocka.h>

#include "endpoint_at.h"
#include "net/listener.h"
#include "sockets.h"

#define WORKERS 3

static struct worker *workers[WORKERS];
static struct listener *listener;
static atomic_uint served[WORKERS];
static atomic_uint troubles;
static atomic_uint recoveries;
static atomic_uint strangers; /* accepted with an address that cannot be */

#define WAIT_FOR(condition)                                                                        \
    for (int waited_ = 0; !(condition); waited_++) {                                               \
        if (waited_ > 60000) /* minutes: a busy machine is no reason */                            \
            fail_msg("waited in vain for: %s", #condition);                                        \
        (void)usleep(2000);                                                                        \
    }

/* Writes the worker's number and leaves. */
static void serve(struct worker *worker, const struct accepted *accepted, void *argument)
{
    assert_ptr_equal(argument, served);
    char number = (char)('0' + worker_index(worker));
    bool is_good = accepted->is_local ? strcmp(accepted->address, "localhost") == 0
                                      : strcmp(accepted->address, "127.0.0.1") == 0 ||
                                            strcmp(accepted->address, "::1") == 0;
    is_good &= accepted->is_local == (accepted->port == 0);
    (void)atomic_fetch_add(&strangers, !is_good);
    (void)atomic_fetch_add(&served[worker_index(worker)], 1);
    (void)send(accepted->fd, &number, 1, MSG_NOSIGNAL);
    (void)close(accepted->fd);
}

static void tell(struct worker *worker, const char *text, void *argument)
{
    (void)worker;
    (void)argument;
    (void)atomic_fetch_add(strstr(text, "cannot accept") ? &troubles : &recoveries, 1);
}

static bool on_start(struct worker *worker, struct sg_error *error)
{
    return listener_serve(listener, worker, error);
}

static void on_stop(struct worker *worker)
{
    listener_leave(listener, worker);
    listener_leave(listener, worker);
}

static struct listener *open_at(const char *text, unsigned mode, struct sg_error *error)
{
    const struct endpoint endpoint = endpoint_at(text);
    const struct listener_options options = {.workers = workers,
                                             .worker_count = WORKERS,
                                             .socket_mode = mode,
                                             .on_accept = serve,
                                             .on_trouble = tell,
                                             .argument = served};
    return listener_open(&endpoint, &options, error);
}

static void make_workers(void)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        struct sg_error error = {.status = SG_OK};
        const struct worker_options options = {
            .index = i, .name = "worker", .on_start = on_start, .on_stop = on_stop};
        workers[i] = worker_new(&options, &error);
        assert_non_null(workers[i]);
        atomic_store(&served[i], 0);
    }
    atomic_store(&troubles, 0);
    atomic_store(&recoveries, 0);
    atomic_store(&strangers, 0);
}

static void start_workers(const char *where)
{
    struct sg_error error = {.status = SG_OK};
    listener = open_at(where, 0, &error);
    if (!listener)
        fail_msg("%s", error.message);
    for (unsigned i = 0; i < WORKERS; i++)
        assert_true(worker_start(workers[i], &error));
}

static void free_all(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        worker_stop(workers[i]);
    for (unsigned i = 0; i < WORKERS; i++)
        worker_join(workers[i]);
    listener_free(listener);
    listener = NULL;
    for (unsigned i = 0; i < WORKERS; i++)
        worker_free(workers[i]);
}

static int connect_path(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static int connect_v6(uint16_t port)
{
    struct sockaddr_in6 address = {
        .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = htons(port)};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static char number_from(int fd)
{
    char number = '?';
    assert_true(fd >= 0);
    char end;
    assert_int_equal(recv(fd, &number, 1, 0), 1);
    assert_int_equal(recv(fd, &end, 1, 0), 0); /* the worker has closed its end */
    (void)close(fd);
    return number;
}

static void tcp_connections_are_spread_over_the_workers(void **state)
{
    (void)state;
    make_workers();
    start_workers("127.0.0.1:0");
    uint16_t port = listener_endpoint(listener)->port;
    assert_int_not_equal(port, 0);
    for (int i = 0; i < 300; i++)
        (void)number_from(sockets_connect(port, true));
    unsigned total = 0;
    for (unsigned i = 0; i < WORKERS; i++) {
        assert_true(atomic_load(&served[i]) > 0);
        total += atomic_load(&served[i]);
    }
    assert_int_equal(total, 300);
    assert_int_equal(atomic_load(&strangers), 0);
    free_all();
    assert_int_equal(sockets_connect(port, true), -1);
}

static void every_address_takes_both_families(void **state)
{
    (void)state;
    static const char *const everywhere[] = {":0", "[::]:0", "localhost:0"};
    for (int i = 0; i < 3; i++) {
        make_workers();
        start_workers(everywhere[i]);
        uint16_t port = listener_endpoint(listener)->port;
        (void)number_from(sockets_connect(port, true));
        int fd = connect_v6(port);
        if (fd >= 0)
            (void)number_from(fd);
        assert_int_equal(atomic_load(&strangers), 0); /* 127.0.0.1, not ::ffff:127.0.0.1 */
        free_all();
    }
}

static void a_port_in_use_is_refused_even_when_it_could_be_shared(void **state)
{
    (void)state;
    make_workers();
    start_workers("127.0.0.1:0");
    struct sg_error error = {.status = SG_OK};
    char where[64];
    (void)snprintf(where, sizeof(where), "127.0.0.1:%u", listener_endpoint(listener)->port);
    assert_null(open_at(where, 0, &error));
    assert_non_null(strstr(error.message, where));
    assert_non_null(strstr(error.message, "address already in use"));
    free_all();
    make_workers();
    start_workers(where); /* free again at once */
    (void)number_from(sockets_connect(listener_endpoint(listener)->port, true));
    free_all();
}

static void bad_addresses_are_told(void **state)
{
    (void)state;
    static const char *const bad[] = {"no-such-host.invalid:0", "192.0.2.1:0",
                                      "/nonexistent/folder/x.sock"};
    make_workers();
    for (int i = 0; i < 3; i++) {
        struct sg_error error = {.status = SG_OK};
        assert_null(open_at(bad[i], 0, &error));
        assert_non_null(strstr(error.message, "cannot listen on "));
    }
    free_all();
}

static void a_unix_socket_hands_connections_round(void **state)
{
    (void)state;
    char path[64];
    (void)snprintf(path, sizeof(path), "/tmp/sg-test-listener-%d.sock", getpid());
    for (int round = 0; round < 2; round++) {
        make_workers();
        start_workers(path);
        for (int i = 0; i < 30; i++)
            assert_int_equal(number_from(connect_path(path)), '0' + i % WORKERS);
        assert_int_equal(atomic_load(&strangers), 0);
        struct sg_error error = {.status = SG_OK};
        assert_null(open_at(path, 0, &error));
        assert_non_null(strstr(error.message, "the socket is in use"));
        free_all();
        assert_int_equal(access(path, F_OK), -1);
    }
}

static void a_socket_file_that_nobody_serves_is_replaced(void **state)
{
    (void)state;
    char path[64];
    struct stat file;
    (void)snprintf(path, sizeof(path), "/tmp/sg-test-stale-%d.sock", getpid());
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
    (void)close(dead);
    make_workers();
    struct sg_error error = {.status = SG_OK};
    listener = open_at(path, 0660, &error);
    assert_non_null(listener);
    assert_int_equal(stat(path, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0660);
    /* Somebody has put another one there: not ours to remove. */
    assert_int_equal(unlink(path), 0);
    dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
    free_all();
    assert_int_equal(access(path, F_OK), 0);
    (void)close(dead);
    assert_int_equal(unlink(path), 0);
    /* And a file that is no socket is left alone. */
    FILE *plain = fopen(path, "w");
    (void)fclose(plain);
    make_workers();
    assert_null(open_at(path, 0, &error));
    assert_non_null(strstr(error.message, "it is no socket"));
    free_all();
    assert_int_equal(access(path, F_OK), 0);
    (void)unlink(path);
}

static void a_lack_of_descriptors_is_waited_out(void **state)
{
    (void)state;
    make_workers();
    start_workers("127.0.0.1:0");
    uint16_t port = listener_endpoint(listener)->port;
    (void)number_from(sockets_connect(port, true));
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int waiting[6];
    for (int i = 0; i < 6; i++) /* made before the limit, connected after it */
        waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const struct rlimit tight = {.rlim_cur = (rlim_t)waiting[5] + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(port)};
    for (int i = 0; i < 6; i++)
        assert_int_equal(connect(waiting[i], (struct sockaddr *)&address, sizeof(address)), 0);
    WAIT_FOR(atomic_load(&troubles) > 0);
    (void)usleep(700000); /* several pauses */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 0; i < 6; i++)
        (void)number_from(waiting[i]); /* nobody was turned away */
    WAIT_FOR(atomic_load(&recoveries) == atomic_load(&troubles));
    assert_true(atomic_load(&troubles) <= WORKERS); /* once each, not once a try */
    free_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_connections_are_spread_over_the_workers),
        cmocka_unit_test(every_address_takes_both_families),
        cmocka_unit_test(a_port_in_use_is_refused_even_when_it_could_be_shared),
        cmocka_unit_test(bad_addresses_are_told),
        cmocka_unit_test(a_unix_socket_hands_connections_round),
        cmocka_unit_test(a_socket_file_that_nobody_serves_is_replaced),
        cmocka_unit_test(a_lack_of_descriptors_is_waited_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
