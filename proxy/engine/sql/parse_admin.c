/* Accounts, table maintenance, replication and the server itself.
 *
 * Few of these have names that a schema could lack: tables (maintained, locked, flushed), the
 * columns of GRANT, values in KILL, SIGNAL and GET DIAGNOSTICS. All else is read as words up to the
 * end.
 *
 * MySQL manual, "Database Administration Statements", "Replication Statements", "Condition
 * Handling", "LOCK TABLES and UNLOCK TABLES Statements", "Specifying Account Names"; MariaDB
 * documentation, "Administrative SQL Statements", "BACKUP Commands".
 */
#include "sql/parse.h"

/* --- accounts ------------------------------------------------------------------------------ */

/* user | 'user'@'host' | CURRENT_USER [()]. */
void sg_parse_account(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_CURRENT_USER) || take_word(p, SG_WORD_CURRENT_ROLE)) {
        if (take(p, SG_TOKEN_LEFT_PAREN))
            expect_close(p);
        return;
    }
    if (!at_identifier(p) && !at(p, SG_TOKEN_STRING))
        fail_expected(p, "expected an account");
    advance(p);
    take(p, SG_TOKEN_USER_VARIABLE);
}

void sg_parse_accounts(struct sg_parser *p)
{
    do {
        sg_parse_account(p);
    } while (take_comma(p));
}

/* privilege [(columns)], privilege ... up to ON, TO or FROM. A privilege is some words, or a role.
 */
static void parse_privileges(struct sg_parser *p, struct sg_grant *grant)
{
    struct sg_expr **tail = &grant->columns;
    while (!at_word(p, SG_WORD_ON) && !at_word(p, SG_WORD_TO) && !at_word(p, SG_WORD_FROM)) {
        if (at(p, SG_TOKEN_LEFT_PAREN)) {
            advance(p);
            *tail = sg_parse_column_list(p, NULL);
            while (*tail)
                tail = &(*tail)->next;
            expect_close(p);
        } else if (at(p, SG_TOKEN_IDENT) || at(p, SG_TOKEN_QUOTED_IDENT) ||
                   at(p, SG_TOKEN_STRING) || at(p, SG_TOKEN_USER_VARIABLE) ||
                   at(p, SG_TOKEN_COMMA)) {
            advance(p);
        } else {
            fail_expected(p, "expected ON or TO");
        }
    }
}

/* ON [TABLE | FUNCTION | PROCEDURE ...] {* | *.* | database.* | [database.]name}. */
static void parse_grant_object(struct sg_parser *p, struct sg_grant *grant)
{
    bool table = take_word(p, SG_WORD_TABLE) ||
                 (!at_word(p, SG_WORD_FUNCTION) && !at_word(p, SG_WORD_PROCEDURE) &&
                  !at_word(p, SG_WORD_PACKAGE) && !at_word(p, SG_WORD_LIBRARY));
    if (!table)
        advance(p);
    take_word(p, SG_WORD_BODY);
    if (take(p, SG_TOKEN_STAR)) {
        if (take(p, SG_TOKEN_DOT))
            expect(p, SG_TOKEN_STAR, "expected `*`");
        return;
    }
    grant->table.name = sg_parse_identifier(p);
    if (take(p, SG_TOKEN_DOT)) {
        grant->table.database = grant->table.name;
        grant->table.name = (struct sg_name){0};
        if (take(p, SG_TOKEN_STAR))
            return;
        grant->table.name = sg_parse_identifier(p);
    }
    grant->is_table = table;
}

/* GRANT privileges ON object TO accounts ... | GRANT roles TO accounts; REVOKE likewise. MySQL
 * manual, "GRANT Statement", "REVOKE Statement". */
