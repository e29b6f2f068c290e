/* The answer tracker against recorded answers of real servers, cut in every way, and against what
 * no recording holds: packets of 16 MiB, sequence ids that wrap, servers that say nonsense.
 */
#include "wire/response.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation.h"
#include "wire/auth.h"
#include "wire/packet.h"

/* --- a relay without sockets --------------------------------------------------------------------
 */

#define TRANSCRIPT_MAX 65536

struct replay {
    size_t (*next_cut)(size_t left); /* how the server's bytes are cut */
    struct wire_response r;
    bool busy;   /* r is in the middle of an answer */
    bool queued; /* a command was sent behind one whose answer has not ended */
    enum wire_answer queued_answer;
    void (*on_result)(struct replay *); /* looks at each result; may be NULL */
    bool auth;                          /* COM_CHANGE_USER: packets are looked at one by one */
    const struct conversation *c;
    char transcript[TRANSCRIPT_MAX];
    size_t size;
};

static void say(struct replay *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct replay *p, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    p->size +=
        (size_t)vsnprintf(p->transcript + p->size, TRANSCRIPT_MAX - p->size, format, arguments);
    va_end(arguments);
    assert_true(p->size < TRANSCRIPT_MAX - 1);
}

static void say_result(struct replay *p, bool more)
{
    struct wire_err err;
    struct wire_ok ok;
    const char *tail = more ? " more" : "";

    if (p->on_result != NULL)
        p->on_result(p);
    switch (p->r.outcome) {
    case WIRE_OUTCOME_OK:
        assert_true(wire_response_ok(&p->r, &ok));
        assert_int_equal(ok.status, p->r.status);
        say(p, "ok%s\n", tail);
        break;
    case WIRE_OUTCOME_ROWS:
        assert_true(wire_response_ok(&p->r, &ok));
        if (p->r.answer == WIRE_ANSWER_EXECUTE && p->r.status & WIRE_STATUS_CURSOR_EXISTS)
            tail = " cursor";
        say(p, "rows%s\n", tail);
        break;
    case WIRE_OUTCOME_ERR:
        assert_true(wire_response_err(&p->r, &err));
        assert_int_equal(err.number, p->r.error_number);
        assert_true(err.message.size > 0);
        say(p, "err %u\n", err.number);
        break;
    case WIRE_OUTCOME_PREPARED:
        say(p, "prepared %u %u\n", p->r.parameters, p->r.columns);
        break;
    case WIRE_OUTCOME_TEXT:
        assert_true(p->r.packet.size > 0 && p->r.packet.data[0] == 'U');
        say(p, "text\n");
        break;
    case WIRE_OUTCOME_NONE:
        fail_msg("a result without an outcome");
    }
}

/* Reacts as the session would. */
static void on_progress(struct replay *p, enum wire_progress progress)
{
    switch (progress) {
    case WIRE_PROGRESS_MORE:
        break;
    case WIRE_PROGRESS_RESULT:
        say_result(p, true);
        break;
    case WIRE_PROGRESS_DONE:
        say_result(p, false);
        wire_response_fini(&p->r);
        p->busy = false;
        break;
    case WIRE_PROGRESS_INFILE:
        say(p, "infile\n");
        break;
    case WIRE_PROGRESS_STREAM:
        say(p, "stream\n");
        break;
    case WIRE_PROGRESS_UNEXPECTED:
        say(p, "unexpected %u\n", p->r.unexpected_sequence);
        if (!p->queued || !wire_response_resume(&p->r, p->queued_answer, p->c->effective, 0))
            fail_msg("%s: cannot resume after:\n%s", p->c->name, p->transcript);
        p->queued = false;
        break;
    case WIRE_PROGRESS_LOST:
        fail_msg("%s: lost after:\n%s", p->c->name, p->transcript);
    }
}

static void feed_piece(struct replay *p, const uint8_t *bytes, size_t size)
{
    size_t done = 0;

    while (done < size) {
        uint8_t *piece = conversation_copy(bytes + done, size - done);
        enum wire_progress progress;
        size_t taken;

        assert_true(p->busy);
        taken = wire_response_feed(&p->r, piece, size - done, &progress);
        assert_true(taken > 0 && taken <= size - done);
        if (progress == WIRE_PROGRESS_MORE)
            assert_int_equal(taken, size - done);
        on_progress(p, progress);
        free(piece);
        done += taken;
    }
}

