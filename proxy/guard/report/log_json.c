#include "report/log_json.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "report/utf8.h"

#define MEMORY_BYTES ((size_t)64 * 1024)

static cJSON *make_line(const char *timestamp, const char *level, const char *source,
                        const char *message)
{
    cJSON *line = cJSON_CreateObject();
    if (cJSON_AddStringToObject(line, "timestamp", timestamp) != NULL &&
        cJSON_AddStringToObject(line, "level", level) != NULL &&
        cJSON_AddStringToObject(line, "source", source) != NULL &&
        cJSON_AddStringToObject(line, "message", message) != NULL)
        return line;
    cJSON_Delete(line);
    return NULL;
}

char *log_line_to_json(const char *timestamp, const char *level, const char *source,
                       const char *message)
{
    struct sg_arena arena;
    sg_arena_init(&arena, MEMORY_BYTES);
    char *json = NULL;
    const char *clean = utf8_clean(sg_slice_of(message), SIZE_MAX, &arena);
    if (clean != NULL) {
        cJSON *line = make_line(timestamp, level, source, clean);
        if (line != NULL)
            json = cJSON_PrintUnformatted(line);
        cJSON_Delete(line);
    }
    sg_arena_fini(&arena);
    return json;
}
