#include "report/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT      "\xEF\xBF\xBD" /* U+FFFD */
#define REPLACEMENT_SIZE 3
#define ELLIPSIS         "\xE2\x80\xA6" /* U+2026 */
#define ELLIPSIS_SIZE    3

static bool is_continuation(char byte)
{
    return ((uint8_t)byte & 0xC0) == 0x80;
}

/* The second byte's range is narrower after E0, ED, F0 and F4: no overlong form, no surrogate,
 * nothing past U+10FFFF. */
static bool second_byte_fits(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second <= 0x9F;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second <= 0x8F;
    default:
        return true;
    }
}

size_t utf8_character(const char *text, size_t size)
{
    if (size == 0)
        return 0;
    uint8_t first = (uint8_t)text[0];
    if (first < 0x80)
        return 1;
    size_t length = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
    if (length == 0 || length > size)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (!is_continuation(text[i]))
            return 0;
    }
    return second_byte_fits(first, (uint8_t)text[1]) ? length : 0;
}

/* Where to cut: at the limit, or before the character that would cross it. */
static size_t cut_at(struct sg_slice bytes, size_t limit_bytes)
{
    if (bytes.size <= limit_bytes)
        return bytes.size;
    for (size_t back = 1; back <= 3 && back <= limit_bytes; back++) {
        size_t start = limit_bytes - back;
        if (utf8_character(bytes.data + start, bytes.size - start) > back)
            return start;
    }
    return limit_bytes;
}

const char *utf8_clean(struct sg_slice bytes, size_t limit_bytes, struct sg_arena *arena)
{
    size_t size = cut_at(bytes, limit_bytes);
    if (size > SIZE_MAX / REPLACEMENT_SIZE - ELLIPSIS_SIZE - 1)
        return NULL;
    char *copy = sg_arena_alloc(arena, size * REPLACEMENT_SIZE + ELLIPSIS_SIZE + 1);
    if (copy == NULL)
        return NULL;
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        size_t length = utf8_character(bytes.data + at, size - at);
        if (length == 0 || bytes.data[at] == '\0') {
            memcpy(copy + used, REPLACEMENT, REPLACEMENT_SIZE);
            used += REPLACEMENT_SIZE;
            at++;
            continue;
        }
        memcpy(copy + used, bytes.data + at, length);
        used += length;
        at += length;
    }
    if (size < bytes.size)
        memcpy(copy + used, ELLIPSIS, ELLIPSIS_SIZE);
    return copy; /* arena memory is zero: the NUL is there */
}
