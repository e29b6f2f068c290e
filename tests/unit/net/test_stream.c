/* A stream on a loop that the test turns by hand; its peer is a raw descriptor in the same thread.
 */
#include "endpoint_at.h"
#include "stream_log.h"

/* --- reading --------------------------------------------------------------------------------- */

static void data_arrives_once_it_is_wanted(void **state)
{
    (void)state;
    for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
        int peer;
        struct log *log = open_log(is_tcp, &peer);
        put(peer, "hello", 5);
        turn_a_while();
        assert_int_equal(log->count[DATA], 0); /* a stream starts paused */
        stream_resume(&log->stream);
        stream_resume(&log->stream);
        TURN_UNTIL(log->size == 5);
        assert_memory_equal(log->data, "hello", 5);
        assert_null(log->stream.work);
        stream_pause(&log->stream);
        stream_pause(&log->stream);
        put(peer, "more", 4);
        turn_a_while();
        assert_int_equal(log->size, 5);
        stream_resume(&log->stream);
        TURN_UNTIL(log->size == 9);
        log->pauses = true;
        put(peer, "x", 1);
        TURN_UNTIL(log->size == 10);
        put(peer, "y", 1);
        turn_a_while();
        assert_int_equal(log->size, 10);
        end_log(log);
        (void)close(peer);
    }
}

static void the_end_is_told_once_and_writing_goes_on(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    stream_resume(&log->stream);
    put(peer, "bye", 3);
    (void)shutdown(peer, SHUT_WR);
    TURN_UNTIL(log->count[END] == 1);
    assert_int_equal(log->size, 3);
    assert_int_equal(stream_write(&log->stream, SG_SLICE_LITERAL("answer")), STREAM_WRITTEN);
    char answer[16];
    TURN_UNTIL(recv(peer, answer, sizeof(answer), MSG_PEEK) == 6);
    stream_resume(&log->stream);
    turn_a_while();
    end_log(log);
    (void)close(peer);
}

static void a_reset_is_a_failure(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    stream_resume(&log->stream);
    turn_a_while();
    sockets_close_rudely(peer);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_int_equal(log->failure, STREAM_FAILURE_RESET);
    assert_string_equal(log->error, "connection reset by peer");
    assert_int_equal(log->count[END], 0);
    end_log(log);
}

/* --- writing --------------------------------------------------------------------------------- */

/* Where the answer is of no interest. */
static void write_somehow(struct stream *stream, struct sg_slice bytes)
{
    enum stream_written written = stream_write(stream, bytes);
    assert_int_not_equal(written, STREAM_BROKEN);
}

static void small_writes_go_out_at_once_without_memory(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    char bytes[32];
    assert_int_equal(stream_write(&log->stream, SG_SLICE_LITERAL("one")), STREAM_WRITTEN);
    assert_int_equal(
        stream_write2(&log->stream, SG_SLICE_LITERAL("two"), SG_SLICE_LITERAL("three")),
        STREAM_WRITTEN);
    assert_int_equal(stream_write2(&log->stream, SG_SLICE_EMPTY, SG_SLICE_LITERAL("4")),
                     STREAM_WRITTEN);
    assert_int_equal(stream_write2(&log->stream, SG_SLICE_EMPTY, SG_SLICE_EMPTY), STREAM_WRITTEN);
    assert_null(log->stream.work);
    TURN_UNTIL(recv(peer, bytes, sizeof(bytes), MSG_PEEK) == 12);
    assert_memory_equal(bytes, "onetwothree4", 12);
    end_log(log);
    (void)close(peer);
}

/* Writes as long as it is told to go on; returns how much that was. */
static size_t write_until_full(struct log *log, const uint8_t *bytes, size_t size, size_t piece)
{
    size_t at = 0;
    while (at < size) {
        size_t now = piece < size - at ? piece : size - at;
        size_t first = now / 3;
        enum stream_written written = stream_write2(&log->stream, sg_slice_make(bytes + at, first),
                                                    sg_slice_make(bytes + at + first, now - first));
        assert_int_not_equal(written, STREAM_BROKEN);
        at += now;
        if (written == STREAM_FULL)
            return at;
    }
    return at;
}

