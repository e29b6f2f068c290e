/* The sessions of a log, by connection. */
#ifndef CLI_CHECK_SESSIONS_H
#define CLI_CHECK_SESSIONS_H

#include <stdint.h>

#include <schemaguard/session.h>

/* More connections at once than this: all are forgotten, and nothing is known of those that go on.
 */
#define CHECK_SESSIONS_MAX 65536

struct check_session {
    uint64_t connection; /* 0 = a free place */
    struct sg_session session;
};

struct check_sessions {
    const struct sg_server *server;
    uint32_t sql_mode;
    struct sg_slice database; /* of a new session; empty: not known */
    struct check_session *slots;
    size_t room; /* a power of two */
    size_t used;
    uint64_t forgotten;
};

void check_sessions_init(struct check_sessions *sessions, const struct sg_server *server,
                         uint32_t sql_mode, struct sg_slice database);
void check_sessions_fini(struct check_sessions *sessions);

/* A session as it begins; `database` empty and not told: not known. */
void check_session_begin(const struct check_sessions *sessions, struct sg_session *session);

/* The session of a connection, made when it is new. NULL when memory is out. Good until the next
 * call. */
struct sg_session *check_sessions_find(struct check_sessions *sessions, uint64_t connection);

/* It has ended. */
void check_sessions_remove(struct check_sessions *sessions, uint64_t connection);

#endif
