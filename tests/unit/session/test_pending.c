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

static void prepare(struct prepared_list *list, uint32_t id, const char *text, bool changes)
{
    char database[] = "shop";
    const struct sg_context context = {.database = sg_slice_of(database), .sql_mode = 4};

    prepared_add(list, id, sg_slice_of(text), &context, changes, 7);
    memset(database, 'x', sizeof database - 1); /* what is kept is a copy */
}

static void prepared_statements_are_found_until_closed(void **state)
{
    struct prepared_list list = {0};
    const struct prepared *found;

    (void)state;
    assert_null(prepared_find(&list, 1));
    prepared_remove(&list, 1);
    prepare(&list, 1, "USE a", true);
    prepare(&list, 2, "SELECT 2", false);
    prepare(&list, 65, "SELECT 65", false); /* the same bucket as 1 */
    found = prepared_find(&list, 1);
    assert_true(found->changes);
    assert_true(sg_slice_equal(found->text, sg_slice_of("USE a")));
    found = prepared_find(&list, 65);
    assert_false(found->changes);
    assert_int_equal(found->generation, 7);
    assert_int_equal(found->context.sql_mode, 4);
    assert_true(sg_slice_equal(found->context.database, sg_slice_of("shop")));
    assert_true(sg_slice_equal(found->text, sg_slice_of("SELECT 65")));
    prepared_remove(&list, 1);
    assert_null(prepared_find(&list, 1));
    assert_non_null(prepared_find(&list, 65));
    prepare(&list, 65, "SELECT 66", false);
    assert_true(sg_slice_equal(prepared_find(&list, 65)->text, sg_slice_of("SELECT 66")));
    prepared_remove(&list, 65);
    assert_null(prepared_find(&list, 65));
    prepared_remove(&list, 7);
    prepared_fini(&list);
    assert_null(prepared_find(&list, 2));
    assert_int_equal(list.kept_bytes, 0);
}

static void too_many_prepared_statements_are_told(void **state)
{
    struct prepared_list list = {0};

    (void)state;
    for (uint32_t id = 0; id < PREPARED_LIMIT; id++)
        prepare(&list, id, "USE a", true);
    assert_false(list.overflowed);
    prepare(&list, PREPARED_LIMIT, "USE a", true);
    assert_true(list.overflowed);
    assert_null(prepared_find(&list, PREPARED_LIMIT));
    prepared_fini(&list);
    assert_false(list.overflowed);
}

static void prepared_statements_take_no_more_than_their_share(void **state)
{
    static char text[PREPARED_KEPT_BYTES / 4];
    struct prepared_list list = {0};

    (void)state;
    memset(text, 'x', sizeof text - 1);
    for (uint32_t round = 0; round < 3; round++) { /* what is closed makes room */
        for (uint32_t id = 0; id < 10; id++)
            prepare(&list, id, text, false);
        assert_non_null(prepared_find(&list, 2));
        assert_null(prepared_find(&list, 3));
        assert_false(list.overflowed);
        prepare(&list, 20, "SELECT 1", false); /* a short one still fits */
        assert_non_null(prepared_find(&list, 20));
        for (uint32_t id = 0; id < 21; id++)
            prepared_remove(&list, id);
        assert_int_equal(list.kept_bytes, 0);
    }
    prepared_fini(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_waiting_client_takes_no_memory),
        cmocka_unit_test(order_is_kept_while_the_queue_grows_and_shrinks),
        cmocka_unit_test(prepared_statements_are_found_until_closed),
        cmocka_unit_test(too_many_prepared_statements_are_told),
        cmocka_unit_test(prepared_statements_take_no_more_than_their_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
