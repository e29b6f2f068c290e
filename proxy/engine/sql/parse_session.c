/* Statements that change the session: USE, SET, PREPARE and EXECUTE, transactions.
 *
 * MySQL manual, "USE Statement", "SET Syntax for Variable Assignment", "SET NAMES Statement", "SET
 * CHARACTER SET Statement", "SET TRANSACTION Statement", "Prepared Statements", "Transactional and
 * Locking Statements"; MariaDB documentation, "SET", "SET STATEMENT", "EXECUTE IMMEDIATE".
 */
#include "sql/parse.h"

/* --- USE ----------------------------------------------------------------------------------- */

static struct sg_statement *parse_use(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_USE, p->token.offset);
    statement->use = NEW_NODE(p, struct sg_name);
    advance(p);
    *statement->use = sg_parse_identifier(p);
    return statement;
}

/* --- SET ----------------------------------------------------------------------------------- */

static struct sg_expr *new_word(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct sg_name name = sg_parse_take_name(p);
    struct sg_expr *expr = sg_expr_new(p, SG_EXPR_WORD, offset);
    expr->word.name = name;
    return expr;
}

static struct sg_expr *new_default(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    return sg_expr_new(p, SG_EXPR_DEFAULT, offset);
}

static bool ends_assignment(const struct sg_token *token)
{
    return token->kind == SG_TOKEN_COMMA || token->kind == SG_TOKEN_END ||
           token->kind == SG_TOKEN_SEMICOLON || token->word == SG_WORD_FOR;
}

/* The value of a system variable: an expression, DEFAULT, or a lone word, which is a text there,
 * also ON, ALL, BINARY, ROW and SYSTEM, which are reserved. */
static struct sg_expr *parse_set_value(struct sg_parser *p)
{
    if (at_word(p, SG_WORD_DEFAULT) && ends_assignment(sg_parse_peek(p)))
        return new_default(p);
    bool wordy = at_identifier(p) || at_word(p, SG_WORD_ON) || at_word(p, SG_WORD_ALL) ||
                 at_word(p, SG_WORD_BINARY) || at_word(p, SG_WORD_ROW) ||
                 at_word(p, SG_WORD_SYSTEM);
    if (wordy && ends_assignment(sg_parse_peek(p)))
        return new_word(p);
    return sg_parse_expr(p);
}

static enum sg_scope_word take_scope(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_SESSION) || take_word(p, SG_WORD_LOCAL))
        return SG_SCOPE_SESSION;
    if (take_word(p, SG_WORD_GLOBAL))
        return SG_SCOPE_GLOBAL;
    if (take_word(p, SG_WORD_PERSIST))
        return SG_SCOPE_PERSIST;
    if (take_word(p, SG_WORD_PERSIST_ONLY))
        return SG_SCOPE_PERSIST_ONLY;
    return SG_SCOPE_NONE;
}

/* The lexer makes no keyword of a word before a dot, so it is told by its letters. */
static bool at_scope(const struct sg_parser *p)
{
    return sg_parse_at_text(p, "SESSION") || sg_parse_at_text(p, "LOCAL") ||
           sg_parse_at_text(p, "GLOBAL") || sg_parse_at_text(p, "PERSIST") ||
           sg_parse_at_text(p, "PERSIST_ONLY");
}

static void expect_assign(struct sg_parser *p)
{
    if (!take(p, SG_TOKEN_EQUAL))
        expect(p, SG_TOKEN_ASSIGN, "expected `=`");
}

/* name | instance.name | DEFAULT.name, then = value. */
static void parse_variable_assignment(struct sg_parser *p, struct sg_set_item *item)
{
    item->kind = SG_SET_SYSTEM_VARIABLE;
    if (at_scope(p) && !item->scope) /* SET global.x = 1: without @@ the word is no name */
        fail_expected(p, "expected a variable");
    if (at_word(p, SG_WORD_DEFAULT) && peek_is(p, SG_TOKEN_DOT))
        item->name = sg_parse_take_name(p);
    else
        item->name = sg_parse_identifier(p);
    if (take(p, SG_TOKEN_DOT)) {
        item->qualifier = item->name;
        item->name = sg_parse_identifier(p);
        if (p->in_body && !item->scope)
            item->kind = SG_SET_FIELD;
    }
    expect_assign(p);
    item->value = parse_set_value(p);
}

