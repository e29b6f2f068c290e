/* Expressions, but for calls (parse_call.c).
 *
 * Precedence climbing over the levels of the manual's table. What the servers' grammars nest in
 * rules (expr, boolean_primary, predicate, bit_expr, simple_expr) are levels here; where the two
 * servers differ the flavour decides.
 *
 * MySQL manual, "Expressions", "Operator Precedence", "Literal Values", "User-Defined Variables";
 * MariaDB documentation, "Operator Precedence", "Identifier Names".
 */
#include "sql/parse.h"

/* From loose to tight. NOT and the unary operators are prefixes; the rest are binary. */
enum level {
    LEVEL_NONE,
    LEVEL_OR,
    LEVEL_XOR,
    LEVEL_AND,
    LEVEL_NOT,
    LEVEL_COMPARISON, /* = <=> < IS; MySQL: boolean_primary */
    LEVEL_PREDICATE,  /* IN, BETWEEN, LIKE, REGEXP, MEMBER OF; their operands are bit expressions */
    LEVEL_BIT_OR,
    LEVEL_BIT_AND,
    LEVEL_SHIFT,
    LEVEL_ADD,
    LEVEL_MULTIPLY,
    LEVEL_BIT_XOR,
    LEVEL_CONCAT, /* || under PIPES_AS_CONCAT */
    LEVEL_UNARY,
    LEVEL_COLLATE,
};

struct binary {
    uint8_t level;    /* LEVEL_NONE: no binary operator */
    uint8_t operator; /* enum sg_operator; SG_OP_NONE where the level has a function of its own */
};

static struct sg_expr *parse_level(struct sg_parser *p, enum level level);
static struct sg_expr *no_expression(struct sg_parser *p);
static struct sg_expr *parse_primary(struct sg_parser *p);

/* Operators spelled with signs. */
static const struct binary SIGNS[SG_TOKEN_KINDS] = {
    [SG_TOKEN_AND_AND] = {LEVEL_AND, SG_OP_AND},
    [SG_TOKEN_PIPE_PIPE] = {LEVEL_OR, SG_OP_OR},
    [SG_TOKEN_EQUAL] = {LEVEL_COMPARISON, SG_OP_EQUAL},
    [SG_TOKEN_NULL_SAFE_EQUAL] = {LEVEL_COMPARISON, SG_OP_NULL_SAFE_EQUAL},
    [SG_TOKEN_NOT_EQUAL] = {LEVEL_COMPARISON, SG_OP_NOT_EQUAL},
    [SG_TOKEN_LESS] = {LEVEL_COMPARISON, SG_OP_LESS},
    [SG_TOKEN_LESS_EQUAL] = {LEVEL_COMPARISON, SG_OP_LESS_EQUAL},
    [SG_TOKEN_GREATER] = {LEVEL_COMPARISON, SG_OP_GREATER},
    [SG_TOKEN_GREATER_EQUAL] = {LEVEL_COMPARISON, SG_OP_GREATER_EQUAL},
    [SG_TOKEN_PIPE] = {LEVEL_BIT_OR, SG_OP_BIT_OR},
    [SG_TOKEN_AMPERSAND] = {LEVEL_BIT_AND, SG_OP_BIT_AND},
    [SG_TOKEN_SHIFT_LEFT] = {LEVEL_SHIFT, SG_OP_SHIFT_LEFT},
    [SG_TOKEN_SHIFT_RIGHT] = {LEVEL_SHIFT, SG_OP_SHIFT_RIGHT},
    [SG_TOKEN_PLUS] = {LEVEL_ADD, SG_OP_ADD},
    [SG_TOKEN_MINUS] = {LEVEL_ADD, SG_OP_SUBTRACT},
    [SG_TOKEN_STAR] = {LEVEL_MULTIPLY, SG_OP_MULTIPLY},
    [SG_TOKEN_SLASH] = {LEVEL_MULTIPLY, SG_OP_DIVIDE},
    [SG_TOKEN_PERCENT] = {LEVEL_MULTIPLY, SG_OP_MODULO},
    [SG_TOKEN_CARET] = {LEVEL_BIT_XOR, SG_OP_BIT_XOR},
};

/* Operators spelled with words. */
static struct binary word_operator(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_AND:
        return (struct binary){LEVEL_AND, SG_OP_AND};
    case SG_WORD_OR:
        return (struct binary){LEVEL_OR, SG_OP_OR};
    case SG_WORD_XOR:
        return (struct binary){LEVEL_XOR, SG_OP_XOR};
    case SG_WORD_IS:
        return (struct binary){LEVEL_COMPARISON, SG_OP_NONE};
    case SG_WORD_NOT:
    case SG_WORD_IN:
    case SG_WORD_BETWEEN:
    case SG_WORD_LIKE:
    case SG_WORD_REGEXP:
        return (struct binary){LEVEL_PREDICATE, SG_OP_NONE};
    case SG_WORD_SOUNDS:
        return (struct binary){LEVEL_PREDICATE, SG_OP_NONE};
    case SG_WORD_MEMBER:
        return (struct binary){p->mariadb ? LEVEL_NONE : LEVEL_PREDICATE, SG_OP_NONE};
    case SG_WORD_DIV:
        return (struct binary){LEVEL_MULTIPLY, SG_OP_INTEGER_DIVIDE};
    case SG_WORD_MOD:
        return (struct binary){LEVEL_MULTIPLY, SG_OP_MODULO};
    case SG_WORD_COLLATE:
        return (struct binary){LEVEL_COLLATE, SG_OP_NONE};
    default:
        return (struct binary){LEVEL_NONE, SG_OP_NONE};
    }
}

