/* TLS inside a stream: both ends are streams on one loop, or the peer sends what it should not. */
#include "stream_log.h"

#include "certificates.h"

static struct certificates certificates;
static struct tls_context *server_context;
static struct tls_context *client_context;

static struct tls_context *new_client_context(const char *ca)
{
    struct sg_error error = {.status = SG_OK};
    struct tls_context *context = tls_context_new_client(
        &(struct tls_client_options){.verify = TLS_VERIFY_CA, .ca_file = ca}, &error);
    assert_non_null(context);
    return context;
}

/* Two plain streams that face each other. */
static void open_both(struct log **server, struct log **client)
{
    int ends[2];
    sockets_tcp_pair(ends);
    struct log *logs[2];
    for (int i = 0; i < 2; i++) {
        logs[i] = new_log();
        struct accepted accepted = {.fd = ends[i]};
        assert_true(stream_accept(&logs[i]->stream, &accepted, NULL));
    }
    *server = logs[0];
    *client = logs[1];
}

static void secure_both(struct log *server, struct log *client)
{
    assert_true(stream_start_tls(&server->stream, server_context, NULL, SG_SLICE_EMPTY));
    assert_true(stream_start_tls(&client->stream, client_context, "db.example", SG_SLICE_EMPTY));
    TURN_UNTIL(server->count[SECURED] == 1 && client->count[SECURED] == 1);
}

static void a_stream_becomes_secure_and_carries_data(void **state)
{
    (void)state;
    struct log *server, *client;
    open_both(&server, &client);
    assert_null(stream_tls(&server->stream));
    secure_both(server, client);
    assert_non_null(stream_tls(&server->stream));
    assert_string_equal(tls_version(stream_tls(&client->stream)), "TLSv1.3");
    assert_int_equal(stream_write(&client->stream, SG_SLICE_LITERAL("login")), STREAM_WRITTEN);
    assert_int_equal(
        stream_write2(&client->stream, SG_SLICE_LITERAL(" and "), SG_SLICE_LITERAL("password")),
        STREAM_WRITTEN);
    TURN_UNTIL(server->size == 18);
    assert_memory_equal(server->data, "login and password", 18);
    assert_int_equal(stream_write(&server->stream, SG_SLICE_LITERAL("ok")), STREAM_WRITTEN);
    TURN_UNTIL(client->size == 2);
    assert_null(server->stream.work);
    end_log(server);
    TURN_UNTIL(client->count[END] + client->count[FAILED] == 1);
    end_log(client);
}

static void the_bytes_behind_the_request_go_to_tls_alone(void **state)
{
    (void)state;
    /* A whole hello that had arrived already, cut anywhere. */
    struct tls *peer = tls_new(client_context, "db.example");
    uint8_t hello[4096];
    struct tls_sink sink = {.data = hello, .capacity = sizeof(hello)};
    struct sg_slice nothing = SG_SLICE_EMPTY;
    assert_int_equal(tls_handshake(peer, &nothing, &sink), TLS_AGAIN);
    for (size_t cut = 0; cut <= sink.size; cut += 13) {
        int fd;
        struct log *log = open_log(true, &fd);
        assert_true(
            stream_start_tls(&log->stream, server_context, NULL, sg_slice_make(hello, cut)));
        put(fd, hello + cut, sink.size - cut);
        uint8_t answer[5];
        TURN_UNTIL(recv(fd, answer, sizeof(answer), 0) == 5);
        assert_int_equal(answer[0], 22); /* a handshake record */
        assert_int_equal(log->count[DATA], 0);
        end_log(log);
        (void)close(fd);
    }
    tls_free(peer);
    /* And clear text, which must never be read as data: at once, and later. */
    int fd;
    struct log *log = open_log(true, &fd);
    assert_false(stream_start_tls(&log->stream, server_context, NULL,
                                  SG_SLICE_LITERAL("\x20\x00\x00\x01injected login")));
    assert_int_equal(stream_failure(&log->stream), STREAM_FAILURE_TLS);
    assert_non_null(strstr(stream_error(&log->stream), "not TLS"));
    put(fd, "more", 4);
    turn_a_while();
    assert_int_equal(log->count[FAILED] + log->count[DATA], 0); /* told by the return value */
    end_log(log);
    (void)close(fd);
    log = open_log(true, &fd);
    assert_true(stream_start_tls(&log->stream, server_context, NULL, SG_SLICE_EMPTY));
    put(fd, "\x20\x00\x00\x01injected login", 18);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_int_equal(log->failure, STREAM_FAILURE_TLS);
    assert_int_equal(log->count[DATA] + log->count[SECURED], 0);
    end_log(log);
    (void)close(fd);
}

