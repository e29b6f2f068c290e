/* Options of tables, partitions, columns and keys: which words there are, and what may follow each.
 *
 * A word that no manual lists is a syntax error on MySQL. MariaDB takes any `name = value`, for its
 * engines define options of their own (MariaDB documentation, "Engine-defined New
 * Table/Field/Index Attributes").
 *
 * MySQL manual, "CREATE TABLE Statement", "CREATE EXTERNAL TABLE Statement", "Partitioning";
 * MariaDB documentation, "CREATE TABLE".
 */
#include "sql/parse.h"

enum option_value {
    VALUE_NUMBER,
    VALUE_SMALL,   /* a number, also in hex */
    VALUE_TERNARY, /* a number or DEFAULT */
    VALUE_SIZE,    /* a number, perhaps with K, M or G behind it */
    VALUE_TEXT,
    VALUE_NAME, /* a name or a text */
    VALUE_NAME_OR_NULL,
    VALUE_IDENTIFIER,
    VALUE_ROW_FORMAT,
    VALUE_INSERT_METHOD,
    VALUE_MEDIUM,        /* DISK, MEMORY */
    VALUE_COLUMN_MEDIUM, /* or DEFAULT */
    VALUE_COLUMN_FORMAT,
    VALUE_LIST, /* anything in parentheses */
};

enum { ON_MYSQL = 1, ON_MARIADB = 2, ON_BOTH = 3 };
#define TABLE     SG_OPTION_OF_TABLE
#define PARTITION SG_OPTION_OF_PARTITION
#define COLUMN    SG_OPTION_OF_COLUMN
#define KEY       SG_OPTION_OF_KEY

enum equals { MAY, MUST, NEVER }; /* stand between the word and its value */

struct option {
    uint16_t word; /* enum sg_word */
    uint8_t places;
    uint8_t flavours;
    uint8_t value;  /* enum option_value */
    uint8_t equals; /* enum equals */
};

