/* What a server would have if it were as the team has agreed on.
 *
 * A verified schema describes some databases of a server, by sources that know less than the server
 * tells of itself: an ORM's declarations, migrations, a snapshot of another machine. To be held
 * against statements it is laid over the live schema, so that what it says nothing about is as the
 * server has it.
 */
#ifndef SCHEMAGUARD_AGREED_H
#define SCHEMAGUARD_AGREED_H

#include <stdbool.h>

#include <schemaguard/error.h>
#include <schemaguard/schema.h>
#include <schemaguard/slice.h>

/* `verified` laid over `live`:
 * - a database with a table in `verified`, if it is none of the server's own, is as verified: its
 *   tables and their columns, no others;
 * - any other database is as live, and so are the tables that migration tools keep for themselves;
 * - a table of whose columns live knows nothing is unknown, and where live may not list all tables
 *   of a database, none is absent;
 * - what is no name (letter case, invisible columns, _rowid) is live's.
 * Types and other details are left out. The schema comes with one reference, the caller's.
 * SG_INVALID when two tables of `verified` are one for this server (letter case). */
SG_MUST_CHECK enum sg_status sg_schema_agreed(const struct sg_schema *verified,
                                              const struct sg_schema *live,
                                              struct sg_schema **schema_out,
                                              struct sg_error *error);

/* `schema` has a table in that database, which is none of the server's own. */
bool sg_schema_describes(const struct sg_schema *schema, struct sg_slice database);

/* A table that a migration tool keeps for itself: in the database, in no model. */
bool sg_is_bookkeeping(struct sg_slice table);

#endif
