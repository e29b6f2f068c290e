/* Operands of expressions: literals, variables, columns, and the forms that are no calls: CASE,
 * MATCH, EXISTS, INTERVAL, ROW ... Operators are parse_expr.c's, calls parse_call.c's.
 *
 * MySQL manual, "Literal Values", "User-Defined Variables", "Identifier Qualifiers", "Expressions";
 * MariaDB documentation, "Literals", "User-Defined Variables", "Identifier Names".
 */
#include "sql/parse.h"

static struct sg_expr *no_expression(struct sg_parser *p);

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
    return sg_expr_operator(p, SG_OP_ASSIGN, offset, variable, value, NULL);
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
    return sg_expr_subquery(p, SG_SUBQUERY_EXISTS, offset, sg_parse_subquery(p));
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
        struct sg_expr *first = sg_parse_parenthesised(p);
        if (first->kind == SG_EXPR_ROW && !first->parentheses)
            return interval_call(p, name, offset, first);
        value = sg_parse_more_expr(p, first, value_offset);
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
struct sg_expr *sg_parse_operand(struct sg_parser *p)
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
        return sg_parse_parenthesised(p);
    case SG_TOKEN_LEFT_BRACE:
        return parse_odbc(p);
    case SG_TOKEN_DOT:
        return parse_leading_dot(p);
    default:
        return no_expression(p);
    }
}
