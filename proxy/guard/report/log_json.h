/* A log line as JSON. */
#ifndef REPORT_LOG_JSON_H
#define REPORT_LOG_JSON_H

/* {"timestamp":…,"level":…,"source":…,"message":…}, NUL-terminated, without a line end; the caller
 * frees it. NULL: memory was out. `message` may be any bytes. */
char *log_line_to_json(const char *timestamp, const char *level, const char *source,
                       const char *message);

#endif
