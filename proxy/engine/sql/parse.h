/* Private to the parser: its state, how it looks at tokens, and the productions that call each
 * other across files.
 *
 * Recursive descent, one function a production, one token of look-ahead and a second on request.
 * The first failure ends the reading: sg_parse_fail jumps back to sg_parse, past all productions,
 * which hold nothing but the arena's memory. So what a production got from another is whole, and a
 * node is never NULL.
 */
#ifndef SQL_PARSE_H
#define SQL_PARSE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sql/ast.h"
#include "sql/lex.h"

struct sg_parser {
    struct sg_lexer lexer; /* stands behind the last token that was read from it */
    struct sg_token token; /* the one to be consumed next */
    struct sg_token ahead; /* the one behind it, when has_ahead */
    bool has_ahead;
    bool refused; /* it reads, but the server's parser does not know a word in it */
    bool mariadb;
    bool in_duplicate_key; /* inside ON DUPLICATE KEY UPDATE: `(VALUES (a))` is a value there */
    bool into_allowed; /* the query being read is the statement's own, so that INTO may stand in it
                        */
    bool in_body;      /* inside a stored program: routine variables, RETURN and so on */
    uint32_t version;  /* of the server: 90704, 101119 */
    uint32_t sql_mode;
    uint32_t end; /* where the last consumed token ended */
    uint32_t parameter_count;
    uint32_t subquery_count;
    uint32_t stray_stars; /* `t.*` read as operands and not yet claimed by a select list */
    uint32_t depth;       /* how deep we are now */
    uint32_t peak;        /* deepest leaf of what is being read now, wrapped operands counted in */
    const char *text;
    const struct sg_context *context;
    struct sg_arena *arena;

    /* the failure */
    jmp_buf exit;
    enum sg_parse_status status;
    const char *reason;    /* static: what was expected, or what is not supported */
    struct sg_token found; /* the token at which it happened */
};

/* --- failure ------------------------------------------------------------------------------- */

/* Ends the reading, with the current token as the place of the failure. `reason` is static text:
 * "expected an expression", "CREATE SERVER". */
_Noreturn void sg_parse_fail(struct sg_parser *p, enum sg_parse_status status, const char *reason);

_Noreturn static inline void fail_expected(struct sg_parser *p, const char *what)
{
    sg_parse_fail(p, SG_PARSE_SYNTAX, what);
}

/* The language has it, this parser does not read it. */
_Noreturn static inline void unsupported(struct sg_parser *p, const char *what)
{
    sg_parse_fail(p, SG_PARSE_UNSUPPORTED, what);
}

/* --- the cursor ---------------------------------------------------------------------------- */

void sg_parse_advance(struct sg_parser *p);
const struct sg_token *sg_parse_peek(struct sg_parser *p); /* the token behind the current one */

static inline void advance(struct sg_parser *p)
{
    sg_parse_advance(p);
}

static inline bool at(const struct sg_parser *p, enum sg_token_kind kind)
{
    return p->token.kind == kind;
}

static inline bool at_word(const struct sg_parser *p, enum sg_word word)
{
    return p->token.word == word;
}

static inline bool take(struct sg_parser *p, enum sg_token_kind kind)
{
    if (!at(p, kind))
        return false;
    advance(p);
    return true;
}

static inline bool take_word(struct sg_parser *p, enum sg_word word)
{
    if (!at_word(p, word))
        return false;
    advance(p);
    return true;
}

static inline void expect(struct sg_parser *p, enum sg_token_kind kind, const char *what)
{
    if (!take(p, kind))
        fail_expected(p, what);
}

static inline void expect_word(struct sg_parser *p, enum sg_word word)
{
    if (!take_word(p, word))
        fail_expected(p, sg_word_text(word));
}

static inline bool peek_is(struct sg_parser *p, enum sg_token_kind kind)
{
    return sg_parse_peek(p)->kind == kind;
}

static inline bool peek_is_word(struct sg_parser *p, enum sg_word word)
{
    return sg_parse_peek(p)->word == word;
}

static inline bool at_identifier(const struct sg_parser *p)
{
    return sg_token_is_identifier(&p->token);
}

static inline void expect_open(struct sg_parser *p)
{
    expect(p, SG_TOKEN_LEFT_PAREN, "`(`");
}

static inline void expect_close(struct sg_parser *p)
{
    expect(p, SG_TOKEN_RIGHT_PAREN, "`)`");
}

static inline bool take_comma(struct sg_parser *p)
{
    return take(p, SG_TOKEN_COMMA);
}

