/* Statement text in, tokens out. See lex.h; the parser and the digest call it.
 *
 * The class of a token's first byte decides which reader takes it. The readers follow the servers'
 * own scanners case by case: what is odd here is odd there, and was tried on MySQL 9.7.4, MariaDB
 * 10.11.19 and 11.8.9. Where those would refuse the text the token is SG_TOKEN_ERROR.
 *
 * Left to others: comments (lex_comment.c), the bytes of letters beyond ASCII (charset.c), words
 * (keyword.c), the value behind a quoted token (token.c).
 *
 * MySQL manual, "Literal Values", "Schema Object Names", "Function Name Parsing and
 * Resolution"; MariaDB documentation, "Identifier Names".
 */
#include "sql/lex.h"

#include <string.h>

#include "base/scan.h"
#include "sql/charset.h"
#include "sql/keyword.h"
#include "sql/lex_bytes.h"
#include "sql/lex_comment.h"

/* Kept out of sg_lex_next, so that a token that does not need it does not pay for its registers;
 * and kept within, since a call costs as much as the work. */
#define APART  __attribute__((noinline))
#define WITHIN inline __attribute__((always_inline))

/* What stands directly before lexer->next and changes how it is read. */
enum follows {
    FOLLOWS_NOTHING,
    FOLLOWS_WORD,    /* a dot touches the words on both of its sides: no number, as in t1.1st */
    FOLLOWS_DOT,     /* a word touches the dot before it */
    FOLLOWS_AT_AT,   /* a name must touch */
    FOLLOWS_FAILURE, /* SG_TOKEN_ERROR was given */
};

void sg_lex_init(struct sg_lexer *lexer, struct sg_slice text, const struct sg_context *context)
{
    const unsigned char *start = (const unsigned char *)text.data;
    *lexer = (struct sg_lexer){
        .text = start,
        .next = start,
        .end = text.size > 0 ? start + text.size : start,
        .version = context->server->version,
        .flavour = (uint8_t)context->server->flavour,
        .charset = (uint8_t)context->charset,
        .sql_mode = (uint8_t)context->sql_mode,
        .by_letter = sg_charset_hides_ascii(context->charset),
        .follows = text.size > SG_LEX_TEXT_MAX ? FOLLOWS_FAILURE : FOLLOWS_NOTHING,
    };
}

/* --- readers -------------------------------------------------------------------------------
 *
 * A reader stands at the first byte of a token and ends in done() or fail(). What it calls to get
 * over something (skip_...) gives back the byte behind it, or NULL where the server would refuse
 * the text. */

static inline void done(struct sg_lexer *lexer, struct sg_token *token, enum sg_token_kind kind,
                        const unsigned char *at, const unsigned char *behind)
{
    token->kind = (uint8_t)kind;
    token->offset = (uint32_t)(at - lexer->text);
    token->size = (uint32_t)(behind - at);
    lexer->next = behind;
}

static APART void fail(struct sg_lexer *lexer, struct sg_token *token, const unsigned char *at)
{
    *token = (struct sg_token){0};
    lexer->follows = FOLLOWS_FAILURE;
    done(lexer, token, SG_TOKEN_ERROR, at, at);
}

static inline void done_unless_null(struct sg_lexer *lexer, struct sg_token *token,
                                    enum sg_token_kind kind, const unsigned char *at,
                                    const unsigned char *behind)
{
    if (behind)
        done(lexer, token, kind, at, behind);
    else
        fail(lexer, token, at);
}

/* --- quoted text --------------------------------------------------------------------------- */

static APART const unsigned char *find_by_letter(const struct sg_lexer *lexer,
                                                 const unsigned char *at, unsigned char a,
                                                 unsigned char b)
{
    const enum sg_charset charset = (enum sg_charset)lexer->charset;
    while (at < lexer->end && *at != a && *at != b) {
        size_t letter = *at < 0x80 ? 1 : sg_charset_letter(charset, at, lexer->end);
        at += letter > 0 ? letter : 1;
    }
    return at;
}

