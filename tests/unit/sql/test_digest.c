/* Normal forms. The right column is what STATEMENT_DIGEST_TEXT() of MySQL 9.7.4 says, but where a
 * test's name tells otherwise. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lex_case.h"

struct digest_row {
    const char *sql;
    const char *form;
};

static struct sg_digest digest_of(struct sg_slice sql, const struct sg_context *context,
                                  size_t limit_bytes, struct sg_arena *arena)
{
    struct sg_digest digest = {0};
    assert_int_equal(sg_digest(sql, context, limit_bytes, arena, &digest), SG_OK);
    return digest;
}

static void expect_form(const char *sql, const struct sg_context *context, const char *form)
{
    struct sg_arena arena;
    sg_arena_init(&arena, 1 << 20);
    struct sg_digest digest = digest_of(sg_slice_of(sql), context, 4096, &arena);
    char found[4097];
    memcpy(found, digest.text.data, digest.text.size);
    found[digest.text.size] = '\0';
    assert_false(digest.truncated);
    if (strcmp(found, form) != 0)
        print_message("statement: %s\n", sql);
    assert_string_equal(found, form);
    sg_arena_fini(&arena);
}

static void expect_forms(const struct digest_row *rows, size_t count, uint32_t sql_mode,
                         enum sg_charset charset)
{
    struct sg_context context = lex_context(&MYSQL, sql_mode, charset);
    for (size_t i = 0; i < count; i++)
        expect_form(rows[i].sql, &context, rows[i].form);
}

#define EXPECT_FORMS(rows, mode)                                                                   \
    expect_forms(rows, sizeof(rows) / sizeof((rows)[0]), mode, SG_CHARSET_UTF8)

static void literals_melt(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select 1", "SELECT ?"},
        {"select 1,'a',2.5,x'41',b'1',0x41,1e5,n'x'", "SELECT ?, ..."},
        {"select 'a' 'b'", "SELECT ? ?"},
        {"select a, 1, b, 2, 3", "SELECT `a` , ? , `b` , ?, ..."},
        {"select _utf8mb4'a', _latin1 x'41'", "SELECT (_charset) ? , (_charset) ?"},
        {"select true,false, date '2020-01-01'", "SELECT TRUE , FALSE , DATE ?"},
        {"insert into t values (1),(2),(3)", "INSERT INTO `t` VALUES (?) /* , ... */"},
        {"insert into t values (1,2),(3,4)", "INSERT INTO `t` VALUES (...) /* , ... */"},
        {"insert into t values (1,a),(2,b)", "INSERT INTO `t` VALUES ( ? , `a` ) , ( ? , `b` )"},
        {"select (1),(2),(3,4),(5,6),7,8", "SELECT (?) /* , ... */ , (...) /* , ... */ , ?, ..."},
        {"select a from t where a in (1) and b in (1,2) and c in (d,1)",
         "SELECT `a` FROM `t` WHERE `a` IN (...) AND `b` IN (...) AND `c` IN ( `d` , ? )"},
        {"select a in (1), (1) from t", "SELECT `a` IN (...) , (?) FROM `t`"},
        {"select * from t where (a,b) in ((1,2),(3,4))",
         "SELECT * FROM `t` WHERE ( `a` , `b` ) IN ( (...) /* , ... */ )"},
        {"values row(1,2),row(3,4)", "VALUES ROW (...) , ROW (...)"},
        {"select f(1),f(1,2),f(a,1,2,b,3,4)",
         "SELECT `f` (?) , `f` (...) , `f` ( `a` , ?, ... , `b` , ?, ... )"},
        {"select * from t limit 1,2", "SELECT * FROM `t` LIMIT ?, ..."},
    };
    EXPECT_FORMS(rows, 0);
}

