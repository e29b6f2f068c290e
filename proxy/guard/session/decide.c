/* See decide.h. Called for suspects only, so that what it costs falls on them. */
#include "session/decide.h"

#include <string.h>
#include <time.h>

#include "session/session.h"
#include "wire/login.h"

static struct sg_slice program_of(const struct session *session)
{
    static const char name[] = "program_name";
    struct wire_attribute attribute;
    struct cursor c;

    if (!session->identity)
        return SG_SLICE_EMPTY;
    c = cursor_of(session->identity->attributes);
    while (wire_attribute_next(&c, &attribute))
        if (attribute.name.size == sizeof name - 1 &&
            memcmp(attribute.name.data, name, sizeof name - 1) == 0)
            return attribute.value;
    return SG_SLICE_EMPTY;
}

static uint64_t digest_of(const struct session *session, struct sg_slice text,
                          struct sg_arena *arena)
{
    struct sg_digest digest;

    if (sg_digest(text, &session->context.sg.context, 0, arena, &digest) != SG_OK)
        return 0;
    return digest.hash;
}

struct policy_decision decide(const struct session *session, struct sg_slice text,
                              const struct sg_report *report, enum policy_carrier carrier,
                              struct sg_arena *arena)
{
    struct session_shared *shared = session->host->shared;
    const struct sg_context *context = &session->context.sg.context;
    bool database_known = context->database_certainty == SG_CERTAIN;
    struct exceptions *exceptions = exceptions_slot_get(&shared->exceptions);
    const struct policy_subject subject = {
        .user = session->identity ? session->identity->user : SG_SLICE_EMPTY,
        .database = database_known ? context->database : SG_SLICE_EMPTY,
        .program = program_of(session),
        .client = session->client.address};
    struct policy_case suspect = {.settings = shared->settings,
                                  .subject = &subject,
                                  .exceptions = exceptions,
                                  .report = report,
                                  .carrier = carrier,
                                  .mode = arming_mode(shared->arming),
                                  .level = arming_level(shared->arming),
                                  .doubtful = session_schema_is_doubtful(session),
                                  .now_s = time(NULL)};
    struct policy_decision decision;

    if (exceptions_want_digest(exceptions, suspect.now_s))
        suspect.digest = digest_of(session, text, arena);
    decision = policy_decide(&suspect);
    exceptions_release(exceptions);
    return decision;
}
