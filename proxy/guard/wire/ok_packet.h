/* OK and EOF packets: status flags and what the server tells about the session's state.
 *
 *     00 or FE | affected rows lenenc | last insert id lenenc | status 2 | warnings 2 | info [|
 * state] FE | warnings 2 | status 2                               (EOF: five bytes)
 *
 * With SESSION_TRACK the info is a lenenc string and, when status has SESSION_STATE, a lenenc block
 * of changes follows. With DEPRECATE_EOF an OK with header FE stands where an EOF stood.
 *
 * Source: MySQL Source Code Documentation, "OK_Packet", "EOF_Packet", "Session State Information".
 */
#ifndef WIRE_OK_PACKET_H
#define WIRE_OK_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "wire/capability.h"
#include "wire/cursor.h"

struct wire_ok {
    uint64_t affected_rows;
    uint64_t last_insert_id;
    uint16_t status; /* WIRE_STATUS_... */
    uint16_t warnings;
    struct sg_slice info;  /* into the payload */
    struct sg_slice state; /* into the payload: session state changes, see wire_state_begin */
};

/* Parses an OK (first byte 00 or FE) or an EOF of five bytes; `effective` decides which. False when
 * it is neither or a field runs out. */
SG_MUST_CHECK bool wire_ok_parse(struct sg_slice payload, uint64_t effective,
                                 struct wire_ok *ok_out);

/* Only the status flags, from the first bytes of such a packet: `payload` may be cut behind them.
 */
SG_MUST_CHECK bool wire_status_parse(struct sg_slice payload, uint64_t effective,
                                     uint16_t *status_out);

enum wire_state_kind {
    WIRE_STATE_VARIABLE, /* name and value: sql_mode, character_set_client ... */
    WIRE_STATE_DATABASE, /* value: the current database; empty when it was dropped */
    WIRE_STATE_OTHER,    /* transaction state, GTIDs and so on: nothing is filled */
};

struct wire_state_change {
    enum wire_state_kind kind;
    struct sg_slice name;
    struct sg_slice value;
};

/* A walk through session state changes. */
struct wire_state_walk {
    struct cursor blocks;
    struct cursor variables; /* within a block of system variables */
};

/* `state` is a struct wire_ok's and must stay valid during the walk. */
struct wire_state_walk wire_state_begin(struct sg_slice state);

/* The next change. False at the end and at a malformed block: wire_state_failed tells which. */
bool wire_state_next(struct wire_state_walk *walk, struct wire_state_change *change_out);

/* True when a block was malformed: what was said about the session is then not fully known. */
bool wire_state_failed(const struct wire_state_walk *walk);

#endif
