/* Query expressions and query blocks.
 *
 * MySQL manual, "SELECT Statement", "UNION Clause", "Set Operations with UNION, INTERSECT, and
 * EXCEPT", "Parenthesized Query Expressions", "WITH (Common Table Expressions)", "VALUES
 * Statement", "TABLE Statement", "Window Function Concepts and Syntax", "Locking Reads"; MariaDB
 * documentation, "SELECT", "UNION", "Table Value Constructors", "LIMIT", "SELECT ... OFFSET ...
 * FETCH".
 */
#include "sql/parse.h"

/* --- WITH ---------------------------------------------------------------------------------- */

/* name [(columns)] AS (query) [CYCLE columns RESTRICT]. */
static struct sg_cte *parse_cte(struct sg_parser *p)
{
    struct sg_cte *cte = NEW_NODE(p, struct sg_cte);
    cte->name = sg_parse_identifier(p);
    if (at(p, SG_TOKEN_LEFT_PAREN))
        cte->columns = sg_parse_names_in_parens(p);
    expect_word(p, SG_WORD_AS);
    cte->query = sg_parse_subquery(p);
    if (p->mariadb && take_word(p, SG_WORD_CYCLE)) {
        cte->cycle = sg_parse_name_list(p);
        expect_word(p, SG_WORD_RESTRICT);
    }
    return cte;
}

/* Behind WITH these words are taken for WITH ROLLUP and its like by the servers' lexers. */
static bool at_refused_cte_name(const struct sg_parser *p)
{
    return at_word(p, SG_WORD_ROLLUP) ||
           (p->mariadb && (at_word(p, SG_WORD_CUBE) || at_word(p, SG_WORD_SYSTEM)));
}

