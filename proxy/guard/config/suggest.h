/* "Did you mean": the nearest of a list of words. */
#ifndef CONFIG_SUGGEST_H
#define CONFIG_SUGGEST_H

#include <stddef.h>

/* How many letters have to be added, removed, replaced or swapped with their neighbour, without
 * regard to letter case and with `-` equal to `_`. Words of more than 63 bytes: SIZE_MAX. */
size_t suggest_distance(const char *a, const char *b);

/* Keeps the nearest of the words that were offered. */
struct suggestion {
    const char *wanted;
    const char *nearest; /* NULL while none is near enough to be meant */
    size_t distance;
};
struct suggestion suggest_for(const char *wanted);
void suggest_offer(struct suggestion *suggestion, const char *word);

#endif
