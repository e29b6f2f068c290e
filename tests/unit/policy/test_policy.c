#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static enum policy_action decide(enum guard_mode mode, enum confirm_by confirm,
                                 enum policy_carrier carrier, enum sg_verdict verdict,
                                 enum sg_reference_kind kind)
{
    const struct settings settings = {.mode = mode, .confirm = confirm};
    const struct sg_reference reference = {.kind = kind, .verdict = verdict};
    const struct sg_report report = {
        .verdict = verdict, .references = &reference, .reference_count = 1};

    return policy_decide(&settings, mode == GUARD_MODE_BLOCK ? ARMING_ALL : ARMING_NOTHING, &report,
                         carrier, false);
}

static void observe_forwards_everything(void **state)
{
    (void)state;
    assert_int_equal(decide(GUARD_MODE_OBSERVE, CONFIRM_BY_NONE, POLICY_CARRIER_QUERY,
                            SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN),
                     POLICY_FORWARD);
}

static void block_asks_the_server_or_trusts_the_schema(void **state)
{
    (void)state;
    assert_int_equal(decide(GUARD_MODE_BLOCK, CONFIRM_BY_SERVER, POLICY_CARRIER_QUERY,
                            SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN),
                     POLICY_ASK);
    assert_int_equal(decide(GUARD_MODE_BLOCK, CONFIRM_BY_NONE, POLICY_CARRIER_QUERY,
                            SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN),
                     POLICY_BLOCK);
}

static void a_prepare_is_its_own_proof(void **state)
{
    (void)state;
    assert_int_equal(decide(GUARD_MODE_BLOCK, CONFIRM_BY_SERVER, POLICY_CARRIER_PREPARE,
                            SG_VERDICT_ABSENT, SG_REFERENCE_TABLE),
                     POLICY_FORWARD);
    assert_int_equal(decide(GUARD_MODE_BLOCK, CONFIRM_BY_NONE, POLICY_CARRIER_PREPARE,
                            SG_VERDICT_ABSENT, SG_REFERENCE_TABLE),
                     POLICY_BLOCK);
}

static void what_is_no_mismatch_passes(void **state)
{
    (void)state;
    for (int verdict = SG_VERDICT_OK; verdict <= SG_VERDICT_UNPARSED; verdict++)
        assert_int_equal(decide(GUARD_MODE_BLOCK, CONFIRM_BY_NONE, POLICY_CARRIER_QUERY,
                                (enum sg_verdict)verdict, SG_REFERENCE_COLUMN),
                         POLICY_FORWARD);
}

static void an_unknown_database_is_never_blocked(void **state)
{
    (void)state;
    assert_int_equal(decide(GUARD_MODE_BLOCK, CONFIRM_BY_NONE, POLICY_CARRIER_QUERY,
                            SG_VERDICT_ABSENT, SG_REFERENCE_DATABASE),
                     POLICY_FORWARD);
    assert_int_equal(decide(GUARD_MODE_BLOCK, CONFIRM_BY_NONE, POLICY_CARRIER_NAME,
                            SG_VERDICT_ABSENT, SG_REFERENCE_TABLE),
                     POLICY_FORWARD);
}

static void a_schema_older_than_the_last_ddl_is_not_trusted(void **state)
{
    const struct settings settings = {.mode = GUARD_MODE_BLOCK, .confirm = CONFIRM_BY_NONE};
    const struct sg_reference reference = {.kind = SG_REFERENCE_COLUMN};
    const struct sg_report report = {
        .verdict = SG_VERDICT_ABSENT, .references = &reference, .reference_count = 1};

    (void)state;
    assert_int_equal(policy_decide(&settings, ARMING_ALL, &report, POLICY_CARRIER_QUERY, true),
                     POLICY_ASK);
    assert_int_equal(policy_decide(&settings, ARMING_ALL, &report, POLICY_CARRIER_PREPARE, true),
                     POLICY_FORWARD);
}

static void what_is_not_proved_waits_for_its_arming(void **state)
{
    const struct sg_reference reference = {.kind = SG_REFERENCE_COLUMN};
    const struct sg_report report = {
        .verdict = SG_VERDICT_ABSENT, .references = &reference, .reference_count = 1};
    struct settings settings = {.mode = GUARD_MODE_BLOCK, .confirm = CONFIRM_BY_NONE};

    (void)state;
    assert_int_equal(policy_decide(&settings, ARMING_PROVED, &report, POLICY_CARRIER_QUERY, false),
                     POLICY_FORWARD);
    settings.confirm = CONFIRM_BY_SERVER;
    assert_int_equal(policy_decide(&settings, ARMING_PROVED, &report, POLICY_CARRIER_QUERY, false),
                     POLICY_ASK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(observe_forwards_everything),
        cmocka_unit_test(block_asks_the_server_or_trusts_the_schema),
        cmocka_unit_test(a_prepare_is_its_own_proof),
        cmocka_unit_test(what_is_no_mismatch_passes),
        cmocka_unit_test(an_unknown_database_is_never_blocked),
        cmocka_unit_test(what_is_not_proved_waits_for_its_arming),
        cmocka_unit_test(a_schema_older_than_the_last_ddl_is_not_trusted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
