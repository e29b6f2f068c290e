/* ERR packets; see err_packet.h. Called by the tracker, the login and whoever refuses. */
#include "wire/err_packet.h"

#include <stdio.h>
#include <string.h>

#include "wire/cursor.h"
#include "wire/packet.h"

enum {
    SQLSTATE_SIZE = 5,
    MESSAGE_MAX = 4096,
};

bool wire_err_parse(struct sg_slice payload, struct wire_err *err_out)
{
    struct cursor c = cursor_of(payload);
    uint8_t first = cursor_u8(&c);
    uint16_t number = cursor_u16(&c);

    if (c.failed || first != 0xFF)
        return false;
    *err_out = (struct wire_err){.number = number, .sqlstate = "HY000"};
    if (cursor_left(&c) > SQLSTATE_SIZE && *c.next == '#') {
        cursor_skip(&c, 1);
        memcpy(err_out->sqlstate, cursor_fixed(&c, SQLSTATE_SIZE).data, SQLSTATE_SIZE);
    }
    err_out->message = cursor_rest(&c);
    return true;
}

void wire_err_write(struct writer *w, uint8_t sequence, const struct wire_err *err,
                    bool with_sqlstate)
{
    size_t at = writer_packet_begin(w);
    struct sg_slice message = err->message;

    if (message.size > MESSAGE_MAX)
        message.size = MESSAGE_MAX;
    writer_u8(w, 0xFF);
    writer_u16(w, err->number);
    if (with_sqlstate) {
        writer_u8(w, '#');
        writer_bytes(w, err->sqlstate, SQLSTATE_SIZE);
    }
    writer_slice(w, message);
    writer_packet_end(w, at, sequence);
}

void wire_err_write_text(struct writer *w, uint8_t sequence, uint16_t number, const char *sqlstate,
                         struct sg_slice message)
{
    struct wire_err err = {.number = number, .message = message};

    snprintf(err.sqlstate, sizeof err.sqlstate, "%s", sqlstate);
    wire_err_write(w, sequence, &err, true);
}
