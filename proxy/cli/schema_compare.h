/* Two sources read and compared: what `schema diff`, `verify` and `plan` begin with. */
#ifndef CLI_SCHEMA_COMPARE_H
#define CLI_SCHEMA_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include <schemaguard/arena.h>
#include <schemaguard/diff.h>

#include "cli/schema_choice.h"

struct schema_compare {
    /* given */
    struct schema_choice choice; /* the account, --database, --flavour, --quiet */
    const char *command;         /* for messages: "schema diff" */
    const char *names[2];        /* from, to */
    const char *ignore;          /* patterns, separated by commas; NULL */
    bool all;                    /* the tables of migration tools too */

    /* made */
    struct source_schema sources[2];
    struct sg_arena arena;
    struct sg_diff diff;
};

#define SCHEMA_COMPARE_SPECS (SCHEMA_CHOICE_SPECS + 2)

/* Fills SCHEMA_COMPARE_SPECS specs for options_read. */
void schema_compare_specs(struct schema_compare *compare, struct option_spec *specs);
void schema_compare_help(FILE *stream);

/* Reads one source (0: from, 1: to) anew. False after saying on standard error what is wrong,
 * unless `error` is given: then it has the words. `migration_limit`: of a folder of migrations this
 * many files alone; SIZE_MAX: all. */
bool schema_compare_read(struct schema_compare *compare, int side, size_t migration_limit,
                         struct sg_error *error);

/* Both, what names its server first: a script is read as that server would read it. */
bool schema_compare_read_both(struct schema_compare *compare);

/* What a side is called in reports: without a password, with its version where it comes from a
 * history. Heap; NULL when memory is out. */
char *schema_compare_name(const struct schema_compare *compare, int side);

/* Compares what has been read. False after saying what is wrong. */
bool schema_compare_run(struct schema_compare *compare);
void schema_compare_fini(struct schema_compare *compare);

#endif
