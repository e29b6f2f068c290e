/* What the readers of statements share: the open file, the text that is being put together, and
 * what each input remembers between two calls. Private to statements*.c. */
#ifndef SOURCES_STATEMENTS_PRIVATE_H
#define SOURCES_STATEMENTS_PRIVATE_H

#include "sources/lines.h"
#include "sources/statements.h"

#define DELIMITER_MAX 15

/* A text that grows to a bound; beyond it the rest is dropped and `too_long` says so. */
struct text {
    char *data;
    size_t size;
    size_t room;
    bool too_long;
    bool out_of_memory;
};

/* Inside what a script's next byte stands. */
enum script_state {
    SCRIPT_PLAIN,
    SCRIPT_SINGLE, /* 'x' */
    SCRIPT_DOUBLE, /* "x" */
    SCRIPT_BACKTICK,
    SCRIPT_COMMENT, /* as a block comment */
};

struct script {
    struct sg_slice rest; /* of the current line */
    size_t line_at;       /* where rest begins in its line, characters */
    enum script_state state;
    bool conditional; /* inside an executable comment: a delimiter does not count */
    bool begun;       /* the statement has its first byte */
    bool no_backslash_escapes;
    char delimiter[DELIMITER_MAX + 1];
    uint64_t skipped_commands;
};

struct log {
    struct sg_slice held; /* the line that ended the record before */
    bool has_held;
    uint64_t connection;
    bool has_database;     /* slow: the last USE or Schema */
    unsigned header_lines; /* of the file header still to come */
};

struct statements {
    struct lines lines;
    enum statements_input input;
    char *path;
    struct text text;
    struct text database;
    struct text sql_mode;
    struct script script;
    struct log log;
};

void text_reset(struct text *text);
void text_append(struct text *text, struct sg_slice more);
struct sg_slice text_slice(const struct text *text); /* without white space at its end */

/* Whether `text` begins with `word`. */
bool text_begins(struct sg_slice text, const char *word);
struct sg_slice text_skip(struct sg_slice text, size_t size);
struct sg_slice text_trim(struct sg_slice text); /* white space at both ends */

enum statements_result statements_next_script(struct statements *s, struct statements_item *item,
                                              struct sg_error *error);
enum statements_result statements_next_general(struct statements *s, struct statements_item *item,
                                               struct sg_error *error);
enum statements_result statements_next_slow(struct statements *s, struct statements_item *item,
                                            struct sg_error *error);
enum statements_result statements_next_json(struct statements *s, struct statements_item *item,
                                            struct sg_error *error);

/* For recognising a file by its first line. */
bool statements_is_general_line(struct sg_slice line);
bool statements_is_slow_line(struct sg_slice line);

#endif
