/* See serve_verified.h. */
#include "cli/serve_verified.h"

#include <stdio.h>
#include <string.h>

#include "policy/rules.h"
#include "report/clock.h"
#include "report/log.h"
#include "report/metrics.h"

#define LOOK_MS 1000u

static void tell(const struct serve_source *source)
{
    const struct verified *verified = source->verified;

    log_info("policy", "%s schema read from %s: %zu tables, %zu columns, hash %s, generation %llu",
             source->what, verified->source, verified->table_count, verified->column_count,
             verified->hash, (unsigned long long)verified->generation);
    if (verified->doubtful > 0)
        log_warning("policy",
                    "%s schema %s: %zu statements were not understood: a table that they may have "
                    "touched is not held against anything (schemaguard schema pull %s tells which)",
                    source->what, verified->source, verified->doubtful, verified->source);
}

static void set_metrics(const struct serve_verified *serve)
{
    const struct verified *verified = serve->verified.verified;

    if (!verified)
        return;
    metrics_set(METRIC_VERIFIED_GENERATION, verified->generation);
    metrics_set(METRIC_VERIFIED_LOADED_AT, (uint64_t)verified->loaded_at_ms / 1000);
}

static uint64_t next_generation(const struct serve_source *source)
{
    return source->verified ? source->verified->generation + 1 : 1;
}

/* Statements mean what the server that they are for makes of them; which one that is shows with the
 * live schema. NULL with *error. */
static struct verified *read_source(const struct serve_verified *serve,
                                    const struct serve_source *source, struct sg_error *error)
{
    struct published *live = serve->catalog ? catalog_current(serve->catalog) : NULL;
    struct verified *fresh = NULL;
    struct source_options options;

    serve_reader_options(serve->settings, &options);
    options.server = live ? sg_schema_server(live->schema) : NULL;
    if (serve_reader_read(source->name, &options, next_generation(source), &fresh, error) != SG_OK)
        fresh = NULL;
    published_release(live);
    return fresh;
}

static void use(const struct serve_verified *serve, struct serve_source *source,
                struct verified *fresh)
{
    verified_release(source->verified);
    source->verified = fresh;
    source->signature = fresh->signature;
    source->has_failed = false;
    source->due_ms = clock_monotonic_ms() + serve->settings->schema_refresh_ms;
}

static bool read_first(const struct serve_verified *serve, struct serve_source *source,
                       struct sg_error *error)
{
    struct verified *fresh = source->name ? read_source(serve, source, error) : NULL;

    if (fresh)
        use(serve, source, fresh);
    else if (source->name)
        sg_error_at(error, "%s", source->what);
    return fresh || !source->name;
}

/* --- start and end --------------------------------------------------------------------------- */

bool serve_verified_read(struct serve_verified *serve, const struct settings *settings,
                         struct sg_error *error)
{
    *serve = (struct serve_verified){
        .settings = settings,
        .verified = {.what = "verified", .name = settings->verified},
        .candidate = {.what = "candidate", .name = settings->candidate},
    };
    return read_first(serve, &serve->verified, error) &&
           read_first(serve, &serve->candidate, error);
}

static bool end(struct serve_source *source)
{
    bool has_ended = serve_reader_stop(source->reader);

    verified_release(source->verified);
    source->verified = NULL;
    source->reader = NULL;
    return has_ended;
}

bool serve_verified_fini(struct serve_verified *serve)
{
    bool has_ended = end(&serve->verified);

    return end(&serve->candidate) && has_ended;
}

static void hand_over(struct serve_verified *serve)
{
    set_metrics(serve);
    catalog_hold_against(serve->catalog, serve->verified.verified, serve->candidate.verified);
}

void serve_verified_begin(struct serve_verified *serve, struct catalog *catalog)
{
    const struct settings *settings = serve->settings;
    bool blocks = settings->mode == GUARD_MODE_BLOCK || settings_rules_block(settings);

    serve->catalog = catalog;
    if (!catalog || (!serve->verified.verified && !serve->candidate.verified))
        return;
    if (serve->verified.verified)
        tell(&serve->verified);
    if (serve->candidate.verified)
        tell(&serve->candidate);
    if (serve->verified.verified && blocks && settings->unverified == UNVERIFIED_BLOCK)
        log_warning("policy",
                    "a statement with a name that is not verified will be stopped, though the "
                    "server would run it (unverified = block)%s",
                    settings->arm == ARM_NOW ? "" : "; not before it is armed (arm_after)");
    hand_over(serve);
}

/* --- watching -------------------------------------------------------------------------------- */

