/* TypeScript's statements, imports and exports; see ts_parse.h. ECMAScript specification,
 * "ECMAScript Language: Statements and Declarations", "… Modules".
 */
#include "sources/ts_parse.h"

#include <string.h>

#include "sources/ts_parse_private.h"

/* --- statements ---------------------------------------------------------------------------- */

static bool begins_statement(const struct ts_parser *p)
{
    static const char *const WORDS[] = {
        "import",    "export", "const", "let",     "var",   "function", "class",
        "interface", "type",   "enum",  "declare", "if",    "for",      "while",
        "return",    "throw",  "try",   "switch",  "async", "abstract", "namespace"};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (ts_is_word(p, WORDS[i]))
            return true;
    }
    return false;
}

/* To the end of the statement, whatever stands in it. */
static void skip_statement(struct ts_parser *p)
{
    bool first = true;
    while (!ts_at_end(p) && !ts_is_mark(p, "}")) {
        if (!first && ts_token_now(p)->after_newline && begins_statement(p))
            return;
        first = false;
        if (ts_take_mark(p, ";"))
            return;
        if (ts_opens_here(p))
            ts_jump(p);
        else
            ts_advance(p);
    }
}

/* An expression, or what could not be understood of it, up to the end of the statement. */
static struct ts_node *parse_value(struct ts_parser *p)
{
    size_t from = p->at;
    int nesting = p->nesting;
    struct ts_node *value = ts_parse_expression(p);
    bool ends = ts_is_mark(p, ";") || ts_is_mark(p, ",") || ts_is_mark(p, "}") ||
                ts_is_mark(p, ")") || ts_at_end(p) || ts_token_now(p)->after_newline;
    if (!p->failed && ends)
        return value;
    size_t wrong_at = p->at;
    p->failed = false;
    p->nesting = nesting;
    p->conditions = 0;
    p->at = from;
    skip_statement(p);
    return ts_unknown_node(p, from, wrong_at);
}

static struct ts_node *declare(struct ts_parser *p, struct orm_list *out, struct ts_node *pattern,
                               struct ts_node *value)
{
    struct ts_node *node = ts_node_of(p, TS_DECLARE, pattern, value);
    (void)orm_push(p->arena, out, node);
    return node;
}

static void export_name(struct ts_parser *p, struct sg_slice name)
{
    struct ts_export *item = sg_arena_alloc(p->arena, sizeof *item);
    if (!item)
        return;
    *item = (struct ts_export){.name = name, .as = name, .line = ts_token_now(p)->line};
    (void)orm_push(p->arena, &p->file->exports, item);
}

static void export_pattern(struct ts_parser *p, const struct ts_node *pattern)
{
    if (pattern->kind == TS_NAME)
        export_name(p, pattern->text);
    for (size_t i = 0; i < pattern->items.count; i++) {
        const struct ts_node *item = pattern->items.items[i];
        const struct ts_node *inner = item->kind == TS_PROPERTY ? item->right : item->left;
        if (inner && inner->kind == TS_NAME)
            export_name(p, inner->text);
    }
}

/* const a = 1, { b } = c; */
static void parse_declaration(struct ts_parser *p, struct orm_list *out, bool exported)
{
    ts_advance(p);
    do {
        struct ts_node *pattern = ts_parse_binding(p);
        if (p->failed) {
            p->failed = false;
            skip_statement(p);
            return;
        }
        struct ts_node *value =
            ts_take_mark(p, "=") ? parse_value(p) : ts_unknown_node(p, p->at, p->at);
        if (exported)
            export_pattern(p, pattern);
        (void)declare(p, out, pattern, value);
    } while (ts_take_mark(p, ","));
    (void)ts_take_mark(p, ";");
}

static void parse_function(struct ts_parser *p, struct orm_list *out, bool exported,
                           bool is_default)
{
    (void)ts_take_word(p, "async");
    ts_advance(p);
    (void)ts_take_mark(p, "*");
    struct ts_node *name = ts_node_new(p, TS_NAME);
    if (ts_is_name(p))
        ts_advance(p);
    else
        name->text = SG_SLICE_EMPTY;
    size_t from = p->at;
    int nesting = p->nesting;
    struct ts_node *function = ts_parse_function_rest(p);
    if (p->failed) {
        size_t wrong_at = p->at;
        p->failed = false;
        p->nesting = nesting;
        p->at = from;
        skip_statement(p);
        function = ts_unknown_node(p, from, wrong_at);
    }
    if (exported && !is_default)
        export_name(p, name->text);
    if (is_default)
        name->text = SG_SLICE_LITERAL(TS_DEFAULT_NAME);
    (void)declare(p, out, name, function);
}

