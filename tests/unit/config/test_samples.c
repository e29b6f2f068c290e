/* The sample files load, and what is written from the table of settings is up to date.
 *
 * config_test_samples --write   writes docs/settings.md and config/schemaguard.full.ini anew
 */
#define _GNU_SOURCE
#include "config/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/settings_load.h"

#define SAMPLE_PATH    SCHEMAGUARD_SOURCE_DIR "/config/schemaguard.ini"
#define FULL_PATH      SCHEMAGUARD_SOURCE_DIR "/config/schemaguard.full.ini"
#define DOCUMENT_PATH  SCHEMAGUARD_SOURCE_DIR "/docs/settings.md"
#define COMMENT_COLUMN 100

/* --- config/schemaguard.full.ini ------------------------------------------------------------ */

/* Breaks `text` into comment lines that begin with `prefix`. */
static void write_comment(FILE *file, const char *prefix, const char *text)
{
    size_t room = COMMENT_COLUMN - strlen(prefix);
    while (*text != '\0') {
        size_t size = strlen(text);
        if (size > room)
            for (size = room; text[size] != ' ';)
                size--;
        fprintf(file, "%s%.*s\n", prefix, (int)size, text);
        text += size + (text[size] == ' ');
    }
}

static void write_ini_setting(FILE *file, const struct setting_info *info)
{
    fputc('\n', file);
    write_comment(file, "# ", info->help);
    const char *dots = strstr(info->range, "..");
    if (dots != NULL)
        fprintf(file, "# Allowed: %.*s to %s.\n", (int)(dots - info->range), info->range, dots + 2);
    for (const struct setting_choice *choice = info->choices;
         choice != NULL && choice->word != NULL; choice++)
        fprintf(file, "#   %-16s %s\n", choice->word, choice->about);
    fprintf(file, "%s =%s%s\n", info->name, *info->initial != '\0' ? " " : "", info->initial);
}

static void write_ini(FILE *file)
{
    fputs("# schemaguard: every setting, explained, with its default.\n"
          "#\n"
          "# Nothing after the `=` means: not set. A comment begins with # at the start of a line; "
          "`;`\n"
          "# after a blank begins one too. Values are written without quotes. A list may go on in\n"
          "# indented lines. The environment (SCHEMAGUARD_LISTEN) and the command line (--listen) "
          "beat\n"
          "# this file. To see what is in force, and where each value comes from:\n"
          "#\n"
          "#     schemaguard serve --config schemaguard.full.ini --check-config\n",
          file);
    for (unsigned group = 0; group < SETTINGS_GROUP_COUNT; group++) {
        fprintf(file, "\n# --- %s: %s\n", settings_groups[group].title,
                settings_groups[group].about);
        for (unsigned id = 0; id < SETTING_COUNT; id++) {
            if (settings_table[id].group == (enum settings_group)group)
                write_ini_setting(file, &settings_table[id]);
        }
    }
}

/* --- docs/settings.md ------------------------------------------------------------------------ */

static const char *form_of(enum setting_type type)
{
    switch (type) {
    case SETTING_TYPE_BOOL:
        return "true or false";
    case SETTING_TYPE_INTEGER:
        return "whole number";
    case SETTING_TYPE_SIZE:
        return "size in bytes, or with K, M, G";
    case SETTING_TYPE_DURATION:
        return "time with its unit: ms, s, m, h, d";
    case SETTING_TYPE_ENUM:
        return "one word";
    case SETTING_TYPE_FILE:
        return "file that must be readable";
    case SETTING_TYPE_FILES:
        return "files that must be readable, separated by commas";
    case SETTING_TYPE_PATH:
        return "file";
    case SETTING_TYPE_TEXT:
        return "text";
    case SETTING_TYPE_ADDRESS:
        return "address";
    case SETTING_TYPE_ADDRESSES:
        return "addresses, separated by commas";
    case SETTING_TYPE_NETWORKS:
        return "addresses or networks, separated by commas";
    case SETTING_TYPE_DIGEST:
        return "64 hex digits";
    }
    return "";
}

static void write_document_setting(FILE *file, const struct setting_info *info)
{
    fprintf(file, "\n### %s\n\n%s\n\n", info->name, info->help);
    const char *dots = strstr(info->range, "..");
    fprintf(file, "- takes: %s", form_of(info->type));
    if (dots != NULL)
        fprintf(file, ", from %.*s to %s", (int)(dots - info->range), info->range, dots + 2);
    fprintf(file, "\n- default: %s%s%s\n", *info->initial != '\0' ? "`" : "not set", info->initial,
            *info->initial != '\0' ? "`" : "");
    fprintf(file, "- elsewhere: `%s`, `%s`\n", settings_option(info->name).text,
            settings_variable(info->name).text);
    if (info->choices == NULL)
        return;
    fputs("\n| word | meaning |\n| --- | --- |\n", file);
    for (const struct setting_choice *choice = info->choices; choice->word != NULL; choice++)
        fprintf(file, "| `%s` | %s |\n", choice->word, choice->about);
}

