/* Details in one form; see detail.h and <schemaguard/detail.h>.
 *
 * MySQL manual, "The INFORMATION_SCHEMA COLUMNS Table", "Data Type Default Values"; MariaDB
 * documentation, "Information Schema COLUMNS Table". Seen on MySQL 9.7 and MariaDB 10.11.
 */
#include "schema/detail.h"

#include <stdio.h>
#include <stdlib.h>

#include "schema/expression.h"
#include "schema/fold.h"

/* --- small things -------------------------------------------------------------------------- */

static bool begins(struct sg_slice text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.data, word, size) == 0;
}

static bool ends(struct sg_slice text, const char *word)
{
    size_t size = strlen(word);
    return text.size >= size && memcmp(text.data + text.size - size, word, size) == 0;
}

/* The letters that a type begins with. */
static struct sg_slice type_name(struct sg_slice type)
{
    size_t size = 0;
    while (size < type.size && type.data[size] >= 'a' && type.data[size] <= 'z')
        size++;
    return sg_slice_make(type.data, size);
}

static bool is_one_of(struct sg_slice name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sg_slice_equal(name, sg_slice_of(names[i])))
            return true;
    }
    return false;
}

static bool is_number_type(struct sg_slice type)
{
    static const char *const NAMES[] = {"tinyint", "smallint", "mediumint", "int",  "bigint",
                                        "decimal", "float",    "double",    "year", "bit"};
    return is_one_of(type_name(type), NAMES, sizeof NAMES / sizeof NAMES[0]);
}

static bool is_time_type(struct sg_slice type)
{
    static const char *const NAMES[] = {"datetime", "timestamp", "time", "date"};
    return is_one_of(type_name(type), NAMES, sizeof NAMES / sizeof NAMES[0]);
}

/* --- types --------------------------------------------------------------------------------- */

/* "int(11) unsigned" without its width; ZEROFILL shows it, and tinyint(1) is a boolean. */
static struct sg_slice without_width(struct sg_slice type, struct sg_arena *arena)
{
    static const char *const NAMES[] = {"tinyint", "smallint", "mediumint", "int", "bigint"};
    struct sg_slice name = type_name(type);
    const char *close = type.size ? memchr(type.data, ')', type.size) : NULL;
    if (!is_one_of(name, NAMES, sizeof NAMES / sizeof NAMES[0]) || !close ||
        ends(type, " zerofill") || sg_slice_equal(type, SG_SLICE_LITERAL("tinyint(1)")))
        return type;
    size_t tail = (size_t)(type.data + type.size - close) - 1;
    char *text = sg_arena_alloc(arena, name.size + tail + 1);
    if (!text)
        return type;
    memcpy(text, name.data, name.size);
    memcpy(text + name.size, close + 1, tail);
    return sg_slice_make(text, name.size + tail);
}

struct sg_slice sg_column_canonical_type(const struct sg_column *column, struct sg_arena *arena)
{
    struct sg_slice type = column->type;
    if (column->flags & SG_COLUMN_JSON)
        return SG_SLICE_LITERAL("json");
    if (sg_slice_equal(type, SG_SLICE_LITERAL("year(4)")))
        return SG_SLICE_LITERAL("year");
    if (sg_slice_equal(type, SG_SLICE_LITERAL("geometrycollection")))
        return SG_SLICE_LITERAL("geomcollection");
    return without_width(type, arena);
}

/* --- defaults ------------------------------------------------------------------------------ */

/* b'101' as a number; false: it is none. */
static bool read_bits(struct sg_slice text, uint64_t *value_out)
{
    size_t at = 2;
    size_t end = text.size;
    *value_out = 0;
    if (!begins(text, "b'") && !begins(text, "0b"))
        return false;
    if (text.data[0] == 'b')
        end--;
    for (; at < end; at++) {
        if (text.data[at] != '0' && text.data[at] != '1')
            return false;
        *value_out = *value_out << 1 | (uint64_t)(text.data[at] - '0');
    }
    return true;
}

