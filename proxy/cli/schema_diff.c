/* `schemaguard schema diff`: what differs between two schemas, wherever they come from. */
#include "cli/schema_diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/check.h"
#include "cli/schema_compare.h"
#include "cli/schema_report.h"

enum { EXIT_SAME = CHECK_EXIT_CLEAN, EXIT_DIFFERS = CHECK_EXIT_FOUND };

static void print_help(void)
{
    fputs("Usage: schemaguard schema diff [OPTION]... FROM TO\n"
          "\n"
          "Tells what differs: what only FROM has is missing, what only TO has is new. What would\n"
          "lose data on the way from FROM to TO comes first. Renames are named as likely, never\n"
          "assumed. Servers are only read.\n"
          "\n",
          stdout);
    schema_compare_help(stdout);
    fputs("  -f, --format FORMAT       text, json, markdown or html\n"
          "  -o, --output FILE         where to write it (left out: standard output)\n"
          "\n"
          "Try it: schemaguard schema diff migrations/ mysql://app@127.0.0.1:3306/shop\n"
          "Exit codes: 0 the same, 1 they differ, 2 could not compare.\n",
          stdout);
}

static bool write_report(const struct schema_compare *compare, const char *format, FILE *stream)
{
    char *from = schema_compare_name(compare, 0);
    char *to = schema_compare_name(compare, 1);
    const struct schema_report report = {.stream = stream,
                                         .diff = &compare->diff,
                                         .from = from ? from : "",
                                         .to = to ? to : "",
                                         .color = schema_report_wants_color(stream)};
    bool written = true;
    if (!format || strcmp(format, "text") == 0)
        schema_report_text(&report);
    else if (strcmp(format, "markdown") == 0)
        schema_report_markdown(&report);
    else if (strcmp(format, "html") == 0)
        schema_report_html(&report);
    else
        written = schema_report_json(&report);
    free(from);
    free(to);
    return written && fflush(stream) == 0 && ferror(stream) == 0;
}

static int report(const struct schema_compare *compare, const char *format, const char *output)
{
    FILE *stream = output ? fopen(output, "we") : stdout;
    bool written = stream && write_report(compare, format, stream);
    if (stream && output)
        written = fclose(stream) == 0 && written;
    if (!written) {
        fprintf(stderr, "schemaguard schema diff: %s cannot be written\n",
                output ? output : "the output");
        return CHECK_EXIT_FAILED;
    }
    return compare->diff.count ? EXIT_DIFFERS : EXIT_SAME;
}

static bool is_format(const char *format)
{
    return !format || strcmp(format, "text") == 0 || strcmp(format, "json") == 0 ||
           strcmp(format, "markdown") == 0 || strcmp(format, "html") == 0;
}

int schema_diff_start(int argc, char **argv)
{
    struct schema_compare compare = {.command = "schema diff"};
    const char *format = NULL;
    const char *output = NULL;
    bool help = false;
    int count = 0;
    struct option_spec specs[SCHEMA_COMPARE_SPECS + 3] = {{"--format", "-f", &format, NULL},
                                                          {"--output", "-o", &output, NULL},
                                                          {"--help", "-h", NULL, &help}};
    schema_compare_specs(&compare, specs + 3);
    if (!options_read(argc, argv, specs, SCHEMA_COMPARE_SPECS + 3, "schema diff", &count))
        return CHECK_EXIT_FAILED;
    if (help) {
        print_help();
        return fflush(stdout) == 0 ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
    }
    if (count != 2 || !is_format(format)) {
        fputs(count != 2 ? "schemaguard schema diff: name two sources\n"
                         : "schemaguard schema diff: --format is text, json, markdown or html\n",
              stderr);
        return CHECK_EXIT_FAILED;
    }
    compare.names[0] = argv[0];
    compare.names[1] = argv[1];
    int code = schema_compare_read_both(&compare) && schema_compare_run(&compare)
                   ? report(&compare, format, output)
                   : CHECK_EXIT_FAILED;
    schema_compare_fini(&compare);
    return code;
}
