/* Frames of the compressed protocol: any cut, any size, both algorithms; lengths that lie, streams
 * that are damaged.
 */
#include "wire/compress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation.h"

static const enum wire_compression algorithms[] = {WIRE_COMPRESSION_ZLIB, WIRE_COMPRESSION_ZSTD};

/* Half text, half noise. */
static void fill(uint8_t *bytes, size_t size)
{
    uint32_t noise = 1;

    for (size_t i = 0; i < size; i++) {
        noise = noise * 1664525u + 1013904223u;
        bytes[i] = i / 256 % 2 ? (uint8_t)(noise >> 24) : (uint8_t)('a' + i % 7);
    }
}

static size_t pack(struct wire_codecs *codecs, enum wire_compression algorithm, uint8_t sequence,
                   const uint8_t *plain, size_t size, uint8_t *out)
{
    return wire_pack(codecs, algorithm, WIRE_ZSTD_LEVEL, sequence, sg_slice_make(plain, size), out);
}

/* Feeds `frames` in pieces of `cut` bytes, takes at most `room` at a time. */
static enum wire_unpacked unpack_all(enum wire_compression algorithm, const uint8_t *frames,
                                     size_t size, size_t cut, size_t room, uint8_t *plain,
                                     size_t capacity, size_t *size_out)
{
    struct wire_codecs codecs = {0};
    struct wire_unpack unpack = {.algorithm = (uint8_t)algorithm};
    enum wire_unpacked result = WIRE_UNPACKED;
    uint8_t *piece = malloc(room);
    size_t total = 0;

    for (size_t at = 0; at < size && result == WIRE_UNPACKED;) {
        size_t count = cut < size - at ? cut : size - at;
        uint8_t *copy = conversation_copy((const char *)frames + at, count);
        struct sg_slice input = sg_slice_make(copy, count);
        size_t got, before;
        do {
            before = input.size;
            result = wire_unpack_next(&unpack, &codecs, &input, piece, room, &got);
            assert_true(total + got <= capacity);
            memcpy(plain + total, piece, got);
            total += got;
        } while (result == WIRE_UNPACKED &&
                 (got > 0 || input.size < before || wire_unpack_holds(&unpack)));
        if (result == WIRE_UNPACKED)
            assert_int_equal(input.size, 0);
        free(copy);
        at += count;
    }
    if (result == WIRE_UNPACKED && size_out)
        assert_true(wire_unpack_between_frames(&unpack));
    if (size_out)
        *size_out = total;
    free(piece);
    wire_unpack_fini(&unpack);
    wire_codecs_fini(&codecs);
    return result;
}

static void what_was_packed_comes_out_however_it_is_cut(void **state)
{
    static const size_t sizes[] = {1, 49, 50, 51, 300, 5000, WIRE_PACK_MAX - 1, WIRE_PACK_MAX};
    static const size_t cuts[] = {1, 3, 7, 8, 1000, 1u << 20};
    static const size_t rooms[] = {2, 100, WIRE_PACK_MAX};
    uint8_t *plain = malloc(WIRE_PACK_MAX), *again = malloc(WIRE_PACK_MAX);
    uint8_t *frame = malloc(wire_pack_bound(WIRE_PACK_MAX));

    (void)state;
    fill(plain, WIRE_PACK_MAX);
    for (size_t a = 0; a < 2; a++) {
        struct wire_codecs codecs = {0};
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            size_t size = pack(&codecs, algorithms[a], 9, plain, sizes[s], frame);
            assert_true(size <= wire_pack_bound(sizes[s]));
            assert_int_equal(frame[3], 9);
            for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
                size_t room = rooms[c % 3], got = 0;
                assert_int_equal(unpack_all(algorithms[a], frame, size, cuts[c], room, again,
                                            WIRE_PACK_MAX, &got),
                                 WIRE_UNPACKED);
                assert_int_equal(got, sizes[s]);
                assert_memory_equal(again, plain, got);
            }
        }
        wire_codecs_fini(&codecs);
    }
    free(plain);
    free(again);
    free(frame);
}

static void small_and_incompressible_bytes_are_stored(void **state)
{
    struct wire_codecs codecs = {0};
    uint8_t plain[400] = {0};
    uint8_t *frame = malloc(wire_pack_bound(sizeof plain));
    uint32_t noise = 7;

    (void)state;
    for (size_t a = 0; a < 2; a++) {
        assert_int_equal(pack(&codecs, algorithms[a], 0, plain, 49, frame), 49 + 7);
        assert_memory_equal(frame, "\x31\0\0\0\0\0\0", 7);
        assert_true(pack(&codecs, algorithms[a], 0, plain, 50, frame) < 50 + 7);
        assert_memory_equal(frame + 4, "\x32\0\0", 3);
    }
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
    for (size_t a = 0; a < 2; a++) {
        assert_int_equal(pack(&codecs, algorithms[a], 0, plain, sizeof plain, frame), 407);
        assert_memory_equal(frame + 4, "\0\0\0", 3);
    }
    free(frame);
    wire_codecs_fini(&codecs);
}

