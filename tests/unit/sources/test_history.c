/* The history of adopted schemas: what is kept, what is refused, and what a crash leaves at each
 * step. */
#define _GNU_SOURCE
#include "sources/history.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* --- calls that change files: counted, told, and cut by kill -9 where a test wants it -------- */

enum death { DIES_BEFORE, DIES_HALFWAY, DIES_AFTER };

static int steps_left = -1; /* until this process ends; -1: it does not */
static enum death death;
static char trace[256];

static bool dies_now(void)
{
    return steps_left >= 0 && steps_left-- == 0;
}

static void tell(const char *call)
{
    size_t used = strlen(trace);
    (void)snprintf(trace + used, sizeof trace - used, "%s%s", used ? " " : "", call);
}

static long stepped(const char *call, long number, long a, long b, long c, long d, long part)
{
    bool dies = dies_now();
    long result = 0;
    tell(call);
    if (!dies || death == DIES_AFTER)
        result = syscall(number, a, b, c, d);
    else if (death == DIES_HALFWAY && part)
        (void)syscall(number, a, b, part, d);
    if (dies)
        (void)kill(getpid(), SIGKILL);
    return result;
}

ssize_t write(int file, const void *bytes, size_t size);
ssize_t write(int file, const void *bytes, size_t size)
{
    if (file <= STDERR_FILENO)
        return syscall(SYS_write, file, bytes, size);
    return stepped("write", SYS_write, file, (long)(uintptr_t)bytes, (long)size, 0,
                   (long)(size / 2));
}

int fsync(int file);
int fsync(int file)
{
    return (int)stepped("fsync", SYS_fsync, file, 0, 0, 0, 0);
}

int renameat(int from, const char *old, int to, const char *new);
int renameat(int from, const char *old, int to, const char *new)
{
    return (int)stepped("rename", SYS_renameat, from, (long)(uintptr_t)old, to,
                        (long)(uintptr_t) new, 0);
}

int ftruncate(int file, off_t size);
int ftruncate(int file, off_t size)
{
    return (int)stepped("truncate", SYS_ftruncate, file, (long)size, 0, 0, 0);
}

/* --- folders and schemas ------------------------------------------------------------------- */

static char above[64];
static char folder[128];

static int begin(void **state)
{
    (void)state;
    (void)snprintf(above, sizeof above, "/tmp/history-XXXXXX");
    if (!mkdtemp(above))
        return -1;
    (void)snprintf(folder, sizeof folder, "%s/history", above);
    return 0;
}

static int end(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -r %s", above);
    return system(command);
}

static struct sg_schema *schema_with(const char *table)
{
    char json[512];
    struct sg_schema *schema = NULL;
    struct sg_error error = {.status = SG_OK};
    (void)snprintf(json, sizeof json,
                   "{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":80400},"
                   "\"databases\":[{\"name\":\"shop\",\"complete\":true,\"tables\":["
                   "{\"name\":\"%s\",\"columns\":[{\"name\":\"id\",\"type\":\"int\"}]}]}]}",
                   table);
    if (sg_schema_from_json(sg_slice_of(json), "test", &schema, &error) != SG_OK)
        fail_msg("%s", error.message);
    return schema;
}

static enum sg_status adopt_with(const char *table, const struct history_adoption *wishes,
                                 struct history_outcome *out, struct sg_error *error)
{
    struct sg_schema *schema = schema_with(table);
    struct history_adoption adoption = *wishes;
    adoption.schema = schema;
    adoption.who = "tester@host";
    adoption.when = "2026-11-21T12:00:00Z";
    adoption.source = "test";
    enum sg_status status = history_adopt(folder, &adoption, out, error);
    sg_schema_release(schema);
    return status;
}

static enum history_answer adopt(const char *table, const struct history_adoption *wishes)
{
    struct history_outcome outcome;
    struct sg_error error = {.status = SG_OK};
    if (adopt_with(table, wishes, &outcome, &error) != SG_OK)
        fail_msg("%s", error.message);
    history_fini(&outcome.history);
    return outcome.answer;
}

static void assert_refused(const char *table, const struct history_adoption *wishes,
                           const char *words)
{
    struct history_outcome outcome;
    struct sg_error error = {.status = SG_OK};
    assert_int_not_equal(adopt_with(table, wishes, &outcome, &error), SG_OK);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" is not in: %s", words, error.message);
}

static const struct history_adoption PLAIN = {.wait_ms = 60000};

