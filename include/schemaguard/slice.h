/* Borrowed text: a pointer and a length, never NUL-terminated by promise.
 *
 * A slice owns nothing. Whoever hands one out says how long the bytes behind it stay valid.
 */
#ifndef SCHEMAGUARD_SLICE_H
#define SCHEMAGUARD_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct sg_slice {
    const char *data; /* may be NULL only when size is 0 */
    size_t size;      /* bytes */
};

#define SG_SLICE_LITERAL(text) ((struct sg_slice){(text), sizeof(text) - 1})
#define SG_SLICE_EMPTY         ((struct sg_slice){NULL, 0})

static inline struct sg_slice sg_slice_make(const void *data, size_t size)
{
    return (struct sg_slice){(const char *)data, size};
}

static inline struct sg_slice sg_slice_of(const char *nul_terminated)
{
    return (struct sg_slice){nul_terminated, nul_terminated ? strlen(nul_terminated) : 0};
}

/* Byte for byte. */
static inline bool sg_slice_equal(struct sg_slice a, struct sg_slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
