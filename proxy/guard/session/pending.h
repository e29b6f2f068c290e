/* The commands whose answers the client still waits for, oldest first.
 *
 * Clients pipeline, servers answer in order; so each command that will be answered stands here with
 * what is to happen when its answer comes. Two fit in the session itself, which is what a client
 * that waits for its answers ever needs; more take memory until the queue is empty again.
 */
#ifndef SESSION_PENDING_H
#define SESSION_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>

#include "session/recent.h"
#include "wire/command.h"

struct note; /* note.h */

enum pending_kind {
    PENDING_FORWARDED, /* the client's own command: its answer is relayed */
    PENDING_ASKED,     /* our COM_STMT_PREPARE in place of a suspect: its answer decides */
    PENDING_ANSWERED,  /* the server never saw it: our ERR goes out when its turn comes */
};

struct pending {
    struct recent_place text; /* of a statement that was judged ok */
    struct note *note;        /* owned; NULL = nothing to remember but the answer */
    uint32_t statement_id;    /* commands that carry one; COM_SET_OPTION: 1 = multi-statements on;
                                 COM_STMT_PREPARE: the schema's generation that it was judged by */
    uint8_t kind;             /* enum pending_kind */
    uint8_t command;          /* enum wire_com */
    uint8_t answer;           /* enum wire_answer */
    uint8_t last_sequence;    /* of the command's last packet */
    uint8_t frame;            /* compressed client: id of the command's last frame */
    bool inspected;           /* the engine judged it: held against the answer */
    bool changes;             /* once carried out, later commands mean something else: they wait */
};

#define PENDING_INLINE 2u
#define PENDING_LIMIT  4096u /* then the client is not read until answers have come */

struct pending_queue {
    struct pending inline_entries[PENDING_INLINE];
    struct pending *heap; /* NULL while the inline entries do */
    uint32_t capacity;    /* of heap */
    uint32_t first;
    uint32_t count;
};

/* Zeroed storage is an empty queue. Notes still in it are freed. */
void pending_fini(struct pending_queue *queue);

/* False when memory is out; entries beyond PENDING_LIMIT are the caller's to avoid. */
SG_MUST_CHECK bool pending_push(struct pending_queue *queue, const struct pending *entry);

/* The oldest, or NULL; valid until the next push or pop. */
struct pending *pending_head(struct pending_queue *queue);

/* The one after the oldest, or NULL. */
struct pending *pending_second(struct pending_queue *queue);

/* The one that was pushed last, or NULL. */
struct pending *pending_newest(struct pending_queue *queue);

/* Removes the oldest; its note is the caller's then. */
struct pending pending_pop(struct pending_queue *queue);

#endif
