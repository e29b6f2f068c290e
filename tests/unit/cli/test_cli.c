/* The front door: which words lead where, what is said, and the exit codes. */
#define _GNU_SOURCE
#include "cli/cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/serve.h"
#include "report/log.h"

/* Stands in for the guard: tells that it was reached, and with what. */
static int served;
static enum guard_mode served_mode;

int cli_serve(const struct settings *settings)
{
    served++;
    served_mode = settings->mode;
    log_info("test", "serving");
    return CLI_EXIT_OK;
}

bool cli_serve_check(const struct settings *settings, struct sg_error *error)
{
    (void)settings;
    (void)error;
    return true;
}

/* --- a run with its output kept ------------------------------------------------------------ */

static char output[64 << 10];
static char complaints[64 << 10];

static void take(int descriptor, char *text, size_t capacity)
{
    lseek(descriptor, 0, SEEK_SET);
    ssize_t size = read(descriptor, text, capacity - 1);
    text[size > 0 ? size : 0] = '\0';
    close(descriptor);
}

/* Runs `schemaguard` with the words of `line`. */
static int run(const char *line)
{
    char *words = strdup(line);
    char *argv[16] = {strdup("schemaguard")};
    int argc = 1;
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;

    fflush(stdout);
    int kept_out = dup(STDOUT_FILENO);
    int kept_err = dup(STDERR_FILENO);
    int out = memfd_create("stdout", 0);
    int err = memfd_create("stderr", 0);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    int code = cli_main(argc, argv);
    fflush(stdout);
    dup2(kept_out, STDOUT_FILENO);
    dup2(kept_err, STDERR_FILENO);
    close(kept_out);
    close(kept_err);
    take(out, output, sizeof output);
    take(err, complaints, sizeof complaints);
    free(argv[0]);
    free(words);
    return code;
}

static int set_up(void **state)
{
    (void)state;
    served = 0;
    return 0;
}

/* --- tests --------------------------------------------------------------------------------- */

static void test_no_command_explains_itself_and_fails(void **state)
{
    (void)state;
    assert_int_equal(run(""), CLI_EXIT_USAGE);
    assert_string_equal(output, "");
    assert_non_null(strstr(complaints, "serve"));
}

static void test_help_goes_to_standard_output(void **state)
{
    (void)state;
    assert_int_equal(run("--help"), CLI_EXIT_OK);
    assert_non_null(strstr(output, "Usage: schemaguard COMMAND"));
    assert_string_equal(complaints, "");
    assert_int_equal(run("serve --mode=nonsense --help"), CLI_EXIT_OK);
    assert_non_null(strstr(output, "--max-schema-age TIME"));
    assert_int_equal(served, 0);
}

static void test_version_names_the_libraries(void **state)
{
    (void)state;
    assert_int_equal(run("--version"), CLI_EXIT_OK);
    assert_memory_equal(output, "schemaguard 0.", 14);
    assert_non_null(strstr(output, "OpenSSL 3"));
    assert_non_null(strstr(output, "libuv 1"));
    assert_non_null(strstr(output, "schema reader: M"));
}

static void test_an_unknown_command_is_pointed_at_a_known_one(void **state)
{
    (void)state;
    assert_int_equal(run("sevre"), CLI_EXIT_USAGE);
    assert_string_equal(complaints,
                        "schemaguard: there is no command \"sevre\"; did you mean serve?\n");
    assert_int_equal(run("dance"), CLI_EXIT_USAGE);
    assert_non_null(strstr(complaints, "see schemaguard --help"));
}

static void test_wrong_settings_start_nothing(void **state)
{
    (void)state;
    assert_int_equal(run("serve --mode=blok --workers=-1"), CLI_EXIT_USAGE);
    assert_int_equal(served, 0);
    assert_string_equal(output, "");
    assert_string_equal(complaints,
                        "schemaguard: the settings are wrong, nothing was started:\n"
                        "  --mode: \"blok\" is none of observe, block; did you mean \"block\"?\n"
                        "  --workers: \"-1\" is not a whole number; allowed: 0 to 256\n");
    assert_int_equal(run("serve --mode=blok --check-config"), CLI_EXIT_USAGE);
}

static void test_check_config_shows_and_starts_nothing(void **state)
{
    (void)state;
    assert_int_equal(run("serve --check-config --workers 3"), CLI_EXIT_OK);
    assert_int_equal(served, 0);
    assert_non_null(strstr(output, "--workers\n"));
    assert_non_null(strstr(complaints, "schemaguard: warning: schema_user is not set"));
}

static void test_good_settings_are_served(void **state)
{
    (void)state;
    assert_int_equal(run("serve --mode block --schema-user reader"), CLI_EXIT_OK);
    assert_int_equal(served, 1);
    assert_int_equal(served_mode, GUARD_MODE_BLOCK);
    assert_non_null(strstr(complaints, "info    test: serving\n"));
}

static void test_warnings_are_logged_before_serving(void **state)
{
    (void)state;
    assert_int_equal(run("serve --log-format json"), CLI_EXIT_OK);
    assert_int_equal(served, 1);
    const char *warning = strstr(complaints, "\"level\":\"warning\",\"source\":\"config\"");
    const char *serving = strstr(complaints, "\"message\":\"serving\"");
    assert_non_null(warning);
    assert_non_null(serving);
    assert_true(warning < serving);
}

int main(void)
{
    clearenv();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_command_explains_itself_and_fails, set_up),
        cmocka_unit_test_setup(test_help_goes_to_standard_output, set_up),
        cmocka_unit_test_setup(test_version_names_the_libraries, set_up),
        cmocka_unit_test_setup(test_an_unknown_command_is_pointed_at_a_known_one, set_up),
        cmocka_unit_test_setup(test_wrong_settings_start_nothing, set_up),
        cmocka_unit_test_setup(test_check_config_shows_and_starts_nothing, set_up),
        cmocka_unit_test_setup(test_good_settings_are_served, set_up),
        cmocka_unit_test_setup(test_warnings_are_logged_before_serving, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
