/* The catalog's thread with a reader of the test's own instead of a server. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "catalog/refresh.h"
#include "report/log.h"
#include "sources/live_grants.h"

/* --- a server of cardboard ------------------------------------------------------------------- */

static atomic_uint table_count; /* t0, t1 … */
static atomic_bool is_down;
static atomic_bool is_poor; /* the account sees one database only */
static atomic_bool is_unsettled;
static atomic_bool is_stuck; /* like a connect that does not answer */
static atomic_uint readings;
static atomic_uint at_once_most; /* readings at the same time: must stay 1 */
static atomic_uint at_once;
static atomic_uint look_ups; /* readings of some tables alone */
static atomic_uint last_table_count;

static void sleep_ms(unsigned ms)
{
    (void)usleep(ms * 1000);
}

static struct sg_schema *make_schema(unsigned tables)
{
    struct sg_server server = {.version = 1};
    struct sg_error error = {.status = SG_OK};
    assert_true(sg_server_from_version(SG_SLICE_LITERAL("9.7.4"), &server));
    struct sg_schema_builder *builder = sg_schema_builder_new(&server);
    for (unsigned i = 0; i < tables; i++) {
        char name[16];
        const struct sg_column_spec columns[] = {
            {SG_SLICE_LITERAL("id"), SG_SLICE_LITERAL("int"), 0, NULL}};
        (void)snprintf(name, sizeof(name), "t%u", i);
        const struct sg_table_spec table = {.database = SG_SLICE_LITERAL("shop"),
                                            .name = sg_slice_of(name),
                                            .columns = columns,
                                            .column_count = 1};
        assert_int_equal(sg_schema_builder_table(builder, &table, &error), SG_OK);
    }
    struct sg_schema *schema = NULL;
    assert_int_equal(sg_schema_builder_finish(builder, &schema, &error), SG_OK);
    return schema;
}

static enum sg_status read_cardboard(const struct live_options *options, struct live_cancel *cancel,
                                     struct live_reading *reading, struct sg_error *error)
{
    (void)cancel;
    assert_string_equal(options->host, "cardboard");
    if (options->table_count > 0) {
        (void)atomic_fetch_add(&look_ups, 1);
        atomic_store(&last_table_count, (unsigned)options->table_count);
    }
    unsigned tables = atomic_load(&table_count);
    unsigned now = atomic_fetch_add(&at_once, 1) + 1; /* from here on the list has been made */
    if (now > atomic_load(&at_once_most))
        atomic_store(&at_once_most, now);
    while (atomic_load(&is_stuck))
        sleep_ms(5);
    (void)atomic_fetch_sub(&at_once, 1);
    (void)atomic_fetch_add(&readings, 1);
    if (atomic_load(&is_down))
        return sg_error_set(error, SG_SYSTEM, "cardboard:3306: it rains");
    memset(reading, 0, sizeof(*reading));
    (void)snprintf(reading->account, sizeof(reading->account), "guard@%%");
    reading->schema = make_schema(tables);
    reading->coverage = live_coverage_new(&(struct live_grants_rules){.has_literal_names = false});
    const char *grant = atomic_load(&is_poor) ? "GRANT REFERENCES ON `shop`.* TO `g`@`%`"
                                              : "GRANT REFERENCES ON *.* TO `g`@`%`";
    assert_int_equal(live_coverage_add(reading->coverage, sg_slice_of(grant)), SG_OK);
    reading->table_count = tables;
    reading->column_count = tables;
    reading->unsettled = atomic_load(&is_unsettled);
    return SG_OK;
}

/* --- what comes out of it -------------------------------------------------------------------- */

static atomic_uint publications;
static struct published *last; /* retained; under `lock` */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void keep_published(struct published *published, void *argument)
{
    assert_ptr_equal(argument, &publications);
    (void)pthread_mutex_lock(&lock);
    published_release(last);
    last = published_retain(published);
    (void)pthread_mutex_unlock(&lock);
    (void)atomic_fetch_add(&publications, 1);
}