static inline struct binary current_operator(const struct sg_parser *p)
{
    if (at(p, SG_TOKEN_IDENT))
        return p->token.word == SG_NO_WORD ? (struct binary){0} : word_operator(p);
    if (at(p, SG_TOKEN_PIPE_PIPE) && p->sql_mode & SG_MODE_PIPES_AS_CONCAT)
        return (struct binary){LEVEL_CONCAT, SG_OP_CONCAT};
    return SIGNS[p->token.kind];
}

static bool is_n_ary(uint8_t operator)
{
    return operator== SG_OP_AND || operator== SG_OP_OR || operator== SG_OP_XOR || operator==
        SG_OP_CONCAT ||
        operator== SG_OP_ADD;
}

static struct sg_expr *new_operator(struct sg_parser *p, enum sg_operator operator, uint32_t offset,
                                    struct sg_expr *first, struct sg_expr *second,
                                    struct sg_expr *third)
{
    struct sg_expr *expr = sg_expr_operation(p, SG_EXPR_OPERATOR, offset, first, second, third);
    expr->operator=(uint8_t) operator;
    return expr;
}

static struct sg_expr *negate(struct sg_expr *expr, bool negated)
{
    if (negated)
        expr->flags |= SG_EXPR_NEGATED;
    return expr;
}

/* --- what stands between parentheses -------------------------------------------------------- */

static struct sg_expr *new_subquery(struct sg_parser *p, enum sg_subquery_kind kind,
                                    uint32_t offset, struct sg_query *query)
{
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_SUBQUERY, offset);
    expr->subquery.kind = kind;
    expr->subquery.query = query;
    return expr;
}

static bool is_scalar_subquery(const struct sg_expr *expr)
{
    return expr->kind == SG_EXPR_SUBQUERY && expr->subquery.kind == SG_SUBQUERY_SCALAR;
}

struct parenthesised {
    struct sg_query *query; /* a query expression, or NULL and */
    struct sg_expr *list;   /* the expressions */
    struct sg_expr **tail;
    uint32_t count;
    uint32_t skipped;
};

static bool ends_value(const struct sg_token *token)
{
    return token->kind == SG_TOKEN_COMMA || token->kind == SG_TOKEN_RIGHT_PAREN;
}

/* A number or string that stands alone: nothing in it for names, so no node is made. */
static bool skip_literal(struct sg_parser *p)
{
    if ((at(p, SG_TOKEN_INTEGER) || at(p, SG_TOKEN_STRING) || at(p, SG_TOKEN_DECIMAL)) &&
        ends_value(sg_parse_peek(p))) {
        advance(p);
        return true;
    }
    return false;
}

static void read_list(struct sg_parser *p, struct parenthesised *in, bool skip_literals)
{
    do {
        if (skip_literals && skip_literal(p)) {
            in->skipped++;
            continue;
        }
        *in->tail = sg_parse_expr(p);
        in->tail = &(*in->tail)->next;
        in->count++;
    } while (take_comma(p) && !p->failed);
}

/* What follows a `(` that has been consumed: a query expression, or expressions. Whether
 * `((SELECT ...` is the one or the other shows only behind the inner parenthesis; what was read as
 * a scalar subquery until then becomes the first part of the query. */
static void read_parenthesised(struct sg_parser *p, struct parenthesised *in, bool skip_literals)
{
    *in = (struct parenthesised){0};
    in->tail = &in->list;
    if (sg_parse_at_query(p)) {
        in->query = sg_parse_query(p);
        return;
    }
    bool maybe_query = at(p, SG_TOKEN_LEFT_PAREN);
    uint32_t offset = p->token.offset;
    if (!maybe_query) {
        read_list(p, in, skip_literals);
        return;
    }
    struct sg_expr *first = sg_parse_expr(p);
    if (is_scalar_subquery(first) && sg_parse_at_query_tail(p)) {
        in->query = sg_parse_query_from(p, first->subquery.query, offset);
        return;
    }
    *in->tail = first;
    in->tail = &first->next;
    in->count = 1;
    if (take_comma(p))
        read_list(p, in, skip_literals);
}

/* (expr), (expr, expr ...), (query). MySQL manual, "Row Subqueries", "Expressions". */
static struct sg_expr *parse_parenthesised(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct parenthesised in;
    advance(p);
    read_parenthesised(p, &in, false);
    expect_close(p);
    if (in.query)
        return new_subquery(p, SG_SUBQUERY_SCALAR, offset, in.query);
    if (in.count == 1 && !p->failed) {
        if (in.list->parentheses < UINT8_MAX)
            in.list->parentheses++;
        return in.list;
    }
    struct sg_expr *row = sg_expr_operation(p, SG_EXPR_ROW, offset, in.list, NULL, NULL);
    row->operation.count = in.count;
    return row;
}