/* "+0010.50" is "10.5", as the servers pad by the column's scale. */
static struct sg_slice plain_number(struct sg_slice text, struct sg_arena *arena)
{
    struct sg_slice copy = sg_arena_copy(arena, text);
    bool negative = copy.size && copy.data[0] == '-';
    size_t at = copy.size && (copy.data[0] == '-' || copy.data[0] == '+') ? 1 : 0;
    size_t end = copy.size;
    if (copy.size == 0 || memchr(copy.data, 'e', copy.size) || memchr(copy.data, 'E', copy.size))
        return copy;
    while (at + 1 < end && copy.data[at] == '0' && copy.data[at + 1] != '.')
        at++;
    if (memchr(copy.data, '.', copy.size)) {
        while (end > at && copy.data[end - 1] == '0')
            end--;
        if (end > at && copy.data[end - 1] == '.')
            end--;
    }
    if (end == at || (end == at + 1 && copy.data[at] == '0'))
        return SG_SLICE_LITERAL("0");
    if (!negative)
        return sg_slice_make(copy.data + at, end - at);
    ((char *)(uintptr_t)copy.data)[at - 1] = '-';
    return sg_slice_make(copy.data + at - 1, end - at + 1);
}

/* Without a fraction of zeros, and midnight. */
static struct sg_slice plain_time(struct sg_slice text, struct sg_slice type)
{
    if (text.size && memchr(text.data, '.', text.size)) {
        while (text.size && text.data[text.size - 1] == '0')
            text.size--;
        if (text.size && text.data[text.size - 1] == '.')
            text.size--;
    }
    if (!sg_slice_equal(type_name(type), SG_SLICE_LITERAL("time")) && ends(text, " 00:00:00"))
        text.size -= strlen(" 00:00:00");
    return text;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* MySQL shows bytes as 0x616263, with the zeros that BINARY pads with. */
static struct sg_slice plain_bytes(struct sg_slice value, struct sg_slice type,
                                   struct sg_arena *arena)
{
    if (!begins(value, "0x") || value.size % 2)
        return value;
    char *bytes = sg_arena_alloc(arena, value.size / 2);
    size_t size = 0;
    for (size_t i = 2; bytes && i < value.size; i += 2) {
        int high = hex_digit(value.data[i]);
        int low = hex_digit(value.data[i + 1]);
        if (high < 0 || low < 0)
            return value;
        bytes[size++] = (char)(high * 16 + low);
    }
    while (begins(type, "binary") && size > 0 && bytes[size - 1] == '\0')
        size--;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < ' ' || bytes[i] > '~')
            return value; /* no text: JSON could not hold it */
    }
    return sg_slice_make(bytes, size);
}

static struct sg_slice plain_literal(struct sg_slice value, struct sg_slice type,
                                     struct sg_arena *arena)
{
    uint64_t bits;
    if (is_number_type(type) && read_bits(value, &bits)) {
        char *text = sg_arena_alloc(arena, 24);
        return text ? sg_slice_make(text,
                                    (size_t)snprintf(text, 24, "%llu", (unsigned long long)bits))
                    : SG_SLICE_EMPTY;
    }
    if (is_number_type(type))
        return plain_number(value, arena);
    if (begins(type, "binary") || begins(type, "varbinary"))
        return plain_bytes(value, type, arena);
    return is_time_type(type) ? plain_time(value, type) : value;
}

void sg_detail_default(struct sg_column_detail *detail, struct sg_slice canonical,
                       struct sg_slice type, struct sg_arena *arena)
{
    struct sg_slice value;
    uint64_t bits;
    detail->default_kind = SG_DEFAULT_NONE;
    detail->default_value = SG_SLICE_EMPTY;
    if (canonical.size == 0 || sg_fold_equal(canonical, SG_SLICE_LITERAL("null")))
        return;
    if (sg_expression_is_literal(canonical, arena, &value) ||
        (is_number_type(type) && read_bits(value = canonical, &bits))) {
        detail->default_kind = SG_DEFAULT_LITERAL;
        detail->default_value = plain_literal(value, type, arena);
        return;
    }
    detail->default_kind = SG_DEFAULT_EXPRESSION;
    detail->default_value = canonical;
}

/* --- collations ---------------------------------------------------------------------------- */

static const char *const DEFAULT_COLLATIONS[] = {
    "latin1_swedish_ci", "dec8_swedish_ci",  "hp8_english_ci",    "swe7_swedish_ci",
    "gbk_chinese_ci",    "big5_chinese_ci",  "gb2312_chinese_ci", "gb18030_chinese_ci",
    "sjis_japanese_ci",  "ujis_japanese_ci", "cp932_japanese_ci", "eucjpms_japanese_ci",
    "euckr_korean_ci",   "tis620_thai_ci",
};

