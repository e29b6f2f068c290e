/* A statement's normal form: tokens in, text and hash out, no tree. See sg_digest in check.h;
 * whoever reports a statement calls it.
 *
 * The form is that of MySQL's DIGEST_TEXT (MySQL manual, "Performance Schema Statement Digests and
 * Sampling"), and was compared with STATEMENT_DIGEST_TEXT() of MySQL 9.7.4:
 *
 *   literals                     ?          a list of them        ?, ...
 *   a row of one                 (?)        rows of one           (?) [comment: , ...]
 *   a row of several             (...)      rows of several       (...) [comment: , ...]
 *   IN with literals             IN (...)   a character set       (_charset)
 *   names                        `name`     words                 upper case, one per meaning
 *   an ordinal                   as it is: ORDER BY 2
 *   optimizer hints              likewise; other comments vanish
 *
 * As there, the last few items are looked at whenever one is added, and may melt into one; what has
 * left that window is written.
 *
 * On top of that, no byte of a literal may get out. Where the text cannot be read to its end, or is
 * read in a way that its writer did not mean, some quote was not what it seemed, and from the first
 * one on nothing is shown. A name that holds quotes is not shown either: it may be the text of an
 * expression (`concat('a',b)` as a column of a derived table).
 */
#include <schemaguard/check.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "sql/charset.h"
#include "sql/hint.h"
#include "sql/lex.h"

/* What is written, after melting. The numbers go into the hash: add at the end. */
enum item_kind {
    ITEM_WORD,       /* a keyword */
    ITEM_NAME,       /* an identifier */
    ITEM_MARK,       /* an operator or punctuation: `mark` tells which */
    ITEM_AT,         /* @ or @@, which the next item touches */
    ITEM_CHARSET,    /* an introducer */
    ITEM_ORDINAL,    /* a position in ORDER BY or GROUP BY */
    ITEM_VALUE,      /* ? */
    ITEM_VALUES,     /* ?, ... */
    ITEM_ROW,        /* (?) */
    ITEM_ROWS,       /* (?) and more of them */
    ITEM_WIDE_ROW,   /* (...) */
    ITEM_WIDE_ROWS,  /* (...) and more of them */
    ITEM_MEMBERS,    /* (...) behind IN */
    ITEM_HINT_OPEN,  /* of an optimizer hint */
    ITEM_HINT_CLOSE, /* its end */
    ITEM_HINT_WORD,  /* `word` is hint.h's */
};

struct item {
    uint8_t kind;          /* enum item_kind */
    uint8_t mark;          /* enum sg_token_kind of a mark */
    bool tight;            /* no space before it */
    uint16_t word;         /* enum sg_word of a word, hint.h's of a hint's */
    struct sg_token token; /* of a name, an ordinal or @ */
};

/* More than any melting looks back; a longer run of signs before a number stays as it is. */
#define WINDOW 32

/* ORDER BY 4097 cannot work: no table has so many columns. A longer number is a literal. */
#define ORDINAL_DIGITS_MAX 4

#define FAILED_END " ..."

struct digest {
    const struct sg_context *context;
    struct sg_lexer lexer;
    struct sg_token token;  /* the current one */
    struct sg_token before; /* the one before it */
    struct sg_arena *arena;

    struct item window[WINDOW];
    size_t item_count;

    /* ORDER BY and GROUP BY lists, one bit for each of the outermost 64 levels of parentheses */
    uint64_t lists;
    uint32_t depth;
    bool at_list_item; /* the next token begins an item of such a list */

    uint32_t token_count;
    uint16_t first_word; /* enum sg_word of the first token */
    bool compound;       /* a body of statements: semicolons do not end it */

    char *out;
    size_t size;
    size_t limit;
    bool touches; /* the last item written was @ */
    bool truncated;
    uint64_t hash;

    uint32_t first_quote; /* offset of the first quoted token, or UINT32_MAX */
    uint32_t stop;        /* nothing from this offset on is to be read */
    bool failed;
};

/* --- words --------------------------------------------------------------------------------- */

