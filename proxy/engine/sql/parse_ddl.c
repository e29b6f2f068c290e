/* CREATE, ALTER, DROP, RENAME and TRUNCATE: what object, by what name, with what inside.
 *
 * MySQL manual, "Data Definition Statements", "Stored Objects"; MariaDB documentation, "Data
 * Definition", "CREATE SEQUENCE", "Stored Routines".
 */
#include "sql/parse.h"

static struct sg_statement *new_ddl(struct sg_parser *p, enum sg_ddl_action action, uint32_t offset)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_DDL, offset);
    statement->ddl = NEW_NODE(p, struct sg_ddl);
    statement->ddl->action = action;
    return statement;
}

static void parse_one_name(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->names = NEW_NODE(p, struct sg_qualified_item);
    sg_parse_qualified(p, &ddl->names->name);
}

/* [WAIT n | NOWAIT]: MariaDB. */
static void take_wait(struct sg_parser *p)
{
    if (!p->mariadb)
        return;
    if (take_word(p, SG_WORD_WAIT))
        sg_parse_literal_or_parameter(p);
    else
        take_word(p, SG_WORD_NOWAIT);
}

static void take_restrict(struct sg_parser *p)
{
    if (!take_word(p, SG_WORD_RESTRICT))
        take_word(p, SG_WORD_CASCADE);
}

/* --- prefixes ------------------------------------------------------------------------------ */

/* [ALGORITHM = x] [DEFINER = account] [SQL SECURITY x] before VIEW, TRIGGER, PROCEDURE ... */
static void take_definer(struct sg_parser *p)
{
    for (;;) {
        if (at_word(p, SG_WORD_ALGORITHM)) {
            advance(p);
            expect(p, SG_TOKEN_EQUAL, "expected `=`");
            sg_parse_identifier(p);
        } else if (at_word(p, SG_WORD_DEFINER)) {
            advance(p);
            expect(p, SG_TOKEN_EQUAL, "expected `=`");
            sg_parse_account(p);
        } else if (at_word(p, SG_WORD_SQL)) {
            advance(p);
            expect_word(p, SG_WORD_SECURITY);
            sg_parse_identifier(p);
        } else {
            return;
        }
    }
}

/* [JSON [RELATIONAL] DUALITY] before VIEW. MySQL manual, "CREATE JSON DUALITY VIEW Statement". */
static void take_duality(struct sg_parser *p)
{
    if (p->mariadb || !take_word(p, SG_WORD_JSON))
        return;
    take_word(p, SG_WORD_RELATIONAL);
    expect_word(p, SG_WORD_DUALITY);
}

/* --- views --------------------------------------------------------------------------------- */

/* VIEW [IF NOT EXISTS] name [(columns)] AS query [WITH [CASCADED | LOCAL] CHECK OPTION]. MySQL
 * manual, "CREATE VIEW Statement". */
static void parse_view(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_VIEW;
    ddl->if_exists = sg_parse_if_not_exists(p);
    parse_one_name(p, ddl);
    if (at(p, SG_TOKEN_LEFT_PAREN))
        ddl->columns = sg_parse_names_in_parens(p);
    expect_word(p, SG_WORD_AS);
    ddl->query = sg_parse_query(p);
    if (take_word(p, SG_WORD_WITH)) {
        if (!take_word(p, SG_WORD_CASCADED))
            take_word(p, SG_WORD_LOCAL);
        expect_word(p, SG_WORD_CHECK);
        expect_word(p, SG_WORD_OPTION);
    }
}

/* --- tables, indexes, sequences, databases -------------------------------------------------- */

static void parse_create_table(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_TABLE;
    ddl->if_exists = sg_parse_if_not_exists(p);
    parse_one_name(p, ddl);
    ddl->table = NEW_NODE(p, struct sg_table_def);
    sg_parse_table_def(p, ddl->table);
}

