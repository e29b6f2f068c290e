/* What a session's statements mean: its current database, sql_mode, character set and temporary
 * tables, followed by what the server acknowledged.
 *
 * Three sources, the surer first: what the protocol tells (session tracking, status flags), what
 * the server confirmed of a statement that the engine has read, and the defaults of a new session.
 * What none of them tells is marked unknown, and then only what is a mismatch under every reading
 * is one.
 *
 * Source: MySQL Source Code Documentation, "Session State Information"; MySQL Reference Manual,
 * "Server SQL Modes".
 */
#ifndef SESSION_CONTEXT_H
#define SESSION_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/check.h>
#include <schemaguard/session.h>

#include "wire/ok_packet.h"

struct session_context {
    struct sg_session sg;    /* what the engine reads */
    struct sg_server server; /* as the greeting tells; used while there is no schema */
};

/* The sql_mode that new sessions have, as far as it is known. */
struct session_defaults {
    uint32_t sql_mode;
    uint32_t sql_mode_unknown; /* bits that are not known */
};

/* Every bit that changes a reading is unknown. */
struct session_defaults session_defaults_unknown(void);

/* Zeroed storage. Nothing is known of a session until context_begin. */
void context_init(struct session_context *context, const struct sg_server *server);
void context_fini(struct session_context *context);

/* After a login or COM_CHANGE_USER: `database` may be empty; `collation` is the login's. */
void context_begin(struct session_context *context, struct sg_slice database, uint32_t collation,
                   const struct session_defaults *defaults);

/* After COM_RESET_CONNECTION: all but the database is as after a login. */
void context_reset(struct session_context *context, const struct session_defaults *defaults);

/* The current database is `name` (COM_INIT_DB, USE, a tracker); empty = none. */
void context_set_database(struct session_context *context, struct sg_slice name);

/* The server carried out a statement with these effects. */
void context_apply(struct session_context *context, const struct sg_effects *effects);

/* What an OK or EOF tells beside: the status flags, and session state changes if it has any. */
void context_observe_status(struct session_context *context, uint16_t status);
void context_observe_state(struct session_context *context, struct sg_slice state);

/* Nothing of what a statement can change is known any more. */
void context_forget(struct session_context *context);

#endif
