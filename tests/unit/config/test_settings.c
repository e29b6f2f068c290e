/* The layers of settings: what beats what, what is complained about, what fits together. */
#define _GNU_SOURCE
#include "config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* --- fixture ------------------------------------------------------------------------------- */

#define ARGUMENTS_MAX 16

struct fixture {
    char *arguments[ARGUMENTS_MAX];
    int argument_count;
    char *environment[ARGUMENTS_MAX];
    size_t variable_count;
    char file[64]; /* "" = none */
    struct settings *settings;
    struct settings_findings findings;
};

static int set_up(void **state)
{
    *state = calloc(1, sizeof(struct fixture));
    return *state == NULL;
}

static void forget(struct fixture *f)
{
    settings_free(f->settings);
    f->settings = NULL;
    settings_findings_fini(&f->findings);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    forget(f);
    for (int i = 0; i < f->argument_count; i++)
        free(f->arguments[i]);
    for (size_t i = 0; i < f->variable_count; i++)
        free(f->environment[i]);
    if (f->file[0] != '\0')
        unlink(f->file);
    free(f);
    return 0;
}

static void give(struct fixture *f, const char *argument)
{
    assert_true(f->argument_count < ARGUMENTS_MAX);
    f->arguments[f->argument_count++] = strdup(argument);
}

static void give_variable(struct fixture *f, const char *variable)
{
    assert_true(f->variable_count < ARGUMENTS_MAX - 1);
    f->environment[f->variable_count++] = strdup(variable);
}

/* A settings file, named by --config. */
static void give_file(struct fixture *f, const char *text)
{
    strcpy(f->file, "/tmp/schemaguard-test-XXXXXX");
    int descriptor = mkstemp(f->file);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    give(f, "--config");
    give(f, f->file);
}

static enum sg_status load(struct fixture *f)
{
    forget(f);
    return settings_load(f->argument_count, f->arguments, f->environment, &f->settings,
                         &f->findings);
}

static void load_well(struct fixture *f)
{
    enum sg_status status = load(f);
    for (size_t i = 0; i < f->findings.error_count; i++)
        print_message("unexpected: %s\n", f->findings.errors[i]);
    assert_int_equal(status, SG_OK);
    assert_non_null(f->settings);
}

static void assert_found(char *const *lines, size_t count, const char *part)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(lines[i], part) != NULL)
            return;
    }
    for (size_t i = 0; i < count; i++)
        print_message("found: %s\n", lines[i]);
    fail_msg("nothing says \"%s\"", part);
}

/* Loading fails, and with these words alone; ended by NULL. */
static void assert_errors(struct fixture *f, ...)
{
    assert_int_equal(load(f), SG_INVALID);
    assert_null(f->settings);
    size_t expected = 0;
    va_list parts;
    va_start(parts, f);
    for (const char *part; (part = va_arg(parts, const char *)) != NULL; expected++)
        assert_found(f->findings.errors, f->findings.error_count, part);
    va_end(parts);
    for (size_t i = 0; expected != f->findings.error_count && i < f->findings.error_count; i++)
        print_message("found: %s\n", f->findings.errors[i]);
    assert_int_equal(f->findings.error_count, expected);
}

static void assert_warning(struct fixture *f, const char *part)
{
    load_well(f);
    assert_found(f->findings.warnings, f->findings.warning_count, part);
}

/* An account for the schema, so that nothing is said about its absence. */
static void give_account(struct fixture *f)
{
    give(f, "--schema-user=reader");
}

/* --- layers -------------------------------------------------------------------------------- */

static void test_defaults_are_in_force_without_anything(void **state)
{
    struct fixture *f = *state;
    load_well(f);
    const struct settings *s = f->settings;
    assert_int_equal(s->listen.count, 1);
    assert_string_equal(s->listen.items[0].text, "127.0.0.1:3307");
    assert_int_equal(s->server.port, 3306);
    assert_int_equal(s->mode, GUARD_MODE_OBSERVE);
    assert_int_equal(s->confirm, CONFIRM_BY_SERVER);
    assert_int_equal(s->schema_refresh_ms, 60000);
    assert_int_equal(s->max_schema_age_ms, 600000);
    assert_int_equal(s->inspect_max_bytes, 16 << 20);
    assert_int_equal(s->login_timeout_ms, 8000);
    assert_int_equal(s->workers, 0);
    assert_string_equal(s->event_log, "-");
    assert_null(s->schema_user);
    assert_int_equal(s->client_tls_cert.count, 0);
    assert_null(s->server_tls_fingerprint);
    assert_false(s->check_only);
    assert_string_equal(s->sources[SETTING_ID_MODE].place, "default");
}

