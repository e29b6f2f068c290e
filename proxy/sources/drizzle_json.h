/* drizzle-kit's own snapshots: meta/0003_snapshot.json of a migrations folder, mysql dialect. */
#ifndef SOURCES_DRIZZLE_JSON_H
#define SOURCES_DRIZZLE_JSON_H

#include <stdbool.h>

#include "sources/orm.h"

/* Whether a JSON file's beginning looks like one of drizzle-kit's snapshots, of any dialect. */
bool drizzle_json_is(struct sg_slice head);

/* The folder's snapshots by their journal: the path of the newest one, for a folder with
 * _journal.json in it or in its folder `meta`. Heap; NULL: no such folder. */
char *drizzle_json_newest(const char *folder);

/* Reads `text`; `name` stands in messages and lives as long as orm's arena. What is wrong with it
 * is a problem of `orm`. */
void drizzle_json_read(struct orm *orm, struct sg_slice text, const char *name);

#endif
