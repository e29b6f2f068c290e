/* Adopts a schema; see history.h.
 *
 * Under an exclusive lock on the log:
 *
 *   .adopting    the snapshot, written and synced    ┐ a crash up to here: nothing has happened,
 * the VERSION.json renamed to, the folder synced       │ next writer writes over what is left the
 * log      one line, written                   ┘ the log      synced from here on it is adopted,
 * whatever happens
 *
 * A line that was not written to its end is no record; readers tell it, the next writer takes it
 * away. The lock is the kernel's, so it ends with the process that has it.
 */
#define _GNU_SOURCE /* asprintf */
#include "sources/history_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <schemaguard/detail.h>

#define BESIDE ".adopting"

struct writer {
    const char *folder;
    const struct history_adoption *adoption;
    int directory;
    int log;
    char hash[SG_CONTENT_HASH_SIZE];
    char *version; /* heap */
    bool is_downgrade;
    size_t whole_bytes; /* of the log: what is to be kept */
    bool is_open;       /* the last line lacks its newline */
    struct history_outcome *out;
};

static enum sg_status fail_at(const struct writer *writer, const char *name, struct sg_error *error)
{
    return sg_error_set(error, SG_SYSTEM, "%s/%s: %s", writer->folder, name, strerror(errno));
}

/* --- the folder and its lock --------------------------------------------------------------- */

static enum sg_status sync_parent(const char *folder, struct sg_error *error)
{
    char *above = NULL;
    if (asprintf(&above, "%s/..", folder) < 0)
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    int parent = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = parent >= 0 && fsync(parent) == 0;
    int reason = errno;
    if (parent >= 0)
        (void)close(parent);
    free(above);
    return synced ? SG_OK : sg_error_set(error, SG_SYSTEM, "%s: %s", folder, strerror(reason));
}

/* A history begins in a folder of its own: its files' names are people's, and might be others'. */
static bool holds_other_things(const char *folder)
{
    bool found = false;
    DIR *open = opendir(folder);
    for (const struct dirent *entry = open ? readdir(open) : NULL; entry && !found;
         entry = readdir(open))
        found = entry->d_name[0] != '.' && strncasecmp(entry->d_name, "README", 6) != 0 &&
                strcmp(entry->d_name, HISTORY_LOG) != 0;
    if (open)
        (void)closedir(open);
    return found;
}

