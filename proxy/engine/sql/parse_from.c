/* Table references: FROM's lists and joins, and the tables of UPDATE and DELETE.
 *
 * MySQL manual, "JOIN Clause", "Derived Tables", "Lateral Derived Tables", "JSON Table Functions",
 * "Index Hints", "Partition Selection"; MariaDB documentation, "JOIN Syntax", "JSON_TABLE",
 * "System-Versioned Tables", "Application-Time Periods", "Index Hints: How to Force Query Plans".
 */
#include "sql/parse.h"

#define COLUMNS_SINCE 110700 /* MariaDB: names behind a derived table's alias; MySQL always */

static struct sg_table_ref *parse_joined(struct sg_parser *p);

static struct sg_table_ref *new_ref(struct sg_parser *p, enum sg_table_ref_kind kind,
                                    uint32_t offset)
{
    struct sg_table_ref *ref = NEW_NODE(p, struct sg_table_ref);
    ref->kind = kind;
    ref->offset = offset;
    return ref;
}

static struct sg_table_ref *close_ref(const struct sg_parser *p, struct sg_table_ref *ref)
{
    ref->size = p->end > ref->offset ? p->end - ref->offset : 0;
    return ref;
}

/* [[AS | =] alias]. `=` is MariaDB's; there WINDOW is no alias of a table, though no reserved word.
 */
static void parse_alias(struct sg_parser *p, struct sg_table_ref *ref)
{
    if (take_word(p, SG_WORD_AS) || (p->mariadb && take(p, SG_TOKEN_EQUAL))) {
        if (p->mariadb && at_word(p, SG_WORD_WINDOW))
            fail_expected(p, "expected an alias");
        ref->alias = sg_parse_identifier(p);
    } else if (at_identifier(p) && !(p->mariadb && at_word(p, SG_WORD_WINDOW))) {
        ref->alias = sg_parse_take_name(p);
    }
}

/* --- base tables --------------------------------------------------------------------------- */

/* [PARTITION (p0, p1)]. */
struct sg_name_item *sg_parse_partitions(struct sg_parser *p)
{
    if (!take_word(p, SG_WORD_PARTITION))
        return NULL;
    return sg_parse_names_in_parens(p);
}

/* SYSTEM_TIME {AS OF x | BETWEEN x AND y | FROM x TO y | ALL}, behind FOR. A point in time is a
 * value or TRANSACTION value. */
static struct sg_expr *parse_point_in_time(struct sg_parser *p)
{
    if (at_word(p, SG_WORD_TRANSACTION) ||
        (at_word(p, SG_WORD_TIMESTAMP) && !peek_is(p, SG_TOKEN_STRING) &&
         !peek_is(p, SG_TOKEN_LEFT_PAREN)))
        advance(p);
    return sg_parse_bit_expr(p);
}

static struct sg_period *parse_system_time(struct sg_parser *p)
{
    struct sg_period *period = NEW_NODE(p, struct sg_period);
    expect_word(p, SG_WORD_FOR);
    expect_word(p, SG_WORD_SYSTEM_TIME);
    if (take_word(p, SG_WORD_ALL)) {
        period->kind = SG_PERIOD_ALL;
    } else if (take_word(p, SG_WORD_AS)) {
        expect_word(p, SG_WORD_OF);
        period->kind = SG_PERIOD_AS_OF;
        period->from = parse_point_in_time(p);
    } else {
        bool between = take_word(p, SG_WORD_BETWEEN);
        if (!between)
            expect_word(p, SG_WORD_FROM);
        period->kind = SG_PERIOD_RANGE;
        period->from = parse_point_in_time(p);
        expect_word(p, between ? SG_WORD_AND : SG_WORD_TO);
        period->to = parse_point_in_time(p);
    }
    return period;
}

/* [FOR PORTION OF period FROM a TO b [[AS] alias]]; the alias, which UPDATE alone takes, is that of
 * `table`. MariaDB documentation, "Application-Time Periods". */
