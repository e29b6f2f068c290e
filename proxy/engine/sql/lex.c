/* Statement text in, tokens out. See lex.h; the parser and the digest call it.
 *
 * The class of a token's first byte decides which reader takes it. The readers follow the servers'
 * own scanners case by case: what is odd here is odd there, and was tried on MySQL 9.7.4, MariaDB
 * 10.11.19 and 11.8.9. Where those would refuse the text the token is SG_TOKEN_ERROR.
 *
 * Left to others: the bytes of letters beyond ASCII (charset.c), words (keyword.c), the value
 * behind a quoted token (token.c).
 *
 * MySQL manual, "Literal Values", "Schema Object Names", "Comments", "Function Name Parsing and
 * Resolution"; MariaDB documentation, "Comment Syntax".
 */
#include "sql/lex.h"

#include <string.h>

#include "sql/charset.h"
#include "sql/keyword.h"

/* What stands directly before lexer->next and changes how it is read. */
enum follows {
    FOLLOWS_NOTHING,
    FOLLOWS_DOT,   /* a word touches the dot before it */
    FOLLOWS_WORD,  /* a dot touches the words on both of its sides: no number, as in t1.1st */
    FOLLOWS_AT_AT, /* a name must touch */
};

/* The class of a token's first byte. */
enum byte_class {
    CLASS_NONE, /* begins no token */
    CLASS_BLANK,
    CLASS_ZERO,

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
    CLASS_MINUS,
    CLASS_SLASH,
    CLASS_STAR,
    CLASS_HASH,
    CLASS_LESS,
    CLASS_COMPARE, /* = > ! */
    CLASS_PIPE,
    CLASS_AMPERSAND,
    CLASS_COLON,
    CLASS_QUESTION,
    CLASS_BACKSLASH,
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
/* <= */ CLASS_LESS, CLASS_COMPARE, CLASS_COMPARE, CLASS_QUESTION,
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

static inline bool is_ascii_word_byte(unsigned char byte)
{
    return (uint8_t)(BYTE_CLASS[byte] - CLASS_WORD) < CLASS_HIGH - CLASS_WORD;
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
        .failed = text.size > SG_LEX_TEXT_MAX,
    };
}

/* --- what stands between tokens ------------------------------------------------------------ */

/* Every bit of a byte that is zero in `word`, and none below it, is looked for. */
static inline uint64_t zero_bytes(uint64_t word)
{
    return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

/* The first byte from `at` on that is `a` or `b`, or `end`. Eight bytes at a time: most of a long
 * statement's bytes go through here. */
static const unsigned char *find_either(const unsigned char *at, const unsigned char *end,
                                        unsigned char a, unsigned char b)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t every_a = UINT64_C(0x0101010101010101) * a;
    const uint64_t every_b = UINT64_C(0x0101010101010101) * b;
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        uint64_t found = zero_bytes(word ^ every_a) | zero_bytes(word ^ every_b);
        if (found)
            return at + (__builtin_ctzll(found) >> 3);
    }
#endif
    while (at < end && *at != a && *at != b)
        at++;
    return at;
}

/* Behind the next end mark of a comment, or NULL. `nested`: a comment inside is passed over, one
 * level deep; that is so only in executable comments that are not executed. */
static const unsigned char *find_comment_end(const unsigned char *at, const unsigned char *end,
                                             bool nested)
{
    while (end - at >= 2) {
        at = find_either(at, end - 1, '*', nested ? '/' : '*');
        if (at == end - 1)
            return NULL;
        if (at[0] == '*' && at[1] == '/')
            return at + 2;
        if (at[0] == '/' && at[1] == '*') {
            at = find_comment_end(at + 2, end, false);
            if (!at)
                return NULL;
        } else {
            at++;
        }
    }
    return NULL;
}

/* Reads the version in front of an executable comment's content: five digits, or six. MySQL takes
 * the sixth only when white space follows it, so that 0 in "50000 0" stays code. Returns how many
 * digits were taken, 0 when there is no version. */
static size_t read_version(const struct sg_lexer *lexer, const unsigned char *at, uint32_t *version)
{
    size_t digits = 0;
    *version = 0;
    while (digits < 6 && is_digit(ahead(lexer, at, digits)))
        digits++;
    if (digits < 5)
        return 0;
    if (digits == 6 && lexer->flavour == SG_FLAVOUR_MYSQL && !is_blank(ahead(lexer, at, 6)))
        digits = 5;
    for (size_t i = 0; i < digits; i++)
        *version = *version * 10 + (uint32_t)(at[i] - '0');
    return digits;
}

