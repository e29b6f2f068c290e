/* Builds protocol bytes in a buffer of the caller's.
 *
 * What does not fit is not written and sets `overflowed`, which is sticky: build a whole packet,
 * then ask once. A length can be reserved and filled in later. Nothing is allocated.
 */
#ifndef WIRE_WRITER_H
#define WIRE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

struct writer {
    uint8_t *start;  /* the caller's; must outlive the writer */
    size_t capacity; /* bytes */
    size_t size;     /* bytes written; meaningless once overflowed */
    bool overflowed;
};

struct writer writer_make(void *buffer, size_t capacity);

void writer_u8(struct writer *w, uint8_t value);
void writer_u16(struct writer *w, uint16_t value);
void writer_u24(struct writer *w, uint32_t value);
void writer_u32(struct writer *w, uint32_t value);
void writer_u64(struct writer *w, uint64_t value);
void writer_lenenc(struct writer *w, uint64_t value);
void writer_zeros(struct writer *w, size_t count);
void writer_bytes(struct writer *w, const void *bytes, size_t size);
void writer_slice(struct writer *w, struct sg_slice text);
void writer_lenenc_slice(struct writer *w, struct sg_slice text);
void writer_cstr(struct writer *w, struct sg_slice text); /* text, then a NUL */

/* Leaves `count` zero bytes and returns their position, to be filled later. */
size_t writer_reserve(struct writer *w, size_t count);

/* Leaves room for a packet header at the current place and returns its position. */
size_t writer_packet_begin(struct writer *w);

/* Fills the header at `at`: everything written since is that packet's payload, which must be
 * smaller than 0xFFFFFF bytes (larger sets `overflowed`; see wire_packet_write). */
void writer_packet_end(struct writer *w, size_t at, uint8_t sequence);

/* What was written; empty when it overflowed. */
struct sg_slice writer_result(const struct writer *w);

#endif
