/* Bodies of stored programs: blocks, declarations, flow control, cursors. On MariaDB these stand
 * alone, too (BEGIN NOT ATOMIC, IF, LOOP ...).
 *
 * MySQL manual, "Compound Statement Syntax"; MariaDB documentation, "Programmatic & Compound
 * Statements", "Using Compound Statements Outside of Stored Programs".
 */
#include "sql/parse.h"

static struct sg_statement *new_flow(struct sg_parser *p, enum sg_flow_kind kind, uint32_t offset)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_FLOW, offset);
    statement->flow = NEW_NODE(p, struct sg_flow);
    statement->flow->kind = kind;
    return statement;
}

/* The word that ends a list of statements. */
static bool ends_list(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_END:
    case SG_WORD_ELSE:
    case SG_WORD_ELSEIF:
    case SG_WORD_WHEN:
    case SG_WORD_UNTIL:
        return true;
    default:
        return at(p, SG_TOKEN_END);
    }
}

/* statement; statement; ... */
static struct sg_statement *parse_statements(struct sg_parser *p)
{
    struct sg_statement *first = NULL;
    struct sg_statement **tail = &first;
    while (!ends_list(p)) {
        struct sg_statement *statement = sg_parse_statement(p);
        expect(p, SG_TOKEN_SEMICOLON, "expected `;`");
        *tail = statement;
        tail = &statement->next;
    }
    return first;
}

/* A program's body: inside it words may be variables and `;` separates statements. */
struct sg_statement *sg_parse_body(struct sg_parser *p)
{
    bool outer = p->in_body;
    p->in_body = true;
    struct sg_statement *body = sg_parse_statement(p);
    p->in_body = outer;
    return body;
}

bool sg_parse_at_label(struct sg_parser *p)
{
    return p->in_body && at_identifier(p) && peek_is(p, SG_TOKEN_COLON);
}

/* --- declarations -------------------------------------------------------------------------- */

/* {TYPE OF table.column | ROW TYPE OF table | ROW (a type, ...) | type}. MariaDB documentation,
 * "TYPE OF", "ROW TYPE OF". */
void sg_parse_program_type(struct sg_parser *p, struct sg_declare *declare)
{
    struct sg_declare unused = {0};
    if (!declare)
        declare = &unused;
    bool row = p->mariadb && at_word(p, SG_WORD_ROW);
    if (row && peek_is(p, SG_TOKEN_LEFT_PAREN)) {
        advance(p);
        expect_open(p);
        do {
            sg_parse_identifier(p);
            sg_parse_program_type(p, NULL);
        } while (take_comma(p));
        expect_close(p);
    } else if (row || (p->mariadb && at_word(p, SG_WORD_TYPE) && peek_is_word(p, SG_WORD_OF))) {
        take_word(p, SG_WORD_ROW);
        expect_word(p, SG_WORD_TYPE);
        expect_word(p, SG_WORD_OF);
        sg_parse_qualified(p, &declare->type_of);
        if (take(p, SG_TOKEN_DOT))
            declare->type_of_column = sg_parse_identifier(p);
    } else {
        sg_parse_type(p, NULL);
    }
}

/* SQLSTATE [VALUE] 'x' | number | name | SQLWARNING | NOT FOUND | SQLEXCEPTION. */
static void parse_condition_value(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_SQLSTATE)) {
        take_word(p, SG_WORD_VALUE);
        expect(p, SG_TOKEN_STRING, "expected an SQLSTATE");
    } else if (take_word(p, SG_WORD_NOT)) {
        expect_word(p, SG_WORD_FOUND);
    } else if (!take(p, SG_TOKEN_INTEGER) && !take_word(p, SG_WORD_SQLWARNING) &&
               !take_word(p, SG_WORD_SQLEXCEPTION)) {
        sg_parse_identifier(p);
    }
}

