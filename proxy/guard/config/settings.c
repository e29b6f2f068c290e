/* The table, and the layers that fill a struct settings: defaults, file, environment, command line.
 *
 * In: argv and environ of `schemaguard serve`. Out: settings that hold together, or findings. The
 * grammar of values is settings_value.c's, the file's is settings_ini.c's; settings_check.c knows
 * what fits together, settings_show.c puts it into words.
 */
#define _GNU_SOURCE /* asprintf */
#include "config/settings.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/settings_load.h"
#include "config/settings_value.h"
#include "config/suggest.h"

#define SETTINGS_MEMORY_BYTES ((size_t)1 << 20)

/* --- the table ----------------------------------------------------------------------------- */

#define SETTING_CHOICES(type)                    static const struct setting_choice type##_choices[] = {
#define SETTING_CHOICE(type, value, word, about) {word, about},
#define SETTING_CHOICES_END(type)                                                                  \
    {                                                                                              \
        NULL, NULL                                                                                 \
    }                                                                                              \
    }                                                                                              \
    ;
#include "config/settings.def"

const struct settings_group_info settings_groups[SETTINGS_GROUP_COUNT] = {
#define SETTING_GROUP(id, title, about) {title, about},
#include "config/settings.def"
};

#define ROW_BOOL(detail)      .type = SETTING_TYPE_BOOL, .range = detail
#define ROW_INTEGER(detail)   .type = SETTING_TYPE_INTEGER, .range = detail
#define ROW_SIZE(detail)      .type = SETTING_TYPE_SIZE, .range = detail
#define ROW_DURATION(detail)  .type = SETTING_TYPE_DURATION, .range = detail
#define ROW_ENUM(detail)      .type = SETTING_TYPE_ENUM, .range = "", .choices = detail##_choices
#define ROW_FILE(detail)      .type = SETTING_TYPE_FILE, .range = detail
#define ROW_FILES(detail)     .type = SETTING_TYPE_FILES, .range = detail
#define ROW_PATH(detail)      .type = SETTING_TYPE_PATH, .range = detail
#define ROW_TEXT(detail)      .type = SETTING_TYPE_TEXT, .range = detail
#define ROW_ADDRESS(detail)   .type = SETTING_TYPE_ADDRESS, .range = detail
#define ROW_ADDRESSES(detail) .type = SETTING_TYPE_ADDRESSES, .range = detail
#define ROW_NETWORKS(detail)  .type = SETTING_TYPE_NETWORKS, .range = detail
#define ROW_DIGEST(detail)    .type = SETTING_TYPE_DIGEST, .range = detail

