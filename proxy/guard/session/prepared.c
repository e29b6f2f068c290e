/* See prepared.h. Servers number a session's statements upwards, so that the number's last bits
 * spread them well. */
#include "session/prepared.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 64u

static struct prepared **bucket_of(const struct prepared_list *list, uint32_t statement_id)
{
    return &list->buckets[statement_id % BUCKETS];
}

void prepared_fini(struct prepared_list *list)
{
    for (size_t i = 0; list->buckets && i < BUCKETS; i++) {
        struct prepared *next;
        for (struct prepared *at = list->buckets[i]; at; at = next) {
            next = at->next;
            free(at);
        }
    }
    free(list->buckets);
    *list = (struct prepared_list){0};
}

static size_t size_of(const struct prepared *prepared)
{
    return sizeof *prepared + prepared->text.size + prepared->context.database.size;
}

static bool has_room(const struct prepared_list *list, size_t size, bool changes)
{
    return changes ? list->changing < PREPARED_LIMIT
                   : size <= PREPARED_KEPT_BYTES - list->kept_bytes;
}

static struct prepared *make(struct sg_slice text, const struct sg_context *context)
{
    struct prepared *made = malloc(sizeof *made + text.size + context->database.size);
    char *bytes = (char *)(made + 1);

    if (!made)
        return NULL;
    memcpy(bytes, text.data, text.size);
    if (context->database.size > 0)
        memcpy(bytes + text.size, context->database.data, context->database.size);
    *made = (struct prepared){.context = *context, .text = sg_slice_make(bytes, text.size)};
    made->context.database = sg_slice_make(bytes + text.size, context->database.size);
    made->context.server = NULL;
    made->context.overlay = NULL;
    return made;
}

void prepared_add(struct prepared_list *list, uint32_t statement_id, struct sg_slice text,
                  const struct sg_context *context, bool changes, uint64_t generation)
{
    size_t size = sizeof(struct prepared) + text.size + context->database.size;
    struct prepared *made = NULL;

    if (!list->buckets)
        list->buckets = calloc(BUCKETS, sizeof(struct prepared *));
    prepared_remove(list, statement_id); /* a number that comes again is another statement */
    if (list->buckets && text.size > 0 && has_room(list, size, changes))
        made = make(text, context);
    if (!made) {
        list->overflowed |= changes;
        return;
    }
    made->statement_id = statement_id;
    made->changes = changes;
    made->generation = generation;
    made->next = *bucket_of(list, statement_id);
    *bucket_of(list, statement_id) = made;
    list->changing += changes;
    list->kept_bytes += changes ? 0 : size;
}

void prepared_remove(struct prepared_list *list, uint32_t statement_id)
{
    if (!list->buckets)
        return;
    for (struct prepared **at = bucket_of(list, statement_id); *at; at = &(*at)->next) {
        struct prepared *found = *at;
        if (found->statement_id != statement_id)
            continue;
        *at = found->next;
        list->changing -= found->changes;
        list->kept_bytes -= found->changes ? 0 : size_of(found);
        free(found);
        return;
    }
}

struct prepared *prepared_find(const struct prepared_list *list, uint32_t statement_id)
{
    if (!list->buckets)
        return NULL;
    for (struct prepared *at = *bucket_of(list, statement_id); at; at = at->next)
        if (at->statement_id == statement_id)
            return at;
    return NULL;
}
