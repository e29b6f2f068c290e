/* Reads a server's schema as the guard does and prints what it found, for the integration tests.
 *
 *   live-schema KEY=VALUE...    host port socket user password_file tls (disabled …
 * verify_identity) ca fingerprint certificate key database (more than once) connect_timeout
 * read_timeout (seconds) cancel_after (milliseconds)
 *
 * Prints one JSON object: "error", or "summary" and "schema" (a snapshot). Exit code 0, or 1 with
 * an error. Certificates are verified by a probe, as serve does.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "net/probe.h"
#include "sources/live.h"

#define DATABASES_MOST 16

static struct live_options options;
static const char *databases[DATABASES_MOST];
static unsigned cancel_after_ms;

static enum live_tls tls_of(const char *name)
{
    static const char *const names[] = {"disabled", "preferred", "required", "verify_ca",
                                        "verify_identity"};
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return (enum live_tls)i;
    (void)fprintf(stderr, "unknown tls mode %s\n", name);
    exit(2);
}

static const char *value_of(const char *argument, const char *key)
{
    size_t size = strlen(key);
    return strncmp(argument, key, size) == 0 && argument[size] == '=' ? argument + size + 1 : NULL;
}

static bool take_text(const char *argument)
{
    const struct {
        const char *key;
        const char **into;
    } texts[] = {
        {"host", &options.host},
        {"socket", &options.socket_path},
        {"user", &options.user},
        {"password_file", &options.password_file},
        {"ca", &options.tls_ca_file},
        {"fingerprint", &options.tls_fingerprint},
        {"certificate", &options.tls_certificate_file},
        {"key", &options.tls_key_file},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *value = value_of(argument, texts[i].key);
        if (value)
            *texts[i].into = value;
        if (value)
            return true;
    }
    return false;
}

static bool take_number(const char *argument)
{
    const char *value;
    if ((value = value_of(argument, "port")))
        options.port = (uint16_t)strtoul(value, NULL, 10);
    else if ((value = value_of(argument, "connect_timeout")))
        options.connect_timeout_s = (unsigned)strtoul(value, NULL, 10);
    else if ((value = value_of(argument, "read_timeout")))
        options.read_timeout_s = (unsigned)strtoul(value, NULL, 10);
    else if ((value = value_of(argument, "cancel_after")))
        cancel_after_ms = (unsigned)strtoul(value, NULL, 10);
    return value != NULL;
}

static void take_argument(const char *argument)
{
    const char *value;
    if (take_text(argument) || take_number(argument))
        return;
    if ((value = value_of(argument, "tls"))) {
        options.tls = tls_of(value);
    } else if ((value = value_of(argument, "database")) &&
               options.database_count < DATABASES_MOST) {
        databases[options.database_count++] = value;
        options.databases = databases;
    } else {
        (void)fprintf(stderr, "not understood: %s\n", argument);
        exit(2);
    }
}

/* --- the certificate ------------------------------------------------------------------------- */

static enum sg_status find_pin(void *argument, bool is_fresh, struct live_pin *pin_out,
                               struct sg_error *error)
{
    struct tls_certificate found;
    enum sg_status status = probe_certificate(argument, is_fresh, &found, error);
    if (status != SG_OK)
        return status;
    memcpy(pin_out->sha1, found.sha1, sizeof(found.sha1));
    memcpy(pin_out->sha256, found.sha256, sizeof(found.sha256));
    pin_out->pem = found.pem;
    return SG_OK;
}

static struct probe *make_probe(struct sg_error *error)
{
    enum tls_verify verify = TLS_VERIFY_NONE;
    if (options.tls == LIVE_TLS_VERIFY_CA)
        verify = TLS_VERIFY_CA;
    else if (options.tls == LIVE_TLS_VERIFY_IDENTITY)
        verify = TLS_VERIFY_IDENTITY;
    struct endpoint endpoint = {.is_path = options.socket_path != NULL, .port = options.port};
    (void)snprintf(endpoint.host, sizeof(endpoint.host), "%s", options.host ? options.host : "");
    (void)snprintf(endpoint.path, sizeof(endpoint.path), "%s",
                   options.socket_path ? options.socket_path : "");
    const struct tls_client_options tls = {
        .verify = verify, .ca_file = options.tls_ca_file, .fingerprint = options.tls_fingerprint};
    struct tls_context *context = tls_context_new_client(&tls, error);
    struct probe *probe = context ? probe_new(&endpoint, context, 5000) : NULL;
    tls_context_release(context);
    return probe;
}

/* --- output --------------------------------------------------------------------------------------
 */

static cJSON *summary_of(const struct live_reading *reading)
{
    cJSON *summary = cJSON_CreateObject();
    const struct {
        const char *name;
        double value;
    } numbers[] = {
        {"wording", reading->server.wording},
        {"lower_case_table_names", reading->server.lower_case_table_names},
        {"version", reading->server.version},
        {"databases", (double)reading->database_count},
        {"incomplete_databases", (double)reading->incomplete_database_count},
        {"tables", (double)reading->table_count},
        {"unknown_tables", (double)reading->unknown_table_count},
        {"columns", (double)reading->column_count},
        {"attempts", reading->attempts},
        {"duration_ms", reading->duration_ms},
    };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        (void)cJSON_AddNumberToObject(summary, numbers[i].name, numbers[i].value);
    (void)cJSON_AddStringToObject(summary, "server_version", reading->server_version);
    (void)cJSON_AddStringToObject(summary, "account", reading->account);
    (void)cJSON_AddBoolToObject(summary, "unsettled", reading->unsettled);
    (void)cJSON_AddBoolToObject(summary, "databases_complete",
                                sg_schema_databases_are_complete(reading->schema));
    return summary;
}

static void print_object(cJSON *object)
{
    char *text = cJSON_Print(object);
    (void)puts(text ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(object);
}

static int print_error(const struct sg_error *error)
{
    cJSON *object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "error", error->message);
    print_object(object);
    return 1;
}

static int print_reading(const struct live_reading *reading, struct sg_error *error)
{
    char *snapshot = NULL;
    if (sg_schema_to_json(reading->schema, &snapshot, error) != SG_OK)
        return print_error(error);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "summary", summary_of(reading));
    cJSON_AddItemToObject(object, "schema", cJSON_Parse(snapshot));
    free(snapshot);
    print_object(object);
    return 0;
}

static void *cancel_later(void *argument)
{
    (void)usleep(cancel_after_ms * 1000);
    live_cancel_now(argument);
    return NULL;
}

int main(int count, char **arguments)
{
    struct sg_error error = {.status = SG_OK};
    struct live_reading reading;
    pthread_t canceller;
    for (int i = 1; i < count; i++)
        take_argument(arguments[i]);
    struct live_cancel *cancel = live_cancel_new();
    if (!cancel || live_library_init(&error) != SG_OK)
        return print_error(&error);
    struct probe *probe = options.tls == LIVE_TLS_DISABLED ? NULL : make_probe(&error);
    if (!probe && options.tls != LIVE_TLS_DISABLED)
        return print_error(&error);
    options.find_pin = probe ? find_pin : NULL;
    options.find_pin_argument = probe;
    bool must_cancel =
        cancel_after_ms > 0 && pthread_create(&canceller, NULL, cancel_later, cancel) == 0;
    int code = live_read(&options, cancel, &reading, &error) == SG_OK
                   ? print_reading(&reading, &error)
                   : print_error(&error);
    if (code == 0)
        live_reading_fini(&reading);
    if (must_cancel)
        (void)pthread_join(canceller, NULL);
    live_cancel_free(cancel);
    probe_free(probe);
    live_library_end();
    return code;
}
