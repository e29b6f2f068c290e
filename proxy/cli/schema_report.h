/* Differences for people and programs. */
#ifndef CLI_SCHEMA_REPORT_H
#define CLI_SCHEMA_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <schemaguard/diff.h>

struct schema_report {
    FILE *stream;
    const struct sg_diff *diff;
    const char *from; /* what the sources are called; URLs without their passwords */
    const char *to;
    bool color;
};

/* "2 new tables: user_sessions, audit_logs; 1 missing column: users.name", on one line. */
void schema_report_summary(const struct schema_report *report);

void schema_report_text(const struct schema_report *report);
void schema_report_markdown(const struct schema_report *report);
void schema_report_html(const struct schema_report *report);
/* False when memory is out. */
bool schema_report_json(const struct schema_report *report);

/* For people: on a terminal that wants it (NO_COLOR, TERM). */
bool schema_report_wants_color(FILE *stream);

/* Text without what would move a terminal. */
void schema_report_put(FILE *stream, struct sg_slice text);

/* A source's name without a password in it. Heap; NULL when memory is out. */
char *schema_report_name(const char *source);

#endif
