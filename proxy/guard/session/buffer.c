/* Growing and shrinking of a direction's leftover bytes; see buffer.h. */
#define _DEFAULT_SOURCE /* madvise */
#include "session/buffer.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "report/metrics.h"

#define LARGE_BYTES    ((size_t)4 << 20)
#define BELIEVED_BYTES ((size_t)1 << 20)

void buffer_fini(struct buffer *buffer)
{
    metrics_subtract(METRIC_BUFFERED_BYTES, buffer->capacity);
    free(buffer->data);
    *buffer = (struct buffer){0};
}

/* Large pages for what is many of them: a small page costs a fault each, 6,000 for 24 MB. */
static void want_large_pages(const struct buffer *buffer)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)buffer->data + page - 1) & ~(page - 1);
    uintptr_t to = ((uintptr_t)buffer->data + buffer->capacity) & ~(page - 1);

    (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
}

/* realloc moves pages, not bytes, once it is about megabytes. */
static bool grow(struct buffer *buffer, size_t capacity)
{
    char *data = realloc(buffer->data, capacity);

    if (!data)
        return false;
    metrics_add(METRIC_BUFFERED_BYTES, capacity - buffer->capacity);
    buffer->data = data;
    buffer->capacity = capacity;
    if (capacity >= LARGE_BYTES)
        want_large_pages(buffer);
    return true;
}

/* Room for `extra` more bytes behind the end: by moving what is there to the front, where that
 * leaves at least half of the room, else by growing to at least twice the size. */
static bool make_room(struct buffer *buffer, size_t extra)
{
    size_t used = buffer->end - buffer->start;
    size_t capacity = buffer->capacity * 2;

    if (buffer->capacity - buffer->end >= extra)
        return true;
    if (buffer->start > 0) {
        memmove(buffer->data, buffer->data + buffer->start, used);
        buffer->start = 0;
        buffer->end = used;
        if (used <= buffer->capacity / 2 && buffer->capacity - used >= extra)
            return true;
    }
    return grow(buffer, capacity < used + extra ? used + extra : capacity);
}

void buffer_expect(struct buffer *buffer, size_t size)
{
    size_t used = buffer->end - buffer->start;

    if (used >= BELIEVED_BYTES && size > used)
        (void)make_room(buffer, size - used);
}

bool buffer_append(struct buffer *buffer, struct sg_slice bytes)
{
    if (bytes.size == 0)
        return true;
    if (!make_room(buffer, bytes.size))
        return false;
    memcpy(buffer->data + buffer->end, bytes.data, bytes.size);
    buffer->end += bytes.size;
    return true;
}

void buffer_consume(struct buffer *buffer, size_t count)
{
    buffer->start += count;
    if (buffer->start >= buffer->end)
        buffer_fini(buffer);
}
