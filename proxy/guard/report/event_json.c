/* Events: from what a session found to one JSON line in the event log.
 *
 * All text that clients and servers chose is cleaned (utf8.c) and bounded. What may quote a value
 * is kept out: the statement appears in its normal form only, and the message of an error only
 * where the error is about a name ("Duplicate entry 'a@example.org' for key …" is not).
 */
#include "report/event.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/clock.h"
#include "report/metrics.h"
#include "report/sink.h"
#include "report/utf8.h"

#define QUEUE_MAX_BYTES      ((size_t)8 << 20)
#define MEMORY_BYTES         ((size_t)8 << 20)
#define NAME_MAX_BYTES       1024
#define ATTRIBUTES_MAX       32
#define ATTRIBUTES_MAX_BYTES 256
#define REFERENCES_MAX       32

/* --- a builder that fails once and is asked once ------------------------------------------- */

struct builder {
    struct sg_arena *arena;
    bool failed; /* memory was out somewhere */
};

static void add_item(struct builder *builder, cJSON *object, const char *name, cJSON *item)
{
    if (item == NULL || !cJSON_AddItemToObjectCS(object, name, item)) {
        cJSON_Delete(item);
        builder->failed = true;
    }
}

static cJSON *add_object(struct builder *builder, cJSON *object, const char *name)
{
    cJSON *item = cJSON_CreateObject();
    add_item(builder, object, name, item);
    return builder->failed ? NULL : item;
}

/* `text` outlives the line, or lives in the arena. */
static void add_word(struct builder *builder, cJSON *object, const char *name, const char *text)
{
    add_item(builder, object, name, text != NULL ? cJSON_CreateStringReference(text) : NULL);
}

/* Empty text is left out. */
static void add_text(struct builder *builder, cJSON *object, const char *name, struct sg_slice text,
                     size_t limit_bytes)
{
    if (text.size > 0)
        add_word(builder, object, name, utf8_clean(text, limit_bytes, builder->arena));
}

static void add_name(struct builder *builder, cJSON *object, const char *name, struct sg_slice text)
{
    add_text(builder, object, name, text, NAME_MAX_BYTES);
}

static void add_number(struct builder *builder, cJSON *object, const char *name, uint64_t number)
{
    add_item(builder, object, name, cJSON_CreateNumber((double)number));
}

static void add_flag(struct builder *builder, cJSON *object, const char *name, bool flag)
{
    add_item(builder, object, name, cJSON_CreateBool(flag));
}

/* --- words --------------------------------------------------------------------------------- */

static const char *action_word(enum event_action action)
{
    switch (action) {
    case EVENT_ACTION_FORWARDED:
        return "forwarded";
    case EVENT_ACTION_BLOCKED:
        return "blocked";
    }
    return "forwarded";
}

static const char *confirm_word(enum event_confirm confirm)
{
    switch (confirm) {
    case EVENT_CONFIRM_NOT_ASKED:
        return "not_asked";
    case EVENT_CONFIRM_REFUSED:
        return "refused";
    case EVENT_CONFIRM_REFUTED:
        return "refuted";
    case EVENT_CONFIRM_UNDECIDED:
        return "undecided";
    case EVENT_CONFIRM_CONFIRMED:
        return "confirmed";
    case EVENT_CONFIRM_TIMED_OUT:
        return "timed_out";
    }
    return "not_asked";
}

static const char *agreement_word(enum event_agreement agreement)
{
    switch (agreement) {
    case EVENT_AGREEMENT_UNKNOWN:
        return "unknown";
    case EVENT_AGREEMENT_AGREE:
        return "agree";
    case EVENT_AGREEMENT_FALSE_POSITIVE:
        return "false_positive";
    case EVENT_AGREEMENT_STALE:
        return "stale";
    case EVENT_AGREEMENT_MISSED:
        return "missed";
    }
    return "unknown";
}

/* The design page's table: errors whose message holds names and nothing else. */
static bool is_name_error(uint16_t error)
{
    return error == 1054 || error == 1146 || error == 1109 || error == 1051 || error == 1049;
}

/* --- parts of the line --------------------------------------------------------------------- */

static void add_when_and_what(struct builder *builder, cJSON *line, const struct event *event)
{
    char *timestamp = sg_arena_alloc(builder->arena, CLOCK_TEXT_MAX);
    if (timestamp != NULL)
        clock_text(event->at_us != 0 ? event->at_us : clock_now_us(), 6, timestamp);
    add_word(builder, line, "timestamp", timestamp);
    add_word(builder, line, "event.name",
             event->is_candidate                      ? "schemaguard.candidate"
             : sg_verdict_is_mismatch(event->verdict) ? "schemaguard.mismatch"
                                                      : "schemaguard.server_error");
}

