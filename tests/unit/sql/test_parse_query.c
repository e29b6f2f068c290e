/* Query expressions and query blocks become the trees that the manuals describe. */
#include "parse_case.h"

static void select_list(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "select a, t.*, db.t.*, b + 1 as x, 'q' 'r', c 'str', d `e f` from t",
         "(query (select (items (column a) t.* db.t.* (+ (column b) 1) (as x) 'q' 'r' (column c) "
         "(as str) (column d) (as `e f`)) (from (table t))))"},
        {BOTH, "select *, a from t", "(query (select (items * (column a)) (from (table t))))"},
        {BOTH, "select all distinct straight_join sql_calc_found_rows a from t",
         "(query (select distinct straight (items (column a)) (from (table t))))"},
        {BOTH, "select 1 from dual where 1", "(query (select (items 1) dual (where 1)))"},
        {BOTH, "select 1", "(query (select (items 1)))"},
        {BOTH, "select a as 'x', b as \"y\" from t",
         "(query (select (items (column a) (as x) (column b) (as y)) (from (table t))))"},
    };
    CHECK_CASES(CASES);
}

static void clauses(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "select a from t where b group by c, d with rollup having e order by f desc, g asc limit "
         "1, 2",
         "(query (select (items (column a)) (from (table t)) (where (column b)) (group-by (column "
         "c) (column d)) rollup (having (column e))) (order-by (desc (column f)) (asc (column g))) "
         "(limit 2 (offset 1)))"},
        {BOTH, "select a from t limit 5 offset 6",
         "(query (select (items (column a)) (from (table t))) (limit 5 (offset 6)))"},
        {MYSQL, "select a from t group by rollup (a, b)",
         "(query (select (items (column a)) (from (table t)) (group-by (column a) (column b)) "
         "rollup))"},
        {MYSQL, "select a from t group by grouping sets ((a, b), (), c)",
         "(query (select (items (column a)) (from (table t)) (group-by (row (column a) (column b)) "
         "(column c)) rollup))"},
        {MARIADB, "select a from t group by a desc",
         "(query (select (items (column a)) (from (table t)) (group-by (desc (column a)))))"},
        {MYSQL, "select a from t qualify x",
         "(query (select (items (column a)) (from (table t)) (qualify (column x))))"},
        {MARIADB, "select a from t limit rows examined 5",
         "(query (select (items (column a)) (from (table t))) (limit (rows-examined 5)))"},
        {MARIADB, "select a from t limit 2 rows examined ?",
         "(query (select (items (column a)) (from (table t))) (limit 2 (rows-examined ?)))"},
        {MARIADB, "select a from t order by a offset 2 rows fetch first 3 rows with ties",
         "(query (select (items (column a)) (from (table t))) (order-by (column a)) (limit 3 "
         "(offset 2) with-ties))"},
        {MARIADB, "select a from t fetch next row only",
         "(query (select (items (column a)) (from (table t))) (limit))"},
        {MARIADB, "select a from t procedure analyse(1, 2)",
         "(query (select (items (column a)) (from (table t))))"},
        {BOTH, "select a into @x, y from t",
         "(query (select (items (column a)) (from (table t))) (into (@ x) (word y)))"},
        {BOTH,
         "select a from t into outfile '/f' character set utf8mb4 fields terminated by ',' "
         "optionally enclosed by '\"' lines terminated by 'x'",
         "(query (select (items (column a)) (from (table t))) (into outfile))"},
        {BOTH, "select a from t for update into @x",
         "(query (select (items (column a)) (from (table t))) (into (@ x)) (for-update))"},
        {BOTH, "select a from t lock in share mode",
         "(query (select (items (column a)) (from (table t))) (for-share))"},
        {MYSQL, "select a from t for share of t skip locked for update of u nowait",
         "(query (select (items (column a)) (from (table t))) (for-share t) (for-update u))"},
        {MARIADB, "select a from t for update wait 5",
         "(query (select (items (column a)) (from (table t))) (for-update))"},
    };
    CHECK_CASES(CASES);
}

static void windows(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "select sum(x) over (partition by a order by b desc rows between 1 preceding and current "
         "row) from t",
         "(query (select (items (aggregate sum (column x) (over (partition-by (column a)) "
         "(order-by (desc (column b))) (from 1)))) (from (table t))))"},
        {BOTH,
         "select rank() over w, lead(a, 1) over (w order by b) from t window w as (partition by "
         "c), v as (w rows unbounded preceding)",
         "(query (select (items (call rank (over w)) (call lead (column a) 1 (over w (order-by "
         "(column b))))) (from (table t)) (window w (partition-by (column c))) (window v w)))"},
        {MYSQL,
         "select lag(a) respect nulls over (order by b range between interval 1 day preceding and "
         "3 following) from t",
         "(query (select (items (call lag (column a) (over (order-by (column b)) (from (interval "
         "1)) (to 3)))) (from (table t))))"},
        {MARIADB,
         "select percentile_cont(0.5) within group (order by a) over (partition by b) from t",
         "(query (select (items (aggregate percentile_cont 0.5 (order-by (column a)) (over "
         "(partition-by (column b))))) (from (table t))))"},
    };
    CHECK_CASES(CASES);
}

