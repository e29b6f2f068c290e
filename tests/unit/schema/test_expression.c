/* Expressions in one spelling: what people write, what MySQL and what MariaDB print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/expression.h"

static const struct sg_server MYSQL = {.flavour = SG_FLAVOUR_MYSQL, .version = 90704};
static const struct sg_server MARIADB = {.flavour = SG_FLAVOUR_MARIADB, .version = 101119};

static struct sg_arena arena;

static int begin(void **state)
{
    (void)state;
    sg_arena_init(&arena, (size_t)16 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sg_arena_fini(&arena);
    return 0;
}

static void assert_canonical(const char *text, const struct sg_server *server, const char *wanted)
{
    struct sg_slice found = sg_expression_canonical(sg_slice_of(text), server, 0, &arena);
    char *copy = (char *)(uintptr_t)sg_arena_copy(&arena, found).data;
    assert_string_equal(copy, wanted);
}

/* --- tests --------------------------------------------------------------------------------- */

static void spellings_of_one_expression_are_one(void **state)
{
    static const struct {
        const char *written;
        const char *mysql;
        const char *mariadb;
        const char *canonical;
    } CASES[] = {
        {"a+b*2", "(`a` + (`b` * 2))", "`a` + `b` * 2", "`a` + (`b` * 2)"},
        {"NOW()", "now()", "current_timestamp()", "current_timestamp()"},
        {"CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", "current_timestamp()", "current_timestamp()"},
        {"CURRENT_TIMESTAMP(0)", "CURRENT_TIMESTAMP", "current_timestamp()", "current_timestamp()"},
        {"NOW(3)", "now(3)", "current_timestamp(3)", "current_timestamp(3)"},
        {"CONCAT(a,' ',b)", "concat(`a`,_utf8mb4' ',`b`)", "concat(`a`,' ',`b`)",
         "concat(`a`, ' ', `b`)"},
        {"a != 1 AND b", "((`a` <> 1) and (0 <> `b`))", "`a` <> 1 and `b` <> 0",
         "(`a` <> 1) and `b`"},
        {"NOT (a = 1)", "(`a` <> 1)", "`a` <> 1", "`a` <> 1"},
        {"!a", "(0 = `a`)", "`a` = 0", "`a` = 0"},
        {"a MOD 2", "(`a` % 2)", "`a` % 2", "`a` % 2"},
        {"DATE_ADD(d, INTERVAL 2 HOUR)", "(`d` + interval 2 hour)", "`d` + interval 2 hour",
         "`d` + interval 2 hour"},
        {"CAST(a AS CHAR)", "cast(`a` as char charset utf8mb4)",
         "cast(`a` as char charset utf8mb4)", "cast(`a` as char)"},
        {"'it''s'", "_utf8mb4'it\\'s'", "'it''s'", "'it''s'"},
        {"(a AND b) AND c", "((`a` and `b`) and `c`)", "`a` and `b` and `c`",
         "`a` and `b` and `c`"},
        {"s NOT LIKE 'x%'", "(not((`s` like 'x%')))", "`s` not like 'x%'", "`s` not like 'x%'"},
        {"DATE(d)", "cast(`d` as date)", "cast(`d` as date)", "cast(`d` as date)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_canonical(CASES[i].written, &MYSQL, CASES[i].canonical);
        assert_canonical(CASES[i].written, &MARIADB, CASES[i].canonical);
        assert_canonical(CASES[i].mysql, &MYSQL, CASES[i].canonical);
        assert_canonical(CASES[i].mariadb, &MARIADB, CASES[i].canonical);
    }
}

static void the_canonical_form_is_its_own(void **state)
{
    static const char *const TEXTS[] = {
        "CASE WHEN a > 0 AND b IS NOT NULL OR s LIKE 'x%' THEN 1 ELSE -a END",
        "TRIM(BOTH 'x' FROM s)",
        "IF(a BETWEEN 1 AND 2, s, NULL)",
        "j->>'$.name'",
        "a IN (1, 2, (3 + b))",
        "a XOR (b << 2 | 1)",
        "`odd ``name` + 1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct sg_slice once = sg_expression_canonical(sg_slice_of(TEXTS[i]), &MYSQL, 0, &arena);
        struct sg_slice twice = sg_expression_canonical(once, &MYSQL, 0, &arena);
        assert_true(sg_slice_equal(once, twice));
    }
}

static void what_is_no_expression_comes_back_as_it_is(void **state)
{
    (void)state;
    assert_canonical("not an (expression", &MYSQL, "not an (expression");
    assert_canonical("1, 2", &MYSQL, "1, 2");
    assert_canonical("'open", &MARIADB, "'open");
    assert_canonical("", &MARIADB, "");
}

static void literals_are_told_from_expressions(void **state)
{
    static const struct {
        const char *text;
        const char *value; /* NULL: no literal */
    } CASES[] = {
        {"'it''s'", "it's"}, {"''", ""},       {"5", "5"}, {"- 2.5", "-2.5"},    {"1e3", "1e3"},
        {"'a' + 'b'", NULL}, {"uuid()", NULL}, {"", NULL}, {"'a\\\\b'", "a\\b"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct sg_slice value = SG_SLICE_EMPTY;
        bool literal = sg_expression_is_literal(sg_slice_of(CASES[i].text), &arena, &value);
        assert_int_equal(literal, CASES[i].value != NULL);
        if (literal)
            assert_true(sg_slice_equal(value, sg_slice_of(CASES[i].value)));
    }
}

static void a_ceiling_is_no_crash(void **state)
{
    (void)state;
    for (size_t ceiling = 0; ceiling < 400000; ceiling += ceiling / 3 + 100) {
        struct sg_arena small;
        sg_arena_init(&small, ceiling);
        (void)sg_expression_canonical(SG_SLICE_LITERAL("CONCAT(a, 'b') AND NOT (c = 1)"), &MYSQL, 0,
                                      &small);
        sg_arena_fini(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_one_expression_are_one),
        cmocka_unit_test(the_canonical_form_is_its_own),
        cmocka_unit_test(what_is_no_expression_comes_back_as_it_is),
        cmocka_unit_test(literals_are_told_from_expressions),
        cmocka_unit_test(a_ceiling_is_no_crash),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
