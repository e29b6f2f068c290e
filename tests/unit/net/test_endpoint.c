#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/endpoint.h"

static void an_endpoint_is_shown_as_people_write_it(void **state)
{
    (void)state;
    static const struct {
        struct endpoint endpoint;
        const char *shown;
    } cases[] = {
        {{.host = "db.example", .port = 3307}, "db.example:3307"},
        {{.host = "127.0.0.1", .port = 1}, "127.0.0.1:1"},
        {{.host = "localhost"}, "localhost:0"},
        {{.host = "", .port = 3306}, "*:3306"},
        {{.host = "::1", .port = 65535}, "[::1]:65535"},
        {{.host = "fe80::1%eth0", .port = 3306}, "[fe80::1%eth0]:3306"},
        {{.is_path = true, .path = "/run/x.sock"}, "/run/x.sock"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[ENDPOINT_TEXT_MAX];
        assert_string_equal(endpoint_text(&cases[i].endpoint, text), cases[i].shown);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_shown_as_people_write_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
