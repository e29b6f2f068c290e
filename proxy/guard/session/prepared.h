/* Prepared statements that change what later statements mean when they are executed (USE, SET,
 * DDL): the few whose text is remembered from PREPARE to CLOSE.
 */
#ifndef SESSION_PREPARED_H
#define SESSION_PREPARED_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/slice.h>

#define PREPARED_LIMIT 1024u

struct prepared; /* one statement; private */

struct prepared_list {
    struct prepared *first; /* heap */
    uint32_t count;
    bool overflowed; /* more than the limit, or memory was out: any EXECUTE may change something */
};

/* Zeroed storage is an empty list; fini makes it one again. */
void prepared_fini(struct prepared_list *list);

void prepared_add(struct prepared_list *list, uint32_t statement_id, struct sg_slice text);
void prepared_remove(struct prepared_list *list, uint32_t statement_id);

/* The text, valid until the next change of the list; empty when that statement changes nothing. */
struct sg_slice prepared_find(const struct prepared_list *list, uint32_t statement_id);

#endif
