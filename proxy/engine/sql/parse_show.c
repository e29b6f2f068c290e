/* SHOW, DESCRIBE, EXPLAIN and MariaDB's ANALYZE of a statement.
 *
 * SHOW ... WHERE looks at the columns that SHOW itself gives, so its kind is told; what a SHOW with
 * columns of its own makes is left to the resolver.
 *
 * MySQL manual, "SHOW Statements", "DESCRIBE Statement", "EXPLAIN Statement"; MariaDB
 * documentation, "SHOW", "ANALYZE Statement", "EXPLAIN".
 */
#include "sql/parse.h"

#include <string.h>
#include <strings.h>

/* [LIKE 'pattern' | WHERE expr]. */
static void parse_filter(struct sg_parser *p, struct sg_show *show)
{
    if (take_word(p, SG_WORD_LIKE)) {
        uint32_t offset = p->token.offset;
        show->has_like = true;
        expect(p, SG_TOKEN_STRING, "expected a pattern");
        show->like = sg_parse_source(p, offset);
    } else {
        show->where = sg_parse_where(p);
    }
}

static bool take_from(struct sg_parser *p)
{
    return take_word(p, SG_WORD_FROM) || take_word(p, SG_WORD_IN);
}

/* [{FROM | IN} database] filter. */
static void parse_database_and_filter(struct sg_parser *p, struct sg_show *show)
{
    if (take_from(p))
        show->database = sg_parse_identifier(p);
    parse_filter(p, show);
}

/* {FROM | IN} table [{FROM | IN} database] filter. */
static void parse_table_and_filter(struct sg_parser *p, struct sg_show *show)
{
    if (!take_from(p))
        fail_expected(p, "expected FROM");
    sg_parse_qualified(p, &show->table);
    parse_database_and_filter(p, show);
}

/* MariaDB: [SONAME {'library' | filter}]. */
static void parse_plugins(struct sg_parser *p, struct sg_show *show)
{
    if (p->mariadb && take_word(p, SG_WORD_SONAME) && !take(p, SG_TOKEN_STRING))
        parse_filter(p, show);
}

/* --- SHOW CREATE --------------------------------------------------------------------------- */

static void parse_show_create(struct sg_parser *p, struct sg_show *show)
{
    if (take_word(p, SG_WORD_TABLE) || take_word(p, SG_WORD_VIEW) ||
        (p->mariadb && take_word(p, SG_WORD_SEQUENCE))) {
        show->kind = SG_SHOW_CREATE_TABLE;
        sg_parse_qualified(p, &show->table);
    } else if (take_word(p, SG_WORD_DATABASE)) {
        sg_parse_if_not_exists(p);
        show->database = sg_parse_identifier(p);
    } else if (take_word(p, SG_WORD_USER)) {
        if (!at(p, SG_TOKEN_END) && !at(p, SG_TOKEN_SEMICOLON))
            sg_parse_account(p);
    } else {
        /* PROCEDURE, FUNCTION, TRIGGER, EVENT, PACKAGE [BODY], LIBRARY, SERVER: no tables */
        struct sg_qualified_name name = {0};
        advance(p);
        take_word(p, SG_WORD_BODY);
        sg_parse_qualified(p, &name);
    }
}

/* --- the rest of SHOW ---------------------------------------------------------------------- */

struct show_word {
    enum sg_word word;
    enum sg_show_kind kind;
    void (*tail)(struct sg_parser *p, struct sg_show *show);
};

static const struct show_word SHOW_WORDS[] = {
    {SG_WORD_DATABASES, SG_SHOW_DATABASES, parse_filter},
    {SG_WORD_TABLES, SG_SHOW_TABLES, parse_database_and_filter},
    {SG_WORD_TRIGGERS, SG_SHOW_TRIGGERS, parse_database_and_filter},
    {SG_WORD_EVENTS, SG_SHOW_EVENTS, parse_database_and_filter},
    {SG_WORD_COLUMNS, SG_SHOW_COLUMNS, parse_table_and_filter},
    {SG_WORD_INDEX, SG_SHOW_INDEX, parse_table_and_filter},
    {SG_WORD_INDEXES, SG_SHOW_INDEX, parse_table_and_filter},
    {SG_WORD_KEYS, SG_SHOW_INDEX, parse_table_and_filter},
    {SG_WORD_VARIABLES, SG_SHOW_VARIABLES, parse_filter},
    {SG_WORD_STATUS, SG_SHOW_STATUS, parse_filter},
    {SG_WORD_COLLATION, SG_SHOW_COLLATION, parse_filter},
    {SG_WORD_CHARSET, SG_SHOW_CHARACTER_SET, parse_filter},
    {SG_WORD_PLUGINS, SG_SHOW_PLUGINS, parse_plugins},
};

static bool parse_show_word(struct sg_parser *p, struct sg_show *show)
{
    for (size_t i = 0; i < sizeof SHOW_WORDS / sizeof SHOW_WORDS[0]; i++) {
        if (!at_word(p, SHOW_WORDS[i].word))
            continue;
        advance(p);
        show->kind = SHOW_WORDS[i].kind;
        SHOW_WORDS[i].tail(p, show);
        return true;
    }
    return false;
}

