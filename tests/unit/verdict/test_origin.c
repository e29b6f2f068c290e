/* Where a name stands that only the server knew to be missing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <schemaguard/check.h>

static const char SCHEMA[] =
    "{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":90704},\"complete\":true,"
    "\"databases\":[{\"name\":\"shop\",\"complete\":true,\"tables\":["
    "{\"name\":\"customers\",\"columns\":[{\"name\":\"id\"}]},"
    "{\"name\":\"sales\",\"kind\":\"view\",\"columns\":[{\"name\":\"total\"}]}]}]}";

static const char COLUMN[] = "Unknown column 'o.gone' in 'field list'";
static const char TABLE[] = "Table 'shop.gone' doesn't exist";

static enum sg_origin origin(const char *text, const char *message, const char *database)
{
    struct sg_schema *schema = NULL;
    struct sg_error error = {.status = SG_OK};
    struct sg_arena arena;
    enum sg_origin found;

    if (sg_schema_from_json(sg_slice_of(SCHEMA), "test", &schema, &error) != SG_OK)
        fail_msg("%s", error.message);
    struct sg_context context = {.server = sg_schema_server(schema),
                                 .database = sg_slice_of(database),
                                 .charset = SG_CHARSET_UTF8};
    sg_arena_init(&arena, 1 << 20);
    found = sg_origin_of_refusal(sg_slice_of(text), &context, schema, sg_slice_of(message), &arena);
    assert_int_not_equal(
        sg_origin_of_refusal(sg_slice_of(text), &context, NULL, sg_slice_of(message), &arena),
        SG_ORIGIN_VIEW);
    sg_arena_fini(&arena);
    sg_schema_release(schema);
    return found;
}

static void a_name_of_the_text_is_the_texts(void **state)
{
    (void)state;
    assert_int_equal(origin("SELECT gone FROM customers", COLUMN, "shop"), SG_ORIGIN_OTHER);
    assert_int_equal(origin("SELECT 1 FROM a.`GONE`", TABLE, "shop"), SG_ORIGIN_OTHER);
    assert_int_equal(origin("CALL report(gone)", COLUMN, "shop"), SG_ORIGIN_OTHER);
    assert_int_equal(origin("SELECT total, gone FROM sales", COLUMN, "shop"), SG_ORIGIN_OTHER);
}

static void what_a_text_runs_is_a_routine(void **state)
{
    (void)state;
    assert_int_equal(origin("CALL report('gone')", TABLE, "shop"), SG_ORIGIN_ROUTINE);
    assert_int_equal(origin("SELECT f(id) FROM customers", COLUMN, "shop"), SG_ORIGIN_ROUTINE);
    assert_int_equal(origin("INSERT INTO customers VALUES (1)", TABLE, "shop"), SG_ORIGIN_ROUTINE);
    assert_int_equal(origin("( SELECT 'gone' )", COLUMN, "shop"), SG_ORIGIN_ROUTINE);
}

static void a_view_is_named_with_or_without_its_database(void **state)
{
    (void)state;
    assert_int_equal(origin("SELECT total FROM sales", TABLE, "shop"), SG_ORIGIN_VIEW);
    assert_int_equal(origin("SHOW FIELDS FROM `shop` . `sales`", TABLE, ""), SG_ORIGIN_VIEW);
    assert_int_equal(origin("SELECT total FROM sales", TABLE, ""), SG_ORIGIN_ROUTINE);
    assert_int_equal(origin("CREATE VIEW v AS SELECT * FROM sales", TABLE, "shop"), SG_ORIGIN_VIEW);
}

static void text_that_becomes_sql_is_dynamic(void **state)
{
    (void)state;
    assert_int_equal(origin("EXECUTE gone", TABLE, "shop"), SG_ORIGIN_DYNAMIC);
    assert_int_equal(origin("EXECUTE IMMEDIATE 'SELECT gone'", "", "shop"), SG_ORIGIN_DYNAMIC);
    assert_int_equal(origin("/* x */ prepare s from @text", COLUMN, "shop"), SG_ORIGIN_DYNAMIC);
}

static void what_cannot_be_told_is_other(void **state)
{
    (void)state;
    assert_int_equal(origin("SELECT f()", "", "shop"), SG_ORIGIN_OTHER);
    assert_int_equal(origin("SELECT f()", "no quotes", "shop"), SG_ORIGIN_OTHER);
    assert_int_equal(origin("SELECT f()", "one 'quote", "shop"), SG_ORIGIN_OTHER);
    assert_int_equal(origin("DROP TABLE customers", TABLE, "shop"), SG_ORIGIN_OTHER);
    assert_int_equal(origin("", TABLE, "shop"), SG_ORIGIN_OTHER);
    assert_string_equal(sg_origin_name(SG_ORIGIN_VIEW), "view");
}

static void a_star_behind_a_dot_is_found(void **state)
{
    const struct sg_server server = {.flavour = SG_FLAVOUR_MARIADB, .version = 101100};
    const struct sg_context context = {.server = &server, .charset = SG_CHARSET_UTF8};

    (void)state;
    assert_true(sg_has_qualified_star(sg_slice_of("SELECT 2 * 3, a . * FROM t"), &context));
    assert_true(sg_has_qualified_star(sg_slice_of("SELECT d.`a`.*"), &context));
    assert_false(
        sg_has_qualified_star(sg_slice_of("SELECT * FROM a WHERE '.*' /* a.* */"), &context));
    assert_false(sg_has_qualified_star(sg_slice_of("DROP TABLE a.b"), &context));
    assert_false(sg_has_qualified_star(SG_SLICE_EMPTY, &context));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_of_the_text_is_the_texts),
        cmocka_unit_test(what_a_text_runs_is_a_routine),
        cmocka_unit_test(a_view_is_named_with_or_without_its_database),
        cmocka_unit_test(text_that_becomes_sql_is_dynamic),
        cmocka_unit_test(what_cannot_be_told_is_other),
        cmocka_unit_test(a_star_behind_a_dot_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