/* MariaDB passes over what is meant for MySQL 5.7 and later. */
static bool executes(const struct sg_lexer *lexer, uint32_t version, bool for_mariadb)
{
    bool for_mysql = lexer->flavour == SG_FLAVOUR_MARIADB && !for_mariadb && version >= 50700 &&
                     version <= 99999;
    return version <= lexer->version && !for_mysql;
}

/* At an opening mark: steps over the comment, or into it when its content is code. */
static bool skip_long_comment(struct sg_lexer *lexer)
{
    const unsigned char *at = lexer->next + 2;
    bool for_mariadb = lexer->flavour == SG_FLAVOUR_MARIADB && byte_at(lexer, at) == 'M' &&
                       ahead(lexer, at, 1) == '!';
    bool executable = for_mariadb || byte_at(lexer, at) == '!';
    if (executable) {
        uint32_t version;
        at += for_mariadb ? 2 : 1;
        size_t digits = read_version(lexer, at, &version);
        if (digits == 0 || executes(lexer, version, for_mariadb)) {
            lexer->in_comment = true;
            lexer->next = at + digits;
            return true;
        }
        at += digits;
    }
    at = find_comment_end(at, lexer->end, executable);
    if (!at)
        return false;
    lexer->next = at;
    return true;
}

/* To the end of the line, or to a zero byte, where the servers stop too. */
static void skip_line(struct sg_lexer *lexer)
{
    lexer->next = find_either(lexer->next, lexer->end, '\n', 0);
}

/* Two minus signs begin a comment when white space, a control character or the end follows. In some
 * single-byte sets bytes past ASCII are such, in others letters: then nobody knows. */
enum dash_comment { DASH_NO_COMMENT, DASH_COMMENT, DASH_UNKNOWN };

static enum dash_comment look_at_dashes(const struct sg_lexer *lexer)
{
    const unsigned char *at = lexer->next;
    if (ahead(lexer, at, 1) != '-')
        return DASH_NO_COMMENT;
    unsigned char third = ahead(lexer, at, 2);
    if (third <= ' ' || third == 0x7f)
        return DASH_COMMENT;
    return third >= 0x80 && lexer->charset != SG_CHARSET_UTF8 ? DASH_UNKNOWN : DASH_NO_COMMENT;
}

/* A zero byte ends the text when it is the last one; what the server cuts off an arriving statement
 * (blanks and semicolons) may follow it. */
static bool ends_at_zero(const struct sg_lexer *lexer)
{
    for (const unsigned char *at = lexer->next + 1; at < lexer->end; at++) {
        if (!is_blank(*at) && *at != ';')
            return false;
    }
    return true;
}

/* To the first byte of the next token. false: a comment without an end. */
static bool skip_blanks(struct sg_lexer *lexer)
{
    while (lexer->next < lexer->end) {
        switch (BYTE_CLASS[*lexer->next]) {
        case CLASS_BLANK:
            lexer->next++;
            break;
        case CLASS_HASH:
            skip_line(lexer);
            break;
        case CLASS_MINUS:
            switch (look_at_dashes(lexer)) {
            case DASH_NO_COMMENT:
                return true;
            case DASH_UNKNOWN:
                return false;
            case DASH_COMMENT:
                skip_line(lexer);
            }
            break;
        case CLASS_SLASH:
            if (ahead(lexer, lexer->next, 1) != '*')
                return true;
            if (!skip_long_comment(lexer))
                return false;
            break;
        case CLASS_STAR:
            if (!lexer->in_comment || ahead(lexer, lexer->next, 1) != '/')
                return true;
            lexer->in_comment = false; /* the first end mark closes, however many were opened */
            lexer->next += 2;
            break;
        case CLASS_ZERO:
            if (!ends_at_zero(lexer))
                return false;
            lexer->next = lexer->end;
            return true;
        default:
            return true;
        }
    }
    return true;
}

/* --- quoted text --------------------------------------------------------------------------- */

