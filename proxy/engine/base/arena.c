/* Blocks from malloc, handed out from front to back.
 *
 *   sg_arena_block | aligned bytes ........ next ........ end
 *
 * Called by everything in the engine. Under AddressSanitizer what is not handed out is poisoned, so
 * that a read past an allocation or after a reset is found.
 */
#include <schemaguard/arena.h>

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
#define POISON(data, size)   ASAN_POISON_MEMORY_REGION(data, size)
#define UNPOISON(data, size) ASAN_UNPOISON_MEMORY_REGION(data, size)
/* A gap behind every allocation, so that its end is guarded too. */
#define GUARD_BYTES alignof(max_align_t)
#else
#define POISON(data, size)   ((void)(data), (void)(size))
#define UNPOISON(data, size) ((void)(data), (void)(size))
#define GUARD_BYTES          0
#endif

#define FIRST_BLOCK_BYTES ((size_t)8 * 1024)
#define BLOCK_BYTES_MAX   ((size_t)1024 * 1024)

struct sg_arena_block {
    struct sg_arena_block *older;
    size_t size; /* this header included */
    alignas(max_align_t) char bytes[];
};

#define HEADER_BYTES sizeof(struct sg_arena_block)

void sg_arena_init(struct sg_arena *arena, size_t ceiling_bytes)
{
    *arena = (struct sg_arena){.ceiling_bytes = ceiling_bytes};
}

/* Hands out from `block` next; what the block before it has left is given up. */
static void use_block(struct sg_arena *arena, struct sg_arena_block *block)
{
    arena->blocks = block;
    arena->next = block->bytes;
    arena->end = (char *)block + block->size;
    POISON(arena->next, (size_t)(arena->end - arena->next));
}

static void free_block(struct sg_arena *arena, struct sg_arena_block *block)
{
    arena->used_bytes -= block->size;
    UNPOISON(block, block->size);
    free(block);
}

void sg_arena_reset(struct sg_arena *arena)
{
    struct sg_arena_block *kept = NULL;
    for (struct sg_arena_block *block = arena->blocks, *older; block; block = older) {
        older = block->older;
        bool keep = block->size <= BLOCK_BYTES_MAX && (!kept || block->size > kept->size);
        if (keep && kept)
            free_block(arena, kept);
        if (keep)
            kept = block;
        else
            free_block(arena, block);
    }
    arena->exhausted = false;
    arena->blocks = NULL;
    arena->next = arena->end = NULL;
    if (kept) {
        kept->older = NULL;
        use_block(arena, kept);
    }
}

void sg_arena_fini(struct sg_arena *arena)
{
    for (struct sg_arena_block *block = arena->blocks, *older; block; block = older) {
        older = block->older;
        free_block(arena, block);
    }
    sg_arena_init(arena, arena->ceiling_bytes);
}

/* A block with room for `size` bytes: twice the one before, up to a bound, less near the ceiling.
 */
static bool add_block(struct sg_arena *arena, size_t size)
{
    size_t left = arena->ceiling_bytes - arena->used_bytes;
    if (left < HEADER_BYTES || size > left - HEADER_BYTES)
        return false;
    size_t wanted = arena->blocks ? arena->blocks->size * 2 : FIRST_BLOCK_BYTES;
    if (wanted > BLOCK_BYTES_MAX)
        wanted = BLOCK_BYTES_MAX;
    if (wanted > left)
        wanted = left;
    if (wanted < size + HEADER_BYTES)
        wanted = size + HEADER_BYTES;

    struct sg_arena_block *block = malloc(wanted);
    if (!block)
        return false;
    block->older = arena->blocks;
    block->size = wanted;
    arena->used_bytes += wanted;
    use_block(arena, block);
    return true;
}

void *sg_arena_alloc(struct sg_arena *arena, size_t size)
{
    const size_t align = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        arena->exhausted = true;
        return NULL;
    }
    size_t rounded = (size + align - 1) / align * align;
    if (rounded == 0)
        rounded = align;
    rounded += GUARD_BYTES;
    if (rounded > (size_t)(arena->end - arena->next) && !add_block(arena, rounded)) {
        arena->exhausted = true;
        return NULL;
    }
    char *data = arena->next;
    arena->next += rounded;
    UNPOISON(data, size);
    return memset(data, 0, size);
}

void *sg_arena_array(struct sg_arena *arena, size_t count, size_t element_size)
{
    size_t size;
    if (__builtin_mul_overflow(count, element_size, &size)) {
        arena->exhausted = true;
        return NULL;
    }
    return sg_arena_alloc(arena, size);
}

struct sg_slice sg_arena_copy(struct sg_arena *arena, struct sg_slice text)
{
    char *copy = text.size < SIZE_MAX ? sg_arena_alloc(arena, text.size + 1) : NULL;
    if (!copy)
        return SG_SLICE_EMPTY;
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    return sg_slice_make(copy, text.size);
}
