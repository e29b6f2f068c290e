/* The servers' own logs. A record begins with a line of a known form and reaches to the next such
 * line, so a statement may have many lines.
 *
 *   general, MySQL     2026-01-31T23:59:59.123456Z<TAB>    8 Query<TAB>SELECT ...
 *   general, MariaDB   260131 23:59:59<TAB>     8 Query<TAB>SELECT ...
 *   (and MySQL 5.6)    <TAB><TAB>     8 Query<TAB>SELECT ...          within the same second
 *
 *   slow               # Time: ...
 *                      # User@Host: u[u] @ localhost []  Id:     8     MySQL
 *                      # Thread_id: 8  Schema: shop  QC_hit: No        MariaDB
 *                      # Query_time: ...
 *                      use shop;
 *                      SET timestamp=1769900000;
 *                      SELECT ...;
 *
 * Both begin with a header of three lines, again at each start of the server.
 *
 * MySQL manual, "The General Query Log", "The Slow Query Log"; MariaDB documentation, "General
 * Query Log", "Slow Query Log Overview"
 */
#define _GNU_SOURCE /* memmem */
#include "sources/statements_private.h"

#include <string.h>
#include <strings.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool ends_with(struct sg_slice text, const char *end)
{
    size_t size = strlen(end);
    return text.size >= size && memcmp(text.data + text.size - size, end, size) == 0;
}

/* "…, Version: 9.7.4 (…). started with:", and the two lines behind it. */
static bool take_file_header(struct log *log, struct sg_slice line)
{
    if (log->header_lines > 0) {
        log->header_lines--;
        return true;
    }
    if (!ends_with(text_trim(line), "started with:") ||
        memmem(line.data, line.size, "Version: ", 9) == NULL)
        return false;
    log->header_lines = 2;
    return true;
}

/* The next line, the held one first. */
static enum lines_result next_line(struct statements *s, struct sg_slice *line, bool *continues,
                                   struct sg_error *error)
{
    if (s->log.has_held) {
        s->log.has_held = false;
        *line = s->log.held;
        *continues = false;
        return LINES_LINE;
    }
    return lines_next(&s->lines, line, continues, error);
}

static void hold(struct statements *s, struct sg_slice line)
{
    s->log.held = line;
    s->log.has_held = true;
}

/* --- general log --------------------------------------------------------------------------- */

enum command_kind {
    COMMAND_OTHER,
    COMMAND_QUERY,
    COMMAND_PREPARE,
    COMMAND_CONNECT,
    COMMAND_INIT_DB,
    COMMAND_QUIT,
};

static const struct command {
    const char *name;
    enum command_kind kind;
} COMMANDS[] = {
    {"Query", COMMAND_QUERY},
    {"Execute", COMMAND_QUERY},
    {"Prepare", COMMAND_PREPARE},
    {"Connect", COMMAND_CONNECT},
    {"Change user", COMMAND_CONNECT},
    {"Init DB", COMMAND_INIT_DB},
    {"Quit", COMMAND_QUIT},
    {"Reset Connection", COMMAND_OTHER},
    {"Reset connection", COMMAND_OTHER},
    {"Field List", COMMAND_OTHER},
    {"Statistics", COMMAND_OTHER},
    {"Ping", COMMAND_OTHER},
    {"Sleep", COMMAND_OTHER},
    {"Close stmt", COMMAND_OTHER},
    {"Reset stmt", COMMAND_OTHER},
    {"Long Data", COMMAND_OTHER},
    {"Fetch", COMMAND_OTHER},
    {"Set option", COMMAND_OTHER},
    {"Daemon", COMMAND_OTHER},
    {"Binlog Dump", COMMAND_OTHER},
    {"Binlog Dump GTID", COMMAND_OTHER},
    {"Register Slave", COMMAND_OTHER},
    {"Register Replica", COMMAND_OTHER},
    {"Table Dump", COMMAND_OTHER},
    {"Connect Out", COMMAND_OTHER},
    {"Create DB", COMMAND_OTHER},
    {"Drop DB", COMMAND_OTHER},
    {"Refresh", COMMAND_OTHER},
    {"Shutdown", COMMAND_OTHER},
    {"Processlist", COMMAND_OTHER},
    {"Kill", COMMAND_OTHER},
    {"Debug", COMMAND_OTHER},
    {"Time", COMMAND_OTHER},
    {"Delayed insert", COMMAND_OTHER},
    {"Slave_worker", COMMAND_OTHER},
    {"Slave_IO", COMMAND_OTHER},
    {"Slave_SQL", COMMAND_OTHER},
    {"Bulk_execute", COMMAND_QUERY},
    {"Clone", COMMAND_OTHER},
    {"Subscribe Group Replication Stream", COMMAND_OTHER},
    {"Error", COMMAND_OTHER},
};

struct record {
    uint64_t connection;
    enum command_kind kind;
    struct sg_slice argument;
};

