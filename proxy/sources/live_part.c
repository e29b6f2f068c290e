/* See live_part.h. Names are compared by the server alone, in its own collation. */
#define _GNU_SOURCE /* open_memstream */
#include "sources/live_part.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static void put_quoted(FILE *out, MYSQL *mysql, struct sg_slice text)
{
    char *escaped = malloc(2 * text.size + 1);
    if (!escaped)
        return;
    unsigned long size =
        mysql_real_escape_string(mysql, escaped, text.data, (unsigned long)text.size);
    (void)fprintf(out, "'%.*s'", (int)size, escaped);
    free(escaped);
}

static bool is_excepted(const struct live_part *part, struct sg_slice database)
{
    for (size_t i = 0; i < part->except_count; i++) {
        if (sg_slice_equal(part->except[i], database))
            return true;
    }
    return false;
}

static void put_databases(FILE *out, const struct live_part *part,
                          const struct live_options *options, MYSQL *mysql, const char *column)
{
    if (options->databases) {
        (void)fprintf(out, " WHERE %s IN ('information_schema'", column);
        for (size_t i = 0; i < options->database_count; i++) {
            struct sg_slice name = sg_slice_of(options->databases[i]);
            if (is_excepted(part, name))
                continue;
            (void)fputs(", ", out);
            put_quoted(out, mysql, name);
        }
        (void)fputs(")", out);
    } else if (part->except_count > 0) {
        (void)fprintf(out, " WHERE %s NOT IN (", column);
        for (size_t i = 0; i < part->except_count; i++) {
            (void)fputs(i > 0 ? ", " : "", out);
            put_quoted(out, mysql, part->except[i]);
        }
        (void)fputs(")", out);
    }
}

static void put_tables(FILE *out, const struct live_part *part, MYSQL *mysql, const char *column)
{
    (void)fprintf(out, " WHERE %s = ", column);
    put_quoted(out, mysql, part->database);
    if (part->table.size) {
        (void)fputs(" AND TABLE_NAME = ", out);
        put_quoted(out, mysql, part->table);
    }
    if (part->from.size) {
        (void)fputs(" AND TABLE_NAME >= ", out);
        put_quoted(out, mysql, part->from);
    }
    if (part->below.size) {
        (void)fputs(" AND TABLE_NAME < ", out);
        put_quoted(out, mysql, part->below);
    }
}

char *live_part_where(const struct live_part *part, const struct live_options *options,
                      MYSQL *mysql, const char *column)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    if (part->database.size)
        put_tables(out, part, mysql, column);
    else
        put_databases(out, part, options, mysql, column);
    bool is_whole = !ferror(out);
    if (fclose(out) == 0 && is_whole)
        return text;
    free(text);
    return NULL;
}