static void feed_auth(struct replay *p, const uint8_t *bytes, size_t size)
{
    struct wire_packet packet;
    struct wire_err err;

    while (size > 0) {
        assert_int_equal(wire_packet_take(bytes, size, 1 << 16, &packet), WIRE_TAKE_PACKET);
        bytes += packet.whole.size;
        size -= packet.whole.size;
        if (wire_auth_classify(packet.payload) != WIRE_AUTH_ERR)
            continue;
        assert_true(wire_err_parse(packet.payload, &err));
        say(p, "err %u\n", err.number);
        p->auth = false;
    }
}

static void on_server(struct replay *p, const uint8_t *bytes, size_t size)
{
    if (p->auth) {
        feed_auth(p, bytes, size);
        return;
    }
    for (size_t done = 0; done < size;) {
        size_t cut = p->next_cut(size - done);

        feed_piece(p, bytes + done, cut);
        done += cut;
    }
}

static void on_client(struct replay *p, const struct conversation_line *line)
{
    struct sg_slice payload = sg_slice_make(line->bytes + 4, line->size - 4);
    enum wire_answer answer = wire_answer_of(payload, p->c->flavour);

    if (p->auth)
        return;
    if (p->busy && line->bytes[3] > 0) { /* a file packet of LOCAL INFILE */
        if (payload.size == 0)
            wire_response_infile_done(&p->r, line->bytes[3]);
        return;
    }
    if (p->busy) {
        p->queued = true;
        p->queued_answer = answer;
        return;
    }
    if (answer == WIRE_ANSWER_NONE) {
        say(p, "none\n");
        return;
    }
    if (answer == WIRE_ANSWER_AUTH) {
        p->auth = true;
        return;
    }
    wire_response_begin(&p->r, answer, p->c->effective, line->bytes[3]);
    assert_true(wire_response_untouched(&p->r));
    p->busy = true;
}

static void expect_recorded(const struct replay *p)
{
    const char *at = p->transcript;

    for (size_t i = 0; i < p->c->count; i++) {
        const struct conversation_line *line = &p->c->lines[i];
        size_t size = strcspn(at, "\n");

        if (line->kind != '=')
            continue;
        if (size != line->size - 1 || memcmp(at, line->bytes, size) != 0)
            fail_msg("%s: expected `%s`, got `%.*s`; all:\n%s", p->c->name,
                     (const char *)line->bytes, (int)size, at, p->transcript);
        at += size + (at[size] == '\n');
    }
    if (*at != '\0')
        fail_msg("%s: more than expected: %s", p->c->name, at);
}

static struct replay *replay_start(const struct conversation *c, size_t (*next_cut)(size_t left))
{
    struct replay *p = calloc(1, sizeof *p);

    assert_non_null(p);
    p->next_cut = next_cut;
    p->c = c;
    return p;
}

static void replay_free(struct replay *p)
{
    wire_response_fini(&p->r);
    free(p);
}

/* The server's packets between two of the client's are one run of bytes: cuts know no packet. */
static void replay_run(struct replay *p)
{
    uint8_t *run = NULL;
    size_t size = 0;

    for (size_t i = 0; i <= p->c->count; i++) {
        const struct conversation_line *line = i < p->c->count ? &p->c->lines[i] : NULL;

        if (line != NULL && line->kind == '<') {
            run = realloc(run, size + line->size);
            assert_non_null(run);
            memcpy(run + size, line->bytes, line->size);
            size += line->size;
        } else if (line == NULL || line->kind == '>') {
            on_server(p, run, size);
            size = 0;
            if (line != NULL)
                on_client(p, line);
        }
    }
    free(run);
}

static void replay(const struct conversation *c, size_t (*next_cut)(size_t left))
{
    struct replay *p = replay_start(c, next_cut);

    replay_run(p);
    expect_recorded(p);
    replay_free(p);
}

static size_t cut_nowhere(size_t left)
{
    return left;
}

static size_t cut_everywhere(size_t left)
{
    (void)left;
    return 1;
}

static uint64_t dice_state = 1;

static uint32_t dice(void)
{
    dice_state = dice_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice_state >> 33);
}

static size_t cut_anywhere(size_t left)
{
    size_t most = dice() % 4 == 0 ? left : 12;
    size_t cut = 1 + dice() % most;

    return cut < left ? cut : left;
}

static void replay_whole(const struct conversation *c)
{
    replay(c, cut_nowhere);
}

