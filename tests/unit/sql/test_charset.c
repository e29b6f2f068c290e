/* Character sets by name and number, and the letters of each. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sql/charset.h"

static void names_and_collations_are_known(void **state)
{
    (void)state;
    const struct {
        const char *name;
        enum sg_charset charset;
    } rows[] = {
        {"utf8mb4", SG_CHARSET_UTF8},
        {"UTF8MB4_0900_AI_CI", SG_CHARSET_UTF8},
        {"utf8", SG_CHARSET_UTF8},
        {"utf8mb3_general_ci", SG_CHARSET_UTF8},
        {"gbk", SG_CHARSET_GBK},
        {"GBK_CHINESE_CI", SG_CHARSET_GBK},
        {"gb18030_bin", SG_CHARSET_GB18030},
        {"big5", SG_CHARSET_BIG5},
        {"sjis", SG_CHARSET_SJIS},
        {"cp932", SG_CHARSET_CP932},
        {"eucjpms", SG_CHARSET_EUCJPMS},
        {"ujis_bin", SG_CHARSET_UJIS},
        {"euckr", SG_CHARSET_EUCKR},
        {"gb2312", SG_CHARSET_GB2312},
        {"latin1", SG_CHARSET_LATIN1},
        {"latin1_swedish_ci", SG_CHARSET_LATIN1},
        {"latin2", SG_CHARSET_SINGLE_BYTE},
        {"binary", SG_CHARSET_SINGLE_BYTE},
        {"", SG_CHARSET_SINGLE_BYTE},
        {"gb", SG_CHARSET_SINGLE_BYTE},
        {"_gbk", SG_CHARSET_SINGLE_BYTE},
        {"nonsense_ci", SG_CHARSET_SINGLE_BYTE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(sg_charset_from_name(sg_slice_of(rows[i].name)), rows[i].charset);
    assert_int_equal(sg_charset_from_name(SG_SLICE_EMPTY), SG_CHARSET_SINGLE_BYTE);
}

static void collation_ids_are_known(void **state)
{
    (void)state;
    const struct {
        uint32_t id;
        enum sg_charset charset;
    } rows[] = {
        {0, SG_CHARSET_SINGLE_BYTE},  {1, SG_CHARSET_BIG5},
        {8, SG_CHARSET_LATIN1},       {28, SG_CHARSET_GBK},
        {33, SG_CHARSET_UTF8},        {45, SG_CHARSET_UTF8},
        {63, SG_CHARSET_SINGLE_BYTE}, {87, SG_CHARSET_GBK},
        {95, SG_CHARSET_CP932},       {192, SG_CHARSET_UTF8},
        {248, SG_CHARSET_GB18030},    {255, SG_CHARSET_UTF8},
        {323, SG_CHARSET_UTF8},       {1028, SG_CHARSET_SINGLE_BYTE},
        {1052, SG_CHARSET_GBK},       {1069, SG_CHARSET_UTF8},
        {2304, SG_CHARSET_UTF8},      {UINT32_MAX, SG_CHARSET_SINGLE_BYTE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(sg_charset_from_collation_id(rows[i].id), rows[i].charset);
}

static void introducers_differ_by_flavour(void **state)
{
    (void)state;
    assert_true(sg_charset_is_known(SG_SLICE_LITERAL("Utf8MB4"), SG_FLAVOUR_MYSQL));
    assert_true(sg_charset_is_known(SG_SLICE_LITERAL("utf32"), SG_FLAVOUR_MARIADB));
    assert_true(sg_charset_is_known(SG_SLICE_LITERAL("gb18030"), SG_FLAVOUR_MYSQL));
    assert_false(sg_charset_is_known(SG_SLICE_LITERAL("gb18030"), SG_FLAVOUR_MARIADB));
    assert_false(sg_charset_is_known(SG_SLICE_LITERAL("utf8mb4_bin"), SG_FLAVOUR_MYSQL));
    assert_false(sg_charset_is_known(SG_SLICE_EMPTY, SG_FLAVOUR_MYSQL));
}

static size_t letter(enum sg_charset charset, const char *bytes)
{
    const unsigned char *at = (const unsigned char *)bytes;
    return sg_charset_letter(charset, at, at + strlen(bytes));
}

static void letters_have_their_size(void **state)
{
    (void)state;
    assert_int_equal(letter(SG_CHARSET_UTF8, "\xc3\xa9"), 2);
    assert_int_equal(letter(SG_CHARSET_UTF8, "\xe2\x82\xac"), 3);
    assert_int_equal(letter(SG_CHARSET_UTF8, "\xf0\x9f\x98\x80"), 4);
    assert_int_equal(letter(SG_CHARSET_GBK, "\x81\x40"), 2);
    assert_int_equal(letter(SG_CHARSET_GB18030, "\x81\x30\x81\x30"), 4);
    assert_int_equal(letter(SG_CHARSET_UJIS, "\x8f\xa1\xa1"), 3);
    assert_int_equal(letter(SG_CHARSET_EUCJPMS, "\x8e\xa1"), 2);
    assert_int_equal(letter(SG_CHARSET_SINGLE_BYTE, "\xe9"), 1);
}

static void broken_letters_are_none(void **state)
{
    (void)state;
    const char *utf8[] = {"\x80",
                          "\xc0\x80",
                          "\xc3",
                          "\xc3'",
                          "\xe2\x82",
                          "\xe0\x80\x80",
                          "\xed\xa0\x80",
                          "\xff\xff",
                          "\xf4\x90\x80\x80",
                          "\xf0\x80\x80\x80",
                          "\xf5\x80\x80\x80"};
    for (size_t i = 0; i < sizeof utf8 / sizeof utf8[0]; i++)
        assert_int_equal(letter(SG_CHARSET_UTF8, utf8[i]), 0);
    assert_int_equal(letter(SG_CHARSET_GBK, "\x81"), 0);
    assert_int_equal(letter(SG_CHARSET_GBK, "\x81\x7f"), 0);
    assert_int_equal(letter(SG_CHARSET_GBK, "\x81'"), 0);
    assert_int_equal(letter(SG_CHARSET_GB18030, "\x81\x30\x81"), 0);
    assert_int_equal(letter(SG_CHARSET_SJIS, "\xb1"), 0);
    assert_int_equal(letter(SG_CHARSET_UJIS, "\x8f\xa1"), 0);
    assert_int_equal(letter(SG_CHARSET_SINGLE_BYTE, "\xa0"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_collations_are_known), cmocka_unit_test(collation_ids_are_known),
        cmocka_unit_test(introducers_differ_by_flavour),  cmocka_unit_test(letters_have_their_size),
        cmocka_unit_test(broken_letters_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