static void signs_belong_to_numbers_where_the_server_says_so(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select -1, - - +1, a-1, a - -1, -a, -(-1), -'1'",
         "SELECT ?, ... , `a` - ? , `a` - ? , - `a` , - (?) , - ?"},
        {"select a from t where a=-1 and a>-1 and a in (-1,-2) and -1=a or -1",
         "SELECT `a` FROM `t` WHERE `a` = ? AND `a` > ? AND `a` IN (...) AND ? = `a` OR ?"},
        {"select a from t where -1 = a", "SELECT `a` FROM `t` WHERE - ? = `a`"},
        {"select !-1, ~-1, a|-1, a div -1, distinct -1",
         "SELECT ! - ? , ~ - ? , `a` | ? , `a` DIV ? , DISTINCTROW - ?"},
        {"insert into t values (1,-2),(+3,4)", "INSERT INTO `t` VALUES (...) /* , ... */"},
    };
    EXPECT_FORMS(rows, 0);
}

static void null_is_a_literal_or_an_attribute(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select null, 1, a is null, a is not null, not null, -null",
         "SELECT ?, ... , `a` IS NULL , `a` IS NOT NULL , NOT ? , - ?"},
        {"insert into t values (null,1)", "INSERT INTO `t` VALUES (...)"},
        {"update t set a=null where b in (null)", "UPDATE `t` SET `a` = ? WHERE `b` IN (...)"},
        {"create table t (a int null, b binary not null, c int default null, d varchar(3) null)",
         "CREATE TABLE `t` ( `a` INTEGER NULL , `b` BINARY NOT NULL , `c` INTEGER DEFAULT ? , "
         "`d` VARCHARACTER (?) NULL )"},
        {"alter table t add foreign key (a) references x(y) on delete set null",
         "ALTER TABLE `t` ADD FOREIGN KEY ( `a` ) REFERENCES `x` ( `y` ) ON DELETE SET NULL"},
        {"select case when null then null else null end", "SELECT CASE WHEN ? THEN ? ELSE ? END"},
    };
    EXPECT_FORMS(rows, 0);
}

static void ordinals_stay(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select a from t group by 1,2 order by 3 desc, a, 4",
         "SELECT `a` FROM `t` GROUP BY 1 , 2 ORDER BY 3 DESC , `a` , 4"},
        {"select a from t order by 1+1, 2 limit 3, 4",
         "SELECT `a` FROM `t` ORDER BY ? + ? , 2 LIMIT ?, ..."},
        {"select a from t order by (1), '1', 1.5, f(1,2), 3",
         "SELECT `a` FROM `t` ORDER BY (?) , ?, ... , `f` (...) , 3"},
        {"select a from t order by -1", "SELECT `a` FROM `t` ORDER BY - ?"},
        {"select rank() over (partition by 1, 2 order by 1) from t where a in (1,2)",
         "SELECT RANK ( ) OVER ( PARTITION BY 1 , 2 ORDER BY 1 ) FROM `t` WHERE `a` IN (...)"},
        {"select a from t group by rollup(1,2)", "SELECT `a` FROM `t` GROUP BY ROLLUP ( 1 , 2 )"},
        {"select a from t group by 0", "SELECT `a` FROM `t` GROUP BY ?"},
        {"select a from t order by 1 collate utf8mb4_bin",
         "SELECT `a` FROM `t` ORDER BY ? COLLATE `utf8mb4_bin`"},
        {"update t set a=1 order by 1", "UPDATE `t` SET `a` = ? ORDER BY 1"},
    };
    EXPECT_FORMS(rows, 0);
}

static void a_long_ordinal_is_a_literal(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select a from t order by 4111111111111111", "SELECT `a` FROM `t` ORDER BY ?"},
        {"select a from t order by 12345, 1", "SELECT `a` FROM `t` ORDER BY ? , 1"},
    };
    EXPECT_FORMS(rows, 0);
}

