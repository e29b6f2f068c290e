/* See login.h. The steps from CONNECT to SECURE_SERVER: what is said before the exchange of proofs.
 */
#include "session/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/log.h"
#include "report/metrics.h"
#include "session/authenticate.h"
#include "session/limits.h"
#include "session/session.h"
#include "wire/login.h"
#include "wire/proxy_header.h"

/* The server's first packet is some 100 bytes; an ERR in its place 512 at most. */
#define GREETING_LIMIT (64u * 1024u)

/* --- begin and leave -----------------------------------------------------------------------------
 */

/* In place of the greeting. */
static enum step_result refuse(struct session *session, enum guard_error error, const char *detail,
                               enum close_reason reason)
{
    metrics_add(METRIC_CONNECTIONS_REFUSED, 1);
    log_warning("session", "session %llu: %s%s%s", (unsigned long long)session->id,
                guard_errors[error].text, detail[0] ? ": " : "", detail);
    (void)session_tell_detail(session, 0, error, "%s", detail);
    return session_stop(session, reason);
}

static void on_login_timeout(struct worker_timer *timer)
{
    struct session *session = session_of_timer(timer);
    const struct login *login = session->login;

    if (session->step == &STEP_AWAIT_PROXY_HEADER) {
        session_end(session, CLOSE_REASON_LOGIN_TIMEOUT);
        return;
    }
    (void)session_tell(session, login->greeted ? login->to_client : 0,
                       login->greeted ? GUARD_ERROR_LOGIN_TIMEOUT : GUARD_ERROR_GREETING_TIMEOUT);
    (void)login_abandon(session, CLOSE_REASON_LOGIN_TIMEOUT);
    session_run(session);
}

static enum close_reason connect_reason(const struct stream *server)
{
    switch (stream_failure(server)) {
    case STREAM_FAILURE_TIMEOUT:
        return CLOSE_REASON_CONNECT_TIMEOUT;
    case STREAM_FAILURE_DESCRIPTORS:
        return CLOSE_REASON_NO_DESCRIPTORS;
    case STREAM_FAILURE_MEMORY:
        return CLOSE_REASON_OUT_OF_MEMORY;
    default:
        return CLOSE_REASON_SERVER_UNREACHABLE;
    }
}

/* Whose connection it is, is known. */
static void connect_to_server(struct session *session)
{
    const struct session_shared *shared = session->host->shared;
    const struct settings *settings = shared->settings;
    struct sg_error error = {0};

    session_goto(session, &STEP_CONNECT);
    if (!limits_admit_address(session))
        return;
    if (settings->no_schema == NO_SCHEMA_REFUSE && !session_has_schema(session)) {
        (void)refuse(session, GUARD_ERROR_NO_SCHEMA, "", CLOSE_REASON_NO_SCHEMA);
        return;
    }
    session->server_opened = true; /* also where it fails: it has to be closed */
    session->open_streams++;
    if (!stream_connect(session_server(session), &shared->server, settings->connect_timeout_ms,
                        &error))
        (void)refuse(session, GUARD_ERROR_SERVER_UNREACHABLE, error.message,
                     CLOSE_REASON_SERVER_UNREACHABLE);
}

static bool must_send_proxy_header(const struct session *session)
{
    return !session->client.is_local &&
           settings_networks_have(&session->host->shared->settings->proxy_protocol_networks,
                                  session->client.address);
}

void login_begin(struct session *session)
{
    const struct settings *settings = session->host->shared->settings;

    session_goto(session, &STEP_AWAIT_PROXY_HEADER);
    session->login = calloc(1, sizeof *session->login);
    if (!session->login) {
        session_end(session, CLOSE_REASON_OUT_OF_MEMORY);
        return;
    }
    worker_timer_set(session->host->worker, &session->timer, settings->login_timeout_ms,
                     on_login_timeout);
    if (!limits_admit(session))
        return;
    if (must_send_proxy_header(session))
        stream_resume(session_client(session));
    else
        connect_to_server(session);
}

/* --- the PROXY header ----------------------------------------------------------------------------
 */

