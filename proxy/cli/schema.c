/* `schemaguard schema COMMAND`: finds the command and hands over. */
#include "cli/schema.h"

#include <stdio.h>
#include <string.h>

#include "cli/check.h"
#include "cli/schema_adopt.h"
#include "cli/schema_diff.h"
#include "cli/schema_history.h"
#include "cli/schema_plan.h"
#include "cli/schema_pull.h"
#include "cli/schema_verify.h"

static const struct command {
    const char *name;
    const char *about;
    int (*run)(int argc, char **argv);
} COMMANDS[] = {
    {"pull", "write a server's schema, or what SQL files make, as a snapshot", schema_pull_start},
    {"diff", "tell what differs between two schemas", schema_diff_start},
    {"verify", "check that a server has the schema that a source says", schema_verify_start},
    {"plan", "print the SQL that takes one schema to another", schema_plan_start},
    {"adopt", "keep a schema as the next version of a history", schema_adopt_start},
    {"history", "list what has been adopted", schema_history_start},
    {"show", "tell of one version: who, when, what it changed", schema_show_start},
};
#define COMMAND_COUNT (sizeof COMMANDS / sizeof COMMANDS[0])

static int print_help(void)
{
    fputs("Usage: schemaguard schema COMMAND [OPTION]...\n\nCommands:\n", stdout);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-7s %s\n", COMMANDS[i].name, COMMANDS[i].about);
    return fflush(stdout) == 0 ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
}

int schema_start(int argc, char **argv)
{
    for (size_t i = 0; argc > 0 && i < COMMAND_COUNT; i++) {
        if (strcmp(argv[0], COMMANDS[i].name) == 0)
            return COMMANDS[i].run(argc - 1, argv + 1);
    }
    if (argc > 0 && (strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0))
        return print_help();
    fputs("schemaguard schema: name a command:", stderr);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stderr, "%s %s", i ? "," : "", COMMANDS[i].name);
    fputs("\n", stderr);
    return CHECK_EXIT_FAILED;
}
