/* Builds protocol bytes in a caller's buffer; see writer.h. Called by every builder of this room.
 */
#include "wire/writer.h"

#include <string.h>

#include "wire/packet.h"

struct writer writer_make(void *buffer, size_t capacity)
{
    return (struct writer){(uint8_t *)buffer, capacity, 0, false};
}

/* Room for `count` bytes, or NULL and the mark. */
static uint8_t *claim(struct writer *w, size_t count)
{
    uint8_t *at;

    if (w->overflowed || count > w->capacity - w->size) {
        w->overflowed = true;
        return NULL;
    }
    at = w->start + w->size;
    w->size += count;
    return at;
}

static void put_little_endian(uint8_t *at, uint64_t value, unsigned width)
{
    for (unsigned i = 0; i < width; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

static void write_little_endian(struct writer *w, uint64_t value, unsigned width)
{
    uint8_t *at = claim(w, width);

    if (at != NULL)
        put_little_endian(at, value, width);
}

void writer_u8(struct writer *w, uint8_t value)
{
    write_little_endian(w, value, 1);
}

void writer_u16(struct writer *w, uint16_t value)
{
    write_little_endian(w, value, 2);
}

void writer_u24(struct writer *w, uint32_t value)
{
    write_little_endian(w, value, 3);
}

void writer_u32(struct writer *w, uint32_t value)
{
    write_little_endian(w, value, 4);
}

void writer_u64(struct writer *w, uint64_t value)
{
    write_little_endian(w, value, 8);
}

void writer_lenenc(struct writer *w, uint64_t value)
{
    if (value < 0xFB) {
        writer_u8(w, (uint8_t)value);
    } else if (value <= 0xFFFF) {
        writer_u8(w, 0xFC);
        writer_u16(w, (uint16_t)value);
    } else if (value <= 0xFFFFFF) {
        writer_u8(w, 0xFD);
        writer_u24(w, (uint32_t)value);
    } else {
        writer_u8(w, 0xFE);
        writer_u64(w, value);
    }
}

void writer_zeros(struct writer *w, size_t count)
{
    (void)writer_reserve(w, count);
}

void writer_bytes(struct writer *w, const void *bytes, size_t size)
{
    uint8_t *at = claim(w, size);

    if (at != NULL && size > 0)
        memcpy(at, bytes, size);
}

void writer_slice(struct writer *w, struct sg_slice text)
{
    writer_bytes(w, text.data, text.size);
}

void writer_lenenc_slice(struct writer *w, struct sg_slice text)
{
    writer_lenenc(w, text.size);
    writer_slice(w, text);
}

void writer_cstr(struct writer *w, struct sg_slice text)
{
    writer_slice(w, text);
    writer_u8(w, 0);
}

size_t writer_reserve(struct writer *w, size_t count)
{
    size_t at = w->size;
    uint8_t *room = claim(w, count);

    if (room != NULL && count > 0)
        memset(room, 0, count);
    return at;
}

size_t writer_packet_begin(struct writer *w)
{
    return writer_reserve(w, WIRE_HEADER_SIZE);
}

void writer_packet_end(struct writer *w, size_t at, uint8_t sequence)
{
    size_t length;

    if (w->overflowed)
        return;
    length = w->size - at - WIRE_HEADER_SIZE;
    if (length >= WIRE_PAYLOAD_MAX) {
        w->overflowed = true;
        return;
    }
    wire_header_write(w->start + at, (struct wire_header){(uint32_t)length, sequence});
}

struct sg_slice writer_result(const struct writer *w)
{
    return w->overflowed ? SG_SLICE_EMPTY : sg_slice_make(w->start, w->size);
}
