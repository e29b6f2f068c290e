/* Calls: name(arguments), the functions whose arguments have a syntax of their own, aggregates,
 * OVER, and the words that are calls without parentheses.
 *
 * MySQL manual, "Function Name Parsing and Resolution", "Built-In Function and Operator Reference",
 * "Aggregate Function Descriptions", "Window Function Concepts and Syntax"; MariaDB documentation,
 * "Built-in Functions", "Stored Functions".
 */
#include "sql/parse.h"

#include "sql/charset.h"
#include "sql/function.h"

static struct sg_call_detail *detail_of(struct sg_parser *p, struct sg_expr *call)
{
    if (!call->call.detail)
        call->call.detail = NEW_NODE(p, struct sg_call_detail);
    return call->call.detail;
}

/* The word and the `(`. */
static struct sg_expr *open_call(struct sg_parser *p, enum sg_function function)
{
    struct sg_expr *call = sg_expr_new(p, SG_EXPR_CALL, p->token.offset);
    call->flags |= SG_EXPR_NATIVE;
    call->call.function = function;
    call->call.name = sg_parse_take_name(p);
    if (p->token.flags & SG_TOKEN_SPACE_BEFORE)
        call->flags |= SG_EXPR_SPACED;
    expect_open(p);
    return call;
}

static struct sg_expr *close_call(struct sg_parser *p, struct sg_expr *call)
{
    expect_close(p);
    close_expr(p, call);
    return call;
}

static void set_arguments(struct sg_expr *call, struct sg_expr *first, struct sg_expr *second,
                          struct sg_expr *third)
{
    call->call.arguments = first;
    call->call.count = first != NULL;
    if (second) {
        first->next = second;
        call->call.count = 2;
    }
    if (third) {
        second->next = third;
        call->call.count = 3;
    }
}

static void parse_arguments(struct sg_parser *p, struct sg_expr *call)
{
    if (!at(p, SG_TOKEN_RIGHT_PAREN))
        call->call.arguments = sg_parse_expr_list(p, &call->call.count);
}

/* name(a, b ...). */
static struct sg_expr *parse_plain_call(struct sg_parser *p, enum sg_function function)
{
    struct sg_expr *call = open_call(p, function);
    parse_arguments(p, call);
    return close_call(p, call);
}

/* --- OVER ---------------------------------------------------------------------------------- */

/* OVER (window) | OVER name. */
static void parse_over(struct sg_parser *p, struct sg_expr *call)
{
    if (!take_word(p, SG_WORD_OVER))
        return;
    if (at(p, SG_TOKEN_LEFT_PAREN)) {
        detail_of(p, call)->over = sg_parse_window(p);
    } else {
        struct sg_window *window = NEW_NODE(p, struct sg_window);
        window->offset = p->token.offset;
        window->name = sg_parse_identifier(p);
        window->size = p->end - window->offset;
        detail_of(p, call)->over = window;
    }
    close_expr(p, call);
}

/* [FROM FIRST | LAST] [RESPECT | IGNORE NULLS] before OVER. */
static void skip_null_treatment(struct sg_parser *p)
{
    if (at_word(p, SG_WORD_FROM) &&
        (peek_is_word(p, SG_WORD_FIRST) || peek_is_word(p, SG_WORD_LAST))) {
        advance(p);
        advance(p);
    }
    if (!sg_parse_take_words(p, SG_WORD_RESPECT, SG_WORD_NULLS))
        sg_parse_take_words(p, SG_WORD_IGNORE, SG_WORD_NULLS);
}

/* LEAD, RANK ...: OVER must follow, save that MariaDB's LAST_VALUE(a, b ...) is a plain function,
 * too. */