/* How the server spells words that have several spellings: by the last one of its own table. */
static const char *word_text(enum sg_word word)
{
    static const char *const other_spelling[SG_WORD_KINDS] = {
        [SG_WORD_ANY] = "SOME",
        [SG_WORD_BIGINT] = "INT8",
        [SG_WORD_CHAR] = "CHARACTER",
        [SG_WORD_COLUMNS] = "FIELDS",
        [SG_WORD_CURRENT_DATE] = "CURDATE",
        [SG_WORD_CURRENT_TIME] = "CURTIME",
        [SG_WORD_CURRENT_TIMESTAMP] = "NOW",
        [SG_WORD_DATABASE] = "SCHEMA",
        [SG_WORD_DATABASES] = "SCHEMAS",
        [SG_WORD_DAY] = "SQL_TSI_DAY",
        [SG_WORD_DESCRIBE] = "EXPLAIN",
        [SG_WORD_DISTINCT] = "DISTINCTROW",
        [SG_WORD_DOUBLE] = "FLOAT8",
        [SG_WORD_FLOAT] = "FLOAT4",
        [SG_WORD_GEOMCOLLECTION] = "GEOMETRYCOLLECTION",
        [SG_WORD_HOUR] = "SQL_TSI_HOUR",
        [SG_WORD_INT] = "INTEGER",
        [SG_WORD_IO_THREAD] = "RELAY_THREAD",
        [SG_WORD_LOCALTIME] = "NOW",
        [SG_WORD_LOCALTIMESTAMP] = "NOW",
        [SG_WORD_MEDIUMINT] = "MIDDLEINT",
        [SG_WORD_MID] = "SUBSTRING",
        [SG_WORD_MINUTE] = "SQL_TSI_MINUTE",
        [SG_WORD_MONTH] = "SQL_TSI_MONTH",
        [SG_WORD_NDB] = "NDBCLUSTER",
        [SG_WORD_QUARTER] = "SQL_TSI_QUARTER",
        [SG_WORD_REGEXP] = "RLIKE",
        [SG_WORD_SECOND] = "SQL_TSI_SECOND",
        [SG_WORD_SESSION_USER] = "SYSTEM_USER",
        [SG_WORD_STD] = "STDDEV_POP",
        [SG_WORD_STDDEV] = "STDDEV_POP",
        [SG_WORD_SUBSTR] = "SUBSTRING",
        [SG_WORD_USER] = "SYSTEM_USER",
        [SG_WORD_VARCHAR] = "VARCHARACTER",
        [SG_WORD_VARIANCE] = "VAR_POP",
    };
    return other_spelling[word] ? other_spelling[word] : sg_word_text(word);
}

/* A sign behind one of these belongs to the number behind it. The server's own list, found by
 * trying: it is neither all operators nor all places where an expression may begin. */
static bool sign_may_follow(const struct item *item)
{
    if (item->kind == ITEM_MARK) {
        switch (item->mark) {
        case SG_TOKEN_LEFT_PAREN:
        case SG_TOKEN_COMMA:
        case SG_TOKEN_PLUS:
        case SG_TOKEN_MINUS:
        case SG_TOKEN_STAR:
        case SG_TOKEN_SLASH:
        case SG_TOKEN_PERCENT:
        case SG_TOKEN_EQUAL:
        case SG_TOKEN_NULL_SAFE_EQUAL:
        case SG_TOKEN_NOT_EQUAL:
        case SG_TOKEN_LESS:
        case SG_TOKEN_LESS_EQUAL:
        case SG_TOKEN_GREATER:
        case SG_TOKEN_GREATER_EQUAL:
        case SG_TOKEN_SHIFT_LEFT:
        case SG_TOKEN_SHIFT_RIGHT:
        case SG_TOKEN_PIPE:
        case SG_TOKEN_PIPE_PIPE:
        case SG_TOKEN_AMPERSAND:
        case SG_TOKEN_AND_AND:
        case SG_TOKEN_CARET:
            return true;
        default:
            return false;
        }
    }
    if (item->kind != ITEM_WORD)
        return false;
    switch (item->word) {
    case SG_WORD_AND:
    case SG_WORD_AT:
    case SG_WORD_BETWEEN:
    case SG_WORD_CASE:
    case SG_WORD_DEFAULT:
    case SG_WORD_DIV:
    case SG_WORD_ELSE:
    case SG_WORD_ELSEIF:
    case SG_WORD_ENDS:
    case SG_WORD_EVERY:
    case SG_WORD_IF:
    case SG_WORD_INTERVAL:
    case SG_WORD_LIKE:
    case SG_WORD_MOD:
    case SG_WORD_NOT:
    case SG_WORD_OR:
    case SG_WORD_REGEXP:
    case SG_WORD_RETURN:
    case SG_WORD_SELECT:
    case SG_WORD_STARTS:
    case SG_WORD_THEN:
    case SG_WORD_UNTIL:
    case SG_WORD_WHEN:
    case SG_WORD_WHILE:
    case SG_WORD_XOR:
        return true;
    default:
        return false;
    }
}

