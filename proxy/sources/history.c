/* Reads what was adopted; see history.h. Writing is history_adopt.c's.
 *
 * A log is read under a shared lock, so that a line without an end was broken off, and is not being
 * written. Where a writer keeps the lock for long, it is read without: whole lines do not change.
 */
#define _GNU_SOURCE /* memrchr, asprintf */
#include "sources/history_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <schemaguard/detail.h>

#define LOG_MAX_BYTES      ((size_t)256 << 20)
#define SNAPSHOT_MAX_BYTES ((size_t)1 << 30)
#define NAME_MAX_BYTES     100
#define READER_WAIT_MS     2000
#define LOCK_STEP_MS       10

static enum sg_status out_of_memory(struct sg_error *error)
{
    return sg_error_set(error, SG_SYSTEM, "out of memory");
}

bool history_is(const char *folder)
{
    char *path = NULL;
    struct stat about;
    if (asprintf(&path, "%s/" HISTORY_LOG, folder) < 0)
        return false;
    bool found = stat(path, &about) == 0 && S_ISREG(about.st_mode);
    free(path);
    return found;
}

bool history_is_name(const char *version)
{
    size_t size = strlen(version);
    if (size == 0 || size > NAME_MAX_BYTES || version[0] == '.' || version[0] == '-' ||
        strcasecmp(version, HISTORY_LATEST) == 0)
        return false;
    return strspn(version, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-") ==
           size;
}

/* --- locks --------------------------------------------------------------------------------- */

static uint64_t clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int history_lock(int log, int operation, uint32_t wait_ms)
{
    const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000L};
    uint64_t end = clock_ms() + wait_ms;
    while (flock(log, operation | LOCK_NB) != 0) {
        int reason = errno;
        if ((reason != EWOULDBLOCK && reason != EINTR) || clock_ms() >= end)
            return reason;
        (void)nanosleep(&step, NULL);
    }
    return 0;
}

/* --- the log ------------------------------------------------------------------------------- */