/* The next `a` or `b` that is a character of its own and not part of one, or the end. */
static inline const unsigned char *find_character(const struct sg_lexer *lexer,
                                                  const unsigned char *at, unsigned char a,
                                                  unsigned char b)
{
    return lexer->by_letter ? find_by_letter(lexer, at, a, b)
                            : sg_scan_either(at, lexer->end, a, b);
}

/* From behind the opening quote of a string to behind the closing one. */
static const unsigned char *skip_string(const struct sg_lexer *lexer, const unsigned char *at,
                                        unsigned char quote, struct sg_token *token)
{
    bool escapes = !(lexer->sql_mode & SG_MODE_NO_BACKSLASH_ESCAPES);
    for (;;) {
        at = find_character(lexer, at, quote, escapes ? '\\' : quote);
        if (at == lexer->end)
            return NULL;
        if (*at == quote && ahead(lexer, at, 1) != quote)
            return at + 1;
        /* A backslash takes one byte with it, also when that is the first of a longer letter. */
        if (lexer->end - at < 2)
            return NULL;
        token->flags |= SG_TOKEN_ESCAPED;
        at += 2;
    }
}

/* From behind the opening quote of a name to behind the closing one. No zero byte may be in it. */
static WITHIN const unsigned char *skip_quoted_name(const struct sg_lexer *lexer,
                                                    const unsigned char *at, unsigned char quote,
                                                    struct sg_token *token)
{
    for (;;) {
        at = find_character(lexer, at, quote, 0);
        if (at == lexer->end || *at == 0)
            return NULL;
        if (ahead(lexer, at, 1) != quote)
            return at + 1;
        token->flags |= SG_TOKEN_ESCAPED;
        at += 2;
    }
}

static APART void read_string(struct sg_lexer *lexer, const unsigned char *at,
                              struct sg_token *token)
{
    done_unless_null(lexer, token, SG_TOKEN_STRING, at, skip_string(lexer, at + 1, *at, token));
}

static void read_national_string(struct sg_lexer *lexer, const unsigned char *at,
                                 struct sg_token *token)
{
    done_unless_null(lexer, token, SG_TOKEN_NATIONAL_STRING, at,
                     skip_string(lexer, at + 2, at[1], token));
}

static APART void read_quoted_ident(struct sg_lexer *lexer, const unsigned char *at,
                                    unsigned char quote, struct sg_token *token)
{
    done_unless_null(lexer, token, SG_TOKEN_QUOTED_IDENT, at,
                     skip_quoted_name(lexer, at + 1, quote, token));
}

/* The same for the usual quote, which the compiler then knows. */
static APART void read_backticked_ident(struct sg_lexer *lexer, const unsigned char *at,
                                        struct sg_token *token)
{
    done_unless_null(lexer, token, SG_TOKEN_QUOTED_IDENT, at,
                     skip_quoted_name(lexer, at + 1, '`', token));
}

static inline bool is_bit(unsigned char byte)
{
    return (byte & 0xfe) == '0';
}

/* x'..' with an even number of digits, b'..' */
static void read_quoted_digits(struct sg_lexer *lexer, const unsigned char *at, bool hex,
                               struct sg_token *token)
{
    const unsigned char *start = at + 2;
    const unsigned char *behind = start;
    while (hex ? is_hex_digit(byte_at(lexer, behind)) : is_bit(byte_at(lexer, behind)))
        behind++;
    if (byte_at(lexer, behind) != '\'' || (hex && (behind - start) % 2 != 0))
        fail(lexer, token, at);
    else
        done(lexer, token, hex ? SG_TOKEN_HEX : SG_TOKEN_BIT, at, behind + 1);
}

/* --- words --------------------------------------------------------------------------------- */

/* Over letters past ASCII and what else stands in a word behind them. */
static APART const unsigned char *skip_letters(const struct sg_lexer *lexer,
                                               const unsigned char *at)
{
    while (at < lexer->end && is_word_byte(*at)) {
        const enum sg_charset charset = (enum sg_charset)lexer->charset;
        size_t letter = *at < 0x80 ? 1 : sg_charset_letter(charset, at, lexer->end);
        if (letter == 0)
            return at;
        at += letter;
    }
    return at;
}