/* enum Name { A = 'a', B } */
static void parse_enum(struct ts_parser *p, struct orm_list *out, bool exported)
{
    size_t from = p->at;
    (void)ts_take_word(p, "const");
    ts_advance(p);
    struct ts_node *name = ts_node_new(p, TS_NAME);
    struct ts_node *node = ts_node_new(p, TS_ENUM);
    ts_advance(p);
    (void)ts_expect(p, "{");
    while (!p->failed && !ts_take_mark(p, "}")) {
        struct ts_node *member = ts_node_new(p, TS_PROPERTY);
        if (!ts_is_name(p) && ts_token_now(p)->kind != TS_TOKEN_STRING)
            p->failed = true;
        ts_advance(p);
        if (ts_take_mark(p, "="))
            member->right = ts_parse_expression(p);
        (void)orm_push(p->arena, &node->items, member);
        if (!p->failed && !ts_is_mark(p, "}"))
            (void)ts_expect(p, ",");
    }
    if (p->failed) {
        size_t wrong_at = p->at;
        p->at = from;
        skip_statement(p);
        node = ts_unknown_node(p, from, wrong_at);
    }
    if (exported)
        export_name(p, name->text);
    (void)declare(p, out, name, node);
}

/* --- imports and exports ------------------------------------------------------------------- */

static void add_import(struct ts_parser *p, struct sg_slice name, struct sg_slice local)
{
    struct ts_import *item = sg_arena_alloc(p->arena, sizeof *item);
    if (!item)
        return;
    *item = (struct ts_import){.name = name, .local = local, .line = ts_token_now(p)->line};
    (void)orm_push(p->arena, &p->file->imports, item);
}

/* { a, b as c, type D } */
static void parse_specifiers(struct ts_parser *p,
                             void (*add)(struct ts_parser *p, struct sg_slice name,
                                         struct sg_slice as))
{
    ts_advance(p);
    while (!ts_at_end(p) && !ts_take_mark(p, "}")) {
        bool is_type = ts_is_word(p, "type") && ts_token_at(p, p->at + 1)->kind == TS_TOKEN_NAME &&
                       !ts_is_word_at(p, p->at + 1, "as");
        if (is_type)
            ts_advance(p);
        struct sg_slice name = ts_token_now(p)->text;
        struct sg_slice as = name;
        ts_advance(p);
        if (ts_take_word(p, "as")) {
            as = ts_token_now(p)->text;
            ts_advance(p);
        }
        if (!is_type)
            add(p, name, as);
        if (!ts_take_mark(p, ",") && !ts_is_mark(p, "}")) {
            p->failed = true;
            return;
        }
    }
}

static void parse_import(struct ts_parser *p)
{
    size_t first = p->file->imports.count;
    ts_advance(p);
    if (ts_is_word(p, "type") && !ts_is_word_at(p, p->at + 1, "from")) {
        skip_statement(p);
        return;
    }
    if (ts_is_name(p)) {
        add_import(p, SG_SLICE_LITERAL(TS_DEFAULT_NAME), ts_token_now(p)->text);
        ts_advance(p);
        (void)ts_take_mark(p, ",");
    }
    if (ts_take_mark(p, "*")) {
        (void)ts_take_word(p, "as");
        add_import(p, SG_SLICE_EMPTY, ts_token_now(p)->text);
        ts_advance(p);
    } else if (ts_is_mark(p, "{")) {
        parse_specifiers(p, add_import);
    }
    (void)ts_take_word(p, "from");
    struct sg_slice module =
        ts_token_now(p)->kind == TS_TOKEN_STRING ? ts_token_now(p)->text : SG_SLICE_EMPTY;
    for (size_t i = first; i < p->file->imports.count; i++)
        ((struct ts_import *)p->file->imports.items[i])->module = module;
    p->failed = false;
    skip_statement(p);
}

static void add_export(struct ts_parser *p, struct sg_slice name, struct sg_slice as)
{
    export_name(p, name);
    if (p->file->exports.count)
        ((struct ts_export *)p->file->exports.items[p->file->exports.count - 1])->as = as;
}

/* export { a } [from 'x'], export * [as n] from 'x' */
static void parse_export_list(struct ts_parser *p)
{
    size_t first = p->file->exports.count;
    if (ts_take_mark(p, "*")) {
        struct sg_slice as = SG_SLICE_EMPTY;
        if (ts_take_word(p, "as")) {
            as = ts_token_now(p)->text;
            ts_advance(p);
        }
        add_export(p, SG_SLICE_EMPTY, as);
    } else {
        parse_specifiers(p, add_export);
    }
    if (ts_take_word(p, "from") && ts_token_now(p)->kind == TS_TOKEN_STRING) {
        for (size_t i = first; i < p->file->exports.count; i++)
            ((struct ts_export *)p->file->exports.items[i])->module = ts_token_now(p)->text;
    }
    p->failed = false;
    skip_statement(p);
}

static bool is_function_here(const struct ts_parser *p)
{
    return ts_is_word(p, "function") ||
           (ts_is_word(p, "async") && ts_is_word_at(p, p->at + 1, "function"));
}

static bool is_enum_here(const struct ts_parser *p)
{
    return (ts_is_word(p, "enum") && ts_token_at(p, p->at + 1)->kind == TS_TOKEN_NAME) ||
           (ts_is_word(p, "const") && ts_is_word_at(p, p->at + 1, "enum"));
}

static bool is_declaration_here(const struct ts_parser *p)
{
    return ts_is_word(p, "const") || ts_is_word(p, "let") || ts_is_word(p, "var");
}

