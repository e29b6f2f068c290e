/* See readiness.h. */
#include "admin/readiness.h"

#include <cjson/cJSON.h>
#include <stdio.h>

static bool has_schema(const struct readiness *readiness)
{
    return !readiness->has_catalog ||
           (readiness->catalog.generation > 0 &&
            readiness->catalog.age_ms <= readiness->settings->max_schema_age_ms);
}

bool readiness_is_ready(const struct readiness *readiness)
{
    return !readiness->is_draining && has_schema(readiness);
}

/* Why it is not ready. */
static cJSON *reasons_json(const struct readiness *readiness)
{
    cJSON *reasons = cJSON_CreateArray();
    char text[128];

    if (readiness->is_draining)
        (void)cJSON_AddItemToArray(reasons, cJSON_CreateString("the guard is draining"));
    if (has_schema(readiness))
        return reasons;
    if (readiness->catalog.generation == 0)
        snprintf(text, sizeof text, "no schema has been read yet");
    else
        snprintf(text, sizeof text, "the schema is %llu s old, more than max_schema_age",
                 (unsigned long long)(readiness->catalog.age_ms / 1000));
    (void)cJSON_AddItemToArray(reasons, cJSON_CreateString(text));
    return reasons;
}

static cJSON *arming_json(const struct arming_status *arming)
{
    cJSON *object = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(object, "state", arming_state_name(arming->state));
    if (arming->state == ARMING_WAITS) {
        (void)cJSON_AddNumberToObject(object, "statements", (double)arming->clean);
        (void)cJSON_AddNumberToObject(object, "needed", (double)arming->needed);
    }
    if (arming->alarm[0] != '\0')
        (void)cJSON_AddStringToObject(object, "alarm", arming->alarm);
    return object;
}

static cJSON *schema_json(const struct readiness *readiness)
{
    const struct catalog_status *status = &readiness->catalog;
    cJSON *object = cJSON_CreateObject();

    if (!readiness->has_catalog) {
        (void)cJSON_AddStringToObject(object, "state", "none");
        return object;
    }
    (void)cJSON_AddStringToObject(object, "state", catalog_state_name(status->state));
    (void)cJSON_AddNumberToObject(object, "generation", (double)status->generation);
    if (status->generation > 0) {
        (void)cJSON_AddNumberToObject(object, "age_seconds", (double)status->age_ms / 1000);
        (void)cJSON_AddNumberToObject(object, "tables", (double)status->table_count);
        (void)cJSON_AddNumberToObject(object, "columns", (double)status->column_count);
    }
    if (status->last_error[0] != '\0')
        (void)cJSON_AddStringToObject(object, "error", status->last_error);
    return object;
}

char *readiness_to_json(const struct readiness *readiness)
{
    cJSON *root = cJSON_CreateObject();
    char *json;

    (void)cJSON_AddBoolToObject(root, "ready", readiness_is_ready(readiness));
    (void)cJSON_AddItemToObject(root, "reasons", reasons_json(readiness));
    (void)cJSON_AddStringToObject(
        root, "mode", settings_table[SETTING_ID_MODE].choices[readiness->arming.mode].word);
    (void)cJSON_AddItemToObject(root, "arming", arming_json(&readiness->arming));
    (void)cJSON_AddItemToObject(root, "schema", schema_json(readiness));
    json = cJSON_Print(root);
    cJSON_Delete(root);
    return json;
}
