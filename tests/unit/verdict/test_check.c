/* The public door: classes by two schemas, uncertainty, effects, bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <schemaguard/check.h>

struct fixture {
    struct sg_server server;
    struct sg_schema *live;
    struct sg_schema *verified;
    struct sg_context context;
    struct sg_schemas schemas;
    struct sg_arena arena;
};

static struct sg_schema *load(const char *tables)
{
    char json[4096];
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    snprintf(json, sizeof json,
             "{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":90704},\"complete\":true,"
             "\"databases\":[{\"name\":\"shop\",\"complete\":true,\"tables\":[%s]},"
             "{\"name\":\"dim\",\"tables\":[]}]}",
             tables);
    if (sg_schema_from_json(sg_slice_of(json), "test", &schema, &error) != SG_OK)
        fail_msg("%s", error.message);
    return schema;
}

#define COLUMN(name) "{\"name\":\"" name "\"}"
#define CUSTOMERS(more)                                                                            \
    "{\"name\":\"customers\",\"rowid\":true,\"columns\":[" COLUMN("id") "," COLUMN("company") more \
        "]}"

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->live = load(CUSTOMERS("," COLUMN("drifted")));
    f->verified = load(CUSTOMERS("," COLUMN("planned")));
    f->server = *sg_schema_server(f->live);
    f->context = (struct sg_context){
        .server = &f->server, .database = SG_SLICE_LITERAL("shop"), .charset = SG_CHARSET_UTF8};
    f->schemas.live = f->live;
    sg_arena_init(&f->arena, (size_t)8 << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    sg_arena_fini(&f->arena);
    sg_schema_release(f->live);
    sg_schema_release(f->verified);
    free(f);
    return 0;
}

static const struct sg_report *check(struct fixture *f, const char *sql)
{
    const struct sg_report *report = NULL;
    assert_int_equal(sg_check(sg_slice_of(sql), &f->context, &f->schemas, &f->arena, &report),
                     SG_OK);
    return report;
}

static enum sg_verdict verdict(struct fixture *f, const char *sql)
{
    return check(f, sql)->verdict;
}

static void assert_text(struct sg_slice found, const char *expected)
{
    if (!sg_slice_equal(found, sg_slice_of(expected)))
        fail_msg("\"%.*s\" is not \"%s\"", (int)found.size, found.data, expected);
}

static void test_a_missing_column_is_told_in_the_servers_words(void **state)
{
    const char *sql = "SELECT c.`name` FROM customers c";
    const struct sg_report *report = check(*state, sql);
    assert_int_equal(report->verdict, SG_VERDICT_ABSENT);
    assert_int_equal(report->kind, SG_STATEMENT_SELECT);
    assert_int_equal(report->reference_count, 1);
    const struct sg_reference *it = &report->references[0];
    assert_int_equal(it->kind, SG_REFERENCE_COLUMN);
    assert_int_equal(it->error, 1054);
    assert_string_equal(it->sqlstate, "42S22");
    assert_text(it->message, "Unknown column 'c.name' in 'field list'");
    assert_text(it->name, "c.name");
    assert_text(it->clause, "field list");
    assert_int_equal(it->offset, 7);
    assert_int_equal(it->size, 8);
}

static void test_nearest_names_are_given(void **state)
{
    const struct sg_report *report = check(*state, "SELECT compny FROM customers");
    assert_int_equal(report->references[0].nearest_count, 1);
    assert_text(report->references[0].nearest[0], "company");
    report = check(*state, "SELECT 1 FROM customer");
    assert_text(report->references[0].nearest[0], "customers");
    report = check(*state, "SELECT xxxxxx FROM customers");
    assert_int_equal(report->references[0].nearest_count, 0);
}

static void test_long_names_are_cut_as_the_server_cuts_them(void **state)
{
    char sql[400];
    memset(sql, 'x', sizeof sql);
    memcpy(sql, "SELECT ", 7);
    memcpy(sql + 300, " FROM customers", 16);
    const struct sg_report *report = check(*state, sql);
    assert_int_equal(report->references[0].name.size, 293);
    assert_int_equal(report->references[0].message.size,
                     strlen("Unknown column '' in 'field list'") + 192);
}

static void test_two_schemas_tell_missing_unverified_and_absent_apart(void **state)
{
    struct fixture *f = *state;
    f->schemas.verified = f->verified;
    assert_int_equal(verdict(f, "SELECT id FROM customers"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "SELECT planned FROM customers"), SG_VERDICT_MISSING);
    assert_int_equal(verdict(f, "SELECT drifted FROM customers"), SG_VERDICT_UNVERIFIED);
    assert_int_equal(verdict(f, "SELECT neither FROM customers"), SG_VERDICT_ABSENT);
    const struct sg_report *report = check(f, "SELECT drifted, planned FROM customers");
    assert_int_equal(report->verdict, SG_VERDICT_MISSING);
    assert_int_equal(report->reference_count, 2);
    assert_int_equal(report->references[1].verdict, SG_VERDICT_UNVERIFIED);
}

/* What the server refuses for another reason, what may be another text, and positions. */
static void test_only_what_the_server_would_run_is_unverified(void **state)
{
    struct fixture *f = *state;
    f->schemas.verified = f->verified;
    assert_int_equal(verdict(f, "SELECT drifted FROM customers a, customers b"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "SELECT * FROM customers ORDER BY 3"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "WITH c AS (SELECT drifted AS x FROM customers) SELECT x FROM c"),
                     SG_VERDICT_UNVERIFIED);
    assert_int_equal(verdict(f, "WITH drifted AS (SELECT 1 AS a) SELECT a FROM drifted"),
                     SG_VERDICT_OK);
    f->context.sql_mode_unknown = SG_MODE_ANSI_QUOTES;
    assert_int_equal(verdict(f, "SELECT \"drifted\" FROM customers"), SG_VERDICT_OK);
    f->context.sql_mode = SG_MODE_ANSI_QUOTES;
    f->context.sql_mode_unknown = 0;
    assert_int_equal(verdict(f, "SELECT \"drifted\" FROM customers"), SG_VERDICT_UNVERIFIED);
    f->context.temporary_certainty = SG_UNCERTAIN;
    assert_int_equal(verdict(f, "SELECT drifted FROM customers"), SG_VERDICT_OK);
}

