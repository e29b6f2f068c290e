/* See note.h. */
#include "session/note.h"

#include <stdlib.h>

void note_free(struct note *note)
{
    if (!note)
        return;
    if (note->holders > 0) {
        note->holders--;
        return;
    }
    published_release(note->published);
    sg_arena_fini(&note->arena);
    free(note);
}
