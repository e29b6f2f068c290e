/* What exists: an immutable snapshot of databases, tables and columns.
 *
 * A snapshot is built once, then only read; threads share it by retain and release. Names keep the
 * server's spelling. Look-ups follow the server: columns without regard to letter case, tables by
 * lower_case_table_names (MySQL manual, "Identifier Case Sensitivity").
 */
#ifndef SCHEMAGUARD_SCHEMA_H
#define SCHEMAGUARD_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/arena.h>
#include <schemaguard/error.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

struct sg_schema;         /* immutable, counted */
struct sg_schema_builder; /* heap; becomes a schema or is freed */
struct sg_table;          /* inside a schema; lives as long as it */
struct sg_column_detail;  /* detail.h */
struct sg_table_detail;

enum sg_table_kind {
    SG_TABLE_BASE,
    SG_TABLE_VIEW,
    SG_TABLE_SYSTEM_VIEW, /* information_schema's own */
    SG_TABLE_VERSIONED,   /* MariaDB: WITH SYSTEM VERSIONING */
    SG_TABLE_SEQUENCE,    /* MariaDB */
};

/* What is known about a table's columns. */
enum sg_knowledge {
    SG_KNOWN,   /* all columns are listed: a name that is not there does not exist */
    SG_UNKNOWN, /* it exists, or may exist, but nothing can be said of its columns (broken view, no
                   privilege) */
};

enum sg_column_flags {
    SG_COLUMN_INVISIBLE =
        1 << 0, /* resolves by name; `*`, NATURAL and INSERT without a list skip it */
    SG_COLUMN_GENERATED = 1 << 1,
    SG_COLUMN_NULLABLE = 1 << 2,
    SG_COLUMN_SYSTEM = 1 << 3, /* readable, never writable, listed nowhere: row_start, row_end */
    SG_COLUMN_JSON = 1 << 4,   /* declared as JSON, where the server shows another type */
};

struct sg_column {
    struct sg_slice name;
    struct sg_slice type; /* COLUMN_TYPE as information_schema gives it; empty when not known */
    uint32_t flags;       /* enum sg_column_flags */
    const struct sg_column_detail *detail; /* NULL: not known */
};

struct sg_column_spec {
    struct sg_slice name;
    struct sg_slice type;
    uint32_t flags;
    const struct sg_column_detail *detail; /* copied; NULL: not known */
};

/* --- build ------------------------------------------------------------------------------- */

/* Heap. `server` is copied. NULL when memory is out. */
struct sg_schema_builder *sg_schema_builder_new(const struct sg_server *server);
void sg_schema_builder_free(struct sg_schema_builder *builder);

/* A database that exists. `complete`: every table of it was listed, so that one which is not there
 * is absent; otherwise a missing table is unknown and nothing is said about it.
 * Adding one twice keeps the first and ands `complete`. All text is copied. */
SG_MUST_CHECK enum sg_status sg_schema_builder_database(struct sg_schema_builder *builder,
                                                        struct sg_slice name, bool complete,
                                                        struct sg_error *error);

/* A table with all of its columns in order. `rowid`: `_rowid` resolves in it (a primary key, or the
 * first unique key of NOT NULL columns, that is one integer column; MySQL manual, "CREATE INDEX").
 * Its database is added (not complete) when it is not there yet. A table given twice is SG_INVALID.
 * With SG_UNKNOWN the columns may be empty. A SG_TABLE_VERSIONED table has row_start and row_end
 * without their being listed, unless it names its own period columns. All text is copied. */
struct sg_table_spec {
    struct sg_slice database;
    struct sg_slice name;
    enum sg_table_kind kind;
    enum sg_knowledge knowledge;
    bool rowid;
    const struct sg_column_spec *columns;
    size_t column_count;
    const struct sg_table_detail *detail; /* copied; NULL: not known */
};
SG_MUST_CHECK enum sg_status sg_schema_builder_table(struct sg_schema_builder *builder,
                                                     const struct sg_table_spec *table,
                                                     struct sg_error *error);

/* All databases were listed: one that is not there does not exist (error 1049). */
void sg_schema_builder_databases_complete(struct sg_schema_builder *builder);

/* Consumes the builder, also on failure. The schema comes with one reference, the caller's. */
SG_MUST_CHECK enum sg_status sg_schema_builder_finish(struct sg_schema_builder *builder,
                                                      struct sg_schema **schema_out,
                                                      struct sg_error *error);

/* --- share ------------------------------------------------------------------------------- */

struct sg_schema *sg_schema_retain(struct sg_schema *schema); /* any thread */
void sg_schema_release(struct sg_schema *schema); /* any thread; the last one frees; NULL is fine */

/* --- look up ----------------------------------------------------------------------------- */

const struct sg_server *sg_schema_server(const struct sg_schema *schema);
size_t sg_schema_table_count(const struct sg_schema *schema);
size_t sg_schema_column_count(const struct sg_schema *schema);

/* A hash over databases, tables and columns (not the server), the same for equal schemas whatever
 * order they were built in. */
uint64_t sg_schema_hash(const struct sg_schema *schema);

/* All databases and tables, in the order they were added; indexes run from 0 to the count. */
size_t sg_schema_database_count(const struct sg_schema *schema);
struct sg_slice sg_schema_database_at(const struct sg_schema *schema, size_t index,
                                      bool *complete_out);
/* The one database that is not the server's own; empty: there are several, or none. */
struct sg_slice sg_schema_only_database(const struct sg_schema *schema);
bool sg_schema_databases_are_complete(const struct sg_schema *schema);
const struct sg_table *sg_schema_table_at(const struct sg_schema *schema, size_t index);

/* information_schema, mysql, performance_schema, sys: there on every server, nobody's own. */
bool sg_is_servers_own(struct sg_slice database);

enum sg_presence {
    SG_PRESENT,
    SG_ABSENT,           /* provably not there */
    SG_PRESENCE_UNKNOWN, /* the account that read the schema could not have seen it */
};
enum sg_presence sg_schema_find_database(const struct sg_schema *schema, struct sg_slice database);

/* *table_out is set with SG_PRESENT only. SG_ABSENT also when the database is absent. */
enum sg_presence sg_schema_find_table(const struct sg_schema *schema, struct sg_slice database,
                                      struct sg_slice table, const struct sg_table **table_out);

struct sg_slice sg_table_name(const struct sg_table *table);
struct sg_slice sg_table_database(const struct sg_table *table);
enum sg_table_kind sg_table_kind(const struct sg_table *table);
enum sg_knowledge sg_table_knowledge(const struct sg_table *table);
bool sg_table_has_rowid(const struct sg_table *table);
const struct sg_column *sg_table_columns(const struct sg_table *table, size_t *count_out);

/* The column of that name, or NULL. */
const struct sg_column *sg_table_find_column(const struct sg_table *table, struct sg_slice name);

/* --- files ------------------------------------------------------------------------------- */

/* Reads a snapshot file, format version 1 (docs/snapshot.schema.json). `where` names it in
 * messages. */
SG_MUST_CHECK enum sg_status sg_schema_from_json(struct sg_slice json, const char *where,
                                                 struct sg_schema **schema_out,
                                                 struct sg_error *error);

/* Writes one in stable order, indented; the caller frees *json_out with free(). */
SG_MUST_CHECK enum sg_status sg_schema_to_json(const struct sg_schema *schema, char **json_out,
                                               struct sg_error *error);

#endif
