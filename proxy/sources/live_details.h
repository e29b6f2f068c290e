/* Keys, constraints and comments out of information_schema: rows in, one table's details out. The
 * rows are live.c's to ask for. */
#ifndef SOURCES_LIVE_DETAILS_H
#define SOURCES_LIVE_DETAILS_H

#include <stdbool.h>

#include <mysql.h>

#include <schemaguard/detail.h>

/* What has been read of a table; all of it in the reading's arena. Zeroed at first. */
struct live_details {
    struct sg_slice engine;
    struct sg_slice collation; /* as the server names it */
    struct sg_slice comment;
    struct sg_slice definition;
    struct sg_slice row_end; /* MariaDB: the server adds it to the keys of a versioned table */
    struct live_index *indexes;
    struct live_foreign_key *foreign_keys;
    struct live_check *checks;
};

/* The statements, whose first two columns are database and table, and what names the database in
 * them (for a WHERE). */
const char *live_details_indexes_sql(const struct sg_server *server);
#define LIVE_DETAILS_FOREIGN_KEYS_SQL                                                              \
    "SELECT TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, "            \
    "REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME "                      \
    "FROM information_schema.KEY_COLUMN_USAGE"
#define LIVE_DETAILS_RULES_SQL                                                                     \
    "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE "             \
    "FROM information_schema.REFERENTIAL_CONSTRAINTS"
#define LIVE_DETAILS_VIEWS_SQL                                                                     \
    "SELECT TABLE_SCHEMA, TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS"
/* NULL: this server has no checks. */
const char *live_details_checks_sql(const struct sg_server *server, const char **schema_out);

/* One row of each. What cannot be stored for want of memory shows in the arena. */
void live_details_index(struct live_details *details, MYSQL_ROW row, const unsigned long *sizes,
                        const struct sg_server *server, struct sg_arena *arena);
void live_details_foreign_key(struct live_details *details, MYSQL_ROW row,
                              const unsigned long *sizes, struct sg_arena *arena);
void live_details_rule(struct live_details *details, MYSQL_ROW row, const unsigned long *sizes);
void live_details_check(struct live_details *details, MYSQL_ROW row, const unsigned long *sizes,
                        const struct sg_server *server, struct sg_arena *arena);

/* MariaDB: the column is JSON, by the check that JSON brings; the check goes then. */
bool live_details_take_json(struct live_details *details, struct sg_slice column,
                            struct sg_slice type);

/* NULL when memory is out. */
const struct sg_table_detail *live_details_finish(const struct live_details *details,
                                                  const struct sg_server *server,
                                                  struct sg_slice database_collation,
                                                  struct sg_arena *arena);

#endif
