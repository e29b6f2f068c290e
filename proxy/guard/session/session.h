/* One client, the server connection made for it, and all that is known about the two.
 *
 * This header is for the session room itself and for cli/serve, which opens sessions. A session
 * belongs to one worker for life; everything here runs on that worker's thread.
 *
 *     accepted ─▶ session_open ─▶ steps.c (login, commands) ─▶ session_end ─▶ both streams closed
 * ─▶ freed
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <schemaguard/arena.h>
#include <schemaguard/slice.h>
#include <schemaguard/verdict_cache.h>

#include "catalog/refresh.h"
#include "config/settings.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/stream.h"
#include "policy/arming.h"
#include "policy/exceptions.h"
#include "report/close_reason.h"
#include "report/event.h"
#include "report/guard_error.h"
#include "session/buffer.h"
#include "session/context.h"
#include "session/pending.h"
#include "session/prepared.h"
#include "session/recent.h"
#include "session/steps.h"
#include "tls/tls_context.h"
#include "wire/auth.h"
#include "wire/packet.h"
#include "wire/response.h"

/* --- what sessions share ------------------------------------------------------------------ */

/* The process's; made before the workers, only read by them but for what is atomic. */
struct session_shared {
    const struct settings *settings;
    struct endpoint server;
    struct wire_rsa *rsa;
    struct event_log *events; /* NULL = none */
    struct catalog *catalog;  /* NULL = no account to read the schema with */
    struct arming *arming;    /* whether block is in force */
    struct exceptions_slot exceptions;
    struct quota *quota;        /* NULL = sessions are not counted, see limits.h */
    _Atomic uint64_t ddl_at_ms; /* published_clock_ms of the last DDL that was seen; 0 = none yet */
};

struct session;
struct held;               /* held.c */
struct compression;        /* compression.h */
struct doubt;              /* doubt.c */
struct knock;              /* knock.c */
struct compression_worker; /* compression.c */

/* A worker's. */
struct session_worker {
    struct worker *worker;
    struct session_shared *shared;
    struct published *published;    /* this worker's own reference; NULL = no schema yet */
    struct tls_context *client_tls; /* likewise; NULL = TLS is not offered */
    struct tls_context *server_tls; /* likewise; NULL = never TLS */
    struct recent recent;  /* texts of statements, for the errors that only the server saw */
    struct sg_arena arena; /* for judging one statement; reset after each */
    struct sg_verdict_cache *verdicts;      /* under `published`; NULL = none are kept */
    struct compression_worker *compression; /* NULL until a session is compressed */
    struct doubt *doubts;                   /* doubt.h; list, newest first */
    unsigned doubt_count;
    struct knock *knock;      /* NULL = nobody asks whether the server is there */
    struct session *sessions; /* list, newest first */
    uint64_t opened;          /* counts up; makes session ids */
    uint64_t judged;          /* counts up; one in so many is timed */
    bool draining;
    uint64_t hint_due_ms;  /* see authenticate.c: not more than one hint a second */
    bool told_of_vouching; /* see authenticate.c: once is enough */
};

void session_worker_init(struct session_worker *host, struct worker *worker,
                         struct session_shared *shared);
/* When all its sessions have ended. */
void session_worker_fini(struct session_worker *host);

/* Takes the reference that `published` is over from the caller. */
void session_worker_publish(struct session_worker *host, struct published *published);

/* Takes both references from the caller; NULL = no TLS on that side. Sessions that have begun keep
 * what they began with. */
void session_worker_secure(struct session_worker *host, struct tls_context *client_tls,
                           struct tls_context *server_tls);

/* The schema in use was read again and is the same. */
void session_worker_confirm(struct session_worker *host);

/* Ends idle sessions now and the others within `deadline_ms`. */
void session_worker_drain(struct session_worker *host, uint64_t deadline_ms);

/* A client has connected; the descriptor is the session's from now on, also when it is refused.
 * `client_tls` is what this listener asks of its clients. */
