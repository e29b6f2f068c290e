/* See exceptions.h. */
#define _GNU_SOURCE /* timegm */
#include "policy/exceptions.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <schemaguard/arena.h>

#define MEMORY_BYTES (16u * 1024u * 1024u)
#define DAY_S        86400

struct exceptions {
    struct sg_arena arena;
    struct exception *items;
    size_t count;
    size_t capacity;
    atomic_uint references;
};

const char *exception_kind_name(enum exception_kind kind)
{
    switch (kind) {
    case EXCEPTION_DIGEST:
        return "digest";
    case EXCEPTION_TABLE:
        return "table";
    case EXCEPTION_COLUMN:
        return "column";
    }
    return "unknown";
}

/* --- life ------------------------------------------------------------------------------------ */

struct exceptions *exceptions_retain(struct exceptions *exceptions)
{
    if (exceptions)
        atomic_fetch_add_explicit(&exceptions->references, 1, memory_order_relaxed);
    return exceptions;
}

void exceptions_release(struct exceptions *exceptions)
{
    if (!exceptions ||
        atomic_fetch_sub_explicit(&exceptions->references, 1, memory_order_acq_rel) != 1)
        return;
    sg_arena_fini(&exceptions->arena);
    free(exceptions->items);
    free(exceptions);
}

size_t exceptions_count(const struct exceptions *exceptions)
{
    return exceptions->count;
}

const struct exception *exceptions_at(const struct exceptions *exceptions, size_t index)
{
    return &exceptions->items[index];
}

static struct exception *add(struct exceptions *exceptions)
{
    if (exceptions->count == exceptions->capacity) {
        size_t capacity = exceptions->capacity ? exceptions->capacity * 2 : 16;
        struct exception *items = realloc(exceptions->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        exceptions->items = items;
        exceptions->capacity = capacity;
    }
    exceptions->items[exceptions->count] = (struct exception){0};
    return &exceptions->items[exceptions->count++];
}

/* --- reading --------------------------------------------------------------------------------- */

/* Takes the next word off the line; empty at its end. */
static struct sg_slice next_word(char **line)
{
    char *start = *line + strspn(*line, " \t");
    size_t size = strcspn(start, " \t");

    *line = start + size;
    return sg_slice_make(start, size);
}

static bool is_word(struct sg_slice word, const char *text)
{
    return word.size == strlen(text) && strncasecmp(word.data, text, word.size) == 0;
}

static bool read_digest(struct sg_slice word, uint64_t *digest_out)
{
    char text[17];

    if (word.size != 16)
        return false;
    memcpy(text, word.data, 16);
    text[16] = '\0';
    return strspn(text, "0123456789abcdefABCDEF") == 16 &&
           sscanf(text, "%" SCNx64, digest_out) == 1;
}

/* "2026-12-31": to the end of that day, UTC; "2026-12-31T18:00:00Z": to that second. */
static bool read_until(struct sg_slice word, int64_t *until_out)
{
    struct tm tm = {0};
    struct tm as_written;
    char text[24];
    int used = 0;
    bool is_day;

    if (word.size == 0 || word.size >= sizeof text)
        return false;
    memcpy(text, word.data, word.size);
    text[word.size] = '\0';
    is_day = sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) == 3 &&
             text[used] == '\0';
    if (!is_day && (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                           &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 6 ||
                    (size_t)used != word.size))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    as_written = tm;
    *until_out = timegm(&tm) + (is_day ? DAY_S : 0);
    /* The 31st of February became the 3rd of March. */
    return tm.tm_mday == as_written.tm_mday && tm.tm_mon == as_written.tm_mon &&
           tm.tm_year == as_written.tm_year;
}

static const char *read_name(struct sg_arena *arena, struct sg_slice kind, struct sg_slice name,
                             struct exception *exception)
{
    if (is_word(kind, "digest"))
        exception->kind = EXCEPTION_DIGEST;
    else if (is_word(kind, "table"))
        exception->kind = EXCEPTION_TABLE;
    else if (is_word(kind, "column"))
        exception->kind = EXCEPTION_COLUMN;
    else
        return "it begins with none of digest, table, column";
    if (name.size == 0)
        return "the name is missing";
    if (exception->kind == EXCEPTION_DIGEST && !read_digest(name, &exception->digest))
        return "a digest is 16 hex digits, as schemaguard.digest in an event";
    if (exception->kind == EXCEPTION_TABLE && !memchr(name.data, '.', name.size))
        return "a table is named with its database: shop.customers";
    exception->name = sg_arena_copy(arena, name).data;
    return exception->name ? NULL : "memory is out";
}

/* What is wrong with the line; NULL = nothing. */
static const char *read_line(struct sg_arena *arena, char *line, struct exception *exception)
{
    struct sg_slice kind = next_word(&line);
    struct sg_slice name = next_word(&line);
    struct sg_slice until = next_word(&line);
    struct sg_slice day = next_word(&line);
    const char *fault = read_name(arena, kind, name, exception);

    if (fault)
        return fault;
    if (!is_word(until, "until") || !read_until(day, &exception->until_s))
        return "after the name comes: until 2026-12-31, or until 2026-12-31T18:00:00Z";
    line += strspn(line, " \t");
    if (*line == '\0')
        return "the reason is missing";
    exception->reason = sg_arena_copy(arena, sg_slice_of(line)).data;
    return exception->reason ? NULL : "memory is out";
}