/* {CONTINUE | EXIT | UNDO} HANDLER FOR condition, ... statement. */
static void parse_handler(struct sg_parser *p, struct sg_declare *declare)
{
    declare->kind = SG_DECLARE_HANDLER;
    advance(p);
    expect_word(p, SG_WORD_HANDLER);
    expect_word(p, SG_WORD_FOR);
    do {
        parse_condition_value(p);
    } while (take_comma(p));
    declare->body = sg_parse_statement(p);
}

/* INTO is read there, and then refused for another reason than syntax. */
static struct sg_query *parse_cursor_query(struct sg_parser *p)
{
    p->into_allowed = true;
    struct sg_query *query = sg_parse_query(p);
    p->into_allowed = false;
    return query;
}

/* CURSOR [(parameters)] FOR query. */
static void parse_cursor(struct sg_parser *p, struct sg_declare *declare)
{
    declare->kind = SG_DECLARE_CURSOR;
    if (p->mariadb && at(p, SG_TOKEN_LEFT_PAREN))
        declare->parameters = sg_parse_parameters(p);
    expect_word(p, SG_WORD_FOR);
    if (sg_parse_at_query(p) || at(p, SG_TOKEN_LEFT_PAREN))
        declare->query = parse_cursor_query(p);
    else
        sg_parse_identifier(p); /* a prepared statement's name */
}

/* name, ... type [DEFAULT expr] | name CONDITION FOR x | name CURSOR FOR query. */
static void parse_named_declare(struct sg_parser *p, struct sg_declare *declare)
{
    declare->names = sg_parse_name_list(p);
    if (take_word(p, SG_WORD_CONDITION)) {
        declare->kind = SG_DECLARE_CONDITION;
        expect_word(p, SG_WORD_FOR);
        parse_condition_value(p);
    } else if (take_word(p, SG_WORD_CURSOR)) {
        parse_cursor(p, declare);
    } else {
        sg_parse_program_type(p, declare);
        if (take_word(p, SG_WORD_DEFAULT) || (p->mariadb && take(p, SG_TOKEN_ASSIGN)))
            declare->default_value = sg_parse_expr(p);
    }
}

/* DECLARE ...; DECLARE ...; MySQL manual, "DECLARE Statement". */
static struct sg_declare *parse_declares(struct sg_parser *p)
{
    struct sg_declare *first = NULL;
    struct sg_declare **tail = &first;
    while (take_word(p, SG_WORD_DECLARE)) {
        struct sg_declare *declare = NEW_NODE(p, struct sg_declare);
        if (at_word(p, SG_WORD_CONTINUE) || at_word(p, SG_WORD_EXIT) || at_word(p, SG_WORD_UNDO))
            parse_handler(p, declare);
        else
            parse_named_declare(p, declare);
        expect(p, SG_TOKEN_SEMICOLON, "expected `;`");
        *tail = declare;
        tail = &declare->next;
    }
    return first;
}

/* --- blocks and loops ---------------------------------------------------------------------- */

static void take_end_label(struct sg_parser *p)
{
    if (at_identifier(p))
        advance(p);
}

/* BEGIN [NOT ATOMIC] declarations statements END. */
static struct sg_statement *parse_block(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_BLOCK, p->token.offset);
    bool outer = p->in_body;
    advance(p);
    if (p->mariadb && take_word(p, SG_WORD_NOT))
        expect_word(p, SG_WORD_ATOMIC);
    p->in_body = true;
    statement->flow->declares = parse_declares(p);
    statement->flow->statements = parse_statements(p);
    expect_word(p, SG_WORD_END);
    p->in_body = outer;
    return statement;
}

static struct sg_statement *parse_loop(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_LOOP, p->token.offset);
    advance(p);
    statement->flow->statements = parse_statements(p);
    expect_word(p, SG_WORD_END);
    expect_word(p, SG_WORD_LOOP);
    return statement;
}

