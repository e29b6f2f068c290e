/* A statement's text with its changing literals taken out: what verdicts are kept by.
 *
 * Two texts of one shape differ in nothing but the bytes of literals that were taken out, each by
 * one of its kind, and what their comments say: programs write there who asks and in which trace.
 * All else is kept byte for byte, white space and hints too, so a shape is no normal form: it is
 * made in one pass, without a token, for texts that come from programs.
 *
 * Taken out are strings and numbers where only a value can stand: behind an operator, `(`, `,` and
 * a few reserved words; never where a literal could be a name (an alias, a character set, a
 * format). `IN (1, 2, 3)` is one shape for all lists of two and more. Statements other than SELECT,
 * INSERT, UPDATE, DELETE, REPLACE and WITH keep all of theirs.
 *
 * What resolving a name makes of a literal nevertheless (ORDER BY a, 2) the report says:
 * depends_on_text.
 */
#ifndef SQL_SHAPE_H
#define SQL_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include <schemaguard/check.h>
#include <schemaguard/slice.h>

/* A longer text has no shape. */
#define SG_SHAPE_TEXT_MAX (64u * 1024u)

/* `out` needs this much room beyond the text's size. */
#define SG_SHAPE_SLACK 64u

/* Writes the shape of `text`, read under this context, and gives its size; 0: the text has none.
 * That is so for several statements in one text, and for what takes a real lexer to read:
 * executable comments, variables, character sets in which a quote may be half a letter, quotes and
 * escapes that an unknown sql_mode may read in two ways. */
size_t sg_shape(struct sg_slice text, const struct sg_context *context, unsigned char *out);

#endif
