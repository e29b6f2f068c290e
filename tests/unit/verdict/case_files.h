/* The files of tests/cases. For the test programs of this folder. */
#ifndef UNIT_VERDICT_CASE_FILES_H
#define UNIT_VERDICT_CASE_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <schemaguard/schema.h>

#define FOLDER SCHEMAGUARD_SOURCE_DIR "/tests/cases"

/* The whole file, NUL-terminated; the caller frees. */
static inline char *read_file(const char *path, size_t *size_out)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *text = malloc(size + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, size, file), size);
    text[size] = '\0';
    fclose(file);
    *size_out = size;
    return text;
}

/* The snapshot schema.NAME.json; the caller releases. */
static inline struct sg_schema *load_schema(const char *name)
{
    struct sg_schema *schema = NULL;
    struct sg_error error = {0};
    char path[512];
    size_t size;
    snprintf(path, sizeof path, FOLDER "/schema.%s.json", name);
    char *json = read_file(path, &size);
    if (sg_schema_from_json(sg_slice_make(json, size), path, &schema, &error) != SG_OK)
        fail_msg("%s", error.message);
    free(json);
    return schema;
}

#endif
