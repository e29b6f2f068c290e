/* A folder of migrations as files in the order in which its tool applies them.
 *
 *   0000_name.sql, meta/_journal.json        drizzle-kit
 *   20240131_name/migration.sql              Prisma, drizzle-kit's newer layout
 *   V1__name.sql, V1.2__name.sql, R__x.sql   Flyway (U… undo files are passed over)
 *   0001_name.up.sql, 0001_name.down.sql     golang-migrate, and others of that naming
 *   structure.sql                            Rails' dump of the whole
 *   any other *.sql                          by name, numbers in it as numbers
 *
 * The folder itself, or one called `migrations` in it.
 */
#ifndef SOURCES_MIGRATIONS_H
#define SOURCES_MIGRATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/error.h>

struct migrations {
    char **paths; /* heap, in order */
    size_t count;
};

/* SG_INVALID: there are none. */
SG_MUST_CHECK enum sg_status migrations_list(const char *folder, struct migrations *out,
                                             struct sg_error *error);
void migrations_fini(struct migrations *migrations);

/* A path by which the file's SQL can be read: its own, or (for drizzle-kit's statement breakpoints,
 * which are no comments to a server) one of a copy in memory behind *descriptor_out, to be closed;
 * -1: there is none. `room` bytes at `path_out`. */
SG_MUST_CHECK enum sg_status migrations_open(const char *path, char *path_out, size_t room,
                                             int *descriptor_out, struct sg_error *error);

#endif
