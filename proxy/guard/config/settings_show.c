/* Settings in words: what is in force, and the help of `schemaguard serve`. */
#include "config/settings.h"

#include <string.h>

#include "config/settings_load.h"

#define WIDTH 80

/* Breaks `text` at blanks; each line begins after `indent` columns, the first one with `label` in
 * them. */
static void print_wrapped(FILE *stream, const char *label, int indent, const char *text)
{
    size_t room = (size_t)(WIDTH - indent);
    while (*text != '\0') {
        size_t size = strlen(text);
        if (size > room) {
            size = room;
            while (size > 0 && text[size] != ' ')
                size--;
            if (size == 0)
                size = strcspn(text, " ");
        }
        fprintf(stream, "%-*s%.*s\n", indent, label, (int)size, text);
        label = "";
        text += size;
        text += strspn(text, " ");
    }
}

/* --- what is in force ---------------------------------------------------------------------- */

void settings_print(const struct settings *settings, FILE *stream)
{
    for (unsigned id = 0; id < SETTING_COUNT; id++) {
        const struct settings_source *source = &settings->sources[id];
        const char *text = *source->text != '\0' ? source->text : "(not set)";
        fprintf(stream, "%-24s %-32s %s\n", settings_table[id].name, text, source->place);
    }
    for (const struct settings_rule *rule = settings->rules; rule; rule = rule->next)
        fprintf(stream, "rule %-19s mode = %-25s %s\n", rule->name,
                settings_table[SETTING_ID_MODE].choices[rule->mode].word, rule->place);
}

/* --- help ---------------------------------------------------------------------------------- */

static const char *placeholder(enum setting_type type)
{
    switch (type) {
    case SETTING_TYPE_BOOL:
        return "true|false";
    case SETTING_TYPE_INTEGER:
        return "NUMBER";
    case SETTING_TYPE_SIZE:
        return "SIZE";
    case SETTING_TYPE_DURATION:
        return "TIME";
    case SETTING_TYPE_ENUM:
        return "WORD";
    case SETTING_TYPE_FILE:
    case SETTING_TYPE_PATH:
        return "FILE";
    case SETTING_TYPE_FILES:
        return "FILE,...";
    case SETTING_TYPE_TEXT:
        return "TEXT";
    case SETTING_TYPE_ADDRESS:
        return "ADDRESS";
    case SETTING_TYPE_ADDRESSES:
        return "ADDRESS,...";
    case SETTING_TYPE_NETWORKS:
        return "NETWORK,...";
    case SETTING_TYPE_DIGEST:
        return "HEX";
    }
    return "VALUE";
}

static void print_range(FILE *stream, const char *range)
{
    const char *dots = strstr(range, "..");
    if (dots != NULL)
        fprintf(stream, "      (%.*s to %s)\n", (int)(dots - range), range, dots + 2);
}

static void print_choices(FILE *stream, const struct setting_choice *choices)
{
    int widest = 0;
    for (const struct setting_choice *choice = choices; choice->word != NULL; choice++) {
        int width = (int)strlen(choice->word);
        widest = width > widest ? width : widest;
    }
    for (const struct setting_choice *choice = choices; choice->word != NULL; choice++) {
        char label[WIDTH];
        snprintf(label, sizeof label, "        %s", choice->word);
        print_wrapped(stream, label, 8 + widest + 2, choice->about);
    }
}

static void print_setting(FILE *stream, const struct setting_info *info)
{
    struct settings_spelling option = settings_option(info->name);
    fprintf(stream, "  %s %s", option.text, placeholder(info->type));
    if (*info->initial != '\0')
        fprintf(stream, "  [%s]", info->initial);
    fputc('\n', stream);
    print_wrapped(stream, "", 6, info->help);
    print_range(stream, info->range);
    if (info->choices != NULL)
        print_choices(stream, info->choices);
}

static const char HELP_INTRODUCTION[] =
    "Usage: schemaguard serve [--config FILE] [--check-config] [--SETTING VALUE]...\n"
    "\n"
    "Stands between applications and a MySQL or MariaDB server, finds statements that\n"
    "name tables or columns which the server does not have, and reports or stops\n"
    "them. Everything else passes untouched.\n"
    "\n"
    "Watch an application that now connects to port 3307 instead of 3306:\n"
    "\n"
    "  schemaguard serve --listen 127.0.0.1:3307 --server 127.0.0.1:3306 \\\n"
    "      --schema-user schemaguard --schema-password-file /etc/schemaguard/password\n"
    "\n"
    "See what a file would do, then stop mismatches and keep the events in a file:\n"
    "\n"
    "  schemaguard serve --config /etc/schemaguard.ini --check-config\n"
    "  schemaguard serve --config /etc/schemaguard.ini --mode block \\\n"
    "      --event-log /var/log/schemaguard/events.jsonl\n"
    "\n"
    "A setting has three spellings: schema_refresh in the file,\n"
    "SCHEMAGUARD_SCHEMA_REFRESH in the environment, --schema-refresh here. The\n"
    "command line beats the environment, that beats the file, that beats the default,\n"
    "which is shown in brackets.\n"
    "\n"
    "  --config FILE\n"
    "      A file of settings, `name = value` a line; also SCHEMAGUARD_CONFIG.\n"
    "  --check-config\n"
    "      Check everything, show what is in force and where it came from, and end.\n"
    "  --help\n"
    "      This text.\n";

void settings_print_help(FILE *stream)
{
    fputs(HELP_INTRODUCTION, stream);
    for (unsigned group = 0; group < SETTINGS_GROUP_COUNT; group++) {
        fprintf(stream, "\n%s:\n", settings_groups[group].title);
        print_wrapped(stream, "", 1, settings_groups[group].about);
        for (unsigned id = 0; id < SETTING_COUNT; id++) {
            if (settings_table[id].group == (enum settings_group)group)
                print_setting(stream, &settings_table[id]);
        }
    }
    fputs("\n"
          "Signals: HUP reads the schema again, USR1 opens the event log again, USR2 writes\n"
          "the counters to the log, TERM and INT stop the guard.\n"
          "Exit codes: 0 stopped as told, 1 could not go on, 2 the settings are wrong.\n",
          stream);
}
