/* Lines to a file or a pipe, written by a thread of the sink's own.
 *
 * Writers hand over whole lines and never wait. The queue is bounded; a line that does not fit, or
 * that could not be written, is lost, counted, and told once the sink is well again.
 */
#ifndef REPORT_SINK_H
#define REPORT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "report/metrics.h"

struct sink;

/* path          a file to append to (made with mode 0640), or "-" for standard output
 * limit_bytes   of lines that wait; memory is only taken while they do
 * dropped       the metric that counts lost lines
 * returns       SG_OK with *sink_out set; SG_SYSTEM when the file cannot be opened
 */
SG_MUST_CHECK enum sg_status sink_open(const char *path, size_t limit_bytes, enum metric dropped,
                                       struct sink **sink_out, struct sg_error *error);

/* As above for a descriptor that stays the caller's; `name` is what messages call it. */
SG_MUST_CHECK enum sg_status sink_open_descriptor(int descriptor, const char *name,
                                                  size_t limit_bytes, enum metric dropped,
                                                  struct sink **sink_out, struct sg_error *error);

/* Queues one line; the line end is added. Any thread; copies, never waits. False: lost. */
bool sink_write(struct sink *sink, struct sg_slice line);

/* Opens the file again by its path, for log rotation; what was queued before goes to the old one.
 * Any thread, returns at once. When the path cannot be opened the old file stays in use, and the
 * log says so. Without effect on descriptors. */
void sink_reopen(struct sink *sink);

/* Writes out what is queued, for at most `timeout_ms`, then ends the thread and frees the sink.
 * Nobody may write any more. NULL is fine. */
void sink_close(struct sink *sink, uint64_t timeout_ms);

#endif
