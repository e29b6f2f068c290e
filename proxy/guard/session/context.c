/* See context.h. */
#include "session/context.h"

#include "wire/capability.h"

struct session_defaults session_defaults_unknown(void)
{
    return (struct session_defaults){.sql_mode = 0, .sql_mode_unknown = SG_MODES_OF_READING};
}

void context_init(struct session_context *context, const struct sg_server *server)
{
    *context = (struct session_context){.server = *server};
    sg_session_init(&context->sg, &context->server, 0);
}

void context_fini(struct session_context *context)
{
    sg_session_fini(&context->sg);
}

void context_set_database(struct session_context *context, struct sg_slice name)
{
    sg_session_set_database(&context->sg, name);
}

static void take_defaults(struct session_context *context, const struct session_defaults *defaults)
{
    sg_session_drop_temporary_tables(&context->sg);
    context->sg.context.sql_mode = defaults->sql_mode;
    context->sg.context.sql_mode_unknown = defaults->sql_mode_unknown;
}

void context_begin(struct session_context *context, struct sg_slice database, uint32_t collation,
                   const struct session_defaults *defaults)
{
    take_defaults(context, defaults);
    context_set_database(context, database);
    context->sg.context.charset = sg_charset_from_collation_id(collation);
    context->sg.context.charset_certainty = SG_CERTAIN;
}

void context_reset(struct session_context *context, const struct session_defaults *defaults)
{
    take_defaults(context, defaults);
    /* The server goes back to the login's character set or to its own default, by flavour and
     * version. */
    context->sg.context.charset_certainty = SG_UNCERTAIN;
}

void context_forget(struct session_context *context)
{
    sg_session_forget(&context->sg);
}

void context_apply(struct session_context *context, const struct sg_effects *effects)
{
    sg_session_apply(&context->sg, effects);
}

static void learn_mode(struct session_context *context, uint32_t bit, bool on)
{
    context->sg.context.sql_mode_unknown &= ~bit;
    if (on)
        context->sg.context.sql_mode |= bit;
    else
        context->sg.context.sql_mode &= ~bit;
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
                context->sg.context.sql_mode =
                    sg_sql_mode_from_text(change.value, context->server.flavour);
                context->sg.context.sql_mode_unknown = 0;
            } else if (is_named(change.name, "character_set_client")) {
                context->sg.context.charset = sg_charset_from_name(change.value);
                context->sg.context.charset_certainty = SG_CERTAIN;
            }
            break;
        case WIRE_STATE_OTHER:
            break;
        }
    }
    if (wire_state_failed(&walk))
        context_forget(context);
}
