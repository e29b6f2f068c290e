/* Text in, shape out. See shape.h; verdict/cache.c calls it for every statement of a guard.
 *
 * Sixty-four bytes at a time are sorted into four sets of bits: what needs a look (quotes, digits,
 * comments, anything rare), backticks, digits, and bytes of words. Between backticks nothing needs
 * one. So a statement costs some hundred instructions for each 64 bytes and a branch for each
 * literal, whatever the number of its tokens.
 *
 *   SELECT `c_1` FROM `t` WHERE `id` = 42 AND name LIKE 'x%'
 *   stops                              ^^            ^^^^      less those within what was read
 *   shape   ... WHERE `id` = N AND name LIKE S
 *
 * What is taken out leaves one byte that stands nowhere else outside of quotes, so that equal
 * shapes mean equal tokens: a reader who went through two texts of one shape side by side would be
 * in the same state before each byte. It must therefore know, like the lexer, where quotes and
 * comments begin and end; where it is not sure it gives up.
 */
#include "sql/shape.h"

#include <stdbool.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/scan.h"
#include "sql/charset.h"

/* What stands in the place of a literal: bytes that outside of quotes make a text unreadable. */
enum mark {
    MARK_STRING = 1,
    MARK_INTEGER,
    MARK_DECIMAL,
    MARK_STRINGS, /* a list behind IN, two or more */
    MARK_INTEGERS,
};

#define BLOCK 64

/* One bit for each byte of a block. */
struct bits {
    uint64_t stops; /* needs a look, digits apart */
    uint64_t ticks;
    uint64_t digits;
    uint64_t words; /* letters, digits, `_` */
};

struct shaper {
    const unsigned char *start;
    const unsigned char *end;
    const unsigned char *pending; /* from here on nothing was written yet */
    unsigned char *out;
    bool folds;
    bool escapes;     /* a backslash takes the byte behind it along */
    bool ansi_quotes; /* "x" is a name */
    bool quotes_unknown;
    bool escapes_unknown;
};

/* --- a block --------------------------------------------------------------------------------- */

#ifdef __SSE2__
static inline __m128i at_most(__m128i bytes, int most)
{
    const __m128i every = _mm_set1_epi8((char)most);
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, every), bytes);
}

static inline __m128i equal(__m128i bytes, int byte)
{
    return _mm_cmpeq_epi8(bytes, _mm_set1_epi8((char)byte));
}

static inline __m128i from_on(__m128i bytes, int first)
{
    return _mm_sub_epi8(bytes, _mm_set1_epi8((char)first));
}

static inline uint64_t bits_of(__m128i set)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(set);
}

/* Ranges where single bytes would do, since each comparison counts: `%`, `&` and `|` are looked at
 * in vain. */
static inline void sort_bytes(const unsigned char *at, unsigned shift, struct bits *bits)
{
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
    const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    const __m128i ticks = equal(bytes, '`');
    const __m128i digits = at_most(from_on(bytes, '0'), 9);
    const __m128i letters = at_most(from_on(lower, 'a'), 25);
    __m128i stops = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')); /* signed: 0x80 and more, too */
    stops = _mm_or_si128(stops, at_most(from_on(bytes, '"'), '\'' - '"')); /* " # $ % & ' */
    stops =
        _mm_or_si128(stops, equal(_mm_and_si128(bytes, _mm_set1_epi8((char)0xfd)), '-')); /* - / */
    stops = _mm_or_si128(stops, equal(bytes, ';'));
    stops = _mm_or_si128(stops, equal(bytes, '@'));
    stops = _mm_or_si128(stops, equal(lower, '|')); /* \ | */
    stops = _mm_or_si128(stops, equal(bytes, 0x7f));
    bits->stops |= bits_of(stops) << shift;
    bits->ticks |= bits_of(ticks) << shift;
    bits->digits |= bits_of(digits) << shift;
    bits->words |= bits_of(_mm_or_si128(_mm_or_si128(letters, digits), equal(bytes, '_'))) << shift;
}