/* --- predicates ---------------------------------------------------------------------------- */

/* left [NOT] IN (query) | (expr, ...). MySQL manual, "Comparison Functions and Operators",
 * "Subqueries with ANY, IN, or SOME". */
static struct sg_expr *parse_in(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    struct parenthesised in;
    advance(p);
    expect_open(p);
    read_parenthesised(p, &in, true);
    expect_close(p);
    if (!in.query && in.count == 1 && in.skipped == 0 && !p->failed &&
        is_scalar_subquery(in.list)) /* IN ((SELECT ...)) */
        in.query = in.list->subquery.query;
    if (in.query) {
        struct sg_expr *expr = new_subquery(p, SG_SUBQUERY_IN, offset, in.query);
        expr->subquery.left = left;
        expr->operator= SG_OP_IN;
        return expr;
    }
    struct sg_expr *expr = new_operator(p, SG_OP_IN, offset, left, NULL, NULL);
    left->next = in.list;
    expr->operation.count = in.count + 1;
    expr->operation.skipped = in.skipped;
    return expr;
}

/* left [NOT] BETWEEN low AND high: low is a bit expression, high a predicate. */
static struct sg_expr *parse_between(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    advance(p);
    struct sg_expr *low = parse_level(p, LEVEL_BIT_OR);
    expect_word(p, SG_WORD_AND);
    struct sg_expr *high = parse_level(p, LEVEL_PREDICATE);
    return new_operator(p, SG_OP_BETWEEN, offset, left, low, high);
}

/* left [NOT] LIKE pattern [ESCAPE character]. MySQL manual, "String Comparison Functions and
 * Operators". MySQL's pattern is a simple expression, MariaDB's a bit expression. */
static struct sg_expr *parse_like(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    advance(p);
    struct sg_expr *pattern = parse_level(p, p->mariadb ? LEVEL_BIT_OR : LEVEL_CONCAT);
    struct sg_expr *escape = NULL;
    if (take_word(p, SG_WORD_ESCAPE))
        escape = parse_level(p, p->mariadb ? LEVEL_BIT_OR : LEVEL_CONCAT);
    return new_operator(p, SG_OP_LIKE, offset, left, pattern, escape);
}

/* left MEMBER [OF] (array). MySQL manual, "Functions That Search JSON Values". */
static struct sg_expr *parse_member(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    advance(p);
    take_word(p, SG_WORD_OF);
    expect_open(p);
    struct sg_expr *array = sg_parse_expr(p);
    expect_close(p);
    return new_operator(p, SG_OP_MEMBER_OF, offset, left, array, NULL);
}

/* The operators whose first word is NOT, IN, BETWEEN, LIKE, REGEXP, SOUNDS or MEMBER. */
static struct sg_expr *parse_predicate(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    bool negated = take_word(p, SG_WORD_NOT);
    switch (p->token.word) {
    case SG_WORD_IN:
        return negate(parse_in(p, left, offset), negated);
    case SG_WORD_BETWEEN:
        return negate(parse_between(p, left, offset), negated);
    case SG_WORD_LIKE:
        return negate(parse_like(p, left, offset), negated);
    case SG_WORD_REGEXP:
        advance(p);
        return negate(
            new_operator(p, SG_OP_REGEXP, offset, left, parse_level(p, LEVEL_BIT_OR), NULL),
            negated);
    case SG_WORD_SOUNDS:
        if (negated)
            break;
        advance(p);
        expect_word(p, SG_WORD_LIKE);
        return new_operator(p, SG_OP_SOUNDS_LIKE, offset, left, parse_level(p, LEVEL_BIT_OR), NULL);
    case SG_WORD_MEMBER:
        if (negated)
            break;
        return parse_member(p, left, offset);
    default:
        break;
    }
    fail_expected(p, "expected IN, BETWEEN, LIKE or REGEXP");
    return left;
}

/* left IS [NOT] NULL | TRUE | FALSE | UNKNOWN. MySQL manual, "Comparison Functions and Operators".
 */
static struct sg_expr *parse_is(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    advance(p);
    bool negated = take_word(p, SG_WORD_NOT);
    enum sg_operator operator= SG_OP_IS_TRUTH;
    if (take_word(p, SG_WORD_NULL)) {
        operator= SG_OP_IS_NULL;
    } else if (!take_word(p, SG_WORD_TRUE) && !take_word(p, SG_WORD_FALSE) &&
               !take_word(p, SG_WORD_UNKNOWN)) {
        fail_expected(p, "expected NULL, TRUE, FALSE or UNKNOWN");
    }
    return negate(new_operator(p, operator, offset, left, NULL, NULL), negated);
}

/* left op ANY|SOME|ALL (query): the word has been seen, `(` stands behind it. */
static struct sg_expr *parse_quantified(struct sg_parser *p, struct sg_expr *left, uint8_t operator,
                                        uint32_t offset)
{
    enum sg_subquery_kind kind = at_word(p, SG_WORD_ALL) ? SG_SUBQUERY_ALL : SG_SUBQUERY_ANY;
    advance(p);
    struct sg_query *query = sg_parse_query_in_parens(p);
    struct sg_expr *expr = new_subquery(p, kind, offset, query);
    expr->subquery.left = left;
    expr->operator= operator;
    return expr;
}

