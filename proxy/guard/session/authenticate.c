/* See authenticate.h.
 *
 * The server's packets are told apart by 00, FF and FE alone; all others are data of whatever
 * plugin is at work and are passed on. Only caching_sha2_password and sha256_password are looked
 * into, and only where one side is secure and the other is not: there the password has another form
 * on each side (wire/auth.h).
 */
#include "session/authenticate.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "report/log.h"
#include "report/metrics.h"
#include "session/limits.h"
#include "session/login.h"
#include "session/relay.h"
#include "session/session.h"
#include "wire/err_packet.h"
#include "wire/login.h"
#include "wire/ok_packet.h"

/* ER_ACCESS_DENIED_ERROR, ER_ACCESS_DENIED_NO_PASSWORD_ERROR, ER_SECURE_TRANSPORT_REQUIRED. */
#define ERROR_ACCESS_DENIED 1045
#define ERROR_NO_PASSWORD   1698
#define ERROR_TLS_REQUIRED  3159

/* Kerberos tickets are the largest there are, some 64 KiB. */
#define AUTH_PACKET_LIMIT (1024u * 1024u)

/* --- to the server -----------------------------------------------------------------------------
 */

/* The login's last byte is a level where its capabilities say zstd: it comes and goes with the bit.
 */
static void forward_with_level(struct session *session, const struct wire_packet *packet, bool had,
                               bool wants)
{
    const uint8_t level = WIRE_ZSTD_LEVEL;
    struct sg_slice payload = packet->payload;
    uint8_t header[WIRE_HEADER_SIZE];

    if (had)
        payload.size--;
    wire_header_write(
        header, (struct wire_header){(uint32_t)payload.size + wants, session->login->to_server++});
    (void)session_send2(session, SIDE_SERVER, sg_slice_make(header, sizeof header), payload);
    if (wants)
        (void)session_send(session, SIDE_SERVER, sg_slice_make(&level, 1));
}

enum step_result authenticate_begin(struct session *session, const struct wire_packet *packet)
{
    struct login *login = session->login;
    uint64_t capabilities = login_capabilities_to_server(session, session->secured[SIDE_SERVER]);
    bool had_level = login->sent & WIRE_CLIENT_ZSTD;
    bool wants_level = capabilities & WIRE_CLIENT_ZSTD;

    wire_login_set_capabilities((uint8_t *)(uintptr_t)packet->payload.data, capabilities);
    if (had_level || wants_level)
        forward_with_level(session, packet, had_level, wants_level);
    else
        (void)session_forward(session, SIDE_SERVER, packet, login->to_server++);
    session_consume(session, SIDE_CLIENT, packet->whole.size);
    login->login_sent = true;
    return session_goto(session, &STEP_AUTHENTICATE);
}

/* Does the plugin at work send the password itself on that side? sha256_password does so over TLS
 * alone; caching_sha2_password takes a Unix socket for safe, too. */
static bool is_sent_clear(const struct session *session, enum side side)
{
    if (session->login->plugin == WIRE_PLUGIN_SHA256)
        return stream_tls(&session->stream[side]) != NULL;
    return session_is_secure(session, side);
}

/* The two sides differ in who can read them, so that the password's form differs. */
static bool must_translate(const struct session *session)
{
    return is_sent_clear(session, SIDE_CLIENT) != is_sent_clear(session, SIDE_SERVER);
}

static bool send_to_server(struct session *session, struct sg_slice payload)
{
    session->login->answer_due = false;
    return session_send_packet(session, SIDE_SERVER, session->login->to_server++, payload);
}

static bool send_to_client(struct session *session, struct sg_slice payload)
{
    return session_send_packet(session, SIDE_CLIENT, session->login->to_client++, payload);
}

/* What cannot be translated becomes the proof of an empty password: the server's own 1045 follows.
 */
static void send_empty_proof(struct session *session)
{
    bool is_native = session->login->plugin == WIRE_PLUGIN_NATIVE;

    (void)send_to_server(session, is_native ? SG_SLICE_EMPTY : SG_SLICE_LITERAL("\0"));
}

/* Client secure, server not: it sent the password itself. The server is asked for its key, and the
 * password waits for it. */
static void ask_for_server_key(struct session *session, struct sg_slice answer)
{
    struct login *login = session->login;
    uint8_t wants_key =
        login->plugin == WIRE_PLUGIN_SHA256 ? WIRE_SHA256_WANTS_KEY : WIRE_CACHING_SHA2_WANTS_KEY;

    if (!wire_secret_from_clear(&login->secret, answer)) {
        send_empty_proof(session);
        return;
    }
    login->key_asked = true;
    (void)send_to_server(session, sg_slice_make(&wants_key, 1));
}

