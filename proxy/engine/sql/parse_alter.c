/* ALTER TABLE's list of changes.
 *
 * MySQL manual, "ALTER TABLE Statement", "ALTER TABLE Partition Operations"; MariaDB documentation,
 * "ALTER TABLE".
 */
#include "sql/parse.h"

static void take_equal(struct sg_parser *p)
{
    take(p, SG_TOKEN_EQUAL);
}

/* [IF EXISTS] and [IF NOT EXISTS] of a part: MariaDB. */
static bool take_if_exists(struct sg_parser *p)
{
    return p->mariadb && sg_parse_if_exists(p);
}

static bool take_if_not_exists(struct sg_parser *p)
{
    return p->mariadb && sg_parse_if_not_exists(p);
}

/* [FIRST | AFTER column]. */
static void parse_position(struct sg_parser *p, struct sg_column_def *column)
{
    if (take_word(p, SG_WORD_FIRST))
        column->first = true;
    else if (take_word(p, SG_WORD_AFTER))
        column->after = sg_parse_identifier(p);
}

/* --- ADD ----------------------------------------------------------------------------------- */

/* A key, constraint or period, through the same rule as CREATE TABLE's. */
static void parse_add_key(struct sg_parser *p, struct sg_alter_item *item)
{
    struct sg_table_def table = {0};
    struct sg_constraint_tails tails = {.key = &table.keys, .check = &table.checks};
    sg_parse_key_or_constraint(p, &table, &tails);
    item->key = table.keys;
    item->check = table.checks;
    item->period = table.period;
    item->period_start = table.period_start;
    item->period_end = table.period_end;
    item->kind = table.keys ? SG_ALTER_ADD_KEY : SG_ALTER_ADD_CHECK;
}