/* [WITH [RECURSIVE] cte, cte ...]. */
struct sg_with *sg_parse_with(struct sg_parser *p)
{
    if (!take_word(p, SG_WORD_WITH))
        return NULL;
    struct sg_with *with = NEW_NODE(p, struct sg_with);
    struct sg_cte **tail = &with->ctes;
    if (at_refused_cte_name(p))
        fail_expected(p, "expected a name");
    with->recursive = take_word(p, SG_WORD_RECURSIVE);
    do {
        *tail = parse_cte(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
    return with;
}

/* --- ORDER BY, LIMIT ----------------------------------------------------------------------- */

static struct sg_order_item *parse_order_item(struct sg_parser *p, bool directed)
{
    struct sg_order_item *item = NEW_NODE(p, struct sg_order_item);
    item->expr = sg_parse_expr(p);
    if (directed && take_word(p, SG_WORD_ASC))
        item->direction = SG_ASCENDING;
    else if (directed && take_word(p, SG_WORD_DESC))
        item->direction = SG_DESCENDING;
    return item;
}

static struct sg_order_item *parse_order_list(struct sg_parser *p, bool directed)
{
    struct sg_order_item *first = NULL;
    struct sg_order_item **tail = &first;
    do {
        *tail = parse_order_item(p, directed);
        tail = &(*tail)->next;
    } while (take_comma(p));
    return first;
}

/* expr [ASC | DESC], ... */
struct sg_order_item *sg_parse_order_items(struct sg_parser *p)
{
    return parse_order_list(p, true);
}

/* [ORDER BY items]. */
struct sg_order_item *sg_parse_order_by(struct sg_parser *p)
{
    if (!take_word(p, SG_WORD_ORDER))
        return NULL;
    expect_word(p, SG_WORD_BY);
    return sg_parse_order_items(p);
}

/* ROWS EXAMINED n, behind LIMIT. MariaDB documentation, "LIMIT ROWS EXAMINED". */
static void parse_rows_examined(struct sg_parser *p, struct sg_limit *limit)
{
    if (!p->mariadb || !take_word(p, SG_WORD_ROWS))
        return;
    expect_word(p, SG_WORD_EXAMINED);
    limit->rows_examined = sg_parse_literal_or_parameter(p);
}

static void take_row_word(struct sg_parser *p)
{
    if (!take_word(p, SG_WORD_ROWS))
        expect_word(p, SG_WORD_ROW);
}

/* [OFFSET n ROWS] [FETCH {FIRST | NEXT} [n] ROWS {ONLY | WITH TIES}]. MariaDB documentation,
 * "SELECT
 * ... OFFSET ... FETCH". */
static struct sg_limit *parse_fetch(struct sg_parser *p)
{
    struct sg_limit *limit = NEW_NODE(p, struct sg_limit);
    if (take_word(p, SG_WORD_OFFSET)) {
        limit->offset = sg_parse_literal_or_parameter(p);
        take_row_word(p);
    }
    if (!take_word(p, SG_WORD_FETCH))
        return limit;
    if (!take_word(p, SG_WORD_FIRST))
        expect_word(p, SG_WORD_NEXT);
    if (!at_word(p, SG_WORD_ROW) && !at_word(p, SG_WORD_ROWS))
        limit->count = sg_parse_literal_or_parameter(p);
    take_row_word(p);
    if (take_word(p, SG_WORD_WITH)) {
        expect_word(p, SG_WORD_TIES);
        limit->with_ties = true;
    } else {
        expect_word(p, SG_WORD_ONLY);
    }
    return limit;
}

/* [LIMIT {[offset,] count | count OFFSET offset}]. */
struct sg_limit *sg_parse_limit(struct sg_parser *p)
{
    if (p->mariadb && (at_word(p, SG_WORD_OFFSET) || at_word(p, SG_WORD_FETCH)))
        return parse_fetch(p);
    if (!take_word(p, SG_WORD_LIMIT))
        return NULL;
    struct sg_limit *limit = NEW_NODE(p, struct sg_limit);
    if (!(p->mariadb && at_word(p, SG_WORD_ROWS))) {
        limit->count = sg_parse_literal_or_parameter(p);
        if (take_comma(p)) {
            limit->offset = limit->count;
            limit->count = sg_parse_literal_or_parameter(p);
        } else if (take_word(p, SG_WORD_OFFSET)) {
            limit->offset = sg_parse_literal_or_parameter(p);
        }
    }
    parse_rows_examined(p, limit);
    return limit;
}

/* --- INTO, locking ------------------------------------------------------------------------- */

static void expect_text(struct sg_parser *p)
{
    if (at(p, SG_TOKEN_STRING) || at(p, SG_TOKEN_HEX) || at(p, SG_TOKEN_BIT))
        advance(p);
    else
        fail_expected(p, "expected a text");
}

static void take_clause_text(struct sg_parser *p)
{
    advance(p);
    expect_word(p, SG_WORD_BY);
    expect_text(p);
}

/* [{FIELDS | COLUMNS} [TERMINATED BY t] [[OPTIONALLY] ENCLOSED BY t] [ESCAPED BY t]]
 * [LINES [STARTING BY t] [TERMINATED BY t]]. MySQL manual, "LOAD DATA Statement". */
void sg_parse_fields_and_lines(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_COLUMNS)) {
        while (at_word(p, SG_WORD_TERMINATED) || at_word(p, SG_WORD_OPTIONALLY) ||
               at_word(p, SG_WORD_ENCLOSED) || at_word(p, SG_WORD_ESCAPED)) {
            if (take_word(p, SG_WORD_OPTIONALLY) && !at_word(p, SG_WORD_ENCLOSED))
                fail_expected(p, "expected ENCLOSED");
            take_clause_text(p);
        }
    }
    if (take_word(p, SG_WORD_LINES)) {
        while (at_word(p, SG_WORD_STARTING) || at_word(p, SG_WORD_TERMINATED))
            take_clause_text(p);
    }
}

static struct sg_expr *parse_into_variables(struct sg_parser *p)
{
    struct sg_expr *first = NULL;
    struct sg_expr **tail = &first;
    do {
        *tail = sg_parse_variable(p);
        tail = &(*tail)->next;
        if (p->mariadb && take(p, SG_TOKEN_DOT)) /* a row variable's field */
            sg_parse_identifier(p);
    } while (take_comma(p));
    return first;
}

