/* The lexer against what the servers do with the same bytes: each row was tried on MySQL 9.7.4 and
 * MariaDB 10.11.19. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "lex_case.h"

#define BOTH(text, line)                                                                           \
    {                                                                                              \
        text, sizeof(text) - 1, line, line                                                         \
    }
#define DIFFER(text, mysql, maria)                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1, mysql, maria                                                       \
    }

struct row {
    const char *text;
    size_t size;
    const char *mysql;
    const char *mariadb;
};

static void expect_line(struct sg_slice text, const struct sg_context *context, const char *line)
{
    char found[4096];
    /* On the heap and without a terminator, so that a read past the end is seen. */
    char *copy = malloc(text.size > 0 ? text.size : 1);
    memcpy(copy, text.data, text.size);
    lex_to_line(sg_slice_make(copy, text.size), context, found, sizeof found);
    free(copy);
    if (strcmp(found, line) != 0)
        print_message("text: %.*s\n", (int)text.size, text.data);
    assert_string_equal(found, line);
}

static void expect_rows_in(const struct row *rows, size_t count, uint32_t mode,
                           enum sg_charset charset)
{
    for (size_t i = 0; i < count; i++) {
        struct sg_slice text = {rows[i].text, rows[i].size};
        struct sg_context mysql = lex_context(&MYSQL, mode, charset);
        struct sg_context mariadb = lex_context(&MARIADB, mode, charset);
        if (rows[i].mysql)
            expect_line(text, &mysql, rows[i].mysql);
        if (rows[i].mariadb)
            expect_line(text, &mariadb, rows[i].mariadb);
    }
}

#define EXPECT_ROWS(rows, mode)                                                                    \
    expect_rows_in(rows, sizeof(rows) / sizeof((rows)[0]), mode, SG_CHARSET_UTF8)

static void words(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("select SeLeCt Status foo", "SELECT! SELECT! STATUS <foo>"),
        BOTH("a$b _x $a \xc3\xa9t\xc3\xa9 1st 9_",
             "<a$b> <_x> <$a> <\xc3\xa9t\xc3\xa9> <1st> <9_>"),
        DIFFER("rank lateral", "RANK! LATERAL!", "<rank> <lateral>"),
        DIFFER("rank() offset", "RANK! ( ) OFFSET", "RANK! ( ) OFFSET!"),
        DIFFER("schema int4 distinctrow", "DATABASE! INT! DISTINCT!", "DATABASE INT! DISTINCT!"),
        BOTH("\xff", "ERROR@0"),
        BOTH("a\xed\xa0\x80", "<a> ERROR@1"),
    };
    EXPECT_ROWS(rows, 0);
}

static void names_around_dots(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("t1.select.from", "<t1> . <select> . <from>"),
        BOTH("select.a order.t1 t1.1st t1.1e5 t1.1.5",
             "<select> . <a> <order> . <t1> <t1> . <1st> <t1> . <1e5> <t1> . <1> . <5>"),
        BOTH("t1. select", "<t1> . SELECT!"),
        BOTH("t1 .select", "<t1> . <select>"),
        BOTH("order .a", "ORDER! . <a>"),
        BOTH("order.`a` `t1`.order", "ORDER! . <`a`> <`t1`> . <order>"),
        BOTH("t1 .1st `t1`.1st", "<t1> dec(.1) <st> <`t1`> dec(.1) <st>"),
        BOTH("t1./**/select", "<t1> . SELECT!"),
        BOTH("t1.$$ t1.x'41'", "<t1> . <$$> <t1> . <x> str('41')"),
        BOTH(".a .5 .", ". <a> dec(.5) ."),
        BOTH("t1.* t1._utf8mb4", "<t1> . * <t1> . <_utf8mb4>"),
        DIFFER("1..2", "dec(1.) dec(.2)", "int(1) .. int(2)"),
    };
    EXPECT_ROWS(rows, 0);
}

static void functions_are_words_when_called(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("count(a) count (a) count/**/(a) count",
             "COUNT! ( <a> ) <count> ( <a> ) <count> ( <a> ) <count>"),
        BOTH("now() a now", "NOW! ( ) <a> <now>"),
        BOTH("adddate(a) adddate", "ADDDATE ( <a> ) <adddate>"),
        BOTH("`count`(a) t.count(a)", "<`count`> ( <a> ) <t> . <count> ( <a> )"),
    };
    EXPECT_ROWS(rows, 0);
    const struct row spaced[] = {
        BOTH("count (a) count\t\n(a) count /**/ (a) count",
             "COUNT! ( <a> ) COUNT! ( <a> ) <count> ( <a> ) <count>"),
        BOTH("t1 .a order .a", "<t1> . <a> ORDER! . <a>"),
    };
    EXPECT_ROWS(spaced, SG_MODE_IGNORE_SPACE);
}

