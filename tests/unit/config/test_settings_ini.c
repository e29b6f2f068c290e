/* The settings file: its lines, and what is said about bad ones. */
#include "config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/schemaguard-test-XXXXXX";
static struct settings *settings;
static struct settings_findings findings;

static int set_up(void **state)
{
    (void)state;
    strcpy(strrchr(path, '-'), "-XXXXXX");
    int descriptor = mkstemp(path);
    if (descriptor < 0)
        return 1;
    return close(descriptor);
}

static int tear_down(void **state)
{
    (void)state;
    settings_free(settings);
    settings = NULL;
    settings_findings_fini(&findings);
    return unlink(path);
}

static enum sg_status load_bytes(const char *bytes, size_t size)
{
    settings_free(settings);
    settings_findings_fini(&findings);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    char option[] = "--config";
    char *arguments[] = {option, path};
    char *environment[] = {NULL};
    return settings_load(2, arguments, environment, &settings, &findings);
}

static enum sg_status load(const char *text)
{
    return load_bytes(text, strlen(text));
}

/* The only finding: `path` and then `rest`. */
static void assert_error(const char *rest)
{
    for (size_t i = 1; i < findings.error_count; i++)
        print_message("also found: %s\n", findings.errors[i]);
    assert_int_equal(findings.error_count, 1);
    assert_memory_equal(findings.errors[0], path, strlen(path));
    assert_string_equal(findings.errors[0] + strlen(path), rest);
}

static void test_comments_blanks_and_a_byte_order_mark(void **state)
{
    (void)state;
    assert_int_equal(load("\xEF\xBB\xBF# first\n\n  \r\n; second\nworkers=2 ; the rest is said\r\n"
                          "log_level: debug\n"),
                     SG_OK);
    assert_int_equal(settings->workers, 2);
    assert_int_equal(settings->log_level, LOG_LEVEL_DEBUG);
}

static void test_a_last_line_without_its_end(void **state)
{
    (void)state;
    assert_int_equal(load("workers = 2"), SG_OK);
    assert_int_equal(settings->workers, 2);
    assert_int_equal(load("workers"), SG_INVALID);
    assert_error(":1: expected `name = value`, or a comment after #");
}

static void test_a_line_that_is_no_setting(void **state)
{
    (void)state;
    assert_int_equal(load("mode block\nworkers = 2\n\nlisten\n"), SG_INVALID);
    assert_int_equal(findings.error_count, 2);
    assert_non_null(strstr(findings.errors[0], ":1: expected `name = value`"));
    assert_non_null(strstr(findings.errors[1], ":4: expected `name = value`"));
}

static void test_sections_are_rules_alone(void **state)
{
    (void)state;
    assert_int_equal(load("workers = 1\n[schemaguard]\nlog_level = debug\n"), SG_INVALID);
    assert_error(":2: the only sections are [rule NAME]; write the settings without [schemaguard]");
    assert_int_equal(load("[rules a]\nmode = block\n"), SG_INVALID);
    assert_error(":1: the only sections are [rule NAME]; write the settings without [rules a]");
}

static void test_rules_in_the_order_of_the_file(void **state)
{
    (void)state;
    assert_int_equal(
        load("schema_user = x\n"
             "[rule first]\nuser = app, web\nclient = 10.0.0.0/8\nmode = observe\n"
             "[rule\tsecond ]\n# a comment\nprogram = till\ndatabase=shop\nmode=BLOCK"),
        SG_OK);
    const struct settings_rule *first = settings->rules;
    assert_string_equal(first->name, "first");
    assert_string_equal(first->user, "app, web");
    assert_int_equal(first->client.count, 1);
    assert_int_equal(first->mode, GUARD_MODE_OBSERVE);
    assert_null(first->program);
    assert_string_equal(first->next->name, "second");
    assert_string_equal(first->next->program, "till");
    assert_string_equal(first->next->database, "shop");
    assert_int_equal(first->next->mode, GUARD_MODE_BLOCK);
    assert_null(first->next->next);
    assert_true(settings_rules_block(settings));
    assert_int_equal(load("mode = block\nschema_user = x\n"), SG_OK);
    assert_false(settings_rules_block(settings));
}

static void test_a_rule_says_a_mode(void **state)
{
    (void)state;
    assert_int_equal(load("\n[rule a]\nuser = x\n"), SG_INVALID);
    assert_error(":2: rule a says no mode: observe or block");
    assert_int_equal(load("[rule a]\nmode = block\n"), SG_INVALID);
    assert_error(":1: rule a: mode = block needs schema_user");
}

