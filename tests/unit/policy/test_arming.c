#include "policy/arming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct settings settings_of(enum confirm_by confirm)
{
    return (struct settings){
        .mode = GUARD_MODE_BLOCK, .confirm = confirm, .arm = ARM_AFTER_PROOF, .arm_after = 100};
}

static enum arming_state state_of(struct arming *arming)
{
    struct arming_status status;

    arming_status(arming, &status);
    return status.state;
}

static void what_the_server_refuses_needs_no_arming(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_SERVER);
    struct arming *arming = arming_new(&settings);

    (void)state;
    assert_int_equal(arming_level(arming), ARMING_PROVED);
    arming_free(arming);
}

static void it_arms_after_enough_clean_statements(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_NONE);
    struct arming *arming = arming_new(&settings);
    struct arming_sight sight = {.agreed = 5000, .false_positives = 3};

    (void)state;
    assert_int_equal(arming_level(arming), ARMING_NOTHING);
    assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED); /* what was before: no proof */
    sight.agreed += 99;
    assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED);
    sight.agreed += 1;
    assert_int_equal(arming_turn(arming, &sight), ARMING_ARMED_NOW);
    assert_int_equal(arming_level(arming), ARMING_ALL);
    arming_free(arming);
}

static void a_false_positive_begins_the_count_anew(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_NONE);
    struct arming *arming = arming_new(&settings);
    struct arming_sight sight = {0};

    (void)state;
    (void)arming_turn(arming, &sight);
    sight.agreed = 99;
    (void)arming_turn(arming, &sight);
    sight.false_positives = 1;
    assert_int_equal(arming_turn(arming, &sight), ARMING_COUNTS_ANEW);
    sight.agreed = 150;
    assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED);
    sight.agreed = 199;
    assert_int_equal(arming_turn(arming, &sight), ARMING_ARMED_NOW);
    arming_free(arming);
}

static void it_waits_for_a_schema(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_NONE);
    struct arming *arming = arming_new(&settings);
    struct arming_sight sight = {0};

    (void)state;
    (void)arming_turn(arming, &sight);
    sight.agreed = 1000;
    sight.schema_fault = "old";
    assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED);
    sight.schema_fault = NULL;
    assert_int_equal(arming_turn(arming, &sight), ARMING_ARMED_NOW);
    arming_free(arming);
}

static void faults_make_it_step_back(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_SERVER);
    const struct arming_sight faults[] = {
        {.false_positives = 1}, {.schema_fault = "old"}, {.blocked = 11}};

    (void)state;
    settings.block_spike = 10;
    for (int armed = 0; armed < 2; armed++) {
        for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
            struct arming *arming = arming_new(&settings);
            struct arming_status status;
            const struct arming_sight well = {.blocked = 0};
            if (armed)
                arming_arm(arming);
            assert_int_equal(arming_turn(arming, &well), ARMING_UNCHANGED);
            assert_int_equal(arming_turn(arming, &faults[i]), ARMING_WENT_BACK);
            assert_int_equal(arming_level(arming), ARMING_NOTHING);
            arming_status(arming, &status);
            assert_int_equal(status.state, ARMING_STEPPED_BACK);
            assert_int_equal(status.mode, GUARD_MODE_BLOCK);
            assert_true(status.alarm[0] != '\0');
            assert_int_equal(arming_turn(arming, &faults[i]), ARMING_UNCHANGED);
            arming_free(arming);
        }
    }
}

static void blocks_are_counted_by_the_minute(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_SERVER);
    struct arming_sight sight = {.now_ms = 1};
    struct arming *arming;

    (void)state;
    settings.block_spike = 10;
    arming = arming_new(&settings);
    (void)arming_turn(arming, &sight);
    for (int minute = 0; minute < 5; minute++) {
        sight.now_ms += 60000;
        sight.blocked += 10;
        assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED);
    }
    sight.blocked += 11;
    sight.now_ms += 30000;
    assert_int_equal(arming_turn(arming, &sight), ARMING_WENT_BACK);
    arming_free(arming);
}

static void it_rearms_by_command(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_NONE);
    struct arming_sight sight = {.now_ms = 1};
    struct arming *arming = arming_new(&settings);

    (void)state;
    arming_arm(arming);
    (void)arming_turn(arming, &sight);
    sight.false_positives = 1;
    assert_int_equal(arming_turn(arming, &sight), ARMING_WENT_BACK);
    sight.now_ms += 1u << 30;
    assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED);
    arming_arm(arming);
    assert_int_equal(arming_level(arming), ARMING_ALL);
    assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED);
    arming_free(arming);
}

static void it_rearms_after_a_clean_period(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_NONE);
    struct arming_sight sight = {.now_ms = 1};
    struct arming *arming;

    (void)state;
    settings.arm = ARM_NOW;
    settings.rearm_after_ms = 1000;
    arming = arming_new(&settings);
    (void)arming_turn(arming, &sight);
    sight.schema_fault = "old";
    assert_int_equal(arming_turn(arming, &sight), ARMING_WENT_BACK);
    sight.now_ms += 2000;
    assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED);
    sight.schema_fault = NULL;
    sight.now_ms += 999;
    assert_int_equal(arming_turn(arming, &sight), ARMING_UNCHANGED);
    sight.now_ms += 1;
    assert_int_equal(arming_turn(arming, &sight), ARMING_ARMED_NOW);
    assert_int_equal(state_of(arming), ARMING_IS_ARMED);
    arming_free(arming);
}

static void a_new_mode_begins_as_at_the_start(void **state)
{
    struct settings settings = settings_of(CONFIRM_BY_NONE);
    struct arming *arming;

    (void)state;
    settings.mode = GUARD_MODE_OBSERVE;
    arming = arming_new(&settings);
    assert_int_equal(state_of(arming), ARMING_OBSERVES);
    arming_arm(arming); /* there is nothing to arm */
    assert_int_equal(arming_level(arming), ARMING_NOTHING);
    arming_set_mode(arming, GUARD_MODE_BLOCK);
    assert_int_equal(state_of(arming), ARMING_WAITS);
    assert_int_equal(arming_mode(arming), GUARD_MODE_BLOCK);
    arming_arm(arming);
    assert_int_equal(arming_level(arming), ARMING_ALL);
    arming_set_mode(arming, GUARD_MODE_OBSERVE);
    assert_int_equal(arming_level(arming), ARMING_NOTHING);
    arming_free(arming);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_server_refuses_needs_no_arming),
        cmocka_unit_test(it_arms_after_enough_clean_statements),
        cmocka_unit_test(a_false_positive_begins_the_count_anew),
        cmocka_unit_test(it_waits_for_a_schema),
        cmocka_unit_test(faults_make_it_step_back),
        cmocka_unit_test(blocks_are_counted_by_the_minute),
        cmocka_unit_test(it_rearms_by_command),
        cmocka_unit_test(it_rearms_after_a_clean_period),
        cmocka_unit_test(a_new_mode_begins_as_at_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
