/* The probe against servers of cardboard: a thread that answers with what the test put into it, or
 * with a real TLS handshake behind a greeting. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "certificates.h"
#include "net/probe.h"
#include "sockets.h"

static struct certificates certificates;
static struct tls_context *server_context;

struct cardboard {
    int listening;
    uint16_t port;
    struct sg_slice greeting;
    bool speaks_tls;
    bool stays_silent;
    unsigned served;
    uint8_t login[256]; /* what came inside TLS */
    size_t login_size;
    pthread_t thread;
};

/* Protocol 10, "9.7.4", id, nonce, capabilities with CLIENT_SSL, and so on. */
static const char good_greeting[] = "\x2e\x00\x00\x00\x0a"
                                    "9.7.4\x00"
                                    "\x01\x00\x00\x00"
                                    "abcdefgh\x00"
                                    "\x00\x8a\x21\x02\x00\x08\x00\x15"
                                    "\0\0\0\0\0\0\0\0\0\0"
                                    "ijklmnop";
static const char plain_greeting[] = "\x2e\x00\x00\x00\x0a"
                                     "9.7.4\x00"
                                     "\x01\x00\x00\x00"
                                     "abcdefgh\x00"
                                     "\x00\x82\x21\x02\x00\x08\x00\x15"
                                     "\0\0\0\0\0\0\0\0\0\0"
                                     "ijklmnop";
static const char full_greeting[] = "\x17\x00\x00\x00\xff\x10\x04Too many connections";

static void send_tls(int fd, struct tls_sink *sink)
{
    (void)send(fd, sink->data, sink->size, MSG_NOSIGNAL);
    sink->size = 0;
}

/* The server's half: handshake, one login, and a refusal. */
static void speak_tls(struct cardboard *board, int fd)
{
    static uint8_t out[65536];
    struct tls *tls = tls_new(server_context, NULL);
    struct tls_sink sink = {.data = out, .capacity = sizeof(out)};
    uint8_t bytes[4096];
    struct sg_slice input = SG_SLICE_EMPTY;
    ssize_t size = 1;
    while (size > 0 && board->login_size == 0) {
        if (input.size == 0) {
            size = recv(fd, bytes, sizeof(bytes), 0);
            input = sg_slice_make(bytes, size > 0 ? (size_t)size : 0);
        }
        enum tls_status status;
        if (!tls_is_established(tls))
            status = tls_handshake(tls, &input, &sink);
        else
            status = tls_read(tls, &input, board->login, sizeof(board->login), &board->login_size,
                              &sink);
        send_tls(fd, &sink);
        if (status == TLS_FAILED)
            break;
    }
    struct sg_slice refusal = SG_SLICE_LITERAL("\x09\x00\x00\x03\xff\x15\x04#28000");
    if (board->login_size > 0 && tls_write(tls, &refusal, &sink) == TLS_OK)
        send_tls(fd, &sink);
    tls_free(tls);
}

static void *serve(void *argument)
{
    struct cardboard *board = argument;
    int fd;
    while ((fd = accept(board->listening, NULL, NULL)) >= 0) {
        board->served++;
        (void)send(fd, board->greeting.data, board->greeting.size, MSG_NOSIGNAL);
        uint8_t request[36];
        if (board->speaks_tls && recv(fd, request, sizeof(request), MSG_WAITALL) == 36)
            speak_tls(board, fd);
        if (board->stays_silent)
            (void)recv(fd, request, sizeof(request), MSG_WAITALL);
        (void)close(fd);
    }
    return NULL;
}

static void put_up(struct cardboard *board)
{
    board->listening = sockets_listen(&board->port, 8);
    assert_int_equal(pthread_create(&board->thread, NULL, serve, board), 0);
}

static void take_down(struct cardboard *board)
{
    (void)shutdown(board->listening, SHUT_RDWR);
    (void)pthread_join(board->thread, NULL);
    (void)close(board->listening);
}

/* For a handshake on a busy machine. */
#define PATIENCE_MS 60000

static struct probe *new_probe(uint16_t port, const char *ca, const char *host, unsigned timeout_ms)
{
    struct sg_error error = {.status = SG_OK};
    struct tls_context *context = tls_context_new_client(
        &(struct tls_client_options){.verify = TLS_VERIFY_IDENTITY, .ca_file = ca}, &error);
    assert_non_null(context);
    struct endpoint endpoint = {.port = port};
    (void)snprintf(endpoint.host, sizeof(endpoint.host), "%s", host);
    struct probe *probe = probe_new(&endpoint, context, timeout_ms);
    tls_context_release(context);
    return probe;
}

