/* Table definitions: columns, keys, constraints, options, partitions.
 *
 * MySQL manual, "CREATE TABLE Statement" and its pages, "CREATE INDEX Statement", "Partitioning";
 * MariaDB documentation, "CREATE TABLE", "Generated Columns", "Partitioning", "System-Versioned
 * Tables".
 */
#include "sql/parse.h"

/* --- columns ------------------------------------------------------------------------------- */

static void take_equal(struct sg_parser *p)
{
    take(p, SG_TOKEN_EQUAL);
}

/* CHECK (expr) [[NOT] ENFORCED], named or not. */
static struct sg_check *parse_check(struct sg_parser *p, struct sg_name name)
{
    struct sg_check *check = NEW_NODE(p, struct sg_check);
    check->name = name;
    expect_word(p, SG_WORD_CHECK);
    expect_open(p);
    check->expr = sg_parse_expr(p);
    expect_close(p);
    if (!p->mariadb) {
        check->not_enforced = sg_parse_take_words(p, SG_WORD_NOT, SG_WORD_ENFORCED);
        if (!check->not_enforced)
            take_word(p, SG_WORD_ENFORCED);
    }
    return check;
}

/* RESTRICT | CASCADE | SET NULL | SET DEFAULT | NO ACTION. */
static enum sg_reference_action parse_reference_action(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_RESTRICT))
        return SG_REFERENCE_RESTRICT;
    if (take_word(p, SG_WORD_CASCADE))
        return SG_REFERENCE_CASCADE;
    if (take_word(p, SG_WORD_SET)) {
        if (take_word(p, SG_WORD_NULL))
            return SG_REFERENCE_SET_NULL;
        expect_word(p, SG_WORD_DEFAULT);
        return SG_REFERENCE_SET_DEFAULT;
    }
    expect_word(p, SG_WORD_NO);
    expect_word(p, SG_WORD_ACTION);
    return SG_REFERENCE_NO_ACTION;
}

/* REFERENCES table [(columns)] [MATCH x] [ON DELETE x] [ON UPDATE x]. */
static struct sg_reference_def *parse_references(struct sg_parser *p)
{
    struct sg_reference_def *references = NEW_NODE(p, struct sg_reference_def);
    expect_word(p, SG_WORD_REFERENCES);
    sg_parse_qualified(p, &references->table);
    if (at(p, SG_TOKEN_LEFT_PAREN))
        references->columns = sg_parse_names_in_parens(p);
    if (take_word(p, SG_WORD_MATCH))
        sg_parse_take_name(p);
    while (at_word(p, SG_WORD_ON) &&
           (peek_is_word(p, SG_WORD_DELETE) || peek_is_word(p, SG_WORD_UPDATE))) {
        advance(p);
        bool deletes = at_word(p, SG_WORD_DELETE);
        advance(p);
        *(deletes ? &references->on_delete : &references->on_update) = parse_reference_action(p);
    }
    return references;
}

/* [GENERATED ALWAYS] AS {(expr) [VIRTUAL | STORED | PERSISTENT] | ROW {START | END}}. */
static void parse_generated(struct sg_parser *p, struct sg_column_def *column)
{
    if (take_word(p, SG_WORD_GENERATED))
        expect_word(p, SG_WORD_ALWAYS);
    expect_word(p, SG_WORD_AS);
    if (p->mariadb && take_word(p, SG_WORD_ROW)) {
        if (take_word(p, SG_WORD_START)) {
            column->flags |= SG_OPTION_ROW_START;
        } else {
            expect_word(p, SG_WORD_END);
            column->flags |= SG_OPTION_ROW_END;
        }
        return;
    }
    column->flags |= SG_OPTION_GENERATED;
    expect_open(p);
    column->generated = sg_parse_expr(p);
    expect_close(p);
    if (take_word(p, SG_WORD_STORED) || take_word(p, SG_WORD_PERSISTENT))
        column->flags |= SG_OPTION_STORED;
    else
        take_word(p, SG_WORD_VIRTUAL);
}

