/* See policy.h. The rules are those of docs/tour.md, "What is done about it". */
#include "policy/policy.h"

/* An unknown database is reported and never blocked: the server's own 1049 says it as well, and
 * names no table of the schema. The first reference is the one that the server would report. */
static bool may_be_blocked(const struct sg_report *report)
{
    return sg_verdict_is_mismatch(report->verdict) && report->reference_count > 0 &&
           report->references[0].kind != SG_REFERENCE_DATABASE;
}

enum policy_action policy_decide(const struct settings *settings, enum arming_level level,
                                 const struct sg_report *report, enum policy_carrier carrier,
                                 bool doubtful)
{
    bool prepare = carrier == POLICY_CARRIER_PREPARE;

    if (level == ARMING_NOTHING || !may_be_blocked(report) || carrier == POLICY_CARRIER_NAME)
        return POLICY_FORWARD;
    if (settings->confirm == CONFIRM_BY_NONE && !doubtful)
        return level == ARMING_ALL ? POLICY_BLOCK : POLICY_FORWARD;
    return prepare ? POLICY_FORWARD : POLICY_ASK;
}

bool policy_is_name_error(uint16_t server_error)
{
    return server_error == 1054 || server_error == 1146 || server_error == 1109 ||
           server_error == 1051;
}
