/* What Drizzle's functions make of their arguments: builders, tables, SQL. Private to drizzle*.c.
 */
#ifndef SOURCES_DRIZZLE_PRIVATE_H
#define SOURCES_DRIZZLE_PRIVATE_H

#include "sources/drizzle.h"
#include "sources/ts_eval.h"

/* ts_value.tag of the host's values, and what `data` is. */
enum drizzle_tag {
    DRIZZLE_FUNCTION = 1, /* struct sg_slice: a function of drizzle-orm by its name */
    DRIZZLE_FUNCTIONS,    /* all of them: import * as, the argument of a columns callback */
    DRIZZLE_BUILDER,      /* struct drizzle_builder */
    DRIZZLE_COLUMN,       /* struct drizzle_column */
    DRIZZLE_TABLE,        /* struct drizzle_table */
    DRIZZLE_SQL,          /* struct orm_list: ts_values; a string with tag DRIZZLE_SQL is SQL */
    DRIZZLE_EXTRA,        /* struct drizzle_extra */
    DRIZZLE_DATABASE,     /* struct sg_slice: its name */
    DRIZZLE_CREATOR,      /* struct ts_value: what makes names */
    DRIZZLE_CUSTOM,       /* struct ts_value: customType's parameters */
    DRIZZLE_VIEW,         /* struct drizzle_view */
    DRIZZLE_OTHER,        /* of no table, whatever is done with it: relations */
};

struct drizzle_reference {
    struct ts_value *target; /* a function that gives a column */
    struct ts_value *actions;
    struct orm_place place;
};

/* A column under construction: changed by its methods, and shared where it is spread. */
struct drizzle_builder {
    struct sg_slice name; /* empty until it takes its field's */
    bool is_named_by_key;
    struct sg_slice type;
    bool not_null;
    bool auto_increment;
    bool primary;
    bool on_update_now;
    bool unique;
    bool stored;
    struct sg_slice unique_name;
    struct ts_value *default_value; /* NULL: none */
    struct ts_value *generated;
    struct orm_list references; /* struct drizzle_reference */
    struct ts_value *unknown;   /* an argument that matters and cannot be told */
    struct orm_place place;
};

struct drizzle_table;

struct drizzle_column {
    const struct drizzle_table *table;
    struct sg_slice key;
    struct drizzle_builder made; /* as it was when the table was made */
    struct orm_place place;
};

struct drizzle_table {
    struct sg_slice database;
    struct sg_slice name;
    struct orm_list columns; /* struct drizzle_column */
    struct ts_value *extra;  /* a function; NULL: none */
    struct orm_place place;
    bool is_exported;
};

enum drizzle_extra_kind {
    DRIZZLE_INDEX,
    DRIZZLE_UNIQUE_INDEX,
    DRIZZLE_UNIQUE,
    DRIZZLE_PRIMARY_KEY,
    DRIZZLE_FOREIGN_KEY,
    DRIZZLE_CHECK,
};

struct drizzle_extra {
    enum drizzle_extra_kind kind;
    struct sg_slice name; /* empty: the tool's own */
    struct orm_list columns;
    struct orm_list others;
    struct sg_slice on_delete;
    struct sg_slice on_update;
    struct ts_value *value; /* of a check */
    struct ts_value *unknown;
    struct orm_place place;
};

struct drizzle_view {
    struct sg_slice database;
    struct sg_slice name;
    struct ts_value *query; /* NULL: existing() */
    struct orm_place place;
};

enum drizzle_casing { DRIZZLE_AS_IS, DRIZZLE_SNAKE_CASE, DRIZZLE_CAMEL_CASE };

struct drizzle {
    struct ts_eval eval;
    struct orm *orm;
    struct sg_arena *arena;
    enum drizzle_casing casing;
};

bool drizzle_is(const struct ts_value *value, enum drizzle_tag tag);
void *drizzle_new(struct ts_eval *eval, size_t size); /* NULL: no memory */

/* --- columns (drizzle_column.c) ------------------------------------------------------------ */

/* A builder by a column function of mysql-core; NULL: it is none of them. */
struct ts_value *drizzle_column_call(struct ts_eval *eval, struct sg_slice function,
                                     const struct orm_list *arguments, struct orm_place place);
struct ts_value *drizzle_custom_call(struct ts_eval *eval, struct ts_value *parameters,
                                     const struct orm_list *arguments, struct orm_place place);
struct ts_value *drizzle_builder_method(struct ts_eval *eval, struct ts_value *builder,
                                        struct sg_slice name, const struct orm_list *arguments,
                                        struct orm_place place);

/* --- functions (drizzle_call.c) ------------------------------------------------------------ */

extern const struct ts_host drizzle_host;

/* --- SQL (drizzle_sql.c) ------------------------------------------------------------------- */

struct sg_slice drizzle_column_name(const struct drizzle *drizzle,
                                    const struct drizzle_column *column);
struct sg_slice drizzle_cased(const struct drizzle *drizzle, struct sg_slice name);

enum drizzle_sql_use { DRIZZLE_SQL_DEFAULT, DRIZZLE_SQL_INDEX, DRIZZLE_SQL_QUALIFIED };

/* As drizzle-kit writes it. NULL on success, else why it cannot be told. */
struct ts_value *drizzle_sql_text(struct drizzle *drizzle, struct ts_value *sql,
                                  enum drizzle_sql_use use, struct sg_slice *out);
/* The SQL of a default; NULL on success. */
struct ts_value *drizzle_default_text(struct drizzle *drizzle, struct ts_value *value,
                                      struct sg_slice type, struct orm_place place,
                                      struct sg_slice *out);

/* --- tables (drizzle_table.c) -------------------------------------------------------------- */

/* The table and all that belongs to it; problems are told. */
void drizzle_add_table(struct drizzle *drizzle, const struct drizzle_table *table);
void drizzle_add_view(struct drizzle *drizzle, const struct drizzle_view *view);
/* What cannot be told, as a problem; once. */
void drizzle_tell(struct drizzle *drizzle, struct ts_value *unknown, const char *what,
                  struct sg_slice name);

#endif