static void replay_bytes(const struct conversation *c)
{
    replay(c, cut_everywhere);
}

static void replay_random(const struct conversation *c)
{
    for (int i = 0; i < 40; i++)
        replay(c, cut_anywhere);
}

static void recorded_answers_end_where_they_end(void **state)
{
    (void)state;
    assert_true(conversation_each("m", replay_whole) >= 40);
}

static void one_byte_at_a_time_gives_the_same(void **state)
{
    (void)state;
    conversation_each("m", replay_bytes);
}

static void any_cut_gives_the_same(void **state)
{
    (void)state;
    conversation_each("m", replay_random);
}

/* --- what answers say about the session ----------------------------------------------------------
 */

static void say_state(struct replay *p)
{
    struct wire_state_walk walk;
    struct wire_state_change change;
    struct wire_ok ok;

    if (!wire_response_ok(&p->r, &ok))
        return;
    walk = wire_state_begin(ok.state);
    while (wire_state_next(&walk, &change)) {
        if (change.kind == WIRE_STATE_DATABASE)
            say(p, "database=%.*s\n", (int)change.value.size, change.value.data);
        else if (change.kind == WIRE_STATE_VARIABLE)
            say(p, "%.*s=%.*s\n", (int)change.name.size, change.name.data, (int)change.value.size,
                change.value.data);
    }
    assert_false(wire_state_failed(&walk));
}

static void expect_said(const struct replay *p, const char *const *texts, size_t count)
{
    const char *at = p->transcript;

    for (size_t i = 0; i < count; i++) {
        at = strstr(at, texts[i]);
        if (at == NULL)
            fail_msg("%s: no `%s` in\n%s", p->c->name, texts[i], p->transcript);
        at += strlen(texts[i]);
    }
}

static void the_sessions_state_is_told(void **state)
{
    static const char *const files[] = {"mysql_session_deprecate_eof.txt",
                                        "mariadb_session_deprecate_eof.txt"};
    static const char *const texts[] = {"database=fleeting\n",  "database=\n",
                                        "database=talk\n",      "character_set_client=latin1\n",
                                        "sql_mode=ANSI_QUOTES", "sql_mode=\n"};

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct conversation c = conversation_load(files[i]);
        struct replay *p = replay_start(&c, cut_anywhere);

        p->on_result = say_state;
        replay_run(p);
        expect_said(p, texts, sizeof texts / sizeof texts[0]);
        replay_free(p);
        conversation_free(&c);
    }
}

/* --- answers that no recording holds ------------------------------------------------------------
 */

struct stream {
    uint8_t *bytes;
    size_t size;
    uint8_t sequence;
};

static void stream_add(struct stream *s, const void *bytes, size_t size)
{
    s->bytes = realloc(s->bytes, s->size + size);
    assert_non_null(s->bytes);
    if (size > 0)
        memcpy(s->bytes + s->size, bytes, size);
    s->size += size;
}

static void packet(struct stream *s, const void *payload, size_t size)
{
    uint8_t header[4];

    wire_header_write(header, (struct wire_header){(uint32_t)size, s->sequence++});
    stream_add(s, header, sizeof header);
    stream_add(s, payload, size);
}

#define PACKET(s, literal) packet((s), (literal), sizeof(literal) - 1)

#define DEFINITION "\3def\0\0\0\1a\0\x0c\x3f\0\1\0\0\0\x08\x81\0\0\0\0"
#define EOF_PLAIN  "\xfe\0\0\2\0"
#define OK_PLAIN   "\0\0\0\2\0\0\0"

/* `size` bytes as one frame, `first` in front. */
static void large_frame(struct stream *s, size_t size, uint8_t first)
{
    uint8_t *payload = calloc(1, size + 1);

    assert_non_null(payload);
    memset(payload, 0xFF, size); /* every continuation starts with what an ERR starts with */
    payload[0] = first;
    for (size_t done = 0;;) {
        size_t take = size - done < WIRE_PAYLOAD_MAX ? size - done : WIRE_PAYLOAD_MAX;

        packet(s, payload + done, take);
        done += take;
        if (take < WIRE_PAYLOAD_MAX)
            break;
    }
    free(payload);
}

