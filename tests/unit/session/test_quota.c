/* Places for sessions: limits, names, many threads at once. */
#include "session/quota.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define ANN SG_SLICE_LITERAL("ann")
#define BOB SG_SLICE_LITERAL("bob")

static void a_limit_is_reached_and_left_again(void **state)
{
    static const enum quota_kind kinds[] = {QUOTA_SESSIONS, QUOTA_ADDRESS, QUOTA_USER};
    struct quota *quota = quota_new();

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned n = 0; n < 5; n++)
            assert_true(quota_take(quota, kinds[i], ANN, 5));
        assert_false(quota_take(quota, kinds[i], ANN, 5));
        quota_give(quota, kinds[i], ANN);
        assert_true(quota_take(quota, kinds[i], ANN, 5));
        assert_false(quota_take(quota, kinds[i], ANN, 5));
    }
    quota_free(quota);
}

static void names_and_kinds_are_apart(void **state)
{
    struct quota *quota = quota_new();

    (void)state;
    assert_true(quota_take(quota, QUOTA_USER, ANN, 1));
    assert_true(quota_take(quota, QUOTA_USER, BOB, 1));
    assert_true(quota_take(quota, QUOTA_USER, SG_SLICE_EMPTY, 1));
    assert_true(quota_take(quota, QUOTA_ADDRESS, ANN, 1));
    assert_false(quota_take(quota, QUOTA_USER, ANN, 1));
    assert_false(quota_take(quota, QUOTA_USER, SG_SLICE_EMPTY, 1));
    quota_give(quota, QUOTA_USER, ANN);
    assert_true(quota_take(quota, QUOTA_USER, ANN, 1));
    assert_false(quota_take(quota, QUOTA_ADDRESS, ANN, 1));
    quota_give(quota, QUOTA_USER, SG_SLICE_LITERAL("nobody"));
    quota_free(quota);
}

static void many_names_come_and_go(void **state)
{
    struct quota *quota = quota_new();
    char name[16];

    (void)state;
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "u%d", i);
        assert_true(quota_take(quota, QUOTA_USER, sg_slice_of(name), 1));
    }
    for (int i = 0; i < 20000; i++) {
        snprintf(name, sizeof name, "u%d", i);
        assert_false(quota_take(quota, QUOTA_USER, sg_slice_of(name), 1));
        quota_give(quota, QUOTA_USER, sg_slice_of(name));
        assert_true(quota_take(quota, QUOTA_USER, sg_slice_of(name), 1));
    }
    quota_free(quota);
}

struct crowd {
    struct quota *quota;
    _Atomic int inside;
    _Atomic int most;
};

static void *come_and_go(void *argument)
{
    struct crowd *crowd = argument;

    for (int i = 0; i < 20000; i++) {
        enum quota_kind kind = i % 2 ? QUOTA_SESSIONS : QUOTA_USER;
        if (!quota_take(crowd->quota, kind, ANN, 3))
            continue;
        int inside = ++crowd->inside;
        int most = crowd->most;
        if (inside > most)
            crowd->most = inside;
        crowd->inside--;
        quota_give(crowd->quota, kind, ANN);
    }
    return NULL;
}

static void threads_share_the_limit(void **state)
{
    struct crowd crowd = {.quota = quota_new()};
    pthread_t threads[6];

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &crowd), 0);
    for (unsigned i = 0; i < 6; i++)
        pthread_join(threads[i], NULL);
    assert_true(crowd.most <= 6);
    for (int i = 0; i < 3; i++) {
        assert_true(quota_take(crowd.quota, QUOTA_SESSIONS, ANN, 3));
        assert_true(quota_take(crowd.quota, QUOTA_USER, ANN, 3));
    }
    assert_false(quota_take(crowd.quota, QUOTA_SESSIONS, ANN, 3));
    assert_false(quota_take(crowd.quota, QUOTA_USER, ANN, 3));
    quota_free(crowd.quota);
}

static void refusals_are_told_once_a_second(void **state)
{
    struct quota *quota = quota_new();

    (void)state;
    assert_true(quota_may_tell(quota, QUOTA_USER, 5000));
    assert_false(quota_may_tell(quota, QUOTA_USER, 5999));
    assert_true(quota_may_tell(quota, QUOTA_ADDRESS, 5999));
    assert_true(quota_may_tell(quota, QUOTA_USER, 6000));
    quota_free(quota);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_reached_and_left_again),
        cmocka_unit_test(names_and_kinds_are_apart),
        cmocka_unit_test(many_names_come_and_go),
        cmocka_unit_test(threads_share_the_limit),
        cmocka_unit_test(refusals_are_told_once_a_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