static void quotes(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("`a``b` `` `a'b\"`", "<`a``b`> <``> <`a'b\"`>"),
        BOTH("'a''b' 'a\\'b' '' \"a\"\"b'\" 'a\"'",
             "str('a''b') str('a\\'b') str('') str(\"a\"\"b'\") str('a\"')"),
        BOTH("'a' 'b''c' 'd", "str('a') str('b''c') ERROR@11"),
        BOTH("'a\\", "ERROR@0"),
        BOTH("'a\\'", "ERROR@0"),
        BOTH("`a", "ERROR@0"),
        BOTH("`a\0b`", "ERROR@0"),
        BOTH("'a\n-- b' `/* c`", "str('a\n-- b') <`/* c`>"),
        BOTH("[a]", "ERROR@0"),
        BOTH("n'a' N'b' n 'c' n\"d\"", "nstr(n'a') nstr(N'b') <n> str('c') <n> str(\"d\")"),
    };
    EXPECT_ROWS(rows, 0);
    const struct row ansi[] = {
        BOTH("\"a\"\"b\" 'c' \"a\\\"", "<\"a\"\"b\"> str('c') <\"a\\\">"),
        BOTH("\"a", "ERROR@0"),
    };
    EXPECT_ROWS(ansi, SG_MODE_ANSI_QUOTES);
    const struct row plain[] = {
        BOTH("'a\\' b", "str('a\\') <b>"),
        BOTH("'a\\''b'", "str('a\\''b')"),
    };
    EXPECT_ROWS(plain, SG_MODE_NO_BACKSLASH_ESCAPES);
    const struct row brackets[] = {
        DIFFER("[a]]b] [a`b].[c]", NULL, "<[a]]b]> <[a`b]> . <[c]>"),
        DIFFER("[a", NULL, "ERROR@0"),
    };
    EXPECT_ROWS(brackets, SG_MODE_MSSQL);
}

static void long_quotes_are_read_to_their_end(void **state)
{
    (void)state;
    static const char fill[] = "0123456789abcdef";
    for (size_t size = 0; size < 64; size++) {
        for (size_t at = 0; at <= size; at++) {
            char text[160];
            size_t used = 0;
            text[used++] = '\'';
            for (size_t i = 0; i < size; i++)
                text[used++] = fill[i % 16];
            memmove(text + 1 + at + 2, text + 1 + at, size - at);
            memcpy(text + 1 + at, "\\'", 2);
            used += 2;
            text[used++] = '\'';
            text[used] = '\0';
            char line[200];
            snprintf(line, sizeof line, "str(%s)", text);
            struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
            expect_line(sg_slice_make(text, used), &context, line);
            context.charset = SG_CHARSET_GBK;
            expect_line(sg_slice_make(text, used), &context, line);
            expect_line(sg_slice_make(text, used - 1), &context, "ERROR@0");
        }
    }
}

static void numbers(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("1 12 1. .5 1.5 1.e5 1e5 1E+5 1.5e-3",
             "int(1) int(12) dec(1.) dec(.5) dec(1.5) float(1.e5) float(1e5) float(1E+5) "
             "float(1.5e-3)"),
        BOTH("1e5zz 1.zz 1e 1e+a 2ezz", "float(1e5) <zz> dec(1.) <zz> <1e> <1e> + <a> <2ezz>"),
        BOTH("1.e, 2", "ERROR@0"),
        BOTH("1.5e", "ERROR@0"),
        BOTH("1.5ex", "ERROR@0"),
        BOTH("0x1f 0xzz 0X1f 0x 0x4g", "hex(0x1f) <0xzz> <0X1f> <0x> <0x4g>"),
        BOTH("0b01 0b2 0B01 0b 0b012", "bit(0b01) <0b2> <0B01> <0b> <0b012>"),
        BOTH("x'41' X'' b'01' B''", "hex(x'41') hex(X'') bit(b'01') bit(B'')"),
        BOTH("x'1'", "ERROR@0"),
        BOTH("x'zz'", "ERROR@0"),
        BOTH("x'41", "ERROR@0"),
        BOTH("b'2'", "ERROR@0"),
        BOTH("x '41'", "<x> str('41')"),
        BOTH("1-1 1--1 -1", "int(1) - int(1) int(1) - - int(1) - int(1)"),
        BOTH("1a.b 1.2.3", "<1a> . <b> dec(1.2) dec(.3)"),
    };
    EXPECT_ROWS(rows, 0);
}