/* Bulk in one direction, the reader paused every now and then. */
static void bulk_is_held_back_by_a_slow_reader(void **state)
{
    (void)state;
    for (int up = 0; up < 2; up++) {
        struct log *server, *client;
        open_both(&server, &client);
        secure_both(server, client);
        struct log *from = up ? client : server;
        struct log *to = up ? server : client;
        const size_t size = 8u << 20;
        uint8_t *bytes = fill(size);
        size_t sent = 0;
        unsigned fulls = 0;
        while (sent < size) {
            size_t piece = size - sent < 100001 ? size - sent : 100001;
            stream_pause(&to->stream);
            enum stream_written written =
                stream_write(&from->stream, sg_slice_make(bytes + sent, piece));
            assert_int_not_equal(written, STREAM_BROKEN);
            sent += piece;
            if (written != STREAM_FULL)
                continue;
            fulls++;
            assert_true(stream_queued(&from->stream) < 300000);
            unsigned drained = from->count[DRAINED];
            turn();
            stream_resume(&to->stream);
            TURN_UNTIL(from->count[DRAINED] == drained + 1);
        }
        stream_resume(&to->stream);
        TURN_UNTIL(to->size == size);
        assert_true(fulls > 0);
        assert_memory_equal(to->data, bytes, size);
        free(bytes);
        end_log(from);
        end_log(to);
    }
}

static void the_peer_is_told_the_end_inside_tls(void **state)
{
    (void)state;
    struct log *server, *client;
    open_both(&server, &client);
    secure_both(server, client);
    assert_int_equal(stream_write(&server->stream, SG_SLICE_LITERAL("last words")), STREAM_WRITTEN);
    stream_finish(&server->stream, 5000);
    TURN_UNTIL(client->count[END] == 1);
    assert_int_equal(client->size, 10);
    assert_int_equal(client->count[FAILED], 0);
    stream_finish(&client->stream, 5000);
    TURN_UNTIL(client->count[CLOSED] == 1 && server->count[CLOSED] == 1);
    end_log(server);
    end_log(client);
}

static void a_refused_certificate_is_told_on_both_sides(void **state)
{
    (void)state;
    struct tls_context *mistrustful = new_client_context(certificates.other_ca);
    struct log *server, *client;
    open_both(&server, &client);
    assert_true(stream_start_tls(&server->stream, server_context, NULL, SG_SLICE_EMPTY));
    assert_true(stream_start_tls(&client->stream, mistrustful, "db.example", SG_SLICE_EMPTY));
    TURN_UNTIL(client->count[FAILED] == 1);
    assert_int_equal(client->failure, STREAM_FAILURE_TLS);
    assert_non_null(strstr(client->error, "not signed by a trusted CA"));
    stream_finish(&client->stream, 5000); /* the alert goes out first */
    TURN_UNTIL(server->count[FAILED] == 1);
    assert_non_null(strstr(server->error, "the client does not accept our certificate"));
    end_log(server);
    TURN_UNTIL(client->count[CLOSED] == 1);
    end_log(client);
    tls_context_release(mistrustful);
}