struct sg_period *sg_parse_portion(struct sg_parser *p, struct sg_table_ref *table)
{
    if (!p->mariadb || !at_word(p, SG_WORD_FOR) || !peek_is_word(p, SG_WORD_PORTION))
        return NULL;
    struct sg_period *period = NEW_NODE(p, struct sg_period);
    period->kind = SG_PERIOD_RANGE;
    advance(p);
    advance(p);
    expect_word(p, SG_WORD_OF);
    period->name = sg_parse_identifier(p);
    expect_word(p, SG_WORD_FROM);
    period->from = sg_parse_bit_expr(p);
    expect_word(p, SG_WORD_TO);
    period->to = sg_parse_bit_expr(p);
    if (table && table->kind == SG_REF_TABLE && !sg_name_is_set(&table->alias))
        parse_alias(p, table);
    return period;
}

/* {INDEX | KEY} [FOR {JOIN | ORDER BY | GROUP BY}] ([name | PRIMARY, ...]), behind USE, FORCE or
 * IGNORE. */
static struct sg_name_item **parse_index_hint(struct sg_parser *p, struct sg_name_item **tail)
{
    if (!take_word(p, SG_WORD_INDEX))
        expect_word(p, SG_WORD_KEY);
    if (take_word(p, SG_WORD_FOR) && !take_word(p, SG_WORD_JOIN)) {
        if (!take_word(p, SG_WORD_ORDER))
            expect_word(p, SG_WORD_GROUP);
        expect_word(p, SG_WORD_BY);
    }
    expect_open(p);
    while (!at(p, SG_TOKEN_RIGHT_PAREN)) {
        struct sg_name_item *item = NEW_NODE(p, struct sg_name_item);
        item->name = at_word(p, SG_WORD_PRIMARY) ? sg_parse_take_name(p) : sg_parse_identifier(p);
        *tail = item;
        tail = &item->next;
        if (!take_comma(p))
            break;
    }
    expect_close(p);
    return tail;
}

static void parse_index_hints(struct sg_parser *p, struct sg_ref_base *base)
{
    struct sg_name_item **tail = &base->index_hints;
    while (take_word(p, SG_WORD_USE) || take_word(p, SG_WORD_FORCE) ||
           take_word(p, SG_WORD_IGNORE)) {
        tail = parse_index_hint(p, tail);
        if (p->mariadb) /* USE INDEX (a), INDEX (b) */
            while (at(p, SG_TOKEN_COMMA) &&
                   (peek_is_word(p, SG_WORD_USE) || peek_is_word(p, SG_WORD_FORCE) ||
                    peek_is_word(p, SG_WORD_IGNORE)))
                advance(p);
    }
}

/* TABLESAMPLE {SYSTEM | BERNOULLI} (percentage). MySQL manual, "SELECT Statement". */
static void skip_sample(struct sg_parser *p)
{
    if (p->mariadb || !take_word(p, SG_WORD_TABLESAMPLE))
        return;
    if (!take_word(p, SG_WORD_SYSTEM))
        expect_word(p, SG_WORD_BERNOULLI);
    expect_open(p);
    if (at(p, SG_TOKEN_INTEGER) || at(p, SG_TOKEN_DECIMAL) || at(p, SG_TOKEN_FLOAT) ||
        at(p, SG_TOKEN_PARAMETER) || at(p, SG_TOKEN_USER_VARIABLE))
        advance(p);
    else
        fail_expected(p, "expected a percentage");
    expect_close(p);
}

/* [db.]name [PARTITION (...)] [FOR SYSTEM_TIME ...] [[AS] alias] [index hints]. */
struct sg_table_ref *sg_parse_base_table(struct sg_parser *p)
{
    struct sg_table_ref *ref = new_ref(p, SG_REF_TABLE, p->token.offset);
    sg_parse_qualified(p, &ref->base.name);
    ref->base.partitions = sg_parse_partitions(p);
    if (p->mariadb && at_word(p, SG_WORD_FOR) && peek_is_word(p, SG_WORD_SYSTEM_TIME))
        ref->base.period = parse_system_time(p);
    parse_alias(p, ref);
    parse_index_hints(p, &ref->base);
    skip_sample(p);
    return close_ref(p, ref);
}

/* --- derived tables ------------------------------------------------------------------------ */

/* [AS] alias [(columns)] behind a query in parentheses. MariaDB takes no column list. */
static struct sg_table_ref *finish_derived(struct sg_parser *p, struct sg_query *query,
                                           uint32_t offset)
{
    struct sg_table_ref *ref = new_ref(p, SG_REF_DERIVED, offset);
    ref->derived.query = query;
    if (p->mariadb && at_word(p, SG_WORD_FOR) && peek_is_word(p, SG_WORD_SYSTEM_TIME))
        ref->derived.period = parse_system_time(p);
    parse_alias(p, ref);
    if (p->mariadb && !sg_name_is_set(&ref->alias))
        fail_expected(p, "expected an alias");
    if ((!p->mariadb || p->version >= COLUMNS_SINCE) && sg_name_is_set(&ref->alias) &&
        at(p, SG_TOKEN_LEFT_PAREN))
        ref->derived.columns = sg_parse_names_in_parens(p);
    return close_ref(p, ref);
}

