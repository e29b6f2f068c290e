/* Prisma's schema language; see prisma_parse.h. */
#include "sources/prisma_parse.h"

#include <string.h>

#define NESTING_MAX 32

enum token_kind { TOKEN_END, TOKEN_NEWLINE, TOKEN_NAME, TOKEN_STRING, TOKEN_NUMBER, TOKEN_MARK };

struct token {
    enum token_kind kind;
    struct sg_slice text;
    unsigned line;
};

struct parser {
    struct orm *orm;
    struct sg_slice text;
    size_t at;
    unsigned line;
    const char *name;
    struct token token;
    int nesting;
    bool failed; /* in this block */
};

/* --- tokens -------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(const struct parser *p, size_t ahead)
{
    return ahead < p->text.size - p->at ? p->text.data[p->at + ahead] : '\0';
}

static void skip_long_comment(struct parser *p)
{
    while (p->at < p->text.size && !(peek(p, 0) == '*' && peek(p, 1) == '/')) {
        p->line += peek(p, 0) == '\n';
        p->at++;
    }
    p->at += p->text.size - p->at < 2 ? p->text.size - p->at : 2;
}

static void skip_blanks(struct parser *p)
{
    for (;;) {
        char c = peek(p, 0);
        if (c == '/' && peek(p, 1) == '/') {
            while (p->at < p->text.size && peek(p, 0) != '\n')
                p->at++;
        } else if (c == '/' && peek(p, 1) == '*') {
            p->at += 2;
            skip_long_comment(p);
        } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f') {
            p->at++;
        } else if (c == '\xEF' && peek(p, 1) == '\xBB' && peek(p, 2) == '\xBF') {
            p->at += 3;
        } else {
            return;
        }
    }
}

static struct orm_place place_of(const struct parser *p, const struct token *token)
{
    return (struct orm_place){p->name, token->line};
}

static void fail(struct parser *p, const char *what)
{
    if (!p->failed)
        orm_problem(p->orm, place_of(p, &p->token), "%s at \"%.*s\"", what,
                    p->token.text.size > 40 ? 40 : (int)p->token.text.size,
                    p->token.kind == TOKEN_NEWLINE || !p->token.text.data ? "end of line"
                                                                          : p->token.text.data);
    p->failed = true;
}

/* "a \"b\" \n" without its escapes; in the arena. */
static struct sg_slice unescape(struct parser *p, struct sg_slice raw)
{
    char *text = sg_arena_alloc(p->orm->arena, raw.size + 1);
    size_t size = 0;
    for (size_t i = 0; text && i < raw.size; i++) {
        char c = raw.data[i];
        if (c == '\\' && i + 1 < raw.size) {
            c = raw.data[++i];
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
        text[size++] = c;
    }
    return sg_slice_make(text, text ? size : 0);
}

static void read_string(struct parser *p)
{
    size_t from = ++p->at;
    while (p->at < p->text.size && peek(p, 0) != '"' && peek(p, 0) != '\n')
        p->at += peek(p, 0) == '\\' && p->at + 1 < p->text.size ? 2 : 1;
    size_t end = p->at < p->text.size ? p->at : p->text.size;
    p->token.kind = TOKEN_STRING;
    p->token.text = unescape(p, sg_slice_make(p->text.data + from, end - from));
    if (peek(p, 0) == '"')
        p->at++;
    else
        fail(p, "a string that does not end");
}

static void next(struct parser *p)
{
    skip_blanks(p);
    size_t from = p->at;
    char c = peek(p, 0);
    p->token = (struct token){TOKEN_END, {p->text.data + from, 0}, p->line};
    if (p->at >= p->text.size)
        return;
    if (c == '"') {
        read_string(p);
        return;
    }
    if (c == '\n') {
        p->line++;
        p->at++;
        p->token.kind = TOKEN_NEWLINE;
    } else if (is_letter(c)) {
        while (is_letter(peek(p, 0)) || is_digit(peek(p, 0)) ||
               (peek(p, 0) == '-' && is_letter(peek(p, 1))))
            p->at++;
        p->token.kind = TOKEN_NAME;
    } else if (is_digit(c) || (c == '-' && is_digit(peek(p, 1)))) {
        p->at++;
        while (is_digit(peek(p, 0)) || (peek(p, 0) == '.' && is_digit(peek(p, 1))))
            p->at++;
        p->token.kind = TOKEN_NUMBER;
    } else {
        p->at += c == '@' && peek(p, 1) == '@' ? 2 : 1;
        p->token.kind = TOKEN_MARK;
    }
    p->token.text.size = p->at - from;
}

static bool is_mark(const struct parser *p, const char *mark)
{
    return p->token.kind == TOKEN_MARK && sg_slice_equal(p->token.text, sg_slice_of(mark));
}

static bool take_mark(struct parser *p, const char *mark)
{
    if (!is_mark(p, mark))
        return false;
    next(p);
    return true;
}

static void skip_newlines(struct parser *p)
{
    while (p->token.kind == TOKEN_NEWLINE)
        next(p);
}

static void skip_line(struct parser *p)
{
    while (p->token.kind != TOKEN_NEWLINE && p->token.kind != TOKEN_END)
        next(p);
}

/* --- values -------------------------------------------------------------------------------- */

static bool read_value(struct parser *p, struct prisma_value *out);

/* Between brackets lines do not end anything. */
static bool read_values(struct parser *p, const char *end, struct prisma_value *out)
{
    skip_newlines(p);
    while (!take_mark(p, end)) {
        struct prisma_value *value = sg_arena_alloc(p->orm->arena, sizeof *value);
        if (!value || !read_value(p, value) || !orm_push(p->orm->arena, &out->values, value))
            return false;
        skip_newlines(p);
        (void)take_mark(p, ",");
        skip_newlines(p);
    }
    return true;
}

/* ( [name:] value , … ) */
static bool read_arguments(struct parser *p, struct orm_list *arguments)
{
    skip_newlines(p);
    while (!take_mark(p, ")")) {
        struct prisma_argument *argument = sg_arena_alloc(p->orm->arena, sizeof *argument);
        if (!argument || !read_value(p, &argument->value))
            return false;
        if (argument->value.kind == PRISMA_NAME && take_mark(p, ":")) {
            argument->name = argument->value.text;
            skip_newlines(p);
            if (!read_value(p, &argument->value))
                return false;
        }
        if (!orm_push(p->orm->arena, arguments, argument))
            return false;
        skip_newlines(p);
        (void)take_mark(p, ",");
        skip_newlines(p);
    }
    return true;
}

static bool read_name(struct parser *p, struct prisma_value *out)
{
    const char *begin = p->token.text.data;
    out->kind = PRISMA_NAME;
    out->text = p->token.text;
    next(p);
    while (is_mark(p, ".")) { /* a composite type's field, an enum of another schema */
        next(p);
        if (p->token.kind != TOKEN_NAME)
            break;
        out->text.size = (size_t)(p->token.text.data - begin) + p->token.text.size;
        next(p);
    }
    if (!take_mark(p, "("))
        return true;
    out->kind = PRISMA_FUNCTION;
    return read_arguments(p, &out->values);
}

static bool read_value(struct parser *p, struct prisma_value *out)
{
    bool done = false;
    *out = (struct prisma_value){.kind = PRISMA_NUMBER, .text = p->token.text};
    if (++p->nesting > NESTING_MAX) {
        fail(p, "nested too deeply");
    } else if (p->token.kind == TOKEN_NAME) {
        done = read_name(p, out);
    } else if (p->token.kind == TOKEN_STRING || p->token.kind == TOKEN_NUMBER) {
        out->kind = p->token.kind == TOKEN_STRING ? PRISMA_STRING : PRISMA_NUMBER;
        next(p);
        done = true;
    } else if (take_mark(p, "[")) {
        out->kind = PRISMA_ARRAY;
        done = read_values(p, "]", out);
    } else {
        fail(p, "not understood: a value was expected");
    }
    p->nesting--;
    return done;
}

/* --- attributes, fields, blocks ------------------------------------------------------------ */

/* @name(arguments), the @ already taken */
static bool read_attribute(struct parser *p, struct orm_list *attributes)
{
    struct prisma_value value;
    struct prisma_attribute *attribute = sg_arena_alloc(p->orm->arena, sizeof *attribute);
    if (!attribute)
        return false;
    attribute->place = place_of(p, &p->token);
    if (p->token.kind != TOKEN_NAME) {
        fail(p, "not understood: an attribute's name was expected");
        return false;
    }
    if (!read_value(p, &value))
        return false;
    attribute->name = value.text;
    attribute->arguments = value.values;
    return orm_push(p->orm->arena, attributes, attribute);
}

static bool read_attributes(struct parser *p, struct orm_list *attributes)
{
    while (take_mark(p, "@")) {
        if (!read_attribute(p, attributes))
            return false;
    }
    return true;
}

static bool read_type(struct parser *p, struct prisma_field *field)
{
    struct prisma_value value;
    if (!read_value(p, &value))
        return false;
    field->type = value.text;
    if (value.kind == PRISMA_FUNCTION) { /* Unsupported("point") */
        const struct prisma_value *inner = prisma_argument(&value.values, "", 0);
        field->is_unsupported = inner != NULL;
        field->type = inner ? inner->text : value.text;
    }
    if (take_mark(p, "[")) {
        field->is_list = true;
        if (!take_mark(p, "]"))
            fail(p, "not understood: ] was expected");
    }
    field->is_optional = take_mark(p, "?");
    (void)take_mark(p, "!");
    return !p->failed;
}

static bool read_field(struct parser *p, struct prisma_block *block)
{
    struct prisma_field *field = sg_arena_alloc(p->orm->arena, sizeof *field);
    if (!field)
        return false;
    field->name = p->token.text;
    field->place = place_of(p, &p->token);
    next(p);
    if (take_mark(p, "=")) {
        field->value = sg_arena_alloc(p->orm->arena, sizeof *field->value);
        if (!field->value || !read_value(p, field->value))
            return false;
    } else if (p->token.kind == TOKEN_NAME && !read_type(p, field)) {
        return false;
    }
    return read_attributes(p, &field->attributes) && orm_push(p->orm->arena, &block->fields, field);
}

/* One line of a block. */
static void read_line(struct parser *p, struct prisma_block *block)
{
    p->failed = false;
    p->nesting = 0;
    bool done;
    if (p->token.kind == TOKEN_NAME)
        done = read_field(p, block);
    else if (take_mark(p, "@@"))
        done = read_attribute(p, &block->attributes);
    else
        done = false;
    if (!done || (p->token.kind != TOKEN_NEWLINE && p->token.kind != TOKEN_END && !is_mark(p, "}")))
        fail(p, "not understood");
    if (p->failed)
        skip_line(p);
}

static void read_block(struct parser *p, struct orm_list *blocks)
{
    struct prisma_block *block = sg_arena_alloc(p->orm->arena, sizeof *block);
    if (!block)
        return;
    block->keyword = p->token.text;
    block->place = place_of(p, &p->token);
    next(p);
    if (p->token.kind == TOKEN_NAME) {
        block->name = p->token.text;
        next(p);
    }
    skip_newlines(p);
    if (!take_mark(p, "{")) {
        fail(p, "not understood: { was expected");
        skip_line(p);
        return;
    }
    (void)orm_push(p->orm->arena, blocks, block);
    skip_newlines(p);
    while (p->token.kind != TOKEN_END && !take_mark(p, "}")) {
        read_line(p, block);
        skip_newlines(p);
    }
}

void prisma_parse(struct orm *orm, struct sg_slice text, const char *name, struct orm_list *blocks)
{
    struct parser p = {.orm = orm, .text = text, .name = name, .line = 1};
    next(&p);
    skip_newlines(&p);
    while (p.token.kind != TOKEN_END && !orm->arena->exhausted) {
        p.failed = false;
        if (p.token.kind == TOKEN_NAME) {
            read_block(&p, blocks);
        } else {
            fail(&p, "not understood: model, enum or datasource was expected");
            skip_line(&p);
        }
        skip_newlines(&p);
    }
}

/* --- looking ------------------------------------------------------------------------------- */

const struct prisma_attribute *prisma_attribute(const struct orm_list *attributes, const char *name)
{
    for (size_t i = 0; i < attributes->count; i++) {
        const struct prisma_attribute *attribute = attributes->items[i];
        if (sg_slice_equal(attribute->name, sg_slice_of(name)))
            return attribute;
    }
    return NULL;
}

const struct prisma_value *prisma_argument(const struct orm_list *arguments, const char *name,
                                           int position)
{
    int unnamed = 0;
    for (size_t i = 0; i < arguments->count; i++) {
        const struct prisma_argument *argument = arguments->items[i];
        if (argument->name.size == 0) {
            if (unnamed++ == position)
                return &argument->value;
        } else if (sg_slice_equal(argument->name, sg_slice_of(name))) {
            return &argument->value;
        }
    }
    return NULL;
}