static void test_the_later_beats_the_earlier(void **state)
{
    struct fixture *f = *state;
    give_file(f, "workers = 1\nlog_level = debug\nlog_format = json\n");
    give_variable(f, "SCHEMAGUARD_WORKERS=2");
    give_variable(f, "SCHEMAGUARD_LOG_LEVEL=error");
    give(f, "--workers=3");
    load_well(f);
    assert_int_equal(f->settings->workers, 3);
    assert_int_equal(f->settings->log_level, LOG_LEVEL_ERROR);
    assert_int_equal(f->settings->log_format, LOG_FORMAT_JSON);

    const struct settings_source *sources = f->settings->sources;
    assert_int_equal(sources[SETTING_ID_WORKERS].origin, SETTINGS_ORIGIN_COMMAND_LINE);
    assert_string_equal(sources[SETTING_ID_WORKERS].place, "--workers");
    assert_string_equal(sources[SETTING_ID_LOG_LEVEL].place, "SCHEMAGUARD_LOG_LEVEL");
    assert_int_equal(sources[SETTING_ID_LOG_FORMAT].origin, SETTINGS_ORIGIN_FILE);
    assert_string_equal(strrchr(sources[SETTING_ID_LOG_FORMAT].place, ':'), ":3");
    assert_string_equal(sources[SETTING_ID_LOG_FORMAT].text, "json");
}

static void test_options_with_and_without_equals(void **state)
{
    struct fixture *f = *state;
    give(f, "--mode");
    give(f, "BLOCK");
    give(f, "--schema-user=reader");
    give(f, "--event-log");
    give(f, "-");
    give(f, "--check-config");
    load_well(f);
    assert_int_equal(f->settings->mode, GUARD_MODE_BLOCK);
    assert_string_equal(f->settings->schema_user, "reader");
    assert_true(f->settings->check_only);
}

static void test_the_environment_may_name_the_file(void **state)
{
    struct fixture *f = *state;
    give_file(f, "workers = 5\n");
    char variable[128];
    snprintf(variable, sizeof variable, "SCHEMAGUARD_CONFIG=%s", f->file);
    give_variable(f, variable);
    while (f->argument_count > 0)
        free(f->arguments[--f->argument_count]);
    load_well(f);
    assert_int_equal(f->settings->workers, 5);
}

static void test_an_empty_value_unsets_what_may_be_unset(void **state)
{
    struct fixture *f = *state;
    give_file(f, "schema_user = reader\n");
    give_variable(f, "SCHEMAGUARD_SCHEMA_USER=");
    load_well(f);
    assert_null(f->settings->schema_user);
    give_variable(f, "SCHEMAGUARD_MODE=");
    assert_errors(f, "SCHEMAGUARD_MODE: there is no value", NULL);
}

static void test_other_programs_variables_are_none_of_ours(void **state)
{
    struct fixture *f = *state;
    give_variable(f, "PATH=/bin");
    give_variable(f, "SCHEMAGUARDIAN=yes");
    give_variable(f, "no equals sign");
    give_variable(f, "SCHEMAGUARD_SERVICE_HOST=10.0.0.1"); /* Kubernetes: a service "schemaguard" */
    give_variable(f, "SCHEMAGUARD_PORT=tcp://10.0.0.1:3306");
    give_variable(f, "SCHEMAGUARD_PORT_3306_TCP_ADDR=10.0.0.1");
    load_well(f);
}

static void test_no_setting_looks_like_a_service_link(void **state)
{
    (void)state;
    for (unsigned id = 0; id < SETTING_COUNT; id++) {
        assert_true(strncmp(settings_table[id].name, "port", 4) != 0);
        assert_true(strncmp(settings_table[id].name, "service_", 8) != 0);
        assert_true(strncmp(settings_table[id].name, "config", 6) != 0);
    }
}