/* "a b": the tables of the versions, oldest first; each of them must load. */
static void assert_tables(const char *expected)
{
    struct history history;
    struct sg_error error = {.status = SG_OK};
    char found[1024] = "";
    if (history_read(folder, &history, &error) != SG_OK)
        fail_msg("%s", error.message);
    for (size_t i = 0; i < history.count; i++) {
        struct sg_schema *schema = NULL;
        const struct history_record *record =
            history_find(&history, history.records[i].version, &error);
        if (!record || history_load(&history, record, &schema, &error) != SG_OK)
            fail_msg("%s", error.message);
        struct sg_slice name = sg_table_name(sg_schema_table_at(schema, 0));
        size_t used = strlen(found);
        (void)snprintf(found + used, sizeof found - used, "%s%.*s", used ? " " : "", (int)name.size,
                       name.data);
        sg_schema_release(schema);
    }
    history_fini(&history);
    assert_string_equal(found, expected);
}

static void change_file(const char *name, const char *mode, const char *text)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_unreadable(const char *version, const char *words)
{
    struct sg_schema *schema = NULL;
    char *name = NULL;
    struct sg_error error = {.status = SG_OK};
    assert_int_not_equal(history_schema(folder, version, &schema, &name, &error), SG_OK);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" is not in: %s", words, error.message);
}

/* --- what is kept -------------------------------------------------------------------------- */

static void versions_are_kept_in_order(void **state)
{
    (void)state;
    struct history history;
    struct sg_error error = {.status = SG_OK};
    assert_false(history_is(folder));
    assert_int_equal(adopt("a", &PLAIN), HISTORY_ADOPTED);
    assert_true(history_is(folder));
    assert_int_equal(
        adopt("b", &(struct history_adoption){.version = "2026.1", .note = "ä\n\"b\""}),
        HISTORY_ADOPTED);
    assert_int_equal(adopt("c", &PLAIN), HISTORY_ADOPTED);
    assert_tables("a b c");
    assert_int_equal(history_read(folder, &history, &error), SG_OK);
    assert_string_equal(history.records[0].version, "v1");
    assert_string_equal(history.records[1].note, "ä\n\"b\"");
    assert_string_equal(history.records[1].who, "tester@host");
    assert_string_equal(history.records[2].version, "v3");
    assert_ptr_equal(history_find(&history, "@latest", &error), &history.records[2]);
    assert_ptr_equal(history_find(&history, "@2026.1", &error), &history.records[1]);
    assert_null(history_find(&history, "v9", &error));
    assert_non_null(strstr(error.message, "there is no version v9; the latest is v3"));
    history_fini(&history);
}

static void the_latest_is_adopted_once(void **state)
{
    (void)state;
    assert_int_equal(adopt("a", &PLAIN), HISTORY_ADOPTED);
    assert_int_equal(adopt("a", &PLAIN), HISTORY_SAME);
    assert_int_equal(adopt("a", &(struct history_adoption){.version = "V1"}), HISTORY_SAME);
    assert_tables("a");
    assert_int_equal(adopt("a", &(struct history_adoption){.version = "release-7"}),
                     HISTORY_ADOPTED);
    assert_tables("a a");
}

static void an_older_one_comes_back_only_when_asked_for(void **state)
{
    const struct history_adoption back = {.allow_downgrade = true};
    (void)state;
    (void)adopt("a", &PLAIN);
    (void)adopt("b", &PLAIN);
    (void)adopt("c", &PLAIN);
    assert_int_equal(adopt("a", &PLAIN), HISTORY_DOWNGRADE);
    assert_int_equal(adopt("b", &PLAIN), HISTORY_DOWNGRADE);
    assert_tables("a b c");
    assert_int_equal(adopt("b", &back), HISTORY_ADOPTED);
    assert_tables("a b c b");
    assert_int_equal(adopt("a", &PLAIN), HISTORY_DOWNGRADE);
    assert_int_equal(adopt("c", &PLAIN), HISTORY_ADOPTED); /* newer than b: the way forward again */
    assert_tables("a b c b c");
}

static void names_are_names_of_files_and_taken_once(void **state)
{
    static const char *const WRONG[] = {"", "latest", "../x", ".x", "-x", "a b", "a/b", "ä"};
    (void)state;
    for (size_t i = 0; i < sizeof WRONG / sizeof WRONG[0]; i++)
        assert_refused("a", &(struct history_adoption){.version = WRONG[i]}, "cannot be called");
    (void)adopt("a", &(struct history_adoption){.version = "v2"});
    assert_refused("b", &(struct history_adoption){.version = "V2"}, "version v2 is taken");
    (void)adopt("b", &PLAIN); /* v2 is taken: v3 */
    assert_tables("a b");
}