/* The time in either form, or two tabs. false: the line begins otherwise. */
static bool skip_time(struct sg_slice *line)
{
    size_t size = 0;
    if (text_begins(*line, "\t\t")) {
        *line = text_skip(*line, 2);
        return true;
    }
    const char *tab = memchr(line->data, '\t', line->size < 40 ? line->size : 40);
    size = tab ? (size_t)(tab - line->data) : 0;
    bool iso = size >= 20 && line->data[4] == '-' && line->data[7] == '-' && line->data[10] == 'T';
    bool old = size >= 14 && size <= 16 && line->data[6] == ' ' && line->data[9] == ':';
    if ((!iso && !old) || !is_digit(line->data[0]))
        return false;
    *line = text_skip(*line, size + 1);
    return true;
}

static bool read_record(struct sg_slice line, struct record *record)
{
    if (!skip_time(&line))
        return false;
    while (line.size > 0 && line.data[0] == ' ')
        line = text_skip(line, 1);
    if (line.size == 0 || !is_digit(line.data[0]))
        return false;
    for (record->connection = 0; line.size > 0 && is_digit(line.data[0]); line = text_skip(line, 1))
        record->connection = record->connection * 10 + (uint64_t)(line.data[0] - '0');
    if (line.size == 0 || line.data[0] != ' ')
        return false;
    line = text_skip(line, 1);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof COMMANDS[0]; i++) {
        size_t size = strlen(COMMANDS[i].name);
        if (!text_begins(line, COMMANDS[i].name) ||
            (line.size > size && line.data[size] != '\t' && line.data[size] != '\n'))
            continue;
        record->kind = COMMANDS[i].kind;
        record->argument = text_skip(line, size + 1);
        return true;
    }
    return false;
}

bool statements_is_general_line(struct sg_slice line)
{
    struct record record;
    return line.size > 0 && read_record(line, &record);
}

/* "root@localhost on shop using Socket", "root@localhost on  using TCP/IP", "root@localhost as
 * anonymous on shop". */
static struct sg_slice connect_database(struct sg_slice argument)
{
    argument = text_trim(argument);
    const char *on = memmem(argument.data, argument.size, " on ", 4);
    if (!on)
        return SG_SLICE_EMPTY;
    struct sg_slice name = text_skip(argument, (size_t)(on - argument.data) + 4);
    const char *using = memmem(name.data, name.size, " using ", 7);
    if (using)
        name.size = (size_t)(using - name.data);
    else if (text_begins(name, "using "))
        name.size = 0;
    return text_trim(name);
}

static bool is_refused_login(struct sg_slice argument)
{
    return text_begins(argument, "Access denied");
}

static void set_database(struct statements *s, struct statements_item *item, struct sg_slice name)
{
    text_reset(&s->database);
    text_append(&s->database, name);
    item->has_database = true;
    item->database = text_slice(&s->database);
}

/* What a record without further lines is; false: nothing that matters. */
static bool take_short(struct statements *s, const struct record *record,
                       struct statements_item *item)
{
    switch (record->kind) {
    case COMMAND_CONNECT:
        if (is_refused_login(record->argument))
            return false;
        item->kind = STATEMENTS_CONNECT;
        set_database(s, item, connect_database(record->argument));
        return true;
    case COMMAND_INIT_DB:
        item->kind = STATEMENTS_DATABASE;
        set_database(s, item, text_trim(record->argument));
        return true;
    case COMMAND_QUIT:
        item->kind = STATEMENTS_QUIT;
        return true;
    case COMMAND_QUERY:
    case COMMAND_PREPARE:
    case COMMAND_OTHER:
        return false;
    }
    return false;
}

/* The lines up to the next record. */
static enum statements_result take_text(struct statements *s, struct statements_item *item,
                                        struct sg_slice first, struct sg_error *error)
{
    struct record record;
    struct sg_slice line;
    bool continues;
    text_reset(&s->text);
    text_append(&s->text, first);
    for (;;) {
        enum lines_result result = next_line(s, &line, &continues, error);
        if (result == LINES_FAILED)
            return STATEMENTS_FAILED;
        if (result == LINES_END)
            break;
        if (!continues && (read_record(line, &record) || take_file_header(&s->log, line))) {
            hold(s, line);
            if (s->log.header_lines == 2)
                s->log.header_lines = 0; /* recognised again when it is taken */
            break;
        }
        text_append(&s->text, line);
    }
    item->kind = s->text.too_long ? STATEMENTS_TOO_LONG : STATEMENTS_STATEMENT;
    item->text = s->text.too_long ? SG_SLICE_EMPTY : text_slice(&s->text);
    item->is_verbatim = true;
    return STATEMENTS_ITEM;
}

static size_t characters(struct sg_slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size; i++)
        count += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return count;
}

