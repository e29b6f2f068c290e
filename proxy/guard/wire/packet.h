/* Packets: four bytes of header, then a payload.
 *
 *     0        3          4
 *     +--------+----------+---------- - -
 *     | length | sequence | payload
 *     +--------+----------+---------- - -
 *
 * A payload of 0xFFFFFF bytes continues in the next packet; one that is an exact multiple ends with
 * an empty packet. *Frame* is our word for what such a row of packets carries together: one
 * command, one row, one login. Here are the header, the packets of a short exchange taken whole
 * (login, auth), and a walker for frames that stream by in pieces (commands, file packets of LOCAL
 * INFILE).
 *
 * Source: MySQL Source Code Documentation, "MySQL Packets".
 */
#ifndef WIRE_PACKET_H
#define WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "wire/cursor.h"
#include "wire/writer.h"

#define WIRE_HEADER_SIZE 4u
#define WIRE_PAYLOAD_MAX 0xFFFFFFu /* of one packet; this very length means "continued" */

struct wire_header {
    uint32_t length; /* payload bytes, at most WIRE_PAYLOAD_MAX */
    uint8_t sequence;
};

/* The header in four bytes that are known to be there. */
static inline struct wire_header wire_header_at(const uint8_t *at)
{
    uint32_t word = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
                    (uint32_t)at[3] << 24; /* compilers make one load of it */

    return (struct wire_header){word & WIRE_PAYLOAD_MAX, (uint8_t)(word >> 24)};
}

/* Reads the header at `bytes`; false, *header_out untouched, when fewer than four bytes are there.
 */
SG_MUST_CHECK bool wire_packet_peek(const void *bytes, size_t size, struct wire_header *header_out);

/* Writes the four bytes at `at`. */
void wire_header_write(void *at, struct wire_header header);

/* Changes the sequence id of the packet whose header is at `packet`: while one side has TLS and the
 * other has not, the ids of a login differ by one and are renumbered packet by packet. */
void wire_packet_renumber(void *packet, uint8_t sequence);

/* Sequence ids count modulo 256. */
static inline uint8_t wire_sequence_add(uint8_t sequence, uint64_t packets)
{
    return (uint8_t)(sequence + (uint8_t)packets);
}

/* Packets that a frame of `payload_size` bytes takes, and its bytes on the wire with all headers.
 */
uint64_t wire_packet_count(uint64_t payload_size);
uint64_t wire_frame_size(uint64_t payload_size);

/* Writes `payload` as one frame that starts at `sequence`, split where needed; returns the id after
 * its last packet. */
uint8_t wire_packet_write(struct writer *w, uint8_t sequence, struct sg_slice payload);

/* One whole packet in a buffer. */
struct wire_packet {
    struct sg_slice whole;   /* header and payload, into the caller's bytes */
    struct sg_slice payload; /* into the caller's bytes */
    uint8_t sequence;
};

enum wire_take {
    WIRE_TAKE_PACKET, /* *packet_out is filled */
    WIRE_TAKE_MORE,   /* not all there yet */
    WIRE_TAKE_LARGE,  /* its header claims more than `limit` bytes of payload */
};

/* Looks at the packet at the start of `bytes`; consume it by its `whole.size`. For the login, where
 * packets are small: `limit` bounds what a stranger can make us wait for. */
SG_MUST_CHECK enum wire_take wire_packet_take(const void *bytes, size_t size, uint32_t limit,
                                              struct wire_packet *packet_out);

/* A whole frame of one packet or more. */
struct wire_frame {
    struct sg_slice whole; /* headers and payloads, into the caller's bytes */
    size_t payload_size;   /* without the headers */
    uint8_t last_sequence;
};

/* Looks at the frame at the start of `bytes`; WIRE_TAKE_LARGE as soon as its headers claim more
 * than `limit` bytes of payload. Costs a step for each packet, not for each byte. */
SG_MUST_CHECK enum wire_take wire_frame_take(const void *bytes, size_t size, size_t limit,
                                             struct wire_frame *frame_out);

/* Copies the payload, in one piece, to `payload_out`: frame->payload_size bytes. */
void wire_frame_join(const struct wire_frame *frame, void *payload_out);

/* A walk over frames that arrive in pieces. All zero is the start of a frame. 16 bytes. */
struct wire_walk {
    uint64_t payload_size; /* of this frame's payload, so far */
    uint32_t left;         /* payload bytes of the current packet still to come */
    uint8_t header[3];     /* a header's first bytes, when it came in pieces */
    uint8_t header_size : 3;
    uint8_t inside : 1;    /* a packet of this frame was begun */
    uint8_t continues : 1; /* the current packet has 0xFFFFFF bytes: another follows */
};

/* What the walk found: always the longest piece that is either header or payload of one packet. */
struct wire_piece {
    size_t size;             /* bytes consumed, header bytes included; 0 only when `size` was 0 */
    struct sg_slice payload; /* the payload bytes among them */
    uint64_t offset;         /* of `payload` within the frame's payload */
    uint8_t sequence;        /* of the packet; set with packet_begins */
    bool packet_begins;      /* this piece completes a packet's header */
    bool frame_begins;       /* ... and that packet is the frame's first */
    bool frame_ends;         /* the frame is complete; an empty one ends LOCAL INFILE */
    uint32_t packet_length;  /* payload bytes of the packet, with packet_begins */
};

/* Takes the next piece of `bytes`. Call again with the rest while bytes are left. Never reads
 * payload bytes. After frame_ends the walk stands at the start of the next frame; the frame's size
 * is then piece.offset + piece.payload.size. */
struct wire_piece wire_walk_next(struct wire_walk *walk, const void *bytes, size_t size);

/* True between frames: nothing of a next one was seen. */
bool wire_walk_idle(const struct wire_walk *walk);

#endif