static enum step_result take_proxy_header(struct session *session,
                                          const struct wire_proxy_header *header)
{
    session_consume(session, SIDE_CLIENT, header->size);
    if (header->told) {
        session->client.port = header->source.port;
        memcpy(session->client.address, header->source.text, sizeof session->client.address);
    }
    stream_pause(session_client(session));
    connect_to_server(session);
    return session->close_reason == CLOSE_REASON_NONE ? STEP_NEXT : STEP_DONE;
}

static enum step_result await_proxy_header(struct session *session)
{
    struct wire_proxy_header header;
    char client[80];

    switch (wire_proxy_read(session_input(session, SIDE_CLIENT), &header)) {
    case WIRE_PROXY_HEADER:
        return take_proxy_header(session, &header);
    case WIRE_PROXY_MORE:
        return session->ended[SIDE_CLIENT] ? session_stop(session, CLOSE_REASON_CLIENT_LEFT_LOGIN)
                                           : STEP_WAIT;
    case WIRE_PROXY_MALFORMED:
        break;
    }
    log_warning(
        "session", "session %llu: %s is in proxy_protocol_networks and sent no PROXY header",
        (unsigned long long)session->id, session_client_text(session, client, sizeof client));
    return session_stop(session, CLOSE_REASON_PROXY_HEADER);
}

const struct step STEP_AWAIT_PROXY_HEADER = {"await-proxy-header", await_proxy_header};

static void send_proxy_header(struct session *session, enum wire_proxy_version version)
{
    struct wire_proxy_address source = {.port = session->client.port};
    struct wire_proxy_address destination = {0};
    uint8_t bytes[WIRE_PROXY_WRITE_MAX];
    struct writer w = writer_make(bytes, sizeof bytes);

    memcpy(source.text, session->client.address, sizeof source.text);
    if (!stream_local_address(session_client(session), destination.text, &destination.port))
        destination = (struct wire_proxy_address){0};
    wire_proxy_write(&w, version, &source, &destination);
    (void)session_send(session, SIDE_SERVER, writer_result(&w));
}

static void introduce_client(struct session *session)
{
    switch (session->host->shared->settings->server_proxy_protocol) {
    case SERVER_PROXY_PROTOCOL_NONE:
        break;
    case SERVER_PROXY_PROTOCOL_V1:
        send_proxy_header(session, WIRE_PROXY_V1);
        break;
    case SERVER_PROXY_PROTOCOL_V2:
        send_proxy_header(session, WIRE_PROXY_V2);
        break;
    }
}

void login_free(struct login *login)
{
    if (!login)
        return;
    free(login->identity);
    wire_wipe(login, sizeof *login);
    free(login);
}

/* Attributes beyond this are left out whole: they are for people to read. */
#define ATTRIBUTES_LIMIT 4096u

bool login_remember(struct login *login, const struct wire_login *fields)
{
    size_t attributes = fields->attributes.size <= ATTRIBUTES_LIMIT ? fields->attributes.size : 0;
    struct identity *identity = malloc(sizeof *identity + fields->user.size + attributes);
    size_t database = fields->database.size;

    if (!identity)
        return false;
    memcpy(identity->bytes, fields->user.data, fields->user.size);
    identity->user = sg_slice_make(identity->bytes, fields->user.size);
    if (attributes > 0)
        memcpy(identity->bytes + fields->user.size, fields->attributes.data, attributes);
    identity->attributes = sg_slice_make(identity->bytes + fields->user.size, attributes);
    free(login->identity);
    login->identity = identity;

    if (fields->plugin.size > 0)
        login->plugin = wire_auth_plugin_of(fields->plugin);
    login->collation = fields->collation;
    if (database >= sizeof login->database)
        database = 0; /* longer than any name: the server refuses the login */
    memcpy(login->database, database > 0 ? fields->database.data : "", database);
    login->database[database] = '\0';
    return true;
}

/* The server's connect_timeout is 10 s and login_timeout shorter: what is left has to do. */
#define THROW_AWAY_MS 1500