static void add_peers(struct builder *builder, cJSON *line, const struct event *event)
{
    add_number(builder, line, "schemaguard.session.id", event->session_id);
    if (event->connection_id != 0)
        add_number(builder, line, "schemaguard.connection.id", event->connection_id);
    add_name(builder, line, "user.name", event->user);
    add_name(builder, line, "client.address", event->client_address);
    if (event->client_port != 0)
        add_number(builder, line, "client.port", event->client_port);
    add_name(builder, line, "server.address", event->server_address);
    if (event->server_port != 0)
        add_number(builder, line, "server.port", event->server_port);
}

/* A client may send as many as fit its login packet, and the same one twice. */
static void add_attributes(struct builder *builder, cJSON *line, const struct event *event)
{
    if (event->attribute_count == 0)
        return;
    cJSON *object = add_object(builder, line, "schemaguard.client.attributes");
    for (size_t i = 0; object != NULL && i < event->attribute_count && i < ATTRIBUTES_MAX; i++) {
        const struct event_attribute *attribute = &event->attributes[i];
        const char *name = utf8_clean(attribute->name, ATTRIBUTES_MAX_BYTES, builder->arena);
        if (name == NULL)
            builder->failed = true;
        else if (cJSON_GetObjectItemCaseSensitive(object, name) == NULL)
            add_word(builder, object, name,
                     utf8_clean(attribute->value, ATTRIBUTES_MAX_BYTES, builder->arena));
    }
}

/* What OpenTelemetry calls the operation is known for these only. */
static bool has_operation(enum sg_statement_kind kind)
{
    return kind == SG_STATEMENT_SELECT || kind == SG_STATEMENT_INSERT ||
           kind == SG_STATEMENT_REPLACE || kind == SG_STATEMENT_UPDATE ||
           kind == SG_STATEMENT_DELETE;
}

static void add_statement(struct builder *builder, cJSON *line, const struct event *event,
                          size_t text_max_bytes)
{
    add_word(builder, line, "db.system.name",
             event->flavour == SG_FLAVOUR_MARIADB ? "mariadb" : "mysql");
    add_name(builder, line, "db.namespace", event->database);
    if (has_operation(event->kind))
        add_word(builder, line, "db.operation.name", sg_statement_kind_name(event->kind));
    add_name(builder, line, "schemaguard.command", event->command);
    if (text_max_bytes > 0 && event->normalised_text.size > 0) {
        add_text(builder, line, "db.query.text", event->normalised_text, text_max_bytes);
        add_flag(builder, line, "schemaguard.query.truncated",
                 event->text_truncated || event->normalised_text.size > text_max_bytes);
    }
    if (event->digest != 0) {
        char *digest = sg_arena_alloc(builder->arena, 2 * sizeof event->digest + 1);
        if (digest != NULL)
            snprintf(digest, 2 * sizeof event->digest + 1, "%016" PRIx64, event->digest);
        add_word(builder, line, "schemaguard.digest", digest);
    }
}

static cJSON *make_nearest(struct builder *builder, const struct sg_reference *reference)
{
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < reference->nearest_count && i < SG_NEAREST_MAX; i++) {
        const char *name = utf8_clean(reference->nearest[i], NAME_MAX_BYTES, builder->arena);
        cJSON *item = name != NULL ? cJSON_CreateStringReference(name) : NULL;
        if (item == NULL || !cJSON_AddItemToArray(array, item)) {
            cJSON_Delete(item);
            builder->failed = true;
            break;
        }
    }
    return array;
}

static void fill_reference(struct builder *builder, cJSON *object,
                           const struct sg_reference *reference)
{
    add_word(builder, object, "kind", sg_reference_kind_name(reference->kind));
    add_word(builder, object, "verdict", sg_verdict_name(reference->verdict));
    add_name(builder, object, "name", reference->name);
    add_name(builder, object, "clause", reference->clause);
    add_number(builder, object, "offset", reference->offset);
    add_number(builder, object, "size", reference->size);
    add_number(builder, object, "error", reference->error);
    add_text(builder, object, "sqlstate", sg_slice_of(reference->sqlstate), NAME_MAX_BYTES);
    add_name(builder, object, "message", reference->message);
    add_item(builder, object, "nearest", make_nearest(builder, reference));
}

static void add_references(struct builder *builder, cJSON *line, const struct event *event)
{
    cJSON *array = cJSON_CreateArray();
    add_item(builder, line, "schemaguard.references", array);
    for (size_t i = 0; i < event->reference_count && i < REFERENCES_MAX; i++) {
        cJSON *object = cJSON_CreateObject();
        if (builder->failed || object == NULL || !cJSON_AddItemToArray(array, object)) {
            cJSON_Delete(object);
            builder->failed = true;
            return;
        }
        fill_reference(builder, object, &event->references[i]);
    }
    if (event->reference_count > REFERENCES_MAX)
        add_number(builder, line, "schemaguard.references.total", event->reference_count);
}