/* One binary operator behind `left`, with its right operand. */
static struct sg_expr *parse_tail(struct sg_parser *p, struct sg_expr *left, uint32_t offset,
                                  struct binary binary)
{
    switch (binary.level) {
    case LEVEL_COLLATE:
        advance(p);
        if (at_word(p, SG_WORD_DEFAULT))
            fail_expected(p, "expected a collation");
        sg_parse_charset_name(p);
        return sg_expr_operation(p, SG_EXPR_COLLATE, offset, left, NULL, NULL);
    case LEVEL_PREDICATE:
        return parse_predicate(p, left, offset);
    case LEVEL_COMPARISON:
        if (binary.operator== SG_OP_NONE)
            return parse_is(p, left, offset);
        advance(p);
        if ((at_word(p, SG_WORD_ANY) || at_word(p, SG_WORD_ALL)) && peek_is(p, SG_TOKEN_LEFT_PAREN))
            return parse_quantified(p, left, binary.operator, offset);
        break;
    default:
        advance(p);
        break;
    }
    struct sg_expr *right = parse_level(p, (enum level)(binary.level + 1));
    return new_operator(p, (enum sg_operator)binary.operator, offset, left, right, NULL);
}

/* Reads operators of `level` and tighter behind `left`, which began at `offset`. Chains of one
 * associative operator become one node, so that thousands of ORs are no depth. */
static struct sg_expr *parse_operators(struct sg_parser *p, struct sg_expr *left, uint32_t offset,
                                       enum level level)
{
    struct sg_expr *chain = NULL; /* `left`, when it may take further operands */
    struct sg_expr *last = NULL;  /* its last operand */
    for (;;) {
        struct binary binary = current_operator(p);
        if (binary.level < level || binary.level == LEVEL_NONE)
            return left;
        if (chain && chain->operator== binary.operator&& binary.operator!= SG_OP_NONE) {
            advance(p);
            last->next = parse_level(p, (enum level)(binary.level + 1));
            last = last->next;
            chain->operation.count++;
            close_expr(p, chain);
            continue;
        }
        struct sg_expr *first = left;
        left = parse_tail(p, first, offset, binary);
        sg_parse_wrapped(p);
        chain = is_n_ary(binary.operator) ? left : NULL;
        last = first->next;
    }
}

/* --- prefixes ------------------------------------------------------------------------------ */

static struct sg_expr *parse_prefix(struct sg_parser *p, enum sg_operator operator,
                                    enum level operand)
{
    uint32_t offset = p->token.offset;
    advance(p);
    struct sg_expr *inner = parse_level(p, operand);
    return new_operator(p, operator, offset, inner, NULL, NULL);
}

/* NOT is looser than comparisons, under HIGH_NOT_PRECEDENCE as tight as `!`. MySQL manual,
 * "Operator Precedence". */
static struct sg_expr *parse_not(struct sg_parser *p, enum level level)
{
    if (p->sql_mode & SG_MODE_HIGH_NOT_PRECEDENCE)
        return parse_prefix(p, SG_OP_NOT, LEVEL_UNARY);
    if (level > LEVEL_NOT && !p->mariadb)
        fail_expected(p, "expected an expression");
    return parse_prefix(p, SG_OP_NOT, LEVEL_NOT);
}

/* BINARY expr: a cast that MySQL writes like an operator. */
static struct sg_expr *parse_binary_cast(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    struct sg_expr *inner = parse_level(p, LEVEL_UNARY);
    return sg_expr_operation(p, SG_EXPR_CAST, offset, inner, NULL, NULL);
}

static struct sg_expr *parse_operand(struct sg_parser *p, enum level level)
{
    switch (p->token.kind) {
    case SG_TOKEN_MINUS:
        return parse_prefix(p, SG_OP_MINUS, LEVEL_UNARY);
    case SG_TOKEN_PLUS:
        return parse_prefix(p, SG_OP_PLUS, LEVEL_UNARY);
    case SG_TOKEN_TILDE:
        return parse_prefix(p, SG_OP_BIT_NOT, LEVEL_UNARY);
    case SG_TOKEN_BANG:
        return parse_prefix(p, SG_OP_NOT, LEVEL_UNARY);
    case SG_TOKEN_IDENT:
        if (at_word(p, SG_WORD_NOT))
            return parse_not(p, level);
        if (at_word(p, SG_WORD_BINARY))
            return parse_binary_cast(p);
        return parse_primary(p);
    default:
        return parse_primary(p);
    }
}

static struct sg_expr *parse_level(struct sg_parser *p, enum level level)
{
    uint32_t offset = p->token.offset;
    uint32_t outer_peak = p->peak;
    p->peak = p->depth;
    if (!sg_parse_enter(p))
        return sg_expr_new(p, SG_EXPR_LITERAL, offset);
    struct sg_expr *expr = parse_operators(p, parse_operand(p, level), offset, level);
    sg_parse_leave(p);
    if (p->peak < outer_peak)
        p->peak = outer_peak;
    return expr;
}

