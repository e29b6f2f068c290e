/* Compares two schemas by names: for the log line that says what a new generation brought.
 *
 * Called by refresh.c on its own thread. Types, keys and the like differ without being counted
 * here: the schema's hash covers them.
 */
#include "catalog/difference.h"

#include <stdio.h>
#include <string.h>

static void add_name(struct difference *difference, const struct sg_table *table)
{
    size_t used = strlen(difference->names);
    struct sg_slice database = sg_table_database(table);
    struct sg_slice name = sg_table_name(table);
    size_t needed = database.size + name.size + sizeof(", .");
    if (used + needed + sizeof(", …") <= sizeof(difference->names))
        (void)snprintf(difference->names + used, sizeof(difference->names) - used, "%s%.*s.%.*s",
                       used ? ", " : "", (int)database.size, database.data, (int)name.size,
                       name.data);
    else if (used > 0 && !strstr(difference->names, "…"))
        (void)snprintf(difference->names + used, sizeof(difference->names) - used, ", …");
}

static const struct sg_table *find(const struct sg_schema *schema, const struct sg_table *like)
{
    const struct sg_table *found = NULL;
    if (!schema || sg_schema_find_table(schema, sg_table_database(like), sg_table_name(like),
                                        &found) != SG_PRESENT)
        return NULL;
    return found;
}

/* How many columns of `a` are not in `b`. */
static size_t count_missing(const struct sg_table *a, const struct sg_table *b)
{
    size_t count = 0;
    size_t missing = 0;
    const struct sg_column *columns = sg_table_columns(a, &count);
    for (size_t i = 0; i < count; i++)
        missing += sg_table_find_column(b, columns[i].name) == NULL;
    return missing;
}

static void compare_tables(const struct sg_table *before, const struct sg_table *after,
                           struct difference *difference)
{
    size_t added = count_missing(after, before);
    size_t removed = count_missing(before, after);
    if (added + removed == 0)
        return;
    difference->tables_changed++;
    difference->columns_added += added;
    difference->columns_removed += removed;
    add_name(difference, after);
}

void difference_find(const struct sg_schema *before, const struct sg_schema *after,
                     struct difference *difference_out)
{
    memset(difference_out, 0, sizeof(*difference_out));
    size_t after_count = after ? sg_schema_table_count(after) : 0;
    size_t before_count = before ? sg_schema_table_count(before) : 0;
    for (size_t i = 0; i < after_count; i++) {
        const struct sg_table *table = sg_schema_table_at(after, i);
        const struct sg_table *old = find(before, table);
        if (old) {
            compare_tables(old, table, difference_out);
        } else {
            difference_out->tables_added++;
            add_name(difference_out, table);
        }
    }
    for (size_t i = 0; i < before_count; i++) {
        const struct sg_table *table = sg_schema_table_at(before, i);
        if (find(after, table))
            continue;
        difference_out->tables_removed++;
        add_name(difference_out, table);
    }
}

bool difference_is_none(const struct sg_schema *before, const struct sg_schema *after)
{
    const struct sg_server *a = sg_schema_server(before);
    const struct sg_server *b = sg_schema_server(after);
    return sg_schema_hash(before) == sg_schema_hash(after) && a->flavour == b->flavour &&
           a->version == b->version && a->wording == b->wording &&
           a->lower_case_table_names == b->lower_case_table_names;
}