/* The next `a` or `b` that is a character of its own and not part of one, or the end. */
static const unsigned char *find_character(const struct sg_lexer *lexer, const unsigned char *at,
                                           unsigned char a, unsigned char b)
{
    const enum sg_charset charset = (enum sg_charset)lexer->charset;
    if (!sg_charset_hides_ascii(charset))
        return find_either(at, lexer->end, a, b);
    while (at < lexer->end && *at != a && *at != b) {
        size_t letter = *at < 0x80 ? 1 : sg_charset_letter(charset, at, lexer->end);
        at += letter > 0 ? letter : 1;
    }
    return at;
}

/* From behind the opening quote of a string. false: it has no end. */
static bool skip_string(struct sg_lexer *lexer, const unsigned char *at, unsigned char quote,
                        struct sg_token *token)
{
    bool escapes = !(lexer->sql_mode & SG_MODE_NO_BACKSLASH_ESCAPES);
    for (;;) {
        at = find_character(lexer, at, quote, escapes ? '\\' : quote);
        if (at == lexer->end)
            return false;
        if (*at == quote && ahead(lexer, at, 1) != quote) {
            lexer->next = at + 1;
            return true;
        }
        /* A backslash takes one byte with it, also when that is the first of a longer letter. */
        if (lexer->end - at < 2)
            return false;
        token->flags |= SG_TOKEN_ESCAPED;
        at += 2;
    }
}

static void mark_foreign(const struct sg_lexer *lexer, const unsigned char *from,
                         struct sg_token *token)
{
    if (lexer->charset == SG_CHARSET_UTF8)
        return;
    for (; from < lexer->next; from++) {
        if (*from >= 0x80) {
            token->flags |= SG_TOKEN_FOREIGN;
            return;
        }
    }
}

/* From behind the opening quote of a name. false: it has no end, or holds a zero byte. */
static bool skip_quoted_name(struct sg_lexer *lexer, const unsigned char *at, unsigned char quote,
                             struct sg_token *token)
{
    const unsigned char *start = at;
    for (;;) {
        at = find_character(lexer, at, quote, 0);
        if (at == lexer->end || *at == 0)
            return false;
        if (ahead(lexer, at, 1) != quote) {
            lexer->next = at + 1;
            mark_foreign(lexer, start, token);
            return true;
        }
        token->flags |= SG_TOKEN_ESCAPED;
        at += 2;
    }
}

static enum sg_token_kind read_string(struct sg_lexer *lexer, struct sg_token *token,
                                      enum sg_token_kind kind, size_t prefix_size)
{
    const unsigned char *open = lexer->next + prefix_size;
    return skip_string(lexer, open + 1, *open, token) ? kind : SG_TOKEN_ERROR;
}

static enum sg_token_kind read_quoted_ident(struct sg_lexer *lexer, struct sg_token *token,
                                            unsigned char quote)
{
    return skip_quoted_name(lexer, lexer->next + 1, quote, token) ? SG_TOKEN_QUOTED_IDENT
                                                                  : SG_TOKEN_ERROR;
}

static enum sg_token_kind read_double_quoted(struct sg_lexer *lexer, struct sg_token *token)
{
    if (lexer->sql_mode & SG_MODE_ANSI_QUOTES)
        return read_quoted_ident(lexer, token, '"');
    return read_string(lexer, token, SG_TOKEN_STRING, 0);
}

/* x'..' with an even number of digits, b'..'; `next` is at the letter. */
static enum sg_token_kind read_quoted_digits(struct sg_lexer *lexer, bool hex)
{
    const unsigned char *start = lexer->next + 2;
    const unsigned char *at = start;
    while (hex ? is_hex_digit(byte_at(lexer, at)) : (byte_at(lexer, at) & 0xfe) == '0')
        at++;
    if (byte_at(lexer, at) != '\'' || (hex && (at - start) % 2 != 0))
        return SG_TOKEN_ERROR;
    lexer->next = at + 1;
    return hex ? SG_TOKEN_HEX : SG_TOKEN_BIT;
}

/* --- words --------------------------------------------------------------------------------- */

/* Steps over what may stand in a word, from `at` on. */
static void skip_word(struct sg_lexer *lexer, const unsigned char *at, struct sg_token *token)
{
    for (;;) {
        while (at < lexer->end && is_ascii_word_byte(*at))
            at++;
        if (at == lexer->end || *at < 0x80)
            break;
        size_t letter = sg_charset_letter((enum sg_charset)lexer->charset, at, lexer->end);
        if (letter == 0)
            break;
        at += letter;
        if (lexer->charset != SG_CHARSET_UTF8)
            token->flags |= SG_TOKEN_FOREIGN;
    }
    lexer->next = at;
}