/* (column definitions and keys). */
static void parse_add_list(struct sg_parser *p, struct sg_alter_item *item)
{
    struct sg_column_def **tail = &item->columns;
    struct sg_table_def table = {0};
    struct sg_constraint_tails tails = {.key = &table.keys, .check = &table.checks};
    expect_open(p);
    do {
        if (sg_parse_at_key(p)) {
            sg_parse_key_or_constraint(p, &table, &tails);
            continue;
        }
        *tail = sg_parse_column_def(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
    expect_close(p);
    item->key = table.keys;
    item->check = table.checks;
}

/* PARTITION [IF NOT EXISTS] [NO_WRITE_TO_BINLOG | LOCAL] {(definitions) | PARTITIONS n}. */
static void parse_add_partition(struct sg_parser *p, struct sg_alter_item *item)
{
    advance(p);
    item->kind = SG_ALTER_OTHER;
    take_if_not_exists(p);
    if (!take_word(p, SG_WORD_NO_WRITE_TO_BINLOG))
        take_word(p, SG_WORD_LOCAL);
    if (take_word(p, SG_WORD_PARTITIONS)) {
        expect(p, SG_TOKEN_INTEGER, "expected a number");
    } else {
        item->partitioning = NEW_NODE(p, struct sg_partitioning);
        sg_parse_partition_defs(p, item->partitioning);
    }
}

/* ADD {[COLUMN] [IF NOT EXISTS] {column [position] | (columns)} | key | PARTITION ... | SYSTEM
 * VERSIONING}. */
static void parse_add(struct sg_parser *p, struct sg_alter_item *item)
{
    if (at_word(p, SG_WORD_PARTITION)) {
        parse_add_partition(p, item);
    } else if (p->mariadb && sg_parse_take_words(p, SG_WORD_SYSTEM, SG_WORD_VERSIONING)) {
        item->kind = SG_ALTER_ADD_VERSIONING;
    } else if (sg_parse_at_key(p)) {
        parse_add_key(p, item);
    } else {
        take_word(p, SG_WORD_COLUMN);
        item->kind = SG_ALTER_ADD_COLUMNS;
        item->if_exists = take_if_not_exists(p);
        if (at(p, SG_TOKEN_LEFT_PAREN)) {
            parse_add_list(p, item);
        } else {
            item->columns = sg_parse_column_def(p);
            parse_position(p, item->columns);
        }
    }
}

/* --- CHANGE, MODIFY ------------------------------------------------------------------------ */

static void parse_change(struct sg_parser *p, struct sg_alter_item *item)
{
    take_word(p, SG_WORD_COLUMN);
    item->kind = SG_ALTER_CHANGE_COLUMN;
    item->if_exists = take_if_exists(p);
    item->name = sg_parse_identifier(p);
    item->columns = sg_parse_column_def(p);
    parse_position(p, item->columns);
}

static void parse_modify(struct sg_parser *p, struct sg_alter_item *item)
{
    take_word(p, SG_WORD_COLUMN);
    item->kind = SG_ALTER_MODIFY_COLUMN;
    item->if_exists = take_if_exists(p);
    item->columns = sg_parse_column_def(p);
    parse_position(p, item->columns);
}

/* --- DROP ---------------------------------------------------------------------------------- */

static void parse_drop_named(struct sg_parser *p, struct sg_alter_item *item,
                             enum sg_alter_kind kind)
{
    item->kind = kind;
    item->if_exists = take_if_exists(p);
    item->name = at_word(p, SG_WORD_PRIMARY) ? sg_parse_take_name(p) : sg_parse_identifier(p);
}

static void parse_drop(struct sg_parser *p, struct sg_alter_item *item)
{
    if (take_word(p, SG_WORD_PRIMARY)) {
        expect_word(p, SG_WORD_KEY);
        item->kind = SG_ALTER_DROP_KEY;
    } else if (take_word(p, SG_WORD_INDEX) || take_word(p, SG_WORD_KEY)) {
        parse_drop_named(p, item, SG_ALTER_DROP_KEY);
    } else if (take_word(p, SG_WORD_FOREIGN)) {
        expect_word(p, SG_WORD_KEY);
        parse_drop_named(p, item, SG_ALTER_DROP_CONSTRAINT);
    } else if (p->mariadb && at_word(p, SG_WORD_CONSTRAINT) && peek_is_word(p, SG_WORD_PRIMARY)) {
        advance(p);
        advance(p);
        expect_word(p, SG_WORD_KEY);
        item->kind = SG_ALTER_DROP_KEY;
    } else if (take_word(p, SG_WORD_CONSTRAINT) || (!p->mariadb && take_word(p, SG_WORD_CHECK))) {
        parse_drop_named(p, item, SG_ALTER_DROP_CONSTRAINT);
    } else if (take_word(p, SG_WORD_PARTITION)) {
        item->kind = SG_ALTER_OTHER;
        take_if_exists(p);
        sg_parse_name_list(p);
    } else if (p->mariadb && sg_parse_take_words(p, SG_WORD_SYSTEM, SG_WORD_VERSIONING)) {
        item->kind = SG_ALTER_DROP_VERSIONING;
    } else if (p->mariadb && at_word(p, SG_WORD_PERIOD) &&
               (peek_is_word(p, SG_WORD_FOR) || peek_is_word(p, SG_WORD_IF))) {
        advance(p);
        item->kind = SG_ALTER_DROP_CONSTRAINT;
        item->if_exists = take_if_exists(p);
        expect_word(p, SG_WORD_FOR);
        item->name = sg_parse_identifier(p);
    } else {
        take_word(p, SG_WORD_COLUMN);
        parse_drop_named(p, item, SG_ALTER_DROP_COLUMN);
        if (!take_word(p, SG_WORD_RESTRICT))
            take_word(p, SG_WORD_CASCADE);
    }
}

/* --- ALTER, RENAME ------------------------------------------------------------------------- */

/* {INDEX | KEY} name {VISIBLE | INVISIBLE | [NOT] IGNORED} | {CHECK | CONSTRAINT} name [NOT]
 * ENFORCED */
static bool parse_alter_state(struct sg_parser *p, struct sg_alter_item *item)
{
    if (!take_word(p, SG_WORD_INDEX) && !take_word(p, SG_WORD_KEY) &&
        !take_word(p, SG_WORD_CHECK) && !take_word(p, SG_WORD_CONSTRAINT))
        return false;
    take_if_exists(p);
    item->name = sg_parse_identifier(p);
    bool not = take_word(p, SG_WORD_NOT);
    item->kind = SG_ALTER_KEY_STATE;
    if (take_word(p, SG_WORD_VISIBLE))
        return true;
    if (take_word(p, SG_WORD_INVISIBLE) || take_word(p, SG_WORD_IGNORED)) {
        item->invisible = !not ;
        return true;
    }
    item->kind = SG_ALTER_CHECK_STATE;
    item->not_enforced = not ;
    expect_word(p, SG_WORD_ENFORCED);
    return true;
}

/* [COLUMN] name {SET DEFAULT value | DROP DEFAULT | SET {VISIBLE | INVISIBLE}}. */
static void parse_alter_column(struct sg_parser *p, struct sg_alter_item *item)
{
    if (parse_alter_state(p, item))
        return;
    take_word(p, SG_WORD_COLUMN);
    item->kind = SG_ALTER_SET_DEFAULT;
    item->if_exists = take_if_exists(p);
    item->name = sg_parse_identifier(p);
    if (take_word(p, SG_WORD_DROP)) {
        expect_word(p, SG_WORD_DEFAULT);
        return;
    }
    expect_word(p, SG_WORD_SET);
    if (take_word(p, SG_WORD_DEFAULT)) {
        item->value = sg_parse_unary_expr(p);
    } else {
        if (p->mariadb)
            fail_expected(p, "DEFAULT");
        item->kind = SG_ALTER_SET_VISIBILITY;
        item->invisible = take_word(p, SG_WORD_INVISIBLE);
        if (!item->invisible)
            expect_word(p, SG_WORD_VISIBLE);
    }
}

static void parse_rename(struct sg_parser *p, struct sg_alter_item *item)
{
    bool column = at_word(p, SG_WORD_COLUMN);
    bool key = at_word(p, SG_WORD_INDEX) || at_word(p, SG_WORD_KEY);
    if (column || key) {
        advance(p);
        item->kind = column ? SG_ALTER_RENAME_COLUMN : SG_ALTER_RENAME_KEY;
        item->if_exists = take_if_exists(p);
        item->name = sg_parse_identifier(p);
        expect_word(p, SG_WORD_TO);
        item->new_name = sg_parse_identifier(p);
        return;
    }
    item->kind = SG_ALTER_RENAME_TABLE;
    if (!take_word(p, SG_WORD_TO) && !take_word(p, SG_WORD_AS))
        take_equal(p);
    sg_parse_qualified(p, &item->table);
}

/* --- partitions ---------------------------------------------------------------------------- */

/* {ALL | names}, behind what a partition operation does. */
static void parse_partition_names(struct sg_parser *p)
{
    if (!take_word(p, SG_WORD_NO_WRITE_TO_BINLOG))
        take_word(p, SG_WORD_LOCAL);
    if (!take_word(p, SG_WORD_ALL))
        sg_parse_name_list(p);
}

static void take_validation(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_WITH) || take_word(p, SG_WORD_WITHOUT))
        expect_word(p, SG_WORD_VALIDATION);
}

