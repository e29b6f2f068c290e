/* The grammar of values: what is taken, and what a wrong one is told. */
#include "config/settings_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct sg_arena arena;
static struct sg_error error;

static int set_up(void **state)
{
    (void)state;
    sg_arena_init(&arena, (size_t)1 << 20);
    error = (struct sg_error){.status = SG_OK};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sg_arena_fini(&arena);
    return 0;
}

/* The complaint about a wrong value, and none before it. */
static const char *complaint(bool taken)
{
    static struct sg_error last;
    assert_false(taken);
    assert_int_equal(error.status, SG_INVALID);
    last = error;
    error = (struct sg_error){.status = SG_OK};
    return last.message;
}

static void assert_says(const char *message, const char *part)
{
    if (strstr(message, part) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", message, part);
}

/* --- numbers ------------------------------------------------------------------------------- */

static void test_whole_numbers_keep_to_their_range(void **state)
{
    (void)state;
    uint32_t number = 7;
    assert_true(value_integer("0", "0..256", &number, &error));
    assert_int_equal(number, 0);
    assert_true(value_integer("256", "0..256", &number, &error));
    assert_int_equal(number, 256);
    assert_string_equal(complaint(value_integer("257", "0..256", &number, &error)),
                        "\"257\" is not in the range; allowed: 0 to 256");
    assert_says(complaint(value_integer("4K", "0..256", &number, &error)), "not a whole number");
    assert_says(complaint(value_integer("-1", "0..256", &number, &error)), "not a whole number");
    assert_says(complaint(value_integer("", "0..256", &number, &error)), "not a whole number");
    assert_says(complaint(value_integer("99999999999999999999999", "0..256", &number, &error)),
                "not in the range");
    assert_int_equal(number, 256);
}

static void test_sizes_have_units(void **state)
{
    (void)state;
    size_t size = 0;
    assert_true(value_size("16M", "1K..1G", &size, &error));
    assert_int_equal(size, 16 << 20);
    assert_true(value_size("64k", "1K..1G", &size, &error));
    assert_int_equal(size, 64 << 10);
    assert_true(value_size("1G", "1K..1G", &size, &error));
    assert_int_equal(size, 1 << 30);
    assert_true(value_size("4096", "1K..1G", &size, &error));
    assert_int_equal(size, 4096);
    assert_says(complaint(value_size("16MB", "1K..1G", &size, &error)), "K, M or G");
    assert_says(complaint(value_size("1023", "1K..1G", &size, &error)), "allowed: 1K to 1G");
    assert_says(complaint(value_size("18446744073709551615G", "1K..1G", &size, &error)),
                "not in the range");
}

static void test_durations_need_a_unit(void **state)
{
    (void)state;
    uint64_t ms = 0;
    assert_true(value_duration("500ms", "100ms..1d", &ms, &error));
    assert_int_equal(ms, 500);
    assert_true(value_duration("10s", "100ms..1d", &ms, &error));
    assert_int_equal(ms, 10000);
    assert_true(value_duration("5m", "100ms..1d", &ms, &error));
    assert_int_equal(ms, 300000);
    assert_true(value_duration("2 h", "100ms..1d", &ms, &error));
    assert_int_equal(ms, 7200000);
    assert_true(value_duration("1d", "100ms..1d", &ms, &error));
    assert_int_equal(ms, 86400000);
    assert_true(value_duration("0", "0..1h", &ms, &error));
    assert_int_equal(ms, 0);
    assert_says(complaint(value_duration("60", "100ms..1d", &ms, &error)), "with its unit");
    assert_says(complaint(value_duration("1.5s", "100ms..1d", &ms, &error)), "with its unit");
    assert_says(complaint(value_duration("2d", "100ms..1d", &ms, &error)), "100ms to 1d");
}

/* --- words --------------------------------------------------------------------------------- */

static void test_words_are_taken_in_any_case(void **state)
{
    (void)state;
    const struct setting_choice *choices = settings_table[SETTING_ID_SERVER_TLS].choices;
    unsigned index = 99;
    assert_true(value_choice("as_client", choices, &index, &error));
    assert_int_equal(index, SERVER_TLS_AS_CLIENT);
    assert_true(value_choice("VERIFY_CA", choices, &index, &error));
    assert_int_equal(index, SERVER_TLS_VERIFY_CA);
}

static void test_a_wrong_word_is_told_the_right_ones(void **state)
{
    (void)state;
    const struct setting_choice *choices = settings_table[SETTING_ID_MODE].choices;
    unsigned index = 99;
    assert_string_equal(complaint(value_choice("blok", choices, &index, &error)),
                        "\"blok\" is none of observe, block; did you mean \"block\"?");
    assert_string_equal(complaint(value_choice("on", choices, &index, &error)),
                        "\"on\" is none of observe, block");
    assert_int_equal(index, 99);
}

static void test_truth_has_three_spellings(void **state)
{
    (void)state;
    bool truth = false;
    assert_true(value_bool("on", &truth, &error) && truth);
    assert_true(value_bool("no", &truth, &error) && !truth);
    assert_true(value_bool("TRUE", &truth, &error) && truth);
    assert_says(complaint(value_bool("1", &truth, &error)), "true");
}

/* --- addresses ----------------------------------------------------------------------------- */

static void test_addresses_of_each_form(void **state)
{
    (void)state;
    struct settings_address address;
    assert_true(value_address("db-1.internal:3306", &arena, &address, &error));
    assert_int_equal(address.kind, SETTINGS_ADDRESS_TCP);
    assert_string_equal(address.host, "db-1.internal");
    assert_int_equal(address.port, 3306);

    assert_true(value_address("[::1]:65535", &arena, &address, &error));
    assert_string_equal(address.host, "::1");
    assert_int_equal(address.port, 65535);
    assert_string_equal(address.text, "[::1]:65535");

    assert_true(value_address("[fe80::1%eth0]:1", &arena, &address, &error));
    assert_string_equal(address.host, "fe80::1%eth0");

    assert_true(value_address("/run/mysqld/mysqld.sock", &arena, &address, &error));
    assert_int_equal(address.kind, SETTINGS_ADDRESS_UNIX);
    assert_string_equal(address.path, "/run/mysqld/mysqld.sock");
}

static void test_wrong_addresses_are_told_why(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *why;
    } CASES[] = {
        {"", "is empty"},
        {"localhost", "has no port"},
        {"localhost:", "no port from 1 to 65535"},
        {"localhost:0", "no port from 1 to 65535"},
        {"localhost:65536", "no port from 1 to 65535"},
        {"localhost:mysql", "no port from 1 to 65535"},
        {"::1:3306", "stands in brackets"},
        {"[::1]", "lacks \"]:\""},
        {"[::1", "lacks \"]:\""},
        {"[localhost]:3306", "no IPv6 address"},
        {":3306", "0.0.0.0"},
        {"*:3306", "0.0.0.0"},
        {"my host:3306", "no valid host name"},
        {"run/mysqld.sock", "has no port"},
    };
    struct settings_address address;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_says(complaint(value_address(CASES[i].text, &arena, &address, &error)),
                    CASES[i].why);
}

