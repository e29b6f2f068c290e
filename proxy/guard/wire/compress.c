/* Frames of the compressed protocol, in and out; see compress.h. Called by session/compression.
 * Which sequence id a frame has to have is the caller's matter.
 */
#include "wire/compress.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

/* A frame has at most 16 MiB of plain bytes: no honest sender needs a larger window. */
#define ZSTD_WINDOW_LOG_MAX 24

/* A decoder that a frame with a large window has blown up is not kept. */
#define SPARE_DECODER_BYTES (1024u * 1024u)

/* --- decoders ----------------------------------------------------------------------------------
 */

static void free_inflate(void *decoder)
{
    if (!decoder)
        return;
    inflateEnd(decoder);
    free(decoder);
}

static void *take_inflate(struct wire_codecs *codecs)
{
    z_stream *stream = codecs->inflate;

    codecs->inflate = NULL;
    if (stream && inflateReset(stream) == Z_OK)
        return stream;
    free_inflate(stream);
    stream = calloc(1, sizeof *stream);
    if (stream && inflateInit(stream) != Z_OK) {
        free(stream);
        stream = NULL;
    }
    return stream;
}

static void *take_zstd(struct wire_codecs *codecs)
{
    ZSTD_DCtx *decoder = codecs->zstd_decompress;

    codecs->zstd_decompress = NULL;
    if (!decoder)
        decoder = ZSTD_createDCtx();
    if (!decoder)
        return NULL;
    (void)ZSTD_DCtx_reset(decoder, ZSTD_reset_session_and_parameters);
    (void)ZSTD_DCtx_setParameter(decoder, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    return decoder;
}

static bool begin_decoder(struct wire_unpack *unpack, struct wire_codecs *codecs)
{
    unpack->decoder =
        unpack->algorithm == WIRE_COMPRESSION_ZSTD ? take_zstd(codecs) : take_inflate(codecs);
    return unpack->decoder != NULL;
}

void wire_unpack_fini(struct wire_unpack *unpack)
{
    if (unpack->algorithm == WIRE_COMPRESSION_ZSTD)
        ZSTD_freeDCtx(unpack->decoder);
    else
        free_inflate(unpack->decoder);
    unpack->decoder = NULL;
}

/* The frame is over: its decoder is the next one's, whichever session that belongs to. */
static void give_back(struct wire_unpack *unpack, struct wire_codecs *codecs)
{
    bool is_zstd = unpack->algorithm == WIRE_COMPRESSION_ZSTD;
    void **spare = is_zstd ? &codecs->zstd_decompress : &codecs->inflate;

    if (*spare == NULL && (!is_zstd || ZSTD_sizeof_DCtx(unpack->decoder) <= SPARE_DECODER_BYTES)) {
        *spare = unpack->decoder;
        unpack->decoder = NULL;
    }
    wire_unpack_fini(unpack);
}

void wire_codecs_fini(struct wire_codecs *codecs)
{
    if (codecs->deflate)
        deflateEnd(codecs->deflate);
    free(codecs->deflate);
    free_inflate(codecs->inflate);
    ZSTD_freeCCtx(codecs->zstd_compress);
    ZSTD_freeDCtx(codecs->zstd_decompress);
    *codecs = (struct wire_codecs){0};
}

/* --- unpacking ---------------------------------------------------------------------------------
 */

static uint32_t u24_at(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16;
}

static void skip(struct sg_slice *input, size_t count)
{
    *input = sg_slice_make(input->data + count, input->size - count);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* True once the header is whole: `left` and `plain_left` say what follows it. */
static bool take_header(struct wire_unpack *unpack, struct sg_slice *input)
{
    size_t taken = smaller(input->size, WIRE_FRAME_HEADER_SIZE - unpack->header_size);

    if (taken > 0)
        memcpy(unpack->header + unpack->header_size, input->data, taken);
    unpack->header_size = (uint8_t)(unpack->header_size + taken);
    skip(input, taken);
    if (unpack->header_size < WIRE_FRAME_HEADER_SIZE)
        return false;
    unpack->left = u24_at(unpack->header);
    unpack->sequence = unpack->header[3];
    unpack->plain_left = u24_at(unpack->header + 4);
    unpack->packed = unpack->plain_left > 0;
    if (!unpack->packed)
        unpack->plain_left = unpack->left;
    return true;
}

static void end_frame(struct wire_unpack *unpack)
{
    unpack->header_size = 0;
    unpack->left = 0;
    unpack->plain_left = 0;
    unpack->packed = false;
}

static size_t take_stored(struct wire_unpack *unpack, struct sg_slice *input, uint8_t *out,
                          size_t capacity)
{
    size_t count = smaller(smaller(input->size, unpack->left), capacity);

    if (count > 0)
        memcpy(out, input->data, count);
    skip(input, count);
    unpack->left -= (uint32_t)count;
    if (unpack->left == 0)
        end_frame(unpack);
    return count;
}

/* One turn of a decoder: how much it took and gave, and whether its stream is over. */
struct turn {
    size_t taken;
    size_t given;
    bool ended;
    bool good;
    bool memory_out;
};

static struct turn turn_zlib(z_stream *stream, struct sg_slice input, uint8_t *out, size_t capacity)
{
    union { /* zlib leaves its input as it is, and is not told so */
        const char *borrowed;
        Bytef *bytes;
    } in = {.borrowed = input.data};
    int status;

    stream->next_in = in.bytes;
    stream->avail_in = (uInt)input.size;
    stream->next_out = out;
    stream->avail_out = (uInt)capacity;
    status = inflate(stream, Z_NO_FLUSH);
    return (struct turn){.taken = input.size - stream->avail_in,
                         .given = capacity - stream->avail_out,
                         .ended = status == Z_STREAM_END,
                         .good = status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR,
                         .memory_out = status == Z_MEM_ERROR};
}

static struct turn turn_zstd(ZSTD_DCtx *decoder, struct sg_slice input, uint8_t *out,
                             size_t capacity)
{
    ZSTD_inBuffer in = {input.data, input.size, 0};
    ZSTD_outBuffer to = {out, capacity, 0};
    size_t status = ZSTD_decompressStream(decoder, &to, &in);

    return (struct turn){.taken = in.pos,
                         .given = to.pos,
                         .ended = status == 0,
                         .good = !ZSTD_isError(status),
                         .memory_out = false};
}

/* Where the decoder's next bytes go. The frame's last byte is held back until its stream has proved
 * whole, so that no command is carried out of a damaged frame; what comes behind it is too much. */
static struct turn turn_once(struct wire_unpack *unpack, struct sg_slice packed, uint8_t *out,
                             size_t room)
{
    uint8_t beyond;
    uint8_t *to = out;

    if (unpack->plain_left > 1) {
        room = smaller(room, unpack->plain_left - 1);
    } else {
        to = unpack->plain_left == 1 ? &unpack->last : &beyond;
        room = 1;
    }
    return unpack->algorithm == WIRE_COMPRESSION_ZSTD
               ? turn_zstd(unpack->decoder, packed, to, room)
               : turn_zlib(unpack->decoder, packed, to, room);
}

/* The frame's lengths must be true: its stream ends with its last packed byte and has given exactly
 * its plain length. */
static enum wire_unpacked take_packed(struct wire_unpack *unpack, struct wire_codecs *codecs,
                                      struct sg_slice *input, uint8_t *out, size_t capacity,
                                      size_t *size_out)
{
    if (!unpack->decoder && !begin_decoder(unpack, codecs))
        return WIRE_UNPACKED_NO_MEMORY;
    for (;;) {
        size_t room = capacity - 1 - *size_out; /* the last byte has its place */
        bool is_out = unpack->plain_left > 1;
        struct turn turn;

        unpack->is_full = is_out && room == 0;
        if (unpack->is_full)
            return WIRE_UNPACKED;
        turn = turn_once(unpack, sg_slice_make(input->data, smaller(input->size, unpack->left)),
                         out + *size_out, room);
        if (!turn.good)
            return turn.memory_out ? WIRE_UNPACKED_NO_MEMORY : WIRE_UNPACKED_MALFORMED;
        if (turn.given > unpack->plain_left)
            return WIRE_UNPACKED_MALFORMED;
        skip(input, turn.taken);
        unpack->left -= (uint32_t)turn.taken;
        unpack->plain_left -= (uint32_t)turn.given;
        if (is_out)
            *size_out += turn.given;
        if (turn.ended)
            break;
        if (turn.taken == 0 && turn.given == 0) /* more is needed, or it was cut short */
            return unpack->left > 0 ? WIRE_UNPACKED : WIRE_UNPACKED_MALFORMED;
    }
    if (unpack->left > 0 || unpack->plain_left > 0)
        return WIRE_UNPACKED_MALFORMED;
    out[(*size_out)++] = unpack->last;
    give_back(unpack, codecs);
    end_frame(unpack);
    return WIRE_UNPACKED;
}

enum wire_unpacked wire_unpack_next(struct wire_unpack *unpack, struct wire_codecs *codecs,
                                    struct sg_slice *input, uint8_t *out, size_t capacity,
                                    size_t *size_out)
{
    enum wire_unpacked result = WIRE_UNPACKED;
    size_t before;

    *size_out = 0;
    do {
        before = input->size;
        if (unpack->header_size < WIRE_FRAME_HEADER_SIZE && !take_header(unpack, input))
            return WIRE_UNPACKED;
        if (!unpack->packed)
            *size_out = take_stored(unpack, input, out, capacity);
        else if (unpack->left == 0 && unpack->decoder == NULL)
            return WIRE_UNPACKED_MALFORMED; /* a plain length and nothing that it could come of */
        else if (input->size > 0 || wire_unpack_holds(unpack))
            result = take_packed(unpack, codecs, input, out, capacity, size_out);
    } while (result == WIRE_UNPACKED && *size_out == 0 && input->size < before);
    return result;
}

bool wire_unpack_holds(const struct wire_unpack *unpack)
{
    return unpack->decoder != NULL && (unpack->left == 0 || unpack->is_full);
}

bool wire_unpack_between_frames(const struct wire_unpack *unpack)
{
    return unpack->header_size == 0;
}

/* --- packing -----------------------------------------------------------------------------------
 */

size_t wire_pack_bound(size_t size)
{
    size_t zlib = compressBound((uLong)size);
    size_t zstd = ZSTD_compressBound(size);

    return WIRE_FRAME_HEADER_SIZE + (zlib > zstd ? zlib : zstd);
}

static z_stream *need_deflate(struct wire_codecs *codecs)
{
    z_stream *stream = codecs->deflate;

    if (stream)
        return deflateReset(stream) == Z_OK ? stream : NULL;
    stream = calloc(1, sizeof *stream);
    if (stream && deflateInit(stream, Z_DEFAULT_COMPRESSION) != Z_OK) {
        free(stream);
        stream = NULL;
    }
    codecs->deflate = stream;
    return stream;
}

/* 0 when it could not be packed. */
static size_t pack_zlib(struct wire_codecs *codecs, struct sg_slice plain, uint8_t *out,
                        size_t capacity)
{
    z_stream *stream = need_deflate(codecs);
    union {
        const char *borrowed;
        Bytef *bytes;
    } in = {.borrowed = plain.data};

    if (!stream)
        return 0;
    stream->next_in = in.bytes;
    stream->avail_in = (uInt)plain.size;
    stream->next_out = out;
    stream->avail_out = (uInt)capacity;
    return deflate(stream, Z_FINISH) == Z_STREAM_END ? capacity - stream->avail_out : 0;
}

static size_t pack_zstd(struct wire_codecs *codecs, int level, struct sg_slice plain, uint8_t *out,
                        size_t capacity)
{
    size_t size;

    if (!codecs->zstd_compress)
        codecs->zstd_compress = ZSTD_createCCtx();
    if (!codecs->zstd_compress)
        return 0;
    size = ZSTD_compressCCtx(codecs->zstd_compress, out, capacity, plain.data, plain.size, level);
    return ZSTD_isError(size) ? 0 : size;
}

static void write_header(uint8_t *out, size_t packed, uint8_t sequence, size_t plain)
{
    for (unsigned i = 0; i < 3; i++) {
        out[i] = (uint8_t)(packed >> (8 * i));
        out[4 + i] = (uint8_t)(plain >> (8 * i));
    }
    out[3] = sequence;
}

size_t wire_pack(struct wire_codecs *codecs, enum wire_compression algorithm, int level,
                 uint8_t sequence, struct sg_slice plain, uint8_t *out)
{
    uint8_t *body = out + WIRE_FRAME_HEADER_SIZE;
    size_t room = wire_pack_bound(plain.size) - WIRE_FRAME_HEADER_SIZE;
    size_t size = 0;

    if (plain.size >= WIRE_FRAME_STORED_BELOW)
        size = algorithm == WIRE_COMPRESSION_ZSTD ? pack_zstd(codecs, level, plain, body, room)
                                                  : pack_zlib(codecs, plain, body, room);
    if (size == 0 || size >= plain.size) {
        memcpy(body, plain.data, plain.size);
        write_header(out, plain.size, sequence, 0);
        return WIRE_FRAME_HEADER_SIZE + plain.size;
    }
    write_header(out, size, sequence, plain.size);
    return WIRE_FRAME_HEADER_SIZE + size;
}
