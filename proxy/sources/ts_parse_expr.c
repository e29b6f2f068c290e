/* TypeScript's expressions, patterns and functions; see ts_parse_private.h. ECMAScript
 * specification, "ECMAScript Language: Expressions", "… Functions and Classes".
 */
#include "sources/ts_parse_private.h"

#include <string.h>

/* --- patterns and functions ---------------------------------------------------------------- */

static struct ts_node *parse_pattern(struct ts_parser *p);

/* key, key: pattern, [computed] is not one */
static struct ts_node *parse_pattern_property(struct ts_parser *p)
{
    struct ts_node *property = ts_node_new(p, TS_PROPERTY);
    if (ts_take_mark(p, "...")) {
        property->kind = TS_SPREAD;
        property->left = parse_pattern(p);
        return property;
    }
    if (!ts_is_name(p) && ts_token_now(p)->kind != TS_TOKEN_STRING) {
        p->failed = true;
        return property;
    }
    property->right = ts_node_new(p, TS_NAME);
    ts_advance(p);
    if (ts_take_mark(p, ":"))
        property->right = parse_pattern(p);
    else if (ts_take_mark(p, "="))
        property->right->third = ts_parse_expression(p);
    return property;
}

static struct ts_node *parse_pattern_items(struct ts_parser *p, enum ts_kind kind, const char *end)
{
    struct ts_node *pattern = ts_node_new(p, kind);
    ts_advance(p);
    while (!p->failed && !ts_take_mark(p, end)) {
        struct ts_node *item = kind == TS_OBJECT ? parse_pattern_property(p) : parse_pattern(p);
        (void)orm_push(p->arena, &pattern->items, item);
        if (!ts_is_mark(p, end))
            (void)ts_expect(p, ",");
    }
    return pattern;
}

struct ts_node *ts_parse_binding(struct ts_parser *p)
{
    struct ts_node *pattern;
    if (!ts_nest(p)) {
        p->nesting--;
        return ts_node_new(p, TS_UNKNOWN);
    }
    if (ts_take_mark(p, "...")) {
        pattern = ts_node_new(p, TS_SPREAD);
        pattern->left = parse_pattern(p);
    } else if (ts_is_mark(p, "{")) {
        pattern = parse_pattern_items(p, TS_OBJECT, "}");
    } else if (ts_is_mark(p, "[")) {
        pattern = parse_pattern_items(p, TS_ARRAY, "]");
    } else {
        pattern = ts_node_new(p, TS_NAME);
        if (!ts_is_name(p))
            p->failed = true;
        ts_advance(p);
    }
    p->nesting--;
    (void)ts_skip_annotation(p);
    return pattern;
}

static struct ts_node *parse_pattern(struct ts_parser *p)
{
    struct ts_node *pattern = ts_parse_binding(p);
    if (!p->failed && ts_take_mark(p, "="))
        pattern->third = ts_parse_expression(p);
    return pattern;
}

void ts_parse_block(struct ts_parser *p, struct orm_list *out)
{
    if (!ts_expect(p, "{"))
        return;
    while (!p->failed && !ts_at_end(p) && !ts_take_mark(p, "}"))
        ts_parse_statement(p, out, false);
}

static struct ts_node *parse_body(struct ts_parser *p)
{
    struct ts_node *body = ts_node_new(p, TS_BLOCK);
    if (ts_nest(p))
        ts_parse_block(p, &body->items);
    p->nesting--;
    return body;
}

/* (parameters) [: type], at the bracket */
static void parse_parameters(struct ts_parser *p, struct ts_node *function)
{
    if (!ts_expect(p, "("))
        return;
    while (!p->failed && !ts_take_mark(p, ")")) {
        (void)orm_push(p->arena, &function->items, parse_pattern(p));
        if (!ts_is_mark(p, ")"))
            (void)ts_expect(p, ",");
    }
    if (!p->failed && ts_take_mark(p, ":") && !ts_skip_type(p))
        p->failed = true;
}

struct ts_node *ts_parse_function_rest(struct ts_parser *p)
{
    struct ts_node *function = ts_node_new(p, TS_FUNCTION);
    if (ts_is_mark(p, "<") && !ts_skip_type_arguments(p))
        p->failed = true;
    parse_parameters(p, function);
    if (!p->failed)
        function->right = parse_body(p);
    return function;
}