/* [ALGORITHM [=] x] [LOCK [=] x] behind CREATE INDEX and DROP INDEX. */
static void take_online_options(struct sg_parser *p)
{
    while (at_word(p, SG_WORD_ALGORITHM) || at_word(p, SG_WORD_LOCK)) {
        advance(p);
        take(p, SG_TOKEN_EQUAL);
        if (!take_word(p, SG_WORD_DEFAULT))
            sg_parse_identifier(p);
    }
}

/* [UNIQUE | FULLTEXT | SPATIAL | VECTOR] INDEX [IF NOT EXISTS] name [USING x] ON table (parts)
 * options. MySQL manual, "CREATE INDEX Statement". */
static void parse_create_index(struct sg_parser *p, struct sg_ddl *ddl, enum sg_key_kind kind)
{
    ddl->object = SG_OBJECT_INDEX;
    ddl->if_exists = p->mariadb && sg_parse_if_not_exists(p);
    ddl->index = sg_parse_identifier(p);
    if (take_word(p, SG_WORD_USING) || take_word(p, SG_WORD_TYPE))
        sg_parse_identifier(p);
    expect_word(p, SG_WORD_ON);
    parse_one_name(p, ddl);
    ddl->key = NEW_NODE(p, struct sg_key_def);
    ddl->key->kind = kind;
    ddl->key->parts = sg_parse_key_parts(p);
    take_wait(p);
    sg_parse_index_options(p, ddl->key);
    take_online_options(p);
}

static void parse_create_sequence(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_SEQUENCE;
    ddl->if_exists = sg_parse_if_not_exists(p);
    parse_one_name(p, ddl);
    sg_parse_rest(p); /* START, INCREMENT ... and the engine */
}

static void parse_create_database(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_DATABASE;
    ddl->if_exists = sg_parse_if_not_exists(p);
    parse_one_name(p, ddl);
    sg_parse_rest(p); /* character set, collation, encryption, comment */
}

/* --- stored programs ----------------------------------------------------------------------- */

/* INSERT | UPDATE [OF columns] | DELETE: the columns on MariaDB since 11.8. MariaDB documentation,
 * "CREATE TRIGGER". */
static void parse_trigger_event(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->trigger_has_new = !at_word(p, SG_WORD_DELETE);
    ddl->trigger_has_old = !at_word(p, SG_WORD_INSERT);
    if (take_word(p, SG_WORD_INSERT) || take_word(p, SG_WORD_DELETE))
        return;
    expect_word(p, SG_WORD_UPDATE);
    if (p->mariadb && p->version >= 110800 && take_word(p, SG_WORD_OF))
        sg_parse_name_list(p);
}

/* TRIGGER [IF NOT EXISTS] name {BEFORE | AFTER} event ON table FOR EACH ROW [FOLLOWS x] body. MySQL
 * manual, "CREATE TRIGGER Statement". */
static void parse_trigger(struct sg_parser *p, struct sg_ddl *ddl)
{
    struct sg_qualified_name other = {0};
    ddl->object = SG_OBJECT_TRIGGER;
    ddl->if_exists = sg_parse_if_not_exists(p);
    parse_one_name(p, ddl);
    if (!take_word(p, SG_WORD_BEFORE))
        expect_word(p, SG_WORD_AFTER);
    parse_trigger_event(p, ddl);
    expect_word(p, SG_WORD_ON);
    sg_parse_qualified(p, &ddl->trigger_table);
    expect_word(p, SG_WORD_FOR);
    expect_word(p, SG_WORD_EACH);
    expect_word(p, SG_WORD_ROW);
    if (take_word(p, SG_WORD_FOLLOWS) || take_word(p, SG_WORD_PRECEDES))
        sg_parse_qualified(p, &other);
    ddl->body = sg_parse_body(p);
}