/* An expression may begin behind it, so that NULL there is a literal and no attribute. */
static bool expression_may_follow(const struct item *item)
{
    if (item->kind == ITEM_MARK)
        return item->mark != SG_TOKEN_RIGHT_PAREN && item->mark != SG_TOKEN_DOT;
    if (item->kind != ITEM_WORD)
        return false;
    switch (item->word) {
    case SG_WORD_ALL:
    case SG_WORD_BOTH:
    case SG_WORD_BY:
    case SG_WORD_DISTINCT:
    case SG_WORD_DO:
    case SG_WORD_ESCAPE:
    case SG_WORD_FOR:
    case SG_WORD_FROM:
    case SG_WORD_HAVING:
    case SG_WORD_LEADING:
    case SG_WORD_ON:
    case SG_WORD_TRAILING:
    case SG_WORD_WHERE:
        return true;
    default:
        return sign_may_follow(item);
    }
}

/* --- writing ------------------------------------------------------------------------------- */

/* ASCII that holds no quote. */
static bool is_plain(struct sg_slice name)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = (unsigned char)name.data[i];
        if (byte >= 0x80 || byte == '\'' || byte == '"')
            return false;
    }
    return true;
}

/* Valid UTF-8 without quotes, whatever the character set is: letters that are not UTF-8 turn into
 * question marks, as does a whole name that holds a quote. */
static struct sg_slice presentable(const struct digest *digest, struct sg_slice name)
{
    if (is_plain(name))
        return name;
    if (memchr(name.data, '\'', name.size) || memchr(name.data, '"', name.size))
        return SG_SLICE_LITERAL("?");
    char *copy = sg_arena_alloc(digest->arena, name.size);
    if (!copy)
        return SG_SLICE_EMPTY;
    const enum sg_charset charset = digest->context->charset;
    const unsigned char *at = (const unsigned char *)name.data;
    const unsigned char *end = at + name.size;
    size_t size = 0;
    while (at < end) {
        size_t letter = *at < 0x80 ? 1 : sg_charset_letter(charset, at, end);
        if (*at < 0x80 || (charset == SG_CHARSET_UTF8 && letter > 0)) {
            memcpy(copy + size, at, letter);
            size += letter;
        } else {
            copy[size++] = '?';
        }
        at += letter > 0 ? letter : 1;
    }
    return sg_slice_make(copy, size);
}

static struct sg_slice item_text(struct digest *digest, const struct item *item)
{
    switch ((enum item_kind)item->kind) {
    case ITEM_WORD:
        return sg_slice_of(word_text((enum sg_word)item->word));
    case ITEM_MARK:
        return sg_slice_of(sg_token_kind_name((enum sg_token_kind)item->mark));
    case ITEM_NAME:
        return presentable(digest, sg_lex_value(&digest->lexer, &item->token, digest->arena));
    case ITEM_ORDINAL:
        return sg_lex_bytes(&digest->lexer, &item->token);
    case ITEM_AT:
        return item->mark == SG_TOKEN_SYSTEM_VARIABLE ? SG_SLICE_LITERAL("@@")
                                                      : SG_SLICE_LITERAL("@");
    case ITEM_CHARSET:
        return SG_SLICE_LITERAL("(_charset)");
    case ITEM_VALUE:
        return SG_SLICE_LITERAL("?");
    case ITEM_VALUES:
        return SG_SLICE_LITERAL("?, ...");
    case ITEM_ROW:
        return SG_SLICE_LITERAL("(?)");
    case ITEM_ROWS:
        return SG_SLICE_LITERAL("(?) /* , ... */");
    case ITEM_WIDE_ROW:
    case ITEM_MEMBERS:
        return SG_SLICE_LITERAL("(...)");
    case ITEM_WIDE_ROWS:
        return SG_SLICE_LITERAL("(...) /* , ... */");
    case ITEM_HINT_OPEN:
        return SG_SLICE_LITERAL("/*+");
    case ITEM_HINT_CLOSE:
        return SG_SLICE_LITERAL("*/");
    case ITEM_HINT_WORD:
        return sg_slice_of(sg_hint_word_text(item->word));
    }
    return SG_SLICE_EMPTY;
}

