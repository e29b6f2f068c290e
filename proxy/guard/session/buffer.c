/* Growing and shrinking of a direction's leftover bytes; see buffer.h. */
#include "session/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "report/metrics.h"

void buffer_fini(struct buffer *buffer)
{
    metrics_subtract(METRIC_BUFFERED_BYTES, buffer->capacity);
    free(buffer->data);
    *buffer = (struct buffer){0};
}

/* Room for `extra` more bytes behind the end: by moving what is there to the front, else by growing
 * to at least twice the size, so that a long packet is copied a few times at most. */
static bool make_room(struct buffer *buffer, size_t extra)
{
    size_t used = buffer->end - buffer->start;

    if (buffer->capacity - buffer->end >= extra)
        return true;
    if (buffer->capacity - used >= extra && buffer->start >= used) {
        memmove(buffer->data, buffer->data + buffer->start, used);
    } else {
        size_t capacity = buffer->capacity * 2;
        if (capacity < used + extra)
            capacity = used + extra;
        char *data = malloc(capacity);
        if (!data)
            return false;
        if (used > 0)
            memcpy(data, buffer->data + buffer->start, used);
        free(buffer->data);
        metrics_add(METRIC_BUFFERED_BYTES, capacity - buffer->capacity);
        buffer->data = data;
        buffer->capacity = capacity;
    }
    buffer->start = 0;
    buffer->end = used;
    return true;
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
