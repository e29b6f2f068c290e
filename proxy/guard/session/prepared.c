/* See prepared.h. */
#include "session/prepared.h"

#include <stdlib.h>
#include <string.h>

struct prepared {
    struct prepared *next;
    uint32_t statement_id;
    size_t size;
    char text[];
};

void prepared_fini(struct prepared_list *list)
{
    while (list->first) {
        struct prepared *next = list->first->next;
        free(list->first);
        list->first = next;
    }
    *list = (struct prepared_list){0};
}

void prepared_add(struct prepared_list *list, uint32_t statement_id, struct sg_slice text)
{
    struct prepared *prepared =
        list->count < PREPARED_LIMIT ? malloc(sizeof *prepared + text.size) : NULL;

    if (!prepared) {
        list->overflowed = true;
        return;
    }
    *prepared = (struct prepared){list->first, statement_id, text.size};
    memcpy(prepared->text, text.data, text.size);
    list->first = prepared;
    list->count++;
}

void prepared_remove(struct prepared_list *list, uint32_t statement_id)
{
    for (struct prepared **at = &list->first; *at; at = &(*at)->next) {
        struct prepared *found = *at;
        if (found->statement_id != statement_id)
            continue;
        *at = found->next;
        free(found);
        list->count--;
        return;
    }
}

struct sg_slice prepared_find(const struct prepared_list *list, uint32_t statement_id)
{
    for (const struct prepared *at = list->first; at; at = at->next)
        if (at->statement_id == statement_id)
            return sg_slice_make(at->text, at->size);
    return SG_SLICE_EMPTY;
}