/* Room for FAILED_END is always kept. */
static void write_item(struct digest *digest, const struct item *item)
{
    struct sg_slice text = item_text(digest, item);
    digest->hash = sg_hash_bytes(sg_hash_word(digest->hash, item->kind), text);

    bool name = item->kind == ITEM_NAME;
    bool space = digest->size > 0 && !digest->touches && !item->tight;
    size_t wanted = text.size + (space ? 1 : 0) + (name ? 2 : 0);
    digest->touches = item->kind == ITEM_AT;
    if (digest->truncated || wanted > digest->limit - digest->size) {
        digest->truncated = true;
        return;
    }
    char *out = digest->out + digest->size;
    if (space)
        *out++ = ' ';
    if (name)
        *out++ = '`';
    if (text.size > 0)
        memcpy(out, text.data, text.size);
    if (name)
        out[text.size] = '`';
    digest->size += wanted;
}

static void write_oldest(struct digest *digest, size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_item(digest, &digest->window[i]);
    digest->item_count -= count;
    memmove(digest->window, digest->window + count, digest->item_count * sizeof digest->window[0]);
}

/* --- melting ------------------------------------------------------------------------------- */

static void push(struct digest *digest, struct item item)
{
    if (digest->item_count == WINDOW)
        write_oldest(digest, WINDOW / 2);
    digest->window[digest->item_count++] = item;
}

/* The item that many before the last one; an ITEM_NAME, which melts with nothing, when there is
 * none. */
static const struct item *last_item(const struct digest *digest, size_t back)
{
    static const struct item none = {.kind = ITEM_NAME};
    return back < digest->item_count ? &digest->window[digest->item_count - 1 - back] : &none;
}

static bool is_mark(const struct item *item, enum sg_token_kind mark)
{
    return item->kind == ITEM_MARK && item->mark == mark;
}

static bool is_word(const struct item *item, enum sg_word word)
{
    return item->kind == ITEM_WORD && item->word == word;
}

/* A literal; behind another one and a comma the two become a list. */
static void push_value(struct digest *digest)
{
    uint8_t kind = ITEM_VALUE;
    uint8_t listed = last_item(digest, 1)->kind;
    if (is_mark(last_item(digest, 0), SG_TOKEN_COMMA) &&
        (listed == ITEM_VALUE || listed == ITEM_VALUES)) {
        digest->item_count -= 2;
        kind = ITEM_VALUES;
    }
    push(digest, (struct item){.kind = kind});
}

static void push_number(struct digest *digest)
{
    while ((is_mark(last_item(digest, 0), SG_TOKEN_MINUS) ||
            is_mark(last_item(digest, 0), SG_TOKEN_PLUS)) &&
           sign_may_follow(last_item(digest, 1)))
        digest->item_count--;
    push_value(digest);
}

/* A closing parenthesis: literals in a pair of them become a row, equal rows in sequence one. */
static void push_right_paren(struct digest *digest)
{
    uint8_t held = last_item(digest, 0)->kind;
    if (!is_mark(last_item(digest, 1), SG_TOKEN_LEFT_PAREN) ||
        (held != ITEM_VALUE && held != ITEM_VALUES)) {
        push(digest, (struct item){.kind = ITEM_MARK, .mark = SG_TOKEN_RIGHT_PAREN});
        return;
    }
    digest->item_count -= 2;
    if (is_word(last_item(digest, 0), SG_WORD_IN)) {
        push(digest, (struct item){.kind = ITEM_MEMBERS});
        return;
    }
    uint8_t row = held == ITEM_VALUE ? ITEM_ROW : ITEM_WIDE_ROW;
    uint8_t rows = held == ITEM_VALUE ? ITEM_ROWS : ITEM_WIDE_ROWS;
    uint8_t listed = last_item(digest, 1)->kind;
    if (is_mark(last_item(digest, 0), SG_TOKEN_COMMA) && (listed == row || listed == rows)) {
        digest->item_count -= 2;
        row = rows;
    }
    push(digest, (struct item){.kind = row});
}

/* NULL is a literal where an expression may begin: not in IS NULL, not as a column's attribute. */
static bool null_is_literal(const struct digest *digest)
{
    if (is_word(last_item(digest, 0), SG_WORD_NOT))
        return expression_may_follow(last_item(digest, 1));
    return expression_may_follow(last_item(digest, 0));
}

