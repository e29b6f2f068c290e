#include "config/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define WORD_MAX 63

static int folded(char letter)
{
    return letter == '-' ? '_' : tolower((unsigned char)letter);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Three rows of the usual table suffice: a swap looks two rows back. */
size_t suggest_distance(const char *a, const char *b)
{
    size_t a_size = strlen(a);
    size_t b_size = strlen(b);
    if (a_size > WORD_MAX || b_size > WORD_MAX)
        return SIZE_MAX;

    size_t rows[3][WORD_MAX + 1] = {{0}};
    for (size_t j = 0; j <= b_size; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        size_t *now = rows[i % 3];
        const size_t *before = rows[(i - 1) % 3];
        const size_t *before_that = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            size_t differs = folded(a[i - 1]) != folded(b[j - 1]);
            now[j] = least(least(before[j], now[j - 1]) + 1, before[j - 1] + differs);
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) &&
                folded(a[i - 2]) == folded(b[j - 1]))
                now[j] = least(now[j], before_that[j - 2] + 1);
        }
    }
    return rows[a_size % 3][b_size];
}

struct suggestion suggest_for(const char *wanted)
{
    return (struct suggestion){.wanted = wanted, .nearest = NULL, .distance = SIZE_MAX};
}

void suggest_offer(struct suggestion *suggestion, const char *word)
{
    /* A third of the word may be wrong; two letters always, so that `of` finds `on`. */
    size_t size = strlen(word);
    size_t bound = size / 3 > 2 ? size / 3 : 2;
    if (bound >= size)
        bound = size - 1;
    size_t distance = suggest_distance(suggestion->wanted, word);
    if (distance <= bound && distance < suggestion->distance) {
        suggestion->nearest = word;
        suggestion->distance = distance;
    }
}
