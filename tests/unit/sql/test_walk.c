/* The walker reaches every part of a tree, and stops or turns back when told to. */
#include "parse_case.h"

#include "sql/walk.h"

struct seen {
    const char *prune; /* a column of that name is not looked into; likewise abort */
    const char *abort;
    char names[1024]; /* columns, in the order met */
    size_t length;
    size_t statements;
    size_t queries;
    size_t refs;
    size_t deepest;
    struct sg_slice text;
    bool outside; /* a span lay outside the text */
};

static void note_span(struct seen *seen, uint32_t offset, uint32_t size)
{
    if ((size_t)offset + size > seen->text.size)
        seen->outside = true;
}

static enum sg_walk see_expr(void *data, const struct sg_expr *expr)
{
    struct seen *seen = data;
    note_span(seen, expr->offset, expr->size);
    if (expr->kind == SG_EXPR_CALL && seen->prune &&
        strncmp(expr->call.name.text.data, seen->prune, expr->call.name.text.size) == 0)
        return SG_WALK_PRUNE;
    if (expr->kind != SG_EXPR_COLUMN)
        return SG_WALK_CONTINUE;
    struct sg_slice name = expr->column.name.text;
    if (seen->abort && strncmp(name.data, seen->abort, name.size) == 0)
        return SG_WALK_ABORT;
    assert_true(seen->length + name.size + 1 < sizeof seen->names);
    memcpy(seen->names + seen->length, name.data, name.size);
    seen->length += name.size;
    seen->names[seen->length++] = ' ';
    return SG_WALK_CONTINUE;
}

static enum sg_walk see_query(void *data, const struct sg_query *query)
{
    struct seen *seen = data;
    seen->queries++;
    note_span(seen, query->offset, query->size);
    return SG_WALK_CONTINUE;
}

static enum sg_walk see_ref(void *data, const struct sg_table_ref *ref)
{
    struct seen *seen = data;
    seen->refs++;
    note_span(seen, ref->offset, ref->size);
    return SG_WALK_CONTINUE;
}

static enum sg_walk see_statement(void *data, const struct sg_statement *statement)
{
    struct seen *seen = data;
    seen->statements++;
    note_span(seen, statement->offset, statement->size);
    return SG_WALK_CONTINUE;
}

static bool walk_text(const char *sql, enum on on, struct seen *seen)
{
    struct sg_server server;
    struct sg_context context = parse_context(&server, on, 0);
    struct sg_arena arena;
    struct sg_parse out;
    struct sg_visitor visitor = {.statement = see_statement,
                                 .query = see_query,
                                 .table_ref = see_ref,
                                 .expr = see_expr,
                                 .data = seen};
    seen->text = sg_slice_of(sql);
    sg_arena_init(&arena, 1 << 20);
    if (sg_parse(seen->text, &context, &arena, &out) != SG_PARSE_OK)
        fail_msg("%s\n  %.*s at %zu", sql, (int)out.reason.size, out.reason.data, out.offset);
    bool whole = sg_walk_statement(out.statement, &visitor);
    assert_false(seen->outside);
    sg_arena_fini(&arena);
    return whole;
}

static void check_names(enum on on, const char *sql, const char *names)
{
    struct seen seen = {0};
    assert_true(walk_text(sql, on, &seen));
    if (seen.length)
        seen.names[seen.length - 1] = '\0';
    assert_string_equal(seen.names, names);
}

