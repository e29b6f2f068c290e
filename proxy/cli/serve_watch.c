/* See serve_watch.h. The rules are those of docs/policy.md, "When the guard steps back". */
#include "cli/serve_watch.h"

#include <stdio.h>

#include "report/clock.h"
#include "report/log.h"
#include "report/metrics.h"

/* One reading may fail for a server that restarts. */
#define FAILURES_MOST 3u

/* What is wrong with the schema, in `text`; NULL = nothing. */
static const char *schema_fault(struct watch *watch, char *text, size_t size)
{
    struct catalog_status status;

    if (!watch->catalog)
        return NULL;
    catalog_status(watch->catalog, &status);
    if (status.readings != watch->readings || status.generation == 0) {
        watch->readings = status.readings;
        watch->failures_then = status.failures;
    }
    if (status.generation == 0) /* nothing is inspected yet, so that nothing can go wrong */
        return NULL;
    if (status.state == CATALOG_WITHHELD)
        snprintf(text, size, "the schema shrinks: %s", status.last_error);
    else if (status.age_ms > watch->settings->max_schema_age_ms)
        snprintf(text, size, "the schema is %llu s old, more than max_schema_age",
                 (unsigned long long)(status.age_ms / 1000));
    else if (status.failures - watch->failures_then >= FAILURES_MOST)
        snprintf(text, size, "the schema cannot be read: %s", status.last_error);
    else
        return NULL;
    return text;
}

static void tell(const struct watch *watch, enum arming_change change)
{
    struct arming_status status;

    arming_status(watch->arming, &status);
    switch (change) {
    case ARMING_UNCHANGED:
        break;
    case ARMING_ARMED_NOW:
        log_warning("policy", "armed: statements are blocked from now on");
        break;
    case ARMING_WENT_BACK:
        metrics_add(METRIC_STEPPED_BACK, 1);
        log_error("policy", "ALARM: stepped back to observe: %s; nothing is blocked until %s",
                  status.alarm,
                  watch->settings->rearm_after_ms > 0
                      ? "rearm_after has passed without a fault, or it is told to arm"
                      : "it is told to arm");
        break;
    case ARMING_COUNTS_ANEW:
        log_warning("policy", "a statement was suspected wrongly: the count of arm_after begins "
                              "anew");
        break;
    }
}

void watch_turn(struct watch *watch)
{
    char text[ARMING_ALARM_MAX];
    const struct arming_sight sight = {
        .now_ms = clock_monotonic_ms(),
        .agreed = metrics_read(METRIC_AGREE),
        .false_positives = metrics_read(METRIC_FALSE_POSITIVE),
        .blocked = metrics_read(METRIC_BLOCKED),
        .schema_fault = schema_fault(watch, text, sizeof text),
    };

    tell(watch, arming_turn(watch->arming, &sight));
}