const struct setting_info settings_table[SETTING_COUNT] = {
#define SETTING(group_id, id, name_, kind, detail, initial_, help_)                                \
    [SETTING_ID_##id] = {.group = SETTINGS_GROUP_##group_id,                                       \
                         .name = #name_,                                                           \
                         .initial = initial_,                                                      \
                         .help = help_,                                                            \
                         ROW_##kind(detail)},
#include "config/settings.def"
};

#define SETTING(group, id, name, kind, detail, initial, help)                                      \
    _Static_assert(sizeof("SCHEMAGUARD_" #name) <= SETTINGS_SPELLING_MAX, #name " is too long");
#include "config/settings.def"

enum setting_id settings_find(const char *name)
{
    for (unsigned id = 0; id < SETTING_COUNT; id++) {
        if (strcmp(settings_table[id].name, name) == 0)
            return (enum setting_id)id;
    }
    return SETTING_COUNT;
}

struct settings_spelling settings_option(const char *name)
{
    struct settings_spelling option = {"--"};
    for (size_t i = 0; name[i] != '\0'; i++)
        option.text[2 + i] = name[i] == '_' ? '-' : name[i];
    return option;
}

struct settings_spelling settings_variable(const char *name)
{
    struct settings_spelling variable = {"SCHEMAGUARD_"};
    size_t prefix = strlen(variable.text);
    for (size_t i = 0; name[i] != '\0'; i++)
        variable.text[prefix + i] = (char)toupper((unsigned char)name[i]);
    return variable;
}

/* --- findings ------------------------------------------------------------------------------ */

static bool add_line(char ***lines, size_t *count, const char *format, va_list arguments)
{
    char *line = NULL;
    if (vasprintf(&line, format, arguments) < 0)
        return false;
    for (char *at = line; *at != '\0'; at++) {
        if (iscntrl((unsigned char)*at))
            *at = '?'; /* a finding is one line, whatever stood in the environment */
    }
    char **more = realloc(*lines, (*count + 1) * sizeof **lines);
    if (more == NULL) {
        free(line);
        return false;
    }
    *lines = more;
    more[(*count)++] = line;
    return true;
}

void settings_fail(struct settings_loader *loader, const char *format, ...)
{
    struct settings_findings *findings = loader->findings;
    va_list arguments;
    va_start(arguments, format);
    if (!add_line(&findings->errors, &findings->error_count, format, arguments))
        loader->memory_out = true;
    va_end(arguments);
}

void settings_warn(struct settings_loader *loader, const char *format, ...)
{
    struct settings_findings *findings = loader->findings;
    va_list arguments;
    va_start(arguments, format);
    if (!add_line(&findings->warnings, &findings->warning_count, format, arguments))
        loader->memory_out = true;
    va_end(arguments);
}

static void free_lines(char **lines, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(lines);
}

void settings_findings_fini(struct settings_findings *findings)
{
    free_lines(findings->errors, findings->error_count);
    free_lines(findings->warnings, findings->warning_count);
    *findings = (struct settings_findings){0};
}

/* --- one value ----------------------------------------------------------------------------- */

static bool set_enum(const struct setting_info *info, const char *text, unsigned *index,
                     struct sg_error *error)
{
    return value_choice(text, info->choices, index, error);
}

static bool set_address(const struct setting_info *info, const char *text, struct sg_arena *arena,
                        struct settings_address *address, struct sg_error *error)
{
    if (*info->range == '\0' || strcasecmp(text, info->range) != 0)
        return value_address(text, arena, address, error);
    *address = (struct settings_address){0};
    return true;
}

#define SET_BOOL(name, detail)     value_bool(text, &s->name, error)
#define SET_INTEGER(name, detail)  value_integer(text, info->range, &s->name, error)
#define SET_SIZE(name, detail)     value_size(text, info->range, &s->name, error)
#define SET_DURATION(name, detail) value_duration(text, info->range, &s->name##_ms, error)
#define SET_ENUM(name, detail)                                                                     \
    (set_enum(info, text, &index, error) && ((s->name = (enum detail)index), true))
#define SET_FILE(name, detail)      value_text(text, &s->arena, &s->name, error)
#define SET_FILES(name, detail)     value_files(text, &s->arena, &s->name, error)
#define SET_PATH(name, detail)      value_text(text, &s->arena, &s->name, error)
#define SET_TEXT(name, detail)      value_text(text, &s->arena, &s->name, error)
#define SET_ADDRESS(name, detail)   set_address(info, text, &s->arena, &s->name, error)
#define SET_ADDRESSES(name, detail) value_addresses(text, &s->arena, &s->name, error)
#define SET_NETWORKS(name, detail)  value_networks(text, &s->arena, &s->name, error)
#define SET_DIGEST(name, detail)    value_digest(text, &s->arena, &s->name, error)

static bool set_value(struct settings *s, enum setting_id id, const char *text,
                      struct sg_error *error)
{
    const struct setting_info *info = &settings_table[id];
    unsigned index = 0;
    switch (id) {
#define SETTING(group, id_, name, kind, detail, initial, help)                                     \
    case SETTING_ID_##id_:                                                                         \
        return SET_##kind(name, detail);
#include "config/settings.def"
    case SETTING_COUNT:
        break;
    }
    return false;
}

static bool is_quoted(const char *text)
{
    size_t size = strlen(text);
    return size >= 2 && (text[0] == '"' || text[0] == '\'') && text[size - 1] == text[0];
}

/* Where a finding about this value stands: the file's places lack the name, the others are it. */
static void fail_value(struct settings_loader *loader, enum setting_id id,
                       enum settings_origin origin, const char *place, const char *why)
{
    if (origin == SETTINGS_ORIGIN_FILE)
        settings_fail(loader, "%s: %s: %s", place, settings_table[id].name, why);
    else
        settings_fail(loader, "%s: %s", place, why);
}

void settings_offer(struct settings_loader *loader, enum setting_id id, enum settings_origin origin,
                    const char *place, const char *text)
{
    struct settings *settings = loader->settings;
    struct sg_error error = {.status = SG_OK};
    if (is_quoted(text))
        sg_error_set(&error, SG_INVALID, "%s: values are written without quotes", text);
    else if (*text == '\0' && *settings_table[id].initial != '\0')
        sg_error_set(&error, SG_INVALID, "there is no value");
    else if (set_value(settings, id, text, &error)) {
        struct settings_source *source = &settings->sources[id];
        source->origin = origin;
        source->place = sg_arena_copy(&settings->arena, sg_slice_of(place)).data;
        source->text = *text == '\0' ? "" : sg_arena_copy(&settings->arena, sg_slice_of(text)).data;
        loader->memory_out |= source->place == NULL || source->text == NULL;
        return;
    }
    if (error.status == SG_LIMIT)
        loader->memory_out = true;
    else
        fail_value(loader, id, origin, place, error.message);
}

void settings_offer_more(struct settings_loader *loader, enum setting_id id,
                         enum settings_origin origin, const char *place, const char *text)
{
    const struct settings_source *source = &loader->settings->sources[id];
    if (settings_table[id].type != SETTING_TYPE_ADDRESSES) {
        fail_value(loader, id, origin, place,
                   "an indented line goes on with the value before it, and this is no list");
        return;
    }
    size_t size = strlen(source->text);
    bool has_comma = size == 0 || source->text[size - 1] == ',';
    char *whole = NULL;
    if (asprintf(&whole, "%s%s%s", source->text, has_comma ? "" : ",", text) < 0) {
        loader->memory_out = true;
        return;
    }
    char *first_place = strdup(source->place);
    if (first_place != NULL)
        settings_offer(loader, id, origin, first_place, whole);
    else
        loader->memory_out = true;
    free(first_place);
    free(whole);
}

/* --- layers -------------------------------------------------------------------------------- */

static void offer_defaults(struct settings_loader *loader)
{
    for (unsigned id = 0; id < SETTING_COUNT; id++)
        settings_offer(loader, (enum setting_id)id, SETTINGS_ORIGIN_DEFAULT, "default",
                       settings_table[id].initial);
}

#define VARIABLE_PREFIX "SCHEMAGUARD_"
#define VARIABLE_CONFIG "SCHEMAGUARD_CONFIG"

/* Kubernetes gives every container in the namespace of a service called `schemaguard` variables
 * such as SCHEMAGUARD_PORT=tcp://… and SCHEMAGUARD_SERVICE_HOST: not meant for us. */
static bool is_service_link(const char *name)
{
    return strncmp(name, VARIABLE_PREFIX "PORT", strlen(VARIABLE_PREFIX "PORT")) == 0 ||
           strncmp(name, VARIABLE_PREFIX "SERVICE_", strlen(VARIABLE_PREFIX "SERVICE_")) == 0;
}

/* `others` are names beside the table's, ended by NULL. */
static const char *nearest_name(const char *wanted, const char *const *others)
{
    struct suggestion suggestion = suggest_for(wanted);
    for (unsigned id = 0; id < SETTING_COUNT; id++)
        suggest_offer(&suggestion, settings_table[id].name);
    for (; *others != NULL; others++)
        suggest_offer(&suggestion, *others);
    return suggestion.nearest;
}

static void offer_variable(struct settings_loader *loader, const char *name, const char *value)
{
    static const char *const OTHERS[] = {"config", NULL};
    for (unsigned id = 0; id < SETTING_COUNT; id++) {
        struct settings_spelling variable = settings_variable(settings_table[id].name);
        if (strcmp(variable.text, name) == 0) {
            settings_offer(loader, (enum setting_id)id, SETTINGS_ORIGIN_ENVIRONMENT, name, value);
            return;
        }
    }
    const char *nearest = nearest_name(name + strlen(VARIABLE_PREFIX), OTHERS);
    if (nearest != NULL)
        settings_fail(loader, "%s: there is no such setting; did you mean %s?", name,
                      settings_variable(nearest).text);
    else
        settings_fail(loader, "%s: there is no such setting; see schemaguard serve --help", name);
}

static void offer_environment(struct settings_loader *loader, char *const *environment)
{
    for (; *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');
        if (equals == NULL || strncmp(*environment, VARIABLE_PREFIX, strlen(VARIABLE_PREFIX)) != 0)
            continue;
        char *name = strndup(*environment, (size_t)(equals - *environment));
        if (name == NULL)
            loader->memory_out = true;
        else if (strcmp(name, VARIABLE_CONFIG) != 0 && !is_service_link(name))
            offer_variable(loader, name, equals + 1);
        free(name);
    }
}

static const char *find_variable(char *const *environment, const char *name)
{
    size_t size = strlen(name);
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, name, size) == 0 && (*environment)[size] == '=')
            return *environment + size + 1;
    }
    return NULL;
}

