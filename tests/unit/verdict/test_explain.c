/* What sg_explain tells of each name, and the warnings beside a verdict. */
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
};

#define COLUMN(name) "{\"name\":\"" name "\",\"type\":\"int\"}"

static int set_up(void **state)
{
    static const char JSON[] =
        "{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":90704},\"complete\":true,"
        "\"databases\":[{\"name\":\"d\",\"complete\":true,\"tables\":["
        "{\"name\":\"t\",\"rowid\":true,\"columns\":[" COLUMN("id") "," COLUMN(
            "a") "]},"
                 "{\"name\":\"u\",\"columns\":[" COLUMN("id") "," COLUMN(
                     "b") "]}]},"
                          "{\"name\":\"dim\",\"tables\":[]}]}";
    struct fixture *f = calloc(1, sizeof *f);
    struct sg_error error = {0};
    assert_non_null(f);
    if (sg_schema_from_json(sg_slice_of(JSON), "test", &f->schema, &error) != SG_OK)
        fail_msg("%s", error.message);
    f->server = *sg_schema_server(f->schema);
    f->context = (struct sg_context){
        .server = &f->server, .database = SG_SLICE_LITERAL("d"), .charset = SG_CHARSET_UTF8};
    sg_arena_init(&f->arena, (size_t)8 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sg_arena_fini(&f->arena);
    sg_schema_release(f->schema);
    free(f);
    return 0;
}

static size_t put(char *text, size_t room, struct sg_slice part, const char *after)
{
    return (size_t)snprintf(text, room, "%.*s%s", (int)part.size, part.data ? part.data : "",
                            after);
}

/* "NAME@OFFSET HOW DATABASE.TABLE.COLUMN CLAUSE; ..." */
static const char *explained(struct fixture *f, const char *sql)
{
    static char text[4096];
    const struct sg_report *report;
    const struct sg_resolved *it;
    size_t at = 0;
    sg_arena_reset(&f->arena);
    assert_int_equal(sg_explain(sg_slice_of(sql), &f->context, f->schema, &f->arena, &report, &it),
                     SG_OK);
    text[0] = '\0';
    for (; it; it = it->next) {
        at += put(text + at, sizeof text - at, it->name, "@");
        at += (size_t)snprintf(text + at, sizeof text - at, "%zu %s ", it->offset,
                               sg_resolved_how_name(it->how));
        at += put(text + at, sizeof text - at, it->database, it->database.size ? "." : "");
        at += put(text + at, sizeof text - at, it->table, it->column.size ? "." : "");
        at += put(text + at, sizeof text - at, it->column, it->clause.size ? " " : "");
        at += put(text + at, sizeof text - at, it->clause, it->is_outer ? " outer" : "");
        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%s%s;", it->is_written ? " written" : "",
                             it->is_temporary ? " temporary" : "");
    }
    return text;
}

static void test_columns_of_star(void **state)
{
    assert_string_equal(explained(*state, "select *, t.* from t"),
                        "t@19 table d.t;"
                        "*@7 column d.t.id field list;*@7 column d.t.a field list;"
                        "t.*@10 column d.t.id field list;t.*@10 column d.t.a field list;");
    assert_string_equal(explained(*state, "select * from dim.x"),
                        "x@18 unknown dim.x;*@7 unknown  field list;");
}

static void test_joined_columns(void **state)
{
    assert_string_equal(explained(*state, "select 1 from t join u using (id)"),
                        "t@14 table d.t;u@21 table d.u;"
                        "id@30 column d.t.id from clause;id@30 column d.u.id from clause;");
    assert_string_equal(explained(*state, "select 1 from t natural join u"),
                        "t@14 table d.t;u@29 table d.u;"
                        "id@29 column d.t.id from clause;id@29 column d.u.id from clause;");
    assert_string_equal(explained(*state, "select 1 from t join dim.x using (id)"),
                        "t@14 table d.t;x@25 unknown dim.x;"
                        "id@34 column d.t.id from clause;id@34 unknown  from clause;");
}

