/* See policy_test.h. Runs the guard's own policy over a case that the command line describes, and
 * tells each question and its answer; nothing is connected to. */
#define _GNU_SOURCE /* environ */
#include "cli/policy_test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/serve.h"
#include "config/settings.h"
#include "policy/policy.h"

struct described {
    const char *user;
    const char *database;
    const char *client;
    const char *program;
    const char *digest;
    const char *table;
    const char *column;
    const char *verdict;
};

static void print_help(void)
{
    puts(
        "Usage: schemaguard policy test [OPTION OF serve]... [CASE]...\n"
        "\n"
        "Explains what would be done about a statement that names what the schema lacks, and what\n"
        "decides it, by the settings of `serve` (--config FILE and the others).\n"
        "\n"
        "The case; what is not given is not known:\n"
        "  --user NAME         who is logged in\n"
        "  --database NAME     the current database\n"
        "  --client ADDRESS    where from; `localhost` for a Unix socket\n"
        "  --program NAME      the connection attribute program_name\n"
        "  --digest HEX        the statement's, as in an event\n"
        "  --table NAME        the table that is used, or that is missing where no column is\n"
        "  --column NAME       the column that is missing, as the statement writes it\n"
        "  --class NAME        missing, unverified or absent (the default)\n"
        "\n"
        "Exit codes: 0 explained, 2 called in a wrong way.");
}

/* Takes the options of the case out of argv; the others are those of `serve`. */
static bool take_case(int *argc, char **argv, struct described *described)
{
    const struct {
        const char *name;
        const char **value;
    } options[] = {{"--user", &described->user},     {"--database", &described->database},
                   {"--client", &described->client}, {"--program", &described->program},
                   {"--digest", &described->digest}, {"--table", &described->table},
                   {"--column", &described->column}, {"--class", &described->verdict}};
    int kept = 0;

    for (int i = 0; i < *argc; i++) {
        size_t option = 0;
        size_t size = strcspn(argv[i], "=");
        while (option < sizeof options / sizeof options[0] &&
               (strlen(options[option].name) != size ||
                memcmp(options[option].name, argv[i], size) != 0))
            option++;
        if (option == sizeof options / sizeof options[0]) {
            argv[kept++] = argv[i];
        } else if (argv[i][size] == '=') {
            *options[option].value = argv[i] + size + 1;
        } else if (i + 1 < *argc) {
            *options[option].value = argv[++i];
        } else {
            fprintf(stderr, "schemaguard policy test: %s needs a value\n", argv[i]);
            return false;
        }
    }
    *argc = kept;
    return true;
}

static struct sg_slice slice_of(const char *text)
{
    return text ? sg_slice_of(text) : SG_SLICE_EMPTY;
}

/* --- the explanation ------------------------------------------------------------------------- */

static void print_rules(const struct settings *settings, const struct policy_subject *subject)
{
    bool is_decided = false;
    char text[256];

    if (!settings->rules)
        puts("rules: there are none");
    for (const struct settings_rule *rule = settings->rules; rule; rule = rule->next) {
        const char *obstacle = rules_obstacle(rule, subject, text, sizeof text);
        printf("rule %s (%s): %s\n", rule->name, rule->place,
               obstacle     ? obstacle
               : is_decided ? "is met as well, but one before it decides"
                            : "is met, and decides the mode");
        is_decided |= !obstacle;
    }
}

static void print_exceptions(const struct policy_case *suspect)
{
    const struct exception *found =
        exceptions_find(suspect->exceptions, suspect->report, suspect->digest,
                        suspect->subject->database, suspect->now_s);

    if (!suspect->exceptions)
        puts("exceptions: there are none");
    else if (!found)
        printf("exceptions: none of %zu holds for it\n", exceptions_count(suspect->exceptions));
    else
        printf("exception (%s:%u): %s %s: %s\n", suspect->settings->exceptions, found->line,
               exception_kind_name(found->kind), found->name, found->reason);
}

static const char *words_for(enum policy_action action)
{
    switch (action) {
    case POLICY_FORWARD:
        return "forward it and report it";
    case POLICY_WATCH:
        return "let the server prepare it; its refusal is the block";
    case POLICY_ASK:
        return "ask the server to prepare it, and stop it if the server refuses the name";
    case POLICY_LOOK_UP:
        return "look its tables up afresh, and stop it if they still lack the name";
    case POLICY_BLOCK:
        return "stop it";
    }
    return "";
}