static void introducers(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("_utf8mb4'x' _UTF8 'x' _zz'x' _utf8mb4x'41' _latin1.a",
             "charset(_utf8mb4) str('x') charset(_UTF8) str('x') <_zz> str('x') <_utf8mb4x> "
             "str('41') charset(_latin1) . <a>"),
        DIFFER("_gb18030'x' _filename'x'", "charset(_gb18030) str('x') <_filename> str('x')",
               "<_gb18030> str('x') charset(_filename) str('x')"),
        BOTH("_ __", "<_> <__>"),
    };
    EXPECT_ROWS(rows, 0);
}

static void variables(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("@a @a.b @'a''b' @\"a\" @`a``b` @1a @$ @\xc3\xa9",
             "var(@a) var(@a.b) var(@'a''b') var(@\"a\") var(@`a``b`) var(@1a) var(@$) "
             "var(@\xc3\xa9)"),
        BOTH("@a:=1 @a := 1", "var(@a) := int(1) var(@a) := int(1)"),
        BOTH("@ x", "var(@) <x>"),
        BOTH("u@h 'u'@'h' u@`h`", "<u> var(@h) str('u') var(@'h') <u> var(@`h`)"),
        BOTH("@'a", "ERROR@0"),
        BOTH("@`a", "ERROR@0"),
        BOTH("@@a @@global.a @@session .a @@`a` @@1a",
             "@@ <a> @@ GLOBAL . <a> @@ SESSION . <a> @@ <`a`> @@ <1a>"),
        BOTH("@@select @@global.select @@count(", "@@ SELECT! @@ GLOBAL . <select> @@ <count> ("),
        BOTH("@@ a", "@@ ERROR@2"),
        BOTH("@@", "@@ ERROR@2"),
        BOTH("@@'a'", "@@ ERROR@2"),
    };
    EXPECT_ROWS(rows, 0);
    const struct row ansi[] = {
        BOTH("@\"a\"\"b\" @\"a\\\"", "var(@\"a\"\"b\") var(@\"a\\\")"),
    };
    EXPECT_ROWS(ansi, SG_MODE_ANSI_QUOTES);
}

static void operators(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("+ - * / % & && | || ^ ~ ! = <=> != <> < <= > >= << >> := , ; ( ) { } :",
             "+ - * / % & && | || ^ ~ ! = <=> != != < <= > >= << >> := , ; ( ) { } :"),
        BOTH("a<=>-1 a<>-1", "<a> <=> - int(1) <a> != - int(1)"),
        BOTH("1 < = 1 ! = | |", "int(1) < = int(1) ! = | |"),
        DIFFER("1=!0", "int(1) ERROR@1", "int(1) = ! int(0)"),
        DIFFER("1<!0", "int(1) ERROR@1", "int(1) < ! int(0)"),
        DIFFER("1==1", "int(1) ERROR@1", "int(1) = = int(1)"),
        DIFFER("1<<>1", "int(1) ERROR@1", "int(1) << > int(1)"),
        DIFFER("a->'x' a->>'x'", "<a> -> str('x') <a> ->> str('x')",
               "<a> - > str('x') <a> - >> str('x')"),
        BOTH("? ,?", "? , ?"),
        BOTH("?a", "ERROR@0"),
        DIFFER("\\N", "ERROR@0", "\\N"),
        BOTH("\\n", "ERROR@0"),
        BOTH("]", "ERROR@0"),
        BOTH("a\x1a", "<a> ERROR@1"),
    };
    EXPECT_ROWS(rows, 0);
}

static void dollar_strings(void **state)
{
    (void)state;
    const struct row rows[] = {
        DIFFER("$$ a 'b $$ c", "dollar($$ a 'b $$) <c>", NULL),
        DIFFER("$x$ $$ 1 $x$ $x$$x$", "dollar($x$ $$ 1 $x$) dollar($x$$x$)", NULL),
        DIFFER("$a$", "ERROR@0", "<$a$>"),
        DIFFER("$a$ $a $", "ERROR@0", "<$a$> <$a> <$>"),
        BOTH("$a $ $1", "<$a> <$> <$1>"),
        BOTH("$", "<$>"),
        BOTH("a$$b$$", "<a$$b$$>"),
    };
    EXPECT_ROWS(rows, 0);
}

