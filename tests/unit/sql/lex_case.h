/* A text as its tokens, in one line that tests compare with:
 *
 *   SELECT! a .  keywords in upper case, `!` when reserved here; names in <>; quoted ones in <``>
 *   int(12) str('x') var(@a) @@ ? and so on, with their bytes; punctuation as it is
 *   ERROR@7      where reading stopped
 */
#ifndef TESTS_UNIT_SQL_LEX_CASE_H
#define TESTS_UNIT_SQL_LEX_CASE_H

#include <stdio.h>
#include <string.h>

#include "sql/lex.h"

static const struct sg_server MYSQL = {.flavour = SG_FLAVOUR_MYSQL, .version = 90704};
static const struct sg_server MARIADB = {.flavour = SG_FLAVOUR_MARIADB, .version = 101119};

static inline struct sg_context lex_context(const struct sg_server *server, uint32_t sql_mode,
                                            enum sg_charset charset)
{
    return (struct sg_context){.server = server, .sql_mode = sql_mode, .charset = charset};
}

static inline const char *literal_name(const struct sg_token *token)
{
    switch (token->kind) {
    case SG_TOKEN_USER_VARIABLE:
        return "var";
    case SG_TOKEN_STRING:
        return "str";
    case SG_TOKEN_NATIONAL_STRING:
        return "nstr";
    case SG_TOKEN_DOLLAR_STRING:
        return "dollar";
    case SG_TOKEN_INTRODUCER:
        return "charset";
    case SG_TOKEN_HEX:
        return "hex";
    case SG_TOKEN_BIT:
        return "bit";
    case SG_TOKEN_INTEGER:
        return "int";
    case SG_TOKEN_DECIMAL:
        return "dec";
    case SG_TOKEN_FLOAT:
        return "float";
    default:
        return NULL;
    }
}

static inline size_t put_token(char *out, size_t room, const struct sg_lexer *lexer,
                               const struct sg_token *token)
{
    struct sg_slice bytes = sg_lex_bytes(lexer, token);
    const int size = (int)bytes.size;
    const char *literal = literal_name(token);
    if (token->kind == SG_TOKEN_ERROR)
        return (size_t)snprintf(out, room, "ERROR@%u", token->offset);
    if (token->word != SG_NO_WORD)
        return (size_t)snprintf(out, room, "%s%s", sg_word_text((enum sg_word)token->word),
                                token->flags & SG_TOKEN_RESERVED ? "!" : "");
    if (token->kind == SG_TOKEN_IDENT || token->kind == SG_TOKEN_QUOTED_IDENT)
        return (size_t)snprintf(out, room, "<%.*s>", size, bytes.data);
    if (literal)
        return (size_t)snprintf(out, room, "%s(%.*s)", literal, size, bytes.data);
    return (size_t)snprintf(out, room, "%s", sg_token_kind_name((enum sg_token_kind)token->kind));
}

/* Writes the line into `out`. */
static inline void lex_to_line(struct sg_slice text, const struct sg_context *context, char *out,
                               size_t room)
{
    struct sg_lexer lexer;
    struct sg_token token;
    size_t used = 0;
    out[0] = '\0';
    sg_lex_init(&lexer, text, context);
    for (sg_lex_next(&lexer, &token); token.kind != SG_TOKEN_END; sg_lex_next(&lexer, &token)) {
        if (used > 0 && used + 1 < room)
            out[used++] = ' ';
        used += put_token(out + used, room - used, &lexer, &token);
        if (token.kind == SG_TOKEN_ERROR || used >= room)
            break;
    }
}

#endif
