/* Events: the line holds what docs/event.schema.json says, and nothing that it must not. */
#include "report/event.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include <cmocka.h>

#include "report/metrics.h"

/* --- fixture ------------------------------------------------------------------------------- */

static const struct event_attribute ATTRIBUTES[] = {
    {SG_SLICE_LITERAL("program_name"), SG_SLICE_LITERAL("shop-web")},
    {SG_SLICE_LITERAL("_client_name"), SG_SLICE_LITERAL("libmariadb")},
    {SG_SLICE_LITERAL("program_name"), SG_SLICE_LITERAL("twice")},
};

static const struct sg_reference REFERENCE = {
    .kind = SG_REFERENCE_COLUMN,
    .verdict = SG_VERDICT_ABSENT,
    .name = SG_SLICE_LITERAL("name"),
    .clause = SG_SLICE_LITERAL("field list"),
    .offset = 7,
    .size = 4,
    .error = 1054,
    .sqlstate = "42S22",
    .message = SG_SLICE_LITERAL("Unknown column 'name' in 'field list'"),
    .nearest = {SG_SLICE_LITERAL("company")},
    .nearest_count = 1,
};

static struct event a_block(void)
{
    return (struct event){
        .at_us = 1763714763123456,
        .session_id = 17,
        .connection_id = 4711,
        .user = SG_SLICE_LITERAL("app"),
        .client_address = SG_SLICE_LITERAL("10.0.0.9"),
        .client_port = 50123,
        .server_address = SG_SLICE_LITERAL("db.internal"),
        .server_port = 3306,
        .attributes = ATTRIBUTES,
        .attribute_count = sizeof ATTRIBUTES / sizeof ATTRIBUTES[0],
        .flavour = SG_FLAVOUR_MARIADB,
        .database = SG_SLICE_LITERAL("shop"),
        .kind = SG_STATEMENT_SELECT,
        .command = SG_SLICE_LITERAL("COM_QUERY"),
        .normalised_text = SG_SLICE_LITERAL("SELECT NAME FROM `customers` WHERE `id` = ?"),
        .digest = 0x0123456789abcdef,
        .verdict = SG_VERDICT_ABSENT,
        .references = &REFERENCE,
        .reference_count = 1,
        .schema_generation = 3,
        .mode = GUARD_MODE_BLOCK,
        .action = EVENT_ACTION_BLOCKED,
        .would_block = true,
        .rule = sg_slice_of("rule app"),
        .confirm = EVENT_CONFIRM_REFUSED,
        .agreement = EVENT_AGREEMENT_AGREE,
        .error = 1054,
        .sqlstate = SG_SLICE_LITERAL("42S22"),
        .message = SG_SLICE_LITERAL("Unknown column 'name' in 'field list'"),
    };
}

static cJSON *schema;

static int read_schema(void **state)
{
    (void)state;
    static char text[64 << 10];
    FILE *file = fopen(SCHEMAGUARD_SOURCE_DIR "/docs/event.schema.json", "r");
    if (file == NULL)
        return 1;
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    fclose(file);
    schema = cJSON_Parse(text);
    return schema == NULL;
}

static int drop_schema(void **state)
{
    (void)state;
    cJSON_Delete(schema);
    return 0;
}

/* --- as much of JSON Schema as docs/event.schema.json uses ---------------------------------- */

static void check_value(const cJSON *rule, const cJSON *value, const char *name);

static bool has_type(const cJSON *value, const char *type)
{
    if (strcmp(type, "object") == 0)
        return cJSON_IsObject(value);
    if (strcmp(type, "array") == 0)
        return cJSON_IsArray(value);
    if (strcmp(type, "boolean") == 0)
        return cJSON_IsBool(value);
    if (strcmp(type, "integer") == 0)
        return cJSON_IsNumber(value);
    return strcmp(type, "string") == 0 && cJSON_IsString(value);
}

static void check_members(const cJSON *rule, const cJSON *object, const char *name)
{
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(rule, "properties");
    const cJSON *others = cJSON_GetObjectItemCaseSensitive(rule, "additionalProperties");
    const cJSON *item;
    cJSON_ArrayForEach(item, object)
    {
        const cJSON *own = cJSON_GetObjectItemCaseSensitive(properties, item->string);
        if (own == NULL && cJSON_IsObject(others))
            own = others;
        if (own == NULL)
            fail_msg("%s: %s is not in the schema", name, item->string);
        check_value(own, item, item->string);
    }
    const cJSON *required;
    cJSON_ArrayForEach(required, cJSON_GetObjectItemCaseSensitive(rule, "required"))
    {
        if (cJSON_GetObjectItemCaseSensitive(object, required->valuestring) == NULL)
            fail_msg("%s: %s is not there", name, required->valuestring);
    }
}