static void on_throw_away_timeout(struct worker_timer *timer)
{
    struct session *session = session_of_timer(timer);

    session_end(session, (enum close_reason)session->login->abandon_reason);
}

enum step_result login_abandon(struct session *session, uint8_t reason)
{
    struct login *login = session->login;

    if (session->ended[SIDE_SERVER] || !session->server_connected || login->changing_user)
        return session_stop(session, reason);
    login->abandon_reason = reason;
    worker_timer_set(session->host->worker, &session->timer, THROW_AWAY_MS, on_throw_away_timeout);
    stream_resume(session_server(session));
    metrics_add(METRIC_LOGINS_FINISHED_FOR, 1);
    stream_finish(session_client(session), CLIENT_FINISH_MS);
    return session_goto(session, &STEP_THROW_AWAY);
}

void login_drain(struct session *session)
{
    const struct login *login = session->login;

    if (session->step == &STEP_THROW_AWAY)
        return; /* it has a deadline of its own */
    (void)session_tell(session, login->greeted ? login->to_client : 0, GUARD_ERROR_SHUTDOWN);
    (void)login_abandon(session, CLOSE_REASON_SHUTDOWN);
    session_run(session);
}

static enum step_result abandon_with(struct session *session, uint8_t reason,
                                     enum guard_error error)
{
    (void)session_tell(session, session->login->to_client, error);
    return login_abandon(session, reason);
}

static enum step_result bad_handshake(struct session *session, const char *text)
{
    (void)session_tell_detail(session, session->login->to_client, GUARD_ERROR_BAD_HANDSHAKE, "%s",
                              text);
    return login_abandon(session, CLOSE_REASON_PROTOCOL_CLIENT);
}

/* --- the server's greeting -----------------------------------------------------------------------
 */

static enum step_result connect_step(struct session *session)
{
    if (session->ended[SIDE_SERVER]) {
        if (connect_reason(session_server(session)) == CLOSE_REASON_NO_DESCRIPTORS) {
            limits_refuse_for_descriptors(session);
            return STEP_DONE;
        }
        return refuse(session, GUARD_ERROR_SERVER_UNREACHABLE,
                      stream_error(session_server(session)),
                      connect_reason(session_server(session)));
    }
    if (!session->server_connected)
        return STEP_WAIT;
    introduce_client(session);
    stream_resume(session_server(session));
    return session_goto(session, &STEP_AWAIT_GREETING);
}

const struct step STEP_CONNECT = {"connect", connect_step};

static bool offers_tls(const struct session *session)
{
    return session->host->client_tls && session->client_tls != CLIENT_TLS_DISABLED;
}

bool login_read_greeting(struct session *session, const struct wire_packet *packet,
                         struct sg_error *error)
{
    struct login *login = session->login;
    struct sg_server server;

    if (!wire_greeting_parse(packet->payload, &login->greeting, error))
        return false;
    if (!sg_server_from_version(login->greeting.version, &server))
        server = (struct sg_server){0};
    server.flavour = login->greeting.flavour;
    context_init(&session->context, &server);
    session->connection_id = login->greeting.connection_id;
    login->greeted = true;
    login->to_client = 1;
    login->to_server = 1;
    login->plugin = wire_auth_plugin_of(login->greeting.plugin);
    memcpy(login->nonce, login->greeting.nonce, sizeof login->nonce);
    return true;
}

/* --- compression ---------------------------------------------------------------------------------
 */

static uint64_t compression_offered(const struct session *session)
{
    switch (session->host->shared->settings->client_compression) {
    case CLIENT_COMPRESSION_AS_SERVER:
        return session->login->greeting.capabilities & WIRE_CAPS_COMPRESSION;
    case CLIENT_COMPRESSION_DISABLED:
        return 0;
    case CLIENT_COMPRESSION_ZLIB:
        return WIRE_CLIENT_COMPRESS;
    case CLIENT_COMPRESSION_ZSTD:
        return WIRE_CLIENT_ZSTD;
    case CLIENT_COMPRESSION_BOTH:
        return WIRE_CAPS_COMPRESSION;
    }
    return 0;
}