/* --- ordinals ------------------------------------------------------------------------------ */

static inline uint64_t depth_bit(uint32_t depth)
{
    return depth < 64 ? UINT64_C(1) << depth : 0;
}

/* Follows parentheses and ORDER BY, GROUP BY and PARTITION BY, with the current token not yet
 * pushed. */
static void follow_lists(struct digest *digest)
{
    const uint64_t here = depth_bit(digest->depth);
    bool at_item = false;
    switch (digest->token.kind) {
    case SG_TOKEN_LEFT_PAREN: {
        bool rollup = (digest->lists & here) && is_word(last_item(digest, 0), SG_WORD_ROLLUP);
        digest->depth++;
        digest->lists &= ~depth_bit(digest->depth);
        if (rollup)
            digest->lists |= depth_bit(digest->depth);
        at_item = rollup;
        break;
    }
    case SG_TOKEN_RIGHT_PAREN:
        if (digest->depth > 0)
            digest->depth--;
        break;
    case SG_TOKEN_COMMA:
        at_item = (digest->lists & here) != 0;
        break;
    case SG_TOKEN_IDENT:
        if (digest->token.word == SG_WORD_BY &&
            (is_word(last_item(digest, 0), SG_WORD_ORDER) ||
             is_word(last_item(digest, 0), SG_WORD_GROUP) ||
             is_word(last_item(digest, 0), SG_WORD_PARTITION))) {
            digest->lists |= here;
            at_item = true;
        } else if (digest->token.flags & SG_TOKEN_RESERVED && digest->token.word != SG_WORD_ASC &&
                   digest->token.word != SG_WORD_DESC) {
            digest->lists &= ~here;
        }
        break;
    default:
        break;
    }
    digest->at_list_item = at_item;
}

/* Whether a list item may end before `next`, so that the number before it is all of the item. */
static bool ends_list_item(const struct sg_token *next)
{
    switch (next->kind) {
    case SG_TOKEN_COMMA:
    case SG_TOKEN_RIGHT_PAREN:
    case SG_TOKEN_SEMICOLON:
    case SG_TOKEN_END:
        return true;
    case SG_TOKEN_IDENT:
        break;
    default:
        return false;
    }
    switch (next->word) {
    case SG_WORD_ASC:
    case SG_WORD_DESC:
    case SG_WORD_EXCEPT:
    case SG_WORD_FETCH:
    case SG_WORD_FOR:
    case SG_WORD_GROUPS:
    case SG_WORD_HAVING:
    case SG_WORD_INTERSECT:
    case SG_WORD_INTO:
    case SG_WORD_LIMIT:
    case SG_WORD_LOCK:
    case SG_WORD_OFFSET:
    case SG_WORD_ON:
    case SG_WORD_ORDER:
    case SG_WORD_PROCEDURE:
    case SG_WORD_QUALIFY:
    case SG_WORD_RANGE:
    case SG_WORD_RETURNING:
    case SG_WORD_ROWS:
    case SG_WORD_SEPARATOR:
    case SG_WORD_UNION:
    case SG_WORD_WINDOW:
    case SG_WORD_WITH:
        return true;
    default:
        return false;
    }
}

static bool is_ordinal(const struct digest *digest, bool at_list_item)
{
    if (!at_list_item || digest->token.size > ORDINAL_DIGITS_MAX ||
        *sg_lex_bytes(&digest->lexer, &digest->token).data == '0')
        return false;
    struct sg_lexer lexer = digest->lexer;
    struct sg_token next;
    sg_lex_next(&lexer, &next);
    return ends_list_item(&next);
}

/* --- redaction ----------------------------------------------------------------------------- */

static bool is_string(const struct sg_token *token)
{
    return token->kind == SG_TOKEN_STRING || token->kind == SG_TOKEN_NATIONAL_STRING;
}

/* Which names and values may have been meant is not clear: 'O'Brien' is a string and a name to a
 * server, and not what its writer meant. Nobody writes a name or a number so close to a string. */