static void answer_with_own_key(struct session *session)
{
    struct sg_slice pem = wire_rsa_public_pem(session->host->shared->rsa);
    uint8_t payload[4096];
    struct writer w = writer_make(payload, sizeof payload);

    writer_u8(&w, 0x01);
    writer_slice(&w, pem);
    (void)send_to_client(session, writer_result(&w));
}

/* Client not secure, server secure: it sent the password under our key. */
static void send_decrypted(struct session *session, struct sg_slice proof)
{
    struct login *login = session->login;
    uint8_t payload[WIRE_SECRET_MAX + 1];
    struct writer w = writer_make(payload, sizeof payload);

    if (!wire_secret_decrypt(&login->secret, session->host->shared->rsa, login->nonce, proof)) {
        log_info(
            "session",
            "session %llu: a password could not be decrypted: either it came in clear, or the "
            "client was given the server's public key where it needs the guard's (auth_rsa_key)",
            (unsigned long long)session->id);
        send_empty_proof(session);
        return;
    }
    wire_secret_write_clear(&login->secret, &w);
    (void)send_to_server(session, writer_result(&w));
    wire_secret_wipe(&login->secret);
    wire_wipe(payload, sizeof payload);
}

static void translate_password(struct session *session, struct sg_slice answer)
{
    struct login *login = session->login;

    if (!is_sent_clear(session, SIDE_CLIENT) && wire_auth_wants_key(login->plugin, answer)) {
        answer_with_own_key(session); /* the password is still to come */
        return;
    }
    login->password_due = false;
    metrics_add(METRIC_LOGINS_TRANSLATED, 1);
    if (is_sent_clear(session, SIDE_CLIENT))
        ask_for_server_key(session, answer);
    else
        send_decrypted(session, answer);
}

static void send_encrypted(struct session *session, struct sg_slice key_packet)
{
    struct login *login = session->login;
    uint8_t payload[1024];
    struct writer w = writer_make(payload, sizeof payload);
    struct sg_error error = {0};

    login->key_asked = false;
    if (wire_sha2_classify(key_packet) == WIRE_SHA2_KEY &&
        wire_secret_write_encrypted(&login->secret, login->nonce, wire_sha2_key_of(key_packet), &w,
                                    &error)) {
        (void)send_to_server(session, writer_result(&w));
    } else {
        log_warning("session", "session %llu: the server's public key is of no use: %s",
                    (unsigned long long)session->id, error.message);
        send_empty_proof(session);
    }
    wire_secret_wipe(&login->secret);
}

/* --- the client's packets ------------------------------------------------------------------------
 */

static bool is_clear_plugin(enum wire_auth_plugin plugin)
{
    return plugin == WIRE_PLUGIN_CLEAR || plugin == WIRE_PLUGIN_DIALOG;
}

static enum step_result refuse_clear_password(struct session *session)
{
    (void)session_tell(session, session->login->to_client, GUARD_ERROR_PASSWORD_IN_CLEAR);
    return login_abandon(session, CLOSE_REASON_CLEARTEXT_REFUSED);
}

static enum step_result take_client_packet(struct session *session,
                                           const struct wire_packet *packet)
{
    struct login *login = session->login;
    enum step_result result = STEP_NEXT;

    login->to_client = wire_sequence_add(packet->sequence, 1);
    if (login->password_due && must_translate(session)) {
        translate_password(session, packet->payload);
    } else if (is_clear_plugin(login->plugin) && session_is_secure(session, SIDE_CLIENT) &&
               !session_is_secure(session, SIDE_SERVER) &&
               !session->host->shared->settings->enable_cleartext_plugin) {
        result = refuse_clear_password(session);
    } else if (!wire_auth_proof_fits(login->plugin, packet->payload)) {
        send_empty_proof(session);
    } else {
        login->answer_due = false;
        (void)session_forward(session, SIDE_SERVER, packet, login->to_server++);
    }
    session_consume(session, SIDE_CLIENT, packet->whole.size);
    return result;
}

/* --- the server's packets
 * ------------------------------------------------------------------------- */

/* MariaDB from 11.4 on vouches for its self-signed certificate by a hash of it and the password, in
 * the OK that ends the login: 01, then 64 hex digits. */
static bool vouches_for_certificate(struct sg_slice info)
{
    if (info.size != 65 || info.data[0] != 0x01)
        return false;
    for (size_t i = 1; i < info.size; i++)
        if (!isxdigit((unsigned char)info.data[i]))
            return false;
    return true;
}

static bool shows_servers_certificate(const struct session *session)
{
    const struct tls *server = stream_tls(&session->stream[SIDE_SERVER]);
    uint8_t shown[TLS_FINGERPRINT_BYTES];
    uint8_t seen[TLS_FINGERPRINT_BYTES];

    return server && tls_own_fingerprint(stream_tls(&session->stream[SIDE_CLIENT]), shown) &&
           tls_peer_fingerprint(server, seen) && memcmp(shown, seen, sizeof seen) == 0;
}