static void set_operations(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "select 1 union select 2 union all select 3 order by 1",
         "(query (set (select (items 1)) union (select (items 2)) union all (select (items 3))) "
         "(order-by 1))"},
        {BOTH, "select 1 union select 2 intersect select 3 except select 4",
         "(query (set (select (items 1)) union (set (select (items 2)) intersect (select (items "
         "3))) except (select (items 4))))"},
        {BOTH, "select 1 intersect select 2 intersect all select 3",
         "(query (set (select (items 1)) intersect (select (items 2)) intersect all (select (items "
         "3))))"},
        {BOTH,
         "(select a from t order by a limit 1) union distinct (select b from u) order by a limit 2",
         "(query (set (paren (query (select (items (column a)) (from (table t))) (order-by (column "
         "a)) (limit 1))) union (paren (query (select (items (column b)) (from (table u)))))) "
         "(order-by (column a)) (limit 2))"},
        {BOTH, "(select a from t) order by b",
         "(query (paren (query (select (items (column a)) (from (table t))))) (order-by (column "
         "b)))"},
        {BOTH, "((select a from t))",
         "(query (paren (query (paren (query (select (items (column a)) (from (table t))))))))"},
        {BOTH, "((select 1) union select 2) limit 1",
         "(query (paren (query (set (paren (query (select (items 1)))) union (select (items 2))))) "
         "(limit 1))"},
    };
    CHECK_CASES(CASES);
}

static void with(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "with c as (select 1) select a from c",
         "(query (with (cte c (query (select (items 1))))) (select (items (column a)) (from (table "
         "c))))"},
        {BOTH,
         "with recursive c (n) as (select 1 union all select n + 1 from c), d as (select n from c) "
         "select * from d",
         "(query (with recursive (cte c (columns n) (query (set (select (items 1)) union all "
         "(select (items (+ (column n) 1)) (from (table c)))))) (cte d (query (select (items "
         "(column n)) (from (table c)))))) (select (items *) (from (table d))))"},
        {BOTH, "select (with c as (select 1 x) select x from c)",
         "(query (select (items (subquery (query (with (cte c (query (select (items 1 (as x)))))) "
         "(select (items (column x)) (from (table c))))))))"},
        {BOTH, "select a from (with c as (select 1 x) select x from c) t",
         "(query (select (items (column a)) (from (derived (query (with (cte c (query (select "
         "(items 1 (as x)))))) (select (items (column x)) (from (table c)))) (as t)))))"},
        {MARIADB,
         "with recursive c as (select 1 a union all select a from c) cycle a restrict select * "
         "from c",
         "(query (with recursive (cte c (query (set (select (items 1 (as a))) union all (select "
         "(items (column a)) (from (table c))))) (cycle a))) (select (items *) (from (table c))))"},
    };
    CHECK_CASES(CASES);
}

static void values_and_table(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {MYSQL, "values row(1, 2), row(3, 4), row(5, 6) order by column_0 limit 1",
         "(query (values (row 1 2 /2) (row /2 x2)) (order-by (column column_0)) (limit 1))"},
        {MARIADB, "values (1, 2), (3, 4)", "(query (values (row 1 2 /2) (row /2)))"},
        {MYSQL, "table t order by a limit 1",
         "(query (table-of t) (order-by (column a)) (limit 1))"},
        {MYSQL, "select * from (values row(1)) as v (a) union table t",
         "(query (set (select (items *) (from (derived (query (values (row 1 /1))) (as v) (columns "
         "a)))) union (table-of t)))"},
        {MARIADB, "select * from (values (1), (a)) v",
         "(query (select (items *) (from (derived (query (values (row 1 /1) (row (column a) /1))) "
         "(as v)))))"},
    };
    CHECK_CASES(CASES);
}

static void subqueries(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "select (select 1), ((select 1)), ((select 1) union select 2), (select 1) + 1",
         "(query (select (items (subquery (query (select (items 1)))) (subquery (query (select "
         "(items 1)))) (subquery (query (set (paren (query (select (items 1)))) union (select "
         "(items 2))))) (+ (subquery (query (select (items 1)))) 1))))"},
        {BOTH,
         "select a in (select 1), a not in ((select 1)), a in ((select 1), 2), (a, b) in ((select "
         "1, 2) union (select 3, 4))",
         "(query (select (items (in-query (column a) (query (select (items 1)))) (in-query not "
         "(column a) (query (select (items 1)))) (in (column a) (subquery (query (select (items "
         "1)))) ...1) (in-query (row (column a) (column b)) (query (set (paren (query (select "
         "(items 1 2)))) union (paren (query (select (items 3 4))))))))))"},
        {BOTH, "select a = any (select 1), a <> some (select 1), (a, b) = all (select 1, 2)",
         "(query (select (items (any = (column a) (query (select (items 1)))) (any <> (column a) "
         "(query (select (items 1)))) (all = (row (column a) (column b)) (query (select (items 1 "
         "2)))))))"},
        {BOTH, "select 1 where exists (select 1) and not exists (((select 1)))",
         "(query (select (items 1) (where (and (exists (query (select (items 1)))) (not (exists "
         "(query (paren (query (paren (query (select (items 1)))))))))))))"},
    };
    CHECK_CASES(CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(select_list), cmocka_unit_test(clauses),
        cmocka_unit_test(windows),     cmocka_unit_test(set_operations),
        cmocka_unit_test(with),        cmocka_unit_test(values_and_table),
        cmocka_unit_test(subqueries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
