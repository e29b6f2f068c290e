/* mysql:// URLs and option files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sources/flavour.h"
#include "sources/source.h"

static void expect(const char *text, const char *user, const char *password, const char *host,
                   unsigned port, const char *database)
{
    struct source_url url;
    struct sg_error error = {0};
    if (source_url_parse(text, &url, &error) != SG_OK)
        fail_msg("%s: %s", text, error.message);
    assert_string_equal(url.user ? url.user : "-", user);
    assert_string_equal(url.password ? url.password : "-", password);
    assert_string_equal(url.host ? url.host : "-", host);
    assert_int_equal(url.port, port);
    assert_string_equal(url.database ? url.database : "-", database);
    source_url_fini(&url);
}

static void urls_are_taken_apart(void **state)
{
    (void)state;
    expect("mysql://app@db:3307/shop", "app", "-", "db", 3307, "shop");
    expect("mysql://app:se%40cret%3A@db/shop", "app", "se@cret:", "db", 3306, "shop");
    expect("mysql://a:b@c@db/x", "a", "b@c", "db", 3306, "x");
    expect("mysql://db", "-", "-", "db", 3306, "-");
    expect("mysql://db/", "-", "-", "db", 3306, "-");
    expect("mysql://u@[::1]:3308", "u", "-", "::1", 3308, "-");
    expect("mysql://u@/shop?socket=/run/my%20sql.sock", "u", "-", "-", 3306, "shop");
    expect("mysql://u%zz@db/100%", "u%zz", "-", "db", 3306, "100%");
}

static void wrong_urls_say_why(void **state)
{
    (void)state;
    static const char *const WRONG[] = {
        "postgres://x",        "mysql://",          "mysql://u@",
        "mysql://db:0",        "mysql://db:99999",  "mysql://db:x",
        "mysql://db:12x/shop", "mysql://[::1/shop", "mysql://db?tls=1"};
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct source_url url;
        struct sg_error error = {0};
        if (source_url_parse(WRONG[i], &url, &error) != SG_INVALID)
            fail_msg("%s was taken", WRONG[i]);
        assert_true(strlen(error.message) > 5);
    }
}

static void option_files_tell_user_and_password(void **state)
{
    (void)state;
    char path[] = "/tmp/schemaguard-options-XXXXXX";
    int fd = mkstemp(path);
    static const char TEXT[] =
        "user=outside\n[mysqld]\nuser=mysql\n[client]\n# user=no\nuser = app\n"
        "password = \"a#b\\sc\\\\\"\n[client-server]\nhost='h'\n[other]\nuser=x\n";
    struct sg_error error = {0};
    assert_int_equal(write(fd, TEXT, sizeof TEXT - 1), (ssize_t)sizeof TEXT - 1);
    close(fd);
    char *user = source_option(path, "user", &error);
    char *password = source_option(path, "password", &error);
    char *host = source_option(path, "host", &error);
    assert_string_equal(user, "app");
    assert_string_equal(password, "a#b c\\");
    assert_string_equal(host, "h");
    assert_null(source_option(path, "port", &error));
    assert_int_equal(error.status, SG_OK);
    assert_null(source_option("/no/such/file", "user", &error));
    assert_int_equal(error.status, SG_SYSTEM);
    free(user);
    free(password);
    free(host);
    unlink(path);
}

static void flavours_have_names(void **state)
{
    (void)state;
    struct sg_server server = {.lower_case_table_names = 2};
    size_t count;
    const struct flavour *flavours = flavour_list(&count);
    for (size_t i = 0; i < count; i++)
        assert_true(flavour_find(flavours[i].name, &server));
    assert_true(flavour_find("mysql-8.0", &server));
    assert_int_equal(server.version / 100, 800);
    assert_int_equal(server.lower_case_table_names, 2);
    assert_true(flavour_find("mariadb-10.11", &server));
    assert_int_equal(server.flavour, SG_FLAVOUR_MARIADB);
    assert_false(flavour_find("oracle", &server));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(wrong_urls_say_why),
        cmocka_unit_test(option_files_tell_user_and_password),
        cmocka_unit_test(flavours_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