/* expr. MySQL manual, "Expressions". */
struct sg_expr *sg_parse_expr(struct sg_parser *p)
{
    return parse_level(p, LEVEL_OR);
}

struct sg_expr *sg_parse_bit_expr(struct sg_parser *p)
{
    return parse_level(p, LEVEL_BIT_OR);
}

struct sg_expr *sg_parse_unary_expr(struct sg_parser *p)
{
    return parse_level(p, LEVEL_UNARY);
}

struct sg_expr *sg_parse_expr_list(struct sg_parser *p, uint32_t *count_out)
{
    struct parenthesised in = {0};
    in.tail = &in.list;
    read_list(p, &in, false);
    if (count_out)
        *count_out = in.count;
    return in.list;
}

/* expr | DEFAULT, as UPDATE and INSERT have it. DEFAULT(column) is an expression. */
struct sg_expr *sg_parse_expr_or_default(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    if (!at_word(p, SG_WORD_DEFAULT) || peek_is(p, SG_TOKEN_LEFT_PAREN))
        return sg_parse_expr(p);
    advance(p);
    return sg_expr_new(p, SG_EXPR_DEFAULT, offset);
}

/* --- literals ------------------------------------------------------------------------------ */

static struct sg_expr *new_literal(struct sg_parser *p, enum sg_literal_kind kind, uint32_t offset)
{
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_LITERAL, offset);
    expr->literal_kind = (uint8_t)kind;
    expr->literal.integer = UINT64_MAX;
    return expr;
}

static uint64_t integer_value(const struct sg_parser *p)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < p->token.size; i++) {
        uint64_t digit = (uint64_t)(p->text[p->token.offset + i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return UINT64_MAX;
        value = value * 10 + digit;
    }
    return value;
}

static struct sg_expr *parse_integer(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    uint64_t value = integer_value(p);
    advance(p);
    struct sg_expr *expr = new_literal(p, SG_LITERAL_INTEGER, offset);
    expr->literal.integer = value;
    return expr;
}

static struct sg_expr *parse_token_literal(struct sg_parser *p, enum sg_literal_kind kind)
{
    uint32_t offset = p->token.offset;
    advance(p);
    return new_literal(p, kind, offset);
}

/* 'a' 'b' ...: neighbours are one string. MySQL manual, "String Literals". */
static struct sg_expr *parse_string(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    while (take(p, SG_TOKEN_STRING))
        ;
    return new_literal(p, SG_LITERAL_STRING, offset);
}

/* _charset 'text' | _charset x'41' | _charset b'1'. MySQL manual, "Character Set Introducers". */
static struct sg_expr *parse_introduced(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    enum sg_literal_kind kind = SG_LITERAL_STRING;
    advance(p);
    if (take(p, SG_TOKEN_HEX)) {
        kind = SG_LITERAL_HEX;
    } else if (take(p, SG_TOKEN_BIT)) {
        kind = SG_LITERAL_BIT;
    } else if (at(p, SG_TOKEN_STRING)) {
        parse_string(p);
    } else {
        fail_expected(p, "expected a literal");
    }
    return new_literal(p, kind, offset);
}

/* --- variables ----------------------------------------------------------------------------- */

/* @name | @name := expr. MySQL manual, "User-Defined Variables". */
static struct sg_expr *parse_user_variable(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct sg_name name = sg_parse_take_name(p);
    struct sg_expr *variable = sg_expr_new(p, SG_EXPR_USER_VARIABLE, offset);
    variable->variable.name = name.text;
    if (!take(p, SG_TOKEN_ASSIGN))
        return variable;
    struct sg_expr *value = sg_parse_expr(p);
    return new_operator(p, SG_OP_ASSIGN, offset, variable, value, NULL);
}

/* @@name | @@scope.name | @@instance.name. MySQL manual, "Using System Variables". */
static struct sg_expr *parse_system_variable(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_SYSTEM_VARIABLE, offset);
    advance(p);
    if (at_word(p, SG_WORD_GLOBAL))
        expr->flags |= SG_EXPR_GLOBAL;
    do {
        if (!at(p, SG_TOKEN_IDENT) && !at(p, SG_TOKEN_QUOTED_IDENT))
            fail_expected(p, "expected a system variable");
        expr->variable.name = sg_parse_take_name(p).text;
    } while (take(p, SG_TOKEN_DOT));
    close_expr(p, expr);
    return expr;
}

static struct sg_expr *parse_word(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct sg_name name = sg_parse_identifier(p);
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_WORD, offset);
    expr->word.name = name;
    return expr;
}

struct sg_expr *sg_parse_variable(struct sg_parser *p)
{
    if (!at(p, SG_TOKEN_USER_VARIABLE))
        return parse_word(p);
    uint32_t offset = p->token.offset;
    struct sg_name name = sg_parse_take_name(p);
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_USER_VARIABLE, offset);
    expr->variable.name = name.text;
    return expr;
}

static struct sg_expr *parse_parameter(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    p->parameter_count++;
    advance(p);
    return sg_expr_new(p, SG_EXPR_PARAMETER, offset);
}

