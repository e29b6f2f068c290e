/* Expressions in one spelling; see expression.h. The text is parsed, and each node written again
 * from its tokens with its operands in place: so forms that the tree does not keep (CAST's types,
 * TRIM's words, units of time) come through as well.
 *
 * MySQL prints every operator in parentheses and words in lower case, MariaDB as few as it needs;
 * people write what they like. Seen on MySQL 9.7 and MariaDB 10.11, SHOW CREATE TABLE and
 * information_schema.
 */
#include "schema/expression.h"

#include <schemaguard/check.h>

#include "schema/fold.h"
#include "sql/ast.h"
#include "sql/lex.h"

#define TOKENS_MAX 4096

struct child {
    const struct sg_expr *expr;
    uint32_t start; /* with its parentheses, as token indexes */
    uint32_t end;
};

struct writer {
    struct sg_arena *arena;
    const struct sg_lexer *lexer; /* for values */
    const char *text;
    struct sg_token *tokens;
    size_t token_count;
    char *data;
    size_t size;
    size_t room;
    bool touches; /* no blank before the next piece */
};

static const struct synonym {
    const char *written;
    const char *canonical;
} FUNCTIONS[] = {
    {"now", "current_timestamp"},
    {"localtime", "current_timestamp"},
    {"localtimestamp", "current_timestamp"},
    {"lcase", "lower"},
    {"ucase", "upper"},
    {"substr", "substring"},
    {"mid", "substring"},
    {"character_length", "char_length"},
    {"octet_length", "length"},
    {"ceil", "ceiling"},
    {"power", "pow"},
    {"current_date", "curdate"},
    {"current_time", "curtime"},
    {"session_user", "user"},
    {"system_user", "user"},
    {"schema", "database"},
};

/* --- writing ------------------------------------------------------------------------------- */

static void put(struct writer *w, struct sg_slice text)
{
    if (w->size + text.size > w->room) {
        size_t room = (w->size + text.size) * 2 + 64;
        char *grown = sg_arena_alloc(w->arena, room);
        if (!grown)
            return;
        if (w->size)
            memcpy(grown, w->data, w->size);
        w->data = grown;
        w->room = room;
    }
    if (text.size)
        memcpy(w->data + w->size, text.data, text.size);
    w->size += text.size;
}

static void put_piece(struct writer *w, struct sg_slice text)
{
    if (!w->touches && w->size)
        put(w, SG_SLICE_LITERAL(" "));
    put(w, text);
    w->touches = false;
}

/* What stands close to its neighbours: ( behind a function's name, commas. */
static void put_close(struct writer *w, const char *text, bool touches)
{
    put(w, sg_slice_of(text));
    w->touches = touches;
}

static void put_open(struct writer *w)
{
    put_piece(w, SG_SLICE_LITERAL("("));
    w->touches = true;
}

static struct sg_slice lower(struct writer *w, struct sg_slice text)
{
    struct sg_slice copy = sg_arena_copy(w->arena, text);
    for (size_t i = 0; i < copy.size; i++) {
        if (copy.data[i] >= 'A' && copy.data[i] <= 'Z')
            ((char *)(uintptr_t)copy.data)[i] = (char)(copy.data[i] + 'a' - 'A');
    }
    return copy;
}

static struct sg_slice quoted(struct sg_arena *arena, struct sg_slice text, char quote)
{
    size_t size = 0;
    char *copy = sg_arena_alloc(arena, text.size * 2 + 3);
    if (!copy)
        return SG_SLICE_EMPTY;
    copy[size++] = quote;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == quote || (text.data[i] == '\\' && quote == '\''))
            copy[size++] = text.data[i];
        copy[size++] = text.data[i];
    }
    copy[size++] = quote;
    return sg_slice_make(copy, size);
}

struct sg_slice sg_expression_quote(struct sg_slice text, struct sg_arena *arena)
{
    return quoted(arena, text, '\'');
}

/* --- tokens -------------------------------------------------------------------------------- */

