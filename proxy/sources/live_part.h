/* Which of a server's tables a statement over information_schema is about.
 *
 * MariaDB opens every table for each statement over indexes, foreign keys and checks, and keeps no
 * more open than its caches hold. So a large database is read in parts, each small enough that the
 * second statement about it finds open what the first has opened: 10,000 tables in a quarter of the
 * time (seen with 10.11).
 */
#ifndef SOURCES_LIVE_PART_H
#define SOURCES_LIVE_PART_H

#include <stddef.h>

#include <mysql.h>

#include <schemaguard/slice.h>

#include "sources/live.h"

#define LIVE_PART_TABLES 500u

/* Zeroed: all that the options ask for. */
struct live_part {
    struct sg_slice database;      /* this one alone; empty: all, but for `except` */
    struct sg_slice table;         /* of it this one alone; empty: as follows */
    struct sg_slice from;          /* its tables from this name on; empty: from the first one */
    struct sg_slice below;         /* and before this one; empty: to the last one */
    const struct sg_slice *except; /* databases that have parts of their own */
    size_t except_count;
};

/* " WHERE column IN ('a', 'b')" and the like, or nothing; `column` holds the database's name. Heap,
 * NULL when memory is out. */
char *live_part_where(const struct live_part *part, const struct live_options *options,
                      MYSQL *mysql, const char *column);

#endif
