/* Rows of SHOW GRANTS as both servers write them, and what they let an account see. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sources/live_grants.h"

static struct live_coverage *cover_by(const struct live_grants_rules *rules,
                                      const char *const *rows)
{
    struct live_coverage *coverage = live_coverage_new(rules);
    assert_non_null(coverage);
    for (; *rows; rows++)
        assert_int_equal(live_coverage_add(coverage, sg_slice_of(*rows)), SG_OK);
    return coverage;
}

static struct live_coverage *cover(const char *const *rows)
{
    return cover_by(&(struct live_grants_rules){.has_literal_names = false}, rows);
}

#define ROWS(...) ((const char *const[]){__VA_ARGS__, NULL})

static bool sees(const struct live_coverage *coverage, const char *database)
{
    return live_coverage_has_database(coverage, sg_slice_of(database));
}

static bool sees_table(const struct live_coverage *coverage, const char *database,
                       const char *table)
{
    return live_coverage_has_table(coverage, sg_slice_of(database), sg_slice_of(table));
}

static void one_of_four_privileges_on_everything_covers_everything(void **state)
{
    (void)state;
    static const char *const enough[] = {
        "GRANT REFERENCES ON *.* TO `g`@`%`",
        "GRANT SELECT ON *.* TO `g`@`%` WITH GRANT OPTION",
        "GRANT PROCESS, INSERT ON *.* TO \"g\"@\"%\"",
        "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` IDENTIFIED BY PASSWORD '*00'",
        "GRANT RELOAD, CREATE TEMPORARY TABLES, UPDATE, SHOW VIEW ON *.* TO g@`%`",
    };
    for (size_t i = 0; i < sizeof(enough) / sizeof(enough[0]); i++) {
        struct live_coverage *coverage = cover(ROWS(enough[i]));
        assert_true(sees(coverage, "shop"));
        assert_true(sees_table(coverage, "shop", "orders"));
        assert_true(live_coverage_has_all_databases(coverage));
        live_coverage_free(coverage);
    }
}

static void other_privileges_cover_nothing(void **state)
{
    (void)state;
    static const char *const not_enough[] = {
        "GRANT USAGE ON *.* TO `g`@`%`",
        "GRANT DELETE, CREATE, DROP, SHOW VIEW, TRIGGER, EXECUTE ON *.* TO `g`@`%`",
        "GRANT APPLICATION_PASSWORD_ADMIN,AUDIT_ADMIN,ROLE_ADMIN ON *.* TO `g`@`%`",
        "GRANT PROXY ON ``@`` TO 'g'@'%'",
        "GRANT `select`@`%` TO `g`@`%`",
        "GRANT reader TO `g`@`%`",
        "GRANT EXECUTE ON PROCEDURE `shop`.`select` TO `g`@`%`",
        "GRANT EXECUTE ON FUNCTION `shop`.* TO `g`@`%`",
        "GRANT SELECT (`a`), UPDATE (`a`, `b`) ON `shop`.`orders` TO `g`@`%`",
        "SELECT ON *.* TO x",
        "GRANT SELECT ON *.*",
        "GRANT SELECT ON `shop TO `g`@`%`",
        "GRANT SELECT ON",
        "GRANT",
        "",
    };
    for (size_t i = 0; i < sizeof(not_enough) / sizeof(not_enough[0]); i++) {
        struct live_coverage *coverage = cover(ROWS(not_enough[i]));
        assert_false(sees(coverage, "shop"));
        assert_false(sees_table(coverage, "shop", "orders"));
        assert_false(live_coverage_has_all_databases(coverage));
        live_coverage_free(coverage);
    }
    struct live_coverage *coverage = cover(ROWS("GRANT SHOW DATABASES ON *.* TO `g`@`%`"));
    assert_true(live_coverage_has_all_databases(coverage));
    assert_false(sees(coverage, "shop"));
    live_coverage_free(coverage);
}

static void databases_and_tables_are_covered_by_name(void **state)
{
    (void)state;
    struct live_coverage *coverage =
        cover(ROWS("GRANT USAGE ON *.* TO `g`@`%`", "GRANT SELECT ON `shop`.* TO `g`@`%`",
                   "GRANT DELETE ON `log`.* TO `g`@`%`", "GRANT INSERT ON audit.* TO g@`%`",
                   "GRANT SELECT ON `bill``ing`.`in``voices` TO `g`@`%`",
                   "GRANT SELECT, UPDATE (`a`) ON TABLE \"hr\".\"people\" TO \"g\"@\"%\"",
                   "GRANT SELECT (`id`) ON `hr`.`pay` TO `g`@`%`"));
    assert_true(sees(coverage, "shop"));
    assert_false(sees(coverage, "Shop"));
    assert_false(sees(coverage, "shop2"));
    assert_false(sees(coverage, "log"));
    assert_true(sees(coverage, "audit"));
    assert_false(sees(coverage, "hr"));
    assert_true(sees_table(coverage, "bill`ing", "in`voices"));
    assert_true(sees_table(coverage, "hr", "people"));
    assert_false(sees_table(coverage, "hr", "pay")); /* some of its columns only */
    assert_false(live_coverage_has_all_databases(coverage));
    live_coverage_free(coverage);
}