static void every_clause_is_visited(void **state)
{
    (void)state;
    check_names(
        MYSQL,
        "with w as (select a) select b, f(c, (d, 1)), case e when g then h else i end, "
        "sum(j) over (partition by k order by l rows m preceding), n->'$', match(o) against (p) "
        "from t join u on q left join (select r) x on s, json_table(y, '$' columns (z int "
        "path '$')) j where aa in (bb, 1) and cc in (select dd) group by ee having ff window "
        "v as (order by gg) qualify hh order by ii limit 1",
        "a b c d e g h i j k l m n o p q r s y aa bb cc dd ee ff gg hh ii");
    check_names(MYSQL,
                "insert into t (a) values (b), (1), (c) on duplicate key update d = values(e)",
                "a b c d e");
    check_names(MYSQL, "update t, (select a) x set b = c where d order by e limit 1", "a b c d e");
    check_names(MYSQL, "with c as (select a) delete t from t, c where b", "a b");
    check_names(MYSQL, "load data infile 'x' into table t (a, @b) set c = d", "a c d");
    check_names(BOTH, "(select a) union (select b union select c) order by d", "a b c d");
    check_names(
        MARIADB,
        "select group_concat(a order by b), nextval(s), setval(s, c) from t for system_time "
        "between d and e procedure analyse(f)",
        "a b c d e f");
    check_names(MARIADB, "delete from t where a returning b", "a b");
    check_names(MARIADB, "insert into t set a = b returning c", "a b c");
    check_names(MARIADB, "values (a), (b)", "a b");
}

static void every_statement_is_visited(void **state)
{
    (void)state;
    check_names(MYSQL, "call p(a, b)", "a b");
    check_names(MYSQL, "do a, b", "a b");
    check_names(MYSQL, "kill a", "a");
    check_names(MYSQL, "set @x = a, y = b + 1", "a b");
    check_names(MYSQL, "show tables where a", "a");
    check_names(MYSQL, "explain select a", "a");
    check_names(MYSQL, "handler t read i = (a) where b", "a b");
    check_names(MYSQL, "grant select (a, b) on t to u", "a b");
    check_names(MYSQL, "get diagnostics condition a @x = number", "a");
    check_names(MYSQL, "signal sqlstate '45000' set message_text = a", "a");
    check_names(MARIADB, "execute immediate a using b", "a b");
    check_names(MARIADB, "set statement x = a + 0 for select b", "a b");
    check_names(
        MYSQL,
        "create table t (x int default (a), y int as (b), check (c), key ((d))) partition by "
        "range (e) (partition p values less than (f)) select g",
        "a b d c e f g");
    check_names(MYSQL, "alter table t add x int as (a), add check (b), alter c set default (d)",
                "a b d");
    check_names(MYSQL, "create view v as select a", "a");
    check_names(MYSQL, "create index i on t ((a))", "a");
    check_names(MYSQL, "create event e on schedule every a day starts b do select c", "a b c");
    check_names(
        MYSQL,
        "create procedure p () begin declare x int default a; declare k cursor for select b; "
        "declare exit handler for not found select c; if d then select e; else select f; end "
        "if; case g when h then select i; end case; while j do select k; end while; repeat "
        "select l; until m end repeat; end",
        "a b c d e f g h i j k m l");
    check_names(MARIADB, "for i in a..b do select c; end for", "a b c");
    check_names(MARIADB, "for i in (select a) do select b; end for", "a b");
    struct seen seen = {0};
    walk_text("create procedure p () begin select 1; select (select 2) from t, (u, v); end", MYSQL,
              &seen);
    assert_int_equal(seen.statements, 4);
    assert_int_equal(seen.queries, 3);
    assert_int_equal(seen.refs, 4);
}

static void prune_turns_back(void **state)
{
    (void)state;
    struct seen seen = {.prune = "f"};
    assert_true(walk_text("select a, f(b, g(c)), d", MYSQL, &seen));
    assert_memory_equal(seen.names, "a d ", 4);
    assert_int_equal(seen.length, 4);
}

static void abort_stops(void **state)
{
    (void)state;
    struct seen seen = {.abort = "c"};
    assert_false(walk_text("select a, b in (select 1 where f(c)), d from t", MYSQL, &seen));
    assert_memory_equal(seen.names, "a b ", 4);
    assert_int_equal(seen.length, 4);
    assert_int_equal(seen.refs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_clause_is_visited),
        cmocka_unit_test(every_statement_is_visited),
        cmocka_unit_test(prune_turns_back),
        cmocka_unit_test(abort_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
