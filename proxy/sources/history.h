/* Adopted schemas, kept in a folder of their own.
 *
 *   history/history.jsonl    the log: a line of JSON for each adoption, oldest first, only ever
 *                            appended to
 *   history/VERSION.json     the snapshot of each (docs/snapshot.md)
 *
 * Blocks. Called by commands, and by source.c for `@VERSION`, `@latest` and such a folder's own
 * name. The reader needs no write access. docs/history.md tells what people see of it.
 */
#ifndef SOURCES_HISTORY_H
#define SOURCES_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/schema.h>

#define HISTORY_LOG    "history.jsonl"
#define HISTORY_LATEST "latest"

/* One adoption. All heap; texts that are not known are empty. */
struct history_record {
    char *version; /* one of a kind; a file's name without its ending */
    char *hash;    /* of the content: 32 hex digits */
    char *who;     /* user@host */
    char *when;    /* ISO 8601, UTC */
    char *source;  /* without a password */
    char *note;
    bool downgrade; /* older than the one before it, and adopted on purpose */
};

struct history {
    char *folder;
    struct history_record *records; /* oldest first */
    size_t count;
    /* Behind the last whole line: what a crash left of an adoption that never happened. */
    size_t torn_bytes;
};

/* Whether the folder holds the log of a history. */
bool history_is(const char *folder);

/* Reads the log. A folder without one is SG_INVALID; a log without adoptions is fine. */
SG_MUST_CHECK enum sg_status history_read(const char *folder, struct history *out,
                                          struct sg_error *error);
void history_fini(struct history *history);

/* The adoption called `version`, an `@` before it or not; "latest" is the last one. NULL with
 * *error set: there is none. It lives as long as the history. */
const struct history_record *history_find(const struct history *history, const char *version,
                                          struct sg_error *error);

/* The schema that was adopted. Its content must have the hash that the log tells. */
SG_MUST_CHECK enum sg_status history_load(const struct history *history,
                                          const struct history_record *record,
                                          struct sg_schema **schema_out, struct sg_error *error);

/* All of it at once: version `name` of the folder's history, "latest" too. *version_out (heap) is
 * what it is called. */
SG_MUST_CHECK enum sg_status history_schema(const char *folder, const char *name,
                                            struct sg_schema **schema_out, char **version_out,
                                            struct sg_error *error);

/* --- adopting ------------------------------------------------------------------------------ */

struct history_adoption {
    const struct sg_schema *schema;
    const char *version; /* NULL: v1, v2 ... */
    const char *who;
    const char *when;
    const char *source;
    const char *note; /* NULL: none */
    bool allow_downgrade;
    uint32_t wait_ms; /* at most this long for another writer */
};

enum history_answer {
    HISTORY_ADOPTED,
    HISTORY_SAME,      /* it is the latest already; nothing was written */
    HISTORY_DOWNGRADE, /* it was superseded by another before, and that was not allowed for;
                          nothing was written */
};

struct history_outcome {
    enum history_answer answer;
    struct history history; /* as it is now; for history_fini */
    size_t at;              /* the record that the answer is about: the new one, the latest one, or
                               the one that an older schema was first adopted as */
    size_t taken_away;      /* bytes behind the log's last whole line that were there before */
};

/* Adopts a schema. Makes the folder where it is missing (not those above it). One writer at a time:
 * another one waits, and then sees what the first has written. What is told to be adopted outlives
 * a crash; a crash before that leaves what was there.
 *
 * SG_INVALID: the version's name cannot be used, or is that of another schema; the folder holds
 * migrations. SG_SYSTEM: the folder cannot be written, or another writer has it. *out is set with
 * SG_OK alone. */
SG_MUST_CHECK enum sg_status history_adopt(const char *folder,
                                           const struct history_adoption *adoption,
                                           struct history_outcome *out, struct sg_error *error);

/* --- a log's line (history_json.c) --------------------------------------------------------- */

/* With a newline behind it; heap, NULL when memory is out. */
char *history_line(const struct history_record *record);

/* False: it is no record of an adoption, or memory is out. */
bool history_line_read(const char *line, size_t size, struct history_record *out);
void history_record_fini(struct history_record *record);

#endif