static struct sg_statement *parse_grant(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_GRANT, p->token.offset);
    struct sg_grant *grant = NEW_NODE(p, struct sg_grant);
    statement->grant = grant;
    grant->grants = at_word(p, SG_WORD_GRANT);
    advance(p);
    sg_parse_if_exists(p);
    bool proxy = at_word(p, SG_WORD_PROXY);
    parse_privileges(p, grant);
    if (!proxy && take_word(p, SG_WORD_ON))
        parse_grant_object(p, grant);
    sg_parse_rest(p);
    return statement;
}

/* --- tables -------------------------------------------------------------------------------- */

static struct sg_statement *new_tables(struct sg_parser *p, enum sg_ast_kind kind, uint32_t offset)
{
    struct sg_statement *statement = sg_parse_new_statement(p, kind, offset);
    statement->tables = NEW_NODE(p, struct sg_tables);
    return statement;
}

static bool take_tables_word(struct sg_parser *p)
{
    return take_word(p, SG_WORD_TABLE) || take_word(p, SG_WORD_TABLES) ||
           (p->mariadb && take_word(p, SG_WORD_VIEW));
}

/* {ANALYZE | CHECK | CHECKSUM | OPTIMIZE | REPAIR} [NO_WRITE_TO_BINLOG | LOCAL] TABLE tables
 * options. MySQL manual, "Table Maintenance Statements". */
static struct sg_statement *parse_maintenance(struct sg_parser *p)
{
    struct sg_statement *statement = new_tables(p, SG_AST_TABLES, p->token.offset);
    advance(p);
    if (!take_word(p, SG_WORD_NO_WRITE_TO_BINLOG))
        take_word(p, SG_WORD_LOCAL);
    if (!take_tables_word(p))
        fail_expected(p, "TABLE");
    statement->tables->tables = sg_parse_qualified_list(p);
    sg_parse_rest(p);
    return statement;
}

/* table [PARTITION (...)] [{INDEX | KEY} (names)] [IGNORE LEAVES], ... of CACHE INDEX, LOAD INDEX.
 */
static struct sg_qualified_item *parse_key_caches(struct sg_parser *p)
{
    struct sg_qualified_item *first = NULL;
    struct sg_qualified_item **tail = &first;
    do {
        struct sg_qualified_item *item = NEW_NODE(p, struct sg_qualified_item);
        sg_parse_qualified(p, &item->name);
        if (take_word(p, SG_WORD_PARTITION))
            sg_parse_skip_parens(p);
        if (take_word(p, SG_WORD_INDEX) || take_word(p, SG_WORD_KEY))
            sg_parse_skip_parens(p);
        if (take_word(p, SG_WORD_IGNORE))
            expect_word(p, SG_WORD_LEAVES);
        *tail = item;
        tail = &item->next;
    } while (take_comma(p));
    return first;
}

/* CACHE INDEX tables IN cache | LOAD INDEX INTO CACHE tables. */
static struct sg_statement *parse_key_cache(struct sg_parser *p)
{
    struct sg_statement *statement = new_tables(p, SG_AST_TABLES, p->token.offset);
    bool load = at_word(p, SG_WORD_LOAD);
    advance(p);
    expect_word(p, SG_WORD_INDEX);
    if (load) {
        expect_word(p, SG_WORD_INTO);
        expect_word(p, SG_WORD_CACHE);
    }
    statement->tables->tables = parse_key_caches(p);
    if (!load) {
        expect_word(p, SG_WORD_IN);
        if (!take_word(p, SG_WORD_DEFAULT))
            sg_parse_identifier(p);
    }
    return statement;
}

/* READ [LOCAL] | [LOW_PRIORITY] WRITE [CONCURRENT]. */
static void parse_lock_type(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_READ)) {
        take_word(p, SG_WORD_LOCAL);
        return;
    }
    take_word(p, SG_WORD_LOW_PRIORITY);
    expect_word(p, SG_WORD_WRITE);
    if (p->mariadb)
        take_word(p, SG_WORD_CONCURRENT);
}

