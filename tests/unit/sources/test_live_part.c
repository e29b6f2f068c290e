/* Which tables a statement is about, as text behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sources/live_part.h"

static void expect(const struct live_part *part, const struct live_options *options,
                   const char *wanted)
{
    MYSQL *mysql = mysql_init(NULL);
    char *where = live_part_where(part, options, mysql, "TABLE_SCHEMA");
    assert_string_equal(where, wanted);
    free(where);
    mysql_close(mysql);
}

static void all_is_what_the_options_ask_for(void **state)
{
    const char *names[] = {"shop", "it's"};
    const struct live_options some = {.databases = names, .database_count = 2};
    const struct live_options all = {.databases = NULL};
    const struct live_part part = {.except_count = 0};
    (void)state;
    expect(&part, &all, "");
    expect(&part, &some, " WHERE TABLE_SCHEMA IN ('information_schema', 'shop', 'it\\'s')");
}

static void what_has_parts_of_its_own_is_left_out(void **state)
{
    const char *names[] = {"shop", "large"};
    const struct live_options some = {.databases = names, .database_count = 2};
    const struct live_options all = {.databases = NULL};
    const struct sg_slice large[] = {SG_SLICE_LITERAL("large"), SG_SLICE_LITERAL("too")};
    const struct live_part part = {.except = large, .except_count = 2};
    (void)state;
    expect(&part, &all, " WHERE TABLE_SCHEMA NOT IN ('large', 'too')");
    expect(&part, &some, " WHERE TABLE_SCHEMA IN ('information_schema', 'shop')");
}

/* Together they are the whole database, whatever comes between two statements. */
static void a_part_ends_where_the_next_one_begins(void **state)
{
    const struct live_options all = {.databases = NULL};
    struct live_part part = {.database = SG_SLICE_LITERAL("large"), .below = SG_SLICE_LITERAL("m")};
    (void)state;
    expect(&part, &all, " WHERE TABLE_SCHEMA = 'large' AND TABLE_NAME < 'm'");
    part.from = part.below;
    part.below = SG_SLICE_LITERAL("t");
    expect(&part, &all, " WHERE TABLE_SCHEMA = 'large' AND TABLE_NAME >= 'm' AND TABLE_NAME < 't'");
    part.from = part.below;
    part.below = SG_SLICE_EMPTY;
    expect(&part, &all, " WHERE TABLE_SCHEMA = 'large' AND TABLE_NAME >= 't'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_what_the_options_ask_for),
        cmocka_unit_test(what_has_parts_of_its_own_is_left_out),
        cmocka_unit_test(a_part_ends_where_the_next_one_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
