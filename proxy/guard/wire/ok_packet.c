/* OK and EOF packets and session state changes; see ok_packet.h. Called by the tracker and the
 * login. */
#include "wire/ok_packet.h"

enum {
    EOF_SIZE = 5,
    /* Session state types, from MySQL Source Code Documentation, "enum_session_state_type". */
    TYPE_VARIABLES = 0,
    TYPE_DATABASE = 1,
};

/* FE means EOF unless DEPRECATE_EOF made it an OK. COM_SET_OPTION's EOF obeys the same rule. */
static bool is_eof(struct sg_slice payload, uint64_t effective)
{
    return (uint8_t)payload.data[0] == 0xFE && !(effective & WIRE_CLIENT_DEPRECATE_EOF);
}

static bool is_ok_or_eof(struct sg_slice payload)
{
    return payload.size > 0 &&
           ((uint8_t)payload.data[0] == 0x00 || (uint8_t)payload.data[0] == 0xFE);
}

/* Up to and with the status flags and warnings. */
static void parse_front(struct cursor *c, bool eof, struct wire_ok *ok)
{
    cursor_skip(c, 1);
    if (eof) {
        ok->warnings = cursor_u16(c);
        ok->status = cursor_u16(c);
        return;
    }
    ok->affected_rows = cursor_lenenc(c);
    ok->last_insert_id = cursor_lenenc(c);
    ok->status = cursor_u16(c);
    ok->warnings = cursor_u16(c);
}

bool wire_status_parse(struct sg_slice payload, uint64_t effective, uint16_t *status_out)
{
    struct cursor c = cursor_of(payload);
    struct wire_ok ok = {0};

    if (!is_ok_or_eof(payload))
        return false;
    parse_front(&c, is_eof(payload, effective), &ok);
    if (c.failed)
        return false;
    *status_out = ok.status;
    return true;
}

bool wire_ok_parse(struct sg_slice payload, uint64_t effective, struct wire_ok *ok_out)
{
    struct cursor c = cursor_of(payload);
    struct wire_ok ok = {0};
    bool eof;

    if (!is_ok_or_eof(payload))
        return false;
    eof = is_eof(payload, effective);
    parse_front(&c, eof, &ok);
    if (eof || cursor_left(&c) == 0) {
        c.failed = c.failed || cursor_left(&c) > 0;
    } else if (effective & WIRE_CLIENT_SESSION_TRACK) {
        ok.info = cursor_lenenc_slice(&c);
        if (ok.status & WIRE_STATUS_SESSION_STATE)
            ok.state = cursor_lenenc_slice(&c);
    } else {
        ok.info = cursor_rest(&c);
    }
    if (c.failed)
        return false;
    *ok_out = ok;
    return true;
}

struct wire_state_walk wire_state_begin(struct sg_slice state)
{
    return (struct wire_state_walk){cursor_of(state), cursor_make(NULL, 0)};
}

static bool next_variable(struct wire_state_walk *walk, struct wire_state_change *change)
{
    change->kind = WIRE_STATE_VARIABLE;
    change->name = cursor_lenenc_slice(&walk->variables);
    change->value = cursor_lenenc_slice(&walk->variables);
    return !walk->variables.failed;
}

/* session state: type 1 | lenenc data. Data of system variables: pairs of lenenc name and value;
 * of the database: lenenc name. */
bool wire_state_next(struct wire_state_walk *walk, struct wire_state_change *change_out)
{
    struct cursor data;
    uint8_t type;

    if (cursor_left(&walk->variables) > 0)
        return next_variable(walk, change_out);
    if (walk->blocks.failed || cursor_left(&walk->blocks) == 0)
        return false;
    *change_out = (struct wire_state_change){.kind = WIRE_STATE_OTHER};
    type = cursor_u8(&walk->blocks);
    data = cursor_of(cursor_lenenc_slice(&walk->blocks));
    if (type == TYPE_VARIABLES) {
        walk->variables = data;
        return next_variable(walk, change_out);
    }
    if (type == TYPE_DATABASE) {
        change_out->kind = WIRE_STATE_DATABASE;
        change_out->value = cursor_lenenc_slice(&data);
        walk->blocks.failed = walk->blocks.failed || data.failed;
    }
    return !walk->blocks.failed;
}

bool wire_state_failed(const struct wire_state_walk *walk)
{
    return walk->blocks.failed || walk->variables.failed;
}
