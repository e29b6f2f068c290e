/* Shapes of statements that were judged ok. See verdict_cache.h; the guard asks before it judges.
 *
 *   key     context (fixed part, database) | shape
 *   table   sets of four slots; a slot is a hash and a key on the heap
 *   seen    sixteen bits of the hashes of shapes that were judged ok lately
 *
 * The hash only says where to look: keys are compared byte for byte. A shape is kept when it comes
 * for the second time, so that those that never come again cost neither memory nor a place. When
 * the bound is reached a hand goes round over the slots and takes those that were not asked for
 * since it last came by (the clock of F. J. Corbató, "A Paging Experiment with the Multics
 * System").
 */
#include <schemaguard/verdict_cache.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "schema/overlay.h"
#include "sql/shape.h"

#define WAYS 4u

/* A shape and what malloc adds take some 300 to 800 bytes: about as many slots as shapes. */
#define BYTES_PER_SLOT 512u
#define SLOTS_MIN      64u

#define LIMIT_MIN_BYTES (64u * 1024u)

/* Longer names of databases do not exist. */
#define DATABASE_MAX_BYTES 256u

/* All of a context but what it points to. Written as bytes: no gaps. */
struct key_context {
    uint32_t sql_mode;
    uint32_t sql_mode_unknown;
    uint8_t charset;
    uint8_t charset_certainty;
    uint8_t database_certainty;
    uint8_t temporary_certainty;
    uint32_t database_size; /* its bytes follow */
};

_Static_assert(sizeof(struct key_context) == 16, "keys are compared as bytes");

/* What an ok does not depend on stays out: the server, which comes with the schema, and the rules
 * of the Rewriter plugin, which only mismatches are held against. */
_Static_assert(sizeof(void *) != 8 || sizeof(struct sg_context) == 80,
               "a context has a new part: must keys have it, too?");

#define KEY_MAX_BYTES                                                                              \
    (sizeof(struct key_context) + DATABASE_MAX_BYTES + SG_SHAPE_TEXT_MAX + SG_SHAPE_SLACK)

struct kept {
    size_t size;
    bool asked_for; /* since the hand came by */
    unsigned char key[];
};

struct slot {
    uint64_t hash;
    struct kept *kept; /* NULL: free */
};

struct sg_verdict_cache {
    struct slot *slots;
    uint16_t *seen;    /* as many as slots */
    size_t slot_count; /* a power of two */
    size_t hand;
    size_t limit_bytes;
    struct sg_verdict_cache_state state;

    uint64_t hash; /* of the key that was asked for last, */
    size_t size;   /* and its size; 0: it is not to be kept */
    unsigned char key[];
};

/* --- life ------------------------------------------------------------------------------------ */

static size_t slots_within(size_t limit_bytes)
{
    size_t count = SLOTS_MIN;
    while (count < limit_bytes / BYTES_PER_SLOT && count < SIZE_MAX / 2)
        count *= 2;
    return count;
}

struct sg_verdict_cache *sg_verdict_cache_new(size_t limit_bytes)
{
    struct sg_verdict_cache *cache = malloc(sizeof *cache + KEY_MAX_BYTES);
    if (!cache)
        return NULL;
    memset(cache, 0, sizeof *cache);
    if (limit_bytes < LIMIT_MIN_BYTES)
        return cache;
    cache->limit_bytes = limit_bytes;
    cache->slot_count = slots_within(limit_bytes);
    cache->slots = calloc(cache->slot_count, sizeof *cache->slots);
    cache->seen = calloc(cache->slot_count, sizeof *cache->seen);
    if (!cache->slots || !cache->seen) {
        free(cache->slots);
        free(cache->seen);
        free(cache);
        return NULL;
    }
    cache->state.bytes = cache->slot_count * (sizeof *cache->slots + sizeof *cache->seen);
    return cache;
}

static size_t bytes_of(const struct kept *kept)
{
    return sizeof *kept + kept->size + 2 * sizeof(void *); /* malloc's own */
}

static void drop(struct sg_verdict_cache *cache, struct slot *slot)
{
    cache->state.shapes--;
    cache->state.bytes -= bytes_of(slot->kept);
    free(slot->kept);
    slot->kept = NULL;
}

void sg_verdict_cache_clear(struct sg_verdict_cache *cache)
{
    for (size_t i = 0; i < cache->slot_count; i++) {
        if (cache->slots[i].kept)
            drop(cache, &cache->slots[i]);
    }
    cache->size = 0;
}

void sg_verdict_cache_free(struct sg_verdict_cache *cache)
{
    if (!cache)
        return;
    sg_verdict_cache_clear(cache);
    free(cache->slots);
    free(cache->seen);
    free(cache);
}

struct sg_verdict_cache_state sg_verdict_cache_state(const struct sg_verdict_cache *cache)
{
    return cache->state;
}

/* --- keys ------------------------------------------------------------------------------------ */

