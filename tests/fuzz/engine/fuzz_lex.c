/* The lexer and the digest over any bytes.
 *
 * Input: one byte for the server, one for sql_mode, one for the character set and what is unknown,
 * then the text. What must hold, whatever the text:
 * - tokens come in order, are not empty and do not overlap; what lies between two of them is white
 *   space and comments, because the same tokens come when it is replaced by a blank or an empty
 *   comment;
 * - no token changes when it is asked for again from a copy of the lexer;
 * - a value is never longer than its token;
 * - the digest is valid UTF-8, holds no quote, keeps its limit, and does not change when the
 * letters and digits inside literals do: so none of them is in it.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <schemaguard/check.h>

#include "sql/lex.h"

#undef NDEBUG
#include <assert.h>

#define TOKENS_MAX   4096
#define ARENA_BYTES  ((size_t)16 << 20)
#define CHARSETS     11
#define ORDINAL_SIZE 4 /* a number this short may be a position in ORDER BY, which stays */

struct reading {
    struct sg_token tokens[TOKENS_MAX];
    size_t count; /* the last one is END or ERROR */
};

static const struct sg_server SERVERS[] = {
    {.flavour = SG_FLAVOUR_MYSQL, .version = 90704},
    {.flavour = SG_FLAVOUR_MYSQL, .version = 80036},
    {.flavour = SG_FLAVOUR_MYSQL, .version = 50744},
    {.flavour = SG_FLAVOUR_MARIADB, .version = 101119},
    {.flavour = SG_FLAVOUR_MARIADB, .version = 110809},
};

static void check_value(const struct sg_lexer *lexer, const struct sg_token *token,
                        struct sg_arena *arena)
{
    struct sg_slice value = sg_lex_value(lexer, token, arena);
    assert(value.size <= token->size);
    assert(value.size == 0 || value.data != NULL);
}

/* false: too many tokens to be looked at. */
static bool read_all(struct sg_slice text, const struct sg_context *context, struct reading *out)
{
    struct sg_lexer lexer;
    struct sg_arena arena;
    sg_arena_init(&arena, ARENA_BYTES);
    sg_lex_init(&lexer, text, context);
    uint32_t end = 0;
    out->count = 0;
    while (out->count < TOKENS_MAX) {
        struct sg_token *token = &out->tokens[out->count++];
        struct sg_token again;
        struct sg_lexer copy = lexer;
        sg_lex_next(&lexer, token);
        sg_lex_next(&copy, &again);
        assert(memcmp(token, &again, sizeof again) == 0);

        assert(token->kind < SG_TOKEN_KINDS && token->word < SG_WORD_KINDS);
        assert(token->offset >= end && token->offset + token->size <= text.size);
        assert((token->size == 0) ==
               (token->kind == SG_TOKEN_END || token->kind == SG_TOKEN_ERROR));
        assert(token->word == SG_NO_WORD || token->kind == SG_TOKEN_IDENT);
        assert(!(token->flags & SG_TOKEN_RESERVED) || token->word != SG_NO_WORD);
        end = token->offset + token->size;
        if (token->size == 0)
            break;
        check_value(&lexer, token, &arena);
    }
    sg_arena_fini(&arena);
    return out->tokens[out->count - 1].size == 0;
}

/* --- comments are blanks ------------------------------------------------------------------- */

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* What stands for a gap: white space alone matters to IGNORE_SPACE, and `--` to what follows. */
static const char *gap_stand_in(const char *gap, size_t size)
{
    size_t blanks = 0;
    while (blanks < size && is_blank(gap[blanks]))
        blanks++;
    if (blanks == size)
        return size > 0 ? " " : "";
    return blanks > 0 ? " /**/" : "/**/";
}

static void check_gaps(struct sg_slice text, const struct sg_context *context,
                       const struct reading *reading)
{
    static struct reading other;
    char *copy = malloc(text.size * 5 + 16);
    size_t used = 0;
    uint32_t end = 0;
    assert(copy);
    for (size_t i = 0; i < reading->count; i++) {
        const struct sg_token *token = &reading->tokens[i];
        const char *gap = gap_stand_in(text.data + end, token->offset - end);
        assert(((token->flags & SG_TOKEN_SPACE_BEFORE) != 0) == (*gap != '\0'));
        memcpy(copy + used, gap, strlen(gap));
        used += strlen(gap);
        memcpy(copy + used, text.data + token->offset, token->size);
        used += token->size;
        end = token->offset + token->size;
    }
    assert(read_all(sg_slice_make(copy, used), context, &other));
    assert(other.count == reading->count);
    for (size_t i = 0; i < other.count; i++) {
        const struct sg_token *a = &reading->tokens[i];
        const struct sg_token *b = &other.tokens[i];
        assert(a->kind == b->kind && a->word == b->word && a->size == b->size);
        assert(memcmp(text.data + a->offset, copy + b->offset, a->size) == 0);
        assert(a->flags == b->flags);
    }
    free(copy);
}