static void test_a_socket_path_has_a_bound(void **state)
{
    (void)state;
    char path[200];
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    path[sizeof path - 1] = '\0';
    struct settings_address address;
    assert_says(complaint(value_address(path, &arena, &address, &error)), "107 bytes");
    path[107] = '\0';
    assert_true(value_address(path, &arena, &address, &error));
}

static void test_listeners_are_a_list(void **state)
{
    (void)state;
    struct settings_addresses addresses;
    assert_true(
        value_addresses("127.0.0.1:3307, [::1]:3307, /run/guard.sock", &arena, &addresses, &error));
    assert_int_equal(addresses.count, 3);
    assert_string_equal(addresses.items[1].host, "::1");
    assert_string_equal(addresses.items[2].path, "/run/guard.sock");
    assert_says(complaint(value_addresses("", &arena, &addresses, &error)), "is empty");
    assert_says(complaint(value_addresses("a:1,,b:2", &arena, &addresses, &error)), "is empty");
    assert_true(value_addresses(" a:1 ,b:2,", &arena, &addresses, &error));
    assert_int_equal(addresses.count, 2);
    assert_says(complaint(value_addresses("a:1, a:1", &arena, &addresses, &error)), "twice");
}

static void test_what_is_local(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_local;
    } CASES[] = {
        {"127.0.0.1:1", true},       {"127.8.0.1:1", true},  {"localhost:1", true},
        {"[::1]:1", true},           {"/run/x", true},       {"[::ffff:127.0.0.1]:1", true},
        {"0.0.0.0:1", false},        {"[::]:1", false},      {"10.0.0.1:1", false},
        {"localhost.evil:1", false}, {"128.0.0.1:1", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct settings_address address;
        assert_true(value_address(CASES[i].text, &arena, &address, &error));
        if (settings_address_is_local(&address) != CASES[i].is_local)
            fail_msg("%s", CASES[i].text);
    }
}

