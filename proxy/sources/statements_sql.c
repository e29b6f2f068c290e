/* Scripts, cut into statements as the mysql and mariadb clients cut them: by the delimiter, where
 * it stands in no quotes and no comment; DELIMITER changes it, \g and \G are delimiters too, and
 * inside an executable comment there is none. Comments before a statement are not part of it.
 *
 * MySQL manual, "mysql Client Commands", "Executing SQL Statements from a Text File"
 */
#define _GNU_SOURCE /* memmem */
#include "sources/statements_private.h"

#include <string.h>
#include <strings.h>

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static size_t characters(struct sg_slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

/* Moves on in the current line. */
static void pass(struct script *script, size_t size)
{
    script->line_at += characters(sg_slice_make(script->rest.data, size));
    script->rest = text_skip(script->rest, size);
}

/* --- client commands ----------------------------------------------------------------------- */

static struct sg_slice first_word(struct sg_slice line)
{
    size_t size = 0;
    while (size < line.size && !is_blank(line.data[size]) && line.data[size] != ';')
        size++;
    return sg_slice_make(line.data, size);
}

static bool is_word(struct sg_slice word, const char *name)
{
    return word.size == strlen(name) && strncasecmp(word.data, name, word.size) == 0;
}

static bool is_client_command(struct sg_slice line)
{
    static const char *const NAMES[] = {"source",    "system",   "tee",    "notee",
                                        "pager",     "nopager",  "prompt", "rehash",
                                        "nowarning", "warnings", "charset"};
    struct sg_slice word = first_word(line);
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (is_word(word, NAMES[i]))
            return true;
    }
    return line.size > 1 && line.data[0] == '\\';
}

static void set_delimiter(struct script *script, struct sg_slice line)
{
    struct sg_slice mark = text_trim(text_skip(line, strlen("delimiter")));
    size_t size = 0;
    if (mark.size > 1 && (mark.data[0] == '\'' || mark.data[0] == '"' || mark.data[0] == '`'))
        mark = sg_slice_make(mark.data + 1, mark.size - 2);
    while (size < mark.size && size < DELIMITER_MAX && !is_blank(mark.data[size]))
        size++;
    if (size == 0)
        return;
    memcpy(script->delimiter, mark.data, size);
    script->delimiter[size] = '\0';
}

/* USE needs no delimiter. */
static bool take_use(struct statements *s, struct sg_slice line, struct statements_item *item)
{
    struct script *script = &s->script;
    struct sg_slice name = text_trim(text_skip(line, strlen("use")));
    if (!is_word(first_word(line), "use") || name.size == 0 ||
        memmem(line.data, line.size, script->delimiter, strlen(script->delimiter)) != NULL)
        return false;
    if (name.size > 1 && name.data[0] == '`' && name.data[name.size - 1] == '`')
        name = sg_slice_make(name.data + 1, name.size - 2);
    text_reset(&s->database);
    text_append(&s->database, name);
    item->kind = STATEMENTS_DATABASE;
    item->has_database = true;
    item->database = text_slice(&s->database);
    return true;
}

enum command { COMMAND_NONE, COMMAND_TAKEN, COMMAND_ITEM };

/* At the first word of what would be a statement. */
static enum command take_command(struct statements *s, struct statements_item *item)
{
    struct script *script = &s->script;
    struct sg_slice line = text_trim(script->rest);
    if (is_word(first_word(line), "delimiter")) {
        set_delimiter(script, line);
    } else if (script->line_at == 0 && take_use(s, line, item)) {
        pass(script, script->rest.size);
        return COMMAND_ITEM;
    } else if (script->line_at == 0 && is_client_command(line)) {
        script->skipped_commands++;
    } else {
        return COMMAND_NONE;
    }
    pass(script, script->rest.size);
    return COMMAND_TAKEN;
}

/* --- scanning ------------------------------------------------------------------------------ */

static char at(const struct script *script, size_t i)
{
    return i < script->rest.size ? script->rest.data[i] : '\n';
}

/* `-- ` and `#` reach to the end of the line. */
static bool is_line_comment(const struct script *script, size_t i)
{
    if (at(script, i) == '#')
        return true;
    return at(script, i) == '-' && at(script, i + 1) == '-' &&
           (is_blank(at(script, i + 2)) || (unsigned char)at(script, i + 2) < ' ');
}

static bool opens_conditional(const struct script *script, size_t i)
{
    return at(script, i + 2) == '!' || (at(script, i + 2) == 'M' && at(script, i + 3) == '!');
}

/* In quotes or in a comment: how far to go on from `i`. */
static size_t scan_inside(struct script *script, size_t i)
{
    static const char QUOTES[] = {
        [SCRIPT_SINGLE] = '\'', [SCRIPT_DOUBLE] = '"', [SCRIPT_BACKTICK] = '`'};
    char byte = at(script, i);
    if (script->state == SCRIPT_COMMENT) {
        if (byte != '*' || at(script, i + 1) != '/')
            return 1;
        script->state = SCRIPT_PLAIN;
        return 2;
    }
    if (byte == '\\' && script->state != SCRIPT_BACKTICK && !script->no_backslash_escapes)
        return i + 1 < script->rest.size ? 2 : 1;
    if (byte == QUOTES[script->state])
        script->state = SCRIPT_PLAIN;
    return 1;
}

