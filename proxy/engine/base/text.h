/* Text that grows in an arena. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <string.h>

#include <schemaguard/arena.h>
#include <schemaguard/slice.h>

/* Zeroed but for `arena`; what does not fit shows in the arena. */
struct sg_text {
    struct sg_arena *arena;
    char *data;
    size_t size;
    size_t room;
};

static inline void sg_text_put(struct sg_text *text, struct sg_slice more)
{
    if (text->size + more.size > text->room) {
        size_t room = (text->size + more.size) * 2 + 64;
        char *grown = (char *)sg_arena_alloc(text->arena, room);
        if (!grown)
            return;
        if (text->size)
            memcpy(grown, text->data, text->size);
        text->data = grown;
        text->room = room;
    }
    if (more.size)
        memcpy(text->data + text->size, more.data, more.size);
    text->size += more.size;
}

static inline void sg_text_put_text(struct sg_text *text, const char *more)
{
    sg_text_put(text, sg_slice_of(more));
}

static inline struct sg_slice sg_text_slice(const struct sg_text *text)
{
    return sg_slice_make(text->data, text->size);
}

#endif
