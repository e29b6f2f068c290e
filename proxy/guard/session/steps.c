/* The steps of a session and the loop that runs them.
 *
 *     AWAIT_PROXY_HEADER   (only from proxy_protocol_networks)
 *             │
 *             ▼
 *          CONNECT ──▶ AWAIT_GREETING ──▶ AWAIT_LOGIN ◀──▶ SECURE_CLIENT
 *                                              │
 *                                              ├──▶ SECURE_SERVER
 *                                              ▼          │
 *                                        AUTHENTICATE ◀───┘
 *                                              ▲ │
 *                              COM_CHANGE_USER │ ▼
 *                                           COMMANDS ──▶ RELAY_ONLY
 *
 *     the server closes in the middle of an answer ──▶ SERVER_GONE
 *     the client leaves, is refused or too slow before the server had its login ──▶ THROW_AWAY
 *     from every step ──▶ ENDING
 *
 * login.c has all up to SECURE_SERVER, throw_away.c the client that left, relay.c commands and what
 * follows. With compression the steps see what was unpacked (compression.c).
 */
#include "session/steps.h"

#include "report/log.h"
#include "session/session.h"

static enum step_result ending(struct session *session)
{
    (void)session;
    return STEP_DONE;
}

const struct step STEP_ENDING = {"ending", ending};

void session_run(struct session *session)
{
    if (session->running)
        return;
    session->running = true;
    while (session->step->run(session) == STEP_NEXT)
        ;
    session->running = false;
}

enum step_result session_goto(struct session *session, const struct step *step)
{
    log_debug("session", "session %llu: %s", (unsigned long long)session->id, step->name);
    session->step = step;
    return STEP_NEXT;
}

enum step_result session_stop(struct session *session, unsigned reason)
{
    session_end(session, (enum close_reason)reason);
    return STEP_DONE;
}
