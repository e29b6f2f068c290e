/* Pages of docs/ that are made from a table in the code. For the test programs of this folder. */
#ifndef UNIT_REPORT_DOCUMENT_H
#define UNIT_REPORT_DOCUMENT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Fails unless the page at `path` is what `write` writes; `program` --write would make it so. */
static inline void assert_up_to_date(const char *path, void (*write)(FILE *), const char *program)
{
    char *expected = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&expected, &size);
    write(stream);
    fclose(stream);

    static char found[256 << 10];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t found_size = fread(found, 1, sizeof found - 1, file);
    found[found_size] = '\0';
    fclose(file);
    if (strcmp(expected, found) != 0)
        fail_msg("%s is not up to date; run %s --write", path, program);
    free(expected);
}

#endif