static struct sg_expr *parse_window_call(struct sg_parser *p)
{
    bool plain = p->mariadb && at_word(p, SG_WORD_LAST_VALUE);
    struct sg_expr *call = parse_plain_call(p, SG_FUNCTION_ROW_WINDOW);
    skip_null_treatment(p);
    if (!plain && !at_word(p, SG_WORD_OVER))
        fail_expected(p, "expected OVER");
    parse_over(p, call);
    return call;
}

/* --- aggregates ---------------------------------------------------------------------------- */

static struct sg_expr *open_aggregate(struct sg_parser *p, enum sg_function function)
{
    struct sg_expr *call = open_call(p, function);
    call->flags |= SG_EXPR_AGGREGATE;
    if (take_word(p, SG_WORD_DISTINCT))
        call->flags |= SG_EXPR_DISTINCT;
    else
        take_word(p, SG_WORD_ALL);
    return call;
}

/* WITHIN GROUP (ORDER BY a): MariaDB's percentiles. */
static void parse_within_group(struct sg_parser *p, struct sg_expr *call)
{
    if (!p->mariadb || !take_word(p, SG_WORD_WITHIN))
        return;
    expect_word(p, SG_WORD_GROUP);
    expect_open(p);
    detail_of(p, call)->order_by = sg_parse_order_by(p);
    expect_close(p);
}

/* [ORDER BY ...] [SEPARATOR 'x'] [LIMIT ...] inside the parentheses of GROUP_CONCAT, the first and
 * the last (MariaDB) inside those of JSON_ARRAYAGG too, where MySQL has {ABSENT | NULL} ON NULL. */
static void parse_aggregate_order(struct sg_parser *p, struct sg_expr *call)
{
    if (!p->mariadb && (take_word(p, SG_WORD_ABSENT) || take_word(p, SG_WORD_NULL))) {
        expect_word(p, SG_WORD_ON);
        expect_word(p, SG_WORD_NULL);
    }
    struct sg_order_item *order_by = sg_parse_order_by(p);
    if (order_by)
        detail_of(p, call)->order_by = order_by;
    if (take_word(p, SG_WORD_SEPARATOR)) {
        if (at(p, SG_TOKEN_STRING) || at(p, SG_TOKEN_HEX) || at(p, SG_TOKEN_BIT))
            advance(p);
        else
            fail_expected(p, "expected a separator");
    }
    if (p->mariadb && take_word(p, SG_WORD_LIMIT)) {
        struct sg_expr *limit = sg_parse_literal_or_parameter(p);
        if (take_comma(p) || take_word(p, SG_WORD_OFFSET))
            limit->next = sg_parse_literal_or_parameter(p);
        detail_of(p, call)->limit = limit;
    }
}

static struct sg_expr *parse_aggregate(struct sg_parser *p, enum sg_function function)
{
    struct sg_expr *call = open_aggregate(p, function);
    if (function == SG_FUNCTION_COUNT && take(p, SG_TOKEN_STAR))
        call->flags |= SG_EXPR_STAR;
    else
        call->call.arguments = sg_parse_expr_list(p, &call->call.count);
    parse_aggregate_order(p, call);
    close_call(p, call);
    parse_within_group(p, call);
    skip_null_treatment(p);
    parse_over(p, call);
    return call;
}

/* --- functions with a syntax of their own -------------------------------------------------- */

/* CAST(expr [AT TIME ZONE text] AS type [ARRAY]). MySQL manual, "Cast Functions and Operators". */
static struct sg_expr *parse_cast(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    expect_open(p);
    struct sg_expr *inner = sg_parse_expr(p);
    if (take_word(p, SG_WORD_AT)) {
        expect_word(p, SG_WORD_TIME);
        expect_word(p, SG_WORD_ZONE);
        take_word(p, SG_WORD_INTERVAL);
        expect(p, SG_TOKEN_STRING, "expected a time zone");
    }
    expect_word(p, SG_WORD_AS);
    sg_parse_type(p, NULL);
    take_word(p, SG_WORD_ARRAY);
    expect_close(p);
    return sg_expr_operation(p, SG_EXPR_CAST, offset, inner, NULL, NULL);
}