static bool is_arrow(struct ts_parser *p)
{
    size_t at = p->at;
    if (ts_is_word(p, "async") && (ts_is_mark_at(p, at + 1, "(") || ts_is_mark_at(p, at + 2, "=>")))
        at++;
    if (ts_token_at(p, at)->kind == TS_TOKEN_NAME)
        return ts_is_mark_at(p, at + 1, "=>");
    if (!ts_is_mark_at(p, at, "(") || ts_token_at(p, at)->partner <= at)
        return false;
    size_t behind = ts_token_at(p, at)->partner + 1;
    if (ts_is_mark_at(p, behind, "=>"))
        return true;
    if (!ts_is_mark_at(p, behind, ":") || p->conditions > 0)
        return false;
    size_t here = p->at;
    p->at = behind + 1;
    bool arrow = ts_skip_type(p) && ts_is_mark(p, "=>");
    p->at = here;
    return arrow && !p->failed;
}

static struct ts_node *parse_arrow(struct ts_parser *p)
{
    struct ts_node *function = ts_node_new(p, TS_FUNCTION);
    if (ts_is_word(p, "async") && !ts_is_mark_at(p, p->at + 1, "=>"))
        ts_advance(p);
    if (ts_is_name(p)) {
        (void)orm_push(p->arena, &function->items, ts_node_new(p, TS_NAME));
        ts_advance(p);
    } else {
        parse_parameters(p, function);
    }
    if (!p->failed && ts_expect(p, "=>"))
        function->right = ts_is_mark(p, "{") ? parse_body(p) : ts_parse_expression(p);
    return function;
}

/* --- primaries ----------------------------------------------------------------------------- */

static struct ts_node *parse_template(struct ts_parser *p)
{
    struct ts_node *node = ts_node_new(p, TS_TEMPLATE);
    for (;;) {
        (void)orm_push(p->arena, &node->pieces, ts_node_new(p, TS_STRING));
        bool more = ts_token_now(p)->opens;
        ts_advance(p);
        if (!more || p->failed)
            return node;
        (void)orm_push(p->arena, &node->items, ts_parse_expression(p));
        if (p->failed || ts_token_now(p)->kind != TS_TOKEN_TEMPLATE ||
            !ts_token_now(p)->continues) {
            p->failed = true;
            return node;
        }
    }
}

/* key: value, key, "key": value, [key]: value, key() { … }, ...value */
static struct ts_node *parse_property(struct ts_parser *p)
{
    struct ts_node *property = ts_node_new(p, TS_PROPERTY);
    if (ts_take_mark(p, "...")) {
        property->kind = TS_SPREAD;
        property->left = ts_parse_expression(p);
        return property;
    }
    if (ts_is_word(p, "async") && ts_token_at(p, p->at + 1)->kind == TS_TOKEN_NAME)
        ts_advance(p);
    property->text = ts_token_now(p)->text;
    if (ts_take_mark(p, "[")) {
        property->left = ts_parse_expression(p);
        (void)ts_expect(p, "]");
    } else if (ts_is_name(p) || ts_token_now(p)->kind == TS_TOKEN_STRING ||
               ts_token_now(p)->kind == TS_TOKEN_NUMBER) {
        ts_advance(p);
    } else {
        p->failed = true;
    }
    if (p->failed)
        return property;
    if (ts_take_mark(p, ":")) {
        property->right = ts_parse_expression(p);
    } else if (ts_is_mark(p, "(") || ts_is_mark(p, "<")) {
        property->right = ts_parse_function_rest(p);
    } else if (!property->left && ts_token_at(p, p->at - 1)->kind == TS_TOKEN_NAME) {
        property->right = ts_node_new(p, TS_NAME);
        property->right->text = property->text;
        property->right->line = property->line;
    } else {
        p->failed = true;
    }
    return property;
}

static struct ts_node *parse_object(struct ts_parser *p)
{
    struct ts_node *node = ts_node_new(p, TS_OBJECT);
    ts_advance(p);
    while (!p->failed && !ts_take_mark(p, "}")) {
        (void)orm_push(p->arena, &node->items, parse_property(p));
        if (!p->failed && !ts_is_mark(p, "}"))
            (void)ts_expect(p, ",");
    }
    return node;
}

