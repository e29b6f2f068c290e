/* The value behind a token. MySQL manual, "String Literals". */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lex_case.h"

struct value_row {
    const char *text;
    const char *value;
    size_t size;
};

#define VALUE(text, value)                                                                         \
    {                                                                                              \
        text, value, sizeof(value) - 1                                                             \
    }

static void expect_values(const struct value_row *rows, size_t count, uint32_t sql_mode,
                          enum sg_charset charset)
{
    struct sg_context context = lex_context(&MARIADB, sql_mode, charset);
    struct sg_arena arena;
    sg_arena_init(&arena, 1 << 16);
    for (size_t i = 0; i < count; i++) {
        struct sg_lexer lexer;
        struct sg_token token;
        sg_lex_init(&lexer, sg_slice_of(rows[i].text), &context);
        sg_lex_next(&lexer, &token);
        struct sg_slice value = sg_lex_value(&lexer, &token, &arena);
        if (value.size != rows[i].size || memcmp(value.data, rows[i].value, value.size) != 0)
            print_message("%s gives %.*s\n", rows[i].text, (int)value.size, value.data);
        assert_int_equal(value.size, rows[i].size);
        assert_memory_equal(value.data, rows[i].value, value.size);
    }
    sg_arena_fini(&arena);
}

#define EXPECT_VALUES(rows, mode, charset)                                                         \
    expect_values(rows, sizeof(rows) / sizeof((rows)[0]), mode, charset)

static void quotes_and_escapes_are_undone(void **state)
{
    (void)state;
    const struct value_row rows[] = {
        VALUE("abc", "abc"),
        VALUE("`abc`", "abc"),
        VALUE("``", ""),
        VALUE("`a``b```", "a`b`"),
        VALUE("`a\\n`", "a\\n"),
        VALUE("'abc'", "abc"),
        VALUE("''", ""),
        VALUE("'a''b\"c'", "a'b\"c"),
        VALUE("\"a\"\"b'c\"", "a\"b'c"),
        VALUE("'\\n\\t\\r\\b\\0\\Z\\\\\\'\\\"\\x'", "\n\t\r\b\0\032\\'\"x"),
        VALUE("'100\\% a\\_b'", "100\\% a\\_b"),
        VALUE("''''", "'"),
        VALUE("N'a''b'", "a'b"),
        VALUE("n'a'", "a"),
        VALUE("@abc", "abc"),
        VALUE("@`a``b`", "a`b"),
        VALUE("@'a\\'b'", "a'b"),
        VALUE("@\"a\"\"b\"", "a\"b"),
        VALUE("@", ""),
        VALUE("x'41'", "x'41'"),
        VALUE("12", "12"),
        VALUE("<=>", "<=>"),
    };
    EXPECT_VALUES(rows, 0, SG_CHARSET_UTF8);
}

static void modes_change_values(void **state)
{
    (void)state;
    const struct value_row plain[] = {VALUE("'a\\n''b'", "a\\n'b")};
    EXPECT_VALUES(plain, SG_MODE_NO_BACKSLASH_ESCAPES, SG_CHARSET_UTF8);
    const struct value_row ansi[] = {VALUE("\"a\\n\"\"b\"", "a\\n\"b"),
                                     VALUE("@\"a\\n\"\"b\"", "a\\n\"b")};
    EXPECT_VALUES(ansi, SG_MODE_ANSI_QUOTES, SG_CHARSET_UTF8);
    const struct value_row brackets[] = {VALUE("[a]]b[c]", "a]b[c")};
    EXPECT_VALUES(brackets, SG_MODE_MSSQL, SG_CHARSET_UTF8);
}

static void letters_stay_whole(void **state)
{
    (void)state;
    const struct value_row rows[] = {VALUE("'\xbf\\''a'", "\xbf\\'a"),
                                     VALUE("'\\\xbf\\'a'", "\xbf'a"),
                                     VALUE("`\xbf```a`", "\xbf``a")};
    EXPECT_VALUES(rows, 0, SG_CHARSET_GBK);
    const struct value_row utf8[] = {VALUE("'\xc3\xa9\\'\xe2\x82\xac'", "\xc3\xa9'\xe2\x82\xac")};
    EXPECT_VALUES(utf8, 0, SG_CHARSET_UTF8);
}

static void plain_values_are_pieces_of_the_text(void **state)
{
    (void)state;
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    const char text[] = "`abc` 'def' $$ghi$$";
    struct sg_arena arena;
    struct sg_lexer lexer;
    sg_arena_init(&arena, 0);
    sg_lex_init(&lexer, SG_SLICE_LITERAL(text), &context);
    for (int i = 0; i < 3; i++) {
        struct sg_token token;
        sg_lex_next(&lexer, &token);
        struct sg_slice value = sg_lex_value(&lexer, &token, &arena);
        assert_int_equal(value.size, 3);
        assert_true(value.data > text && value.data < text + sizeof text);
    }
    assert_false(arena.exhausted);
    sg_arena_fini(&arena);
}

static void an_exhausted_arena_gives_an_empty_value(void **state)
{
    (void)state;
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    struct sg_arena arena;
    struct sg_lexer lexer;
    struct sg_token token;
    sg_arena_init(&arena, 0);
    sg_lex_init(&lexer, SG_SLICE_LITERAL("`a``b`"), &context);
    sg_lex_next(&lexer, &token);
    assert_int_equal(sg_lex_value(&lexer, &token, &arena).size, 0);
    assert_true(arena.exhausted);
    sg_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quotes_and_escapes_are_undone),
        cmocka_unit_test(modes_change_values),
        cmocka_unit_test(letters_stay_whole),
        cmocka_unit_test(plain_values_are_pieces_of_the_text),
        cmocka_unit_test(an_exhausted_arena_gives_an_empty_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
