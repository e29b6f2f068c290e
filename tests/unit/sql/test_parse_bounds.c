/* Bounds: nesting, memory, positions, several statements in one text. */
#include "parse_case.h"

#include <stdio.h>

static enum sg_parse_status parse_text(const char *text, size_t size, size_t ceiling, enum on on)
{
    struct sg_server server;
    struct sg_context context = parse_context(&server, on, 0);
    struct sg_arena arena;
    struct sg_parse out;
    char *copy = exact_copy(text, size);
    sg_arena_init(&arena, ceiling);
    enum sg_parse_status status = sg_parse(sg_slice_make(copy, size), &context, &arena, &out);
    assert_true((status == SG_PARSE_OK) == (out.statement != NULL));
    assert_true(out.consumed <= size);
    assert_true(out.offset <= size);
    sg_arena_fini(&arena);
    free(copy);
    return status;
}

/* `head` once, `middle` n times, `core` once, `tail` n times. */
static enum sg_parse_status parse_nested(const char *head, const char *middle, const char *core,
                                         const char *tail, size_t n, enum on on)
{
    size_t size = strlen(head) + n * (strlen(middle) + strlen(tail)) + strlen(core);
    char *text = malloc(size + 1);
    assert_non_null(text);
    char *at = text + sprintf(text, "%s", head);
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%s", middle);
    at += sprintf(at, "%s", core);
    for (size_t i = 0; i < n; i++)
        at += sprintf(at, "%s", tail);
    enum sg_parse_status status = parse_text(text, (size_t)(at - text), 64 << 20, on);
    free(text);
    return status;
}

struct nesting {
    const char *head;
    const char *middle;
    const char *core;
    const char *tail;
};

static const struct nesting NESTINGS[] = {
    {"select ", "(", "1", ")"},
    {"select ", "(select ", "1", ")"},
    {"select ", "((select 1) + ", "1", ")"},
    {"select ", "not ", "1", ""},
    {"select ", "- ", "1", ""},
    {"select ", "if(a, b, ", "1", ")"},
    {"select ", "case when a then ", "1", " end"},
    {"select ", "f(", "1", ")"},
    {"select ", "@a := ", "1", ""},
    {"select 1", "", "", " - 1 * 2"},
    {"select 1", "", "", " is null"},
    {"select 1", "", "", " = 1 <=> 2"},
    {"select a", "", "", " collate utf8mb4_bin"},
    {"select 1 from ", "(", "t", ")"},
    {"select 1 from ", "(select 1 from ", "t", ") x"},
    {"select 1 from ", "(", "(select 1) x", " join t)"},
    {"select 1 from t", "", "", " join t on 1"},
    {"select 1 from t", "", "", " join t"},
    {"select 1 from t", " join t", "", " on 1"},
    {"", "(", "select 1", ")"},
    {"", "(", "select 1", ") union (select 2)"},
    {"", "with c as (", "select 1", ") select 1"},
    {"select ", "exists (select 1 where ", "1", ")"},
    {"select ", "a in (select ", "1", ")"},
    {"select ", "{x ", "1", "}"},
    {"select ", "interval(1, ", "1", ")"},
    {"select ", "default(a) + cast(", "1", " as char)"},
    {"select 1 from json_table(a, '$' columns (", "nested path '$' columns (", "x int path '$'",
     ")"},
};

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof NESTINGS / sizeof NESTINGS[0]; i++) {
        const struct nesting *n = &NESTINGS[i];
        bool cut = strstr(n->head, "json_table") != NULL; /* its end is missing: never OK */
        for (enum on on = MYSQL; on <= MARIADB; on = (enum on)(on + 1)) {
            enum sg_parse_status few = parse_nested(n->head, n->middle, n->core, n->tail, 20, on);
            enum sg_parse_status many =
                parse_nested(n->head, n->middle, n->core, n->tail, 100000, on);
            if (!cut && few != SG_PARSE_OK)
                fail_msg("%s%s%s%s: %d", n->head, n->middle, n->core, n->tail, few);
            if (many != SG_PARSE_TOO_DEEP)
                fail_msg("%s%s%s%s: %d", n->head, n->middle, n->core, n->tail, many);
        }
    }
}

