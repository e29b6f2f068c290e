/* The door of the parser: text in, one statement's tree out.
 *
 * Here are the entry, the cursor over tokens, names, and the dispatch by a statement's first word.
 * Called by verdict/check.c (sg_parse) and, for what is declared in parse.h, by the other
 * productions. What the names mean is left to resolve/.
 *
 * MySQL manual, "SQL Statements", "Schema Object Names", "Identifier Qualifiers"; MariaDB
 * documentation, "SQL Statements", "Identifier Names".
 */
#include "sql/parse.h"

#include <stdio.h>

/* --- failure and cursor -------------------------------------------------------------------- */

_Noreturn void sg_parse_fail(struct sg_parser *p, enum sg_parse_status status, const char *reason)
{
    p->status = status;
    p->reason = reason;
    p->found = p->token;
    longjmp(p->exit, 1);
}

void sg_parse_advance(struct sg_parser *p)
{
    p->end = sg_token_end(&p->token);
    if (p->has_ahead) {
        p->token = p->ahead;
        p->has_ahead = false;
    } else {
        sg_lex_next(&p->lexer, &p->token);
    }
}

const struct sg_token *sg_parse_peek(struct sg_parser *p)
{
    if (!p->has_ahead) {
        sg_lex_next(&p->lexer, &p->ahead);
        p->has_ahead = true;
    }
    return &p->ahead;
}

bool sg_parse_take_words(struct sg_parser *p, enum sg_word first, enum sg_word second)
{
    if (!at_word(p, first) || !peek_is_word(p, second))
        return false;
    advance(p);
    advance(p);
    return true;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - ('a' - 'A')) : c;
}

bool sg_parse_at_text(const struct sg_parser *p, const char *text)
{
    if (!at(p, SG_TOKEN_IDENT))
        return false;
    uint32_t i = 0;
    for (; i < p->token.size && text[i] != '\0'; i++) {
        if (upper(p->text[p->token.offset + i]) != text[i])
            return false;
    }
    return i == p->token.size && text[i] == '\0';
}

bool sg_parse_take_text(struct sg_parser *p, const char *text)
{
    if (!sg_parse_at_text(p, text))
        return false;
    advance(p);
    return true;
}

void *sg_parse_node(struct sg_parser *p, size_t size)
{
    void *node = sg_arena_alloc(p->arena, size);
    if (!node)
        sg_parse_fail(p, SG_PARSE_MEMORY, "memory limit reached");
    return node;
}

/* --- names --------------------------------------------------------------------------------- */

static enum sg_quote quote_of(const struct sg_parser *p)
{
    switch (p->text[p->token.offset]) {
    case '`':
        return SG_QUOTE_BACKTICK;
    case '"':
        return SG_QUOTE_DOUBLE;
    case '\'':
        return SG_QUOTE_SINGLE;
    case '[':
        return SG_QUOTE_BRACKET;
    default:
        return SG_QUOTE_NONE;
    }
}

static bool at_name_like(const struct sg_parser *p)
{
    return at(p, SG_TOKEN_IDENT) || at(p, SG_TOKEN_QUOTED_IDENT) || at(p, SG_TOKEN_STRING) ||
           at(p, SG_TOKEN_USER_VARIABLE);
}

struct sg_name sg_parse_take_name(struct sg_parser *p)
{
    struct sg_name name = {.offset = p->token.offset, .size = p->token.size & 0x1fffffff};
    if (!at_name_like(p))
        fail_expected(p, "expected a name");
    if (at(p, SG_TOKEN_IDENT)) {
        name.text = sg_slice_make(p->text + p->token.offset, p->token.size);
    } else {
        name.quote = (unsigned)quote_of(p) & 7;
        name.text = sg_lex_value(&p->lexer, &p->token, p->arena);
        if (p->arena->exhausted)
            sg_parse_fail(p, SG_PARSE_MEMORY, "memory limit reached");
    }
    advance(p);
    return name;
}

/* ident: a word that is not reserved, or a quoted name. MySQL manual, "Schema Object Names". */
struct sg_name sg_parse_identifier(struct sg_parser *p)
{
    if (at_identifier(p))
        return sg_parse_take_name(p);
    fail_expected(p, "expected a name");
}

/* [AS] alias, after AS was taken: an identifier or a quoted text. MySQL manual, "Problems with
 * Column Aliases"; MariaDB documentation, "Identifier Names". */
struct sg_name sg_parse_alias(struct sg_parser *p)
{
    if (at_identifier(p) || at(p, SG_TOKEN_STRING))
        return sg_parse_take_name(p);
    fail_expected(p, "expected an alias");
}

