/* One published schema: a counted envelope around an immutable schema.
 *
 * Made by refresh.c on the catalog's thread, held by workers and by whoever asks. What changes
 * after it was published are three atomic numbers: when it was last found to be true, since when,
 * and the sql_mode of new sessions.
 */
#include "catalog/publish.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "catalog/beside.h"

static int64_t wall_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t published_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

struct published *published_new(struct sg_schema *schema, uint64_t generation)
{
    struct published *published = malloc(sizeof(*published));
    if (!published) {
        sg_schema_release(schema);
        return NULL;
    }
    published->schema = schema;
    published->beside = NULL;
    published->generation = generation;
    published->loaded_at_ms = wall_clock_ms();
    atomic_init(&published->confirmed_at_ms, published_clock_ms());
    atomic_init(&published->as_of_ms, 0);
    atomic_init(&published->session_modes, UINT64_MAX << 32);
    atomic_init(&published->references, 1);
    return published;
}

struct published *published_again(const struct published *published)
{
    struct published *again =
        published_new(sg_schema_retain(published->schema), published->generation + 1);
    if (!again)
        return NULL;
    again->loaded_at_ms = published->loaded_at_ms;
    atomic_init(&again->confirmed_at_ms, atomic_load(&published->confirmed_at_ms));
    atomic_init(&again->as_of_ms, atomic_load(&published->as_of_ms));
    atomic_init(&again->session_modes, atomic_load(&published->session_modes));
    return again;
}

struct published *published_retain(struct published *published)
{
    unsigned before = atomic_fetch_add_explicit(&published->references, 1, memory_order_relaxed);
    assert(before > 0); /* only who holds a reference may take another */
    return published;
}

void published_release(struct published *published)
{
    if (!published ||
        atomic_fetch_sub_explicit(&published->references, 1, memory_order_acq_rel) != 1)
        return;
    beside_free(published->beside);
    sg_schema_release(published->schema);
    free(published);
}

void published_confirm(struct published *published)
{
    atomic_store_explicit(&published->confirmed_at_ms, published_clock_ms(), memory_order_relaxed);
}

void published_set_as_of(struct published *published, uint64_t began_ms)
{
    atomic_store_explicit(&published->as_of_ms, began_ms, memory_order_relaxed);
}

uint64_t published_as_of_ms(const struct published *published)
{
    return atomic_load_explicit(&published->as_of_ms, memory_order_relaxed);
}

void published_set_modes(struct published *published, uint32_t sql_mode, uint32_t unknown)
{
    atomic_store_explicit(&published->session_modes, (uint64_t)unknown << 32 | sql_mode,
                          memory_order_relaxed);
}

void published_modes(const struct published *published, uint32_t *sql_mode_out,
                     uint32_t *unknown_out)
{
    uint64_t modes = atomic_load_explicit(&published->session_modes, memory_order_relaxed);
    *sql_mode_out = (uint32_t)modes;
    *unknown_out = (uint32_t)(modes >> 32);
}

uint64_t published_age_ms(const struct published *published, uint64_t now_ms)
{
    uint64_t confirmed = atomic_load_explicit(&published->confirmed_at_ms, memory_order_relaxed);
    return now_ms > confirmed ? now_ms - confirmed : 0;
}
