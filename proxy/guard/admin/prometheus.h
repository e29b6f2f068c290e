/* Every counter of metrics.def in the text that Prometheus scrapes. */
#ifndef ADMIN_PROMETHEUS_H
#define ADMIN_PROMETHEUS_H

#include <stdio.h>

#include "catalog/refresh.h"
#include "policy/arming.h"

/* What is no counter; `catalog` NULL = there is none. */
struct prometheus_state {
    const struct arming_status *arming;
    const struct catalog_status *catalog;
    const char *version;
    bool is_ready;
};

void prometheus_write(const struct prometheus_state *state, FILE *stream);

#endif