/* --- complaints ---------------------------------------------------------------------------- */

static void test_all_errors_of_all_layers_are_told(void **state)
{
    struct fixture *f = *state;
    give_file(f, "mode = blok\nlisen = 127.0.0.1:1\n");
    give_variable(f, "SCHEMAGUARD_WORKERS=many");
    give_variable(f, "SCHEMAGUARD_MOOD=block");
    give(f, "--event-logs=x");
    give(f, "--schema-refresh=60");
    give(f, "surplus");
    assert_errors(f, ":1: mode: \"blok\" is none of observe, block; did you mean \"block\"?",
                  ":2: there is no setting \"lisen\"; did you mean listen?",
                  "SCHEMAGUARD_WORKERS: \"many\" is not a whole number; allowed: 0 to 256",
                  "SCHEMAGUARD_MOOD: there is no such setting; did you mean SCHEMAGUARD_MODE?",
                  "--event-logs: there is no such option; did you mean --event-log?",
                  "--schema-refresh: \"60\" is not a time with its unit",
                  "\"surplus\" is not expected", NULL);
    assert_non_null(strstr(f->findings.errors[0], f->file));
}

static void test_options_that_lack_their_value(void **state)
{
    struct fixture *f = *state;
    give(f, "--config");
    assert_errors(f, "--config: the name of the file is missing", NULL);
    give(f, "--mode");
    give(f, "--workers");
    assert_errors(f, "--config: the name", "--mode: the value is missing",
                  "--workers: the value is missing", NULL);
}

static void test_unknown_words_without_a_neighbour(void **state)
{
    struct fixture *f = *state;
    give(f, "-q");
    give(f, "--zzzzzzzzz");
    give_variable(f, "SCHEMAGUARD_ZZZZZZZZZ=1");
    assert_errors(f, "-q: there is no such option; see",
                  "--zzzzzzzzz: there is no such option; see",
                  "SCHEMAGUARD_ZZZZZZZZZ: there is no such setting; see", NULL);
}

static void test_snake_case_on_the_command_line_is_pointed_at(void **state)
{
    struct fixture *f = *state;
    give(f, "--event_log=none");
    assert_errors(f, "did you mean --event-log?", NULL);
}

static void test_passwords_have_no_setting(void **state)
{
    struct fixture *f = *state;
    give(f, "--schema-password=secret");
    assert_errors(f, "there is no such option; did you mean --schema-password-file?", NULL);
    assert_null(strstr(f->findings.errors[0], "secret"));
}

static void test_a_finding_is_one_line(void **state)
{
    struct fixture *f = *state;
    give_variable(f, "SCHEMAGUARD_MODE=a\nb\033[2J");
    give(f, "sur\nplus");
    assert_errors(f, "\"a b [2J\" is none of", "\"sur?plus\" is not expected", NULL);
}

static void test_files_that_are_not_there_are_told_at_start(void **state)
{
    struct fixture *f = *state;
    give_account(f);
    give(f, "--schema-password-file=/nonexistent/password");
    give(f, "--server-tls-ca=/tmp");
    give(f, "--event-log=/nonexistent/events");
    assert_errors(f, "--schema-password-file: schema_password_file: cannot read /nonexistent",
                  "server_tls_ca: cannot read /tmp: Is a directory",
                  "event_log: cannot write /nonexistent/events: No such file", NULL);
}

static void test_files_that_will_be_made_need_a_folder(void **state)
{
    struct fixture *f = *state;
    give(f, "--event-log=events-that-nobody-wrote.jsonl");
    load_well(f);
    give(f, "--event-log=none");
    load_well(f);
    assert_string_equal(f->settings->event_log, "none");
}

/* --- what fits together -------------------------------------------------------------------- */

static void test_block_mode_needs_a_schema(void **state)
{
    struct fixture *f = *state;
    give(f, "--mode=block");
    give(f, "--no-schema=refuse");
    assert_errors(f, "mode = block needs schema_user", "no_schema = refuse needs schema_user",
                  NULL);
    give_account(f);
    load_well(f);
}

static void test_account_settings_need_an_account(void **state)
{
    struct fixture *f = *state;
    give(f, "--schema-password-file=/dev/null");
    assert_errors(f, "schema_password_file is of no use", NULL);
}