/* What the next token says, an = before it passed over: a text's value, a word as it is. */
static struct sg_slice peek_value(struct sg_parser *p)
{
    take_equal(p);
    return sg_lex_value(&p->lexer, &p->token, p->arena);
}

/* [CONSTRAINT [name]] {CHECK (expr) | MariaDB's other column constraints}. */
static void parse_column_constraint(struct sg_parser *p, struct sg_check ***tail)
{
    struct sg_name name = {0};
    if (take_word(p, SG_WORD_CONSTRAINT) && at_identifier(p))
        name = sg_parse_take_name(p);
    if (!at_word(p, SG_WORD_CHECK))
        return; /* CONSTRAINT name REFERENCES, UNIQUE ...: the option follows */
    **tail = parse_check(p, name);
    *tail = &(**tail)->next;
}

/* Options that are one flag, of one or two words. false: none here. */
static bool take_flag_option(struct sg_parser *p, struct sg_column_def *column)
{
    switch (p->token.word) {
    case SG_WORD_NULL:
        column->flags |= SG_OPTION_NULL;
        break;
    case SG_WORD_AUTO_INCREMENT:
        column->flags |= SG_OPTION_AUTO_INCREMENT;
        break;
    case SG_WORD_INVISIBLE:
        column->flags |= SG_OPTION_INVISIBLE;
        break;
    case SG_WORD_VISIBLE: /* the last one counts */
        column->flags &= ~(uint32_t)SG_OPTION_INVISIBLE;
        break;
    case SG_WORD_COMPRESSED:
        if (!p->mariadb || peek_is(p, SG_TOKEN_EQUAL))
            return false;
        break;
    case SG_WORD_PRIMARY:
        advance(p);
        if (!at_word(p, SG_WORD_KEY))
            fail_expected(p, "KEY");
        column->flags |= SG_OPTION_PRIMARY;
        break;
    case SG_WORD_KEY:
        column->flags |= SG_OPTION_PRIMARY;
        break;
    case SG_WORD_UNIQUE:
        if (peek_is_word(p, SG_WORD_KEY))
            advance(p);
        column->flags |= SG_OPTION_UNIQUE;
        break;
    default:
        return false;
    }
    advance(p);
    return true;
}

/* NOT NULL | NOT SECONDARY | NOT INVISIBLE ... */
static void parse_not_option(struct sg_parser *p, struct sg_column_def *column)
{
    advance(p);
    if (take_word(p, SG_WORD_NULL))
        column->flags |= SG_OPTION_NOT_NULL;
    else if (!take_word(p, SG_WORD_SECONDARY))
        expect_word(p, SG_WORD_ENFORCED);
}

/* {WITH | WITHOUT} SYSTEM VERSIONING at a column. */
static void parse_versioning_option(struct sg_parser *p, struct sg_column_def *column)
{
    bool with = at_word(p, SG_WORD_WITH);
    advance(p);
    expect_word(p, SG_WORD_SYSTEM);
    expect_word(p, SG_WORD_VERSIONING);
    column->flags |= with ? SG_OPTION_VERSIONED : SG_OPTION_UNVERSIONED;
}