/* Over all that may stand in a word; `at` itself when that is nothing. */
static inline const unsigned char *skip_word(const struct sg_lexer *lexer, const unsigned char *at)
{
    at = sg_scan_word(at, lexer->end);
    return byte_at(lexer, at) >= 0x80 ? skip_letters(lexer, at) : at;
}

/* Behind a word: a dot that touches it and a word behind it belongs to a qualified name. */
static inline bool dot_and_word_follow(struct sg_lexer *lexer, const unsigned char *at)
{
    if (byte_at(lexer, at) != '.' || !is_word_byte(ahead(lexer, at, 1)))
        return false;
    lexer->follows = FOLLOWS_WORD;
    return true;
}

/* Whether the word before `at` is called: `(` touches it, or comes after blanks where sql_mode
 * allows. A comment is no blank here. */
static bool is_called(const struct sg_lexer *lexer, const unsigned char *at)
{
    if (lexer->sql_mode & SG_MODE_IGNORE_SPACE) {
        while (is_blank(byte_at(lexer, at)))
            at++;
    }
    return byte_at(lexer, at) == '(';
}

/* Adds to a finished token what the word means. */
static APART void look_up_word(const struct sg_lexer *lexer, bool may_be_call,
                               struct sg_token *token)
{
    const unsigned char *start = lexer->text + token->offset;
    struct sg_keyword keyword =
        sg_keyword_find(start, token->size, (enum sg_flavour)lexer->flavour, lexer->version);
    if (keyword.word == SG_NO_WORD ||
        (keyword.call_only && !(may_be_call && is_called(lexer, start + token->size))))
        return;
    token->word = keyword.word;
    if (keyword.reserved)
        token->flags |= SG_TOKEN_RESERVED;
}

static inline void finish_word(struct sg_lexer *lexer, const unsigned char *at,
                               const unsigned char *behind, struct sg_token *token)
{
    done(lexer, token, SG_TOKEN_IDENT, at, behind);
    if (!dot_and_word_follow(lexer, behind))
        look_up_word(lexer, true, token);
}

/* A word that holds bytes past ASCII. */
static APART void read_foreign_word(struct sg_lexer *lexer, const unsigned char *at,
                                    struct sg_token *token)
{
    const unsigned char *behind = skip_letters(lexer, at);
    if (behind == at)
        fail(lexer, token, at); /* the first byte is no letter */
    else
        finish_word(lexer, at, behind, token);
}

static APART void read_word(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    const unsigned char *behind = sg_scan_word(at, lexer->end);
    if (byte_at(lexer, behind) >= 0x80)
        read_foreign_word(lexer, at, token);
    else
        finish_word(lexer, at, behind, token);
}

/* A word that begins with `_` and names a character set tells how to read the literal behind it. */
static void read_introducer(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    read_word(lexer, at, token);
    struct sg_slice name = sg_slice_make(at + 1, token->size - 1);
    if (sg_charset_is_known(name, (enum sg_flavour)lexer->flavour))
        token->kind = SG_TOKEN_INTRODUCER;
}

/* Behind a dot everything is a name, also `select` and `1st`. */
static void read_word_after_dot(struct sg_lexer *lexer, const unsigned char *at,
                                struct sg_token *token)
{
    const unsigned char *behind = skip_word(lexer, at);
    if (behind == at) {
        fail(lexer, token, at);
        return;
    }
    token->flags |= SG_TOKEN_AFTER_DOT;
    dot_and_word_follow(lexer, behind);
    done(lexer, token, SG_TOKEN_IDENT, at, behind);
}

/* The name of a system variable or its scope: no function is called here, and a word is looked up
 * even when a dot follows (@@global.x). */
static void read_word_after_at_at(struct sg_lexer *lexer, const unsigned char *at,
                                  struct sg_token *token)
{
    if (byte_at(lexer, at) == '`') {
        read_quoted_ident(lexer, at, '`', token);
        return;
    }
    const unsigned char *behind = skip_word(lexer, at);
    if (behind == at) {
        fail(lexer, token, at);
        return;
    }
    done(lexer, token, SG_TOKEN_IDENT, at, behind);
    dot_and_word_follow(lexer, behind);
    look_up_word(lexer, false, token);
}