/* The two words, consumed when both are there. */
bool sg_parse_take_words(struct sg_parser *p, enum sg_word first, enum sg_word second);

/* Compares a bare word that keyword.def may not have, letter case ignored. `text` in upper case. */
bool sg_parse_at_text(const struct sg_parser *p, const char *text);
bool sg_parse_take_text(struct sg_parser *p, const char *text);

/* --- depth --------------------------------------------------------------------------------- */

/* Around every production that can hold itself. */
static inline void sg_parse_enter(struct sg_parser *p)
{
    if (++p->depth > p->peak)
        p->peak = p->depth;
    if (p->peak > SG_AST_DEPTH_MAX)
        sg_parse_fail(p, SG_PARSE_TOO_DEEP, "nested too deeply");
}

static inline void sg_parse_leave(struct sg_parser *p)
{
    p->depth--;
}

/* What was read last has become the operand of a new node: all of it stands one deeper. */
static inline void sg_parse_wrapped(struct sg_parser *p)
{
    if (++p->peak > SG_AST_DEPTH_MAX)
        sg_parse_fail(p, SG_PARSE_TOO_DEEP, "nested too deeply");
}

/* --- nodes --------------------------------------------------------------------------------- */

/* Zeroed, never NULL. */
void *sg_parse_node(struct sg_parser *p, size_t size);
#define NEW_NODE(p, type) ((type *)sg_parse_node((p), sizeof(type)))

/* An expression as large as `kind` needs, starting at byte `offset`; its size is set to what has
 * been consumed since. ast.c. */
struct sg_expr *sg_expr_new(struct sg_parser *p, enum sg_expr_kind kind, uint32_t offset);

/* Sets the expression's end to the last consumed token. */
static inline void close_expr(const struct sg_parser *p, struct sg_expr *expr)
{
    expr->size = p->end - expr->offset;
}

/* Operator, row, cast ... over the operands given; `second` and `third` may be NULL. ast.c. */
struct sg_expr *sg_expr_operation(struct sg_parser *p, enum sg_expr_kind kind, uint32_t offset,
                                  struct sg_expr *first, struct sg_expr *second,
                                  struct sg_expr *third);

struct sg_expr *sg_expr_operator(struct sg_parser *p, enum sg_operator operator, uint32_t offset,
                                 struct sg_expr *first, struct sg_expr *second,
                                 struct sg_expr *third);
struct sg_expr *sg_expr_subquery(struct sg_parser *p, enum sg_subquery_kind kind, uint32_t offset,
                                 struct sg_query *query);

/* --- names (parse.c) ----------------------------------------------------------------------- */

/* The current token as a name, also a reserved word, a text or a user variable; consumes it. */
struct sg_name sg_parse_take_name(struct sg_parser *p);

struct sg_name sg_parse_identifier(struct sg_parser *p); /* a name that may stand unquoted */
struct sg_name sg_parse_alias(struct sg_parser *p);      /* identifier or 'text' */
void sg_parse_qualified(struct sg_parser *p, struct sg_qualified_name *name); /* [db.]name */
struct sg_name_item *sg_parse_name_list(struct sg_parser *p);                 /* a, b, c */
struct sg_name_item *sg_parse_names_in_parens(struct sg_parser *p);
struct sg_qualified_item *sg_parse_qualified_list(struct sg_parser *p);
bool sg_parse_if_exists(struct sg_parser *p);                                /* [IF EXISTS] */
bool sg_parse_if_not_exists(struct sg_parser *p);                            /* [IF NOT EXISTS] */
struct sg_slice sg_parse_source(const struct sg_parser *p, uint32_t offset); /* up to `end` */

/* --- expressions (parse_expr.c) ------------------------------------------------------------ */

struct sg_expr *sg_parse_expr(struct sg_parser *p);
struct sg_expr *sg_parse_bit_expr(struct sg_parser *p);   /* binds tighter than comparisons */
struct sg_expr *sg_parse_unary_expr(struct sg_parser *p); /* no binary operators but COLLATE */
struct sg_expr *sg_parse_expr_list(struct sg_parser *p, uint32_t *count_out); /* a, b, c */
struct sg_expr *sg_parse_expr_or_default(struct sg_parser *p);
struct sg_expr *sg_parse_parenthesised(struct sg_parser *p); /* (a), (a, b), (query) */

/* Reads on behind `left`, an operand that began at `offset`, as if it were an expression's first.
 */
struct sg_expr *sg_parse_more_expr(struct sg_parser *p, struct sg_expr *left, uint32_t offset);

