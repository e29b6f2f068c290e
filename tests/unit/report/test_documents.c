/* docs/metrics.md says what metrics.def and close_reason.def say.
 *
 * report_test_documents --write   writes it anew
 */
#include "report/histogram.h"
#include "report/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "document.h"

#define DOCUMENT_PATH SCHEMAGUARD_SOURCE_DIR "/docs/metrics.md"

static const char *kind_word(enum metric_kind kind)
{
    switch (kind) {
    case METRIC_KIND_COUNTER:
        return "grows";
    case METRIC_KIND_GAUGE:
        return "now";
    case METRIC_KIND_LEVEL:
        return "now";
    }
    return "";
}

static void write_document(FILE *file)
{
    fputs(
        "# Metrics and close reasons\n"
        "\n"
        "Written from `proxy/guard/report/metrics.def` and `close_reason.def` by "
        "`report_test_documents --write`; a test compares them.\n"
        "\n"
        "The signal USR2 writes all counters to the log as one JSON object, and so does the end "
        "of the process: the line with the source `metrics`. `/metrics` of docs/admin.md has them "
        "for Prometheus.\n"
        "\n"
        "| metric | | what it counts |\n"
        "| --- | --- | --- |\n",
        file);
    for (unsigned i = 0; i < METRIC_COUNT; i++)
        fprintf(file, "| `%s` | %s | %s |\n", metrics_table[i].name,
                kind_word(metrics_table[i].kind), metrics_table[i].help);
    for (unsigned i = 0; i < HISTOGRAM_COUNT; i++)
        fprintf(file, "| `%s` | times | %s; in `/metrics` alone |\n", histograms_table[i].name,
                histograms_table[i].help);
    fputs("\n"
          "## Why sessions end\n"
          "\n"
          "Each session ends for one reason, the first that came; the log names it at level debug, "
          "and the counter `closed_…` counts it. *Whose* tells who can do something about it.\n"
          "\n"
          "| reason | whose | meaning |\n"
          "| --- | --- | --- |\n",
          file);
    for (unsigned i = CLOSE_REASON_NONE + 1; i < CLOSE_REASON_COUNT; i++) {
        enum close_reason reason = (enum close_reason)i;
        fprintf(file, "| `%s` | %s | %s |\n", close_reason_name(reason),
                close_fault_name(close_reason_fault(reason)), close_reason_text(reason));
    }
}

static void test_the_page_is_up_to_date(void **state)
{
    (void)state;
    assert_up_to_date(DOCUMENT_PATH, write_document, "report_test_documents");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--write") == 0) {
        FILE *file = fopen(DOCUMENT_PATH, "w");
        if (file == NULL) {
            perror(DOCUMENT_PATH);
            return 1;
        }
        write_document(file);
        return fclose(file) == 0 ? 0 : 1;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_page_is_up_to_date)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
