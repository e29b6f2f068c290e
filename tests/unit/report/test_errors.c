/* docs/errors.md says what guard_error.def says.
 *
 * report_test_errors --write   writes it anew
 */
#include "report/guard_error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "document.h"

#define DOCUMENT_PATH SCHEMAGUARD_SOURCE_DIR "/docs/errors.md"

static const char head[] =
    "# Errors of the guard itself\n"
    "\n"
    "Written from `proxy/guard/report/guard_error.def` by `report_test_errors --write`; a test "
    "compares them.\n"
    "\n"
    "What the guard itself has to say to a client comes as an ERR packet whose message begins with "
    "`schemaguard: `. Number and SQLSTATE are those of the server for the like, so that drivers do "
    "what they do then: class 08 is a connection that is lost or was refused, which pools replace "
    "and programs try again. After all of them but 1105 the connection is closed. The log and the "
    "counters `closed_…` ([metrics.md](metrics.md)) name the same cause.\n"
    "\n"
    "In place of the server's greeting no SQLSTATE is sent, as servers do; drivers then show HY000 "
    "or 08004 of their own.\n"
    "\n"
    "| error | SQLSTATE | message, after `schemaguard: ` | when | what to do |\n"
    "| --- | --- | --- | --- | --- |\n";

static const char tail[] =
    "\n"
    "## Not of this family\n"
    "\n"
    "- **A statement that was blocked** gets the server's own error, in its own words: 1054, 1146 "
    "and the like. The connection stays usable.\n"
    "- **1243** `Unknown prepared statement handler (4294967295) given to mysqld_stmt_execute`: a "
    "MariaDB client pipelined a PREPARE that was blocked and the EXECUTE of \"the last one\"; it "
    "is "
    "what the server says after a PREPARE of its own failed.\n"
    "- **Everything else** comes from the server and is passed on as it is, 1040 and 1129 in place "
    "of its greeting and 1159, 1156 and 1153 at its end included.\n"
    "- **A TLS alert** is all that a client gets whose certificate is not accepted, or with which "
    "no version or cipher is shared: there is no protocol yet to tell it in. The log says why.\n";

static void write_document(FILE *file)
{
    fputs(head, file);
    for (unsigned i = 0; i < GUARD_ERROR_COUNT; i++) {
        const struct guard_error_info *error = &guard_errors[i];
        fprintf(file, "| %u | %s | %s | %s | %s |\n", error->number, error->sqlstate, error->text,
                error->when, error->remedy);
    }
    fputs(tail, file);
}

static void test_the_page_is_up_to_date(void **state)
{
    (void)state;
    assert_up_to_date(DOCUMENT_PATH, write_document, "report_test_errors");
}

static void test_each_has_all_that_a_packet_needs(void **state)
{
    (void)state;
    for (unsigned i = 0; i < GUARD_ERROR_COUNT; i++) {
        const struct guard_error_info *error = &guard_errors[i];
        assert_in_range(error->number, 1000, 9999);
        assert_int_equal(strlen(error->sqlstate), 5);
        assert_in_range(strlen(error->text), 10, 200);
        for (unsigned other = 0; other < i; other++)
            assert_string_not_equal(error->text, guard_errors[other].text);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--write") == 0) {
        FILE *file = fopen(DOCUMENT_PATH, "w");
        if (!file)
            return EXIT_FAILURE;
        write_document(file);
        return fclose(file) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_page_is_up_to_date),
        cmocka_unit_test(test_each_has_all_that_a_packet_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
