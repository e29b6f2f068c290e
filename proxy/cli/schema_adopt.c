/* `schemaguard schema adopt`: keeps a schema as the next version of a history. */
#define _GNU_SOURCE /* asprintf */
#include "cli/schema_adopt.h"

#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/check.h"
#include "cli/history_report.h"
#include "cli/options.h"
#include "cli/schema_choice.h"
#include "cli/schema_report.h"
#include "cli/server_verify.h"
#include "report/utf8.h"
#include "sources/live_record.h"

#define ARENA_CEILING  ((size_t)2 << 30)
#define WAIT_MS        30000
#define WHO_MAX_BYTES  255
#define HOST_MAX_BYTES 256
#define TEXT_MAX_BYTES ((size_t)8000) /* of a note, a source's name */
#define TEXTS_CEILING  ((size_t)1 << 20)

enum { EXIT_ADOPTED = CHECK_EXIT_CLEAN, EXIT_REFUSED = CHECK_EXIT_FOUND };

struct adopt {
    struct schema_choice choice;
    const char *name; /* of the source */
    const char *version;
    const char *note;
    const char *who;
    const char *record;
    const char *record_password_file;
    const char *wait;
    const char *format;
    bool allow_downgrade;
    bool help;
};

static void print_help(void)
{
    fputs(
        "Usage: schemaguard schema adopt [OPTION]... SOURCE --history DIR\n"
        "\n"
        "Keeps SOURCE's schema as the next version of the history in DIR (made where it is\n"
        "missing): a snapshot, and a line of a log that is only appended to. A schema that was\n"
        "superseded before is refused. From then on @VERSION and @latest name it wherever a\n"
        "schema is named beside --history DIR, and DIR itself is its latest.\n"
        "\n"
        "      --history DIR         the folder; commit it with the code\n"
        "      --version NAME        what to call it (left out: v1, v2 ...)\n"
        "      --note TEXT           why\n"
        "      --who NAME            who (left out: user@host)\n"
        "      --allow-downgrade     adopt what was superseded before\n"
        "      --wait TIME           for another who adopts just now, at most: 30s, 5m (30s)\n"
        "      --record URL          write it to the table schema_versions of that database, too:\n"
        "                            mysql://writer@host:port/database; made where it is missing\n"
        "      --record-password-file FILE\n"
        "                            that account's password (left out: in URL, or as SOURCE's)\n"
        "  -f, --format FORMAT       text or json\n"
        "\n"
        "  -d, --database NAME       of a server: this database alone\n" SCHEMA_CHOICE_SOURCE_HELP
        "\n"
        "Look first: schemaguard schema diff @latest SOURCE --history DIR\n"
        "Try it: schemaguard schema adopt migrations/ --history schema-history --note 'user "
        "sessions'\n"
        "Exit codes: 0 adopted, or the latest already; 1 refused, as it was superseded before;\n"
        "2 could not. docs/history.md tells more.\n",
        stdout);
}

/* --- who and when -------------------------------------------------------------------------- */

/* Heap. NULL when memory is out. */
static char *choose_who(const struct adopt *adopt)
{
    char host[HOST_MAX_BYTES] = "";
    char *who = NULL;
    const struct passwd *account = getpwuid(geteuid());
    const char *user = account ? account->pw_name : getenv("USER");
    if (adopt->who)
        return strdup(adopt->who);
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    return asprintf(&who, "%.100s@%.100s", user ? user : "", host) < 0 ? NULL : who;
}