static void test_a_column_of_a_drifted_table_is_not_called_verified(void **state)
{
    struct fixture *f = *state;
    struct sg_schema *verified = load("{\"name\":\"other\",\"columns\":[" COLUMN("id") "]}");
    f->schemas.verified = verified;
    const struct sg_report *report = check(f, "SELECT neither FROM customers");
    assert_int_equal(report->verdict, SG_VERDICT_ABSENT);
    assert_int_equal(report->reference_count, 2);
    assert_int_equal(report->references[1].kind, SG_REFERENCE_TABLE);
    assert_int_equal(report->references[1].verdict, SG_VERDICT_UNVERIFIED);
    assert_int_equal(verdict(f, "SELECT id FROM other"), SG_VERDICT_MISSING);
    sg_schema_release(verified);
}

static void test_nothing_is_said_of_what_was_not_listed(void **state)
{
    assert_int_equal(verdict(*state, "SELECT x FROM dim.t"), SG_VERDICT_OK);
    assert_int_equal(verdict(*state, "SELECT x FROM dim.t, customers"), SG_VERDICT_OK);
    assert_int_equal(verdict(*state, "SELECT customers.x FROM dim.t, customers"),
                     SG_VERDICT_ABSENT);
    assert_int_equal(verdict(*state, "SELECT x FROM (SELECT * FROM dim.t) y"), SG_VERDICT_OK);
    assert_int_equal(verdict(*state, "SELECT 1 FROM customers WHERE EXISTS "
                                     "(SELECT 1 FROM dim.t WHERE x = 1)"),
                     SG_VERDICT_OK);
}