static void take_charset_clause(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_CHARSET)) {
        sg_parse_charset_name(p);
    } else if (take_word(p, SG_WORD_CHAR)) {
        expect_word(p, SG_WORD_SET);
        sg_parse_charset_name(p);
    }
}

/* [INTO {OUTFILE 'file' options | DUMPFILE 'file' | variables}]. MySQL manual, "SELECT ... INTO
 * Statement". */
static void parse_into(struct sg_parser *p, struct sg_query *query)
{
    uint32_t offset = p->token.offset;
    if (!take_word(p, SG_WORD_INTO))
        return;
    if (!p->into_allowed)
        fail_expected(p, "expected no INTO in a query inside another");
    if (query->into)
        fail_expected(p, "expected one INTO");
    struct sg_into *into = NEW_NODE(p, struct sg_into);
    into->offset = offset;
    if (take_word(p, SG_WORD_OUTFILE)) {
        into->kind = SG_INTO_OUTFILE;
        expect_text(p);
        take_charset_clause(p);
        sg_parse_fields_and_lines(p);
    } else if (take_word(p, SG_WORD_DUMPFILE)) {
        into->kind = SG_INTO_DUMPFILE;
        expect_text(p);
    } else {
        into->variables = parse_into_variables(p);
    }
    query->into = into;
}

/* [NOWAIT | SKIP LOCKED | WAIT n]. */
static void parse_lock_wait(struct sg_parser *p)
{
    if (take_word(p, SG_WORD_NOWAIT))
        return;
    if (take_word(p, SG_WORD_SKIP))
        expect_word(p, SG_WORD_LOCKED);
    else if (p->mariadb && take_word(p, SG_WORD_WAIT))
        sg_parse_literal_or_parameter(p);
}

/* FOR {UPDATE | SHARE} [OF tables] [wait] | LOCK IN SHARE MODE. MySQL manual, "Locking Reads";
 * MariaDB documentation, "FOR UPDATE", "LOCK IN SHARE MODE". */
static struct sg_lock *parse_lock(struct sg_parser *p)
{
    struct sg_lock *lock = NEW_NODE(p, struct sg_lock);
    if (take_word(p, SG_WORD_LOCK)) {
        expect_word(p, SG_WORD_IN);
        expect_word(p, SG_WORD_SHARE);
        expect_word(p, SG_WORD_MODE);
        lock->share = true;
        if (p->mariadb)
            parse_lock_wait(p);
        return lock;
    }
    expect_word(p, SG_WORD_FOR);
    if (!p->mariadb && take_word(p, SG_WORD_SHARE))
        lock->share = true;
    else
        expect_word(p, SG_WORD_UPDATE);
    if (!p->mariadb && take_word(p, SG_WORD_OF))
        lock->tables = sg_parse_qualified_list(p);
    parse_lock_wait(p);
    return lock;
}

/* [INTO] [locks] [INTO], in either order. */
static void parse_locks_and_into(struct sg_parser *p, struct sg_query *query)
{
    struct sg_lock **tail = &query->locks;
    parse_into(p, query);
    while (at_word(p, SG_WORD_LOCK) || at_word(p, SG_WORD_FOR)) {
        *tail = parse_lock(p);
        tail = &(*tail)->next;
    }
    parse_into(p, query);
}

/* --- windows ------------------------------------------------------------------------------- */

/* UNBOUNDED PRECEDING | CURRENT ROW | value {PRECEDING | FOLLOWING} ... */
static struct sg_expr *parse_frame_bound(struct sg_parser *p)
{
    if (sg_parse_take_words(p, SG_WORD_CURRENT, SG_WORD_ROW))
        return NULL;
    struct sg_expr *value = NULL;
    if (p->mariadb && at_word(p, SG_WORD_INTERVAL))
        fail_expected(p, "expected a number");
    if (!take_word(p, SG_WORD_UNBOUNDED))
        value = sg_parse_bit_expr(p);
    if (!take_word(p, SG_WORD_PRECEDING))
        expect_word(p, SG_WORD_FOLLOWING);
    return value;
}

