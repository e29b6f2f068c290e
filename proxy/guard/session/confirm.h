/* Proof before a block: a suspect COM_QUERY is put to the server as COM_STMT_PREPARE of the same
 * text, on the client's own connection, in its turn.
 *
 * The server refuses it with a name error: that ERR is the client's answer, nothing was executed.
 * Anything else proves nothing: the statement is closed and the original goes to the server, whose
 * answer to it is what counts. Meanwhile the client is not read, so that order is kept.
 *
 * Source: MySQL Source Code Documentation, "COM_STMT_PREPARE"; experiment (diagnostics area,
 * transaction state and wording are as after the refused COM_QUERY itself).
 */
#ifndef SESSION_CONFIRM_H
#define SESSION_CONFIRM_H

#include <stdbool.h>

#include "session/note.h"
#include "session/pending.h"
#include "wire/packet.h"

struct session;

/* `command` is the client's COM_QUERY, whole; `note` its judgement, taken over. Nothing that came
 * before it may still wait to be sent. False: memory is out, and the note is the caller's still. */
bool confirm_ask(struct session *session, const struct wire_packet *command, struct note *note);

/* The server has answered (session->response is complete; its bytes were kept from the client). */
void confirm_take(struct session *session, struct pending *pending);

#endif