/* integer | ? | a routine's variable: what LIMIT takes. */
struct sg_expr *sg_parse_literal_or_parameter(struct sg_parser *p)
{
    switch (p->token.kind) {
    case SG_TOKEN_INTEGER:
        return parse_integer(p);
    case SG_TOKEN_HEX:
        return parse_token_literal(p, SG_LITERAL_HEX);
    case SG_TOKEN_PARAMETER:
        return parse_parameter(p);
    default:
        return parse_word(p);
    }
}

/* --- columns ------------------------------------------------------------------------------- */

/* -> 'path' | ->> 'path' behind a column. MySQL manual, "Functions That Search JSON Values". */
static struct sg_expr *parse_json_path(struct sg_parser *p, struct sg_expr *column)
{
    advance(p);
    expect(p, SG_TOKEN_STRING, "expected a JSON path");
    sg_parse_wrapped(p);
    return sg_expr_operation(p, SG_EXPR_JSON_PATH, column->offset, column, NULL, NULL);
}

static struct sg_expr *finish_column(struct sg_parser *p, struct sg_expr *column)
{
    close_expr(p, column);
    if (!p->mariadb && (at(p, SG_TOKEN_ARROW) || at(p, SG_TOKEN_LONG_ARROW)))
        return parse_json_path(p, column);
    return column;
}

/* t.*, which only a select list may have: counted until one claims it. */
static struct sg_expr *parse_table_star(struct sg_parser *p, struct sg_name first,
                                        struct sg_name second, uint32_t offset)
{
    advance(p);
    p->stray_stars++;
    struct sg_expr *star = sg_expr_new(p, SG_EXPR_COLUMN, offset);
    star->flags |= SG_EXPR_STAR;
    star->column.database = first;
    star->column.table = second;
    return star;
}

/* The parts behind the first name of a column or a function; the dot is current. */
static struct sg_expr *parse_qualified_primary(struct sg_parser *p, struct sg_name first,
                                               uint32_t offset)
{
    struct sg_name second = {0};
    struct sg_name third = {0};
    advance(p);
    if (at(p, SG_TOKEN_STAR))
        return parse_table_star(p, second, first, offset);
    second = sg_parse_identifier(p);
    if (take(p, SG_TOKEN_DOT)) {
        if (at(p, SG_TOKEN_STAR))
            return parse_table_star(p, first, second, offset);
        third = sg_parse_identifier(p);
    }
    if (at(p, SG_TOKEN_LEFT_PAREN))
        return sg_parse_qualified_call(p, first, second, third);
    struct sg_expr *column = sg_expr_new(p, SG_EXPR_COLUMN, offset);
    if (sg_name_is_set(&third)) {
        column->column.database = first;
        column->column.table = second;
        column->column.name = third;
    } else {
        column->column.table = first;
        column->column.name = second;
    }
    return finish_column(p, column);
}

/* .table.column: MariaDB, and MySQL up to 5.7. */
static struct sg_expr *parse_leading_dot(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    if (!p->mariadb && p->version >= 80000)
        fail_expected(p, "expected an expression");
    struct sg_expr *column = sg_expr_new(p, SG_EXPR_COLUMN, offset);
    column->flags |= SG_EXPR_LEADING_DOT;
    advance(p);
    column->column.table = sg_parse_identifier(p);
    expect(p, SG_TOKEN_DOT, "expected `.`");
    column->column.name = sg_parse_identifier(p);
    return finish_column(p, column);
}

static bool is_temporal_word(enum sg_word word)
{
    return word == SG_WORD_DATE || word == SG_WORD_TIME || word == SG_WORD_TIMESTAMP;
}

/* column | name(...) | DATE 'text'. MySQL manual, "Identifier Qualifiers", "Date and Time
 * Literals". */
static struct sg_expr *parse_name_primary(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    if (p->token.word != SG_NO_WORD || peek_is(p, SG_TOKEN_LEFT_PAREN)) {
        if (peek_is(p, SG_TOKEN_LEFT_PAREN)) {
            struct sg_expr *call = sg_parse_call(p);
            return call ? call : no_expression(p);
        } else if (is_temporal_word((enum sg_word)p->token.word) && peek_is(p, SG_TOKEN_STRING)) {
            advance(p);
            advance(p);
            return new_literal(p, SG_LITERAL_TEMPORAL, offset);
        } else {
            struct sg_expr *value = sg_parse_wordy_value(p);
            if (value)
                return value;
        }
    }
    struct sg_name name = sg_parse_take_name(p);
    if (at(p, SG_TOKEN_DOT))
        return parse_qualified_primary(p, name, offset);
    struct sg_expr *column = sg_expr_new(p, SG_EXPR_COLUMN, offset);
    column->column.name = name;
    return finish_column(p, column);
}

/* A column reference and nothing else: INSERT's list, UPDATE's targets, MATCH's columns. */
struct sg_expr *sg_parse_column(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct sg_expr *column = sg_expr_new(p, SG_EXPR_COLUMN, offset);
    if (at(p, SG_TOKEN_DOT) && p->mariadb) {
        column->flags |= SG_EXPR_LEADING_DOT;
        advance(p);
    }
    column->column.name = sg_parse_identifier(p);
    for (int parts = 1; parts < 3 && take(p, SG_TOKEN_DOT); parts++) {
        column->column.database = column->column.table;
        column->column.table = column->column.name;
        column->column.name = sg_parse_identifier(p);
    }
    close_expr(p, column);
    return column;
}