/* EXCLUDE {CURRENT ROW | GROUP | TIES | NO OTHERS}: read by the servers, then refused. */
static void skip_exclusion(struct sg_parser *p)
{
    if (!take_word(p, SG_WORD_EXCLUDE))
        return;
    if (take_word(p, SG_WORD_GROUP) || take_word(p, SG_WORD_TIES))
        return;
    if (take_word(p, SG_WORD_NO)) {
        expect_word(p, SG_WORD_OTHERS);
    } else {
        expect_word(p, SG_WORD_CURRENT);
        expect_word(p, SG_WORD_ROW);
    }
}

/* [{ROWS | RANGE | GROUPS} {bound | BETWEEN bound AND bound}]. MySQL manual, "Window Function Frame
 * Specification". */
static void parse_frame(struct sg_parser *p, struct sg_window *window)
{
    if (!take_word(p, SG_WORD_ROWS) && !take_word(p, SG_WORD_RANGE) &&
        !(!p->mariadb && take_word(p, SG_WORD_GROUPS)))
        return;
    if (take_word(p, SG_WORD_BETWEEN)) {
        window->frame_from = parse_frame_bound(p);
        expect_word(p, SG_WORD_AND);
        window->frame_to = parse_frame_bound(p);
    } else {
        window->frame_from = parse_frame_bound(p);
    }
    skip_exclusion(p);
}

/* ([base] [PARTITION BY exprs] [ORDER BY items] [frame]). */
struct sg_window *sg_parse_window(struct sg_parser *p)
{
    struct sg_window *window = NEW_NODE(p, struct sg_window);
    window->offset = p->token.offset;
    expect_open(p);
    if (at_identifier(p))
        window->base = sg_parse_take_name(p);
    if (take_word(p, SG_WORD_PARTITION)) {
        expect_word(p, SG_WORD_BY);
        window->partition_by = parse_order_list(p, p->mariadb);
    }
    window->order_by = sg_parse_order_by(p);
    parse_frame(p, window);
    expect_close(p);
    window->size = p->end - window->offset;
    return window;
}

/* WINDOW name AS (specification), ... */
static struct sg_window *parse_windows(struct sg_parser *p)
{
    struct sg_window *first = NULL;
    struct sg_window **tail = &first;
    do {
        struct sg_name name = sg_parse_identifier(p);
        expect_word(p, SG_WORD_AS);
        struct sg_window *window = sg_parse_window(p);
        window->name = name;
        *tail = window;
        tail = &window->next;
    } while (take_comma(p));
    return first;
}

/* --- query block --------------------------------------------------------------------------- */

/* [ALL | DISTINCT | STRAIGHT_JOIN | SQL_CALC_FOUND_ROWS ...]. */
static uint32_t parse_options(struct sg_parser *p)
{
    uint32_t options = 0;
    for (;;) {
        switch (p->token.word) {
        case SG_WORD_DISTINCT:
            options |= SG_SELECT_DISTINCT;
            break;
        case SG_WORD_STRAIGHT_JOIN:
            options |= SG_SELECT_STRAIGHT_JOIN;
            break;
        case SG_WORD_SQL_CALC_FOUND_ROWS:
            options |= SG_SELECT_CALC_FOUND_ROWS;
            break;
        case SG_WORD_ALL:
        case SG_WORD_HIGH_PRIORITY:
        case SG_WORD_SQL_SMALL_RESULT:
        case SG_WORD_SQL_BIG_RESULT:
        case SG_WORD_SQL_BUFFER_RESULT:
        case SG_WORD_SQL_NO_CACHE:
            options |= SG_SELECT_OTHER;
            break;
        case SG_WORD_SQL_CACHE:
            if (!p->mariadb && p->version >= 80000)
                return options;
            options |= SG_SELECT_OTHER;
            break;
        default:
            return options;
        }
        advance(p);
    }
}

