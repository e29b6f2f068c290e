/* The settings file: `name = value` lines, read with inih.
 *
 * inih splits lines, strips blanks and comments, and joins indented lines to the one before; it
 * tells only the first error and no line numbers. This reader hands it the lines one by one, so it
 * knows the number of the one at hand, and sees which ones inih made nothing of.
 */
#define _GNU_SOURCE
#include "config/settings_load.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/suggest.h"

struct ini {
    struct settings_loader *loader;
    const char *path;
    FILE *file;
    char *text; /* the line at hand, getline's */
    size_t capacity;
    int line;                   /* of the line at hand, from 1 */
    bool is_indented;           /* it goes on with the value before it */
    bool is_open;               /* it should be a setting, and inih has not said so yet */
    enum setting_id last;       /* the setting before it; SETTING_COUNT = none, or unknown */
    int set_at[SETTING_COUNT];  /* 0 = not in this file */
    struct settings_rule *rule; /* whose section this is; NULL = none's */
    bool is_in_section;
};

/* --- lines --------------------------------------------------------------------------------- */

/* The line before the present one turned out to be no setting. */
static void settle(struct ini *ini)
{
    if (ini->is_open)
        settings_fail(ini->loader, "%s:%d: expected `name = value`, or a comment after #",
                      ini->path, ini->line);
    ini->is_open = false;
}

/* "[rule NAME]" is the only kind there is. */
static void begin_section(struct ini *ini, const char *start)
{
    static const char word[] = "[rule";
    size_t size = strcspn(start, "]\r\n");
    char place[PATH_MAX + 16];

    settings_rule_end(ini->loader, ini->rule);
    ini->rule = NULL;
    ini->is_in_section = true;
    snprintf(place, sizeof place, "%s:%d", ini->path, ini->line);
    if (strncasecmp(start, word, sizeof word - 1) != 0 || start[size] != ']' ||
        !strchr(" \t]", start[sizeof word - 1])) {
        settings_fail(ini->loader,
                      "%s: the only sections are [rule NAME]; write the settings without %.*s",
                      place, (int)strcspn(start, "\r\n"), start);
        return;
    }
    start += sizeof word - 1;
    size -= sizeof word - 1;
    while (size > 0 && (*start == ' ' || *start == '\t')) {
        start++;
        size--;
    }
    while (size > 0 && (start[size - 1] == ' ' || start[size - 1] == '\t'))
        size--;
    ini->rule = settings_rule_begin(ini->loader, sg_slice_make(start, size), place);
}

static void classify(struct ini *ini, const char *text)
{
    if (ini->line == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3;
    const char *start = text + strspn(text, " \t\r\n");
    ini->is_indented = start > text;
    ini->is_open = *start != '\0' && *start != '#' && *start != ';' && *start != '[';
    if (*start == '[')
        begin_section(ini, start);
}

static bool is_comment(const char *text)
{
    text += strspn(text, " \t");
    return *text == '#' || *text == ';';
}

/* What inih cannot take as a line becomes an empty one. */
static const char *check_line(struct ini *ini, size_t used, int room)
{
    if (used >= (size_t)room && is_comment(ini->text))
        return "\n";
    if (used >= (size_t)room)
        settings_fail(ini->loader,
                      "%s:%d: the line is longer than %d bytes; a list may go on in indented lines",
                      ini->path, ini->line, room - 2);
    else if (memchr(ini->text, '\0', used) != NULL)
        settings_fail(ini->loader, "%s:%d: the line holds a zero byte", ini->path, ini->line);
    else
        return ini->text;
    return "\n";
}

/* fgets for inih. */
static char *next_line(char *buffer, int size, void *stream)
{
    struct ini *ini = stream;
    settle(ini);
    ssize_t used = getline(&ini->text, &ini->capacity, ini->file);
    if (used < 0) {
        if (!feof(ini->file))
            settings_fail(ini->loader, "%s: %s", ini->path, strerror(errno));
        return NULL;
    }
    ini->line++;
    strcpy(buffer, check_line(ini, (size_t)used, size));
    classify(ini, buffer);
    return buffer;
}

/* --- settings ------------------------------------------------------------------------------ */

static void fail_unknown(struct ini *ini, const char *name)
{
    struct suggestion suggestion = suggest_for(name);
    for (unsigned id = 0; id < SETTING_COUNT; id++)
        suggest_offer(&suggestion, settings_table[id].name);
    if (suggestion.nearest != NULL)
        settings_fail(ini->loader, "%s:%d: there is no setting \"%s\"; did you mean %s?", ini->path,
                      ini->line, name, suggestion.nearest);
    else
        settings_fail(ini->loader,
                      "%s:%d: there is no setting \"%s\"; see schemaguard serve --help", ini->path,
                      ini->line, name);
}

static void take_setting(struct ini *ini, enum setting_id id, const char *value)
{
    char *place = NULL;
    if (asprintf(&place, "%s:%d", ini->path, ini->line) < 0) {
        ini->loader->memory_out = true;
        return;
    }
    if (ini->is_indented && id == ini->last)
        settings_offer_more(ini->loader, id, SETTINGS_ORIGIN_FILE, place, value);
    else if (ini->set_at[id] != 0)
        settings_fail(ini->loader, "%s: %s is set in line %d already", place,
                      settings_table[id].name, ini->set_at[id]);
    else {
        ini->set_at[id] = ini->line;
        settings_offer(ini->loader, id, SETTINGS_ORIGIN_FILE, place, value);
    }
    free(place);
}

static int on_setting(void *user, const char *section, const char *name, const char *value)
{
    (void)section;
    struct ini *ini = user;
    ini->is_open = false;
    if (ini->is_in_section) {
        char place[PATH_MAX + 16];
        snprintf(place, sizeof place, "%s:%d", ini->path, ini->line);
        if (ini->rule)
            settings_rule_offer(ini->loader, ini->rule, place, name, value);
        return 1;
    }
    enum setting_id id = settings_find(name);
    if (id != SETTING_COUNT)
        take_setting(ini, id, value);
    else if (!ini->is_indented || ini->last != SETTING_COUNT)
        fail_unknown(ini, name);
    ini->last = id;
    return 1;
}

void settings_read_ini(struct settings_loader *loader, const char *path)
{
    struct ini ini = {.loader = loader, .path = path, .last = SETTING_COUNT};
    ini.file = fopen(path, "re");
    if (ini.file == NULL) {
        settings_fail(loader, "%s: %s", path, strerror(errno));
        return;
    }
    /* The number of the first bad line is known already, with a better text. */
    (void)ini_parse_stream(next_line, &ini, on_setting, &ini);
    settle(&ini);
    settings_rule_end(loader, ini.rule);
    free(ini.text);
    fclose(ini.file);
}
