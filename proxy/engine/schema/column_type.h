/* The type that a server shows for a column, from the type that a statement gave it. */
#ifndef SG_SCHEMA_COLUMN_TYPE_H
#define SG_SCHEMA_COLUMN_TYPE_H

#include <schemaguard/arena.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

/* COLUMN_TYPE as information_schema would give it: "INTEGER UNSIGNED" is "int unsigned" on MySQL
 * and "int(10) unsigned" on MariaDB. `written` is the type as in the statement, with its
 * attributes. In the arena; what is not known is given back in lower case. */
struct sg_slice sg_column_type(struct sg_slice written, const struct sg_server *server,
                               struct sg_arena *arena);

/* The types of whose keys the server makes `_rowid`; `type` is a COLUMN_TYPE. */
bool sg_column_type_is_integer(struct sg_slice type);

#endif