/* One option of a column; false: none here. */
static bool parse_column_option(struct sg_parser *p, struct sg_column_def *column,
                                struct sg_check ***check_tail)
{
    if (take_flag_option(p, column))
        return true;
    switch (p->token.word) {
    case SG_WORD_NOT:
        parse_not_option(p, column);
        return true;
    case SG_WORD_DEFAULT:
        advance(p);
        column->default_value = sg_parse_unary_expr(p);
        return true;
    case SG_WORD_ON:
        advance(p);
        expect_word(p, SG_WORD_UPDATE);
        column->on_update = sg_parse_unary_expr(p);
        return true;
    case SG_WORD_COLLATE:
        advance(p);
        column->collation = peek_value(p);
        sg_parse_charset_name(p);
        return true;
    case SG_WORD_GENERATED:
    case SG_WORD_AS:
        parse_generated(p, column);
        return true;
    case SG_WORD_CONSTRAINT:
    case SG_WORD_CHECK:
        parse_column_constraint(p, check_tail);
        return true;
    case SG_WORD_REFERENCES:
        column->references = parse_references(p);
        return true;
    case SG_WORD_SERIAL:
        advance(p);
        expect_word(p, SG_WORD_DEFAULT);
        expect_word(p, SG_WORD_VALUE);
        column->flags |= SG_OPTION_NOT_NULL | SG_OPTION_AUTO_INCREMENT | SG_OPTION_UNIQUE;
        return true;
    case SG_WORD_WITH:
    case SG_WORD_WITHOUT:
        if (!p->mariadb || !peek_is_word(p, SG_WORD_SYSTEM))
            return false;
        parse_versioning_option(p, column);
        return true;
    default:
        break;
    }
    struct sg_option option;
    if (!sg_parse_option(p, SG_OPTION_OF_COLUMN, &option))
        return false;
    if (option.word == SG_WORD_COMMENT)
        column->comment = option.value;
    return true;
}

/* name type [options]. */
struct sg_column_def *sg_parse_column_def(struct sg_parser *p)
{
    struct sg_column_def *column = NEW_NODE(p, struct sg_column_def);
    struct sg_check **check_tail = &column->checks;
    column->name = sg_parse_identifier(p);
    while (p->mariadb && take(p, SG_TOKEN_DOT)) /* table.name: the table's own */
        column->name = sg_parse_identifier(p);
    uint32_t offset = p->token.offset;
    if (at_word(p, SG_WORD_SERIAL)) {
        column->flags |= SG_OPTION_SERIAL;
        advance(p);
        column->type_word = sg_parse_source(p, offset);
    } else if (p->mariadb && (at_word(p, SG_WORD_AS) || at_word(p, SG_WORD_GENERATED))) {
        /* a generated column may do without a type in ALTER's oldest form */
        fail_expected(p, "expected a data type");
    } else {
        sg_parse_type(p, &column->type_word);
    }
    column->type = sg_parse_source(p, offset);
    while (parse_column_option(p, column, &check_tail))
        ;
    return column;
}

/* --- keys ---------------------------------------------------------------------------------- */

/* column [(length)] [ASC | DESC] | (expr) [ASC | DESC] | MariaDB: period WITHOUT OVERLAPS. */
static struct sg_key_part *parse_key_part(struct sg_parser *p)
{
    struct sg_key_part *part = NEW_NODE(p, struct sg_key_part);
    if (!p->mariadb && take(p, SG_TOKEN_LEFT_PAREN)) {
        part->expr = sg_parse_expr(p);
        expect_close(p);
    } else {
        part->column = sg_parse_identifier(p);
        if (take(p, SG_TOKEN_LEFT_PAREN)) {
            part->length = sg_lex_value(&p->lexer, &p->token, p->arena);
            expect(p, SG_TOKEN_INTEGER, "expected a length");
            expect_close(p);
            part->has_length = true;
        }
    }
    if (p->mariadb && take_word(p, SG_WORD_WITHOUT)) {
        expect_word(p, SG_WORD_OVERLAPS);
        part->is_period = true;
    }
    if (!take_word(p, SG_WORD_ASC))
        part->descending = take_word(p, SG_WORD_DESC);
    return part;
}

