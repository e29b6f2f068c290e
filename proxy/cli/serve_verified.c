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
             source->what, verified->source, sg_schema_table_count(verified->schema),
             sg_schema_column_count(verified->schema), verified->hash,
             (unsigned long long)verified->generation);
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

/* Statements mean what the server that they are for makes of them; which one that is shows with the
 * live schema. */
static bool read_source(const struct serve_verified *serve, struct serve_source *source,
                        struct sg_error *error)
{
    struct published *live = serve->catalog ? catalog_current(serve->catalog) : NULL;
    struct verified *before = source->verified;
    struct verified *fresh = NULL;
    bool is_read = verified_read(source->name, serve->settings->verified_database,
                                 live ? sg_schema_server(live->schema) : NULL,
                                 before ? before->generation + 1 : 1, &fresh, error) == SG_OK;

    published_release(live);
    if (!is_read)
        return false;
    source->verified = fresh;
    source->signature = fresh->signature;
    source->has_failed = false;
    verified_release(before);
    return true;
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
    if (settings->verified && !read_source(serve, &serve->verified, error)) {
        sg_error_at(error, "verified");
        return false;
    }
    if (settings->candidate && !read_source(serve, &serve->candidate, error)) {
        sg_error_at(error, "candidate");
        return false;
    }
    return true;
}

void serve_verified_fini(struct serve_verified *serve)
{
    verified_release(serve->verified.verified);
    verified_release(serve->candidate.verified);
    serve->verified.verified = NULL;
    serve->candidate.verified = NULL;
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

/* Something else is in use now. */
static bool take(struct serve_verified *serve, struct serve_source *source)
{
    struct sg_error error = {0};
    struct verified *before = verified_retain(source->verified);
    bool is_read;
    bool is_changed;

    is_read = read_source(serve, source, &error);
    is_changed = is_read && !is_same(before, source->verified);
    verified_release(before);
    if (!is_read) {
        source->failed_signature = source->signature;
        source->has_failed = true;
        metrics_add(METRIC_VERIFIED_FAILURES, 1);
        log_error("policy", "%s schema: %s; generation %llu of before stays in use", source->what,
                  error.message, (unsigned long long)source->verified->generation);
        return false;
    }
    if (!is_changed) {
        source->verified->generation--; /* nobody has seen it */
        log_info("policy", "%s schema: %s was read again and is the same", source->what,
                 source->name);
        return false;
    }
    tell(source);
    return true;
}

/* What is being written is left alone until it rests. */
static bool look(struct serve_verified *serve, struct serve_source *source)
{
    uint64_t before = source->signature;

    if (!source->verified)
        return false;
    source->signature = verified_signature(source->name);
    if (source->signature != before || source->signature == source->verified->signature ||
        (source->has_failed && source->signature == source->failed_signature))
        return false;
    return take(serve, source);
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

void serve_verified_read_again(struct serve_verified *serve)
{
    bool changed = false;

    if (!serve->catalog)
        return;
    if (serve->verified.verified)
        changed |= take(serve, &serve->verified);
    if (serve->candidate.verified)
        changed |= take(serve, &serve->candidate);
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