static const struct option OPTIONS[] = {
    {SG_WORD_ENGINE, TABLE | PARTITION, ON_BOTH, VALUE_NAME, MAY},
    {SG_WORD_COMMENT, TABLE | PARTITION, ON_BOTH, VALUE_TEXT, MAY},
    {SG_WORD_COMMENT, COLUMN | KEY, ON_BOTH, VALUE_TEXT, NEVER},
    {SG_WORD_MAX_ROWS, TABLE | PARTITION, ON_BOTH, VALUE_NUMBER, MAY},
    {SG_WORD_MIN_ROWS, TABLE | PARTITION, ON_BOTH, VALUE_NUMBER, MAY},
    {SG_WORD_TABLESPACE, TABLE, ON_MYSQL, VALUE_IDENTIFIER, MAY},
    {SG_WORD_TABLESPACE, TABLE, ON_MARIADB, VALUE_IDENTIFIER, NEVER},
    {SG_WORD_TABLESPACE, PARTITION, ON_BOTH, VALUE_IDENTIFIER, MAY},
    {SG_WORD_NODEGROUP, PARTITION, ON_BOTH, VALUE_NUMBER, MAY},
    {SG_WORD_CONNECTION, TABLE, ON_BOTH, VALUE_TEXT, MAY},
    {SG_WORD_CONNECTION, PARTITION, ON_MARIADB, VALUE_TEXT, MAY},
    {SG_WORD_AVG_ROW_LENGTH, TABLE, ON_BOTH, VALUE_SMALL, MAY},
    {SG_WORD_PASSWORD, TABLE, ON_BOTH, VALUE_TEXT, MAY},
    {SG_WORD_AUTO_INCREMENT, TABLE, ON_BOTH, VALUE_NUMBER, MAY},
    {SG_WORD_PACK_KEYS, TABLE, ON_BOTH, VALUE_TERNARY, MAY},
    {SG_WORD_STATS_AUTO_RECALC, TABLE, ON_BOTH, VALUE_TERNARY, MAY},
    {SG_WORD_STATS_PERSISTENT, TABLE, ON_BOTH, VALUE_TERNARY, MAY},
    {SG_WORD_STATS_SAMPLE_PAGES, TABLE, ON_BOTH, VALUE_TERNARY, MAY},
    {SG_WORD_CHECKSUM, TABLE, ON_BOTH, VALUE_SMALL, MAY},
    {SG_WORD_TABLE_CHECKSUM, TABLE, ON_BOTH, VALUE_SMALL, MAY},
    {SG_WORD_DELAY_KEY_WRITE, TABLE, ON_BOTH, VALUE_SMALL, MAY},
    {SG_WORD_ROW_FORMAT, TABLE, ON_BOTH, VALUE_ROW_FORMAT, MAY},
    {SG_WORD_INSERT_METHOD, TABLE, ON_BOTH, VALUE_INSERT_METHOD, MAY},
    {SG_WORD_KEY_BLOCK_SIZE, TABLE | KEY, ON_BOTH, VALUE_NUMBER, MAY},
    {SG_WORD_STORAGE, TABLE, ON_BOTH, VALUE_MEDIUM, NEVER},
    {SG_WORD_STORAGE, COLUMN, ON_MYSQL, VALUE_COLUMN_MEDIUM, NEVER},
    {SG_WORD_COLUMN_FORMAT, COLUMN, ON_MYSQL, VALUE_COLUMN_FORMAT, NEVER},
    {SG_WORD_SRID, COLUMN, ON_MYSQL, VALUE_NUMBER, NEVER},
    {SG_WORD_EXTERNAL_FORMAT, COLUMN, ON_MYSQL, VALUE_TEXT, NEVER},
    {SG_WORD_REF_SYSTEM_ID, COLUMN, ON_MARIADB, VALUE_NUMBER, MUST},
    {SG_WORD_COMPRESSION, TABLE, ON_MYSQL, VALUE_TEXT, MAY},
    {SG_WORD_ENCRYPTION, TABLE, ON_MYSQL, VALUE_TEXT, MAY},
    {SG_WORD_AUTOEXTEND_SIZE, TABLE, ON_MYSQL, VALUE_SIZE, MAY},
    {SG_WORD_ENGINE_ATTRIBUTE, TABLE | COLUMN | KEY, ON_MYSQL, VALUE_TEXT, MAY},
    {SG_WORD_SECONDARY_ENGINE, TABLE, ON_MYSQL, VALUE_NAME_OR_NULL, MAY},
    {SG_WORD_SECONDARY_ENGINE_ATTRIBUTE, TABLE | COLUMN | KEY, ON_MYSQL, VALUE_TEXT, MAY},
    {SG_WORD_FILE_FORMAT, TABLE, ON_MYSQL, VALUE_LIST, MAY},
    {SG_WORD_FILES, TABLE, ON_MYSQL, VALUE_LIST, MAY},
    {SG_WORD_ALLOW_MISSING_FILES, TABLE, ON_MYSQL, VALUE_TERNARY, MAY},
    {SG_WORD_STRICT_LOAD, TABLE, ON_MYSQL, VALUE_TERNARY, MAY},
    {SG_WORD_AUTO_REFRESH, TABLE, ON_MYSQL, VALUE_TERNARY, MAY},
    {SG_WORD_AUTO_REFRESH_SOURCE, TABLE, ON_MYSQL, VALUE_NAME_OR_NULL, MAY},
    {SG_WORD_VERIFY_KEY_CONSTRAINTS, TABLE, ON_MYSQL, VALUE_TERNARY, MAY},
    {SG_WORD_PAGE_CHECKSUM, TABLE, ON_MARIADB, VALUE_TERNARY, MAY},
    {SG_WORD_TRANSACTIONAL, TABLE, ON_MARIADB, VALUE_TERNARY, MAY},
    {SG_WORD_SEQUENCE, TABLE, ON_MARIADB, VALUE_NUMBER, MAY},
};

/* --- values -------------------------------------------------------------------------------- */

static bool at_number(const struct sg_parser *p)
{
    return at(p, SG_TOKEN_INTEGER) || at(p, SG_TOKEN_DECIMAL) || at(p, SG_TOKEN_FLOAT);
}