/* --- literals do not show ------------------------------------------------------------------ */

static bool holds_literal(const struct sg_token *token)
{
    switch (token->kind) {
    case SG_TOKEN_STRING:
    case SG_TOKEN_NATIONAL_STRING:
    case SG_TOKEN_DECIMAL:
    case SG_TOKEN_FLOAT:
    case SG_TOKEN_HEX:
        return true;
    case SG_TOKEN_INTEGER:
        return token->size > ORDINAL_SIZE;
    default:
        return false;
    }
}

/* Another letter or digit of the same sort, so that the token stays what it is: a to f may be part
 * of a number's spelling, n of a string's, 0 and 9 may matter at its ends. */
static char other_byte(char byte)
{
    bool letter = (byte >= 'g' && byte <= 'k') || (byte >= 'o' && byte <= 'v') ||
                  (byte >= 'G' && byte <= 'K') || (byte >= 'O' && byte <= 'V');
    bool digit = byte >= '1' && byte <= '7';
    return letter || digit ? (char)(byte + 1) : byte;
}

static bool is_utf8(struct sg_slice text)
{
    struct sg_server server = SERVERS[0];
    struct sg_context context = {.server = &server, .charset = SG_CHARSET_UTF8};
    /* Asked of the lexer itself: in front of and behind every letter it must find a name. */
    for (size_t i = 0; i < text.size; i++) {
        if ((unsigned char)text.data[i] < 0x80)
            continue;
        size_t size = 1;
        while (i + size < text.size && (unsigned char)text.data[i + size] >= 0x80)
            size++;
        struct sg_lexer lexer;
        struct sg_token token;
        sg_lex_init(&lexer, sg_slice_make(text.data + i, size), &context);
        sg_lex_next(&lexer, &token);
        if (token.kind != SG_TOKEN_IDENT || token.size != size)
            return false;
        i += size - 1;
    }
    return true;
}

static void check_digest(struct sg_slice text, const struct sg_context *context,
                         const struct reading *reading, size_t limit)
{
    struct sg_arena arena;
    struct sg_digest digest, other;
    char *copy = malloc(text.size > 0 ? text.size : 1);
    assert(copy);
    sg_arena_init(&arena, ARENA_BYTES);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    for (size_t i = 0; reading && i < reading->count; i++) {
        const struct sg_token *token = &reading->tokens[i];
        for (uint32_t at = token->offset; holds_literal(token) && at < sg_token_end(token); at++)
            copy[at] = other_byte(copy[at]);
    }
    if (sg_digest(text, context, limit, &arena, &digest) == SG_OK &&
        sg_digest(sg_slice_make(copy, text.size), context, limit, &arena, &other) == SG_OK) {
        assert(digest.text.size <= limit);
        assert(sg_slice_equal(digest.text, other.text));
        assert(digest.hash == other.hash && digest.truncated == other.truncated);
        assert(memchr(digest.text.data, '\'', digest.text.size) == NULL);
        assert(memchr(digest.text.data, '"', digest.text.size) == NULL);
        assert(memchr(digest.text.data, '\0', digest.text.size) == NULL);
        assert(is_utf8(digest.text));
    }
    sg_arena_fini(&arena);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct reading reading;
    if (size < 3)
        return 0;
    const uint8_t more = data[2] / CHARSETS;
    struct sg_context context = {
        .server = &SERVERS[data[0] % (sizeof SERVERS / sizeof SERVERS[0])],
        .sql_mode = data[1],
        .sql_mode_unknown = more & 1 ? SG_MODE_ANSI_QUOTES | SG_MODE_NO_BACKSLASH_ESCAPES : 0,
        .charset = (enum sg_charset)(data[2] % CHARSETS),
        .charset_certainty = more & 2 ? SG_UNCERTAIN : SG_CERTAIN,
    };
    struct sg_slice text = sg_slice_make(data + 3, size - 3);
    bool whole = read_all(text, &context, &reading);
    if (whole && reading.tokens[reading.count - 1].kind == SG_TOKEN_END)
        check_gaps(text, &context, &reading);
    check_digest(text, &context, &reading, 4096);
    check_digest(text, &context, NULL, data[0]);
    return 0;
}
