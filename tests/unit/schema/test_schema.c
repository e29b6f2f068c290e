/* Snapshots: built, found by name, shared, written and read again; temporary tables over them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <schemaguard/schema.h>

#include "schema/overlay.h"

static struct sg_server server_with(uint8_t lower_case)
{
    return (struct sg_server){
        .flavour = SG_FLAVOUR_MYSQL, .version = 90704, .lower_case_table_names = lower_case};
}

static enum sg_status add(struct sg_schema_builder *builder, const char *database, const char *name,
                          const char *const *columns, struct sg_error *error)
{
    struct sg_column_spec specs[64];
    size_t count = 0;
    for (; columns[count]; count++)
        specs[count] = (struct sg_column_spec){.name = sg_slice_of(columns[count]),
                                               .type = SG_SLICE_LITERAL("int")};
    struct sg_table_spec table = {.database = sg_slice_of(database),
                                  .name = sg_slice_of(name),
                                  .columns = specs,
                                  .column_count = count};
    return sg_schema_builder_table(builder, &table, error);
}

static const char *const FEW[] = {"id", "Name", NULL};
static const char *const MANY[] = {"c0", "c1", "c2", "c3",  "c4",  "c5",  "c6",  "c7", "c8",
                                   "c9", "ca", "cb", "ccc", "cdd", "Cee", "cff", NULL};

static struct sg_schema *small_schema(uint8_t lower_case, bool complete)
{
    struct sg_server server = server_with(lower_case);
    struct sg_schema_builder *builder = sg_schema_builder_new(&server);
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    assert_non_null(builder);
    assert_int_equal(
        sg_schema_builder_database(builder, SG_SLICE_LITERAL("shop"), complete, &error), SG_OK);
    assert_int_equal(add(builder, "shop", "orders", FEW, &error), SG_OK);
    assert_int_equal(add(builder, "shop", "wide", MANY, &error), SG_OK);
    assert_int_equal(add(builder, "information_schema", "TABLES", FEW, &error), SG_OK);
    if (complete)
        sg_schema_builder_databases_complete(builder);
    assert_int_equal(sg_schema_builder_finish(builder, &schema, &error), SG_OK);
    return schema;
}

static enum sg_presence find(const struct sg_schema *schema, const char *database, const char *name)
{
    const struct sg_table *table = NULL;
    enum sg_presence presence =
        sg_schema_find_table(schema, sg_slice_of(database), sg_slice_of(name), &table);
    assert_int_equal(presence == SG_PRESENT, table != NULL);
    return presence;
}

static void test_tables_are_found_by_exact_name(void **state)
{
    (void)state;
    struct sg_schema *schema = small_schema(0, true);
    assert_int_equal(find(schema, "shop", "orders"), SG_PRESENT);
    assert_int_equal(find(schema, "shop", "Orders"), SG_ABSENT);
    assert_int_equal(find(schema, "Shop", "orders"), SG_ABSENT);
    assert_int_equal(find(schema, "INFORMATION_SCHEMA", "tables"), SG_PRESENT);
    assert_int_equal(sg_schema_table_count(schema), 3);
    assert_int_equal(sg_schema_column_count(schema), 20);
    sg_schema_release(schema);
}

static void test_tables_are_found_in_any_case_where_case_does_not_count(void **state)
{
    (void)state;
    for (uint8_t lower_case = 1; lower_case <= 2; lower_case++) {
        struct sg_schema *schema = small_schema(lower_case, true);
        assert_int_equal(find(schema, "SHOP", "Orders"), SG_PRESENT);
        assert_int_equal(find(schema, "shop", "order"), SG_ABSENT);
        sg_schema_release(schema);
    }
}

static void test_what_was_not_listed_is_unknown(void **state)
{
    (void)state;
    struct sg_schema *schema = small_schema(0, false);
    assert_int_equal(find(schema, "shop", "orders"), SG_PRESENT);
    assert_int_equal(find(schema, "shop", "nosuch"), SG_PRESENCE_UNKNOWN);
    assert_int_equal(find(schema, "nosuch", "orders"), SG_PRESENCE_UNKNOWN);
    assert_int_equal(sg_schema_find_database(schema, SG_SLICE_LITERAL("nosuch")),
                     SG_PRESENCE_UNKNOWN);
    sg_schema_release(schema);
}

static void test_columns_are_found_in_any_case(void **state)
{
    (void)state;
    struct sg_schema *schema = small_schema(0, true);
    const struct sg_table *table = NULL;
    assert_int_equal(
        sg_schema_find_table(schema, SG_SLICE_LITERAL("shop"), SG_SLICE_LITERAL("wide"), &table),
        SG_PRESENT);
    for (size_t i = 0; MANY[i]; i++)
        assert_non_null(sg_table_find_column(table, sg_slice_of(MANY[i])));
    assert_non_null(sg_table_find_column(table, SG_SLICE_LITERAL("CEE")));
    assert_null(sg_table_find_column(table, SG_SLICE_LITERAL("c")));
    assert_null(sg_table_find_column(table, SG_SLICE_EMPTY));
    sg_schema_release(schema);
}

static void test_what_cannot_be_is_refused(void **state)
{
    (void)state;
    static const char *const TWICE[] = {"a", "A", NULL};
    struct sg_server server = server_with(0);
    struct sg_schema_builder *builder = sg_schema_builder_new(&server);
    struct sg_error error = {0};
    assert_int_equal(add(builder, "shop", "t", FEW, &error), SG_OK);
    assert_int_equal(add(builder, "shop", "t", FEW, &error), SG_INVALID);
    assert_non_null(strstr(error.message, "shop.t"));
    error = (struct sg_error){0};
    assert_int_equal(add(builder, "shop", "u", TWICE, &error), SG_INVALID);
    sg_schema_builder_free(builder);
}

static void test_many_tables_are_found(void **state)
{
    (void)state;
    struct sg_server server = server_with(0);
    struct sg_schema_builder *builder = sg_schema_builder_new(&server);
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    char name[32];
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(add(builder, i % 2 ? "odd" : "even", name, FEW, &error), SG_OK);
    }
    assert_int_equal(sg_schema_builder_finish(builder, &schema, &error), SG_OK);
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(find(schema, i % 2 ? "odd" : "even", name), SG_PRESENT);
        assert_int_equal(find(schema, i % 2 ? "even" : "odd", name), SG_PRESENCE_UNKNOWN);
    }
    sg_schema_release(schema);
}

static void test_hash_is_of_content_not_of_order(void **state)
{
    (void)state;
    struct sg_server server = server_with(0);
    struct sg_schema *schemas[3];
    struct sg_error error = {0};
    for (int i = 0; i < 3; i++) {
        struct sg_schema_builder *builder = sg_schema_builder_new(&server);
        assert_int_equal(add(builder, "d", i == 1 ? "b" : "a", i == 1 ? MANY : FEW, &error), SG_OK);
        assert_int_equal(add(builder, "d", i == 1 ? "a" : "b", i == 0 ? MANY : FEW, &error), SG_OK);
        assert_int_equal(sg_schema_builder_finish(builder, &schemas[i], &error), SG_OK);
    }
    assert_true(sg_schema_hash(schemas[0]) == sg_schema_hash(schemas[1]));
    assert_true(sg_schema_hash(schemas[0]) != sg_schema_hash(schemas[2]));
    for (int i = 0; i < 3; i++)
        sg_schema_release(schemas[i]);
}

static void test_a_schema_lives_until_the_last_release(void **state)
{
    (void)state;
    struct sg_schema *schema = small_schema(0, true);
    struct sg_schema *other = sg_schema_retain(schema);
    sg_schema_release(schema);
    assert_int_equal(find(other, "shop", "orders"), SG_PRESENT);
    sg_schema_release(other);
    sg_schema_release(NULL);
}

/* --- files --------------------------------------------------------------------------------- */