/* LATERAL (query) [AS] alias [(columns)]. MySQL manual, "Lateral Derived Tables". */
static struct sg_table_ref *parse_lateral(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    struct sg_query *query = sg_parse_subquery(p);
    struct sg_table_ref *ref = finish_derived(p, query, offset);
    ref->derived.lateral = true;
    return ref;
}

/* --- JSON_TABLE ---------------------------------------------------------------------------- */

static struct sg_json_column *parse_json_columns(struct sg_parser *p);

static void expect_path(struct sg_parser *p)
{
    take(p, SG_TOKEN_INTRODUCER);
    expect(p, SG_TOKEN_STRING, "expected a JSON path");
}

/* NESTED [PATH] 'path' COLUMNS (...) | name FOR ORDINALITY | name type [EXISTS] PATH 'path'
 * [responses]. */
static struct sg_json_column *parse_json_column(struct sg_parser *p)
{
    struct sg_json_column *column = NEW_NODE(p, struct sg_json_column);
    if (at_word(p, SG_WORD_NESTED) &&
        (peek_is_word(p, SG_WORD_PATH) || peek_is(p, SG_TOKEN_STRING))) {
        advance(p);
        take_word(p, SG_WORD_PATH);
        expect_path(p);
        column->kind = SG_JSON_NESTED;
        column->columns = parse_json_columns(p);
        return column;
    }
    column->name = sg_parse_identifier(p);
    if (take_word(p, SG_WORD_FOR)) {
        expect_word(p, SG_WORD_ORDINALITY);
        column->kind = SG_JSON_ORDINALITY;
        return column;
    }
    sg_parse_type(p, NULL);
    column->kind = take_word(p, SG_WORD_EXISTS) ? SG_JSON_EXISTS : SG_JSON_VALUE;
    expect_word(p, SG_WORD_PATH);
    expect_path(p);
    sg_parse_json_responses(p);
    return column;
}

/* COLUMNS (column, column ...). */
static struct sg_json_column *parse_json_columns(struct sg_parser *p)
{
    struct sg_json_column *first = NULL;
    struct sg_json_column **tail = &first;
    expect_word(p, SG_WORD_COLUMNS);
    expect_open(p);
    sg_parse_enter(p);
    do {
        *tail = parse_json_column(p);
        tail = &(*tail)->next;
    } while (take_comma(p));
    sg_parse_leave(p);
    expect_close(p);
    return first;
}

/* JSON_TABLE(document, 'path' COLUMNS (...)) [AS] alias. */
static struct sg_table_ref *parse_json_table(struct sg_parser *p)
{
    struct sg_table_ref *ref = new_ref(p, SG_REF_JSON_TABLE, p->token.offset);
    advance(p);
    expect_open(p);
    ref->json_table.document = sg_parse_expr(p);
    expect(p, SG_TOKEN_COMMA, "expected `,`");
    expect_path(p);
    ref->json_table.columns = parse_json_columns(p);
    expect_close(p);
    parse_alias(p, ref);
    return close_ref(p, ref);
}

/* --- parentheses --------------------------------------------------------------------------- */

/* What a `(` in FROM opens: a query, that is a derived table, or table references. */
struct opened {
    struct sg_query *query;
    struct sg_table_ref *refs;
};

static struct opened parse_opened(struct sg_parser *p);
static struct sg_table_ref *parse_join_tails(struct sg_parser *p, struct sg_table_ref *left);

static struct sg_table_ref *new_nest(struct sg_parser *p, struct sg_table_ref *refs,
                                     uint32_t offset)
{
    struct sg_table_ref *ref = new_ref(p, SG_REF_NEST, offset);
    ref->nest = refs;
    sg_parse_wrapped(p);
    return close_ref(p, ref);
}

static void append_refs(struct sg_parser *p, struct sg_table_ref *first)
{
    struct sg_table_ref **tail = &first->next;
    while (take_comma(p)) {
        *tail = parse_joined(p);
        tail = &(*tail)->next;
    }
}

