/* A session followed by the effects of its statements; see <schemaguard/session.h>. */
#include <schemaguard/session.h>

#include <stdlib.h>

void sg_session_init(struct sg_session *session, const struct sg_server *server, uint32_t sql_mode)
{
    *session = (struct sg_session){
        .context = {.server = server, .sql_mode = sql_mode, .charset = SG_CHARSET_UTF8}};
}

void sg_session_drop_temporary_tables(struct sg_session *session)
{
    sg_overlay_free(session->overlay);
    session->overlay = NULL;
    session->context.overlay = NULL;
    session->context.temporary_certainty = SG_CERTAIN;
}

void sg_session_fini(struct sg_session *session)
{
    sg_overlay_free(session->overlay);
    free(session->database);
    *session = (struct sg_session){.overlay = NULL};
}

void sg_session_set_database(struct sg_session *session, struct sg_slice name)
{
    char *copy = NULL;
    if (name.size > 0) {
        copy = malloc(name.size);
        if (!copy) {
            session->context.database_certainty = SG_UNCERTAIN;
            return;
        }
        memcpy(copy, name.data, name.size);
    }
    free(session->database);
    session->database = copy;
    session->context.database = sg_slice_make(copy, copy ? name.size : 0);
    session->context.database_certainty = SG_CERTAIN;
}

void sg_session_forget(struct sg_session *session)
{
    session->context.database_certainty = SG_UNCERTAIN;
    session->context.sql_mode_unknown = SG_MODES_OF_READING;
    session->context.temporary_certainty = SG_UNCERTAIN;
}

static void apply_temporary(struct sg_session *session, const struct sg_overlay_change *change)
{
    if (!session->overlay)
        session->overlay = sg_overlay_new();
    session->context.overlay = session->overlay;
    if (!session->overlay || !change || sg_overlay_apply(session->overlay, change) != SG_OK)
        session->context.temporary_certainty = SG_UNCERTAIN;
}

void sg_session_apply(struct sg_session *session, const struct sg_effects *effects)
{
    if (effects->flags & SG_EFFECT_OPAQUE)
        sg_session_forget(session);
    if (effects->flags & SG_EFFECT_DATABASE)
        sg_session_set_database(session, effects->database);
    if (effects->flags & SG_EFFECT_SQL_MODE) {
        session->context.sql_mode = effects->sql_mode;
        session->context.sql_mode_unknown = effects->sql_mode_unknown;
    }
    if (effects->flags & SG_EFFECT_CHARSET) {
        session->context.charset = effects->charset;
        session->context.charset_certainty = effects->charset_certainty;
    }
    if (effects->flags & SG_EFFECT_TEMPORARY)
        apply_temporary(session, effects->overlay_change);
}
