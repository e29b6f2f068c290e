/* `schemaguard COMMAND …`: finds the command and hands over. The commands live in files of their
 * own; adding one is a line in COMMANDS. */
#include "cli/cli.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cli/check.h"
#include "cli/explain.h"
#include "cli/healthcheck.h"
#include "cli/policy_test.h"
#include "cli/schema.h"
#include "cli/serve.h"
#include "cli/serve_start.h"
#include "cli/version.h"
#include "config/suggest.h"

struct command {
    const char *name;
    const char *about;
    int (*run)(int argc, char **argv); /* argv[0] is the first argument after the name */
};

static const struct command COMMANDS[] = {
    {"serve", "stand between clients and a server, report or stop mismatches", serve_start},
    {"check", "find mismatches in SQL files and logs, without a server", check_start},
    {"explain", "show how each name of a statement is resolved", explain_start},
    {"healthcheck", "ask a running guard whether it is ready", healthcheck_start},
    {"policy", "test: explain what would be done about a suspect, and by which rule", policy_start},
    {"schema", "pull, compare, verify and plan schemas", schema_start},
};
#define COMMAND_COUNT (sizeof COMMANDS / sizeof COMMANDS[0])

static void print_help(FILE *stream)
{
    fputs("Usage: schemaguard COMMAND [OPTION]...\n"
          "\n"
          "Finds SQL statements that name tables or columns which the schema does not have.\n"
          "\n"
          "Commands:\n",
          stream);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stream, "  %-11s %s\n", COMMANDS[i].name, COMMANDS[i].about);
    fputs("\n"
          "Options:\n"
          "  --help     this text; after a command, the command's own\n"
          "  --version  what this is, and the libraries it runs with\n"
          "\n"
          "Try it: schemaguard serve --server 127.0.0.1:3306\n"
          "Exit codes: 0 done, 1 could not go on, 2 called in a wrong way; of check: 1 mismatches, "
          "2 could\n"
          "not run.\n",
          stream);
}

static int fail_unknown(const char *word)
{
    struct suggestion suggestion = suggest_for(word);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        suggest_offer(&suggestion, COMMANDS[i].name);
    suggest_offer(&suggestion, "--help");
    suggest_offer(&suggestion, "--version");
    fprintf(stderr, "schemaguard: there is no command \"%s\"", word);
    if (suggestion.nearest != NULL)
        fprintf(stderr, "; did you mean %s?\n", suggestion.nearest);
    else
        fputs("; see schemaguard --help\n", stderr);
    return CLI_EXIT_USAGE;
}

/* Whether what was printed has arrived: a full disk behind `> file` is no success. */
static int end_output(void)
{
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? CLI_EXIT_OK : CLI_EXIT_FAILURE;
}

int cli_main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return CLI_EXIT_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_help(stdout);
        return end_output();
    }
    if (strcmp(word, "--version") == 0) {
        version_print(stdout);
        return end_output();
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(word, COMMANDS[i].name) == 0)
            return COMMANDS[i].run(argc - 2, argv + 2);
    }
    return fail_unknown(word);
}
