#include "report/guard_error.h"

const struct guard_error_info guard_errors[GUARD_ERROR_COUNT] = {
#define GUARD_ERROR(id, number, sqlstate, text, when, remedy)                                      \
    {number, sqlstate, text, when, remedy},
#include "report/guard_error.def"
};