static void a_slow_reader_holds_the_writer_and_loses_nothing(void **state)
{
    (void)state;
    for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
        int peer;
        struct log *log = open_log(is_tcp, &peer);
        const size_t size = 16u << 20;
        uint8_t *bytes = fill(size);
        size_t sent = 0;
        size_t got = 0;
        unsigned waits = 0;
        while (sent < size) {
            sent += write_until_full(log, bytes + sent, size - sent, 1 + 30011 * (waits % 9));
            assert_true(stream_queued(&log->stream) <= 64 * 1024 + 300000);
            if (stream_queued(&log->stream) < 64 * 1024)
                continue;
            waits++;
            unsigned drained = log->count[DRAINED];
            turn_a_while(); /* nobody reads, but the kernel may take some more */
            assert_true(log->count[DRAINED] == drained || stream_queued(&log->stream) <= 16384);
            TURN_UNTIL((take_pattern(peer, &got), log->count[DRAINED] == drained + 1));
        }
        TURN_UNTIL((take_pattern(peer, &got), got == size));
        assert_true(waits > 0);
        turn_a_while();
        assert_null(log->stream.work); /* given back when the queue is empty */
        free(bytes);
        end_log(log);
        (void)close(peer);
    }
}

static void the_queue_has_a_bound(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(false, &peer);
    stream_resume(&log->stream);
    uint8_t *bytes = fill(1u << 20);
    enum stream_written written = STREAM_WRITTEN;
    int writes = 0;
    while (written != STREAM_BROKEN && writes++ < 100)
        written = stream_write(&log->stream, sg_slice_make(bytes, 1u << 20));
    assert_true(writes >= 4 && writes < 20);
    assert_int_equal(stream_failure(&log->stream), STREAM_FAILURE_QUEUE);
    assert_non_null(strstr(stream_error(&log->stream), "reads too slowly"));
    assert_int_equal(stream_write(&log->stream, SG_SLICE_LITERAL("x")), STREAM_BROKEN);
    free(bytes);
    end_log(log);
    (void)close(peer);
}

static void what_the_peer_said_before_it_left_still_arrives(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    stream_resume(&log->stream);
    put(peer, "ERR 1153", 8);
    (void)close(peer); /* in order, but with nobody to read what we write */
    uint8_t *bytes = fill(1u << 20);
    enum stream_written written = STREAM_WRITTEN;
    for (int i = 0; i < 100 && written != STREAM_BROKEN; i++)
        written = stream_write(&log->stream, sg_slice_make(bytes, 65536));
    assert_int_equal(written, STREAM_BROKEN);
    TURN_UNTIL(log->count[END] + log->count[FAILED] > 0);
    assert_int_equal(log->size, 8);
    assert_memory_equal(log->data, "ERR 1153", 8);
    free(bytes);
    end_log(log);
}

/* The same while bytes are queued: the failure of the write alone is not told. */
static void a_queue_that_breaks_lets_the_last_words_through(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    uint8_t *bytes = fill(3u << 20);
    write_somehow(&log->stream, sg_slice_make(bytes, 3u << 20));
    assert_true(stream_queued(&log->stream) > 0);
    stream_resume(&log->stream);
    put(peer, "ERR 1153", 8);
    (void)close(peer); /* unread bytes: a reset */
    TURN_UNTIL(log->count[END] + log->count[FAILED] > 0);
    assert_true(log->size == 8 || log->failure == STREAM_FAILURE_RESET);
    free(bytes);
    end_log(log);
}

static void a_broken_queue_is_told_to_a_paused_owner(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    uint8_t *bytes = fill(3u << 20);
    write_somehow(&log->stream, sg_slice_make(bytes, 3u << 20));
    sockets_close_rudely(peer);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_int_equal(log->failure, STREAM_FAILURE_RESET);
    free(bytes);
    end_log(log);
}

/* --- ends ------------------------------------------------------------------------------------ */

