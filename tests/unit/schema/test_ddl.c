/* Statements on a schema under construction, told as text:
 *
 *   d.t(id,x~,y*) rowid      ~ invisible, * nullable, + generated, ! system
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <schemaguard/detail.h>

#include "schema/ddl.h"

struct world {
    struct sg_schema_builder *builder;
    struct sg_arena keys;
    struct sg_arena arena;
    struct sg_server server;
    struct sg_context context;
    struct sg_ddl_run run;
    char told[4096];
};

/* Stands in for the resolver: SELECT q1, q2 of whatever. */
static bool columns_of(void *data, const struct sg_query *query,
                       const struct sg_column_spec **columns_out, size_t *count_out)
{
    static const struct sg_column_spec COLUMNS[] = {{{"q1", 2}, {NULL, 0}, 0, NULL},
                                                    {{"q2", 2}, {NULL, 0}, 0, NULL}};
    (void)data;
    (void)query;
    *columns_out = COLUMNS;
    *count_out = 2;
    return true;
}

static int begin(void **state, enum sg_flavour flavour)
{
    struct world *w = calloc(1, sizeof *w);
    w->server.flavour = flavour;
    w->server.version = flavour == SG_FLAVOUR_MYSQL ? 90704 : 101119;
    w->context = (struct sg_context){
        .server = &w->server, .database = SG_SLICE_LITERAL("d"), .charset = SG_CHARSET_UTF8};
    w->builder = sg_schema_builder_new(&w->server);
    sg_arena_init(&w->keys, 1 << 24);
    sg_arena_init(&w->arena, 1 << 24);
    assert_int_equal(sg_schema_builder_database(w->builder, SG_SLICE_LITERAL("d"), true, NULL),
                     SG_OK);
    *state = w;
    return 0;
}

static int begin_mysql(void **state)
{
    return begin(state, SG_FLAVOUR_MYSQL);
}

static int begin_mariadb(void **state)
{
    return begin(state, SG_FLAVOUR_MARIADB);
}

static int end(void **state)
{
    struct world *w = *state;
    sg_schema_builder_free(w->builder);
    sg_arena_fini(&w->keys);
    sg_arena_fini(&w->arena);
    free(w);
    return 0;
}

static enum sg_ddl_outcome apply(struct world *w, const char *sql)
{
    struct sg_parse parse;
    sg_arena_reset(&w->arena);
    if (sg_parse(sg_slice_of(sql), &w->context, &w->arena, &parse) != SG_PARSE_OK)
        fail_msg("%s: %.*s", sql, (int)parse.reason.size, parse.reason.data);
    assert_int_equal(parse.statement->kind, SG_AST_DDL);
    w->run = (struct sg_ddl_run){.builder = w->builder,
                                 .keys = &w->keys,
                                 .arena = &w->arena,
                                 .context = &w->context,
                                 .text = sg_slice_of(sql),
                                 .columns_of = columns_of};
    return sg_ddl_apply(&w->run, parse.statement->ddl);
}

static void done(struct world *w, const char *sql)
{
    if (apply(w, sql) != SG_DDL_DONE)
        fail_msg("%s: %s", sql, w->run.refusal ? w->run.refusal : "untouched");
}

static void refused(struct world *w, const char *sql)
{
    if (apply(w, sql) != SG_DDL_REFUSED)
        fail_msg("%s: not refused", sql);
    assert_non_null(w->run.refusal);
}

static void untouched(struct world *w, const char *sql)
{
    if (apply(w, sql) != SG_DDL_UNTOUCHED)
        fail_msg("%s: %s", sql, w->run.refusal ? w->run.refusal : "done");
}