/* Behind USING: a character set that this server does not know is an error of its parser's. */
static void parse_known_charset(struct sg_parser *p)
{
    struct sg_slice name = sg_slice_make(p->text + p->token.offset, p->token.size);
    if (p->token.kind == SG_TOKEN_IDENT && !at_word(p, SG_WORD_DEFAULT) &&
        !sg_charset_is_known(name, p->mariadb ? SG_FLAVOUR_MARIADB : SG_FLAVOUR_MYSQL))
        p->refused = true;
    sg_parse_charset_name(p);
}

/* CONVERT(expr, type) | CONVERT(expr USING charset). */
static struct sg_expr *parse_convert(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    expect_open(p);
    struct sg_expr *inner = sg_parse_expr(p);
    if (take_word(p, SG_WORD_USING)) {
        parse_known_charset(p);
    } else {
        expect(p, SG_TOKEN_COMMA, "expected `,` or USING");
        sg_parse_type(p, NULL);
    }
    expect_close(p);
    return sg_expr_operation(p, SG_EXPR_CAST, offset, inner, NULL, NULL);
}

/* EXTRACT(unit FROM expr). */
static struct sg_expr *parse_extract(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_EXTRACT);
    if (!sg_parse_at_interval_unit(p))
        fail_expected(p, "expected a unit of time");
    advance(p);
    expect_word(p, SG_WORD_FROM);
    set_arguments(call, sg_parse_expr(p), NULL, NULL);
    return close_call(p, call);
}

/* POSITION(a IN b). */
static struct sg_expr *parse_position(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_POSITION);
    struct sg_expr *needle = sg_parse_bit_expr(p);
    expect_word(p, SG_WORD_IN);
    set_arguments(call, needle, sg_parse_expr(p), NULL);
    return close_call(p, call);
}

/* SUBSTRING(a, b [, c]) | SUBSTRING(a FROM b [FOR c]). */
static struct sg_expr *parse_substring(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_SUBSTRING);
    struct sg_expr *text = sg_parse_expr(p);
    struct sg_expr *length = NULL;
    bool worded = take_word(p, SG_WORD_FROM);
    if (!worded)
        expect(p, SG_TOKEN_COMMA, "expected `,` or FROM");
    struct sg_expr *start = sg_parse_expr(p);
    if (worded ? take_word(p, SG_WORD_FOR) : take_comma(p))
        length = sg_parse_expr(p);
    set_arguments(call, text, start, length);
    return close_call(p, call);
}

/* TRIM([BOTH | LEADING | TRAILING] [a] FROM b) | TRIM([a FROM] b). */
static struct sg_expr *parse_trim(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_TRIM);
    bool sided = take_word(p, SG_WORD_BOTH) || take_word(p, SG_WORD_LEADING) ||
                 take_word(p, SG_WORD_TRAILING);
    struct sg_expr *first = NULL;
    struct sg_expr *second = NULL;
    if (!(sided && at_word(p, SG_WORD_FROM)))
        first = sg_parse_expr(p);
    if (take_word(p, SG_WORD_FROM)) {
        second = sg_parse_expr(p);
    } else if (sided) {
        fail_expected(p, "FROM");
    }
    if (first)
        set_arguments(call, first, second, NULL);
    else
        set_arguments(call, second, NULL, NULL);
    return close_call(p, call);
}

/* TIMESTAMPADD(unit, a, b) | TIMESTAMPDIFF(unit, a, b). */
static struct sg_expr *parse_timestamp_call(struct sg_parser *p, enum sg_function function)
{
    struct sg_expr *call = open_call(p, function);
    if (!sg_parse_at_interval_unit(p) && !sg_parse_at_text(p, "FRAC_SECOND"))
        fail_expected(p, "expected a unit of time");
    advance(p);
    expect(p, SG_TOKEN_COMMA, "expected `,`");
    struct sg_expr *first = sg_parse_expr(p);
    expect(p, SG_TOKEN_COMMA, "expected `,`");
    set_arguments(call, first, sg_parse_expr(p), NULL);
    return close_call(p, call);
}