static enum wire_progress feed_all(struct wire_response *r, const struct stream *s, size_t step,
                                   size_t *taken_out)
{
    enum wire_progress progress = WIRE_PROGRESS_MORE;
    size_t done = 0;

    while (done < s->size && progress == WIRE_PROGRESS_MORE) {
        size_t take = s->size - done < step ? s->size - done : step;

        done += wire_response_feed(r, s->bytes + done, take, &progress);
    }
    *taken_out = done;
    return progress;
}

/* Bytes of the stream that are this answer's, with the end that is expected. */
static void expect_end(struct stream *s, enum wire_answer answer, uint64_t effective, size_t size,
                       enum wire_progress end, enum wire_outcome outcome)
{
    static const size_t steps[] = {SIZE_MAX, 1, 3, 4, 5, 7, 65536};

    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct wire_response r;
        size_t taken;

        if (s->size > 1 << 20 && steps[i] < 5)
            continue; /* minutes under a sanitizer, and 5 cuts headers everywhere too */
        wire_response_begin(&r, answer, effective, 0);
        assert_int_equal(feed_all(&r, s, steps[i], &taken), end);
        assert_int_equal(taken, size);
        assert_int_equal(r.outcome, outcome);
        wire_response_fini(&r);
    }
    free(s->bytes);
}

static void rows_of_16_mib_span_packets(void **state)
{
    static const size_t sizes[] = {WIRE_PAYLOAD_MAX - 1, WIRE_PAYLOAD_MAX, WIRE_PAYLOAD_MAX + 1,
                                   2 * WIRE_PAYLOAD_MAX, 2 * WIRE_PAYLOAD_MAX + 5};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct stream s = {.sequence = 1};

        PACKET(&s, "\1");
        PACKET(&s, DEFINITION);
        PACKET(&s, EOF_PLAIN);
        /* FE in front: a value of 16 MiB and more; a packet shorter than that would be the end */
        large_frame(&s, sizes[i], sizes[i] < WIRE_PAYLOAD_MAX ? 0xFD : 0xFE);
        PACKET(&s, "\1x");
        PACKET(&s, EOF_PLAIN);
        size_t size = s.size;
        PACKET(&s, OK_PLAIN);
        expect_end(&s, WIRE_ANSWER_QUERY, 0, size, WIRE_PROGRESS_DONE, WIRE_OUTCOME_ROWS);
    }
}

static void ids_wrap_in_long_results(void **state)
{
    struct stream s = {.sequence = 1};

    (void)state;
    PACKET(&s, "\1");
    PACKET(&s, DEFINITION);
    for (int i = 0; i < 700; i++)
        PACKET(&s, "\1x");
    PACKET(&s, "\xfe\0\0\2\0\0\0");
    size_t size = s.size;
    expect_end(&s, WIRE_ANSWER_QUERY, WIRE_CLIENT_DEPRECATE_EOF, size, WIRE_PROGRESS_DONE,
               WIRE_OUTCOME_ROWS);
}

/* A statement of 5 packets is answered from id 5. */
static void answers_start_behind_the_commands_last_id(void **state)
{
    struct wire_response r;
    struct stream s = {.sequence = 5};
    size_t taken;

    (void)state;
    PACKET(&s, OK_PLAIN);
    wire_response_begin(&r, WIRE_ANSWER_QUERY, 0, 4);
    assert_int_equal(feed_all(&r, &s, 1, &taken), WIRE_PROGRESS_DONE);
    assert_int_equal(r.last_sequence, 5);
    wire_response_fini(&r);
    wire_response_begin(&r, WIRE_ANSWER_QUERY, 0, 0);
    assert_int_equal(feed_all(&r, &s, SIZE_MAX, &taken), WIRE_PROGRESS_UNEXPECTED);
    assert_int_equal(taken, 4);
    assert_int_equal(r.unexpected_sequence, 5);
    free(s.bytes);
}

static void an_error_may_come_after_rows(void **state)
{
    struct stream s = {.sequence = 1};

    (void)state;
    PACKET(&s, "\1");
    PACKET(&s, DEFINITION);
    PACKET(&s, EOF_PLAIN);
    PACKET(&s, "\1x");
    PACKET(&s, "\xff\x25\5#70100Query execution was interrupted");
    expect_end(&s, WIRE_ANSWER_QUERY, 0, s.size, WIRE_PROGRESS_DONE, WIRE_OUTCOME_ERR);
}

