/* Private to the printer: its state, what it writes with, and the parts of a tree that hold each
 * other across files. */
#ifndef SQL_PRINT_H
#define SQL_PRINT_H

#include "sql/ast.h"

struct sg_printer {
    char *buffer;
    size_t size;
    size_t length; /* of what there is to write, written or not */
    struct sg_slice text;
};

/* --- pieces and statements (print.c) ----------------------------------------------------- */

void sg_print_close(struct sg_printer *out);
void sg_print_open(struct sg_printer *out, const char *kind);
void sg_print_statement(struct sg_printer *out, const struct sg_statement *statement);
void sg_put_alias(struct sg_printer *out, const struct sg_name *alias);
void sg_put_dotted(struct sg_printer *out, const struct sg_name *first,
                   const struct sg_name *second, const struct sg_name *third);
void sg_put_flag(struct sg_printer *out, bool flag, const char *word);
void sg_put_name(struct sg_printer *out, const struct sg_name *name);
void sg_put_name_text(struct sg_printer *out, struct sg_slice text);
void sg_put_names(struct sg_printer *out, const char *kind, const struct sg_name_item *names);
void sg_put_number(struct sg_printer *out, uint32_t number);
void sg_put_qualified(struct sg_printer *out, const struct sg_qualified_name *name);
void sg_put_slice(struct sg_printer *out, struct sg_slice text);
void sg_put_source(struct sg_printer *out, uint32_t offset, uint32_t size);
void sg_put_text(struct sg_printer *out, const char *text);
void sg_put_word(struct sg_printer *out, const char *word);

/* --- queries (print_query.c) --------------------------------------------------------------- */

void sg_print_expr(struct sg_printer *out, const struct sg_expr *expr);
void sg_print_items(struct sg_printer *out, const char *kind, const struct sg_select_item *item);
void sg_print_limit(struct sg_printer *out, const struct sg_limit *limit);
void sg_print_list(struct sg_printer *out, const struct sg_expr *expr);
void sg_print_named(struct sg_printer *out, const char *kind, struct sg_slice name);
void sg_print_order(struct sg_printer *out, const char *kind, const struct sg_order_item *items);
void sg_print_period(struct sg_printer *out, const char *kind, const struct sg_period *period);
void sg_print_query(struct sg_printer *out, const struct sg_query *query);
void sg_print_refs_as(struct sg_printer *out, const char *kind, const struct sg_table_ref *refs);
void sg_print_rows(struct sg_printer *out, const struct sg_row *row);
void sg_print_with(struct sg_printer *out, const struct sg_with *with);
void sg_print_wrapped(struct sg_printer *out, const char *kind, const struct sg_expr *expr);

/* --- DDL and programs (print_ddl.c) -------------------------------------------------------- */

void sg_print_ddl(struct sg_printer *out, const struct sg_ddl *ddl);
void sg_print_flow(struct sg_printer *out, const struct sg_flow *flow);
void sg_print_items_of(struct sg_printer *out, const struct sg_qualified_item *item);

#endif
