/* Findings for programs: a JSON document of our own (docs/check.md) and SARIF 2.1.0. Each finding
 * is one cJSON object, written at once and given back.
 *
 * OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"
 */
#include "cli/check_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "report/utf8.h"

#define STATEMENT_MAX 4096 /* bytes of a statement that are told */

/* --- pieces -------------------------------------------------------------------------------- */

/* Statements may hold any bytes: what is no UTF-8 is shown as U+FFFD. */
static void add_text(cJSON *object, const char *name, struct sg_slice text)
{
    char *copy = malloc(text.size * 3 + 1);
    size_t used = 0;
    if (!copy)
        return;
    while (text.size > 0) {
        size_t size = utf8_character(text.data, text.size);
        if (size == 0 || text.data[0] == 0) {
            memcpy(copy + used, "\xEF\xBF\xBD", 3);
            used += 3;
            size = 1;
        } else {
            memcpy(copy + used, text.data, size);
            used += size;
        }
        text.data += size;
        text.size -= size;
    }
    copy[used] = '\0';
    (void)cJSON_AddStringToObject(object, name, copy);
    free(copy);
}

static struct sg_slice cut(struct sg_slice text)
{
    if (text.size > STATEMENT_MAX)
        text.size = STATEMENT_MAX;
    while (text.size == STATEMENT_MAX && ((unsigned char)text.data[text.size - 1] & 0xC0) == 0x80)
        text.size--;
    return text;
}

static void add_number(cJSON *object, const char *name, uint64_t number)
{
    (void)cJSON_AddNumberToObject(object, name, (double)number);
}

static void add_string(cJSON *object, const char *name, const char *text)
{
    (void)cJSON_AddStringToObject(object, name, text);
}

/* Writes and deletes. */
static void put(struct check_output *output, cJSON *object, const char *indent)
{
    char *text = cJSON_PrintUnformatted(object);
    fprintf(output->stream, "%s%s", indent, text ? text : "null");
    free(text);
    cJSON_Delete(object);
}

static cJSON *counts(const struct check_summary *summary)
{
    cJSON *object = cJSON_CreateObject();
    add_number(object, "statements", summary->statements);
    add_number(object, "mismatches", summary->mismatches);
    add_number(object, "names", summary->names);
    add_number(object, "names_shown", summary->shown);
    add_number(object, "names_distinct", summary->distinct);
    add_number(object, "warnings", summary->warnings);
    add_number(object, "unparsed", summary->unparsed);
    add_number(object, "too_long", summary->too_long);
    add_number(object, "schema_changes", summary->schema_changes);
    add_number(object, "client_commands", summary->skipped_commands);
    add_number(object, "connections_forgotten", summary->forgotten);
    add_number(object, "files", summary->files);
    add_number(object, "bytes", summary->bytes);
    (void)cJSON_AddNumberToObject(object, "seconds", summary->seconds);
    (void)cJSON_AddBoolToObject(object, "complete", summary->is_complete);
    return object;
}

static void add_digest(cJSON *object, const char *name, uint64_t digest)
{
    char hex[17];
    (void)snprintf(hex, sizeof hex, "%016" PRIx64, digest);
    add_string(object, name, hex);
}

/* --- our own ------------------------------------------------------------------------------- */

void check_json_begin(struct check_output *output)
{
    cJSON *server = cJSON_CreateObject();
    bool mariadb = output->server->flavour == SG_FLAVOUR_MARIADB;
    add_string(server, "flavour", mariadb ? "mariadb" : "mysql");
    add_number(server, "version", output->server->version);
    fputs("{\"format\": 1, \"tool\": \"schemaguard " SCHEMAGUARD_VERSION "\",\n", output->stream);
    put(output, server, " \"server\": ");
    fputs(",\n \"findings\": [", output->stream);
}