static struct catalog *start(const struct catalog_options *wanted)
{
    struct sg_error error = {.status = SG_OK};
    struct catalog_options options = *wanted;
    char host[] = "cardboard"; /* the catalog must have copied it */
    options.server.host = host;
    options.server.user = "guard";
    options.read = read_cardboard;
    options.on_published = keep_published;
    options.argument = &publications;
    atomic_store(&publications, 0);
    atomic_store(&readings, 0);
    atomic_store(&at_once_most, 0);
    struct catalog *catalog = catalog_new(&options, &error);
    assert_non_null(catalog);
    memset(host, 0, sizeof(host));
    assert_null(catalog_current(catalog));
    struct catalog_status status;
    catalog_status(catalog, &status);
    assert_int_equal(status.state, CATALOG_WAITING);
    assert_true(catalog_start(catalog, &error));
    return catalog;
}

static void end(struct catalog *catalog)
{
    catalog_stop(catalog);
    catalog_stop(catalog);
    catalog_free(catalog);
    assert_true(atomic_load(&at_once_most) <= 1);
    published_release(last);
    last = NULL;
}

static void be_well(void)
{
    atomic_store(&table_count, 3);
    atomic_store(&is_down, false);
    atomic_store(&is_poor, false);
    atomic_store(&is_unsettled, false);
    atomic_store(&is_stuck, false);
}

#define WAIT_FOR(condition)                                                                        \
    for (int waited_ = 0; !(condition); waited_++) {                                               \
        if (waited_ > 60000) /* minutes: a busy machine is no reason */                            \
            fail_msg("waited in vain for: %s", #condition);                                        \
        sleep_ms(2);                                                                               \
    }

static struct catalog_status status_of(struct catalog *catalog)
{
    struct catalog_status status;
    catalog_status(catalog, &status);
    return status;
}

/* --- tests ----------------------------------------------------------------------------------- */

static void the_first_reading_is_published(void **state)
{
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.interval_ms = 0});
    WAIT_FOR(atomic_load(&publications) == 1);
    struct published *current = catalog_current(catalog);
    assert_int_equal(current->generation, 1);
    assert_int_equal(sg_schema_table_count(current->schema), 3);
    assert_true(published_as_of_ms(current) > 0);
    assert_true(current->loaded_at_ms / 1000 <= (int64_t)time(NULL) + 1); /* its tick is coarser */
    published_release(current);
    struct catalog_status status = status_of(catalog);
    assert_int_equal(status.state, CATALOG_CURRENT);
    assert_int_equal(status.table_count, 3);
    assert_string_equal(status.last_error, "");
    sleep_ms(50);
    assert_int_equal(atomic_load(&readings), 1); /* and nothing more by itself */
    end(catalog);
}

static void the_same_content_is_confirmed_not_published(void **state)
{
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&publications) == 1);
    struct published *first = catalog_current(catalog);
    sleep_ms(60);
    uint64_t confirmed = atomic_load(&first->confirmed_at_ms);
    catalog_request(catalog, CATALOG_SIGNAL);
    WAIT_FOR(status_of(catalog).readings == 2);
    assert_true(atomic_load(&first->confirmed_at_ms) > confirmed);
    struct published *second = catalog_current(catalog);
    assert_ptr_equal(first, second);
    assert_int_equal(atomic_load(&publications), 1);
    published_release(first);
    published_release(second);
    end(catalog);
}

static void a_change_is_a_new_generation(void **state)
{
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&publications) == 1);
    struct published *before = catalog_current(catalog);
    atomic_store(&table_count, 5);
    catalog_request(catalog, CATALOG_DDL);
    WAIT_FOR(atomic_load(&publications) == 2);
    struct published *after = catalog_current(catalog);
    assert_int_equal(after->generation, 2);
    assert_int_equal(sg_schema_table_count(after->schema), 5);
    assert_int_equal(sg_schema_table_count(before->schema), 3); /* still whole for who holds it */
    published_release(before);
    published_release(after);
    end(catalog);
}