static bool at_row_format(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_DEFAULT:
    case SG_WORD_DYNAMIC:
    case SG_WORD_FIXED:
    case SG_WORD_COMPRESSED:
    case SG_WORD_REDUNDANT:
    case SG_WORD_COMPACT:
        return true;
    case SG_WORD_PAGE:
        return p->mariadb;
    default:
        return false;
    }
}

static bool at_value(const struct sg_parser *p, enum option_value value)
{
    switch (value) {
    case VALUE_NUMBER:
        return at_number(p);
    case VALUE_SMALL:
        return at_number(p) || at(p, SG_TOKEN_HEX);
    case VALUE_TERNARY:
        return at_number(p) || at_word(p, SG_WORD_DEFAULT);
    case VALUE_SIZE:
        return at_number(p) || at_identifier(p);
    case VALUE_TEXT:
        return at(p, SG_TOKEN_STRING);
    case VALUE_NAME_OR_NULL:
        return at_identifier(p) || at(p, SG_TOKEN_STRING) || at_word(p, SG_WORD_NULL);
    case VALUE_NAME:
        return at_identifier(p) || at(p, SG_TOKEN_STRING);
    case VALUE_IDENTIFIER:
        return at_identifier(p);
    case VALUE_ROW_FORMAT:
        return at_row_format(p);
    case VALUE_INSERT_METHOD:
        return at_word(p, SG_WORD_NO) || at_word(p, SG_WORD_FIRST) || at_word(p, SG_WORD_LAST);
    case VALUE_MEDIUM:
        return at_word(p, SG_WORD_DISK) || at_word(p, SG_WORD_MEMORY);
    case VALUE_COLUMN_MEDIUM:
        return at_word(p, SG_WORD_DISK) || at_word(p, SG_WORD_MEMORY) ||
               at_word(p, SG_WORD_DEFAULT);
    case VALUE_COLUMN_FORMAT:
        return at_word(p, SG_WORD_FIXED) || at_word(p, SG_WORD_DYNAMIC) ||
               at_word(p, SG_WORD_DEFAULT);
    case VALUE_LIST:
        return at(p, SG_TOKEN_LEFT_PAREN);
    }
    return false;
}

static const struct option *find_option(const struct sg_parser *p, enum sg_option_place place)
{
    unsigned flavour = p->mariadb ? ON_MARIADB : ON_MYSQL;
    if (p->token.word == SG_NO_WORD)
        return NULL;
    for (size_t i = 0; i < sizeof OPTIONS / sizeof OPTIONS[0]; i++) {
        if (OPTIONS[i].word == p->token.word && OPTIONS[i].places & place &&
            OPTIONS[i].flavours & flavour)
            return &OPTIONS[i];
    }
    return NULL;
}

/* name = value, as MariaDB's engines define them. false: none here. */
static bool parse_engine_option(struct sg_parser *p)
{
    if (!p->mariadb || !at_identifier(p) || !peek_is(p, SG_TOKEN_EQUAL))
        return false;
    advance(p);
    advance(p);
    if (at_identifier(p) || at(p, SG_TOKEN_STRING) || at(p, SG_TOKEN_INTEGER) ||
        at(p, SG_TOKEN_HEX) || at_word(p, SG_WORD_DEFAULT))
        advance(p);
    else
        fail_expected(p, "expected an engine's value");
    return true;
}

static void take_equals(struct sg_parser *p, const struct option *option)
{
    if (option->equals == MUST)
        expect(p, SG_TOKEN_EQUAL, "expected `=`");
    else if (option->equals == MAY)
        take(p, SG_TOKEN_EQUAL);
}

bool sg_parse_option(struct sg_parser *p, enum sg_option_place place, struct sg_option *out)
{
    const struct option *option = find_option(p, place);
    *out = (struct sg_option){.word = SG_NO_WORD};
    if (!option)
        return parse_engine_option(p);
    out->word = option->word;
    advance(p);
    take_equals(p, option);
    if (!at_value(p, (enum option_value)option->value)) {
        fail_expected(p, "expected this option's value");
    } else if (option->value == VALUE_LIST) {
        sg_parse_skip_parens(p);
    } else {
        out->value = sg_lex_value(&p->lexer, &p->token, p->arena);
        advance(p);
    }
    return true;
}

