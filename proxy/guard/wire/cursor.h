/* Reads the protocol's integers and strings out of foreign bytes, never outside them.
 *
 * In:  a range of bytes that somebody else owns. Out: values, and slices into that range.
 * A read that does not fit sets `failed`, returns zero or an empty slice, and every later read does
 * the same, so that a parser reads like the protocol page and asks once at its end. Called by every
 * parser of this room; knows no packet.
 *
 * Source: MySQL Source Code Documentation, "Integer Types" and "String Types".
 */
#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

struct cursor {
    const uint8_t *start;
    const uint8_t *next;
    const uint8_t *end;
    bool failed; /* a read did not fit or was malformed; sticky */
};

static inline struct cursor cursor_make(const void *bytes, size_t size)
{
    static const uint8_t nothing[1]; /* so that no arithmetic is ever done on NULL */
    const uint8_t *start = size > 0 ? (const uint8_t *)bytes : nothing;

    return (struct cursor){start, start, start + size, false};
}

static inline struct cursor cursor_of(struct sg_slice bytes)
{
    return cursor_make(bytes.data, bytes.size);
}

/* Bytes that were not read yet. */
static inline size_t cursor_left(const struct cursor *c)
{
    return (size_t)(c->end - c->next);
}

/* How far reading came; after a failure, where it stopped. */
static inline size_t cursor_offset(const struct cursor *c)
{
    return (size_t)(c->next - c->start);
}

/* The next `count` bytes, or NULL and the mark. `count` may be anything that the bytes claim. */
static inline const uint8_t *cursor_take(struct cursor *c, uint64_t count)
{
    const uint8_t *at = c->next;

    if (c->failed || count > cursor_left(c)) {
        c->failed = true;
        return NULL;
    }
    c->next += (size_t)count;
    return at;
}

static inline void cursor_skip(struct cursor *c, uint64_t count)
{
    (void)cursor_take(c, count);
}

static inline uint64_t cursor_little_endian(struct cursor *c, unsigned width)
{
    const uint8_t *at = cursor_take(c, width);
    uint64_t value = 0;

    if (at == NULL)
        return 0;
    for (unsigned i = 0; i < width; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
    return (uint8_t)cursor_little_endian(c, 1);
}

static inline uint16_t cursor_u16(struct cursor *c)
{
    return (uint16_t)cursor_little_endian(c, 2);
}

static inline uint32_t cursor_u24(struct cursor *c)
{
    return (uint32_t)cursor_little_endian(c, 3);
}

static inline uint32_t cursor_u32(struct cursor *c)
{
    return (uint32_t)cursor_little_endian(c, 4);
}

static inline uint64_t cursor_u64(struct cursor *c)
{
    return cursor_little_endian(c, 8);
}

/* A length-encoded integer where 0xFB means NULL (values of a text row); *null_out says which.
 * 0xFF starts no integer and fails. */
static inline uint64_t cursor_lenenc_or_null(struct cursor *c, bool *null_out)
{
    uint8_t first = cursor_u8(c);

    *null_out = false;
    if (first < 0xFB)
        return first;
    switch (first) {
    case 0xFB:
        *null_out = true;
        return 0;
    case 0xFC:
        return cursor_u16(c);
    case 0xFD:
        return cursor_u24(c);
    case 0xFE:
        return cursor_u64(c);
    default:
        c->failed = true;
        return 0;
    }
}

/* A length-encoded integer; 0xFB (NULL) fails, as it does everywhere but in a row. */
static inline uint64_t cursor_lenenc(struct cursor *c)
{
    bool null = false;
    uint64_t value = cursor_lenenc_or_null(c, &null);

    if (null)
        c->failed = true;
    return value;
}

static inline struct sg_slice cursor_fixed(struct cursor *c, uint64_t count)
{
    const uint8_t *at = cursor_take(c, count);

    return at == NULL ? SG_SLICE_EMPTY : sg_slice_make(at, (size_t)count);
}

static inline struct sg_slice cursor_lenenc_slice(struct cursor *c)
{
    return cursor_fixed(c, cursor_lenenc(c));
}

/* Text up to a NUL, which is read and not counted; without a NUL it fails. */
static inline struct sg_slice cursor_cstr(struct cursor *c)
{
    const uint8_t *nul =
        c->failed || c->next == c->end ? NULL : (const uint8_t *)memchr(c->next, 0, cursor_left(c));
    struct sg_slice text;

    if (nul == NULL) {
        c->failed = true;
        return SG_SLICE_EMPTY;
    }
    text = sg_slice_make(c->next, (size_t)(nul - c->next));
    c->next = nul + 1;
    return text;
}

/* Everything that is left; empty after a failure. */
static inline struct sg_slice cursor_rest(struct cursor *c)
{
    return cursor_fixed(c, c->failed ? 0 : cursor_left(c));
}

/* As cursor_cstr, but the end of the bytes ends the text too: the last field of several packets has
 * its NUL left out by some senders. */
static inline struct sg_slice cursor_cstr_or_rest(struct cursor *c)
{
    if (!c->failed && (c->next == c->end || memchr(c->next, 0, cursor_left(c)) == NULL))
        return cursor_rest(c);
    return cursor_cstr(c);
}

/* Fills `error` with what was being read and where it stopped, and returns false, so that a parser
 * can `return wire_malformed(...)`. `error` may be NULL. */
bool wire_malformed(struct sg_error *error, const char *what, size_t offset);

#endif
