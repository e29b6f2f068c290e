/* TypeScript's declarations; see ts_parse.h. ECMAScript specification, "ECMAScript Language:
 * Expressions"; TypeScript handbook, "Types".
 */
#include "sources/ts_parse.h"

#include <string.h>

#define NESTING_MAX 120

struct parser {
    struct orm *orm;
    struct sg_arena *arena;
    struct ts_tokens tokens;
    size_t at;
    int nesting;
    int conditions; /* inside the first half of a ? b : c */
    bool failed;
    struct ts_node nothing; /* when memory is out */
    struct ts_file *file;
};

static struct ts_node *parse_expression(struct parser *p);
static bool skip_type(struct parser *p);
static void parse_statement(struct parser *p, struct orm_list *out, bool is_top);

/* --- looking ------------------------------------------------------------------------------- */

static const struct ts_token *token_at(const struct parser *p, size_t index)
{
    return &p->tokens.items[index < p->tokens.count ? index : p->tokens.count - 1];
}

static const struct ts_token *now(const struct parser *p)
{
    return token_at(p, p->at);
}

static bool is_mark_at(const struct parser *p, size_t index, const char *mark)
{
    const struct ts_token *token = token_at(p, index);
    return token->kind == TS_TOKEN_MARK && sg_slice_equal(token->text, sg_slice_of(mark));
}

static bool is_word_at(const struct parser *p, size_t index, const char *word)
{
    const struct ts_token *token = token_at(p, index);
    return token->kind == TS_TOKEN_NAME && sg_slice_equal(token->text, sg_slice_of(word));
}

static bool is_mark(const struct parser *p, const char *mark)
{
    return is_mark_at(p, p->at, mark);
}

static bool is_word(const struct parser *p, const char *word)
{
    return is_word_at(p, p->at, word);
}

static void advance(struct parser *p)
{
    if (p->at + 1 < p->tokens.count)
        p->at++;
}

static bool take_mark(struct parser *p, const char *mark)
{
    if (!is_mark(p, mark))
        return false;
    advance(p);
    return true;
}

static bool take_word(struct parser *p, const char *word)
{
    if (!is_word(p, word))
        return false;
    advance(p);
    return true;
}

static bool expect(struct parser *p, const char *mark)
{
    if (!take_mark(p, mark))
        p->failed = true;
    return !p->failed;
}

static bool is_name(const struct parser *p)
{
    return now(p)->kind == TS_TOKEN_NAME;
}

static bool at_end(const struct parser *p)
{
    return now(p)->kind == TS_TOKEN_END;
}

/* Behind the bracket that opens here. */
static void jump(struct parser *p)
{
    size_t partner = now(p)->partner;
    if (partner > p->at)
        p->at = partner;
    /* a template with several ${} is a chain of brackets */
    while (now(p)->kind == TS_TOKEN_TEMPLATE && now(p)->opens && now(p)->partner > p->at)
        p->at = now(p)->partner;
    advance(p);
}

static bool opens_here(const struct parser *p)
{
    return now(p)->partner > p->at;
}

/* --- nodes --------------------------------------------------------------------------------- */

static struct ts_node *node_new(struct parser *p, enum ts_kind kind)
{
    struct ts_node *node = sg_arena_alloc(p->arena, sizeof *node);
    if (!node) {
        p->failed = true;
        p->nothing = (struct ts_node){.kind = TS_UNKNOWN};
        return &p->nothing;
    }
    node->kind = kind;
    node->line = now(p)->line;
    node->text = now(p)->text;
    return node;
}