static bool touches_string(const struct digest *digest)
{
    const struct sg_token *left = &digest->before;
    const struct sg_token *right = &digest->token;
    if ((right->flags & SG_TOKEN_SPACE_BEFORE) || sg_token_end(left) != right->offset)
        return false;
    const struct sg_token *other = is_string(right) ? left : right;
    if (!is_string(left) && !is_string(right))
        return false;
    switch (other->kind) {
    case SG_TOKEN_IDENT:
        return other->word == SG_NO_WORD;
    case SG_TOKEN_INTEGER:
    case SG_TOKEN_DECIMAL:
    case SG_TOKEN_FLOAT:
        return true;
    default:
        return false;
    }
}

/* The quote that ends the token, or 0. */
static char closing_quote(const struct digest *digest)
{
    switch (digest->token.kind) {
    case SG_TOKEN_STRING:
    case SG_TOKEN_NATIONAL_STRING:
    case SG_TOKEN_DOLLAR_STRING:
    case SG_TOKEN_QUOTED_IDENT:
    case SG_TOKEN_USER_VARIABLE:
    case SG_TOKEN_HEX:
    case SG_TOKEN_BIT:
        break;
    default:
        return '\0';
    }
    struct sg_slice bytes = sg_lex_bytes(&digest->lexer, &digest->token);
    char last = bytes.data[bytes.size - 1];
    return strchr("'\"`]$", last) ? last : '\0';
}

/* Where a session's settings are not known for sure, so may not be where this token ends, or what
 * it is. */
static bool reads_either_way(const struct digest *digest, char quote)
{
    const struct sg_context *context = digest->context;
    struct sg_slice bytes = sg_lex_bytes(&digest->lexer, &digest->token);
    if (quote == '"' && (context->sql_mode_unknown & SG_MODE_ANSI_QUOTES))
        return true;
    if ((context->sql_mode_unknown & SG_MODE_NO_BACKSLASH_ESCAPES) &&
        memchr(bytes.data, '\\', bytes.size))
        return true;
    if (context->charset_certainty == SG_CERTAIN)
        return false;
    for (size_t i = 0; i < bytes.size; i++) {
        if ((unsigned char)bytes.data[i] >= 0x80)
            return true;
    }
    return false;
}

/* Notes the first quote. false: the token cannot be believed. */
static bool is_trusted(struct digest *digest)
{
    if (touches_string(digest))
        return false;
    char quote = closing_quote(digest);
    if (quote == '\0')
        return true;
    if (reads_either_way(digest, quote))
        return false;
    if (digest->first_quote == UINT32_MAX)
        digest->first_quote = digest->token.offset;
    return true;
}

/* --- tokens -------------------------------------------------------------------------------- */

/* @x is a value to the server, @`x` a name. */
static void push_user_variable(struct digest *digest)
{
    struct sg_slice bytes = sg_lex_bytes(&digest->lexer, &digest->token);
    push(digest, (struct item){.kind = ITEM_AT, .mark = SG_TOKEN_USER_VARIABLE});
    if (bytes.size > 1 && bytes.data[1] == '`')
        push(digest, (struct item){.kind = ITEM_NAME, .token = digest->token});
    else
        push_value(digest);
}

static void push_word(struct digest *digest)
{
    uint16_t word = digest->token.word;
    if (word == SG_NO_WORD)
        push(digest, (struct item){.kind = ITEM_NAME, .token = digest->token});
    else if (word == SG_WORD_NULL && null_is_literal(digest))
        push_value(digest);
    else
        push(digest, (struct item){.kind = ITEM_WORD, .word = word});
}

static void push_token(struct digest *digest)
{
    bool at_list_item = digest->at_list_item;
    follow_lists(digest);
    switch ((enum sg_token_kind)digest->token.kind) {
    case SG_TOKEN_IDENT:
        push_word(digest);
        break;
    case SG_TOKEN_QUOTED_IDENT:
        push(digest, (struct item){.kind = ITEM_NAME, .token = digest->token});
        break;
    case SG_TOKEN_USER_VARIABLE:
        push_user_variable(digest);
        break;
    case SG_TOKEN_SYSTEM_VARIABLE:
        push(digest, (struct item){.kind = ITEM_AT, .mark = SG_TOKEN_SYSTEM_VARIABLE});
        break;
    case SG_TOKEN_INTRODUCER:
        push(digest, (struct item){.kind = ITEM_CHARSET});
        break;
    case SG_TOKEN_INTEGER:
        if (is_ordinal(digest, at_list_item))
            push(digest, (struct item){.kind = ITEM_ORDINAL, .token = digest->token});
        else
            push_number(digest);
        break;
    case SG_TOKEN_DECIMAL:
    case SG_TOKEN_FLOAT:
    case SG_TOKEN_HEX:
    case SG_TOKEN_BIT:
        push_number(digest);
        break;
    case SG_TOKEN_STRING:
    case SG_TOKEN_NATIONAL_STRING:
    case SG_TOKEN_DOLLAR_STRING:
    case SG_TOKEN_PARAMETER:
    case SG_TOKEN_NULL_ESCAPE:
        push_value(digest);
        break;
    case SG_TOKEN_RIGHT_PAREN:
        push_right_paren(digest);
        break;
    default:
        push(digest, (struct item){.kind = ITEM_MARK, .mark = digest->token.kind});
        break;
    }
}

