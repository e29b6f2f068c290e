#include "session/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_holds(const struct buffer *buffer, const char *text)
{
    struct sg_slice bytes = buffer_bytes(buffer);

    assert_int_equal(bytes.size, strlen(text));
    if (bytes.size > 0)
        assert_memory_equal(bytes.data, text, bytes.size);
}

static void an_emptied_buffer_holds_no_memory(void **state)
{
    struct buffer buffer = {0};

    (void)state;
    assert_true(buffer_append(&buffer, sg_slice_of("abc")));
    assert_holds(&buffer, "abc");
    buffer_consume(&buffer, 3);
    assert_true(buffer_is_empty(&buffer));
    assert_null(buffer.data);
}

static void what_was_consumed_makes_room(void **state)
{
    struct buffer buffer = {0};
    size_t capacity;

    (void)state;
    assert_true(buffer_append(&buffer, sg_slice_of("abcdefgh")));
    capacity = buffer.capacity;
    buffer_consume(&buffer, 6);
    assert_true(buffer_append(&buffer, sg_slice_of("ijkl")));
    assert_int_equal(buffer.capacity, capacity);
    assert_holds(&buffer, "ghijkl");
    buffer_fini(&buffer);
}

static void what_is_expected_has_room_at_once(void **state)
{
    struct buffer buffer = {0};
    size_t size = (size_t)20 << 20;
    char *block = malloc(size);
    const char *data;

    (void)state;
    assert_non_null(block);
    memset(block, 'x', size);
    assert_true(buffer_append(&buffer, sg_slice_of("ab")));
    buffer_expect(&buffer, size); /* announced is not come */
    assert_true(buffer.capacity < 100);
    assert_true(buffer_append(&buffer, sg_slice_make(block, (size_t)1 << 20)));
    buffer_consume(&buffer, 1);
    buffer_expect(&buffer, size);
    data = buffer_bytes(&buffer).data;
    assert_true(buffer_append(&buffer, sg_slice_make(block, size - 1 - ((size_t)1 << 20))));
    assert_ptr_equal(buffer_bytes(&buffer).data, data);
    assert_int_equal(buffer_bytes(&buffer).size, size);
    assert_int_equal(data[0], 'b');
    assert_memory_equal(data + 1, block, size - 1);
    buffer_expect(&buffer, 5); /* more than that is there already */
    assert_ptr_equal(buffer_bytes(&buffer).data, data);
    buffer_fini(&buffer);
    free(block);
}

/* Against a plain string, in pieces of every size. */
static void any_order_of_appends_and_consumes_keeps_the_bytes(void **state)
{
    struct buffer buffer = {0};
    unsigned char model[4096];
    size_t from = 0;
    size_t to = 0;
    unsigned seed = 1;

    (void)state;
    for (size_t i = 0; i < sizeof model; i++)
        model[i] = (unsigned char)(i * 7);
    while (to < sizeof model || from < to) {
        size_t add = (seed = seed * 1103515245u + 12345u) >> 16 & 63;
        size_t drop = (seed = seed * 1103515245u + 12345u) >> 16 & 63;
        if (add > sizeof model - to)
            add = sizeof model - to;
        assert_true(buffer_append(&buffer, sg_slice_make(model + to, add)));
        to += add;
        if (drop > to - from)
            drop = to - from;
        if (drop > 0)
            buffer_consume(&buffer, drop);
        from += drop;
        assert_int_equal(buffer_bytes(&buffer).size, to - from);
        if (to > from)
            assert_memory_equal(buffer_bytes(&buffer).data, model + from, to - from);
    }
    buffer_fini(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_emptied_buffer_holds_no_memory),
        cmocka_unit_test(what_was_consumed_makes_room),
        cmocka_unit_test(what_is_expected_has_room_at_once),
        cmocka_unit_test(any_order_of_appends_and_consumes_keeps_the_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
