/* Folders of migrations: which files, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sources/migrations.h"

static char folder[64];

static int begin(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/migrations-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = strchr(path + strlen(folder) + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_order(const char *const *names, size_t count)
{
    struct migrations list;
    struct sg_error error = {.status = SG_OK};
    assert_int_equal(migrations_list(folder, &list, &error), SG_OK);
    assert_int_equal(list.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(list.paths[i] + strlen(folder) + 1, names[i]);
    migrations_fini(&list);
}

/* --- tests --------------------------------------------------------------------------------- */

static void numbers_in_names_count_as_numbers(void **state)
{
    static const char *const ORDER[] = {"1_a.up.sql", "2_b.up.sql", "10_c.up.sql"};
    (void)state;
    for (size_t i = 0; i < 3; i++)
        write_file(ORDER[2 - i], "");
    write_file("1_a.down.sql", "");
    write_file("README.md", "");
    assert_order(ORDER, 3);
}

static void flyway_runs_what_repeats_last(void **state)
{
    static const char *const ORDER[] = {"V1__a.sql", "V1.2__b.sql", "V1.10__c.sql", "R__views.sql"};
    (void)state;
    for (size_t i = 0; i < 4; i++)
        write_file(ORDER[3 - i], "");
    write_file("U1__a.sql", "");
    assert_order(ORDER, 4);
}

static void prisma_has_a_folder_for_each_in_migrations(void **state)
{
    static const char *const ORDER[] = {"migrations/20230101_a/migration.sql",
                                        "migrations/20240101_b/migration.sql"};
    (void)state;
    write_file(ORDER[1], "");
    write_file(ORDER[0], "");
    write_file("migrations/migration_lock.toml", "");
    assert_order(ORDER, 2);
}

static void a_folder_without_migrations_is_none(void **state)
{
    struct migrations list;
    struct sg_error error = {.status = SG_OK};
    (void)state;
    write_file("README.md", "");
    assert_int_equal(migrations_list(folder, &list, &error), SG_INVALID);
    assert_non_null(strstr(error.message, folder));
    error = (struct sg_error){.status = SG_OK};
    assert_int_equal(migrations_list("/there/is/none", &list, &error), SG_SYSTEM);
}

static void breakpoints_end_statements_and_lines_stay(void **state)
{
    char path[4096];
    char readable[4096];
    char text[256] = "";
    int descriptor;
    struct sg_error error = {.status = SG_OK};
    (void)state;
    if (access("/proc/self/fd", F_OK) != 0)
        skip(); /* proc(5) is not mounted here, and what was made from a file has no other name */
    write_file("0000_a.sql", "CREATE TABLE a (i INT)\n--> statement-breakpoint\nSELECT 1");
    (void)snprintf(path, sizeof path, "%s/0000_a.sql", folder);
    assert_int_equal(migrations_open(path, readable, sizeof readable, &descriptor, &error), SG_OK);
    assert_true(descriptor >= 0);
    FILE *file = fopen(readable, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(close(descriptor), 0);
    assert_string_equal(text, "CREATE TABLE a (i INT)\n;                       \nSELECT 1");
    write_file("0001_b.sql", "SELECT 1");
    (void)snprintf(path, sizeof path, "%s/0001_b.sql", folder);
    assert_int_equal(migrations_open(path, readable, sizeof readable, &descriptor, &error), SG_OK);
    assert_int_equal(descriptor, -1);
    assert_string_equal(readable, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(numbers_in_names_count_as_numbers, begin, end),
        cmocka_unit_test_setup_teardown(flyway_runs_what_repeats_last, begin, end),
        cmocka_unit_test_setup_teardown(prisma_has_a_folder_for_each_in_migrations, begin, end),
        cmocka_unit_test_setup_teardown(a_folder_without_migrations_is_none, begin, end),
        cmocka_unit_test_setup_teardown(breakpoints_end_statements_and_lines_stay, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
