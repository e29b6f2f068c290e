/* Bytes of one direction that could not be used yet: the first part of a packet, or what arrived
 * while the session waits for an answer.
 *
 * Takes memory on the first append and gives it back when emptied, so that an idle session holds
 * none.
 */
#ifndef SCHEMAGUARD_SESSION_BUFFER_H
#define SCHEMAGUARD_SESSION_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

struct buffer {
    char *data; /* heap; NULL when empty */
    size_t start;
    size_t end;
    size_t capacity;
};

/* Zeroed storage is an empty buffer; buffer_fini makes it one again. */
void buffer_fini(struct buffer *buffer);

static inline struct sg_slice buffer_bytes(const struct buffer *buffer)
{
    return buffer->data ? sg_slice_make(buffer->data + buffer->start, buffer->end - buffer->start)
                        : SG_SLICE_EMPTY;
}

static inline bool buffer_is_empty(const struct buffer *buffer)
{
    return buffer->start == buffer->end;
}

/* Copies `bytes` to the end; false when memory is out, and the buffer is as it was. `bytes` may not
 * point into the buffer. */
SG_MUST_CHECK bool buffer_append(struct buffer *buffer, struct sg_slice bytes);

/* What the buffer holds is the first part of `size` bytes: room for all of them is taken at once. No
 * room is no failure, it is taken as they come then. Before a MiB of them has come it does nothing:
 * a peer that only announces much takes no memory. */
void buffer_expect(struct buffer *buffer, size_t size);

/* Drops `count` bytes from the front, at most all; an empty buffer holds no memory. */
void buffer_consume(struct buffer *buffer, size_t count);

#endif
