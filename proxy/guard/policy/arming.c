/* See arming.h. Everything but the two atomics is under the lock, which is held for a moment only.
 */
#include "policy/arming.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define SPIKE_MS 60000u

struct arming {
    const struct settings *settings;
    atomic_uint level; /* enum arming_level */
    atomic_uint mode;  /* enum guard_mode */

    pthread_mutex_t lock; /* of what follows */
    enum arming_state state;
    bool is_told; /* a command changed something: the next turn takes what it sees as the start */
    uint64_t agreed_at_start;
    uint64_t false_positives; /* as of the last turn */
    uint64_t clean;
    uint64_t blocked_at_minute; /* when the minute that is looked at began */
    uint64_t minute_ms;
    uint64_t well_since_ms; /* while stepped back */
    char alarm[ARMING_ALARM_MAX];
};

const char *arming_state_name(enum arming_state state)
{
    switch (state) {
    case ARMING_OBSERVES:
        return "observe";
    case ARMING_WAITS:
        return "waiting";
    case ARMING_IS_ARMED:
        return "armed";
    case ARMING_STEPPED_BACK:
        return "stepped_back";
    }
    return "unknown";
}

/* --- states ---------------------------------------------------------------------------------- */

/* With confirm = server nothing is stopped that the server would have run: that needs no proof. */
static enum arming_level level_of(const struct arming *arming, enum arming_state state)
{
    switch (state) {
    case ARMING_OBSERVES:
    case ARMING_STEPPED_BACK:
        return ARMING_NOTHING;
    case ARMING_WAITS:
        return arming->settings->confirm == CONFIRM_BY_SERVER ? ARMING_PROVED : ARMING_NOTHING;
    case ARMING_IS_ARMED:
        return ARMING_ALL;
    }
    return ARMING_NOTHING;
}

static void enter(struct arming *arming, enum arming_state state)
{
    arming->state = state;
    if (state != ARMING_STEPPED_BACK)
        arming->alarm[0] = '\0';
    atomic_store_explicit(&arming->level, level_of(arming, state), memory_order_relaxed);
}

/* `blocks`: the mode, or a rule, says block. */
static void begin(struct arming *arming, enum guard_mode mode, bool blocks)
{
    bool is_armed = arming->settings->arm == ARM_NOW;

    atomic_store_explicit(&arming->mode, mode, memory_order_relaxed);
    arming->is_told = true;
    arming->clean = 0;
    if (!blocks)
        enter(arming, ARMING_OBSERVES);
    else
        enter(arming, is_armed ? ARMING_IS_ARMED : ARMING_WAITS);
}

/* --- life and commands ----------------------------------------------------------------------- */

struct arming *arming_new(const struct settings *settings)
{
    struct arming *arming = calloc(1, sizeof *arming);

    if (!arming)
        return NULL;
    arming->settings = settings;
    (void)pthread_mutex_init(&arming->lock, NULL);
    begin(arming, settings->mode,
          settings->mode == GUARD_MODE_BLOCK || settings_rules_block(settings));
    return arming;
}

void arming_free(struct arming *arming)
{
    if (!arming)
        return;
    (void)pthread_mutex_destroy(&arming->lock);
    free(arming);
}

enum arming_level arming_level(const struct arming *arming)
{
    return (enum arming_level)atomic_load_explicit(&arming->level, memory_order_relaxed);
}

enum guard_mode arming_mode(const struct arming *arming)
{
    return (enum guard_mode)atomic_load_explicit(&arming->mode, memory_order_relaxed);
}

void arming_set_mode(struct arming *arming, enum guard_mode mode)
{
    (void)pthread_mutex_lock(&arming->lock);
    begin(arming, mode, mode == GUARD_MODE_BLOCK);
    (void)pthread_mutex_unlock(&arming->lock);
}

void arming_arm(struct arming *arming)
{
    (void)pthread_mutex_lock(&arming->lock);
    if (arming->state != ARMING_OBSERVES) {
        arming->is_told = true;
        enter(arming, ARMING_IS_ARMED);
    }
    (void)pthread_mutex_unlock(&arming->lock);
}

/* --- turns ----------------------------------------------------------------------------------- */