static struct ts_node *node_of(struct parser *p, enum ts_kind kind, struct ts_node *left,
                               struct ts_node *right)
{
    struct ts_node *node = node_new(p, kind);
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

/* What stands between `from` and here is not understood. */
static struct ts_node *unknown_node(struct parser *p, size_t from, size_t wrong_at)
{
    p->failed = false;
    struct ts_node *node = node_new(p, TS_UNKNOWN);
    if (p->failed)
        return node;
    node->line = token_at(p, wrong_at)->line;
    node->text = token_at(p, wrong_at)->text;
    for (size_t i = from; i < p->at; i++)
        node->mentions_table |=
            token_at(p, i)->kind == TS_TOKEN_NAME && is_of_table(token_at(p, i)->text);
    return node;
}

static bool enter(struct parser *p)
{
    if (++p->nesting > NESTING_MAX)
        p->failed = true;
    return !p->failed;
}

/* --- types, which are stepped over --------------------------------------------------------- */

/* < … > of a type; back where it began when it is none. */
static bool skip_type_arguments(struct parser *p)
{
    size_t from = p->at;
    if (!take_mark(p, "<"))
        return false;
    while (!is_mark(p, ">")) {
        (void)take_word(p, "const");
        if (!skip_type(p) || (is_mark(p, "=") && (advance(p), !skip_type(p))) ||
            (!is_mark(p, ">") && !take_mark(p, ","))) {
            p->at = from;
            return false;
        }
    }
    advance(p);
    return true;
}

static bool skip_type_prefix(struct parser *p)
{
    static const char *const WORDS[] = {"keyof",  "readonly", "unique",   "infer",
                                        "typeof", "asserts",  "abstract", "new"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        const struct ts_token *next = token_at(p, p->at + 1);
        if (is_word(p, WORDS[i]) &&
            (next->kind == TS_TOKEN_NAME || next->kind == TS_TOKEN_STRING ||
             is_mark_at(p, p->at + 1, "(") || is_mark_at(p, p->at + 1, "[") ||
             is_mark_at(p, p->at + 1, "{"))) {
            advance(p);
            return true;
        }
    }
    return false;
}

static bool skip_type_name(struct parser *p)
{
    advance(p);
    while (is_mark(p, ".") || is_mark(p, "?.")) {
        advance(p);
        if (!is_name(p))
            return false;
        advance(p);
    }
    if (is_mark(p, "<"))
        return skip_type_arguments(p);
    if (is_mark(p, "(") && is_word_at(p, p->at - 1, "import")) {
        jump(p);
        while (take_mark(p, "."))
            advance(p);
        return !is_mark(p, "<") || skip_type_arguments(p);
    }
    return true;
}

static bool skip_type_atom(struct parser *p)
{
    while (skip_type_prefix(p))
        ;
    (void)take_mark(p, "-");
    if (is_mark(p, "<") && !skip_type_arguments(p))
        return false;
    if (is_mark(p, "(")) {
        jump(p);
        return !take_mark(p, "=>") || skip_type(p);
    }
    if (is_mark(p, "{") || is_mark(p, "[") || now(p)->kind == TS_TOKEN_TEMPLATE) {
        jump(p);
        return true;
    }
    if (now(p)->kind == TS_TOKEN_STRING || now(p)->kind == TS_TOKEN_NUMBER ||
        now(p)->kind == TS_TOKEN_BIGINT) {
        advance(p);
        return true;
    }
    return is_name(p) && skip_type_name(p);
}

static bool skip_type_body(struct parser *p)
{
    (void)(take_mark(p, "|") || take_mark(p, "&"));
    for (;;) {
        if (!skip_type_atom(p))
            return false;
        while (is_mark(p, "[") && !now(p)->after_newline)
            jump(p);
        if (is_word(p, "is") && !now(p)->after_newline) {
            advance(p);
            continue;
        }
        if (!take_mark(p, "|") && !take_mark(p, "&"))
            break;
    }
    if (!is_word(p, "extends") || now(p)->after_newline)
        return true;
    advance(p);
    if (!skip_type(p))
        return false;
    return !take_mark(p, "?") || (skip_type(p) && take_mark(p, ":") && skip_type(p));
}

static bool skip_type(struct parser *p)
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

/* ": type", where one stands. */
static bool skip_annotation(struct parser *p)
{
    (void)take_mark(p, "?");
    (void)take_mark(p, "!");
    if (take_mark(p, ":") && !skip_type(p))
        p->failed = true;
    return !p->failed;
}

/* --- patterns and functions ---------------------------------------------------------------- */

static struct ts_node *parse_pattern(struct parser *p);

/* key, key: pattern, [computed] is not one */
static struct ts_node *parse_pattern_property(struct parser *p)
{
    struct ts_node *property = node_new(p, TS_PROPERTY);
    if (take_mark(p, "...")) {
        property->kind = TS_SPREAD;
        property->left = parse_pattern(p);
        return property;
    }
    if (!is_name(p) && now(p)->kind != TS_TOKEN_STRING) {
        p->failed = true;
        return property;
    }
    property->right = node_new(p, TS_NAME);
    advance(p);
    if (take_mark(p, ":"))
        property->right = parse_pattern(p);
    else if (take_mark(p, "="))
        property->right->third = parse_expression(p);
    return property;
}

static struct ts_node *parse_pattern_items(struct parser *p, enum ts_kind kind, const char *end)
{
    struct ts_node *pattern = node_new(p, kind);
    advance(p);
    while (!p->failed && !take_mark(p, end)) {
        struct ts_node *item = kind == TS_OBJECT ? parse_pattern_property(p) : parse_pattern(p);
        (void)orm_push(p->arena, &pattern->items, item);
        if (!is_mark(p, end))
            (void)expect(p, ",");
    }
    return pattern;
}

/* Without a default. */
static struct ts_node *parse_binding(struct parser *p)
{
    struct ts_node *pattern;
    if (!enter(p)) {
        p->nesting--;
        return node_new(p, TS_UNKNOWN);
    }
    if (take_mark(p, "...")) {
        pattern = node_new(p, TS_SPREAD);
        pattern->left = parse_pattern(p);
    } else if (is_mark(p, "{")) {
        pattern = parse_pattern_items(p, TS_OBJECT, "}");
    } else if (is_mark(p, "[")) {
        pattern = parse_pattern_items(p, TS_ARRAY, "]");
    } else {
        pattern = node_new(p, TS_NAME);
        if (!is_name(p))
            p->failed = true;
        advance(p);
    }
    p->nesting--;
    (void)skip_annotation(p);
    return pattern;
}

static struct ts_node *parse_pattern(struct parser *p)
{
    struct ts_node *pattern = parse_binding(p);
    if (!p->failed && take_mark(p, "="))
        pattern->third = parse_expression(p);
    return pattern;
}

static void parse_block(struct parser *p, struct orm_list *out)
{
    if (!expect(p, "{"))
        return;
    while (!p->failed && !at_end(p) && !take_mark(p, "}"))
        parse_statement(p, out, false);
}

static struct ts_node *parse_body(struct parser *p)
{
    struct ts_node *body = node_new(p, TS_BLOCK);
    if (enter(p))
        parse_block(p, &body->items);
    p->nesting--;
    return body;
}

/* (parameters) [: type], at the bracket */
static void parse_parameters(struct parser *p, struct ts_node *function)
{
    if (!expect(p, "("))
        return;
    while (!p->failed && !take_mark(p, ")")) {
        (void)orm_push(p->arena, &function->items, parse_pattern(p));
        if (!is_mark(p, ")"))
            (void)expect(p, ",");
    }
    if (!p->failed && take_mark(p, ":") && !skip_type(p))
        p->failed = true;
}

/* name<types>(parameters): type { … }, behind the name */
static struct ts_node *parse_function_rest(struct parser *p)
{
    struct ts_node *function = node_new(p, TS_FUNCTION);
    if (is_mark(p, "<") && !skip_type_arguments(p))
        p->failed = true;
    parse_parameters(p, function);
    if (!p->failed)
        function->right = parse_body(p);
    return function;
}

static bool is_arrow(struct parser *p)
{
    size_t at = p->at;
    if (is_word(p, "async") && (is_mark_at(p, at + 1, "(") || is_mark_at(p, at + 2, "=>")))
        at++;
    if (token_at(p, at)->kind == TS_TOKEN_NAME)
        return is_mark_at(p, at + 1, "=>");
    if (!is_mark_at(p, at, "(") || token_at(p, at)->partner <= at)
        return false;
    size_t behind = token_at(p, at)->partner + 1;
    if (is_mark_at(p, behind, "=>"))
        return true;
    if (!is_mark_at(p, behind, ":") || p->conditions > 0)
        return false;
    size_t here = p->at;
    p->at = behind + 1;
    bool arrow = skip_type(p) && is_mark(p, "=>");
    p->at = here;
    return arrow && !p->failed;
}

static struct ts_node *parse_arrow(struct parser *p)
{
    struct ts_node *function = node_new(p, TS_FUNCTION);
    if (is_word(p, "async") && !is_mark_at(p, p->at + 1, "=>"))
        advance(p);
    if (is_name(p)) {
        (void)orm_push(p->arena, &function->items, node_new(p, TS_NAME));
        advance(p);
    } else {
        parse_parameters(p, function);
    }
    if (!p->failed && expect(p, "=>"))
        function->right = is_mark(p, "{") ? parse_body(p) : parse_expression(p);
    return function;
}

/* --- primaries ----------------------------------------------------------------------------- */

static struct ts_node *parse_template(struct parser *p)
{
    struct ts_node *node = node_new(p, TS_TEMPLATE);
    for (;;) {
        (void)orm_push(p->arena, &node->pieces, node_new(p, TS_STRING));
        bool more = now(p)->opens;
        advance(p);
        if (!more || p->failed)
            return node;
        (void)orm_push(p->arena, &node->items, parse_expression(p));
        if (p->failed || now(p)->kind != TS_TOKEN_TEMPLATE || !now(p)->continues) {
            p->failed = true;
            return node;
        }
    }
}

/* key: value, key, "key": value, [key]: value, key() { … }, ...value */
static struct ts_node *parse_property(struct parser *p)
{
    struct ts_node *property = node_new(p, TS_PROPERTY);
    if (take_mark(p, "...")) {
        property->kind = TS_SPREAD;
        property->left = parse_expression(p);
        return property;
    }
    if (is_word(p, "async") && token_at(p, p->at + 1)->kind == TS_TOKEN_NAME)
        advance(p);
    property->text = now(p)->text;
    if (take_mark(p, "[")) {
        property->left = parse_expression(p);
        (void)expect(p, "]");
    } else if (is_name(p) || now(p)->kind == TS_TOKEN_STRING || now(p)->kind == TS_TOKEN_NUMBER) {
        advance(p);
    } else {
        p->failed = true;
    }
    if (p->failed)
        return property;
    if (take_mark(p, ":")) {
        property->right = parse_expression(p);
    } else if (is_mark(p, "(") || is_mark(p, "<")) {
        property->right = parse_function_rest(p);
    } else if (!property->left && token_at(p, p->at - 1)->kind == TS_TOKEN_NAME) {
        property->right = node_new(p, TS_NAME);
        property->right->text = property->text;
        property->right->line = property->line;
    } else {
        p->failed = true;
    }
    return property;
}

static struct ts_node *parse_object(struct parser *p)
{
    struct ts_node *node = node_new(p, TS_OBJECT);
    advance(p);
    while (!p->failed && !take_mark(p, "}")) {
        (void)orm_push(p->arena, &node->items, parse_property(p));
        if (!p->failed && !is_mark(p, "}"))
            (void)expect(p, ",");
    }
    return node;
}

/* The items of an array or a call, behind the bracket. */
static void parse_items(struct parser *p, struct orm_list *items, const char *end)
{
    while (!p->failed && !take_mark(p, end)) {
        struct ts_node *item;
        if (is_mark(p, "...")) {
            item = node_new(p, TS_SPREAD);
            advance(p);
            item->left = parse_expression(p);
        } else {
            item = parse_expression(p);
        }
        (void)orm_push(p->arena, items, item);
        if (!p->failed && !is_mark(p, end))
            (void)expect(p, ",");
    }
}

static struct ts_node *parse_literal(struct parser *p)
{
    enum ts_kind kind = TS_UNKNOWN;
    switch (now(p)->kind) {
    case TS_TOKEN_STRING:
        kind = TS_STRING;
        break;
    case TS_TOKEN_NUMBER:
        kind = TS_NUMBER;
        break;
    case TS_TOKEN_BIGINT:
        kind = TS_BIGINT;
        break;
    case TS_TOKEN_REGEX:
        kind = TS_REGEX;
        break;
    case TS_TOKEN_NAME:
        kind = TS_NAME;
        break;
    case TS_TOKEN_TEMPLATE:
        return parse_template(p);
    case TS_TOKEN_END:
    case TS_TOKEN_MARK:
        p->failed = true;
        break;
    }
    struct ts_node *node = node_new(p, kind);
    if (!p->failed)
        advance(p);
    return node;
}

static struct ts_node *parse_postfix(struct parser *p, struct ts_node *node, bool calls);

static struct ts_node *parse_new(struct parser *p)
{
    struct ts_node *node = node_new(p, TS_NEW);
    advance(p);
    node->left = parse_postfix(p, parse_literal(p), false);
    if (is_mark(p, "<") && !skip_type_arguments(p))
        p->failed = true;
    if (!p->failed && take_mark(p, "("))
        parse_items(p, &node->items, ")");
    return node;
}

static struct ts_node *parse_primary(struct parser *p)
{
    struct ts_node *node;
    if (is_mark(p, "(")) {
        int conditions = p->conditions;
        p->conditions = 0;
        advance(p);
        node = parse_expression(p);
        p->conditions = conditions;
        if (!p->failed)
            (void)expect(p, ")");
        return node;
    }
    if (is_mark(p, "[")) {
        node = node_new(p, TS_ARRAY);
        advance(p);
        parse_items(p, &node->items, "]");
        return node;
    }
    if (is_mark(p, "{"))
        return parse_object(p);
    if (is_word(p, "function")) {
        advance(p);
        if (is_name(p))
            advance(p);
        return parse_function_rest(p);
    }
    if (is_word(p, "new"))
        return parse_new(p);
    if (is_word(p, "class") || is_word(p, "import") || is_word(p, "yield"))
        p->failed = true;
    return parse_literal(p);
}

/* --- operators ----------------------------------------------------------------------------- */

static struct ts_node *parse_call(struct parser *p, struct ts_node *callee)
{
    struct ts_node *node = node_of(p, TS_CALL, callee, NULL);
    int conditions = p->conditions;
    p->conditions = 0;
    advance(p);
    parse_items(p, &node->items, ")");
    p->conditions = conditions;
    return node;
}

static struct ts_node *parse_member(struct parser *p, struct ts_node *object, bool optional)
{
    struct ts_node *node = node_of(p, TS_MEMBER, object, NULL);
    if (p->failed)
        return node;
    node->line = now(p)->line;
    node->text = now(p)->text;
    node->optional = optional;
    if (!is_name(p))
        p->failed = true;
    advance(p);
    return node;
}

/* .name, [index], (arguments), <types>(arguments), `template`, ! */
static struct ts_node *parse_postfix(struct parser *p, struct ts_node *node, bool calls)
{
    while (!p->failed) {
        bool optional = is_mark(p, "?.");
        size_t here = p->at;
        if (optional && !is_mark_at(p, p->at + 1, "(") && !is_mark_at(p, p->at + 1, "[")) {
            advance(p);
            node = parse_member(p, node, true);
            continue;
        }
        if (optional)
            advance(p);
        if (take_mark(p, ".")) {
            node = parse_member(p, node, false);
        } else if (is_mark(p, "[")) {
            advance(p);
            struct ts_node *index = parse_expression(p);
            node = node_of(p, TS_INDEX, node, index);
            if (!p->failed)
                (void)expect(p, "]");
        } else if (calls && is_mark(p, "(")) {
            node = parse_call(p, node);
        } else if (calls && is_mark(p, "<") && skip_type_arguments(p)) {
            if (!is_mark(p, "(") && now(p)->kind != TS_TOKEN_TEMPLATE) {
                p->at = here;
                return node;
            }
        } else if (now(p)->kind == TS_TOKEN_TEMPLATE && !now(p)->continues) {
            struct ts_node *text = parse_template(p);
            node = node_of(p, TS_TAGGED, node, text);
        } else if (!is_mark(p, "!") || now(p)->after_newline) {
            return node;
        } else {
            advance(p);
        }
    }
    return node;
}

static struct ts_node *parse_unary(struct parser *p)
{
    static const char *const MARKS[] = {"-", "+", "!", "~"};
    static const char *const WORDS[] = {"typeof", "await", "void"};
    struct ts_node *node = NULL;
    if (!enter(p)) {
        p->nesting--;
        return node_new(p, TS_UNKNOWN);
    }
    for (size_t i = 0; !node && i < sizeof MARKS / sizeof MARKS[0]; i++) {
        if (is_mark(p, MARKS[i]))
            node = node_new(p, TS_UNARY);
    }
    for (size_t i = 0; !node && i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (is_word(p, WORDS[i]))
            node = node_new(p, TS_UNARY);
    }
    if (node) {
        advance(p);
        node->left = parse_unary(p);
    } else {
        node = parse_postfix(p, parse_primary(p), true);
    }
    /* as const, as Type, satisfies Type: no value of their own */
    while (!p->failed && (is_word(p, "as") || is_word(p, "satisfies")) && !now(p)->after_newline) {
        advance(p);
        if (!skip_type(p))
            p->failed = true;
    }
    p->nesting--;
    return node;
}

static int precedence_of(const struct parser *p)
{
    static const struct {
        const char *mark;
        int precedence;
    } OPERATORS[] = {{"??", 1}, {"||", 2}, {"&&", 3}, {"===", 4}, {"!==", 4},
                     {"==", 4}, {"!=", 4}, {"<", 5},  {">", 5},   {"<=", 5},
                     {"+", 6},  {"-", 6},  {"*", 7},  {"/", 7},   {"%", 7}};
    for (size_t i = 0; i < sizeof OPERATORS / sizeof OPERATORS[0]; i++) {
        if (is_mark(p, OPERATORS[i].mark))
            return OPERATORS[i].precedence;
    }
    return 0;
}

static struct ts_node *parse_binary(struct parser *p, int least)
{
    struct ts_node *left = parse_unary(p);
    for (int precedence = precedence_of(p); !p->failed && precedence >= least && precedence > 0;
         precedence = precedence_of(p)) {
        struct sg_slice operator= now(p)->text;
        advance(p);
        if (is_mark(p, "=")) /* >=: the two stand apart here */
            p->failed = true;
        struct ts_node *right = parse_binary(p, precedence + 1);
        left = node_of(p, TS_BINARY, left, right);
        if (!p->failed)
            left->text = operator;
    }
    return left;
}

static struct ts_node *parse_expression_inside(struct parser *p)
{
    if (is_arrow(p))
        return parse_arrow(p);
    if (is_mark(p, "<") && skip_type_arguments(p))
        return parse_arrow(p);
    struct ts_node *condition = parse_binary(p, 1);
    if (p->failed || !take_mark(p, "?"))
        return condition;
    struct ts_node *node = node_of(p, TS_CONDITIONAL, condition, NULL);
    p->conditions++;
    node->right = parse_expression(p);
    p->conditions--;
    if (!p->failed && expect(p, ":"))
        node->third = parse_expression(p);
    return node;
}

static struct ts_node *parse_expression(struct parser *p)
{
    struct ts_node *node;
    if (enter(p))
        node = parse_expression_inside(p);
    else
        node = node_new(p, TS_UNKNOWN);
    p->nesting--;
    return node;
}

/* --- statements ---------------------------------------------------------------------------- */

static bool begins_statement(const struct parser *p)
{
    static const char *const WORDS[] = {
        "import",    "export", "const", "let",     "var",   "function", "class",
        "interface", "type",   "enum",  "declare", "if",    "for",      "while",
        "return",    "throw",  "try",   "switch",  "async", "abstract", "namespace"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (is_word(p, WORDS[i]))
            return true;
    }
    return false;
}

/* To the end of the statement, whatever stands in it. */
static void skip_statement(struct parser *p)
{
    bool first = true;
    while (!at_end(p) && !is_mark(p, "}")) {
        if (!first && now(p)->after_newline && begins_statement(p))
            return;
        first = false;
        if (take_mark(p, ";"))
            return;
        if (opens_here(p))
            jump(p);
        else
            advance(p);
    }
}

/* An expression, or what could not be understood of it, up to the end of the statement. */
static struct ts_node *parse_value(struct parser *p)
{
    size_t from = p->at;
    int nesting = p->nesting;
    struct ts_node *value = parse_expression(p);
    bool ends = is_mark(p, ";") || is_mark(p, ",") || is_mark(p, "}") || is_mark(p, ")") ||
                at_end(p) || now(p)->after_newline;
    if (!p->failed && ends)
        return value;
    size_t wrong_at = p->at;
    p->failed = false;
    p->nesting = nesting;
    p->conditions = 0;
    p->at = from;
    skip_statement(p);
    return unknown_node(p, from, wrong_at);
}

static struct ts_node *declare(struct parser *p, struct orm_list *out, struct ts_node *pattern,
                               struct ts_node *value)
{
    struct ts_node *node = node_of(p, TS_DECLARE, pattern, value);
    (void)orm_push(p->arena, out, node);
    return node;
}

static void export_name(struct parser *p, struct sg_slice name)
{
    struct ts_export *item = sg_arena_alloc(p->arena, sizeof *item);
    if (!item)
        return;
    *item = (struct ts_export){.name = name, .as = name, .line = now(p)->line};
    (void)orm_push(p->arena, &p->file->exports, item);
}

static void export_pattern(struct parser *p, const struct ts_node *pattern)
{
    if (pattern->kind == TS_NAME)
        export_name(p, pattern->text);
    for (size_t i = 0; i < pattern->items.count; i++) {
        const struct ts_node *item = pattern->items.items[i];
        const struct ts_node *inner = item->kind == TS_PROPERTY ? item->right : item->left;
        if (inner && inner->kind == TS_NAME)
            export_name(p, inner->text);
    }
}

/* const a = 1, { b } = c; */
static void parse_declaration(struct parser *p, struct orm_list *out, bool exported)
{
    advance(p);
    do {
        struct ts_node *pattern = parse_binding(p);
        if (p->failed) {
            p->failed = false;
            skip_statement(p);
            return;
        }
        struct ts_node *value = take_mark(p, "=") ? parse_value(p) : unknown_node(p, p->at, p->at);
        if (exported)
            export_pattern(p, pattern);
        (void)declare(p, out, pattern, value);
    } while (take_mark(p, ","));
    (void)take_mark(p, ";");
}

static void parse_function(struct parser *p, struct orm_list *out, bool exported, bool is_default)
{
    (void)take_word(p, "async");
    advance(p);
    (void)take_mark(p, "*");
    struct ts_node *name = node_new(p, TS_NAME);
    if (is_name(p))
        advance(p);
    else
        name->text = SG_SLICE_EMPTY;
    size_t from = p->at;
    int nesting = p->nesting;
    struct ts_node *function = parse_function_rest(p);
    if (p->failed) {
        size_t wrong_at = p->at;
        p->failed = false;
        p->nesting = nesting;
        p->at = from;
        skip_statement(p);
        function = unknown_node(p, from, wrong_at);
    }
    if (exported && !is_default)
        export_name(p, name->text);
    if (is_default)
        name->text = SG_SLICE_LITERAL(TS_DEFAULT_NAME);
    (void)declare(p, out, name, function);
}

/* enum Name { A = 'a', B } */
static void parse_enum(struct parser *p, struct orm_list *out, bool exported)
{
    size_t from = p->at;
    (void)take_word(p, "const");
    advance(p);
    struct ts_node *name = node_new(p, TS_NAME);
    struct ts_node *node = node_new(p, TS_ENUM);
    advance(p);
    (void)expect(p, "{");
    while (!p->failed && !take_mark(p, "}")) {
        struct ts_node *member = node_new(p, TS_PROPERTY);
        if (!is_name(p) && now(p)->kind != TS_TOKEN_STRING)
            p->failed = true;
        advance(p);
        if (take_mark(p, "="))
            member->right = parse_expression(p);
        (void)orm_push(p->arena, &node->items, member);
        if (!p->failed && !is_mark(p, "}"))
            (void)expect(p, ",");
    }
    if (p->failed) {
        size_t wrong_at = p->at;
        p->at = from;
        skip_statement(p);
        node = unknown_node(p, from, wrong_at);
    }
    if (exported)
        export_name(p, name->text);
    (void)declare(p, out, name, node);
}

/* --- imports and exports ------------------------------------------------------------------- */

static void add_import(struct parser *p, struct sg_slice name, struct sg_slice local)
{
    struct ts_import *item = sg_arena_alloc(p->arena, sizeof *item);
    if (!item)
        return;
    *item = (struct ts_import){.name = name, .local = local, .line = now(p)->line};
    (void)orm_push(p->arena, &p->file->imports, item);
}

/* { a, b as c, type D } */
static void parse_specifiers(struct parser *p, void (*add)(struct parser *p, struct sg_slice name,
                                                           struct sg_slice as))
{
    advance(p);
    while (!at_end(p) && !take_mark(p, "}")) {
        bool is_type = is_word(p, "type") && token_at(p, p->at + 1)->kind == TS_TOKEN_NAME &&
                       !is_word_at(p, p->at + 1, "as");
        if (is_type)
            advance(p);
        struct sg_slice name = now(p)->text;
        struct sg_slice as = name;
        advance(p);
        if (take_word(p, "as")) {
            as = now(p)->text;
            advance(p);
        }
        if (!is_type)
            add(p, name, as);
        if (!take_mark(p, ",") && !is_mark(p, "}")) {
            p->failed = true;
            return;
        }
    }
}

static void parse_import(struct parser *p)
{
    size_t first = p->file->imports.count;
    advance(p);
    if (is_word(p, "type") && !is_word_at(p, p->at + 1, "from")) {
        skip_statement(p);
        return;
    }
    if (is_name(p)) {
        add_import(p, SG_SLICE_LITERAL(TS_DEFAULT_NAME), now(p)->text);
        advance(p);
        (void)take_mark(p, ",");
    }
    if (take_mark(p, "*")) {
        (void)take_word(p, "as");
        add_import(p, SG_SLICE_EMPTY, now(p)->text);
        advance(p);
    } else if (is_mark(p, "{")) {
        parse_specifiers(p, add_import);
    }
    (void)take_word(p, "from");
    struct sg_slice module = now(p)->kind == TS_TOKEN_STRING ? now(p)->text : SG_SLICE_EMPTY;
    for (size_t i = first; i < p->file->imports.count; i++)
        ((struct ts_import *)p->file->imports.items[i])->module = module;
    p->failed = false;
    skip_statement(p);
}

static void add_export(struct parser *p, struct sg_slice name, struct sg_slice as)
{
    export_name(p, name);
    if (p->file->exports.count)
        ((struct ts_export *)p->file->exports.items[p->file->exports.count - 1])->as = as;
}

/* export { a } [from 'x'], export * [as n] from 'x' */
static void parse_export_list(struct parser *p)
{
    size_t first = p->file->exports.count;
    if (take_mark(p, "*")) {
        struct sg_slice as = SG_SLICE_EMPTY;
        if (take_word(p, "as")) {
            as = now(p)->text;
            advance(p);
        }
        add_export(p, SG_SLICE_EMPTY, as);
    } else {
        parse_specifiers(p, add_export);
    }
    if (take_word(p, "from") && now(p)->kind == TS_TOKEN_STRING) {
        for (size_t i = first; i < p->file->exports.count; i++)
            ((struct ts_export *)p->file->exports.items[i])->module = now(p)->text;
    }
    p->failed = false;
    skip_statement(p);
}

static bool is_function_here(const struct parser *p)
{
    return is_word(p, "function") || (is_word(p, "async") && is_word_at(p, p->at + 1, "function"));
}

static bool is_enum_here(const struct parser *p)
{
    return (is_word(p, "enum") && token_at(p, p->at + 1)->kind == TS_TOKEN_NAME) ||
           (is_word(p, "const") && is_word_at(p, p->at + 1, "enum"));
}

static bool is_declaration_here(const struct parser *p)
{
    return is_word(p, "const") || is_word(p, "let") || is_word(p, "var");
}

static void parse_export(struct parser *p, struct orm_list *out)
{
    advance(p);
    if (take_word(p, "default")) {
        struct ts_node *name = node_new(p, TS_NAME);
        name->text = SG_SLICE_LITERAL(TS_DEFAULT_NAME);
        export_name(p, name->text);
        if (is_function_here(p)) {
            parse_function(p, out, true, true);
            return;
        }
        (void)declare(p, out, name, parse_value(p));
        (void)take_mark(p, ";");
    } else if (is_enum_here(p)) {
        parse_enum(p, out, true);
    } else if (is_declaration_here(p)) {
        parse_declaration(p, out, true);
    } else if (is_function_here(p)) {
        parse_function(p, out, true, false);
    } else if (is_mark(p, "{") || is_mark(p, "*")) {
        parse_export_list(p);
    } else { /* type, interface, class: no value that is a table */
        skip_statement(p);
    }
}

static void parse_if(struct parser *p, struct orm_list *out)
{
    struct ts_node *node = node_new(p, TS_IF);
    struct orm_list branch = {0};
    advance(p);
    if (!expect(p, "("))
        return;
    node->left = parse_expression(p);
    if (p->failed || !expect(p, ")"))
        return;
    node->right = node_new(p, TS_BLOCK);
    parse_statement(p, &node->right->items, false);
    if (!p->failed && take_word(p, "else")) {
        node->third = node_new(p, TS_BLOCK);
        parse_statement(p, &branch, false);
        node->third->items = branch;
    }
    (void)orm_push(p->arena, out, node);
}

static void parse_return(struct parser *p, struct orm_list *out)
{
    struct ts_node *node = node_new(p, TS_RETURN);
    advance(p);
    if (!is_mark(p, ";") && !is_mark(p, "}") && !now(p)->after_newline)
        node->left = parse_value(p);
    (void)take_mark(p, ";");
    (void)orm_push(p->arena, out, node);
}

/* Anything else: loops, try, calls for their effect. */
static void parse_other(struct parser *p, struct orm_list *out)
{
    struct ts_node *node = node_new(p, TS_STATEMENT);
    bool is_loop = is_word(p, "for") || is_word(p, "while") || is_word(p, "do") ||
                   is_word(p, "switch") || is_word(p, "try") || is_word(p, "throw");
    size_t from = p->at;
    skip_statement(p);
    if (p->at == from)
        advance(p);
    if (is_loop) {
        node->left = unknown_node(p, from, from);
        (void)orm_push(p->arena, out, node);
    }
}

static void parse_inner_statement(struct parser *p, struct orm_list *out, bool is_top)
{
    if (take_mark(p, ";"))
        return;
    if (is_enum_here(p))
        parse_enum(p, out, false);
    else if (is_declaration_here(p))
        parse_declaration(p, out, false);
    else if (is_function_here(p))
        parse_function(p, out, false, false);
    else if (!is_top && is_word(p, "return"))
        parse_return(p, out);
    else if (!is_top && is_word(p, "if"))
        parse_if(p, out);
    else if (!is_top && is_mark(p, "{"))
        parse_block(p, out);
    else
        parse_other(p, out);
}

static void parse_statement(struct parser *p, struct orm_list *out, bool is_top)
{
    if (!enter(p)) {
        p->nesting--;
        return;
    }
    if (is_top && is_word(p, "import") && !is_mark_at(p, p->at + 1, "(") &&
        !is_mark_at(p, p->at + 1, "."))
        parse_import(p);
    else if (is_top && is_word(p, "export"))
        parse_export(p, out);
    else
        parse_inner_statement(p, out, is_top);
    p->nesting--;
}

void ts_parse(struct orm *orm, struct sg_slice text, const char *name, struct ts_file *out)
{
    struct parser p = {.orm = orm, .arena = orm->arena, .file = out};
    *out = (struct ts_file){.name = name};
    ts_lex(orm->arena, text, &p.tokens);
    if (p.tokens.wrong || p.tokens.count == 0) {
        orm_problem(orm, (struct orm_place){name, p.tokens.wrong_line}, "not understood: %s",
                    p.tokens.wrong ? p.tokens.wrong : "needs more memory than allowed");
        return;
    }
    while (!at_end(&p) && !orm->arena->exhausted) {
        size_t from = p.at;
        parse_statement(&p, &out->declared, true);
        if (p.failed)
            skip_statement(&p);
        if (p.at == from) /* a closing bracket that opens nothing here */
            advance(&p);
        p.failed = false;
        p.nesting = 0;
        p.conditions = 0;
    }
    if (orm->arena->exhausted)
        *out = (struct ts_file){.name = name};
}
