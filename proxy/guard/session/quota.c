/* A fixed number of chains behind one mutex; see quota.h. Entries live while they count something.
 */
#include "session/quota.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS        1024u
#define TELL_EVERY_MS 1000u

struct entry {
    struct entry *next;
    uint32_t count;
    uint8_t kind;
    struct sg_slice name;
    char bytes[]; /* holds it */
};

struct quota {
    _Atomic uint32_t sessions;
    _Atomic uint64_t told_at_ms[QUOTA_KINDS];
    pthread_mutex_t lock; /* of the chains */
    struct entry *chains[CHAINS];
};

struct quota *quota_new(void)
{
    struct quota *quota = calloc(1, sizeof *quota);

    if (quota)
        pthread_mutex_init(&quota->lock, NULL);
    return quota;
}

void quota_free(struct quota *quota)
{
    if (!quota)
        return;
    for (unsigned i = 0; i < CHAINS; i++) {
        struct entry *next = NULL;
        for (struct entry *entry = quota->chains[i]; entry; entry = next) {
            next = entry->next;
            free(entry);
        }
    }
    pthread_mutex_destroy(&quota->lock);
    free(quota);
}

/* FNV-1a */
static struct entry **chain_of(struct quota *quota, enum quota_kind kind, struct sg_slice name)
{
    uint32_t hash = 2166136261u ^ (uint32_t)kind;

    for (size_t i = 0; i < name.size; i++)
        hash = (hash ^ (uint8_t)name.data[i]) * 16777619u;
    return &quota->chains[(hash ^ hash >> 16) % CHAINS];
}

/* Where the entry hangs, or the chain's end. */
static struct entry **find(struct quota *quota, enum quota_kind kind, struct sg_slice name)
{
    struct entry **at = chain_of(quota, kind, name);

    while (*at && ((*at)->kind != kind || !sg_slice_equal((*at)->name, name)))
        at = &(*at)->next;
    return at;
}

static struct entry *make_entry(enum quota_kind kind, struct sg_slice name)
{
    struct entry *entry = calloc(1, sizeof *entry + name.size);

    if (!entry)
        return NULL;
    entry->kind = (uint8_t)kind;
    if (name.size > 0)
        memcpy(entry->bytes, name.data, name.size);
    entry->name = sg_slice_make(entry->bytes, name.size);
    return entry;
}

static bool take_name(struct quota *quota, enum quota_kind kind, struct sg_slice name,
                      uint32_t limit)
{
    struct entry **at;
    bool taken = true;

    pthread_mutex_lock(&quota->lock);
    at = find(quota, kind, name);
    if (!*at && limit > 0)
        *at = make_entry(kind, name);
    if (limit == 0 || (*at && (*at)->count >= limit))
        taken = false;
    else if (*at)
        (*at)->count++;
    pthread_mutex_unlock(&quota->lock);
    return taken;
}

bool quota_take(struct quota *quota, enum quota_kind kind, struct sg_slice name, uint32_t limit)
{
    uint32_t count;

    if (kind != QUOTA_SESSIONS)
        return take_name(quota, kind, name, limit);
    count = atomic_load_explicit(&quota->sessions, memory_order_relaxed);
    do {
        if (count >= limit)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&quota->sessions, &count, count + 1,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void quota_give(struct quota *quota, enum quota_kind kind, struct sg_slice name)
{
    struct entry **at;
    struct entry *entry;

    if (kind == QUOTA_SESSIONS) {
        atomic_fetch_sub_explicit(&quota->sessions, 1, memory_order_relaxed);
        return;
    }
    pthread_mutex_lock(&quota->lock);
    at = find(quota, kind, name);
    entry = *at;
    if (entry && --entry->count == 0) {
        *at = entry->next;
        free(entry);
    }
    pthread_mutex_unlock(&quota->lock);
}

bool quota_may_tell(struct quota *quota, enum quota_kind kind, uint64_t now_ms)
{
    _Atomic uint64_t *told = &quota->told_at_ms[kind];
    uint64_t before = atomic_load_explicit(told, memory_order_relaxed);

    return (before == 0 || now_ms >= before + TELL_EVERY_MS) &&
           atomic_compare_exchange_strong(told, &before, now_ms);
}