static void check_choice(const cJSON *choices, const cJSON *value, const char *name)
{
    const cJSON *choice;
    cJSON_ArrayForEach(choice, choices)
    {
        if (cJSON_IsString(value) && strcmp(choice->valuestring, value->valuestring) == 0)
            return;
    }
    fail_msg("%s: not among the values", name);
}

static void check_value(const cJSON *rule, const cJSON *value, const char *name)
{
    if (cJSON_GetObjectItemCaseSensitive(rule, "$ref") != NULL)
        rule = cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(schema, "$defs"),
                                                "reference");
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(rule, "type");
    const cJSON *choices = cJSON_GetObjectItemCaseSensitive(rule, "enum");
    const cJSON *minimum = cJSON_GetObjectItemCaseSensitive(rule, "minimum");
    if (type != NULL && !has_type(value, type->valuestring))
        fail_msg("%s: not of type %s", name, type->valuestring);
    if (choices != NULL)
        check_choice(choices, value, name);
    if (minimum != NULL && value->valuedouble < minimum->valuedouble)
        fail_msg("%s: too small", name);
    if (cJSON_IsObject(value))
        check_members(rule, value, name);
    const cJSON *item;
    if (cJSON_IsArray(value))
        cJSON_ArrayForEach(item, value)
            check_value(cJSON_GetObjectItemCaseSensitive(rule, "items"), item, name);
}

/* The line as JSON, held against the schema; the caller deletes it. */
static cJSON *line_of(const struct event *event, size_t text_max_bytes)
{
    char *text = event_to_json(event, text_max_bytes);
    assert_non_null(text);
    assert_null(strchr(text, '\n'));
    cJSON *line = cJSON_Parse(text);
    if (line == NULL)
        fail_msg("not JSON: %s", text);
    check_value(schema, line, "event");
    free(text);
    return line;
}

static const char *text_of(const cJSON *line, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, name));
    if (text == NULL)
        fail_msg("there is no text %s", name);
    return text;
}

static bool has(const cJSON *line, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(line, name) != NULL;
}

/* --- tests --------------------------------------------------------------------------------- */

static void test_a_block_tells_the_whole_story(void **state)
{
    (void)state;
    struct event event = a_block();
    char *text = event_to_json(&event, 4096);
    assert_string_equal(
        text,
        "{\"timestamp\":\"2025-11-21T08:46:03.123456Z\",\"event.name\":\"schemaguard.mismatch\","
        "\"schemaguard.session.id\":17,\"schemaguard.connection.id\":4711,\"user.name\":\"app\","
        "\"client.address\":\"10.0.0.9\",\"client.port\":50123,"
        "\"server.address\":\"db.internal\",\"server.port\":3306,"
        "\"schemaguard.client.attributes\":{\"program_name\":\"shop-web\","
        "\"_client_name\":\"libmariadb\"},"
        "\"db.system.name\":\"mariadb\",\"db.namespace\":\"shop\","
        "\"db.operation.name\":\"SELECT\",\"schemaguard.command\":\"COM_QUERY\","
        "\"db.query.text\":\"SELECT NAME FROM `customers` WHERE `id` = ?\","
        "\"schemaguard.query.truncated\":false,\"schemaguard.digest\":\"0123456789abcdef\","
        "\"schemaguard.verdict\":\"absent\",\"schemaguard.references\":[{\"kind\":\"column\","
        "\"verdict\":\"absent\",\"name\":\"name\",\"clause\":\"field list\",\"offset\":7,"
        "\"size\":4,\"error\":1054,\"sqlstate\":\"42S22\","
        "\"message\":\"Unknown column 'name' in 'field list'\",\"nearest\":[\"company\"]}],"
        "\"schemaguard.schema.generation\":3,\"schemaguard.mode\":\"block\","
        "\"schemaguard.action\":\"blocked\",\"schemaguard.would_block\":true,"
        "\"schemaguard.rule\":\"rule app\",\"schemaguard.confirm\":\"refused\","
        "\"schemaguard.agreement\":\"agree\",\"db.response.status_code\":\"1054\","
        "\"schemaguard.response.sqlstate\":\"42S22\","
        "\"schemaguard.response.message\":\"Unknown column 'name' in 'field list'\","
        "\"schemaguard.response.from\":\"server\"}");
    free(text);
    cJSON_Delete(line_of(&event, 4096));
}

