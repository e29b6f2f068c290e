/* INSERT, REPLACE, UPDATE, DELETE and the lesser statements that touch rows. */
#include "parse_case.h"

static void insert(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "insert into t values (1, default, a), (2, 3, 4), (5, 6, 7), (8, b, 9)",
         "(insert t (row 1 (default) (column a) /3) (row /3 x2) (row (column b) /3))"},
        {BOTH, "insert low_priority ignore d.t (a, t.b, d.t.c) values (1, 2, 3)",
         "(insert d.t (columns (column a) (column t.b) (column d.t.c)) (row 1 2 3 /3))"},
        {BOTH, "insert t () values ()", "(insert t (columns) (row /0))"},
        {BOTH,
         "insert into t partition (p0) (a) value (1) on duplicate key update a = values(a) + 1, "
         "t.b = default",
         "(insert t (partition p0) (columns (column a)) (row 1 /1) (on-duplicate (column a) (+ "
         "(values-of (column a)) 1) (column t.b) (default)))"},
        {BOTH, "insert into t set a = 1, b = default(c), c = default",
         "(insert t (set (column a) 1 (column b) (default (column c)) (column c) (default)))"},
        {BOTH, "insert into t (a) select a from u on duplicate key update b = u.c",
         "(insert t (columns (column a)) (query (select (items (column a)) (from (table u)))) "
         "(on-duplicate (column b) (column u.c)))"},
        {BOTH, "insert into t (select 1)", "(insert t (query (paren (query (select (items 1))))))"},
        {BOTH, "insert into t (a) (select 1) union (select 2)",
         "(insert t (columns (column a)) (query (set (paren (query (select (items 1)))) union "
         "(paren (query (select (items 2)))))))"},
        {BOTH, "insert into t with c as (select 1) select * from c",
         "(insert t (query (with (cte c (query (select (items 1))))) (select (items *) (from "
         "(table c)))))"},
        {MYSQL, "insert into t (a) values (1) as n (x) on duplicate key update a = n.x",
         "(insert t (columns (column a)) (row 1 /1) (as n) (alias-columns x) (on-duplicate (column "
         "a) (column n.x)))"},
        {MYSQL, "insert into t set a = 1 as n on duplicate key update a = n.a",
         "(insert t (set (column a) 1) (as n) (on-duplicate (column a) (column n.a)))"},
        {MYSQL, "insert into t values row(1), row(2)",
         "(insert t (query (values (row 1 /1) (row /1))))"},
        {MYSQL, "insert into t table u", "(insert t (query (table-of u)))"},
        {MARIADB,
         "insert into t values (1) on duplicate key update a = value(b) returning a, b + 1 c",
         "(insert t (row 1 /1) (on-duplicate (column a) (values-of (column b))) (returning (column "
         "a) (+ (column b) 1) (as c)))"},
        {MARIADB, "insert into t (a) values (ignore)",
         "(insert t (columns (column a)) (row (default) /1))"},
        {BOTH, "replace into t (a) values (1)", "(replace t (columns (column a)) (row 1 /1))"},
        {BOTH, "replace delayed t set a = 1", "(replace t (set (column a) 1))"},
        {MARIADB, "replace t values (1) returning *", "(replace t (row 1 /1) (returning *))"},
    };
    CHECK_CASES(CASES);
}

