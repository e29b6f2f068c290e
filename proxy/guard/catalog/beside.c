/* See beside.h. On the catalog's thread. */
#include "catalog/beside.h"

#include <stdlib.h>
#include <string.h>

#include <schemaguard/agreed.h>

#include "report/log.h"
#include "report/metrics.h"

/* --- what the log says ----------------------------------------------------------------------- */

/* The one database of which the live schema has nothing is most likely another one's name. */
static void tell_unmatched(const struct verified *verified, const char *what,
                           const struct sg_schema *live)
{
    for (size_t i = 0; i < sg_schema_database_count(verified->schema); i++) {
        bool complete;
        struct sg_slice name = sg_schema_database_at(verified->schema, i, &complete);
        if (sg_schema_describes(verified->schema, name) &&
            sg_schema_find_database(live, name) != SG_PRESENT)
            log_warning("catalog",
                        "%s schema %s: its tables are in database %.*s, which the server does not "
                        "have, or the account does not see; verified_database says where tables "
                        "go that name none",
                        what, verified->source, (int)name.size, name.data);
    }
}

static bool is_new(const struct verified *verified, const struct verified *before)
{
    return verified && verified != before;
}

static void tell_standing(const struct published_beside *beside,
                          const struct published_beside *before)
{
    const struct standing *now = &beside->standing;
    if (!beside->is_compared ||
        (before && before->is_compared && before->standing.total == now->total &&
         strcmp(before->standing.first, now->first) == 0))
        return;
    if (now->total == 0)
        log_info("catalog", "verified and live schema agree");
    else if (now->named == 0)
        log_info("catalog",
                 "verified and live schema differ in %zu place%s, in no table that "
                 "policy names",
                 now->total, now->total == 1 ? "" : "s");
    else
        log_warning("catalog", "verified and live schema differ in %zu place%s, beginning with: %s",
                    now->total, now->total == 1 ? "" : "s", now->first);
}

/* --- making ---------------------------------------------------------------------------------- */

static struct sg_schema *lay(const struct verified *verified, const char *what,
                             const struct sg_schema *live)
{
    struct sg_schema *agreed = NULL;
    struct sg_error error = {.status = SG_OK};
    if (!verified || sg_schema_agreed(verified->schema, live, &agreed, &error) == SG_OK)
        return agreed;
    metrics_add(METRIC_VERIFIED_FAILURES, 1);
    log_error("catalog", "%s schema %s is not held against statements: %s", what, verified->source,
              error.message);
    return NULL;
}

struct published_beside *beside_new(const struct beside_options *options,
                                    const struct sg_schema *live,
                                    const struct published_beside *before)
{
    struct published_beside *beside;
    if (!options->verified && !options->candidate)
        return NULL;
    beside = calloc(1, sizeof(*beside));
    if (!beside) {
        log_error("catalog", "memory is out: nothing is held against the verified schema");
        return NULL;
    }
    beside->verified = verified_retain(options->verified);
    beside->candidate = verified_retain(options->candidate);
    beside->agreed = lay(beside->verified, "verified", live);
    beside->foreseen = lay(beside->candidate, "candidate", live);
    beside->is_compared =
        beside->verified && standing_find(beside->verified->schema, live, options->is_named,
                                          options->argument, &beside->standing) == SG_OK;
    if (is_new(beside->verified, before ? before->verified : NULL))
        tell_unmatched(beside->verified, "verified", live);
    if (is_new(beside->candidate, before ? before->candidate : NULL))
        tell_unmatched(beside->candidate, "candidate", live);
    tell_standing(beside, before);
    return beside;
}

void beside_free(struct published_beside *beside)
{
    if (!beside)
        return;
    verified_release(beside->verified);
    verified_release(beside->candidate);
    sg_schema_release(beside->agreed);
    sg_schema_release(beside->foreseen);
    free(beside);
}
