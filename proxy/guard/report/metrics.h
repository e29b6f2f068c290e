/* Counters. Adding is a load and a store on memory of the thread's own: no lock, no shared line.
 *
 * Reading sums over the threads; a sum taken while others add is right for some moment of the
 * reading, each metric by itself.
 */
#ifndef REPORT_METRICS_H
#define REPORT_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include "report/close_reason.h"

/* METRIC_STATEMENTS_INSPECTED and so on. */
enum metric {
#define METRIC(id, name, kind, help) METRIC_##id,
#include "report/metrics.def"
    METRIC_COUNT
};

enum metric_kind { METRIC_KIND_COUNTER, METRIC_KIND_GAUGE, METRIC_KIND_LEVEL };

struct metric_info {
    const char *name;
    enum metric_kind kind;
    const char *help;
};
extern const struct metric_info metrics_table[METRIC_COUNT];

void metrics_add(enum metric metric, uint64_t amount);      /* COUNTER, GAUGE */
void metrics_subtract(enum metric metric, uint64_t amount); /* GAUGE */
void metrics_set(enum metric metric, uint64_t value);       /* LEVEL */
uint64_t metrics_read(enum metric metric);

/* The counter of sessions that ended for that reason. */
enum metric metrics_of_close(enum close_reason reason);

/* All as one JSON object on one line, without a line end, NUL-terminated: {"blocked":3,…}. The
 * caller frees it; NULL when memory was out. */
char *metrics_to_json(void);

/* The same to the log, as one line of level info: at shutdown, and when USR2 asks. */
void metrics_log(void);

#endif
