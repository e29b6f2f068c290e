/* Memory for one piece of work, given back all at once.
 *
 * The engine allocates from an arena that its caller owns; nothing in the engine is freed by hand.
 * Memory from an arena is zero. An arena is used by one thread at a time.
 */
#ifndef SCHEMAGUARD_ARENA_H
#define SCHEMAGUARD_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/slice.h>

struct sg_arena_block; /* private to arena.c */

/* Open so that it can live in its owner's storage; its fields are arena.c's. */
struct sg_arena {
    char *next;
    char *end;
    struct sg_arena_block *blocks;
    size_t used_bytes;    /* of all blocks, the current one included */
    size_t ceiling_bytes; /* never more than this from malloc */
    bool exhausted;       /* an allocation was refused since the last reset */
};

/* Caller's storage; takes no memory yet. */
void sg_arena_init(struct sg_arena *arena, size_t ceiling_bytes);

/* Everything handed out becomes invalid; the largest block of at most a mebibyte is kept for the
 * next use. */
void sg_arena_reset(struct sg_arena *arena);

/* Gives all memory back; the arena may be initialised again. */
void sg_arena_fini(struct sg_arena *arena);

/* `size` zeroed bytes aligned for any type, or NULL when the ceiling is reached (which sets
 * `exhausted`: callers may check once at the end of a piece of work). */
void *sg_arena_alloc(struct sg_arena *arena, size_t size);

/* As above for `count` elements; refuses when the product overflows. */
void *sg_arena_array(struct sg_arena *arena, size_t count, size_t element_size);

/* A copy of `text` in the arena, with a NUL after it that is not counted; empty when refused. */
struct sg_slice sg_arena_copy(struct sg_arena *arena, struct sg_slice text);

#endif