/* Behind a word: a dot that touches it and a word behind it belongs to a qualified name. */
static inline bool dot_and_word_follow(struct sg_lexer *lexer)
{
    const unsigned char *at = lexer->next;
    if (byte_at(lexer, at) != '.' || !is_word_byte(ahead(lexer, at, 1)))
        return false;
    lexer->follows = FOLLOWS_WORD;
    return true;
}

/* Whether the word before `next` is called: `(` touches it, or comes after blanks where sql_mode
 * allows. A comment is no blank here. */
static bool is_called(const struct sg_lexer *lexer)
{
    const unsigned char *at = lexer->next;
    if (lexer->sql_mode & SG_MODE_IGNORE_SPACE) {
        while (is_blank(byte_at(lexer, at)))
            at++;
    }
    return byte_at(lexer, at) == '(';
}

static void look_up_word(const struct sg_lexer *lexer, const unsigned char *start, bool may_be_call,
                         struct sg_token *token)
{
    size_t size = (size_t)(lexer->next - start);
    if (size < SG_KEYWORD_SIZE_MIN || size > SG_KEYWORD_SIZE_MAX)
        return;
    struct sg_keyword keyword =
        sg_keyword_find(start, size, (enum sg_flavour)lexer->flavour, lexer->version);
    if (keyword.word == SG_NO_WORD || (keyword.call_only && !(may_be_call && is_called(lexer))))
        return;
    token->word = keyword.word;
    if (keyword.reserved)
        token->flags |= SG_TOKEN_RESERVED;
}

static enum sg_token_kind read_word(struct sg_lexer *lexer, struct sg_token *token)
{
    const unsigned char *start = lexer->next;
    skip_word(lexer, start, token);
    if (lexer->next == start)
        return SG_TOKEN_ERROR; /* a byte past ASCII that is no letter */
    if (!dot_and_word_follow(lexer))
        look_up_word(lexer, start, true, token);
    return SG_TOKEN_IDENT;
}

/* A word that begins with `_` and names a character set tells how to read the literal behind it. */
static enum sg_token_kind read_introducer(struct sg_lexer *lexer, struct sg_token *token)
{
    const unsigned char *name = lexer->next + 1;
    enum sg_token_kind kind = read_word(lexer, token);
    struct sg_slice text = sg_slice_make(name, (size_t)(lexer->next - name));
    return sg_charset_is_known(text, (enum sg_flavour)lexer->flavour) ? SG_TOKEN_INTRODUCER : kind;
}

/* Behind a dot everything is a name, also `select` and `1st`. */
static enum sg_token_kind read_word_after_dot(struct sg_lexer *lexer, struct sg_token *token)
{
    const unsigned char *start = lexer->next;
    token->flags |= SG_TOKEN_AFTER_DOT;
    skip_word(lexer, start, token);
    dot_and_word_follow(lexer);
    return lexer->next == start ? SG_TOKEN_ERROR : SG_TOKEN_IDENT;
}

/* The name of a system variable or its scope: no function is called here, and a word is looked up
 * even when a dot follows (@@global.x). */
static enum sg_token_kind read_word_after_at_at(struct sg_lexer *lexer, struct sg_token *token)
{
    const unsigned char *start = lexer->next;
    if (byte_at(lexer, start) == '`')
        return read_quoted_ident(lexer, token, '`');
    skip_word(lexer, start, token);
    if (lexer->next == start)
        return SG_TOKEN_ERROR;
    dot_and_word_follow(lexer);
    look_up_word(lexer, start, false, token);
    return SG_TOKEN_IDENT;
}

/* MySQL 9: $tag$ text $tag$, where the tag may be empty. A word with one `$` in front stays one.
 * The release in which this began is not documented; an early 8.x may read a word instead. */
#define DOLLAR_STRINGS_SINCE 80100

static enum sg_token_kind read_dollar(struct sg_lexer *lexer, struct sg_token *token)
{
    const unsigned char *open = lexer->next;
    if (lexer->flavour != SG_FLAVOUR_MYSQL || lexer->version < DOLLAR_STRINGS_SINCE)
        return read_word(lexer, token);
    const unsigned char *at = open + 1;
    while (at < lexer->end && *at != '$' && is_word_byte(*at))
        at++;
    if (byte_at(lexer, at) != '$')
        return read_word(lexer, token);

