/* What a token means: its value without quotes and escapes, and its name for people. See lex.h and
 * token.h. MySQL manual, "String Literals" and "Schema Object Names".
 */
#include "sql/lex.h"

#include <string.h>

#include "sql/charset.h"

const char *sg_token_kind_name(enum sg_token_kind kind)
{
    static const char *const names[SG_TOKEN_KINDS] = {
        [SG_TOKEN_END] = "end of statement",
        [SG_TOKEN_ERROR] = "unreadable text",
        [SG_TOKEN_IDENT] = "identifier",
        [SG_TOKEN_QUOTED_IDENT] = "quoted identifier",
        [SG_TOKEN_USER_VARIABLE] = "user variable",
        [SG_TOKEN_SYSTEM_VARIABLE] = "@@",
        [SG_TOKEN_STRING] = "string",
        [SG_TOKEN_NATIONAL_STRING] = "national string",
        [SG_TOKEN_DOLLAR_STRING] = "dollar-quoted string",
        [SG_TOKEN_INTRODUCER] = "character set introducer",
        [SG_TOKEN_HEX] = "hexadecimal literal",
        [SG_TOKEN_BIT] = "bit literal",
        [SG_TOKEN_INTEGER] = "integer",
        [SG_TOKEN_DECIMAL] = "decimal number",
        [SG_TOKEN_FLOAT] = "floating-point number",
        [SG_TOKEN_PARAMETER] = "?",
        [SG_TOKEN_NULL_ESCAPE] = "\\N",
        [SG_TOKEN_LEFT_PAREN] = "(",
        [SG_TOKEN_RIGHT_PAREN] = ")",
        [SG_TOKEN_LEFT_BRACE] = "{",
        [SG_TOKEN_RIGHT_BRACE] = "}",
        [SG_TOKEN_COMMA] = ",",
        [SG_TOKEN_DOT] = ".",
        [SG_TOKEN_DOT_DOT] = "..",
        [SG_TOKEN_SEMICOLON] = ";",
        [SG_TOKEN_COLON] = ":",
        [SG_TOKEN_PLUS] = "+",
        [SG_TOKEN_MINUS] = "-",
        [SG_TOKEN_STAR] = "*",
        [SG_TOKEN_SLASH] = "/",
        [SG_TOKEN_PERCENT] = "%",
        [SG_TOKEN_AMPERSAND] = "&",
        [SG_TOKEN_AND_AND] = "&&",
        [SG_TOKEN_PIPE] = "|",
        [SG_TOKEN_PIPE_PIPE] = "||",
        [SG_TOKEN_CARET] = "^",
        [SG_TOKEN_TILDE] = "~",
        [SG_TOKEN_BANG] = "!",
        [SG_TOKEN_EQUAL] = "=",
        [SG_TOKEN_NULL_SAFE_EQUAL] = "<=>",
        [SG_TOKEN_NOT_EQUAL] = "!=",
        [SG_TOKEN_LESS] = "<",
        [SG_TOKEN_LESS_EQUAL] = "<=",
        [SG_TOKEN_GREATER] = ">",
        [SG_TOKEN_GREATER_EQUAL] = ">=",
        [SG_TOKEN_SHIFT_LEFT] = "<<",
        [SG_TOKEN_SHIFT_RIGHT] = ">>",
        [SG_TOKEN_ASSIGN] = ":=",
        [SG_TOKEN_ARROW] = "->",
        [SG_TOKEN_LONG_ARROW] = "->>",
    };
    return (unsigned)kind < SG_TOKEN_KINDS ? names[kind] : "";
}

struct sg_slice sg_lex_bytes(const struct sg_lexer *lexer, const struct sg_token *token)
{
    return sg_slice_make(lexer->text + token->offset, token->size);
}