/* mysqlnd and Connector/Python set the bit although it was not offered and speak frames from then
 * on: they are served, too. Of both, servers take zlib. */
static uint8_t compression_of_client(const struct session *session)
{
    uint64_t sent = session->login->sent & WIRE_CAPS_COMPRESSION;
    uint64_t agreed = sent & compression_offered(session);

    if (agreed == 0)
        agreed = sent;
    if (agreed & WIRE_CLIENT_COMPRESS)
        return WIRE_COMPRESSION_ZLIB;
    return agreed & WIRE_CLIENT_ZSTD ? WIRE_COMPRESSION_ZSTD : WIRE_COMPRESSION_NONE;
}

static uint8_t compression_of_server(const struct session *session)
{
    uint64_t offered = session->login->greeting.capabilities;

    switch (session->host->shared->settings->server_compression) {
    case SERVER_COMPRESSION_DISABLED:
        break;
    case SERVER_COMPRESSION_ZLIB:
        return offered & WIRE_CLIENT_COMPRESS ? WIRE_COMPRESSION_ZLIB : WIRE_COMPRESSION_NONE;
    case SERVER_COMPRESSION_ZSTD:
        return offered & WIRE_CLIENT_ZSTD ? WIRE_COMPRESSION_ZSTD : WIRE_COMPRESSION_NONE;
    }
    return WIRE_COMPRESSION_NONE;
}

static void choose_compression(struct session *session, struct sg_slice payload)
{
    struct compression_choice *choice = &session->login->compression;

    *choice = (struct compression_choice){.client = compression_of_client(session),
                                          .server = compression_of_server(session),
                                          .zstd_level = WIRE_ZSTD_LEVEL};
    if ((session->login->sent & WIRE_CLIENT_ZSTD) && payload.data[payload.size - 1] > 0)
        choice->zstd_level = (uint8_t)payload.data[payload.size - 1];
}

uint64_t login_capabilities_to_server(const struct session *session, bool server_tls)
{
    const struct login *login = session->login;
    uint64_t capabilities =
        wire_capabilities_forward(login->sent, login->greeting.flavour, server_tls);

    switch ((enum wire_compression)login->compression.server) {
    case WIRE_COMPRESSION_NONE:
        break;
    case WIRE_COMPRESSION_ZLIB:
        return capabilities | WIRE_CLIENT_COMPRESS;
    case WIRE_COMPRESSION_ZSTD:
        return capabilities | WIRE_CLIENT_ZSTD;
    }
    return capabilities;
}

/* --- greeting ------------------------------------------------------------------------------------
 */

static enum step_result greet(struct session *session, const struct wire_packet *packet)
{
    const struct wire_greeting *greeting = &session->login->greeting;
    struct sg_error error = {0};

    if (!login_read_greeting(session, packet, &error))
        return refuse(session, GUARD_ERROR_SERVER_GREETING, error.message,
                      CLOSE_REASON_SERVER_GREETING);
    wire_greeting_set_capabilities(
        (uint8_t *)(uintptr_t)packet->payload.data, greeting,
        wire_capabilities_offer(greeting->capabilities, greeting->flavour, offers_tls(session)) |
            compression_offered(session));
    (void)session_send(session, SIDE_CLIENT, packet->whole);
    session_consume(session, SIDE_SERVER, packet->whole.size);
    session->login->greeting.version = SG_SLICE_EMPTY;
    session->login->greeting.plugin = SG_SLICE_EMPTY;
    stream_resume(session_client(session));
    return session_goto(session, &STEP_AWAIT_LOGIN);
}

static enum step_result await_greeting(struct session *session)
{
    struct wire_packet packet;

