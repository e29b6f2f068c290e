/* What the guard itself tells clients, as ERR packets. Names that the schema lacks are none of
 * these: they are answered in the server's words. */
#ifndef REPORT_GUARD_ERROR_H
#define REPORT_GUARD_ERROR_H

#include <stdint.h>

enum guard_error {
#define GUARD_ERROR(id, number, sqlstate, text, when, remedy) GUARD_ERROR_##id,
#include "report/guard_error.def"
    GUARD_ERROR_COUNT
};

struct guard_error_info {
    uint16_t number;
    const char *sqlstate; /* five characters */
    const char *text;     /* follows "schemaguard: " */
    const char *when;
    const char *remedy;
};

/* One for each, in order. */
extern const struct guard_error_info guard_errors[GUARD_ERROR_COUNT];

#endif
