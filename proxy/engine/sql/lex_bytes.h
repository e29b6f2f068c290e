/* What a byte can begin. Private to the lexer.
 */
#ifndef SQL_LEX_BYTES_H
#define SQL_LEX_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql/lex.h"

/* The class of a token's first byte. */
enum byte_class {
    /* These may begin what stands between tokens; CLASS_STAR must be the last of them. */
    CLASS_BLANK,
    CLASS_ZERO,
    CLASS_HASH,
    CLASS_MINUS,
    CLASS_SLASH,
    CLASS_STAR,

    /* These may stand within a word; CLASS_WORD and CLASS_HIGH must enclose the others. */
    CLASS_WORD,
    CLASS_INTRODUCER, /* _ */
    CLASS_DOLLAR,
    CLASS_HEX,      /* x X */
    CLASS_BIT,      /* b B */
    CLASS_NATIONAL, /* n N */
    CLASS_DIGIT,
    CLASS_HIGH, /* 0x80 and more: charset.c knows */

    CLASS_STRING, /* ' */
    CLASS_DOUBLE_QUOTE,
    CLASS_BACKTICK,
    CLASS_BRACKET,
    CLASS_AT,
    CLASS_DOT,
    CLASS_COMPARE, /* < = > ! */
    CLASS_PIPE,
    CLASS_AMPERSAND,
    CLASS_COLON,
    CLASS_QUESTION,
    CLASS_BACKSLASH,
    CLASS_NONE,        /* begins no token */
    CLASS_SINGLE = 64, /* and more: a token of one byte, whose kind is added */
};

#define SINGLE(kind) (CLASS_SINGLE + SG_TOKEN_##kind)

/* clang-format off */
#define o   CLASS_NONE
#define S   CLASS_BLANK
#define w   CLASS_WORD
#define d   CLASS_DIGIT
#define h   CLASS_HIGH
#define X   CLASS_HEX
#define B   CLASS_BIT
#define N   CLASS_NATIONAL
static const uint8_t BYTE_CLASS[256] = {
/* 00 */ CLASS_ZERO, o, o, o, o, o, o, o, o, S, S, S, S, S, o, o,
/* 10 */ o, o, o, o, o, o, o, o, o, o, o, o, o, o, o, o,
/*  ! */ S, CLASS_COMPARE, CLASS_DOUBLE_QUOTE, CLASS_HASH,
/* $% */ CLASS_DOLLAR, SINGLE(PERCENT), CLASS_AMPERSAND, CLASS_STRING,
/* () */ SINGLE(LEFT_PAREN), SINGLE(RIGHT_PAREN), CLASS_STAR, SINGLE(PLUS),
/* ,- */ SINGLE(COMMA), CLASS_MINUS, CLASS_DOT, CLASS_SLASH,
/* 0  */ d, d, d, d, d, d, d, d, d, d, CLASS_COLON, SINGLE(SEMICOLON),
/* <= */ CLASS_COMPARE, CLASS_COMPARE, CLASS_COMPARE, CLASS_QUESTION,
/* @A */ CLASS_AT, w, B, w, w, w, w, w, w, w, w, w, w, w, N, w,
/* P  */ w, w, w, w, w, w, w, w, X, w, w, CLASS_BRACKET, CLASS_BACKSLASH, o, SINGLE(CARET),
         CLASS_INTRODUCER,
/* `a */ CLASS_BACKTICK, w, B, w, w, w, w, w, w, w, w, w, w, w, N, w,
/* p  */ w, w, w, w, w, w, w, w, X, w, w, SINGLE(LEFT_BRACE), CLASS_PIPE, SINGLE(RIGHT_BRACE),
         SINGLE(TILDE), o,
/* 80 */ h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h,
/* A0 */ h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h,
/* C0 */ h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h,
/* E0 */ h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h, h,
};
#undef o
#undef S
#undef w
#undef d
#undef h
#undef X
#undef B
#undef N
/* clang-format on */

static inline bool is_blank(unsigned char byte)
{
    return BYTE_CLASS[byte] == CLASS_BLANK;
}

static inline bool is_digit(unsigned char byte)
{
    return BYTE_CLASS[byte] == CLASS_DIGIT;
}

static inline bool is_hex_digit(unsigned char byte)
{
    return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/* May stand within a word, as far as one byte can tell. */
static inline bool is_word_byte(unsigned char byte)
{
    return (uint8_t)(BYTE_CLASS[byte] - CLASS_WORD) <= CLASS_HIGH - CLASS_WORD;
}

/* The byte that many behind `at`, or 0 past the end of the text. */
static inline unsigned char ahead(const struct sg_lexer *lexer, const unsigned char *at,
                                  size_t many)
{
    return (size_t)(lexer->end - at) > many ? at[many] : 0;
}

static inline unsigned char byte_at(const struct sg_lexer *lexer, const unsigned char *at)
{
    return at < lexer->end ? *at : 0;
}

#endif
