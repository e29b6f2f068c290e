/* What a table and its columns are beyond their names: defaults, keys, constraints, comments.
 *
 * All of it is canonical: MySQL and MariaDB, and the DDL that made a table, give the same where
 * they mean the same. The guard needs none of it; `schema pull`, `diff` and `plan` do. Everything
 * belongs to the schema that it was read from.
 */
#ifndef SCHEMAGUARD_DETAIL_H
#define SCHEMAGUARD_DETAIL_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/arena.h>
#include <schemaguard/schema.h>
#include <schemaguard/slice.h>

enum sg_default_kind {
    SG_DEFAULT_NONE,       /* also DEFAULT NULL of a column that may be NULL */
    SG_DEFAULT_LITERAL,    /* `default_value` is the value itself, without quotes */
    SG_DEFAULT_EXPRESSION, /* `default_value` is canonical SQL */
};

struct sg_column_detail {
    enum sg_default_kind default_kind;
    struct sg_slice default_value;
    struct sg_slice on_update; /* "current_timestamp()" */
    struct sg_slice generated; /* canonical SQL; empty: not generated */
    struct sg_slice comment;
    struct sg_slice collation; /* that differs from the table's: "utf8mb4_bin", or "latin1" for the
                                  default collation of a character set; empty: the table's */
    bool stored;               /* generated: STORED */
    bool auto_increment;
    bool unversioned; /* MariaDB: WITHOUT SYSTEM VERSIONING */
};

enum sg_index_kind {
    SG_INDEX_PRIMARY,
    SG_INDEX_UNIQUE,
    SG_INDEX_PLAIN,
    SG_INDEX_FULLTEXT,
    SG_INDEX_SPATIAL,
    SG_INDEX_VECTOR,
};

struct sg_index_part {
    struct sg_slice column;     /* empty: an expression */
    struct sg_slice expression; /* canonical SQL */
    unsigned prefix;            /* letters or bytes; 0 = all */
    bool descending;
};

struct sg_index {
    struct sg_slice name; /* "PRIMARY" for the primary key */
    enum sg_index_kind kind;
    bool invisible; /* MariaDB: IGNORED */
    bool implied;   /* made by the server for a foreign key: goes when another index serves it */
    struct sg_slice comment;
    const struct sg_index_part *parts;
    size_t part_count;
};

struct sg_foreign_key {
    struct sg_slice name;
    struct sg_slice database; /* of the other table; empty: this table's */
    struct sg_slice table;
    const struct sg_slice *columns;
    const struct sg_slice *others; /* the columns over there */
    size_t column_count;
    struct sg_slice on_delete; /* "CASCADE", "SET NULL"; empty: none (RESTRICT, NO ACTION) */
    struct sg_slice on_update;
};

struct sg_check_constraint {
    struct sg_slice name;
    struct sg_slice expression; /* canonical SQL */
    struct sg_slice column;     /* MariaDB: written at this column, and goes with it */
    bool not_enforced;
};

struct sg_table_detail {
    struct sg_slice engine;    /* empty: InnoDB */
    struct sg_slice collation; /* as a column's; empty: the database's, or not said */
    struct sg_slice comment;
    struct sg_slice definition; /* of a view: its query; empty: not known */
    const struct sg_index *indexes;
    size_t index_count;
    const struct sg_foreign_key *foreign_keys;
    size_t foreign_key_count;
    const struct sg_check_constraint *checks;
    size_t check_count;
};

/* --- from a server ------------------------------------------------------------------------ */

/* A row of information_schema.COLUMNS. */
struct sg_column_facts {
    struct sg_slice type; /* COLUMN_TYPE */
    bool has_default;     /* COLUMN_DEFAULT is not NULL */
    struct sg_slice default_text;
    struct sg_slice extra;
    struct sg_slice generated; /* GENERATION_EXPRESSION */
    struct sg_slice comment;
    struct sg_slice collation;       /* COLLATION_NAME; empty for what is no text */
    struct sg_slice table_collation; /* TABLE_COLLATION of its table */
};

/* In the arena; NULL when it is at its ceiling. */
const struct sg_column_detail *sg_detail_of_facts(const struct sg_column_facts *facts,
                                                  const struct sg_server *server,
                                                  struct sg_arena *arena);

/* An expression out of information_schema, canonical: a check's, an index part's. */
struct sg_slice sg_detail_expression(struct sg_slice text, const struct sg_server *server,
                                     struct sg_arena *arena);

/* TABLE_COLLATION, canonical. */
struct sg_slice sg_detail_collation_name(struct sg_slice name, const struct sg_server *server,
                                         struct sg_arena *arena);

/* Puts indexes, foreign keys and checks in order: the primary key, then by name. The arrays must be
 * the caller's own. */
void sg_table_detail_sort(struct sg_table_detail *detail);

/* --- snapshot files ----------------------------------------------------------------------------
 */

#define SG_CONTENT_HASH_SIZE 33 /* 32 hex digits and a NUL */

/* The same for schemas that are the same, wherever they come from: databases, tables and all their
 * details, without the server. False when memory is out. */
bool sg_schema_content_hash(const struct sg_schema *schema, char hash_out[SG_CONTENT_HASH_SIZE]);

/* What a file says of itself; NULL: left out. */
struct sg_snapshot_about {
    const char *version; /* a name that people gave it */
    const char *source;
    const char *time; /* ISO 8601, UTC */
};

/* As sg_schema_to_json, with these and the content's hash. */
SG_MUST_CHECK enum sg_status sg_snapshot_to_json(const struct sg_schema *schema,
                                                 const struct sg_snapshot_about *about,
                                                 char **json_out, struct sg_error *error);

/* The database's default collation, canonical; it must be there. False when memory is out. */
bool sg_schema_builder_collation(struct sg_schema_builder *builder, struct sg_slice database,
                                 struct sg_slice collation);

/* Empty: not known. */
struct sg_slice sg_schema_collation(const struct sg_schema *schema, struct sg_slice database);

/* --- looking --------------------------------------------------------------------------------- */

/* NULL: not known. */
const struct sg_table_detail *sg_table_detail(const struct sg_table *table);

/* The column's type as both servers mean it: without display widths, "json" for MariaDB's checked
 * longtext, "year", "geomcollection". A piece of the column's own type, a literal, or in `arena`.
 */
struct sg_slice sg_column_canonical_type(const struct sg_column *column, struct sg_arena *arena);

#endif