static void test_common_table_expressions(void **state)
{
    assert_string_equal(explained(*state, "with c as (select a from t) select x.a from c x"),
                        "c@44 cte c;t@25 table d.t;a@18 column d.t.a field list;"
                        "a@35 column x.a field list;");
}

static void test_aliases_outer_and_written_columns(void **state)
{
    assert_string_equal(
        explained(*state, "select a as q, (select t.a from u limit 1) from t order by q"),
        "t@48 table d.t;a@7 column d.t.a field list;u@32 table d.u;"
        "a@23 column d.t.a field list outer;q@59 alias  order clause;");
    assert_string_equal(explained(*state, "update t set a = _rowid"),
                        "t@7 table d.t;a@13 column d.t.a field list written;"
                        "_rowid@17 column d.t._rowid field list;");
}

static const struct sg_report *checked(struct fixture *f, const char *sql)
{
    const struct sg_schemas schemas = {.live = f->schema};
    const struct sg_report *report;
    sg_arena_reset(&f->arena);
    assert_int_equal(sg_check(sg_slice_of(sql), &f->context, &schemas, &f->arena, &report), SG_OK);
    return report;
}

static void expect_warning(struct fixture *f, const char *sql, const char *message, size_t offset,
                           size_t size)
{
    const struct sg_report *report = checked(f, sql);
    assert_int_equal(report->verdict, SG_VERDICT_OK);
    assert_int_equal(report->warning_count, 1);
    assert_int_equal(report->warnings[0].error, 1136);
    assert_int_equal(report->warnings[0].kind, SG_REFERENCE_ROW);
    assert_string_equal(report->warnings[0].sqlstate, "21S01");
    assert_int_equal(report->warnings[0].message.size, strlen(message));
    assert_memory_equal(report->warnings[0].message.data, message, strlen(message));
    assert_int_equal(report->warnings[0].offset, offset);
    assert_int_equal(report->warnings[0].size, size);
}

static void test_a_wrong_number_of_values_is_a_warning(void **state)
{
    expect_warning(*state, "insert into t values (1)",
                   "Column count doesn't match value count at row 1", 21, 3);
    expect_warning(*state, "insert into t (id) values (1), (2), (3), (4, 5)",
                   "Column count doesn't match value count at row 4", 41, 6);
    expect_warning(*state, "replace into t values (), (1, 2), (1, 2, 3)",
                   "Column count doesn't match value count at row 3", 34, 9);
    assert_int_equal(checked(*state, "insert into t values (), (1, 2)")->warning_count, 0);
    assert_int_equal(checked(*state, "insert into dim.x values (1, 2)")->warning_count, 0);
}

static void test_a_missing_name_beats_a_warning_behind_it(void **state)
{
    const struct sg_report *report = checked(*state, "insert into t (zz) values (1, 2)");
    assert_int_equal(report->verdict, SG_VERDICT_ABSENT);
    assert_int_equal(report->warning_count, 0);
}

static void test_at_every_ceiling_there_is_an_answer_or_none(void **state)
{
    struct fixture *f = *state;
    const struct sg_schemas schemas = {.live = f->schema};
    const struct sg_report *report;
    const struct sg_resolved *resolved;
    static const char *const TEXTS[] = {
        "insert into t values (1)", "with c as (select * from t) select * from c natural join u"};
    for (size_t i = 0; i < 2; i++) {
        for (size_t ceiling = 64; ceiling < 16384; ceiling += 64) {
            struct sg_arena arena;
            struct sg_slice text = sg_slice_of(TEXTS[i]);
            sg_arena_init(&arena, ceiling);
            enum sg_status status = sg_check(text, &f->context, &schemas, &arena, &report);
            assert_true(status == SG_OK || status == SG_LIMIT);
            sg_arena_reset(&arena);
            status = sg_explain(text, &f->context, f->schema, &arena, &report, &resolved);
            assert_true(status == SG_OK || status == SG_LIMIT);
            sg_arena_fini(&arena);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_columns_of_star, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_joined_columns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_common_table_expressions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_aliases_outer_and_written_columns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_wrong_number_of_values_is_a_warning, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_missing_name_beats_a_warning_behind_it, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_at_every_ceiling_there_is_an_answer_or_none, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