    size_t tag_size = (size_t)(at + 1 - open);
    for (at++; (size_t)(lexer->end - at) >= tag_size; at++) {
        at = find_either(at, lexer->end, '$', '$');
        if ((size_t)(lexer->end - at) < tag_size)
            break;
        if (memcmp(at, open, tag_size) == 0) {
            lexer->next = at + tag_size;
            return SG_TOKEN_DOLLAR_STRING;
        }
    }
    return SG_TOKEN_ERROR;
}

/* --- variables ----------------------------------------------------------------------------- */

/* The servers look at single bytes here, also of longer letters. */
static inline bool is_variable_byte(const struct sg_lexer *lexer, unsigned char byte)
{
    bool unknown = lexer->charset == SG_CHARSET_SINGLE_BYTE && byte >= 0x80 &&
                   sg_charset_letter(SG_CHARSET_SINGLE_BYTE, &byte, &byte + 1) == 0;
    return (is_word_byte(byte) && !unknown) || byte == '.';
}

/* At the first @. The name may be empty: a variable on MySQL, a host in MariaDB's GRANT. */
static enum sg_token_kind read_variable(struct sg_lexer *lexer, struct sg_token *token)
{
    const unsigned char *at = lexer->next + 1;
    unsigned char first = byte_at(lexer, at);
    if (first == '@') {
        lexer->next = at + 1;
        lexer->follows = FOLLOWS_AT_AT;
        return SG_TOKEN_SYSTEM_VARIABLE;
    }
    if (first == '\'' || (first == '"' && !(lexer->sql_mode & SG_MODE_ANSI_QUOTES)))
        return skip_string(lexer, at + 1, first, token) ? SG_TOKEN_USER_VARIABLE : SG_TOKEN_ERROR;
    if (first == '`' || first == '"')
        return skip_quoted_name(lexer, at + 1, first, token) ? SG_TOKEN_USER_VARIABLE
                                                             : SG_TOKEN_ERROR;
    while (is_variable_byte(lexer, byte_at(lexer, at)))
        at++;
    lexer->next = at;
    return SG_TOKEN_USER_VARIABLE;
}

/* --- numbers ------------------------------------------------------------------------------- */

static const unsigned char *skip_digits(const struct sg_lexer *lexer, const unsigned char *at)
{
    while (is_digit(byte_at(lexer, at)))
        at++;
    return at;
}

/* From behind the dot. */
static enum sg_token_kind read_fraction(struct sg_lexer *lexer, const unsigned char *at)
{
    at = skip_digits(lexer, at);
    lexer->next = at;
    if ((byte_at(lexer, at) | 0x20) != 'e')
        return SG_TOKEN_DECIMAL;
    at++;
    if (byte_at(lexer, at) == '+' || byte_at(lexer, at) == '-')
        at++;
    if (!is_digit(byte_at(lexer, at)))
        return SG_TOKEN_ERROR;
    lexer->next = skip_digits(lexer, at);
    return SG_TOKEN_FLOAT;
}

/* 0x1F and 0b01; anything else that begins so is a word, as 0xzz, 0b2 and 0X1F are. */
static bool read_prefixed_number(struct sg_lexer *lexer, enum sg_token_kind *kind)
{
    const unsigned char *at = lexer->next;
    unsigned char letter = ahead(lexer, at, 1);
    if (*at != '0' || (letter != 'x' && letter != 'b'))
        return false;
    at += 2;
    while (letter == 'x' ? is_hex_digit(byte_at(lexer, at)) : (byte_at(lexer, at) & 0xfe) == '0')
        at++;
    if (at == lexer->next + 2 || is_word_byte(byte_at(lexer, at)))
        return false;
    lexer->next = at;
    *kind = letter == 'x' ? SG_TOKEN_HEX : SG_TOKEN_BIT;
    return true;
}

