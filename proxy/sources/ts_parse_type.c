/* What all of the parser looks at tokens and makes nodes with; and types, which are stepped over;
 * see ts_parse_private.h. TypeScript handbook, "Types".
 */
#include "sources/ts_parse_private.h"

#include <string.h>

#define NESTING_MAX 120

/* --- looking ------------------------------------------------------------------------------- */

const struct ts_token *ts_token_at(const struct ts_parser *p, size_t index)
{
    return &p->tokens.items[index < p->tokens.count ? index : p->tokens.count - 1];
}

const struct ts_token *ts_token_now(const struct ts_parser *p)
{
    return ts_token_at(p, p->at);
}

bool ts_is_mark_at(const struct ts_parser *p, size_t index, const char *mark)
{
    const struct ts_token *token = ts_token_at(p, index);
    return token->kind == TS_TOKEN_MARK && sg_slice_equal(token->text, sg_slice_of(mark));
}

bool ts_is_word_at(const struct ts_parser *p, size_t index, const char *word)
{
    const struct ts_token *token = ts_token_at(p, index);
    return token->kind == TS_TOKEN_NAME && sg_slice_equal(token->text, sg_slice_of(word));
}

bool ts_is_mark(const struct ts_parser *p, const char *mark)
{
    return ts_is_mark_at(p, p->at, mark);
}

bool ts_is_word(const struct ts_parser *p, const char *word)
{
    return ts_is_word_at(p, p->at, word);
}

void ts_advance(struct ts_parser *p)
{
    if (p->at + 1 < p->tokens.count)
        p->at++;
}

bool ts_take_mark(struct ts_parser *p, const char *mark)
{
    if (!ts_is_mark(p, mark))
        return false;
    ts_advance(p);
    return true;
}

bool ts_take_word(struct ts_parser *p, const char *word)
{
    if (!ts_is_word(p, word))
        return false;
    ts_advance(p);
    return true;
}

bool ts_expect(struct ts_parser *p, const char *mark)
{
    if (!ts_take_mark(p, mark))
        p->failed = true;
    return !p->failed;
}

bool ts_is_name(const struct ts_parser *p)
{
    return ts_token_now(p)->kind == TS_TOKEN_NAME;
}

bool ts_at_end(const struct ts_parser *p)
{
    return ts_token_now(p)->kind == TS_TOKEN_END;
}

void ts_jump(struct ts_parser *p)
{
    size_t partner = ts_token_now(p)->partner;
    if (partner > p->at)
        p->at = partner;
    /* a template with several ${} is a chain of brackets */
    while (ts_token_now(p)->kind == TS_TOKEN_TEMPLATE && ts_token_now(p)->opens &&
           ts_token_now(p)->partner > p->at)
        p->at = ts_token_now(p)->partner;
    ts_advance(p);
}

bool ts_opens_here(const struct ts_parser *p)
{
    return ts_token_now(p)->partner > p->at;
}

/* --- nodes --------------------------------------------------------------------------------- */

struct ts_node *ts_node_new(struct ts_parser *p, enum ts_kind kind)
{
    struct ts_node *node = sg_arena_alloc(p->arena, sizeof *node);
    if (!node) {
        p->failed = true;
        p->nothing = (struct ts_node){.kind = TS_UNKNOWN};
        return &p->nothing;
    }
    node->kind = kind;
    node->line = ts_token_now(p)->line;
    node->text = ts_token_now(p)->text;
    return node;
}

struct ts_node *ts_node_of(struct ts_parser *p, enum ts_kind kind, struct ts_node *left,
                           struct ts_node *right)
{
    struct ts_node *node = ts_node_new(p, kind);
    if (p->failed)
        return node;
    node->line = left ? left->line : node->line;
    node->left = left;
    node->right = right;
    return node;
}

static bool is_of_table(struct sg_slice name)
{
    for (size_t i = 0; i + 5 <= name.size; i++) {
        if (memcmp(name.data + i, "Table", 5) == 0)
            return true;
    }
    return name.size == 5 && memcmp(name.data, "table", 5) == 0;
}

struct ts_node *ts_unknown_node(struct ts_parser *p, size_t from, size_t wrong_at)
{
    p->failed = false;
    struct ts_node *node = ts_node_new(p, TS_UNKNOWN);
    if (p->failed)
        return node;
    node->line = ts_token_at(p, wrong_at)->line;
    node->text = ts_token_at(p, wrong_at)->text;
    for (size_t i = from; i < p->at; i++)
        node->mentions_table |=
            ts_token_at(p, i)->kind == TS_TOKEN_NAME && is_of_table(ts_token_at(p, i)->text);
    return node;
}