static void parse_item_alias(struct sg_parser *p, struct sg_select_item *item)
{
    if (take_word(p, SG_WORD_AS) || at_identifier(p) || at(p, SG_TOKEN_STRING))
        item->alias = sg_parse_alias(p);
}

/* `t.*` was read as an operand. */
static void claim_star(struct sg_parser *p, struct sg_select_item *item)
{
    p->stray_stars--;
    item->kind = SG_ITEM_TABLE_STAR;
    item->table = NEW_NODE(p, struct sg_qualified_name);
    item->table->database = item->expr->column.database;
    item->table->name = item->expr->column.table;
    item->expr = NULL;
}

/* expr [[AS] alias] | table.* | *: the last only as the first item. */
static struct sg_select_item *parse_item(struct sg_parser *p, bool first)
{
    struct sg_select_item *item = NEW_NODE(p, struct sg_select_item);
    item->offset = p->token.offset;
    if (first && take(p, SG_TOKEN_STAR)) {
        item->kind = SG_ITEM_STAR;
        item->size = p->end - item->offset;
        return item;
    }
    item->expr = sg_parse_expr(p);
    item->size = p->end > item->offset ? p->end - item->offset : 0;
    if (item->expr->kind == SG_EXPR_COLUMN && item->expr->flags & SG_EXPR_STAR &&
        !item->expr->parentheses)
        claim_star(p, item);
    else
        parse_item_alias(p, item);
    return item;
}

struct sg_select_item *sg_parse_select_items(struct sg_parser *p)
{
    struct sg_select_item *first = NULL;
    struct sg_select_item **tail = &first;
    do {
        *tail = parse_item(p, first == NULL);
        tail = &(*tail)->next;
    } while (take_comma(p));
    return first;
}

struct sg_expr *sg_parse_where(struct sg_parser *p)
{
    return take_word(p, SG_WORD_WHERE) ? sg_parse_expr(p) : NULL;
}

/* FROM {DUAL | table_references}. */
static void parse_from(struct sg_parser *p, struct sg_select *select)
{
    if (!take_word(p, SG_WORD_FROM))
        return;
    if (take_word(p, SG_WORD_DUAL))
        select->from_dual = true;
    else
        select->from = sg_parse_table_refs(p);
}

/* GROUPING SETS (set, set ...), a set being an item, (item, item ...) or (). The items are listed
 * as if they were plain ones. */
static void parse_grouping_sets(struct sg_parser *p, struct sg_select *select)
{
    struct sg_order_item **tail = &select->group_by;
    advance(p);
    advance(p);
    expect_open(p);
    select->rollup = SG_ROLLUP_WITH;
    do {
        if (at(p, SG_TOKEN_LEFT_PAREN) && peek_is(p, SG_TOKEN_RIGHT_PAREN)) {
            advance(p);
            advance(p);
            continue;
        }
        *tail = parse_order_item(p, false);
        tail = &(*tail)->next;
    } while (take_comma(p));
    expect_close(p);
}

/* GROUP BY items [WITH ROLLUP] | GROUP BY ROLLUP (items). MySQL manual, "GROUP BY Modifiers". Only
 * MariaDB and MySQL before 8.0.13 sort by a group item. */
static void parse_group_by(struct sg_parser *p, struct sg_select *select)
{
    if (!take_word(p, SG_WORD_GROUP))
        return;
    expect_word(p, SG_WORD_BY);
    if (!p->mariadb && (at_word(p, SG_WORD_ROLLUP) || at_word(p, SG_WORD_CUBE)) &&
        peek_is(p, SG_TOKEN_LEFT_PAREN)) {
        advance(p);
        expect_open(p);
        select->group_by = parse_order_list(p, false);
        expect_close(p);
        select->rollup = SG_ROLLUP_WITH;
        return;
    }
    if (!p->mariadb && at_word(p, SG_WORD_GROUPING) && peek_is_word(p, SG_WORD_SETS)) {
        parse_grouping_sets(p, select);
        return;
    }
    select->group_by = parse_order_list(p, p->mariadb || p->version < 80013);
    if (at_word(p, SG_WORD_WITH) &&
        (peek_is_word(p, SG_WORD_ROLLUP) || peek_is_word(p, SG_WORD_CUBE))) {
        advance(p);
        advance(p);
        select->rollup = SG_ROLLUP_WITH;
    }
}