/* CODE name | STATUS [filter], behind PACKAGE [BODY]. */
static void parse_package_show(struct sg_parser *p, struct sg_show *show)
{
    struct sg_qualified_name package;
    if (take_word(p, SG_WORD_CODE)) {
        sg_parse_qualified(p, &package);
        return;
    }
    expect_word(p, SG_WORD_STATUS);
    show->kind = SG_SHOW_PACKAGE_STATUS;
    parse_filter(p, show);
}

/* Two words tell these. */
static bool parse_show_words(struct sg_parser *p, struct sg_show *show)
{
    if (sg_parse_take_words(p, SG_WORD_TABLE, SG_WORD_STATUS)) {
        show->kind = SG_SHOW_TABLE_STATUS;
        parse_database_and_filter(p, show);
    } else if (sg_parse_take_words(p, SG_WORD_OPEN, SG_WORD_TABLES)) {
        show->kind = SG_SHOW_OPEN_TABLES;
        parse_database_and_filter(p, show);
    } else if (sg_parse_take_words(p, SG_WORD_CHAR, SG_WORD_SET)) {
        show->kind = SG_SHOW_CHARACTER_SET;
        parse_filter(p, show);
    } else if (sg_parse_take_words(p, SG_WORD_PROCEDURE, SG_WORD_STATUS)) {
        show->kind = SG_SHOW_PROCEDURE_STATUS;
        parse_filter(p, show);
    } else if (sg_parse_take_words(p, SG_WORD_FUNCTION, SG_WORD_STATUS)) {
        show->kind = SG_SHOW_FUNCTION_STATUS;
        parse_filter(p, show);
    } else if (p->mariadb && take_word(p, SG_WORD_PACKAGE)) {
        take_word(p, SG_WORD_BODY);
        parse_package_show(p, show);
    } else {
        return false;
    }
    return true;
}

/* GRANTS [FOR account [USING roles]]. */
static void parse_show_grants(struct sg_parser *p)
{
    advance(p);
    if (!take_word(p, SG_WORD_FOR))
        return;
    sg_parse_account(p);
    if (take_word(p, SG_WORD_USING))
        sg_parse_accounts(p);
}

/* SHOW of server state: its words, texts, numbers and LIMIT hold no names. What a WHERE behind it
 * would see is not known here, so it is kept. */
static void parse_show_state(struct sg_parser *p, struct sg_show *show)
{
    if (!at(p, SG_TOKEN_IDENT))
        fail_expected(p, "expected what to show");
    while (!at(p, SG_TOKEN_END) && !at(p, SG_TOKEN_SEMICOLON) && !at(p, SG_TOKEN_ERROR)) {
        if (at_word(p, SG_WORD_WHERE) || at_word(p, SG_WORD_LIKE)) {
            parse_filter(p, show);
            return;
        }
        if (at_word(p, SG_WORD_LIMIT)) {
            show->limit = sg_parse_limit(p);
            continue;
        }
        advance(p);
    }
}

/* [EXTENDED] [FULL], [GLOBAL | SESSION | LOCAL] before what is shown. */
static void take_show_modifiers(struct sg_parser *p, struct sg_show *show)
{
    show->extended = !p->mariadb && take_word(p, SG_WORD_EXTENDED);
    show->full = take_word(p, SG_WORD_FULL);
    if (!take_word(p, SG_WORD_GLOBAL) && !take_word(p, SG_WORD_SESSION))
        take_word(p, SG_WORD_LOCAL);
}

/* SHOW ... */
static struct sg_statement *parse_show(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_SHOW, p->token.offset);
    struct sg_show *show = NEW_NODE(p, struct sg_show);
    statement->show = show;
    advance(p);
    if (take_word(p, SG_WORD_CREATE)) {
        parse_show_create(p, show);
    } else if (!p->mariadb && at_word(p, SG_WORD_PARSE_TREE)) {
        sg_parse_rest(p);
    } else {
        take_show_modifiers(p, show);
        if (at_word(p, SG_WORD_GRANTS))
            parse_show_grants(p);
        else if (!parse_show_words(p, show) && !parse_show_word(p, show))
            parse_show_state(p, show);
    }
    return statement;
}

/* --- DESCRIBE, EXPLAIN --------------------------------------------------------------------- */

static bool at_explainable(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_SELECT:
    case SG_WORD_INSERT:
    case SG_WORD_REPLACE:
    case SG_WORD_UPDATE:
    case SG_WORD_DELETE:
    case SG_WORD_WITH:
    case SG_WORD_VALUES:
    case SG_WORD_TABLE:
        return true;
    default:
        return at(p, SG_TOKEN_LEFT_PAREN);
    }
}

/* MySQL manual, "EXPLAIN Statement"; MariaDB documentation, "EXPLAIN FORMAT=JSON" */
static bool is_format(const struct sg_parser *p, struct sg_slice name)
{
    static const char *const FORMATS[] = {"traditional", "json", "tree", "traditional_strict"};
    size_t known = p->mariadb ? 2 : sizeof FORMATS / sizeof FORMATS[0];
    for (size_t i = 0; i < known; i++) {
        if (name.size == strlen(FORMATS[i]) && strncasecmp(name.data, FORMATS[i], name.size) == 0)
            return true;
    }
    return false;
}

