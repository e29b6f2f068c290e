/* SHOW, EXPLAIN, and statements about accounts, tables and the server. */
#include "parse_case.h"

static void show(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "show tables", "(show-tables)"},
        {BOTH, "show full tables from d like 'x%'", "(show-tables full (in d) like 'x%')"},
        {BOTH, "show tables where Tables_in_d = 'a'",
         "(show-tables (where (= (column Tables_in_d) 'a')))"},
        {BOTH, "show full columns from t in d where Field = 'a'",
         "(show-columns full t (in d) (where (= (column Field) 'a')))"},
        {BOTH, "show fields in d.t", "(show-columns d.t)"},
        {BOTH, "show index from t where Key_name = 'x'",
         "(show-index t (where (= (column Key_name) 'x')))"},
        {BOTH, "show keys from t from d", "(show-index t (in d))"},
        {BOTH, "show table status like 'x'", "(show-table-status like 'x')"},
        {BOTH, "show open tables from d", "(show-open-tables (in d))"},
        {BOTH, "show triggers where a", "(show-triggers (where (column a)))"},
        {BOTH, "show events from d", "(show-events (in d))"},
        {BOTH, "show databases like 'x'", "(show-databases like 'x')"},
        {BOTH, "show global variables where Variable_name = 'x'",
         "(show-variables (where (= (column Variable_name) 'x')))"},
        {BOTH, "show session status like 'x'", "(show-status like 'x')"},
        {BOTH, "show procedure status where Db = 'x'",
         "(show-procedure-status (where (= (column Db) 'x')))"},
        {BOTH, "show function status", "(show-function-status)"},
        {BOTH, "show collation where a", "(show-collation (where (column a)))"},
        {BOTH, "show character set like 'utf8%'", "(show-character-set like 'utf8%')"},
        {BOTH, "show create table d.t", "(show-create-table d.t)"},
        {BOTH, "show create view v", "(show-create-table v)"},
        {BOTH, "show create database if not exists d", "(show (in d))"},
        {BOTH, "show create procedure d.p", "(show)"},
        {BOTH, "show grants for 'a'@'b'", "(show)"},
        {BOTH, "show full processlist", "(show full)"},
        {BOTH, "show warnings limit 1, 2", "(show (limit 2 (offset 1)))"},
        {BOTH, "show engine innodb status", "(show)"},
        {BOTH, "show binary logs", "(show)"},
        {BOTH, "show count(*) warnings", "(show)"},
        {BOTH, "show plugins", "(show-plugins)"},
        {MARIADB, "show package body status", "(show-package-status)"},
        {MARIADB, "show create sequence s", "(show-create-table s)"},
        {MYSQL, "show extended index from t", "(show-index extended t)"},
    };
    CHECK_CASES(CASES);
}

static void describe(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "describe t", "(describe t)"},
        {BOTH, "desc d.t a", "(describe d.t)"},
        {BOTH, "explain t 'a%'", "(describe t)"},
        {BOTH, "explain select a from t",
         "(explain (query (select (items (column a)) (from (table t)))))"},
        {BOTH, "explain (select a from t) union select 1",
         "(explain (query (set (paren (query (select (items (column a)) (from (table t))))) union "
         "(select (items 1)))))"},
        {BOTH, "explain update t set a = 1",
         "(explain (update (tables (table t)) (set (column a) 1)))"},
        {BOTH, "explain insert into t values (1)", "(explain (insert t (row 1 /1)))"},
        {BOTH, "explain format = json delete from t", "(explain (delete (tables (table t))))"},
        {BOTH, "explain with c as (select 1) select * from c",
         "(explain (query (with (cte c (query (select (items 1))))) (select (items *) (from (table "
         "c)))))"},
        {MYSQL, "explain analyze format = tree select a from t",
         "(explain analyze (query (select (items (column a)) (from (table t)))))"},
        {MYSQL, "explain format=json into @x select a",
         "(explain (query (select (items (column a)))))"},
        {MYSQL, "explain for schema d select a from t",
         "(explain (query (select (items (column a)) (from (table t)))))"},
        {MYSQL, "explain for connection 5", "(explain for-connection)"},
        {MARIADB, "explain extended select a from t",
         "(explain (query (select (items (column a)) (from (table t)))))"},
        {MARIADB, "explain partitions select a from t",
         "(explain (query (select (items (column a)) (from (table t)))))"},
        {MARIADB, "analyze select a from t",
         "(explain analyze (query (select (items (column a)) (from (table t)))))"},
        {MARIADB, "analyze format=json update t set a = 1",
         "(explain analyze (update (tables (table t)) (set (column a) 1)))"},
    };
    CHECK_CASES(CASES);
}