static inline struct bits sort_block(const unsigned char *at)
{
    struct bits bits = {0};
    sort_bytes(at, 0, &bits);
    sort_bytes(at + 16, 16, &bits);
    sort_bytes(at + 32, 32, &bits);
    sort_bytes(at + 48, 48, &bits);
    return bits;
}
#else
static bool needs_a_look(unsigned char byte)
{
    return byte < ' ' || byte >= 0x7f || (byte >= '"' && byte <= '\'') || byte == '-' ||
           byte == '/' || byte == ';' || byte == '@' || byte == '\\' || byte == '|';
}

static struct bits sort_block(const unsigned char *at)
{
    struct bits bits = {0};
    for (unsigned i = 0; i < BLOCK; i++) {
        const unsigned char byte = at[i];
        bits.stops |= (uint64_t)needs_a_look(byte) << i;
        bits.ticks |= (uint64_t)(byte == '`') << i;
        bits.digits |= (uint64_t)(byte >= '0' && byte <= '9') << i;
        bits.words |= (uint64_t)(byte != '$' && sg_scan_is_word(byte)) << i;
    }
    return bits;
}
#endif

/* From each odd bit that is set up to the next one: what stands between quotes, the opening one
 * with it. */
static inline uint64_t between(uint64_t quotes)
{
    quotes ^= quotes << 1;
    quotes ^= quotes << 2;
    quotes ^= quotes << 4;
    quotes ^= quotes << 8;
    quotes ^= quotes << 16;
    return quotes ^ quotes << 32;
}

/* --- places ---------------------------------------------------------------------------------- */

