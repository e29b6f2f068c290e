#include "session/pending.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "session/prepared.h"

static void push_id(struct pending_queue *queue, uint32_t id)
{
    const struct pending pending = {.statement_id = id};

    assert_true(pending_push(queue, &pending));
    assert_int_equal(pending_newest(queue)->statement_id, id);
}

static void a_waiting_client_takes_no_memory(void **state)
{
    struct pending_queue queue = {0};

    (void)state;
    assert_null(pending_head(&queue));
    assert_null(pending_newest(&queue));
    for (uint32_t id = 0; id < 100; id++) {
        push_id(&queue, id);
        assert_null(queue.heap);
        assert_int_equal(pending_pop(&queue).statement_id, id);
    }
    pending_fini(&queue);
}

static void order_is_kept_while_the_queue_grows_and_shrinks(void **state)
{
    struct pending_queue queue = {0};
    uint32_t pushed = 0;
    uint32_t popped = 0;

    (void)state;
    for (unsigned round = 0; round < 200; round++) {
        for (unsigned i = 0; i < round % 7 + 1; i++)
            push_id(&queue, pushed++);
        for (unsigned i = 0; i < round % 5 + 1 && popped < pushed; i++) {
            assert_int_equal(pending_head(&queue)->statement_id, popped);
            if (queue.count > 1)
                assert_int_equal(pending_second(&queue)->statement_id, popped + 1);
            assert_int_equal(pending_pop(&queue).statement_id, popped++);
        }
    }
    while (popped < pushed)
        assert_int_equal(pending_pop(&queue).statement_id, popped++);
    assert_null(queue.heap);
}

static void prepared_statements_are_found_until_closed(void **state)
{
    struct prepared_list list = {0};

    (void)state;
    prepared_add(&list, 1, sg_slice_of("USE a"));
    prepared_add(&list, 2, sg_slice_of("USE b"));
    assert_true(sg_slice_equal(prepared_find(&list, 1), sg_slice_of("USE a")));
    prepared_remove(&list, 1);
    assert_int_equal(prepared_find(&list, 1).size, 0);
    assert_true(sg_slice_equal(prepared_find(&list, 2), sg_slice_of("USE b")));
    prepared_remove(&list, 7);
    prepared_fini(&list);
    assert_int_equal(prepared_find(&list, 2).size, 0);
}

static void too_many_prepared_statements_are_told(void **state)
{
    struct prepared_list list = {0};

    (void)state;
    for (uint32_t id = 0; id < PREPARED_LIMIT; id++)
        prepared_add(&list, id, sg_slice_of("USE a"));
    assert_false(list.overflowed);
    prepared_add(&list, PREPARED_LIMIT, sg_slice_of("USE a"));
    assert_true(list.overflowed);
    prepared_fini(&list);
    assert_false(list.overflowed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waiting_client_takes_no_memory),
        cmocka_unit_test(order_is_kept_while_the_queue_grows_and_shrinks),
        cmocka_unit_test(prepared_statements_are_found_until_closed),
        cmocka_unit_test(too_many_prepared_statements_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