static void patterns_match_as_the_server_s_do(void **state)
{
    (void)state;
    const char *const *rows =
        ROWS("GRANT SELECT ON `nr\\_%`.* TO `g`@`%`", "GRANT SELECT ON `a_c`.* TO `g`@`%`",
             "GRANT SELECT ON `%tail`.* TO `g`@`%`", "GRANT SELECT ON `x%y%z`.* TO `g`@`%`");
    struct live_coverage *coverage = cover(rows);
    static const char *const yes[] = {"nr_",  "nr_shop",   "abc", "a_c",
                                      "tail", "long tail", "xyz", "x1y2yz"};
    static const char *const no[] = {"nrx", "nr", "abbc", "tails", "xy", "xz"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
        assert_true(sees(coverage, yes[i]));
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        assert_false(sees(coverage, no[i]));
    live_coverage_free(coverage);

    coverage = cover_by(&(struct live_grants_rules){.has_literal_names = true}, rows);
    assert_true(sees(coverage, "a_c"));
    assert_false(sees(coverage, "abc"));
    assert_false(sees(coverage, "nr_shop"));
    live_coverage_free(coverage);

    coverage = cover_by(&(struct live_grants_rules){.ignores_letter_case = true}, rows);
    assert_true(sees(coverage, "NR_Shop"));
    live_coverage_free(coverage);
}

/* The server heeds the most specific pattern alone, whatever less specific ones grant. */
static void a_pattern_that_grants_too_little_hides_a_wider_one(void **state)
{
    (void)state;
    struct live_coverage *coverage =
        cover(ROWS("GRANT SELECT ON `sh%`.* TO `g`@`%`", "GRANT DELETE ON `shop`.* TO `g`@`%`",
                   "GRANT DELETE ON `she%`.* TO `g`@`%`"));
    assert_true(sees(coverage, "shirt"));
    assert_false(sees(coverage, "shop"));
    assert_false(sees(coverage, "shelf"));
    live_coverage_free(coverage);
    coverage = cover(ROWS("GRANT DELETE ON `sh%`.* TO `g`@`%`", "GRANT SELECT ON `shop`.* TO `g`"));
    assert_true(sees(coverage, "shop")); /* the name itself is the most specific */
    live_coverage_free(coverage);
}

static void partial_revokes_are_exceptions(void **state)
{
    (void)state;
    struct live_coverage *coverage =
        cover_by(&(struct live_grants_rules){.has_literal_names = true},
                 ROWS("GRANT REFERENCES, SELECT ON *.* TO `g`@`%`",
                      "REVOKE REFERENCES, SELECT ON `mysql`.* FROM `g`@`%`",
                      "REVOKE SELECT ON `hr`.* FROM `g`@`%`"));
    assert_true(sees(coverage, "shop"));
    assert_false(sees(coverage, "mysql"));
    assert_true(sees(coverage, "hr")); /* by REFERENCES */
    assert_false(live_coverage_has_all_databases(coverage));
    live_coverage_free(coverage);
}

static void expect_loss(const char *const *before, const char *const *now, const char *lost)
{
    struct live_coverage *old = cover(before);
    struct live_coverage *new = cover(now);
    char text[128] = "rubbish";
    bool shrank = live_coverage_shrank(old, new, text, sizeof(text));
    assert_int_equal(shrank, lost != NULL);
    assert_string_equal(text, lost ? lost : "");
    live_coverage_free(old);
    live_coverage_free(new);
}

static void losses_are_told(void **state)
{
    (void)state;
    const char *const *all = ROWS("GRANT REFERENCES ON *.* TO `g`@`%`");
    const char *const *none = ROWS("GRANT USAGE ON *.* TO `g`@`%`");
    const char *const *shop = ROWS("GRANT SELECT ON `shop`.* TO `g`@`%`");
    const char *const *table = ROWS("GRANT SELECT ON `shop`.`orders` TO `g`@`%`");
    expect_loss(all, all, NULL);
    expect_loss(all, none, "all databases");
    expect_loss(all, shop, "all databases");
    expect_loss(shop, all, NULL);
    expect_loss(shop, none, "database `shop`");
    expect_loss(shop, table, "database `shop`");
    expect_loss(table, shop, NULL);
    expect_loss(table, all, NULL);
    expect_loss(table, none, "table `shop`.`orders`");
    expect_loss(none, none, NULL);
    expect_loss(none, all, NULL);
    expect_loss(all, ROWS("GRANT SELECT ON *.* TO `g`@`%`"), NULL); /* another, as good */
    expect_loss(
        all, ROWS("GRANT REFERENCES ON *.* TO `g`@`%`", "REVOKE REFERENCES ON `hr`.* FROM `g`@`%`"),
        "database `hr`");
    expect_loss(ROWS("GRANT SELECT ON `nr\\_%`.* TO `g`@`%`"), shop, "database `nr\\_%`");
}

static void equality_heeds_everything_that_counts(void **state)
{
    (void)state;
    const char *const *const lists[] = {
        ROWS("GRANT REFERENCES ON *.* TO `g`@`%`"),
        ROWS("GRANT SELECT ON *.* TO `g`@`%`"),
        ROWS("GRANT SELECT ON `a`.* TO `g`@`%`"),
        ROWS("GRANT SELECT ON `b`.* TO `g`@`%`"),
        ROWS("GRANT SELECT ON `b`.`t` TO `g`@`%`"),
        ROWS("REVOKE SELECT ON `b`.* FROM `g`@`%`"),
        ROWS("GRANT SELECT ON `a`.* TO `g`@`%`", "GRANT SELECT ON `b`.* TO `g`@`%`"),
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        for (size_t j = 0; j < sizeof(lists) / sizeof(lists[0]); j++) {
            struct live_coverage *a = cover(lists[i]);
            struct live_coverage *b = cover(lists[j]);
            assert_int_equal(live_coverage_equal(a, b), i == j);
            live_coverage_free(a);
            live_coverage_free(b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_four_privileges_on_everything_covers_everything),
        cmocka_unit_test(other_privileges_cover_nothing),
        cmocka_unit_test(databases_and_tables_are_covered_by_name),
        cmocka_unit_test(patterns_match_as_the_server_s_do),
        cmocka_unit_test(a_pattern_that_grants_too_little_hides_a_wider_one),
        cmocka_unit_test(partial_revokes_are_exceptions),
        cmocka_unit_test(losses_are_told),
        cmocka_unit_test(equality_heeds_everything_that_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
