/* Between history.c, which reads, and history_adopt.c, which writes. */
#ifndef SOURCES_HISTORY_PRIVATE_H
#define SOURCES_HISTORY_PRIVATE_H

#include "sources/history.h"

/* Reads the log that `log` is open on, from its beginning. *whole_out: how many bytes of it are
 * whole lines; *open_out: the last of them has no newline yet, though it says all it has to. */
SG_MUST_CHECK enum sg_status history_read_log(int log, const char *folder, struct history *out,
                                              size_t *whole_out, bool *open_out,
                                              struct sg_error *error);

/* Takes the lock (LOCK_SH or LOCK_EX) within `wait_ms`. 0, or errno's number for why not:
 * EWOULDBLOCK, another process has it. */
int history_lock(int log, int operation, uint32_t wait_ms);

/* Whether a version can be called that: it becomes a file's name. */
bool history_is_name(const char *version);

#endif
