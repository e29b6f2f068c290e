/* Counters add up over threads, also over more threads than there are sets. */
#include "report/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <pthread.h>

#include <cmocka.h>

#define ROUNDS 10000

static void *count(void *argument)
{
    (void)argument;
    for (int i = 0; i < ROUNDS; i++) {
        metrics_add(METRIC_COMMANDS, 1);
        metrics_add(METRIC_BYTES_TO_SERVER, 100);
        metrics_add(METRIC_SESSIONS_OPEN, 1);
        metrics_subtract(METRIC_SESSIONS_OPEN, 1);
    }
    return NULL;
}

static void test_threads_add_up(void **state)
{
    (void)state;
    enum { THREADS = 80 };
    pthread_t threads[THREADS];
    uint64_t before = metrics_read(METRIC_COMMANDS);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    uint64_t seen = 0;
    for (int i = 0; i < 100; i++) { /* a counter never goes back while others add */
        uint64_t now = metrics_read(METRIC_COMMANDS);
        assert_true(now >= seen);
        seen = now;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(metrics_read(METRIC_COMMANDS) - before, THREADS * ROUNDS);
    assert_int_equal(metrics_read(METRIC_BYTES_TO_SERVER), THREADS * ROUNDS * 100);
    assert_int_equal(metrics_read(METRIC_SESSIONS_OPEN), 0);
}

static void *leave(void *argument)
{
    (void)argument;
    metrics_subtract(METRIC_SESSIONS_OPEN, 3);
    return NULL;
}

static void test_a_gauge_may_fall_on_another_thread(void **state)
{
    (void)state;
    metrics_add(METRIC_SESSIONS_OPEN, 5);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, leave, NULL), 0);
    pthread_join(thread, NULL);
    assert_int_equal(metrics_read(METRIC_SESSIONS_OPEN), 2);
    metrics_subtract(METRIC_SESSIONS_OPEN, 2);
}

static void test_a_level_is_what_was_set_last(void **state)
{
    (void)state;
    metrics_set(METRIC_SCHEMA_GENERATION, 7);
    metrics_set(METRIC_SCHEMA_GENERATION, 8);
    assert_int_equal(metrics_read(METRIC_SCHEMA_GENERATION), 8);
}

static void test_each_way_to_close_has_its_counter(void **state)
{
    (void)state;
    for (unsigned reason = CLOSE_REASON_NONE + 1; reason < CLOSE_REASON_COUNT; reason++) {
        const char *name = metrics_table[metrics_of_close((enum close_reason)reason)].name;
        assert_memory_equal(name, "closed_", 7);
        assert_string_equal(name + 7, close_reason_name((enum close_reason)reason));
        assert_true(strlen(close_reason_text((enum close_reason)reason)) > 0);
        assert_non_null(close_fault_name(close_reason_fault((enum close_reason)reason)));
    }
}

static void test_the_table_names_each_metric_once(void **state)
{
    (void)state;
    for (unsigned i = 0; i < METRIC_COUNT; i++) {
        assert_true(strlen(metrics_table[i].help) > 0);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(metrics_table[i].name, metrics_table[j].name);
    }
}

static void test_all_as_json(void **state)
{
    (void)state;
    metrics_set(METRIC_SCHEMA_READ_AT, UINT64_MAX);
    char *text = metrics_to_json();
    assert_non_null(text);
    assert_null(strchr(text, '\n'));
    cJSON *json = cJSON_Parse(text);
    assert_non_null(json);
    assert_int_equal(cJSON_GetArraySize(json), METRIC_COUNT);
    cJSON *generation = cJSON_GetObjectItemCaseSensitive(json, "schema_generation");
    assert_int_equal(cJSON_GetNumberValue(generation), 8);
    assert_non_null(strstr(text, "\"schema_read_at\":18446744073709551615"));
    cJSON_Delete(json);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads_add_up),
        cmocka_unit_test(test_a_gauge_may_fall_on_another_thread),
        cmocka_unit_test(test_a_level_is_what_was_set_last),
        cmocka_unit_test(test_each_way_to_close_has_its_counter),
        cmocka_unit_test(test_the_table_names_each_metric_once),
        cmocka_unit_test(test_all_as_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