static bool is_default_collation(struct sg_slice name, const struct sg_server *server)
{
    bool mariadb = server->flavour == SG_FLAVOUR_MARIADB;
    bool unicode = begins(name, "utf8") || begins(name, "ucs2") || begins(name, "utf16") ||
                   begins(name, "utf32");
    if (is_one_of(name, DEFAULT_COLLATIONS,
                  sizeof DEFAULT_COLLATIONS / sizeof DEFAULT_COLLATIONS[0]))
        return true;
    if (!mariadb && server->version >= 80000 && begins(name, "utf8mb4_"))
        return ends(name, "_0900_ai_ci") && name.size == strlen("utf8mb4_0900_ai_ci");
    if (mariadb && server->version >= 110500 && unicode)
        return ends(name, "_uca1400_ai_ci") && name.size <= strlen("utf8mb4_uca1400_ai_ci");
    return ends(name, "_general_ci") &&
           memchr(name.data, '_', name.size) == name.data + name.size - strlen("_general_ci");
}

struct sg_slice sg_detail_collation(struct sg_slice name, const struct sg_server *server,
                                    struct sg_arena *arena)
{
    struct sg_slice text = sg_arena_copy(arena, name);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] >= 'A' && text.data[i] <= 'Z')
            ((char *)(uintptr_t)text.data)[i] = (char)(text.data[i] + 'a' - 'A');
    }
    if (begins(text, "utf8_") || sg_slice_equal(text, SG_SLICE_LITERAL("utf8"))) {
        char *longer = sg_arena_alloc(arena, text.size + 3);
        if (!longer)
            return SG_SLICE_EMPTY;
        memcpy(longer, "utf8mb3", 7);
        memcpy(longer + 7, text.data + 4, text.size - 4);
        text = sg_slice_make(longer, text.size + 3);
    }
    const char *line = text.size ? memchr(text.data, '_', text.size) : NULL;
    if (line && is_default_collation(text, server))
        text.size = (size_t)(line - text.data);
    return text;
}

/* --- information_schema -------------------------------------------------------------------- */

static bool contains(struct sg_slice text, const char *word)
{
    size_t size = strlen(word);
    for (size_t at = 0; at + size <= text.size; at++) {
        if (sg_fold_equal(sg_slice_make(text.data + at, size), sg_slice_make(word, size)))
            return true;
    }
    return false;
}

/* MySQL escapes the quotes of expressions in information_schema: _utf8mb4\'a\'. */
static struct sg_slice unescape(struct sg_slice text, struct sg_arena *arena)
{
    char *copy = sg_arena_alloc(arena, text.size + 1);
    size_t size = 0;
    if (!copy)
        return SG_SLICE_EMPTY;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\\' && i + 1 < text.size) {
            char next = text.data[++i];
            copy[size++] = next == 'n' ? '\n' : next == 'r' ? '\r' : next == 't' ? '\t' : next;
        } else {
            copy[size++] = text.data[i];
        }
    }
    return sg_slice_make(copy, size);
}

static bool is_utf8(struct sg_slice text, bool *has_letters_out)
{
    for (size_t i = 0; i < text.size;) {
        unsigned char byte = (unsigned char)text.data[i++];
        size_t more = byte < 0x80 ? 0 : byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC2 ? 1 : 9;
        *has_letters_out = *has_letters_out || more > 0;
        for (; more > 0; more--) {
            if (more > 3 || i >= text.size || ((unsigned char)text.data[i++] & 0xC0) != 0x80)
                return false;
        }
    }
    return true;
}

/* MySQL 9.7 gives letters beyond ASCII in the expressions of checks and generated columns as UTF-8
 * of UTF-8's bytes. What would not be text when undone is left as it is. */
static struct sg_slice undo_double_utf8(struct sg_slice text, struct sg_arena *arena)
{
    char *bytes = sg_arena_alloc(arena, text.size + 1);
    size_t size = 0;
    bool has_letters = false;
    for (size_t i = 0; bytes && i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (byte < 0x80) {
            bytes[size++] = (char)byte;
            continue;
        }
        if ((byte != 0xC2 && byte != 0xC3) || i + 1 == text.size)
            return text; /* a letter that no byte stands for */
        bytes[size++] = (char)((byte & 3) << 6 | ((unsigned char)text.data[++i] & 0x3F));
    }
    struct sg_slice undone = sg_slice_make(bytes, size);
    return bytes && is_utf8(undone, &has_letters) && has_letters ? undone : text;
}

struct sg_slice sg_detail_expression(struct sg_slice text, const struct sg_server *server,
                                     struct sg_arena *arena)
{
    if (server->flavour == SG_FLAVOUR_MYSQL)
        text = undo_double_utf8(unescape(text, arena), arena);
    return sg_expression_canonical(text, server, 0, arena);
}