/* A number, or a word that begins with a digit. 1e5zz is a number and a word; 1ezz is a word. */
static enum sg_token_kind read_number(struct sg_lexer *lexer, struct sg_token *token)
{
    enum sg_token_kind kind;
    if (read_prefixed_number(lexer, &kind))
        return kind;
    const unsigned char *at = skip_digits(lexer, lexer->next);
    unsigned char after = byte_at(lexer, at);
    if (after == '.' && !(lexer->flavour == SG_FLAVOUR_MARIADB && ahead(lexer, at, 1) == '.'))
        return read_fraction(lexer, at + 1);
    if (!is_word_byte(after)) {
        lexer->next = at;
        return SG_TOKEN_INTEGER;
    }
    if ((after | 0x20) == 'e') {
        unsigned char sign = ahead(lexer, at, 1);
        const unsigned char *exponent = at + (sign == '+' || sign == '-' ? 2 : 1);
        if (is_digit(byte_at(lexer, exponent))) {
            lexer->next = skip_digits(lexer, exponent);
            return SG_TOKEN_FLOAT;
        }
    }
    skip_word(lexer, at, token);
    dot_and_word_follow(lexer);
    return SG_TOKEN_IDENT;
}

/* --- punctuation --------------------------------------------------------------------------- */

static inline enum sg_token_kind take_bytes(struct sg_lexer *lexer, size_t size,
                                            enum sg_token_kind kind)
{
    lexer->next += size;
    return kind;
}

/* `before`: what the lexer's `follows` was. */
static enum sg_token_kind read_dot(struct sg_lexer *lexer, uint8_t before)
{
    unsigned char after = ahead(lexer, lexer->next, 1);
    if (before != FOLLOWS_WORD && is_digit(after))
        return read_fraction(lexer, lexer->next + 1);
    if (after == '.' && lexer->flavour == SG_FLAVOUR_MARIADB)
        return take_bytes(lexer, 2, SG_TOKEN_DOT_DOT);
    if (is_word_byte(after))
        lexer->follows = FOLLOWS_DOT;
    return take_bytes(lexer, 1, SG_TOKEN_DOT);
}