static void test_nothing_is_said_where_the_server_rewrites_statements(void **state)
{
    struct fixture *f = *state;
    const char *json = "{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":90704},"
                       "\"complete\":true,\"databases\":[{\"name\":\"shop\",\"complete\":true,"
                       "\"tables\":[]},{\"name\":\"query_rewrite\",\"complete\":true,\"tables\":["
                       "{\"name\":\"rewrite_rules\",\"columns\":[" COLUMN("id") "]}]}]}";
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    assert_int_equal(sg_schema_from_json(sg_slice_of(json), "test", &schema, &error), SG_OK);
    f->schemas.live = schema;
    const struct sg_report *report = check(f, "SELECT zz FROM nosuch");
    assert_int_equal(report->verdict, SG_VERDICT_UNPARSED);
    assert_int_equal(report->reference_count, 0);
    assert_text(report->unparsed_reason, "the server may rewrite it");
    assert_int_equal(verdict(f, "PREPARE s FROM 'DELETE FROM nosuch'"), SG_VERDICT_UNPARSED);
    assert_int_equal(verdict(f, "SELECT 1"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "DO zz"), SG_VERDICT_ABSENT); /* no rule rewrites that */

    struct sg_digest digest;
    assert_int_equal(sg_digest(SG_SLICE_LITERAL("SELECT zz FROM nosuch WHERE a = ?"), &f->context,
                               64, &f->arena, &digest),
                     SG_OK);
    struct sg_rewrite rule = {digest.hash, SG_SLICE_LITERAL("shop")};
    f->context.rewrites_known = true;
    assert_int_equal(verdict(f, "SELECT zz FROM nosuch WHERE a = 5"), SG_VERDICT_ABSENT);
    f->context.rewrites = &rule;
    f->context.rewrite_count = 1;
    assert_int_equal(verdict(f, "SELECT zz FROM nosuch WHERE a = 5"), SG_VERDICT_UNPARSED);
    assert_int_equal(verdict(f, "SELECT zz FROM nosuch"), SG_VERDICT_ABSENT);
    assert_int_equal(verdict(f, "PREPARE s FROM 'DELETE FROM nosuch'"), SG_VERDICT_UNPARSED);
    rule.database = SG_SLICE_LITERAL("other");
    assert_int_equal(verdict(f, "SELECT zz FROM nosuch WHERE a = 5"), SG_VERDICT_ABSENT);
    sg_schema_release(schema);
}

static void test_names_in_other_character_sets_are_compared(void **state)
{
    struct fixture *f = *state;
    struct sg_schema *schema = load("{\"name\":\"größe\",\"columns\":[" COLUMN("naïve") "]}");
    f->schemas.live = schema;
    f->context.charset = SG_CHARSET_LATIN1;
    assert_int_equal(verdict(f, "SELECT na\xefve FROM gr\xf6\xdf"
                                "e"),
                     SG_VERDICT_OK);
    const struct sg_report *report = check(f, "SELECT '\xe9', naive FROM `gr\xf6\xdf"
                                              "e`; SELECT 1");
    assert_int_equal(report->verdict, SG_VERDICT_ABSENT);
    assert_int_equal(report->references[0].offset, 12);
    assert_int_equal(report->references[0].size, 5);
    assert_int_equal(report->consumed, 31);
    assert_text(check(f, "USE gr\xf6\xdf"
                         "e")
                    ->effects.database,
                "größe");
    assert_int_equal(verdict(f, "SELECT '\xa9', na\xefvf FROM gr\xf6\xdf"
                                "e"),
                     SG_VERDICT_ABSENT);
    assert_int_equal(verdict(f, "SELECT '\xa0', na\xefvf FROM gr\xf6\xdf"
                                "e"),
                     SG_VERDICT_OK); /* a blank: nothing is said of names beyond ASCII */
    f->context.charset_certainty = SG_UNCERTAIN;
    assert_int_equal(verdict(f, "SELECT na\xefvf FROM gr\xf6\xdf"
                                "e"),
                     SG_VERDICT_OK);
    sg_schema_release(schema);
}

static void test_an_unknown_database_is_told_and_no_column(void **state)
{
    const struct sg_report *report = check(*state, "SELECT x FROM nosuch.t");
    assert_int_equal(report->reference_count, 1);
    assert_int_equal(report->references[0].kind, SG_REFERENCE_DATABASE);
    assert_int_equal(report->references[0].error, 1049);
}

