/* Log lines, as they arrive on standard error. */
#include "report/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <pthread.h>

#include <cmocka.h>

/* Standard error goes to a file while a test runs; what it got is `written`. */
static int real_stderr;
static char path[] = "/tmp/schemaguard-test-XXXXXX";
static char written[4 << 20];

static int set_up(void **state)
{
    (void)state;
    strcpy(strrchr(path, '-'), "-XXXXXX");
    int descriptor = mkstemp(path);
    real_stderr = dup(STDERR_FILENO);
    if (descriptor < 0 || real_stderr < 0 || dup2(descriptor, STDERR_FILENO) < 0)
        return 1;
    return close(descriptor);
}

static void take_written(void)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(written, 1, sizeof written - 1, file);
    written[size] = '\0';
    fclose(file);
}

static int tear_down(void **state)
{
    (void)state;
    dup2(real_stderr, STDERR_FILENO);
    close(real_stderr);
    return unlink(path);
}

static size_t count_lines(void)
{
    size_t count = 0;
    for (const char *at = written; *at != '\0'; at++)
        count += *at == '\n';
    return count;
}

static void test_a_line_for_people(void **state)
{
    (void)state;
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_info("catalog", "generation %d: %d tables", 3, 17);
    take_written();
    /* 2026-11-21T08:46:03.123Z info    catalog: … */
    assert_int_equal(written[4], '-');
    assert_int_equal(written[10], 'T');
    assert_int_equal(written[19], '.');
    assert_int_equal(written[23], 'Z');
    assert_string_equal(written + 24, " info    catalog: generation 3: 17 tables\n");
}

static void test_less_important_lines_are_left_out(void **state)
{
    (void)state;
    log_configure(LOG_LEVEL_WARNING, LOG_FORMAT_TEXT);
    assert_true(log_is_on(LOG_LEVEL_ERROR));
    assert_true(log_is_on(LOG_LEVEL_WARNING));
    assert_false(log_is_on(LOG_LEVEL_INFO));
    log_error("net", "one");
    log_warning("net", "two");
    log_info("net", "three");
    log_debug("net", "four");
    take_written();
    assert_int_equal(count_lines(), 2);
}

static void test_a_line_for_collectors(void **state)
{
    (void)state;
    log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_JSON);
    log_debug("session", "session 1: \"quoted\"\n\xE4 and so on");
    take_written();
    assert_int_equal(count_lines(), 1);
    cJSON *json = cJSON_Parse(written);
    assert_non_null(json);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "level")), "debug");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "source")), "session");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(json, "message")),
                        "session 1: \"quoted\"\n\xEF\xBF\xBD and so on");
    assert_int_equal(strlen(cJSON_GetStringValue(cJSON_GetObjectItem(json, "timestamp"))), 24);
    cJSON_Delete(json);
}

static void test_foreign_text_breaks_neither_line_nor_terminal(void **state)
{
    (void)state;
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_info("tls", "the peer says: %s", "gone\n2026-01-01 error fake\033[2J\r");
    take_written();
    assert_int_equal(count_lines(), 1);
    assert_null(strchr(written, '\033'));
    assert_null(strchr(written, '\r'));
}

static void test_an_endless_line_is_cut(void **state)
{
    (void)state;
    static char text[100000];
    memset(text, 'x', sizeof text - 1);
    for (int format = LOG_FORMAT_TEXT; format <= LOG_FORMAT_JSON; format++) {
        log_configure(LOG_LEVEL_INFO, (enum log_format)format);
        log_info("net", "%s", text);
    }
    take_written();
    assert_int_equal(count_lines(), 2);
    assert_in_range(strlen(written), 16000, 18000);
}

#define THREADS 4
#define ROUNDS  500

static void *write_lines(void *argument)
{
    for (int i = 0; i < ROUNDS; i++)
        log_info("test", "thread %d line %d", *(int *)argument, i);
    return NULL;
}

static void test_threads_write_whole_lines_in_their_order(void **state)
{
    (void)state;
    struct sg_error error = {.status = SG_OK};
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    assert_int_equal(log_start(&error), SG_OK);
    pthread_t threads[THREADS];
    int numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, &numbers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    log_stop();
    log_info("test", "straight again");
    take_written();
    assert_int_equal(count_lines(), THREADS * ROUNDS + 1);
    int next[THREADS] = {0};
    for (char *line = strtok(written, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        int thread = 0;
        int number = 0;
        const char *text = strstr(line, "test: ");
        assert_non_null(text);
        if (sscanf(text, "test: thread %d line %d", &thread, &number) == 2)
            assert_int_equal(number, next[thread]++);
        else
            assert_string_equal(text, "test: straight again");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_line_for_people),      TEST(test_less_important_lines_are_left_out),
        TEST(test_a_line_for_collectors),  TEST(test_foreign_text_breaks_neither_line_nor_terminal),
        TEST(test_an_endless_line_is_cut), TEST(test_threads_write_whole_lines_in_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