struct sg_key_part *sg_parse_key_parts(struct sg_parser *p)
{
    struct sg_key_part *first = NULL;
    struct sg_key_part **tail = &first;
    expect_open(p);
    do {
        *tail = parse_key_part(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
    expect_close(p);
    return first;
}

/* {USING | TYPE} {BTREE | HASH | RTREE}; false: not here. */
static bool take_index_type(struct sg_parser *p)
{
    if (!at_word(p, SG_WORD_USING) &&
        !(at_word(p, SG_WORD_TYPE) &&
          (peek_is_word(p, SG_WORD_BTREE) || peek_is_word(p, SG_WORD_HASH) ||
           peek_is_word(p, SG_WORD_RTREE))))
        return false;
    advance(p);
    sg_parse_identifier(p);
    return true;
}

/* WITH PARSER x, [IN]VISIBLE, [NOT] IGNORED. false: none here. */
static bool parse_index_state(struct sg_parser *p, struct sg_key_def *key)
{
    switch (p->token.word) {
    case SG_WORD_WITH:
        if (!peek_is_word(p, SG_WORD_PARSER))
            return false;
        advance(p);
        advance(p);
        sg_parse_identifier(p);
        return true;
    case SG_WORD_VISIBLE:
        key->invisible = false;
        advance(p);
        return true;
    case SG_WORD_INVISIBLE:
        if (p->mariadb)
            return false;
        key->invisible = true;
        advance(p);
        return true;
    case SG_WORD_IGNORED:
        key->invisible = true;
        advance(p);
        return true;
    case SG_WORD_NOT:
        if (!peek_is_word(p, SG_WORD_IGNORED))
            return false;
        advance(p);
        advance(p);
        key->invisible = false;
        return true;
    default:
        return false;
    }
}

/* KEY_BLOCK_SIZE = n, USING x, WITH PARSER x, COMMENT 'x', VISIBLE, IGNORED ... */
void sg_parse_index_options(struct sg_parser *p, struct sg_key_def *key)
{
    struct sg_option option;
    while (!at_word(p, SG_WORD_ALGORITHM)) { /* CREATE INDEX's own */
        if (take_index_type(p) || parse_index_state(p, key))
            continue;
        if (!sg_parse_option(p, SG_OPTION_OF_KEY, &option))
            return;
        if (option.word == SG_WORD_COMMENT)
            key->comment = option.value;
    }
}

static enum sg_key_kind take_key_kind(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_PRIMARY)) {
        expect_word(p, SG_WORD_KEY);
        return SG_KEY_PRIMARY;
    }
    enum sg_key_kind kind = SG_KEY_PLAIN;
    if (take_word(p, SG_WORD_UNIQUE))
        kind = SG_KEY_UNIQUE;
    else if (take_word(p, SG_WORD_FULLTEXT))
        kind = SG_KEY_FULLTEXT;
    else if (take_word(p, SG_WORD_SPATIAL))
        kind = SG_KEY_SPATIAL;
    else if (take_word(p, SG_WORD_VECTOR))
        kind = SG_KEY_VECTOR;
    else if (take_word(p, SG_WORD_FOREIGN)) {
        expect_word(p, SG_WORD_KEY);
        return SG_KEY_FOREIGN;
    }
    if (!take_word(p, SG_WORD_INDEX))
        take_word(p, SG_WORD_KEY);
    return kind;
}

/* [PRIMARY KEY | UNIQUE [KEY] | KEY | FULLTEXT | SPATIAL | VECTOR | FOREIGN KEY] [IF NOT EXISTS]
 * [name] [USING x] (parts) [REFERENCES ...] [options]. */
static struct sg_key_def *parse_key(struct sg_parser *p, struct sg_name constraint)
{
    struct sg_key_def *key = NEW_NODE(p, struct sg_key_def);
    key->kind = take_key_kind(p);
    if (p->mariadb)
        sg_parse_if_not_exists(p);
    if (at_identifier(p) && !(at_word(p, SG_WORD_TYPE) && !peek_is(p, SG_TOKEN_LEFT_PAREN)))
        key->name = sg_parse_take_name(p);
    key->is_constraint = sg_name_is_set(&constraint);
    if (key->is_constraint)
        key->name = constraint;
    take_index_type(p);
    key->parts = sg_parse_key_parts(p);
    if (key->kind == SG_KEY_FOREIGN)
        key->references = parse_references(p);
    else
        sg_parse_index_options(p, key);
    return key;
}