/* @@[scope.]name = value. */
static void parse_at_at_assignment(struct sg_parser *p, struct sg_set_item *item)
{
    advance(p);
    bool scoped = peek_is(p, SG_TOKEN_DOT);
    if (scoped)
        item->scope = take_scope(p);
    if (item->scope)
        expect(p, SG_TOKEN_DOT, "expected `.`");
    parse_variable_assignment(p, item);
    item->kind = SG_SET_SYSTEM_VARIABLE;
}

/* {'charset' | charset | DEFAULT | BINARY}. */
static struct sg_expr *parse_charset_value(struct sg_parser *p)
{
    if (at_word(p, SG_WORD_DEFAULT))
        return new_default(p);
    if (at(p, SG_TOKEN_STRING))
        return sg_parse_expr(p);
    if (at_identifier(p) || at_word(p, SG_WORD_BINARY))
        return new_word(p);
    fail_expected(p, "expected a character set");
}

/* NAMES {charset [COLLATE collation] | DEFAULT}. */
static void parse_set_names(struct sg_parser *p, struct sg_set_item *item)
{
    item->kind = SG_SET_NAMES;
    advance(p);
    if (take(p, SG_TOKEN_EQUAL)) { /* SET NAMES = expr: read, and then refused, by the servers */
        fail_expected(p, "expected a character set");
        return;
    }
    item->value = parse_charset_value(p);
    if (take_word(p, SG_WORD_COLLATE)) {
        if (!p->mariadb && at_word(p, SG_WORD_DEFAULT))
            fail_expected(p, "expected a collation");
        sg_parse_charset_name(p);
    }
}

/* PASSWORD [FOR user] = ... and the like hold no names: only understood to their end. */
static void parse_set_password(struct sg_parser *p, struct sg_set_item *item)
{
    item->kind = SG_SET_OTHER;
    advance(p);
    if (take_word(p, SG_WORD_FOR))
        sg_parse_account(p);
    if (!p->mariadb && take_word(p, SG_WORD_TO)) {
        expect_word(p, SG_WORD_RANDOM);
    } else {
        expect_assign(p);
        item->value = sg_parse_expr(p);
    }
    if (take_word(p, SG_WORD_REPLACE))
        expect(p, SG_TOKEN_STRING, "expected a password");
    if (take_word(p, SG_WORD_RETAIN)) {
        expect_word(p, SG_WORD_CURRENT);
        expect_word(p, SG_WORD_PASSWORD);
    }
}

/* TRANSACTION {ISOLATION LEVEL x | READ WRITE | READ ONLY}, ... MySQL manual, "SET TRANSACTION
 * Statement". */
static void parse_set_transaction(struct sg_parser *p, struct sg_set_item *item)
{
    item->kind = SG_SET_OTHER;
    advance(p);
    do {
        if (take_word(p, SG_WORD_READ)) {
            if (!take_word(p, SG_WORD_WRITE))
                expect_word(p, SG_WORD_ONLY);
            continue;
        }
        expect_word(p, SG_WORD_ISOLATION);
        expect_word(p, SG_WORD_LEVEL);
        if (take_word(p, SG_WORD_READ)) {
            if (!take_word(p, SG_WORD_COMMITTED))
                expect_word(p, SG_WORD_UNCOMMITTED);
        } else if (take_word(p, SG_WORD_REPEATABLE)) {
            expect_word(p, SG_WORD_READ);
        } else {
            expect_word(p, SG_WORD_SERIALIZABLE);
        }
    } while (take_comma(p));
}