static void comments(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("a -- b\nc # d\ne /* f */ g", "<a> <c> <e> <g>"),
        BOTH("a --b", "<a> - - <b>"),
        BOTH("a --", "<a>"),
        BOTH("a--\tb\n-c", "<a> - <c>"),
        BOTH("a --\x01"
             "b",
             "<a>"),
        BOTH("a --\x7f"
             "b",
             "<a>"),
        BOTH("a --\xc3\xa9", "<a> - - <\xc3\xa9>"),
        BOTH("a # b\r c", "<a>"),
        BOTH("a /* /* b */ c */", "<a> <c> * /"),
        BOTH("a /*/ b */ c", "<a> <c>"),
        BOTH("a /***/ b /****/", "<a> <b>"),
        BOTH("a /* b", "<a> ERROR@2"),
        BOTH("a /*", "<a> ERROR@2"),
        BOTH("a */ b", "<a> * / <b>"),
        BOTH("select /*+ INDEX(zz `*/`) */ 1", "SELECT! ERROR@23"),
        BOTH("select /*+ INDEX(zz yy) QB_NAME(zz) */ 1", "SELECT! int(1)"),
        BOTH("a /* ' */ b", "<a> <b>"),
    };
    EXPECT_ROWS(rows, 0);
    const struct row latin[] = {BOTH("a --\xa0 b", "<a> ERROR@2")};
    expect_rows_in(latin, 1, 0, SG_CHARSET_SINGLE_BYTE);
}

static void executable_comments(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("1 /*!+ 2*/ 3", "int(1) + int(2) int(3)"),
        BOTH("1 /*!50000+ 2*/ 3", "int(1) + int(2) int(3)"),
        BOTH("1 /*!99999 + 2*/ 3", "int(1) int(3)"),
        BOTH("1 /*!999999 + 2*/ 3", "int(1) int(3)"),
        DIFFER("1 /*!50700 +1 */", "int(1) + int(1)", "int(1)"),
        DIFFER("1 /*!90704 +1 */", "int(1) + int(1)", "int(1)"),
        DIFFER("1 /*!090705 +1 */", "int(1)", "int(1)"),
        DIFFER("1 /*!101119 +1 */", "int(1)", "int(1) + int(1)"),
        DIFFER("1 /*!101120 +1 */", "int(1)", "int(1)"),
        /* six digits count on MySQL only before white space */
        DIFFER("1 /*!101119+1 */", "int(1) int(9) + int(1)", "int(1) + int(1)"),
        DIFFER("1 /*!500001+1 */", "int(1) int(1) + int(1)", "int(1)"),
        BOTH("1 /*!5000+1 */", "int(1) int(5000) + int(1)"),
        DIFFER("1 /*M! +1 */", "int(1)", "int(1) + int(1)"),
        DIFFER("1 /*M!50701 +1 */", "int(1)", "int(1) + int(1)"),
        DIFFER("1 /*M!101120 +1 */", "int(1)", "int(1)"),
        BOTH("1 /*m! +1 */", "int(1)"),
        /* nesting */
        BOTH("1 /*! + /* x */ 2 */ 3", "int(1) + int(2) int(3)"),
        BOTH("1 /*! + /*! 2 */ */ 3", "int(1) + int(2) * / int(3)"),
        BOTH("1 /*! + /*!99999 2*/ 3*/ 4", "int(1) + int(3) int(4)"),
        BOTH("1 /*!999999 /* x */ + 2 */ 3", "int(1) int(3)"),
        BOTH("1 /*!999999 /* /* x */ */ 3 */", "int(1) int(3) * /"),
        BOTH("1 /*!999999 '*/' + 1 */", "int(1) ERROR@15"),
        BOTH("1 /*!+'*/'*/ 2", "int(1) + str('*/') int(2)"),
        BOTH("1 /*! # x */\n+2 */", "int(1) + int(2)"),
        BOTH("1*/*!2*/", "int(1) * int(2)"),
        BOTH("2/*!*/3", "int(2) int(3)"),
        /* without an end */
        BOTH("1 /*! + 1", "int(1) + int(1) ERROR@9"),
        BOTH("1 /*! + 1;", "int(1) + int(1) ; ERROR@10"),
        BOTH("1 /*!999999 + 1", "int(1) ERROR@2"),
        BOTH("1 /*!999999 /* x */", "int(1) ERROR@2"),
        BOTH("/*!", "ERROR@3"),
        BOTH("/*!50000", "ERROR@8"),
    };
    EXPECT_ROWS(rows, 0);
}

