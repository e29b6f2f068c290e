/* What the parser's tests share: a statement, the server it goes to, and its tree as text. */
#ifndef PARSE_CASE_H
#define PARSE_CASE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include <schemaguard/arena.h>

#include "sql/ast.h"

enum on { MYSQL = 1, MARIADB = 2, BOTH = MYSQL | MARIADB };

struct parse_case {
    enum on on; /* the servers that read it so */
    const char *sql;
    const char *tree;
};

static inline struct sg_context parse_context(struct sg_server *server, enum on on,
                                              uint32_t sql_mode)
{
    *server = (struct sg_server){
        .flavour = on == MARIADB ? SG_FLAVOUR_MARIADB : SG_FLAVOUR_MYSQL,
        .version = on == MARIADB ? 101119 : 90704,
    };
    return (struct sg_context){.server = server, .sql_mode = sql_mode, .charset = SG_CHARSET_UTF8};
}

/* The text is copied to its own size, so that a sanitizer sees a read behind its end. */
static inline char *exact_copy(const char *sql, size_t size)
{
    char *copy = malloc(size ? size : 1);
    assert_non_null(copy);
    memcpy(copy, sql, size);
    return copy;
}

static inline void check_tree(enum on on, uint32_t sql_mode, const char *sql, const char *tree)
{
    static char got[64 * 1024];
    struct sg_server server;
    struct sg_context context = parse_context(&server, on, sql_mode);
    struct sg_arena arena;
    struct sg_parse out;
    size_t size = strlen(sql);
    char *text = exact_copy(sql, size);
    sg_arena_init(&arena, 1 << 20);
    sg_parse(sg_slice_make(text, size), &context, &arena, &out);
    if (out.status != SG_PARSE_OK)
        fail_msg("%s\n  %.*s at %zu", sql, (int)out.reason.size, out.reason.data, out.offset);
    sg_ast_print(out.statement, sg_slice_make(text, size), got, sizeof got);
    if (strcmp(got, tree) != 0)
        fail_msg("%s\n  got  %s\n  want %s", sql, got, tree);
    sg_arena_fini(&arena);
    free(text);
}

static inline void check_cases(const struct parse_case *cases, size_t count, uint32_t sql_mode)
{
    for (size_t i = 0; i < count; i++) {
        if (cases[i].on & MYSQL)
            check_tree(MYSQL, sql_mode, cases[i].sql, cases[i].tree);
        if (cases[i].on & MARIADB)
            check_tree(MARIADB, sql_mode, cases[i].sql, cases[i].tree);
    }
}

/* Not in the language of these servers: refused at byte `offset`. */
static inline void check_refused(enum on on, const char *sql, size_t offset)
{
    for (enum on one = MYSQL; one <= MARIADB; one = (enum on)(one + 1)) {
        if (!(on & one))
            continue;
        struct sg_server server;
        struct sg_context context = parse_context(&server, one, 0);
        struct sg_arena arena;
        struct sg_parse out;
        size_t size = strlen(sql);
        char *text = exact_copy(sql, size);
        sg_arena_init(&arena, 1 << 20);
        sg_parse(sg_slice_make(text, size), &context, &arena, &out);
        if (out.status != SG_PARSE_SYNTAX)
            fail_msg("%s\n  status %d", sql, out.status);
        if (out.offset != offset)
            fail_msg("%s\n  %.*s at %zu, want %zu", sql, (int)out.reason.size, out.reason.data,
                     out.offset, offset);
        assert_null(out.statement);
        assert_true(out.reason.size > 0);
        assert_int_equal(out.consumed, size);
        sg_arena_fini(&arena);
        free(text);
    }
}

#define CHECK_CASES(cases) check_cases(cases, sizeof(cases) / sizeof(cases)[0], 0)

#endif