/* --- hints --------------------------------------------------------------------------------- */

/* A token of a hint, whose place is told as in the whole statement. */
static void push_hint_token(struct digest *digest, const struct sg_token *token)
{
    struct sg_slice bytes = sg_lex_bytes(&digest->lexer, token);
    uint16_t word = token->kind == SG_TOKEN_IDENT ? sg_hint_word(bytes) : 0;
    switch (token->kind) {
    case SG_TOKEN_IDENT:
    case SG_TOKEN_QUOTED_IDENT:
        push(digest, (struct item){
                         .kind = word ? ITEM_HINT_WORD : ITEM_NAME, .word = word, .token = *token});
        break;
    case SG_TOKEN_USER_VARIABLE: /* @block, and table@block */
        push(digest, (struct item){.kind = ITEM_AT,
                                   .mark = SG_TOKEN_USER_VARIABLE,
                                   .tight = !(token->flags & SG_TOKEN_SPACE_BEFORE) &&
                                            last_item(digest, 0)->kind == ITEM_NAME});
        push(digest, (struct item){.kind = ITEM_NAME, .token = *token});
        break;
    case SG_TOKEN_STRING:
    case SG_TOKEN_INTEGER:
    case SG_TOKEN_DECIMAL:
    case SG_TOKEN_FLOAT:
        push_value(digest);
        break;
    case SG_TOKEN_RIGHT_PAREN:
        push_right_paren(digest);
        break;
    default:
        push(digest, (struct item){.kind = ITEM_MARK, .mark = token->kind});
        break;
    }
}

/* @block or @`block`: a name, that is to be shown; @'text' is none. */
static bool names_block(const struct digest *digest, struct sg_slice bytes)
{
    const struct sg_context *context = digest->context;
    char quote = bytes.size > 1 ? bytes.data[1] : '\0';
    bool quotes_names = (context->sql_mode & ~context->sql_mode_unknown) & SG_MODE_ANSI_QUOTES;
    return quote != '\'' && (quote != '"' || quotes_names);
}

/* Whether all of it is what hints are made of, so that nothing else is shown. */
static bool is_readable_hint(const struct digest *digest, struct sg_slice hint)
{
    struct sg_lexer lexer;
    struct sg_token token;
    size_t count = 0;
    sg_lex_init(&lexer, hint, digest->context);
    for (sg_lex_next(&lexer, &token); token.kind != SG_TOKEN_END; sg_lex_next(&lexer, &token)) {
        switch (token.kind) {
        case SG_TOKEN_IDENT:
        case SG_TOKEN_QUOTED_IDENT:
        case SG_TOKEN_INTEGER:
        case SG_TOKEN_DECIMAL:
        case SG_TOKEN_FLOAT:
        case SG_TOKEN_LEFT_PAREN:
        case SG_TOKEN_RIGHT_PAREN:
        case SG_TOKEN_COMMA:
        case SG_TOKEN_EQUAL:
        case SG_TOKEN_MINUS:
            break;
        case SG_TOKEN_USER_VARIABLE:
            if (!names_block(digest, sg_lex_bytes(&lexer, &token)))
                return false;
            break;
        case SG_TOKEN_STRING:
            if (digest->context->sql_mode_unknown)
                return false;
            break;
        default:
            return false;
        }
        count++;
    }
    return count > 0;
}

/* The hint behind the current token. One that looks like anything else is passed over like any
 * comment. */