static struct sg_set_item *parse_set_item(struct sg_parser *p)
{
    struct sg_set_item *item = NEW_NODE(p, struct sg_set_item);
    if (at(p, SG_TOKEN_USER_VARIABLE)) {
        item->kind = SG_SET_USER_VARIABLE;
        item->name = sg_parse_take_name(p);
        expect_assign(p);
        item->value = sg_parse_expr(p);
    } else if (at(p, SG_TOKEN_SYSTEM_VARIABLE)) {
        parse_at_at_assignment(p, item);
    } else if (at_word(p, SG_WORD_NAMES) && !peek_is(p, SG_TOKEN_EQUAL)) {
        parse_set_names(p, item);
    } else if (at_word(p, SG_WORD_CHARSET) && !peek_is(p, SG_TOKEN_EQUAL)) {
        advance(p);
        item->kind = SG_SET_CHARACTER_SET;
        item->value = parse_charset_value(p);
    } else if (at_word(p, SG_WORD_CHAR)) {
        advance(p);
        expect_word(p, SG_WORD_SET);
        item->kind = SG_SET_CHARACTER_SET;
        item->value = parse_charset_value(p);
    } else if (at_word(p, SG_WORD_PASSWORD) &&
               (peek_is_word(p, SG_WORD_FOR) || peek_is_word(p, SG_WORD_TO) ||
                peek_is(p, SG_TOKEN_EQUAL) || peek_is(p, SG_TOKEN_ASSIGN))) {
        parse_set_password(p, item);
    } else {
        if (!peek_is(p, SG_TOKEN_EQUAL) && !peek_is(p, SG_TOKEN_ASSIGN) &&
            !peek_is(p, SG_TOKEN_DOT))
            item->scope = take_scope(p);
        if (at_word(p, SG_WORD_TRANSACTION) && !peek_is(p, SG_TOKEN_EQUAL))
            parse_set_transaction(p, item);
        else
            parse_variable_assignment(p, item);
    }
    return item;
}

static struct sg_set_item *parse_set_items(struct sg_parser *p)
{
    struct sg_set_item *first = NULL;
    struct sg_set_item **tail = &first;
    do {
        *tail = parse_set_item(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
    return first;
}

static bool peek_ends(struct sg_parser *p)
{
    const struct sg_token *next = sg_parse_peek(p);
    return next->kind == SG_TOKEN_EQUAL || next->kind == SG_TOKEN_ASSIGN ||
           next->kind == SG_TOKEN_DOT;
}

/* SET ROLE ..., SET DEFAULT ROLE ..., SET RESOURCE GROUP ...: accounts and their like. */
static bool parse_set_account(struct sg_parser *p)
{
    if (at_word(p, SG_WORD_ROLE) && !peek_ends(p)) {
        advance(p);
        if (take_word(p, SG_WORD_ALL)) {
            if (take_word(p, SG_WORD_EXCEPT))
                sg_parse_accounts(p);
        } else if (!take_word(p, SG_WORD_DEFAULT) && !take_word(p, SG_WORD_NONE)) {
            sg_parse_accounts(p);
        }
        return true;
    }
    if (at_word(p, SG_WORD_DEFAULT) && peek_is_word(p, SG_WORD_ROLE)) {
        advance(p);
        advance(p);
        if (!take_word(p, SG_WORD_ALL) && !take_word(p, SG_WORD_NONE))
            sg_parse_accounts(p);
        if (take_word(p, p->mariadb ? SG_WORD_FOR : SG_WORD_TO))
            sg_parse_accounts(p);
        return true;
    }
    if (!p->mariadb && at_word(p, SG_WORD_RESOURCE) && peek_is_word(p, SG_WORD_GROUP)) {
        advance(p);
        advance(p);
        sg_parse_identifier(p);
        if (take_word(p, SG_WORD_FOR))
            sg_parse_expr_list(p, NULL);
        return true;
    }
    return false;
}

/* SET assignment, assignment ... | SET STATEMENT assignments FOR statement. */
static struct sg_statement *parse_set(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_SET, p->token.offset);
    struct sg_set *set = NEW_NODE(p, struct sg_set);
    statement->set = set;
    advance(p);
    if (parse_set_account(p)) {
        set->items = NEW_NODE(p, struct sg_set_item);
        set->items->kind = SG_SET_OTHER;
    } else if (p->mariadb && at_word(p, SG_WORD_STATEMENT) && !peek_ends(p)) {
        advance(p);
        set->items = parse_set_items(p);
        expect_word(p, SG_WORD_FOR);
        set->statement = sg_parse_statement(p);
    } else {
        set->items = parse_set_items(p);
    }
    return statement;
}

/* --- prepared statements ------------------------------------------------------------------- */

/* PREPARE name FROM {'text' | @variable}; MariaDB: any expression. */
static struct sg_statement *parse_prepare(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_PREPARE, p->token.offset);
    statement->prepare = NEW_NODE(p, struct sg_prepare);
    advance(p);
    statement->prepare->name = sg_parse_identifier(p);
    expect_word(p, SG_WORD_FROM);
    if (!p->mariadb && !at(p, SG_TOKEN_STRING) && !at(p, SG_TOKEN_USER_VARIABLE))
        fail_expected(p, "expected a text or a variable");
    statement->prepare->text = sg_parse_expr(p);
    return statement;
}

