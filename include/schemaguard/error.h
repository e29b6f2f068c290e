/* What went wrong outside: one message that says what, where and what to do.
 *
 * The first failure is kept; the layer above puts its place in front of it and passes it on.
 * "Not understood" SQL is no error: it is the verdict `unparsed` (check.h).
 */
#ifndef SCHEMAGUARD_ERROR_H
#define SCHEMAGUARD_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

enum sg_status {
    SG_OK = 0,
    SG_LIMIT,   /* an arena's ceiling or another bound was reached */
    SG_INVALID, /* the input is not what it should be; the sg_error says where */
    SG_SYSTEM,  /* the operating system or a library refused; the sg_error says what */
};

#define SG_MUST_CHECK                      __attribute__((warn_unused_result))
#define SG_PRINTF(format_at, arguments_at) __attribute__((format(printf, format_at, arguments_at)))

struct sg_error {
    enum sg_status status; /* SG_OK while nothing happened */
    char message[512];     /* NUL-terminated, one line, no trailing full stop; cut when longer */
};

/* Sets the first failure; a later call on the same `error` changes nothing. `error` may be NULL.
 * Returns `status`, so that a caller can `return sg_error_set(...)`. */
enum sg_status sg_error_set(struct sg_error *error, enum sg_status status, const char *format, ...)
    SG_PRINTF(3, 4);

/* Puts "place: " in front of the message that is there. */
void sg_error_at(struct sg_error *error, const char *format, ...) SG_PRINTF(2, 3);

#endif