static void progress_reports_are_no_end(void **state)
{
    struct stream s = {.sequence = 1};

    (void)state;
    PACKET(&s, "\xff\xff\xff\1\1\1\0\0\0\5stage");
    PACKET(&s, "\1");
    PACKET(&s, "\xff\xff\xff\1\1\1\0\0\0\5stage");
    PACKET(&s, DEFINITION);
    PACKET(&s, EOF_PLAIN);
    PACKET(&s, "\xff\xff\xff\1\1\1\0\0\0\5stage");
    PACKET(&s, EOF_PLAIN);
    expect_end(&s, WIRE_ANSWER_QUERY, 0, s.size, WIRE_PROGRESS_DONE, WIRE_OUTCOME_ROWS);
}

static void a_stream_never_ends(void **state)
{
    struct stream s = {.sequence = 1};
    struct wire_response r;
    enum wire_progress progress;

    (void)state;
    PACKET(&s, "\0\0\0\0\0\4");
    PACKET(&s, OK_PLAIN);
    wire_response_begin(&r, WIRE_ANSWER_STREAM, 0, 0);
    for (size_t i = 0; i < s.size; i++) {
        assert_int_equal(wire_response_feed(&r, s.bytes + i, 1, &progress), 1);
        assert_int_equal(progress, i < 4 ? WIRE_PROGRESS_MORE : WIRE_PROGRESS_STREAM);
    }
    free(s.bytes);
}

static void the_servers_farewell_is_unexpected(void **state)
{
    struct stream s = {.sequence = 0};

    (void)state;
    PACKET(&s, "\xff\xbf\x0f#HY000The client was disconnected");
    expect_end(&s, WIRE_ANSWER_QUERY, 0, 4, WIRE_PROGRESS_UNEXPECTED, WIRE_OUTCOME_NONE);
}