static void put_word(struct writer *w, const struct sg_token *token, bool is_function)
{
    struct sg_slice word = lower(w, sg_lex_bytes(w->lexer, token));
    if (sg_slice_equal(word, SG_SLICE_LITERAL("regexp")) ||
        sg_slice_equal(word, SG_SLICE_LITERAL("rlike")))
        word = SG_SLICE_LITERAL("regexp");
    for (size_t i = 0; is_function && i < sizeof FUNCTIONS / sizeof FUNCTIONS[0]; i++) {
        if (sg_slice_equal(word, sg_slice_of(FUNCTIONS[i].written)))
            word = sg_slice_of(FUNCTIONS[i].canonical);
    }
    put_piece(w, word);
}

static void put_operator(struct writer *w, const struct sg_token *token)
{
    switch (token->kind) {
    case SG_TOKEN_NOT_EQUAL:
        put_piece(w, SG_SLICE_LITERAL("<>"));
        break;
    case SG_TOKEN_AND_AND:
        put_piece(w, SG_SLICE_LITERAL("and"));
        break;
    case SG_TOKEN_PIPE_PIPE:
        put_piece(w, SG_SLICE_LITERAL("or"));
        break;
    case SG_TOKEN_BANG:
        put_piece(w, SG_SLICE_LITERAL("not"));
        break;
    default:
        put_piece(w, sg_lex_bytes(w->lexer, token));
        break;
    }
}

/* One token as it is; `at` is its index. */
static void put_token(struct writer *w, size_t at)
{
    const struct sg_token *token = &w->tokens[at];
    bool opens = at + 1 < w->token_count && w->tokens[at + 1].kind == SG_TOKEN_LEFT_PAREN;
    switch (token->kind) {
    case SG_TOKEN_STRING:
    case SG_TOKEN_NATIONAL_STRING:
        put_piece(w, quoted(w->arena, sg_lex_value(w->lexer, token, w->arena), '\''));
        break;
    case SG_TOKEN_INTRODUCER:
        break;
    case SG_TOKEN_QUOTED_IDENT:
        put_piece(w, quoted(w->arena, sg_lex_value(w->lexer, token, w->arena), '`'));
        break;
    case SG_TOKEN_LEFT_PAREN:
        if (at > 0 && w->tokens[at - 1].kind == SG_TOKEN_IDENT &&
            w->tokens[at - 1].word != SG_WORD_IN && w->tokens[at - 1].word != SG_WORD_AS)
            put_close(w, "(", true);
        else
            put_open(w);
        break;
    case SG_TOKEN_RIGHT_PAREN:
        put_close(w, ")", false);
        break;
    case SG_TOKEN_COMMA:
        put_close(w, ",", false);
        break;
    case SG_TOKEN_DOT:
        put_close(w, ".", true);
        break;
    case SG_TOKEN_IDENT:
        put_word(w, token, opens);
        break;
    case SG_TOKEN_HEX:
    case SG_TOKEN_BIT:
    case SG_TOKEN_INTEGER:
    case SG_TOKEN_DECIMAL:
    case SG_TOKEN_FLOAT:
        put_piece(w, lower(w, sg_lex_bytes(w->lexer, token)));
        break;
    default:
        put_operator(w, token);
        break;
    }
}

/* --- nodes --------------------------------------------------------------------------------- */

static void write_expr(struct writer *w, const struct sg_expr *expr, bool is_outermost);
static void write_condition(struct writer *w, const struct sg_expr *expr);