/* [IN | OUT | INOUT] name type [DEFAULT expr]. */
static struct sg_parameter *parse_parameter(struct sg_parser *p)
{
    struct sg_parameter *parameter = NEW_NODE(p, struct sg_parameter);
    if (take_word(p, SG_WORD_OUT))
        parameter->mode = SG_PARAMETER_OUT;
    else if (take_word(p, SG_WORD_INOUT))
        parameter->mode = SG_PARAMETER_INOUT;
    else
        take_word(p, SG_WORD_IN);
    parameter->name = sg_parse_identifier(p);
    sg_parse_program_type(p, NULL);
    if (p->mariadb && take_word(p, SG_WORD_DEFAULT))
        parameter->default_value = sg_parse_expr(p);
    return parameter;
}

struct sg_parameter *sg_parse_parameters(struct sg_parser *p)
{
    struct sg_parameter *first = NULL;
    struct sg_parameter **tail = &first;
    expect_open(p);
    if (!at(p, SG_TOKEN_RIGHT_PAREN)) {
        do {
            *tail = parse_parameter(p);
            tail = &(*tail)->next;
        } while (take_comma(p));
    }
    expect_close(p);
    return first;
}

/* USING (library [AS name], ...): MySQL's external languages. */
static void take_libraries(struct sg_parser *p)
{
    advance(p);
    sg_parse_skip_parens(p);
}

/* COMMENT 'x', LANGUAGE x, [NOT] DETERMINISTIC, {CONTAINS | NO} SQL, {READS | MODIFIES} SQL DATA,
 * SQL SECURITY x. */
void sg_parse_characteristics(struct sg_parser *p)
{
    for (;;) {
        switch (p->token.word) {
        case SG_WORD_COMMENT:
            advance(p);
            expect(p, SG_TOKEN_STRING, "expected a text");
            break;
        case SG_WORD_LANGUAGE:
            advance(p);
            sg_parse_take_name(p);
            break;
        case SG_WORD_NOT:
            advance(p);
            expect_word(p, SG_WORD_DETERMINISTIC);
            break;
        case SG_WORD_DETERMINISTIC:
            advance(p);
            break;
        case SG_WORD_CONTAINS:
        case SG_WORD_NO:
            advance(p);
            expect_word(p, SG_WORD_SQL);
            break;
        case SG_WORD_READS:
        case SG_WORD_MODIFIES:
            advance(p);
            expect_word(p, SG_WORD_SQL);
            expect_word(p, SG_WORD_DATA);
            break;
        case SG_WORD_SQL:
            advance(p);
            expect_word(p, SG_WORD_SECURITY);
            sg_parse_identifier(p);
            break;
        case SG_WORD_USING:
            if (p->mariadb)
                return;
            take_libraries(p);
            break;
        default:
            return;
        }
    }
}

/* statement | AS $$text in another language$$. */
static struct sg_statement *parse_routine_body(struct sg_parser *p)
{
    if (p->mariadb || !take_word(p, SG_WORD_AS))
        return sg_parse_body(p);
    if (!take(p, SG_TOKEN_DOLLAR_STRING))
        expect(p, SG_TOKEN_STRING, "expected the routine's text");
    return NULL;
}

/* PROCEDURE [IF NOT EXISTS] name (parameters) characteristics body. MySQL manual, "CREATE PROCEDURE
 * and CREATE FUNCTION Statements". */
static void parse_procedure(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_PROCEDURE;
    ddl->if_exists = sg_parse_if_not_exists(p);
    parse_one_name(p, ddl);
    ddl->parameters = sg_parse_parameters(p);
    sg_parse_characteristics(p);
    ddl->body = parse_routine_body(p);
}

/* [AGGREGATE] FUNCTION [IF NOT EXISTS] name {(parameters) RETURNS type characteristics body |
 * RETURNS type SONAME 'file'}. */
static void parse_function(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_FUNCTION;
    ddl->if_exists = sg_parse_if_not_exists(p);
    parse_one_name(p, ddl);
    if (take_word(p, SG_WORD_RETURNS)) {
        sg_parse_take_name(p);
        expect_word(p, SG_WORD_SONAME);
        expect(p, SG_TOKEN_STRING, "expected a file name");
        return;
    }
    ddl->parameters = sg_parse_parameters(p);
    expect_word(p, SG_WORD_RETURNS);
    sg_parse_program_type(p, NULL);
    sg_parse_characteristics(p);
    ddl->body = parse_routine_body(p);
}