static const char *tell(struct world *w)
{
    const struct sg_schema *schema = sg_schema_builder_peek(w->builder);
    size_t at = 0;
    w->told[0] = '\0';
#define TELL(...) at += (size_t)snprintf(w->told + at, sizeof w->told - at, __VA_ARGS__)
    for (size_t i = 0; i < sg_schema_table_count(schema); i++) {
        const struct sg_table *table = sg_schema_table_at(schema, i);
        TELL("%s%.*s.%.*s(", i ? "; " : "", (int)table->database.size, table->database.data,
             (int)table->name.size, table->name.data);
        for (size_t k = 0; k < table->column_count; k++) {
            const struct sg_column *column = &table->columns[k];
            TELL("%s%.*s%s%s%s%s", k ? "," : "", (int)column->name.size, column->name.data,
                 column->flags & SG_COLUMN_INVISIBLE ? "~" : "",
                 column->flags & SG_COLUMN_NULLABLE ? "*" : "",
                 column->flags & SG_COLUMN_GENERATED ? "+" : "",
                 column->flags & SG_COLUMN_SYSTEM ? "!" : "");
        }
        TELL(")%s%s", table->rowid ? " rowid" : "",
             table->knowledge == SG_UNKNOWN ? " unknown" : "");
    }
#undef TELL
    return w->told;
}

/* --- CREATE -------------------------------------------------------------------------------- */

static void a_table_has_its_columns_and_flags(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT NOT NULL, c INT INVISIBLE, "
            "e INT AS (a + 1), s SERIAL)");
    assert_string_equal(tell(w), "d.t(id,a*,b,c~*,e*+,s) rowid");
}

static void what_is_there_is_not_made_again(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (a INT)");
    refused(w, "CREATE TABLE t (b INT)");
    untouched(w, "CREATE TABLE IF NOT EXISTS t (b INT)");
    untouched(w, "CREATE TEMPORARY TABLE x (b INT)");
    refused(w, "CREATE TABLE u (a INT, A INT)");
    refused(w, "CREATE TABLE u (a INT, KEY (b))");
    assert_string_equal(tell(w), "d.t(a*)");
}

static void rowid_follows_the_servers_choice(void **state)
{
    static const struct {
        const char *columns;
        bool rowid;
    } CASES[] = {
        {"a INT", false},
        {"a INT PRIMARY KEY", true},
        {"a VARCHAR(3) PRIMARY KEY, b INT NOT NULL UNIQUE", false},
        {"a INT UNIQUE, b INT NOT NULL UNIQUE", true},
        {"a INT NOT NULL, b INT NOT NULL, UNIQUE (a, b), UNIQUE (a)", false},
        {"a INT NOT NULL, b INT NOT NULL, UNIQUE (a), UNIQUE (a, b)", true},
        {"a VARCHAR(9) NOT NULL, b INT NOT NULL, UNIQUE (a(3)), UNIQUE (b)", true},
        {"a INT, b INT, PRIMARY KEY (a, b)", false},
        {"a DECIMAL(3) PRIMARY KEY", false},
        {"a YEAR PRIMARY KEY", true},
    };
    struct world *w = *state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char sql[256];
        snprintf(sql, sizeof sql, "CREATE TABLE t (%s)", CASES[i].columns);
        done(w, sql);
        if ((strstr(tell(w), "rowid") != NULL) != CASES[i].rowid)
            fail_msg("%s: %s", CASES[i].columns, w->told);
        done(w, "DROP TABLE t");
    }
}

static void like_and_select_make_tables_too(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (id INT PRIMARY KEY, a INT INVISIBLE)");
    done(w, "CREATE TABLE u LIKE t");
    done(w, "CREATE TABLE v (own INT NOT NULL, q2 INT NOT NULL) SELECT 1");
    done(w, "CREATE VIEW w (x, y) AS SELECT 1");
    refused(w, "CREATE TABLE z LIKE w");
    assert_string_equal(tell(w), "d.t(id,a~*) rowid; d.u(id,a~*) rowid; d.v(own,q1*,q2); "
                                 "d.w(x*,y*)");
    done(w, "CREATE VIEW n (x) AS SELECT 1"); /* as many names as columns, or nothing is known */
    assert_non_null(strstr(tell(w), "d.n() unknown"));
}

