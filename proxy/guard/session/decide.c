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

/* "shop.customers" */
static struct sg_slice join(struct sg_slice database, struct sg_slice table, struct sg_arena *arena)
{
    char *text = sg_arena_alloc(arena, database.size + table.size + 1);

    if (!text)
        return SG_SLICE_EMPTY;
    if (database.size > 0)
        memcpy(text, database.data, database.size);
    text[database.size] = '.';
    if (table.size > 0)
        memcpy(text + database.size + 1, table.data, table.size);
    return sg_slice_make(text, database.size + 1 + table.size);
}

/* The tables that the statement uses, those that are not there among them. */
static void find_tables(const struct session *session, struct sg_slice text,
                        const struct sg_report *report, struct policy_subject *subject,
                        struct sg_arena *arena)
{
    const struct sg_schema *live = session->host->published->schema;
    const struct sg_resolved *resolved = NULL;
    const struct sg_report *again;
    struct sg_context context = session->context.sg.context;
    struct sg_slice *tables;
    size_t most = report->reference_count;

    context.server = sg_schema_server(live);
    if (sg_explain(text, &context, live, arena, &again, &resolved) != SG_OK)
        resolved = NULL;
    for (const struct sg_resolved *at = resolved; at; at = at->next)
        most += at->how == SG_RESOLVED_TABLE;
    tables = sg_arena_array(arena, most + 1, sizeof *tables);
    if (!tables)
        return;
    subject->tables = tables;
    for (const struct sg_resolved *at = resolved; at; at = at->next)
        if (at->how == SG_RESOLVED_TABLE)
            tables[subject->table_count++] = join(at->database, at->table, arena);
    for (size_t i = 0; i < report->reference_count; i++)
        if (report->references[i].kind == SG_REFERENCE_TABLE)
            tables[subject->table_count++] = report->references[i].name;
}

struct policy_decision decide(const struct session *session, struct sg_slice text,
                              const struct sg_report *report, enum policy_carrier carrier,
                              struct sg_arena *arena)
{
    struct session_shared *shared = session->host->shared;
    const struct sg_context *context = &session->context.sg.context;
    bool database_known = context->database_certainty == SG_CERTAIN;
    struct exceptions *exceptions = exceptions_slot_get(&shared->exceptions);
    struct policy_subject subject = {
        .user = session->identity ? session->identity->user : SG_SLICE_EMPTY,
        .database = database_known ? context->database : SG_SLICE_EMPTY,
        .program = program_of(session),
        .client = session->client.address,
        .class_name = sg_verdict_name(report->verdict)};
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

    if (settings_rules_name_tables(shared->settings))
        find_tables(session, text, report, &subject, arena);
    if (exceptions_want_digest(exceptions, suspect.now_s))
        suspect.digest = digest_of(session, text, arena);
    decision = policy_decide(&suspect);
    exceptions_release(exceptions);
    return decision;
}
