/* sql_mode as the servers write it and take it. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <schemaguard/check.h>

#define ANSI (SG_MODE_ANSI_QUOTES | SG_MODE_PIPES_AS_CONCAT | SG_MODE_IGNORE_SPACE)

static void reads_lists_of_names(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint32_t mysql;
        uint32_t mariadb;
    } rows[] = {
        {"", 0, 0},
        {"STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION", 0, 0},
        {"ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_DATE", SG_MODE_ONLY_FULL_GROUP_BY,
         SG_MODE_ONLY_FULL_GROUP_BY},
        {"ansi_quotes", SG_MODE_ANSI_QUOTES, SG_MODE_ANSI_QUOTES},
        {",ANSI_QUOTES,,IGNORE_SPACE,", SG_MODE_ANSI_QUOTES | SG_MODE_IGNORE_SPACE,
         SG_MODE_ANSI_QUOTES | SG_MODE_IGNORE_SPACE},
        {"HIGH_NOT_PRECEDENCE,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT",
         SG_MODE_HIGH_NOT_PRECEDENCE | SG_MODE_NO_BACKSLASH_ESCAPES | SG_MODE_PIPES_AS_CONCAT,
         SG_MODE_HIGH_NOT_PRECEDENCE | SG_MODE_NO_BACKSLASH_ESCAPES | SG_MODE_PIPES_AS_CONCAT},
        {"ANSI", ANSI | SG_MODE_ONLY_FULL_GROUP_BY, ANSI},
        {"TRADITIONAL", 0, 0},
        {"ORACLE", ANSI, ANSI | SG_MODE_ORACLE},
        {"MSSQL", ANSI, ANSI | SG_MODE_MSSQL},
        {"DB2", ANSI, ANSI},
        {"POSTGRESQL", ANSI, ANSI},
        {"ANSI_QUOTE", 0, 0},
        {" ANSI_QUOTES", 0, 0},
        {",", 0, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sg_slice text = sg_slice_of(rows[i].text);
        assert_int_equal(sg_sql_mode_from_text(text, SG_FLAVOUR_MYSQL), rows[i].mysql);
        assert_int_equal(sg_sql_mode_from_text(text, SG_FLAVOUR_MARIADB), rows[i].mariadb);
    }
    assert_int_equal(sg_sql_mode_from_text(SG_SLICE_EMPTY, SG_FLAVOUR_MYSQL), 0);
}

static void reads_numbers(void **state)
{
    (void)state;
    const struct {
        const char *text;
        uint32_t mariadb;
    } rows[] = {
        {"0", 0},
        {"4", SG_MODE_ANSI_QUOTES},
        {"12", SG_MODE_ANSI_QUOTES | SG_MODE_IGNORE_SPACE},
        {"1048576", SG_MODE_NO_BACKSLASH_ESCAPES},
        {"1436549152", SG_MODE_ONLY_FULL_GROUP_BY},
        {"512", ANSI | SG_MODE_ORACLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(sg_sql_mode_from_text(sg_slice_of(rows[i].text), SG_FLAVOUR_MARIADB),
                         rows[i].mariadb);
    /* No server takes it; it must only not go wrong. */
    sg_sql_mode_from_text(SG_SLICE_LITERAL("99999999999999999999999999"), SG_FLAVOUR_MYSQL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lists_of_names),
        cmocka_unit_test(reads_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
