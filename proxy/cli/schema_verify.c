/* `schemaguard schema verify`: a server must have the schema that a source says. For start-up
 * gates, CI and commit hooks. */
#include "cli/schema_verify.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/check.h"
#include "cli/schema_compare.h"
#include "cli/schema_report.h"

#define WAIT_STEP_MS 500

static void print_help(void)
{
    fputs(
        "Usage: schemaguard schema verify [OPTION]... SOURCE SERVER\n"
        "\n"
        "Checks that SERVER (mysql://user@host:port/database) has what SOURCE says, and no more.\n"
        "Says what is missing there, what is new and what differs. The server is only read.\n"
        "\n"
        "      --wait TIME           go on asking until they agree, at most this long: 60s, 5m\n",
        stdout);
    schema_compare_help(stdout);
    fputs("\n"
          "Try it: schemaguard schema verify migrations/ mysql://app@127.0.0.1:3306/shop\n"
          "Exit codes: 0 they agree, 1 they differ, 2 could not compare.\n",
          stdout);
}

static int64_t clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void sleep_a_little(void)
{
    const struct timespec pause = {.tv_nsec = WAIT_STEP_MS * 1000000L};
    (void)nanosleep(&pause, NULL);
}

/* Until the server can be read and agrees, or the time is over. */
static int compare_until(struct schema_compare *compare, int64_t wait_ms)
{
    int64_t end = clock_ms() + wait_ms;
    for (;;) {
        struct sg_error error = {.status = SG_OK};
        bool read = schema_compare_read(compare, 1, SIZE_MAX, &error);
        if (read && !compare->sources[0].schema && !schema_compare_read(compare, 0, SIZE_MAX, NULL))
            return CHECK_EXIT_FAILED;
        if (read && !schema_compare_run(compare))
            return CHECK_EXIT_FAILED;
        if (read && compare->diff.count == 0)
            return CHECK_EXIT_CLEAN;
        if (clock_ms() >= end) {
            if (!read)
                fprintf(stderr, "schemaguard schema verify: %s\n", error.message);
            return read ? CHECK_EXIT_FOUND : CHECK_EXIT_FAILED;
        }
        sleep_a_little();
    }
}

/* The step after which the server agrees best: those behind it have not been applied. */
static void say_pending(struct schema_compare *compare)
{
    size_t total = compare->sources[0].migration_count;
    size_t best = total;
    size_t least = compare->diff.count;
    for (size_t steps = total; steps-- > 0 && least > 0;) {
        struct sg_error error = {.status = SG_OK};
        bool quiet = compare->choice.quiet;
        compare->choice.quiet = true;
        bool compared =
            schema_compare_read(compare, 0, steps, &error) && schema_compare_run(compare);
        compare->choice.quiet = quiet;
        if (compared && compare->diff.count < least) {
            least = compare->diff.count;
            best = steps;
        }
    }
    if (!schema_compare_read(compare, 0, SIZE_MAX, NULL) || best == total)
        return;
    printf("%zu of %zu migrations %s not been applied", total - best, total,
           total - best == 1 ? "has" : "have");
    for (size_t i = best; i < total; i++)
        printf("%s%s", i == best ? ": " : ", ", compare->sources[0].migrations[i]);
    printf("\n");
}

static int verify(struct schema_compare *compare, int64_t wait_ms)
{
    int code = compare_until(compare, wait_ms);
    char *from = schema_compare_name(compare, 0);
    char *to = schema_compare_name(compare, 1);
    if (code != CHECK_EXIT_FAILED) {
        const struct schema_report report = {.stream = stdout,
                                             .diff = &compare->diff,
                                             .from = from ? from : "",
                                             .to = to ? to : "",
                                             .color = schema_report_wants_color(stdout)};
        if (code == CHECK_EXIT_FOUND)
            printf("%s does not match %s\n", report.to, report.from);
        if (code == CHECK_EXIT_FOUND || !compare->choice.quiet)
            schema_report_text(&report);
    }
    if (code == CHECK_EXIT_FOUND && compare->sources[0].migration_count)
        say_pending(compare);
    free(from);
    free(to);
    return fflush(stdout) == 0 ? code : CHECK_EXIT_FAILED;
}

int schema_verify_start(int argc, char **argv)
{
    struct schema_compare compare = {.command = "schema verify"};
    const char *wait = NULL;
    bool help = false;
    int count = 0;
    struct option_spec specs[SCHEMA_COMPARE_SPECS + 2] = {{"--wait", NULL, &wait, NULL},
                                                          {"--help", "-h", NULL, &help}};
    schema_compare_specs(&compare, specs + 2);
    if (!options_read(argc, argv, specs, SCHEMA_COMPARE_SPECS + 2, "schema verify", &count))
        return CHECK_EXIT_FAILED;
    if (help) {
        print_help();
        return fflush(stdout) == 0 ? CHECK_EXIT_CLEAN : CHECK_EXIT_FAILED;
    }
    int64_t wait_ms = wait ? options_time_ms(wait) : 0;
    if (count != 2 || wait_ms < 0 || source_kind_of(argv[1]) != SOURCE_SERVER) {
        fputs(wait_ms < 0 ? "schemaguard schema verify: --wait is a time like 60s or 5m\n"
                          : "schemaguard schema verify: name a source and a server, like "
                            "mysql://user@host:3306/database\n",
              stderr);
        return CHECK_EXIT_FAILED;
    }
    compare.names[0] = argv[0];
    compare.names[1] = argv[1];
    int code = verify(&compare, wait_ms);
    schema_compare_fini(&compare);
    return code;
}
