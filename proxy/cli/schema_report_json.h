/* Differences as a tree of JSON: for reports that hold them among other things. */
#ifndef CLI_SCHEMA_REPORT_JSON_H
#define CLI_SCHEMA_REPORT_JSON_H

#include <cjson/cJSON.h>

#include "cli/schema_report.h"

/* For cJSON_Delete; NULL when memory is out. */
cJSON *schema_report_tree(const struct schema_report *report);

#endif
