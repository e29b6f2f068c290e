/* What the client of a stopped statement is told. */
#include "session/refusal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void tell(enum sg_verdict verdict, struct sg_slice name, struct refusal *refusal)
{
    const struct sg_reference reference = {.kind = SG_REFERENCE_COLUMN,
                                           .verdict = verdict,
                                           .name = name,
                                           .clause = sg_slice_of("field list"),
                                           .error = 1054,
                                           .sqlstate = "42S22",
                                           .message = sg_slice_of("Unknown column")};
    const struct sg_report good = {.verdict = SG_VERDICT_OK};
    const struct sg_report report = {
        .verdict = verdict, .references = &reference, .reference_count = 1};
    struct judged second = {.index = 1, .report = &report};
    struct judged first = {.index = 0, .report = &good, .next = &second};
    const struct note note = {.judged = &first, .decided = 1};

    refusal_of(&note, refusal);
    assert_string_equal(refusal->sqlstate, verdict == SG_VERDICT_UNVERIFIED ? "HY000" : "42S22");
    refusal->sqlstate = NULL; /* the note's */
}

static void what_is_not_there_is_told_as_the_server_tells_it(void **state)
{
    struct refusal refusal;
    (void)state;
    tell(SG_VERDICT_ABSENT, sg_slice_of("c.x"), &refusal);
    assert_int_equal(refusal.error, 1054);
    assert_false(refusal.is_guards);
    assert_true(sg_slice_equal(refusal.message, sg_slice_of("Unknown column")));
}

static void what_is_unverified_is_told_in_our_own_words(void **state)
{
    static char name[4000];
    struct refusal refusal;
    (void)state;
    tell(SG_VERDICT_UNVERIFIED, sg_slice_of("c.x"), &refusal);
    assert_int_equal(refusal.error, 1105);
    assert_true(refusal.is_guards);
    assert_int_equal(strncmp(refusal.text, "schemaguard: ", 13), 0);
    assert_non_null(strstr(refusal.text, ": column 'c.x' in 'field list'"));
    memset(name, 'n', sizeof name);
    tell(SG_VERDICT_UNVERIFIED, sg_slice_make(name, sizeof name), &refusal);
    assert_int_equal(refusal.message.size, strlen(refusal.text));
    assert_non_null(strstr(refusal.text, "n' in 'field list'")); /* cut as the servers cut names */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_told_as_the_server_tells_it),
        cmocka_unit_test(what_is_unverified_is_told_in_our_own_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
