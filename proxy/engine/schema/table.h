/* A table as look-ups see it: one of a schema, a session's temporary one, or what a query block in
 * FROM exposes. All three are the same struct, so that the resolver has one way to find a column.
 */
#ifndef SG_SCHEMA_TABLE_H
#define SG_SCHEMA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/schema.h>

/* The servers allow 4096 columns; a table with more is refused. */
#define SG_TABLE_COLUMNS_MAX 16384

/* Keys that can make `_rowid`, in the order in which the server counts them before it sorts. */
struct sg_table_key {
    const struct sg_table_key *next;
    struct sg_slice name;
    const struct sg_slice *columns;
    uint32_t column_count;
    bool primary;
    bool plain; /* no expression, no prefix of a column: the columns are all of it */
};
struct sg_table_keys {
    const struct sg_table_key *first;
};

struct sg_table {
    struct sg_slice database;
    struct sg_slice name;
    const struct sg_column *columns;
    const uint64_t *hashes; /* sg_fold_hash of each column's name */
    const uint16_t *slots;  /* open addressing: column index + 1, 0 = free; NULL: few columns */
    uint32_t slot_mask;
    uint32_t column_count;
    enum sg_table_kind kind;
    enum sg_knowledge knowledge;
    enum sg_flavour flavour; /* how column names compare */
    const struct sg_table_detail *detail;
    bool rowid;
    const struct sg_table_keys *keys; /* while DDL builds the schema, and known then; else NULL */
    bool renames; /* made by a statement: its columns were given names in a list */
};

/* The bytes that sg_table_place needs for `spec`. */
size_t sg_table_size(const struct sg_table_spec *spec);

/* Writes the table with copies of all its text into `memory` (aligned for any type, sg_table_size
 * bytes) and returns it. NULL when two of its columns have one name. */
struct sg_table *sg_table_place(const struct sg_table_spec *spec, enum sg_flavour flavour,
                                void *memory);

/* The bytes of the look-up index over `column_count` columns. */
size_t sg_table_index_size(size_t column_count);

/* Fills hashes and slots of a table whose other fields are set; `memory` is aligned for any type.
 * `hashes` already known may be given, else NULL. Returns the index of the first column that
 * repeats an earlier name, or column_count when there is none. */
size_t sg_table_index(struct sg_table *table, const uint64_t *hashes, void *memory);

/* The column of that name and hash, or NULL. */
const struct sg_column *sg_table_find_hashed(const struct sg_table *table, struct sg_slice name,
                                             uint64_t hash);

#endif