static void test_observing_without_an_account_is_warned_of(void **state)
{
    assert_warning(*state, "nothing is inspected");
}

static void test_a_schema_must_live_longer_than_its_refresh(void **state)
{
    struct fixture *f = *state;
    give(f, "--schema-refresh=10m");
    assert_errors(f, "max_schema_age (10m) must be longer than schema_refresh (10m)", NULL);
}

static void test_certificate_and_key_go_together(void **state)
{
    struct fixture *f = *state;
    give(f, "--client-tls-cert=/dev/null");
    assert_errors(f, "client_tls_cert and client_tls_key go together", NULL);
    give(f, "--client-tls-key=/dev/null");
    load_well(f);
}

static void test_several_certificates_have_as_many_keys(void **state)
{
    struct fixture *f = *state;
    give(f, "--client-tls-cert=/dev/null, /dev/zero");
    give(f, "--client-tls-key=/dev/null");
    assert_errors(f, "a key for each certificate", NULL);
    give(f, "--client-tls-key=/dev/null,/dev/zero");
    load_well(f);
    assert_int_equal(f->settings->client_tls_cert.count, 2);
    assert_string_equal(f->settings->client_tls_cert.items[1], "/dev/zero");
    give(f, "--client-tls-key=/dev/null,/nonexistent/key.pem");
    assert_errors(f, "client_tls_key: cannot read /nonexistent/key.pem", NULL);
    give(f, "--client-tls-key=/dev/null,,/dev/zero");
    assert_errors(f, "has an empty place between its commas", NULL);
}

static void test_certificates_of_clients_need_tls(void **state)
{
    struct fixture *f = *state;
    give(f, "--client-tls-ca=/dev/null");
    load_well(f);
    assert_int_equal(settings_client_tls(f->settings, &f->settings->listen.items[0]),
                     CLIENT_TLS_PREFERRED);
    give(f, "--client-tls-x509=required");
    load_well(f);
    assert_int_equal(settings_client_tls(f->settings, &f->settings->listen.items[0]),
                     CLIENT_TLS_REQUIRED);
    give(f, "--client-tls=preferred");
    assert_errors(f, "set client_tls = required, or client_tls_x509 = optional", NULL);
    give(f, "--client-tls-x509=optional");
    load_well(f);
    give(f, "--client-tls=disabled");
    assert_errors(f, "leaves no client to show a certificate", NULL);
}

static void test_what_needs_an_authority(void **state)
{
    struct fixture *f = *state;
    give(f, "--client-tls-crl=/dev/null");
    give(f, "--client-tls-x509=required");
    give(f, "--server-tls-crl=/dev/null");
    give(f, "--server-tls-cert=/dev/null");
    assert_errors(f, "client_tls_crl needs client_tls_ca",
                  "client_tls_x509 = required needs client_tls_ca",
                  "server_tls_cert and server_tls_key go together",
                  "server_tls_crl needs server_tls_ca", NULL);
}

static void test_verification_needs_something_to_verify_with(void **state)
{
    struct fixture *f = *state;
    give(f, "--server-tls=verify_identity");
    give(f, "--server=/run/mysqld.sock");
    assert_errors(f, "server_tls = verify_identity needs server_tls_ca",
                  "verify_identity needs a server with a host name", NULL);
}

static void test_disabled_tls_leaves_nothing_to_verify(void **state)
{
    struct fixture *f = *state;
    give(f, "--server-tls=disabled");
    give(f, "--server-tls-ca=/dev/null");
    assert_errors(f, "leaves nothing", NULL);
}

static void test_the_guard_does_not_connect_to_itself(void **state)
{
    struct fixture *f = *state;
    give(f, "--listen=127.0.0.1:3307,127.0.0.1:3306");
    assert_errors(f, "connect to itself", NULL);
}

static void test_times_fit_into_each_other(void **state)
{
    struct fixture *f = *state;
    give(f, "--connect-timeout=9s");
    assert_errors(f, "connect_timeout (9s) is part of login_timeout (8s)", NULL);
    give(f, "--login-timeout=10s");
    assert_warning(f, "max_connect_errors");
}

/* --- client_tls = auto --------------------------------------------------------------------- */

