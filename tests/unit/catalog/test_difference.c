#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/difference.h"

/* "a:x,y b:x" is two tables of database `shop` with these columns. */
static struct sg_schema *make(const char *text, const char *version)
{
    struct sg_server server = {.version = 1};
    struct sg_error error = {.status = SG_OK};
    assert_true(sg_server_from_version(sg_slice_of(version), &server));
    struct sg_schema_builder *builder = sg_schema_builder_new(&server);
    char copy[256];
    char *tables = NULL;
    (void)snprintf(copy, sizeof(copy), "%s", text);
    for (char *table = strtok_r(copy, " ", &tables); table; table = strtok_r(NULL, " ", &tables)) {
        struct sg_column_spec columns[8];
        size_t count = 0;
        char *parts = NULL;
        char *name = strtok_r(table, ":", &parts);
        for (char *column; (column = strtok_r(NULL, ",", &parts));)
            columns[count++] = (struct sg_column_spec){.name = sg_slice_of(column)};
        const struct sg_table_spec spec = {.database = SG_SLICE_LITERAL("shop"),
                                           .name = sg_slice_of(name),
                                           .columns = columns,
                                           .column_count = count};
        assert_int_equal(sg_schema_builder_table(builder, &spec, &error), SG_OK);
    }
    struct sg_schema *schema = NULL;
    assert_int_equal(sg_schema_builder_finish(builder, &schema, &error), SG_OK);
    return schema;
}

static void what_came_and_went_is_counted_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        const char *after;
        size_t counts[5]; /* tables + - ~, columns + - */
        const char *names;
    } cases[] = {
        {"a:x", "a:x", {0, 0, 0, 0, 0}, ""},
        {"a:x", "a:x b:y", {1, 0, 0, 0, 0}, "shop.b"},
        {"a:x b:y", "b:y", {0, 1, 0, 0, 0}, "shop.a"},
        {"a:x,y", "a:y,z,u", {0, 0, 1, 2, 1}, "shop.a"},
        {"a:x b:x c:x", "a:x,y c:z d:q", {1, 1, 2, 2, 1}, "shop.a, shop.c, shop.d, shop.b"},
        {"a:x,y", "a:Y,X", {0, 0, 0, 0, 0}, ""}, /* names without regard to case and order */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct sg_schema *before = make(cases[i].before, "9.7.4");
        struct sg_schema *after = make(cases[i].after, "9.7.4");
        struct difference found;
        difference_find(before, after, &found);
        const size_t counts[5] = {found.tables_added, found.tables_removed, found.tables_changed,
                                  found.columns_added, found.columns_removed};
        for (int k = 0; k < 5; k++)
            assert_int_equal(counts[k], cases[i].counts[k]);
        assert_string_equal(found.names, cases[i].names);
        sg_schema_release(before);
        sg_schema_release(after);
    }
}

static void many_names_are_cut(void **state)
{
    (void)state;
    struct sg_schema *after = make("long_table_name_number_one:a long_table_name_number_two:a "
                                   "long_table_name_number_three:a long_table_name_number_four:a "
                                   "long_table_name_number_five:a long_table_name_number_six:a",
                                   "9.7.4");
    struct difference found;
    difference_find(NULL, after, &found);
    assert_int_equal(found.tables_added, 6);
    assert_true(strlen(found.names) < sizeof(found.names));
    assert_non_null(strstr(found.names, "shop.long_table_name_number_one, "));
    assert_non_null(strstr(found.names, ", …"));
    difference_find(after, NULL, &found);
    assert_int_equal(found.tables_removed, 6);
    sg_schema_release(after);
}

static void the_server_is_part_of_what_is_compared(void **state)
{
    (void)state;
    struct sg_schema *one = make("a:x", "9.7.4");
    struct sg_schema *same = make("a:x", "9.7.4");
    struct sg_schema *newer = make("a:x", "9.7.5");
    struct sg_schema *other = make("a:y", "9.7.4");
    assert_true(difference_is_none(one, same));
    assert_false(difference_is_none(one, newer));
    assert_false(difference_is_none(one, other));
    sg_schema_release(one);
    sg_schema_release(same);
    sg_schema_release(newer);
    sg_schema_release(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_and_went_is_counted_and_named),
        cmocka_unit_test(many_names_are_cut),
        cmocka_unit_test(the_server_is_part_of_what_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
