/* Statements in, a schema out: views that break and heal, what is refused, what is in doubt; and a
 * session followed by effects. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <schemaguard/catalog.h>
#include <schemaguard/session.h>

struct world {
    struct sg_server server;
    struct sg_catalog *catalog;
    struct sg_session session;
    struct sg_arena arena;
    char text[512];
};

static int begin(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->server = (struct sg_server){.flavour = SG_FLAVOUR_MYSQL, .version = 90704};
    w->catalog = sg_catalog_new(&w->server);
    sg_session_init(&w->session, &w->server, 0);
    sg_session_set_database(&w->session, SG_SLICE_LITERAL("d"));
    sg_arena_init(&w->arena, 1 << 24);
    assert_int_equal(sg_catalog_database(w->catalog, SG_SLICE_LITERAL("d"), NULL), SG_OK);
    *state = w;
    return 0;
}

static int end(void **state)
{
    struct world *w = *state;
    sg_catalog_free(w->catalog);
    sg_session_fini(&w->session);
    sg_arena_fini(&w->arena);
    free(w);
    return 0;
}

/* All statements of `sql`; the last one's effect. */
static enum sg_catalog_effect apply(struct world *w, const char *sql)
{
    struct sg_catalog_change change = {.effect = SG_CATALOG_UNTOUCHED};
    struct sg_slice text = sg_slice_of(sql);
    while (text.size > 0) {
        const struct sg_report *report;
        sg_arena_reset(&w->arena);
        assert_int_equal(
            sg_catalog_apply(w->catalog, text, &w->session.context, &w->arena, &change), SG_OK);
        assert_int_equal(sg_read_effects(text, &w->session.context, &w->arena, &report), SG_OK);
        sg_session_apply(&w->session, &report->effects);
        text = sg_slice_make(text.data + change.consumed, text.size - change.consumed);
    }
    return change.effect;
}

/* "a,b" of a table of d, "unknown" or "absent". */
static const char *columns(struct world *w, const char *name)
{
    const struct sg_table *table;
    enum sg_presence presence = sg_schema_find_table(
        sg_catalog_schema(w->catalog), SG_SLICE_LITERAL("d"), sg_slice_of(name), &table);
    size_t count;
    size_t at = 0;
    if (presence != SG_PRESENT)
        return presence == SG_ABSENT ? "absent" : "perhaps";
    if (sg_table_knowledge(table) == SG_UNKNOWN)
        return "unknown";
    const struct sg_column *column = sg_table_columns(table, &count);
    w->text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        at += (size_t)snprintf(w->text + at, sizeof w->text - at, "%s%.*s", i ? "," : "",
                               (int)column[i].name.size, column[i].name.data);
    return w->text;
}

static void views_give_what_their_query_gives(void **state)
{
    struct world *w = *state;
    apply(w, "CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT *, a + 1 FROM t;"
             "CREATE VIEW w (x, y, z) AS SELECT * FROM v; CREATE TABLE s (k INT) SELECT x FROM w");
    assert_string_equal(columns(w, "v"), "a,b,a + 1");
    assert_string_equal(columns(w, "w"), "x,y,z");
    assert_string_equal(columns(w, "s"), "k,x");
    apply(w, "ALTER TABLE t ADD c INT");
    assert_string_equal(columns(w, "v"), "a,b,a + 1"); /* `*` stands for what there was */
}

static void views_break_and_heal(void **state)
{
    struct world *w = *state;
    apply(w, "CREATE TABLE t (a INT, b INT); CREATE VIEW v AS SELECT a FROM t;"
             "CREATE VIEW w AS SELECT a FROM v; CREATE VIEW o AS SELECT b FROM t;");
    apply(w, "ALTER TABLE t DROP a");
    assert_string_equal(columns(w, "v"), "unknown");
    assert_string_equal(columns(w, "w"), "unknown");
    assert_string_equal(columns(w, "o"), "b");
    apply(w, "ALTER TABLE t ADD a INT");
    assert_string_equal(columns(w, "v"), "a");
    assert_string_equal(columns(w, "w"), "a");
    apply(w, "DROP TABLE t");
    assert_string_equal(columns(w, "o"), "unknown");
    apply(w, "RENAME TABLE u TO t; CREATE TABLE t (b INT); DROP VIEW o");
    assert_string_equal(columns(w, "o"), "absent");
    assert_string_equal(columns(w, "v"), "unknown");
}

static void what_the_server_would_refuse_changes_nothing(void **state)
{
    struct world *w = *state;
    apply(w, "CREATE TABLE t (a INT)");
    assert_int_equal(apply(w, "ALTER TABLE t DROP b"), SG_CATALOG_REFUSED);
    assert_int_equal(apply(w, "ALTER TABLE t ADD c INT AFTER b"), SG_CATALOG_REFUSED);
    assert_int_equal(apply(w, "CREATE TABLE t (b INT)"), SG_CATALOG_REFUSED);
    assert_int_equal(apply(w, "CREATE TABLE u SELECT b FROM t"), SG_CATALOG_REFUSED);
    assert_int_equal(apply(w, "CREATE TABLE IF NOT EXISTS t SELECT b FROM t"),
                     SG_CATALOG_UNTOUCHED);
    assert_string_equal(columns(w, "t"), "a");
    assert_string_equal(columns(w, "u"), "absent");
    /* a view over what is not there may be one over what a dump leaves out */
    assert_int_equal(apply(w, "CREATE VIEW v AS SELECT b FROM t"), SG_CATALOG_REFUSED);
    assert_string_equal(columns(w, "v"), "unknown");
}