/* MySQL 9: $tag$ text $tag$, where the tag may be empty. A word with one `$` in front stays one.
 * The release in which this began is not documented; an early 8.x may read a word instead. */
#define DOLLAR_STRINGS_SINCE 80100

/* Behind the closing tag, which is the opening one again. */
static const unsigned char *find_tag(const unsigned char *at, const unsigned char *end,
                                     const unsigned char *tag, size_t tag_size)
{
    for (; (size_t)(end - at) >= tag_size; at++) {
        at = sg_scan_either(at, end, '$', '$');
        if ((size_t)(end - at) < tag_size)
            return NULL;
        if (memcmp(at, tag, tag_size) == 0)
            return at + tag_size;
    }
    return NULL;
}

static void read_dollar(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    bool may_quote = lexer->flavour == SG_FLAVOUR_MYSQL && lexer->version >= DOLLAR_STRINGS_SINCE;
    const unsigned char *tag_end = at + 1;
    while (may_quote && byte_at(lexer, tag_end) != '$' && is_word_byte(byte_at(lexer, tag_end)))
        tag_end++;
    if (!may_quote || byte_at(lexer, tag_end) != '$') {
        read_word(lexer, at, token);
        return;
    }
    tag_end++;
    done_unless_null(lexer, token, SG_TOKEN_DOLLAR_STRING, at,
                     find_tag(tag_end, lexer->end, at, (size_t)(tag_end - at)));
}

/* --- variables ----------------------------------------------------------------------------- */

/* The servers look at single bytes here, also of longer letters. */
static inline bool is_variable_byte(const struct sg_lexer *lexer, unsigned char byte)
{
    const enum sg_charset charset = (enum sg_charset)lexer->charset;
    bool unknown = byte >= 0x80 &&
                   (charset == SG_CHARSET_SINGLE_BYTE || charset == SG_CHARSET_LATIN1) &&
                   sg_charset_letter(charset, &byte, &byte + 1) == 0;
    return (is_word_byte(byte) && !unknown) || byte == '.';
}

/* At the first @. The name may be empty: a variable on MySQL, a host in MariaDB's GRANT. */
static void read_variable(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    const unsigned char *behind = at + 1;
    unsigned char first = byte_at(lexer, behind);
    if (first == '@') {
        lexer->follows = FOLLOWS_AT_AT;
        done(lexer, token, SG_TOKEN_SYSTEM_VARIABLE, at, at + 2);
        return;
    }
    bool name = first == '`' || (first == '"' && (lexer->sql_mode & SG_MODE_ANSI_QUOTES));
    if (name) {
        behind = skip_quoted_name(lexer, at + 2, first, token);
    } else if (first == '\'' || first == '"') {
        behind = skip_string(lexer, at + 2, first, token);
    } else {
        while (is_variable_byte(lexer, byte_at(lexer, behind)))
            behind++;
    }
    done_unless_null(lexer, token, SG_TOKEN_USER_VARIABLE, at, behind);
}

/* --- numbers ------------------------------------------------------------------------------- */

static const unsigned char *skip_digits(const struct sg_lexer *lexer, const unsigned char *at)
{
    while (is_digit(byte_at(lexer, at)))
        at++;
    return at;
}

/* A number that begins at `at` and whose dot stands before `fraction`. */
static APART void read_fraction(struct sg_lexer *lexer, const unsigned char *at,
                                const unsigned char *fraction, struct sg_token *token)
{
    const unsigned char *behind = skip_digits(lexer, fraction);
    if ((byte_at(lexer, behind) | 0x20) != 'e') {
        done(lexer, token, SG_TOKEN_DECIMAL, at, behind);
        return;
    }
    unsigned char sign = ahead(lexer, behind, 1);
    size_t skip = sign == '+' || sign == '-' ? 2 : 1;
    if (is_digit(ahead(lexer, behind, skip)))
        done(lexer, token, SG_TOKEN_FLOAT, at, skip_digits(lexer, behind + skip));
    else
        fail(lexer, token, at);
}