enum statements_result statements_next_general(struct statements *s, struct statements_item *item,
                                               struct sg_error *error)
{
    struct record record;
    struct sg_slice line;
    bool continues;
    for (;;) {
        enum lines_result result = next_line(s, &line, &continues, error);
        if (result != LINES_LINE)
            return result == LINES_END ? STATEMENTS_END : STATEMENTS_FAILED;
        if (continues || take_file_header(&s->log, line) || !read_record(line, &record))
            continue;
        item->connection = record.connection;
        item->line = s->lines.number;
        if (record.kind == COMMAND_QUERY || record.kind == COMMAND_PREPARE) {
            item->is_prepared = record.kind == COMMAND_PREPARE;
            item->column =
                characters(sg_slice_make(line.data, (size_t)(record.argument.data - line.data))) +
                1;
            return take_text(s, item, record.argument, error);
        }
        if (take_short(s, &record, item))
            return STATEMENTS_ITEM;
    }
}

/* --- slow log ------------------------------------------------------------------------------ */

bool statements_is_slow_line(struct sg_slice line)
{
    return text_begins(line, "# Time: ") || text_begins(line, "# User@Host: ");
}

/* The number behind `label`; 0 when it is not there. */
static uint64_t number_behind(struct sg_slice line, const char *label)
{
    const char *found = memmem(line.data, line.size, label, strlen(label));
    uint64_t number = 0;
    if (!found)
        return 0;
    struct sg_slice rest = text_skip(line, (size_t)(found - line.data) + strlen(label));
    while (rest.size > 0 && rest.data[0] == ' ')
        rest = text_skip(rest, 1);
    for (; rest.size > 0 && is_digit(rest.data[0]); rest = text_skip(rest, 1))
        number = number * 10 + (uint64_t)(rest.data[0] - '0');
    return number;
}

static void read_slow_header(struct statements *s, struct sg_slice line)
{
    struct log *log = &s->log;
    if (text_begins(line, "# User@Host: ")) {
        log->connection = number_behind(line, "  Id:");
    } else if (text_begins(line, "# Thread_id: ")) {
        log->connection = number_behind(line, "# Thread_id:");
        const char *schema = memmem(line.data, line.size, "Schema: ", 8);
        if (!schema)
            return;
        struct sg_slice name = text_skip(line, (size_t)(schema - line.data) + 8);
        const char *end = memmem(name.data, name.size, "  ", 2);
        name.size = end ? (size_t)(end - name.data) : name.size;
        text_reset(&s->database);
        text_append(&s->database, text_trim(name));
        log->has_database = true;
    }
}

/* `use shop;` and `SET timestamp=…;` that the server puts before the statement. */
static bool take_preamble(struct statements *s, struct sg_slice line)
{
    struct sg_slice trimmed = text_trim(line);
    if (text_begins(trimmed, "use ") && ends_with(trimmed, ";")) {
        struct sg_slice name = text_trim(sg_slice_make(trimmed.data + 4, trimmed.size - 5));
        if (name.size > 1 && name.data[0] == '`')
            name = sg_slice_make(name.data + 1, name.size - 2);
        text_reset(&s->database);
        text_append(&s->database, name);
        s->log.has_database = true;
        return true;
    }
    return text_begins(trimmed, "SET ") && ends_with(trimmed, ";") &&
           memmem(trimmed.data, trimmed.size, "timestamp=", 10) != NULL;
}

static bool give_slow(struct statements *s, struct statements_item *item)
{
    item->text = text_slice(&s->text);
    if (ends_with(item->text, ";"))
        item->text.size--;
    if (item->text.size == 0 && !s->text.too_long)
        return false;
    item->kind = s->text.too_long ? STATEMENTS_TOO_LONG : STATEMENTS_STATEMENT;
    item->is_verbatim = true;
    item->connection = s->log.connection;
    item->has_database = s->log.has_database;
    item->database = text_slice(&s->database);
    return true;
}

enum statements_result statements_next_slow(struct statements *s, struct statements_item *item,
                                            struct sg_error *error)
{
    struct sg_slice line;
    bool continues;
    bool begun = false;
    text_reset(&s->text);
    for (;;) {
        enum lines_result result = next_line(s, &line, &continues, error);
        if (result == LINES_FAILED)
            return STATEMENTS_FAILED;
        if (result == LINES_END)
            return begun && give_slow(s, item) ? STATEMENTS_ITEM : STATEMENTS_END;
        if (begun && !continues &&
            (statements_is_slow_line(line) || take_file_header(&(struct log){0}, line))) {
            hold(s, line);
            if (give_slow(s, item))
                return STATEMENTS_ITEM;
            begun = false;
            text_reset(&s->text);
            continue;
        }
        if (!begun && !continues &&
            (take_file_header(&s->log, line) || text_begins(line, "# ") ||
             text_begins(line, "#\n"))) {
            read_slow_header(s, line);
            continue;
        }
        if (!begun && (take_preamble(s, line) || text_trim(line).size == 0))
            continue;
        if (!begun) {
            item->line = s->lines.number;
            item->column = 1;
            begun = true;
        }
        text_append(&s->text, line);
    }
}
