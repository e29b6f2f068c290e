/* Shapes: which literals are taken out, where it gives up, and that neither depends on where in a
 * block of the scanner something stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lex_case.h"
#include "sql/shape.h"

/* The shape with its marks as #s #i #d, lists #S #I; "" when there is none. */
static const char *shape_in(const struct sg_context *context, struct sg_slice text)
{
    static const char MARKS[] = "?sidSI";
    static char shown[4096];
    char *bytes = malloc(text.size ? text.size : 1); /* its own, so that ASan sees its end */
    unsigned char out[2048];
    char *at = shown;
    assert_non_null(bytes);
    assert_true(text.size + SG_SHAPE_SLACK <= sizeof out);
    memcpy(bytes, text.data, text.size);
    size_t size = sg_shape(sg_slice_make(bytes, text.size), context, out);
    free(bytes);
    assert_true(size <= text.size);
    for (size_t i = 0; i < size; i++) {
        if (out[i] >= sizeof MARKS - 1 || out[i] == 0) {
            *at++ = (char)out[i];
        } else {
            *at++ = '#';
            *at++ = MARKS[out[i]];
        }
    }
    *at = '\0';
    return shown;
}

static const char *shape(const char *text)
{
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    return shape_in(&context, sg_slice_of(text));
}

static const char *shape_under(uint32_t sql_mode, enum sg_charset charset, const char *text)
{
    struct sg_context context = lex_context(&MYSQL, sql_mode, charset);
    return shape_in(&context, sg_slice_of(text));
}

static void test_values_are_taken_out(void **state)
{
    (void)state;
    assert_string_equal(shape("SELECT a FROM t WHERE id=42"), "SELECT a FROM t WHERE id=#i");
    assert_string_equal(shape("SELECT a FROM t WHERE id = 42 AND b = 'x'"),
                        "SELECT a FROM t WHERE id = #i AND b = #s");
    assert_string_equal(shape("select f(1, 'a', 2.5) from t where a < -3"),
                        "select f(#i, #s, #d) from t where a < -#i");
    assert_string_equal(shape("SELECT a FROM t LIMIT 21 OFFSET 40"),
                        "SELECT a FROM t LIMIT #i OFFSET #i");
    assert_string_equal(shape("SELECT a FROM t WHERE a BETWEEN 1 AND 2 OR b LIKE 'x%'"),
                        "SELECT a FROM t WHERE a BETWEEN #i AND #i OR b LIKE #s");
    assert_string_equal(shape("SELECT CASE WHEN 1 THEN 'a' ELSE 'b' END"),
                        "SELECT CASE WHEN #i THEN #s ELSE #s END");
    assert_string_equal(shape("insert into t (a) values (1,'a'), (2,'b')"),
                        "insert into t (a) values (#i,#s), (#i,#s)");
    assert_string_equal(shape("UPDATE `t` SET a='x', n=n+1 WHERE id=5;"),
                        "UPDATE `t` SET a=#s, n=n+#i WHERE id=#i;");
    assert_string_equal(shape("/* app:web */ DELETE FROM t WHERE a=\"x\""),
                        "/**/ DELETE FROM t WHERE a=#s");
}

static void test_of_comments_the_marks_stay(void **state)
{
    (void)state;
    assert_string_equal(shape("SELECT a FROM t WHERE id=4 /*trace='00-4bf92f', it`s (5)*/"),
                        "SELECT a FROM t WHERE id=#i /**/");
    assert_string_equal(shape("SELECT a /**/, b/***/ FROM/*x*/t/* 7 * / ** */WHERE c = 1"),
                        "SELECT a /**/, b/**/ FROM/**/t/**/WHERE c = #i");
    assert_string_equal(shape("SELECT a /* mobile */, b /*m*/ FROM t"),
                        "SELECT a /**/, b /**/ FROM t");
    assert_string_equal(shape("SELECT /*+ NO_ICP(t) */ a /* + */ FROM t"),
                        "SELECT /*+ NO_ICP(t) */ a /**/ FROM t");
    /* What stands behind a comment could be anything. */
    assert_string_equal(shape("SELECT a /* , */ 'b', c = /* ( */ 2 FROM t"),
                        "SELECT a /**/ 'b', c = /**/ 2 FROM t");
    assert_string_equal(shape("SELECT a FROM t WHERE a IN /* IN */ (1, 2)"),
                        "SELECT a FROM t WHERE a IN /**/ (#i, #i)");
    assert_string_equal(shape("SELECT a /* 1"), "");
}

