/* Comments and white space: passed over, but for executable comments whose content is code. Private
 * to the lexer.
 */
#ifndef SQL_LEX_COMMENT_H
#define SQL_LEX_COMMENT_H

#include "sql/lex.h"

/* From `at` to the first byte of the next token, or to the end of the text. Enters and leaves
 * executable comments, which lexer->in_comment follows. NULL: the text cannot be read on, and where
 * is left in lexer->next. */
const unsigned char *sg_lex_skip_comments(struct sg_lexer *lexer, const unsigned char *at);

#endif
