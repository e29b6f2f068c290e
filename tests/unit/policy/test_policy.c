#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct policy_decision decide_case(struct policy_case suspect, enum sg_verdict verdict,
                                          enum sg_reference_kind kind)
{
    static const struct policy_subject nobody = {.client = "127.0.0.1"};
    const struct sg_reference reference = {.kind = kind, .verdict = verdict};
    const struct sg_report report = {
        .verdict = verdict, .references = &reference, .reference_count = 1};

    suspect.report = &report;
    suspect.mode = suspect.settings->mode;
    if (!suspect.subject)
        suspect.subject = &nobody;
    return policy_decide(&suspect);
}

static enum policy_action decide(enum guard_mode mode, enum confirm_by confirm,
                                 enum policy_carrier carrier, enum sg_verdict verdict,
                                 enum sg_reference_kind kind)
{
    const struct settings settings = {.mode = mode, .confirm = confirm};
    const struct policy_case suspect = {.settings = &settings,
                                        .carrier = carrier,
                                        .level =
                                            mode == GUARD_MODE_BLOCK ? ARMING_ALL : ARMING_NOTHING};

    return decide_case(suspect, verdict, kind).action;
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
                     POLICY_WATCH);
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

static void with_schema_tables_are_looked_up_once_it_is_armed(void **state)
{
    const struct settings settings = {.mode = GUARD_MODE_BLOCK, .confirm = CONFIRM_BY_SCHEMA};
    struct policy_case suspect = {.settings = &settings, .level = ARMING_ALL, .doubtful = true};

    (void)state;
    assert_int_equal(decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN).action,
                     POLICY_LOOK_UP);
    assert_int_equal(decide_case(suspect, SG_VERDICT_UNVERIFIED, SG_REFERENCE_COLUMN).action,
                     POLICY_BLOCK);
    suspect.carrier = POLICY_CARRIER_PREPARE;
    assert_int_equal(decide_case(suspect, SG_VERDICT_MISSING, SG_REFERENCE_TABLE).action,
                     POLICY_LOOK_UP);
    suspect.level = ARMING_PROVED;
    assert_int_equal(decide_case(suspect, SG_VERDICT_MISSING, SG_REFERENCE_TABLE).action,
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
    struct settings settings = {.mode = GUARD_MODE_BLOCK, .confirm = CONFIRM_BY_NONE};
    struct policy_case suspect = {.settings = &settings, .level = ARMING_ALL, .doubtful = true};

    (void)state;
    assert_int_equal(decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN).action,
                     POLICY_WATCH);
    settings.confirm = CONFIRM_BY_SERVER;
    assert_int_equal(decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN).action,
                     POLICY_WATCH);
    suspect.carrier = POLICY_CARRIER_PREPARE;
    assert_int_equal(decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN).action,
                     POLICY_WATCH);
}

static void what_is_not_proved_waits_for_its_arming(void **state)
{
    struct settings settings = {.mode = GUARD_MODE_BLOCK, .confirm = CONFIRM_BY_NONE};
    struct policy_case suspect = {.settings = &settings, .level = ARMING_PROVED};
    struct policy_decision decision = decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN);

    (void)state;
    assert_int_equal(decision.action, POLICY_FORWARD);
    assert_string_equal(decision.rule, "not armed");
    assert_true(decision.would_block);
    settings.confirm = CONFIRM_BY_SERVER;
    assert_int_equal(decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN).action,
                     POLICY_ASK);
    suspect.level = ARMING_NOTHING;
    assert_int_equal(decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN).action,
                     POLICY_FORWARD);
}

static void a_rule_decides_the_mode(void **state)
{
    struct settings_rule second = {.name = "b", .mode = GUARD_MODE_OBSERVE};
    struct settings_rule first = {
        .next = &second, .name = "a", .user = "app", .mode = GUARD_MODE_BLOCK};
    const struct settings settings = {
        .mode = GUARD_MODE_OBSERVE, .confirm = CONFIRM_BY_SERVER, .rules = &first};
    const struct policy_subject app = {.user = sg_slice_of("app"), .client = "10.0.0.1"};
    struct policy_case suspect = {.settings = &settings, .level = ARMING_PROVED, .subject = &app};
    struct policy_decision decision = decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN);

    (void)state;
    assert_int_equal(decision.action, POLICY_ASK);
    assert_int_equal(decision.mode, GUARD_MODE_BLOCK);
    assert_string_equal(decision.rule, "rule a");
    suspect.subject = NULL;
    decision = decide_case(suspect, SG_VERDICT_ABSENT, SG_REFERENCE_COLUMN);
    assert_int_equal(decision.action, POLICY_FORWARD);
    assert_string_equal(decision.rule, "rule b");
    assert_true(decision.would_block);
}

/* The server would run it: nobody is asked, whatever confirm says. */
static void what_is_unverified_is_stopped_without_asking(void **state)
{
    struct settings settings = {.mode = GUARD_MODE_BLOCK, .confirm = CONFIRM_BY_SERVER};
    struct policy_case suspect = {.settings = &settings, .level = ARMING_ALL, .doubtful = true};

    (void)state;
    assert_int_equal(decide_case(suspect, SG_VERDICT_UNVERIFIED, SG_REFERENCE_COLUMN).action,
                     POLICY_BLOCK);
    suspect.carrier = POLICY_CARRIER_PREPARE;
    assert_int_equal(decide_case(suspect, SG_VERDICT_UNVERIFIED, SG_REFERENCE_TABLE).action,
                     POLICY_BLOCK);
    suspect.level = ARMING_PROVED; /* not by the server's refusal: there is none */
    assert_string_equal(decide_case(suspect, SG_VERDICT_UNVERIFIED, SG_REFERENCE_TABLE).rule,
                        "not armed");
    settings.mode = GUARD_MODE_OBSERVE;
    assert_int_equal(decide_case(suspect, SG_VERDICT_UNVERIFIED, SG_REFERENCE_TABLE).action,
                     POLICY_FORWARD);
    assert_true(decide_case(suspect, SG_VERDICT_UNVERIFIED, SG_REFERENCE_TABLE).would_block);
}

static void unverified_may_be_logged_alone(void **state)
{
    const struct settings settings = {
        .mode = GUARD_MODE_BLOCK, .confirm = CONFIRM_BY_NONE, .unverified = UNVERIFIED_LOG};
    const struct policy_case suspect = {.settings = &settings, .level = ARMING_ALL};
    struct policy_decision decision =
        decide_case(suspect, SG_VERDICT_UNVERIFIED, SG_REFERENCE_COLUMN);

    (void)state;
    assert_int_equal(decision.action, POLICY_FORWARD);
    assert_false(decision.would_block);
    assert_string_equal(decision.rule, "unverified = log");
    assert_int_equal(decide_case(suspect, SG_VERDICT_MISSING, SG_REFERENCE_COLUMN).action,
                     POLICY_BLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(observe_forwards_everything),
        cmocka_unit_test(block_asks_the_server_or_trusts_the_schema),
        cmocka_unit_test(a_prepare_is_its_own_proof),
        cmocka_unit_test(what_is_no_mismatch_passes),
        cmocka_unit_test(with_schema_tables_are_looked_up_once_it_is_armed),
        cmocka_unit_test(an_unknown_database_is_never_blocked),
        cmocka_unit_test(what_is_not_proved_waits_for_its_arming),
        cmocka_unit_test(a_rule_decides_the_mode),
        cmocka_unit_test(what_is_unverified_is_stopped_without_asking),
        cmocka_unit_test(unverified_may_be_logged_alone),
        cmocka_unit_test(a_schema_older_than_the_last_ddl_is_not_trusted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
