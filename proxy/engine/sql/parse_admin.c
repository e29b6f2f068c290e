/* Account and administration statements: understood to their last token, no names of columns in
 * them.
 *
 * MySQL manual, "Specifying Account Names", "Database Administration Statements"; MariaDB
 * documentation, "Administrative SQL Statements".
 */
#include "sql/parse.h"

void sg_parse_account(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_CURRENT_USER)) {
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