static void what_was_not_understood_is_in_doubt(void **state)
{
    struct world *w = *state;
    apply(w, "CREATE TABLE t (a INT); CREATE TABLE u (a INT)");
    assert_string_equal(columns(w, "x"), "absent");
    assert_int_equal(apply(w, "ALTER TABLE `t` % a b c"), SG_CATALOG_DOUBTFUL);
    assert_string_equal(columns(w, "t"), "unknown");
    assert_string_equal(columns(w, "u"), "a");
    assert_string_equal(columns(w, "x"), "perhaps");
    assert_int_equal(apply(w, "FROBNICATE t"), SG_CATALOG_UNTOUCHED);
}

static void other_statements_do_not_touch_it(void **state)
{
    struct world *w = *state;
    static const char *const SQL[] = {"SELECT 1",
                                      "INSERT INTO t VALUES (1)",
                                      "TRUNCATE t",
                                      "CREATE TEMPORARY TABLE x (a INT)",
                                      "CREATE PROCEDURE p() SELECT 1",
                                      "CREATE USER u",
                                      "DROP TRIGGER IF EXISTS q",
                                      "",
                                      "ALTER DATABASE d CHARACTER SET utf8mb4"};
    apply(w, "CREATE TABLE t (a INT)");
    for (size_t i = 0; i < sizeof SQL / sizeof SQL[0]; i++)
        assert_int_equal(apply(w, SQL[i]), SG_CATALOG_UNTOUCHED);
    assert_string_equal(columns(w, "t"), "a");
    assert_string_equal(columns(w, "x"), "absent");
}

static void temporary_tables_stand_before_permanent_ones(void **state)
{
    struct world *w = *state;
    apply(w, "CREATE TABLE t (a INT); CREATE TEMPORARY TABLE t (b INT); ALTER TABLE t ADD c INT;"
             "DROP TABLE t");
    assert_string_equal(columns(w, "t"), "a");
    apply(w, "DROP TABLE t");
    assert_string_equal(columns(w, "t"), "absent");
}

static void a_copy_goes_its_own_way(void **state)
{
    struct world *w = *state;
    struct sg_schema *schema = NULL;
    struct sg_schema *changed = NULL;
    apply(w, "CREATE TABLE t (a INT PRIMARY KEY)");
    struct sg_catalog *copy = sg_catalog_copy(sg_catalog_schema(w->catalog));
    assert_int_equal(sg_catalog_finish(w->catalog, &schema, NULL), SG_OK);
    w->catalog = copy;
    apply(w, "ALTER TABLE t ADD b INT; CREATE TABLE u (c INT)");
    assert_string_equal(columns(w, "t"), "a,b");
    assert_int_equal(sg_schema_table_count(schema), 1);
    assert_int_equal(sg_schema_column_count(schema), 1);
    assert_int_equal(sg_catalog_finish(w->catalog, &changed, NULL), SG_OK);
    w->catalog = NULL;
    assert_int_equal(sg_schema_column_count(changed), 3);
    assert_int_not_equal(sg_schema_hash(schema), sg_schema_hash(changed));
    sg_schema_release(schema);
    sg_schema_release(changed);
}

static void a_session_is_followed(void **state)
{
    struct world *w = *state;
    const struct sg_context *context = &w->session.context;
    apply(w, "USE e; SET sql_mode = 'ANSI_QUOTES'; CREATE TEMPORARY TABLE t (a INT)");
    assert_true(sg_slice_equal(context->database, SG_SLICE_LITERAL("e")));
    assert_int_equal(context->sql_mode, SG_MODE_ANSI_QUOTES);
    assert_non_null(context->overlay);
    assert_int_equal(context->temporary_certainty, SG_CERTAIN);
    apply(w, "CALL p()");
    assert_int_equal(context->temporary_certainty, SG_UNCERTAIN);
    assert_int_equal(context->database_certainty, SG_UNCERTAIN);
    apply(w, "USE f");
    assert_int_equal(context->database_certainty, SG_CERTAIN);
}

static void every_ceiling_is_an_answer(void **state)
{
    struct world *w = *state;
    static const char SQL[] = "CREATE VIEW v AS SELECT a, b + 1, (SELECT MAX(a) FROM t) FROM t";
    apply(w, "CREATE TABLE t (a INT, b INT)");
    for (size_t ceiling = 0; ceiling < 20000; ceiling += 97) {
        struct sg_catalog_change change;
        struct sg_arena arena;
        sg_arena_init(&arena, ceiling);
        enum sg_status status =
            sg_catalog_apply(w->catalog, sg_slice_of(SQL), &w->session.context, &arena, &change);
        assert_true(status == SG_OK || status == SG_LIMIT);
        sg_arena_fini(&arena);
        apply(w, "DROP VIEW IF EXISTS v");
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(views_give_what_their_query_gives),
        TEST(views_break_and_heal),
        TEST(what_the_server_would_refuse_changes_nothing),
        TEST(what_was_not_understood_is_in_doubt),
        TEST(other_statements_do_not_touch_it),
        TEST(temporary_tables_stand_before_permanent_ones),
        TEST(a_copy_goes_its_own_way),
        TEST(a_session_is_followed),
        TEST(every_ceiling_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