/* --- operands (parse_operand.c) ------------------------------------------------------------ */

struct sg_expr *sg_parse_operand(struct sg_parser *p); /* no operators, not even prefixes */
struct sg_expr *sg_parse_column(struct sg_parser *p); /* [[db.]table.]column, no other expression */
struct sg_expr *sg_parse_column_list(struct sg_parser *p, uint32_t *count_out);
struct sg_expr *sg_parse_variable(struct sg_parser *p); /* @a, or a routine's variable as a word */
struct sg_expr *
sg_parse_literal_or_parameter(struct sg_parser *p); /* LIMIT's operand and the like */
void sg_parse_interval(struct sg_parser *p, struct sg_expr **value_out); /* value unit */
void sg_parse_charset_name(struct sg_parser *p);
bool sg_parse_at_interval_unit(const struct sg_parser *p);

/* --- types (parse_type.c) ------------------------------------------------------------------ */

/* A data type with its length and character set; `word_out` (may be NULL) receives its first word.
 */
void sg_parse_type(struct sg_parser *p, struct sg_slice *word_out);

/* --- calls (parse_call.c) ------------------------------------------------------------------ */

/* The current token is the word of a call, `(` behind it. NULL and nothing consumed when that word
 * has no call of its own form and may not begin a plain one. */
struct sg_expr *sg_parse_call(struct sg_parser *p);
struct sg_expr *sg_parse_qualified_call(struct sg_parser *p, struct sg_name first,
                                        struct sg_name second, struct sg_name third);
struct sg_expr *sg_parse_wordy_value(struct sg_parser *p); /* CURRENT_DATE ...; or NULL */
bool sg_parse_json_responses(struct sg_parser *p); /* [NULL ON EMPTY] [DEFAULT x ON ERROR] */

/* --- queries (parse_query.c) --------------------------------------------------------------- */

/* Could the current token begin a query expression (without parentheses)? */
bool sg_parse_at_query(struct sg_parser *p);
struct sg_query *sg_parse_query(struct sg_parser *p); /* without the parentheses round it */
struct sg_query *sg_parse_query_in_parens(struct sg_parser *p); /* ( query ); the `(` is current */

/* A query inside another statement or query: as above, but INTO is refused. */
struct sg_query *sg_parse_inner_query(struct sg_parser *p);
struct sg_query *sg_parse_subquery(struct sg_parser *p); /* with its parentheses */

/* `first`, a parenthesised query, has been read; more of a query expression may follow. */
struct sg_query *sg_parse_query_from(struct sg_parser *p, struct sg_query *first, uint32_t offset);
bool sg_parse_at_query_tail(struct sg_parser *p);   /* UNION, ORDER, LIMIT ... */
struct sg_with *sg_parse_with(struct sg_parser *p); /* [WITH ...] */
struct sg_query *sg_parse_query_after_with(struct sg_parser *p, struct sg_with *with,
                                           uint32_t offset);
struct sg_order_item *sg_parse_order_items(struct sg_parser *p);
struct sg_order_item *sg_parse_order_by(struct sg_parser *p); /* [ORDER BY ...] */
struct sg_limit *sg_parse_limit(struct sg_parser *p);         /* [LIMIT ...] */
struct sg_select_item *sg_parse_select_items(struct sg_parser *p);
struct sg_row *sg_parse_rows(struct sg_parser *p, bool row_word); /* (1, 2), (3, 4) */
struct sg_window *sg_parse_window(struct sg_parser *p);           /* (PARTITION BY ...) */
struct sg_expr *sg_parse_where(struct sg_parser *p);              /* [WHERE ...] */
void sg_parse_fields_and_lines(struct sg_parser *p);              /* [FIELDS ...] [LINES ...] */

/* --- table references (parse_from.c) ------------------------------------------------------- */

struct sg_table_ref *sg_parse_table_refs(struct sg_parser *p); /* comma list */
struct sg_table_ref *
sg_parse_base_table(struct sg_parser *p); /* one table with all its trimmings */
struct sg_name_item *sg_parse_partitions(struct sg_parser *p); /* [PARTITION (p0)] */
/* [FOR PORTION OF p FROM a TO b [alias]] behind `table`; NULL: no alias may follow. */
struct sg_period *sg_parse_portion(struct sg_parser *p, struct sg_table_ref *table);

/* --- statements ---------------------------------------------------------------------------- */

/* One statement; never NULL. parse.c. */
struct sg_statement *sg_parse_statement(struct sg_parser *p);
struct sg_statement *sg_parse_new_statement(struct sg_parser *p, enum sg_ast_kind kind,
                                            uint32_t offset);

