/* `schemaguard schema history` and `show`: what has been adopted. */
#include "cli/schema_history.h"

#include <stdbool.h>
#include <string.h>

#include "cli/check.h"
#include "cli/history_report.h"
#include "cli/options.h"
#include "cli/schema_report.h"

#define ARENA_CEILING ((size_t)2 << 30)

struct choice {
    const char *command; /* "schema show" */
    const char *folder;
    const char *format;
    bool quiet;
    bool help;
};

static void print_history_help(void)
{
    fputs("Usage: schemaguard schema history [OPTION]... --history DIR\n"
          "\n"
          "Lists what has been adopted, the latest first: version, time, hash, who, source, note.\n"
          "\n"
          "      --history DIR     the folder that schema adopt keeps\n"
          "  -f, --format FORMAT   text or json\n"
          "  -q, --quiet           nothing on standard error but errors\n"
          "\n"
          "Try it: schemaguard schema history --history schema-history\n"
          "Exit codes: 0 done, 2 could not run. docs/history.md tells more.\n",
          stdout);
}

static void print_show_help(void)
{
    fputs(
        "Usage: schemaguard schema show [OPTION]... VERSION --history DIR\n"
        "\n"
        "Tells of one version (a name of the list, or latest): who adopted it, when, from where,\n"
        "and what it changed against the one before it.\n"
        "\n"
        "      --history DIR     the folder that schema adopt keeps\n"
        "  -f, --format FORMAT   text or json\n"
        "  -q, --quiet           nothing on standard error but errors\n"
        "\n"
        "The snapshot itself: schemaguard schema pull @VERSION --history DIR\n"
        "Two versions:        schemaguard schema diff @v1 @v2 --history DIR\n"
        "Try it: schemaguard schema show latest --history schema-history\n"
        "Exit codes: 0 done, 2 could not run. docs/history.md tells more.\n",
        stdout);
}

static bool read_choice(int argc, char **argv, struct choice *choice, int *count_out)
{
    const struct option_spec specs[] = {
        {"--history", NULL, &choice->folder, NULL},
        {"--format", "-f", &choice->format, NULL},
        {"--quiet", "-q", NULL, &choice->quiet},
        {"--help", "-h", NULL, &choice->help},
    };
    if (!options_read(argc, argv, specs, sizeof specs / sizeof specs[0], choice->command,
                      count_out))
        return false;
    if (choice->help)
        return true;
    if (choice->format && strcmp(choice->format, "text") != 0 &&
        strcmp(choice->format, "json") != 0) {
        fprintf(stderr, "schemaguard %s: --format is text or json\n", choice->command);
        return false;
    }
    if (!choice->folder)
        fprintf(stderr,
                "schemaguard %s: --history is missing: the folder that schema adopt keeps\n",
                choice->command);
    return choice->folder != NULL;
}

static bool wants_json(const struct choice *choice)
{
    return choice->format && strcmp(choice->format, "json") == 0;
}

static int fail(const struct choice *choice, const char *words)
{
    fprintf(stderr, "schemaguard %s: %s\n", choice->command, words);
    return CHECK_EXIT_FAILED;
}

static int finish(const struct choice *choice, bool written)
{
    if (written && fflush(stdout) == 0 && !ferror(stdout))
        return CHECK_EXIT_CLEAN;
    return fail(choice, "the output cannot be written");
}

static bool open_history(const struct choice *choice, struct history *out)
{
    struct sg_error error = {.status = SG_OK};
    if (history_read(choice->folder, out, &error) != SG_OK) {
        (void)fail(choice, error.message);
        return false;
    }
    if (out->torn_bytes && !choice->quiet)
        fprintf(stderr,
                "schemaguard: %s/" HISTORY_LOG ": the last line is not whole (%zu bytes): an "
                "adoption was broken off there, and never happened; the next one takes it away\n",
                choice->folder, out->torn_bytes);
    return true;
}

int schema_history_start(int argc, char **argv)
{
    struct choice choice = {.command = "schema history"};
    struct history history;
    int count = 0;
    bool written = true;
    if (!read_choice(argc, argv, &choice, &count))
        return CHECK_EXIT_FAILED;
    if (choice.help) {
        print_history_help();
        return finish(&choice, true);
    }
    if (count != 0)
        return fail(&choice, "name no more than --history; schema show tells of one version");
    if (!open_history(&choice, &history))
        return CHECK_EXIT_FAILED;
    if (wants_json(&choice))
        written = history_report_list_json(&history, stdout);
    else
        history_report_list(&history, stdout, schema_report_wants_color(stdout));
    history_fini(&history);
    return finish(&choice, written);
}

/* --- one ----------------------------------------------------------------------------------- */

static bool show(const struct choice *choice, const struct history *history, const char *version,
                 struct sg_error *error)
{
    bool written = false;
    struct sg_schema *schema = NULL;
    struct sg_schema *before = NULL;
    struct sg_arena arena;
    struct sg_diff diff;
    const struct history_record *record = history_find(history, version, error);
    if (!record || history_load(history, record, &schema, error) != SG_OK)
        return false;
    struct history_view view = {.stream = stdout,
                                .history = history,
                                .at = (size_t)(record - history->records),
                                .schema = schema,
                                .color = schema_report_wants_color(stdout)};
    sg_arena_init(&arena, ARENA_CEILING);
    if (history_view_changes(&view, &before, &arena, &diff, error)) {
        written = true;
        if (!wants_json(choice))
            history_report_one(&view);
        else if (!history_report_one_json(&view))
            written = sg_error_set(error, SG_SYSTEM, "out of memory") == SG_OK;
    }
    sg_arena_fini(&arena);
    sg_schema_release(before);
    sg_schema_release(schema);
    return written;
}

int schema_show_start(int argc, char **argv)
{
    struct choice choice = {.command = "schema show"};
    struct history history;
    struct sg_error error = {.status = SG_OK};
    int count = 0;
    if (!read_choice(argc, argv, &choice, &count))
        return CHECK_EXIT_FAILED;
    if (choice.help) {
        print_show_help();
        return finish(&choice, true);
    }
    if (count != 1)
        return fail(&choice, "name one version, or latest");
    if (!open_history(&choice, &history))
        return CHECK_EXIT_FAILED;
    bool shown = show(&choice, &history, argv[0], &error);
    history_fini(&history);
    return shown ? finish(&choice, true) : fail(&choice, error.message);
}