/* 0: such a statement is not kept. */
static size_t make_key(unsigned char *key, struct sg_slice text, const struct sg_context *context)
{
    const struct key_context fixed = {
        .sql_mode = context->sql_mode,
        .sql_mode_unknown = context->sql_mode_unknown,
        .charset = (uint8_t)context->charset,
        .charset_certainty = (uint8_t)context->charset_certainty,
        .database_certainty = (uint8_t)context->database_certainty,
        .temporary_certainty = (uint8_t)context->temporary_certainty,
        .database_size = (uint32_t)context->database.size,
    };
    size_t size = sizeof fixed;
    size_t shape;
    if (context->database.size > DATABASE_MAX_BYTES ||
        (context->overlay && sg_overlay_table_count(context->overlay) > 0))
        return 0;
    memcpy(key, &fixed, sizeof fixed);
    if (context->database.size > 0)
        memcpy(key + size, context->database.data, context->database.size);
    size += context->database.size;
    shape = sg_shape(text, context, key + size);
    return shape > 0 ? size + shape : 0;
}

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Only says where to look, so it may be quick: two words by one multiplication, two chains that the
 * processor follows side by side. */
static uint64_t hash_key(const unsigned char *key, size_t size)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t one = size ^ odd;
    uint64_t two = ~one;
    for (; size >= 32; size -= 32, key += 32) {
        one = mix(sg_hash_load(key, 8) ^ one, sg_hash_load(key + 8, 8) ^ odd);
        two = mix(sg_hash_load(key + 16, 8) ^ two, sg_hash_load(key + 24, 8) ^ odd);
    }
    for (; size >= 8; size -= 8, key += 8)
        one = mix(sg_hash_load(key, 8) ^ one, odd);
    if (size > 0)
        two = mix(sg_hash_load(key, size) ^ two, odd);
    return sg_hash_word(one, two);
}

static struct slot *set_of(const struct sg_verdict_cache *cache, uint64_t hash)
{
    return &cache->slots[hash & (cache->slot_count - 1) & ~(uint64_t)(WAYS - 1)];
}

/* --- the doors ------------------------------------------------------------------------------- */

enum sg_cached sg_verdict_cache_find(struct sg_verdict_cache *cache, struct sg_slice text,
                                     const struct sg_context *context)
{
    cache->size = 0;
    if (!cache->slots)
        return SG_CACHED_NOT;
    const size_t size = make_key(cache->key, text, context);
    if (size == 0)
        return SG_CACHED_NOT;
    const uint64_t hash = hash_key(cache->key, size);
    struct slot *set = set_of(cache, hash);
    for (unsigned i = 0; i < WAYS; i++) {
        struct kept *kept = set[i].kept;
        if (set[i].hash == hash && kept && kept->size == size &&
            memcmp(kept->key, cache->key, size) == 0) {
            kept->asked_for = true;
            return SG_CACHED_OK;
        }
    }
    cache->hash = hash;
    cache->size = size;
    return SG_CACHED_NOT;
}

static void evict(struct sg_verdict_cache *cache, struct slot *slot)
{
    drop(cache, slot);
    cache->state.evictions++;
}

/* Twice round is enough: the first time takes the marks away. */
static void make_room(struct sg_verdict_cache *cache, size_t more)
{
    for (size_t i = 0; i < 2 * cache->slot_count; i++) {
        if (cache->state.bytes + more <= cache->limit_bytes)
            return;
        struct slot *slot = &cache->slots[cache->hand];
        cache->hand = (cache->hand + 1) & (cache->slot_count - 1);
        if (slot->kept && !slot->kept->asked_for)
            evict(cache, slot);
        else if (slot->kept)
            slot->kept->asked_for = false;
    }
}

/* A slot of the set that is free, or is made so. */
static struct slot *slot_for(struct sg_verdict_cache *cache, uint64_t hash)
{
    struct slot *set = set_of(cache, hash);
    struct slot *victim = NULL;
    for (unsigned i = 0; i < WAYS; i++) {
        if (!set[i].kept)
            return &set[i];
        if (!set[i].kept->asked_for)
            victim = &set[i];
    }
    for (unsigned i = 0; i < WAYS && !victim; i++)
        set[i].kept->asked_for = false;
    if (!victim)
        victim = &set[(hash >> 32) & (WAYS - 1)];
    evict(cache, victim);
    return victim;
}

static bool is_first_time(struct sg_verdict_cache *cache, uint64_t hash)
{
    uint16_t *seen = &cache->seen[hash & (cache->slot_count - 1)];
    const uint16_t mark = (uint16_t)(hash >> 48 | 1);
    const bool first = *seen != mark;
    *seen = mark;
    return first;
}

void sg_verdict_cache_keep(struct sg_verdict_cache *cache, const struct sg_report *report)
{
    const size_t size = cache->size;
    cache->size = 0;
    if (size == 0 || report->verdict != SG_VERDICT_OK || report->depends_on_text ||
        report->effects.flags != 0 || is_first_time(cache, cache->hash))
        return;
    struct kept *kept = malloc(sizeof *kept + size);
    if (!kept)
        return;
    kept->size = size;
    kept->asked_for = false;
    memcpy(kept->key, cache->key, size);
    make_room(cache, bytes_of(kept));
    if (cache->state.bytes + bytes_of(kept) > cache->limit_bytes) {
        free(kept);
        return;
    }
    struct slot *slot = slot_for(cache, cache->hash);
    *slot = (struct slot){.hash = cache->hash, .kept = kept};
    cache->state.shapes++;
    cache->state.bytes += bytes_of(kept);
}