/* EXCHANGE PARTITION name WITH TABLE table [{WITH | WITHOUT} VALIDATION]. */
static void parse_exchange(struct sg_parser *p, struct sg_alter_item *item)
{
    item->kind = SG_ALTER_EXCHANGE_PARTITION;
    expect_word(p, SG_WORD_PARTITION);
    sg_parse_identifier(p);
    expect_word(p, SG_WORD_WITH);
    expect_word(p, SG_WORD_TABLE);
    sg_parse_qualified(p, &item->table);
    take_validation(p);
}

/* REORGANIZE PARTITION [names INTO (definitions)]. */
static void parse_reorganize(struct sg_parser *p, struct sg_alter_item *item)
{
    expect_word(p, SG_WORD_PARTITION);
    if (!take_word(p, SG_WORD_NO_WRITE_TO_BINLOG))
        take_word(p, SG_WORD_LOCAL);
    if (!at_identifier(p))
        return;
    sg_parse_name_list(p);
    expect_word(p, SG_WORD_INTO);
    item->partitioning = NEW_NODE(p, struct sg_partitioning);
    sg_parse_partition_defs(p, item->partitioning);
}

static struct sg_slice charset_value(struct sg_parser *p)
{
    take_equal(p);
    struct sg_slice value = sg_lex_value(&p->lexer, &p->token, p->arena);
    sg_parse_charset_name(p);
    return value;
}

