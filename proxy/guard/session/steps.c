/* The steps of a session and the loop that runs them.
 *
 *   CONNECT ─▶ AWAIT_GREETING ─▶ AWAIT_LOGIN ─┬──────────────▶ SECURE_SERVER ─▶ AUTHENTICATE ─▶
 * COMMANDS ▲          │                    (or not)          ▲ ▲            │ └── SECURE_CLIENT │ └
 * CHANGE_USER┤ │              ▼ before its login the client leaves, is refused, or is too slow ─▶
 * THROW_AWAY     │         RELAY_ONLY
 *
 *   from every step ─▶ ENDING
 *
 * login.c has the first row, throw_away.c the client that left, relay.c commands and what follows.
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
