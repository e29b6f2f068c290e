/* What `check` has to say, and the forms in which it says it. */
#ifndef CLI_CHECK_REPORT_H
#define CLI_CHECK_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <schemaguard/check.h>

/* One name that is not there, or (reference NULL) one statement that was not understood. Borrowed
 * for the call. */
struct check_finding {
    const char *file;
    uint64_t line;   /* of the name in the file, from 1 */
    uint64_t column; /* characters, from 1; 0 = the file's lines are not the statement's (JSON) */
    uint64_t end_line;
    uint64_t end_column; /* behind its last character */
    uint64_t connection; /* 0 = none */
    struct sg_slice database;
    struct sg_slice text; /* the statement */
    size_t offset;        /* of the name in it */
    size_t size;
    const struct sg_reference *reference;
    bool is_warning;    /* the reference is no name that is missing */
    const char *reason; /* without a reference: what stopped the reading */
    uint64_t digest;
    struct sg_slice digest_text;
};

struct check_summary {
    uint64_t statements;
    uint64_t mismatches;       /* statements with at least one name that is not there */
    uint64_t names;            /* such names */
    uint64_t shown;            /* of these, those that were written out */
    uint64_t distinct;         /* of these, by digest and name; counted up to a bound */
    uint64_t warnings;         /* statements that the server refuses for another reason */
    uint64_t unparsed;         /* statements that were not understood */
    uint64_t too_long;         /* and those that were passed over for their length */
    uint64_t skipped_commands; /* lines of a script that are the client's business */
    uint64_t schema_changes;   /* statements that changed the schema for those after them */
    uint64_t forgotten;        /* connections whose state was lost: too many at once */
    uint64_t files;
    uint64_t bytes;
    double seconds;
    bool is_complete; /* no file broke off */
};

enum check_format { CHECK_TEXT, CHECK_JSON, CHECK_SARIF, CHECK_SUMMARY };

struct check_output {
    FILE *stream;
    enum check_format format;
    bool color;
    uint64_t written;   /* findings so far */
    const char *schema; /* its name, as given */
    const struct sg_server *server;
};

void check_output_begin(struct check_output *output);
void check_output_finding(struct check_output *output, const struct check_finding *finding);
void check_output_end(struct check_output *output, const struct check_summary *summary);

/* check_text.c */
void check_text_finding(struct check_output *output, const struct check_finding *finding);
void check_text_summary(struct check_output *output, const struct check_summary *summary);

/* check_json.c: the document is written piece by piece, so that it may be larger than memory. */
void check_json_begin(struct check_output *output);
void check_json_finding(struct check_output *output, const struct check_finding *finding);
void check_json_end(struct check_output *output, const struct check_summary *summary);
void check_sarif_begin(struct check_output *output);
void check_sarif_finding(struct check_output *output, const struct check_finding *finding);
void check_sarif_end(struct check_output *output, const struct check_summary *summary);

#endif