/* CONVERT {TO CHARACTER SET x [COLLATE y] | PARTITION p TO TABLE t | TABLE t TO definition}. */
static void parse_convert(struct sg_parser *p, struct sg_alter_item *item)
{
    if (p->mariadb && take_word(p, SG_WORD_PARTITION)) {
        sg_parse_identifier(p);
        expect_word(p, SG_WORD_TO);
        expect_word(p, SG_WORD_TABLE);
        sg_parse_qualified(p, &item->table);
        item->kind = SG_ALTER_OTHER;
        return;
    }
    if (p->mariadb && take_word(p, SG_WORD_TABLE)) {
        item->kind = SG_ALTER_EXCHANGE_PARTITION;
        sg_parse_qualified(p, &item->table);
        expect_word(p, SG_WORD_TO);
        item->partitioning = NEW_NODE(p, struct sg_partitioning);
        sg_parse_partition_def(p, item->partitioning);
        if (p->version >= 110400)
            take_validation(p);
        return;
    }
    expect_word(p, SG_WORD_TO);
    if (take_word(p, SG_WORD_CHAR))
        expect_word(p, SG_WORD_SET);
    else
        expect_word(p, SG_WORD_CHARSET);
    item->kind = SG_ALTER_CONVERT;
    item->options = NEW_NODE(p, struct sg_table_def);
    item->options->charset = charset_value(p);
    if (take_word(p, SG_WORD_COLLATE))
        item->options->collation = charset_value(p);
}

/* --- items --------------------------------------------------------------------------------- */

/* {ALGORITHM | LOCK} [=] word. */
static void parse_algorithm(struct sg_parser *p)
{
    advance(p);
    take_equal(p);
    if (!take_word(p, SG_WORD_DEFAULT))
        sg_parse_identifier(p);
}

/* Changes of state of the table, its keys or its partitions, in which no column comes or goes. */
static bool parse_state(struct sg_parser *p, struct sg_alter_item *item)
{
    switch (p->token.word) {
    case SG_WORD_DISABLE:
    case SG_WORD_ENABLE:
        advance(p);
        expect_word(p, SG_WORD_KEYS);
        return true;
    case SG_WORD_FORCE:
        advance(p);
        return true;
    case SG_WORD_ALGORITHM:
    case SG_WORD_LOCK:
        parse_algorithm(p);
        return true;
    case SG_WORD_WITH:
    case SG_WORD_WITHOUT:
        if (p->mariadb)
            return false;
        take_validation(p);
        return true;
    case SG_WORD_DISCARD:
    case SG_WORD_IMPORT:
        advance(p);
        if (take_word(p, SG_WORD_PARTITION))
            parse_partition_names(p);
        expect_word(p, SG_WORD_TABLESPACE);
        return true;
    case SG_WORD_COALESCE:
        advance(p);
        expect_word(p, SG_WORD_PARTITION);
        if (!take_word(p, SG_WORD_NO_WRITE_TO_BINLOG))
            take_word(p, SG_WORD_LOCAL);
        expect(p, SG_TOKEN_INTEGER, "expected a number");
        return true;
    case SG_WORD_ANALYZE:
    case SG_WORD_CHECK:
    case SG_WORD_OPTIMIZE:
    case SG_WORD_REBUILD:
    case SG_WORD_REPAIR:
    case SG_WORD_TRUNCATE:
        advance(p);
        expect_word(p, SG_WORD_PARTITION);
        parse_partition_names(p);
        sg_parse_rest(p); /* QUICK, EXTENDED ... */
        return true;
    case SG_WORD_REMOVE:
        advance(p);
        expect_word(p, SG_WORD_PARTITIONING);
        return true;
    case SG_WORD_REORGANIZE:
        advance(p);
        parse_reorganize(p, item);
        return true;
    case SG_WORD_SECONDARY_LOAD:
    case SG_WORD_SECONDARY_UNLOAD:
        advance(p);
        if (at_word(p, SG_WORD_PARTITION))
            sg_parse_partitions(p);
        return true;
    default:
        return false;
    }
}