    switch (session_take(session, SIDE_SERVER, GREETING_LIMIT, &packet)) {
    case WIRE_TAKE_MORE:
        if (!session->ended[SIDE_SERVER])
            return STEP_WAIT;
        return refuse(session, GUARD_ERROR_SERVER_GREETING,
                      "the server closed the connection before it",
                      CLOSE_REASON_SERVER_UNREACHABLE);
    case WIRE_TAKE_LARGE:
        return refuse(session, GUARD_ERROR_SERVER_GREETING,
                      "what listens at `server` does not speak MySQL's protocol",
                      CLOSE_REASON_SERVER_GREETING);
    case WIRE_TAKE_PACKET:
        break;
    }
    switch (wire_first_classify(packet.payload)) {
    case WIRE_FIRST_REFUSAL: /* 1040, 1129, 1130: in the server's own words, without SQLSTATE */
        metrics_add(METRIC_CONNECTIONS_REFUSED, 1);
        (void)session_send(session, SIDE_CLIENT, packet.whole);
        return session_stop(session, CLOSE_REASON_SERVER_REFUSED);
    case WIRE_FIRST_FOREIGN:
        return refuse(session, GUARD_ERROR_SERVER_GREETING,
                      "what listens at `server` does not speak MySQL's protocol",
                      CLOSE_REASON_SERVER_GREETING);
    case WIRE_FIRST_GREETING:
        break;
    }
    return greet(session, &packet);
}

const struct step STEP_AWAIT_GREETING = {"await-greeting", await_greeting};

/* --- the client's login
 * --------------------------------------------------------------------------- */

static enum step_result fail_client_tls(struct session *session)
{
    char client[80];

    metrics_add(METRIC_TLS_FAILURES, 1);
    log_info("session", "session %llu: TLS with %s failed: %s", (unsigned long long)session->id,
             session_client_text(session, client, sizeof client),
             stream_error(session_client(session)));
    return login_abandon(session, CLOSE_REASON_TLS_HANDSHAKE_CLIENT);
}

/* Bytes that follow the SSLRequest in clear are ciphertext or an attack (STARTTLS injection): they
 * go to the TLS engine and nowhere else. */
static enum step_result start_client_tls(struct session *session, const struct wire_packet *packet)
{
    struct sg_slice arrived;
    bool started;

    session->login->to_client = wire_sequence_add(packet->sequence, 1);
    session_consume(session, SIDE_CLIENT, packet->whole.size);
    arrived = session_input(session, SIDE_CLIENT);
    started = stream_start_tls(session_client(session), session->host->client_tls, NULL, arrived);
    session_consume(session, SIDE_CLIENT, arrived.size);
    if (!started) /* the hello came with the request, and is no good */
        return fail_client_tls(session);
    return session_goto(session, &STEP_SECURE_CLIENT);
}

static enum step_result secure_client(struct session *session)
{
    if (session->ended[SIDE_CLIENT])
        return fail_client_tls(session);
    return session->secured[SIDE_CLIENT] ? session_goto(session, &STEP_AWAIT_LOGIN) : STEP_WAIT;
}

const struct step STEP_SECURE_CLIENT = {"secure-client", secure_client};

enum server_side { SERVER_SIDE_PLAIN, SERVER_SIDE_TLS, SERVER_SIDE_IMPOSSIBLE };

/* TLS where the settings ask for it, where the server's certificate is to be verified, and by
 * default where the client's side has it, so that the server's side is never the weaker one. */
static enum server_side choose_server_side(const struct session *session)
{
    const struct session_shared *shared = session->host->shared;
    bool offered = session->login->greeting.capabilities & WIRE_CLIENT_SSL;
    bool required = false;
    bool wanted = false;

    switch (shared->settings->server_tls) {
    case SERVER_TLS_DISABLED:
        return SERVER_SIDE_PLAIN;
    case SERVER_TLS_AS_CLIENT:
        required = tls_context_verifies(session->host->server_tls);
        wanted = session->secured[SIDE_CLIENT];
        break;
    case SERVER_TLS_PREFERRED:
        required = tls_context_verifies(session->host->server_tls);
        wanted = true;
        break;
    case SERVER_TLS_REQUIRED:
    case SERVER_TLS_VERIFY_CA:
    case SERVER_TLS_VERIFY_IDENTITY:
        required = true;
        break;
    }
    if (required && !offered)
        return SERVER_SIDE_IMPOSSIBLE;
    return required || (wanted && offered) ? SERVER_SIDE_TLS : SERVER_SIDE_PLAIN;
}

