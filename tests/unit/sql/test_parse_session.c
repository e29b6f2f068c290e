/* Statements that change the session. */
#include "parse_case.h"

static void use_and_set(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "use d", "(use d)"},
        {BOTH, "use `a b`", "(use `a b`)"},
        {BOTH, "set @a = 1, @b := a + 1, @`x y` = (select 1)",
         "(set (@ a 1) (@ b (+ (column a) 1)) (@ `x y` (subquery (query (select (items 1))))))"},
        {BOTH,
         "set autocommit = 1, global x = 2, @@session.y = default, local z = on, session sql_mode "
         "= 'ANSI', @@a = b",
         "(set (variable autocommit 1) (variable global x 2) (variable session y (default)) "
         "(variable session z (word on)) (variable session sql_mode 'ANSI') (variable a (word "
         "b)))"},
        {BOTH,
         "set sql_mode = ansi, @@sql_mode = concat(@@sql_mode, ',ANSI_QUOTES'), k.key_buffer_size "
         "= 1",
         "(set (variable sql_mode (word ansi)) (variable sql_mode (call concat (@@ sql_mode) "
         "',ANSI_QUOTES')) (variable k.key_buffer_size 1))"},
        {BOTH,
         "set names utf8mb4 collate utf8mb4_bin, character set latin1, charset 'gbk', names "
         "default, names binary",
         "(set (names (word utf8mb4)) (character-set (word latin1)) (character-set 'gbk') (names "
         "(default)) (names (word binary)))"},
        {MYSQL, "set persist x = 1, @@persist_only.y = 2",
         "(set (variable persist x 1) (variable persist-only y 2))"},
        {BOTH, "set transaction isolation level read committed, read only", "(set (other))"},
        {BOTH, "set session transaction isolation level serializable", "(set (other session))"},
        {BOTH, "set password for 'a'@'b' = 'x'", "(set (other 'x'))"},
        {BOTH, "set role all except a, b@c", "(set (other))"},
        {MYSQL, "set default role r to u@h", "(set (other))"},
        {MARIADB, "set statement max_statement_time = 1, sort_buffer_size = 2 for select a from t",
         "(set (variable max_statement_time 1) (variable sort_buffer_size 2) (query (select (items "
         "(column a)) (from (table t)))))"},
    };
    CHECK_CASES(CASES);
}

static void prepared(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "prepare s from 'select 1'", "(prepare s 'select 1')"},
        {BOTH, "prepare s from @a", "(prepare s (@ a))"},
        {MARIADB, "prepare s from concat('a', b)", "(prepare s (call concat 'a' (column b)))"},
        {BOTH, "execute s using @a, @b", "(execute s (using (@ a) (@ b)))"},
        {BOTH, "execute s", "(execute s)"},
        {MARIADB, "execute immediate 'select ?' using 1 + a, default",
         "(execute-immediate 'select ?' (using (+ 1 (column a)) (default)))"},
        {BOTH, "deallocate prepare s", "(deallocate s)"},
        {BOTH, "drop prepare s", "(deallocate s)"},
    };
    CHECK_CASES(CASES);
}

static void transactions(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "begin work", "(transaction)"},
        {BOTH, "start transaction with consistent snapshot, read only", "(transaction)"},
        {BOTH, "commit and no chain no release", "(transaction)"},
        {BOTH, "rollback work to savepoint s", "(transaction)"},
        {BOTH, "savepoint s", "(transaction)"},
        {BOTH, "release savepoint s", "(transaction)"},
        {BOTH, "xa start 'a', 'b', 1 join", "(transaction)"},
        {BOTH, "xa end 'a' suspend for migrate", "(transaction)"},
        {BOTH, "xa commit 'a' one phase", "(transaction)"},
        {MYSQL, "xa recover convert xid", "(transaction)"},
    };
    CHECK_CASES(CASES);
}

static void nothing(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "/* only this */", "(empty)"},
    };
    CHECK_CASES(CASES);
}

static void more_set(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "set local transaction read write, isolation level repeatable read",
         "(set (other session))"},
        {BOTH, "set global transaction isolation level read uncommitted", "(set (other global))"},
        {BOTH,
         "set @@global.x = 1, @@local.y = 2, @@d.key_buffer_size = 3, session x := all, y = row, z "
         "= binary",
         "(set (variable global x 1) (variable session y 2) (variable d.key_buffer_size 3) "
         "(variable session x (word all)) (variable y (word row)) (variable z (word binary)))"},
        {BOTH, "set default.key_buffer_size = 1", "(set (variable default.key_buffer_size 1))"},
        {BOTH, "set password = 'x'", "(set (other 'x'))"},
        {BOTH, "set role none", "(set (other))"},
        {BOTH, "set role default", "(set (other))"},
        {BOTH, "set role 'a'@'b', c", "(set (other))"},
        {BOTH, "set character set default", "(set (character-set (default)))"},
        {BOTH, "set charset binary", "(set (character-set (word binary)))"},
        {BOTH, "set names 'utf8mb4'", "(set (names 'utf8mb4'))"},
        {MYSQL, "set password to random", "(set (other))"},
        {MYSQL, "set password for current_user() = 'a' replace 'b' retain current password",
         "(set (other 'a'))"},
        {MYSQL, "set default role all to u, v", "(set (other))"},
        {MYSQL, "set default role none to u", "(set (other))"},
        {MYSQL, "set resource group g for 1, 2", "(set (other))"},
        {MYSQL, "set @@persist.x = default", "(set (variable persist x (default)))"},
        {MARIADB, "set default role r for u@h", "(set (other))"},
        {MARIADB, "set @x = 1, statement = 5", "(set (@ x 1) (variable statement 5))"},
        {BOTH, "set transaction = 5", "(set (variable transaction 5))"},
        {MARIADB, "execute s using ignore, default", "(execute s (using (default) (default)))"},
    };
    CHECK_CASES(CASES);
}

static void more_transactions(void **state)
{
    (void)state;
    static const struct parse_case CASES[] = {
        {BOTH, "begin", "(transaction)"},
        {BOTH, "rollback", "(transaction)"},
        {BOTH, "rollback and chain", "(transaction)"},
        {BOTH, "rollback to s", "(transaction)"},
        {BOTH, "commit work release", "(transaction)"},
        {BOTH, "start transaction", "(transaction)"},
        {BOTH, "start transaction read write", "(transaction)"},
        {BOTH, "xa begin x'41'", "(transaction)"},
        {BOTH, "xa prepare 'a', b'1', 0x1", "(transaction)"},
        {BOTH, "xa rollback 'a'", "(transaction)"},
        {BOTH, "xa end 'a' suspend", "(transaction)"},
        {BOTH, "xa start 'a' resume", "(transaction)"},
        {BOTH, "xa recover", "(transaction)"},
        {MARIADB, "xa recover format = 'sql'", "(transaction)"},
    };
    CHECK_CASES(CASES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(use_and_set),  cmocka_unit_test(prepared),
        cmocka_unit_test(transactions), cmocka_unit_test(nothing),
        cmocka_unit_test(more_set),     cmocka_unit_test(more_transactions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
