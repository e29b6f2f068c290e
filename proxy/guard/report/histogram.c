/* See histogram.h. */
#include "report/histogram.h"

#include <stdatomic.h>
#include <time.h>

const struct histogram_info histograms_table[HISTOGRAM_COUNT] = {
#define HISTOGRAM(id, name, help) {#name, help},
#include "report/metrics.def"
};

#define US 1000ull
#define MS 1000000ull

const uint64_t histogram_bounds_ns[HISTOGRAM_BOUNDS] = {
    1 * US, 2 * US, 5 * US,  10 * US, 20 * US, 50 * US,  100 * US, 200 * US, 500 * US,  1 * MS,
    2 * MS, 5 * MS, 10 * MS, 20 * MS, 50 * MS, 100 * MS, 200 * MS, 500 * MS, 1000 * MS,
};

static struct {
    atomic_uint_fast64_t counts[HISTOGRAM_BOUNDS + 1];
    atomic_uint_fast64_t sum_ns;
} histograms[HISTOGRAM_COUNT];

void histogram_add(enum histogram histogram, uint64_t took_ns)
{
    unsigned interval = 0;

    while (interval < HISTOGRAM_BOUNDS && took_ns > histogram_bounds_ns[interval])
        interval++;
    atomic_fetch_add_explicit(&histograms[histogram].counts[interval], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histograms[histogram].sum_ns, took_ns, memory_order_relaxed);
}

void histogram_read(enum histogram histogram, struct histogram_counts *counts_out)
{
    for (unsigned i = 0; i <= HISTOGRAM_BOUNDS; i++)
        counts_out->counts[i] =
            atomic_load_explicit(&histograms[histogram].counts[i], memory_order_relaxed);
    counts_out->sum_ns = atomic_load_explicit(&histograms[histogram].sum_ns, memory_order_relaxed);
}

uint64_t histogram_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
