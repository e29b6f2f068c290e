/* A line of a history's log: JSON and back; see history.h. */
#include "sources/history.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#define FORMAT 1

static cJSON *fill(const struct history_record *record)
{
    cJSON *root = cJSON_CreateObject();
    if (root && cJSON_AddNumberToObject(root, "format", FORMAT) &&
        cJSON_AddStringToObject(root, "version", record->version) &&
        cJSON_AddStringToObject(root, "hash", record->hash) &&
        cJSON_AddStringToObject(root, "who", record->who) &&
        cJSON_AddStringToObject(root, "when", record->when) &&
        cJSON_AddStringToObject(root, "source", record->source) &&
        cJSON_AddStringToObject(root, "note", record->note) &&
        (!record->downgrade || cJSON_AddTrueToObject(root, "downgrade")))
        return root;
    cJSON_Delete(root);
    return NULL;
}

char *history_line(const struct history_record *record)
{
    cJSON *root = fill(record);
    char *text = root ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    size_t size = text ? strlen(text) : 0;
    char *line = text ? realloc(text, size + 2) : NULL;
    if (!line) {
        free(text);
        return NULL;
    }
    line[size] = '\n';
    line[size + 1] = '\0';
    return line;
}

static char *take(const cJSON *root, const char *field)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, field));
    return strdup(text ? text : "");
}

static bool is_record(const cJSON *root)
{
    const cJSON *format = cJSON_GetObjectItemCaseSensitive(root, "format");
    const char *version = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "version"));
    const char *hash = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "hash"));
    return cJSON_IsNumber(format) && cJSON_GetNumberValue(format) == FORMAT && version &&
           *version && hash && *hash;
}

bool history_line_read(const char *line, size_t size, struct history_record *out)
{
    const char *end = NULL;
    cJSON *root = cJSON_ParseWithLengthOpts(line, size, &end, false);
    *out = (struct history_record){.version = NULL};
    while (root && end < line + size && (*end == ' ' || *end == '\r' || *end == '\t'))
        end++;
    if (!root || end != line + size || !is_record(root)) {
        cJSON_Delete(root);
        return false;
    }
    *out = (struct history_record){
        .version = take(root, "version"),
        .hash = take(root, "hash"),
        .who = take(root, "who"),
        .when = take(root, "when"),
        .source = take(root, "source"),
        .note = take(root, "note"),
        .downgrade = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(root, "downgrade")),
    };
    cJSON_Delete(root);
    if (out->version && out->hash && out->who && out->when && out->source && out->note)
        return true;
    history_record_fini(out);
    return false;
}

void history_record_fini(struct history_record *record)
{
    free(record->version);
    free(record->hash);
    free(record->who);
    free(record->when);
    free(record->source);
    free(record->note);
    *record = (struct history_record){.version = NULL};
}