static void update(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "update t set a = 1, t.b = default where c order by d limit 2",
         "(update (tables (table t)) (set (column a) 1 (column t.b) (default)) (where (column c)) "
         "(order-by (column d)) (limit 2))"},
        {BOTH, "update low_priority ignore d.t as x set x.a = b",
         "(update (tables (table d.t (as x))) (set (column x.a) (column b)))"},
        {BOTH, "update t join u using (a) set t.b = u.c where d",
         "(update-multiple (tables (join (table t) (table u) (using a))) (set (column t.b) (column "
         "u.c)) (where (column d)))"},
        {BOTH, "update t, u set t.a = 1",
         "(update-multiple (tables (table t) (table u)) (set (column t.a) 1))"},
        {BOTH, "update (select 1 a) x, t set t.b = x.a",
         "(update-multiple (tables (derived (query (select (items 1 (as a)))) (as x)) (table t)) "
         "(set (column t.b) (column x.a)))"},
        {MYSQL, "with c as (select 1 a) update t set b = (select a from c)",
         "(update (with (cte c (query (select (items 1 (as a)))))) (tables (table t)) (set (column "
         "b) (subquery (query (select (items (column a)) (from (table c)))))))"},
        {MARIADB, "update t for portion of p from 1 to 2 set a = 1",
         "(update (tables (table t)) (portion p 1 2) (set (column a) 1))"},
        {MARIADB, "update t for portion of p from 1 to 2 as x set a = 1",
         "(update (tables (table t (as x))) (portion p 1 2) (set (column a) 1))"},
    };
    CHECK_CASES(CASES);
}

static void delete (void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "delete from t where a order by b limit 1",
         "(delete (tables (table t)) (where (column a)) (order-by (column b)) (limit 1))"},
        {BOTH, "delete low_priority quick ignore from d.t partition (p) where a",
         "(delete (tables (table d.t (partition p))) (where (column a)))"},
        {BOTH, "delete t, d.u.* from t join d.u on x where a",
         "(delete-from (target t) (target d.u) (tables (join (table t) (table d.u) (on (column "
         "x)))) (where (column a)))"},
        {BOTH, "delete from t, u.* using t join u",
         "(delete-using (target t) (target u) (tables (join (table t) (table u))))"},
        {BOTH, "delete from t.* using t", "(delete-using (target t) (tables (table t)))"},
        {MYSQL, "delete from t as x where x.a",
         "(delete (tables (table t (as x))) (where (column x.a)))"},
        {MYSQL, "delete from t x partition (p)",
         "(delete (tables (table t (partition p) (as x))))"},
        {MYSQL, "with c as (select 1) delete t from t, c",
         "(delete-from (with (cte c (query (select (items 1))))) (target t) (tables (table t) "
         "(table c)))"},
        {MARIADB, "delete from t where a returning a, b",
         "(delete (tables (table t)) (where (column a)) (returning (column a) (column b)))"},
        {MARIADB, "delete history from t before system_time '2020-01-01'",
         "(delete-history (tables (table t)) (portion '2020-01-01'))"},
        {MARIADB, "delete from t for portion of p from 1 to 2",
         "(delete (tables (table t)) (portion p 1 2))"},
    };
    CHECK_CASES(CASES);
}

static void others(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH,
         "load data low_priority local infile 'f' replace into table d.t partition (p) character "
         "set utf8mb4 fields terminated by ',' lines starting by 'x' ignore 1 lines (a, @b, c) set "
         "d = @b, e = default",
         "(load d.t (partition p) (columns (column a) (@ b) (column c)) (set (column d) (@ b) "
         "(column e) (default)))"},
        {BOTH, "load xml infile 'f' into table t rows identified by '<r>'", "(load t)"},
        {MYSQL,
         "load data from infile 'f' count 3 in primary key order into table t parallel = 2 memory "
         "= 1g algorithm = bulk",
         "(load t)"},
        {BOTH, "handler d.t open as x", "(handler-open d.t (as x))"},
        {BOTH, "handler x read i = (1, a) where b limit 1",
         "(handler-read x i (key 1 (column a)) (where (column b)) (limit 1))"},
        {BOTH, "handler x read first", "(handler-read x)"},
        {BOTH, "handler x read `primary` next", "(handler-read x primary)"},
        {BOTH, "handler x close", "(handler-close x)"},
        {BOTH, "call d.p(a, @b, 1 + c)", "(call d.p (column a) (@ b) (+ 1 (column c)))"},
        {BOTH, "call p", "(call p)"},
        {BOTH, "do a, f(b)", "(do (column a) (stored f (column b)))"},
    };
    CHECK_CASES(CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(insert),
        cmocka_unit_test(update),
        cmocka_unit_test(delete),
        cmocka_unit_test(others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