static void finish_sends_the_queue_and_waits_for_the_peer(void **state)
{
    (void)state;
    for (int is_tcp = 0; is_tcp < 2; is_tcp++) {
        int peer;
        struct log *log = open_log(is_tcp, &peer);
        const size_t size = 3u << 20;
        uint8_t *bytes = fill(size);
        size_t got = 0;
        write_somehow(&log->stream, sg_slice_make(bytes, size));
        stream_finish(&log->stream, 10000);
        stream_finish(&log->stream, 10000);
        assert_true(stream_is_closing(&log->stream));
        assert_int_equal(stream_write(&log->stream, SG_SLICE_LITERAL("x")), STREAM_BROKEN);
        put(peer, "unwanted", 8);
        TURN_UNTIL((take_pattern(peer, &got), got == size));
        TURN_UNTIL(is_ended(peer));
        turn_a_while();
        assert_int_equal(log->count[CLOSED], 0); /* waits for our end */
        (void)close(peer);
        TURN_UNTIL(log->count[CLOSED] == 1);
        assert_int_equal(log->count[DATA] + log->count[DRAINED] + log->count[END], 0);
        free(bytes);
        end_log(log);
    }
}

static void finish_with_unread_bytes_does_not_reset(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    uint8_t *bytes = fill(200000);
    (void)send(peer, bytes, 200000, MSG_NOSIGNAL);
    assert_int_equal(stream_write(&log->stream, SG_SLICE_LITERAL("go away")), STREAM_WRITTEN);
    stream_finish(&log->stream, 5000);
    char words[32];
    TURN_UNTIL(recv(peer, words, sizeof(words), 0) == 7);
    ssize_t last;
    TURN_UNTIL((last = recv(peer, words, sizeof(words), 0)) >= 0 || errno != EAGAIN);
    assert_int_equal(last, 0); /* an end, no ECONNRESET */
    (void)close(peer);
    TURN_UNTIL(log->count[CLOSED] == 1);
    free(bytes);
    end_log(log);
}

static void finish_ends_at_its_deadline(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    stream_finish(&log->stream, 100);
    TURN_UNTIL(log->count[CLOSED] == 1);
    end_log(log);
    (void)close(peer);
    /* And with a queue that nobody reads. */
    log = open_log(true, &peer);
    uint8_t *bytes = fill(3u << 20);
    write_somehow(&log->stream, sg_slice_make(bytes, 3u << 20));
    stream_finish(&log->stream, 100);
    TURN_UNTIL(log->count[CLOSED] == 1);
    free(bytes);
    end_log(log);
    (void)close(peer);
}

static void finish_after_the_peer_s_end_is_quick(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    stream_resume(&log->stream);
    (void)shutdown(peer, SHUT_WR);
    TURN_UNTIL(log->count[END] == 1);
    write_somehow(&log->stream, SG_SLICE_LITERAL("bye"));
    stream_finish(&log->stream, 3600 * 1000);
    TURN_UNTIL(log->count[CLOSED] == 1);
    char words[8];
    TURN_UNTIL(recv(peer, words, sizeof(words), 0) == 3);
    end_log(log);
    (void)close(peer);
}

static void a_half_close_follows_the_queue_and_reading_goes_on(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    const size_t size = 3u << 20;
    uint8_t *bytes = fill(size);
    size_t got = 0;
    stream_resume(&log->stream);
    write_somehow(&log->stream, sg_slice_make(bytes, size));
    stream_shutdown(&log->stream);
    stream_shutdown(&log->stream);
    assert_int_equal(stream_write(&log->stream, SG_SLICE_LITERAL("x")), STREAM_BROKEN);
    TURN_UNTIL((take_pattern(peer, &got), is_ended(peer)));
    assert_int_equal(got, size);
    put(peer, "still here", 10);
    TURN_UNTIL(log->size == 10);
    (void)close(peer);
    TURN_UNTIL(log->count[END] == 1);
    free(bytes);
    end_log(log);
}

static void close_works_in_every_event(void **state)
{
    (void)state;
    static const enum happening in[] = {DATA, DRAINED, END, FAILED};
    for (int polite = 0; polite < 2; polite++) {
        for (size_t i = 0; i < sizeof(in) / sizeof(in[0]); i++) {
            int peer;
            struct log *log = open_log(true, &peer);
            uint8_t *bytes = fill(3u << 20);
            size_t got = 0;
            *(polite ? &log->finishes_in : &log->closes_in) = in[i];
            stream_resume(&log->stream);
            turn_a_while();
            if (in[i] == DATA)
                put(peer, "x", 1);
            if (in[i] == END)
                (void)shutdown(peer, SHUT_WR);
            if (in[i] == FAILED)
                sockets_close_rudely(peer);
            if (in[i] == DRAINED)
                assert_int_equal(stream_write(&log->stream, sg_slice_make(bytes, 3u << 20)),
                                 STREAM_FULL);
            TURN_UNTIL(((in[i] == DRAINED ? take_pattern(peer, &got) : 0), log->count[in[i]] == 1));
            turn_a_while();
            if (in[i] != FAILED)
                (void)close(peer);
            TURN_UNTIL(log->count[CLOSED] == 1);
            free(bytes);
            end_log(log);
        }
    }
}

