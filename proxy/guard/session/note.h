/* What is remembered of a statement until the server has answered it.
 *
 * Most statements leave nothing to remember: their verdict is ok and they change nothing that later
 * ones depend on. The others are judged a second time, in memory of their own, so that report,
 * names and text outlive the worker's arena without a copy function for each of them.
 */
#ifndef SESSION_NOTE_H
#define SESSION_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include <schemaguard/arena.h>
#include <schemaguard/check.h>
#include <schemaguard/slice.h>

#include "catalog/publish.h"
#include "policy/policy.h"
#include "report/event.h"

/* One statement of a command's text. */
struct judged {
    struct judged *next;
    unsigned index; /* 0 = the first of a multi-statement: its result is the first one, too */
    struct sg_slice text;
    const struct sg_report *report;
};

/* A note holds text, tree and report of one command. */
#define NOTE_CEILING_BYTES (512u * 1024u * 1024u)

struct note {
    struct sg_arena arena; /* everything below lives in it */
    struct published
        *published;            /* retained: reports point into its schema; NULL = none was there */
    struct sg_schema *fresh;   /* one reference: likewise that of a look-up; NULL = none */
    struct judged *judged;     /* in the order of the text */
    struct sg_context context; /* under which it was judged; for the digest of its text */
    unsigned statement_count;  /* of the text, as far as it was read */
    unsigned result_count;     /* results that have come so far */
    unsigned holders;          /* beside its owner: it is freed after the last of them */
    bool several;              /* MULTI_STATEMENTS was in force */
    struct sg_slice packet;    /* the client's packets as they came, for a suspect that is asked */
    uint8_t sequence;          /* of the last of them */
    uint64_t at_us;            /* since 1970, when the command came */
    uint64_t asked_at_ns;      /* histogram_clock_ns, when the server was asked; 0 = it was not */
    struct policy_decision decision; /* about the statement `decided` */
    unsigned decided; /* 0, or the first that is unverified where those before are ok */
    enum event_confirm confirm;
    bool blocked;   /* the client was given, or will be given, an error in place of a result */
    bool doubtful;  /* tables had been changed since the schema was read */
    bool changes;   /* some statement changes what later ones mean */
    bool explained; /* its tables were looked up, and it is right by them */
};

/* The statement that the decision is about. */
const struct judged *note_decided(const struct note *note);

/* Gives one hold, or the ownership, back. NULL is fine. */
void note_free(struct note *note);

#endif