/* 0x1F and 0b01; false for anything else that begins so: 0xzz, 0b2 and 0X1F are words. */
static bool read_prefixed_number(struct sg_lexer *lexer, const unsigned char *at,
                                 struct sg_token *token)
{
    const unsigned char letter = ahead(lexer, at, 1);
    if (*at != '0' || (letter != 'x' && letter != 'b'))
        return false;
    const unsigned char *behind = at + 2;
    while (letter == 'x' ? is_hex_digit(byte_at(lexer, behind)) : is_bit(byte_at(lexer, behind)))
        behind++;
    if (behind == at + 2 || is_word_byte(byte_at(lexer, behind)))
        return false;
    done(lexer, token, letter == 'x' ? SG_TOKEN_HEX : SG_TOKEN_BIT, at, behind);
    return true;
}

/* A number, or a word that begins with a digit. 1e5zz is a number and a word; 1ezz is a word. */
static APART void read_number(struct sg_lexer *lexer, const unsigned char *at,
                              struct sg_token *token)
{
    const unsigned char *behind = skip_digits(lexer, at);
    const unsigned char after = byte_at(lexer, behind);
    if (after == '.' && !(lexer->flavour == SG_FLAVOUR_MARIADB && ahead(lexer, behind, 1) == '.')) {
        read_fraction(lexer, at, behind + 1, token);
        return;
    }
    if (!is_word_byte(after)) {
        done(lexer, token, SG_TOKEN_INTEGER, at, behind);
        return;
    }
    if (read_prefixed_number(lexer, at, token))
        return;
    unsigned char sign = ahead(lexer, behind, 1);
    size_t skip = sign == '+' || sign == '-' ? 2 : 1;
    if ((after | 0x20) == 'e' && is_digit(ahead(lexer, behind, skip))) {
        done(lexer, token, SG_TOKEN_FLOAT, at, skip_digits(lexer, behind + skip));
        return;
    }
    behind = skip_word(lexer, behind);
    dot_and_word_follow(lexer, behind);
    done(lexer, token, SG_TOKEN_IDENT, at, behind);
}

/* --- punctuation --------------------------------------------------------------------------- */

/* `before`: what the lexer's `follows` was. */
static void read_dot(struct sg_lexer *lexer, const unsigned char *at, uint8_t before,
                     struct sg_token *token)
{
    unsigned char after = ahead(lexer, at, 1);
    if (!is_word_byte(after) && after != '.') {
        done(lexer, token, SG_TOKEN_DOT, at, at + 1);
    } else if (before != FOLLOWS_WORD && is_digit(after)) {
        read_fraction(lexer, at, at + 1, token);
    } else if (after == '.' && lexer->flavour == SG_FLAVOUR_MARIADB) {
        done(lexer, token, SG_TOKEN_DOT_DOT, at, at + 2);
    } else {
        lexer->follows = after == '.' ? FOLLOWS_NOTHING : FOLLOWS_DOT;
        done(lexer, token, SG_TOKEN_DOT, at, at + 1);
    }
}

static void read_minus(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    if (ahead(lexer, at, 1) != '>' || lexer->flavour == SG_FLAVOUR_MARIADB)
        done(lexer, token, SG_TOKEN_MINUS, at, at + 1);
    else if (ahead(lexer, at, 2) == '>')
        done(lexer, token, SG_TOKEN_LONG_ARROW, at, at + 3);
    else
        done(lexer, token, SG_TOKEN_ARROW, at, at + 2);
}

/* Exactly these bytes, or SG_TOKEN_ERROR. */
static enum sg_token_kind comparison_kind(const unsigned char *at, size_t size)
{
    static const struct {
        char text[4];
        uint8_t size;
        uint8_t kind;
    } operators[] = {
        {"=", 1, SG_TOKEN_EQUAL},
        {"<", 1, SG_TOKEN_LESS},
        {">", 1, SG_TOKEN_GREATER},
        {"!", 1, SG_TOKEN_BANG},
        {"<=", 2, SG_TOKEN_LESS_EQUAL},
        {">=", 2, SG_TOKEN_GREATER_EQUAL},
        {"<>", 2, SG_TOKEN_NOT_EQUAL},
        {"!=", 2, SG_TOKEN_NOT_EQUAL},
        {"<<", 2, SG_TOKEN_SHIFT_LEFT},
        {">>", 2, SG_TOKEN_SHIFT_RIGHT},
        {"<=>", 3, SG_TOKEN_NULL_SAFE_EQUAL},
    };
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (operators[i].size == size && memcmp(at, operators[i].text, size) == 0)
            return (enum sg_token_kind)operators[i].kind;
    }
    return SG_TOKEN_ERROR;
}

