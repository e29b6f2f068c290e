/* Adoptions as JSON; see history_report.h and docs/history.md. */
#include "cli/history_report.h"

#include <stdlib.h>

#include "cli/schema_report_json.h"

static bool fill_record(cJSON *item, const struct history_record *record)
{
    return cJSON_AddStringToObject(item, "version", record->version) &&
           cJSON_AddStringToObject(item, "hash", record->hash) &&
           cJSON_AddStringToObject(item, "who", record->who) &&
           cJSON_AddStringToObject(item, "when", record->when) &&
           cJSON_AddStringToObject(item, "source", record->source) &&
           cJSON_AddStringToObject(item, "note", record->note) &&
           cJSON_AddBoolToObject(item, "downgrade", record->downgrade);
}

static bool print(cJSON *root, bool filled, FILE *stream)
{
    char *text = filled ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (!text)
        return false;
    fprintf(stream, "%s\n", text);
    free(text);
    return true;
}

static bool fill_list(cJSON *root, const struct history *history)
{
    cJSON *array = NULL;
    if (!cJSON_AddStringToObject(root, "history", history->folder) ||
        (history->count &&
         !cJSON_AddStringToObject(root, "latest", history->records[history->count - 1].version)) ||
        !cJSON_AddNumberToObject(root, "torn_bytes", (double)history->torn_bytes))
        return false;
    array = cJSON_AddArrayToObject(root, "versions");
    for (size_t i = history->count; array && i-- > 0;) {
        cJSON *item = cJSON_CreateObject();
        if (!item || !cJSON_AddItemToArray(array, item) || !fill_record(item, &history->records[i]))
            return false;
    }
    return array != NULL;
}

bool history_report_list_json(const struct history *history, FILE *stream)
{
    cJSON *root = cJSON_CreateObject();
    return print(root, root && fill_list(root, history), stream);
}

static bool fill_changes(cJSON *root, const struct history_view *view)
{
    const struct history_record *record = &view->history->records[view->at];
    if (!view->changes)
        return true;
    const struct schema_report report = {.stream = view->stream,
                                         .diff = view->changes,
                                         .from = record[-1].version,
                                         .to = record->version};
    cJSON *changes = schema_report_tree(&report);
    return changes && cJSON_AddItemToObject(root, "changes", changes);
}

static bool fill_holdings(cJSON *root, const struct history_view *view)
{
    if (!view->schema)
        return true;
    const struct history_holdings sum = history_view_holdings(view);
    return cJSON_AddNumberToObject(root, "tables", (double)sum.tables) &&
           cJSON_AddNumberToObject(root, "columns", (double)sum.columns);
}

static bool fill_one(cJSON *root, const struct history_view *view)
{
    const struct history *history = view->history;
    return (!view->answer || cJSON_AddStringToObject(root, "answer", view->answer)) &&
           cJSON_AddStringToObject(root, "history", history->folder) &&
           cJSON_AddStringToObject(root, "latest", history->records[history->count - 1].version) &&
           fill_record(root, &history->records[view->at]) && fill_holdings(root, view) &&
           fill_changes(root, view);
}

bool history_report_one_json(const struct history_view *view)
{
    cJSON *root = cJSON_CreateObject();
    return print(root, root && fill_one(root, view), view->stream);
}