/* Heap, with a NUL behind it. */
static enum sg_status read_whole(int file, const char *name, size_t limit, char **text_out,
                                 size_t *size_out, struct sg_error *error)
{
    struct stat about;
    size_t used = 0;
    if (fstat(file, &about) != 0)
        return sg_error_set(error, SG_SYSTEM, "%s: %s", name, strerror(errno));
    size_t size = (size_t)about.st_size;
    char *text = size < limit ? malloc(size + 1) : NULL;
    while (text && used < size) {
        ssize_t got = pread(file, text + used, size - used, (off_t)used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    if (!text || used < size) {
        free(text);
        return sg_error_set(error, SG_SYSTEM, "%s: cannot be read, or is too large", name);
    }
    text[used] = '\0';
    *text_out = text;
    *size_out = used;
    return SG_OK;
}

static enum sg_status append(struct history *history, const struct history_record *record,
                             struct sg_error *error)
{
    struct history_record *grown =
        realloc(history->records, (history->count + 1) * sizeof *history->records);
    if (!grown)
        return out_of_memory(error);
    history->records = grown;
    history->records[history->count++] = *record;
    return SG_OK;
}

static bool is_blank(const char *line, size_t size)
{
    return strspn(line, " \t\r") >= size;
}

/* One line with its newline. */
static enum sg_status take_line(const char *line, size_t size, size_t number, struct history *out,
                                struct sg_error *error)
{
    struct history_record record;
    if (is_blank(line, size - 1))
        return SG_OK;
    if (!history_line_read(line, size - 1, &record))
        return sg_error_set(error, SG_INVALID,
                            "%s/" HISTORY_LOG ":%zu: no record of an adoption; the log is only "
                            "appended to, restore it from a copy or from version control",
                            out->folder, number);
    enum sg_status status = append(out, &record, error);
    if (status != SG_OK)
        history_record_fini(&record);
    return status;
}

/* What has no newline behind it: all of a line but that (an editor took it), or a part of one. */
static enum sg_status take_rest(const char *rest, size_t size, struct history *out,
                                size_t *whole_out, bool *open_out, struct sg_error *error)
{
    struct history_record record;
    if (size == 0)
        return SG_OK;
    if (!history_line_read(rest, size, &record)) {
        out->torn_bytes = size;
        return SG_OK;
    }
    enum sg_status status = append(out, &record, error);
    if (status != SG_OK) {
        history_record_fini(&record);
        return status;
    }
    *whole_out += size;
    *open_out = true;
    return SG_OK;
}

enum sg_status history_read_log(int log, const char *folder, struct history *out, size_t *whole_out,
                                bool *open_out, struct sg_error *error)
{
    char *text = NULL;
    size_t size = 0;
    size_t number = 1;
    *out = (struct history){.folder = strdup(folder)};
    *whole_out = 0;
    *open_out = false;
    enum sg_status status = out->folder ? SG_OK : out_of_memory(error);
    if (status == SG_OK)
        status = read_whole(log, folder, LOG_MAX_BYTES, &text, &size, error);
    while (status == SG_OK && *whole_out < size) {
        const char *line = text + *whole_out;
        const char *newline = memchr(line, '\n', size - *whole_out);
        if (!newline)
            break;
        status = take_line(line, (size_t)(newline - line) + 1, number++, out, error);
        *whole_out += (size_t)(newline - line) + 1;
    }
    if (status == SG_OK)
        status = take_rest(text + *whole_out, size - *whole_out, out, whole_out, open_out, error);
    free(text);
    if (status != SG_OK)
        history_fini(out);
    return status;
}

enum sg_status history_read(const char *folder, struct history *out, struct sg_error *error)
{
    char *path = NULL;
    size_t whole;
    bool open_end;
    if (asprintf(&path, "%s/" HISTORY_LOG, folder) < 0)
        return out_of_memory(error);
    int log = open(path, O_RDONLY | O_CLOEXEC);
    int reason = errno;
    free(path);
    if (log < 0 && reason == ENOENT)
        return sg_error_set(error, SG_INVALID,
                            "%s: no history is here (there is no " HISTORY_LOG
                            "); schemaguard schema adopt begins one",
                            folder);
    if (log < 0)
        return sg_error_set(error, SG_SYSTEM, "%s/" HISTORY_LOG ": %s", folder, strerror(reason));
    (void)history_lock(log, LOCK_SH, READER_WAIT_MS);
    enum sg_status status = history_read_log(log, folder, out, &whole, &open_end, error);
    (void)close(log);
    return status;
}

void history_fini(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        history_record_fini(&history->records[i]);
    free(history->records);
    free(history->folder);
    *history = (struct history){.folder = NULL};
}

/* --- looking up ---------------------------------------------------------------------------- */

const struct history_record *history_find(const struct history *history, const char *version,
                                          struct sg_error *error)
{
    const struct history_record *found = NULL;
    const char *name = version[0] == '@' ? version + 1 : version;
    if (history->count == 0) {
        (void)sg_error_set(error, SG_INVALID, "%s: nothing has been adopted yet", history->folder);
        return NULL;
    }
    if (strcasecmp(name, HISTORY_LATEST) == 0)
        name = history->records[history->count - 1].version;
    for (size_t i = 0; i < history->count; i++) {
        if (strcasecmp(history->records[i].version, name) != 0)
            continue;
        if (found) {
            (void)sg_error_set(error, SG_INVALID,
                               "%s/" HISTORY_LOG
                               ": version %s stands there twice (two branches, merged?); "
                               "keep one of them and adopt the other anew",
                               history->folder, name);
            return NULL;
        }
        found = &history->records[i];
    }
    if (!found)
        (void)sg_error_set(error, SG_INVALID, "%s: there is no version %s; the latest is %s",
                           history->folder, name, history->records[history->count - 1].version);
    return found;
}

static enum sg_status check_hash(const struct sg_schema *schema,
                                 const struct history_record *record, const char *path,
                                 struct sg_error *error)
{
    char hash[SG_CONTENT_HASH_SIZE];
    if (!sg_schema_content_hash(schema, hash))
        return out_of_memory(error);
    if (strcmp(hash, record->hash) == 0)
        return SG_OK;
    return sg_error_set(error, SG_INVALID,
                        "%s: not what was adopted as %s: its content has the hash %.8s, the log "
                        "says %.8s; restore it from a copy or from version control",
                        path, record->version, hash, record->hash);
}

static enum sg_status load(const char *path, const struct history_record *record,
                           struct sg_schema **schema_out, struct sg_error *error)
{
    char *text = NULL;
    size_t size = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return sg_error_set(error, SG_SYSTEM, "%s: %s", path, strerror(errno));
    enum sg_status status = read_whole(file, path, SNAPSHOT_MAX_BYTES, &text, &size, error);
    (void)close(file);
    if (status != SG_OK)
        return status;
    status = sg_schema_from_json(sg_slice_make(text, size), path, schema_out, error);
    free(text);
    if (status != SG_OK)
        return status;
    status = check_hash(*schema_out, record, path, error);
    if (status != SG_OK) {
        sg_schema_release(*schema_out);
        *schema_out = NULL;
    }
    return status;
}

enum sg_status history_load(const struct history *history, const struct history_record *record,
                            struct sg_schema **schema_out, struct sg_error *error)
{
    char *path = NULL;
    if (!history_is_name(record->version))
        return sg_error_set(error, SG_INVALID,
                            "%s/" HISTORY_LOG ": a version cannot be called \"%s\"",
                            history->folder, record->version);
    if (asprintf(&path, "%s/%s.json", history->folder, record->version) < 0)
        return out_of_memory(error);
    enum sg_status status = load(path, record, schema_out, error);
    free(path);
    return status;
}

enum sg_status history_schema(const char *folder, const char *name, struct sg_schema **schema_out,
                              char **version_out, struct sg_error *error)
{
    struct history history;
    enum sg_status status = history_read(folder, &history, error);
    if (status != SG_OK)
        return status;
    const struct history_record *record = history_find(&history, name, error);
    status = record ? history_load(&history, record, schema_out, error) : SG_INVALID;
    *version_out = status == SG_OK ? strdup(record->version) : NULL;
    history_fini(&history);
    return status;
}