static void add_reference(cJSON *object, const struct sg_reference *reference, bool is_warning)
{
    add_string(object, "verdict", is_warning ? "warning" : sg_verdict_name(reference->verdict));
    add_string(object, "kind", sg_reference_kind_name(reference->kind));
    add_text(object, "name", reference->name);
    add_text(object, "clause", reference->clause);
    add_number(object, "error", reference->error);
    add_string(object, "sqlstate", reference->sqlstate);
    add_text(object, "message", reference->message);
    cJSON *nearest = cJSON_AddArrayToObject(object, "nearest");
    for (size_t i = 0; nearest && i < reference->nearest_count; i++) {
        cJSON *holder = cJSON_CreateObject();
        add_text(holder, "x", reference->nearest[i]);
        cJSON *text = cJSON_DetachItemFromObject(holder, "x");
        if (text && !cJSON_AddItemToArray(nearest, text))
            cJSON_Delete(text);
        cJSON_Delete(holder);
    }
}

void check_json_finding(struct check_output *output, const struct check_finding *finding)
{
    cJSON *object = cJSON_CreateObject();
    add_string(object, "file", finding->file);
    add_number(object, "line", finding->line);
    if (finding->column) {
        add_number(object, "column", finding->column);
        add_number(object, "end_line", finding->end_line);
        add_number(object, "end_column", finding->end_column);
    }
    if (finding->connection)
        add_number(object, "connection", finding->connection);
    if (finding->database.size)
        add_text(object, "database", finding->database);
    if (finding->reference) {
        add_reference(object, finding->reference, finding->is_warning);
    } else {
        add_string(object, "verdict", "unparsed");
        add_string(object, "reason", finding->reason);
    }
    add_text(object, "statement", cut(finding->text));
    add_number(object, "offset", finding->offset);
    add_number(object, "size", finding->size);
    add_digest(object, "digest", finding->digest);
    if (finding->digest_text.size)
        add_text(object, "digest_text", finding->digest_text);
    put(output, object, output->written ? ",\n  " : "\n  ");
}

void check_json_end(struct check_output *output, const struct check_summary *summary)
{
    fputs(output->written ? "\n ],\n" : "],\n", output->stream);
    put(output, counts(summary), " \"summary\": ");
    fputs("\n}\n", output->stream);
}

/* --- SARIF --------------------------------------------------------------------------------- */

struct rule {
    const char *id;
    enum sg_reference_kind kind;
    const char *about;
};

static const struct rule RULES[] = {
    {"unknown-column", SG_REFERENCE_COLUMN, "A column that the schema does not have (error 1054)"},
    {"unknown-position", SG_REFERENCE_ORDINAL,
     "A position in ORDER BY or GROUP BY that the select list does not have (error 1054)"},
    {"unknown-table", SG_REFERENCE_TABLE, "A table that the schema does not have (error 1146)"},
    {"unknown-target", SG_REFERENCE_TARGET,
     "A table in a DELETE list that the statement does not read (error 1109)"},
    {"unknown-qualifier", SG_REFERENCE_QUALIFIER,
     "A qualifier of * that names no table of the statement (error 1051)"},
    {"unknown-database", SG_REFERENCE_DATABASE, "A database that does not exist (error 1049)"},
    {"value-count", SG_REFERENCE_ROW,
     "A row of INSERT with another number of values than columns (error 1136)"},
};
#define RULE_COUNT (sizeof RULES / sizeof RULES[0])

static const char *rule_of(const struct check_finding *finding)
{
    for (size_t i = 0; finding->reference && i < RULE_COUNT; i++) {
        if (RULES[i].kind == finding->reference->kind)
            return RULES[i].id;
    }
    return "not-understood";
}

static void add_rule(cJSON *rules, const char *id, const char *about, const char *level)
{
    cJSON *rule = cJSON_CreateObject();
    add_string(rule, "id", id);
    add_string(cJSON_AddObjectToObject(rule, "shortDescription"), "text", about);
    add_string(cJSON_AddObjectToObject(rule, "defaultConfiguration"), "level", level);
    if (!cJSON_AddItemToArray(rules, rule))
        cJSON_Delete(rule);
}

