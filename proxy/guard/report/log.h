/* What the guard says about itself: one line each, on standard error, as text or JSON.
 *
 * Any thread may write. Until log_start the lines go out directly; after it a thread of the log's
 * own writes them, so that a slow reader of standard error never holds a worker. What does not fit
 * its bound is dropped, counted (METRIC_LOG_LINES_DROPPED) and said.
 */
#ifndef REPORT_LOG_H
#define REPORT_LOG_H

#include <stdbool.h>

#include <schemaguard/error.h>

#include "config/settings.h"

/* The rooms that speak, as `source` of a line: "tls", "catalog", "session" … A line about one
 * session begins with "session 17: ". Never a secret, never a statement's raw text. */
void log_write(enum log_level level, const char *source, const char *format, ...) SG_PRINTF(3, 4);

#define log_error(source, ...)   log_write(LOG_LEVEL_ERROR, source, __VA_ARGS__)
#define log_warning(source, ...) log_write(LOG_LEVEL_WARNING, source, __VA_ARGS__)
#define log_info(source, ...)    log_write(LOG_LEVEL_INFO, source, __VA_ARGS__)
#define log_debug(source, ...)                                                                     \
    (log_is_on(LOG_LEVEL_DEBUG) ? log_write(LOG_LEVEL_DEBUG, source, __VA_ARGS__) : (void)0)

/* Whether lines of that level are written: ask before work that only serves such a line. */
bool log_is_on(enum log_level level);

/* Level and format from now on. Before other threads run. Without it: info, text. */
void log_configure(enum log_level level, enum log_format format);

/* Hands writing over to a thread. SG_SYSTEM when there can be none; direct writing goes on then. */
SG_MUST_CHECK enum sg_status log_start(struct sg_error *error);

/* Writes out what is queued, ends the thread and goes back to direct writing. */
void log_stop(void);

#endif
