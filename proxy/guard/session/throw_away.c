/* A client left, or was refused, before the server had its login. Closing now would count towards
 * the server's max_connect_errors for the guard's own address, and a few such clients (port
 * scanners, health checks) would lock everybody out with error 1129. A refused login of an unknown
 * user without a password does not count; so that is what the server gets.
 *
 * Source: MySQL Reference Manual, "The host_cache Table" (COUNT_HANDSHAKE_ERRORS), and experiment.
 */
#include "session/login.h"
#include "session/session.h"

#define ANSWER_LIMIT (64u * 1024u)

static void send_login(struct session *session)
{
    struct login *login = session->login;
    uint8_t payload[512];
    struct writer w = writer_make(payload, sizeof payload);

    wire_throwaway_login_write(&w, &login->greeting, session->secured[SIDE_SERVER]);
    if (login->compression.server == WIRE_COMPRESSION_ZSTD) /* our SSLRequest said so */
        writer_u8(&w, WIRE_ZSTD_LEVEL);
    (void)session_send_packet(session, SIDE_SERVER, login->to_server++, writer_result(&w));
    login->login_sent = true;
}

/* The client left while the server waited for its answer: to a switch, or for the password. */
static void send_due_answer(struct session *session)
{
    struct login *login = session->login;

    login->answer_due = false;
    (void)session_send_packet(session, SIDE_SERVER, login->to_server++,
                              sg_slice_make(login->throw_away, login->throw_away_size));
}

static enum step_result take_answer(struct session *session, const struct wire_packet *packet)
{
    struct login *login = session->login;
    uint8_t payload[512];
    struct writer w = writer_make(payload, sizeof payload);

    switch (wire_auth_classify(packet->payload)) {
    case WIRE_AUTH_OK:
    case WIRE_AUTH_ERR:
        return session_stop(session, login->abandon_reason);
    case WIRE_AUTH_SWITCH:
    case WIRE_AUTH_DATA:
        break;
    }
    login->to_server = wire_sequence_add(packet->sequence, 1);
    if (wire_throwaway_answer(packet->payload, &w))
        (void)session_send_packet(session, SIDE_SERVER, login->to_server++, writer_result(&w));
    return STEP_NEXT;
}

static enum step_result throw_away(struct session *session)
{
    struct login *login = session->login;
    bool securing = stream_tls(session_server(session)) && !session->secured[SIDE_SERVER];
    enum step_result result = STEP_NEXT;
    struct wire_packet packet;

    if (login->greeted && !login->login_sent && !securing)
        send_login(session);
    if (login->answer_due)
        send_due_answer(session);
    if (session_take(session, SIDE_SERVER, ANSWER_LIMIT, &packet) != WIRE_TAKE_PACKET)
        return session->ended[SIDE_SERVER] ? session_stop(session, login->abandon_reason)
                                           : STEP_WAIT;
    if (login->greeted)
        result = take_answer(session, &packet);
    else if (!login_read_greeting(session, &packet, NULL))
        result = session_stop(session, login->abandon_reason);
    if (result != STEP_DONE)
        session_consume(session, SIDE_SERVER, packet.whole.size);
    return result;
}

const struct step STEP_THROW_AWAY = {"throw-away", throw_away};