struct sg_expr *sg_parse_column_list(struct sg_parser *p, uint32_t *count_out)
{
    struct sg_expr *first = NULL;
    struct sg_expr **tail = &first;
    uint32_t count = 0;
    do {
        *tail = sg_parse_column(p);
        tail = &(*tail)->next;
        count++;
    } while (take_comma(p));
    if (count_out)
        *count_out = count;
    return first;
}

/* --- forms of their own -------------------------------------------------------------------- */

/* CASE [operand] WHEN a THEN b ... [ELSE c] END. MySQL manual, "Flow Control Functions". */
static struct sg_expr *parse_case(struct sg_parser *p)
{
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_CASE, p->token.offset);
    struct sg_expr **tail = &expr->branches.branches;
    advance(p);
    if (!at_word(p, SG_WORD_WHEN))
        expr->branches.operand = sg_parse_expr(p);
    do {
        expect_word(p, SG_WORD_WHEN);
        *tail = sg_parse_expr(p);
        tail = &(*tail)->next;
        expect_word(p, SG_WORD_THEN);
        *tail = sg_parse_expr(p);
        tail = &(*tail)->next;
    } while (at_word(p, SG_WORD_WHEN));
    if (take_word(p, SG_WORD_ELSE))
        expr->branches.otherwise = sg_parse_expr(p);
    expect_word(p, SG_WORD_END);
    close_expr(p, expr);
    return expr;
}

/* [NATURAL LANGUAGE MODE | BOOLEAN MODE] [WITH QUERY EXPANSION]. */
static void skip_search_modifier(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_IN)) {
        if (take_word(p, SG_WORD_BOOLEAN)) {
            expect_word(p, SG_WORD_MODE);
            return;
        }
        expect_word(p, SG_WORD_NATURAL);
        expect_word(p, SG_WORD_LANGUAGE);
        expect_word(p, SG_WORD_MODE);
    }
    if (take_word(p, SG_WORD_WITH)) {
        expect_word(p, SG_WORD_QUERY);
        expect_word(p, SG_WORD_EXPANSION);
    }
}

/* MATCH (a, b) | MATCH a, b AGAINST (expr [modifier]). MySQL manual, "Full-Text Search Functions".
 */
static struct sg_expr *parse_match(struct sg_parser *p)
{
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_MATCH, p->token.offset);
    advance(p);
    bool open = take(p, SG_TOKEN_LEFT_PAREN);
    expr->match.columns = sg_parse_column_list(p, NULL);
    if (open)
        expect_close(p);
    expect_word(p, SG_WORD_AGAINST);
    expect_open(p);
    expr->match.against = sg_parse_bit_expr(p);
    skip_search_modifier(p);
    expect_close(p);
    close_expr(p, expr);
    return expr;
}

/* EXISTS (query). */
static struct sg_expr *parse_exists(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    return new_subquery(p, SG_SUBQUERY_EXISTS, offset, sg_parse_query_in_parens(p));
}

/* {d 'x'}, {t 'x'}, {ts 'x'}, {fn f()}, {word expr}. MySQL manual, "Expressions"; the word is no
 * name: MySQL takes any. */
static struct sg_expr *parse_odbc(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    if (!at(p, SG_TOKEN_IDENT) && !at(p, SG_TOKEN_QUOTED_IDENT))
        fail_expected(p, "expected a name");
    advance(p);
    struct sg_expr *inner = sg_parse_expr(p);
    expect(p, SG_TOKEN_RIGHT_BRACE, "expected `}`");
    return sg_expr_operation(p, SG_EXPR_ODBC, offset, inner, NULL, NULL);
}

/* DEFAULT (column). MySQL manual, "Miscellaneous Functions". */
static struct sg_expr *parse_default_of(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    expect_open(p);
    struct sg_expr *column = sg_parse_column(p);
    expect_close(p);
    return sg_expr_operation(p, SG_EXPR_DEFAULT, offset, column, NULL, NULL);
}

static const char *const UNIT_WORDS = "expected a unit of time";

bool sg_parse_at_interval_unit(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_MICROSECOND:
    case SG_WORD_SECOND:
    case SG_WORD_MINUTE:
    case SG_WORD_HOUR:
    case SG_WORD_DAY:
    case SG_WORD_WEEK:
    case SG_WORD_MONTH:
    case SG_WORD_QUARTER:
    case SG_WORD_YEAR:
    case SG_WORD_SECOND_MICROSECOND:
    case SG_WORD_MINUTE_MICROSECOND:
    case SG_WORD_MINUTE_SECOND:
    case SG_WORD_HOUR_MICROSECOND:
    case SG_WORD_HOUR_SECOND:
    case SG_WORD_HOUR_MINUTE:
    case SG_WORD_DAY_MICROSECOND:
    case SG_WORD_DAY_SECOND:
    case SG_WORD_DAY_MINUTE:
    case SG_WORD_DAY_HOUR:
    case SG_WORD_YEAR_MONTH:
        return true;
    default:
        return false;
    }
}

