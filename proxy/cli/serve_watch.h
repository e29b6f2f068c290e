/* Looks after the arming while the guard runs: what it counts, how the schema does, what to say. */
#ifndef CLI_SERVE_WATCH_H
#define CLI_SERVE_WATCH_H

#include <stdint.h>

#include "catalog/refresh.h"
#include "config/settings.h"
#include "policy/arming.h"

struct watch {
    const struct settings *settings;
    struct catalog *catalog; /* NULL = no account to read the schema with */
    struct arming *arming;
    uint64_t readings;      /* as of the last good one that was seen … */
    uint64_t failures_then; /* … and the failures as of then */
};

#define WATCH_TURN_MS 500

/* About twice a second, always on the same thread. */
void watch_turn(struct watch *watch);

#endif