static struct verified *name_schema(const char *text)
{
    char path[] = "/tmp/test_refresh_XXXXXX.sql";
    struct verified *verified = NULL;
    struct sg_error error = {.status = SG_OK};
    int file = mkstemps(path, 4);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    (void)close(file);
    if (verified_read(path, &(struct source_options){.database = "shop"}, 1, &verified, &error) !=
        SG_OK)
        fail_msg("%s", error.message);
    (void)unlink(path);
    return verified;
}

/* Without a reading, and with the next reading too. */
static void what_is_named_makes_a_generation(void **state)
{
    (void)state;
    be_well();
    struct verified *verified =
        name_schema("CREATE TABLE t0 (id INT); CREATE TABLE t1 (id INT); CREATE TABLE t9 (id INT)");
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&publications) == 1);
    struct published *first = catalog_current(catalog);
    assert_null(first->beside);
    assert_null(published_agreed(first));
    catalog_hold_against(catalog, verified, NULL);
    WAIT_FOR(atomic_load(&publications) == 2);
    struct published *second = catalog_current(catalog);
    assert_int_equal(second->generation, 2);
    assert_ptr_equal(second->schema, first->schema);
    assert_int_equal(published_as_of_ms(second), published_as_of_ms(first));
    assert_int_equal(sg_schema_table_count(published_agreed(second)), 3);
    assert_true(second->beside->is_compared);
    assert_int_equal(second->beside->standing.counts[SG_DIFFERENCE_TABLE_EXTRA], 1); /* t2 */
    assert_int_equal(status_of(catalog).generation, 2);
    assert_int_equal(atomic_load(&readings), 1);
    atomic_store(&table_count, 4);
    catalog_request(catalog, CATALOG_DDL);
    WAIT_FOR(atomic_load(&publications) == 3);
    catalog_hold_against(catalog, NULL, NULL);
    WAIT_FOR(atomic_load(&publications) == 4);
    struct published *last_one = catalog_current(catalog);
    assert_null(last_one->beside);
    assert_int_equal(sg_schema_table_count(last_one->schema), 4);
    published_release(first);
    published_release(second);
    published_release(last_one);
    verified_release(verified);
    end(catalog);
}

/* A request that comes together with it is not lost. */
static void what_is_named_delays_no_reading(void **state)
{
    (void)state;
    be_well();
    struct verified *verified = name_schema("CREATE TABLE t0 (id INT)");
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&publications) == 1);
    for (unsigned i = 0; i < 20; i++) {
        unsigned before = atomic_load(&readings);
        catalog_request(catalog, CATALOG_MISS);
        catalog_hold_against(catalog, verified, verified);
        catalog_request(catalog, CATALOG_SIGNAL);
        WAIT_FOR(atomic_load(&readings) > before);
    }
    verified_release(verified);
    end(catalog);
}

static void the_interval_reads_by_itself(void **state)
{
    (void)state;
    be_well();
    struct catalog *catalog =
        start(&(struct catalog_options){.interval_ms = 20, .minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&readings) >= 4);
    end(catalog);
}

static void a_storm_of_requests_is_a_few_readings(void **state)
{
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 100});
    WAIT_FOR(atomic_load(&publications) == 1);
    uint64_t began = published_clock_ms();
    for (int i = 0; i < 300; i++) {
        catalog_request(catalog, i % 2 ? CATALOG_MISS : CATALOG_DDL);
        sleep_ms(1);
    }
    /* One a gap, however long the machine took for the storm; the first, and one under way. */
    unsigned so_far = atomic_load(&readings);
    uint64_t gaps = (published_clock_ms() - began) / 100;
    assert_true(so_far >= 2 && so_far <= gaps + 3);
    end(catalog);
}