static void test_uncertainty_takes_a_mismatch_back(void **state)
{
    struct fixture *f = *state;
    f->context.database_certainty = SG_UNCERTAIN;
    assert_int_equal(verdict(f, "SELECT zz FROM customers"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "SELECT zz FROM shop.customers"), SG_VERDICT_ABSENT);
    f->context.database_certainty = SG_CERTAIN;
    f->context.temporary_certainty = SG_UNCERTAIN;
    assert_int_equal(verdict(f, "SELECT zz FROM customers"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "SELECT zz"), SG_VERDICT_ABSENT);
    f->context.temporary_certainty = SG_CERTAIN;
    f->context.charset_certainty = SG_UNCERTAIN;
    assert_int_equal(verdict(f, "SELECT zz FROM customers"), SG_VERDICT_ABSENT);
    assert_int_equal(verdict(f, "SELECT 'ä', zz FROM customers"), SG_VERDICT_OK);
}

static void test_an_unknown_mode_is_read_both_ways(void **state)
{
    struct fixture *f = *state;
    f->context.sql_mode_unknown = SG_MODE_ANSI_QUOTES;
    assert_int_equal(verdict(f, "SELECT \"zz\" FROM customers"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "SELECT \"zz\", yy FROM customers"), SG_VERDICT_ABSENT);
    f->context.sql_mode = SG_MODE_ANSI_QUOTES;
    assert_int_equal(verdict(f, "SELECT \"zz\" FROM customers"), SG_VERDICT_OK);
    f->context.sql_mode_unknown = 0;
    assert_int_equal(verdict(f, "SELECT \"zz\" FROM customers"), SG_VERDICT_ABSENT);
}

static void test_what_is_not_understood_says_so(void **state)
{
    const struct sg_report *report = check(*state, "SELECT zz FROM customers WHERE (");
    assert_int_equal(report->verdict, SG_VERDICT_UNPARSED);
    assert_true(report->unparsed_reason.size > 0);
    assert_int_equal(verdict(*state, ""), SG_VERDICT_OK);
    assert_int_equal(verdict(*state, "  /* nothing */ ;"), SG_VERDICT_OK);
}

static void test_statements_of_one_text_are_taken_one_by_one(void **state)
{
    const char *sql = "SELECT 1; SELECT zz";
    const struct sg_report *report = check(*state, sql);
    assert_int_equal(report->verdict, SG_VERDICT_OK);
    assert_int_equal(report->consumed, 9);
    assert_int_equal(verdict(*state, sql + report->consumed), SG_VERDICT_ABSENT);
}

static void test_verdicts_that_looked_at_the_text_say_so(void **state)
{
    assert_false(check(*state, "SELECT id FROM customers WHERE id = 1")->depends_on_text);
    assert_true(check(*state, "SELECT id FROM customers ORDER BY 1")->depends_on_text);
    assert_true(check(*state, "SELECT `abc` FROM (SELECT 'abc') x")->depends_on_text);
}

/* --- effects ------------------------------------------------------------------------------- */

static void test_effects_of_statements(void **state)
{
    static const struct {
        const char *sql;
        uint32_t flags;
    } CASES[] = {
        {"SELECT 1", 0},
        {"USE other", SG_EFFECT_DATABASE},
        {"SET sql_mode = 'ANSI_QUOTES'", SG_EFFECT_SQL_MODE},
        {"SET @@session.sql_mode = DEFAULT", SG_EFFECT_SQL_MODE},
        {"SET GLOBAL sql_mode = ''", 0},
        {"SET @x = 1, sql_mode = ''", SG_EFFECT_SQL_MODE},
        {"SET NAMES gbk", SG_EFFECT_CHARSET},
        {"SET CHARACTER SET latin1", SG_EFFECT_CHARSET},
        {"SET character_set_client = 'sjis'", SG_EFFECT_CHARSET},
        {"SET autocommit = 0", 0},
        {"CALL p()", SG_EFFECT_OPAQUE},
        {"EXECUTE s", SG_EFFECT_OPAQUE},
        {"CREATE TABLE n (a INT)", SG_EFFECT_SCHEMA},
        {"ALTER TABLE customers ADD x INT", SG_EFFECT_SCHEMA},
        {"DROP VIEW v", SG_EFFECT_SCHEMA},
        {"TRUNCATE customers", 0},
        {"FLUSH TABLES", 0},
        {"CREATE TEMPORARY TABLE n (a INT)", SG_EFFECT_TEMPORARY},
        {"CREATE PROCEDURE p() SELECT 1", 0},
        {"SET GLOBAL init_connect = 'CREATE TABLE n (a INT)'", SG_EFFECT_LOGIN},
        {"SET PERSIST init_connect = ''", SG_EFFECT_LOGIN},
        {"BINLOG 'AAAA'", SG_EFFECT_OPAQUE},
        {"IMPORT TABLE FROM '/tmp/n.sdi'", SG_EFFECT_SCHEMA},
        {"INSTALL PLUGIN p SONAME 'p.so'", SG_EFFECT_SCHEMA},
        {"SELECT @@datadir", 0}, /* has a dictionary */
        {"CHECK TABLE n", 0},
        {"DROP DATABASE shop", SG_EFFECT_SCHEMA | SG_EFFECT_DATABASE},
        {"ALTER TABLE customers FROBNICATE", SG_EFFECT_SCHEMA},
        {"CREATE TEMPORARY TABLE n FROBNICATE", SG_EFFECT_SCHEMA | SG_EFFECT_TEMPORARY},
        {"SET NAMES FROBNICATE NICELY", SG_EFFECT_CHARSET},
        {"SET sql_mode = = 1", SG_EFFECT_SQL_MODE},
        {"FROBNICATE", SG_EFFECT_OPAQUE},
        {"SELECT FROM", 0},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct sg_report *report = NULL;
        assert_int_equal(
            sg_read_effects(sg_slice_of(CASES[i].sql), &f->context, &f->arena, &report), SG_OK);
        if (report->effects.flags != CASES[i].flags)
            fail_msg("%s: %u, not %u", CASES[i].sql, report->effects.flags, CASES[i].flags);
    }
}