/* AT expr | EVERY value unit [STARTS expr] [ENDS expr]. */
static void parse_schedule(struct sg_parser *p, struct sg_ddl *ddl)
{
    struct sg_expr **tail = &ddl->schedule;
    if (take_word(p, SG_WORD_AT)) {
        *tail = sg_parse_expr(p);
        return;
    }
    expect_word(p, SG_WORD_EVERY);
    sg_parse_interval(p, tail);
    tail = &(*tail)->next;
    if (take_word(p, SG_WORD_STARTS)) {
        *tail = sg_parse_expr(p);
        tail = &(*tail)->next;
    }
    if (take_word(p, SG_WORD_ENDS))
        *tail = sg_parse_expr(p);
}

/* [ON COMPLETION [NOT] PRESERVE] [RENAME TO name] [ENABLE | DISABLE [ON REPLICA]] [COMMENT 'x'] [DO
 * body]
 */
static void parse_event_tail(struct sg_parser *p, struct sg_ddl *ddl)
{
    if (at_word(p, SG_WORD_ON) && peek_is_word(p, SG_WORD_COMPLETION)) {
        advance(p);
        advance(p);
        take_word(p, SG_WORD_NOT);
        expect_word(p, SG_WORD_PRESERVE);
    }
    if (take_word(p, SG_WORD_RENAME)) {
        expect_word(p, SG_WORD_TO);
        struct sg_qualified_name name = {0};
        sg_parse_qualified(p, &name);
        ddl->names->new_name_database = name.database;
        ddl->names->new_name = name.name;
    }
    if (!take_word(p, SG_WORD_ENABLE) && take_word(p, SG_WORD_DISABLE) &&
        take_word(p, SG_WORD_ON) && !take_word(p, SG_WORD_SLAVE))
        expect_word(p, SG_WORD_REPLICA);
    if (take_word(p, SG_WORD_COMMENT))
        expect(p, SG_TOKEN_STRING, "expected a text");
    if (take_word(p, SG_WORD_DO))
        ddl->body = sg_parse_body(p);
}

/* EVENT [IF NOT EXISTS] name ON SCHEDULE schedule tail. MySQL manual, "CREATE EVENT Statement". */
static void parse_event(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_EVENT;
    ddl->if_exists = sg_parse_if_not_exists(p);
    parse_one_name(p, ddl);
    if (at_word(p, SG_WORD_ON) && peek_is_word(p, SG_WORD_SCHEDULE)) {
        advance(p);
        advance(p);
        parse_schedule(p, ddl);
    } else if (ddl->action == SG_DDL_CREATE) {
        fail_expected(p, "ON SCHEDULE");
    }
    parse_event_tail(p, ddl);
}

/* --- CREATE -------------------------------------------------------------------------------- */

static bool parse_create_program(struct sg_parser *p, struct sg_ddl *ddl)
{
    take_definer(p);
    take_duality(p);
    take_word(p, SG_WORD_AGGREGATE);
    switch (p->token.word) {
    case SG_WORD_VIEW:
        advance(p);
        parse_view(p, ddl);
        return true;
    case SG_WORD_TRIGGER:
        advance(p);
        parse_trigger(p, ddl);
        return true;
    case SG_WORD_PROCEDURE:
        advance(p);
        parse_procedure(p, ddl);
        return true;
    case SG_WORD_FUNCTION:
        advance(p);
        parse_function(p, ddl);
        return true;
    case SG_WORD_EVENT:
        advance(p);
        parse_event(p, ddl);
        return true;
    case SG_WORD_PACKAGE:
        if (!p->mariadb)
            return false;
        advance(p);
        sg_parse_package(p, ddl);
        return true;
    default:
        return false;
    }
}

