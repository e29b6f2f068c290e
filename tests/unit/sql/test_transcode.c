/* A client's character set to UTF-8, and positions back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/transcode.h"

static void letters_become_utf8(void **state)
{
    static const struct {
        enum sg_charset charset;
        const char *text;
        const char *utf8;
    } ROWS[] = {
        {SG_CHARSET_LATIN1, "na\xefve", "naïve"},
        {SG_CHARSET_LATIN1,
         "Stra\xdf"
         "e",
         "Straße"},
        {SG_CHARSET_LATIN1, "\x8a", "Š"}, /* code page 1252 */
        {SG_CHARSET_LATIN1,
         "`gr\xc3\xb6\xc3\x9f"
         "e`",
         "`grÃ¶ÃŸe`"}, /* UTF-8 that is called latin1 */
        {SG_CHARSET_LATIN1, "'\x80 5 \xd7 2'", "'€ 5 × 2'"},
        {SG_CHARSET_CP932, "`\x94\x5c`", "`能`"},
        {SG_CHARSET_SJIS, "\x83\x5c", "ソ"},
        {SG_CHARSET_UJIS, "\xc9\xbd", "表"},
        {SG_CHARSET_GBK, "\xb1\xed", "表"},
        {SG_CHARSET_BIG5, "\xaa\xed", "表"},
        {SG_CHARSET_EUCKR, "\xc7\xa5", "표"},
    };
    struct sg_arena arena;
    (void)state;
    sg_arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct sg_slice utf8;
        assert_true(sg_transcode(sg_slice_of(ROWS[i].text), ROWS[i].charset, &arena, &utf8));
        assert_true(sg_slice_equal(utf8, sg_slice_of(ROWS[i].utf8)));
    }
    sg_arena_fini(&arena);
}

static void what_tables_differ_in_is_left_alone(void **state)
{
    static const struct {
        enum sg_charset charset;
        const char *text;
    } ROWS[] = {
        {SG_CHARSET_LATIN1, "a\xa0"
                            "b"},         /* a blank on the servers */
        {SG_CHARSET_LATIN1, "\x81"},      /* stands for nothing */
        {SG_CHARSET_CP932, "\x81\x60"},   /* a wave dash or another */
        {SG_CHARSET_CP932, "\x94"},       /* half a letter */
        {SG_CHARSET_SINGLE_BYTE, "\xe9"}, /* which set is not known */
        {SG_CHARSET_UTF8, "\xc3\xa9"},
    };
    struct sg_arena arena;
    (void)state;
    sg_arena_init(&arena, 4096);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct sg_slice utf8;
        assert_false(sg_transcode(sg_slice_of(ROWS[i].text), ROWS[i].charset, &arena, &utf8));
    }
    sg_arena_fini(&arena);
}

static void positions_are_found_again(void **state)
{
    struct sg_slice text = SG_SLICE_LITERAL("a\x94\x5c"
                                            "b\x94\x5c"
                                            "c");
    struct sg_slice utf8;
    struct sg_arena arena;
    (void)state;
    sg_arena_init(&arena, 4096);
    assert_true(sg_transcode(text, SG_CHARSET_CP932, &arena, &utf8));
    assert_int_equal(utf8.size, 9);
    static const size_t PAIRS[][2] = {{0, 0}, {1, 1}, {4, 3}, {5, 4}, {8, 6}, {9, 7}};
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++)
        assert_int_equal(sg_transcode_offset(text, SG_CHARSET_CP932, utf8, PAIRS[i][0]),
                         PAIRS[i][1]);
    sg_arena_fini(&arena);
}

static void a_full_arena_says_no(void **state)
{
    struct sg_arena arena;
    struct sg_slice utf8;
    (void)state;
    sg_arena_init(&arena, 16);
    assert_false(sg_transcode(SG_SLICE_LITERAL("a text of some length \xe9"), SG_CHARSET_LATIN1,
                              &arena, &utf8));
    sg_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_become_utf8),
        cmocka_unit_test(what_tables_differ_in_is_left_alone),
        cmocka_unit_test(positions_are_found_again),
        cmocka_unit_test(a_full_arena_says_no),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