/* @variable; MariaDB: expr | DEFAULT | IGNORE. */
static struct sg_expr *parse_using_value(struct sg_parser *p)
{
    if (p->mariadb && at_word(p, SG_WORD_IGNORE))
        return new_default(p);
    return sg_parse_expr_or_default(p);
}

/* EXECUTE name [USING values] | EXECUTE IMMEDIATE expr [USING values]. */
static struct sg_statement *parse_execute(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_EXECUTE, p->token.offset);
    struct sg_prepare *prepare = NEW_NODE(p, struct sg_prepare);
    statement->prepare = prepare;
    advance(p);
    if (p->mariadb && take_word(p, SG_WORD_IMMEDIATE)) {
        statement->kind = SG_AST_EXECUTE_IMMEDIATE;
        prepare->text = sg_parse_expr(p);
    } else {
        prepare->name = sg_parse_identifier(p);
    }
    if (take_word(p, SG_WORD_USING)) {
        struct sg_expr **tail = &prepare->using_values;
        do {
            *tail = parse_using_value(p);
            tail = &(*tail)->next;
        } while (take_comma(p));
    }
    return statement;
}

/* {DEALLOCATE | DROP} PREPARE name. */
static struct sg_statement *parse_deallocate(struct sg_parser *p)
{
    if (!peek_is_word(p, SG_WORD_PREPARE))
        return NULL;
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_DEALLOCATE, p->token.offset);
    statement->prepare = NEW_NODE(p, struct sg_prepare);
    advance(p);
    advance(p);
    statement->prepare->name = sg_parse_identifier(p);
    return statement;
}

/* --- transactions -------------------------------------------------------------------------- */

/* [WORK] [AND [NO] CHAIN] [[NO] RELEASE]. */
static void take_completion(struct sg_parser *p)
{
    take_word(p, SG_WORD_WORK);
    if (take_word(p, SG_WORD_AND)) {
        take_word(p, SG_WORD_NO);
        expect_word(p, SG_WORD_CHAIN);
    }
    if (take_word(p, SG_WORD_NO))
        expect_word(p, SG_WORD_RELEASE);
    else
        take_word(p, SG_WORD_RELEASE);
}

/* ROLLBACK [WORK] {completion | TO [SAVEPOINT] name}. */
static void parse_rollback(struct sg_parser *p)
{
    advance(p);
    take_word(p, SG_WORD_WORK);
    if (take_word(p, SG_WORD_TO)) {
        take_word(p, SG_WORD_SAVEPOINT);
        sg_parse_identifier(p);
        return;
    }
    take_completion(p);
}

/* START TRANSACTION [WITH CONSISTENT SNAPSHOT | READ WRITE | READ ONLY], ... */
static void parse_start_transaction(struct sg_parser *p)
{
    advance(p);
    advance(p);
    if (!at_word(p, SG_WORD_WITH) && !at_word(p, SG_WORD_READ))
        return;
    do {
        if (take_word(p, SG_WORD_WITH)) {
            expect_word(p, SG_WORD_CONSISTENT);
            expect_word(p, SG_WORD_SNAPSHOT);
        } else {
            expect_word(p, SG_WORD_READ);
            if (!take_word(p, SG_WORD_WRITE))
                expect_word(p, SG_WORD_ONLY);
        }
    } while (take_comma(p));
}