static enum step_result start_server_tls(struct session *session, const struct wire_packet *packet)
{
    const struct session_shared *shared = session->host->shared;
    struct login *login = session->login;
    uint8_t request[WIRE_HEADER_SIZE + WIRE_SSL_REQUEST_SIZE];
    struct writer w = writer_make(request, sizeof request);
    size_t at = writer_packet_begin(&w);
    struct sg_slice arrived;

    wire_ssl_request_write(&w, packet->payload, login_capabilities_to_server(session, true));
    writer_packet_end(&w, at, login->to_server++);
    if (!session_send(session, SIDE_SERVER, writer_result(&w)))
        return STEP_WAIT;
    arrived = session_input(session, SIDE_SERVER);
    bool started = stream_start_tls(session_server(session), session->host->server_tls,
                                    shared->server.is_path ? NULL : shared->server.host, arrived);
    session_consume(session, SIDE_SERVER, arrived.size);
    if (!started)
        session->ended[SIDE_SERVER] = true;
    return session_goto(session, &STEP_SECURE_SERVER);
}

/* Passwords in clear belong on a line that nobody can read. */
bool login_exposes_password(const struct session *session, const struct wire_login *fields,
                            bool server_tls)
{
    switch (wire_auth_plugin_of(fields->plugin)) {
    case WIRE_PLUGIN_CLEAR:
    case WIRE_PLUGIN_DIALOG:
        if (session->host->shared->settings->enable_cleartext_plugin)
            return false;
        break;
    case WIRE_PLUGIN_SHA256: /* one byte asks for the key; more is the password itself */
        break;
    case WIRE_PLUGIN_NATIVE:
    case WIRE_PLUGIN_CACHING_SHA2:
    case WIRE_PLUGIN_OTHER:
        return false;
    }
    return session_is_secure(session, SIDE_CLIENT) && !server_tls &&
           !session_is_secure(session, SIDE_SERVER) && fields->auth_response.size > 1;
}

static enum step_result take_login(struct session *session, const struct wire_packet *packet)
{
    struct login *login = session->login;
    struct wire_login fields;
    struct sg_error error = {0};
    enum server_side server_side = choose_server_side(session);

    session->effective = wire_capabilities_effective(login->greeting.capabilities, login->sent,
                                                     login->greeting.flavour);
    login->to_client = wire_sequence_add(packet->sequence, 1);
    if (!wire_login_parse(packet->payload, session->effective, &fields, &error))
        return bad_handshake(session, error.message);
    if (!wire_auth_proof_fits(fields.plugin.size > 0 ? wire_auth_plugin_of(fields.plugin)
                                                     : WIRE_PLUGIN_OTHER,
                              fields.auth_response))
        return bad_handshake(session, "the proof of the password has a size that it cannot have");
    if (server_side == SERVER_SIDE_IMPOSSIBLE)
        return abandon_with(session, CLOSE_REASON_TLS_NOT_OFFERED, GUARD_ERROR_TLS_NOT_OFFERED);
    if (login_exposes_password(session, &fields, server_side == SERVER_SIDE_TLS))
        return abandon_with(session, CLOSE_REASON_CLEARTEXT_REFUSED, GUARD_ERROR_PASSWORD_IN_CLEAR);
    choose_compression(session, packet->payload);
    if (!login_remember(login, &fields))
        return login_abandon(session, CLOSE_REASON_OUT_OF_MEMORY);
    if (server_side == SERVER_SIDE_TLS)
        return start_server_tls(session, packet);
    return authenticate_begin(session, packet);
}

/* Whoever showed one showed a good one, or there would be no TLS. A Unix socket is exempt, as it is
 * from TLS. */
