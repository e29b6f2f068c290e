/* Text in, tokens out, one at a time and in one pass, without memory of its own.
 *
 * The lexer reads as the server in `context` would: flavour and version (keywords, executable
 * comments), sql_mode (quotes, escapes), character set (where a quote is half a letter).
 *
 * What the parser should know:
 * - A word's meaning depends on its neighbours, as in the servers. `word` is SG_NO_WORD behind a
 *   dot that touches it (`t1.select`) and before a dot that touches it and a word (`order.id`).
 *   Names of native functions (COUNT, NOW, SUBSTRING ... class F in keyword.def) are keywords, and
 *   reserved, only when `(` touches them, under IGNORE_SPACE also with blanks between.
 * - SG_TOKEN_SEMICOLON ends a statement; what follows is the next one's.
 * - Executable comments are opened silently: their content comes as tokens. All other comments, and
 *   optimizer hints, are passed over.
 * - The lexer is a plain value: copy it to remember a place, assign it back to return there.
 *
 * MySQL manual, "Lexical Structure" and its pages; MariaDB documentation, "Identifier Names",
 * "Comment Syntax", "Reserved Words".
 */
#ifndef SQL_LEX_H
#define SQL_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/arena.h>
#include <schemaguard/check.h>
#include <schemaguard/slice.h>

#include "sql/token.h"

/* A longer text is one SG_TOKEN_ERROR. */
#define SG_LEX_TEXT_MAX UINT32_C(0x7fffffff)

/* Open so that it can stand in its owner's storage and be copied; its fields are lex.c's. */
struct sg_lexer {
    const unsigned char *text;
    const unsigned char *next; /* first byte not yet looked at */
    const unsigned char *end;
    uint32_t version;
    uint8_t flavour;  /* enum sg_flavour */
    uint8_t charset;  /* enum sg_charset */
    uint8_t sql_mode; /* the bits of enum sg_sql_mode that the lexer reads */
    uint8_t follows;  /* what stood before `next`: enum in lex.c */
    bool by_letter;   /* a quote may be half a letter: text is read letter by letter */
    bool in_comment;  /* inside an executable comment: a closing mark is expected */
};

/* `text` is borrowed for as long as the lexer is used; of `context` only values are taken. */
void sg_lex_init(struct sg_lexer *lexer, struct sg_slice text, const struct sg_context *context);

/* The next token. Ends in SG_TOKEN_END or SG_TOKEN_ERROR, which then come for ever. */
void sg_lex_next(struct sg_lexer *lexer, struct sg_token *token_out);

/* The token's own bytes, quotes and all; borrowed from the text. */
struct sg_slice sg_lex_bytes(const struct sg_lexer *lexer, const struct sg_token *token);

/* What a name or a string means: quotes and prefixes taken away, doubled quotes and escapes undone
 * (MySQL manual, "String Literals"), the @ of a user variable too. For all other tokens their
 * bytes. A slice of the text when nothing had to be undone, else a copy in `arena`; empty, with
 * arena->exhausted set, when the arena is at its ceiling. */
struct sg_slice sg_lex_value(const struct sg_lexer *lexer, const struct sg_token *token,
                             struct sg_arena *arena);

#endif
