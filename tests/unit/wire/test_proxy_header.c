/* PROXY headers: both versions, whole and in pieces, and what is no header. */
#include "wire/proxy_header.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "conversation.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static enum wire_proxy_read read_bytes(struct sg_slice bytes, struct wire_proxy_header *header)
{
    uint8_t *copy = conversation_copy(bytes.data, bytes.size);
    enum wire_proxy_read result = wire_proxy_read(sg_slice_make(copy, bytes.size), header);

    free(copy);
    return result;
}

struct good_case {
    struct sg_slice bytes;
    const char *address; /* NULL: not told */
    uint16_t port;
};

static void headers_are_read_whole_and_no_sooner(void **state)
{
    static const struct good_case cases[] = {
        {SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 192.0.2.1 51234 3306\r\n"), "192.0.2.7", 51234},
        {SG_SLICE_LITERAL("PROXY TCP6 2001:db8::7 2001:DB8:0::1 1 65535\r\n"), "2001:db8::7", 1},
        {SG_SLICE_LITERAL("PROXY UNKNOWN\r\n"), NULL, 0},
        {SG_SLICE_LITERAL("PROXY UNKNOWN ffff::1 whatever 5 6\r\n"), NULL, 0},
        {SG_SLICE_LITERAL(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\7\xc0\0\2\1\xc8\x22\x0c\xea"),
         "192.0.2.7", 51234},
        {SG_SLICE_LITERAL(SIGNATURE "\x21\x11\0\x13\xc0\0\2\7\xc0\0\2\1\xc8\x22\x0c\xea\4\0\4more"),
         "192.0.2.7", 51234},
        {SG_SLICE_LITERAL(SIGNATURE "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"
                                    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\0\1\xff\xff"),
         "2001:db8::7", 1},
        {SG_SLICE_LITERAL(SIGNATURE "\x20\0\0\0"), NULL, 0},
        {SG_SLICE_LITERAL(SIGNATURE "\x20\x11\0\x0c\xc0\0\2\7\xc0\0\2\1\xc8\x22\x0c\xea"), NULL, 0},
        {SG_SLICE_LITERAL(SIGNATURE "\x21\0\0\3abc"), NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct good_case *one = &cases[i];
        struct wire_proxy_header header;
        char more[200];
        for (size_t size = 0; size < one->bytes.size; size++)
            assert_int_equal(read_bytes(sg_slice_make(one->bytes.data, size), &header),
                             WIRE_PROXY_MORE);
        memcpy(more, one->bytes.data, one->bytes.size);
        memcpy(more + one->bytes.size, "\n\x0e ", 3); /* what follows is not the header's */
        for (size_t behind = 0; behind <= 3; behind++) {
            assert_int_equal(read_bytes(sg_slice_make(more, one->bytes.size + behind), &header),
                             WIRE_PROXY_HEADER);
            assert_int_equal(header.size, one->bytes.size);
            assert_int_equal(header.told, one->address != NULL);
            if (one->address) {
                assert_string_equal(header.source.text, one->address);
                assert_int_equal(header.source.port, one->port);
            }
        }
    }
}

static void what_is_no_header_is_malformed(void **state)
{
    static const struct sg_slice cases[] = {
        SG_SLICE_LITERAL("x"),
        SG_SLICE_LITERAL("PROXI "),
        SG_SLICE_LITERAL("\r\n\r\n\1"),
        SG_SLICE_LITERAL("GET / HTTP/1.1\r\n"),
        SG_SLICE_LITERAL("\x20\0\0\1\x85\xa6\xff\1"),
        SG_SLICE_LITERAL("PROXY \r\n"),
        SG_SLICE_LITERAL("PROXY TCP4\r\n"),
        SG_SLICE_LITERAL("PROXY TCP5 192.0.2.7 192.0.2.1 1 2\r\n"),
        SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 192.0.2.1 1 2\n"),
        SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 192.0.2.1 1 2 \r\n"),
        SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 192.0.2.1 1 2 3\r\n"),
        SG_SLICE_LITERAL("PROXY TCP4  192.0.2.7 192.0.2.1 1 2\r\n"),
        SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 192.0.2.1 1 65536\r\n"),
        SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 192.0.2.1 -1 2\r\n"),
        SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 192.0.2.1 1\r\n"),
        SG_SLICE_LITERAL("PROXY TCP4 192.0.2.256 192.0.2.1 1 2\r\n"),
        SG_SLICE_LITERAL("PROXY TCP4 ::1 ::1 1 2\r\n"),
        SG_SLICE_LITERAL("PROXY TCP6 192.0.2.7 192.0.2.1 1 2\r\n"),
        SG_SLICE_LITERAL("PROXY TCP6 :::1 ::1 1 2\r\n"),
        SG_SLICE_LITERAL("PROXY TCP4 db.example 192.0.2.1 1 2\r\n"),
        SG_SLICE_LITERAL("PROXY UNKNOWN ----------------------------------------------------------"
                         "---------------------------------------------"),
        SG_SLICE_LITERAL(SIGNATURE "\x11\x11\0\0"),
        SG_SLICE_LITERAL(SIGNATURE "\x22\x11\0\0"),
        SG_SLICE_LITERAL(SIGNATURE "\x21\x12\0\x0c\xc0\0\2\7\xc0\0\2\1\xc8\x22\x0c\xea"),
        SG_SLICE_LITERAL(SIGNATURE "\x21\x11\0\x0b\xc0\0\2\7\xc0\0\2\1\xc8\x22\x0c"),
        SG_SLICE_LITERAL(SIGNATURE "\x21\x21\0\x0c\xc0\0\2\7\xc0\0\2\1\xc8\x22\x0c\xea"),
        SG_SLICE_LITERAL(SIGNATURE "\x21\x41\0\0"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct wire_proxy_header header;
        assert_int_equal(read_bytes(cases[i], &header), WIRE_PROXY_MALFORMED);
        assert_false(header.told);
    }
}

static void write_and_compare(enum wire_proxy_version version, const char *source,
                              const char *destination, struct sg_slice expected)
{
    const struct wire_proxy_address from = {.port = 51234}, to = {.port = 3306};
    struct wire_proxy_address a = from, b = to;
    uint8_t bytes[WIRE_PROXY_WRITE_MAX];
    struct writer w = writer_make(bytes, sizeof bytes);

    strcpy(a.text, source);
    strcpy(b.text, destination);
    wire_proxy_write(&w, version, &a, &b);
    assert_int_equal(writer_result(&w).size, expected.size);
    assert_memory_equal(writer_result(&w).data, expected.data, expected.size);
}

static void headers_are_written(void **state)
{
    (void)state;
    write_and_compare(WIRE_PROXY_V1, "192.0.2.7", "192.0.2.1",
                      SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 192.0.2.1 51234 3306\r\n"));
    write_and_compare(WIRE_PROXY_V1, "2001:db8::7", "192.0.2.1",
                      SG_SLICE_LITERAL("PROXY TCP6 2001:db8::7 ::ffff:192.0.2.1 51234 3306\r\n"));
    write_and_compare(WIRE_PROXY_V1, "192.0.2.7", "",
                      SG_SLICE_LITERAL("PROXY TCP4 192.0.2.7 0.0.0.0 51234 3306\r\n"));
    write_and_compare(WIRE_PROXY_V1, "localhost", "", SG_SLICE_LITERAL("PROXY UNKNOWN\r\n"));
    write_and_compare(WIRE_PROXY_V1, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                      SG_SLICE_LITERAL("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                                       "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 51234 3306\r\n"));
    write_and_compare(
        WIRE_PROXY_V2, "192.0.2.7", "192.0.2.1",
        SG_SLICE_LITERAL(SIGNATURE "\x21\x11\0\x0c\xc0\0\2\7\xc0\0\2\1\xc8\x22\x0c\xea"));
    write_and_compare(WIRE_PROXY_V2, "localhost", "", SG_SLICE_LITERAL(SIGNATURE "\x20\0\0\0"));
    write_and_compare(WIRE_PROXY_V2, "2001:db8::7", "2001:db8::1",
                      SG_SLICE_LITERAL(SIGNATURE
                                       "\x21\x21\0\x24\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7\x20"
                                       "\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\xc8\x22\x0c\xea"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_read_whole_and_no_sooner),
        cmocka_unit_test(what_is_no_header_is_malformed),
        cmocka_unit_test(headers_are_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