static void administration(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "analyze table t, d.u", "(tables t d.u)"},
        {BOTH, "check table t quick", "(tables t)"},
        {BOTH, "checksum table t extended", "(tables t)"},
        {BOTH, "optimize local table t", "(tables t)"},
        {BOTH, "repair table t use_frm", "(tables t)"},
        {MYSQL, "analyze table t update histogram on a, b with 10 buckets", "(tables t)"},
        {BOTH, "lock tables t read local, d.u as x write, v low_priority write",
         "(lock-tables t d.u (as x) v)"},
        {BOTH, "unlock tables", "(transaction)"},
        {BOTH, "flush tables", "(flush-tables)"},
        {BOTH, "flush tables t, d.u with read lock", "(flush-tables t d.u)"},
        {BOTH, "flush privileges", "(other)"},
        {BOTH, "cache index t index (i), u in c", "(tables t u)"},
        {BOTH, "load index into cache t ignore leaves", "(tables t)"},
        {BOTH, "kill query 5 + a", "(kill (+ 5 (column a)))"},
        {BOTH, "kill connection 7", "(kill 7)"},
        {BOTH, "signal sqlstate '45000' set message_text = 'x', mysql_errno = a",
         "(signal 'x' (column a))"},
        {BOTH, "resignal", "(signal)"},
        {BOTH, "get diagnostics @a = number, b = row_count", "(diagnostics)"},
        {BOTH, "get diagnostics condition 1 @a = message_text", "(diagnostics 1)"},
        {BOTH, "grant select (a, b), insert on d.t to u@h with grant option",
         "(grant d.t (columns (column a) (column b)))"},
        {BOTH, "grant all on *.* to u", "(grant)"},
        {BOTH, "grant r to u", "(grant)"},
        {BOTH, "revoke update (c) on t from u", "(revoke t (columns (column c)))"},
        {BOTH, "grant execute on procedure d.p to u", "(grant d.p)"},
        {BOTH, "reset binary logs and gtids", "(other)"},
        {BOTH, "stop replica", "(other)"},
        {BOTH, "install plugin p soname 'x'", "(other)"},
        {BOTH, "help 'x'", "(other)"},
        {BOTH, "binlog 'x'", "(other)"},
        {MARIADB, "backup lock t", "(backup-lock t)"},
        {MARIADB, "backup stage start", "(other)"},
    };
    CHECK_CASES(CASES);
}

static void more_administration(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "checksum tables t", "(tables t)"},
        {BOTH, "flush no_write_to_binlog tables with read lock", "(flush-tables)"},
        {BOTH, "flush local status", "(other)"},
        {BOTH, "grant 'r'@'h', s to u", "(grant)"},
        {BOTH, "grant usage on d.* to u require ssl", "(grant d)"},
        {BOTH, "grant select on * to u", "(grant)"},
        {BOTH, "grant create temporary tables, alter routine on table d.t to current_user",
         "(grant d.t)"},
        {BOTH, "grant proxy on a to b", "(grant)"},
        {BOTH, "revoke all privileges, grant option from u", "(revoke)"},
        {MYSQL, "revoke if exists select on t from u ignore unknown user", "(revoke t)"},
        {MYSQL, "lock instance for backup", "(transaction)"},
        {MYSQL, "unlock instance", "(transaction)"},
        {MARIADB, "kill hard query id 5", "(kill 5)"},
        {MARIADB, "kill soft user u@h", "(kill)"},
        {MARIADB, "check view v", "(tables v)"},
        {MARIADB, "lock table t write concurrent wait 5", "(lock-tables t)"},
        {MARIADB, "backup unlock", "(other)"},
        {BOTH, "signal c", "(signal)"},
        {BOTH, "resignal sqlstate value '45000' set mysql_errno = 5", "(signal 5)"},
        {BOTH, "get current diagnostics a = number", "(diagnostics)"},
        {MYSQL, "get stacked diagnostics condition @i b = message_text, @c = mysql_errno",
         "(diagnostics (@ i))"},
        {BOTH, "show create user u", "(show)"},
        {BOTH, "show create user", "(show)"},
        {BOTH, "show grants", "(show)"},
        {BOTH, "show grants for u using r", "(show)"},
        {BOTH, "show count(*) errors", "(show)"},
        {BOTH, "show engines", "(show)"},
        {BOTH, "show profile cpu for query 5 limit 1", "(show (limit 1))"},
        {BOTH, "show binlog events in 'x' from 4 limit 1, 2", "(show (limit 2 (offset 1)))"},
        {BOTH, "show columns from t like 'a'", "(show-columns t like 'a')"},
        {MYSQL, "show replica status for channel 'x'", "(show)"},
        {MYSQL, "show create library d.l", "(show)"},
        {MYSQL, "show parse_tree select 1", "(show)"},
        {MARIADB, "show all slaves status", "(show)"},
        {MARIADB, "show explain for 5", "(show)"},
        {MARIADB, "show package status where Db = 'x'",
         "(show-package-status (where (= (column Db) 'x')))"},
        {BOTH, "explain format = 'json' select 1", "(explain (query (select (items 1))))"},
        {MARIADB, "analyze format = json select 1", "(explain analyze (query (select (items 1))))"},
        {MARIADB, "explain for connection 5", "(explain for-connection)"},
    };
    CHECK_CASES(CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(show),
        cmocka_unit_test(describe),
        cmocka_unit_test(administration),
        cmocka_unit_test(more_administration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
