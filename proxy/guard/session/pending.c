/* See pending.h. A ring; its entries move to the heap when they outgrow the session, and back when
 * it is empty. */
#include "session/pending.h"

#include <stdlib.h>

#include "session/note.h"

static struct pending *entries(struct pending_queue *queue)
{
    return queue->heap ? queue->heap : queue->inline_entries;
}

static uint32_t capacity(const struct pending_queue *queue)
{
    return queue->heap ? queue->capacity : PENDING_INLINE;
}

static struct pending *entry_at(struct pending_queue *queue, uint32_t index)
{
    return &entries(queue)[(queue->first + index) % capacity(queue)];
}

void pending_fini(struct pending_queue *queue)
{
    while (queue->count > 0)
        note_free(pending_pop(queue).note);
}

static bool grow(struct pending_queue *queue)
{
    uint32_t larger = capacity(queue) * 4;
    struct pending *heap = calloc(larger, sizeof *heap);

    if (!heap)
        return false;
    for (uint32_t i = 0; i < queue->count; i++)
        heap[i] = *entry_at(queue, i);
    free(queue->heap);
    queue->heap = heap;
    queue->capacity = larger;
    queue->first = 0;
    return true;
}

bool pending_push(struct pending_queue *queue, const struct pending *entry)
{
    if (queue->count == capacity(queue) && !grow(queue))
        return false;
    queue->count++;
    *entry_at(queue, queue->count - 1) = *entry;
    return true;
}

struct pending *pending_head(struct pending_queue *queue)
{
    return queue->count > 0 ? entry_at(queue, 0) : NULL;
}

struct pending *pending_second(struct pending_queue *queue)
{
    return queue->count > 1 ? entry_at(queue, 1) : NULL;
}

struct pending *pending_newest(struct pending_queue *queue)
{
    return queue->count > 0 ? entry_at(queue, queue->count - 1) : NULL;
}

struct pending pending_pop(struct pending_queue *queue)
{
    struct pending oldest = *entry_at(queue, 0);

    queue->first = (queue->first + 1) % capacity(queue);
    queue->count--;
    if (queue->count == 0) {
        free(queue->heap);
        queue->heap = NULL;
        queue->first = 0;
    }
    return oldest;
}
