/* A context and all that it points to, followed from statement to statement.
 *
 * For whoever reads statements in the order in which a connection ran them, and learns of it from
 * their text alone: a log, a file. One thread at a time.
 */
#ifndef SCHEMAGUARD_SESSION_H
#define SCHEMAGUARD_SESSION_H

#include <stdint.h>

#include <schemaguard/check.h>

struct sg_session {
    struct sg_context context;  /* for sg_check; its slices point into the fields below */
    char *database;             /* heap; NULL = none */
    struct sg_overlay *overlay; /* heap; NULL = no temporary tables */
};

/* Caller's storage. No database, the character set UTF-8, no temporary tables. `server` is borrowed
 * as long as the session lives. */
void sg_session_init(struct sg_session *session, const struct sg_server *server, uint32_t sql_mode);
void sg_session_fini(struct sg_session *session);

/* The server has dropped them, as at a COM_RESET_CONNECTION: there are none, and that is known. */
void sg_session_drop_temporary_tables(struct sg_session *session);

/* The current database is `name` from now on; empty: none. Copied. */
void sg_session_set_database(struct sg_session *session, struct sg_slice name);

/* The server carried out a statement with these effects. */
void sg_session_apply(struct sg_session *session, const struct sg_effects *effects);

/* Nothing of what a statement can change is known any more. */
void sg_session_forget(struct sg_session *session);

#endif