/* --- the command line ---------------------------------------------------------------------- */

/* One "--name=value" or "--name value"; `value` is NULL where there is none. */
struct option {
    const char *start; /* as it was given, from the dashes on */
    size_t size;       /* of it, up to the `=` */
    const char *value;
    bool is_joined; /* the value came after `=` */
};

static bool option_is(const struct option *option, const char *spelling)
{
    return strlen(spelling) == option->size && memcmp(option->start, spelling, option->size) == 0;
}

/* Reads the option at argv[at]; its value may be the next argument, which is then not consumed. */
static struct option read_option(int argc, char *const *argv, int at)
{
    const char *start = argv[at];
    const char *equals = strchr(start, '=');
    struct option option = {
        .start = start,
        .size = equals != NULL ? (size_t)(equals - start) : strlen(start),
        .value = equals != NULL ? equals + 1 : NULL,
        .is_joined = equals != NULL,
    };
    if (!option.is_joined && at + 1 < argc && strncmp(argv[at + 1], "--", 2) != 0)
        option.value = argv[at + 1];
    return option;
}

static enum setting_id find_option(const struct option *option)
{
    for (unsigned id = 0; id < SETTING_COUNT; id++) {
        if (option_is(option, settings_option(settings_table[id].name).text))
            return (enum setting_id)id;
    }
    return SETTING_COUNT;
}