static bool take_index_kind(struct sg_parser *p, enum sg_key_kind *kind)
{
    *kind = SG_KEY_PLAIN;
    if (take_word(p, SG_WORD_UNIQUE))
        *kind = SG_KEY_UNIQUE;
    else if (take_word(p, SG_WORD_FULLTEXT))
        *kind = SG_KEY_FULLTEXT;
    else if (at_word(p, SG_WORD_SPATIAL) && peek_is_word(p, SG_WORD_INDEX)) {
        advance(p);
        *kind = SG_KEY_SPATIAL;
    } else if (p->mariadb && at_word(p, SG_WORD_VECTOR) && peek_is_word(p, SG_WORD_INDEX)) {
        advance(p);
        *kind = SG_KEY_VECTOR;
    }
    if (take_word(p, SG_WORD_INDEX))
        return true;
    if (*kind != SG_KEY_PLAIN)
        fail_expected(p, "INDEX");
    return false;
}

/* USER, ROLE, SERVER, TABLESPACE ...: their options hold no names of tables. */
static void parse_other_object(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_OTHER;
    sg_parse_rest(p);
}

static bool at_other_object(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_USER:
    case SG_WORD_ROLE:
    case SG_WORD_SERVER:
        return true;
    case SG_WORD_TABLESPACE:
    case SG_WORD_UNDO:
    case SG_WORD_LOGFILE:
    case SG_WORD_RESOURCE:
    case SG_WORD_SPATIAL:
    case SG_WORD_LIBRARY:
    case SG_WORD_INSTANCE:
    case SG_WORD_MASKING:
        return !p->mariadb;
    default:
        return false;
    }
}

/* EXTERNAL TABLE. MySQL manual, "CREATE EXTERNAL TABLE Statement". */
static bool take_external_table(struct sg_parser *p)
{
    return !p->mariadb && sg_parse_take_words(p, SG_WORD_EXTERNAL, SG_WORD_TABLE);
}

/* What MySQL can replace. MariaDB: anything. */
static bool at_replaceable(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_VIEW:
    case SG_WORD_ALGORITHM:
    case SG_WORD_DEFINER:
    case SG_WORD_SQL:
    case SG_WORD_JSON:
    case SG_WORD_SPATIAL: /* REFERENCE SYSTEM */
        return true;
    default:
        return false;
    }
}

/* CREATE [OR REPLACE] [TEMPORARY] object ... */
static struct sg_statement *parse_create(struct sg_parser *p)
{
    struct sg_statement *statement = new_ddl(p, SG_DDL_CREATE, p->token.offset);
    struct sg_ddl *ddl = statement->ddl;
    enum sg_key_kind kind;
    advance(p);
    if (sg_parse_take_words(p, SG_WORD_OR, SG_WORD_REPLACE)) {
        ddl->or_replace = true;
        if (!p->mariadb && !at_replaceable(p))
            fail_expected(p, "expected VIEW");
    }
    ddl->temporary = take_word(p, SG_WORD_TEMPORARY);
    if (p->mariadb)
        take_word(p, SG_WORD_ONLINE);
    if (take_word(p, SG_WORD_TABLE) || take_external_table(p))
        parse_create_table(p, ddl);
    else if (p->mariadb && take_word(p, SG_WORD_SEQUENCE))
        parse_create_sequence(p, ddl);
    else if (take_word(p, SG_WORD_DATABASE))
        parse_create_database(p, ddl);
    else if (take_index_kind(p, &kind))
        parse_create_index(p, ddl, kind);
    else if (at_other_object(p))
        parse_other_object(p, ddl);
    else if (!parse_create_program(p, ddl))
        fail_expected(p, "expected what to create");
    return statement;
}

/* --- ALTER --------------------------------------------------------------------------------- */

