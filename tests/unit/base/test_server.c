/* Version texts of real servers. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <schemaguard/server.h>

static void reads_versions_as_servers_write_them(void **state)
{
    (void)state;
    const struct {
        const char *text;
        enum sg_flavour flavour;
        uint32_t version;
    } rows[] = {
        {"9.7.4-2", SG_FLAVOUR_MYSQL, 90704},
        {"8.0.36-0ubuntu0.22.04.1", SG_FLAVOUR_MYSQL, 80036},
        {"5.7.44-log", SG_FLAVOUR_MYSQL, 50744},
        {"8.0.mysql_aurora.3.05.2", SG_FLAVOUR_MYSQL, 80000},
        {"8.4", SG_FLAVOUR_MYSQL, 80400},
        {"5.5.5-10.11.19-MariaDB-0+deb12u1", SG_FLAVOUR_MARIADB, 101119},
        {"10.11.19-MariaDB-0+deb12u1", SG_FLAVOUR_MARIADB, 101119},
        {"11.8.9-MariaDB-4 from Debian", SG_FLAVOUR_MARIADB, 110809},
        {"11.4.2-mariadb", SG_FLAVOUR_MARIADB, 110402},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sg_server server = {.lower_case_table_names = 2};
        assert_true(sg_server_from_version(sg_slice_of(rows[i].text), &server));
        assert_int_equal(server.flavour, rows[i].flavour);
        assert_int_equal(server.version, rows[i].version);
        assert_int_equal(server.wording, rows[i].flavour == SG_FLAVOUR_MARIADB
                                             ? SG_WORDING_KEYWORDS
                                             : SG_WORDING_PHRASES);
        assert_int_equal(server.lower_case_table_names, 2);
    }
}

static void refuses_what_holds_no_version(void **state)
{
    (void)state;
    const char *texts[] = {"",      "MariaDB",  "x9.7.4", "9", "9.",           "9.x",
                           "0.1.2", "9999.1.1", "-",      ".", "5.5.5-mariadb"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct sg_server server = {.version = 42};
        assert_false(sg_server_from_version(sg_slice_of(texts[i]), &server));
        assert_int_equal(server.version, 42);
    }
    struct sg_server server;
    assert_false(sg_server_from_version(SG_SLICE_EMPTY, &server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_versions_as_servers_write_them),
        cmocka_unit_test(refuses_what_holds_no_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
