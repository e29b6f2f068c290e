/* See recent.h. A text never wraps: one that would is put at the ring's start. */
#include "session/recent.h"

#include <stdlib.h>
#include <string.h>

void recent_fini(struct recent *recent)
{
    free(recent->bytes);
    *recent = (struct recent){0};
}

struct recent_place recent_put(struct recent *recent, struct sg_slice text)
{
    struct recent_place place = {0};
    uint64_t offset = recent->next % RECENT_BYTES;

    if (text.size == 0 || text.size > RECENT_TEXT_LIMIT)
        return place;
    if (!recent->bytes && !(recent->bytes = malloc(RECENT_BYTES)))
        return place;
    if (offset + text.size > RECENT_BYTES)
        recent->next += RECENT_BYTES - offset;
    place = (struct recent_place){recent->next, (uint32_t)text.size};
    memcpy(recent->bytes + place.at % RECENT_BYTES, text.data, text.size);
    recent->next += text.size;
    return place;
}

struct sg_slice recent_get(const struct recent *recent, struct recent_place place)
{
    if (place.size == 0 || recent->next - place.at > RECENT_BYTES)
        return SG_SLICE_EMPTY;
    return sg_slice_make(recent->bytes + place.at % RECENT_BYTES, place.size);
}