static void a_peer_that_leaves_in_mid_handshake_is_told(void **state)
{
    (void)state;
    int fd;
    struct log *log = open_log(true, &fd);
    assert_true(stream_start_tls(&log->stream, server_context, NULL, SG_SLICE_EMPTY));
    (void)close(fd);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_string_equal(log->error, "TLS handshake: the peer closed the connection");
    end_log(log);
}

static void close_works_at_every_moment_of_a_handshake(void **state)
{
    (void)state;
    for (int turns = 0; turns < 8; turns++) {
        struct log *server, *client;
        open_both(&server, &client);
        if (turns % 2)
            server->closes_in = SECURED;
        else
            client->finishes_in = SECURED;
        assert_true(stream_start_tls(&server->stream, server_context, NULL, SG_SLICE_EMPTY));
        assert_int_equal(stream_write(&server->stream, SG_SLICE_LITERAL("early")), STREAM_BROKEN);
        assert_true(stream_start_tls(&client->stream, client_context, NULL, SG_SLICE_EMPTY));
        for (int i = 0; i < turns; i++)
            turn();
        if (turns % 3 == 0)
            stream_finish(&client->stream, 100);
        if (turns % 3 == 1)
            stream_close(&server->stream);
        turn_a_while();
        end_log(server);
        end_log(client);
    }
}

static void a_tampered_record_fails_the_stream(void **state)
{
    (void)state;
    int fd;
    struct log *log = open_log(true, &fd);
    struct tls *peer = tls_new(client_context, NULL);
    uint8_t bytes[32768];
    struct tls_sink sink = {.data = bytes, .capacity = sizeof(bytes)};
    struct sg_slice input = SG_SLICE_EMPTY;
    assert_true(stream_start_tls(&log->stream, server_context, NULL, SG_SLICE_EMPTY));
    uint8_t arrived[16384];
    while (tls_handshake(peer, &input, &sink) == TLS_AGAIN) {
        put(fd, bytes, sink.size);
        sink.size = 0;
        ssize_t size = -1;
        TURN_UNTIL((size = recv(fd, arrived, sizeof(arrived), 0)) > 0);
        input = sg_slice_make(arrived, (size_t)size);
    }
    struct sg_slice good = SG_SLICE_LITERAL("good");
    struct sg_slice bad = SG_SLICE_LITERAL("bad");
    assert_int_equal(tls_write(peer, &good, &sink), TLS_OK);
    size_t kept = sink.size;
    assert_int_equal(tls_write(peer, &bad, &sink), TLS_OK);
    bytes[kept + 8] ^= 1;
    put(fd, bytes, sink.size);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_int_equal(log->failure, STREAM_FAILURE_TLS);
    assert_int_equal(log->size, 4); /* what came before is good */
    end_log(log);
    tls_free(peer);
    (void)close(fd);
}

static int make(void **state)
{
    struct sg_error error = {.status = SG_OK};
    certificates_make(&certificates);
    server_context = tls_context_new_server(
        &(struct tls_server_options){.certificate_files =
                                         (const char *const[]){certificates.server},
                                     .key_files = (const char *const[]){certificates.server_key},
                                     .certificate_count = 1},
        &error);
    client_context = new_client_context(certificates.ca);
    return server_context ? make_worker(state) : -1;
}

static int unmake(void **state)
{
    tls_context_release(server_context);
    tls_context_release(client_context);
    certificates_remove(&certificates);
    return free_worker(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_becomes_secure_and_carries_data),
        cmocka_unit_test(the_bytes_behind_the_request_go_to_tls_alone),
        cmocka_unit_test(bulk_is_held_back_by_a_slow_reader),
        cmocka_unit_test(the_peer_is_told_the_end_inside_tls),
        cmocka_unit_test(a_refused_certificate_is_told_on_both_sides),
        cmocka_unit_test(a_peer_that_leaves_in_mid_handshake_is_told),
        cmocka_unit_test(close_works_at_every_moment_of_a_handshake),
        cmocka_unit_test(a_tampered_record_fails_the_stream),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
