/* From what the engine found and what the operator asked for to what is done.
 *
 * Pure: no session, no state. A verdict that is no mismatch always passes. docs/policy.md explains
 * the order of the questions to operators.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include <schemaguard/check.h>

#include "config/settings.h"
#include "policy/arming.h"
#include "policy/exceptions.h"
#include "policy/rules.h"

enum policy_action {
    POLICY_FORWARD, /* the server gets it as it came */
    POLICY_WATCH,   /* so it does, and its refusal is the block */
    POLICY_LOOK_UP, /* its tables are looked up first: what they still lack is blocked */
    POLICY_ASK,     /* the server is asked to prepare it first; its refusal is the answer */
    POLICY_BLOCK,   /* the guard answers with an error of its own */
};

/* How the statement travels. */
enum policy_carrier {
    POLICY_CARRIER_QUERY,   /* COM_QUERY: would be executed at once */
    POLICY_CARRIER_PREPARE, /* COM_STMT_PREPARE: the server's own answer to it is the proof */
    POLICY_CARRIER_NAME,    /* COM_INIT_DB and the like: reported, never blocked */
};

/* A suspect, and what bears on it. Everything is borrowed. */
struct policy_case {
    const struct settings *settings;
    const struct policy_subject *subject;
    const struct exceptions *exceptions; /* NULL = none */
    const struct sg_report *report;
    enum policy_carrier carrier;
    enum guard_mode mode;    /* the global one, as of now */
    enum arming_level level; /* what may be stopped now */
    bool doubtful;           /* tables were changed after the schema was read: it is not trusted */
    uint64_t digest;         /* 0 = not made: no exception wants it */
    int64_t now_s;           /* since 1970 */
};

#define POLICY_RULE_MAX 128

struct policy_decision {
    enum policy_action action;
    enum guard_mode mode; /* the global one, or the rule's */
    bool would_block;     /* block in force, and the server's refusal given, it would be stopped */
    char rule[POLICY_RULE_MAX]; /* what decided: "mode", "rule NAME", "exception KIND NAME" … */
};

struct policy_decision policy_decide(const struct policy_case *suspect);

/* The server refused a name, in words of the design page's table: 1054, 1146, 1109, 1051. */
bool policy_is_name_error(uint16_t server_error);

#endif