static inline bool is_space(unsigned char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The last byte before `at` that is no white space; NULL when there is none. */
static inline const unsigned char *before_space(const struct shaper *s, const unsigned char *at)
{
    while (at > s->start && is_space(at[-1]))
        at--;
    return at > s->start ? at - 1 : NULL;
}

/* The word in lower case, up to eight letters of it as one number; 0 where it is longer, or touches
 * what makes it no keyword. `last`: its last letter. */
static uint64_t word_up_to(const struct shaper *s, const unsigned char *last)
{
    uint64_t word = 0;
    const unsigned char *at = last;
    for (unsigned size = 0; size < 9; size++, at--) {
        unsigned char letter = at < s->start ? ' ' : (unsigned char)(*at | 0x20);
        if (letter < 'a' || letter > 'z')
            return at < s->start || is_space(*at) || *at == ')' || *at == '`' ? word : 0;
        word = word << 8 | letter;
    }
    return 0;
}

/* A word as word_up_to gives it, spelled backwards: its first letter is the lowest byte. */
#define WORD2(a, b)                   ((uint64_t)(b) << 8 | (a))
#define WORD3(a, b, c)                ((uint64_t)(c) << 16 | WORD2(a, b))
#define WORD4(a, b, c, d)             ((uint64_t)(d) << 24 | WORD3(a, b, c))
#define WORD5(a, b, c, d, e)          ((uint64_t)(e) << 32 | WORD4(a, b, c, d))
#define WORD6(a, b, c, d, e, f)       ((uint64_t)(f) << 40 | WORD5(a, b, c, d, e))
#define WORD7(a, b, c, d, e, f, g)    ((uint64_t)(g) << 48 | WORD6(a, b, c, d, e, f))
#define WORD8(a, b, c, d, e, f, g, h) ((uint64_t)(h) << 56 | WORD7(a, b, c, d, e, f, g))

/* Reserved on all servers, so that they are no names; behind them stands a value. OFFSET is
 * reserved on some, and what it is behind then is no name when it is a number. */
static bool is_behind_word(const struct shaper *s, const unsigned char *last, bool number)
{
    switch (word_up_to(s, last)) {
    case WORD2('o', 'r'):
    case WORD3('a', 'n', 'd'):
    case WORD3('n', 'o', 't'):
    case WORD4('e', 'l', 's', 'e'):
    case WORD4('l', 'i', 'k', 'e'):
    case WORD4('t', 'h', 'e', 'n'):
    case WORD4('w', 'h', 'e', 'n'):
    case WORD7('b', 'e', 't', 'w', 'e', 'e', 'n'):
        return true;
    case WORD5('l', 'i', 'm', 'i', 't'):
    case WORD6('o', 'f', 'f', 's', 'e', 't'):
    case WORD8('i', 'n', 't', 'e', 'r', 'v', 'a', 'l'):
        return number;
    default:
        return false;
    }
}

/* Whether the literal at `at` can be nothing but a value. */
static bool is_value(const struct shaper *s, const unsigned char *at, bool number)
{
    const unsigned char *before = s->folds ? before_space(s, at) : NULL;
    if (!before)
        return false;
    switch (*before) {
    case '=':
    case '<':
    case '(':
    case ',':
        return true;
    case '>': /* but not a path behind -> */
        return before > s->start && before[-1] != '-' && before[-1] != '>';
    case '+':
    case '-':
        return number;
    default:
        return is_behind_word(s, before, number);
    }
}

/* --- literals -------------------------------------------------------------------------------- */

/* Behind the string that begins at `at`; NULL where the lexer would find no end either. */
static const unsigned char *skip_string(const struct shaper *s, const unsigned char *at)
{
    const unsigned char quote = *at++;
    for (;;) {
        at = sg_scan_either(at, s->end, quote, s->escapes ? '\\' : quote);
        if (at == s->end)
            return NULL;
        if (*at == quote && (at + 1 == s->end || at[1] != quote))
            return at + 1;
        if (s->end - at < 2 || (*at == '\\' && s->escapes_unknown))
            return NULL;
        at += 2;
    }
}

static inline const unsigned char *skip_digits(const struct shaper *s, const unsigned char *at)
{
    while (at < s->end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

/* What may stand behind a number that ends here. */
static bool ends_number(const struct shaper *s, const unsigned char *at)
{
    if (at == s->end || is_space(*at))
        return true;
    switch (*at) {
    case ')':
    case ',':
    case ';':
    case '=':
    case '<':
    case '>':
    case '+':
    case '-':
    case '*':
    case '/':
        return true;
    default:
        return false;
    }
}

/* Behind the number at `at`, which is 12 or 1.5; NULL when it is anything else that begins so. */
static const unsigned char *skip_number(const struct shaper *s, const unsigned char *at,
                                        enum mark *mark)
{
    const unsigned char *behind = skip_digits(s, at);
    *mark = MARK_INTEGER;
    if (behind < s->end && *behind == '.') {
        const unsigned char *fraction = behind + 1;
        behind = skip_digits(s, fraction);
        *mark = MARK_DECIMAL;
        if (behind == fraction)
            return NULL;
    }
    return ends_number(s, behind) ? behind : NULL;
}

static const unsigned char *skip_literal(const struct shaper *s, const unsigned char *at,
                                         enum mark *mark)
{
    if (at < s->end && *at >= '0' && *at <= '9')
        return skip_number(s, at, mark);
    *mark = MARK_STRING;
    return at < s->end && *at == '\'' ? skip_string(s, at) : NULL;
}

static const unsigned char *skip_space(const struct shaper *s, const unsigned char *at)
{
    while (at < s->end && is_space(*at))
        at++;
    return at;
}

static bool is_first_of_list(const struct shaper *s, const unsigned char *at)
{
    const unsigned char *open = before_space(s, at);
    const unsigned char *before = open && *open == '(' ? before_space(s, open) : NULL;
    return before && word_up_to(s, before) == WORD2('i', 'n');
}

/* Where the list ends whose first literal, of kind `mark`, ends at `at`: at its `)`. NULL when it
 * has no second one, or anything else is in it. */
static const unsigned char *skip_list(const struct shaper *s, const unsigned char *at,
                                      enum mark mark)
{
    unsigned count = 1;
    for (;; count++) {
        enum mark next;
        at = skip_space(s, at);
        if (at < s->end && *at == ')')
            return count > 1 ? at : NULL;
        if (at == s->end || *at != ',')
            return NULL;
        at = skip_literal(s, skip_space(s, at + 1), &next);
        if (!at || next != mark)
            return NULL;
    }
}

/* --- writing --------------------------------------------------------------------------------- */

static inline void copy_up_to(struct shaper *s, const unsigned char *at)
{
    const size_t size = (size_t)(at - s->pending);
    memcpy(s->out, s->pending, size);
    s->out += size;
    s->pending = at;
}

static const unsigned char *fold(struct shaper *s, const unsigned char *at,
                                 const unsigned char *behind, enum mark mark)
{
    if ((mark == MARK_INTEGER || mark == MARK_STRING) && is_first_of_list(s, at)) {
        const unsigned char *close = skip_list(s, behind, mark);
        if (close) {
            behind = close;
            mark = mark == MARK_STRING ? MARK_STRINGS : MARK_INTEGERS;
        }
    }
    copy_up_to(s, at);
    *s->out++ = (unsigned char)mark;
    s->pending = behind;
    return behind;
}

/* --- what needs a look: each gives where to go on, or NULL to give up ------------------------ */

static const unsigned char *take_number(struct shaper *s, const unsigned char *at)
{
    enum mark mark;
    const unsigned char *behind = skip_number(s, at, &mark);
    if (!behind || !is_value(s, at, true))
        return skip_digits(s, at);
    return fold(s, at, behind, mark);
}

/* A quote that touches a word, a variable or another quote may be more than a string. */
static bool is_plain_string(const struct shaper *s, const unsigned char *at)
{
    const unsigned char before = at > s->start ? at[-1] : ' ';
    return !sg_scan_is_word(before) && before < 0x80 && before != '@' && before != '\'' &&
           before != '"' && before != '`';
}

static const unsigned char *take_quoted(struct shaper *s, const unsigned char *at)
{
    const unsigned char *behind;
    if (*at == '"' && s->quotes_unknown)
        return NULL;
    if (*at == '"' && s->ansi_quotes) {
        const unsigned char *close = sg_scan_either(at + 1, s->end, '"', '"');
        return close < s->end ? close + 1 : NULL;
    }
    if (!is_plain_string(s, at))
        return NULL;
    behind = skip_string(s, at);
    return behind && is_value(s, at, false) ? fold(s, at, behind, MARK_STRING) : behind;
}

/* Behind the comment that begins at `at`, NULL where it has no end. */
static const unsigned char *skip_comment(const struct shaper *s, const unsigned char *at)
{
    for (at += 2; at < s->end; at++) {
        at = sg_scan_either(at, s->end, '*', '*');
        if (s->end - at >= 2 && at[1] == '/')
            return at + 2;
    }
    return NULL;
}

/* Comments that the server opens are given up on, optimizer hints stay as they are, and of all
 * others nothing is left but their marks. */
static const unsigned char *take_slash(struct shaper *s, const unsigned char *at)
{
    const unsigned char *behind;
    if (s->end - at < 2 || at[1] != '*')
        return at + 1;
    if (s->end - at < 4 || at[2] == '!' || ((at[2] | 0x20) == 'm' && at[3] == '!'))
        return NULL;
    behind = skip_comment(s, at);
    if (behind && at[2] != '+') {
        copy_up_to(s, at + 2);
        s->pending = behind - 2;
    }
    return behind;
}

static const unsigned char *take_stop(struct shaper *s, const unsigned char *at)
{
    switch (*at) {
    case '\'':
    case '"':
        return take_quoted(s, at);
    case '/':
        return take_slash(s, at);
    case '-':
        return s->end - at >= 2 && at[1] == '-' ? NULL : at + 1;
    case ';':
        return skip_space(s, at + 1) == s->end ? s->end : NULL;
    case '%':
    case '&':
    case '|':
        return at + 1;
    default:
        return is_space(*at) ? at + 1 : NULL;
    }
}

/* --- one pass -------------------------------------------------------------------------------- */

/* The bits of a block, the text's last one filled up with spaces. */
static inline struct bits sort_text(const struct shaper *s, const unsigned char *block)
{
    unsigned char last[BLOCK];
    if (s->end - block >= BLOCK)
        return sort_block(block);
    memset(last, ' ', sizeof last);
    memcpy(last, block, (size_t)(s->end - block));
    return sort_block(last);
}

static inline uint64_t bits_from(const unsigned char *block, const unsigned char *at)
{
    return at > block ? ~UINT64_C(0) << (at - block) : ~UINT64_C(0);
}

/* False: given up. */
static bool run(struct shaper *s)
{
    const unsigned char *at = s->start; /* what stands before it has been read */
    bool quoted = false;                /* `at` stands between backticks */
    for (const unsigned char *block = s->start; block < s->end; block += BLOCK) {
        if (at - block >= BLOCK)
            continue;
        const struct bits bits = sort_text(s, block);
        const bool word_before = block > s->start && sg_scan_is_word(block[-1]);
        const uint64_t stops =
            bits.stops | (bits.digits & ~(bits.words << 1 | (uint64_t)word_before));
        for (;;) {
            const uint64_t ticks = bits.ticks & bits_from(block, at);
            const uint64_t inside = between(ticks) ^ (quoted ? ~UINT64_C(0) : 0);
            const uint64_t left = stops & ~inside & bits_from(block, at);
            if (left == 0) {
                quoted ^= (__builtin_popcountll(ticks) & 1) != 0;
                break;
            }
            const unsigned char *stop = block + __builtin_ctzll(left);
            quoted = false;
            at = *stop >= '0' && *stop <= '9' ? take_number(s, stop) : take_stop(s, stop);
            if (!at)
                return false;
            if (at - block >= BLOCK)
                break;
        }
    }
    return !quoted;
}

/* Whose literals may be taken out. A first word that a comment precedes counts, too. */
static bool has_values(const unsigned char *at, const unsigned char *end)
{
    static const char WORDS[][8] = {"select", "insert", "update", "delete", "replace", "with"};
    while (at < end && (is_space(*at) || *at == '('))
        at++;
    if (end - at >= 4 && at[0] == '/' && at[1] == '*') {
        for (at += 2; end - at >= 2 && !(at[0] == '*' && at[1] == '/');)
            at++;
        for (at += end - at >= 2 ? 2 : 0; at < end && is_space(*at);)
            at++;
    }
    const size_t size = (size_t)(sg_scan_word(at, end) - at);
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        size_t same = 0;
        while (same < size && WORDS[i][same] && (at[same] | 0x20) == WORDS[i][same])
            same++;
        if (same == size && WORDS[i][same] == '\0')
            return true;
    }
    return false;
}

size_t sg_shape(struct sg_slice text, const struct sg_context *context, unsigned char *out)
{
    const unsigned char *start = (const unsigned char *)text.data;
    struct shaper s = {
        .start = start,
        .end = start + text.size,
        .pending = start,
        .out = out,
        .escapes = !(context->sql_mode & ~context->sql_mode_unknown & SG_MODE_NO_BACKSLASH_ESCAPES),
        .ansi_quotes = context->sql_mode & SG_MODE_ANSI_QUOTES,
        .quotes_unknown = context->sql_mode_unknown & SG_MODE_ANSI_QUOTES,
        .escapes_unknown = context->sql_mode_unknown & SG_MODE_NO_BACKSLASH_ESCAPES,
    };
    if (text.size == 0 || text.size > SG_SHAPE_TEXT_MAX ||
        ((context->sql_mode | context->sql_mode_unknown) &
         (uint32_t)(SG_MODE_ORACLE | SG_MODE_MSSQL)) ||
        sg_charset_hides_ascii(context->charset))
        return 0;
    s.folds = has_values(s.start, s.end);
    if (!run(&s))
        return 0;
    copy_up_to(&s, s.end);
    return (size_t)(s.out - out);
}
