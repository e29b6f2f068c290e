/* See schema_version.h. */
#include "admin/schema_version.h"

#include <cjson/cJSON.h>

#include "report/clock.h"

static const struct published_beside *beside_of(const struct schema_version *version)
{
    return version->published ? version->published->beside : NULL;
}

/* What was named and could not be compared is not taken for good. */
bool schema_version_matches(const struct schema_version *version)
{
    const struct published_beside *beside = beside_of(version);

    if (!version->published)
        return false;
    if (!version->is_verified_set)
        return true;
    return beside && beside->verified && beside->is_compared && beside->standing.named == 0;
}

static void add_time(cJSON *object, const char *name, int64_t at_ms)
{
    char text[CLOCK_TEXT_MAX];

    clock_text((uint64_t)at_ms * 1000, 3, text);
    (void)cJSON_AddStringToObject(object, name, text);
}

/* {"version":…,"hash":…,"adopted_at":…,"source":…,"loaded_at":…,"generation":…}, or null. */
static cJSON *named_json(const struct verified *verified)
{
    cJSON *object = verified ? cJSON_CreateObject() : cJSON_CreateNull();

    if (!verified)
        return object;
    if (verified->version)
        (void)cJSON_AddStringToObject(object, "version", verified->version);
    (void)cJSON_AddStringToObject(object, "hash", verified->hash);
    if (verified->adopted_at)
        (void)cJSON_AddStringToObject(object, "adopted_at", verified->adopted_at);
    (void)cJSON_AddStringToObject(object, "source", verified->source);
    add_time(object, "loaded_at", verified->loaded_at_ms);
    (void)cJSON_AddNumberToObject(object, "generation", (double)verified->generation);
    return object;
}

static cJSON *live_json(const struct schema_version *version)
{
    const struct published *published = version->published;
    cJSON *object = published ? cJSON_CreateObject() : cJSON_CreateNull();

    if (!published)
        return object;
    if (version->live_hash)
        (void)cJSON_AddStringToObject(object, "hash", version->live_hash);
    add_time(object, "loaded_at", published->loaded_at_ms);
    (void)cJSON_AddNumberToObject(object, "age_seconds",
                                  (double)published_age_ms(published, published_clock_ms()) / 1000);
    (void)cJSON_AddNumberToObject(object, "generation", (double)published->generation);
    return object;
}

static cJSON *differences_json(const struct published_beside *beside)
{
    const struct standing *standing = &beside->standing;
    cJSON *object = cJSON_CreateObject();
    cJSON *kinds = cJSON_AddObjectToObject(object, "kinds");

    (void)cJSON_AddNumberToObject(object, "total", (double)standing->total);
    (void)cJSON_AddNumberToObject(object, "named_by_policy", (double)standing->named);
    for (int i = 0; i < SG_DIFFERENCE_KINDS; i++)
        if (standing->counts[i] > 0)
            (void)cJSON_AddNumberToObject(kinds, sg_difference_name((enum sg_difference_kind)i),
                                          (double)standing->counts[i]);
    return object;
}

char *schema_version_to_json(const struct schema_version *version)
{
    const struct published_beside *beside = beside_of(version);
    cJSON *root = cJSON_CreateObject();
    char *json;

    (void)cJSON_AddBoolToObject(root, "match", schema_version_matches(version));
    if (beside && beside->is_compared)
        (void)cJSON_AddItemToObject(root, "differences", differences_json(beside));
    (void)cJSON_AddItemToObject(root, "verified", named_json(beside ? beside->verified : NULL));
    (void)cJSON_AddItemToObject(root, "live", live_json(version));
    (void)cJSON_AddItemToObject(root, "candidate", named_json(beside ? beside->candidate : NULL));
    json = cJSON_Print(root);
    cJSON_Delete(root);
    return json;
}
