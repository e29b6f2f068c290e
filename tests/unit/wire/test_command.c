/* Commands: the table, what is read of each, query attributes by the letter, and the guard's own.
 */
#include "wire/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation.h"
#include "wire/packet.h"

#define ATTRIBUTES WIRE_CLIENT_QUERY_ATTRIBUTES

static void the_table_knows_every_byte(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++)
        assert_non_null(wire_command_of((uint8_t)byte)->name);
    assert_string_equal(wire_command_of(0x03)->name, "COM_QUERY");
    assert_int_equal(wire_command_of(WIRE_COM_QUERY)->inspect, WIRE_INSPECT_SQL);
    assert_int_equal(wire_command_of(WIRE_COM_STMT_CLOSE)->answer, WIRE_ANSWER_NONE);
    assert_int_equal(wire_command_of(WIRE_COM_BINLOG_DUMP)->answer, WIRE_ANSWER_STREAM);
    assert_string_equal(wire_command_of(0x77)->name, "COM_UNKNOWN");
    assert_int_equal(wire_command_of(0x77)->answer, WIRE_ANSWER_OK);
}

static void short_commands_are_answered_by_mysql(void **state)
{
    struct sg_slice close = SG_SLICE_LITERAL("\x19\1\0\0\0");
    struct sg_slice short_close = SG_SLICE_LITERAL("\x19\1\0\0");
    struct sg_slice data = SG_SLICE_LITERAL("\x18\1\0\0\0\0\0");
    struct sg_slice short_data = SG_SLICE_LITERAL("\x18\1\0\0\0\0");

    (void)state;
    assert_int_equal(wire_answer_of(close, SG_FLAVOUR_MYSQL), WIRE_ANSWER_NONE);
    assert_int_equal(wire_answer_of(short_close, SG_FLAVOUR_MYSQL), WIRE_ANSWER_OK);
    assert_int_equal(wire_answer_of(short_close, SG_FLAVOUR_MARIADB), WIRE_ANSWER_NONE);
    assert_int_equal(wire_answer_of(data, SG_FLAVOUR_MYSQL), WIRE_ANSWER_NONE);
    assert_int_equal(wire_answer_of(short_data, SG_FLAVOUR_MYSQL), WIRE_ANSWER_OK);
    assert_int_equal(wire_answer_of(short_data, SG_FLAVOUR_MARIADB), WIRE_ANSWER_NONE);
    assert_int_equal(wire_answer_of(SG_SLICE_EMPTY, SG_FLAVOUR_MARIADB), WIRE_ANSWER_OK);
    assert_int_equal(wire_answer_of(SG_SLICE_LITERAL("\3"), SG_FLAVOUR_MYSQL), WIRE_ANSWER_QUERY);
}

/* --- SQL ----------------------------------------------------------------------------------------
 */

/* The bytes in a heap block of their own, so that no read behind them stays unseen. */
static void expect_sql(struct sg_slice payload, uint64_t effective, const char *expected)
{
    uint8_t *bytes = conversation_copy(payload.data, payload.size);
    struct sg_slice sql = SG_SLICE_EMPTY;
    bool parsed = wire_sql_parse(sg_slice_make(bytes, payload.size), effective, &sql);

    assert_int_equal(parsed, expected != NULL);
    if (expected != NULL)
        assert_true(sg_slice_equal(sql, sg_slice_of(expected)));
    free(bytes);
}

static void sql_without_attributes(void **state)
{
    (void)state;
    expect_sql(SG_SLICE_LITERAL("\3SELECT 1"), 0, "SELECT 1");
    expect_sql(SG_SLICE_LITERAL("\3"), 0, "");
    expect_sql(SG_SLICE_EMPTY, 0, NULL);
    expect_sql(SG_SLICE_LITERAL("\x16SELECT ?"), ATTRIBUTES, "SELECT ?");
    expect_sql(SG_SLICE_LITERAL("\3\0\1SELECT 1"), ATTRIBUTES, "SELECT 1");
    expect_sql(SG_SLICE_LITERAL("\3\0\1"), ATTRIBUTES, "");
}

/* Seen on MySQL 9.7: a text without the header is refused there (1835). Here it is not guessed at.
 */
static void a_missing_header_is_not_guessed_at(void **state)
{
    (void)state;
    expect_sql(SG_SLICE_LITERAL("\3SELECT 1"), ATTRIBUTES, NULL);
    expect_sql(SG_SLICE_LITERAL("\3"), ATTRIBUTES, NULL);
    expect_sql(SG_SLICE_LITERAL("\3\0"), ATTRIBUTES, NULL);
    expect_sql(SG_SLICE_LITERAL("\3\0\2SELECT 1"), ATTRIBUTES, NULL);
    expect_sql(SG_SLICE_LITERAL("\3\xfb\1SELECT 1"), ATTRIBUTES, NULL);
}