static void the_certificate_is_found_once_and_a_login_made(void **state)
{
    (void)state;
    struct cardboard board = {.greeting = {good_greeting, sizeof(good_greeting) - 1},
                              .speaks_tls = true};
    put_up(&board);
    struct probe *probe = new_probe(board.port, certificates.ca, "127.0.0.1", PATIENCE_MS);
    struct sg_error error = {.status = SG_OK};
    struct tls_certificate found;
    for (int i = 0; i < 3; i++) {
        if (probe_certificate(probe, false, &found, &error) != SG_OK)
            fail_msg("%s", error.message);
        assert_int_equal(strlen(found.sha1), 40);
        assert_int_equal(strlen(found.sha256), 64);
        assert_non_null(strstr(found.pem, "-----BEGIN CERTIFICATE-----"));
        free(found.pem);
    }
    uint8_t own[TLS_FINGERPRINT_BYTES];
    char hex[65];
    assert_true(tls_context_fingerprint(server_context, own));
    for (size_t i = 0; i < sizeof(own); i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", own[i]);
    assert_string_equal(found.sha256, hex);
    board.login_size = 0;
    assert_int_equal(probe_certificate(probe, true, &found, &error), SG_OK); /* looks again */
    free(found.pem);
    probe_free(probe);
    take_down(&board);
    assert_int_equal(board.served, 2);
    /* Sequence 2, capabilities with SSL, and nobody's name without a password. */
    assert_true(board.login_size > 36 + 17);
    assert_int_equal(board.login[3], 2);
    assert_memory_equal(board.login + 36, "schemaguard-probe\0", 19);
}

static void expect_failure(struct cardboard *board, const char *ca, const char *host,
                           const char *words)
{
    struct sg_error error = {.status = SG_OK};
    struct tls_certificate found;
    put_up(board);
    struct probe *probe = new_probe(board->port, ca, host, board->stays_silent ? 500 : PATIENCE_MS);
    assert_int_equal(probe_certificate(probe, false, &found, &error), SG_SYSTEM);
    char where[32];
    (void)snprintf(where, sizeof(where), "%s:%u: ", host, board->port);
    assert_non_null(strstr(error.message, where));
    if (!strstr(error.message, words))
        fail_msg("\"%s\" lacks \"%s\"", error.message, words);
    probe_free(probe);
    take_down(board);
}

static void every_failure_is_told(void **state)
{
    (void)state;
    const struct sg_slice good = {good_greeting, sizeof(good_greeting) - 1};
    const char *ca = certificates.ca;
    expect_failure(&(struct cardboard){.greeting = good, .speaks_tls = true}, certificates.other_ca,
                   "127.0.0.1", "not signed by a trusted CA");
    expect_failure(&(struct cardboard){.greeting = good, .speaks_tls = true}, ca, "localhost",
                   "is not made out to localhost");
    expect_failure(&(struct cardboard){.greeting = {plain_greeting, sizeof(plain_greeting) - 1}},
                   ca, "127.0.0.1", "offers no TLS");
    expect_failure(&(struct cardboard){.greeting = {full_greeting, sizeof(full_greeting) - 1}}, ca,
                   "127.0.0.1", "Too many connections");
    expect_failure(
        &(struct cardboard){.greeting = SG_SLICE_LITERAL("HTTP/1.1 400 Bad Request\r\n")}, ca,
        "127.0.0.1", "is no MySQL server");
    expect_failure(&(struct cardboard){.greeting = SG_SLICE_LITERAL("\x05\x00\x00\x00\x09hold")},
                   ca, "127.0.0.1", "is no MySQL server");
    expect_failure(&(struct cardboard){.greeting = SG_SLICE_EMPTY}, ca, "127.0.0.1", "closed");
    expect_failure(&(struct cardboard){.greeting = SG_SLICE_LITERAL("\x2c\x00\x00")}, ca,
                   "127.0.0.1", "closed");
    expect_failure(&(struct cardboard){.greeting = good}, ca, "127.0.0.1", "");
    expect_failure(&(struct cardboard){.stays_silent = true}, ca, "127.0.0.1",
                   "no answer within the time limit");
}

static void nobody_at_home_is_told(void **state)
{
    (void)state;
    struct sg_error error = {.status = SG_OK};
    struct tls_certificate found;
    uint16_t port;
    (void)close(sockets_listen(&port, 1));
    struct probe *probe = new_probe(port, certificates.ca, "127.0.0.1", PATIENCE_MS);
    assert_int_equal(probe_certificate(probe, false, &found, &error), SG_SYSTEM);
    assert_non_null(strstr(error.message, "Connection refused"));
    probe_free(probe);
    probe_free(NULL);
}

static int make(void **state)
{
    struct sg_error error = {.status = SG_OK};
    (void)state;
    (void)signal(SIGPIPE, SIG_IGN);
    certificates_make(&certificates);
    server_context = tls_context_new_server(
        &(struct tls_server_options){.certificate_files =
                                         (const char *const[]){certificates.server},
                                     .key_files = (const char *const[]){certificates.server_key},
                                     .certificate_count = 1},
        &error);
    return server_context ? 0 : -1;
}

static int unmake(void **state)
{
    (void)state;
    tls_context_release(server_context);
    certificates_remove(&certificates);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_certificate_is_found_once_and_a_login_made),
        cmocka_unit_test(every_failure_is_told),
        cmocka_unit_test(nobody_at_home_is_told),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