static void test_what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct event event = {.verdict = SG_VERDICT_OK, .agreement = EVENT_AGREEMENT_MISSED};
    cJSON *line = line_of(&event, 4096);
    static const char *const ABSENT[] = {
        "schemaguard.connection.id",
        "user.name",
        "client.address",
        "client.port",
        "server.port",
        "schemaguard.client.attributes",
        "db.namespace",
        "db.operation.name",
        "db.query.text",
        "schemaguard.digest",
        "schemaguard.command",
        "db.response.status_code",
    };
    for (size_t i = 0; i < sizeof ABSENT / sizeof ABSENT[0]; i++) {
        if (has(line, ABSENT[i]))
            fail_msg("%s", ABSENT[i]);
    }
    assert_string_equal(text_of(line, "event.name"), "schemaguard.server_error");
    assert_string_equal(text_of(line, "schemaguard.agreement"), "missed");
    assert_string_equal(text_of(line, "schemaguard.missed.origin"), "other");
    cJSON_Delete(line);
}

static void test_messages_that_may_quote_values_are_kept_out(void **state)
{
    (void)state;
    struct event event = a_block();
    event.error = 1062;
    event.sqlstate = SG_SLICE_LITERAL("23000");
    event.message = SG_SLICE_LITERAL("Duplicate entry 'eve@example.org' for key 'mail'");
    cJSON *line = line_of(&event, 4096);
    assert_false(has(line, "schemaguard.response.message"));
    assert_string_equal(text_of(line, "db.response.status_code"), "1062");
    cJSON_Delete(line);
}

static void test_bytes_of_other_character_sets_make_a_good_line(void **state)
{
    (void)state;
    struct event event = a_block();
    event.user = SG_SLICE_LITERAL("J\xF6rg\0\x01\"");
    event.database = SG_SLICE_LITERAL("\xE2\x82");
    event.normalised_text = SG_SLICE_LITERAL("SELECT `\x95\x5C` FROM t\n");
    cJSON *line = line_of(&event, 4096);
    assert_string_equal(text_of(line, "user.name"), "J\xEF\xBF\xBDrg\xEF\xBF\xBD\x01\"");
    assert_string_equal(text_of(line, "db.namespace"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_string_equal(text_of(line, "db.query.text"), "SELECT `\xEF\xBF\xBD\\` FROM t\n");
    cJSON_Delete(line);
}

static void test_text_is_bounded(void **state)
{
    (void)state;
    struct event event = a_block();
    cJSON *line = line_of(&event, 11);
    assert_string_equal(text_of(line, "db.query.text"), "SELECT NAME\xE2\x80\xA6");
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(line, "schemaguard.query.truncated")));
    cJSON_Delete(line);

    event.text_truncated = true;
    line = line_of(&event, 4096);
    assert_true(cJSON_IsTrue(cJSON_GetObjectItem(line, "schemaguard.query.truncated")));
    cJSON_Delete(line);

    line = line_of(&event, 0);
    assert_false(has(line, "db.query.text"));
    cJSON_Delete(line);
}

static void test_a_flood_of_names_is_bounded(void **state)
{
    (void)state;
    enum { MANY = 1000 };
    static struct sg_reference references[MANY];
    static struct event_attribute attributes[MANY];
    static char names[MANY][16];
    static char endless[100000];
    memset(endless, 'n', sizeof endless);
    for (int i = 0; i < MANY; i++) {
        references[i] = REFERENCE;
        references[i].name = sg_slice_make(endless, sizeof endless);
        snprintf(names[i], sizeof names[i], "a%d", i);
        attributes[i].name = sg_slice_of(names[i]);
        attributes[i].value = sg_slice_make(endless, sizeof endless);
    }
    struct event event = a_block();
    event.references = references;
    event.reference_count = MANY;
    event.attributes = attributes;
    event.attribute_count = MANY;
    cJSON *line = line_of(&event, 4096);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(line, "schemaguard.references")), 32);
    assert_int_equal(
        cJSON_GetNumberValue(cJSON_GetObjectItem(line, "schemaguard.references.total")), MANY);
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(line, "schemaguard.client.attributes")),
                     32);
    char *text = cJSON_PrintUnformatted(line);
    assert_in_range(strlen(text), 1000, 64 << 10);
    free(text);
    cJSON_Delete(line);
}

