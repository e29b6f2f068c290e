/* The file `exceptions`: read at start and at HUP, with what the log should say of it. */
#ifndef CLI_SERVE_EXCEPTIONS_H
#define CLI_SERVE_EXCEPTIONS_H

#include <stdbool.h>

#include <schemaguard/error.h>

#include "config/settings.h"
#include "policy/exceptions.h"

/* True also where none is set; false with *error. */
SG_MUST_CHECK bool serve_exceptions_read(const struct settings *settings,
                                         struct exceptions_slot *slot, struct sg_error *error);

/* A file that is wrong now leaves the set of before in use. */
void serve_exceptions_read_again(const struct settings *settings, struct exceptions_slot *slot);

#endif
