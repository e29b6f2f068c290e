/* Whether block is in force: armed when it has proved itself, stepped back when something is wrong.
 *
 * Workers ask for the level at each suspect, which is one atomic load. What changes it comes from
 * elsewhere: commands of the operator, and a turn now and then on the main thread that looks at
 * counters and at the schema's state. Knows neither of them: both are told. docs/policy.md explains
 * the rules to operators.
 *
 *     observe ◀──── mode ────▶ waiting ── arm_after clean statements, or arm ──▶ armed
 *                                 ▲                                               │
 *                                 │  arm, or a clean rearm_after                  │ fault
 *                                 └───────────── stepped back ◀───────────────────┘
 */
#ifndef POLICY_ARMING_H
#define POLICY_ARMING_H

#include <stdbool.h>
#include <stdint.h>

#include "config/settings.h"

struct arming; /* heap */

/* What may be stopped now. */
enum arming_level {
    ARMING_NOTHING, /* mode = observe, or stepped back */
    ARMING_PROVED,  /* what the server itself has refused */
    ARMING_ALL,     /* whatever policy says */
};

enum arming_state { ARMING_OBSERVES, ARMING_WAITS, ARMING_IS_ARMED, ARMING_STEPPED_BACK };
const char *arming_state_name(enum arming_state state); /* "observe", "waiting", "armed" … */

/* Begins in the mode of `settings`, which are borrowed. NULL when memory is out. */
struct arming *arming_new(const struct settings *settings);
void arming_free(struct arming *arming); /* NULL is fine */

enum arming_level arming_level(const struct arming *arming); /* any thread, no lock */
enum guard_mode arming_mode(const struct arming *arming);    /* what was asked for; as above */

/* Commands; any thread. A new mode begins as at the start, but that observe by command is for all:
 * no rule blocks then. Arming forgets the alarm. */
void arming_set_mode(struct arming *arming, enum guard_mode mode);
void arming_arm(struct arming *arming);

/* What a turn looks at. The counters only grow. */
struct arming_sight {
    uint64_t now_ms; /* monotonic */
    uint64_t agreed; /* statements of which the server said what the guard did */
    uint64_t false_positives;
    uint64_t blocked;
    const char *schema_fault; /* what is wrong with the schema; NULL = nothing */
};

enum arming_change {
    ARMING_UNCHANGED,
    ARMING_ARMED_NOW,   /* the proof is there, or the clean period is over */
    ARMING_WENT_BACK,   /* to observe; arming_status tells why */
    ARMING_COUNTS_ANEW, /* a false positive while waiting */
};

/* One thread calls it, about twice a second. */
enum arming_change arming_turn(struct arming *arming, const struct arming_sight *sight);

#define ARMING_ALARM_MAX 560 /* the error of a reading, and some words */
struct arming_status {
    enum guard_mode mode;
    enum arming_state state;
    enum arming_level level;
    uint64_t clean;               /* statements so far … */
    uint64_t needed;              /* … of so many, while it waits */
    char alarm[ARMING_ALARM_MAX]; /* why it stepped back; "" while it did not */
};
void arming_status(struct arming *arming, struct arming_status *status_out); /* any thread */

#endif
