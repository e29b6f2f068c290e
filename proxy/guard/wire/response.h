/* Where does the server's answer end? A walk over its bytes as they stream by.
 *
 * In:  what the command expects (enum wire_answer), the effective capabilities, the sequence id of
 * the command's last packet; then the server's bytes in pieces of any size, in order. Out: how many
 * of them belong to this answer, and what happens next.
 *
 * Rows are skipped by their headers; nothing is assembled. Packets that carry meaning (the first of
 * a result, OK, EOF, ERR) are read where they lie when they arrive in one piece; only when one is
 * cut does the tracker keep a copy, from the heap, at most WIRE_LOOK_MAX bytes, until that packet
 * was read. An idle session's tracker therefore is the struct alone.
 *
 *     wire_response_begin(&r, wire_answer_of(command, flavour), effective, last_sequence);
 *     ...
 *     taken = wire_response_feed(&r, bytes, size, &progress);      forward `taken` bytes
 *     switch (progress) { ... }
 *
 * A tracker that does not understand says so (LOST, UNEXPECTED) and is never wrong silently: relay
 * only from then on. It does not stall and does not ask for bytes.
 *
 * Called by session/relay. Leaves to others: queueing of commands, forwarding, the login and
 * COM_CHANGE_USER (auth.h). One tracker belongs to one session's thread.
 *
 * Source: MySQL Source Code Documentation, "Command Phase", "Text Resultset", "COM_STMT_PREPARE
 * Response", "COM_STMT_EXECUTE Response"; MariaDB KB, "Result Set Packets", "Progress Reporting".
 */
#ifndef WIRE_RESPONSE_H
#define WIRE_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/slice.h>

#include "wire/command.h"
#include "wire/err_packet.h"
#include "wire/ok_packet.h"

#define WIRE_LOOK_MAX (16u * 1024u) /* bytes of a cut packet that are kept */

enum wire_progress {
    WIRE_PROGRESS_MORE,   /* all bytes taken; the answer goes on */
    WIRE_PROGRESS_RESULT, /* one result is complete and another follows (multi-statements, CALL):
                             look at the outcome, then feed the rest, even if there is none */
    WIRE_PROGRESS_DONE,   /* the answer is complete; bytes left belong to the next one */
    WIRE_PROGRESS_INFILE, /* LOCAL INFILE: the client sends file packets up to and with an empty
                             frame; then wire_response_infile_done. Bytes fed before: LOST */
    WIRE_PROGRESS_STREAM, /* no end: relay only, for good; all bytes taken */
    WIRE_PROGRESS_UNEXPECTED, /* a packet whose id does not continue this answer. Taken: everything
                             up to and with its header. r->unexpected_sequence tells the id: if it
                             is the first id of the next command's answer, this answer ended unseen:
                             wire_response_resume with that command; 0 is the server's farewell;
                             else relay only */
    WIRE_PROGRESS_LOST,       /* not understood: relay only, for good; all bytes taken */
};

enum wire_outcome {
    WIRE_OUTCOME_NONE,     /* no result is complete yet */
    WIRE_OUTCOME_OK,       /* wire_response_ok */
    WIRE_OUTCOME_ERR,      /* wire_response_err */
    WIRE_OUTCOME_ROWS,     /* a result set, or the rows of a FETCH; wire_response_ok for its end */
    WIRE_OUTCOME_PREPARED, /* statement_id, parameters, columns */
    WIRE_OUTCOME_TEXT,     /* STATISTICS */
};

struct wire_look; /* a cut packet's first bytes; private */

struct wire_response {
    /* for the caller to read */
    uint64_t effective;           /* capabilities; as given */
    struct sg_slice packet;       /* payload of the packet that ended the last result, see `cut` */
    uint32_t statement_id;        /* PREPARED */
    uint16_t parameters, columns; /* PREPARED */
    uint16_t status;              /* WIRE_STATUS_... of the last OK or EOF; 0 before one came */
    uint16_t error_number;        /* ERR */
    enum wire_answer answer;      /* as given */
    enum wire_outcome outcome;    /* of the last complete result */
    uint8_t last_sequence;       /* of the last packet seen: an ERR of ours after it has the next */
    uint8_t unexpected_sequence; /* UNEXPECTED */
    bool cut;                    /* `packet` holds only its first WIRE_LOOK_MAX bytes */

    /* response.c's */
    uint8_t step;
    uint8_t flags;
    uint8_t expected_sequence;
    uint8_t header_size;
    uint8_t header[3];      /* a header's first bytes, when it came in pieces */
    uint32_t left;          /* payload bytes of the current packet still to come */
    uint64_t definitions;   /* still to come in this group */
    struct wire_look *look; /* NULL unless a packet that is being read was cut */
};

/* Starts on an answer; *r may be uninitialised memory or a tracker that was finished
 * (wire_response_fini). `command_sequence` is the id of the command's last packet (0 for all
 * commands below 16 MiB). `answer` must not be NONE or AUTH: those are LOST at the first byte. */
void wire_response_begin(struct wire_response *r, enum wire_answer answer, uint64_t effective,
                         uint8_t command_sequence);

/* Takes the answer's bytes out of `bytes`; see enum wire_progress. `bytes` is only read, and never
 * beyond what the tracker must see: headers, and packets that carry meaning. r->packet and what is
 * parsed out of it stay valid until the next call on `r` and while `bytes` stays where it is. */
size_t wire_response_feed(struct wire_response *r, const void *bytes, size_t size,
                          enum wire_progress *progress_out);

/* After UNEXPECTED: the packet whose header was taken is the first of the answer to another
 * command. Then feed goes on with the bytes behind it. False when its id is not the first of that
 * answer: lost. */
SG_MUST_CHECK bool wire_response_resume(struct wire_response *r, enum wire_answer answer,
                                        uint64_t effective, uint8_t command_sequence);

/* After INFILE: the client's last file packet, the empty one, had this id. */
void wire_response_infile_done(struct wire_response *r, uint8_t client_sequence);

/* Nothing of the answer was seen yet: an answer of our own may still be put in its stead. */
bool wire_response_untouched(const struct wire_response *r);

/* At a packet boundary: the place where an ERR of our own (last_sequence + 1) still is an answer
 * when the server is lost. */
bool wire_response_between_packets(const struct wire_response *r);

/* The details of the last result, parsed on demand out of r->packet. False when it is of another
 * kind or was cut too short. For ROWS, ok_out is what ended the rows. */
SG_MUST_CHECK bool wire_response_ok(const struct wire_response *r, struct wire_ok *ok_out);
SG_MUST_CHECK bool wire_response_err(const struct wire_response *r, struct wire_err *err_out);

/* Gives the copy back, if there is one. To be called when the answer ended or the session ends;
 * safe on a zeroed struct and twice. */
void wire_response_fini(struct wire_response *r);

#endif