static void misses_that_find_nothing_come_ever_more_seldom(void **state)
{
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 20});
    WAIT_FOR(atomic_load(&publications) == 1);
    for (uint64_t began = published_clock_ms(); published_clock_ms() < began + 1000;) {
        catalog_request(catalog, CATALOG_MISS);
        sleep_ms(2);
    }
    assert_true(atomic_load(&readings) <= 8); /* after 20, 40, 80, 160, 320 … ms */
    atomic_store(&table_count, 4);
    catalog_request(catalog, CATALOG_DDL); /* is not held back with them */
    WAIT_FOR(atomic_load(&publications) == 2);
    end(catalog);
}

static void a_request_during_a_reading_is_followed_by_another(void **state)
{
    (void)state;
    be_well();
    atomic_store(&is_stuck, true);
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&at_once) == 1);
    atomic_store(&table_count, 9);
    catalog_request(catalog, CATALOG_DDL);
    atomic_store(&is_stuck, false);
    WAIT_FOR(atomic_load(&publications) == 2);
    struct published *current = catalog_current(catalog);
    assert_int_equal(sg_schema_table_count(current->schema), 9);
    published_release(current);
    end(catalog);
}

static void a_server_that_is_down_is_asked_again(void **state)
{
    (void)state;
    be_well();
    atomic_store(&is_down, true);
    struct catalog *catalog = start(
        &(struct catalog_options){.minimum_gap_ms = 1, .retry_first_ms = 10, .retry_most_ms = 40});
    WAIT_FOR(status_of(catalog).failures >= 3);
    struct catalog_status status = status_of(catalog);
    assert_int_equal(status.state, CATALOG_WAITING);
    assert_string_equal(status.last_error, "cardboard:3306: it rains");
    assert_null(catalog_current(catalog));
    atomic_store(&is_down, false);
    WAIT_FOR(atomic_load(&publications) == 1);
    /* And later, when there is something to keep. */
    atomic_store(&is_down, true);
    catalog_request(catalog, CATALOG_SIGNAL);
    WAIT_FOR(status_of(catalog).state == CATALOG_FAILING);
    struct published *current = catalog_current(catalog);
    assert_int_equal(current->generation, 1);
    published_release(current);
    unsigned before = atomic_load(&readings);
    uint64_t began = published_clock_ms();
    for (int i = 0; i < 20; i++) {
        catalog_request(catalog, CATALOG_MISS);
        sleep_ms(1);
    }
    unsigned asked = atomic_load(&readings) - before;
    assert_true(asked <= (published_clock_ms() - began) / 10 + 2); /* they wait for the back-off */
    atomic_store(&is_down, false);
    WAIT_FOR(status_of(catalog).state == CATALOG_CURRENT);
    assert_int_equal(atomic_load(&publications), 1);
    end(catalog);
}

static void fewer_privileges_are_never_published(void **state)
{
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&publications) == 1);
    atomic_store(&is_poor, true);
    atomic_store(&table_count, 1);
    catalog_request(catalog, CATALOG_SIGNAL);
    WAIT_FOR(status_of(catalog).state == CATALOG_WITHHELD);
    struct published *current = catalog_current(catalog);
    assert_int_equal(sg_schema_table_count(current->schema), 3);
    published_release(current);
    assert_string_equal(status_of(catalog).last_error,
                        "account guard@% lost its privileges on all databases");
    assert_int_equal(atomic_load(&publications), 1);
    /* The comparison goes on with what was published, not with what was withheld. */
    catalog_request(catalog, CATALOG_SIGNAL);
    WAIT_FOR(status_of(catalog).withheld == 2);
    atomic_store(&is_poor, false);
    catalog_request(catalog, CATALOG_SIGNAL);
    WAIT_FOR(atomic_load(&publications) == 2);
    assert_int_equal(status_of(catalog).state, CATALOG_CURRENT);
    end(catalog);
}

