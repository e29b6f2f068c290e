/* Sections `[rule NAME]` of the settings file, line by line; see settings_rule in settings.h.
 *
 * Called by settings_ini.c, which knows places; policy/rules.c says which rule a session meets.
 */
#include "config/settings_load.h"

#include <string.h>
#include <strings.h>

#include "config/settings_value.h"
#include "config/suggest.h"

#define NAME_MAX_BYTES 64

static bool is_name(struct sg_slice name)
{
    for (size_t i = 0; i < name.size; i++)
        if ((unsigned char)name.data[i] <= ' ' || name.data[i] == ']' || name.data[i] == 0x7f)
            return false;
    return name.size > 0 && name.size <= NAME_MAX_BYTES;
}

struct settings_rule *settings_rule_begin(struct settings_loader *loader, struct sg_slice name,
                                          const char *place)
{
    struct settings *settings = loader->settings;
    struct settings_rule **end = &settings->rules;
    struct settings_rule *rule;

    if (!is_name(name)) {
        settings_fail(loader, "%s: a rule is named in one word of at most %d bytes: [rule reports]",
                      place, NAME_MAX_BYTES);
        return NULL;
    }
    for (; *end; end = &(*end)->next) {
        if (strlen((*end)->name) == name.size && memcmp((*end)->name, name.data, name.size) == 0)
            settings_fail(loader, "%s: rule %s is there already, at %s", place, (*end)->name,
                          (*end)->place);
    }
    rule = sg_arena_alloc(&settings->arena, sizeof *rule);
    if (rule) {
        rule->name = sg_arena_copy(&settings->arena, name).data;
        rule->place = sg_arena_copy(&settings->arena, sg_slice_of(place)).data;
    }
    if (!rule || !rule->name || !rule->place) {
        loader->memory_out = true;
        return NULL;
    }
    *end = rule;
    return rule;
}

/* --- its lines ------------------------------------------------------------------------------- */

static bool take_mode(struct settings_rule *rule, const char *value, struct sg_error *error)
{
    unsigned mode = 0;

    if (!value_choice(value, settings_table[SETTING_ID_MODE].choices, &mode, error))
        return false;
    rule->mode = (enum guard_mode)mode;
    rule->has_mode = true;
    return true;
}

/* Each is one of the verdicts that a mismatch can have. */
static bool take_classes(struct sg_arena *arena, struct settings_rule *rule, const char *value,
                         struct sg_error *error)
{
    static const char *const NAMES[] = {"missing", "unverified", "absent"};
    const char *at = value;

    while (*at != '\0') {
        size_t blanks = strspn(at, ", \t");
        size_t size = strcspn(at + blanks, ", \t");
        bool is_known = size == 0;
        for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
            is_known |= strlen(NAMES[i]) == size && strncmp(NAMES[i], at + blanks, size) == 0;
        if (!is_known) {
            (void)sg_error_set(error, SG_INVALID, "\"%.*s\" is none of missing, unverified, absent",
                               (int)size, at + blanks);
            return false;
        }
        at += blanks + size;
    }
    return value_text(value, arena, &rule->classes, error);
}

/* A table is named with its database, as everywhere. */
static bool take_tables(struct sg_arena *arena, struct settings_rule *rule, const char *value,
                        struct sg_error *error)
{
    const char *at = value;

    while (*at != '\0') {
        size_t size = strcspn(at, ",");
        if (!memchr(at, '.', size)) {
            (void)sg_error_set(error, SG_INVALID,
                               "a table is named with its database: shop.customers, shop.*");
            return false;
        }
        at += size + (at[size] == ',');
    }
    return value_text(value, arena, &rule->table, error);
}

static bool take(struct settings_loader *loader, struct settings_rule *rule, const char *name,
                 const char *value, bool *known_out, struct sg_error *error)
{
    struct sg_arena *arena = &loader->settings->arena;

    *known_out = true;
    if (strcmp(name, "user") == 0)
        return value_text(value, arena, &rule->user, error);
    if (strcmp(name, "database") == 0)
        return value_text(value, arena, &rule->database, error);
    if (strcmp(name, "program") == 0)
        return value_text(value, arena, &rule->program, error);
    if (strcmp(name, "table") == 0)
        return take_tables(arena, rule, value, error);
    if (strcmp(name, "class") == 0)
        return take_classes(arena, rule, value, error);
    if (strcmp(name, "client") == 0)
        return value_networks(value, arena, &rule->client, error);
    if (strcmp(name, "mode") == 0)
        return take_mode(rule, value, error);
    *known_out = false;
    return false;
}

static void fail_unknown(struct settings_loader *loader, const char *place, const char *name)
{
    static const char *const NAMES[] = {"user",  "database", "program", "client",
                                        "table", "class",    "mode"};
    struct suggestion suggestion = suggest_for(name);

    for (size_t i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++)
        suggest_offer(&suggestion, NAMES[i]);
    settings_fail(loader,
                  "%s: a rule has no \"%s\"%s%s%s; it may have user, database, client, program, "
                  "table, class and mode",
                  place, name, suggestion.nearest ? " (did you mean " : "",
                  suggestion.nearest ? suggestion.nearest : "", suggestion.nearest ? "?)" : "");
}

void settings_rule_offer(struct settings_loader *loader, struct settings_rule *rule,
                         const char *place, const char *name, const char *value)
{
    struct sg_error error = {.status = SG_OK};
    bool is_known;

    if (*value == '\0')
        settings_fail(loader, "%s: %s: there is no value", place, name);
    else if (take(loader, rule, name, value, &is_known, &error))
        return;
    else if (!is_known)
        fail_unknown(loader, place, name);
    else if (error.status == SG_LIMIT)
        loader->memory_out = true;
    else
        settings_fail(loader, "%s: %s: %s", place, name, error.message);
}

void settings_rule_end(struct settings_loader *loader, const struct settings_rule *rule)
{
    if (rule && !rule->has_mode)
        settings_fail(loader, "%s: rule %s says no mode: observe or block", rule->place,
                      rule->name);
}

bool settings_rules_name_tables(const struct settings *settings)
{
    for (const struct settings_rule *rule = settings->rules; rule; rule = rule->next)
        if (rule->table)
            return true;
    return false;
}

bool settings_rules_block(const struct settings *settings)
{
    for (const struct settings_rule *rule = settings->rules; rule; rule = rule->next)
        if (rule->mode == GUARD_MODE_BLOCK)
            return true;
    return false;
}