/* [IGNORE] TABLE [IF EXISTS] name [WAIT n] items. */
static void parse_alter_table(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_TABLE;
    ddl->if_exists = p->mariadb && sg_parse_if_exists(p);
    parse_one_name(p, ddl);
    take_wait(p);
    ddl->alter = sg_parse_alter_items(p);
}

static void parse_alter_routine(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = at_word(p, SG_WORD_PROCEDURE) ? SG_OBJECT_PROCEDURE : SG_OBJECT_FUNCTION;
    advance(p);
    ddl->if_exists = sg_parse_if_exists(p);
    parse_one_name(p, ddl);
    sg_parse_characteristics(p);
}

/* DATABASE [name] options. */
static void parse_alter_database(struct sg_parser *p, struct sg_ddl *ddl)
{
    advance(p);
    ddl->object = SG_OBJECT_DATABASE;
    if (at_identifier(p) && !at_word(p, SG_WORD_CHARSET) && !at_word(p, SG_WORD_ENCRYPTION) &&
        !at_word(p, SG_WORD_COMMENT))
        parse_one_name(p, ddl);
    sg_parse_rest(p);
}

static struct sg_statement *parse_alter(struct sg_parser *p)
{
    struct sg_statement *statement = new_ddl(p, SG_DDL_ALTER, p->token.offset);
    struct sg_ddl *ddl = statement->ddl;
    advance(p);
    if (p->mariadb) {
        take_word(p, SG_WORD_ONLINE);
        take_word(p, SG_WORD_IGNORE);
    }
    if (take_word(p, SG_WORD_TABLE)) {
        parse_alter_table(p, ddl);
    } else if (at_word(p, SG_WORD_DATABASE)) {
        parse_alter_database(p, ddl);
    } else if (at_word(p, SG_WORD_PROCEDURE) || at_word(p, SG_WORD_FUNCTION)) {
        parse_alter_routine(p, ddl);
    } else if (p->mariadb && take_word(p, SG_WORD_SEQUENCE)) {
        ddl->object = SG_OBJECT_SEQUENCE;
        ddl->if_exists = sg_parse_if_exists(p);
        parse_one_name(p, ddl);
        sg_parse_rest(p);
    } else if (at_other_object(p)) {
        parse_other_object(p, ddl);
    } else {
        take_definer(p);
        take_duality(p);
        if (take_word(p, SG_WORD_VIEW))
            parse_view(p, ddl);
        else if (take_word(p, SG_WORD_EVENT))
            parse_event(p, ddl);
        else
            fail_expected(p, "expected what to alter");
    }
    return statement;
}

/* --- DROP, RENAME, TRUNCATE ---------------------------------------------------------------- */

static void parse_drop_list(struct sg_parser *p, struct sg_ddl *ddl, enum sg_ddl_object object)
{
    advance(p);
    ddl->object = object;
    ddl->if_exists = sg_parse_if_exists(p);
    ddl->names = sg_parse_qualified_list(p);
    take_wait(p);
    take_restrict(p);
}

/* INDEX [IF EXISTS] name ON table [options]. */
static void parse_drop_index(struct sg_parser *p, struct sg_ddl *ddl)
{
    advance(p);
    ddl->object = SG_OBJECT_INDEX;
    ddl->if_exists = p->mariadb && sg_parse_if_exists(p);
    ddl->index = at_word(p, SG_WORD_PRIMARY) ? sg_parse_take_name(p) : sg_parse_identifier(p);
    expect_word(p, SG_WORD_ON);
    parse_one_name(p, ddl);
    take_wait(p);
    take_online_options(p);
}

static void parse_drop_one(struct sg_parser *p, struct sg_ddl *ddl, enum sg_ddl_object object)
{
    advance(p);
    if (object == SG_OBJECT_PACKAGE)
        take_word(p, SG_WORD_BODY);
    ddl->object = object;
    ddl->if_exists = sg_parse_if_exists(p);
    parse_one_name(p, ddl);
}

