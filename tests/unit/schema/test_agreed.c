/* The verified schema laid over the live one: whose tables and columns stand where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <schemaguard/agreed.h>

#define MYSQL                  "{\"flavour\":\"mysql\",\"version\":90704"
#define COLUMN(name)           "{\"name\":\"" name "\"}"
#define TABLE(name, columns)   "{\"name\":\"" name "\",\"columns\":[" columns "]}"
#define DATABASE(name, tables) "{\"name\":\"" name "\",\"complete\":true,\"tables\":[" tables "]}"

static struct sg_schema *load(const char *server, const char *databases)
{
    char json[4096];
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    (void)snprintf(json, sizeof json,
                   "{\"format\":1,\"server\":%s},\"complete\":true,\"databases\":[%s]}", server,
                   databases);
    if (sg_schema_from_json(sg_slice_of(json), "test", &schema, &error) != SG_OK)
        fail_msg("%s", error.message);
    return schema;
}

static struct sg_schema *lay(const char *verified_json, const char *live_json,
                             const char *live_server)
{
    struct sg_schema *verified = load(MYSQL, verified_json);
    struct sg_schema *live = load(live_server, live_json);
    struct sg_schema *agreed = NULL;
    struct sg_error error = {0};
    if (sg_schema_agreed(verified, live, &agreed, &error) != SG_OK)
        agreed = NULL;
    sg_schema_release(verified);
    sg_schema_release(live);
    return agreed;
}

static enum sg_presence table_in(const struct sg_schema *schema, const char *database,
                                 const char *table, const struct sg_table **found)
{
    const struct sg_table *ignored;
    return sg_schema_find_table(schema, sg_slice_of(database), sg_slice_of(table),
                                found ? found : &ignored);
}

static bool has_column(const struct sg_schema *schema, const char *database, const char *table,
                       const char *column)
{
    const struct sg_table *found = NULL;
    return table_in(schema, database, table, &found) == SG_PRESENT &&
           sg_table_find_column(found, sg_slice_of(column));
}

static void a_described_database_is_as_verified(void **state)
{
    struct sg_schema *agreed =
        lay(DATABASE("shop", TABLE("a", COLUMN("planned"))),
            DATABASE("shop", TABLE("a", COLUMN("drifted")) "," TABLE("b", COLUMN("x"))), MYSQL);
    (void)state;
    assert_true(has_column(agreed, "shop", "a", "planned"));
    assert_false(has_column(agreed, "shop", "a", "drifted"));
    assert_int_equal(table_in(agreed, "shop", "b", NULL), SG_ABSENT);
    sg_schema_release(agreed);
}

static void all_else_is_as_live(void **state)
{
    struct sg_schema *agreed = lay(
        DATABASE("shop", TABLE("a", COLUMN("x"))) "," DATABASE("empty", "") "," DATABASE(
            "mysql", TABLE("user", COLUMN("Host"))),
        DATABASE("other", TABLE("b", COLUMN("x"))) "," DATABASE(
            "empty",
            TABLE("c",
                  COLUMN(
                      "x"))) "," DATABASE("mysql",
                                          TABLE("db",
                                                COLUMN(
                                                    "Db"))) "," DATABASE("shop",
                                                                         TABLE("_prisma_migrations",
                                                                               COLUMN("id"))),
        MYSQL);
    (void)state;
    assert_true(has_column(agreed, "other", "b", "x"));
    assert_true(has_column(agreed, "empty", "c", "x")); /* nothing was said of it */
    assert_true(has_column(agreed, "mysql", "db", "Db"));
    assert_int_equal(table_in(agreed, "mysql", "user", NULL), SG_ABSENT);
    assert_true(has_column(agreed, "shop", "_prisma_migrations", "id"));
    assert_true(has_column(agreed, "shop", "a", "x")); /* missing: not live yet */
    assert_int_equal(sg_schema_find_database(agreed, sg_slice_of("nowhere")), SG_ABSENT);
    sg_schema_release(agreed);
}

static void what_live_cannot_tell_stays_unknown(void **state)
{
    const struct sg_table *table = NULL;
    struct sg_schema *agreed = lay(DATABASE("shop", TABLE("a", COLUMN("x"))),
                                   "{\"name\":\"shop\",\"complete\":false,\"tables\":[{\"name\":"
                                   "\"a\",\"columns_unknown\":true}]}",
                                   MYSQL);
    (void)state;
    assert_non_null(agreed);
    assert_int_equal(table_in(agreed, "shop", "a", &table), SG_PRESENT);
    assert_int_equal(sg_table_knowledge(table), SG_UNKNOWN);
    assert_int_equal(table_in(agreed, "shop", "b", NULL), SG_PRESENCE_UNKNOWN);
    sg_schema_release(agreed);
}

static void names_compare_as_on_the_live_server(void **state)
{
    static const char FOLDS[] = MYSQL ",\"lower_case_table_names\":1";
    struct sg_schema *agreed = lay(DATABASE("Shop", TABLE("Orders", COLUMN("Id"))),
                                   DATABASE("shop", TABLE("orders", COLUMN("id"))), FOLDS);
    (void)state;
    assert_true(has_column(agreed, "SHOP", "ORDERS", "iD"));
    assert_int_equal(sg_schema_table_count(agreed), 1);
    sg_schema_release(agreed);
    assert_null(lay(DATABASE("shop", TABLE("T", COLUMN("a")) "," TABLE("t", COLUMN("a"))),
                    DATABASE("shop", ""), FOLDS));
}

static void what_is_no_name_is_lives(void **state)
{
    const struct sg_table *table = NULL;
    struct sg_schema *agreed = lay(
        DATABASE("shop", TABLE("a", COLUMN("x"))),
        DATABASE("shop", "{\"name\":\"a\",\"kind\":\"versioned table\",\"rowid\":true,\"columns\":["
                         "{\"name\":\"x\",\"invisible\":true}]}"),
        "{\"flavour\":\"mariadb\",\"version\":101100");
    (void)state;
    assert_int_equal(table_in(agreed, "shop", "a", &table), SG_PRESENT);
    assert_int_equal(sg_table_kind(table), SG_TABLE_VERSIONED);
    assert_true(sg_table_has_rowid(table));
    assert_true(sg_table_find_column(table, sg_slice_of("x"))->flags & SG_COLUMN_INVISIBLE);
    sg_schema_release(agreed);
}

static void a_schema_describes_the_databases_that_it_has_tables_of(void **state)
{
    struct sg_schema *schema =
        load(MYSQL, DATABASE("shop", TABLE("a", COLUMN("x"))) "," DATABASE(
                        "empty", "") "," DATABASE("sys", TABLE("a", COLUMN("x"))));
    (void)state;
    assert_true(sg_schema_describes(schema, sg_slice_of("shop")));
    assert_false(sg_schema_describes(schema, sg_slice_of("empty")));
    assert_false(sg_schema_describes(schema, sg_slice_of("sys")));
    assert_true(sg_is_bookkeeping(sg_slice_of("SequelizeMeta")));
    assert_false(sg_is_bookkeeping(sg_slice_of("orders")));
    sg_schema_release(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_described_database_is_as_verified),
        cmocka_unit_test(all_else_is_as_live),
        cmocka_unit_test(what_live_cannot_tell_stays_unknown),
        cmocka_unit_test(names_compare_as_on_the_live_server),
        cmocka_unit_test(what_is_no_name_is_lives),
        cmocka_unit_test(a_schema_describes_the_databases_that_it_has_tables_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