static void mysql_makes_a_key_where_it_is_told_to(void **state)
{
    struct world *w = *state;
    struct sg_parse parse;
    assert_int_equal(
        sg_parse(SG_SLICE_LITERAL("CREATE TABLE t (a INT)"), &w->context, &w->arena, &parse),
        SG_PARSE_OK);
    w->run = (struct sg_ddl_run){.builder = w->builder,
                                 .keys = &w->keys,
                                 .arena = &w->arena,
                                 .context = &w->context,
                                 .columns_of = columns_of,
                                 .generates_primary_key = true};
    assert_int_equal(sg_ddl_apply(&w->run, parse.statement->ddl), SG_DDL_DONE);
    assert_string_equal(tell(w), "d.t(my_row_id~,a*) rowid");
}

/* --- ALTER --------------------------------------------------------------------------------- */

static void columns_come_go_and_move(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (a INT, b INT, c INT)");
    done(w, "ALTER TABLE t ADD x INT FIRST, ADD y INT AFTER a, ADD (p INT, q INT)");
    assert_string_equal(tell(w), "d.t(x*,a*,y*,b*,c*,p*,q*)");
    done(w, "ALTER TABLE t DROP x, DROP COLUMN y, MODIFY c INT NOT NULL FIRST, CHANGE b bb INT "
            "AFTER q");
    assert_string_equal(tell(w), "d.t(c,a*,p*,q*,bb*)");
    done(w, "ALTER TABLE t RENAME COLUMN a TO p, RENAME COLUMN p TO a");
    assert_string_equal(tell(w), "d.t(c,p*,a*,q*,bb*)");
    done(w, "ALTER TABLE t DROP a, ADD a INT INVISIBLE");
    assert_string_equal(tell(w), "d.t(c,p*,q*,bb*,a~*)");
    done(w, "ALTER TABLE t ALTER a SET DEFAULT 1, ENGINE = InnoDB, COMMENT = 'x'");
    assert_string_equal(tell(w), "d.t(c,p*,q*,bb*,a~*)");
}

static void an_alter_that_fails_changes_nothing(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (a INT, b INT)");
    refused(w, "ALTER TABLE t ADD c INT, DROP nothing");
    refused(w, "ALTER TABLE t ADD c INT, ADD a INT");
    refused(w, "ALTER TABLE t ADD c INT AFTER nothing");
    refused(w, "ALTER TABLE t ADD c INT, ADD KEY (nothing)");
    refused(w, "ALTER TABLE t RENAME COLUMN a TO b");
    refused(w, "ALTER TABLE t DROP a, DROP b");
    refused(w, "ALTER TABLE nothing ADD c INT");
    assert_string_equal(tell(w), "d.t(a*,b*)");
}

/* Both servers: error 1054, whatever the two are about. */
static void a_column_is_named_once_in_an_alter(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (id INT, b INT, a INT)");
    refused(w, "ALTER TABLE t MODIFY b BIGINT, MODIFY b INT");
    refused(w, "ALTER TABLE t CHANGE b c INT, MODIFY b BIGINT");
    refused(w, "ALTER TABLE t RENAME COLUMN b TO c, MODIFY b BIGINT");
    refused(w, "ALTER TABLE t RENAME COLUMN b TO c, RENAME COLUMN b TO e");
    refused(w, "ALTER TABLE t MODIFY b BIGINT, ALTER b SET DEFAULT 2");
    refused(w, "ALTER TABLE t ALTER a SET DEFAULT 4, ALTER a DROP DEFAULT");
    refused(w, "ALTER TABLE t DROP b, MODIFY b INT");
    refused(w, "ALTER TABLE t DROP b, DROP b");
    refused(w, "ALTER TABLE t ADD x INT, ADD x INT");
    refused(w, "ALTER TABLE t ADD x INT, DROP x");
    assert_string_equal(tell(w), "d.t(id*,b*,a*)");
    done(w, "ALTER TABLE t DROP b, ADD b DATE");
    done(w, "ALTER TABLE t RENAME COLUMN a TO x, ADD a INT");
    assert_string_equal(tell(w), "d.t(id*,x*,b*,a*)");
}

