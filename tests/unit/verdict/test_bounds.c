/* Statements of a size that nobody writes: each ends in a verdict that holds, or in none. That the
 * time stays linear is measured by check-curve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <schemaguard/check.h>

struct fixture {
    struct sg_server server;
    struct sg_schema *schema;
    struct sg_context context;
    struct sg_arena arena;
    char *text;
    size_t size;
};

#define TEXT_MAX ((size_t)4 << 20)

static int set_up(void **state)
{
    static const char JSON[] =
        "{\"format\":1,\"server\":{\"flavour\":\"mariadb\",\"version\":101119},\"complete\":true,"
        "\"databases\":[{\"name\":\"d\",\"complete\":true,\"tables\":["
        "{\"name\":\"t\",\"columns\":[{\"name\":\"id\"},{\"name\":\"a\"}]}]}]}";
    struct fixture *f = calloc(1, sizeof *f);
    struct sg_error error = {0};
    assert_non_null(f);
    if (sg_schema_from_json(sg_slice_of(JSON), "test", &f->schema, &error) != SG_OK)
        fail_msg("%s", error.message);
    f->server = *sg_schema_server(f->schema);
    f->context = (struct sg_context){
        .server = &f->server, .database = SG_SLICE_LITERAL("d"), .charset = SG_CHARSET_UTF8};
    f->text = malloc(TEXT_MAX);
    assert_non_null(f->text);
    sg_arena_init(&f->arena, (size_t)256 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sg_arena_fini(&f->arena);
    sg_schema_release(f->schema);
    free(f->text);
    free(f);
    return 0;
}

/* `unit` with its number in it, `count` times, between `head` and `tail`. */
static const struct sg_report *judge(struct fixture *f, const char *head, const char *unit,
                                     unsigned count, const char *tail)
{
    const struct sg_schemas schemas = {.live = f->schema};
    const struct sg_report *report = NULL;
    size_t at = (size_t)sprintf(f->text, "%s", head);
    for (unsigned i = 0; i < count; i++) {
        assert_true(at + 256 < TEXT_MAX);
        for (const char *c = unit; *c; c++)
            at += *c == '#' ? (size_t)sprintf(f->text + at, "%u", i)
                            : (size_t)sprintf(f->text + at, "%c", *c);
    }
    at += (size_t)sprintf(f->text + at, "%s", tail);
    sg_arena_reset(&f->arena);
    assert_int_equal(
        sg_check(sg_slice_make(f->text, at), &f->context, &schemas, &f->arena, &report), SG_OK);
    return report;
}

static void expect_first(const struct sg_report *report, const char *message)
{
    assert_int_equal(report->verdict, SG_VERDICT_ABSENT);
    assert_true(report->reference_count <= 64);
    assert_int_equal(report->references[0].message.size, strlen(message));
    assert_memory_equal(report->references[0].message.data, message, strlen(message));
}

static void test_the_first_of_many_missing_names(void **state)
{
    expect_first(judge(*state, "select a from t", " union select a from z#", 20000, ""),
                 "Table 'd.z0' doesn't exist");
    expect_first(judge(*state, "select a", ",z#", 20000, " from t"),
                 "Unknown column 'z0' in 'SELECT'");
    /* the server misses tables before columns, wherever they stand */
    expect_first(judge(*state, "select a", ",z#", 20000, " from t where exists (select 1 from zz)"),
                 "Table 'd.zz' doesn't exist");
}

static void test_more_changes_of_a_table_than_it_has_columns(void **state)
{
    assert_int_equal(judge(*state, "alter table t add x int", ",add x# int", 1000, "")->verdict,
                     SG_VERDICT_OK);
    assert_int_equal(judge(*state, "alter table t add x int", ",modify x# int", 20000, "")->verdict,
                     SG_VERDICT_UNPARSED);
    assert_int_equal(judge(*state, "alter table t add (x int", ",x# int", 20000, ")")->verdict,
                     SG_VERDICT_UNPARSED);
}

static void test_more_variables_than_are_looked_at(void **state)
{
    static const char TAIL[] = "select v7, a from t; end";
    assert_int_equal(judge(*state, "begin not atomic ", "declare v# int; ", 500, TAIL)->verdict,
                     SG_VERDICT_OK);
    assert_int_equal(judge(*state, "begin not atomic ", "declare v# int; ", 20000, TAIL)->verdict,
                     SG_VERDICT_UNPARSED);
}

static void test_more_columns_than_a_table_can_have(void **state)
{
    const struct sg_report *report =
        judge(*state, "create temporary table x (c int", ",c# int", 20000, ")");
    assert_int_equal(report->verdict, SG_VERDICT_UNPARSED);
    assert_true(report->effects.flags & SG_EFFECT_TEMPORARY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_of_many_missing_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_more_changes_of_a_table_than_it_has_columns, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_more_variables_than_are_looked_at, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_more_columns_than_a_table_can_have, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
