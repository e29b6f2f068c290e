/* What differs between two schemas, as far as a log line tells it. */
#ifndef CATALOG_DIFFERENCE_H
#define CATALOG_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/schema.h>

#define DIFFERENCE_NAMES 160 /* bytes of table names that a line has room for */

struct difference {
    size_t tables_added;
    size_t tables_removed;
    size_t tables_changed;
    size_t columns_added; /* in tables that are in both */
    size_t columns_removed;
    char names[DIFFERENCE_NAMES]; /* "shop.orders, shop.items, …" of tables that differ */
};

/* From `before` to `after`; either may be NULL (empty). */
void difference_find(const struct sg_schema *before, const struct sg_schema *after,
                     struct difference *difference_out);

/* Same content, and a server that reads statements in the same way. */
bool difference_is_none(const struct sg_schema *before, const struct sg_schema *after);

#endif
