/* Differences between snapshots, and the plan from one to the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <schemaguard/diff.h>

static struct sg_arena arena;

static int begin(void **state)
{
    (void)state;
    sg_arena_init(&arena, (size_t)64 << 20);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sg_arena_fini(&arena);
    return 0;
}

/* A snapshot with these tables in `shop`. */
static struct sg_schema *load(const char *tables)
{
    static char json[16384];
    struct sg_error error = {.status = SG_OK};
    struct sg_schema *schema = NULL;
    (void)snprintf(json, sizeof json,
                   "{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":90704},"
                   "\"databases\":[{\"name\":\"shop\",\"complete\":true,\"tables\":[%s]}]}",
                   tables);
    if (sg_schema_from_json(sg_slice_of(json), "test", &schema, &error) != SG_OK)
        fail_msg("%s", error.message);
    return schema;
}

#define COLUMN(name, type, more) "{\"name\":\"" name "\",\"type\":\"" type "\"" more "}"
#define TABLE(name, columns, more)                                                                 \
    "{\"name\":\"" name "\",\"columns\":[" columns "],\"indexes\":[{\"name\":\"PRIMARY\","         \
    "\"kind\":\"primary\",\"columns\":[{\"name\":\"id\"}]}]" more "}"
#define ID COLUMN("id", "int", "")

static struct sg_diff compare(const struct sg_schema *from, const struct sg_schema *to)
{
    const struct sg_diff_options options = {.data = NULL};
    struct sg_diff diff;
    assert_int_equal(sg_diff(from, to, &options, &arena, &diff), SG_OK);
    return diff;
}

static const char *text_of(struct sg_slice text)
{
    return sg_arena_copy(&arena, text).data;
}

/* "kind table.name" of each, then the plan. */
static void assert_differs(const char *before, const char *after, const char *const *wanted,
                           size_t count, const char *in_plan)
{
    struct sg_schema *from = load(before);
    struct sg_schema *to = load(after);
    struct sg_diff diff = compare(from, to);
    struct sg_slice plan = SG_SLICE_EMPTY;
    char line[200];
    assert_int_equal(diff.count, count);
    for (size_t i = 0; i < count; i++) {
        const struct sg_difference *it = &diff.differences[i];
        (void)snprintf(line, sizeof line, "%s%s %.*s.%.*s", it->destructive ? "!" : "",
                       sg_difference_name(it->kind), (int)it->table.size, it->table.data,
                       (int)it->name.size, it->name.data ? it->name.data : "");
        assert_string_equal(line, wanted[i]);
    }
    assert_int_equal(sg_plan(&diff, sg_schema_server(from), &arena, &plan), SG_OK);
    if (in_plan && !strstr(text_of(plan), in_plan))
        fail_msg("not in the plan: %s\n%s", in_plan, text_of(plan));
    if (count == 0)
        assert_int_equal(plan.size, 0);
    sg_schema_release(from);
    sg_schema_release(to);
}

#define ASSERT_DIFFERS(before, after, in_plan, ...)                                                \
    do {                                                                                           \
        static const char *const wanted_[] = {__VA_ARGS__};                                        \
        assert_differs(before, after, wanted_, sizeof wanted_ / sizeof wanted_[0], in_plan);       \
    } while (0)

/* --- tests --------------------------------------------------------------------------------- */

static void the_same_is_no_difference(void **state)
{
    (void)state;
    const char *table = TABLE("t", ID "," COLUMN("a", "varchar(9)", ",\"default\":\"x\""), "");
    assert_differs(table, table, NULL, 0, NULL);
    /* nothing is known of keys and defaults on one side */
    assert_differs(table, "{\"name\":\"t\",\"columns\":[" ID "," COLUMN("a", "varchar(9)", "") "]}",
                   NULL, 0, NULL);
    /* display widths, and MariaDB's words */
    assert_differs(TABLE("t", ID "," COLUMN("y", "year", ""), ""),
                   TABLE("t", COLUMN("id", "int(11)", "") "," COLUMN("y", "year(4)", ""), ""), NULL,
                   0, NULL);
}

