/* CREATE PACKAGE [BODY], outside sql_mode ORACLE: what a package declares and what it holds. Only
 * its own name goes into the tree; what its routines name is resolved when they run.
 *
 * MariaDB documentation, "CREATE PACKAGE", "CREATE PACKAGE BODY".
 */
#include "sql/parse.h"

#define PACKAGE_SINCE 110400 /* before it sql_mode ORACLE alone had packages */

/* {FUNCTION name [(parameters)] RETURNS type | PROCEDURE name [(parameters)]} characteristics. */
static void parse_routine_head(struct sg_parser *p)
{
    bool function = at_word(p, SG_WORD_FUNCTION);
    if (!take_word(p, SG_WORD_FUNCTION))
        expect_word(p, SG_WORD_PROCEDURE);
    sg_parse_identifier(p);
    if (at(p, SG_TOKEN_LEFT_PAREN))
        sg_parse_parameters(p);
    if (function) {
        expect_word(p, SG_WORD_RETURNS);
        sg_parse_program_type(p, NULL);
    }
    sg_parse_characteristics(p);
}

/* DECLARE name type [DEFAULT x], as in a routine. */
static void parse_variable(struct sg_parser *p)
{
    expect_word(p, SG_WORD_DECLARE);
    sg_parse_name_list(p);
    sg_parse_program_type(p, NULL);
    if (take_word(p, SG_WORD_DEFAULT) || take(p, SG_TOKEN_ASSIGN))
        sg_parse_expr(p);
}

static bool at_routine(const struct sg_parser *p)
{
    return at_word(p, SG_WORD_FUNCTION) || at_word(p, SG_WORD_PROCEDURE);
}

/* {routine; ...} in the declaration, {variable; ... routine [body]; ...} in the body. */
static void parse_members(struct sg_parser *p, bool is_body)
{
    while (is_body && at_word(p, SG_WORD_DECLARE)) {
        parse_variable(p);
        expect(p, SG_TOKEN_SEMICOLON, "expected `;`");
    }
    while (at_routine(p)) {
        parse_routine_head(p);
        if (is_body && !at(p, SG_TOKEN_SEMICOLON))
            sg_parse_body(p);
        expect(p, SG_TOKEN_SEMICOLON, "expected `;`");
    }
}

/* [BODY] [IF NOT EXISTS] name characteristics members END. */
void sg_parse_package(struct sg_parser *p, struct sg_ddl *ddl)
{
    ddl->object = SG_OBJECT_PACKAGE;
    if (p->version < PACKAGE_SINCE)
        fail_expected(p, "expected what to create");
    bool is_body = take_word(p, SG_WORD_BODY);
    ddl->if_exists = sg_parse_if_not_exists(p);
    ddl->names = NEW_NODE(p, struct sg_qualified_item);
    sg_parse_qualified(p, &ddl->names->name);
    sg_parse_characteristics(p);
    parse_members(p, is_body);
    expect_word(p, SG_WORD_END);
}
