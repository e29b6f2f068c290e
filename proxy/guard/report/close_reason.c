#include "report/close_reason.h"

struct reason {
    const char *name;
    enum close_fault fault;
    const char *text;
};

static const struct reason REASONS[] = {
    {"open", CLOSE_FAULT_NOBODY, "still open"},
#define CLOSE_REASON(id, name, whose, text) {#name, CLOSE_FAULT_##whose, text},
#include "report/close_reason.def"
};
_Static_assert(sizeof REASONS / sizeof REASONS[0] == CLOSE_REASON_COUNT,
               "one line for each reason");

const char *close_reason_name(enum close_reason reason)
{
    return REASONS[reason].name;
}

const char *close_reason_text(enum close_reason reason)
{
    return REASONS[reason].text;
}

enum close_fault close_reason_fault(enum close_reason reason)
{
    return REASONS[reason].fault;
}

const char *close_fault_name(enum close_fault fault)
{
    switch (fault) {
    case CLOSE_FAULT_NOBODY:
        return "nobody";
    case CLOSE_FAULT_CLIENT:
        return "client";
    case CLOSE_FAULT_SERVER:
        return "server";
    case CLOSE_FAULT_GUARD:
        return "guard";
    case CLOSE_FAULT_OPERATOR:
        return "operator";
    }
    return "nobody";
}
