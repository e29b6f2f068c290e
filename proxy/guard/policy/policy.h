/* From what the engine found and what the operator asked for to what is done.
 *
 * Pure: no session, no state. A verdict that is no mismatch always passes.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <schemaguard/check.h>

#include "config/settings.h"
#include "policy/arming.h"

enum policy_action {
    POLICY_FORWARD, /* the server gets it as it came */
    POLICY_ASK,     /* the server is asked to prepare it first; its refusal is the answer */
    POLICY_BLOCK,   /* the guard answers with an error of its own */
};

/* How the statement travels. */
enum policy_carrier {
    POLICY_CARRIER_QUERY,   /* COM_QUERY: would be executed at once */
    POLICY_CARRIER_PREPARE, /* COM_STMT_PREPARE: the server's own answer to it is the proof */
    POLICY_CARRIER_NAME,    /* COM_INIT_DB and the like: reported, never blocked */
};

/* `level`: what may be stopped now. `doubtful`: tables were changed after the schema was read, so
 * that the server is asked where the schema would have been trusted. */
enum policy_action policy_decide(const struct settings *settings, enum arming_level level,
                                 const struct sg_report *report, enum policy_carrier carrier,
                                 bool doubtful);

/* The server refused a name, in words of the design page's table: 1054, 1146, 1109, 1051. */
bool policy_is_name_error(uint16_t server_error);

#endif