/* All bytes of < = > ! that stand together, two or behind a `<` three, must be one operator on
 * MySQL (1=!0 is an error there); MariaDB takes the longest that is one. */
static void read_comparison(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    size_t size = BYTE_CLASS[ahead(lexer, at, 1)] == CLASS_COMPARE ? 2 : 1;
    if (size == 1 && *at == '=') {
        done(lexer, token, SG_TOKEN_EQUAL, at, at + 1);
        return;
    }
    unsigned char third = ahead(lexer, at, 2);
    if (*at == '<' && size == 2 && BYTE_CLASS[third] == CLASS_COMPARE && third != '<')
        size = 3;
    enum sg_token_kind kind = comparison_kind(at, size);
    while (kind == SG_TOKEN_ERROR && size > 1 && lexer->flavour == SG_FLAVOUR_MARIADB)
        kind = comparison_kind(at, --size);
    if (kind == SG_TOKEN_ERROR)
        fail(lexer, token, at);
    else
        done(lexer, token, kind, at, at + size);
}

/* One that is the same byte twice, or once. */
static void read_pair(struct sg_lexer *lexer, const unsigned char *at, enum sg_token_kind twice,
                      enum sg_token_kind once, struct sg_token *token)
{
    bool pair = ahead(lexer, at, 1) == *at;
    done(lexer, token, pair ? twice : once, at, at + (pair ? 2 : 1));
}

/* : and := */
static void read_colon(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    bool assigns = ahead(lexer, at, 1) == '=';
    done(lexer, token, assigns ? SG_TOKEN_ASSIGN : SG_TOKEN_COLON, at, at + (assigns ? 2 : 1));
}

static void read_question(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    if (is_word_byte(ahead(lexer, at, 1)))
        fail(lexer, token, at);
    else
        done(lexer, token, SG_TOKEN_PARAMETER, at, at + 1);
}

static void read_backslash(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    bool knows = lexer->flavour == SG_FLAVOUR_MARIADB || lexer->version < 80000;
    if (knows && ahead(lexer, at, 1) == 'N')
        done(lexer, token, SG_TOKEN_NULL_ESCAPE, at, at + 2);
    else
        fail(lexer, token, at);
}

/* --- the door ------------------------------------------------------------------------------ */

/* x'..', b'..' and n'..', or a word that begins so. */
static void read_letter_and_quote(struct sg_lexer *lexer, const unsigned char *at,
                                  struct sg_token *token)
{
    const uint8_t class = BYTE_CLASS[*at];
    if (ahead(lexer, at, 1) != '\'')
        read_word(lexer, at, token);
    else if (class == CLASS_NATIONAL)
        read_national_string(lexer, at, token);
    else
        read_quoted_digits(lexer, at, class == CLASS_HEX, token);
}

/* Whatever is neither a word nor a single byte. */
static APART void read_other(struct sg_lexer *lexer, const unsigned char *at,
                             struct sg_token *token)
{
    switch ((enum byte_class)BYTE_CLASS[*at]) {
    case CLASS_HEX:
    case CLASS_BIT:
    case CLASS_NATIONAL:
        read_letter_and_quote(lexer, at, token);
        return;
    case CLASS_INTRODUCER:
        read_introducer(lexer, at, token);
        return;
    case CLASS_DOLLAR:
        read_dollar(lexer, at, token);
        return;
    case CLASS_DOUBLE_QUOTE:
        if (lexer->sql_mode & SG_MODE_ANSI_QUOTES)
            read_quoted_ident(lexer, at, '"', token);
        else
            read_string(lexer, at, token);
        return;
    case CLASS_BRACKET:
        if (lexer->sql_mode & SG_MODE_MSSQL)
            read_quoted_ident(lexer, at, ']', token);
        else
            fail(lexer, token, at);
        return;
    case CLASS_AT:
        read_variable(lexer, at, token);
        return;
    case CLASS_MINUS:
        read_minus(lexer, at, token);
        return;
    case CLASS_SLASH:
        done(lexer, token, SG_TOKEN_SLASH, at, at + 1);
        return;
    case CLASS_STAR:
        done(lexer, token, SG_TOKEN_STAR, at, at + 1);
        return;
    case CLASS_COMPARE:
        read_comparison(lexer, at, token);
        return;
    case CLASS_PIPE:
        read_pair(lexer, at, SG_TOKEN_PIPE_PIPE, SG_TOKEN_PIPE, token);
        return;
    case CLASS_AMPERSAND:
        read_pair(lexer, at, SG_TOKEN_AND_AND, SG_TOKEN_AMPERSAND, token);
        return;
    case CLASS_COLON:
        read_colon(lexer, at, token);
        return;
    case CLASS_QUESTION:
        read_question(lexer, at, token);
        return;
    case CLASS_BACKSLASH:
        read_backslash(lexer, at, token);
        return;
    default:
        fail(lexer, token, at);
        return;
    }
}

