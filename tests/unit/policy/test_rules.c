#include "policy/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct policy_subject subject_of(const char *user, const char *database, const char *program,
                                        const char *client)
{
    return (struct policy_subject){.user = sg_slice_of(user),
                                   .database = sg_slice_of(database),
                                   .program = sg_slice_of(program),
                                   .client = client};
}

static bool meets(const struct settings_rule *rule, struct policy_subject subject)
{
    return rules_find(rule, &subject) == rule;
}

static void no_condition_is_always_met(void **state)
{
    const struct settings_rule rule = {.name = "all"};

    (void)state;
    assert_true(meets(&rule, subject_of("", "", "", "localhost")));
    assert_null(rules_find(NULL, &(struct policy_subject){0}));
}

static void names_and_their_patterns(void **state)
{
    static const struct {
        const char *pattern;
        const char *user;
        bool met;
    } CASES[] = {{"app", "app", true},       {"app", "App", false},     {"app", "apple", false},
                 {"app*", "apple", true},    {"*_ro", "shop_ro", true}, {"*_ro", "_ro", true},
                 {"*_ro", "shop_rw", false}, {"a*b*c", "aXbYbc", true}, {"a*b*c", "aXbYb", false},
                 {"x, app ,y", "app", true}, {"x,,y", "", false},       {"*", "", false},
                 {"*", "anyone", true},      {"a**", "a", true}};

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct settings_rule rule = {.name = "r", .user = CASES[i].pattern};
        if (meets(&rule, subject_of(CASES[i].user, "", "", "::1")) != CASES[i].met)
            fail_msg("%s and %s", CASES[i].pattern, CASES[i].user);
    }
}

static void every_condition_must_hold(void **state)
{
    static const struct settings_network home[] = {
        {.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10}, .prefix = 104}};
    const struct settings_rule rule = {
        .name = "r", .user = "app", .database = "shop", .program = "till", .client = {home, 1}};
    char text[128];
    struct policy_subject other;

    (void)state;
    assert_true(meets(&rule, subject_of("app", "shop", "till", "10.1.2.3")));
    assert_false(meets(&rule, subject_of("root", "shop", "till", "10.1.2.3")));
    assert_false(meets(&rule, subject_of("app", "", "till", "10.1.2.3")));
    assert_false(meets(&rule, subject_of("app", "shop", "web", "10.1.2.3")));
    assert_false(meets(&rule, subject_of("app", "shop", "till", "11.1.2.3")));
    assert_false(meets(&rule, subject_of("app", "shop", "till", "localhost")));
    other = subject_of("app", "shop", "web", "10.1.2.3");
    assert_string_equal(rules_obstacle(&rule, &other, text, sizeof text),
                        "program is \"web\", not \"till\"");
}

static void the_first_in_the_file_wins(void **state)
{
    struct settings_rule third = {.name = "3"};
    struct settings_rule second = {.next = &third, .name = "2", .user = "app"};
    struct settings_rule first = {.next = &second, .name = "1", .user = "root"};
    const struct policy_subject app = subject_of("app", "", "", NULL);
    const struct policy_subject other = subject_of("other", "", "", NULL);

    (void)state;
    assert_ptr_equal(rules_find(&first, &app), &second);
    assert_ptr_equal(rules_find(&first, &other), &third);
}

static void tables_and_classes_are_those_of_the_statement(void **state)
{
    const struct settings_rule rule = {
        .name = "r", .table = "shop.old_*, shop.orders", .classes = "missing, unverified"};
    const struct sg_slice tables[] = {sg_slice_of("shop.items"), sg_slice_of("shop.old_items")};
    struct policy_subject subject = {
        .class_name = "unverified", .tables = tables, .table_count = 2};
    char text[128];

    (void)state;
    assert_true(meets(&rule, subject));
    subject.class_name = "absent";
    assert_string_equal(rules_obstacle(&rule, &subject, text, sizeof text),
                        "class is \"absent\", not \"missing, unverified\"");
    subject.class_name = "missing";
    subject.table_count = 1;
    assert_string_equal(rules_obstacle(&rule, &subject, text, sizeof text),
                        "it uses no table \"shop.old_*, shop.orders\"");
    assert_true(rules_name_table(rule.table, sg_slice_of("shop.orders")));
    assert_false(rules_name_table(rule.table, sg_slice_of("shop2.orders")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_condition_is_always_met),
        cmocka_unit_test(names_and_their_patterns),
        cmocka_unit_test(every_condition_must_hold),
        cmocka_unit_test(the_first_in_the_file_wins),
        cmocka_unit_test(tables_and_classes_are_those_of_the_statement),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