static bool parse_drop_object(struct sg_parser *p, struct sg_ddl *ddl)
{
    switch (p->token.word) {
    case SG_WORD_TABLE:
    case SG_WORD_TABLES:
        parse_drop_list(p, ddl, SG_OBJECT_TABLE);
        return true;
    case SG_WORD_VIEW:
        parse_drop_list(p, ddl, SG_OBJECT_VIEW);
        return true;
    case SG_WORD_SEQUENCE:
        parse_drop_list(p, ddl, SG_OBJECT_SEQUENCE);
        return true;
    case SG_WORD_INDEX:
        parse_drop_index(p, ddl);
        return true;
    case SG_WORD_DATABASE:
        parse_drop_one(p, ddl, SG_OBJECT_DATABASE);
        return true;
    case SG_WORD_TRIGGER:
        parse_drop_one(p, ddl, SG_OBJECT_TRIGGER);
        return true;
    case SG_WORD_PROCEDURE:
        parse_drop_one(p, ddl, SG_OBJECT_PROCEDURE);
        return true;
    case SG_WORD_FUNCTION:
        parse_drop_one(p, ddl, SG_OBJECT_FUNCTION);
        return true;
    case SG_WORD_EVENT:
        parse_drop_one(p, ddl, SG_OBJECT_EVENT);
        return true;
    case SG_WORD_PACKAGE:
        parse_drop_one(p, ddl, SG_OBJECT_PACKAGE);
        return true;
    default:
        return false;
    }
}

/* DROP [TEMPORARY] object [IF EXISTS] names ... */
static struct sg_statement *parse_drop(struct sg_parser *p)
{
    struct sg_statement *statement = new_ddl(p, SG_DDL_DROP, p->token.offset);
    advance(p);
    statement->ddl->temporary = take_word(p, SG_WORD_TEMPORARY);
    if (p->mariadb)
        take_word(p, SG_WORD_ONLINE);
    if (at_other_object(p))
        parse_other_object(p, statement->ddl);
    else if (!parse_drop_object(p, statement->ddl))
        fail_expected(p, "expected what to drop");
    return statement;
}

/* RENAME {TABLE | TABLES} a TO b, ... | RENAME USER a TO b, ... */
static struct sg_statement *parse_rename(struct sg_parser *p)
{
    struct sg_statement *statement = new_ddl(p, SG_DDL_RENAME, p->token.offset);
    struct sg_qualified_item **tail = &statement->ddl->names;
    advance(p);
    if (take_word(p, SG_WORD_USER)) {
        parse_other_object(p, statement->ddl);
        return statement;
    }
    if (!take_word(p, SG_WORD_TABLE))
        expect_word(p, SG_WORD_TABLES);
    statement->ddl->if_exists = p->mariadb && sg_parse_if_exists(p);
    do {
        struct sg_qualified_item *item = NEW_NODE(p, struct sg_qualified_item);
        struct sg_qualified_name name = {0};
        sg_parse_qualified(p, &item->name);
        take_wait(p);
        expect_word(p, SG_WORD_TO);
        sg_parse_qualified(p, &name);
        item->new_name_database = name.database;
        item->new_name = name.name;
        *tail = item;
        tail = &item->next;
    } while (take_comma(p));
    return statement;
}

/* TRUNCATE [TABLE] name. */
static struct sg_statement *parse_truncate(struct sg_parser *p)
{
    struct sg_statement *statement = new_ddl(p, SG_DDL_TRUNCATE, p->token.offset);
    advance(p);
    take_word(p, SG_WORD_TABLE);
    parse_one_name(p, statement->ddl);
    take_wait(p);
    return statement;
}

struct sg_statement *sg_parse_ddl_statement(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_CREATE:
        return parse_create(p);
    case SG_WORD_ALTER:
        return parse_alter(p);
    case SG_WORD_DROP:
        return parse_drop(p);
    case SG_WORD_RENAME:
        return parse_rename(p);
    case SG_WORD_TRUNCATE:
        return parse_truncate(p);
    default:
        return NULL;
    }
}