static void an_unsettled_reading_is_repeated(void **state)
{
    (void)state;
    be_well();
    atomic_store(&is_unsettled, true);
    struct catalog *catalog =
        start(&(struct catalog_options){.minimum_gap_ms = 1, .retry_first_ms = 10});
    WAIT_FOR(atomic_load(&readings) >= 3);
    assert_int_equal(atomic_load(&publications), 1);
    end(catalog);
}

static void a_reading_that_hangs_is_left_behind(void **state)
{
    (void)state;
    be_well();
    atomic_store(&is_stuck, true);
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&at_once) == 1);
    time_t before = time(NULL);
    catalog_free(catalog);
    assert_true(time(NULL) - before <= 60); /* two seconds, on a machine that has them */
    atomic_store(&is_stuck, false);
    WAIT_FOR(atomic_load(&at_once) == 0);
    sleep_ms(50); /* it frees what is left; nothing is published any more */
    assert_int_equal(atomic_load(&publications), 0);
}

/* Many threads ask, look and hold on while generations come and go. */
static atomic_bool is_over;

static void *look_around(void *argument)
{
    struct catalog *catalog = argument;
    struct published *held = NULL;
    while (!atomic_load(&is_over)) {
        catalog_request(catalog, CATALOG_MISS);
        catalog_request(catalog, CATALOG_SIGNAL);
        struct published *current = catalog_current(catalog);
        if (current) {
            const struct sg_table *table = NULL;
            (void)sg_schema_find_table(current->schema, SG_SLICE_LITERAL("shop"),
                                       SG_SLICE_LITERAL("t0"), &table);
            (void)published_age_ms(current, published_clock_ms());
        }
        published_release(held);
        held = current;
        (void)status_of(catalog);
    }
    published_release(held);
    return NULL;
}

static void generations_are_shared_safely(void **state)
{
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    pthread_t threads[4];
    atomic_store(&is_over, false);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, look_around, catalog), 0);
    for (unsigned i = 0; i < 60 || (i < 20000 && atomic_load(&publications) <= 5); i++) {
        atomic_store(&table_count, 1 + i % 7);
        sleep_ms(5);
    }
    atomic_store(&is_over, true);
    for (int i = 0; i < 4; i++)
        (void)pthread_join(threads[i], NULL);
    assert_true(atomic_load(&publications) > 5);
    end(catalog);
}

/* --- look-ups -------------------------------------------------------------------------------- */

#define SUSPECTS 20u

struct suspect {
    struct lookup lookup; /* the first member */
    struct live_table table;
    atomic_bool is_done;
    bool has_schema;
    bool is_ending;
};

static void take_answer(struct lookup *lookup, bool is_ending)
{
    struct suspect *suspect = (struct suspect *)(void *)lookup;
    suspect->has_schema = lookup->schema != NULL;
    suspect->is_ending = is_ending;
    sg_schema_release(lookup->schema);
    atomic_store(&suspect->is_done, true);
}

static void look_up(struct catalog *catalog, struct suspect *suspect, const char *table)
{
    suspect->table = (struct live_table){SG_SLICE_LITERAL("shop"), sg_slice_of(table), false};
    suspect->lookup =
        (struct lookup){.tables = &suspect->table, .table_count = 1, .on_done = take_answer};
    atomic_store(&suspect->is_done, false);
    catalog_look_up(catalog, &suspect->lookup);
}

static void look_ups_of_one_moment_are_one_reading(void **state)
{
    static struct suspect suspects[SUSPECTS];
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&publications) == 1);
    atomic_store(&look_ups, 0);
    atomic_store(&is_stuck, true);
    look_up(catalog, &suspects[0], "t0");
    WAIT_FOR(atomic_load(&look_ups) == 1);
    for (unsigned i = 1; i < SUSPECTS; i++) /* while that one is in flight: it may not see them */
        look_up(catalog, &suspects[i], i % 2 ? "t1" : "t2");
    atomic_store(&is_stuck, false);
    for (unsigned i = 0; i < SUSPECTS; i++) {
        WAIT_FOR(atomic_load(&suspects[i].is_done));
        assert_true(suspects[i].has_schema);
    }
    assert_int_equal(atomic_load(&look_ups), 2);
    assert_int_equal(atomic_load(&last_table_count), 2);
    assert_int_equal(atomic_load(&publications), 1); /* by them nothing is */
    end(catalog);
}

