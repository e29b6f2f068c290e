/* Schemas that were named: read by path, and looked after. */
#define _GNU_SOURCE
#include "catalog/verified.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/standing.h"

struct place {
    char folder[64];
    char path[128];
};

static void put(const struct place *place, const char *name, const char *text)
{
    char path[192];
    (void)snprintf(path, sizeof path, "%s/%s", place->folder, name);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    strcpy(place->folder, "/tmp/test_verified_XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof place->path, "%s/schema.sql", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", place->folder);
    assert_int_equal(system(command), 0);
    free(place);
    return 0;
}

static struct verified *read_named(const char *path, const struct sg_server *server)
{
    struct verified *verified = NULL;
    struct sg_error error = {0};
    if (verified_read(path, &(struct source_options){.database = "shop", .server = server}, 7,
                      &verified, &error) != SG_OK)
        fail_msg("%s", error.message);
    return verified;
}

static uint64_t signature_of(const char *path)
{
    struct verified named = {.source = strdup(path)};
    uint64_t signature = verified_signature(&named);
    free(named.source);
    return signature;
}

static void it_is_read_into_the_database_that_was_named(void **state)
{
    const struct place *place = *state;
    const struct sg_table *table;
    put(place, "schema.sql", "CREATE TABLE orders (id INT);");
    struct verified *verified = read_named(place->path, NULL);
    assert_int_equal(
        sg_schema_find_table(verified->schema, sg_slice_of("shop"), sg_slice_of("orders"), &table),
        SG_PRESENT);
    assert_int_equal(verified->generation, 7);
    assert_int_equal(strlen(verified->hash), 32);
    assert_int_equal(verified->signature, signature_of(place->path));
    assert_null(verified->version);
    verified_release(verified);
}

static void statements_are_those_of_the_server(void **state)
{
    const struct place *place = *state;
    struct sg_server mariadb = {0};
    struct sg_error error = {0};
    assert_true(sg_server_from_version(sg_slice_of("10.11.6-MariaDB"), &mariadb));
    put(place, "schema.sql", "CREATE TABLE orders (id INT);");
    struct verified *mysql = read_named(place->path, NULL);
    assert_int_equal(mysql->flavour, SG_FLAVOUR_MYSQL);
    struct verified *other = verified_for(mysql, &mariadb, &error);
    assert_ptr_not_equal(other, mysql);
    assert_int_equal(other->flavour, SG_FLAVOUR_MARIADB);
    assert_int_equal(other->generation, mysql->generation);
    struct verified *same = verified_for(other, &mariadb, &error);
    assert_ptr_equal(same, other);
    verified_release(same);
    verified_release(other);
    put(place, "schema.sql", "nothing of the kind");
    assert_null(verified_for(mysql, &mariadb, &error));
    verified_release(mysql);
}

static void refuse(const char *path, const char *word)
{
    struct verified *verified = NULL;
    struct sg_error error = {0};
    assert_int_not_equal(
        verified_read(path, &(struct source_options){.server = NULL}, 1, &verified, &error), SG_OK);
    assert_null(verified);
    if (!strstr(error.message, word))
        fail_msg("\"%s\" says nothing of %s", error.message, word);
}

static void what_cannot_be_used_says_why(void **state)
{
    const struct place *place = *state;
    refuse(place->path, "no such file");
    refuse("mysql://root:secret@127.0.0.1/shop", "verified_password_file");
    refuse("mysql://root@127.0.0.1:1/shop", "127.0.0.1");
    refuse("@v1", "which history");
    put(place, "schema.sql",
        "{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":90704},\"databases\":[]}");
    refuse(place->path, "no table");
    put(place, "schema.sql", "{\"format\":1,");
    refuse(place->path, "schema.sql");
}

static void a_file_has_another_signature_when_it_changes(void **state)
{
    const struct place *place = *state;
    assert_int_equal(signature_of(place->path), 0);
    put(place, "schema.sql", "one");
    uint64_t before = signature_of(place->path);
    assert_int_not_equal(before, 0);
    put(place, "beside.sql", "is not looked at");
    assert_int_equal(signature_of(place->path), before);
    put(place, "schema.sql", "three");
    assert_int_not_equal(signature_of(place->path), before);
}