/* The items of an array or a call, behind the bracket. */
static void parse_items(struct ts_parser *p, struct orm_list *items, const char *end)
{
    while (!p->failed && !ts_take_mark(p, end)) {
        struct ts_node *item;
        if (ts_is_mark(p, "...")) {
            item = ts_node_new(p, TS_SPREAD);
            ts_advance(p);
            item->left = ts_parse_expression(p);
        } else {
            item = ts_parse_expression(p);
        }
        (void)orm_push(p->arena, items, item);
        if (!p->failed && !ts_is_mark(p, end))
            (void)ts_expect(p, ",");
    }
}

static struct ts_node *parse_literal(struct ts_parser *p)
{
    enum ts_kind kind = TS_UNKNOWN;
    switch (ts_token_now(p)->kind) {
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
    struct ts_node *node = ts_node_new(p, kind);
    if (!p->failed)
        ts_advance(p);
    return node;
}

static struct ts_node *parse_postfix(struct ts_parser *p, struct ts_node *node, bool calls);

static struct ts_node *parse_new(struct ts_parser *p)
{
    struct ts_node *node = ts_node_new(p, TS_NEW);
    ts_advance(p);
    node->left = parse_postfix(p, parse_literal(p), false);
    if (ts_is_mark(p, "<") && !ts_skip_type_arguments(p))
        p->failed = true;
    if (!p->failed && ts_take_mark(p, "("))
        parse_items(p, &node->items, ")");
    return node;
}

static struct ts_node *parse_primary(struct ts_parser *p)
{
    struct ts_node *node;
    if (ts_is_mark(p, "(")) {
        int conditions = p->conditions;
        p->conditions = 0;
        ts_advance(p);
        node = ts_parse_expression(p);
        p->conditions = conditions;
        if (!p->failed)
            (void)ts_expect(p, ")");
        return node;
    }
    if (ts_is_mark(p, "[")) {
        node = ts_node_new(p, TS_ARRAY);
        ts_advance(p);
        parse_items(p, &node->items, "]");
        return node;
    }
    if (ts_is_mark(p, "{"))
        return parse_object(p);
    if (ts_is_word(p, "function")) {
        ts_advance(p);
        if (ts_is_name(p))
            ts_advance(p);
        return ts_parse_function_rest(p);
    }
    if (ts_is_word(p, "new"))
        return parse_new(p);
    if (ts_is_word(p, "class") || ts_is_word(p, "import") || ts_is_word(p, "yield"))
        p->failed = true;
    return parse_literal(p);
}

/* --- operators ----------------------------------------------------------------------------- */

static struct ts_node *parse_call(struct ts_parser *p, struct ts_node *callee)
{
    struct ts_node *node = ts_node_of(p, TS_CALL, callee, NULL);
    int conditions = p->conditions;
    p->conditions = 0;
    ts_advance(p);
    parse_items(p, &node->items, ")");
    p->conditions = conditions;
    return node;
}

static struct ts_node *parse_member(struct ts_parser *p, struct ts_node *object, bool optional)
{
    struct ts_node *node = ts_node_of(p, TS_MEMBER, object, NULL);
    if (p->failed)
        return node;
    node->line = ts_token_now(p)->line;
    node->text = ts_token_now(p)->text;
    node->optional = optional;
    if (!ts_is_name(p))
        p->failed = true;
    ts_advance(p);
    return node;
}

/* .name, [index], (arguments), <types>(arguments), `template`, ! */
static struct ts_node *parse_postfix(struct ts_parser *p, struct ts_node *node, bool calls)
{
    while (!p->failed) {
        bool optional = ts_is_mark(p, "?.");
        size_t here = p->at;
        if (optional && !ts_is_mark_at(p, p->at + 1, "(") && !ts_is_mark_at(p, p->at + 1, "[")) {
            ts_advance(p);
            node = parse_member(p, node, true);
            continue;
        }
        if (optional)
            ts_advance(p);
        if (ts_take_mark(p, ".")) {
            node = parse_member(p, node, false);
        } else if (ts_is_mark(p, "[")) {
            ts_advance(p);
            struct ts_node *index = ts_parse_expression(p);
            node = ts_node_of(p, TS_INDEX, node, index);
            if (!p->failed)
                (void)ts_expect(p, "]");
        } else if (calls && ts_is_mark(p, "(")) {
            node = parse_call(p, node);
        } else if (calls && ts_is_mark(p, "<") && ts_skip_type_arguments(p)) {
            if (!ts_is_mark(p, "(") && ts_token_now(p)->kind != TS_TOKEN_TEMPLATE) {
                p->at = here;
                return node;
            }
        } else if (ts_token_now(p)->kind == TS_TOKEN_TEMPLATE && !ts_token_now(p)->continues) {
            struct ts_node *text = parse_template(p);
            node = ts_node_of(p, TS_TAGGED, node, text);
        } else if (!ts_is_mark(p, "!") || ts_token_now(p)->after_newline) {
            return node;
        } else {
            ts_advance(p);
        }
    }
    return node;
}

static struct ts_node *parse_unary(struct ts_parser *p)
{
    static const char *const MARKS[] = {"-", "+", "!", "~"};
    static const char *const WORDS[] = {"typeof", "await", "void"};
    struct ts_node *node = NULL;
    if (!ts_nest(p)) {
        p->nesting--;
        return ts_node_new(p, TS_UNKNOWN);
    }
    for (size_t i = 0; !node && i < sizeof MARKS / sizeof MARKS[0]; i++) {
        if (ts_is_mark(p, MARKS[i]))
            node = ts_node_new(p, TS_UNARY);
    }
    for (size_t i = 0; !node && i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (ts_is_word(p, WORDS[i]))
            node = ts_node_new(p, TS_UNARY);
    }
    if (node) {
        ts_advance(p);
        node->left = parse_unary(p);
    } else {
        node = parse_postfix(p, parse_primary(p), true);
    }
    /* as const, as Type, satisfies Type: no value of their own */
    while (!p->failed && (ts_is_word(p, "as") || ts_is_word(p, "satisfies")) &&
           !ts_token_now(p)->after_newline) {
        ts_advance(p);
        if (!ts_skip_type(p))
            p->failed = true;
    }
    p->nesting--;
    return node;
}

static int precedence_of(const struct ts_parser *p)
{
    static const struct {
        const char *mark;
        int precedence;
    } OPERATORS[] = {{"??", 1}, {"||", 2}, {"&&", 3}, {"===", 4}, {"!==", 4},
                     {"==", 4}, {"!=", 4}, {"<", 5},  {">", 5},   {"<=", 5},
                     {"+", 6},  {"-", 6},  {"*", 7},  {"/", 7},   {"%", 7}};
    for (size_t i = 0; i < sizeof OPERATORS / sizeof OPERATORS[0]; i++) {
        if (ts_is_mark(p, OPERATORS[i].mark))
            return OPERATORS[i].precedence;
    }
    return 0;
}

static struct ts_node *parse_binary(struct ts_parser *p, int least)
{
    struct ts_node *left = parse_unary(p);
    for (int precedence = precedence_of(p); !p->failed && precedence >= least && precedence > 0;
         precedence = precedence_of(p)) {
        struct sg_slice operator= ts_token_now(p)->text;
        ts_advance(p);
        if (ts_is_mark(p, "=")) /* >=: the two stand apart here */
            p->failed = true;
        struct ts_node *right = parse_binary(p, precedence + 1);
        left = ts_node_of(p, TS_BINARY, left, right);
        if (!p->failed)
            left->text = operator;
    }
    return left;
}

static struct ts_node *parse_expression_inside(struct ts_parser *p)
{
    if (is_arrow(p))
        return parse_arrow(p);
    if (ts_is_mark(p, "<") && ts_skip_type_arguments(p))
        return parse_arrow(p);
    struct ts_node *condition = parse_binary(p, 1);
    if (p->failed || !ts_take_mark(p, "?"))
        return condition;
    struct ts_node *node = ts_node_of(p, TS_CONDITIONAL, condition, NULL);
    p->conditions++;
    node->right = ts_parse_expression(p);
    p->conditions--;
    if (!p->failed && ts_expect(p, ":"))
        node->third = ts_parse_expression(p);
    return node;
}

struct ts_node *ts_parse_expression(struct ts_parser *p)
{
    struct ts_node *node;
    if (ts_nest(p))
        node = parse_expression_inside(p);
    else
        node = ts_node_new(p, TS_UNKNOWN);
    p->nesting--;
    return node;
}
