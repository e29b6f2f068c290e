/* Details in snapshot files; see schema_json.c, whose fields these are. */
#ifndef SG_SCHEMA_DETAIL_JSON_H
#define SG_SCHEMA_DETAIL_JSON_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include <schemaguard/detail.h>

/* Adds a text, whole though cJSON wants a NUL; false when memory is out. */
bool sg_json_add_text(cJSON *object, const char *field, struct sg_slice text);

/* The fields of a column or table that is written; false when memory is out. */
bool sg_detail_write_column(cJSON *item, const struct sg_column_detail *detail);
bool sg_detail_write_table(cJSON *item, const struct sg_table_detail *detail);

/* Reads them. False with *wrong_out (static text) when a field is not what it should be.
 * *detail_out is NULL when the table has none. In the arena, text borrowed from the tree. */
bool sg_detail_read_table(const cJSON *item, struct sg_arena *arena,
                          const struct sg_table_detail **detail_out, const char **wrong_out);
const struct sg_column_detail *sg_detail_read_column(const cJSON *item, struct sg_arena *arena);

#endif
