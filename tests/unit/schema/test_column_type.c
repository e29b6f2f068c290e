/* Written types against what the servers show; the integration test asks the servers themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "schema/column_type.h"

static const struct {
    const char *written;
    const char *mysql;
    const char *mariadb;
} TYPES[] = {
    {"INT", "int", "int(11)"},
    {"INTEGER UNSIGNED", "int unsigned", "int(10) unsigned"},
    {"int(7)", "int", "int(7)"},
    {"INT ZEROFILL", "int(10) unsigned zerofill", "int(10) unsigned zerofill"},
    {"TINYINT(1)", "tinyint(1)", "tinyint(1)"},
    {"TINYINT (1) UNSIGNED", "tinyint unsigned", "tinyint(1) unsigned"},
    {"BOOLEAN", "tinyint(1)", "tinyint(1)"},
    {"INT8", "bigint", "bigint(20)"},
    {"SERIAL", "bigint unsigned", "bigint(20) unsigned"},
    {"DECIMAL", "decimal(10,0)", "decimal(10,0)"},
    {"NUMERIC( 8 , 3 )", "decimal(8,3)", "decimal(8,3)"},
    {"DEC(5)", "decimal(5,0)", "decimal(5,0)"},
    {"DOUBLE PRECISION", "double", "double"},
    {"FLOAT(24)", "float", "float"},
    {"FLOAT(25)", "double", "double"},
    {"FLOAT(7,2)", "float(7,2)", "float(7,2)"},
    {"CHAR", "char(1)", "char(1)"},
    {"character varying(5)", "varchar(5)", "varchar(5)"},
    {"NATIONAL VARCHAR(9)", "varchar(9)", "varchar(9)"},
    {"VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin", "varchar(9)", "varchar(9)"},
    {"CHAR(4) BYTE", "binary(4)", "binary(4)"},
    {"TEXT CHARACTER SET binary", "blob", "blob"},
    {"LONG VARCHAR", "mediumtext", "mediumtext"},
    {"LONG VARBINARY", "mediumblob", "mediumblob"},
    {"BLOB(70000)", "mediumblob", "mediumblob"},
    {"DATETIME(3)", "datetime(3)", "datetime(3)"},
    {"TIMESTAMP(0)", "timestamp", "timestamp"},
    {"YEAR", "year", "year(4)"},
    {"JSON", "json", "longtext"},
    {"ENUM('a', 'it''s', \"b,c\")", "enum('a','it''s','b,c')", "enum('a','it''s','b,c')"},
    {"SET('x','a\\'b')", "set('x','a''b')", "set('x','a''b')"},
    {"GEOMETRYCOLLECTION", "geomcollection", "geometrycollection"},
    {"BIT", "bit(1)", "bit(1)"},
    {"made_up(3)", "made_up(3)", "made_up(3)"},
    {"", "", ""},
    {"ENUM('unterminated", "enum('unterminated')", "enum('unterminated')"},
    {"a_name_that_is_longer_than_any_type_that_there_is", "a_name_that_is_longer_t",
     "a_name_that_is_longer_t"},
};

static void types_are_shown_as_the_servers_show_them(void **state)
{
    (void)state;
    const struct sg_server mysql = {.flavour = SG_FLAVOUR_MYSQL, .version = 90704};
    const struct sg_server mariadb = {.flavour = SG_FLAVOUR_MARIADB, .version = 101119};
    struct sg_arena arena;
    char shown[128];
    sg_arena_init(&arena, 1 << 20);
    for (size_t i = 0; i < sizeof TYPES / sizeof TYPES[0]; i++) {
        struct sg_slice type = sg_column_type(sg_slice_of(TYPES[i].written), &mysql, &arena);
        snprintf(shown, sizeof shown, "%.*s", (int)type.size, type.data);
        assert_string_equal(shown, TYPES[i].mysql);
        type = sg_column_type(sg_slice_of(TYPES[i].written), &mariadb, &arena);
        snprintf(shown, sizeof shown, "%.*s", (int)type.size, type.data);
        assert_string_equal(shown, TYPES[i].mariadb);
    }
    sg_arena_fini(&arena);
}

static void integers_make_rowid_and_others_do_not(void **state)
{
    (void)state;
    static const char *const YES[] = {"int", "bigint(20) unsigned", "tinyint(1)", "year(4)",
                                      "bit(8)"};
    static const char *const NO[] = {"decimal(10,0)", "varchar(3)", "date", "",
                                     "integer",       "points"};
    for (size_t i = 0; i < sizeof YES / sizeof YES[0]; i++)
        assert_true(sg_column_type_is_integer(sg_slice_of(YES[i])));
    for (size_t i = 0; i < sizeof NO / sizeof NO[0]; i++)
        assert_false(sg_column_type_is_integer(sg_slice_of(NO[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_shown_as_the_servers_show_them),
        cmocka_unit_test(integers_make_rowid_and_others_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
