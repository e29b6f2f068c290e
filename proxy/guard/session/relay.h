/* The command phase: the client's commands to the server, the server's answers to the client, with
 * a look at each on the way.
 *
 * Bytes pass as they came, as many as there are in one write; only a suspect is held back. The
 * steps COMMANDS and RELAY_ONLY stand in relay.c.
 */
#ifndef SESSION_RELAY_H
#define SESSION_RELAY_H

#include "session/steps.h"

struct session;

/* From here on bytes pass both ways unread: an answer that is not understood, or a stream without
 * end. `why` completes "relaying without inspection: …". */
enum step_result relay_blindly(struct session *session, const char *why);

#endif
