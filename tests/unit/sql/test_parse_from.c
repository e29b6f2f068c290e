/* Table references: how joins nest, and what a table may carry. */
#include "parse_case.h"

static void joins(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "select 1 from a, b join c on x, d",
         "(query (select (items 1) (from (table a) (join (table b) (table c) (on (column x))) "
         "(table d))))"},
        {BOTH, "select 1 from a join b on x left join c on y right outer join d on z",
         "(query (select (items 1) (from (right-join (left-join (join (table a) (table b) (on "
         "(column x))) (table c) (on (column y))) (table d) (on (column z))))))"},
        {BOTH, "select 1 from a join b join c on x on y",
         "(query (select (items 1) (from (join (table a) (join (table b) (table c) (on (column "
         "x))) (on (column y))))))"},
        {BOTH, "select 1 from a cross join b join c on x",
         "(query (select (items 1) (from (join (join cross (table a) (table b)) (table c) (on "
         "(column x))))))"},
        {BOTH, "select 1 from a join b join c join d on x on y",
         "(query (select (items 1) (from (join (join (table a) (table b)) (join (table c) (table "
         "d) (on (column x))) (on (column y))))))"},
        {BOTH, "select 1 from a join b left join c on x",
         "(query (select (items 1) (from (left-join (join (table a) (table b)) (table c) (on "
         "(column x))))))"},
        {BOTH, "select 1 from a join b natural join c",
         "(query (select (items 1) (from (join natural (join (table a) (table b)) (table c)))))"},
        {BOTH, "select 1 from a straight_join b on x inner join c using (y, z)",
         "(query (select (items 1) (from (join (join straight (table a) (table b) (on (column x))) "
         "(table c) (using y z)))))"},
        {BOTH, "select 1 from a natural left join b natural join c natural right outer join d",
         "(query (select (items 1) (from (right-join natural (join natural (left-join natural "
         "(table a) (table b)) (table c)) (table d)))))"},
        {BOTH, "select 1 from {oj a left join b on x}",
         "(query (select (items 1) (from (nest (left-join (table a) (table b) (on (column "
         "x)))))))"},
    };
    CHECK_CASES(CASES);
}

static void nests(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "select 1 from (a, b) join c on x",
         "(query (select (items 1) (from (join (nest (table a) (table b)) (table c) (on (column "
         "x))))))"},
        {BOTH, "select 1 from (a join (b join c on x) on y)",
         "(query (select (items 1) (from (nest (join (table a) (nest (join (table b) (table c) (on "
         "(column x)))) (on (column y)))))))"},
        {BOTH, "select 1 from ((a)), ((b join c))",
         "(query (select (items 1) (from (nest (nest (table a))) (nest (nest (join (table b) "
         "(table c)))))))"},
        {BOTH, "select 1 from ((select 1) t join u), ((select 1)) v",
         "(query (select (items 1) (from (nest (join (derived (query (select (items 1))) (as t)) "
         "(table u))) (derived (query (select (items 1))) (as v)))))"},
        {BOTH, "select 1 from ((select 1) union select 2) t",
         "(query (select (items 1) (from (derived (query (set (paren (query (select (items 1)))) "
         "union (select (items 2)))) (as t)))))"},
        {BOTH, "select 1 from ((select 1) limit 1) t",
         "(query (select (items 1) (from (derived (query (paren (query (select (items 1)))) (limit "
         "1)) (as t)))))"},
        {BOTH, "select 1 from (((select 1) union (select 2)) t left join u on x, w)",
         "(query (select (items 1) (from (nest (left-join (derived (query (set (paren (query "
         "(select (items 1)))) union (paren (query (select (items 2)))))) (as t)) (table u) (on "
         "(column x))) (table w)))))"},
    };
    CHECK_CASES(CASES);
}

static void tables(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "select 1 from d.t partition (p0, p1) as x use index (i, primary) ignore key for order by "
         "(j) force index for join (k)",
         "(query (select (items 1) (from (table d.t (partition p0 p1) (as x) (index i primary j "
         "k)))))"},
        {BOTH, "select 1 from t x, u as y",
         "(query (select (items 1) (from (table t (as x)) (table u (as y)))))"},
        {MYSQL, "select 1 from t use index ()", "(query (select (items 1) (from (table t))))"},
        {MARIADB,
         "select 1 from t for system_time as of timestamp'2020-01-01' x, u for system_time between "
         "a and b, v for system_time from a to b, w for system_time all",
         "(query (select (items 1) (from (table t (system-time timestamp'2020-01-01') (as x)) "
         "(table u (system-time (column a) (column b))) (table v (system-time (column a) (column "
         "b))) (table w (system-time all)))))"},
        {MARIADB, "select 1 from (select 1 x) for system_time all as t",
         "(query (select (items 1) (from (derived (query (select (items 1 (as x)))) (system-time "
         "all) (as t)))))"},
        {MARIADB, "select 1 from t1 = x", "(query (select (items 1) (from (table t1 (as x)))))"},
        {MYSQL, "select 1 from t tablesample bernoulli (10)",
         "(query (select (items 1) (from (table t))))"},
        {MYSQL, "select 1 from t x, lateral (select x.a) as y (b), (select 1) z (c)",
         "(query (select (items 1) (from (table t (as x)) (lateral (query (select (items (column "
         "x.a)))) (as y) (columns b)) (derived (query (select (items 1))) (as z) (columns c)))))"},
        {BOTH,
         "select 1 from t, json_table(t.d, '$[*]' columns (a int path '$' default '1' on empty "
         "null on error, b for ordinality, c int exists path '$.c', nested path '$.x' columns (e "
         "char(3) path '$'))) as j",
         "(query (select (items 1) (from (table t) (json-table (column t.d) (columns a b c "
         "(columns e)) (as j)))))"},
    };
    CHECK_CASES(CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins),
        cmocka_unit_test(nests),
        cmocka_unit_test(tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
