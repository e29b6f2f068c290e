/* Cursor, writer, packets and the walk over frames: sizes that lie, buffers that are too small,
 * bytes that come in pieces.
 */
#include "wire/packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation.h"
#include "wire/cursor.h"
#include "wire/writer.h"

/* --- cursor -------------------------------------------------------------------------------------
 */

static void a_cursor_reads_like_the_protocol_page(void **state)
{
    static const char bytes[] = "\x01"
                                "\x02\x03"
                                "\x04\x05\x06"
                                "\x07\x08\x09\x0a"
                                "\x0b\x0c\x0d\x0e\x0f\x10\x11\xf2"
                                "text\0"
                                "\x03"
                                "abc"
                                "rest";
    struct cursor c = cursor_make(bytes, sizeof bytes - 1);

    (void)state;
    assert_int_equal(cursor_u8(&c), 0x01);
    assert_int_equal(cursor_u16(&c), 0x0302);
    assert_int_equal(cursor_u24(&c), 0x060504);
    assert_int_equal(cursor_u32(&c), 0x0A090807);
    assert_true(cursor_u64(&c) == UINT64_C(0xF211100F0E0D0C0B));
    assert_true(sg_slice_equal(cursor_cstr(&c), SG_SLICE_LITERAL("text")));
    assert_true(sg_slice_equal(cursor_lenenc_slice(&c), SG_SLICE_LITERAL("abc")));
    assert_int_equal(cursor_left(&c), 4);
    assert_true(sg_slice_equal(cursor_rest(&c), SG_SLICE_LITERAL("rest")));
    assert_false(c.failed);
    assert_int_equal(cursor_offset(&c), sizeof bytes - 1);
}

static void a_failed_cursor_stays_failed(void **state)
{
    uint8_t *bytes = conversation_copy("\1\2\3", 3);
    struct cursor c = cursor_make(bytes, 3);

    (void)state;
    assert_int_equal(cursor_u32(&c), 0);
    assert_true(c.failed);
    assert_int_equal(cursor_u8(&c), 0);
    assert_int_equal(cursor_rest(&c).size, 0);
    assert_int_equal(cursor_cstr(&c).size, 0);
    assert_int_equal(cursor_cstr_or_rest(&c).size, 0);
    assert_int_equal(cursor_offset(&c), 0);
    free(bytes);
}

static void lengths_that_lie_do_not_leave_the_bytes(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"", 0},
        {"\xfb", 1},
        {"\xff\1\1\1\1\1\1\1\1", 9},
        {"\xfc", 1},
        {"\xfc\1", 2},
        {"\xfd\1\1", 3},
        {"\xfe\1\1\1", 4},
        {"\5abcd", 5},
        {"\xfe\xff\xff\xff\xff\xff\xff\xff\xff"
         "a",
         10},
        {"\xfc\3\0ab", 5},
        {"\xfd\3\0\0ab", 6},
        {"\xfe\0\0\0\0\0\0\0\x80", 9},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *bytes = conversation_copy(cases[i].bytes, cases[i].size);
        struct cursor c = cursor_make(bytes, cases[i].size);

        assert_int_equal(cursor_lenenc_slice(&c).size, 0);
        assert_true(c.failed);
        free(bytes);
    }
}

static void null_is_no_number(void **state)
{
    struct cursor c = cursor_make("\xfb\xfa\xfc\xfb\x00", 5);
    bool null = false;

    (void)state;
    assert_int_equal(cursor_lenenc_or_null(&c, &null), 0);
    assert_true(null);
    assert_int_equal(cursor_lenenc_or_null(&c, &null), 0xFA);
    assert_false(null);
    assert_int_equal(cursor_lenenc_or_null(&c, &null), 0xFB);
    assert_false(null);
    assert_false(c.failed);
}

