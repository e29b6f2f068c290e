/* A session is a list of named steps; a step is a name and a function that is called when something
 * it may have waited for has come. One loop runs them (session_run), one function changes them
 * (session_goto).
 *
 * A step touches its own session only, consumes whole packets or nothing of what it reads itself,
 * and may be entered again with more bytes at any time.
 */
#ifndef SESSION_STEPS_H
#define SESSION_STEPS_H

struct session;

enum step_result {
    STEP_NEXT, /* the step has changed, or there is more to do: run again */
    STEP_WAIT, /* an event will call again */
    STEP_DONE, /* the session is ending */
};

struct step {
    const char *name;
    enum step_result (*run)(struct session *session);
};

/* See the drawing in steps.c. */
extern const struct step STEP_AWAIT_PROXY_HEADER;
extern const struct step STEP_CONNECT;
extern const struct step STEP_AWAIT_GREETING;
extern const struct step STEP_AWAIT_LOGIN;
extern const struct step STEP_SECURE_CLIENT;
extern const struct step STEP_SECURE_SERVER;
extern const struct step STEP_AUTHENTICATE;
extern const struct step STEP_COMMANDS;
extern const struct step STEP_RELAY_ONLY;
extern const struct step STEP_SERVER_GONE;
extern const struct step STEP_THROW_AWAY;
extern const struct step STEP_ENDING;

/* Runs steps until one waits. Called after every event; a call from within a step is harmless. */
void session_run(struct session *session);

/* The only place where a session's step changes. Returns STEP_NEXT, for `return session_goto(...)`.
 */
enum step_result session_goto(struct session *session, const struct step *step);

/* session_end, for `return session_stop(...)` in a step. `reason` is an enum close_reason. */
enum step_result session_stop(struct session *session, unsigned reason);

#endif
