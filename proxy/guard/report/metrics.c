/* Counters, one set for each thread that counts, summed when someone asks.
 *
 * A set has one writer, so an addition is a plain load and store that readers can see whole.
 * Threads beyond the number of sets share the last one, and there an addition is a locked one. Sets
 * of ended threads stay: what they counted has happened.
 */
#include "report/metrics.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/log.h"

#define SET_COUNT        65
#define SHARED_SET       (SET_COUNT - 1)
#define CACHE_LINE_BYTES 64

const struct metric_info metrics_table[METRIC_COUNT] = {
#define METRIC(id, name, kind, help) {#name, METRIC_KIND_##kind, help},
#include "report/metrics.def"
};

struct metric_set {
    _Alignas(CACHE_LINE_BYTES) atomic_uint_fast64_t values[METRIC_COUNT];
};

static struct metric_set sets[SET_COUNT]; /* pages of sets that nobody took cost nothing */
static atomic_uint sets_taken;
static atomic_uint_fast64_t levels[METRIC_COUNT];

static _Thread_local struct metric_set *own_set;

static struct metric_set *take_set(void)
{
    unsigned index = atomic_fetch_add_explicit(&sets_taken, 1, memory_order_relaxed);
    own_set = &sets[index < SHARED_SET ? index : SHARED_SET];
    return own_set;
}

void metrics_add(enum metric metric, uint64_t amount)
{
    struct metric_set *set = own_set != NULL ? own_set : take_set();
    atomic_uint_fast64_t *value = &set->values[metric];
    if (set == &sets[SHARED_SET]) {
        atomic_fetch_add_explicit(value, amount, memory_order_relaxed);
        return;
    }
    uint64_t before = atomic_load_explicit(value, memory_order_relaxed);
    atomic_store_explicit(value, before + amount, memory_order_relaxed);
}

/* Unsigned, so that one thread's below zero and another's above add up. */
void metrics_subtract(enum metric metric, uint64_t amount)
{
    metrics_add(metric, 0 - amount);
}

void metrics_set(enum metric metric, uint64_t value)
{
    atomic_store_explicit(&levels[metric], value, memory_order_relaxed);
}

uint64_t metrics_read(enum metric metric)
{
    if (metrics_table[metric].kind == METRIC_KIND_LEVEL)
        return atomic_load_explicit(&levels[metric], memory_order_relaxed);
    uint64_t sum = 0;
    for (unsigned i = 0; i < SET_COUNT; i++)
        sum += atomic_load_explicit(&sets[i].values[metric], memory_order_relaxed);
    return sum;
}

enum metric metrics_of_close(enum close_reason reason)
{
    static const enum metric METRICS[] = {
        METRIC_COUNT,
#define CLOSE_REASON(id, name, whose, text) METRIC_CLOSED_##id,
#include "report/close_reason.def"
    };
    return METRICS[reason];
}

/* --- all of them --------------------------------------------------------------------------- */

#define NUMBER_MAX 20 /* digits of a uint64_t */
#define QUOTING    4  /* "name":number, */

char *metrics_to_json(void)
{
    size_t capacity = sizeof "{}";
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        capacity += strlen(metrics_table[i].name) + NUMBER_MAX + QUOTING;
    char *json = malloc(capacity);
    if (json == NULL)
        return NULL;
    size_t used = 0;
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        used +=
            (size_t)snprintf(json + used, capacity - used, "%c\"%s\":%" PRIu64, i == 0 ? '{' : ',',
                             metrics_table[i].name, metrics_read((enum metric)i));
    snprintf(json + used, capacity - used, "}");
    return json;
}

void metrics_log(void)
{
    char *json = metrics_to_json();
    if (json != NULL)
        log_info("metrics", "%s", json);
    free(json);
}
