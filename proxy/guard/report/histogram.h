/* How long things took: counts by upper bound, as Prometheus has them.
 *
 * For what happens seldom or is sampled: an observation is two locked additions, from any thread.
 */
#ifndef REPORT_HISTOGRAM_H
#define REPORT_HISTOGRAM_H

#include <stdint.h>

/* HISTOGRAM_INSPECTION and so on; metrics.def. */
enum histogram {
#define HISTOGRAM(id, name, help) HISTOGRAM_##id,
#include "report/metrics.def"
    HISTOGRAM_COUNT
};

struct histogram_info {
    const char *name;
    const char *help;
};
extern const struct histogram_info histograms_table[HISTOGRAM_COUNT];

#define HISTOGRAM_BOUNDS 19
extern const uint64_t histogram_bounds_ns[HISTOGRAM_BOUNDS]; /* upper, inclusive, rising */

void histogram_add(enum histogram histogram, uint64_t took_ns);

struct histogram_counts {
    uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* of each interval; the last one is above all bounds */
    uint64_t sum_ns;
};
void histogram_read(enum histogram histogram, struct histogram_counts *counts_out);

uint64_t histogram_clock_ns(void); /* monotonic, for taking differences */

#endif
