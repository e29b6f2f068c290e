/* Expressions of defaults, generated columns and checks in one spelling, whichever server printed
 * them and however they were written. */
#ifndef SG_SCHEMA_EXPRESSION_H
#define SG_SCHEMA_EXPRESSION_H

#include <stdbool.h>

#include <schemaguard/arena.h>
#include <schemaguard/server.h>
#include <schemaguard/slice.h>

/* The expression with every operator in parentheses, words in lower case, names in backticks,
 * strings in single quotes without their character sets, and the servers' synonyms (NOW(), !=,
 * LCASE ...) as one. What cannot be parsed comes back as it is. In the arena. The result is SQL
 * that both servers read. */
struct sg_slice sg_expression_canonical(struct sg_slice text, const struct sg_server *server,
                                        uint32_t sql_mode, struct sg_arena *arena);

/* Whether a canonical expression is one literal, or a signed number: *value_out is its value, text
 * without quotes. */
bool sg_expression_is_literal(struct sg_slice canonical, struct sg_arena *arena,
                              struct sg_slice *value_out);

/* 'text', with quotes and backslashes doubled. In the arena. */
struct sg_slice sg_expression_quote(struct sg_slice text, struct sg_arena *arena);

#endif
