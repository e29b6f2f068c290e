/* See policy.h. The first answer that decides is the one that is named. */
#include "policy/policy.h"

#include <stdio.h>

/* An unknown database is reported and never blocked: the server's own 1049 says it as well, and
 * names no table of the schema. The first reference is the one that the server would report. */
static const char *never_blocked(const struct policy_case *suspect)
{
    const struct sg_report *report = suspect->report;

    if (!sg_verdict_is_mismatch(report->verdict) || report->reference_count == 0)
        return "no mismatch";
    if (report->references[0].kind == SG_REFERENCE_DATABASE)
        return "an unknown database is reported only";
    return suspect->carrier == POLICY_CARRIER_NAME ? "this command is reported only" : NULL;
}

/* Without DDL drift could not be put right, and a migration would stop half-way. */
static const char *never_blocked_unverified(const struct policy_case *suspect)
{
    if (suspect->report->verdict != SG_VERDICT_UNVERIFIED)
        return NULL;
    if (suspect->report->kind == SG_STATEMENT_DDL)
        return "DDL on what is unverified is reported only";
    return suspect->settings->unverified == UNVERIFIED_LOG ? "unverified = log" : NULL;
}

/* What would be done with block in force. The server would run what is merely unverified: there is
 * nothing to ask. Where tables were changed after the schema was read the suspicion is mostly our
 * own fault, and a question would show in the server's counters and histories: its answer to the
 * statement itself is the proof. */
static enum policy_action action_of(const struct policy_case *suspect)
{
    if (suspect->report->verdict == SG_VERDICT_UNVERIFIED)
        return POLICY_BLOCK;
    if (suspect->settings->confirm == CONFIRM_BY_NONE && !suspect->doubtful)
        return POLICY_BLOCK;
    if (suspect->settings->confirm == CONFIRM_BY_SCHEMA)
        return POLICY_LOOK_UP;
    if (suspect->carrier == POLICY_CARRIER_PREPARE || suspect->doubtful)
        return POLICY_WATCH;
    return POLICY_ASK;
}

/* Proved is what the server itself refuses. */
static bool is_in_force(enum arming_level level, enum policy_action action)
{
    return level == ARMING_ALL ||
           (level == ARMING_PROVED && (action == POLICY_ASK || action == POLICY_WATCH));
}

struct policy_decision policy_decide(const struct policy_case *suspect)
{
    struct policy_decision decision = {.action = POLICY_FORWARD, .mode = suspect->mode};
    const struct settings_rule *rule = rules_find(suspect->settings->rules, suspect->subject);
    const struct exception *exception;
    const char *reason = never_blocked(suspect);

    if (rule)
        decision.mode = rule->mode;
    if (!reason)
        reason = never_blocked_unverified(suspect);
    if (reason) {
        snprintf(decision.rule, sizeof decision.rule, "%s", reason);
        return decision;
    }
    exception = exceptions_find(suspect->exceptions, suspect->report, suspect->digest,
                                suspect->subject->database, suspect->now_s);
    if (exception) {
        snprintf(decision.rule, sizeof decision.rule, "exception %s %s",
                 exception_kind_name(exception->kind), exception->name);
        return decision;
    }
    decision.would_block = true;
    snprintf(decision.rule, sizeof decision.rule, "%s%s", rule ? "rule " : "mode",
             rule ? rule->name : "");
    if (decision.mode == GUARD_MODE_OBSERVE)
        return decision;
    if (is_in_force(suspect->level, action_of(suspect)))
        decision.action = action_of(suspect);
    else
        snprintf(decision.rule, sizeof decision.rule, "not armed");
    return decision;
}

bool policy_is_name_error(uint16_t server_error)
{
    return server_error == 1054 || server_error == 1146 || server_error == 1109 ||
           server_error == 1051;
}