/* SELECT [options] items [INTO] [FROM] [WHERE] [GROUP BY] [HAVING] [WINDOW] [QUALIFY]. */
static struct sg_select *parse_select(struct sg_parser *p, struct sg_query *query)
{
    struct sg_select *select = NEW_NODE(p, struct sg_select);
    advance(p);
    select->options = parse_options(p);
    select->items = sg_parse_select_items(p);
    parse_into(p, query);
    parse_from(p, select);
    select->where = sg_parse_where(p);
    parse_group_by(p, select);
    if (take_word(p, SG_WORD_HAVING))
        select->having = sg_parse_expr(p);
    if (take_word(p, SG_WORD_WINDOW))
        select->windows = parse_windows(p);
    if (!p->mariadb && take_word(p, SG_WORD_QUALIFY))
        select->qualify = sg_parse_expr(p);
    return select;
}

/* --- VALUES -------------------------------------------------------------------------------- */

/* A literal, NULL or DEFAULT that stands alone: counted, no node made. */
static bool skip_plain_value(struct sg_parser *p)
{
    switch (p->token.kind) {
    case SG_TOKEN_INTEGER:
    case SG_TOKEN_DECIMAL:
    case SG_TOKEN_FLOAT:
    case SG_TOKEN_STRING:
    case SG_TOKEN_HEX:
        break;
    case SG_TOKEN_IDENT:
        if (at_word(p, SG_WORD_NULL) || at_word(p, SG_WORD_DEFAULT))
            break;
        return false;
    default:
        return false;
    }
    if (!peek_is(p, SG_TOKEN_COMMA) && !peek_is(p, SG_TOKEN_RIGHT_PAREN))
        return false;
    advance(p);
    return true;
}

/* expr | DEFAULT | MariaDB IGNORE. */
static struct sg_expr *parse_row_value(struct sg_parser *p)
{
    if (!p->mariadb || !at_word(p, SG_WORD_IGNORE))
        return sg_parse_expr_or_default(p);
    uint32_t offset = p->token.offset;
    advance(p);
    return sg_expr_new(p, SG_EXPR_DEFAULT, offset);
}

/* ([value, value ...]). */
static void parse_row(struct sg_parser *p, struct sg_row *row, bool skip_plain)
{
    struct sg_expr **tail = &row->values;
    row->offset = p->token.offset;
    expect_open(p);
    if (!at(p, SG_TOKEN_RIGHT_PAREN)) {
        do {
            row->count++;
            if (skip_plain && skip_plain_value(p))
                continue;
            *tail = parse_row_value(p);
            tail = &(*tail)->next;
        } while (take_comma(p));
    }
    expect_close(p);
    row->size = p->end > row->offset ? p->end - row->offset : 0;
}

/* Rows, of which the first keeps all its values: it may name columns. */
struct sg_row *sg_parse_rows(struct sg_parser *p, bool row_word)
{
    struct sg_row *first = NULL;
    struct sg_row *last = NULL;
    do {
        struct sg_row row = {0};
        if (row_word)
            expect_word(p, SG_WORD_ROW);
        parse_row(p, &row, first != NULL);
        if (first && last != first && !row.values && !last->values && row.count == last->count) {
            last->repeats++;
            continue;
        }
        struct sg_row *node = NEW_NODE(p, struct sg_row);
        *node = row;
        if (first)
            last->next = node;
        else
            first = node;
        last = node;
    } while (take_comma(p));
    return first;
}

