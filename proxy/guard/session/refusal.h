/* What the client of a statement that the guard stops by itself is told. */
#ifndef SESSION_REFUSAL_H
#define SESSION_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/slice.h>

#include "session/note.h"

#define REFUSAL_TEXT_MAX 700

struct refusal {
    uint16_t error;
    const char *sqlstate; /* five characters; the note's or static */
    struct sg_slice message;
    bool is_guards; /* in words of the guard's own: the server would have run it */
    char text[REFUSAL_TEXT_MAX];
};

/* A name that is not there: as the server says it. A name that is merely not verified: the guard's
 * own words. Points into `note` and into *refusal_out, which must not move. */
void refusal_of(const struct note *note, struct refusal *refusal_out);

#endif