static void columns_come_and_go(void **state)
{
    (void)state;
    ASSERT_DIFFERS(TABLE("t", ID "," COLUMN("gone", "int", ""), ""),
                   TABLE("t", ID "," COLUMN("new", "date", ",\"nullable\":true"), ""),
                   "ALTER TABLE `t` ADD COLUMN `new` date NULL AFTER `id`;\n"
                   "-- t.gone: its data would be lost\n"
                   "-- >> ALTER TABLE `t` DROP COLUMN `gone`;",
                   "!column_missing t.gone", "column_extra t.new");
}

static void a_rename_is_likely_by_type_and_place(void **state)
{
    (void)state;
    struct sg_schema *from = load(TABLE("t", ID "," COLUMN("name", "varchar(9)", ""), ""));
    struct sg_schema *to = load(TABLE("t", ID "," COLUMN("company", "varchar(20)", ""), ""));
    struct sg_diff diff = compare(from, to);
    assert_string_equal(text_of(diff.differences[0].likely), "company");
    sg_schema_release(to);
    to = load(TABLE("t", ID "," COLUMN("company", "json", ""), ""));
    diff = compare(from, to);
    assert_int_equal(diff.differences[0].likely.size, 0);
    sg_schema_release(from);
    sg_schema_release(to);
}

static void narrowing_is_destructive_and_widening_is_not(void **state)
{
    static const struct {
        const char *before;
        const char *after;
        bool destructive;
    } CASES[] = {
        {"int", "bigint", false},
        {"bigint", "int", true},
        {"int unsigned", "bigint", false},
        {"int", "int unsigned", true},
        {"varchar(10)", "varchar(20)", false},
        {"varchar(20)", "varchar(10)", true},
        {"varchar(20)", "text", false},
        {"text", "varchar(255)", true},
        {"mediumtext", "longtext", false},
        {"enum('a','b')", "enum('a','b','c')", false},
        {"enum('a','b')", "enum('b','a')", true},
        {"decimal(10,2)", "decimal(12,4)", true},
        {"datetime", "date", true},
    };
    char before[300];
    char after[300];
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        (void)snprintf(before, sizeof before, TABLE("t", COLUMN("id", "%s", ""), ""),
                       CASES[i].before);
        (void)snprintf(after, sizeof after, TABLE("t", COLUMN("id", "%s", ""), ""), CASES[i].after);
        struct sg_schema *from = load(before);
        struct sg_schema *to = load(after);
        struct sg_diff diff = compare(from, to);
        assert_int_equal(diff.count, 1);
        assert_int_equal(diff.differences[0].kind, SG_DIFFERENCE_TYPE);
        if (diff.differences[0].destructive != CASES[i].destructive)
            fail_msg("%s to %s", CASES[i].before, CASES[i].after);
        sg_schema_release(from);
        sg_schema_release(to);
    }
}

static void names_of_checks_and_foreign_keys_do_not_count(void **state)
{
    (void)state;
    assert_differs(
        TABLE("t", ID,
              ",\"checks\":[{\"name\":\"t_chk_1\",\"expression\":\"`id` > 0\"}],\"foreign_keys\":"
              "[{\"name\":\"t_ibfk_1\",\"columns\":[\"id\"],\"table\":\"u\",\"references\":[\"id\"]"
              "}]"),
        TABLE("t", ID,
              ",\"checks\":[{\"name\":\"CONSTRAINT_1\",\"expression\":\"`id` > 0\"}],"
              "\"foreign_keys\":[{\"name\":\"fk\",\"columns\":[\"id\"],\"table\":\"u\","
              "\"references\":[\"id\"]}]"),
        NULL, 0, NULL);
}

static void tables_come_and_go(void **state)
{
    (void)state;
    ASSERT_DIFFERS(TABLE("a", ID, ""), TABLE("b", ID "," COLUMN("x", "int", ""), ""),
                   "-- a: its data would be lost\n-- >> DROP TABLE `a`;", "!table_missing a.",
                   "table_extra b.");
}

