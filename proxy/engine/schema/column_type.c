/* Types as the servers show them; see column_type.h. The written type is read word by word: its
 * name with all its spellings, what stands in the parentheses, and the attributes that show.
 *
 * MySQL manual, "Data Types", "Using Data Types from Other Database Engines"; MariaDB
 * documentation, "Data Types"
 */
#include "schema/column_type.h"

#include "schema/fold.h"

struct reader {
    struct sg_slice text;
    size_t at;
};

struct writer {
    char *data;
    size_t size;
    size_t room;
};

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r' || byte == '\f';
}

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (byte >= '0' && byte <= '9') || (unsigned char)byte >= 0x80;
}

static void skip_spaces(struct reader *r)
{
    while (r->at < r->text.size && is_space(r->text.data[r->at]))
        r->at++;
}

static struct sg_slice peek_word(struct reader *r)
{
    skip_spaces(r);
    size_t end = r->at;
    while (end < r->text.size && is_letter(r->text.data[end]))
        end++;
    return sg_slice_make(r->text.data + r->at, end - r->at);
}

static bool take_word(struct reader *r, const char *word)
{
    struct sg_slice next = peek_word(r);
    if (!sg_fold_equal(next, sg_slice_of(word)))
        return false;
    r->at += next.size;
    return true;
}

static void put(struct writer *w, struct sg_slice text)
{
    if (text.size > w->room - w->size)
        text.size = w->room - w->size;
    if (text.size)
        memcpy(w->data + w->size, text.data, text.size);
    w->size += text.size;
}

static void put_text(struct writer *w, const char *text)
{
    put(w, sg_slice_of(text));
}

static void put_lower(struct writer *w, struct sg_slice text)
{
    size_t start = w->size;
    put(w, text);
    for (size_t i = start; i < w->size; i++) {
        if (w->data[i] >= 'A' && w->data[i] <= 'Z')
            w->data[i] = (char)(w->data[i] + 'a' - 'A');
    }
}

/* --- arguments ----------------------------------------------------------------------------- */

/* 'it''s' in, the same out with escapes undone: the servers show quotes doubled. */
static void copy_string(struct reader *r, struct writer *w)
{
    char quote = r->text.data[r->at++];
    put_text(w, "'");
    while (r->at < r->text.size) {
        char byte = r->text.data[r->at++];
        if (byte == quote) {
            if (r->at >= r->text.size || r->text.data[r->at] != quote)
                break;
            r->at++;
        } else if (byte == '\\' && r->at < r->text.size) {
            byte = r->text.data[r->at++];
        }
        put(w, byte == '\'' ? SG_SLICE_LITERAL("''") : sg_slice_make(&byte, 1));
    }
    put_text(w, "'");
}

/* The arguments without blanks, parentheses excluded; empty when there are none. */
static struct sg_slice read_arguments(struct reader *r, struct writer *w)
{
    size_t start = w->size;
    skip_spaces(r);
    if (r->at >= r->text.size || r->text.data[r->at] != '(')
        return SG_SLICE_EMPTY;
    r->at++;
    while (r->at < r->text.size && r->text.data[r->at] != ')') {
        char byte = r->text.data[r->at];
        if (byte == '\'' || byte == '"') {
            copy_string(r, w);
            continue;
        }
        if (!is_space(byte))
            put(w, sg_slice_make(&byte, 1));
        r->at++;
    }
    r->at++;
    return sg_slice_make(w->data + start, w->size - start);
}

/* --- names --------------------------------------------------------------------------------- */

static const struct spelling {
    const char *written;
    const char *shown;
} SPELLINGS[] = {
    {"integer", "int"},
    {"int1", "tinyint"},
    {"int2", "smallint"},
    {"int3", "mediumint"},
    {"int4", "int"},
    {"int8", "bigint"},
    {"middleint", "mediumint"},
    {"dec", "decimal"},
    {"numeric", "decimal"},
    {"fixed", "decimal"},
    {"number", "decimal"},
    {"real", "double"},
    {"float8", "double"},
    {"float4", "float"},
    {"character", "char"},
    {"nchar", "char"},
    {"varcharacter", "varchar"},
    {"nvarchar", "varchar"},
};

struct type {
    char name[24];
    bool byte_string; /* CHARACTER SET binary, CHAR BYTE */
    bool is_unsigned;
    bool zerofill;
    bool is_bool;
    bool serial;
    bool compressed; /* MariaDB */
};

static void set_name(struct type *type, struct sg_slice word)
{
    struct writer w = {.data = type->name, .room = sizeof type->name - 1};
    put_lower(&w, word);
    type->name[w.size] = '\0';
    for (size_t i = 0; i < sizeof SPELLINGS / sizeof SPELLINGS[0]; i++) {
        if (strcmp(type->name, SPELLINGS[i].written) == 0)
            memcpy(type->name, SPELLINGS[i].shown, strlen(SPELLINGS[i].shown) + 1);
    }
}

static bool is_named(const struct type *type, const char *name)
{
    return strcmp(type->name, name) == 0;
}