/* What ends a statement at `i`: its length, or 0. */
static size_t delimiter_at(const struct script *script, size_t i)
{
    size_t size = strlen(script->delimiter);
    if (script->conditional)
        return 0;
    if (i + size <= script->rest.size &&
        memcmp(script->rest.data + i, script->delimiter, size) == 0)
        return size;
    if (at(script, i) == '\\' && (at(script, i + 1) == 'g' || at(script, i + 1) == 'G'))
        return 2;
    return 0;
}

static size_t scan_plain(struct script *script, size_t i)
{
    switch (at(script, i)) {
    case '\'':
        script->state = SCRIPT_SINGLE;
        return 1;
    case '"':
        script->state = SCRIPT_DOUBLE;
        return 1;
    case '`':
        script->state = SCRIPT_BACKTICK;
        return 1;
    case '/':
        if (at(script, i + 1) != '*')
            return 1;
        if (opens_conditional(script, i))
            script->conditional = true;
        else
            script->state = SCRIPT_COMMENT;
        return 2;
    case '*':
        if (!script->conditional || at(script, i + 1) != '/')
            return 1;
        script->conditional = false;
        return 2;
    default:
        return is_line_comment(script, i) ? script->rest.size - i : 1;
    }
}

/* Goes on in the current line; true when a statement has ended in it. */
static bool scan_line(struct statements *s)
{
    struct script *script = &s->script;
    size_t i = 0;
    while (i < script->rest.size) {
        size_t ends = script->state == SCRIPT_PLAIN ? delimiter_at(script, i) : 0;
        if (ends) {
            text_append(&s->text, sg_slice_make(script->rest.data, i));
            pass(script, i + ends);
            return true;
        }
        i += script->state == SCRIPT_PLAIN ? scan_plain(script, i) : scan_inside(script, i);
    }
    text_append(&s->text, script->rest);
    pass(script, script->rest.size);
    return false;
}

/* Blanks and comments before a statement. True at its first byte. */
static bool find_begin(struct script *script)
{
    size_t i = 0;
    while (i < script->rest.size) {
        char byte = at(script, i);
        bool comment = byte == '/' && at(script, i + 1) == '*' && !opens_conditional(script, i);
        if (script->state == SCRIPT_COMMENT) {
            i += scan_inside(script, i);
        } else if (comment) {
            script->state = SCRIPT_COMMENT;
            i += 2;
        } else if (is_line_comment(script, i)) {
            i = script->rest.size;
        } else if (is_blank(byte)) {
            i++;
        } else {
            pass(script, i);
            return true;
        }
    }
    pass(script, script->rest.size);
    return false;
}

static enum statements_result give(struct statements *s, struct statements_item *item)
{
    s->script.begun = false;
    s->script.conditional = false;
    item->kind = s->text.too_long ? STATEMENTS_TOO_LONG : STATEMENTS_STATEMENT;
    item->text = s->text.too_long ? SG_SLICE_EMPTY : text_slice(&s->text);
    item->is_verbatim = true;
    return STATEMENTS_ITEM;
}

struct start {
    uint64_t line;
    uint64_t column;
};

/* A statement's first byte, past commands. COMMAND_NONE: there is none in this line. */
static enum command begin_statement(struct statements *s, struct statements_item *item,
                                    struct start *start)
{
    struct script *script = &s->script;
    while (find_begin(script)) {
        enum command command = take_command(s, item);
        if (command == COMMAND_ITEM)
            return COMMAND_ITEM;
        if (command == COMMAND_TAKEN)
            continue;
        size_t ends = delimiter_at(script, 0);
        if (ends) { /* an empty one */
            pass(script, ends);
            continue;
        }
        script->begun = true;
        text_reset(&s->text);
        *start = (struct start){s->lines.number, script->line_at + 1};
        return COMMAND_TAKEN;
    }
    return COMMAND_NONE;
}

enum statements_result statements_next_script(struct statements *s, struct statements_item *item,
                                              struct sg_error *error)
{
    struct script *script = &s->script;
    struct start start = {0};
    bool continues;
    for (;;) {
        while (script->rest.size > 0) {
            if (!script->begun && begin_statement(s, item, &start) == COMMAND_ITEM)
                return STATEMENTS_ITEM;
            item->line = start.line;
            item->column = start.column;
            if (script->begun && scan_line(s))
                return give(s, item);
        }
        enum lines_result result = lines_next(&s->lines, &script->rest, &continues, error);
        if (result == LINES_FAILED)
            return STATEMENTS_FAILED;
        if (result == LINES_END)
            return script->begun ? give(s, item) : STATEMENTS_END;
        if (!continues)
            script->line_at = 0;
    }
}