/* What cannot be an answer: the tracker says so, takes everything, and goes on saying so. */
static void nonsense_is_lost_not_stalled(void **state)
{
    static const struct {
        enum wire_answer answer;
        const char *payload;
        size_t size;
    } cases[] = {
        {WIRE_ANSWER_QUERY, "", 0},
        {WIRE_ANSWER_QUERY, "\0", 1},
        {WIRE_ANSWER_QUERY, "\0\0\0\2", 4},
        {WIRE_ANSWER_QUERY, "\xff", 1},
        {WIRE_ANSWER_QUERY, "\xfc\1", 2},
        {WIRE_ANSWER_QUERY, "\2garbage", 8},
        {WIRE_ANSWER_OK, "\1", 1},
        {WIRE_ANSWER_OK, "", 0},
        {WIRE_ANSWER_PREPARE, "\1\0\0\0\0\0\0\0\0\0\0\0", 12},
        {WIRE_ANSWER_PREPARE, "\0\1\0\0\0", 5},
        {WIRE_ANSWER_FETCH, "\xfe\0", 2},
        {WIRE_ANSWER_NONE, OK_PLAIN, 7},
        {WIRE_ANSWER_AUTH, OK_PLAIN, 7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stream s = {.sequence = 1};
        struct wire_response r;
        enum wire_progress progress;

        packet(&s, cases[i].payload, cases[i].size);
        PACKET(&s, OK_PLAIN);
        wire_response_begin(&r, cases[i].answer, 0, 0);
        assert_int_equal(wire_response_feed(&r, s.bytes, s.size, &progress), s.size);
        assert_int_equal(progress, WIRE_PROGRESS_LOST);
        assert_int_equal(wire_response_feed(&r, s.bytes, s.size, &progress), s.size);
        assert_int_equal(progress, WIRE_PROGRESS_LOST);
        wire_response_fini(&r);
        free(s.bytes);
    }
}

static void a_finished_answer_takes_nothing_more(void **state)
{
    struct stream s = {.sequence = 1};
    struct wire_response r;
    enum wire_progress progress;

    (void)state;
    PACKET(&s, OK_PLAIN);
    wire_response_begin(&r, WIRE_ANSWER_OK, 0, 0);
    assert_int_equal(wire_response_feed(&r, s.bytes, s.size, &progress), s.size);
    assert_int_equal(progress, WIRE_PROGRESS_DONE);
    assert_int_equal(wire_response_feed(&r, s.bytes, s.size, &progress), 0);
    assert_int_equal(progress, WIRE_PROGRESS_DONE);
    free(s.bytes);
}

/* An ERR of 40 KiB that comes in two pieces: its first 16 KiB are there to read. */
static void a_cut_packet_is_kept_up_to_a_bound(void **state)
{
    struct stream s = {.sequence = 1};
    char *payload = calloc(1, 40000);
    struct wire_response r;
    struct wire_err err;
    enum wire_progress progress;

    (void)state;
    memset(payload, 'm', 40000);
    memcpy(payload, "\xff\x1e\4#42S22", 9);
    packet(&s, payload, 40000);
    wire_response_begin(&r, WIRE_ANSWER_QUERY, 0, 0);
    assert_int_equal(wire_response_feed(&r, s.bytes, 100, &progress), 100);
    assert_int_equal(progress, WIRE_PROGRESS_MORE);
    assert_false(wire_response_between_packets(&r));
    assert_int_equal(wire_response_feed(&r, s.bytes + 100, s.size - 100, &progress), s.size - 100);
    assert_int_equal(progress, WIRE_PROGRESS_DONE);
    assert_true(wire_response_between_packets(&r));
    assert_true(r.cut);
    assert_true(wire_response_err(&r, &err));
    assert_string_equal(err.sqlstate, "42S22");
    assert_int_equal(err.message.size, WIRE_LOOK_MAX - 9);
    wire_response_fini(&r);
    free(payload);
    free(s.bytes);
}

static void bytes_during_local_infile_are_lost(void **state)
{
    struct stream s = {.sequence = 1};
    struct wire_response r;
    enum wire_progress progress;

    (void)state;
    PACKET(&s, "\xfb/etc/rows");
    wire_response_begin(&r, WIRE_ANSWER_QUERY, 0, 0);
    assert_int_equal(wire_response_feed(&r, s.bytes, s.size, &progress), s.size);
    assert_int_equal(progress, WIRE_PROGRESS_INFILE);
    assert_int_equal(wire_response_feed(&r, s.bytes, s.size, &progress), s.size);
    assert_int_equal(progress, WIRE_PROGRESS_LOST);
    free(s.bytes);
}

static void resume_wants_the_right_id(void **state)
{
    struct stream s = {.sequence = 9};
    struct wire_response r;
    enum wire_progress progress;

    (void)state;
    PACKET(&s, OK_PLAIN);
    wire_response_begin(&r, WIRE_ANSWER_QUERY, 0, 0);
    assert_false(wire_response_resume(&r, WIRE_ANSWER_OK, 0, 8)); /* nothing was unexpected */
    wire_response_begin(&r, WIRE_ANSWER_QUERY, 0, 0);
    assert_int_equal(wire_response_feed(&r, s.bytes, s.size, &progress), 4);
    assert_int_equal(progress, WIRE_PROGRESS_UNEXPECTED);
    assert_false(wire_response_resume(&r, WIRE_ANSWER_OK, 0, 3));
    wire_response_begin(&r, WIRE_ANSWER_QUERY, 0, 0);
    assert_int_equal(wire_response_feed(&r, s.bytes, s.size, &progress), 4);
    assert_true(wire_response_resume(&r, WIRE_ANSWER_OK, 0, 8));
    assert_int_equal(wire_response_feed(&r, s.bytes + 4, s.size - 4, &progress), s.size - 4);
    assert_int_equal(progress, WIRE_PROGRESS_DONE);
    free(s.bytes);
}

static void a_tracker_is_small(void **state)
{
    (void)state;
    assert_true(sizeof(struct wire_response) <= 96);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_answers_end_where_they_end),
        cmocka_unit_test(one_byte_at_a_time_gives_the_same),
        cmocka_unit_test(any_cut_gives_the_same),
        cmocka_unit_test(the_sessions_state_is_told),
        cmocka_unit_test(rows_of_16_mib_span_packets),
        cmocka_unit_test(ids_wrap_in_long_results),
        cmocka_unit_test(answers_start_behind_the_commands_last_id),
        cmocka_unit_test(an_error_may_come_after_rows),
        cmocka_unit_test(progress_reports_are_no_end),
        cmocka_unit_test(a_stream_never_ends),
        cmocka_unit_test(the_servers_farewell_is_unexpected),
        cmocka_unit_test(nonsense_is_lost_not_stalled),
        cmocka_unit_test(a_finished_answer_takes_nothing_more),
        cmocka_unit_test(a_cut_packet_is_kept_up_to_a_bound),
        cmocka_unit_test(bytes_during_local_infile_are_lost),
        cmocka_unit_test(resume_wants_the_right_id),
        cmocka_unit_test(a_tracker_is_small),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