/* PERIOD FOR {SYSTEM_TIME | name} (start, end). MariaDB documentation, "Application-Time Periods".
 */
static void parse_period(struct sg_parser *p, struct sg_table_def *table)
{
    advance(p);
    sg_parse_if_not_exists(p);
    expect_word(p, SG_WORD_FOR);
    table->period = sg_parse_identifier(p);
    expect_open(p);
    table->period_start = sg_parse_identifier(p);
    expect(p, SG_TOKEN_COMMA, "expected `,`");
    table->period_end = sg_parse_identifier(p);
    expect_close(p);
}

bool sg_parse_at_key(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_PRIMARY:
    case SG_WORD_UNIQUE:
    case SG_WORD_INDEX:
    case SG_WORD_KEY:
    case SG_WORD_FULLTEXT:
    case SG_WORD_SPATIAL:
    case SG_WORD_FOREIGN:
    case SG_WORD_CONSTRAINT:
    case SG_WORD_CHECK:
        return true;
    case SG_WORD_VECTOR:
        return p->mariadb;
    case SG_WORD_PERIOD:
        return p->mariadb && (peek_is_word(p, SG_WORD_FOR) || peek_is_word(p, SG_WORD_IF));
    default:
        return false;
    }
}

void sg_parse_key_or_constraint(struct sg_parser *p, struct sg_table_def *table,
                                struct sg_constraint_tails *tails)
{
    struct sg_name constraint = {0};
    if (at_word(p, SG_WORD_PERIOD)) {
        parse_period(p, table);
        return;
    }
    if (take_word(p, SG_WORD_CONSTRAINT)) {
        if (p->mariadb)
            sg_parse_if_not_exists(p);
        if (at_identifier(p))
            constraint = sg_parse_take_name(p);
    }
    if (at_word(p, SG_WORD_CHECK)) {
        *tails->check = parse_check(p, constraint);
        tails->check = &(*tails->check)->next;
    } else {
        *tails->key = parse_key(p, constraint);
        tails->key = &(*tails->key)->next;
    }
}