static struct sg_statement *parse_while(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_WHILE, p->token.offset);
    advance(p);
    statement->flow->condition = sg_parse_expr(p);
    expect_word(p, SG_WORD_DO);
    statement->flow->statements = parse_statements(p);
    expect_word(p, SG_WORD_END);
    expect_word(p, SG_WORD_WHILE);
    return statement;
}

static struct sg_statement *parse_repeat(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_REPEAT, p->token.offset);
    advance(p);
    statement->flow->statements = parse_statements(p);
    expect_word(p, SG_WORD_UNTIL);
    statement->flow->condition = sg_parse_expr(p);
    expect_word(p, SG_WORD_END);
    expect_word(p, SG_WORD_REPEAT);
    return statement;
}

/* FOR name IN {[REVERSE] from .. to | (query) | cursor [(arguments)]} DO statements END FOR.
 * MariaDB documentation, "FOR". */
static struct sg_statement *parse_for(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_FOR, p->token.offset);
    struct sg_flow *flow = statement->flow;
    advance(p);
    flow->name = sg_parse_identifier(p);
    expect_word(p, SG_WORD_IN);
    if (at(p, SG_TOKEN_LEFT_PAREN) &&
        (peek_is_word(p, SG_WORD_SELECT) || peek_is_word(p, SG_WORD_WITH))) {
        flow->query = sg_parse_subquery(p);
    } else {
        bool reverse = take_word(p, SG_WORD_REVERSE);
        flow->from = sg_parse_expr(p);
        if (take(p, SG_TOKEN_DOT_DOT))
            flow->to = sg_parse_expr(p);
        else if (reverse)
            fail_expected(p, "expected `..`");
        else
            flow->is_cursor = true; /* `from` names it */
    }
    expect_word(p, SG_WORD_DO);
    flow->statements = parse_statements(p);
    expect_word(p, SG_WORD_END);
    expect_word(p, SG_WORD_FOR);
    return statement;
}

/* --- choices ------------------------------------------------------------------------------- */

static struct sg_flow_branch *parse_branch(struct sg_parser *p, bool conditional)
{
    struct sg_flow_branch *branch = NEW_NODE(p, struct sg_flow_branch);
    if (conditional) {
        branch->condition = sg_parse_expr(p);
        expect_word(p, SG_WORD_THEN);
    }
    branch->statements = parse_statements(p);
    return branch;
}

/* IF a THEN ... [ELSEIF b THEN ...] [ELSE ...] END IF. */
static struct sg_statement *parse_if(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_IF, p->token.offset);
    struct sg_flow_branch **tail = &statement->flow->branches;
    advance(p);
    do {
        *tail = parse_branch(p, true);
        tail = &(*tail)->next;
    } while (take_word(p, SG_WORD_ELSEIF));
    if (take_word(p, SG_WORD_ELSE))
        *tail = parse_branch(p, false);
    expect_word(p, SG_WORD_END);
    expect_word(p, SG_WORD_IF);
    return statement;
}

/* CASE [a] WHEN b THEN ... [ELSE ...] END CASE. */
static struct sg_statement *parse_case(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_CASE, p->token.offset);
    struct sg_flow_branch **tail = &statement->flow->branches;
    advance(p);
    if (!at_word(p, SG_WORD_WHEN))
        statement->flow->condition = sg_parse_expr(p);
    do {
        expect_word(p, SG_WORD_WHEN);
        *tail = parse_branch(p, true);
        tail = &(*tail)->next;
    } while (at_word(p, SG_WORD_WHEN));
    if (take_word(p, SG_WORD_ELSE))
        *tail = parse_branch(p, false);
    expect_word(p, SG_WORD_END);
    expect_word(p, SG_WORD_CASE);
    return statement;
}

/* --- leaves -------------------------------------------------------------------------------- */

static struct sg_statement *parse_return(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_RETURN, p->token.offset);
    advance(p);
    statement->flow->condition = sg_parse_expr(p);
    return statement;
}

static struct sg_statement *parse_leave(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_LEAVE, p->token.offset);
    advance(p);
    statement->flow->label = sg_parse_identifier(p);
    return statement;
}

