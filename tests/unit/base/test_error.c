/* Errors: the first one is kept, places go in front, one line, never half a letter. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <schemaguard/error.h>

static void keeps_the_first_failure(void **state)
{
    (void)state;
    struct sg_error error = {0};
    assert_int_equal(sg_error_set(&error, SG_INVALID, "bad %s", "port"), SG_INVALID);
    assert_int_equal(sg_error_set(&error, SG_SYSTEM, "later"), SG_SYSTEM);
    assert_int_equal(error.status, SG_INVALID);
    assert_string_equal(error.message, "bad port");
}

static void works_without_an_error_to_fill(void **state)
{
    (void)state;
    assert_int_equal(sg_error_set(NULL, SG_LIMIT, "x"), SG_LIMIT);
    sg_error_at(NULL, "x");
}

static void puts_places_in_front(void **state)
{
    (void)state;
    struct sg_error error = {0};
    sg_error_at(&error, "nothing happened");
    assert_string_equal(error.message, "");
    sg_error_set(&error, SG_INVALID, "not a number");
    sg_error_at(&error, "line %d", 7);
    sg_error_at(&error, "%s", "guard.ini");
    assert_string_equal(error.message, "guard.ini: line 7: not a number");
}

static void stays_on_one_line(void **state)
{
    (void)state;
    struct sg_error error = {0};
    sg_error_set(&error, SG_INVALID, "two\nlines\tand\x01");
    sg_error_at(&error, "a\r\nb");
    assert_string_equal(error.message, "a  b: two lines and ");
}

static void cuts_between_letters(void **state)
{
    (void)state;
    char text[600] = {0};
    for (size_t shift = 0; shift < 4; shift++) {
        struct sg_error error = {0};
        memset(text, 'x', shift);
        for (size_t at = shift; at + 4 < sizeof text; at += 4)
            memcpy(text + at, "\xf0\x9f\x98\x80", 5);
        sg_error_set(&error, SG_INVALID, "%s", text);
        size_t size = strlen(error.message);
        assert_true(size > sizeof error.message - 5 && size < sizeof error.message);
        assert_int_equal((size - shift) % 4, 0);
        sg_error_at(&error, "%s", "ab");
        assert_int_equal((strlen(error.message) - shift - 4) % 4, 0);
    }
}

static void survives_a_place_as_long_as_all(void **state)
{
    (void)state;
    char text[700];
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct sg_error error = {0};
    sg_error_set(&error, SG_INVALID, "what");
    sg_error_at(&error, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    sg_error_at(&error, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_first_failure),
        cmocka_unit_test(works_without_an_error_to_fill),
        cmocka_unit_test(puts_places_in_front),
        cmocka_unit_test(stays_on_one_line),
        cmocka_unit_test(cuts_between_letters),
        cmocka_unit_test(survives_a_place_as_long_as_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