static void read_default(struct sg_column_detail *detail, const struct sg_column_facts *facts,
                         struct sg_slice type, const struct sg_server *server,
                         struct sg_arena *arena)
{
    if (!facts->has_default)
        return;
    bool mysql = server->flavour == SG_FLAVOUR_MYSQL;
    bool generated = contains(facts->extra, "DEFAULT_GENERATED") ||
                     (is_time_type(type) && contains(facts->default_text, "CURRENT_TIMESTAMP"));
    if (!mysql || generated) {
        sg_detail_default(detail, sg_detail_expression(facts->default_text, server, arena), type,
                          arena);
        return;
    }
    detail->default_kind = SG_DEFAULT_LITERAL;
    detail->default_value = plain_literal(sg_arena_copy(arena, facts->default_text), type, arena);
}

static struct sg_slice on_update_of(struct sg_slice extra)
{
    static const char WORDS[] = "on update ";
    for (size_t at = 0; at + sizeof WORDS - 1 <= extra.size; at++) {
        struct sg_slice here = sg_slice_make(extra.data + at, sizeof WORDS - 1);
        if (!sg_fold_equal(here, SG_SLICE_LITERAL("on update ")))
            continue;
        size_t start = at + sizeof WORDS - 1;
        size_t end = start;
        while (end < extra.size && extra.data[end] != ' ' && extra.data[end] != ',')
            end++;
        return sg_slice_make(extra.data + start, end - start);
    }
    return SG_SLICE_EMPTY;
}

const struct sg_column_detail *sg_detail_of_facts(const struct sg_column_facts *facts,
                                                  const struct sg_server *server,
                                                  struct sg_arena *arena)
{
    struct sg_column_detail *detail = sg_arena_alloc(arena, sizeof *detail);
    if (!detail)
        return NULL;
    const struct sg_column column = {.type = facts->type};
    struct sg_slice type = sg_column_canonical_type(&column, arena);
    struct sg_slice on_update = on_update_of(facts->extra);
    detail->auto_increment = contains(facts->extra, "auto_increment");
    detail->unversioned = contains(facts->extra, "WITHOUT SYSTEM VERSIONING");
    detail->comment = sg_arena_copy(arena, facts->comment);
    if (on_update.size)
        detail->on_update = sg_expression_canonical(on_update, server, 0, arena);
    if (begins(facts->generated, "ROW ")) { /* MariaDB: ROW START, ROW END */
        detail->generated = sg_arena_copy(arena, facts->generated);
        return detail;
    }
    if (facts->generated.size) {
        detail->stored = contains(facts->extra, "STORED") || contains(facts->extra, "PERSISTENT");
        detail->generated = sg_detail_expression(facts->generated, server, arena);
    } else {
        read_default(detail, facts, type, server, arena);
    }
    if (facts->collation.size) {
        struct sg_slice own = sg_detail_collation(facts->collation, server, arena);
        struct sg_slice table = sg_detail_collation(facts->table_collation, server, arena);
        if (!sg_slice_equal(own, table))
            detail->collation = own;
    }
    return detail;
}

struct sg_slice sg_detail_collation_name(struct sg_slice name, const struct sg_server *server,
                                         struct sg_arena *arena)
{
    return sg_detail_collation(name, server, arena);
}

/* --- order --------------------------------------------------------------------------------- */