static size_t token_at(const struct writer *w, uint32_t offset)
{
    size_t low = 0;
    size_t high = w->token_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (w->tokens[middle].offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool add_children(const struct writer *w, const struct sg_expr *list, struct child *children,
                         size_t most, size_t *count)
{
    for (; list; list = list->next) {
        if (*count == most)
            return false;
        struct child *child = &children[(*count)++];
        child->expr = list;
        child->start = (uint32_t)token_at(w, list->offset) - list->parentheses;
        child->end = (uint32_t)token_at(w, list->offset + list->size) + list->parentheses;
    }
    return true;
}

static bool has_operands(const struct sg_expr *expr)
{
    switch ((enum sg_expr_kind)expr->kind) {
    case SG_EXPR_OPERATOR:
    case SG_EXPR_ROW:
    case SG_EXPR_INTERVAL:
    case SG_EXPR_CAST:
    case SG_EXPR_COLLATE:
    case SG_EXPR_DEFAULT:
    case SG_EXPR_ODBC:
        return true;
    default:
        return false;
    }
}

static size_t children_of(const struct writer *w, const struct sg_expr *expr,
                          struct child *children, size_t most)
{
    size_t count = 0;
    if (has_operands(expr)) {
        (void)add_children(w, expr->operation.operands, children, most, &count);
    } else if (expr->kind == SG_EXPR_CASE) {
        (void)add_children(w, expr->branches.operand, children, most, &count);
        (void)add_children(w, expr->branches.branches, children, most, &count);
        (void)add_children(w, expr->branches.otherwise, children, most, &count);
    } else if (expr->kind == SG_EXPR_CALL) {
        (void)add_children(w, expr->call.arguments, children, most, &count);
    }
    return count;
}

/* CAST(x AS CHAR CHARSET utf8mb4), CAST(x AS SIGNED INTEGER): what the servers add or drop. */
static size_t skip_cast_words(const struct writer *w, size_t at, size_t end)
{
    const struct sg_token *token = &w->tokens[at];
    if (token->word == SG_WORD_CHARSET && at + 1 < end)
        return at + 2;
    if (token->word == SG_WORD_CHAR && at + 2 < end && at > 0 &&
        w->tokens[at + 1].word == SG_WORD_SET)
        return at + 3;
    if (token->word == SG_WORD_INT && at > 0 &&
        (w->tokens[at - 1].word == SG_WORD_SIGNED || w->tokens[at - 1].word == SG_WORD_UNSIGNED))
        return at + 1;
    return at;
}

static void write_tokens(struct writer *w, const struct sg_expr *expr)
{
    size_t end = token_at(w, expr->offset + expr->size);
    size_t most = end - token_at(w, expr->offset); /* a child has a token at least */
    struct child *children = sg_arena_array(w->arena, most + 1, sizeof *children);
    size_t count = children ? children_of(w, expr, children, most) : 0;
    for (size_t at = token_at(w, expr->offset); at < end;) {
        const struct child *child = NULL;
        for (size_t i = 0; i < count && !child; i++) {
            if (children[i].start == at && children[i].end > at)
                child = &children[i];
        }
        size_t skipped = expr->kind == SG_EXPR_CAST ? skip_cast_words(w, at, end) : at;
        if (child) {
            write_expr(w, child->expr, false);
            at = child->end;
        } else if (skipped > at) {
            at = skipped;
        } else {
            put_token(w, at++);
        }
    }
}

static bool is_word(const struct sg_name *name, const char *word)
{
    return sg_fold_equal(name->text, sg_slice_of(word));
}

/* a AND b AND c, whoever put parentheses round a AND b. */
static void write_chain(struct writer *w, const struct sg_expr *expr, const char *word, bool first)
{
    for (const struct sg_expr *it = expr->operation.operands; it; it = it->next) {
        bool same = it->kind == SG_EXPR_OPERATOR && it->operator== expr->operator;
        if (!first)
            put_piece(w, sg_slice_of(word));
        if (same)
            write_chain(w, it, word, true);
        else
            write_condition(w, it);
        first = false;
    }
}

static void write_binary(struct writer *w, const struct sg_expr *left, const char *word,
                         const struct sg_expr *right, bool is_outermost)
{
    if (!is_outermost)
        put_open(w);
    write_expr(w, left, false);
    put_piece(w, sg_slice_of(word));
    write_expr(w, right, false);
    if (!is_outermost)
        put_close(w, ")", false);
}

static bool is_comparison(const struct sg_expr *expr)
{
    return expr->kind == SG_EXPR_OPERATOR &&
           (expr->operator== SG_OP_EQUAL || expr->operator== SG_OP_NOT_EQUAL ||
            expr->
            operator== SG_OP_LESS || expr->
            operator== SG_OP_LESS_EQUAL || expr->
            operator== SG_OP_GREATER || expr->
            operator== SG_OP_GREATER_EQUAL);
}

static bool is_zero(const struct sg_expr *expr)
{
    return expr->kind == SG_EXPR_LITERAL && expr->literal_kind == SG_LITERAL_INTEGER &&
           expr->literal.integer == 0;
}

/* Gives 0 or 1, so that a server adds no `<> 0`. */
static bool is_truth(const struct sg_expr *expr)
{
    if (expr->kind != SG_EXPR_OPERATOR)
        return expr->kind == SG_EXPR_SUBQUERY;
    switch ((enum sg_operator)expr->operator) {
    case SG_OP_AND:
    case SG_OP_OR:
    case SG_OP_XOR:
    case SG_OP_NOT:
    case SG_OP_IS_NULL:
    case SG_OP_IS_TRUTH:
    case SG_OP_NULL_SAFE_EQUAL:
    case SG_OP_REGEXP:
    case SG_OP_LIKE:
    case SG_OP_BETWEEN:
    case SG_OP_IN:
    case SG_OP_MEMBER_OF:
        return true;
    default:
        return is_comparison(expr);
    }
}

/* As it is, turned round, negated. */
static const struct comparison {
    uint8_t operator;
    const char *plain;
    const char *turned;
    const char *negated;
} COMPARISONS[] = {
    {SG_OP_EQUAL, "=", "=", "<>"},   {SG_OP_NOT_EQUAL, "<>", "<>", "="},
    {SG_OP_LESS, "<", ">", ">="},    {SG_OP_LESS_EQUAL, "<=", ">=", ">"},
    {SG_OP_GREATER, ">", "<", "<="}, {SG_OP_GREATER_EQUAL, ">=", "<=", "<"},
};
#define COMPARISON_COUNT (sizeof COMPARISONS / sizeof COMPARISONS[0])

/* A literal stands to the right. */
static void write_comparison(struct writer *w, const struct sg_expr *expr, bool negated,
                             bool is_outermost)
{
    const struct sg_expr *first = expr->operation.operands;
    const struct sg_expr *second = first->next;
    bool turns = first->kind == SG_EXPR_LITERAL && second->kind != SG_EXPR_LITERAL;
    const char *word = "";
    for (size_t i = 0; i < COMPARISON_COUNT; i++) {
        if (COMPARISONS[i].operator== expr->operator)
            word = turns ? COMPARISONS[i].turned : COMPARISONS[i].plain;
    }
    for (size_t i = 0; negated && i < COMPARISON_COUNT; i++) {
        if (strcmp(COMPARISONS[i].plain, word) == 0) {
            word = COMPARISONS[i].negated;
            break;
        }
    }
    write_binary(w, turns ? second : first, word, turns ? first : second, is_outermost);
}

/* NOT x: the servers store x = 0 where x is no truth value, and turn comparisons round. */
static bool write_not(struct writer *w, const struct sg_expr *expr, bool is_outermost)
{
    const struct sg_expr *operand = expr->operation.operands;
    if (expr->operator!= SG_OP_NOT)
        return false;
    if (is_comparison(operand)) {
        write_comparison(w, operand, true, is_outermost);
        return true;
    }
    if (operand->kind == SG_EXPR_OPERATOR &&
        operand->operator== SG_OP_LIKE && !(operand->flags & SG_EXPR_NEGATED) &&
        operand->operation.count == 2) {
        write_binary(w, operand->operation.operands, "not like", operand->operation.operands->next,
                     is_outermost);
        return true;
    }
    if (is_truth(operand))
        return false;
    if (!is_outermost)
        put_open(w);
    write_expr(w, operand, false);
    put_piece(w, SG_SLICE_LITERAL("= 0"));
    if (!is_outermost)
        put_close(w, ")", false);
    return true;
}

/* An operand of AND and OR: without the `<> 0` that the servers add to what is no truth value. */
static void write_condition(struct writer *w, const struct sg_expr *expr)
{
    const struct sg_expr *first = is_comparison(expr) ? expr->operation.operands : NULL;
    if (first && expr->operator== SG_OP_NOT_EQUAL && is_zero(first))
        write_expr(w, first->next, false);
    else if (first && expr->operator== SG_OP_NOT_EQUAL && is_zero(first->next))
        write_expr(w, first, false);
    else
        write_expr(w, expr, false);
}

static void write_operator(struct writer *w, const struct sg_expr *expr, bool is_outermost)
{
    const char *chain = expr->operator== SG_OP_AND   ? "and"
                        : expr->operator== SG_OP_OR  ? "or"
                        : expr->operator== SG_OP_XOR ? "xor"
                                                     : NULL;
    const struct sg_expr *first = expr->operation.operands;
    if (expr->operator== SG_OP_MODULO) {
        write_binary(w, first, "%", first->next, is_outermost);
        return;
    }
    if (is_comparison(expr)) {
        write_comparison(w, expr, false, is_outermost);
        return;
    }
    if (write_not(w, expr, is_outermost))
        return;
    if (!is_outermost)
        put_open(w);
    if (chain)
        write_chain(w, expr, chain, true);
    else
        write_tokens(w, expr);
    if (!is_outermost)
        put_close(w, ")", false);
}

/* Calls that are operators under another name. */
static bool write_as_operator(struct writer *w, const struct sg_expr *expr, bool is_outermost)
{
    const struct sg_expr *first = expr->call.arguments;
    if (expr->call.count == 1 && is_word(&expr->call.name, "date")) {
        put_piece(w, SG_SLICE_LITERAL("cast("));
        w->touches = true;
        write_expr(w, first, false);
        put_piece(w, SG_SLICE_LITERAL("as date)"));
        return true;
    }
    if (expr->call.count != 2)
        return false;
    if (is_word(&expr->call.name, "mod"))
        write_binary(w, first, "%", first->next, is_outermost);
    else if (is_word(&expr->call.name, "regexp_like"))
        write_binary(w, first, "regexp", first->next, is_outermost);
    else if (first->next->kind == SG_EXPR_INTERVAL &&
             (is_word(&expr->call.name, "date_add") || is_word(&expr->call.name, "adddate")))
        write_binary(w, first, "+", first->next, is_outermost);
    else if (first->next->kind == SG_EXPR_INTERVAL &&
             (is_word(&expr->call.name, "date_sub") || is_word(&expr->call.name, "subdate")))
        write_binary(w, first, "-", first->next, is_outermost);
    else
        return false;
    return true;
}

/* The four tokens of CURRENT_TIMESTAMP(0), which both servers show without its 0. */
static bool has_no_fraction(const struct writer *w, const struct sg_expr *expr, size_t at,
                            size_t end)
{
    static const char *const NOW[] = {"now", "current_timestamp", "localtime", "localtimestamp"};
    if (end != at + 4 || w->tokens[at + 1].kind != SG_TOKEN_LEFT_PAREN ||
        w->tokens[at + 2].size != 1 || w->text[w->tokens[at + 2].offset] != '0')
        return false;
    for (size_t i = 0; i < sizeof NOW / sizeof NOW[0]; i++) {
        if (is_word(&expr->call.name, NOW[i]))
            return true;
    }
    return false;
}

/* CURRENT_TIMESTAMP and its like, with or without (). */
static void write_call(struct writer *w, const struct sg_expr *expr)
{
    size_t end = token_at(w, expr->offset + expr->size);
    size_t at = token_at(w, expr->offset);
    if (has_no_fraction(w, expr, at, end))
        end = at + 1;
    if (end != at + 1 || w->tokens[at].kind != SG_TOKEN_IDENT) {
        write_tokens(w, expr);
        return;
    }
    put_word(w, &w->tokens[at], true);
    put_close(w, "()", false);
}

static void write_json_path(struct writer *w, const struct sg_expr *expr)
{
    size_t at = token_at(w, expr->offset);
    size_t end = token_at(w, expr->offset + expr->size);
    bool unquotes = false;
    for (size_t i = at; i < end; i++)
        unquotes = unquotes || w->tokens[i].kind == SG_TOKEN_LONG_ARROW;
    put_piece(w, unquotes ? SG_SLICE_LITERAL("json_unquote(json_extract(")
                          : SG_SLICE_LITERAL("json_extract("));
    w->touches = true;
    write_expr(w, expr->operation.operands, false);
    put_close(w, ",", false);
    if (end > at)
        put_token(w, end - 1);
    put_close(w, unquotes ? "))" : ")", false);
}

static void write_expr(struct writer *w, const struct sg_expr *expr, bool is_outermost)
{
    switch ((enum sg_expr_kind)expr->kind) {
    case SG_EXPR_COLUMN:
        put_piece(w, quoted(w->arena, expr->column.name.text, '`'));
        break;
    case SG_EXPR_LITERAL:
        if (expr->literal_kind == SG_LITERAL_TRUE)
            put_piece(w, SG_SLICE_LITERAL("1"));
        else if (expr->literal_kind == SG_LITERAL_FALSE)
            put_piece(w, SG_SLICE_LITERAL("0"));
        else
            write_tokens(w, expr);
        break;
    case SG_EXPR_OPERATOR:
        write_operator(w, expr, is_outermost);
        break;
    case SG_EXPR_CALL:
        if (!write_as_operator(w, expr, is_outermost))
            write_call(w, expr);
        break;
    case SG_EXPR_JSON_PATH:
        write_json_path(w, expr);
        break;
    default:
        write_tokens(w, expr);
        break;
    }
}

/* --- the door ------------------------------------------------------------------------------ */

static bool read_tokens(struct writer *w, struct sg_lexer *lexer, size_t size)
{
    size_t most = size < TOKENS_MAX ? size + 1 : TOKENS_MAX; /* of a byte each, at least */
    w->tokens = sg_arena_array(w->arena, most, sizeof *w->tokens);
    if (!w->tokens)
        return false;
    for (;;) {
        struct sg_token token;
        sg_lex_next(lexer, &token);
        if (token.kind == SG_TOKEN_END)
            return true;
        if (token.kind == SG_TOKEN_ERROR || w->token_count == most)
            return false;
        w->tokens[w->token_count++] = token;
    }
}

static const struct sg_expr *expression_of(const struct sg_parse *parse)
{
    if (parse->status != SG_PARSE_OK || parse->statement->kind != SG_AST_QUERY)
        return NULL;
    const struct sg_query_term *body = parse->statement->query->body;
    if (!body || body->kind != SG_TERM_SELECT || !body->select->items ||
        body->select->items->next || body->select->items->kind != SG_ITEM_EXPR)
        return NULL;
    return body->select->items->expr;
}

struct sg_slice sg_expression_canonical(struct sg_slice text, const struct sg_server *server,
                                        uint32_t sql_mode, struct sg_arena *arena)
{
    const struct sg_context context = {
        .server = server, .sql_mode = sql_mode, .charset = SG_CHARSET_UTF8};
    struct sg_parse parse;
    struct sg_lexer lexer;
    struct writer w = {.arena = arena};
    w.lexer = &lexer;
    put(&w, SG_SLICE_LITERAL("SELECT "));
    put(&w, text);
    struct sg_slice statement = sg_slice_make(w.data, w.size);
    if (arena->exhausted)
        return SG_SLICE_EMPTY;
    w = (struct writer){.arena = arena, .text = statement.data, .lexer = &lexer};
    sg_parse(statement, &context, arena, &parse);
    const struct sg_expr *expr = expression_of(&parse);
    sg_lex_init(&lexer, statement, &context);
    if (!expr || !read_tokens(&w, &lexer, statement.size))
        return sg_arena_copy(arena, text);
    write_expr(&w, expr, true);
    return sg_slice_make(w.data, w.size);
}

static bool is_number(struct sg_slice text)
{
    size_t at = text.size && text.data[0] == '-' ? 1 : 0;
    if (at < text.size && text.data[at] == ' ')
        at++;
    for (size_t i = at; i < text.size; i++) {
        char c = text.data[i];
        if (!(c >= '0' && c <= '9') && c != '.' && !(c == 'e' && i > at) &&
            !((c == '-' || c == '+') && text.data[i - 1] == 'e'))
            return false;
    }
    return at < text.size;
}

bool sg_expression_is_literal(struct sg_slice canonical, struct sg_arena *arena,
                              struct sg_slice *value_out)
{
    if (canonical.size >= 2 && canonical.data[0] == '\'') {
        char *value = sg_arena_alloc(arena, canonical.size);
        size_t size = 0;
        if (!value)
            return false;
        for (size_t i = 1; i + 1 < canonical.size; i++) {
            char c = canonical.data[i];
            if ((c == '\'' || c == '\\')) {
                if (i + 2 >= canonical.size || canonical.data[i + 1] != c)
                    return false;
                i++;
            }
            value[size++] = c;
        }
        *value_out = sg_slice_make(value, size);
        return true;
    }
    if (!is_number(canonical))
        return false;
    struct sg_slice value = sg_arena_copy(arena, canonical);
    if (value.size > 1 && value.data[1] == ' ') { /* "- 1" */
        ((char *)(uintptr_t)value.data)[1] = '-';
        value = sg_slice_make(value.data + 1, value.size - 1);
    }
    *value_out = value;
    return true;
}