/* --- query expressions --------------------------------------------------------------------- */

bool sg_parse_at_query(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_SELECT:
    case SG_WORD_WITH:
        return true;
    case SG_WORD_TABLE:
        return !p->mariadb;
    case SG_WORD_VALUES:
        if (p->mariadb)
            return !p->in_duplicate_key && peek_is(p, SG_TOKEN_LEFT_PAREN);
        return peek_is_word(p, SG_WORD_ROW);
    default:
        return false;
    }
}

bool sg_parse_at_query_tail(struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_UNION:
    case SG_WORD_EXCEPT:
    case SG_WORD_INTERSECT:
    case SG_WORD_ORDER:
    case SG_WORD_LIMIT:
    case SG_WORD_INTO:
    case SG_WORD_LOCK:
        return true;
    case SG_WORD_FOR:
        return peek_is_word(p, SG_WORD_UPDATE) || peek_is_word(p, SG_WORD_SHARE);
    case SG_WORD_FETCH:
    case SG_WORD_OFFSET:
        return p->mariadb;
    default:
        return false;
    }
}

static struct sg_query_term *new_term(struct sg_parser *p, enum sg_term_kind kind, uint32_t offset)
{
    struct sg_query_term *term = NEW_NODE(p, struct sg_query_term);
    term->kind = kind;
    term->offset = offset;
    return term;
}

static struct sg_query_term *close_term(const struct sg_parser *p, struct sg_query_term *term)
{
    term->size = p->end > term->offset ? p->end - term->offset : 0;
    return term;
}

/* MariaDB has no WITH in the parentheses of a query expression's part. */
static void refuse_with(struct sg_parser *p, const struct sg_query *query)
{
    if (p->mariadb && query->with)
        fail_expected(p, "expected no WITH inside these parentheses");
}

/* query block | VALUES rows | TABLE name | (query expression). */
static struct sg_query_term *parse_term(struct sg_parser *p, struct sg_query *query)
{
    struct sg_query_term *term = new_term(p, SG_TERM_SELECT, p->token.offset);
    if (at_word(p, SG_WORD_SELECT)) {
        term->select = parse_select(p, query);
    } else if (at(p, SG_TOKEN_LEFT_PAREN)) {
        term->kind = SG_TERM_QUERY;
        term->query = sg_parse_query_in_parens(p);
        refuse_with(p, term->query);
    } else if (take_word(p, SG_WORD_VALUES)) {
        term->kind = SG_TERM_VALUES;
        term->values = sg_parse_rows(p, !p->mariadb);
    } else if (!p->mariadb && take_word(p, SG_WORD_TABLE)) {
        term->kind = SG_TERM_TABLE;
        term->table = NEW_NODE(p, struct sg_qualified_name);
        sg_parse_qualified(p, term->table);
    } else {
        fail_expected(p, "expected SELECT");
    }
    return close_term(p, term);
}

static enum sg_set_operator set_operator(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_UNION:
        return SG_SET_UNION;
    case SG_WORD_EXCEPT:
        return SG_SET_EXCEPT;
    case SG_WORD_INTERSECT:
        return SG_SET_INTERSECT;
    default:
        return SG_SET_NONE;
    }
}

/* first {INTERSECT [ALL | DISTINCT] term}. MySQL manual, "INTERSECT Clause": it binds tighter than
 * UNION and EXCEPT. */
static struct sg_query_term *parse_intersections(struct sg_parser *p, struct sg_query *query,
                                                 struct sg_query_term *first)
{
    if (!at_word(p, SG_WORD_INTERSECT))
        return first;
    struct sg_query_term *set = new_term(p, SG_TERM_SET, first->offset);
    struct sg_query_term **tail = &first->next;
    set->terms = first;
    while (take_word(p, SG_WORD_INTERSECT)) {
        bool all = take_word(p, SG_WORD_ALL);
        if (!all)
            take_word(p, SG_WORD_DISTINCT);
        struct sg_query_term *term = parse_term(p, query);
        term->joined_by = SG_SET_INTERSECT;
        term->all = all;
        *tail = term;
        tail = &term->next;
    }
    return close_term(p, set);
}

