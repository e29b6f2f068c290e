/* What DDL says beyond names, followed while a table is drafted: see ddl.c for the rest of it. */
#ifndef SG_SCHEMA_DDL_DETAIL_H
#define SG_SCHEMA_DDL_DETAIL_H

#include <stdbool.h>

#include <schemaguard/detail.h>

#include "schema/ddl.h"

/* A table's details under change; open, in the draft's storage. */
struct sg_ddl_detail {
    bool known; /* false: the table's details are not, and stay so */
    struct sg_ddl_run *run;
    struct sg_slice database;
    struct sg_slice table;  /* its name, for names that the server makes up */
    struct sg_arena *arena; /* the schema's own */
    struct sg_table_detail base;
    struct sg_index *indexes;
    struct sg_foreign_key *foreign_keys;
    struct sg_check_constraint *checks;
    struct sg_slice period_start; /* MariaDB: FOR name (start, end), defined in this statement */
    struct sg_slice period_end;
    struct sg_slice *index_names; /* FOREIGN KEY name (...): of the index to be made, by key */
    size_t index_room;
    size_t foreign_key_room;
    size_t check_room;
};

/* Of a table that is there, or (NULL) of a new one. */
void sg_ddl_detail_open(struct sg_ddl_detail *detail, struct sg_ddl_run *run,
                        const struct sg_table *table, struct sg_slice database,
                        struct sg_slice name);

/* What has become of it; NULL when it is not known. Makes the indexes that foreign keys need. */
const struct sg_table_detail *sg_ddl_detail_close(struct sg_ddl_detail *detail);

/* A column as it was defined; *flags_out gets SG_COLUMN_JSON where that is so. */
const struct sg_column_detail *sg_ddl_column_detail(const struct sg_ddl_run *run,
                                                    const struct sg_column_def *def,
                                                    struct sg_slice type, uint32_t *flags_out);

/* ALTER column SET DEFAULT, DROP DEFAULT (value is NULL). */
const struct sg_column_detail *sg_ddl_default_detail(const struct sg_ddl_run *run,
                                                     const struct sg_column_spec *column,
                                                     const struct sg_expr *value);

void sg_ddl_detail_options(struct sg_ddl_detail *detail, const struct sg_table_def *options);
void sg_ddl_detail_key(struct sg_ddl_detail *detail, const struct sg_key_def *def);
void sg_ddl_detail_column_keys(struct sg_ddl_detail *detail, const struct sg_column_def *def);
void sg_ddl_detail_checks(struct sg_ddl_detail *detail, const struct sg_check *checks);
void sg_ddl_detail_column_checks(struct sg_ddl_detail *detail, const struct sg_column_def *def);

/* MariaDB: PERIOD FOR name (start, end) brings a check, and keys may name it. */
void sg_ddl_detail_period(struct sg_ddl_detail *detail, const struct sg_name *name,
                          const struct sg_name *start, const struct sg_name *end);

/* A column has this type now: prefixes of it that are none any more go. */
void sg_ddl_detail_fit(struct sg_ddl_detail *detail, struct sg_slice column, struct sg_slice type);

/* Empty `name` (or "PRIMARY"): the primary key. */
void sg_ddl_detail_drop_key(struct sg_ddl_detail *detail, struct sg_slice name);
/* Of whatever kind has that name. */
void sg_ddl_detail_drop_constraint(struct sg_ddl_detail *detail, struct sg_slice name);
void sg_ddl_detail_rename_key(struct sg_ddl_detail *detail, struct sg_slice from,
                              struct sg_slice to);
void sg_ddl_detail_key_state(struct sg_ddl_detail *detail, struct sg_slice name, bool invisible);
void sg_ddl_detail_check_state(struct sg_ddl_detail *detail, struct sg_slice name,
                               bool not_enforced);

/* A column has another name now, or (empty) is gone. */
void sg_ddl_detail_column(struct sg_ddl_detail *detail, struct sg_slice from, struct sg_slice to);
/* DROP COLUMN takes the checks with it that speak of nothing else. False: another one needs it, and
 * the server refuses (errors 3959, 1054). Before other items are carried out. */
bool sg_ddl_detail_drop_checks(struct sg_ddl_detail *detail, const struct sg_alter_item *items);
/* MariaDB: a column that is defined anew loses the checks that were written at it. */
void sg_ddl_detail_redefine(struct sg_ddl_detail *detail, struct sg_slice column);

/* LIKE: as it is, but for foreign keys; the names that the server made up are made up again. */
void sg_ddl_detail_like(struct sg_ddl_detail *detail);

/* The table has another name now: so have the constraints that were named after it. */
void sg_ddl_detail_rename_table(struct sg_ddl_detail *detail, struct sg_slice to);

/* Other tables' foreign keys follow a table (and `column`, where that is not empty) to its new
 * name. */
void sg_ddl_detail_follow(struct sg_ddl_run *run, struct sg_slice database, struct sg_slice table,
                          struct sg_slice new_database, struct sg_slice new_table,
                          struct sg_slice column, struct sg_slice new_column);

/* MySQL's generated invisible primary key: its index is added; the column's detail comes back. */
const struct sg_column_detail *sg_ddl_generated_key(struct sg_ddl_detail *detail);

/* A column's detail with another column renamed in its expressions. */
const struct sg_column_detail *sg_ddl_detail_rename_in(struct sg_ddl_detail *detail,
                                                       const struct sg_column_detail *column,
                                                       struct sg_slice from, struct sg_slice to);

#endif
