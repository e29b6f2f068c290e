/* What is written into the Rewriter plugin's table, from the statements that write it. */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "schema/fold.h"
#include "sql/ast.h"
#include "sql/lex.h"

#define DIGEST_BYTES 64

static bool is_named(struct sg_slice name, const char *expected)
{
    return sg_fold_equal(name, sg_slice_of(expected));
}

static void add_rule(struct rewrites *rewrites, struct sg_slice pattern, struct sg_slice database,
                     const struct sg_context *context, struct sg_arena *arena)
{
    struct sg_digest digest;
    char *copy = database.size ? malloc(database.size) : NULL;
    if (rewrites->count == sizeof rewrites->rules / sizeof rewrites->rules[0] ||
        (database.size && !copy) ||
        sg_digest(pattern, context, DIGEST_BYTES, arena, &digest) != SG_OK) {
        free(copy);
        rewrites->lost = true;
        return;
    }
    if (copy)
        memcpy(copy, database.data, database.size);
    rewrites->rules[rewrites->count++] =
        (struct sg_rewrite){digest.hash, sg_slice_make(copy, database.size)};
}

/* Reads on, token by token; a row's value is taken when it is a string or NULL, and alone. */
struct reader {
    struct sg_lexer lexer;
    struct sg_token token;
    struct sg_arena *arena;
};

static void step(struct reader *reader)
{
    sg_lex_next(&reader->lexer, &reader->token);
}

static bool is_end(const struct reader *reader)
{
    return reader->token.kind == SG_TOKEN_END || reader->token.kind == SG_TOKEN_ERROR;
}

/* Leaves the comma or parenthesis behind a value in reader->token. False for what has to be
 * computed. */
static bool read_value(struct reader *reader, struct sg_slice *out)
{
    unsigned depth = 0;
    size_t tokens = 0;
    bool constant = true;
    for (; !is_end(reader); step(reader), tokens++) {
        enum sg_token_kind kind = (enum sg_token_kind)reader->token.kind;
        if (depth == 0 && (kind == SG_TOKEN_COMMA || kind == SG_TOKEN_RIGHT_PAREN))
            break;
        depth += kind == SG_TOKEN_LEFT_PAREN;
        depth -= kind == SG_TOKEN_RIGHT_PAREN;
        struct sg_slice bytes = sg_lex_bytes(&reader->lexer, &reader->token);
        constant = constant && (kind == SG_TOKEN_STRING || is_named(bytes, "null"));
        *out = kind == SG_TOKEN_STRING ? sg_lex_value(&reader->lexer, &reader->token, reader->arena)
                                       : SG_SLICE_EMPTY;
    }
    return constant && tokens == 1;
}

/* (value, ...) in the order of the columns, from behind the parenthesis. */
static bool read_row(struct reader *reader, const struct sg_insert *insert,
                     struct sg_slice *pattern, struct sg_slice *database)
{
    bool read = true;
    *pattern = *database = SG_SLICE_EMPTY;
    for (const struct sg_expr *column = insert->columns; column; column = column->next) {
        struct sg_slice value = SG_SLICE_EMPTY;
        bool constant = read_value(reader, &value);
        if (is_named(column->column.name.text, "pattern")) {
            *pattern = value;
            read = read && constant;
        } else if (is_named(column->column.name.text, "pattern_database")) {
            *database = value;
            read = read && constant;
        }
        if (column->next)
            step(reader);
    }
    return read && reader->token.kind == SG_TOKEN_RIGHT_PAREN;
}

/* The rows of VALUES; the tree does not keep lone literals. */
static void add_rows(struct rewrites *rewrites, const struct sg_insert *insert,
                     struct sg_slice text, const struct sg_context *context, struct sg_arena *arena)
{
    struct reader reader = {.arena = arena};
    size_t offset = insert->rows ? insert->rows->offset : text.size;
    sg_lex_init(&reader.lexer, sg_slice_make(text.data + offset, text.size - offset), context);
    for (step(&reader); reader.token.kind == SG_TOKEN_LEFT_PAREN; step(&reader)) {
        struct sg_slice pattern;
        struct sg_slice database;
        step(&reader);
        if (read_row(&reader, insert, &pattern, &database))
            add_rule(rewrites, pattern, database, context, arena);
        else
            rewrites->lost = true;
        step(&reader);
        if (reader.token.kind != SG_TOKEN_COMMA)
            break;
    }
}

static bool is_rules(const struct sg_qualified_name *table)
{
    return is_named(table->name.text, "rewrite_rules");
}

/* Whether a pattern or its database is given another value. */
static bool changes_patterns(const struct sg_update *update)
{
    const struct sg_assignment *set = update->set;
    for (; set; set = set->next) {
        if (is_named(set->column->column.name.text, "pattern") ||
            is_named(set->column->column.name.text, "pattern_database"))
            return true;
    }
    return false;
}

void rewrites_follow(struct rewrites *rewrites, struct sg_slice text,
                     const struct sg_context *context, struct sg_arena *arena)
{
    struct sg_parse parse;
    if (sg_parse(text, context, arena, &parse) != SG_PARSE_OK)
        return;
    const struct sg_statement *statement = parse.statement;
    if (statement->kind == SG_AST_UPDATE)
        rewrites->lost = rewrites->lost || changes_patterns(statement->update);
    else if (statement->kind == SG_AST_LOAD)
        rewrites->lost = rewrites->lost || is_rules(&statement->load->table);
    if (statement->kind != SG_AST_INSERT || !is_rules(&statement->insert->table))
        return;
    if (statement->insert->source != SG_INSERT_VALUES || !statement->insert->has_columns)
        rewrites->lost = true;
    else
        add_rows(rewrites, statement->insert, text, context, arena);
}

void rewrites_free(struct rewrites *rewrites)
{
    for (size_t i = 0; i < rewrites->count; i++)
        free((void *)(uintptr_t)rewrites->rules[i].database.data);
}