static void names_words_and_marks(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select a.b.c,status,`status`,t.status from a.b",
         "SELECT `a` . `b` . `c` , STATUS , `status` , `t` . `status` FROM `a` . `b`"},
        {"select `a``b` from t", "SELECT `a`b` FROM `t`"},
        {"select @a, @`b`, @'c', @@x, @@global.y, @z:=1",
         "SELECT @? , @`b` , @? , @@`x` , @@GLOBAL . `y` , @? := ?"},
        {"grant select on a.* to 'u'@'h', u@h", "GRANT SELECT ON `a` . * TO ? @? , `u` @?"},
        {"select a!=b,a<>b,a&&b,a||b,!a,a->'$.x',a->>'$.y'",
         "SELECT `a` != `b` , `a` != `b` , `a` && `b` , `a` || `b` , ! `a` , `a` -> ? , `a` ->> ?"},
        {"select distinct count( * ),now(),substr(a,1),current_timestamp from t",
         "SELECT DISTINCTROW COUNT ( * ) , NOW ( ) , SUBSTRING ( `a` , ? ) , NOW FROM `t`"},
        {"create database x", "CREATE SCHEMA `x`"},
        {"select {d '2020-01-01'}", "SELECT { `d` ? }"},
        {"select a /* c */ -- d\n, b # e\n/*! , c */ /*!99999 , d */", "SELECT `a` , `b` , `c`"},
        {"select 1;", "SELECT ?"},
        {"select 1; select 2", "SELECT ?"},
        {"", ""},
        {";", ""},
        {"-- only a comment", ""},
    };
    EXPECT_FORMS(rows, 0);
    const struct digest_row ansi[] = {{"select \"a\", 'b'", "SELECT `a` , ?"}};
    EXPECT_FORMS(ansi, SG_MODE_ANSI_QUOTES);
}

static void hints_are_shown_behind_their_word(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select /*+ max_execution_time(1000) SET_VAR(a='x') qb_name(`x y`) */ 'a', -1",
         "SELECT /*+ MAX_EXECUTION_TIME (?) SET_VAR ( `a` = ? ) QB_NAME ( `x y` ) */ ?, ..."},
        {"insert /*+ bka(t1@q1, t2) index(@q1 t1 i1) */ into t values (1)",
         "INSERT /*+ BKA ( `t1`@`q1` , `t2` ) INDEX ( @`q1` `t1` `i1` ) */ INTO `t` VALUES (?)"},
        {"select /*+ bogus(x) */ a", "SELECT /*+ `bogus` ( `x` ) */ `a`"},
        {"select /*+ bka(t1@'secret') */ a", "SELECT `a`"},
        {"select /*+ */ a", "SELECT `a`"},
        {"select a /*+ qb_name(q) */ from t", "SELECT `a` FROM `t`"},
        {"select /* x */ /*+ qb_name(q) */ a", "SELECT `a`"},
        {"select distinct /*+ qb_name(q) */ a", "SELECT DISTINCTROW `a`"},
    };
    EXPECT_FORMS(rows, 0);
    struct sg_context mariadb = lex_context(&MARIADB, 0, SG_CHARSET_UTF8);
    expect_form("select /*+ qb_name(q) */ a", &mariadb, "SELECT `a`");
}

static void what_is_no_hint_stays_hidden(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select /*+ it's a secret */ a", "SELECT `a`"},
        {"select /*+ secret; */ a", "SELECT `a`"},
        {"select /*+ index(t1 'secret') */ a", "SELECT /*+ INDEX ( `t1` ? ) */ `a`"},
        {"select /*+ secret", "SELECT ..."},
    };
    EXPECT_FORMS(rows, 0);
}

static void programs_hold_semicolons(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"create procedure p() begin set @a=1; select 'x'; end",
         "CREATE PROCEDURE `p` ( ) BEGIN SET @? = ? ; SELECT ? ; END"},
        {"create definer=`r`@`h` trigger x before insert on t for each row begin set new.a=1; end;",
         "CREATE DEFINER = `r` @`h` TRIGGER `x` BEFORE INSERT ON `t` FOR EACH ROW BEGIN SET `new` "
         ". `a` = ? ; END"},
    };
    EXPECT_FORMS(rows, 0);
    struct sg_context mariadb = lex_context(&MARIADB, 0, SG_CHARSET_UTF8);
    expect_form("begin not atomic select 1; select 2; end", &mariadb,
                "BEGIN NOT ATOMIC SELECT ? ; SELECT ? ; END");
    expect_form("begin; select 1", &mariadb, "BEGIN");
}

