/* Private to the config room: what the layers of settings_load share. */
#ifndef CONFIG_SETTINGS_LOAD_H
#define CONFIG_SETTINGS_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include <schemaguard/error.h>
#include <schemaguard/slice.h>

#include "config/settings.h"

struct settings_loader {
    struct settings *settings;
    struct settings_findings *findings;
    bool memory_out; /* an allocation was refused: the result is SG_LIMIT */
};

/* Adds one line to the findings. */
void settings_fail(struct settings_loader *loader, const char *format, ...) SG_PRINTF(2, 3);
void settings_warn(struct settings_loader *loader, const char *format, ...) SG_PRINTF(2, 3);

/* The setting of that snake_case name, or SETTING_COUNT. */
enum setting_id settings_find(const char *name);

/* Gives a setting its value, and notes where it came from. A bad one is a finding. */
void settings_offer(struct settings_loader *loader, enum setting_id id, enum settings_origin origin,
                    const char *place, const char *text);

/* As above for a list that goes on: `text` is added to what is there. */
void settings_offer_more(struct settings_loader *loader, enum setting_id id,
                         enum settings_origin origin, const char *place, const char *text);

/* Reads an INI file. A line that is no setting is a finding with its number. */
void settings_read_ini(struct settings_loader *loader, const char *path);

/* Begins a rule at `place`; NULL after a finding, or when memory is out. */
struct settings_rule *settings_rule_begin(struct settings_loader *loader, struct sg_slice name,
                                          const char *place);

/* One line of it. A bad one is a finding. */
void settings_rule_offer(struct settings_loader *loader, struct settings_rule *rule,
                         const char *place, const char *name, const char *value);

/* Its section is over: what must be there is. */
void settings_rule_end(struct settings_loader *loader, const struct settings_rule *rule);

/* Holds the values against each other and against the file system. Only with no errors so far. */
void settings_check(struct settings_loader *loader);

/* "schema_refresh" → "--schema-refresh" and "SCHEMAGUARD_SCHEMA_REFRESH". */
#define SETTINGS_SPELLING_MAX 64
struct settings_spelling {
    char text[SETTINGS_SPELLING_MAX];
};
struct settings_spelling settings_option(const char *name);
struct settings_spelling settings_variable(const char *name);

#endif