static void what_cannot_be_known_is_no_difference(void **state)
{
    (void)state;
    struct sg_schema *from = load(TABLE("t", ID, ""));
    struct sg_error error = {.status = SG_OK};
    struct sg_schema *to = NULL;
    assert_int_equal(
        sg_schema_from_json(
            SG_SLICE_LITERAL("{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":90704},"
                             "\"databases\":[{\"name\":\"shop\",\"tables\":[]}]}"),
            "test", &to, &error),
        SG_OK);
    struct sg_diff diff = compare(from, to);
    assert_int_equal(diff.count, 0);
    assert_int_equal(diff.tables_untold, 1);
    sg_schema_release(from);
    sg_schema_release(to);
}

static void the_hash_is_that_of_the_content(void **state)
{
    char first[SG_CONTENT_HASH_SIZE];
    char second[SG_CONTENT_HASH_SIZE];
    (void)state;
    struct sg_schema *a = load(TABLE("t", ID, "") "," TABLE("u", ID, ""));
    struct sg_schema *b = load(TABLE("u", ID, "") "," TABLE("t", ID, ""));
    struct sg_schema *c = load(TABLE("u", ID, "") "," TABLE("t", ID, ",\"comment\":\"x\""));
    assert_true(sg_schema_content_hash(a, first) && sg_schema_content_hash(b, second));
    assert_string_equal(first, second);
    assert_true(sg_schema_content_hash(c, second));
    assert_string_not_equal(first, second);
    sg_schema_release(a);
    sg_schema_release(b);
    sg_schema_release(c);
}

static void a_snapshot_comes_back_as_it_was(void **state)
{
    char *json = NULL;
    char *again = NULL;
    struct sg_error error = {.status = SG_OK};
    struct sg_schema *loaded = NULL;
    (void)state;
    struct sg_schema *
        schema = load(TABLE("t",
                            ID "," COLUMN("g", "int",
                                          ",\"generated\":true,\"generated_as\":\"`id` + "
                                          "1\",\"stored\":true") "," COLUMN("d", "datetime",
                                                                            ",\"default_"
                                                                            "expression\":"
                                                                            "\"current_timestamp()"
                                                                            "\"") "," COLUMN("s",
                                                                                             "varch"
                                                                                             "ar("
                                                                                             "3)",
                                                                                             ",\"de"
                                                                                             "fault"
                                                                                             "\":"
                                                                                             "\"\","
                                                                                             "\"com"
                                                                                             "ment"
                                                                                             "\":"
                                                                                             "\"c\""
                                                                                             ",\"co"
                                                                                             "llati"
                                                                                             "on\":"
                                                                                             "\"lat"
                                                                                             "in1"
                                                                                             "\""),
                            ",\"engine\":\"MyISAM\",\"comment\":\"c\",\"checks\":[{\"name\":\"k\","
                            "\"expression\":\"`id` > 0\","
                            "\"not_enforced\":true}],\"foreign_keys\":[{\"name\":\"f\",\"columns\":"
                            "[\"id\"],\"table\":\"u\","
                            "\"references\":[\"id\"],\"on_delete\":\"CASCADE\"}]"));
    assert_int_equal(sg_schema_to_json(schema, &json, &error), SG_OK);
    assert_int_equal(sg_schema_from_json(sg_slice_of(json), "test", &loaded, &error), SG_OK);
    assert_int_equal(sg_schema_to_json(loaded, &again, &error), SG_OK);
    assert_string_equal(json, again);
    free(json);
    free(again);
    sg_schema_release(schema);
    sg_schema_release(loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_is_no_difference),
        cmocka_unit_test(columns_come_and_go),
        cmocka_unit_test(a_rename_is_likely_by_type_and_place),
        cmocka_unit_test(narrowing_is_destructive_and_widening_is_not),
        cmocka_unit_test(names_of_checks_and_foreign_keys_do_not_count),
        cmocka_unit_test(tables_come_and_go),
        cmocka_unit_test(what_cannot_be_known_is_no_difference),
        cmocka_unit_test(the_hash_is_that_of_the_content),
        cmocka_unit_test(a_snapshot_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
