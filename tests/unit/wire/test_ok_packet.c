/* OK, EOF and ERR packets: both framings, session state, truncations. */
#include "wire/ok_packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation.h"
#include "wire/err_packet.h"

#define TRACK  WIRE_CLIENT_SESSION_TRACK
#define MODERN (WIRE_CLIENT_SESSION_TRACK | WIRE_CLIENT_DEPRECATE_EOF)

static void an_ok_without_tracking_ends_with_its_info(void **state)
{
    struct wire_ok ok;

    (void)state;
    assert_true(wire_ok_parse(SG_SLICE_LITERAL("\0\3\xfc\0\1\2\0\5\0Records: 3"), 0, &ok));
    assert_int_equal(ok.affected_rows, 3);
    assert_int_equal(ok.last_insert_id, 256);
    assert_int_equal(ok.status, WIRE_STATUS_AUTOCOMMIT);
    assert_int_equal(ok.warnings, 5);
    assert_true(sg_slice_equal(ok.info, SG_SLICE_LITERAL("Records: 3")));
    assert_int_equal(ok.state.size, 0);
    assert_true(wire_ok_parse(SG_SLICE_LITERAL("\0\0\0\2\0\0\0"), TRACK, &ok));
    assert_int_equal(ok.info.size, 0);
}

/* FE is an EOF or an OK by what was agreed, not by its length alone. */
static void eof_and_ok_share_a_header(void **state)
{
    struct wire_ok ok;
    uint16_t status;

    (void)state;
    assert_true(wire_ok_parse(SG_SLICE_LITERAL("\xfe\7\0\x0a\0"), 0, &ok));
    assert_int_equal(ok.warnings, 7);
    assert_int_equal(ok.status, WIRE_STATUS_AUTOCOMMIT | WIRE_STATUS_MORE_RESULTS);
    assert_true(wire_ok_parse(SG_SLICE_LITERAL("\xfe\0\0\x0a\0\7\0"), MODERN, &ok));
    assert_int_equal(ok.warnings, 7);
    assert_int_equal(ok.status, WIRE_STATUS_AUTOCOMMIT | WIRE_STATUS_MORE_RESULTS);
    assert_false(wire_ok_parse(SG_SLICE_LITERAL("\xfe\7\0\x0a\0x"), 0, &ok));
    assert_false(wire_ok_parse(SG_SLICE_LITERAL("\xfe\7\0\x0a"), 0, &ok));
    assert_true(wire_status_parse(SG_SLICE_LITERAL("\xfe\0\0\x0a\0\7\0and more"), MODERN, &status));
    assert_int_equal(status, 0x000A);
    assert_false(wire_status_parse(SG_SLICE_LITERAL("\1\0\0\x0a\0\7\0"), MODERN, &status));
    assert_false(wire_status_parse(SG_SLICE_EMPTY, 0, &status));
}

static const char TRACKED[] = "\0\0\0\2\x40\0\0"
                              "\0"
                              "\x29"
                              "\1\5\4shop"
                              "\0\x17\x08sql_mode\x0d"
                              "ANSI_QUOTES,X"
                              "\5\3\2T_"
                              "\2\2\1"
                              "1";

static void changes_of_the_session_are_walked(void **state)
{
    struct sg_slice payload = sg_slice_make(TRACKED, sizeof TRACKED - 1);
    struct wire_ok ok;
    struct wire_state_walk walk;
    struct wire_state_change change;

    (void)state;
    assert_true(wire_ok_parse(payload, TRACK, &ok));
    walk = wire_state_begin(ok.state);
    assert_true(wire_state_next(&walk, &change));
    assert_int_equal(change.kind, WIRE_STATE_DATABASE);
    assert_true(sg_slice_equal(change.value, SG_SLICE_LITERAL("shop")));
    assert_true(wire_state_next(&walk, &change));
    assert_int_equal(change.kind, WIRE_STATE_VARIABLE);
    assert_true(sg_slice_equal(change.name, SG_SLICE_LITERAL("sql_mode")));
    assert_true(sg_slice_equal(change.value, SG_SLICE_LITERAL("ANSI_QUOTES,X")));
    assert_true(wire_state_next(&walk, &change));
    assert_int_equal(change.kind, WIRE_STATE_OTHER);
    assert_true(wire_state_next(&walk, &change));
    assert_false(wire_state_next(&walk, &change));
    assert_false(wire_state_failed(&walk));
}

static void several_variables_may_share_a_block(void **state)
{
    struct wire_state_walk walk = wire_state_begin(SG_SLICE_LITERAL("\0\x08\1a\1x\1b\1y"));
    struct wire_state_change change;

    (void)state;
    assert_true(wire_state_next(&walk, &change));
    assert_true(wire_state_next(&walk, &change));
    assert_true(sg_slice_equal(change.name, SG_SLICE_LITERAL("b")));
    assert_true(sg_slice_equal(change.value, SG_SLICE_LITERAL("y")));
    assert_false(wire_state_next(&walk, &change));
    assert_false(wire_state_failed(&walk));
}