/* GET_FORMAT(DATE | TIME | DATETIME | TIMESTAMP, expr). */
static struct sg_expr *parse_get_format(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_GET_FORMAT);
    if (!take_word(p, SG_WORD_DATE) && !take_word(p, SG_WORD_TIME) &&
        !take_word(p, SG_WORD_DATETIME) && !take_word(p, SG_WORD_TIMESTAMP))
        fail_expected(p, "expected DATE, TIME or DATETIME");
    expect(p, SG_TOKEN_COMMA, "expected `,`");
    set_arguments(call, sg_parse_expr(p), NULL, NULL);
    return close_call(p, call);
}

/* CHAR(a, b ... [USING charset]). */
static struct sg_expr *parse_char(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_PLAIN);
    call->call.arguments = sg_parse_expr_list(p, &call->call.count);
    if (take_word(p, SG_WORD_USING))
        parse_known_charset(p);
    return close_call(p, call);
}

/* WEIGHT_STRING(a [AS CHAR(n) | AS BINARY(n)] [LEVEL 1, 2 | 1-2 [ASC|DESC|REVERSE]]). */
static struct sg_expr *parse_weight_string(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_PLAIN);
    parse_arguments(p, call);
    if (take_word(p, SG_WORD_AS))
        sg_parse_type(p, NULL);
    if (take_word(p, SG_WORD_LEVEL)) {
        do {
            expect(p, SG_TOKEN_INTEGER, "expected a level");
            while (take_word(p, SG_WORD_ASC) || take_word(p, SG_WORD_DESC) ||
                   take_word(p, SG_WORD_REVERSE))
                ;
        } while (take_comma(p) || take(p, SG_TOKEN_MINUS));
    }
    return close_call(p, call);
}

/* {NULL | ERROR | DEFAULT literal} ON {EMPTY | ERROR}. MySQL manual, "Functions That Search JSON
 * Values", "JSON Table Functions". */
bool sg_parse_json_responses(struct sg_parser *p)
{
    bool any = false;
    while (at_word(p, SG_WORD_NULL) || at_word(p, SG_WORD_ERROR) || at_word(p, SG_WORD_DEFAULT)) {
        if (take_word(p, SG_WORD_DEFAULT))
            sg_parse_bit_expr(p);
        else
            advance(p);
        expect_word(p, SG_WORD_ON);
        if (!take_word(p, SG_WORD_EMPTY))
            expect_word(p, SG_WORD_ERROR);
        any = true;
    }
    return any;
}

/* JSON_VALUE(document, path [RETURNING type] [responses]). */
static struct sg_expr *parse_json_value(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_JSON_VALUE);
    parse_arguments(p, call);
    if (take_word(p, SG_WORD_RETURNING)) {
        sg_parse_type(p, NULL);
        take_word(p, SG_WORD_ARRAY);
    }
    sg_parse_json_responses(p);
    return close_call(p, call);
}

/* VALUES(column); MariaDB VALUE(column) too. MySQL manual, "INSERT ... ON DUPLICATE KEY UPDATE".
 * Elsewhere MariaDB does not take it. */
static struct sg_expr *parse_values_of(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    if (p->mariadb && !p->in_duplicate_key && at_word(p, SG_WORD_VALUES))
        fail_expected(p, "expected an expression");
    advance(p);
    expect_open(p);
    struct sg_expr *column = sg_parse_column(p);
    expect_close(p);
    return sg_expr_operation(p, SG_EXPR_VALUES, offset, column, NULL, NULL);
}