static void text_without_its_nul(void **state)
{
    uint8_t *bytes = conversation_copy("abc", 3);
    struct cursor c = cursor_make(bytes, 3);

    (void)state;
    assert_true(sg_slice_equal(cursor_cstr_or_rest(&c), SG_SLICE_LITERAL("abc")));
    assert_int_equal(cursor_cstr_or_rest(&c).size, 0);
    assert_false(c.failed);
    c = cursor_make(bytes, 3);
    assert_int_equal(cursor_cstr(&c).size, 0);
    assert_true(c.failed);
    free(bytes);
}

static void no_bytes_may_be_null(void **state)
{
    struct cursor c = cursor_make(NULL, 0);

    (void)state;
    assert_int_equal(cursor_rest(&c).size, 0);
    assert_false(c.failed);
    assert_int_equal(cursor_u8(&c), 0);
    assert_true(c.failed);
}

static void the_message_says_what_and_where(void **state)
{
    struct sg_error error = {0};

    (void)state;
    assert_false(wire_malformed(&error, "the thing", 7));
    assert_int_equal(error.status, SG_INVALID);
    assert_non_null(strstr(error.message, "the thing"));
    assert_non_null(strstr(error.message, "7"));
    assert_false(wire_malformed(NULL, "the thing", 7));
}

/* --- writer -------------------------------------------------------------------------------------
 */

static void what_is_written_is_read_back(void **state)
{
    static const uint64_t numbers[] = {
        0, 1, 0xFA, 0xFB, 0xFC, 0xFF, 0xFFFF, 0x10000, 0xFFFFFF, 0x1000000, 1ull << 40, UINT64_MAX};
    uint8_t buffer[512];
    struct writer w = writer_make(buffer, sizeof buffer);
    struct cursor c;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        writer_lenenc(&w, numbers[i]);
    writer_u8(&w, 0x12);
    writer_u16(&w, 0x1234);
    writer_u24(&w, 0x123456);
    writer_u32(&w, 0x12345678);
    writer_u64(&w, 0x123456789ABCDEF0);
    writer_cstr(&w, SG_SLICE_LITERAL("name"));
    writer_lenenc_slice(&w, SG_SLICE_LITERAL("value"));
    writer_lenenc_slice(&w, SG_SLICE_EMPTY);
    c = cursor_of(writer_result(&w));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_true(cursor_lenenc(&c) == numbers[i]);
    assert_int_equal(cursor_u8(&c), 0x12);
    assert_int_equal(cursor_u16(&c), 0x1234);
    assert_int_equal(cursor_u24(&c), 0x123456);
    assert_int_equal(cursor_u32(&c), 0x12345678);
    assert_true(cursor_u64(&c) == 0x123456789ABCDEF0);
    assert_true(sg_slice_equal(cursor_cstr(&c), SG_SLICE_LITERAL("name")));
    assert_true(sg_slice_equal(cursor_lenenc_slice(&c), SG_SLICE_LITERAL("value")));
    assert_int_equal(cursor_lenenc_slice(&c).size, 0);
    assert_int_equal(cursor_left(&c), 0);
    assert_false(c.failed);
}

/* At every capacity from none to ample: all or the mark, and never a byte too far. */
static void a_full_buffer_is_told_once(void **state)
{
    (void)state;
    for (size_t capacity = 0; capacity <= 20; capacity++) {
        uint8_t *buffer = conversation_allocate(capacity);
        struct writer w = writer_make(buffer, capacity);
        size_t at = writer_packet_begin(&w);

        writer_u8(&w, 1);
        writer_lenenc_slice(&w, SG_SLICE_LITERAL("0123456789"));
        writer_u32(&w, 7);
        writer_packet_end(&w, at, 9);
        assert_int_equal(w.overflowed, capacity < 20);
        assert_int_equal(writer_result(&w).size, capacity < 20 ? 0 : 20);
        if (capacity == 20)
            assert_memory_equal(buffer,
                                "\x10\0\0\x09\1\x0a"
                                "0123456789\7\0\0\0",
                                20);
        free(buffer);
    }
}