/* One attribute of `type` with `value`, then the text. */
static bool one_attribute(uint8_t type, const char *value, size_t size)
{
    uint8_t buffer[256];
    struct writer w = writer_make(buffer, sizeof buffer);
    struct sg_slice sql = SG_SLICE_EMPTY;
    uint8_t *bytes;
    bool good;

    writer_u8(&w, WIRE_COM_QUERY);
    writer_bytes(&w, "\1\1\0\1", 4);
    writer_u8(&w, type);
    writer_u8(&w, 0);
    writer_lenenc_slice(&w, SG_SLICE_LITERAL("name"));
    writer_bytes(&w, value, size);
    writer_slice(&w, SG_SLICE_LITERAL("SELECT 7"));
    bytes = conversation_copy(buffer, w.size);
    good = wire_sql_parse(sg_slice_make(bytes, w.size), ATTRIBUTES, &sql) &&
           sg_slice_equal(sql, SG_SLICE_LITERAL("SELECT 7"));
    free(bytes);
    return good;
}

static void attributes_are_skipped_by_their_types(void **state)
{
    static const uint8_t text_types[] = {0x00, 0x0F, 0x10, 0xF2, 0xF5, 0xF6, 0xF7, 0xF8,
                                         0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF};

    (void)state;
    assert_true(one_attribute(0x01, "x", 1));
    assert_true(one_attribute(0x02, "xx", 2));
    assert_true(one_attribute(0x03, "xxxx", 4));
    assert_true(one_attribute(0x04, "xxxx", 4));
    assert_true(one_attribute(0x05, "xxxxxxxx", 8));
    assert_true(one_attribute(0x08, "xxxxxxxx", 8));
    assert_true(one_attribute(0x0A, "\4xxxx", 5));
    assert_true(one_attribute(0x0B, "\0", 1));
    assert_true(one_attribute(0x0C, "\x0bxxxxxxxxxxx", 12));
    assert_true(one_attribute(0x07, "\7xxxxxxx", 8));
    for (size_t i = 0; i < sizeof text_types; i++)
        assert_true(one_attribute(text_types[i], "\3abc", 4));
    assert_true(one_attribute(0xFE, "\xfc\3\0abc", 6));
}

static void unknown_types_are_not_guessed_at(void **state)
{
    static const uint8_t types[] = {0x06, 0x09, 0x0D, 0x0E, 0x11, 0x14, 0x50, 0xF0, 0xF3, 0xF4};

    (void)state;
    for (size_t i = 0; i < sizeof types; i++)
        assert_false(one_attribute(types[i], "\3abc", 4));
    assert_false(one_attribute(0xFE, "\xfb", 1)); /* NULL is told by the bitmap */
    assert_false(one_attribute(0xFE,
                               "\x7f"
                               "abc",
                               4));
    assert_false(one_attribute(0xFE, "\xfe\xff\xff\xff\xff\xff\xff\xff\xff", 9));
}

static void many_attributes_and_nulls(void **state)
{
    /* nine: bitmap of two bytes, the second and the ninth are NULL */
    static const char payload[] =
        "\3\x09\1\x02\x01\1"
        "\x01\0\1a\xfe\0\1b\x01\0\1c\x01\0\1d\x01\0\1e\x01\0\1f\x01\0\1g\x01"
        "\0\1h\xfe\0\1i"
        "1cdefgh"
        "SELECT 9";

    (void)state;
    expect_sql(sg_slice_make(payload, sizeof payload - 1), ATTRIBUTES, "SELECT 9");
    for (size_t cut = 0; cut + 8 < sizeof payload - 1; cut++)
        expect_sql(sg_slice_make(payload, cut), ATTRIBUTES, NULL);
}

static void counts_that_lie(void **state)
{
    (void)state;
    expect_sql(SG_SLICE_LITERAL("\3\xfe\xff\xff\xff\xff\xff\xff\xff\xff\1\0\1SELECT 1"), ATTRIBUTES,
               NULL);
    expect_sql(SG_SLICE_LITERAL("\3\xfe\xff\xff\xff\xff\xff\xff\xff\x1f\1\0\1SELECT 1"), ATTRIBUTES,
               NULL);
    expect_sql(SG_SLICE_LITERAL("\3\x64\1\0\1SELECT 1"), ATTRIBUTES, NULL);
    expect_sql(SG_SLICE_LITERAL("\3\1\1\0\0\1\0\1a\1SELECT 1"), ATTRIBUTES, NULL); /* not bound */
}

