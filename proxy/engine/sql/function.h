/* Which names are the server's own functions.
 *
 * A name that is none of them is a stored or loadable function, or nothing: the resolver cannot
 * tell which without asking the server.
 */
#ifndef SQL_FUNCTION_H
#define SQL_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/slice.h>

#include "sql/ast.h"

struct sg_function_entry {
    const char *name; /* upper case */
    uint8_t where;    /* enum in function.c */
    bool word;        /* only unquoted is it the server's own */
    bool aggregate;
    enum sg_function function;
};

/* The server's function of that name, letter case ignored, or NULL. Static storage. */
const struct sg_function_entry *sg_function_find(struct sg_slice name, bool mariadb,
                                                 uint32_t version);

#endif
