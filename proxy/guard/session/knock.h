/* Is the server still there? Asked when it closed a session's connection in the middle of an
 * answer: was that one connection killed, or is there no server any more? A new connection tells.
 *
 * Worker's thread only.
 */
#ifndef SESSION_KNOCK_H
#define SESSION_KNOCK_H

struct session;
struct session_worker;

/* Asks on behalf of `session`, whose step is STEP_SERVER_GONE: once the answer is known its
 * server_seen is set and the step is run. One connection answers for all who ask meanwhile. */
void knock_at_server(struct session *session);

/* The worker is asked to end. */
void knock_stop(struct session_worker *host);

#endif