/* --- packets ------------------------------------------------------------------------------------
 */

static void whole_packets_are_taken(void **state)
{
    uint8_t *bytes = conversation_copy("\3\0\0\5abc\0", 8);
    struct wire_packet packet;
    struct wire_header header = {1, 1};

    (void)state;
    for (size_t size = 0; size < 7; size++)
        assert_int_equal(wire_packet_take(bytes, size, 100, &packet), WIRE_TAKE_MORE);
    assert_int_equal(wire_packet_take(bytes, 8, 100, &packet), WIRE_TAKE_PACKET);
    assert_int_equal(packet.sequence, 5);
    assert_int_equal(packet.whole.size, 7);
    assert_true(sg_slice_equal(packet.payload, SG_SLICE_LITERAL("abc")));
    assert_int_equal(wire_packet_take(bytes, 8, 2, &packet), WIRE_TAKE_LARGE);
    assert_int_equal(wire_packet_take("\xff\xff\xff\0", 4, UINT32_MAX, &packet), WIRE_TAKE_LARGE);
    assert_false(wire_packet_peek(bytes, 3, &header));
    assert_int_equal(header.length, 1);
    assert_true(wire_packet_peek(bytes, 4, &header));
    assert_int_equal(header.length, 3);
    wire_packet_renumber(bytes, 200);
    assert_int_equal(bytes[3], 200);
    free(bytes);
}

static void sequence_ids_wrap(void **state)
{
    (void)state;
    assert_int_equal(wire_sequence_add(255, 1), 0);
    assert_int_equal(wire_sequence_add(250, 10), 4);
    assert_int_equal(wire_sequence_add(3, 256), 3);
}

static void frames_are_split_at_16_mib(void **state)
{
    static const struct {
        size_t size;
        uint64_t packets;
    } cases[] = {{0, 1},
                 {1, 1},
                 {WIRE_PAYLOAD_MAX - 1, 1},
                 {WIRE_PAYLOAD_MAX, 2},
                 {WIRE_PAYLOAD_MAX + 1, 2},
                 {2 * WIRE_PAYLOAD_MAX, 3}};
    uint8_t *payload = calloc(2, WIRE_PAYLOAD_MAX);
    size_t capacity = 2 * WIRE_PAYLOAD_MAX + 16;
    uint8_t *buffer = conversation_allocate(capacity);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct writer w = writer_make(buffer, capacity);
        struct wire_walk walk = {0};
        uint64_t packets = 0;
        size_t at = 0;
        struct wire_piece piece = {0};

        assert_int_equal(wire_packet_count(cases[i].size), cases[i].packets);
        assert_int_equal(wire_packet_write(&w, 254, sg_slice_make(payload, cases[i].size)),
                         (uint8_t)(254 + cases[i].packets));
        assert_int_equal(w.size, wire_frame_size(cases[i].size));
        while (at < w.size) {
            assert_false(piece.frame_ends);
            piece = wire_walk_next(&walk, buffer + at, w.size - at);
            if (piece.packet_begins)
                assert_int_equal(piece.sequence, (uint8_t)(254 + packets++));
            at += piece.size;
        }
        assert_true(piece.frame_ends);
        assert_true(wire_walk_idle(&walk));
        assert_int_equal(packets, cases[i].packets);
        assert_int_equal(piece.offset + piece.payload.size, cases[i].size);
    }
    free(buffer);
    free(payload);
}