static void ends(void **state)
{
    (void)state;
    const struct row rows[] = {
        BOTH("", ""),
        BOTH(" \t\n\v\f\r", ""),
        BOTH("-- a", ""),
        BOTH("a\0", "<a>"),
        BOTH("a \0 ;", "<a>"),
        BOTH("a;\0", "<a> ;"),
        BOTH("a\0\0", "<a> ERROR@1"),
        BOTH("a\0b", "<a> ERROR@1"),
        BOTH("\0a", "ERROR@0"),
        BOTH("a # b\0", "<a>"),
        BOTH("a # b\0 c", "<a> ERROR@5"),
        BOTH("/* \0 */ a", "<a>"),
        BOTH("a; b;; c", "<a> ; <b> ; ; <c>"),
    };
    EXPECT_ROWS(rows, 0);
}

static void letters_of_two_bytes_hide_no_quote(void **state)
{
    (void)state;
    const struct {
        enum sg_charset charset;
        const char *text;
        const char *line;
    } rows[] = {
        /* the second byte is a backslash */
        {SG_CHARSET_GBK, "'\xbf\\' a", "str('\xbf\\') <a>"},
        {SG_CHARSET_BIG5, "'\xa5\\' a", "str('\xa5\\') <a>"},
        {SG_CHARSET_SJIS, "'\x95\\' a", "str('\x95\\') <a>"},
        {SG_CHARSET_CP932, "'\x95\\' a", "str('\x95\\') <a>"},
        {SG_CHARSET_GB18030, "'\xbf\\' a", "str('\xbf\\') <a>"},
        {SG_CHARSET_UTF8, "'\xbf\\' a", "ERROR@0"},
        {SG_CHARSET_EUCKR, "'\xbf\\' a", "ERROR@0"},
        {SG_CHARSET_SINGLE_BYTE, "'\xbf\\' a", "ERROR@0"},
        /* a backtick */
        {SG_CHARSET_GBK, "`\xbf` a`", "<`\xbf` a`>"},
        {SG_CHARSET_SJIS, "`\x95` a`", "<`\x95` a`>"},
        {SG_CHARSET_UTF8, "`\xbf` a", "<`\xbf`> <a>"},
        {SG_CHARSET_EUCKR, "`\xbf` a", "<`\xbf`> <a>"},
        /* a quote never is the second half of a letter, whatever the first byte says */
        {SG_CHARSET_GBK, "'\xbf' a", "str('\xbf') <a>"},
        {SG_CHARSET_SJIS, "'\x95' a", "str('\x95') <a>"},
        {SG_CHARSET_UTF8, "'\xc3' a", "str('\xc3') <a>"},
        /* an escape takes one byte; what follows is read anew */
        {SG_CHARSET_GBK, "'\\\xbf\\'' a", "str('\\\xbf\\'') <a>"},
        /* letters in words */
        {SG_CHARSET_GBK, "a\xbf\\b c", "<a\xbf\\b> <c>"},
        {SG_CHARSET_SJIS, "\x95\\", "<\x95\\>"},
        {SG_CHARSET_SJIS, "a\xb1", "<a> ERROR@1"},
        {SG_CHARSET_UJIS, "\x8f\xa1\xa1 \x8e\xb1", "<\x8f\xa1\xa1> <\x8e\xb1>"},
        {SG_CHARSET_GB18030, "\x81\x30\x81\x30", "<\x81\x30\x81\x30>"},
        {SG_CHARSET_EUCKR, "\xb0\xa1", "<\xb0\xa1>"},
        {SG_CHARSET_GB2312, "\xb0\xa1", "<\xb0\xa1>"},
        {SG_CHARSET_SINGLE_BYTE, "\xe9t\xe9", "<\xe9t\xe9>"},
        {SG_CHARSET_SINGLE_BYTE,
         "a\xa0"
         "b",
         "<a> ERROR@1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sg_context context = lex_context(&MYSQL, 0, rows[i].charset);
        expect_line(sg_slice_of(rows[i].text), &context, rows[i].line);
    }
}

static void flags_tell_of_space_and_dots(void **state)
{
    (void)state;
    const char text[] = "a .b ,`x``y`/**/(' '  's\\n'";
    const uint8_t flags[] = {
        0,
        SG_TOKEN_SPACE_BEFORE,
        SG_TOKEN_AFTER_DOT,
        SG_TOKEN_SPACE_BEFORE,
        SG_TOKEN_ESCAPED,
        SG_TOKEN_SPACE_BEFORE,
        0,
        SG_TOKEN_SPACE_BEFORE | SG_TOKEN_ESCAPED,
        0,
    };
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    struct sg_lexer lexer;
    sg_lex_init(&lexer, SG_SLICE_LITERAL(text), &context);
    for (size_t i = 0; i < sizeof flags; i++) {
        struct sg_token token;
        sg_lex_next(&lexer, &token);
        assert_int_equal(token.flags, flags[i]);
    }
}

static void a_copy_remembers_its_place(void **state)
{
    (void)state;
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    struct sg_lexer lexer;
    struct sg_token first, again;
    sg_lex_init(&lexer, SG_SLICE_LITERAL("t1.1st /*! a */"), &context);
    for (int i = 0; i < 5; i++) {
        struct sg_lexer place = lexer;
        sg_lex_next(&lexer, &first);
        lexer = place;
        sg_lex_next(&lexer, &again);
        assert_memory_equal(&first, &again, sizeof first);
    }
}

static void the_end_and_errors_come_again(void **state)
{
    (void)state;
    struct sg_context context = lex_context(&MYSQL, 0, SG_CHARSET_UTF8);
    const struct {
        const char *text;
        uint8_t kind;
    } rows[] = {{"a ", SG_TOKEN_END}, {"a 'b", SG_TOKEN_ERROR}, {"a /* ", SG_TOKEN_ERROR}};
    for (size_t i = 0; i < 3; i++) {
        struct sg_lexer lexer;
        struct sg_token token;
        sg_lex_init(&lexer, sg_slice_of(rows[i].text), &context);
        sg_lex_next(&lexer, &token);
        for (int again = 0; again < 3; again++) {
            sg_lex_next(&lexer, &token);
            assert_int_equal(token.kind, rows[i].kind);
            assert_int_equal(token.offset, 2);
            assert_int_equal(token.size, 0);
        }
    }
}

static void versions_decide_what_a_word_is(void **state)
{
    (void)state;
    const struct {
        enum sg_flavour flavour;
        uint32_t version;
        const char *text;
        const char *line;
    } rows[] = {
        {SG_FLAVOUR_MYSQL, 50744, "rank rows \\N $a$", "<rank> ROWS \\N <$a$>"},
        {SG_FLAVOUR_MYSQL, 80036, "rank rows intersect qualify",
         "RANK! ROWS! INTERSECT! <qualify>"},
        {SG_FLAVOUR_MYSQL, 80030, "intersect", "<intersect>"},
        {SG_FLAVOUR_MYSQL, 80400, "qualify library master_bind",
         "QUALIFY! <library> <master_bind>"},
        {SG_FLAVOUR_MYSQL, 80036, "master_bind", "MASTER_BIND!"},
        {SG_FLAVOUR_MARIADB, 101119, "vector sql_after_gtids", "<vector> <sql_after_gtids>"},
        {SG_FLAVOUR_MARIADB, 110809, "vector sql_after_gtids", "VECTOR! SQL_AFTER_GTIDS!"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct sg_server server = {.flavour = rows[i].flavour, .version = rows[i].version};
        struct sg_context context = lex_context(&server, 0, SG_CHARSET_UTF8);
        expect_line(sg_slice_of(rows[i].text), &context, rows[i].line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(names_around_dots),
        cmocka_unit_test(functions_are_words_when_called),
        cmocka_unit_test(quotes),
        cmocka_unit_test(long_quotes_are_read_to_their_end),
        cmocka_unit_test(numbers),
        cmocka_unit_test(introducers),
        cmocka_unit_test(variables),
        cmocka_unit_test(operators),
        cmocka_unit_test(dollar_strings),
        cmocka_unit_test(comments),
        cmocka_unit_test(executable_comments),
        cmocka_unit_test(ends),
        cmocka_unit_test(letters_of_two_bytes_hide_no_quote),
        cmocka_unit_test(flags_tell_of_space_and_dots),
        cmocka_unit_test(a_copy_remembers_its_place),
        cmocka_unit_test(the_end_and_errors_come_again),
        cmocka_unit_test(versions_decide_what_a_word_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
