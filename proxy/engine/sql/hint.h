/* Optimizer hints, as far as a normal form shows them. Private to the digest: to the lexer they are
 * comments. MySQL manual, "Optimizer Hints".
 */
#ifndef SQL_HINT_H
#define SQL_HINT_H

#include <stddef.h>
#include <stdint.h>

#include <schemaguard/server.h>
#include <schemaguard/slice.h>

#include "sql/token.h"

/* The text between the marks of the hint comment that belongs to `token`; empty when there is none.
 * Borrowed from `text`. Only white space may stand before it. */
struct sg_slice sg_hint_behind(struct sg_slice text, const struct sg_token *token,
                               const struct sg_server *server);

/* The number of a word that hints know, letter case ignored; 0 for any other. */
uint16_t sg_hint_word(struct sg_slice word);

/* Its spelling in upper case; static storage. */
const char *sg_hint_word_text(uint16_t word);

#endif
