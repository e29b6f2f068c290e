/* Why a session ended. The first reason stands; what follows from it is not another one. */
#ifndef REPORT_CLOSE_REASON_H
#define REPORT_CLOSE_REASON_H

/* CLOSE_REASON_NONE = 0: still open. Then CLOSE_REASON_CLIENT_QUIT and so on. */
enum close_reason {
    CLOSE_REASON_NONE,
#define CLOSE_REASON(id, name, whose, text) CLOSE_REASON_##id,
#include "report/close_reason.def"
    CLOSE_REASON_COUNT
};

/* Who can do something about it. */
enum close_fault {
    CLOSE_FAULT_NOBODY,
    CLOSE_FAULT_CLIENT,
    CLOSE_FAULT_SERVER,
    CLOSE_FAULT_GUARD,
    CLOSE_FAULT_OPERATOR,
};

const char *close_reason_name(enum close_reason reason); /* "client_quit"; "open" for NONE */
const char *close_reason_text(enum close_reason reason); /* completes "session 17: closed: …" */
enum close_fault close_reason_fault(enum close_reason reason);
const char *close_fault_name(enum close_fault fault); /* "nobody", "client" … */

#endif
