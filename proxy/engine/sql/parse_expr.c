/* Expressions: operators, predicates, lists. Operands are parse_operand.c's, calls parse_call.c's.
 *
 * Precedence climbing over the levels of the manual's table. What the servers' grammars nest in
 * rules (expr, boolean_primary, predicate, bit_expr, simple_expr) are levels here; where the two
 * servers differ the flavour decides.
 *
 * MySQL manual, "Expressions", "Operator Precedence"; MariaDB documentation, "Operator
 * Precedence".
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

static struct sg_expr *negate(struct sg_expr *expr, bool negated)
{
    if (negated)
        expr->flags |= SG_EXPR_NEGATED;
    return expr;
}

/* --- what stands between parentheses -------------------------------------------------------- */

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
    } while (take_comma(p));
}

/* What follows a `(` that has been consumed: a query expression, or expressions. Whether
 * `((SELECT ...` is the one or the other shows only behind the inner parenthesis; what was read as
 * a scalar subquery until then becomes the first part of the query. */
static void read_parenthesised(struct sg_parser *p, struct parenthesised *in, bool skip_literals)
{
    *in = (struct parenthesised){0};
    in->tail = &in->list;
    if (sg_parse_at_query(p)) {
        in->query = sg_parse_inner_query(p);
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
struct sg_expr *sg_parse_parenthesised(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct parenthesised in;
    advance(p);
    read_parenthesised(p, &in, false);
    expect_close(p);
    if (in.query)
        return sg_expr_subquery(p, SG_SUBQUERY_SCALAR, offset, in.query);
    if (in.count == 1) {
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
    if (!in.query && in.count == 1 && in.skipped == 0 &&
        is_scalar_subquery(in.list)) /* IN ((SELECT ...)) */
        in.query = in.list->subquery.query;
    if (in.query) {
        struct sg_expr *expr = sg_expr_subquery(p, SG_SUBQUERY_IN, offset, in.query);
        expr->subquery.left = left;
        expr->operator= SG_OP_IN;
        return expr;
    }
    struct sg_expr *expr = sg_expr_operator(p, SG_OP_IN, offset, left, NULL, NULL);
    left->next = in.list;
    expr->operation.count = in.count + 1;
    expr->operation.skipped = in.skipped;
    return expr;
}

/* left [NOT] BETWEEN low AND high: high is a predicate, low a bit expression on MySQL and a
 * predicate on MariaDB (a BETWEEN b BETWEEN 1 AND 2 AND 3). */
static struct sg_expr *parse_between(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    advance(p);
    struct sg_expr *low = parse_level(p, p->mariadb ? LEVEL_PREDICATE : LEVEL_BIT_OR);
    expect_word(p, SG_WORD_AND);
    struct sg_expr *high = parse_level(p, LEVEL_PREDICATE);
    return sg_expr_operator(p, SG_OP_BETWEEN, offset, left, low, high);
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
    return sg_expr_operator(p, SG_OP_LIKE, offset, left, pattern, escape);
}

/* left MEMBER [OF] (array). MySQL manual, "Functions That Search JSON Values". */
static struct sg_expr *parse_member(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    advance(p);
    take_word(p, SG_WORD_OF);
    expect_open(p);
    struct sg_expr *array = sg_parse_expr(p);
    expect_close(p);
    return sg_expr_operator(p, SG_OP_MEMBER_OF, offset, left, array, NULL);
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
            sg_expr_operator(p, SG_OP_REGEXP, offset, left, parse_level(p, LEVEL_BIT_OR), NULL),
            negated);
    case SG_WORD_SOUNDS:
        if (negated)
            break;
        advance(p);
        expect_word(p, SG_WORD_LIKE);
        return sg_expr_operator(p, SG_OP_SOUNDS_LIKE, offset, left, parse_level(p, LEVEL_BIT_OR),
                                NULL);
    case SG_WORD_MEMBER:
        if (negated)
            break;
        return parse_member(p, left, offset);
    default:
        break;
    }
    fail_expected(p, "expected IN, BETWEEN, LIKE or REGEXP");
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
    return negate(sg_expr_operator(p, operator, offset, left, NULL, NULL), negated);
}

/* left op ANY|SOME|ALL (query): the word has been seen, `(` stands behind it. */
static struct sg_expr *parse_quantified(struct sg_parser *p, struct sg_expr *left, uint8_t operator,
                                        uint32_t offset)
{
    enum sg_subquery_kind kind = at_word(p, SG_WORD_ALL) ? SG_SUBQUERY_ALL : SG_SUBQUERY_ANY;
    advance(p);
    struct sg_query *query = sg_parse_subquery(p);
    struct sg_expr *expr = sg_expr_subquery(p, kind, offset, query);
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
    return sg_expr_operator(p, (enum sg_operator)binary.operator, offset, left, right, NULL);
}

/* What may follow `left`, made by an operator that wants no operand on its right: a IS NULL IN (1)
 * and, on MySQL, a IN (1) IN (1) and a IS TRUE = b are no expressions. Other operators' right
 * operands take all that is tighter anyway. */
static uint8_t tightest_behind(const struct sg_parser *p, const struct sg_expr *left,
                               struct binary binary)
{
    if (binary.operator!= SG_OP_NONE)
        return binary.level;
    if (binary.level == LEVEL_PREDICATE && !p->mariadb)
        return LEVEL_COMPARISON;
    if (left->operator== SG_OP_IS_TRUTH && !p->mariadb)
        return LEVEL_AND;
    return binary.level;
}

/* Reads operators of `level` and tighter behind `left`, which began at `offset`. Chains of one
 * associative operator become one node, so that thousands of ORs are no depth. */
static struct sg_expr *parse_operators(struct sg_parser *p, struct sg_expr *left, uint32_t offset,
                                       enum level level)
{
    struct sg_expr *chain = NULL; /* `left`, when it may take further operands */
    struct sg_expr *last = NULL;  /* its last operand */
    uint8_t tightest = LEVEL_COLLATE;
    for (;;) {
        struct binary binary = current_operator(p);
        if (binary.level < level || binary.level == LEVEL_NONE || binary.level > tightest)
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
        tightest = tightest_behind(p, left, binary);
    }
}

/* --- prefixes ------------------------------------------------------------------------------ */

static struct sg_expr *parse_prefix(struct sg_parser *p, enum sg_operator operator,
                                    enum level operand)
{
    uint32_t offset = p->token.offset;
    advance(p);
    struct sg_expr *inner = parse_level(p, operand);
    return sg_expr_operator(p, operator, offset, inner, NULL, NULL);
}

/* NOT is looser than comparisons, under HIGH_NOT_PRECEDENCE as tight as `!`. MySQL manual,
 * "Operator Precedence". */
static struct sg_expr *parse_not(struct sg_parser *p, enum level level)
{
    if (p->sql_mode & SG_MODE_HIGH_NOT_PRECEDENCE)
        return parse_prefix(p, SG_OP_NOT, LEVEL_UNARY);
    if (level > LEVEL_NOT)
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

static struct sg_expr *parse_prefixed(struct sg_parser *p, enum level level)
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
        return sg_parse_operand(p);
    default:
        return sg_parse_operand(p);
    }
}

static struct sg_expr *parse_level(struct sg_parser *p, enum level level)
{
    uint32_t offset = p->token.offset;
    uint32_t outer_peak = p->peak;
    p->peak = p->depth;
    sg_parse_enter(p);
    struct sg_expr *expr = parse_operators(p, parse_prefixed(p, level), offset, level);
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

struct sg_expr *sg_parse_more_expr(struct sg_parser *p, struct sg_expr *left, uint32_t offset)
{
    return parse_operators(p, left, offset, LEVEL_OR);
}