/* OPEN name [USING values | (values)] | CLOSE name. */
static struct sg_statement *parse_open_close(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_CURSOR, p->token.offset);
    bool open = at_word(p, SG_WORD_OPEN);
    advance(p);
    statement->flow->name = sg_parse_identifier(p);
    if (open && p->mariadb && take(p, SG_TOKEN_LEFT_PAREN)) {
        if (!at(p, SG_TOKEN_RIGHT_PAREN))
            statement->flow->from = sg_parse_expr_list(p, NULL);
        expect_close(p);
    } else if (open && p->mariadb && take_word(p, SG_WORD_USING)) {
        statement->flow->from = sg_parse_expr_list(p, NULL);
    }
    return statement;
}

/* FETCH [[NEXT] FROM] name INTO variables | MariaDB FETCH GROUP NEXT ROW. */
static struct sg_statement *parse_fetch(struct sg_parser *p)
{
    struct sg_statement *statement = new_flow(p, SG_FLOW_CURSOR, p->token.offset);
    advance(p);
    if (p->mariadb && take_word(p, SG_WORD_GROUP)) {
        expect_word(p, SG_WORD_NEXT);
        expect_word(p, SG_WORD_ROW);
        return statement;
    }
    if (take_word(p, SG_WORD_NEXT))
        expect_word(p, SG_WORD_FROM);
    else
        take_word(p, SG_WORD_FROM);
    statement->flow->name = sg_parse_identifier(p);
    expect_word(p, SG_WORD_INTO);
    struct sg_name_item **tail = &statement->flow->into;
    do {
        struct sg_name_item *item = NEW_NODE(p, struct sg_name_item);
        if (at(p, SG_TOKEN_USER_VARIABLE) && p->mariadb)
            advance(p);
        else
            item->name = sg_parse_identifier(p);
        if (p->mariadb && take(p, SG_TOKEN_DOT))
            item->name = sg_parse_identifier(p);
        *tail = item;
        tail = &item->next;
    } while (take_comma(p));
    return statement;
}

/* --- dispatch ------------------------------------------------------------------------------ */

/* What may have a label. */
static struct sg_statement *parse_labelled(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_BEGIN:
        return parse_block(p);
    case SG_WORD_LOOP:
        return parse_loop(p);
    case SG_WORD_WHILE:
        return parse_while(p);
    case SG_WORD_REPEAT:
        return parse_repeat(p);
    case SG_WORD_FOR:
        return p->mariadb ? parse_for(p) : NULL;
    default:
        return NULL;
    }
}

/* [label:] {block | loop} [label]. */
static struct sg_statement *parse_with_label(struct sg_parser *p)
{
    struct sg_name label = {0};
    if (sg_parse_at_label(p)) {
        label = sg_parse_take_name(p);
        advance(p);
    }
    struct sg_statement *statement = parse_labelled(p);
    if (!statement) {
        if (sg_name_is_set(&label))
            fail_expected(p, "expected BEGIN, LOOP, REPEAT or WHILE");
        return NULL;
    }
    statement->flow->label = label;
    take_end_label(p);
    return statement;
}

struct sg_statement *sg_parse_body_statement(struct sg_parser *p)
{
    if (!p->in_body && !p->mariadb)
        return NULL;
    if (sg_parse_at_label(p))
        return parse_with_label(p);
    switch (p->token.word) {
    case SG_WORD_IF:
        return parse_if(p);
    case SG_WORD_CASE:
        return parse_case(p);
    case SG_WORD_RETURN:
        return parse_return(p);
    case SG_WORD_LEAVE:
    case SG_WORD_ITERATE:
        return parse_leave(p);
    case SG_WORD_OPEN:
    case SG_WORD_CLOSE:
        return parse_open_close(p);
    case SG_WORD_FETCH:
        return parse_fetch(p);
    default:
        return parse_with_label(p);
    }
}