/* --- redaction ------------------------------------------------------------------------------ */

static void nothing_is_shown_from_the_first_quote_on_when_reading_fails(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select a from t where b = 'secret", "SELECT `a` FROM `t` WHERE `b` = ..."},
        {"select a from t where b = 'x' and c = secret 'y", "SELECT `a` FROM `t` WHERE `b` = ..."},
        {"insert into t values ('O'Brien', 'secret'')", "INSERT INTO `t` VALUES ( ..."},
        {"select ` from t where a = 'secret' and `b` = 1", "SELECT ..."},
        {"select a, \"x\" secret \"", "SELECT `a` , ..."},
        {"select a /* secret", "SELECT `a` ..."},
        {"select a from t where b = 1 and c = x'secret'",
         "SELECT `a` FROM `t` WHERE `b` = ? AND `c` = ..."},
        {"'secret", " ..."},
    };
    EXPECT_FORMS(rows, 0);
}

static void names_and_numbers_that_touch_a_string_are_not_believed(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select a from t where b = 'O'Brien and c = 'x'", "SELECT `a` FROM `t` WHERE `b` = ..."},
        {"select a from t where b = O'Brien'", "SELECT `a` FROM `t` WHERE `b` = `O` ..."},
        {"select 'x'5", "SELECT ..."},
        {"select a from t where b like'x%'and c='y'or d=1",
         "SELECT `a` FROM `t` WHERE `b` LIKE ? AND `c` = ? OR `d` = ?"},
    };
    EXPECT_FORMS(rows, 0);
}

static void a_name_with_quotes_is_hidden(void **state)
{
    (void)state;
    const struct digest_row rows[] = {
        {"select `concat('secret', a)` from t", "SELECT `?` FROM `t`"},
        {"select `a\"b` from t", "SELECT `?` FROM `t`"},
    };
    EXPECT_FORMS(rows, 0);
}

static void unknown_settings_hide_what_they_decide(void **state)
{
    (void)state;
    struct sg_context context = lex_context(&MYSQL, SG_MODE_ANSI_QUOTES, SG_CHARSET_UTF8);
    context.sql_mode_unknown = SG_MODE_ANSI_QUOTES;
    expect_form("select a, \"secret\" from t", &context, "SELECT `a` , ...");
    expect_form("select a, 'x' from t", &context, "SELECT `a` , ? FROM `t`");

    context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    context.sql_mode_unknown = SG_MODE_NO_BACKSLASH_ESCAPES;
    expect_form("select 'x\\' , secret, 'y' from t", &context, "SELECT ...");
    expect_form("select 'x', a from t", &context, "SELECT ? , `a` FROM `t`");

    context = lex_context(&MYSQL, 0, SG_CHARSET_GBK);
    context.charset_certainty = SG_UNCERTAIN;
    expect_form("select '\xbf\\' , a from t", &context, "SELECT ...");
    expect_form("select 'x', a from t", &context, "SELECT ? , `a` FROM `t`");
}

static void the_form_is_utf8(void **state)
{
    (void)state;
    const struct digest_row utf8[] = {
        {"select \xc3\xa9, `\xe2\x82\xac` from t", "SELECT `\xc3\xa9` , `\xe2\x82\xac` FROM `t`"},
        {"select `a\xff\xc3` from t", "SELECT `a??` FROM `t`"},
    };
    EXPECT_FORMS(utf8, 0);
    const struct digest_row gbk[] = {
        {"select a\xbf\\b, `\xbf\\` from t", "SELECT `a?b` , `?` FROM `t`"}};
    expect_forms(gbk, 1, 0, SG_CHARSET_GBK);
}

/* --- limits and hashes ---------------------------------------------------------------------- */