static void test_auto_requires_tls_where_others_can_listen(void **state)
{
    struct fixture *f = *state;
    give(f, "--listen=127.0.0.1:3307,10.0.0.1:3307,/run/guard.sock");
    assert_warning(f, "clients may connect to 10.0.0.1:3307 without TLS");
    assert_int_equal(settings_client_tls(f->settings, &f->settings->listen.items[1]),
                     CLIENT_TLS_PREFERRED); /* a certificate made at start proves nothing */

    give(f, "--client-tls-cert=/dev/null");
    give(f, "--client-tls-key=/dev/null");
    load_well(f);
    const struct settings_address *listeners = f->settings->listen.items;
    assert_int_equal(settings_client_tls(f->settings, &listeners[0]), CLIENT_TLS_PREFERRED);
    assert_int_equal(settings_client_tls(f->settings, &listeners[1]), CLIENT_TLS_REQUIRED);
    assert_int_equal(settings_client_tls(f->settings, &listeners[2]), CLIENT_TLS_PREFERRED);

    give(f, "--client-tls=required");
    load_well(f);
    listeners = f->settings->listen.items;
    assert_int_equal(settings_client_tls(f->settings, &listeners[0]), CLIENT_TLS_REQUIRED);
    assert_int_equal(settings_client_tls(f->settings, &listeners[2]), CLIENT_TLS_PREFERRED);

    give(f, "--client-tls=disabled");
    assert_warning(f, "client_tls_cert is not used");
    assert_int_equal(settings_client_tls(f->settings, &f->settings->listen.items[1]),
                     CLIENT_TLS_DISABLED);
}

/* --- words --------------------------------------------------------------------------------- */

static void test_what_is_in_force_is_shown_with_its_place(void **state)
{
    struct fixture *f = *state;
    give(f, "--workers=4");
    load_well(f);
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    settings_print(f->settings, stream);
    fclose(stream);
    assert_non_null(
        strstr(text, "workers                  4                                --workers\n"));
    assert_non_null(
        strstr(text, "schema_user              (not set)                        default\n"));
    free(text);
}

static void test_help_names_every_setting_and_choice_within_80_columns(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    settings_print_help(stream);
    fclose(stream);
    for (unsigned id = 0; id < SETTING_COUNT; id++) {
        char option[80] = "--";
        strcat(option, settings_table[id].name);
        for (char *at = option; *at != '\0'; at++)
            *at = *at == '_' ? '-' : *at;
        strcat(option, " ");
        assert_non_null(strstr(text, option));
    }
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
        assert_in_range(strlen(line), 0, 80);
    free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults_are_in_force_without_anything),
        TEST(test_the_later_beats_the_earlier),
        TEST(test_options_with_and_without_equals),
        TEST(test_the_environment_may_name_the_file),
        TEST(test_an_empty_value_unsets_what_may_be_unset),
        TEST(test_other_programs_variables_are_none_of_ours),
        TEST(test_no_setting_looks_like_a_service_link),
        TEST(test_all_errors_of_all_layers_are_told),
        TEST(test_options_that_lack_their_value),
        TEST(test_unknown_words_without_a_neighbour),
        TEST(test_snake_case_on_the_command_line_is_pointed_at),
        TEST(test_passwords_have_no_setting),
        TEST(test_a_finding_is_one_line),
        TEST(test_files_that_are_not_there_are_told_at_start),
        TEST(test_files_that_will_be_made_need_a_folder),
        TEST(test_block_mode_needs_a_schema),
        TEST(test_account_settings_need_an_account),
        TEST(test_observing_without_an_account_is_warned_of),
        TEST(test_a_schema_must_live_longer_than_its_refresh),
        TEST(test_certificate_and_key_go_together),
        TEST(test_several_certificates_have_as_many_keys),
        TEST(test_certificates_of_clients_need_tls),
        TEST(test_what_needs_an_authority),
        TEST(test_verification_needs_something_to_verify_with),
        TEST(test_disabled_tls_leaves_nothing_to_verify),
        TEST(test_the_guard_does_not_connect_to_itself),
        TEST(test_times_fit_into_each_other),
        TEST(test_auto_requires_tls_where_others_can_listen),
        TEST(test_what_is_in_force_is_shown_with_its_place),
        TEST(test_help_names_every_setting_and_choice_within_80_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
