#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/endpoint.h"

static void addresses_are_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host;
        unsigned port;
        const char *shown;
        bool is_local;
    } cases[] = {
        {"db.example:3307", "db.example", 3307, "db.example:3307", false},
        {"db.example", "db.example", 3306, "db.example:3306", false},
        {"127.0.0.1:1", "127.0.0.1", 1, "127.0.0.1:1", true},
        {"127.8.9.1", "127.8.9.1", 3306, "127.8.9.1:3306", true},
        {"10.0.0.7:65535", "10.0.0.7", 65535, "10.0.0.7:65535", false},
        {"localhost:0", "localhost", 0, "localhost:0", true},
        {"LocalHost", "LocalHost", 3306, "LocalHost:3306", true},
        {":3306", "", 3306, "*:3306", false},
        {"*:3308", "", 3308, "*:3308", false},
        {"*", "", 3306, "*:3306", false},
        {"0.0.0.0:3306", "0.0.0.0", 3306, "0.0.0.0:3306", false},
        {"[::1]:3307", "::1", 3307, "[::1]:3307", true},
        {"[::1]", "::1", 3306, "[::1]:3306", true},
        {"::1", "::1", 3306, "[::1]:3306", true},
        {"[::]:3306", "::", 3306, "[::]:3306", false},
        {"[2001:db8::7]:3306", "2001:db8::7", 3306, "[2001:db8::7]:3306", false},
        {"[::ffff:127.0.0.1]:3306", "::ffff:127.0.0.1", 3306, "[::ffff:127.0.0.1]:3306", true},
        {"[fe80::1%eth0]:3306", "fe80::1%eth0", 3306, "[fe80::1%eth0]:3306", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct endpoint endpoint;
        struct sg_error error = {.status = SG_OK};
        char text[ENDPOINT_TEXT_MAX];
        assert_int_equal(
            endpoint_parse(sg_slice_of(cases[i].text), 3306, "server", &endpoint, &error), SG_OK);
        assert_false(endpoint.is_path);
        assert_string_equal(endpoint.host, cases[i].host);
        assert_int_equal(endpoint.port, cases[i].port);
        assert_string_equal(endpoint_text(&endpoint, text), cases[i].shown);
        assert_int_equal(endpoint_is_local(&endpoint), cases[i].is_local);
    }
}

static void paths_are_absolute(void **state)
{
    (void)state;
    static const char *const texts[] = {"/run/x.sock", "unix:/run/x.sock", "UNIX:/run/x.sock"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct endpoint endpoint;
        char text[ENDPOINT_TEXT_MAX];
        assert_int_equal(endpoint_parse(sg_slice_of(texts[i]), 3306, "listen", &endpoint, NULL),
                         SG_OK);
        assert_true(endpoint.is_path);
        assert_int_equal(endpoint.port, 0);
        assert_string_equal(endpoint_text(&endpoint, text), "/run/x.sock");
        assert_true(endpoint_is_local(&endpoint));
    }
}

static void nonsense_is_refused_with_the_setting_s_name(void **state)
{
    (void)state;
    char long_path[200] = "/";
    memset(long_path + 1, 'x', 150);
    char long_host[400] = "";
    memset(long_host, 'x', 300);
    const char *bad[] = {
        "",      "host:",         "host:x",    "host:65536", "host:-1", "host:123456",
        "[::1",  "[::1]x",        "[::1]:",    "1:2:3",      "a b:1",   "host/dir:1",
        "unix:", "relative/path", "[zz::1]:3", long_path,    long_host};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct endpoint endpoint = {.port = 77};
        struct sg_error error = {.status = SG_OK};
        assert_int_equal(endpoint_parse(sg_slice_of(bad[i]), 3306, "server", &endpoint, &error),
                         SG_INVALID);
        assert_non_null(strstr(error.message, "server = "));
        assert_non_null(strstr(error.message, "allowed are HOST:PORT"));
        assert_int_equal(endpoint.port, 77); /* untouched */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_as_people_write_them),
        cmocka_unit_test(paths_are_absolute),
        cmocka_unit_test(nonsense_is_refused_with_the_setting_s_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