/* LOCK TABLES table [[AS] alias] type, ... | LOCK INSTANCE FOR BACKUP. */
static struct sg_statement *parse_lock_tables(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    if (!take_tables_word(p)) {
        expect_word(p, SG_WORD_INSTANCE);
        expect_word(p, SG_WORD_FOR);
        expect_word(p, SG_WORD_BACKUP);
        return sg_parse_new_statement(p, SG_AST_TRANSACTION, offset);
    }
    struct sg_statement *statement = new_tables(p, SG_AST_LOCK_TABLES, offset);
    struct sg_qualified_item **tail = &statement->tables->tables;
    do {
        struct sg_qualified_item *item = NEW_NODE(p, struct sg_qualified_item);
        sg_parse_qualified(p, &item->name);
        if (take_word(p, SG_WORD_AS) || at_identifier(p))
            item->alias = sg_parse_identifier(p);
        parse_lock_type(p);
        *tail = item;
        tail = &item->next;
    } while (take_comma(p));
    if (p->mariadb)
        sg_parse_rest(p); /* WAIT n, NOWAIT */
    return statement;
}

/* FLUSH [LOCAL] TABLES tables [WITH READ LOCK | FOR EXPORT] | FLUSH options. MySQL manual, "FLUSH
 * Statement". */
static struct sg_statement *parse_flush(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    if (!take_word(p, SG_WORD_NO_WRITE_TO_BINLOG))
        take_word(p, SG_WORD_LOCAL);
    bool tables = take_word(p, SG_WORD_TABLES) || take_word(p, SG_WORD_TABLE);
    if (!tables) {
        sg_parse_rest(p);
        return sg_parse_new_statement(p, SG_AST_OTHER, offset);
    }
    struct sg_statement *statement = new_tables(p, SG_AST_FLUSH_TABLES, offset);
    if (at_identifier(p))
        statement->tables->tables = sg_parse_qualified_list(p);
    sg_parse_rest(p);
    return statement;
}

/* BACKUP LOCK table | BACKUP STAGE x | BACKUP UNLOCK. MariaDB documentation, "BACKUP Commands". */
static struct sg_statement *parse_backup(struct sg_parser *p)
{
    if (!p->mariadb)
        return NULL;
    uint32_t offset = p->token.offset;
    advance(p);
    if (take_word(p, SG_WORD_LOCK)) {
        struct sg_statement *statement = new_tables(p, SG_AST_BACKUP_LOCK, offset);
        statement->tables->tables = sg_parse_qualified_list(p);
        return statement;
    }
    sg_parse_rest(p);
    return sg_parse_new_statement(p, SG_AST_OTHER, offset);
}

/* --- values -------------------------------------------------------------------------------- */

static struct sg_statement *new_values(struct sg_parser *p, enum sg_ast_kind kind)
{
    uint32_t offset = p->token.offset;
    struct sg_statement *statement = sg_parse_new_statement(p, kind, offset);
    statement->values = NEW_NODE(p, struct sg_values_statement);
    advance(p);
    statement->values->verb = sg_parse_source(p, offset);
    return statement;
}

/* KILL [HARD | SOFT] [CONNECTION | QUERY [ID]] expr; MariaDB KILL ... USER account. */
static struct sg_statement *parse_kill(struct sg_parser *p)
{
    struct sg_statement *statement = new_values(p, SG_AST_KILL);
    if (p->mariadb && !take_word(p, SG_WORD_HARD))
        take_word(p, SG_WORD_SOFT);
    if (!take_word(p, SG_WORD_CONNECTION) && take_word(p, SG_WORD_QUERY) && p->mariadb)
        take_word(p, SG_WORD_ID);
    if (p->mariadb && take_word(p, SG_WORD_USER))
        sg_parse_account(p);
    else
        statement->values->values = sg_parse_expr(p);
    return statement;
}

