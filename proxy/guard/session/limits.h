/* What a session may have: a place among the others, and time to be idle.
 *
 * max_sessions and max_sessions_per_address are looked at before the server is connected to,
 * max_sessions_per_user when the server has accepted the login: before that anybody could use up
 * another's places. A limit that is 0 is not counted and costs nothing.
 *
 * Source: MySQL Error Reference, ER_CON_COUNT_ERROR, ER_TOO_MANY_USER_CONNECTIONS,
 * ER_CLIENT_INTERACTION_TIMEOUT.
 */
#ifndef SESSION_LIMITS_H
#define SESSION_LIMITS_H

#include <stdbool.h>

#include <schemaguard/error.h>

#include "config/settings.h"

struct accepted;
struct session;

/* Do these settings count sessions? Then session_shared has a quota. */
bool limits_are_set(const struct settings *settings);

/* Before the greeting. False: the client was told, and the session has ended. */
SG_MUST_CHECK bool limits_admit(struct session *session);
SG_MUST_CHECK bool limits_admit_address(struct session *session);

/* There was no descriptor to connect to the server with: tells the client, ends the session. */
void limits_refuse_for_descriptors(struct session *session);

/* There was none to take this connection with, which lies on a spare one: tells the client and
 * closes it, at once. On a worker's thread. */
void limits_turn_away(const struct accepted *accepted);

/* The server has accepted the login or COM_CHANGE_USER under way. False: as above. */
SG_MUST_CHECK bool limits_admit_user(struct session *session);

/* The session is ending: its places are free. */
void limits_release(struct session *session);

/* From here on the session may be idle for idle_timeout. */
void limits_watch(struct session *session);

#endif