static void trim_end(char *line)
{
    size_t size = strlen(line);

    while (size > 0 && isspace((unsigned char)line[size - 1]))
        line[--size] = '\0';
}

static enum sg_status read_lines(struct exceptions *exceptions, FILE *file, struct sg_error *error)
{
    char *line = NULL;
    size_t capacity = 0;
    unsigned number = 0;
    enum sg_status status = SG_OK;

    while (status == SG_OK && getline(&line, &capacity, file) >= 0) {
        struct exception *exception;
        const char *fault;
        number++;
        trim_end(line);
        if (line[strspn(line, " \t")] == '\0' || line[strspn(line, " \t")] == '#')
            continue;
        exception = add(exceptions);
        fault = exception ? read_line(&exceptions->arena, line, exception) : "memory is out";
        if (fault)
            status = sg_error_set(error, SG_INVALID, "line %u: %s", number, fault);
        else
            exception->line = number;
    }
    free(line);
    return status;
}

enum sg_status exceptions_read(const char *path, struct exceptions **exceptions_out,
                               struct sg_error *error)
{
    struct exceptions *exceptions = calloc(1, sizeof *exceptions);
    enum sg_status status;
    FILE *file;

    *exceptions_out = NULL;
    if (!exceptions)
        return sg_error_set(error, SG_LIMIT, "out of memory");
    sg_arena_init(&exceptions->arena, MEMORY_BYTES);
    atomic_init(&exceptions->references, 1);
    file = fopen(path, "re");
    if (file) {
        status = read_lines(exceptions, file, error);
        fclose(file);
    } else {
        status = sg_error_set(error, SG_SYSTEM, "%s", strerror(errno));
    }
    if (status != SG_OK) {
        sg_error_at(error, "exceptions: %s", path);
        exceptions_release(exceptions);
        return status;
    }
    *exceptions_out = exceptions;
    return SG_OK;
}

/* --- asking ---------------------------------------------------------------------------------- */

static bool holds(const struct exception *exception, int64_t now_s)
{
    return now_s < exception->until_s;
}

bool exceptions_want_digest(const struct exceptions *exceptions, int64_t now_s)
{
    for (size_t i = 0; exceptions && i < exceptions->count; i++)
        if (exceptions->items[i].kind == EXCEPTION_DIGEST && holds(&exceptions->items[i], now_s))
            return true;
    return false;
}

static bool is_same(struct sg_slice a, const char *b, size_t size)
{
    return a.size == size && strncasecmp(a.data, b, size) == 0;
}

static bool is_table(const struct sg_reference *reference, struct sg_slice database,
                     const char *name)
{
    const char *dot = strchr(name, '.');
    size_t before = (size_t)(dot - name);

    if (reference->kind != SG_REFERENCE_TABLE)
        return false;
    return is_same(reference->name, name, strlen(name)) ||
           (is_same(database, name, before) && is_same(reference->name, dot + 1, strlen(dot + 1)));
}

static const struct exception *find_name(const struct exceptions *exceptions,
                                         const struct sg_reference *reference,
                                         struct sg_slice database, int64_t now_s)
{
    for (size_t i = 0; i < exceptions->count; i++) {
        const struct exception *exception = &exceptions->items[i];
        bool is_it = exception->kind == EXCEPTION_TABLE
                         ? is_table(reference, database, exception->name)
                         : exception->kind == EXCEPTION_COLUMN &&
                               reference->kind == SG_REFERENCE_COLUMN &&
                               is_same(reference->name, exception->name, strlen(exception->name));
        if (is_it && holds(exception, now_s))
            return exception;
    }
    return NULL;
}

const struct exception *exceptions_find(const struct exceptions *exceptions,
                                        const struct sg_report *report, uint64_t digest,
                                        struct sg_slice database, int64_t now_s)
{
    const struct exception *first = NULL;

    for (size_t i = 0; exceptions && i < exceptions->count; i++)
        if (exceptions->items[i].kind == EXCEPTION_DIGEST && digest != 0 &&
            exceptions->items[i].digest == digest && holds(&exceptions->items[i], now_s))
            return &exceptions->items[i];
    for (size_t i = 0; exceptions && i < report->reference_count; i++) {
        const struct exception *found =
            find_name(exceptions, &report->references[i], database, now_s);
        if (!found)
            return NULL;
        first = first ? first : found;
    }
    return first;
}

/* --- the set in use -------------------------------------------------------------------------- */

void exceptions_slot_init(struct exceptions_slot *slot)
{
    (void)pthread_mutex_init(&slot->lock, NULL);
    slot->current = NULL;
}

void exceptions_slot_fini(struct exceptions_slot *slot)
{
    exceptions_release(slot->current);
    slot->current = NULL;
    (void)pthread_mutex_destroy(&slot->lock);
}

void exceptions_slot_put(struct exceptions_slot *slot, struct exceptions *exceptions)
{
    struct exceptions *before;

    (void)pthread_mutex_lock(&slot->lock);
    before = slot->current;
    slot->current = exceptions;
    (void)pthread_mutex_unlock(&slot->lock);
    exceptions_release(before);
}

struct exceptions *exceptions_slot_get(struct exceptions_slot *slot)
{
    struct exceptions *current;

    (void)pthread_mutex_lock(&slot->lock);
    current = exceptions_retain(slot->current);
    (void)pthread_mutex_unlock(&slot->lock);
    return current;
}
