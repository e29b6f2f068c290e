/* A command's text in, what is to be done with it out.
 *
 * Runs the engine over each statement of the text under the session's context, lets policy decide
 * by the first one, and makes a note of what has to be remembered until the server has answered.
 */
#ifndef SESSION_INSPECT_H
#define SESSION_INSPECT_H

#include <stdbool.h>

#include <schemaguard/slice.h>

#include "policy/policy.h"
#include "session/note.h"
#include "session/prepared.h"
#include "session/recent.h"

struct session;

struct inspection {
    enum policy_action action;
    struct note *note;        /* the caller's; NULL = nothing to remember */
    struct recent_place text; /* where there is no note: in the worker's ring */
    bool inspected;           /* the engine judged it: its verdict is held against the answer */
    bool refused; /* there is no schema, and no_schema = refuse: to be answered with an error */
};

/* `text` may hold several statements where the session has MULTI_STATEMENTS on. The first decides;
 * a later one that is wrong is the server's to refuse: it stops there, after having run the others
 * (MySQL manual, "Multiple Statement Execution Support"). */
struct inspection inspect_sql(struct session *session, struct sg_slice text,
                              enum policy_carrier carrier);

/* A statement that was prepared under another generation of the schema and is executed now: judged
 * as of its PREPARE, by the schema of today. The note is there only for a mismatch; without one it
 * is found good by this generation. */
struct inspection inspect_prepared(struct session *session, struct prepared *prepared);

/* The name of COM_INIT_DB, which is judged as USE of that name. */
struct inspection inspect_database(struct session *session, struct sg_slice name);

/* The table of COM_FIELD_LIST, which is judged as SHOW FIELDS FROM that name. */
struct inspection inspect_table(struct session *session, struct sg_slice name);

/* The statement `judged` of `note`, held against another schema: is it a mismatch by that, too? The
 * session's temporary tables are forgotten by then. */
bool inspect_suspects_still(const struct note *note, const struct judged *judged,
                            const struct sg_schema *schema);

/* The first statement of `note`, which was found to be a mismatch, by tables that were looked up
 * since then and under the session's context, which has not changed. The report, which is the
 * note's from then on if it is a mismatch still; NULL when memory is out. */
const struct sg_report *inspect_afresh(const struct session *session, struct note *note,
                                       struct sg_schema *fresh);

/* A note of what `text` changes when it is executed, nothing judged; NULL when it changes nothing
 * or memory is out. */
struct note *inspect_effects(struct session *session, struct sg_slice text);

#endif
