/* Any bytes become text that a JSON reader takes; text that was good stays as it was. */
#include "report/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BAD "\xEF\xBF\xBD"

static struct sg_arena arena;

static int set_up(void **state)
{
    (void)state;
    sg_arena_init(&arena, (size_t)1 << 20);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sg_arena_fini(&arena);
    return 0;
}

static const char *clean(const char *bytes, size_t size, size_t limit)
{
    const char *text = utf8_clean(sg_slice_make(bytes, size), limit, &arena);
    assert_non_null(text);
    return text;
}

static void test_good_text_stays(void **state)
{
    (void)state;
    const char *text = "a \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 \x7F\t";
    assert_string_equal(clean(text, strlen(text), 1000), text);
    assert_string_equal(clean(NULL, 0, 1000), "");
}

static void test_bad_bytes_are_replaced_one_by_one(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        const char *text;
    } CASES[] = {
        {"a\x80z", "a" BAD "z"},                                  /* a continuation alone */
        {"a\xC0\xAFz", "a" BAD BAD "z"},                          /* overlong `/` */
        {"\xE0\x80\xAF", BAD BAD BAD},                            /* overlong, three bytes */
        {"\xF0\x80\x80\xAF", BAD BAD BAD BAD},                    /* overlong, four bytes */
        {"\xED\xA0\x80", BAD BAD BAD},                            /* a surrogate */
        {"\xF4\x90\x80\x80", BAD BAD BAD BAD},                    /* past U+10FFFF */
        {"\xF5\x80", BAD BAD},                                    /* no such first byte */
        {"\xE2\x82", BAD BAD},                                    /* cut off */
        {"\xE2\x82z", BAD BAD "z"},                               /* broken off */
        {"\xE4", BAD},                                            /* latin1 */
        {"\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"}, /* beside the surrogates */
        {"\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},                 /* U+10FFFF */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_string_equal(clean(CASES[i].bytes, strlen(CASES[i].bytes), 1000), CASES[i].text);
}

static void test_a_zero_byte_ends_nothing(void **state)
{
    (void)state;
    assert_string_equal(clean("a\0b", 3, 1000), "a" BAD "b");
}

static void test_a_cut_falls_between_characters(void **state)
{
    (void)state;
    const char *text = "ab\xE2\x82\xAC"
                       "cd";
    assert_string_equal(clean(text, 7, 7), text);
    assert_string_equal(clean(text, 7, 6), "ab\xE2\x82\xAC"
                                           "c\xE2\x80\xA6");
    assert_string_equal(clean(text, 7, 5), "ab\xE2\x82\xAC\xE2\x80\xA6");
    assert_string_equal(clean(text, 7, 4), "ab\xE2\x80\xA6");
    assert_string_equal(clean(text, 7, 3), "ab\xE2\x80\xA6");
    assert_string_equal(clean(text, 7, 2), "ab\xE2\x80\xA6");
    assert_string_equal(clean(text, 7, 0), "\xE2\x80\xA6");
}

/* All pairs of bytes between letters: what comes out is well-formed. */
static void test_what_comes_out_is_well_formed(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 65536; pair++) {
        char bytes[4] = {'a', (char)(pair >> 8), (char)pair, 'z'};
        for (size_t limit = 0; limit <= sizeof bytes; limit++) {
            const char *text = clean(bytes, sizeof bytes, limit);
            size_t size = strlen(text);
            for (size_t at = 0; at < size;) {
                size_t length = utf8_character(text + at, size - at);
                assert_true(length > 0);
                at += length;
            }
            sg_arena_reset(&arena);
        }
    }
}

static void test_little_memory_is_an_answer(void **state)
{
    (void)state;
    struct sg_arena tiny;
    sg_arena_init(&tiny, 0);
    assert_null(utf8_clean(SG_SLICE_LITERAL("abc"), 1000, &tiny));
    sg_arena_fini(&tiny);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_good_text_stays),
        TEST(test_bad_bytes_are_replaced_one_by_one),
        TEST(test_a_zero_byte_ends_nothing),
        TEST(test_a_cut_falls_between_characters),
        TEST(test_what_comes_out_is_well_formed),
        TEST(test_little_memory_is_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
