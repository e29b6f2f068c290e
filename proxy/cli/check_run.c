/* Statements through the engine; see check_run.h.
 *
 * Each connection of a log has a session of its own. The schema is one for all: it begins as the
 * one that was given, and when a statement changes it, those after it are judged by what it left. A
 * statement that names what is not there changes nothing: the server would have refused it.
 */
#include "cli/check_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/check_sessions.h"
#include "engine/base/hash.h"

#define ARENA_CEILING    ((size_t)1 << 30)
#define DIGEST_BYTES     1024
#define PROGRESS_EVERY_S 0.2
#define SEEN_ROOM        ((size_t)1 << 20) /* findings told apart; 8 MiB */

struct check_run {
    struct check_options options;
    struct check_output *output;
    struct check_summary *summary;
    struct sg_schema *schema;
    struct sg_catalog *catalog; /* once a statement has changed the schema */
    struct check_sessions sessions;
    struct sg_session script; /* of a script, which is one session */
    struct sg_arena arena;
    uint64_t *seen; /* hashes of findings; 0 = free */
    size_t seen_count;
    double shown_at_s;
    bool groups; /* findings that are alike are shown once */
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

struct check_run *check_run_new(const struct check_options *options, struct sg_schema *schema,
                                struct check_output *output, struct check_summary *summary)
{
    struct check_run *run = calloc(1, sizeof *run);
    if (!run)
        return NULL;
    run->seen = calloc(SEEN_ROOM, sizeof *run->seen);
    if (!run->seen) {
        free(run);
        return NULL;
    }
    run->options = *options;
    run->output = output;
    run->summary = summary;
    run->schema = schema;
    sg_arena_init(&run->arena, ARENA_CEILING);
    return run;
}

void check_run_free(struct check_run *run)
{
    if (!run)
        return;
    sg_catalog_free(run->catalog);
    sg_arena_fini(&run->arena);
    free(run->seen);
    free(run);
}

static enum sg_status out_of_memory(struct sg_error *error)
{
    return sg_error_set(error, SG_SYSTEM, "out of memory");
}

/* --- progress ------------------------------------------------------------------------------ */

static void show_progress(struct check_run *run, const char *path,
                          const struct statements *statements)
{
    double now = run->options.shows_progress ? now_s() : 0;
    if (!run->options.shows_progress || now - run->shown_at_s < PROGRESS_EVERY_S)
        return;
    run->shown_at_s = now;
    uint64_t size = statements_size(statements);
    uint64_t position = statements_position(statements);
    if (size)
        fprintf(stderr, "\r%s: %3" PRIu64 " %%", path, position * 100 / size);
    else
        fprintf(stderr, "\r%s: %" PRIu64 " MiB", path, position >> 20);
    fprintf(stderr, ", %" PRIu64 " statements, %" PRIu64 " mismatches \033[K",
            run->summary->statements, run->summary->mismatches);
}

static void hide_progress(struct check_run *run)
{
    if (run->options.shows_progress && run->shown_at_s > 0)
        fputs("\r\033[K", stderr);
    run->shown_at_s = run->options.shows_progress ? now_s() : 0;
}

/* --- findings ------------------------------------------------------------------------------ */

/* Whether it is the first of its kind; where there are too many kinds all count as new. */
static bool is_new(struct check_run *run, uint64_t hash)
{
    size_t slot = (size_t)hash & (SEEN_ROOM - 1);
    hash |= hash == 0;
    if (run->seen_count * 2 >= SEEN_ROOM)
        return true;
    while (run->seen[slot] && run->seen[slot] != hash)
        slot = (slot + 1) & (SEEN_ROOM - 1);
    if (run->seen[slot])
        return false;
    run->seen[slot] = hash;
    run->seen_count++;
    run->summary->distinct++;
    return true;
}

/* Where a byte of the statement stands in the file. */
static void locate(const struct statements_item *item, struct sg_slice whole, size_t offset,
                   uint64_t *line_out, uint64_t *column_out)
{
    uint64_t line = item->line;
    uint64_t column = item->column;
    for (size_t i = 0; i < offset && i < whole.size; i++) {
        if (whole.data[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)whole.data[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    *line_out = line;
    *column_out = column;
}

/* `whole` is the item's text, of which `text` may be a later statement. */
static void place(const struct statements_item *item, struct sg_slice text,
                  struct check_finding *finding)
{
    size_t before = (size_t)(text.data - item->text.data);
    if (!item->is_verbatim) {
        finding->line = item->line;
        return;
    }
    locate(item, item->text, before + finding->offset, &finding->line, &finding->column);
    locate(item, item->text, before + finding->offset + finding->size, &finding->end_line,
           &finding->end_column);
}

static void tell(struct check_run *run, struct check_finding *finding, struct sg_slice name)
{
    uint64_t kind = sg_hash_bytes(sg_hash_word(0, finding->digest), name);
    bool fresh = is_new(run, kind);
    if (run->groups && !fresh)
        return;
    run->summary->shown += finding->reference != NULL;
    if (run->options.shows_progress && run->output->format == CHECK_TEXT)
        hide_progress(run);
    check_output_finding(run->output, finding);
}

static void tell_mismatch(struct check_run *run, const struct statements_item *item,
                          struct sg_slice text, const struct sg_context *context,
                          const struct sg_report *report, const char *path)
{
    struct sg_digest digest = {0};
    if (sg_digest(text, context, DIGEST_BYTES, &run->arena, &digest) != SG_OK)
        digest = (struct sg_digest){0};
    run->summary->mismatches++;
    for (size_t i = 0; i < report->reference_count; i++) {
        const struct sg_reference *reference = &report->references[i];
        struct check_finding finding = {
            .file = path,
            .connection = item->connection,
            .database = context->database,
            .text = sg_slice_make(text.data, report->consumed),
            .offset = reference->offset,
            .size = reference->size,
            .reference = reference,
            .digest = digest.hash,
            .digest_text = digest.text,
        };
        place(item, text, &finding);
        run->summary->names++;
        tell(run, &finding, reference->message);
    }
}

/* What is wrong with a statement whose names are all there. */
static void tell_warnings(struct check_run *run, const struct statements_item *item,
                          struct sg_slice text, const struct sg_context *context,
                          const struct sg_report *report, const char *path)
{
    struct sg_digest digest = {0};
    if (report->warning_count == 0)
        return;
    if (sg_digest(text, context, DIGEST_BYTES, &run->arena, &digest) != SG_OK)
        digest = (struct sg_digest){0};
    run->summary->warnings++;
    uint64_t shown = run->summary->shown;
    uint64_t distinct = run->summary->distinct;
    for (size_t i = 0; i < report->warning_count; i++) {
        const struct sg_reference *warning = &report->warnings[i];
        struct check_finding finding = {
            .file = path,
            .connection = item->connection,
            .database = context->database,
            .text = sg_slice_make(text.data, report->consumed),
            .offset = warning->offset,
            .size = warning->size,
            .reference = warning,
            .is_warning = true,
            .digest = digest.hash,
            .digest_text = digest.text,
        };
        place(item, text, &finding);
        tell(run, &finding, warning->message);
    }
    run->summary->shown = shown; /* of names */
    run->summary->distinct = distinct;
}

static void tell_unparsed(struct check_run *run, const struct statements_item *item,
                          struct sg_slice text, const struct sg_context *context,
                          const struct sg_report *report, const char *path)
{
    char reason[256];
    struct sg_digest digest = {0};
    run->summary->unparsed++;
    if (!run->options.shows_unparsed)
        return;
    if (sg_digest(text, context, DIGEST_BYTES, &run->arena, &digest) != SG_OK)
        digest = (struct sg_digest){0};
    (void)snprintf(reason, sizeof reason, "%.*s", (int)report->unparsed_reason.size,
                   report->unparsed_reason.data ? report->unparsed_reason.data : "");
    struct check_finding finding = {.file = path,
                                    .connection = item->connection,
                                    .database = context->database,
                                    .text = text,
                                    .offset = report->unparsed_offset,
                                    .size = 1,
                                    .reason = reason,
                                    .digest = digest.hash,
                                    .digest_text = digest.text};
    uint64_t distinct = run->summary->distinct;
    place(item, text, &finding);
    tell(run, &finding, SG_SLICE_LITERAL("unparsed"));
    run->summary->distinct = distinct;
}

/* --- statements ---------------------------------------------------------------------------- */

static enum sg_status change_schema(struct check_run *run, struct sg_slice text,
                                    const struct sg_context *context, struct sg_error *error)
{
    struct sg_catalog_change change;
    if (!run->catalog)
        run->catalog = sg_catalog_copy(run->schema);
    if (!run->catalog)
        return out_of_memory(error);
    if (sg_catalog_apply(run->catalog, text, context, &run->arena, &change) != SG_OK)
        return sg_error_set(error, SG_LIMIT, "a change of the schema needs too much memory");
    run->summary->schema_changes += change.effect == SG_CATALOG_CHANGED;
    return SG_OK;
}

/* One statement; *text is what is left behind it. */
static enum sg_status judge(struct check_run *run, const struct statements_item *item,
                            struct sg_session *session, struct sg_slice *text, const char *path,
                            struct sg_error *error)
{
    const struct sg_report *report = NULL;
    const struct sg_schemas schemas = {.live = run->catalog ? sg_catalog_schema(run->catalog)
                                                            : run->schema};
    sg_arena_reset(&run->arena);
    run->summary->statements++;
    if (sg_check(*text, &session->context, &schemas, &run->arena, &report) != SG_OK) {
        run->summary->too_long++;
        *text = SG_SLICE_EMPTY;
        return SG_OK;
    }
    struct sg_slice rest =
        sg_slice_make(text->data + report->consumed, text->size - report->consumed);
    bool is_wrong = sg_verdict_is_mismatch(report->verdict);
    enum sg_status status = SG_OK;
    if (is_wrong)
        tell_mismatch(run, item, *text, &session->context, report, path);
    else if (report->verdict == SG_VERDICT_UNPARSED)
        tell_unparsed(run, item, *text, &session->context, report, path);
    else
        tell_warnings(run, item, *text, &session->context, report, path);
    if (!is_wrong && !item->is_prepared) {
        if (report->effects.flags & SG_EFFECT_SCHEMA)
            status = change_schema(run, *text, &session->context, error);
        sg_session_apply(session, &report->effects);
    }
    *text = rest;
    return status;
}

static void take_state(struct check_run *run, const struct statements_item *item,
                       struct sg_session *session)
{
    if (item->kind == STATEMENTS_CONNECT) {
        sg_session_fini(session);
        check_session_begin(&run->sessions, session);
    }
    if (item->has_database && (item->database.size || item->kind != STATEMENTS_CONNECT ||
                               run->sessions.database.size == 0))
        sg_session_set_database(session, item->database);
    if (item->has_sql_mode) {
        session->context.sql_mode =
            sg_sql_mode_from_text(item->sql_mode, run->options.server->flavour);
        session->context.sql_mode_unknown = 0;
    }
}

static enum sg_status take_item(struct check_run *run, const struct statements_item *item,
                                struct sg_session *session, const char *path,
                                struct sg_error *error)
{
    struct sg_slice text = item->text;
    enum sg_status status = SG_OK;
    take_state(run, item, session);
    if (item->kind == STATEMENTS_TOO_LONG) {
        run->summary->statements++;
        run->summary->too_long++;
    }
    if (item->kind != STATEMENTS_STATEMENT)
        return SG_OK;
    while (status == SG_OK && text.size > 0)
        status = judge(run, item, session, &text, path, error);
    return status;
}

/* A script is one session; a line of JSON without a connection is one of its own. */
static enum sg_status route(struct check_run *run, const struct statements_item *item,
                            enum statements_input input, const char *path, struct sg_error *error)
{
    struct sg_session own;
    if (item->connection) {
        if (item->kind == STATEMENTS_QUIT) {
            check_sessions_remove(&run->sessions, item->connection);
            return SG_OK;
        }
        struct sg_session *session = check_sessions_find(&run->sessions, item->connection);
        return session ? take_item(run, item, session, path, error) : out_of_memory(error);
    }
    if (input == STATEMENTS_SQL)
        return take_item(run, item, &run->script, path, error);
    check_session_begin(&run->sessions, &own);
    enum sg_status status = take_item(run, item, &own, path, error);
    sg_session_fini(&own);
    return status;
}

static enum sg_status read_all(struct check_run *run, struct statements *statements,
                               const char *path, struct sg_error *error)
{
    struct statements_item item;
    enum sg_status status = SG_OK;
    enum statements_result result = STATEMENTS_END;
    while (status == SG_OK) {
        bool no_escapes = (run->script.context.sql_mode & SG_MODE_NO_BACKSLASH_ESCAPES) != 0;
        statements_follow_escapes(statements, no_escapes);
        result = statements_next(statements, &item, error);
        if (result != STATEMENTS_ITEM)
            break;
        status = route(run, &item, statements_input(statements), path, error);
        show_progress(run, path, statements);
    }
    run->summary->bytes += statements_position(statements);
    run->summary->skipped_commands += statements_skipped_commands(statements);
    return result == STATEMENTS_FAILED ? error->status : status;
}

enum sg_status check_run_file(struct check_run *run, const char *path, struct sg_error *error)
{
    struct statements *statements = statements_open(path, run->options.input, error);
    if (!statements)
        return error->status;
    enum statements_input input = statements_input(statements);
    const char *shown = strcmp(path, "-") == 0 ? "standard input" : path;
    run->groups =
        !run->options.shows_all && (input == STATEMENTS_GENERAL || input == STATEMENTS_SLOW);
    check_sessions_init(&run->sessions, run->options.server, run->options.sql_mode,
                        run->options.database);
    check_session_begin(&run->sessions, &run->script);
    enum sg_status status = read_all(run, statements, shown, error);
    run->summary->files++;
    run->summary->forgotten += run->sessions.forgotten;
    sg_session_fini(&run->script);
    check_sessions_fini(&run->sessions);
    statements_close(statements);
    hide_progress(run);
    return status;
}
