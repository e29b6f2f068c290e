/* From a client's connection to the first command: greeting, TLS on both sides, authentication.
 *
 * The server's greeting reaches the client as it is but for capability bits, the client's proof
 * reaches the server; see wire/auth.h for the one translation there is. COM_CHANGE_USER runs the
 * second half of it again.
 *
 * Source: MySQL Source Code Documentation, "Connection Phase".
 */
#ifndef SESSION_LOGIN_H
#define SESSION_LOGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "session/compression.h"
#include "session/steps.h"
#include "wire/auth.h"
#include "wire/greeting.h"
#include "wire/login.h"
#include "wire/packet.h"

struct session;
struct identity;

/* What only a login needs. Heap; holds a secret for moments, wiped with it. */
struct login {
    struct wire_greeting greeting; /* its slices are gone with the packet */
    uint64_t sent; /* the client's capability words that count: with TLS those of the
                      SSLRequest */
    bool greeted;
    bool login_sent;    /* the server has the login: it answers, then it ends or goes on */
    bool changing_user; /* COM_CHANGE_USER, not the first login */

    /* the exchange */
    enum wire_auth_plugin plugin;
    uint8_t nonce[WIRE_NONCE_SIZE]; /* the latest */
    uint8_t to_client;              /* sequence id of the next packet to that side */
    uint8_t to_server;
    bool password_due; /* the client's next packet is the password, in one form or the other */
    bool key_asked;    /* by us: the server's next packet is its key, for us */
    bool answer_due;   /* the server waits for the client: should that leave, this is its answer */
    uint8_t throw_away_size;
    uint8_t throw_away[WIRE_THROWAWAY_ANSWER_MAX];
    struct wire_secret secret;

    uint8_t abandon_reason;                /* enum close_reason, in the throw-away login */
    struct compression_choice compression; /* from the login's end on */

    /* what the session begins with */
    struct identity *identity;
    uint32_t collation;
    char database[256]; /* NUL-terminated; "" = none; 64 characters of at most 4 bytes */
};

/* Starts: connects to the server. */
void login_begin(struct session *session);

/* The client is gone or refused before the server had its login: what the server would count
 * towards max_connect_errors is finished by a throw-away login, then the session ends for `reason`.
 */
enum step_result login_abandon(struct session *session, uint8_t reason);

/* The guard is shutting down: a login under way is refused. */
void login_drain(struct session *session);

/* Takes the server's greeting into the session. False: it is none that we understand. */
SG_MUST_CHECK bool login_read_greeting(struct session *session, const struct wire_packet *packet,
                                       struct sg_error *error);

/* Keeps of a login or COM_CHANGE_USER what the session begins with. False when memory is out. */
SG_MUST_CHECK bool login_remember(struct login *login, const struct wire_login *fields);

/* What the login (and the SSLRequest) to the server says. */
uint64_t login_capabilities_to_server(const struct session *session, bool server_tls);

/* Would the password that these fields carry be readable on the way to the server? */
bool login_exposes_password(const struct session *session, const struct wire_login *fields,
                            bool server_tls);

void login_free(struct login *login); /* wipes; NULL is fine */

#endif