/* Both servers: errors 3106 and 1907. */
static void virtual_columns_stay_what_they_are(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (id INT, v INT AS (id * 2) VIRTUAL, s INT AS (id * 2) STORED, c INT)");
    refused(w, "ALTER TABLE t MODIFY v INT");
    refused(w, "ALTER TABLE t CHANGE v w INT");
    refused(w, "ALTER TABLE t MODIFY v INT AS (id + 1) STORED");
    refused(w, "ALTER TABLE t MODIFY c INT AS (id + 1) VIRTUAL");
    refused(w, "ALTER TABLE t MODIFY s INT AS (id + 1) VIRTUAL");
    done(w, "ALTER TABLE t MODIFY v INT AS (id + 2) VIRTUAL");
    done(w, "ALTER TABLE t MODIFY c INT AS (id + 1) STORED");
    done(w, "ALTER TABLE t MODIFY s INT");
}

/* Seen on MySQL 9.7 (3959) and MariaDB 10.11 (1054). */
static void checks_go_with_the_columns_that_they_speak_of(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (id INT, a INT, b INT, c INT, CONSTRAINT one CHECK (c > 0 OR c < -9), "
            "CONSTRAINT two CHECK (a > 0 AND b > 0))");
    done(w, "ALTER TABLE t DROP c");
    refused(w, "ALTER TABLE t DROP CONSTRAINT one");
    refused(w, "ALTER TABLE t DROP b");
    refused(w, "ALTER TABLE t DROP b, ADD b BIGINT");
    done(w, "ALTER TABLE t DROP CONSTRAINT two, DROP b, ADD b BIGINT, ADD CHECK (b > 0)");
    assert_string_equal(tell(w), "d.t(id*,a*,b*)");
    done(w, "CREATE TABLE u (id INT, a INT, b INT, CONSTRAINT three CHECK (a > 0 AND b > 0))");
    if (w->server.flavour == SG_FLAVOUR_MARIADB)
        done(w, "ALTER TABLE u DROP a, DROP b");
    else
        refused(w, "ALTER TABLE u DROP a, DROP b");
}

/* MySQL: error 1171; MariaDB takes the column and forbids NULL. */
static void a_primary_key_is_not_null(void **state)
{
    struct world *w = *state;
    bool is_mariadb = w->server.flavour == SG_FLAVOUR_MARIADB;
    void (*answer)(struct world *, const char *) = is_mariadb ? done : refused;
    answer(w, "CREATE TABLE u (id INT NULL PRIMARY KEY)");
    done(w, "CREATE TABLE t (id INT, a INT NULL, PRIMARY KEY (id))");
    answer(w, "ALTER TABLE t MODIFY id INT NULL DEFAULT 5");
    done(w, "ALTER TABLE t MODIFY id INT");
    done(w, "ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (a)");
    assert_string_equal(tell(w), is_mariadb ? "d.u(id) rowid; d.t(id,a) rowid" : "d.t(id,a) rowid");
}

static const struct sg_column_detail *detail_of(const struct world *w, const char *column)
{
    const struct sg_table *table;
    assert_int_equal(sg_schema_find_table(sg_schema_builder_peek(w->builder), sg_slice_of("d"),
                                          sg_slice_of("t"), &table),
                     SG_PRESENT);
    const struct sg_column *found = sg_table_find_column(table, sg_slice_of(column));
    assert_non_null(found);
    return found->detail;
}

/* MariaDB drops ON UPDATE together with DEFAULT CURRENT_TIMESTAMP, and with no other default. */
static void on_update_goes_with_its_default(void **state)
{
    struct world *w = *state;
    bool goes = w->server.flavour == SG_FLAVOUR_MARIADB;
    done(w, "CREATE TABLE t (a DATETIME DEFAULT NOW() ON UPDATE NOW(), b DATETIME DEFAULT NOW() "
            "ON UPDATE NOW(), c DATETIME DEFAULT '2020-01-01' ON UPDATE NOW(), e DATETIME ON "
            "UPDATE NOW())");
    done(w, "ALTER TABLE t ALTER a DROP DEFAULT, ALTER b SET DEFAULT '2021-01-01', ALTER c DROP "
            "DEFAULT, ALTER e DROP DEFAULT");
    assert_int_equal(detail_of(w, "a")->on_update.size == 0, goes);
    assert_int_equal(detail_of(w, "b")->on_update.size == 0, goes);
    assert_true(detail_of(w, "c")->on_update.size > 0);
    assert_true(detail_of(w, "e")->on_update.size > 0);
    assert_int_equal(detail_of(w, "a")->default_kind, SG_DEFAULT_NONE);
    assert_int_equal(detail_of(w, "b")->default_kind, SG_DEFAULT_LITERAL);
}

