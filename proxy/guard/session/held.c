/* See held.h. What travels to the catalog's thread and back is a `struct asked`; it may outlive the
 * session, and is freed when it has come back. */
#include "session/held.h"

#include <stdlib.h>
#include <string.h>

#include "report/histogram.h"
#include "report/metrics.h"
#include "session/note.h"
#include "session/session.h"

/* What came of it. */
enum proof {
    PROOF_CONFIRMED, /* it is wrong by the tables as they are now */
    PROOF_REFUTED,   /* by them it is not */
    PROOF_NONE,      /* they could not be looked up, or not all of them could be seen */
    PROOF_TOO_LATE,
};

struct asked {
    struct lookup lookup; /* the first member; its tables lie in the arena */
    struct sg_arena arena;
    struct worker *worker;
    struct held *owner;   /* NULL: nobody waits for it any more */
    bool is_wrong_anyway; /* whatever tables there are: it names none, or the session's own */
};

struct held {
    struct session *session;
    struct inspection inspection;
    struct asked *asked; /* NULL while it is not looked up */
    struct worker_timer timer;
    bool settled;
};

/* --- what is looked up ----------------------------------------------------------------------- */

/* Not columns, of which no table is told, and not the session's own tables, which are known. */
static bool is_looked_up(const struct sg_resolved *resolved)
{
    return resolved->how == SG_RESOLVED_UNKNOWN && resolved->table.size > 0;
}

/* information_schema's names are found in any letter case, others' where the server says so. */
static bool is_whole(struct sg_slice database, const struct sg_server *server)
{
    return server->lower_case_table_names != 0 || sg_is_servers_own(database);
}

static bool is_among(const struct lookup *lookup, const struct live_table *table)
{
    for (size_t i = 0; i < lookup->table_count; i++)
        if (sg_slice_equal(lookup->tables[i].database, table->database) &&
            sg_slice_equal(lookup->tables[i].table, table->table))
            return true;
    return false;
}

static bool add_table(struct asked *asked, struct live_table *tables, const struct sg_resolved *at,
                      const struct sg_server *server)
{
    const struct live_table table = {
        .database = sg_arena_copy(&asked->arena, at->database),
        .table = sg_arena_copy(&asked->arena, at->table),
        .is_whole = is_whole(at->database, server),
    };

    if (asked->arena.exhausted || asked->lookup.table_count == LOOKUP_TABLES_MOST)
        return false;
    if (!is_among(&asked->lookup, &table))
        tables[asked->lookup.table_count++] = table;
    return true;
}

/* A schema that nothing is known of: whatever the statement names is then found to be unknown, and
 * the resolver goes on to the statement's end. */
static struct sg_schema *make_empty(const struct sg_server *server)
{
    struct sg_schema_builder *builder = sg_schema_builder_new(server);
    struct sg_schema *schema = NULL;
    struct sg_error error = {.status = SG_OK};

    if (!builder || sg_schema_builder_finish(builder, &schema, &error) != SG_OK)
        return NULL;
    return schema;
}

static bool find_tables(const struct session *session, const struct note *note, struct asked *asked)
{
    const struct sg_server *server = sg_schema_server(note->published->schema);
    struct sg_context context = note->context;
    const struct sg_resolved *resolved = NULL;
    const struct sg_report *report = NULL;
    struct sg_schema *empty = make_empty(server);
    struct live_table *tables = sg_arena_array(&asked->arena, LOOKUP_TABLES_MOST, sizeof *tables);
    bool found = false;

    context.server = server;
    context.overlay = session->context.sg.context.overlay;
    asked->lookup.tables = tables;
    if (empty && tables)
        found = sg_explain(note_decided(note)->text, &context, empty, &asked->arena, &report,
                           &resolved) == SG_OK;
    for (const struct sg_resolved *at = resolved; found && at; at = at->next)
        if (is_looked_up(at))
            found = add_table(asked, tables, at, server);
    asked->is_wrong_anyway = found && sg_verdict_is_mismatch(report->verdict);
    sg_schema_release(empty);
    return found;
}

/* --- what it tells --------------------------------------------------------------------------- */

/* All of them were seen, or were found not to be there. */
static bool are_known(const struct asked *asked)
{
    for (size_t i = 0; i < asked->lookup.table_count; i++) {
        const struct live_table *wanted = &asked->lookup.tables[i];
        const struct sg_table *table = NULL;
        enum sg_presence presence =
            sg_schema_find_table(asked->lookup.schema, wanted->database, wanted->table, &table);
        if (presence == SG_PRESENCE_UNKNOWN ||
            (presence == SG_PRESENT && sg_table_knowledge(table) != SG_KNOWN))
            return false;
    }
    return true;
}

/* "shop.customers" */
static bool is_name_of(struct sg_slice name, const struct live_table *table)
{
    size_t front = table->database.size;

    return name.size == front + 1 + table->table.size && name.data[front] == '.' &&
           memcmp(name.data, table->database.data, front) == 0 &&
           memcmp(name.data + front + 1, table->table.data, table->table.size) == 0;
}

/* A table is missing from what was looked up only if it was looked for. */
static bool was_asked_for(const struct asked *asked, const struct sg_reference *missing)
{
    if (missing->kind != SG_REFERENCE_TABLE)
        return true;
    for (size_t i = 0; i < asked->lookup.table_count; i++) {
        const struct live_table *wanted = &asked->lookup.tables[i];
        if (wanted->is_whole || is_name_of(missing->name, wanted))
            return true;
    }
    return false;
}

static enum proof judge(struct held *held, const struct asked *asked)
{
    struct session *session = held->session;
    const struct sg_report *report;

