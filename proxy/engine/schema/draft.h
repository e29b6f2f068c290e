/* A table taken apart: what ddl.c changes, and puts back as a whole. */
#ifndef SG_SCHEMA_DRAFT_H
#define SG_SCHEMA_DRAFT_H

#include <stdbool.h>

#include "schema/ddl_detail.h"

struct sg_draft_column {
    struct sg_column_spec spec;
    struct sg_slice old_name; /* before this statement; empty: new in it */
    bool is_changed;          /* in this statement */
    bool says_null;           /* NULL is written at it, in this statement */
};

struct sg_draft {
    struct sg_ddl_run *run;
    struct sg_table_spec table; /* without columns until the end */
    struct sg_draft_column *columns;
    size_t count;
    size_t room;
    struct sg_table_key *keys; /* own copies */
    bool keys_known;
    bool keys_touched;
    bool has_period_columns; /* MariaDB: ROW START and ROW END are among the columns */
    struct sg_ddl_detail detail;
};

/* Takes a table apart into `draft`, whose run is set and all else zero. */
void sg_draft_open(struct sg_draft *draft, const struct sg_table *table);

/* Puts it into the schema. NULL, or why not: static text. */
const char *sg_draft_put(struct sg_draft *draft);

/* --- columns: positions, `count` where there is none --------------------------------------- */

size_t sg_draft_find_column(const struct sg_draft *draft, struct sg_slice name);
/* By the name that it had before this statement. */
size_t sg_draft_find_old(const struct sg_draft *draft, struct sg_slice name);
void sg_draft_insert(struct sg_draft *draft, size_t at, struct sg_draft_column column);
void sg_draft_take_out(struct sg_draft *draft, size_t at);

/* As it was defined; without its keys. */
struct sg_column_spec sg_draft_column(const struct sg_ddl_run *run,
                                      const struct sg_column_def *def);
/* With the keys and checks that are written at it. */
void sg_draft_define_column(struct sg_draft *draft, const struct sg_column_def *def, size_t at);
void sg_draft_define_period(struct sg_draft *draft, const struct sg_name *start,
                            const struct sg_name *end);

/* --- unique keys --------------------------------------------------------------------------- */

/* NULL: there is none. `primary`: whatever its name. */
struct sg_table_key *sg_draft_find_key(const struct sg_draft *draft, struct sg_slice name,
                                       bool primary);
void sg_draft_remove_key(struct sg_draft *draft, const struct sg_table_key *gone);
/* An empty one with room; NULL when memory is out. */
struct sg_table_key *sg_draft_append_key(struct sg_draft *draft, size_t column_count);
void sg_draft_add_key_column(const struct sg_draft *draft, struct sg_table_key *key,
                             struct sg_slice column);
bool sg_draft_has_key_columns(const struct sg_draft *draft, const struct sg_key_def *def);
void sg_draft_add_key(struct sg_draft *draft, const struct sg_key_def *def);
void sg_draft_add_column_key(struct sg_draft *draft, const struct sg_column_def *def);
/* A column has another name now, or (empty) is gone. */
void sg_draft_change_in_keys(struct sg_draft *draft, struct sg_slice old, struct sg_slice name);

#endif