bool ts_nest(struct ts_parser *p)
{
    if (++p->nesting > NESTING_MAX)
        p->failed = true;
    return !p->failed;
}

/* --- types, which are stepped over --------------------------------------------------------- */

bool ts_skip_type_arguments(struct ts_parser *p)
{
    size_t from = p->at;
    if (!ts_take_mark(p, "<"))
        return false;
    while (!ts_is_mark(p, ">")) {
        (void)ts_take_word(p, "const");
        if (!ts_skip_type(p) || (ts_is_mark(p, "=") && (ts_advance(p), !ts_skip_type(p))) ||
            (!ts_is_mark(p, ">") && !ts_take_mark(p, ","))) {
            p->at = from;
            return false;
        }
    }
    ts_advance(p);
    return true;
}

static bool skip_type_prefix(struct ts_parser *p)
{
    static const char *const WORDS[] = {"keyof",  "readonly", "unique",   "infer",
                                        "typeof", "asserts",  "abstract", "new"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        const struct ts_token *next = ts_token_at(p, p->at + 1);
        if (ts_is_word(p, WORDS[i]) &&
            (next->kind == TS_TOKEN_NAME || next->kind == TS_TOKEN_STRING ||
             ts_is_mark_at(p, p->at + 1, "(") || ts_is_mark_at(p, p->at + 1, "[") ||
             ts_is_mark_at(p, p->at + 1, "{"))) {
            ts_advance(p);
            return true;
        }
    }
    return false;
}

static bool skip_type_name(struct ts_parser *p)
{
    ts_advance(p);
    while (ts_is_mark(p, ".") || ts_is_mark(p, "?.")) {
        ts_advance(p);
        if (!ts_is_name(p))
            return false;
        ts_advance(p);
    }
    if (ts_is_mark(p, "<"))
        return ts_skip_type_arguments(p);
    if (ts_is_mark(p, "(") && ts_is_word_at(p, p->at - 1, "import")) {
        ts_jump(p);
        while (ts_take_mark(p, "."))
            ts_advance(p);
        return !ts_is_mark(p, "<") || ts_skip_type_arguments(p);
    }
    return true;
}

static bool skip_type_atom(struct ts_parser *p)
{
    while (skip_type_prefix(p))
        ;
    (void)ts_take_mark(p, "-");
    if (ts_is_mark(p, "<") && !ts_skip_type_arguments(p))
        return false;
    if (ts_is_mark(p, "(")) {
        ts_jump(p);
        return !ts_take_mark(p, "=>") || ts_skip_type(p);
    }
    if (ts_is_mark(p, "{") || ts_is_mark(p, "[") || ts_token_now(p)->kind == TS_TOKEN_TEMPLATE) {
        ts_jump(p);
        return true;
    }
    if (ts_token_now(p)->kind == TS_TOKEN_STRING || ts_token_now(p)->kind == TS_TOKEN_NUMBER ||
        ts_token_now(p)->kind == TS_TOKEN_BIGINT) {
        ts_advance(p);
        return true;
    }
    return ts_is_name(p) && skip_type_name(p);
}

static bool skip_type_body(struct ts_parser *p)
{
    (void)(ts_take_mark(p, "|") || ts_take_mark(p, "&"));
    for (;;) {
        if (!skip_type_atom(p))
            return false;
        while (ts_is_mark(p, "[") && !ts_token_now(p)->after_newline)
            ts_jump(p);
        if (ts_is_word(p, "is") && !ts_token_now(p)->after_newline) {
            ts_advance(p);
            continue;
        }
        if (!ts_take_mark(p, "|") && !ts_take_mark(p, "&"))
            break;
    }
    if (!ts_is_word(p, "extends") || ts_token_now(p)->after_newline)
        return true;
    ts_advance(p);
    if (!ts_skip_type(p))
        return false;
    return !ts_take_mark(p, "?") || (ts_skip_type(p) && ts_take_mark(p, ":") && ts_skip_type(p));
}

bool ts_skip_type(struct ts_parser *p)
{
    if (++p->nesting > NESTING_MAX) {
        p->nesting--;
        p->failed = true;
        return false;
    }
    bool done = skip_type_body(p);
    p->nesting--;
    return done;
}

bool ts_skip_annotation(struct ts_parser *p)
{
    (void)ts_take_mark(p, "?");
    (void)ts_take_mark(p, "!");
    if (ts_take_mark(p, ":") && !ts_skip_type(p))
        p->failed = true;
    return !p->failed;
}
