/* The door of the readers of statements; see statements.h. What an input looks like is told in
 * statements_sql.c, statements_log.c and statements_json.c. */
#include "sources/statements.h"

#include <stdlib.h>
#include <string.h>

#include "sources/statements_private.h"

/* So much of a file is looked at to tell what it is. */
#define PEEK_BYTES ((size_t)64 << 10)

static const char *const INPUT_NAMES[] = {
    [STATEMENTS_AUTO] = "auto", [STATEMENTS_SQL] = "sql",     [STATEMENTS_GENERAL] = "general",
    [STATEMENTS_SLOW] = "slow", [STATEMENTS_JSONL] = "jsonl",
};

const char *statements_input_name(enum statements_input input)
{
    return INPUT_NAMES[input];
}

/* --- text ---------------------------------------------------------------------------------- */

void text_reset(struct text *text)
{
    text->size = 0;
    text->too_long = false;
}

void text_append(struct text *text, struct sg_slice more)
{
    if (text->too_long || more.size > STATEMENTS_TEXT_MAX - text->size) {
        text->too_long = true;
        return;
    }
    if (text->size + more.size > text->room) {
        size_t room = text->room ? text->room : 4096;
        while (room < text->size + more.size)
            room *= 2;
        char *grown = realloc(text->data, room);
        if (!grown) {
            text->too_long = text->out_of_memory = true;
            return;
        }
        text->data = grown;
        text->room = room;
    }
    if (more.size)
        memcpy(text->data + text->size, more.data, more.size);
    text->size += more.size;
}

static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

struct sg_slice text_slice(const struct text *text)
{
    size_t size = text->size;
    while (size > 0 && is_space(text->data[size - 1]))
        size--;
    return sg_slice_make(text->data, size);
}

bool text_begins(struct sg_slice text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.data, word, size) == 0;
}

struct sg_slice text_skip(struct sg_slice text, size_t size)
{
    if (size > text.size)
        size = text.size;
    return sg_slice_make(text.data + size, text.size - size);
}

struct sg_slice text_trim(struct sg_slice text)
{
    while (text.size > 0 && is_space(text.data[0]))
        text = text_skip(text, 1);
    while (text.size > 0 && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* --- what a file is ------------------------------------------------------------------------ */

static struct sg_slice take_line(struct sg_slice *text)
{
    const char *feed = text->size ? memchr(text->data, '\n', text->size) : NULL;
    size_t size = feed ? (size_t)(feed - text->data) + 1 : text->size;
    struct sg_slice line = sg_slice_make(text->data, size);
    *text = text_skip(*text, size);
    return line;
}

/* A log's own header is the same in both logs, so the first record decides. */
static enum statements_input recognise(struct sg_slice text)
{
    bool first = true;
    bool is_log = false;
    while (text.size > 0) {
        struct sg_slice line = take_line(&text);
        struct sg_slice trimmed = text_trim(line);
        if (trimmed.size == 0)
            continue;
        if (first && trimmed.data[0] == '{')
            return STATEMENTS_JSONL;
        if (statements_is_slow_line(line))
            return STATEMENTS_SLOW;
        if (statements_is_general_line(line))
            return STATEMENTS_GENERAL;
        is_log = is_log || (trimmed.size > 13 &&
                            text_begins(text_skip(trimmed, trimmed.size - 13), "started with:"));
        if (!is_log && !first)
            return STATEMENTS_SQL; /* a log begins with a record or with its header */
        first = false;
    }
    return is_log ? STATEMENTS_GENERAL : STATEMENTS_SQL;
}

static enum sg_status begin(struct statements *s, struct sg_error *error)
{
    struct sg_slice first;
    enum sg_status status = lines_peek(&s->lines, PEEK_BYTES, &first, error);
    if (status != SG_OK)
        return status;
    if (text_begins(first, "\xEF\xBB\xBF")) { /* a byte order mark */
        s->lines.start += 3;
        s->lines.read_at += 3;
        first = text_skip(first, 3);
    }
    if (s->input == STATEMENTS_AUTO)
        s->input = recognise(first);
    memcpy(s->script.delimiter, ";", 2);
    return SG_OK;
}

/* --- the door ------------------------------------------------------------------------------ */

struct statements *statements_open(const char *path, enum statements_input input,
                                   struct sg_error *error)
{
    struct statements *s = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup(strcmp(path, "-") == 0 ? "standard input" : path))) {
        free(s);
        (void)sg_error_set(error, SG_SYSTEM, "%s: out of memory", path);
        return NULL;
    }
    s->input = input;
    if (lines_open(&s->lines, path, STATEMENTS_TEXT_MAX, error) == SG_OK &&
        begin(s, error) == SG_OK)
        return s;
    statements_close(s);
    return NULL;
}

void statements_close(struct statements *s)
{
    if (!s)
        return;
    lines_close(&s->lines);
    free(s->text.data);
    free(s->database.data);
    free(s->sql_mode.data);
    free(s->path);
    free(s);
}

enum statements_input statements_input(const struct statements *s)
{
    return s->input;
}

enum statements_result statements_next(struct statements *s, struct statements_item *item_out,
                                       struct sg_error *error)
{
    enum statements_result result = STATEMENTS_END;
    *item_out = (struct statements_item){.kind = STATEMENTS_STATEMENT};
    switch (s->input) {
    case STATEMENTS_AUTO:
    case STATEMENTS_SQL:
        result = statements_next_script(s, item_out, error);
        break;
    case STATEMENTS_GENERAL:
        result = statements_next_general(s, item_out, error);
        break;
    case STATEMENTS_SLOW:
        result = statements_next_slow(s, item_out, error);
        break;
    case STATEMENTS_JSONL:
        result = statements_next_json(s, item_out, error);
        break;
    }
    if (s->text.out_of_memory) {
        (void)sg_error_set(error, SG_SYSTEM, "out of memory for a statement");
        result = STATEMENTS_FAILED;
    }
    if (result == STATEMENTS_FAILED)
        sg_error_at(error, "%s", s->path);
    return result;
}

uint64_t statements_position(const struct statements *s)
{
    return s->lines.read_at;
}

uint64_t statements_size(const struct statements *s)
{
    return s->lines.size;
}

uint64_t statements_skipped_commands(const struct statements *s)
{
    return s->script.skipped_commands;
}

void statements_follow_escapes(struct statements *s, bool no_backslash_escapes)
{
    s->script.no_backslash_escapes = no_backslash_escapes;
}
