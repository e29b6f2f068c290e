/* One input after the other through the engine: what `check` does between its command line and its
 * output. */
#ifndef CLI_CHECK_RUN_H
#define CLI_CHECK_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/catalog.h>
#include <schemaguard/error.h>
#include <schemaguard/schema.h>

#include "cli/check_report.h"
#include "sources/statements.h"

struct check_options {
    const struct sg_server *server;
    struct sg_slice database; /* of sessions that name none; empty: not known */
    uint32_t sql_mode;
    enum statements_input input;
    bool shows_all; /* each finding, also those alike */
    bool shows_unparsed;
    bool shows_progress; /* on standard error */
};

struct check_run; /* heap */

/* All is borrowed until check_run_free. NULL when memory is out. */
struct check_run *check_run_new(const struct check_options *options, struct sg_schema *schema,
                                struct check_output *output, struct check_summary *summary);
void check_run_free(struct check_run *run);

/* Reads one file to its end ("-": standard input). */
SG_MUST_CHECK enum sg_status check_run_file(struct check_run *run, const char *path,
                                            struct sg_error *error);

#endif