static void a_folder_has_another_signature_when_a_file_in_it_changes(void **state)
{
    const struct place *place = *state;
    char inner[128];
    put(place, "0001.sql", "a");
    uint64_t before = signature_of(place->folder);
    put(place, ".hidden", "b");
    assert_int_equal(signature_of(place->folder), before);
    (void)snprintf(inner, sizeof inner, "%s/0002_next", place->folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_int_equal(signature_of(place->folder), before);
    put(place, "0002_next/migration.sql", "c");
    uint64_t after = signature_of(place->folder);
    assert_int_not_equal(after, before);
    put(place, "0002_next/migration.sql", "longer");
    assert_int_not_equal(signature_of(place->folder), after);
}

/* schema.ts imports what lies beside it. */
static void a_file_that_may_name_others_is_signed_with_them(void **state)
{
    const struct place *place = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/schema.ts", place->folder);
    put(place, "schema.ts", "import { users } from './users'");
    put(place, "users.ts", "a");
    uint64_t before = signature_of(path);
    put(place, "users.ts", "longer");
    assert_int_not_equal(signature_of(path), before);
}

/* Wherever they are: of them nothing lies beside what is named. */
static void a_file_that_is_imported_is_signed_as_well(void **state)
{
    const struct place *place = *state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/db", place->folder);
    assert_int_equal(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/db/schema.ts", place->folder);
    put(place, "columns.ts",
        "import { int } from 'drizzle-orm/mysql-core';\nexport const columns = { id: int('id') };");
    put(place, "db/schema.ts",
        "import { mysqlTable } from 'drizzle-orm/mysql-core';\nimport { columns } from "
        "'../columns';\n"
        "export const orders = mysqlTable('orders', { ...columns });");
    struct verified *verified = read_named(path, NULL);
    assert_int_equal(verified->signature, verified_signature(verified));
    put(place, "beside.ts", "says nothing");
    assert_int_equal(verified->signature, verified_signature(verified));
    put(place, "columns.ts", "longer");
    assert_int_not_equal(verified->signature, verified_signature(verified));
    verified_release(verified);
}

static bool names_orders(struct sg_slice database, struct sg_slice table, void *argument)
{
    (void)argument;
    return sg_slice_equal(database, sg_slice_of("shop")) &&
           sg_slice_equal(table, sg_slice_of("orders"));
}

static void differences_are_counted_by_kind_and_by_name(void **state)
{
    const struct place *place = *state;
    struct standing standing;
    put(place, "schema.sql",
        "CREATE TABLE orders (id INT, was INT); CREATE TABLE items (id INT, more INT);");
    struct verified *verified = read_named(place->path, NULL);
    put(place, "schema.sql",
        "CREATE TABLE orders (id BIGINT); CREATE TABLE items (id INT);"
        "CREATE TABLE _prisma_migrations (id INT); CREATE TABLE stray (id INT);"
        "CREATE DATABASE other; CREATE TABLE other.t (id INT);");
    struct verified *live = read_named(place->path, NULL);
    assert_int_equal(standing_find(verified->schema, live->schema, NULL, NULL, &standing), SG_OK);
    assert_int_equal(standing.total, 4);
    assert_int_equal(standing.named, 4);
    assert_int_equal(standing.counts[SG_DIFFERENCE_COLUMN_MISSING], 2);
    assert_int_equal(standing.counts[SG_DIFFERENCE_TABLE_EXTRA], 1);
    assert_int_equal(standing.counts[SG_DIFFERENCE_TYPE], 1);
    assert_int_equal(standing_find(verified->schema, live->schema, names_orders, NULL, &standing),
                     SG_OK);
    assert_int_equal(standing.total, 4);
    assert_int_equal(standing.named, 2);
    assert_non_null(strstr(standing.first, "shop.orders."));
    assert_int_equal(standing_find(verified->schema, verified->schema, NULL, NULL, &standing),
                     SG_OK);
    assert_int_equal(standing.total, 0);
    verified_release(live);
    struct sg_error error = {0};
    assert_int_equal(verified_read(place->path, &(struct source_options){.database = "elsewhere"},
                                   1, &live, &error),
                     SG_OK);
    assert_int_equal(standing_find(verified->schema, live->schema, NULL, NULL, &standing), SG_OK);
    assert_int_equal(standing.counts[SG_DIFFERENCE_TABLE_MISSING], 2);
    assert_string_equal(standing.first, "missing table shop.orders");
    verified_release(verified);
    verified_release(live);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(it_is_read_into_the_database_that_was_named),
        TEST(statements_are_those_of_the_server),
        TEST(what_cannot_be_used_says_why),
        TEST(a_file_has_another_signature_when_it_changes),
        TEST(a_folder_has_another_signature_when_a_file_in_it_changes),
        TEST(a_file_that_may_name_others_is_signed_with_them),
        TEST(a_file_that_is_imported_is_signed_as_well),
        TEST(differences_are_counted_by_kind_and_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
