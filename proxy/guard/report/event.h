/* Events: one JSON line for each mismatch, and for each name error that only the server saw.
 *
 * Field names follow OpenTelemetry's semantic conventions for databases where they have one; ours
 * begin with `schemaguard.`. docs/event.schema.json describes the line, docs/events.md explains it.
 */
#ifndef REPORT_EVENT_H
#define REPORT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/check.h>
#include <schemaguard/error.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

#include "config/settings.h"

enum event_action {
    EVENT_ACTION_FORWARDED, /* the server got the statement */
    EVENT_ACTION_BLOCKED,   /* the client got an error, nothing was executed */
};

/* How the suspicion was put to the proof. */
enum event_confirm {
    EVENT_CONFIRM_NOT_ASKED, /* observe mode, confirm = none, or there was nothing to ask */
    EVENT_CONFIRM_REFUSED,   /* the server refused it with a name error */
    EVENT_CONFIRM_REFUTED, /* the server prepared it, or its tables were looked up and explain it */
    EVENT_CONFIRM_UNDECIDED, /* the server answered with another error, or the look-up failed */
    EVENT_CONFIRM_CONFIRMED, /* its tables were looked up, and it is wrong by them, too */
    EVENT_CONFIRM_TIMED_OUT, /* the look-up took too long */
};

/* Our verdict held against what the server said. */
enum event_agreement {
    EVENT_AGREEMENT_UNKNOWN, /* the server was not heard: blocked without asking, connection lost */
    EVENT_AGREEMENT_AGREE,   /* both found a name that is not there */
    EVENT_AGREEMENT_FALSE_POSITIVE, /* we did, the server ran it */
    EVENT_AGREEMENT_STALE,          /* so it was, and the schema that was read next explains it */
    EVENT_AGREEMENT_MISSED,         /* the server did, we had not */
};

struct event_attribute {
    struct sg_slice name;
    struct sg_slice value;
};

/* Everything is borrowed for the call. Text is in any bytes: what is not UTF-8 is replaced. Empty
 * text, and numbers that say so, are left out of the line. */
struct event {
    uint64_t at_us; /* since 1970, UTC; 0 = now */

    /* who */
    uint64_t session_id;
    uint32_t
        connection_id; /* the server's id of the connection, as in its process list; 0 = none */
    struct sg_slice user;
    struct sg_slice client_address; /* numeric, or the listener's path for a Unix socket */
    uint16_t client_port;           /* 0 = Unix socket */
    struct sg_slice server_address;
    uint16_t server_port;                     /* 0 = Unix socket */
    const struct event_attribute *attributes; /* of the connection, as the client sent them */
    size_t attribute_count;

    /* what */
    enum sg_flavour flavour;
    struct sg_slice database;
    enum sg_statement_kind kind;
    struct sg_slice command;         /* "COM_QUERY", "COM_STMT_PREPARE", "COM_INIT_DB" */
    struct sg_slice normalised_text; /* of sg_digest: never the statement as it came */
    bool text_truncated;
    uint64_t digest; /* sg_digest's hash; 0 = none */

    /* found, and done about it */
    bool is_candidate; /* by the candidate schema, which nothing is stopped for */
    enum sg_verdict verdict;
    const struct sg_reference *references;
    size_t reference_count;
    struct sg_slice unparsed_reason; /* with SG_VERDICT_UNPARSED */
    uint64_t schema_generation;
    enum guard_mode mode;
    enum event_action action;
    bool would_block;     /* with block in force it would have been stopped */
    struct sg_slice rule; /* what decided: "mode", "rule NAME", "exception KIND NAME" … */
    enum event_confirm confirm;
    enum event_agreement agreement;
    enum sg_origin missed_origin; /* with EVENT_AGREEMENT_MISSED */

    /* What the client was told: the server's answer, or the guard's own ERR. 0 = no error. The
     * message is written for name errors only: others quote values. */
    uint16_t error;
    struct sg_slice sqlstate;
    struct sg_slice message;
    bool error_is_own; /* the guard's words, not the server's */
};

struct event_log;

/* Where `event_log` says: NULL in *log_out for `none`. SG_SYSTEM when the file cannot be opened. */
SG_MUST_CHECK enum sg_status event_log_open(const struct settings *settings,
                                            struct event_log **log_out, struct sg_error *error);

/* Makes the line and queues it. Any thread; copies what it needs, never waits. NULL is fine. */
void event_log_write(struct event_log *log, const struct event *event);

/* See sink_reopen and sink_close. NULL is fine. */
void event_log_reopen(struct event_log *log);
void event_log_close(struct event_log *log, uint64_t timeout_ms);

/* The line alone, without a line end, NUL-terminated; the caller frees it. NULL: memory was out.
 * Of the normalised text at most `text_max_bytes` are written; 0: none of it. */
char *event_to_json(const struct event *event, size_t text_max_bytes);

#endif