static void a_history_begins_in_a_folder_of_its_own(void **state)
{
    (void)state;
    assert_int_equal(mkdir(folder, 0700), 0);
    change_file(".gitkeep", "w", "");
    change_file("0001_first.sql", "w", "");
    assert_refused("a", &PLAIN, "not a history, and not empty");
    assert_unreadable("latest", "no history is here");
    change_file("history.jsonl", "w", "");
    assert_unreadable("latest", "nothing has been adopted yet");
    assert_int_equal(adopt("a", &PLAIN), HISTORY_ADOPTED);
}

static void what_is_not_what_was_adopted_is_not_read(void **state)
{
    (void)state;
    (void)adopt("a", &PLAIN);
    (void)adopt("b", &PLAIN);
    change_file("v1.json", "w",
                "{\"format\":1,\"server\":{\"flavour\":\"mysql\",\"version\":80400},"
                "\"databases\":[]}");
    assert_unreadable("v1", "not what was adopted as v1");
    change_file("v1.json", "w", "{");
    assert_unreadable("v1", "v1.json");
    change_file("history.jsonl", "a", "{\"format\":1,\"version\":\"v2\",\"hash\":\"00\"}\n");
    assert_unreadable("v2", "stands there twice");
    change_file("history.jsonl", "a", "{\"format\":1,\"version\":\"../v2\",\"hash\":\"00\"}\n");
    assert_unreadable("latest", "cannot be called");
    change_file("history.jsonl", "a", "<<<<<<< ours\n");
    assert_unreadable("v1", "history.jsonl:5: no record");
}

/* --- lines without an end ------------------------------------------------------------------ */

static void a_torn_line_is_told_and_taken_away(void **state)
{
    (void)state;
    struct history history;
    struct history_outcome outcome;
    struct sg_error error = {.status = SG_OK};
    (void)adopt("a", &PLAIN);
    change_file("history.jsonl", "a", "{\"format\":1,\"ver");
    assert_int_equal(history_read(folder, &history, &error), SG_OK);
    assert_int_equal(history.count, 1);
    assert_int_equal(history.torn_bytes, 16);
    history_fini(&history);
    assert_int_equal(adopt_with("b", &PLAIN, &outcome, &error), SG_OK);
    assert_int_equal(outcome.taken_away, 16);
    history_fini(&outcome.history);
    assert_tables("a b");
}

static void a_last_line_without_its_newline_counts(void **state)
{
    char path[256];
    struct stat about;
    (void)state;
    (void)adopt("a", &PLAIN);
    (void)snprintf(path, sizeof path, "%s/history.jsonl", folder);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(truncate(path, about.st_size - 1), 0);
    assert_tables("a");
    (void)adopt("b", &PLAIN);
    assert_tables("a b");
}

/* --- crashes and others -------------------------------------------------------------------- */

static void what_is_told_is_on_the_disk(void **state)
{
    (void)state;
    (void)adopt("a", &PLAIN);
    trace[0] = '\0';
    (void)adopt("b", &PLAIN);
    assert_string_equal(trace, "write write fsync rename fsync truncate write fsync");
}

/* True when the process died at that step. */
static bool adopt_and_die(int step, enum death how)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct history_outcome outcome;
        struct sg_error error = {.status = SG_OK};
        steps_left = step;
        death = how;
        _exit(adopt_with("b", &PLAIN, &outcome, &error) == SG_OK ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status))
        return true;
    assert_int_equal(WEXITSTATUS(status), 0);
    return false;
}

/* Kills a second adoption before, in and after each step: what was there is there, what was half
 * done is not seen, and the next adoption goes on. */
static void a_crash_at_any_step_leaves_a_history(void **state)
{
    int steps = 0;
    for (enum death how = DIES_BEFORE; how <= DIES_AFTER; how++) {
        bool died = true;
        for (int step = 0; died; step++) {
            struct history history;
            struct sg_error error = {.status = SG_OK};
            (void)adopt("a", &PLAIN);
            died = adopt_and_die(step, how);
            steps += died;
            if (history_read(folder, &history, &error) != SG_OK)
                fail_msg("%s", error.message);
            assert_in_range(history.count, 1, 2);
            assert_tables(history.count == 1 ? "a" : "a b");
            assert_int_equal(adopt("b", &PLAIN),
                             history.count == 1 ? HISTORY_ADOPTED : HISTORY_SAME);
            assert_tables("a b");
            history_fini(&history);
            assert_int_equal(end(state), 0);
            assert_int_equal(begin(state), 0);
        }
    }
    assert_int_equal(steps, 3 * 8);
}

