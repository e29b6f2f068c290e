/* Suspicions that the server refuted: our fault, or that of an old schema?
 *
 * A migration around the guard makes the guard suspect what is right by now. So a refuted suspicion
 * waits until the schema has been read again, and is judged once more by that one: explained by it,
 * it is `stale`; suspected still, though nothing has changed, it is a `false_positive`. Suspected
 * still by a schema that is another one, it is `unknown`: a name may have come and gone in between.
 * Its event is written then. Worker's thread.
 */
#ifndef SESSION_DOUBT_H
#define SESSION_DOUBT_H

#include <stdbool.h>

#include "report/event.h"
#include "session/note.h"

struct session_worker;

/* A worker holds no more than so many; one more is told at once as `unknown`. */
#define DOUBTS_MOST 1024u

/* The statement `judged` of `note` was run by the server; `event` tells it, all but the agreement,
 * and is copied. False: it is the caller's to tell. */
bool doubt_begin(struct session_worker *host, struct note *note, const struct judged *judged,
                 const struct event *event);

/* The schema was read again, with or without a change. */
void doubts_settle(struct session_worker *host);

/* The worker ends: nothing has explained those that are left. */
void doubts_end(struct session_worker *host);

#endif