/* Names of two and more words. */
static void read_name(struct reader *r, struct type *type)
{
    struct sg_slice first = peek_word(r);
    r->at += first.size;
    if (sg_fold_equal(first, SG_SLICE_LITERAL("national"))) {
        first = peek_word(r);
        r->at += first.size;
    }
    set_name(type, first);
    type->serial = is_named(type, "serial");
    type->is_bool = is_named(type, "bool") || is_named(type, "boolean");
    if (type->serial)
        set_name(type, SG_SLICE_LITERAL("bigint"));
    if (type->is_bool)
        set_name(type, SG_SLICE_LITERAL("tinyint"));
    if (is_named(type, "double"))
        (void)take_word(r, "precision");
    if (is_named(type, "char") &&
        (take_word(r, "varying") || take_word(r, "varchar") || take_word(r, "varcharacter")))
        set_name(type, SG_SLICE_LITERAL("varchar"));
    if (is_named(type, "long")) {
        bool binary = take_word(r, "varbinary");
        if (!binary && !take_word(r, "varchar") && take_word(r, "char"))
            (void)take_word(r, "varying");
        set_name(type, binary ? SG_SLICE_LITERAL("mediumblob") : SG_SLICE_LITERAL("mediumtext"));
    }
}

static void read_attributes(struct reader *r, struct type *type)
{
    for (struct sg_slice word = peek_word(r); word.size; word = peek_word(r)) {
        r->at += word.size;
        if (sg_fold_equal(word, SG_SLICE_LITERAL("unsigned")))
            type->is_unsigned = true;
        else if (sg_fold_equal(word, SG_SLICE_LITERAL("zerofill")))
            type->is_unsigned = type->zerofill = true;
        else if (sg_fold_equal(word, SG_SLICE_LITERAL("compressed")))
            type->compressed = true;
        else if (sg_fold_equal(word, SG_SLICE_LITERAL("byte")))
            type->byte_string = true;
        else if (sg_fold_equal(word, SG_SLICE_LITERAL("set")) ||
                 sg_fold_equal(word, SG_SLICE_LITERAL("charset")))
            type->byte_string = type->byte_string || take_word(r, "binary");
    }
}

/* --- what is shown ------------------------------------------------------------------------- */

/* Widths that the servers show where none was written: signed, unsigned. */
static const struct width {
    const char *name;
    const char *plain;
    const char *unsigned_one;
} WIDTHS[] = {
    {"tinyint", "4", "3"}, {"smallint", "6", "5"}, {"mediumint", "9", "8"},
    {"int", "11", "10"},   {"bigint", "20", "20"},
};

static const struct width *width_of(const struct type *type)
{
    for (size_t i = 0; i < sizeof WIDTHS / sizeof WIDTHS[0]; i++) {
        if (is_named(type, WIDTHS[i].name))
            return &WIDTHS[i];
    }
    return NULL;
}

/* MySQL 8.0.19 and later show no width but that of TINYINT(1) and of ZEROFILL. */
static bool shows_width(const struct type *type, const struct sg_server *server,
                        struct sg_slice arguments)
{
    if (server->flavour == SG_FLAVOUR_MARIADB || server->version < 80019 || type->zerofill)
        return true;
    return is_named(type, "tinyint") && !type->is_unsigned &&
           sg_slice_equal(arguments, SG_SLICE_LITERAL("1"));
}

static struct sg_slice integer_arguments(const struct type *type, const struct sg_server *server,
                                         struct sg_slice arguments)
{
    const struct width *width = width_of(type);
    if (type->is_bool)
        return SG_SLICE_LITERAL("1");
    if (!shows_width(type, server, arguments))
        return SG_SLICE_EMPTY;
    if (arguments.size)
        return arguments;
    return sg_slice_of(type->is_unsigned ? width->unsigned_one : width->plain);
}

static void turn_binary(struct type *type)
{
    static const struct spelling BINARIES[] = {
        {"char", "binary"}, {"varchar", "varbinary"},     {"tinytext", "tinyblob"},
        {"text", "blob"},   {"mediumtext", "mediumblob"}, {"longtext", "longblob"},
    };
    for (size_t i = 0; i < sizeof BINARIES / sizeof BINARIES[0]; i++) {
        if (is_named(type, BINARIES[i].written)) {
            set_name(type, sg_slice_of(BINARIES[i].shown));
            return;
        }
    }
}

/* Bytes of a character in the server's default character set: utf8mb4 since MySQL 8.0 and MariaDB
 * 11.6, latin1 before. */
static unsigned default_width(const struct sg_server *server)
{
    bool mariadb = server->flavour == SG_FLAVOUR_MARIADB;
    return server->version >= (mariadb ? 110600u : 80000u) ? 4 : 1;
}

/* Text and blobs of a length are of the smallest type that holds it. (In the server's default
 * character set: those of the table and the database are not followed.) */