static void the_first_adoption_survives_a_crash_too(void **state)
{
    bool died = true;
    for (int step = 0; died; step++) {
        died = adopt_and_die(step, DIES_HALFWAY);
        assert_int_not_equal(adopt("b", &PLAIN), HISTORY_DOWNGRADE);
        assert_tables("b");
        assert_int_equal(end(state), 0);
        assert_int_equal(begin(state), 0);
    }
}

/* The log is longer than a snapshot here, so that it is the log's line which does not fit. */
static void a_full_disk_leaves_what_was(void **state)
{
    char path[256];
    struct stat about;
    struct history history;
    struct sg_error error = {.status = SG_OK};
    int status = 0;
    (void)state;
    for (char table[] = "a"; table[0] <= 'h'; table[0]++)
        (void)adopt(table, &PLAIN);
    (void)snprintf(path, sizeof path, "%s/history.jsonl", folder);
    assert_int_equal(stat(path, &about), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct history_outcome outcome;
        const rlim_t most = (rlim_t)about.st_size + 20;
        (void)signal(SIGXFSZ, SIG_IGN);
        (void)setrlimit(RLIMIT_FSIZE, &(struct rlimit){most, most});
        bool refused = adopt_with("i", &PLAIN, &outcome, &error) == SG_SYSTEM &&
                       strstr(error.message, "history.jsonl: File too large");
        _exit(refused ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(history_read(folder, &history, &error), SG_OK);
    assert_int_equal(history.torn_bytes, 0);
    history_fini(&history);
    assert_tables("a b c d e f g h");
    (void)adopt("i", &PLAIN);
    assert_tables("a b c d e f g h i");
}

#define WRITERS  8
#define VERSIONS 3

static void write_as(int writer)
{
    for (int i = 0; i < VERSIONS; i++) {
        char table[32];
        struct history_outcome outcome;
        struct sg_error error = {.status = SG_OK};
        (void)snprintf(table, sizeof table, "t%d_%d", writer, i);
        if (adopt_with(table, &(struct history_adoption){.wait_ms = 600000}, &outcome, &error) !=
            SG_OK)
            _exit(3);
        history_fini(&outcome.history);
    }
    _exit(0);
}

static void writers_side_by_side_lose_nothing(void **state)
{
    struct history history;
    struct sg_error error = {.status = SG_OK};
    pid_t writers[WRITERS];
    (void)state;
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] == 0)
            write_as(i);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = 0;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_int_equal(history_read(folder, &history, &error), SG_OK);
    assert_int_equal(history.count, WRITERS * VERSIONS);
    assert_int_equal(history.torn_bytes, 0);
    for (size_t i = 0; i < history.count; i++) {
        struct sg_schema *schema = NULL;
        char version[32];
        (void)snprintf(version, sizeof version, "v%zu", i + 1);
        assert_string_equal(history.records[i].version, version);
        if (history_load(&history, &history.records[i], &schema, &error) != SG_OK)
            fail_msg("%s", error.message);
        sg_schema_release(schema);
    }
    history_fini(&history);
}

static void another_writer_is_waited_for_with_a_bound(void **state)
{
    char path[256];
    (void)state;
    (void)adopt("a", &PLAIN);
    (void)snprintf(path, sizeof path, "%s/history.jsonl", folder);
    int other = open(path, O_RDONLY);
    assert_true(other >= 0);
    assert_int_equal(flock(other, LOCK_EX), 0);
    assert_refused("b", &(struct history_adoption){.wait_ms = 50}, "another process is adopting");
    assert_tables("a"); /* readers go on */
    (void)close(other);
    assert_int_equal(adopt("b", &PLAIN), HISTORY_ADOPTED);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        CASE(versions_are_kept_in_order),
        CASE(the_latest_is_adopted_once),
        CASE(an_older_one_comes_back_only_when_asked_for),
        CASE(names_are_names_of_files_and_taken_once),
        CASE(a_history_begins_in_a_folder_of_its_own),
        CASE(what_is_not_what_was_adopted_is_not_read),
        CASE(a_torn_line_is_told_and_taken_away),
        CASE(a_last_line_without_its_newline_counts),
        CASE(what_is_told_is_on_the_disk),
        CASE(a_crash_at_any_step_leaves_a_history),
        CASE(the_first_adoption_survives_a_crash_too),
        CASE(a_full_disk_leaves_what_was),
        CASE(writers_side_by_side_lose_nothing),
        CASE(another_writer_is_waited_for_with_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