void session_open(struct session_worker *host, const struct accepted *accepted,
                  enum client_tls client_tls);

/* --- a session ------------------------------------------------------------------------------ */

/* What a new connection told after the server had closed this one: knock.h. */
enum server_seen { SERVER_NOT_ASKED, SERVER_SEEN, SERVER_NOT_SEEN };

enum side { SIDE_CLIENT, SIDE_SERVER };
#define SIDE_COUNT 2

/* What arrived on one side and was not used yet: what was kept from earlier, else what the current
 * event brought. */
struct input {
    struct buffer kept;
    uint8_t *fresh; /* lent for the length of an event */
    size_t fresh_size;
};

/* Why a side is not read from. */
enum pause_reason {
    PAUSE_PEER_FULL = 1 << 0, /* the other side takes no more */
    PAUSE_HELD = 1 << 1, /* an answer has to come before the next command is looked at; what the
                            client sends meanwhile is kept, see HELD_INPUT_BYTES */
    PAUSE_UNPACKING = 1 << 2, /* its frames hold much, and other sessions come first */
};

/* Who the client says it is; for events. Heap, made at the login. */
struct identity {
    struct sg_slice user;
    struct sg_slice attributes; /* as in the login packet */
    char bytes[];               /* holds both */
};

struct login; /* login.h: only while a login or COM_CHANGE_USER is under way */

struct session {
    struct session_worker *host;
    struct session *next;
    struct session *previous;
    const struct step *step;
    struct stream stream[SIDE_COUNT];
    struct input input[SIDE_COUNT];
    struct worker_timer timer;
    uint64_t id;
    struct accepted client; /* address and port; its descriptor is not ours */
    struct identity *identity;
    struct login *login;
    struct compression *compression; /* NULL = neither side is compressed */
    struct held *held; /* a suspect whose tables are looked up, or were: held.h; NULL = none */

    /* agreed at the login */
    uint64_t effective;     /* capabilities */
    uint32_t connection_id; /* the server's */

    struct session_context context;
    struct pending_queue pending;
    struct wire_response response; /* of the oldest pending command */
    struct wire_walk client_walk;  /* within a command that streams through, or file packets */
    struct prepared_list prepared;
    uint32_t last_prepared;    /* statement id; 0 = none */
    uint32_t changes_pending;  /* commands unanswered that change what later ones mean */
    uint32_t prepares_pending; /* PREPAREs unanswered: `last_prepared` is not the last */
    uint16_t status;           /* of the last OK or EOF that the server sent */

    uint8_t paused[SIDE_COUNT]; /* enum pause_reason */
    bool ended[SIDE_COUNT];     /* nothing more will come from it */
    bool secured[SIDE_COUNT];   /* its TLS handshake is done */
    bool server_connected;
    uint8_t open_streams;      /* whose on_closed has not come yet */
    uint8_t close_reason;      /* enum close_reason */
    uint8_t client_tls;        /* enum client_tls */
    uint8_t places;            /* 1 << enum quota_kind: taken, and to be given back */
    uint8_t idle_turns;        /* see limits.c */
    uint8_t server_seen;       /* enum server_seen */
    bool active;               /* bytes have come since the last of them */
    bool running;              /* within session_run */
    bool server_opened;        /* connecting, or further */
    bool multi_statements;     /* CLIENT_MULTI_STATEMENTS is in force */
    bool response_begun;       /* `response` is at work on the head of `pending` */
    bool streaming;            /* a command's frame is passing through, not all of it has come */
    bool streaming_answered;   /* ... and the newest of `pending` is that command */
    bool discarding;           /* ... and it is dropped: the guard answers it */
    bool infile;               /* the client sends file packets */
    bool asked;                /* a suspect was put to the server and the client is held */
    bool last_prepare_blocked; /* EXECUTE of id -1 would run another statement */
    bool quitting;             /* COM_QUIT went to the server */
    bool farewell;             /* the server said something unasked: it is leaving */
    bool abandoned;            /* the client left while it was held: see await_answer, relay.c */
};

