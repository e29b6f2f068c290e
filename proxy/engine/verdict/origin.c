/* Whence a name came that the server refused and the text did not show; see <schemaguard/check.h>.
 *
 * Only tokens are looked at: what the parser does not understand has an origin, too.
 */
#include <schemaguard/check.h>

#include <string.h>

#include "schema/fold.h"
#include "sql/lex.h"

const char *sg_origin_name(enum sg_origin origin)
{
    static const char *const names[] = {
        [SG_ORIGIN_OTHER] = "other",
        [SG_ORIGIN_ROUTINE] = "routine",
        [SG_ORIGIN_VIEW] = "view",
        [SG_ORIGIN_DYNAMIC] = "dynamic",
    };
    return names[origin];
}

/* "Unknown column 'o.total' in 'field list'": total. Empty when nothing is quoted. */
static struct sg_slice name_in(struct sg_slice message)
{
    const char *start = message.size ? memchr(message.data, '\'', message.size) : NULL;
    const char *end;
    size_t size;

    if (!start++)
        return SG_SLICE_EMPTY;
    end = memchr(start, '\'', (size_t)(message.data + message.size - start));
    size = end ? (size_t)(end - start) : 0;
    for (size_t at = size; at > 0; at--)
        if (start[at - 1] == '.')
            return sg_slice_make(start + at, size - at);
    return sg_slice_make(start, size);
}

static enum sg_origin by_first_word(enum sg_word word)
{
    switch (word) {
    case SG_WORD_EXECUTE:
    case SG_WORD_PREPARE:
        return SG_ORIGIN_DYNAMIC;
    case SG_WORD_CREATE:
    case SG_WORD_ALTER:
    case SG_WORD_DROP:
    case SG_WORD_RENAME:
    case SG_WORD_TRUNCATE:
        return SG_ORIGIN_OTHER; /* runs nothing */
    default:
        return SG_ORIGIN_ROUTINE; /* a procedure; else a function or a trigger: nothing else runs */
    }
}

bool sg_has_qualified_star(struct sg_slice text, const struct sg_context *context)
{
    struct sg_lexer lexer;
    struct sg_token token;
    bool after_dot = false;

    sg_lex_init(&lexer, text, context);
    for (;;) {
        sg_lex_next(&lexer, &token);
        if (token.kind == SG_TOKEN_END || token.kind == SG_TOKEN_ERROR)
            return false;
        if (after_dot && token.kind == SG_TOKEN_STAR)
            return true;
        after_dot = token.kind == SG_TOKEN_DOT;
    }
}

static bool is_view(const struct sg_schema *schema, struct sg_slice database, struct sg_slice name)
{
    const struct sg_table *table;

    return schema && sg_schema_find_table(schema, database, name, &table) == SG_PRESENT &&
           sg_table_kind(table) == SG_TABLE_VIEW;
}

/* Reads on from the first token. True: `name` is one of the identifiers. */
static bool is_in_text(struct sg_slice name, struct sg_lexer *lexer, struct sg_token token,
                       const struct sg_context *context, const struct sg_schema *schema,
                       struct sg_arena *arena, bool *names_view)
{
    struct sg_slice qualifier = SG_SLICE_EMPTY; /* what stands before a dot */
    bool after_dot = false;

    for (; token.kind != SG_TOKEN_END && token.kind != SG_TOKEN_ERROR; sg_lex_next(lexer, &token)) {
        struct sg_slice value;
        if (token.kind == SG_TOKEN_DOT) {
            after_dot = true;
            continue;
        }
        if (sg_token_is_identifier(&token)) {
            value = sg_lex_value(lexer, &token, arena);
            if (sg_fold_equal(value, name))
                return true;
            *names_view |= is_view(schema, after_dot ? qualifier : context->database, value);
            qualifier = value;
        }
        after_dot = false;
    }
    return false;
}

enum sg_origin sg_origin_of_refusal(struct sg_slice text, const struct sg_context *context,
                                    const struct sg_schema *schema, struct sg_slice message,
                                    struct sg_arena *arena)
{
    struct sg_slice name = name_in(message);
    enum sg_origin origin;
    struct sg_lexer lexer;
    struct sg_token token;
    bool names_view = false;

    sg_lex_init(&lexer, text, context);
    do
        sg_lex_next(&lexer, &token);
    while (token.kind == SG_TOKEN_LEFT_PAREN);
    origin = by_first_word((enum sg_word)token.word);
    if (origin == SG_ORIGIN_DYNAMIC)
        return origin;
    if (name.size == 0 || token.kind == SG_TOKEN_END ||
        is_in_text(name, &lexer, token, context, schema, arena, &names_view))
        return SG_ORIGIN_OTHER;
    return names_view ? SG_ORIGIN_VIEW : origin;
}