/* [SET item = value, ...]. */
static void parse_signal_items(struct sg_parser *p, struct sg_values_statement *values)
{
    struct sg_expr **tail = &values->values;
    if (!take_word(p, SG_WORD_SET))
        return;
    do {
        sg_parse_identifier(p);
        expect(p, SG_TOKEN_EQUAL, "expected `=`");
        *tail = sg_parse_expr(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
}

/* {SIGNAL | RESIGNAL} [SQLSTATE [VALUE] 'state' | condition] [SET ...]. MySQL manual, "SIGNAL
 * Statement". */
static struct sg_statement *parse_signal(struct sg_parser *p)
{
    bool required = at_word(p, SG_WORD_SIGNAL);
    struct sg_statement *statement = new_values(p, SG_AST_SIGNAL);
    if (take_word(p, SG_WORD_SQLSTATE)) {
        take_word(p, SG_WORD_VALUE);
        expect(p, SG_TOKEN_STRING, "expected an SQLSTATE");
    } else if (at_identifier(p) || required) {
        sg_parse_identifier(p);
    }
    parse_signal_items(p, statement->values);
    return statement;
}

/* GET [CURRENT | STACKED] DIAGNOSTICS {target = item, ... | CONDITION number target = item, ...}.
 * The targets are variables; the condition number is a value. */
static struct sg_statement *parse_diagnostics(struct sg_parser *p)
{
    struct sg_statement *statement = new_values(p, SG_AST_DIAGNOSTICS);
    if (!take_word(p, SG_WORD_CURRENT))
        take_word(p, SG_WORD_STACKED);
    expect_word(p, SG_WORD_DIAGNOSTICS);
    if (take_word(p, SG_WORD_CONDITION))
        statement->values->values = sg_parse_unary_expr(p);
    do {
        sg_parse_variable(p);
        expect(p, SG_TOKEN_EQUAL, "expected `=`");
        if (!p->mariadb || !take_word(p, SG_WORD_ROW_NUMBER)) /* reserved */
            sg_parse_identifier(p);
    } while (take_comma(p));
    return statement;
}

/* --- no names ------------------------------------------------------------------------------ */

static struct sg_statement *parse_other(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_OTHER, p->token.offset);
    advance(p);
    sg_parse_rest(p);
    return statement;
}

/* UNLOCK {TABLES | INSTANCE}. */
static struct sg_statement *parse_unlock(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_TRANSACTION, p->token.offset);
    advance(p);
    if (!take_tables_word(p))
        expect_word(p, SG_WORD_INSTANCE);
    return statement;
}

static struct sg_statement *parse_replication(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_BINLOG:
    case SG_WORD_CHANGE:
    case SG_WORD_CLONE:
    case SG_WORD_HELP:
    case SG_WORD_IMPORT:
    case SG_WORD_INSTALL:
    case SG_WORD_PURGE:
    case SG_WORD_RESET:
    case SG_WORD_RESTART:
    case SG_WORD_SHUTDOWN:
    case SG_WORD_START:
    case SG_WORD_STOP:
    case SG_WORD_UNINSTALL:
        return parse_other(p);
    default:
        return NULL;
    }
}

struct sg_statement *sg_parse_admin_statement(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_GRANT:
    case SG_WORD_REVOKE:
        return parse_grant(p);
    case SG_WORD_ANALYZE:
    case SG_WORD_CHECK:
    case SG_WORD_CHECKSUM:
    case SG_WORD_OPTIMIZE:
    case SG_WORD_REPAIR:
        return parse_maintenance(p);
    case SG_WORD_CACHE:
    case SG_WORD_LOAD:
        return parse_key_cache(p);
    case SG_WORD_LOCK:
        return parse_lock_tables(p);
    case SG_WORD_UNLOCK:
        return parse_unlock(p);
    case SG_WORD_FLUSH:
        return parse_flush(p);
    case SG_WORD_BACKUP:
        return parse_backup(p);
    case SG_WORD_KILL:
        return parse_kill(p);
    case SG_WORD_SIGNAL:
    case SG_WORD_RESIGNAL:
        return parse_signal(p);
    case SG_WORD_GET:
        return parse_diagnostics(p);
    default:
        return parse_replication(p);
    }
}
