/* The words of a TypeScript or JavaScript file, as far as declarations need them.
 *
 * The whole file becomes one array, brackets know their partners, and a template with ${} in it is
 * a bracket too: whoever does not understand something can step over it. ECMAScript specification,
 * "Lexical Grammar".
 */
#ifndef SOURCES_TS_LEX_H
#define SOURCES_TS_LEX_H

#include "sources/orm.h"

enum ts_token_kind {
    TS_TOKEN_END,
    TS_TOKEN_NAME,     /* also every keyword */
    TS_TOKEN_STRING,   /* `text` is its value */
    TS_TOKEN_TEMPLATE, /* a piece of one: `text` is its value; the first one is a bracket when ${
                          follows, and so is each that follows on } */
    TS_TOKEN_NUMBER,
    TS_TOKEN_BIGINT, /* `text` is without its n */
    TS_TOKEN_REGEX,
    TS_TOKEN_MARK,
};

struct ts_token {
    enum ts_token_kind kind;
    bool after_newline;
    bool opens;     /* template: ${ follows */
    bool continues; /* template: } stands before it */
    unsigned line;
    struct sg_slice text;
    size_t at;      /* where it begins in the file */
    size_t partner; /* of a bracket: its other end; of anything else 0 */
};

struct ts_tokens {
    struct ts_token *items; /* the last one is TS_TOKEN_END */
    size_t count;
    const char *wrong; /* NULL, or what cannot be read, and in which line; reading ended there */
    unsigned wrong_line;
};

#define TS_TEXT_MAX_BYTES ((size_t)8 << 20)

/* In the arena; text that is taken as it stands borrows from `text`. */
void ts_lex(struct sg_arena *arena, struct sg_slice text, struct ts_tokens *out);

#endif
