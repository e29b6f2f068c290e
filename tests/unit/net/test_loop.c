/* Messages, timers and ends of a worker, by hand and on threads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pthread.h>

#include "net/loop.h"

static struct worker *make_worker(const struct worker_options *options)
{
    struct sg_error error = {.status = SG_OK};
    struct worker *worker = worker_new(options, &error);
    if (!worker)
        fail_msg("%s", error.message);
    return worker;
}

/* --- messages -------------------------------------------------------------------------------- */

#define POSTERS 4
#define POSTS   5000

struct tally {
    unsigned next[POSTERS]; /* the number that must come next from each poster */
    unsigned total;
    bool is_ordered;
};

struct post {
    struct tally *tally;
    unsigned poster;
    unsigned number;
};

struct poster {
    struct worker *worker;
    struct tally *tally;
    unsigned index;
    unsigned refused;
};

static void count_post(struct worker *worker, void *argument)
{
    struct post *post = argument;
    (void)worker;
    post->tally->is_ordered &= post->number >= post->tally->next[post->poster];
    post->tally->next[post->poster] = post->number + 1;
    post->tally->total++;
    free(post);
}

static void *post_many(void *argument)
{
    struct poster *poster = argument;
    for (unsigned i = 0; i < POSTS; i++) {
        struct post *post = malloc(sizeof(*post));
        *post = (struct post){poster->tally, poster->index, i};
        if (!worker_post(poster->worker, count_post, post)) {
            poster->refused++;
            free(post);
        }
    }
    return NULL;
}

/* Stops while the posters are at work: what was taken runs, what was refused does not. */
static void every_message_runs_once_or_is_refused(void **state)
{
    (void)state;
    for (int round = 0; round < 10; round++) {
        struct tally tally = {.is_ordered = true};
        struct worker *worker = make_worker(&(struct worker_options){.name = "a worker"});
        assert_true(worker_start(worker, NULL));
        struct poster posters[POSTERS];
        pthread_t threads[POSTERS];
        for (unsigned i = 0; i < POSTERS; i++) {
            posters[i] = (struct poster){worker, &tally, i, 0};
            assert_int_equal(pthread_create(&threads[i], NULL, post_many, &posters[i]), 0);
        }
        if (round % 2)
            worker_stop(worker);
        unsigned refused = 0;
        for (unsigned i = 0; i < POSTERS; i++) {
            (void)pthread_join(threads[i], NULL);
            refused += posters[i].refused;
        }
        worker_stop(worker);
        worker_stop(worker);
        worker_join(worker);
        assert_true(tally.is_ordered);
        assert_int_equal(tally.total + refused, POSTERS * POSTS);
        if (round % 2 == 0)
            assert_int_equal(refused, 0);
        assert_false(worker_post(worker, count_post, NULL));
        worker_free(worker);
    }
}

static void set_true(struct worker *worker, void *argument)
{
    (void)worker;
    *(bool *)argument = true;
}

static void messages_to_a_worker_that_never_ran_still_run(void **state)
{
    (void)state;
    bool has_run = false;
    struct worker *worker = make_worker(&(struct worker_options){.name = NULL});
    assert_true(worker_post(worker, set_true, &has_run));
    worker_free(worker);
    assert_true(has_run);
}

/* --- start and stop -------------------------------------------------------------------------- */

static char story[64];

static bool start_well(struct worker *worker, struct sg_error *error)
{
    (void)error;
    assert_int_equal(worker_index(worker), 7);
    assert_ptr_equal(worker_owner(worker), story);
    (void)strcat(story, "start ");
    return true;
}

static bool start_badly(struct worker *worker, struct sg_error *error)
{
    (void)worker;
    (void)strcat(story, "start ");
    (void)sg_error_set(error, SG_SYSTEM, "no luck today");
    return false;
}

static void on_stop(struct worker *worker)
{
    assert_true(worker_is_stopping(worker));
    (void)strcat(story, "stop ");
}

static void on_end(struct worker *worker)
{
    (void)worker;
    (void)strcat(story, "end");
}

static void a_worker_starts_stops_and_ends_in_that_order(void **state)
{
    (void)state;
    story[0] = '\0';
    struct worker *worker = make_worker(&(struct worker_options){
        .index = 7, .owner = story, .on_start = start_well, .on_stop = on_stop, .on_end = on_end});
    worker_stop(worker); /* already before it starts */
    assert_true(worker_start(worker, NULL));
    worker_free(worker);
    assert_string_equal(story, "start stop end");
}

static void a_failed_start_is_told(void **state)
{
    (void)state;
    struct sg_error error = {.status = SG_OK};
    const struct worker_options options = {
        .on_start = start_badly, .on_stop = on_stop, .on_end = on_end};
    story[0] = '\0';
    struct worker *worker = make_worker(&options);
    assert_false(worker_start(worker, &error));
    assert_string_equal(error.message, "no luck today");
    worker_free(worker);
    assert_string_equal(story, "start stop end");
    error = (struct sg_error){.status = SG_OK};
    worker = make_worker(&options);
    assert_false(worker_run(worker, &error));
    assert_string_equal(error.message, "no luck today");
    worker_free(worker);
}

static void let_go(struct worker *worker, void *argument)
{
    *(bool *)argument = true;
    worker_drop(worker);
}

static void take_hold(struct worker *worker, void *argument)
{
    (void)argument;
    worker_hold(worker);
}

