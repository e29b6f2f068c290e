/* Lines that go through a thread: all of them arrive, or are counted. */
#include "report/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pthread.h>

#include <cmocka.h>

#include "report/clock.h"
#include "report/log.h"

static char folder[] = "/tmp/schemaguard-test-XXXXXX";
static char path[64];
static char old_path[64];
static struct sg_error error;
static struct sink *sink;

static int set_up(void **state)
{
    (void)state;
    strcpy(strrchr(folder, '-'), "-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/events", folder);
    snprintf(old_path, sizeof old_path, "%s/events.1", folder);
    error = (struct sg_error){.status = SG_OK};
    sink = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sink_close(sink, 1000);
    unlink(path);
    unlink(old_path);
    return rmdir(folder);
}

static char *read_all(const char *name)
{
    static char text[8 << 20];
    FILE *file = fopen(name, "r");
    if (file == NULL)
        return NULL;
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

static void open_file(size_t limit_bytes)
{
    assert_int_equal(sink_open(path, limit_bytes, METRIC_EVENTS_DROPPED, &sink, &error), SG_OK);
}

static void finish(void)
{
    sink_close(sink, 60000);
    sink = NULL;
}

static void sleep_ms(unsigned ms)
{
    usleep(ms * 1000);
}

static void test_lines_arrive_in_order_behind_what_was_there(void **state)
{
    (void)state;
    FILE *file = fopen(path, "w");
    fputs("before\n", file);
    fclose(file);
    open_file(1000);
    assert_true(sink_write(sink, SG_SLICE_LITERAL("one")));
    assert_true(sink_write(sink, SG_SLICE_LITERAL("")));
    assert_true(sink_write(sink, SG_SLICE_LITERAL("two")));
    finish();
    assert_string_equal(read_all(path), "before\none\n\ntwo\n");
}

static void test_a_new_file_is_not_for_everybody(void **state)
{
    (void)state;
    mode_t mask = umask(0);
    open_file(1000);
    umask(mask);
    struct stat facts;
    assert_int_equal(stat(path, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0640);
}

static void test_a_file_that_cannot_be_opened(void **state)
{
    (void)state;
    assert_int_equal(sink_open("/nonexistent/events", 1000, METRIC_EVENTS_DROPPED, &sink, &error),
                     SG_SYSTEM);
    assert_non_null(
        strstr(error.message, "/nonexistent/events: cannot be opened to write: No such"));
    assert_null(sink);
}

static void test_a_line_longer_than_the_bound_is_counted_as_lost(void **state)
{
    (void)state;
    open_file(10);
    uint64_t before = metrics_read(METRIC_EVENTS_DROPPED);
    assert_true(sink_write(sink, SG_SLICE_LITERAL("123456789")));
    assert_false(sink_write(sink, SG_SLICE_LITERAL("1234567890")));
    assert_int_equal(metrics_read(METRIC_EVENTS_DROPPED) - before, 1);
    finish();
    assert_string_equal(read_all(path), "123456789\n");
}

static void test_opened_again_after_it_was_moved(void **state)
{
    (void)state;
    open_file(1000);
    sink_write(sink, SG_SLICE_LITERAL("old"));
    assert_int_equal(rename(path, old_path), 0);
    sink_write(sink, SG_SLICE_LITERAL("old too"));
    sink_reopen(sink);
    for (int i = 0; i < 500 && access(path, F_OK) != 0; i++)
        sleep_ms(10);
    sink_write(sink, SG_SLICE_LITERAL("new"));
    finish();
    assert_string_equal(read_all(old_path), "old\nold too\n");
    assert_string_equal(read_all(path), "new\n");
}

static void test_a_file_that_cannot_be_opened_again_goes_on_as_it_was(void **state)
{
    (void)state;
    open_file(1000);
    assert_int_equal(rename(path, old_path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    sink_reopen(sink);
    sink_write(sink, SG_SLICE_LITERAL("still here"));
    finish();
    assert_string_equal(read_all(old_path), "still here\n");
    rmdir(path);
}

static void test_a_reader_who_stopped_holds_nobody(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    uint64_t before = metrics_read(METRIC_EVENTS_DROPPED);
    assert_int_equal(
        sink_open_descriptor(ends[1], "pipe", 50000, METRIC_EVENTS_DROPPED, &sink, &error), SG_OK);
    char line[1000];
    memset(line, 'x', sizeof line);
    uint64_t taken = 0;
    for (int i = 0; i < 500; i++)
        taken += sink_write(sink, sg_slice_make(line, sizeof line));
    uint64_t started = clock_monotonic_ms();
    sink_close(sink, 300);
    sink = NULL;
    assert_in_range(clock_monotonic_ms() - started, 0, 30000); /* not for ever */
    close(ends[1]);

    static char text[1 << 20];
    size_t arrived = 0;
    for (ssize_t more; (more = read(ends[0], text + arrived, sizeof text - arrived)) > 0;)
        arrived += (size_t)more;
    close(ends[0]);
    assert_int_equal(arrived % (sizeof line + 1), 0); /* whole lines */
    assert_true(taken < 500);
    uint64_t lost = metrics_read(METRIC_EVENTS_DROPPED) - before;
    assert_int_equal(arrived / (sizeof line + 1) + lost, 500);
}

static void test_a_slow_reader_gets_every_line_that_was_taken(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(sink_open_descriptor(ends[1], "pipe", (size_t)1 << 20, METRIC_EVENTS_DROPPED,
                                          &sink, &error),
                     SG_OK);
    char line[10000]; /* more than a pipe takes in one piece */
    memset(line, 'y', sizeof line);
    for (int i = 0; i < 50; i++)
        assert_true(sink_write(sink, sg_slice_make(line, sizeof line)));
    static char text[1 << 20];
    size_t arrived = 0;
    while (arrived < 50 * (sizeof line + 1)) {
        ssize_t more = read(ends[0], text + arrived, 5000);
        assert_true(more > 0);
        arrived += (size_t)more;
    }
    for (size_t i = 0; i < arrived; i++)
        assert_int_equal(text[i], i % (sizeof line + 1) == sizeof line ? '\n' : 'y');
    finish();
    close(ends[0]);
    close(ends[1]);
}

static void test_a_reader_who_left_is_an_error_and_no_signal(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    uint64_t before = metrics_read(METRIC_EVENTS_DROPPED);
    assert_int_equal(
        sink_open_descriptor(ends[1], "pipe", 1000, METRIC_EVENTS_DROPPED, &sink, &error), SG_OK);
    assert_true(sink_write(sink, SG_SLICE_LITERAL("nobody")));
    finish();
    close(ends[1]);
    assert_int_equal(metrics_read(METRIC_EVENTS_DROPPED) - before, 1);
}

static void test_a_full_disk_is_survived(void **state)
{
    (void)state;
    int full = open("/dev/full", O_WRONLY);
    assert_true(full >= 0);
    uint64_t before = metrics_read(METRIC_EVENTS_DROPPED);
    assert_int_equal(
        sink_open_descriptor(full, "/dev/full", 1000, METRIC_EVENTS_DROPPED, &sink, &error), SG_OK);
    for (int i = 0; i < 10; i++) {
        assert_true(sink_write(sink, SG_SLICE_LITERAL("line")));
        sleep_ms(5);
    }
    finish();
    close(full);
    assert_int_equal(metrics_read(METRIC_EVENTS_DROPPED) - before, 10);
}

#define THREADS 8
#define ROUNDS  2000

static void *write_lines(void *argument)
{
    for (int i = 0; i < ROUNDS; i++) {
        char line[40];
        int size = snprintf(line, sizeof line, "%d %d", *(int *)argument, i);
        sink_write(sink, sg_slice_make(line, (size_t)size));
        if (i % 100 == 0)
            sink_reopen(sink);
    }
    return NULL;
}

static void test_many_threads_and_reopening(void **state)
{
    (void)state;
    open_file((size_t)8 << 20);
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    finish();
    int next[THREADS] = {0};
    int lines = 0;
    for (char *line = strtok(read_all(path), "\n"); line != NULL; line = strtok(NULL, "\n")) {
        int thread = 0;
        int number = 0;
        assert_int_equal(sscanf(line, "%d %d", &thread, &number), 2);
        assert_int_equal(number, next[thread]++);
        lines++;
    }
    assert_int_equal(lines, THREADS * ROUNDS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    const struct CMUnitTest tests[] = {
        TEST(test_lines_arrive_in_order_behind_what_was_there),
        TEST(test_a_new_file_is_not_for_everybody),
        TEST(test_a_file_that_cannot_be_opened),
        TEST(test_a_line_longer_than_the_bound_is_counted_as_lost),
        TEST(test_opened_again_after_it_was_moved),
        TEST(test_a_file_that_cannot_be_opened_again_goes_on_as_it_was),
        TEST(test_a_reader_who_stopped_holds_nobody),
        TEST(test_a_slow_reader_gets_every_line_that_was_taken),
        TEST(test_a_reader_who_left_is_an_error_and_no_signal),
        TEST(test_a_full_disk_is_survived),
        TEST(test_many_threads_and_reopening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
