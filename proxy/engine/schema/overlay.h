/* A session's temporary tables and open handlers, and how a statement changes them.
 *
 * A temporary table hides the permanent one of its name, in its session only. The overlay is the
 * list of those that are known; whether there may be others is the context's temporary_certainty.
 *
 * MySQL manual, "CREATE TEMPORARY TABLE Statement", "HANDLER Statement"
 */
#ifndef SG_SCHEMA_OVERLAY_H
#define SG_SCHEMA_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/check.h>
#include <schemaguard/schema.h>

enum sg_overlay_verb {
    SG_OVERLAY_PUT,           /* the table is there now, in the place of one of its name */
    SG_OVERLAY_PUT_IF_ABSENT, /* CREATE … IF NOT EXISTS: a temporary one of its name stays */
    SG_OVERLAY_REMOVE,        /* the table, if it was temporary, is gone */
    SG_OVERLAY_OPEN,          /* HANDLER table OPEN AS handler */
    SG_OVERLAY_CLOSE,         /* HANDLER handler CLOSE */
};

/* One step; a change is a list of them, carried out in order. Lives in the statement's arena. */
struct sg_overlay_step {
    enum sg_overlay_verb verb;
    struct sg_table_spec table; /* database and name always, save with CLOSE; the rest with the
                                   two puts */
    struct sg_slice handler;    /* with OPEN and CLOSE */
};

struct sg_overlay_change {
    const struct sg_overlay_step *steps;
    size_t step_count;
    const struct sg_server *server; /* how names compare; read during apply only */
};

/* The temporary table of that name, or NULL. `overlay` may be NULL. */
const struct sg_table *sg_overlay_find(const struct sg_overlay *overlay, struct sg_slice database,
                                       struct sg_slice name);

/* The table that was opened as a handler of that name: its database and name alone are told. NULL:
 * not known here. */
const struct sg_table *sg_overlay_find_handler(const struct sg_overlay *overlay,
                                               struct sg_slice handler);

/* With the handlers. */
size_t sg_overlay_table_count(const struct sg_overlay *overlay);

#endif