static void write_document(FILE *file)
{
    fputs("# Settings\n"
          "\n"
          "Written from `proxy/guard/config/settings.def` by `config_test_samples --write`; a test "
          "compares the two.\n"
          "\n"
          "A setting has three spellings: `schema_refresh` in the file that `--config` or "
          "`SCHEMAGUARD_CONFIG` names, `SCHEMAGUARD_SCHEMA_REFRESH` in the environment, "
          "`--schema-refresh` on the command line. The command line beats the environment, the "
          "environment beats the file, the file beats the default. "
          "`schemaguard serve --check-config` shows what is in force and where each value came "
          "from. Whatever is unknown or wrong is told, all of it, with its place; then nothing is "
          "started and the exit code is 2.\n"
          "\n"
          "Variables `SCHEMAGUARD_PORT…` and `SCHEMAGUARD_SERVICE_…` are passed over: Kubernetes "
          "makes them when a service is called `schemaguard`.\n",
          file);
    for (unsigned group = 0; group < SETTINGS_GROUP_COUNT; group++) {
        fprintf(file, "\n## %s\n\n%s\n", settings_groups[group].title,
                settings_groups[group].about);
        for (unsigned id = 0; id < SETTING_COUNT; id++) {
            if (settings_table[id].group == (enum settings_group)group)
                write_document_setting(file, &settings_table[id]);
        }
    }
}

/* --- tests --------------------------------------------------------------------------------- */

static char *written_by(void (*writer)(FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    writer(stream);
    fclose(stream);
    return text;
}

static char *content_of(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s is not there", path);
    char *text = NULL;
    size_t capacity = 0;
    if (getdelim(&text, &capacity, '\0', file) < 0)
        fail_msg("%s is empty", path);
    fclose(file);
    return text;
}

static void assert_up_to_date(const char *path, void (*writer)(FILE *))
{
    char *expected = written_by(writer);
    char *found = content_of(path);
    if (strcmp(expected, found) != 0)
        fail_msg("%s is not what settings.def says; run config_test_samples --write", path);
    free(expected);
    free(found);
}

static struct settings *load(const char *path, const char *more)
{
    char *arguments[] = {strdup("--config"), strdup(path), strdup(more)};
    char *environment[] = {NULL};
    struct settings *settings = NULL;
    struct settings_findings findings = {0};
    enum sg_status status = settings_load(3, arguments, environment, &settings, &findings);
    for (size_t i = 0; i < findings.error_count; i++)
        print_message("%s\n", findings.errors[i]);
    assert_int_equal(status, SG_OK);
    settings_findings_fini(&findings);
    for (int i = 0; i < 3; i++)
        free(arguments[i]);
    return settings;
}

static void test_the_full_sample_sets_every_setting_to_its_default(void **state)
{
    (void)state;
    struct settings *settings = load(FULL_PATH, "--check-config");
    for (unsigned id = 0; id < SETTING_COUNT; id++) {
        const struct settings_source *source = &settings->sources[id];
        if (source->origin != SETTINGS_ORIGIN_FILE)
            fail_msg("%s is not in it", settings_table[id].name);
        assert_string_equal(source->text, settings_table[id].initial);
    }
    settings_free(settings);
}

static void test_the_minimal_sample_loads(void **state)
{
    (void)state;
    struct settings *settings = load(SAMPLE_PATH, "--schema-password-file=/dev/null");
    assert_string_equal(settings->schema_user, "schemaguard");
    assert_int_equal(settings->mode, GUARD_MODE_OBSERVE);
    settings_free(settings);
}

static void test_what_is_written_from_the_table_is_up_to_date(void **state)
{
    (void)state;
    assert_up_to_date(FULL_PATH, write_ini);
    assert_up_to_date(DOCUMENT_PATH, write_document);
}

static int write_file(const char *path, void (*writer)(FILE *))
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        return 1;
    }
    writer(file);
    return fclose(file) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--write") == 0)
        return write_file(FULL_PATH, write_ini) | write_file(DOCUMENT_PATH, write_document);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_full_sample_sets_every_setting_to_its_default),
        cmocka_unit_test(test_the_minimal_sample_loads),
        cmocka_unit_test(test_what_is_written_from_the_table_is_up_to_date),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
