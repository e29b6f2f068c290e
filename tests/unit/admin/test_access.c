#include "admin/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void numbers_and_localhost_are_ours(void **state)
{
    static const char *const OURS[] = {"127.0.0.1",   "127.0.0.1:9307", "10.1.2.3:80",
                                       "[::1]:9307",  "[::1]",          "localhost",
                                       "LocalHost:1", "[2001:db8::1]"};

    (void)state;
    for (size_t i = 0; i < sizeof OURS / sizeof OURS[0]; i++)
        if (!access_host_is_ours(OURS[i], "127.0.0.1", NULL))
            fail_msg("%s", OURS[i]);
}

static void other_names_are_not(void **state)
{
    static const char *const OTHERS[] = {
        "",       ":80",           "evil.example",    "localhost.", "127.0.0.1.evil", "[::1",
        "[::1]x", "localhost:80x", "localhost:80:80", "[]",         "127.0.0.1 evil"};

    (void)state;
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++)
        if (access_host_is_ours(OTHERS[i], "127.0.0.1", NULL))
            fail_msg("%s", OTHERS[i]);
    assert_false(access_host_is_ours(NULL, "127.0.0.1", NULL));
}

static void names_that_were_given_are_ours(void **state)
{
    (void)state;
    assert_true(access_host_is_ours("guard.example:1", "guard.example", NULL));
    assert_true(access_host_is_ours("b.example", "a.example", "x.example, B.example"));
    assert_true(access_host_is_ours("b.example", NULL, ",b.example,"));
    assert_false(access_host_is_ours("b.exampl", "a.example", "b.example"));
    assert_false(access_host_is_ours("b.example2", "a.example", "b.example"));
}

static void an_origin_is_the_guard_itself(void **state)
{
    (void)state;
    assert_true(access_origin_is_ours(NULL, "localhost:9307"));
    assert_true(access_origin_is_ours("http://localhost:9307", "localhost:9307"));
    assert_false(access_origin_is_ours("http://localhost:9308", "localhost:9307"));
    assert_false(access_origin_is_ours("https://localhost:9307", "localhost:9307"));
    assert_false(access_origin_is_ours("null", "localhost:9307"));
    assert_false(access_origin_is_ours("http://localhost", NULL));
}

static void a_token_fits_whole(void **state)
{
    (void)state;
    assert_true(access_token_fits("Bearer abc", "abc"));
    assert_true(access_token_fits("bearer abc", "abc"));
    assert_false(access_token_fits(NULL, "abc"));
    assert_false(access_token_fits("Bearer ", ""));
    assert_false(access_token_fits("Bearer ab", "abc"));
    assert_false(access_token_fits("Bearer abcd", "abc"));
    assert_false(access_token_fits("Bearer abd", "abc"));
    assert_false(access_token_fits("abc", "abc"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_and_localhost_are_ours),
        cmocka_unit_test(other_names_are_not),
        cmocka_unit_test(names_that_were_given_are_ours),
        cmocka_unit_test(an_origin_is_the_guard_itself),
        cmocka_unit_test(a_token_fits_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