/* MariaDB finds tables by their files: who asks for those, or tends a table that is not known, may
 * have put some there. */
static void test_tables_that_come_by_their_files(void **state)
{
    struct fixture *f = *state;
    f->server.flavour = SG_FLAVOUR_MARIADB;
    assert_int_equal(check(f, "SELECT @@datadir")->effects.flags, SG_EFFECT_SCHEMA);
    assert_int_equal(check(f, "SELECT @@port")->effects.flags, 0);
    assert_int_equal(check(f, "CHECK TABLE nosuch FOR UPGRADE")->effects.flags, SG_EFFECT_SCHEMA);
    assert_int_equal(check(f, "REPAIR TABLE customers, nosuch")->effects.flags, SG_EFFECT_SCHEMA);
    assert_int_equal(check(f, "CHECK TABLE customers")->effects.flags, 0);
}

static void test_values_of_effects(void **state)
{
    struct fixture *f = *state;
    assert_text(check(f, "USE `other`")->effects.database, "other");
    const struct sg_effects *e =
        &check(f, "SET sql_mode = 'STRICT_ALL_TABLES,ANSI_QUOTES'")->effects;
    assert_int_equal(e->sql_mode, SG_MODE_ANSI_QUOTES);
    assert_int_equal(e->sql_mode_unknown, 0);
    e = &check(f, "SET sql_mode = @saved")->effects;
    assert_true(e->sql_mode_unknown & SG_MODE_ANSI_QUOTES);
    f->context.sql_mode = SG_MODE_PIPES_AS_CONCAT;
    e = &check(f, "SET sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')")->effects;
    assert_int_equal(e->sql_mode, SG_MODE_PIPES_AS_CONCAT | SG_MODE_ANSI_QUOTES);
    e = &check(f, "SET NAMES 'sjis'")->effects;
    assert_int_equal(e->charset, SG_CHARSET_SJIS);
    assert_int_equal(e->charset_certainty, SG_CERTAIN);
    e = &check(f, "SET NAMES DEFAULT")->effects;
    assert_int_equal(e->charset_certainty, SG_UNCERTAIN);
}

static void run(struct fixture *f, struct sg_overlay *overlay, const char *sql)
{
    const struct sg_report *report = check(f, sql);
    assert_true(report->effects.flags & SG_EFFECT_TEMPORARY);
    assert_non_null(report->effects.overlay_change);
    assert_int_equal(sg_overlay_apply(overlay, report->effects.overlay_change), SG_OK);
}

