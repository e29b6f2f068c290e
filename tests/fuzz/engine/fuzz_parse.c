/* The parser, the walker and the printer over any bytes.
 *
 * Input: one byte for the server, one for sql_mode, one for the character set and the arena's
 * ceiling, then the text. What must hold, whatever the text:
 * - there is a tree exactly when the status says so, and a reason exactly when there is none;
 * - every span lies inside the text, and every expression has one;
 * - the printed tree has the length that was foretold, whatever the buffer's size;
 * - with less memory the answer is the same tree or "memory", never another;
 * - white space before the statement moves everything and changes nothing.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <schemaguard/check.h>

#include "sql/ast.h"
#include "sql/walk.h"

#undef NDEBUG
#include <assert.h>

#define ARENA_BYTES ((size_t)16 << 20)
#define TREE_BYTES  ((size_t)1 << 16)
#define CHARSETS    11

static const struct sg_server SERVERS[] = {
    {.flavour = SG_FLAVOUR_MYSQL, .version = 90704},
    {.flavour = SG_FLAVOUR_MYSQL, .version = 80036},
    {.flavour = SG_FLAVOUR_MYSQL, .version = 50744},
    {.flavour = SG_FLAVOUR_MARIADB, .version = 101119},
    {.flavour = SG_FLAVOUR_MARIADB, .version = 110809},
};

static void check_span(const struct sg_slice *text, uint32_t offset, uint32_t size)
{
    assert((size_t)offset + size <= text->size);
}

static enum sg_walk check_statement(void *data, const struct sg_statement *statement)
{
    check_span(data, statement->offset, statement->size);
    return SG_WALK_CONTINUE;
}

static enum sg_walk check_query(void *data, const struct sg_query *query)
{
    check_span(data, query->offset, query->size);
    assert(query->size > 0);
    return SG_WALK_CONTINUE;
}

static enum sg_walk check_ref(void *data, const struct sg_table_ref *ref)
{
    check_span(data, ref->offset, ref->size);
    assert(ref->size > 0);
    return SG_WALK_CONTINUE;
}

static enum sg_walk check_expr(void *data, const struct sg_expr *expr)
{
    check_span(data, expr->offset, expr->size);
    assert(expr->size > 0);
    return SG_WALK_CONTINUE;
}

/* Parses, checks what must hold of any answer, and prints the tree into `tree`. */
static enum sg_parse_status parse(struct sg_slice text, const struct sg_context *context,
                                  size_t ceiling, char *tree, size_t tree_size)
{
    struct sg_arena arena;
    struct sg_parse out;
    sg_arena_init(&arena, ceiling);
    enum sg_parse_status status = sg_parse(text, context, &arena, &out);
    assert(status == out.status);
    assert((status == SG_PARSE_OK) == (out.statement != NULL));
    assert((status == SG_PARSE_OK) == (out.reason.size == 0));
    assert(out.consumed <= text.size && out.offset <= text.size);
    tree[0] = '\0';
    if (out.statement) {
        const struct sg_visitor visitor = {.statement = check_statement,
                                           .query = check_query,
                                           .table_ref = check_ref,
                                           .expr = check_expr,
                                           .data = &text};
        assert(sg_walk_statement(out.statement, &visitor));
        size_t length = sg_ast_print(out.statement, text, tree, tree_size);
        assert(length == sg_ast_print(out.statement, text, NULL, 0));
    }
    sg_arena_fini(&arena);
    return status;
}

static void check_moved(struct sg_slice text, const struct sg_context *context,
                        enum sg_parse_status status, const char *tree, char *other)
{
    char *moved = malloc(text.size + 2);
    assert(moved);
    moved[0] = '\n';
    moved[1] = ' ';
    if (text.size > 0)
        memcpy(moved + 2, text.data, text.size);
    enum sg_parse_status again =
        parse(sg_slice_make(moved, text.size + 2), context, ARENA_BYTES, other, TREE_BYTES);
    assert(again == status);
    assert(strcmp(tree, other) == 0);
    free(moved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char tree[TREE_BYTES], other[TREE_BYTES];
    if (size < 3)
        return 0;
    struct sg_context context = {
        .server = &SERVERS[data[0] % (sizeof SERVERS / sizeof SERVERS[0])],
        .sql_mode = data[1],
        .charset = (enum sg_charset)(data[2] % CHARSETS),
    };
    struct sg_slice text = sg_slice_make(data + 3, size - 3);
    enum sg_parse_status status = parse(text, &context, ARENA_BYTES, tree, TREE_BYTES);
    check_moved(text, &context, status, tree, other);

    size_t ceiling = (size_t)(data[2] / CHARSETS) * 512;
    enum sg_parse_status poor = parse(text, &context, ceiling, other, TREE_BYTES);
    assert(poor == SG_PARSE_MEMORY || (poor == status && strcmp(tree, other) == 0));
    return 0;
}
