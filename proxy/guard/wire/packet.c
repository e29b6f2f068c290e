/* Packet headers, whole packets and frames in pieces; see packet.h. Called by the tracker of
 * answers and by the session, for both directions. Reads payload bytes nowhere.
 */
#include "wire/packet.h"

#include <string.h>

bool wire_packet_peek(const void *bytes, size_t size, struct wire_header *header_out)
{
    if (size < WIRE_HEADER_SIZE)
        return false;
    *header_out = wire_header_at(bytes);
    return true;
}

void wire_header_write(void *at, struct wire_header header)
{
    uint8_t *bytes = at;

    bytes[0] = (uint8_t)header.length;
    bytes[1] = (uint8_t)(header.length >> 8);
    bytes[2] = (uint8_t)(header.length >> 16);
    bytes[3] = header.sequence;
}

void wire_packet_renumber(void *packet, uint8_t sequence)
{
    ((uint8_t *)packet)[3] = sequence;
}

uint64_t wire_packet_count(uint64_t payload_size)
{
    return payload_size / WIRE_PAYLOAD_MAX + 1;
}

uint64_t wire_frame_size(uint64_t payload_size)
{
    return payload_size + wire_packet_count(payload_size) * WIRE_HEADER_SIZE;
}

uint8_t wire_packet_write(struct writer *w, uint8_t sequence, struct sg_slice payload)
{
    uint64_t packets = wire_packet_count(payload.size);
    size_t done = 0;

    for (uint64_t i = 0; i < packets; i++) {
        size_t left = payload.size - done;
        uint32_t length = left < WIRE_PAYLOAD_MAX ? (uint32_t)left : WIRE_PAYLOAD_MAX;
        uint8_t header[WIRE_HEADER_SIZE];

        wire_header_write(header, (struct wire_header){length, sequence++});
        writer_bytes(w, header, sizeof header);
        if (length > 0)
            writer_bytes(w, payload.data + done, length);
        done += length;
    }
    return sequence;
}

enum wire_take wire_packet_take(const void *bytes, size_t size, uint32_t limit,
                                struct wire_packet *packet_out)
{
    const uint8_t *at = bytes;
    struct wire_header header;

    if (!wire_packet_peek(bytes, size, &header))
        return WIRE_TAKE_MORE;
    if (header.length > limit || header.length == WIRE_PAYLOAD_MAX)
        return WIRE_TAKE_LARGE;
    if (size - WIRE_HEADER_SIZE < header.length)
        return WIRE_TAKE_MORE;
    packet_out->whole = sg_slice_make(at, WIRE_HEADER_SIZE + (size_t)header.length);
    packet_out->payload = sg_slice_make(at + WIRE_HEADER_SIZE, header.length);
    packet_out->sequence = header.sequence;
    return WIRE_TAKE_PACKET;
}

enum wire_take wire_frame_take(const void *bytes, size_t size, size_t limit,
                               struct wire_frame *frame_out)
{
    const uint8_t *at = bytes;
    struct wire_frame frame = {0};
    struct wire_header header;
    size_t used = 0;

    do {
        if (!wire_packet_peek(at + used, size - used, &header))
            return WIRE_TAKE_MORE;
        frame.payload_size += header.length;
        if (frame.payload_size > limit)
            return WIRE_TAKE_LARGE;
        used += WIRE_HEADER_SIZE;
        if (size - used < header.length)
            return WIRE_TAKE_MORE;
        used += header.length;
    } while (header.length == WIRE_PAYLOAD_MAX);
    frame.whole = sg_slice_make(at, used);
    frame.last_sequence = header.sequence;
    *frame_out = frame;
    return WIRE_TAKE_PACKET;
}

void wire_frame_join(const struct wire_frame *frame, void *payload_out)
{
    const char *from = frame->whole.data;
    char *to = payload_out;

    for (size_t left = frame->payload_size; left > 0;) {
        size_t length = left < WIRE_PAYLOAD_MAX ? left : WIRE_PAYLOAD_MAX;
        memcpy(to, from + WIRE_HEADER_SIZE, length);
        from += WIRE_HEADER_SIZE + length;
        to += length;
        left -= length;
    }
}

/* Collects header bytes; true when the fourth is there. */
static bool take_header(struct wire_walk *walk, const uint8_t *bytes, size_t size,
                        struct wire_piece *piece)
{
    uint8_t whole[WIRE_HEADER_SIZE];
    size_t have = walk->header_size;
    size_t take = WIRE_HEADER_SIZE - have;
    struct wire_header header;

    if (size < take) {
        memcpy(walk->header + have, bytes, size);
        walk->header_size = (uint8_t)(have + size) & 3;
        piece->size = size;
        return false;
    }
    memcpy(whole, walk->header, have);
    memcpy(whole + have, bytes, take);
    walk->header_size = 0;
    header = wire_header_at(whole);
    walk->left = header.length;
    walk->continues = walk->left == WIRE_PAYLOAD_MAX;
    piece->size = take;
    piece->sequence = header.sequence;
    piece->packet_begins = true;
    piece->packet_length = header.length;
    piece->frame_begins = !walk->inside;
    walk->inside = true;
    return true;
}

struct wire_piece wire_walk_next(struct wire_walk *walk, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    struct wire_piece piece = {.offset = walk->payload_size};
    size_t take;

    if (size == 0)
        return piece;
    if ((!walk->inside || walk->left == 0) && !take_header(walk, at, size, &piece))
        return piece;
    take = size - piece.size < walk->left ? size - piece.size : walk->left;
    piece.payload = sg_slice_make(at + piece.size, take);
    piece.size += take;
    walk->left -= (uint32_t)take;
    walk->payload_size += take;
    if (walk->left == 0 && !walk->continues) {
        piece.frame_ends = true;
        *walk = (struct wire_walk){0};
    }
    return piece;
}

bool wire_walk_idle(const struct wire_walk *walk)
{
    return !walk->inside && walk->header_size == 0;
}