static bool verdict_is_of_guard(const struct policy_case *suspect)
{
    return suspect->report->verdict == SG_VERDICT_UNVERIFIED;
}

static void explain(struct policy_case *suspect)
{
    const struct settings *settings = suspect->settings;
    struct policy_decision decision;

    print_rules(settings, suspect->subject);
    print_exceptions(suspect);
    suspect->level = ARMING_ALL;
    decision = policy_decide(suspect);
    printf("mode: %s\ndecided by: %s\naction: %s\n",
           settings_table[SETTING_ID_MODE].choices[decision.mode].word, decision.rule,
           words_for(decision.action));
    if (decision.action == POLICY_BLOCK && verdict_is_of_guard(suspect))
        puts("the server would run it, and is not asked");
    if (decision.action == POLICY_BLOCK && settings->arm == ARM_AFTER_PROOF)
        printf("once armed: after %u statements without a false positive, or told to\n",
               settings->arm_after);
}

static bool read_verdict(const char *name, enum sg_verdict *verdict_out)
{
    for (int i = SG_VERDICT_MISSING; i <= SG_VERDICT_ABSENT; i++) {
        *verdict_out = (enum sg_verdict)i;
        if (!name || strcmp(name, sg_verdict_name(*verdict_out)) == 0) {
            *verdict_out = name ? *verdict_out : SG_VERDICT_ABSENT;
            return true;
        }
    }
    fprintf(stderr, "schemaguard policy test: --class is missing, unverified or absent\n");
    return false;
}

static int run(const struct settings *settings, const struct described *described)
{
    enum sg_verdict verdict;
    if (!read_verdict(described->verdict, &verdict))
        return CLI_EXIT_USAGE;
    const struct sg_slice table = slice_of(described->table);
    const struct policy_subject subject = {.class_name = sg_verdict_name(verdict),
                                           .tables = &table,
                                           .table_count = described->table != NULL,
                                           .user = slice_of(described->user),
                                           .database = slice_of(described->database),
                                           .program = slice_of(described->program),
                                           .client = described->client};
    struct sg_reference reference = {
        .kind = described->column || !described->table ? SG_REFERENCE_COLUMN : SG_REFERENCE_TABLE,
        .verdict = verdict,
        .name = slice_of(described->column ? described->column : described->table)};
    const struct sg_report report = {
        .verdict = verdict, .references = &reference, .reference_count = 1};
    struct policy_case suspect = {.settings = settings,
                                  .subject = &subject,
                                  .report = &report,
                                  .carrier = POLICY_CARRIER_QUERY,
                                  .mode = settings->mode,
                                  .now_s = time(NULL)};
    struct exceptions *exceptions = NULL;
    struct sg_error error = {0};

    if (settings->exceptions &&
        exceptions_read(settings->exceptions, &exceptions, &error) != SG_OK) {
        fprintf(stderr, "schemaguard policy test: %s\n", error.message);
        return CLI_EXIT_USAGE;
    }
    if (described->digest)
        suspect.digest = strtoull(described->digest, NULL, 16);
    suspect.exceptions = exceptions;
    explain(&suspect);
    exceptions_release(exceptions);
    return CLI_EXIT_OK;
}

int policy_start(int argc, char **argv)
{
    struct settings *settings = NULL;
    struct settings_findings findings = {0};
    struct described described = {0};
    int code = CLI_EXIT_USAGE;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        argc = 0;
    if (argc == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
        print_help();
        return CLI_EXIT_OK;
    }
    if (strcmp(argv[0], "test") != 0) {
        fprintf(stderr, "schemaguard policy: there is no \"%s\"; there is: test\n", argv[0]);
        return CLI_EXIT_USAGE;
    }
    argc--;
    argv++;
    if (!take_case(&argc, argv, &described))
        return CLI_EXIT_USAGE;
    if (settings_load(argc, argv, environ, &settings, &findings) == SG_OK)
        code = run(settings, &described);
    for (size_t i = 0; i < findings.error_count; i++)
        fprintf(stderr, "schemaguard policy test: %s\n", findings.errors[i]);
    settings_free(settings);
    settings_findings_fini(&findings);
    return code;
}