static void what_is_held_is_waited_for(void **state)
{
    (void)state;
    bool was_let_go = false;
    struct worker *worker = make_worker(&(struct worker_options){.index = 0});
    assert_true(worker_start(worker, NULL));
    assert_true(worker_post(worker, take_hold, NULL));
    worker_stop(worker);
    (void)usleep(20000);
    assert_true(worker_post(worker, let_go, &was_let_go)); /* still takes messages */
    worker_join(worker);
    assert_true(was_let_go);
    worker_free(worker);
}

/* --- timers ---------------------------------------------------------------------------------- */

#define TIMERS 3000

struct alarm {
    struct worker_timer timer;
    struct worker *worker;
    uint64_t wanted_ms; /* by the loop's clock; 0 = must not ring */
    uint64_t rang_ms;
};

static unsigned rung;

static void ring(struct worker_timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;
    assert_int_equal(alarm->rang_ms, 0);
    alarm->rang_ms = worker_now_ms(alarm->worker);
    rung++;
}

static void turn_for(struct worker *worker, uint64_t ms)
{
    uv_update_time(worker_loop(worker));
    uint64_t until = worker_now_ms(worker) + ms;
    while (worker_now_ms(worker) < until) {
        (void)usleep(1000);
        (void)uv_run(worker_loop(worker), UV_RUN_NOWAIT);
        uv_update_time(worker_loop(worker));
    }
    (void)uv_run(worker_loop(worker), UV_RUN_NOWAIT); /* what came due in the last step */
}

/* As long as it takes; what should not ring would have a moment more. */
static void turn_until_rung(struct worker *worker, unsigned times)
{
    for (int i = 0; i < 600 && rung < times; i++)
        turn_for(worker, 100);
    turn_for(worker, 300);
}

static void timers_ring_once_after_their_time_and_soon(void **state)
{
    (void)state;
    struct worker *worker = make_worker(&(struct worker_options){.index = 0});
    static struct alarm alarms[TIMERS];
    memset(alarms, 0, sizeof(alarms));
    srand(5);
    rung = 0;
    uint64_t now = worker_now_ms(worker);
    unsigned expected = 0;
    for (int i = 0; i < TIMERS; i++) {
        struct alarm *alarm = &alarms[i];
        alarm->worker = worker;
        uint64_t delay = (uint64_t)rand() % 1200;
        worker_timer_set(worker, &alarm->timer, delay, ring);
        switch (i % 5) {
        case 0:
            worker_timer_clear(&alarm->timer);
            worker_timer_clear(&alarm->timer);
            assert_false(worker_timer_is_set(&alarm->timer));
            break;
        case 1: /* moved further away */
            delay += (uint64_t)rand() % 500;
            worker_timer_set(worker, &alarm->timer, delay, ring);
            break;
        case 2: /* moved nearer */
            delay /= 3;
            worker_timer_set(worker, &alarm->timer, delay, ring);
            break;
        case 3: /* longer than a turn of the wheel: not now */
            delay = 60000;
            worker_timer_set(worker, &alarm->timer, delay, ring);
            break;
        default:
            break;
        }
        alarm->wanted_ms = i % 5 == 0 || i % 5 == 3 ? 0 : now + delay;
        expected += alarm->wanted_ms != 0;
    }
    turn_for(worker, 2000);
    assert_int_equal(rung, expected);
    for (int i = 0; i < TIMERS; i++) {
        struct alarm *alarm = &alarms[i];
        assert_int_equal(alarm->rang_ms != 0, alarm->wanted_ms != 0);
        if (alarm->rang_ms == 0)
            continue;
        assert_true(alarm->rang_ms >= alarm->wanted_ms);
        assert_false(worker_timer_is_set(&alarm->timer));
    }
    for (int i = 0; i < TIMERS; i++)
        worker_timer_clear(&alarms[i].timer);
    worker_free(worker);
}

static struct alarm mutual[2];

static void clear_the_other(struct worker_timer *timer)
{
    rung++;
    worker_timer_clear(&mutual[(struct alarm *)timer == &mutual[0]].timer);
}

static void ring_again(struct worker_timer *timer)
{
    if (++rung < 3)
        worker_timer_set(((struct alarm *)timer)->worker, timer, 0, ring_again);
}

static void timers_may_be_set_and_cleared_while_they_ring(void **state)
{
    (void)state;
    struct worker *worker = make_worker(&(struct worker_options){.index = 0});
    memset(mutual, 0, sizeof(mutual));
    rung = 0;
    for (int i = 0; i < 2; i++) {
        mutual[i].worker = worker;
        worker_timer_set(worker, &mutual[i].timer, 10, clear_the_other);
    }
    turn_until_rung(worker, 1);
    assert_int_equal(rung, 1);
    rung = 0;
    worker_timer_set(worker, &mutual[0].timer, 1, ring_again);
    turn_until_rung(worker, 3);
    assert_int_equal(rung, 3);
    /* After a rest in which nothing was set. */
    turn_for(worker, 300);
    rung = 0;
    memset(&mutual[0].timer, 0, sizeof(mutual[0].timer));
    mutual[0].rang_ms = 0;
    uint64_t before = worker_now_ms(worker);
    worker_timer_set(worker, &mutual[0].timer, 150, ring);
    turn_until_rung(worker, 1);
    assert_int_equal(rung, 1);
    assert_true(mutual[0].rang_ms >= before + 150);
    worker_free(worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_runs_once_or_is_refused),
        cmocka_unit_test(messages_to_a_worker_that_never_ran_still_run),
        cmocka_unit_test(a_worker_starts_stops_and_ends_in_that_order),
        cmocka_unit_test(a_failed_start_is_told),
        cmocka_unit_test(what_is_held_is_waited_for),
        cmocka_unit_test(timers_ring_once_after_their_time_and_soon),
        cmocka_unit_test(timers_may_be_set_and_cleared_while_they_ring),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