static bool is_same(const struct verified *a, const struct verified *b)
{
    const char *version_a = a->version ? a->version : "";
    const char *version_b = b->version ? b->version : "";

    return strcmp(a->hash, b->hash) == 0 && strcmp(version_a, version_b) == 0;
}

static void keep(const struct serve_verified *serve, struct serve_source *source,
                 const struct sg_error *error)
{
    source->failed_signature = source->signature;
    source->has_failed = true;
    source->due_ms = clock_monotonic_ms() + serve->settings->schema_refresh_ms;
    metrics_add(METRIC_VERIFIED_FAILURES, 1);
    log_error("policy", "%s schema: %s; generation %llu of before stays in use", source->what,
              error->message, (unsigned long long)source->verified->generation);
}

/* `fresh`: NULL with *error where it could not be read. True: something else is in use now. */
static bool take(const struct serve_verified *serve, struct serve_source *source,
                 struct verified *fresh, const struct sg_error *error)
{
    bool is_changed = fresh && !is_same(source->verified, fresh);

    if (!fresh) {
        keep(serve, source, error);
        return false;
    }
    if (!is_changed)
        fresh->generation--; /* nobody has seen it */
    use(serve, source, fresh);
    if (is_changed)
        tell(source);
    else if (verified_is_server(source->name))
        log_debug("policy", "%s schema: %s is the same", source->what, source->name);
    else
        log_info("policy", "%s schema: %s was read again and is the same", source->what,
                 source->name);
    return is_changed;
}

static bool read_again(const struct serve_verified *serve, struct serve_source *source)
{
    struct sg_error error = {0};
    struct verified *fresh = read_source(serve, source, &error);

    return take(serve, source, fresh, &error);
}

static void start_reader(const struct serve_verified *serve, struct serve_source *source)
{
    struct sg_error error = {0};

    source->reader =
        serve_reader_start(source->name, serve->settings, next_generation(source), &error);
    if (!source->reader)
        keep(serve, source, &error);
}

/* A reading that has ended is taken, one that is due begins. */
static bool look_at_server(const struct serve_verified *serve, struct serve_source *source)
{
    struct sg_error error = {0};
    struct verified *fresh = NULL;

    if (source->reader && serve_reader_take(source->reader, &fresh, &error)) {
        source->reader = NULL;
        return take(serve, source, fresh, &error);
    }
    if (!source->reader && clock_monotonic_ms() >= source->due_ms)
        start_reader(serve, source);
    return false;
}

/* What is being written is left alone until it rests. */
static bool look(struct serve_verified *serve, struct serve_source *source)
{
    uint64_t before = source->signature;

    if (!source->verified)
        return false;
    if (verified_is_server(source->name))
        return look_at_server(serve, source);
    source->signature = verified_signature(source->verified);
    if (source->signature != before || source->signature == source->verified->signature ||
        (source->has_failed && source->signature == source->failed_signature))
        return false;
    return read_again(serve, source);
}

void serve_verified_turn(struct serve_verified *serve)
{
    uint64_t now = clock_monotonic_ms();
    bool changed;

    if (!serve->catalog || now - serve->looked_ms < LOOK_MS)
        return;
    serve->looked_ms = now;
    changed = look(serve, &serve->verified);
    changed |= look(serve, &serve->candidate);
    if (changed)
        hand_over(serve);
}

static bool read_at_once(const struct serve_verified *serve, struct serve_source *source)
{
    if (!source->verified)
        return false;
    if (!verified_is_server(source->name))
        return read_again(serve, source);
    source->due_ms = 0;
    return false;
}

void serve_verified_read_again(struct serve_verified *serve)
{
    bool changed;

    if (!serve->catalog)
        return;
    changed = read_at_once(serve, &serve->verified);
    changed |= read_at_once(serve, &serve->candidate);
    if (changed)
        hand_over(serve);
}

/* --- what policy names ----------------------------------------------------------------------- */

bool serve_verified_is_compared(const struct serve_verified *serve,
                                const struct published *published)
{
    const struct published_beside *beside = published ? published->beside : NULL;

    return beside && beside->is_compared && beside->verified &&
           beside->verified->generation == serve->verified.verified->generation;
}

bool serve_verified_is_named(const struct settings *settings, struct sg_slice database,
                             struct sg_slice table)
{
    char name[2 * 256 + 2];
    int size = snprintf(name, sizeof name, "%.*s.%.*s", (int)database.size, database.data,
                        (int)table.size, table.data);

    if (!settings_rules_name_tables(settings) || size < 0 || (size_t)size >= sizeof name)
        return true;
    for (const struct settings_rule *rule = settings->rules; rule; rule = rule->next)
        if (rule->table && rules_name_table(rule->table, sg_slice_of(name)))
            return true;
    return false;
}
