/* Adoptions for people and programs: what `schema adopt`, `history` and `show` say. */
#ifndef CLI_HISTORY_REPORT_H
#define CLI_HISTORY_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <schemaguard/arena.h>
#include <schemaguard/diff.h>

#include "sources/history.h"

/* One adoption, and what it changed. */
struct history_view {
    FILE *stream;
    const struct history *history;
    size_t at;                      /* which one */
    const struct sg_schema *schema; /* what was adopted; NULL: only that it was is told */
    const struct sg_diff *changes;  /* against the one before it; NULL: it is the first one */
    const char *answer;             /* JSON of `adopt`: "adopted", "same", "downgrade"; else NULL */
    bool color;
};

/* The adoption at `at` against the one before it. `before` and `diff` are filled where there is
 * one; false with *error set when it cannot be read. */
SG_MUST_CHECK bool history_view_changes(struct history_view *view, struct sg_schema **before_out,
                                        struct sg_arena *arena, struct sg_diff *diff,
                                        struct sg_error *error);

/* What was adopted, without what every server has. */
struct history_holdings {
    size_t databases;
    size_t tables;
    size_t columns;
};
struct history_holdings history_view_holdings(const struct history_view *view);

/* The list, latest first. */
void history_report_list(const struct history *history, FILE *stream, bool color);
void history_report_one(const struct history_view *view);
/* The changes alone, a line that sums up first. */
void history_report_changes(const struct history_view *view);

/* False when memory is out. */
bool history_report_list_json(const struct history *history, FILE *stream);
bool history_report_one_json(const struct history_view *view);

#endif