static void parse_order(struct sg_parser *p, struct sg_alter_item *item)
{
    item->kind = SG_ALTER_ORDER_BY;
    item->order_by = sg_parse_order_by(p);
}

static struct sg_alter_item *parse_item(struct sg_parser *p)
{
    struct sg_alter_item *item = NEW_NODE(p, struct sg_alter_item);
    struct sg_table_def options = {0};
    item->kind = SG_ALTER_OTHER;
    if (take_word(p, SG_WORD_ADD))
        parse_add(p, item);
    else if (take_word(p, SG_WORD_CHANGE))
        parse_change(p, item);
    else if (take_word(p, SG_WORD_MODIFY))
        parse_modify(p, item);
    else if (take_word(p, SG_WORD_DROP))
        parse_drop(p, item);
    else if (take_word(p, SG_WORD_ALTER))
        parse_alter_column(p, item);
    else if (take_word(p, SG_WORD_RENAME))
        parse_rename(p, item);
    else if (take_word(p, SG_WORD_EXCHANGE))
        parse_exchange(p, item);
    else if (take_word(p, SG_WORD_CONVERT))
        parse_convert(p, item);
    else if (at_word(p, SG_WORD_ORDER))
        parse_order(p, item);
    else if (!parse_state(p, item) && !sg_parse_table_option(p, &options))
        fail_expected(p, "expected a change of the table");
    if (options.engine.size || options.charset.size || options.collation.size ||
        options.has_comment) {
        item->kind = SG_ALTER_OPTIONS;
        item->options = NEW_NODE(p, struct sg_table_def);
        *item->options = options;
    }
    if (options.versioned)
        item->kind = SG_ALTER_ADD_VERSIONING;
    return item;
}

/* PARTITION BY ... stands last, without a comma before it. */
static struct sg_alter_item *parse_repartition(struct sg_parser *p)
{
    struct sg_alter_item *item = NEW_NODE(p, struct sg_alter_item);
    item->kind = SG_ALTER_PARTITION_BY;
    item->partitioning = sg_parse_partition_by(p);
    return item;
}

static bool ends_items(const struct sg_parser *p)
{
    return at(p, SG_TOKEN_END) || at(p, SG_TOKEN_SEMICOLON);
}

/* [item, item ...] [PARTITION BY ...]. Table options may follow each other without a comma. */
struct sg_alter_item *sg_parse_alter_items(struct sg_parser *p)
{
    struct sg_alter_item *first = NULL;
    struct sg_alter_item **tail = &first;
    while (!ends_items(p) && !at_word(p, SG_WORD_PARTITION)) {
        struct sg_alter_item *item = parse_item(p);
        *tail = item;
        tail = &item->next;
        if (!take_comma(p) && item->kind < SG_ALTER_KEY_STATE && !ends_items(p) &&
            !at_word(p, SG_WORD_PARTITION) && !at_word(p, SG_WORD_REMOVE))
            fail_expected(p, "expected `,`");
    }
    if (at_word(p, SG_WORD_PARTITION))
        *tail = parse_repartition(p);
    return first;
}