static void close_drops_a_queue(void **state)
{
    (void)state;
    int peer;
    struct log *log = open_log(true, &peer);
    uint8_t *bytes = fill(3u << 20);
    write_somehow(&log->stream, sg_slice_make(bytes, 3u << 20));
    write_somehow(&log->stream, sg_slice_make(bytes, 10000));
    free(bytes);
    end_log(log);
    (void)close(peer);
}

/* --- connecting ------------------------------------------------------------------------------ */

static struct log *connect_log(const char *where, uint64_t timeout_ms)
{
    const struct endpoint endpoint = endpoint_at(where);
    struct sg_error error = {.status = SG_OK};
    struct log *log = new_log();
    assert_true(stream_connect(&log->stream, &endpoint, timeout_ms, &error));
    for (int i = 0; i < HAPPENINGS; i++)
        assert_int_equal(log->count[i], 0); /* nothing happens within the call */
    return log;
}

static char where[300];

static const char *at_port(const char *host, unsigned port)
{
    (void)snprintf(where, sizeof(where), "%s:%u", host, port);
    return where;
}

static void connects_to_addresses_names_and_paths(void **state)
{
    (void)state;
    uint16_t port;
    int listening = sockets_listen(&port, 16);
    for (int i = 0; i < 4; i++) { /* the name: looked up, then remembered */
        struct log *log = connect_log(at_port(i ? "localhost" : "127.0.0.1", port), 5000);
        TURN_UNTIL(log->count[CONNECTED] == 1);
        int peer = accept(listening, NULL, NULL);
        assert_true(peer >= 0);
        stream_resume(&log->stream);
        put(peer, "greeting", 8);
        TURN_UNTIL(log->size == 8);
        assert_null(log->stream.work);
        end_log(log);
        (void)close(peer);
    }
    (void)close(listening);

    struct sockaddr_un {
        sa_family_t family;
        char path[108];
    } address = {.family = AF_UNIX};
    (void)snprintf(address.path, sizeof(address.path), "/tmp/sg-test-stream-%d.sock", getpid());
    int local = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(local, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(local, 1), 0);
    struct log *log = connect_log(address.path, 5000);
    TURN_UNTIL(log->count[CONNECTED] == 1);
    end_log(log);
    (void)close(local);
    log = connect_log(address.path, 5000);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_int_equal(log->failure, STREAM_FAILURE_CONNECT);
    assert_non_null(strstr(log->error, address.path));
    assert_non_null(strstr(log->error, "connection refused"));
    end_log(log);
    (void)unlink(address.path);
    log = connect_log(address.path, 5000);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_non_null(strstr(log->error, "no such file"));
    end_log(log);
}

static void a_refusal_names_address_and_cause(void **state)
{
    (void)state;
    uint16_t port;
    (void)close(sockets_listen(&port, 1));
    struct log *log = connect_log(at_port("127.0.0.1", port), 5000);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_int_equal(log->failure, STREAM_FAILURE_CONNECT);
    (void)snprintf(where, sizeof(where), "127.0.0.1:%u: connection refused", port);
    assert_string_equal(log->error, where);
    end_log(log);
    log = connect_log(at_port("localhost", port), 5000);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_non_null(strstr(log->error, "localhost:"));
    assert_non_null(strstr(log->error, "1): connection refused")); /* 127.0.0.1 or ::1 */
    end_log(log);
}

static void a_name_without_address_is_told(void **state)
{
    (void)state;
    struct log *log = connect_log("no-such-host.invalid:3306", 4000);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_true(log->failure == STREAM_FAILURE_RESOLVE || log->failure == STREAM_FAILURE_TIMEOUT);
    assert_non_null(strstr(log->error, "no-such-host.invalid:3306: "));
    end_log(log);
}

