/* See limits.h. Called where a login begins and is done, and where a session ends. */
#include "session/limits.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "report/log.h"
#include "report/metrics.h"
#include "session/compression.h"
#include "session/login.h"
#include "session/quota.h"
#include "session/session.h"
#include "wire/err_packet.h"

/* Idleness is looked at so many times within idle_timeout: a session ends at most an eighth late,
 * and no statement has to move a timer. */
#define IDLE_TURNS 8u

/* The system's limit, not one of ours: `ulimit -n`, LimitNOFILE. */
#define NO_DESCRIPTOR_LEFT "no file descriptor is left"

static const char com_quit[] = "\1\0\0\0\1";

bool limits_are_set(const struct settings *settings)
{
    return settings->max_sessions > 0 || settings->max_sessions_per_address > 0 ||
           settings->max_sessions_per_user > 0;
}

static bool take(struct session *session, enum quota_kind kind, struct sg_slice name,
                 uint32_t limit)
{
    if (limit == 0)
        return true;
    if (!quota_take(session->host->shared->quota, kind, name, limit))
        return false;
    session->places |= (uint8_t)(1u << kind);
    return true;
}

static void give(struct session *session, enum quota_kind kind, struct sg_slice name)
{
    if (!(session->places & 1u << kind))
        return;
    session->places &= (uint8_t) ~(1u << kind);
    quota_give(session->host->shared->quota, kind, name);
}

static bool may_tell(const struct session *session, enum quota_kind kind)
{
    return quota_may_tell(session->host->shared->quota, kind, worker_now_ms(session->host->worker));
}

/* --- before the greeting ------------------------------------------------------------------------
 */

static bool refuse(struct session *session, enum quota_kind kind, const char *setting,
                   uint32_t limit, enum close_reason reason)
{
    char client[80];

    metrics_add(METRIC_CONNECTIONS_REFUSED, 1);
    if (may_tell(session, kind))
        log_warning("session", "%s = %u is reached: %s was refused, as others may be", setting,
                    limit, session_client_text(session, client, sizeof client));
    (void)session_tell_detail(session, 0, GUARD_ERROR_TOO_MANY, "%s = %u", setting, limit);
    session_end(session, reason);
    return false;
}

bool limits_admit(struct session *session)
{
    uint32_t limit = session->host->shared->settings->max_sessions;

    return take(session, QUOTA_SESSIONS, SG_SLICE_EMPTY, limit) ||
           refuse(session, QUOTA_SESSIONS, "max_sessions", limit, CLOSE_REASON_MAX_SESSIONS);
}

bool limits_admit_address(struct session *session)
{
    uint32_t limit = session->host->shared->settings->max_sessions_per_address;

    return take(session, QUOTA_ADDRESS, sg_slice_of(session->client.address), limit) ||
           refuse(session, QUOTA_ADDRESS, "max_sessions_per_address", limit,
                  CLOSE_REASON_MAX_SESSIONS_PER_ADDRESS);
}

void limits_refuse_for_descriptors(struct session *session)
{
    metrics_add(METRIC_CONNECTIONS_REFUSED, 1);
    log_warning("session", "session %llu: no file descriptor is left to connect with: %s",
                (unsigned long long)session->id, stream_error(session_server(session)));
    (void)session_tell_detail(session, 0, GUARD_ERROR_TOO_MANY, "%s", NO_DESCRIPTOR_LEFT);
    session_end(session, CLOSE_REASON_NO_DESCRIPTORS);
}

/* What the client has sent already (a PROXY header) is read out: a close with unread bytes would
 * reset the connection and take our words away. */