/* [[database] .] name. MySQL manual, "Identifier Qualifiers". */
void sg_parse_qualified(struct sg_parser *p, struct sg_qualified_name *name)
{
    if (take(p, SG_TOKEN_DOT)) {
        name->name = sg_parse_identifier(p);
        return;
    }
    name->name = sg_parse_identifier(p);
    if (at(p, SG_TOKEN_DOT)) {
        advance(p);
        name->database = name->name;
        name->name = sg_parse_identifier(p);
    }
}

struct sg_name_item *sg_parse_name_list(struct sg_parser *p)
{
    struct sg_name_item *first = NULL;
    struct sg_name_item **tail = &first;
    do {
        struct sg_name_item *item = NEW_NODE(p, struct sg_name_item);
        item->name = sg_parse_identifier(p);
        *tail = item;
        tail = &item->next;
    } while (take_comma(p));
    return first;
}

struct sg_name_item *sg_parse_names_in_parens(struct sg_parser *p)
{
    expect_open(p);
    struct sg_name_item *names = sg_parse_name_list(p);
    expect_close(p);
    return names;
}

struct sg_qualified_item *sg_parse_qualified_list(struct sg_parser *p)
{
    struct sg_qualified_item *first = NULL;
    struct sg_qualified_item **tail = &first;
    do {
        struct sg_qualified_item *item = NEW_NODE(p, struct sg_qualified_item);
        sg_parse_qualified(p, &item->name);
        *tail = item;
        tail = &item->next;
    } while (take_comma(p));
    return first;
}

bool sg_parse_if_exists(struct sg_parser *p)
{
    return sg_parse_take_words(p, SG_WORD_IF, SG_WORD_EXISTS);
}

bool sg_parse_if_not_exists(struct sg_parser *p)
{
    if (!sg_parse_take_words(p, SG_WORD_IF, SG_WORD_NOT))
        return false;
    expect_word(p, SG_WORD_EXISTS);
    return true;
}

struct sg_slice sg_parse_source(const struct sg_parser *p, uint32_t offset)
{
    return sg_slice_make(p->text + offset, p->end > offset ? p->end - offset : 0);
}

static bool ends_statement(const struct sg_parser *p)
{
    return at(p, SG_TOKEN_END) || at(p, SG_TOKEN_SEMICOLON) || at(p, SG_TOKEN_ERROR);
}

void sg_parse_rest(struct sg_parser *p)
{
    while (!ends_statement(p))
        advance(p);
}

void sg_parse_skip_parens(struct sg_parser *p)
{
    uint32_t open = 0;
    do {
        if (at(p, SG_TOKEN_LEFT_PAREN))
            open++;
        else if (at(p, SG_TOKEN_RIGHT_PAREN))
            open--;
        advance(p);
    } while (open > 0 && !ends_statement(p));
    if (open > 0)
        fail_expected(p, "`)`");
}

/* --- statements ---------------------------------------------------------------------------- */

struct sg_statement *sg_parse_new_statement(struct sg_parser *p, enum sg_ast_kind kind,
                                            uint32_t offset)
{
    struct sg_statement *statement = NEW_NODE(p, struct sg_statement);
    statement->kind = kind;
    statement->offset = offset;
    return statement;
}

static struct sg_statement *parse_query_statement(struct sg_parser *p, struct sg_with *with,
                                                  uint32_t offset)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_QUERY, offset);
    p->into_allowed = true;
    statement->query = with ? sg_parse_query_after_with(p, with, offset) : sg_parse_query(p);
    p->into_allowed = false;
    return statement;
}

/* WITH ctes {query | UPDATE | DELETE}: the latter two on MySQL alone. MySQL manual, "WITH (Common
 * Table Expressions)"; MariaDB documentation, "WITH". */
static struct sg_statement *parse_with_statement(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct sg_with *with = sg_parse_with(p);
    if (!p->mariadb && at_word(p, SG_WORD_UPDATE))
        return sg_parse_update(p, with, offset);
    if (!p->mariadb && at_word(p, SG_WORD_DELETE))
        return sg_parse_delete(p, with, offset);
    return parse_query_statement(p, with, offset);
}