static void keys_follow_their_columns(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (a INT, b INT NOT NULL, PRIMARY KEY (a))");
    assert_string_equal(tell(w), "d.t(a,b) rowid");
    done(w, "ALTER TABLE t CHANGE a aa BIGINT");
    assert_string_equal(tell(w), "d.t(aa,b) rowid");
    done(w, "ALTER TABLE t DROP PRIMARY KEY");
    assert_string_equal(tell(w), "d.t(aa,b)");
    done(w, "CREATE UNIQUE INDEX i ON t (b)");
    assert_string_equal(tell(w), "d.t(aa,b) rowid");
    done(w, "DROP INDEX i ON t");
    assert_string_equal(tell(w), "d.t(aa,b)");
    done(w, "ALTER TABLE t ADD UNIQUE (b), ADD UNIQUE (b)");
    done(w, "ALTER TABLE t DROP KEY b");
    assert_string_equal(tell(w), "d.t(aa,b) rowid"); /* b_2 is left */
    done(w, "ALTER TABLE t DROP COLUMN b");
    assert_string_equal(tell(w), "d.t(aa)");
}

static void names_change_all_or_none(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE a (x INT)");
    done(w, "CREATE TABLE b (y INT)");
    done(w, "RENAME TABLE a TO t, b TO a, t TO b");
    assert_string_equal(tell(w), "d.a(y*); d.b(x*)");
    refused(w, "RENAME TABLE a TO c, b TO c");
    refused(w, "RENAME TABLE nothing TO c");
    assert_string_equal(tell(w), "d.b(x*); d.a(y*)");
    done(w, "ALTER TABLE a ADD z INT, RENAME TO c");
    assert_string_equal(tell(w), "d.b(x*); d.c(y*,z*)");
}

/* --- DROP, databases ------------------------------------------------------------------------- */

static void drop_takes_what_is_of_its_kind(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (a INT)");
    done(w, "CREATE TABLE u (a INT)");
    done(w, "CREATE VIEW v AS SELECT 1");
    refused(w, "DROP TABLE v");
    refused(w, "DROP TABLE t, nothing");
    untouched(w, "DROP VIEW IF EXISTS t");
    done(w, "DROP TABLE IF EXISTS t, nothing");
    done(w, "DROP VIEW v");
    assert_string_equal(tell(w), "d.u(a*)");
    done(w, "DROP DATABASE d");
    assert_string_equal(tell(w), "");
}

static void databases_come_and_go_with_their_tables(void **state)
{
    struct world *w = *state;
    done(w, "CREATE DATABASE e");
    refused(w, "CREATE DATABASE e");
    untouched(w, "CREATE DATABASE IF NOT EXISTS e");
    done(w, "CREATE TABLE e.t (a INT)");
    done(w, "CREATE TABLE d.t (b INT)");
    done(w, "CREATE TABLE e.u (c INT)");
    done(w, "DROP DATABASE d");
    assert_string_equal(tell(w), "e.t(a*); e.u(c*)");
    done(w, "ALTER TABLE e.u ADD d INT");
    assert_string_equal(tell(w), "e.t(a*); e.u(c*,d*)");
    done(w, "DROP DATABASE IF EXISTS e");
    untouched(w, "DROP DATABASE IF EXISTS e");
}

/* --- MariaDB --------------------------------------------------------------------------------- */

