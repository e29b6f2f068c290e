/* See lookup.h. */
#include "catalog/lookup.h"

#include <strings.h>

void lookup_queue_put(struct lookup_queue *queue, struct lookup *lookup)
{
    lookup->next = NULL;
    lookup->schema = NULL;
    if (queue->last)
        queue->last->next = lookup;
    else
        queue->first = lookup;
    queue->last = lookup;
}

/* Where whole databases are read, the server may hold names equal that differ in letter case. */
static bool is_within(const struct live_table *table, const struct live_table *read)
{
    if (read->is_whole)
        return table->database.size == read->database.size &&
               strncasecmp(table->database.data, read->database.data, read->database.size) == 0;
    return !table->is_whole && sg_slice_equal(table->database, read->database) &&
           sg_slice_equal(table->table, read->table);
}

static void add_table(struct lookup_batch *batch, const struct live_table *table)
{
    size_t kept = 0;
    for (size_t i = 0; i < batch->table_count; i++)
        if (is_within(table, &batch->tables[i]))
            return;
    for (size_t i = 0; i < batch->table_count; i++)
        if (!is_within(&batch->tables[i], table))
            batch->tables[kept++] = batch->tables[i];
    batch->tables[kept] = *table;
    batch->table_count = kept + 1;
}

void lookup_queue_take(struct lookup_queue *queue, struct lookup_batch *batch_out)
{
    struct lookup *last = NULL;
    batch_out->first = queue->first;
    batch_out->table_count = 0;
    for (struct lookup *at = queue->first;
         at && batch_out->table_count + at->table_count <= LOOKUP_BATCH_MOST; at = at->next) {
        for (size_t i = 0; i < at->table_count; i++)
            add_table(batch_out, &at->tables[i]);
        last = at;
    }
    queue->first = last ? last->next : NULL;
    if (!queue->first)
        queue->last = NULL;
    if (last)
        last->next = NULL;
}

void lookup_batch_answer(struct lookup_batch *batch, struct sg_schema *schema, bool is_ending)
{
    struct lookup *next = NULL;
    for (struct lookup *at = batch->first; at; at = next) {
        next = at->next;
        at->schema = schema ? sg_schema_retain(schema) : NULL;
        at->on_done(at, is_ending);
    }
    batch->first = NULL;
}