static void a_row_of_frames_is_one_stream(void **state)
{
    uint8_t plain[3000], again[9000];
    uint8_t frames[12000];
    size_t got = 0;

    (void)state;
    fill(plain, sizeof plain);
    for (size_t a = 0; a < 2; a++) {
        struct wire_codecs codecs = {0};
        size_t size = 0;
        for (uint8_t i = 0; i < 3; i++)
            size += pack(&codecs, algorithms[a], i, plain + i * 1000, i == 1 ? 20 : 1000,
                         frames + size);
        memcpy(frames + size, "\0\0\0\x07\0\0\0", 7); /* one that holds nothing */
        for (size_t cut = 1; cut < 40; cut++) {
            assert_int_equal(
                unpack_all(algorithms[a], frames, size + 7, cut, 64, again, sizeof again, &got),
                WIRE_UNPACKED);
            assert_int_equal(got, 2020);
            assert_memory_equal(again, plain, 1000);
            assert_memory_equal(again + 1000, plain + 1000, 20);
            assert_memory_equal(again + 1020, plain + 2000, 1000);
        }
        wire_codecs_fini(&codecs);
    }
}

static void decoders_are_held_within_frames_alone(void **state)
{
    struct wire_codecs codecs = {0};
    uint8_t plain[2000], frame[4000], out[2000];
    size_t got;

    (void)state;
    fill(plain, sizeof plain);
    for (size_t a = 0; a < 2; a++) {
        struct wire_unpack unpack = {.algorithm = (uint8_t)algorithms[a]};
        size_t size = pack(&codecs, algorithms[a], 4, plain, sizeof plain, frame);
        struct sg_slice input = sg_slice_make(frame, size - 1);
        assert_int_equal(wire_unpack_next(&unpack, &codecs, &input, out, sizeof out, &got),
                         WIRE_UNPACKED);
        assert_non_null(unpack.decoder);
        assert_int_equal(unpack.sequence, 4);
        input = sg_slice_make(frame + size - 1, 1);
        do
            assert_int_equal(wire_unpack_next(&unpack, &codecs, &input, out, sizeof out, &got),
                             WIRE_UNPACKED);
        while (got > 0 || wire_unpack_holds(&unpack));
        assert_null(unpack.decoder);
        assert_true(wire_unpack_between_frames(&unpack));
    }
    assert_non_null(codecs.inflate);
    assert_non_null(codecs.zstd_decompress);
    wire_codecs_fini(&codecs);
}

static void lengths_that_lie_are_malformed(void **state)
{
    uint8_t plain[500], frame[1200], again[2000];

    (void)state;
    memset(plain, 'x', sizeof plain);
    for (size_t a = 0; a < 2; a++) {
        static const int plain_changes[] = {-1, 1, 400, -499};
        static const int packed_changes[] = {-1, 3};
        struct wire_codecs codecs = {0};
        size_t size = pack(&codecs, algorithms[a], 0, plain, sizeof plain, frame);
        memset(frame + size, 'y', 10);
        for (size_t i = 0; i < 4; i++) {
            int claimed = 500 + plain_changes[i];
            frame[4] = (uint8_t)claimed;
            frame[5] = (uint8_t)(claimed >> 8);
            for (size_t cut = 1; cut < size; cut += 5)
                assert_int_equal(
                    unpack_all(algorithms[a], frame, size, cut, 100, again, sizeof again, NULL),
                    WIRE_UNPACKED_MALFORMED);
        }
        frame[4] = 500 & 0xFF;
        frame[5] = 500 >> 8;
        for (size_t i = 0; i < 2; i++) {
            uint8_t before = frame[0];
            frame[0] = (uint8_t)(before + packed_changes[i]);
            assert_int_equal(
                unpack_all(algorithms[a], frame, size + 5, 1, 100, again, sizeof again, NULL),
                WIRE_UNPACKED_MALFORMED);
            frame[0] = before;
        }
        assert_int_equal(unpack_all(algorithms[a], (const uint8_t *)"\0\0\0\0\5\0\0", 7, 7, 100,
                                    again, sizeof again, NULL),
                         WIRE_UNPACKED_MALFORMED);
        wire_codecs_fini(&codecs);
    }
}

static void the_other_algorithm_is_malformed(void **state)
{
    uint8_t plain[500], frame[1200], again[2000];
    struct wire_codecs codecs = {0};

    (void)state;
    memset(plain, 'x', sizeof plain);
    for (size_t a = 0; a < 2; a++) {
        size_t size = pack(&codecs, algorithms[a], 0, plain, sizeof plain, frame);
        assert_int_equal(
            unpack_all(algorithms[1 - a], frame, size, size, 100, again, sizeof again, NULL),
            WIRE_UNPACKED_MALFORMED);
    }
    wire_codecs_fini(&codecs);
}

/* A command out of a frame whose checksum is wrong must not be carried out. */
static void nothing_ends_before_its_frame_has_proved_good(void **state)
{
    uint8_t plain[500], frame[1200], again[2000];
    struct wire_codecs codecs = {0};
    size_t got = 0, size;

    (void)state;
    memset(plain, 'x', sizeof plain);
    size = pack(&codecs, WIRE_COMPRESSION_ZLIB, 0, plain, sizeof plain, frame);
    frame[size - 1] ^= 1;
    for (size_t cut = 1; cut <= size; cut++) {
        assert_int_equal(
            unpack_all(WIRE_COMPRESSION_ZLIB, frame, size, cut, 600, again, sizeof again, &got),
            WIRE_UNPACKED_MALFORMED);
        assert_true(got < sizeof plain);
    }
    wire_codecs_fini(&codecs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_ends_before_its_frame_has_proved_good),
        cmocka_unit_test(what_was_packed_comes_out_however_it_is_cut),
        cmocka_unit_test(small_and_incompressible_bytes_are_stored),
        cmocka_unit_test(a_row_of_frames_is_one_stream),
        cmocka_unit_test(decoders_are_held_within_frames_alone),
        cmocka_unit_test(lengths_that_lie_are_malformed),
        cmocka_unit_test(the_other_algorithm_is_malformed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