static void versioned_tables_have_their_period(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (a INT PRIMARY KEY) WITH SYSTEM VERSIONING");
    assert_string_equal(tell(w), "d.t(a,row_start~!,row_end~!)");
    done(w, "ALTER TABLE t ADD b INT");
    assert_string_equal(tell(w), "d.t(a,b*,row_start~!,row_end~!)");
    done(w, "ALTER TABLE t DROP SYSTEM VERSIONING");
    assert_string_equal(tell(w), "d.t(a,b*) rowid");
    done(w, "CREATE TABLE u (a INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6) "
            "GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING");
    assert_non_null(strstr(tell(w), "d.u(a*,s+,e+)"));
    done(w, "CREATE TABLE p (a DATE, b DATE, PERIOD FOR x (a, b))");
    assert_non_null(strstr(tell(w), "d.p(a,b)"));
}

static void mariadb_has_ways_of_its_own(void **state)
{
    struct world *w = *state;
    done(w, "CREATE TABLE t (a INT)");
    done(w, "CREATE OR REPLACE TABLE t (b INT)");
    assert_string_equal(tell(w), "d.t(b*)");
    done(w, "ALTER TABLE t ADD COLUMN IF NOT EXISTS b INT, DROP COLUMN IF EXISTS c, ADD d INT");
    assert_string_equal(tell(w), "d.t(b*,d*)");
    done(w, "DROP TABLE t, nothing"); /* what is there goes */
    done(w, "CREATE SEQUENCE s");
    assert_non_null(strstr(tell(w), "d.s(next_not_cached_value,"));
    done(w, "DROP SEQUENCE s");
    assert_string_equal(tell(w), "");
}

/* --- bounds -------------------------------------------------------------------------------- */

static void a_ceiling_is_a_refusal(void **state)
{
    struct world *w = *state;
    char sql[8192] = "CREATE TABLE t (a INT";
    for (int i = 0; i < 200; i++)
        snprintf(sql + strlen(sql), sizeof sql - strlen(sql), ", c%d INT UNIQUE", i);
    strcat(sql, ")");
    sg_arena_fini(&w->keys);
    sg_arena_init(&w->keys, 4096);
    refused(w, sql);
    assert_string_equal(tell(w), "");
}

int main(void)
{
#define ON_MYSQL(test)   cmocka_unit_test_setup_teardown(test, begin_mysql, end)
#define ON_MARIADB(test) cmocka_unit_test_setup_teardown(test, begin_mariadb, end)
    const struct CMUnitTest tests[] = {
        ON_MYSQL(a_table_has_its_columns_and_flags),
        ON_MYSQL(what_is_there_is_not_made_again),
        ON_MYSQL(rowid_follows_the_servers_choice),
        ON_MYSQL(like_and_select_make_tables_too),
        ON_MYSQL(mysql_makes_a_key_where_it_is_told_to),
        ON_MYSQL(columns_come_go_and_move),
        ON_MYSQL(an_alter_that_fails_changes_nothing),
        ON_MYSQL(a_column_is_named_once_in_an_alter),
        ON_MARIADB(a_column_is_named_once_in_an_alter),
        ON_MYSQL(virtual_columns_stay_what_they_are),
        ON_MARIADB(virtual_columns_stay_what_they_are),
        ON_MYSQL(on_update_goes_with_its_default),
        ON_MARIADB(on_update_goes_with_its_default),
        ON_MYSQL(checks_go_with_the_columns_that_they_speak_of),
        ON_MARIADB(checks_go_with_the_columns_that_they_speak_of),
        ON_MYSQL(a_primary_key_is_not_null),
        ON_MARIADB(a_primary_key_is_not_null),
        ON_MYSQL(keys_follow_their_columns),
        ON_MYSQL(names_change_all_or_none),
        ON_MYSQL(drop_takes_what_is_of_its_kind),
        ON_MYSQL(databases_come_and_go_with_their_tables),
        ON_MARIADB(versioned_tables_have_their_period),
        ON_MARIADB(mariadb_has_ways_of_its_own),
        ON_MYSQL(a_ceiling_is_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
