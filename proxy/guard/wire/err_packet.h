/* ERR packets, read and written.
 *
 *     FF | number 2 | '#' SQLSTATE 5 | message, the rest
 *
 * Before the login (capabilities unknown) the marker and the state are left out. MariaDB's progress
 * reports have the shape of an ERR with number 0xFFFF: they are part of an answer, not its end.
 *
 * Source: MySQL Source Code Documentation, "ERR_Packet"; MariaDB KB, "ERR_Packet".
 */
#ifndef WIRE_ERR_PACKET_H
#define WIRE_ERR_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "wire/writer.h"

#define WIRE_ERR_PROGRESS 0xFFFFu

struct wire_err {
    uint16_t number;
    char sqlstate[6];        /* NUL-terminated; "HY000" when the packet had none */
    struct sg_slice message; /* into the payload, in the session's character set */
};

/* Parses an ERR's payload, with or without SQLSTATE. False when it does not start with FF or is
 * shorter than its number. */
SG_MUST_CHECK bool wire_err_parse(struct sg_slice payload, struct wire_err *err_out);

/* Writes a whole packet. `with_sqlstate` is false only for an ERR instead of a greeting. The
 * message is cut at 4 KiB. */
void wire_err_write(struct writer *w, uint8_t sequence, const struct wire_err *err,
                    bool with_sqlstate);

/* The usual case: number, state and message as texts. */
void wire_err_write_text(struct writer *w, uint8_t sequence, uint16_t number, const char *sqlstate,
                         struct sg_slice message);

#endif
