/* "Did you mean": near words are found, far ones are not. */
#include "config/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_distance_counts_single_slips(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("mode", "mode"), 0);
    assert_int_equal(suggest_distance("mod", "mode"), 1);   /* left out */
    assert_int_equal(suggest_distance("moode", "mode"), 1); /* too many */
    assert_int_equal(suggest_distance("made", "mode"), 1);  /* another */
    assert_int_equal(suggest_distance("moed", "mode"), 1);  /* swapped */
    assert_int_equal(suggest_distance("", "mode"), 4);
    assert_int_equal(suggest_distance("mode", ""), 4);
}

static void test_case_and_dashes_are_no_difference(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("Event-Log", "event_log"), 0);
}

static void test_endless_words_are_far_from_everything(void **state)
{
    (void)state;
    char word[200];
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_true(suggest_distance(word, "mode") == SIZE_MAX);
    assert_true(suggest_distance("mode", word) == SIZE_MAX);
}

static void test_the_nearest_word_is_kept(void **state)
{
    (void)state;
    struct suggestion suggestion = suggest_for("blok");
    suggest_offer(&suggestion, "observe");
    assert_null(suggestion.nearest);
    suggest_offer(&suggestion, "black");
    suggest_offer(&suggestion, "block");
    assert_string_equal(suggestion.nearest, "block");
}

static void test_words_that_share_little_are_not_suggested(void **state)
{
    (void)state;
    struct suggestion suggestion = suggest_for("tea");
    suggest_offer(&suggestion, "off");
    suggest_offer(&suggestion, "x");
    suggest_offer(&suggestion, "observe");
    assert_null(suggestion.nearest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance_counts_single_slips),
        cmocka_unit_test(test_case_and_dashes_are_no_difference),
        cmocka_unit_test(test_endless_words_are_far_from_everything),
        cmocka_unit_test(test_the_nearest_word_is_kept),
        cmocka_unit_test(test_words_that_share_little_are_not_suggested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