/* A look-up after `fault` gets nothing, and the whole is read again: it tells what is wrong. */
static void fails_to_look_up(atomic_bool *fault, enum catalog_state expected)
{
    static struct suspect suspect;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&publications) == 1);
    atomic_store(fault, true);
    look_up(catalog, &suspect, "t0");
    WAIT_FOR(atomic_load(&suspect.is_done));
    assert_false(suspect.has_schema);
    WAIT_FOR(status_of(catalog).state == expected);
    end(catalog);
}

static void a_look_up_that_fails_says_so(void **state)
{
    (void)state;
    fails_to_look_up(&is_down, CATALOG_FAILING);
}

static void a_look_up_with_fewer_privileges_fails(void **state)
{
    (void)state;
    fails_to_look_up(&is_poor, CATALOG_WITHHELD);
}

static void look_ups_that_wait_at_the_end_are_given_back(void **state)
{
    static struct suspect first;
    static struct suspect second;
    (void)state;
    be_well();
    struct catalog *catalog = start(&(struct catalog_options){.minimum_gap_ms = 1});
    WAIT_FOR(atomic_load(&publications) == 1);
    atomic_store(&look_ups, 0);
    atomic_store(&is_stuck, true);
    look_up(catalog, &first, "t0");
    WAIT_FOR(atomic_load(&look_ups) == 1);
    look_up(catalog, &second, "t0");
    catalog_stop(catalog);
    atomic_store(&is_stuck, false);
    end(catalog);
    WAIT_FOR(atomic_load(&first.is_done) && atomic_load(&second.is_done));
    assert_true(second.is_ending);
    assert_false(second.has_schema);
}

static void a_catalog_that_never_ran_is_freed(void **state)
{
    (void)state;
    struct sg_error error = {.status = SG_OK};
    const char *names[] = {"a", "b"};
    const struct catalog_options options = {
        .server = {
            .host = "h", .user = "u", .password = "p", .databases = names, .database_count = 2}};
    struct catalog *catalog = catalog_new(&options, &error);
    assert_non_null(catalog);
    catalog_request(catalog, CATALOG_DDL);
    catalog_free(catalog);
    catalog_free(NULL);
}

int main(void)
{
    log_configure(LOG_LEVEL_ERROR, LOG_FORMAT_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_reading_is_published),
        cmocka_unit_test(the_same_content_is_confirmed_not_published),
        cmocka_unit_test(a_change_is_a_new_generation),
        cmocka_unit_test(what_is_named_makes_a_generation),
        cmocka_unit_test(what_is_named_delays_no_reading),
        cmocka_unit_test(the_interval_reads_by_itself),
        cmocka_unit_test(a_storm_of_requests_is_a_few_readings),
        cmocka_unit_test(misses_that_find_nothing_come_ever_more_seldom),
        cmocka_unit_test(a_request_during_a_reading_is_followed_by_another),
        cmocka_unit_test(a_server_that_is_down_is_asked_again),
        cmocka_unit_test(fewer_privileges_are_never_published),
        cmocka_unit_test(an_unsettled_reading_is_repeated),
        cmocka_unit_test(a_reading_that_hangs_is_left_behind),
        cmocka_unit_test(generations_are_shared_safely),
        cmocka_unit_test(look_ups_of_one_moment_are_one_reading),
        cmocka_unit_test(a_look_up_that_fails_says_so),
        cmocka_unit_test(a_look_up_with_fewer_privileges_fails),
        cmocka_unit_test(look_ups_that_wait_at_the_end_are_given_back),
        cmocka_unit_test(a_catalog_that_never_ran_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
