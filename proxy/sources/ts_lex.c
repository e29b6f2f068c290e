/* TypeScript's tokens; see ts_lex.h. */
#include "sources/ts_lex.h"

#include <string.h>

#define NESTING_MAX 512

struct lexer {
    struct sg_arena *arena;
    struct sg_slice text;
    size_t at;
    unsigned line;
    bool newline;
    struct ts_token *items;
    size_t count;
    size_t room;
    size_t open[NESTING_MAX]; /* indexes of brackets that are still open */
    size_t depth;
    const char *wrong;
};

static char peek(const struct lexer *lexer, size_t ahead)
{
    return ahead < lexer->text.size - lexer->at ? lexer->text.data[lexer->at + ahead] : '\0';
}

static bool at_end(const struct lexer *lexer)
{
    return lexer->at >= lexer->text.size;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '#' ||
           (unsigned char)c >= 0x80;
}

static struct ts_token *add(struct lexer *lexer, enum ts_token_kind kind, size_t from)
{
    if (lexer->count == lexer->room) {
        size_t room = lexer->room ? lexer->room * 2 : 256;
        struct ts_token *grown = sg_arena_array(lexer->arena, room, sizeof *grown);
        if (!grown) {
            lexer->wrong = "needs more memory than allowed";
            return NULL;
        }
        if (lexer->count)
            memcpy(grown, lexer->items, lexer->count * sizeof *grown);
        lexer->items = grown;
        lexer->room = room;
    }
    struct ts_token *token = &lexer->items[lexer->count++];
    *token = (struct ts_token){.kind = kind,
                               .after_newline = lexer->newline,
                               .line = lexer->line,
                               .text = {lexer->text.data + from, lexer->at - from},
                               .at = from};
    lexer->newline = false;
    return token;
}

/* --- blanks -------------------------------------------------------------------------------- */

static void skip_long_comment(struct lexer *lexer)
{
    for (lexer->at += 2; !at_end(lexer); lexer->at++) {
        if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
            lexer->at += 2;
            return;
        }
        if (peek(lexer, 0) == '\n') {
            lexer->line++;
            lexer->newline = true;
        }
    }
}

static void skip_blanks(struct lexer *lexer)
{
    while (!at_end(lexer)) {
        char c = peek(lexer, 0);
        if (c == '\n') {
            lexer->line++;
            lexer->newline = true;
            lexer->at++;
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == '\0') {
            lexer->at++;
        } else if (c == '\xEF' && peek(lexer, 1) == '\xBB' && peek(lexer, 2) == '\xBF') {
            lexer->at += 3;
        } else if (c == '\xC2' && peek(lexer, 1) == '\xA0') {
            lexer->at += 2;
        } else if (c == '/' && peek(lexer, 1) == '*') {
            skip_long_comment(lexer);
        } else if ((c == '/' && peek(lexer, 1) == '/') ||
                   (c == '#' && peek(lexer, 1) == '!' && lexer->at == 0)) {
            while (!at_end(lexer) && peek(lexer, 0) != '\n')
                lexer->at++;
        } else {
            return;
        }
    }
}

/* --- strings ------------------------------------------------------------------------------- */

