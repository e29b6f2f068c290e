/* Fast scans against slow ones, over every length and place around the sizes of their steps. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/scan.h"

static const unsigned char *slow_either(const unsigned char *at, const unsigned char *end,
                                        unsigned char a, unsigned char b)
{
    while (at < end && *at != a && *at != b)
        at++;
    return at;
}

static void expect_either(const unsigned char *text, size_t size, unsigned char a, unsigned char b)
{
    const unsigned char *end = text + size;
    const unsigned char *expected = slow_either(text, end, a, b);
    assert_ptr_equal(sg_scan_either(text, end, a, b), expected);
    assert_ptr_equal(sg_scan_either_by_words(text, end, a, b), expected);
}

static void finds_one_byte_at_every_place(void **state)
{
    (void)state;
    const unsigned char fills[] = {'x', 0, 0x80, 0xff, '\'' - 1, '\'' + 1, 0xa7, '\\' | 0x80};
    for (size_t size = 0; size < 50; size++) {
        unsigned char *text = malloc(size + 1);
        for (size_t fill = 0; fill < sizeof fills; fill++) {
            memset(text, fills[fill], size);
            expect_either(text, size, '\'', '\\');
            for (size_t at = 0; at < size; at++) {
                text[at] = '\'';
                expect_either(text, size, '\'', '\\');
                expect_either(text, size, '\\', '\'');
                expect_either(text, size, '\'', '\'');
                text[at] = 0;
                expect_either(text, size, '`', 0);
                text[at] = fills[fill];
            }
        }
        free(text);
    }
}

static void finds_in_random_bytes(void **state)
{
    (void)state;
    unsigned int seed = 1;
    for (int round = 0; round < 20000; round++) {
        size_t size = (size_t)round % 67;
        unsigned char *text = malloc(size + 1);
        for (size_t i = 0; i < size; i++) {
            seed = seed * 1103515245 + 12345;
            text[i] = (unsigned char)(seed >> 16);
        }
        expect_either(text, size, (unsigned char)(seed >> 20), (unsigned char)(seed >> 12));
        free(text);
    }
}

static void words_end_where_the_first_other_byte_is(void **state)
{
    (void)state;
    for (size_t size = 0; size < 50; size++) {
        unsigned char *text = malloc(size + 1);
        memcpy(text, "aZ_$09bYxcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW", size);
        assert_ptr_equal(sg_scan_word(text, text + size), text + size);
        for (size_t at = 0; at < size; at++) {
            const unsigned char kept = text[at];
            for (int byte = 0; byte < 256; byte++) {
                bool word = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                            (byte >= '0' && byte <= '9') || byte == '_' || byte == '$';
                text[at] = (unsigned char)byte;
                assert_int_equal(sg_scan_is_word((unsigned char)byte), word);
                assert_ptr_equal(sg_scan_word(text, text + size), text + (word ? size : at));
            }
            text[at] = kept;
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_one_byte_at_every_place),
        cmocka_unit_test(finds_in_random_bytes),
        cmocka_unit_test(words_end_where_the_first_other_byte_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
