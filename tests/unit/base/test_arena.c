/* Arenas: alignment, zeroes, ceilings, reuse. */
#include <stdalign.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <schemaguard/arena.h>

static void hands_out_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct sg_arena arena;
    sg_arena_init(&arena, 1 << 20);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size++) {
            unsigned char *data = sg_arena_alloc(&arena, size);
            assert_non_null(data);
            assert_int_equal((uintptr_t)data % alignof(max_align_t), 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(data[i], 0);
            memset(data, 0xff, size);
        }
        sg_arena_reset(&arena);
    }
    sg_arena_fini(&arena);
}

static void allocations_do_not_overlap(void **state)
{
    (void)state;
    struct sg_arena arena;
    sg_arena_init(&arena, 8 << 20);
    unsigned char *data[500];
    for (size_t i = 0; i < 500; i++) {
        data[i] = sg_arena_alloc(&arena, i * 7);
        memset(data[i], (int)(i & 0xff), i * 7);
    }
    for (size_t i = 0; i < 500; i++) {
        for (size_t k = 0; k < i * 7; k++)
            assert_int_equal(data[i][k], i & 0xff);
    }
    sg_arena_fini(&arena);
}

static void refuses_at_the_ceiling_and_recovers_by_reset(void **state)
{
    (void)state;
    struct sg_arena arena;
    sg_arena_init(&arena, 64 * 1024);
    assert_false(arena.exhausted);
    size_t count = 0;
    while (sg_arena_alloc(&arena, 1000))
        count++;
    assert_true(count > 30 && count <= 65);
    assert_true(arena.exhausted);
    assert_true(arena.used_bytes <= 64 * 1024);
    sg_arena_reset(&arena);
    assert_false(arena.exhausted);
    assert_non_null(sg_arena_alloc(&arena, 1000));
    sg_arena_fini(&arena);
    assert_int_equal(arena.used_bytes, 0);
}

static void takes_no_memory_before_it_is_asked(void **state)
{
    (void)state;
    struct sg_arena arena;
    sg_arena_init(&arena, 0);
    assert_int_equal(arena.used_bytes, 0);
    assert_null(sg_arena_alloc(&arena, 1));
    assert_true(arena.exhausted);
    sg_arena_reset(&arena);
    sg_arena_fini(&arena);
}

static void refuses_sizes_that_overflow(void **state)
{
    (void)state;
    struct sg_arena arena;
    sg_arena_init(&arena, SIZE_MAX);
    assert_null(sg_arena_array(&arena, SIZE_MAX / 2, 4));
    assert_true(arena.exhausted);
    assert_null(sg_arena_alloc(&arena, SIZE_MAX));
    assert_null(sg_arena_alloc(&arena, SIZE_MAX - 15));
    assert_non_null(sg_arena_array(&arena, 10, 10));
    sg_arena_fini(&arena);
}

static void keeps_one_block_and_no_huge_one(void **state)
{
    (void)state;
    struct sg_arena arena;
    sg_arena_init(&arena, 256 << 20);
    for (int i = 0; i < 100; i++)
        assert_non_null(sg_arena_alloc(&arena, 10000));
    size_t grown = arena.used_bytes;
    sg_arena_reset(&arena);
    assert_true(arena.used_bytes > 0 && arena.used_bytes < grown);
    assert_non_null(sg_arena_alloc(&arena, 64 << 20));
    sg_arena_reset(&arena);
    assert_true(arena.used_bytes <= 1 << 20);
    sg_arena_fini(&arena);
}

static void copies_text_with_a_terminator(void **state)
{
    (void)state;
    struct sg_arena arena;
    sg_arena_init(&arena, 1 << 16);
    struct sg_slice copy = sg_arena_copy(&arena, SG_SLICE_LITERAL("abc"));
    assert_string_equal(copy.data, "abc");
    assert_int_equal(copy.size, 3);
    copy = sg_arena_copy(&arena, SG_SLICE_EMPTY);
    assert_non_null(copy.data);
    assert_int_equal(copy.size, 0);
    sg_arena_fini(&arena);

    sg_arena_init(&arena, 0);
    copy = sg_arena_copy(&arena, SG_SLICE_LITERAL("abc"));
    assert_int_equal(copy.size, 0);
    assert_true(arena.exhausted);
    sg_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hands_out_zeroed_aligned_memory),
        cmocka_unit_test(allocations_do_not_overlap),
        cmocka_unit_test(refuses_at_the_ceiling_and_recovers_by_reset),
        cmocka_unit_test(takes_no_memory_before_it_is_asked),
        cmocka_unit_test(refuses_sizes_that_overflow),
        cmocka_unit_test(keeps_one_block_and_no_huge_one),
        cmocka_unit_test(copies_text_with_a_terminator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