static void test_lists_behind_in_are_one(void **state)
{
    (void)state;
    assert_string_equal(shape("SELECT a FROM t WHERE id IN (1, 2, 3)"),
                        "SELECT a FROM t WHERE id IN (#I)");
    assert_string_equal(shape("SELECT a FROM t WHERE id in(1,2) AND b NOT IN ( 'a' , 'b' )"),
                        "SELECT a FROM t WHERE id in(#I) AND b NOT IN ( #S)");
    assert_string_equal(shape("SELECT a FROM t WHERE id IN (1)"),
                        "SELECT a FROM t WHERE id IN (#i)");
    assert_string_equal(shape("SELECT a FROM t WHERE id IN (1, 'a', 2)"),
                        "SELECT a FROM t WHERE id IN (#i, #s, #i)");
    assert_string_equal(shape("SELECT a FROM t WHERE id IN (1, 2, a)"),
                        "SELECT a FROM t WHERE id IN (#i, #i, a)");
    assert_string_equal(shape("SELECT a FROM t WHERE id IN (1, 2"),
                        "SELECT a FROM t WHERE id IN (#i, #i");
    assert_string_equal(shape("SELECT db.in (1, 2)"), "SELECT db.in (#i, #i)");
}

/* A literal there could be a name, a format, a position, or part of a longer token. */
static void test_what_may_not_be_a_value_stays(void **state)
{
    static const char *const TEXTS[] = {
        "SELECT a 'b' FROM t",
        "SELECT a AS 'b' FROM t",
        "SELECT 'a', t.* FROM t ORDER BY 2",
        "SELECT t.like 'x' FROM t",
        "SELECT xor_and 'x' FROM t",
        "SELECT a FROM t WHERE b = _utf8mb4 'x'",
        "SELECT a FROM t WHERE b = DATE '2020-01-01'",
        "SELECT a FROM t WHERE b = 0x1F",
        "SELECT a FROM t WHERE b = 1e5",
        "SELECT a FROM t WHERE b = 1.",
        "SELECT a FROM t WHERE b = .5",
        "SELECT a FROM t WHERE t.1st = b1",
        "SELECT a FROM `t1` WHERE `it's 5 = 6`",
        "SELECT a->'$.b', a->>'$.c' FROM t",
        "SELECT a FROM t WHERE b COLLATE 'utf8mb4_bin'",
        "SET autocommit=1",
        "SHOW TABLES LIKE 'x'",
        "EXPLAIN FORMAT='json' SELECT 1 = 1",
        "SELECTED FROM t WHERE a = 1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        assert_string_equal(shape(TEXTS[i]), TEXTS[i]);
    assert_string_equal(shape("SELECT 1 FROM t WHERE a = 'x' 'y'"),
                        "SELECT 1 FROM t WHERE a = #s 'y'");
}

static void test_what_takes_a_lexer_has_no_shape(void **state)
{
    static const char *const TEXTS[] = {
        "",
        "SELECT 1; SELECT 2",
        "SELECT @a = 1",
        "SELECT a FROM t WHERE b = N'x'",
        "SELECT a FROM t WHERE b = x'1F'",
        "SELECT a FROM t WHERE b = $$x$$",
        "SELECT \\N",
        "SELECT 1 # x",
        "SELECT 1 -- x",
        "SELECT /*! 1 */ 2",
        "SELECT /*!80000 1 */ 2",
        "SELECT /*M!100000 1 */ 2",
        "SELECT /* 1",
        "SELECT /*",
        "SELECT a FROM t WHERE b = 'x",
        "SELECT a FROM t WHERE b = 'x\\",
        "SELECT a FROM t WHERE b = 'x\\'",
        "SELECT `a FROM t",
        "SELECT 1 \001",
        "SELECT \303\244 FROM t",
    };
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        assert_string_equal(shape(TEXTS[i]), "");
    assert_string_equal(shape_under(SG_MODE_MSSQL, SG_CHARSET_UTF8, "SELECT [a]"), "");
    assert_string_equal(shape_under(SG_MODE_ORACLE, SG_CHARSET_UTF8, "SELECT 1"), "");
    assert_string_equal(shape_under(0, SG_CHARSET_GBK, "SELECT a FROM t WHERE b = 'x'"), "");
}

static void test_quotes_follow_the_mode(void **state)
{
    (void)state;
    assert_string_equal(shape_under(SG_MODE_ANSI_QUOTES, SG_CHARSET_UTF8,
                                    "SELECT \"it's 1\" FROM t WHERE b = 'x' AND \"c\" = 5"),
                        "SELECT \"it's 1\" FROM t WHERE b = #s AND \"c\" = #i");
    assert_string_equal(shape("SELECT a FROM t WHERE b = 'it''s \\' 5' AND c = \"5'6\""),
                        "SELECT a FROM t WHERE b = #s AND c = #s");
    assert_string_equal(shape_under(SG_MODE_NO_BACKSLASH_ESCAPES, SG_CHARSET_UTF8,
                                    "SELECT a FROM t WHERE b = 'c:\\' AND d = 'e'"),
                        "SELECT a FROM t WHERE b = #s AND d = #s");
    assert_string_equal(shape_under(0, SG_CHARSET_SINGLE_BYTE,
                                    "SELECT `\344` FROM t WHERE b = '\344' AND `b``c` = 1"),
                        "SELECT `\344` FROM t WHERE b = #s AND `b``c` = #i");
}

static void test_what_an_unknown_mode_reads_in_two_ways_has_no_shape(void **state)
{
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    (void)state;
    context.sql_mode_unknown = SG_MODE_ANSI_QUOTES | SG_MODE_NO_BACKSLASH_ESCAPES;
    assert_string_equal(shape_in(&context, sg_slice_of("SELECT a FROM t WHERE b = \"x\"")), "");
    assert_string_equal(shape_in(&context, sg_slice_of("SELECT a FROM t WHERE b = 'x\\''")), "");
    assert_string_equal(shape_in(&context, sg_slice_of("SELECT a FROM t WHERE b = 'x'")),
                        "SELECT a FROM t WHERE b = #s");
}

/* Wherever the scanner's blocks end: with that many spaces in front the shape is the same one. */
static void test_a_place_in_a_block_does_not_matter(void **state)
{
    static const char TEXT[] =
        "SELECT `a1`, `b``2`, c3 FROM `t` /* it's 7 */ WHERE `x`.`y` = 'l`o' AND z IN (10, 20) "
        "AND w = 12345.678 AND v = 'a string that is long enough to reach over a block or two, 9' "
        "AND `u'5` = \"q`r\" LIMIT 5";
    static const char SHAPE[] =
        "SELECT `a1`, `b``2`, c3 FROM `t` /**/ WHERE `x`.`y` = #s AND z IN (#I) "
        "AND w = #d AND v = #s AND `u'5` = #s LIMIT #i";
    char text[1024];
    (void)state;
    for (size_t spaces = 0; spaces <= 130; spaces++) {
        memset(text, ' ', spaces);
        memcpy(text + spaces, TEXT, sizeof TEXT);
        const char *found = shape(text);
        assert_string_equal(found + spaces, SHAPE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_are_taken_out),
        cmocka_unit_test(test_of_comments_the_marks_stay),
        cmocka_unit_test(test_what_an_unknown_mode_reads_in_two_ways_has_no_shape),
        cmocka_unit_test(test_lists_behind_in_are_one),
        cmocka_unit_test(test_what_may_not_be_a_value_stays),
        cmocka_unit_test(test_what_takes_a_lexer_has_no_shape),
        cmocka_unit_test(test_quotes_follow_the_mode),
        cmocka_unit_test(test_a_place_in_a_block_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