static void expect_xid_part(struct sg_parser *p)
{
    if (at(p, SG_TOKEN_STRING) || at(p, SG_TOKEN_HEX) || at(p, SG_TOKEN_BIT))
        advance(p);
    else
        fail_expected(p, "expected a transaction identifier");
}

/* 'gtrid' [, 'bqual' [, format]]. */
static void parse_xid(struct sg_parser *p)
{
    expect_xid_part(p);
    if (!take_comma(p))
        return;
    expect_xid_part(p);
    if (!take_comma(p))
        return;
    if (!take(p, SG_TOKEN_HEX))
        expect(p, SG_TOKEN_INTEGER, "expected a number");
}

/* XA {START | BEGIN | END | PREPARE | COMMIT | ROLLBACK} xid ... | XA RECOVER. MySQL manual, "XA
 * Transaction SQL Statements". */
static void parse_xa(struct sg_parser *p)
{
    advance(p);
    if (take_word(p, SG_WORD_RECOVER)) {
        if (p->mariadb && take_word(p, SG_WORD_FORMAT)) {
            expect(p, SG_TOKEN_EQUAL, "expected `=`");
            expect(p, SG_TOKEN_STRING, "expected a text");
        } else if (take_word(p, SG_WORD_CONVERT)) {
            expect_word(p, SG_WORD_XID);
        }
        return;
    }
    if (!take_word(p, SG_WORD_START) && !take_word(p, SG_WORD_BEGIN) &&
        !take_word(p, SG_WORD_END) && !take_word(p, SG_WORD_PREPARE) &&
        !take_word(p, SG_WORD_COMMIT) && !take_word(p, SG_WORD_ROLLBACK))
        fail_expected(p, "expected START, END, PREPARE, COMMIT or ROLLBACK");
    parse_xid(p);
    if (take_word(p, SG_WORD_ONE)) {
        expect_word(p, SG_WORD_PHASE);
    } else if (take_word(p, SG_WORD_SUSPEND)) {
        if (take_word(p, SG_WORD_FOR))
            expect_word(p, SG_WORD_MIGRATE);
    } else if (!take_word(p, SG_WORD_JOIN)) {
        take_word(p, SG_WORD_RESUME);
    }
}

static struct sg_statement *parse_transaction(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_TRANSACTION, p->token.offset);
    switch (p->token.word) {
    case SG_WORD_BEGIN:
        advance(p);
        take_word(p, SG_WORD_WORK);
        break;
    case SG_WORD_COMMIT:
        advance(p);
        take_completion(p);
        break;
    case SG_WORD_ROLLBACK:
        parse_rollback(p);
        break;
    case SG_WORD_START:
        parse_start_transaction(p);
        break;
    case SG_WORD_XA:
        parse_xa(p);
        break;
    case SG_WORD_RELEASE:
        advance(p);
        expect_word(p, SG_WORD_SAVEPOINT);
        sg_parse_identifier(p);
        break;
    default:
        advance(p);
        sg_parse_identifier(p);
        break;
    }
    return statement;
}

/* MariaDB's BEGIN NOT ATOMIC begins a block, and inside a body BEGIN always does. */
static bool begins_block(struct sg_parser *p)
{
    return p->in_body || (p->mariadb && peek_is_word(p, SG_WORD_NOT));
}

struct sg_statement *sg_parse_session_statement(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_USE:
        return parse_use(p);
    case SG_WORD_SET:
        return parse_set(p);
    case SG_WORD_PREPARE:
        return parse_prepare(p);
    case SG_WORD_EXECUTE:
        return parse_execute(p);
    case SG_WORD_DEALLOCATE:
    case SG_WORD_DROP:
        return parse_deallocate(p);
    case SG_WORD_BEGIN:
        return begins_block(p) ? NULL : parse_transaction(p);
    case SG_WORD_START:
        return peek_is_word(p, SG_WORD_TRANSACTION) ? parse_transaction(p) : NULL;
    case SG_WORD_COMMIT:
    case SG_WORD_ROLLBACK:
    case SG_WORD_SAVEPOINT:
    case SG_WORD_RELEASE:
    case SG_WORD_XA:
        return parse_transaction(p);
    default:
        return NULL;
    }
}
