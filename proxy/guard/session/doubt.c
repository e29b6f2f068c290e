/* See doubt.h. A doubt holds a reference to the note, in whose memory its event is copied. */
#include "session/doubt.h"

#include <stdlib.h>
#include <string.h>

#include "report/agreement.h"
#include "report/metrics.h"
#include "session/inspect.h"
#include "session/session.h"

struct doubt {
    struct doubt *next;
    struct note *note;
    const struct judged *judged;
    struct event event;
    uint64_t at_ms; /* by published_clock_ms */
};

/* --- the event ------------------------------------------------------------------------------- */

static bool copy(struct sg_arena *arena, struct sg_slice *slice)
{
    struct sg_slice copied;

    if (slice->size == 0) {
        *slice = SG_SLICE_EMPTY;
        return true;
    }
    copied = sg_arena_copy(arena, *slice);
    *slice = copied;
    return copied.size > 0;
}

static bool copy_attributes(struct sg_arena *arena, struct event *event)
{
    struct event_attribute *attributes =
        sg_arena_array(arena, event->attribute_count, sizeof *attributes);

    if (event->attribute_count == 0)
        return true;
    if (!attributes)
        return false;
    for (size_t i = 0; i < event->attribute_count; i++) {
        attributes[i] = event->attributes[i];
        if (!copy(arena, &attributes[i].name) || !copy(arena, &attributes[i].value))
            return false;
    }
    event->attributes = attributes;
    return true;
}

/* What belongs to the session or to the moment; references, rule and database are the note's, and
 * the server's name is the settings'. */
static bool keep(struct sg_arena *arena, struct event *event)
{
    return copy(arena, &event->user) && copy(arena, &event->client_address) &&
           copy(arena, &event->normalised_text) && copy(arena, &event->sqlstate) &&
           copy(arena, &event->message) && copy_attributes(arena, event);
}

/* --- life ------------------------------------------------------------------------------------ */

bool doubt_begin(struct session_worker *host, struct note *note, const struct judged *judged,
                 const struct event *event)
{
    struct doubt *doubt;

    if (host->doubt_count >= DOUBTS_MOST || !(doubt = calloc(1, sizeof *doubt)))
        return false;
    *doubt = (struct doubt){
        .note = note, .judged = judged, .event = *event, .at_ms = published_clock_ms()};
    if (!keep(&note->arena, &doubt->event)) {
        free(doubt);
        return false;
    }
    note->holders++;
    doubt->next = host->doubts;
    host->doubts = doubt;
    host->doubt_count++;
    return true;
}

static void count(enum event_agreement agreement)
{
    if (agreement == EVENT_AGREEMENT_STALE)
        metrics_add(METRIC_STALE, 1);
    else if (agreement == EVENT_AGREEMENT_FALSE_POSITIVE)
        metrics_add(METRIC_FALSE_POSITIVE, 1);
}

static void end(struct session_worker *host, struct doubt *doubt, enum event_agreement agreement)
{
    doubt->event.agreement = agreement;
    count(agreement);
    event_log_write(host->shared->events, &doubt->event);
    agreement_example(&doubt->event);
    note_free(doubt->note);
    free(doubt);
    host->doubt_count--;
}

/* Oldest first, as they came. */
static struct doubt *take_all(struct session_worker *host)
{
    struct doubt *turned = NULL;
    struct doubt *next;

    for (struct doubt *at = host->doubts; at; at = next) {
        next = at->next;
        at->next = turned;
        turned = at;
    }
    host->doubts = NULL;
    return turned;
}

static enum event_agreement judge_again(const struct session_worker *host,
                                        const struct doubt *doubt)
{
    if (host->published->schema == doubt->note->published->schema) /* read anew, and the same */
        return EVENT_AGREEMENT_FALSE_POSITIVE;
    if (inspect_suspects_still(doubt->note, doubt->judged, host->published->schema))
        return EVENT_AGREEMENT_UNKNOWN;
    return EVENT_AGREEMENT_STALE;
}

void doubts_settle(struct session_worker *host)
{
    struct doubt *next;
    bool waits = false;

    if (!host->doubts || !host->published)
        return;
    for (struct doubt *at = take_all(host); at; at = next) {
        next = at->next;
        /* What began before the doubt may not have seen what the doubt is about. */
        if (published_as_of_ms(host->published) <= at->at_ms) {
            at->next = host->doubts;
            host->doubts = at;
            waits = true;
            continue;
        }
        end(host, at, judge_again(host, at));
    }
    if (waits && host->shared->catalog)
        catalog_request(host->shared->catalog, CATALOG_MISS);
}

void doubts_end(struct session_worker *host)
{
    struct doubt *next;

    for (struct doubt *at = take_all(host); at; at = next) {
        next = at->next;
        end(host, at, EVENT_AGREEMENT_FALSE_POSITIVE);
    }
}