static enum sg_token_kind read_minus(struct sg_lexer *lexer)
{
    const unsigned char *at = lexer->next;
    if (ahead(lexer, at, 1) != '>' || lexer->flavour == SG_FLAVOUR_MARIADB)
        return take_bytes(lexer, 1, SG_TOKEN_MINUS);
    if (ahead(lexer, at, 2) == '>')
        return take_bytes(lexer, 3, SG_TOKEN_LONG_ARROW);
    return take_bytes(lexer, 2, SG_TOKEN_ARROW);
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
static enum sg_token_kind read_comparison(struct sg_lexer *lexer)
{
    const unsigned char *at = lexer->next;
    unsigned char second = ahead(lexer, at, 1);
    if (*at == '=' && second != '=' && second != '>' && second != '!' && second != '<')
        return take_bytes(lexer, 1, SG_TOKEN_EQUAL);
    size_t size = BYTE_CLASS[second] == CLASS_COMPARE || second == '<' ? 2 : 1;
    if (*at == '<' && size == 2 && BYTE_CLASS[ahead(lexer, at, 2)] == CLASS_COMPARE)
        size = 3;
    enum sg_token_kind kind = comparison_kind(at, size);
    while (kind == SG_TOKEN_ERROR && size > 1 && lexer->flavour == SG_FLAVOUR_MARIADB)
        kind = comparison_kind(at, --size);
    return take_bytes(lexer, size, kind);
}

static enum sg_token_kind read_colon(struct sg_lexer *lexer)
{
    if (ahead(lexer, lexer->next, 1) == '=')
        return take_bytes(lexer, 2, SG_TOKEN_ASSIGN);
    return take_bytes(lexer, 1, SG_TOKEN_COLON);
}

static enum sg_token_kind read_question(struct sg_lexer *lexer)
{
    if (is_word_byte(ahead(lexer, lexer->next, 1)))
        return SG_TOKEN_ERROR;
    return take_bytes(lexer, 1, SG_TOKEN_PARAMETER);
}

static enum sg_token_kind read_backslash(struct sg_lexer *lexer)
{
    bool knows = lexer->flavour == SG_FLAVOUR_MARIADB || lexer->version < 80000;
    if (!knows || ahead(lexer, lexer->next, 1) != 'N')
        return SG_TOKEN_ERROR;
    return take_bytes(lexer, 2, SG_TOKEN_NULL_ESCAPE);
}

/* --- the door ------------------------------------------------------------------------------ */

/* One that is the same byte twice, or once. */
static inline enum sg_token_kind read_pair(struct sg_lexer *lexer, enum sg_token_kind twice,
                                           enum sg_token_kind once)
{
    bool pair = ahead(lexer, lexer->next, 1) == *lexer->next;
    return take_bytes(lexer, pair ? 2 : 1, pair ? twice : once);
}

static enum sg_token_kind read_token(struct sg_lexer *lexer, struct sg_token *token, uint8_t before)
{
    uint8_t class = BYTE_CLASS[*lexer->next];
    bool quote_follows = ahead(lexer, lexer->next, 1) == '\'';
    if (class >= CLASS_SINGLE)
        return take_bytes(lexer, 1, (enum sg_token_kind)(class - CLASS_SINGLE));
    switch ((enum byte_class) class) {
    case CLASS_HEX:
        return quote_follows ? read_quoted_digits(lexer, true) : read_word(lexer, token);
    case CLASS_BIT:
        return quote_follows ? read_quoted_digits(lexer, false) : read_word(lexer, token);
    case CLASS_NATIONAL:
        return quote_follows ? read_string(lexer, token, SG_TOKEN_NATIONAL_STRING, 1)
                             : read_word(lexer, token);
    case CLASS_WORD:
    case CLASS_HIGH:
        return read_word(lexer, token);
    case CLASS_INTRODUCER:
        return read_introducer(lexer, token);
    case CLASS_DOLLAR:
        return read_dollar(lexer, token);
    case CLASS_DIGIT:
        return read_number(lexer, token);
    case CLASS_STRING:
        return read_string(lexer, token, SG_TOKEN_STRING, 0);
    case CLASS_DOUBLE_QUOTE:
        return read_double_quoted(lexer, token);
    case CLASS_BACKTICK:
        return read_quoted_ident(lexer, token, '`');
    case CLASS_BRACKET:
        return lexer->sql_mode & SG_MODE_MSSQL ? read_quoted_ident(lexer, token, ']')
                                               : SG_TOKEN_ERROR;
    case CLASS_AT:
        return read_variable(lexer, token);
    case CLASS_DOT:
        return read_dot(lexer, before);
    case CLASS_MINUS:
        return read_minus(lexer);
    case CLASS_SLASH:
        return take_bytes(lexer, 1, SG_TOKEN_SLASH);
    case CLASS_STAR:
        return take_bytes(lexer, 1, SG_TOKEN_STAR);
    case CLASS_LESS:
    case CLASS_COMPARE:
        return read_comparison(lexer);
    case CLASS_PIPE:
        return read_pair(lexer, SG_TOKEN_PIPE_PIPE, SG_TOKEN_PIPE);
    case CLASS_AMPERSAND:
        return read_pair(lexer, SG_TOKEN_AND_AND, SG_TOKEN_AMPERSAND);
    case CLASS_COLON:
        return read_colon(lexer);
    case CLASS_QUESTION:
        return read_question(lexer);
    case CLASS_BACKSLASH:
        return read_backslash(lexer);
    case CLASS_NONE:
    case CLASS_BLANK:
    case CLASS_ZERO:
    case CLASS_HASH:
    case CLASS_SINGLE:
        break;
    }
    return SG_TOKEN_ERROR;
}

void sg_lex_next(struct sg_lexer *lexer, struct sg_token *token_out)
{
    *token_out = (struct sg_token){.kind = SG_TOKEN_ERROR};
    const unsigned char *start = lexer->next;
    uint8_t before = lexer->follows;
    enum sg_token_kind kind = SG_TOKEN_ERROR;

    lexer->follows = FOLLOWS_NOTHING;
    if (lexer->failed) {
        /* what was said once stays said */
    } else if (before == FOLLOWS_DOT) {
        kind = read_word_after_dot(lexer, token_out);
    } else if (before == FOLLOWS_AT_AT) {
        kind = read_word_after_at_at(lexer, token_out);
    } else if (skip_blanks(lexer)) {
        if (lexer->next != start)
            token_out->flags = SG_TOKEN_SPACE_BEFORE;
        start = lexer->next;
        if (start < lexer->end)
            kind = read_token(lexer, token_out, before);
        else if (!lexer->in_comment)
            kind = SG_TOKEN_END;
    } else {
        start = lexer->next;
    }

    token_out->kind = (uint8_t)kind;
    token_out->offset = (uint32_t)(start - lexer->text);
    if (kind == SG_TOKEN_ERROR) {
        lexer->failed = true;
        lexer->next = start;
        token_out->word = SG_NO_WORD;
    }
    token_out->size = (uint32_t)(lexer->next - start);
}
