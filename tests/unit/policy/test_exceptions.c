#include "policy/exceptions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static enum sg_status read_text(const char *text, struct exceptions **out, struct sg_error *error)
{
    char path[] = "/tmp/sg-exceptions-XXXXXX";
    int fd = mkstemp(path);
    enum sg_status status;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    status = exceptions_read(path, out, error);
    unlink(path);
    return status;
}

static struct exceptions *good(const char *text)
{
    struct exceptions *exceptions = NULL;
    struct sg_error error = {0};

    if (read_text(text, &exceptions, &error) != SG_OK)
        fail_msg("%s", error.message);
    return exceptions;
}

static struct sg_reference missing(enum sg_reference_kind kind, const char *name)
{
    return (struct sg_reference){
        .kind = kind, .verdict = SG_VERDICT_ABSENT, .name = sg_slice_of(name)};
}

static const struct exception *find(const struct exceptions *exceptions,
                                    const struct sg_reference *references, size_t count,
                                    uint64_t digest, int64_t now_s)
{
    const struct sg_report report = {
        .verdict = SG_VERDICT_ABSENT, .references = references, .reference_count = count};

    return exceptions_find(exceptions, &report, digest, sg_slice_of("shop"), now_s);
}

static void lines_are_read(void **state)
{
    struct exceptions *exceptions =
        good("# a comment\n\n"
             "digest 00000000000000ff until 1970-01-02 for a day\n"
             "  table shop.clients\tuntil 1970-01-01T00:00:10Z  ten seconds, with blanks  \r\n"
             "column c.x until 2030-02-28 x\n");

    (void)state;
    assert_int_equal(exceptions_count(exceptions), 3);
    assert_int_equal(exceptions_at(exceptions, 0)->digest, 255);
    assert_int_equal(exceptions_at(exceptions, 0)->until_s, 2 * 86400);
    assert_int_equal(exceptions_at(exceptions, 1)->until_s, 10);
    assert_string_equal(exceptions_at(exceptions, 1)->reason, "ten seconds, with blanks");
    assert_int_equal(exceptions_at(exceptions, 1)->line, 4);
    assert_int_equal(exceptions_at(exceptions, 2)->kind, EXCEPTION_COLUMN);
    exceptions_release(exceptions);
}

static void wrong_lines_are_told(void **state)
{
    static const char *const WRONG[] = {
        "user app until 2030-01-01 why",
        "digest 12 until 2030-01-01 why",
        "digest 00000000000000fg until 2030-01-01 why",
        "table clients until 2030-01-01 why",
        "table shop.clients",
        "table shop.clients until 2030-01-01",
        "table shop.clients until 2030-02-31 why",
        "table shop.clients until 2030-13-01 why",
        "table shop.clients until tomorrow why",
        "table shop.clients until 2030-01-01T10:00 why",
        "table shop.clients till 2030-01-01 why",
    };

    (void)state;
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++) {
        struct exceptions *exceptions = NULL;
        struct sg_error error = {0};
        char text[256];
        snprintf(text, sizeof text, "# first\n%s\n", WRONG[i]);
        if (read_text(text, &exceptions, &error) != SG_INVALID)
            fail_msg("%s", WRONG[i]);
        assert_null(exceptions);
        assert_non_null(strstr(error.message, "line 2"));
    }
}

static void a_file_that_is_not_there(void **state)
{
    struct exceptions *exceptions = NULL;
    struct sg_error error = {0};

    (void)state;
    assert_int_equal(exceptions_read("/nonexistent/file", &exceptions, &error), SG_SYSTEM);
}

static void a_digest_lets_the_statement_pass(void **state)
{
    struct exceptions *exceptions = good("digest 00000000000000ff until 1970-01-02 x\n");
    const struct sg_reference reference = missing(SG_REFERENCE_COLUMN, "x");

    (void)state;
    assert_true(exceptions_want_digest(exceptions, 5));
    assert_false(exceptions_want_digest(exceptions, 2 * 86400));
    assert_non_null(find(exceptions, &reference, 1, 255, 5));
    assert_null(find(exceptions, &reference, 1, 254, 5));
    assert_null(find(exceptions, &reference, 1, 0, 5));
    assert_null(find(exceptions, &reference, 1, 255, 2 * 86400));
    exceptions_release(exceptions);
}

static void every_name_needs_its_own(void **state)
{
    struct exceptions *exceptions = good("table shop.clients until 1970-01-02 x\n"
                                         "column c.town until 1970-01-02 x\n");
    const struct sg_reference both[] = {missing(SG_REFERENCE_TABLE, "shop.clients"),
                                        missing(SG_REFERENCE_COLUMN, "c.town")};
    const struct sg_reference other[] = {missing(SG_REFERENCE_TABLE, "clients"),
                                         missing(SG_REFERENCE_COLUMN, "c.country")};
    const struct sg_reference unlike = missing(SG_REFERENCE_TABLE, "depot.clients");

    (void)state;
    assert_false(exceptions_want_digest(exceptions, 5));
    assert_non_null(find(exceptions, both, 2, 0, 5));
    assert_non_null(find(exceptions, other, 1, 0, 5));
    assert_null(find(exceptions, other, 2, 0, 5));
    assert_null(find(exceptions, &unlike, 1, 0, 5));
    assert_null(find(NULL, both, 2, 0, 5));
    exceptions_release(exceptions);
}

static void a_set_in_use_outlives_its_place(void **state)
{
    struct exceptions_slot slot;
    struct exceptions *held;

    (void)state;
    exceptions_slot_init(&slot);
    assert_null(exceptions_slot_get(&slot));
    exceptions_slot_put(&slot, good("table a.b until 2030-01-01 x\n"));
    held = exceptions_slot_get(&slot);
    exceptions_slot_put(&slot, NULL);
    assert_int_equal(exceptions_count(held), 1);
    exceptions_release(held);
    exceptions_slot_fini(&slot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(wrong_lines_are_told),
        cmocka_unit_test(a_file_that_is_not_there),
        cmocka_unit_test(a_digest_lets_the_statement_pass),
        cmocka_unit_test(every_name_needs_its_own),
        cmocka_unit_test(a_set_in_use_outlives_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
