/* What an ORM's declarations say of tables, whichever ORM it is, and the SQL that its own migration
 * tool would write for them.
 *
 * The readers (drizzle_json.h, drizzle.h, prisma.h) fill it in; source.c has the engine carry the
 * statements out, so that a declared schema is canonical in the same way as a dump is. Everything
 * lives in one arena. What contradicts itself or cannot be told is a problem with file and line;
 * all of them are reported, and then the source as a whole has not been read.
 */
#ifndef SOURCES_ORM_H
#define SOURCES_ORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/arena.h>
#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#define ORM_FILE_MAX_BYTES ((size_t)64 << 20)
#define ORM_COLUMNS_MAX    4096 /* of a table: MySQL's own limit */

struct orm_place {
    const char *file; /* in the arena, or the caller's; lives as long as the arena */
    unsigned line;    /* from 1; 0: not known */
};

/* Pointers that become more; in the arena. */
struct orm_list {
    void **items;
    size_t count;
    size_t room;
};

struct orm_column {
    struct sg_slice name;
    struct sg_slice type; /* SQL */
    bool not_null;
    bool auto_increment;
    struct sg_slice default_value; /* SQL; empty: none */
    struct sg_slice on_update;     /* SQL; empty: none */
    struct sg_slice generated;     /* SQL without its parentheses; empty: not generated */
    bool stored;                   /* generated */
    struct sg_slice field;         /* as the declaration calls it */
    struct orm_place place;
};

enum orm_key_kind { ORM_KEY_PRIMARY, ORM_KEY_UNIQUE, ORM_KEY_INDEX, ORM_KEY_FULLTEXT };

struct orm_key {
    enum orm_key_kind kind;
    struct sg_slice name;
    struct orm_list parts; /* struct sg_slice: SQL, quoted where it is a name */
    bool behind;           /* by a statement of its own, after the foreign keys */
    struct orm_place place;
};

struct orm_foreign_key {
    struct sg_slice name;
    struct orm_list columns;  /* struct sg_slice: names */
    struct sg_slice database; /* empty: the table's own */
    struct sg_slice table;
    struct orm_list others;
    struct sg_slice on_delete; /* SQL; empty: none */
    struct sg_slice on_update;
    struct orm_place place;
};

struct orm_check {
    struct sg_slice name;
    struct sg_slice expression;
    struct orm_place place;
};

struct orm_table {
    struct sg_slice database; /* empty: the one that the source is about */
    struct sg_slice name;
    struct sg_slice options; /* SQL behind the closing parenthesis */
    struct orm_list columns;
    struct orm_list keys;
    struct orm_list foreign_keys;
    struct orm_list checks;
    struct orm_place place;
    uint32_t hash; /* of its name */
};

struct orm_view {
    struct sg_slice database;
    struct sg_slice name;
    struct sg_slice definition; /* SQL; empty: the view is there, its query cannot be told */
    struct orm_place place;
};

/* `is_problem`: the source cannot be taken as it stands; otherwise it is worth knowing. The first
 * problem is not told, it is the error that comes back. */
typedef void (*orm_report_fn)(void *data, const struct orm_place *place, bool is_problem,
                              const char *text);
/* A file is about to be read. */
typedef void (*orm_opened_fn)(void *data, const char *path);

struct orm {
    struct sg_arena *arena;
    struct sg_slice database; /* the one that the source is about */
    struct orm_list tables;
    struct orm_list views;
    orm_report_fn report; /* NULL: nobody listens */
    orm_opened_fn opened; /* NULL: nobody listens */
    void *data;           /* of both */
    size_t problems;
    struct sg_error first; /* problem, with its place */
};

void orm_init(struct orm *orm, struct sg_arena *arena, orm_report_fn report, void *data);

void orm_problem(struct orm *orm, struct orm_place place, const char *format, ...) SG_PRINTF(3, 4);
void orm_note(struct orm *orm, struct orm_place place, const char *format, ...) SG_PRINTF(3, 4);

/* False when the arena is at its ceiling. */
bool orm_push(struct sg_arena *arena, struct orm_list *list, void *item);
bool orm_push_text(struct sg_arena *arena, struct orm_list *list, struct sg_slice text);
struct sg_slice orm_text_at(const struct orm_list *list, size_t index);

/* In the arena; a problem where a table of that name has been declared already (then NULL), or
 * NULL with the arena exhausted. */
struct orm_table *orm_add_table(struct orm *orm, struct sg_slice database, struct sg_slice name,
                                struct orm_place place);
struct orm_table *orm_find_table(const struct orm *orm, struct sg_slice database,
                                 struct sg_slice name);

/* The column is copied. A problem where another field stands for that column already. */
void orm_add_column(struct orm *orm, struct orm_table *table, const struct orm_column *column);
struct orm_column *orm_find_column(const struct orm_table *table, struct sg_slice name);

/* --- text ---------------------------------------------------------------------------------- */

/* In the arena, NUL-terminated behind its end; empty when the arena is at its ceiling. */
struct sg_slice orm_format(struct sg_arena *arena, const char *format, ...) SG_PRINTF(2, 3);
struct sg_slice orm_quote_name(struct sg_arena *arena, struct sg_slice name);   /* `a``b` */
struct sg_slice orm_quote_string(struct sg_arena *arena, struct sg_slice text); /* 'a''b' */
/* The items (struct sg_slice) with `between` between them. */
struct sg_slice orm_join(struct sg_arena *arena, const struct orm_list *list, const char *between);

/* For "%.*s". */
#define ORM_TEXT(slice) (int)(slice).size, (slice).data ? (slice).data : ""

/* The whole file, NUL-terminated, in the arena. */
SG_MUST_CHECK enum sg_status orm_read_file(struct sg_arena *arena, const char *path,
                                           struct sg_slice *text_out, struct sg_error *error);

/* --- result -------------------------------------------------------------------------------- */

/* The problems as one error, if there are any. */
SG_MUST_CHECK enum sg_status orm_finish(const struct orm *orm, const char *name,
                                        struct sg_error *error);

/* Every statement in the order of the tools: tables, foreign keys, other indexes, views. */
typedef enum sg_status (*orm_statement_fn)(void *data, const struct orm_place *place,
                                           struct sg_slice sql, struct sg_error *error);
SG_MUST_CHECK enum sg_status orm_statements(const struct orm *orm, orm_statement_fn take,
                                            void *data, struct sg_error *error);

#endif
