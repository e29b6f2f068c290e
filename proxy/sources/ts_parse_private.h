/* Between the files that parse TypeScript:
 *
 *   ts_parse.c        statements, imports and exports: the door
 *   ts_parse_expr.c   expressions, patterns, functions
 *   ts_parse_type.c   tokens, nodes, types
 *
 * What cannot be parsed sets `failed`; the statement or value that it stands in becomes TS_UNKNOWN,
 * and the reading goes on behind it.
 */
#ifndef SOURCES_TS_PARSE_PRIVATE_H
#define SOURCES_TS_PARSE_PRIVATE_H

#include "sources/ts_parse.h"

struct ts_parser {
    struct orm *orm;
    struct sg_arena *arena;
    struct ts_tokens tokens;
    size_t at;
    int nesting;
    int conditions; /* inside the first half of a ? b : c */
    bool failed;
    struct ts_node nothing; /* when memory is out */
    struct ts_file *file;
};

/* --- tokens -------------------------------------------------------------------------------- */

const struct ts_token *ts_token_at(const struct ts_parser *p, size_t index);
const struct ts_token *ts_token_now(const struct ts_parser *p);
bool ts_is_mark_at(const struct ts_parser *p, size_t index, const char *mark);
bool ts_is_word_at(const struct ts_parser *p, size_t index, const char *word);
bool ts_is_mark(const struct ts_parser *p, const char *mark);
bool ts_is_word(const struct ts_parser *p, const char *word);
bool ts_is_name(const struct ts_parser *p);
bool ts_at_end(const struct ts_parser *p);
void ts_advance(struct ts_parser *p);

/* Steps over it, where it stands here. */
bool ts_take_mark(struct ts_parser *p, const char *mark);
bool ts_take_word(struct ts_parser *p, const char *word);
/* It must stand here: else the parser has failed. */
bool ts_expect(struct ts_parser *p, const char *mark);

/* Whether a bracket opens here; and behind its other end. */
bool ts_opens_here(const struct ts_parser *p);
void ts_jump(struct ts_parser *p);

/* One level deeper; false, and failed, where that is too deep. Whoever entered takes it back. */
bool ts_nest(struct ts_parser *p);

/* --- nodes: never NULL, in the arena ------------------------------------------------------- */

struct ts_node *ts_node_new(struct ts_parser *p, enum ts_kind kind);
struct ts_node *ts_node_of(struct ts_parser *p, enum ts_kind kind, struct ts_node *left,
                           struct ts_node *right);
/* What stands between `from` and here is not understood; what is told is at `wrong_at`. */
struct ts_node *ts_unknown_node(struct ts_parser *p, size_t from, size_t wrong_at);

/* --- types: stepped over; false where none stands ------------------------------------------ */

bool ts_skip_type(struct ts_parser *p);
bool ts_skip_type_arguments(struct ts_parser *p); /* <A, B> */
bool ts_skip_annotation(struct ts_parser *p);     /* ": type", where one stands */

/* --- expressions and statements ------------------------------------------------------------ */

struct ts_node *ts_parse_expression(struct ts_parser *p);
struct ts_node *ts_parse_binding(struct ts_parser *p); /* a pattern, its type and its default */
void ts_parse_block(struct ts_parser *p, struct orm_list *out);
/* From the parameters on. */
struct ts_node *ts_parse_function_rest(struct ts_parser *p);
void ts_parse_statement(struct ts_parser *p, struct orm_list *out, bool is_top);

#endif
