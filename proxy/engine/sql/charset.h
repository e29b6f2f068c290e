/* How many bytes the next character takes, as far as finding words and quotes needs it.
 *
 * Called by the lexer. The public part stands in <schemaguard/check.h>. MySQL manual, "Supported
 * Character Sets and Collations"; which bytes make a character was checked on the servers, pair by
 * pair.
 */
#ifndef SQL_CHARSET_H
#define SQL_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/check.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

/* For a byte of 0x80 or more at `at`: how many bytes the letter that it begins takes, 1 to 4, or 0
 * when it begins none. `end` is the end of the text. */
size_t sg_charset_letter(enum sg_charset charset, const unsigned char *at,
                         const unsigned char *end);

/* The second byte of a character may be a quote, a backslash or another byte below 0x80: text must
 * be read character by character. */
static inline bool sg_charset_hides_ascii(enum sg_charset charset)
{
    return charset == SG_CHARSET_GBK || charset == SG_CHARSET_GB18030 ||
           charset == SG_CHARSET_BIG5 || charset == SG_CHARSET_SJIS || charset == SG_CHARSET_CP932;
}

/* The server knows a character set of that name (letter case ignored), so that _name is an
 * introducer. */
bool sg_charset_is_known(struct sg_slice name, enum sg_flavour flavour);

#endif
