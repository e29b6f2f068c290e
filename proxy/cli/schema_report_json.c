/* Differences as JSON; see schema_report.h and docs/drift.md. */
#include "cli/schema_report_json.h"

#include <stdlib.h>
#include <string.h>

static bool add_text(cJSON *object, const char *field, struct sg_slice text)
{
    char *copy = strndup(text.data ? text.data : "", text.size);
    bool added = copy && cJSON_AddStringToObject(object, field, copy) != NULL;
    free(copy);
    return added;
}

static bool add_some(cJSON *object, const char *field, struct sg_slice text)
{
    return text.size == 0 || add_text(object, field, text);
}

static bool add_difference(cJSON *array, const struct sg_difference *it)
{
    cJSON *item = cJSON_CreateObject();
    if (!item || !cJSON_AddItemToArray(array, item)) {
        cJSON_Delete(item);
        return false;
    }
    return cJSON_AddStringToObject(item, "kind", sg_difference_name(it->kind)) &&
           cJSON_AddBoolToObject(item, "destructive", it->destructive) &&
           add_text(item, "database", it->database) && add_text(item, "table", it->table) &&
           add_some(item, "name", it->name) && add_some(item, "before", it->before) &&
           add_some(item, "after", it->after) && add_some(item, "likely", it->likely);
}

static bool add_counts(cJSON *root, const struct sg_diff *diff)
{
    cJSON *counts = cJSON_AddObjectToObject(root, "counts");
    for (int kind = 0; counts && kind < SG_DIFFERENCE_KINDS; kind++) {
        size_t count = 0;
        for (size_t i = 0; i < diff->count; i++)
            count += (int)diff->differences[i].kind == kind;
        if (count && !cJSON_AddNumberToObject(
                         counts, sg_difference_name((enum sg_difference_kind)kind), (double)count))
            return false;
    }
    return counts != NULL;
}

static bool fill(cJSON *root, const struct schema_report *report)
{
    const struct sg_diff *diff = report->diff;
    if (!cJSON_AddStringToObject(root, "from", report->from) ||
        !cJSON_AddStringToObject(root, "to", report->to) ||
        !cJSON_AddBoolToObject(root, "same", diff->count == 0) ||
        !cJSON_AddNumberToObject(root, "tables_compared", (double)diff->tables_compared) ||
        !cJSON_AddNumberToObject(root, "tables_untold", (double)diff->tables_untold) ||
        !add_counts(root, diff))
        return false;
    cJSON *array = cJSON_AddArrayToObject(root, "differences");
    for (size_t i = 0; array && i < diff->count; i++) {
        if (!add_difference(array, &diff->differences[i]))
            return false;
    }
    return array != NULL;
}

cJSON *schema_report_tree(const struct schema_report *report)
{
    cJSON *root = cJSON_CreateObject();
    if (root && fill(root, report))
        return root;
    cJSON_Delete(root);
    return NULL;
}

bool schema_report_json(const struct schema_report *report)
{
    cJSON *root = schema_report_tree(report);
    char *text = root ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (!text)
        return false;
    fprintf(report->stream, "%s\n", text);
    free(text);
    return true;
}