static void test_temporary_tables_are_followed(void **state)
{
    struct fixture *f = *state;
    struct sg_overlay *overlay = sg_overlay_new();
    f->context.overlay = overlay;
    run(f, overlay, "CREATE TEMPORARY TABLE customers (t INT)");
    assert_int_equal(verdict(f, "SELECT t FROM customers"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "SELECT company FROM customers"), SG_VERDICT_ABSENT);
    run(f, overlay, "ALTER TABLE customers ADD u INT, DROP COLUMN t");
    assert_int_equal(verdict(f, "SELECT u FROM customers"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "SELECT t FROM customers"), SG_VERDICT_ABSENT);
    run(f, overlay, "DROP TABLE customers");
    assert_int_equal(verdict(f, "SELECT company FROM customers"), SG_VERDICT_OK);
    run(f, overlay, "CREATE TEMPORARY TABLE n LIKE customers");
    assert_int_equal(verdict(f, "SELECT company FROM n"), SG_VERDICT_OK);
    run(f, overlay, "CREATE TEMPORARY TABLE m SELECT id AS k, company FROM customers");
    assert_int_equal(verdict(f, "SELECT k, company FROM m"), SG_VERDICT_OK);
    assert_int_equal(verdict(f, "SELECT id FROM m"), SG_VERDICT_ABSENT);
    sg_overlay_free(overlay);
}

/* --- bounds -------------------------------------------------------------------------------- */

static void test_every_ceiling_gives_an_answer_or_a_refusal(void **state)
{
    static const char SQL[] =
        "WITH x AS (SELECT id, company AS c FROM customers) SELECT x.c, (SELECT MAX(zz) FROM "
        "customers) FROM x JOIN customers y USING (id) ORDER BY c, `x.c`";
    struct fixture *f = *state;
    int answers = 0;
    for (size_t ceiling = 0; ceiling < 64 * 1024; ceiling += 512) {
        struct sg_arena arena;
        const struct sg_report *report = NULL;
        sg_arena_init(&arena, ceiling);
        enum sg_status status =
            sg_check(sg_slice_of(SQL), &f->context, &f->schemas, &arena, &report);
        assert_true(status == SG_OK || status == SG_LIMIT);
        assert_int_equal(status == SG_OK, report != NULL);
        if (report)
            assert_int_equal(report->verdict, SG_VERDICT_ABSENT);
        answers += report != NULL;
        sg_arena_fini(&arena);
    }
    assert_true(answers > 0);
}

static void test_deep_and_wide_statements_end(void **state)
{
    struct fixture *f = *state;
    size_t room = (size_t)1 << 20;
    char *sql = malloc(room);
    size_t at = 0;
    assert_non_null(sql);
    for (int i = 0; i < 5000; i++)
        at += (size_t)snprintf(sql + at, room - at, "SELECT (");
    verdict(f, sql);
    sg_arena_reset(&f->arena);
    at = (size_t)snprintf(sql, room, "SELECT 1 FROM customers c0");
    for (int i = 1; i < 2000; i++)
        at += (size_t)snprintf(sql + at, room - at, ", customers c%d", i);
    assert_int_equal(verdict(f, sql), SG_VERDICT_UNPARSED);
    free(sql);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_a_missing_column_is_told_in_the_servers_words),
        TEST(test_nearest_names_are_given),
        TEST(test_long_names_are_cut_as_the_server_cuts_them),
        TEST(test_two_schemas_tell_missing_unverified_and_absent_apart),
        TEST(test_only_what_the_server_would_run_is_unverified),
        TEST(test_a_column_of_a_drifted_table_is_not_called_verified),
        TEST(test_nothing_is_said_of_what_was_not_listed),
        TEST(test_nothing_is_said_where_the_server_rewrites_statements),
        TEST(test_names_in_other_character_sets_are_compared),
        TEST(test_an_unknown_database_is_told_and_no_column),
        TEST(test_uncertainty_takes_a_mismatch_back),
        TEST(test_an_unknown_mode_is_read_both_ways),
        TEST(test_what_is_not_understood_says_so),
        TEST(test_statements_of_one_text_are_taken_one_by_one),
        TEST(test_verdicts_that_looked_at_the_text_say_so),
        TEST(test_effects_of_statements),
        TEST(test_tables_that_come_by_their_files),
        TEST(test_values_of_effects),
        TEST(test_temporary_tables_are_followed),
        TEST(test_every_ceiling_gives_an_answer_or_a_refusal),
        TEST(test_deep_and_wide_statements_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
