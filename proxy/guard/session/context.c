/* See context.h. */
#include "session/context.h"

#include <stdlib.h>
#include <string.h>

#include "wire/capability.h"

/* The bits that the engine reads a text by. */
#define READING_MODES                                                                              \
    ((uint32_t)(SG_MODE_ANSI_QUOTES | SG_MODE_PIPES_AS_CONCAT | SG_MODE_HIGH_NOT_PRECEDENCE |      \
                SG_MODE_IGNORE_SPACE | SG_MODE_NO_BACKSLASH_ESCAPES | SG_MODE_ONLY_FULL_GROUP_BY | \
                SG_MODE_ORACLE | SG_MODE_MSSQL))

struct session_defaults session_defaults_unknown(void)
{
    return (struct session_defaults){.sql_mode = 0, .sql_mode_unknown = READING_MODES};
}

void context_init(struct session_context *context, const struct sg_server *server)
{
    *context = (struct session_context){.server = *server};
    context->sg.server = &context->server;
}

static void drop_temporary_tables(struct session_context *context)
{
    sg_overlay_free(context->overlay);
    context->overlay = NULL;
    context->sg.overlay = NULL;
    context->sg.temporary_certainty = SG_CERTAIN;
}

void context_fini(struct session_context *context)
{
    drop_temporary_tables(context);
    free(context->database);
    context->database = NULL;
}

void context_set_database(struct session_context *context, struct sg_slice name)
{
    char *copy = NULL;

    if (name.size > 0) {
        copy = malloc(name.size);
        if (!copy) {
            context->sg.database_certainty = SG_UNCERTAIN;
            return;
        }
        memcpy(copy, name.data, name.size);
    }
    free(context->database);
    context->database = copy;
    context->sg.database = sg_slice_make(copy, copy ? name.size : 0);
    context->sg.database_certainty = SG_CERTAIN;
}

static void take_defaults(struct session_context *context, const struct session_defaults *defaults)
{
    drop_temporary_tables(context);
    context->sg.sql_mode = defaults->sql_mode;
    context->sg.sql_mode_unknown = defaults->sql_mode_unknown;
}

void context_begin(struct session_context *context, struct sg_slice database, uint32_t collation,
                   const struct session_defaults *defaults)
{
    take_defaults(context, defaults);
    context_set_database(context, database);
    context->sg.charset = sg_charset_from_collation_id(collation);
    context->sg.charset_certainty = SG_CERTAIN;
}

void context_reset(struct session_context *context, const struct session_defaults *defaults)
{
    take_defaults(context, defaults);
    /* The server goes back to the login's character set or to its own default, by flavour and
     * version. */
    context->sg.charset_certainty = SG_UNCERTAIN;
}

void context_forget(struct session_context *context)
{
    context->sg.database_certainty = SG_UNCERTAIN;
    context->sg.sql_mode_unknown = READING_MODES;
    context->sg.temporary_certainty = SG_UNCERTAIN;
}

static void apply_temporary(struct session_context *context, const struct sg_overlay_change *change)
{
    if (!context->overlay)
        context->overlay = sg_overlay_new();
    context->sg.overlay = context->overlay;
    if (!context->overlay || !change || sg_overlay_apply(context->overlay, change) != SG_OK)
        context->sg.temporary_certainty = SG_UNCERTAIN;
}

void context_apply(struct session_context *context, const struct sg_effects *effects)
{
    if (effects->flags & SG_EFFECT_OPAQUE)
        context_forget(context);
    if (effects->flags & SG_EFFECT_DATABASE)
        context_set_database(context, effects->database);
    if (effects->flags & SG_EFFECT_SQL_MODE) {
        context->sg.sql_mode = effects->sql_mode;
        context->sg.sql_mode_unknown = effects->sql_mode_unknown;
    }
    if (effects->flags & SG_EFFECT_CHARSET) {
        context->sg.charset = effects->charset;
        context->sg.charset_certainty = effects->charset_certainty;
    }
    if (effects->flags & SG_EFFECT_TEMPORARY)
        apply_temporary(context, effects->overlay_change);
}

static void learn_mode(struct session_context *context, uint32_t bit, bool on)
{
    context->sg.sql_mode_unknown &= ~bit;
    if (on)
        context->sg.sql_mode |= bit;
    else
        context->sg.sql_mode &= ~bit;
}

void context_observe_status(struct session_context *context, uint16_t status)
{
    learn_mode(context, SG_MODE_NO_BACKSLASH_ESCAPES, status & WIRE_STATUS_NO_BACKSLASH_ESCAPES);
    if (context->server.flavour == SG_FLAVOUR_MARIADB)
        learn_mode(context, SG_MODE_ANSI_QUOTES, status & WIRE_STATUS_ANSI_QUOTES);
    if (status & WIRE_STATUS_DATABASE_DROPPED)
        context_set_database(context, SG_SLICE_EMPTY);
}

static bool is_named(struct sg_slice name, const char *variable)
{
    return sg_slice_equal(name, sg_slice_of(variable));
}

void context_observe_state(struct session_context *context, struct sg_slice state)
{
    struct wire_state_walk walk = wire_state_begin(state);
    struct wire_state_change change;

    while (wire_state_next(&walk, &change)) {
        switch (change.kind) {
        case WIRE_STATE_DATABASE:
            context_set_database(context, change.value);
            break;
        case WIRE_STATE_VARIABLE:
            if (is_named(change.name, "sql_mode")) {
                context->sg.sql_mode = sg_sql_mode_from_text(change.value, context->server.flavour);
                context->sg.sql_mode_unknown = 0;
            } else if (is_named(change.name, "character_set_client")) {
                context->sg.charset = sg_charset_from_name(change.value);
                context->sg.charset_certainty = SG_CERTAIN;
            }
            break;
        case WIRE_STATE_OTHER:
            break;
        }
    }
    if (wire_state_failed(&walk))
        context_forget(context);
}