/* `before`: what stood directly before `at`. */
static WITHIN void read_token(struct sg_lexer *lexer, const unsigned char *at, uint8_t before,
                              struct sg_token *token)
{
    const uint8_t class = BYTE_CLASS[*at];
    if (class >= CLASS_SINGLE)
        done(lexer, token, (enum sg_token_kind)(class - CLASS_SINGLE), at, at + 1);
    else if (class == CLASS_BACKTICK)
        read_backticked_ident(lexer, at, token);
    else if (class == CLASS_WORD || class == CLASS_HIGH)
        read_word(lexer, at, token);
    else if (class == CLASS_DOT)
        read_dot(lexer, at, before, token);
    else if (class == CLASS_DIGIT)
        read_number(lexer, at, token);
    else if (class == CLASS_STRING)
        read_string(lexer, at, token);
    else
        read_other(lexer, at, token);
}

/* Where no blank may stand before the token, and after a failure. */
static APART void read_touching(struct sg_lexer *lexer, const unsigned char *at, uint8_t before,
                                struct sg_token *token)
{
    if (before == FOLLOWS_DOT)
        read_word_after_dot(lexer, at, token);
    else if (before == FOLLOWS_AT_AT)
        read_word_after_at_at(lexer, at, token);
    else
        fail(lexer, token, at);
}

/* A token, or the end, at `at`; `start`: where the one before it ended. */
static WITHIN void read_token_or_end(struct sg_lexer *lexer, const unsigned char *start,
                                     const unsigned char *at, uint8_t before,
                                     struct sg_token *token)
{
    if (at > start)
        token->flags = SG_TOKEN_SPACE_BEFORE;
    if (at < lexer->end)
        read_token(lexer, at, before, token);
    else if (!lexer->in_comment)
        done(lexer, token, SG_TOKEN_END, at, at);
    else
        fail(lexer, token, at);
}

/* At a byte that may begin a comment. */
static APART void read_behind_comments(struct sg_lexer *lexer, const unsigned char *start,
                                       const unsigned char *at, uint8_t before,
                                       struct sg_token *token)
{
    at = sg_lex_skip_comments(lexer, at);
    if (at)
        read_token_or_end(lexer, start, at, before, token);
    else
        fail(lexer, token, lexer->next);
}

/* Whatever is called here is called last, so that nothing has to be kept for its return: in a long
 * statement of short tokens this function is most of the work. */
void sg_lex_next(struct sg_lexer *lexer, struct sg_token *token_out)
{
    const uint8_t before = lexer->follows;
    const unsigned char *start = lexer->next;
    const unsigned char *at = start;

    *token_out = (struct sg_token){0};
    lexer->follows = FOLLOWS_NOTHING;
    if (before > FOLLOWS_WORD) {
        read_touching(lexer, at, before, token_out);
        return;
    }
    while (at < lexer->end && is_blank(*at))
        at++;
    if (at < lexer->end && BYTE_CLASS[*at] <= CLASS_STAR)
        read_behind_comments(lexer, start, at, before, token_out);
    else
        read_token_or_end(lexer, start, at, before, token_out);
}