static void test_every_word_is_in_the_schema(void **state)
{
    (void)state;
    struct event event = a_block();
    for (int i = SG_VERDICT_OK; i <= SG_VERDICT_ABSENT; i++) {
        event.verdict = (enum sg_verdict)i;
        event.unparsed_reason = SG_SLICE_LITERAL("syntax");
        cJSON_Delete(line_of(&event, 100));
    }
    for (int i = EVENT_CONFIRM_NOT_ASKED; i <= EVENT_CONFIRM_UNDECIDED; i++) {
        event.confirm = (enum event_confirm)i;
        cJSON_Delete(line_of(&event, 100));
    }
    for (int i = EVENT_AGREEMENT_UNKNOWN; i <= EVENT_AGREEMENT_MISSED; i++) {
        event.agreement = (enum event_agreement)i;
        cJSON_Delete(line_of(&event, 100));
    }
    for (int i = SG_ORIGIN_OTHER; i <= SG_ORIGIN_DYNAMIC; i++) {
        event.missed_origin = (enum sg_origin)i;
        cJSON_Delete(line_of(&event, 100));
    }
    for (int i = SG_STATEMENT_OTHER; i <= SG_STATEMENT_SESSION; i++) {
        event.kind = (enum sg_statement_kind)i;
        cJSON_Delete(line_of(&event, 100));
    }
    struct sg_reference reference = REFERENCE;
    event.references = &reference;
    for (int i = SG_REFERENCE_COLUMN; i <= SG_REFERENCE_DATABASE; i++) {
        reference.kind = (enum sg_reference_kind)i;
        cJSON_Delete(line_of(&event, 100));
    }
    event.mode = GUARD_MODE_OBSERVE;
    event.action = EVENT_ACTION_FORWARDED;
    event.flavour = SG_FLAVOUR_MYSQL;
    event.error_is_own = true;
    event.at_us = 0;
    cJSON_Delete(line_of(&event, 100));
}

static void test_events_reach_their_file(void **state)
{
    (void)state;
    char path[] = "/tmp/schemaguard-test-XXXXXX";
    close(mkstemp(path));
    struct settings settings = {.event_log = path, .event_text_max_bytes = 100};
    struct event_log *log = NULL;
    struct sg_error error = {.status = SG_OK};
    assert_int_equal(event_log_open(&settings, &log, &error), SG_OK);
    struct event event = a_block();
    uint64_t before = metrics_read(METRIC_EVENTS_WRITTEN);
    event_log_write(log, &event);
    event_log_reopen(log);
    event_log_write(log, &event);
    event_log_close(log, 5000);
    assert_int_equal(metrics_read(METRIC_EVENTS_WRITTEN) - before, 2);

    char *expected = event_to_json(&event, 100);
    FILE *file = fopen(path, "r");
    char line[8192];
    for (int i = 0; i < 2; i++) {
        assert_non_null(fgets(line, sizeof line, file));
        assert_memory_equal(line, expected, strlen(expected));
        assert_string_equal(line + strlen(expected), "\n");
    }
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
    free(expected);
    unlink(path);
}

static void test_none_is_no_log_and_a_bad_path_an_error(void **state)
{
    (void)state;
    struct settings settings = {.event_log = "none"};
    struct event_log *log = NULL;
    struct sg_error error = {.status = SG_OK};
    assert_int_equal(event_log_open(&settings, &log, &error), SG_OK);
    assert_null(log);
    struct event event = a_block();
    event_log_write(log, &event);
    event_log_reopen(log);
    event_log_close(log, 0);

    settings.event_log = "/nonexistent/events";
    assert_int_equal(event_log_open(&settings, &log, &error), SG_SYSTEM);
    assert_string_equal(
        error.message,
        "event log: /nonexistent/events: cannot be opened to write: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_block_tells_the_whole_story),
        cmocka_unit_test(test_what_is_not_known_is_left_out),
        cmocka_unit_test(test_messages_that_may_quote_values_are_kept_out),
        cmocka_unit_test(test_bytes_of_other_character_sets_make_a_good_line),
        cmocka_unit_test(test_text_is_bounded),
        cmocka_unit_test(test_a_flood_of_names_is_bounded),
        cmocka_unit_test(test_every_word_is_in_the_schema),
        cmocka_unit_test(test_events_reach_their_file),
        cmocka_unit_test(test_none_is_no_log_and_a_bad_path_an_error),
    };
    return cmocka_run_group_tests(tests, read_schema, drop_schema);
}
