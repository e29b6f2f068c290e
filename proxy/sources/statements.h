/* Statements out of files: SQL scripts, the servers' general and slow logs, JSON lines.
 *
 * One reader for all, as a stream: a statement at a time, with where it stands, on which
 * connection it ran and what the log tells of its session. Memory is bounded by the longest
 * statement, and that by STATEMENTS_TEXT_MAX, whatever the file's size.
 *
 * MySQL manual, "The General Query Log", "The Slow Query Log", "mysql Client Commands"; MariaDB
 * documentation, "General Query Log", "Slow Query Log Overview"
 */
#ifndef SOURCES_STATEMENTS_H
#define SOURCES_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

/* A longer statement is passed over and reported as such. */
#define STATEMENTS_TEXT_MAX ((size_t)16 << 20)

enum statements_input {
    STATEMENTS_AUTO,
    STATEMENTS_SQL,
    STATEMENTS_GENERAL,
    STATEMENTS_SLOW,
    STATEMENTS_JSONL,
};
const char *statements_input_name(enum statements_input input); /* "auto", "sql", "general" ... */

enum statements_kind {
    STATEMENTS_STATEMENT, /* text */
    STATEMENTS_TOO_LONG,  /* one that is passed over; no text */
    STATEMENTS_CONNECT,   /* the connection begins, or logs in again: database, perhaps none */
    STATEMENTS_DATABASE,  /* its current database is another one: database */
    STATEMENTS_QUIT,
};

/* What was read. Slices are the reader's, good until the next call. */
struct statements_item {
    enum statements_kind kind;
    struct sg_slice text; /* without what ends it; begins with its first word or comment */
    uint64_t line;        /* of the first byte of text in the file, from 1 */
    uint64_t column;      /* in that line, characters, from 1 */
    bool is_verbatim;     /* the text's lines are lines of the file; false: JSON */
    bool is_prepared;     /* general log: its text came by COM_STMT_PREPARE */
    uint64_t connection;  /* 0: the file tells none, and is one session (SQL) or none (JSON) */
    bool has_database;
    struct sg_slice database;
    bool has_sql_mode;
    struct sg_slice sql_mode;
};

struct statements; /* heap */

/* `path` "-" is standard input. With STATEMENTS_AUTO the first bytes decide. NULL with *error
 * set. */
struct statements *statements_open(const char *path, enum statements_input input,
                                   struct sg_error *error);
void statements_close(struct statements *statements); /* NULL is fine */

enum statements_input statements_input(const struct statements *statements);

enum statements_result { STATEMENTS_ITEM, STATEMENTS_END, STATEMENTS_FAILED };

/* The next one. STATEMENTS_FAILED: *error says what and where (a line that is no JSON, a file that
 * cannot be read on). */
enum statements_result statements_next(struct statements *statements,
                                       struct statements_item *item_out, struct sg_error *error);

/* A script's quotes end by sql_mode: tells the reader whether NO_BACKSLASH_ESCAPES holds from here
 * on. Other inputs do not need it. */
void statements_follow_escapes(struct statements *statements, bool no_backslash_escapes);

/* For a progress bar: bytes read so far, and of how many; 0 = not known (a pipe). */
uint64_t statements_position(const struct statements *statements);
uint64_t statements_size(const struct statements *statements);

/* Lines that were passed over for what they are: client commands of a script (SOURCE, SYSTEM). */
uint64_t statements_skipped_commands(const struct statements *statements);

#endif