/* (column | key | constraint, ...). */
static void parse_elements(struct sg_parser *p, struct sg_table_def *table)
{
    struct sg_column_def **tail = &table->columns;
    struct sg_constraint_tails tails = {.key = &table->keys, .check = &table->checks};
    expect_open(p);
    do {
        if (sg_parse_at_key(p)) {
            sg_parse_key_or_constraint(p, table, &tails);
            continue;
        }
        *tail = sg_parse_column_def(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
    expect_close(p);
}

/* --- partitions ---------------------------------------------------------------------------- */

/* expr | MAXVALUE | (values), in VALUES LESS THAN and VALUES IN. */
static void parse_partition_values(struct sg_parser *p, struct sg_expr ***tail)
{
    expect_open(p);
    do {
        if (take_word(p, SG_WORD_MAXVALUE) || (p->mariadb && take_word(p, SG_WORD_DEFAULT)))
            continue;
        **tail = at_word(p, SG_WORD_DEFAULT) ? sg_parse_expr_or_default(p) : sg_parse_expr(p);
        *tail = &(**tail)->next;
    } while (take_comma(p));
    expect_close(p);
}

/* VALUES {LESS THAN {(values) | MAXVALUE} | IN (values)} | MariaDB DEFAULT, CURRENT, HISTORY. */
static void parse_partition_bounds(struct sg_parser *p, struct sg_expr ***tail)
{
    if (take_word(p, SG_WORD_VALUES)) {
        if (take_word(p, SG_WORD_IN)) {
            if (!(p->mariadb && take_word(p, SG_WORD_DEFAULT)))
                parse_partition_values(p, tail);
            return;
        }
        expect_word(p, SG_WORD_LESS);
        expect_word(p, SG_WORD_THAN);
        if (!take_word(p, SG_WORD_MAXVALUE))
            parse_partition_values(p, tail);
    } else if (p->mariadb && !take_word(p, SG_WORD_DEFAULT) && !take_word(p, SG_WORD_CURRENT)) {
        take_word(p, SG_WORD_HISTORY);
    }
}

static void parse_subpartition_defs(struct sg_parser *p)
{
    if (!take(p, SG_TOKEN_LEFT_PAREN))
        return;
    do {
        expect_word(p, SG_WORD_SUBPARTITION);
        if (at(p, SG_TOKEN_STRING))
            advance(p);
        else
            sg_parse_identifier(p);
        sg_parse_partition_options(p);
    } while (take_comma(p));
    expect_close(p);
}

/* PARTITION name [bounds] [options] [(subpartitions)]. */
static void parse_partition_def(struct sg_parser *p, struct sg_expr ***tail)
{
    if (!take_word(p, SG_WORD_PARTITION) && !p->mariadb)
        fail_expected(p, "PARTITION");
    sg_parse_identifier(p);
    parse_partition_bounds(p, tail);
    sg_parse_partition_options(p);
    parse_subpartition_defs(p);
}

void sg_parse_partition_def(struct sg_parser *p, struct sg_partitioning *partitioning)
{
    struct sg_expr **tail = &partitioning->values;
    parse_partition_def(p, &tail);
}

/* (definition, definition ...). */
void sg_parse_partition_defs(struct sg_parser *p, struct sg_partitioning *partitioning)
{
    struct sg_expr **tail = &partitioning->values;
    while (*tail)
        tail = &(*tail)->next;
    expect_open(p);
    do {
        parse_partition_def(p, &tail);
    } while (take_comma(p));
    expect_close(p);
}

/* [ALGORITHM [=] n] ([columns]), behind KEY. */
static struct sg_name_item *parse_partition_key(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_ALGORITHM)) {
        take_equal(p);
        expect(p, SG_TOKEN_INTEGER, "expected a number");
    }
    expect_open(p);
    struct sg_name_item *columns = at(p, SG_TOKEN_RIGHT_PAREN) ? NULL : sg_parse_name_list(p);
    expect_close(p);
    return columns;
}

static struct sg_expr *parse_partition_expr(struct sg_parser *p)
{
    expect_open(p);
    struct sg_expr *expr = sg_parse_bit_expr(p);
    expect_close(p);
    return expr;
}

/* SYSTEM_TIME [INTERVAL n unit [STARTS x] [AUTO]] [LIMIT n]. MariaDB documentation,
 * "System-Versioned Tables". */
static void parse_system_time_partitioning(struct sg_parser *p,
                                           struct sg_partitioning *partitioning)
{
    partitioning->system_time = true;
    if (take_word(p, SG_WORD_INTERVAL)) {
        struct sg_expr *value;
        sg_parse_interval(p, &value);
        if (take_word(p, SG_WORD_STARTS))
            sg_parse_unary_expr(p);
        take_word(p, SG_WORD_AUTO);
    } else if (take_word(p, SG_WORD_LIMIT)) {
        expect(p, SG_TOKEN_INTEGER, "expected a number");
        take_word(p, SG_WORD_AUTO);
    }
}

/* HASH (expr) | KEY (columns) | {RANGE | LIST} {(expr) | COLUMNS (columns)} | SYSTEM_TIME ... */
static void parse_partition_function(struct sg_parser *p, struct sg_partitioning *partitioning)
{
    take_word(p, SG_WORD_LINEAR);
    if (take_word(p, SG_WORD_HASH)) {
        partitioning->expr = parse_partition_expr(p);
    } else if (take_word(p, SG_WORD_KEY)) {
        partitioning->columns = parse_partition_key(p);
    } else if (take_word(p, SG_WORD_RANGE) || take_word(p, SG_WORD_LIST)) {
        if (take_word(p, SG_WORD_COLUMNS))
            partitioning->columns = sg_parse_names_in_parens(p);
        else
            partitioning->expr = parse_partition_expr(p);
    } else if (p->mariadb && take_word(p, SG_WORD_SYSTEM_TIME)) {
        parse_system_time_partitioning(p, partitioning);
    } else {
        fail_expected(p, "expected HASH, KEY, RANGE or LIST");
    }
}