/* Such a client holds the server's hash against our certificate. Told once a worker: the log is for
 * those who look for the cause of a client's error 2026. */
static void note_vouching(struct session *session, struct sg_slice info)
{
    if (session->host->told_of_vouching || !stream_tls(session_client(session)) ||
        !vouches_for_certificate(info) || shows_servers_certificate(session))
        return;
    session->host->told_of_vouching = true;
    log_info(
        "session",
        "the server vouches for its own certificate, and clients are shown another: those that "
        "verify without a CA (MariaDB 11.4 and later) refuse it with error 2026; see "
        "docs/tls.md, \"Clients that verify certificates\"");
}

static void finish(struct session *session, struct sg_slice ok_payload)
{
    struct login *login = session->login;
    struct session_defaults defaults = session_defaults_of(session->host);
    struct wire_ok ok;

    context_begin(&session->context, sg_slice_of(login->database), login->collation, &defaults);
    if (wire_ok_parse(ok_payload, session->effective, &ok)) {
        session->status = ok.status;
        context_observe_status(&session->context, ok.status);
        context_observe_state(&session->context, ok.state);
        if (!login->changing_user)
            note_vouching(session, ok.info);
    }
    free(session->identity);
    session->identity = login->identity;
    login->identity = NULL;
    session->multi_statements = session->effective & WIRE_CLIENT_MULTI_STATEMENTS;
    session->last_prepared = 0;
    prepared_fini(&session->prepared);
    metrics_add(METRIC_LOGINS_OK, 1);
    if (!login->changing_user) { /* else it is the deadline of a shutdown, or idle_timeout */
        worker_timer_clear(&session->timer);
        limits_watch(session);
    }
    login_free(login);
    session->login = NULL;
}

static const char *hint_of(uint16_t error)
{
    switch (error) {
    case ERROR_ACCESS_DENIED:
        return "if the password is right, the account may want TLS (server_tls), a certificate "
               "(server_tls_cert) or another host than the guard's";
    case ERROR_NO_PASSWORD:
        return "the account knows its user by the process at the server's Unix socket, which would "
               "be the guard: it needs a password";
    case ERROR_TLS_REQUIRED:
        return "the server takes no connection without TLS: server_tls = required";
    default:
        return NULL;
    }
}

#define HINT_EVERY_MS 1000u

/* What the server says is the client's to read; what its cause may be here, the operator's. */
static void explain_refusal(struct session *session, struct sg_slice payload)
{
    struct session_worker *host = session->host;
    uint64_t now_ms = worker_now_ms(host->worker);
    const char *hint = NULL;
    char client[80];
    struct wire_err err;

    if (wire_err_parse(payload, &err))
        hint = hint_of(err.number);
    if (!hint || now_ms < host->hint_due_ms)
        return;
    host->hint_due_ms = now_ms + HINT_EVERY_MS;
    log_info("session", "session %llu: the server refused the login of %s (error %u): %s",
             (unsigned long long)session->id, session_client_text(session, client, sizeof client),
             err.number, hint);
}

/* A refused COM_CHANGE_USER: MySQL closes after it, MariaDB goes on, with a state that nobody told.
 */
static enum step_result go_on_unchanged(struct session *session)
{
    context_forget(&session->context);
    prepared_fini(&session->prepared);
    session->prepared.overflowed = true;
    login_free(session->login);
    session->login = NULL;
    return session_goto(session, &STEP_COMMANDS);
}

static void take_switch(struct session *session, struct sg_slice payload)
{
    struct login *login = session->login;
    struct wire_auth_switch change;

    login->password_due = false;
    login->plugin = WIRE_PLUGIN_OTHER;
    if (!wire_auth_switch_parse(payload, &change))
        return;
    login->plugin = wire_auth_plugin_of(change.plugin);
    login->password_due = login->plugin == WIRE_PLUGIN_SHA256;
    if (!wire_auth_nonce_of(change.data, login->nonce) && login->plugin != WIRE_PLUGIN_OTHER)
        log_debug("session", "session %llu: a plugin without a nonce",
                  (unsigned long long)session->id);
}

/* MariaDB's answer to a COM_CHANGE_USER that it cannot read: a second greeting, and a login as at
 * the beginning. No client plays along. */
static enum step_result begin_again(struct session *session, const struct wire_packet *packet)
{
    session_consume(session, SIDE_SERVER, packet->whole.size);
    return relay_blindly(session, "the server greeted a second time");
}

/* Should the client leave now, the throw-away login has to know what the server was left with. */
static void note_answer_due(struct login *login, struct sg_slice payload)
{
    struct writer w = writer_make(login->throw_away, sizeof login->throw_away);

    login->answer_due = wire_throwaway_answer(payload, &w);
    login->throw_away_size = (uint8_t)writer_result(&w).size;
}