/* `(` has been taken and another `(` is current: the inner one tells what the outer one is. */
static struct opened parse_doubly_opened(struct sg_parser *p)
{
    struct opened out = {0};
    uint32_t offset = p->token.offset;
    struct opened inner = parse_opened(p);
    if (inner.query) {
        if (at(p, SG_TOKEN_RIGHT_PAREN) || sg_parse_at_query_tail(p)) {
            if (p->mariadb && inner.query->with)
                fail_expected(p, "expected no WITH inside these parentheses");
            out.query = at(p, SG_TOKEN_RIGHT_PAREN) ? inner.query
                                                    : sg_parse_query_from(p, inner.query, offset);
            return out;
        }
        inner.refs = finish_derived(p, inner.query, offset);
    } else {
        inner.refs = new_nest(p, inner.refs, offset);
    }
    out.refs = parse_join_tails(p, inner.refs);
    append_refs(p, out.refs);
    return out;
}

/* ( ... ) with both parentheses. */
static struct opened parse_opened(struct sg_parser *p)
{
    struct opened out = {0};
    sg_parse_enter(p);
    advance(p);
    if (sg_parse_at_query(p))
        out.query = sg_parse_inner_query(p);
    else if (at(p, SG_TOKEN_LEFT_PAREN))
        out = parse_doubly_opened(p);
    else
        out.refs = sg_parse_table_refs(p);
    expect_close(p);
    sg_parse_leave(p);
    return out;
}

/* {oj joined_table}. */
static struct sg_table_ref *parse_odbc_join(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    advance(p);
    if (!at(p, SG_TOKEN_IDENT))
        fail_expected(p, "expected OJ");
    advance(p);
    struct sg_table_ref *refs = parse_joined(p);
    expect(p, SG_TOKEN_RIGHT_BRACE, "expected `}`");
    return new_nest(p, refs, offset);
}

/* One operand of a join. */
static struct sg_table_ref *parse_factor(struct sg_parser *p)
{
    uint32_t offset = p->token.offset;
    if (at(p, SG_TOKEN_LEFT_PAREN)) {
        struct opened opened = parse_opened(p);
        return opened.query ? finish_derived(p, opened.query, offset)
                            : new_nest(p, opened.refs, offset);
    }
    if (at(p, SG_TOKEN_LEFT_BRACE))
        return parse_odbc_join(p);
    if (at_word(p, SG_WORD_LATERAL) && !p->mariadb)
        return parse_lateral(p);
    if (at_word(p, SG_WORD_JSON_TABLE) && peek_is(p, SG_TOKEN_LEFT_PAREN))
        return parse_json_table(p);
    return sg_parse_base_table(p);
}

/* --- joins --------------------------------------------------------------------------------- */

struct join_words {
    enum sg_join_kind kind;
    bool natural;
    bool straight;
    bool cross;
    bool outer; /* LEFT or RIGHT: a condition must follow unless natural */
};

static void expect_join(struct sg_parser *p)
{
    expect_word(p, SG_WORD_JOIN);
}

static void take_side(struct sg_parser *p, struct join_words *words)
{
    words->kind = at_word(p, SG_WORD_LEFT) ? SG_JOIN_LEFT : SG_JOIN_RIGHT;
    words->outer = true;
    advance(p);
    take_word(p, SG_WORD_OUTER);
    expect_join(p);
}

/* [INNER | CROSS] JOIN, STRAIGHT_JOIN, {LEFT | RIGHT} [OUTER] JOIN, NATURAL ... JOIN; false: none.
 */
static bool take_join_words(struct sg_parser *p, struct join_words *words)
{
    *words = (struct join_words){.kind = SG_JOIN_INNER};
    switch (p->token.word) {
    case SG_WORD_JOIN:
        advance(p);
        return true;
    case SG_WORD_STRAIGHT_JOIN:
        advance(p);
        words->straight = true;
        return true;
    case SG_WORD_INNER:
    case SG_WORD_CROSS:
        words->cross = at_word(p, SG_WORD_CROSS);
        advance(p);
        expect_join(p);
        return true;
    case SG_WORD_LEFT:
    case SG_WORD_RIGHT:
        take_side(p, words);
        return true;
    case SG_WORD_NATURAL:
        advance(p);
        words->natural = true;
        if (at_word(p, SG_WORD_LEFT) || at_word(p, SG_WORD_RIGHT)) {
            take_side(p, words);
        } else {
            take_word(p, SG_WORD_INNER);
            expect_join(p);
        }
        return true;
    default:
        return false;
    }
}

