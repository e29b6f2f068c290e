/* The table of the servers' own functions, and the search in it. */
#include "parse_case.h"

#include <stdio.h>

#include "sql/function.h"

static bool knows(const char *name, bool mariadb, uint32_t version)
{
    return sg_function_find(sg_slice_of(name), mariadb, version) != NULL;
}

/* A name out of order would not be found. */
static void every_entry_is_found(void **state)
{
    (void)state;
    static const char *const NAMES[] = {
#define SG_NATIVE(name, where, spelled, form) #name,
#include "sql/function.def"
#undef SG_NATIVE
    };
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (!knows(NAMES[i], true, 101119) && !knows(NAMES[i], false, 50744))
            fail_msg("%s is not found", NAMES[i]);
    }
}

static void letter_case_is_ignored(void **state)
{
    (void)state;
    assert_true(knows("concat_ws", false, 90704));
    assert_true(knows("Concat_Ws", true, 101119));
}

static void other_names_are_not_found(void **state)
{
    (void)state;
    assert_false(knows("", false, 90704));
    assert_false(knows("concat_", false, 90704));
    assert_false(knows("concat_wsx", false, 90704));
    assert_false(knows("zzz", false, 90704));
    assert_false(knows("\xff", false, 90704));
    assert_null(sg_function_find(SG_SLICE_LITERAL("abs\0"), false, 90704));
}

static void servers_differ(void **state)
{
    (void)state;
    assert_true(knows("any_value", false, 90704));
    assert_false(knows("any_value", true, 101119));
    assert_true(knows("nvl2", true, 101119));
    assert_false(knows("nvl2", false, 90704));
    assert_true(knows("md5", true, 101119));
    assert_true(knows("md5", false, 80036));
    assert_false(knows("md5", false, 90704));
}

static void forms_are_told(void **state)
{
    (void)state;
    assert_int_equal(sg_function_find(SG_SLICE_LITERAL("locate"), false, 90704)->function,
                     SG_FUNCTION_LOCATE);
    assert_true(sg_function_find(SG_SLICE_LITERAL("st_collect"), false, 90704)->aggregate);
    assert_true(sg_function_find(SG_SLICE_LITERAL("date"), false, 90704)->word);
    check_tree(BOTH, 0, "select date(a), `date`(b), `concat`(c)",
               "(query (select (items (call date (column a)) (stored date (column b)) (call concat "
               "(column c)))))");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_entry_is_found),
        cmocka_unit_test(letter_case_is_ignored),
        cmocka_unit_test(other_names_are_not_found),
        cmocka_unit_test(servers_differ),
        cmocka_unit_test(forms_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