static enum step_result take_server_packet(struct session *session,
                                           const struct wire_packet *packet)
{
    struct login *login = session->login;
    enum wire_auth_packet kind = wire_auth_classify(packet->payload);
    bool was_changing = login->changing_user;
    struct compression_choice compression = login->compression;

    login->to_server = wire_sequence_add(packet->sequence, 1);
    note_answer_due(login, packet->payload);
    if (login->key_asked && kind == WIRE_AUTH_DATA) {
        send_encrypted(session, packet->payload);
        session_consume(session, SIDE_SERVER, packet->whole.size);
        return STEP_NEXT;
    }
    if (kind == WIRE_AUTH_OK && !limits_admit_user(session))
        return STEP_DONE;
    (void)session_forward(session, SIDE_CLIENT, packet, login->to_client++);
    switch (kind) {
    case WIRE_AUTH_OK:
        finish(session, packet->payload);
        session_consume(session, SIDE_SERVER, packet->whole.size);
        if (!compression_begin(session, &compression))
            return session_stop(session, CLOSE_REASON_OUT_OF_MEMORY);
        return session_goto(session, &STEP_COMMANDS);
    case WIRE_AUTH_ERR:
        metrics_add(METRIC_LOGINS_FAILED, 1);
        explain_refusal(session, packet->payload);
        session_consume(session, SIDE_SERVER, packet->whole.size);
        return was_changing ? go_on_unchanged(session)
                            : session_stop(session, CLOSE_REASON_AUTHENTICATION_FAILED);
    case WIRE_AUTH_SWITCH:
        take_switch(session, packet->payload);
        break;
    case WIRE_AUTH_DATA:
        if (wire_auth_is_next_factor(packet->payload, session->effective)) {
            take_switch(session, packet->payload);
            break;
        }
        if (was_changing && wire_first_classify(packet->payload) == WIRE_FIRST_GREETING)
            return begin_again(session, packet);
        if (login->plugin == WIRE_PLUGIN_CACHING_SHA2 &&
            wire_sha2_classify(packet->payload) == WIRE_SHA2_FULL)
            login->password_due = true;
        break;
    }
    session_consume(session, SIDE_SERVER, packet->whole.size);
    return STEP_NEXT;
}

/* --- the step
 * ---------------------------------------------------------------------------------------- */

static enum step_result authenticate(struct session *session)
{
    struct wire_packet packet;

    switch (session_take(session, SIDE_SERVER, AUTH_PACKET_LIMIT, &packet)) {
    case WIRE_TAKE_PACKET:
        return take_server_packet(session, &packet);
    case WIRE_TAKE_LARGE:
        return session_stop(session, CLOSE_REASON_PROTOCOL_SERVER);
    case WIRE_TAKE_MORE:
        break;
    }
    if (session->ended[SIDE_SERVER]) {
        (void)session_tell(session, session->login->to_client, GUARD_ERROR_SERVER_LEFT_LOGIN);
        return session_stop(session, CLOSE_REASON_SERVER_LOST);
    }
    switch (session_take(session, SIDE_CLIENT, AUTH_PACKET_LIMIT, &packet)) {
    case WIRE_TAKE_PACKET:
        return take_client_packet(session, &packet);
    case WIRE_TAKE_LARGE:
        return login_abandon(session, CLOSE_REASON_PROTOCOL_CLIENT);
    case WIRE_TAKE_MORE:
        break;
    }
    return session->ended[SIDE_CLIENT] ? login_abandon(session, CLOSE_REASON_CLIENT_LEFT_LOGIN)
                                       : STEP_WAIT;
}

const struct step STEP_AUTHENTICATE = {"authenticate", authenticate};

/* --- COM_CHANGE_USER
 * ------------------------------------------------------------------------------- */

enum step_result authenticate_again(struct session *session, const struct wire_packet *command)
{
    struct login *login = calloc(1, sizeof *login);
    struct wire_login fields;

    session->login = login;
    if (!login)
        return session_stop(session, CLOSE_REASON_OUT_OF_MEMORY);
    login->changing_user = true;
    login->greeted = true;
    login->login_sent = true;
    login->to_server = wire_sequence_add(command->sequence, 1);
    login->to_client = login->to_server;
    if (wire_change_user_parse(command->payload, session->effective, &fields, NULL)) {
        if (login_exposes_password(session, &fields, session->secured[SIDE_SERVER]))
            return refuse_clear_password(session);
        if (!login_remember(login, &fields))
            return session_stop(session, CLOSE_REASON_OUT_OF_MEMORY);
    }
    (void)session_send(session, SIDE_SERVER, command->whole);
    session_consume(session, SIDE_CLIENT, command->whole.size);
    return session_goto(session, &STEP_AUTHENTICATE);
}
