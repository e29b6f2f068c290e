/* The compressed protocol: packets travel in frames of their own, after the login.
 *
 *     0               3          4              7
 *     +---------------+----------+--------------+---------------- - -
 *     | packed length | sequence | plain length | zlib stream or zstd frame
 *     +---------------+----------+--------------+---------------- - -
 *
 * A plain length of 0 means: stored as it is (small or incompressible bytes). A frame may hold
 * several packets, and a packet may lie across frames. The sequence ids are a count of their own.
 *
 * Unpacking keeps a place in the frame (struct wire_unpack, 32 bytes and, within a packed frame
 * only, a decoder). Packing is one call a frame. Decoders and encoders are large; the caller keeps
 * them in a struct wire_codecs, one for a thread, so that a session holds none between frames. All
 * of zlib and zstd that the project uses is behind this header.
 *
 * Source: MySQL Source Code Documentation, "Compression"; RFC 1950; RFC 8878.
 */
#ifndef WIRE_COMPRESS_H
#define WIRE_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#define WIRE_FRAME_HEADER_SIZE  7u
#define WIRE_FRAME_STORED_BELOW 50u /* shorter ones are stored, as servers and clients do */

/* What one frame is made of at most; the sender may pack up to 0xFFFFFF bytes. */
#define WIRE_PACK_MAX (64u * 1024u)

enum wire_compression { WIRE_COMPRESSION_NONE, WIRE_COMPRESSION_ZLIB, WIRE_COMPRESSION_ZSTD };

#define WIRE_ZSTD_LEVEL 3 /* unless the login says otherwise */

/* Encoders and spare decoders of one thread. Zeroed storage is empty; what is needed is made on
 * first use. */
struct wire_codecs {
    void *deflate; /* z_stream */
    void *inflate; /* z_stream, while no frame is using it */
    void *zstd_compress;
    void *zstd_decompress; /* while no frame is using it */
};
void wire_codecs_fini(struct wire_codecs *codecs);

/* One direction's place in its frames. Zeroed storage is the place before the first. */
struct wire_unpack {
    void *decoder;       /* heap; only within a frame that is packed */
    uint32_t left;       /* packed bytes of the frame still to come */
    uint32_t plain_left; /* plain bytes of the frame still to come out */
    uint8_t header[WIRE_FRAME_HEADER_SIZE];
    uint8_t header_size;
    uint8_t last;      /* the frame's last plain byte, held back */
    uint8_t algorithm; /* enum wire_compression: set once, before the first byte */
    bool packed;       /* the frame is not stored */
    bool is_full;      /* the decoder stopped for want of room */
    uint8_t sequence;  /* of the frame at hand, or of the last one */
};

/* Gives the decoder up. */
void wire_unpack_fini(struct wire_unpack *unpack);

enum wire_unpacked {
    WIRE_UNPACKED,           /* *size_out bytes came out; 0: more have to come in */
    WIRE_UNPACKED_MALFORMED, /* a damaged stream, or lengths that lie */
    WIRE_UNPACKED_NO_MEMORY,
};

/* Takes bytes from the front of *input and writes at most `capacity` plain bytes (2 or more), all
 * of one frame. The last byte of a packed frame comes out when all of the frame has proved good.
 * Call again while input is left or `capacity` was reached: a little input may hold much. */
enum wire_unpacked wire_unpack_next(struct wire_unpack *unpack, struct wire_codecs *codecs,
                                    struct sg_slice *input, uint8_t *out, size_t capacity,
                                    size_t *size_out);

/* Bytes may come out without further input. */
bool wire_unpack_holds(const struct wire_unpack *unpack);

/* Between two frames: the stream may end here. */
bool wire_unpack_between_frames(const struct wire_unpack *unpack);

/* Room that wire_pack needs for `size` plain bytes. */
size_t wire_pack_bound(size_t size);

/* Makes one frame of `plain`, 1 to WIRE_PACK_MAX bytes, in `out`, which has room for
 * wire_pack_bound; returns its size. Stores what does not get smaller, and everything when memory
 * is out. `level` is zstd's; zlib has its default, as in the servers. */
size_t wire_pack(struct wire_codecs *codecs, enum wire_compression algorithm, int level,
                 uint8_t sequence, struct sg_slice plain, uint8_t *out);

#endif