static void a_limit_cuts_between_items(void **state)
{
    (void)state;
    const char sql[] = "select aaaa, 'b', cccc from dddd where eeee in (1, 2)";
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    struct sg_arena arena;
    sg_arena_init(&arena, 1 << 20);
    struct sg_digest whole = digest_of(SG_SLICE_LITERAL(sql), &context, 4096, &arena);
    for (size_t limit = 0; limit < whole.text.size + 10; limit++) {
        struct sg_digest cut = digest_of(SG_SLICE_LITERAL(sql), &context, limit, &arena);
        assert_true(cut.text.size <= limit);
        assert_int_equal(cut.hash, whole.hash);
        assert_int_equal(cut.truncated, limit < whole.text.size + 4);
        if (!cut.truncated || limit < 4)
            continue;
        size_t kept = cut.text.size - 4;
        assert_memory_equal(cut.text.data + kept, " ...", 4);
        assert_memory_equal(cut.text.data, whole.text.data, kept);
        assert_true(whole.text.data[kept] == ' ' || kept == 0);
    }
    sg_arena_fini(&arena);
}

static uint64_t hash_of(const char *sql)
{
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    struct sg_arena arena;
    sg_arena_init(&arena, 1 << 20);
    uint64_t hash = digest_of(sg_slice_of(sql), &context, 64, &arena).hash;
    sg_arena_fini(&arena);
    return hash;
}

static void equal_forms_have_equal_hashes(void **state)
{
    (void)state;
    assert_int_equal(hash_of("select a from t where b=1"),
                     hash_of("SELECT a  FROM t WHERE b = 'x'"));
    assert_int_equal(hash_of("select 1,2"), hash_of("select 1,2,3"));
    assert_int_not_equal(hash_of("select a"), hash_of("select b"));
    assert_int_not_equal(hash_of("select `status`"), hash_of("select status"));
    assert_int_not_equal(hash_of("select a, b"), hash_of("select b, a"));
    /* It is written into logs: another value would break what people keep. */
    assert_true(hash_of("select a from t where b = 1") == UINT64_C(0x2bac3dba0c95c004));
}

static void every_ceiling_gives_an_answer(void **state)
{
    (void)state;
    const char sql[] = "select `a``b`, 'x', `\xc3\xa9` from t where a in (1,2,3) order by 1";
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    bool refused = false;
    bool worked = false;
    for (size_t ceiling = 0; ceiling < 4096; ceiling += 64) {
        struct sg_arena arena;
        struct sg_digest digest;
        sg_arena_init(&arena, ceiling);
        enum sg_status status = sg_digest(SG_SLICE_LITERAL(sql), &context, 512, &arena, &digest);
        assert_true(status == SG_OK || status == SG_LIMIT);
        refused |= status == SG_LIMIT;
        worked |= status == SG_OK;
        sg_arena_fini(&arena);
    }
    assert_true(refused && worked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literals_melt),
        cmocka_unit_test(signs_belong_to_numbers_where_the_server_says_so),
        cmocka_unit_test(null_is_a_literal_or_an_attribute),
        cmocka_unit_test(ordinals_stay),
        cmocka_unit_test(a_long_ordinal_is_a_literal),
        cmocka_unit_test(names_words_and_marks),
        cmocka_unit_test(hints_are_shown_behind_their_word),
        cmocka_unit_test(what_is_no_hint_stays_hidden),
        cmocka_unit_test(programs_hold_semicolons),
        cmocka_unit_test(nothing_is_shown_from_the_first_quote_on_when_reading_fails),
        cmocka_unit_test(names_and_numbers_that_touch_a_string_are_not_believed),
        cmocka_unit_test(a_name_with_quotes_is_hidden),
        cmocka_unit_test(unknown_settings_hide_what_they_decide),
        cmocka_unit_test(the_form_is_utf8),
        cmocka_unit_test(a_limit_cuts_between_items),
        cmocka_unit_test(equal_forms_have_equal_hashes),
        cmocka_unit_test(every_ceiling_gives_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