/* --- others -------------------------------------------------------------------------------------
 */

static void names_and_ids(void **state)
{
    struct sg_slice first, second;
    uint32_t id;
    bool on;

    (void)state;
    assert_true(wire_database_parse(SG_SLICE_LITERAL("\2shop"), &first));
    assert_true(sg_slice_equal(first, SG_SLICE_LITERAL("shop")));
    assert_true(wire_database_parse(SG_SLICE_LITERAL("\2"), &first));
    assert_int_equal(first.size, 0);
    assert_true(wire_field_list_parse(SG_SLICE_LITERAL("\4t\0na%"), &first, &second));
    assert_true(sg_slice_equal(first, SG_SLICE_LITERAL("t")));
    assert_true(sg_slice_equal(second, SG_SLICE_LITERAL("na%")));
    assert_false(wire_field_list_parse(SG_SLICE_LITERAL("\4t"), &first, &second));
    assert_true(wire_statement_id_parse(SG_SLICE_LITERAL("\x17\xff\xff\xff\xff\0\1\0\0\0"), &id));
    assert_int_equal(id, WIRE_STATEMENT_LAST);
    assert_false(wire_statement_id_parse(SG_SLICE_LITERAL("\x17\1\0\0"), &id));
    assert_true(wire_set_option_parse(SG_SLICE_LITERAL("\x1b\0\0"), &on));
    assert_true(on);
    assert_true(wire_set_option_parse(SG_SLICE_LITERAL("\x1b\1\0"), &on));
    assert_false(on);
    assert_false(wire_set_option_parse(SG_SLICE_LITERAL("\x1b\2\0"), &on));
    assert_false(wire_set_option_parse(SG_SLICE_LITERAL("\x1b\0"), &on));
}

static void the_guards_own_commands(void **state)
{
    uint8_t buffer[64];
    struct writer w = writer_make(buffer, sizeof buffer);

    (void)state;
    assert_int_equal(wire_command_write(&w, WIRE_COM_STMT_PREPARE, SG_SLICE_LITERAL("SELECT 1")),
                     0);
    wire_statement_close_write(&w, 0x01020304);
    wire_quit_write(&w);
    assert_true(sg_slice_equal(writer_result(&w), SG_SLICE_LITERAL("\x09\0\0\0\x16SELECT 1"
                                                                   "\5\0\0\0\x19\4\3\2\1"
                                                                   "\1\0\0\0\1")));
    w = writer_make(buffer, 4);
    wire_quit_write(&w);
    assert_true(w.overflowed);
}

static void large_commands_are_split(void **state)
{
    static const size_t sizes[] = {WIRE_PAYLOAD_MAX - 2, WIRE_PAYLOAD_MAX - 1, WIRE_PAYLOAD_MAX,
                                   2 * WIRE_PAYLOAD_MAX - 1};
    size_t capacity = 2 * WIRE_PAYLOAD_MAX + 16;
    char *text = calloc(1, capacity);
    uint8_t *buffer = conversation_allocate(capacity);

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct writer w = writer_make(buffer, capacity);
        struct wire_walk walk = {0};
        struct wire_piece piece = {0};
        uint8_t last = wire_command_write(&w, WIRE_COM_STMT_PREPARE, sg_slice_make(text, sizes[i]));
        uint8_t seen = 0;

        assert_false(w.overflowed);
        assert_int_equal(buffer[4], WIRE_COM_STMT_PREPARE);
        for (size_t at = 0; at < w.size; at += piece.size) {
            piece = wire_walk_next(&walk, buffer + at, w.size - at);
            if (piece.packet_begins)
                seen = piece.sequence;
        }
        assert_true(piece.frame_ends);
        assert_int_equal(piece.offset + piece.payload.size, sizes[i] + 1);
        assert_int_equal(seen, last);
        assert_int_equal(last + 1, wire_packet_count(sizes[i] + 1));
    }
    free(buffer);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_knows_every_byte),
        cmocka_unit_test(short_commands_are_answered_by_mysql),
        cmocka_unit_test(sql_without_attributes),
        cmocka_unit_test(a_missing_header_is_not_guessed_at),
        cmocka_unit_test(attributes_are_skipped_by_their_types),
        cmocka_unit_test(unknown_types_are_not_guessed_at),
        cmocka_unit_test(many_attributes_and_nulls),
        cmocka_unit_test(counts_that_lie),
        cmocka_unit_test(names_and_ids),
        cmocka_unit_test(the_guards_own_commands),
        cmocka_unit_test(large_commands_are_split),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
