/* sql_mode and flavour change what a text means; what one server does not take is refused at the
 * token that it stumbles over. */
#include "parse_case.h"

static void pipes_concatenate(void **state)
{
    (void)state;
    check_tree(BOTH, SG_MODE_PIPES_AS_CONCAT, "select a || b || c, a + b || c ^ d, -a || b",
               "(query (select (items (|| (column a) (column b) (column c)) (+ (column a) (^ (|| "
               "(column b) (column c)) (column d))) (|| (minus (column a)) (column b)))))");
}

static void not_binds_tightly(void **state)
{
    (void)state;
    check_tree(MYSQL, SG_MODE_HIGH_NOT_PRECEDENCE, "select not a between b and c, not a = b",
               "(query (select (items (between (not (column a)) (column b) (column c)) (= (not "
               "(column a)) (column b)))))");
}

static void double_quotes_make_names(void **state)
{
    (void)state;
    check_tree(BOTH, SG_MODE_ANSI_QUOTES, "select \"a\", t.\"b c\" \"d\" from \"t\"",
               "(query (select (items (column a) (column t.`b c`) (as d)) (from (table t))))");
}

static void ignored_space_makes_built_in_calls(void **state)
{
    (void)state;
    check_tree(BOTH, SG_MODE_IGNORE_SPACE, "select count (a), now ()",
               "(query (select (items (aggregate count (column a)) (call now))))");
}

static void mysql_alone(void **state)
{
    (void)state;
    check_refused(MARIADB, "select a -> '$.x' from t", 10);
    check_refused(MARIADB, "select * from (select 1) t (a)", 27);
    check_refused(MARIADB, "select * from t, lateral (select 1) x", 25);
    check_refused(MARIADB, "select * from (select 1)", 24);
    check_refused(MARIADB, "with c as (select 1) update t set a = 1", 21);
    check_refused(MARIADB, "insert into t values (1) as n on duplicate key update a = 1", 25);
    check_refused(MARIADB, "delete from t as x", 14);
    check_refused(MARIADB, "table t", 0);
    check_refused(MARIADB, "values row(1)", 7);
    check_refused(MARIADB, "select a from t for share", 20);
    check_refused(MARIADB, "update t set a = values(a)", 17);
}

static void mariadb_alone(void **state)
{
    (void)state;
    check_refused(MYSQL, "insert into t values (1) returning a", 25);
    check_refused(MYSQL, "delete from t returning a", 24);
    check_refused(MYSQL, "values (1)", 7);
    check_refused(MYSQL, "select next value for s", 22);
    check_refused(MYSQL, "select a from t for system_time all", 20);
    check_refused(MYSQL, "select .t.a", 7);
    check_refused(MYSQL, "select a from t group by a desc", 27);
    check_refused(MYSQL, "execute immediate 'x'", 18);
    check_refused(MYSQL, "select a from t limit rows examined 1", 22);
}

static void neither(void **state)
{
    (void)state;
    check_refused(BOTH, "select", 6);
    check_refused(BOTH, "select from t", 7);
    check_refused(BOTH, "select a, from t", 10);
    check_refused(BOTH, "select a b c", 11);
    check_refused(BOTH, "select a from t where", 21);
    check_refused(BOTH, "select (a", 9);
    check_refused(BOTH, "select a)", 8);
    check_refused(BOTH, "select a, * from t", 10);
    check_refused(BOTH, "select t.* x from t", 11);
    check_refused(BOTH, "select t.* + 1 from t", 21);
    check_refused(BOTH, "select f(t.*) from t", 20);
    check_refused(BOTH, "select a.b.c.d", 12);
    check_refused(BOTH, "select t.'a' from t", 9);
    check_refused(BOTH, "insert into t('id') values (9)", 14);
    check_refused(BOTH, "select t. select from t", 10);
    check_refused(BOTH, "select extract(zz from a)", 15);
    check_refused(BOTH, "select a from t left join u", 27);
    check_refused(BOTH, "select a from t order a", 22);
    check_refused(BOTH, "select case a end", 14);
    check_refused(BOTH, "select a in ()", 13);
    check_refused(BOTH, "select a between 1 or 2", 19);
    check_refused(BOTH, "insert into t (a) set b = 1", 18);
    check_refused(BOTH, "update t where a", 9);
    check_refused(BOTH, "delete t", 8);
    check_refused(BOTH, "select 'a", 7);
    check_refused(BOTH, "select a from (t1, t2", 21);
    check_refused(BOTH, "with rollup as (select 1) select 1", 5);
    check_refused(BOTH, "with c as select 1 select 1", 10);
    check_refused(BOTH, "select rank() from t", 14);
    check_refused(BOTH, "set global.x = 1", 4);
    check_refused(BOTH, "flarp", 0);
}

static void oracle_mode_is_not_read(void **state)
{
    (void)state;
    struct sg_server server;
    struct sg_context context = parse_context(&server, MARIADB, SG_MODE_ORACLE);
    struct sg_arena arena;
    struct sg_parse out;
    sg_arena_init(&arena, 1 << 20);
    assert_int_equal(sg_parse(SG_SLICE_LITERAL("select 1"), &context, &arena, &out),
                     SG_PARSE_UNSUPPORTED);
    assert_null(out.statement);
    sg_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pipes_concatenate),
        cmocka_unit_test(not_binds_tightly),
        cmocka_unit_test(double_quotes_make_names),
        cmocka_unit_test(ignored_space_makes_built_in_calls),
        cmocka_unit_test(mysql_alone),
        cmocka_unit_test(mariadb_alone),
        cmocka_unit_test(neither),
        cmocka_unit_test(oracle_mode_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
