/* The table of function.def and the search in it. */
#include "sql/function.h"

enum where { MYSQL = 1, MARIADB = 2, BOTH = MYSQL | MARIADB, MARIADB_AND_OLD_MYSQL = 4 };

/* MySQL 9.6 moved MD5() and SHA1() into a component. */
#define OLD_HASHES_UNTIL 90600

enum spelled { NAME, WORD };
enum form { PLAIN, LOCATE, AGGREGATE, DUALITY };

#define SG_NATIVE(name, where, spelled, form)                                                      \
    {#name, (uint8_t)(where), (spelled) == WORD, (form) == AGGREGATE,                              \
     (form) == LOCATE    ? SG_FUNCTION_LOCATE                                                      \
     : (form) == DUALITY ? SG_FUNCTION_JSON_DUALITY_OBJECT                                         \
                         : SG_FUNCTION_PLAIN},
static const struct sg_function_entry FUNCTIONS[] = {
#include "sql/function.def"
};
#undef SG_NATIVE

#define FUNCTION_COUNT (sizeof FUNCTIONS / sizeof FUNCTIONS[0])

/* As strcmp, of `name` in upper case with `entry`. */
static int compare(struct sg_slice name, const char *entry)
{
    for (size_t i = 0; i < name.size; i++) {
        int c = (unsigned char)name.data[i];
        if (c >= 'a' && c <= 'z')
            c -= 'a' - 'A';
        int d = (unsigned char)entry[i];
        if (c != d)
            return c - d;
        if (d == 0) /* the entry is at its end, the name is not: it goes on with a NUL */
            return 1;
    }
    return entry[name.size] == '\0' ? 0 : -1;
}

static bool is_there(const struct sg_function_entry *entry, bool mariadb, uint32_t version)
{
    if (entry->where == MARIADB_AND_OLD_MYSQL)
        return mariadb || version < OLD_HASHES_UNTIL;
    return entry->where & (mariadb ? MARIADB : MYSQL);
}

const struct sg_function_entry *sg_function_find(struct sg_slice name, bool mariadb,
                                                 uint32_t version)
{
    size_t low = 0;
    size_t high = FUNCTION_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, FUNCTIONS[middle].name);
        if (order == 0)
            return is_there(&FUNCTIONS[middle], mariadb, version) ? &FUNCTIONS[middle] : NULL;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
