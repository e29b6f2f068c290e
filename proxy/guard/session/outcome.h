/* The server's answer held against ours: what it changes in the session, whether we agree, and the
 * event that tells people.
 */
#ifndef SESSION_OUTCOME_H
#define SESSION_OUTCOME_H

#include "policy/policy.h"
#include "session/pending.h"

struct session;

/* One result of the oldest command's answer is complete (session->response has it); `last` when the
 * answer is. */
void outcome_take(struct session *session, struct pending *pending, bool last);

/* The guard answers itself: tells the event, nothing was executed. */
void outcome_blocked(struct session *session, const struct pending *pending);

/* A statement that is good now names what the candidate schema has not; `report` is by that one.
 * Tells the event; `arena` holds the digest for a moment. */
void outcome_candidate(struct session *session, enum policy_carrier carrier, struct sg_slice text,
                       const struct sg_report *report, struct sg_arena *arena);

/* The answer will never be known: events say so. Empties the queue. */
void outcome_abandon(struct session *session);

#endif