/* first {{UNION | EXCEPT} [ALL | DISTINCT] term}. */
static struct sg_query_term *parse_set(struct sg_parser *p, struct sg_query *query,
                                       struct sg_query_term *first)
{
    first = parse_intersections(p, query, first);
    if (set_operator(p) == SG_SET_NONE)
        return first;
    struct sg_query_term *set = new_term(p, SG_TERM_SET, first->offset);
    struct sg_query_term **tail = &first->next;
    set->terms = first;
    for (;;) {
        enum sg_set_operator operator= set_operator(p);
        if (operator== SG_SET_NONE)
            return close_term(p, set);
        advance(p);
        bool all = take_word(p, SG_WORD_ALL);
        if (!all)
            take_word(p, SG_WORD_DISTINCT);
        struct sg_query_term *term = parse_intersections(p, query, parse_term(p, query));
        term->joined_by = operator;
        term->all = all;
        *tail = term;
        tail = &term->next;
    }
}

/* PROCEDURE name (arguments): what is left of an old MariaDB extension. MariaDB documentation,
 * "PROCEDURE". */
static void parse_procedure(struct sg_parser *p, struct sg_query *query)
{
    if (!p->mariadb || !take_word(p, SG_WORD_PROCEDURE))
        return;
    query->procedure = sg_parse_identifier(p);
    expect_open(p);
    if (!at(p, SG_TOKEN_RIGHT_PAREN))
        query->procedure_arguments = sg_parse_expr_list(p, NULL);
    expect_close(p);
}

/* [ORDER BY] [LIMIT] [PROCEDURE] [INTO] [locks] behind the body. */
static struct sg_query *finish_query(struct sg_parser *p, struct sg_query *query)
{
    query->order_by = sg_parse_order_by(p);
    query->limit = sg_parse_limit(p);
    parse_procedure(p, query);
    parse_locks_and_into(p, query);
    query->size = p->end > query->offset ? p->end - query->offset : 0;
    return query;
}

struct sg_query *sg_parse_query_after_with(struct sg_parser *p, struct sg_with *with,
                                           uint32_t offset)
{
    struct sg_query *query = NEW_NODE(p, struct sg_query);
    query->with = with;
    query->offset = offset;
    query->body = parse_set(p, query, parse_term(p, query));
    return finish_query(p, query);
}

/* [WITH ctes] body [ORDER BY] [LIMIT] [INTO] [locks]. */
struct sg_query *sg_parse_query(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    sg_parse_enter(p);
    struct sg_with *with = sg_parse_with(p);
    struct sg_query *query = sg_parse_query_after_with(p, with, offset);
    sg_parse_leave(p);
    return query;
}

struct sg_query *sg_parse_inner_query(struct sg_parser *p)
{
    bool outer = p->into_allowed;
    p->into_allowed = false;
    struct sg_query *query = sg_parse_query(p);
    p->into_allowed = outer;
    return query;
}

struct sg_query *sg_parse_subquery(struct sg_parser *p)
{
    expect_open(p);
    struct sg_query *query = sg_parse_inner_query(p);
    expect_close(p);
    return query;
}

struct sg_query *sg_parse_query_in_parens(struct sg_parser *p)
{
    expect_open(p);
    struct sg_query *query = sg_parse_query(p);
    expect_close(p);
    return query;
}

struct sg_query *sg_parse_query_from(struct sg_parser *p, struct sg_query *first, uint32_t offset)
{
    struct sg_query *query = NEW_NODE(p, struct sg_query);
    struct sg_query_term *term = new_term(p, SG_TERM_QUERY, offset);
    sg_parse_wrapped(p);
    query->offset = offset;
    term->query = first;
    refuse_with(p, first);
    query->body = parse_set(p, query, close_term(p, term));
    return finish_query(p, query);
}
