/* Foreign frames of the compressed protocol. What comes out must not depend on how the input was
 * cut, must not be more than the frames claim, and whatever is packed must come back.
 *
 * Input: algorithm (odd: zlib) 1 | size of the cuts 1 | size of the room 1 | frames.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wire/compress.h"

enum { HEAD = 3, MOST = 1u << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

struct outcome {
    enum wire_unpacked result;
    size_t size;
    uint64_t hash;
};

static void add(struct outcome *outcome, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        outcome->hash = (outcome->hash ^ bytes[i]) * UINT64_C(1099511628211);
    outcome->size += size;
}

/* Stops at MOST bytes: a small input may hold gigabytes. */
static struct outcome unpack(uint8_t algorithm, const uint8_t *data, size_t size, size_t cut,
                             size_t room)
{
    static uint8_t plain[WIRE_PACK_MAX];
    struct wire_codecs codecs = {0};
    struct wire_unpack place = {.algorithm = algorithm};
    struct outcome outcome = {WIRE_UNPACKED, 0, 0};

    for (size_t at = 0; at < size && outcome.result == WIRE_UNPACKED && outcome.size < MOST;) {
        size_t count = cut < size - at ? cut : size - at;
        struct sg_slice input = sg_slice_make(data + at, count);
        size_t got, before;
        do {
            before = input.size;
            outcome.result = wire_unpack_next(&place, &codecs, &input, plain, room, &got);
            require(got <= room);
            add(&outcome, plain, got);
        } while (outcome.result == WIRE_UNPACKED && outcome.size < MOST &&
                 (got > 0 || input.size < before || wire_unpack_holds(&place)));
        require(outcome.result != WIRE_UNPACKED || outcome.size >= MOST || input.size == 0);
        at += count;
    }
    wire_unpack_fini(&place);
    wire_codecs_fini(&codecs);
    return outcome;
}

static void try_round_trip(uint8_t algorithm, const uint8_t *data, size_t size)
{
    struct wire_codecs codecs = {0};
    struct outcome expected = {WIRE_UNPACKED, 0, 0};
    uint8_t *frame;
    size_t packed;

    if (size == 0 || size > 4096)
        return;
    frame = malloc(wire_pack_bound(size));
    packed = wire_pack(&codecs, (enum wire_compression)algorithm, 1, data[0],
                       sg_slice_make(data, size), frame);
    add(&expected, data, size);
    struct outcome got = unpack(algorithm, frame, packed, 1 + data[0], WIRE_PACK_MAX);
    require(got.result == WIRE_UNPACKED && got.size == size && got.hash == expected.hash);
    free(frame);
    wire_codecs_fini(&codecs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t algorithm;
    struct outcome whole, cut;

    if (size < HEAD)
        return 0;
    algorithm = data[0] % 2 ? WIRE_COMPRESSION_ZLIB : WIRE_COMPRESSION_ZSTD;
    whole = unpack(algorithm, data + HEAD, size - HEAD, size, WIRE_PACK_MAX);
    cut = unpack(algorithm, data + HEAD, size - HEAD, 1u + data[1], 2u + data[2]);
    if (whole.size < MOST && cut.size < MOST && whole.result == WIRE_UNPACKED) {
        require(cut.result == whole.result);
        require(cut.size == whole.size && cut.hash == whole.hash);
    }
    try_round_trip(algorithm, data + HEAD, size - HEAD);
    return 0;
}