/* Statements whose first word alone tells them; NULL for any other. */
static struct sg_statement *parse_by_word(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_SELECT:
    case SG_WORD_VALUES:
    case SG_WORD_TABLE:
        return parse_query_statement(p, NULL, p->token.offset);
    case SG_WORD_WITH:
        return parse_with_statement(p);
    case SG_WORD_INSERT:
    case SG_WORD_REPLACE:
        return sg_parse_insert(p);
    case SG_WORD_UPDATE:
        return sg_parse_update(p, NULL, p->token.offset);
    case SG_WORD_DELETE:
        return sg_parse_delete(p, NULL, p->token.offset);
    case SG_WORD_LOAD:
        return sg_parse_load(p);
    case SG_WORD_HANDLER:
        return sg_parse_handler(p);
    case SG_WORD_CALL:
        return sg_parse_call_statement(p);
    case SG_WORD_DO:
        return sg_parse_do(p);
    default:
        return NULL;
    }
}

/* MySQL manual, "SQL Statements"; MariaDB documentation, "SQL Statements". */
struct sg_statement *sg_parse_statement(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    struct sg_statement *statement = NULL;
    sg_parse_enter(p);
    if (sg_parse_at_label(p))
        statement = sg_parse_body_statement(p);
    else
        statement =
            at(p, SG_TOKEN_LEFT_PAREN) ? parse_query_statement(p, NULL, offset) : parse_by_word(p);
    if (!statement)
        statement = sg_parse_session_statement(p);
    if (!statement)
        statement = sg_parse_show_statement(p);
    if (!statement)
        statement = sg_parse_admin_statement(p);
    if (!statement)
        statement = sg_parse_ddl_statement(p);
    if (!statement)
        statement = sg_parse_body_statement(p);
    if (!statement)
        fail_expected(p, "expected a statement");
    statement->offset = offset;
    statement->size = p->end > offset ? p->end - offset : 0;
    sg_parse_leave(p);
    return statement;
}

/* --- the door ------------------------------------------------------------------------------ */

static void init_parser(struct sg_parser *p, struct sg_slice text, const struct sg_context *context,
                        struct sg_arena *arena)
{
    *p = (struct sg_parser){0};
    p->text = text.data;
    p->context = context;
    p->arena = arena;
    p->mariadb = context->server->flavour == SG_FLAVOUR_MARIADB;
    p->version = context->server->version;
    p->sql_mode = context->sql_mode;
    sg_lex_init(&p->lexer, text, context);
    sg_lex_next(&p->lexer, &p->token);
}

/* "expected FROM, found `where`": words of the grammar and kinds of tokens, no text of the
 * statement. */
static struct sg_slice describe_failure(struct sg_parser *p)
{
    if (p->status != SG_PARSE_SYNTAX)
        return sg_slice_of(p->reason);
    const char *found = p->found.word != SG_NO_WORD
                            ? sg_word_text((enum sg_word)p->found.word)
                            : sg_token_kind_name((enum sg_token_kind)p->found.kind);
    char text[160];
    int size = snprintf(text, sizeof text, "%s, found %s", p->reason, found);
    if (size < 0 || (size_t)size >= sizeof text)
        return sg_slice_of(p->reason);
    struct sg_slice copy = sg_arena_copy(p->arena, sg_slice_make(text, (size_t)size));
    return copy.size ? copy : sg_slice_of(p->reason);
}

/* NULL: failed. A function of its own, since sg_parse's `p` would be unknown after a jump into
 * sg_parse itself: C11, 7.13.2.1. */
static struct sg_statement *parse_whole(struct sg_parser *p)
{
    if (setjmp(p->exit))
        return NULL;
    if (p->sql_mode & SG_MODE_ORACLE && p->mariadb)
        unsupported(p, "sql_mode ORACLE");
    if (at(p, SG_TOKEN_END) || at(p, SG_TOKEN_SEMICOLON))
        return sg_parse_new_statement(p, SG_AST_EMPTY, p->token.offset);
    struct sg_statement *statement = sg_parse_statement(p);
    if (!at(p, SG_TOKEN_END) && !at(p, SG_TOKEN_SEMICOLON))
        fail_expected(p, "expected the statement's end");
    if (p->stray_stars)
        fail_expected(p, "expected no `.*` outside a select list");
    return statement;
}

enum sg_parse_status sg_parse(struct sg_slice text, const struct sg_context *context,
                              struct sg_arena *arena, struct sg_parse *out)
{
    struct sg_parser p;
    *out = (struct sg_parse){0};
    init_parser(&p, text, context, arena);
    struct sg_statement *statement = parse_whole(&p);
    if (!statement) {
        out->status = p.status;
        out->reason = describe_failure(&p);
        out->offset = p.found.offset;
        out->consumed = text.size;
        return out->status;
    }
    statement->parameter_count = p.parameter_count;
    statement->is_refused = p.refused;
    out->statement = statement;
    out->consumed = at(&p, SG_TOKEN_SEMICOLON) ? sg_token_end(&p.token) : text.size;
    return out->status;
}