static int compare_text(struct sg_slice a, struct sg_slice b)
{
    size_t shorter = a.size < b.size ? a.size : b.size;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static int compare_indexes(const void *left, const void *right)
{
    const struct sg_index *a = left;
    const struct sg_index *b = right;
    if ((a->kind == SG_INDEX_PRIMARY) != (b->kind == SG_INDEX_PRIMARY))
        return a->kind == SG_INDEX_PRIMARY ? -1 : 1;
    return compare_text(a->name, b->name);
}

static int compare_foreign_keys(const void *left, const void *right)
{
    return compare_text(((const struct sg_foreign_key *)left)->name,
                        ((const struct sg_foreign_key *)right)->name);
}

static int compare_checks(const void *left, const void *right)
{
    return compare_text(((const struct sg_check_constraint *)left)->name,
                        ((const struct sg_check_constraint *)right)->name);
}

void sg_detail_sort(struct sg_index *indexes, size_t index_count, struct sg_foreign_key *keys,
                    size_t key_count, struct sg_check_constraint *checks, size_t check_count)
{
    if (index_count)
        qsort(indexes, index_count, sizeof *indexes, compare_indexes);
    if (key_count)
        qsort(keys, key_count, sizeof *keys, compare_foreign_keys);
    if (check_count)
        qsort(checks, check_count, sizeof *checks, compare_checks);
}

void sg_table_detail_sort(struct sg_table_detail *detail)
{
    sg_detail_sort((struct sg_index *)(uintptr_t)detail->indexes, detail->index_count,
                   (struct sg_foreign_key *)(uintptr_t)detail->foreign_keys,
                   detail->foreign_key_count,
                   (struct sg_check_constraint *)(uintptr_t)detail->checks, detail->check_count);
}

/* --- copies -------------------------------------------------------------------------------- */

static const struct sg_column_detail *copy_column(const struct sg_column_detail *from,
                                                  struct sg_arena *arena)
{
    struct sg_column_detail *to = sg_arena_alloc(arena, sizeof *to);
    if (!to)
        return NULL;
    *to = *from;
    to->default_value = sg_arena_copy(arena, from->default_value);
    to->on_update = sg_arena_copy(arena, from->on_update);
    to->generated = sg_arena_copy(arena, from->generated);
    to->comment = sg_arena_copy(arena, from->comment);
    to->collation = sg_arena_copy(arena, from->collation);
    return to;
}

static struct sg_slice *copy_names(const struct sg_slice *from, size_t count,
                                   struct sg_arena *arena)
{
    struct sg_slice *to = sg_arena_array(arena, count + 1, sizeof *to);
    for (size_t i = 0; to && i < count; i++)
        to[i] = sg_arena_copy(arena, from[i]);
    return to;
}

static void copy_index(struct sg_index *to, const struct sg_index *from, struct sg_arena *arena)
{
    struct sg_index_part *parts = sg_arena_array(arena, from->part_count + 1, sizeof *parts);
    *to = *from;
    to->name = sg_arena_copy(arena, from->name);
    to->comment = sg_arena_copy(arena, from->comment);
    to->parts = parts;
    for (size_t i = 0; parts && i < from->part_count; i++) {
        parts[i] = from->parts[i];
        parts[i].column = sg_arena_copy(arena, from->parts[i].column);
        parts[i].expression = sg_arena_copy(arena, from->parts[i].expression);
    }
}

static void copy_foreign_key(struct sg_foreign_key *to, const struct sg_foreign_key *from,
                             struct sg_arena *arena)
{
    *to = *from;
    to->name = sg_arena_copy(arena, from->name);
    to->database = sg_arena_copy(arena, from->database);
    to->table = sg_arena_copy(arena, from->table);
    to->columns = copy_names(from->columns, from->column_count, arena);
    to->others = copy_names(from->others, from->column_count, arena);
    to->on_delete = sg_arena_copy(arena, from->on_delete);
    to->on_update = sg_arena_copy(arena, from->on_update);
}

static const struct sg_table_detail *copy_table(const struct sg_table_detail *from,
                                                struct sg_arena *arena)
{
    struct sg_table_detail *to = sg_arena_alloc(arena, sizeof *to);
    struct sg_index *indexes = sg_arena_array(arena, from->index_count + 1, sizeof *indexes);
    struct sg_foreign_key *keys = sg_arena_array(arena, from->foreign_key_count + 1, sizeof *keys);
    struct sg_check_constraint *checks =
        sg_arena_array(arena, from->check_count + 1, sizeof *checks);
    if (!to || !indexes || !keys || !checks)
        return NULL;
    *to = *from;
    to->engine = sg_arena_copy(arena, from->engine);
    to->collation = sg_arena_copy(arena, from->collation);
    to->comment = sg_arena_copy(arena, from->comment);
    to->definition = sg_arena_copy(arena, from->definition);
    to->indexes = indexes;
    to->foreign_keys = keys;
    to->checks = checks;
    for (size_t i = 0; i < from->index_count; i++)
        copy_index(&indexes[i], &from->indexes[i], arena);
    for (size_t i = 0; i < from->foreign_key_count; i++)
        copy_foreign_key(&keys[i], &from->foreign_keys[i], arena);
    for (size_t i = 0; i < from->check_count; i++) {
        checks[i] = from->checks[i];
        checks[i].name = sg_arena_copy(arena, from->checks[i].name);
        checks[i].expression = sg_arena_copy(arena, from->checks[i].expression);
        checks[i].column = sg_arena_copy(arena, from->checks[i].column);
    }
    return to;
}

bool sg_detail_copy(struct sg_table *table, struct sg_arena *arena)
{
    struct sg_column *columns = (struct sg_column *)(uintptr_t)table->columns;
    if (table->detail)
        table->detail = copy_table(table->detail, arena);
    for (size_t i = 0; i < table->column_count; i++) {
        if (columns[i].detail)
            columns[i].detail = copy_column(columns[i].detail, arena);
    }
    return !arena->exhausted;
}