/* --- fingerprints -------------------------------------------------------------------------- */

static void test_networks_have_addresses(void **state)
{
    (void)state;
    struct settings_networks networks;
    assert_true(value_networks("10.0.0.0/8, 192.0.2.7, 2001:db8::/33, ::1,172.16.0.0/12", &arena,
                               &networks, &error));
    assert_int_equal(networks.count, 5);
    static const char *const INSIDE[] = {"10.0.0.0",        "10.255.255.255",   "192.0.2.7",
                                         "::ffff:10.1.2.3", "2001:db8:7fff::1", "::1",
                                         "172.16.0.1",      "172.31.255.255"};
    static const char *const OUTSIDE[] = {
        "9.255.255.255", "11.0.0.0",  "192.0.2.6",  "192.0.2.8", "2001:db8:8000::", "::2", "::",
        "172.32.0.0",    "localhost", "172.15.9.9", ""};
    for (size_t i = 0; i < sizeof INSIDE / sizeof *INSIDE; i++)
        assert_true(settings_networks_have(&networks, INSIDE[i]));
    for (size_t i = 0; i < sizeof OUTSIDE / sizeof *OUTSIDE; i++)
        assert_false(settings_networks_have(&networks, OUTSIDE[i]));
    assert_true(value_networks("", &arena, &networks, &error));
    assert_int_equal(networks.count, 0);
    assert_false(settings_networks_have(&networks, "10.0.0.1"));
    assert_true(value_networks("0.0.0.0/0", &arena, &networks, &error));
    assert_true(settings_networks_have(&networks, "203.0.113.9"));
    assert_false(settings_networks_have(&networks, "2001:db8::1"));
    static const char *const WRONG[] = {"10.0.0.0/33", "10.0.0.0/",   "10.0.0",    "::1/129",
                                        "a,b",         "10.0.0.0/-1", "1.2.3.4,,", "/8"};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        assert_says(complaint(value_networks(WRONG[i], &arena, &networks, &error)),
                    "is no network");
}

static void test_fingerprints_with_and_without_colons(void **state)
{
    (void)state;
    const char *digest = NULL;
    const char *plain = "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef";
    assert_true(value_digest(plain, &arena, &digest, &error));
    assert_string_equal(digest, plain);
    assert_true(value_digest("01:23:45:67:89:ab:cd:ef:01:23:45:67:89:AB:CD:EF:"
                             "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef",
                             &arena, &digest, &error));
    assert_true(value_digest("", &arena, &digest, &error));
    assert_null(digest);
    assert_says(complaint(value_digest(plain + 1, &arena, &digest, &error)), "64 hex digits");
    assert_says(
        complaint(value_digest("g123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abc"
                               "def",
                               &arena, &digest, &error)),
        "64 hex digits");
}

static void test_little_memory_is_an_answer(void **state)
{
    (void)state;
    struct sg_arena tiny;
    sg_arena_init(&tiny, 0);
    struct settings_addresses addresses;
    assert_false(value_addresses("a:1,b:2", &tiny, &addresses, &error));
    assert_int_equal(error.status, SG_LIMIT);
    sg_arena_fini(&tiny);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_whole_numbers_keep_to_their_range),
        TEST(test_sizes_have_units),
        TEST(test_durations_need_a_unit),
        TEST(test_words_are_taken_in_any_case),
        TEST(test_a_wrong_word_is_told_the_right_ones),
        TEST(test_truth_has_three_spellings),
        TEST(test_addresses_of_each_form),
        TEST(test_wrong_addresses_are_told_why),
        TEST(test_a_socket_path_has_a_bound),
        TEST(test_listeners_are_a_list),
        TEST(test_what_is_local),
        TEST(test_networks_have_addresses),
        TEST(test_fingerprints_with_and_without_colons),
        TEST(test_little_memory_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