void check_sarif_begin(struct check_output *output)
{
    cJSON *tool = cJSON_CreateObject();
    cJSON *driver = cJSON_AddObjectToObject(tool, "driver");
    add_string(driver, "name", "schemaguard");
    add_string(driver, "version", SCHEMAGUARD_VERSION);
    cJSON *rules = cJSON_AddArrayToObject(driver, "rules");
    for (size_t i = 0; i < RULE_COUNT; i++)
        add_rule(rules, RULES[i].id, RULES[i].about,
                 RULES[i].kind == SG_REFERENCE_ROW ? "warning" : "error");
    add_rule(rules, "not-understood", "A statement that was not understood, and is not judged",
             "note");
    fputs("{\"$schema\": "
          "\"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
          "sarif-schema-2.1.0.json\",\n \"version\": \"2.1.0\",\n \"runs\": [{\n",
          output->stream);
    put(output, tool, "  \"tool\": ");
    fputs(",\n  \"columnKind\": \"unicodeCodePoints\",\n  \"results\": [", output->stream);
}

/* A path as a URI reference: what is no plain letter is percent-encoded. */
static void add_uri(cJSON *object, const char *path)
{
    static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "-._~/";
    char *uri = malloc(strlen(path) * 3 + 8);
    char *at = uri;
    if (!uri)
        return;
    at += sprintf(at, "%s", path[0] == '/' ? "file://" : "");
    for (; *path; path++) {
        if (strchr(PLAIN, *path))
            *at++ = *path;
        else
            at += sprintf(at, "%%%02X", (unsigned char)*path);
    }
    *at = '\0';
    add_string(object, "uri", uri);
    free(uri);
}

static void add_location(cJSON *result, const struct check_finding *finding)
{
    cJSON *location = cJSON_CreateObject();
    cJSON *physical = cJSON_AddObjectToObject(location, "physicalLocation");
    add_uri(cJSON_AddObjectToObject(physical, "artifactLocation"), finding->file);
    cJSON *region = cJSON_AddObjectToObject(physical, "region");
    add_number(region, "startLine", finding->line);
    if (finding->column) {
        add_number(region, "startColumn", finding->column);
        add_number(region, "endLine", finding->end_line);
        add_number(region, "endColumn", finding->end_column);
    }
    cJSON *locations = cJSON_AddArrayToObject(result, "locations");
    if (!cJSON_AddItemToArray(locations, location))
        cJSON_Delete(location);
}

static void add_message(cJSON *result, const struct check_finding *finding)
{
    char text[2048];
    const struct sg_reference *reference = finding->reference;
    int size = reference ? snprintf(text, sizeof text, "%.*s", (int)reference->message.size,
                                    reference->message.data)
                         : snprintf(text, sizeof text, "Not understood: %s", finding->reason);
    if (reference && reference->nearest_count && size > 0 && (size_t)size < sizeof text)
        (void)snprintf(text + size, sizeof text - (size_t)size, "; did you mean %.*s?",
                       (int)reference->nearest[0].size, reference->nearest[0].data);
    add_text(cJSON_AddObjectToObject(result, "message"), "text", sg_slice_of(text));
}

void check_sarif_finding(struct check_output *output, const struct check_finding *finding)
{
    cJSON *result = cJSON_CreateObject();
    add_string(result, "ruleId", rule_of(finding));
    add_string(result, "level",
               finding->is_warning  ? "warning"
               : finding->reference ? "error"
                                    : "note");
    add_message(result, finding);
    add_location(result, finding);
    add_digest(cJSON_AddObjectToObject(result, "partialFingerprints"), "schemaguardDigest/v1",
               finding->digest);
    put(output, result, output->written ? ",\n   " : "\n   ");
}

void check_sarif_end(struct check_output *output, const struct check_summary *summary)
{
    cJSON *invocation = cJSON_CreateObject();
    cJSON *properties = cJSON_CreateObject();
    (void)cJSON_AddBoolToObject(invocation, "executionSuccessful", summary->is_complete);
    add_number(invocation, "exitCode", !summary->is_complete ? 2 : summary->mismatches ? 1 : 0);
    fputs(output->written ? "\n  ],\n" : "],\n", output->stream);
    put(output, invocation, "  \"invocations\": [");
    (void)cJSON_AddItemToObject(properties, "summary", counts(summary));
    put(output, properties, "],\n  \"properties\": ");
    fputs("\n }]}\n", output->stream);
}