/* parse_dml.c; `with` may be NULL */
struct sg_statement *sg_parse_insert(struct sg_parser *p);
struct sg_statement *sg_parse_update(struct sg_parser *p, struct sg_with *with, uint32_t offset);
struct sg_statement *sg_parse_delete(struct sg_parser *p, struct sg_with *with, uint32_t offset);
struct sg_statement *sg_parse_load(struct sg_parser *p);
struct sg_statement *sg_parse_handler(struct sg_parser *p);
struct sg_statement *sg_parse_call_statement(struct sg_parser *p);
struct sg_statement *sg_parse_do(struct sg_parser *p);

/* parse_admin.c: 'user'@'host', CURRENT_USER */
void sg_parse_account(struct sg_parser *p);
void sg_parse_accounts(struct sg_parser *p);

/* Consumes all tokens up to the end of the statement: options in which no names of columns can be.
 * parse.c. */
void sg_parse_rest(struct sg_parser *p);

/* Consumes a parenthesis with all in it, likewise. */
void sg_parse_skip_parens(struct sg_parser *p);

/* --- definitions (parse_table.c, parse_alter.c) -------------------------------------------- */

struct sg_column_def *sg_parse_column_def(struct sg_parser *p); /* name type options */
bool sg_parse_at_key(struct sg_parser *p); /* a key, constraint or period of a table definition */

/* Where the next key or check of a definition goes. */
struct sg_constraint_tails {
    struct sg_key_def **key;
    struct sg_check **check;
};

/* One of them, put at its tail; a period goes into `table`. */
void sg_parse_key_or_constraint(struct sg_parser *p, struct sg_table_def *table,
                                struct sg_constraint_tails *tails);
struct sg_key_part *sg_parse_key_parts(struct sg_parser *p); /* (a, b(10) DESC, (expr)) */
void sg_parse_index_options(struct sg_parser *p, struct sg_key_def *key);

/* The body and tail of CREATE TABLE behind its name. */
void sg_parse_table_def(struct sg_parser *p, struct sg_table_def *table);
struct sg_partitioning *sg_parse_partition_by(struct sg_parser *p); /* PARTITION BY ... */
void sg_parse_partition_def(struct sg_parser *p, struct sg_partitioning *partitioning); /* one */
void sg_parse_partition_defs(struct sg_parser *p, struct sg_partitioning *partitioning);
struct sg_alter_item *sg_parse_alter_items(struct sg_parser *p);

/* --- options (parse_option.c) -------------------------------------------------------------- */

enum sg_option_place {
    SG_OPTION_OF_TABLE = 1,
    SG_OPTION_OF_PARTITION = 2,
    SG_OPTION_OF_COLUMN = 4,
    SG_OPTION_OF_KEY = 8,
};

struct sg_option {
    uint16_t word; /* enum sg_word; SG_NO_WORD: an engine's own */
    struct sg_slice value;
};

/* An option of one word with its value; false and nothing consumed: none of that place's. */
bool sg_parse_option(struct sg_parser *p, enum sg_option_place place, struct sg_option *out);

bool sg_parse_table_option(struct sg_parser *p, struct sg_table_def *table);
void sg_parse_partition_options(struct sg_parser *p); /* all that stand here */

/* Bodies of programs: parse_body.c. */
struct sg_statement *sg_parse_body(struct sg_parser *p);
bool sg_parse_at_label(struct sg_parser *p);
void sg_parse_program_type(struct sg_parser *p, struct sg_declare *declare); /* may be NULL */
struct sg_parameter *sg_parse_parameters(struct sg_parser *p); /* (IN a int, ...); parse_ddl.c */
void sg_parse_characteristics(struct sg_parser *p);            /* [COMMENT 'x'] ...; parse_ddl.c */
void sg_parse_package(struct sg_parser *p,
                      struct sg_ddl *ddl); /* behind PACKAGE; parse_package.c */

/* Statement dispatch of parse_session.c, parse_show.c, parse_admin.c, parse_ddl.c and parse_body.c:
 * NULL and nothing consumed when the current word is none of theirs. */
struct sg_statement *sg_parse_session_statement(struct sg_parser *p);
struct sg_statement *sg_parse_show_statement(struct sg_parser *p);
struct sg_statement *sg_parse_admin_statement(struct sg_parser *p);
struct sg_statement *sg_parse_ddl_statement(struct sg_parser *p);
struct sg_statement *sg_parse_body_statement(struct sg_parser *p);

#endif
