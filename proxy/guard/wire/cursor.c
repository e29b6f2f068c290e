/* The one message for bytes that are not what the protocol says. See cursor.h. */
#include "wire/cursor.h"

bool wire_malformed(struct sg_error *error, const char *what, size_t offset)
{
    sg_error_set(error, SG_INVALID, "%s is malformed at byte %zu", what, offset);
    return false;
}
