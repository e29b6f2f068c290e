/* Where the guard and the server disagreed, lately; and what stopped the reading of statements.
 *
 * Written by workers, at disagreements and at unparsed statements; read by the admin thread. A
 * short lock; memory is bounded. The counters of both are in metrics.def.
 */
#ifndef REPORT_AGREEMENT_H
#define REPORT_AGREEMENT_H

#include <schemaguard/slice.h>

#include "report/event.h"

/* The last of each kind that are kept. */
#define AGREEMENT_EXAMPLES 16

/* Keeps what `event` tells, when it is a false positive or a miss. */
void agreement_example(const struct event *event);

/* A statement was unparsed for this reason: the words are counted as they are. */
void agreement_unparsed(struct sg_slice reason);

/* {"agree":…,"false_positive":…,"missed":…,"coverage":{…},"examples":{…}}; docs/admin.md. The
 * caller frees it; NULL when memory was out. */
char *agreement_to_json(void);

#endif
