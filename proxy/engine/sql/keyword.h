/* Which words mean something on a server. Private to the sql room; the table is keyword.def. */
#ifndef SQL_KEYWORD_H
#define SQL_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/server.h>

#include "sql/token.h"

struct sg_keyword {
    uint16_t word;  /* enum sg_word; SG_NO_WORD when that server does not know it */
    bool reserved;  /* no identifier */
    bool call_only; /* a keyword only where an opening parenthesis touches it */
};

/* No keyword is longer or shorter: others need not be looked up. */
#define SG_KEYWORD_SIZE_MIN 2
#define SG_KEYWORD_SIZE_MAX 38

/* Letter case is ignored. */
struct sg_keyword sg_keyword_find(const unsigned char *text, size_t size, enum sg_flavour flavour,
                                  uint32_t version);

#endif