static void push_hint(struct digest *digest, struct sg_slice text)
{
    struct sg_slice hint = sg_hint_behind(text, &digest->token, digest->context->server);
    if (hint.size == 0 || !is_readable_hint(digest, hint))
        return;
    const uint32_t offset = (uint32_t)(hint.data - text.data);
    struct sg_lexer lexer;
    struct sg_token token;
    push(digest, (struct item){.kind = ITEM_HINT_OPEN});
    sg_lex_init(&lexer, hint, digest->context);
    for (sg_lex_next(&lexer, &token); token.kind != SG_TOKEN_END; sg_lex_next(&lexer, &token)) {
        token.offset += offset;
        push_hint_token(digest, &token);
    }
    push(digest, (struct item){.kind = ITEM_HINT_CLOSE});
}

/* --- one pass ------------------------------------------------------------------------------ */

/* Behind CREATE stand a few words at most (OR REPLACE, DEFINER = user@host) before what it creates.
 */
#define CREATE_WORDS_MAX 12

/* Tells statements that hold others from their first tokens: stored programs, and on MariaDB a
 * block that stands alone. */
static void look_for_body(struct digest *digest)
{
    uint16_t word = digest->token.word;
    if (digest->token_count++ == 0)
        digest->first_word = word;
    if (word == SG_NO_WORD || digest->token_count > CREATE_WORDS_MAX)
        return;
    bool created = word == SG_WORD_PROCEDURE || word == SG_WORD_FUNCTION ||
                   word == SG_WORD_TRIGGER || word == SG_WORD_EVENT || word == SG_WORD_PACKAGE;
    bool block = word == SG_WORD_NOT && digest->token_count == 2;
    if ((digest->first_word == SG_WORD_CREATE && created) ||
        (digest->first_word == SG_WORD_BEGIN && block))
        digest->compound = true;
}

/* Reads up to the statement's end, to `stop`, or to what cannot be read. */
static void run(struct digest *digest, struct sg_slice text)
{
    sg_lex_init(&digest->lexer, text, digest->context);
    for (;;) {
        sg_lex_next(&digest->lexer, &digest->token);
        look_for_body(digest);
        if (digest->token.kind == SG_TOKEN_END ||
            (digest->token.kind == SG_TOKEN_SEMICOLON && !digest->compound))
            break;
        if (digest->token.offset >= digest->stop || digest->token.kind == SG_TOKEN_ERROR ||
            !is_trusted(digest)) {
            digest->failed = true;
            break;
        }
        push_token(digest);
        push_hint(digest, text);
        digest->before = digest->token;
    }
    if (is_mark(last_item(digest, 0), SG_TOKEN_SEMICOLON))
        digest->item_count--;
    write_oldest(digest, digest->item_count);
}

/* As `first`, which failed, but stopping where the first quote stands. */
static void run_again(struct digest *digest, struct sg_slice text)
{
    *digest = (struct digest){
        .context = digest->context,
        .arena = digest->arena,
        .out = digest->out,
        .limit = digest->limit,
        .first_quote = UINT32_MAX,
        .stop = digest->first_quote,
    };
    run(digest, text);
}

enum sg_status sg_digest(struct sg_slice text, const struct sg_context *context, size_t limit_bytes,
                         struct sg_arena *arena, struct sg_digest *digest_out)
{
    const size_t end_size = sizeof FAILED_END - 1;
    /* No item is longer than the bytes it was made from, but for fixed text; see item_text. */
    size_t most = text.size < SIZE_MAX / 32 ? text.size * 24 + 64 : SIZE_MAX;
    size_t room = limit_bytes < most ? limit_bytes : most;
    struct digest digest = {
        .context = context,
        .arena = arena,
        .out = sg_arena_alloc(arena, room),
        .limit = room > end_size ? room - end_size : 0,
        .first_quote = UINT32_MAX,
        .stop = UINT32_MAX,
    };
    if (!digest.out)
        return SG_LIMIT;
    bool was_exhausted = arena->exhausted;
    arena->exhausted = false;
    run(&digest, text);
    if (digest.failed && digest.first_quote != UINT32_MAX)
        run_again(&digest, text);
    if (arena->exhausted)
        return SG_LIMIT;
    arena->exhausted = was_exhausted;

    if ((digest.failed || digest.truncated) && room >= end_size) {
        memcpy(digest.out + digest.size, FAILED_END, end_size);
        digest.size += end_size;
    }
    *digest_out = (struct sg_digest){
        .hash = digest.hash,
        .text = sg_slice_make(digest.out, digest.size),
        .truncated = digest.truncated,
    };
    return SG_OK;
}
