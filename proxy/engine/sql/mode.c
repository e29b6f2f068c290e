/* The value of the variable sql_mode, as far as reading statements needs it. See check.h.
 * MySQL manual, "Server SQL Modes"; MariaDB documentation, "SQL_MODE". What the composites hold was
 * read from the servers, which spell them out when asked for the variable.
 */
#include <schemaguard/check.h>

#include <string.h>
#include <strings.h>

#define ANSI_BITS (SG_MODE_PIPES_AS_CONCAT | SG_MODE_ANSI_QUOTES | SG_MODE_IGNORE_SPACE)

static const struct mode_name {
    const char *name;
    uint32_t bits;
    int number; /* its bit in the variable, the same on both flavours */
} MODE_NAMES[] = {
    {"PIPES_AS_CONCAT", SG_MODE_PIPES_AS_CONCAT, 1},
    {"ANSI_QUOTES", SG_MODE_ANSI_QUOTES, 2},
    {"IGNORE_SPACE", SG_MODE_IGNORE_SPACE, 3},
    {"ONLY_FULL_GROUP_BY", SG_MODE_ONLY_FULL_GROUP_BY, 5},
    {"POSTGRESQL", ANSI_BITS, 8},
    {"ORACLE", ANSI_BITS | SG_MODE_ORACLE, 9},
    {"MSSQL", ANSI_BITS | SG_MODE_MSSQL, 10},
    {"DB2", ANSI_BITS, 11},
    {"MAXDB", ANSI_BITS, 12},
    {"MYSQL323", SG_MODE_HIGH_NOT_PRECEDENCE, 16},
    {"MYSQL40", SG_MODE_HIGH_NOT_PRECEDENCE, 17},
    {"ANSI", ANSI_BITS, 18},
    {"NO_BACKSLASH_ESCAPES", SG_MODE_NO_BACKSLASH_ESCAPES, 20},
    {"HIGH_NOT_PRECEDENCE", SG_MODE_HIGH_NOT_PRECEDENCE, 29},
};

#define MODE_NAME_COUNT (sizeof MODE_NAMES / sizeof MODE_NAMES[0])

/* MySQL has no Oracle or MSSQL mode, and its ANSI holds one bit more. */
static uint32_t bits_of(const struct mode_name *mode, enum sg_flavour flavour)
{
    if (flavour == SG_FLAVOUR_MARIADB)
        return mode->bits;
    uint32_t bits = mode->bits & ~(uint32_t)(SG_MODE_ORACLE | SG_MODE_MSSQL);
    return mode->number == 18 ? bits | SG_MODE_ONLY_FULL_GROUP_BY : bits;
}

static uint32_t bits_of_name(struct sg_slice name, enum sg_flavour flavour)
{
    for (size_t i = 0; i < MODE_NAME_COUNT; i++) {
        const struct mode_name *mode = &MODE_NAMES[i];
        if (strlen(mode->name) == name.size && strncasecmp(mode->name, name.data, name.size) == 0)
            return bits_of(mode, flavour);
    }
    return 0;
}

static uint32_t bits_of_number(struct sg_slice digits, enum sg_flavour flavour)
{
    uint64_t number = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < digits.size && number < UINT64_MAX / 100; i++)
        number = number * 10 + (uint64_t)(digits.data[i] - '0');
    for (size_t i = 0; i < MODE_NAME_COUNT; i++) {
        if (number >> MODE_NAMES[i].number & 1)
            bits |= bits_of(&MODE_NAMES[i], flavour);
    }
    return bits;
}

static bool is_number(struct sg_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.size > 0;
}

uint32_t sg_sql_mode_from_text(struct sg_slice text, enum sg_flavour flavour)
{
    if (is_number(text))
        return bits_of_number(text, flavour);
    uint32_t bits = 0;
    while (text.size > 0) {
        const char *comma = memchr(text.data, ',', text.size);
        size_t size = comma ? (size_t)(comma - text.data) : text.size;
        bits |= bits_of_name(sg_slice_make(text.data, size), flavour);
        size += comma ? 1 : 0;
        text = sg_slice_make(text.data + size, text.size - size);
    }
    return bits;
}