static void fit_blob(struct type *type, struct sg_slice *arguments, const struct sg_server *server)
{
    bool text = is_named(type, "text");
    uint64_t length = 0;
    if ((!text && !is_named(type, "blob")) || arguments->size == 0)
        return;
    for (size_t i = 0; i < arguments->size && length <= UINT32_MAX; i++)
        length = length * 10 + (uint64_t)(arguments->data[i] - '0');
    *arguments = SG_SLICE_EMPTY;
    if (text)
        length *= default_width(server);
    const char *size = length < 256        ? "tiny"
                       : length < 65536    ? ""
                       : length < 16777216 ? "medium"
                                           : "long";
    struct writer w = {.data = type->name, .room = sizeof type->name - 1};
    put_text(&w, size);
    put_text(&w, text ? "text" : "blob");
    type->name[w.size] = '\0';
}

static struct sg_slice usual_arguments(struct type *type, const struct sg_server *server,
                                       struct sg_slice arguments)
{
    bool mariadb = server->flavour == SG_FLAVOUR_MARIADB;
    bool none = arguments.size == 0;
    if (width_of(type))
        return integer_arguments(type, server, arguments);
    if (is_named(type, "float") && !none && !memchr(arguments.data, ',', arguments.size)) {
        bool wide =
            arguments.size > 2 || (arguments.size == 2 && memcmp(arguments.data, "24", 2) > 0);
        set_name(type, wide ? SG_SLICE_LITERAL("double") : SG_SLICE_LITERAL("float"));
        return SG_SLICE_EMPTY;
    }
    if (is_named(type, "char") || is_named(type, "binary") || is_named(type, "bit"))
        return none ? SG_SLICE_LITERAL("1") : arguments;
    if (is_named(type, "year"))
        return mariadb || server->version < 80019 ? SG_SLICE_LITERAL("4") : SG_SLICE_EMPTY;
    if (is_named(type, "vector") && none && !mariadb)
        return SG_SLICE_LITERAL("2048");
    if ((is_named(type, "time") || is_named(type, "datetime") || is_named(type, "timestamp")) &&
        sg_slice_equal(arguments, SG_SLICE_LITERAL("0")))
        return SG_SLICE_EMPTY;
    return arguments;
}

static void rename_by_flavour(struct type *type, const struct sg_server *server)
{
    bool mariadb = server->flavour == SG_FLAVOUR_MARIADB;
    if (mariadb && is_named(type, "json"))
        set_name(type, SG_SLICE_LITERAL("longtext"));
    if (!mariadb && server->version >= 80000 && is_named(type, "geometrycollection"))
        set_name(type, SG_SLICE_LITERAL("geomcollection"));
    if (mariadb && is_named(type, "geomcollection"))
        set_name(type, SG_SLICE_LITERAL("geometrycollection"));
}

static void put_decimal(struct writer *w, struct sg_slice arguments)
{
    if (arguments.size == 0 || sg_slice_equal(arguments, SG_SLICE_LITERAL("0")))
        arguments = SG_SLICE_LITERAL("10");
    put_text(w, "decimal(");
    put(w, arguments);
    if (!memchr(arguments.data, ',', arguments.size))
        put_text(w, ",0");
    put_text(w, ")");
}

struct sg_slice sg_column_type(struct sg_slice written, const struct sg_server *server,
                               struct sg_arena *arena)
{
    struct reader r = {.text = written};
    struct type type = {0};
    /* a quote in an argument may double */
    struct writer arguments = {.data = sg_arena_alloc(arena, written.size * 2 + 1),
                               .room = written.size * 2};
    struct writer w = {.data = sg_arena_alloc(arena, written.size * 2 + 64),
                       .room = written.size * 2 + 64};
    if (!arguments.data || !w.data)
        return SG_SLICE_EMPTY;
    read_name(&r, &type);
    struct sg_slice inside = read_arguments(&r, &arguments);
    read_attributes(&r, &type);
    if (type.byte_string)
        turn_binary(&type);
    rename_by_flavour(&type, server);
    fit_blob(&type, &inside, server);
    if (is_named(&type, "decimal")) {
        put_decimal(&w, inside);
    } else {
        inside = usual_arguments(&type, server, inside);
        put_text(&w, type.name);
        if (inside.size) {
            put_text(&w, "(");
            put(&w, inside);
            put_text(&w, ")");
        }
    }
    if (type.is_unsigned || type.serial)
        put_text(&w, " unsigned");
    if (type.zerofill)
        put_text(&w, " zerofill");
    if (type.compressed)
        put_text(&w, " /*M!100301 COMPRESSED*/");
    return sg_slice_make(w.data, w.size);
}

bool sg_column_type_is_integer(struct sg_slice type)
{
    static const char *const NAMES[] = {"tinyint", "smallint", "mediumint", "int",
                                        "bigint",  "year",     "bit"};
    size_t letters = 0;
    while (letters < type.size && type.data[letters] >= 'a' && type.data[letters] <= 'z')
        letters++;
    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        if (sg_slice_equal(sg_slice_make(type.data, letters), sg_slice_of(NAMES[i])))
            return true;
    }
    return false;
}