/* FORMAT = name. */
static bool take_format(struct sg_parser *p)
{
    if (!at_word(p, SG_WORD_FORMAT) || !peek_is(p, SG_TOKEN_EQUAL))
        return false;
    advance(p);
    advance(p);
    if (at(p, SG_TOKEN_STRING))
        advance(p);
    else
        p->refused |= !is_format(p, sg_parse_identifier(p).text);
    return true;
}

/* [EXTENDED [ALL] | PARTITIONS | FORMAT = x] [INTO @v] [FOR {DATABASE d | CONNECTION n}] */
static void take_explain_options(struct sg_parser *p, struct sg_explain *explain)
{
    if (!p->mariadb && take_word(p, SG_WORD_ANALYZE))
        explain->analyze = true;
    for (;;) {
        if (take_format(p))
            continue;
        if (!p->mariadb && take_word(p, SG_WORD_INTO)) {
            explain->into = sg_parse_take_name(p);
            continue;
        }
        if ((at_word(p, SG_WORD_EXTENDED) || at_word(p, SG_WORD_PARTITIONS)) && p->mariadb &&
            !peek_is(p, SG_TOKEN_END)) {
            bool takes_all = at_word(p, SG_WORD_EXTENDED);
            advance(p);
            if (takes_all)
                take_word(p, SG_WORD_ALL);
            continue;
        }
        if (!at_word(p, SG_WORD_FOR))
            return;
        advance(p);
        if (!p->mariadb && take_word(p, SG_WORD_DATABASE)) {
            explain->database = sg_parse_identifier(p);
            continue;
        }
        if (!p->mariadb || at_word(p, SG_WORD_CONNECTION))
            expect_word(p, SG_WORD_CONNECTION);
        explain->for_connection = true;
        sg_parse_expr(p);
        return;
    }
}

/* table [column | 'pattern'], behind DESCRIBE. */
static void parse_describe_table(struct sg_parser *p, struct sg_explain *explain)
{
    sg_parse_qualified(p, &explain->table);
    if (at_identifier(p) || at(p, SG_TOKEN_STRING))
        advance(p);
}

static bool begins_explain(struct sg_parser *p)
{
    if (at_explainable(p) || at_word(p, SG_WORD_FOR) || at_word(p, SG_WORD_ANALYZE) ||
        at_word(p, SG_WORD_INTO))
        return true;
    if (at_word(p, SG_WORD_FORMAT))
        return peek_is(p, SG_TOKEN_EQUAL);
    if (p->mariadb && (at_word(p, SG_WORD_EXTENDED) || at_word(p, SG_WORD_PARTITIONS))) {
        const struct sg_token *next = sg_parse_peek(p);
        return next->kind == SG_TOKEN_LEFT_PAREN || next->flags & SG_TOKEN_RESERVED ||
               next->word == SG_WORD_FORMAT;
    }
    return false;
}

/* {EXPLAIN | DESCRIBE | DESC} {options statement | table [column]}. */
static struct sg_statement *parse_explain(struct sg_parser *p)
{
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_EXPLAIN, p->token.offset);
    struct sg_explain *explain = NEW_NODE(p, struct sg_explain);
    statement->explain = explain;
    advance(p);
    if (!begins_explain(p)) {
        parse_describe_table(p, explain);
        return statement;
    }
    take_explain_options(p, explain);
    if (explain->for_connection)
        return statement;
    if (!at_explainable(p))
        fail_expected(p, "expected a statement to explain");
    explain->statement = sg_parse_statement(p);
    return statement;
}

/* ANALYZE [FORMAT = x] statement. MariaDB documentation, "ANALYZE Statement". */
static struct sg_statement *parse_analyze(struct sg_parser *p)
{
    const struct sg_token *next = sg_parse_peek(p);
    if (!p->mariadb || next->word == SG_WORD_TABLE || next->word == SG_WORD_LOCAL ||
        next->word == SG_WORD_NO_WRITE_TO_BINLOG || next->word == SG_WORD_TABLES)
        return NULL;
    struct sg_statement *statement = sg_parse_new_statement(p, SG_AST_EXPLAIN, p->token.offset);
    struct sg_explain *explain = NEW_NODE(p, struct sg_explain);
    statement->explain = explain;
    explain->analyze = true;
    advance(p);
    take_format(p);
    if (!at_explainable(p))
        fail_expected(p, "expected a statement to analyze");
    explain->statement = sg_parse_statement(p);
    return statement;
}

struct sg_statement *sg_parse_show_statement(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_SHOW:
        return parse_show(p);
    case SG_WORD_EXPLAIN:
    case SG_WORD_DESCRIBE:
    case SG_WORD_DESC:
        return parse_explain(p);
    case SG_WORD_ANALYZE:
        return parse_analyze(p);
    default:
        return NULL;
    }
}
