/* The log: from a format and its arguments to one line on standard error.
 *
 * Any thread comes in; lines go to a sink with a thread of its own once log_start was called, and
 * straight to the descriptor before and after. A line is cut at LINE_MAX_BYTES.
 */
#include "report/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/clock.h"
#include "report/log_json.h"
#include "report/sink.h"

#define MESSAGE_MAX_BYTES 8192
#define LINE_MAX_BYTES    (MESSAGE_MAX_BYTES + 256)
#define QUEUE_MAX_BYTES   ((size_t)1 << 20)
#define FLUSH_MS          2000

/* Configured before other threads run, then only read. */
static enum log_level least_important = LOG_LEVEL_INFO;
static enum log_format line_format = LOG_FORMAT_TEXT;
static bool is_coloured;

/* NULL: lines go out directly. The lock keeps log_stop from taking it away under a writer. */
static struct sink *queue;
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;

void log_configure(enum log_level level, enum log_format format)
{
    least_important = level;
    line_format = format;
    is_coloured = isatty(STDERR_FILENO) == 1 && getenv("NO_COLOR") == NULL;
}

bool log_is_on(enum log_level level)
{
    return level <= least_important;
}

static const char *level_word(enum log_level level)
{
    return settings_table[SETTING_ID_LOG_LEVEL].choices[level].word;
}

static const char *level_colour(enum log_level level)
{
    switch (level) {
    case LOG_LEVEL_ERROR:
        return "\033[31m";
    case LOG_LEVEL_WARNING:
        return "\033[33m";
    case LOG_LEVEL_INFO:
        return "\033[32m";
    case LOG_LEVEL_DEBUG:
        return "\033[2m";
    }
    return "";
}

/* What servers and clients say ends up in messages: it may break neither the line nor a terminal.
 */
static void take_controls_out(char *message)
{
    for (; *message != '\0'; message++) {
        if ((unsigned char)*message < ' ' || *message == 0x7F)
            *message = ' ';
    }
}

static void write_directly(const char *line, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, line, size);
        if (written <= 0)
            return; /* nobody is left to be told */
        line += written;
        size -= (size_t)written;
    }
}

/* `line` has room for a line end after its `size` bytes. */
static void put_out(char *line, size_t size)
{
    pthread_mutex_lock(&queue_lock);
    bool is_queued = queue != NULL;
    if (is_queued)
        sink_write(queue, sg_slice_make(line, size));
    pthread_mutex_unlock(&queue_lock);
    if (is_queued)
        return;
    line[size] = '\n';
    write_directly(line, size + 1);
}

static void write_text(const char *timestamp, enum log_level level, const char *source,
                       const char *message)
{
    char line[LINE_MAX_BYTES + 1];
    int size = snprintf(line, LINE_MAX_BYTES, "%s %s%-7s%s %s: %s", timestamp,
                        is_coloured ? level_colour(level) : "", level_word(level),
                        is_coloured ? "\033[0m" : "", source, message);
    if (size >= LINE_MAX_BYTES)
        size = LINE_MAX_BYTES - 1;
    if (size > 0)
        put_out(line, (size_t)size);
}

/* False: memory was out. */
static bool write_json(const char *timestamp, enum log_level level, const char *source,
                       const char *message)
{
    char *json = log_line_to_json(timestamp, level_word(level), source, message);
    if (json == NULL)
        return false;
    put_out(json, strlen(json)); /* a line end may take the place of the NUL */
    free(json);
    return true;
}

void log_write(enum log_level level, const char *source, const char *format, ...)
{
    if (!log_is_on(level))
        return;
    char message[MESSAGE_MAX_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);

    char timestamp[CLOCK_TEXT_MAX];
    clock_text(clock_now_us(), 3, timestamp);
    if (line_format == LOG_FORMAT_JSON && write_json(timestamp, level, source, message))
        return;
    take_controls_out(message);
    write_text(timestamp, level, source, message);
}

static struct sink *exchange_queue(struct sink *sink)
{
    pthread_mutex_lock(&queue_lock);
    struct sink *before = queue;
    queue = sink;
    pthread_mutex_unlock(&queue_lock);
    return before;
}

enum sg_status log_start(struct sg_error *error)
{
    struct sink *sink = NULL;
    enum sg_status status = sink_open_descriptor(STDERR_FILENO, "standard error", QUEUE_MAX_BYTES,
                                                 METRIC_LOG_LINES_DROPPED, &sink, error);
    if (status == SG_OK)
        exchange_queue(sink);
    return status;
}

void log_stop(void)
{
    sink_close(exchange_queue(NULL), FLUSH_MS);
}
