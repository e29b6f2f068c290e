/* confirm = schema: a suspect waits until its tables have been looked up afresh.
 *
 * Its command stays where it is, in front of the client's input, so that what follows stays behind
 * it; the judgement of it is kept here, is settled by the look-up or by time, and is taken from
 * here when the command is come to once more. The look-up begins when all before it have been
 * answered: until then the schema may still change.
 *
 *     held_begin ─▶ waits for its turn ─▶ looked up, or confirm_timeout ─▶ settled ─▶ held_take
 */
#ifndef SESSION_HELD_H
#define SESSION_HELD_H

#include <stdbool.h>

#include "session/inspect.h"

struct session;

/* Takes the note over. False: memory is out, and it is the caller's still. */
bool held_begin(struct session *session, const struct inspection *inspection);

/* A suspect is held, and nothing is settled yet. */
bool held_waits(const struct session *session);

/* ... and its turn has come: nothing before it is unanswered. */
bool held_is_to_begin(const struct session *session);
void held_turn(struct session *session);

/* What is to be done with it, POLICY_BLOCK or POLICY_FORWARD; it is held no longer. */
struct inspection held_take(struct session *session);

/* The session ends, or is not inspected any more. */
void held_drop(struct session *session);

#endif