    if (!asked->lookup.schema)
        return PROOF_NONE;
    report = inspect_afresh(session, held->inspection.note, asked->lookup.schema);
    if (!report)
        return PROOF_NONE;
    if (!sg_verdict_is_mismatch(report->verdict))
        return are_known(asked) ? PROOF_REFUTED : PROOF_NONE;
    return was_asked_for(asked, &report->references[0]) ? PROOF_CONFIRMED : PROOF_NONE;
}

/* --- settling -------------------------------------------------------------------------------- */

static const struct {
    enum metric metric;
    enum event_confirm confirm;
} PROOFS[] = {
    [PROOF_CONFIRMED] = {METRIC_CONFIRM_CONFIRMED, EVENT_CONFIRM_CONFIRMED},
    [PROOF_REFUTED] = {METRIC_CONFIRM_REFUTED, EVENT_CONFIRM_REFUTED},
    [PROOF_NONE] = {METRIC_CONFIRM_UNDECIDED, EVENT_CONFIRM_UNDECIDED},
    [PROOF_TOO_LATE] = {METRIC_CONFIRM_TIMED_OUT, EVENT_CONFIRM_TIMED_OUT},
};

static enum policy_action action_of(const struct session *session, enum proof proof)
{
    if (proof == PROOF_CONFIRMED)
        return POLICY_BLOCK;
    if (proof == PROOF_REFUTED)
        return POLICY_FORWARD;
    return session->host->shared->settings->on_confirm_timeout == UNPROVED_BLOCK ? POLICY_BLOCK
                                                                                 : POLICY_FORWARD;
}

/* Whatever comes back is not waited for. */
static void give_up(struct held *held)
{
    if (held->asked)
        held->asked->owner = NULL;
    held->asked = NULL;
    worker_timer_clear(&held->timer);
}

static void settle(struct held *held, enum proof proof)
{
    struct session *session = held->session;
    struct note *note = held->inspection.note;

    give_up(held);
    held->settled = true;
    held->inspection.action = action_of(session, proof);
    note->confirm = PROOFS[proof].confirm;
    note->explained = proof == PROOF_REFUTED;
    metrics_add(PROOFS[proof].metric, 1);
    histogram_add(HISTOGRAM_CONFIRM, histogram_clock_ns() - note->asked_at_ns);
    /* The tables are others than those that the schema in use has. */
    if (proof == PROOF_REFUTED)
        catalog_request(session->host->shared->catalog, CATALOG_DDL);
}

static void on_too_late(struct worker_timer *timer)
{
    struct held *held = (struct held *)(void *)((char *)timer - offsetof(struct held, timer));

    settle(held, PROOF_TOO_LATE);
    session_wake(held->session);
}

static void free_asked(struct asked *asked)
{
    sg_schema_release(asked->lookup.schema);
    sg_arena_fini(&asked->arena);
    free(asked);
}

/* Back on the worker's thread. */
static void take_back(struct worker *worker, void *argument)
{
    struct asked *asked = argument;
    struct held *held = asked->owner;

    (void)worker;
    if (held) {
        settle(held, judge(held, asked));
        session_wake(held->session);
    }
    free_asked(asked);
}

/* On the catalog's thread. Where the worker has ended its sessions have, too. */
static void send_back(struct lookup *lookup, bool is_ending)
{
    struct asked *asked = (struct asked *)(void *)lookup;

    if (is_ending || !worker_post(asked->worker, take_back, asked))
        free_asked(asked);
}

/* --- the door -------------------------------------------------------------------------------- */

bool held_begin(struct session *session, const struct inspection *inspection)
{
    struct held *held = calloc(1, sizeof *held);

    if (!held)
        return false;
    held->session = session;
    held->inspection = *inspection;
    session->held = held;
    return true;
}

/* NULL when memory is out. */
static struct asked *make_asked(const struct session *session, struct held *held)
{
    struct asked *asked = calloc(1, sizeof *asked);

    if (!asked)
        return NULL;
    sg_arena_init(&asked->arena, NOTE_CEILING_BYTES);
    asked->worker = session->host->worker;
    asked->owner = held;
    asked->lookup.on_done = send_back;
    if (find_tables(session, held->inspection.note, asked))
        return asked;
    free_asked(asked);
    return NULL;
}

static void ask(struct held *held, struct asked *asked)
{
    const struct session_shared *shared = held->session->host->shared;

    held->asked = asked;
    worker_timer_set(asked->worker, &held->timer, shared->settings->confirm_timeout_ms,
                     on_too_late);
    catalog_look_up(shared->catalog, &asked->lookup);
}

void held_turn(struct session *session)
{
    struct held *held = session->held;
    struct note *note = held->inspection.note;
    struct asked *asked = make_asked(session, held);

    metrics_add(METRIC_CONFIRM_ASKED, 1);
    note->asked_at_ns = histogram_clock_ns();
    if (asked && asked->lookup.table_count > 0 && !asked->is_wrong_anyway) {
        ask(held, asked);
        return;
    }
    settle(held, asked && asked->is_wrong_anyway ? PROOF_CONFIRMED : PROOF_NONE);
    if (asked)
        free_asked(asked);
}

bool held_waits(const struct session *session)
{
    return session->held && !session->held->settled;
}

bool held_is_to_begin(const struct session *session)
{
    return held_waits(session) && !session->held->asked && session->pending.count == 0;
}

static void let_go(struct held *held)
{
    held->session->held = NULL;
    give_up(held);
    free(held);
}

struct inspection held_take(struct session *session)
{
    struct held *held = session->held;
    struct inspection inspection = held->inspection;

    let_go(held);
    return inspection;
}

void held_drop(struct session *session)
{
    struct held *held = session->held;

    if (!held)
        return;
    note_free(held->inspection.note);
    let_go(held);
}