static bool at_join(const struct sg_parser *p)
{
    switch (p->token.word) {
    case SG_WORD_JOIN:
    case SG_WORD_STRAIGHT_JOIN:
    case SG_WORD_INNER:
    case SG_WORD_CROSS:
    case SG_WORD_LEFT:
    case SG_WORD_RIGHT:
    case SG_WORD_NATURAL:
        return true;
    default:
        return false;
    }
}

static struct sg_table_ref *new_join(struct sg_parser *p, struct sg_table_ref *left,
                                     struct sg_table_ref *right, const struct join_words *words)
{
    struct sg_table_ref *join = new_ref(p, SG_REF_JOIN, left->offset);
    join->join.left = left;
    join->join.right = right;
    join->join.kind = words->kind;
    join->join.natural = words->natural;
    join->join.straight = words->straight;
    join->join.cross = words->cross;
    sg_parse_wrapped(p);
    return join;
}

static bool at_condition(const struct sg_parser *p)
{
    return at_word(p, SG_WORD_ON) || at_word(p, SG_WORD_USING);
}

/* ON expr | USING (columns). */
static void parse_condition(struct sg_parser *p, struct sg_table_ref *join)
{
    if (take_word(p, SG_WORD_ON))
        join->join.on = sg_parse_expr(p);
    else if (take_word(p, SG_WORD_USING))
        join->join.using_columns = sg_parse_names_in_parens(p);
}

/* `left JOIN right` without a condition, where `right` is a tree of joins: `left` joins its
 * leftmost table, as if the joins had been read from left to right. So do both servers: `a CROSS
 * JOIN b JOIN c ON a.x = c.x` finds a.x. */
static struct sg_table_ref *join_leftmost(struct sg_parser *p, struct sg_table_ref *left,
                                          struct sg_table_ref *right,
                                          const struct join_words *words)
{
    struct sg_table_ref **place = &right;
    while ((*place)->kind == SG_REF_JOIN) {
        (*place)->size += (*place)->offset - left->offset;
        (*place)->offset = left->offset;
        place = &(*place)->join.left;
    }
    uint32_t end = (*place)->offset + (*place)->size;
    struct sg_table_ref *join = new_join(p, left, *place, words);
    join->size = end > join->offset ? end - join->offset : 0;
    *place = join;
    return right;
}

/* One join behind `left`. A join that stands before the condition of this one is part of the right
 * operand: `a JOIN b JOIN c ON x ON y` is a JOIN (b JOIN c ON x) ON y. */
static struct sg_table_ref *parse_join_tail(struct sg_parser *p, struct sg_table_ref *left,
                                            const struct join_words *words)
{
    struct sg_table_ref *right = parse_factor(p);
    if (!words->natural && at_join(p)) {
        sg_parse_enter(p);
        right = parse_join_tails(p, right);
        sg_parse_leave(p);
        if (!at_condition(p) && !words->outer)
            return join_leftmost(p, left, right, words);
    }
    struct sg_table_ref *join = new_join(p, left, right, words);
    if (!words->natural) {
        if (words->outer && !at_condition(p))
            fail_expected(p, "expected ON or USING");
        parse_condition(p, join);
    }
    return close_ref(p, join);
}

/* All joins behind `left`. */
static struct sg_table_ref *parse_join_tails(struct sg_parser *p, struct sg_table_ref *left)
{
    struct join_words words;
    while (take_join_words(p, &words))
        left = parse_join_tail(p, left, &words);
    return left;
}

/* table_factor {join table_factor [condition]}. MySQL manual, "JOIN Clause". */
static struct sg_table_ref *parse_joined(struct sg_parser *p)
{
    uint32_t outer_peak = p->peak;
    p->peak = p->depth;
    struct sg_table_ref *ref = parse_join_tails(p, parse_factor(p));
    if (p->peak < outer_peak)
        p->peak = outer_peak;
    return ref;
}

/* table_reference, table_reference ... */
struct sg_table_ref *sg_parse_table_refs(struct sg_parser *p)
{
    struct sg_table_ref *first = parse_joined(p);
    append_refs(p, first);
    return first;
}
