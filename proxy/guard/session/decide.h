/* A suspect and its session in, policy's decision out. */
#ifndef SESSION_DECIDE_H
#define SESSION_DECIDE_H

#include <schemaguard/arena.h>
#include <schemaguard/check.h>
#include <schemaguard/slice.h>

#include "policy/policy.h"

struct session;

/* `text` is that of the statement which `report` judges; `arena` holds a digest for a moment. */
struct policy_decision decide(const struct session *session, struct sg_slice text,
                              const struct sg_report *report, enum policy_carrier carrier,
                              struct sg_arena *arena);

#endif