static void long_chains_are_not_deep(void **state)
{
    (void)state;
    static const struct nesting CHAINS[] = {
        {"select 1", "", "", " or a = 1"},
        {"select 1", "", "", " and (a = 1)"},
        {"select 1", "", "", " + 1"},
        {"select 1", "", "", ", 1"},
        {"select a in (1", "", "", ", 1"},
        {"select 1", "", "", " union select 1"},
        {"select 1", "", "", " intersect select 1"},
        {"select 1 from t", "", "", ", t"},
        {"insert into t values (1)", "", "", ", (1)"},
        {"insert into t values (1)", "", "", ", (a)"},
        {"update t set a = 1", "", "", ", a = 1"},
        {"create table t (a int", "", "", ", check (a)"},
        {"create table t (a int", "", "", ", key (a)"},
        {"create table t (a int", "", "", " check (a)"},
        {"select 1 where case when 1 then 1", "", "", " when 1 then 1"},
    };
    for (size_t i = 0; i < sizeof CHAINS / sizeof CHAINS[0]; i++) {
        const struct nesting *n = &CHAINS[i];
        bool open = strstr(n->head, " in (") || strstr(n->head, "case") || *n->head == 'c';
        enum sg_parse_status status =
            parse_nested(n->head, n->middle, n->core, n->tail, 20000, MYSQL);
        if (status != (open ? SG_PARSE_SYNTAX : SG_PARSE_OK))
            fail_msg("%s%s: %d", n->head, n->tail, status);
    }
}

static const char LARGE[] =
    "with recursive c (n) as (select 1 union all select n + 1 from c where n < 3) "
    "select a, t.*, `b``c` as `x``y`, count(distinct b) over (partition by a order by b), "
    "case a when 1 then (select max(x) from u) else @v := 5 end from t as x use index (i) "
    "left join (select 1 y) z on z.y = x.a and x.b in (1, 2, c), json_table(d, '$' columns (e int "
    "path '$')) j where exists (select 1) group by a with rollup having sum(b) > 1 window w as "
    "(order by c) order by a desc limit 1, 2 for update";

static void every_ceiling_gives_a_clean_answer(void **state)
{
    (void)state;
    size_t ok_at = 0;
    for (size_t ceiling = 0; ceiling < 64 * 1024 && !ok_at; ceiling += 96) {
        enum sg_parse_status status = parse_text(LARGE, sizeof LARGE - 1, ceiling, MYSQL);
        assert_true(status == SG_PARSE_OK || status == SG_PARSE_MEMORY);
        if (status == SG_PARSE_OK)
            ok_at = ceiling;
    }
    assert_true(ok_at > 0);
}

static void every_prefix_gives_a_clean_answer(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof LARGE; size++) {
        enum sg_parse_status mysql = parse_text(LARGE, size, 1 << 20, MYSQL);
        enum sg_parse_status mariadb = parse_text(LARGE, size, 1 << 20, MARIADB);
        assert_true(mysql == SG_PARSE_OK || mysql == SG_PARSE_SYNTAX);
        assert_true(mariadb == SG_PARSE_OK || mariadb == SG_PARSE_SYNTAX);
    }
}

static void statements_are_read_one_by_one(void **state)
{
    (void)state;
    static const char TEXT[] = "select 1; ; use d ;select";
    static const size_t CONSUMED[] = {9, 11, 19};
    static const enum sg_ast_kind KINDS[] = {SG_AST_QUERY, SG_AST_EMPTY, SG_AST_USE};
    struct sg_server server;
    struct sg_context context = parse_context(&server, MYSQL, 0);
    size_t at = 0;
    for (size_t i = 0; i < 3; i++) {
        struct sg_arena arena;
        struct sg_parse out;
        sg_arena_init(&arena, 1 << 20);
        sg_parse(sg_slice_make(TEXT + at, sizeof TEXT - 1 - at), &context, &arena, &out);
        assert_int_equal(out.status, SG_PARSE_OK);
        assert_int_equal(out.statement->kind, KINDS[i]);
        at += out.consumed;
        assert_int_equal(at, CONSUMED[i]);
        sg_arena_fini(&arena);
    }
}