static void broken_state_is_told(void **state)
{
    static const struct sg_slice blocks[] = {
        {"\1", 1}, {"\1\5\4sho", 6}, {"\1\2\4s", 4}, {"\0\3\1a\7", 5}, {"\0\0", 2}, {"\0\2\1a", 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        uint8_t *bytes = conversation_copy(blocks[i].data, blocks[i].size);
        struct wire_state_walk walk = wire_state_begin(sg_slice_make(bytes, blocks[i].size));
        struct wire_state_change change;

        assert_false(wire_state_next(&walk, &change));
        assert_true(wire_state_failed(&walk));
        assert_false(wire_state_next(&walk, &change));
        free(bytes);
    }
}

static void an_ok_may_be_cut_anywhere(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < sizeof TRACKED - 1; cut++) {
        uint8_t *bytes = conversation_copy(TRACKED, cut);
        struct wire_ok ok;
        uint16_t status;
        bool parsed = wire_ok_parse(sg_slice_make(bytes, cut), TRACK, &ok);

        assert_int_equal(parsed, cut == 7); /* nothing behind the warnings: allowed */
        assert_int_equal(wire_status_parse(sg_slice_make(bytes, cut), TRACK, &status), cut >= 7);
        free(bytes);
    }
}

/* --- ERR ----------------------------------------------------------------------------------------
 */

static void errors_with_and_without_a_state(void **state)
{
    struct wire_err err;

    (void)state;
    assert_true(wire_err_parse(SG_SLICE_LITERAL("\xff\x1e\4#42S22Unknown column 'c'"), &err));
    assert_int_equal(err.number, 1054);
    assert_string_equal(err.sqlstate, "42S22");
    assert_true(sg_slice_equal(err.message, SG_SLICE_LITERAL("Unknown column 'c'")));
    assert_true(wire_err_parse(SG_SLICE_LITERAL("\xff\x10\4Too many connections"), &err));
    assert_int_equal(err.number, 1040);
    assert_string_equal(err.sqlstate, "HY000");
    assert_true(sg_slice_equal(err.message, SG_SLICE_LITERAL("Too many connections")));
    assert_true(wire_err_parse(SG_SLICE_LITERAL("\xff\x10\4"), &err));
    assert_int_equal(err.message.size, 0);
    assert_true(wire_err_parse(SG_SLICE_LITERAL("\xff\x10\4#4200"), &err));
    assert_true(sg_slice_equal(err.message, SG_SLICE_LITERAL("#4200")));
    assert_false(wire_err_parse(SG_SLICE_LITERAL("\xff\x10"), &err));
    assert_false(wire_err_parse(SG_SLICE_LITERAL("\0\x10\4"), &err));
    assert_false(wire_err_parse(SG_SLICE_EMPTY, &err));
}

static void errors_are_written(void **state)
{
    uint8_t buffer[5000];
    struct writer w = writer_make(buffer, sizeof buffer);
    struct wire_err err = {.number = 1040, .message = SG_SLICE_LITERAL("Too many connections")};
    char *text = calloc(1, 10000);

    (void)state;
    wire_err_write_text(&w, 3, 1054, "42S22", SG_SLICE_LITERAL("no such column"));
    assert_true(sg_slice_equal(writer_result(&w),
                               SG_SLICE_LITERAL("\x17\0\0\3\xff\x1e\4#42S22no such column")));
    w = writer_make(buffer, sizeof buffer);
    wire_err_write(&w, 0, &err, false);
    assert_true(sg_slice_equal(writer_result(&w),
                               SG_SLICE_LITERAL("\x17\0\0\0\xff\x10\4Too many connections")));
    w = writer_make(buffer, sizeof buffer);
    wire_err_write_text(&w, 1, 1105, "HY000", sg_slice_make(text, 10000));
    assert_int_equal(writer_result(&w).size, 4 + 9 + 4096);
    w = writer_make(buffer, 20);
    wire_err_write_text(&w, 1, 1105, "HY000", SG_SLICE_LITERAL("too long for it"));
    assert_true(w.overflowed);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ok_without_tracking_ends_with_its_info),
        cmocka_unit_test(eof_and_ok_share_a_header),
        cmocka_unit_test(changes_of_the_session_are_walked),
        cmocka_unit_test(several_variables_may_share_a_block),
        cmocka_unit_test(broken_state_is_told),
        cmocka_unit_test(an_ok_may_be_cut_anywhere),
        cmocka_unit_test(errors_with_and_without_a_state),
        cmocka_unit_test(errors_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
