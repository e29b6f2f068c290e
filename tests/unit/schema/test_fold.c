/* Folding of column names, held against what the servers said of each pair of letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schema/fold.h"

#define FACTS SCHEMAGUARD_SOURCE_DIR "/tests/corpus/identifier-case.tsv"

static bool equal(const char *a, const char *b, enum sg_flavour flavour)
{
    return sg_fold_equal_column(sg_slice_of(a), sg_slice_of(b), flavour);
}

static void test_pairs_are_equal_where_the_servers_hold_them_equal(void **state)
{
    (void)state;
    char line[256];
    int pairs = 0;
    FILE *file = fopen(FACTS, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        char a[16], b[16];
        int mysql, mariadb;
        assert_int_equal(sscanf(line, "%15s %15s %*s %*s %d %d", a, b, &mysql, &mariadb), 4);
        assert_int_equal(equal(a, b, SG_FLAVOUR_MYSQL), mysql);
        assert_int_equal(equal(a, b, SG_FLAVOUR_MARIADB), mariadb);
        if (mysql)
            assert_true(sg_fold_hash(sg_slice_of(a)) == sg_fold_hash(sg_slice_of(b)));
        pairs++;
    }
    fclose(file);
    assert_true(pairs > 1000);
}

static void test_hash_is_of_letters_whatever_their_case_and_place(void **state)
{
    (void)state;
    static const char *const PAIRS[][2] = {
        {"", ""},
        {"A", "a"},
        {"CUSTOMER_ID", "customer_id"},
        {"Seventeen_Letters_", "sEVENTEEN_lETTERS_"},
        {"Straße", "STRAßE"},
        {"12345678Ä", "12345678ä"},
        {"\xE2\x84\xAA"
         "elvin678",
         "kelvin678"}, /* the Kelvin sign folds into ASCII */
        {"_kelvin_\xE2\x84\xAA", "_kelvin_K"},
    };
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        struct sg_slice a = sg_slice_of(PAIRS[i][0]);
        struct sg_slice b = sg_slice_of(PAIRS[i][1]);
        assert_true(sg_fold_equal(a, b));
        assert_true(sg_fold_hash(a) == sg_fold_hash(b));
    }
}

static void test_other_names_are_not_equal(void **state)
{
    (void)state;
    assert_false(equal("a", "b", SG_FLAVOUR_MYSQL));
    assert_false(equal("a", "a ", SG_FLAVOUR_MYSQL));
    assert_false(equal("@", "`", SG_FLAVOUR_MYSQL)); /* 20 apart, no letters */
    assert_false(equal("[", "{", SG_FLAVOUR_MYSQL));
    assert_false(equal("e", "é", SG_FLAVOUR_MYSQL));
    assert_false(equal("ss", "ß", SG_FLAVOUR_MYSQL));
    assert_true(equal("k", "\xE2\x84\xAA", SG_FLAVOUR_MYSQL));
    assert_false(equal("k", "\xE2\x84\xAA", SG_FLAVOUR_MARIADB));
}

static void test_bytes_that_are_no_letters_equal_themselves_alone(void **state)
{
    (void)state;
    static const char *const BROKEN[] = {"\xFF",
                                         "\xC3",
                                         "\xC3"
                                         "A",
                                         "\xE2\x84",
                                         "\xF0\x9F\x98",
                                         "a\x80"
                                         "b",
                                         "\xC0\x80",
                                         "\xEF"};
    for (size_t i = 0; i < sizeof BROKEN / sizeof BROKEN[0]; i++) {
        for (size_t j = 0; j < sizeof BROKEN / sizeof BROKEN[0]; j++)
            assert_int_equal(equal(BROKEN[i], BROKEN[j], SG_FLAVOUR_MYSQL), i == j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs_are_equal_where_the_servers_hold_them_equal),
        cmocka_unit_test(test_hash_is_of_letters_whatever_their_case_and_place),
        cmocka_unit_test(test_other_names_are_not_equal),
        cmocka_unit_test(test_bytes_that_are_no_letters_equal_themselves_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
