/* A schema that statements change: what a script of CREATE, ALTER, RENAME and DROP leaves behind.
 *
 * A catalogue begins empty or as a copy of a snapshot, takes one statement after the other as the
 * server would have run it, and can be looked at in between and at the end. Temporary tables are
 * not its business: they are the session's (session.h). One thread at a time.
 *
 * MySQL manual, "Data Definition Statements"; MariaDB documentation, "Data Definition"
 */
#ifndef SCHEMAGUARD_CATALOG_H
#define SCHEMAGUARD_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/arena.h>
#include <schemaguard/check.h>
#include <schemaguard/error.h>
#include <schemaguard/schema.h>
#include <schemaguard/slice.h>

struct sg_catalog; /* heap */

/* Empty. `server` is copied: its flavour and version decide what a statement means. Other databases
 * than those that the statements make are not known. NULL when memory is out. */
struct sg_catalog *sg_catalog_new(const struct sg_server *server);

/* A copy of `schema`, to be changed. A snapshot does not tell keys: after an ALTER that touches
 * them `_rowid` resolves if it can at all. NULL when memory is out. */
struct sg_catalog *sg_catalog_copy(const struct sg_schema *schema);

void sg_catalog_free(struct sg_catalog *catalog); /* NULL is fine */

/* The database exists, and all of its tables will come from statements: what is not made there is
 * absent. */
SG_MUST_CHECK enum sg_status sg_catalog_database(struct sg_catalog *catalog, struct sg_slice name,
                                                 struct sg_error *error);

enum sg_catalog_effect {
    SG_CATALOG_UNTOUCHED, /* no table and no column comes or goes by it */
    SG_CATALOG_CHANGED,
    SG_CATALOG_REFUSED,  /* the server would refuse it as things stand (a table that is there
                            already, a column that is not) */
    SG_CATALOG_DOUBTFUL, /* it changes something, and was not understood: all that it may have
                            touched is marked unknown */
};

struct sg_catalog_change {
    enum sg_catalog_effect effect;
    struct sg_slice reason; /* refused, doubtful: why; static or arena */
    size_t offset;          /* and where in the text */
    size_t consumed;        /* bytes up to and including the `;` that ends the statement, or all */
};

/* Carries out the first statement of `text`. `context` as for sg_check; the caller follows USE and
 * SET by the effects that sg_check or sg_read_effects tell, after this. Nothing in `arena` is kept.
 * SG_LIMIT: a ceiling was reached, and the catalogue is as before or has things marked unknown. */
SG_MUST_CHECK enum sg_status sg_catalog_apply(struct sg_catalog *catalog, struct sg_slice text,
                                              const struct sg_context *context,
                                              struct sg_arena *arena,
                                              struct sg_catalog_change *change_out);

/* What there is now; the catalogue's own, good until the next call with it. Views that have lost
 * what they select from are unknown in it. */
const struct sg_schema *sg_catalog_schema(struct sg_catalog *catalog);

/* Consumes the catalogue. The schema comes with one reference, the caller's. */
SG_MUST_CHECK enum sg_status sg_catalog_finish(struct sg_catalog *catalog,
                                               struct sg_schema **schema_out,
                                               struct sg_error *error);

#endif