static enum sg_status open_folder(struct writer *writer, struct sg_error *error)
{
    bool made = mkdir(writer->folder, 0777) == 0;
    if (!made && errno != EEXIST)
        return sg_error_set(error, SG_SYSTEM, "%s: %s", writer->folder, strerror(errno));
    if (made) {
        enum sg_status status = sync_parent(writer->folder, error);
        if (status != SG_OK)
            return status;
    } else if (!history_is(writer->folder) && holds_other_things(writer->folder) &&
               !history_is(writer->folder)) { /* asked again: another writer may have begun it */
        return sg_error_set(error, SG_INVALID,
                            "%s: not a history, and not empty; a history wants a folder of its own",
                            writer->folder);
    }
    writer->directory = open(writer->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (writer->directory < 0)
        return sg_error_set(error, SG_SYSTEM, "%s: %s", writer->folder, strerror(errno));
    return SG_OK;
}

/* Whether the file that we have locked is still the one of that name: version control and people
 * put new files in place of old ones. */
static bool is_current(const struct writer *writer)
{
    struct stat ours;
    struct stat named;
    return fstat(writer->log, &ours) == 0 &&
           fstatat(writer->directory, HISTORY_LOG, &named, 0) == 0 && ours.st_ino == named.st_ino &&
           ours.st_dev == named.st_dev;
}

static enum sg_status lock_log(struct writer *writer, struct sg_error *error)
{
    uint32_t wait_ms = writer->adoption->wait_ms;
    for (;;) {
        writer->log =
            openat(writer->directory, HISTORY_LOG, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        if (writer->log < 0)
            return fail_at(writer, HISTORY_LOG, error);
        int reason = history_lock(writer->log, LOCK_EX, wait_ms);
        if (reason == EWOULDBLOCK)
            return sg_error_set(error, SG_SYSTEM,
                                "%s: another process is adopting here (waited %" PRIu32
                                " s); nothing was written",
                                writer->folder, wait_ms / 1000);
        if (reason != 0)
            return sg_error_set(error, SG_SYSTEM, "%s/" HISTORY_LOG ": it cannot be locked: %s",
                                writer->folder, strerror(reason));
        if (is_current(writer))
            return SG_OK;
        (void)close(writer->log);
        writer->log = -1;
    }
}

/* --- what to do ---------------------------------------------------------------------------- */

#define NOWHERE SIZE_MAX

static size_t first_with_hash(const struct history *history, const char *hash)
{
    for (size_t i = 0; i < history->count; i++) {
        if (strcmp(history->records[i].hash, hash) == 0)
            return i;
    }
    return NOWHERE;
}

static const struct history_record *named(const struct history *history, const char *version)
{
    for (size_t i = 0; i < history->count; i++) {
        if (strcasecmp(history->records[i].version, version) == 0)
            return &history->records[i];
    }
    return NULL;
}

static bool is_same(const struct writer *writer)
{
    const struct history *history = &writer->out->history;
    const char *version = writer->adoption->version;
    if (history->count == 0)
        return false;
    const struct history_record *latest = &history->records[history->count - 1];
    return strcmp(latest->hash, writer->hash) == 0 &&
           (!version || strcasecmp(version, latest->version) == 0);
}

static enum sg_status choose_version(struct writer *writer, struct sg_error *error)
{
    const char *version = writer->adoption->version;
    const struct history *history = &writer->out->history;
    const struct history_record *taken = version ? named(history, version) : NULL;
    if (taken)
        return sg_error_set(error, SG_INVALID,
                            "%s: version %s is taken: it was adopted %s by %s; name another one",
                            writer->folder, taken->version, taken->when, taken->who);
    if (version)
        writer->version = strdup(version);
    for (size_t number = history->count + 1; !writer->version; number++) {
        if (asprintf(&writer->version, "v%zu", number) < 0) {
            writer->version = NULL;
            break;
        }
        if (!named(history, writer->version))
            break;
        free(writer->version);
        writer->version = NULL;
    }
    return writer->version ? SG_OK : sg_error_set(error, SG_SYSTEM, "out of memory");
}

/* Schemas are as old as their first adoption. */
static enum sg_status decide(struct writer *writer, struct sg_error *error)
{
    const struct history *history = &writer->out->history;
    size_t first = first_with_hash(history, writer->hash);
    if (is_same(writer)) {
        writer->out->answer = HISTORY_SAME;
        writer->out->at = history->count - 1;
        return SG_OK;
    }
    writer->is_downgrade =
        first != NOWHERE &&
        first < first_with_hash(history, history->records[history->count - 1].hash);
    if (writer->is_downgrade && !writer->adoption->allow_downgrade) {
        writer->out->answer = HISTORY_DOWNGRADE;
        writer->out->at = first;
        return SG_OK;
    }
    writer->out->answer = HISTORY_ADOPTED;
    writer->out->at = history->count;
    return choose_version(writer, error);
}

/* --- writing ------------------------------------------------------------------------------- */

static bool write_all(int file, const char *text, size_t size)
{
    for (size_t written = 0; written < size;) {
        ssize_t now = write(file, text + written, size - written);
        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0)
            return false;
        written += (size_t)now;
    }
    return true;
}

static enum sg_status place_snapshot(const struct writer *writer, const char *json,
                                     struct sg_error *error)
{
    char name[256];
    (void)snprintf(name, sizeof name, "%s.json", writer->version);
    int file = openat(writer->directory, BESIDE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool written = file >= 0 && write_all(file, json, strlen(json)) && write_all(file, "\n", 1) &&
                   fsync(file) == 0;
    int reason = errno;
    if (file >= 0)
        written = close(file) == 0 && written;
    if (written && renameat(writer->directory, BESIDE, writer->directory, name) == 0 &&
        fsync(writer->directory) == 0)
        return SG_OK;
    if (written)
        reason = errno;
    (void)unlinkat(writer->directory, BESIDE, 0);
    return sg_error_set(error, SG_SYSTEM, "%s/%s: %s", writer->folder, name, strerror(reason));
}

static enum sg_status write_snapshot(const struct writer *writer, struct sg_error *error)
{
    char *json = NULL;
    const struct sg_snapshot_about about = {.version = writer->version,
                                            .source = writer->adoption->source,
                                            .time = writer->adoption->when};
    enum sg_status status = sg_snapshot_to_json(writer->adoption->schema, &about, &json, error);
    if (status != SG_OK)
        return status;
    status = place_snapshot(writer, json, error);
    free(json);
    return status;
}

/* What a crash has left behind the last whole line goes; so does what could not be written. */
static enum sg_status append_line(struct writer *writer, const char *line, struct sg_error *error)
{
    off_t keep = (off_t)writer->whole_bytes;
    if (ftruncate(writer->log, keep) != 0)
        return fail_at(writer, HISTORY_LOG, error);
    if ((!writer->is_open || write_all(writer->log, "\n", 1)) &&
        write_all(writer->log, line, strlen(line)) && fsync(writer->log) == 0)
        return SG_OK;
    enum sg_status status = fail_at(writer, HISTORY_LOG, error);
    if (ftruncate(writer->log, keep) != 0)
        sg_error_at(error, "the log's last line is incomplete");
    return status;
}

static bool copy_record(const struct writer *writer, struct history_record *out)
{
    const struct history_adoption *from = writer->adoption;
    *out = (struct history_record){
        .version = strdup(writer->version),
        .hash = strdup(writer->hash),
        .who = strdup(from->who ? from->who : ""),
        .when = strdup(from->when ? from->when : ""),
        .source = strdup(from->source ? from->source : ""),
        .note = strdup(from->note ? from->note : ""),
        .downgrade = writer->is_downgrade,
    };
    if (out->version && out->hash && out->who && out->when && out->source && out->note)
        return true;
    history_record_fini(out);
    return false;
}

static enum sg_status log_it(struct writer *writer, struct sg_error *error)
{
    struct history *history = &writer->out->history;
    struct history_record record;
    struct history_record *grown =
        realloc(history->records, (history->count + 1) * sizeof *history->records);
    if (grown)
        history->records = grown;
    if (!grown || !copy_record(writer, &record))
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    char *line = history_line(&record);
    enum sg_status status =
        line ? append_line(writer, line, error) : sg_error_set(error, SG_SYSTEM, "out of memory");
    free(line);
    if (status != SG_OK) {
        history_record_fini(&record);
        return status;
    }
    history->records[history->count++] = record;
    writer->out->taken_away = history->torn_bytes;
    history->torn_bytes = 0;
    return SG_OK;
}

/* --- the door ------------------------------------------------------------------------------ */

static enum sg_status adopt(struct writer *writer, struct sg_error *error)
{
    enum sg_status status = open_folder(writer, error);
    if (status == SG_OK)
        status = lock_log(writer, error);
    if (status == SG_OK)
        status = history_read_log(writer->log, writer->folder, &writer->out->history,
                                  &writer->whole_bytes, &writer->is_open, error);
    if (status == SG_OK)
        status = decide(writer, error);
    if (status != SG_OK || writer->out->answer != HISTORY_ADOPTED)
        return status;
    status = write_snapshot(writer, error);
    return status == SG_OK ? log_it(writer, error) : status;
}

enum sg_status history_adopt(const char *folder, const struct history_adoption *adoption,
                             struct history_outcome *out, struct sg_error *error)
{
    struct writer writer = {
        .folder = folder, .adoption = adoption, .directory = -1, .log = -1, .out = out};
    *out = (struct history_outcome){.answer = HISTORY_SAME};
    if (adoption->version && !history_is_name(adoption->version))
        return sg_error_set(error, SG_INVALID,
                            "a version cannot be called \"%s\": letters, digits and . _ + - only, "
                            "and not \"latest\"",
                            adoption->version);
    if (!sg_schema_content_hash(adoption->schema, writer.hash))
        return sg_error_set(error, SG_SYSTEM, "out of memory");
    enum sg_status status = adopt(&writer, error);
    if (writer.log >= 0)
        (void)close(writer.log); /* the lock ends here */
    if (writer.directory >= 0)
        (void)close(writer.directory);
    free(writer.version);
    if (status != SG_OK)
        history_fini(&out->history);
    return status;
}