static void check_span(const char *text, uint32_t offset, uint32_t size, const char *want)
{
    assert_int_equal(size, strlen(want));
    assert_memory_equal(text + offset, want, size);
}

static void spans_cover_the_source(void **state)
{
    (void)state;
    static const char TEXT[] =
        "select  (a + 1) /* x */ y, d.`t`. b , -1 /* z */ from t as `q``r` join u "
        "on t.a=u.b where x in (select 1 limit 1)";
    struct sg_server server;
    struct sg_context context = parse_context(&server, MYSQL, 0);
    struct sg_arena arena;
    struct sg_parse out;
    sg_arena_init(&arena, 1 << 20);
    assert_int_equal(sg_parse(SG_SLICE_LITERAL(TEXT), &context, &arena, &out), SG_PARSE_OK);
    check_span(TEXT, out.statement->offset, out.statement->size, TEXT);
    const struct sg_select *select = out.statement->query->body->select;
    const struct sg_select_item *item = select->items;
    check_span(TEXT, item->offset, item->size, "(a + 1)");
    check_span(TEXT, item->expr->offset, item->expr->size, "a + 1");
    assert_int_equal(item->expr->parentheses, 1);
    item = item->next;
    check_span(TEXT, item->offset, item->size, "d.`t`. b");
    check_span(TEXT, item->expr->column.table.offset, item->expr->column.table.size, "`t`");
    item = item->next;
    check_span(TEXT, item->offset, item->size, "-1");
    const struct sg_table_ref *join = select->from;
    check_span(TEXT, join->offset, join->size, "t as `q``r` join u on t.a=u.b");
    check_span(TEXT, join->join.left->offset, join->join.left->size, "t as `q``r`");
    assert_int_equal(join->join.left->alias.quote, SG_QUOTE_BACKTICK);
    assert_memory_equal(join->join.left->alias.text.data, "q`r", 3);
    check_span(TEXT, join->join.on->offset, join->join.on->size, "t.a=u.b");
    check_span(TEXT, select->where->offset, select->where->size, "x in (select 1 limit 1)");
    check_span(TEXT, select->where->subquery.query->offset, select->where->subquery.query->size,
               "select 1 limit 1");
    sg_arena_fini(&arena);
}

static void parameters_are_counted(void **state)
{
    (void)state;
    struct sg_server server;
    struct sg_context context = parse_context(&server, MYSQL, 0);
    struct sg_arena arena;
    struct sg_parse out;
    sg_arena_init(&arena, 1 << 20);
    sg_parse(
        SG_SLICE_LITERAL("insert into t values (?, ?), (?, 1 + ?) on duplicate key update a = ?"),
        &context, &arena, &out);
    assert_int_equal(out.status, SG_PARSE_OK);
    assert_int_equal(out.statement->parameter_count, 5);
    sg_arena_fini(&arena);
}

static void ordinals_are_recognisable(void **state)
{
    (void)state;
    struct sg_server server;
    struct sg_context context = parse_context(&server, MYSQL, 0);
    struct sg_arena arena;
    struct sg_parse out;
    sg_arena_init(&arena, 1 << 20);
    sg_parse(SG_SLICE_LITERAL("select 1 order by 7, (8), 99999999999999999999, 1.0"), &context,
             &arena, &out);
    const struct sg_order_item *item = out.statement->query->order_by;
    assert_int_equal(item->expr->literal_kind, SG_LITERAL_INTEGER);
    assert_int_equal(item->expr->literal.integer, 7);
    item = item->next;
    assert_int_equal(item->expr->literal.integer, 8);
    item = item->next;
    assert_true(item->expr->literal.integer == UINT64_MAX);
    assert_int_equal(item->next->expr->literal_kind, SG_LITERAL_NUMBER);
    sg_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(long_chains_are_not_deep),
        cmocka_unit_test(every_ceiling_gives_a_clean_answer),
        cmocka_unit_test(every_prefix_gives_a_clean_answer),
        cmocka_unit_test(statements_are_read_one_by_one),
        cmocka_unit_test(spans_cover_the_source),
        cmocka_unit_test(parameters_are_counted),
        cmocka_unit_test(ordinals_are_recognisable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
