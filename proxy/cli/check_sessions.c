#include "cli/check_sessions.h"

#include <stdlib.h>

#define FIRST_ROOM 64

void check_sessions_init(struct check_sessions *sessions, const struct sg_server *server,
                         uint32_t sql_mode, struct sg_slice database)
{
    *sessions =
        (struct check_sessions){.server = server, .sql_mode = sql_mode, .database = database};
}

static void forget_all(struct check_sessions *sessions)
{
    for (size_t i = 0; i < sessions->room; i++) {
        if (sessions->slots[i].connection)
            sg_session_fini(&sessions->slots[i].session);
        sessions->slots[i].connection = 0;
    }
    sessions->used = 0;
}

void check_sessions_fini(struct check_sessions *sessions)
{
    forget_all(sessions);
    free(sessions->slots);
    sessions->slots = NULL;
    sessions->room = 0;
}

void check_session_begin(const struct check_sessions *sessions, struct sg_session *session)
{
    sg_session_init(session, sessions->server, sessions->sql_mode);
    if (sessions->database.size)
        sg_session_set_database(session, sessions->database);
    else
        session->context.database_certainty = SG_UNCERTAIN;
}

static size_t place_of(const struct check_sessions *sessions, uint64_t connection)
{
    size_t slot = (size_t)(connection * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (sessions->room - 1);
    while (sessions->slots[slot].connection && sessions->slots[slot].connection != connection)
        slot = (slot + 1) & (sessions->room - 1);
    return slot;
}

static bool widen(struct check_sessions *sessions)
{
    struct check_sessions wider = *sessions;
    wider.room = sessions->room ? sessions->room * 2 : FIRST_ROOM;
    wider.slots = calloc(wider.room, sizeof *wider.slots);
    if (!wider.slots)
        return false;
    for (size_t i = 0; i < sessions->room; i++) {
        if (sessions->slots[i].connection)
            wider.slots[place_of(&wider, sessions->slots[i].connection)] = sessions->slots[i];
    }
    free(sessions->slots);
    *sessions = wider;
    return true;
}

struct sg_session *check_sessions_find(struct check_sessions *sessions, uint64_t connection)
{
    if (sessions->used * 2 >= sessions->room && sessions->room < CHECK_SESSIONS_MAX * 2 &&
        !widen(sessions))
        return NULL;
    size_t slot = place_of(sessions, connection);
    if (sessions->slots[slot].connection)
        return &sessions->slots[slot].session;
    if (sessions->used >= CHECK_SESSIONS_MAX) {
        sessions->forgotten += sessions->used;
        forget_all(sessions);
        slot = place_of(sessions, connection);
    }
    struct check_session *made = &sessions->slots[slot];
    made->connection = connection;
    sessions->used++;
    check_session_begin(sessions, &made->session);
    if (sessions->forgotten)
        sg_session_forget(&made->session);
    return &made->session;
}

/* What stands behind a place that becomes free moves up, so that it is still found. */
void check_sessions_remove(struct check_sessions *sessions, uint64_t connection)
{
    if (sessions->used == 0)
        return;
    size_t mask = sessions->room - 1;
    size_t slot = place_of(sessions, connection);
    if (!sessions->slots[slot].connection)
        return;
    sg_session_fini(&sessions->slots[slot].session);
    sessions->slots[slot].connection = 0;
    sessions->used--;
    for (size_t next = (slot + 1) & mask; sessions->slots[next].connection;
         next = (next + 1) & mask) {
        struct check_session moved = sessions->slots[next];
        sessions->slots[next].connection = 0;
        sessions->slots[place_of(sessions, moved.connection)] = moved;
    }
}