/* A port whose backlog is full: the kernel drops what knocks. */
static int deaf_port(uint16_t *port, int fillers[8])
{
    int listening = sockets_listen(port, 0);
    for (int i = 0; i < 8; i++)
        fillers[i] = sockets_connect(*port, false);
    (void)usleep(20000);
    return listening;
}

static void silence_ends_at_the_time_limit(void **state)
{
    (void)state;
    uint16_t port;
    int fillers[8];
    int listening = deaf_port(&port, fillers);
    struct log *log = connect_log(at_port("127.0.0.1", port), 300);
    TURN_UNTIL(log->count[FAILED] == 1);
    assert_int_equal(log->failure, STREAM_FAILURE_TIMEOUT);
    assert_non_null(strstr(log->error, "no answer within the time limit"));
    end_log(log);
    log = connect_log(at_port("127.0.0.1", port), 60000); /* closed while it connects */
    turn_a_while();
    end_log(log);
    for (int i = 0; i < 8; i++)
        (void)close(fillers[i]);
    (void)close(listening);
}

static void close_works_at_every_moment_of_connecting(void **state)
{
    (void)state;
    uint16_t port;
    (void)close(sockets_listen(&port, 1));
    for (int turns = 0; turns < 6; turns++) {
        struct log *log = connect_log(at_port("127.0.0.1", port), 5000);
        for (int i = 0; i < turns; i++)
            turn();
        end_log(log);
        log = connect_log(at_port("localhost", port), 5000);
        for (int i = 0; i < turns; i++)
            turn();
        end_log(log);
        log = connect_log("no-such-host.invalid:1", 5000);
        for (int i = 0; i < turns; i++)
            turn();
        end_log(log);
        log = connect_log("/tmp/sg-no-such-socket", 5000);
        log->closes_in = FAILED;
        for (int i = 0; i < turns; i++)
            turn();
        if (turns % 2)
            stream_finish(&log->stream, 1000);
        end_log(log);
    }
}

static void a_stream_that_was_never_opened_needs_no_end(void **state)
{
    (void)state;
    struct log *log = new_log();
    stream_close(&log->stream);
    stream_finish(&log->stream, 10);
    stream_pause(&log->stream);
    stream_resume(&log->stream);
    turn_a_while();
    assert_int_equal(log->count[CLOSED], 0);
    assert_true(stream_is_closing(&log->stream));
    end_log(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_arrives_once_it_is_wanted),
        cmocka_unit_test(the_end_is_told_once_and_writing_goes_on),
        cmocka_unit_test(a_reset_is_a_failure),
        cmocka_unit_test(small_writes_go_out_at_once_without_memory),
        cmocka_unit_test(a_slow_reader_holds_the_writer_and_loses_nothing),
        cmocka_unit_test(the_queue_has_a_bound),
        cmocka_unit_test(what_the_peer_said_before_it_left_still_arrives),
        cmocka_unit_test(a_queue_that_breaks_lets_the_last_words_through),
        cmocka_unit_test(a_broken_queue_is_told_to_a_paused_owner),
        cmocka_unit_test(finish_sends_the_queue_and_waits_for_the_peer),
        cmocka_unit_test(finish_with_unread_bytes_does_not_reset),
        cmocka_unit_test(finish_ends_at_its_deadline),
        cmocka_unit_test(finish_after_the_peer_s_end_is_quick),
        cmocka_unit_test(a_half_close_follows_the_queue_and_reading_goes_on),
        cmocka_unit_test(close_works_in_every_event),
        cmocka_unit_test(close_drops_a_queue),
        cmocka_unit_test(connects_to_addresses_names_and_paths),
        cmocka_unit_test(a_refusal_names_address_and_cause),
        cmocka_unit_test(a_name_without_address_is_told),
        cmocka_unit_test(silence_ends_at_the_time_limit),
        cmocka_unit_test(close_works_at_every_moment_of_connecting),
        cmocka_unit_test(a_stream_that_was_never_opened_needs_no_end),
    };
    return cmocka_run_group_tests(tests, make_worker, free_worker);
}