/* The bytes between the quotes, and which quote closes. */
static struct sg_slice between_quotes(const struct sg_lexer *lexer, const struct sg_token *token,
                                      unsigned char *quote_out)
{
    struct sg_slice bytes = sg_lex_bytes(lexer, token);
    size_t front = 1;
    if (token->kind == SG_TOKEN_NATIONAL_STRING || token->kind == SG_TOKEN_USER_VARIABLE)
        front = 2;
    *quote_out = (unsigned char)bytes.data[bytes.size - 1];
    return sg_slice_make(bytes.data + front, bytes.size - front - 1);
}

static struct sg_slice dollar_string_value(struct sg_slice bytes)
{
    size_t tag = 1;
    while (bytes.data[tag] != '$')
        tag++;
    return sg_slice_make(bytes.data + tag + 1, bytes.size - 2 * (tag + 1));
}

/* What a backslash and `byte` stand for; two bytes for those that LIKE reads on its own. */
static size_t put_escape(char *out, char byte)
{
    switch (byte) {
    case 'n':
        *out = '\n';
        return 1;
    case 't':
        *out = '\t';
        return 1;
    case 'r':
        *out = '\r';
        return 1;
    case 'b':
        *out = '\b';
        return 1;
    case '0':
        *out = '\0';
        return 1;
    case 'Z':
        *out = '\032';
        return 1;
    case '%':
    case '_':
        out[0] = '\\';
        out[1] = byte;
        return 2;
    default:
        *out = byte;
        return 1;
    }
}

/* Undoes doubled quotes, and backslashes where `escapes`. Never longer than what came in. */
static struct sg_slice unescape(const struct sg_lexer *lexer, struct sg_slice inner,
                                unsigned char quote, bool escapes, struct sg_arena *arena)
{
    const enum sg_charset charset = (enum sg_charset)lexer->charset;
    const bool by_letter = sg_charset_hides_ascii(charset);
    char *copy = sg_arena_alloc(arena, inner.size);
    if (!copy)
        return SG_SLICE_EMPTY;
    char *out = copy;
    const char *end = inner.data + inner.size;
    for (const char *at = inner.data; at < end;) {
        unsigned char byte = (unsigned char)*at;
        size_t letter =
            byte >= 0x80 && by_letter
                ? sg_charset_letter(charset, (const unsigned char *)at, (const unsigned char *)end)
                : 1;
        if (letter > 1) {
            memcpy(out, at, letter);
            out += letter;
            at += letter;
        } else if (byte == '\\' && escapes && end - at > 1) {
            out += put_escape(out, at[1]);
            at += 2;
        } else {
            *out++ = *at;
            at += byte == quote ? 2 : 1;
        }
    }
    return sg_slice_make(copy, (size_t)(out - copy));
}

struct sg_slice sg_lex_value(const struct sg_lexer *lexer, const struct sg_token *token,
                             struct sg_arena *arena)
{
    struct sg_slice bytes = sg_lex_bytes(lexer, token);
    bool quoted_variable = token->kind == SG_TOKEN_USER_VARIABLE && bytes.size > 1 &&
                           strchr("'\"`", bytes.data[1]) != NULL && bytes.data[1] != '\0';
    switch (token->kind) {
    case SG_TOKEN_QUOTED_IDENT:
    case SG_TOKEN_STRING:
    case SG_TOKEN_NATIONAL_STRING:
        break;
    case SG_TOKEN_USER_VARIABLE:
        if (quoted_variable)
            break;
        return sg_slice_make(bytes.data + 1, bytes.size - 1);
    case SG_TOKEN_DOLLAR_STRING:
        return dollar_string_value(bytes);
    default:
        return bytes;
    }

    unsigned char quote;
    struct sg_slice inner = between_quotes(lexer, token, &quote);
    if (!(token->flags & SG_TOKEN_ESCAPED))
        return inner;
    bool is_name = token->kind == SG_TOKEN_QUOTED_IDENT || quote == '`' ||
                   (quote == '"' && (lexer->sql_mode & SG_MODE_ANSI_QUOTES));
    bool escapes = !is_name && !(lexer->sql_mode & SG_MODE_NO_BACKSLASH_ESCAPES);
    return unescape(lexer, inner, quote, escapes, arena);
}