static void start_counting(struct arming *arming, const struct arming_sight *sight)
{
    arming->agreed_at_start = sight->agreed;
    arming->clean = 0;
}

static void start_minute(struct arming *arming, const struct arming_sight *sight)
{
    arming->blocked_at_minute = sight->blocked;
    arming->minute_ms = sight->now_ms;
}

/* False: nothing is wrong. True: `alarm` says what is. */
static bool is_faulty(struct arming *arming, const struct arming_sight *sight, bool erred,
                      char alarm[ARMING_ALARM_MAX])
{
    uint64_t blocks = sight->blocked - arming->blocked_at_minute;
    uint32_t most = arming->settings->block_spike;

    if (erred)
        snprintf(alarm, ARMING_ALARM_MAX,
                 "the server ran a statement that the guard took for wrong");
    else if (sight->schema_fault)
        snprintf(alarm, ARMING_ALARM_MAX, "%s", sight->schema_fault);
    else if (most > 0 && blocks > most)
        snprintf(alarm, ARMING_ALARM_MAX, "%llu blocks within a minute, more than block_spike = %u",
                 (unsigned long long)blocks, most);
    else
        return false;
    return true;
}

static enum arming_change step_back(struct arming *arming, const struct arming_sight *sight)
{
    enter(arming, ARMING_STEPPED_BACK);
    arming->well_since_ms = sight->now_ms;
    return ARMING_WENT_BACK;
}

static enum arming_change wait_on(struct arming *arming, const struct arming_sight *sight,
                                  bool erred)
{
    if (erred) {
        start_counting(arming, sight);
        return ARMING_COUNTS_ANEW;
    }
    arming->clean = sight->agreed - arming->agreed_at_start;
    if (arming->clean < arming->settings->arm_after || sight->schema_fault)
        return ARMING_UNCHANGED;
    enter(arming, ARMING_IS_ARMED);
    return ARMING_ARMED_NOW;
}

static enum arming_change recover(struct arming *arming, const struct arming_sight *sight,
                                  bool erred)
{
    uint64_t clean_ms = arming->settings->rearm_after_ms;

    if (erred || sight->schema_fault)
        arming->well_since_ms = sight->now_ms;
    if (clean_ms == 0 || sight->now_ms - arming->well_since_ms < clean_ms)
        return ARMING_UNCHANGED;
    start_minute(arming, sight);
    enter(arming, ARMING_IS_ARMED);
    return ARMING_ARMED_NOW;
}

static enum arming_change look(struct arming *arming, const struct arming_sight *sight)
{
    bool erred = sight->false_positives > arming->false_positives && !arming->is_told;

    arming->false_positives = sight->false_positives;
    if (arming->is_told) {
        arming->is_told = false;
        start_counting(arming, sight);
        start_minute(arming, sight);
    }
    if (arming_level(arming) != ARMING_NOTHING && is_faulty(arming, sight, erred, arming->alarm))
        return step_back(arming, sight);
    if (sight->now_ms - arming->minute_ms >= SPIKE_MS)
        start_minute(arming, sight);
    switch (arming->state) {
    case ARMING_OBSERVES:
    case ARMING_IS_ARMED:
        return ARMING_UNCHANGED;
    case ARMING_WAITS:
        return wait_on(arming, sight, erred);
    case ARMING_STEPPED_BACK:
        return recover(arming, sight, erred);
    }
    return ARMING_UNCHANGED;
}

enum arming_change arming_turn(struct arming *arming, const struct arming_sight *sight)
{
    enum arming_change change;

    (void)pthread_mutex_lock(&arming->lock);
    change = look(arming, sight);
    (void)pthread_mutex_unlock(&arming->lock);
    return change;
}

void arming_status(struct arming *arming, struct arming_status *status_out)
{
    (void)pthread_mutex_lock(&arming->lock);
    *status_out = (struct arming_status){.mode = arming_mode(arming),
                                         .state = arming->state,
                                         .level = arming_level(arming),
                                         .clean = arming->clean,
                                         .needed = arming->settings->arm_after};
    snprintf(status_out->alarm, sizeof status_out->alarm, "%s", arming->alarm);
    (void)pthread_mutex_unlock(&arming->lock);
}