static void parse_export(struct ts_parser *p, struct orm_list *out)
{
    ts_advance(p);
    if (ts_take_word(p, "default")) {
        struct ts_node *name = ts_node_new(p, TS_NAME);
        name->text = SG_SLICE_LITERAL(TS_DEFAULT_NAME);
        export_name(p, name->text);
        if (is_function_here(p)) {
            parse_function(p, out, true, true);
            return;
        }
        (void)declare(p, out, name, parse_value(p));
        (void)ts_take_mark(p, ";");
    } else if (is_enum_here(p)) {
        parse_enum(p, out, true);
    } else if (is_declaration_here(p)) {
        parse_declaration(p, out, true);
    } else if (is_function_here(p)) {
        parse_function(p, out, true, false);
    } else if (ts_is_mark(p, "{") || ts_is_mark(p, "*")) {
        parse_export_list(p);
    } else { /* type, interface, class: no value that is a table */
        skip_statement(p);
    }
}

static void parse_if(struct ts_parser *p, struct orm_list *out)
{
    struct ts_node *node = ts_node_new(p, TS_IF);
    struct orm_list branch = {0};
    ts_advance(p);
    if (!ts_expect(p, "("))
        return;
    node->left = ts_parse_expression(p);
    if (p->failed || !ts_expect(p, ")"))
        return;
    node->right = ts_node_new(p, TS_BLOCK);
    ts_parse_statement(p, &node->right->items, false);
    if (!p->failed && ts_take_word(p, "else")) {
        node->third = ts_node_new(p, TS_BLOCK);
        ts_parse_statement(p, &branch, false);
        node->third->items = branch;
    }
    (void)orm_push(p->arena, out, node);
}

static void parse_return(struct ts_parser *p, struct orm_list *out)
{
    struct ts_node *node = ts_node_new(p, TS_RETURN);
    ts_advance(p);
    if (!ts_is_mark(p, ";") && !ts_is_mark(p, "}") && !ts_token_now(p)->after_newline)
        node->left = parse_value(p);
    (void)ts_take_mark(p, ";");
    (void)orm_push(p->arena, out, node);
}

/* Anything else: loops, try, calls for their effect. */
static void parse_other(struct ts_parser *p, struct orm_list *out)
{
    struct ts_node *node = ts_node_new(p, TS_STATEMENT);
    bool is_loop = ts_is_word(p, "for") || ts_is_word(p, "while") || ts_is_word(p, "do") ||
                   ts_is_word(p, "switch") || ts_is_word(p, "try") || ts_is_word(p, "throw");
    size_t from = p->at;
    skip_statement(p);
    if (p->at == from)
        ts_advance(p);
    if (is_loop) {
        node->left = ts_unknown_node(p, from, from);
        (void)orm_push(p->arena, out, node);
    }
}

static void parse_inner_statement(struct ts_parser *p, struct orm_list *out, bool is_top)
{
    if (ts_take_mark(p, ";"))
        return;
    if (is_enum_here(p))
        parse_enum(p, out, false);
    else if (is_declaration_here(p))
        parse_declaration(p, out, false);
    else if (is_function_here(p))
        parse_function(p, out, false, false);
    else if (!is_top && ts_is_word(p, "return"))
        parse_return(p, out);
    else if (!is_top && ts_is_word(p, "if"))
        parse_if(p, out);
    else if (!is_top && ts_is_mark(p, "{"))
        ts_parse_block(p, out);
    else
        parse_other(p, out);
}

void ts_parse_statement(struct ts_parser *p, struct orm_list *out, bool is_top)
{
    if (!ts_nest(p)) {
        p->nesting--;
        return;
    }
    if (is_top && ts_is_word(p, "import") && !ts_is_mark_at(p, p->at + 1, "(") &&
        !ts_is_mark_at(p, p->at + 1, "."))
        parse_import(p);
    else if (is_top && ts_is_word(p, "export"))
        parse_export(p, out);
    else
        parse_inner_statement(p, out, is_top);
    p->nesting--;
}

void ts_parse(struct orm *orm, struct sg_slice text, const char *name, struct ts_file *out)
{
    struct ts_parser p = {.orm = orm, .arena = orm->arena, .file = out};
    *out = (struct ts_file){.name = name};
    ts_lex(orm->arena, text, &p.tokens);
    if (p.tokens.wrong || p.tokens.count == 0) {
        orm_problem(orm, (struct orm_place){name, p.tokens.wrong_line}, "not understood: %s",
                    p.tokens.wrong ? p.tokens.wrong : "needs more memory than allowed");
        return;
    }
    while (!ts_at_end(&p) && !orm->arena->exhausted) {
        size_t from = p.at;
        ts_parse_statement(&p, &out->declared, true);
        if (p.failed)
            skip_statement(&p);
        if (p.at == from) /* a closing bracket that opens nothing here */
            ts_advance(&p);
        p.failed = false;
        p.nesting = 0;
        p.conditions = 0;
    }
    if (orm->arena->exhausted)
        *out = (struct ts_file){.name = name};
}
