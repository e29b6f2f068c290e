/* Data types, as CAST, RETURNING, JSON_TABLE, column definitions and routines' parameters write
 * them. No part of one is a name of the schema, so nothing of it comes into the tree but its text.
 *
 * MySQL manual, "Data Types", "Cast Functions and Operators"; MariaDB documentation, "Data Types".
 */
#include "sql/parse.h"

/* charset: a name, a text, BINARY, DEFAULT; collations likewise. */
void sg_parse_charset_name(struct sg_parser *p)
{
    if (at_identifier(p) || at(p, SG_TOKEN_STRING) || at_word(p, SG_WORD_BINARY) ||
        at_word(p, SG_WORD_DEFAULT))
        advance(p);
    else
        fail_expected(p, "expected a character set or collation");
}

/* (10), (10, 2), ('a', 'b'): lengths, and the members of ENUM and SET. */
static void parse_type_arguments(struct sg_parser *p)
{
    if (!take(p, SG_TOKEN_LEFT_PAREN))
        return;
    do {
        take(p, SG_TOKEN_INTRODUCER);
        if (at(p, SG_TOKEN_INTEGER) || at(p, SG_TOKEN_DECIMAL) || at(p, SG_TOKEN_STRING) ||
            at(p, SG_TOKEN_NATIONAL_STRING) || at(p, SG_TOKEN_HEX) || at(p, SG_TOKEN_BIT) ||
            at(p, SG_TOKEN_FLOAT))
            advance(p);
        else
            fail_expected(p, "expected a length or a text");
    } while (take_comma(p));
    expect_close(p);
}

/* Words that belong to the name of a type behind its first one. */
static void parse_type_words(struct sg_parser *p, enum sg_word first)
{
    switch (first) {
    case SG_WORD_NATIONAL:
        if (!take_word(p, SG_WORD_CHAR) && !take_word(p, SG_WORD_VARCHAR))
            fail_expected(p, "expected CHAR or VARCHAR");
        take_word(p, SG_WORD_VARYING);
        break;
    case SG_WORD_CHAR:
        take_word(p, SG_WORD_VARYING);
        break;
    case SG_WORD_NCHAR:
        if (!take_word(p, SG_WORD_VARYING))
            take_word(p, SG_WORD_VARCHAR);
        break;
    case SG_WORD_DOUBLE:
        take_word(p, SG_WORD_PRECISION);
        break;
    case SG_WORD_LONG:
        if (take_word(p, SG_WORD_CHAR))
            expect_word(p, SG_WORD_VARYING);
        else if (!take_word(p, SG_WORD_VARCHAR))
            take_word(p, SG_WORD_VARBINARY);
        break;
    case SG_WORD_SIGNED:
    case SG_WORD_UNSIGNED:
        take_word(p, SG_WORD_INT);
        break;
    case SG_WORD_INTERVAL: /* MariaDB: INTERVAL DAY_SECOND(6) */
        if (!sg_parse_at_interval_unit(p))
            fail_expected(p, "expected a unit of time");
        advance(p);
        break;
    default:
        break;
    }
}

/* MariaDB's plugins bring types of any name; on MySQL the words are keywords. */
static bool at_type(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_BIGINT:
    case SG_WORD_BINARY:
    case SG_WORD_BLOB:
    case SG_WORD_CHAR:
    case SG_WORD_DECIMAL:
    case SG_WORD_DOUBLE:
    case SG_WORD_FLOAT:
    case SG_WORD_INT:
    case SG_WORD_LONG:
    case SG_WORD_LONGBLOB:
    case SG_WORD_LONGTEXT:
    case SG_WORD_MEDIUMBLOB:
    case SG_WORD_MEDIUMINT:
    case SG_WORD_MEDIUMTEXT:
    case SG_WORD_NUMERIC:
    case SG_WORD_REAL:
    case SG_WORD_SET:
    case SG_WORD_SMALLINT:
    case SG_WORD_TINYBLOB:
    case SG_WORD_TINYINT:
    case SG_WORD_TINYTEXT:
    case SG_WORD_UNSIGNED:
    case SG_WORD_VARBINARY:
    case SG_WORD_VARCHAR:
        return true;
    case SG_WORD_INTERVAL:
        return p->mariadb;
    case SG_WORD_VECTOR: /* reserved on MariaDB */
        return true;
    default:
        return at_identifier(p) && at(p, SG_TOKEN_IDENT);
    }
}

/* UNSIGNED, ZEROFILL, CHARACTER SET x, BINARY, ... behind the length; true when one was there. */
static bool take_type_attribute(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_UNSIGNED:
    case SG_WORD_SIGNED:
    case SG_WORD_ZEROFILL:
    case SG_WORD_BINARY:
    case SG_WORD_ASCII:
    case SG_WORD_UNICODE:
    case SG_WORD_BYTE:
    case SG_WORD_COMPRESSED:
        advance(p);
        if (at(p, SG_TOKEN_EQUAL)) /* MariaDB: COMPRESSED=zlib */
            advance(p), advance(p);
        return true;
    case SG_WORD_CHAR:
        advance(p);
        expect_word(p, SG_WORD_SET);
        sg_parse_charset_name(p);
        return true;
    case SG_WORD_CHARSET:
    case SG_WORD_COLLATE:
        advance(p);
        sg_parse_charset_name(p);
        return true;
    default:
        return false;
    }
}

void sg_parse_type(struct sg_parser *p, struct sg_slice *word_out)
{
    enum sg_word first = (enum sg_word)p->token.word;
    uint32_t offset = p->token.offset;
    if (!at_type(p))
        fail_expected(p, "expected a data type");
    advance(p);
    if (word_out)
        *word_out = sg_parse_source(p, offset);
    parse_type_words(p, first);
    parse_type_arguments(p);
    while (take_type_attribute(p))
        ;
}