static void test_a_snapshot_written_and_read_is_the_same(void **state)
{
    (void)state;
    struct sg_schema *schema = small_schema(2, true);
    struct sg_schema *again = NULL;
    struct sg_error error = {0};
    char *json = NULL;
    char *second = NULL;
    assert_int_equal(sg_schema_to_json(schema, &json, &error), SG_OK);
    assert_int_equal(sg_schema_from_json(sg_slice_of(json), "x.json", &again, &error), SG_OK);
    assert_true(sg_schema_hash(schema) == sg_schema_hash(again));
    assert_int_equal(sg_schema_server(again)->lower_case_table_names, 2);
    assert_int_equal(sg_schema_to_json(again, &second, &error), SG_OK);
    assert_string_equal(json, second);
    free(json);
    free(second);
    sg_schema_release(schema);
    sg_schema_release(again);
}

static void test_files_that_are_no_snapshots_are_refused_with_a_reason(void **state)
{
    (void)state;
#define SERVER "\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":90704}"
    static const struct {
        const char *json;
        const char *says;
    } CASES[] = {
        {"", "no JSON"},
        {"{", "no JSON"},
        {"[]", "format 1"},
        {"{\"format\":2}", "format 1"},
        {"{\"format\":1}", "databases"},
        {"{\"format\":1,\"databases\":[]}", "flavour"},
        {"{\"format\":1,\"server\":{\"flavour\":\"pg\"},\"databases\":[]}", "flavour"},
        {"{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":\"9\"},\"databases\":[]}",
         "version"},
        {"{" SERVER ",\"databases\":[{}]}", "name"},
        {"{" SERVER ",\"databases\":[{\"name\":\"d\",\"tables\":{}}]}", "tables"},
        {"{" SERVER ",\"databases\":[{\"name\":\"d\",\"tables\":[{\"name\":\"t\"}]}]}",
         "no columns"},
        {"{" SERVER
         ",\"databases\":[{\"name\":\"d\",\"tables\":[{\"name\":\"t\",\"columns\":[{}]}]}]}",
         "in t"},
        {"{" SERVER
         ",\"databases\":[{\"name\":\"d\",\"tables\":[{\"name\":\"t\",\"kind\":\"heap\"}]}]}",
         "kind"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct sg_schema *schema = NULL;
        struct sg_error error = {0};
        assert_int_equal(sg_schema_from_json(sg_slice_of(CASES[i].json), "x.json", &schema, &error),
                         SG_INVALID);
        assert_null(schema);
        assert_non_null(strstr(error.message, "x.json"));
        assert_non_null(strstr(error.message, CASES[i].says));
    }
}

/* --- temporary tables ---------------------------------------------------------------------- */

static enum sg_status put(struct sg_overlay *overlay, enum sg_overlay_verb verb, const char *name,
                          const char *column)
{
    static struct sg_server server;
    server = server_with(0);
    struct sg_column_spec columns[] = {{.name = sg_slice_of(column)}};
    struct sg_overlay_step step = {.verb = verb,
                                   .table = {.database = SG_SLICE_LITERAL("shop"),
                                             .name = sg_slice_of(name),
                                             .columns = columns,
                                             .column_count = 1}};
    struct sg_overlay_change change = {.steps = &step, .step_count = 1, .server = &server};
    return sg_overlay_apply(overlay, &change);
}

static bool has(const struct sg_overlay *overlay, const char *name, const char *column)
{
    const struct sg_table *table =
        sg_overlay_find(overlay, SG_SLICE_LITERAL("shop"), sg_slice_of(name));
    return table && sg_table_find_column(table, sg_slice_of(column));
}

static void test_temporary_tables_come_and_go(void **state)
{
    (void)state;
    struct sg_overlay *overlay = sg_overlay_new();
    assert_int_equal(put(overlay, SG_OVERLAY_PUT, "t", "a"), SG_OK);
    assert_true(has(overlay, "t", "A"));
    assert_false(has(overlay, "T", "a"));
    assert_int_equal(put(overlay, SG_OVERLAY_PUT_IF_ABSENT, "t", "b"), SG_OK);
    assert_true(has(overlay, "t", "a"));
    assert_int_equal(put(overlay, SG_OVERLAY_PUT, "t", "b"), SG_OK);
    assert_false(has(overlay, "t", "a"));
    assert_int_equal(put(overlay, SG_OVERLAY_REMOVE, "nosuch", ""), SG_OK);
    assert_int_equal(put(overlay, SG_OVERLAY_REMOVE, "t", ""), SG_OK);
    assert_int_equal(sg_overlay_table_count(overlay), 0);
    assert_null(sg_overlay_find(NULL, SG_SLICE_EMPTY, SG_SLICE_EMPTY));
    sg_overlay_free(overlay);
    sg_overlay_free(NULL);
}

static void test_temporary_tables_are_bounded(void **state)
{
    (void)state;
    struct sg_overlay *overlay = sg_overlay_new();
    char name[32];
    for (int i = 0; i < 4096; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(put(overlay, SG_OVERLAY_PUT, name, "a"), SG_OK);
    }
    assert_int_equal(put(overlay, SG_OVERLAY_PUT, "one_more", "a"), SG_LIMIT);
    assert_int_equal(put(overlay, SG_OVERLAY_PUT, "t7", "b"), SG_OK);
    sg_overlay_free(overlay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables_are_found_by_exact_name),
        cmocka_unit_test(test_tables_are_found_in_any_case_where_case_does_not_count),
        cmocka_unit_test(test_what_was_not_listed_is_unknown),
        cmocka_unit_test(test_columns_are_found_in_any_case),
        cmocka_unit_test(test_what_cannot_be_is_refused),
        cmocka_unit_test(test_many_tables_are_found),
        cmocka_unit_test(test_hash_is_of_content_not_of_order),
        cmocka_unit_test(test_a_schema_lives_until_the_last_release),
        cmocka_unit_test(test_a_snapshot_written_and_read_is_the_same),
        cmocka_unit_test(test_files_that_are_no_snapshots_are_refused_with_a_reason),
        cmocka_unit_test(test_temporary_tables_come_and_go),
        cmocka_unit_test(test_temporary_tables_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