static void fail_unknown_option(struct settings_loader *loader, const struct option *option)
{
    static const char *const OTHERS[] = {"config", "check_config", "help", NULL};
    if (option->start[0] != '-') {
        settings_fail(loader, "\"%s\" is not expected: settings are written --name=value",
                      option->start);
        return;
    }
    char *name = strndup(option->start, option->size);
    if (name == NULL) {
        loader->memory_out = true;
        return;
    }
    const char *nearest = nearest_name(name + strspn(name, "-"), OTHERS);
    if (nearest != NULL)
        settings_fail(loader, "%s: there is no such option; did you mean %s?", name,
                      settings_option(nearest).text);
    else
        settings_fail(loader, "%s: there is no such option; see schemaguard serve --help", name);
    free(name);
}

/* Returns whether the next argument was its value. */
static bool offer_option(struct settings_loader *loader, const struct option *option)
{
    enum setting_id id = find_option(option);
    if (id == SETTING_COUNT) {
        fail_unknown_option(loader, option);
        return false;
    }
    struct settings_spelling spelling = settings_option(settings_table[id].name);
    const char *place = spelling.text;
    if (settings_table[id].type == SETTING_TYPE_BOOL && !option->is_joined) {
        settings_offer(loader, id, SETTINGS_ORIGIN_COMMAND_LINE, place, "true");
        return false;
    }
    if (option->value == NULL) {
        settings_fail(loader, "%s: the value is missing", place);
        return false;
    }
    settings_offer(loader, id, SETTINGS_ORIGIN_COMMAND_LINE, place, option->value);
    return !option->is_joined;
}

static void offer_command_line(struct settings_loader *loader, int argc, char *const *argv)
{
    for (int at = 0; at < argc; at++) {
        struct option option = read_option(argc, argv, at);
        if (option_is(&option, "--check-config") && !option.is_joined)
            loader->settings->check_only = true;
        else if (option_is(&option, "--config"))
            at += !option.is_joined && option.value != NULL; /* find_config has read it */
        else
            at += offer_option(loader, &option);
    }
}

/* The file to read, or NULL: the last --config, else the environment's. */
static const char *find_config(struct settings_loader *loader, int argc, char *const *argv,
                               char *const *environment)
{
    const char *path = find_variable(environment, VARIABLE_CONFIG);
    for (int at = 0; at < argc; at++) {
        struct option option = read_option(argc, argv, at);
        if (!option_is(&option, "--config"))
            continue;
        if (option.value == NULL)
            settings_fail(loader, "--config: the name of the file is missing");
        else
            path = option.value;
    }
    return path != NULL && *path != '\0' ? path : NULL;
}

/* --- load ---------------------------------------------------------------------------------- */

enum sg_status settings_load(int argc, char *const *argv, char *const *environment,
                             struct settings **settings_out, struct settings_findings *findings)
{
    static char *const NOTHING[] = {NULL};
    if (environment == NULL) /* what clearenv leaves behind */
        environment = NOTHING;
    *settings_out = NULL;
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL)
        return SG_LIMIT;
    sg_arena_init(&settings->arena, SETTINGS_MEMORY_BYTES);

    struct settings_loader loader = {.settings = settings, .findings = findings};
    offer_defaults(&loader);
    const char *path = find_config(&loader, argc, argv, environment);
    if (path != NULL)
        settings_read_ini(&loader, path);
    offer_environment(&loader, environment);
    offer_command_line(&loader, argc, argv);
    if (findings->error_count == 0 && !loader.memory_out)
        settings_check(&loader);

    if (findings->error_count == 0 && !loader.memory_out) {
        *settings_out = settings;
        return SG_OK;
    }
    settings_free(settings);
    return loader.memory_out ? SG_LIMIT : SG_INVALID;
}

void settings_free(struct settings *settings)
{
    if (settings == NULL)
        return;
    sg_arena_fini(&settings->arena);
    free(settings);
}