static void take_count(struct sg_parser *p, enum sg_word word)
{
    if (take_word(p, word))
        expect(p, SG_TOKEN_INTEGER, "expected a number");
}

/* PARTITION BY function [PARTITIONS n] [SUBPARTITION BY ...] [(definitions)]. */
struct sg_partitioning *sg_parse_partition_by(struct sg_parser *p)
{
    struct sg_partitioning *partitioning = NEW_NODE(p, struct sg_partitioning);
    expect_word(p, SG_WORD_PARTITION);
    expect_word(p, SG_WORD_BY);
    parse_partition_function(p, partitioning);
    take_count(p, SG_WORD_PARTITIONS);
    if (take_word(p, SG_WORD_SUBPARTITION)) {
        expect_word(p, SG_WORD_BY);
        take_word(p, SG_WORD_LINEAR);
        if (take_word(p, SG_WORD_HASH)) {
            partitioning->subpartition_expr = parse_partition_expr(p);
        } else {
            expect_word(p, SG_WORD_KEY);
            partitioning->subpartition_columns = parse_partition_key(p);
        }
        take_count(p, SG_WORD_SUBPARTITIONS);
    }
    if (at(p, SG_TOKEN_LEFT_PAREN))
        sg_parse_partition_defs(p, partitioning);
    return partitioning;
}

/* --- CREATE TABLE -------------------------------------------------------------------------- */

static bool opens_query(struct sg_parser *p)
{
    const struct sg_token *next = sg_parse_peek(p);
    return next->kind == SG_TOKEN_LEFT_PAREN || next->word == SG_WORD_SELECT ||
           next->word == SG_WORD_WITH || next->word == SG_WORD_TABLE ||
           next->word == SG_WORD_VALUES;
}

/* [IGNORE | REPLACE] [AS] query. */
static void parse_table_query(struct sg_parser *p, struct sg_table_def *table)
{
    table->query_ignore = take_word(p, SG_WORD_IGNORE);
    table->query_replace = !table->query_ignore && take_word(p, SG_WORD_REPLACE);
    bool as = take_word(p, SG_WORD_AS);
    if (p->mariadb && at(p, SG_TOKEN_LEFT_PAREN) && peek_is_word(p, SG_WORD_WITH))
        table->query = sg_parse_subquery(p); /* here alone the parentheses may hold a WITH */
    else if (as || table->query_ignore || table->query_replace || at(p, SG_TOKEN_LEFT_PAREN) ||
             sg_parse_at_query(p))
        table->query = sg_parse_query(p);
}

/* {LIKE table | (LIKE table) | [(elements)] [options] [partitions] [query]}. */
void sg_parse_table_def(struct sg_parser *p, struct sg_table_def *table)
{
    if (take_word(p, SG_WORD_LIKE)) {
        sg_parse_qualified(p, &table->like);
        return;
    }
    if (at(p, SG_TOKEN_LEFT_PAREN) && peek_is_word(p, SG_WORD_LIKE)) {
        advance(p);
        advance(p);
        sg_parse_qualified(p, &table->like);
        expect_close(p);
        return;
    }
    if (at(p, SG_TOKEN_LEFT_PAREN) && !opens_query(p))
        parse_elements(p, table);
    while (!at_word(p, SG_WORD_AS) && sg_parse_table_option(p, table))
        take_comma(p);
    if (at_word(p, SG_WORD_PARTITION))
        table->partitioning = sg_parse_partition_by(p);
    parse_table_query(p, table);
}
