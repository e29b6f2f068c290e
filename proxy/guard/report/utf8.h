/* Foreign bytes as text that any JSON reader takes. */
#ifndef REPORT_UTF8_H
#define REPORT_UTF8_H

#include <stddef.h>

#include <schemaguard/arena.h>
#include <schemaguard/slice.h>

/* How many of the bytes at `text` are one well-formed character (Unicode standard, "Well-Formed
 * UTF-8 Byte Sequences"); 0: they are not. */
size_t utf8_character(const char *text, size_t size);

/* A copy of at most `limit_bytes` source bytes, NUL-terminated, in which each byte that is not part
 * of a character, and each NUL, became U+FFFD. A cut falls between characters, and "…" stands in
 * its place. NULL when the arena is exhausted. */
const char *utf8_clean(struct sg_slice bytes, size_t limit_bytes, struct sg_arena *arena);

#endif