static struct sg_expr *new_sequence(struct sg_parser *p, uint32_t offset)
{
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_SEQUENCE, offset);
    expr->sequence.name = NEW_NODE(p, struct sg_qualified_name);
    sg_parse_qualified(p, expr->sequence.name);
    return expr;
}

/* NEXTVAL(s), LASTVAL(s), SETVAL(s, value [, used [, round]]). MariaDB documentation, "SEQUENCE
 * Functions". */
static struct sg_expr *parse_sequence_call(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    expect_open(p);
    struct sg_expr *expr = new_sequence(p, offset);
    if (take_comma(p))
        expr->sequence.arguments = sg_parse_expr_list(p, NULL);
    expect_close(p);
    close_expr(p, expr);
    return expr;
}

/* NEXT VALUE FOR s, PREVIOUS VALUE FOR s. */
static struct sg_expr *parse_sequence_words(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    advance(p);
    expect_word(p, SG_WORD_FOR);
    struct sg_expr *expr = new_sequence(p, offset);
    close_expr(p, expr);
    return expr;
}

/* COLUMN_CREATE(name, value [AS type] ...) and the other dynamic column functions. MariaDB
 * documentation, "Dynamic Columns". */
static struct sg_expr *parse_dynamic_column(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_PLAIN);
    struct sg_expr **tail = &call->call.arguments;
    do {
        *tail = sg_parse_expr(p);
        tail = &(*tail)->next;
        call->call.count++;
        if (take_word(p, SG_WORD_AS))
            sg_parse_type(p, NULL);
    } while (take_comma(p));
    return close_call(p, call);
}

/* A keyword, even one that is not reserved, begins a plain call only if it is a function's name. */
static bool is_plain_keyword(const struct sg_parser *p)
{
    return at(p, SG_TOKEN_IDENT) && p->token.word != SG_NO_WORD &&
           !sg_function_find(sg_slice_make(p->text + p->token.offset, p->token.size), p->mariadb,
                             p->version);
}

/* JSON_DUALITY_OBJECT([WITH (tags)] 'key': value [WITH (tags)], ...): the values are the arguments.
 * MySQL manual, "CREATE JSON DUALITY VIEW Statement". */
static struct sg_expr *parse_duality_object(struct sg_parser *p, struct sg_expr *call)
{
    struct sg_expr **tail = &call->call.arguments;
    if (take_word(p, SG_WORD_WITH))
        sg_parse_skip_parens(p);
    do {
        expect(p, SG_TOKEN_STRING, "expected a key");
        expect(p, SG_TOKEN_COLON, "expected `:`");
        *tail = sg_parse_expr(p);
        tail = &(*tail)->next;
        call->call.count++;
        if (take_word(p, SG_WORD_WITH))
            sg_parse_skip_parens(p);
    } while (take_comma(p));
    return close_call(p, call);
}

/* name(a [AS x], b ...): a function of the server by name, a loadable or a stored one. */
static struct sg_expr *parse_named_call(struct sg_parser *p)
{
    struct sg_expr *call = open_call(p, SG_FUNCTION_PLAIN);
    const struct sg_function_entry *entry =
        sg_function_find(call->call.name.text, p->mariadb, p->version);
    if (entry && entry->word && call->call.name.quote != SG_QUOTE_NONE)
        entry = NULL;
    if (!entry)
        call->flags &= (uint8_t)~SG_EXPR_NATIVE;
    if (entry) {
        call->call.function = entry->function;
        if (entry->aggregate && take_word(p, SG_WORD_DISTINCT))
            call->flags |= SG_EXPR_DISTINCT;
        if (entry->aggregate)
            call->flags |= SG_EXPR_AGGREGATE;
        if (entry->function == SG_FUNCTION_JSON_DUALITY_OBJECT && !at(p, SG_TOKEN_RIGHT_PAREN))
            return parse_duality_object(p, call);
    }
    struct sg_expr **tail = &call->call.arguments;
    while (!at(p, SG_TOKEN_RIGHT_PAREN)) {
        *tail = sg_parse_expr(p);
        tail = &(*tail)->next;
        call->call.count++;
        if (take_word(p, SG_WORD_AS) || at_identifier(p) || at(p, SG_TOKEN_STRING))
            sg_parse_alias(p);
        if (!take_comma(p))
            break;
    }
    close_call(p, call);
    if (call->flags & SG_EXPR_AGGREGATE)
        parse_over(p, call);
    return call;
}

