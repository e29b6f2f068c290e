/* Drizzle's declarations: schema.ts with mysqlTable and the like, read without running them. */
#ifndef SOURCES_DRIZZLE_H
#define SOURCES_DRIZZLE_H

#include "sources/orm.h"

/* Reads the files, and those that they import by a relative path, as drizzle-kit would: the tables
 * and views that are exported. What cannot be told is a problem of `orm`; SG_SYSTEM: one of the
 * files cannot be read. */
SG_MUST_CHECK enum sg_status drizzle_read(struct orm *orm, const char *const *paths, size_t count,
                                          struct sg_error *error);

/* The same for one text without imports of its own. `name` lives as long as orm's arena. */
void drizzle_read_text(struct orm *orm, struct sg_slice text, const char *name);

#endif
