/* `schemaguard check`: statements from files against a schema. */
#include "cli/check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/check_report.h"
#include "cli/check_run.h"
#include "cli/options.h"
#include "cli/schema_choice.h"

struct check_choice {
    struct schema_choice schema;
    const char *input;
    const char *format;
    const char *color;
    const char *output;
    bool all;
    bool unparsed;
    bool help;
    struct check_options options;
    struct check_output out;
};

static void print_help(void)
{
    fputs("Usage: schemaguard check --schema SCHEMA [OPTION]... FILE...\n"
          "\n"
          "Finds statements in files that name tables or columns which the schema does not have,\n"
          "in the words of the server that would refuse them. Nothing is run. FILE is SQL (with\n"
          "DELIMITER), a general log, a slow log, or JSON lines {\"sql\", \"db\", \"sql_mode\"};\n"
          "- is standard input. USE, SET, temporary tables and changes of the schema count for\n"
          "the statements after them; in a log each connection is followed by itself.\n"
          "\n",
          stdout);
    schema_choice_help(stdout);
    fputs("      --input KIND      auto, sql, general, slow or jsonl (left out: auto)\n"
          "      --format FORMAT   text, json, sarif (2.1.0) or summary (left out: text)\n"
          "  -o, --output FILE     write there instead of to standard output\n"
          "      --color WHEN      auto, always or never (left out: auto)\n"
          "      --all             show every finding; without it, logs show one of those that\n"
          "                        differ in their values alone\n"
          "      --unparsed        show what was not understood, too; it is never a mismatch\n"
          "\n"
          "Try it:\n"
          "  schemaguard schema pull mysql://app@127.0.0.1/shop -o shop.json\n"
          "  schemaguard check --schema shop.json queries.sql\n"
          "  mysqldump --no-data shop > shop.sql; schemaguard check --schema shop.sql general.log\n"
          "  echo 'SELECT compny FROM customers' | schemaguard check --schema shop.sql -\n"
          "\n"
          "Exit codes: 0 no mismatch, 1 mismatches, 2 could not run. docs/check.md tells more.\n",
          stdout);
}

static bool choose(const char *word, const char *const *names, size_t count, const char *option,
                   size_t *index_out)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, names[i]) == 0) {
            *index_out = i;
            return true;
        }
    }
    fprintf(stderr, "schemaguard check: %s is one of", option);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "%s %s", i ? "," : "", names[i]);
    fputs("\n", stderr);
    return false;
}

static bool read_choice(int argc, char **argv, struct check_choice *choice, int *count_out)
{
    static const char *const INPUTS[] = {"auto", "sql", "general", "slow", "jsonl"};
    static const char *const FORMATS[] = {"text", "json", "sarif", "summary"};
    static const char *const COLORS[] = {"auto", "always", "never"};
    struct option_spec specs[SCHEMA_CHOICE_SPECS + 7] = {
        {"--input", NULL, &choice->input, NULL},   {"--format", NULL, &choice->format, NULL},
        {"--output", "-o", &choice->output, NULL}, {"--color", NULL, &choice->color, NULL},
        {"--all", NULL, NULL, &choice->all},       {"--unparsed", NULL, NULL, &choice->unparsed},
        {"--help", "-h", NULL, &choice->help},
    };
    size_t input = 0;
    size_t format = 0;
    size_t color = 0;
    schema_choice_specs(&choice->schema, specs + 7);
    if (!options_read(argc, argv, specs, SCHEMA_CHOICE_SPECS + 7, "check", count_out))
        return false;
    if (choice->help)
        return true;
    if ((choice->input && !choose(choice->input, INPUTS, 5, "--input", &input)) ||
        (choice->format && !choose(choice->format, FORMATS, 4, "--format", &format)) ||
        (choice->color && !choose(choice->color, COLORS, 3, "--color", &color)))
        return false;
    choice->options.input = (enum statements_input)input;
    choice->out.format = (enum check_format)format;
    choice->out.color = color == 1 || (color == 0 && !choice->output && isatty(STDOUT_FILENO) &&
                                       !getenv("NO_COLOR"));
    if (*count_out > 0)
        return true;
    fputs("schemaguard check: name a file with statements, or - for standard input; see "
          "schemaguard check --help\n",
          stderr);
    return false;
}

static bool open_output(struct check_choice *choice)
{
    choice->out.stream = choice->output ? fopen(choice->output, "we") : stdout;
    if (choice->out.stream)
        return true;
    perror(choice->output);
    return false;
}

/* Whether all that was written has arrived. */
static bool close_output(struct check_choice *choice)
{
    bool arrived = fflush(choice->out.stream) == 0 && ferror(choice->out.stream) == 0;
    if (choice->output)
        arrived = fclose(choice->out.stream) == 0 && arrived;
    if (!arrived)
        fputs("schemaguard check: the output could not be written\n", stderr);
    return arrived;
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void read_files(struct check_choice *choice, char **files, int count,
                       struct check_summary *summary)
{
    struct check_run *run =
        check_run_new(&choice->options, choice->schema.source.schema, &choice->out, summary);
    if (!run) {
        fputs("schemaguard check: memory is out\n", stderr);
        return;
    }
    summary->is_complete = true;
    for (int i = 0; i < count; i++) {
        struct sg_error error = {0};
        if (check_run_file(run, files[i], &error) == SG_OK)
            continue;
        fprintf(stderr, "schemaguard check: %s\n", error.message);
        summary->is_complete = false;
    }
    check_run_free(run);
}

static int check(struct check_choice *choice, char **files, int count)
{
    struct check_summary summary = {0};
    double started = now_s();
    choice->options.server = &choice->schema.server;
    choice->options.database = choice->schema.database_now;
    choice->options.sql_mode = choice->schema.modes;
    choice->options.shows_all = choice->all;
    choice->options.shows_unparsed = choice->unparsed;
    choice->options.shows_progress = !choice->schema.quiet && isatty(STDERR_FILENO);
    choice->out.schema = choice->schema.schema;
    choice->out.server = &choice->schema.server;
    check_output_begin(&choice->out);
    read_files(choice, files, count, &summary);
    summary.seconds = now_s() - started;
    check_output_end(&choice->out, &summary);
    if (!close_output(choice) || !summary.is_complete)
        return CHECK_EXIT_FAILED;
    return summary.mismatches ? CHECK_EXIT_FOUND : CHECK_EXIT_CLEAN;
}

int check_start(int argc, char **argv)
{
    struct check_choice choice = {.input = NULL};
    int count = 0;
    if (!read_choice(argc, argv, &choice, &count))
        return CHECK_EXIT_FAILED;
    if (choice.help) {
        print_help();
        return fflush(stdout) == 0 ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
    }
    int code = CHECK_EXIT_FAILED;
    if (schema_choice_read(&choice.schema, "check") && open_output(&choice))
        code = check(&choice, argv, count);
    schema_choice_fini(&choice.schema);
    return code;
}