void limits_turn_away(const struct accepted *accepted)
{
    const struct guard_error_info *info = &guard_errors[GUARD_ERROR_TOO_MANY];
    char text[96];
    uint8_t bytes[128];
    struct writer w = writer_make(bytes, sizeof bytes);
    struct sg_slice packet;

    snprintf(text, sizeof text, "schemaguard: %s: %s", info->text, NO_DESCRIPTOR_LEFT);
    wire_err_write(&w, 0, &(struct wire_err){.number = info->number, .message = sg_slice_of(text)},
                   false);
    packet = writer_result(&w);
    (void)recv(accepted->fd, (char[256]){0}, 256, MSG_DONTWAIT);
    (void)send(accepted->fd, packet.data, packet.size, MSG_DONTWAIT | MSG_NOSIGNAL);
    close(accepted->fd);
    metrics_add(METRIC_CONNECTIONS_ACCEPTED, 1);
    metrics_add(METRIC_CONNECTIONS_REFUSED, 1);
    metrics_add(metrics_of_close(CLOSE_REASON_NO_DESCRIPTORS), 1);
    log_debug("session", "turned away: %s: %s", close_reason_text(CLOSE_REASON_NO_DESCRIPTORS),
              accepted->address);
}

/* --- at the login's end ------------------------------------------------------------------------
 */

/* Unless the server takes compressed frames from now on, it is told goodbye. */
static void take_leave(struct session *session)
{
    if (!session->login || session->login->changing_user ||
        session->login->compression.server == WIRE_COMPRESSION_NONE)
        (void)session_send(session, SIDE_SERVER, sg_slice_make(com_quit, 5));
}

bool limits_admit_user(struct session *session)
{
    uint32_t limit = session->host->shared->settings->max_sessions_per_user;
    struct login *login = session->login;
    struct sg_slice user = login->identity ? login->identity->user : SG_SLICE_EMPTY;
    int shown = user.size < 80 ? (int)user.size : 80;

    if (limit == 0)
        return true;
    if (session->identity)
        give(session, QUOTA_USER, session->identity->user);
    if (take(session, QUOTA_USER, user, limit))
        return true;
    if (may_tell(session, QUOTA_USER))
        log_warning("session", "max_sessions_per_user = %u is reached: user %.*s was refused",
                    limit, shown, user.data);
    (void)session_tell_detail(session, login->to_client, GUARD_ERROR_TOO_MANY_OF_USER, "%.*s",
                              shown, user.data);
    take_leave(session);
    session_end(session, CLOSE_REASON_MAX_SESSIONS_PER_USER);
    return false;
}

void limits_release(struct session *session)
{
    if (session->places == 0)
        return;
    give(session, QUOTA_SESSIONS, SG_SLICE_EMPTY);
    give(session, QUOTA_ADDRESS, sg_slice_of(session->client.address));
    if (session->identity)
        give(session, QUOTA_USER, session->identity->user);
}

/* --- idleness ----------------------------------------------------------------------------------
 */

/* As the servers do: MySQL says why, MariaDB closes in silence. */
static void end_idle(struct session *session)
{
    if (session->context.server.flavour == SG_FLAVOUR_MYSQL) {
        if (session->compression)
            compression_answer(session, UINT8_MAX);
        (void)session_tell(session, 0, GUARD_ERROR_INACTIVE);
    }
    take_leave(session);
    session_end(session, CLOSE_REASON_IDLE_TIMEOUT);
}

/* What is relayed blindly may be a stream that is silent for long. */
static bool is_idle(const struct session *session)
{
    return !session->active && session->pending.count == 0 && !session->held &&
           session->step == &STEP_COMMANDS;
}

static void on_idle_turn(struct worker_timer *timer)
{
    struct session *session = session_of_timer(timer);

    session->idle_turns = is_idle(session) ? (uint8_t)(session->idle_turns + 1) : 0;
    session->active = false;
    if (session->idle_turns >= IDLE_TURNS)
        end_idle(session);
    else
        limits_watch(session);
}

void limits_watch(struct session *session)
{
    uint64_t timeout_ms = session->host->shared->settings->idle_timeout_ms;

    if (timeout_ms > 0)
        worker_timer_set(session->host->worker, &session->timer, timeout_ms / IDLE_TURNS + 1,
                         on_idle_turn);
}