static void expect_unit(struct sg_parser *p)
{
    if (sg_parse_at_interval_unit(p))
        advance(p);
    else
        fail_expected(p, UNIT_WORDS);
}

void sg_parse_interval(struct sg_parser *p, struct sg_expr **value_out)
{
    *value_out = sg_parse_expr(p);
    expect_unit(p);
}

/* INTERVAL (a, b ...): the function. */
static struct sg_expr *interval_call(struct sg_parser *p, struct sg_name name, uint32_t offset,
                                     struct sg_expr *row)
{
    struct sg_expr *call = sg_expr_new(p, SG_EXPR_CALL, offset);
    call->flags |= SG_EXPR_NATIVE;
    call->call.name = name;
    call->call.arguments = row->operation.operands;
    call->call.count = row->operation.count;
    return call;
}

/* INTERVAL value unit, or the function INTERVAL(a, b ...): a row in parentheses without a unit
 * behind it is the latter. MySQL manual, "Temporal Intervals". */
static struct sg_expr *parse_interval(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct sg_name name = sg_parse_take_name(p);
    uint32_t value_offset = p->token.offset;
    struct sg_expr *value;
    if (at(p, SG_TOKEN_LEFT_PAREN)) {
        struct sg_expr *first = parse_parenthesised(p);
        if (first->kind == SG_EXPR_ROW && !first->parentheses)
            return interval_call(p, name, offset, first);
        value = parse_operators(p, first, value_offset, LEVEL_OR);
    } else {
        value = sg_parse_expr(p);
    }
    expect_unit(p);
    return sg_expr_operation(p, SG_EXPR_INTERVAL, offset, value, NULL, NULL);
}

/* ROW (a, b ...). */
static struct sg_expr *parse_row(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    uint32_t count = 0;
    advance(p);
    expect_open(p);
    struct sg_expr *values = sg_parse_expr_list(p, &count);
    expect_close(p);
    struct sg_expr *row = sg_expr_operation(p, SG_EXPR_ROW, offset, values, NULL, NULL);
    row->operation.count = count;
    return row;
}

static struct sg_expr *no_expression(struct sg_parser *p)
{
    fail_expected(p, "expected an expression");
    return sg_expr_new(p, SG_EXPR_LITERAL, p->token.offset);
}

/* A reserved word that begins an operand. */
static struct sg_expr *parse_reserved_primary(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_NULL:
        return parse_token_literal(p, SG_LITERAL_NULL);
    case SG_WORD_TRUE:
        return parse_token_literal(p, SG_LITERAL_TRUE);
    case SG_WORD_FALSE:
        return parse_token_literal(p, SG_LITERAL_FALSE);
    case SG_WORD_CASE:
        return parse_case(p);
    case SG_WORD_EXISTS:
        return parse_exists(p);
    case SG_WORD_MATCH:
        return parse_match(p);
    case SG_WORD_INTERVAL:
        return parse_interval(p);
    case SG_WORD_ROW:
        return parse_row(p);
    case SG_WORD_DEFAULT:
        return parse_default_of(p);
    default:
        break;
    }
    struct sg_expr *expr =
        peek_is(p, SG_TOKEN_LEFT_PAREN) ? sg_parse_call(p) : sg_parse_wordy_value(p);
    return expr ? expr : no_expression(p);
}

/* An operand without the operators round it. */
static struct sg_expr *parse_primary(struct sg_parser *p)
{
    switch (p->token.kind) {
    case SG_TOKEN_IDENT:
        if (p->token.flags & SG_TOKEN_RESERVED)
            return parse_reserved_primary(p);
        if (at_word(p, SG_WORD_ROW) && peek_is(p, SG_TOKEN_LEFT_PAREN))
            return parse_row(p);
        return parse_name_primary(p);
    case SG_TOKEN_QUOTED_IDENT:
        return parse_name_primary(p);
    case SG_TOKEN_INTEGER:
        return parse_integer(p);
    case SG_TOKEN_DECIMAL:
    case SG_TOKEN_FLOAT:
        return parse_token_literal(p, SG_LITERAL_NUMBER);
    case SG_TOKEN_STRING:
    case SG_TOKEN_NATIONAL_STRING:
        return parse_string(p);
    case SG_TOKEN_INTRODUCER:
        return parse_introduced(p);
    case SG_TOKEN_HEX:
        return parse_token_literal(p, SG_LITERAL_HEX);
    case SG_TOKEN_BIT:
        return parse_token_literal(p, SG_LITERAL_BIT);
    case SG_TOKEN_NULL_ESCAPE:
        return parse_token_literal(p, SG_LITERAL_NULL);
    case SG_TOKEN_PARAMETER:
        return parse_parameter(p);
    case SG_TOKEN_USER_VARIABLE:
        return parse_user_variable(p);
    case SG_TOKEN_SYSTEM_VARIABLE:
        return parse_system_variable(p);
    case SG_TOKEN_LEFT_PAREN:
        return parse_parenthesised(p);
    case SG_TOKEN_LEFT_BRACE:
        return parse_odbc(p);
    case SG_TOKEN_DOT:
        return parse_leading_dot(p);
    default:
        return no_expression(p);
    }
}
