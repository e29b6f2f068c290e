/* The exchange of proofs, relayed packet by packet with each side's own sequence ids, until the
 * server has accepted or refused.
 */
#ifndef SESSION_AUTHENTICATE_H
#define SESSION_AUTHENTICATE_H

#include "session/steps.h"
#include "wire/packet.h"

struct session;

/* Sends the client's login, which is at the front of its input, to the server. */
enum step_result authenticate_begin(struct session *session, const struct wire_packet *login);

/* A COM_CHANGE_USER stands at the front of the client's input, and nothing is pending: forwards it
 * and runs the exchange again. */
enum step_result authenticate_again(struct session *session, const struct wire_packet *command);

#endif