/* --- for the room ---------------------------------------------------------------------------- */

static inline struct stream *session_client(struct session *session)
{
    return &session->stream[SIDE_CLIENT];
}

static inline struct stream *session_server(struct session *session)
{
    return &session->stream[SIDE_SERVER];
}

static inline struct session *session_of_timer(struct worker_timer *timer)
{
    return (struct session *)(void *)((char *)timer - offsetof(struct session, timer));
}

/* What has arrived from a side and was not consumed. Valid until the event's end or the next
 * consume; may be changed in place. */
struct sg_slice session_input(const struct session *session, enum side side);
void session_consume(struct session *session, enum side side, size_t count);

/* `size` bytes are to be there before anything is consumed; what session_input gave is not valid
 * any more. */
void session_expect(struct session *session, enum side side, size_t size);

/* Sends to a side; a slow taker pauses the other side. False when the side takes nothing any more;
 * its own event will tell why. */
bool session_send(struct session *session, enum side side, struct sg_slice bytes);
bool session_send2(struct session *session, enum side side, struct sg_slice first,
                   struct sg_slice second);

/* Something has happened that no stream tells: the steps are run. */
void session_wake(struct session *session);

/* For compression.c: bytes as the steps understand them; bytes as they go out. */
void session_feed(struct session *session, enum side side, uint8_t *bytes, size_t size);
bool session_write(struct session *session, enum side side, struct sg_slice first,
                   struct sg_slice second);

void session_pause(struct session *session, enum side side, enum pause_reason reason);
void session_unpause(struct session *session, enum side side, enum pause_reason reason);

/* An ERR of the guard's own to the client: docs/errors.md. `sequence` is the packet's id. `detail`
 * as printf's. */
bool session_tell(struct session *session, uint8_t sequence, enum guard_error error);
bool session_tell_detail(struct session *session, uint8_t sequence, enum guard_error error,
                         const char *detail, ...) SG_PRINTF(4, 5);

/* Any other ERR that the server did not send. */
bool session_send_error(struct session *session, uint8_t sequence, uint16_t number,
                        const char *sqlstate, const char *format, ...) SG_PRINTF(5, 6);

/* The transport of that side cannot be read by a third: TLS, or a Unix socket. */
bool session_is_secure(const struct session *session, enum side side);

/* What the log calls a session's client: "127.0.0.1:51234", "localhost". */
const char *session_client_text(const struct session *session, char *text, size_t size);

/* Ends the session: what is queued for the client still goes out. The first reason stands. */
void session_end(struct session *session, enum close_reason reason);

/* The packet at the front of a side's input, for exchanges of small packets. `limit` as for
 * wire_packet_take. */
enum wire_take session_take(const struct session *session, enum side side, uint32_t limit,
                            struct wire_packet *packet_out);

/* Sends a packet that lies in an input, with another sequence id. */
bool session_forward(struct session *session, enum side to, const struct wire_packet *packet,
                     uint8_t sequence);

/* Sends `payload` as one packet of less than 16 MiB. */
bool session_send_packet(struct session *session, enum side side, uint8_t sequence,
                         struct sg_slice payload);

/* There is a schema to judge by, and it is not older than max_schema_age. */
bool session_has_schema(const struct session *session);

/* Tables were changed through the guard after the schema was read. */
bool session_schema_is_doubtful(const struct session *session);

/* How long a peer may take to read our last words and to close. */
#define CLIENT_FINISH_MS 2000
#define SERVER_FINISH_MS 1000

/* What a new session on this server starts with. */
struct session_defaults session_defaults_of(const struct session_worker *host);

/* Microseconds since 1970. */
uint64_t session_now_us(void);

/* What is read of a client while it is held. An end shows itself only to a reader, so reading goes
 * on, as far as clients are ahead that do not wait for answers: a batch of several hundred
 * statements. Beyond it the client is stopped, and its end is seen when the answer has come. */
#define HELD_INPUT_BYTES ((size_t)64 * 1024)

#endif