static int hex_of(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static size_t put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | (code >> 6));
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | (code >> 12));
        out[1] = (char)(0x80 | ((code >> 6) & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | ((code >> 18) & 0x07));
    out[1] = (char)(0x80 | ((code >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((code >> 6) & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

/* Up to `most` hex digits. */
static unsigned take_hex(struct lexer *lexer, unsigned most)
{
    unsigned code = 0;
    for (unsigned i = 0; i < most && hex_of(peek(lexer, 0)) >= 0; i++) {
        code = (code << 4) | (unsigned)hex_of(peek(lexer, 0));
        lexer->at++;
    }
    return code;
}

/* \u00e9, \u{1F600}, a pair of surrogates; the u already taken. */
static unsigned take_unicode(struct lexer *lexer)
{
    if (peek(lexer, 0) == '{') {
        lexer->at++;
        unsigned code = take_hex(lexer, 6);
        lexer->at += peek(lexer, 0) == '}';
        return code;
    }
    unsigned code = take_hex(lexer, 4);
    if (code >= 0xD800 && code < 0xDC00 && peek(lexer, 0) == '\\' && peek(lexer, 1) == 'u') {
        lexer->at += 2;
        code = 0x10000 + ((code - 0xD800) << 10) + ((take_hex(lexer, 4) - 0xDC00) & 0x3FF);
    }
    return code;
}

/* What stands behind a backslash; at most four bytes, and never more than it took to write. */
static size_t take_escape(struct lexer *lexer, char *out)
{
    static const char FROM[] = "nrtbfv0";
    static const char TO[] = "\n\r\t\b\f\v";
    char c = peek(lexer, 0);
    if (at_end(lexer))
        return 0;
    lexer->at++;
    if (c == '\n') {
        lexer->line++;
        return 0;
    }
    if (c == '\r')
        return 0;
    if (c == 'x')
        return put_utf8(out, take_hex(lexer, 2));
    if (c == 'u')
        return put_utf8(out, take_unicode(lexer));
    const char *known = strchr(FROM, c);
    out[0] = known && c ? TO[known - FROM] : c;
    return 1;
}

/* ${ in a template; a line's end in a string. */
static bool ends_text(struct sg_slice text, size_t at, char end)
{
    if (end != '`')
        return text.data[at] == '\n';
    return text.data[at] == '$' && at + 1 < text.size && text.data[at + 1] == '{';
}

/* Up to `end`, or for a template up to ` or ${, neither of which is taken. */
static struct sg_slice take_text(struct lexer *lexer, char end)
{
    size_t size = 0;
    size_t room = 1; /* no escape gives more bytes than it took to write */
    for (size_t i = lexer->at; i < lexer->text.size && lexer->text.data[i] != end; i++, room++) {
        if (ends_text(lexer->text, i, end))
            break;
        if (lexer->text.data[i] == '\\' && i + 1 < lexer->text.size) {
            i++;
            room++;
        }
    }
    char *text = sg_arena_alloc(lexer->arena, room);
    if (!text) {
        lexer->wrong = "needs more memory than allowed";
        return SG_SLICE_EMPTY;
    }
    while (!at_end(lexer) && peek(lexer, 0) != end) {
        char c = peek(lexer, 0);
        if (ends_text(lexer->text, lexer->at, end))
            break;
        lexer->at++;
        if (c == '\\') {
            size += take_escape(lexer, text + size);
            continue;
        }
        lexer->line += c == '\n';
        text[size++] = c;
    }
    return sg_slice_make(text, size);
}

static void take_string(struct lexer *lexer, char quote)
{
    size_t from = lexer->at++;
    struct sg_slice text = take_text(lexer, quote);
    if (peek(lexer, 0) != quote || at_end(lexer)) {
        lexer->wrong = "a string that does not end";
        return;
    }
    lexer->at++;
    struct ts_token *token = add(lexer, TS_TOKEN_STRING, from);
    if (token)
        token->text = text;
}

/* --- brackets ------------------------------------------------------------------------------ */

static void open_bracket(struct lexer *lexer)
{
    if (lexer->depth == NESTING_MAX)
        lexer->wrong = "nested too deeply";
    else
        lexer->open[lexer->depth++] = lexer->count - 1;
}

static bool fits(const struct ts_token *opening, char closing)
{
    if (opening->kind == TS_TOKEN_TEMPLATE)
        return closing == '}';
    char c = opening->text.data[0];
    return (c == '(' && closing == ')') || (c == '[' && closing == ']') ||
           (c == '{' && closing == '}');
}

static void close_bracket(struct lexer *lexer, char closing)
{
    if (lexer->depth == 0 || !fits(&lexer->items[lexer->open[lexer->depth - 1]], closing)) {
        lexer->wrong = "a bracket that nothing opens";
        return;
    }
    size_t opening = lexer->open[--lexer->depth];
    lexer->items[opening].partner = lexer->count - 1;
    lexer->items[lexer->count - 1].partner = opening;
}

/* ` already or } of ${} taken */
static void take_template(struct lexer *lexer, size_t from, bool continues)
{
    struct sg_slice text = take_text(lexer, '`');
    bool opens = peek(lexer, 0) == '$' && !at_end(lexer);
    if (at_end(lexer)) {
        lexer->wrong = "a template that does not end";
        return;
    }
    lexer->at += opens ? 2 : 1;
    struct ts_token *token = add(lexer, TS_TOKEN_TEMPLATE, from);
    if (!token)
        return;
    token->text = text;
    token->opens = opens;
    token->continues = continues;
    if (continues)
        close_bracket(lexer, '}');
    if (opens && !lexer->wrong)
        open_bracket(lexer);
}

static bool in_template(const struct lexer *lexer)
{
    return lexer->depth && lexer->items[lexer->open[lexer->depth - 1]].kind == TS_TOKEN_TEMPLATE;
}

/* --- numbers, regular expressions, marks --------------------------------------------------- */

static void take_number(struct lexer *lexer)
{
    size_t from = lexer->at;
    bool hex = peek(lexer, 0) == '0' && strchr("xXoObB", peek(lexer, 1)) && peek(lexer, 1);
    lexer->at += hex ? 2 : 0;
    while (is_digit(peek(lexer, 0)) || is_letter(peek(lexer, 0)) || peek(lexer, 0) == '.' ||
           (!hex && (peek(lexer, 0) == '+' || peek(lexer, 0) == '-') &&
            (lexer->text.data[lexer->at - 1] == 'e' || lexer->text.data[lexer->at - 1] == 'E')))
        lexer->at++;
    struct ts_token *token = add(lexer, TS_TOKEN_NUMBER, from);
    if (token && token->text.data[token->text.size - 1] == 'n') {
        token->kind = TS_TOKEN_BIGINT;
        token->text.size--;
    }
}

/* A / begins a regular expression where no value stands before it. */
static bool may_be_regex(const struct lexer *lexer)
{
    static const char *const WORDS[] = {"return", "typeof", "case", "in", "of", "await"};
    if (lexer->count == 0)
        return true;
    const struct ts_token *last = &lexer->items[lexer->count - 1];
    for (size_t i = 0; last->kind == TS_TOKEN_NAME && i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (sg_slice_equal(last->text, sg_slice_of(WORDS[i])))
            return true;
    }
    return last->kind == TS_TOKEN_MARK && !strchr(")]}", last->text.data[0]);
}

static void take_regex(struct lexer *lexer)
{
    size_t from = lexer->at++;
    bool class = false;
    while (!at_end(lexer) && peek(lexer, 0) != '\n' && (class || peek(lexer, 0) != '/')) {
        char c = peek(lexer, 0);
        class = c == '[' || (class && c != ']');
        lexer->at += c == '\\' && lexer->at + 1 < lexer->text.size ? 2 : 1;
    }
    if (peek(lexer, 0) == '/')
        lexer->at++;
    while (is_letter(peek(lexer, 0)))
        lexer->at++;
    (void)add(lexer, TS_TOKEN_REGEX, from);
}

/* > stands alone always: it also ends type arguments. */
static void take_mark(struct lexer *lexer)
{
    static const char *const LONG[] = {"...",
                                       "===",
                                       "!==",
                                       "**=",
                                       "?"
                                       "?=",
                                       "&&=",
                                       "||=",
                                       "=>",
                                       "?.",
                                       "??",
                                       "&&",
                                       "||",
                                       "==",
                                       "!=",
                                       "<=",
                                       "**",
                                       "++",
                                       "--",
                                       "+=",
                                       "-=",
                                       "*=",
                                       "/=",
                                       "%=",
                                       "&=",
                                       "|=",
                                       "^="};
    size_t from = lexer->at;
    size_t size = 1;
    for (size_t i = 0; i < sizeof LONG / sizeof LONG[0] && size == 1; i++) {
        size_t length = strlen(LONG[i]);
        if (length <= lexer->text.size - from &&
            memcmp(lexer->text.data + from, LONG[i], length) == 0)
            size = length;
    }
    if (size == 2 && lexer->text.data[from] == '?' && lexer->text.data[from + 1] == '.' &&
        is_digit(peek(lexer, 2)))
        size = 1;
    lexer->at += size;
    char c = lexer->text.data[from];
    if (!add(lexer, TS_TOKEN_MARK, from) || size > 1)
        return;
    if (c == '(' || c == '[' || c == '{')
        open_bracket(lexer);
    else if (c == ')' || c == ']' || c == '}')
        close_bracket(lexer, c);
}

static void take_one(struct lexer *lexer)
{
    size_t from = lexer->at;
    char c = peek(lexer, 0);
    if (is_letter(c)) {
        while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
            lexer->at++;
        (void)add(lexer, TS_TOKEN_NAME, from);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1)))) {
        take_number(lexer);
    } else if (c == '\'' || c == '"') {
        take_string(lexer, c);
    } else if (c == '`' || (c == '}' && in_template(lexer))) {
        lexer->at++;
        take_template(lexer, from, c == '}');
    } else if (c == '/' && may_be_regex(lexer)) {
        take_regex(lexer);
    } else {
        take_mark(lexer);
    }
}

void ts_lex(struct sg_arena *arena, struct sg_slice text, struct ts_tokens *out)
{
    struct lexer lexer = {.arena = arena, .text = text, .line = 1};
    if (text.size > TS_TEXT_MAX_BYTES)
        lexer.wrong = "larger than 8 MiB";
    for (skip_blanks(&lexer); !lexer.wrong && !at_end(&lexer); skip_blanks(&lexer))
        take_one(&lexer);
    if (!lexer.wrong && lexer.depth > 0) {
        lexer.wrong = "a bracket that nothing closes";
        lexer.line = lexer.items[lexer.open[lexer.depth - 1]].line;
    }
    lexer.newline = true;
    lexer.at = lexer.text.size;
    const char *wrong = lexer.wrong;
    unsigned line = lexer.line;
    (void)add(&lexer, TS_TOKEN_END, lexer.at);
    *out = (struct ts_tokens){lexer.items, lexer.count, wrong ? wrong : lexer.wrong, line};
}
