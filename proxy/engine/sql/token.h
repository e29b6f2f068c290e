/* What the lexer hands to the parser: one token, by value, twelve bytes, no pointers.
 *
 * A token's text is a piece of the statement; the words that mean something are numbered by
 * keyword.def. See lex.h for how to get the text and the value behind it.
 */
#ifndef SQL_TOKEN_H
#define SQL_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

/* Every word of keyword.def: SG_WORD_SELECT and so on. A word that the server takes for the same as
 * another (SCHEMA for DATABASE) has that one's number and no name of its own here. */
enum sg_word {
    SG_NO_WORD, /* not a keyword on this server at this place: a plain identifier */
#define SG_KEYWORD(word, mysql, mariadb) SG_WORD_##word,
#define SG_SYNONYM(word, other, mysql, mariadb)
#include "sql/keyword.def"
#undef SG_KEYWORD
#undef SG_SYNONYM
    SG_WORD_KINDS
};

enum sg_token_kind {
    SG_TOKEN_END,   /* the text is at its end; comes again when asked again */
    SG_TOKEN_ERROR, /* cannot be read on: an unterminated quote or comment, a byte that starts no
                       token; comes again when asked again */

    /* names; see sg_token_is_identifier */
    SG_TOKEN_IDENT,           /* a bare word, keywords included: `word` tells */
    SG_TOKEN_QUOTED_IDENT,    /* `x`, under ANSI_QUOTES "x", under MariaDB's MSSQL [x] */
    SG_TOKEN_USER_VARIABLE,   /* @x @`x` @'x' @"x" @ ; also the host part of user@host */
    SG_TOKEN_SYSTEM_VARIABLE, /* the two bytes @@ alone; a name that touches them follows */

    /* literals */
    SG_TOKEN_STRING,          /* 'x' or "x"; neighbours are joined by the parser */
    SG_TOKEN_NATIONAL_STRING, /* N'x' */
    SG_TOKEN_DOLLAR_STRING,   /* MySQL 9: $$x$$ $tag$x$tag$ (a routine's body) */
    SG_TOKEN_INTRODUCER,      /* _utf8mb4 and other known character sets; a literal should follow */
    SG_TOKEN_HEX,             /* x'1F' 0x1F */
    SG_TOKEN_BIT,             /* b'01' 0b01 */
    SG_TOKEN_INTEGER,         /* 12 */
    SG_TOKEN_DECIMAL,         /* 1.5 .5 1. */
    SG_TOKEN_FLOAT,           /* 1e5 1.5e-3 */
    SG_TOKEN_PARAMETER,       /* ? */
    SG_TOKEN_NULL_ESCAPE,     /* \N: MariaDB, MySQL 5.7 */

    /* punctuation */
    SG_TOKEN_LEFT_PAREN,
    SG_TOKEN_RIGHT_PAREN,
    SG_TOKEN_LEFT_BRACE,
    SG_TOKEN_RIGHT_BRACE,
    SG_TOKEN_COMMA,
    SG_TOKEN_DOT,
    SG_TOKEN_DOT_DOT,   /* MariaDB: FOR i IN 1..9 */
    SG_TOKEN_SEMICOLON, /* ends the statement; the lexer reads on behind it when asked */
    SG_TOKEN_COLON,

    /* operators */
    SG_TOKEN_PLUS,
    SG_TOKEN_MINUS,
    SG_TOKEN_STAR,
    SG_TOKEN_SLASH,
    SG_TOKEN_PERCENT,
    SG_TOKEN_AMPERSAND,
    SG_TOKEN_AND_AND,
    SG_TOKEN_PIPE,
    SG_TOKEN_PIPE_PIPE, /* OR, or under PIPES_AS_CONCAT concatenation: the parser decides */
    SG_TOKEN_CARET,
    SG_TOKEN_TILDE,
    SG_TOKEN_BANG,
    SG_TOKEN_EQUAL,
    SG_TOKEN_NULL_SAFE_EQUAL, /* <=> */
    SG_TOKEN_NOT_EQUAL,       /* != <> */
    SG_TOKEN_LESS,
    SG_TOKEN_LESS_EQUAL,
    SG_TOKEN_GREATER,
    SG_TOKEN_GREATER_EQUAL,
    SG_TOKEN_SHIFT_LEFT,
    SG_TOKEN_SHIFT_RIGHT,
    SG_TOKEN_ASSIGN,     /* := */
    SG_TOKEN_ARROW,      /* -> */
    SG_TOKEN_LONG_ARROW, /* ->> */

    SG_TOKEN_KINDS
};

enum sg_token_flags {
    SG_TOKEN_SPACE_BEFORE = 1 << 0, /* white space or a comment stands before it */
    SG_TOKEN_RESERVED = 1 << 1,     /* the word may not be an identifier here; only with a `word` */
    SG_TOKEN_AFTER_DOT = 1 << 2, /* a word that touches a dot before it: an identifier whatever it
                                    spells (`word` is SG_NO_WORD); may begin with a digit */
    SG_TOKEN_ESCAPED = 1 << 3,   /* quoted text whose value is not the bytes between the quotes */
};

struct sg_token {
    uint32_t offset; /* of its first byte in the text given to sg_lex_init */
    uint32_t size;   /* bytes, quotes and prefixes included */
    uint16_t word;   /* enum sg_word; SG_NO_WORD for all but SG_TOKEN_IDENT */
    uint8_t kind;    /* enum sg_token_kind */
    uint8_t flags;   /* enum sg_token_flags */
};

_Static_assert(sizeof(struct sg_token) == 12, "the parser keeps many of these");

/* May stand where the grammar wants an identifier. (Some places refuse more words than the reserved
 * ones, a label or a role for instance; those look at `word`.) */
static inline bool sg_token_is_identifier(const struct sg_token *token)
{
    return token->kind == SG_TOKEN_QUOTED_IDENT ||
           (token->kind == SG_TOKEN_IDENT && !(token->flags & SG_TOKEN_RESERVED));
}

static inline uint32_t sg_token_end(const struct sg_token *token)
{
    return token->offset + token->size;
}

/* The word's spelling in upper case, as keyword.def has it; "" for SG_NO_WORD. Static storage. */
const char *sg_word_text(enum sg_word word);

/* A kind for messages and test output: "identifier", "(", "->>". Static storage. */
const char *sg_token_kind_name(enum sg_token_kind kind);

#endif
