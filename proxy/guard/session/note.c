/* See note.h. */
#include "session/note.h"

#include <stdlib.h>

const struct judged *note_decided(const struct note *note)
{
    const struct judged *at = note->judged;

    while (at->next && at->index != note->decided)
        at = at->next;
    return at;
}

void note_free(struct note *note)
{
    if (!note)
        return;
    if (note->holders > 0) {
        note->holders--;
        return;
    }
    published_release(note->published);
    sg_schema_release(note->fresh);
    sg_arena_fini(&note->arena);
    free(note);
}