/* database.name(...), MariaDB database.package.name(...): always a stored one. */
struct sg_expr *sg_parse_qualified_call(struct sg_parser *p, struct sg_name first,
                                        struct sg_name second, struct sg_name third)
{
    struct sg_expr *call = sg_expr_new(p, SG_EXPR_CALL, first.offset);
    struct sg_call_detail *detail = detail_of(p, call);
    detail->database = first;
    call->call.name = second;
    if (sg_name_is_set(&third)) {
        detail->package = second;
        call->call.name = third;
    }
    expect_open(p);
    parse_arguments(p, call);
    return close_call(p, call);
}

/* --- dispatch ------------------------------------------------------------------------------ */

/* Words whose arguments are a plain list although the word is reserved or a keyword of its own. */
static struct sg_expr *parse_wordy_call(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_CHAR:
        return parse_char(p);
    case SG_WORD_CURDATE:
    case SG_WORD_CURRENT_DATE:
    case SG_WORD_CURRENT_ROLE:
    case SG_WORD_CURRENT_TIME:
    case SG_WORD_CURRENT_TIMESTAMP:
    case SG_WORD_CURRENT_USER:
    case SG_WORD_CURTIME:
    case SG_WORD_DATABASE:
    case SG_WORD_GROUPING:
    case SG_WORD_IF:
    case SG_WORD_INSERT:
    case SG_WORD_LEFT:
    case SG_WORD_LOCALTIME:
    case SG_WORD_LOCALTIMESTAMP:
    case SG_WORD_MOD:
    case SG_WORD_NOW:
    case SG_WORD_REPEAT:
    case SG_WORD_REPLACE:
    case SG_WORD_RIGHT:
    case SG_WORD_SYSDATE:
    case SG_WORD_UTC_DATE:
    case SG_WORD_UTC_TIME:
    case SG_WORD_UTC_TIMESTAMP:
        return parse_plain_call(p, SG_FUNCTION_PLAIN);
    case SG_WORD_DATE_ADD:
    case SG_WORD_DATE_SUB:
    case SG_WORD_ADDDATE:
    case SG_WORD_SUBDATE:
        return parse_plain_call(p, SG_FUNCTION_DATE_ADD);
    default:
        return is_plain_keyword(p) ? NULL : parse_named_call(p);
    }
}

static struct sg_expr *parse_syntax_call(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_CAST:
        return parse_cast(p);
    case SG_WORD_CONVERT:
        return parse_convert(p);
    case SG_WORD_EXTRACT:
        return parse_extract(p);
    case SG_WORD_POSITION:
        return parse_position(p);
    case SG_WORD_SUBSTR:
    case SG_WORD_SUBSTRING:
    case SG_WORD_MID:
        return parse_substring(p);
    case SG_WORD_TRIM:
        return parse_trim(p);
    case SG_WORD_TIMESTAMPADD:
        return parse_timestamp_call(p, SG_FUNCTION_TIMESTAMPADD);
    case SG_WORD_TIMESTAMPDIFF:
        return parse_timestamp_call(p, SG_FUNCTION_TIMESTAMPDIFF);
    case SG_WORD_GET_FORMAT:
        return parse_get_format(p);
    case SG_WORD_WEIGHT_STRING:
        return parse_weight_string(p);
    case SG_WORD_JSON_VALUE:
        return parse_json_value(p);
    case SG_WORD_VALUES:
        return parse_values_of(p);
    case SG_WORD_VALUE:
        return p->mariadb ? parse_values_of(p) : parse_wordy_call(p);
    case SG_WORD_LASTVAL:
    case SG_WORD_NEXTVAL:
    case SG_WORD_SETVAL:
        return p->mariadb ? parse_sequence_call(p) : parse_wordy_call(p);
    case SG_WORD_COLUMN_ADD:
    case SG_WORD_COLUMN_CREATE:
    case SG_WORD_COLUMN_GET:
        return p->mariadb ? parse_dynamic_column(p) : parse_wordy_call(p);
    default:
        return parse_wordy_call(p);
    }
}