static void test_a_setting_given_twice(void **state)
{
    (void)state;
    assert_int_equal(load("workers = 1\n# and later\nworkers = 2\n"), SG_INVALID);
    assert_error(":3: workers is set in line 1 already");
}

static void test_quotes_are_not_part_of_values(void **state)
{
    (void)state;
    assert_int_equal(load("mode = \"block\"\n"), SG_INVALID);
    assert_error(":1: mode: \"block\": values are written without quotes");
}

static void test_lists_go_on_in_indented_lines(void **state)
{
    (void)state;
    assert_int_equal(load("listen = 127.0.0.1:1,\n    127.0.0.1:2\n\t127.0.0.1:3\nworkers = 1\n"),
                     SG_OK);
    assert_int_equal(settings->listen.count, 3);
    assert_string_equal(settings->listen.items[2].text, "127.0.0.1:3");
    assert_non_null(strstr(settings->sources[SETTING_ID_LISTEN].place, ":1"));
}

static void test_other_values_do_not_go_on(void **state)
{
    (void)state;
    assert_int_equal(load("mode = observe\n  workers = 2\n"), SG_INVALID);
    assert_error(
        ":2: mode: an indented line goes on with the value before it, and this is no list");
}

static void test_a_setting_that_does_not_exist(void **state)
{
    (void)state;
    assert_int_equal(load("event-log = x\n"), SG_INVALID);
    assert_error(":1: there is no setting \"event-log\"; did you mean event_log?");
    assert_int_equal(load("nothing_like_it = x\n  and more\n"), SG_INVALID);
    assert_error(":1: there is no setting \"nothing_like_it\"; see schemaguard serve --help");
}

static void test_a_line_that_is_too_long(void **state)
{
    (void)state;
    char text[600] = "# short\nschema_user = ";
    memset(text + strlen(text), 'u', 300);
    strcat(text, "\nworkers = 2\n");
    assert_int_equal(load(text), SG_INVALID);
    assert_error(":2: the line is longer than 198 bytes; a list may go on in indented lines");
}

static void test_a_comment_may_be_long(void **state)
{
    (void)state;
    char text[600] = " # ";
    memset(text + strlen(text), 'u', 300);
    strcat(text, "\nworkers = 2\n");
    assert_int_equal(load(text), SG_OK);
    assert_int_equal(settings->workers, 2);
}

static void test_a_zero_byte_in_the_file(void **state)
{
    (void)state;
    static const char TEXT[] = "workers = 2\n\0mode = block\nlog_level = debug\n";
    enum sg_status status = load_bytes(TEXT, sizeof TEXT - 1);
    assert_int_equal(status, SG_INVALID);
    assert_error(":2: the line holds a zero byte");
}

static void test_a_file_that_is_not_there(void **state)
{
    (void)state;
    char option[] = "--config=/nonexistent/guard.ini";
    char *arguments[] = {option};
    char *environment[] = {NULL};
    assert_int_equal(settings_load(1, arguments, environment, &settings, &findings), SG_INVALID);
    assert_int_equal(findings.error_count, 1);
    assert_string_equal(findings.errors[0], "/nonexistent/guard.ini: No such file or directory");
}

static void test_a_folder_in_place_of_a_file(void **state)
{
    (void)state;
    char option[] = "--config=/tmp";
    char *arguments[] = {option};
    char *environment[] = {NULL};
    assert_int_equal(settings_load(1, arguments, environment, &settings, &findings), SG_INVALID);
    assert_string_equal(findings.errors[0], "/tmp: Is a directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_comments_blanks_and_a_byte_order_mark),
        TEST(test_a_last_line_without_its_end),
        TEST(test_a_line_that_is_no_setting),
        TEST(test_sections_are_rules_alone),
        TEST(test_rules_in_the_order_of_the_file),
        TEST(test_a_rule_says_a_mode),
        TEST(test_a_setting_given_twice),
        TEST(test_quotes_are_not_part_of_values),
        TEST(test_lists_go_on_in_indented_lines),
        TEST(test_other_values_do_not_go_on),
        TEST(test_a_setting_that_does_not_exist),
        TEST(test_a_line_that_is_too_long),
        TEST(test_a_comment_may_be_long),
        TEST(test_a_zero_byte_in_the_file),
        TEST(test_a_file_that_is_not_there),
        TEST(test_a_folder_in_place_of_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