static void whole_frames_are_taken_and_joined(void **state)
{
    static const size_t sizes[] = {
        0, 1, WIRE_PAYLOAD_MAX - 1, WIRE_PAYLOAD_MAX, WIRE_PAYLOAD_MAX + 1, 2 * WIRE_PAYLOAD_MAX};
    size_t most = 2 * WIRE_PAYLOAD_MAX;
    uint8_t *payload = malloc(most);
    uint8_t *joined = malloc(most);
    uint8_t *buffer = malloc(most + 16);

    (void)state;
    assert_true(payload && joined && buffer);
    for (size_t i = 0; i < most; i++)
        payload[i] = (uint8_t)(i * 2654435761u >> 24);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct writer w = writer_make(buffer, most + 16);
        struct wire_frame frame = {0};
        uint8_t after = wire_packet_write(&w, 255, sg_slice_make(payload, sizes[i]));

        assert_int_equal(wire_frame_take(buffer, w.size - 1, most, &frame), WIRE_TAKE_MORE);
        assert_int_equal(wire_frame_take(buffer, 3, most, &frame), WIRE_TAKE_MORE);
        assert_int_equal(wire_frame_take(buffer, w.size, sizes[i], &frame), WIRE_TAKE_PACKET);
        assert_int_equal(frame.whole.size, w.size);
        assert_int_equal(frame.payload_size, sizes[i]);
        assert_int_equal(frame.last_sequence, (uint8_t)(after - 1));
        wire_frame_join(&frame, joined);
        assert_memory_equal(joined, payload, sizes[i]);
        if (sizes[i] > 0) /* known from the last packet's header */
            assert_int_equal(wire_frame_take(buffer, w.size, sizes[i] - 1, &frame),
                             WIRE_TAKE_LARGE);
    }
    free(buffer);
    free(joined);
    free(payload);
}

/* Three frames, one of them empty, cut at every place and every pair of places. */
static void any_cut_gives_the_same_frames(void **state)
{
    static const char bytes[] = "\5\0\0\0hello\0\0\0\1\1\0\0\0x";
    size_t size = sizeof bytes - 1;

    (void)state;
    for (size_t first = 0; first <= size; first++) {
        for (size_t second = first; second <= size; second++) {
            size_t ends[] = {first, second, size};
            struct wire_walk walk = {0};
            char seen[64];
            size_t length = 0;
            size_t at = 0;

            for (size_t i = 0; i < 3; i++) {
                while (at < ends[i]) {
                    struct wire_piece piece = wire_walk_next(&walk, bytes + at, ends[i] - at);

                    assert_true(piece.size > 0);
                    if (piece.frame_begins)
                        seen[length++] = '<';
                    if (piece.payload.size > 0)
                        memcpy(seen + length, piece.payload.data, piece.payload.size);
                    length += piece.payload.size;
                    if (piece.frame_ends)
                        seen[length++] = '>';
                    at += piece.size;
                }
            }
            seen[length] = 0;
            assert_string_equal(seen, "<hello><><x>");
            assert_true(wire_walk_idle(&walk));
        }
    }
}

static void a_walk_without_bytes_does_nothing(void **state)
{
    struct wire_walk walk = {0};
    struct wire_piece piece = wire_walk_next(&walk, NULL, 0);

    (void)state;
    assert_int_equal(piece.size, 0);
    assert_true(wire_walk_idle(&walk));
    piece = wire_walk_next(&walk, "\1", 1);
    assert_int_equal(piece.size, 1);
    assert_false(wire_walk_idle(&walk));
    assert_true(sizeof walk <= 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cursor_reads_like_the_protocol_page),
        cmocka_unit_test(a_failed_cursor_stays_failed),
        cmocka_unit_test(lengths_that_lie_do_not_leave_the_bytes),
        cmocka_unit_test(null_is_no_number),
        cmocka_unit_test(text_without_its_nul),
        cmocka_unit_test(no_bytes_may_be_null),
        cmocka_unit_test(the_message_says_what_and_where),
        cmocka_unit_test(what_is_written_is_read_back),
        cmocka_unit_test(a_full_buffer_is_told_once),
        cmocka_unit_test(whole_packets_are_taken),
        cmocka_unit_test(sequence_ids_wrap),
        cmocka_unit_test(frames_are_split_at_16_mib),
        cmocka_unit_test(whole_frames_are_taken_and_joined),
        cmocka_unit_test(any_cut_gives_the_same_frames),
        cmocka_unit_test(a_walk_without_bytes_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