/* {DATA | INDEX} DIRECTORY [=] 'path'. */
static bool parse_directory(struct sg_parser *p)
{
    if ((!at_word(p, SG_WORD_DATA) && !at_word(p, SG_WORD_INDEX)) ||
        !peek_is_word(p, SG_WORD_DIRECTORY))
        return false;
    advance(p);
    advance(p);
    take(p, SG_TOKEN_EQUAL);
    expect(p, SG_TOKEN_STRING, "expected a path");
    return true;
}

/* --- tables -------------------------------------------------------------------------------- */

/* UNION [=] (t1, t2): the tables under a MERGE table. */
static void parse_union(struct sg_parser *p, struct sg_table_def *table)
{
    advance(p);
    take(p, SG_TOKEN_EQUAL);
    expect_open(p);
    if (!at(p, SG_TOKEN_RIGHT_PAREN))
        table->union_tables = sg_parse_qualified_list(p);
    expect_close(p);
}

/* [DEFAULT] {CHARACTER SET | CHARSET | COLLATE} [=] x. */
static void parse_charset_option(struct sg_parser *p, struct sg_table_def *table)
{
    struct sg_slice *value = &table->charset;
    take_word(p, SG_WORD_DEFAULT);
    if (take_word(p, SG_WORD_CHAR)) {
        expect_word(p, SG_WORD_SET);
    } else if (!take_word(p, SG_WORD_CHARSET)) {
        expect_word(p, SG_WORD_COLLATE);
        value = &table->collation;
    }
    take(p, SG_TOKEN_EQUAL);
    if (!at_identifier(p) && !at(p, SG_TOKEN_STRING) && !at_word(p, SG_WORD_BINARY) &&
        !(p->mariadb && at_word(p, SG_WORD_DEFAULT)))
        fail_expected(p, "expected a character set");
    *value = sg_lex_value(&p->lexer, &p->token, p->arena);
    advance(p);
}

/* Those of more than one word. false: none here. */
static bool parse_wordy_option(struct sg_parser *p, struct sg_table_def *table)
{
    switch (p->token.word) {
    case SG_WORD_UNION:
        parse_union(p, table);
        return true;
    case SG_WORD_DEFAULT:
    case SG_WORD_CHAR:
    case SG_WORD_CHARSET:
    case SG_WORD_COLLATE:
        parse_charset_option(p, table);
        return true;
    case SG_WORD_INDEX:
    case SG_WORD_DATA:
        return parse_directory(p);
    case SG_WORD_START:
        if (p->mariadb)
            return false;
        advance(p);
        expect_word(p, SG_WORD_TRANSACTION);
        return true;
    case SG_WORD_WITH:
        if (!p->mariadb || !peek_is_word(p, SG_WORD_SYSTEM))
            return false;
        advance(p);
        advance(p);
        expect_word(p, SG_WORD_VERSIONING);
        table->versioned = true;
        return true;
    default:
        return false;
    }
}

/* One table option, of which only UNION names anything. false: none here. */
bool sg_parse_table_option(struct sg_parser *p, struct sg_table_def *table)
{
    struct sg_option option;
    if (parse_wordy_option(p, table))
        return true;
    if (!sg_parse_option(p, SG_OPTION_OF_TABLE, &option))
        return false;
    if (option.word == SG_WORD_ENGINE)
        table->engine = option.value;
    if (option.word == SG_WORD_COMMENT) {
        table->comment = option.value;
        table->has_comment = true;
    }
    return true;
}

/* --- partitions ---------------------------------------------------------------------------- */

/* [[STORAGE] ENGINE = x] [COMMENT = 'x'] ... of a partition or subpartition. */
void sg_parse_partition_options(struct sg_parser *p)
{
    struct sg_option option;
    for (;;) {
        if (at_word(p, SG_WORD_STORAGE) && peek_is_word(p, SG_WORD_ENGINE))
            advance(p);
        if (!parse_directory(p) && !sg_parse_option(p, SG_OPTION_OF_PARTITION, &option))
            return;
    }
}