static void add_judgement(struct builder *builder, cJSON *line, const struct event *event)
{
    add_word(builder, line, "schemaguard.verdict", sg_verdict_name(event->verdict));
    if (event->verdict == SG_VERDICT_UNPARSED)
        add_name(builder, line, "schemaguard.unparsed.reason", event->unparsed_reason);
    add_references(builder, line, event);
    add_number(builder, line, "schemaguard.schema.generation", event->schema_generation);
    add_word(builder, line, "schemaguard.mode",
             settings_table[SETTING_ID_MODE].choices[event->mode].word);
    add_word(builder, line, "schemaguard.action", action_word(event->action));
    add_flag(builder, line, "schemaguard.would_block", event->would_block);
    add_name(builder, line, "schemaguard.rule", event->rule);
    add_word(builder, line, "schemaguard.confirm", confirm_word(event->confirm));
    add_word(builder, line, "schemaguard.agreement", agreement_word(event->agreement));
    if (event->agreement == EVENT_AGREEMENT_MISSED)
        add_word(builder, line, "schemaguard.missed.origin", sg_origin_name(event->missed_origin));
}

static void add_answer(struct builder *builder, cJSON *line, const struct event *event)
{
    if (event->error == 0)
        return;
    char *code = sg_arena_alloc(builder->arena, sizeof "65535");
    if (code != NULL)
        snprintf(code, sizeof "65535", "%u", event->error);
    add_word(builder, line, "db.response.status_code", code);
    add_name(builder, line, "schemaguard.response.sqlstate", event->sqlstate);
    if (is_name_error(event->error) || event->error_is_own)
        add_name(builder, line, "schemaguard.response.message", event->message);
    add_word(builder, line, "schemaguard.response.from", event->error_is_own ? "guard" : "server");
}

/* --- the line ------------------------------------------------------------------------------ */

static char *make_line(const struct event *event, size_t text_max_bytes, struct sg_arena *arena)
{
    cJSON *line = cJSON_CreateObject();
    if (line == NULL)
        return NULL;
    struct builder builder = {.arena = arena};
    add_when_and_what(&builder, line, event);
    add_peers(&builder, line, event);
    add_attributes(&builder, line, event);
    add_statement(&builder, line, event, text_max_bytes);
    add_judgement(&builder, line, event);
    add_answer(&builder, line, event);
    char *json = builder.failed ? NULL : cJSON_PrintUnformatted(line);
    cJSON_Delete(line);
    return json;
}

char *event_to_json(const struct event *event, size_t text_max_bytes)
{
    struct sg_arena arena;
    sg_arena_init(&arena, MEMORY_BYTES);
    char *json = make_line(event, text_max_bytes, &arena);
    sg_arena_fini(&arena);
    return json;
}

/* --- the event log ------------------------------------------------------------------------- */

struct event_log {
    struct sink *sink;
    size_t text_max_bytes;
};

enum sg_status event_log_open(const struct settings *settings, struct event_log **log_out,
                              struct sg_error *error)
{
    *log_out = NULL;
    if (strcmp(settings->event_log, "none") == 0)
        return SG_OK;
    struct event_log *log = calloc(1, sizeof *log);
    if (log == NULL)
        return sg_error_set(error, SG_SYSTEM, "event log: memory is out");
    log->text_max_bytes = settings->event_text_max_bytes;
    enum sg_status status =
        sink_open(settings->event_log, QUEUE_MAX_BYTES, METRIC_EVENTS_DROPPED, &log->sink, error);
    if (status != SG_OK) {
        sg_error_at(error, "event log");
        free(log);
        return status;
    }
    *log_out = log;
    return SG_OK;
}

void event_log_write(struct event_log *log, const struct event *event)
{
    if (log == NULL)
        return;
    char *line = event_to_json(event, log->text_max_bytes);
    if (line == NULL)
        metrics_add(METRIC_EVENTS_DROPPED, 1);
    else if (sink_write(log->sink, sg_slice_of(line)))
        metrics_add(METRIC_EVENTS_WRITTEN, 1);
    free(line);
}

void event_log_reopen(struct event_log *log)
{
    if (log != NULL)
        sink_reopen(log->sink);
}

void event_log_close(struct event_log *log, uint64_t timeout_ms)
{
    if (log == NULL)
        return;
    sink_close(log->sink, timeout_ms);
    free(log);
}