static void tell_time(char out[32])
{
    struct tm utc;
    time_t seconds = time(NULL);
    out[0] = '\0';
    if (gmtime_r(&seconds, &utc))
        (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* --- adopting ------------------------------------------------------------------------------ */

static int fail(const char *words)
{
    fprintf(stderr, "schemaguard schema adopt: %s\n", words);
    return CHECK_EXIT_FAILED;
}

static bool wants_json(const struct adopt *adopt)
{
    return adopt->format && strcmp(adopt->format, "json") == 0;
}

static void say(const struct adopt *adopt, const struct history_view *view,
                const struct history_outcome *outcome)
{
    const struct history_record *record = &outcome->history.records[outcome->at];
    const struct history_record *latest = &outcome->history.records[outcome->history.count - 1];
    switch (outcome->answer) {
    case HISTORY_ADOPTED:
        printf("%s adopted in %s", record->version, adopt->choice.history);
        if (outcome->at > 0)
            printf(", after %s", record[-1].version);
        printf("%s\n", record->downgrade ? ", as an older schema" : "");
        history_report_changes(view);
        break;
    case HISTORY_SAME:
        printf("%s is the latest in %s already\n", record->version, adopt->choice.history);
        break;
    case HISTORY_DOWNGRADE:
        printf("refused: this is %s of %s again, which was superseded (the latest is %s); "
               "--allow-downgrade adopts it\n",
               record->version, record->when, latest->version);
        break;
    }
}

static bool report(const struct adopt *adopt, const struct sg_schema *schema,
                   const struct history_outcome *outcome)
{
    static const char *const ANSWERS[] = {"adopted", "same", "downgrade"};
    struct history_view view = {.stream = stdout,
                                .history = &outcome->history,
                                .at = outcome->at,
                                .schema = schema,
                                .answer = ANSWERS[outcome->answer],
                                .color = schema_report_wants_color(stdout)};
    struct sg_error error = {.status = SG_OK};
    struct sg_schema *before = NULL;
    struct sg_arena arena;
    struct sg_diff diff;
    bool written = true;
    sg_arena_init(&arena, ARENA_CEILING);
    /* It stands, whether the one before it can be read or not. */
    if (outcome->answer == HISTORY_ADOPTED &&
        !history_view_changes(&view, &before, &arena, &diff, &error))
        fprintf(stderr, "schemaguard schema adopt: what changed cannot be told: %s\n",
                error.message);
    if (wants_json(adopt))
        written = history_report_one_json(&view);
    else
        say(adopt, &view, outcome);
    sg_arena_fini(&arena);
    sg_schema_release(before);
    return written && fflush(stdout) == 0 && !ferror(stdout);
}

static void say_gaps(const struct adopt *adopt, const struct source_schema *source,
                     const struct history_outcome *outcome)
{
    if (adopt->choice.quiet)
        return;
    schema_choice_say_gaps(source);
    if (outcome->taken_away)
        fprintf(stderr,
                "The log's last line was not whole (%zu bytes): an adoption had been broken off "
                "there, and never happened; it was taken away.\n",
                outcome->taken_away);
}

/* What was written stands, whether it can be told elsewhere or not. */
static bool keep_record(struct live_record *record, const struct history_outcome *outcome)
{
    struct sg_error error = {.status = SG_OK};
    if (!record || outcome->answer == HISTORY_DOWNGRADE)
        return true;
    const struct history_record *adoption = &outcome->history.records[outcome->at];
    if (live_record_write(record, adoption, &error) == SG_OK)
        return true;
    fprintf(stderr,
            "schemaguard schema adopt: %s is adopted, but not on record: %s; the same command "
            "again makes up for it\n",
            adoption->version, error.message);
    return false;
}

static int finish(const struct adopt *adopt, const struct source_schema *source,
                  struct live_record *record, struct history_outcome *outcome)
{
    say_gaps(adopt, source, outcome);
    bool written = report(adopt, source->schema, outcome);
    bool recorded = keep_record(record, outcome);
    enum history_answer answer = outcome->answer;
    history_fini(&outcome->history);
    if (!written)
        return fail("the output cannot be written");
    if (!recorded)
        return CHECK_EXIT_FAILED;
    return answer == HISTORY_DOWNGRADE ? EXIT_REFUSED : EXIT_ADOPTED;
}

/* What people and machines call things need not be UTF-8; the log and the server's table are. */
static int adopt_schema(const struct adopt *adopt, const struct source_schema *source,
                        struct live_record *record, uint32_t wait_ms)
{
    char when[32];
    struct sg_arena texts;
    struct history_outcome outcome;
    struct sg_error error = {.status = SG_OK};
    char *who = choose_who(adopt);
    char *origin = schema_report_name(adopt->name);
    tell_time(when);
    sg_arena_init(&texts, TEXTS_CEILING);
    const struct history_adoption adoption = {
        .schema = source->schema,
        .version = adopt->version,
        .who = utf8_clean(sg_slice_of(who), WHO_MAX_BYTES, &texts),
        .when = when,
        .source = utf8_clean(sg_slice_of(origin), TEXT_MAX_BYTES, &texts),
        .note = utf8_clean(sg_slice_of(adopt->note), TEXT_MAX_BYTES, &texts),
        .allow_downgrade = adopt->allow_downgrade,
        .wait_ms = wait_ms,
    };
    free(who);
    free(origin);
    enum sg_status status = history_adopt(adopt->choice.history, &adoption, &outcome, &error);
    sg_arena_fini(&texts);
    return status == SG_OK ? finish(adopt, source, record, &outcome) : fail(error.message);
}

/* --- the record in a server ---------------------------------------------------------------- */

/* The account of the record is its own: its password is in its URL, in its file, or else the one
 * that SOURCE's is. */
static struct live_record *open_record(const struct adopt *adopt, struct server_verify *verify,
                                       struct sg_error *error)
{
    struct source_options options = {.prepare = server_verify_prepare, .prepare_data = verify};
    char *without = schema_report_name(adopt->record);
    bool has_password = without && strcmp(without, adopt->record) != 0;
    free(without);
    if (!schema_choice_account(&adopt->choice, "schema adopt", &options))
        return NULL;
    if (adopt->record_password_file || has_password)
        options.password_file = adopt->record_password_file;
    return live_record_open(adopt->record, &options, error);
}

static int run(const struct adopt *adopt, uint32_t wait_ms)
{
    struct sg_error error = {.status = SG_OK};
    struct server_verify verify = {.probe = NULL};
    struct live_record *record = NULL;
    struct source_schema source;
    int code = CHECK_EXIT_FAILED;
    if (adopt->record) {
        record = open_record(adopt, &verify, &error);
        if (!record && error.status != SG_OK)
            (void)fail(error.message);
    }
    if ((record || !adopt->record) &&
        schema_choice_open(&adopt->choice, adopt->name, "schema adopt", &source)) {
        code = adopt_schema(adopt, &source, record, wait_ms);
        source_schema_fini(&source);
    }
    live_record_close(record);
    server_verify_fini(&verify);
    return code;
}

/* --- the door ------------------------------------------------------------------------------ */

static bool read_options(int argc, char **argv, struct adopt *adopt, int *count_out)
{
    struct option_spec specs[SCHEMA_CHOICE_SPECS + 9] = {
        {"--version", NULL, &adopt->version, NULL},
        {"--note", NULL, &adopt->note, NULL},
        {"--who", NULL, &adopt->who, NULL},
        {"--record", NULL, &adopt->record, NULL},
        {"--record-password-file", NULL, &adopt->record_password_file, NULL},
        {"--wait", NULL, &adopt->wait, NULL},
        {"--format", "-f", &adopt->format, NULL},
        {"--allow-downgrade", NULL, NULL, &adopt->allow_downgrade},
        {"--help", "-h", NULL, &adopt->help},
    };
    schema_choice_specs(&adopt->choice, specs + 9);
    return options_read(argc, argv, specs, SCHEMA_CHOICE_SPECS + 9, "schema adopt", count_out);
}

int schema_adopt_start(int argc, char **argv)
{
    struct adopt adopt = {.name = NULL};
    int count = 0;
    if (!read_options(argc, argv, &adopt, &count))
        return CHECK_EXIT_FAILED;
    if (adopt.help) {
        print_help();
        return fflush(stdout) == 0 ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
    }
    int64_t wait_ms = adopt.wait ? options_time_ms(adopt.wait) : WAIT_MS;
    if (count != 1)
        return fail("name one source, like migrations/ or mysql://user@host:3306/database");
    if (!adopt.choice.history)
        return fail("--history is missing: the folder to keep versions in");
    if (wait_ms < 0)
        return fail("--wait is a time like 60s or 5m");
    if (adopt.format && strcmp(adopt.format, "text") != 0 && !wants_json(&adopt))
        return fail("--format is text or json");
    if (adopt.record && source_kind_of(adopt.record) != SOURCE_SERVER)
        return fail("--record wants a database, like mysql://writer@host:3306/database");
    adopt.name = argv[0];
    return run(&adopt, (uint32_t)wait_ms);
}