struct sg_expr *sg_parse_call(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_NO_WORD:
        return parse_named_call(p);
    case SG_WORD_COUNT:
        return parse_aggregate(p, SG_FUNCTION_COUNT);
    case SG_WORD_GROUP_CONCAT:
        return parse_aggregate(p, SG_FUNCTION_GROUP_CONCAT);
    case SG_WORD_AVG:
    case SG_WORD_BIT_AND:
    case SG_WORD_BIT_OR:
    case SG_WORD_BIT_XOR:
    case SG_WORD_JSON_ARRAYAGG:
    case SG_WORD_JSON_OBJECTAGG:
    case SG_WORD_MAX:
    case SG_WORD_MEDIAN:
    case SG_WORD_MIN:
    case SG_WORD_PERCENTILE_CONT:
    case SG_WORD_PERCENTILE_DISC:
    case SG_WORD_STD:
    case SG_WORD_STDDEV:
    case SG_WORD_STDDEV_POP:
    case SG_WORD_STDDEV_SAMP:
    case SG_WORD_SUM:
    case SG_WORD_VARIANCE:
    case SG_WORD_VAR_POP:
    case SG_WORD_VAR_SAMP:
        return parse_aggregate(p, SG_FUNCTION_PLAIN);
    case SG_WORD_CUME_DIST:
    case SG_WORD_DENSE_RANK:
    case SG_WORD_FIRST_VALUE:
    case SG_WORD_LAG:
    case SG_WORD_LAST_VALUE:
    case SG_WORD_LEAD:
    case SG_WORD_NTH_VALUE:
    case SG_WORD_NTILE:
    case SG_WORD_PERCENT_RANK:
    case SG_WORD_RANK:
    case SG_WORD_ROW_NUMBER:
        return parse_window_call(p);
    default:
        return parse_syntax_call(p);
    }
}

/* CURRENT_DATE and the like without parentheses; MariaDB's NEXT VALUE FOR. MySQL manual, "Date and
 * Time Functions"; MariaDB documentation, "NEXT VALUE for sequence_name". */
struct sg_expr *sg_parse_wordy_value(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_CURRENT_DATE:
    case SG_WORD_CURRENT_ROLE:
    case SG_WORD_CURRENT_TIME:
    case SG_WORD_CURRENT_TIMESTAMP:
    case SG_WORD_CURRENT_USER:
    case SG_WORD_LOCALTIME:
    case SG_WORD_LOCALTIMESTAMP:
    case SG_WORD_UTC_DATE:
    case SG_WORD_UTC_TIME:
    case SG_WORD_UTC_TIMESTAMP:
        break;
    case SG_WORD_NEXT:
    case SG_WORD_PREVIOUS:
        return p->mariadb && peek_is_word(p, SG_WORD_VALUE) ? parse_sequence_words(p) : NULL;
    default:
        return NULL;
    }
    if (!(p->token.flags & SG_TOKEN_RESERVED))
        return NULL;
    struct sg_expr *call = sg_expr_new(p, SG_EXPR_CALL, p->token.offset);
    call->flags |= SG_EXPR_NATIVE;
    call->call.name = sg_parse_take_name(p);
    close_expr(p, call);
    return call;
}