static bool lacks_certificate(const struct session *session)
{
    const struct settings *settings = session->host->shared->settings;

    return settings->client_tls_ca && settings->client_tls_x509 == CLIENT_TLS_X509_REQUIRED &&
           !session->client.is_local && session->secured[SIDE_CLIENT] &&
           !tls_has_peer_certificate(stream_tls(&session->stream[SIDE_CLIENT]));
}

static enum step_result take_first_packet(struct session *session, const struct wire_packet *packet)
{
    struct login *login = session->login;
    uint64_t sent = 0;
    enum wire_login_kind kind = wire_login_classify(packet->payload, &sent);

    if (!session->secured[SIDE_CLIENT])
        login->sent = sent;
    switch (kind) {
    case WIRE_LOGIN_SSL_REQUEST:
        if (session->secured[SIDE_CLIENT] || !offers_tls(session))
            return bad_handshake(session, "TLS was asked for and is not offered");
        return start_client_tls(session, packet);
    case WIRE_LOGIN_41:
        break;
    case WIRE_LOGIN_320:
        return bad_handshake(session, "the client speaks the protocol of before MySQL 4.1");
    case WIRE_LOGIN_MALFORMED:
        return bad_handshake(session, "the login packet is too short");
    }
    login->to_client = wire_sequence_add(packet->sequence, 1);
    if (session->client_tls == CLIENT_TLS_REQUIRED && !session_is_secure(session, SIDE_CLIENT))
        return abandon_with(session, CLOSE_REASON_TLS_REQUIRED, GUARD_ERROR_TLS_REQUIRED);
    if (lacks_certificate(session))
        return abandon_with(session, CLOSE_REASON_CERTIFICATE_REQUIRED,
                            GUARD_ERROR_CERTIFICATE_REQUIRED);
    return take_login(session, packet);
}

static enum step_result await_login(struct session *session)
{
    struct wire_packet packet;

    if (session->ended[SIDE_SERVER] || session_input(session, SIDE_SERVER).size > 0) {
        /* It gave up on us: an ERR 1159 of its connect_timeout, a shutdown. Its words are passed
         * on. */
        (void)session_send(session, SIDE_CLIENT, session_input(session, SIDE_SERVER));
        return session_stop(session, CLOSE_REASON_SERVER_CLOSED);
    }
    switch (session_take(session, SIDE_CLIENT, WIRE_LOGIN_LIMIT, &packet)) {
    case WIRE_TAKE_MORE:
        return session->ended[SIDE_CLIENT] ? login_abandon(session, CLOSE_REASON_CLIENT_LEFT_LOGIN)
                                           : STEP_WAIT;
    case WIRE_TAKE_LARGE:
        return bad_handshake(session, "the login packet is too large");
    case WIRE_TAKE_PACKET:
        return take_first_packet(session, &packet);
    }
    return STEP_WAIT;
}

const struct step STEP_AWAIT_LOGIN = {"await-login", await_login};

static enum step_result secure_server(struct session *session)
{
    struct wire_packet packet;

    if (session->ended[SIDE_SERVER]) {
        metrics_add(METRIC_TLS_FAILURES, 1);
        log_warning("session", "session %llu: TLS with the server failed: %s",
                    (unsigned long long)session->id, stream_error(session_server(session)));
        (void)session_tell_detail(session, session->login->to_client, GUARD_ERROR_SERVER_TLS, "%s",
                                  stream_error(session_server(session)));
        return session_stop(session, CLOSE_REASON_TLS_HANDSHAKE_SERVER);
    }
    if (session->ended[SIDE_CLIENT])
        return login_abandon(session, CLOSE_REASON_CLIENT_LEFT_LOGIN);
    if (!session->secured[SIDE_SERVER])
        return STEP_WAIT;
    /* The login was left where it lay while the server's side was being secured. */
    if (session_take(session, SIDE_CLIENT, WIRE_LOGIN_LIMIT, &packet) != WIRE_TAKE_PACKET)
        return session_stop(session, CLOSE_REASON_INTERNAL);
    return authenticate_begin(session, &packet);
}

const struct step STEP_SECURE_SERVER = {"secure-server", secure_server};
